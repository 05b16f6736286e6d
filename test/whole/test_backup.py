"""Backups of the embedded database: taken while it is served and written, restored, and its tokens good."""

import json
import os
import re
import signal
import sqlite3
import stat
import subprocess
import threading
import time

import pytest
from conftest import PROGRAM
from test_metrics import wait_for
from test_one_refresh import Shop, provider  # noqa: F401 (a fixture)


@pytest.fixture
def shop(start_api, provider):  # noqa: F811
    shop = Shop(start_api(), provider)
    shop.connect()
    return shop


def run(api, *command, **env):
    """A command with the API's settings."""
    settings = {name: value for name, value in api.env.items() if name != "LOG_FORMAT"}
    return subprocess.run([PROGRAM, *map(str, command)], env={**settings, **env}, capture_output=True, text=True, check=False,
                          timeout=120, stdin=subprocess.DEVNULL)


def backed_up(api, path, *options):
    done = run(api, "db:backup", path, "--json", *options)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return {table["name"]: table["rows"] for table in said["tables"]} | {"keyIds": said["keyIds"], "bytes": said["bytes"]}


def left_over(folder):
    """Temporary files and what SQLite keeps beside them."""
    return [path.name for path in folder.rglob("*") if re.search(r"\.\w{6}(-\w+)?$", path.name)]


class Writers:
    """Threads that make projects for as long as it lasts."""

    def __init__(self, api, n=3):
        self.api, self.stopping, self.made = api, threading.Event(), [0] * n
        self.threads = [threading.Thread(target=self.write, args=(i,)) for i in range(n)]

    def write(self, i):
        import requests

        session = requests.Session()
        session.trust_env = False
        while not self.stopping.is_set():
            body = {"id": f"w{i}-{self.made[i]}", "name": "x" * 200}
            assert session.post(f"{self.api.url}/projects", json=body, timeout=30).status_code == 201
            self.made[i] += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def test_a_backup_under_writes_is_whole_and_its_tokens_are_good(start_api, shop, tmp_path):
    token = shop.ask().json()["accessToken"]
    with Writers(shop.api) as writers:
        wait_for(lambda: min(writers.made) > 20)
        counted = []
        for i in range(5):
            before = sum(writers.made)
            counted.append(backed_up(shop.api, tmp_path / f"{i}.db"))
            assert before + 1 <= counted[-1]["projects"] <= sum(writers.made) + 1 + len(writers.made)
        wait_for(lambda seen=list(writers.made): min(writers.made) > max(seen))  # who writes goes on
    assert counted == sorted(counted, key=lambda c: c["projects"])
    file = tmp_path / "4.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and file.stat().st_size == counted[-1]["bytes"]
    assert sorted(path.name for path in tmp_path.glob("*.db*")) == [f"{i}.db" for i in range(5)], "nothing is left beside them"
    assert counted[-1]["connections"] == 1 and len(counted[-1]["keyIds"]) == 1
    shop.api.stop()
    other = tmp_path / "restored" / "devflow.db"
    done = run(shop.api, "db:restore", file, DATABASE_URL=f"sqlite:{other}")
    assert done.returncode == 0 and counted[-1]["keyIds"][0] in done.stdout, done.stderr
    again = start_api({"DATABASE_URL": f"sqlite:{other}", "OAUTH_ENCRYPTION_KEY": shop.api.env["OAUTH_ENCRYPTION_KEY"]})
    assert len(again.get("/projects").json()) == counted[-1]["projects"]
    restored = Shop(again, shop.sandbox)
    assert restored.ask().json()["accessToken"] == token
    assert restored.refresh().status_code == 200 and restored.status() == "connected"


def test_a_backup_of_a_database_that_nobody_serves(shop, tmp_path):
    shop.api.stop()
    assert backed_up(shop.api, tmp_path / "a.db")["connections"] == 1


def test_a_file_that_is_there_is_kept(api, tmp_path):
    file = tmp_path / "a.db"
    file.write_text("mine")
    refused = run(api, "db:backup", file)
    assert refused.returncode == 2 and "--force" in refused.stderr and file.read_text() == "mine"
    assert backed_up(api, file, "--force")["bytes"] == file.stat().st_size > 4096
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal", ".lock"])
def test_the_database_itself_is_never_replaced(api, tmp_path, end):
    file = api.database.with_name(api.database.name + end)
    before = os.stat(file).st_ino if file.exists() else None
    (tmp_path / "link.db").symlink_to(file)
    for name in (file, file.parent / "." / file.name, tmp_path / "link.db"):
        done = run(api, "db:backup", name, "--force")
        assert done.returncode in (1, 2), (name, done.stdout)
    assert (os.stat(file).st_ino if file.exists() else None) == before
    assert api.post("/projects", {"id": "later", "name": "later"}).status_code == 201
    api.stop()
    assert run(api, "db:backup", api.database, "--force").returncode == 2
    api.start()
    assert [project["id"] for project in api.get("/projects").json()] == ["later"]


def test_nothing_but_a_file_is_replaced(api, start_api, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    for name in ("pipe", "link"):
        kind = stat.S_IFMT((tmp_path / name).lstat().st_mode)
        done = run(api, "db:backup", tmp_path / name, "--force")
        assert done.returncode == 1 and "no regular file" in done.stderr, done.stderr
        assert stat.S_IFMT((tmp_path / name).lstat().st_mode) == kind and (tmp_path / "mine").read_text() == "mine"
    other = start_api()
    done = run(api, "db:backup", other.database, "--force")
    assert done.returncode == 78 and "uses the database" in done.stderr, done.stderr
    assert other.post("/projects", {"id": "kept", "name": "kept"}).status_code == 201


@pytest.mark.parametrize("where", ["nowhere/a.db", "folder"])
def test_where_it_cannot_be_written_is_said(api, tmp_path, where):
    (tmp_path / "folder").mkdir()
    failed = run(api, "db:backup", tmp_path / where, "--force")
    assert failed.returncode == 1 and "cannot be written" in failed.stderr, failed.stderr
    assert not left_over(tmp_path)


def test_restoring_is_refused_where_it_would_do_harm(shop, tmp_path):
    file = tmp_path / "a.db"
    backed_up(shop.api, file)
    busy = run(shop.api, "db:restore", "--force", file)
    assert busy.returncode == 78 and "in use" in busy.stderr, busy.stderr
    assert shop.ask().status_code == 200
    shop.api.stop()
    full = run(shop.api, "db:restore", file)
    assert full.returncode == 2 and "--force" in full.stderr, full.stderr
    before = shop.api.database.read_bytes()
    rubbish, other, damaged = tmp_path / "rubbish.db", tmp_path / "other.db", tmp_path / "damaged.db"
    rubbish.write_bytes(os.urandom(20000))
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE a (b)")
    data = bytearray(file.read_bytes())
    data[8192:16384] = bytes(8192)
    damaged.write_bytes(data)
    for bad, why in ((rubbish, ""), (other, "no database of devflow"), (damaged, "damaged"), (tmp_path / "none.db", "cannot be read")):
        done = run(shop.api, "db:restore", "--force", bad)
        assert done.returncode in (1, 78) and why in done.stderr, (bad, done.stderr)
    assert shop.api.database.read_bytes() == before
    shop.api.start()
    assert shop.ask().status_code == 200


def test_restoring_takes_back_what_came_later(shop, tmp_path):
    file = tmp_path / "a.db"
    backed_up(shop.api, file)
    assert shop.api.post("/projects", {"id": "later", "name": "later"}).status_code == 201
    shop.api.kill()  # so that the newest is in the -wal file alone
    assert run(shop.api, "db:restore", "--force", file).returncode == 0
    shop.api.start()
    assert [project["id"] for project in shop.api.get("/projects").json()] == ["shop"]
    assert shop.ask().status_code == 200


def test_a_backup_of_the_first_release_is_brought_up_to_date(start_api, tmp_path):
    from test_upgrade import DUMP, KEY

    old, new = tmp_path / "old.db", tmp_path / "new.db"
    with sqlite3.connect(old) as database:
        database.executescript(DUMP)
    api = start_api({"OAUTH_ENCRYPTION_KEY": KEY})
    assert run(api, "db:restore", old, DATABASE_URL=f"sqlite:{new}").returncode == 0
    api.stop()
    api.env["DATABASE_URL"] = f"sqlite:{new}"
    api.start()
    assert {project["id"] for project in api.get("/projects").json()} == {"shop", "other"}


@pytest.mark.parametrize("command", ["db:backup", "db:restore"])
def test_giving_up_changes_nothing(api, tmp_path, command):
    """A large database, and a signal while it is copied; whatever is there then is whole."""
    big, file = tmp_path / "big.db", tmp_path / "a.db"
    api.stop()
    backed_up(api, big)
    with sqlite3.connect(big) as database:
        database.executemany("INSERT INTO projects VALUES (?, ?, '', '', 1, 1)", ((f"p{i}", "x" * 4000) for i in range(20000)))
    database.close()
    size = big.stat().st_size
    env = {**api.env, "DATABASE_URL": f"sqlite:{big if command == 'db:backup' else file}"}
    words = [PROGRAM, command, str(file if command == "db:backup" else big)]
    ended_early = 0
    for pause in (0.02, 0.05, 0.1, 0.2):
        done = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(pause)
        done.send_signal(signal.SIGINT)
        out, err = done.communicate(timeout=60)
        if done.returncode in (130, -signal.SIGINT):
            ended_early += 1
            assert not file.exists() or command == "db:restore", err
            assert not left_over(tmp_path)
        else:
            assert done.returncode == 0, err
            break
    if file.exists():
        database = sqlite3.connect(file)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM projects").fetchone()[0] in (0, 20000)
        database.close()
    assert big.stat().st_size == size


def test_postgresql_is_sent_to_its_own_tools(api, postgres, tmp_path):
    for command, tool in (("db:backup", "pg_dump"), ("db:restore", "pg_restore")):
        done = run(api, command, tmp_path / "a.db", **postgres.settings)
        assert done.returncode == 2 and tool in done.stderr and not (tmp_path / "a.db").exists(), done.stderr
