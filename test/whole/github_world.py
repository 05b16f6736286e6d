"""A stand-in for GitHub's REST API: one repository with issues, labels and comments, its errors and limits, faults on demand."""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "gho_" + "standin" * 5


class GitHub:
    repository = "acme/shop"

    def __init__(self):
        self.list, self.faults, self.calls, self.lock = [], [], 0, threading.Lock()
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with world.lock:
                    world.calls += 1
                    path = self.path.removeprefix("/api/v3")
                    fault = next((f for f in world.faults if f[1] == self.command and re.fullmatch(f[2], path.split("?")[0])), None)
                    if fault:
                        world.faults.remove(fault)
                    if fault and fault[0] == "drop":
                        return self.hang_up()
                    known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
                    headers = {}
                    if fault and fault[0] == "rate_limit":
                        status, answer, headers = 403, {"message": "API rate limit exceeded"}, {
                            "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3)}
                    elif not known:
                        status, answer = 401, {"message": "Bad credentials"}
                    else:
                        status, answer = world.answer(self.command, path, json.loads(body) if body else None)
                if fault and fault[0] == "drop_after":
                    return self.hang_up()
                data = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def hang_up(self):
                self.close_connection = True
                self.connection.close()

            do_GET = do_POST = do_PATCH = serve

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def shown(self, issue):
        return {key: value for key, value in issue.items() if key != "comments"}

    def answer(self, method, path, body):
        path, _, query = path.partition("?")
        if path == "/user":
            return 200, {"login": "octocat", "id": 1}
        if path == f"/repos/{self.repository}" and method == "GET":
            return 200, {"full_name": self.repository}
        match = re.fullmatch(rf"/repos/{self.repository}/issues(?:/(\d+)(/labels|/comments)?)?", path)
        if not match:
            return 404, {"message": "Not Found"}
        number, part = match.groups()
        if number is None:
            return self.issues(method, query, body)
        issue = next((i for i in self.list if i["number"] == int(number)), None)
        if not issue:
            return 404, {"message": "Not Found"}
        if part == "/labels":
            issue["labels"] += [{"name": name} for name in body["labels"]]
            return 200, issue["labels"]
        if part == "/comments":
            if method == "POST":
                issue["comments"].append({"body": body["body"]})
                return 201, issue["comments"][-1]
            return 200, issue["comments"] if "page=1" in query.split("&") else []
        if method == "PATCH":
            issue.update(body)
        return 200, self.shown(issue)

    def issues(self, method, query, body):
        if method == "POST":
            number = len(self.list) + 1
            self.list.append({"number": number, "title": body["title"], "body": body["body"], "state": "open", "closed_at": None,
                              "labels": [{"name": name} for name in body.get("labels", [])], "comments": [],
                              "html_url": f"https://github.com/{self.repository}/issues/{number}"})
            return 201, self.shown(self.list[-1])
        if "page=1" not in query.split("&"):
            return 200, []
        wanted = re.search(r"labels=([^&]+)", query).group(1)
        return 200, [self.shown(i) for i in self.list[::-1] if wanted in [label["name"] for label in i["labels"]]]
