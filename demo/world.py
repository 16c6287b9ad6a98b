"""The invented web's content: every ad of every day, drawn from the tables in content/ by a seeded generator.

A world is fixed by its seed: same seed, same ads, same numbers, same days. Nothing here knows HTTP or HTML.
"""
import copy
import datetime
import json
import pathlib
import random
import re

import phones

CONTENT = pathlib.Path(__file__).parent / "content"
DAYS = 4
FIRST_DAY = datetime.date(2026, 11, 20)
CURRENCY = {"ro": "RON", "en": "GBP"}


def table(name):
    return json.loads((CONTENT / (name + ".json")).read_text(encoding="utf-8"))


def shingles(text):
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i:i + 3]) for i in range(len(words) - 2)}


def likeness(a, b):
    """Jaccard of 3-word shingles: how near two texts are."""
    return len(a & b) / len(a | b) if a and b else 0.0


class Ad:
    """One ad: when it stands, and what it says from which day on."""

    def __init__(self, site, operator, live, fields):
        self.site, self.operator, self.live = site, operator, live
        self.number = 0  # the site's own; given when all ads stand
        self.versions = {min(live): fields}
        self.planted = self.lookalike = self.repost_of = None

    @property
    def id(self):
        return f"{self.site['site']}/{self.number}"

    def at(self, day):
        """What the ad says on `day` (its last version up to then)."""
        return self.versions[max((d for d in self.versions if d <= day), default=min(self.versions))]

    def since(self, day):
        """The day on which what it says on `day` was first shown."""
        return max((d for d in self.versions if d <= day), default=min(self.versions))

    def change(self, day, **changes):
        self.versions[day] = {**copy.deepcopy(self.at(day)), **changes}


class World:
    """All sites, ads, planted networks and honest look-alikes."""

    def __init__(self, seed=1):
        self.rng = random.Random(seed)
        self.sites, self.ui = table("sites"), table("ui")
        self.by_site = {s["site"]: s for s in self.sites}
        self.by_host = {s["host"]: s for s in self.sites}
        self.languages = {s["lang"]: table(s["lang"]) for s in self.sites}
        self.planted, self.lookalikes = table("planted"), table("lookalikes")
        self.ads, self.networks, self.groups, self.texts = [], [], [], {}
        told = set(re.findall(r'"(\+\d{8,15})"', json.dumps([self.planted, self.lookalikes, self.sites])))
        self.pool = phones.Pool(self.rng, told)
        self.operators = 0
        for site in self.sites:
            for _ in range(site["count"]):
                self._background(site)
        self._popular_text()
        self._switchboard()
        self._planted_networks()
        self._lookalike_groups()
        self._number_ads()
        self.by_id = {ad.id: ad for ad in self.ads}
        self.of_site = {s["site"]: [a for a in self.ads if a.site is s] for s in self.sites}
        walled = self._own_number("rendezvous-nord", 12)
        self.walled = {next(a.id for a in walled if len(a.live) == DAYS): 3}  # a consent wall stands before it that day

    # ------------------------------------------------------------------------------------------ what others ask

    def live(self, day, site=None):
        """Ads that stand on `day`, newest first."""
        ads = self.of_site[site] if site else self.ads
        return sorted((a for a in ads if day in a.live), key=lambda a: (-min(a.live), -a.number))

    def posted(self, ad, day):
        fields = ad.at(day)
        return FIRST_DAY + datetime.timedelta(days=min(ad.live) - 1 - fields["age_days"])

    # ------------------------------------------------------------------------------------------ parts of an ad

    def _number_ads(self):
        """The sites' own numbers: rising with the day of posting, stories among the others."""
        for site in self.sites:
            number = self.rng.randrange(20000, 80000)
            ads = [(min(a.live), self.rng.random(), a) for a in self.ads if a.site is site]
            for _, _, ad in sorted(ads, key=lambda row: row[:2]):
                number += self.rng.randrange(1, 40)
                ad.number = number
        for story in self.networks + self.groups:
            story["ads"] = [ad.id for ad in story["ads"]]

    def _operator(self):
        self.operators += 1
        return f"op-{self.operators:03d}"

    def _spin(self, text, slots):
        """Fills {slots} and picks one of each [a|b|c]."""
        text = re.sub(r"\[([^\[\]]+)\]", lambda m: self.rng.choice(m.group(1).split("|")), text)
        text = re.sub(r"\{(\w+)\}", lambda m: str(slots[m.group(1)]) if m.group(1) in slots else m.group(0), text)
        return re.sub(r"\bde (?=Amiens|Arras)", "d'", text)  # French elides before the two towns that begin with a vowel

    def _body(self, lang, family, slots):
        """(title, sentences) of a text that is like no other ad's of this language: strangers do not write alike.

        A table's title belongs to its opening sentence of the same place, save in service ads, where any title fits.
        """
        earlier, best = self.texts.setdefault(lang, []), None
        for _ in range(60):
            table_ = self.languages[lang][family]
            table_ = self.rng.choice(table_["kinds"]) if "kinds" in table_ else table_
            parts, opening = table_["parts"], self.rng.randrange(len(table_["parts"][0]))
            chosen = [parts[0][opening]] + [self.rng.choice(part) for part in parts[1:]]
            extra = self.rng.choice(parts[self.rng.randrange(1, 4)])
            if extra not in chosen and self.rng.random() < 0.5:
                chosen.append(extra)
            title = self.rng.choice(table_["titles"]) if family == "service" else table_["titles"][opening]
            body = [self._spin(s, slots) for s in chosen]
            prints = shingles(" ".join(body))
            worst = max((likeness(prints, other) for other in earlier), default=0)
            if best is None or worst < best[0]:
                best = (worst, self._spin(title, slots), body, prints)
            if worst < 0.2:
                break
        earlier.append(best[3])
        return best[1], best[2]

    def _price(self, site):
        family, rng, lang = site["family"], self.rng, site["lang"]
        amount, per = {
            "service": (rng.randrange(60, 170, 10), "hour"),
            "recruitment": (rng.randrange(40, 130, 10), "day"),
            "housing": (rng.randrange(450, 1050, 25) if lang == "en" else rng.randrange(320, 780, 20), "month"),
            "travel": (rng.randrange(8, 60), "person"),
            "mixed": (rng.randrange(10, 120, 5), "total"),
            "job": {"en": (rng.randrange(46, 66) / 4, "hour"), "ro": (rng.randrange(3000, 6500, 100), "month"),
                    "bg": (rng.randrange(900, 1800, 50), "month")}.get(lang, (14, "hour")),
        }[family]
        return {"amount": amount, "currency": CURRENCY.get(lang, "EUR"), "per": per}

    def _contact(self, site, value, form):
        raw, form = phones.write(value, form, site["region"], site["lang"])
        return {"kind": "phone", "value": value, "raw": raw, "form": form, "hidden": form in phones.HIDDEN}

    def _attributes(self, site):
        rows = self.ui[site["lang"]]["attributes"].get(site["family"], [])
        return {label: self.rng.choice(values) for label, values in rows}

    # ------------------------------------------------------------------------------------------ ordinary ads

    def _live_days(self):
        """Days on which an ad stands: most from the start, some come, some go, a few come back."""
        rng = self.rng
        start = 1 if rng.random() < 0.74 else rng.randrange(2, DAYS + 1)
        if start == DAYS or rng.random() > 0.34:
            return list(range(start, DAYS + 1))
        end = rng.randrange(start, DAYS)
        days = list(range(start, end + 1))
        if end <= DAYS - 2 and rng.random() < 0.45:
            days.append(DAYS)
        return days

    def _background(self, site):
        rng, lang, family = self.rng, site["lang"], site["family"]
        person = {"operator": self._operator(), "name": rng.choice(self.languages[lang]["names"]),
                  "age": rng.randrange(22, 52), "number": self.pool.draw(lang)}
        ad = self._ordinary(site, person, self._live_days())
        self._edits(ad)
        if rng.random() < 0.06:  # the same person, a second ad
            self._ordinary(site, person, self._live_days())
        last = max(ad.live)
        if last < DAYS and ad.live == list(range(min(ad.live), last + 1)) and rng.random() < 0.4:
            again = Ad(site, ad.operator, list(range(last + 1, DAYS + 1)), copy.deepcopy(ad.at(last)))
            again.at(DAYS)["age_days"] = 0
            again.repost_of = ad
            self.ads.append(again)

    def _ordinary(self, site, person, live):
        rng, lang, family = self.rng, site["lang"], site["family"]
        words = self.languages[lang][family]
        city = rng.choice(self.languages[lang]["cities"])
        price = self._price(site)
        slots = {"name": person["name"], "age": person["age"], "city": city[0]}
        form = rng.choice(phones.PLAIN)
        in_text = rng.random() < 0.4
        if family == "service" and rng.random() < 0.14:
            form, in_text = rng.choice(phones.HIDDEN), True
        contact = self._contact(site, person["number"], form)
        title, body = self._body(lang, family, slots)
        if in_text:
            body.append(self._spin(rng.choice(words["calls"]), {"phone": contact["raw"]}))
        prices = [price]
        if family == "service" and rng.random() < 0.4:
            prices.append({"amount": round(price["amount"] * 0.6 / 5) * 5, "currency": price["currency"],
                           "per": "half_hour"})
        fields = {"title": title, "paragraphs": body,
                  "name": person["name"], "age": person["age"] if family == "service" else None, "price": price,
                  "prices": prices, "place": city, "contacts": [contact], "block": not in_text,
                  "attributes": self._attributes(site), "category": None,
                  "age_days": rng.randrange(0, 20) if min(live) == 1 else 0}
        ad = Ad(site, person["operator"], live, fields)
        self.ads.append(ad)
        return ad

    def _edits(self, ad):
        rng, days = self.rng, ad.live[1:]
        if not days or rng.random() > 0.3:
            return
        day, now = rng.choice(days), ad.at(DAYS)
        if rng.random() < 0.5:
            price = {**now["price"], "amount": round(now["price"]["amount"] * rng.choice([0.8, 0.9, 1.1, 1.25]))}
            ad.change(day, price=price, prices=[price] + now["prices"][1:])
        else:
            words = self.languages[ad.site["lang"]][ad.site["family"]]
            ad.change(day, paragraphs=now["paragraphs"] + [self._spin(rng.choice(words["edits"]), {})])

    # ------------------------------------------------------------------------------------------ stories

    def _told(self, row, operator):
        """One ad that a table tells in full."""
        site = self.by_site[row["site"]]
        fields = {"title": row["title"], "name": row.get("name"), "age": row.get("age"), "place": row["city"],
                  "price": None, "prices": [], "contacts": [], "block": row.get("block", False),
                  "attributes": self._attributes(site) if site["family"] == "service" else {},
                  "category": row.get("category"),
                  "age_days": self.rng.randrange(0, 9) if row["days"][0] == 1 else 0}
        slots = {"name": row.get("name"), "age": row.get("age"), "city": row["city"][0],
                 "price": row["price"][0] if "price" in row else ""}
        if "number" in row:
            fields["contacts"].append(self._contact(site, row["number"], row["form"]))
            slots["phone"] = fields["contacts"][0]["raw"]
        if "telegram" in row:
            handle = "@" + row["telegram"]
            fields["contacts"].append({"kind": "telegram", "value": row["telegram"], "raw": handle, "form": "plain",
                                       "hidden": False})
            slots["handle"] = handle
        fields["title"] = self._spin(row["title"], slots)
        fields["paragraphs"] = [self._spin(p, slots) for p in row["text"]]
        self._set_price(fields, row.get("price"))
        first, last = row["days"]
        ad = Ad(site, operator, list(range(first, last + 1)), fields)
        for edit in row.get("edits", []):
            now = copy.deepcopy(ad.at(edit["day"]))
            self._set_price(now, edit.get("price"))
            if "text" in edit:
                now["paragraphs"] = [self._spin(p, slots) for p in edit["text"]]
            if "add" in edit:
                now["paragraphs"].append(edit["add"])
            ad.versions[edit["day"]] = now
        self.ads.append(ad)
        return ad

    @staticmethod
    def _set_price(fields, price):
        if price:
            fields["price"] = dict(zip(("amount", "currency", "per"), price))
            fields["prices"] = [fields["price"]]

    def _planted_networks(self):
        for net in self.planted["networks"]:
            operator = self._operator()
            rows = net["ads"] if "ads" in net else [{**net["template"], **row} for row in net["rows"]]
            ads = [self._told(row, operator) for row in rows]
            for ad in ads:
                ad.planted = net["id"]
            self.networks.append({**{k: net[k] for k in ("id", "kind", "about", "evidence", "complete_from",
                                                         "gains_on")},
                                  "operator": operator, "ads": ads})

    def _lookalike_groups(self):
        for group in self.lookalikes["groups"]:
            operator = self._operator()
            ads = [self._told(row, operator) for row in group["ads"]]
            self._group(group, ads)

    def _group(self, group, ads):
        for ad in ads:
            ad.lookalike = group["id"]
        self.groups.append({"id": group["id"], "like": group["like"], "why": group["why"], "ads": ads})

    def _own_number(self, site_name, count):
        """Ordinary ads with a plain number of their own that no other ad shares."""
        uses = {}
        for ad in self.ads:
            uses.setdefault(ad.operator, []).append(ad)
        free = [a for a in self.ads if a.site["site"] == site_name and not a.lookalike and len(uses[a.operator]) == 1
                and not a.at(DAYS)["contacts"][0]["hidden"]]
        return self.rng.sample(free, count)

    def _popular_text(self):
        told = self.lookalikes["popular"]
        ads = self._own_number(told["site"], told["users"])
        for ad in ads:
            for fields in ad.versions.values():
                fields["paragraphs"] = [fields["paragraphs"][0], told["text"]] + fields["paragraphs"][1:]
        self._group(told, ads)

    def _switchboard(self):
        told, ads = self.lookalikes["switchboard"], []
        for site_name, count in told["users"].items():
            for ad in self._own_number(site_name, count):
                contact = self._contact(ad.site, told["number"], "plain")
                sentence = self.rng.choice(told["sentences"][ad.site["lang"]]).replace("{phone}", contact["raw"])
                for fields in ad.versions.values():
                    fields["paragraphs"] = fields["paragraphs"] + [sentence]
                    fields["contacts"] = fields["contacts"] + [contact]
                ads.append(ad)
        ads += [self._told(row, self._operator()) for row in told["ads"]]
        self._group(told, ads)
