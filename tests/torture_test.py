#!/usr/bin/env python3
"""Memory that runs out at any step: the configuration reader and the page reader end with one clear error, or as ever; they
never crash, hang or print half a result as a whole one. VIGIE_TORTURE=N tries N steps of each (60 without it)."""
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from vigie_kit import ROOT, VIGIE  # noqa: E402

STEPS = int(os.environ.get("VIGIE_TORTURE", "60"))
SHIM = os.environ.get("TORTURE", os.path.join(ROOT, "build", "dev", "libtorture.so"))
PAGE = """<!doctype html><html lang=fr><title>Chambre</title><article><h1>Chambre au centre</h1><p class=price>350 EUR</p>
<p>Chambre meublée de 14 m2 au troisième étage, libre le 3 mars, charges comprises, près de la gare. Appelez le 01 99 00 00 42
ou écrivez à jan@mail.example.</p><dl><dt>Ville<dd>Namur<dt>Surface<dd>14 m2</dl></article></html>"""


def run(words, at=None, after=False):
    environment = {**os.environ, "LD_PRELOAD": SHIM}
    environment.update({"TORTURE_AT": str(at)} if at is not None else {}, **({"TORTURE_ALL": "1"} if after else {}))
    return subprocess.run([VIGIE, *words], capture_output=True, text=True, timeout=60, env=environment)


def said(done):
    """The errors that a person is told; the source line under one belongs to it, a library's remark about a half-done walk does not."""
    return [line for line in done.stderr.splitlines() if "error:" in line or line.startswith("vigie:")]


class Torture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists(SHIM):
            raise unittest.SkipTest(f"{SHIM} is not built")
        cls.before_main = cls.requests(["--version"])
        cls.folder = tempfile.TemporaryDirectory(prefix="vigie-torture-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.page = os.path.join(cls.folder.name, "page.html")
        with open(cls.page, "w", encoding="utf-8") as out:
            out.write(PAGE)

    @classmethod
    def requests(cls, words):
        done = run(words)
        return int(next(l for l in done.stderr.splitlines() if l.startswith("memory requests")).split(":")[1])

    def tried(self, words, whole):
        total = self.requests(words)
        self.assertGreater(total, self.before_main + 1000)
        dice = random.Random(9)
        refused = 0
        for number in range(STEPS):
            at = dice.randint(self.before_main + 1, total - 1)
            with self.subTest(words=words[0], at=at):
                done = run(words, at, after=number % 2 == 1)
                self.assertIn(done.returncode, (0, 1), done.stderr[-500:])
                if done.returncode == 0:
                    whole(done.stdout)
                    continue
                refused += 1
                self.assertEqual(len(said(done)), 1, done.stderr)
                self.assertIn("memory", done.stderr)
        print(f"{words[0]}: {total} requests for memory, {STEPS} of them failed, {refused} runs ended with one error")
        self.assertGreater(refused, STEPS // 4)

    def test_the_configuration_reader(self):
        words = ["check", "--config", os.path.join(ROOT, "demo", "vigie.yaml")]
        expected = run(words).stdout
        self.tried(words, lambda out: self.assertEqual(out, expected))

    def test_the_page_reader(self):
        words = ["extract", self.page, "--url", "http://rooms.example/1", "--region", "FR", "--at", "2026-11-23T10:00:00Z"]
        expected = json.loads(run(words).stdout)
        self.assertIn("Chambre meublée", expected["main_text"])
        self.tried(words, lambda out: self.assertEqual(json.loads(out), expected))


if __name__ == "__main__":
    unittest.main(verbosity=1)
