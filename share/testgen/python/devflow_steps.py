"""Methods called on an object before the call that fails: those that change it, and those that put into it what the call asks of it."""

import ast

from devflow_changes import replaced
from devflow_source import own_nodes
from devflow_values import Call, Lit, Obj, Ref, of_python

MOST = 10


def changes_itself(d):
    """Whether a method may be called from outside to change its object: it sets, or calls something on, what is self's."""
    if d.kind != "method" or d.name.startswith("_") or d.coroutine or d.generator or d.is_context or any(p[1] == "only" for p in d.parameters()):
        return False
    nodes = list(own_nodes(d.node))
    of_self = [n for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == d.first]
    calls = {id(n.func) for n in nodes if isinstance(n, ast.Call)}
    held = {id(n.value) for n in nodes if isinstance(n, ast.Attribute) or isinstance(n, ast.Subscript) and isinstance(n.ctx, (ast.Store, ast.Del))}
    of_one = {id(n.value.value) for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Subscript)
              and (isinstance(n.ctx, ast.Store) or id(n) in calls)}  # self.jobs[n].hold()
    return any(isinstance(n.ctx, ast.Store) or id(n) in calls | held | of_one for n in of_self) or changes_elements(nodes, of_self)


def changes_elements(nodes, of_self):
    """Whether it sets something in the elements of what is self's."""
    over = {id(n) for n in of_self}
    elements = {n.target.id for n in nodes if isinstance(n, ast.For) and id(n.iter) in over and isinstance(n.target, ast.Name)}
    parts = [n for n in nodes if isinstance(n, (ast.Subscript, ast.Attribute)) and isinstance(n.ctx, ast.Store)]
    return any(isinstance(n.value, ast.Name) and n.value.id in elements for n in parts)


def keys_put(d):
    """(parameter, its attribute or None) by which a method puts something into what its object holds."""
    names = {p[0] for p in d.parameters()}
    for node in own_nodes(d.node):
        key = held = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            key, held = node.slice, node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("setdefault", "add") and node.args:
            key, held = node.args[0], node.func.value
        if not (isinstance(held, ast.Attribute) and isinstance(held.value, ast.Name) and held.value.id == d.first):
            continue
        owner = key.value if isinstance(key, ast.Attribute) else key
        if isinstance(owner, ast.Name) and owner.id in names:
            yield owner.id, key.attr if owner is not key else None


def before(root, node, steps):
    """The tree with methods called on one of its objects before."""
    why = steps[-1].why
    if isinstance(node, Call):
        return replaced(root, node, Obj(node.target, [], node, None, False, why, steps))
    return with_steps(root, node, [*node.steps, *steps], why)


def again(root, node, place):
    """The tree with one of the methods that are called on its object before called twice."""
    return with_steps(root, node, [*node.steps[:place + 1], *node.steps[place:]], node.steps[place].why)


def with_steps(root, node, steps, why):
    return replaced(root, node, Obj(node.cls, node.attrs, node.base, node.at, False, why, steps))


def objects_of(root):
    """The objects of a tree that methods can be called on."""
    within = {id(n.base) for n in root.walk() if isinstance(n, Obj)}
    return [n for n in root.walk() if isinstance(n, Obj) or isinstance(n, Call) and isinstance(n.target, Ref) and id(n) not in within][:6]


def key_of(link):
    """What a KeyError of a run asked for, or None."""
    try:
        key = ast.literal_eval(link["message"]) if link["name"] == "KeyError" else None
        return of_python(key, exact=False) if key is not None else None
    except (ValueError, SyntaxError, TypeError):
        return None


def putting(step, key):
    """The step with that key: as its argument, or as the field of its argument that it puts it in by."""
    for name, attr in step.keys:
        given = dict(step.kwargs).get(name)
        old = given if attr is None else dict(getattr(given, "kwargs", ())).get(attr)
        if old is not None:
            key.why = step.why
            yield replaced(step, old, Lit(key.value, False, step.why) if isinstance(key, Lit) else key)


def supplied(builder, root, link):
    """Trees in which a method has put into an object what a run did not find there."""
    key = key_of(link)
    for node in objects_of(root) if key is not None else ():
        if len(getattr(node, "steps", ())) < MOST:
            for step in builder.steps(node):
                yield from (before(root, node, [made]) for made in putting(step, key))


__all__ = ["again", "before", "changes_itself", "keys_put", "objects_of", "supplied"]
