"""What a call finds around it, written into the test: each condition is a node that puts its part in place."""

import re

from devflow_values import Node, literal

RESERVED = ["monkeypatch", "tmp_path", "pytest", "contextlib", "datetime", "sys", "time", "os", "io", "json", "name", "NOW", "ZONE", "Frozen", "FrozenDate",
            "FrozenDatetime", "frozen_clock", "http", "requests", "urllib3", "httpx", "ANSWER", "ANSWERS", "FILES", "answer_to", "Wire", "AsyncWire", "ask", "take", "sent",
            "pooled", "handled", "handled_later", "connected", "TURNS", "aiohttp", "asyncio", "socket", "reads_below"]
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


class AsItIs(Node):
    """In the place of a condition: nothing is changed."""

    late = False

    def key(self):
        return ("as it is",)

    def put(self, place):
        pass

    def said(self):
        return ""


class Variable(Node):
    """A variable of the environment; value None: it is not set."""

    def __init__(self, name, value, told="", exact=True, late=False):
        self.name, self.value, self.told, self.exact, self.late = name, value, told, exact, late
        self.why = "" if exact else f"the environment's {name} was found by running it"

    def key(self):
        return ("env", self.name, self.value)

    def said(self):
        is_so = "is not set" if self.value is None else "is empty" if self.value == "" else f"is {self.value!r}"
        return f"{self.name} {is_so} in the environment{', ' + self.told if self.told else ''}."

    def put(self, place):
        if self.value is None:
            place.line(f"monkeypatch.delenv({literal(self.name)}, raising=False)")
        else:
            place.line(f"monkeypatch.setenv({literal(self.name)}, {literal(self.value)})")


class EmptyFolder(Node):
    """The current folder, where a file was missing."""

    late = False

    def key(self):
        return ("folder",)

    def said(self):
        return "The current folder is empty: the file that was missing is missing again."

    def put(self, place):
        place.line("monkeypatch.chdir(tmp_path)")


def usable(name, value=None):
    return bool(NAME.fullmatch(name)) and (value is None or (len(value) < 4000 and "\0" not in value and encodable(value)))


def encodable(text):
    try:
        text.encode()
        return True
    except UnicodeEncodeError:
        return False


class Place:
    """Where conditions of one trial are put: lines before the call, helpers at the top of the file, and what the call stands within."""

    def __init__(self, writer):
        self.writer, self.lines, self.tops, self.withs, self.gathered = writer, [], [], [], {}

    def line(self, text):
        if text not in self.lines:
            self.lines.append(text)

    def top(self, text):
        if text not in self.tops:
            self.tops.append(text)

    def gather(self, kind, node):
        """Of nodes that are put by one piece of code for all of their kind: node.finish(place, nodes)."""
        self.gathered.setdefault(kind, []).append(node)

    def within(self, text):
        self.withs.append(text)

    def module(self, name):
        self.writer.standard.setdefault(name, {})[None] = None


def place(trial):
    """The conditions of a trial, put; made once."""
    if getattr(trial, "placed", None) is None:
        trial.placed = Place(trial.writer)
        for node in trial.around:
            node.put(trial.placed)
        for nodes in trial.placed.gathered.values():
            nodes[0].finish(trial.placed, nodes)
    return trial.placed


def late(trial):
    """Whether the program must be imported after the conditions are put: it asks for them while it is imported."""
    return any(node.late for node in trial.around)


def asks_checkout(trial):
    """Whether what the call is given is made by code of the checkout."""
    own = {alias or module.split(".")[0] for module, names in trial.writer.own.items() for alias in names.values()}
    return any(re.search(rf"\b{re.escape(name)}\b", line) for line in trial.writer.lines for name in own)


def imports_within(trial):
    """The imports of a program that must find the conditions in place."""
    if not late(trial):
        return []
    place(trial).module("sys")
    return [f"for name in [n for n in sys.modules if n.partition('.')[0] in {literal_tuple(trial.fresh)}]:",
            "    monkeypatch.delitem(sys.modules, name)", *trial.writer.own_imports()]


def inner(trial, lines):
    """The lines of the test's body around those given."""
    at = place(trial)
    if at.withs:
        return [*at.lines, f"with {', '.join(at.withs)}:", *[indented(line) for line in lines]]
    return [*at.lines, *lines]


def indented(text):
    return "\n".join("    " + part if part else part for part in text.split("\n"))


def literal_tuple(names):
    return "(" + ", ".join(literal(n) for n in names) + ",)"


def script(trial):
    """A trial with its conditions as code: monkeypatch and tmp_path are there when it is run."""
    body = inner(trial, [*imports_within(trial), *trial.writer.lines, trial.call])
    imports = trial.writer.standard_imports() if late(trial) else trial.writer.imports()
    return "\n".join(["import pytest", *imports, *place(trial).tops, *body]) + "\n"
