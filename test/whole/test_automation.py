"""From Sentry's webhook, a rule or the time to a stored context: the sandbox sends, DevFlow starts workflows, each once."""

import json
import sqlite3
import time
import uuid

import pytest
import requests
from sentry_sender import Sender, alert, issue
from test_openapi import send_event

SECRET = "a5ec4e75" * 8


def eventually(what, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.05)


def messages(api, n=0):
    """All of them, once there are n and each has ended."""
    def ended():
        found = api.get("/projects/shop/sentry/messages").json()["messages"]
        return len(found) >= n and all(m["status"] != "pending" for m in found) and found
    return eventually(ended)


def runs(api, n=0):
    def there():
        found = api.get("/projects/shop/workflows").json()["workflows"]
        return len(found) >= n and all(w["status"] != "running" for w in found) and found
    return eventually(there) if n else api.get("/projects/shop/workflows").json()["workflows"]


def control(sandbox, path, body):
    requests.post(f"{sandbox.url}/_sandbox/{path}", json=body, timeout=10).raise_for_status()


@pytest.fixture
def automated(connected):
    """A connected project whose Sentry sends its webhooks here."""
    secret = connected.sandbox.printed["webhookSecret"]
    connected.done(connected.api.request("PUT", "/projects/shop/sentry/webhook", json={"secret": secret}))
    control(connected.sandbox, "webhook", {"url": f"{connected.api.url}/webhooks/sentry/shop", "secret": secret})
    connected.sender = Sender(connected.api, "shop", secret)
    return connected


def rules(walk, *all_of_them):
    walk.done(walk.api.request("PUT", "/projects/shop/rules", json={"rules": [
        {"name": name, "when": when, "do": {"workflow": "sentry-context"}} for name, when in all_of_them]}))


def test_an_error_becomes_a_stored_context(automated):
    api = automated.api
    send_event(automated.sandbox)
    kept = messages(api, 2)
    assert {(m["resource"], m["action"], m["status"]) for m in kept} == {("issue", "created", "started"), ("event_alert", "triggered", "started")}
    done = runs(api, 2)
    assert {w["status"] for w in done} == {"completed"} and {w["name"] for w in done} == {"sentry-context"}
    assert {m["outcome"] for m in kept} == {w["id"] for w in done}
    [stored] = api.get("/projects/shop/contexts").json()["contexts"]
    assert "CheckoutError" in api.get(f"/projects/shop/contexts/{stored['issue']}").text


def test_what_goes_wrong_on_the_way_starts_nothing_twice(automated):
    control(automated.sandbox, "faults", {"on": "webhook", "kind": "drop_after", "count": 2})
    send_event(automated.sandbox)
    eventually(lambda: requests.get(f"{automated.sandbox.url}/_sandbox/stats", timeout=10).json()["webhooksTaken"] == 4)
    assert len(messages(automated.api, 2)) == 2 and len(runs(automated.api, 2)) == 2
    for kind in ("truncate", "empty"):
        control(automated.sandbox, "faults", {"on": "webhook", "kind": kind, "count": 2})
        send_event(automated.sandbox, {"exception": {"values": [{"type": kind, "value": "x"}]}, "fingerprint": [kind]})
    automated.sender.send("comment", {"action": "created", "data": {"issue_id": "1"}})
    assert len(messages(automated.api, 3)) == 3 and len(runs(automated.api)) == 2
    [message] = [m for m in messages(automated.api) if m["resource"] == "comment"]
    assert message["status"] == "ignored" and "no rule" in message["outcome"]
    started = [m for m in messages(automated.api) if m["status"] == "started"][0]
    automated.api.post(f"/projects/shop/sentry/messages/{started['id']}/retry", {})
    eventually(lambda: messages(automated.api)[0]["attempts"])
    assert len(runs(automated.api)) == 2, "a message that is looked at again starts what it started"


def test_rules_say_which_issues(automated):
    rules(automated, ("production", {"environment": ["prod*"]}), ("fatal", {"level": ["fatal"]}), ("new", {"is": ["new"], "usersOver": 0}),
          ("many users", {"usersOver": 1}), ("found", {"query": "tenant:acme"}), ("not found", {"query": "tenant:other"}),
          ("release", {"release": ["shop@1.*", "x"], "level": ["error"]}), ("staging", {"environment": ["staging"]}))
    send_event(automated.sandbox)
    kept = messages(automated.api, 2)
    assert {m["status"] for m in kept} == {"started"}
    done = runs(automated.api, 8)
    for message in kept:
        ids = message["outcome"].split(", ")
        shown = [automated.api.get(f"/projects/shop/workflows/{one}").json() for one in ids]
        assert {one["input"]["rule"] for one in shown} == {"production", "new", "found", "release"}, message
        assert {one["input"]["trigger"] for one in shown} == {f"{message['resource']}.{message['action']}"}
    assert len(done) == 8 and {w["status"] for w in done} == {"completed"}


def test_rules_tell_new_regressed_and_escalating_apart(automated):
    send_event(automated.sandbox)
    messages(automated.api, 2)
    runs(automated.api, 2)
    issue_id = automated.api.get("/integrations/shop/sentry/issues?limit=5&query=").json()["issues"][0]["id"]
    rules(automated, *((state, {"is": [state]}) for state in ("new", "regressed", "escalating")), ("either", {"is": ["regressed", "escalating"]}))
    expected = {"new": ["new"], "regressed": ["either", "regressed"], "escalating": ["either", "escalating"], "ongoing": []}
    for state in expected:
        body = issue("created" if state == "new" else "unresolved", id=issue_id, substatus=state)
        assert automated.sender.send("issue", body, request_id=state).status_code == 200
    kept = messages(automated.api, 6)[:4]  # the newest first
    runs(automated.api, 7)
    for message, (state, names) in zip(reversed(kept), expected.items(), strict=True):
        ids = message["outcome"].split(", ") if message["status"] == "started" else []
        found = [automated.api.get(f"/projects/shop/workflows/{one}").json()["input"]["rule"] for one in ids]
        assert sorted(found) == names, (state, message)


def test_what_rules_would_have_done(automated, cli, tmp_path):
    send_event(automated.sandbox)
    send_event(automated.sandbox, {"level": "warning", "environment": "staging", "fingerprint": ["two"], "message": "slow",
                                   "exception": {"values": [{"type": "SlowError", "value": "x"}]}})
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"rules": [
        {"name": "staging", "when": {"environment": ["staging"]}, "do": {"workflow": "sentry-context"}},
        {"name": "errors", "when": {"level": ["error"], "is": ["new"]}, "do": {"workflow": "sentry-context"}},
        {"name": "nobody", "when": {"usersOver": 1000}, "do": {"workflow": "sentry-context"}}]}))
    messages(automated.api, 4)
    before = len(runs(automated.api, 4))
    done = cli("rules:test", str(file), "--project", "shop", "--json")
    assert done.returncode == 0, done.stderr
    tested = {r["name"]: [i["title"] for i in r["issues"]] for r in json.loads(done.stdout)["rules"]}
    assert tested.keys() == {"staging", "errors", "nobody"} and not tested["nobody"]
    assert ["SlowError" in t for t in tested["staging"]] == [True] and ["CheckoutError" in t for t in tested["errors"]] == [True]
    text = cli("rules:test", str(file), "--project", "shop").stdout
    assert "staging -> sentry-context: 1" in text and "nobody -> sentry-context: 0" in text
    assert "every alert -> sentry-context: 2" in cli("rules:test", "--project", "shop").stdout
    assert len(runs(automated.api)) == before, "nothing is started"
    assert "every alert starts" in cli("rules:show", "--project", "shop").stdout
    assert cli("rules:set", str(file), "--project", "shop").returncode == 0
    assert "level error" in cli("rules:show", "--project", "shop").stdout
    file.write_text('{"rules":[{"name":"a","do":{"workflow":"none"}}]}')
    refused = cli("rules:set", str(file), "--project", "shop")
    assert refused.returncode == 2 and "sentry-context" in refused.stderr


def test_messages_survive_kills(automated):
    """Killed while it dispatches, again and again: each message starts its workflow once."""
    api = automated.api
    send_event(automated.sandbox)
    messages(api, 2)
    issue_id = api.get("/integrations/shop/sentry/issues?limit=5&query=").json()["issues"][0]["id"]
    for i in range(4):
        for k in range(10):
            assert automated.sender.send("event_alert", alert(issue_id, event_id=uuid.uuid4().hex), request_id=f"{i}-{k}").status_code == 200
        api.kill()
        api.start()
    kept = messages(api, 42)
    assert len(kept) == 42 and {m["status"] for m in kept} == {"started"}
    done = runs(api, 42)
    assert len({m["outcome"] for m in kept}) == 42 == len(done) and {w["status"] for w in done} == {"completed"}


def test_a_schedule_starts_each_time_once_over_many_nodes(start_api, postgres, cli):
    first = start_api(postgres.settings)
    second = start_api({**postgres.settings, "OAUTH_ENCRYPTION_KEY": first.env["OAUTH_ENCRYPTION_KEY"]})
    first.post("/projects", {"id": "shop", "name": "shop"})
    env = {"DEVFLOW_API_URL": first.url, "DEVFLOW_API_KEY": first.local_key}
    done = cli("schedule:set", "daily", "--cron", "0 3 * * *", "--workflow", "sentry-context", "--input", '{"issue":"1"}', "--project", "shop", env=env)
    assert done.returncode == 0, done.stderr
    for missed in range(1, 4):  # as after a downtime of as many days: the last time is made up for, the others are not
        postgres.query(f"UPDATE schedules SET slot_ms = slot_ms - {missed} * 86400000, due_ms = due_ms - {missed} * 86400000")
        eventually(lambda n=missed: int(postgres.query("SELECT count(*) FROM schedules WHERE due_ms > extract(epoch from now()) * 1000")[0][0]) == 1)
        eventually(lambda: int(postgres.query("SELECT count(*) FROM inbox WHERE due_ms > 0")[0][0]) == 0)
        if missed == 1:  # what is the slot that was made up for is gone: the next round is the same slot, and starts nothing new
            [[slot]] = postgres.query("SELECT id FROM workflow_runs")
    found = [w["id"] for w in first.get("/projects/shop/workflows").json()["workflows"]]
    assert found == [slot] and slot.startswith("sentry-context:shop:daily:20") and slot.endswith("T030000Z")
    assert int(postgres.query("SELECT count(*) FROM inbox")[0][0]) == 1
    listed = cli("schedule:list", "--project", "shop", "--json", env=env)
    assert json.loads(listed.stdout)["schedules"][0]["lastAt"]
    assert second.get("/projects/shop/workflows/" + slot).status_code == 200
    assert cli("schedule:remove", "daily", "--project", "shop", env=env).returncode == 0


def test_a_schedule_looks_by_the_rules_where_no_webhooks_come(connected):
    api = connected.api
    rules(connected, ("errors", {"level": ["error"]}))
    api.request("PUT", "/projects/shop/schedules/often", json={"cron": "0 3 * * *"})
    send_event(connected.sandbox)
    send_event(connected.sandbox, {"level": "info", "fingerprint": ["two"], "exception": {"values": [{"type": "Other", "value": "x"}]}})
    with sqlite3.connect(api.database, timeout=30) as db:
        db.execute("UPDATE schedules SET slot_ms = slot_ms - 86400000, due_ms = due_ms - 86400000")
    db.close()
    [run] = runs(api, 1)
    assert run["id"].startswith("sentry-context:shop:") and ":new:" in run["id"] and run["status"] == "completed"
    [message] = messages(api, 1)
    assert (message["resource"], message["action"], message["status"]) == ("schedule", "often", "started")


def test_what_a_schedule_may_not_be(connected, cli):
    api = connected.api
    for name, body in (("x", {"cron": "61 * * * *"}), ("x", {"cron": "0 0 31 2 *"}), ("X y", {"cron": "* * * * *"}),
                       ("x", {"cron": "* * * * *", "jitterSeconds": 4000}), ("x", {"cron": "* * * * *", "workflow": "none"}),
                       ("x", {"cron": "* * * * *", "workflow": "sentry-context", "input": "[]"}), ("x", {"cron": "* * * * *", "input": "{}"})):
        answer = api.request("PUT", f"/projects/shop/schedules/{name}", json=body)
        assert answer.status_code == 400, body
    assert "No schedules" in cli("schedule:list", "--project", "shop").stdout
    assert cli("schedule:set", "a", "--cron", "0 3 * * mon", "--jitter", "60", "--project", "shop").returncode == 0
    assert "by the rules" in cli("schedule:list", "--project", "shop").stdout
    assert cli("schedule:remove", "a", "--project", "shop").returncode == 0
    assert cli("schedule:remove", "a", "--project", "shop").returncode == 4


def test_a_message_about_an_issue_that_is_gone_is_given_up(automated):
    rules(automated, ("new", {"is": ["new"]}))
    automated.sender.send("event_alert", alert("999999"))
    [message] = messages(automated.api, 1)
    assert message["status"] == "given_up" and message["outcome"]
    automated.sender.send("issue", issue(id="999999", substatus="ongoing"))
    assert {m["status"] for m in messages(automated.api, 2)} == {"given_up", "ignored"}
