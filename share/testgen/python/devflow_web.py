"""A request of the event as the framework's own test client makes it: Flask, FastAPI (and Starlette), Django. The application is found in the
source; nothing is listened to."""

import ast
import re
import urllib.parse

import devflow_around
from devflow_source import DEF, dotted
from devflow_values import literal, of_python
from devflow_write import Writer

DROPPED = {"host", "content-length", "cookie", "authorization", "connection", "accept-encoding", "user-agent", "content-type", "x-forwarded-for"}
HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}


def applications(checkout, near):
    """[(framework, file, name, whether it is made by a function)], those of files of the trace first."""
    found = []
    for name in checkout.names[:3000]:
        file = checkout.file(name)
        if not file:
            continue
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
                maker = dotted(node.value.func).split(".")[-1]
                kind = {"Flask": "flask", "FastAPI": "fastapi", "Starlette": "fastapi"}.get(maker)
                if kind and node in file.tree.body:
                    found.append((kind, file, node.targets[0].id, False))
        for d in file.definitions:
            if len(d.path) == 1 and not d.coroutine and all(p[3] is not None or p[1] in ("rest", "options") for p in d.parameters()):
                made = {dotted(n.value.func).split(".")[-1]: n.targets[0].id for n in ast.walk(d.node) if isinstance(n, ast.Assign)
                        and isinstance(n.value, ast.Call) and isinstance(n.targets[0], ast.Name)}
                returned = {n.value.id for n in ast.walk(d.node) if isinstance(n, ast.Return) and isinstance(n.value, ast.Name)}
                for maker, kind in (("Flask", "flask"), ("FastAPI", "fastapi"), ("Starlette", "fastapi")):
                    if made.get(maker) in returned and maker in made:
                        found.append((kind, file, d.name, True))
        for node in file.tree.body:
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "ROOT_URLCONF" for t in node.targets):
                found.append(("django", file, "", False))
    return sorted(found, key=lambda f: (f[1] not in near, f[3]))


def target_of(request):
    parts = urllib.parse.urlsplit(request.get("url") or "/")
    query = request.get("query_text") or parts.query
    if not query and request.get("query"):
        query = urllib.parse.urlencode([(k, v) for k, v in request["query"] if isinstance(v, str)])
    path = parts.path or "/"
    try:
        host = parts.hostname or "localhost"
    except ValueError:
        host = "localhost"
    return path + ("?" + query if query and query != "[Filtered]" else ""), host


class WebTrial:
    """One request, as code."""

    nodes, another, inputs = [], False, None

    def __init__(self, checkout, definition, application, request, with_headers, around=()):
        self.d, self.checkout, self.writer = definition, checkout, Writer()
        self.made_of, self.around = (checkout, definition, application, request, with_headers), list(around)
        self.exact = all(n.exact for n in self.around)
        self.guessed = sorted({n.why for n in self.around if not n.exact and n.why})
        self.writer.reserve(devflow_around.RESERVED if self.around else ())
        self.kind, file, self.name, made = application
        self.root, self.module = checkout.module(file)
        w = self.writer
        where, host = target_of(request)
        method = (request.get("method") or "GET").upper()
        if method not in METHODS:
            raise ValueError("method")
        headers = [(k, v) for k, v in request.get("headers") or [] if isinstance(v, str) and HEADER.fullmatch(k) and v.isprintable()]
        kind = next((v for k, v in headers if k.lower() == "content-type"), "")
        kept = {k: v for k, v in headers if k.lower() not in DROPPED and "[Filtered]" not in v} if with_headers else {}
        self.given = f"{literal(where)}, "
        getattr(self, self.kind)(w, made, method, host, self.body(request.get("data"), kind), kept)

    @property
    def fresh(self):
        return self.inputs.fresh if self.inputs else ()

    def under(self, around):
        """The same request with other conditions."""
        other = WebTrial(*self.made_of, around)
        other.inputs = self.inputs
        return other

    def body(self, data, kind):
        """(what it is, its text) or None."""
        if data is None or data == "" or data == {}:
            return None
        try:
            text = of_python(data).write(self.writer)
        except (TypeError, RecursionError):
            return None
        if "form" in kind and isinstance(data, dict):
            return "form", text
        return ("json", text) if isinstance(data, (dict, list)) or "json" in kind and not isinstance(data, str) else ("raw", text)

    def app(self, w, made):
        return w.need(self.module, self.name, self.root) + ("()" if made else "")

    def flask(self, w, made, method, host, body, headers):
        app = self.app(w, made)
        if made:
            w.lines.append(f"app = {app}")
            app = "app"
        w.lines.append(f"{app}.testing = True")
        more = [f"method={literal(method)}"] + ([f"{'json' if body[0] == 'json' else 'data'}={body[1]}"] if body else [])
        more += [f"headers={of_python(headers).write(w)}"] if headers else []
        self.call = f"{app}.test_client().open({self.given}{', '.join(more)})"

    def fastapi(self, w, made, method, host, body, headers):
        name = {"fastapi": "fastapi.testclient"}.get("fastapi" if "fastapi" in str(self.checkout.file(self.d.file.relative).imports)
                                                     or self.imports_fastapi() else "", "starlette.testclient")
        client = w.need(name, "TestClient")
        more = ([f"{ {'json': 'json', 'form': 'data', 'raw': 'content'}[body[0]]}={body[1]}"] if body else [])
        more += [f"headers={of_python(headers).write(w)}"] if headers else []
        self.call = f"{client}({self.app(w, made)}).request({literal(method)}, {', '.join([literal(target_only(self.given)), *more])})"

    def imports_fastapi(self):
        return any(m.startswith("fastapi") for f in self.checkout.files.values() if f for m, _ in f.imports.values())

    def django(self, w, made, method, host, body, headers):
        w.standard.setdefault("os", {})[None] = None
        w.standard.setdefault("django", {})[None] = None
        if self.root not in w.roots:
            w.roots.append(self.root)
        client = w.need("django.test", "Client")
        w.lines += [f"os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", {literal(self.module)})", "django.setup()",
                    f"client = {client}(SERVER_NAME={literal(host if re.fullmatch(r'[A-Za-z0-9.-]+', host) else 'localhost')})"]
        more = [f"headers={of_python(headers).write(w)}"] if headers else []
        if body and body[0] == "form":
            self.call = f"client.{method.lower()}({', '.join([self.given.rstrip(', '), body[1], *more])})"
        else:
            data = ""
            if body and body[0] == "json":
                w.standard.setdefault("json", {})[None] = None
                data = f", json.dumps({body[1]}), content_type=\"application/json\""
            elif body:
                data = f", {body[1]}"
            self.call = f"client.generic({literal(method)}, {self.given.rstrip(', ')}{data}{''.join(', ' + m for m in more)})"

    def code(self):
        if self.around:
            return devflow_around.script(self)
        return "\n".join([*self.writer.imports(), *self.writer.lines, self.call]) + "\n"


def target_only(given):
    return ast.literal_eval(given.rstrip(", "))


def trials(checkout, definition, near, request):
    for application in applications(checkout, near)[:4]:
        for with_headers in (False, True):
            try:
                yield WebTrial(checkout, definition, application, request, with_headers)
            except (ValueError, TypeError, RecursionError):
                continue


__all__ = ["trials", "DEF"]
