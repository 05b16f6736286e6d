"""Text with {{ fields }}, loops and includes, compiled to closures. Set aside: nothing was tuned on its traces."""

import re

PIECE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})")


class Missing(LookupError):
    pass


def upper(value):
    return value.upper()


def money(value):
    return f"{value:,.2f}"


def join(value):
    return ", ".join(value)


FILTERS = {"upper": upper, "money": money, "join": join, "first": lambda value: value[0], "len": len}
INCLUDES = {"foot": "-- {{ shop.name }}", "list": "{% for item in items %}{{ item.name }}{% end %}", "again": "{% use again %}"}


def lookup(scope, path):
    for name in path.split("."):
        if name not in scope:
            raise Missing(f"no {name} in {', '.join(sorted(scope))}")
        scope = scope[name]
    return scope


def compile_field(text):
    path, *names = [part.strip() for part in text.split("|")]

    def field(scope):
        value = lookup(scope, path)
        for name in names:
            value = FILTERS[name](value)
        return str(value)
    return field


def compile_loop(words, inner):
    _, name, _, path = words

    def loop(scope):
        return "".join(inner({**scope, name: item}) for item in lookup(scope, path))
    return loop


def compile_block(pieces):
    parts = []
    while pieces:
        piece = pieces.pop(0)
        if piece.startswith("{{"):
            parts.append(compile_field(piece[2:-2]))
        elif piece.startswith("{%"):
            words = piece[2:-2].split()
            if words[0] == "end":
                break
            parts.append(compile_loop(words, compile_block(pieces)) if words[0] == "for" else compile_use(words))
        else:
            parts.append(lambda scope, piece=piece: piece)
    return lambda scope: "".join(part(scope) for part in parts)


def compile_use(words):
    name = words[1]
    return lambda scope: render(INCLUDES[name], scope)


def render(text, scope):
    return compile_block([p for p in PIECE.split(text) if p])(scope)


def page(data):
    return render(data["text"], data["scope"])


def mail(data):
    return {"subject": page(data)[:20], "body": page(data)}


def mails(data):
    return [mail(dict(data, scope=dict(data["scope"], to=to))) for to in ("a", "b")]


SCOPE = {"shop": {"name": "Tea"}, "items": [{"name": "cup", "tags": ["new"], "price": 3}, {"name": "pot", "tags": [], "price": None}]}


def each(text, *handlers):
    return [(h, {"text": text if not i % 2 else f"Dear, {text}", "scope": SCOPE}) for i, h in enumerate(handlers)]


BUGS = {
    "missing-field": each("{{ shop.street }}", "page", "mail", "mails") + each("{{ user.name }}", "page"),
    "money-of-none": each("{% for i in items %}{{ i.price | money }}{% end %}", "page", "mails"),
    "first-of-empty": each("{% for i in items %}{{ i.tags | first }}{% end %}", "page", "mail"),
    "unknown-filter": each("{{ shop.name | lower }}", "page", "mail") + each("{% for i in items %}{{ i.name | title }}{% end %}", "mails"),
    "unknown-include": each("{% use head %}", "page", "mails", "mail"),
    "includes-itself": each("{% use again %}", "page", "mail"),
    "loop-over-number": each("{% for i in items %}{% for x in i.price %}{{ x }}{% end %}{% end %}", "page", "mails"),
    "upper-of-number": each("{% for i in items %}{{ i.price | upper }}{% end %}", "page", "mail", "mails"),
    "loop-words": each("{% for i items %}{{ i }}{% end %}", "page", "mail"),
    "path-into-text": each("{{ shop.name.first }}", "page", "mails"),
}
