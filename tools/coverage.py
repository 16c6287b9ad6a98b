#!/usr/bin/env python3
"""Which lines of ours the tests reached: reads what a build with the preset `coverage` counted, prints a line per folder
and the files that are least reached, and exits 1 where a target is missed.

    tools/coverage.py build/coverage [--missing FILE]    # --missing: the lines of one file that nobody reached
"""
import argparse
import collections
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = ("core", "crawler", "parser", "storage", "detector", "alerts", "app")
# What must not fail: where requests may go, what leaves and what is kept.
STRICT = {
    "guard": ("crawler/address.cpp", "parser/guard.cpp"),
    "outbox": ("alerts/plan.cpp", "alerts/pace.cpp", "alerts/mail.cpp", "alerts/maildir.cpp", "alerts/message.cpp", "alerts/status.cpp",
               "app/poster.cpp", "storage/store_alerts.cpp"),
    "store": ("storage/",),
}
ALL, MOST = 85.0, 95.0


def counted(build):
    """{file: {line: how often}} over every object that ran."""
    data = [os.path.join(folder, name) for folder, _, names in os.walk(build) for name in names if name.endswith(".gcda")]
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    for begin in range(0, len(data), 40):
        done = subprocess.run(["gcov", "--json-format", "--stdout", *data[begin:begin + 40]], capture_output=True, text=True, cwd=build)
        for answer in done.stdout.splitlines():
            if not answer.startswith("{"):
                continue
            parsed = json.loads(answer)
            for file in parsed["files"]:
                path = os.path.normpath(os.path.join(parsed.get("current_working_directory", build), file["file"]))
                name = os.path.relpath(path, ROOT)
                if name.split("/")[0] not in FOLDERS:
                    continue
                for line in file["lines"]:
                    lines[name][line["line_number"]] += line["count"]
    return lines


def share(lines, names):
    total = sum(len(lines[n]) for n in names)
    hit = sum(1 for n in names for count in lines[n].values() if count)
    return hit, total, 100.0 * hit / total if total else 0.0


def main():
    parser = argparse.ArgumentParser(description="coverage by folder")
    parser.add_argument("build")
    parser.add_argument("--missing")
    options = parser.parse_args()
    lines = counted(options.build)
    if not lines:
        print("nothing was counted: build and run the tests with the preset `coverage` first")
        return 1
    if options.missing:
        with open(os.path.join(ROOT, options.missing), encoding="utf-8") as file:
            text = file.read().split("\n")
        for number, count in sorted(lines[options.missing].items()):
            if not count:
                print(f"{number:5} {text[number - 1]}")
        return 0
    failed = False
    for folder in FOLDERS:
        hit, total, percent = share(lines, [n for n in lines if n.startswith(folder + "/")])
        print(f"{folder:10} {percent:5.1f} %  {hit} of {total}")
    hit, total, percent = share(lines, list(lines))
    print(f"{'all':10} {percent:5.1f} %  {hit} of {total}, wanted {ALL:.0f}")
    failed = failed or percent < ALL
    for part, names in STRICT.items():
        hit, total, percent = share(lines, [n for n in lines if n.endswith(".cpp") and n.startswith(names)])
        print(f"{part:10} {percent:5.1f} %  {hit} of {total}, wanted {MOST:.0f}")
        failed = failed or percent < MOST
    worst = sorted((n for n in lines if n.endswith(".cpp")), key=lambda n: share(lines, [n])[0] - len(lines[n]))[:12]
    print("most lines that nobody reached:", ", ".join(f"{n} {len(lines[n]) - share(lines, [n])[0]}" for n in worst))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
