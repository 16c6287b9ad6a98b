#!/usr/bin/env python3
"""The soak: the daemon against many small sites, one in five hostile, while it is killed at random, its mail server goes
away and its clock steps; then the store is held against what the sites showed.

    VIGIE=build/release/vigie tests/soak.py [--minutes 60] [--hosts 200] [--seed N] [--keep]

Faults fall into the first half; the second half is quiet, and there memory, descriptors and threads must stay flat.
Prints one line of figures a tenth, and at the end what was compared. Exit 1 when a rule is broken.
Clock steps need Debian's `faketime`; without it they are left out, and a line says so.
"""
import argparse
import asyncio
import glob
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from soak_site import WATCHED, MailServer, Sites, address, host_name  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VIGIE = os.environ.get("VIGIE", os.path.join(ROOT, "build", "release", "vigie"))
GRACE = 15.0  # seconds: what was shown so shortly before a kill may not have been committed


def seeds(sites, index, ad):
    text = ['scope: SOAK-01', 'legal: {basis: "soak of an invented web", reference: "0/26", authorised_by: "nobody", '
            'valid_from: 2020-01-01, valid_to: 2037-12-31}', 'region: GB', 'languages: [en]',
            'retention: {unflagged: 30d, flagged: 400d, raw: 90d}', 'sites:']
    for number in range(sites.hosts):
        text.append(f'  - {{site: h{number:03}, family: housing, start: ["http://{host_name(number)}/rooms"], pace: 100ms, '
                    f"revisit: {{index: {index}s, ad: {ad}s}}, robots: obey, follow: ['^/rooms(\\?page=\\d+)?$'], "
                    f"ad: ['^/room/(?P<id>\\d+)$'], extract: auto}}")
    return "\n".join(text) + "\n"


class Soak:
    def __init__(self, options):
        self.options = options
        self.span = options.minutes * 60.0
        self.folder = tempfile.mkdtemp(prefix="vigie-soak-")
        self.data = os.path.join(self.folder, "data")
        self.random = random.Random(options.seed)
        self.sites = Sites(options.hosts, self.span)
        self.mail = MailServer()
        self.process, self.log = None, open(os.path.join(self.folder, "daemon.log"), "a", encoding="utf-8")
        self.kills, self.steps, self.outages, self.samples, self.faults = [], 0, 0, [], []
        self.went_back = 0.0
        self.faketime = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)
        self.offset = os.path.join(self.folder, "offset")

    def configure(self, port):
        os.makedirs(os.path.join(self.folder, "seeds"))
        interval = max(10, int(self.span / 60))
        with open(os.path.join(self.folder, "seeds", "soak.yaml"), "w", encoding="utf-8") as out:
            out.write(seeds(self.sites, interval, 2 * interval))
        with open(os.path.join(self.folder, "watch.txt"), "w", encoding="utf-8") as out:
            out.write(WATCHED + "\n")
        resolve = "\n".join(f'    {host_name(n)}: "{address(n)}:{port}"' for n in range(self.sites.hosts))
        with open(os.path.join(self.folder, "vigie.yaml"), "w", encoding="utf-8") as out:
            out.write(f"""unit: {{name: "Soak", contact: "crawler@unit.example"}}
storage: {{path: {self.data}}}
scopes: [seeds/*.yaml]
rules: [{ROOT}/conf/rules/*.yaml]
crawl: {{in_flight: 64, confirm_gone: []}}
network:
  allow_private: [127.0.0.0/8]
  resolve:
{resolve}
alerts:
  from: "Vigie <vigie@unit.example>"
  receivers:
    - {{name: desk, mail: desk@unit.example, scopes: ["*"], min_severity: low, wait: 0s, batch_every: 5s}}
  smtp: {{url: "smtp://127.0.0.1:{self.mail.port}", tls: "off"}}
  max_mails_per_hour: 1000
watch:
  - {{name: soak, file: watch.txt, owner: "soak", reason: "the soak", expires: 2037-12-31, severity: high}}
metrics: {{listen: ""}}
""")

    def vigie(self, *words):
        return subprocess.run([VIGIE, words[0], "--config", os.path.join(self.folder, "vigie.yaml"), *words[1:]],
                              capture_output=True, text=True, timeout=600)

    def start(self):
        environment = dict(os.environ)
        if self.faketime:
            environment.update(LD_PRELOAD=self.faketime, FAKETIME_TIMESTAMP_FILE=self.offset, FAKETIME_DONT_FAKE_MONOTONIC="1",
                               FAKETIME_CACHE_DURATION="1")
        self.process = subprocess.Popen([VIGIE, "run", "--config", os.path.join(self.folder, "vigie.yaml")],
                                        stdout=self.log, stderr=self.log, env=environment)

    def step_clock(self, seconds):
        with open(self.offset, "w", encoding="utf-8") as out:
            out.write(f"{seconds:+d}\n")

    def sample(self):
        """Memory of daemon and workers in MiB, descriptors, threads, store in MiB; None when the daemon is not there."""
        pid = self.process.pid
        try:
            fields = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status", encoding="ascii", errors="replace") if ":" in line)
            children = open(f"/proc/{pid}/task/{pid}/children", encoding="ascii").read().split()
            workers = 0
            for task in os.listdir(f"/proc/{pid}/task"):
                children += open(f"/proc/{pid}/task/{task}/children", encoding="ascii").read().split()
            for child in set(children):
                workers += int(next((l.split()[1] for l in open(f"/proc/{child}/status", encoding="ascii", errors="replace") if l.startswith("VmRSS")), 0))
            descriptors = len(os.listdir(f"/proc/{pid}/fd"))
        except (OSError, StopIteration, KeyError):
            return None
        size = sum(os.path.getsize(f) for f in glob.glob(os.path.join(self.data, "**"), recursive=True) if os.path.isfile(f))
        return (time.time(), int(fields["VmRSS"].split()[0]) / 1024, workers / 1024, descriptors, int(fields["Threads"]), size / 2 ** 20)

    async def trouble(self, until):
        while time.time() < until:
            await asyncio.sleep(self.random.uniform(0.3, 1.7) * max(8.0, self.span / 60))
            what = self.random.random()
            if what < 0.5:
                self.process.kill()
                self.process.wait()
                self.kills.append(time.time())
                self.start()
            elif what < 0.75:
                self.outages += 1
                await self.mail.down()
                await asyncio.sleep(self.random.uniform(5, max(6.0, self.span / 60)))
                await self.mail.up()
            elif self.faketime:
                self.steps += 1
                self.kills.append(time.time())
                by = self.random.choice([-3600, -60, 60, 3600])
                self.went_back = time.time() + (12 if by > 0 else 0)
                self.step_clock(by)
                await asyncio.sleep(10)
                self.step_clock(0)
                self.kills.append(time.time())
        await self.mail.up()

    async def watch(self, until):
        tenth, next_line = self.span / 10, time.time() + self.span / 10
        while time.time() < until:
            await asyncio.sleep(max(1.0, self.span / 400))
            if self.process.poll() is not None:
                # A clock that goes back far ends the daemon on purpose; systemd would start it again, and so do we.
                if self.process.returncode != 1 or time.time() - self.went_back > 30:
                    self.faults.append(f"the daemon ended by itself with {self.process.returncode}")
                self.start()
            if got := self.sample():
                self.samples.append(got)
            if time.time() >= next_line and self.samples:
                next_line += tenth
                _, rss, workers, descriptors, threads, size = self.samples[-1]
                print(f"{(time.time() - self.sites.started) / 60:5.1f} min  requests {self.sites.requests}  kills {len(self.kills)}  "
                      f"rss {rss:.0f} MiB  workers {workers:.0f} MiB  fds {descriptors}  threads {threads}  store {size:.1f} MiB", flush=True)

    def flat(self):
        """The second half after its first fifth, against the end: no growth beyond a tenth (descriptors and threads: beyond 4)."""
        quiet = [s for s in self.samples if s[0] > self.sites.started + self.span * 0.6]
        if len(quiet) < 12:
            self.faults.append("too few samples of the quiet half")
            return
        third = len(quiet) // 3
        early, late = quiet[:third], quiet[-third:]
        for column, name, slack in ((1, "rss MiB", 0.10), (2, "workers MiB", 0.10), (3, "descriptors", None), (4, "threads", None)):
            a = sum(s[column] for s in early) / len(early)
            b = sum(s[column] for s in late) / len(late)
            print(f"quiet half: {name} {a:.1f} -> {b:.1f}")
            # Write buffers fill up to their fixed size first: 16 MiB are theirs.
            if b > (a * (1 + slack) + 16 if slack else a + 4):
                self.faults.append(f"{name} grew from {a:.1f} to {b:.1f}")

    def near_trouble(self, at):
        return any(k - GRACE <= at <= k + GRACE for k in self.kills)

    def compare(self):
        """Every wording that was shown (except shortly around a kill or a clock step) stands in the ad's history, and nothing else does."""
        shown, missing, invented, compared = {}, 0, 0, 0
        end = time.time()
        for at, host, number, status, words in self.sites.served:
            if status == 200:
                shown.setdefault((host, number), []).append((at, words))
        ads = {json.loads(line)["ad"] for line in self.vigie("ads", "-o", "jsonl").stdout.splitlines()}
        for (host, number), seen in shown.items():
            name = f"h{host:03}/{number}"
            if name not in ads:
                self.faults.append(f"{name} was shown {len(seen)} times and is not known")
                continue
            history = [json.loads(line) for line in self.vigie("history", name, "-o", "jsonl").stdout.splitlines()]
            texts = [v["ad_record"].get("text", "") for v in history if "ad_record" in v]
            must = {w for w in {w for _, w in seen} if any(not self.near_trouble(at) and at < end - GRACE for at, x in seen if x == w)}
            compared += len(must)
            for words in must:
                if not any(words in text for text in texts):
                    missing += 1
                    if missing <= 5:
                        self.faults.append(f"{name}: a wording that was shown is not in the history: {words}")
            may = {w for _, w in seen}
            for text in texts:
                if text and not any(words in text for words in may):
                    invented += 1
                    if invented <= 5:
                        self.faults.append(f"{name}: the history has what was never shown: {text[:200]}")
        print(f"compared {compared} wordings of {len(shown)} ads: missing {missing}, invented {invented}")
        if missing or invented:
            self.faults.append(f"history: missing {missing}, invented {invented}")
        if compared < len(shown):
            self.faults.append("too little was compared")

    def compare_mail(self):
        alerts = [json.loads(line) for line in self.vigie("alerts", "-o", "jsonl").stdout.splitlines()]
        handed = {d["message_id"] for a in alerts for d in a.get("deliveries", []) if d.get("state") == "handed_over"}
        got = {m.strip("<>") for m in self.mail.got}
        lost = {m.strip("<>") for m in handed} - got
        unknown = got - {d["message_id"].strip("<>") for a in alerts for d in a.get("deliveries", []) if d.get("message_id")}
        doubled = len(self.mail.got) - len(got)
        print(f"mails {len(self.mail.got)}, doubled {doubled}, alerts {len(alerts)}, lost {len(lost)}, under an unknown id {len(unknown)}")
        if lost:
            self.faults.append(f"{len(lost)} messages count as handed over and never came")
        if doubled > len(self.kills) + self.outages:
            self.faults.append(f"{doubled} messages came twice after {len(self.kills)} kills and {self.outages} outages")

    async def run(self):
        port = await self.sites.listen()
        await self.mail.up()
        self.configure(port)
        self.step_clock(0)
        if not self.faketime:
            print("clock steps left out: faketime is not installed")
        check = self.vigie("check")
        if check.returncode != 0:
            raise SystemExit("the configuration of the soak is not sound:\n" + check.stderr)
        self.start()
        end = self.sites.started + self.span
        await asyncio.gather(self.trouble(self.sites.started + self.span / 2), self.watch(end))
        await asyncio.sleep(GRACE)
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.to_thread(self.process.wait, 60)
        if code != 0:
            self.faults.append(f"the stop gave {code}")

    def judge(self):
        print(f"seed {self.options.seed}: {self.sites.requests} requests, {len(self.kills)} kills and steps ({self.steps} steps), {self.outages} mail outages")
        self.flat()
        self.compare()
        self.compare_mail()
        check = self.vigie("store", "check")
        print("store check:", check.stdout.strip().splitlines()[-1] if check.stdout else check.stderr)
        if check.returncode != 0:
            self.faults.append("store check: " + check.stdout[-500:])
        log = open(self.log.name, encoding="utf-8", errors="replace").read()
        for word in ("watchdog.withheld", "terminate called", "Assertion"):
            if log.count(word):
                self.faults.append(f"the log has {log.count(word)} times: {word}")
        for fault in self.faults:
            print("FAULT:", fault)
        print("sound" if not self.faults else f"{len(self.faults)} faults; kept in {self.folder}")
        return 1 if self.faults else 0


def main():
    parser = argparse.ArgumentParser(description="the soak")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    soak = Soak(options)
    code = 1
    try:
        asyncio.run(soak.run())
        code = soak.judge()
    finally:
        if soak.process and soak.process.poll() is None:
            soak.process.kill()
            soak.process.wait()
        soak.log.close()
        if code == 0 and not options.keep:
            shutil.rmtree(soak.folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
