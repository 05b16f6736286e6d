"""A storm of Sentry's webhooks: 10,000 in a minute, signed, each its own issue, while the service starts a workflow for each. How long answers
take, from the moment each was to be sent; beside it what one durable row costs a bare loop at the same pace."""

import hashlib
import hmac
import http.client
import json
import os
import pathlib
import queue
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time

from bench_start import answers, free_port

MESSAGES, SECONDS, SENDERS, SECRET = 10_000, 60, 64, "5ec7e7" * 10
GOAL_MS = 100


def body_of(number):
    return json.dumps({"action": "triggered", "installation": {"uuid": "a8e5d37a"}, "data": {
        "event": {"event_id": f"{number:032x}", "issue_id": str(number + 1), "level": "error", "title": "ReferenceError: x is not defined",
                  "tags": [["environment", "production"], ["release", "shop@2.1"]], "extra": {"padding": "x" * 8000}},
        "issue_alert": {"title": "Important"}}}).encode()


class Service:
    """devflow serve on SQLite with one project that takes webhooks."""

    def __init__(self, devflow, folder):
        self.port, self.database = free_port(), folder / "devflow.db"
        env = {"HOME": str(folder), "PATH": os.environ["PATH"], "PORT": str(self.port), "LOG_LEVEL": "error", "DATABASE_URL": f"sqlite:{self.database}"}
        env["OAUTH_ENCRYPTION_KEY"] = subprocess.run([devflow, "key:generate"], env=env, capture_output=True, text=True, check=True).stdout.strip()
        self.process = subprocess.Popen([devflow, "serve"], env=env, cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not answers(self.port, "/ready"):
            assert self.process.poll() is None, "devflow serve did not start"
            time.sleep(0.01)
        env["DEVFLOW_API_URL"] = f"http://127.0.0.1:{self.port}/api/v1"
        for command, given in ((["project:create", "Shop", "--id", "shop"], ""), (["webhooks:secret", "--project", "shop"], SECRET)):
            subprocess.run([devflow, *command], env=env, input=given, text=True, check=True, capture_output=True)

    def count(self, what):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=60) as db:
            return db.execute(what).fetchone()[0]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def send_all(port):
    """(seconds from when each was due to its answer, how many were not answered 200)."""
    due, took, refused = queue.SimpleQueue(), [], []
    prepared = []
    for number in range(MESSAGES):
        body = body_of(number)
        prepared.append((body, {"Content-Type": "application/json", "Request-ID": f"storm-{number}", "Sentry-Hook-Resource": "event_alert",
                                "Sentry-Hook-Signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}))

    def sender():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while (task := due.get()) is not None:
            at, number = task
            body, headers = prepared[number]
            try:
                connection.request("POST", "/api/v1/webhooks/sentry/shop", body, headers)
                answer = connection.getresponse()
                answer.read()
                took.append(time.perf_counter() - at)
                if answer.status != 200:
                    refused.append(answer.status)
            except OSError:
                refused.append(0)
                connection.close()

    threads = [threading.Thread(target=sender) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    start = time.perf_counter()
    for number in range(MESSAGES):
        at = start + number * SECONDS / MESSAGES
        time.sleep(max(0, at - time.perf_counter()))
        due.put((at, number))
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.join()
    return took, len(refused)


def bare_rows(folder, n=500):
    """Seconds that a row and its commit take at synchronous=FULL, at the storm's pace."""
    took = []
    with sqlite3.connect(folder / "bare.db", isolation_level=None) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE inbox (id TEXT PRIMARY KEY, facts TEXT NOT NULL)")
        start = time.perf_counter()
        for number in range(n):
            at = start + number * SECONDS / MESSAGES
            time.sleep(max(0, at - time.perf_counter()))
            began = time.perf_counter()
            db.execute("INSERT INTO inbox VALUES (?, ?)", (f"in_{number}", "x" * 300))
            took.append(time.perf_counter() - began)
    return took


def p99_ms(took):
    return statistics.quantiles(took, n=100)[98] * 1000


def measure(build):
    with tempfile.TemporaryDirectory(prefix="devflow-storm-") as name:
        folder = pathlib.Path(name)
        bare = bare_rows(folder)
        service = Service(build / "devflow", folder)
        try:
            took, refused = send_all(service.port)
            missing = MESSAGES - service.count("SELECT count(*) FROM inbox")
            deadline = time.monotonic() + 600
            while service.count("SELECT count(*) FROM inbox WHERE status = 0") and time.monotonic() < deadline:
                time.sleep(0.5)
            unstarted = MESSAGES - service.count("SELECT count(*) FROM workflow_runs")
        finally:
            service.stop()
    yield "answer, p99", "ms", p99_ms(took), p99_ms(bare), GOAL_MS
    yield "answer, median", "ms", statistics.median(took) * 1000, statistics.median(bare) * 1000, None
    yield "answer, slowest", "ms", max(took) * 1000, max(bare) * 1000, 1000
    yield "messages not answered 200", "of 10000", refused, MESSAGES, 0
    yield "messages not stored", "of 10000", missing, MESSAGES, 0
    yield "workflows not started", "of 10000", unstarted, MESSAGES, 0
