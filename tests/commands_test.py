#!/usr/bin/env python3
"""The commands as a person or a script uses them: exit codes, output, errors, and what goes through a running daemon."""
import datetime
import glob
import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from vigie_kit import ROOT, VIGIE, Unit, Web, slurp, wait_for  # noqa: E402

DATA = os.environ.get("VIGIE_DATA") or os.path.join(ROOT, "..", "shared", "data")


def vigie(*words, stdin=None):
    return subprocess.run([VIGIE, *words], input=stdin, capture_output=True, text=True, timeout=120)


class Alone(unittest.TestCase):
    """Commands that need no daemon and no store."""

    def test_usage_errors_end_in_2(self):
        for words in ([], ["nonsense"], ["crawl"], ["extract"], ["history"], ["ads", "-o", "xml"]):
            self.assertEqual(vigie(*words).returncode, 2, words)

    def test_check_says_what_it_found(self):
        done = vigie("check", "--config", os.path.join(ROOT, "demo", "vigie.yaml"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("11 sites", done.stdout)

    def test_check_names_a_fault_at_its_place(self):
        path = sorted(glob.glob(os.path.join(ROOT, "tests", "config", "*.yaml")))[0]
        done = vigie("check", "--config", path)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"[^:\n]+\.(yaml|txt):\d+:\d+: error: ")

    def test_schema_is_json(self):
        schema = json.loads(vigie("schema").stdout)
        self.assertIn("draft-07", schema["$schema"])

    def test_every_rule_passes_its_own_cases(self):
        done = vigie("rules", "test", *sorted(glob.glob(os.path.join(ROOT, "conf", "rules", "*.yaml"))))
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-1000:])
        self.assertRegex(done.stdout, r"\d{3,} passed, 0 failed")

    def test_a_rule_file_names_each_fault_at_its_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "mine.yaml")
            with open(path, "w", encoding="utf-8") as file:
                file.write('id: mine\ntitel: x\ntier: T0\nselect:\n  words: {en: ["apple harvest"]}\n  dead: {en: ["nobody asks"]}\n'
                           'when: words\nsays: "x"\ntests:\n  hit: [{lang: en, text: "pears"}]\n')
            done = vigie("rules", "test", path, "-o", "json")
            self.assertEqual(done.returncode, 1)
            faults = {fault["line"]: fault["error"] for fault in map(json.loads, done.stdout.splitlines())}
            self.assertIn("titel", faults[2])
            self.assertIn("dead", faults[6])
            done = vigie("rules", "test", os.path.join(folder, "none.yaml"))
            self.assertEqual(done.returncode, 1)
            self.assertIn("none.yaml", done.stderr)
            with open(path, encoding="utf-8") as file:
                sound = [line for line in file if not line.startswith(("titel", "  dead"))]
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(sound)
            done = vigie("rules", "test", path)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{path}:8: mine: must hit", done.stdout)

    def test_decode_reads_a_hidden_number(self):
        done = vigie("decode", "--region", "FR", "--lang", "fr", stdin="appelez le zero un 99 00 00 quarante-deux\n\n")
        first, second = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(first["contacts"][0]["value"], "+33199000042")
        self.assertTrue(first["contacts"][0]["steps"])
        self.assertEqual(second["contacts"], [])

    def test_a_file_of_words_teaches_decode_a_language(self):
        ad = "pellgomzit: mann unan nav nav mann mann unan daou tri pevar, abaoe 3 devezh\n"
        words = {"number": ["mann=0", "unan=1", "daou=2", "tri=3", "pevar=4", "pemp=5", "seizh=7", "eizh=8", "nav=9"],
                 "call": ["pellgomzit"], "ago": ["abaoe # devezh=4", "abaoe # sizhun=5"]}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "br.tsv")
            with open(path, "w", encoding="utf-8") as file:
                file.write("# Breton\n")
                for kind, phrases in words.items():
                    file.writelines("\t".join(["br", kind, *phrase.split("=")]) + "\n" for phrase in phrases)
            ask = ["decode", "--region", "FR", "--lang", "br", "--at", "2026-11-24T12:00:00Z"]
            before = json.loads(vigie(*ask, stdin=ad).stdout)
            self.assertEqual((before["contacts"], before["dates"]), ([], []))
            after = json.loads(vigie(*ask, "--words", path, stdin=ad).stdout)
            self.assertEqual([c["value"] for c in after["contacts"]], ["+33199001234"])
            self.assertEqual([d["date"] for d in after["dates"]], ["2026-11-21"])
            with open(path, "a", encoding="utf-8") as file:
                file.write("br\tnumero\tmann\t0\n")
            refused = vigie(*ask, "--words", path, stdin=ad)
            self.assertEqual(refused.returncode, 1)
            self.assertIn(f"{path}: line 14: no such kind: numero", refused.stderr)

    def test_extract_reads_a_page_from_stdin_gzipped_or_not(self):
        page = "<html lang=fr><h1>Chambre calme</h1><p>Libre. Tel 01 99 00 00 42</p></html>"
        plain = vigie("extract", "-", "--url", "http://a.test/annonce/1", "--region", "FR", stdin=page)
        self.assertEqual(plain.returncode, 0, plain.stderr)
        record = json.loads(plain.stdout)
        for key in ("page_class", "why", "listings", "links"):
            self.assertIn(key, record)
        packed = subprocess.run([VIGIE, "extract", "-", "--url", "http://a.test/annonce/1", "--region", "FR"],
                                input=gzip.compress(page.encode()), capture_output=True, timeout=60)
        self.assertEqual(json.loads(packed.stdout), record)

    def test_extract_says_where_each_value_came_from(self):
        page = ('<html lang=fr><head><script type="application/ld+json">{"@context": "https://schema.org", "@type": "Product", "name": "Chambre calme", "offers": {"@type": "Offer", "price": "340", "priceCurrency": "EUR"}}</script></head>'
                "<body><main class=fiche><h1>Chambre calme</h1><p class=mots>Libre tout de suite, au calme, avec vue sur le parc, dans une maison que trois personnes se partagent. Tel 01 99 00 00 42</p>"
                "<dl><dt>Ville</dt><dd>Lille</dd><dt>Surface</dt><dd>12 m²</dd></dl></main></body></html>")
        words = ("extract", "-", "--url", "http://a.test/annonce/1", "--region", "FR", "--explain")
        done = vigie(*words, "-o", "json", stdin=page)
        self.assertEqual(done.returncode, 0, done.stderr)
        record = json.loads(done.stdout)
        origins = {o["field"]: o for o in record["origins"]}
        self.assertEqual(record["listings"][0]["title"], origins["title"]["value"])
        self.assertEqual(origins["title"]["source"], "heading")
        self.assertEqual(origins["title"]["path"], "body > main.fiche > h1")
        self.assertEqual(origins["price"]["source"], "json-ld")
        self.assertEqual((origins["place"]["source"], origins["place"]["raw"]), ("label", "Ville Lille"))
        self.assertEqual(origins["attributes.surface"]["value"], "12 m²")
        self.assertEqual(origins["contacts"]["value"], "phone:+33199000042")
        begin, end = origins["contacts"]["span"]
        self.assertEqual(record["listings"][0]["text"].encode()[begin:end].decode(), "01 99 00 00 42")
        for origin in record["origins"]:
            self.assertTrue(0 < origin["confidence"] <= 1, origin)
        table = vigie(*words, "-o", "table", stdin=page)
        self.assertIn("heading", table.stdout)
        self.assertIn("ad: ", table.stderr)
        rows = [json.loads(line) for line in vigie(*words, "-o", "jsonl", stdin=page).stdout.splitlines()]
        self.assertEqual(len(rows), len(record["origins"]))
        # Nobody asked: nothing is said.
        self.assertEqual(json.loads(vigie(*words[:-1], stdin=page).stdout)["origins"], [])

    def test_import_names_what_is_wrong_with_every_public_warc(self):
        files = sorted(glob.glob(os.path.join(DATA, "warc", "*", "*")))
        if not files:
            self.skipTest(f"no WARC cases in {DATA}")
        web = Web()
        self.addCleanup(web.close)
        unit = Unit(web)
        self.addCleanup(unit.close)
        done = unit.run("import", *files, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr[-2000:])
        self.assertIn("summary: ", done.stdout)
        for name in (os.path.basename(f) for f in files):
            if name.startswith("invalid-warcfile") and "recommended" not in name and "encoding-headers" not in name:
                self.assertRegex(done.stderr, name.replace(".", r"\.") + r": byte \d+: error: ", name)
            if name.startswith("valid-"):
                self.assertNotRegex(done.stderr, name.replace(".", r"\.") + r": byte \d+: error: ", name)


def capture(web, path, days):
    """The ad pages of some days as a WARC file, newest first: the importer must put them in order."""
    records = []
    at = datetime.datetime(2026, 11, 20, tzinfo=datetime.timezone.utc)
    for day in days:
        web.day(day)
        truth = web.truth()
        hosts = {site["site"]: site["host"] for site in truth["sites"]}
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
        for ad in truth["ads"]:
            at += datetime.timedelta(seconds=1)
            connection.request("GET", "/" + ad["url"].split("/", 3)[3], headers={"Host": hosts[ad["site"]]})
            answer = connection.getresponse()
            block = f"HTTP/1.1 {answer.status} {answer.reason}\r\nContent-Type: {answer.getheader('Content-Type')}\r\n\r\n".encode() + answer.read()
            stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
            head = (f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {ad['url']}\r\nWARC-Date: {stamp}\r\n"
                    f"WARC-Record-ID: <urn:uuid:{len(records):032x}>\r\nContent-Type: application/http; msgtype=response\r\n"
                    f"Content-Length: {len(block)}\r\n\r\n")
            records.append(gzip.compress(head.encode() + block + b"\r\n\r\n"))
        connection.close()
    with open(path, "wb") as out:
        out.writelines(reversed(records))
    return len(records)


class WithWeb(unittest.TestCase):
    def setUp(self):
        self.web = Web()
        self.addCleanup(self.web.close)
        self.unit = Unit(self.web, revisit=("2s", "3s"))
        self.addCleanup(self.unit.close)

    def test_import_takes_the_same_journey_in_order_of_time(self):
        path = os.path.join(self.unit.folder, "pages.warc.gz")
        count = capture(self.web, path, (1, 2))
        done = self.unit.run("import", path)
        self.assertIn(f"{count} pages imported", done.stdout)
        self.assertIn("0 failed", done.stdout)
        ads = {ad["ad"]: ad for ad in self.unit.list("ads", "-o", "jsonl")}
        # Ads of inline lists stand on pages that the capture did not ask for.
        shown = {ad["ad"] for day in (1, 2) for ad in self.web.truth(day)["ads"]
                 if ad.get("shown") != "wall" and ad["site"] != "colocs-nord"}
        self.assertEqual(shown - set(ads), set())
        for ad in ads.values():
            self.assertLess(ad["first_seen"], "2026-11-21")
            self.assertLessEqual(ad["first_seen"], ad["last_seen"])
        again = self.unit.run("import", path)
        self.assertIn("0 new ads, 0 changed", again.stdout)
        # What a rule would have fired on them, beside the rules in force: the same rules find nothing new and lose nothing.
        tried = self.unit.list("rules", "try", os.path.join(ROOT, "conf", "rules", "travel.yaml"), "--since", "2020-01-01T00:00:00Z", "-o", "json")
        self.assertTrue(any(one["ads"] > 0 and one["samples"] for one in tried))
        for one in tried:
            self.assertEqual(one["of"], len(ads))
            self.assertEqual(one["ads"], sum(one["by_site"].values()))
            self.assertEqual(one.get("lost", 0), 0)

    def test_a_listed_ad_whose_page_was_away_before_it_was_ever_read_is_asked_for(self):
        ad = next(a for a in self.web.truth()["ads"] if a["site"] == "rendezvous-nord")
        block = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<html><body>404</body></html>"
        at = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=2)
        path = os.path.join(self.unit.folder, "away.warc")
        with open(path, "wb") as out:
            for number in range(3):  # said often enough to be believed
                stamp = (at + datetime.timedelta(seconds=30 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")
                out.write((f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {ad['url']}\r\nWARC-Date: {stamp}\r\n"
                           f"WARC-Record-ID: <urn:uuid:{number:032x}>\r\nContent-Type: application/http; msgtype=response\r\n"
                           f"Content-Length: {len(block)}\r\n\r\n").encode() + block + b"\r\n\r\n")
        self.assertIn("3 pages imported", self.unit.run("import", path).stdout)
        self.assertRegex(self.unit.run("explain", ad["url"]).stdout, r"last seen +never")
        self.unit.run("crawl", "--once", "--max-time", "2m")
        self.assertIn(ad["ad"], {known["ad"] for known in self.unit.list("ads", "-o", "jsonl")})

    def test_crawl_once_is_one_pass_and_ends(self):
        done = self.unit.run("crawl", "--once", "--max-time", "2m")
        self.assertRegex(done.stdout, r"\d+ pages .* \d+ new ads")
        live = {ad["ad"] for ad in self.web.truth()["ads"] if ad.get("shown") != "wall"}
        ads = self.unit.list("ads", "-o", "jsonl")
        self.assertLessEqual(live, {ad["ad"] for ad in ads})
        self.assertTrue(self.unit.messages(), "the first-pass summary is sent at the end of the pass")
        self.check_listings(ads)

    def test_a_template_is_proposed_that_can_be_pasted_in(self):
        self.unit.run("crawl", "--once", "--max-time", "2m")
        self.assertEqual(self.unit.run("learn", "no-such-site", check=False).returncode, 1)
        rows = {row["field"]: row for row in self.unit.list("learn", "munca-acum", "-o", "jsonl")}
        self.assertTrue({"title", "text", "price"} <= set(rows), rows)
        for field, row in rows.items():
            if field != "listing":
                self.assertGreater(row["pages"], 0, row)
                self.assertGreaterEqual(row["share"], 0.5, row)
                self.assertLessEqual(row["matched"], row["pages"], row)
        self.assertGreaterEqual(rows["title"]["share"], 0.95)
        proposed = self.unit.run("learn", "munca-acum").stdout
        self.assertRegex(proposed, r"(?m)^      title: \{at: '.*'\}  # \d+ of \d+")
        # Into the scope file in place of the template that stands there: the configuration is sound, and reads the same.
        path = os.path.join(self.unit.folder, "seeds", "south-02.yaml")
        text = slurp(path)
        begin = text.index('    listing: "#anunt"')
        end = text.index("  - site:", begin)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text[:begin] + proposed + "\n" + text[end:])
        self.assertEqual(self.unit.run("check").returncode, 0)
        again = {row["field"]: row for row in self.unit.list("learn", "munca-acum", "-o", "jsonl")}
        self.assertEqual(again["title"]["at"], rows["title"]["at"])

    def check_listings(self, ads):
        """The listing commands on the store that a pass has filled."""
        first = ads[0]["ad"]
        self.assertEqual([v["version"] for v in self.unit.list("history", "-o", "jsonl", first)], [1])
        self.assertEqual(self.unit.run("history", "no/such", check=False).returncode, 1)
        self.assertEqual(len(json.loads(self.unit.run("ads", "-o", "json").stdout)), len(ads))
        self.assertEqual(len(self.unit.run("ads", "-o", "csv").stdout.splitlines()), len(ads) + 1)
        self.assertEqual(self.unit.run("ads", "--contact", "+33000000000").stdout, "")
        with_contact = next(ad for ad in ads if ad["contacts"])
        same = self.unit.list("ads", "-o", "jsonl", "--contact", with_contact["contacts"][0]["value"])
        self.assertIn(with_contact["ad"], [ad["ad"] for ad in same])
        links = self.unit.list("links", "-o", "jsonl", "--all")
        self.assertTrue(links)
        for link in links:
            self.assertNotEqual(link["ad"], link["other"])
            self.assertIn(link["kind"], ("contact", "duplicate", "template", "picture", "group"))
        self.assertEqual(self.unit.run("links", check=False).returncode, 2)
        self.assertIn("crawled        yes", self.unit.run("explain", with_contact["url"]).stdout)
        self.assertEqual(self.unit.run("explain", "http://elsewhere.test/", check=False).returncode, 1)
        self.assertEqual(self.unit.run("store", "check").stdout, "0 faults\n")

    def test_the_service_manager_is_told_of_start_progress_and_stop(self):
        path = os.path.join(self.unit.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(path)
            manager.settimeout(20)
            self.unit.start(NOTIFY_SOCKET=path, WATCHDOG_USEC="3000000")
            said = ""
            while "WATCHDOG=1" not in said:
                said += manager.recv(4096).decode() + "\n"
            self.assertIn("READY=1", said)
            self.assertEqual(self.unit.stop(), 0)
            while "STOPPING=1" not in said:
                said += manager.recv(4096).decode() + "\n"

    def test_a_running_daemon_reloads_imports_and_counts(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        config = slurp(self.unit.config)
        with open(self.unit.config, "w", encoding="utf-8") as out:
            out.write(config.replace('metrics: {listen: ""}', f'metrics: {{listen: "127.0.0.1:{port}"}}'))
        self.unit.start()
        wait_for("ads are known", lambda: len(self.unit.list("ads", "-o", "jsonl")) > 100, 60)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            figures = answer.read().decode()
        self.assertRegex(figures, r"vigie_pages_total [1-9]")
        # A second daemon on the same data is refused.
        self.assertEqual(self.unit.run("run", check=False).returncode, 1)
        # A wrong file leaves the old configuration in force; a right one is taken.
        good = slurp(self.unit.config)
        with open(self.unit.config, "w", encoding="utf-8") as out:
            out.write(good + "nonsense: 1\n")
        self.unit.process.send_signal(signal.SIGHUP)
        wait_for("the wrong file is refused", lambda: "reload.refused" in self.unit.daemon_log(), 20)
        with open(self.unit.config, "w", encoding="utf-8") as out:
            out.write(good)
        self.unit.process.send_signal(signal.SIGHUP)
        wait_for("the right file is taken", lambda: "reload.done" in self.unit.daemon_log(), 20)
        path = os.path.join(self.unit.folder, "pages.warc.gz")
        count = capture(self.web, path, (2,))
        done = self.unit.run("import", path)
        self.assertIn(f"{count} records", done.stdout)
        self.assertEqual(self.unit.stop(), 0)
        time.sleep(0.1)
        self.assertFalse(os.path.exists(os.path.join(self.unit.data, "control.sock")))


if __name__ == "__main__":
    unittest.main(verbosity=1)
