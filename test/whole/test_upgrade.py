"""A database that v0.1.0 wrote opens, migrates, and loses nothing: fixtures/v0.1.0.sql is its dump."""

import re
import sqlite3
import time

import pytest
from conftest import ROOT

DUMP = (ROOT / "test" / "fixtures" / "v0.1.0.sql").read_text()
KEY = re.search(r"^-- Its key: (\S+)$", DUMP, re.MULTILINE)[1]


@pytest.fixture
def old_database(tmp_path):
    """The dump as a file, its token of a lifetime that is not over yet."""
    path = tmp_path / "old.db"
    database = sqlite3.connect(path)
    database.executescript(DUMP)
    now = int(time.time() * 1000)
    database.execute("UPDATE connections SET obtained_ms = ?, expires_ms = ?, due_ms = ?", (now, now + 86_400_000, now + 60_000_000))
    database.commit()
    database.close()
    return path


def test_a_database_of_the_first_release_opens_and_keeps_all(start_api, old_database):
    api = start_api({"DATABASE_URL": f"sqlite:{old_database}", "OAUTH_ENCRYPTION_KEY": KEY})
    assert {project["id"] for project in api.get("/projects").json()} == {"shop", "other"}
    [app] = api.get("/auth/apps?project=shop").json()["apps"]
    assert app["provider"] == "SENTRY" and "event:read" in app["scopes"]
    [connection] = api.get("/auth/connections?project=shop").json()["connections"]
    assert connection["status"] == "connected" and connection["hasRefreshToken"]
    token = api.post("/auth/sentry/token", {"projectId": "shop"})
    assert token.status_code == 200 and token.json()["accessToken"]


def test_it_opens_a_second_time_as_the_new_schema(start_api, old_database):
    settings = {"DATABASE_URL": f"sqlite:{old_database}", "OAUTH_ENCRYPTION_KEY": KEY}
    start_api(settings).stop()
    before = sqlite3.connect(old_database).execute("PRAGMA user_version").fetchone()
    api = start_api(settings)
    assert len(api.get("/projects").json()) == 2
    api.stop()
    assert sqlite3.connect(old_database).execute("PRAGMA user_version").fetchone() == before
