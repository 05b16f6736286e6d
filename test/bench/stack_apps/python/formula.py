"""A spreadsheet's formulas: a recursive parser and an evaluator made of lambdas."""

import operator
import re

TOKEN = re.compile(r"\s*(?:(\d+\.?\d*)|([A-Z]\d+)|([a-z]+)|(.))")
OPERATORS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


class Parser:
    def __init__(self, text):
        self.tokens = [next((kind, v) for kind, v in zip(("number", "cell", "name", "sign"), m.groups()) if v) for m in TOKEN.finditer(text)]

    def next(self):
        return self.tokens.pop(0)

    def peek(self):
        return self.tokens[0][1] if self.tokens else None

    def sum(self):
        left = self.product()
        while self.peek() in ("+", "-"):
            left = self.binary(left, self.next()[1], self.product())
        return left

    def product(self):
        left = self.atom()
        while self.peek() in ("*", "/"):
            left = self.binary(left, self.next()[1], self.atom())
        return left

    def binary(self, left, sign, right):
        return lambda sheet: OPERATORS[sign](left(sheet), right(sheet))

    def atom(self):
        kind, value = self.next()
        if kind == "number":
            return lambda sheet: float(value)
        if kind == "cell":
            return lambda sheet: sheet.value(value)
        if kind == "name":
            return self.call(value)
        if value == "(":
            inner = self.sum()
            self.next()
            return inner
        raise SyntaxError(f"{value!r} does not begin a formula")

    def call(self, name):
        self.next()
        inner = [self.sum()]
        while self.next()[1] == ",":
            inner.append(self.sum())
        return lambda sheet: FUNCTIONS[name](*[f(sheet) for f in inner])


class Sheet:
    def __init__(self, cells):
        self.cells = cells

    def value(self, name):
        text = self.cells[name]
        return text if not isinstance(text, str) else Parser(text).sum()(self)


def mean(*values):
    return sum(values) / sum(1 for v in values if v > 0)


def root(value):
    return value ** 0.5 if value >= 0 else fail("root", value)


def fail(name, value):
    raise ArithmeticError(f"{name} of {value}")


def percent(value, of):
    return value * 100 / of if of else fail("percent", of)


FUNCTIONS = {"mean": mean, "root": root, "percent": percent, "max": max}


def show(data):
    return Sheet(data["cells"]).value(data["cell"])


def export(data):
    sheet = Sheet(data["cells"])
    return {name: sheet.value(name) for name in sorted(data["cells"])}


def chart(data):
    return [round(show(dict(data, cell=name)), 2) for name in data["cells"]]


def deep(text, depth):
    cells = {f"A{i}": f"A{i + 1} + 1" for i in range(depth)}
    return {"cells": dict(cells, **{f"A{depth}": text}), "cell": "A0"}


BUGS = {
    "divide": [(h, deep("4 / (2 - 2)", n)) for h, n in (("show", 0), ("show", 3), ("export", 1), ("chart", 2))],
    "mean-of-none": [(h, deep("mean(0, 0 - 1)", n)) for h, n in (("show", 1), ("export", 0), ("chart", 4))],
    "root-negative": [(h, deep("root(1 - 5)", n)) for h, n in (("show", 0), ("export", 2), ("chart", 1))],
    "percent-zero": [(h, deep("percent(5, 0)", n)) for h, n in (("show", 2), ("export", 1), ("chart", 0))],
    "unknown-name": [(h, deep("avg(1, 2)", n)) for h, n in (("show", 0), ("export", 3))],
    "unknown-cell": [(h, deep("B7 * 2", n)) for h, n in (("show", 1), ("chart", 0), ("export", 5))],
    "ends-early": [(h, deep("1 + (2", n)) for h, n in (("show", 0), ("chart", 2), ("export", 1))],
    "bad-start": [(h, deep(") + 1", n)) for h, n in (("show", 1), ("export", 0))],
    "cycle": [(h, {"cells": cells, "cell": "A0"}) for h, cells in (("show", {"A0": "A1", "A1": "A0"}), ("export", {"A0": "A0 + 1"}), ("chart", {"A0": "2 * A1", "A1": "A2", "A2": "A0"}))],
    "text-in-number": [(h, {"cells": {"A0": "A1 + 1", "A1": None}, "cell": "A0"}) for h in ("show", "export")],
}
