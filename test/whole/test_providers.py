"""Each provider's row through its whole life, against a stand-in that checks the wire."""

import concurrent.futures
import dataclasses
import subprocess
import time

import pytest
from browser import Browser
from provider_stand_in import CLIENT, GITHUB_ISSUES, ROWS, Row, StandIn

PROJECT = {"projectId": "shop"}


def named(row):
    return f"{row.slug}{'' if row.refreshes else '-for-ever'}"


class Life:
    """One project and one provider."""

    def __init__(self, api, row, stand_in):
        self.api, self.row, self.stand_in = api, row, stand_in

    def post(self, what, status=200, **more):
        answer = self.api.post(f"/auth/{self.row.slug}/{what}", {**PROJECT, **more})
        assert answer.status_code == status, answer.text
        return answer.json()

    def begin(self, status=200, **changes):
        assert self.api.post("/projects", {"id": "shop", "name": "Shop"}).status_code in (201, 409)
        body = {**PROJECT, "provider": self.row.name, "clientId": CLIENT[0], "clientSecret": CLIENT[1],
                "redirectUri": f"{self.api.url}/auth/{self.row.slug}/callback", "scopes": list(self.row.scopes),
                "baseUrl": self.stand_in.url, **self.row.registered, **changes}
        answer = self.api.post("/auth/apps/register", {k: v for k, v in body.items() if v is not None})
        assert answer.status_code == status, answer.text
        return answer.json()

    def walk(self):
        """(status, page) of a browser that goes to the provider and comes back."""
        status, _, page = Browser().open(self.post("authorize")["startUrl"])
        return status, page

    def connect(self):
        status, page = self.walk()
        assert status == 200, page
        return self.connection()

    def connection(self):
        [found] = self.api.get("/auth/connections?project=shop").json()["connections"]
        return found

    def tested(self):
        results = self.api.get("/integrations/shop/test").json()["results"]
        return next(r for r in results if r["provider"] == self.row.name)


@pytest.fixture
def life(api):
    """life(row) begins one; nothing was sent wrong in it."""
    lives = []

    def begin(row, stand_in=None, **changes):
        lives.append(Life(api, row, stand_in or StandIn(row)))
        lives[-1].begin(**changes)
        return lives[-1]
    yield begin
    for one in lives:
        one.stand_in.close()
    assert [wrong for one in lives for wrong in one.stand_in.wrong] == []


@pytest.fixture(params=ROWS, ids=named)
def lived(request, life):
    return life(request.param)


def test_connects_resolves_and_is_asked_who_it_is(lived):
    row, stand_in = lived.row, lived.stand_in
    c = lived.connect()
    assert (c["status"], c["userId"], c["providerEmail"]) == ("connected", row.user_id, row.email)
    assert tuple(o["slug"] for o in c["organizations"]) == row.organizations
    assert (c["expiresAt"] is None) == (row.expires_in is None)
    assert c["hasRefreshToken"] == row.refreshes
    assert {s.removeprefix("user:") for s in row.scopes} == {s.removeprefix("user:") for s in c["scopes"]}
    token = lived.post("token")
    assert token["accessToken"] in stand_in.access and token["tokenType"] == "Bearer"
    assert lived.tested()["status"] == "connected"


def test_a_refresh_gives_the_next_token(lived):
    row = lived.row
    lived.connect()
    first = lived.post("token")["accessToken"]
    if not row.refreshes:
        assert lived.post("refresh", 409)["code"] == "reconnect_required"
        assert lived.post("token")["accessToken"] == first
        return
    for _ in range(2):
        lived.post("refresh")
        second = lived.post("token")["accessToken"]
        assert second != first and second in lived.stand_in.access
        first = second
    assert lived.connection()["hasRefreshToken"]


def test_a_refused_permission_is_said(lived):
    lived.stand_in.deny = True
    status, page = lived.walk()
    assert status == 403 and "access_denied" in page


def test_a_wrong_client_is_said_at_the_exchange(lived):
    lived.stand_in.faults[lived.row.token] = lived.row.invalid_client
    status, page = lived.walk()
    assert status == 400 and "Invalid client credentials" in page


def test_a_code_that_is_not_taken_is_said(lived):
    lived.stand_in.faults[lived.row.token] = lived.row.invalid_grant
    status, page = lived.walk()
    assert status == 400 and "refused the authorization code" in page


@pytest.mark.parametrize("row", [r for r in ROWS if r.refreshes and r.name != "FIGMA"], ids=named)
def test_a_refresh_token_that_died_means_reconnect(life, row):
    one = life(row)
    one.connect()
    one.stand_in.refresh.clear()
    assert one.post("refresh", 409)["code"] == "reconnect_required"
    assert one.connection()["status"] == "reconnect"
    one.connect()
    assert one.connection()["status"] == "connected"


def test_a_provider_that_fails_for_now_costs_no_connection(lived):
    if not lived.row.refreshes:
        return
    lived.connect()
    token = lived.post("token")["accessToken"]
    for status, payload in ((503, b"<html>"), (401, {"detail": "late"}), (400, {"error": True, "message": "x"})):
        lived.stand_in.faults[lived.row.refresh or lived.row.token] = (status, payload)
        assert lived.post("refresh", 502)["code"] == "provider_error"
    assert lived.post("token")["accessToken"] == token
    lived.stand_in.faults.clear()
    lived.post("refresh")
    assert lived.connection()["status"] == "connected"


def test_disconnecting_revokes_where_the_provider_can(lived):
    row, stand_in = lived.row, lived.stand_in
    lived.connect()
    token = lived.post("token")["accessToken"]
    answer = lived.post("disconnect")
    assert answer["revoked"] == (row.revoke is not None)
    assert stand_in.revoked == ({token} if row.revoke else set())
    if not row.revoke:
        assert answer["revokeUrl"].startswith(stand_in.url) and answer["revokeUrl"].endswith(row.revoke_page)
        assert "withdraw the permission" in answer["message"]
    assert lived.post("token", 404)["code"] == "oauth_connection_not_found"


@pytest.mark.parametrize("row", [r for r in ROWS if r.revoke], ids=named)
def test_disconnecting_wipes_here_when_the_provider_is_down_and_says_so(life, row):
    one = life(row)
    one.connect()
    one.stand_in.faults[row.revoke[1]] = (503, b"down")
    answer = one.post("disconnect")
    assert answer["revoked"] is False and "503" in answer["message"]
    assert one.post("token", 404)["code"] == "oauth_connection_not_found"


def test_slack_s_no_inside_a_yes_is_a_no(life):
    row = next(r for r in ROWS if r.name == "SLACK")
    one = life(row)
    one.connect()
    one.stand_in.faults["/api/auth.revoke"] = (200, {"ok": False, "error": "invalid_auth"})
    assert one.post("disconnect")["revoked"] is False


def test_a_token_for_ever_that_was_revoked_there_means_reconnect(life):
    row = next(r for r in ROWS if r.name == "GITHUB" and not r.refreshes)
    one = life(row)
    one.connect()
    one.stand_in.access.clear()
    tested = one.tested()
    assert (tested["status"], tested["tokenValid"]) == ("reconnect", False)
    assert one.connection()["status"] == "reconnect" and "401" in one.connection()["failureReason"]
    one.connect()
    assert one.tested()["status"] == "connected"


def test_a_chosen_site_comes_first(life):
    row = next(r for r in ROWS if r.name == "JIRA")
    sites = [{"id": f"cloud-{i}", "name": f"site-{i}", "url": f"https://s{i}.atlassian.net"} for i in range(3)]
    row = dataclasses.replace(row, who=(row.who[0], (*row.who[1][:3], sites)))
    one = life(row)
    assert Browser().open(one.post("authorize", organization="site-2")["startUrl"])[0] == 200
    assert [o["slug"] for o in one.connection()["organizations"]] == ["cloud-2", "cloud-0", "cloud-1"]
    assert Browser().open(one.post("authorize", organization="none")["startUrl"])[0] == 403


DEVICE = [*(r for r in ROWS if r.device), GITHUB_ISSUES]


def decide(one, flow, state):
    """Polls as fast as a client can until the provider's word has been heard."""
    one.stand_in.decide(state)
    asked, deadline = len(one.stand_in.asked(one.row.token)), time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = one.post("device/poll", flowId=flow["flowId"])
        if len(one.stand_in.asked(one.row.token)) > asked:
            return answer
        time.sleep(0.02)
    pytest.fail("the provider was never asked")


@pytest.mark.parametrize("row", DEVICE, ids=named)
def test_a_device_flow_from_code_to_token(life, row):
    one = life(row)
    flow = one.post("device/initiate")
    assert flow["userCode"] == "WDJB-MJHT" and flow["verificationUriComplete"].endswith("WDJB-MJHT")
    [device_code] = one.stand_in.devices
    assert device_code not in str(flow) and flow["deviceCode"] == flow["flowId"]
    assert one.post("device/poll", flowId=flow["flowId"])["status"] == "pending"
    assert one.stand_in.asked(row.token) == []  # not before the interval has passed
    assert decide(one, flow, "authorization_pending")["status"] == "pending"
    done = decide(one, flow, "approved")
    assert done["status"] == "completed" and done["connection"]["userId"] == row.user_id
    assert one.post("device/poll", deviceCode=flow["deviceCode"])["status"] == "completed"
    assert one.post("token")["accessToken"] in one.stand_in.access
    assert one.api.get(f"/auth/{row.slug}/flows/{flow['flowId']}").json()["status"] == "completed"


def test_a_device_flow_slows_down_as_it_is_told(life):
    one = life(DEVICE[0])
    flow = one.post("device/initiate")
    assert decide(one, flow, "slow_down")["interval"] == 6
    asked = len(one.stand_in.asked(one.row.token))
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        assert one.post("device/poll", flowId=flow["flowId"])["status"] == "pending"
    assert len(one.stand_in.asked(one.row.token)) == asked


@pytest.mark.parametrize(("word", "code"), [("access_denied", "access_denied"), ("expired_token", "invalid_state"),
                                            ("invalid_grant", "invalid_state"), ("invalid_client", "invalid_client_credentials")])
@pytest.mark.parametrize("row", [DEVICE[0], GITHUB_ISSUES], ids=named)
def test_a_device_flow_that_ends_badly_says_why(life, row, word, code):
    one = life(row)
    flow = one.post("device/initiate")
    answer = decide(one, flow, word)
    assert (answer["status"], answer["code"]) == ("failed", code) and answer["message"]
    assert one.post("device/poll", flowId=flow["flowId"])["code"] == code
    assert one.post("token", 404)["code"] == "oauth_connection_not_found"


def test_many_pollers_are_one_for_the_provider(life):
    one = life(DEVICE[0])
    flow = one.post("device/initiate")
    one.stand_in.decide("approved")
    until = time.monotonic() + 20
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        while not one.stand_in.asked(one.row.token) and time.monotonic() < until:
            list(pool.map(lambda _: one.post("device/poll", flowId=flow["flowId"])["status"], range(8)))
    assert one.post("device/poll", flowId=flow["flowId"])["status"] == "completed"
    assert len(one.stand_in.asked(one.row.token)) == 1


def test_a_device_flow_outlives_a_provider_that_is_down(life):
    one = life(DEVICE[0])
    flow = one.post("device/initiate")
    one.stand_in.faults[one.row.token] = (503, b"<html>")
    assert decide(one, flow, "approved")["status"] == "pending"
    one.stand_in.faults.clear()
    assert decide(one, flow, "approved")["status"] == "completed"


def test_a_device_flow_needs_a_provider_that_has_one(life):
    one = life(next(r for r in ROWS if r.name == "LINEAR"))
    assert "no device flow" in one.post("device/initiate", 400)["message"]
    assert one.post("device/poll", 404, flowId="none")["code"] == "oauth_flow_not_found"
    assert life(GITHUB_ISSUES).post("authorize", 400)["message"].startswith("GitHub Issues is connected by the device flow")


KEYS = [("LINEAR", "lin_api_1", None, "ApiKey", "lin_api_1"), ("LINEAR", "tok", "Bearer", "Bearer", "Bearer tok"),
        ("FIGMA", "figd_1", None, "X-Figma-Token", "figd_1"), ("GITHUB", "ghp_1", None, "Bearer", "Bearer ghp_1"),
        ("GITLAB", "glpat-1", "bearer", "Bearer", "Bearer glpat-1"), ("SENTRY", "sntryu_1", None, "Bearer", "Bearer sntryu_1")]


@pytest.mark.parametrize(("name", "token", "kind", "kept", "sent"), KEYS)
def test_a_static_token_is_asked_who_it_is_then_handed_out(api, name, token, kind, kept, sent):
    row = next(r for r in ROWS if r.name == name)
    one = Life(api, row, StandIn(row))
    api.post("/projects", {"id": "shop", "name": "Shop"})
    more = {"token": token, "baseUrl": one.stand_in.url, **({"tokenType": kind} if kind else {})}
    assert one.post("static", 400, **more)["code"] == "invalid_request"  # not known there
    assert one.api.get("/auth/apps?project=shop").json()["apps"] == []
    one.stand_in.api_keys[sent] = True
    assert one.post("static", **more)["connection"]["userId"] == row.user_id
    answer = one.post("token")
    assert (answer["accessToken"], answer["tokenType"], answer["expiresAt"]) == (token, kept, None)
    assert one.tested()["status"] == "connected"
    assert one.post("refresh", 409)["code"] == "reconnect_required"
    one.stand_in.api_keys.clear()
    assert one.tested()["status"] == "reconnect"
    assert "oauth:token:set" in one.connection()["failureReason"] and "oauth:token:set" in one.connection()["nextStep"]
    one.stand_in.api_keys[sent] = True
    one.post("static", **more)
    assert one.connection()["status"] == "connected"
    answer = one.post("disconnect")
    assert answer["revoked"] is False and "stays valid" in answer["message"]
    assert one.stand_in.wrong == [] and one.stand_in.revoked == set()
    one.stand_in.close()


@pytest.mark.parametrize(("more", "says"), [
    ({"token": "a b"}, "printable"), ({"token": "a", "tokenType": "Digest"}, "Supported for Linear: ApiKey, Bearer"),
    ({"token": "a", "expiresAt": "2020-01-01T00:00:00Z"}, "expired"), ({"token": "a", "expiresAt": "soon"}, "expiresAt"),
    ({"token": "a", "baseUrl": "http://example.com"}, "https")])
def test_a_static_token_that_cannot_be_is_refused(api, more, says):
    api.post("/projects", {"id": "shop", "name": "Shop"})
    answer = api.post("/auth/linear/static", {**PROJECT, **more})
    assert answer.status_code == 400 and says in answer.json()["message"]


class Issuer(StandIn):
    """A server that publishes its endpoints; `tenant` is the issuer's path."""

    def __init__(self, row, tenant="", where="oauth-authorization-server", **changes):
        self.tenant, self.where, self.changes, self.iss = tenant, where, changes, None
        super().__init__(row)
        self.issuer = self.url + tenant

    def authorized(self):
        return {} if self.iss is None else {"iss": self.iss}

    def respond(self, method, path, query, body, headers):
        inserted = f"/.well-known/oauth-authorization-server{self.tenant}"
        place = {"oauth-authorization-server": inserted,
                 "openid-configuration": f"{self.tenant}/.well-known/openid-configuration"}.get(self.where)
        if path.startswith("/.well-known") or path.endswith("openid-configuration"):
            if path != place:
                return 404, b"", {}
            at = self.url
            document = {"issuer": self.issuer, "authorization_endpoint": f"{at}/a", "token_endpoint": f"{at}/t",
                        "userinfo_endpoint": f"{at}/me", "revocation_endpoint": f"{at}/r",
                        "code_challenge_methods_supported": ["S256"], **self.changes}
            return 200, {k: v for k, v in document.items() if v is not None}, {}
        return super().respond(method, path, query, body, headers)


OIDC = Row("OIDC", "oidc", "/a", "/t", ("openid", "email"), (("GET", "/me", None, {"sub": "s-1", "name": "Ann"}),), "s-1",
           auth="basic", revoke=("POST", "/r", "client"))


@pytest.mark.parametrize(("tenant", "where"), [("", "oauth-authorization-server"), ("/tenant/1", "oauth-authorization-server"),
                                               ("/tenant", "openid-configuration")])
def test_any_server_that_publishes_its_endpoints(life, tenant, where):
    stand_in = Issuer(OIDC, tenant, where)
    one = life(OIDC, stand_in, baseUrl=stand_in.issuer)
    one.connect()
    one.post("refresh")
    assert one.tested()["status"] == "connected"
    assert one.post("disconnect")["revoked"] is True


def test_pkce_and_client_authentication_follow_the_metadata(life):
    row = dataclasses.replace(OIDC, pkce=False, auth="body")
    stand_in = Issuer(row, code_challenge_methods_supported=["plain"],
                      token_endpoint_auth_methods_supported=["private_key_jwt", "client_secret_post"])
    life(row, stand_in).connect()


@pytest.mark.parametrize(("changes", "says"), [
    ({"issuer": "https://evil.example"}, "calls its issuer"), ({"token_endpoint": None}, "token_endpoint"),
    ({"token_endpoint": "http://example.com/t"}, "https"), ({"authorization_endpoint": "ftp://x/a"}, "authorization_endpoint"),
    ({"userinfo_endpoint": "https://u:p@example.com/"}, "userinfo_endpoint"),
    ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "client authentication")])
def test_metadata_that_cannot_be_used_are_refused(api, changes, says):
    one = Life(api, OIDC, Issuer(OIDC, **changes))
    answer = one.begin(502)
    one.stand_in.close()
    assert answer["code"] == "provider_error" and says in answer["message"]


def test_a_server_without_metadata_is_said(api):
    one = Life(api, OIDC, Issuer(OIDC, where="elsewhere"))
    assert "publishes no OAuth metadata" in one.begin(502)["message"]
    assert one.begin(400, baseUrl=None)["message"].startswith("baseUrl is required")
    one.stand_in.close()


def test_an_answer_of_another_issuer_is_refused(life):
    stand_in = Issuer(OIDC, authorization_response_iss_parameter_supported=True)
    one = life(OIDC, stand_in)
    assert "names no issuer" in one.walk()[1]
    stand_in.iss = "https://evil.example"
    status, page = one.walk()
    assert status == 400 and "another issuer" in page
    assert one.stand_in.asked("/t") == []
    stand_in.iss = stand_in.issuer
    one.connect()


def test_providers_are_listed(api):
    rows = {p["name"]: p for p in api.get("/providers").json()["providers"]}
    assert set(rows) >= {"SENTRY", "LINEAR", "GITHUB", "GITHUB_ISSUES", "GITLAB", "JIRA", "SLACK", "FIGMA", "OIDC"}
    assert rows["LINEAR"]["scopeSeparator"] == "," and rows["LINEAR"]["tokenTypes"] == ["ApiKey", "Bearer"]
    assert rows["GITHUB_ISSUES"]["flows"] == ["device", "static"]
    assert rows["SENTRY"]["revokes"] is False and rows["SENTRY"]["builtIn"] is True


def test_the_device_flow_from_the_command_line_to_the_sandbox(walk, cli, devflow, bare_env):
    """oauth:connect --device waits while the user enters the code somewhere else."""
    walk.create()
    walk.register()
    env = {**bare_env, "DEVFLOW_API_URL": walk.api.url}
    with subprocess.Popen([devflow, "oauth:connect", "sentry", "--project", "shop", "--device"], env=env, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        page = ""
        while "user_code=" not in page:
            page = running.stdout.readline()
            assert page, running.stderr.read()
        status, _, done = Browser().consent(page.strip())
        assert status == 200 and "return to your device" in done
        said, wrong = running.communicate(timeout=60)
    assert running.returncode == 0 and "OAuth connection established successfully" in said, wrong
    assert "Sentry" in cli("integrations:test", "shop").stdout
    assert cli("oauth:token", "sentry", "--project", "shop").returncode == 0
