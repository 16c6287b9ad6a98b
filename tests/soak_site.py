"""The web and the mail server of the soak: many small sites whose every state is a pure function of the time, one in
five hostile; and a log of what was shown to whom, which is the model that the store is held against.

Every host has a loopback address of its own, since limits hold per address. Python 3 alone.
"""
import asyncio
import gzip
import random
import time

WORDS = ("alder birch cedar dogwood elder fir ginkgo hazel ivy juniper kapok larch maple nutmeg oak poplar quince rowan "
         "spruce teak umbra viburnum willow yew").split()
ADS = 8
WATCHED = "under the green clock"


def host_name(number):
    return f"h{number:03}.test"


def address(number):
    return f"127.{20 + number // 200}.{number % 200 + 1}.1"


class Ad:
    """One planted ad: when it is shown, and which wording it has at a moment."""

    def __init__(self, host, number, span):
        chance = random.Random(f"{host}/{number}")
        self.host, self.number = host, number
        self.period = chance.uniform(span / 12, span / 3)
        self.phase = chance.uniform(0, self.period)
        away = chance.random() < 0.2
        self.away = (chance.uniform(0.3, 0.4) * span, chance.uniform(0.6, 0.7) * span) if away else None
        self.watched = chance.random() < 0.02

    def shown(self, at):
        return not self.away or not self.away[0] <= at < self.away[1]

    def edition(self, at):
        return int((at + self.phase) / self.period)

    def words(self, at):
        number = self.edition(at)
        chance = random.Random(f"{self.host}/{self.number}/{number}")
        return [chance.choice(WORDS) for _ in range(3)] + [WORDS[number % len(WORDS)], WORDS[number // len(WORDS) % len(WORDS)]]

    def page(self, at):
        named = " ".join(self.words(at))
        extra = f"<p>Ask {WATCHED}.</p>" if self.watched else ""
        return (f"<!doctype html><html lang=en><title>Room {self.number}</title><main><h1>Room {self.number} at house {self.host}</h1>"
                f"<p class=text>A quiet furnished room near the old mill, known as {named}. Heating and water are in the rent, the "
                f"kitchen is shared by three people, and the garden may be used.</p>{extra}<p>Rent: {300 + self.number} GBP a month</p></main>"
                f"<footer>Seen {random.randrange(10 ** 6)} times</footer>")


class Sites:
    def __init__(self, hosts, span):
        self.started = time.time()
        self.hosts, self.span = hosts, span
        self.hostile = {n for n in range(hosts) if n % 5 == 4}
        self.ads = {n: [Ad(n, k, span) for k in range(ADS)] for n in range(hosts) if n not in self.hostile}
        self.served = []  # (time, host, ad number, status, wording)
        self.requests = 0
        self.servers = []
        self.bomb = gzip.compress(bytes(64 << 20), 9)

    def now(self):
        return time.time() - self.started

    async def listen(self):
        port = 0
        for number in range(self.hosts):
            server = await asyncio.start_server(lambda r, w, n=number: self.talk(n, r, w), address(number), port)
            port = server.sockets[0].getsockname()[1]
            self.servers.append(server)
        return port

    async def talk(self, host, reader, writer):
        try:
            while True:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
                self.requests += 1
                path = head.split(b" ", 2)[1].decode("ascii", "replace")
                if host in self.hostile:
                    await self.misbehave(host, path, writer)
                    return
                await self.answer(host, path, writer)
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, asyncio.LimitOverrunError, OSError):
            pass
        finally:
            writer.close()

    async def answer(self, host, path, writer):
        at, note = self.now(), None
        status, body = 404, "<!doctype html><title>404</title><h1>Not found</h1>"
        if path == "/rooms":
            items = "".join(f"<li><a href=/room/{a.number}>Room {a.number} at house {host}</a></li>" for a in self.ads[host] if a.shown(at))
            status, body = 200, f"<!doctype html><html lang=en><title>Rooms</title><h1>Rooms</h1><ul>{items}</ul>"
        elif path.startswith("/room/") and path[6:].isdigit() and int(path[6:]) < ADS:
            ad = self.ads[host][int(path[6:])]
            note = (host, ad.number, 404, "")
            if ad.shown(at):
                status, body = 200, ad.page(at)
                note = (host, ad.number, 200, " ".join(ad.words(at)))
        raw = body.encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw)
        await writer.drain()
        if note:
            self.served.append((time.time(), *note))

    async def misbehave(self, host, path, writer):
        page = b"<!doctype html><title>x</title><p>hello</p>"
        kind = host // 5 % 8
        if kind == 0:
            writer.write(b"HTTP/1.1 500 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif kind == 1:
            writer.write(b"HTTP/1.1 429 X\r\nRetry-After: 20\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif kind == 2:  # one byte a second, for as long as somebody waits, a minute at most
            writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(60):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(1)
        elif kind == 3:
            writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(self.bomb) + self.bomb)
        elif kind == 4:  # lists without end
            links = "".join(f"<a href=/rooms?page={random.randrange(10 ** 9)}>more</a> " for _ in range(50)).encode()
            writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<!doctype html><title>r</title>" + links)
        elif kind == 5:
            writer.write(b"HTTP/1.1 302 X\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        elif kind == 6:
            writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Length: 400000\r\n\r\n" + b"<div>" * 60000)
        else:
            writer.write(bytes(random.randrange(256) for _ in range(3000)) + page)
        await writer.drain()


class MailServer:
    """An SMTP server that can be away, and remembers the Message-ID of everything it said 250 to."""

    def __init__(self):
        self.got, self.server, self.port = [], None, 0

    async def up(self):
        if not self.server:
            self.server = await asyncio.start_server(self.talk, "127.0.0.1", self.port)
            self.port = self.server.sockets[0].getsockname()[1]

    async def down(self):
        if self.server:
            self.server.close()
            await self.server.wait_closed()
            self.server = None

    async def talk(self, reader, writer):
        try:
            writer.write(b"220 soak.test\r\n")
            while line := await asyncio.wait_for(reader.readline(), 60):
                verb = line[:4].upper()
                if verb == b"DATA":
                    writer.write(b"354 go\r\n")
                    text = await reader.readuntil(b"\r\n.\r\n")
                    for header in text.split(b"\r\n\r\n")[0].split(b"\r\n"):
                        if header.lower().startswith(b"message-id:"):
                            self.got.append(header.split(b":", 1)[1].strip().decode())
                    writer.write(b"250 kept\r\n")
                elif verb == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    writer.write(b"250 ok\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, OSError):
            pass
        finally:
            writer.close()
