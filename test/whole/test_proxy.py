"""The proxy: a connection's token put to use without being shown, streaming both ways, to its own hosts alone."""

import json
import re
import socket
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

MEGABYTE = 1024 * 1024


class Provider:
    """An OAuth server (discovery left out: a LINEAR row moved under its base URL) and an API that does what a path says."""

    def __init__(self):
        self.asked, self.changed = [], threading.Condition()
        self.tokens, self.refreshes, self.generation = {"access-0"}, 0, 0
        self.api_requests = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def say(self, status, body=b"", headers=()):
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def pieces(self):
                """The request's body in the pieces it comes in."""
                if self.headers.get("Transfer-Encoding") == "chunked":
                    while size := int(self.rfile.readline(), 16):
                        yield self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                else:
                    left = int(self.headers.get("Content-Length") or 0)
                    while left:
                        piece = self.rfile.read1(min(left, 65536))
                        if not piece:
                            return
                        left -= len(piece)
                        yield piece

            def chunk(self, data):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()

            def answer(self):
                path = self.path.split("?")[0]
                if path == "/oauth/token":
                    return provider.token(self)
                with provider.changed:
                    provider.asked.append((self.command, self.path, list(self.headers.items())))
                    provider.api_requests += 1
                    provider.changed.notify_all()
                if self.headers.get("Authorization", "").removeprefix("Bearer ") not in provider.tokens:
                    if path != "/late401":
                        for _ in self.pieces():
                            pass
                    return self.say(401, b"who are you")
                return getattr(provider, "do_" + (path.strip("/").split("/")[0] or "root"))(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = answer

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def token(self, handler):
        form = b"".join(handler.pieces()).decode()
        if "grant_type=refresh_token" in form:
            self.refreshes += 1
        self.generation += 1
        self.tokens = {f"access-{self.generation}"}
        handler.say(200, json.dumps({"access_token": f"access-{self.generation}", "refresh_token": f"refresh-{self.generation}",
                                     "token_type": "Bearer", "expires_in": 36000, "scope": "read write"}).encode(),
                    [("Content-Type", "application/json")])

    @property
    def valid(self):
        return next(iter(self.tokens))

    def expire(self):
        """The provider forgets the token that is out."""
        self.tokens = {"none"}

    def do_graphql(self, handler):
        for _ in handler.pieces():
            pass
        handler.say(200, json.dumps({"data": {"viewer": {"id": "u1", "email": "a@b.example", "name": "Ann"},
                                              "organization": {"id": "o1", "urlKey": "acme", "name": "Acme"}}}).encode(),
                    [("Content-Type", "application/json")])

    def do_echo(self, handler):
        handler.say(200, b"".join(handler.pieces()), [("Content-Type", handler.headers.get("Content-Type", "text/plain"))])

    def do_count(self, handler):
        handler.say(200, str(sum(len(p) for p in handler.pieces())).encode())

    def do_hello(self, handler):
        for _ in handler.pieces():
            pass
        handler.say(200, b"hello", [("Set-Cookie", "a=b"), ("X-Token", self.valid), ("X-Mine", "1"), ("X-Hop", "1"),
                                    ("Connection", "X-Hop"), ("X-RateLimit-Remaining", "7"), ("Access-Control-Allow-Origin", "*"),
                                    ("Strict-Transport-Security", "max-age=1"), ("ETag", '"x"'), ("X-DevFlow-Proxied", "0"),
                                    ("Content-Security-Policy", "default-src *")])

    def do_nothing(self, handler):
        handler.send_response_only(204)
        handler.end_headers()

    def do_redirect(self, handler):
        handler.say(302, b"", [("Location", handler.path.split("to=")[1])])

    def do_limited(self, handler):
        handler.say(429, b"slow down", [("Retry-After", "30"), ("X-RateLimit-Remaining", "0")])

    def do_limits(self, handler):
        status, headers = self.limit
        handler.say(status, b"not now", headers)

    def do_gzip(self, handler):
        handler.say(200, b"\x1f\x8bnot really", [("Content-Encoding", "gzip")])

    def do_large(self, handler):
        total = int(handler.path.split("=")[1])
        handler.send_response_only(200)
        handler.send_header("Content-Length", str(total))
        handler.end_headers()
        self.sent = 0
        while self.sent < total:
            handler.wfile.write(b"x" * min(65536, total - self.sent))
            self.sent += 65536

    def do_events(self, handler):
        self.lost, self.go = threading.Event(), threading.Semaphore(0)
        handler.send_response_only(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        number = 0
        while not self.is_lost(handler.connection):
            if self.go.acquire(timeout=0.02):
                handler.chunk(b"data: %d\n\n" % number)
                number += 1
        self.lost.set()

    @staticmethod
    def is_lost(connection):
        try:
            return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def do_broken(self, handler):
        handler.send_response_only(200)
        if "chunked" in handler.path:
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            handler.chunk(b"half")
        else:
            handler.send_header("Content-Length", "100")
            handler.end_headers()
            handler.wfile.write(b"half")
        handler.close_connection = True

    def do_early(self, handler):
        """Refuses before it has read the body."""
        handler.say(413, b"too much")
        handler.close_connection = True

    def do_silent(self, handler):
        handler.close_connection = True

    def do_headfirst(self, handler):
        """Answers before it reads, as some do."""
        handler.send_response_only(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.chunk(b"first ")
        handler.chunk(str(sum(len(p) for p in handler.pieces())).encode())
        handler.wfile.write(b"0\r\n\r\n")

    def do_refuse(self, handler):
        """A long refusal before it has read the body, which it then throws away."""
        handler.say(422, b"no" * 200_000)
        for _ in handler.pieces():
            pass

    def do_heads(self, handler):
        handler.say(200, b"x", [(f"X-{i}", "y" * 500) for i in range(40)])


@pytest.fixture
def provider():
    stand_in = Provider()
    yield stand_in
    stand_in.close()


class Connected:
    def __init__(self, api, provider):
        self.api, self.provider = api, provider
        self.url = api.url + "/proxy/shop/linear"

    def ask(self, method, path, **options):
        return self.api.session.request(method, self.url + path, **{"timeout": 30, "allow_redirects": False, **options})

    def last(self):
        method, path, headers = self.provider.asked[-1]
        return method, path, {name.lower(): value for name, value in headers}


@pytest.fixture
def shop(start_api, provider):
    return connect(start_api(), provider)


def connect(api, provider):
    from browser import Browser

    assert api.post("/projects", {"id": "shop", "name": "Shop"}).status_code == 201
    answer = api.post("/auth/apps/register", {"projectId": "shop", "provider": "LINEAR", "clientId": "client",
                                              "clientSecret": "secret", "baseUrl": provider.url,
                                              "redirectUri": api.redirect_uri.replace("sentry", "linear")})
    assert answer.status_code == 200, answer.text
    asked = api.post("/auth/linear/authorize", {"projectId": "shop"})
    assert asked.status_code == 200, asked.text
    state = re.search(r"state=([^&]+)", asked.json()["authUrl"])[1]
    session = requests.Session()
    session.get(asked.json()["startUrl"], allow_redirects=False, timeout=10)
    page = session.get(f"{api.url}/auth/linear/callback?code=c&state={state}", timeout=10)
    assert page.status_code == 200, page.text
    return Connected(api, provider)


def refused(answer, status, code):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["code"] == code and list(body) == ["statusCode", "error", "code", "message", "requestId"]
    assert "X-DevFlow-Proxied" not in answer.headers
    return body["message"]


def test_methods_bodies_and_queries_pass_as_they_are(shop):
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = shop.ask(method, "/echo/a%2Fb/c?x=%2F%26&y=1+2&=;", data=b"" if method == "GET" else b"body \x00\xff",
                          headers={"Content-Type": "application/x-own"})
        assert answer.status_code == 200 and answer.headers["X-DevFlow-Proxied"] == "1", answer.text
        assert answer.content == (b"" if method == "GET" else b"body \x00\xff")
        sent, path, headers = shop.last()
        assert (sent, path) == (method, "/echo/a%2Fb/c?x=%2F%26&y=1+2&=;")
        assert headers["authorization"] == "Bearer " + shop.provider.valid and headers["content-type"] == "application/x-own"
    head = shop.ask("HEAD", "/hello")
    assert head.status_code == 200 and head.headers["Content-Length"] == "5" and head.content == b""
    assert shop.ask("GET", "/nothing").status_code == 204
    for method in ("POST", "PUT"):
        assert shop.ask(method, "/count").text == "0"
        assert shop.last()[2]["content-length"] == "0" and "content-type" not in shop.last()[2]
    for method in ("TRACE", "CONNECT", "BREW"):
        refused(shop.ask(method, "/hello"), 405, "method_not_allowed")


def test_headers_that_pass_and_those_that_do_not(shop):
    dropped = {"Authorization": "Bearer mine", "X-API-Key": shop.api.make_key("project:shop", "--allow", "proxy")["key"], "Cookie": "a=b", "X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1", "X-Own-Hop": "1",
               "Connection": "X-Own-Hop, keep-alive", "Proxy-Authorization": "x", "TE": "trailers", "X-DevFlow-Other": "1",
               "Keep-Alive": "1", "X-Real-IP": "1"}
    kept = {"Accept": "application/x", "X-Request-Id": "mine", "X-Other": "1", "User-Agent": "own/1", "If-None-Match": '"x"', "Accept-Encoding": "gzip"}
    answer = shop.ask("GET", "/hello", headers={**dropped, **kept})
    sent = shop.last()[2]
    assert answer.text == "hello"
    for name in dropped:
        assert name == "Authorization" or name.lower() not in sent or sent[name.lower()] != dropped[name], name
    assert {name: sent[name.lower()] for name in kept} == kept
    assert sent["host"] == shop.provider.url.removeprefix("http://")
    for name in ("Set-Cookie", "X-Token", "X-Hop", "Access-Control-Allow-Origin", "Strict-Transport-Security"):
        assert name not in answer.headers
    assert answer.headers["X-Mine"] == "1" and answer.headers["X-RateLimit-Remaining"] == "7" and answer.headers["ETag"] == '"x"'
    assert answer.headers["X-DevFlow-Proxied"] == "1" and answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Request-Id"] == "mine"
    raw = shop.ask("GET", "/gzip", stream=True)
    assert raw.headers["Content-Encoding"] == "gzip" and raw.raw.read(decode_content=False) == b"\x1f\x8bnot really"


@pytest.mark.parametrize("path", ["/a//b", "//evil.example/x", "/../x", "/a/%2e%2e/b", "/a/..%2fb", "/a/%252e%252e/b", "/a\\b", "/%5c..",
                                  "/a/..;/b", "/a/%00", "/%zz", "/.", "/a/%2f%2fb"])
def test_paths_that_could_escape_are_refused(shop, path):
    import http.client

    before = shop.provider.api_requests
    conn = http.client.HTTPConnection("127.0.0.1", shop.api.port, timeout=10)
    conn.putrequest("GET", "/api/v1/proxy/shop/linear" + path, skip_host=True)
    conn.putheader("Host", "localhost")
    conn.putheader("X-API-Key", shop.api.local_key)
    conn.endheaders()
    answer = conn.getresponse()
    assert answer.status == 400 and json.loads(answer.read())["code"] == "invalid_request"
    assert shop.provider.api_requests == before


def test_an_organization_of_the_connection_is_asked_where_it_is(connected):
    url = f"{connected.api.url}/proxy/shop/sentry/api/0/organizations/"
    for organization, status in ((connected.sandbox.organization, 200), ("other", 404)):
        answer = connected.api.session.get(url, headers={"X-DevFlow-Organization": organization}, timeout=30)
        assert answer.status_code == status, answer.text
        assert ("X-DevFlow-Proxied" in answer.headers) == (status == 200)


def test_an_at_sign_names_no_host(shop):
    assert shop.ask("GET", "/echo/@evil.example/x").status_code == 200
    assert shop.last()[1] == "/echo/@evil.example/x"


def test_redirects_are_shown_and_never_followed(shop):
    for to in ("/elsewhere", "here", shop.provider.url + "/there"):
        answer = shop.ask("GET", "/redirect?to=" + to)
        assert (answer.status_code, answer.headers["Location"]) == (302, to)
    for to in ("http://evil.example/", "//evil.example", "https" + shop.provider.url[4:], "javascript:alert(1)"):
        answer = shop.ask("GET", "/redirect?to=" + to)
        assert answer.status_code == 302 and "Location" not in answer.headers
        assert answer.headers["X-DevFlow-Location-Removed"] == "1"


def test_a_401_is_tried_once_more_with_a_newer_token(shop):
    held = shop.provider.valid
    shop.provider.expire()
    answer = shop.ask("POST", "/echo", data=b"x" * 200_000)
    assert answer.content == b"x" * 200_000
    assert shop.provider.refreshes == 1 and shop.provider.valid != held
    shop.provider.expire()
    before = shop.provider.api_requests
    shop.provider.token = lambda handler: ([None for _ in handler.pieces()], handler.say(
        200, b'{"access_token":"useless","refresh_token":"r","token_type":"Bearer","expires_in":36000}',
        [("Content-Type", "application/json")]))
    answer = shop.ask("GET", "/hello")
    assert (answer.status_code, answer.text, answer.headers["X-DevFlow-Proxied"]) == (401, "who are you", "1")
    assert shop.provider.api_requests == before + 2


def test_a_body_that_cannot_be_sent_again_is_not(shop):
    shop.provider.expire()
    answer = shop.ask("POST", "/echo", data=b"x" * MEGABYTE)
    assert (answer.status_code, answer.text) == (401, "who are you")
    assert shop.provider.refreshes == 0


def test_a_rate_limit_is_kept_without_asking_again(shop):
    answer = shop.ask("GET", "/limited")
    assert (answer.status_code, answer.text) == (429, "slow down")
    assert answer.headers["Retry-After"] == "30" and answer.headers["X-RateLimit-Remaining"] == "0"
    before = shop.provider.api_requests
    answer = shop.ask("GET", "/hello")
    refused(answer, 429, "provider_rate_limited")
    assert 25 <= int(answer.headers["Retry-After"]) <= 30 and shop.provider.api_requests == before


@pytest.mark.parametrize(("status", "headers"), [(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"}), (403, {"Retry-After": "30"}),
                                                 (503, {"Retry-After": "30"}), (429, {"Retry-After": "DATE"})])
def test_every_way_to_limit_is_kept(shop, status, headers):
    date = formatdate(time.time() + 30, usegmt=True)
    shop.provider.limit = status, [(name, value.replace("DATE", date)) for name, value in headers.items()]
    assert shop.ask("GET", "/limits").status_code == status
    before = shop.provider.api_requests
    refused(shop.ask("GET", "/hello"), 429, "provider_rate_limited")
    assert shop.provider.api_requests == before


def test_what_every_connection_header_names_stays_here(shop):
    """Two of them count as one (RFC 9110 section 5.3)."""
    with socket.create_connection(("127.0.0.1", shop.api.port), timeout=30) as s:
        s.sendall(b"GET /api/v1/proxy/shop/linear/hello HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: " + shop.api.session.headers["X-API-Key"].encode() +
                  b"\r\nConnection: X-Hop-1\r\nConnection: X-Hop-2\r\nX-Hop-1: a\r\nX-Hop-2: b\r\nX-End: c\r\n\r\n")
        assert b" 200 " in s.recv(4096).split(b"\r\n")[0]
    headers = shop.last()[2]
    assert headers.get("x-end") == "c" and "x-hop-1" not in headers and "x-hop-2" not in headers


def resident(api):
    text = open(f"/proc/{api.process.pid}/status", encoding="ascii").read()
    return int(re.search(r"VmHWM:\s+(\d+)", text)[1]) / 1024


def test_much_more_than_memory_passes_both_ways(shop):
    shop.ask("POST", "/count", data=b"x" * MEGABYTE)
    before = resident(shop.api)
    up = shop.ask("POST", "/count", data=(b"x" * 65536 for _ in range(1600)))
    assert up.text == str(1600 * 65536)
    assert shop.last()[2].get("transfer-encoding") == "chunked"
    with shop.ask("GET", f"/large?n={100 * MEGABYTE}", stream=True) as down:
        assert down.headers["Content-Length"] == str(100 * MEGABYTE)
        assert sum(len(piece) for piece in down.iter_content(65536)) == 100 * MEGABYTE
    assert resident(shop.api) - before < 24


def test_a_slow_reader_slows_the_provider_down(shop):
    with shop.ask("GET", f"/large?n={200 * MEGABYTE}", stream=True) as down:
        down.raw.read(10)
        sent = -1
        while sent != shop.provider.sent:  # until back-pressure holds it
            sent = shop.provider.sent
            time.sleep(0.3)
        assert sent < 100 * MEGABYTE


def next_event(lines):
    return next(line for line in lines if line)


def test_events_come_as_they_are_sent_and_a_client_that_leaves_ends_the_call(shop):
    for _ in range(2):
        with shop.ask("GET", "/events", stream=True) as answer:
            lines = answer.iter_lines(chunk_size=1)
            for number in range(5):
                shop.provider.go.release()
                assert next_event(lines) == b"data: %d" % number
            assert not shop.provider.lost.wait(0.5)
        assert shop.provider.lost.wait(10)


def test_stopping_the_server_ends_endless_answers_visibly(shop):
    with shop.ask("GET", "/events", stream=True) as answer:
        lines = answer.iter_lines(chunk_size=1)
        shop.provider.go.release()
        assert next_event(lines) == b"data: 0"
        assert shop.api.stop() == 0
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            next_event(lines)


@pytest.mark.parametrize("how", ["chunked", "length"])
def test_a_broken_answer_is_visibly_broken(shop, how):
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        _ = shop.ask("GET", "/broken?" + how).content


def test_an_answer_before_the_request_is_whole(shop):
    for body in (b"x" * (4 * MEGABYTE), (b"x" * 65536 for _ in range(64))):
        assert shop.ask("POST", "/headfirst", data=body).text == f"first {4 * MEGABYTE}"
    answer = shop.ask("POST", "/refuse", data=b"x" * (4 * MEGABYTE))
    assert (answer.status_code, answer.content) == (422, b"no" * 200_000)
    answer = shop.ask("POST", "/early", data=b"x" * (4 * MEGABYTE))
    assert answer.status_code in (413, 502), answer.text


def test_a_client_that_leaves_while_it_sends_is_forgotten(shop):
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", shop.api.port), 5) as s:
            s.sendall(b"POST /api/v1/proxy/shop/linear/count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n"
                      + f"X-API-Key: {shop.api.local_key}\r\n\r\n".encode() + b"x" * 300000)
    assert shop.ask("GET", "/hello").text == "hello"


def test_an_answer_whose_headers_do_not_fit_is_an_error(shop):
    assert "headers" in refused(shop.ask("GET", "/heads"), 502, "provider_error")
    assert shop.ask("GET", "/hello").text == "hello"


def test_many_at_once(shop):
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        bodies = [str(i).encode() * 5000 for i in range(200)]
        key = {"X-API-Key": shop.api.local_key}
        answers = list(pool.map(lambda body: requests.post(shop.url + "/echo", data=body, headers=key, timeout=30).content, bodies))
    assert answers == bodies


def test_our_own_errors(shop):
    refused(shop.api.session.get(shop.api.url + "/proxy/none/linear/x"), 404, "project_not_found")
    refused(shop.api.session.get(shop.api.url + "/proxy/shop/nobody/x"), 400, "unknown_provider")
    refused(shop.api.session.get(shop.api.url + "/proxy/shop/github/x"), 404, "oauth_app_not_found")
    refused(shop.ask("GET", "/x", headers={"X-DevFlow-Organization": "other"}), 404, "provider_not_found")
    refused(shop.api.session.get(shop.api.url + "/proxy/shop/linear"), 404, "route_not_found")
    refused(shop.ask("GET", "/hello", headers={"Origin": "https://evil.example"}), 403, "forbidden_origin")
    for site in ("cross-site", "same-site"):
        refused(shop.ask("GET", "/hello", headers={"Sec-Fetch-Site": site}), 403, "forbidden_origin")
    assert shop.ask("GET", "/hello", headers={"Sec-Fetch-Site": "none"}).status_code == 200
    refused(shop.ask("GET", "/silent"), 502, "provider_error")


def test_the_token_is_in_no_log(shop):
    for path in ("/hello", "/limited", "/hello"):
        assert shop.provider.valid not in str(shop.ask("GET", path).headers)
    token = shop.provider.valid
    shop.api.stop()
    assert token not in shop.api.said() and "route=/proxy/:projectId/:provider/* status=200" in shop.api.said()


SPECIAL = ["localhost:9", "127.0.0.1:9", "2130706433:9", "0x7f.1:9", "0177.0.0.1:9", "[::1]:9", "[::ffff:127.0.0.1]:9", "[::]:9", "0.0.0.0:9",
           "169.254.169.254", "10.1.2.3", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]"]


def test_a_name_that_leads_to_a_special_address_is_refused(start_api, provider, tmp_path):
    rows = [{"name": f"ACME{i}", "baseUrl": provider.url, "authorizeUrl": "/go", "tokenUrl": "/oauth/token", "apiUrl": f"https://{host}",
             "user": {"url": "/graphql", "id": "/data/viewer/id"}} for i, host in enumerate(SPECIAL)]
    file = tmp_path / "providers.json"
    file.write_text(json.dumps({"providers": rows}))
    api = start_api({"OAUTH_PROVIDERS_FILE": str(file)})
    api.post("/projects", {"id": "shop", "name": "Shop"})
    for i, host in enumerate(SPECIAL):
        stored = api.post(f"/auth/acme{i}/static", {"projectId": "shop", "token": provider.valid})
        assert stored.status_code == 200, stored.text
        answer = api.session.get(f"{api.url}/proxy/shop/acme{i}/x", timeout=30)
        assert "private" in refused(answer, 403, "forbidden_address"), host
