#!/usr/bin/env python3
"""The mail of a running daemon: kills at each step, servers that hang or refuse, reports that come back, keys that end,
commands about alerts. The alert is one that needs no page: an authority that ends soon."""
import datetime
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mail_server import Server  # noqa: E402
from vigie_kit import ROOT, VIGIE, plain, read_maildir, slurp, wait_for  # noqa: E402


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)


def no_faketime():
    """Why no daemon can run under another clock; empty: one can. A sanitizer's runtime refuses to be loaded second."""
    if not FAKETIME:
        return "faketime is not installed"
    started = subprocess.run([VIGIE, "--version"], capture_output=True, text=True, env={**os.environ, "LD_PRELOAD": FAKETIME}, timeout=60)
    return "" if started.returncode == 0 else "the program does not start under faketime: " + (started.stderr.strip() or "it says nothing").splitlines()[0]


def at_time(when):
    """The environment of a program whose wall clock shows `when` ("+3m", "@2026-10-25 00:30:00"); its patience is real time."""
    return {"LD_PRELOAD": FAKETIME, "FAKETIME": when, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}


class Station:
    """A daemon with nothing to crawl: scopes whose authority ends soon, and receivers as a test wants them."""

    def __init__(self, receivers=None, port=0, extra="", ends_in=5, scopes=1):
        self.folder = tempfile.mkdtemp(prefix="vigie-mail-")
        os.chmod(self.folder, 0o755)
        self.data = os.path.join(self.folder, "data")
        self.config = os.path.join(self.folder, "vigie.yaml")
        self.process = None
        self.log = open(os.path.join(self.folder, "daemon.log"), "a", encoding="utf-8")
        self.ends = datetime.date.today() + datetime.timedelta(days=ends_in)
        for n in range(1, scopes + 1):
            self.write(f"scope{n}.yaml", f"""scope: NORTH-{n:02}
legal: {{basis: test, reference: t, authorised_by: t, valid_from: 2020-01-01, valid_to: {self.ends}}}
region: BE
languages: [fr]
retention: {{unflagged: 30d, flagged: 400d, raw: 90d}}
sites: [{{site: quiet{n}, family: service, start: ["http://127.0.0.{n}:9/"], pace: 0s, revisit: {{index: 1d, ad: 1d}}, follow: ["^/x"], robots: obey, extract: auto}}]
""")
        self.configure(receivers or ['{name: desk, mail: desk@unit.example, batch_every: 0s}'], port, extra)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def configure(self, receivers, port=0, extra=""):
        way = f'smtp: {{url: "smtp://127.0.0.1:{port}", tls: "off"}}' if port else f"maildir: {self.folder}/mail"
        self.write("vigie.yaml", f"""unit: {{name: Unit, contact: crawler@unit.example}}
storage: {{path: {self.data}}}
scopes: [scope*.yaml]
rules: []
network: {{allow_private: [127.0.0.0/8]}}
metrics: {{listen: ""}}
alerts:
  from: "Vigie <vigie@unit.example>"
  {way}
{extra}
  receivers:
""" + "".join(f"    - {r}\n" for r in receivers))

    def start(self, **environment):
        self.process = subprocess.Popen([VIGIE, "run", "--config", self.config], stdout=self.log, stderr=self.log,
                                        env={**os.environ, **environment})

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None
        if os.path.exists(os.path.join(self.data, "control.sock")):
            os.unlink(os.path.join(self.data, "control.sock"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.process = None
        return code

    def run(self, *words):
        return subprocess.run([VIGIE, words[0], "--config", self.config, *words[1:]], capture_output=True, text=True, timeout=120)

    def alerts(self):
        done = self.run("alerts", "-o", "jsonl")
        return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []

    def deliveries(self, receiver="desk"):
        return [d for a in self.alerts() for d in a.get("deliveries", []) if d["receiver"] == receiver and d.get("message_id")]

    def handed_over(self, count=1, receiver="desk"):
        return wait_for(f"{count} handed over to {receiver}",
                        lambda: len([d for d in self.deliveries(receiver) if d["state"] == "handed_over"]) >= count, 60)

    def said(self):
        return slurp(self.log.name)

    def close(self):
        self.kill()
        self.log.close()
        if not os.environ.get("VIGIE_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)


class Mail(unittest.TestCase):
    def skipTest(self, reason):
        print("skipped:", self.id().split(".", 1)[-1] + ":", reason, flush=True)
        super().skipTest(reason)

    def station(self, *arguments, **more):
        made = Station(*arguments, **more)
        self.addCleanup(made.close)
        return made

    def server(self, *arguments):
        made = Server(*arguments)
        self.addCleanup(made.close)
        return made


class Kills(Mail):
    """Between the commit of an alert and the record of its 250: killed once at each step of the conversation."""

    def killed_at(self, step):
        station = self.station()
        killed = []

        def script(now, _):
            if now == step and not killed:
                killed.append(station.process.pid)
                os.kill(station.process.pid, signal.SIGKILL)
                return None if step == "TAKEN" else "close"
            return None
        server = self.server(script)
        station.configure(['{name: desk, mail: desk@unit.example, batch_every: 0s}'], server.port)
        station.start()
        station.process.wait(60)
        self.assertTrue(killed, f"the daemon never came to {step}: {server.steps}")
        station.kill()
        before = station.deliveries()
        self.assertEqual(len(before), 1)
        station.start()
        station.handed_over()
        self.assertEqual(station.stop(), 0)
        after = station.deliveries()
        self.assertEqual([d["message_id"] for d in after], [before[0]["message_id"]], step)  # one record, one Message-ID
        ids = server.ids()
        self.assertEqual(set(ids), {before[0]["message_id"]}, step)
        doubles = 1 if step in ("DOT", "TAKEN") else 0
        self.assertLessEqual(len(ids), 1 + doubles, step)
        self.assertGreaterEqual(len(ids), 1, step)
        if len(ids) == 2:
            self.assertIn("an earlier attempt may have arrived too", after[0]["answer"])

    def test_connect(self):
        self.killed_at("CONNECT")

    def test_ehlo(self):
        self.killed_at("EHLO")

    def test_mail(self):
        self.killed_at("MAIL")

    def test_rcpt(self):
        self.killed_at("RCPT")

    def test_data(self):
        self.killed_at("DATA")

    def test_in_the_message(self):
        self.killed_at("BODY")

    def test_after_the_dot(self):
        self.killed_at("DOT")

    def test_after_250(self):
        self.killed_at("TAKEN")

    def test_between_the_commit_and_the_plan(self):
        server = self.server()
        station = self.station(['{name: desk, mail: desk@unit.example, wait: 4s, batch_every: 0s}'], server.port)
        station.start()
        wait_for("the alert is committed", station.alerts, 30)
        station.kill()
        self.assertEqual(station.deliveries(), [])
        station.start()
        station.handed_over()
        self.assertEqual(len(server.ids()), 1)
        self.assertEqual(len(station.alerts()), 1)

    def test_while_the_server_is_away(self):
        if no_faketime():
            self.skipTest(no_faketime())
        port = free_port()
        station = self.station(port=port)
        station.start()
        before = wait_for("an attempt failed", lambda: [d for d in station.deliveries() if d["state"] == "deferred"], 30)
        station.kill()
        server = self.server()
        station.configure(['{name: desk, mail: desk@unit.example, batch_every: 0s}'], server.port)
        station.start(**at_time("+3m"))
        station.handed_over()
        self.assertEqual(server.ids(), [before[0]["message_id"]])


class Refusals(Mail):
    def test_one_of_three_receivers_is_refused_and_the_others_hear_of_it(self):
        server = self.server(lambda step, argument: "550 5.1.1 no such user" if step == "RCPT" and "gone@" in argument else None)
        names = ("desk", "gone", "duty")
        station = self.station([f"{{name: {n}, mail: {n}@unit.example, batch_every: 0s}}" for n in names], server.port)
        station.start()
        for name in ("desk", "duty"):
            station.handed_over(2, name)  # the alert itself, and that the third gets none
        wait_for("the third failed", lambda: [d["state"] for d in station.deliveries("gone")] == ["failed"], 30)
        self.assertIn("550 5.1.1 no such user", station.deliveries("gone")[0]["answer"])
        trouble = [a for a in station.alerts() if a["headline"].startswith("a message to receiver gone was refused")]
        self.assertEqual(len(trouble), 1)
        self.assertNotIn("gone", [d["receiver"] for d in trouble[0]["deliveries"]])  # no loop
        self.assertEqual(len(server.ids()), 4)
        self.assertEqual(station.stop(), 0)

    def test_mail_that_hangs_holds_nothing_else_up(self):
        server = self.server(lambda step, _: "hang" if step == "MAIL" else None)
        station = self.station(scopes=2)
        feed = os.path.join(station.folder, "feed.jsonl")
        station.configure(['{name: desk, mail: desk@unit.example, batch_every: 0s}', f"{{name: feed, via: file, to: {feed}, batch_every: 0s}}"],
                          server.port)
        station.start()
        station.handed_over(2, "feed")
        self.assertEqual([d["state"] for d in station.deliveries() if d["state"] == "handed_over"], [])
        self.assertEqual(len(slurp(feed).splitlines()), 2)
        started = time.monotonic()
        self.assertEqual(station.stop(), 0)
        self.assertLess(time.monotonic() - started, 30)  # a stop does not wait for the server


class Reports(Mail):
    """A real Postfix that takes a message and finds out later that nobody is there."""

    def test_a_bounce_is_tied_to_its_message(self):
        box = tempfile.mkdtemp(prefix="vigie-postfix-")
        os.chmod(box, 0o755)
        self.addCleanup(shutil.rmtree, box, True)
        port = free_port()
        script = os.path.join(ROOT, "tests", "postfix.sh")
        started = subprocess.run(["sh", script, "start", box, str(port), os.path.join(box, "mail")], capture_output=True, text=True)
        self.addCleanup(subprocess.run, ["sh", script, "stop", box], capture_output=True)
        if started.returncode == 77:
            self.skipTest(started.stderr.strip())
        self.assertEqual(started.returncode, 0, started.stderr)
        reports = os.path.join(box, "reports")
        station = self.station(['{name: desk, mail: desk@unit.example, batch_every: 0s}', '{name: gone, mail: gone@unit.example, batch_every: 0s}'],
                               port, f"  bounces: {{address: reports@unit.example, maildir: {reports}}}")
        for part in ("new", "cur", "tmp"):
            os.makedirs(os.path.join(reports, part), exist_ok=True)
        for folder, _, _ in os.walk(reports):
            shutil.chown(folder, "nobody")
        station.start()
        failed = wait_for("the bounce is read", lambda: [d for d in station.deliveries("gone") if d["state"] == "failed"], 60)
        self.assertIn("came back: 5.1.1", failed[0]["answer"])
        station.handed_over(2)  # and the desk is told
        trouble = [a for a in station.alerts() if a["headline"].startswith("a message to receiver gone was refused")]
        self.assertEqual(len(trouble), 1)
        self.assertEqual({d["receiver"] for d in trouble[0]["deliveries"]}, {"desk"})
        seen = wait_for("the report is put away", lambda: glob.glob(os.path.join(reports, "cur", "*:2,S")), 10)
        self.assertEqual(len(seen), 1)
        self.assertEqual(os.listdir(os.path.join(reports, "new")), [])
        self.assertEqual(station.stop(), 0)


class OpenSmtpd(Mail):
    def test_a_real_opensmtpd_takes_each_message_once(self):
        folder = tempfile.mkdtemp(prefix="vigie-opensmtpd-")
        os.chmod(folder, 0o755)
        self.addCleanup(shutil.rmtree, folder, True)
        box, port = os.path.join(folder, "mail"), free_port()
        packages = os.environ.get("VIGIE_PACKAGES", os.path.join(folder, "packages"))
        process = subprocess.Popen(["sh", os.path.join(ROOT, "tests", "opensmtpd.sh"), "run", folder, str(port), box], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, env={**os.environ, "VIGIE_PACKAGES": packages})
        self.addCleanup(process.stderr.close)

        def end():
            process.terminate()
            process.wait(20)
        self.addCleanup(end)

        def reachable():
            with socket.socket() as probe:
                return process.poll() is not None or probe.connect_ex(("127.0.0.1", port)) == 0
        wait_for("OpenSMTPD answers", reachable, 60)
        if process.poll() == 77:
            self.skipTest(process.stderr.read().strip().splitlines()[-1])
        station = self.station(port=port, scopes=5)
        station.start()
        station.handed_over(5)
        self.assertEqual(station.stop(), 0)
        ids = sorted({d["message_id"] for d in station.deliveries()})
        messages = wait_for("all have arrived", lambda: len(read_maildir(box)) >= len(ids) and read_maildir(box), 20)
        self.assertEqual(sorted(m["Message-ID"] for m in messages), ids)
        for message in messages:
            self.assertEqual([d for part in message.walk() for d in part.defects], [])
            self.assertIn("NORTH-0", plain(message))
            self.assertIn("html", message.get_body(("html",)).get_content())


class Keys(Mail):
    def certificate(self, folder, days, name="desk"):
        path = os.path.join(folder, name)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days), "-subj", "/CN=desk",
                        "-keyout", path + ".key", "-out", path + ".pem"], check=True, capture_output=True)
        return path + ".pem"

    def opened(self, station, message, name="desk"):
        path = station.write("sealed.eml", "")
        with open(path, "wb") as out:
            out.write(message.as_bytes())
        key = os.path.join(station.folder, name)
        done = subprocess.run(["openssl", "cms", "-decrypt", "-in", path, "-recip", key + ".pem", "-inkey", key + ".key"], capture_output=True, check=True)
        return done.stdout.decode()

    def test_mail_is_encrypted_and_a_key_that_goes_is_told_in_codes_and_that_comes_back_too(self):
        station = self.station()
        pem = self.certificate(station.folder, 400)
        station.configure([f"{{name: desk, mail: desk@unit.example, batch_every: 0s, key_file: {pem}, detail: full}}"])
        station.start()
        station.handed_over()
        mail = os.path.join(station.folder, "mail")
        first = read_maildir(mail)[0]
        self.assertEqual(first.get_content_type(), "application/pkcs7-mime")
        self.assertNotIn("authority", first.as_string())
        self.assertIn("the authority of scope NORTH-01 ends on", self.opened(station, first).replace("=\r\n", "").replace("=\n", ""))
        station.kill()
        os.rename(pem, pem + ".away")
        station.start()
        station.handed_over(2)
        told = [m for m in read_maildir(mail) if m.get_content_type() == "multipart/alternative"]
        self.assertEqual(len(told), 1)
        self.assertIn("key of receiver desk cannot be used", " ".join(plain(told[0]).split()))
        station.kill()
        os.rename(pem + ".away", pem)
        station.start()
        station.handed_over(3)
        self.assertEqual(len([m for m in read_maildir(mail) if m.get_content_type() == "application/pkcs7-mime"]), 2)
        heads = [a["headline"] for a in station.alerts()]
        self.assertIn("the key of receiver desk can be used", heads)

    def test_a_key_that_ends_soon_is_told(self):
        station = self.station()
        pem = self.certificate(station.folder, 10)
        station.configure([f"{{name: desk, mail: desk@unit.example, batch_every: 0s, key_file: {pem}}}"])
        station.start()
        station.handed_over(2)
        self.assertTrue([a for a in station.alerts() if a["headline"].startswith("the key of receiver desk ends on")])

    def test_pgp(self):
        if not shutil.which("gpg"):
            self.skipTest("gpg is not installed")
        station = self.station()
        home = os.path.join(station.folder, "ring")
        os.mkdir(home, 0o700)
        gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        subprocess.run([*gpg, "--quick-gen-key", "desk@unit.example", "future-default", "default", "1y"], check=True, capture_output=True)
        self.addCleanup(subprocess.run, ["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True)
        key = station.write("desk.asc", subprocess.run([*gpg, "--armor", "--export"], check=True, capture_output=True, text=True).stdout)
        station.configure([f"{{name: desk, mail: desk@unit.example, batch_every: 0s, key_file: {key}, detail: full}}"])
        station.start()
        station.handed_over()
        message = read_maildir(os.path.join(station.folder, "mail"))[0]
        self.assertEqual(message.get_content_type(), "multipart/encrypted")
        sealed = message.get_payload()[1].get_payload()
        opened = subprocess.run([*gpg, "-d"], input=sealed, capture_output=True, text=True, check=True).stdout
        self.assertIn("NORTH-01", opened)
        self.assertNotIn("authority", message.as_string())
        self.assertEqual(glob.glob(os.path.join(tempfile.gettempdir(), "vigie-keys-*")), [])


class Commands(Mail):
    def test_start_and_dismiss_end_reminders_and_a_silence_hides_and_ends(self):
        station = self.station(scopes=2)
        station.start()
        station.handed_over(2)
        one, two = sorted(a["alert"] for a in station.alerts())
        self.assertEqual(station.run("start", one).returncode, 0)
        self.assertEqual(station.run("dismiss", two, "--reason", "prolonged already").returncode, 0)
        stored = {a["alert"]: a for a in station.alerts()}
        self.assertTrue(stored[one]["started_by"])
        self.assertEqual(stored[two]["status"], "dismissed")
        self.assertEqual(stored[two]["dismiss_reason"], "prolonged already")
        self.assertEqual(station.run("start", "A-1999-000001").returncode, 1)
        self.assertNotEqual(station.run("dismiss", one).returncode, 0)  # a reason is needed
        self.assertEqual(station.stop(), 0)

    def test_silences_are_listed_hold_and_expire(self):
        station = self.station()
        added = station.run("silence", "add", "--scope", "NORTH-01", "--for", "2d", "--reason", "known")
        self.assertEqual(added.returncode, 0, added.stderr)
        self.assertNotEqual(station.run("silence", "add", "--scope", "NORTH-01", "--for", "2d").returncode, 0)
        listed = [json.loads(line) for line in station.run("silence", "list", "-o", "jsonl").stdout.splitlines()]
        self.assertEqual([(s["scope"], s["reason"]) for s in listed], [("NORTH-01", "known")])
        station.start()
        hidden = wait_for("the alert is hidden", lambda: [a for a in station.alerts() if a.get("silenced_by") == listed[0]["id"]], 30)
        self.assertEqual(station.deliveries(), [])
        self.assertEqual(hidden[0]["scope"], "NORTH-01")
        self.assertEqual(station.run("silence", "expire", listed[0]["id"]).returncode, 0)
        self.assertEqual(station.run("silence", "list", "-o", "jsonl").stdout, "")
        self.assertEqual(station.stop(), 0)

    def test_route_says_who_and_why_not(self):
        station = self.station(['{name: desk, mail: desk@unit.example}', '{name: night, mail: n@unit.example, min_severity: high}'])
        done = station.run("route", "test", "--kind", "linked", "--severity", "medium", "-o", "jsonl")
        rows = {r["receiver"]: r for r in map(json.loads, done.stdout.splitlines())}
        self.assertEqual((done.returncode, rows["desk"]["gets"], rows["night"]["gets"]), (0, "yes", "no"))
        self.assertIn("min_severity is high", rows["night"]["why"])
        station.configure(['{name: night, mail: n@unit.example, min_severity: high}'])
        self.assertEqual(station.run("route", "test", "--severity", "low").returncode, 1)
        self.assertEqual(station.run("route", "timetable", "--at", "someday").returncode, 2)
        self.assertEqual(station.run("route", "around").returncode, 2)

    def test_the_timetable_is_kept_over_both_clock_changes_by_a_daemon_whose_clock_runs_through_them(self):
        if no_faketime():
            self.skipTest(no_faketime())
        # Brussels: 25 October 2026 falls back at 03:00, 28 March 2027 leaps ahead at 02:00.
        for raised, leaves in (("2026-10-25T00:30:00Z", "2026-10-25T06:30:00Z"), ("2027-03-28T00:30:00Z", "2027-03-28T05:30:00Z")):
            station = self.station(ends_in=300 if raised < "2027" else 400)
            station.configure(['{name: desk, mail: desk@unit.example, batch_every: 0s, timezone: Europe/Brussels, digest: daily, digest_at: "07:30"}'])
            text = slurp(station.folder, "scope1.yaml").replace(f"valid_to: {station.ends}", f"valid_to: {raised[:8]}30")
            station.write("scope1.yaml", text)
            rows = [json.loads(line) for line in station.run("route", "timetable", "--severity", "medium", "--at", raised, "-o", "jsonl").stdout.splitlines()]
            self.assertEqual([r["leaves"] for r in rows], [leaves])
            # Raised at that time; then a clock that comes to seven seconds before the mail is to leave.
            for start, arrived in ((raised, False), (leaves, True)):
                shift = datetime.timedelta(seconds=-7 if arrived else 0)
                at = datetime.datetime.fromisoformat(start.replace("Z", "+00:00")) + shift
                station.start(**at_time(at.strftime("@%Y-%m-%d %H:%M:%S")))
                if arrived:
                    station.handed_over()
                else:
                    wait_for("the alert waits", station.alerts, 30)
                    time.sleep(2)
                    self.assertEqual(station.deliveries(), [])
                station.kill()
            mail = read_maildir(os.path.join(station.folder, "mail"))
            self.assertEqual(len(mail), 1)
            sent = mail[0]["Date"].datetime
            due = datetime.datetime.fromisoformat(leaves.replace("Z", "+00:00"))
            self.assertTrue(due <= sent <= due + datetime.timedelta(seconds=10), sent)


if __name__ == "__main__":
    unittest.main(verbosity=1)
