"""What texts and answers tell of values: the words of a message, by the text of the source that it was made with; the repr that a class of the
checkout writes; what a method returned, of what its object holds."""

import ast
import itertools
import re

from devflow_source import dotted, own_nodes
from devflow_values import Lit, Map, Seq

PRODUCTS = 6  # texts that are made of several values each


def template_of(node):
    """(regular expression, [whether by repr]) of what a text is made with: an f-string, a % or a format(); None for another."""
    out, kinds = "", []
    if isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.Constant):
                out += re.escape(str(part.value))
            else:
                out += "(.{0,400}?)"
                kinds.append(part.conversion == 114)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
        for part in re.split(r"(%[-+ #0]*\d*(?:\.\d+)?[srdifg])", node.left.value):
            is_part = part[:1] == "%" and len(part) > 1 and part[-1] in "srdifg"
            out += "(.{0,400}?)" if is_part else re.escape(part.replace("%%", "%"))
            kinds += [part[-1:] == "r"] * is_part
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format" and \
            isinstance(node.func.value, ast.Constant) and isinstance(node.func.value.value, str):
        for part in re.split(r"(\{[^{}]*\})", node.func.value.value):
            is_part = part[:1] == "{" and part[-1:] == "}"
            out += "(.{0,400}?)" if is_part else re.escape(part)
            kinds += ["!r" in part] * is_part
    return (re.compile(out, re.S), kinds) if 0 < len(kinds) <= 6 else None


def told_by(checkout, definitions, message):
    """[(part of the message, whether by repr)] by the texts of the source that it was made with."""
    found = []
    for d in definitions:
        nodes = list(own_nodes(d.node))
        for raised in [n.exc for n in nodes if isinstance(n, ast.Raise) and isinstance(n.exc, ast.Call)]:
            cls = checkout.resolve(d.file, dotted(raised.func))
            nodes += [n for f in (cls[2].body if cls and cls[0] == "class" else []) if isinstance(f, ast.FunctionDef) for n in own_nodes(f)]
        for node in nodes:
            made = template_of(node) if isinstance(node, (ast.JoinedStr, ast.BinOp, ast.Call)) else None
            match = made and len(message) < 2000 and made[0].fullmatch(message)
            if match:
                found += list(zip(match.groups(), made[1]))
    return found[:6]


def composed(definitions, values):
    """Texts that f-strings of the source make of the event's values. values(name): those that a name may have."""
    found, nodes = [], [n for d in definitions for n in own_nodes(d.node)]
    loops = {n.target.id: n.iter.id for n in nodes if isinstance(n, (ast.For, ast.comprehension)) and isinstance(n.target, ast.Name) and isinstance(n.iter, ast.Name)}
    of = lambda name: [str(v) for v in dict.fromkeys([*values(name), *values(loops.get(name))])]  # noqa: E731
    for node in [n for n in nodes if isinstance(n, ast.JoinedStr)][:20]:
        parts = [[str(p.value)] if isinstance(p, ast.Constant) else of(p.value.id) if is_plain(p) else [] for p in node.values]
        found += ["".join(text) for text in itertools.islice(itertools.product(*parts), PRODUCTS)]
    return list(dict.fromkeys(found))[:PRODUCTS]


def is_plain(part):
    return isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name) and part.conversion == -1 and part.format_spec is None


def guess(text):
    """What str() wrote: a number where it looks like one."""
    try:
        value = ast.literal_eval(text)
        if isinstance(value, (int, float)) or value is None:
            return Lit(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    return Lit(text)


def repr_pattern(cls):
    """(regular expression, [(attribute, "r" or "s")]) of a __repr__ that is one f-string of self's attributes, or None."""
    method = next((s for s in cls.body if isinstance(s, ast.FunctionDef) and s.name == "__repr__"), None)
    if not method or not method.args.args:
        return None
    me = method.args.args[0].arg
    returned = [s for s in method.body if isinstance(s, ast.Return)]
    if len(returned) != 1 or not isinstance(returned[0].value, ast.JoinedStr):
        return None
    out, attrs = "", []
    for part in returned[0].value.values:
        if isinstance(part, ast.Constant):
            out += re.escape(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            value = part.value
            if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name) and value.value.id == me and not part.format_spec:
                out += "(.*?)"
                attrs.append((value.attr, "r" if part.conversion == 114 else "s"))
            elif ast.unparse(value) in (f"type({me}).__name__", f"{me}.__class__.__name__"):
                out += re.escape(cls.name)
            else:
                out += "(.*?)"
                attrs.append((None, ""))
    return (re.compile(out, re.S), attrs) if any(name for name, _ in attrs) else None


def held(method, value, args):
    """(attribute, node) of an object, a method of which returned this for these arguments; None where the method does not say."""
    for node in own_nodes(method.node):
        said = node.value if isinstance(node, ast.Return) else None
        said = said.value if isinstance(said, ast.Await) else said
        why = f"what {method.name} returned"
        if isinstance(said, ast.Call) and isinstance(said.func, ast.Attribute) and said.func.attr in ("get", "pop", "popleft"):
            attr, key, keyed = said.func.value, said.args[0] if said.args else None, said.func.attr == "get"
        elif isinstance(said, ast.Subscript):
            attr, key, keyed = said.value, said.slice, isinstance(said.slice, ast.Name)
        else:
            attr, key, keyed = said, None, None
        if not (isinstance(attr, ast.Attribute) and isinstance(attr.value, ast.Name) and attr.value.id == method.first):
            continue
        if keyed is None:
            return attr.attr, value
        names = [p[0] for p in method.parameters()]
        if isinstance(key, ast.Name) and key.id in names:
            given = args.get(key.id) or args.get(names.index(key.id))
            return (attr.attr, Map([(given, value)], False, why)) if given is not None else None
        return None if keyed else (attr.attr, Seq("list", [value], False, why))
    return None


__all__ = ["composed", "guess", "held", "repr_pattern", "told_by"]
