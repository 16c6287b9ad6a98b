#!/usr/bin/env python3
"""When addresses are asked, seen from the server's side: budgets over restarts, sitemaps of robots.txt, what a site shows
for pages that are gone, a source that blocks, and what `vigie explain` says of each."""
import http.server
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
from vigie_kit import ROOT, VIGIE, read_maildir, slurp, wait_for  # noqa: E402

AD = """<!doctype html><html lang="en"><head><title>Room {0} to let</title></head><body><nav><a href="/list">all rooms</a></nav>
<main><h1>Room {0} to let</h1><p>Price: {1} EUR per month</p><p>A quiet room number {0} near the station, with a table, a bed and a view of
the garden. Call 01 99 00 {0:04d} in the evening.</p></main></body></html>"""


class Site(http.server.ThreadingHTTPServer):
    """A small board of room ads, behind as many names as a test likes; every request is kept with its time."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.ads = set(range(10, 40))
        self.shown = 30          # ads on the list
        self.robots = ""
        self.refuses = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # a daemon that is stopped leaves its connections

    @property
    def port(self):
        return self.server_address[1]

    def asked(self, pattern="^/(?!robots)"):
        return [path for _, path in self.requests if re.search(pattern, path)]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        site = self.server
        site.requests.append((time.time(), self.path))
        kind, status = "text/html; charset=utf-8", 200
        ad = re.fullmatch(r"/ad/(\d+)", self.path)
        if self.path == "/robots.txt":
            kind, body = "text/plain", site.robots
        elif site.refuses:
            status, body = 403, "no"
        elif self.path == "/list":
            rows = "".join(f'<li><a href="/ad/{n}">Room {n} to let</a> {n + 300} EUR</li>' for n in sorted(site.ads)[:site.shown])
            body = f"<!doctype html><title>Rooms</title><h1>Rooms</h1><ul>{rows}</ul>"
        elif self.path == "/map.xml":
            kind = "application/xml"
            rows = "".join(f"<url><loc>http://rooms.test/ad/{n}</loc></url>" for n in sorted(site.ads))
            body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}<url><loc>http://rooms.test/about</loc></url></urlset>'
        elif ad and int(ad[1]) in site.ads:
            body = AD.format(int(ad[1]), int(ad[1]) + 300)
        else:  # answers 200, in words of no list
            body = "<!doctype html><title>Hm</title><main><h1>Hm</h1><p>The shelf is bare here, look at another one.</p></main>"
        body = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Schedule(unittest.TestCase):
    def setUp(self):
        self.site = Site()
        self.folder = tempfile.mkdtemp(prefix="vigie-test-")
        self.process = None

    def tearDown(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.log.close()
        self.site.shutdown()
        self.site.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def configure(self, extra="", revisit="{index: 2s, ad: 2s}", pace="0s"):
        with open(os.path.join(self.folder, "scope.yaml"), "w", encoding="utf-8") as out:
            out.write(f"""scope: NORTH-01
legal: {{basis: "test", reference: "1/26", authorised_by: "test", valid_from: 2026-01-01, valid_to: 2036-01-01}}
region: FR
languages: [en]
sites:
  - site: rooms
    family: housing
    start: ["http://rooms.test/list"]
    pace: {pace}
    revisit: {revisit}
    follow: ['^/list']
    ad: ['^/ad/(?P<id>\\d+)$']
    {extra}
""")
        self.config = os.path.join(self.folder, "vigie.yaml")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(f"""unit: {{name: "Test", contact: "crawler@unit.example"}}
storage: {{path: data}}
scopes: [scope.yaml]
rules: []
crawl: {{confirm_gone: [1s]}}
network: {{allow_private: [127.0.0.0/8], resolve: {{rooms.test: "127.0.0.1:{self.site.port}"}}}}
alerts:
  from: "Vigie <vigie@unit.example>"
  receivers: [{{name: desk, mail: desk@unit.example, batch_every: 1s}}]
  maildir: mail
metrics: {{listen: ""}}
console: {{listen: ""}}
""")

    def run_vigie(self, *words):
        return subprocess.run([VIGIE, words[0], "--config", self.config, *words[1:]], capture_output=True, text=True, timeout=120)

    def start(self):
        self.log = open(os.path.join(self.folder, "log"), "a", encoding="utf-8")
        self.process = subprocess.Popen([VIGIE, "run", "--config", self.config], stdout=self.log, stderr=self.log)

    def test_a_budget_holds_for_the_day_and_over_restarts(self):
        self.configure("budget: {pages_a_day: 8}")
        first = self.run_vigie("crawl", "--once", "--max-time", "60s")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(len(self.site.requests), 8)  # robots.txt counts: it is a request
        self.assertEqual(self.run_vigie("crawl", "--once", "--max-time", "60s").returncode, 0)
        self.assertEqual(len(self.site.requests), 8)
        waiting = next(n for n in sorted(self.site.ads) if f"/ad/{n}" not in self.site.asked())
        said = self.run_vigie("explain", f"http://rooms.test/ad/{waiting}").stdout
        self.assertRegex(said, r"next attempt +\S+T00:00:00Z, set by budget of the day")
        self.assertRegex(said, r"rule +ad\[0\] \^/ad/")
        self.assertEqual(self.run_vigie("store", "check").returncode, 0)

    def test_sitemaps_of_robots_txt_bring_what_no_list_shows(self):
        self.site.shown = 2
        self.site.robots = "User-agent: *\nDisallow: /ad/13\nSitemap: http://rooms.test/map.xml\nSitemap: http://elsewhere.test/map.xml\n"
        self.configure(revisit="{index: 10m, ad: 6h}")
        self.assertEqual(self.run_vigie("crawl", "--once", "--max-time", "60s").returncode, 0)
        self.assertEqual(sorted(self.site.asked("^/ad/..$")), sorted(f"/ad/{n}" for n in self.site.ads if n != 13))
        self.assertEqual(self.site.asked("about|elsewhere"), [])
        said = self.run_vigie("explain", "http://rooms.test/ad/13").stdout
        self.assertIn("robots.txt of rooms.test forbids it", said)

    def test_a_site_shows_what_its_missing_pages_look_like_and_ads_are_gone_by_it(self):
        self.configure()
        self.start()
        wait_for("an invented address is asked", lambda: self.site.asked(r"^/ad/9\d{8}$"), 60)
        wait_for("its answer is learned", lambda: "error_page_learned" in slurp(self.folder, "log"), 30)
        self.site.ads.remove(20)
        wait_for("the ad is gone", lambda: '"how":"soft404"' in self.run_vigie("history", "rooms/20").stdout.replace(" ", ""), 60)
        self.assertIn('"state":"live"', self.run_vigie("ads", "--site", "rooms", "-o", "jsonl").stdout.replace(" ", ""))
        self.assertLessEqual(len(self.site.asked(r"^/ad/9\d{8}$")), 2)

    def test_a_pass_does_not_wait_for_a_host_that_is_not_there(self):
        self.configure()
        self.site.shutdown()
        self.site.server_close()
        began = time.time()
        done = self.run_vigie("crawl", "--once")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLess(time.time() - began, 60)
        self.assertRegex(done.stdout, r"1 host left for later: rooms\.test \(\w+ until \S+Z\)")
        said = self.run_vigie("explain", "http://rooms.test/list").stdout
        self.assertRegex(said, r"outcome +network, set by robots_unreachable")

    def test_a_source_that_refuses_is_left_alone(self):
        self.configure()
        self.site.refuses = True
        self.start()
        wait_for("it was asked", lambda: self.site.asked(), 30)
        time.sleep(5)
        self.assertLessEqual(len(self.site.asked()), 2)
        self.assertEqual(read_maildir(os.path.join(self.folder, "mail")), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
