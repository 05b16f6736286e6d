"""What may have made the values of a call that nothing of the checkout stands before: its caller is not in the checkout, or the event does not name it. Where
the fix is there, the call with the event's values goes on raising. What the call comes to itself is not among it: a fix there shows."""

import ast
import hashlib
import inspect
import os
import re

from devflow_source import DEF, FEW, dotted, own_nodes
from devflow_values import CLASS, FUNCTION, OBJECT, Lit, Ref

PACKAGE, COME_TO, MOST = 40, 120, 40  # files of a package that is looked at whole; parts that are followed; parts that are named
IS_TEST = re.compile(r"(^|/)(tests?/|test_|conftest)|_test\.py$")
CHANGING = {"add", "append", "appendleft", "clear", "discard", "extend", "insert", "pop", "popleft", "remove", "reverse", "setdefault", "sort", "update"}
TEXTS = {"capitalize", "casefold", "decode", "format", "join", "lower", "lstrip", "replace", "rstrip", "strip", "title", "upper", "zfill"}
MADE_BY = {"bool": "bool", "float": "number", "int": "number", "isinstance": "bool", "len": "number", "repr": "str", "round": "number", "str": "str"}
KINDS = {bool: "bool", bytes: "bytes", float: "number", int: "number", str: "str", type(None): "None"}


# These stand in the test, too.
def without_blanks(text):
    """Its lines, but for empty ones and spaces at their ends."""
    return "\n".join(line.rstrip() for line in text.split("\n") if line.strip()).encode()


def parts_in(tree, outer=""):
    """(name, node) of what a module and its classes define; without a name, what the module does."""
    for node in ast.iter_child_nodes(tree):
        targets = [*getattr(node, "targets", ()), getattr(node, "target", None)]
        names = {getattr(node, "name", None), *(getattr(t, "id", None) for t in targets)} - {None}
        yield from ((outer + name, node) for name in names)
        if isinstance(node, ast.ClassDef):
            yield from parts_in(node, f"{outer}{node.name}.")
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from parts_in(node, outer)
        if isinstance(tree, ast.Module) and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
            yield "", node


def digest_of_parts(folder, named):
    """Of the lines of these functions, classes and variables."""
    whole = hashlib.sha256()
    for file, names in named.items():
        text = (folder / file).read_text(encoding="utf-8-sig", errors="replace") if (folder / file).is_file() else ""
        for name, node in parts_in(ast.parse(text)):
            if name in names:
                first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
                whole.update(without_blanks("\n".join(text.split("\n")[first - 1:node.end_lineno])))
    return whole.hexdigest()[:16]


def source_of(*functions):
    """Their lines, as they stand in the test."""
    return "\n\n".join(inspect.getsource(f) for f in functions).rstrip().split("\n")


def parts_of(file):
    if not hasattr(file, "parts"):
        file.parts = {}
        for name, node in parts_in(file.tree):
            file.parts.setdefault(name, []).append(node)
    return file.parts


def is_test(file):
    return bool(IS_TEST.search(file.relative.replace(os.sep, "/")))


def meant(checkout, file, name, depth=0):
    """(file, name) of the part of the checkout that a name in a file means, or None."""
    head, _, rest = name.partition(".")
    if head in parts_of(file):
        return file, head
    target = checkout.import_file(file, *file.imports[head]) if head in file.imports and depth < 6 else None
    wanted = ".".join(p for p in (target[1], rest) if p) if target else ""
    return meant(checkout, target[0], wanted, depth + 1) if wanted else None


def methods_named(checkout, name):
    """The parts that are methods of that name, where these are few."""
    if checkout.count(f"def {name}(") > FEW:
        return []
    found = [(f, d.qualname) for f in checkout.having(f"def {name}(") for d in f.definitions if d.name == name and d.cls and not d.nested]
    return found if len(found) <= 3 else []


def named(checkout, file, node):
    """The parts of the checkout that the names in a node mean."""
    for n in ast.walk(node):
        part = meant(checkout, file, dotted(n)) if isinstance(n, (ast.Name, ast.Attribute)) and dotted(n) else None
        if part:
            yield part
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute):
            yield from methods_named(checkout, n.func.attr)


def begun(part):
    """The nodes of a part; of a class what runs when an object of it is made."""
    file, name = part
    classes = [n for n in parts_of(file).get(name, ()) if isinstance(n, ast.ClassDef)]
    made = [d.node for c in classes for d in file.definitions if d.outer is c and d.name in ("__init__", "__new__", "__post_init__")]
    return made if classes else parts_of(file).get(name, ())


def led_to(checkout, start, nodes_of, most, but=()):
    """These parts and what their names lead to, step by step, the nearest first."""
    found = dict.fromkeys(list(dict.fromkeys(start))[:most])
    todo = list(found)
    for part in todo:
        for node in nodes_of(part) if len(found) < most else ():
            new = [p for p in dict.fromkeys(named(checkout, part[0], node)) if p not in found and p not in but][:most - len(found)]
            found.update(dict.fromkeys(new))
            todo += new
    return found


def kind_of(value):
    """What a scalar is that an expression surely gives, else ""."""
    if isinstance(value, ast.Constant):
        return KINDS.get(type(value.value), "")
    if isinstance(value, ast.Call):
        last = dotted(value.func).split(".")[-1] or getattr(value.func, "attr", "")
        return "str" if isinstance(value.func, ast.Attribute) and last in TEXTS else MADE_BY.get(last, "") if isinstance(value.func, ast.Name) else ""
    return "str" if isinstance(value, ast.JoinedStr) else "bool" if isinstance(value, ast.Compare) else ""


def changes(nodes):
    """Whether something that there was before is changed: an element or an attribute is set, or such a method called."""
    return any(isinstance(n, (ast.Attribute, ast.Subscript)) and not isinstance(n.ctx, ast.Load)
               or isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in CHANGING for n in nodes)


def may_give(d, kinds):
    """Whether a function may have made a value with scalars of these kinds in it: by what it returns, or by what it changes."""
    nodes = list(own_nodes(d.node))
    if d.generator or changes(nodes):
        return True
    given = [n.value for n in nodes if isinstance(n, ast.Return)]
    if all(v is None for v in given):
        return False
    return any(kind_of(v) in ("", *kinds) for v in given)


def may_be(checkout, file, value, kinds):
    """Whether what a variable of a module is set to may be handed on as a value with scalars of these kinds in it."""
    if isinstance(value, ast.Call) and kind_of(value) == "":
        return bool(meant(checkout, file, dotted(value.func)))
    return isinstance(value, (ast.Dict, ast.List, ast.Set, ast.Tuple)) or kind_of(value) in kinds - {""}


def kinds_of(trial):
    values = [n for node in trial.all_nodes() for n in node.walk()]
    return {KINDS.get(type(n.value), "") for n in values if isinstance(n, Lit)}


def files_around(checkout, d, trial):
    """Those of the function's package; where these are many, those that it imports or that import it. Those of the classes of its input."""
    top = d.file.relative.split(os.sep)[:2 if d.file.relative.startswith(("src" + os.sep, "lib" + os.sep)) else 1]
    names = [n for n in checkout.names if n.split(os.sep)[:len(top)] == top] if len(top) < d.file.relative.count(os.sep) + 1 else \
        [n for n in checkout.names if os.sep not in n]
    if len(names) > PACKAGE:
        stem = os.path.basename(d.file.relative)[:-3]
        users = checkout.having("import", stem) if checkout.count("import", stem) <= FEW else []
        names = [f.relative for f in (d.file, *imported(checkout, d.file), *(f for f in users if d.file in imported(checkout, f)))]
    classes = [checkout.find_class(n.module, n.name) for node in trial.all_nodes() for n in node.walk() if isinstance(n, Ref)]
    files = [d.file, *(c[0] for c in classes if c), *(checkout.file(n) for n in names)]
    return [f for f in dict.fromkeys(files) if f and not is_test(f)]


def imported(checkout, file):
    found = [checkout.import_file(file, module, attr) for module, attr in file.imports.values()]
    return [f[0] for f in found if f]


def told(checkout, frames):
    """The parts of the checkout that callers outside of it have among their variables or on their line."""
    words = set()
    for frame in (f for f in frames if not checkout.of_frame(f)):
        said = [v for v in (frame.get("vars") or {}).values() if isinstance(v, str)]
        paths = [m["path"] for v in said for m in [FUNCTION.match(v) or CLASS.match(v) or OBJECT.match(v)] if m]
        words |= {p.split(".")[-1] for p in paths} | set(re.findall(r"[A-Za-z_]\w+", frame.get("text") or ""))
    for word in sorted(words):
        for start in (f"def {word}(", f"class {word}"):
            for file in checkout.having(start) if checkout.count(start) <= FEW else ():
                if word in parts_of(file) and not is_test(file):
                    yield file, word


def callers(checkout, d):
    """The parts that name a function, where the event does not tell what called it."""
    name = d.cls.name if d.cls and d.name == "__init__" else d.name
    for file in checkout.having(f"{name}(") if checkout.count(f"{name}(") <= FEW else ():
        for part, nodes in parts_of(file).items() if not is_test(file) else ():
            if any(isinstance(n, ast.Call) and name in (getattr(n.func, "id", None), getattr(n.func, "attr", None)) for node in nodes
                   if isinstance(node, DEF) for n in ast.walk(node)):
                yield file, part


def functions_of(part):
    """(name of the part to look at, definition) of a function, or of the methods of a class."""
    file, name = part
    own = [d for d in file.definitions if not d.nested and (d.qualname == name or d.qualname.startswith(name + "."))]
    return [((file, d.qualname), d) for d in own]


def of_script(checkout, frames):
    """The parts that callers without a name are in: what a module does, or the function around a lambda."""
    for frame in frames:
        file = checkout.of_frame(frame) if frame["function"].startswith("<") else None
        around = [d for d in file.definitions if not d.nested and d.node.lineno <= frame["line"] <= d.node.end_lineno] if file else []
        if file:
            yield file, around[-1].qualname if around else ""


def is_filled(part):
    """Whether modules may add to a part as they are imported: it is a variable, or a class that is told of those derived from it."""
    nodes = parts_of(part[0]).get(part[1], ())
    return any(not isinstance(n, (*DEF, ast.ClassDef)) or isinstance(n, ast.ClassDef) and any(getattr(m, "name", "") == "__init_subclass__" for m in n.body)
               for n in nodes)


def adds(checkout, file, statement, filled):
    """Whether a statement of a module adds to one of these parts: by itself, or by a function that does."""
    heads = [*statement.decorator_list, *getattr(statement, "bases", ())] if isinstance(statement, (*DEF, ast.ClassDef)) else [statement]
    means = [meant(checkout, file, dotted(n)) for head in heads for n in ast.walk(head) if isinstance(n, (ast.Name, ast.Attribute)) and dotted(n)]
    fills = [d for m in means if m for place, d in functions_of(m) if place == m and changes(ast.walk(d.node))]
    through = [p for d in fills for p in named(checkout, d.file, d.node)]
    direct = isinstance(statement, (*DEF, ast.ClassDef, ast.Expr)) or changes(n for head in heads for n in ast.walk(head))
    return bool(filled & {*through, *(means if direct else ())})


def adding(checkout, trial, expected, loaded):
    """The files that add, as they are imported, to what the call reads, of those that the call does not import."""
    come_to = led_to(checkout, way_of(checkout, trial, expected), begun, COME_TO)
    filled = {p for p in come_to if is_filled(p)}
    stems = {os.path.splitext(os.path.basename(f.relative))[0].replace("__init__", os.path.basename(os.path.dirname(f.relative))) for f, _ in filled}
    users = {f for stem in sorted(stems) if stem and checkout.count("import", stem) <= FEW for f in checkout.having("import", stem)}
    return [f for f in users if f not in loaded and not is_test(f) and any(adds(checkout, f, s, filled) for s in f.tree.body)]


def tops_of(files):
    """What others may use of these files."""
    return [(f, n) for f in files for n in parts_of(f) if n and "." not in n and not n.startswith("_")]


def roots(checkout, trial, frames, come_to):
    """The parts that the call does not come to and that may have made its values."""
    kinds = kinds_of(trial)
    tops = [*told(checkout, frames), *tops_of(files_around(checkout, trial.d, trial))] if trial.nodes else []
    yield from of_script(checkout, frames)
    yield from (p for top in tops for p, d in functions_of(top) if p not in come_to and may_give(d, kinds))
    yield from ((f, n) for f, n in tops for node in parts_of(f)[n] if (f, n) not in come_to and may_be(checkout, f, getattr(node, "value", None), kinds))
    if not frames:
        yield from callers(checkout, trial.d)


def way_of(checkout, trial, expected):
    """The parts that the call runs through to the crash."""
    found = [checkout.file(s[0]).definition(s[4]["function"], s[3], s[4]["text"]) for s in expected.steps]
    return {(d.file, d.qualname) for d in [trial.d, *found] if d}


def producers(checkout, trial, frames, expected):
    """{file: [names]} of what may have made the values of a trial. frames: of the program, before the way of the call."""
    way = way_of(checkout, trial, expected)
    classes = {(f, n.rpartition(".")[0]) for f, n in way if "." in n}  # these change with the way
    come_to = led_to(checkout, way, begun, COME_TO)
    start = [(f, top) if (f, top := n.split(".")[0]) not in classes else (f, n) for f, n in roots(checkout, trial, frames, come_to)]
    found = led_to(checkout, start, lambda p: parts_of(p[0]).get(p[1], ()), MOST, way | classes)
    return by_file(found, way)


def by_file(found, way):
    named = {}
    for file, name in found:
        if (file, name) not in way and not ("." in name and (file, name.split(".")[0]) in found) and not is_test(file):
            named.setdefault(file.relative.replace(os.sep, "/"), set()).add(name)
    return {file: sorted(names) for file, names in sorted(named.items())}


__all__ = ["IS_TEST", "adding", "digest_of_parts", "parts_in", "producers", "source_of", "without_blanks"]
