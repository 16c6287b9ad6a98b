#!/usr/bin/env python3
"""Figures of fetching what did not change: a loopback nginx with pages of 20 kB, the whole program around it. Prints pages per
CPU second (user and system, fetch to store, what a start alone costs taken off): answered 304, and sent again whole.

    bench_fetch.py VIGIE [HOSTS] [PAGES]
"""
import os
import random
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
WORDS = ("river stone lamp winter garden copper ladder market window paper bridge candle harbour thread meadow engine saddle cellar "
         "orchard barrel kettle feather signal anchor basket mirror pebble turnip whistle velvet chimney lantern").split()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def pages(folder, count):
    """An index that links to all, and `count` pages of 20 kB."""
    links = "".join(f'<li><a href="/p/{n}.html">{WORDS[n % 32]} {WORDS[n * 7 % 32]} {n}</a></li>' for n in range(count))
    os.makedirs(os.path.join(folder, "p"))
    write(os.path.join(folder, "index.html"), f"<!doctype html><title>index</title><ul>{links}</ul>")
    for n in range(count):
        chance = random.Random(n)
        text = ""
        while len(text) < 20_000:
            text += "<p>" + " ".join(chance.choice(WORDS) for _ in range(60)) + ".</p>\n"
        write(os.path.join(folder, "p", f"{n}.html"), f"<!doctype html><title>page {n} {WORDS[n % 32]}</title><h1>{WORDS[n % 32]}</h1>{text}")


def nginx(folder, conditional, plain):
    write(os.path.join(folder, "nginx.conf"), f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; types {{ text/html html; }} keepalive_requests 1000000; root {folder}/web;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{conditional}; }}
  server {{ listen 127.0.0.1:{plain}; etag off; if_modified_since off; add_header Last-Modified ""; }} }}""")
    return subprocess.Popen([NGINX, "-c", os.path.join(folder, "nginx.conf"), "-e", os.path.join(folder, "error.log")])


def configure(folder, hosts, port):
    names = [f"h{n}.bench{n}.test" for n in range(hosts)]
    rows = "".join(f'    {name}: "127.0.0.1:{port}"\n' for name in names)
    write(os.path.join(folder, "vigie.yaml"), f"""unit: {{name: "Bench", contact: "crawler@unit.example"}}
storage: {{path: {folder}/data}}
scopes: [{folder}/scope.yaml]
rules: []
network:
  allow_private: [127.0.0.0/8]
  resolve:
{rows}alerts:
  from: "Vigie <vigie@unit.example>"
  maildir: {folder}/mail
metrics: {{listen: ""}}
console: {{listen: ""}}
""")
    sites = "".join(f"""  - site: h{n}
    family: mixed
    start: ["http://{name}/index.html"]
    pace: 0s
    revisit: {{index: 1s, ad: 1s}}
    robots: ignore
    robots_reason: "our own server on loopback"
    follow: ['^/(index|p/\\d+)\\.html$']
    extract: auto
""" for n, name in enumerate(names))
    write(os.path.join(folder, "scope.yaml"), f"""scope: BENCH
legal: {{basis: bench, reference: b, authorised_by: b, valid_from: 2026-01-01, valid_to: 2028-01-01}}
region: FR
languages: [en]
retention: {{unflagged: 30d, flagged: 400d, raw: 90d}}
sites:
{sites}""")


def run_pass(vigie, folder):
    """CPU seconds and wall seconds of one pass, and its summary."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    done = subprocess.run([vigie, "crawl", "--once", "--max-time", "15m", "--config", os.path.join(folder, "vigie.yaml")],
                          capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"crawl failed: {done.stderr[-1000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.time() - began, done.stdout.strip()


def main():
    if not NGINX:
        print("bench_fetch: skipped: nginx is not installed (nginx-light)")
        return
    vigie = os.path.abspath(sys.argv[1])
    hosts = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    folder = tempfile.mkdtemp(prefix="vigie-bench-")
    os.chmod(folder, 0o755)
    pages(os.path.join(folder, "web"), count)
    conditional, plain = free_port(), free_port()
    server = nginx(folder, conditional, plain)
    try:
        configure(folder, hosts, conditional)
        cpu, wall, _ = run_pass(vigie, folder)
        total = hosts * (count + 1)
        print(f"fetch, first pass: {total} pages, {cpu:.1f} CPU s with parsing, {wall:.1f} s")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([vigie, "check", "--config", os.path.join(folder, "vigie.yaml")], stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime  # reading the configuration
        for name, port in (("304", conditional), ("the same bytes again", plain)):
            time.sleep(1.5)
            configure(folder, hosts, port)
            cpu, wall, summary = run_pass(vigie, folder)
            print(f"fetch, unchanged ({name}): {total / max(0.001, cpu - start):.0f} pages a CPU second "
                  f"({total} pages, {cpu:.2f} CPU s less {start:.2f} of a start, {wall:.1f} s): {summary.splitlines()[-1] if summary else ''}")
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
