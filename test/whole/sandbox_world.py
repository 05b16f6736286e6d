"""A running `devflow sandbox` for a test, its consent given by the script, and its API asked as DevFlow asks it."""

import base64
import hashlib
import json
import os
import pathlib
import re
import secrets
import signal
import subprocess
import urllib.parse

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("DEVFLOW_BIN", str(ROOT / "build" / "devflow"))
REDIRECT = "http://localhost:3001/api/v1/auth/sentry/callback"
ALL_SCOPES = "org:read project:read event:read event:write member:read"


class Sandbox:
    def __init__(self, *options):
        self.process = subprocess.Popen(
            [PROGRAM, "sandbox", "--port", "0", "--json", *options], stdout=subprocess.PIPE, text=True
        )
        self.facts = json.loads(self.process.stdout.readline())
        self.url = self.facts["url"]
        self.dsn = self.facts["dsn"]
        self.key = urllib.parse.urlsplit(self.dsn).username
        self.token = None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    # OAuth

    def authorize(self, **changes):
        """GET /oauth/authorize/ without following redirects; a None in `changes` leaves the parameter out."""
        query = {
            "client_id": self.facts["clientId"],
            "response_type": "code",
            "redirect_uri": self.facts["redirectUri"],
            "scope": ALL_SCOPES,
            "state": "s t&a=te",
        }
        query.update(changes)
        query = {k: v for k, v in query.items() if v is not None}
        return requests.get(self.url + "/oauth/authorize/", params=query, allow_redirects=False, timeout=10)

    def decide(self, page, op="approve"):
        consent = re.search(r'name="consent" value="([0-9a-f]{64})"', page.text).group(1)
        return requests.post(
            self.url + "/oauth/authorize/", data={"consent": consent, "op": op}, allow_redirects=False, timeout=10
        )

    def code(self, **changes):
        answer = self.authorize(force_prompt="1", **changes)
        assert answer.status_code == 200, answer.text
        return parameters(self.decide(answer))["code"]

    def exchange(self, **form):
        data = {"client_id": self.facts["clientId"], "client_secret": self.facts["clientSecret"]}
        data.update(form)
        data = {k: v for k, v in data.items() if v is not None}
        return requests.post(self.url + "/oauth/token/", data=data, allow_redirects=False, timeout=10)

    def connect(self, scope=ALL_SCOPES):
        answer = self.exchange(grant_type="authorization_code", code=self.code(scope=scope), redirect_uri=self.facts["redirectUri"])
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]
        return answer.json()

    # API

    def call(self, method, path, token=None, **more):
        headers = {"Authorization": "Bearer " + (token or self.token or "none")}
        return requests.request(method, self.url + path, headers=headers, allow_redirects=False, timeout=20, **more)

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def fault(self, **body):
        answer = requests.post(self.url + "/_sandbox/faults", json=body, timeout=10)
        assert answer.status_code == 201, answer.text

    def stats(self):
        return requests.get(self.url + "/_sandbox/stats", timeout=10).json()

    # Ingest

    def send(self, event, **more):
        """An event by the store endpoint; its id."""
        answer = self.store(json.dumps(event), **more)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def store(self, body, headers=None):
        headers = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={self.key}", **(headers or {})}
        return requests.post(self.url + "/api/1/store/", data=body, headers=headers, timeout=10)

    def envelope(self, body, headers=None, query=None):
        query = {"sentry_key": self.key} if query is None else query
        return requests.post(self.url + "/api/1/envelope/", data=body, headers=headers or {}, params=query, timeout=10)


def parameters(answer):
    """The query of where an answer redirects to."""
    assert answer.status_code == 302, answer.text
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["Location"]).query, keep_blank_values=True))


def pkce():
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def links(answer):
    """rel -> (results, cursor) of a Link header."""
    found = re.findall(r'<([^>]*)>; rel="(\w+)"; results="(\w+)"; cursor="([^"]*)"', answer.headers["Link"])
    return {rel: (results == "true", cursor, url) for url, rel, results, cursor in found}
