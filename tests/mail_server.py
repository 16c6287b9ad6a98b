"""A scripted mail server: does as told at each step of a conversation, and keeps what it gets.
`mail_server.py CERT KEY STEP ANSWER` speaks TLS and asks for a login, until its input ends; its port stands in CERT.port."""
import email
import email.policy
import os
import socket
import ssl
import sys
import threading


class Server:
    """`script(step, argument)` is asked at CONNECT EHLO AUTH PASSWORD MAIL RCPT DATA BODY DOT TAKEN QUIT, and answers None (the usual), a
    reply line, "close", or "hang". BODY: in the middle of the message; DOT: it is whole, no reply yet; TAKEN: 250 was said."""

    def __init__(self, script=lambda step, argument: None, tls=None):
        self.tls = tls
        self.script, self.messages, self.steps = script, [], []
        self.lock, self.stopped = threading.Lock(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def say(self, client, step, usual, argument=""):
        """False: the conversation is over."""
        self.steps.append(step)
        told = self.script(step, argument)
        if told == "hang":
            self.stopped.wait(120)
        if told in ("hang", "close"):
            return False
        reply = told or usual
        if reply:
            client.sendall(reply.encode() + b"\r\n")
        return True

    def talk(self, client):
        try:
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True)
            with client, client.makefile("rb") as lines:
                self.converse(client, lines)
        except OSError:
            pass  # the other side is gone

    def converse(self, client, lines):
        if not self.say(client, "CONNECT", "220 scripted"):
            return
        for line in lines:
            verb = line.split()[0].decode().upper() if line.split() else ""
            offers = "250-scripted\r\n250 AUTH PLAIN" if self.tls else "250 fine"
            usual = {"QUIT": "221 bye", "DATA": "354 go on", "AUTH": "334 ", "EHLO": offers}.get(verb, "250 fine")
            if not self.say(client, "EHLO" if verb == "HELO" else verb, usual, line.decode(errors="replace")):
                return
            if verb == "AUTH" and (not lines.readline() or not self.say(client, "PASSWORD", "235 welcome")):
                return
            if verb == "DATA" and not self.take_message(client, lines):
                return

    def take_message(self, client, lines):
        body = []
        for line in lines:
            if line == b".\r\n":
                break
            body.append(line[1:] if line.startswith(b"..") else line)
            if len(body) == 10 and not self.say(client, "BODY", ""):
                return False
        else:
            return False  # cut off: it never came
        with self.lock:
            self.messages.append(b"".join(body))
        if not self.say(client, "DOT", "250 taken"):
            return False
        return self.say(client, "TAKEN", "")

    def ids(self):
        with self.lock:
            return [email.message_from_bytes(m, policy=email.policy.default)["Message-ID"] for m in self.messages]

    def close(self):
        self.stopped.set()
        self.listener.close()


def main(certificate, key, step, answer):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    server = Server(lambda now, _: answer if now == step else None, tls)
    with open(certificate + ".new", "w", encoding="utf-8") as out:
        out.write(str(server.port))
    os.rename(certificate + ".new", certificate + ".port")
    sys.stdin.read()
    server.close()


if __name__ == "__main__":
    main(*sys.argv[1:5])
