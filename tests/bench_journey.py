#!/usr/bin/env python3
"""Figures of the whole journey: every page of the invented web's four days, from a WARC file through parser, history,
links, detection and store. Prints pages per CPU second (daemon and workers together), peak memory and store size.

    bench_journey.py VIGIE [ROUNDS]
"""
import datetime
import http.client
import os
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
VIGIE = os.path.abspath(sys.argv[1])
os.environ["VIGIE"] = VIGIE
from vigie_kit import Unit, Web  # noqa: E402

START = datetime.datetime(2026, 11, 20, tzinfo=datetime.timezone.utc)


def fetch(connection, host, path):
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    body = answer.read()
    head = f"HTTP/1.1 {answer.status} {answer.reason}\r\n"
    head += "".join(f"{k}: {v}\r\n" for k, v in answer.getheaders() if k.lower() not in ("transfer-encoding", "connection"))
    return head.encode("latin-1") + b"\r\n" + body


def capture(web, path, rounds):
    """Every ad page of each day, `rounds` looks a day, as if fetched a second apart."""
    pages, size = 0, 0
    at = START
    with open(path, "wb") as out:
        for day in (1, 2, 3, 4):
            web.day(day)
            truth = web.truth()
            hosts = {site["site"]: site["host"] for site in truth["sites"]}
            connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
            for _ in range(rounds):
                for ad in truth["ads"]:
                    url = ad["url"]
                    block = fetch(connection, hosts[ad["site"]], url.split("/", 3)[3].join(["/", ""]))
                    at += datetime.timedelta(seconds=1)
                    record = (f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
                              f"WARC-Date: {at.strftime('%Y-%m-%dT%H:%M:%SZ')}\r\nWARC-Record-ID: <urn:uuid:{pages:032x}>\r\n"
                              f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n")
                    out.write(record.encode() + block + b"\r\n\r\n")
                    pages += 1
                    size += len(block)
            connection.close()
    return pages, size


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    web = Web()
    unit = Unit(web)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "pages.warc")
            pages, size = capture(web, path, rounds)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            process = subprocess.Popen([VIGIE, "import", "--config", unit.config, path], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
            summary = process.stdout.read()
            process.wait()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            store = sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(unit.data) for name in names)
            print(summary.strip())
            print(f"journey: {pages} pages of {size // pages} bytes, {cpu:.2f} CPU seconds, {pages / cpu:.0f} pages a CPU second")
            print(f"memory: {after.ru_maxrss // 1024} MiB at most in one process; store: {store // 1024} KiB")
    finally:
        unit.close()
        web.close()


if __name__ == "__main__":
    main()
