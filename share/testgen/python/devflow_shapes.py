"""What the source says of a value that the event does not have: how it is used tells its kind, its keys, attributes and elements.
Out of that a typical value is made."""

import ast

from devflow_source import FEW, dotted, own_nodes
from devflow_values import Call, Fake, Lit, Map, Ref, Seq, is_name

METHODS = {
    "str": "split strip lower upper startswith endswith replace encode join format rstrip lstrip splitlines title partition "
           "isdigit find zfill casefold rsplit capitalize isalpha removeprefix removesuffix rpartition swapcase isspace isnumeric".split(),
    "dict": "get items keys values setdefault popitem".split(),
    "list": "append extend insert sort reverse".split(),
    "set": "add discard union intersection difference issubset".split(),
    "bytes": "decode hex".split(),
    "datetime": "astimezone isoformat strftime timestamp date replace weekday".split(),
}
OF_METHOD = {m: kind for kind, names in reversed(METHODS.items()) for m in names}
DEPTH, MADE_DEPTH = 5, 9


class Shape:
    def __init__(self):
        self.kinds, self.attrs, self.keys, self.elem, self.literals, self.cls = {}, {}, {}, None, [], None
        self.parts, self.names = 0, []  # names: what it is looked up by is called so

    def vote(self, kind, weight=1):
        self.kinds[kind] = self.kinds.get(kind, 0) + weight

    def element(self):
        self.elem = self.elem or Shape()
        return self.elem

    @property
    def kind(self):
        return max(self.kinds, key=self.kinds.get) if self.kinds else None


class Shapes:
    def __init__(self, checkout, error="", message=""):
        self.checkout, self.seen, self.parents, self.error = checkout, set(), {}, error
        self.fractions, self.missing = message.startswith("float "), message if error == "KeyError" else ""

    def of_parameter(self, d, name, annotation, default, depth=0, shape=None):
        shape = shape or Shape()
        if (d.file.relative, d.qualname, name) in self.seen or depth > DEPTH:
            return shape
        self.seen.add((d.file.relative, d.qualname, name))
        if annotation is not None:
            self.annotated(d.file, annotation, shape)
        if default is not None:
            self.constant(default, shape)
        self.of_name(d, name, shape, depth)
        self.seen.discard((d.file.relative, d.qualname, name))
        return shape

    def annotated(self, file, a, shape, depth=0):
        if depth > DEPTH:
            return
        if isinstance(a, ast.Constant) and isinstance(a.value, str):
            try:
                a = ast.parse(a.value, mode="eval").body
            except SyntaxError:
                return
        if isinstance(a, ast.BinOp):
            self.annotated(file, a.left, shape, depth + 1)
            self.annotated(file, a.right, shape, depth + 1)
            return
        base = a.value if isinstance(a, ast.Subscript) else a
        name = dotted(base).split(".")[-1]
        inner = (a.slice.elts if isinstance(a.slice, ast.Tuple) else [a.slice]) if isinstance(a, ast.Subscript) else []
        simple = {"int": "int", "float": "float", "str": "str", "bool": "bool", "bytes": "bytes", "datetime": "datetime",
                  "date": "date", "Decimal": "decimal", "Path": "path", "PurePath": "path", "PurePosixPath": "path", "PosixPath": "path", "UUID": "uuid", "timedelta": "timedelta",
                  "time": "time", "Fraction": "fraction", "None": "none", "Callable": "callable"}
        if name in simple:
            shape.vote(simple[name], 8)
        elif name in ("list", "List", "Sequence", "Iterable", "Collection", "Iterator", "MutableSequence", "deque"):
            shape.vote("list", 8)
            if inner:
                self.annotated(file, inner[0], shape.element(), depth + 1)
        elif name in ("set", "Set", "FrozenSet", "frozenset"):
            shape.vote("set", 8)
            if inner:
                self.annotated(file, inner[0], shape.element(), depth + 1)
        elif name in ("tuple", "Tuple"):
            shape.vote("tuple", 8)
            if inner:
                self.annotated(file, inner[0], shape.element(), depth + 1)
                shape.parts = 0 if len(inner) == 2 and isinstance(inner[1], ast.Constant) else len(inner)
        elif name in ("dict", "Dict", "Mapping", "MutableMapping", "defaultdict"):
            shape.vote("dict", 8)
            if len(inner) == 2:
                self.annotated(file, inner[1], shape.element(), depth + 1)
        elif name in ("Optional", "Union"):
            for part in inner:
                self.annotated(file, part, shape, depth + 1)
        elif name:
            found = self.checkout.resolve(file, dotted(base))
            if found and found[0] == "class":
                shape.cls = (found[1], found[3], found[2])
            for field in file.tuples.get(name, ()) if not found else ():
                shape.attrs.setdefault(field, Shape())

    def constant(self, node, shape):
        if isinstance(node, ast.Constant) and node.value is not None and not isinstance(node.value, type(...)):
            shape.vote(type(node.value).__name__, 3)
            shape.literals.append(node.value)
        elif isinstance(node, (ast.List, ast.Dict, ast.Tuple, ast.Set)):
            shape.vote(type(node).__name__.lower(), 3)

    def parent(self, d):
        if id(d.node) not in self.parents:
            up = {}
            for node in ast.walk(d.node):
                for child in ast.iter_child_nodes(node):
                    up[child] = node
            self.parents[id(d.node)] = up
        return self.parents[id(d.node)]

    def of_name(self, d, name, shape, depth):
        up = self.parent(d)
        for node in ast.walk(d.node):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                self.used(d, up, node, shape, depth)

    def used(self, d, up, node, shape, depth):  # noqa: C901 - a table of syntax
        p = up.get(node)
        if depth > DEPTH or p is None:
            return
        if isinstance(p, ast.Attribute):
            call = up.get(p)
            if isinstance(call, ast.Call) and call.func is p:
                of_bytes = any(isinstance(a, ast.Constant) and isinstance(a.value, bytes) for a in call.args)
                if p.attr in ("replace", "date") and call.keywords and not call.args:
                    shape.vote("date", 3)
                elif p.attr in OF_METHOD:
                    shape.vote("bytes" if of_bytes else OF_METHOD[p.attr], 4 if of_bytes else 2)
                    if p.attr in ("get", "pop") and call.args and isinstance(call.args[0], ast.Constant):
                        if isinstance(call.args[0].value, str):
                            shape.vote("dict", 2)
                            self.used(d, up, call, shape.keys.setdefault(call.args[0].value, Shape()), depth + 1)
                    elif p.attr in ("get", "pop") and call.args:
                        shape.names += last_names(call.args[0])
                    elif p.attr in ("items", "values"):
                        self.iterated(d, up, call, shape, depth, pairs=p.attr == "items")
                else:
                    method = shape.attrs.setdefault(p.attr, Shape())
                    method.vote("callable", 2)
                    self.used(d, up, call, method.element(), depth + 1)
            elif isinstance(up.get(p), ast.AugAssign):
                shape.attrs.setdefault(p.attr, Shape()).vote("int", 1)
            elif not isinstance(p.ctx, ast.Store):
                self.used(d, up, p, shape.attrs.setdefault(p.attr, Shape()), depth + 1)
                shape.attrs[p.attr].vote("any", 0)
        elif isinstance(p, ast.Subscript) and p.value is node:
            key = p.slice
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                shape.vote("dict", 3)
                self.used(d, up, p, shape.keys.setdefault(key.value, Shape()), depth + 1)
            elif isinstance(key, ast.Slice):
                shape.vote("list", 1)
                shape.vote("str", 1)
                if isinstance(up.get(p), ast.Compare):
                    self.used(d, up, p, shape, depth + 1)
            else:
                shape.names += last_names(key)
                counted = isinstance(key, (ast.BinOp, ast.UnaryOp)) or isinstance(key, ast.Constant) and isinstance(key.value, int)
                shape.vote("dict" if self.error == "KeyError" and not counted else "list", 2)
                self.used(d, up, p, shape.element(), depth + 1)
        elif isinstance(p, ast.Subscript) and p.slice is node and self.error == "KeyError":
            shape.vote("str", 1)
        elif isinstance(p, ast.Subscript) and p.slice is node:
            shape.vote("int", 1)
        elif isinstance(p, (ast.For, ast.AsyncFor, ast.comprehension)) and p.iter is node:
            self.iterated(d, up, node, shape, depth)
        elif isinstance(p, ast.BinOp):
            other = p.right if p.left is node else p.left
            if isinstance(p.op, ast.Mod) and p.left is node and not isinstance(other, ast.Constant):
                shape.vote("int", 1)
            elif isinstance(other, (ast.Constant, ast.JoinedStr)) and (isinstance(other, ast.JoinedStr) or isinstance(other.value, str)):
                shape.vote("str", 3 if not isinstance(p.op, (ast.Mod, ast.Mult)) else 0)
            elif isinstance(p.op, ast.Sub) and isinstance(up.get(p), ast.Attribute) and up[p].attr in ("total_seconds", "days", "seconds"):
                shape.vote("date" if "date.today" in ast.unparse(p) and "datetime." not in ast.unparse(p) else "datetime", 4)
            elif isinstance(p.op, ast.Add):
                shape.vote("int", 1)
            else:
                shape.vote("int", 2)
        elif isinstance(p, ast.AugAssign) or isinstance(p, ast.UnaryOp) and not isinstance(p.op, ast.Not):
            shape.vote("int", 1)
        elif isinstance(p, ast.Compare):
            others = [p.left, *p.comparators]
            for o in others:
                o = d.file.constant_node(o.id) or o if isinstance(o, ast.Name) and o is not node else o
                if isinstance(o, ast.Constant) and o is not node:
                    self.constant(o, shape)
                elif isinstance(o, (ast.Tuple, ast.List, ast.Set)) and o is not node:
                    for e in o.elts:
                        self.constant(e, shape)
            if any(isinstance(op, (ast.In, ast.NotIn)) for op in p.ops) and node is not p.left:
                shape.vote("list", 1)
            elif any(isinstance(op, (ast.Lt, ast.Gt, ast.LtE, ast.GtE)) for op in p.ops):
                shape.vote("int", 1)
        elif isinstance(p, ast.keyword) or (isinstance(p, ast.Call) and p.func is not node):
            self.passed(d, up, node, p, shape, depth)
        elif isinstance(p, ast.Call):
            shape.vote("callable", 3)
            self.used(d, up, p, shape.element(), depth + 1)
        elif isinstance(p, ast.Starred):
            shape.vote("list", 2)
        elif isinstance(p, ast.Assign) and p.value is node:
            for t in p.targets:
                if isinstance(t, ast.Name):
                    key = (d.file.relative, d.qualname, t.id)
                    if key not in self.seen:
                        self.seen.add(key)
                        self.of_name(d, t.id, shape, depth + 1)
                        self.seen.discard(key)
                elif isinstance(t, (ast.Tuple, ast.List)):
                    shape.vote("tuple", 3)
                    shape.parts = len(t.elts)
        elif isinstance(p, (ast.With, ast.withitem)):
            shape.vote("context", 2)
        elif isinstance(p, (ast.Await, ast.BoolOp, ast.IfExp, ast.NamedExpr)):
            self.used(d, up, p, shape, depth + 1)

    def of_lambda(self, d, up, node, shape, depth):
        name = node.args.args[0].arg
        for n in ast.walk(node.body):
            if isinstance(n, ast.Name) and n.id == name:
                self.used(d, up, n, shape, depth)

    def iterated(self, d, up, node, shape, depth, pairs=False):
        p = up.get(node)
        shape.vote("dict" if pairs else "list", 2)
        target = getattr(p, "target", None)
        if pairs and isinstance(target, ast.Tuple) and len(target.elts) == 2:
            target = target.elts[1]
        if isinstance(target, ast.Name):
            key = (d.file.relative, d.qualname, target.id)
            if key not in self.seen:
                self.seen.add(key)
                self.of_name(d, target.id, shape.element(), depth + 1)
                self.seen.discard(key)
        elif isinstance(target, (ast.Tuple, ast.List)):
            e = shape.element()
            e.vote("tuple", 3)
            e.parts = len(target.elts)

    def method_named(self, d, owner, name):
        """The method that `owner.name` means: of a class of that name, else the only method of the checkout that is called so."""
        for node in [n for n in own_nodes(d.node) if isinstance(n, ast.Assign) and isinstance(n.value, ast.Call)]:
            if [getattr(t, "id", "") for t in node.targets] == [owner]:
                owner = dotted(node.value.func) or owner
        cls = self.checkout.resolve(d.file, owner)
        if cls and cls[0] == "class":
            return cls[1].method(cls[2], name)
        if name in OF_METHOD or len(name) < 4 or self.checkout.count(f"def {name}(") > FEW:
            return None
        own = [m for f in self.checkout.having(f"def {name}(") for m in f.definitions if m.name == name and m.cls]
        return own[0] if len(own) == 1 else None

    def passed(self, d, up, node, p, shape, depth):
        call = up.get(p) if isinstance(p, ast.keyword) else p
        if not isinstance(call, ast.Call):
            return
        name = dotted(call.func)
        last = name.split(".")[-1] if name else (call.func.attr if isinstance(call.func, ast.Attribute) else "")
        kinds = {"len": "list", "int": "str", "float": "str", "range": "int", "sum": "list", "sorted": "list", "max": "list",
                 "min": "list", "enumerate": "list", "zip": "list", "list": "list", "set": "list", "tuple": "list",
                 "open": "str", "loads": "str", "abs": "int", "round": "float", "any": "list", "all": "list", "Decimal": "str",
                 "ord": "str", "chr": "int", "strptime": "str", "fromisoformat": "str", "dict": "dict", "reversed": "list",
                 "sqrt": "float", "log": "float", "UUID": "str", "Path": "str", "b64decode": "str", "join": "list", "mean": "list",
                 "fromtimestamp": "int", "urlsplit": "str", "urlparse": "str", "next": "list", "iter": "list", "map": "list", "filter": "list"}
        if last in kinds:
            shape.vote(kinds[last], 2)
            if last in ("fromisoformat", "strptime", "UUID"):
                shape.literals += ["2024-01-31T10:00:00" if last != "UUID" else "12345678-1234-5678-1234-567812345678", "2024-01-31"]
            if last in ("urlsplit", "urlparse"):
                shape.vote("str", 2)
                shape.literals.append("https://example.org/a")
            if last in ("sum", "mean"):
                shape.element().vote("int", 1)
            if last == "join":
                shape.element().vote("str", 1)
            for word in call.keywords:
                if word.arg == "key" and isinstance(word.value, ast.Lambda) and word.value.args.args:
                    self.of_lambda(d, up, word.value, shape.element(), depth + 1)
            if last in ("enumerate", "reversed", "sorted", "list", "set", "iter"):
                self.iterated(d, up, call, shape, depth + 1)
            return
        found = self.checkout.resolve(d.file, name)
        target = found[2] if found and found[0] == "function" else None
        if name.startswith("self.") and d.cls and name.count(".") == 1:
            target = d.file.method(d.cls, last)
        if found and found[0] == "class":
            target = found[1].method(found[2], "__init__")
            if not target:
                self.as_field(found[1], found[2], p.arg if isinstance(p, ast.keyword) else call.args.index(node) if node in call.args else None, shape)
        if not found and not target and "." in name:
            target = self.method_named(d, name.rpartition(".")[0], last)
        if not target or depth > DEPTH:
            return
        ps = target.parameters()
        if isinstance(p, ast.keyword):
            chosen = [q for q in ps if q[0] == p.arg]
        else:
            at = call.args.index(node) if node in call.args else 99
            chosen = [q for i, q in enumerate(q for q in ps if q[1] in ("plain", "only")) if i == at]
        for q in chosen:
            self.of_parameter(target, q[0], q[2], q[3], depth + 1, shape)


    def as_field(self, file, cls, at, shape):
        """What is given to a class without a constructor of its own, by name or place, is one of its fields."""
        fields = [s for s in cls.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
        for place, field in enumerate(fields):
            if at in (place, field.target.id):
                self.annotated(file, field.annotation, shape)


def last_names(node):
    """[the last name of a variable or an attribute], or none."""
    return [node.id] if isinstance(node, ast.Name) else [node.attr] if isinstance(node, ast.Attribute) else []


def typical(shape, build, depth=0, name=""):  # noqa: C901
    """A value such as the source expects. build makes instances of the checkout's classes."""
    made = {"exact": False, "why": f"{name} is not in the event" if name else ""}
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
    element = lambda i=0: vary(typical(shape.elem or Shape(), build, depth + 1, one_of(name)), i)  # noqa: E731
    if kind == "str" or (kind is None and strings):
        return Lit(strings[0] if strings else guess_text(name), **made)
    if kind in ("list", "set", "tuple"):
        n = shape.parts or (3 if depth < 3 else 1)
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
        return Lit(strings[0] if strings else guess_text(name), **made)
    if kind == "int" and name in GUESSED:
        return Lit(GUESSED[name], **made)
    if kind == "int":
        return Lit(2.5 if build.shapes.fractions else numbers[0] + 1 if numbers else 2, **made)
    return Lit(strings[0] if strings else 2.5 if build.shapes.fractions else 2, **made)


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


def literals_of(definition):
    found = []
    named = {n.id for n in own_nodes(definition.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    constants = [definition.file.constant_node(name) for name in sorted(named)]
    within = [m for c in constants if isinstance(c, (ast.Constant, ast.Dict, ast.List, ast.Tuple, ast.Set))
              for m in (c.keys if isinstance(c, ast.Dict) else getattr(c, "elts", [c])) if isinstance(m, ast.Constant)]
    for n in [*own_nodes(definition.node), *within[:12]]:
        if isinstance(n, ast.Constant) and isinstance(n.value, (int, str, float, bytes)) and not isinstance(n.value, bool) \
                and n.value not in found and not (isinstance(n.value, (str, bytes)) and len(n.value) > 60):
            found.append(n.value)
    return found


__all__ = ["Function", "Shape", "Shapes", "literals_of", "typical"]
