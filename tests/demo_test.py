#!/usr/bin/env python3
"""The invented web keeps its own promises: what /truth says is what the pages show, on every day (demo/web.py)."""
import gzip
import html
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "demo"))
import phones  # noqa: E402
import world  # noqa: E402


class Web:
    """A running web.py; ends with the test, even when that is killed (its stdin closes)."""

    def __init__(self, *more):
        command = [sys.executable, "-B", str(ROOT / "demo" / "web.py"), "--port", "0", "--control", "0",
                   "--day-seconds", "0", "--until-stdin-closes", *more]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = dict(self.process.stdout.readline().split() for _ in range(2))
        self.control, self.port = int(said["control"]), int(said["ready"])
        self.kept = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def get(self, host, path, headers=None):
        self.kept.request("GET", path, headers={"Host": host, **(headers or {})})
        answer = self.kept.getresponse()
        answer.data = answer.read()
        return answer

    def text(self, url):
        parts = urllib.parse.urlsplit(url)
        answer = self.get(parts.netloc, parts.path + ("?" + parts.query if parts.query else ""))
        return answer.status, answer.data.decode(re.search(r"charset=([\w-]+)", answer.getheader("Content-Type")).group(1))

    def ask(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.control, timeout=20)
        connection.request(method, path)
        answer = connection.getresponse()
        status, data = answer.status, answer.read()
        connection.close()
        return json.loads(data) if status == 200 else status

    def day(self, day):
        self.ask(f"/day/{day}", "POST")

    def close(self):
        self.kept.close()
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(10)


def shown(text):
    """What a reader sees of a page: no scripts, no tags, white space folded."""
    text = re.sub(r"<script.*?</script>|<head>.*?</head>", " ", text, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def folded(text):
    return re.sub(r"\s+", " ", text)


class DemoWeb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web = Web()
        cls.truths = {d: cls.web.ask(f"/truth?day={d}") for d in range(1, world.DAYS + 1)}
        cls.sites = {s["site"]: s for s in world.table("sites")}

    @classmethod
    def tearDownClass(cls):
        cls.web.close()

    def setUp(self):
        self.web.day(1)

    def walk(self, site):
        """All list pages of a site as a reader turns them: {path: text}."""
        pages, ahead = {}, [site["first"]]
        layout = re.compile("^" + re.escape(site["list"]).replace(r"\{n\}", r"\d+") + "$")
        while ahead:
            path = ahead.pop()
            if path in pages:
                continue
            status, pages[path] = self.web.text(f"http://{site['host']}{path}")
            self.assertEqual(status, 200, path)
            for href in re.findall(r'href="([^"]*)"', pages[path]):
                href = re.sub(r"[?&]PHPSESSID=\w+", "", html.unescape(href))
                if layout.match(href):
                    ahead.append(href)
        return pages

    def some_ad(self, site, day=1, where=lambda ad: True):
        return next(a for a in self.truths[day]["ads"] if a["site"] == site and a["shown"] == "page" and where(a))

    # ------------------------------------------------------------------------------------------ content

    def test_enough_of_everything(self):
        ads = {a["ad"]: a for t in self.truths.values() for a in t["ads"]}
        self.assertGreaterEqual(len(self.sites), 8)
        self.assertGreaterEqual(len({a["lang"] for a in ads.values()}), 5)
        self.assertEqual({a["family"] for a in ads.values()}, {"service", "recruitment", "job", "travel", "housing", "mixed"})
        self.assertTrue(360 <= len(ads) <= 460, len(ads))
        self.assertGreater(len({c["value"] for a in ads.values() for c in a["contacts"]}), 250)
        last = self.truths[world.DAYS]
        self.assertGreater(sum(1 for a in last["ads"] if a["changed_on"]), 40, "edits")
        self.assertGreater(len(last["gone"]), 30, "removals")
        self.assertGreater(sum(1 for a in last["ads"] if a["repost_of"]), 8, "reposts")
        self.assertGreater(sum(1 for a in last["ads"] if a["days"] != list(range(a["first_day"], world.DAYS + 1))), 5, "returns")

    def test_names_and_numbers_belong_to_nobody(self):
        for site in self.sites.values():
            self.assertRegex(site["host"], r"\.(example|test)$")
            self.assertTrue(phones.is_reserved(site["support"]), site["support"])
        for truth in self.truths.values():
            for ad in truth["ads"]:
                for contact in ad["contacts"]:
                    if contact["kind"] == "phone":
                        self.assertTrue(phones.is_reserved(contact["value"]), contact)
        tables = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "demo" / "content").glob("*.json"))
        for value in re.findall(r"\+\d{6,}", tables):
            self.assertTrue(phones.is_reserved(value), value)

    def test_pages_show_the_truth_on_every_day(self):
        for day, truth in self.truths.items():
            self.web.day(day)
            for site in self.sites.values():
                lists = self.walk(site)
                ads = {a["url"] if a["shown"] != "list" else a["ad"]: a for a in truth["ads"] if a["site"] == site["site"]}
                if "ad" not in site:
                    whole = " ".join(shown(text) for text in lists.values())
                    self.assertEqual(sum(text.count("data-id=") for text in lists.values()), len(ads))
                    pages = {key: whole for key in ads}
                else:
                    form = re.compile("^" + re.escape(site["ad"]).replace(r"\{id\}", r"\d+") + "$")
                    links = {re.sub(r"[?&]PHPSESSID=\w+", "", html.unescape(h))
                             for text in lists.values() for h in re.findall(r'href="([^"]*)"', text)}
                    listed = {f"http://{site['host']}{h}" for h in links if form.match(h)}
                    self.assertEqual(listed, set(ads), f"{site['site']} day {day}")
                    pages = {url: shown(self.web.text(url)[1]) for url in ads}
                for key, ad in ads.items():
                    if ad["shown"] == "wall":
                        self.assertNotIn(folded(ad["title"]), pages[key])
                        continue
                    for said in [ad["title"], *ad["text"].split("\n"), *(c["raw"] for c in ad["contacts"])]:
                        self.assertIn(folded(said), pages[key], f"{ad['ad']} day {day}")

    def test_every_number_on_every_page_is_reserved(self):
        for truth in (self.truths[1], self.truths[world.DAYS]):
            self.web.day(truth["day"])
            for ad in truth["ads"]:
                text = re.sub(r"\b\d\d\.\d\d\.20\d\d\b", " ", shown(self.web.text(ad["url"])[1]))  # dates
                for found in re.findall(r"(?<!\w)(?:\+|00?)[1-9][\d. ]{7,15}\d", text):
                    digits = re.sub(r"[^\d+]", "", found)
                    region = "+44" if ad["lang"] == "en" else "+33"
                    value = "+" + digits[2:] if digits.startswith("00") else region + digits[1:] if digits[0] == "0" else digits
                    # A year or a count may stand right behind a number: the number is what the text begins with.
                    self.assertTrue(any(phones.is_reserved(value[:n]) for n in range(9, 14)), f"{found} in {ad['url']}")

    def test_gone_ads_are_gone_as_the_site_does_it(self):
        self.web.day(world.DAYS)
        hows = set()
        for ad, how in self.truths[world.DAYS]["gone"].items():
            site = self.sites[ad.split("/")[0]]
            if how == "unlisted":
                continue
            hows.add(how)
            url = f"http://{site['host']}{site['ad'].format(id=ad.split('/')[1])}"
            status, text = self.web.text(url)
            self.assertEqual(status, {"404": 404, "410": 410, "redirect": 302, "soft404": 200}[how], url)
            if how == "soft404":
                self.assertIn("bestaat niet meer", text)
        self.assertEqual(hows, {"404", "410", "redirect", "soft404"})

    def test_stories_gain_an_ad_after_the_first_day_and_share_no_contact_with_others(self):
        last = self.truths[world.DAYS]
        ads = {a["ad"]: a for t in self.truths.values() for a in t["ads"]}
        uses = {}
        for ad in ads.values():
            for contact in ad["contacts"]:
                uses.setdefault(contact["value"], set()).add(ad["network"] or ad["lookalike"] or ad["operator"])
        self.assertEqual({n["kind"] for n in last["networks"]},
                         {"cross_family_contact", "template", "smuggling_offer", "persons_behind_contact", "labour"})
        for net in last["networks"]:
            first = [ads[i]["first_day"] for i in net["ads"]]
            self.assertTrue(any(d > 1 for d in first), net["id"])
            self.assertTrue(set(net["gains_on"]) <= set(first), net["id"])
            self.assertTrue(net["evidence"] and net["complete_from"] <= world.DAYS)
            for value in net["contacts"]:
                self.assertEqual(uses[value], {net["id"]}, value)
        for group in last["lookalikes"]:
            self.assertTrue(group["ads"] and all(ads[i]["lookalike"] == group["id"] for i in group["ads"]))
            self.assertIn(group["like"], {n["id"] for n in last["networks"]})
        switchboard = next(g for g in last["lookalikes"] if g["id"] == "switchboard")
        operators = {ads[i]["operator"] for i in switchboard["ads"]}
        self.assertGreater(len(operators), 12, "a hub is many unrelated advertisers")

    def test_strangers_do_not_write_alike(self):
        texts = {}
        for ad in self.truths[world.DAYS]["ads"]:
            texts.setdefault(ad["lang"], []).append((ad, world.shingles(ad["text"])))
        for group in texts.values():
            for i, (a, prints) in enumerate(group):
                for b, others in group[:i]:
                    same = a["operator"] == b["operator"] or a["lookalike"] == b["lookalike"] == "popular-text"
                    if not same:
                        self.assertLess(world.likeness(prints, others), 0.35, f"{a['ad']} {b['ad']}")
        copies = [world.shingles(a["text"]) for a in self.truths[2]["ads"] if a["network"] == "copied-template"]
        self.assertTrue(all(world.likeness(copies[0], c) > 0.5 for c in copies))

    def test_a_seed_fixes_the_world(self):
        def told(seed):
            return [(a.id, a.live, a.versions) for a in world.World(seed).ads]
        self.assertEqual(told(7), told(7))
        self.assertNotEqual(told(7), told(8))

    # ------------------------------------------------------------------------------------------ HTTP

    def test_an_unchanged_page_answers_304(self):
        for site in self.sites.values():
            first = self.web.get(site["host"], site["first"])
            tag, date = first.getheader("ETag"), first.getheader("Last-Modified")
            self.assertEqual((tag is not None, date is not None),
                             (site["cache"] == "etag", site["cache"] == "modified"), site["site"])
            headers = {"If-None-Match": tag} if tag else {"If-Modified-Since": date} if date else {}
            again = self.web.get(site["host"], site["first"], headers)
            self.assertEqual(again.status, 304 if headers else 200)
            if headers:
                self.web.day(2)  # new ads on top of the list
                self.assertEqual(self.web.get(site["host"], site["first"], headers).status, 200)
                self.web.day(1)

    def test_gzip_only_where_asked_for_and_offered(self):
        for site in self.sites.values():
            plain = self.web.get(site["host"], site["first"])
            packed = self.web.get(site["host"], site["first"], {"Accept-Encoding": "gzip, br"})
            self.assertIsNone(plain.getheader("Content-Encoding"))
            self.assertEqual(packed.getheader("Content-Encoding"), "gzip" if site["gzip"] else None)
            if site["gzip"]:
                self.assertIn(b"<html", gzip.decompress(packed.data))

    def test_charsets(self):
        self.assertEqual({s["charset"] for s in self.sites.values()}, {"utf-8", "windows-1252", "iso-8859-2", "windows-1251"})
        for name, word in (("kontakt-markt", "nächste"), ("munca-acum", "Anunţuri"), ("rabota-evropa", "Подобни")):
            site, ad = self.sites[name], self.some_ad(name)
            pages = [self.web.get(site["host"], p).data for p in (site["first"], urllib.parse.urlsplit(ad["url"]).path)]
            self.assertTrue(any(word.encode(site["charset"]) in page for page in pages), name)

    def test_counters_move_and_content_does_not(self):
        for name, site in self.sites.items():
            if "ad" not in site:
                continue
            url = self.some_ad(name)["url"]
            views = [self.web.text(url)[1] for _ in range(2)]
            self.assertNotEqual(*views)
            steady = [re.sub(r"\d+", "", re.sub(r"<aside.*?</aside>", "", v, flags=re.S)) for v in views]
            steady = [re.sub(r"PHPSESSID=\w+", "", s) for s in steady]
            self.assertEqual(*steady)

    def test_session_ids_change_and_name_the_same_page(self):
        site = next(s for s in self.sites.values() if "session" in s)
        tokens = []
        for _ in range(2):
            links = re.findall(r'href="([^"]*PHPSESSID=[^"]*)"', self.web.text(f"http://{site['host']}{site['first']}")[1])
            tokens.append(html.unescape(links[0]))
        self.assertNotEqual(*tokens)
        self.assertEqual(*(re.sub(r"[?&]PHPSESSID=\w+", "", t) for t in tokens))

    def test_the_closed_folder_is_linked_but_forbidden(self):
        site = next(s for s in self.sites.values() if "hidden" in s)
        self.assertIn("Disallow: /prive/", self.web.text(f"http://{site['host']}/robots.txt")[1])
        self.assertIn(site["hidden"], self.web.text(f"http://{site['host']}{site['first']}")[1])
        for truth in self.truths.values():
            self.assertEqual(truth["never"], [f"http://{site['host']}{site['hidden']}"])
            self.assertNotIn(truth["never"][0], {a["url"] for a in truth["ads"]})
        mapped = next(s for s in self.sites.values() if "sitemap" in s)
        self.assertNotIn("/prive/", self.web.text(f"http://{mapped['host']}{mapped['sitemap']}")[1])

    def test_sitemap_and_feed_name_live_ads(self):
        mapped = next(s for s in self.sites.values() if "sitemap" in s)
        fed = next(s for s in self.sites.values() if "feed" in s)
        locs = set(re.findall(r"<loc>(.*?)</loc>", self.web.text(f"http://{mapped['host']}{mapped['sitemap']}")[1]))
        self.assertEqual(locs, {a["url"] for a in self.truths[1]["ads"] if a["site"] == mapped["site"]})
        status, text = self.web.text(f"http://{fed['host']}{fed['feed']}")
        links = set(re.findall(r"<item>.*?<link>(.*?)</link>", text))
        self.assertTrue(len(links) == 15 and links <= {a["url"] for a in self.truths[1]["ads"]})

    def test_a_consent_wall_stands_at_one_path_and_before_one_ad_on_day_3(self):
        site = next(s for s in self.sites.values() if "wall" in s)
        self.assertIn("cookies", self.web.text(f"http://{site['host']}{site['wall']}")[1])
        walled = [(a["ad"], day) for day, t in self.truths.items() for a in t["ads"] if a["shown"] == "wall"]
        self.assertEqual([day for _, day in walled], [3])

    def test_requests_are_logged_in_order(self):
        self.web.get("jobs-board.test", "/jobs?page=2")
        self.web.get("jobs-board.test", "/job/1")
        rows = self.web.ask("/log")
        last = [(r["host"], r["path"], r["status"]) for r in rows if r["path"] in ("/jobs?page=2", "/job/1")][-2:]
        self.assertEqual(last, [("jobs-board.test", "/jobs?page=2", 200), ("jobs-board.test", "/job/1", 404)])
        self.assertEqual([r["at"] for r in rows], sorted(r["at"] for r in rows))

    def test_nonsense_is_answered_and_does_no_harm(self):
        for sent in (b"\x00\xff\x00\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"".join(b"h%d: x\r\n" % i for i in range(300)) + b"\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde"):
            with socket.create_connection(("127.0.0.1", self.web.port), timeout=10) as peer:
                peer.sendall(sent)
                self.assertRegex(peer.recv(4096), rb"40\d|41\d|431|505|Error")
        self.assertEqual(self.web.get("nobody.example", "/").status, 404)
        self.assertEqual(self.web.ask("/day/99", "POST"), 400)
        self.assertEqual(self.web.get("jobs-board.test", "/jobs").status, 200)

    def test_the_server_ends_when_it_should(self):
        self.assertEqual(Web().close(), 0)
        web = Web()
        web.process.send_signal(signal.SIGTERM)
        self.assertEqual(web.process.wait(10), 0)
        web.close()

    def test_the_day_moves_by_itself(self):
        web = Web("--day-seconds", "0.2")
        try:
            deadline = time.monotonic() + 20
            while web.ask("/day")["day"] < world.DAYS and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual(web.ask("/day")["day"], world.DAYS)
        finally:
            web.close()

    # ------------------------------------------------------------------------------------------ configuration

    def test_scopes_and_resolver_know_every_site(self):
        config = (ROOT / "demo" / "vigie.yaml").read_text()
        scopes = {p.name: p.read_text() for p in (ROOT / "seeds" / "demo").glob("*.yaml")}
        self.assertGreaterEqual(len(scopes), 2)
        entries = {}
        for text in scopes.values():
            for block in re.split(r"\n  - site: ", text)[1:]:
                entries[block.split("\n")[0]] = block
        self.assertEqual(set(entries), set(self.sites))
        for name, site in self.sites.items():
            self.assertIn(f'{site["host"]}: "127.0.0.1:8081"', config)
            self.assertIn(f'start: ["http://{site["host"]}{site["first"]}"]', entries[name])
            self.assertIn(f"family: {site['family']}", entries[name])
            follow = re.search(r"follow: \['([^']*)'", entries[name]).group(1)
            self.assertRegex(site["first"], follow)
            self.assertRegex(site["list"].format(n=2), follow)
            for ad in self.truths[1]["ads"]:
                if ad["site"] == name and "ad" in site:
                    parts = urllib.parse.urlsplit(ad["url"])
                    path = parts.path + ("?" + parts.query if parts.query else "")
                    found = re.search(re.search(r"ad: \['([^']*)'\]", entries[name]).group(1), path)
                    self.assertEqual(found and found.group("id"), ad["ad"].split("/")[1])


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    unittest.main()
