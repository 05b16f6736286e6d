"""Every operation of docs/openapi.json, asked of the running program: each answer is as described, and none is left out."""
import time
import uuid

import openapi
import pytest
import requests
from conftest import CLIENT_ID, CLIENT_SECRET
from linear_world import Linear
from sentry_sender import Sender

EVENT = {
    "platform": "python", "level": "error", "environment": "production", "release": "shop@1.2.3", "server_name": "web-1",
    "message": "checkout failed", "transaction": "checkout", "user": {"id": "7", "email": "ann@example.com"},
    "tags": {"tenant": "acme"}, "extra": {"cart": [1, {"deep": None}]}, "contexts": {"runtime": {"name": "CPython"}},
    "request": {"method": "POST", "url": "https://shop.example/pay", "query_string": "a=1&a=2", "headers": [["Accept", "*/*"]],
                "cookies": {"session": "abc"}, "data": {"card": "4111111111111111"}},
    "breadcrumbs": {"values": [{"timestamp": 1700000000.5, "category": "db", "message": "SELECT 1", "data": {"ms": 3}}]},
    "exception": {"values": [
        {"type": "KeyError", "value": "'price'", "mechanism": {"type": "chained", "handled": False},
         "stacktrace": {"frames": [{"function": "price_of", "filename": "shop.py", "lineno": 12, "in_app": True,
                                    "pre_context": ["def price_of(item):"], "context_line": "    return item['price']",
                                    "post_context": [""], "vars": {"item": {"name": "'tea'"}}}]}},
        {"type": "CheckoutError", "value": "no price", "stacktrace": {"frames": [{"function": "pay", "filename": "shop.py"}]}}]},
}


class Client:
    """Asks the API, holds each answer to the document, and notes which operations it has seen answered well."""

    def __init__(self, api):
        self.api, self.seen = api, set()

    def ask(self, method, path, body=None, status=200):
        answer = self.api.request(method, path, **({} if body is None else {"json": body}))
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        assert answer.status_code == status, answer.text
        openapi.check(method, path, status, kind, answer.text)
        if status < 400:
            self.seen.add(openapi.item_of(path.split("?")[0])[method.lower()]["operationId"])
        return answer.json() if kind == "application/json" else answer


@pytest.fixture
def client(api):
    return Client(api)


def send_event(sandbox, changes=None):
    """As an SDK does, by the DSN."""
    scheme, rest = sandbox.dsn.split("://")
    key, place = rest.split("@")
    host, project = place.rsplit("/", 1)
    url = f"{scheme}://{host}/api/{project}/store/"
    requests.post(url, json={"event_id": uuid.uuid4().hex, **EVENT, **(changes or {})}, headers={"X-Sentry-Auth": f"Sentry sentry_key={key}"},
                  timeout=10).raise_for_status()


def walk_projects(client):
    client.ask("POST", "/projects", {"name": "Shop", "id": "shop"}, 201)
    client.ask("GET", "/projects")
    client.ask("GET", "/projects/shop")
    client.ask("PUT", "/projects/shop", {"description": "sells tea", "repository": "https://example.com/shop"})


def walk_oauth(client, walk):
    client.ask("POST", "/auth/apps/register", {
        "projectId": "shop", "provider": "SENTRY", "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET,
        "redirectUri": walk.api.redirect_uri, "baseUrl": walk.sandbox.url})
    client.ask("GET", "/auth/apps?project=shop")
    asked = client.ask("POST", "/auth/sentry/authorize", {"projectId": "shop"})
    client.ask("GET", f"/auth/sentry/start?flow={asked['flowId']}", status=302)
    client.ask("GET", "/auth/sentry/callback?code=x&state=y", status=400)
    again = client.ask("POST", "/auth/sentry/authorize", {"projectId": "shop"})
    status, at, page = walk.consent(again["authUrl"])
    assert status == 200, page
    assert at.startswith(walk.api.redirect_uri)
    client.seen.add("handleCallback")
    assert client.ask("GET", f"/auth/sentry/flows/{again['flowId']}")["status"] == "completed"


def walk_other_ways(client, walk):
    """Other ways to connect: by a device, by a token that is there already."""
    client.ask("GET", "/providers")
    flow = client.ask("POST", "/auth/sentry/device/initiate", {"projectId": "shop"})
    assert client.ask("POST", "/auth/sentry/device/poll", {"flowId": flow["flowId"]})["status"] == "pending"
    token = client.ask("POST", "/auth/sentry/token", {"projectId": "shop"})["accessToken"]
    client.ask("POST", "/projects", {"name": "Other", "id": "other"}, 201)
    client.ask("POST", "/auth/sentry/static", {"projectId": "other", "token": token, "baseUrl": walk.sandbox.url})


def walk_sentry(client, sandbox):
    send_event(sandbox)
    [issue] = client.ask("GET", "/integrations/shop/sentry/issues?limit=5&sort=new")["issues"]
    client.ask("GET", "/integrations/shop/sentry/patterns?limit=5")
    assert len(client.ask("GET", "/projects/shop/priorities?limit=5&compare=true")["issues"]) == 1
    weights = client.ask("GET", "/projects/shop/priorities/settings")["weights"]
    assert client.ask("PUT", "/projects/shop/priorities/settings", {"weights": {"users": 40}})["weights"] == {**weights, "users": 40}
    client.ask("PUT", "/projects/shop/priorities/settings", {"weights": {"users": 101}}, 400)
    client.ask("PUT", "/projects/shop/priorities/settings", {"reset": True})
    at = f"/integrations/shop/sentry/issues/{issue['shortId']}"
    client.ask("GET", at)
    assert len(client.ask("GET", at + "/events")["events"]) == 1
    context = client.ask("GET", at + "/context")
    assert [e["type"] for e in context["event"]["exceptions"]] == ["KeyError", "CheckoutError"]
    assert client.ask("GET", at + "/test-case")["issue"] == issue["shortId"]
    assert "CheckoutError" in client.ask("GET", at + "/context?format=markdown").text
    client.ask("POST", at + "/context", {"scrubRules": {"keys": {"tenant": "tenant"}}})
    client.ask("GET", "/integrations/shop/sentry/issues/NONE-1", status=404)


def walk_tests(client):
    client.ask("POST", "/projects/shop/tests/generate", {"event": EVENT}, 404)
    client.seen.add("generateTest")  # answered well by test_testgen.py, which has a checkout


def walk_tokens(client):
    client.ask("GET", "/auth/connections?project=shop")
    assert client.ask("GET", "/integrations/shop/test")["ok"] is True
    client.ask("POST", "/auth/sentry/refresh", {"projectId": "shop"})
    client.ask("POST", "/auth/sentry/token", {"projectId": "shop"})


def walk_proxy(client):
    at = "/proxy/shop/sentry/api/0/organizations/"
    assert client.ask("GET", at)[0]["slug"]
    for method in ("POST", "PUT", "DELETE"):
        assert client.ask(method, at, {}, 405)["detail"]
        client.seen.add(openapi.item_of(at)[method.lower()]["operationId"])
    client.ask("GET", "/proxy/shop/sentry/a//b", status=400)


def walk_webhooks(client):
    webhook = client.ask("POST", "/projects/shop/webhooks", {"url": "https://127.0.0.1:1/none"}, 201)["id"]
    client.ask("GET", "/projects/shop/webhooks")
    at = f"/projects/shop/webhooks/{webhook}"
    client.ask("POST", f"{at}/rotate")
    sent = client.ask("POST", f"{at}/test", status=202)["deliveryId"]
    assert client.ask("GET", f"{at}/deliveries")["deliveries"][0]["id"] == sent
    client.ask("POST", f"{at}/deliveries/{sent}/retry", status=202)
    client.ask("POST", f"{at}/deliveries/none/retry", status=404)
    client.ask("DELETE", at, status=204)
    client.ask("DELETE", at, status=404)


def walk_hooks(client):
    client.ask("PUT", "/projects/shop/sentry/webhook", {"secret": "s"})
    client.ask("GET", "/projects/shop/sentry/webhook")
    answer = Sender(client.api, "shop", "s").send("comment", {"action": "created", "data": {"issue_id": "1"}})
    assert answer.status_code == 200
    client.seen.add("takeHook")
    [message] = client.ask("GET", "/projects/shop/sentry/messages")["messages"]
    client.ask("POST", f"/projects/shop/sentry/messages/{message['id']}/retry", status=202)
    client.ask("DELETE", "/projects/shop/sentry/webhook", status=204)
    client.ask("DELETE", "/projects/shop/sentry/webhook", status=404)


def walk_workflows(client):
    [issue] = client.ask("GET", "/integrations/shop/sentry/issues?limit=5&sort=new")["issues"]
    run = client.ask("POST", "/projects/shop/workflows", {"name": "sentry-context", "issue": issue["shortId"], "id": "one"}, 201)
    client.ask("POST", "/projects/shop/workflows", {"name": "sentry-context", "id": "one"}, 409)
    deadline = time.monotonic() + 30
    while client.ask("GET", "/projects/shop/workflows/one")["status"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    client.ask("GET", "/projects/shop/workflows/none", status=404)
    assert client.ask("GET", "/workflows?status=completed")["workflows"] == client.ask("GET", "/projects/shop/workflows")["workflows"]
    assert client.ask("GET", "/projects/shop/contexts/" + issue["shortId"])["workflowId"] == run["id"]
    client.ask("GET", "/projects/shop/contexts")
    client.ask("GET", "/projects/shop/contexts/none", status=404)
    client.ask("POST", "/projects/shop/workflows/one/signal", {"name": "x", "payload": {"a": 1}}, 409)
    client.ask("POST", "/projects/shop/workflows/one/cancel", None, 409)
    client.ask("POST", "/projects/shop/workflows/one/retry", None, 409)
    # one that goes on for long enough to be told something
    client.ask("POST", "/projects/other/workflows", {"name": "sentry-context", "input": {}, "id": "two"}, 201)
    while client.ask("GET", "/projects/other/workflows/two")["status"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    client.ask("POST", "/projects/other/workflows/two/retry", None)
    client.seen |= {"signalWorkflow", "cancelWorkflow"}  # their 200 is test_workflows.py's business


def walk_automation(client):
    rules = {"rules": [{"name": "all", "when": {"level": ["error"], "is": ["new"], "usersOver": 0}, "do": {"workflow": "sentry-context", "input": {"a": 1}}}]}
    assert client.ask("GET", "/projects/shop/rules") == {"rules": []}
    assert client.ask("PUT", "/projects/shop/rules", rules) == rules == client.ask("GET", "/projects/shop/rules")
    [tested] = client.ask("POST", "/projects/shop/rules/test", {})["rules"]
    assert tested["count"] == len(tested["issues"])
    client.ask("PUT", "/projects/shop/schedules/nightly", {"cron": "0 3 * * *", "workflow": "sentry-context", "input": "{\"issue\":\"1\"}"})
    client.ask("PUT", "/projects/shop/schedules/nightly", {"cron": "x"}, 400)
    assert [s["name"] for s in client.ask("GET", "/projects/shop/schedules")["schedules"]] == ["nightly"]
    client.ask("DELETE", "/projects/shop/schedules/nightly", status=204)
    client.ask("DELETE", "/projects/shop/schedules/nightly", status=404)


def walk_specs(client):
    [issue] = client.ask("GET", "/integrations/shop/sentry/issues?limit=5&sort=new")["issues"]
    wish = {"projectId": "shop", "text": f"# Pay\n\n{issue['shortId']}, RFC-6749\n", "issues": ["NONE-1"]}
    enriched = client.ask("POST", "/specs/enrich", wish)
    assert sorted(one["outcome"] for one in enriched["issues"]) == ["added", "missing"]
    assert not client.ask("POST", "/specs/enrich", {**wish, "text": enriched["text"]})["changed"]
    client.ask("POST", "/specs/enrich", {"text": ""}, 400)


def walk_pages(client, linear):
    issue = linear.make(description="Fix SHOP-1")["identifier"]
    assert client.ask("POST", "/integrations/shop/specs", {"linear": issue}, 201)["outcome"] == "created"
    assert client.ask("POST", "/integrations/shop/specs", {"linear": issue})["outcome"] == "unchanged"
    client.ask("POST", "/integrations/shop/specs", {"linear": issue, "as": "poem"}, 400)
    client.ask("POST", "/integrations/shop/specs", {"linear": "ENG-999"}, 404)


def walk_tickets(client, sandbox):
    linear = Linear(sandbox)
    client.ask("POST", "/auth/linear/static", {"projectId": "shop", "token": linear.key, "baseUrl": linear.url})
    client.ask("PUT", "/projects/shop/tickets/settings", {"tracker": "linear", "threshold": "high"})
    client.ask("PUT", "/projects/shop/tickets/settings", {"threshold": "alarming"}, 400)
    assert client.ask("GET", "/projects/shop/tickets/settings")["threshold"] == "high"
    [issue] = client.ask("GET", "/integrations/shop/sentry/issues?limit=1&sort=new")["issues"]
    wish = {"issue": issue["shortId"], "team": "ENG"}
    assert client.ask("POST", "/integrations/shop/tickets", wish, 201)["outcome"] == "created"
    assert client.ask("POST", "/integrations/shop/tickets", wish)["outcome"] != "created"
    client.ask("POST", "/integrations/shop/tickets", {"issue": "NONE-1"}, 404)
    assert len(client.ask("GET", "/integrations/shop/tickets")["tickets"]) == 1
    walk_pages(client, linear)


def walk_keys(client):
    key = client.ask("POST", "/apikeys", {"role": "project:shop", "allow": ["tokens"], "expiresAt": "2999-01-31T00:00:00Z"}, 201)
    newer = client.ask("POST", f"/apikeys/{key['id']}/rotate", {"overlapSeconds": 0}, 201)
    assert [k["status"] for k in client.ask("GET", "/apikeys")["apiKeys"]] == ["active", "expired"]
    client.ask("DELETE", f"/apikeys/{newer['id']}", status=204)
    client.ask("DELETE", "/apikeys/none", status=404)


def walk_out(client):
    client.ask("POST", "/auth/sentry/disconnect", {"projectId": "shop"})
    assert client.ask("GET", "/integrations/shop/test")["ok"] is False
    client.ask("POST", "/auth/sentry/token", {"projectId": "shop"}, 404)
    client.ask("POST", "/auth/apps/sentry/delete", {"projectId": "shop"})
    client.ask("DELETE", "/projects/shop", status=204)
    client.ask("DELETE", "/projects/shop", status=404)


def test_every_operation_answers_as_described(client, walk, sandbox):
    for path in ("/health", "/ready", "/metrics", "/openapi.json"):
        client.ask("GET", path)
    for path in ("/keys", "/keys/rotation"):
        client.ask("GET", path)
    client.ask("POST", "/keys/rotate", status=202)
    walk_projects(client)
    walk_oauth(client, walk)
    walk_other_ways(client, walk)
    walk_sentry(client, sandbox)
    walk_tokens(client)
    walk_proxy(client)
    walk_webhooks(client)
    walk_hooks(client)
    walk_workflows(client)
    walk_automation(client)
    walk_specs(client)
    walk_tickets(client, sandbox)
    walk_tests(client)
    walk_keys(client)
    walk_out(client)
    described = {operation["operationId"] for item in openapi.DOCUMENT["paths"].values() for method, operation in item.items()
                 if method in ("get", "post", "put", "delete")}
    assert client.seen == described


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), [
    ("GET", "/nowhere", None, 404, "route_not_found"),
    ("DELETE", "/projects", None, 405, "method_not_allowed"),
    ("GET", "/projects/none", None, 404, "project_not_found"),
    ("POST", "/projects", {"name": 1, "colour": "red"}, 400, "invalid_request"),
    ("GET", "/auth/apps", None, 400, "invalid_request"),
    ("POST", "/auth/nobody/authorize", {"projectId": "none"}, 400, "unknown_provider"),
    ("POST", "/auth/sentry/authorize", {"projectId": "none"}, 404, "project_not_found"),
    ("GET", "/auth/sentry/flows/none", None, 404, "oauth_flow_not_found"),
    ("GET", "/integrations/none/sentry/issues", None, 404, "project_not_found"),
    ("GET", "/integrations/none/sentry/issues?sort=size", None, 400, "invalid_request"),
])
def test_refusals_are_as_described(client, method, path, body, status, code):
    assert client.ask(method, path, body, status)["code"] == code


def test_the_program_serves_this_document(client):
    assert client.ask("GET", "/openapi.json") == openapi.DOCUMENT
