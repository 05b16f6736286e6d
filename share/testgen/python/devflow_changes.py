"""Small changes of a value that was made up, those first that the exception of the event speaks for."""

import ast
import copy
import itertools
import re

from devflow_forms import Written
from devflow_typical import Function
from devflow_values import Call, Fake, Lit, Map, Node, Obj, Ref, Seq, Step, of_python


def replaced(root, old, new):
    """The tree with one node changed for another. What has nothing changed in it stays the same object."""
    if root is old:
        return new
    if not any(n is old for n in root.walk()):
        return root
    go = lambda n: replaced(n, old, new)  # noqa: E731
    named = lambda pairs: [(n, go(v)) for n, v in pairs]  # noqa: E731
    if isinstance(root, Seq):
        return Seq(root.kind, [go(i) for i in root.items], root.exact, root.why)
    if isinstance(root, Map):
        return Map([(go(k) if k is not old or may_be_key(new) else k, go(v)) for k, v in root.items], root.exact, root.why)
    if isinstance(root, Fake):
        return Fake(named(root.attrs), root.why)
    if isinstance(root, Call):
        other = Call(go(root.target), [go(a) for a in root.args], named(root.kwargs), root.exact, root.why, root.method)
        other.optional = root.optional
        return other
    if isinstance(root, Obj):
        other = copy.copy(root)
        other.base = go(root.base) if root.base and (root.base is not old or isinstance(new, Call)) else root.base
        other.attrs, other.steps = named(root.attrs), [go(s) for s in root.steps]
        return other
    if isinstance(root, Step):
        return Step(root.method, named(root.kwargs), root.why)
    if isinstance(root, Written):
        return Written(root.form, go(root.inner), root.why)
    return Function(go(root.inner), root.exact, root.why) if isinstance(root, Function) else root


def may_be_key(node):
    return not isinstance(node, (Map, Fake)) and not (isinstance(node, Seq) and node.kind not in ("tuple", "frozenset"))


def hints(kind, message, named=()):
    """Values that the exception's own words name, those most to the point first. named: nodes that were read from it."""
    found = list(named)
    quoted = re.search(r"(?:literal for int\(\) with base \d+|could not convert string to float|time data): (.+?)(?: does not match.*)?$", message, re.S)
    for text in ([quoted[1]] if quoted else []) + re.findall(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", message) + re.findall(r"-?\d+(?:\.\d+)?", message):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            continue
        if isinstance(value, (str, int, float, bytes)) and value not in found and value not in TYPE_NAMES:  # nodes equal themselves alone
            found.append(value)
    if kind == "KeyError":
        try:
            found.insert(0, ast.literal_eval(message))
        except (ValueError, SyntaxError):
            pass
    tail = message.rsplit(": ", 1)[-1] if ": " in message else ""
    if 0 < len(tail) < 200 and tail not in found:
        found.append(tail)
    for text in [v for v in found if isinstance(v, str)][:3]:
        for piece in re.split(r"[^A-Za-z0-9]+", text):
            found += [p for p in (piece.lower(), piece) if p and p != text and p not in found]
    if "UTF-8 BOM" in message:
        found[:0] = ["\ufeff{}", b"\xef\xbb\xbf{}"]
    codec = re.search(r"'([\w-]+)' codec can't (\w+) (?:byte 0x([0-9a-f]{2})|character '(.*?)') in position (\d+)", message)
    if codec:
        at = int(codec[5])
        if codec[3]:
            found.insert(0, b"a" * at + bytes([int(codec[3], 16)]) + b"bc")
        else:
            try:
                found.insert(0, "a" * at + ast.literal_eval(f"'{codec[4]}'") + "bc")
            except (ValueError, SyntaxError):
                pass
    return found[:9]


TYPE_NAMES = {"int", "str", "float", "list", "dict", "NoneType", "tuple", "set", "bytes", "bool", "object", "utf-8", "ascii"}


def preferred(kind, message):
    """Which changes the exception speaks for: a list of names, the first most."""
    if "NoneType" in message:
        return ["none", "unkey", "hint"]
    if "unhashable type: 'list'" in message:
        return ["kind", "type"]
    table = {
        "KeyError": ["hint", "unkey", "empty"], "IndexError": ["one", "past", "drop", "empty", "text"], "ZeroDivisionError": ["zero", "empty", "same"],
        "DivisionByZero": ["zero", "empty", "same"], "DivisionUndefined": ["zero", "empty", "same"],
        "AttributeError": ["type", "hint", "none"], "TypeError": ["type", "none", "hint"], "ValueError": ["hint", "empty", "text", "negative", "drop"],
        "RecursionError": ["negative", "loop", "zero", "big"], "StopIteration": ["empty", "drop"], "UnicodeDecodeError": ["hint", "bytes"],
        "UnicodeEncodeError": ["hint", "text"], "JSONDecodeError": ["empty", "text"], "OverflowError": ["big", "negative"],
        "InvalidOperation": ["text", "empty"], "AssertionError": ["zero", "negative", "empty", "none"], "UnboundLocalError": ["empty", "text", "zero"],
        "StatisticsError": ["empty", "one"],
    }
    return table.get(kind, ["hint", "none", "empty", "zero", "negative", "text"])


def made_up(value, why):
    if isinstance(value, Node):
        return value
    node = of_python(value, exact=False)
    for n in node.walk():
        n.why = why
    return node


def marks_of(literals, longest=2):
    """What the source takes texts apart by, it seems."""
    return [m for m in literals if isinstance(m, str) and 0 < len(m) <= longest and not m.isalnum()]


def changes(node, kind, message, literals, named=()):
    """(what it is, new node) for one node."""
    why = node.why or "chosen by search"
    new = lambda v: made_up(v, why)  # noqa: E731
    hint = hints(kind, message, named)
    if isinstance(node, Step) or isinstance(node, Ref) and "." not in node.name:
        return
    if isinstance(node, Ref):
        for value in hint:
            if isinstance(value, Ref) and value.name.rpartition(".")[0] == node.name.rpartition(".")[0]:
                yield "hint", value
        return
    for value in hint:
        yield "type" if isinstance(value, Ref) else "hint", new(value)
    yield "none", new(None)
    if isinstance(node, Seq):
        keep = lambda items: Seq(node.kind, items, False, node.why)  # noqa: E731
        yield "empty", keep([])
        if node.kind in ("tuple", "list"):
            yield "kind", Seq("list" if node.kind == "tuple" else "tuple", node.items, False, node.why)
        if len(node.items) > 1:
            yield "one", keep(node.items[:1])
            yield "drop", keep(node.items[:-1])
            yield "drop", keep(node.items[1:])
            yield "same", keep([node.items[0]] * len(node.items))
        for i in range(1, len(node.items) - 1) if len(node.items) < 7 else ():
            yield "drop", keep(node.items[:i] + node.items[i + 1:])
        if node.items:
            for value in hint:
                yield "hint", keep([*node.items, new(value)])
    elif isinstance(node, Map):
        keep = lambda items: Map(items, False, node.why)  # noqa: E731
        for i, (k, _) in enumerate(node.items):
            weight = "hint" if isinstance(k, Lit) and k.value in hint else "unkey"
            yield weight, keep(node.items[:i] + node.items[i + 1:])
        for value in [v for v in hint if isinstance(v, (str, int))][:3]:
            for _, like in node.items[:2]:
                yield "hint", keep([*node.items, (new(value), like)])
        yield "empty", keep([])
        if kind == "RecursionError" and node.items and all(isinstance(k, Lit) for k, _ in node.items):
            yield "loop", keep([(k, Seq("list", [k], False, why)) for k, _ in node.items])
            yield "loop", keep([(k, k) for k, _ in node.items])
    elif isinstance(node, Fake):
        for i in range(len(node.attrs)):
            yield "unkey", Fake(node.attrs[:i] + node.attrs[i + 1:], node.why)
    elif isinstance(node, Call) and isinstance(node.target, Ref) and node.target.module == "datetime" and not node.kwargs and len(node.args) >= 3:
        of = lambda *a, **k: Call(node.target, [Lit(v, False) for v in a] + node.args[3:], list(k.items()), False, why)  # noqa: E731
        if len(node.args) > 3:
            yield "type", of(*[a.value for a in node.args[:3]], tzinfo=Ref("datetime", "timezone.utc"))
        yield "text", of(2024, 2, 29)
        yield "text", of(2024, 12, 31)
        yield "text", of(2024, 1, 1)
        yield "text", of(2024, 3, 31)
    elif isinstance(node, Call):
        for name in node.optional:
            for value in hint:
                yield "hint", node.given(name, new(value))
            yield "none", node.given(name, new(None))
    elif isinstance(node, Lit) and not isinstance(node, Function):
        v = node.value
        if isinstance(v, (int, float)) and not isinstance(v, bool):
            yield "zero", new(type(v)(0))
            if isinstance(v, float) and "integer" in message:
                yield "zero", new(0)
            for past in (1, 3, 4):
                yield "past", new(past)
            yield "negative", new(-1)
            yield "big", new(10 ** 6)
            yield "type", new("abc")
            yield "type", new("2")
        elif isinstance(v, str):
            yield from (("text", new(other)) for other in node.others)
            yield "empty", new("")
            if v.isdecimal():
                yield from (("text", new(number)) for number in ("0", "-1") if number != v)
            for mark in marks_of(literals)[:6] if len(v) < 60 else ():
                for value in hint[:3]:
                    yield "hint", new(f"a{mark}{value}")
                yield "text", new(f"a{mark}b")
                yield "text", new(f"a{mark}b{mark}c")
                yield "splice", new(f"{v}{mark}{v or 'abc'}")
                yield "splice", new(f"{v}{mark}2")
            for value in [h for h in hint if isinstance(h, str) and h.isprintable()][:2] if 0 < len(v) < 60 else ():
                yield "splice", new(f"{v} {value}")
                yield "splice", new(f"{v}\n{value}")
            for one, two in itertools.permutations([m for m in marks_of(literals) if m not in v][:4], 2):
                yield "splice", new(f"abc{one}abc{two}abc")
            if "://" in v:
                for value in [h for h in hint if isinstance(h, str) and h.isalnum()][:3]:
                    yield "hint", new(value + v[v.index("://"):])
                    yield "hint", new(f"{v.rstrip('/')}/{value}")
            for text in ("a", "x y", "abc,def", "caf\xe9", "2024-02-30", "12a", "{", "\u20ac"):
                yield "text", new(text)
            yield "type", new(2)
        elif isinstance(v, bytes):
            for mark in [m for m in literals if isinstance(m, bytes)][:6]:
                for value in [h for h in hint if isinstance(h, bytes)]:
                    yield "hint", new(mark + value)
            for n in range(len(v) - 1, max(0, len(v) - 5), -1):
                yield "drop", new(v[:n])
            yield "past", new(v + b"\x00\x04")
            yield "bytes", new(b"\xff\xfe")
            yield "empty", new(b"")
        elif isinstance(v, bool):
            yield "zero", new(not v)
        for value in literals[:12]:
            if type(value) is type(v) and value != v:
                yield "literal", new(value)
                if isinstance(value, int):
                    yield "literal", new(value + 1)
                    yield "literal", new(value - 1)
    if isinstance(node, (Seq, Map)) and not node.items:
        for items in ([{"a": 2}], [2], ["abc"]):
            yield "fill", new(items)
    if not isinstance(node, (Seq, Map)):
        yield "type", Seq("list", [], False, why)
        yield "type", Map([], False, why)
    yield "type", new("abc")
    yield "type", new(2)


def others(node, build):
    """What the checkout has in the place of a value: objects of other classes, other members of an enumeration."""
    if build is None:
        return
    if isinstance(node, Ref):
        yield from (("class", member) for member in build.members(node))
    elif isinstance(node, Call) and node.optional:
        yield from (("class", node.given(name, made)) for name, made in build.left_out(node))
    if isinstance(node, (Call, Obj, Fake, Lit)) and not isinstance(node, Function):
        for found in (build.relevant() if isinstance(node, Lit) else build.instead_of(node))[:8]:
            made = build.instance(found)
            if made is not None:
                yield "class", made


def mutants(root, kind, message, literals, limit=160, named=(), build=None):
    """The tree with one made-up part changed, in the order in which the exception speaks for it. build makes objects of other classes."""
    order = preferred(kind, message)
    found, seen = [], {repr(root.key())}
    nodes = [n for n in root.walk() if not n.exact][:60]
    for place, node in enumerate(nodes):
        for what, new in [*changes(node, kind, message, literals, named), *others(node, build)]:
            rank = order.index(what) if what in order else len(order) + (1 if what == "literal" else 2)
            tree = replaced(root, node, new)
            key = repr(tree.key())
            if key not in seen:
                seen.add(key)
                found.append((rank, place, tree))
    found.sort(key=lambda f: (f[0], f[1]))
    return [tree for _, _, tree in found[:limit]]


__all__ = ["marks_of", "mutants", "replaced"]
