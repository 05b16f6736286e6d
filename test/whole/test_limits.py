"""What one client may take of the server, so that the others are served."""

import contextlib
import selectors
import socket
import threading
import time

import pytest
from sentry_like import NOT_THERE, SentryLike
from test_redis import metrics

HEAD = b"GET /api/v1/projects HTTP/1.1\r\nHost: localhost\r\n"
MANY = 1000


def connect(port, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", port), 30, (source, 0))


def closed(s, seconds=30):
    """Whether the server ends the connection within that time; what it said is dropped."""
    s.settimeout(seconds)
    try:
        while s.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def drip_until_closed(sockets, byte, seconds):
    """One byte to each that is still open, again and again. How many were closed in time."""
    selector = selectors.DefaultSelector()
    for s in sockets:
        s.setblocking(False)
        selector.register(s, selectors.EVENT_READ)
    left, deadline = set(sockets), time.monotonic() + seconds
    while left and time.monotonic() < deadline:
        for key, _ in selector.select(0.1):
            with contextlib.suppress(ConnectionError, BlockingIOError):
                if key.fileobj.recv(4096):
                    continue
            selector.unregister(key.fileobj)
            left.discard(key.fileobj)
        for s in left:
            with contextlib.suppress(ConnectionError, BlockingIOError):
                s.send(byte)
    return len(sockets) - len(left)


@pytest.mark.parametrize("start", [HEAD[:20], HEAD + b"X-Slow: ", b"", b"POST /api/v1/projects HTTP/1.1\r\nHost: localhost\r\n"
                                   b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"])
def test_a_slow_drip_is_cut_at_a_deadline_that_does_not_move(start_api, start):
    api = start_api({"HTTP_HEADER_TIMEOUT": "1", "HTTP_BODY_TIMEOUT": "2"})
    with connect(api.port) as s:
        began = time.monotonic()
        s.sendall(start)
        assert drip_until_closed([s], b"G", 30) == 1
        assert time.monotonic() - began >= 0.9
    assert api.get("/health").status_code == 200


def test_a_kept_connection_is_cut_when_its_next_head_drips(start_api):
    api = start_api({"HTTP_HEADER_TIMEOUT": "1"})
    with connect(api.port) as s:
        for _ in range(3):
            s.sendall(HEAD + b"\r\n")
            assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert not closed(s, 2), "an idle connection stays"
        s.sendall(HEAD + b"\r\n")
        assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert drip_until_closed([s], b"G", 30) == 1


def test_a_streamed_body_that_drips_is_cut(start_api):
    api = start_api({"HTTP_BODY_TIMEOUT": "1"})
    with connect(api.port) as s:
        s.sendall(b"POST /api/v1/proxy/shop/sentry/api/0/x/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n")
        assert drip_until_closed([s], b"x", 30) == 1
    assert api.get("/health").status_code == 200


def test_others_are_served_beside_a_thousand_half_open_and_a_thousand_dripping_clients(start_api):
    api = start_api({"HTTP_HEADER_TIMEOUT": "5"})
    with contextlib.ExitStack() as stack:
        half_open = [stack.enter_context(connect(api.port)) for _ in range(MANY)]
        for s in half_open:
            s.sendall(HEAD)
        dripping = [stack.enter_context(connect(api.port)) for _ in range(MANY)]
        slowest = 0
        for turn in range(20):
            for s in dripping[turn % 10::10]:
                with contextlib.suppress(ConnectionError):  # the first are past their deadline on a slow machine
                    s.send(HEAD[turn:turn + 1])
            began = time.monotonic()
            assert api.get("/projects").status_code == 200
            slowest = max(slowest, time.monotonic() - began)
        print(f"slowest answer beside {2 * MANY} idle clients: {slowest * 1000:.1f} ms")
        assert slowest < 10
        assert drip_until_closed(half_open + dripping, b"x", 60) == 2 * MANY
    assert api.get("/projects").status_code == 200


def test_an_address_has_its_number_of_connections(start_api):
    api = start_api({"HTTP_MAX_CONNECTIONS_PER_ADDRESS": "5"})
    with contextlib.ExitStack() as stack:
        first = [stack.enter_context(connect(api.port, "127.0.0.2")) for _ in range(5)]
        for s in first:
            s.sendall(HEAD + b"\r\n")
            assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert closed(stack.enter_context(connect(api.port, "127.0.0.2")))
        other = stack.enter_context(connect(api.port, "127.0.0.3"))
        other.sendall(HEAD + b"\r\n")
        assert other.recv(65536).startswith(b"HTTP/1.1 200 ")
        first[0].close()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with connect(api.port, "127.0.0.2") as again, contextlib.suppress(ConnectionError):
                again.sendall(HEAD + b"\r\n")
                if again.recv(65536).startswith(b"HTTP/1.1 200 "):
                    return
        pytest.fail("a place that was given up is not given again")


def test_the_next_connection_waits_while_all_are_taken(start_api):
    api = start_api({"HTTP_MAX_CONNECTIONS": "4"})
    with contextlib.ExitStack() as stack:
        served, waiting = [], None
        while not waiting:
            assert len(served) < 5, "more than there may be are served"
            s = stack.enter_context(connect(api.port))
            s.settimeout(3)
            s.sendall(HEAD + b"\r\n")
            try:
                assert s.recv(65536).startswith(b"HTTP/1.1 200 ")
                served.append(s)
            except TimeoutError:
                waiting = s
        for s in served:
            s.close()
        waiting.settimeout(60)
        assert waiting.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_project_whose_server_is_slow_leaves_threads_to_the_others(start_api):
    """Half of those that wait for providers, whatever it asks for."""
    api = start_api({"SENTRY_REQUESTS_PER_S": "0"})  # else the pace answers most of them at once
    answering = threading.Event()
    slow, quick = (SentryLike(missing=missing) for missing in (lambda _: NOT_THERE if answering.wait(60) else NOT_THERE, NOT_THERE))
    with contextlib.closing(slow), contextlib.closing(quick), contextlib.ExitStack() as stack:
        stack.callback(answering.set)
        slow.connect(api, "slow")
        quick.connect(api, "quick")
        limit = int(metrics(api)["devflow_queue_running_limit", "upstream"])
        asking = [stack.enter_context(connect(api.port)) for _ in range(limit // 2 + 16)]
        for i, s in enumerate(asking):
            s.sendall(b"GET /api/v1/integrations/slow/sentry/issues/%d/context HTTP/1.1\r\nHost: localhost\r\n\r\n" % (i + 1))
        deadline = time.monotonic() + 60
        while (seen := metrics(api)) and (seen["devflow_queue_running", "upstream"], seen["devflow_queue_waiting", "upstream"]) != (limit // 2, 16):
            assert time.monotonic() < deadline, "half of them do not run, or the others do not wait"
            time.sleep(0.05)
        assert api.get("/integrations/quick/sentry/issues/7/context").status_code == 404
        answering.set()
        for s in asking:
            s.settimeout(60)
            assert s.recv(65536).startswith(b"HTTP/1.1 404 ")
