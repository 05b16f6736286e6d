"""`devflow sandbox` as a client of Sentry sees it: real SDKs, OAuth by Sentry's table, the API against Sentry's OpenAPI."""

import base64
import concurrent.futures
import gzip
import json
import os
import pathlib
import subprocess
import sys
import time
import uuid
import zlib

import jsonschema
import pytest
import requests

from sandbox_world import ALL_SCOPES, PROGRAM, REDIRECT, ROOT, Sandbox, links, parameters, pkce

FIXTURES = ROOT / "test" / "fixtures" / "sentry"
DATA = os.environ.get("DEVFLOW_TEST_DATA")
ORG = "/api/0/organizations/sandbox/"
PERMISSION = {"detail": "You do not have permission to perform this action."}
NOT_THERE = {"detail": "The requested resource does not exist"}


@pytest.fixture
def sandbox():
    world = Sandbox()
    yield world
    assert world.stop() == 0


@pytest.fixture
def connected(sandbox):
    sandbox.connect()
    return sandbox


def event(message="boom", **more):
    return {"event_id": uuid.uuid4().hex, "platform": "python", "message": message, **more}


def fault(type_="ValueError", function="f", **more):
    frame = {"module": "shop", "function": function, "in_app": True, "lineno": 3, "context_line": "x"}
    exception = {"type": type_, "value": "bad", "stacktrace": {"frames": [frame]}, "mechanism": {"type": "generic", "handled": False}}
    return {"event_id": uuid.uuid4().hex, "platform": "python", "exception": {"values": [exception]}, **more}


# Options


def test_what_it_prints():
    world = Sandbox("--client-id", "id", "--client-secret", "secret", "--redirect-uri", "http://localhost:5/cb", "--org", "acme",
                    "--project", "web")
    facts = world.facts
    assert facts["clientId"] == "id" and facts["clientSecret"] == "secret" and facts["redirectUri"] == "http://localhost:5/cb"
    assert facts["organization"] == "acme" and facts["project"] == "web"
    assert facts["dsn"].endswith("/1") and len(world.key) == 32
    assert world.stop() == 0


@pytest.mark.parametrize("options", [["--org", "A b"], ["--port", "x"], ["--port", "70000"], ["--token-ttl", "0"],
                                     ["--redirect-uri", "nowhere"], ["--client-id", ""], ["--organizations", "2"]])
def test_wrong_options_are_refused(options):
    done = subprocess.run([PROGRAM, "sandbox", *options], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and done.stderr


def test_it_listens_on_loopback_only(sandbox):
    assert sandbox.url.startswith("http://127.0.0.1:")


# Ingest


def send_by_python(dsn):
    code = f"""
import sentry_sdk
sentry_sdk.init(dsn={dsn!r}, release="shop@1", environment="prod")
sentry_sdk.set_user({{"id": "7"}})
def divide(a, b):
    return a / b
try:
    divide(1, 0)
except ZeroDivisionError:
    sentry_sdk.capture_exception()
sentry_sdk.flush()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_real_python_sdk(connected):
    send_by_python(connected.dsn)
    [issue] = connected.get(ORG + "issues/").json()
    assert issue["shortId"] == "SHOP-1" and issue["title"] == "ZeroDivisionError: division by zero"
    assert issue["culprit"] == "__main__ in divide" and issue["count"] == "1" and issue["userCount"] == 1
    latest = connected.get(ORG + "issues/SHOP-1/events/latest/").json()
    frames = latest["entries"][0]["data"]["values"][0]["stacktrace"]["frames"]
    assert frames[-1]["function"] == "divide" and frames[-1]["vars"] == {"a": "1", "b": "0"}
    assert latest["release"]["version"] == "shop@1" and latest["user"]["id"] == "7"


def test_a_real_node_sdk(connected):
    code = """
const Sentry = require("@sentry/node");
Sentry.init({ dsn: process.argv[1], environment: "prod" });
function load() { throw new TypeError("no cart"); }
try { load(); } catch (e) { Sentry.captureException(e); }
Sentry.flush(5000).then((sent) => process.exit(sent ? 0 : 1));
"""
    subprocess.run(["node", "-e", code, connected.dsn], check=True, timeout=60)
    [issue] = connected.get(ORG + "issues/").json()
    assert issue["title"] == "TypeError: no cart" and issue["platform"] == "node" and issue["culprit"].startswith("load(")


@pytest.mark.parametrize("name", sorted(path.stem for path in (FIXTURES / "envelope").iterdir()))
@pytest.mark.parametrize("encoding", ["", "gzip", "deflate", "raw"])
def test_envelopes_of_real_sdks(connected, name, encoding):
    body = (FIXTURES / "envelope" / (name + ".envelope")).read_bytes()
    if encoding == "gzip":
        body = gzip.compress(body)
    elif encoding == "deflate":
        body = zlib.compress(body)
    elif encoding == "raw":
        body = zlib.compress(body)[2:-4]
    answer = connected.envelope(body, {"Content-Encoding": encoding.replace("raw", "deflate")} if encoding else {})
    assert answer.status_code == 200, answer.text
    served = connected.get(ORG + f"eventids/{answer.json()['id']}/").json()["event"]
    expected = json.loads((FIXTURES / "api" / (name + ".json")).read_text())
    assert {**served, "dateReceived": 0, "user": 0} .items() >= {
        **{k: v for k, v in expected.items() if k not in ("errors", "dateCreated", "tags")}, "dateReceived": 0, "user": 0}.items()


def test_ways_to_authorize(sandbox):
    bare = b'{"event_id":"%032x"}\n{"type":"event"}\n{"message":"m"}\n'
    dsn = json.dumps({"dsn": sandbox.dsn}).encode() + b'\n{"type":"event"}\n{"message":"m"}\n'
    header = {"X-Sentry-Auth": f"Sentry sentry_version=7,sentry_client=x/1, sentry_key={sandbox.key}"}
    assert sandbox.envelope(bare % 1).status_code == 200
    assert sandbox.envelope(bare % 2, header, {}).json() == {"id": "%032x" % 2}
    assert sandbox.envelope(dsn, {}, {}).status_code == 200
    assert sandbox.envelope(bare % 3, {}, {}).status_code == 401
    assert sandbox.envelope(bare % 3, {}, {"sentry_key": "0" * 32}).status_code == 403
    assert requests.post(sandbox.url + f"/api/2/envelope/?sentry_key={sandbox.key}", data=bare % 3).status_code == 403
    assert sandbox.stats()["events"] == 3


def test_unknown_items_are_taken_and_ignored(sandbox):
    body = b'{"event_id":"%s"}\n{"type":"transaction"}\n{}\n{"type":"check_in"}\n{}\n{"type":"x-new"}\n{}\n' % (b"a" * 32)
    assert sandbox.envelope(body).json() == {"id": "a" * 32}
    assert sandbox.stats()["events"] == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]\n", b'{}\n{"type":"event","length":10}\n{}', b'{}\n{"type":"event"}\n{"a":',
                                  b'{}\n{"type":"event"}\n[]\n', b"\xff\x00"])
def test_broken_envelopes(sandbox, body):
    assert sandbox.envelope(body).status_code == 400
    assert sandbox.stats()["events"] == 0


def test_a_bomb_is_refused(sandbox):
    answer = sandbox.envelope(gzip.compress(b"\0" * (64 << 20)), {"Content-Encoding": "gzip"})
    assert answer.status_code == 413
    assert sandbox.envelope(b"x", {"Content-Encoding": "br"}).status_code == 415


def test_the_legacy_store_form(connected):
    legacy = {"event_id": "B" * 32, "platform": "php", "sentry.interfaces.Message": {"message": "hi %s", "params": ["you"]},
              "sentry.interfaces.Exception": {"values": [{"type": "E", "value": "v"}]},
              "sentry.interfaces.Http": {"url": "http://shop/a?b=1#f", "method": "GET"}, "sentry.interfaces.User": {"email": "a@b"},
              "tags": [["a", "1"], ["b", 2]], "culprit": "here"}
    assert connected.send(legacy) == "b" * 32
    got = connected.get(ORG + f"eventids/{'b' * 32}/").json()["event"]
    assert [entry["type"] for entry in got["entries"]] == ["message", "exception", "request"]
    assert got["message"] == "hi you" and got["culprit"] == "here" and got["user"]["email"] == "a@b"
    assert got["entries"][2]["data"]["query"] == [["b", "1"]] and got["entries"][2]["data"]["fragment"] == "f"
    assert {"key": "b", "value": "2"} in got["tags"]


def test_an_event_is_taken_once(sandbox):
    same = event()
    assert sandbox.send(same) == sandbox.send(same)
    assert sandbox.stats()["events"] == 1


def test_old_and_future_times_are_set_to_the_receipt(connected):
    ids = [connected.send(event(timestamp=t)) for t in ("2020-01-01T00:00:00Z", time.time() + 3600)]
    for id_, name in zip(ids, ("past_timestamp", "future_timestamp")):
        got = connected.get(ORG + f"eventids/{id_}/").json()["event"]
        assert got["dateCreated"] == got["dateReceived"] and got["errors"][0]["type"] == name


def samples():
    return sorted(pathlib.Path(DATA, "sentry", "samples-ingest").glob("*.json")) if DATA else []


def test_every_platform_is_served(connected):
    """Sentry's own samples of each platform; runs where the data folder is named."""
    for path in samples():
        body = json.loads(path.read_text())
        if "id" in body and "entries" in body:
            continue
        body["event_id"] = uuid.uuid4().hex
        got = connected.get(ORG + f"eventids/{connected.send(body)}/")
        assert got.status_code == 200, path
        assert got.json()["event"]["title"], path


# OAuth: authorize


def test_the_consent_page(sandbox):
    page = sandbox.authorize(state='"><script>')
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    for scope in ALL_SCOPES.split():
        assert f"<code>{scope}</code>" in page.text
    assert "<script" not in page.text and "form-action 'self' http://localhost:3001" in page.headers["Content-Security-Policy"]
    assert "DevFlow" in page.text and "Approve" in page.text and "Deny" in page.text
    back = sandbox.decide(page)
    assert back.headers["Location"].startswith(REDIRECT + "?code=")
    got = parameters(back)
    assert got["state"] == '"><script>' and len(got["code"]) == 64
    assert sandbox.decide(page).status_code == 400  # the form's value is for one use


def test_denying(sandbox):
    assert parameters(sandbox.decide(sandbox.authorize(state=None), "deny")) == {"error": "access_denied"}


def test_scopes_approved_before_are_not_asked_again(sandbox):
    sandbox.connect("org:read event:read")
    assert "code" in parameters(sandbox.authorize(scope="org:read"))
    assert sandbox.authorize(scope="org:read", force_prompt="1").status_code == 200
    assert sandbox.authorize(scope="org:read project:read").status_code == 200
    requests.post(sandbox.url + "/_sandbox/revoke")
    assert sandbox.authorize(scope="org:read").status_code == 200


@pytest.mark.parametrize("changes, what", [
    ({"client_id": None}, "client_id"), ({"client_id": "x"}, "client_id"), ({"redirect_uri": REDIRECT + "/"}, "redirect_uri"),
    ({"redirect_uri": "http://evil.example/"}, "redirect_uri"), ({"redirect_uri": REDIRECT.replace("3001", "3002")}, "redirect_uri"),
    ({"response_type": None}, "client_id"), ({"response_type": "token"}, "client_id"),
])
def test_errors_without_a_redirect(sandbox, changes, what):
    page = sandbox.authorize(**changes)
    assert page.status_code == 400 and "Location" not in page.headers
    assert f"Missing or invalid <em>{what}</em> parameter." in page.text


@pytest.mark.parametrize("changes, error", [
    ({"scope": "issue:read"}, "invalid_scope"), ({"scope": "org:read,event:read"}, "invalid_scope"),
    ({"scope": "org:read  event:read"}, "invalid_scope"), ({"scope": "org:read "}, "invalid_scope"),
    ({"code_challenge": "a" * 43}, "invalid_request"), ({"code_challenge": "a" * 43, "code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge": "a" * 42, "code_challenge_method": "S256"}, "invalid_request"),
    ({"code_challenge": "a" * 42 + "!", "code_challenge_method": "S256"}, "invalid_request"),
])
def test_errors_by_redirect(sandbox, changes, error):
    assert parameters(sandbox.authorize(**changes)) == {"error": error, "state": "s t&a=te"}


def test_a_loopback_redirect_uri_registered_without_a_port_takes_any(sandbox):
    world = Sandbox("--redirect-uri", "http://127.0.0.1/callback")
    assert world.authorize(redirect_uri="http://127.0.0.1:4711/callback").status_code == 200
    assert world.authorize(redirect_uri="http://127.0.0.1:4711/other").status_code == 400
    assert world.authorize(redirect_uri="http://localhost:4711/callback").status_code == 400
    assert world.authorize(redirect_uri="http://a@127.0.0.1:4711/callback").status_code == 400
    assert world.authorize(redirect_uri=None).status_code == 200
    assert world.stop() == 0


# OAuth: token


def test_the_token_answer(sandbox):
    answer = sandbox.exchange(grant_type="authorization_code", code=sandbox.code(scope="project:read org:read"), redirect_uri=REDIRECT)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    got = answer.json()
    assert got["token_type"] == "Bearer" and got["scope"] == "org:read project:read" and got["expires_in"] == 30 * 24 * 3600
    assert got["user"] == {"id": "1", "name": "Sandbox User", "email": "user@sandbox.example"}
    assert set(got) == {"access_token", "refresh_token", "expires_in", "expires_at", "token_type", "scope", "user"}


def test_pkce(sandbox):
    verifier, challenge = pkce()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    assert sandbox.exchange(**form, code=sandbox.code(**asked), code_verifier=verifier).status_code == 200
    code = sandbox.code(**asked)
    assert sandbox.exchange(**form, code=code, code_verifier=verifier[:-1] + "~").json() == {"error": "invalid_grant"}
    assert sandbox.exchange(**form, code=code, code_verifier=verifier).json() == {"error": "invalid_grant"}  # burnt
    assert sandbox.exchange(**form, code=sandbox.code(**asked)).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize("form, status, error", [
    ({}, 400, "invalid_request"), ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ({"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT}, 400, "invalid_grant"),
    ({"grant_type": "authorization_code", "client_id": "x"}, 401, "invalid_client"),
    ({"grant_type": "authorization_code", "client_secret": "x"}, 401, "invalid_client"),
    ({"grant_type": "refresh_token", "client_secret": None}, 401, "invalid_client"),
    ({"grant_type": "refresh_token"}, 400, "invalid_request"),
    ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
    ({"grant_type": "refresh_token", "refresh_token": "x", "scope": "org:read"}, 400, "invalid_request"),
])
def test_token_errors(sandbox, form, status, error):
    answer = sandbox.exchange(**form)
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="oauth"'


def test_a_code_is_for_its_redirect_uri_and_one_use(sandbox):
    form = {"grant_type": "authorization_code"}
    assert sandbox.exchange(**form, code=sandbox.code()).json() == {"error": "invalid_grant"}
    assert sandbox.exchange(**form, code=sandbox.code(), redirect_uri=REDIRECT + "/").json() == {"error": "invalid_grant"}
    code = sandbox.code()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: sandbox.exchange(**form, code=code, redirect_uri=REDIRECT).status_code, range(4)))
    assert sorted(answers) == [200, 400, 400, 400]


def test_basic_authentication(sandbox):
    def ask(header, **form):
        data = {"grant_type": "refresh_token", "refresh_token": sandbox.connect()["refresh_token"], **form}
        return requests.post(sandbox.url + "/oauth/token/", data=data, headers={"Authorization": header})

    pair = f"{sandbox.facts['clientId']}:{sandbox.facts['clientSecret']}"
    good = "Basic " + base64.b64encode(pair.encode()).decode()
    assert ask(good).status_code == 200
    assert ask("Basic " + base64.b64encode(b"a:b").decode()).status_code == 401
    assert ask("Basic " + "QUFB" * 1100).status_code == 401
    answer = ask(good, client_id=sandbox.facts["clientId"])
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


def test_refresh_replaces_both_tokens_at_once(sandbox):
    old = sandbox.connect()
    form = {"grant_type": "refresh_token"}
    new = sandbox.exchange(**form, refresh_token=old["refresh_token"]).json()
    assert new["scope"] == old["scope"] and new["access_token"] != old["access_token"]
    assert sandbox.get("/api/0/organizations/", token=old["access_token"]).json() == {"detail": "Invalid token"}
    assert sandbox.get("/api/0/organizations/", token=new["access_token"]).status_code == 200
    assert sandbox.exchange(**form, refresh_token=old["refresh_token"]).json() == {"error": "invalid_grant"}
    assert sandbox.exchange(**form, refresh_token=new["refresh_token"]).status_code == 200
    stats = sandbox.stats()
    assert stats["refreshCalls"] == 3 and stats["refreshReuse"] == 1 and stats["tokenCalls"] == 4


def test_expiry_and_revocation(sandbox):
    pair = sandbox.connect()
    requests.post(sandbox.url + "/_sandbox/expire")
    answer = sandbox.get("/api/0/organizations/")
    assert (answer.status_code, answer.json()) == (401, {"detail": "Token expired"})
    pair = sandbox.exchange(grant_type="refresh_token", refresh_token=pair["refresh_token"]).json()
    requests.post(sandbox.url + "/_sandbox/expire", json={"refresh": True})
    assert sandbox.exchange(grant_type="refresh_token", refresh_token=pair["refresh_token"]).json() == {"error": "invalid_grant"}
    pair = sandbox.connect()
    requests.post(sandbox.url + "/_sandbox/revoke")
    assert sandbox.get("/api/0/organizations/").json() == {"detail": "Invalid token"}
    assert sandbox.exchange(grant_type="refresh_token", refresh_token=pair["refresh_token"]).json() == {"error": "invalid_grant"}


def test_a_chosen_lifetime():
    world = Sandbox("--token-ttl", "1")
    pair = world.connect()
    assert pair["expires_in"] == 1
    time.sleep(1.1)
    assert world.get("/api/0/organizations/").json() == {"detail": "Token expired"}
    assert world.exchange(grant_type="refresh_token", refresh_token=pair["refresh_token"]).status_code == 200
    assert world.stop() == 0


def test_slashes(connected):
    assert requests.get(connected.url + "/oauth/token/").status_code == 405
    answer = requests.post(connected.url + "/oauth/token", data={"grant_type": "refresh_token"}, allow_redirects=False)
    assert answer.status_code == 301 and answer.headers["Location"].endswith("/oauth/token/")
    assert requests.post(connected.url + "/oauth/token", data={"grant_type": "refresh_token"}).status_code == 405  # now a GET
    answer = connected.get("/api/0/organizations?x=1")
    assert answer.status_code == 301 and answer.headers["Location"].endswith("/api/0/organizations/?x=1")
    assert connected.get("/api/0/nothing").json() == NOT_THERE
    assert connected.get("/nothing/").status_code == 404
    assert connected.call("DELETE", "/api/0/organizations/").json() == {"detail": 'Method "DELETE" not allowed.'}


# The API


def test_no_credentials(sandbox):
    answer = requests.get(sandbox.url + "/api/0/organizations/")
    assert (answer.status_code, answer.json()) == (401, {"detail": "Authentication credentials were not provided."})
    assert answer.headers["X-Sentry-Rate-Limit-Limit"] == "40"
    assert sandbox.get("/api/0/organizations/", token="x").json() == {"detail": "Invalid token"}


@pytest.mark.parametrize("scopes, path, status", [
    ("event:read", "/api/0/organizations/", 403), ("org:read", "/api/0/organizations/", 200), ("org:admin", "/api/0/organizations/", 200),
    ("org:read", ORG + "issues/", 403), ("event:write", ORG + "issues/", 200), ("event:read", ORG + "projects/", 403),
    ("org:read", "/api/0/projects/sandbox/shop/", 403), ("project:read", "/api/0/projects/sandbox/shop/", 200),
    (ALL_SCOPES, "/api/0/users/me/", 403),
])
def test_scopes(sandbox, scopes, path, status):
    sandbox.connect(scopes)
    answer = sandbox.get(path)
    assert answer.status_code == status
    assert status == 200 or answer.json() == PERMISSION


def test_organizations_and_projects(connected):
    [organization] = connected.get("/api/0/organizations/").json()
    assert organization["slug"] == "sandbox" and organization["links"] == {"organizationUrl": connected.url, "regionUrl": connected.url}
    assert connected.get("/api/0/organizations/1/").json()["slug"] == "sandbox"
    assert connected.get("/api/0/organizations/other/").json() == NOT_THERE
    [project] = connected.get(ORG + "projects/").json()
    assert project["slug"] == "shop" and project["id"] == "1"
    assert connected.get("/api/0/projects/sandbox/1/").json()["organization"]["slug"] == "sandbox"
    assert connected.get("/api/0/projects/sandbox/other/").status_code == 404


def test_a_user_without_organizations():
    world = Sandbox("--organizations", "0")
    world.connect()
    assert world.get("/api/0/organizations/").json() == []
    assert world.get(ORG).status_code == 404
    assert world.stop() == 0


def test_issue_list(connected):
    now = time.time()
    for i in range(7):
        for n in range(i + 1):
            connected.send(fault(function=f"f{i}", timestamp=now - 100 + i * 10 - n, user={"id": n % 2 + i % 3}, release=f"1.{i}",
                                 environment="prod" if i % 2 else "dev", level="warning" if i == 6 else "error"))
    ids = []
    cursor = None
    for expected in (3, 3, 1):
        answer = connected.get(ORG + "issues/", params={"limit": 3, **({"cursor": cursor} if cursor else {})})
        assert len(answer.json()) == expected and answer.headers["X-Hits"] == "7"
        ids += [issue["shortId"] for issue in answer.json()]
        assert links(answer)["previous"][0] == (cursor is not None)
        more, cursor, url = links(answer)["next"]
        assert more == (len(ids) < 7) and url.startswith(connected.url + ORG + "issues/?")
    assert ids == [f"SHOP-{n}" for n in (7, 6, 5, 4, 3, 2, 1)]
    back = connected.get(ORG + "issues/", params={"limit": 3, "cursor": links(answer)["previous"][1]})
    assert [issue["shortId"] for issue in back.json()] == ids[3:6]

    def search(**params):
        answer = connected.get(ORG + "issues/", params=params)
        assert answer.status_code == 200, answer.text
        return [issue["shortId"] for issue in answer.json()]

    assert search(sort="freq")[0] == "SHOP-7" and search(sort="new")[0] == "SHOP-7"
    assert search(query="is:resolved") == [] and search(query="level:warning") == ["SHOP-7"]
    assert search(query="release:1.3") == ["SHOP-4"] and search(environment="dev", query="")[-1] == "SHOP-1"
    assert search(query="shop-3", shortIdLookup="1") == ["SHOP-3"] and search(query="issue:SHOP-2") == ["SHOP-2"]
    assert search(project="1", query="ValueError !level:error") == ["SHOP-7"] and search(project="9") == []
    assert search(statsPeriod="1m", query="")[0] == "SHOP-7" and "SHOP-1" not in search(statsPeriod="1m", query="")


@pytest.mark.parametrize("params", [{"query": "is:blue"}, {"sort": "blue"}, {"cursor": "blue"}, {"limit": "blue"}, {"limit": "0"},
                                    {"statsPeriod": "blue"}, {"start": "blue", "end": "blue"}])
def test_bad_searches(connected, params):
    answer = connected.get(ORG + "issues/", params=params)
    assert answer.status_code == 400 and "detail" in answer.json()


def test_one_issue(connected):
    first = connected.send(fault(release="1.0", user={"email": "a@b"}, tags={"shard": "x"}))
    last = connected.send(fault(release="2.0", user={"email": "c@d"}, tags={"shard": "y"}))
    [row] = connected.get(ORG + "issues/").json()
    for path in (ORG + "issues/SHOP-1/", ORG + "issues/shop-1/", ORG + f"issues/{row['id']}/", f"/api/0/issues/{row['id']}/"):
        issue = connected.get(path).json()
        assert issue["id"] == row["id"] and issue["count"] == "2" and issue["userCount"] == 2 and issue["isUnhandled"]
        assert issue["firstRelease"]["version"] == "1.0" and issue["lastRelease"]["version"] == "2.0"
        assert sum(n for _, n in issue["stats"]["24h"]) == 2 and len(issue["stats"]["24h"]) == 24
    assert connected.get("/api/0/issues/SHOP-1/").status_code == 404 and connected.get(ORG + "issues/SHOP-9/").json() == NOT_THERE
    assert connected.get(ORG + "shortids/SHOP-1/").json()["group"]["id"] == row["id"]
    assert connected.get(ORG + "shortids/SHOP-2/").status_code == 404
    assert len(connected.get(ORG + "issues/", params={"groupStatsPeriod": "14d"}).json()[0]["stats"]["14d"]) == 14
    assert "stats" not in connected.get(ORG + "issues/", params={"groupStatsPeriod": ""}).json()[0]
    base = ORG + "issues/SHOP-1/events/"
    assert [e["eventID"] for e in connected.get(base).json()] == [last, first]
    assert "entries" not in connected.get(base).json()[0] and "entries" in connected.get(base, params={"full": "true"}).json()[0]
    assert connected.get(base + "latest/").json()["eventID"] == last and connected.get(base + "recommended/").json()["eventID"] == last
    oldest = connected.get(base + "oldest/").json()
    assert oldest["eventID"] == first and oldest["nextEventID"] == last and oldest["previousEventID"] is None
    assert connected.get(f"/api/0/issues/{row['id']}/events/{first}/").json()["eventID"] == first
    assert connected.get(f"/api/0/projects/sandbox/shop/events/{first}/").json()["groupID"] == row["id"]
    assert connected.get(base + "0" * 32 + "/").json() == {"detail": "Event not found"}
    tag = connected.get(ORG + "issues/SHOP-1/tags/shard/").json()
    assert tag["uniqueValues"] == 2 and {v["value"] for v in tag["topValues"]} == {"x", "y"}
    assert len(connected.get(ORG + "issues/SHOP-1/tags/shard/values/").json()) == 2
    assert connected.get(ORG + "issues/SHOP-1/tags/nothing/").status_code == 404


def test_status_and_notes(connected):
    connected.send(fault())
    path = ORG + "issues/SHOP-1/"
    assert connected.call("PUT", path, json={"status": "resolved"}).json()["status"] == "resolved"
    assert connected.get(ORG + "issues/").json() == []
    assert connected.call("PUT", path, json={"status": "blue"}).json() == {"status": ['"blue" is not a valid choice.']}
    connected.send(fault())
    assert connected.get(path).json()["substatus"] == "regressed"
    note = connected.call("POST", path + "notes/", json={"text": "see LIN-1"})
    assert note.status_code == 201 and note.json()["data"] == {"text": "see LIN-1"}
    again = connected.call("POST", path + "notes/", json={"text": "see LIN-1"})
    assert again.status_code == 400 and json.loads(again.json()) == {"detail": "You have already posted that comment."}
    assert [n["data"]["text"] for n in connected.get(path + "notes/").json()] == ["see LIN-1"]
    assert connected.get(path).json()["numComments"] == 1
    connected.connect("event:read")
    assert connected.call("POST", path + "notes/", json={"text": "x"}).json() == PERMISSION
    assert connected.call("PUT", path, json={"status": "resolved"}).status_code == 403


def document():
    return json.loads(pathlib.Path(DATA, "sentry", "openapi", "openapi-derefed.json").read_text()) if DATA else None


def nullable(schema):
    """OpenAPI 3.0's `nullable` in JSON Schema's words."""
    if isinstance(schema, list):
        return [nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: nullable(v) for k, v in schema.items()}
    if out.pop("nullable", False):
        out = {"anyOf": [out, {"type": "null"}]}
    return out


# Members the document requires, though its own examples leave them out.
NOT_REQUIRED = {"derivedData", "inbox", "integrationIssues", "latestEventHasAttachments", "matchingEventEnvironment",
                "matchingEventId", "owners", "sentryAppIssues", "sessionCount"}


def without(schema, names):
    if isinstance(schema, list):
        return [without(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: without(v, names) for k, v in schema.items()}
    if isinstance(out.get("required"), list):
        out["required"] = [name for name in out["required"] if name not in names]
    return out


def test_answers_follow_sentrys_openapi(connected):
    """Runs where the data folder is named."""
    paths = (document() or {"paths": {}})["paths"]
    sent = connected.send(fault(release="1.0", user={"id": 1, "geo": {"city": "Lyon"}}, tags={"shard": "x"}, dist="7"))
    connected.send(event(level="info", contexts={"os": {"name": "Linux"}}, extra={"a": 1}))
    org = "/api/0/organizations/{organization_id_or_slug}/"
    issue = org + "issues/{issue_id}/"
    checks = [
        ("/api/0/organizations/", "/api/0/organizations/"), (org, ORG), (org + "projects/", ORG + "projects/"),
        (org + "issues/", ORG + "issues/"), (issue, ORG + "issues/SHOP-1/"), (issue + "events/", ORG + "issues/SHOP-1/events/"),
        (issue + "events/{event_id}/", ORG + "issues/SHOP-1/events/latest/"),
        (issue + "events/{event_id}/", ORG + "issues/SHOP-2/events/latest/"),
        (issue + "hashes/", ORG + "issues/SHOP-1/hashes/"), (issue + "tags/{key}/", ORG + "issues/SHOP-1/tags/shard/"),
        (issue + "tags/{key}/values/", ORG + "issues/SHOP-1/tags/shard/values/"), (org + "shortids/{issue_id}/", ORG + "shortids/SHOP-1/"),
        (org + "eventids/{event_id}/", ORG + f"eventids/{sent}/"),
        ("/api/0/projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/", f"/api/0/projects/sandbox/shop/events/{sent}/"),
    ]
    for route, path in checks if paths else []:
        schema = paths[route]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        answer = connected.get(path)
        assert answer.status_code == 200, path
        jsonschema.validate(answer.json(), without(nullable(schema), NOT_REQUIRED))


# Faults


def test_faults(connected):
    organizations = "/api/0/organizations/"
    connected.fault(on="api", kind="status", status=502, count=2)
    assert [connected.get(organizations).status_code for _ in range(3)] == [502, 502, 200]
    connected.fault(on="api", kind="rate_limit")
    limited = connected.get(organizations)
    assert limited.status_code == 429 and limited.json().startswith("You are attempting to use this endpoint too frequently")
    assert limited.headers["X-Sentry-Rate-Limit-Remaining"] == "0" and "Retry-After" not in limited.headers
    connected.fault(on="api", kind="html", status=503)
    page = connected.get(organizations)
    assert page.status_code == 503 and page.headers["Content-Type"].startswith("text/html")
    connected.fault(on="api", kind="empty")
    assert connected.get(organizations).json() == []
    for kind in ("drop", "truncate"):
        connected.fault(on="api", kind=kind)
        with pytest.raises(requests.exceptions.RequestException):
            connected.get(organizations)
    connected.fault(on="api", kind="latency", ms=400)
    before = time.monotonic()
    assert connected.get(organizations).status_code == 200 and time.monotonic() - before >= 0.4
    connected.fault(on="api", kind="drop", count=5)
    requests.delete(connected.url + "/_sandbox/faults")
    assert connected.get(organizations).status_code == 200
    bad = requests.post(connected.url + "/_sandbox/faults", json={"on": "moon", "kind": "drop"})
    assert bad.status_code == 400


def test_an_answer_dropped_after_rotation(sandbox):
    pair = sandbox.connect()
    sandbox.fault(on="token", kind="drop_after")
    with pytest.raises(requests.exceptions.RequestException):
        sandbox.exchange(grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert sandbox.get("/api/0/organizations/").json() == {"detail": "Invalid token"}
    assert sandbox.exchange(grant_type="refresh_token", refresh_token=pair["refresh_token"]).json() == {"error": "invalid_grant"}
    assert sandbox.stats()["refreshReuse"] == 1


def test_one_slow_answer_does_not_hold_up_others(connected):
    connected.fault(on="api", kind="latency", ms=4000)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        slow = pool.submit(connected.get, "/api/0/organizations/")
        time.sleep(0.3)
        assert connected.get(ORG).status_code == 200
        assert not slow.done()
        assert slow.result().status_code == 200


# Users, notes and other text from outside end in HTML and JSON only


def test_hostile_text_stays_text(connected):
    text = '</script><img src=x onerror=alert(1)> ```\u202e \U0001f600 "\\'
    id_ = connected.send(fault(type_=text, tags={text: text}, user={"id": text}, release=text))
    got = connected.get(ORG + f"eventids/{id_}/").json()["event"]
    assert got["metadata"]["type"] == text and got["user"]["id"] == text
    assert connected.get(ORG + "issues/", params={"query": "is:unresolved " + json.dumps("</script>")}).json()[0]["title"].startswith(text)
