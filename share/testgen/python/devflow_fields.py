"""What the source says of a class's fields: where its constructor puts what, what is there anyway, and what values hold by name."""

import ast

from devflow_source import dotted, own_nodes
from devflow_values import Lit, Map, Ref, Seq, of_python


def keyed_as(node):
    """The mapping whose keys a comprehension keeps, as in `{key: made(value) for key, value in given.items()}`, or None."""
    loop = node.generators[0] if isinstance(node, ast.DictComp) else None
    if loop and isinstance(loop.target, ast.Tuple) and isinstance(loop.iter, ast.Call) and ast.dump(loop.target.elts[0]).replace("Store", "Load") == ast.dump(node.key):
        return dotted(loop.iter.func).removesuffix(".items")
    return None


def fields_of(root):
    """(name, node) of all fields, arguments and keys in a value."""
    for node in root.walk():
        yield from getattr(node, "kwargs", ())
        yield from getattr(node, "attrs", ())
        yield from ((k.value, v) for k, v in (node.items if isinstance(node, Map) else ()) if isinstance(k, Lit))


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


__all__ = ["attributes_from", "constants_of", "fields_of", "is_default", "keyed_as"]
