#!/usr/bin/env python3
"""The same messages through readers that know nothing of each other: Python's email package, npm mailparser, mutt, and the
threads of a Dovecot. `mail_readers.py DIR`: DIR holds NAME.eml; those whose names agree up to the last "-" are one thread,
all others stand alone. Prints one line for each reader, "skipped: …" where it is not here; exit code 1 where one differs.

Nothing is installed and no server listens: mailparser is looked for in $VIGIE_NODE_MODULES, Dovecot's package is unpacked
below $VIGIE_PACKAGES (or a folder that goes with the test) and its imap program spoken to on a pipe, as nobody."""
import glob
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
HEADERS = ("Subject", "Message-ID", "In-Reply-To", "References", "List-Id", "Auto-Submitted", "X-Vigie-Alert", "X-Vigie-Kind")
NODE = """
const { simpleParser } = require('mailparser');
const fs = require('fs');
(async () => {
  for (const file of process.argv.slice(1)) {
    const m = await simpleParser(fs.readFileSync(file), {skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true});
    console.log(JSON.stringify({subject: m.subject, id: m.messageId, to: m.to.value.map(a => a.address), from: m.from.value.map(a => a.address),
      reply: m.inReplyTo || '', references: [].concat(m.references || []), text: m.text, html: m.html, attachments: m.attachments.length,
      names: m.headerLines.map(l => l.key)}));
  }
})();
"""
failures = []


def words(text):
    return " ".join(text.split())


def same(reader, name, what, got, meant):
    if got != meant:
        failures.append(f"{reader}: {name}: {what}: {got!r:.300} instead of {meant!r:.300}")


def python(files):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mail_reader.py")
    done = subprocess.run([sys.executable, script, *files], capture_output=True, text=True, check=True, timeout=120)
    return dict(zip(files, map(json.loads, done.stdout.splitlines())))


def mailparser(files, read):
    modules = os.environ.get("VIGIE_NODE_MODULES", "")
    if not shutil.which("node") or not os.path.isdir(os.path.join(modules, "mailparser")):
        return "skipped: npm mailparser is not here (VIGIE_NODE_MODULES)"
    done = subprocess.run(["node", "-e", NODE, *files], capture_output=True, text=True, timeout=120, env={**os.environ, "NODE_PATH": modules})
    for name, line in zip(files, done.stdout.splitlines()):
        got, meant = json.loads(line), read[name]
        head = meant["headers"]
        same("mailparser", name, "subject", got["subject"], head["Subject"])
        same("mailparser", name, "id", got["id"], head["Message-ID"])
        same("mailparser", name, "receivers", got["to"], meant["to"])
        same("mailparser", name, "reply", got["reply"], head.get("In-Reply-To", ""))
        same("mailparser", name, "references", got["references"], head.get("References", "").split())
        same("mailparser", name, "text", got["text"].rstrip("\n"), meant["plain"].rstrip("\n"))
        same("mailparser", name, "page", got["html"].rstrip("\n"), meant["html"].replace("\r\n", "\n").rstrip("\n"))
        same("mailparser", name, "attachments", got["attachments"], 0)
        same("mailparser", name, "headers", got["names"], [n.lower() for n in meant["names"]])
    if done.returncode != 0 or len(done.stdout.splitlines()) != len(files):
        failures.append("mailparser: " + done.stderr[-500:])
    return f"mailparser: {len(files)} messages"


def show_in_mutt(rc, box, folder):
    """mutt wants a terminal; it gets one that nobody looks at."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm", LC_ALL="C.UTF-8", HOME=folder)
        os.execvp("mutt", ["mutt", "-R", "-n", "-F", rc, "-f", box])
    end = time.monotonic() + 10
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 0.2)
        try:
            if ready and not os.read(terminal, 65536):
                break
        except OSError:
            break  # it has ended
    try:
        os.kill(child, 9)
    except ProcessLookupError:
        pass
    os.waitpid(child, 0)
    os.close(terminal)


def mutt(files, read, folder):
    if not shutil.which("mutt"):
        return "skipped: mutt is not installed"
    out, rc = os.path.join(folder, "mutt.out"), os.path.join(folder, "muttrc")
    with open(rc, "w", encoding="utf-8") as config:
        config.write(f"set folder={folder}\nset charset=utf-8\nset wrap=0\nset pipe_decode=yes\nset quit=yes\nset wait_key=no\nalternative_order text/plain\nignore *\n"
                     + "".join(f"unignore {h.lower()}:\n" for h in HEADERS) + f'push "<pipe-message>cat > {out}<enter><exit>"\n')
    for n, name in enumerate(files):
        box = os.path.join(folder, f"mutt{n}")
        for part in ("new", "cur", "tmp"):
            os.makedirs(os.path.join(box, part))
        shutil.copy(name, os.path.join(box, "cur", "1.x:2,S"))
        show_in_mutt(rc, box, folder)
        with open(out, encoding="utf-8", errors="replace") as file:
            head, _, body = file.read().partition("\n\n")
        os.unlink(out)
        fields = dict(line.split(": ", 1) for line in re.sub(r"\n[ \t]+", " ", head).splitlines() if ": " in line)
        for header in HEADERS:
            same("mutt", name, header, words(fields.get(header, "")), words(read[name]["headers"].get(header, "")))
        if words(read[name]["plain"]) not in words(body):
            failures.append(f"mutt: {name}: the text is {words(body)[:300]!r} instead of {words(read[name]['plain'])[:300]!r}")
    return f"mutt: {len(files)} messages"


def unpacked(folder):
    """Dovecot's programs below a folder; None where they cannot be had."""
    packages = os.environ.get("VIGIE_PACKAGES") or os.path.join(folder, "packages")
    os.makedirs(packages, exist_ok=True)
    tree = os.path.join(folder, "dovecot")
    for package in ("dovecot-core", "dovecot-imapd"):
        if not glob.glob(os.path.join(packages, package + "_*.deb")):
            subprocess.run(["apt-get", "download", package], cwd=packages, capture_output=True, timeout=120, check=False)
        found = glob.glob(os.path.join(packages, package + "_*.deb"))
        if not found or subprocess.run(["dpkg", "-x", found[0], tree], check=False).returncode != 0:
            return None
    programs = os.path.join(tree, "usr/lib/dovecot")
    missing = subprocess.run(["ldd", os.path.join(programs, "imap")], capture_output=True, text=True, check=False,
                             env={**os.environ, "LD_LIBRARY_PATH": programs}).stdout
    return None if "not found" in missing else tree


def threads_of(line):
    """The numbers of each thread of "(1 2)((3)(4 5))"."""
    threads, depth, start = [], 0, 0
    for i, c in enumerate(line):
        depth += {"(": 1, ")": -1}.get(c, 0)
        if c == "(" and depth == 1:
            start = i
        if c == ")" and depth == 0:
            threads.append(set(map(int, re.findall(r"\d+", line[start:i]))))
    return threads


def dovecot(files, folder):
    tree = unpacked(folder)
    if not tree:
        return "skipped: the packages dovecot-core and dovecot-imapd cannot be had"
    box, run = os.path.join(folder, "dovecot-mail"), os.path.join(folder, "dovecot-run")
    for part in ("new", "cur", "tmp"):
        os.makedirs(os.path.join(box, part))
    os.makedirs(run)
    for n, name in enumerate(files):
        shutil.copy(name, os.path.join(box, "cur", f"{1795470000 + n}.{n + 1:04}.x:2,S"))
    programs, config = os.path.join(tree, "usr/lib/dovecot"), os.path.join(folder, "dovecot.conf")
    with open(config, "w", encoding="utf-8") as out:
        out.write(f"mail_location = maildir:{box}\nbase_dir = {run}\nlog_path = /dev/stderr\nprotocols = imap\nssl = no\n"
                  f"libexec_dir = {programs}\nmail_plugin_dir = {programs}/modules\ndefault_login_user = nobody\n"
                  "default_internal_user = daemon\ndefault_internal_group = nogroup\n")
    command = [os.path.join(tree, "usr/bin/doveconf"), "-c", config, "-f", "service=imap", "-e", os.path.join(programs, "imap")]
    if os.geteuid() == 0:
        subprocess.run(["chmod", "-R", "a+rwX", folder], check=True)
        command = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", *command]
    asked = "a SELECT INBOX\r\nb UID THREAD REFERENCES UTF-8 ALL\r\nc LOGOUT\r\n"
    done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=60, check=False,
                          env={"LD_LIBRARY_PATH": programs, "HOME": run, "USER": "nobody", "PATH": os.environ["PATH"]})
    lines = [line for line in done.stdout.splitlines() if line.startswith("* THREAD ")]
    if not lines:
        failures.append("dovecot: no answer: " + (done.stdout + done.stderr)[-500:])
        return "dovecot: nothing"
    meant = {}
    for n, name in enumerate(files):
        stem = os.path.basename(name)[:-len(".eml")]
        meant.setdefault(stem.rsplit("-", 1)[0] if "-" in stem else stem, set()).add(n + 1)
    got = threads_of(lines[0])
    for name, thread in meant.items():
        if thread not in got:
            met = [sorted(os.path.basename(files[n - 1]) for n in t) for t in got if t & thread]
            failures.append(f"dovecot: thread {name}: {met}")
    return f"dovecot: {len(files)} messages in {len(got)} threads"


def main():
    files = sorted(glob.glob(os.path.join(sys.argv[1], "*.eml")))
    assert files, "no messages"
    read = python(files)
    for name in files:
        same("python", name, "defects", read[name]["defects"], [])
    with tempfile.TemporaryDirectory(prefix="vigie-readers-") as folder:
        os.chmod(folder, 0o755)
        for line in (mailparser(files, read), mutt(files, read, folder), dovecot(files, folder)):
            print(line)
    for line in failures:
        print("differs:", line)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
