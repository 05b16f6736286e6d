"""What a call reads a text by: the mark, the pattern, the form that it is given; and the literals of a function."""

import ast
import datetime

from devflow_source import dotted, literal_text, own_nodes

CLEANING = {"strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title", "replace", "removeprefix", "removesuffix", "capitalize"}
JSON_OWNERS = {"json", "simplejson", "ujson", "orjson"}
TEXTS_FOR = {"int": ["12"], "float": ["1.5"], "Decimal": ["1.50"], "UUID": ["12345678-1234-5678-1234-567812345678"],
             "urlsplit": ["https://example.org/a"], "urlparse": ["https://example.org/a"], "strptime": ["2024-01-31"]}


def mark_of(d, call):
    """What a text is split by."""
    return (text_of(d, call.args[0]) if call.args else None) or " "


def delimiter_of(d, call):
    given = [text_of(d, k.value) for k in call.keywords if k.arg == "delimiter"]
    return given[0] if given and given[0] and len(given[0]) == 1 else ","


def text_of(d, node):
    """The text that stands there, or that a constant, a parameter's default or a field of the class has; else None."""
    if isinstance(node, ast.Name):
        node = next((p[3] for p in d.parameters() if p[0] == node.id), None) or d.file.constant_node(node.id)
    elif isinstance(node, ast.Attribute):
        node = field_of(d, node)
    return literal_text(node)


def pattern_of(d, call, node):
    """The regular expression that a call holds the text against, or None."""
    owner = call.func.value
    if dotted(owner) == "re":
        pattern = call.args[0] if call.args and call.args[0] is not node else None
    else:
        held = d.file.constant_node(owner.id) if isinstance(owner, ast.Name) else field_of(d, owner)
        pattern = held.args[0] if isinstance(held, ast.Call) and dotted(held.func) == "re.compile" and held.args else None
    return text_of(d, pattern)


def field_of(d, node):
    """What the class sets an attribute of its own to, or None."""
    if not isinstance(node, ast.Attribute) or not d.cls or dotted(node.value) not in (d.first, d.cls.name):
        return None
    own = next((s.value for s in d.cls.body if isinstance(s, ast.Assign) and [getattr(t, "id", "") for t in s.targets] == [node.attr]), None)
    init = d.file.method(d.cls, "__init__") if own is None else None
    set_to = [s.value for s in own_nodes(init.node) if isinstance(s, ast.Assign) and [dotted(t) for t in s.targets] == [f"{init.first}.{node.attr}"]] if init else []
    if set_to and isinstance(set_to[0], ast.Name):
        return next((p[3] for p in init.parameters() if p[0] == set_to[0].id), None)
    return own or (set_to[0] if set_to else None)


def typical_texts(d, name, last, call):
    """Texts that a function of the standard library takes."""
    form = text_of(d, call.args[1]) if last == "strptime" and len(call.args) == 2 else None
    if form:
        try:
            return [datetime.datetime(2024, 1, 31, 12, 30, tzinfo=datetime.timezone.utc).strftime(form)]
        except ValueError:
            return []
    if last == "fromisoformat":
        owner = name.split(".")[-2:-1]
        return {"date": ["2024-01-31"], "time": ["12:30"]}.get(*owner, ["2024-01-31T10:00:00", "2024-01-31"]) if owner else []
    return TEXTS_FOR.get(last, [])


def literals_of(definition):
    found = []
    named = {n.id for n in own_nodes(definition.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    constants = [definition.file.constant_node(name) for name in sorted(named)]
    within = [m for c in constants if isinstance(c, (ast.Constant, ast.Dict, ast.List, ast.Tuple, ast.Set))
              for m in (c.keys if isinstance(c, ast.Dict) else getattr(c, "elts", [c])) if isinstance(m, ast.Constant)]
    for n in [*own_nodes(definition.node), *within[:12]]:
        if isinstance(n, ast.Constant) and isinstance(n.value, (int, str, float, bytes)) and not isinstance(n.value, bool) \
                and n.value not in found and not (isinstance(n.value, (str, bytes)) and len(n.value) > 60):
            found.append(n.value)
    return found


__all__ = ["CLEANING", "JSON_OWNERS", "delimiter_of", "literals_of", "mark_of", "pattern_of", "text_of", "typical_texts"]
