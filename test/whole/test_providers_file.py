"""OAUTH_PROVIDERS_FILE: rows of the user run like the built-in ones, and each fault is one sentence. docs/providers.md and its
schema say what the program does."""

import json
import re
import subprocess

import pytest
from browser import Browser
from conftest import ROOT
from jsonschema import Draft202012Validator
from provider_stand_in import Row, StandIn
from test_providers import Issuer, Life, OIDC

SCHEMA = json.loads((ROOT / "docs/providers.schema.json").read_text())
PAGE = (ROOT / "docs/providers.md").read_text()
ROW = {"name": "ACME", "title": "Acme", "baseUrl": "https://acme.example", "authorizeUrl": "/go", "tokenUrl": "/tok/",
       "apiUrl": "https://api.acme.example/v2", "scopeSeparator": ";", "recommendedScopes": ["a:b", "c"], "pkce": True,
       "clientAuth": "basic", "authorizeParams": {"realm": "x y"}, "errorWords": {"worn_out": "invalid_grant"},
       "user": {"url": "{api}/me", "id": "/data/0/id", "email": "/data/0/e~1mail"},
       "revocation": {"url": "/bye", "field": "token", "client": True},
       "staticTokens": [{"type": "Key", "header": "Authorization", "prefix": "Key "}]}


def written(folder, *rows, **more):
    path = folder / "providers.json"
    path.write_text(json.dumps({"providers": list(rows), **more}))
    return str(path)


@pytest.fixture
def checked(devflow, bare_env, tmp_path):
    """checked(*rows): the faults that config:check finds, after the file's name."""
    key = subprocess.run([devflow, "key:generate"], env=bare_env, capture_output=True, text=True, check=True).stdout.strip()

    def check(path):
        env = {**bare_env, "OAUTH_ENCRYPTION_KEY": key, "OAUTH_PROVIDERS_FILE": path}
        done = subprocess.run([devflow, "config:check"], env=env, capture_output=True, text=True, cwd=tmp_path)
        faults = [line.removeprefix(f"devflow: {path}: ") for line in done.stderr.splitlines() if path in line]
        assert done.returncode == (78 if faults else 0), done.stderr
        return faults
    return check


def test_a_row_of_the_user_runs_its_whole_life(start_api, tmp_path):
    api = start_api({"OAUTH_PROVIDERS_FILE": written(tmp_path, ROW)})
    row = Row("ACME", "acme", "/go", "/tok/", ("a:b", "c"),
              (("GET", "/v2/me", None, {"data": [{"id": 7, "e/mail": "ann@example.com"}]}),), "7", separator=";", auth="basic",
              email="ann@example.com", extra={"realm": "x y"}, invalid_grant=(400, {"error": "worn_out"}),
              revoke=("POST", "/bye", "client"))
    one = Life(api, row, StandIn(row))
    one.begin()
    assert one.connect()["userId"] == "7"
    one.post("refresh")
    assert one.tested()["status"] == "connected"
    assert one.post("disconnect")["revoked"] is True
    one.connect()
    one.stand_in.refresh.clear()
    assert one.post("refresh", 409)["code"] == "reconnect_required"
    one.stand_in.api_keys["Key k-1"] = True
    assert one.post("static", token="k-1", baseUrl=one.stand_in.url)["connection"]["userId"] == "7"
    assert one.post("token")["tokenType"] == "Key"
    one.stand_in.close()
    assert one.stand_in.wrong == []


def test_a_row_may_discover_and_may_replace(start_api, tmp_path):
    replaced = {"name": "LINEAR", "replaces": True, "title": "Our Linear", "discovery": True}
    api = start_api({"OAUTH_PROVIDERS_FILE": written(tmp_path, replaced)})
    rows = [p for p in api.get("/providers").json()["providers"] if p["name"] == "LINEAR"]
    assert [(p["title"], p["builtIn"]) for p in rows] == [("Our Linear", False)]
    stand_in = Issuer(OIDC)
    one = Life(api, OIDC, stand_in)
    one.row = Row(**{**OIDC.__dict__, "name": "LINEAR", "slug": "linear"})
    one.begin()
    assert Browser().open(one.post("authorize")["startUrl"])[0] == 200
    stand_in.close()
    assert stand_in.wrong == []


@pytest.mark.parametrize(("changes", "fault"), [
    ({"name": "acme"}, "providers[0] (acme): name must be upper case letters"),
    ({"slug": "A"}, "providers[0] (ACME): slug must be lower case"),
    ({"slug": "apps"}, "providers[0] (ACME): slug is taken by a route"),
    ({"name": "SENTRY"}, 'providers[0] (SENTRY): name is that of a built-in provider (SENTRY): choose another, or say "replaces"'),
    ({"slug": "sentry"}, "providers[0] (ACME): name is that of a built-in provider (SENTRY)"),
    ({"slug": "sentry", "replaces": True}, "providers[0] (ACME): name is that of a built-in provider (SENTRY)"),
    ({"replaces": True}, "providers[0] (ACME): replaces is true, but there is no built-in provider ACME"),
    ({"tokenUrl": "http://acme.example/t"}, "providers[0] (ACME): tokenUrl must be an https URL, a path"),
    ({"tokenUrl": "//evil.example/t"}, "providers[0] (ACME): tokenUrl must be"),
    ({"baseUrl": "https://acme.example/"}, "providers[0] (ACME): baseUrl must be an https URL without a trailing slash"),
    ({"tokenUrl": None}, "providers[0] (ACME): tokenUrl must be a text"),
    ({"user": {"url": "/me"}}, "providers[0] (ACME): user needs a url, and id"),
    ({"user": {"url": "/me", "id": "id"}}, "providers[0] (ACME): user.id must be a JSON pointer"),
    ({"user": {"url": "/me", "id": "/id", "what": 1}}, "providers[0] (ACME): user.what is not a field"),
    ({"clientAuth": "jwt"}, 'providers[0] (ACME): clientAuth must be "body", "basic" or "none"'),
    ({"scopeSeparator": "  "}, "providers[0] (ACME): scopeSeparator must be one character"),
    ({"discovery": True}, "providers[0] (ACME): discovery and authorizeUrl or tokenUrl exclude each other"),
    ({"otherScopePrefix": "u:"}, "providers[0] (ACME): otherScopePrefix and otherScopeParam go together"),
    ({"staticTokens": [{"type": "x", "header": "a b"}]}, "providers[0] (ACME): staticTokens needs a type and a header name"),
    ({"graceSeconds": -1}, "providers[0] (ACME): graceSeconds must be a number"),
    ({"errorWords": {"a": 1}}, "providers[0] (ACME): errorWords must be a text"),
    ({"knownScopes": "a"}, "providers[0] (ACME): knownScopes must be a list"),
    ({"apiUrl": "{api}/v2"}, "providers[0] (ACME): apiUrl must"),
    ({"knownScopes": ["a:b"]}, "providers[0] (ACME): recommendedScopes has c, which is not among knownScopes"),
    ({"authorizeParams": {"state": "x"}}, "providers[0] (ACME): authorizeParams must not have state"),
    ({"tokenParams": {"client_id": "x"}}, "providers[0] (ACME): tokenParams must not have client_id"),
    ({"staticTokens": [{"type": "x", "header": "content-length"}]}, "providers[0] (ACME): staticTokens cannot have the header"),
    ({"user": {"method": "POST", "url": "/me", "id": "/id", "body": "{query"}}, "providers[0] (ACME): user.body must be JSON"),
    ({"graceSeconds": 1.5}, "providers[0] (ACME): graceSeconds must be a whole number"),
    ({"answerAt": "/a~2b"}, "providers[0] (ACME): answerAt must be a JSON pointer"),
    ({"colour": "red"}, "providers[0] (ACME): colour is not a field of a provider: see docs/providers.md")])
def test_each_fault_is_one_sentence(checked, tmp_path, changes, fault):
    [found] = checked(written(tmp_path, {**ROW, **changes}))
    assert found.startswith(fault), found


def test_faults_of_the_whole_file(checked, tmp_path):
    assert checked(written(tmp_path, ROW)) == []
    [found] = checked(written(tmp_path, ROW, ROW))
    assert found.startswith("providers[1] (ACME): name is that of another row of this file")
    [found] = checked(written(tmp_path, ROW, more=1))
    assert found.startswith('the file has a member "more"')
    path = tmp_path / "broken.json"
    for text, says in (('{"providers":[', "is not JSON"), ("[]", "must be of the form"), ("", "is not JSON")):
        path.write_text(text)
        assert says in checked(str(path))[0]
    path.write_text('{"providers":[],"providers":[]}')
    assert 'has "providers" twice' in checked(str(path))[0]
    without = {name: value for name, value in ROW.items() if name != "apiUrl"}
    assert checked(written(tmp_path, without)) == ["providers[0] (ACME): user.url is under {api}, but there is no apiUrl: add it"]
    path.write_text('{"providers":[{"name":"ACME","name":"ACME","discovery":true}]}')
    assert checked(str(path)) == ["providers[0] (ACME): name is there twice: keep one"]


def test_a_file_that_cannot_be_read_ends_the_start(devflow, bare_env, tmp_path):
    done = subprocess.run([devflow, "serve"], env={**bare_env, "OAUTH_PROVIDERS_FILE": str(tmp_path / "none")}, cwd=tmp_path,
                          capture_output=True, text=True, timeout=20)
    assert done.returncode == 78 and "OAUTH_PROVIDERS_FILE cannot be read" in done.stderr


def test_the_schema_takes_what_the_program_takes(checked, tmp_path):
    fields = SCHEMA["$defs"]["provider"]["properties"]
    wrong = {name: [] if schema.get("type") != "array" else 1 for name, schema in fields.items() if name != "name"}
    found = checked(written(tmp_path, {"name": "ACME", **dict(list(wrong.items())[:25])}))
    found += checked(written(tmp_path, {"name": "ACME", **dict(list(wrong.items())[25:])}))
    assert {re.match(r"providers\[0\] \(ACME\): (\w+) must", f).group(1) for f in found} == set(wrong)
    validator = Draft202012Validator(SCHEMA)
    [example] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    for document in (json.loads(example), {"providers": [ROW]}):
        validator.validate(document)
        path = tmp_path / "p.json"
        path.write_text(json.dumps(document))
        assert checked(str(path)) == []
    assert not validator.is_valid({"providers": [{**ROW, "colour": "red"}]})


def test_the_page_names_every_field_and_every_built_in_row(api):
    described = set(re.findall(r"`(\w+)`", PAGE[PAGE.index("| field | meaning |"):]))
    fields = SCHEMA["$defs"]
    assert set(fields["provider"]["properties"]) | set(fields["question"]["properties"]) <= described
    table = re.findall(r"^\| `([A-Z_]+)` \| `([a-z-]+)` \| ([^|]+) \| (\w+) \| (\w+) \| (\w+) \| ([^|]+) \| (\w+) \|$", PAGE, re.M)
    rows = api.get("/providers").json()["providers"]
    grace = [f"replaced, {r['graceSeconds'] or 'no'}{' s of' if r['graceSeconds'] else ''} grace" for r in rows]
    assert table == [(r["name"], r["slug"], ", ".join(r["flows"]), {" ": "space", ",": "comma"}[r["scopeSeparator"]],
                      r["clientAuth"], "yes" if r["pkce"] else "no", g if r["rotatesRefreshTokens"] else "kept",
                      "yes" if r["revokes"] else "no") for r, g in zip(rows, grace)]
