"""A web server that misbehaves in every way a crawler must survive: one behaviour a host name, Python 3 alone.

    hostile_site.py LOG NAME...    first line on stdout: "PORT DNSPORT"; ends when stdin closes.

Each NAME gets an address of its own, 127.0.1.1 and up in the order given, since limits hold per address. LOG gets one
JSON line a request: time, host, path, and the headers that a test may want to see. A small name server on
127.0.0.1:DNSPORT says "no such name" to nx*, nothing to dead*, 127.9.0.1 (never allowed) to rebind*, and 127.0.1.1 to
the rest. Names that begin with tls speak TLS with NAME.pem and NAME.key (first label) of the folder VIGIE_TLS, tls-h2 with
HTTP/2; names that begin with socks are SOCKS5 proxies that answer in place of whoever is asked for. Nothing here runs for more than a minute or sends more than 64 MiB.
"""
import asyncio
import email.utils
import functools
import gzip
import itertools
import json
import os
import socket
import ssl
import struct
import sys
import time
import zlib

PAGE = b"<!doctype html><title>page</title><p>hello</p>"
WORDS = ("river stone lamp winter garden copper ladder market window paper bridge candle harbour thread meadow engine saddle "
         "cellar orchard barrel kettle feather signal anchor basket mirror pebble turnip whistle velvet chimney lantern").split()
LOG = None
BOMB = b""
LARGE = b""


def answer(status, body=b"", **headers):
    fields = {"Content-Type": "text/html", "Content-Length": str(len(body))}
    fields.update({k.replace("_", "-"): v for k, v in headers.items()})
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items())
    return head.encode() + b"\r\n" + body


def redirect(where):
    return lambda host, path, seen: answer(302, Location=where)


def http_date(offset):
    return email.utils.formatdate(time.time() + offset, usegmt=True)


def etag(host, path, seen):
    if seen.get("if-none-match") == '"v1"':
        return answer(304, ETag='"v1"')
    return answer(200, PAGE, ETag='"v1"', Last_Modified="Mon, 23 Nov 2026 10:00:00 GMT")


def tree(host, path, seen):
    """/t/SIZE/N: page N of SIZE, each linked from exactly one other, page 0 from nowhere. Every text is another one."""
    size, number = (int(part) for part in path.split("/")[2:4])
    if not number < size:
        return answer(404)
    if seen.get("if-none-match") == f'"t{number}"':
        return answer(304, ETag=f'"t{number}"')
    links = "".join(f'<li><a href="/t/{size}/{n}">part {n} of {host}</a>' for n in range(8 * number + 1, min(8 * number + 9, size)))
    words = [WORDS[(number * 31 + i * i * (number % 7 + 1) + len(host)) % len(WORDS)] for i in range(80)]
    text = f"<!doctype html><title>{' '.join(words[:4])} {number}</title><h1>{' '.join(words[4:9])}</h1><p>{' '.join(words)}.</p>"
    return answer(200, (text + f"<ul>{links}</ul>").encode(), ETag=f'"t{number}"')


def two_step(host, path, seen):
    return answer(302, Location="/b" if path == "/x" else "/x")


def chain(host, path, seen):
    number = int(path[2:] or 0)
    return answer(302, Location=f"/x{number + 1}")


def words_of(number, count=60):
    return " ".join(WORDS[(number * 13 + i * (number % 11 + 1) + i * i) % len(WORDS)] for i in range(count))


def ad_of(number, head="", tail=""):
    return (f"<!doctype html><html><head>{head}<title>item {number}</title></head><body><main><h1>{words_of(number, 3)}</h1>"
            f"<p>{words_of(number)}. Tel. 01 99 00 {number // 100 % 100:02d} {number % 100:02d}</p></main>{tail}</body></html>")


def listed(*addresses):
    return answer(200, ("<!doctype html><title>list</title><ul>" +
                        "".join(f'<li><a href="{a}">{words_of(len(a) + i, 3)}</a></li>' for i, a in enumerate(addresses)) + "</ul>").encode())


def number_in(path):
    digits = "".join(c for c in path if c.isdigit())
    return int(digits[-9:] or 0)


def calendar(host, path, seen):
    """Every day leads to the next ones, and shows nothing."""
    day = number_in(path)
    return listed(*(f"/day/{day + n}" for n in range(1, 8)))


def deeper(host, path, seen):
    return listed(path.rstrip("/") + "/more/", path.rstrip("/") + f"/{len(path)}/")


def sessions(host, path, seen):
    """The same thirty ads and lists in every session, and each answer begins a new one."""
    sid = f"sid={hash((path, time.time())) & 0xffffffff:08x}"
    if "/ad/" in path:
        return answer(200, ad_of(number_in(path.split("?")[0])).encode())
    return listed(*(f"/list/{n}?{sid}" for n in range(5)), *(f"/ad/{n}?{sid}" for n in range(6)))


def permuted(host, path, seen):
    names = "abcd"
    return listed(*("/find?" + "&".join(f"{n}={names.index(n)}" for n in order) for order in itertools.permutations(names)))


def same(host, path, seen):
    """New addresses without end, one content."""
    return listed(*(f"/page/{(number_in(path) * 7 + n) % 100_000}" for n in range(1, 9))) if not path.startswith("/page") else \
        answer(200, b"<!doctype html><title>page</title><p>The very same words on every page.</p>" +
               b"".join(b'<a href="/page/%d">on</a>' % ((number_in(path) * 7 + n) % 100_000) for n in range(1, 9)))


def page(text, **headers):
    return lambda h, p, s: answer(200, text if isinstance(text, bytes) else text.encode(), **headers)


CONSENT = ("<!doctype html><title>Before you continue</title><form action='/consent' method='post'><h1>We value your privacy</h1><p>We and our "
           "partners use cookies to store and access information on your device.</p><button>Accept all</button><button>Reject all</button></form>")
LOGIN = ("<!doctype html><title>Log in</title><form action='/login' method='post'><h1>Log in to see this page</h1><input name='user'>"
         "<input type='password' name='password'><button>Log in</button><a href='/register'>Create an account</a></form>")
CHALLENGE = ("<!doctype html><title>Just a moment...</title><h1>Checking your browser before you continue</h1><p>Please verify you are a human. "
             "Enable JavaScript and cookies to continue.</p><div id='cf-challenge'></div>")
# What a host answers at once, by its name's first label; robots.txt is 404 unless ROBOTS says otherwise.
SIMPLE = {
    "ok": lambda h, p, s: answer(200, PAGE),
    "gz": lambda h, p, s: answer(200, gzip.compress(PAGE), Content_Encoding="gzip"),
    # Honest ones: a raw block of zstd (RFC 8878), an uncompressed meta-block of brotli (RFC 7932).
    "zstd": lambda h, p, s: answer(200, b"\x28\xb5\x2f\xfd\x20" + bytes([len(PAGE)]) + struct.pack("<I", len(PAGE) << 3 | 1)[:3] + PAGE, Content_Encoding="zstd"),
    "br": lambda h, p, s: answer(200, struct.pack("<I", (len(PAGE) - 1) << 4 | 1 << 20)[:3] + PAGE + b"\x03", Content_Encoding="br"),
    "etag": etag,
    "rate-seconds": lambda h, p, s: answer(429, Retry_After="120"),
    "rate-date": lambda h, p, s: answer(429, Retry_After=http_date(180)),
    "rate-none": lambda h, p, s: answer(429),
    "rate-past": lambda h, p, s: answer(429, Retry_After=http_date(-3600)),
    "rate-far": lambda h, p, s: answer(429, Retry_After="99999999999"),
    "rate-words": lambda h, p, s: answer(429, Retry_After="soon"),
    "unavailable": lambda h, p, s: answer(503),
    "unavailable-date": lambda h, p, s: answer(503, Retry_After=http_date(180)),
    "broken": lambda h, p, s: answer(500, b"oops"),
    "teapot": lambda h, p, s: answer(418, b"short and stout"),
    "double": lambda h, p, s: answer(200, gzip.compress(gzip.compress(PAGE)), Content_Encoding="gzip, gzip"),
    "double-lines": lambda h, p, s: answer(200, gzip.compress(PAGE), Content_Encoding="gzip\r\nContent-Encoding: gzip"),
    "gzip-in-gzip": lambda h, p, s: answer(200, gzip.compress(gzip.compress(PAGE)), Content_Encoding="gzip"),
    "cookies": lambda h, p, s: answer(200, PAGE, Set_Cookie=f"sid={h.split('.')[0]}; Path=/\r\nSet-Cookie: evil=1; Domain=test"),
    "part": lambda h, p, s: answer(206, PAGE, Content_Range="bytes 0-45/900"),
    "not-gzip": lambda h, p, s: answer(200, PAGE, Content_Encoding="gzip"),
    "odd-coding": lambda h, p, s: answer(200, PAGE, Content_Encoding="rot13"),
    "loop-self": lambda h, p, s: answer(302, Location=p),
    "loop-two": two_step,
    "chain": chain,
    "to-private": redirect("http://127.9.0.1/secret"),
    "to-metadata": redirect("http://169.254.169.254/latest/meta-data/"),
    "to-mapped": redirect("http://[::ffff:127.9.0.1]/"),
    "to-nat64": redirect("http://[64:ff9b::7f09:1]/"),
    "to-number": redirect("http://2131296257/"),
    "to-ftp": redirect("ftp://files.test/x"),
    "to-file": redirect("file:///etc/passwd"),
    "to-other": redirect("http://elsewhere.test/"),
    "to-nowhere": lambda h, p, s: answer(302),
    "gone404": lambda h, p, s: answer(404, b"no such ad"),
    "gone410": lambda h, p, s: answer(410),
    "refuse401": lambda h, p, s: answer(401, WWW_Authenticate="Basic"),
    "refuse403": lambda h, p, s: answer(403),
    "refuse451": lambda h, p, s: answer(451),
    "challenge": lambda h, p, s: answer(503, b"are you human", cf_mitigated="challenge"),
    "picture": lambda h, p, s: answer(200, b"\x89PNG", Content_Type="image/png"),
    "cut": lambda h, p, s: answer(200, PAGE, Content_Length="5000"),
    "two-lengths": lambda h, p, s: answer(200, PAGE, Content_Length="46\r\nContent-Length: 3"),
    "bad-length": lambda h, p, s: answer(200, PAGE, Content_Length="-5"),
    "cut-chunked": lambda h, p, s: b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\nabc",
    "garbage": lambda h, p, s: b"\x00\xff\xfe this is no HTTP\r\n\r\n",
    "empty": lambda h, p, s: b"",
    "calendar": calendar, "deeper": deeper, "session": sessions, "permuted": permuted, "same": same,
    "nested": page("<!doctype html><title>deep</title>" + "<div>" * 100_000 + "<p>the bottom</p>"),
    "nested-lists": page("<!doctype html><title>deep</title>" + "<ul><li>" * 50_000 + "<b>" * 50_000),
    "attributes": page("<!doctype html><title>wide</title><p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x</p>"),
    "charset-bytes": page(bytes(range(256)) * 40 + ad_of(7).encode(), Content_Type="text/html; charset=utf-8"),
    "charset-lie": page(ad_of(8, head="<meta charset=utf-8>").replace("item", "cafÃ©").encode("latin-1"), Content_Type="text/html; charset=utf-16"),
    "charset-unknown": page(ad_of(9), Content_Type="text/html; charset=klingon-7"),
    "charset-long": page(ad_of(10), Content_Type="text/html; charset=" + "x" * 3000),
    "charset-half": page(ad_of(11).encode() + b"\xf0\x9f", Content_Type="text/html; charset=utf-8"),
    "wall-consent": page(CONSENT), "wall-login": page(LOGIN), "wall-challenge": page(CHALLENGE),
    "robots-deny": lambda h, p, s: answer(200, PAGE),
    "robots-record": lambda h, p, s: answer(200, PAGE),
    "robots-ignore": lambda h, p, s: answer(200, PAGE),
    "robots-500": lambda h, p, s: answer(200, PAGE),
    "robots-429": lambda h, p, s: answer(200, PAGE),
    "robots-403": lambda h, p, s: answer(200, PAGE),
    "robots-moved": lambda h, p, s: answer(200, PAGE),
    "robots-huge": lambda h, p, s: answer(200, PAGE),
    "robots-bytes": lambda h, p, s: answer(200, PAGE),
    "robots-html": lambda h, p, s: answer(200, PAGE),
    "robots-stars": lambda h, p, s: answer(200, PAGE),
    "robots-loop": lambda h, p, s: answer(200, PAGE),
    "robots-away": lambda h, p, s: answer(200, PAGE),
    "robots-reset": lambda h, p, s: answer(200, PAGE),
    "robots-drip": lambda h, p, s: answer(200, PAGE),
    "robots-bomb": lambda h, p, s: answer(200, PAGE),
    "robots-delay": lambda h, p, s: answer(200, PAGE),
}
DENY = b"User-agent: *\nDisallow: /x\n"
ROBOTS = {
    "robots-deny": answer(200, DENY, Content_Type="text/plain"),
    "robots-record": answer(200, DENY, Content_Type="text/plain"),
    "robots-ignore": answer(200, DENY, Content_Type="text/plain"),
    "robots-500": answer(500),
    "robots-429": answer(429, Retry_After="30"),
    "robots-403": answer(403),
    "robots-moved": answer(301, Location="/rules.txt"),
    "robots-bytes": answer(200, bytes(range(256)) * 100 + b"\n" + DENY, Content_Type="text/plain"),
    "robots-html": answer(200, b"<!doctype html><title>hello</title><p>no rules here", Content_Type="text/html"),
    "robots-stars": answer(200, b"User-agent: *\n" + b"".join(b"Disallow: /" + b"*a" * 200 + b"%d$\n" % n for n in range(900))),
    "robots-map": answer(200, b"User-agent: *\nDisallow: /closed\nSitemap: http://robots-map.test/map.xml\n", Content_Type="text/plain"),
    "robots-loop": answer(301, Location="/robots.txt"),
    "robots-away": answer(301, Location="http://elsewhere.test/robots.txt"),
    "robots-delay": answer(200, b"User-agent: *\nCrawl-delay: 86400\n", Content_Type="text/plain"),
    "robots-huge": answer(200, DENY + b"# " + b"x" * (2 << 20), Content_Type="text/plain"),
}
HEAD = b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\n"


async def flush(w):
    await w.drain()
    await asyncio.sleep(0)  # drain() alone yields only when the buffers are full: one flood would starve the rest


async def drip(w):
    w.write(HEAD + b"Content-Length: 100000\r\n\r\n")
    for _ in range(300):
        w.write(b"x")
        await flush(w)
        await asyncio.sleep(0.2)


async def drip_header(w):
    for byte in HEAD * 3:
        w.write(bytes([byte]))
        await flush(w)
        await asyncio.sleep(0.2)


async def header_endless(w):
    w.write(HEAD)
    for i in range(10_000):
        w.write(b"X-%d: %s\r\n" % (i, b"y" * 200) * 20)
        await flush(w)


async def header_line(w):
    w.write(HEAD + b"X-Long: ")
    for _ in range(2000):
        w.write(b"y" * 10_000)
        await flush(w)


async def interim_endless(w):
    for _ in range(4_000):
        w.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n" * 50)
        await flush(w)


async def body_endless(w):
    w.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(1000):
        w.write(b"10000\r\n" + b"z" * 65536 + b"\r\n")
        await flush(w)


def packed_zeros():
    """64 MiB of nothing in 64 KiB; made before anybody waits for it, else its slowness is what a crawler sees."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([packer.compress(bytes(1 << 20)) for _ in range(64)] + [packer.flush()])


async def bomb(w):
    w.write(HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    for at in range(0, len(BOMB), 4096):
        piece = BOMB[at:at + 4096]
        w.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
        await flush(w)


async def large(w):
    w.write(HEAD + b"Content-Length: 12000000\r\n\r\n")
    for _ in range(1200):
        w.write(b"z" * 10_000)
        await flush(w)


async def silent(w):
    await asyncio.sleep(60)


async def reset(w):
    w.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    w.transport.abort()


def block_of_zeros(size, last):
    return struct.pack("<I", size << 3 | 2 | last)[:3] + b"\0"  # RFC 8878, 3.1.1.2: a run of one byte


def zstd_bomb():
    """64 MiB of nothing as runs of 128 KiB."""
    return b"\x28\xb5\x2f\xfd\x00\x38" + block_of_zeros(1 << 17, 0) * 511 + block_of_zeros(1 << 17, 1)


# 64 MiB of nothing, packed by the brotli program.
BROTLI_BOMB = bytes.fromhex(
    "cbffff3f002400e2b14072effff8ffff078004401c1680eefd1fffffff00900088c302d0bdffe3ffff1f001200715800baf77ffcffff034002200e0b40"
    "f7fe8fffff7f004800c46101e8defff1ffff0f000980382c00ddfbbffcffff032001108705a07bff07")


def packed(coding, body):
    async def send(w):
        w.write(HEAD + b"Content-Encoding: " + coding + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await flush(w)
    return send


async def large_gzip(w):
    """A page of 15 MiB that packs well, and honestly: under the limits."""
    await packed(b"gzip", LARGE)(w)


async def slow_middle(w):
    """Answers at once, then thinks for a while: slower than nothing, faster than the limit."""
    w.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE[:9])
    await flush(w)
    await asyncio.sleep(1)
    w.write(PAGE[9:])
    await flush(w)


async def slow_first(w):
    await asyncio.sleep(1)
    w.write(answer(200, PAGE))
    await flush(w)


SLOW = {"bomb-br": packed(b"br", BROTLI_BOMB), "bomb-zstd": packed(b"zstd", zstd_bomb()), "page16": large_gzip,
        "slow-first": slow_first, "slow-middle": slow_middle, "drip": drip, "drip-header": drip_header, "header-endless": header_endless, "header-line": header_line,
        "interim-endless": interim_endless, "body-endless": body_endless, "bomb": bomb, "large": large, "silent": silent,
        "reset": reset}


SLOW_ROBOTS = {"robots-reset": reset, "robots-drip": drip, "robots-bomb": bomb}


async def one_request(reader, writer):
    line = await reader.readline()
    if not line:
        return False
    path = line.split()[1].decode()
    seen = {}
    while (field := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = field.decode("latin-1").partition(":")
        seen[name.lower()] = value.strip()
    host = seen.get("host", "")
    kind = host.split(".")[0].split(":")[0]
    LOG.write(json.dumps({"t": time.time(), "host": host, "path": path, "agent": seen.get("user-agent"),
                          "accept_encoding": seen.get("accept-encoding"), "if_none_match": seen.get("if-none-match"),
                          "cookie": seen.get("cookie")}) + "\n")
    LOG.flush()
    if path == "/robots.txt" and kind in SLOW_ROBOTS:
        await SLOW_ROBOTS[kind](writer)
        return False
    if path == "/robots.txt" or (kind == "robots-moved" and path == "/rules.txt"):
        reply = answer(200, DENY, Content_Type="text/plain") if path == "/rules.txt" else ROBOTS.get(kind, answer(404))
    elif kind in SLOW:
        await SLOW[kind](writer)
        return False
    else:
        reply = (tree if path.startswith("/t/") else SIMPLE.get(kind, SIMPLE["ok"]))(host, path, seen)
    writer.write(reply)
    await writer.drain()
    return kind not in ("cut", "cut-chunked", "garbage", "empty") or path == "/robots.txt"


async def http2(reader, writer):
    """Just enough of RFC 9113: every request gets a 200 with the page."""
    frame = lambda kind, flags, stream, body: struct.pack(">I", len(body))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + body
    await reader.readexactly(24)
    writer.write(frame(4, 0, 0, b""))
    while True:
        head = await reader.readexactly(9)
        await reader.readexactly(int.from_bytes(head[:3], "big"))
        stream = int.from_bytes(head[5:], "big")
        if head[3] == 4 and not head[4] & 1:
            writer.write(frame(4, 1, 0, b""))
        elif head[3] == 1:
            LOG.write(json.dumps({"t": time.time(), "host": "tls-h2.test", "path": "http2", "agent": ""}) + "\n")
            LOG.flush()
            # :status 200 and content-type: text/html by the static table (RFC 7541), literal value not indexed
            writer.write(frame(1, 4, stream, b"\x88\x0f\x10\x09text/html") + frame(0, 1, stream, PAGE))
        await writer.drain()


async def socks5(reader, writer):
    await reader.readexactly((await reader.readexactly(2))[1])
    writer.write(b"\5\0")
    size = (await reader.readexactly(5))[4]
    name = (await reader.readexactly(size + 2))[:-2].decode()
    LOG.write(json.dumps({"t": time.time(), "host": name, "path": "socks5", "agent": ""}) + "\n")
    writer.write(b"\5\0\0\1" + bytes(6))


def tls_context(label):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = os.environ["VIGIE_TLS"]
    context.load_cert_chain(os.path.join(folder, label + ".pem"), os.path.join(folder, label + ".key"))
    context.set_alpn_protocols(["h2"] if label == "tls-h2" else ["http/1.1"])
    return context


async def serve(label, reader, writer):
    try:
        if label == "tls-h2":
            return await http2(reader, writer)
        if label.startswith("socks"):
            await socks5(reader, writer)
        while await one_request(reader, writer):
            pass
    except (OSError, asyncio.CancelledError, asyncio.IncompleteReadError, ValueError, IndexError):
        pass
    finally:
        writer.close()


class Names(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode("latin-1"))
            at += 1 + data[at]
        question, kind = data[12:at + 5], struct.unpack(">H", data[at + 1:at + 3])[0]
        name = labels[0]
        if name.startswith("dead"):
            return
        flags, count, record = 0x8180, 0, b""
        if name.startswith("nx"):
            flags = 0x8183
        elif kind == 1:
            address = "127.9.0.1" if name.startswith("rebind") else "127.0.1.1"
            count, record = 1, b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04" + socket.inet_aton(address)
        self.transport.sendto(data[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + question + record, peer)


async def main():
    global LOG, BOMB, LARGE
    LOG = open(sys.argv[1], "w")
    if any("bomb" in name for name in sys.argv[2:]):
        BOMB = packed_zeros()
    if any(name.startswith("page16") for name in sys.argv[2:]):
        text = b"".join(b"<p>line %d of a long page, number %d</p>\n" % (i, i * 7919 % 99991) for i in range(340_000))
        LARGE = gzip.compress(text[:15 << 20], 6)
    loop = asyncio.get_running_loop()
    port = 0
    for number, name in enumerate(sys.argv[2:], 1):
        label = name.split(".")[0]
        server = await asyncio.start_server(functools.partial(serve, label), f"127.0.{1 + number // 250}.{number % 250}", port,
                                            limit=1 << 20, ssl=tls_context(label) if label.startswith("tls") else None)
        port = server.sockets[0].getsockname()[1]
    names, _ = await loop.create_datagram_endpoint(Names, ("127.0.0.1", 0))
    print(port, names.get_extra_info("sockname")[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)  # until whoever started us is gone


async def until_told():
    task = asyncio.ensure_future(main())
    await task
    for other in asyncio.all_tasks() - {asyncio.current_task()}:
        other.cancel()

asyncio.run(until_told())
