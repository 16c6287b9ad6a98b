#!/usr/bin/env python3
"""kill -9 of the daemon at random moments of the crawl: nothing acknowledged is lost, no alert is missing, no alert gets
a second Message-ID, and the sites notice nothing of it. VIGIE_KILLS sets how often (default 50); the seed of the moments is printed."""
import bisect
import collections
import json
import os
import random
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from vigie_kit import ROOT, Unit, Web, networks_of, slurp, wait_for  # noqa: E402

KILLS = int(os.environ.get("VIGIE_KILLS", "50"))


def durable(unit):
    """What the store has acknowledged, as a reader beside it sees it."""
    ads = {ad["ad"]: (ad["versions"], ad["state"]) for ad in unit.list("ads", "-o", "jsonl")}
    alerts = {}
    for alert in unit.list("alerts", "-o", "jsonl"):
        sent = {d["message_id"]: d["state"] for d in alert["deliveries"] if d.get("message_id")}
        alerts[alert["key"]] = (alert["alert"], alert["revision"], sent)
    return ads, alerts


class Crash(unittest.TestCase):
    def setUp(self):
        self.web = Web()
        self.unit = Unit(self.web, revisit=("1s", "2s"), batch="1s")
        self.seed = int(os.environ.get("VIGIE_SEED", time.time_ns() % 1_000_000))
        print(f"seed {self.seed}, {KILLS} kills")
        self.random = random.Random(self.seed)

    def tearDown(self):
        self.unit.close()
        self.web.close()

    def look(self, before):
        """What is durable now; nothing, while no start has yet come as far as a store that can be read."""
        try:
            return durable(self.unit)
        except AssertionError:
            if before != ({}, {}):
                raise
            return {}, {}

    def compare(self, before, after, number):
        ads, alerts = before
        ads_now, alerts_now = after
        for name, (versions, _) in ads.items():
            self.assertIn(name, ads_now, f"kill {number}: an ad is lost")
            self.assertGreaterEqual(ads_now[name][0], versions, f"kill {number}: a version of {name} is lost")
        for key, (label, revision, sent) in alerts.items():
            self.assertIn(key, alerts_now, f"kill {number}: alert {key} is lost")
            self.assertEqual(alerts_now[key][0], label, f"kill {number}: alert {key} has another label")
            self.assertGreaterEqual(alerts_now[key][1], revision, f"kill {number}: alert {key} went back")
            self.assertLessEqual(set(sent), set(alerts_now[key][2]), f"kill {number}: a message of {key} is lost")

    def test_kills_at_random_moments_lose_nothing(self):
        before = ({}, {})
        for number in range(1, KILLS + 1):
            if number % max(2, KILLS // 4) == 0:
                self.web.day(min(4, 1 + number // max(2, KILLS // 4)))
            self.unit.start(ready=False)
            time.sleep(self.random.uniform(0.05, 1.6))
            seen = self.look(before) if self.random.random() < 0.5 else None
            self.unit.kill()
            after = self.look(before)
            self.compare(before, after, number)
            if seen:
                self.compare(seen, after, number)
            before = after
        self.web.day(4)
        self.unit.start()
        live = {ad["ad"] for ad in self.web.truth()["ads"] if ad.get("shown") != "wall"}
        wait_for("every live ad is known", lambda: live <= {a["ad"] for a in self.unit.list("ads", "-o", "jsonl")}, 240)
        wait_for("every alert has left", lambda: not [a for a in self.unit.list("alerts", "-o", "jsonl") if a["status"] == "pending"], 120)
        self.assertEqual(self.unit.stop(), 0, self.unit.daemon_log()[-2000:])
        after = durable(self.unit)
        self.compare(before, after, "last")

        check = self.unit.run("store", "check", check=False)
        self.assertEqual(check.returncode, 0, check.stdout[-2000:])
        alerts = self.unit.list("alerts", "-o", "jsonl")
        planted = next(n for n in self.web.truth()["networks"] if n["id"] == "recruiter")
        # Few kills of a slow build may all fall into the first pass: then the finding is kept instead of mailed.
        self.assertTrue([a for a in alerts if a["status"] in ("sent", "digest") and set(a["ads"]) & set(planted["ads"])])
        _, wrong = networks_of(self.web.truth(), alerts)
        self.assertEqual(wrong, set())
        arrived = [m["Message-ID"] for m in self.unit.messages()]
        self.assertEqual(len(arrived), len(set(arrived)), "a message was delivered twice")
        known = {i for _, _, sent in after[1].values() for i in sent}
        self.assertLessEqual(set(arrived), known, "a message in the mailbox is under an id that no alert knows")
        handed = {i for _, _, sent in after[1].values() for i, state in sent.items() if state == "handed_over"}
        self.assertLessEqual(handed, set(arrived), "a message that counts as handed over is not in the mailbox")


def every(text, pattern, to):
    done, count = re.subn(pattern, to, text)
    assert count, pattern
    return done


class Hostile:
    """The hostile site: some of its behaviours, and trees of pages each of which is asked for once unless something is lost."""

    BEHAVIOURS = ("ok gz etag rate-seconds unavailable broken double not-gzip loop-self loop-two chain to-private to-other gone404 "
                  "refuse403 challenge cut cut-chunked garbage empty drip drip-header header-endless body-endless bomb large "
                  "silent reset robots-deny robots-500 robots-moved").split()

    def __init__(self, folder, trees, size):
        self.log = os.path.join(folder, "hostile.jsonl")
        self.size = size
        self.trees = [f"tree{n}.test" for n in range(trees)]
        self.names = [f"{b}.test" for b in self.BEHAVIOURS] + self.trees
        self.process = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests", "hostile_site.py"), self.log, *self.names],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().split()[0])

    def addresses(self):
        return {name: f"127.0.{1 + n // 250}.{n % 250}:{self.port}" for n, name in enumerate(self.names, 1)}

    def scope(self, pace, interval):
        def site(name):
            tree = name in self.trees
            return [f"  - site: {name.split('.')[0]}", "    family: mixed", f"    start: ['http://{name}{f'/t/{self.size}/0' if tree else '/x'}']",
                    f"    pace: {pace}ms", "    revisit: {index: %s, ad: %s}" % (interval, interval),
                    "    follow: ['%s']" % ("^/t/" if tree else "^/[xb]"), "    robots: obey", "    extract: auto"]
        head = ["scope: HOSTILE-09", "legal: {basis: test, reference: t, authorised_by: t, valid_from: 2026-01-01, valid_to: 2028-01-01}",
                "region: FR", "languages: [en]", "retention: {unflagged: 30d, flagged: 400d, raw: 90d}", "sites:"]
        return "\n".join(head + [line for name in self.names for line in site(name)]) + "\n"

    def requests(self):
        with open(self.log, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class PoliteCrash(unittest.TestCase):
    """Judged by the servers' own logs: no kill loses an address, shortens a host's pace, or repeats more than was under way."""

    PACE_MS, IN_FLIGHT, CONNECT_MS, TREES = 200, 16, 300, 16

    def setUp(self):
        long = KILLS > 100
        self.interval = 60 if long else 20  # seconds; of regular visits, and the longest that an address rests after a kill
        self.web = Web()
        self.unit = Unit(self.web, revisit=(f"{self.interval}s", f"{self.interval}s"))
        # In one life of the daemon 100 pages without an ad mute their pattern: trees are smaller, or most of them is read before the last kill.
        self.hostile = Hostile(self.unit.folder, self.TREES, 250 if KILLS >= 500 else 90 if long else 50)
        seeds = os.path.join(self.unit.folder, "seeds")
        for name in os.listdir(seeds):
            text = every(slurp(seeds, name), r"pace: 0s", f"pace: {self.PACE_MS}ms")
            with open(os.path.join(seeds, name), "w", encoding="utf-8") as out:
                out.write(text)
        with open(os.path.join(seeds, "hostile.yaml"), "w", encoding="utf-8") as out:
            out.write(self.hostile.scope(self.PACE_MS, f"{self.interval}s"))
        text = every(slurp(self.unit.config), r"(?m)^rules:.*$", "rules: []")  # a start takes a fifth of the time
        rows = "".join(f'    {name}: "{where}"\n' for name, where in self.hostile.addresses().items())
        text = every(text, r"(?m)^  resolve:\n", "  resolve:\n" + rows)
        limits = f"  in_flight: {self.IN_FLIGHT}\n  limits: {{connect: {self.CONNECT_MS}ms, first_byte: 2s, total: 5s, slow_for: 2s}}\n"
        with open(self.unit.config, "w", encoding="utf-8") as out:
            out.write(every(text, r"(?m)^crawl:\n", "crawl:\n" + limits))
        self.seed = int(os.environ.get("VIGIE_SEED", time.time_ns() % 1_000_000))
        self.random = random.Random(self.seed)
        print(f"polite: seed {self.seed}, {KILLS} kills", flush=True)

    def tearDown(self):
        self.unit.close()
        self.hostile.close()
        self.web.close()

    def all_read(self):
        wanted = {(tree, f"/t/{self.hostile.size}/{n}") for tree in self.hostile.trees for n in range(self.hostile.size)}
        return wanted <= {(row["host"], row["path"]) for row in self.hostile.requests()}

    def check_store(self, when):
        check = self.unit.run("store", "check", check=False)
        self.assertEqual(check.returncode, 0, f"{when}: {check.stdout[-2000:]}{check.stderr[-500:]}")

    def check_pace(self):
        """In every server's log; returns the shortest rest of a host."""
        times = {}
        for row in self.hostile.requests():
            times.setdefault(row["host"], []).append((row["t"], row["path"]))
        for row in self.web.ask("/log"):
            times.setdefault(row["host"], []).append((row["at"], row["path"]))
        self.assertGreater(len(times), self.TREES + 30)
        rests = [(b[0] - a[0], host, a[1], b[1]) for host, rows in times.items() for a, b in zip(rows, rows[1:])]
        short = sorted(rest for rest in rests if rest[0] < 0.95 * self.PACE_MS / 1000)
        self.assertEqual(short[:5], [], f"{len(short)} of {len(rests)} requests came too soon")
        return min(rests)[0], len(rests)

    def check_repeats(self, kills):
        """A tree page that is asked for again without validators was lost by the kill after its first request."""
        first, repeats = {}, collections.Counter()
        for row in self.hostile.requests():
            if not row["path"].startswith("/t/") or row["if_none_match"]:
                continue
            key = (row["host"], row["path"])
            if key in first:
                number = bisect.bisect(kills, first[key])
                self.assertLess(number, len(kills), f"{key} was asked for twice without a kill in between")
                repeats[number] += 1
            first[key] = row["t"]
        if repeats:
            self.assertLessEqual(max(repeats.values()), self.IN_FLIGHT)
        return max(repeats.values(), default=0), sum(repeats.values())

    def start_afresh(self, ready):
        socket = os.path.join(self.unit.data, "control.sock")
        if os.path.exists(socket):
            os.unlink(socket)  # a kill leaves it behind
        self.unit.start(ready=ready)

    def live_on(self, requests, most=3):
        """Until the hostile site has seen so many more, so that a slow machine does not make every kill hit a start."""
        enough = os.path.getsize(self.hostile.log) + 150 * requests  # about a line each
        end = time.time() + most
        while os.path.getsize(self.hostile.log) < enough and time.time() < end:
            time.sleep(0.01)

    def test_kills_keep_pace_and_addresses(self):
        kills, started = [], time.time()
        for number in range(1, KILLS + 1):
            if number % max(2, KILLS // 4) == 0:
                self.web.day(min(4, 1 + number // max(2, KILLS // 4)))
            # Most kills hit a crawl under way, the others a start; the first lets the store come to be.
            crawling = number == 1 or self.random.random() < 0.8
            self.start_afresh(crawling)
            self.live_on(self.random.randrange(40) if crawling else 0)
            time.sleep(self.random.uniform(0, 0.2))
            self.unit.kill()
            kills.append(time.time())
            if number % 20 == 0:
                self.check_store(f"after kill {number}")
            if number % 100 == 0:
                print(f"polite: {number} kills, {len(self.hostile.requests())} requests, {time.time() - started:.0f} s", flush=True)
        self.start_afresh(True)
        wait_for("every page of every tree was asked for", self.all_read, 120 + 5 * self.interval + self.hostile.size)
        self.assertEqual(self.unit.stop(), 0, self.unit.daemon_log()[-2000:])
        self.check_store("at the end")
        rest, count = self.check_pace()
        most, repeats = self.check_repeats(kills)
        print(f"polite: {KILLS} kills, {count} requests; shortest rest {1000 * rest:.0f} ms at a pace of {self.PACE_MS} ms; "
              f"{repeats} repeats, at most {most} after one kill with {self.IN_FLIGHT} slots", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=1)
