"""The guide, replayed from its own text in both languages: only ids, credentials and hosts are replaced."""
import json
import re
import urllib.parse
from datetime import UTC, datetime

import guide_text
import pytest
import requests
from conftest import CLIENT_ID, CLIENT_SECRET, TEMPORAL_IS_HERE
from guide_world import PROJECT, Recorder, World

RECOMMENDED = ["org:read", "project:read", "project:write", "event:read", "member:read"]
MINIMAL = ["org:read", "project:read", "event:read"]
REFUSED = ("TEMPORAL_",)


@pytest.fixture(params=sorted(guide_text.GUIDES))
def guide(request):
    return guide_text.text(request.param)


@pytest.fixture
def folder(tmp_path):
    """Where the guide's reader works."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def machine(folder, bare_env):
    """Where nothing runs yet."""
    return World(folder, bare_env)


@pytest.fixture
def world(folder, bare_env, api, sandbox):
    return World(folder, bare_env, api, sandbox)


@pytest.fixture
def project(world):
    return world.create()


def block(guide, number):
    """By its place in test/cases/guide.txt, counted from 1."""
    return guide_text.blocks(guide)[number - 1].text


# The text itself


def test_the_french_guide_is_the_contract_word_for_word():
    assert guide_text.is_the_contract(guide_text.text("fr"))


def test_both_guides_have_the_same_blocks_commands_routes_and_sentences():
    fr, en = guide_text.text("fr"), guide_text.text("en")
    for a, b in zip(guide_text.blocks(fr), guide_text.blocks(en), strict=True):
        assert (a.language, a.without_comments()) == (b.language, b.without_comments())
        assert a.text.count("\n") == b.text.count("\n")
    for part in (guide_text.inline_commands, guide_text.routes, guide_text.error_sentences):
        assert part(fr) == part(en)


def test_every_block_and_command_is_classified():
    found = [b.first_line() for b in guide_text.blocks(guide_text.text("fr"))]
    assert [case.first_line for case in guide_text.block_cases()] == found
    assert {case.kind for case in guide_text.block_cases()} <= {"run", "answer", "file", "config", "value", "outside"}
    named = {case.first_line for case in guide_text.inline_cases()}
    assert named == set(guide_text.inline_commands(guide_text.text("fr")))


def test_the_links_of_the_guide_are_answered(guide):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", guide):
        assert (guide_text.ROOT / "docs" / target).is_file(), target


# Step 2: registration


def assert_registered(world, answer=None):
    if answer is not None:
        assert json.loads(answer)["app"]["clientId"] == CLIENT_ID
    [app] = world.get(f"/auth/apps?project={PROJECT}")["apps"]
    assert (app["provider"], app["clientId"], app["scopes"]) == ("SENTRY", CLIENT_ID, RECOMMENDED)
    assert app["redirectUri"] == world.callback and app["flowType"] == "authorization_code"
    assert CLIENT_SECRET not in json.dumps(app)


def test_option_a_registers_through_the_api(project, guide):
    assert_registered(project, project.run(block(guide, 3)))


def test_option_b_registers_through_the_cli(project, guide):
    project.run(block(guide, 4))
    assert_registered(project)


def test_option_c_registers_from_a_file(project, guide):
    project.write("sentry-oauth.json", project.localise(block(guide, 5)))
    assert_registered(project, project.run(block(guide, 6)))


def test_the_cli_takes_the_file_too(project, guide):
    project.write("sentry-oauth.json", project.localise(block(guide, 5)))
    project.devflow("oauth:register", "--file", "sentry-oauth.json")
    assert_registered(project)


def test_the_callback_and_the_name_of_step_1(project, guide):
    body = project.registration(name=block(guide, 1))
    assert project.localise(block(guide, 2)) == body["redirectUri"]
    assert project.post("/auth/apps/register", body)["app"]["name"] == "DevFlow OAuth Integration"


# Step 3: the connection


def test_the_cli_connects(project, guide):
    project.register()
    assert "OAuth connection established successfully" in project.run(block(guide, 7))
    assert_connected(project, guide, project.get(f"/auth/connections?project={PROJECT}"))


def test_the_api_connects(project, guide):
    project.register()
    answer = json.loads(project.run(block(guide, 8)))
    shown = json.loads(block(guide, 9))
    assert next(iter(answer)) == next(iter(shown)) == "authUrl"
    assert re.fullmatch(project.pattern(shown["authUrl"]), answer["authUrl"])
    status, at, page = project.browse(answer["authUrl"])
    assert (status, urllib.parse.urlsplit(at).path) == (200, "/api/v1/auth/sentry/callback"), page
    assert_connected(project, guide, project.get(f"/auth/connections?project={PROJECT}"))


def test_the_authorize_url_has_the_parameters_in_the_order_shown(project, guide):
    project.register()
    shown = re.sub(r"\s+", "", block(guide, 19))
    url = project.post("/auth/sentry/authorize", {"projectId": PROJECT, "scopes": MINIMAL})["authUrl"]
    assert re.match(project.pattern(shown), url)


def test_scopes_may_differ_by_context_and_the_granted_ones_are_stored(project):
    project.register()
    project.devflow("oauth:connect", "sentry", "--project", PROJECT, "--scopes", ",".join(MINIMAL))
    [connection] = project.get(f"/auth/connections?project={PROJECT}")["connections"]
    assert sorted(connection["scopes"]) == sorted(MINIMAL)


def test_the_minimal_scopes_give_no_warning_and_the_recommended_are_the_default(project, guide):
    minimal, recommended = json.loads(block(guide, 17)), json.loads(block(guide, 18))
    assert project.register(scopes=minimal)["warnings"] == []
    assert project.register(scopes=minimal[:2])["warnings"] != []
    assert project.register(scopes=None)["app"]["scopes"] == recommended


def test_issue_read_is_refused_with_what_to_use_instead(project):
    failed = project.post("/auth/apps/register", project.registration(scopes=[*MINIMAL, "issue:read"]), status=400)
    assert failed["code"] == "invalid_scope" and "use event:read" in failed["message"]


# Step 4: the status


def assert_connected(world, guide, answer):
    """The keys the guide prints, in its order, with values of the same form."""
    [shown], [got] = json.loads(block(guide, 11))["connections"], answer["connections"]
    assert list(got)[: len(shown)] == list(shown)
    assert (got["provider"], got["status"]) == (shown["provider"], shown["status"])
    assert sorted(got["scopes"]) == sorted(shown["scopes"])
    assert got["userId"] in [organization["slug"] for organization in got["organizations"]]
    assert len(got["expiresAt"]) == len(shown["expiresAt"])
    expires = datetime.strptime(got["expiresAt"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert expires > datetime.now(UTC)


def test_the_status_by_cli_and_api(project, guide):
    project.register()
    project.connect()
    cli, api = project.commands(block(guide, 10))
    answer = json.loads(project.run(api))
    assert_connected(project, guide, answer)
    assert_connected(project, guide, json.loads(project.run(cli + " --json")))
    [connection], printed = answer["connections"], project.run(cli)
    for shown in ("SENTRY", connection["userId"], *connection["scopes"], connection["expiresAt"]):
        assert shown in printed


# Step 5: the test, and the commands that leave the project out


def test_the_three_lines(project, guide):
    project.register()
    project.connect()
    assert project.run(block(guide, 12)) == block(guide, 13) + "\n"
    assert project.get(f"/integrations/{PROJECT}/test")["ok"] is True


def test_the_project_left_out_is_the_only_one(project, guide):
    project.register()
    connect, test = (c for c in guide_text.inline_commands(guide) if c.startswith(("devflow oauth", "devflow integ")))
    assert "OAuth connection established successfully" in project.run(connect)
    assert project.run(test) == block(guide, 13) + "\n"


def test_bare_project_create_asks_on_a_terminal(world):
    screen = world.on_a_terminal("devflow project:create", ["Shop"])
    assert [p["name"] for p in world.get("/projects")] == ["Shop"], screen


def test_a_failed_refresh_is_forced_and_a_connection_is_closed(project):
    project.register()
    project.connect()
    before = project.post("/auth/sentry/token", {"projectId": PROJECT})["accessToken"]
    assert project.post("/auth/sentry/refresh", {"projectId": PROJECT})["expiresAt"]
    assert project.post("/auth/sentry/token", {"projectId": PROJECT})["accessToken"] != before
    assert project.post("/auth/sentry/disconnect", {"projectId": PROJECT})["revoked"] is False
    assert project.get(f"/auth/connections?project={PROJECT}")["connections"] == []


def test_every_route_of_the_guide_exists(world, guide):
    described = json.loads((guide_text.ROOT / "docs/openapi.json").read_text())["paths"]
    for method, path in guide_text.routes(guide):
        path = re.sub(r":(\w+)", r"{\1}", path.removeprefix("/api/v1")).replace("/sentry/", "/{provider}/")
        assert method.lower() in described[path]
        assert world.request(method, path.format(projectId="none", provider="sentry")).code != "route_not_found"


# Troubleshooting: each sentence, provoked


def assert_fails(world, sentence, status):
    """Both the API, where it can know before the browser, and the command say the sentence."""
    done = world.devflow("oauth:connect", "sentry", "--project", PROJECT, fails=True)
    assert sentence in done.stderr and "established" not in done.stdout
    if status:
        answer = world.post("/auth/sentry/authorize", {"projectId": PROJECT}, status=status)
        assert sentence in answer["message"]


def sentences(guide):
    return guide_text.error_sentences(guide)[1:]


def test_no_organizations(project, guide):
    project.register()
    requests.post(f"{project.sentry}/_sandbox/faults", json={"on": "api", "kind": "empty"}, timeout=10).raise_for_status()
    assert_fails(project, sentences(guide)[0], None)
    assert sentences(guide)[0] in project.page()


def test_app_not_found(project, guide):
    assert_fails(project, sentences(guide)[1], 404)


def test_invalid_client_credentials(project, guide):
    project.register(clientSecret="another-secret")
    assert_fails(project, sentences(guide)[2], None)
    assert sentences(guide)[2] in project.page()
    project.register(clientId="another-id")
    assert_fails(project, sentences(guide)[2], 400)
    project.register()
    project.connect()


def test_redirect_uri_mismatch(folder, bare_env, api, start_sandbox, guide):
    world = World(folder, bare_env, api, start_sandbox("http://localhost:1/api/v1/auth/sentry/callback")).create()
    world.register()
    assert_fails(world, sentences(guide)[3], 400)


@pytest.mark.parametrize("wrong", ["/", " "])
def test_a_space_or_a_trailing_slash_is_refused_at_registration(project, wrong):
    body = project.registration(redirectUri=project.callback + wrong)
    assert project.post("/auth/apps/register", body, status=400)["code"] == "invalid_redirect_uri"


def test_users_me_is_never_asked(folder, bare_env, api, sandbox):
    with Recorder(sandbox.url) as recorder:
        world = World(folder, bare_env, api, recorder).create()
        world.register()
        world.connect()
        world.devflow("integrations:test", PROJECT)
    assert any(path.startswith("/api/0/organizations/") for path in recorder.asked)
    assert not any("/users/me/" in path for path in recorder.asked)


# Variables


def taken(env):
    """The settings this release takes of an example."""
    lines = [line for line in env.split("\n") if line and not line.startswith("#")]
    return "".join(line + "\n" for line in lines if not line.startswith(REFUSED))


@pytest.mark.parametrize("number", [14, 15, 22])
def test_an_env_example_is_refused_by_name_and_taken_without_those_lines(machine, guide, number):
    env = block(guide, number)
    done = machine.check_config(env)
    assert done.returncode == 78 or TEMPORAL_IS_HERE
    if not TEMPORAL_IS_HERE:
        for name in re.findall(r"^(TEMPORAL_ADDRESS)=", env, re.MULTILINE):
            assert name in done.stderr and "devflow-temporal" in done.stderr
    key = machine.generate_key(guide_text.inline_commands(guide))
    done = machine.check_config(re.sub(r"<[^>]*>", key, taken(env)))
    assert done.returncode == 0, done.stderr
    assert key not in done.stdout


@pytest.mark.parametrize("number", [14, 22])
def test_a_placeholder_is_no_key(machine, guide, number):
    done = machine.check_config(taken(block(guide, number)))
    assert done.returncode == 78 and "OAUTH_ENCRYPTION_KEY" in done.stderr


def test_the_production_callback_belongs_to_the_production_url(folder, bare_env, start_api, guide):
    callback = block(guide, 20)
    assert json.loads(block(guide, 21)) == {"redirectUri": callback}
    api_url = re.search(r"^API_URL=(.*)$", block(guide, 22), re.MULTILINE)[1]
    world = World(folder, bare_env, start_api({"API_URL": api_url})).create()
    registered = world.register(redirectUri=callback)
    assert (registered["app"]["redirectUri"], registered["warnings"]) == (callback, [])
