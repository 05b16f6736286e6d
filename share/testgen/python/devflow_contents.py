"""What a file may have held, or a server may have answered, when the event happened: as its variables say, as the exception's own words ask for, else as
the source uses what it reads. Contents are text or bytes, and get into a test as literals alone."""

import ast
import itertools
import json
import re

from devflow_callers import called
from devflow_changes import hints, marks_of, mutants
from devflow_forms import as_json, as_rows, as_settings, plain, rebuilt
from devflow_shapes import Shape
from devflow_source import dotted
from devflow_typical import sections, typical
from devflow_values import FILTERED, Lit, Map, Seq, of_python

JSON_OWNERS = {"json", "simplejson", "ujson", "orjson", "tomllib", "tomli", "yaml", ""}
READING = {"read", "readline", "readlines", "read_text", "read_bytes", "loads", "load", "json", "safe_load", "reader", "DictReader", "splitlines", "getvalue"}
PARTS = {"text", "content", "body"}
MOST, CHANGED, TEXT_BYTES, DEPTH = 160, 60, 200_000, 3
PLACE = re.compile(r": line (\d{1,6}) column (\d{1,6}) \(char (\d{1,6})\)$")
POOL = ["", "{}", "[]", "null", "<!doctype html><title>Error</title>", b"\xff\xfe", "abc", "1", "a b c\n", "a\n\nb\n", "\ufeffa"]


class Content:
    """data: text or bytes. told: who says so. exact: as the event has it."""

    def __init__(self, data, told="", exact=False):
        self.data, self.told, self.exact = data, told, exact


def is_json(call):
    """Whether a call makes values of JSON, or of what is like it."""
    if not isinstance(call, ast.Call):
        return False
    if isinstance(call.func, ast.Attribute) and call.func.attr == "json" and not call.args:
        return True
    owner, _, name = dotted(call.func).rpartition(".")
    return name in ("load", "loads", "safe_load") and owner.split(".")[-1] in JSON_OWNERS


def is_rows(call):
    return isinstance(call, ast.Call) and dotted(call.func).split(".")[-1] in ("DictReader", "reader") and "csv" in (dotted(call.func) + "csv")


def is_settings(call):
    return isinstance(call, ast.Call) and dotted(call.func).split(".")[-1] in ("ConfigParser", "RawConfigParser", "SafeConfigParser")


def is_text(call):
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in ("read", "read_text", "readlines", "readline", "splitlines")


def is_file(call):
    return isinstance(call, ast.Call) and dotted(call.func).split(".")[-1] == "open" or \
        isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "open"


def around(checkout, definitions):
    """The definitions, and those of the checkout that they call: what reads is often done with when the error comes."""
    found, todo = list(definitions), list(definitions)
    for _ in range(DEPTH):
        following = []
        for d in todo:
            for file, name, inner in called(checkout, d):
                more = [inner] if inner else []
                cls = next((n for c, n in file.classes.items() if c.split(".")[-1] == name), None)
                if cls is not None:
                    more += [m for m in file.definitions if m.cls is cls]
                following += [m for m in more if m not in found and len(found) < 60]
                found += [m for m in more if m not in found]
        todo = following
    return found[:60]


class Uses:
    """How values that come from some calls are used, in the functions where they are made and in those that they are returned to."""

    def __init__(self, shapes, definitions, wanted):
        self.shapes, self.definitions, self.shape, self.seen, self.bound = shapes, definitions, Shape(), set(), set()
        self.any = False
        for d in definitions:
            for node in ast.walk(d.node):
                if wanted(node):
                    self.any = True
                    self.follow(d, node, 0, self.shape)

    def follow(self, d, node, depth, shape, part=False):
        """part: of what is read; shape: of that part."""
        up = self.shapes.parent(d)
        if (id(d), id(node)) in self.seen or depth > DEPTH:
            return
        self.seen.add((id(d), id(node)))
        self.shapes.used(d, up, node, shape, 0)
        p = up.get(node)
        while isinstance(p, (ast.Await, ast.BoolOp, ast.IfExp, ast.NamedExpr)) or isinstance(p, ast.Subscript) and p.value is node:
            if isinstance(p, ast.Subscript):
                key, part = p.slice, True
                shape = shape.keys.setdefault(key.value, Shape()) if isinstance(key, ast.Constant) and isinstance(key.value, str) else shape.element()
            node, p = p, up.get(p)
        if isinstance(p, (ast.Assign, ast.AnnAssign)):
            names = [t.id for t in (p.targets if isinstance(p, ast.Assign) else [p.target]) if isinstance(t, ast.Name)]
            if not part:
                self.bind(d, names)
            if any(isinstance(n, ast.Return) and isinstance(n.value, ast.Name) and n.value.id in names for n in ast.walk(d.node)):
                self.returned(d, depth, shape, part)
        elif isinstance(p, ast.withitem) and isinstance(p.optional_vars, ast.Name):
            self.bind(d, [p.optional_vars.id])
            self.shapes.of_name(d, p.optional_vars.id, shape, 0)
        elif isinstance(p, (ast.Return, ast.YieldFrom)):
            self.returned(d, depth, shape, part)
        elif not part and isinstance(p, (ast.For, ast.AsyncFor, ast.comprehension)) and isinstance(p.target, ast.Name):
            self.bound.add(p.target.id)

    def bind(self, d, names):
        """These names, and those of loops over them."""
        self.bound |= set(names)
        for node in ast.walk(d.node):
            if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)) and isinstance(node.target, ast.Name) and \
                    any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node.iter)):
                self.bound.add(node.target.id)

    def returned(self, d, depth, shape, part):
        for e in self.definitions:
            for node in ast.walk(e.node):
                if isinstance(node, ast.Call) and (dotted(node.func).split(".")[-1] or getattr(node.func, "attr", "")) == d.name:
                    self.follow(e, node, depth + 1, shape, part)


def worded(node, shape):
    """The same with words in the place of the numbers of which the source says nothing."""
    if isinstance(node, Map):
        return Map([(k, worded(v, shape and (shape.keys.get(getattr(k, "value", None)) or shape.elem))) for k, v in node.items], node.exact, node.why)
    if isinstance(node, Seq):
        return Seq(node.kind, [worded(v, shape and shape.elem) for v in node.items], node.exact, node.why)
    unknown = type(node) is Lit and type(node.value) is int and not (shape and any(shape.kinds.values()))
    return Lit("abc", node.exact, node.why) if unknown else node


def as_lines(value):
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(v, (str, int, float)) for v in value):
        return "".join(str(v).rstrip("\n") + "\n" for v in value)
    return None


def of_json_message(message):
    """Texts at which json stops with this message: those that do are kept."""
    at = PLACE.search(message)
    if not at:
        return
    line, column, char = (int(v) for v in at.groups())
    said = message[:at.start()]
    if char > 100_000 or line > char + 1 or column > char + 1:
        return
    begins = {"Expecting value": ["", "[", '{"a":', '{"a": 1, "b":'], "Extra data": ["{}", "[]", "1", '""'], "Unterminated string starting at": ["", "[", '{"a":'],
              "Expecting ':' delimiter": ['{"a"'], "Expecting ',' delimiter": ['{"a": 1', "[1"], "Unexpected UTF-8 BOM (decode using utf-8-sig)": [""],
              "Invalid control character at": ['"', '["'], "Illegal trailing comma before end of object": ['{"a": 1'],
              "Illegal trailing comma before end of array": ["[1"]}.get(said, ['{"a": 1,', "{", '["', '"'])
    ends = {"Extra data": ["x", "{}"], "Unterminated string starting at": ['"abc'], "Expecting ':' delimiter": ["1}", ""],
            "Expecting ',' delimiter": ["", "x}"], "Unexpected UTF-8 BOM (decode using utf-8-sig)": ["\ufeff{}"],
            "Invalid control character at": ["\n\"", "\t\"]"], "Illegal trailing comma before end of object": [",}"],
            "Illegal trailing comma before end of array": [",]"]}.get(said, ["", "<!doctype html>", "x", "'a'", "\\x\"]", "\\u12\"]"])
    for begin in begins:
        for end in ends:
            room = char - len(begin)
            if room < 0:
                continue
            padding = "a" * room if begin.endswith('"') and said.startswith("Invalid") else \
                " " * max(0, room - (line - 1) - (column - 1)) + "\n" * (line - 1) + " " * (column - 1) if line > 1 else " " * room
            text = begin + padding + end
            if json_says(text) == message:
                yield text


def json_says(text):
    try:
        json.loads(text)
    except ValueError as error:
        return str(error)
    except RecursionError:
        return "RecursionError"
    return None


class Contents:
    """Of one candidate: `found` in the order of likelihood."""

    def __init__(self, job, candidate, inputs):
        self.event, self.inputs, self.error = job.event, inputs, candidate.exception
        self.shapes = inputs.shapes
        definitions = [candidate.d, *(d for d in inputs.builder.facts.definitions if d is not candidate.d)]
        self.definitions = around(job.checkout, definitions)
        uses = lambda wanted: Uses(self.shapes, self.definitions, wanted)  # noqa: E731
        self.json, self.rows, self.settings = uses(is_json), uses(is_rows), uses(is_settings)
        self.text = uses(lambda n: is_text(n) or is_file(n))
        self.bound = self.json.bound | self.rows.bound | self.settings.bound | self.text.bound
        self.kinds = [(u, as_text) for u, as_text in ((self.json, as_json), (self.rows, as_rows), (self.settings, as_settings)) if u.any]
        self.seen, self.found, self.roots = set(), [], {}

    def add(self, data, told="", exact=False):
        key = (type(data), data)
        if data is None or key in self.seen or len(data) > TEXT_BYTES or FILTERED in str(data) or len(self.found) >= MOST:
            return
        try:
            data.encode() if isinstance(data, str) else data
        except UnicodeEncodeError:
            return
        self.seen.add(key)
        self.found.append(Content(data, told, exact))

    def all(self):
        said = list(self.said())
        message = self.error["value"].strip()
        parsed = self.parsed()
        for name, value in said:
            if isinstance(value, str) and (name in self.bound or value in parsed) and json_says(value) == message:
                self.add(value, f"as the variable {name} says", True)
        for bound in (True, False):
            for name, value in said:
                if (name in self.bound) is bound and (bound or name not in self.inputs.given):
                    self.of_variable(name, value, bound)
            if bound:
                for text in of_json_message(message):
                    self.add(text, "made so that the message is the same")
                self.with_parts(said)
                self.of_shapes()
        for text in POOL:
            self.add(text)
        return self.found

    def parsed(self):
        """What the frames of json itself have as the text that they read. Any other text may well stop it in the same place."""
        frames = [f for e in self.event["exceptions"] for f in e["frames"] if not f["app"]]
        nodes = [self.inputs.reader.read(f["vars"][name]) for f in frames for name in ("s", "doc") if name in (f.get("vars") or {})]
        return {n.value for n in nodes if isinstance(n, Lit) and isinstance(n.value, str)}

    def said(self):
        """(name, value) of variables that are text, or what JSON knows; those of the innermost frames first."""
        frames = [f for e in self.event["exceptions"] for f in e["frames"]]
        for frame in reversed(frames):
            for name, value in (frame.get("vars") or {}).items():
                if frame["app"] or name in ("s", "doc", "self", "data"):
                    node = self.inputs.reader.read(value)
                    if isinstance(node, Lit) and isinstance(node.value, (str, bytes)):
                        yield name, node.value
                    elif node is not None and isinstance(node, (Map, Seq)) and (frame["app"] or name == "self"):
                        python, good = plain(node)
                        if good:
                            yield name, python

    def of_variable(self, name, value, bound):
        told = f"as the variable {name} says" if bound else f"perhaps the variable {name}"
        if isinstance(value, bytes):
            self.add(value, told, bound)
        elif isinstance(value, str):
            self.add(value, told, bound and not (value.endswith("...") and len(value) > 500))
        else:
            for uses, as_text in self.kinds:
                self.add(as_text(value), told, bound)

    def root(self, uses, as_text):
        """What the source takes what is read for."""
        if as_text not in self.roots:
            root = typical(uses.shape, self.inputs.builder) if uses.shape.kinds or uses.shape.keys or uses.shape.attrs else of_python({}, exact=False)
            self.roots[as_text] = sections(self.definitions) if as_text is as_settings else root
        return self.roots[as_text]

    def with_parts(self, said):
        """The same with what variables say of its parts: those that have the name of a key, or the keys of a mapping within."""
        for uses, as_text in self.kinds:
            root, whole = self.root(uses, as_text), []
            named = dict(reversed(said))
            tree = rebuilt(root, lambda key, node: of_python(named[key]) if isinstance(key, str) and key in named else None)  # noqa: B023
            whole.append(tree)
            for name, value in said[:30]:
                if isinstance(value, dict) and value and all(isinstance(k, str) for k in value):
                    like = lambda node: isinstance(node, Map) and node.items and {getattr(k, "value", k) for k, _ in node.items} <= set(value)  # noqa: E731, B023
                    for base in (root, tree):
                        for n in (1, 2, 10):
                            whole.append(rebuilt(base, lambda key, node: of_python(value) if like(node) else Seq(node.kind, [of_python(value)] * n)  # noqa: B023
                                                 if isinstance(node, Seq) and node.items and like(node.items[0]) else None))  # noqa: B023
            for made in whole[:40]:
                python, good = plain(made)
                if good and made is not root:
                    self.add(as_text(python), "with what the variables say of its parts")

    def of_shapes(self):
        kind, message = self.error["type"], self.error["value"]
        named = self.inputs.hinted()
        for value in hints(kind, message, named):
            if isinstance(value, bytes):
                self.add(value, "made so that the message is the same")
        for uses, as_text in self.kinds:
            root = self.root(uses, as_text)
            ways = [[base, *mutants(base, kind, message, self.inputs.literals, CHANGED, named)] for base in (root, worded(root, uses.shape))]
            for tree in [t for pair in itertools.zip_longest(*ways) for t in pair if t is not None]:
                value, good = plain(tree)
                if good:
                    self.add(as_text(value))
        if not self.kinds:
            self.of_lines(kind, message, named)

    def of_lines(self, kind, message, named):
        """Text whose lines are used each by itself."""
        literals = [v for v in self.inputs.literals if isinstance(v, str)]
        marks = marks_of(literals, 3)[:4] or [" "]
        told = [v for v in hints(kind, message, named) if isinstance(v, str)]
        for base in ("a", "1"):
            for mark in marks:
                for n in (2, 1, 3, 4, 5):
                    self.add(mark.join([base] * n) + "\n")
                for text in told[:4]:
                    self.add(f"{base}{mark}{text}\n")
                    self.add(f"{text}{mark}{base}\n")
        for text in [*told[:6], *literals[:12]]:
            self.add(text + "\n")

