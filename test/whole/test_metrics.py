"""GET metrics: what is counted is what happened, and what the dashboard, the alerts and the documents name is there."""

import contextlib
import json
import re
import time
from collections import Counter

import pytest
from conftest import ROOT, Walk
from prometheus_client.parser import text_string_to_metric_families
from rotating_provider import RotatingProvider
from test_one_refresh import Shop
from test_webhooks import Receiver

MONITORING = ROOT / "docs" / "monitoring"
BODY = {"projectId": "shop"}


def families(api):
    answer = api.get("/metrics")
    assert answer.status_code == 200
    return list(text_string_to_metric_families(answer.text))


def samples(api):
    """{(name, label values...): value}"""
    return {(s.name, *s.labels.values()): s.value for family in families(api) for s in family.samples}


def wait_for(what, seconds=30):
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture
def provider():
    with contextlib.closing(RotatingProvider(ttl_s=30 * 86400)) as provider:
        yield provider


@pytest.fixture
def shop(start_api, provider):
    shop = Shop(start_api(), provider)
    shop.connect()
    return shop


def test_requests_are_counted_by_route_and_status(shop):
    before = samples(shop.api)
    for _ in range(3):
        shop.done(shop.ask())
    shop.api.session.get(f"{shop.api.url}/projects/none")
    shop.api.session.get(f"{shop.api.origin}/nothing/here")
    name, token = "devflow_http_requests_total", ("POST", "/auth/:provider/token")

    def counted():  # an answer is counted once its last byte is sent
        after = samples(shop.api)
        rise = Counter({key: value - before.get(key, 0) for key, value in after.items() if key[0] == name})
        return after if (rise[name, *token, "200"], rise[name, "GET", "/projects/:id", "404"], rise[name, "none", "none", "404"]) == (
            3, 1, 1) else None
    after = wait_for(counted)
    took = "devflow_http_request_duration_seconds"
    assert after[f"{took}_count", *token] == after[f"{took}_bucket", *token, "+Inf"] == 3
    assert 0 < after[f"{took}_sum", *token] < 30
    assert "/projects/none" not in shop.api.get("/metrics").text, "a name of a caller's is no label"


def test_what_providers_answer_is_counted_with_what_they_leave(shop, provider):
    total, took = "devflow_upstream_requests_total", "devflow_upstream_duration_seconds"
    before = samples(shop.api)
    provider.next("delay_before", s=0.3)
    shop.done(shop.refresh())
    provider.next("rate_limit")
    assert shop.refresh().status_code == 429
    after = samples(shop.api)
    assert after[total, "sentry", "2xx"] == before[total, "sentry", "2xx"] + 1
    assert after[total, "sentry", "429"] == 1
    assert after[f"{took}_bucket", "sentry", "0.1"] <= after[f"{took}_count", "sentry"] - 1
    assert after[f"{took}_sum", "sentry"] - before[f"{took}_sum", "sentry"] > 0.3
    assert after["devflow_upstream_rate_limit_quota", "sentry"] == 50
    assert after["devflow_upstream_rate_limit_remaining", "sentry"] == 0


def test_no_answer_is_counted_too(shop, provider):
    provider.next("drop_before")
    assert shop.refresh().status_code == 502
    assert samples(shop.api)["devflow_upstream_requests_total", "sentry", "none"] == 1


def test_connections_and_the_outbox_are_counted_in_the_database(shop, provider):
    receiver = Receiver()
    with contextlib.closing(receiver):
        receiver.status = 500
        added = shop.api.post("/projects/shop/webhooks", {"url": receiver.url, "events": ["connection.failing"]})
        assert added.status_code == 201, added.text
        provider.next("html", times=100)
        assert shop.refresh().status_code == 502
        receiver.next(500)
        wait_for(lambda: samples(shop.api).get(("devflow_connections", "failing")) == 1)
        seen = wait_for(lambda: (s := samples(shop.api)).get(("devflow_outbox_messages",)) == 1 and s)
        assert seen["devflow_connections", "ok"] == seen["devflow_connections", "reconnect"] == 0
        assert seen["devflow_upstream_requests_total", "webhook", "5xx"] >= 1


def test_who_waits_is_seen(shop, provider):
    """A request that waits for a refresh is parked; the refresh is at work."""
    import threading

    provider.delay_before_s = 60
    waiting = threading.Thread(target=shop.refresh)
    waiting.start()
    try:
        seen = wait_for(lambda: (s := samples(shop.api))["devflow_http_connections", "parked"] == 1 ==
                        s["devflow_queue_running", "refresh"] and s)
        assert seen["devflow_queue_waiting", "refresh"] == 0
        assert seen["devflow_http_connections", "active"] == 1, "the one that reads this"
    finally:
        provider.hurry()
        waiting.join()
    wait_for(lambda: samples(shop.api)["devflow_http_connections", "parked"] == 0)


@pytest.fixture
def everything(start_api, start_sandbox, postgres, redis_server):
    """A node that has all there is to be measured, once it has done some of it."""
    api = start_api({**postgres.settings, **redis_server.settings})
    walk = Walk(api, start_sandbox(api.redirect_uri))
    walk.connect()
    walk.done(api.get("/integrations/shop/sentry/issues"))
    walk.done(api.post("/auth/sentry/token", BODY))
    wait_for(lambda: ("devflow_outbox_messages",) in samples(api))
    return api


def named_in(expression):
    """Metrics in a query: words that are no function, label or keyword."""
    return set(re.findall(r"\b((?:devflow|process)_\w+)", expression))


def test_what_is_named_is_there_and_what_is_there_is_explained(everything):
    there, explained = set(), set()
    for family in families(everything):
        assert family.documentation and family.type in ("counter", "gauge", "histogram"), family
        there |= {sample.name for sample in family.samples}
        explained.add(family.name + ("_total" if family.type == "counter" else ""))
    there |= {"devflow_upstream_rate_limit_remaining", "devflow_upstream_rate_limit_quota"}  # the sandbox tells none
    dashboard = json.loads((MONITORING / "grafana.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(queries) > 20 and all(named_in(query) <= there for query in queries), [
        query for query in queries if not named_in(query) <= there]
    alerts = re.findall(r"^        expr: (.+)$", (MONITORING / "alerts.yml").read_text(), re.MULTILINE)
    assert len(alerts) == 8 and all(named_in(alert) <= there for alert in alerts)
    page = (ROOT / "docs" / "operations.md").read_text()
    table = set(re.findall(r"`((?:devflow|process)_\w+)", page))
    assert table == explained, table ^ explained


def test_a_database_that_hangs_keeps_no_one_from_the_metrics(start_api, start_postgres):
    """The counts grow older, that is all."""
    server = start_postgres()
    api = start_api({"DATABASE_URL": server.url()})
    wait_for(lambda: ("devflow_database_counted_seconds",) in samples(api))
    server.pause()
    try:
        age = samples(api)["devflow_database_counted_seconds",]
        wait_for(lambda: samples(api)["devflow_database_counted_seconds",] > age + 6)  # has been asked for, and does not come
        assert samples(api)["devflow_connections", "ok"] == 0
    finally:
        server.resume()
    wait_for(lambda: samples(api)["devflow_database_counted_seconds",] < 5)
