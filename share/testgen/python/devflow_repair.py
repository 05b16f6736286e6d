"""What a run says of its input by its own exception, when that is not the event's: a value of another kind, a missing attribute or key, a text of
another form. Each is answered by changes of what was made up, so that the next run gets further."""

import ast
import datetime
import difflib
import re

from devflow_changes import marks_of, replaced
from devflow_typical import Function
from devflow_values import Call, Fake, Lit, Map, Obj, Ref, Seq, Step, of_python

WANTED = [
    (re.compile(r"must be (?:a )?(?:str|string)\b|expected str\b|expected string|initial_value must be str|first argument must be string"), ["str"]),
    (re.compile(r"bytes-like object is required|expected bytes|must be (?:a )?bytes|a bytes"), ["bytes"]),
    (re.compile(r"cannot be interpreted as an integer|integer is required|must be (?:an )?int\b|indices must be integers"), ["int"]),
    (re.compile(r"must be (?:a )?(?:real number|float)|float is required"), ["float"]),
    (re.compile(r"is not iterable|object is not subscriptable|has no len\(\)|not an iterator|cannot unpack non-iterable|argument must be a sequence"),
     ["list", "dict", "str", "tuple"]),
    (re.compile(r"is not a mapping|must be a mapping|not a dict|must be a dict"), ["dict"]),
    (re.compile(r"is not callable"), ["callable"]),
    (re.compile(r"asynchronous iterator|async for|__aiter__"), ["object"]),
    (re.compile(r"indices must be integers or slices, not str|string indices must be integers"), ["dict", "dicts"]),
    (re.compile(r"unsupported operand|not supported between instances|can only concatenate|bad operand|can't multiply"),
     ["int", "str", "float", "list", "decimal", "datetime", "date", "timedelta", "set"]),
    (re.compile(r"unhashable type"), ["str", "int", "tuple"]),
]
NAMED = re.compile(r"(?:not|got|to|type:?|and|of|for [^:]*:|have) '?(?:type )?'?(\w+)'?|'(\w+)' object|descriptor '\w+' .* a '(\w+)'")
PROTOCOLS = [
    (re.compile(r"'async for' requires"), "__aiter__"), (re.compile(r"is not iterable|not an iterator"), "__iter__"),
    (re.compile(r"not subscriptable"), "__getitem__"), (re.compile(r"not callable"), "__call__"), (re.compile(r"has no len"), "__len__"),
    (re.compile(r"asynchronous context manager"), "__aenter__"), (re.compile(r"context manager"), "__enter__"), (re.compile(r"'await' expression"), "__await__"),
    (re.compile(r"not supported between"), "__lt__"), (re.compile(r"operand type\(s\) for \+"), "__add__"),
]
OF_ATTRIBUTE = {"str": {"split", "strip", "lower", "upper", "encode", "startswith", "replace", "title", "splitlines", "isdigit"},
                "dict": {"items", "get", "keys", "values"}, "list": {"append", "extend", "sort"}, "bytes": {"decode", "hex"},
                "datetime": {"astimezone", "tzinfo", "hour", "timestamp"}, "date": {"year", "month", "isoformat", "strftime", "weekday"},
                "set": {"add", "discard", "union"}, "path": {"name", "suffix", "exists", "parent", "read_text", "relative_to"}}


def simple(kind, why):
    """Likely values of a kind."""
    made = {
        "str": ["abc", "12"], "bytes": [b"abc"], "int": [2, 0], "float": [1.5], "list": [[2, 3], [], ["abc"]], "dict": [{"a": 2}, {}], "set": [{2, 3}],
        "tuple": [(2, 3)], "NoneType": [None], "bool": [True], "dicts": [[{"a": 2}]],
    }
    nodes = [of_python(v, exact=False) for v in made.get(kind, ())]
    whole = {"decimal": Call(Ref("decimal", "Decimal"), [Lit("1.50", False)], exact=False),
             "datetime": Call(Ref("datetime", "datetime"), [Lit(n, False) for n in (2024, 1, 31, 12, 0)], exact=False),
             "date": Call(Ref("datetime", "date"), [Lit(n, False) for n in (2024, 1, 31)], exact=False),
             "timedelta": Call(Ref("datetime", "timedelta"), [Lit(2, False)], exact=False),
             "path": Call(Ref("pathlib", "Path"), [Lit("file.txt", False)], exact=False),
             "callable": Function(Lit(2, False))}
    nodes += [whole[kind]] if kind in whole else []
    for node in nodes:
        for n in node.walk():
            n.why = why
    return nodes


def kind_of(node):
    """The name that an exception gives to the type of what this makes, or None."""
    if isinstance(node, Function):
        return "function"
    if isinstance(node, Lit):
        return type(node.value).__name__
    if isinstance(node, Seq):
        return node.kind
    if isinstance(node, Map):
        return "dict"
    if isinstance(node, Fake):
        return "SimpleNamespace"
    target = node.target if isinstance(node, Call) and not node.method else node.cls if isinstance(node, Obj) else None
    name = target.name.split(".")[-1] if isinstance(target, Ref) else None
    return {"Path": "PosixPath"}.get(name, name)


def texts_for(message):
    """Texts of the form that a refusal of another text asks for."""
    m = re.search(r"time data .* does not match format '(.*)'", message)
    if m:
        try:
            return [datetime.datetime(2024, 1, 31, 12, 30, tzinfo=datetime.timezone.utc).strftime(m[1])]
        except ValueError:
            return []
    if "isoformat" in message:
        return ["2024-01-31T12:30:00", "2024-01-31", "12:30", "2024-01-31T12:30:00+00:00"]
    if "UUID" in message:
        return ["12345678-1234-5678-1234-567812345678"]
    if "invalid literal for int" in message or "could not convert string to float" in message:
        return ["12"]
    if "Expecting value" in message or "Extra data" in message or "Expecting property" in message:
        return ["{}", "[]", '{"a": 2}', "[2, 3]"]
    if "time zone" in message.lower() or "No time zone found" in message:
        return ["Europe/Paris", "UTC"]
    if "month must be in" in message or "day is out of range" in message:
        return ["2024-01-31"]
    return []


def unpacked(message):
    m = re.search(r"not enough values to unpack \(expected (?:at least )?(\d+), got (\d+)\)|too many values to unpack \(expected (\d+)", message)
    return int(m[1] or m[3]) if m else 0


def said_otherwise(nodes, got, wanted):
    """(leaf, new one) of the leaves whose values stand in a message where the event's has other words."""
    if got[:1] == wanted[:1] and got[:1] in ("'", '"'):
        got, wanted = got[1:-1], wanted[1:-1]
    one, two = [re.findall(r"'[^']*'|\"[^\"]*\"|[^\s,;:()\[\]]+|[,;:()\[\]]", text[:600]) for text in (got, wanted)]
    for what, a, b, c, d in difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if what != "replace" or b - a > 3 or d - c > 6:
            continue
        own, other = " ".join(one[a:b]), " ".join(two[c:d])
        for node in [n for n in nodes if type(n) is Lit and n.value is not None and own in (str(n.value), repr(n.value))]:
            try:
                value = ast.literal_eval(other)
            except (ValueError, SyntaxError):
                value = other
            if isinstance(value, (str, int, float, bytes)) and (isinstance(value, str) or own != repr(node.value) or not isinstance(node.value, str)):
                yield node, Lit(value, False, node.why)
            if isinstance(node.value, str) and value != other:
                yield node, Lit(other, False, node.why)


class Repairs:
    """builder makes objects of the checkout's classes; literals are those of the source."""

    def __init__(self, builder, literals):
        self.builder, self.literals = builder, literals

    def of(self, root, link, errors):
        """Trees with one made-up part changed, as an exception {"name", "message"} of a run asks for. errors: [(type, message)] of the event."""
        nodes = [n for n in root.walk() if not n.exact and not isinstance(n, (Ref, Step))][:60]
        kind, message = link["name"], link["message"]
        seen = {repr(root.key())}
        alike = {}
        for parent in root.walk():
            for node in parent.items if isinstance(parent, Seq) else ():
                alike[id(node)] = [n for n in parent.items if kind_of(n) == kind_of(node)]
        wanted = [m for k, m in errors if k.split(".")[-1] == kind and m != message]
        said = [change for m in wanted for change in said_otherwise(nodes, message, m)]
        for node, new in [*said, *self.changes(nodes, kind, message)]:
            together = root
            for other in alike.get(id(node), ()):
                together = replaced(together, other, new)
            for tree in (together, replaced(root, node, new)):
                key = repr(tree.key())
                if key not in seen:
                    seen.add(key)
                    yield tree

    def changes(self, nodes, kind, message):
        yield from self.protocol(nodes, message)
        if kind == "AttributeError":
            yield from self.attribute(nodes, message)
        elif kind == "TypeError":
            yield from self.other_kind(nodes, message)
        elif kind == "KeyError":
            yield from self.key(nodes, message)
        elif kind == "IndexError":
            for node in nodes:
                if isinstance(node, Seq) and node.items:
                    yield node, Seq(node.kind, [*node.items, *node.items], False, node.why)
                elif isinstance(node, Seq):
                    yield from ((node, Seq(node.kind, [new], False, node.why)) for new in simple("int", node.why) + simple("str", node.why))
                elif isinstance(node, Lit) and isinstance(node.value, int) and node.value:
                    yield node, Lit(0, False, node.why)
        yield from self.text(nodes, message)

    def protocol(self, nodes, message):
        """Objects of the checkout's classes that can be what a value could not be: iterated, awaited, entered."""
        for pattern, method in PROTOCOLS:
            m = pattern.search(message)
            for found in self.builder.classes_with({method})[:4] if m else ():
                made = self.builder.instance(found)
                for node in nodes if made is not None else ():
                    if kind_of(node) in message:
                        yield node, made

    def attribute(self, nodes, message):
        m = re.search(r"'(\w+)' object has no attribute '(\w+)'", message)
        if not m:
            return
        for node in nodes:
            if kind_of(node) != m[1]:
                continue
            for found in self.builder.classes_with({m[2]})[:6]:
                made = self.builder.instance(found)
                if made is not None:
                    yield node, made
            for kind, names in OF_ATTRIBUTE.items():
                if m[2] in names:
                    yield from ((node, new) for new in simple(kind, node.why))
            if isinstance(node, Fake):
                yield node, Fake([*node.attrs, (m[2], Lit(2, False, node.why))], node.why)

    def other_kind(self, nodes, message):
        wanted = [k for pattern, kinds in WANTED if pattern.search(message) for k in kinds]
        named = {g for m in NAMED.finditer(message) for g in m.groups() if g}
        parts = unpacked(message) or 2
        fitting = [n for n in nodes if kind_of(n) in named] or nodes[:12]
        words = set(re.findall(r"\w+", message))
        for found in () if wanted else self.builder.relevant():
            made = self.builder.instance(found)
            yield from ((node, made) for node in nodes if made is not None and kind_of(node) in words)
        for kind in dict.fromkeys(wanted or ["str", "int", "dict", "list"]):
            for node in fitting:
                if kind == kind_of(node):
                    continue
                for new in simple(kind, node.why):
                    yield node, new
                if kind in ("list", "tuple") and isinstance(node, Lit):
                    yield node, Seq("tuple", [node] * parts, False, node.why)

    def key(self, nodes, message):
        try:
            key = ast.literal_eval(message)
        except (ValueError, SyntaxError):
            return
        for node in nodes:
            if isinstance(node, Map):
                values = [v for _, v in node.items][:1] or [Lit(2, False, node.why)]
                for value in [*values, Map([], False, node.why), Seq("list", [], False, node.why), Lit("abc", False, node.why)]:
                    yield node, Map([*node.items, (of_python(key, False), value)], False, node.why)
        for node in nodes:
            if isinstance(node, Lit) and type(node.value) is type(key) and node.value == key:
                yield from ((node, Lit(v, False, node.why)) for v in self.literals[:24] if type(v) is type(key) and v != key)

    def text(self, nodes, message):
        texts = [n for n in nodes if isinstance(n, Lit) and isinstance(n.value, str)]
        named = [n for n in texts if n.value and n.value in message]
        for node in named or texts:
            for value in texts_for(message):
                yield node, Lit(value, False, node.why)
        parts = unpacked(message)
        for node in nodes if parts else ():
            if isinstance(node, Seq) and len(node.items) != parts and node.items:
                yield node, Seq(node.kind, (node.items * parts)[:parts], False, node.why)
            elif isinstance(node, Lit) and isinstance(node.value, str):
                for mark in marks_of(self.literals, 3)[:6]:
                    yield node, Lit(mark.join(["12"] * parts), False, node.why)
                    yield node, Lit(mark.join(["abc"] * parts), False, node.why)
                yield node, Lit(" ".join(["abc"] * parts), False, node.why)


__all__ = ["Repairs", "kind_of"]
