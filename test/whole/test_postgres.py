"""The store in PostgreSQL, a real one: the guide's walk, two nodes on one database, a server that goes away, TLS, and what is said of
each thing that can be wrong with DATABASE_URL."""

import contextlib
import datetime
import json
import socket
import sqlite3
import struct
import subprocess
import threading
import time

import pytest
from conftest import PROGRAM, Walk
from faults import Faults
from servers import certificates, free_port

KEY = "9qtS3m9XKViXxLagqeeVHdKiWgE1mLsXC6u3l9xoL6A="
SECRET = "hunter2"

# Suites that run at once share the server.
HERE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"


def test_the_guides_walk_over_postgres(start_api, start_sandbox, postgres):
    api = start_api(postgres.settings)
    walk = Walk(api, start_sandbox(api.redirect_uri))
    walk.connect()
    token = api.post("/auth/sentry/token", {"projectId": "shop"}).json()["accessToken"]
    assert api.post("/auth/sentry/refresh", {"projectId": "shop"}).status_code == 200
    assert api.post("/auth/sentry/token", {"projectId": "shop"}).json()["accessToken"] != token
    assert api.get("/integrations/shop/test").json()["ok"]
    api.stop()
    api.start()
    [connection] = api.get("/auth/connections?project=shop").json()["connections"]
    assert connection["status"] == "connected"
    assert token not in str(postgres.query("SELECT * FROM connections"))


def eventually(done, timeout_s=30):
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def token_of(api):
    return api.post("/auth/sentry/token", {"projectId": "shop"}).json()["accessToken"]


@pytest.fixture
def run(devflow, bare_env, tmp_path):
    def run(*command, **settings):
        return subprocess.run([devflow, *command], env={**bare_env, "OAUTH_ENCRYPTION_KEY": KEY, "PORT": "0", **settings}, cwd=tmp_path,
                              capture_output=True, text=True, timeout=60, check=False)
    return run


@pytest.fixture
def said(run):
    """What `serve` says of a URL that it cannot use, and its exit code."""
    def said(url):
        done = run("serve", DATABASE_URL=url)
        assert done.returncode in (1, 78) and len(done.stderr.splitlines()) == 1
        for secret in (SECRET, "FATAL", "SQLSTATE"):
            assert secret not in done.stderr
        return done.stderr, done.returncode
    return said


def test_what_one_node_changes_the_other_knows_at_once(start_api, start_sandbox, postgres):
    one = start_api(postgres.settings)
    two = start_api({**postgres.settings, "OAUTH_ENCRYPTION_KEY": one.env["OAUTH_ENCRYPTION_KEY"]})
    Walk(one, start_sandbox(one.redirect_uri)).connect()
    old = token_of(two)
    assert token_of(two) == old == token_of(one)
    assert one.post("/auth/sentry/refresh", {"projectId": "shop"}).status_code == 200
    eventually(lambda: token_of(two) != old, 5)  # its copy would be good for a minute
    assert token_of(two) == token_of(one)
    assert one.post("/auth/sentry/disconnect", {"projectId": "shop"}).status_code == 200
    eventually(lambda: two.post("/auth/sentry/token", {"projectId": "shop"}).status_code == 404, 5)


def test_a_node_whose_clock_is_wrong_goes_by_the_databases(start_api, start_sandbox, postgres, tmp_path):
    faults = Faults(tmp_path, PROGRAM)
    faults.clock_ahead(600)
    ahead = start_api({**postgres.settings, **faults.env()})
    said = datetime.datetime.fromisoformat(ahead.get("/health").json()["timestamp"])
    assert abs((said - datetime.datetime.now(datetime.UTC)).total_seconds()) < 5
    Walk(ahead, start_sandbox(ahead.redirect_uri)).connect()
    faults.clock_ahead(-600)
    right = start_api({**postgres.settings, "OAUTH_ENCRYPTION_KEY": ahead.env["OAUTH_ENCRYPTION_KEY"]})
    assert right.post("/auth/sentry/refresh", {"projectId": "shop"}).status_code == 200
    eventually(lambda: token_of(ahead) == token_of(right), 5)
    [[off]] = postgres.query("SELECT max(abs(updated_ms - extract(epoch FROM clock_timestamp()) * 1000))::int8 FROM connections")
    assert int(off) < 10000


def test_a_database_that_is_killed_and_comes_back(start_api, start_sandbox, start_postgres):
    server = start_postgres()
    api = start_api({"DATABASE_URL": server.url()})
    Walk(api, start_sandbox(api.redirect_uri)).connect()
    for _ in range(3):
        server.kill()
        down = api.get("/projects")
        assert down.status_code == 500 and down.json()["code"] == "storage_failed"
        # Each connection of the pool finds out by itself that it is lost.
        eventually(lambda: "PostgreSQL at" in api.get("/projects").json()["message"])
        assert api.get("/ready").status_code == 503
        server.start()
        eventually(lambda: api.get("/ready").status_code == 200)
        assert token_of(api)
        assert api.post("/auth/sentry/refresh", {"projectId": "shop"}).status_code == 200


def test_tls_modes(run, start_postgres, tmp_path):
    server = start_postgres(durable=False)
    url = server.url()
    other = tmp_path / "other"
    other.mkdir()
    certificates(other)

    def status(query):
        done = run("db:status", "--json", DATABASE_URL=f"{url}?{query}")
        return json.loads(done.stdout)
    assert status("sslmode=disable")["tls"] == "none"
    for good in ("sslmode=require", f"sslmode=verify-ca&sslrootcert={server.ca}", f"sslmode=verify-full&sslrootcert={server.ca}"):
        assert status(good)["tls"] == "TLSv1.3"
    assert "not to be trusted" in status(f"sslmode=verify-full&sslrootcert={other}/ca.crt")["message"]
    assert "certificate authority cannot be read" in status("sslmode=verify-full&sslrootcert=/nowhere/ca.crt")["message"]
    elsewhere = url.replace("127.0.0.1", "db.example")
    mismatch = json.loads(run("db:status", "--json", DATABASE_URL=f"{elsewhere}?hostaddr=127.0.0.1&sslmode=verify-full&sslrootcert={server.ca}").stdout)
    assert "for another host" in mismatch["message"]
    server.stop()
    server.settings["ssl"] = "off"
    server.start()
    assert "speaks no TLS" in status("sslmode=require")["message"]
    assert status("sslmode=prefer")["tls"] == "none"


def test_each_thing_that_can_be_wrong_has_its_sentence(said, postgres_server, postgres):
    url = postgres.url
    name = url.rsplit("/", 1)[1]
    at = url.split("@")[1]
    for role in ("plain", "full"):
        postgres.query(f"CREATE ROLE {role}_{name} LOGIN PASSWORD '{SECRET}'")
    postgres.query(f"ALTER ROLE full_{name} CONNECTION LIMIT 0")
    for bad, words, code in [
        (f"postgresql://devflow:{SECRET}@nohost.invalid/x", "no such host is known", 1),
        (f"postgresql://devflow:{SECRET}@127.0.0.1:{free_port()}/x", "nothing listens there", 1),
        (f"postgresql://devflow:{SECRET}@{at}", "refused the password", 78),
        (f"postgresql://devflow@{at}", "asks for a password", 78),
        (postgres_server.url_of("nodatabase"), "no such database", 78),
        (f"postgresql://full_{name}:{SECRET}@{at}", "too many connections", 1),
        (f"postgresql://plain_{name}:{SECRET}@{at}", "may not make DevFlow's tables", 78),
        (f"{url}?options=-csearch_path%3Dnowhere", "has no schema", 78),
        (f"{url}?options=-cdefault_transaction_read_only%3Don", "read-only", 1),
    ]:
        sentence, exit_code = said(bad)
        assert words in sentence and exit_code == code, sentence


def test_too_old_a_server_is_refused(said):
    """A stand-in that greets as PostgreSQL 14 does."""
    listener = socket.create_server(("127.0.0.1", 0))

    def message(kind, body):
        return kind + struct.pack("!I", len(body) + 4) + body

    def answer():
        with listener, listener.accept()[0] as s:
            s.recv(8)  # SSLRequest
            s.sendall(b"N")
            s.recv(4096)
            s.sendall(message(b"R", struct.pack("!I", 0)) + message(b"S", b"server_version\x0014.2\x00") + message(b"Z", b"I"))
            s.recv(4096)
    thread = threading.Thread(target=answer)
    thread.start()
    sentence, code = said(f"postgresql://devflow:{SECRET}@127.0.0.1:{listener.getsockname()[1]}/x")
    thread.join(10)
    assert "PostgreSQL 14 is too old" in sentence and code == 78


@pytest.mark.parametrize(("state", "status", "words"), [
    ("53100", 500, "disk is full"), ("25006", 500, "read-only"), ("42501", 500, "grant it rights"), ("57014", 500, "took too long"),
    ("40P01", 503, "try again"), ("55P03", 503, "try again"), ("23514", 500, "SQLSTATE 23514")])
def test_what_the_server_says_of_a_change_is_never_shown(start_api, postgres, state, status, words):
    api = start_api(postgres.settings)
    postgres.query(f"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{SECRET}'"
                   f" USING ERRCODE = '{state}'; END $$; CREATE TRIGGER t BEFORE INSERT ON projects EXECUTE FUNCTION f()")
    answer = api.post("/projects", {"name": "x"})
    assert answer.status_code == status and words in answer.json()["message"]
    assert SECRET not in answer.text + api.said()
    postgres.query("DROP TRIGGER t ON projects")
    assert api.post("/projects", {"name": "x"}).status_code == 201


def test_many_who_migrate_at_once_and_an_older_one(devflow, bare_env, run, postgres):
    env = {**bare_env, **postgres.settings}
    many = [subprocess.Popen([devflow, "db:migrate"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(6)]
    assert [(p.wait(60), p.stderr.read()) for p in many] == [(0, b"")] * 6
    for p in many:
        p.stderr.close()
    versions = [int(v) for [v] in postgres.query("SELECT version FROM schema_version ORDER BY version")]
    assert versions == list(range(1, versions[-1] + 1))
    postgres.query("INSERT INTO schema_version VALUES (999, 'future', now())")
    for command in ("serve", "db:migrate"):
        done = run(command, **postgres.settings)
        assert done.returncode == 78 and "newer devflow (schema 999" in done.stderr
    assert "of a newer devflow" in run("db:status", **postgres.settings).stdout


def tables_of(done):
    assert done.returncode == 0, done.stderr
    return {table["name"]: table["rows"] for table in json.loads(done.stdout)["tables"]}


def test_a_copy_to_postgres_and_back_is_whole(start_api, start_sandbox, run, postgres, tmp_path):
    api = start_api()
    Walk(api, start_sandbox(api.redirect_uri)).connect()
    assert api.post("/auth/sentry/authorize", {"projectId": "shop"}).ok
    source, back = api.env["DATABASE_URL"], f"sqlite:{tmp_path}/back.db"
    key = {"OAUTH_ENCRYPTION_KEY": api.env["OAUTH_ENCRYPTION_KEY"]}
    busy = run("db:copy", "--from", source, "--to", postgres.url)
    assert busy.returncode == 78 and "in use by another devflow" in busy.stderr
    assert tables_of(run("db:status", "--json", DATABASE_URL=source))["connections"] == 1  # beside the server
    api.stop()
    copied = run("db:copy", "--from", source, "--to", postgres.url, "--json")
    there = {name for [name] in postgres.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")} - {"schema_version"}
    assert set(tables_of(copied)) == there and len(json.loads(copied.stdout)["keyIds"]) == 1
    assert tables_of(copied)["connections"] == 1 and tables_of(copied)["oauth_flows"] == 2
    again = run("db:copy", "--from", source, "--to", postgres.url)
    assert again.returncode == 1 and "not empty" in again.stderr and "--force" in again.stderr
    shared = start_api({**postgres.settings, **key})
    assert token_of(shared)
    eventually(lambda: postgres.query(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {HERE}") != [["0"]])
    for urls in ((postgres.url, back), (source, postgres.url)):
        busy = run("db:copy", "--from", urls[0], "--to", urls[1], "--force")
        assert busy.returncode == 1 and "at work" in busy.stderr
    shared.stop()
    returned, sent = tables_of(run("db:copy", "--from", postgres.url, "--to", back, "--json")), tables_of(copied)
    assert returned.pop("audit") > sent.pop("audit")  # the token that was handed out in between
    assert returned == sent
    assert run("db:copy", "--from", back, "--to", postgres.url, "--force").returncode == 0
    assert token_of(start_api({"DATABASE_URL": back, **key}))


def test_a_mistyped_source_empties_nothing(start_api, start_sandbox, run, postgres, tmp_path):
    api = start_api(postgres.settings)
    Walk(api, start_sandbox(api.redirect_uri)).connect()
    api.stop()
    typo = tmp_path / "typo.db"
    done = run("db:copy", "--from", f"sqlite:{typo}", "--to", postgres.url, "--force")
    assert done.returncode != 0 and str(typo) in done.stderr and not typo.exists()
    typo.touch()
    done = run("db:copy", "--from", f"sqlite:{typo}", "--to", postgres.url, "--force")
    assert done.returncode != 0 and "nothing was copied" in done.stderr, done.stderr
    assert postgres.query("SELECT count(*) FROM connections") == [["1"]]


def test_a_copy_that_is_stopped_changes_nothing(devflow, bare_env, run, postgres, tmp_path):
    source = f"sqlite:{tmp_path}/a.db"
    assert run("db:migrate", DATABASE_URL=source).returncode == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as db:
        db.executemany("INSERT INTO projects VALUES (?, 'n', '', '', 1, 1)", ((f"p{i}",) for i in range(2000)))
        db.commit()
    assert run("db:migrate", **postgres.settings).returncode == 0
    postgres.query("INSERT INTO projects VALUES ('mine', 'n', '', '', 1, 1); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql"
                   " AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN NEW; END $$;"
                   "CREATE TRIGGER slow BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION f()")
    words = [devflow, "db:copy", "--from", source, "--to", postgres.url, "--force"]
    copying = subprocess.Popen(words, env=bare_env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    eventually(lambda: postgres.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()") != [["0"]])
    copying.terminate()  # SIGINT is ignored in what a shell has put in the background
    copying.communicate(timeout=30)
    assert copying.returncode != 0
    assert postgres.query("SELECT id FROM projects") == [["mine"]]
    postgres.query("DROP TRIGGER slow ON projects")  # waits for the copy's transaction to be gone
    assert run(*words[1:]).returncode == 0
    assert postgres.query("SELECT count(*) FROM projects") == [["2000"]]
