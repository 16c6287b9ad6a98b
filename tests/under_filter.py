#!/usr/bin/env python3
"""Runs a program under the system-call rules of systemd/vigie.service, without systemd as the first process: the groups are
those that `systemd-analyze syscall-filter` prints, read from the unit itself, so that a filter that would stop the daemon
in production stops its tests.

    VIGIE_PROGRAM=build/dev/vigie tests/under_filter.py run --config FILE    # stands in for the program in any test
"""
import ctypes
import ctypes.util
import errno
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
UNIT = os.path.join(ROOT, "systemd", "vigie.service")
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EQ, MASKED_EQ = 4, 7
WRITE, EXEC = 2, 4
NEW_NAMESPACES = 0x7E020080 | 0x80  # CLONE_NEWCGROUP, UTS, IPC, USER, PID, NET, NS; and TIME
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def settings(name):
    """The values of a setting of the unit, one string a line."""
    with open(UNIT, encoding="utf-8") as unit:
        return re.findall(rf"(?m)^{name}=(.*)$", unit.read())


def calls_of(group, known={}):
    """System calls of "@group", nested groups included."""
    if not group.startswith("@"):
        return {group}
    if group not in known:
        said = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", group], capture_output=True, text=True, check=True).stdout
        names = re.findall(r"(?m)^    (@?[a-z0-9_-]+)$", said)
        known[group] = set().union(*(calls_of(n) for n in names))
    return known[group]


def allowed_calls():
    allowed = set()
    for line in settings("SystemCallFilter"):
        names = set().union(*(calls_of(n) for n in line.lstrip("~").split()))
        allowed = allowed - names if line.startswith("~") else allowed | names
    return allowed


def shut_in():
    """From here on this process and what it starts live under the unit's rules. Irrevocable."""
    library = ctypes.CDLL(ctypes.util.find_library("seccomp") or "libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ERRNO | errno.EPERM)))

    def rule(name, *compare, action=ALLOW):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number == -1:
            return  # not of this machine
        array = (Compare * max(len(compare), 1))(*compare)
        done = library.seccomp_rule_add_array(context, ctypes.c_uint32(action), ctypes.c_int(number), ctypes.c_uint(len(compare)), array)
        if done not in (0, -errno.EOPNOTSUPP, -errno.EINVAL, -errno.EDOM):
            raise OSError(-done, f"rule for {name}")

    special = {"socket", "mmap", "mprotect", "pkey_mprotect", "clone", "clone3", "unshare", "setns"}
    calls = allowed_calls()
    for name in sorted(calls - special):
        rule(name)
    families = settings("RestrictAddressFamilies")[0].split()
    for family in families:
        rule("socket", Compare(0, EQ, FAMILIES[family], 0))
    if settings("MemoryDenyWriteExecute") == ["yes"]:
        for protection in (0, WRITE, EXEC):
            rule("mmap", Compare(2, MASKED_EQ, WRITE | EXEC, protection))
        rule("mprotect", Compare(2, MASKED_EQ, EXEC, 0))
    if settings("RestrictNamespaces") == ["yes"]:
        rule("clone", Compare(0, MASKED_EQ, NEW_NAMESPACES & 0xFFFFFF80, 0))
        rule("clone3", action=ERRNO | errno.ENOSYS)
    PR_SET_NO_NEW_PRIVS = 38
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    done = library.seccomp_load(context)
    if done != 0:
        raise OSError(-done, "the kernel refused the filter")


def main():
    program = os.environ.get("VIGIE_PROGRAM", os.path.join(ROOT, "build", "dev", "vigie"))
    words = sys.argv[1:]
    if words and words[0] == "--program":
        program, words = words[1], words[2:]
    shut_in()
    os.execv(program, [program, *words])


if __name__ == "__main__":
    main()
