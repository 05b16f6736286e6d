"""The programs ./dev bench resolve measures, in a folder and with servers of their own, and the load that is put on them."""

import base64
import contextlib
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "whole"))
from servers import free_port  # noqa: E402

PATH = "/auth/sentry/token"
PREFIX = "/api/v1"
MONTH_MS = 30 * 86400 * 1000
CHUNK = 50_000


def status_kib(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise KeyError(name)


def cpu_us(pids):
    """The time that all threads of these processes were on a CPU so far, in user and system."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError):  # a thread that has ended meanwhile
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1000


class Program:
    """A server on a port; `others` are processes that work for it, whose CPU time counts."""

    def __init__(self, command, port, env, folder, others=()):
        self.port, self.others = port, list(others)
        self.log = pathlib.Path(folder) / f"{pathlib.Path(command[0]).name}-{port}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in command], env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 120
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[0]} did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.01)

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            return True
        except OSError:
            return False

    def cpu_us(self):
        return cpu_us([self.process.pid, *self.others])

    def rss_kib(self):
        return status_kib(self.process.pid, "VmRSS")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


class World:
    def __init__(self, build, folder):
        self.build, self.folder = build, pathlib.Path(folder)
        self.key = base64.b64encode(os.urandom(32)).decode()
        self.programs = []

    def env(self, **more):
        return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder), "OAUTH_ENCRYPTION_KEY": self.key, **more}

    def start(self, command, port, env, others=()):
        self.programs.append(Program(command, port, env, self.folder, others))
        return self.programs[-1]

    def node(self, settings, others=()):
        """devflow serve over a store."""
        port = free_port()
        return self.start([self.build / "devflow", "serve"], port, self.env(PORT=str(port), **settings), others)

    def static(self, answer):
        port = free_port()
        return self.start([self.build / "test/bench/static_server", port, PATH, answer], port, self.env())

    def bare(self, answer):
        port = free_port()
        return self.start([self.build / "test/bench/bare_server", port, answer], port, self.env())

    def node_js(self, redis, keys, answer):
        port = free_port()
        env = self.env(NODE_PATH=str(ROOT / ".devflow/node/node_modules"), NODE_ENV="production")
        script = ROOT / "test/bench/node_server.js"
        return self.start(["node", script, port, redis.port, keys, answer], port, env, [redis.process.pid])

    def load_command(self, program, connections, requests, rate=0, first=0, keys=1000):
        words = (program.port, PREFIX + PATH, connections, requests, rate, first, keys)
        return [str(self.build / "test/bench/load"), *map(str, words)]

    @property
    def load_env(self):
        """Every program measured is sent a key, whether it looks at it or not."""
        return {**os.environ, "DEVFLOW_API_KEY": self.api_key}

    @property
    def api_key(self):
        file = self.folder / ".local/share/devflow/local.key"
        return file.read_text().strip() if file.exists() else "none"

    def load(self, program, *args, **more):
        """What load.c says, and the server's CPU time for a request."""
        before = program.cpu_us()
        done = subprocess.run(self.load_command(program, *args, **more), env=self.load_env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"load: {done.stderr}{program.log.read_text()[-1000:]}")
        said = json.loads(done.stdout)
        said["cpu_us"] = (program.cpu_us() - before) / said["requests"]
        if said["failed"]:
            raise SystemExit(f"{said['failed']} of {said['requests']} requests failed: {program.log.read_text()[-1000:]}")
        return said

    def answer(self, program, key=0):
        body = json.dumps({"projectId": f"p{key}"}).encode()
        with socket.create_connection(("127.0.0.1", program.port), timeout=30) as s, s.makefile("rb") as file:
            s.sendall(b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
                      b"X-API-Key: %s\r\nContent-Length: %d\r\n\r\n%s" % ((PREFIX + PATH).encode(), self.api_key.encode(), len(body), body))
            head, _, text = file.read().partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise SystemExit(f"{head.decode()}\n{text.decode()}")
        return text.decode()

    def close(self):
        for program in self.programs:
            program.stop()

    # Filling a store with connections as DevFlow would have written them, many at a time.

    def fill(self, store, count, base_url, first=0, times=None):
        """Projects p{first}.. with a connection each. `times(i)` is (obtained, expires, due) in ms; else a fresh month."""
        self.node(store.settings).stop()  # makes the tables
        now = int(time.time() * 1000)
        times = times or (lambda i: (now, now + MONTH_MS, now + MONTH_MS // 3 * 2))
        for start in range(first, first + count, CHUNK):
            numbers = range(start, min(start + CHUNK, first + count))
            lines = "".join(f"p{i} {i:064x} {i + (1 << 64):064x}\n" for i in numbers)
            sealed = subprocess.run([self.build / "test/bench/seal_tokens"], input=lines, env=self.env(), capture_output=True, text=True,
                                    check=True).stdout.splitlines()
            rows = list(zip(numbers, (line.split(" ") for line in sealed)))
            store.insert("projects", [{"id": p, "name": p, "created_ms": now, "updated_ms": now} for _, (p, *_) in rows])
            store.insert("oauth_apps", [self.app(p, secret, base_url, now) for _, (p, _, _, secret) in rows])
            store.insert("connections", [self.connection(p, access, refresh, base_url, times(i)) for i, (p, access, refresh, _) in rows])

    @staticmethod
    def app(project, secret, base_url, now):
        return {"project_id": project, "provider": "SENTRY", "id": f"a-{project}", "client_id": "bench", "client_secret": bytes.fromhex(secret),
                "redirect_uri": "http://localhost:3001/api/v1/auth/sentry/callback", "scopes": "org:read project:read event:read",
                "flow_type": "authorization_code", "base_url": base_url, "created_ms": now, "updated_ms": now}

    @staticmethod
    def connection(project, access, refresh, base_url, times):
        obtained, expires, due = times
        return {"project_id": project, "provider": "SENTRY", "id": f"c-{project}", "base_url": base_url, "access_token": bytes.fromhex(access),
                "refresh_token": bytes.fromhex(refresh), "token_type": "Bearer", "scopes": "org:read project:read event:read",
                "obtained_ms": obtained, "expires_ms": expires, "user_id": "acme", "organizations": "[]", "version": 1,
                "created_ms": obtained, "updated_ms": obtained, "due_ms": due}


def default_of(kind):
    return {"INTEGER": 0, "BIGINT": 0, "BLOB": b"", "BYTEA": b""}.get(kind.upper(), "")


def tokens_of(number):
    """(access, refresh) as fill() gives them."""
    return f"{number:064x}", f"{number + (1 << 64):064x}"


class SqliteStore:
    def __init__(self, path):
        self.path = path
        self.settings = {"DATABASE_URL": f"sqlite:{path}"}

    def insert(self, table, rows):
        with sqlite3.connect(self.path) as db:
            db.execute("PRAGMA synchronous=OFF")
            columns = [(name, kind) for _, name, kind, needed, default, _ in db.execute(f"PRAGMA table_info({table})") if needed or name in rows[0]]
            columns = [(name, kind) for name, kind in columns if name in rows[0] or not self.has_default(db, table, name)]
            names = ", ".join(name for name, _ in columns)
            db.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})",
                           ([row.get(name, default_of(kind)) for name, kind in columns] for row in rows))

    @staticmethod
    def has_default(db, table, column):
        return any(row[1] == column and row[4] is not None for row in db.execute(f"PRAGMA table_info({table})"))

    def query(self, sql):
        with sqlite3.connect(self.path) as db:
            return db.execute(sql).fetchall()


class PostgresStore:
    def __init__(self, server, redis):
        self.server, self.url = server, server.url()
        self.settings = {"DATABASE_URL": self.url, **redis.settings}

    def insert(self, table, rows):
        found = self.query(f"SELECT column_name, data_type, is_nullable, column_default IS NULL FROM information_schema.columns "
                           f"WHERE table_name = '{table}' AND table_schema = current_schema() ORDER BY ordinal_position")
        columns = [(name, kind) for name, kind, nullable, bare in found if name in rows[0] or (nullable == "NO" and bare == "t")]
        lines = ("\t".join(self.text(row.get(name, default_of(kind))) for name, kind in columns) for row in rows)
        names = ", ".join(name for name, _ in columns)
        self.query(f"COPY {table} ({names}) FROM STDIN;\n" + "\n".join(lines) + "\n\\.\n")

    @staticmethod
    def text(value):
        return "\\\\x" + value.hex() if isinstance(value, bytes) else str(value)

    def query(self, sql):
        return self.server.query(sql, self.url)
