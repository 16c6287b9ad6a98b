#!/usr/bin/env python3
"""Figures of fetching what did not change: a loopback nginx with ads of 20 kB, and the daemon. Prints pages a CPU second (the
daemon's own user and system time while it runs, fetch to store): answered 304, and sent again whole.

    bench_fetch.py VIGIE [HOSTS] [PAGES]     VIGIE_BENCH_KEEP=FOLDER keeps the world and its store for the next run
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
import urllib.request

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
    """An index that links to all, and `count` ads of 20 kB."""
    links = "".join(f'<li><a href="/ad/{n}.html">{WORDS[n % 32]} {WORDS[n * 7 % 32]} {n}</a></li>' for n in range(count))
    os.makedirs(os.path.join(folder, "ad"))
    write(os.path.join(folder, "robots.txt"), "User-agent: *\n" + "".join(f"Disallow: /closed/{n}/\n" for n in range(100)))
    write(os.path.join(folder, "index.html"), f"<!doctype html><title>index</title><ul>{links}</ul>")
    for n in range(count):
        chance = random.Random(n)
        scripts = ""
        while len(scripts) < 17_000:
            scripts += f"<script>window.cart_{len(scripts)} = '" + " ".join(chance.choice(WORDS) for _ in range(60)) + "'</script>\n"
        text = "".join("<p>" + " ".join(chance.choice(WORDS) for _ in range(60)) + ".</p>\n" for _ in range(7))
        write(os.path.join(folder, "ad", f"{n}.html"),
              f"<!doctype html><title>{WORDS[n % 32]} {n}</title>{scripts}<main><h1>{WORDS[n % 32]} {WORDS[n * 7 % 32]} for sale</h1>"
              f"<p>Tel. 01 99 00 {n // 100 % 100:02d} {n % 100:02d}</p>{text}</main>")


def nginx(folder, conditional, plain):
    write(os.path.join(folder, "nginx.conf"), f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; types {{ text/html html; }} keepalive_requests 1000000; root {folder}/web;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{conditional}; }}
  server {{ listen 127.0.0.1:{plain}; etag off; if_modified_since off; add_header Last-Modified ""; }} }}""")
    return subprocess.Popen([NGINX, "-c", os.path.join(folder, "nginx.conf"), "-e", os.path.join(folder, "error.log")])


def configure(folder, hosts, port, metrics):
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
metrics: {{listen: "127.0.0.1:{metrics}"}}
console: {{listen: ""}}
""")
    sites = "".join(f"""  - site: h{n}
    family: mixed
    start: ["http://{name}/index.html"]
    pace: 0s
    revisit: {{index: 1s, ad: 1s}}
    ad: ['^/ad/(?P<id>\\d+)\\.html$']
    extract: auto
""" for n, name in enumerate(names))
    write(os.path.join(folder, "scope.yaml"), f"""scope: BENCH
legal: {{basis: bench, reference: b, authorised_by: b, valid_from: 2026-01-01, valid_to: 2028-01-01}}
region: FR
languages: [en]
retention: {{unflagged: 30d, flagged: 400d, raw: 90d}}
sites:
{sites}""")


def first_pass(vigie, folder):
    """CPU seconds and wall seconds of one pass, with parsing."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    done = subprocess.run([vigie, "crawl", "--once", "--max-time", "15m", "--config", os.path.join(folder, "vigie.yaml")],
                          capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"crawl failed: {done.stderr[-1000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.time() - began, done.stdout.strip()


def counted(port, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
    return 0.0


def cpu_of(pid):
    """User and system seconds of a process so far, its parse workers not among them."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def workers_of(pid):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return [int(child) for child in listed]


def measure(vigie, folder, metrics, most_pages, most_s):
    """Of a running daemon between two moments: unchanged pages, all pages, its CPU seconds, its workers', wall seconds."""
    log = open(os.path.join(folder, "daemon.log"), "w", encoding="utf-8")
    daemon = subprocess.Popen([vigie, "run", "--config", os.path.join(folder, "vigie.yaml")], stdout=log, stderr=log)
    try:
        end = time.time() + 60
        while time.time() < end:
            time.sleep(0.2)
            try:
                if counted(metrics, "vigie_pages_unchanged_total") > 200:
                    break
            except OSError:
                continue
        def look():
            pages = counted(metrics, "vigie_pages_unchanged_total"), counted(metrics, "vigie_pages_total")
            return *pages, cpu_of(daemon.pid), sum(cpu_of(worker) for worker in workers_of(daemon.pid)), time.time()
        before = after = look()
        while after[4] - before[4] < most_s and after[0] - before[0] < most_pages:
            time.sleep(0.5)
            after = look()
        return [b - a for a, b in zip(before, after)]
    finally:
        daemon.terminate()
        daemon.wait()
        log.close()


def main():
    if not NGINX:
        print("bench_fetch: skipped: nginx is not installed (nginx-light)")
        return
    vigie = os.path.abspath(sys.argv[1])
    hosts = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 80
    folder = os.environ.get("VIGIE_BENCH_KEEP") or tempfile.mkdtemp(prefix="vigie-bench-")
    os.makedirs(folder, exist_ok=True)
    os.chmod(folder, 0o755)
    known = os.path.exists(os.path.join(folder, "data"))
    if not known:
        pages(os.path.join(folder, "web"), count)
    conditional, plain, metrics = free_port(), free_port(), free_port()
    server = nginx(folder, conditional, plain)
    try:
        if not known:
            configure(folder, hosts, conditional, metrics)
            cpu, wall, summary = first_pass(vigie, folder)
            print(f"fetch, first pass: {summary}; {cpu:.1f} CPU s with parsing, {wall:.1f} s")
        for name, port in (("304", conditional), ("the same bytes again", plain)):
            configure(folder, hosts, port, metrics)
            same, total, cpu, workers, wall = measure(vigie, folder, metrics, 20_000, 20)
            print(f"fetch, unchanged ({name}): {same / max(0.001, cpu):.0f} pages a CPU second of the daemon "
                  f"({same:.0f} of {total:.0f} pages, {cpu:.2f} CPU s, parse workers {workers:.2f}, {wall:.1f} s)", flush=True)
    finally:
        server.terminate()
        server.wait()
        if not os.environ.get("VIGIE_BENCH_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
