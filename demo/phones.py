"""How a telephone number is drawn and written: only blocks that are reserved for fiction (DESIGN.md section 8)."""

# E.164 prefix -> how many digits may vary.
RESERVED = {
    "+3319900": 4, "+3326191": 4, "+3335301": 4, "+3346571": 4, "+3353649": 4,
    "+442079460": 3, "+441614960": 3, "+441174960": 3,
    "+4917139200": 2, "+467017406": 2, "+120255501": 2,
}
FR = [p for p in RESERVED if p.startswith("+33")]
GB = [p for p in RESERVED if p.startswith("+44")]


def is_reserved(value):
    """True when E.164 `value` lies in a block reserved for fiction."""
    return any(value.startswith(p) and len(value) == len(p) + n and value[1:].isdigit() for p, n in RESERVED.items())


def country(value):
    for prefix, code in (("+33", "FR"), ("+44", "GB"), ("+49", "DE"), ("+46", "SE"), ("+1", "US")):
        if value.startswith(prefix):
            return code
    raise ValueError(value)


class Pool:
    """Draws numbers, none twice, none that a planted story uses."""

    def __init__(self, rng, taken):
        self.rng, self.taken = rng, set(taken)

    def draw(self, lang):
        prefixes = {"en": GB, "de": FR + ["+4917139200"] * 3, "bg": FR + ["+4917139200"]}.get(lang, FR)
        if self.rng.random() < 0.03:
            prefixes = ["+467017406", "+120255501"]
        while True:
            prefix = self.rng.choice(prefixes)
            value = prefix + "".join(self.rng.choice("0123456789") for _ in range(RESERVED[prefix]))
            if value not in self.taken:
                self.taken.add(value)
                return value


def groups(value, national):
    """The digit groups that a reader of the country writes; the first carries +CC when not national."""
    rest = {"FR": value[3:], "GB": value[3:], "DE": value[3:], "SE": value[3:], "US": value[2:]}[country(value)]
    if country(value) == "FR":
        parts = [rest[0]] + [rest[i:i + 2] for i in range(1, 9, 2)]
    elif country(value) == "GB":
        parts = [rest[:2], rest[2:6], rest[6:]] if rest.startswith("20") else [rest[:3], rest[3:6], rest[6:]]
    elif country(value) == "DE":
        parts = [rest[:3], rest[3:]]
    elif country(value) == "SE":
        parts = [rest[:2], rest[2:5], rest[5:7], rest[7:]]
    else:
        return [rest[:3], rest[3:6], rest[6:]] if national else ["+1", rest[:3], rest[3:6], rest[6:]]
    if national:
        return ["0" + parts[0]] + parts[1:]
    return [value[:3]] + parts


FR_UNITS = ("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
            "dix-huit dix-neuf").split()
FR_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}
DIGITS = {
    "nl": "nul een twee drie vier vijf zes zeven acht negen".split(),
    "de": "null eins zwei drei vier fünf sechs sieben acht neun".split(),
    "en": "zero one two three four five six seven eight nine".split(),
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve".split(),
}


def french(pair):
    """Two digits as a French speaker says them in a telephone number ("07" -> "zéro sept")."""
    n = int(pair)
    if pair[0] == "0":
        return "zéro " + FR_UNITS[n % 10]
    if n < 20:
        return FR_UNITS[n]
    tens, unit = divmod(n, 10)
    if tens in (7, 9):
        base, unit = ("soixante" if tens == 7 else "quatre-vingt"), unit + 10
        return base + ("-et-onze" if n == 71 else "-" + FR_UNITS[unit])
    if tens == 8:
        return "quatre-vingts" if unit == 0 else "quatre-vingt-" + FR_UNITS[unit]
    return FR_TENS[tens] + ("" if unit == 0 else "-et-un" if unit == 1 else "-" + FR_UNITS[unit])


PLAIN = ["plain", "dots", "solid", "intl", "zero_zero"]
HIDDEN = ["words", "homoglyph", "stars", "split", "keycap", "fullwidth"]


def write(value, form, region, lang):
    """(text, form really used): `plain` is national where the reader of `region` would write it so.

    A number of another country always carries its country code, else nobody could call it.
    """
    national = country(value) == region
    parts = groups(value, national and form not in ("intl", "zero_zero"))
    spaced, digits = " ".join(parts), "".join(parts)
    if form == "words" and lang == "fr" and national and country(value) == "FR":
        return ", ".join(french(p) for p in parts), form
    if form == "words" and lang in DIGITS:
        return " ".join("plus" if c == "+" else DIGITS[lang][int(c)] for c in digits), form
    if form == "words":
        form = "stars"
    written = {
        "plain": spaced, "intl": spaced, "dots": ".".join(parts), "solid": digits,
        "zero_zero": digits.replace("+", "00", 1),
        "homoglyph": spaced.replace("0", "O").replace("1", "l"),
        "stars": "*".join(parts[:1] + list("".join(parts[1:])) if digits[0] == "+" else digits),
        "split": " ~ ".join(" ".join(p) for p in parts),
        "keycap": "".join(c if c == "+" else c + "\ufe0f\u20e3" for c in digits),
        "fullwidth": "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in spaced),
    }[form]
    return written, form
