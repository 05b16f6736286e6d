"""Everything goes away under a busy `devflow serve`, and it is stopped in the middle: it ends well each time, by itself and in time.

DEVFLOW_TEMPORAL_ROUNDS: how many (2). With DEVFLOW_BIN a sanitizer's build does them; ThreadSanitizer sees nothing of Rust, so it needs
TSAN_OPTIONS=ignore_noninstrumented_modules=1."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import threading
import time
import uuid

import pytest
import requests
from temporal_world import BUILD, PROGRAM, devflow, temporal  # noqa: F401 (two are fixtures)
from sentry_sender import alert, headers_of  # noqa: E402

SECRET = "a5ec4e75" * 8
ROUNDS = int(os.environ.get("DEVFLOW_TEMPORAL_ROUNDS", "2"))
KINDS = ("server", "namespace", "no namespace", "library")
STOP_S = 120


class Load:
    """Webhooks, and all commands about workflows, as fast as they are answered. What they get does not matter."""

    def __init__(self, api, chance):
        self.api, self.chance, self.over = api, chance, threading.Event()
        self.threads = [threading.Thread(target=self.until_over, args=(work,)) for work in (self.hook, self.list, self.walk, self.walk)]
        for thread in self.threads:
            thread.start()

    def until_over(self, work):
        while not self.over.is_set():
            with contextlib.suppress(requests.RequestException, subprocess.TimeoutExpired):
                work()

    def hook(self):
        body = json.dumps(alert(str(self.chance.randrange(10_000)))).encode()
        requests.post(f"{self.api.env['DEVFLOW_API_URL']}/webhooks/sentry/shop", data=body, timeout=30,
                      headers=headers_of("event_alert", body, SECRET, uuid.uuid4().hex))

    def command(self, *words):
        if not self.over.is_set():
            subprocess.run([PROGRAM, *words], env=self.api.env, capture_output=True, timeout=60, check=False)

    def list(self):
        self.command("workflow:list", "--json")

    def walk(self):
        number = uuid.uuid4().hex
        self.command("workflow:start", "sentry-context", "--project", "shop", "--issue", "1", "--id", number)
        for words in (("signal", number, "x"), ("cancel", number), ("retry", number), ("show", number)):
            self.command(f"workflow:{words[0]}", *words[1:], "--project", "shop")

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def go_away(kind, server, library, chance):
    time.sleep(chance.uniform(0.5, 3))
    if kind == "server":
        server.stop()
        time.sleep(chance.uniform(0, 3))
        if chance.random() < 0.7:
            server.start()
    elif kind == "namespace":
        server.run("operator", "namespace", "delete", "--yes", "spare")
    elif kind == "no namespace":
        server.run("operator", "namespace", "create", "spare")
    else:
        shutil.copy(library, f"{library}.new")
        os.replace(f"{library}.new", library)
    time.sleep(chance.uniform(0, 8 if kind == "no namespace" else 3))


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_stop_while_everything_goes_away(temporal, devflow, tmp_path, seed):  # noqa: F811
    chance = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    (tmp_path / "temporal").mkdir()
    library = shutil.copy(BUILD / "temporal" / "libdevflow-temporal.so", tmp_path / "temporal")
    if kind == "namespace":
        assert temporal.run("operator", "namespace", "create", "spare").returncode == 0
    api = devflow(temporal.address, program=shutil.copy(PROGRAM, tmp_path / "devflow"), SHUTDOWN_TIMEOUT=str(chance.choice((1, 3, 10))),
                  TEMPORAL_NAMESPACE="spare" if "namespace" in kind else "default")
    api.ok("project:create", "shop", "--id", "shop")
    api.ok("webhooks:secret", "--project", "shop", input=SECRET)
    load = Load(api, chance)
    try:
        go_away(kind, temporal, library, chance)
        if chance.random() < 0.3:
            load.command("project:delete", "shop", "--yes")
        api.process.terminate()
        assert api.process.wait(STOP_S) == 0, api.said()[-3000:]
    finally:
        load.end()
    assert "Sanitizer" not in api.said() and "runtime error" not in api.said()
