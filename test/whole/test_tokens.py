"""The resolver: tokens that are always valid, refreshed once, and never lost by carelessness."""

import concurrent.futures

from conftest import Walk
from test_oauth import connections, counters, fault

BODY = {"projectId": "shop"}


def token(walk):
    return walk.done(walk.api.post("/auth/sentry/token", BODY))


def control(walk, what):
    from browser import Browser

    assert Browser().open(f"{walk.sandbox.url}/_sandbox/{what}", b"{}")[0] in (200, 204)


def short_lived(start_api, start_sandbox, seconds):
    api = start_api()
    walk = Walk(api, start_sandbox(api.redirect_uri, "--token-ttl", str(seconds)))
    walk.connect()
    return walk


def test_a_valid_token_is_handed_out_without_asking_the_provider(connected):
    before = counters(connected.sandbox)["tokenCalls"]
    first = token(connected)
    assert [token(connected)["accessToken"] for _ in range(5)] == [first["accessToken"]] * 5
    assert first["tokenType"] == "Bearer" and "event:read" in first["scopes"]
    assert counters(connected.sandbox)["tokenCalls"] == before
    assert connected.api.post("/auth/sentry/token", BODY).headers["Cache-Control"] == "no-store"


def test_many_callers_of_an_expired_token_cause_one_refresh(start_api, start_sandbox):
    import time

    walk = short_lived(start_api, start_sandbox, 2)
    before = counters(walk.sandbox)
    time.sleep(2.1)
    fault(walk.sandbox, "token", "latency", ms=500)
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        tokens = {answer["accessToken"] for answer in pool.map(lambda _: token(walk), range(40))}
    after = counters(walk.sandbox)
    assert len(tokens) == 1
    assert after["refreshCalls"] == before["refreshCalls"] + 1 and after["refreshReuse"] == 0


def test_a_forced_refresh_joins_the_one_under_way(connected):
    before = counters(connected.sandbox)["refreshCalls"]
    fault(connected.sandbox, "token", "latency", ms=700)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: connected.done(connected.api.post("/auth/sentry/refresh", BODY)), range(8)))
    assert counters(connected.sandbox)["refreshCalls"] == before + 1
    [connection] = connections(connected)
    assert connection["lastRefreshed"] and connection["status"] == "connected"


def test_a_passing_fault_keeps_the_connection_and_the_valid_token(connected):
    held = token(connected)["accessToken"]
    for kind, more in (("status", {"status": 503}), ("html", {}), ("truncate", {}), ("rate_limit", {}), ("status", {"status": 401})):
        fault(connected.sandbox, "token", kind, **more)
        answer = connected.api.post("/auth/sentry/refresh", BODY)
        assert answer.status_code in (429, 502), answer.text
        [connection] = connections(connected)
        assert connection["status"] == "connected" and connection["refreshFailed"], kind
        if kind != "truncate":  # there the sandbox had replaced the pair
            assert token(connected)["accessToken"] == held
        if kind == "truncate":
            break


def test_a_refresh_answer_that_is_lost_ends_in_reconnect_never_in_a_healthy_look(connected):
    fault(connected.sandbox, "token", "drop_after")
    assert connected.api.post("/auth/sentry/refresh", BODY).status_code == 502
    answer = connected.api.post("/auth/sentry/refresh", BODY)
    assert answer.status_code == 409 and answer.json()["code"] == "reconnect_required"
    [connection] = connections(connected)
    assert connection["status"] == "reconnect" and "invalid_grant" in connection["failureReason"]
    result = connected.done(connected.api.get("/integrations/shop/test"))
    assert not result["ok"] and result["results"][0]["status"] == "reconnect"
    assert connected.consent(connected.authorize()["startUrl"])[0] == 200
    assert connections(connected)[0]["status"] == "connected"


def test_an_access_token_refused_early_is_refreshed_once_and_the_call_repeated(connected):
    before = counters(connected.sandbox)["refreshCalls"]
    control(connected, "expire")
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: connected.api.get("/integrations/shop/sentry/issues"), range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert counters(connected.sandbox)["refreshCalls"] == before + 1


def test_a_revoked_application_is_said_plainly(connected):
    control(connected, "revoke")
    answer = connected.api.get("/integrations/shop/sentry/issues")
    assert answer.status_code == 409 and "oauth:connect" in answer.json()["message"]
    assert connections(connected)[0]["status"] == "reconnect"


def test_tokens_survive_a_restart_and_another_key_is_refused(connected):
    held = token(connected)["accessToken"]
    connected.api.kill()
    connected.api.start()
    assert token(connected)["accessToken"] == held
    connected.api.stop()
    connected.api.env["OAUTH_ENCRYPTION_KEY"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    connected.api.start()
    answer = connected.api.post("/auth/sentry/token", BODY)
    assert answer.status_code == 500 and answer.json()["code"] == "decryption_failed" and "needs the key" in answer.json()["message"]
