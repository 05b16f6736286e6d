"""What the API refuses, and how it says so."""

import json
import re
import socket

import pytest


def refused(answer, status, code):
    body = answer.json()
    assert answer.status_code == status and body["code"] == code, answer.text
    assert list(body) == ["statusCode", "error", "code", "message", "requestId"] and body["statusCode"] == status
    assert answer.headers["X-Request-Id"] == body["requestId"]
    return body["message"]


def test_unknown_routes_and_wrong_methods(api):
    refused(api.get("/nothing"), 404, "route_not_found")
    refused(api.session.get(api.origin + "/"), 404, "route_not_found")
    answer = api.request("DELETE", "/auth/apps/register")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"
    assert api.session.head(f"{api.url}/health").status_code == 200
    assert api.session.get(f"{api.origin}/health").json()["status"] == "ok"
    assert api.session.get(f"{api.origin}/projects").status_code == 404


def test_bodies(api):
    path = "/projects"
    refused(api.request("POST", path, data="name=x"), 415, "unsupported_media_type")
    refused(api.request("POST", path, data='{"name":"x"}', headers={"Content-Type": "text/plain"}), 415, "unsupported_media_type")
    json_type = {"Content-Type": "application/json; charset=utf-8"}
    assert "line 1, column 9" in refused(api.request("POST", path, data='{"name":}', headers=json_type), 400, "malformed_json")
    assert "64" in refused(api.request("POST", path, data="[" * 100, headers=json_type), 400, "malformed_json")
    refused(api.request("POST", path, data="", headers=json_type), 400, "malformed_json")
    message = refused(api.post(path, {"nam": "x", "description": 3, "id": None}), 400, "invalid_request")
    assert message == "nam is not a known field; description must be a string; name is required"
    refused(api.request("POST", path, data=b'{"name":"' + b"x" * 1024 * 1024 + b'"}', headers=json_type), 413, "body_too_large")
    refused(api.request("POST", path, data=(b"x" * 65536 for _ in range(20)), headers=json_type), 413, "body_too_large")
    refused(api.post(path, {"name": "x", "id": "../x"}), 400, "invalid_request")
    assert api.post(path, {"name": "Émile's Shop!"}).json()["id"] == "mile-s-shop"
    assert api.post(path, {"name": "x", "id": "x"}).status_code == 201
    refused(api.post(path, {"name": "x", "id": "x"}), 409, "already_exists")
    assert api.post(path, {"name": "x"}).json()["id"].startswith("x-")


def test_projects(api):
    api.post("/projects", {"name": "Shop", "id": "shop", "repository": "https://git.example/shop"})
    changed = api.request("PUT", "/projects/shop", json={"description": "sells"}).json()
    assert (changed["name"], changed["description"], changed["repository"]) == ("Shop", "sells", "https://git.example/shop")
    assert [p["id"] for p in api.get("/projects").json()] == ["shop"]
    refused(api.request("PUT", "/projects/shop", json={"name": " "}), 400, "invalid_request")
    refused(api.request("PUT", "/projects/none", json={"name": "x"}), 404, "project_not_found")
    assert api.request("DELETE", "/projects/shop").status_code == 204
    refused(api.request("DELETE", "/projects/shop"), 404, "project_not_found")
    refused(api.get("/projects/shop"), 404, "project_not_found")
    refused(api.get("/auth/connections"), 400, "invalid_request")
    refused(api.get("/auth/connections?project=none"), 404, "project_not_found")
    refused(api.post("/auth/nobody/authorize", {"projectId": "x"}), 400, "unknown_provider")
    refused(api.get("/integrations/none/test"), 404, "project_not_found")


def test_foreign_hosts_and_origins(api):
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "x@localhost", "", "localhost/", "127.0.0.1/x",
                 "[::1]?", "127.0.0.1#evil.example", "127.0.0.1\\x"):
        refused(api.session.get(f"{api.url}/projects", headers={"Host": host}), 403, "forbidden_host")
    for origin in ("https://evil.example", "null", "http://localhost:1", f"http://127.0.0.1.evil.example:{api.port}"):
        refused(api.session.get(f"{api.url}/projects", headers={"Origin": origin}), 403, "forbidden_origin")
    assert api.session.get(f"{api.url}/projects", headers={"Origin": api.origin}).status_code == 200


def raw(api, request):
    """Everything the server sends until it closes or a second passes."""
    with socket.create_connection(("127.0.0.1", api.port), 5) as s:
        s.sendall(request)
        s.settimeout(1)
        got = b""
        try:
            while chunk := s.recv(65536):
                got += chunk
        except TimeoutError:
            pass
        return got


@pytest.mark.parametrize("headers", [
    b"Content-Length: 2\r\nContent-Length: 3\r\n", b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
    b"Content-Length: -1\r\n", b"Content-Length: +2\r\n", b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: identity\r\n",
    b"Host: localhost\r\n",
])
def test_requests_two_parsers_could_end_at_different_places(api, headers):
    got = raw(api, b"POST /api/v1/projects HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + headers + b"\r\n{}")
    assert got.startswith(b"HTTP/1.1 400 "), got
    assert b"HTTP/1.1 2" not in got


def test_an_older_version_has_no_chunks(api):
    head = b"POST /api/v1/projects HTTP/1.%d\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b'c\r\n{"name":"a"}\r\n0\r\n\r\n'
    got = raw(api, head % 0 + body)
    assert got.startswith(b"HTTP/1.0 400 ") or got.startswith(b"HTTP/1.1 400 "), got
    assert raw(api, head % 1 + body).startswith(b"HTTP/1.1 201 ")


def test_a_target_may_be_a_whole_url_whose_host_then_counts(api):
    ask = "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n"
    for target in (f"http://localhost:{api.port}/api/v1/projects", f"HTTP://127.0.0.1:{api.port}/api/v1/projects?x=/",
                   "https://localhost/api/v1/projects"):
        assert raw(api, ask.format(target, "localhost").encode()).startswith(b"HTTP/1.1 200 "), target
    assert raw(api, ask.format("http://localhost/health", "evil.example").encode()).startswith(b"HTTP/1.1 200 ")
    for target in ("http://evil.example/api/v1/projects", "http://evil.example", "http:///api/v1/projects",
                   "http://localhost@evil.example/health", "http://evil.example?/health"):
        assert b"forbidden_host" in raw(api, ask.format(target, "localhost").encode()), target
    for target in ("http://localhost", "http://localhost?/health", "http://localhost//health"):
        assert b"route_not_found" in raw(api, ask.format(target, "localhost").encode()), target


def test_a_body_is_what_it_looks_like(api):
    for coding in ("gzip", "deflate", "gzip, identity", "x"):
        refused(api.session.post(f"{api.url}/projects", data=b'{"name":"a"}', timeout=30,
                                 headers={"Content-Type": "application/json", "Content-Encoding": coding}), 415, "unsupported_media_type")
    taken = api.session.post(f"{api.url}/projects", data=b'{"name":"a"}', timeout=30,
                             headers={"Content-Type": "application/json", "Content-Encoding": "identity"})
    assert taken.status_code == 201


def test_broken_escapes(api):
    assert b"route_not_found" in raw(api, b"GET /api/v1/projects/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"invalid_request" in raw(api, b"GET /api/v1/projects?a=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n")


def test_request_ids_are_taken_when_they_are_sound(api):
    assert api.get("/health", headers={"X-Request-Id": "a-1.b_C"}).headers["X-Request-Id"] == "a-1.b_C"
    assert api.get("/health", headers={"X-Request-Id": "a b"}).headers["X-Request-Id"] != "a b"


def test_large_heads_are_taken(api):
    for n in (1, 8, 30):
        headers = {f"X-Large-{i}": "x" * (8192 // n - 20) for i in range(n)}
        assert api.get("/health", headers=headers).status_code == 200
    assert b"HTTP/1.1 431 " in raw(api, b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20000 + b"\r\n\r\n")


def test_each_request_is_one_line_in_the_log(api):
    for i in range(50):
        api.session.get(f"{api.url}/projects/no-{i}?secret=1", headers={"X-Request-Id": f"line-{i}"})
    api.stop()
    said = api.said()
    for i in range(50):
        line, = [line for line in said.splitlines() if line.endswith(f"requestId=line-{i}") and "route=" in line]
        assert re.search(r"Z info  request method=GET route=/projects/:id status=404 ms=\d+\.\d requestId=line-", line), line
    assert "secret" not in said


def test_openapi_is_served_as_it_is_written(api):
    from openapi import DOCUMENT

    assert api.get("/openapi.json").json() == DOCUMENT
    assert json.dumps(DOCUMENT)
