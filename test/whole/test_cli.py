"""The command line against a stand-in API: texts, exit codes, what is sent, and what a terminal changes."""

import json
import os
import pty
import re
import select
import shutil
import signal
import stat
import subprocess
import threading
import time
from pathlib import Path

import pytest
from stand_in import Api

ROOT = Path(__file__).resolve().parents[2]
DEVFLOW = os.environ.get("DEVFLOW_BIN", str(ROOT / "build" / "devflow"))
PROJECT = {"id": "shop", "name": "Web shop", "description": "sells", "repository": None, "isActive": True,
           "createdAt": "2026-01-02T03:04:05Z", "updatedAt": "2026-01-02T03:04:05Z"}
CONNECTION = {"provider": "SENTRY", "status": "connected", "userId": "acme", "scopes": ["org:read", "event:read"],
              "expiresAt": "2999-01-15T12:00:00Z", "providerEmail": "ada@example.com", "refreshFailed": False,
              "failureReason": None, "lastRefreshed": None, "hasRefreshToken": True, "createdAt": "2026-01-02T03:04:05Z",
              "organizations": [{"slug": "acme", "name": "Acme"}, {"slug": "other", "name": "Other"}]}
PROVIDERS = "sentry linear github github-issues gitlab jira slack figma oidc".split()
HEALTHY = {"projectId": "shop", "ok": True, "results": [
    {"provider": "SENTRY", "status": "connected", "tokenValid": True, "ready": True, "message": "ok",
     "organization": "acme", "nextStep": None}]}


@pytest.fixture
def api():
    stand_in = Api()
    stand_in.on("GET", "/projects", [PROJECT])
    yield stand_in
    stand_in.close()


def environment(api=None, **more):
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "TERM": "xterm"}
    if api:
        env["DEVFLOW_API_URL"] = api.url
    return {**env, **more}


def devflow(api, *words, stdin="", **env):
    return subprocess.run([DEVFLOW, *words], input=stdin, env=environment(api, **env), capture_output=True, text=True,
                          timeout=20)


def on_terminal(api, *words, typed=(), out=None, **env):
    """Runs with a terminal for all three streams; typed is a list of (what to wait for, what to type)."""
    pid, fd = pty.fork()
    if pid == 0:
        if out is not None:
            os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT, 0o600), 1)
        os.execve(DEVFLOW, [DEVFLOW, *words], environment(api, **env))
    seen, typed, until = "", list(typed), time.monotonic() + 20
    while time.monotonic() < until:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            seen += data.decode(errors="replace")
        if typed and typed[0][0] in seen:
            os.write(fd, typed.pop(0)[1].encode())
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return os.waitstatus_to_exitcode(status), seen.replace("\r\n", "\n")


# Help and usage


COMMANDS = re.findall(r"^  ([a-z]+(?::[a-z]+)?) ", devflow(None, "help").stdout.split("Options of every")[0], re.M)


def test_help_names_every_command():
    assert {"project:create", "project:list", "project:show", "project:delete", "oauth:register", "oauth:connect",
            "oauth:status", "oauth:apps", "oauth:refresh", "oauth:disconnect", "oauth:token", "integrations:test",
            "sentry:issues", "sentry:context", "help", "man", "completion"} <= set(COMMANDS)
    assert devflow(None, "help").stdout == devflow(None, "--help").stdout == devflow(None).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command):
    asked = devflow(None, "help", command)
    assert asked.returncode == 0
    assert f"Usage: devflow {command}" in asked.stdout
    assert re.search(rf"Example\n  .*devflow {command}", asked.stdout)
    assert devflow(None, command, "--help").stdout == asked.stdout == devflow(None, command, "-h", "--json").stdout
    assert max(len(line) for line in asked.stdout.split("Example")[0].splitlines()) <= 80


def test_version():
    said = devflow(None, "--version").stdout
    assert re.fullmatch(r"devflow \d+\.\d+\.\d+(\+\S+)?\ncommit (\w+(-dirty)?)\n(\w+ \d+(\.\d+)+\w*\n){7}", said), said
    as_json = json.loads(devflow(None, "--version", "--json").stdout)
    lines = dict(line.split(" ") for line in said.splitlines())
    assert {"devflow": as_json["version"], "commit": as_json["commit"], **as_json["libraries"]} == lines
    assert {"OpenSSL", "libcurl", "SQLite", "libpq", "hiredis", "libmicrohttpd", "yyjson"} == set(as_json["libraries"])


@pytest.mark.parametrize("words, said", [
    (["oauth:conect", "sentry"], 'unknown command "oauth:conect"; did you mean oauth:connect?'),
    (["oauth"], '"oauth" is not a command by itself; choose one of: oauth:register, '),
    (["xyzzy"], 'unknown command "xyzzy"; see: devflow help'),
    (["project:list", "--quite"], "project:list has no option --quite; did you mean --quiet?"),
    (["project:list", "--zzzzzzzz"], "project:list has no option --zzzzzzzz; see: devflow help project:list"),
    (["project:list", "-z"], "project:list has no option -z"),
    (["project:list", "extra"], 'project:list takes no argument "extra"'),
    (["project:show"], "project:show needs PROJECT"),
    (["project:show", ""], "an argument of project:show is empty"),
    (["oauth:status", "--project"], "option --project of oauth:status needs a value (PROJECT)"),
    (["oauth:status", "--project="], "option --project of oauth:status needs a value (PROJECT)"),
    (["oauth:status", "--project", "--json"], "option --project of oauth:status needs a value (PROJECT)"),
    (["oauth:status", "--project", "a", "-pb"], "option --project is given twice"),
    (["project:list", "--quiet=yes"], "option --quiet takes no value"),
    (["--nothing"], "unknown option --nothing before the command"),
    (["--json"], "no command is given"),
    (["project:create"], "project:create needs NAME where nobody can be asked"),
    (["oauth:connect", "sentry", "--timeout", "soon"], '--timeout "soon" is not a number of seconds'),
    (["completion", "tcsh"], 'no completions for "tcsh"; choose bash, zsh or fish'),
    (["bugs:prioritize", "--input", "none.json"], "none.json cannot be read: No such file"),
    (["bugs:prioritize", "--input", "/"], "/ cannot be read: Is a directory"),
    (["spec:enrich", "none.md", "--project", "shop", "--check"], "none.md cannot be read: No such file"),
    (["rules:set", "none.json", "--project", "shop"], "none.json cannot be read: No such file"),
    (["sentry:context", "1", "--project", "shop", "--scrub-rules", "none.json"], "none.json cannot be read: No such file"),
    (["oauth:register", "--file", "none.json"], "none.json cannot be read: No such file"),
    (["test:generate", "--event", "none.json", "--source", "."], "none.json cannot be read: No such file"),
    (["project:delete", "shop"], "nobody can be asked here; say --yes to go on"),
])
def test_wrong_usage_says_what_to_do_and_exits_2(words, said):
    done = devflow(None, *words)
    if "--json" in words:
        assert said in json.loads(done.stderr)["message"]
    else:
        assert done.stderr.startswith("devflow: " + said) and done.stderr.count("\n") == 1
    assert (done.returncode, done.stdout) == (2, "")


# The API: reached, not reached, refusing


def test_nothing_listens():
    done = devflow(None, "project:list", DEVFLOW_API_URL="http://127.0.0.1:1/api/v1/")
    assert done.returncode == 69
    assert done.stderr.startswith("devflow: no DevFlow API answers at http://127.0.0.1:1/api/v1; start it with: devflow serve")


@pytest.mark.parametrize("url", ["localhost:3001", "ftp://x/", "http://user:pass@x/", "http://x/?a=b", "http://x y/"])
def test_a_wrong_api_url_is_wrong_configuration(url):
    done = devflow(None, "project:list", DEVFLOW_API_URL=url)
    assert done.returncode == 78 and "DEVFLOW_API_URL" in done.stderr and "pass" not in done.stderr


@pytest.mark.parametrize("status, body, kind", [(200, b"<html>", "text/html"), (404, b"not here", "text/plain"),
                                                (500, b'{"error":"x"}', "application/json"), (302, b"", "text/plain")])
def test_something_else_answers(api, status, body, kind):
    api.on("GET", "/projects", body, status, kind)
    done = devflow(api, "project:list")
    assert done.returncode == 69 and f"is not the DevFlow API (HTTP {status})" in done.stderr


@pytest.mark.parametrize("code, exit_code", [("project_not_found", 4), ("invalid_request", 2), ("reconnect_required", 5),
                                             ("provider_error", 6), ("storage_failed", 1), ("never_heard_of", 1), ("ok", 1)])
def test_api_errors_become_exit_codes(api, code, exit_code):
    api.fails("GET", "/projects/shop", code, "what went wrong\x1b[31m\nhere")
    done = devflow(api, "project:show", "shop")
    assert (done.returncode, done.stdout, done.stderr) == (exit_code, "", "devflow: what went wrong here\n")


def test_errors_as_json_are_the_apis_own(api):
    api.fails("GET", "/projects/shop", "project_not_found", "no such project")
    done = devflow(api, "project:show", "shop", "--json")
    assert done.stdout == "" and json.loads(done.stderr) == api.error("project_not_found", "no such project")
    local = devflow(None, "project:list", "--json", DEVFLOW_API_URL="http://127.0.0.1:1")
    assert json.loads(local.stderr)["code"] == "api_unreachable"


# Projects


def test_project_create(api):
    api.on("POST", "/projects", PROJECT, 201)
    done = devflow(api, "project:create", "Web shop", "--id=shop", "--description", "sells")
    assert done.stdout.startswith("✅ Project created: Web shop\n   ID: shop\n")
    assert api.bodies("/projects") == [{"name": "Web shop", "id": "shop", "description": "sells"}]
    assert json.loads(devflow(api, "project:create", "Web shop", "--json").stdout) == PROJECT


def test_bare_project_create_asks_on_a_terminal(api):
    api.on("POST", "/projects", PROJECT, 201)
    code, seen = on_terminal(api, "project:create", typed=[("Name:", "Web shop\n"), ("ID (", "shop\n"), ("Description (", "\n"),
                                                           ("Repository URL (", "https://git.example/shop\n")])
    assert code == 0 and "Project created" in seen
    assert api.bodies("/projects") == [{"name": "Web shop", "id": "shop", "repository": "https://git.example/shop"}]


def test_project_list(api):
    api.on("GET", "/projects", [PROJECT, {**PROJECT, "id": "api", "name": "日本語", "description": None}])
    assert devflow(api, "project:list").stdout == (
        "📦 Projects:\n\n"
        "  ID    NAME      CREATED     DESCRIPTION\n"
        "  shop  Web shop  2026-01-02  sells\n"
        "  api   日本語    2026-01-02  \n")
    assert devflow(api, "project:list", "-q").stdout == "shop\napi\n"
    assert devflow(api, "project:list", LC_ALL="C").stdout.startswith("* Projects:\n")
    api.on("GET", "/projects", [])
    assert devflow(api, "project:list").stdout == 'No projects found\nUse "devflow project:create NAME" to create one\n'
    assert devflow(api, "project:list", "--json").stdout == "[]\n"


def test_project_ids_are_encoded(api):
    api.on("GET", "/projects/a%2Fb%3Fc%20%23", PROJECT)
    assert devflow(api, "project:show", "a/b?c #").returncode == 0


def test_project_delete(api):
    api.on("DELETE", "/projects/shop", status=204)
    assert devflow(api, "project:delete", "shop", "--yes").stdout == "✅ Project deleted: shop\n"
    assert json.loads(devflow(api, "project:delete", "shop", "-y", "--json").stdout) == {"deleted": "shop"}
    code, seen = on_terminal(api, "project:delete", "shop", typed=[("[y/N]", "n\n")])
    assert code == 130 and "nothing was changed" in seen and len(api.requests) == 2
    code, _ = on_terminal(api, "project:delete", "shop", typed=[("[y/N]", "yes\n")])
    assert code == 0 and len(api.requests) == 3


def test_the_project_is_found(api):
    api.on("GET", "/integrations/shop/test", HEALTHY)
    api.on("GET", "/integrations/env/test", HEALTHY)
    assert devflow(api, "integrations:test").returncode == 0
    assert devflow(api, "integrations:test", DEVFLOW_PROJECT="env").returncode == 0
    assert devflow(api, "integrations:test", "shop", DEVFLOW_PROJECT="wrong").returncode == 0
    api.on("GET", "/projects", [PROJECT, {**PROJECT, "id": "api", "name": "api"}])
    done = devflow(api, "integrations:test")
    assert done.returncode == 2
    assert done.stderr == "devflow: there are several projects; name one, or set DEVFLOW_PROJECT: shop (Web shop), api\n"
    api.on("GET", "/projects", [{**PROJECT, "id": f"p{i}"} for i in range(500)])
    assert "and 490 more" in devflow(api, "integrations:test").stderr
    api.on("GET", "/projects", [])
    done = devflow(api, "integrations:test")
    assert done.returncode == 4 and "devflow project:create" in done.stderr


# OAuth


REGISTER = ["oauth:register", "--project", "shop", "--provider", "sentry", "--client-id", "id-1",
            "--redirect-uri", "http://localhost:3001/api/v1/auth/sentry/callback"]
REGISTERED = {"projectId": "shop", "provider": "SENTRY", "clientId": "id-1", "clientSecret": "s3cret",
              "redirectUri": "http://localhost:3001/api/v1/auth/sentry/callback", "flowType": "authorization_code"}


@pytest.fixture
def registering(api):
    app = {k: v for k, v in REGISTERED.items() if k != "clientSecret"}
    api.on("POST", "/auth/apps/register", {"message": "done", "app": app, "warnings": ["event:read is missing\x1b[2J"]})
    return api


def test_register_as_the_guide_prints_it(registering):
    done = devflow(registering, *REGISTER, "--client-secret", "s3cret", "--scopes", "org:read, project:read,event:read")
    assert done.returncode == 0
    assert registering.bodies("/auth/apps/register") == [
        {**REGISTERED, "scopes": ["org:read", "project:read", "event:read"]}]
    assert done.stdout.startswith("✅ OAuth app registered: Sentry\n")
    assert "Next: devflow oauth:connect sentry --project shop\n" in done.stdout
    assert "may see arguments in ps" in done.stderr and "warning: event:read is missing\n" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.parametrize("words, stdin, env", [(["--client-secret", "-"], "s3cret\n", {}), (["--client-secret-stdin"], "s3cret", {}),
                                               ([], "", {"DEVFLOW_CLIENT_SECRET": "s3cret"})])
def test_the_secret_may_stay_off_the_command_line(registering, words, stdin, env):
    done = devflow(registering, *REGISTER, *words, stdin=stdin, **env)
    assert done.returncode == 0 and "ps" not in done.stderr
    assert registering.bodies("/auth/apps/register") == [REGISTERED]


def test_the_redirect_uri_is_this_apis_callback_when_left_out(registering):
    devflow(registering, *REGISTER[:-2], DEVFLOW_CLIENT_SECRET="s3cret")
    assert registering.bodies("/auth/apps/register") == [
        {**REGISTERED, "redirectUri": registering.url + "/auth/sentry/callback"}]


def test_a_secret_argument_leaves_the_process_list(api):
    asked, go_on = threading.Event(), threading.Event()

    def hold(*_):
        asked.set()
        go_on.wait(10)
        return 500, api.error("internal_error", "enough", 500)

    api.answers["POST", "/api/v1/auth/apps/register"] = hold
    running = subprocess.Popen([DEVFLOW, *REGISTER, "--client-secret=topsecret"], env=environment(api),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert asked.wait(10)
    assert b"topsecret" not in Path(f"/proc/{running.pid}/cmdline").read_bytes()
    go_on.set()
    assert running.wait(10) == 1
    assert api.bodies("/auth/apps/register")[0]["clientSecret"] == "topsecret"


def test_a_secret_is_asked_for_and_not_shown(registering):
    code, seen = on_terminal(registering, *REGISTER, typed=[("(not shown):", "s3cret\n")])
    assert code == 0 and "s3cret" not in seen
    assert registering.bodies("/auth/apps/register") == [REGISTERED]


def test_register_from_a_file(registering, tmp_path):
    path = tmp_path / "sentry-oauth.json"
    path.write_text(json.dumps({**REGISTERED, "scopes": ["org:read"]}))
    assert devflow(registering, "oauth:register", "--file", str(path)).returncode == 0
    assert devflow(registering, "oauth:register", "-f", str(path), "--client-id", "other", "--project", "two").returncode == 0
    assert registering.bodies("/auth/apps/register") == [
        {**REGISTERED, "scopes": ["org:read"]}, {**REGISTERED, "scopes": ["org:read"], "clientId": "other", "projectId": "two"}]
    path.write_text('{"a":')
    done = devflow(registering, "oauth:register", "--file", str(path))
    assert done.returncode == 2 and str(path) in done.stderr
    assert "No such file" in devflow(registering, "oauth:register", "--file", str(tmp_path / "none")).stderr


def test_register_names_all_that_is_missing(api):
    done = devflow(api, "oauth:register", "--project", "shop")
    assert done.returncode == 2
    assert "still needs --provider --client-id --client-secret;" in done.stderr


AUTHORIZED = {"authUrl": "https://sentry.io/oauth/authorize/?x", "startUrl": "http://127.0.0.1:1/start?flow=f", "flowId": "f/1",
              "warnings": []}
FLOW = "/auth/sentry/flows/f%2F1"


@pytest.fixture
def authorizing(api):
    api.on("POST", "/auth/sentry/authorize", AUTHORIZED)
    return api


def flow(status, message=None, code=None):
    return {"flowId": "f/1", "status": status, "message": message, "code": code}


def test_connect(authorizing):
    authorizing.in_turn("GET", FLOW, flow("pending"), flow("exchanging"), flow("completed"))
    done = devflow(authorizing, "oauth:connect", "sentry", "--project", "shop", "--no-browser", "--org", "acme",
                   "--scopes=org:read,event:read")
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert "  http://127.0.0.1:1/start?flow=f" in lines and "OAuth connection established successfully" in lines
    assert authorizing.bodies("/auth/sentry/authorize") == [
        {"projectId": "shop", "organization": "acme", "scopes": ["org:read", "event:read"]}]


def test_connect_leaves_the_project_out_and_prints_json(authorizing):
    authorizing.in_turn("GET", FLOW, flow("completed"))
    done = devflow(authorizing, "oauth:connect", "SENTRY", "--no-browser", "--json")
    assert json.loads(done.stdout) == flow("completed") and "http://127.0.0.1:1/start?flow=f" in done.stderr


@pytest.mark.parametrize("end, exit_code, said", [
    (flow("failed", "No Sentry organizations found for this token", "no_organizations"), 5, "No Sentry organizations found for this token"),
    (flow("failed", "You refused", "access_denied"), 1, "You refused"),
    (flow("failed"), 1, "the authorization failed"),
    (flow("expired"), 1, "start again with: devflow oauth:connect sentry --project shop")])
def test_connect_tells_how_it_failed(authorizing, end, exit_code, said):
    authorizing.in_turn("GET", FLOW, end)
    done = devflow(authorizing, "oauth:connect", "sentry", "--no-browser")
    assert done.returncode == exit_code and said in done.stderr


def test_connect_gives_up_in_time(authorizing):
    authorizing.in_turn("GET", FLOW, flow("pending"))
    begun = time.monotonic()
    done = devflow(authorizing, "oauth:connect", "sentry", "--no-browser", "--timeout", "1")
    assert done.returncode == 1 and "no authorization came in time" in done.stderr and time.monotonic() - begun < 30


def test_ctrl_c_ends_connect(authorizing):
    authorizing.in_turn("GET", FLOW, flow("pending"))
    running = subprocess.Popen([DEVFLOW, "oauth:connect", "sentry", "--no-browser"], env=environment(authorizing),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "start?flow" not in running.stdout.readline():
        pass
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)
    assert (running.returncode, said) == (130, "devflow: interrupted; nothing was connected\n")


DEVICE = {"flowId": "f1", "deviceCode": "f1", "userCode": "WDJB-MJHT", "verificationUri": "https://id.example/device",
          "verificationUriComplete": "https://id.example/device?user_code=WDJB-MJHT", "interval": 5, "warnings": ["a warning"]}
POLL = "/auth/github-issues/device/poll"


def test_connect_by_a_device(api):
    api.on("POST", "/auth/github-issues/device/initiate", DEVICE)
    api.in_turn("POST", POLL, flow("pending"), flow("completed"))
    done = devflow(api, "oauth:connect", "GITHUB-ISSUES", "--project", "shop", "--device", "--scopes", "repo")
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and "  https://id.example/device" in lines and "  WDJB-MJHT" in lines
    assert lines[0] == "Open this page on any device to connect GitHub Issues:" and "a warning" in done.stderr
    assert "OAuth connection established successfully" in lines
    assert api.bodies("/auth/github-issues/device/initiate") == [{"projectId": "shop", "scopes": ["repo"]}]
    assert api.bodies(POLL) == [{"projectId": "shop", "flowId": "f1"}] * 2


@pytest.mark.parametrize("end, exit_code, said", [
    (flow("failed", "You refused", "access_denied"), 1, "You refused"),
    (flow("expired"), 1, "start again with: devflow oauth:connect github-issues")])
def test_connect_by_a_device_tells_how_it_failed(api, end, exit_code, said):
    api.on("POST", "/auth/github-issues/device/initiate", DEVICE)
    api.in_turn("POST", POLL, end)
    done = devflow(api, "oauth:connect", "github-issues", "--device")
    assert done.returncode == exit_code and said in done.stderr


def test_ctrl_c_and_time_end_connect_by_a_device(api):
    api.on("POST", "/auth/github-issues/device/initiate", DEVICE)
    api.in_turn("POST", POLL, flow("pending"))
    done = devflow(api, "oauth:connect", "github-issues", "--device", "--timeout", "1")
    assert done.returncode == 1 and "no authorization came in time" in done.stderr
    running = subprocess.Popen([DEVFLOW, "oauth:connect", "github-issues", "--device"], env=environment(api),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "WDJB-MJHT" not in running.stdout.readline():
        pass
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=5)
    assert running.returncode == 130 and said.endswith("devflow: interrupted; nothing was connected\n")


STATIC = {"message": "ok", "connection": {**CONNECTION, "provider": "LINEAR", "userId": "lin-1"}}


def test_a_token_is_set_from_standard_input_or_a_variable_or_a_question(api):
    api.on("POST", "/auth/linear/static", STATIC)
    done = devflow(api, "oauth:token:set", "linear", "--project", "shop", "--type", "ApiKey", stdin=" lin_api_1\n")
    assert done.returncode == 0 and "✅ Linear: the token is stored; it speaks for lin-1" in done.stdout
    assert devflow(api, "oauth:token:set", "linear", DEVFLOW_TOKEN="lin_api_2").returncode == 0
    code, seen = on_terminal(api, "oauth:token:set", "linear", typed=[("Token (not shown):", "lin_api_3\n")])
    assert code == 0 and "lin_api_3" not in seen
    assert [b["token"] for b in api.bodies("/auth/linear/static")] == ["lin_api_1", "lin_api_2", "lin_api_3"]
    assert api.bodies("/auth/linear/static")[0] == {"projectId": "shop", "token": "lin_api_1", "tokenType": "ApiKey"}
    assert devflow(api, "oauth:token:set", "linear").returncode == 2
    assert devflow(api, "oauth:token:set", "linear", "lin_api_4").returncode == 2  # never an argument


def test_providers_are_listed(api):
    api.on("GET", "/providers", {"providers": [
        {"slug": "sentry", "title": "Sentry", "flows": ["authorization_code", "device"], "revokes": False,
         "baseUrl": "https://sentry.io"},
        {"slug": "oidc", "title": "OAuth server", "flows": ["device"], "revokes": True, "baseUrl": None}]})
    lines = devflow(api, "providers:list").stdout.splitlines()
    assert re.fullmatch(r" +sentry +Sentry +authorization_code, device +no +https://sentry.io", lines[1])
    assert lines[2].endswith("(yours: --base-url)")
    assert json.loads(devflow(api, "providers:list", "--json").stdout)["providers"][0]["slug"] == "sentry"


def test_register_for_the_device_flow_needs_no_secret(registering):
    done = devflow(registering, "oauth:register", "--project", "shop", "--provider", "github_issues", "--client-id", "abc",
                   "--flow-type", "device")
    assert done.returncode == 0
    assert registering.bodies("/auth/apps/register") == [
        {"projectId": "shop", "provider": "GITHUB_ISSUES", "clientId": "abc", "flowType": "device"}]


def test_connect_shows_life_on_a_terminal(authorizing):
    authorizing.in_turn("GET", FLOW, flow("pending"), flow("completed"))
    code, seen = on_terminal(authorizing, "oauth:connect", "sentry", "--no-browser")
    assert code == 0 and "Waiting for the authorization, " in seen


def test_connect_opens_the_browser_without_a_shell(authorizing, tmp_path):
    opened = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nfor a in "$@"; do printf "%s\\n" "$a" >> {opened}; done\n')
    browser.chmod(0o755)
    authorizing.on("POST", "/auth/sentry/authorize", {**AUTHORIZED, "startUrl": "http://127.0.0.1:1/$(touch${IFS}x)?a=b;c"})
    authorizing.in_turn("GET", FLOW, flow("pending"), flow("completed"))
    done = devflow(authorizing, "oauth:connect", "sentry", BROWSER=f"/no/such:{browser} --new-window u=%s")
    assert done.returncode == 0 and "Your browser opens this page" in done.stdout
    assert opened.read_text() == "--new-window\nu=http://127.0.0.1:1/$(touch${IFS}x)?a=b;c\n"


def test_connect_says_that_no_browser_opened(authorizing):
    authorizing.in_turn("GET", FLOW, flow("pending"), flow("completed"))
    assert "Open this page" in devflow(authorizing, "oauth:connect", "sentry").stdout
    assert "could not be opened" in devflow(authorizing, "oauth:connect", "sentry", BROWSER="false").stderr


@pytest.mark.parametrize("url", ["file:///etc/passwd", "--evil", "", None, "javascript:x"])
def test_connect_opens_only_pages(authorizing, url):
    authorizing.on("POST", "/auth/sentry/authorize", {**AUTHORIZED, "startUrl": url})
    done = devflow(authorizing, "oauth:connect", "sentry", BROWSER="false")
    assert done.returncode == 1 and "gave no page" in done.stderr


def test_status(api):
    api.on("GET", "/auth/connections?project=shop", {"connections": [CONNECTION]})
    code, said = on_terminal(api, "oauth:status", "--project", "shop", NO_COLOR="1")
    assert code == 0 and re.sub(r" \((now|.*?(ago|days))\)", "", said) == (
        "🔗 OAuth Connections:\n\n"
        "  ✅ SENTRY\n"
        "     Status: connected\n"
        "     User: acme\n"
        "     Email: ada@example.com\n"
        "     Organizations: acme, other\n"
        "     Scopes: org:read, event:read\n"
        "     Expires: 2999-01-15T12:00:00Z\n"
        "     Refresh Status: ✓ OK\n"
        "     Refresh Token: kept\n"
        "     Created: 2026-01-02T03:04:05Z\n")
    for options in ([], ["--json"]):
        assert json.loads(devflow(api, "oauth:status", *options).stdout) == {"connections": [CONNECTION]}
    api.on("GET", "/auth/connections?project=shop", {"connections": []})
    assert on_terminal(api, "oauth:status", NO_COLOR="1")[1] == (
        'No OAuth connections found\nUse "devflow oauth:connect" to establish a connection\n')


def test_status_of_a_broken_connection(api):
    api.on("GET", "/auth/connections?project=shop",
           {"connections": [{**CONNECTION, "status": "reconnect", "refreshFailed": True, "failureReason": "refused\x1b]0;x\x07",
                              "nextStep": "devflow oauth:connect sentry --project shop"}]})
    said = on_terminal(api, "oauth:status", LC_ALL="C", NO_COLOR="1")[1]
    assert "  [x] SENTRY (connect again)\n" in said and "Refresh Status: [!] Failed\n" in said
    assert "     Error: refused\n" in said and "Next: devflow oauth:connect sentry --project shop\n" in said


def test_apps(api):
    api.on("GET", "/auth/apps?project=shop", {"apps": [{**REGISTERED, "scopes": ["org:read"], "clientSecret": "never shown"}]})
    said = devflow(api, "oauth:apps").stdout
    assert said.startswith("🔐 OAuth Applications:\n\n  SENTRY\n") and "Client ID: id-1" in said and "never" not in said


def test_refresh_and_disconnect(api):
    api.on("POST", "/auth/sentry/refresh", {"message": "ok", "expiresAt": "2999-01-01T00:00:00Z"})
    api.on("POST", "/auth/sentry/disconnect", {"message": "ok", "revoked": False, "revokeUrl": "https://sentry.io/settings/"})
    assert devflow(api, "oauth:refresh", "sentry").stdout.startswith("✅ Sentry: token refreshed\n   Expires: 2999-")
    done = devflow(api, "oauth:disconnect", "sentry", "--yes")
    assert done.stdout.startswith("✅ Sentry disconnected") and "https://sentry.io/settings/" in done.stdout
    assert devflow(api, "oauth:disconnect", "sentry").returncode == 2
    assert api.bodies("/auth/sentry/disconnect") == [{"projectId": "shop"}]


def test_token(api, tmp_path):
    api.on("POST", "/auth/sentry/token", {"accessToken": "tok", "tokenType": "Bearer", "expiresAt": None, "scopes": []})
    assert devflow(api, "oauth:token", "sentry").stdout == "tok\n"
    code, seen = on_terminal(api, "oauth:token", "sentry")
    assert code == 2 and "say --show" in seen and len(api.bodies("/auth/sentry/token")) == 1
    code, seen = on_terminal(api, "oauth:token", "sentry", "--show")
    assert (code, seen) == (0, "tok\n")
    assert on_terminal(api, "oauth:token", "sentry", out=str(tmp_path / "o"))[0] == 0


# Integrations and Sentry


def test_integrations_test_prints_the_guides_lines(api):
    api.on("GET", "/integrations/shop/test", HEALTHY)
    done = devflow(api, "integrations:test", "shop")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "✅ Sentry: Connected\n   OAuth token valid\n   Ready to extract error context\n"
    assert devflow(api, "integrations:test", LC_ALL="C").stdout.startswith("[ok] Sentry: Connected\n")
    assert json.loads(devflow(api, "integrations:test", "--json").stdout) == HEALTHY


@pytest.mark.parametrize("status, exit_code", [("not_connected", 5), ("reconnect", 5), ("expired", 5), ("failing", 6)])
def test_integrations_test_says_what_is_wrong(api, status, exit_code):
    result = {"provider": "SENTRY", "status": status, "tokenValid": False, "ready": False, "message": "the cause",
              "organization": None, "nextStep": "devflow oauth:connect sentry --project shop"}
    api.on("GET", "/integrations/shop/test", {"projectId": "shop", "ok": False, "results": [result]})
    done = devflow(api, "integrations:test", "shop")
    assert (done.returncode, done.stderr) == (exit_code, "")
    assert re.fullmatch(r"❌ Sentry: .+\n   the cause\n   Next: devflow oauth:connect sentry --project shop\n", done.stdout)
    assert devflow(api, "integrations:test", "shop", "--json").returncode == exit_code


def test_issues(api):
    issue = {"id": "1", "shortId": "SHOP-1A", "title": "KeyError: 'a'\x1b[31m\nb", "culprit": "app.pay", "level": "error",
             "count": 1234, "userCount": 7, "lastSeen": "2020-01-01T00:00:00Z"}
    api.on("GET", "/integrations/shop/sentry/issues?query=is%3Aunresolved%20a%26b&sort=freq&limit=2",
           {"issues": [issue], "nextCursor": "0:2:0"})
    done = devflow(api, "sentry:issues", "--query", "is:unresolved a&b", "--sort", "freq", "-n2")
    heads, row, _, more = done.stdout.splitlines()
    assert heads.split() == ["ISSUE", "LEVEL", "EVENTS", "USERS", "LAST", "SEEN", "TITLE"]
    assert re.fullmatch(r"  SHOP-1A  error    1234      7  \d+ days ago  KeyError: 'a' b \(app\.pay\)", row)
    assert more == "More: the same with --cursor 0:2:0"
    api.on("GET", "/integrations/shop/sentry/issues", {"issues": []})
    assert devflow(api, "sentry:issues").stdout == "No issues found\n"


CONTEXT = "/integrations/shop/sentry/issues/https%3A%2F%2Facme.sentry.io%2Fissues%2F1%2F%3Fa%3Db/context"
ISSUE = "https://acme.sentry.io/issues/1/?a=b"


def test_context(api, tmp_path):
    text = "# Error\n\n\x1b]0;owned\x07é\t|\n"
    api.on("GET", CONTEXT + "?format=markdown", text.encode(), kind="text/markdown; charset=utf-8")
    api.on("GET", CONTEXT + "?format=json", {"issue": {"id": "1"}})
    assert devflow(api, "sentry:context", ISSUE, "--project", "shop").stdout == text
    assert on_terminal(api, "sentry:context", ISSUE)[1].expandtabs() == "# Error\n\né\t|\n".expandtabs()
    assert json.loads(devflow(api, "sentry:context", ISSUE, "--json").stdout) == {"issue": {"id": "1"}}


def test_context_into_a_file(api, tmp_path):
    api.on("GET", CONTEXT + "?format=markdown", b"# Error\n", kind="text/markdown")
    target = tmp_path / "context.md"
    target.write_text("old")
    target.chmod(0o600)
    os.umask(0o022)
    done = devflow(api, "sentry:context", ISSUE, "-o", str(target))
    assert (done.returncode, done.stdout) == (0, "") and target.read_text() == "# Error\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o644
    link = tmp_path / "link.md"
    link.symlink_to(target)
    assert devflow(api, "sentry:context", ISSUE, "-o", str(link)).returncode == 0 and link.is_symlink()
    assert devflow(api, "sentry:context", ISSUE, "-o", "/dev/stdout").stdout == "# Error\n"
    assert devflow(api, "sentry:context", ISSUE, "-o", "-").stdout == "# Error\n"
    assert sorted(os.listdir(tmp_path)) == ["context.md", "link.md"]


def test_context_that_fails_leaves_the_file_alone(api, tmp_path):
    api.fails("GET", CONTEXT + "?format=markdown", "provider_not_found", "no such issue")
    target = tmp_path / "context.md"
    target.write_text("old")
    assert devflow(api, "sentry:context", ISSUE, "-o", str(target)).returncode == 4 and target.read_text() == "old"
    api.on("GET", CONTEXT + "?format=markdown", b"# Error\n", kind="text/markdown")
    done = devflow(api, "sentry:context", ISSUE, "-o", str(tmp_path / "no" / "such"))
    assert done.returncode == 1 and "No such file" in done.stderr


# Terminal and shells


def test_a_specification_that_changes_meanwhile_is_left_alone(api, tmp_path):
    spec = tmp_path / "SPEC.md"
    spec.write_text("SHOP-1\n")

    def enrich():
        spec.write_text("SHOP-1, and more\n")
        return 200, {"projectId": "shop", "text": "SHOP-1\n\nblock\n", "changed": True, "leftOut": 0, "issues": []}
    api.answers["POST", "/api/v1/specs/enrich"] = enrich
    done = devflow(api, "spec:enrich", spec, "--project", "shop")
    assert done.returncode == 1 and "SPEC.md was changed meanwhile and is left as it is; run it again" in done.stderr
    assert spec.read_text() == "SHOP-1, and more\n" and os.listdir(tmp_path) == ["SPEC.md"]


def test_colour_only_on_a_terminal(api):
    api.on("GET", "/auth/connections?project=shop", {"connections": [CONNECTION]})
    assert "\x1b[" in on_terminal(api, "oauth:status")[1]
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b[" not in on_terminal(api, "oauth:status", **env)[1]
    assert "\x1b[" not in devflow(api, "oauth:status").stdout


def test_a_locale_the_machine_lacks_still_means_utf8(api):
    assert devflow(api, "project:list", LC_ALL="xx_YY.UTF-8").stdout.startswith("📦")


def test_full_disk_is_an_error():
    with open("/dev/full", "w") as full:
        done = subprocess.run([DEVFLOW, "help"], env=environment(), stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "standard output cannot be written" in done.stderr


SHELLS = [name for name in ("bash", "zsh", "fish") if shutil.which(name)]


@pytest.mark.parametrize("name", SHELLS)
def test_completions_are_sound(name, tmp_path):
    made = devflow(None, "completion", name).stdout
    script = tmp_path / "script"
    script.write_text(made)
    for command in COMMANDS:
        assert command in made.replace("\\:", ":")
    checked = subprocess.run([name, "-n", str(script)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("line, offered", [
    ("devflow project:", ["create", "list", "show", "delete"]),
    ("devflow comp", ["completion"]),
    ("devflow oauth:connect ", ["--json", "--help", "--project", "--scopes", "--org", "--no-browser", "--timeout", "--device", *PROVIDERS]),
    ("devflow oauth:connect --no", ["--no-browser"]),
    ("devflow oauth:status --project ", ["shop", "$(touch evil)"]),
    ("devflow completion f", ["fish"]),
    ("devflow project:show sh", ["shop"]),
])
def test_bash_completes(api, tmp_path, line, offered):
    api.on("GET", "/projects", [PROJECT, {**PROJECT, "id": "$(touch evil)"}])
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "devflow").symlink_to(DEVFLOW)
    script = (f"source <(devflow completion bash); COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; _devflow; "
              'printf "%s\\n" "${COMPREPLY[@]}"')
    env = environment(api, COMP_WORDBREAKS=" :=")
    env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"
    done = subprocess.run(["bash", "-c", script], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout.splitlines(), done.stderr) == (offered, "") and not (tmp_path / "evil").exists()


if "fish" in SHELLS:
    @pytest.mark.parametrize("line, offered", [("devflow comp", "completion"), ("devflow oauth:status --pro", "--project"),
                                               ("devflow oauth:connect sen", "sentry"), ("devflow project:show s", "shop")])
    def test_fish_completes(api, tmp_path, line, offered):
        (tmp_path / "devflow").symlink_to(DEVFLOW)
        env = environment(api, HOME=str(tmp_path))
        env["PATH"] = f"{tmp_path}:{env['PATH']}"
        done = subprocess.run(["fish", "-c", f"devflow completion fish | source; complete -C '{line}'"], env=env,
                              capture_output=True, text=True)
        assert done.stdout.split("\t")[0].strip() == offered


def test_man_page():
    page = devflow(None, "man").stdout
    for command in COMMANDS:
        assert f".SS {command}\n" in page
    if shutil.which("groff"):
        groff = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z"], input=page, capture_output=True, text=True)
        assert (groff.returncode, groff.stderr) == (0, "")
