"""Requests that two parsers could take apart differently: each is refused and ends the connection (RFC 9112 section 11.2), alone and
with a second request hidden behind it. Every request here is sent as raw bytes, whole and in pieces."""

import contextlib
import os
import re
import socket

import pytest
from conftest import SANITIZERS, Api

SMUGGLED = b"GET /api/v1/projects HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /api/v1/projects HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = b"GET /api/v1/projects HTTP/1.1\r\nHost: localhost\r\n"
BODY = b'{"name":"x"}'
SIZED = b"Content-Length: 12\r\n"

MALFORMED = {
    "two lengths": POST + SIZED + b"Content-Length: 3\r\n\r\n" + BODY,
    "two equal lengths": POST + SIZED + SIZED + b"\r\n" + BODY,
    "a list of lengths": POST + b"Content-Length: 12, 12\r\n\r\n" + BODY,
    "length and chunks": POST + SIZED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": POST + b"Transfer-Encoding: chunked\r\n" + SIZED + b"\r\n0\r\n\r\n",
    "negative length": POST + b"Content-Length: -12\r\n\r\n" + BODY,
    "length with a plus": POST + b"Content-Length: +12\r\n\r\n" + BODY,
    "length in hex": POST + b"Content-Length: 0xc\r\n\r\n" + BODY,
    "empty length": POST + b"Content-Length:\r\n\r\n",
    "length past 64 bits": POST + b"Content-Length: 18446744073709551628\r\n\r\n" + BODY,
    "unknown encoding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "identity encoding": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "encoding with a VT": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "two encodings": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "empty name": GET + b": x\r\n\r\n",
    "empty name, length": POST + b": x\r\n" + SIZED + b"\r\n" + BODY,
    "space before colon": POST + b"Content-Length : 12\r\n\r\n" + BODY,
    "space before the first name": b"GET /api/v1/projects HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\n\r\n",
    "no colon": GET + b"nothing\r\n\r\n",
    "folded": GET + b"X-One: a\r\n b\r\n\r\n",
    "folded by a tab": GET + b"X-One: a\r\n\tb\r\nX-Two: c\r\n\r\n",
    "folded to nothing": GET + b"X-One: a\r\n \r\n\r\n",
    "folded length": POST + b"Content-Length:\r\n 12\r\n\r\n" + BODY,
    "folded encoding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "NUL in a value": GET + b"X-One: a\0b\r\n\r\n",
    "NUL at a value's end": GET + b"X-One: a\0\r\n\r\n",
    "NUL for a CR": GET + b"X-One: a\0\n\r\n",
    "NUL in a name": GET + b"X\0One: a\r\n\r\n",
    "NUL for a line": GET + b"\0\r\nX-One: a\r\n\r\n",
    "NUL for the last CR": GET + b"\0\n",
    "NUL before a length": POST + b"\0" + SIZED + b"\r\n" + BODY,
    "NUL in the target": b"GET /api/v1\0/projects HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "bare CR in a value": GET + b"X-One: a\rb\r\n\r\n",
    "bare CR for a line end": GET + b"X-One: a\rX-Two: b\r\n\r\n",
    "bare CR before the end": GET + b"X-One: a\r\r\n\r\n",
    "bare CR hides a length": POST + b"X-One: a\rContent-Length: 12\r\n\r\n",
    "bare LF": GET + b"X-One: a\n\r\n",
    "bare LFs at the end": GET[:-2] + b"\n\n",
    "two hosts": GET + b"Host: other.example\r\n\r\n",
}


def exchange(api, pieces):
    """All that the server sends until it closes the connection; that it does is part of the answer."""
    with socket.create_connection(("127.0.0.1", api.port), 30) as s:
        s.settimeout(30)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        got = b""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):  # it does not read on
            for piece in pieces:
                s.sendall(piece)
        with contextlib.suppress(ConnectionResetError):
            while chunk := s.recv(65536):
                got += chunk
        return got


@pytest.fixture(scope="module")
def one_api(devflow, tmp_path_factory):
    folder = tmp_path_factory.mktemp("framing")
    env = {"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    env.update({name: os.environ[name] for name in SANITIZERS if name in os.environ})
    api = Api(folder / "api", env)
    yield api
    assert api.stop() == 0


@pytest.mark.parametrize("form", MALFORMED)
def test_malformed_heads_end_the_connection(one_api, form):
    request = MALFORMED[form]
    at = request.index(b"HTTP/1.1") + 14
    for pieces in ([request], [request + SMUGGLED], [request[:at], request[at:] + SMUGGLED],
                   [request[i:i + 1] for i in range(len(request))] + [SMUGGLED]):
        got = exchange(one_api, pieces)
        assert got.startswith(b"HTTP/1.1 400 "), got
        assert got.count(b"HTTP/1.") == 1, got
    assert one_api.get("/projects").json() == []


def test_a_malformed_head_behind_good_ones_is_refused_too(one_api):
    good = GET + b"\r\n"
    for form, request in MALFORMED.items():
        with socket.create_connection(("127.0.0.1", one_api.port), 30) as s:
            s.settimeout(30)
            s.sendall(POST + b"Content-Length: 2\r\n\r\n{}")
            assert s.recv(65536).startswith(b"HTTP/1.1 400 "), form
            s.sendall(good)
            assert s.recv(65536).startswith(b"HTTP/1.1 200 "), form
            s.sendall(request + SMUGGLED)
            got = b""
            with contextlib.suppress(ConnectionResetError):
                while chunk := s.recv(65536):
                    got += chunk
            assert got.startswith(b"HTTP/1.1 4") and got.count(b"HTTP/1.") == 1, (form, got)


def test_well_formed_requests_share_a_connection(one_api):
    """Binary bodies, empty lines between requests, and many requests in one piece are nobody's attack."""
    binary = bytes(range(256)) + b"\r\n\r\n\0\r\n x: y\r\n : z\n\n\r\r"
    post = POST + b"content-length:\t %d\r\n\r\n" % len(binary) + binary
    last = GET + b"Connection: close\r\n\r\n"
    got = exchange(one_api, [post + b"\r\n" + GET + b"\r\n" + post + last])
    assert re.findall(rb"HTTP/1.1 (\d+)", got) == [b"400", b"200", b"400", b"200"], got
    assert got.count(b"malformed_json") == 2 and b"head" not in got
    pieces = [bytes([b]) for b in post + last]
    got = exchange(one_api, pieces)
    assert got.count(b"HTTP/1.1 400 ") == 1 and got.count(b"HTTP/1.1 200 ") == 1, got


def test_nothing_follows_a_chunked_body(one_api):
    """The bytes are not followed through its pieces, so the connection ends there, said in the answer."""
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    got = exchange(one_api, [chunked + SMUGGLED])
    assert got.count(b"HTTP/1.1 ") == 1 and got.startswith(b"HTTP/1.1 400 ") and b"name is required" in got, got
    assert b"\r\nConnection: close\r\n" in got
