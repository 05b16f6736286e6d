"""Outgoing webhooks: signed, one for each transition of a connection, none lost by a receiver that is down or a server that is
killed, none invented."""

import base64
import contextlib
import hashlib
import hmac
import json
import queue
import re
import sqlite3
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from conftest import PROGRAM, ROOT, Walk
from faults import Faults
from rotating_provider import RotatingProvider
from test_oauth import fault
from test_one_refresh import Shop

PROJECT = {"projectId": "shop"}


class Receiver:
    """An endpoint that keeps what it takes, and answers what it is told to."""

    def __init__(self):
        self.messages, self.status = queue.Queue(), 204
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.status
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.messages.put((status, dict(self.headers.items()), body))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?source=devflow"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def next(self, status=204):
        answered, headers, body = self.messages.get(timeout=45)
        assert answered == status
        return {name.lower(): value for name, value in headers.items()}, body

    def told(self, n):
        """The next n in the order they happened: each is sent for itself, the second may come first."""
        return sorted((json.loads(self.next()[1]) for _ in range(n)), key=lambda message: message["createdAt"])

    def types(self, n):
        return [message["type"] for message in self.told(n)]

    def is_quiet(self):
        try:
            return not self.messages.get(timeout=0.7)
        except queue.Empty:
            return True


def signature(secret, headers, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def hooked(walk, receiver):
    """The walk with a registered app and a webhook for every event."""
    walk.create()
    walk.register()
    walk.webhook = walk.done(walk.api.post("/projects/shop/webhooks", {"url": receiver.url}), 201)
    return walk


def connect(walk):
    assert walk.consent(walk.authorize()["startUrl"])[0] == 200


def at(walk, more=""):
    return f"/projects/shop/webhooks/{walk.webhook['id']}{more}"


def deliveries(walk):
    return walk.done(walk.api.get(at(walk, "/deliveries")))["deliveries"]


def delivery_that(walk, is_so):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = [one for one in deliveries(walk) if is_so(one)]
        if found:
            return found[0]
        time.sleep(0.02)
    pytest.fail(f"no such delivery: {deliveries(walk)}")


def test_a_message_is_signed_and_says_what_happened(hooked, receiver):
    connect(hooked)
    headers, body = receiver.next()
    message = json.loads(body)
    assert headers["webhook-signature"] == signature(hooked.webhook["secret"], headers, body)
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["webhook-id"] == message["id"] and headers["content-type"] == "application/json"
    [connection] = hooked.done(hooked.api.get("/auth/connections?project=shop"))["connections"]
    assert message == {"id": message["id"], "type": "connection.connected", "createdAt": message["createdAt"],
                       "projectId": "shop", "provider": "SENTRY", "connectionId": connection["id"], "reason": None,
                       "nextStep": None}
    assert delivery_that(hooked, lambda one: one["id"] == message["id"] and one["status"] == "delivered")["attempts"] == 1


def test_each_transition_is_told_once(hooked, receiver):
    connect(hooked)
    hooked.done(hooked.api.post("/auth/sentry/refresh", PROJECT))
    assert receiver.types(2) == ["connection.connected", "connection.refreshed"]
    hooked.register(clientId="another" + "0" * 57)
    _, body = receiver.next()
    lost = json.loads(body)
    assert lost["type"] == "connection.reconnect_needed" and "registered anew" in lost["reason"]
    assert lost["nextStep"] == "devflow oauth:connect sentry --project shop"
    hooked.done(hooked.api.post("/auth/sentry/disconnect", PROJECT))
    assert receiver.types(1) == ["connection.disconnected"]
    assert receiver.is_quiet()


def test_the_next_step_is_the_command_that_works(hooked, receiver):
    """Not oauth:connect alone for what was not connected by it."""
    said = []
    for flow in ("static", "device"):
        connect(hooked)
        hooked.api.stop()
        with sqlite3.connect(hooked.api.database) as db:
            db.execute("UPDATE oauth_apps SET flow_type = ?", (flow,))
        hooked.api.start()
        hooked.done(hooked.api.post("/auth/sentry/disconnect", PROJECT))
        said += [message["nextStep"] for message in receiver.told(2)]
        hooked.register()
    assert said == [None, "devflow oauth:token:set sentry --project shop", None, "devflow oauth:connect sentry --project shop --device"]


def test_the_first_failure_of_a_row_is_told_and_what_mends_it(hooked, receiver):
    connect(hooked)
    fault(hooked.sandbox, "token", "status", status=503, count=2)
    for _ in range(2):
        assert hooked.api.post("/auth/sentry/refresh", PROJECT).status_code >= 500
    assert receiver.types(2) == ["connection.connected", "connection.failing"]
    assert receiver.is_quiet()
    hooked.done(hooked.api.post("/auth/sentry/refresh", PROJECT))
    assert receiver.types(1) == ["connection.refreshed"]


def test_waiting_for_its_turn_at_the_provider_is_no_failure(hooked, receiver):
    connect(hooked)
    hooked.done(hooked.api.post("/auth/sentry/refresh", PROJECT))
    assert receiver.types(2) == ["connection.connected", "connection.refreshed"]
    hooked.api.stop()
    with sqlite3.connect(hooked.api.database) as db:
        assert db.execute("UPDATE pace SET next_ms = ?", (int((time.time() + 60) * 1000),)).rowcount
    hooked.api.start()
    assert "only so many token requests at once" in hooked.api.post("/auth/sentry/refresh", PROJECT).text
    assert receiver.is_quiet()
    [connection] = hooked.done(hooked.api.get("/auth/connections?project=shop"))["connections"]
    assert connection["status"] == "connected" and connection["refreshFailed"] is False


def test_a_deleted_project_is_still_told(hooked, receiver):
    connect(hooked)
    assert receiver.types(1) == ["connection.connected"]
    assert hooked.api.request("DELETE", "/projects/shop").status_code == 204
    headers, body = receiver.next()
    assert json.loads(body)["type"] == "connection.disconnected"
    assert headers["webhook-signature"] == signature(hooked.webhook["secret"], headers, body)


def test_only_the_wanted_events_of_the_project_are_told(hooked, receiver):
    assert hooked.api.request("DELETE", at(hooked)).status_code == 204
    hooked.done(hooked.api.post("/projects/shop/webhooks", {"url": receiver.url, "events": ["connection.refreshed"]}), 201)
    other = Walk(hooked.api, hooked.sandbox, "other")
    other.connect()
    connect(hooked)
    hooked.done(hooked.api.post("/auth/sentry/refresh", PROJECT))
    assert receiver.types(1) == ["connection.refreshed"]
    assert receiver.is_quiet()


def test_a_receiver_that_fails_gets_the_same_message_again(hooked, receiver):
    receiver.status = 500
    connect(hooked)
    first = json.loads(receiver.next(500)[1])["id"]
    waiting = delivery_that(hooked, lambda one: one["attempts"] == 1)
    assert waiting["status"] == "pending" and waiting["nextAttemptAt"] and waiting["error"] == "the endpoint answered 500"
    receiver.status = 200
    hooked.done(hooked.api.post(at(hooked, f"/deliveries/{first}/retry"), None), 202)
    assert json.loads(receiver.next(200)[1])["id"] == first


def test_it_is_tried_again_by_itself(hooked, receiver):
    receiver.status = 503
    connect(hooked)
    first, sent = receiver.next(503)
    receiver.status = 204
    second, again = receiver.next()  # about five seconds later
    assert first["webhook-id"] == second["webhook-id"] and json.loads(sent) == json.loads(again)


def test_gone_switches_the_endpoint_off_and_rotating_on_again(hooked, receiver):
    receiver.status = 410
    connect(hooked)
    receiver.next(410)
    assert delivery_that(hooked, lambda one: one["status"] == "given_up")["nextAttemptAt"] is None
    [webhook] = hooked.done(hooked.api.get("/projects/shop/webhooks"))["webhooks"]
    assert webhook["isActive"] is False and "410" in webhook["disabledReason"]
    receiver.status = 204
    hooked.done(hooked.api.post("/auth/sentry/refresh", PROJECT))
    assert receiver.is_quiet()
    assert hooked.done(hooked.api.post(at(hooked, "/rotate"), None))["isActive"] is True
    hooked.done(hooked.api.post("/auth/sentry/refresh", PROJECT))
    assert receiver.types(1) == ["connection.refreshed"]


def test_after_a_rotation_both_secrets_verify(hooked, receiver):
    new = hooked.done(hooked.api.post(at(hooked, "/rotate"), None))["secret"]
    hooked.done(hooked.api.post(at(hooked, "/test"), None), 202)
    headers, body = receiver.next()
    assert headers["webhook-signature"].split(" ") == [signature(new, headers, body),
                                                       signature(hooked.webhook["secret"], headers, body)]
    assert json.loads(body)["type"] == "webhook.test"


def test_what_was_committed_is_delivered_after_a_kill(hooked, receiver):
    receiver.status = 503
    connect(hooked)
    first = receiver.next(503)[0]["webhook-id"]
    hooked.api.kill()
    receiver.status = 204
    hooked.api.start()
    assert receiver.next()[0]["webhook-id"] == first


def waiting_in(database):
    """Committed, and not yet known to be delivered."""
    with contextlib.closing(sqlite3.connect(database)) as db:
        return {id for (id,) in db.execute("SELECT id FROM outbox WHERE due_ms > 0")}


def test_a_kill_between_the_commit_and_the_first_attempt(start_api, receiver, tmp_path):
    """When the first byte of the first attempt is about to be sent, and at the steps before: the next process tells it."""
    faults, later_s = Faults(tmp_path, PROGRAM), 0
    with contextlib.closing(RotatingProvider(grace_s=3600, ttl_s=30 * 86400)) as provider:
        shop = Shop(start_api(faults.env()), provider)
        shop.connect()
        shop.done(shop.api.post("/projects/shop/webhooks", {"url": receiver.url}), 201)
        faults.arm()
        assert shop.refresh().ok and receiver.next()
        port = receiver.server.server_port
        first_attempt = next(i for i, step in enumerate(faults.steps, 1) if step.endswith(f" {port}"))
        for kill_at in [0, *range(max(1, first_attempt - 4), first_attempt)]:
            faults.arm(kill_at, port)
            with contextlib.suppress(requests.RequestException):
                shop.refresh()
            shop.api.process.wait(30)
            faults.disarm()
            shop.api.kill()
            assert receiver.messages.empty()
            waiting = waiting_in(shop.api.database)
            assert len(waiting) == 1 or kill_at, "what is about to be sent is not stored"
            later_s += 61  # what the killed one had claimed is free again
            faults.clock_ahead(later_s)
            shop.api.start()
            assert shop.refresh().ok
            told, deadline = {receiver.next()[0]["webhook-id"]}, time.monotonic() + 45
            while not waiting <= told and time.monotonic() < deadline:
                told.add(receiver.next()[0]["webhook-id"])
            assert waiting <= told, faults.steps
            while not receiver.is_quiet():
                continue


def test_secrets_stay_inside(hooked, receiver):
    connect(hooked)
    receiver.next()
    secret = hooked.webhook["secret"]
    assert secret not in hooked.api.said() and secret not in hooked.api.get("/projects/shop/webhooks").text
    hooked.api.stop()
    assert secret.removeprefix("whsec_").encode() not in b"".join(path.read_bytes() for path in hooked.api.folder.glob("devflow.db*"))


@pytest.mark.parametrize("url", ["http://example.com/hook", "https://user:pass@example.com/", "ftp://example.com/", "example.com",
                                 "https://example.com/#part"])
def test_urls_that_are_refused(hooked, url):
    answer = hooked.api.post("/projects/shop/webhooks", {"url": url})
    assert answer.status_code == 400 and answer.json()["code"] == "invalid_request"


def test_refusals_name_what_is_wrong(hooked, receiver):
    answer = hooked.api.post("/projects/shop/webhooks", {"url": receiver.url, "events": ["connection.sold"]})
    assert answer.status_code == 400 and "connection.sold is no event" in answer.json()["message"]
    assert hooked.api.post("/projects/none/webhooks", {"url": receiver.url}).json()["code"] == "project_not_found"
    assert hooked.api.get("/projects/shop/webhooks/wh_none/deliveries").json()["code"] == "webhook_not_found"
    for _ in range(9):
        hooked.done(hooked.api.post("/projects/shop/webhooks", {"url": receiver.url}), 201)
    assert "at most 10" in hooked.api.post("/projects/shop/webhooks", {"url": receiver.url}).json()["message"]


def test_the_commands(hooked, receiver, cli):
    added = cli("webhook:add", receiver.url, "--project", "shop", "--events", "connection.connected,connection.failing")
    assert added.returncode == 0, added.stderr
    webhook, secret = re.search(r"(wh_\w+)\n.*(whsec_\S+)", added.stdout).groups()
    assert webhook in cli("webhook:list", "--project", "shop").stdout
    sent = cli("webhook:test", webhook, "--project", "shop", "--json")
    headers, body = receiver.next()
    assert headers["webhook-id"] == json.loads(sent.stdout)["deliveryId"]
    assert headers["webhook-signature"] == signature(secret, headers, body)
    assert "webhook.test" in cli("webhook:deliveries", webhook, "--project", "shop").stdout
    assert cli("webhook:retry", webhook, headers["webhook-id"], "--project", "shop").returncode == 0
    assert receiver.next()[0]["webhook-id"] == headers["webhook-id"]
    assert "whsec_" in cli("webhook:rotate", webhook, "--project", "shop").stdout
    assert cli("webhook:remove", webhook, "--project", "shop", "--yes").returncode == 0
    assert cli("webhook:deliveries", webhook, "--project", "shop").returncode == 4


def test_the_documents_way_to_verify_verifies(hooked, receiver, tmp_path):
    connect(hooked)
    headers, body = receiver.next()
    page = (ROOT / "docs" / "webhooks.md").read_text()
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    scope = {}
    exec(code, scope)  # noqa: S102, the project's own page
    assert scope["verified"](hooked.webhook["secret"], headers, body)
    assert not scope["verified"](hooked.webhook["secret"], headers, body + b" ")
    import os
    import subprocess

    node = re.search(r"```js\n(.*?)```", page, re.DOTALL)[1]
    script = tmp_path / "verify.js"
    script.write_text(node + "\nconst [secret, headers, body] = JSON.parse(require('node:fs').readFileSync(0));\n"
                             "process.exit(verified(secret, headers, Buffer.from(body, 'base64')) ? 0 : 1);\n")
    for text, code in ((body, 0), (body + b" ", 1)):
        given = json.dumps([hooked.webhook["secret"], headers, base64.b64encode(text).decode()])
        assert subprocess.run(["node", script], input=given, text=True, env=os.environ, check=False, timeout=30).returncode == code


def test_a_private_address_is_not_called(start_api):
    api = start_api()
    api.post("/projects", {"id": "shop", "name": "shop"})
    webhook = Walk.done(api.post("/projects/shop/webhooks", {"url": "https://10.1.2.3/hook"}), 201)
    walk = Walk(api, None)
    walk.webhook = webhook
    Walk.done(api.post(at(walk, "/test"), None), 202)
    assert "WEBHOOKS_ALLOW_PRIVATE" in delivery_that(walk, lambda one: one["attempts"] == 1)["error"]


def test_two_nodes_deliver_each_message_once_at_the_databases_time(start_api, start_sandbox, postgres, receiver, tmp_path):
    faults = Faults(tmp_path, PROGRAM)
    faults.clock_ahead(600)
    ahead = start_api({**postgres.settings, **faults.env()})
    start_api({**postgres.settings, "OAUTH_ENCRYPTION_KEY": ahead.env["OAUTH_ENCRYPTION_KEY"]})
    walk = Walk(ahead, start_sandbox(ahead.redirect_uri))
    walk.create()
    walk.register()
    walk.done(ahead.post("/projects/shop/webhooks", {"url": receiver.url}), 201)
    connect(walk)
    for _ in range(5):
        walk.done(ahead.post("/auth/sentry/refresh", PROJECT))
    walk.done(ahead.post("/auth/sentry/disconnect", PROJECT))
    told = receiver.told(7)
    assert len({message["id"] for message in told}) == 7
    assert sorted(message["type"].split(".")[1] for message in told) == ["connected", "disconnected", *["refreshed"] * 5]
    [[off]] = postgres.query("SELECT max(abs(created_ms - extract(epoch FROM clock_timestamp()) * 1000))::int8 FROM outbox")
    assert int(off) < 60000
    assert receiver.is_quiet()
