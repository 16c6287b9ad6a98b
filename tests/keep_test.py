#!/usr/bin/env python3
"""What is kept and what goes, on a running daemon and beside it: erasure, holds, retention, decisions, log, copies."""
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from vigie_kit import VIGIE, Unit, Web, wait_for  # noqa: E402


def on(data, *words, config="/nonexistent.yaml"):
    return subprocess.run([VIGIE, words[0], "--config", config, "--data", data, *words[1:]], capture_output=True, text=True, timeout=300)


class WithDaemon(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web = Web()
        cls.unit = Unit(cls.web)
        cls.unit.start()
        wait_for("a dozen ads", lambda: len(cls.unit.list("ads")) >= 12, 120)

    @classmethod
    def tearDownClass(cls):
        cls.unit.close()
        cls.web.close()

    def with_contact(self):
        return next(ad for ad in self.unit.list("ads") if any(c["kind"] == "phone" for c in ad.get("contacts", [])))

    def test_1_a_backup_is_made_while_running_and_restores_into_an_empty_folder_only(self):
        copy = os.path.join(self.unit.folder, "copy")
        self.unit.run("store", "backup", copy)
        self.assertNotEqual(self.unit.run("store", "backup", copy, check=False).returncode, 0)
        new = os.path.join(self.unit.folder, "new")
        done = on(new, "store", "restore", copy)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("0 faults", done.stdout)
        again = on(new, "store", "restore", copy)
        self.assertEqual(again.returncode, 1)
        self.assertIn("not empty", again.stderr)
        self.assertGreaterEqual(len(on(new, "ads").stdout.splitlines()), 12)

    def test_2_a_decision_binds_and_is_logged_with_person_and_reason(self):
        one, two = [ad["ad"] for ad in self.unit.list("ads")][:2]
        self.assertEqual(self.unit.run("links", one, "--join", two, check=False).returncode, 2, "without a reason")
        self.unit.run("links", one, "--join", two, "--reason", "interview")
        groups = {ad["ad"]: ad.get("group") for ad in self.unit.list("ads")}
        self.assertIsNotNone(groups[one])
        self.assertEqual(groups[one], groups[two])
        entry = [e for e in self.unit.list("log") if e["operation"] == "combination"][-1]
        self.assertEqual(entry["reason"], "interview")
        self.assertTrue(entry["actor"])

    def test_3_a_number_is_erased_with_a_certificate_and_leaves_no_row(self):
        ad = self.with_contact()
        number = next(c["value"] for c in ad["contacts"] if c["kind"] == "phone")
        self.assertEqual(self.unit.run("erase", "--contact", number, check=False).returncode, 2, "without a reason")
        would = json.loads(self.unit.run("erase", "--contact", number, "--dry-run").stdout.splitlines()[0])
        self.assertGreaterEqual(would["ads"], 1)
        self.assertIn(ad["ad"], [a["ad"] for a in self.unit.list("ads", "--contact", number)])
        did = json.loads(self.unit.run("erase", "--contact", number, "--reason", "request 7/26").stdout.splitlines()[0])
        self.assertRegex(did["certificate"], r"^E-\d+$")
        self.assertEqual(did["ads"], would["ads"])
        entry = next(e for e in self.unit.list("log") if e["operation"] == "erasure")
        self.assertEqual(f"E-{entry['sequence']}", did["certificate"])
        self.assertNotIn(number, json.dumps(entry))
        self.assertEqual(self.unit.run("log", "verify").returncode, 0)

    def test_4_who_looked_stands_in_the_log(self):
        self.unit.run("history", self.unit.list("ads")[0]["ad"], "--reason", "case 12")
        wait_for("the look is logged", lambda: any(e["operation"] == "consultation" and e.get("reason") == "case 12"
                                                   for e in self.unit.list("log")), 20)

    def test_5_a_held_ad_stays_until_it_is_released(self):
        ad = self.unit.list("ads")[0]["ad"]
        self.unit.run("hold", ad, "--name", "case-12", "--reason", "order 3/26")
        would = json.loads(self.unit.run("erase", "--ad", ad, "--dry-run").stdout)
        self.assertEqual((would["ads"], would["held"]), (0, 1))
        self.unit.run("hold", ad, "--name", "case-12", "--release", "--reason", "closed")
        would = json.loads(self.unit.run("erase", "--ad", ad, "--dry-run").stdout)
        self.assertEqual((would["ads"], would["held"]), (1, 0))

    def test_8_ads_as_they_stood_at_a_time(self):
        ads = self.unit.list("ads")
        self.assertEqual(self.unit.list("ads", "--at", "2020-01-01T00:00:00Z"), [])
        then = {ad["ad"]: ad for ad in self.unit.list("ads", "--at", "0s")}
        self.assertEqual(set(then), {ad["ad"] for ad in ads})
        for ad in ads:
            self.assertEqual((ad["state"], ad["versions"], ad.get("title")),
                             (then[ad["ad"]]["state"], then[ad["ad"]]["versions"], then[ad["ad"]].get("title")))

    def test_7_the_store_is_sound_and_its_log_whole_after_all_this(self):
        self.assertEqual(self.unit.stop(), 0)
        done = self.unit.run("store", "check", check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.unit.run("log", "verify").returncode, 0)


MIB = 1 << 20


class OnASmallDisk(unittest.TestCase):
    """A data folder on a disk of its own, whose size is changed under the daemon."""

    def setUp(self):
        self.web = Web()
        self.unit = Unit(self.web, revisit=("2s", "4s"))
        os.makedirs(self.unit.data)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4g", "tmpfs", self.unit.data], capture_output=True).returncode != 0:
            self.tearDown(mounted=False)
            self.skipTest("no right to mount a file system here")

    def tearDown(self, mounted=True):
        if self.unit.process:
            self.unit.kill()
        if mounted:
            subprocess.run(["umount", "-l", self.unit.data], check=False)
        self.unit.close()
        self.web.close()

    def resize(self, size):
        return subprocess.run(["mount", "-o", f"remount,size={size}", self.unit.data], capture_output=True).returncode == 0

    def leave(self, free):
        """Makes the disk just so large; again where something was written meanwhile."""
        def shrink():
            space = os.statvfs(self.unit.data)
            return self.resize((space.f_blocks - space.f_bfree) * space.f_frsize + free)
        wait_for("the disk shrinks", shrink, 10)

    def logged(self, event):
        return self.unit.daemon_log().count(event)

    def told(self):
        return [a for a in self.unit.list("alerts") if a["kind"] == "health" and "disk" in a["headline"]]

    def test_a_short_disk_pauses_the_crawl_and_a_full_one_loses_nothing(self):
        self.unit.start()
        wait_for("a dozen ads", lambda: len(self.unit.list("ads")) >= 12, 120)
        reserve = os.path.join(self.unit.data, "reserve")
        wait_for("the reserve", lambda: os.path.exists(reserve), 20)
        self.assertEqual(os.stat(reserve).st_size, 64 * MIB)

        self.leave(300 * MIB)  # short: less than storage.pause_below
        wait_for("the crawl pauses", lambda: self.logged("disk.crawl_paused"), 20)
        wait_for("an alert says so", lambda: any("nothing is fetched" in a["headline"] for a in self.told()), 30)
        self.assertTrue(os.path.exists(reserve), "what is left is enough for now")
        self.assertGreaterEqual(len(self.unit.list("ads")), 12)

        self.leave(MIB // 2)  # full: nothing but the reserve is left
        wait_for("the reserve is given up", lambda: self.logged("disk.reserve_freed"), 20)
        self.assertFalse(os.path.exists(reserve))
        ads = self.unit.list("ads")
        self.assertGreaterEqual(len(ads), 12)
        self.unit.run("hold", ads[0]["ad"], "--name", "case-1", "--reason", "the reserve lets people work")
        self.assertIsNone(self.unit.process.poll(), "the daemon lives")

        self.resize("4g")
        wait_for("the crawl goes on within ten seconds", lambda: self.logged("disk.crawl_resumed"), 10)
        wait_for("the reserve is there again", lambda: os.path.exists(reserve), 20)
        wait_for("the alert is closed by a notice", lambda: any("room again" in a["headline"] for a in self.told()), 30)
        self.web.day(2)
        known = {a["ad"] for a in ads}
        wait_for("new ads come in", lambda: {a["ad"] for a in self.unit.list("ads")} - known, 60)
        self.assertEqual(self.unit.stop(), 0)
        self.assertEqual(self.unit.run("store", "check", check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
