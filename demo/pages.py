"""From an address of the invented web to an answer: status, headers and text. Knows no socket and no clock."""
import hashlib
import html
import re
import urllib.parse

import layouts
import phones

e = html.escape
DISALLOWED_NOTE = "Zoekertje dat niemand mag ophalen"


class Answer:
    """What a site says. `stable`: what the page says without its counters, for ETag; None: no validator."""

    def __init__(self, status, text, kind="text/html", stable=None, location=None):
        self.status, self.text, self.kind, self.stable, self.location = status, text, kind, stable, location


def amount(lang, value):
    whole, cents = int(value), round((value - int(value)) * 100)
    mark, point = {"fr": (" ", ","), "bg": (" ", ","), "en": (",", ".")}.get(lang, (".", ","))
    text = f"{whole:,}".replace(",", mark)
    return text + (f"{point}{cents:02d}" if cents else "")


def price(lang, ui, data):
    """A price as the site writes it ("120 € / heure", "£12.50 per hour", "4.200 lei pe lună")."""
    value, currency = amount(lang, data["amount"]), data["currency"]
    sign = {"EUR": "€", "GBP": "£", "RON": "lei"}[currency]
    if lang == "bg" and currency == "EUR":
        sign = "евро"
    if lang == "ro" and currency == "EUR":
        sign = "EUR"
    shown = f"{sign}{value}" if lang == "en" else f"{sign} {value}" if lang == "nl" else f"{value} {sign}"
    return (shown + " " + ui["per"][data["per"]]).strip()


class Pages:
    def __init__(self, world):
        self.world = world
        self.routes = {s["site"]: self._patterns(s) for s in world.sites}

    @staticmethod
    def _patterns(site):
        def pattern(template):
            return re.compile("^" + re.escape(template).replace(r"\{id\}", r"(\d+)").replace(r"\{n\}", r"(\d+)") + "$")
        return {k: pattern(site[k]) for k in ("list", "ad") if k in site}

    # ------------------------------------------------------------------------------------------ routing

    def answer(self, host, target, day, view):
        """The answer of `host` to `target` (path and query) on `day`; `view` counts up with every page shown."""
        site = self.world.by_host.get(host)
        if not site:
            return Answer(404, "no such site", "text/plain")
        target = self._without_session(site, target)
        if target == "/":
            return Answer(302, "", location=site["first"])
        if target == "/robots.txt":
            return Answer(200, self._robots(site), "text/plain", stable="robots")
        if target == site.get("sitemap"):
            return self._sitemap(site, day)
        if target == site.get("feed"):
            return self._feed(site, day)
        if target == site.get("wall"):
            return Answer(200, self._wall(site))
        if target == site["first"]:
            return self._list(site, 1, day, view)
        found = self.routes[site["site"]]["list"].match(target)
        if found:
            return self._list(site, int(found.group(1)[:6]), day, view)
        found = "ad" in site and self.routes[site["site"]]["ad"].match(target)
        if found:
            return self._ad(site, found.group(1), day, view)
        if target == site.get("hidden"):
            return self._page(site, DISALLOWED_NOTE, f"<h1>{DISALLOWED_NOTE}</h1><p>Bel +33 1 99 00 99 99.</p>", 200, None)
        return self._missing(site, 404)

    @staticmethod
    def _without_session(site, target):
        if "session" not in site or "?" not in target:
            return target
        path, query = target.split("?", 1)
        pairs = [p for p in query.split("&") if not p.startswith(site["session"] + "=")]
        return path + ("?" + "&".join(pairs) if pairs else "")

    def href(self, site, target, view):
        """A link as the site writes it: one site hangs a session id on, another one each time."""
        if "session" not in site:
            return target
        token = hashlib.md5(f"{site['site']} {view}".encode()).hexdigest()
        return target + ("&" if "?" in target else "?") + site["session"] + "=" + token

    def url(self, ad):
        path = ad.site["ad"].format(id=ad.number) if "ad" in ad.site else ad.site["first"]
        return f"http://{ad.site['host']}{path}"

    # ------------------------------------------------------------------------------------------ pages

    def view(self, ad, day, view):
        """What a layout needs to draw `ad`, in the words of its site."""
        site, fields = ad.site, ad.at(day)
        ui, lang = self.world.ui[site["lang"]], site["lang"]
        posted = self.world.posted(ad, day)
        shown = fields["contacts"][0] if fields["block"] and fields["contacts"] else None
        prices = [price(lang, ui, p) for p in fields["prices"]]
        excerpt = fields["paragraphs"][0]
        return {"number": ad.number, "title": fields["title"], "paragraphs": fields["paragraphs"],
                "name": fields["name"] if site["family"] in ("service", "travel", "housing", "mixed") else None,
                "age": fields["age"], "place": fields["place"], "city": fields["place"][0], "iso": posted.isoformat(),
                "date": posted.strftime(ui["date"]), "price": prices[0] if prices else "", "price_list": prices,
                "price_data": fields["price"], "attributes": fields["attributes"], "category": fields["category"],
                "phone": shown and shown["raw"], "tel": shown and shown["value"], "url": self.url(ad),
                "href": self.href(site, site["ad"].format(id=ad.number), view) if "ad" in site else "",
                "excerpt": excerpt if len(excerpt) <= 90 else excerpt[:88].rsplit(" ", 1)[0] + "…",
                "ago": ui["ago"].format(n=(ad.number + view) % 59 + 1),
                "views": ui["views"].format(n=ad.number % 900 + view)}

    def _list(self, site, number, day, view):
        ui, size = self.world.ui[site["lang"]], site["per_page"]
        ads = self.world.live(day, site["site"])
        last = max(1, -(-len(ads) // size))
        if number < 1 or number > last:
            return self._missing(site, 404)
        shown = ads[(number - 1) * size:number * size]
        before, after = layouts.LIST_AROUND[site["layout"]]
        items = "".join(layouts.ITEM[site["layout"]](self.view(ad, day, view), ui) for ad in shown)
        body = f'<p class="total">{e(ui["total"].format(n=len(ads)))}</p>{before}{items}{after}{self._pager(site, number, last, view)}'
        if "hidden" in site and number == 1:  # linked in plain sight; only robots.txt keeps a reader out
            body += f'<p><a href="{site["hidden"]}">{DISALLOWED_NOTE}</a></p>'
        stable = " ".join(f"{ad.id}.{ad.since(day)}" for ad in shown) + f" {number}/{last}"
        return self._page(site, site["name"], body, 200, stable)

    def _pager(self, site, number, last, view):
        ui = self.world.ui[site["lang"]]

        def link(n, text, rel=""):
            target = site["first"] if n == 1 else site["list"].format(n=n)
            return f'<a href="{e(self.href(site, target, view))}"{rel}>{e(text)}</a>'
        numbers = " ".join(f"<b>{n}</b>" if n == number else link(n, str(n)) for n in range(1, last + 1))
        onward = link(number + 1, ui["next"], ' rel="next"') if number < last else ""
        back = link(number - 1, ui["previous"], ' rel="prev"') if number > 1 else ""
        if site["layout"] in ("microdata", "board"):  # these show no numbers
            numbers = ""
        if site["layout"] in ("jobs", "inline"):      # these show numbers only
            onward = back = ""
        return f'<nav class="pages">{back} {numbers} {onward}</nav>'

    def _ad(self, site, number, day, view):
        ad = self.world.by_id.get(f"{site['site']}/{int(number[:12])}")
        if not ad or day not in ad.live:
            known = ad and min(ad.live) < day
            return self._gone(site) if known else self._missing(site, 404)
        if self.world.walled.get(ad.id) == day:
            return Answer(200, self._wall(site))
        ui = self.world.ui[site["lang"]]
        body = layouts.AD[site["layout"]](self.view(ad, day, view), ui) + self._related(ad, day, view)
        return self._page(site, ad.at(day)["title"], body, 200, f"{ad.id} {ad.since(day)} {day in ad.live}", self.url(ad))

    def _related(self, ad, day, view):
        """Other people's ads below this one, with their numbers; which ones changes from view to view."""
        ui = self.world.ui[ad.site["lang"]]
        others = [a for a in self.world.live(day, ad.site["site"]) if a is not ad and a.at(day)["block"]]
        turn = 0 if ad.site["cache"] == "etag" else view
        picked = [others[(ad.number + turn + 7 * i) % len(others)] for i in range(3)] if len(others) > 21 else others[:3]
        rows = []
        for other in picked:
            v = self.view(other, day, view)
            rows.append(f'<li><a href="{e(v["href"])}">{e(v["title"])}</a> <span>{e(v["price"])}</span> '
                        f'<span>{e(v["phone"] or "")}</span></li>')
        return f'<aside class="related"><h3>{e(ui["related"])}</h3><ul>{"".join(rows)}</ul></aside>'

    def _page(self, site, title, body, status, stable, canonical=None):
        ui = self.world.ui[site["lang"]]
        support = phones.write(site["support"], "plain", site["region"], site["lang"])[0]
        menu = " | ".join(f'<a href="{"/" if i == 0 else f"/info/{i}"}">{e(m)}</a>' for i, m in enumerate(ui["menu"]))
        wall = f' | <a href="{site["wall"]}">Espace membres</a>' if "wall" in site else ""
        extra = f'<link rel="canonical" href="{e(canonical)}">' if canonical else ""
        if "feed" in site:
            extra += f'<link rel="alternate" type="application/rss+xml" href="{site["feed"]}">'
        text = (f'<!DOCTYPE html>\n<html lang="{site["lang"]}"><head><meta charset="{site["charset"]}"><title>{e(title)} - {e(site["name"])}'
                f'</title>{extra}</head>\n<body><div id="top"><a href="/">{e(site["name"])}</a> {menu}{wall}</div>\n{body}\n'
                f'<div id="footer">{e(ui["support"].format(site=site["name"], phone=support))}</div></body></html>\n')
        return Answer(status, text, stable=stable)

    # ------------------------------------------------------------------------------------------ what is no ad

    def _gone(self, site):
        if site["gone"] == "redirect":
            return Answer(302, "", location=site["first"])
        if site["gone"] == "soft404":
            ui = self.world.ui[site["lang"]]
            return self._page(site, site["name"], f'<div class="melding"><p>{e(ui["gone"])}</p></div>', 200, None)
        return self._missing(site, 410 if site["gone"] == "410" else 404)

    def _missing(self, site, status):
        ui = self.world.ui[site["lang"]]
        text = ui["gone"] if status == 410 else ui["notfound"]
        return self._page(site, text, f"<h1>{e(text)}</h1>", status, None)

    def _wall(self, site):
        ui = self.world.ui["fr"]
        return (f'<!DOCTYPE html>\n<html lang="fr"><head><meta charset="{site["charset"]}"><title>{e(ui["consent"])}</title></head>'
                f'<body><div class="cookie-consent" role="dialog"><h1>{e(ui["consent"])}</h1><p>{e(ui["consent_text"])}</p>'
                f'<form method="post" action="/consent"><button>{e(ui["accept"])}</button><button>{e(ui["refuse"])}</button></form>'
                f"</div></body></html>\n")

    def _robots(self, site):
        lines = ["User-agent: *", "Disallow: /info/"]
        if "hidden" in site:
            lines.append("Disallow: /prive/")
        if site["site"] == "munca-acum":
            lines.append("Crawl-delay: 0")
        if "sitemap" in site:
            lines.append(f"Sitemap: http://{site['host']}{site['sitemap']}")
        return "\n".join(lines) + "\n"

    def _sitemap(self, site, day):
        ads = self.world.live(day, site["site"])
        rows = "".join(f"<url><loc>{e(self.url(a))}</loc><lastmod>{self.world.posted(a, day)}</lastmod></url>\n" for a in ads)
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
        return Answer(200, text, "application/xml", stable=text)

    def _feed(self, site, day):
        items = ""
        for ad in self.world.live(day, site["site"])[:15]:
            fields = ad.at(day)
            items += (f"<item><title>{e(fields['title'])}</title><link>{e(self.url(ad))}</link><guid>{e(self.url(ad))}</guid>"
                      f"<pubDate>{self.world.posted(ad, day).strftime('%a, %d %b %Y')} 08:00:00 GMT</pubDate></item>\n")
        text = (f'<?xml version="1.0" encoding="{site["charset"]}"?>\n<rss version="2.0"><channel><title>{e(site["name"])}</title>'
                f'<link>http://{site["host"]}/</link><description>{e(site["name"])}</description>\n{items}</channel></rss>\n')
        return Answer(200, text, "application/rss+xml", stable=text)

    # ------------------------------------------------------------------------------------------ truth

    def truth(self, day):
        """What a perfect reader would know on `day`."""
        world = self.world
        live = {a.id for a in world.live(day)}
        gone = {a.id: a.site["gone"] for a in world.ads if a.id not in live and min(a.live) < day}
        stories = [{**n, "live": [i for i in n["ads"] if i in live], "complete": day >= n["complete_from"],
                    "contacts": sorted({c["value"] for i in n["ads"] for c in world.by_id[i].at(day)["contacts"]})}
                   for n in world.networks]
        return {"day": day, "sites": [{k: s.get(k) for k in ("site", "host", "lang", "family", "charset", "support", "first")}
                                      for s in world.sites],
                "ads": [self._true_ad(a, day) for a in world.live(day)], "gone": gone, "networks": stories,
                "lookalikes": [{**g, "live": [i for i in g["ads"] if i in live]} for g in world.groups],
                "never": [f"http://{s['host']}{s['hidden']}" for s in world.sites if "hidden" in s]}

    def _true_ad(self, ad, day):
        fields = ad.at(day)
        return {"ad": ad.id, "site": ad.site["site"], "url": self.url(ad), "family": ad.site["family"], "lang": ad.site["lang"],
                "operator": ad.operator, "title": fields["title"], "text": "\n".join(fields["paragraphs"]),
                "name": self.view(ad, day, 0)["name"], "age": fields["age"], "price": fields["price"], "prices": fields["prices"],
                "place": dict(zip(("text", "postcode", "country"), fields["place"])), "posted": str(self.world.posted(ad, day)),
                "category": fields["category"], "attributes": fields["attributes"], "contacts": fields["contacts"],
                "first_day": min(ad.live), "days": ad.live, "changed_on": sorted(d for d in ad.versions if d > min(ad.live) and d <= day),
                "repost_of": ad.repost_of and ad.repost_of.id, "network": ad.planted, "lookalike": ad.lookalike,
                "shown": "wall" if self.world.walled.get(ad.id) == day else "page" if "ad" in ad.site else "list"}
