"""Who may do what: every route of openapi.json walked with every kind of key and with another project's ids; keys made, used,
rotated, revoked and ended; the first start, loopback and the local key."""

import fcntl
import http.client
import json
import os
import re
import stat
import subprocess
import sys
import time

import openapi
import pytest
import requests
from conftest import PROGRAM, Api

METHODS = ("get", "post", "put", "delete", "patch", "head", "options")
# What each rule is good for: the roles that pass for their own project.
PASSES = {
    "public": {"nobody", "admin", "local", "read", "shop", "full", "other"},
    "any key": {"admin", "local", "read", "shop", "full", "other"},
    "project read": {"admin", "local", "read", "shop", "full"},
    "project write": {"admin", "local", "shop", "full"},
    "tokens": {"admin", "local", "full"},
    "proxy": {"admin", "local", "full"},
    "read all": {"admin", "local", "read"},
    "admin": {"admin", "local"},
    "admin, with a key": {"admin", "local"},
}
OF_A_PROJECT = {"project read", "project write", "tokens", "proxy"}
BODIES = {
    "createProject": {"name": "New"}, "registerApp": {"provider": "SENTRY", "clientId": "c", "clientSecret": "s"},
    "setStaticToken": {"token": "t"}, "pollDeviceFlow": {"flowId": "none"}, "addWebhook": {"url": "https://127.0.0.1:1/"}, "setHookSecret": {"secret": "s"}, "setRules": {"rules": []},
    "setSchedule": {"cron": "0 0 * * *"},
    "updateProject": {"description": "d"}, "createApiKey": {"role": "read"},
}
OPERATIONS = [(path, method, item[method]) for path, item in openapi.DOCUMENT["paths"].items() for method in METHODS if method in item]


def eventually(holds, seconds=30, seen=None):
    """`seen` is what `holds` leaves there of what it saw, for the message."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"it did not come to be: {seen}" if seen is not None else "it did not come to be"
        time.sleep(0.05)


def ask(api, method, path, key=None, **options):
    headers = {"X-API-Key": key} if key else {}
    answer = api.bare.request(method, api.url + path, **{"timeout": 30, "allow_redirects": False, "headers": headers, **options})
    if method != "head":
        openapi.check(method.upper(), path, answer.status_code, answer.headers.get("Content-Type", "").split(";")[0], answer.text)
    return answer


def code_of(answer):
    try:
        return answer.json().get("code")
    except (ValueError, AttributeError):
        return None


def request_for(path, operation, project):
    """(path, options) that name this project wherever the operation names one."""
    values = {"projectId": project, "provider": "sentry", "keyId": "000000000000"}
    at = re.sub(r"{(\w+)}", lambda m: values.get(m[1], "none"), path)
    options = {}
    parameters = [openapi.resolve(p) for p in operation.get("parameters", [])]
    if any(p["in"] == "query" and p["name"] == "project" for p in parameters):
        at += f"?project={project}"
    if "requestBody" in operation and "{path}" not in path:
        body = dict(BODIES.get(operation["operationId"], {}))
        content = operation["requestBody"]["content"]["application/json"]
        if "projectId" in openapi.resolve(content["schema"]).get("properties", {}):
            body["projectId"] = project
        options["json"] = body
    return at, options


class Keys(dict):
    """A key for each role; `nobody` is None."""

    def __init__(self, api):
        super().__init__(nobody=None, local=api.local_key)
        for role, options in {"admin": ["admin"], "read": ["read"], "shop": ["project:shop"],
                              "full": ["project:shop", "--allow", "tokens,proxy"],
                              "other": ["project:other", "--allow", "tokens,proxy"]}.items():
            self[role] = api.make_key(*options)["key"]


@pytest.fixture
def keyed(api):
    for project in ("shop", "other"):
        api.post("/projects", {"id": project, "name": project})
    api.keys = Keys(api)
    return api


def verdict(answer):
    """What the gate said: 401, 403, 404, or None when it let the request through."""
    code = code_of(answer)
    if answer.status_code == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    if answer.status_code in (401, 403) and not answer.text:  # of a HEAD
        return answer.status_code
    return {"unauthorized": 401, "forbidden": 403, "project_not_found": 404}.get(code)


def expected(rule, role, foreign):
    if role == "nobody" and rule != "public":
        return 401
    if role == "other":  # it is `full` of another project: what it may do at home it may not see here
        role, foreign = "full", not foreign
    if role not in PASSES[rule]:
        return 403
    return 404 if foreign and rule in OF_A_PROJECT and role in ("shop", "full") else None


@pytest.mark.parametrize("role", ["nobody", "read", "shop", "full", "other", "local", "admin"])
def test_every_route_with_every_role(keyed, role):
    for path, method, operation in OPERATIONS:
        rule = operation["x-access"]
        for project in ("shop", "other", "never"):
            at, options = request_for(path, operation, project)
            answer = ask(keyed, method, at, keyed.keys[role], **options)
            where = f"{role}: {method} {at}: {answer.status_code} {answer.text[:300]}"
            foreign = project != "shop"
            want = expected(rule, role, foreign) if project != "never" or role != "other" else expected(rule, "full", True)
            if method == "head" and answer.status_code == 404:
                assert want in (None, 404), where  # it has no body that would say what is not there
            elif want is None and rule in OF_A_PROJECT | {"admin"} and project == "never":
                assert verdict(answer) in (None, 404), where  # the handler's own word for what is not there
            else:
                assert verdict(answer) == want, where
            if operation["operationId"] == "deleteProject" and answer.status_code == 204:
                keyed.post("/projects", {"id": project, "name": project})


def test_every_operation_says_what_it_asks():
    assert {operation["x-access"] for _, _, operation in OPERATIONS} == set(PASSES)
    for _, _, operation in OPERATIONS:
        assert (operation.get("security") == []) == (operation["x-access"] == "public"), operation["operationId"]


@pytest.mark.parametrize("operation_id", ["getProject", "updateProject", "resolveToken", "listConnections", "getThroughProxy", "authorize"])
def test_another_project_is_refused_alike_whether_it_exists_or_not(keyed, operation_id):
    [(path, method, operation)] = [o for o in OPERATIONS if o[2]["operationId"] == operation_id]

    def took(project):
        at, options = request_for(path, operation, project)
        start = time.perf_counter()
        answer = keyed.bare.request(method, keyed.url + at, headers={"X-API-Key": keyed.keys["full"]}, timeout=30, **options)
        seconds = time.perf_counter() - start
        body = {k: v for k, v in answer.json().items() if k != "requestId"}
        return seconds, json.dumps(body).replace(project, "X"), {k for k in answer.headers}

    # Which of a pair comes first changes, so that what else the machine does favours neither.
    pairs = [dict((project, took(project)) for project in (("other", "never") if n % 2 else ("never", "other"))) for n in range(200)]
    assert len({(text, frozenset(names)) for pair in pairs for _, text, names in pair.values()}) == 1
    slower = sum(pair["other"][0] > pair["never"][0] for pair in pairs)
    assert 50 < slower < 150, f"the one that exists took longer in {slower} of 200 pairs"


def test_lists_show_a_project_s_key_its_own_alone(keyed):
    for role, seen in {"shop": ["shop"], "other": ["other"], "read": ["other", "shop"], "admin": ["other", "shop"]}.items():
        listed = ask(keyed, "GET", "/projects", keyed.keys[role])
        assert sorted(p["id"] for p in listed.json()) == seen


def test_bodies_that_hide_their_project_are_refused(keyed):
    def post(body, kind="application/json"):
        return keyed.bare.post(f"{keyed.url}/auth/sentry/token", data=body, timeout=30,
                               headers={"X-API-Key": keyed.keys["full"], "Content-Type": kind})
    assert verdict(post('{"projectId":"other"}')) == 404
    assert verdict(post('{"project\\u0049d":"other"}')) == 404
    for twice in ('{"projectId":"shop","projectId":"other"}', '{"projectId":"other","projectId":"shop"}'):
        assert post(twice).status_code in (400, 404) and "accessToken" not in post(twice).text
    for bad in ("", "[]", '{"projectId":["shop"]}', '{"projectId":null}', "{", '"shop"', '{"projectId":""}'):
        assert post(bad).status_code == 400, bad
    assert post('{"projectId":"shop"}', "text/plain").status_code == 415


def test_keys_come_by_either_header_and_others_are_no_keys(keyed):
    url, key = f"{keyed.url}/projects", keyed.keys["read"]
    for headers in ({"Authorization": f"Bearer {key}"}, {"authorization": f"bearer {key}"}, {"X-API-Key": key},
                    {"X-API-Key": key, "Authorization": f"Bearer {key}"}):
        assert keyed.bare.get(url, headers=headers, timeout=30).status_code == 200, headers
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    for headers in ({"Authorization": key}, {"Authorization": f"Basic {key}"}, {"X-API-Key": wrong}, {"X-API-Key": key + " x"},
                    {"X-API-Key": "x" * 4000}, {"X-API-Key": wrong, "Authorization": f"Bearer {key}"}, {"Authorization": "Bearer "},
                    {"X-API-Key": key, "Authorization": f"Bearer {wrong}"}, {"X-API-Key": key, "Authorization": f"Bearer {keyed.keys['admin']}"},
                    {"X-API-Key": key, "Authorization": "Bearer mine"}, {"X-API-Key": key, "Authorization": "Basic eDp5"},
                    {"X-API-Key": key, "Authorization": key}, {"X-API-Key": key, "Authorization": ""}):
        assert keyed.bare.get(url, headers=headers, timeout=30).status_code == 401, headers
    assert keyed.bare.get(f"{url}?api_key={key}", timeout=30).status_code == 401
    for first, second, status in ((key, wrong, 401), (wrong, key, 401), (key, key, 200)):  # the same header twice
        connection = http.client.HTTPConnection("127.0.0.1", keyed.port, timeout=30)
        connection.putrequest("GET", "/api/v1/projects")
        for value in (first, second):
            connection.putheader("X-API-Key", value)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()


def test_no_key_is_in_the_database_the_log_or_the_answers(keyed):
    made = ask(keyed, "POST", "/apikeys", keyed.keys["admin"], json={"role": "read", "name": "CI"}).json()
    listed = ask(keyed, "GET", "/apikeys", keyed.keys["admin"])
    keyed.stop()
    everything = keyed.said() + listed.text
    for file in keyed.database.parent.glob("devflow.db*"):
        everything += file.read_bytes().decode("latin-1")
    for key in [*filter(None, keyed.keys.values()), made["key"]]:
        assert key not in everything and key.split("_", 2)[2] not in everything


def test_revoked_expired_and_rotated_keys(keyed):
    admin = keyed.keys["admin"]

    def works(key):
        return ask(keyed, "GET", "/projects", key).status_code == 200
    made = ask(keyed, "POST", "/apikeys", admin, json={"role": "read"}).json()
    assert works(made["key"])
    assert ask(keyed, "DELETE", f"/apikeys/{made['id']}", admin).status_code == 204
    assert not works(made["key"])
    assert code_of(ask(keyed, "POST", f"/apikeys/{made['id']}/rotate", admin)) == "api_key_not_found"
    assert code_of(ask(keyed, "DELETE", "/apikeys/none", admin)) == "api_key_not_found"
    soon = keyed.make_key("read", "--expires", "3s")["key"]
    assert works(soon)
    eventually(lambda: not works(soon))
    first = keyed.make_key("project:shop", "--allow", "tokens", "--name", "CI")
    second = ask(keyed, "POST", f"/apikeys/{first['id']}/rotate", admin, json={"overlapSeconds": 3}).json()
    assert (second["role"], second["projectId"], second["allow"], second["name"]) == ("project", "shop", ["tokens"], "CI")
    assert works(first["key"]) and works(second["key"])
    eventually(lambda: not works(first["key"]))
    assert works(second["key"])
    third = json.loads(keyed.devflow("apikey:rotate", second["id"], "--overlap", "0", "--json").stdout)
    assert works(third["key"]) and not works(second["key"])
    states = {k["id"]: k["status"] for k in ask(keyed, "GET", "/apikeys", admin).json()["apiKeys"]}
    assert (states[made["id"]], states[first["id"]], states[third["id"]]) == ("revoked", "expired", "active")
    for body in ({"role": "root"}, {"role": "project:"}, {"role": "read", "allow": ["all"]}, {"role": "read", "expiresAt": "soon"},
                 {"role": "read", "expiresAt": "2020-01-01T00:00:00Z"}, {}):
        assert ask(keyed, "POST", "/apikeys", admin, json=body).status_code == 400, body
    assert code_of(ask(keyed, "POST", "/apikeys", admin, json={"role": "project:none"})) == "project_not_found"


def test_a_project_that_comes_back_has_none_of_its_old_keys(keyed):
    assert ask(keyed, "DELETE", "/projects/shop", keyed.keys["admin"]).status_code == 204
    keyed.post("/projects", {"id": "shop", "name": "again"})
    eventually(lambda: ask(keyed, "GET", "/projects/shop", keyed.keys["shop"]).status_code == 401)


def test_last_use_is_noted(keyed):
    ask(keyed, "GET", "/projects", keyed.keys["read"])
    keyed.stop()
    rows = json.loads(keyed.devflow("apikey:list", "--json").stdout)["apiKeys"]
    assert {row["role"] for row in rows if row["lastUsedAt"]} == {"read"}


# Loopback, the first key, the local key


def test_without_a_key_loopback_is_open_but_for_tokens_and_keys(api):
    assert ask(api, "POST", "/projects", json={"id": "shop", "name": "Shop"}).status_code == 201
    assert ask(api, "GET", "/auth/connections?project=shop").status_code == 200
    for method, path, body in (("POST", "/auth/sentry/token", {"projectId": "shop"}), ("GET", "/proxy/shop/sentry/x", None),
                               ("GET", "/apikeys", None), ("POST", "/apikeys", {"role": "admin"})):
        answer = ask(api, method, path, json=body)
        assert verdict(answer) == 401 and "loopback" in answer.json()["message"]
        assert verdict(ask(api, method, path, api.local_key, json=body)) is None
    # The local key has made an admin key: loopback is open no more.
    assert verdict(ask(api, "GET", "/projects")) == 401


def test_who_comes_through_a_proxy_needs_a_key(api):
    for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Host"):
        for key in ({}, {"X-API-Key": api.local_key}):  # nor is the local key good for others
            assert api.bare.get(f"{api.url}/projects", headers={name: "1.2.3.4", **key}, timeout=30).status_code == 401, name
    assert api.bare.get(f"{api.url}/projects", timeout=30).status_code == 200


def test_nothing_opens_when_the_last_key_ends(api):
    made = api.make_key("read")
    assert api.devflow("apikey:revoke", made["id"], "--yes").returncode == 0
    assert verdict(ask(api, "GET", "/projects")) == 401
    api.stop()
    api.start()
    assert verdict(ask(api, "GET", "/projects")) == 401
    assert ask(api, "GET", "/projects", api.local_key).status_code == 200


@pytest.mark.parametrize("settings", [{"API_HOST": "0.0.0.0"}, {"API_URL": "https://api.example.com"}])
def test_elsewhere_than_on_loopback_it_does_not_start_without_a_key(bare_env, tmp_path, settings):
    key = subprocess.run([PROGRAM, "key:generate"], env=bare_env, capture_output=True, text=True, check=True).stdout.strip()
    env = {**bare_env, "OAUTH_ENCRYPTION_KEY": key, "DATABASE_URL": f"sqlite:{tmp_path}/d.db", "PORT": "0", **settings}

    def run(*words):
        return subprocess.run([PROGRAM, *words], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    refused = run("serve")
    [line] = [line for line in refused.stderr.splitlines() if "warning" not in line]
    assert refused.returncode == 78 and "devflow apikey:create --role admin" in line and next(iter(settings)) in line
    assert run("apikey:list").stdout.startswith("No API keys")
    made = json.loads(run("apikey:create", "--role", "admin", "--json").stdout)
    server = subprocess.Popen([PROGRAM, "serve", "--json"], env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = f"http://127.0.0.1:{json.loads(server.stdout.readline())['port']}/api/v1/projects"
        assert requests.get(url, timeout=30).status_code == 401
        assert requests.get(url, headers={"X-API-Key": made["key"]}, timeout=30).status_code == 200
    finally:
        server.terminate()
        server.communicate(timeout=30)
    assert run("apikey:revoke", made["id"], "--yes").returncode == 0
    assert run("serve").returncode == 78


def test_a_key_waits_for_a_server_that_is_starting(api, tmp_path):
    database = tmp_path / "starting.db"
    command = [PROGRAM, "apikey:create", "--role", "admin", "--json"]
    options = {"env": {**api.env, "DATABASE_URL": f"sqlite:{database}"}, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with open(f"{database}.lock", "w", encoding="utf-8") as held:  # as one does that has not yet said where it serves
        fcntl.flock(held, fcntl.LOCK_EX)
        none = subprocess.run(command, check=False, timeout=60, **options)
        assert none.returncode == 78 and "in use by another devflow" in none.stderr
        with subprocess.Popen(command, **options) as asked:
            time.sleep(0.5)
            held.write(api.url)
            held.flush()
            said, told = asked.communicate(timeout=60)
    assert asked.returncode == 0, told
    key = json.loads(said)["key"]
    assert api.bare.get(f"{api.url}/projects", headers={"X-API-Key": key}, timeout=30).status_code == 200


def test_the_local_key_s_file(start_api, bare_env, tmp_path):
    api = start_api()
    file = tmp_path / "home/.local/share/devflow/local.key"
    first = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and not list(file.parent.glob("local.key.*"))
    assert start_api().local_key == first.strip()  # shared, and kept
    api.stop()
    file.chmod(0o644)
    api.start()
    assert file.read_text() != first and stat.S_IMODE(file.stat().st_mode) == 0o600 and "local key could be read" in api.said()
    named = start_api({"DEVFLOW_LOCAL_KEY_FILE": str(tmp_path / "keys/mine")})
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700 and named.local_key != api.local_key
    none = tmp_path / "none"
    none.mkdir()
    env = {**api.env, "DEVFLOW_LOCAL_KEY_FILE": "/proc/nowhere/key", "DATABASE_URL": f"sqlite:{none}/d.db"}
    done = subprocess.run([PROGRAM, "serve"], env=env, cwd=none, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 78 and "DEVFLOW_LOCAL_KEY_FILE" in done.stderr


def test_the_commands_find_their_key(keyed, tmp_path):
    def list_with(**env):
        return keyed.devflow("project:list", "--quiet", **{"DEVFLOW_LOCAL_KEY_FILE": "none", **env})
    denied = list_with()
    assert denied.returncode == 77 and "API key is needed" in denied.stderr
    assert list_with(DEVFLOW_API_KEY=keyed.keys["shop"]).stdout == "shop\n"
    assert keyed.devflow("project:list", "--quiet").stdout.split() == ["other", "shop"]
    credentials = tmp_path / "credentials"
    credentials.write_text(f"# keys\nhttp://elsewhere:1/api/v1 {keyed.keys['admin']}\n{keyed.url}/ {keyed.keys['other']}\n")
    credentials.chmod(0o600)
    assert list_with(DEVFLOW_CREDENTIALS_FILE=str(credentials)).stdout == "other\n"
    credentials.chmod(0o640)
    loose = list_with(DEVFLOW_CREDENTIALS_FILE=str(credentials))
    assert loose.returncode == 78 and "chmod 600" in loose.stderr and keyed.keys["other"] not in loose.stderr
    forbidden = list_with(DEVFLOW_API_KEY=keyed.keys["read"])
    assert forbidden.returncode == 0
    forbidden = keyed.devflow("project:create", "X", DEVFLOW_API_KEY=keyed.keys["read"])
    assert forbidden.returncode == 77 and "role is read" in forbidden.stderr


LISTENER = """import os, socket, sys
if sys.argv[3] == "another":
    os.setgid(65534)
    os.setuid(65534)
with socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET) as s:
    s.bind((sys.argv[1], int(sys.argv[2])))
    s.listen()
    print(s.getsockname()[1], flush=True)
    s.settimeout(60)
    taken, _ = s.accept()
    print(taken.recv(4096), flush=True)  # before it closes: the client ends with that
"""


@pytest.mark.parametrize("beside", [False, True])
def test_the_local_key_goes_to_no_other_user(api, beside):
    """Whoever listens where our server would, or beside it on the other loopback address, gets nothing. One's own program does."""
    if not beside:
        api.stop()
    for who in ("another", "own") if os.getuid() == 0 else ("own",):  # only root can be two users
        words = [sys.executable, "-c", LISTENER, *(("::1", str(api.port)) if beside else ("127.0.0.1", "0")), who]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as listener:
            port = int(listener.stdout.readline())
            done = api.devflow("project:list", DEVFLOW_API_URL=f"http://{'[::1]' if beside else '127.0.0.1'}:{port}/api/v1")
            refused = done.returncode == 78 and "another user of this machine listens" in done.stderr
            assert refused == (who == "another") and api.local_key not in done.stderr, done.stderr
            listener.kill()
            assert (api.local_key in listener.stdout.read()) == (who == "own")


def test_key_commands_reach_the_server_that_holds_the_file(api, tmp_path):
    made = api.make_key("admin", "--name", "first")
    assert ask(api, "GET", "/projects", made["key"]).status_code == 200
    # Whatever DEVFLOW_API_URL says: the file is what is meant.
    listed = api.devflow("apikey:list", DEVFLOW_API_URL="http://127.0.0.1:1/api/v1")
    assert listed.returncode == 0 and made["id"] in listed.stdout and "first" in listed.stdout
    denied = api.devflow("apikey:list", DEVFLOW_LOCAL_KEY_FILE="none")
    assert denied.returncode == 77
    assert made["key"] not in listed.stdout
    api.stop()
    assert made["id"] in api.devflow("apikey:list", DEVFLOW_LOCAL_KEY_FILE="none").stdout


def test_nodes_learn_of_each_other_s_keys(start_api, postgres):
    one = start_api(postgres.settings)
    two = start_api({**postgres.settings, "OAUTH_ENCRYPTION_KEY": one.env["OAUTH_ENCRYPTION_KEY"]})
    assert ask(two, "GET", "/projects").status_code == 200
    made = one.make_key("read")  # on the database itself
    assert ask(two, "GET", "/projects", made["key"]).status_code == 200
    assert ask(one, "GET", "/projects", made["key"]).status_code == 200
    eventually(lambda: ask(two, "GET", "/projects").status_code == 401)
    assert ask(one, "DELETE", f"/apikeys/{made['id']}", one.local_key).status_code == 204
    assert ask(one, "GET", "/projects", made["key"]).status_code == 401
    eventually(lambda: ask(two, "GET", "/projects", made["key"]).status_code == 401)


def test_guessing_is_answered_from_memory(keyed):
    guess = keyed.keys["read"][:-8]
    answers = [ask(keyed, "GET", "/providers", guess + f"{i:08d}").status_code for i in range(300)]
    assert set(answers) == {401}
    assert ask(keyed, "GET", "/providers", keyed.keys["read"]).status_code == 200


def test_a_key_is_not_in_the_environment_of_what_a_command_starts(keyed, tmp_path):
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\nenv > {seen}\n")
    browser.chmod(0o755)
    assert isinstance(keyed, Api)
    keyed.post("/auth/apps/register", {"projectId": "shop", "provider": "LINEAR", "clientId": "c", "clientSecret": "s",
                                       "redirectUri": f"{keyed.url}/auth/linear/callback"})
    secrets = {name: "a-marked-secret" for name in ("DEVFLOW_CLIENT_SECRET", "DEVFLOW_TOKEN", "OAUTH_ENCRYPTION_KEY",
                                                    "OAUTH_ENCRYPTION_KEYS_PREVIOUS", "DATABASE_URL", "REDIS_PASSWORD",
                                                    "TEMPORAL_API_KEY", "PGPASSWORD")}
    keyed.devflow("oauth:connect", "linear", "--project", "shop", "--timeout", "2", DEVFLOW_API_KEY=keyed.keys["full"],
                  BROWSER=str(browser), **secrets)
    eventually(lambda: seen.exists() and "BROWSER=" in seen.read_text())
    assert "DEVFLOW_API_KEY" not in seen.read_text() and "a-marked-secret" not in seen.read_text()
