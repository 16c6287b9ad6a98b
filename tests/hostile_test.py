#!/usr/bin/env python3
"""The whole program against the hostile site: every behaviour on a host of its own, what came of each as `vigie explain` names it, the
memory that it cost, and the pages of well-behaved hosts beside all of it."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from vigie_kit import ROOT, VIGIE, slurp  # noqa: E402

SANITIZED = any(word in VIGIE for word in ("asan", "tsan"))
# Host -> what `explain` says of its page: outcome, and the limit or page class that decided it.
EXPECTED = {
    "ok": "outcome +ok", "gz": "outcome +ok", "br": "outcome +ok", "zstd": "outcome +ok", "etag": "outcome +(ok|unchanged)",
    "rate-seconds": "outcome +rate_limited", "rate-date": "outcome +rate_limited", "rate-none": "outcome +rate_limited",
    "rate-past": "outcome +rate_limited", "rate-far": "outcome +rate_limited", "rate-words": "outcome +rate_limited",
    "unavailable": "outcome +rate_limited", "unavailable-date": "outcome +rate_limited",
    "drip": "outcome +too_slow.*set by slow", "drip-header": "outcome +(timed_out|too_slow).*set by", "silent": "outcome +timed_out.*set by first_byte",
    "header-endless": "outcome +header_flood.*set by header_bytes", "header-line": "outcome +header_flood.*set by header_line",
    "interim-endless": "outcome +header_flood.*set by header_bytes", "body-endless": "outcome +too_large.*set by wire_bytes",
    "large": "outcome +too_large.*set by wire_bytes", "page16": "outcome +(ok|unreadable)",
    "bomb": "outcome +bomb.*set by ratio", "bomb-br": "outcome +bomb.*set by ratio", "bomb-zstd": "outcome +bomb.*set by ratio",
    "loop-self": "outcome +redirect_loop.*set by redirects", "loop-two": "outcome +redirect", "chain": "outcome +redirect",
    "to-private": "outcome +address_refused.*set by redirect_address", "to-metadata": "outcome +address_refused.*set by redirect_address",
    "to-mapped": "outcome +address_refused.*set by redirect_address", "to-nat64": "outcome +address_refused.*set by redirect_address",
    "to-number": "outcome +address_refused.*set by redirect_address",
    "nested": "outcome +(ok|unreadable)", "nested-lists": "outcome +(ok|unreadable)", "attributes": "outcome +(ok|unreadable)",
    "charset-bytes": "outcome +ok", "charset-lie": "outcome +ok", "charset-unknown": "outcome +ok", "charset-long": "outcome +ok", "charset-half": "outcome +ok",
    "wall-consent": "outcome +wall.*(\n.*)*page class +consent", "wall-login": "outcome +wall.*(\n.*)*page class +login", "wall-challenge": "outcome +block.*(\n.*)*page class +block",
    "calendar": "outcome +ok", "deeper": "outcome +ok", "session": "outcome +ok", "permuted": "outcome +ok", "same": "outcome +ok",
    "robots-deny": "outcome +robots_denied", "robots-huge": "outcome +robots_denied", "robots-moved": "outcome +robots_denied", "robots-bytes": "outcome +robots_denied",
    "robots-html": "outcome +ok", "robots-stars": "outcome +ok", "robots-loop": "outcome +ok", "robots-away": "outcome +ok", "robots-403": "outcome +ok",
    "robots-500": "outcome +server_error.*set by robots_unreachable", "robots-429": "outcome +rate_limited.*set by robots_unreachable",
    "robots-reset": "outcome +network.*set by robots_unreachable", "robots-drip": "outcome +too_slow.*set by robots_unreachable",
    "robots-bomb": "outcome +ok",
    "cut": "outcome +cut_off.*set by content_length", "cut-chunked": "outcome +cut_off.*set by content_length", "reset": "outcome +network.*set by reset",
    "garbage": "outcome +network.*set by no_http", "empty": "outcome +network.*set by no_answer", "picture": "outcome +not_html.*set by content_type",
}
MUTED = {"calendar": "/day/N", "same": "/page/N", "deeper": "/+"}
TRAPS = ("calendar", "deeper", "session", "permuted", "same")
MOST_REQUESTS = 500  # of a trap's host


class Peak(threading.Thread):
    """The most memory that a program and its children had resident at one time, MiB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.own, self.all, self.done = pid, 0, 0, False
        self.start()

    @staticmethod
    def resident(pid):
        try:
            return int(re.search(r"VmRSS:\s+(\d+)", slurp("/proc", str(pid), "status"))[1]) / 1024
        except (OSError, TypeError):
            return 0

    def run(self):
        while not self.done:
            try:
                children = slurp("/proc", str(self.pid), "task", str(self.pid), "children").split()
                for task in os.listdir(f"/proc/{self.pid}/task"):
                    children += slurp("/proc", str(self.pid), "task", task, "children").split()
            except OSError:
                return
            own = self.resident(self.pid)
            self.own = max(self.own, own)
            self.all = max(self.all, own + sum(self.resident(child) for child in set(children)))
            time.sleep(0.02)


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="vigie-test-")
        names = [f"{kind}.{kind}.test" for kind in EXPECTED]
        cls.site = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests", "hostile_site.py"), os.path.join(cls.folder, "requests"), *names],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = cls.site.stdout.readline().split()[0]
        cls.configure(names, port)
        log = open(os.path.join(cls.folder, "log"), "w", encoding="utf-8")
        process = subprocess.Popen([VIGIE, "crawl", "--once", "--max-time", "150s", "--config", cls.config], stdout=log, stderr=log)
        cls.peak = Peak(process.pid)
        began = time.time()
        cls.code = process.wait(240)
        cls.took = time.time() - began
        cls.peak.done = True
        log.close()
        cls.said = slurp(cls.folder, "log")
        cls.site.stdin.close()
        cls.site.wait(20)
        cls.requests = [json.loads(row) for row in slurp(cls.folder, "requests").splitlines()]

    @classmethod
    def tearDownClass(cls):
        cls.site.stdout.close()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def configure(cls, names, port):
        cls.config = os.path.join(cls.folder, "vigie.yaml")
        resolve = "".join(f'    {name}: "127.0.1.{number}:{port}"\n' for number, name in enumerate(names, 1))
        with open(cls.config, "w", encoding="utf-8") as out:
            out.write(f"""unit: {{name: "Test", contact: "crawler@unit.example"}}
storage: {{path: data}}
scopes: [scope.yaml]
rules: []
crawl: {{limits: {{first_byte: 4s, slow_for: 4s, total: 20s}}}}
network:
  allow_private: [127.0.0.0/16]
  resolve:
{resolve}alerts: {{from: "Vigie <vigie@unit.example>", maildir: mail}}
metrics: {{listen: ""}}
console: {{listen: ""}}
""")
        patterns = "    follow: ['^/']\n    ad: ['^/ad/(?P<id>\\d+)']\n"
        sites = "".join(f"""  - site: {name.split('.')[0]}
    family: mixed
    start: ["http://{name}/x"]
    pace: 0s
    revisit: {{index: 10m, ad: 6h}}
{patterns if name.split('.')[0] in TRAPS else ''}""" for name in names)
        with open(os.path.join(cls.folder, "scope.yaml"), "w", encoding="utf-8") as out:
            out.write(f"""scope: NORTH-01
legal: {{basis: "test", reference: "1/26", authorised_by: "test", valid_from: 2026-01-01, valid_to: 2036-01-01}}
region: FR
languages: [en]
sites:
{sites}""")

    def run_vigie(self, *words):
        return subprocess.run([VIGIE, words[0], "--config", self.config, *words[1:]], capture_output=True, text=True, timeout=120)

    def asked(self, kind):
        return [row["path"] for row in self.requests if row["host"].startswith(f"{kind}.")]

    def test_every_behaviour_is_survived_with_its_own_outcome(self):
        self.assertEqual(self.code, 0, self.said[-2000:])
        self.assertNotIn("stopped at --max-time", self.said)
        for kind, expected in EXPECTED.items():
            with self.subTest(kind):
                said = self.run_vigie("explain", f"http://{kind}.{kind}.test/x").stdout
                self.assertRegex(said, expected)

    def test_nothing_that_was_refused_was_asked(self):
        hosts = {row["host"].split(":")[0] for row in self.requests}
        self.assertEqual(hosts - {f"{kind}.{kind}.test" for kind in EXPECTED}, set())
        for kind in ("robots-deny", "robots-huge", "robots-moved", "robots-bytes", "robots-500", "robots-429", "robots-drip", "robots-reset"):
            self.assertNotIn("/x", self.asked(kind), kind)

    def test_every_trap_ends_and_says_so(self):
        for kind in TRAPS:
            with self.subTest(kind):
                self.assertLess(len(self.asked(kind)), MOST_REQUESTS)
        for kind, pattern in MUTED.items():
            with self.subTest(kind):
                self.assertRegex(self.said, rf"site\.pattern_muted site={kind} pattern=\S*{re.escape(pattern)}")
        self.assertRegex(self.said, r"site\.session_parameter site=session parameter=sid")
        muted = next(row for row in self.run_vigie("explain", "http://calendar.calendar.test/day/99999999").stdout.splitlines() if "muted" in row)
        self.assertIn("/day/N", muted)

    def test_it_cost_less_than_300_mib(self):
        print(f"peak memory: {self.peak.own:.0f} MiB of the daemon, {self.peak.all:.0f} MiB with its parse workers; {self.took:.0f} s")
        if not SANITIZED:
            self.assertLess(self.peak.own, 300)

    def test_the_store_is_sound_afterwards(self):
        checked = self.run_vigie("store", "check")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
