"""An independent reader: one JSON object for each message file named, as Python's own email package sees it."""
import email
import email.policy
import html.parser
import json
import sys


class Words(html.parser.HTMLParser):
    """Text of the body in reading order; notes whatever could reach the outside."""

    def __init__(self):
        super().__init__()
        self.parts, self.tags, self.outside, self.skip = [], set(), [], 0
        self.lang = None

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "html":
            self.lang = dict(attrs).get("lang")
        if tag in ("style", "title"):
            self.skip += 1
        for name, value in attrs:
            if name in ("src", "href", "background", "action", "srcset", "style") or name.startswith("on"):
                self.outside.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag):
        if tag in ("style", "title"):
            self.skip -= 1
        if tag in ("p", "li", "h1", "h2", "h3"):
            self.parts.append(" ")

    def handle_data(self, data):
        if not self.skip:
            self.parts.append(data)


def read(path):
    with open(path, "rb") as f:
        raw = f.read()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    plain = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    page = message.get_body(("html",)).get_content()
    words = Words()
    words.feed(page)
    parts = list(message.walk())
    defects = [repr(d) for part in parts for d in part.defects]
    defects += [f"{n}: {d!r}" for part in parts for n, v in part.items() for d in v.defects]
    return {
        "names": list(message.keys()),
        "headers": {name: str(value) for name, value in message.items()},
        "to": [a.addr_spec for a in message["To"].addresses],
        "to_name": [a.display_name for a in message["To"].addresses],
        "types": [part.get_content_type() for part in parts],
        "plain": plain,
        "html": page,
        "html_text": " ".join("".join(words.parts).split()),
        "tags": sorted(words.tags),
        "outside": words.outside,
        "lang": words.lang,
        "defects": defects,
        "longest": max(len(line) for line in raw.split(b"\n")),
    }


for name in sys.argv[1:]:
    print(json.dumps(read(name), ensure_ascii=True))
