#!/usr/bin/env python3
"""Do the tests miss a guard that is gone? Takes single guard lines out of a copy of a source file, one at a time, links the
one test program with it and runs its cases; a line whose absence nobody notices is a survivor.

    tools/guard_trial.py build/dev [--only crawler/address.cpp] [--every 3] [--lines 20]

A guard line is one that ends a function early with a refusal, or a row of a table of what is refused. The tree and its
build stay as they are; the test programs must have been built there. Exit 1 when something survived.
"""
import argparse
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# file, test program, its cases
FILES = (
    ("crawler/address.cpp", "crawler_test", "addresses*"),
    ("parser/guard.cpp", "parser_test", "the guard*,ordinary habits*,programs and styles*,tree*"),
    ("alerts/mime.cpp", "alerts_test", "*address*,*header*,*bodies*,*receiver*,*hostile*"),
    ("alerts/mail.cpp", "alerts_test", "SMTP*,*Postfix*"),
    ("alerts/plan.cpp", "alerts_test", "*"),
    ("alerts/pace.cpp", "alerts_test", "*"),
    ("core/url.cpp", "core_test", "*"),
    ("core/url_host.cpp", "core_test", "*"),
    ("core/json.cpp", "core_test", "*"),
    ("app/yaml.cpp", "app_test", "*config*,*fault*,*reader*,*number of values*"),
    ("app/frame.cpp", "app_test", "frames*,*worker*"),
    ("app/sandbox.cpp", "app_test", "*sandbox*,CPU and memory*"),
)
# Lines that only spare work or say why sooner: what follows refuses the same.
SPARE = {
    ("crawler/address.cpp", "if (colon == std::string_view::npos) return std::nullopt;"): "the whole text is no port",
    ("alerts/mime.cpp", "if (s.empty()) return false;"): "its one part is empty",
}
GUARD = re.compile(r"^\s*if \(.*\) return (fail\(|std::nullopt;|false;|Verdict|\{\};).*$")
ROW = re.compile(r'^\s*\{"([0-9a-f:.]+)/\d+", "[^"]+"\},$')


def guards_of(file):
    with open(os.path.join(ROOT, file), encoding="utf-8") as source:
        for number, line in enumerate(source.read().split("\n")):
            if GUARD.match(line) and line.rstrip().endswith(";"):
                yield number, line
            # Of IPv6 only 2000::/3 is given out, which holds for the rest of the table without its rows.
            elif (row := ROW.match(line)) and (":" not in row[1] or row[1][0] in "23"):
                yield number, line


def run(command, seconds):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "hung", ""
    return ("ok" if process.returncode == 0 else "failed"), said


class Bench:
    """One file of one program: how it is compiled and linked in `build`, with a copy in its place."""

    def __init__(self, build, file, program, folder):
        self.build, self.program = os.path.abspath(build), program
        self.copy, self.object, self.trial = (os.path.join(folder, n) for n in ("copy.cpp", "copy.o", program))
        with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as commands:
            source = os.path.join(ROOT, file)
            words = next(shlex.split(c["command"]) for c in json.load(commands) if c["file"] == source)
        words = [w for w in words if w not in ("--coverage", "-Werror")]
        words[words.index("-o") + 1], words[words.index("-c") + 1] = self.object, self.copy
        self.compile = [*words, "-w"]
        said = subprocess.run(["ninja", "-C", self.build, "-t", "commands", program], capture_output=True, text=True, check=True).stdout
        link = next(l for l in reversed(said.strip().split("\n")) if f"-o {program} " in l)
        # What is named before the libraries is not taken from them.
        self.link = link.replace(f"-o {program} ", f"-o {self.trial} {self.object} ", 1)

    def verdict(self, text, cases):
        with open(self.copy, "w", encoding="utf-8") as out:
            out.write(text)
        done = subprocess.run(self.compile, cwd=self.build, capture_output=True, text=True)
        if done.returncode == 0:
            done = subprocess.run(self.link, shell=True, cwd=self.build, capture_output=True, text=True)
        if done.returncode != 0:
            return "does not build: " + next((l for l in done.stderr.splitlines() if "error" in l), "?").split("error", 1)[-1][:80]
        state, said = run([self.trial, "-tc=" + cases], 300)
        if state == "ok":
            return "survived"
        case = re.search(r"TEST CASE:  (.*)", said)
        return "noticed: " + (case[1][:70] if case else state)


def main():
    parser = argparse.ArgumentParser(description="guard lines, taken out one at a time")
    parser.add_argument("build")
    parser.add_argument("--only", action="append")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--lines", type=int, default=1000)
    options = parser.parse_args()
    survivors = tried = 0
    for file, program, cases in FILES:
        if options.only and file not in options.only:
            continue
        if not os.path.exists(os.path.join(options.build, program)):
            print(f"skipped: {file}: {program} is not built", flush=True)
            continue
        with open(os.path.join(ROOT, file), encoding="utf-8") as source:
            whole = source.read()
        with tempfile.TemporaryDirectory(prefix="vigie-trial-") as folder:
            bench = Bench(options.build, file, program, folder)
            if (whole_tree := bench.verdict(whole, cases)) != "survived":
                print(f"{file}: its tests fail with every guard in place: {whole_tree}")
                return 1
            for number, line in list(guards_of(file))[::options.every][:options.lines]:
                rows = whole.split("\n")
                rows[number] = ""
                said = bench.verdict("\n".join(rows), cases)
                tried += not said.startswith("does not build")
                if said == "survived" and (why := SPARE.get((file, line.strip()))):
                    said = f"spare, {why}"
                survivors += said == "survived"
                print(f"{file}:{number + 1}: {said}: {line.strip()[:100]}", flush=True)
    print(f"{tried} guard lines taken out, {survivors} of them unnoticed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
