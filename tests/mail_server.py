"""A scripted mail server for tests of the whole program: does as told at each step of a conversation, and keeps what it gets."""
import email
import email.policy
import socket
import threading


class Server:
    """`script(step, argument)` is asked at CONNECT EHLO MAIL RCPT DATA BODY DOT TAKEN QUIT, and answers None (the usual), a
    reply line, "close", or "hang". BODY: in the middle of the message; DOT: it is whole, no reply yet; TAKEN: 250 was said."""

    def __init__(self, script=lambda step, argument: None):
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
            with client, client.makefile("rb") as lines:
                self.converse(client, lines)
        except OSError:
            pass  # the other side is gone

    def converse(self, client, lines):
        if not self.say(client, "CONNECT", "220 scripted"):
            return
        for line in lines:
            verb = line.split()[0].decode().upper() if line.split() else ""
            usual = {"QUIT": "221 bye", "DATA": "354 go on"}.get(verb, "250 fine")
            if not self.say(client, "EHLO" if verb == "HELO" else verb, usual, line.decode(errors="replace")):
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
