"""Values as an event has them, turned back into source. A node is a value that knows how to be written; what is written consists
of literals, and of names that the checkout or the standard library really has. Text of the event gets in by repr alone."""

import ast
import enum
import keyword
import math
import re

OBJECT = re.compile(r"<(?P<path>[A-Za-z_][\w.<>]*?) object at 0x(?P<at>[0-9a-fA-F]+)>")
ENUM = re.compile(r"<(?P<cls>[A-Za-z_]\w*)\.(?P<member>[A-Za-z_]\w*): (?P<value>.*)>", re.S)
FUNCTION = re.compile(r"<(?:bound method|function) (?P<path>[A-Za-z_][\w.<>]*)(?: at 0x(?P<at>[0-9a-f]+)| of .*)>", re.S)
CLASS = re.compile(r"<class '(?P<path>[A-Za-z_][\w.]*)'>")
FILTERED = "[Filtered]"
LITERAL_BYTES, NODES = 400_000, 4000


def is_name(text):
    return text.isidentifier() and not keyword.iskeyword(text) and text.isascii()


class Node:
    """exact: as the event has it. False: made up, in part or whole. `why` says what was made up."""

    exact, why = True, ""

    def children(self):
        return ()

    def walk(self):
        yield self
        for child in self.children():
            yield from child.walk()

    def size(self):
        return sum(1 for _ in self.walk())


class Lit(Node):
    others = ()  # what it may be as well

    def __init__(self, value, exact=True, why=""):
        self.value, self.exact, self.why = value, exact, why

    def write(self, out):
        return literal(self.value)

    def key(self):
        return ("lit", type(self.value).__name__, repr(self.value))


class Seq(Node):
    def __init__(self, kind, items, exact=True, why=""):
        self.kind, self.items, self.exact, self.why = kind, list(items), exact, why

    def children(self):
        return self.items

    def write(self, out):
        inner = ", ".join(item.write(out) for item in self.items)
        if self.kind == "list":
            return f"[{inner}]"
        if self.kind == "tuple":
            return f"({inner},)" if len(self.items) == 1 else f"({inner})"
        if self.kind == "set":
            return f"{{{inner}}}" if self.items else "set()"
        if self.kind == "frozenset":
            return f"frozenset([{inner}])" if self.items else "frozenset()"
        out.need("collections", "deque")
        return f"deque([{inner}])"

    def key(self):
        return (self.kind, *(item.key() for item in self.items))


class Map(Node):
    def __init__(self, items, exact=True, why=""):
        self.items, self.exact, self.why = list(items), exact, why

    def children(self):
        return [n for pair in self.items for n in pair]

    def write(self, out):
        return "{" + ", ".join(f"{k.write(out)}: {v.write(out)}" for k, v in self.items) + "}"

    def key(self):
        return ("map", *((k.key(), v.key()) for k, v in self.items))


class Ref(Node):
    """A class, function, enum member or constant that has a name: module, dotted name in it."""

    def __init__(self, module, name, root=None, exact=True, why=""):
        self.module, self.name, self.root, self.exact, self.why = module, name, root, exact, why

    def write(self, out):
        return out.need(self.module, self.name, self.root)

    def key(self):
        return ("ref", self.module, self.name)


class Call(Node):
    """target(*args, **kwargs). target: a Ref or another node."""

    def __init__(self, target, args=(), kwargs=(), exact=True, why="", method=None):
        self.target, self.args, self.kwargs, self.exact, self.why = target, list(args), list(kwargs), exact, why
        self.method, self.optional = method, []

    def given(self, name, value):
        """The same call with an argument more."""
        other = Call(self.target, self.args, [*self.kwargs, (name, value)], False, self.why, self.method)
        other.optional = [n for n in self.optional if n != name]
        return other

    def children(self):
        return [self.target, *self.args, *(v for _, v in self.kwargs)]

    def write(self, out):
        given = [a.write(out) for a in self.args] + [f"{name}={value.write(out)}" for name, value in self.kwargs]
        return f"{self.target.write(out)}{'.' + self.method if self.method else ''}({', '.join(given)})"

    def key(self):
        return ("call", self.target.key(), self.method, *(a.key() for a in self.args), *((n, v.key()) for n, v in self.kwargs))


class Step(Node):
    """A call of a method that an object has behind it."""

    def __init__(self, method, kwargs, why):
        self.method, self.kwargs, self.exact, self.why = method, list(kwargs), False, why
        self.keys = []  # (parameter, its attribute or None) by which it puts something into the object

    def children(self):
        return [v for _, v in self.kwargs]

    def write(self, out):
        return f"{self.method}({', '.join(f'{n}={v.write(out)}' for n, v in self.kwargs)})"

    def key(self):
        return ("step", self.method, *((n, v.key()) for n, v in self.kwargs))


class Obj(Node):
    """An instance whose attributes are set: made without its constructor when `base` is None. One for one address. steps: methods called on it before."""

    def __init__(self, cls, attrs, base=None, at=None, exact=True, why="", steps=()):
        self.cls, self.attrs, self.base, self.at, self.exact, self.why = cls, list(attrs), base, at, exact, why
        self.steps = list(steps)

    def children(self):
        return [self.cls, *([self.base] if self.base else []), *(v for _, v in self.attrs), *self.steps]

    def write(self, out):
        return out.variable(self)

    def make(self, out):
        """Expression that makes it, before attributes are set."""
        return self.base.write(out) if self.base else f"{self.cls.write(out)}.__new__({self.cls.write(out)})"

    def key(self):
        return ("obj", self.at, self.cls.key(), self.base.key() if self.base else None, *((n, v.key()) for n, v in self.attrs),
                *(s.key() for s in self.steps))


class Fake(Node):
    """Stands for something the event only names: takes the attributes that the source asks for."""

    def __init__(self, attrs, why):
        self.attrs, self.exact, self.why = list(attrs), False, why

    def children(self):
        return [v for _, v in self.attrs]

    def write(self, out):
        out.need("types", "SimpleNamespace")
        return "SimpleNamespace(" + ", ".join(f"{n}={v.write(out)}" for n, v in self.attrs) + ")"

    def key(self):
        return ("fake", *((n, v.key()) for n, v in self.attrs))


class Loop(Node):
    """A container that holds itself."""

    def __init__(self, kind):
        self.kind, self.exact, self.why = kind, True, ""

    def write(self, out):
        return out.variable(self)

    def key(self):
        return ("loop", self.kind)


def literal(value):
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, (str, bytes, int, float, complex, bool, type(None), type(...))):
        text = ascii(value) if not printable(value) else repr(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text else text  # as formatters write it
    raise TypeError("no literal")


def printable(value):
    """Bidirectional marks and other invisible text are written as escapes."""
    return not isinstance(value, str) or all(c.isprintable() for c in value)


def of_python(value, exact=True):
    """A node of a plain Python value."""
    if isinstance(value, enum.Enum):
        raise TypeError("enum")
    if isinstance(value, (list, tuple, set, frozenset)):
        return Seq(type(value).__name__, [of_python(v, exact) for v in (sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value)],
                   exact)
    if isinstance(value, dict):
        return Map([(of_python(k, exact), of_python(v, exact)) for k, v in value.items()], exact)
    literal(value)
    return Lit(value, exact)


STDLIB = {
    "Decimal": ("decimal", "Decimal"), "decimal.Decimal": ("decimal", "Decimal"), "Fraction": ("fractions", "Fraction"),
    "datetime.datetime": ("datetime", "datetime"), "datetime.date": ("datetime", "date"), "datetime.time": ("datetime", "time"),
    "datetime.timedelta": ("datetime", "timedelta"), "datetime.timezone": ("datetime", "timezone"), "UUID": ("uuid", "UUID"),
    "uuid.UUID": ("uuid", "UUID"), "PosixPath": ("pathlib", "Path"), "WindowsPath": ("pathlib", "PureWindowsPath"),
    "Path": ("pathlib", "Path"), "PurePosixPath": ("pathlib", "PurePosixPath"), "deque": ("collections", "deque"),
    "collections.deque": ("collections", "deque"), "Counter": ("collections", "Counter"),
    "OrderedDict": ("collections", "OrderedDict"), "collections.OrderedDict": ("collections", "OrderedDict"),
    "namespace": ("types", "SimpleNamespace"), "mappingproxy": ("types", "MappingProxyType"), "array": ("array", "array"),
    "re.compile": ("re", "compile"), "zoneinfo.ZoneInfo": ("zoneinfo", "ZoneInfo"), "IPv4Address": ("ipaddress", "IPv4Address"),
    "IPv6Address": ("ipaddress", "IPv6Address"), "IPv4Network": ("ipaddress", "IPv4Network"),
    "IPv6Network": ("ipaddress", "IPv6Network"), "ChainMap": ("collections", "ChainMap"), "UserDict": ("collections", "UserDict"),
}
BUILTINS = {"set", "frozenset", "bytearray", "range", "complex", "memoryview", "slice", "float"}
NUMPY = {"array": "array", "float64": "float64", "float32": "float32", "int64": "int64", "int32": "int32", "int16": "int16",
         "int8": "int8", "uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64", "float16": "float16",
         "bool_": "bool_", "str_": "str_", "datetime64": "datetime64", "timedelta64": "timedelta64"}


class Reader:
    """Values of one event. `checkout` finds classes; `near` is the file of the frame; attributes known of an address are in
    `known`. Readings of an object with a constructor are made by `build`, given by the caller."""

    def __init__(self, checkout, build):
        self.checkout, self.build, self.near = checkout, build, None
        self.objects, self.budget = {}, NODES
        self.cut = False

    def read(self, value, depth=0):
        """A node, or None when the value says too little."""
        self.budget -= 1
        if self.budget < 0 or depth > 60:
            return None
        if value is None or isinstance(value, (bool, int, float)):
            return Lit(value)
        if isinstance(value, list):
            self.cut = self.cut or len(value) == 10
            return self._seq("list", value, depth)
        if isinstance(value, dict):
            self.cut = self.cut or len(value) == 10
            return self._map(value, depth)
        return self.text(value, depth) if isinstance(value, str) else None

    def _seq(self, kind, value, depth):
        items = [self.read(v, depth + 1) for v in value]
        return None if any(i is None for i in items) else Seq(kind, items)

    def _map(self, value, depth):
        items = [(Lit(k), self.read(v, depth + 1)) for k, v in value.items()]
        for i, (k, v) in enumerate(items):
            if v is None and value[k.value] == FILTERED:
                items[i] = (k, Lit("filtered", False, f"{k.value} was filtered"))
            elif v is None:
                return None
        return Map(items)

    def text(self, text, depth=0):
        if text == FILTERED:
            return Lit("filtered", False, "a value was filtered")
        if len(text) > LITERAL_BYTES:
            return None
        try:
            return of_python(ast.literal_eval(text))
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            pass
        try:
            return self.expression(text, depth)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None

    def expression(self, text, depth=0):
        """repr text with <...> parts put aside, parsed, and each part turned into a node or refused."""
        aside = []
        plain = put_aside(text, aside)
        if plain is None:
            return self.described(text)
        try:
            tree = ast.parse(plain.strip(), mode="eval").body
        except SyntaxError:
            return self.described(text)
        node = self.convert(tree, aside, depth)
        return node if node is not None else self.described(text)

    def convert(self, tree, aside, depth):
        go = lambda t: self.convert(t, aside, depth + 1)  # noqa: E731
        if isinstance(tree, ast.Name):
            if tree.id.startswith("devflow_aside_"):
                return self.angle(aside[int(tree.id[14:])], depth)
            if tree.id in ("nan", "inf"):
                return Lit(float(tree.id))
            return None
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub) and isinstance(tree.operand, ast.Name) and tree.operand.id == "inf":
            return Lit(-math.inf)
        if isinstance(tree, (ast.List, ast.Tuple, ast.Set)):
            items = [go(t) for t in tree.elts]
            return None if None in items else Seq(type(tree).__name__.lower(), items)
        if isinstance(tree, ast.Dict):
            items = [(go(k) if k else None, go(v)) for k, v in zip(tree.keys, tree.values)]
            return None if any(None in pair for pair in items) else Map(items)
        if isinstance(tree, ast.Attribute):
            return self.attribute(dotted_name(tree))
        if isinstance(tree, ast.Call):
            return self.called(tree, go)
        try:
            return of_python(ast.literal_eval(tree))
        except (ValueError, TypeError, SyntaxError):
            return None

    def attribute(self, name):
        if name == "datetime.timezone.utc":
            return Ref("datetime", "timezone.utc")
        cls, _, member = (name or "").rpartition(".")
        found = self.checkout.find_class(None, cls, self.near) if cls else None
        return self.own(found, "." + member) if found and has_assignment(found[2], member) else None

    def own(self, found, more=""):
        file, name, _ = found
        root, module = self.checkout.module(file)
        return Ref(module, name + more, root)

    def called(self, tree, go):
        name = dotted_name(tree.func)
        args, kwargs = [go(a) for a in tree.args], [(k.arg, go(k.value)) for k in tree.keywords]
        if None in args or any(n is None or v is None for n, v in kwargs) or not name:
            return None
        if name in ("defaultdict", "collections.defaultdict") and len(args) == 2:
            return Call(Ref("collections", "defaultdict"), args)
        if name == "PosixPath":
            name = "Path"
        if name in ("array", "np.array") and not (args and isinstance(args[0], Lit) and isinstance(args[0].value, str)):
            return Call(Ref("numpy", "array"), args)
        if name.startswith(("np.", "numpy.")) and name.split(".", 1)[1] in NUMPY:
            return Call(Ref("numpy", name.split(".", 1)[1]), args, kwargs)
        if name in STDLIB:
            return Call(Ref(*STDLIB[name]), args, kwargs)
        if name in BUILTINS or (is_exception(name)):
            return Call(Ref("builtins", name), args, kwargs)
        found = self.checkout.find_class(None, name, self.near)
        if not found:
            tuples = [t for t in self.checkout.named_tuples(len(args) + len(kwargs)) if t[1] == name]
            if len(tuples) == 1 and all(n in tuples[0][2] for n, _ in kwargs):
                return Call(self.own(tuples[0]), args, kwargs)
            return None
        return self.build.from_repr(self, found, args, kwargs)

    def angle(self, text, depth):
        match = CLASS.fullmatch(text)
        if match:
            return self.class_named(match["path"])
        match = ENUM.fullmatch(text)
        if match:
            found = self.checkout.find_class(None, match["cls"], self.near)
            if found and has_assignment(found[2], match["member"]):
                return self.own(found, "." + match["member"])
        match = OBJECT.fullmatch(text)
        if match:
            return self.object(match["path"], match["at"].lower())
        match = FUNCTION.fullmatch(text)
        if match and "<" not in match["path"]:
            return self.function(match["path"])
        if text == "<unlabeled event>":
            return None
        return None

    def class_named(self, path):
        if path in ("int", "str", "float", "list", "dict", "set", "tuple", "bool", "bytes", "object", "type", "NoneType") and path != "NoneType":
            return Ref("builtins", path)
        module, _, name = path.rpartition(".")
        found = self.checkout.find_class(module, name, self.near)
        return self.own(found) if found else None

    def function(self, path):
        found = self.checkout.resolve(self.near, path)
        if found and found[0] == "function":
            root, module = self.checkout.module(found[1])
            return Ref(module, path.split(".")[-1], root)
        return None

    def described(self, text):
        """A whole text that is one <...> object, or the repr that a class of the checkout writes."""
        match = OBJECT.fullmatch(text)
        if match:
            return self.object(match["path"], match["at"].lower())
        if text.startswith("<") and text.endswith(">"):
            node = self.angle(text, 0)
            if node:
                return node
        return self.build.from_own_repr(self, text)

    def object(self, path, at):
        if at not in self.objects:
            self.objects[at] = None
            module, _, name = path.replace("<locals>.", "").rpartition(".")
            found = self.checkout.find_class(module, name, self.near)
            if path == "object":
                self.objects[at] = Call(Ref("builtins", "object"), exact=True)
            elif found:
                self.objects[at] = self.build.opaque(self, found, at)
        return self.objects[at]


def is_exception(name):
    import builtins
    value = getattr(builtins, name, None)
    return isinstance(value, type) and issubclass(value, BaseException)


def dotted_name(node):
    if isinstance(node, ast.Name):
        return node.id
    inner = dotted_name(node.value) if isinstance(node, ast.Attribute) else None
    return f"{inner}.{node.attr}" if inner else None


def has_assignment(cls, name):
    return any(isinstance(t, ast.Name) and t.id == name for s in cls.body if isinstance(s, (ast.Assign, ast.AnnAssign))
               for t in (s.targets if isinstance(s, ast.Assign) else [s.target]))


def put_aside(text, aside):
    """The text with each <...> outside of strings replaced by a name; None when brackets do not match."""
    out, i, quote, depth, begin = [], 0, "", 0, 0
    while i < len(text):
        c = text[i]
        if quote and not depth:
            if c == "\\":
                out.append(text[i:i + 2])
                i += 2
                continue
            if c == quote:
                quote = ""
            out.append(c)
        elif c == "<":
            begin = begin if depth else i
            depth += 1
        elif c == ">" and depth:
            depth -= 1
            if not depth:
                out.append(f"devflow_aside_{len(aside)}")
                aside.append(text[begin:i + 1])
        elif not depth:
            if c in "'\"":
                quote = c
            out.append(c)
        i += 1
        if len(aside) > 200:
            return None
    return None if depth or quote else "".join(out)
