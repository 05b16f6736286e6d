"""The engine over a real Temporal server: the contract of engines, and the program itself. ./dev temporal builds and runs this."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "test" / "whole")]
from servers import ends_with_parent, free_port  # noqa: E402

BUILD = ROOT / "build"
PROGRAM = BUILD / "devflow"
TEMPORAL = pathlib.Path(sys.executable).parent / "temporal"
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
WAIT_S = 60


class Temporal:
    """A server on a free port; its state is kept in a file, so that it can be started again."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.address = f"127.0.0.1:{self.port}"

    def start(self):
        ports = {"--port": self.port, "--http-port": free_port(), "--metrics-port": free_port()}
        words = [str(word) for pair in ports.items() for word in pair]
        with open(self.folder / "temporal.log", "ab") as log:
            self.process = subprocess.Popen([TEMPORAL, "server", "start-dev", "--headless", "--log-level", "error",
                                             "--db-filename", self.folder / "temporal.db", *words],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=ends_with_parent(signal.SIGKILL))
        wait(lambda: self.run("operator", "cluster", "health").returncode == 0, "the server")
        return self

    def run(self, *words):
        return subprocess.run([TEMPORAL, *words, "--address", self.address], capture_output=True, text=True, check=False,
                              timeout=WAIT_S)

    def stop(self):
        self.process.kill()
        self.process.wait(10)


def wait(done, what):
    until = time.monotonic() + WAIT_S
    while not done():
        assert time.monotonic() < until, f"{what}: not in {WAIT_S} s"
        time.sleep(0.05)


@pytest.fixture
def temporal(tmp_path):
    server = Temporal(tmp_path).start()
    yield server
    server.stop()


class Devflow:
    """`devflow serve` on Temporal, with its own file."""

    def __init__(self, folder, address, **settings):
        self.port, self.log = free_port(), folder / "devflow.log"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "OAUTH_ENCRYPTION_KEY": KEY, "PORT": str(self.port),
                    "DATABASE_URL": f"sqlite:{folder}/devflow.db", "TEMPORAL_ADDRESS": address, "LOG_FORMAT": "json",
                    "DEVFLOW_API_URL": f"http://localhost:{self.port}/api/v1", **settings}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, "serve"], env=self.env, cwd=folder, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log, text=True,
                                            preexec_fn=ends_with_parent(signal.SIGKILL))
        assert self.process.stdout.readline(), self.said()

    def said(self):
        return self.log.read_text()

    def run(self, *words):
        return subprocess.run([PROGRAM, *words], env=self.env, capture_output=True, text=True, check=False, timeout=WAIT_S)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def devflow(tmp_path):
    made = []

    def start(address, **settings):
        made.append(Devflow(tmp_path, address, **settings))
        return made[-1]

    yield start
    for each in made:
        each.process.kill()


def test_the_contract_of_engines(tmp_path):
    program = BUILD / "test" / "contract" / "contract_engine"
    place = program.parent / "temporal"
    place.mkdir(exist_ok=True)
    library = place / "libdevflow-temporal.so"
    library.unlink(missing_ok=True)
    library.symlink_to(BUILD / "temporal" / "libdevflow-temporal.so")
    done = subprocess.run([program], env={**os.environ, "DEVFLOW_TEST_TEMPORAL": str(TEMPORAL)}, cwd=tmp_path, check=False,
                          capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def start_one(api, **words):
    done = api.run("workflow:start", "sentry-context", "--project", "shop", "--input", '{"issue":"1"}', "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["id"]


def test_a_workflow_by_command_is_seen_in_temporal(temporal, devflow):
    api = devflow(temporal.address)
    assert api.run("project:create", "shop", "--id", "shop").returncode == 0
    number = start_one(api)
    wait(lambda: number in api.run("workflow:list", "--json", "--project", "shop").stdout, "the list")
    shown = api.run("workflow:show", number, "--json")
    assert shown.returncode == 0 and json.loads(shown.stdout)
    wait(lambda: number in temporal.run("workflow", "list", "--query", "DevFlowProject = 'shop'").stdout, "the search attribute")
    assert api.stop() == 0


def test_a_server_that_goes_and_comes_back_loses_nothing(temporal, devflow):
    api = devflow(temporal.address)
    assert api.run("project:create", "shop", "--id", "shop").returncode == 0
    number = start_one(api)
    temporal.stop()
    done = api.run("workflow:list", "--json", "--project", "shop")
    assert done.returncode == 69 and f"Temporal at {temporal.address} does not answer" in done.stderr
    wait(lambda: "goes on trying" in api.said(), "the worker's word")
    temporal.start()
    wait(lambda: "Temporal answers again" in api.said(), "the worker's word")
    wait(lambda: json.loads(api.run("workflow:show", number, "--json").stdout)["status"] != "running", "its end")


@pytest.mark.parametrize(("settings", "says"), [
    ({"TEMPORAL_NAMESPACE": "nowhere"}, "has no namespace nowhere"),
    ({"TEMPORAL_ADDRESS": "127.0.0.1:1"}, "Temporal at 127.0.0.1:1 does not answer"),
    ({"TEMPORAL_TLS": "true"}, "does not answer"),
])
def test_what_is_wrong_is_said_and_tried_again(temporal, devflow, settings, says):
    api = devflow(temporal.address, **settings)
    wait(lambda: says in api.said() and "goes on trying" in api.said(), says)
    done = api.run("workflow:list", "--json")
    assert done.returncode == 69 and says in done.stderr
    if "TEMPORAL_NAMESPACE" in settings:
        assert temporal.run("operator", "namespace", "create", "nowhere").returncode == 0
        wait(lambda: "Temporal answers again" in api.said(), "the namespace")
    assert api.stop() == 0
