"""What tests of the whole program share: the invented web, a configuration for it, the daemon, and a Maildir reader."""
import email
import email.policy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VIGIE = os.environ.get("VIGIE", os.path.join(ROOT, "build", "dev", "vigie"))


def wait_for(what, condition, seconds):
    """Polls until `condition` gives something true, and returns that; fails by name after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.1)


def slurp(*path):
    with open(os.path.join(*path), encoding="utf-8", errors="replace") as file:
        return file.read()


class Web:
    """The invented web on a port of its own; ends with this process, whatever happens to it."""

    def __init__(self, day_seconds=0):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(ROOT, "demo", "web.py"), "--port", "0", "--control", "0",
             "--day-seconds", str(day_seconds), "--until-stdin-closes"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.control = int(self.process.stdout.readline().split()[1])
        self.port = int(self.process.stdout.readline().split()[1])

    def ask(self, path, method="GET"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.control}{path}", method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def day(self, number):
        return self.ask(f"/day/{number}", "POST")

    def truth(self, day=None):
        return self.ask("/truth" + (f"?day={day}" if day else ""))

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.process.stdout.close()


class Program:
    """A data folder, a configuration that whoever inherits writes, and the daemon that may run on it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="vigie-test-")
        self.data = os.path.join(self.folder, "data")
        self.mail = os.path.join(self.folder, "mail")
        self.config = os.path.join(self.folder, "vigie.yaml")
        self.process = None
        self.log = open(os.path.join(self.folder, "daemon.log"), "a", encoding="utf-8")

    def start(self, ready=True, **environment):
        """`ready`: waits until the control socket is there, the last thing that a start makes."""
        self.process = subprocess.Popen([VIGIE, "run", "--config", self.config], stdout=self.log, stderr=self.log,
                                        env={**os.environ, **environment})
        if ready:
            wait_for("the daemon is ready", lambda: self.process.poll() is not None or os.path.exists(os.path.join(self.data, "control.sock")), 60)
            if self.process.poll() is not None:
                raise AssertionError(self.daemon_log())

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self, seconds=40):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self.process = None
        return code

    def run(self, *words, check=True):
        done = subprocess.run([VIGIE, words[0], "--config", self.config, *words[1:]], capture_output=True, text=True, timeout=300)
        if check and done.returncode != 0:
            raise AssertionError(f"vigie {' '.join(words)}: {done.returncode}: {done.stderr[-2000:]}")
        return done

    def list(self, *words):
        return [json.loads(line) for line in self.run(*words).stdout.splitlines()]

    def daemon_log(self):
        return slurp(self.log.name)

    def messages(self, maildir=None):
        return read_maildir(maildir or self.mail)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()
        if not os.environ.get("VIGIE_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)


class Unit(Program):
    """A unit that watches the invented web."""

    def __init__(self, web, smtp_port=None, revisit=None, batch="2s", confirm_gone="1s"):
        super().__init__()
        os.makedirs(os.path.join(self.folder, "seeds"))
        for name in os.listdir(os.path.join(ROOT, "seeds", "demo")):
            text = slurp(ROOT, "seeds", "demo", name)
            if revisit:
                text = re.sub(r"revisit: \{[^}]*\}", "revisit: {index: %s, ad: %s}" % revisit, text)
            with open(os.path.join(self.folder, "seeds", name), "w", encoding="utf-8") as out:
                out.write(text)
        text = slurp(ROOT, "demo", "vigie.yaml")
        text = text.replace("127.0.0.1:8081", f"127.0.0.1:{web.port}")
        text = text.replace("../demo-data/mail", self.mail).replace("../demo-data", self.data)
        text = text.replace("../seeds/demo/", "seeds/").replace("../conf", os.path.join(ROOT, "conf"))
        text = re.sub(r'metrics: \{listen: "[^"]*"\}', 'metrics: {listen: ""}', text)
        text = re.sub(r'console: \{listen: "[^"]*"\}', 'console: {listen: ""}', text)  # tests run beside each other
        text = re.sub(r"batch_every: \w+", f"batch_every: {batch}", text)
        text = re.sub(r"confirm_gone: \[[^\]]*\]", f"confirm_gone: [{confirm_gone}]", text)
        if smtp_port:
            text = re.sub(r"(?m)^  maildir:.*$", f'  smtp: {{url: "smtp://127.0.0.1:{smtp_port}", tls: "off"}}', text)
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(text)


def read_maildir(path):
    """Every message of a Maildir, parsed by an independent reader, oldest first."""
    found = []
    for box in ("new", "cur"):
        folder = os.path.join(path, box)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            with open(os.path.join(folder, name), "rb") as message:
                found.append(email.message_from_binary_file(message, policy=email.policy.default))
    return found


def plain(message):
    """The text part of a message."""
    return message.get_body(("plain",)).get_content()


def networks_of(truth, alerts):
    """Which planted networks and which honest look-alikes have an alert (not one that a first pass keeps for itself)."""
    told = {ad for alert in alerts if alert["status"] not in ("digest", "suppressed") and alert["kind"] != "health"
            for ad in alert["ads"]}
    hit = {n["id"] for n in truth["networks"] if told & set(n["ads"])}
    wrong = {n["id"] for n in truth["lookalikes"] if told & set(n["ads"])}
    return hit, wrong
