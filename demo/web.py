#!/usr/bin/env python3
"""The invented web on one loopback port: eleven sites told apart by the Host header, whose day moves on.

    python3 demo/web.py --port 8081 [--day-seconds 60] [--control PORT] [--seed N] [--log FILE]

Prints `control PORT` (when asked for) and `ready PORT` once it listens; port 0 means: choose one. Stops on SIGTERM,
SIGINT, or, with --until-stdin-closes, when its stdin closes. The control address answers

    GET /day     {"day": 1, "days": 4}            POST /day/N   sets the day
    GET /truth   what a perfect reader would know today (/truth?day=N: on another day)
    GET /log     every request so far, oldest first: host, path, status, monotonic seconds, day
"""
import argparse
import collections
import email.utils
import gzip
import hashlib
import http.server
import json
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pages  # noqa: E402
import world  # noqa: E402

MAX_CONNECTIONS = 256
IDLE_SECONDS = 30
LOG_LINES = 200_000


class State:
    """What all requests share: the world, its day, and the arrival log."""

    def __init__(self, seed, log):
        self.pages = pages.Pages(world.World(seed))
        self.lock = threading.Lock()
        self.day, self.views = 1, 0
        self.modified = int(time.time())  # when the day began, for Last-Modified
        self.arrivals = collections.deque(maxlen=LOG_LINES)
        self.log = open(log, "a", encoding="utf-8") if log else None
        self.stopping = threading.Event()

    def set_day(self, day):
        with self.lock:
            self.day = day
            # Dates have whole seconds: a day set right after another must still be newer than it.
            self.modified = max(int(time.time()), self.modified + 1)
        print(f"day {day}", flush=True)

    def view(self):
        with self.lock:
            self.views += 1
            return self.day, self.views

    def arrived(self, host, path, status):
        with self.lock:
            row = {"at": round(time.monotonic(), 4), "host": host, "path": path, "status": status, "day": self.day}
            self.arrivals.append(row)
            if self.log:
                self.log.write(json.dumps(row, ensure_ascii=False) + "\n")
                self.log.flush()

    def move_days(self, seconds):
        while self.day < world.DAYS and not self.stopping.wait(seconds):
            if self.day < world.DAYS:
                self.set_day(self.day + 1)


class Server(http.server.ThreadingHTTPServer):
    """Threads, but no more than MAX_CONNECTIONS of them; what comes above that is closed at once."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, address, handler, state):
        self.state = state
        self.slots = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(address, handler)

    def process_request(self, request, client_address):
        if not self.slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.slots.release()

    def handle_error(self, request, client_address):
        kind = sys.exc_info()[0]
        if not issubclass(kind, (ConnectionError, TimeoutError)):  # a peer that leaves is no news
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "invented-web", ""
    timeout = IDLE_SECONDS
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def reply(self, status, body, headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(body)
        self.wfile.flush()

    def refuse(self, status, text):
        self.close_connection = True  # a body that nobody reads must not be taken for the next request
        self.reply(status, text.encode(), [("Content-Type", "text/plain"), ("Connection", "close")])


class SiteHandler(Handler):
    """One request to one of the sites."""

    def do_GET(self):
        state = self.server.state
        host = self.headers.get("Host", "").split(":")[0].lower()
        day, view = state.view()
        answer = state.pages.answer(host, self.path[:2048], day, view)
        site = state.pages.world.by_host.get(host, {})
        charset = site.get("charset", "utf-8") if answer.kind in ("text/html", "application/rss+xml") else "utf-8"
        body = answer.text.encode(charset, errors="xmlcharrefreplace")
        headers = [("Content-Type", f"{answer.kind}; charset={charset}")]
        if answer.location:
            headers.append(("Location", answer.location))
        status = answer.status
        if answer.stable is not None and status == 200 and self._validate(site, answer, headers):
            status = 304
        elif site.get("gzip") and "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 500:
            body = gzip.compress(body, 6, mtime=0)
            headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        if "session" in site:
            headers.append(("Set-Cookie", f"{site['session']}={view:032x}; Path=/"))
        state.arrived(host, self.path[:2048], status)  # before the answer: who has it finds it in the log
        self.reply(status, body, headers)

    do_HEAD = do_GET

    def do_POST(self):
        self.server.state.arrived(self.headers.get("Host", "").split(":")[0].lower(), self.path[:2048], 405)
        self.refuse(405, "method not allowed")

    def _validate(self, site, answer, headers):
        """Adds the site's validator; True when the client already has this page."""
        if site.get("cache") == "etag":
            tag = 'W/"' + hashlib.sha1(answer.stable.encode()).hexdigest()[:16] + '"'
            headers.append(("ETag", tag))
            asked = self.headers.get("If-None-Match", "")
            return tag in [t.strip() for t in asked.split(",")]
        if site.get("cache") == "modified":
            since = self.server.state.modified  # pages of these sites are rebuilt once a day
            headers.append(("Last-Modified", email.utils.formatdate(since, usegmt=True)))
            asked = email.utils.parsedate_to_datetime(self.headers["If-Modified-Since"]) if self._dated() else None
            return asked is not None and asked.timestamp() >= since
        return False

    def _dated(self):
        try:
            email.utils.parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
            return True
        except (TypeError, ValueError):
            return False


class ControlHandler(Handler):
    """The hand that moves the day, and the answer book."""

    def do_GET(self):
        state, path, _, query = self.server.state, *self.path.partition("?")
        if path == "/day":
            return self.json({"day": state.day, "days": world.DAYS})
        if path == "/truth":
            asked = query.removeprefix("day=") if query.startswith("day=") else str(state.day)
            if not asked.isdigit() or not 1 <= int(asked[:3]) <= world.DAYS:
                return self.refuse(400, f"day must be 1 to {world.DAYS}")
            return self.json(state.pages.truth(int(asked[:3])))
        if path == "/log":
            with state.lock:
                rows = list(state.arrivals)
            return self.json(rows)
        return self.refuse(404, "try /day, /truth or /log")

    def do_POST(self):
        asked = self.path.removeprefix("/day/")
        if not self.path.startswith("/day/") or not asked.isdigit() or not 1 <= int(asked[:3]) <= world.DAYS:
            return self.refuse(400, f"POST /day/N, N from 1 to {world.DAYS}")
        if self.headers.get("Content-Length", "0") not in ("0", ""):
            self.close_connection = True
        self.server.state.set_day(int(asked[:3]))
        return self.json({"day": self.server.state.day, "days": world.DAYS})

    def json(self, value):
        self.reply(200, json.dumps(value, ensure_ascii=False).encode(), [("Content-Type", "application/json")])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8081, help="0 = choose")
    parser.add_argument("--address", default="127.0.0.1", help="loopback address")
    parser.add_argument("--control", type=int, help="port of the control address, 0 = choose; absent: none")
    parser.add_argument("--day-seconds", type=float, default=60, help="0 = the day moves by the control address only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", help="file that gets one JSON line a request")
    parser.add_argument("--until-stdin-closes", action="store_true")
    options = parser.parse_args()
    if not options.address.startswith("127."):
        parser.error("--address must be a loopback address")
    return options


def main():
    options = arguments()
    state = State(options.seed, options.log)
    try:
        servers = [Server((options.address, options.port), SiteHandler, state)]
        if options.control is not None:
            servers.append(Server((options.address, options.control), ControlHandler, state))
    except OSError as error:
        print(f"web.py: cannot listen: {error}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: state.stopping.set())
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    if options.control is not None:
        print(f"control {servers[1].server_address[1]}", flush=True)
    print(f"ready {servers[0].server_address[1]}", flush=True)
    if options.day_seconds > 0:
        threading.Thread(target=state.move_days, args=(options.day_seconds,), daemon=True).start()
    if options.until_stdin_closes:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), state.stopping.set()), daemon=True).start()
    state.stopping.wait()
    for server in servers:
        server.shutdown()
        server.server_close()
    return 0


if __name__ == "__main__":
    # No interpreter teardown: a thread may still be inside a read that only the peer can end.
    code = main()
    sys.stdout.flush()
    os._exit(code)
