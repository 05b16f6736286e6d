"""C source for the checks beside this file: the tracked files, and their text without comments and literals."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def files(*folders):
    """Paths of .c and .h files under these folders: those git knows and those it would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in sorted(listed) if name.endswith((".c", ".h")) and (ROOT / name).exists()]


def blank(match):
    """Keeps the lines, and the marks of what stood there."""
    text = match[0]
    lines = "\n" * text.count("\n")
    return lines if text.startswith("/") else text[0] + lines + text[0]


def plain(text):
    """The text without comments, and with empty literals."""
    return TOKEN.sub(blank, text)
