"""The resolver: tokens that are always valid, refreshed once, and never lost by carelessness."""

import concurrent.futures

import pytest
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

    walk = short_lived(start_api, start_sandbox, 4)
    before = counters(walk.sandbox)
    fault(walk.sandbox, "token", "latency", ms=3500)  # begun in the background half a life before the expiry
    time.sleep(4.1)
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
    for kind, more in (("status", {"status": 503}), ("rate_limit", {}), ("status", {"status": 401}), ("html", {})):
        fault(connected.sandbox, "token", kind, **more)
        answer = connected.api.post("/auth/sentry/refresh", BODY)
        assert answer.status_code in (429, 502), answer.text
        [connection] = connections(connected)
        assert connection["status"] == "connected" and connection["refreshFailed"], kind
        assert token(connected)["accessToken"] == held
    connected.done(connected.api.post("/auth/sentry/refresh", BODY))
    [connection] = connections(connected)
    assert connection["status"] == "connected" and not connection["refreshFailed"]


def test_an_answer_cut_short_is_not_called_healthy_and_tried_once_more(connected):
    fault(connected.sandbox, "token", "truncate")
    assert connected.api.post("/auth/sentry/refresh", BODY).status_code == 502
    assert connections(connected)[0]["status"] == "expired"
    assert token(connected)["accessToken"], "valid by its expiry: handed out while it is not known to be dead"
    answer = connected.api.post("/auth/sentry/refresh", BODY)
    assert answer.status_code == 409
    assert "the provider had already replaced the token when its answer was lost" in answer.json()["message"]


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
    [key] = connected.api.get("/keys").json()["keys"]
    connected.api.stop()
    connected.api.env["OAUTH_ENCRYPTION_KEYS_LOST"] = key["id"]
    connected.api.env["OAUTH_ENCRYPTION_KEY"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    connected.api.start()
    answer = connected.api.post("/auth/sentry/token", BODY)
    assert answer.status_code == 500 and answer.json()["code"] == "decryption_failed" and "needs the key" in answer.json()["message"]


def test_a_dormant_connection_is_refreshed_in_the_background(start_api, start_sandbox):
    import time

    walk = short_lived(start_api, start_sandbox, 6)
    before = counters(walk.sandbox)["refreshCalls"]
    deadline = time.monotonic() + 30
    while counters(walk.sandbox)["refreshCalls"] < before + 2:  # nobody asks for the token
        assert time.monotonic() < deadline, walk.api.said()
        time.sleep(0.2)
    [connection] = connections(walk)
    assert connection["status"] == "connected" and connection["lastRefreshed"]
    assert counters(walk.sandbox)["refreshReuse"] == 0


class Gate:
    """A provider's front door: while it is shut, token requests are held back and never reach the sandbox. With `answer`, it gives
    them that itself once it is opened."""

    def __init__(self, target):
        import http.server
        import threading
        import urllib.request

        gate = self
        self.shut, self.held, self.opened, self.answer = threading.Event(), threading.Event(), threading.Event(), None

        class Handler(http.server.BaseHTTPRequestHandler):
            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                if gate.shut.is_set() and self.path.startswith("/oauth/token"):
                    gate.held.set()
                    self.close_connection = True
                    if gate.answer is not None:
                        gate.opened.wait(20)
                        self.send_response(200)
                        self.send_header("Content-Type", "application/json")
                        self.end_headers()
                        self.wfile.write(gate.answer)
                        return
                    self.connection.recv(1)  # until the caller is gone
                    return
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length", "connection")}
                request = urllib.request.Request(target + self.path, body, headers, method=self.command)
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)
                try:
                    answer = opener.open(request, timeout=20)
                except urllib.error.HTTPError as error:
                    answer = error
                with answer:
                    data = answer.read()
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

            do_GET = do_POST = forward

            def log_message(self, *args):
                pass

        class NoRedirect(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *args):
                return None

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def refresh_in_background(walk):
    import threading

    import requests

    def ask():
        try:
            walk.api.post("/auth/sentry/refresh", BODY)
        except requests.RequestException:
            pass  # the server is killed under this request

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def statuses_until(walk, last):
    """Those seen until the retry after a stop has told which it is."""
    import time

    seen, deadline = set(), time.monotonic() + 30
    while last not in seen:
        assert time.monotonic() < deadline, seen
        seen.add(connections(walk)[0]["status"])
        time.sleep(0.01)
    return seen


def test_a_kill_after_the_provider_replaced_the_pair_is_said_plainly(connected):
    import time

    before = counters(connected.sandbox)
    fault(connected.sandbox, "token", "latency", ms=1500)
    asking = refresh_in_background(connected)
    time.sleep(0.5)
    connected.api.kill()
    asking.join()
    while counters(connected.sandbox)["refreshCalls"] == before["refreshCalls"]:
        time.sleep(0.1)  # the sandbox replaces the pair for nobody
    connected.api.start()
    assert statuses_until(connected, "reconnect") <= {"expired", "reconnect"}, "not called healthy while it is not known to be"
    for _ in range(3):
        answer = connected.api.post("/auth/sentry/token", BODY)
        assert answer.status_code == 409
        assert "reconnect needed: the provider had already replaced the token when DevFlow stopped" in answer.json()["message"]
    assert connections(connected)[0]["status"] == "reconnect"
    after = counters(connected.sandbox)
    assert after["refreshReuse"] == before["refreshReuse"] + 1, "the old refresh token was tried once more, and only once"


def test_a_kill_before_the_provider_saw_the_request_loses_nothing(walk):
    gate = Gate(walk.sandbox.url)
    try:
        walk.create()
        walk.register(baseUrl=gate.url)
        assert walk.consent(walk.authorize()["startUrl"])[0] == 200
        gate.shut.set()
        asking = refresh_in_background(walk)
        assert gate.held.wait(10)
        walk.api.kill()
        asking.join()
        gate.shut.clear()
        walk.api.start()
        assert statuses_until(walk, "connected") <= {"expired", "connected"}
        assert token(walk)["accessToken"]
        assert counters(walk.sandbox)["refreshReuse"] == 0
    finally:
        gate.close()


def rejecting(walk, refused):
    return walk.api.post("/auth/sentry/token", {**BODY, "rejected": refused})


def test_who_names_a_refused_token_gets_the_newer_from_one_refresh(connected):
    before = counters(connected.sandbox)["refreshCalls"]
    held = token(connected)["accessToken"]
    fault(connected.sandbox, "token", "latency", ms=700)
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: rejecting(connected, held), range(60)))
    assert {answer.status_code for answer in answers} == {200}
    [newer] = {answer.json()["accessToken"] for answer in answers}
    assert newer != held
    assert rejecting(connected, held).json()["accessToken"] == newer, "named after the refresh has landed"
    assert counters(connected.sandbox)["refreshCalls"] == before + 1


def test_the_command_takes_the_refused_token_from_standard_input(connected, cli, tmp_path):
    held = token(connected)["accessToken"]
    (tmp_path / "refused").write_text(held + "\n")
    with open(tmp_path / "refused", encoding="ascii") as refused:
        done = cli("oauth:token", "sentry", "--project", "shop", "--rejected", stdin=refused)
    assert done.returncode == 0 and done.stdout.strip() not in ("", held), done.stderr
    assert done.stdout.strip() == token(connected)["accessToken"]


def test_rubbish_as_rejected_causes_no_refresh_and_the_current_one_only_few(connected):
    before = counters(connected.sandbox)["refreshCalls"]
    held = token(connected)["accessToken"]
    for rubbish in ("rubbish", held + "x", held[:-1], "x" * 10000):
        assert rejecting(connected, rubbish).json()["accessToken"] == held
    assert counters(connected.sandbox)["refreshCalls"] == before
    assert connected.api.post("/auth/sentry/token", {**BODY, "rejected": "x" * 20000}).status_code == 400
    newer = rejecting(connected, held).json()["accessToken"]
    for _ in range(5):
        answer = rejecting(connected, newer)
        assert answer.status_code == 429 and answer.json()["code"] == "token_just_refreshed"
        assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert counters(connected.sandbox)["refreshCalls"] == before + 1


ISSUES, PROXIED = "/integrations/shop/sentry/issues", "/proxy/shop/sentry/api/0/organizations/"


@pytest.mark.parametrize("path, first", [(ISSUES, "latency"), (ISSUES, "rate_limit"), (PROXIED, "latency")])
def test_a_call_whose_token_is_replaced_again_and_again_while_it_waits_is_answered(connected, path, first):
    import time

    for kind in (first, "latency", "latency"):
        fault(connected.sandbox, "api", kind, **({"ms": 1500} if kind == "latency" else {}))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(connected.api.get, path)
        while not asked.done():
            time.sleep(0.5)
            connected.done(connected.api.post("/auth/sentry/refresh", BODY))
    assert asked.result().status_code == 200, asked.result().text


def test_a_valid_token_is_handed_out_while_its_refresh_is_under_way(connected):
    import time

    held = token(connected)["accessToken"]
    fault(connected.sandbox, "token", "latency", ms=4000)
    asking = refresh_in_background(connected)
    time.sleep(0.3)
    assert {token(connected)["accessToken"] for _ in range(20)} == {held}
    assert asking.is_alive()
    asking.join()
    assert token(connected)["accessToken"] != held


def connect_in(walk, project):
    other = Walk(walk.api, walk.sandbox, project)
    other.connect()
    return other


def refresh_of(walk):
    return walk.api.post("/auth/sentry/refresh", {"projectId": walk.project})


def test_an_application_the_provider_does_not_know_is_its_own_fault_and_said_once(connected):
    same, sound = connect_in(connected, "same"), connect_in(connected, "sound")
    for walk in (connected, same):
        walk.register(clientSecret="not the secret")
    before = counters(connected.sandbox)["tokenCalls"]
    answers = [refresh_of(walk) for walk in (connected, same, connected)]
    for answer in answers:
        assert answer.status_code == 400 and answer.json()["code"] == "invalid_client_credentials", answer.text
    assert counters(connected.sandbox)["tokenCalls"] == before + 1, "asked once for both projects"
    assert connected.api.said().count("does not know this application") == 1
    assert refresh_of(sound).ok, "the same client ID with another secret is not affected"
    for walk in (connected, same):
        assert walk.done(walk.api.post("/auth/sentry/token", {"projectId": walk.project}))["accessToken"]
        [connection] = walk.done(walk.api.get(f"/auth/connections?project={walk.project}"))["connections"]
        assert connection["status"] == "connected" and connection["isActive"] and connection["refreshFailed"]
        assert "client ID and secret" in connection["failureReason"]
        assert connection["nextStep"].startswith("devflow oauth:register")
    connected.register()
    assert refresh_of(connected).ok
    assert refresh_of(same).status_code == 400


def test_a_provider_that_limits_the_rate_is_left_alone_until_it_says(connected):
    import time

    other = connect_in(connected, "other")
    fault(connected.sandbox, "token", "rate_limit")
    begun = time.monotonic()
    answer = refresh_of(connected)
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1
    before = counters(connected.sandbox)["refreshCalls"]
    assert refresh_of(other).ok, "waits for it"
    assert time.monotonic() - begun >= 0.9
    assert counters(connected.sandbox)["refreshCalls"] == before + 1
