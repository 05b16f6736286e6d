"""What the whole-program tests stand on: the program, a sandbox, an API on it, a user who consents. Each server listens on a
free port of loopback with a folder of its own, its standard error goes to a file there that a failing test shows, and a
test whose processes left a sanitizer's report fails, whatever it asserted."""

import glob
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.parse

import marks
import openapi
import pytest
import requests
from browser import Browser
from servers import Postgres, Redis, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("DEVFLOW_BIN", ROOT / "build" / "devflow"))
# Whether this build has what speaks with Temporal (./dev build --temporal): all else must pass without.
TEMPORAL_IS_HERE = (PROGRAM.resolve().parent / "temporal" / "libdevflow-temporal.so").exists()
REPORT = re.compile(r"(AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|runtime error:)")
SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS")
CLIENT_ID = "c0ffee" * 10 + "c0ff"
CLIENT_SECRET = marks.CLIENT_SECRET


class Server:
    """A devflow process that goes on: started in its folder, stopped by SIGTERM, its standard error in a file."""

    def __init__(self, folder, command, env, options=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / f"{command}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, command, *options], env=env, cwd=self.folder, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log, text=True)

    def said(self):
        return self.log.read_text(errors="replace")

    def kill(self):
        """As a power cut: nothing is finished."""
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()

    def stop(self):
        """Its exit code. A server that does not end in 20 s is killed, and that is a failure."""
        if self.process.returncode is not None:
            return self.process.returncode
        seen = marks.found_in_process(self.process.pid)
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(20)
            assert not seen, f"a secret can be seen: {seen}"
            return code
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            pytest.fail(f"{self.log.stem} did not end after SIGTERM:\n{self.said()}")
        finally:
            self.process.stdout.close()


class Sandbox(Server):
    """url, dsn, client_id, client_secret, redirect_uri, organization, project: what `devflow sandbox --json` printed."""

    def __init__(self, folder, env, redirect_uri, options=()):
        super().__init__(folder, "sandbox", env, ["--port", "0", "--json", "--client-id", CLIENT_ID, "--client-secret",
                                                  CLIENT_SECRET, "--redirect-uri", redirect_uri, *options])
        line = self.process.stdout.readline()
        assert line, f"the sandbox did not start:\n{self.said()}"
        self.printed = json.loads(line)
        self.url, self.dsn = self.printed["url"], self.printed["dsn"]
        self.organization, self.project = self.printed["organization"], self.printed["project"]


class Api(Server):
    """devflow serve on a port of its own, with an SQLite file in its folder. `stop` and `start` keep both. What `session` and
    `request` ask, they ask with the local key; `bare` has none."""

    def __init__(self, folder, env, settings=None):
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self.url = f"{self.origin}/api/v1"
        self.redirect_uri = f"{self.url}/auth/sentry/callback"
        self.database = pathlib.Path(folder) / "devflow.db"
        self.database.parent.mkdir(parents=True, exist_ok=True)
        key = subprocess.run([PROGRAM, "key:generate"], env=env, capture_output=True, text=True, check=True, timeout=60)
        marks.note(key.stdout.strip())
        self.env = {**env, "OAUTH_ENCRYPTION_KEY": key.stdout.strip(), "DATABASE_URL": f"sqlite:{self.database}",
                    "PORT": str(self.port), "LOG_FORMAT": "human", **(settings or {})}
        if not urllib.parse.urlsplit(self.env.get("API_URL", "http://localhost")).hostname.endswith("localhost"):
            self.make_key("admin")  # else it does not start
        self.bare, self.session = requests.Session(), requests.Session()
        self.bare.trust_env = self.session.trust_env = False
        self.start(folder)

    def devflow(self, *command, **env):
        """A command with this server's settings; the finished process."""
        return subprocess.run([PROGRAM, *command], env={**self.env, "DEVFLOW_API_URL": self.url, **env}, cwd=self.database.parent,
                              capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)

    def make_key(self, role, *options):
        """A new API key, on the database itself or through the server that holds it."""
        done = self.devflow("apikey:create", "--role", role, *options, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def local_key(self):
        """What serve wrote for the user of this machine."""
        named = self.env.get("DEVFLOW_LOCAL_KEY_FILE")
        return pathlib.Path(named or pathlib.Path(self.env["HOME"]) / ".local/share/devflow/local.key").read_text().strip()

    def start(self, folder=None):
        super().__init__(folder or self.folder, "serve", self.env)
        deadline = time.monotonic() + 30
        while True:
            assert self.process.poll() is None and time.monotonic() < deadline, f"serve did not get ready:\n{self.said()}"
            try:
                if self.get("/ready").status_code == 200:
                    self.session.headers["X-API-Key"] = self.local_key
                    return
            except requests.ConnectionError:
                time.sleep(0.02)

    def request(self, method, path, **options):
        """Every answer is held to docs/openapi.json."""
        answer = self.session.request(method, self.url + path, **{"timeout": 30, "allow_redirects": False, **options})
        assert answer.status_code < 400 or not marks.found_in(answer.content), "an error holds a secret"
        openapi.check(method, path, answer.status_code, answer.headers.get("Content-Type", "").split(";")[0], answer.text)
        return answer

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, json=body, **options)


class Walk:
    """The guide's way to a connected project, over the API."""

    def __init__(self, api, sandbox, project="shop"):
        self.api, self.sandbox, self.project = api, sandbox, project

    def create(self):
        return self.done(self.api.post("/projects", {"id": self.project, "name": self.project}), 201)

    def register(self, **changes):
        body = {"projectId": self.project, "provider": "SENTRY", "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET,
                "redirectUri": self.api.redirect_uri, "baseUrl": self.sandbox.url, **changes}
        return self.done(self.api.post("/auth/apps/register", {k: v for k, v in body.items() if v is not None}))

    def authorize(self, **more):
        return self.done(self.api.post("/auth/sentry/authorize", {"projectId": self.project, **more}))

    def consent(self, url, choice="approve"):
        """(status, final URL, page) of a browser that opens the URL and chooses."""
        return Browser().consent(url, choice)

    def connect(self):
        """All of it; the connection as the API lists it."""
        self.create()
        self.register()
        status, at, page = self.consent(self.authorize()["startUrl"])
        assert status == 200, f"{at}: {status}\n{page}"
        [connection] = self.done(self.api.get(f"/auth/connections?project={self.project}"))["connections"]
        assert connection["status"] == "connected", connection
        return connection

    @staticmethod
    def done(answer, status=None):
        assert answer.status_code == status if status else answer.ok, f"{answer.status_code}: {answer.text}"
        return answer.json()


@pytest.fixture(scope="session")
def devflow():
    """The program's path."""
    assert PROGRAM.exists(), f"{PROGRAM} is not built: ./dev build"
    return PROGRAM


@pytest.fixture
def bare_env(tmp_path):
    """A user's environment with nothing set: a home of its own, UTF-8, no proxy."""
    env = {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    env.update({name: os.environ[name] for name in SANITIZERS if name in os.environ})
    pathlib.Path(env["HOME"]).mkdir(exist_ok=True)
    return env


@pytest.fixture
def servers():
    """Servers put in this list are stopped when the test ends; each must end well."""
    started = []
    yield started
    codes = {server.log.stem: server.stop() for server in reversed(started)}
    bad = {name: code for name, code in codes.items() if code not in (0, -signal.SIGKILL)}
    assert not bad, f"exit codes after SIGTERM: {bad}"


@pytest.fixture
def start_api(devflow, bare_env, tmp_path, servers):
    """start_api(settings={}) starts one more API."""
    def start(settings=None):
        servers.append(Api(tmp_path / f"api{len(servers)}", bare_env, settings))
        return servers[-1]
    return start


@pytest.fixture
def start_sandbox(devflow, bare_env, tmp_path, servers):
    """start_sandbox(redirect_uri, "--option", ...) starts one more sandbox."""
    def start(redirect_uri="http://localhost:3001/api/v1/auth/sentry/callback", *options):
        servers.append(Sandbox(tmp_path / f"sandbox{len(servers)}", bare_env, redirect_uri, options))
        return servers[-1]
    return start


class Database:
    """An empty database of its own on a PostgreSQL server."""

    def __init__(self, server):
        self.server, self.url = server, server.url()

    @property
    def settings(self):
        return {"DATABASE_URL": self.url}

    def query(self, sql):
        return self.server.query(sql, self.url)


@pytest.fixture(scope="session")
def postgres_server():
    """The session's PostgreSQL, for all tests that leave it running."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def postgres(postgres_server):
    """An empty database of the session's PostgreSQL: .url, .settings for start_api, .query(sql)."""
    return Database(postgres_server)


@pytest.fixture
def start_postgres(postgres_server):
    """start_postgres(durable=True) gives a server of the test's own to stop, kill and start; its .url() is a new database."""
    started = []

    def start(durable=True):
        started.append(Postgres(durable, postgres_server))
        return started[-1]
    yield start
    for server in started:
        server.close()


@pytest.fixture
def start_redis():
    """start_redis(password=None) gives a Redis of the test's own: .settings for start_api; kill, start, flush, pause, resume."""
    started = []

    def start(password=None):
        started.append(Redis(password))
        return started[-1]
    yield start
    for server in started:
        server.close()


@pytest.fixture
def redis_server(start_redis):
    """A Redis without password."""
    return start_redis()


@pytest.fixture
def api(start_api):
    return start_api()


@pytest.fixture
def sandbox(api, start_sandbox):
    """A sandbox whose application has the API's redirect URI."""
    return start_sandbox(api.redirect_uri)


@pytest.fixture
def walk(api, sandbox):
    return Walk(api, sandbox)


@pytest.fixture
def connected(walk):
    """The walk, once its project is connected."""
    walk.connect()
    return walk


@pytest.fixture
def cli(devflow, bare_env, api):
    """cli("oauth:status", ...) runs a command against the API; the finished process, its output as text."""
    def run(*command, env=None, **options):
        full = {**bare_env, "DEVFLOW_API_URL": api.url, "BROWSER": str(ROOT / "test/whole/browser.py"), **(env or {})}
        return subprocess.run([PROGRAM, *command], **{"env": full, "capture_output": True, "text": True, "timeout": 60,
                                                      "stdin": subprocess.DEVNULL, "check": False, **options})
    return run


def sanitizer_reports(folder):
    """What sanitizers wrote where log_path= sent it, or in the logs of a test's folder."""
    found = []
    prefixes = {part[len("log_path="):] for name in SANITIZERS for part in os.environ.get(name, "").split(":")
                if part.startswith("log_path=")}
    for prefix in prefixes:
        for path in glob.glob(glob.escape(prefix) + ".*"):
            found.append(pathlib.Path(path).read_text(errors="replace"))
            os.unlink(path)
    for path in folder.rglob("*.log"):
        text = path.read_text(errors="replace")
        if REPORT.search(text):
            found.append(text)
    return found


@pytest.fixture(autouse=True)
def no_secret_left(tmp_path):
    """What the test's processes wrote holds no secret in the clear."""
    marks.forget()
    yield
    found = marks.found_in_files(tmp_path)
    assert not found, f"in the clear: {found}"


@pytest.fixture(autouse=True)
def no_sanitizer_report(tmp_path):
    """First set up, so last torn down: every process of the test has ended by then."""
    yield
    reports = sanitizer_reports(tmp_path)
    assert not reports, "a sanitizer reported:\n" + "\n".join(text[-6000:] for text in reports)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows the end of each server's log."""
    outcome = yield
    report = outcome.get_result()
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if report.failed and folder is not None:
        for log in sorted(pathlib.Path(folder).rglob("*.log")):
            report.sections.append((f"the end of {log.name}", log.read_text(errors="replace")[-4000:]))
