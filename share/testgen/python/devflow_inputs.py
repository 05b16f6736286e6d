"""What to call a function with: values of the event where it has them, and readings and typical values where it does not. Each
parameter gets a list of nodes, the likeliest first; the search tries them together."""

import ast
import heapq
import itertools
import re

from devflow_shapes import Shape, literals_of, mutants, replaced, typical
from devflow_source import dotted, own_nodes
from devflow_told import guess, held, repr_pattern, told_by
from devflow_values import Call, FILTERED, Lit, Loop, Map, Node, OBJECT, Obj, Reader, Ref, Seq, is_name, of_python

OPTIONS, COMBINATIONS = 260, 3000


class Facts:
    """What the variables of all frames say of objects and names: attributes by address, values by name."""

    def __init__(self, frames):
        self.attributes, self.named, self.loops, self.returned = {}, {}, {}, {}
        self.definitions = list({id(d): d for _, d in frames if d}.values())[:8]
        self.numbers = []
        for frame, _ in frames:
            for value in (frame.get("vars") or {}).values():
                for text in value if isinstance(value, list) else [value]:
                    if isinstance(text, str) and re.fullmatch(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", text) and len(self.numbers) < 12:
                        number = ast.literal_eval(text) if not re.match(r"-?0\d", text) else 0
                        self.numbers += [number] if number and number not in self.numbers else []
        for i, (frame, d) in enumerate(frames):
            variables = frame.get("vars") or {}
            for name, value in variables.items():
                self.named.setdefault(name, value)
            if d:
                self._of(d, variables, frames[i + 1] if i + 1 < len(frames) else None, frame)

    def _of(self, d, variables, following, frame):
        at = {n: OBJECT.fullmatch(v)["at"].lower() for n, v in variables.items() if isinstance(v, str) and OBJECT.fullmatch(v)}
        if not at:
            return
        stores = {}
        for node in own_nodes(d.node):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                stores[node.id] = stores.get(node.id, 0) + 1
        for node in own_nodes(d.node):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if name in variables and stores.get(name) == 1 and node.lineno < frame["line"]:
                    self._note(at, node.value, variables[name])
                    self._result(at, node.value, variables[name], variables)
            elif isinstance(node, (ast.For, ast.AsyncFor)) and isinstance(node.target, ast.Name) and node.target.id in variables:
                if isinstance(node.iter, ast.Attribute) and isinstance(node.iter.value, ast.Name) and node.iter.value.id in at:
                    self.loops.setdefault(at[node.iter.value.id], {}).setdefault(node.iter.attr, variables[node.target.id])
            elif isinstance(node, ast.Call) and following and following[1] and node.lineno <= frame["line"] <= node.end_lineno:
                self._call(at, node, following)

    def _call(self, at, node, following):
        frame, d = following
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name != d.name:
            return
        names = [p[0] for p in d.parameters() if p[1] in ("plain", "only")]
        for arg, value in itertools.chain(zip(names, node.args), ((k.arg, k.value) for k in node.keywords)):
            if arg in (frame.get("vars") or {}):
                self._note(at, value, frame["vars"][arg])

    def _result(self, at, node, value, variables):
        """What a method of an object returned, and for which arguments."""
        call = node.value if isinstance(node, ast.Await) else node
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id in at:
            given = [(i, a) for i, a in enumerate(call.args)] + [(k.arg, k.value) for k in call.keywords]
            args = {i: variables[a.id] for i, a in given if isinstance(a, ast.Name) and a.id in variables}
            self.returned.setdefault(at[call.func.value.id], []).append((call.func.attr, value, args))

    def _note(self, at, node, value):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in at:
            self.attributes.setdefault(at[node.value.id], {}).setdefault(node.attr, value)


class Builder:
    def __init__(self, checkout, shapes, facts, bare=False):
        self.checkout, self.shapes, self.facts, self.bare = checkout, shapes, facts, bare
        self.busy = set()

    def ref(self, found, more=""):
        root, module = self.checkout.module(found[0])
        return Ref(module, found[1] + more, root)

    def bases(self, found, depth=0):
        """The class and those of the checkout that it is made from, nearest first."""
        yield found
        for base in found[2].bases if depth < 8 else []:
            name = base.id if isinstance(base, ast.Name) else None
            target = self.checkout.resolve(found[0], name) if name else None
            if target and target[0] == "class":
                yield from self.bases((target[1], target[3], target[2]), depth + 1)

    def base_names(self, found):
        return {n for f in self.bases(found) for b in f[2].bases for n in [b.id if isinstance(b, ast.Name) else getattr(b, "attr", "")]}

    def constructor(self, found):
        for file, _, node in self.bases(found):
            d = file.method(node, "__init__")
            if d:
                return d
        return None

    def fields(self, found):
        """Of a dataclass, named tuple or model: (name, annotation, default, whether the constructor takes it, file)."""
        result = {}
        for file, _, node in reversed(list(self.bases(found))):
            for s in node.body:
                if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name) and "ClassVar" not in ast.dump(s.annotation):
                    takes, default = True, s.value
                    if isinstance(s.value, ast.Call):
                        words = {k.arg: k.value for k in s.value.keywords}
                        takes = not (isinstance(words.get("init"), ast.Constant) and words["init"].value is False)
                        default = s.value if "default" in words or "default_factory" in words or "factory" in words else None
                    result[s.target.id] = (s.target.id, s.annotation, default, takes, file)
        return list(result.values())

    def is_record(self, found):
        names = [ast.dump(d) for f in self.bases(found) for d in f[2].decorator_list]
        return any("dataclass" in n or "attr" in n or "define" in n for n in names) or \
            bool(self.base_names(found) & {"NamedTuple", "BaseModel", "TypedDict"})

    def instance(self, found, depth=0):
        """A made-up instance of a class, or None."""
        key = (found[0].relative, found[1])
        if key in self.busy or depth > 5:
            return None
        self.busy.add(key)
        try:
            return self._instance(found, depth)
        finally:
            self.busy.discard(key)

    def _instance(self, found, depth):
        why = f"{found[1]} is made up"
        if self.base_names(found) & {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"}:
            member = next((t.id for s in found[2].body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)), None)
            return self.ref(found, "." + member) if member else None
        if "TypedDict" in self.base_names(found):
            return Map([(Lit(f[0]), self.of_annotation(f[4], f[1], depth, f[0])) for f in self.fields(found)], False, why)
        if self.is_record(found) and not self.constructor(found):
            call = Call(self.ref(found), [], [(f[0], self.of_annotation(f[4], f[1], depth, f[0])) for f in self.fields(found)
                                              if f[3] and f[2] is None], False, why)
            call.optional = [f[0] for f in self.fields(found) if f[3] and f[2] is not None]
            return call
        init = self.constructor(found)
        kwargs, args = [], []
        for name, kind, annotation, default in init.parameters() if init else []:
            if default is None and kind in ("plain", "only", "key"):
                shape = self.shapes.of_parameter(init, name, annotation, default)
                self.from_uses(found, init, name, shape)
                value = typical(shape, self, depth + 1, name)
                (args.append(value) if kind == "only" else kwargs.append((name, value)))
        call = Call(self.ref(found), args, kwargs, False, why)
        call.optional = [p[0] for p in init.parameters() if p[3] is not None and p[1] in ("plain", "key")] if init else []
        return call

    def from_uses(self, found, init, name, shape):
        """A parameter that becomes an attribute is used where the attribute is."""
        attr = next((t.attr for n in own_nodes(init.node) if isinstance(n, ast.Assign) and isinstance(n.value, ast.Name)
                     and n.value.id == name for t in n.targets if isinstance(t, ast.Attribute)), None)
        if not attr:
            return
        for d in found[0].definitions:
            if d.outer is found[2] and d.first and d.name != "__init__":
                up = self.shapes.parent(d)
                for n in own_nodes(d.node):
                    if isinstance(n, ast.Attribute) and n.attr == attr and isinstance(n.value, ast.Name) and n.value.id == d.first:
                        self.shapes.used(d, up, n, shape, 2)
        for d in self.facts.definitions:
            up = self.shapes.parent(d) if d.outer is not found[2] else {}
            for n in own_nodes(d.node) if up else ():
                if isinstance(n, ast.Attribute) and n.attr == attr and isinstance(n.ctx, ast.Load) and isinstance(n.value, ast.Name):
                    self.shapes.used(d, up, n, shape, 2)

    def of_annotation(self, file, annotation, depth, name=""):
        shape = Shape()
        if annotation is not None:
            self.shapes.annotated(file, annotation, shape)
        return typical(shape, self, depth + 1, name)

    def class_with(self, attrs):
        """The only class of the checkout that has all these attributes, or None."""
        matching = []
        for found in self.checkout.classes(*(a for a in attrs if a not in ("name", "value"))):
            if attrs <= self.attributes_of(found):
                matching.append(found)
        return matching[0] if len(matching) == 1 else None

    def tuple_with(self, attrs):
        self.checkout.named_tuples(0)
        fits = [t for t in self.checkout.tuple_index if attrs <= set(t[2])]
        return fits[0] if len(fits) == 1 else None

    def attributes_of(self, found):
        names = {f[0] for f in self.fields(found)}
        if self.base_names(found) & {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"}:
            names |= {"name", "value"}
        for file, _, node in self.bases(found):
            for s in node.body:
                if hasattr(s, "name"):
                    names.add(s.name)
            for n in ast.walk(node):
                if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store) and isinstance(n.value, ast.Name) and n.value.id == "self":
                    names.add(n.attr)
        return names

    def from_repr(self, reader, found, args, kwargs):
        """Of a repr that looks like a call: through the constructor where it takes these names, else attribute by attribute."""
        record = self.is_record(found)
        init = self.constructor(found)
        if args and not kwargs:
            return Call(self.ref(found), args) if init or self.base_names(found) else None
        if record and not init:
            fields = {f[0]: f for f in self.fields(found)}
            takes = {n: f[3] for n, f in fields.items()}
            if not all(n in takes for n, _ in kwargs):
                return None
            kwargs = [(n, v) for n, v in kwargs if not is_default(fields[n][2], v)]
            given = [(n, v) for n, v in kwargs if takes[n]]
            rest = [(n, v) for n, v in kwargs if not takes[n]]
            missing = [n for n, _, default, t, _ in self.fields(found) if t and default is None and n not in dict(given)]
            given += [(n, self.of_annotation(f[4], f[1], 0, n)) for n in missing for f in self.fields(found) if f[0] == n]
            call = Call(self.ref(found), args, given)
            return Obj(self.ref(found), rest, call) if rest else call
        names = {p[0] for p in init.parameters()} if init else set()
        if init and all(n in names for n, _ in kwargs) and \
                all(p[3] is not None or p[0] in dict(kwargs) or p[1] in ("rest", "options") for p in init.parameters()[len(args):]):
            return Call(self.ref(found), args, kwargs)
        if "namedtuple" in ast.dump(found[2]):
            return Call(self.ref(found), args, kwargs)
        return Obj(self.ref(found), kwargs, None, exact=not args) if not args else None

    def from_own_repr(self, reader, text):
        """A text that the __repr__ of a class of the checkout writes, taken apart again."""
        for found in self.checkout.classes("__repr__"):
            pattern = repr_pattern(found[2])
            match = pattern and pattern[0].fullmatch(text)
            if match:
                attrs = []
                for i, (name, kind) in enumerate(pattern[1]):
                    if not name:
                        continue
                    node = reader.text(match[i + 1]) if kind == "r" else guess(match[i + 1])
                    if node is None:
                        return None
                    attrs.append((name, node))
                return self.with_attributes(reader, found, dict(attrs), None)
        return None

    def opaque(self, reader, found, at):
        values = {n: reader.read(v) for n, v in self.facts.attributes.get(at, {}).items()}
        for name, value in self.facts.loops.get(at, {}).items():
            node = reader.read(value)
            if node is not None and name not in values:
                values[name] = Seq("list", [node], False, f"{name} has what the loop had")
        for name, value, args in self.facts.returned.get(at, []):
            method = next((m for m in (f[0].method(f[2], name) for f in self.bases(found)) if m), None)
            node = reader.read(value)
            answer = held(method, node, {k: reader.read(v) for k, v in args.items()}) if method and node is not None else None
            if answer and values.get(answer[0]) is None:
                values[answer[0]] = answer[1]
        return self.with_attributes(reader, found, {n: v for n, v in values.items() if v is not None}, at)

    def with_attributes(self, reader, found, known, at):
        why = f"the event does not say what is in the {found[1].split('.')[-1]}"
        own = self.attributes_of(found)
        init = self.constructor(found)
        stored = attributes_from(init) if init else {}
        known = {n: v for n, v in known.items() if is_name(n)}
        if self.bare:
            attrs = dict(known)
            for name, node in constants_of(init).items() if init else ():
                attrs.setdefault(name, node)
            for param, attr in stored.items():
                if attr not in attrs:
                    attrs[attr] = self.argument(reader, found, init, param)
            return Obj(self.ref(found), attrs.items(), None, at, exact=False, why=why)
        if self.is_record(found) and not init:
            base = Call(self.ref(found), [], [(f[0], known.get(f[0]) or self.named(reader, f[0]) or self.of_annotation(f[4], f[1], 0, f[0]))
                                              for f in self.fields(found) if f[3] and (f[2] is None or f[0] in known)], exact=True)
            return Obj(self.ref(found), [(n, v) for n, v in known.items() if n not in dict(base.kwargs) and n in own], base, at)
        kwargs, args = [], []
        for name, kind, _, default in init.parameters() if init else []:
            if kind not in ("plain", "only", "key"):
                continue
            value = known.get(stored.get(name, name)) or (None if default is not None else self.argument(reader, found, init, name))
            if value is not None:
                (args.append(value) if kind == "only" else kwargs.append((name, value)))
        used = {stored.get(n, n) for n, _ in kwargs}
        anyway = {n: v.key() for n, v in constants_of(init).items()} if init else {}
        rest = [(n, v) for n, v in known.items() if n not in used and n in own and not callable_name(found[2], n) and anyway.get(n) != v.key()]
        exact = set(known) >= set(stored.values()) and bool(known or not stored)
        return Obj(self.ref(found), rest, Call(self.ref(found), args, kwargs, exact, why), at, exact=exact, why=why)

    def named(self, reader, name):
        value = self.facts.named.get(name)
        return reader.read(value) if name in self.facts.named else None

    def argument(self, reader, found, init, name):
        node = self.named(reader, name)
        if node is not None:
            return node
        p = next((p for p in init.parameters() if p[0] == name), None)
        shape = self.shapes.of_parameter(init, name, p[2] if p else None, p[3] if p else None)
        self.from_uses(found, init, name, shape)
        return typical(shape, self, 1, name)


def callable_name(cls, name):
    return any(getattr(s, "name", None) == name for s in cls.body)


def attributes_from(init):
    """Parameter: the attribute that __init__ puts it in."""
    names = {p[0] for p in init.parameters()}
    found = {}
    for node in own_nodes(init.node):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        for t in targets:
            if isinstance(t, ast.Attribute) and isinstance(t.value, ast.Name) and t.value.id == init.first:
                value = node.value
                if isinstance(value, ast.BoolOp) or (isinstance(value, ast.Call) and len(value.args) == 1 and getattr(value.func, "id", "") in
                                                     ("list", "dict", "set", "tuple", "str", "int", "float")):
                    value = value.values[0] if isinstance(value, ast.BoolOp) else value.args[0]
                if isinstance(value, ast.Name) and value.id in names:
                    found[value.id] = t.attr
    return found


def is_default(default, node):
    """Whether a value is what its default gives: such is not said again, for a fix may be another default."""
    if isinstance(default, ast.Call) and dotted(default.func).split(".")[-1] in ("field", "Factory"):
        words = {k.arg: k.value for k in default.keywords}
        made = words.get("default_factory")
        if isinstance(made, ast.Name) and made.id in ("list", "dict", "set"):
            return isinstance(node, Map if made.id == "dict" else Seq) and not node.items and (made.id == "dict" or node.kind == made.id)
        default = words.get("default")
    if default is None:
        return False
    if isinstance(default, ast.Attribute):
        return isinstance(node, Ref) and node.name == dotted(default)
    try:
        return of_python(ast.literal_eval(default)).key() == node.key()
    except (ValueError, TypeError, SyntaxError):
        return False


def constants_of(init):
    found = {}
    for node in own_nodes(init.node):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for t in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(t, ast.Attribute) and isinstance(t.value, ast.Name) and t.value.id == init.first:
                    try:
                        found[t.attr] = of_python(ast.literal_eval(node.value))
                    except (ValueError, TypeError, SyntaxError):
                        pass
    return found


# Readings of one value: what arrived as a list may have been a tuple or a set, keys that arrived as texts may have been numbers.

def readings(node, said, annotated, message):
    """Further readings of a node that came from lists and dicts, the likeliest first."""
    kinds = ["list", "tuple", "set"]
    if annotated in kinds:
        kinds = [annotated] + [k for k in kinds if k != annotated]
    elif "tuple" in message or "can only concatenate tuple" in message:
        kinds = ["tuple", "list", "set"]
    elif "'set'" in message:
        kinds = ["set", "list", "tuple"]
    elif isinstance(said, list) and "unhashable type: 'list'" not in message and has_list(said):
        kinds = ["list", "tuple"]
    results, seen = [], set()
    inner = ["list", "tuple"] if "unhashable" not in message else ["list", "tuple", "set"]
    for keys in (key_order(node)):
        for kind in kinds if isinstance(said, list) else [None]:
            for within in inner:
                changed = reread(node, said, kind, within, keys)
                key = repr(changed.key()) if changed else None
                if changed and key not in seen:
                    seen.add(key)
                    results.append(changed)
    return results[:12]


def has_list(said):
    return any(isinstance(v, (list, dict)) for v in said)


def key_order(node):
    keys = [k.value for n in node.walk() if isinstance(n, Map) for k, _ in n.items if isinstance(k, Lit)]
    others = [k for k in keys if isinstance(k, str) and other_key(k) is not None]
    if not others:
        return [False]
    return [True, False] if len(others) == len(keys) else [False, True]


def other_key(text):
    """What a key that arrived as text was before, when it was no text."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, (int, float, tuple, bool, frozenset, bytes)) or (value is None and text == "None") else None


def reread(node, said, kind, within, keys, top=True):
    if isinstance(said, list) and isinstance(node, Seq):
        items = [reread(n, s, kind, within, keys, False) for n, s in zip(node.items, said)]
        if any(i is None for i in items):
            return None
        chosen = kind if top else within
        if chosen == "set" and any(isinstance(i, (Map,)) or (isinstance(i, Seq) and i.kind in ("list", "set")) for i in items):
            return None
        return Seq(chosen, items, node.exact, node.why)
    if isinstance(said, dict) and isinstance(node, Map):
        pairs = []
        for (k, v), s in zip(node.items, said.values()):
            other = other_key(k.value) if keys and isinstance(k, Lit) and isinstance(k.value, str) else None
            new = reread(v, s, kind, within, keys, False)
            if new is None:
                return None
            pairs.append((of_python(other) if other is not None or (keys and k.value == "None") else k, new))
        return Map(pairs, node.exact, node.why)
    return node


class Inputs:
    """The options of every parameter of one candidate, and combinations of them in order."""

    def __init__(self, checkout, shapes, facts, definition, frame, error, variables=True, bare=False):
        self.d, self.frame, self.error = definition, frame, error
        self.builder = Builder(checkout, shapes, facts, bare)
        self.reader = Reader(checkout, self.builder)
        self.reader.near = definition.file
        self.shapes, self.missing, self.names, self.options = shapes, [], [], []
        self.literals = literals_of(definition)
        for other in facts.definitions:
            self.literals += [v for v in literals_of(other) if not any(v is w or (type(v) is type(w) and v == w) for w in self.literals)]
        self.told = [n for text, printed in told_by(checkout, facts.definitions, error["value"]) for n in self.told_nodes(text, printed)][:6]
        variables = (frame.get("vars") or {}) if variables else {}
        self.given = variables
        for name, kind, annotation, default in definition.parameters():
            if kind in ("rest", "options") and name not in variables:
                continue
            nodes = self.of_parameter(name, kind, annotation, default, variables)
            if nodes:
                self.names.append((name, kind))
                self.options.append(nodes)
        self.receiver_option()

    def told_nodes(self, text, printed):
        """Of a part of the message: what repr() wrote, or the text, and the number it looks like."""
        node = self.reader.text(text) if printed else None
        values = [node] if node is not None else [Lit(text)]
        other = guess(text)
        if not printed and not isinstance(other.value, str):
            values.insert(0, other)
        for value in values:
            value.exact, value.why = False, "taken from the message"
        return values

    def receiver_option(self):
        d = self.d
        if d.kind in ("method", "property", "setter"):
            node = None
            said = self.given.get(d.first)
            if said is not None:
                node = self.reader.read(said)
            found = self.class_of(said)
            if node is None and found and self.builder.bare:
                node = self.builder.with_attributes(self.reader, found, {}, None)
            node = node or (self.builder.instance(found) if found else None)
            if node is None:
                self.missing.append(f"an instance of {d.cls.name}")
                return
            self.names.insert(0, ("", "self"))
            self.options.insert(0, self.vary(node) + self.filled(node) + self.in_other_states(node))
        elif d.kind in ("class", "static", "new"):
            said = self.given.get(d.first) if d.first else None
            node = self.reader.read(said) if isinstance(said, str) and d.kind != "static" else None
            self.names.insert(0, ("", "class"))
            self.options.insert(0, [node if isinstance(node, Ref) else self.builder.ref(self.class_of(None))])

    def filled(self, node):
        """The receiver with what its constructor leaves empty filled as the method uses it."""
        found = self.class_of(self.given.get(self.d.first))
        init = self.builder.constructor(found)
        if not init or not isinstance(node, (Call, Obj)):
            return []
        attrs, up = [], self.shapes.parent(self.d)
        for attr, value in constants_of(init).items():
            uses = [n for n in own_nodes(self.d.node) if isinstance(n, ast.Attribute) and n.attr == attr
                    and isinstance(n.value, ast.Name) and n.value.id == self.d.first]
            if uses and isinstance(value, (Seq, Map)) and not value.items if isinstance(value, (Seq, Map)) else False:
                shape = Shape()
                for use in uses:
                    self.shapes.used(self.d, up, use, shape, 1)
                attrs.append((attr, typical(shape, self.builder, 1, attr)))
        if not attrs or isinstance(node, Obj) and node.attrs:
            return []
        base = node.base if isinstance(node, Obj) else node
        return self.vary(Obj(self.builder.ref(found), attrs, base, None, exact=False, why=f"what is in the {found[1]} is made up"))

    def in_other_states(self, node):
        """The receiver after other calls: attributes that its constructor sets to a constant, and that its methods set again."""
        found = self.class_of(self.given.get(self.d.first))
        init = self.builder.constructor(found)
        base = node.base if isinstance(node, Obj) else node
        if not init or not isinstance(base, Call):
            return []
        known = {n for n, _ in node.attrs} if isinstance(node, Obj) else set()
        kept = list(node.attrs) if isinstance(node, Obj) else []
        used = {n.attr for n in own_nodes(self.d.node) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == self.d.first}
        results = []
        for attr in [a for a in self.changed_later(found, init) if a in used and a not in known]:
            for value in self.states(found, init, attr):
                results.append(Obj(self.builder.ref(found), [*kept, (attr, value)], base, getattr(node, "at", None), exact=False,
                                   why=f"{attr} is as it may have been after other calls"))
        return results[:60]

    def changed_later(self, found, init):
        """Attributes that other methods set, or that the constructor leaves empty, None or a constant."""
        of_parameters = set(attributes_from(init).values())
        stored = {}
        for d in found[0].definitions:
            if d.outer is found[2] and d.first:
                for n in own_nodes(d.node):
                    if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store) and isinstance(n.value, ast.Name) and n.value.id == d.first:
                        stored.setdefault(n.attr, set()).add(d.name)
        return [a for a, where in stored.items() if a not in of_parameters or where - {"__init__"}]

    def states(self, found, init, attr):
        """Values that an attribute may have had: what the exception names, members of its enumeration, what the methods set, None."""
        values = list(self.hinted())
        for d in found[0].definitions:
            if d.outer is not found[2] or not d.first:
                continue
            for n in own_nodes(d.node):
                targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, ast.AnnAssign) else []
                if not any(isinstance(t, ast.Attribute) and t.attr == attr and isinstance(t.value, ast.Name) and t.value.id == d.first for t in targets):
                    continue
                try:
                    values.append(of_python(ast.literal_eval(n.value), exact=False))
                except (ValueError, TypeError, SyntaxError):
                    pass
                if isinstance(n.value, ast.Attribute) and isinstance(n.value.value, ast.Name):
                    enum = self.builder.checkout.resolve(found[0], n.value.value.id)
                    if enum and enum[0] == "class":
                        values += [Ref(self.builder.ref((enum[1], enum[3], enum[2])).module, f"{enum[3]}.{t.id}", self.builder.ref((enum[1], enum[3], enum[2])).root, False)
                                   for s in enum[2].body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)]
        shape, up = Shape(), self.shapes.parent(self.d)
        for n in own_nodes(self.d.node):
            if isinstance(n, ast.Attribute) and n.attr == attr and isinstance(n.value, ast.Name) and n.value.id == self.d.first:
                self.shapes.used(self.d, up, n, shape, 1)
        if shape.kinds or shape.attrs or shape.keys:
            made = typical(shape, self.builder, 1, attr)
            values += [made, *mutants(made, self.error["type"], self.error["value"], self.literals, 12)]
        values.append(Lit(None, False))
        seen, kept = set(), []
        for value in values:
            if repr(value.key()) not in seen:
                seen.add(repr(value.key()))
                kept.append(value)
        return kept[:24]

    def class_of(self, said):
        match = OBJECT.fullmatch(said) if isinstance(said, str) else None
        if match:
            module, _, name = match["path"].replace("<locals>.", "").rpartition(".")
            found = self.builder.checkout.find_class(module, name, self.d.file)
            if found:
                return found
        dotted_name = ".".join(n.name for n in self.d.path[:-1])
        return (self.d.file, dotted_name, self.d.cls)

    def vary(self, node):
        """The node, then small changes of what is made up in it."""
        nodes = [node]
        if any(not n.exact for n in node.walk()):
            nodes += mutants(node, self.error["type"], self.error["value"], self.literals, named=self.hinted())
        return nodes

    def and_earlier(self, node, name, found):
        """What a container may have been before the call changed it: numbers that were taken from, elements that were taken out."""
        why, extra = f"{name} as it was before the call changed it", []
        facts = self.builder.facts
        for leaf in [n for n in node.walk() if isinstance(n, Lit) and isinstance(n.value, (int, float)) and not isinstance(n.value, bool)][:6]:
            for number in facts.numbers:
                for times in (1, 2, 3, -1):
                    extra.append(replaced(node, leaf, Lit(leaf.value + number * times, False, why)))
        others = [n for n in (self.reader.read(v) for k, v in facts.named.items() if k != name) if isinstance(n, (Lit, Seq, Map, Call, Obj))][:10]
        if isinstance(node, Seq):
            for other in others:
                extra += [Seq(node.kind, [other, *node.items], False, why), Seq(node.kind, [*node.items, other], False, why)]
        return found + extra[:80]

    def as_named_tuple(self, node, shape):
        """Lists whose attributes the source reads were named tuples."""
        if isinstance(node, Map):
            values = [self.as_named_tuple(v, shape.keys.get(getattr(k, "value", None)) or shape.elem or Shape()) for k, v in node.items]
            return node if all(a is b for a, (_, b) in zip(values, node.items)) else Map([(k, v) for (k, _), v in zip(node.items, values)])
        if not isinstance(node, Seq):
            return node
        wanted = {n for n in shape.attrs}
        fits = [t for t in self.builder.checkout.named_tuples(len(node.items)) if wanted and wanted <= set(t[2])]
        fields = fits[0][2] if fits else [None] * len(node.items)
        items = [self.as_named_tuple(v, (shape.attrs.get(f) if f else shape.elem) or Shape()) for v, f in zip(node.items, fields)]
        if fits:
            return Call(self.builder.ref(fits[0]), items)
        return node if all(a is b for a, b in zip(items, node.items)) else Seq(node.kind, items, node.exact, node.why)

    def hinted(self):
        """What a KeyError's message reads as when it is no literal: a member of an enumeration, a date, a tuple of such."""
        value = self.error["value"]
        told = [n for n in self.told if not isinstance(n, Lit) or n.value not in ("", None)]
        node = self.reader.text(value) if self.error["type"] == "KeyError" and value[:1] in "<(abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
            else None
        if node is None or isinstance(node, Lit):
            return told
        parts = list(node.items) if isinstance(node, Seq) else []
        for part in [node, *parts]:
            part.exact, part.why = False, "taken from the message"
        return [node, *parts, *told]

    def of_parameter(self, name, kind, annotation, default, variables):
        if name in variables:
            said = variables[name]
            node = self.reader.read(said) if said != FILTERED else self.as_used(name, annotation, default)
            if node is not None and is_default(default, node):
                return [Omitted(), node]
            if node is not None:
                if isinstance(said, (list, dict)):
                    shape = Shape()
                    if annotation is not None:
                        self.shapes.annotated(self.d.file, annotation, shape)
                    annotated = "tuple" if kind == "rest" else shape.kind
                    self.shapes.of_name(self.d, name, shape, 0)
                    typed = self.as_named_tuple(node, shape)
                    return ([typed] if typed is not node else []) + self.and_earlier(node, name, readings(node, said, annotated, self.error["value"])) + (self.vary(node)[1:] if not all(n.exact for n in node.walk()) else [])
                return self.vary(node)
            self.missing.append(f"{name} (the event has only {str(said)[:60]!r})")
        elif kind in ("rest", "options"):
            return []
        elif default is not None and variables:
            return [Omitted()]
        shape = self.shapes.of_parameter(self.d, name, annotation, default)
        base = typical(shape, self.builder, 0, name)
        nodes = self.vary(base)
        if default is not None:
            nodes.insert(0, Omitted())
        looped = [Loop("list"), Loop("dict")] if self.error["type"] == "RecursionError" else []
        return nodes[:OPTIONS] + looped

    def as_used(self, name, annotation, default):
        """In the place of what was filtered: what the source expects there."""
        shape = self.shapes.of_parameter(self.d, name, annotation, default)
        node = typical(shape, self.builder, 0, name) if shape.kinds or shape.attrs or shape.keys or shape.cls else self.reader.read(FILTERED)
        for n in node.walk():
            if not n.exact:
                n.why = f"{name} was filtered"
        return node

    def exact(self, combination):
        return all(n.exact for i, c in enumerate(combination) for n in self.options[i][c].walk())

    def combinations(self, base=None):
        """Tuples of places in the options: those that differ least from the base, and earliest in the lists, first."""
        n = len(self.options)
        base = base or tuple([0] * n)
        seen = {base}
        queue = [(0, 0, base)]
        count = itertools.count(1)
        while queue and len(seen) < COMBINATIONS * 40:
            cost, _, combination = heapq.heappop(queue)
            yield combination
            for i in range(n):
                changed = sum(1 for a, b in zip(combination, base) if a != b)
                step = combination[i] + 1
                if combination[i] == base[i]:
                    step = 0 if base[i] else 1
                if step == base[i]:
                    step += 1
                if step < len(self.options[i]):
                    new = combination[:i] + (step,) + combination[i + 1:]
                    if new not in seen:
                        seen.add(new)
                        extra = 1 if combination[i] != base[i] else 1 + 30 * changed
                        heapq.heappush(queue, (cost + extra, next(count), new))

    def nodes(self, combination):
        return [(name, kind, self.options[i][c]) for i, ((name, kind), c) in enumerate(zip(self.names, combination))]


class Omitted(Node):
    """The parameter's own default."""

    def write(self, out):
        raise AssertionError

    def key(self):
        return ("omitted",)
