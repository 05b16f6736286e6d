"""The n-th call fails: of the allocator, the disk, the database, the cache, the provider, the resolver. Whatever n is, each answer
is a success or a clear error, nothing hangs, the database is whole, no token is lost, and once nothing fails any more the whole
flow works: in the same process, or, when memory was out, in the next one. DEVFLOW_FAULTS_EACH is how many n's of each kind are
tried, spread over all (default 6; ./dev faults tries every one)."""

import concurrent.futures
import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error

import pytest
import requests
from conftest import PROGRAM, Walk
from faults import DISK, FOR_EVER, MEMORY, NAMES, NETWORK, STORE, Faults
from rotating_provider import RotatingProvider
from test_one_refresh import Shop
from test_openapi import send_event

EACH = int(os.environ.get("DEVFLOW_FAULTS_EACH", "6"))
# A sanitizer has an allocator of its own, which cannot be made to fail.
SANITIZED = any(name in os.environ for name in ("ASAN_OPTIONS", "TSAN_OPTIONS"))
BODY = {"projectId": "shop"}
# What only a database or a library says.
RAW = re.compile(r"sqlite3?_|SQLSTATE|syntax error|SELECT |INSERT |UPDATE |constraint|statement|no such|libpq|PRAGMA|errno|server closed",
                 re.IGNORECASE)
LAST_WORDS = re.compile(r"^devflow: (out of memory|a thread cannot be started|libcurl cannot be started|OpenSSL failed: .*)$", re.MULTILINE)


def port_of(url):
    return int(url.rsplit(":", 1)[1])


class Broken(Exception):
    """No answer: the connection ended without one."""


class Flow(Walk):
    """Register, connect, refresh, resolve, extract, disconnect; `seen` keeps what each step answered."""

    def __init__(self, api, sandbox):
        super().__init__(api, sandbox)
        self.seen = {}

    def step(self, name, method, path, body=None):
        try:
            answer = self.api.request(method, path, **({} if body is None else {"json": body}))
        except requests.ConnectionError:
            self.seen[name] = "no answer"
            raise Broken(name) from None
        self.seen[name] = "ok" if answer.ok else answer.json()["code"]
        if not answer.ok:
            error = answer.json()
            assert error["message"] and not RAW.search(error["message"]), error
        return answer

    def connect(self):
        asked = self.step("authorize", "POST", "/auth/sentry/authorize", BODY)
        if not asked.ok:
            return
        try:
            status, _, page = self.consent(asked.json()["startUrl"])
        except (OSError, urllib.error.URLError):  # no answer, or a page that broke off
            self.seen["callback"] = "no answer"
            raise Broken("callback") from None
        assert status == 200 or not RAW.search(page), page
        self.seen["callback"] = status

    def run(self):
        """A step whose connection breaks does not keep the next ones from being taken."""
        steps = [
            lambda: self.step("register", "POST", "/auth/apps/register", self.registration),
            self.connect,
            lambda: self.step("refresh", "POST", "/auth/sentry/refresh", BODY),
            lambda: self.step("resolve", "POST", "/auth/sentry/token", BODY),
            lambda: self.step("extract", "GET", f"/integrations/shop/sentry/issues/{self.issue}/context"),
        ]
        for step in steps:
            with contextlib.suppress(Broken):
                step()

    def disconnect(self):
        with contextlib.suppress(Broken):
            self.step("disconnect", "POST", "/auth/sentry/disconnect", BODY)

    @property
    def registration(self):
        from conftest import CLIENT_ID, CLIENT_SECRET

        return {"projectId": "shop", "provider": "SENTRY", "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET,
                "redirectUri": self.api.redirect_uri, "baseUrl": self.sandbox.url}

    def connection(self):
        return next(iter(self.done(self.api.get("/auth/connections?project=shop"))["connections"]), None)

    def works(self):
        """All of it, when nothing fails."""
        self.seen = {}
        self.run()
        self.disconnect()
        assert set(self.seen.values()) == {"ok", 200} and len(self.seen) == 7, self.seen


class Trial:
    """Rounds of one kind of fault."""

    def __init__(self, flow, faults, kind, port=0):
        self.flow, self.faults, self.kind, self.port = flow, faults, kind, port
        self.died, self.outcomes = 0, {}

    def count(self):
        self.faults.fail(self.kind, port=self.port)
        self.flow.works()
        return self.faults.heal()

    def died_well(self):
        """Whether the process is gone; how it went is checked."""
        process = self.flow.api.process
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.3 if "no answer" in self.flow.seen.values() else 0)
        if process.poll() is None:
            return False
        said = self.flow.api.said()[self.said:]
        assert self.kind == MEMORY and process.returncode == -signal.SIGABRT, f"{process.returncode}: {said}"
        assert len(LAST_WORDS.findall(said)) == 1, said
        self.flow.api.kill()
        self.died += 1
        return True

    def is_whole(self):
        if not self.flow.api.database.exists():
            return  # PostgreSQL's
        with contextlib.closing(sqlite3.connect(self.flow.api.database)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert not db.execute("PRAGMA foreign_key_check").fetchall()

    def no_token_is_lost(self, died):
        """But the pair of an answer that did not arrive, for the network's or memory's fault: the sandbox forgives nothing."""
        connection = self.flow.connection()
        if connection is None:
            return
        deadline = time.monotonic() + 60
        while connection["status"] == "expired" and time.monotonic() < deadline:
            time.sleep(0.05)
            connection = self.flow.connection()
        if connection["status"] == "reconnect":
            assert died or self.kind in (MEMORY, NETWORK), self.flow.seen
            message = self.flow.api.post("/auth/sentry/token", BODY).json()["message"]
            assert "the provider had already replaced the token when" in message, message
            return
        assert connection["status"] == "connected", (connection, self.flow.seen)
        token = self.flow.done(self.flow.api.post("/auth/sentry/token", BODY))["accessToken"]
        answer = requests.get(self.flow.sandbox.url + "/api/0/organizations/", headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert answer.status_code == 200, self.flow.seen

    def round(self, n, times=1):
        self.flow.seen, self.said = {}, len(self.flow.api.said())
        self.faults.fail(self.kind, at=n, times=times, port=self.port)
        # A refresh keeps its caller for as long as the database takes nothing: there is room again after a while.
        healer = threading.Timer(2, self.faults.heal)
        healer.start()
        self.flow.run()
        healer.cancel()
        healer.join()
        self.faults.heal()
        died = self.died_well()
        if died:
            self.flow.api.start()
        self.is_whole()
        self.no_token_is_lost(died)
        bad = {name: code for name, code in self.flow.seen.items() if code not in ("ok", 200)}
        for name, code in bad.items():
            self.outcomes[name, code] = self.outcomes.get((name, code), 0) + 1
        self.flow.disconnect()
        self.flow.works()

    def all(self, times=1):
        total = self.count()
        assert total > 0, "nothing of that kind was called"
        points = sorted({1 + i * total // EACH for i in range(EACH)} if total > EACH else range(1, total + 1))
        for n in points:
            self.round(n, times)
        print(f"\n{len(points)} of {total} calls failed, {self.died} ended the process: {self.outcomes}")
        self.flow.api.stop()
        self.flow.api.start()
        self.flow.works()


@pytest.fixture
def start_flow(start_api, start_sandbox, tmp_path):
    """start_flow(settings={}, memory=False): the flow over a process whose calls can fail, with an error at the sandbox."""
    def start(settings=None, memory=False):
        faults = Faults(tmp_path, PROGRAM)
        api = start_api({**faults.env(memory), **(settings or {})})
        flow = Flow(api, start_sandbox(api.redirect_uri))
        flow.create()
        send_event(flow.sandbox)
        flow.issue = "1001"
        flow.register()
        return flow, faults
    return start


if not SANITIZED:
    @pytest.mark.parametrize("times", [1, 3], ids=["one", "three in a row"])
    def test_memory(start_flow, times):
        flow, faults = start_flow(memory=True)
        Trial(flow, faults, MEMORY).all(times)


@pytest.mark.parametrize(("kind", "times"), [(DISK, 1), (DISK, FOR_EVER), (STORE, 1), (STORE, 3)],
                         ids=["disk", "full disk", "database", "database, three in a row"])
def test_disk_and_database(start_flow, kind, times):
    flow, faults = start_flow()
    Trial(flow, faults, kind).all(times)


def test_provider(start_flow):
    flow, faults = start_flow()
    Trial(flow, faults, NETWORK, port=port_of(flow.sandbox.url)).all()


@pytest.mark.parametrize("of", ["database", "cache"])
def test_servers_behind(start_flow, postgres, redis_server, of):
    flow, faults = start_flow({**postgres.settings, **redis_server.settings})
    Trial(flow, faults, NETWORK, port={"database": postgres.server.port, "cache": redis_server.port}[of]).all()


@pytest.mark.parametrize("kind", [DISK, STORE], ids=["disk", "database"])
def test_a_new_pair_outlives_a_database_that_takes_nothing(start_api, tmp_path, kind):
    """The provider forgives nothing, and from the n-th write on nothing can be stored until the caller has had an answer."""
    faults = Faults(tmp_path, PROGRAM)
    with contextlib.closing(RotatingProvider(ttl_s=30 * 86400)) as provider:
        shop = Shop(start_api(faults.env()), provider)
        shop.connect()
        faults.fail(kind)
        assert shop.refresh().ok
        total = faults.heal()
        for n in sorted({1 + i * total // EACH for i in range(EACH)}):
            before = len(provider.refreshes("replaced"))
            faults.fail(kind, at=n, times=FOR_EVER)
            healer = threading.Timer(0.5, faults.heal)
            healer.start()
            answer = shop.refresh()
            healer.join()
            assert answer.ok or answer.json()["code"] == "storage_failed", answer.text
            assert shop.status() == "connected" and provider.valid(shop.ask().json()["accessToken"])
            assert len(provider.refreshes("replaced")) - before <= 1
        assert not provider.refreshes("refused")


# Names

ELSEWHERE = {**BODY, "token": "sntrys_x", "baseUrl": "https://sentry.example.com"}

@pytest.mark.parametrize("code", [socket.EAI_AGAIN, socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_FAIL, socket.EAI_MEMORY,
                                  socket.EAI_SYSTEM])
def test_a_provider_whose_name_cannot_be_resolved(start_flow, code):
    flow, faults = start_flow()
    flow.register(baseUrl="https://sentry.example.com")
    faults.fail(NAMES, at=1, times=FOR_EVER, code=code)
    answer = flow.api.post("/auth/sentry/static", ELSEWHERE)
    assert answer.status_code == 502 and answer.json()["code"] == "provider_error", answer.text
    assert answer.json()["message"].startswith("cannot reach sentry.example.com: "), answer.text
    assert faults.heal() > 0
    flow.works()


def test_a_slow_resolver_keeps_nobody_else_waiting(start_flow):
    flow, faults = start_flow()
    flow.register(baseUrl="https://sentry.example.com")
    faults.fail(NAMES, at=1, times=FOR_EVER, code=socket.EAI_AGAIN, delay_ms=3000)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = pool.submit(requests.post, flow.api.url + "/auth/sentry/static", json=ELSEWHERE, timeout=60)
        deadline = time.monotonic() + 30
        while not faults.calls and time.monotonic() < deadline:
            time.sleep(0.01)
        for _ in range(20):
            assert flow.api.get("/projects").ok
        assert not slow.done(), "the others waited for it"
        assert slow.result().json()["code"] == "provider_error"


def test_servers_whose_names_cannot_be_resolved(devflow, start_api, bare_env, tmp_path):
    faults = Faults(tmp_path, PROGRAM)
    faults.fail(NAMES, at=1, times=FOR_EVER, code=socket.EAI_NONAME)
    api = start_api({**faults.env(), "REDIS_HOST": "cache.example.com"})
    assert "degraded" in api.get("/ready").text
    done = subprocess.run([devflow, "db:migrate"], capture_output=True, text=True, timeout=60, check=False,
                          env={**bare_env, **faults.env(), "DATABASE_URL": "postgresql://me:secret@db.example.com/x"})
    assert done.returncode == 1 and "db.example.com" in done.stderr and "secret" not in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1


# Commands


class Command:
    """One command over and over, each time with another call that fails."""

    def __init__(self, devflow, faults, kind, env, cwd):
        self.devflow, self.faults, self.kind, self.cwd = devflow, faults, kind, cwd
        self.env = {**env, **faults.env(kind == MEMORY)}

    def run(self, *command):
        done = subprocess.run([self.devflow, *command], env=self.env, cwd=self.cwd, capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, check=False)
        self.faults.heal()
        return done

    def each(self, *command):
        """(n, the finished process) with the n-th call failing; how it ended is checked."""
        self.faults.fail(self.kind)
        done = self.run(*command)
        assert done.returncode == 0, done.stderr
        total = self.faults.calls
        assert total > 0
        for n in sorted({1 + i * total // EACH for i in range(EACH)}):
            self.faults.fail(self.kind, at=n)
            done = self.run(*command)
            if done.returncode == -signal.SIGABRT:
                assert self.kind == MEMORY and LAST_WORDS.search(done.stderr), done.stderr
            else:
                assert done.returncode >= 0 and (done.returncode == 0 or done.stderr.startswith("devflow: ")), (n, done)
                assert not RAW.search(done.stderr), done.stderr
            yield n, done


KINDS = [pytest.param(DISK, id="disk"), pytest.param(STORE, id="database"), *([] if SANITIZED else [pytest.param(MEMORY, id="memory")])]


@pytest.mark.parametrize("kind", KINDS)
def test_making_a_database(devflow, bare_env, tmp_path, kind):
    faults, database = Faults(tmp_path, PROGRAM), tmp_path / "new" / "devflow.db"
    command = Command(devflow, faults, kind, {**bare_env, "DATABASE_URL": f"sqlite:{database}"}, tmp_path)
    for n, done in command.each("db:migrate"):
        if n == 1:
            shutil.rmtree(database.parent, ignore_errors=True)
        again = command.run("db:migrate")
        assert again.returncode == 0, (n, done.stderr, again.stderr)
        with contextlib.closing(sqlite3.connect(database)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        shutil.rmtree(database.parent)


@pytest.mark.parametrize("kind", [k for k in KINDS if k.id != "database"])
def test_writing_a_context_to_a_file(connected, devflow, bare_env, tmp_path, kind):
    send_event(connected.sandbox)
    faults, out = Faults(tmp_path, PROGRAM), tmp_path / "out" / "context.md"
    command = Command(devflow, faults, kind, {**bare_env, "DEVFLOW_API_URL": connected.api.url}, tmp_path)
    out.parent.mkdir()
    for _, done in command.each("sentry:context", "1001", "--project", "shop", "-o", str(out)):
        whole = out.read_text() if out.exists() else ""
        assert whole.endswith(" UTC.\n") or (done.returncode != 0 and whole in ("", "what was there")), whole[:200]
        if kind == DISK:
            assert [path.name for path in out.parent.iterdir()] in ([], ["context.md"]), "a piece is left"
        out.write_text("what was there")
