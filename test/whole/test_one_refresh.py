"""One refresh, provably: the rules of docs/decisions/002-one-refresh.md held by the real program against a provider that
forgives nothing, while nodes, databases and clocks fail. DEVFLOW_PROOFS is the number of kills of each kind (default 16;
./dev proofs runs hundreds)."""

import contextlib
import os

import pytest
import requests
from browser import Browser
from conftest import PROGRAM, Walk
from faults import Faults
from rotating_provider import RotatingProvider

KILLS = int(os.environ.get("DEVFLOW_PROOFS", "16"))
BODY = {"projectId": "shop"}
LEASE_S = 21  # a little more than a lease
LOST = "reconnect needed: the provider had already replaced the token when DevFlow stopped"


@pytest.fixture
def provider():
    """With a month for each token, so that only what a test does refreshes it."""
    with contextlib.closing(RotatingProvider(ttl_s=30 * 86400)) as provider:
        yield provider


class Shop(Walk):
    """A project connected to the stand-in provider."""

    def __init__(self, api, provider, project="shop"):
        super().__init__(api, provider, project)

    def consent(self, url, choice="approve"):
        status, at, page = Browser().open(url)
        assert status == 200, f"{at}: {status}\n{page}"

    def connect(self):
        self.create()
        self.register()
        self.consent(self.authorize()["startUrl"])

    def status(self):
        [connection] = self.done(self.api.get(f"/auth/connections?project={self.project}"))["connections"]
        return connection["status"]

    def ask(self):
        return self.api.post("/auth/sentry/token", {"projectId": self.project})

    def refresh(self):
        return self.api.post("/auth/sentry/refresh", {"projectId": self.project})


class Kills:
    """Rounds of: refresh, be killed at a step, start again later than the lease, see what is left."""

    def __init__(self, shop, provider, faults, database):
        self.shop, self.provider, self.faults, self.database = shop, provider, faults, database
        self.killed_at, self.lost, self.later_s = {}, 0, 0

    def count_steps(self):
        self.faults.arm()
        assert self.shop.refresh().status_code == 200
        self.faults.disarm()
        return self.faults.steps

    def name(self, step):
        what, where = step.split(" ", 1)
        ends = {self.provider.server.server_port: "provider"}
        if self.database:
            ends |= {self.database.server.port: "database", self.database.redis.port: "Redis"}
        return f"{what} {ends.get(int(where), 'caller')}" if where.isdigit() else step

    def start_later(self):
        """The next process starts when the killed one's lease has run out: by its clock, or, as PostgreSQL's nodes go by the
        database's, by taking the lease's time away from the row."""
        if self.database:
            self.database.query(f"UPDATE connections SET lease_until_ms = lease_until_ms - {LEASE_S * 1000} WHERE lease_until_ms > 0")
        else:
            self.later_s += LEASE_S
            self.faults.clock_ahead(self.later_s)
        self.shop.api.start()

    def kill_at(self, step):
        """False when the refresh was over before that step came."""
        api = self.shop.api
        self.faults.arm(step)
        with contextlib.suppress(requests.RequestException):
            self.shop.refresh()
        killed = self.faults.taken >= step  # perhaps after the answer: the log's line
        if killed:
            api.process.wait(10)
            api.kill()
            name = self.name(self.faults.steps[step - 1])
            self.killed_at[name] = self.killed_at.get(name, 0) + 1
        self.faults.disarm()
        return killed

    def round(self, step):
        before = len(self.provider.refreshes())
        if self.kill_at(step):
            self.start_later()
        answer = self.shop.ask()
        asked = [a.outcome for a in self.provider.refreshes()[before:]]
        assert max(self.provider.times_sent().values()) <= 2, f"killed at {self.faults.steps[-1]}: {asked}"
        if answer.status_code == 200:
            assert self.provider.valid(answer.json()["accessToken"]), f"a dead token was called healthy: {asked}"
            assert "refused" not in asked
            if self.shop.status() != "connected":  # killed with the intent written, its valid token still in Redis
                assert self.shop.status() == "expired" and self.shop.refresh().ok, "it was healthy"
            assert self.shop.status() == "connected" and self.provider.valid(self.shop.ask().json()["accessToken"])
            return
        assert answer.status_code == 409 and LOST in answer.json()["message"], answer.text
        assert asked == ["replaced", "refused"], "a healthy connection was given up"
        assert self.shop.status() == "reconnect"
        self.lost += 1
        self.shop.consent(self.shop.authorize()["startUrl"])


@pytest.fixture(params=["SQLite", "PostgreSQL and Redis"])
def database(request):
    """None, or an empty database; .settings of a node."""
    if request.param == "SQLite":
        return None
    database = request.getfixturevalue("postgres")
    database.redis = request.getfixturevalue("redis_server")
    return database


def settings_of(database):
    return {**database.settings, **database.redis.settings} if database else {}


@pytest.mark.parametrize("grace_s", [0, 3600], ids=["no grace", "grace"])
def test_a_kill_at_every_step_of_a_refresh(start_api, provider, tmp_path, database, grace_s):
    provider.grace_s = grace_s
    faults = Faults(tmp_path, PROGRAM)
    shop = Shop(start_api({**faults.env(), **settings_of(database)}), provider)
    shop.connect()
    kills = Kills(shop, provider, faults, database)
    steps = kills.count_steps()
    for n in range(KILLS):
        kills.round(1 + n % len(steps) if KILLS >= len(steps) else 1 + n * len(steps) // KILLS)
    print(f"\n{sum(kills.killed_at.values())} kills, {kills.lost} said to be lost: {kills.killed_at}")
    assert sum(kills.killed_at.values()) > KILLS // 2  # a refresh has now more steps, now fewer
    assert kills.lost == 0 if grace_s else kills.lost > 0
