"""Programs that tell values apart by their class: isinstance, patterns, singledispatch, visitors; in folders without __init__.py, too."""

from programs import PROGRAMS, program

program("dispatch_isinstance_eval", {"calc/__init__.py": "", "calc/nodes.py": '''
from dataclasses import dataclass


@dataclass
class Number:
    value: float


@dataclass
class Name:
    name: str


@dataclass
class Binary:
    operator: str
    left: object
    right: object
''', "calc/run.py": '''
from calc.nodes import Binary, Name, Number


def evaluate(node, names):
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        return names[node.name]
    if isinstance(node, Binary):
        left = evaluate(node.left, names)
        right = evaluate(node.right, names)
        if node.operator == "+":
            return left + right
        if node.operator == "%":
            return left % right
    raise TypeError(type(node).__name__)


def show(node, names):
    return f"{evaluate(node, names):.2f}"
'''}, "from calc.nodes import *\nfrom calc.run import show\nshow(Binary('%', Name('a'), Binary('+', Number(0), Name('b'))), {'a': 4, 'b': 0})",
        [("calc/run.py", "return left % right", "return left % right if right else 0")])

program("dispatch_match_eval", {"geo/shapes.py": '''
from dataclasses import dataclass


@dataclass
class Circle:
    radius: float


@dataclass
class Box:
    width: float
    height: float


@dataclass
class Group:
    parts: list


def area(shape):
    match shape:
        case Circle(radius=r):
            return 3 * r * r
        case Box(w, h):
            return w * h
        case Group(parts=parts):
            return max(area(p) for p in parts)


def density(shape, mass):
    return mass / area(shape)
'''}, "from geo.shapes import *\ndensity(Group([Box(2, 0), Circle(0)]), 5)",
        [("geo/shapes.py", "return mass / area(shape)", "return mass / (area(shape) or 1)")])

program("dispatch_match_group", dict(PROGRAMS["dispatch_match_eval"]["files"]), "from geo.shapes import *\ndensity(Group([]), 5)",
        [("geo/shapes.py", "max(area(p) for p in parts)", "max((area(p) for p in parts), default=1)")])

program("dispatch_dispatch", {"fmt/show.py": '''
from functools import singledispatch


class Amount:
    def __init__(self, cents, currency):
        self.cents, self.currency = cents, currency


class Period:
    def __init__(self, first, last):
        self.first, self.last = first, last


SIGNS = {"EUR": "€", "USD": "$"}


@singledispatch
def show(value):
    return str(value)


@show.register
def _(value: Amount):
    return f"{SIGNS[value.currency]}{value.cents / 100:.2f}"


@show.register
def _(value: Period):
    return f"{show(value.first)} to {show(value.last)}"


def line(label, value):
    return f"{label}: {show(value)}"
'''}, "from fmt.show import *\nline('cost', Amount(250, 'GBP'))",
        [("fmt/show.py", "SIGNS[value.currency]", "SIGNS.get(value.currency, value.currency + ' ')")])

program("dispatch_visitor_render", {"doc/tree.py": '''
class Text:
    def __init__(self, text):
        self.text = text

    def accept(self, visitor):
        return visitor.visit_text(self)


class Link:
    def __init__(self, href, children):
        self.href = href
        self.children = children

    def accept(self, visitor):
        return visitor.visit_link(self)


class Html:
    def visit_text(self, node):
        return node.text.replace("<", "&lt;")

    def visit_link(self, node):
        inner = "".join(child.accept(self) for child in node.children)
        scheme, rest = node.href.split(":", 1)
        return f'<a href="{scheme}:{rest}">{inner}</a>'


def render(nodes):
    return "".join(node.accept(Html()) for node in nodes)
'''}, "from doc.tree import *\nrender([Text('see '), Link('/about', [Text('us')])])",
        [("doc/tree.py", 'scheme, rest = node.href.split(":", 1)', 'scheme, _, rest = node.href.partition(":")')])
