"""What to call a function with: values of the event where it has them, and readings and typical values where it does not. Each
parameter gets a list of nodes, the likeliest first; the search tries them together."""

import ast
import heapq
import itertools

from devflow_build import Builder
from devflow_callers import called
from devflow_changes import mutants, replaced
from devflow_earlier import earlier
from devflow_examples import examples
from devflow_fields import attributes_from, constants_of, is_default
from devflow_reading import literals_of
from devflow_shapes import Shape
from devflow_source import own_nodes
from devflow_told import composed, guess, told_by
from devflow_typical import typical
from devflow_values import Call, FILTERED, Lit, Loop, Map, Node, OBJECT, Obj, Reader, Ref, Seq, of_python

OPTIONS, COMBINATIONS = 260, 3000


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

    def __init__(self, checkout, shapes, facts, definition, frame, error, variables=True, bare=False, more=()):
        self.d, self.frame, self.error = definition, frame, error
        self.builder = Builder(checkout, shapes, facts, bare)
        self.reader = Reader(checkout, self.builder)
        self.reader.near = definition.file
        self.shapes, self.missing, self.names, self.options = shapes, [], [], []
        self.literals, self.others = literals_of(definition), None
        beside = [d for one in facts.definitions for _, _, d in called(checkout, one) if d and d not in facts.definitions][:8]
        for other in [*facts.definitions, *beside]:
            self.literals += [v for v in literals_of(other) if not any(v is w or (type(v) is type(w) and v == w) for w in self.literals)]
        self.builder.words = [v for v in self.literals if isinstance(v, str) and v.isidentifier()]
        shapes.trace = facts.definitions
        self.told = [n for text, printed in told_by(checkout, facts.definitions, error["value"]) for n in self.told_nodes(text, printed)][:6]
        self.asked = [Lit(text, False, "taken from the breadcrumbs") for text in more]
        self.told = self.asked + self.told
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

    def leave_attributes(self):
        """No options with attributes set on what a constructor made: methods called before may do."""
        self.options = [[n for n in nodes if not has_attributes_set(n)] or nodes for nodes in self.options]

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
            texts = [n for n in node.walk() if type(n) is Lit and not n.exact and isinstance(n.value, (str, int))][:6] if self.asked else []
            nodes += [replaced(node, text, other) for other in self.asked for text in texts]
            nodes += [replaced(node, made, told) for made in node.walk() if (told := self.of_records(made))]
            nodes += mutants(node, self.error["type"], self.error["value"], self.literals, named=self.hinted())
        return nodes

    def of_records(self, made):
        """In the place of a made-up list of records: those of the event that have what the source reads of them."""
        if not self.given or not isinstance(made, Seq) or made.exact or not made.items or not isinstance(made.items[0], Map):
            return None
        keys = {k.value for k, _ in made.items[0].items if isinstance(k, Lit)}
        told = [self.reader.read(r) for r in self.builder.facts.records if keys <= r.keys()][:10]
        return Seq(made.kind, told, False, "the records are those of the event") if told and None not in told else None

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
                before = earlier(self.d, name, node)
                if isinstance(said, (list, dict)):
                    shape = Shape()
                    if annotation is not None:
                        self.shapes.annotated(self.d.file, annotation, shape)
                    annotated = "tuple" if kind == "rest" else shape.kind
                    self.shapes.of_name(self.d, name, shape, 0)
                    typed = self.as_named_tuple(node, shape)
                    first = [*([typed] if typed is not node else []), *([node, *before] if before else [])]
                    return [*first, *self.and_earlier(node, name, readings(node, said, annotated, self.error["value"])), *self.vary(node)[1:]]
                return [node, *before, *self.vary(node)[1:]]
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

    def objects(self):
        """The objects of the checkout's classes that the event names anywhere."""
        if self.others is None:
            said = dict.fromkeys(v for v in self.builder.facts.said if OBJECT.fullmatch(v)) if self.given else ()
            self.others = [n for n in map(self.reader.read, list(said)[:20]) if isinstance(n, Obj)]
        return self.others

    def examples(self):
        """Combinations of what the checkout itself calls the function with; where it gives nothing, the likeliest."""
        found = []
        for receiver, given in examples(self.builder.checkout, self.reader, self.d) if not self.given else ():
            places = [receiver if kind == "self" else given.get(name) for name, kind in self.names]
            if any(node is not None for node in places):
                found.append(tuple(0 if node is None else self.place(i, node) for i, node in enumerate(places)))
        return found

    def scalars(self):
        """The texts and numbers that the event's variables have, and texts that the source makes of them."""
        if not self.given:
            return []
        read = {name: self.reader.read(v) for name, v in list(self.builder.facts.named.items())[:40] if v != FILTERED}
        values = [v for n in read.values() for v in scalars_of(n)]
        made = composed(self.builder.facts.definitions, lambda name: scalars_of(read.get(name)))
        return list(dict.fromkeys([*made, *values]))[:8 + len(made)]

    def place(self, i, node):
        """Where a node stands in the options of a place; it is added to them."""
        self.options[i].append(node)
        return len(self.options[i]) - 1

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
                        extra = 1 if combination[i] != base[i] else 1 + 30 * changed + 20 * isinstance(self.options[i][0], Omitted)
                        heapq.heappush(queue, (cost + extra, next(count), new))

    def nodes(self, combination):
        return [(name, kind, self.options[i][c]) for i, ((name, kind), c) in enumerate(zip(self.names, combination))]


def has_attributes_set(node):
    return isinstance(node, Obj) and node.base is not None and bool(node.attrs)


def scalars_of(node):
    """[the value] of a short text or a number that the event has, those in a list of such, else none."""
    if isinstance(node, Seq):
        return [v for item in node.items[:4] if type(item) is Lit for v in scalars_of(item)]
    return [node.value] if type(node) is Lit and node.exact and isinstance(node.value, (str, int, float)) and len(str(node.value)) < 60 else []


class Omitted(Node):
    """The parameter's own default."""

    def write(self, out):
        raise AssertionError

    def key(self):
        return ("omitted",)
