"""A real Temporal server, and DevFlow on it: what the suites of this folder share."""

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
PROGRAM = pathlib.Path(os.environ.get("DEVFLOW_BIN", BUILD / "devflow"))
TEMPORAL = pathlib.Path(sys.executable).parent / "temporal"
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
WAIT_S = 60
# Of a sanitizer's build (DEVFLOW_BIN). ThreadSanitizer: ignore_noninstrumented_modules=1:report_thread_leaks=0, for it sees nothing of the core's own locks and threads.
SANITIZER = {name: os.environ[name] for name in ("ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}


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


def wait(done, what, seconds=WAIT_S):
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, f"{what}: not in {seconds} s"
        time.sleep(0.05)


@pytest.fixture
def temporal(tmp_path):
    server = Temporal(tmp_path).start()
    yield server
    server.stop()


class Devflow:
    """`devflow serve` on Temporal, with its own file."""

    def __init__(self, folder, address, program=PROGRAM, **settings):
        self.program = program
        self.port, self.log = free_port(), folder / "devflow.log"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "OAUTH_ENCRYPTION_KEY": KEY, "PORT": str(self.port),
                    "DATABASE_URL": f"sqlite:{folder}/devflow.db", "TEMPORAL_ADDRESS": address, "LOG_FORMAT": "json",
                    "DEVFLOW_API_URL": f"http://localhost:{self.port}/api/v1", **SANITIZER, **settings}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([program, "serve"], env=self.env, cwd=folder, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log, text=True,
                                            preexec_fn=ends_with_parent(signal.SIGKILL))
        assert self.process.stdout.readline(), self.said()

    def said(self):
        return self.log.read_text()

    def run(self, *words, **options):
        return subprocess.run([self.program, *words], env=self.env, capture_output=True, text=True, check=False, timeout=WAIT_S, **options)

    def ok(self, *words, **options):
        """What it printed, read as JSON where it was asked for that."""
        done = self.run(*words, **options)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return json.loads(done.stdout) if "--json" in words else done.stdout

    def show(self, number):
        return self.ok("workflow:show", number, "--project", "shop", "--json")

    def runs(self, *words):
        return self.ok("workflow:list", "--project", "shop", "--json", *words)["workflows"]

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
