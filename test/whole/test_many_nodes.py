"""Nodes that share PostgreSQL and Redis, and one refresh among all of them: many callers, nodes that stall or have wrong clocks,
a database and a Redis that fail under a refresh. The provider forgives nothing."""

import asyncio
import base64
import json
import os
import signal
import threading
import time

import pytest
import requests
from conftest import PROGRAM
from faults import Faults
from test_one_refresh import BODY, LEASE_S, LOST, Shop, provider  # noqa: F401 (a fixture)

SLOW_S = 15


class Cluster:
    """Nodes over one database; `shop` is connected through the first."""

    def __init__(self, start_api, database, redis, provider, n=2, env=lambda _: {}):
        key = base64.b64encode(os.urandom(32)).decode()
        self.database, self.provider = database, provider
        self.nodes = [start_api({**database.settings, **(redis.settings if redis else {}), "OAUTH_ENCRYPTION_KEY": key, **env(i)})
                      for i in range(n)]
        self.shops = [Shop(node, provider) for node in self.nodes]
        self.shops[0].connect()

    def let_the_lease_run_out(self):
        self.database.query(f"UPDATE connections SET lease_until_ms = lease_until_ms - {LEASE_S * 1000} WHERE lease_until_ms > 0")

    def expire(self):
        """The access token's time is over, for the nodes and for the provider."""
        self.database.query("UPDATE connections SET obtained_ms = obtained_ms - (expires_ms - 1000), expires_ms = 1000, due_ms = 0")
        for grant in self.provider.grants:
            grant.expires = 0

    def refresh_behind(self, n=0):
        """Asks a node to refresh; the thread's answer is in .answers."""
        def ask():
            try:
                self.answers.append(self.shops[n].refresh())
            except requests.RequestException as error:
                self.answers.append(error)

        self.answers = getattr(self, "answers", [])
        thread = threading.Thread(target=ask)
        thread.start()
        return thread

    def tokens(self):
        """What each node hands out, all valid at the provider."""
        answers = [shop.ask() for shop in self.shops]
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        tokens = {answer.json()["accessToken"] for answer in answers}
        assert all(self.provider.valid(token) for token in tokens), "a dead token was handed out"
        return tokens

    def rest(self, done, what):
        deadline = time.monotonic() + 60
        while not done():
            assert time.monotonic() < deadline, what + "\n" + self.nodes[0].said()[-3000:]
            time.sleep(0.05)


@pytest.fixture
def start_cluster(start_api, postgres, redis_server, provider):  # noqa: F811
    def start(n=2, database=postgres, redis=redis_server, env=lambda _: {}):
        return Cluster(start_api, database, redis, provider, n, env)
    return start


def sent_once(provider):  # noqa: F811
    return max(provider.times_sent().values()) == 1


async def ask_raw(node, key, body):
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    text = json.dumps(body)
    writer.write(f"POST /api/v1/auth/sentry/token HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
                 f"X-API-Key: {key}\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
    answer = await asyncio.wait_for(reader.read(), 90)
    writer.close()
    head, _, rest = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(rest)


async def ask_all(nodes, callers):
    return await asyncio.gather(*(ask_raw(node, nodes[0].local_key, BODY) for _ in range(callers) for node in nodes))


def all_get_the_new_token(answers, provider):  # noqa: F811
    assert {status for status, _ in answers} == {200}, [answer for answer in answers if answer[0] != 200][:3]
    tokens = {body["accessToken"] for _, body in answers}
    assert len(tokens) == 1 and provider.valid(tokens.pop())
    assert [a.outcome for a in provider.refreshes()] == ["replaced"], "exactly one token call"


def test_a_thousand_callers_at_four_nodes_cause_one_refresh(start_cluster, provider):  # noqa: F811
    cluster = start_cluster(4)
    cluster.expire()
    provider.delay_before_s = SLOW_S
    started = time.monotonic()
    answers = asyncio.run(ask_all(cluster.nodes, 250))
    assert len(answers) == 1000 and time.monotonic() - started < SLOW_S + 10
    all_get_the_new_token(answers, provider)


def test_a_thousand_callers_at_one_node_cause_one_refresh(start_api, provider):  # noqa: F811
    import sqlite3

    api = start_api()
    shop = Shop(api, provider)
    shop.connect()
    api.stop()
    with sqlite3.connect(api.database) as db:
        db.execute("UPDATE connections SET obtained_ms = 1, expires_ms = 1000, due_ms = 0")
    api.start()
    provider.delay_before_s = SLOW_S
    all_get_the_new_token(asyncio.run(ask_all([api], 1000)), provider)


@pytest.mark.parametrize("ahead_s", [600, -600], ids=["ahead", "behind"])
def test_a_node_whose_clock_is_ten_minutes_off_keeps_to_the_lease(start_cluster, provider, tmp_path, ahead_s):  # noqa: F811
    faults = Faults(tmp_path, PROGRAM)
    faults.clock_ahead(ahead_s)
    cluster = start_cluster(env=lambda i: faults.env() if i == 1 else {})
    provider.ttl_s = 3600
    assert cluster.shops[0].refresh().ok
    assert len(cluster.tokens()) == 1 and len(provider.refreshes()) == 1, "an hour's token is not due for either"
    provider.delay_before_s = 3
    cluster.expire()
    for n in (0, 1):
        before = len(provider.refreshes())
        first = cluster.refresh_behind(n)
        provider.wait(lambda: len(provider.arrivals) > before)  # noqa: B023
        assert cluster.shops[1 - n].ask().ok
        first.join()
        assert len(provider.refreshes()) == before + 1
        assert len(cluster.tokens()) == 1
        cluster.expire()
    assert sent_once(provider)


@pytest.mark.parametrize("grace_s", [0, 3600], ids=["no grace", "grace"])
def test_a_node_that_stalls_past_its_lease_loses_nothing_with_its_late_answer(start_cluster, provider, grace_s):  # noqa: F811
    provider.grace_s = grace_s
    cluster = start_cluster()
    stalled, other = cluster.nodes[0].process, cluster.shops[1]
    provider.delay_after_s = 1
    cluster.expire()
    thread = cluster.refresh_behind(0)
    provider.wait(lambda: provider.refreshes("replaced"))
    stalled.send_signal(signal.SIGSTOP)
    try:
        cluster.let_the_lease_run_out()
        answer = other.ask()
        if grace_s:
            assert answer.status_code == 200 and provider.valid(answer.json()["accessToken"])
        else:
            assert answer.status_code == 409 and LOST in answer.json()["message"]
            assert other.status() == "reconnect", "not called healthy"
    finally:
        stalled.send_signal(signal.SIGCONT)
    thread.join()
    cluster.rest(lambda: other.status() == "connected", "the late pair was not taken")
    cluster.tokens()
    assert max(provider.times_sent().values()) <= 2


def test_a_killed_nodes_refresh_is_taken_over_by_another(start_cluster, provider):  # noqa: F811
    provider.grace_s = 3600
    cluster = start_cluster()
    provider.delay_after_s = 1
    cluster.expire()
    thread = cluster.refresh_behind(0)
    provider.wait(lambda: provider.refreshes("replaced"))
    cluster.nodes[0].kill()
    thread.join()
    cluster.let_the_lease_run_out()
    answer = cluster.shops[1].ask()
    assert answer.ok and provider.valid(answer.json()["accessToken"])
    assert [a.outcome for a in provider.refreshes()] == ["replaced", "again"]


class OwnDatabase:
    """One on a server of the test's own."""

    def __init__(self, server):
        self.server, self.url = server, server.url()
        self.settings = {"DATABASE_URL": self.url}

    def query(self, sql):
        return self.server.query(sql, self.url)


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_database_that_goes_during_a_refresh_does_not_lose_the_pair(start_cluster, start_postgres, provider, how):  # noqa: F811
    database = OwnDatabase(start_postgres())
    cluster = start_cluster(database=database)
    provider.delay_after_s = 1
    cluster.expire()
    thread = cluster.refresh_behind(0)
    provider.wait(lambda: provider.refreshes("replaced"))
    getattr(database.server, how)()
    time.sleep(2)  # the answer comes while nobody listens at the database's port
    database.server.start()
    thread.join()
    cluster.rest(lambda: all(shop.ask().status_code == 200 for shop in cluster.shops), "the pair was lost")
    assert cluster.tokens() == {provider.grants[0].access}
    assert cluster.shops[0].status() == "connected" and max(provider.times_sent().values()) == 1


def test_a_table_that_is_locked_for_long_does_not_lose_the_pair(start_cluster, provider):  # noqa: F811
    """Longer than a statement waits for a lock: the database answers, and refuses."""
    cluster = start_cluster(n=1)
    provider.delay_after_s = 2
    cluster.expire()
    thread = cluster.refresh_behind(0)
    provider.wait(lambda: provider.refreshes("replaced"))
    cluster.database.query("BEGIN; LOCK TABLE connections IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(12); COMMIT")
    thread.join()
    cluster.rest(lambda: cluster.shops[0].ask().status_code == 200, "the pair was lost")
    assert cluster.tokens() == {provider.grants[0].access}
    assert cluster.shops[0].status() == "connected" and sent_once(provider)


def test_a_database_that_refuses_before_the_refresh_sends_nothing(start_cluster, start_postgres, provider):  # noqa: F811
    database = OwnDatabase(start_postgres())
    cluster = start_cluster(database=database)
    cluster.expire()
    database.server.stop()
    answer = cluster.shops[0].refresh()
    assert answer.status_code >= 500 and not provider.refreshes()
    assert cluster.nodes[0].get("/ready").status_code == 503
    database.server.start()
    cluster.rest(lambda: cluster.shops[0].ask().status_code == 200, "the node did not find the database again")
    cluster.rest(lambda: cluster.nodes[1].get("/ready").status_code == 200, "the other node did not find it")
    cluster.tokens()
    assert sent_once(provider)


@pytest.mark.parametrize("fault", ["kill", "flush", "pause"])
def test_a_redis_that_fails_costs_no_token(start_cluster, redis_server, provider, fault):  # noqa: F811
    cluster = start_cluster()
    old = cluster.tokens()
    getattr(redis_server, fault)()
    try:
        assert cluster.tokens() == old, "what is valid is still handed out"
        assert cluster.shops[0].refresh().ok
        cluster.rest(lambda: old.isdisjoint({cluster.shops[1].ask().json()["accessToken"]}), "the other node kept the old token")
        cluster.tokens()
    finally:
        if fault == "kill":
            redis_server.start()
        redis_server.resume()
    cluster.tokens()
    assert cluster.shops[1].refresh().ok
    # The news of it takes its milliseconds; until then the other node hands out what it has.
    cluster.rest(lambda: len({shop.ask().json()["accessToken"] for shop in cluster.shops}) == 1, "the nodes differ")
    assert len(cluster.tokens()) == 1
    assert sent_once(provider) and len(provider.refreshes()) == 2
