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
    answer = connected.api.post("/auth/sentry/token", BODY)
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
    connected.api.stop()
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
    """A provider's front door: while it is shut, token requests are held back and never reach the sandbox."""

    def __init__(self, target):
        import http.server
        import threading
        import urllib.request

        gate = self
        self.shut, self.held = threading.Event(), threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                if gate.shut.is_set() and self.path.startswith("/oauth/token"):
                    gate.held.set()
                    self.close_connection = True
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
    assert connections(connected)[0]["status"] == "expired", "not called healthy while it is not known to be"
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
        assert connections(walk)[0]["status"] == "expired"
        assert token(walk)["accessToken"]
        assert connections(walk)[0]["status"] == "connected"
        assert counters(walk.sandbox)["refreshReuse"] == 0
    finally:
        gate.close()
