"""Objects of the checkout's classes, made of what the event says of them and of what their source does: by the constructor where there is one, attribute
by attribute where the event has more."""

import ast

from devflow_fields import attributes_from, constants_of, fields_of, is_default, keyed_as
from devflow_shapes import Shape
from devflow_source import FEW, dotted, own_nodes
from devflow_steps import changes_itself, keys_put
from devflow_told import guess, held, repr_pattern
from devflow_typical import typical
from devflow_values import Call, Fake, Lit, Map, Obj, Reader, Ref, Seq, Step, is_name


DEPTH = 9
NO_VALUES = {"Exception", "ValueError", "RuntimeError", "LookupError", "KeyError", "TypeError", "Enum", "IntEnum", "Protocol", "ABC", "Thread", "TestCase"}


class Builder:
    def __init__(self, checkout, shapes, facts, bare=False):
        self.checkout, self.shapes, self.facts, self.bare = checkout, shapes, facts, bare
        self.busy, self.with_attrs, self.stepping, self.near, self.leaves, self.words = set(), {}, {}, None, None, []

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
        if key in self.busy or depth > DEPTH:
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
            made = self.ref(found, "." + member) if member else None
            if made:
                made.exact, made.why = False, why
            return made
        if "TypedDict" in self.base_names(found):
            return Map([(Lit(f[0]), self.of_annotation(f[4], f[1], depth, f[0])) for f in self.fields(found)], False, why)
        if self.is_record(found) and not self.constructor(found):
            call = Call(self.ref(found), [], [(f[0], self.of_annotation(f[4], f[1], depth, f[0], found)) for f in self.fields(found) if f[3] and f[2] is None], False, why)
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
        attr = next((t.attr for n in own_nodes(init.node) if isinstance(n, ast.Assign) and name in (getattr(n.value, "id", None), keyed_as(n.value))
                     for t in n.targets if isinstance(t, ast.Attribute)), None)
        if attr:
            self.used_as(found, attr, shape)

    def used_as(self, found, attr, shape):
        """What its class's methods and the trace's functions do with an attribute."""
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

    def values_called(self, names):
        """The texts and numbers that the event has by one of these names, in a variable or in a field of one; not the key that was missing."""
        if self.leaves is None:
            self.leaves = []
            reader = Reader(self.checkout, self)
            read = [(name, reader.read(value)) for name, value in list(self.facts.named.items())[:40]]
            pairs = [pair for name, node in read if node is not None for pair in [(name, node), *fields_of(node)]]
            self.leaves = [(name, node.value) for name, node in pairs if type(node) is Lit and node.exact and type(node.value) in (str, int)]
        return list(dict.fromkeys(value for name, value in self.leaves if name in names and repr(value) != self.shapes.missing))[:4]

    def of_annotation(self, file, annotation, depth, name="", record=None):
        """record: the class whose field of that name it is; its uses say which values."""
        shape = Shape()
        if annotation is not None:
            self.shapes.annotated(file, annotation, shape)
        if record:
            self.used_as(record, name, shape)
        return typical(shape, self, depth + 1, name)

    def classes_with(self, attrs):
        """The classes of the checkout that have all these attributes."""
        key = frozenset(attrs)
        if key not in self.with_attrs:
            words = sorted(a for a in attrs if a not in ("name", "value"))
            files = self.checkout.having("class ", *words) if len(words) > 1 or self.checkout.count("class ", *words) <= FEW else []
            self.with_attrs[key] = [(f, name, node) for f in files for name, node in f.classes.items() if attrs <= self.attributes_of((f, name, node))]
        return self.with_attrs[key]

    def class_with(self, attrs, name=""):
        """The only class of the checkout that has all these attributes, or of several the one that a parameter is called after, or None."""
        matching = self.classes_with(attrs)
        if len(matching) > 1:
            matching = [m for m in matching if called_after(name, m[1])] or matching
        return matching[0] if len(matching) == 1 else None

    def class_called(self, name):
        """The only class of the checkout that a parameter is called after, or None."""
        words = [w for w in name.split("_") if len(w) > 2]
        if not words:
            return None
        heads = {"class " + "".join(w.capitalize() for w in part).rstrip("s") for part in (words, words[-1:])}
        files = {f.relative: f for head in heads if self.checkout.count(head) <= FEW for f in self.checkout.having(head)}
        matching = [(f, cls, node) for f in files.values() for cls, node in f.classes.items() if called_after(name, cls) and "." not in cls]
        return matching[0] if len(matching) == 1 else None

    def instead_of(self, node):
        """The classes whose objects may stand where a made-up object does: those with its attributes, or with a base of its class."""
        if isinstance(node, Fake):
            return [f for f in self.classes_with({n for n, _ in node.attrs}) if not self.is_abstract(f)] or self.relevant()
        target = node.target if isinstance(node, Call) else node.cls
        own = self.checkout.find_class(target.module, target.name) if isinstance(target, Ref) and target.root is not None else None
        bases = {f[1].split(".")[-1] for f in self.bases(own)} if own else set()
        found = []
        for name in sorted(bases):
            for other in self.checkout.classes(name):
                if other[2] is not own[2] and other not in found and not self.is_abstract(other) and name in self.base_names(other):
                    found.append(other)
        return found

    def left_out(self, node):
        """(name, likely value) of the arguments that a constructor's call leaves out."""
        target = node.target
        found = self.checkout.find_class(target.module, target.name) if isinstance(target, Ref) and target.root is not None else None
        init = self.constructor(found) if found else None
        for name, kind, annotation, default in init.parameters() if init else ():
            if name in node.optional and kind in ("plain", "key"):
                shape = self.shapes.of_parameter(init, name, annotation, None)
                self.from_uses(found, init, name, shape)
                yield name, typical(shape, self, 2, name)
        if found and not init:
            for name, annotation, _, takes, file in self.fields(found):
                if takes and name in node.optional:
                    yield name, self.of_annotation(file, annotation, 2, name)

    def members(self, ref):
        """The other members of the enumeration that a reference names one of."""
        cls, _, member = ref.name.rpartition(".")
        found = self.checkout.find_class(ref.module, cls) if cls and ref.root is not None else None
        names = [t.id for s in found[2].body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)] if found else []
        return [Ref(ref.module, f"{cls}.{n}", ref.root, False, ref.why) for n in names if n != member][:12] if member in names else []

    def relevant(self):
        """The classes that an object can be made of and that the trace names: first those that its functions ask a value for, then those of its files."""
        if self.near is None:
            self.near = []
            files = {d.file.relative: d.file for d in self.facts.definitions}.values()
            asked = [(d.file, name) for d in self.facts.definitions for name in classes_asked_for(d)]
            named = [(file, dotted(n)) for file in files for n in ast.walk(file.tree) if isinstance(n, (ast.Name, ast.Attribute))]
            made = [(file, n.name) for file in files for n in file.tree.body if isinstance(n, ast.ClassDef)]
            for file, name in dict.fromkeys([*asked, *named, *made]):
                cls = self.checkout.resolve(file, name) if name else None
                found = (cls[1], cls[3], cls[2]) if cls and cls[0] == "class" else None
                if found and found not in self.near and not self.is_abstract(found) and not self.base_names(found) & NO_VALUES:
                    self.near.append(found)
        return self.near[:8]

    def steps(self, node):
        """Calls of the methods that change an object of the checkout's, each with likely arguments."""
        target = node.target if isinstance(node, Call) else node.cls
        if not isinstance(target, Ref) or target.root is None or isinstance(node, Call) and node.method:
            return []
        found = self.checkout.find_class(target.module, target.name)
        if found and found[1] not in self.stepping:
            self.stepping[found[1]] = [self.step(f, d) for f in self.bases(found) for d in f[0].definitions if d.outer is f[2] and changes_itself(d)][:8]
        return self.stepping[found[1]] if found else []

    def step(self, found, d):
        given = []
        for name, kind, annotation, default in d.parameters():
            if default is None and kind in ("plain", "key"):
                given.append((name, typical(self.shapes.of_parameter(d, name, annotation, default), self, 2, name)))
        made = Step(d.name, given, f"{d.name} was called before")
        made.keys = list(keys_put(d))
        return made

    def is_abstract(self, found):
        return any(isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(dotted(d).split(".")[-1] == "abstractmethod" for d in s.decorator_list)
                   for s in found[2].body)

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
            return Call(self.ref(found), args) if init or record or self.base_names(found) else None
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
                why = f"{name} has what the loop had"
                init = self.constructor(found)
                keyed = isinstance(constants_of(init).get(name), Map) if init else False
                values[name] = Map([(node, Seq("list", [], False, why))], False, why) if keyed else Seq("list", [node], False, why)
        for name, pairs in self.facts.entries.get(at, {}).items():
            items = [(reader.read(k), reader.read(v)) for k, v in pairs]
            if name not in values and all(type(k) is Lit and isinstance(k.value, str) and v is not None for k, v in items):
                values[name] = Map(items, False, f"{name} has what was looked up")
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
        call = Call(self.ref(found), args, kwargs, exact, why)
        call.optional = [p[0] for p in init.parameters() if p[3] is not None and p[0] not in dict(kwargs) and p[1] in ("plain", "key")] if init else []
        return Obj(self.ref(found), rest, call, at, exact=exact, why=why)

    def named(self, reader, name):
        value = self.facts.named.get(name)
        return reader.read(value) if name in self.facts.named else None

    def argument(self, reader, found, init, name):
        node = self.named(reader, name)
        if node is not None:
            for n in node.walk() if not isinstance(node, Obj) else ():
                n.exact, n.why = False, f"{name} is what was called so elsewhere"
            return node
        p = next((p for p in init.parameters() if p[0] == name), None)
        shape = self.shapes.of_parameter(init, name, p[2] if p else None, p[3] if p else None)
        self.from_uses(found, init, name, shape)
        return typical(shape, self, 1, name)


def classes_asked_for(d):
    """Names of the classes that a function tells values apart by: of isinstance, of `type(x) is`, of patterns."""
    for node in own_nodes(d.node):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("isinstance", "issubclass") and len(node.args) == 2:
            given = node.args[1]
            parts = [given.left, given.right] if isinstance(given, ast.BinOp) else getattr(given, "elts", [given])
            yield from map(dotted, parts)
        elif isinstance(node, ast.MatchClass):
            yield dotted(node.cls)
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Call) and getattr(node.left.func, "id", "") == "type":
            yield from map(dotted, node.comparators)


def called_after(name, cls):
    """Whether a parameter's name is the class's, as programs write them: line_item of LineItem, orders of Order."""
    plain = name.replace("_", "").lower()
    own = cls.split(".")[-1].replace("_", "").lower()
    return plain and (plain in (own, own + "s", own + "es") or (len(own) > 3 and plain.endswith((own, own + "s"))))


def callable_name(cls, name):
    return any(getattr(s, "name", None) == name for s in cls.body)


__all__ = ["Builder"]
