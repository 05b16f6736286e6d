"""What a parameter was before the call gave its name to something else: `text = text.split(",")`. The event has what it held last."""

import ast
import json

from devflow_contents import plain
from devflow_source import own_nodes
from devflow_values import Lit, Map, Seq

SEPARATORS = ["\n", ",", " ", ";", "\t", "|", ""]


def earlier(d, name, node):
    """Nodes that may have become this one, the likeliest first; none where the name keeps what it was given."""
    taken = [a.value for a in own_nodes(d.node) if isinstance(a, (ast.Assign, ast.AnnAssign)) and a.value and name in stored(a)]
    if not any(isinstance(n, ast.Name) and n.id == name for value in taken for n in ast.walk(value)):
        return []
    why = f"{name} as it was before the call gave it another value"
    return [Lit(value, False, why) for value in dict.fromkeys(texts(taken, node))] + [Seq("list", [node], False, why)]


def stored(assignment):
    targets = assignment.targets if isinstance(assignment, ast.Assign) else [assignment.target]
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


def texts(taken, node):
    """Texts that were taken apart, decoded or turned into a number."""
    if isinstance(node, Seq) and all(isinstance(i, Lit) and isinstance(i.value, str) for i in node.items):
        for separator in dict.fromkeys([*separators(taken), *SEPARATORS]):
            yield separator.join(i.value for i in node.items)
    if isinstance(node, Lit):
        yield from [node.value.encode("utf-8", "replace"), node.value + "\n"] if isinstance(node.value, str) else [str(node.value)]
    value, is_known = plain(node)
    if is_known and isinstance(node, (Seq, Map)):
        yield json.dumps(value)


def separators(taken):
    return [n.args[0].value for value in taken for n in ast.walk(value) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)
            and n.func.attr in ("split", "rsplit") and n.args and isinstance(n.args[0], ast.Constant) and isinstance(n.args[0].value, str)]
