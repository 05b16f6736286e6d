"""What Sentry sends: taken when it is signed, kept once, refused in clear words, on disk before the answer."""

import concurrent.futures
import json
import sqlite3
import time

import marks
import pytest
from sentry_sender import Sender, alert, issue
from test_keys import new_key, restart, rotated

SECRET = "a5ec4e75" * 8


@pytest.fixture
def hooked(api):
    marks.note(SECRET)
    api.post("/projects", {"id": "shop", "name": "shop"})
    answer = api.request("PUT", "/projects/shop/sentry/webhook", json={"secret": SECRET})
    assert answer.status_code == 200 and answer.json()["secretSet"], answer.text
    assert answer.json()["url"] == f"{api.url}/webhooks/sentry/shop"
    api.sender = Sender(api, "shop", SECRET)
    return api


def messages(api):
    return api.get("/projects/shop/sentry/messages").json()["messages"]


def code(answer):
    return answer.status_code, answer.json().get("code")


def test_every_resource_is_kept(hooked):
    bodies = {"issue": issue(), "event_alert": alert(), "error": {"action": "created", "data": {"error": {"issue_id": "7"}}},
              "metric_alert": {"action": "critical", "data": {"metric_alert": {}}}, "comment": {"action": "created", "data": {"issue_id": 8}},
              "installation": {"action": "created", "data": {"installation": {"code": "secret"}}}, "seer": {"action": "new", "data": None}}
    for resource, body in bodies.items():
        answer = hooked.sender.send(resource, body)
        assert answer.status_code == 200 and not answer.json()["duplicate"], answer.text
    kept = {m["resource"]: m for m in messages(hooked)}
    assert kept.keys() == bodies.keys()
    assert [kept[r]["issue"] for r in ("issue", "event_alert", "error", "comment", "seer")] == ["1170820242", "1117540176", "7", "8", None]
    assert kept["issue"]["action"] == "created" and kept["event_alert"]["action"] == "triggered"


def test_a_message_is_kept_once(hooked):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = [a.json() for a in pool.map(lambda _: hooked.sender.send("issue", issue(), request_id="one"), range(16))]
    assert len({a["id"] for a in answers}) == 1 and [a["duplicate"] for a in answers].count(False) == 1
    assert len(messages(hooked)) == 1
    assert not hooked.sender.send("issue", issue(), request_id="two").json()["duplicate"]
    unnamed = [hooked.sender.send("issue", issue(), **{"Request-ID": None}).json() for _ in range(2)]  # the body stands for it
    assert [a["duplicate"] for a in unnamed] == [False, True]


def test_what_is_refused_says_why(hooked):
    hooked.post("/projects", {"id": "other", "name": "other"})
    send = hooked.sender.send
    assert code(send("issue", issue(), secret="wrong")) == (403, "invalid_signature")
    assert code(send("issue", issue(), **{"Sentry-Hook-Signature": None})) == (403, "invalid_signature")
    assert code(send("issue", b'{"action":', )) == (400, "malformed_json")
    assert code(send("issue", b"[]")) == (400, "invalid_request")
    assert code(send("issue", issue(), **{"Sentry-Hook-Resource": None})) == (400, "invalid_request")
    assert code(send("issue", json.dumps(issue(title="x" * (1 << 20))).encode())) == (413, "body_too_large")
    said = set()
    for project, secret in (("other", SECRET), ("never", SECRET), ("shop", "wrong")):
        answer = Sender(hooked, project, secret).send("issue", issue())
        assert code(answer) == (403, "invalid_signature") and "webhooks:secret" in answer.json()["message"]
        said.add(answer.json()["message"])
    assert len(said) == 1, "nobody learns here which projects there are"
    assert not messages(hooked)


def test_what_pythons_json_writes_is_taken(hooked):
    body = json.dumps(alert(extra={"nan": float("nan"), "half": "\ud800"})).encode()
    assert hooked.sender.send("event_alert", body).status_code == 200


def test_a_signature_is_over_the_bytes_as_they_were_sent(hooked):
    assert hooked.sender.send("issue", b'{ "action":"created" ,\r\n "data":{"issue":{"id":"1e0","x":"\\u0041"}}}').status_code == 200


def test_refusals_are_limited_and_in_the_audit_log_and_what_is_signed_is_not(start_api):
    api = start_api({"RATE_LIMIT_OAUTH": "5/minute", "RATE_LIMIT": "20/minute"})
    api.post("/projects", {"id": "shop", "name": "shop"})
    api.request("PUT", "/projects/shop/sentry/webhook", json={"secret": SECRET})
    sender = Sender(api, "shop", SECRET)
    assert {sender.send("issue", issue()).status_code for _ in range(40)} == {200}
    answers = [sender.send("issue", issue(), secret="wrong") for _ in range(8)]
    assert [a.status_code for a in answers][:5] == [403] * 5 and answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert sender.send("issue", issue()).status_code == 200
    assert api.stop() == 0  # counts are written
    rows = [json.loads(line) for line in api.devflow("audit:export").stdout.splitlines()]
    counted = {(r["action"], r["result"]): r for r in rows}
    assert counted["hook.received", "ok"]["count"] == 41 and counted["hook.received", "ok"]["actor"].startswith("sentry@")
    assert counted["hook.refused", "invalid_signature"]["count"] == 8
    assert ("hook.secret", "ok") in counted


def test_what_was_answered_is_on_disk(hooked):
    for i in range(20):
        assert hooked.sender.send("issue", issue(), request_id=f"r{i}").status_code == 200
    hooked.kill()
    hooked.start()
    assert len(messages(hooked)) == 20
    assert hooked.sender.send("issue", issue(), request_id="r7").json()["duplicate"]


def test_the_secret_is_sealed_and_goes_along_with_a_rotation(hooked):
    old, new = hooked.env["OAUTH_ENCRYPTION_KEY"], new_key()
    assert hooked.sender.send("issue", issue()).status_code == 200
    restart(hooked, new, old)
    assert hooked.post("/keys/rotate", {}).status_code == 202 and rotated(hooked)["state"] == "done"
    restart(hooked, new)
    assert hooked.sender.send("issue", issue()).status_code == 200
    hooked.stop()
    with sqlite3.connect(hooked.database) as db:
        [[sealed]] = db.execute("SELECT secret FROM hook_secrets")
    assert not marks.found_in(bytes(sealed))


def test_the_commands(hooked, cli):
    done = cli("webhooks:secret", "--project", "shop", stdin=None, input="b" * 64 + "\n")
    assert done.returncode == 0 and "/webhooks/sentry/shop" in done.stdout and "bbbb" not in done.stdout, done.stderr
    assert code(hooked.sender.send("issue", issue())) == (403, "invalid_signature")
    assert hooked.sender.send("issue", issue(), secret="b" * 64).status_code == 200
    shown = cli("webhooks:received", "--project", "shop")
    assert shown.returncode == 0 and "issue.created" in shown.stdout and "1170820242" in shown.stdout
    [message] = json.loads(cli("webhooks:received", "--project", "shop", "--json").stdout)["messages"]
    assert cli("webhooks:retry", message["id"], "--project", "shop").returncode == 0
    assert cli("webhooks:retry", "in_none", "--project", "shop").returncode == 4
    assert cli("webhooks:secret", "--project", "shop", stdin=None, input="").returncode == 2
    assert cli("webhooks:secret", "--project", "shop", "--remove").returncode == 0
    assert hooked.sender.send("issue", issue(), secret="b" * 64).status_code == 403
    assert cli("webhooks:secret", "--project", "shop", "--remove").returncode == 4


def test_on_postgresql(start_api, postgres):
    api = start_api(postgres.settings)
    api.post("/projects", {"id": "shop", "name": "shop"})
    api.request("PUT", "/projects/shop/sentry/webhook", json={"secret": SECRET})
    sender = Sender(api, "shop", SECRET)
    began = time.monotonic()
    assert {sender.send("event_alert", alert(), request_id=f"r{i % 5}").status_code for i in range(10)} == {200}
    assert time.monotonic() - began < 30 and len(messages(api)) == 5
