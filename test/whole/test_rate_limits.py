"""Rate limits: by address and kind of route, in one process and over nodes that share Redis."""

import re
import time

import pytest
import requests
from requests.adapters import HTTPAdapter


class From(HTTPAdapter):
    """Requests from another address of loopback."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


def caller(address):
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", From(address))
    return session


def ask(session, api, path="/projects", **options):
    return session.request(options.pop("method", "GET"), f"http://127.0.0.1:{api.port}/api/v1{path}", timeout=30,
                           allow_redirects=False, **options)


def refused(answer):
    assert answer.status_code == 429 and answer.json()["code"] == "rate_limited", answer.text
    assert int(answer.headers["Retry-After"]) >= 1
    return answer


def wait_for(what, seconds=30):
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def test_an_address_has_its_rate(start_api):
    api = start_api({"RATE_LIMIT": "5/hour", "RATE_LIMIT_OAUTH": "3/hour"})
    one, two = caller("127.0.0.2"), caller("127.0.0.3")
    for left in (4, 3, 2, 1, 0):
        answer = ask(one, api)
        assert answer.status_code == 200 and answer.headers["RateLimit-Policy"] == '"api-address";q=5;w=3600'
        policy, r, t = re.fullmatch(r'"(.*)";r=(\d+);t=(\d+)', answer.headers["RateLimit"]).groups()
        assert policy == "api-address" and int(r) == left and 0 < int(t) <= 3600
    answer = refused(ask(one, api))
    assert 700 < int(answer.headers["Retry-After"]) <= 720 and answer.headers["RateLimit"].startswith('"api-address";r=0;t=')
    assert ask(two, api).status_code == 200
    for path in ("/nothing", "/projects/%zz", "/openapi.json", "/proxy/shop/sentry/x"):
        refused(ask(one, api, path))
    for path in ("/health", "/ready"):
        answer = ask(one, api, path)
        assert answer.status_code == 200 and "RateLimit" not in answer.headers, "probes are let by"
    for _ in range(3):
        answer = ask(one, api, "/auth/sentry/authorize", method="POST", json={"projectId": "none"})
        assert answer.status_code == 404 and answer.headers["RateLimit-Policy"] == '"oauth-address";q=3;w=3600'
    for path in ("/auth/sentry/authorize", "/auth/sentry/refresh", "/auth/apps/register", "/auth/sentry/device/initiate"):
        refused(ask(one, api, path, method="POST", json={"projectId": "none"}))
    for path in ("/auth/sentry/callback?state=x&code=y", "/auth/sentry/start?flow=x"):
        refused(ask(one, api, path))
    metrics = ask(two, api, "/metrics").text
    assert 'devflow_rate_limited_total{limit="oauth"} 6' in metrics and 'devflow_rate_limited_total{limit="api"} 5' in metrics


def test_a_key_has_its_rate_wherever_it_is_used(start_api):
    api = start_api({"RATE_LIMIT": "2/hour", "RATE_LIMIT_PER_KEY": "4/hour", "RATE_LIMIT_OAUTH_PER_KEY": "1/hour"})
    keys = [{"X-API-Key": api.make_key("admin")["key"]}, {"Authorization": f"Bearer {api.make_key('read')['key']}"}]
    for key in keys:
        answers = [ask(caller(f"127.0.0.{2 + i}"), api, headers=key) for i in range(5)]
        assert [answer.status_code for answer in answers] == [200] * 4 + [429]
        assert answers[0].headers["RateLimit-Policy"] == '"api-key";q=4;w=3600'
        assert ask(caller("127.0.0.9"), api, "/auth/sentry/authorize", method="POST", json={"projectId": "x"}, headers=key).status_code != 429
        assert ask(caller("127.0.0.9"), api, "/auth/sentry/authorize", method="POST", json={"projectId": "x"}, headers=key).status_code == 429
    wrong = [ask(caller("127.0.0.8"), api, headers={"X-API-Key": f"df_{i:064x}"}) for i in range(3)]
    assert [answer.status_code for answer in wrong] == [401, 401, 429], "who tries keys counts by address"
    assert wrong[0].headers["RateLimit-Policy"] == '"api-address";q=2;w=3600'


def test_tokens_come_back_with_time(start_api):
    api = start_api({"RATE_LIMIT": "2/second"})
    session = caller("127.0.0.2")
    seen = [ask(session, api).status_code for _ in range(50)]
    assert seen[:2] == [200, 200] and 429 in seen
    wait_for(lambda: ask(session, api).status_code == 200)


def test_loopback_is_limited_only_where_that_was_said(start_api):
    api = start_api()
    for _ in range(700):
        answer = ask(api.session, api, "/auth/sentry/start?flow=x")
        assert answer.status_code != 429 and "RateLimit" not in answer.headers


@pytest.mark.parametrize("value", ["x", "5", "0/minute", "5/week", "-1/minute"])
def test_a_rate_that_is_none_is_refused(devflow, bare_env, value):
    import subprocess

    done = subprocess.run([devflow, "serve"], env={**bare_env, "RATE_LIMIT_OAUTH": value}, capture_output=True, text=True, timeout=30)
    assert done.returncode == 78 and "RATE_LIMIT_OAUTH is no rate" in done.stderr


def test_off_is_no_limit(start_api):
    api = start_api({"RATE_LIMIT": "off"})
    assert "RateLimit" not in ask(api.session, api).headers


def test_nodes_share_a_bucket_in_portions(start_api, redis_server):
    """What three nodes let through together is one bucket, but for what each may give on credit; with few questions to Redis."""
    settings = {"RATE_LIMIT": "200/hour", **redis_server.settings}
    nodes = [start_api(settings) for _ in range(3)]
    for node in nodes:
        wait_for(lambda node=node: ask(node.session, node, "/ready").json()["checks"]["limits"] == "ok")
    sessions = [caller("127.0.0.2") for _ in nodes]
    evals = lambda: sum(int(calls) for calls in re.findall(r"cmdstat_eval:calls=(\d+)", redis_server.command("INFO", "commandstats")))  # noqa: E731
    before, through = evals(), 0
    for i in range(600):
        through += ask(sessions[i % 3], nodes[i % 3]).status_code == 200
    assert 150 <= through <= 200 + 3 * 10
    assert evals() - before < 200
    refused(ask(sessions[0], nodes[0]))
    assert ask(caller("127.0.0.3"), nodes[0]).status_code == 200
    keys = redis_server.command("KEYS", "devflow:limit:*")
    assert [k for k in keys if k.startswith("devflow:limit:api:address:")] and all(0 < redis_server.command("PTTL", k) <= 7200000 for k in keys)


def test_without_redis_each_node_holds_its_own_limit(start_api, redis_server):
    node = start_api({"RATE_LIMIT": "40/hour", **redis_server.settings})
    session = caller("127.0.0.2")
    wait_for(lambda: ask(node.session, node, "/ready").json()["checks"]["limits"] == "ok")
    assert "devflow_rate_limits_shared 1" in ask(caller("127.0.0.4"), node, "/metrics").text
    redis_server.stop()
    codes = [ask(session, node).status_code for _ in range(100)]
    assert 30 <= codes.count(200) <= 45 and codes[-1] == 429
    state = wait_for(lambda: (s := ask(node.session, node, "/ready").json())["checks"]["limits"] == "local" and s)
    assert state["status"] == "ready" and "Redis" in state["reasons"]["limits"]
    assert "devflow_rate_limits_shared 0" in ask(caller("127.0.0.5"), node, "/metrics").text
    redis_server.start()
    wait_for(lambda: ask(node.session, node, "/ready").json()["checks"]["limits"] == "ok")
    assert "rate limits hold for this node alone" in node.said() and "shared with the other nodes again" in node.said()
