"""What the log says, in both forms, and whose request it says it of: also towards the provider."""

import contextlib
import json
import pty
import subprocess

import pytest
from browser import Browser
from conftest import PROGRAM, Walk
from rotating_provider import Handler, RotatingProvider

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = "0af7651916cd43dd8448eb211c80319c"
STATE = "congo=t61rcWkgMzE"
CALLER = {"X-Request-Id": "caller-1", "traceparent": PARENT, "tracestate": STATE}
BODY = {"projectId": "shop"}


class Hearing(RotatingProvider):
    """Keeps the headers of each request: .heard is a list of (path, headers in lower case)."""

    def __init__(self):
        super().__init__(ttl_s=30 * 86400)
        self.heard = []
        provider = self

        class Listening(Handler):
            def parse_request(self):
                sound = super().parse_request()
                provider.heard.append((self.path, {name.lower(): value for name, value in self.headers.items()} if sound else {}))
                return sound

        Listening.provider = self
        self.server.RequestHandlerClass = Listening


@pytest.fixture
def provider():
    with contextlib.closing(Hearing()) as provider:
        yield provider


@pytest.fixture
def start_shop(start_api, provider):
    """start_shop({"SETTING": "value"}) gives a project connected to the provider."""
    def start(settings=None):
        shop = Walk(start_api(settings), provider)
        shop.create()
        shop.register()
        status, at, page = Browser().open(shop.authorize()["startUrl"])
        assert status == 200, f"{at}: {page}"
        provider.heard.clear()
        return shop
    return start


def entries(api):
    """The log of a server that has ended, each line an object."""
    api.stop()
    return [json.loads(line) for line in api.said().splitlines()]


def test_a_request_id_and_a_trace_go_to_the_provider_and_into_each_line(start_shop, provider):
    shop = start_shop({"LOG_FORMAT": "json"})
    answer = shop.api.post("/auth/sentry/refresh", BODY, headers=CALLER)
    assert answer.status_code == 200 and answer.headers["X-Request-Id"] == "caller-1"
    shop.done(shop.api.get("/integrations/shop/sentry/issues", headers={**CALLER, "X-Request-Id": "caller-2"}))
    said = entries(shop.api)
    [refreshed] = [heard for path, heard in provider.heard if path.startswith("/oauth/token")]
    reading = [heard for path, heard in provider.heard if path.startswith("/api/0/")]
    assert (refreshed["x-request-id"], refreshed["traceparent"], refreshed["tracestate"]) == ("caller-1", PARENT, STATE)
    assert reading and all((h["x-request-id"], h["traceparent"]) == ("caller-2", PARENT) for h in reading)
    [line] = [e for e in said if e["msg"] == "refreshed"]  # of a thread of its own, for whoever caused it
    assert line["requestId"] == "caller-1" and line["traceId"] == TRACE and line["project"] == "shop"
    [line] = [e for e in said if e["msg"] == "request" and e["requestId"] == "caller-1"]
    assert line["status"] == 200 and line["ms"] > 0 and line["route"] == "/auth/:provider/refresh" and line["traceId"] == TRACE


def test_what_is_no_trace_is_not_passed_on(start_shop, provider):
    shop = start_shop({"LOG_FORMAT": "json"})
    bad = {"X-Request-Id": "not an id", "traceparent": PARENT.upper(), "tracestate": STATE}
    answer = shop.api.post("/auth/sentry/refresh", BODY, headers=bad)
    [heard] = [headers for path, headers in provider.heard if path.startswith("/oauth/token")]
    assert heard["x-request-id"] == answer.headers["X-Request-Id"] != "not an id"
    assert "traceparent" not in heard and "tracestate" not in heard
    assert not [e for e in entries(shop.api) if "traceId" in e]


def test_a_proxied_request_carries_each_header_once(start_shop, provider):
    shop = start_shop()
    answer = shop.api.session.get(f"{shop.api.url}/proxy/shop/sentry/api/0/projects/", headers=CALLER)
    assert answer.status_code == 200 and answer.headers["X-Request-Id"] == "caller-1"
    [(_, heard)] = [(path, heard) for path, heard in provider.heard if path.startswith("/api/0/projects")]
    assert (heard["x-request-id"], heard["traceparent"], heard["tracestate"]) == ("caller-1", PARENT, STATE)


def test_a_fault_of_the_provider_is_one_object_with_the_id_the_client_got(start_shop, provider):
    shop = start_shop({"LOG_FORMAT": "json"})
    provider.next("html")
    answer = shop.api.post("/auth/sentry/refresh", BODY)
    assert answer.status_code == 502
    mine = [e for e in entries(shop.api) if e.get("requestId") == answer.json()["requestId"]]
    assert [e["msg"] for e in mine if e["level"] == "warn"] == ["refresh failed", "request failed"]
    assert mine[0]["code"] == answer.json()["code"] and mine[0]["message"]


def test_a_level_leaves_out_what_is_below_it(start_shop, provider):
    shop = start_shop({"LOG_FORMAT": "json", "LOG_LEVEL": "warn"})
    provider.next("html")
    shop.api.post("/auth/sentry/refresh", BODY)
    assert {e["level"] for e in entries(shop.api)} == {"warn"}


def first_line(env, cwd, terminal):
    """What a server that listens in vain says first, its standard error being a terminal or not."""
    ours, theirs = pty.openpty() if terminal else (None, None)
    serve = subprocess.Popen([PROGRAM, "serve"], env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=theirs if terminal else subprocess.PIPE, text=True)
    assert "listening" in serve.stdout.readline()
    serve.terminate()
    with (open(ours, encoding="utf-8") if terminal else serve.stderr) as said:
        line = said.readline()
    assert serve.wait(30) == 0
    return line


def test_a_terminal_gets_lines_for_people_and_a_file_lines_for_programs(api):
    env = {name: value for name, value in api.env.items() if name != "LOG_FORMAT"} | {"PORT": "0"}
    api.stop()
    assert json.loads(first_line(env, api.folder, False))["msg"] == "stopping"
    assert "info  stopping" in first_line(env, api.folder, True)


def test_a_warning_about_a_setting_is_in_the_logs_form(start_api):
    api = start_api({"LOG_FORMAT": "json", "REDIS_PORT": "1"})
    assert [e["level"] for e in entries(api) if "REDIS_HOST is not" in e.get("message", "")] == ["warn"]
