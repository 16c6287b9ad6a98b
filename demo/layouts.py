"""How each kind of site draws a list and an ad: eleven sites, nine layouts. Content comes in as plain values.

`v` is the view of one ad (pages.view): title, paragraphs, price, date, city, contacts and so on, already in the
site's language. Every function returns HTML; nothing here decides what is shown.
"""
import html
import json

e = html.escape


def paragraphs(v, tag="p"):
    return "".join(f"<{tag}>{e(p)}</{tag}>" for p in v["paragraphs"])


def phone(v, label, css="phone"):
    """The site's own contact field, with a link that dials; only where the advertiser filled it in."""
    if not v["phone"]:
        return ""
    return f'<div class="{css}"><span>{e(label)}</span> <a href="tel:{v["tel"]}">{e(v["phone"])}</a></div>'


def rows(v, ui):
    """Label and value of everything that a table shows."""
    out = [(ui["city"], v["city"]), (ui["price"], v["price"]), (ui["posted"], v["date"])]
    if v["name"]:
        out.insert(0, (ui["name"], v["name"]))
    if v["age"]:
        out.insert(1, (ui["age"], f'{v["age"]} {ui["years"]}'))
    if v["category"]:
        out.append((ui["category"], v["category"]))
    out += list(v["attributes"].items())
    return [(label, value) for label, value in out if value]


# ---------------------------------------------------------------------------------------------- cards (service, fr)

def cards_item(v, ui):
    return (f'<article class="card"><h2><a href="{e(v["href"])}">{e(v["title"])}</a></h2>'
            f'<p class="meta">{e(v["city"])} · {e(v["price"])} · {e(v["ago"])}</p><p>{e(v["excerpt"])}</p></article>')


def cards_ad(v, ui):
    about = [f'{e(v["name"])}' if v["name"] else "", f'{v["age"]} {ui["years"]}' if v["age"] else "", e(v["city"])]
    price = v["price_data"]
    data = {"@context": "https://schema.org", "@type": "Offer", "name": v["title"], "url": v["url"],
            "description": " ".join(v["paragraphs"]), "areaServed": {"@type": "City", "name": v["place"][0]}}
    if price:
        data |= {"price": price["amount"], "priceCurrency": price["currency"]}
    facts = "".join(f"<li>{e(k)} : {e(x)}</li>" for k, x in v["attributes"].items())
    prices = "".join(f"<li>{e(p)}</li>" for p in v["price_list"])
    return (f'<script type="application/ld+json">{ld(data)}</script>'
            f'<article class="annonce"><h1>{e(v["title"])}</h1><p class="meta">{", ".join(x for x in about if x)}</p>'
            f'<div class="description">{paragraphs(v)}</div><ul class="tarifs">{prices}</ul><ul class="infos">{facts}</ul>'
            f'{phone(v, ui["phone"] + " :", "contact")}<p class="small">{e(ui["posted"])} {v["date"]} · {e(v["ago"])} · '
            f'{e(v["views"])}</p></article>')


def ld(data):
    """JSON for a script element: no "</" may stand in it."""
    return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


# ---------------------------------------------------------------------------------------------- divs (nl)

def divs_item(v, ui):
    return (f'<div class="rij"><div class="rij-in"><div class="kop"><div><a href="{e(v["href"])}">{e(v["title"])}</a></div></div>'
            f'<div class="onder"><div class="waar">{e(v["city"])}</div><div class="wat">{e(v["price"])}</div>'
            f'<div class="stats">{e(v["ago"])}</div></div></div></div>')


def divs_ad(v, ui):
    facts = "".join(f'<div class="feit"><div class="naam">{e(a)}</div><div class="waarde">{e(b)}</div></div>'
                    for a, b in rows(v, ui))
    body = "".join(f"<div>{e(p)}</div>" for p in v["paragraphs"])
    return (f'<div class="advertentie" data-id="{v["number"]}"><div class="boven"><div><h1>{e(v["title"])}</h1></div></div>'
            f'<div class="midden"><div class="links"><div class="tekst">{body}</div></div>'
            f'<div class="rechts"><div class="feiten">{facts}</div>{phone(v, ui["phone"], "tel")}</div></div>'
            f'<div class="stats">{e(v["views"])} – {e(v["ago"])}</div></div>')


# ---------------------------------------------------------------------------------------------- table (de, bg)

def table_item(v, ui):
    return (f'<tr><td>{v["number"]}</td><td><a href="{e(v["href"])}">{e(v["title"])}</a></td><td>{e(v["city"])}</td>'
            f'<td align="right">{e(v["price"])}</td><td>{v["date"]}</td></tr>')


def table_ad(v, ui):
    cells = "".join(f"<tr><th align=left>{e(a)}</th><td>{e(b)}</td></tr>" for a, b in rows(v, ui))
    if v["phone"]:
        cells += f'<tr><th align=left>{e(ui["phone"])}</th><td>{e(v["phone"])}</td></tr>'
    return (f'<table width="760" border=0 cellpadding=4><tr><td colspan=2><h1>{e(v["title"])}</h1></td></tr>'
            f'<tr><td valign=top width="60%">{"<br><br>".join(e(p) for p in v["paragraphs"])}</td>'
            f'<td valign=top><table class=daten>{cells}</table></td></tr>'
            f'<tr><td colspan=2><font size=1>#{v["number"]} | {e(v["views"])}</font></td></tr></table>')


# ---------------------------------------------------------------------------------------------- microdata (castings)

def microdata_item(v, ui):
    return (f'<li class="offre"><a href="{e(v["href"])}">{e(v["title"])}</a> <em>{e(v["city"])}</em> '
            f'<span class="date">{v["date"]}</span></li>')


def microdata_ad(v, ui):
    price = v["price_data"]
    pay = ""
    if price:
        unit = {"hour": "HOUR", "day": "DAY", "month": "MONTH", "week": "WEEK"}.get(price["per"], "DAY")
        pay = (f'<p itemprop="baseSalary" itemscope itemtype="https://schema.org/MonetaryAmount"><meta itemprop="currency" '
               f'content="{price["currency"]}"><span itemprop="value" itemscope itemtype="https://schema.org/QuantitativeValue">'
               f'<meta itemprop="value" content="{price["amount"]}"><meta itemprop="unitText" content="{unit}">{e(v["price"])}</span></p>')
    facts = "".join(f"<dt>{e(a)}</dt><dd>{e(b)}</dd>" for a, b in v["attributes"].items())
    kind = f'<dt>{e(ui["category"])}</dt><dd itemprop="industry">{e(v["category"])}</dd>' if v["category"] else ""
    tel = f'<p>{e(ui["phone"])} : <span itemprop="telephone">{e(v["phone"])}</span></p>' if v["phone"] else ""
    return (f'<div itemscope itemtype="https://schema.org/JobPosting"><h1 itemprop="title">{e(v["title"])}</h1>'
            f'<p itemprop="jobLocation" itemscope itemtype="https://schema.org/Place"><span itemprop="address" itemscope '
            f'itemtype="https://schema.org/PostalAddress"><span itemprop="postalCode">{e(v["place"][1])}</span> '
            f'<span itemprop="addressLocality">{e(v["place"][0])}</span><meta itemprop="addressCountry" content="{v["place"][2]}">'
            f'</span></p><div itemprop="description">{paragraphs(v)}</div>{pay}<dl>{kind}{facts}</dl>{tel}'
            f'<p class="pied"><time itemprop="datePosted" datetime="{v["iso"]}">{v["date"]}</time> – {e(v["views"])}</p></div>')


# ---------------------------------------------------------------------------------------------- jobs (en)

def jobs_item(v, ui):
    return (f'<section class="job"><h3><a href="{e(v["href"])}">{e(v["title"])}</a></h3><p>{e(v["city"])} &mdash; '
            f'<strong>{e(v["price"])}</strong></p><p>{e(v["excerpt"])}</p></section>')


def jobs_ad(v, ui):
    price = v["price_data"]
    data = {"@context": "https://schema.org/", "@type": "JobPosting", "title": v["title"], "datePosted": v["iso"],
            "identifier": {"@type": "PropertyValue", "name": "Jobs Board", "value": str(v["number"])},
            "description": "".join(f"<p>{e(p)}</p>" for p in v["paragraphs"]),
            "jobLocation": {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": v["place"][0],
                                                          "postalCode": v["place"][1], "addressCountry": v["place"][2]}}}
    if price:
        data["baseSalary"] = {"@type": "MonetaryAmount", "currency": price["currency"],
                              "value": {"@type": "QuantitativeValue", "value": price["amount"],
                                        "unitText": price["per"].upper()}}
    facts = "".join(f"<dt>{e(a)}</dt><dd>{e(b)}</dd>" for a, b in rows(v, ui))
    return (f'<script type="application/ld+json">{ld(data)}</script><main><h1>{e(v["title"])}</h1><dl>{facts}</dl>'
            f'<div class="job-text">{paragraphs(v)}</div>{phone(v, ui["phone"] + ":")}<small>{e(v["views"])}, {e(v["ago"])}</small></main>')


# ---------------------------------------------------------------------------------------------- rows (ro)

def rows_item(v, ui):
    return (f'<li class="anunt"><span class="data">{v["date"]}</span> <a href="{e(v["href"])}">{e(v["title"])}</a> '
            f'<b>{e(v["price"])}</b> ({e(v["city"])})</li>')


def rows_ad(v, ui):
    facts = "".join(f'<li><label>{e(a)}:</label> {e(b)}</li>' for a, b in rows(v, ui))
    return (f'<div id="anunt"><h1 class="titlu">{e(v["title"])}</h1><ul class="detalii">{facts}</ul>'
            f'<div class="descriere">{paragraphs(v)}</div>{phone(v, ui["phone"] + ":", "telefon")}'
            f'<div class="contor">{e(v["views"])}</div></div>')


# ---------------------------------------------------------------------------------------------- board (es)

def board_item(v, ui):
    return (f'<div class="tarjeta"><img src="/static/pin.png" alt=""><div><a class="titulo" href="{e(v["href"])}">{e(v["title"])}</a>'
            f'<p>{e(v["excerpt"])}</p><span>{e(v["city"])}</span> <span class="precio">{e(v["price"])}</span></div></div>')


def board_ad(v, ui):
    facts = "".join(f"<li><strong>{e(a)}:</strong> {e(b)}</li>" for a, b in rows(v, ui))
    return (f'<article><header><h1>{e(v["title"])}</h1></header><section class="texto">{paragraphs(v)}</section>'
            f'<ul class="datos">{facts}</ul>{phone(v, ui["phone"] + ":", "telefono")}'
            f'<footer>{e(v["ago"])} · {e(v["views"])}</footer></article>')


# ---------------------------------------------------------------------------------------------- inline (housing, fr)

def inline_item(v, ui):
    facts = ", ".join(f"{a} : {b}" for a, b in v["attributes"].items())
    return (f'<article class="offre" data-id="{v["number"]}"><h2>{e(v["title"])}</h2><p class="lieu">{e(v["place"][1])} {e(v["place"][0])}</p>'
            f'<p class="loyer">{e(v["price"])}</p><div class="texte">{paragraphs(v)}</div><p class="infos">{e(facts)}</p>'
            f'{phone(v, ui["phone"] + " :", "joindre")}<p class="date">{e(ui["posted"])} {v["date"]}</p></article>')


# ---------------------------------------------------------------------------------------------- rooms (en)

def rooms_item(v, ui):
    return (f'<div class="listing"><h2><a href="{e(v["href"])}">{e(v["title"])}</a></h2><div class="rent">{e(v["price"])}</div>'
            f'<div class="where">{e(v["city"])}</div><p>{e(v["excerpt"])}</p></div>')


def rooms_ad(v, ui):
    facts = "".join(f'<tr><td>{e(a)}</td><td>{e(b)}</td></tr>' for a, b in rows(v, ui))
    return (f'<div class="listing-full" itemscope itemtype="https://schema.org/Accommodation"><h1 itemprop="name">{e(v["title"])}</h1>'
            f'<div itemprop="description">{paragraphs(v)}</div><table class="facts">{facts}</table>'
            f'{phone(v, ui["phone"] + ":", "call")}<div class="views">{e(v["views"])}</div></div>')


LIST_AROUND = {  # what stands around the items of a list page
    "cards": ('<div class="resultats">', "</div>"), "divs": ('<div class="lijst">', "</div>"),
    "table": ('<table width="760" border=1 cellspacing=0>', "</table>"), "microdata": ('<ul class="offres">', "</ul>"),
    "jobs": ('<div id="jobs">', "</div>"), "rows": ('<ul class="anunturi">', "</ul>"),
    "board": ('<div class="tablon">', "</div>"), "inline": ('<main class="offres">', "</main>"),
    "rooms": ('<div class="listings">', "</div>"),
}
ITEM = {"cards": cards_item, "divs": divs_item, "table": table_item, "microdata": microdata_item, "jobs": jobs_item,
        "rows": rows_item, "board": board_item, "inline": inline_item, "rooms": rooms_item}
AD = {"cards": cards_ad, "divs": divs_ad, "table": table_ad, "microdata": microdata_ad, "jobs": jobs_ad,
      "rows": rows_ad, "board": board_ad, "rooms": rooms_ad}
