"""Eight sites that share no layout with the demo web, with their truth: what a reader who learns a site must cope with.

Cards with related ads below, nested tables, a wall of inline ads, right-to-left text, hashed class names, definition
lists, a page built by scripts, and a form-like page. All invented: reserved numbers, `.example` hosts, neutral goods.
"""
import html
import json

e = html.escape

THINGS = {
    "fr": ["Vélo de ville révisé", "Table en chêne massif", "Cours de piano à domicile", "Chambre meublée au calme", "Garage fermé près de la gare",
           "Machine à coudre complète", "Leçons de néerlandais", "Remorque bagagère légère"],
    "en": ["Oak bookcase in good order", "Quiet room near the station", "Touring bicycle, serviced", "Piano lessons for adults", "Lock-up garage to let",
           "Sewing machine with case", "Allotment shed, dismantled", "Camping trailer, light"],
    "de": ["Stadtrad mit Licht", "Ruhiges Zimmer am Park", "Klavierstunden für Anfänger", "Esstisch aus Eiche", "Garage am Bahnhof",
           "Nähmaschine mit Koffer", "Anhänger für Reisen", "Regal aus Kiefer"],
    "he": ["אופני עיר משופצים", "שולחן אלון גדול", "שיעורי פסנתר בבית", "חדר שקט ליד התחנה", "מחסן סגור להשכרה", "מכונת תפירה שלמה"],
}
WORDS = {
    "fr": ["Bon état général, visible tous les soirs de la semaine après dix-huit heures.", "Je cède faute de place, rien à prévoir avant longtemps.",
           "Le quartier est desservi par deux lignes de bus et une piste cyclable.", "Merci de vous présenter en quelques mots dans votre message.",
           "Le prix se discute un peu en cas de départ rapide.", "Convient aussi bien à un débutant qu'à une personne exigeante.",
           "Facture d'origine et notice conservées, aucun accident à signaler."],
    "en": ["Well looked after and ready to go, viewing any evening this week.", "Only reason for parting with it is a move to a smaller place.",
           "Two bus lines and a cycle path pass the door.", "Please say a few words about yourself when you write.",
           "The figure is open to a sensible offer from a quick decision.", "Suits a beginner as well as somebody with high standards.",
           "Original receipt and handbook are still here, nothing to repair."],
    "de": ["Guter Zustand, Besichtigung an jedem Abend der Woche möglich.", "Abgabe nur wegen Umzugs in eine kleinere Wohnung.",
           "Zwei Buslinien und ein Radweg führen am Haus vorbei.", "Bitte ein paar Worte zur eigenen Person schreiben.",
           "Über die Summe lässt sich bei schneller Entscheidung reden.", "Für Anfänger wie für anspruchsvolle Menschen geeignet.",
           "Rechnung und Anleitung sind noch vorhanden, nichts ist zu richten."],
    "he": ["במצב טוב מאוד, אפשר לבוא לראות בכל ערב השבוע.", "נמכר רק בגלל מעבר לדירה קטנה יותר במרכז העיר.", "שני קווי אוטובוס ושביל אופניים עוברים ליד הבית.",
           "נא לכתוב כמה מילים על עצמכם בהודעה הראשונה.", "המחיר ניתן לדיון קל במקרה של החלטה מהירה.", "מתאים למתחילים וגם לאנשים קפדנים במיוחד."],
}
PLACES = {"fr": ["Lille", "Amiens", "Rouen", "Reims", "Dijon", "Nantes"], "en": ["Leeds", "Bristol", "Norwich", "Exeter", "Derby", "York"],
          "de": ["Kassel", "Bremen", "Erfurt", "Mainz", "Ulm", "Jena"], "he": ["חיפה", "נתניה", "אשדוד", "רחובות", "רמלה", "עכו"]}
NAMES = ["Anna", "Bruno", "Clara", "David", "Emma", "Felix", "Greta", "Hugo"]


def phone(lang, n):
    """National and international form of a number reserved for fiction."""
    a, b = 10 + n % 90, 10 + (n * 7) % 90
    if lang == "en":
        return f"020 7946 0{n % 1000:03d}", f"+442079460{n % 1000:03d}"
    if lang == "de":
        return f"0171 39200 {b}", f"+4917139200{b}"
    return f"01 99 00 {a} {b}", f"+33199 00{a}{b}".replace(" ", "")


class Ad:
    def __init__(self, lang, n):
        self.n, self.number = n, 3100 + 7 * n
        self.title = f"{THINGS[lang][n % len(THINGS[lang])]} ({n})"
        pool = WORDS[lang]
        self.paragraphs = [" ".join(pool[(n * k + k) % len(pool)] for k in (1, 2)), pool[(n * 5 + 3) % len(pool)]]
        self.place = PLACES[lang][n % len(PLACES[lang])]
        self.amount, self.name = 40 + 15 * n, NAMES[n % len(NAMES)]
        self.day = 1 + n % 18
        self.shown, self.tel = phone(lang, n)
        self.facts = {"fr": [("État", ["bon", "moyen", "neuf"][n % 3]), ("Poids", f"{5 + n} kg")],
                      "en": [("Condition", ["fair", "good", "as new"][n % 3]), ("Weight", f"{5 + n} kg")],
                      "de": [("Zustand", ["gut", "mittel", "neu"][n % 3]), ("Gewicht", f"{5 + n} kg")],
                      "he": [("מצב", ["טוב", "חדש", "סביר"][n % 3])]}[lang]

    def body(self, tag="p"):
        return "".join(f"<{tag}>{e(p)}</{tag}>" for p in self.paragraphs)


def frame(lang, title, body, head="", more=""):
    return (f'<!doctype html><html lang="{lang}"{more}><head><meta charset="utf-8"><title>{e(title)}</title>{head}</head><body>{body}</body></html>')


# Each site: host, region, path of an ad, list page(s), ad page. `number`: addresses of ads bear it.

def cards_ad(ad, ads):
    others = [ads[(ad.n + k) % len(ads)] for k in (3, 8, 11)]
    related = "".join(f'<div class="mini"><a href="/p/{o.number}">{e(o.title)}</a><em>{o.amount} €</em><i>{o.shown}</i></div>' for o in others)
    facts = "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in ad.facts)
    return frame("fr", ad.title + " | Coin des voisins", f"""<div class="bandeau"><a href="/">Coin des voisins</a><a href="/depot">Déposer</a></div>
      <div class="fiche"><h1>{e(ad.title)}</h1><div class="prix-ville"><b>{ad.amount} €</b><span>{ad.place}</span></div>
      <div class="mots">{ad.body()}</div><dl>{facts}<dt>Vendeur</dt><dd>{ad.name}</dd><dt>Mis en ligne</dt><dd>{ad.day:02d}/11/2026</dd></dl>
      <div class="appel">Téléphone : <a href="tel:{ad.tel}">{ad.shown}</a></div>
      <div class="prudence"><h4>Restons prudents</h4><p>Ne payez jamais avant d'avoir vu l'objet et rencontrez le vendeur dans un lieu public.</p>
      <p>Un doute ? Notre équipe répond au 03 53 01 00 42 tous les matins.</p></div></div>
      <div class="aussi"><h3>À voir aussi</h3>{related}</div><div class="pied">Coin des voisins, 03 53 01 00 42, contact@coin-voisins.example</div>""")


def cards_list(ads):
    items = "".join(f'<div class="tuile"><a href="/p/{a.number}"><img src="/i/{a.number}.jpg" alt=""><h2>{e(a.title)}</h2></a><div class="prix">{a.amount} €</div>'
                    f"<div class=ou>{a.place}</div></div>" for a in ads)
    return frame("fr", "Coin des voisins", f'<div class="bandeau"><a href="/">Coin des voisins</a></div><div class="grille">{items}</div><button data-next="/liste?p=2">Voir plus</button>'
                 '<div class="pied">Coin des voisins, 03 53 01 00 42, contact@coin-voisins.example</div>')


def tables_ad(ad, ads):
    facts = "".join(f'<tr><td class=l>{k}</td><td class=r>{v}</td></tr>' for k, v in [("Price", f"£{ad.amount}"), ("Town", ad.place), *ad.facts, ("Placed", f"{ad.day} November 2026")])
    return frame("en", f"The Exchange - {ad.title}", f"""<center><table width=900 cellpadding=0><tr><td colspan=3 bgcolor="#cccccc"><font size=5>The Exchange</font> <a href="/">Home</a> <a href="/rules.htm">Rules</a></td></tr>
      <tr><td width=150 valign=top><a href="/c/1">Bicycles</a><br><a href="/c/2">Rooms</a><br><a href="/c/3">Lessons</a></td><td valign=top>
      <table width="100%"><tr><td><font size=4><b>{e(ad.title)}</b></font></td></tr><tr><td>{"<br><br>".join(e(p) for p in ad.paragraphs)}</td></tr>
      <tr><td><table border=1>{facts}</table></td></tr><tr><td>Ring {ad.name} on {ad.shown}</td></tr></table></td>
      <td width=150 valign=top><b>Readers write</b><br>Always meet in daylight and bring a friend along.<br>Editor: 0161 496 0123</td></tr></table></center>""")


def tables_list(ads):
    rows = "".join(f'<tr bgcolor="{"#eeeeee" if i % 2 else "#ffffff"}"><td>{a.day} Nov</td><td><a href="item{a.number}.htm">{e(a.title)}</a></td><td>{a.place}</td><td align=right>£{a.amount}</td></tr>'
                   for i, a in enumerate(ads))
    return frame("en", "The Exchange", f'<center><table width=900><tr><td colspan=4 bgcolor="#cccccc"><font size=5>The Exchange</font> <a href="/">Home</a></td></tr>{rows}</table></center>')


def wall_list(ads):
    items = "".join(f"""<li id="z{a.number}" class="zettel"><h3>{e(a.title)}</h3><div class="was">{a.body("div")}</div><p class="rand">{a.place} · {a.amount} € · eingestellt am {a.day:02d}.11.2026</p>
      <p class="ruf">Anruf: {a.shown}</p><a class="melden" href="/melden?z={a.number}">Zettel melden</a></li>""" for a in ads)
    return frame("de", "Schwarzes Brett", f'<header><h1>Schwarzes Brett</h1></header><ul class="brett">{items}</ul><footer>Hausmeister: 0171 39200 99</footer>')


def rtl_ad(ad, ads):
    facts = "".join(f'<div class="shura"><span class="k">{k}</span><span class="v">{v}</span></div>' for k, v in ad.facts + [("עיר", ad.place), ("מחיר", f"{ad.amount} ₪")])
    return frame("he", ad.title, f"""<nav><a href="/">ראשי</a><a href="/new">מודעה חדשה</a></nav><main><article><h1>{ad.title}</h1><div class="teur">{ad.body()}</div><div class="pratim">{facts}</div>
      <p class="kesher"><a href="mailto:moda{ad.number}@luach.example">moda{ad.number}@luach.example</a></p><p class="zehirut">אין לשלם מראש לפני שראיתם את הפריט בעיניים.</p></article></main>
      <footer>luach.example office@luach.example</footer>""", more=' dir="rtl"')


def rtl_list(ads):
    items = "".join(f'<article class="k"><a href="/moda/{a.number}"><h2>{a.title}</h2></a><span>{a.place}</span> <b>{a.amount} ₪</b></article>' for a in ads)
    return frame("he", "לוח", f'<nav><a href="/">ראשי</a></nav><main>{items}</main>', more=' dir="rtl"')


def hashed(n):
    return f"x{n * 7919 % 46656:04x}"


def hashed_ad(ad, ads):
    facts = "".join(f'<div class="{hashed(7)}"><div class="{hashed(8)}">{k}</div><div class="{hashed(9)}">{v}</div></div>' for k, v in ad.facts)
    others = "".join(f'<a class="{hashed(20)}" href="/o/{o.number}"><span>{e(o.title)}</span><span>{o.amount} €</span></a>' for o in (ads[(ad.n + 5) % len(ads)], ads[(ad.n + 9) % len(ads)]))
    return frame("de", ad.title + " – Tauschladen", f"""<div id="root"><div class="{hashed(1)}"><div class="{hashed(2)}"><a href="/">Tauschladen</a></div></div>
      <div class="{hashed(3)}"><div class="{hashed(4)}"><div><h1 class="{hashed(5)}">{e(ad.title)}</h1><div class="{hashed(6)}">{ad.amount} € VB</div><div class="{hashed(6)}">{ad.place}</div></div>
      <div>{facts}</div><div class="{hashed(10)}">{ad.body("div")}</div><div class="{hashed(11)}"><div>{ad.name}</div><a href="https://wa.me/{ad.tel[1:]}">WhatsApp</a><div>{ad.shown}</div></div>
      <div class="{hashed(12)}">Bitte zahle nie im Voraus und treffe dich an einem belebten Ort mit anderen Menschen.</div></div></div>
      <div class="{hashed(13)}"><div>Ähnliche Angebote</div>{others}</div><div class="{hashed(14)}">Tauschladen e.V. · Büro 0171 39200 98</div></div>""")


def hashed_list(ads):
    items = "".join(f'<a class="{hashed(20)}" href="/o/{a.number}"><div class="{hashed(21)}">{e(a.title)}</div><div class="{hashed(22)}">{a.amount} €</div><div class="{hashed(23)}">{a.place}</div></a>' for a in ads)
    return frame("de", "Tauschladen", f'<div id="root"><div class="{hashed(2)}"><a href="/">Tauschladen</a></div><div class="{hashed(24)}">{items}</div></div>')


def terms_ad(ad, ads):
    pairs = [("What", e(ad.title)), ("Where", ad.place), ("Asking", f"£{ad.amount}"), ("Contact", ad.name), ("Telephone", ad.shown), ("Listed", f"2026-11-{ad.day:02d}"), *ad.facts]
    rows = "".join(f"<dt>{k}</dt><dd>{v}</dd>" for k, v in pairs)
    return frame("en", f"{ad.title} – Parish Board", f"""<header><a href="/">Parish Board</a></header><main><h1>{e(ad.title)}</h1><dl class="sheet">{rows}</dl><h2>In their own words</h2>{ad.body()}
      <section class="notes"><h2>Before you go</h2><p>The parish office keeps a list of safe meeting places for buyers.</p></section></main><footer>Parish office 0117 496 0188</footer>""")


def terms_list(ads):
    items = "".join(f'<dt><a href="/board/{a.number}">{e(a.title)}</a></dt><dd>{a.place}, £{a.amount}</dd>' for a in ads)
    return frame("en", "Parish Board", f'<header><a href="/">Parish Board</a></header><main><h1>Parish Board</h1><dl>{items}</dl></main><footer>Parish office 0117 496 0188</footer>')


def state_of(ad):
    return {"id": ad.number, "title": ad.title, "description": " ".join(ad.paragraphs), "price": ad.amount, "currency": "EUR", "city": ad.place, "seller": {"name": ad.name, "phone": ad.tel},
            "createdAt": f"2026-11-{ad.day:02d}T08:00:00Z", "url": f"/annonce/{ad.number}"}


def script_ad(ad, ads):
    state = {"props": {"pageProps": {"ad": state_of(ad), "similar": [state_of(ads[(ad.n + k) % len(ads)]) for k in (2, 4)]}}}
    return frame("fr", ad.title, f'<div id="__next"><div class="spinner"></div></div><script id="__NEXT_DATA__" type="application/json">{json.dumps(state, ensure_ascii=False)}</script>')


def script_list(ads):
    state = {"props": {"pageProps": {"ads": [state_of(a) for a in ads]}}}
    return frame("fr", "Petit marché", f'<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{json.dumps(state, ensure_ascii=False)}</script>')


def form_ad(ad, ads):
    facts = "".join(f"<p><strong>{k}</strong> : {v}</p>" for k, v in ad.facts)
    return frame("fr", f"Annonce {ad.number}", f"""<ul id="menu"><li><a href="/">Accueil</a></li><li><a href="/aide">Aide</a></li></ul><div id="colonne"><fieldset><legend>{e(ad.title)}</legend>
      <p class="somme">{ad.amount},00 EUR</p><p class="lieu">à {ad.place}</p>{facts}<blockquote>{"<br>".join(e(p) for p in ad.paragraphs)}</blockquote></fieldset>
      <fieldset><legend>Répondre</legend><p>{ad.name}, {ad.shown}</p><form action="/repondre" method="post"><label>Votre message <textarea name=m></textarea></label><input type=submit value="Envoyer"></form></fieldset>
      <p class="avis">Les annonces sont relues chaque matin par des bénévoles avant leur parution.</p></div>""")


def form_list(ads):
    items = "".join(f'<p><a href="/annonces/{a.number}.html">{e(a.title)}</a><br>{a.amount},00 EUR, {a.place}</p>' for a in ads)
    return frame("fr", "Le panneau", f'<ul id="menu"><li><a href="/">Accueil</a></li></ul><div id="colonne"><h1>Le panneau</h1>{items}</div>')


SITES = {  # site: (lang, region, address of an ad, its pattern, address of the list, list page, ad page, fields that no page shows)
    "cards": ("fr", "FR", "/p/{n}", r"^/p/(?P<id>\d+)", "/liste", cards_list, cards_ad, ()),
    "tables": ("en", "GB", "/item{n}.htm", r"^/item(?P<id>\d+)\.htm", "/index.htm", tables_list, tables_ad, ()),
    "wall": ("de", "DE", None, None, "/brett", wall_list, None, ("name", "attributes")),
    "rtl": ("he", "IL", "/moda/{n}", r"^/moda/(?P<id>\d+)", "/luach", rtl_list, rtl_ad, ("name", "posted")),
    "hashed": ("de", "DE", "/o/{n}", r"^/o/(?P<id>\d+)", "/alle", hashed_list, hashed_ad, ("posted",)),
    "terms": ("en", "GB", "/board/{n}", r"^/board/(?P<id>\d+)", "/board", terms_list, terms_ad, ()),
    "script": ("fr", "FR", "/annonce/{n}", r"^/annonce/(?P<id>\d+)", "/annonces", script_list, script_ad, ("attributes",)),
    "form": ("fr", "FR", "/annonces/{n}.html", r"^/annonces/(?P<id>\d+)\.html", "/panneau", form_list, form_ad, ("posted",)),
}
ADS = 30


def contacts_of(site, lang, ad):
    if site == "rtl":
        return [{"kind": "email", "value": f"moda{ad.number}@luach.example"}]
    found = [{"kind": "phone", "value": ad.tel}]
    return found + [{"kind": "whatsapp", "value": ad.tel}] if site == "hashed" else found


def pages_and_truth():
    """([(url, html)], {site: [ad of the truth]}): lists first, ads in order."""
    pages, truth = [], {}
    for site, (lang, region, path, pattern, start, list_page, ad_page, hidden) in SITES.items():
        ads = [Ad(lang, n) for n in range(ADS)]
        base = f"http://{site}.example"
        truth[site] = []
        for number, begin in enumerate(range(0, ADS, 10)):
            page = list_page(ads[begin:begin + 10])
            pages.append((base + start + (f"?p={number + 1}" if number else ""), page))
        for ad in ads:
            url = base + (path.format(n=ad.number) if path else start)
            if ad_page:
                pages.append((url, ad_page(ad, ads)))
            currency = {"en": "GBP", "he": "ILS"}.get(lang, "EUR")
            truth[site].append({
                "ad": f"{site}/{ad.number}", "url": url, "title": ad.title, "text": " ".join(ad.paragraphs), "name": None if "name" in hidden else ad.name, "age": None,
                "price": {"amount": ad.amount, "currency": currency}, "place": {"text": ad.place}, "category": None,
                "posted": None if "posted" in hidden else f"2026-11-{ad.day:02d}", "attributes": {} if "attributes" in hidden else dict(ad.facts),
                "contacts": contacts_of(site, lang, ad)})
    return pages, truth


def scope(patterns):
    """A scope file for all of them. `patterns`: with the addresses of ads; else with nothing but where each site begins."""
    text = ("scope: INVENT-09\nlegal: {basis: \"invented\", reference: \"9/26\", authorised_by: \"nobody\", valid_from: 2026-01-01, valid_to: 2027-12-31}\n"
            "region: FR\nlanguages: [fr, en, de, he]\nretention: {unflagged: 30d, flagged: 400d, raw: 90d}\nsites:\n")
    for site, (lang, region, path, pattern, start, *_) in SITES.items():
        text += (f"  - site: {site}\n    family: mixed\n    region: {region}\n    start: [\"http://{site}.example{start}\"]\n    timezone: UTC\n    revisit: {{index: 1h, ad: 2h}}\n"
                 f"    robots: obey\n")
        if patterns and pattern:
            text += f"    follow: ['^{start}']\n    ad: ['{pattern}']\n"
        text += "    extract: auto\n"
    return text
