"""The test as text. What comes from the event is written as literals alone: values by repr, words inside one docstring; names are
those of the checkout and of the standard library."""

import ast
import builtins
import os
import re
import sys
import textwrap

import devflow_around
from devflow_inputs import Omitted
from devflow_values import Call, Loop, Obj, Ref, is_name, literal

WIDTH = 110


def words(text, limit=300):
    """Text for the docstring: one line, nothing invisible, nothing that ends a literal."""
    text = " ".join(str(text).split())
    text = text[:limit - 3] + "..." if len(text) > limit else text
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def layout(code, indent, width=WIDTH):
    """An expression or statement broken at the commas of its outermost brackets where it is too long."""
    if len(code) + indent <= width or "\n" in code:
        return code
    begin, end = brackets(code)
    if begin < 0:
        return code
    parts = split(code[begin + 1:end])
    if not parts:
        return code
    pad = " " * (indent + 4)
    inner = "".join(f"\n{pad}{layout(p, indent + 4, width)}," for p in parts)
    if len(parts) == 1 and code[begin] == "(" and begin > 0 and (" for " in parts[0] or parts[0].startswith("*")):
        return code
    return code[:begin + 1] + inner + "\n" + " " * indent + code[end:]


def walk_code(code):
    """(place, character, depth before it) outside of strings."""
    quote, depth, i = "", 0, 0
    while i < len(code):
        c = code[i]
        if quote:
            if c == "\\":
                i += 1
            elif c == quote:
                quote = ""
        elif c in "'\"":
            quote = c
        elif c in "([{":
            yield i, c, depth
            depth += 1
        elif c in ")]}":
            depth -= 1
            yield i, c, depth
        else:
            yield i, c, depth
        i += 1


def brackets(code):
    """The last bracket pair of the outermost level."""
    begin, end = -1, -1
    for i, c, depth in walk_code(code):
        if depth == 0 and c in "([{":
            begin = i
        elif depth == 0 and c in ")]}":
            end = i
    return (begin, end) if end > begin >= 0 else (-1, -1)


def split(code):
    parts, at = [], 0
    for i, c, depth in walk_code(code):
        if c == "," and depth == 0:
            parts.append(code[at:i].strip())
            at = i + 1
    parts.append(code[at:].strip())
    return [p for p in parts if p]


HEAD = [("os", "os"), ("sys", "sys"), ("pytest", "pytest"), ("pathlib", "Path")]  # what every test has at its head


class Writer:
    """Collects imports, variables and lines while nodes are written."""

    def __init__(self):
        self.standard, self.own, self.roots = {}, {}, []
        self.lines, self.variables, self.hints = [], {}, {}
        self.taken = {name: (module, name) for module, name in HEAD}

    def reserve(self, names):
        for name in names:
            self.taken.setdefault(name, ("variable", name))

    def need(self, module, name, root=None):
        """Imports what a dotted name begins with; the text to write in its place."""
        head, _, rest = name.partition(".")
        if module == "builtins":
            if not hasattr(builtins, head):
                raise ValueError(name)
            return name
        if not all(is_name(p) for p in [*module.split("."), *name.split(".")]):
            raise ValueError(f"{module}.{name}")
        alias = self.alias(head, (module, head))
        if root is None:
            self.standard.setdefault(module, {})[head] = alias
        else:
            self.own.setdefault(module, {})[head] = alias
            if root not in self.roots:
                self.roots.append(root)
        return alias + ("." + rest if rest else "")

    def need_module(self, module, root):
        self.own.setdefault(module, {})[None] = None
        if root not in self.roots:
            self.roots.append(root)

    def alias(self, name, what):
        alias = name
        while self.taken.get(alias, what) != what:
            alias += "_"
        self.taken[alias] = what
        return alias

    def fresh(self, name):
        name = re.sub(r"(?<!^)(?=[A-Z][a-z])", "_", name).lower() if name[:1].isupper() else name
        name = name.strip("_") if is_name(name.strip("_")) else "thing"
        candidate, i = name, 2
        while candidate in self.taken or hasattr(builtins, candidate) or not is_name(candidate):
            candidate, i = f"{name}_{i}", i + 1
        self.taken[candidate] = ("variable", candidate)
        return candidate

    def variable(self, node):
        key = node.at if isinstance(node, Obj) and node.at else id(node)
        if key in self.variables:
            return self.variables[key]
        if isinstance(node, Loop):
            name = self.variables[key] = self.fresh(self.hints.get(id(node), "nested"))
            self.lines.append(f"{name} = {'{}' if node.kind == 'dict' else '[]'}")
            self.lines.append(f"{name}['self'] = {name}" if node.kind == "dict" else f"{name}.append({name})")
            return name
        making = node.make(self)
        name = self.variables[key] = self.fresh(self.hints.get(id(node), node.cls.name.split(".")[-1]))
        self.lines.append(f"{name} = {making}")
        for attr, value in node.attrs:
            if is_name(attr):
                self.lines.append(f"{name}.{attr} = {value.write(self)}")
        for step in node.steps:
            self.lines.append(f"{name}.{step.write(self)}")
        return name

    def imports(self):
        lines = []
        for group in (self.standard, self.own):
            for module in sorted(group):
                names = sorted(group[module].items(), key=lambda n: n[0] or "")
                plain = [n for n in names if n[0] is None]
                given = ", ".join(n if n == a else f"{n} as {a}" for n, a in names if n is not None)
                lines += [f"import {module}"] * bool(plain) + [f"from {module} import {given}"] * bool(given)
        return lines

    def standard_imports(self):
        return [line for line in self.imports() if line.split()[1] in self.standard]

    def own_imports(self):
        return [line for line in self.imports() if line.split()[1] not in self.standard]


class Trial:
    """One call with its inputs, as code: to be tried, and to stand in the test."""

    def __init__(self, checkout, inputs, combination, around=None):
        self.writer = Writer()
        self.d, self.checkout, self.inputs, self.combination = inputs.d, checkout, inputs, combination
        self.nodes = [n for n in inputs.nodes(combination) if n[1] != "around"]
        self.around = [n for _, kind, n in inputs.nodes(combination) if kind == "around"] if around is None else around
        self.fresh = inputs.fresh
        self.exact = all(n.exact for node in self.all_nodes() for n in node.walk())
        self.guessed = sorted({n.why for node in self.all_nodes() for n in node.walk() if not n.exact and n.why})
        self.root, self.module = checkout.module(inputs.d.file, inputs.frame)
        self.another = []
        self.writer.reserve([n for n, _, _ in self.nodes if n])
        self.writer.reserve(devflow_around.RESERVED if self.around else ())
        self.call = self.make_call(inputs)

    def all_nodes(self):
        return [*(n for _, _, n in self.nodes), *self.around]

    def under(self, around):
        """The same call with other conditions."""
        other = Trial(self.checkout, self.inputs, self.combination, around)
        return other.with_other_values(self.another) if self.another else other

    def with_other_values(self, told):
        """Of a run whose variables are not all the event's: told says which."""
        self.exact, self.another = False, told
        self.guessed = [*told[:3], *self.guessed]
        return self

    def target(self, inputs):
        d, w = self.d, self.writer
        name = d.name
        receiver = next((n for _, kind, n in self.nodes if kind in ("self", "class")), None)
        if d.cls and name.startswith("__") and not name.endswith("__"):
            name = f"_{d.cls.name.lstrip('_')}{name}"
        if d.kind == "new" or (d.cls and d.name == "__init__"):
            cls = inputs.class_of(inputs.given.get(d.first))
            return w.need(self.checkout.module(cls[0])[1], cls[1], self.checkout.module(cls[0])[0])
        if receiver is not None:
            w.hints[id(receiver)] = d.cls.name
            return f"{receiver.write(w)}.{name}"
        if d.nested:
            return self.closure(inputs)
        text = w.need(self.module, name, self.root)
        last = [n.split(".")[-1] for n in d.decorators()]
        return f"{text}.callback" if "command" in last or "group" in last and "click" in str(d.file.imports) else text

    def closure(self, inputs):
        """A function that another one makes and returns."""
        outer = self.d.path[-2]
        returns = [n for n in ast.walk(outer) if isinstance(n, ast.Return) and isinstance(n.value, ast.Name) and n.value.id == self.d.name]
        if len(self.d.path) != 2 or not returns:
            raise ValueError("nested")
        maker = next(x for x in self.d.file.definitions if x.node is outer)
        given = []
        for name, kind, _, default in maker.parameters():
            node = inputs.builder.named(inputs.reader, name) if kind in ("plain", "key", "only") else None
            if node is not None:
                given.append(f"{name}={node.write(self.writer)}" if kind != "only" else node.write(self.writer))
            elif default is None and kind not in ("rest", "options"):
                raise ValueError("nested")
        return f"{self.writer.need(self.module, maker.name, self.root)}({', '.join(given)})"

    def make_call(self, inputs):
        d, w = self.d, self.writer
        given, positional = [], True
        placed = any(k == "rest" for _, k, _ in self.nodes) or self.wrapped() or d.name == "__getitem__"
        for name, kind, node in self.nodes:
            if kind in ("self", "class"):
                continue
            if isinstance(node, Omitted):
                positional = False
                continue
            w.hints[id(node)] = name
            w.taken.pop(name, None) if w.taken.get(name) == ("variable", name) else None
            code = node.write(w)
            w.taken.setdefault(name, ("variable", name))
            if kind == "rest":
                given += [item.write(w) for item in getattr(node, "items", [])]
            elif kind == "options":
                for k, v in getattr(node, "items", []):
                    given.append(f"{k.value}={v.write(w)}" if is_name(str(k.value)) else f"**{{{k.write(w)}: {v.write(w)}}}")
            elif kind == "only" or (positional and placed and kind == "plain"):
                given.append(code)
            else:
                given.append(f"{name}={code}")
        target = self.target(inputs)
        if d.kind == "property":
            return target
        return self.driven(as_written(target, given))

    def wrapped(self):
        """Whether what is called is a wrapper of the checkout's own, or one that looks at the first argument: either may take no names."""
        names = [n for n in self.d.decorators() if n]
        found = [self.checkout.resolve(self.d.file, n) for n in names]
        return any(f and f[0] == "function" for f in found) or any(n.split(".")[-1] == "singledispatch" for n in names)

    def driven(self, call):
        d, w = self.d, self.writer
        if d.is_context:
            return f"{call}.__enter__()" if not d.coroutine else f"{self.asyncio()}.run({call}.__aenter__())"
        if d.coroutine and d.generator:
            return f"{self.asyncio()}.run(anext({call}))"
        if d.coroutine:
            return f"{self.asyncio()}.run({call})"
        if d.generator:
            return f"list({w.need('itertools', 'islice')}({call}, 1000))"
        return call

    def asyncio(self):
        self.writer.standard.setdefault("asyncio", {})[None] = None
        return "asyncio"

    def code(self):
        if self.around:
            return devflow_around.script(self)
        return "\n".join([*self.writer.imports(), *self.writer.lines, self.call]) + "\n"


PUBLIC = {f"__{name}__": f"{name}({{}})" for name in ("len", "str", "repr", "bool", "hash", "iter", "next")}


def as_written(target, given):
    """The call; of what Python calls itself, as programs write it."""
    owner, _, name = target.rpartition(".")
    if name == "__getitem__" and owner and len(given) == 1:
        return f"{owner}[{given[0]}]"
    if name in PUBLIC and owner and not given:
        return PUBLIC[name].format(owner)
    return f"{owner if name == '__call__' and owner else target}({', '.join(given)})"


def snake(text):
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text).lower()
    return re.sub(r"_+", "_", re.sub(r"[^a-z0-9]+", "_", text)).strip("_")[:60]


def file_name(event, function):
    issue = re.sub(r"[^a-z0-9]+", "_", (event["issue"] or "").lower()).strip("_")
    if re.fullmatch(r"[0-9a-f]{32}", issue) or not issue:
        issue = "_".join(p for p in (snake(function) or "event", issue[:8]) if p)
    return f"test_{issue[:80]}.py"


def test_name(function, exception):
    return f"test_{snake(function.split('.')[-1]) or 'program'}_no_longer_raises_{snake(exception) or 'an_exception'}"


def source_block(writer, landmark, out, source):
    """Where the code under test is imported from: next to the test, in the current folder, or where DEVFLOW_SOURCE says."""
    roots = [r for r in writer.roots if r != "."] + ["."]
    up = "/".join([".."] * (roots[0].count("/") + 1)) if roots[0] != "." else ""
    beside = [f"Path(__file__).resolve().parent / {literal(os.path.relpath(source, out))}"] if out and not (out + os.sep).startswith(source + os.sep) else []
    below = [f'*(os.path.join(p, {literal(up)}) for p in os.getenv("PYTHONPATH", "").split(os.pathsep) if p)'] if up else []
    first = ['os.getenv("DEVFLOW_SOURCE")', '*os.getenv("PYTHONPATH", "").split(os.pathsep)', *below, "os.getcwd()"]
    then = ["*Path(__file__).resolve().parents", *beside, '*(p for p in sys.path if "site-packages" not in p)']
    prefixes = ", ".join(literal(r) for r in roots)
    return [
        f"SOURCE_FILE = {literal(landmark)}",
        layout(f"PLACES = [{', '.join(first)}]", 0),
        layout(f"PLACES += [{', '.join(then)}]", 0),
        "FOUND = [Path(p) for p in PLACES if p and Path(p, SOURCE_FILE).is_file()]",
        "if not FOUND:",
        '    pytest.skip(f"{SOURCE_FILE} is not here: run this in the checkout, or set DEVFLOW_SOURCE", allow_module_level=True)',
        f"sys.path[:0] = [str(FOUND[0] / folder) for folder in ({prefixes})]" if len(roots) > 1 else "sys.path.insert(0, str(FOUND[0]))",
    ]


def wrapped(line, width=118):
    """A line of words on several; what is listed goes on where it began."""
    return textwrap.wrap(line, width, subsequent_indent="  " if line.startswith("- ") else "", break_long_words=False, break_on_hyphens=False) or [""]


def docstring(lines):
    text = "\n".join(part for line in lines for part in wrapped(line)).rstrip()
    return '"""' + text + ('\n' if "\n" in text else " " if text.endswith('"') else "") + '"""'


def render(event, checkout, exception, trial, conditions, facts, out, source):
    """The whole test file. conditions: lines for the docstring. facts: {"message", "line", "cause": what the error is known by, or ""; "exits":
    whether it may be a SystemExit, "guard": see devflow_callers}."""
    w = trial.writer
    name = test_name(trial.d.qualname, exception["type"])
    head = f"{words(event['issue'] or 'A Sentry event', 80)}: {words(exception['type'], 80)}"
    head += f": {words(exception['value'], 120)}" if exception["value"] else ""
    doc = [head, "", *conditions]
    imports = devflow_around.imports_within(trial)
    refusable = devflow_around.asks_checkout(trial)  # a fix may refuse such input where it is made, such conditions where it is imported
    body = [layout(line, 0, WIDTH - 4) for line in w.lines if not refusable]
    arranged = ["    " + layout(line, 4, WIDTH - 4) for line in [*imports, *(w.lines if refusable else [])]]
    caught = "(Exception, SystemExit)" if facts["exits"] else "Exception"
    tests = [f"type(error).__name__ == {literal(exception['type'].split('.')[-1])}"]
    if facts["message"]:
        tests.append(f"{literal(facts['message'])} in str(error)")
    if facts["cause"]:
        tests.append(f"type(error.__cause__ or error.__context__).__name__ == {literal(facts['cause'])}")
    if facts["line"] and not facts.get("guard"):
        w.standard.setdefault("traceback", {})[None] = None
        tests.append(f"any(step.line == {literal(facts['line'])} for step in traceback.extract_tb(error.__traceback__))")
    body += ["try:", *arranged, "    " + layout(trial.call, 4, WIDTH - 4), f"except {caught} as error:"]
    guard = facts.get("guard")
    if guard:
        for module in guard["imports"]:
            w.standard.setdefault(module, {})[None] = None
    joined = " and ".join(tests)
    if len(joined) > 100:
        body += ["    again = (", *[f"        {'and ' if i else ''}{t}" for i, t in enumerate(tests)], "    )", "    if again:"]
    else:
        body += [f"    if {joined}:"]
    body += ["        " + line for line in guard["lines"]] if guard else []
    body += ["        raise", "    if error.__traceback__.tb_next is None:  # raised here, not in what is called",
             '        pytest.skip(f"this call no longer fits the source: {error}")']
    around = trial.around
    body = devflow_around.inner(trial, body) if around else body
    tops = devflow_around.place(trial).tops if around else []
    late = around and devflow_around.late(trial)
    lines = [docstring(doc), ""]
    packages = [line for line in w.standard_imports() if line.split()[1].split(".")[0] not in sys.stdlib_module_names]
    standard = {"import os", "import sys", "from pathlib import Path", *w.standard_imports()} - set(packages)
    if any(s.startswith("from pathlib import ") and "Path" in s[20:].split(", ") for s in standard - {"from pathlib import Path"}):
        standard.discard("from pathlib import Path")
    lines += [*in_order(standard), "", *in_order(["import pytest", *packages]), ""]
    lines += [*source_block(w, checkout.landmark(trial.d.file), out, source), *([] if late else guarded_imports(w))]
    lines += [f"\n\n{top.strip()}" for top in tops]
    given = ", ".join(n for n in ("monkeypatch", "tmp_path") if any(n in line for line in body))
    lines += ["", "", f"def {name}({given}):"] + [devflow_around.indented(line) for line in body]
    lines += ["", "", *guard["top"]] if guard else []
    text = "\n".join(lines) + "\n"
    check(text)
    return text, name


def guarded_imports(writer):
    """The imports of what is called. A name that a change of the source has moved or removed is no failure."""
    own = sorted({module.split(".")[0] for module in writer.own})
    return ["", "try:", *[f"    {line}" for line in writer.own_imports()], "except ImportError as error:",
            f'    if (error.name or "").split(".")[0] not in [{", ".join(map(literal, own))}]:', "        raise",
            '    pytestmark = pytest.mark.skip(f"this call no longer fits the source: {error}")'] if own else []


def in_order(imports):
    return sorted(imports, key=lambda line: (line.startswith("from"), line))


def skipped(event, exception, function, reason, add, conditions):
    name = test_name(function or "program", exception["type"])
    doc = [f"{words(event['issue'] or 'A Sentry event', 80)}: {words(exception['type'], 80)}: {words(exception['value'], 120)}", "",
           "This could not be reproduced, so there is no test of it yet.", words(reason, 600)]
    doc += [f"- {words(a, 400)}" for a in add]
    doc += ["", *conditions]
    why = [f"    {'reason=' if not i else ''}{literal(part)}" for i, part in enumerate(textwrap.wrap(reason[:400] or "?", 100, drop_whitespace=False))]
    text = "\n".join([docstring(doc), "", "import pytest", "", "", "@pytest.mark.skip(", *why, ")", f"def {name}():",
                      '    pytest.fail("nothing is called yet")']) + "\n"
    check(text)
    return text


ALLOWED_CALLS = {"exec", "eval", "compile", "__import__", "open", "input", "breakpoint"}


def check(text):
    """The file parses, and calls nothing that runs text: whatever was in the event, it is in literals."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ALLOWED_CALLS:
            raise ValueError(f"{node.func.id} in the test")
    return sys.version_info and tree


__all__ = ["Call", "Ref", "Trial", "Writer", "render", "skipped", "file_name"]
