#!/usr/bin/env python3
"""The whole journey on real parts: invented web, daemon, a real SMTP server, a mailbox; and what stands in the store."""
import os
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from vigie_kit import ROOT, Unit, Web, networks_of, plain, read_maildir, wait_for  # noqa: E402


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def field_of(ad, name):
    """The text of a field as spans count it: "text", "title", "attributes.phone"."""
    value = ad
    for part in name.split(".", 1):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return value


class Journey(unittest.TestCase):
    """One daemon lives through the four days of the web; the tests read what it left."""

    @classmethod
    def setUpClass(cls):
        cls.web = Web()
        cls.addClassCleanup(cls.web.close)
        cls.box = tempfile.mkdtemp(prefix="vigie-postfix-")
        os.chmod(cls.box, 0o755)
        cls.postfix_mail = os.path.join(cls.box, "mail")
        port = free_port()
        started = subprocess.run(["sh", os.path.join(ROOT, "tests", "postfix.sh"), "start", cls.box, str(port),
                                  cls.postfix_mail], capture_output=True, text=True)
        cls.smtp = started.returncode == 0
        cls.addClassCleanup(subprocess.run, ["sh", os.path.join(ROOT, "tests", "postfix.sh"), "stop", cls.box],
                            capture_output=True)
        if not cls.smtp:
            print("skipped: the SMTP leg of the journey, into a Maildir instead:", started.stderr.strip())
        cls.unit = Unit(cls.web, smtp_port=port if cls.smtp else None, revisit=("2s", "3s"))
        cls.addClassCleanup(cls.unit.close)
        cls.inbox = cls.postfix_mail if cls.smtp else cls.unit.mail
        cls.unit.start()
        cls.live_through()

    @classmethod
    def live_through(cls):
        sites = len(cls.web.truth()["sites"])
        wait_for("a first-pass summary of every site",
                 lambda: cls.summaries() >= sites, 150)
        cls.after_first_pass = [dict(a) for a in cls.unit.list("alerts", "-o", "jsonl")]
        for day in (2, 3, 4):
            cls.web.day(day)
            live = {ad["ad"] for ad in cls.web.truth()["ads"] if ad.get("shown") != "wall"}
            wait_for(f"every ad of day {day} is known", lambda live=live: live <= cls.known(), 90)
            gone = set(cls.web.truth()["gone"])
            wait_for(f"what day {day} took away is gone", lambda gone=gone: gone & cls.known() <= cls.known("gone"), 90)
        wait_for("every due message is handed over",
                 lambda: not [a for a in cls.unit.list("alerts", "-o", "jsonl") if a["status"] == "pending"], 60)
        cls.stop_code = cls.unit.stop()
        cls.truth = cls.web.truth()
        cls.alerts = cls.unit.list("alerts", "-o", "jsonl")
        cls.ads = {ad["ad"]: ad for ad in cls.unit.list("ads", "-o", "jsonl")}
        if cls.smtp:
            wait_for("Postfix has delivered", lambda: len(read_maildir(cls.inbox)) >= cls.handed_over(), 30)

    @classmethod
    def handed_over(cls):
        return len({d["message_id"] for a in cls.alerts for d in a["deliveries"] if d["state"] == "handed_over"})

    @classmethod
    def summaries(cls):
        return sum(1 for a in cls.unit.list("alerts", "-o", "jsonl")
                   if a["kind"] == "health" and a["headline"].startswith("first pass") and a["status"] == "sent")

    @classmethod
    def known(cls, state=None):
        words = ["ads", "-o", "jsonl"] + (["--state", state] if state else [])
        return {ad["ad"] for ad in cls.unit.list(*words)}

    def test_the_daemon_stops_in_order(self):
        self.assertEqual(self.stop_code, 0, self.unit.daemon_log()[-3000:])

    def test_a_first_pass_mails_no_ad(self):
        loud = [a for a in self.after_first_pass if a["kind"] != "health" and a["status"] not in ("digest", "suppressed")]
        self.assertEqual([a["headline"] for a in loud], [])

    def test_first_pass_summaries_are_mailed(self):
        texts = [" ".join(plain(m).split()) for m in read_maildir(self.inbox)]
        for site in self.truth["sites"]:
            self.assertTrue([t for t in texts if f"first pass over {site['site']} ended" in t], site["site"])

    def test_the_recruiters_network_is_alerted_by_mail(self):
        planted = next(n for n in self.truth["networks"] if n["id"] == "recruiter")
        alert = [a for a in self.alerts if set(a["ads"]) & set(planted["ads"]) and a["status"] == "sent"]
        self.assertTrue(alert, [a["headline"] for a in self.alerts])
        label = alert[0]["alert"]
        mails = [m for m in read_maildir(self.inbox) if label in m["Subject"] or label in plain(m)]
        self.assertTrue(mails)
        text = plain(mails[-1])
        self.assertIn("NORTH-01", text)
        for reason in alert[0]["reasons"]:
            self.assertTrue(reason["text"])

    def test_no_honest_look_alike_has_an_alert(self):
        _, wrong = networks_of(self.truth, self.alerts)
        self.assertEqual(wrong, set())

    def test_planted_networks_are_alerted(self):
        hit, _ = networks_of(self.truth, self.alerts)
        self.assertLessEqual({"recruiter", "crossing", "moving-persons"}, hit)

    def test_no_ad_is_invented_and_none_is_missed(self):
        invented = set(self.ads) - {ad["ad"] for day in (1, 2, 3, 4) for ad in self.web.truth(day)["ads"]}
        self.assertEqual(invented, set())
        live = {ad["ad"] for ad in self.truth["ads"]}
        self.assertEqual({i for i in live if self.ads.get(i, {}).get("state") != "live"}, set())

    def test_what_robots_closes_was_never_asked_for(self):
        asked = {line["host"] + line["path"] for line in self.web.ask("/log")}
        for url in self.truth["never"]:
            self.assertNotIn(url.split("//")[1], asked)

    def test_counters_and_walls_make_no_version(self):
        days = {}
        for day in (1, 2, 3, 4):
            for ad in self.web.truth(day)["ads"]:
                days.setdefault(ad["ad"], []).append(ad)
        too_many = {}
        for name, ad in self.ads.items():
            shown = [tuple(str(seen.get(k)) for k in ("title", "text", "price", "name", "age", "place", "attributes"))
                     for seen in days.get(name, [])]
            distinct = sum(1 for i, s in enumerate(shown) if i == 0 or s != shown[i - 1])
            if ad["versions"] > distinct:
                too_many[name] = (ad["versions"], distinct)
        self.assertEqual(too_many, {})

    def test_every_quote_stands_in_the_stored_text(self):
        checked = 0
        for alert in self.alerts:
            for reason in alert["reasons"]:
                if len(reason["span"]) != 2 or reason.get("ad") not in self.ads:
                    continue
                versions = [v for v in self.unit.list("history", "-o", "jsonl", reason["ad"]) if "ad_record" in v]
                begin, end = reason["span"]
                texts = [field_of(v["ad_record"], reason["field"]) for v in versions]
                cuts = [t.encode()[begin:end].decode(errors="replace") for t in texts if isinstance(t, str)]
                self.assertIn(reason["quote"], cuts, reason)
                checked += 1
        self.assertGreater(checked, 0)

    def test_every_message_id_is_its_own(self):
        ids = [m["Message-ID"] for m in read_maildir(self.inbox)]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertGreater(len(ids), 2)

    def test_the_store_keeps_its_rules(self):
        done = self.unit.run("store", "check", check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-1000:])


if __name__ == "__main__":
    unittest.main(verbosity=1)
