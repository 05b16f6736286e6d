"""Secrets that can be recognised, and the search for them where none may be: logs, databases, dumps, arguments, environments.

Every token of the sandbox and of the rotating provider begins with TOKEN_MARK, the client secret is one everywhere, keys have forms
of their own, and each process's encryption key and each password is noted here when it is made. All are looked for as they are,
and in base64, hexadecimal and percent-encoding."""

import base64
import binascii
import re
import subprocess
import urllib.parse

TOKEN_MARK = "5a4db0c55a4db0c5"
CLIENT_SECRET = "5ec7e7" * 10 + "5ec7"
FORMS = re.compile(rb"dfk_[0-9a-f]{12}_[A-Za-z0-9_-]{40}|whsec_[A-Za-z0-9+/]{30}")
FILES = ("*.log", "*.db", "*.db-wal", "*.db-shm", "*.db-journal", "*.backup", "core*")


def encodings(secret):
    """The secret's bytes, and what stays the same of its base64 wherever it begins."""
    yield secret
    yield binascii.hexlify(secret)
    yield binascii.hexlify(secret).upper()
    yield urllib.parse.quote(secret, safe="").encode()
    for before in range(3):
        text = base64.b64encode(b"\0" * before + secret)
        yield text[4 if before else 0:len(text) - 4]  # the ends depend on the neighbours


def needles_of(secret):
    return {needle for needle in encodings(secret) if len(needle) >= 8}


FIXED = needles_of(CLIENT_SECRET.encode()) | needles_of(TOKEN_MARK.encode())
ALL = set(FIXED)


def forget():
    """A test begins: of what was noted before it, nothing is left that could be found."""
    ALL.clear()
    ALL.update(FIXED)


def note(secret):
    """One more that may be nowhere: text, or base64 text of a key."""
    if not secret or len(secret) < 8:
        return
    ALL.update(needles_of(secret.encode()))
    try:
        raw = base64.b64decode(secret, validate=True)
    except (ValueError, binascii.Error):
        return
    if len(raw) == 32:
        ALL.update(needles_of(raw))


def found_in(data):
    """What of them is in these bytes, or None."""
    hit = FORMS.search(data)
    if hit:
        return hit[0]
    return next((needle for needle in ALL if needle in data), None)


def found_in_files(folder, patterns=FILES):
    """(path, what) of every file of a folder that holds one."""
    found = []
    for pattern in patterns:
        for path in folder.rglob(pattern):
            if path.is_file() and not path.is_symlink():
                what = found_in(path.read_bytes())
                found += [(path, what)] if what else []
    return found


def found_below(folder):
    """The files of a large folder that hold one of those that are the same in every test."""
    words = b"\n".join(needle for needle in FIXED if b"\n" not in needle)
    done = subprocess.run(["grep", "-rlaF", "-f", "-", folder], input=words, capture_output=True, check=False)
    return done.stdout.decode().splitlines()


def found_in_process(pid):
    """The same of what everyone may see of a process; of one that has ended, nothing."""
    found = []
    for name in ("cmdline", "environ"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                what = found_in(file.read())
        except OSError:  # gone, or not ours to read: then not others' either
            continue
        found += [(f"/proc/{pid}/{name}", what)] if what else []
    return found
