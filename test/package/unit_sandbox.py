"""Runs a command under the system call filter of the unit, where no systemd runs to do it:

    unit_sandbox.py UNIT COMMAND...

A call that the unit forbids kills the command (SIGSYS), where systemd would answer EPERM: what lives here needs none of them.
Root is another user by then, in a user namespace, as PrivateUsers= makes one. Of the unit: SystemCallFilter, RestrictAddressFamilies, RestrictNamespaces, MemoryDenyWriteExecute, LimitNOFILE, LimitCORE,
NoNewPrivileges. Standard library, systemd-analyze (what is in a set of calls) and libseccomp."""

import ctypes
import errno
import os
import resource
import socket
import subprocess
import sys

KILL, ALLOW, NO_SUCH_CALL = 0x80000000, 0x7FFF0000, 0x00050000 | errno.ENOSYS
EQUAL, MASKED_EQUAL = 4, 7  # SCMP_CMP_EQ, SCMP_CMP_MASKED_EQ
WRITE, EXECUTE, SHM_EXEC = 2, 4, 0o100000
NEW_NAMESPACES, NEW_USER = 0x7E020080, 0x10000000
USER = 1000


class Comparison(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def settings(unit):
    """name: its values in order."""
    found = {}
    for line in open(unit, encoding="utf-8"):
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith(("#", ";")):
            found.setdefault(name, []).append(value)
    return found


def calls_of(name):
    """A set's calls; a call is itself."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True).stdout
    inner = [line.split("#")[0].strip() for line in listed.splitlines()[1:]]
    return {call for part in inner if part for call in calls_of(part)}


def allowed(unit):
    """The calls its SystemCallFilter lines leave, in their order: a line with ~ takes away."""
    left = set()
    for value in settings(unit)["SystemCallFilter"]:
        for name in value.removeprefix("~").split():
            left = left - calls_of(name) if value.startswith("~") else left | calls_of(name)
    return left


class Filter:
    def __init__(self):
        self.library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
        self.library.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.library.seccomp_init(ctypes.c_uint32(KILL)))

    def add(self, action, call, *comparisons):
        number = self.library.seccomp_syscall_resolve_name(call.encode())
        if number < 0:  # of another architecture
            return
        array = (Comparison * len(comparisons))(*comparisons)
        code = self.library.seccomp_rule_add_array(self.context, ctypes.c_uint32(action), number, len(comparisons), array)
        assert code == 0, f"{call}: {os.strerror(-code)}"

    def load(self):
        assert self.library.seccomp_load(self.context) == 0, "the filter cannot be loaded"


def may_be_a_user():
    """In a namespace where root's files are that user's; a chroot may have none."""
    return subprocess.run(["unshare", "--user", "true"], capture_output=True, check=False).returncode == 0


def be_a_user():
    """Who is root calls what no service calls (SQLite gives its files to their folder's owner)."""
    uid, gid = os.geteuid(), os.getegid()
    if uid != 0:
        return
    if not may_be_a_user():
        os.setgroups([])
        os.setresgid(USER, USER, USER)
        os.setresuid(USER, USER, USER)
        return
    assert ctypes.CDLL(None, use_errno=True).unshare(NEW_USER) == 0, f"no user namespace: {os.strerror(ctypes.get_errno())}"
    for name, line in (("setgroups", "deny"), ("uid_map", f"{USER} {uid} 1"), ("gid_map", f"{USER} {gid} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(line)


def apply(unit):
    has = settings(unit)
    number_of_files = int(has["LimitNOFILE"][-1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, number_of_files), number_of_files))
    resource.setrlimit(resource.RLIMIT_CORE, (int(has["LimitCORE"][-1]),) * 2)
    assert [has[name][-1] for name in ("MemoryDenyWriteExecute", "RestrictNamespaces", "NoNewPrivileges")] == ["yes"] * 3
    families = [getattr(socket, name) for name in has["RestrictAddressFamilies"][-1].split()]
    special = {
        "socket": [Comparison(0, EQUAL, family) for family in families],
        "mmap": [Comparison(2, MASKED_EQUAL, WRITE | EXECUTE, bits) for bits in (0, WRITE, EXECUTE)],
        "mprotect": [Comparison(2, MASKED_EQUAL, EXECUTE, 0)],
        "pkey_mprotect": [Comparison(2, MASKED_EQUAL, EXECUTE, 0)],
        "shmat": [Comparison(2, MASKED_EQUAL, SHM_EXEC, 0)],
        "clone": [Comparison(0, MASKED_EQUAL, NEW_NAMESPACES, 0)],
        "unshare": [],
        "setns": [],
        "clone3": [],  # its flags cannot be seen: answered as unknown, then clone is called
    }
    made = Filter()
    for call in sorted(allowed(unit)):
        for comparison in special.get(call, [None]):
            made.add(ALLOW, call, *([comparison] if comparison else []))
    made.add(NO_SUCH_CALL, "clone3")
    made.load()


if __name__ == "__main__":
    be_a_user()
    apply(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
