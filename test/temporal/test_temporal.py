"""The engine over a real Temporal server: the contract of engines, and the program itself. ./dev temporal builds and runs this."""

import concurrent.futures
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests
from temporal_world import BUILD, PROGRAM, TEMPORAL, devflow, temporal, wait  # noqa: F401 (two are fixtures)
from sentry_sender import alert, headers_of  # noqa: E402

SECRET = "a5ec4e75" * 8


def test_the_contract_of_engines(tmp_path):
    program = PROGRAM.parent / "test" / "contract" / "contract_engine"
    place = program.parent / "temporal"
    place.mkdir(exist_ok=True)
    library = place / "libdevflow-temporal.so"
    library.unlink(missing_ok=True)
    library.symlink_to(BUILD / "temporal" / "libdevflow-temporal.so")
    done = subprocess.run([program], env={**os.environ, "DEVFLOW_TEST_TEMPORAL": str(TEMPORAL)}, cwd=tmp_path, check=False,
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def start_one(api, *words):
    return api.ok("workflow:start", "sentry-context", "--project", "shop", "--input", '{"issue":"1"}', *words, "--json")["id"]


def hook(api, issue, request="0123456789abcdef0123456789abcdef"):
    body = json.dumps(alert(issue)).encode()
    return requests.post(f"{api.env['DEVFLOW_API_URL']}/webhooks/sentry/shop", data=body, timeout=60,
                         headers=headers_of("event_alert", body, SECRET, request))


def test_a_workflow_by_command_is_seen_in_temporal(temporal, devflow):  # noqa: F811
    api = devflow(temporal.address)
    assert api.run("project:create", "shop", "--id", "shop").returncode == 0
    number = start_one(api)
    wait(lambda: number in api.run("workflow:list", "--json", "--project", "shop").stdout, "the list")
    shown = api.run("workflow:show", number, "--json")
    assert shown.returncode == 0 and json.loads(shown.stdout)
    wait(lambda: number in temporal.run("workflow", "list", "--query", "DevFlowProject = 'shop'").stdout, "the search attribute")
    assert api.stop() == 0


def test_a_server_that_goes_and_comes_back_loses_nothing(temporal, devflow):  # noqa: F811
    api = devflow(temporal.address)
    assert api.run("project:create", "shop", "--id", "shop").returncode == 0
    number = start_one(api)
    api.ok("webhooks:secret", "--project", "shop", input=SECRET)
    temporal.stop()
    assert hook(api, "4711").status_code == 200
    done = api.run("workflow:list", "--json", "--project", "shop")
    assert done.returncode == 69 and f"Temporal at {temporal.address} does not answer" in done.stderr
    wait(lambda: "goes on trying" in api.said(), "the worker's word")
    temporal.start()
    wait(lambda: "Temporal answers again" in api.said(), "the worker's word")
    wait(lambda: json.loads(api.run("workflow:show", number, "--json").stdout)["status"] != "running", "its end")
    wait(lambda: [r for r in api.runs() if r["id"] != number], "what Sentry sent meanwhile", 3 * 60)
    assert len(api.runs()) == 2 and api.stop() == 0


def test_a_server_that_hangs_holds_up_nothing_else(devflow):  # noqa: F811
    """It takes connections and never answers. All who ask it wait together, what needs the database alone does not, and a stop is no kill."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        api = devflow(f"127.0.0.1:{server.getsockname()[1]}", SHUTDOWN_TIMEOUT="1")
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            began = time.monotonic()
            asked = [pool.submit(api.run, "workflow:list", "--json") for _ in range(12)]
            api.ok("project:create", "shop", "--id", "shop")
            assert not all(a.done() for a in asked), "the server did not hang"
            assert {a.result().returncode for a in asked} == {69} and "does not answer" in asked[0].result().stderr
            assert time.monotonic() - began < 55, "they waited one after the other"
        assert api.stop() == 0


def test_a_stop_does_not_wait_for_a_server_that_hangs_since(temporal, devflow):  # noqa: F811
    """It answered before. A hundred messages wait for it, each of which would ask it once more."""
    api = devflow(temporal.address, SHUTDOWN_TIMEOUT="1")
    api.ok("project:create", "shop", "--id", "shop")
    api.ok("webhooks:secret", "--project", "shop", input=SECRET)
    number = start_one(api)
    wait(lambda: api.show(number)["status"] == "failed", "the end of one")
    temporal.process.send_signal(signal.SIGSTOP)
    assert {hook(api, str(i), f"{i:032x}").status_code for i in range(100)} == {200}
    began = time.monotonic()
    api.process.terminate()
    assert api.process.wait(90) == 0
    assert time.monotonic() - began < 60
    temporal.process.send_signal(signal.SIGCONT)
    api = devflow(temporal.address)
    wait(lambda: len(api.runs("--limit", "1000")) == 101, "all of them", 3 * 60)
    assert api.stop() == 0


@pytest.fixture
def slow_sentry():
    """Knows one organisation, and never answers for an issue."""
    asked, end = [], threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if "/issues/" in self.path:
                end.wait(120)
            body = json.dumps([{"id": "1", "slug": "acme", "name": "acme"}]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.asked, server.url = asked, f"http://127.0.0.1:{server.server_address[1]}"
        yield server
        end.set()
        server.shutdown()


def test_steps_that_wait_for_sentry_end_with_their_worker_and_are_done_by_the_next(temporal, devflow, slow_sentry):  # noqa: F811
    """The store and the client they use are freed after the stop: none of them may go on then. With DEVFLOW_BIN a sanitizer's build looks."""
    api = devflow(temporal.address, SHUTDOWN_TIMEOUT="1")
    api.ok("project:create", "shop", "--id", "shop")
    api.ok("oauth:token:set", "sentry", "--project", "shop", "--base-url", slow_sentry.url, "--org", "acme", input="sntryu_" + "a" * 64)
    runs = [start_one(api) for _ in range(6)]
    wait(lambda: any("/issues/" in path for path in slow_sentry.asked), "the step")
    began = time.monotonic()
    assert api.stop() == 0 and time.monotonic() - began < 25
    assert "Sanitizer" not in api.said()
    slow_sentry.asked.clear()
    api = devflow(temporal.address, SHUTDOWN_TIMEOUT="1")
    wait(lambda: any("/issues/" in path for path in slow_sentry.asked), "the step again")
    assert {api.show(number)["status"] for number in runs} == {"running"}
    assert api.stop() == 0


def one_of(api, **fields):
    """The one run for which these hold, once it is listed."""
    found = []

    def there():
        found[:] = [r for r in api.runs() if all(r[key] == value for key, value in fields.items())]
        return found
    wait(there, fields)
    assert len(found) == 1, found
    return found[0]


def test_what_sentry_and_the_time_start_goes_on_on_temporal(temporal, devflow):  # noqa: F811
    api = devflow(temporal.address)
    api.ok("project:create", "shop", "--id", "shop")
    api.ok("webhooks:secret", "--project", "shop", input=SECRET)
    api.ok("schedule:set", "often", "--cron", "* * * * *", "--workflow", "sentry-context", "--input", '{"issue":"7"}', "--project", "shop")
    for _ in range(2):  # Sentry sends it again when an answer was lost
        sent = hook(api, "4711")
        assert sent.status_code in (200, 202), sent.text
    wait(lambda: api.runs(), "the run of the webhook")
    of_sentry = [r for r in api.runs() if "often" not in r["id"]]
    assert len(of_sentry) == 1, of_sentry
    wait(lambda: api.show(of_sentry[0]["id"])["status"] == "failed", "its end")
    shown = api.show(of_sentry[0]["id"])
    assert (shown["issue"], shown["code"], shown["input"]["trigger"]) == ("4711", "oauth_app_not_found", "event_alert.triggered")
    listed = temporal.run("workflow", "list", "--query", "DevFlowIssue = '4711'").stdout
    assert of_sentry[0]["id"] in listed
    wait(lambda: [r for r in api.runs() if "often" in r["id"]], "the run of the schedule", 2 * 60)
    by_time = [r for r in api.runs() if "often" in r["id"]][0]
    assert by_time["id"] in temporal.run("workflow", "list").stdout
    assert api.show(by_time["id"])["input"] == {"issue": "7", "trigger": "schedule.often"}
    assert api.stop() == 0


def test_the_commands_are_for_runs_on_temporal(temporal, devflow):  # noqa: F811
    api = devflow(temporal.address, WORKFLOWS_WORKER="false")
    api.ok("project:create", "shop", "--id", "shop")
    number = start_one(api, "--id", "told")
    assert api.show(number)["status"] == "running"
    api.ok("workflow:signal", number, "hello", "--payload", '{"a":1}', "--project", "shop")
    api.ok("workflow:cancel", number, "--project", "shop")
    assert one_of(api, status="running")["id"] == number
    assert api.stop() == 0
    api = devflow(temporal.address)
    wait(lambda: api.show(number)["status"] == "cancelled", "its end")
    assert [(h["kind"], h["name"]) for h in api.show(number)["history"] if h["kind"] in ("signal", "cancel")] == [("signal", "hello"), ("cancel", None)]
    assert api.run("workflow:cancel", number, "--project", "shop").returncode == 1
    failed = start_one(api)
    wait(lambda: api.show(failed)["status"] == "failed", "its end")
    before = sum(h["kind"] == "step" for h in api.show(failed)["history"])
    api.ok("workflow:retry", failed, "--project", "shop")
    wait(lambda: api.show(failed)["status"] == "failed", "its end")
    assert sum(h["kind"] == "step" for h in api.show(failed)["history"]) >= before > 0
    actions = [json.loads(line)["action"] for line in api.ok("audit:export").splitlines()]
    assert [a for a in actions if a.startswith("workflow.")] == [f"workflow.{a}" for a in ("start", "signal", "cancel", "start", "retry")]
    assert api.stop() == 0


def test_nothing_of_a_deleted_project_is_left(temporal, devflow):  # noqa: F811
    api = devflow(temporal.address, WORKFLOWS_WORKER="false")
    api.ok("project:create", "shop", "--id", "shop")
    api.ok("project:create", "other", "--id", "other")
    start_one(api, "--id", "one")
    api.ok("workflow:start", "sentry-context", "--project", "other", "--input", '{"issue":"1"}', "--id", "others")
    temporal.stop()  # it is deleted all the same
    api.ok("project:delete", "shop", "--yes")
    wait(lambda: "were not cancelled yet" in api.said(), "the wish is kept")
    assert api.stop() == 0
    temporal.start()
    api = devflow(temporal.address)
    wait(lambda: "one" not in temporal.run("workflow", "list").stdout.split(), "the run is gone", 2 * 60)
    assert "others" in temporal.run("workflow", "list").stdout.split()
    assert api.stop() == 0


def test_the_library_is_upgraded_under_a_running_service(temporal, devflow, tmp_path):  # noqa: F811
    """As dpkg does it, and ./dev build (test/whole/test_temporal_library.py): renamed into its place. What runs keeps what it has."""
    place = tmp_path / "installed"
    (place / "temporal").mkdir(parents=True)
    library, built = place / "temporal" / "libdevflow-temporal.so", BUILD / "temporal" / "libdevflow-temporal.so"
    shutil.copy(built, library)
    api = devflow(temporal.address, program=shutil.copy(PROGRAM, place / "devflow"))
    api.ok("project:create", "shop", "--id", "shop")
    wait(lambda: api.show(start_one(api))["status"] == "failed", "the end of one")
    for content in (built.read_bytes(), b"another version"):
        (place / "new").write_bytes(content)
        (place / "new").rename(library)
        for _ in range(5):
            number = start_one(api)
            wait(lambda: api.show(number)["status"] == "failed", "the end of one")  # noqa: B023
    assert api.stop() == 0


@pytest.mark.parametrize(("settings", "says"), [
    ({"TEMPORAL_NAMESPACE": "nowhere"}, "has no namespace nowhere"),
    ({"TEMPORAL_ADDRESS": "127.0.0.1:1"}, "Temporal at 127.0.0.1:1 does not answer"),
    ({"TEMPORAL_TLS": "true"}, "does not answer"),
])
def test_what_is_wrong_is_said_and_tried_again(temporal, devflow, settings, says):  # noqa: F811
    api = devflow(temporal.address, **settings)
    wait(lambda: says in api.said() and "goes on trying" in api.said(), says)
    done = api.run("workflow:list", "--json")
    assert done.returncode == 69 and says in done.stderr
    if "TEMPORAL_NAMESPACE" in settings:
        assert temporal.run("operator", "namespace", "create", "nowhere").returncode == 0
        wait(lambda: "Temporal answers again" in api.said(), "the namespace")
    assert api.stop() == 0
