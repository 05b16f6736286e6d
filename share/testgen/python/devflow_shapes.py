"""What the source says of a value that the event does not have: how it is used tells its kind, its keys, attributes and elements."""

import ast

from devflow_forms import Joined, Rows, as_json, as_settings
from devflow_markup import Asked, Markup, asked, is_parser
from devflow_patterns import samples
from devflow_reading import CLEANING, JSON_OWNERS, delimiter_of, mark_of, pattern_of, text_of, typical_texts
from devflow_source import FEW, dotted, own_nodes

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
# What calls a function that it is given: the place of that, and whether it takes the elements of what follows.
APPLYING = {"map": (0, True), "imap": (0, True), "imap_unordered": (0, True), "filter": (0, True), "submit": (0, False), "to_thread": (0, False),
            "run_in_executor": (1, False), "partial": (0, False), "run_sync": (0, False)}
DEPTH = 10


class Shape:
    def __init__(self):
        self.kinds, self.attrs, self.keys, self.elem, self.literals, self.cls = {}, {}, {}, None, [], None
        self.parts, self.items, self.named = 0, {}, ""  # items: shapes by place; named: what it is called where it is taken out
        self.names, self.text = [], None  # names: what it is looked up by is called so; text: (form, shape of what is in it)
        self.markup, self.sampled = None, False  # of an element of XML: what is asked of it; whether the first literals are what a pattern takes

    def vote(self, kind, weight=1):
        self.kinds[kind] = self.kinds.get(kind, 0) + weight

    def element(self):
        self.elem = self.elem or Shape()
        return self.elem

    def item(self, place):
        return self.items.setdefault(place, Shape())

    def within(self, form):
        """The shape of what a text in this form is made of."""
        if self.text is None or isinstance(self.text[0], Joined) and not isinstance(form, Joined):
            self.text = (form, Shape())
        return self.text[1]

    @property
    def kind(self):
        return max(self.kinds, key=self.kinds.get) if self.kinds else None


class Shapes:
    def __init__(self, checkout, error="", message=""):
        self.checkout, self.seen, self.parents, self.error = checkout, set(), {}, error
        self.trace = []  # functions of the event, that what is made up is returned to
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

    def one_of(self, d, node, shape):
        """It is one of what stands there, or a key of it. Whether anything does."""
        node = d.file.constant_node(node.id) if isinstance(node, ast.Name) else node
        choices = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
        for choice in choices:
            if isinstance(choice, ast.Attribute):
                self.annotated(d.file, choice.value, shape)
            elif choice is not None:
                self.constant(choice, shape)
        return bool(choices)

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
        if depth > DEPTH or p is None or shape.markup and asked(self, d, up, node, shape, depth):
            return
        if isinstance(p, ast.Attribute):
            call = up.get(p)
            if isinstance(call, ast.Call) and call.func is p:
                of_bytes = any(isinstance(a, ast.Constant) and isinstance(a.value, bytes) for a in call.args)
                if p.attr in ("replace", "date") and call.keywords and not call.args:
                    shape.vote("date", 3)
                elif p.attr in OF_METHOD:
                    shape.vote("bytes" if of_bytes else OF_METHOD[p.attr], 4 if of_bytes else 2)
                    if not of_bytes:
                        self.taken_apart(d, up, call, p.attr, shape, depth)
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
                place = isinstance(key, ast.Constant) and type(key.value) is int and key.value >= 0
                self.used(d, up, p, shape.item(key.value) if place else shape.element(), depth + 1)
        elif isinstance(p, ast.Subscript) and p.slice is node and self.error == "KeyError":
            shape.vote("str", 1)
        elif isinstance(p, ast.Subscript) and p.slice is node and not self.one_of(d, p.value, shape):
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
                text = text_of(d, o) if isinstance(o, ast.Attribute) and o is not node else None
                if isinstance(o, ast.Constant) and o is not node:
                    self.constant(o, shape)
                elif text:
                    shape.vote("str", 3)
                    shape.literals.append(text)
                elif o is not node:
                    self.one_of(d, o, shape)
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
            shape.parts = self.spread(d, up.get(p), lambda place: shape.item(place) if isinstance(place, int) else None, depth)
        elif isinstance(p, ast.Assign) and p.value is node:
            for t in p.targets:
                self.bound(d, t, shape, depth)
        elif isinstance(p, (ast.ListComp, ast.SetComp, ast.GeneratorExp)) and p.elt is node:
            self.used(d, up, p, all_of(shape), depth + 1)
        elif isinstance(p, (ast.Return, ast.Yield, ast.YieldFrom)):
            self.returned(d, all_of(shape) if isinstance(p, ast.Yield) else shape, depth)
        elif isinstance(p, (ast.With, ast.withitem)):
            shape.vote("context", 2)
        elif isinstance(p, (ast.Await, ast.BoolOp, ast.IfExp, ast.NamedExpr)):
            self.used(d, up, p, shape, depth + 1)

    def of_lambda(self, d, up, node, shape, depth):
        name = node.args.args[0].arg
        for n in ast.walk(node.body):
            if isinstance(n, ast.Name) and n.id == name:
                self.used(d, up, n, shape, depth)

    def bound(self, d, target, shape, depth):
        """What is given to a name, in parts to several, or to an attribute of the object."""
        if isinstance(target, ast.Name):
            self.once((d.file.relative, d.qualname, target.id), lambda: self.of_name(d, target.id, shape, depth + 1))
            shape.named = shape.named or target.id
        elif isinstance(target, (ast.Tuple, ast.List)):
            shape.vote("tuple", 3)
            shape.parts = len(target.elts)
            for place, t in enumerate(target.elts):
                self.bound(d, t, shape.item(place), depth)
        elif isinstance(target, ast.Attribute) and d.cls and dotted(target) == f"{d.first}.{target.attr}":
            self.once((d.file.relative, d.cls.name, "." + target.attr), lambda: self.of_attribute(d, target.attr, shape, depth + 1))

    def once(self, key, follow):
        if key not in self.seen:
            self.seen.add(key)
            follow()
            self.seen.discard(key)

    def of_attribute(self, d, attr, shape, depth):
        """What the methods of the class do with an attribute."""
        for method in [m for m in d.file.definitions if m.cls is d.cls and m.first]:
            up = self.parent(method)
            for node in own_nodes(method.node):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and dotted(node) == f"{method.first}.{attr}":
                    self.used(method, up, node, shape, depth)

    def returned(self, d, shape, depth):
        """What those do with it that call the function: of the event's functions."""
        for caller in self.trace if depth <= DEPTH else ():
            up = self.parent(caller)
            for node in own_nodes(caller.node):
                if isinstance(node, ast.Call) and last_names(node.func) == [d.name]:
                    self.once((caller.file.relative, caller.qualname, node.lineno, node.col_offset), lambda: self.used(caller, up, node, shape, depth + 1))  # noqa: B023

    def taken_apart(self, d, up, call, method, shape, depth):
        """Of a text: what it is made of where it is split; where it is only cleaned, it goes on as it is."""
        if method in CLEANING:
            self.used(d, up, call, shape, depth + 1)
        elif method == "splitlines":
            self.used(d, up, call, shape.within(Joined("\n")), depth + 1)
        elif method in ("split", "rsplit"):
            self.used(d, up, call, shape.within(Joined(mark_of(d, call))), depth + 1)
        elif method in ("partition", "rpartition"):
            three, two = Shape(), shape.within(Joined(mark_of(d, call)))
            self.used(d, up, call, three, depth + 1)
            two.vote("tuple", 3)
            two.parts, two.items[0], two.items[1] = 2, three.item(0), three.item(2)
        elif method == "startswith" and call.args:
            self.constant(call.args[0], shape)

    def iterated(self, d, up, node, shape, depth, pairs=False, counted=False):
        """counted: by enumerate, which puts a number before each."""
        p = up.get(node)
        shape.vote("dict" if pairs else "list", 2)
        target = getattr(p, "target", None)
        if (pairs or counted) and isinstance(target, ast.Tuple) and len(target.elts) == 2:
            target = target.elts[1]
        if target is not None:
            self.bound(d, target, shape.element(), depth)

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
        if self.read_as(d, up, node, call, name, last, shape, depth):
            return
        self.applied(d, up, node, call, last, shape, depth)
        if last in kinds:
            shape.vote(kinds[last], 2)
            shape.literals[:0] = typical_texts(d, name, last, call)
            if last in ("urlsplit", "urlparse"):
                shape.vote("str", 2)
            if last in ("sum", "mean"):
                shape.element().vote("int", 1)
            if last == "join":
                shape.element().vote("str", 1)
            for word in call.keywords:
                if word.arg == "key":
                    self.argument_of(d, up, word.value, 0, shape.element(), depth)
            if last in ("enumerate", "reversed", "sorted", "list", "set", "iter"):
                self.iterated(d, up, call, shape, depth + 1, counted=last == "enumerate")
                if last != "enumerate" and not isinstance(up.get(call), (ast.For, ast.AsyncFor, ast.comprehension)):
                    self.used(d, up, call, shape, depth + 1)
            return
        if isinstance(p, ast.keyword) and p.arg is None:
            shape.vote("dict", 3)
            self.spread(d, call, lambda place: None if isinstance(place, int) else shape.keys.setdefault(place, Shape()), depth)
            return
        found, target = self.callee(d, call.func)
        at = p.arg if isinstance(p, ast.keyword) else call.args.index(node) if node in call.args else None
        if found and not target:
            self.as_field(found[1], found[2], at, shape)
        if target and depth <= DEPTH:
            self.argument(target, at, shape, depth)

    def callee(self, d, func):
        """(the class that is called, or None; the function that runs, or None)."""
        name = dotted(func)
        if name.startswith("self.") and d.cls and name.count(".") == 1:
            return None, d.file.method(d.cls, func.attr)
        found = self.checkout.resolve(d.file, name)
        if not found and d.kind == "class" and name == d.first:
            found = ("class", d.file, d.cls, d.cls.name)
        if found and found[0] == "class":
            return found, found[1].method(found[2], "__init__")
        if not found and isinstance(func, ast.Attribute):
            made = func.value.func if isinstance(func.value, ast.Call) else None
            return None, self.method_named(d, dotted(made) or name.rpartition(".")[0], func.attr)
        return None, found[2] if found and found[0] == "function" else None

    def argument(self, target, at, shape, depth):
        """It is an argument of a function, by its name or place."""
        ps = target.parameters()
        places = [q for q in ps if q[1] in ("plain", "only")]
        for q in [q for q in ps if q[0] == at] if isinstance(at, str) else places[at:at + 1] if at is not None else ():
            self.of_parameter(target, q[0], q[2], q[3], depth + 1, shape)

    def applied(self, d, up, node, call, last, shape, depth):
        """Beside a function, in a call that hands it on to that: it, or each of its elements, is an argument there."""
        at, each = APPLYING.get(last, (0, False))
        if last in APPLYING and node in call.args[at + 1:]:
            if each:
                shape.vote("list", 2)
            self.argument_of(d, up, call.args[at], call.args.index(node) - at - 1, shape.element() if each else shape, depth)

    def argument_of(self, d, up, function, place, shape, depth):
        """It is an argument of what an expression means: a function, a class, a lambda."""
        if isinstance(function, ast.Lambda) and place == 0 and function.args.args:
            self.of_lambda(d, up, function, shape, depth + 1)
        target = self.callee(d, function)[1] if depth <= DEPTH else None
        if target:
            self.argument(target, place, shape, depth)

    def spread(self, d, call, part, depth):
        """What is given by `*` or `**`: part(place or name) is the shape of each, or None. How many there are."""
        if not isinstance(call, ast.Call) or depth > DEPTH:
            return 0
        found, target = self.callee(d, call.func)
        given = {k.arg for k in call.keywords}
        fields = [f for f in required(found, target) if f[0] not in given][:20]
        for place, (name, parameter) in enumerate(fields):
            for shape in [s for s in (part(place), part(name)) if s is not None]:
                if parameter:
                    self.of_parameter(target, name, parameter[2], None, depth + 1, shape)
                else:
                    self.as_field(found[1], found[2], name, shape)
        return len(fields)

    def read_as(self, d, up, node, call, name, last, shape, depth):
        """Of a text that is read as JSON, rows of CSV or settings, or held against a pattern: what is in it. Whether it is one of these."""
        owner, first = name.rpartition(".")[0].split(".")[-1], bool(call.args) and call.args[0] is node
        if first and last == "loads" and owner in JSON_OWNERS:
            shape.vote("str", 3)
            self.used(d, up, call, shape.within(as_json), depth + 1)
        elif first and is_parser(owner, last):
            shape.vote("str", 3)
            inner = shape.within(Markup("root"))
            inner.markup = inner.markup or Asked(Shape)
            self.used(d, up, call, inner, depth + 1)
        elif first and last == "read_string":
            shape.vote("str", 3)
            shape.within(as_settings)
        elif first and last == "StringIO":
            shape.vote("str", 2)
            self.used(d, up, call, shape, depth + 1)
        elif first and last in ("DictReader", "reader") and owner in ("csv", ""):
            inner = shape.within(Rows(delimiter_of(d, call), self.error != "KeyError"))
            inner.vote("list", 3)
            if last == "DictReader":
                inner.element().vote("dict", 3)
            self.used(d, up, call, inner, depth + 1)
        elif last in ("match", "fullmatch", "search", "findall", "finditer", "sub") and isinstance(call.func, ast.Attribute):
            pattern = pattern_of(d, call, node)
            if pattern is None:
                return False
            shape.vote("str", 3)
            shape.sampled = True
            shape.literals[:0] = samples(pattern)
        else:
            return False
        return True

    def as_field(self, file, cls, at, shape):
        """What is given to a class without a constructor of its own, by name or place, is one of its fields, or a value of its members."""
        if any(dotted(base).endswith(("Enum", "Flag")) for base in cls.bases):
            for member in [s.value for s in cls.body if isinstance(s, ast.Assign)]:
                self.constant(member, shape)
        fields = [s for s in cls.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
        for place, field in enumerate(fields):
            if at in (place, field.target.id):
                self.annotated(file, field.annotation, shape)


def required(cls, function):
    """[(name, parameter)] of what a call must give to a function; where a class has no constructor of its own, (name, None) of its fields."""
    if function:
        return [(q[0], q) for q in function.parameters() if q[1] in ("plain", "only", "key") and q[3] is None]
    body = cls[2].body if cls else ()
    return [(s.target.id, None) for s in body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name) and s.value is None]


def all_of(shape):
    """The shape of a list of such."""
    whole = Shape()
    whole.elem = shape
    return whole


def last_names(node):
    """[the last name of a variable or an attribute], or none."""
    return [node.id] if isinstance(node, ast.Name) else [node.attr] if isinstance(node, ast.Attribute) else []


__all__ = ["Shape", "Shapes", "last_names"]
