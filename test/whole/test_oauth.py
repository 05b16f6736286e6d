"""Connecting: the happy way, and every way it goes wrong. Each failure gives a page in the browser, a failed flow for who
waits, and nothing half-stored."""

import concurrent.futures
import sqlite3
import urllib.parse

import pytest
from browser import Browser, choose
from conftest import CLIENT_ID, CLIENT_SECRET, Walk


def stats(sandbox):
    return Browser().open(f"{sandbox.url}/_sandbox/stats")[2]


def fault(sandbox, on, kind, **more):
    import json

    status, _, page = Browser().open(f"{sandbox.url}/_sandbox/faults", json.dumps({"on": on, "kind": kind, "count": 1, **more}).encode())
    assert status in (200, 201, 204), page


def counters(sandbox):
    import json

    return json.loads(stats(sandbox))


def flow_of(walk, authorization):
    return walk.done(walk.api.get(f"/auth/sentry/flows/{authorization['flowId']}"))


def connections(walk):
    return walk.done(walk.api.get(f"/auth/connections?project={walk.project}"))["connections"]


def callback_url(url):
    """Where the sandbox sends the browser after the consent, not followed: the browser stops before our callback."""
    browser = Browser()
    _, at, page = browser.open(url)
    form, fields = choose(page, "approve")

    class Stop(Exception):
        pass

    import urllib.request

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, req, fp, code, msg, headers, newurl):
            raise Stop(newurl)

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect,
                                         urllib.request.HTTPCookieProcessor(browser.cookies))
    with pytest.raises(Stop) as stopped:
        opener.open(urllib.parse.urljoin(at, form["action"]), urllib.parse.urlencode(fields).encode(), timeout=20)
    return str(stopped.value), browser


@pytest.fixture
def ready(walk):
    walk.create()
    walk.register()
    return walk


def test_connects_and_lists_the_connection_as_the_guide_prints_it(ready):
    authorization = ready.authorize()
    assert flow_of(ready, authorization)["status"] == "pending"
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(authorization["authUrl"]).query)
    assert query["code_challenge_method"] == ["S256"] and len(query["state"][0]) == 43
    status, _, page = ready.consent(authorization["startUrl"])
    assert status == 200 and "Sentry Connected!" in page
    assert flow_of(ready, authorization) == {"flowId": authorization["flowId"], "status": "completed", "code": None,
                                             "message": "OAuth connection established successfully"}
    [connection] = connections(ready)
    assert list(connection)[:5] == ["provider", "status", "userId", "scopes", "expiresAt"]
    assert connection["userId"] == ready.sandbox.organization


def test_the_direct_url_completes_on_loopback(ready):
    status, _, _ = ready.consent(ready.authorize()["authUrl"])
    assert status == 200 and connections(ready)[0]["status"] == "connected"


def test_several_tabs_each_complete(ready):
    first, second = ready.authorize(), ready.authorize()
    for authorization in (second, first):
        assert ready.consent(authorization["startUrl"])[0] == 200
        assert flow_of(ready, authorization)["status"] == "completed"


def test_of_three_callbacks_at_once_one_exchanges_the_code(ready):
    url, _ = callback_url(ready.authorize()["authUrl"])
    before = counters(ready.sandbox)["tokenCalls"]
    fault(ready.sandbox, "token", "latency", ms=300)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        statuses = sorted(pool.map(lambda _: Browser().open(url)[0], range(3)))
    assert statuses == [200, 400, 400]
    assert counters(ready.sandbox)["tokenCalls"] == before + 1


def test_a_started_flow_is_refused_in_another_browser_and_still_completes_in_its_own(ready):
    authorization = ready.authorize()
    url, browser = callback_url(authorization["startUrl"])
    status, _, page = Browser().open(url)
    assert status == 403 and "another browser" in page
    assert flow_of(ready, authorization)["status"] == "pending"
    assert browser.open(url)[0] == 200
    assert flow_of(ready, authorization)["status"] == "completed"


def test_direct_callbacks_need_a_loopback_redirect_uri_or_the_setting(start_api, start_sandbox):
    public = "https://devflow.example.com"
    for allow, expected in (("false", 403), ("true", 200)):
        api = start_api({"API_URL": public, "OAUTH_ALLOW_DIRECT_CALLBACK": allow})
        sandbox = start_sandbox(f"{public}/api/v1/auth/sentry/callback")
        walk = Walk(api, sandbox)
        walk.create()
        walk.register(redirectUri=f"{public}/api/v1/auth/sentry/callback")
        url, _ = callback_url(walk.authorize()["authUrl"])
        assert api.get(url.removeprefix(f"{public}/api/v1")).status_code == expected


def test_a_refused_permission_says_so(ready):
    authorization = ready.authorize()
    status, _, page = ready.consent(authorization["startUrl"], "deny")
    assert status == 403 and "access_denied" in page and not connections(ready)
    assert flow_of(ready, authorization)["code"] == "access_denied"


@pytest.mark.parametrize(("kind", "more", "code", "status"), [
    ("html", {}, "provider_error", 502),
    ("truncate", {}, "provider_error", 502),
    ("drop", {}, "provider_error", 502),
    ("drop_after", {}, "provider_error", 502),
    ("status", {"status": 503}, "provider_error", 502),
    ("rate_limit", {}, "provider_rate_limited", 429),
])
def test_a_faulty_token_answer_gives_a_page_a_failed_flow_and_no_connection(ready, kind, more, code, status):
    authorization = ready.authorize()
    url, browser = callback_url(authorization["startUrl"])
    fault(ready.sandbox, "token", kind, **more)
    got, _, page = browser.open(url)
    assert got == status and "Connection Failed" in page and not connections(ready)
    flow = flow_of(ready, authorization)
    assert (flow["status"], flow["code"]) == ("failed", code)
    assert ready.consent(ready.authorize()["startUrl"])[0] == 200, "starting again works"


def test_wrong_credentials_and_redirect_uris_are_found_before_a_browser_opens(ready, start_sandbox):
    ready.register(clientId="f00d" * 16)
    answer = ready.api.post("/auth/sentry/authorize", {"projectId": "shop"})
    assert answer.status_code == 400 and answer.json()["message"].startswith("Invalid client credentials")
    other = start_sandbox("http://localhost:1/api/v1/auth/sentry/callback")
    ready.register(baseUrl=other.url)
    answer = ready.api.post("/auth/sentry/authorize", {"projectId": "shop"})
    assert answer.json()["code"] == "redirect_uri_mismatch" and answer.json()["message"].startswith("Redirect URI mismatch")
    ready.register(redirectUri="http://localhost:1/api/v1/auth/sentry/callback")
    answer = ready.api.post("/auth/sentry/authorize", {"projectId": "shop"})
    assert answer.json()["message"].startswith("Redirect URI mismatch")


def test_a_wrong_client_secret_is_named_at_the_callback(ready):
    ready.register(clientSecret="bad" * 20)
    status, _, page = ready.consent(ready.authorize()["startUrl"])
    assert status == 400 and "Invalid client credentials" in page and not connections(ready)


def test_a_token_without_organisation_is_refused_with_the_guides_sentence(ready):
    fault(ready.sandbox, "api", "empty")
    status, _, page = ready.consent(ready.authorize()["startUrl"])
    assert status == 403 and "No Sentry organizations found for this token" in page and not connections(ready)


def test_the_organisation_asked_for_must_be_seen(ready):
    authorization = ready.authorize(organization="elsewhere")
    status, _, page = ready.consent(authorization["startUrl"])
    assert status == 403 and "does not see the organisation elsewhere" in page
    assert ready.consent(ready.authorize(organization=ready.sandbox.organization)["startUrl"])[0] == 200


def test_scopes_are_checked_and_those_granted_are_kept(ready):
    def refused(scopes):
        answer = ready.api.post("/auth/sentry/authorize", {"projectId": "shop", "scopes": scopes})
        assert answer.status_code == 400 and answer.json()["code"] == "invalid_scope"
        return answer.json()["message"]

    assert refused(["org:read", "issue:read"]) == "Sentry has no scope issue:read: use event:read"
    assert "no:such" in refused(["no:such"]) and "org:read,event:read" in refused(["org:read,event:read"])
    authorization = ready.authorize(scopes=["org:read", "event:read"])
    assert "scope=org:read+event:read&" in authorization["authUrl"]
    assert any("project:read" in warning for warning in authorization["warnings"])
    assert ready.consent(authorization["startUrl"])[0] == 200
    assert connections(ready)[0]["scopes"] == ["org:read", "event:read"]


@pytest.mark.parametrize("uri", ["not a url", "http://localhost:3001/x/", "http://localhost:3001/ x", "http://example.com/cb",
                                 "https://a.example/cb#x", "https://user@a.example/cb", "ftp://a/b"])
def test_redirect_uris_are_checked_at_registration(walk, uri):
    walk.create()
    answer = walk.api.post("/auth/apps/register", {"projectId": "shop", "provider": "sentry", "clientId": "x", "clientSecret": "y",
                                                   "redirectUri": uri})
    assert answer.status_code == 400 and answer.json()["code"] == "invalid_redirect_uri"


def test_registering_again_replaces_and_a_changed_client_id_asks_for_reconnecting(connected):
    connected.register(clientSecret="other" * 10)
    assert connections(connected)[0]["status"] == "connected"
    answer = connected.register(clientId="f00d" * 16)
    assert any("connect again" in warning for warning in answer["warnings"])
    [connection] = connections(connected)
    assert connection["status"] == "reconnect" and not connection["isActive"]
    answer = connected.api.post("/auth/sentry/token", {"projectId": "shop"})
    assert answer.status_code == 409 and answer.json()["code"] == "reconnect_required"
    connected.register()
    assert connected.consent(connected.authorize()["startUrl"])[0] == 200
    assert connections(connected)[0]["status"] == "connected"


def test_disconnecting_wipes_the_tokens_and_says_where_to_revoke(connected):
    body = {"projectId": "shop"}
    answer = connected.done(connected.api.post("/auth/sentry/disconnect", body))
    assert answer["revoked"] is False and answer["revokeUrl"] == f"{connected.sandbox.url}/settings/account/authorized-applications/"
    assert not connections(connected)
    for path in ("token", "refresh", "disconnect"):
        assert connected.api.post(f"/auth/sentry/{path}", body).json()["code"] == "oauth_connection_not_found"


def test_deleting_a_project_or_its_app_takes_everything_along(connected):
    connected.done(connected.api.post("/auth/apps/sentry/delete", {"projectId": "shop"}))
    assert connected.done(connected.api.get("/auth/apps?project=shop"))["apps"] == [] and not connections(connected)
    answer = connected.api.post("/auth/sentry/authorize", {"projectId": "shop"})
    assert answer.status_code == 404 and answer.json()["message"].startswith("OAuth app not found for project")
    connected.register()
    assert connected.consent(connected.authorize()["startUrl"])[0] == 200
    assert connected.api.request("DELETE", "/projects/shop").status_code == 204
    assert connected.api.post("/auth/sentry/token", {"projectId": "shop"}).json()["code"] == "project_not_found"
    with sqlite3.connect(connected.api.database) as db:
        for table in ("projects", "oauth_apps", "connections", "oauth_flows"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_hostile_callbacks_are_escaped_and_change_nothing(ready):
    evil = "%3Cscript%3Ealert(1)%3C/script%3E%22%27"
    for query in (f"error={evil}&state={evil}", f"code={evil}&state=x", "", "state=x", "code=x&state=%00"):
        answer = ready.api.get(f"/auth/sentry/callback?{query}")
        assert answer.status_code == 400 and "<script>" not in answer.text
    url, browser = callback_url(ready.authorize()["startUrl"])
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["state"][0]
    status, _, page = browser.open(f"{ready.api.redirect_uri}?error={evil}&state={state}")
    assert status == 502 and "<script>" not in page and "&lt;script&gt;" in page
    policy = ready.api.get("/auth/sentry/callback").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "script" not in policy


def test_no_secret_is_kept_or_told_in_the_clear(connected):
    token = connected.done(connected.api.post("/auth/sentry/token", {"projectId": "shop"}))["accessToken"]
    connected.done(connected.api.post("/auth/sentry/refresh", {"projectId": "shop"}))
    newer = connected.done(connected.api.post("/auth/sentry/token", {"projectId": "shop"}))["accessToken"]
    assert newer != token
    answers = connected.api.get("/auth/apps?project=shop").text + connected.api.get("/auth/connections?project=shop").text
    kept = connected.api.said().encode() + b"".join(path.read_bytes() for path in connected.api.folder.iterdir())
    for secret in (token, newer, CLIENT_SECRET, connected.api.env["OAUTH_ENCRYPTION_KEY"]):
        assert secret.encode() not in kept and secret not in answers
    assert CLIENT_ID in answers
