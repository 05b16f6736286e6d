"""The checkout as text: which file a frame means, which function stands there, how it is called. Nothing of it is executed."""

import ast
import os
import re

SKIPPED = {"node_modules", "site-packages", "dist-packages", "__pycache__", "venv", "env", "build", "dist", ".git", ".tox"}
FILES, FILE_BYTES, TEXTS_BYTES = 20_000, 2_000_000, 200_000_000
FEW = 60  # files to parse for one word: more, and it says little
DEF = (ast.FunctionDef, ast.AsyncFunctionDef)


class Definition:
    """A function or method: the names that lead to it, its node, and what encloses it."""

    def __init__(self, file, path, node):
        self.file, self.path, self.node = file, path, node
        self.name = node.name
        self.outer = path[-2] if len(path) > 1 else None

    @property
    def cls(self):
        return self.outer if isinstance(self.outer, ast.ClassDef) else None

    @property
    def nested(self):
        """Within another function: no name leads to it from outside."""
        return any(isinstance(node, DEF) for node in self.path[:-1])

    @property
    def qualname(self):
        return ".".join(node.name for node in self.path)

    def decorators(self):
        return [dotted(d.func if isinstance(d, ast.Call) else d) for d in self.node.decorator_list]

    @property
    def kind(self):
        """function, method, class, static, property, new: how it is called."""
        if not self.cls:
            return "function"
        names = self.decorators()
        if "staticmethod" in names:
            return "static"
        if "classmethod" in names or self.name in ("__init_subclass__", "__class_getitem__"):
            return "class"
        if self.name == "__new__":
            return "new"
        if any(n.split(".")[-1] in ("property", "cached_property") or n.endswith(".getter") for n in names):
            return "property"
        if any(n.endswith(".setter") for n in names):
            return "setter"
        return "method"

    @property
    def coroutine(self):
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def generator(self):
        return any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes(self.node))

    @property
    def is_context(self):
        return any(n.split(".")[-1] in ("contextmanager", "asynccontextmanager") for n in self.decorators())

    def parameters(self):
        """(name, kind, annotation, default) in order; kind: plain, only, key, rest, options. Without self and cls."""
        a = self.node.args
        plain = [(p, "only") for p in a.posonlyargs] + [(p, "plain") for p in a.args]
        defaults = [None] * (len(plain) - len(a.defaults)) + list(a.defaults)
        found = [(p.arg, kind, p.annotation, d) for (p, kind), d in zip(plain, defaults)]
        if self.kind in ("method", "class", "property", "setter", "new") and found:
            found = found[1:]
        if a.vararg:
            found.append((a.vararg.arg, "rest", a.vararg.annotation, None))
        found += [(p.arg, "key", p.annotation, d) for p, d in zip(a.kwonlyargs, a.kw_defaults)]
        if a.kwarg:
            found.append((a.kwarg.arg, "options", a.kwarg.annotation, None))
        return found

    @property
    def first(self):
        """The name of self or cls, or None."""
        a = self.node.args
        named = a.posonlyargs + a.args
        return named[0].arg if self.cls and self.kind != "static" and named else None


def own_nodes(node):
    """The nodes of a function without those of functions in it."""
    todo = list(ast.iter_child_nodes(node))
    while todo:
        n = todo.pop()
        yield n
        if not isinstance(n, (*DEF, ast.Lambda, ast.ClassDef)):
            todo += ast.iter_child_nodes(n)


def literal_text(node):
    """The text that is written there, or None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def dotted(node):
    """"a.b.c" of a name or attribute, else ""."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


class File:
    def __init__(self, root, relative):
        self.relative, self.path = relative, os.path.join(root, relative)
        with open(self.path, "rb") as f:
            data = f.read(FILE_BYTES + 1)
        if len(data) > FILE_BYTES:
            raise ValueError("too large")
        self.tree = ast.parse(data)
        self.lines = data.decode("utf-8", "replace").splitlines()
        self.definitions, self.classes = [], {}
        self._walk(self.tree, [])
        self.tuples = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and dotted(node.value.func).split(".")[-1] == "namedtuple" \
                    and len(node.value.args) > 1 and isinstance(node.targets[0], ast.Name):
                try:
                    names = ast.literal_eval(node.value.args[1])
                    self.tuples[node.targets[0].id] = names.replace(",", " ").split() if isinstance(names, str) else list(names)
                except ValueError:
                    pass
        self.imports = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for a in node.names:
                    self.imports[a.asname or a.name.split(".")[0]] = (a.name if a.asname else a.name.split(".")[0], None)
            elif isinstance(node, ast.ImportFrom):
                for a in node.names:
                    self.imports[a.asname or a.name] = ("." * node.level + (node.module or ""), a.name)

    def _walk(self, node, path):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, DEF):
                self.definitions.append(Definition(self, [*path, child], child))
                self._walk(child, [*path, child])
            elif isinstance(child, ast.ClassDef):
                self.classes.setdefault(".".join(n.name for n in [*path, child]), child)
                self._walk(child, [*path, child])
            else:
                self._walk(child, path)

    def constant_node(self, name):
        """What a name of the module is set to, once and at its top."""
        if not hasattr(self, "constants"):
            self.constants = {}
            for node in self.tree.body:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) and node.value else []
                for t in targets:
                    if isinstance(t, ast.Name):
                        self.constants[t.id] = None if t.id in self.constants else node.value
        return self.constants.get(name)

    def line(self, number):
        return self.lines[number - 1].strip() if 0 < number <= len(self.lines) else ""

    def definition(self, function, line, text):
        """That of a frame: the innermost function around the line, if it has the frame's name; else the only one of that name."""
        name = function.split(".")[-1]
        around = [d for d in self.definitions if d.name == name and start(d.node) <= line <= d.node.end_lineno]
        if around:
            return max(around, key=lambda d: start(d.node))
        named = [d for d in self.definitions if d.name == name]
        exact = [d for d in named if function in (d.qualname, ".".join(n.name + (".<locals>" if isinstance(n, DEF) else "")
                                                                       for n in d.path[:-1]) + "." + d.name)]
        with_text = [d for d in named if text and any(self.line(i) == text.strip() for i in range(start(d.node), d.node.end_lineno + 1))]
        for found in (exact, with_text, named):
            if len(found) == 1:
                return found[0]
        return None

    def method(self, cls, name):
        return next((d for d in self.definitions if d.outer is cls and d.name == name), None)


def start(node):
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


DATA = "cfg|conf|csv|env|graphql|html|ini|j2|jsonl?|properties|sql|toml|tsv|txt|xml|ya?ml"  # how names of data end that a program may read


class Checkout:
    """The Python files below a folder, read when they are asked for, and the names of data."""

    def __init__(self, root):
        self.root = os.path.realpath(root)
        self.names, self.data, is_data = [], [], re.compile(rf"\.({DATA})$")
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.startswith(".") and
                                not os.path.exists(os.path.join(folder, f, "pyvenv.cfg")))
            for name in sorted(files):
                path = os.path.join(folder, name)
                if name.endswith(".py") and len(self.names) < FILES and self.inside(path):
                    self.names.append(os.path.relpath(path, self.root))
                elif is_data.search(name) and len(self.data) < FILES and self.inside(path):
                    self.data.append(os.path.relpath(path, self.root))
        self.files, self.by_base = {}, {}
        for name in self.names:
            self.by_base.setdefault(os.path.basename(name), []).append(name)
        self.texts, self.found = None, {}
        self.called, self.roots = {}, set()

    def learn(self, frames):
        """What the event calls its modules: a folder without __init__.py can be a package, or where the program was started."""
        for frame in frames:
            file = self.of_frame(frame) if frame.get("app") else None
            if file and frame.get("module") not in (None, "", "__main__"):
                self.called[file.relative] = self.module(file, frame)
                self.roots.add(self.called[file.relative][0])

    def inside(self, path):
        real = os.path.realpath(path)
        return os.path.isfile(real) and (real + os.sep).startswith(self.root + os.sep)

    def file(self, relative):
        if relative not in self.files:
            try:
                self.files[relative] = File(self.root, relative)
            except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
                self.files[relative] = None
        return self.files[relative]

    def of_frame(self, frame):
        """The file that a frame names: the one whose path shares most of its end with the frame's, and has its line there."""
        path = (frame.get("path") or frame.get("file") or "").replace("\\", "/")
        parts = [p for p in path.split("/") if p]
        module = (frame.get("module") or "").split(".")
        if not parts:
            return None
        best, best_score = None, 0
        for name in self.by_base.get(parts[-1], []):
            own = name.split(os.sep)
            same = 0
            while same < min(len(own), len(parts)) and own[-1 - same] == parts[-1 - same]:
                same += 1
            score = same * 4
            dotted_name = own[:-1] if own[-1] == "__init__.py" else [*own[:-1], own[-1][:-3]]
            if module[-1] not in ("", "__main__") and dotted_name[-len(module):] == module:
                score += 6
            file = self.file(name)
            if file and frame.get("text") and file.line(frame.get("line") or 0) == frame["text"].strip():
                score += 5
            if same == len(own):
                score += 2
            if score > best_score and file:
                best, best_score = file, score
        return best

    def landmark(self, file):
        """What tells a folder for this checkout, also when the file has been moved within its package."""
        root, name = self.module(file)
        top = os.path.normpath(os.path.join(root, name.split(".")[0], "__init__.py"))
        return (top if os.path.isfile(os.path.join(self.root, top)) else file.relative).replace(os.sep, "/")

    def module(self, file, frame=None):
        """(root relative to the checkout, dotted name): what to import, and from where."""
        if not frame and file.relative in self.called:
            return self.called[file.relative]
        parts = file.relative.split(os.sep)
        names = parts[:-1] if parts[-1] == "__init__.py" else [*parts[:-1], parts[-1][:-3]]
        said = (frame or {}).get("module") or ""
        if said not in ("", "__main__") and names[-len(said.split(".")):] == said.split("."):
            depth = len(said.split("."))
        else:
            depth = 1
            folder = os.path.dirname(file.relative) if parts[-1] != "__init__.py" else os.path.dirname(os.path.dirname(file.relative))
            while folder and os.path.exists(os.path.join(self.root, folder, "__init__.py")):
                depth += 1
                folder = os.path.dirname(folder)
            if depth == 1 and folder not in ("src", "lib"):
                above = [r for r in self.roots if r == "." or (folder + "/").startswith(r + "/")]
                depth = len(names) - max((r.count("/") + 1 if r != "." else 0 for r in above), default=len(names) - 1)
        folder = names[:-depth]
        return "/".join(folder) or ".", ".".join(names[-depth:])

    def count(self, *words):
        """How many files have all these words in their text."""
        return len(self.names_with(words))

    def having(self, *words):
        """The files whose text has all these words: parsing a large checkout whole takes longer than the search."""
        return [f for f in map(self.file, self.names_with(words)) if f]

    def names_with(self, words):
        if self.texts is None:
            self.texts, left = {}, TEXTS_BYTES
            for name in self.names:
                try:
                    with open(os.path.join(self.root, name), "rb") as f:
                        self.texts[name] = f.read(min(FILE_BYTES, left))
                except OSError:
                    continue
                left -= len(self.texts[name])
        if words not in self.found:
            wanted = [w.encode("utf-8", "replace") for w in words]
            self.found[words] = [n for n, text in self.texts.items() if all(w in text for w in wanted)][:3000]
        return self.found[words]

    def classes(self, *words):
        """[(file, dotted name, node)] of the classes in files that have these words."""
        return [(file, name, node) for file in self.having("class ", *words) for name, node in file.classes.items()]

    def decorated(self, name):
        """The functions that carry a decorator of that name, of the files that have it in their text."""
        found = []
        for file in self.having("@", name):
            found += [d for d in file.definitions if not d.nested and any(n.split(".")[-1] == name for n in d.decorators())]
        return found

    def named_tuples(self, n):
        """(file, name, fields) of the named tuples with so many fields."""
        if not hasattr(self, "tuple_index"):
            self.tuple_index = []
            for file in {f.relative: f for f in [*self.having("namedtuple"), *self.having("NamedTuple")]}.values():
                self.tuple_index += [(file, name, fields) for name, fields in file.tuples.items()]
                for name, node in file.classes.items():
                    if any(dotted(b).split(".")[-1] == "NamedTuple" for b in node.bases):
                        self.tuple_index.append((file, name, [s.target.id for s in node.body if isinstance(s, ast.AnnAssign)]))
        return [t for t in self.tuple_index if len(t[2]) == n]

    def find_class(self, module, name, near=None):
        """(file, dotted name, node) of a class as a repr names it, or None when none or several could be meant."""
        last = name.split(".")[-1]
        found = [f for f in self.classes(last) if f[1].split(".")[-1] == last]
        found = [f for f in found if f[1] == name or f[1].endswith("." + name)] or found
        if module and module != "__main__":
            exact = [f for f in found if self.module(f[0])[1] == module or self.module(f[0])[1].endswith("." + module)
                     or module.endswith("." + self.module(f[0])[1])]
            found = exact or found
        if near:
            found = [f for f in found if f[0] is near] or found
        return found[0] if len(found) == 1 or (found and near) else None

    def resolve(self, file, name, depth=0):
        """What a name of a module means: ("class", file, node), ("function", file, definition) or None. Imports are followed."""
        if depth > 6 or not file or not name:
            return None
        head, _, rest = name.partition(".")
        if name in file.classes:
            return "class", file, file.classes[name], name
        top = [d for d in file.definitions if len(d.path) == 1 and d.name == head]
        if top and not rest:
            return "function", file, top[0], name
        if head in file.imports:
            module, attr = file.imports[head]
            target = self.import_file(file, module, attr)
            if target:
                other, left = target
                wanted = ".".join(p for p in (left, rest) if p)
                return self.resolve(other, wanted, depth + 1) if wanted else None
        return None

    def import_file(self, file, module, attr):
        """(file, name in it) that an import of this checkout means."""
        level = len(module) - len(module.lstrip("."))
        parts = [p for p in module.lstrip(".").split(".") if p]
        if level:
            base = file.relative.split(os.sep)[:-1]
            base = base[:len(base) - (level - 1)] if level > 1 else base
            tries = [base]
        else:
            root = self.module(file)[0]
            tries = [[] if root == "." else root.split("/"), file.relative.split(os.sep)[:-1], [], ["src"]]
        for base in tries:
            for extra, left in (([attr] if attr else [], ""), ([], attr or "")):
                stem = [*base, *parts, *extra]
                for path in (os.path.join(*stem) + ".py" if stem else "", os.path.join(*stem, "__init__.py")):
                    if path and path in self._names():
                        found = self.file(path)
                        if found and found is not file:
                            return found, left
        return None

    def _names(self):
        if not hasattr(self, "name_set"):
            self.name_set = set(self.names)
        return self.name_set
