#!/usr/bin/env python3
"""Makes test/fixtures/sentry again: what real Sentry SDKs send, and what `devflow sandbox` serves for it.

Needs sentry-sdk and flask in this Python, and `npm install @sentry/node` in the folder NODE_FOLDER names. Machine paths,
hosts and process ids are replaced. The `api` halves are the sandbox's own answers: look at their difference before they
are committed.
"""

import gzip
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[1]
FIXTURES = ROOT / "test" / "fixtures" / "sentry"
sys.path.insert(0, str(ROOT / "test" / "whole"))

PYTHON_HEAD = """
import sentry_sdk, sys
sentry_sdk.init(dsn=sys.argv[1], release="shop@1.4.2", environment="staging", server_name="web-1")
"""

CASES = {
    "python_chained": ("py", PYTHON_HEAD + """
sentry_sdk.set_user({"id": "42", "email": "jane@example.com", "plan": "gold"})
sentry_sdk.set_tag("shard", "eu-1")
sentry_sdk.add_breadcrumb(category="cart", message="added 3 items", data={"sku": "A-1"}, level="warning")

def price(order):
    name = "Zoë <script>"
    return order["total"] / order["count"]

def checkout(order):
    try:
        return price(order)
    except ZeroDivisionError as error:
        raise ValueError("order %s has no price" % order["id"]) from error

try:
    checkout({"id": "A-7", "total": 10, "count": 0})
except ValueError:
    sentry_sdk.capture_exception()
sentry_sdk.flush()
"""),
    "python_flask": ("py", """
import sentry_sdk, sys
from sentry_sdk.integrations.flask import FlaskIntegration
sentry_sdk.init(dsn=sys.argv[1], environment="production", server_name="web-2", send_default_pii=True,
                integrations=[FlaskIntegration()])
import flask
app = flask.Flask("shop")

@app.post("/orders/<number>")
def order(number):
    items = flask.request.get_json()
    return {"first": items["absent"]}

app.test_client().post("/orders/7?tab=a&tab=b&q=%C3%A9", json={"items": [1, 2], "password": "hunter2"},
                       headers={"User-Agent": "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
                                "Cookie": "cart=9; theme=dark", "X-Trace": "1"})
sentry_sdk.flush()
"""),
    "python_message": ("py", PYTHON_HEAD + """
import logging
logging.getLogger("shop.stock").error("stock of %s is %d", "A-1", 3)
sentry_sdk.flush()
"""),
    "python_group": ("py", PYTHON_HEAD + """
def both():
    raise ExceptionGroup("two failed", [ValueError("one"), KeyError("two")])
try:
    both()
except ExceptionGroup:
    sentry_sdk.capture_exception()
sentry_sdk.flush()
"""),
    "node_cause": ("js", """
const Sentry = require("@sentry/node");
Sentry.init({ dsn: process.argv[2], release: "shop@2.0.0", environment: "production", serverName: "node-1" });
Sentry.addBreadcrumb({ category: "query", message: "select 1", level: "info" });
function read() { throw new TypeError("no such file"); }
function load() { try { read(); } catch (e) { throw new Error("cannot load the cart", { cause: e }); } }
try { load(); } catch (e) { Sentry.captureException(e); }
Sentry.flush(5000).then(() => process.exit(0));
"""),
    "node_message": ("js", """
const Sentry = require("@sentry/node");
Sentry.init({ dsn: process.argv[2], environment: "production", serverName: "node-1" });
Sentry.setUser({ username: "sam", ip_address: "{{auto}}" });
Sentry.captureMessage("payment was slow", "warning");
Sentry.flush(5000).then(() => process.exit(0));
"""),
}


class Catcher(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        encoding = self.headers.get("Content-Encoding")
        body = gzip.decompress(body) if encoding == "gzip" else zlib.decompress(body) if encoding == "deflate" else body
        self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def event_of(envelope):
    """The event item of an envelope, or None."""
    rest = envelope.split(b"\n", 1)[1]
    while rest:
        head, rest = rest.split(b"\n", 1)
        length = json.loads(head).get("length")
        payload, rest = (rest[:length], rest[length + 1:]) if length is not None else (rest.split(b"\n", 1) + [b""])[:2]
        if json.loads(head)["type"] == "event":
            return payload
    return None


def capture(server, name, folder):
    kind, source = CASES[name]
    script = folder / ("app." + kind)
    script.write_text(source, encoding="utf-8")
    del server.bodies[:]
    dsn = "http://0123456789abcdef0123456789abcdef@127.0.0.1:%d/1" % server.server_port
    run = [sys.executable] if kind == "py" else ["node"]
    env = {**os.environ, "NODE_PATH": os.path.join(os.environ.get("NODE_FOLDER", "."), "node_modules")}
    subprocess.run([*run, str(script), dsn], check=True, env=env, cwd=folder)
    envelopes = [body for body in server.bodies if event_of(body)]
    return envelopes[0]


def clean(value, folder):
    """The same without what belongs to this machine."""
    if isinstance(value, dict):
        return {k: clean(v, folder) for k, v in value.items()}
    if isinstance(value, list):
        return [clean(v, folder) for v in value]
    if not isinstance(value, str):
        return value
    value = value.replace(str(folder), "/srv/app").replace(sys.prefix, "/srv/venv").replace(sys.base_prefix, "/usr")
    value = re.sub(r"/[^ \"']*?/node_modules/", "/srv/app/node_modules/", value)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9009", value)


def tidy(event, folder):
    event = clean(event, folder)
    event["modules"] = {"sentry-sdk": event.get("modules", {}).get("sentry-sdk", "0")}
    contexts = event.get("contexts", {})
    for key in ("os", "device", "app", "culture"):
        contexts.pop(key, None)
    contexts.get("runtime", {}).pop("build", None)
    for value in (event.get("exception") or {}).get("values", []):
        value.pop("thread_id", None)
    return event


DYNAMIC = ["groupID", "nextEventID", "previousEventID", "release", "sdkUpdates", "resolvedWith", "size"]


def main():
    from sandbox_world import Sandbox

    for half in ("ingest", "api", "envelope"):
        (FIXTURES / half).mkdir(parents=True, exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Catcher)
    server.bodies = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sandbox = Sandbox()
    sandbox.connect()
    for name in CASES:
        with tempfile.TemporaryDirectory() as folder:
            envelope = capture(server, name, pathlib.Path(folder))
            event = tidy(json.loads(event_of(envelope)), pathlib.Path(folder))
        text = json.dumps(event, indent=1, ensure_ascii=False)
        (FIXTURES / "ingest" / (name + ".json")).write_text(text + "\n", encoding="utf-8")
        header = json.dumps({"event_id": event["event_id"], "sent_at": "2026-11-22T12:00:00.000Z"})
        payload = json.dumps(event, ensure_ascii=False).encode()
        item = json.dumps({"type": "event", "content_type": "application/json", "length": len(payload)})
        (FIXTURES / "envelope" / (name + ".envelope")).write_bytes(f"{header}\n{item}\n".encode() + payload + b"\n")
        sandbox.send(event)
        served = sandbox.get(f"/api/0/organizations/sandbox/eventids/{event['event_id']}/").json()["event"]
        served = {k: v for k, v in served.items() if k not in DYNAMIC}
        text = json.dumps(served, indent=1, ensure_ascii=False)
        (FIXTURES / "api" / (name + ".json")).write_text(text + "\n", encoding="utf-8")
    return sandbox.stop()


if __name__ == "__main__":
    sys.exit(main())
