"""A stand-in for DevFlow's API: answers what a test scripts, and keeps what it was asked."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Api:
    def __init__(self):
        self.answers = {}
        self.requests = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                api.requests.append((self.command, self.path, json.loads(body) if body else None))
                scripted = api.answers.get((self.command, self.path), (404, api.error("route_not_found", "no such route")))
                if callable(scripted):
                    scripted = scripted()
                if isinstance(scripted, list):
                    scripted = scripted.pop(0) if len(scripted) > 1 else scripted[0]
                status, payload = scripted[:2]
                kind = scripted[2] if len(scripted) > 2 else "application/json"
                data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
                self.send_response(status)
                if status != 204:
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if status != 204:
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v1"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @staticmethod
    def error(code, message, status=404):
        return {"statusCode": status, "error": "Error", "code": code, "message": message, "requestId": "r-1"}

    def on(self, method, path, payload=None, status=200, kind="application/json"):
        self.answers[method, "/api/v1" + path] = (status, payload, kind)

    def fails(self, method, path, code, message, status=404):
        self.answers[method, "/api/v1" + path] = (status, self.error(code, message, status))

    def in_turn(self, method, path, *payloads):
        self.answers[method, "/api/v1" + path] = [(200, p) for p in payloads]

    def bodies(self, path):
        return [body for _, asked, body in self.requests if asked == "/api/v1" + path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
