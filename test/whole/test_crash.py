"""kill -9 at any moment of the flow: a restart finds a whole database, and what was answered is there.
DEVFLOW_KILLS is the number of rounds (default 12; ./dev kills runs many)."""

import os
import random
import sqlite3
import threading
import time

import requests
from test_oauth import connections
from test_tokens import BODY

ROUNDS = int(os.environ.get("DEVFLOW_KILLS", "12"))
TABLES = {"projects", "oauth_apps", "connections", "oauth_flows", "pace", "webhooks", "outbox", "key_ids", "key_rotation", "api_keys", "audit"}


def traffic(walk, stop, answered):
    """The whole flow over and over; `answered` keeps the projects whose creation was answered."""
    n = 0
    while not stop.is_set():
        n += 1
        project = f"p{time.monotonic_ns()}"
        try:
            if walk.api.post("/projects", {"name": project, "id": project}).status_code == 201:
                answered.append(project)
            walk.register()
            walk.consent(walk.authorize()["startUrl"])
            walk.api.post("/auth/sentry/refresh", BODY)
            walk.api.post("/auth/sentry/token", BODY)
        except (requests.RequestException, OSError, ValueError, AssertionError):
            pass  # the server was killed under this request


def test_a_kill_at_any_moment_leaves_a_whole_database(connected):
    walk, rng, answered = connected, random.Random(7), []
    for _ in range(ROUNDS):
        stop = threading.Event()
        worker = threading.Thread(target=traffic, args=(walk, stop, answered))
        worker.start()
        time.sleep(rng.uniform(0.001, 0.4))
        walk.api.kill()
        stop.set()
        worker.join()
        with sqlite3.connect(walk.api.database) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert not db.execute("PRAGMA foreign_key_check").fetchall()
            assert {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table'")} >= TABLES
        walk.api.start()
        listed = {p["id"] for p in walk.done(walk.api.get("/projects"))}
        assert set(answered) <= listed
        # "expired": a refresh was cut short; the one retry, at once, tells whether the pair is lost.
        deadline = time.monotonic() + 30
        while (status := connections(walk)[0]["status"]) == "expired":
            assert time.monotonic() < deadline, "nobody retries"
            time.sleep(0.02)
        answer = walk.api.post("/auth/sentry/token", BODY)
        assert answer.status_code == {"connected": 200, "reconnect": 409}[status], answer.text
    print(f"{ROUNDS} kills, {len(answered)} projects answered, all there")
    walk.register()
    assert walk.consent(walk.authorize()["startUrl"])[0] == 200
    assert walk.api.post("/auth/sentry/token", BODY).status_code == 200
