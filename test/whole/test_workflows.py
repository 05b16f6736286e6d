"""Workflows as people meet them: started by the command line and the API, shown, signalled, cancelled, retried; another project's run; what the
first one stores; two workers over one PostgreSQL, one of them killed. The engine itself is held to its contract by test/contract/engine_contract.c."""

import json
import subprocess
import time

import pytest
from conftest import PROGRAM
from test_openapi import send_event

DEADLINE_S = 60


def until(ask, holds):
    deadline = time.monotonic() + DEADLINE_S
    while not holds(answer := ask()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.1)
    return answer


@pytest.fixture
def issue(connected):
    """The short ID of an issue of the connected project."""
    send_event(connected.sandbox, {"event_id": "ab" * 16, "message": "boom"})
    return connected.api.get("/integrations/shop/sentry/issues").json()["issues"][0]["shortId"]


def ended(api, run):
    return until(lambda: api.get(f"/projects/shop/workflows/{run}").json(), lambda r: r["status"] != "running")


def test_a_context_is_fetched_and_stored(connected, cli, issue):
    started = cli("workflow:start", "sentry-context", "--issue", issue, "--wait", "--project", "shop")
    assert started.returncode == 0, started.stderr
    assert "step 1 store-context" in started.stdout
    run = json.loads(cli("workflow:list", "--json").stdout)["workflows"]
    assert [set(r) for r in run] == [{"id", "name", "projectId", "status", "startedAt", "closedAt"}]
    assert run[0]["status"] == "completed" and run[0]["projectId"] == "shop" and run[0]["closedAt"]
    stored = cli("workflow:contexts", issue).stdout
    assert stored == cli("sentry:context", issue).stdout or stored.splitlines()[0] == cli("sentry:context", issue).stdout.splitlines()[0]
    assert issue in cli("workflow:contexts").stdout
    shown = cli("workflow:show", run[0]["id"]).stdout
    assert "completed" in shown and "store-context" in shown
    with_history = connected.api.get(f"/projects/shop/workflows/{run[0]['id']}").json()
    assert [h["kind"] for h in with_history["history"]] == ["started", "step", "completed"]
    assert with_history["result"]["issue"] == issue


def test_a_failed_one_goes_on_when_its_cause_is_gone(connected, cli, issue):
    api = connected.api
    assert cli("oauth:disconnect", "sentry", "--yes").returncode == 0
    failed = cli("workflow:start", "sentry-context", "--issue", issue, "--id", "one", "--wait")
    assert failed.returncode == 1 and "failed" in failed.stderr
    assert api.get("/projects/shop/workflows/one").json()["code"] == "oauth_connection_not_found"
    connected.consent(connected.authorize()["startUrl"])
    assert cli("workflow:retry", "one").returncode == 0
    assert ended(api, "one")["status"] == "completed"
    assert cli("workflow:retry", "one").returncode == 1
    again = cli("workflow:start", "sentry-context", "--issue", issue, "--id", "one")
    assert again.returncode == 2 and "exists already" in again.stderr


def test_what_is_wrong_is_said(connected, cli):
    api = connected.api
    unknown = cli("workflow:start", "no-such")
    assert unknown.returncode == 2 and "there are: sentry-context" in unknown.stderr
    assert cli("workflow:show", "none").returncode == 4
    assert cli("workflow:contexts", "none").returncode == 4
    for body in ({}, {"name": 1}, {"name": "sentry-context", "colour": "red"}, {"name": "sentry-context", "id": "a b"}, []):
        assert api.post("/projects/shop/workflows", body).status_code == 400
    assert api.get("/workflows?status=odd").status_code == 400
    assert api.get("/workflows?before=yesterday").status_code == 400
    none = api.post("/projects/shop/workflows", {"name": "sentry-context", "input": {}}).json()["id"]
    assert ended(api, none)["code"] == "invalid_request"


def test_another_projects_run_is_not_there(connected, issue):
    api = connected.api
    api.post("/projects", {"name": "Other", "id": "other"})
    run = api.post("/projects/shop/workflows", {"name": "sentry-context", "issue": issue}).json()["id"]
    for method, rest in (("GET", ""), ("POST", "/cancel"), ("POST", "/retry")):
        answer = api.request(method, f"/projects/other/workflows/{run}{rest}")
        assert (answer.status_code, answer.json()["code"]) == (404, "workflow_not_found")
    assert api.post(f"/projects/other/workflows/{run}/signal", {"name": "x"}).status_code == 404
    assert api.get("/projects/other/workflows").json() == {"workflows": []}


def test_changes_are_in_the_audit_log_and_counted(connected, issue):
    api = connected.api
    run = api.post("/projects/shop/workflows", {"name": "sentry-context", "issue": issue}).json()["id"]
    ended(api, run)
    assert '"workflow.start"' in api.devflow("audit:export").stdout
    until(lambda: api.get("/metrics").text, lambda text: 'devflow_workflows{status="completed"} 1' in text)


def test_a_worker_takes_over_from_one_that_was_killed(devflow, bare_env, postgres, start_api, tmp_path):
    api = start_api({**postgres.settings, "WORKFLOWS_WORKER": "false", "WORKFLOWS_LEASE_S": "1"})
    api.post("/projects", {"name": "Shop", "id": "shop"})
    runs = [api.post("/projects/shop/workflows", {"name": "sentry-context", "issue": f"{i}"}).json()["id"] for i in range(5)]
    assert {api.get(f"/projects/shop/workflows/{r}").json()["status"] for r in runs} == {"running"}
    env = {**api.env, "WORKFLOWS_LEASE_S": "1"}
    workers = [subprocess.Popen([PROGRAM, "worker", "--json"], env=env, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        assert [json.loads(w.stdout.readline()) for w in workers] == [{"engine": "embedded"}] * 2
        workers[0].kill()
        for run in runs:  # nothing is registered: all fail, with their reason
            assert ended(api, run)["code"] == "oauth_app_not_found"
        workers[1].terminate()
        assert workers[1].wait(timeout=DEADLINE_S) == 0
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
            worker.stdout.close()


def test_what_it_was_told_outlives_the_process(start_api):
    api = start_api({"WORKFLOWS_WORKER": "false"})
    api.post("/projects", {"name": "Shop", "id": "shop"})
    api.post("/projects/shop/workflows", {"name": "sentry-context", "issue": "SHOP-1", "id": "one"})
    assert api.post("/projects/shop/workflows/one/signal", {"name": "x", "payload": {"a": 1}}).status_code == 200
    assert api.devflow("workflow:signal", "one", "y").returncode == 0
    assert api.devflow("workflow:cancel", "one").returncode == 0
    api.kill()
    api.env["WORKFLOWS_WORKER"] = "true"
    api.start()
    run = ended(api, "one")
    assert run["status"] == "cancelled"
    assert [(h["kind"], h["name"], h["value"]) for h in run["history"][1:4]] == [
        ("signal", "x", '{"a":1}'), ("signal", "y", None), ("cancel", None, None)]


def test_nothing_of_a_deleted_project_goes_on(start_api):
    """Nor does it wait for whoever deleted it: the process is killed before a worker is there."""
    api = start_api({"WORKFLOWS_WORKER": "false"})
    for project in ("shop", "other"):
        api.post("/projects", {"name": project, "id": project})
        api.post(f"/projects/{project}/workflows", {"name": "sentry-context", "issue": "SHOP-1", "id": f"of-{project}"})
    assert api.request("DELETE", "/projects/shop").status_code < 300
    api.kill()
    api.env["WORKFLOWS_WORKER"] = "true"
    api.start()
    left = until(lambda: api.get("/workflows").json()["workflows"], lambda runs: [r["id"] for r in runs] == ["of-other"])
    assert left[0]["projectId"] == "other"
    api.post("/projects", {"name": "shop", "id": "shop"})
    again = api.post("/projects/shop/workflows", {"name": "sentry-context", "issue": "SHOP-1", "id": "of-shop"})
    assert again.status_code == 201, again.text
    assert ended(api, "of-shop")["code"] == "oauth_app_not_found"


def test_an_sqlite_file_has_one_process(api):
    worker = subprocess.run([PROGRAM, "worker"], env=api.env, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert worker.returncode == 78 and "in use by another devflow" in worker.stderr
