"""The shared cache: tokens sealed in a real Redis. Whatever happens to it, only speed is lost, and that can be seen."""

import re
import time

import pytest
from conftest import Walk
from prometheus_client.parser import text_string_to_metric_families

BODY = {"projectId": "shop"}
KEY = "devflow:token:SENTRY:shop"


def token(walk):
    return walk.done(walk.api.post("/auth/sentry/token", BODY))["accessToken"]


def metrics(api):
    """{(name, label values...): value} of GET metrics, as Prometheus reads it."""
    answer = api.get("/metrics")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = list(text_string_to_metric_families(answer.text))
    assert len({family.name for family in families}) == len(families), "a family stands in two places"
    assert all(family.documentation and family.type in ("counter", "gauge", "histogram") for family in families)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def ready(api):
    time.sleep(0.03)  # a look is good for 20 ms
    answer = api.get("/ready")
    assert answer.status_code == 200, "a cache that fails is no reason to be taken out of service"
    return answer.json()


def wait_for(what, seconds=15):
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def restarted(walk):
    """Its memory is empty, the shared cache is not."""
    walk.api.stop()
    walk.api.start()
    return walk


@pytest.fixture
def start_walk(start_api, start_sandbox):
    def start(settings):
        api = start_api(settings)
        walk = Walk(api, start_sandbox(api.redirect_uri))
        walk.connect()
        return walk
    return start


@pytest.fixture
def shared(start_walk, redis_server):
    walk = start_walk(redis_server.settings)
    wait_for(lambda: redis_server.command("EXISTS", KEY) == 0)  # the fence that connecting left
    return walk


def test_tokens_are_shared_sealed_and_for_a_minute(shared, redis_server):
    held = token(shared)
    assert sorted(redis_server.command("KEYS", "*")) == ["devflow:probe", KEY]
    value = redis_server.command("GET", KEY)
    assert len(value) > 50 and held not in value and held[:12] not in value
    assert 0 < redis_server.command("PTTL", KEY) <= 60000
    restarted(shared)
    assert token(shared) == held
    seen = metrics(shared.api)
    assert seen["devflow_cache_hits_total", "redis"] == 1 and seen["devflow_token_resolves_total", "cache"] == 1
    assert seen["devflow_cache_up",] == 1 and seen["devflow_cache_errors_total",] == 0
    assert token(shared) == held
    assert metrics(shared.api)["devflow_cache_hits_total", "memory"] == 1


def test_however_often_ready_is_asked_redis_is_asked_fifty_times_a_second(shared, redis_server):
    def writes():
        return int(re.search(r"cmdstat_set:calls=(\d+)", redis_server.command("INFO", "commandstats"))[1])
    before, began = writes(), time.monotonic()
    for _ in range(500):
        assert shared.api.get("/ready").status_code == 200
    asked, seconds = writes() - before, time.monotonic() - began
    assert 1 <= asked <= seconds * 50 + 1


def test_what_is_removed_is_removed_for_all(shared, redis_server):
    token(shared)
    shared.done(shared.api.post("/auth/sentry/refresh", BODY))
    assert redis_server.command("GET", KEY) == "", "a fence stands where the old token was"
    assert 0 < redis_server.command("PTTL", KEY) <= 2000
    newer = token(shared)
    assert redis_server.command("GET", KEY) == ""
    wait_for(lambda: redis_server.command("EXISTS", KEY) == 0)
    restarted(shared)
    assert token(shared) == newer and len(redis_server.command("GET", KEY)) > 50
    shared.done(shared.api.post("/auth/sentry/disconnect", BODY))
    assert redis_server.command("GET", KEY) == ""
    assert shared.api.post("/auth/sentry/token", BODY).status_code == 404


def test_a_dead_redis_costs_speed_alone_and_is_seen(shared, redis_server):
    held = token(shared)
    redis_server.kill()
    restarted(shared)
    state = ready(shared.api)
    assert state["status"] == "ready" and state["checks"]["cache"] == "degraded"
    assert f":{redis_server.port}" in state["reasons"]["cache"] and "REDIS_HOST" in state["reasons"]["cache"]
    elsewhere = shared.api.session.get(f"{shared.api.url}/ready", headers={"X-Forwarded-For": "192.0.2.1"}, timeout=30).json()
    assert elsewhere["checks"] == state["checks"] and "reasons" not in elsewhere, "the network behind it is not the world's to know"
    assert "serving without the shared cache" in shared.api.said()
    assert token(shared) == held
    start = time.monotonic()
    for _ in range(200):
        token(shared)
    assert time.monotonic() - start < 15
    seen = metrics(shared.api)
    assert seen["devflow_cache_up",] == 0 and seen["devflow_cache_errors_total",] > 0
    redis_server.start()
    wait_for(lambda: ready(shared.api)["checks"]["cache"] == "ok")
    assert metrics(shared.api)["devflow_cache_up",] == 1
    wait_for(lambda: "reasons" not in ready(shared.api))  # the limits find out by themselves
    assert "the shared cache answers again" in shared.api.said()


def test_a_redis_killed_wiped_or_stalled_while_serving(shared, redis_server):
    held = token(shared)
    redis_server.flush()
    assert token(shared) == held
    redis_server.pause()
    try:
        start = time.monotonic()
        shared.done(shared.api.post("/auth/sentry/refresh", BODY))
        held = token(shared)
        assert time.monotonic() - start < 15, "each operation waits a moment once, not the others"
        assert ready(shared.api)["checks"]["cache"] == "degraded"
    finally:
        redis_server.resume()
    wait_for(lambda: ready(shared.api)["checks"]["cache"] == "ok")
    redis_server.kill()
    shared.done(shared.api.post("/auth/sentry/refresh", BODY))
    newer = token(shared)
    assert newer != held
    redis_server.start()
    wait_for(lambda: ready(shared.api)["checks"]["cache"] == "ok")
    assert token(shared) == newer


def test_rubbish_in_redis_is_not_believed(shared, redis_server):
    held = token(shared)
    sealed = redis_server.command("GET", KEY)
    for value in ("", "v", "rubbish", "v" * 200, "v\x01" + "\0" * 60, sealed[:-1], sealed[:-1] + "!", "v" + sealed):
        shared.api.stop()
        redis_server.command("SET", KEY, value, "PX", "60000")
        shared.api.start()
        assert token(shared) == held


def test_a_redis_that_takes_no_writes_still_gives(shared, redis_server):
    held = token(shared)
    redis_server.command("CONFIG", "SET", "maxmemory", "1")
    state = ready(shared.api)
    assert state["checks"]["cache"] == "degraded" and "out of memory" in state["reasons"]["cache"]
    restarted(shared)
    assert token(shared) == held and metrics(shared.api)["devflow_cache_hits_total", "redis"] == 1
    redis_server.command("CONFIG", "SET", "maxmemory", "0")
    assert ready(shared.api)["checks"]["cache"] == "ok"
    redis_server.command("REPLICAOF", redis_server.host, "1")
    assert "read-only" in ready(shared.api)["reasons"]["cache"]
    redis_server.command("REPLICAOF", "NO", "ONE")
    assert ready(shared.api)["checks"]["cache"] == "ok"


def test_a_wrong_password_is_a_warning_and_never_shown(start_walk, start_redis):
    server = start_redis("correct-horse")
    walk = start_walk({**server.settings, "REDIS_PASSWORD": "hunter2"})
    assert token(walk)
    reason = ready(walk.api)["reasons"]["cache"]
    assert "refused the password: check REDIS_PASSWORD" in reason
    assert reason in walk.api.said() and "hunter2" not in walk.api.said() + reason
    walk.api.stop()
    del walk.api.env["REDIS_PASSWORD"]
    walk.api.start()
    assert "set REDIS_PASSWORD" in ready(walk.api)["reasons"]["cache"]


def test_password_from_a_file_user_and_database(start_walk, start_redis, tmp_path):
    server = start_redis("pa ss*$1\"word")
    file = tmp_path / "redis-password"
    file.write_text(server.password + "\n")
    file.chmod(0o600)
    walk = start_walk({"REDIS_HOST": "localhost", "REDIS_PORT": str(server.port), "REDIS_PASSWORD_FILE": str(file),
                       "REDIS_USERNAME": "default", "REDIS_DB": "3"})
    wait_for(lambda: server.command("EXISTS", KEY, database=3) == 0)
    token(walk)
    assert ready(walk.api)["checks"]["cache"] == "ok"
    assert server.command("EXISTS", KEY, database=3) == 1 and server.command("EXISTS", KEY) == 0


def test_the_memory_of_the_cache_has_a_bound(start_walk):
    walk = start_walk({"CACHE_MEMORY_MB": "1"})
    token(walk)
    seen = metrics(walk.api)
    assert seen["devflow_cache_entries",] == 1
    assert 0 < seen["devflow_cache_bytes",] < seen["devflow_cache_limit_bytes",] <= 1024 * 1024
    assert ("devflow_cache_up",) not in seen
    assert seen["devflow_token_resolves_total", "store"] == 1
