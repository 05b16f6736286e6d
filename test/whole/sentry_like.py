"""A server of Sentry's API that a test scripts, path by path: what it answers, which requests must be in flight together, and what
it was asked. Paths are below /api/0/."""

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EVENT_ID = "9a28857d5484455cb204cdd6320a68fd"
ORG = "organizations/acme/"
NOT_THERE = (404, {"detail": "The requested resource does not exist"})
HTML_404 = (404, "<!doctype html><title>Not Found</title>")


def issue(id_="7", **more):
    return {"id": id_, "shortId": "SHOP-7", "title": "KeyError: 'sku'", "culprit": "shop.order", "permalink": None, "level": "error",
            "status": "unresolved", "platform": "python", "project": {"id": "1", "slug": "shop", "name": "shop"},
            "metadata": {"type": "KeyError", "value": "'sku'"}, "count": "3", "userCount": 1, "firstSeen": "2026-01-02T03:04:05Z",
            "lastSeen": None, **more}


def event(id_=EVENT_ID, **more):
    return {"id": id_, "eventID": id_, "groupID": "7", "title": "KeyError: 'sku'", "platform": "python", "type": "error", "tags": [],
            "entries": [{"type": "exception", "data": {"values": [{"type": "KeyError", "value": "'sku'", "stacktrace": {
                "frames": [{"function": "order", "filename": "shop.py", "lineNo": 12, "inApp": True}]}}]}}], **more}


class Server(ThreadingHTTPServer):
    request_queue_size = 1024  # who is not taken at once would try again a second later, then after two, four, eight


class SentryLike:
    """answers: {path: (status, body[, headers])}, or a list of such answers, used in turn, the last again and again, or a function of
    the query. together: groups of paths; a request for one is answered only once all of its group are in flight."""

    def __init__(self, answers=None, base="", organizations=None, missing=NOT_THERE):
        self.base, self.missing, self.lock = base, missing, threading.Lock()
        self.answers = {"organizations/": (200, organizations or [{"id": "1", "slug": "acme", "name": "Acme"}]), **(answers or {})}
        self.asked, self.queries, self.tokens, self.broken = [], [], [], []
        self.barriers = {}
        like = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path, _, query = self.path.partition("?")
                status, body, *headers = like.reply(path, dict(urllib.parse.parse_qsl(query, keep_blank_values=True)), self.headers)
                data = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                kind = "text/html" if isinstance(body, str) and body.startswith("<") else "application/json"
                for name, value in [("Content-Type", kind), ("Content-Length", str(len(data))), *(headers[0] if headers else [])]:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.url = self.origin + base
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def together(self, *groups):
        self.barriers = {path: barrier for group in groups for barrier in [threading.Barrier(len(group))] for path in group}

    def reply(self, path, query, headers):
        prefix = self.base + "/api/0/"
        with self.lock:
            path = path[len(prefix):] if path.startswith(prefix) else "outside: " + path
            self.asked.append(path)
            self.queries.append(query)
            self.tokens.append(headers.get("Authorization"))
            answer = self.answers.get(path, self.missing)
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
        barrier = self.barriers.get(path)
        if barrier:
            try:
                barrier.wait(30)
            except threading.BrokenBarrierError:
                self.broken.append(path)
        return answer(query) if callable(answer) else answer

    def take_asked(self):
        with self.lock:
            asked, self.asked = self.asked, []
        return asked

    def connect(self, api, project):
        """A project connected by a token that somebody made by hand."""
        assert api.post("/projects", {"id": project, "name": project}).status_code == 201
        answer = api.post("/auth/sentry/static", {"projectId": project, "token": f"token-{project}", "baseUrl": self.url})
        assert answer.status_code == 200, answer.text
        self.take_asked()
        return answer.json()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
