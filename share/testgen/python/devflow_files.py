"""Files that a call reads, put back in a test with what they held: below the test's own folder, and, where the path is an absolute one, by way of it."""

import os
import re

from devflow_around import usable
from devflow_values import Node, literal

PATH_BYTES, FILES = 240, 3
HERE = os.path.dirname(os.path.abspath(__file__))
ABSOLUTE = '''
def reads_below(folder, monkeypatch):
    """What is asked of a file in FILES is answered by the one of its name in the folder."""
    opened, stat = open, os.stat
    here = lambda path: folder / FILES[path] if isinstance(path, (str, os.PathLike)) and os.fspath(path) in FILES else path
    reads = lambda path, *args, **kwargs: opened(here(path), *args, **kwargs)
    monkeypatch.setattr("builtins.open", reads)
    monkeypatch.setattr("io.open", reads)
    monkeypatch.setattr("os.stat", lambda path, *args, **kwargs: stat(here(path), *args, **kwargs))
'''


class File(Node):
    """A file of this content at the path that the call reads."""

    def __init__(self, path, content, late=False):
        self.path, self.content, self.late, self.exact = path, content, late, content.exact
        self.why = "" if content.exact else f"what {path[-60:]} held is not in the event"

    def with_content(self, content):
        return File(self.path, content, self.late)

    def key(self):
        return ("file", self.path, repr(self.content.data))

    def said(self):
        how = self.content.told or ("what it held was found by running it" if not self.exact else "whatever it holds")
        return f"{self.path} is put back in a folder of the test's own, {how}."

    def put(self, place):
        name = os.path.normpath(self.path).lstrip("/") if not os.path.isabs(self.path) else os.path.basename(self.path)
        folder = os.path.dirname(name)
        if folder:
            place.line(f"(tmp_path / {literal(folder)}).mkdir(parents=True, exist_ok=True)")
        if isinstance(self.content.data, bytes):
            place.line(f"(tmp_path / {literal(name)}).write_bytes({literal(self.content.data)})")
        else:
            place.line(f"(tmp_path / {literal(name)}).write_text({literal(self.content.data)}, encoding=\"utf-8\", newline=\"\")"
                       if "\r" in self.content.data else f"(tmp_path / {literal(name)}).write_text({literal(self.content.data)}, encoding=\"utf-8\")")
        place.gather("files", self)

    @staticmethod
    def finish(place, nodes):
        fixed = [n for n in nodes if os.path.isabs(n.path)]
        if len(fixed) < len(nodes):
            place.line("monkeypatch.chdir(tmp_path)")
        if fixed:
            place.module("os")
            listed = ", ".join(f"{literal(n.path)}: {literal(os.path.basename(n.path))}" for n in fixed)
            place.top(f"FILES = {{{listed}}}\n\n{ABSOLUTE}")
            place.line("reads_below(tmp_path, monkeypatch)")


def can_be_put(path, mode):
    """Whether it is read, and may be written below a test's folder: nothing leads out of that."""
    if not isinstance(path, str) or not 0 < len(path) < PATH_BYTES or "\0" in path or not path.isprintable() or not usable("A", path):
        return False
    if mode and not str(mode).startswith("r") or path.endswith("/"):
        return False
    parts = re.split(r"[/\\]", os.path.normpath(path))
    if ".." in parts or os.path.exists(path) and os.path.isabs(path):
        return False
    return not path.startswith(("/proc/", "/sys/", "/dev/", "/etc/ssl"))


def of_run(path):
    """A path as it is from the current folder of a run; None of one elsewhere in the folder of the search, which is no place of the program's."""
    if not isinstance(path, str) or not os.path.isabs(path):
        return path
    inside = os.path.relpath(os.path.realpath(path), os.path.realpath(HERE))
    if inside.startswith(".."):
        return path
    own, _, rest = inside.partition(os.sep)
    return rest if own.startswith("run") and rest else None


def dimensions(seen, imported, contents):
    """Lists of File nodes, one of each path that a run asked for and did not find."""
    found = []
    asked = [(of_run(path), mode) for path, mode in [*seen["files"], *imported["files"]]]
    paths = {path: mode for path, mode in asked if can_be_put(path, mode)}
    late = {of_run(path) for path, _ in imported["files"]}
    for path in list(paths)[:FILES]:
        found.append([File(path, content, path in late) for content in contents])
    return found
