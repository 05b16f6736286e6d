"""schemathesis over docs/openapi.json against the real program with a connected project: whatever it makes of the document, right and
wrong, no answer is a server's fault or other than described. DEVFLOW_SCHEMA_SECONDS is how long each of the two runs may take
(default 12; ./dev schema runs for minutes)."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
from conftest import ROOT, Walk
from test_openapi import send_event

SHORT = "DEVFLOW_SCHEMA_SECONDS" not in os.environ  # then it asks the same each time
SECONDS = int(os.environ.get("DEVFLOW_SCHEMA_SECONDS", "12"))
PROJECT = "your-project-id"  # the document's examples name it
# 502 and 504 tell of the provider, which a made-up base URL makes unreachable. What is too long may be too long for any body: 413.
SETTINGS = """
[checks]
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 502, 504]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, "5xx"]
positive_data_acceptance.enabled = false
[parameters]
"""
ALTERING = ("registerApp", "deleteApp", "disconnect", "deleteProject", "setStaticToken", "removeWebhook")


def without(*operations):
    return [word for operation in operations for word in ("--exclude-operation-id", operation)]


@pytest.fixture
def schemathesis(api, tmp_path):
    """schemathesis({"path.projectId": ...}, "--option", ...) runs it; all it says when it found something."""
    def run(parameters, *options):
        settings = tmp_path / "schemathesis.toml"
        settings.write_text(SETTINGS + "".join(f'"{name}" = {json.dumps(value)}\n' for name, value in parameters.items()))
        command = [pathlib.Path(sys.executable).parent / "schemathesis", "--config-file", settings, "run", ROOT / "docs/openapi.json",
                   "--url", api.url, "--max-time", str(SECONDS), "--no-color", "--exclude-path-regex", "^/proxy/", "--warnings", "off",
                   "--request-timeout", "60", *(["--seed", "1"] if SHORT else []), "--generation-database", "none"]
        command += ["--header", "X-API-Key:" + api.make_key("admin")["key"]]  # there being a key, nobody is served without
        # Its own threads and ours share the machine: the budget may be overrun by a test case.
        done = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS + 120, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr)[:20000]  # it may quote a body of megabytes
        assert "Traceback" not in done.stderr, done.stderr
        # Found nothing because it asked nothing? The document has some fifty operations.
        assert len([line for line in api.said().splitlines() if " route=" in line]) > 100
    return run


def connected_world(api, sandbox):
    walk = Walk(api, sandbox, PROJECT)
    walk.connect()
    send_event(sandbox)
    at = f"/projects/{PROJECT}/webhooks"
    webhook = walk.done(api.post(at, {"url": "https://127.0.0.1:1/none"}), 201)["id"]
    delivery = walk.done(api.post(f"{at}/{webhook}/test", None), 202)["deliveryId"]
    flow = walk.authorize()["flowId"]
    return {"path.projectId": PROJECT, "path.provider": "sentry", "path.issue": "1001", "query.project": PROJECT,
            "path.webhookId": webhook, "path.deliveryId": delivery, "path.flowId": flow}


def server_faults(api):
    return [line for line in api.said().splitlines() if "code=internal_error" in line or "code=storage_failed" in line]


def test_a_connected_project_answers_as_described(schemathesis, api, sandbox):
    schemathesis(connected_world(api, sandbox), *without(*ALTERING))
    assert api.process.poll() is None and not server_faults(api)
    [connection] = Walk.done(api.get(f"/auth/connections?project={PROJECT}"))["connections"]
    assert connection["status"] == "connected"


def test_every_operation_answers_as_described_to_anything(schemathesis, api, sandbox):
    connected_world(api, sandbox)
    schemathesis({})
    assert api.process.poll() is None and not server_faults(api)
