"""A provider on loopback that checks the wire as strictly as the real one, or more: paths with their slashes, each field of a
request and none beside them, scope separators, client authentication, PKCE, Accept. It answers in the provider's own shapes,
errors included. What was sent wrong is in `wrong`; a test ends with none."""

import base64
import dataclasses
import hashlib
import json
import secrets
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLIENT = ("the-client-id", "the client:secret/+")
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclasses.dataclass
class Row:
    """How one provider wants to be asked, and what it answers. Paths are under the stand-in's base."""
    name: str
    slug: str
    authorize: str
    token: str
    scopes: tuple
    who: tuple  # (method, path, JSON body or None, answer) for each question of who the token speaks for
    user_id: str
    refresh: str = ""
    separator: str = " "
    pkce: bool = True
    auth: str = "body"
    extra: dict = dataclasses.field(default_factory=dict)
    email: str = None
    organizations: tuple = ()
    expires_in: int = 3600
    refreshes: bool = True
    rotates: bool = True
    bare_refresh: bool = False
    invalid_grant: tuple = (400, {"error": "invalid_grant"})
    invalid_client: tuple = (401, {"error": "invalid_client"})
    shape: object = None  # turns the plain token answer into the provider's
    revoke: tuple = None  # (method, path, how)
    revoke_page: str = None
    device: str = None
    registered: dict = dataclasses.field(default_factory=dict)


class StandIn:
    def __init__(self, row):
        self.row = row
        self.wrong, self.calls = [], []
        self.codes, self.devices = {}, {}
        self.access, self.refresh, self.used, self.revoked = set(), set(), set(), set()
        self.api_keys = {}  # header value: accepted
        self.deny, self.faults, self.lock = False, {}, threading.Lock()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                path, _, query = self.path.partition("?")
                with stand_in.lock:
                    stand_in.calls.append((self.command, path, body))
                    status, payload, headers = stand_in.respond(self.command, path, query, body, self.headers)
                data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def fault(self, sentence):
        self.wrong.append(sentence)
        return 400, {"error": "invalid_request", "error_description": sentence}, {}

    def asked(self, path):
        return [body for _, at, body in self.calls if at == path]

    def respond(self, method, path, query, body, headers):
        row = self.row
        if path in self.faults:
            status, payload = self.faults[path]
            return status, payload, {}
        if path == row.authorize:
            return self.authorize(method, query)
        if path == row.token or path == row.refresh:
            return self.token(method, path, body, headers)
        if row.device and path == row.device:
            return self.device(method, body, headers)
        if row.revoke and path == row.revoke[1]:
            return self.revocation(method, body, headers)
        for who in row.who:
            if path == who[1]:
                return self.user(who, method, body, headers)
        return self.fault(f"{method} {path}: there is no such path")

    def authorize(self, method, query):
        row, fields = self.row, dict(urllib.parse.parse_qsl(query))
        expected = {"client_id", "response_type", "redirect_uri", "state", *row.extra}
        expected |= {"code_challenge", "code_challenge_method"} if row.pkce else set()
        scope = ("+" if row.separator == " " else row.separator).join(s for s in row.scopes if not s.startswith("user:"))
        user_scope = row.separator.join(s[5:] for s in row.scopes if s.startswith("user:"))
        expected |= {name for name, value in (("scope", scope), ("user_scope", user_scope)) if value}
        if method != "GET" or set(fields) != expected:
            return self.fault(f"authorize: {method} with {sorted(fields)}, not {sorted(expected)}")
        for name, value in (("scope", scope), ("user_scope", user_scope)):
            if value and f"{name}={value}" not in query.split("&"):
                return self.fault(f"authorize: {name} is not {value}: {query}")
        if fields["client_id"] != CLIENT[0] or fields["response_type"] != "code" or len(fields["state"]) < 32:
            return self.fault(f"authorize: {fields}")
        if any(fields[name] != value for name, value in row.extra.items()):
            return self.fault(f"authorize: {fields} without {row.extra}")
        if row.pkce and (fields["code_challenge_method"] != "S256" or len(fields["code_challenge"]) != 43):
            return self.fault("authorize: not PKCE by S256")
        back = {"state": fields["state"], **self.authorized()}
        if self.deny:
            back["error"] = "access_denied"
        else:
            back["code"] = secrets.token_hex(16)
            self.codes[back["code"]] = (fields["redirect_uri"], fields.get("code_challenge"))
        return 302, b"", {"Location": f"{fields['redirect_uri']}?{urllib.parse.urlencode(back)}"}

    def authorized(self):
        """More parameters of the authorization answer."""
        return {}

    def client_fault(self, fields, headers, auth=None):
        """None when the client said who it is exactly as it should; takes its fields out."""
        auth = auth or self.row.auth
        if auth == "basic":
            pair = ":".join(urllib.parse.quote(part, safe="") for part in CLIENT)
            if headers.get("Authorization") != "Basic " + base64.b64encode(pair.encode()).decode():
                return f"not Basic of the client: {headers.get('Authorization')}"
            return None
        if headers.get("Authorization"):
            return "an Authorization header beside the body's client"
        if fields.pop("client_id", None) != CLIENT[0]:
            return "another client_id"
        if auth == "body" and fields.pop("client_secret", None) != CLIENT[1]:
            return "another client_secret"
        return None

    def token(self, method, path, body, headers):
        row = self.row
        fields = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        if method != "POST" or headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return self.fault(f"token: {method} of {headers.get('Content-Type')}")
        if headers.get("Accept") != "application/json":  # GitHub answers a form to anything else
            return self.fault(f"token: Accept: {headers.get('Accept')}")
        device = fields.get("grant_type") == DEVICE_GRANT
        wrong = self.client_fault(fields, headers, "none" if device else None)
        if wrong:
            return self.fault(f"token: {wrong}")
        if device:
            return self.device_token(fields)
        if row.refresh and (path == row.refresh) != ("refresh_token" in fields):
            return self.fault(f"token: {sorted(fields)} at {path}")
        return self.refresh_grant(fields) if "refresh_token" in fields else self.code_grant(fields)

    def code_grant(self, fields):
        expected = {"grant_type", "code", "redirect_uri"} | ({"code_verifier"} if self.row.pkce else set())
        if set(fields) != expected or fields["grant_type"] != "authorization_code":
            return self.fault(f"token: {sorted(fields)}, not {sorted(expected)}")
        uri, challenge = self.codes.pop(fields["code"], (None, None))
        if uri is None:
            return (*self.row.invalid_grant, {})
        if fields["redirect_uri"] != uri:
            return self.fault(f"token: redirect_uri {fields['redirect_uri']}, not {uri}")
        if self.row.pkce:
            digest = hashlib.sha256(fields["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                return self.fault("token: the verifier is not the challenge's")
        return 200, self.pair(), {}

    def refresh_grant(self, fields):
        expected = {"refresh_token"} | (set() if self.row.bare_refresh else {"grant_type"})
        if set(fields) != expected or fields.get("grant_type", "refresh_token") != "refresh_token":
            return self.fault(f"refresh: {sorted(fields)}, not {sorted(expected)}")
        token = fields["refresh_token"]
        if token in self.used:
            return self.fault("refresh: a refresh token was sent twice")
        if token not in self.refresh:
            return (*self.row.invalid_grant, {})
        if self.row.rotates:
            self.refresh.discard(token)
            self.used.add(token)
            self.access.clear()
        return 200, self.pair(refreshed=True), {}

    def pair(self, refreshed=False):
        row = self.row
        answer = {"access_token": secrets.token_hex(16), "token_type": "Bearer",
                  "scope": row.separator.join(sorted(row.scopes))}
        self.access.add(answer["access_token"])
        if row.expires_in:
            answer["expires_in"] = row.expires_in
        if row.refreshes and (row.rotates or not refreshed):
            answer["refresh_token"] = secrets.token_hex(16)
            self.refresh.add(answer["refresh_token"])
        return row.shape(answer, refreshed) if row.shape else answer

    def device(self, method, body, headers):
        fields = dict(urllib.parse.parse_qsl(body))
        wrong = self.client_fault(fields, headers, "none")
        if wrong or method != "POST" or headers.get("Accept") != "application/json" or set(fields) != {"scope"}:
            return self.fault(f"device: {method} {wrong} {sorted(fields)}")
        if fields["scope"] != self.row.separator.join(self.row.scopes):
            return self.fault(f"device: scope {fields['scope']}")
        code = secrets.token_hex(32)
        self.devices[code] = "authorization_pending"
        return 200, {"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": f"{self.url}/device",
                     "verification_uri_complete": f"{self.url}/device?user_code=WDJB-MJHT", "expires_in": 600,
                     "interval": 1}, {}

    def device_token(self, fields):
        if set(fields) != {"grant_type", "device_code"}:
            return self.fault(f"device token: {sorted(fields)}")
        state = self.devices.get(fields["device_code"], "invalid_grant")
        if state == "approved":
            del self.devices[fields["device_code"]]
            return 200, self.pair(), {}
        if state == "slow_down":
            self.devices[fields["device_code"]] = "authorization_pending"
        return (200 if self.row.slug.startswith("github") else 400), {"error": state}, {}

    def decide(self, state):
        for code in self.devices:
            self.devices[code] = state

    def user(self, who, method, body, headers):
        method_wanted, path, body_wanted, answer = who
        given = headers.get("Authorization") or ""
        key = headers.get("X-Figma-Token") or given
        accepted = (given.startswith("Bearer ") and given[7:] in self.access) or key in self.api_keys
        if not accepted:
            return 401, {"detail": "Invalid token"}, {}
        if method != method_wanted or headers.get("Accept") != "application/json":
            return self.fault(f"{path}: {method}, Accept {headers.get('Accept')}")
        if body_wanted is not None and (json.loads(body) != body_wanted or headers.get("Content-Type") != "application/json"):
            return self.fault(f"{path}: {body}")
        return 200, answer, {}

    def revocation(self, method, body, headers):
        wanted, path, how = self.row.revoke
        if method != wanted:
            return self.fault(f"{path}: {method}")
        if how == "bearer":
            token, fields = (headers.get("Authorization") or "")[7:], {}
        elif how == "json":
            wrong = self.client_fault({}, headers, "basic")
            fields = json.loads(body)
            if wrong or headers.get("Content-Type") != "application/json":
                return self.fault(f"{path}: {wrong}")
            token = fields.pop("access_token", None)
        else:
            fields = dict(urllib.parse.parse_qsl(body))
            wrong = self.client_fault(fields, headers) if how == "client" else None
            if wrong:
                return self.fault(f"{path}: {wrong}")
            token = fields.pop("token" if how == "client" else "access_token", None)
        if fields or token not in self.access | self.refresh:
            return self.fault(f"{path}: {sorted(fields)} beside the token, or another token")
        self.revoked.add(token)
        if how == "bearer":
            return 200, {"ok": True, "revoked": True}, {}
        return (204, b"", {}) if how == "json" else (200, {}, {})


def slack(answer, refreshed):
    scopes = {"scope": ",".join(answer["scope"].split(","))}
    team = {"app_id": "A1", "team": {"id": "T1", "name": "Acme"}, "enterprise": None}
    if refreshed or not answer["scope"].startswith("user:"):
        return {"ok": True, **answer, **scopes, "token_type": "bot", "bot_user_id": "U0", "authed_user": {"id": "U1"}, **team}
    user = {**answer, "scope": answer["scope"].replace("user:", ""), "id": "U1", "token_type": "user"}
    return {"ok": True, "authed_user": user, **team}


def github(answer, _):
    return {**answer, "token_type": "bearer", "scope": ",".join(answer["scope"].split(" "))}


def figma(answer, _):
    answer = {**answer, "token_type": "bearer", "user_id_string": "u1"}
    del answer["scope"]
    return answer


LINEAR_QUERY = {"query": "{ viewer { id name email organization { urlKey name } } }"}
GITHUB_USER = {"login": "octocat", "id": 1, "name": "Ann", "email": None}
ROWS = [
    Row("SENTRY", "sentry", "/oauth/authorize/", "/oauth/token/", ("org:read", "project:read", "event:read"),
        (("GET", "/api/0/organizations/", None, [{"slug": "acme", "name": "Acme", "links": {}}]),), "acme",
        organizations=("acme",), device="/oauth/device/code/",
        revoke_page="/settings/account/authorized-applications/"),
    Row("LINEAR", "linear", "/oauth/authorize", "/oauth/token", ("read", "issues:create"),
        (("POST", "/graphql", LINEAR_QUERY, {"data": {"viewer": {"id": "lin-1", "name": "Ann", "email": "ann@example.com",
                                                                "organization": {"urlKey": "acme", "name": "Acme"}}}}),),
        "lin-1", separator=",", email="ann@example.com", organizations=("acme",), expires_in=86399,
        shape=lambda a, _: {**a, "scope": a["scope"].split(",")}, revoke=("POST", "/oauth/revoke", "own")),
    Row("GITHUB", "github", "/login/oauth/authorize", "/login/oauth/access_token", ("repo", "read:user"),
        (("GET", "/api/v3/user", None, GITHUB_USER),), "octocat", expires_in=None, refreshes=False, shape=github,
        invalid_grant=(200, {"error": "bad_verification_code", "error_description": "The code passed is incorrect."}),
        invalid_client=(200, {"error": "incorrect_client_credentials"}), device="/login/device/code",
        revoke=("DELETE", f"/api/v3/applications/{CLIENT[0]}/token", "json"),
        revoke_page=f"/settings/connections/applications/{CLIENT[0]}"),
    Row("GITHUB", "github", "/login/oauth/authorize", "/login/oauth/access_token", ("repo",),
        (("GET", "/api/v3/user", None, GITHUB_USER),), "octocat", expires_in=28800, shape=github,
        invalid_grant=(200, {"error": "bad_refresh_token"}), invalid_client=(200, {"error": "incorrect_client_credentials"}),
        revoke=("DELETE", f"/api/v3/applications/{CLIENT[0]}/token", "json")),
    Row("GITLAB", "gitlab", "/oauth/authorize", "/oauth/token", ("read_user", "api"),
        (("GET", "/api/v4/user", None, {"id": 7, "username": "ann", "name": "Ann", "email": "ann@example.com"}),), "ann",
        email="ann@example.com", expires_in=7200, shape=lambda a, _: {**a, "created_at": 1700000000},
        revoke=("POST", "/oauth/revoke", "client"), device="/oauth/authorize_device"),
    Row("JIRA", "jira", "/authorize", "/oauth/token", ("read:me", "read:jira-work", "offline_access"),
        (("GET", "/me", None, {"account_id": "5b10", "name": "Ann", "email": "ann@example.com"}),
         ("GET", "/oauth/token/accessible-resources", None,
          [{"id": "11223344-cloud", "name": "acme", "url": "https://acme.atlassian.net", "scopes": []}])), "5b10",
        email="ann@example.com", organizations=("11223344-cloud",), pkce=False,
        extra={"audience": "api.atlassian.com", "prompt": "consent"},
        invalid_grant=(403, {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}),
        revoke_page="/manage-profile/apps"),
    Row("SLACK", "slack", "/oauth/v2/authorize", "/api/oauth.v2.access", ("chat:write", "channels:read"),
        (("POST", "/api/auth.test", None, {"ok": True, "url": "https://acme.slack.com/", "team": "Acme", "user": "bot",
                                           "team_id": "T1", "user_id": "U0"}),), "U0", separator=",", pkce=False, auth="basic",
        organizations=("T1",), expires_in=43200, shape=slack, invalid_grant=(200, {"ok": False, "error": "invalid_refresh_token"}),
        invalid_client=(200, {"ok": False, "error": "bad_client_secret"}), revoke=("POST", "/api/auth.revoke", "bearer")),
    Row("SLACK", "slack", "/oauth/v2/authorize", "/api/oauth.v2.access", ("user:search:read",),
        (("POST", "/api/auth.test", None, {"ok": True, "url": "https://acme.slack.com/", "team": "Acme", "user": "ann",
                                           "team_id": "T1", "user_id": "U1"}),), "U1", separator=",", pkce=False, auth="basic",
        organizations=("T1",), expires_in=None, refreshes=False, shape=slack,
        invalid_grant=(200, {"ok": False, "error": "invalid_code"}), invalid_client=(200, {"ok": False, "error": "bad_client_secret"}),
        revoke=("POST", "/api/auth.revoke", "bearer")),
    Row("FIGMA", "figma", "/oauth", "/v1/oauth/token", ("current_user:read", "file_content:read"),
        (("GET", "/v1/me", None, {"id": "fig-1", "handle": "Ann", "email": "ann@example.com"}),), "fig-1",
        refresh="/v1/oauth/refresh", auth="basic", email="ann@example.com", expires_in=7776000, rotates=False, bare_refresh=True,
        shape=figma, invalid_client=(401, {"error": "invalid_client"}), revoke_page="/settings"),
]
GITHUB_ISSUES = Row("GITHUB_ISSUES", "github-issues", "/none", "/login/oauth/access_token", ("repo",),
                    (("GET", "/api/v3/user", None, GITHUB_USER),), "octocat", expires_in=None, refreshes=False, shape=github,
                    device="/login/device/code", registered={"redirectUri": None, "clientSecret": None})
