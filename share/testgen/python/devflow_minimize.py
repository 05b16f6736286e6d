"""The same call with less of what is made up in it, as far as it stays the event again."""

from devflow_changes import replaced
from devflow_values import Call, Lit, Map, Obj, Ref, Seq

NEARER, SMALLER = 60, 40


def is_date(node):
    return isinstance(node, Call) and isinstance(node.target, Ref) and node.target.module == "datetime"


def is_number(node):
    return type(node) is Lit and not node.exact and type(node.value) is int and not -2 < node.value < 5


def nearer(inputs, combination, attempt):
    """(verdict, trial) of the same input with its made-up numbers as near as may be to where the call still works, or None where they are: a fix is
    likeliest meant for such."""
    best, left = None, NEARER
    for place, at in enumerate(combination):
        root = inputs.options[place][at]
        dated = {id(part) for n in root.walk() if is_date(n) for part in n.args}
        for leaf in [n for n in root.walk() if is_number(n) and id(n) not in dated][:8]:
            near, far, ask = 2 if leaf.value > 0 else 0, leaf.value, 2 if leaf.value > 0 else 0
            while left and near != far:
                left -= 1
                middle = Lit(ask, False, leaf.why)
                tree = replaced(root, leaf, middle)
                verdict, trial = attempt(combination[:place] + (inputs.place(place, tree),) + combination[place + 1:])
                if verdict is not None and verdict.again:
                    best, root, leaf, far = (verdict, trial), tree, middle, ask
                else:
                    near = ask
                ask = (near + far) // 2
                if ask in (near, far):
                    break
        if root is not inputs.options[place][at]:
            combination = combination[:place] + (inputs.place(place, root),) + combination[place + 1:]
    return best


def without(things, i):
    return [*things[:i], *things[i + 1:]]


def smaller(root, elements):
    """Trees with one made-up part less, the last first: a method called before, an attribute set on what a constructor made, and of lists and of
    mappings whose keys are made up all elements but one. Other keys stay, for a fix may read them."""
    for node in root.walk():
        if elements and isinstance(node, Seq) and node.kind == "list" and not node.exact and len(node.items) > 1:
            for i in reversed(range(len(node.items))):
                if not all(n.exact for n in node.items[i].walk()):
                    yield replaced(root, node, Seq("list", without(node.items, i), False, node.why))
        if elements and isinstance(node, Map) and len(node.items) > 1:
            for i in reversed(range(len(node.items))):
                if not node.items[i][0].exact:
                    yield replaced(root, node, Map(without(node.items, i), False, node.why))
        if not isinstance(node, Obj) or node.base is None:
            continue
        for i in reversed(range(len(node.steps))):
            yield replaced(root, node, Obj(node.cls, node.attrs, node.base, node.at, node.exact, node.why, without(node.steps, i)))
        for i in reversed(range(len(node.attrs))):
            if not all(n.exact for n in node.attrs[i][1].walk()):
                yield replaced(root, node, Obj(node.cls, without(node.attrs, i), node.base, node.at, node.exact, node.why, node.steps))


def reduced(inputs, verdict, trial, attempt):
    """(verdict, trial) of the same input without the made-up parts that the event does not need."""
    left, elements = SMALLER, verdict.result["raised"][0]["name"] != "IndexError"  # of a list cut short a fix may raise it, too
    for place in range(len(trial.combination)):
        trees = smaller(inputs.options[place][trial.combination[place]], elements)
        while left and (tree := next(trees, None)) is not None:
            left -= 1
            other = attempt(trial.combination[:place] + (inputs.place(place, tree),) + trial.combination[place + 1:])
            if other[0] is not None and other[0].again and other[0].told == verdict.told:
                (verdict, trial), trees = other, smaller(tree, elements)
    return verdict, trial


__all__ = ["nearer", "reduced"]
