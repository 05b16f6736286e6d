"""A Sentry that answers what a case scripts, and keeps what it was asked."""

import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Upstream:
    def __init__(self, replies):
        """replies: [(method, path, status, headers, body)]; for one method and path in their order, the last one again and again.
        Where nothing is scripted, the usual: consent given at once, tokens, one organisation."""
        self.replies, self.asked, self.lock = list(replies), [], threading.Lock()
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                path, _, query = self.path.partition("?")
                status, headers, text = upstream.reply(self.command, path, urllib.parse.parse_qs(query), body)
                data = text.encode()
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = answer

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def reply(self, method, path, query, body):
        with self.lock:
            self.asked.append(f"{method} {path}" + (f" {body}" if body else ""))
            mine = [r for r in self.replies if r[:2] == (method, path)]
            if len(mine) > 1:
                self.replies.remove(mine[0])
        if mine:
            return mine[0][2:]
        if path == "/oauth/authorize/":
            back = urllib.parse.urlencode({"code": "the-code", "state": query["state"][0]})
            return 302, [("Location", f"{query['redirect_uri'][0]}?{back}")], ""
        json_type = [("Content-Type", "application/json")]
        if path == "/oauth/token/":
            return 200, json_type, ('{"access_token":"access-1","refresh_token":"refresh-1","expires_in":2591999,"token_type":"Bearer",'
                                    '"scope":"event:read member:read org:read project:read project:write"}')
        if path == "/api/0/organizations/":
            return 200, json_type, '[{"id":"1","slug":"acme","name":"Acme","links":{"organizationUrl":"","regionUrl":""}}]'
        return 404, json_type, '{"detail":"The requested resource does not exist"}'

    def close(self):
        self.server.shutdown()
        self.server.server_close()
