"""Real PostgreSQL and Redis servers for the tests: each on a free port of loopback in a temporary folder of its own, beside
whatever the system runs on 5432 and 6379. PostgreSQL refuses to run as root, so root runs it as the user `postgres`.

    servers.py COMMAND...       runs a command with DEVFLOW_TEST_POSTGRES_URL and DEVFLOW_TEST_REDIS set

Standard library and marks.py only."""

import contextlib
import ctypes
import itertools
import os
import pathlib
import pwd
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import marks

START_S = 60
USER = "devflow"
# Nothing is lost when a test's machine loses power; a server whose durability is under test is made with durable=True.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {"listen_addresses": "127.0.0.1", "max_connections": "300", "shared_buffers": "32MB", "max_wal_size": "256MB",
            "ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key", "log_min_messages": "warning"}


def free_port():
    """Below those that the kernel gives to clients: between here and the server's start no connection can take it."""
    while True:
        port = random.randrange(15000, 32000)
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def wait_until(done, what, process, log):
    deadline = time.monotonic() + START_S
    while not done():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{what} did not start:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.02)


def ends_with_parent(number):
    """In a new process: have it end when who started it is killed. PR_SET_PDEATHSIG is 1."""
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(1, number)


def descendants(pid):
    """The process and all below it; who has gone meanwhile is left out."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for task in pathlib.Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def runs(pid):
    """False also of one that has ended and was not waited for."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def postgres_folder():
    """Where initdb and postgres are: Debian keeps them out of PATH."""
    versions = [p for p in pathlib.Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").exists()]
    if versions:
        return max(versions, key=lambda p: int(re.sub(r"\D", "", p.parent.name) or 0))
    at = shutil.which("initdb")
    assert at, "PostgreSQL's server is not here: ./dev setup test"
    return pathlib.Path(at).resolve().parent


def server_user():
    """Options for subprocess that give root's place to one who may run PostgreSQL, and that user's ids."""
    if os.getuid() != 0:
        return {}, (os.getuid(), os.getgid())
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}, (entry.pw_uid, entry.pw_gid)
    raise AssertionError("neither user postgres nor nobody: PostgreSQL does not run as root")


def certificates(folder):
    """A test CA and a certificate of its for localhost and 127.0.0.1: ca.crt, server.crt, server.key."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-days", "30", "-subj", "/CN=DevFlow test CA", "-keyout", "ca.key", "-out", "ca.crt")
    openssl("req", *key, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    (folder / "san.cnf").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
            "-extfile", "san.cnf", "-out", "server.crt")


class Postgres:
    """A PostgreSQL server. `url()` is a fresh database's; `start` after `stop` or `kill` keeps port and data. Made from
    another's `template` it need not run initdb again."""

    def __init__(self, durable=False, template=None):
        self.bin = postgres_folder()
        self.options, self.owner = server_user()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="devflow-postgres-"))
        os.chown(self.folder, *self.owner)
        self.log = self.folder / "postgres.log"
        self.data = self.folder / "data"
        self.port = free_port()
        self.password = template.password if template else secrets.token_hex(8)
        self.settings = {**SETTINGS, **({} if durable else NOT_DURABLE), "unix_socket_directories": str(self.folder)}
        self.numbers = itertools.count(1)
        self.process = None
        if template:
            self.run("cp", "-a", template.pristine, self.data)
        else:
            self.initdb()
        self.ca = self.folder / "ca.crt"
        shutil.copyfile(self.data / "ca.crt", self.ca)
        self.ca.chmod(0o644)
        self.folder.chmod(0o755)  # the CA's certificate is for every user of the machine to read, the data are not
        self.start()

    @property
    def pristine(self):
        return self.folder / "pristine"

    def run(self, *command):
        subprocess.run([str(word) for word in command], cwd=self.folder, check=True, capture_output=True, timeout=120,
                       **self.options)

    def initdb(self):
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        os.chown(secret, *self.owner)
        self.run(self.bin / "initdb", "-D", self.data, "-U", USER, f"--pwfile={secret}", "-A", "scram-sha-256", "--locale=C",
                 "-E", "UTF8", "--no-sync")
        certificates(self.folder)
        for name in ("ca.crt", "server.crt", "server.key"):
            at = shutil.move(self.folder / name, self.data / name)
            os.chmod(at, 0o600 if name == "server.key" else 0o644)
            os.chown(at, *self.owner)
        self.run("cp", "-a", self.data, self.pristine)

    def start(self):
        words = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.bin / "postgres", "-D", self.data, "-p", str(self.port), *words],
                                            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=ends_with_parent(signal.SIGQUIT), **self.options)
        wait_until(self.answers, "PostgreSQL", self.process, self.log)

    def answers(self):
        return subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False).returncode == 0

    def pids(self):
        return descendants(self.process.pid)

    def kill(self):
        """As a power cut: the server and all its processes at once."""
        self.process.send_signal(signal.SIGSTOP)  # it starts no more of them meanwhile
        pids = self.pids()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(START_S)
        deadline = time.monotonic() + START_S
        while any(runs(pid) for pid in pids):  # the next server refuses memory that one of them still holds
            assert time.monotonic() < deadline, "killed processes do not end"
            time.sleep(0.01)

    def stop(self):
        """An orderly end that hangs up on its clients."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(START_S)

    def pause(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def resume(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGCONT)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(START_S)
        found = marks.found_below(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not found, f"PostgreSQL holds a secret in the clear: {found}"

    def url_of(self, database, host="127.0.0.1"):
        return f"postgresql://{USER}:{self.password}@{host}:{self.port}/{database}"

    def url(self):
        """Of a new, empty database."""
        name = f"t{next(self.numbers)}"
        self.query(f"CREATE DATABASE {name}", "postgres")
        return self.url_of(name)

    def query(self, sql, database):
        """Rows as lists of text; NULL is empty. `database`: a name, or a URL of this server's."""
        at = database if "://" in database else self.url_of(database)
        done = subprocess.run([self.bin / "psql", "-XqAt", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", at, "-f", "-"], input=sql,
                              capture_output=True, text=True, check=False, timeout=600, env={"PATH": os.environ["PATH"]})
        assert done.returncode == 0, done.stderr
        return [line.split("\x1f") for line in done.stdout.splitlines()]


class Redis:
    """A Redis server that keeps nothing on disk."""

    def __init__(self, password=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="devflow-redis-"))
        self.log = self.folder / "redis.log"
        self.host, self.port, self.password = "127.0.0.1", free_port(), password
        self.start()

    @property
    def settings(self):
        """What `devflow serve` needs to use it."""
        return {"REDIS_HOST": self.host, "REDIS_PORT": str(self.port), **({"REDIS_PASSWORD": self.password} if self.password else {})}

    def start(self):
        words = ["--port", str(self.port), "--bind", self.host, "--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        words += ["--requirepass", self.password] if self.password else []
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(["redis-server", *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=ends_with_parent(signal.SIGKILL))
        wait_until(self.answers, "Redis", self.process, self.log)

    def answers(self):
        try:
            return self.command("PING") == "PONG"
        except OSError:
            return False

    def command(self, *words, database=0):
        """One command's answer: text, a number, a list of these, or None; an error is raised."""
        with socket.create_connection((self.host, self.port), timeout=10) as s, s.makefile("rwb") as file:
            if self.password:
                self.ask(file, "AUTH", self.password)
            if database:
                self.ask(file, "SELECT", str(database))
            return self.ask(file, *words)

    def ask(self, file, *words):
        parts = [str(word).encode() for word in words]
        file.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        file.flush()
        return self.answer(file)

    def answer(self, file):
        line = file.readline().rstrip(b"\r\n")
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise AssertionError(rest.decode())
        if kind == b"$":
            return None if rest == b"-1" else file.read(int(rest) + 2)[:-2].decode("latin-1")
        if kind == b"*":
            return [self.answer(file) for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest.decode()

    def flush(self):
        self.command("FLUSHALL")

    def kill(self):
        self.process.kill()
        self.process.wait(START_S)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            self.process.wait(START_S)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def dump(self):
        """What it would keep: in the folder, as its dump file."""
        self.command("SAVE")
        return self.folder / "dump.rdb"

    def close(self):
        if self.process.poll() is None:
            self.resume()
            with contextlib.suppress(OSError, AssertionError):  # it may be told to refuse
                self.dump()
            self.process.kill()
            self.process.wait(START_S)
        found = marks.found_in_files(self.folder, ("*.rdb", "*.log"))
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not found, f"Redis holds a secret in the clear: {found}"


@contextlib.contextmanager
def for_contracts():
    """The environment of the C contract suites, with both servers behind it."""
    with contextlib.closing(Postgres()) as postgres, contextlib.closing(Redis()) as redis:
        yield lambda: {"DEVFLOW_TEST_POSTGRES_URL": postgres.url(), "DEVFLOW_TEST_REDIS": f"{redis.host}:{redis.port}"}


def main(command):
    if not command:
        raise SystemExit(__doc__)
    with for_contracts() as environment:
        return subprocess.run(command, env={**os.environ, **environment()}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
