"""What stands between the event's way in and the function that a test calls, where the functions before it could not be called. A fix may stand
there: then the call alone is red for good. The test therefore knows how these functions read, and is skipped where they read otherwise."""

import ast
import hashlib

from devflow_source import FEW, dotted, own_nodes
from devflow_values import literal

DEPTH, MOST = 3, 40


def digest(tree, text, name):
    """Of the text of all that has this name in a file, without spaces. The test has the same function."""
    found = [n for n in ast.walk(tree) if name in (getattr(n, "name", ""), *(getattr(t, "id", "") for t in getattr(n, "targets", ())))]
    return "".join("".join((ast.get_source_segment(text, n) or "").split()) for n in found)


def called(checkout, d):
    """(file, name) of the functions and classes of the checkout that a function calls, as far as names tell."""
    for node in own_nodes(d.node):
        if not isinstance(node, ast.Call):
            continue
        found = checkout.resolve(d.file, dotted(node.func)) if dotted(node.func) else None
        if found:
            yield (found[1], found[2].name, found[2] if found[0] == "function" else found[1].method(found[2], "__init__"))
        elif isinstance(node.func, ast.Attribute):
            name = node.func.attr
            files = checkout.having(f"def {name}(") if checkout.count(f"def {name}(") <= FEW else ()
            own = [m for f in files for m in f.definitions if m.name == name and m.cls]
            for m in own if len(own) <= 3 else ():
                yield m.file, m.name, m


def between(checkout, exceptions, expected, exact):
    """[(file, name)] of the functions that came before the one that is called, and of what they call; without those of its own way to the crash,
    for a fix there makes the test pass. Of an input that is made up the way is looked at too: the fix may be meant for another."""
    way = {(s[0], s[1]) for s in expected.steps}
    todo, own = [], []
    for relative, name, _, line, frame in expected.steps if not exact else ():
        d = checkout.file(relative).definition(frame["function"], line, frame["text"])
        if d and d not in own:
            own.append(d)
    for exception in exceptions:
        for frame in exception["frames"]:
            file = checkout.of_frame(frame) if frame["app"] else None
            d = file.definition(frame["function"], frame["line"], frame["text"]) if file else None
            if d and (file.relative, d.name) not in way and d not in todo:
                todo.append(d)
    found, outer = [], list(todo)
    if own:
        way = set()
        todo += own
        found += [(d.file.relative, name) for d in own for name in (*([d.cls.name] if d.cls else []), *constants(d))]  # state is set by any method
        found = list(dict.fromkeys(found))
    for _ in range(DEPTH):
        following = []
        for d in todo:
            if (d.file.relative, d.name) not in found:
                found.append((d.file.relative, d.name))
            for file, name, inner in called(checkout, d):
                place = (file.relative, name)
                if place not in found and place not in way and not holds(checkout, place, way):
                    if not inner or inner.cls is None or name != inner.cls.name:
                        found.append(place)
                    following += [inner] if inner else []
        todo = following
    return [d.qualname for d in outer], found[:MOST]


def constants(d):
    """The names of the module that a function reads, and that are set there once."""
    return sorted({n.id for n in own_nodes(d.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and d.file.constant_node(n.id)})


def holds(checkout, place, way):
    """Whether it is a class that a function of the way is in: it changes with that."""
    file = checkout.file(place[0])
    return any(c.split(".")[-1] == place[1] and any(d.outer is node and (d.file.relative, d.name) in way for d in file.definitions)
               for c, node in file.classes.items())


def texts_of(checkout, places):
    whole = hashlib.sha256()
    for relative, name in places:
        with open(checkout.file(relative).path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        whole.update(digest(ast.parse(text), text, name).encode())
    return whole.hexdigest()[:16]


def guard(checkout, exceptions, expected, called_name, exact):
    """What the test needs beside its call: {"top": lines, "lines": before it raises, "names": callers}, or None when its input is the event's and
    nothing stands before it."""
    names, places = between(checkout, exceptions, expected, exact)
    if not places:
        return None
    files = {}
    for relative, name in places:
        files.setdefault(relative, []).append(name)
    ordered = [(r, n) for r, ns in files.items() for n in ns]
    listed = [f"    {literal(r.replace(chr(92), '/'))}: [{', '.join(map(literal, ns))}]," for r, ns in files.items()]
    why = "What came before this call could not be called" if exact else "The input is partly made up"
    top = [f"# {why}, so the call may go on failing after a fix. Whether there was one, these say:", "WHERE_A_FIX_MAY_BE = {", *listed, "}", "", "",
           "def digest_of_source():", '    """Of the text of these functions, without its spaces."""', "    whole = hashlib.sha256()",
           "    for file, names in WHERE_A_FIX_MAY_BE.items():", "        path = FOUND[0] / file",
           '        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""', "        tree = ast.parse(text)",
           "        for name in names:",
           '            found = [n for n in ast.walk(tree) if name in [getattr(t, "id", "") for t in getattr(n, "targets", [])] + [getattr(n, "name", "")]]',
           '            whole.update("".join("".join((ast.get_source_segment(text, n) or "").split()) for n in found).encode())',
           "    return whole.hexdigest()[:16]"]
    said = f"{called_name} still raises this, but " + (
        "what comes before it has changed: the fix may be there" if exact else "the source has changed: the fix may be for another input")
    lines = [f"if digest_of_source() != {literal(texts_of(checkout, ordered))}:", f"    pytest.skip({literal(said)})"]
    return {"top": top, "lines": lines, "names": names}
