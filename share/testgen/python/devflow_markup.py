"""XML that the source reads: the elements, attributes and texts that it asks for, and a document that has them."""

import ast
import xml.etree.ElementTree as tree

from devflow_source import literal_text

CHILD, CHILDREN = {"find", "findtext"}, {"findall", "iterfind", "iter"}
PARSERS = {"fromstring", "XML"}
OWNERS = {"ET", "ElementTree", "etree", "cElementTree", "DefusedElementTree", ""}


def is_parser(owner, name):
    return name in PARSERS and owner in OWNERS


class Asked:
    """Of one element: its children by name, its attributes and its text; each a Shape. many: whether all of the name are asked for."""

    def __init__(self, new):
        self.new, self.children, self.attributes, self.text, self.tag, self.many = new, {}, {}, new(), new(), False

    def child(self, path, many):
        names = [n for n in path.split("/") if n not in ("", ".", "*", "..")]
        shape = None
        for name in names:
            shape = (shape.markup if shape else self).children.setdefault(name, self.element())
        if shape is None:
            return None
        shape.markup.many = shape.markup.many or many
        return shape

    def element(self):
        shape = self.new()
        shape.markup = Asked(self.new)
        return shape


def named(call):
    """The text that a call begins with, or None."""
    return literal_text(call.args[0]) if call.args else None


def asked(shapes, d, up, node, shape, depth):
    """What the source does with an element. Whether it is something that only elements have."""
    markup, p = shape.markup, up.get(node)
    if isinstance(p, (ast.For, ast.comprehension)) and p.iter is node:
        every = markup.children.setdefault("item", markup.element())
        every.markup.many = True
        shapes.bound(d, p.target, every, depth)
        return True
    if not isinstance(p, ast.Attribute):
        return False
    call = up.get(p) if isinstance(up.get(p), ast.Call) and up[p].func is p else None
    if call is not None:
        return called(shapes, d, up, call, p.attr, markup, depth)
    if p.attr in ("text", "tag"):
        shapes.used(d, up, p, getattr(markup, p.attr), depth + 1)
    elif p.attr == "attrib":
        attribute_of(shapes, d, up, p, markup, depth)
    return True


def called(shapes, d, up, call, method, markup, depth):
    name = named(call)
    if method == "get" and name:
        shapes.used(d, up, call, markup.attributes.setdefault(name, markup.new()), depth + 1)
    elif method in CHILD | CHILDREN and name:
        child = markup.child(name, method in CHILDREN)
        if child and method == "findtext":
            shapes.used(d, up, call, child.markup.text, depth + 1)
        elif child:
            whole = markup.new()
            whole.elem = child
            shapes.used(d, up, call, whole if method in CHILDREN else child, depth + 1)
    return True


def attribute_of(shapes, d, up, node, markup, depth):
    p = up.get(node)
    call = up.get(p) if isinstance(p, ast.Attribute) and isinstance(up.get(p), ast.Call) else None
    name = named(call) if call else literal_text(p.slice) if isinstance(p, ast.Subscript) else None
    if name:
        shapes.used(d, up, call or p, markup.attributes.setdefault(name, markup.new()), depth + 1)


class Markup:
    """The document of [{attribute: text}, text, {name of a child: such an element, or a list of them}]; None of another. root: its name."""

    def __init__(self, root):
        self.root = root

    def __call__(self, value):
        try:
            return tree.tostring(element(self.root, value), encoding="unicode")
        except (ValueError, TypeError):
            return None


def element(name, value):
    attributes, text, children = value
    if not name.isidentifier() or not isinstance(attributes, dict) or not isinstance(children, dict):
        raise ValueError("no element")
    made = tree.Element(name, {k: str(v) for k, v in attributes.items() if v is not None})
    made.text = None if text is None else str(text)
    for name, child in children.items():
        made.extend(element(name, one) for one in (child if isinstance(child, list) and not (child and isinstance(child[0], dict)) else [child]))
    return made


__all__ = ["Asked", "Markup", "asked", "is_parser"]
