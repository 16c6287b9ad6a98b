"""One site of many travel ads that can change its layout from one moment to the next, and a daemon that watches it.

The site answers on loopback from a thread of the test. No two ads share a text, so that each of them is a network of its own
and could have an alert of its own.
"""
import glob
import http.server
import os
import random
import re
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from vigie_kit import Program  # noqa: E402

PER_PAGE = 100
FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
PLACES = ("Namur", "Gent", "Antwerpen", "Charleroi", "Mons", "Leuven")
SYLLABLES = "ba do ki lu me no pa ri so tu va wen xi yol zem".split()


def sentence(number, words=40):
    """Words that no other ad has in this order."""
    dice = random.Random(number)
    return " ".join("".join(dice.choice(SYLLABLES) for _ in range(dice.randint(2, 4))) for _ in range(words))


class Ad:
    def __init__(self, number):
        self.number = number
        self.fare = 40 + number % 90
        self.place = PLACES[number % len(PLACES)]
        self.extra, self.flaps, self.shown = "", False, 0
        self.departure = self.place

    def page(self, layout):
        self.shown += 1
        if self.flaps:  # each look sees the other of two places
            self.place = PLACES[(self.number + self.shown) % 2]
        text = f"Departure from {self.departure}. {sentence(self.number)}. {self.extra}"
        if layout == "old":
            body = (f"<article class=trip><h1>Trip {sentence(self.number, 3)}</h1><p class=price>{self.fare} EUR</p><p class=place>{self.place}</p>"
                    f"<div class=text>{text}</div></article>")
        else:  # where the fare stood is now what a seat costs more; the title and the place are elsewhere, too
            body = (f"<article class=trip><div class=head><b>Trip {sentence(self.number, 3)}</b><i>{self.place}</i></div><p class=price>1 EUR</p>"
                    f"<p class=total>{self.fare} EUR</p><div class=text>{text}</div></article>")
        return f"<!doctype html><html lang=en><title>Trip {self.number}</title><body><nav>Home Trips Contact</nav>{body}</body></html>"


class TripSite:
    """`ads`: by number, to be changed while it serves. `asked`: (layout, number) of every ad page that was given out."""

    def __init__(self, count):
        self.ads = {n: Ad(n) for n in range(1, count + 1)}
        self.layout, self.asked = "old", []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def do_GET(self):
                status, page = site.answer(self.path)
                raw = page.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path):
        if path == "/robots.txt":
            return 404, ""
        if found := re.fullmatch(r"/trips(?:\?page=(\d+))?", path):
            numbers, page = sorted(self.ads), int(found[1] or 1)
            shown = numbers[(page - 1) * PER_PAGE:page * PER_PAGE]
            items = "".join(f"<li><a href=/trip/{n}>Trip {n}</a></li>" for n in shown)
            more = f"<a rel=next href='/trips?page={page + 1}'>next</a>" if page * PER_PAGE < len(numbers) else ""
            return 200, f"<!doctype html><html lang=en><title>Trips</title><ul>{items}</ul>{more}</html>"
        found = re.fullmatch(r"/trip/(\d+)", path)
        ad = self.ads.get(int(found[1])) if found else None
        if not ad:
            return 404, "<!doctype html><title>404</title><h1>Not found</h1>"
        layout = self.layout
        self.asked.append((layout, ad.number))
        return 200, ad.page(layout)

    def given(self, layout):
        return {n for shown, n in list(self.asked) if shown == layout}

    def close(self):
        self.server.shutdown()
        self.server.server_close()


RULES = """
id: departure-named
title: "a departure is named"
family: [travel]
group: route
tier: T0
weight: 2.5
source: "invented"
select: {words: {view: folded, en: ["departure from"]}}
when: words
says: "the ad names a departure"
false_positives: ["every honest ad of a trip"]
expires: 2037-01-01
tests:
  hit: [{lang: en, text: "Departure from the station at nine."}]
  miss: [{lang: en, text: "A table for sale."}]
---
id: fare-next-to-nothing
title: "the fare is next to nothing"
family: [travel]
group: promise
tier: T0
weight: 2.5
source: "invented"
select: {cheap: {field: price.amount, below: 5}}
when: cheap
says: "the ad asks hardly anything"
false_positives: ["a reservation fee"]
expires: 2037-01-01
tests:
  miss: [{lang: en, text: "Trip."}]
---
id: papers-unneeded
title: "no papers are asked for"
family: [travel]
group: papers
tier: T0
weight: 2.5
source: "invented"
select: {words: {view: folded, en: ["no papers needed"]}}
when: words
says: "the ad says that no papers are needed"
false_positives: ["a trip within one country"]
expires: 2037-01-01
tests:
  hit: [{lang: en, text: "No papers needed."}]
  miss: [{lang: en, text: "Bring your passport."}]
"""


class Desk(Program):
    """The daemon over a TripSite, its one receiver a Maildir; the wall clock can be put forward where faketime is installed."""

    def __init__(self, site, revisit, receiver="batch_every: 15m", pace="0s", layout_rules=True):
        super().__init__()
        self.offset = os.path.join(self.folder, "offset")
        fields = "\n    listing: article.trip\n    fields: {title: {at: h1}, text: {at: .text}, price: {at: .price}, place.text: {at: .place}}" if layout_rules else "\n    extract: auto"
        self.write("trips.yaml", f"""scope: TRIPS-01
legal: {{basis: invented, reference: "1/26", authorised_by: nobody, valid_from: 2020-01-01, valid_to: 2037-12-31}}
region: BE
languages: [en]
retention: {{unflagged: 30d, flagged: 400d, raw: 90d}}
sites:
  - site: trips
    family: travel
    start: ["http://trips.example/trips"]
    pace: {pace}
    revisit: {{index: {revisit[0]}, ad: {revisit[1]}}}
    robots: obey
    follow: ['^/trips(\\?page=\\d+)?$']
    ad: ['^/trip/(?P<id>\\d+)$']{fields}
""")
        self.write("rules.yaml", RULES)
        self.write("vigie.yaml", f"""unit: {{name: Unit, contact: crawler@unit.example}}
storage: {{path: {self.data}}}
scopes: [trips.yaml]
rules: [rules.yaml]
network: {{allow_private: [127.0.0.0/8], resolve: {{trips.example: "127.0.0.1:{site.port}"}}}}
metrics: {{listen: ""}}
console: {{listen: ""}}
alerts:
  from: "Vigie <vigie@unit.example>"
  maildir: {self.mail}
  receivers:
    - {{name: desk, mail: desk@unit.example, wait: 0s, {receiver}}}
""")
        self.put_forward(0)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
            out.write(text)

    def put_forward(self, seconds):
        with open(self.offset + ".new", "w", encoding="utf-8") as out:
            out.write(f"+{seconds}\n")
        os.replace(self.offset + ".new", self.offset)

    def start(self, faketime):
        clock = {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": self.offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_CACHE_DURATION": "1"}
        super().start(**(clock if faketime else {}))
