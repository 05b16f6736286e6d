"""What the variables of an event say of the objects that it names by their addresses alone."""

import ast
import itertools
import re

from devflow_source import own_nodes
from devflow_values import OBJECT


def within(following):
    """The variables of a comprehension, which has a frame of its own where the interpreter gives it one."""
    return (following[0].get("vars") or {}) if following and following[0]["function"].split(".")[-1][:1] == "<" else {}


def taken_by(target, variables):
    """What a loop's target took, as far as its names are among the variables; of several names a list. None where one is not."""
    if isinstance(target, ast.Name):
        return variables.get(target.id)
    parts = [taken_by(t, variables) for t in getattr(target, "elts", [])]
    return parts if parts and None not in parts else None


class Facts:
    """What the variables of all frames say of objects and names: attributes by address, values by name."""

    def __init__(self, frames):
        self.attributes, self.named, self.loops, self.entries, self.returned = {}, {}, {}, {}, {}
        self.definitions = list({id(d): d for _, d in frames if d}.values())[:8]
        self.numbers = []
        self.said = [v for f, _ in frames if f.get("app") for v in (f.get("vars") or {}).values() if isinstance(v, str)]
        for frame, _ in frames:
            for value in (frame.get("vars") or {}).values():
                for text in value if isinstance(value, list) else [value]:
                    if isinstance(text, str) and re.fullmatch(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", text) and len(self.numbers) < 12:
                        number = ast.literal_eval(text) if not re.match(r"-?0\d", text) else 0
                        self.numbers += [number] if number and number not in self.numbers else []
        self.records = [v for v in self._values(frames) if isinstance(v, dict) and v]
        for i, (frame, d) in enumerate(frames):
            variables = frame.get("vars") or {}
            for name, value in variables.items():
                self.named.setdefault(name, value)
            if d:
                self._of(d, variables, frames[i + 1] if i + 1 < len(frames) else None, frame)

    @staticmethod
    def _values(frames):
        """What variables of the program hold, and what is in their lists: each once."""
        held = [v for f, _ in frames if f.get("app") for v in (f.get("vars") or {}).values()]
        inner = [v for values in held if isinstance(values, list) for v in values]
        return {repr(v): v for v in [*held, *inner]}.values()

    def _of(self, d, variables, following, frame):
        at = {n: OBJECT.fullmatch(v)["at"].lower() for n, v in variables.items() if isinstance(v, str) and OBJECT.fullmatch(v)}
        if not at:
            return
        stores = {}
        for node in own_nodes(d.node):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                stores[node.id] = stores.get(node.id, 0) + 1
        for node in own_nodes(d.node):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                if name in variables and stores.get(name) == 1 and node.lineno < frame["line"]:
                    self._note(at, node.value, variables[name])
                    self._result(at, node.value, variables[name], variables)
                    self._entry(at, node.value, variables[name], variables)
            elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
                self._loop(at, node, within(following) if isinstance(node, ast.comprehension) and within(following) else variables)
            elif isinstance(node, ast.Call) and following and following[1] and node.lineno <= frame["line"] <= node.end_lineno:
                self._call(at, node, following)

    def _loop(self, at, node, variables):
        """One element of what an object holds, where a loop over that has its variables."""
        element = taken_by(node.target, variables)
        if element is not None and isinstance(node.iter, ast.Attribute) and isinstance(node.iter.value, ast.Name) and node.iter.value.id in at:
            self.loops.setdefault(at[node.iter.value.id], {}).setdefault(node.iter.attr, element)

    def _call(self, at, node, following):
        frame, d = following
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name != d.name:
            return
        names = [p[0] for p in d.parameters() if p[1] in ("plain", "only")]
        for arg, value in itertools.chain(zip(names, node.args), ((k.arg, k.value) for k in node.keywords)):
            if arg in (frame.get("vars") or {}):
                self._note(at, value, frame["vars"][arg])

    def _result(self, at, node, value, variables):
        """What a method of an object returned, and for which arguments."""
        call = node.value if isinstance(node, ast.Await) else node
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id in at:
            given = [(i, a) for i, a in enumerate(call.args)] + [(k.arg, k.value) for k in call.keywords]
            args = {i: variables[a.id] for i, a in given if isinstance(a, ast.Name) and a.id in variables}
            self.returned.setdefault(at[call.func.value.id], []).append((call.func.attr, value, args))

    def _entry(self, at, node, value, variables):
        """What an object holds under a key, where it was looked up by that."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop") and node.args:
            holder, key = node.func.value, node.args[0]
        elif isinstance(node, ast.Subscript):
            holder, key = node.value, node.slice
        else:
            return
        said = variables.get(key.id) if isinstance(key, ast.Name) else repr(key.value) if isinstance(key, ast.Constant) else None
        if said is not None and value != "None" and isinstance(holder, ast.Attribute) and isinstance(holder.value, ast.Name) and holder.value.id in at:
            self.entries.setdefault(at[holder.value.id], {}).setdefault(holder.attr, []).append((said, value))

    def _note(self, at, node, value):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in at:
            self.attributes.setdefault(at[node.value.id], {}).setdefault(node.attr, value)


__all__ = ["Facts"]
