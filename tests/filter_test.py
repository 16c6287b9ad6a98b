#!/usr/bin/env python3
"""The whole journey under the system-call rules of systemd/vigie.service: a rule that was never exercised breaks in
production. VIGIE_FILTERED="journey commands mail" names other tests to be run so."""
import os
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from vigie_kit import VIGIE  # noqa: E402

WRAPPER = os.path.join(HERE, "under_filter.py")


def under_filter(*command):
    return subprocess.run([WRAPPER, "--program", *command], capture_output=True, text=True, timeout=60)


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not here")
class Filter(unittest.TestCase):
    def test_the_rules_bite(self):
        self.assertEqual(under_filter("/bin/true").returncode, 0)
        self.assertIn("not permitted", under_filter(shutil.which("unshare"), "-U", "true").stderr)
        for forbidden in ("import socket; socket.socket(16, 3)", "import mmap; mmap.mmap(-1, 4096, prot=7)", "import os; os.chown('/tmp', 0, 0)"):
            self.assertIn("PermissionError", under_filter(sys.executable, "-c", forbidden).stderr, forbidden)

    def test_the_program_lives_under_them(self):
        for name in os.environ.get("VIGIE_FILTERED", "journey").split():
            with self.subTest(name):
                done = subprocess.run([sys.executable, os.path.join(HERE, name + "_test.py")], capture_output=True, text=True, timeout=1500,
                                      env={**os.environ, "VIGIE": WRAPPER, "VIGIE_PROGRAM": VIGIE})
                print(name, "under the filter:", done.stderr.strip().splitlines()[-1])
                self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-6000:])


if __name__ == "__main__":
    unittest.main(verbosity=1)
