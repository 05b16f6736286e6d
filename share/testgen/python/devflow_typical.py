"""A value such as the source expects, of what it says of one: of its kind, keys, attributes and elements."""

import ast

from devflow_forms import Joined, Rows, Written, as_json, as_settings, rebuilt
from devflow_markup import Markup
from devflow_shapes import Shape, last_names
from devflow_source import literal_text
from devflow_values import Call, Fake, Lit, Map, Ref, Seq, is_name, of_python

MADE_DEPTH, PLACES = 10, 40


def typical(shape, build, depth=0, name=""):  # noqa: C901
    """A value such as the source expects. build makes instances of the checkout's classes."""
    name = name or shape.named
    made = made_of(name)
    if depth > MADE_DEPTH:
        return Lit(1, **made)
    if shape.cls:
        node = build.instance(shape.cls, depth + 1)
        if node:
            return node
    kind = shape.kind
    named = build.class_called(name) if kind in (None, "any") and not shape.keys and not shape.attrs and not shape.literals else None
    if named:
        node = build.instance(named, depth + 1)
        if node:
            return node
    if shape.keys and kind in (None, "dict", "list", "any"):
        return Map([(Lit(k), typical(s, build, depth + 1, k)) for k, s in shape.keys.items()], **made)
    if {"year", "month", "tzinfo", "hour"} & set(shape.attrs) or "total_seconds" in shape.attrs:
        kind = "datetime" if {"hour", "tzinfo", "minute"} & set(shape.attrs) else "date"
    if shape.attrs and kind not in ("date", "datetime") and kind not in ("str", "bytes", "dict", "list", "int", "float"):
        cls = build.class_with(set(shape.attrs), name) or next((c for c in build.classes_with(set(shape.attrs)) if not build.is_abstract(c)), None)
        if cls:
            node = build.instance(cls, depth + 1)
            if node:
                return node
        record = build.tuple_with(set(shape.attrs))
        if record:
            return Call(build.ref(record), [typical(shape.attrs.get(f) or Shape(), build, depth + 1, f) for f in record[2]], **made)
        return Fake([(n, typical(s, build, depth + 1, n)) for n, s in shape.attrs.items() if is_name(n) and not n.startswith("__")], made["why"])
    strings = [v for v in shape.literals if isinstance(v, str) and v]
    numbers = [v for v in shape.literals if isinstance(v, int) and not isinstance(v, bool)]
    element = lambda i=0: vary(typical(shape_at(shape, i), build, depth + 1, one_of(name)), i)  # noqa: E731
    if shape.text and kind in (None, "str") and not shape.sampled:
        node = written(shape, build, depth, name)
        node.others = tuple(strings[:7])
        return node
    if kind == "str" or (kind is None and strings):
        return texts(strings, name, made)
    if kind in ("list", "set", "tuple"):
        n = shape.parts or max([3 if depth < 3 else 1, *(place + 1 for place in shape.items if place < PLACES)])
        return Seq(kind, [element(i) for i in range(n)], **made)
    if kind == "dict":
        keys = build.values_called(shape.names) or ["a", "b"]
        return Map([(Lit(key, **made), element(i)) for i, key in enumerate(keys)], **made)
    if kind == "bytes":
        known = [v for v in shape.literals if isinstance(v, bytes) and v]
        return Lit(known[0] + b"abc" if known else b"abc", **made)
    if kind == "bool":
        return Lit(True, **made)
    if kind == "float":
        return Lit(1.5, **made)
    if kind in ("datetime", "date"):
        args = [2024, 1, 31] + ([12, 0] if kind == "datetime" else [])
        return Call(Ref("datetime", kind), [Lit(a, False) for a in args], **made)
    if kind == "decimal":
        return Call(Ref("decimal", "Decimal"), [Lit("1.50", False)], **made)
    if kind in MADE:
        module, name, args = MADE[kind]
        return Call(Ref(module, name), [Lit(a, False) for a in args], **made)
    if kind == "path":
        return Call(Ref("pathlib", "Path"), [Lit("file.txt", False)], **made)
    if kind == "callable":
        inner = typical(shape.elem, build, depth + 1) if shape.elem else Lit(None)
        return Function(inner, **made)
    if kind in (None, "any") and name.rpartition("_")[2] in TEXTS:
        return texts(strings, name, made)
    if kind == "int" and name in GUESSED:
        return Lit(GUESSED[name], **made)
    if kind == "int":
        return Lit(2.5 if build.shapes.fractions else numbers[0] + 1 if numbers else 2, **made)
    return Lit(strings[0] if strings else 2.5 if build.shapes.fractions else 2, **made)


OPTION_READERS = ("get", "getint", "getfloat", "getboolean")


def words_of(definitions, d, node):
    """The text that stands there; of a parameter, those that the function is called with."""
    if isinstance(node, ast.Constant):
        return [node.value] if literal_text(node) is not None else []
    place = next((i for i, p in enumerate(d.parameters()) if p[0] == getattr(node, "id", None)), None)
    calls = [n for e in definitions for n in ast.walk(e.node) if isinstance(n, ast.Call) and last_names(n.func) == [d.name]]
    given = [n.args[place] for n in calls if len(n.args) > place] if place is not None else []
    return [a.value for a in given if literal_text(a) is not None]


def sections(definitions):
    """The sections and options that the source asks a ConfigParser for."""
    found = {}
    for d in definitions:
        for node in ast.walk(d.node):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OPTION_READERS and len(node.args) >= 2:
                text = {"getint": "1", "getfloat": "1.5", "getboolean": "yes"}.get(node.func.attr, "abc")
                section, option = (words_of(definitions, d, a) for a in node.args[:2])
                if section or option:
                    found.setdefault((section or ["main"])[0], {}).update((o, text) for o in option or ["a"])
            elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Subscript) and None not in (literal_text(node.slice), literal_text(node.value.slice)):
                found.setdefault(node.value.slice.value, {})[node.slice.value] = "1"
    return of_python(found or {"main": {"a": "1"}}, exact=False)


def texts(strings, name, made):
    """A text, with the others that it may be as well."""
    node = Lit(strings[0] if strings else guess_text(name), **made)
    node.others = tuple(strings[1:8])
    return node


def written(shape, build, depth, name):
    """A text in the form that the source takes apart. Of JSON of which it says nothing the keys are words of the source."""
    form, inner = shape.text
    if isinstance(form, Joined) and inner.text and not isinstance(inner.text[0], Joined):
        return written(inner, build, depth, name)  # lines that are then read as rows
    if inner.markup:
        called = [v for v in inner.markup.tag.literals if isinstance(v, str) and v.isidentifier()]
        return Written(Markup(called[0]) if called else form, of_markup(inner, name, build, depth), made_of(name)["why"])
    root = sections(build.shapes.trace) if form is as_settings else typical(inner, build, depth + 1, name)
    if form is as_json and not (inner.kinds or inner.keys or inner.attrs or inner.cls):
        root = Map([(Lit(word, **made_of(name)), Lit(2, **made_of(name))) for word in build.words[:6] or ["a"]], False)
    if isinstance(form, Joined) and not isinstance(root, Seq):
        root = Seq("list", [root] * 2, False)
    if isinstance(form, Rows) and isinstance(root, Seq) and root.items and isinstance(root.items[0], Map):
        form = Rows(form.delimiter, form.named, [k.value for k, _ in root.items[0].items])
    return Written(form, rebuilt(root, as_text), made_of(name)["why"])


def as_text(_, node):
    """What stands in a text for a date or a number that is none of JSON's, or None where the node may stay."""
    if not isinstance(node, Call) or not isinstance(node.target, Ref):
        return None
    texts = {"date": "2024-01-31", "datetime": "2024-01-31T12:00:00", "time": "12:30"}
    return Lit(texts.get(node.target.name) or (node.args[0].value if node.args and type(node.args[0]) is Lit else "abc"), False, node.why)


def of_markup(shape, name, build, depth):
    """An element with what is asked of it: [attributes, text, children by name]."""
    markup, made = shape.markup, made_of(name)
    is_text = markup.text.kinds or markup.text.literals or not markup.children
    text = typical(markup.text, build, depth + 1, name) if is_text else Lit(None)
    attributes = Map([(Lit(k), typical(s, build, depth + 1, k)) for k, s in markup.attributes.items()], **made)
    children = Map([], **made)
    for child, inner in markup.children.items() if depth < MADE_DEPTH else ():
        ones = [of_markup(inner, child, build, depth + 1) for _ in range(1 + inner.markup.many)]
        children.items.append((Lit(child), Seq("list", ones, **made) if inner.markup.many else ones[0]))
    return Seq("list", [attributes, text, children])


def made_of(name):
    """That it is made up, and of what."""
    return {"exact": False, "why": f"{name} is not in the event" if name else ""}


def shape_at(shape, place):
    """Of an element: as its place is used, and as all are; where neither is, as the first place that is."""
    own, every = shape.items.get(place), shape.elem
    if own is None and every is None and not shape.parts and shape.items:
        own = shape.items[min(shape.items)]
    return merged(own, every) if own and every else own or every or Shape()


def merged(one, two):
    both = Shape()
    for shape in (two, one):
        for kind, weight in shape.kinds.items():
            both.vote(kind, weight)
        both.attrs.update(shape.attrs)
        both.keys.update(shape.keys)
        both.items.update(shape.items)
        both.literals[:0] = shape.literals
        both.names += shape.names
        for field in ("elem", "cls", "parts", "named", "text", "markup", "sampled"):
            setattr(both, field, getattr(shape, field) or getattr(both, field))
    return both


MADE = {"uuid": ("uuid", "UUID", ["12345678-1234-5678-1234-567812345678"]), "timedelta": ("datetime", "timedelta", [2]),
        "time": ("datetime", "time", [12, 30]), "fraction": ("fractions", "Fraction", [3, 2])}


TEXTS = {"name", "title", "text", "label", "owner", "user", "username", "customer", "author", "message", "description", "body", "comment", "site", "city",
         "country", "street", "address", "email", "url", "path", "filename", "sku", "slug", "currency", "language", "locale", "tag", "word", "subject",
         "sender", "recipient", "host", "hostname", "domain", "tenant", "supplier", "line"}
GUESSED = {"year": 2024}


def one_of(name):
    """What an element of what is called so may be called."""
    return name[:-3] + "y" if name.endswith("ies") else name[:-1] if name.endswith("s") and not name.endswith("ss") else ""


def guess_text(name):
    return {"date": "2024-01-31", "day": "2024-01-31", "email": "a@example.org", "url": "https://example.org/a", "path": "file.txt",
            "filename": "file.txt", "number": "12", "amount": "1.50", "price": "1.50"}.get(name, "abc")


def vary(node, i):
    if isinstance(node, Lit) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return Lit(node.value + i, node.exact, node.why)
    return node


class Function(Lit):
    """A function that always returns the same."""

    def __init__(self, inner, exact=False, why=""):
        super().__init__(None, exact, why)
        self.inner = inner

    def children(self):
        return [self.inner]

    def write(self, out):
        return f"(lambda *_, **__: {self.inner.write(out)})"

    def key(self):
        return ("lambda", self.inner.key())


__all__ = ["Function", "sections", "typical"]
