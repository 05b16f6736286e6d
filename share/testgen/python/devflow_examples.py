"""How the checkout itself calls a function: in its tests, in examples of its documentation strings, in its own code. What stands there is read as text, as
values of an event are, and is realistic: a search may begin at it."""

import ast
import copy

from devflow_source import DEF, dotted
from devflow_values import STDLIB

EXAMPLES, FILES = 4, 40


def documented(tree):
    """The examples (>>> lines) of documentation strings, each string's as one module."""
    for node in ast.walk(tree):
        text = ast.get_docstring(node) if isinstance(node, (ast.Module, ast.ClassDef, *DEF)) else None
        if text and ">>>" in text:
            lines = [line.strip()[4:] for line in text.splitlines() if line.strip().startswith((">>> ", "... "))]
            try:
                yield ast.parse("\n".join(lines))
            except SyntaxError:
                continue


class Named(ast.NodeTransformer):
    """Names in the place of which stands what they were set to, once, in the same function; names of the standard library in full."""

    def __init__(self, file, scope):
        self.imports, self.set, self.depth = file.imports, {}, 0
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                self.set[name] = None if name in self.set else node.value

    def visit_Name(self, node):
        value = self.set.get(node.id)
        if value is not None and self.depth < 6:
            self.depth += 1
            changed = self.visit(copy.deepcopy(value))
            self.depth -= 1
            return changed
        module, attr = self.imports.get(node.id, (None, None))
        full = f"{module}.{attr}" if attr else module
        return ast.parse(full, mode="eval").body if full in STDLIB and full.count(".") else node


def scopes(file):
    """(name, tree) of what calls may stand in: functions, and the examples of documentation strings."""
    yield from (d.node for d in file.definitions)
    yield from documented(file.tree)
    yield file.tree


def examples(checkout, reader, d):
    """[(receiver or None, {parameter: node})] of calls of a function with values that can be read."""
    name = d.cls.name if d.cls and d.name == "__init__" else d.name
    found, seen = [], set()
    for file in checkout.having(f"{name}(")[:FILES]:
        for scope in scopes(file):
            for call in [n for n in ast.walk(scope) if isinstance(n, ast.Call)]:
                last = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
                if last != name or len(found) >= EXAMPLES or ast.dump(call) in seen:
                    continue
                seen.add(ast.dump(call))
                example = read(reader, d, call, Named(file, scope), f"as in {file.relative}")
                found += [example] if example else []
    return found


def read(reader, d, call, named, why):
    """One call, or None where a value of it cannot be read."""
    names = [p[0] for p in d.parameters() if p[1] in ("plain", "only")]
    given = [*zip(names, call.args), *((k.arg, k.value) for k in call.keywords)]
    if len(call.args) > len(names) or any(name is None or isinstance(value, ast.Starred) for name, value in given):
        return None
    method = d.kind in ("method", "property") and d.name != "__init__"
    values = [(name, node_of(reader, value, named, why)) for name, value in given]
    receiver = node_of(reader, call.func.value, named, why) if method and isinstance(call.func, ast.Attribute) else None
    if any(node is None for _, node in values) or not values and receiver is None or method and receiver is None:
        return None
    return receiver, dict(values)


def node_of(reader, tree, named, why):
    if dotted(tree) in ("self", "cls"):
        return None
    try:
        node = reader.text(ast.unparse(named.visit(copy.deepcopy(tree))))
    except (RecursionError, ValueError):
        return None
    for n in node.walk() if node is not None else ():
        n.exact, n.why = False, why
    return node


__all__ = ["examples"]
