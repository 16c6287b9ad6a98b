#!/usr/bin/env python3
"""What keeps mail from being noise, through a running daemon: a first pass, a layout that flips on every ad, several rules
on one ad, and a field that flaps.

    VIGIE_NOISE_ADS=10000 VIGIE_NOISE_CYCLES=1000 tests/noise_test.py    # the long form; a short one without them
"""
import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from noise_site import FAKETIME, Ad, Desk, TripSite  # noqa: E402
from vigie_kit import VIGIE, plain, read_maildir, wait_for  # noqa: E402

ADS = int(os.environ.get("VIGIE_NOISE_ADS", "150"))
CYCLES = int(os.environ.get("VIGIE_NOISE_CYCLES", "15"))


def no_faketime():
    """Why no daemon can run under another clock; empty: one can. A sanitizer's runtime refuses to be loaded second."""
    if not FAKETIME:
        return "faketime is not installed"
    started = subprocess.run([VIGIE, "--version"], capture_output=True, text=True, env={**os.environ, "LD_PRELOAD": FAKETIME}, timeout=60)
    return "" if started.returncode == 0 else "the program does not start under faketime"


class Noise(unittest.TestCase):
    def watched(self, count, revisit, **more):
        site = TripSite(count)
        self.addCleanup(site.close)
        desk = Desk(site, revisit, **more)
        self.addCleanup(desk.close)
        desk.start(not no_faketime())
        wait_for("the first pass has ended and is told", lambda: "site.first_pass_ended" in desk.daemon_log() and read_maildir(desk.mail), 60 + count / 5)
        return site, desk


class Layout(Noise):
    def test_a_layout_flip_on_every_ad_is_one_mail_and_a_digest_that_names_each(self):
        started = time.monotonic()
        site, desk = self.watched(ADS, ("20s", "20s"))
        self.assertEqual(len(site.given("old")), ADS)
        mails = read_maildir(desk.mail)
        self.assertEqual(len(mails), 1, [m["Subject"] for m in mails])
        self.assertIn("first pass over trips", " ".join(plain(mails[0]).split()))
        print(f"first pass over {ADS} ads: one mail, {time.monotonic() - started:.0f} s")
        site.layout = "new"
        # Some ads differ in nothing but what they cost; each of them has an alert of its own in the end.
        wait_for("every ad was seen in the new layout", lambda: len(site.given("new")) == ADS, 60 + ADS / 5)
        raised = wait_for("each has an alert", lambda: self.raised(desk, ADS), 60 + ADS / 50)
        before = [m["Subject"] for m in read_maildir(desk.mail)[1:]]
        self.assertLessEqual(len(before), 1, before)
        self.assertIn("site.layout", desk.daemon_log())
        self.assertEqual({a["status"] for a in raised} - {"pending", "sent"}, set())
        if no_faketime():
            print("skipped: the digest of the flip:", no_faketime())
            return
        for hours in (1, 3, 6, 14, 30):  # whatever waits has every reason to leave
            desk.put_forward(hours * 3600)
            time.sleep(6)
        waiting = wait_for("nothing waits", lambda: [a["status"] for a in self.raised(desk, ADS)].count("sent") == ADS and "yes", 60)
        self.assertEqual(waiting, "yes")
        told = [m for m in read_maildir(desk.mail)[1:] if "first pass" not in plain(m)]
        print(f"layout flip on {ADS} ads: {len(told)} mails, {time.monotonic() - started:.0f} s:", [m["Subject"] for m in told])
        self.assertLessEqual(len(told), 2, [m["Subject"] for m in told])
        labels = " ".join(plain(m) for m in told)
        self.assertEqual([a["alert"] for a in raised if a["alert"] not in labels], [])
        self.assertEqual(desk.stop(60), 0)

    def test_a_flip_that_comes_in_slowly_is_one_mail_however_short_the_batch(self):
        site, desk = self.watched(60, ("5s", "5s"), pace="200ms", receiver="batch_every: 2s")
        site.layout = "new"
        wait_for("every ad was seen in the new layout", lambda: len(site.given("new")) == 60, 90)
        wait_for("each has an alert", lambda: self.raised(desk, 60), 30)
        time.sleep(5)
        told = [m["Subject"] for m in read_maildir(desk.mail)[1:]]
        self.assertLessEqual(len(told), 1, told)  # the digest comes an hour after the last
        self.assertEqual(desk.stop(60), 0)

    def raised(self, desk, count):
        alerts = [a for a in desk.list("alerts") if a["kind"] != "health"]
        return alerts if len(alerts) >= count else None


class OneAd(Noise):
    def mails_about(self, desk, number):
        return [m for m in read_maildir(desk.mail) if f"trips/{number}" in plain(m)]

    def test_three_rules_on_one_ad_are_one_mail_with_each_reason(self):
        site, desk = self.watched(5, ("1s", "1d"), receiver="batch_every: 0s")
        ad = Ad(77)
        ad.fare, ad.extra = 1, "No papers needed."
        site.ads[77] = ad
        mail = wait_for("the ad is told", lambda: self.mails_about(desk, 77), 30)
        time.sleep(5)
        self.assertEqual(len(self.mails_about(desk, 77)), 1)
        text = " ".join(plain(mail[0]).split())
        for reason in ("departure-named", "fare-next-to-nothing", "papers-unneeded"):
            self.assertIn(reason, text)
        self.assertEqual(desk.stop(60), 0)

    def test_a_field_that_flaps_is_told_once_each_way(self):
        site, desk = self.watched(5, ("1s", "1s"), receiver="batch_every: 0s")
        ad = Ad(78)
        ad.extra, ad.flaps = "No papers needed.", True
        site.ads[78] = ad
        begun = time.monotonic()
        wait_for(f"{CYCLES} cycles", lambda: ad.shown > 2 * CYCLES, 30 + 6 * CYCLES)
        time.sleep(3)
        mails = self.mails_about(desk, 78)
        versions = sum(1 for v in desk.list("history", "trips/78") if "version" in v)
        print(f"flapping: {versions} versions in {time.monotonic() - begun:.0f} s, {len(mails)} mails")
        self.assertGreater(versions, CYCLES)
        self.assertLessEqual(len(mails), 2, [m["Subject"] for m in mails])
        self.assertGreaterEqual(len(mails), 1)
        self.assertEqual(desk.stop(60), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
