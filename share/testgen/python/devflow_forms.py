"""Texts that are made of parts: by a mark between them, as JSON, as rows of CSV, as sections of settings. A part is changed as any value is."""

import csv
import io
import json

from devflow_values import Lit, Map, Seq


class Written(Lit):
    """A text in some form, of parts that may be changed; value is None where the form has no text for them."""

    def __init__(self, form, inner, why=""):
        value, good = plain(inner)
        self.form, self.inner = form, inner
        super().__init__(form(value) if good else None, False, why)

    def children(self):
        return [self.inner]

    def write(self, out):
        if self.value is None:
            raise ValueError("no text has these parts")
        return super().write(out)


def plain(node):
    """(value, True) of a node of what JSON knows."""
    if isinstance(node, Lit) and type(node) in (Lit, Written) and isinstance(node.value, (str, int, float, bool, type(None))):
        return node.value, type(node) is Lit or node.value is not None
    if isinstance(node, Seq):
        parts = [plain(n) for n in node.items]
        return [v for v, _ in parts], all(good for _, good in parts)
    if isinstance(node, Map):
        parts = [(k.value, plain(v)) for k, v in node.items if isinstance(k, Lit) and isinstance(k.value, str)]
        return {k: v for k, (v, _) in parts}, len(parts) == len(node.items) and all(good for _, (_, good) in parts)
    return None, False


def rebuilt(node, other, key=None):
    """The tree with other(key it stands under, node) in the place of each node for which there is one; the tree itself where there is none."""
    new = other(key, node)
    if new is not None:
        return new
    if isinstance(node, Map):
        values = [rebuilt(v, other, getattr(k, "value", None)) for k, v in node.items]
        return node if all(a is b for a, (_, b) in zip(values, node.items)) else Map([(k, v) for (k, _), v in zip(node.items, values)], node.exact, node.why)
    if isinstance(node, Seq):
        items = [rebuilt(v, other) for v in node.items]
        return node if all(a is b for a, b in zip(items, node.items)) else Seq(node.kind, items, node.exact, node.why)
    return node


def as_json(value):
    return json.dumps(value, ensure_ascii=False)


class Joined:
    """Parts with a mark between them."""

    def __init__(self, mark):
        self.mark = mark

    def __call__(self, value):
        parts = value if isinstance(value, list) else [value]
        whole = all(isinstance(p, (str, int, float)) and not isinstance(p, bool) for p in parts)
        return self.mark.join(str(p) for p in parts) if whole else None


class Rows:
    """CSV of a list of mappings, or of one; of a list of lists; None of another."""

    def __init__(self, delimiter=",", named=False, names=()):
        """named: all columns have their names on top, also those that no row has a value for, of `names`."""
        self.delimiter, self.named, self.names = delimiter, named, names

    def __call__(self, value):
        rows = value if isinstance(value, list) else [value]
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator="\n")
        if rows and all(isinstance(r, dict) for r in rows):
            names = dict.fromkeys([*(self.names if self.named else ()), *(k for r in rows for k in r)])
            names = sorted(names, key=lambda n: any(n not in r for r in rows))  # a row may end early
            writer.writerow(names)
            for r in rows:
                cells = [r.get(n) for n in names]
                while cells and cells[-1] is None:
                    cells.pop()
                writer.writerow(["" if c is None else c for c in cells])
        elif all(isinstance(r, list) for r in rows):
            for r in rows:
                writer.writerow(["" if c is None else c for c in r])
        else:
            return None
        return out.getvalue()


as_rows = Rows()


def as_settings(value):
    if not isinstance(value, dict) or not all(isinstance(v, dict) for v in value.values()):
        return None
    lines = []
    for section, options in value.items():
        if section != "DEFAULT" or options:
            lines += [f"[{section}]", *(f"{k} = {v}" for k, v in options.items() if not isinstance(v, (dict, list)))]
    return "".join(line + "\n" for line in lines)


__all__ = ["Joined", "Rows", "Written", "as_json", "as_rows", "as_settings", "plain", "rebuilt"]
