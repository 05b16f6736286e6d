"""Encryption keys: the ring, the check at start, the rotation that goes on while the service serves, and where secrets may not be:
in another row, in a core dump, in the memory of an idle server, in its environment."""

import base64
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import resource
import signal
import sqlite3
import subprocess
import time

import pytest
from conftest import CLIENT_SECRET, Walk
from test_oauth import connections, counters
from test_tokens import Gate

COLUMNS = {"oauth_apps": ["client_secret"], "connections": ["access_token", "refresh_token"], "oauth_flows": ["verifier", "url"],
           "webhooks": ["secret", "old_secret"], "outbox": ["secret"], "hook_secrets": ["secret"]}


def new_key():
    return base64.b64encode(os.urandom(32)).decode()


def key_id(key):
    return hashlib.sha256(b"devflow key id" + base64.b64decode(key)).hexdigest()[:8]


def body(project="shop"):
    return {"projectId": project}


def token(walk, project="shop"):
    return walk.done(walk.api.post("/auth/sentry/token", body(project)))["accessToken"]


def restart(api, key, previous=""):
    api.stop()
    api.env.update({"OAUTH_ENCRYPTION_KEY": key, "OAUTH_ENCRYPTION_KEYS_PREVIOUS": previous})
    api.start()


def refused(devflow, api, key, previous=""):
    """What serve says when it does not start with these keys."""
    api.stop()
    env = {**api.env, "OAUTH_ENCRYPTION_KEY": key, "OAUTH_ENCRYPTION_KEYS_PREVIOUS": previous}
    done = subprocess.run([devflow, "serve"], env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 78 and key not in done.stderr + done.stdout, done.stderr
    return done.stderr


def ids_in(database):
    """The key ids of all sealed values."""
    found = set()
    with sqlite3.connect(database) as db:
        for table, columns in COLUMNS.items():
            for column in columns:
                found |= {bytes(value)[1:5].hex() for (value,) in db.execute(f"SELECT {column} FROM {table}") if value}
    return found


def rotation(api):
    return api.get("/keys/rotation").json()


def rotated(api, seconds=60):
    deadline = time.monotonic() + seconds
    while (state := rotation(api))["state"] in ("running", "stalled"):
        assert time.monotonic() < deadline, state
        time.sleep(0.05)
    return state


def many_apps(walk, n):
    for i in range(n):
        walk.done(walk.api.post("/projects", {"id": f"p{i}", "name": f"p{i}"}), 201)
        walk.done(walk.api.post("/auth/apps/register", {
            "projectId": f"p{i}", "provider": "SENTRY", "clientId": f"client-{i}", "clientSecret": f"secret-{i}",
            "redirectUri": walk.api.redirect_uri, "baseUrl": walk.sandbox.url}))


def test_a_wrong_key_is_refused_at_start_by_its_name(devflow, connected):
    api, right, wrong = connected.api, connected.api.env["OAUTH_ENCRYPTION_KEY"], new_key()
    said = refused(devflow, api, wrong)
    assert key_id(right) in said and "OAUTH_ENCRYPTION_KEYS_PREVIOUS" in said and key_id(wrong) not in said
    api.start()
    assert token(connected)


def test_a_lost_key_is_overcome_by_connecting_again(connected):
    api, lost, new = connected.api, connected.api.env["OAUTH_ENCRYPTION_KEY"], new_key()
    api.env["OAUTH_ENCRYPTION_KEYS_LOST"] = f"00000000, {key_id(lost)}"
    restart(api, new)
    assert api.post("/auth/sentry/token", body()).json()["code"] == "decryption_failed"
    assert api.post("/keys/rotate", {}).status_code == 202 and rotated(api)["state"] == "failed"
    connected.register()
    assert connected.consent(connected.authorize()["startUrl"])[0] == 200
    assert token(connected)
    assert api.post("/keys/rotate", {}).status_code == 202
    assert rotated(api)["freed"] == [key_id(lost)]
    del api.env["OAUTH_ENCRYPTION_KEYS_LOST"]
    restart(api, new)
    assert token(connected)


def test_the_previous_key_still_decrypts(devflow, connected):
    api, old, new = connected.api, connected.api.env["OAUTH_ENCRYPTION_KEY"], new_key()
    held = token(connected)
    restart(api, new, f"{new_key()}, {old}")
    assert token(connected) == held
    connected.done(api.post("/auth/sentry/refresh", body()))
    assert ids_in(api.database) == {key_id(old), key_id(new)}, "what is written is sealed with the new key"
    assert key_id(new) in refused(devflow, api, old), "and so the new one is needed from now on"
    assert key_id(old) in refused(devflow, api, new)


def test_a_store_without_notes_of_its_keys_is_looked_through(devflow, connected):
    """As the first release wrote it."""
    api, right = connected.api, connected.api.env["OAUTH_ENCRYPTION_KEY"]
    api.stop()
    with sqlite3.connect(api.database) as db:
        db.execute("DELETE FROM key_ids")
    assert key_id(right) in refused(devflow, api, new_key())
    api.start()
    assert token(connected)


def test_another_key_of_the_same_id_is_told_apart(devflow, connected):
    api, right, wrong = connected.api, connected.api.env["OAUTH_ENCRYPTION_KEY"], new_key()
    api.stop()
    with sqlite3.connect(api.database) as db:
        db.execute("UPDATE key_ids SET key_id = ?", (bytes.fromhex(key_id(wrong)),))
        check = bytes(db.execute("SELECT check_value FROM key_ids").fetchone()[0])
        db.execute("UPDATE key_ids SET check_value = ?", (check[:1] + bytes.fromhex(key_id(wrong)) + check[5:],))
    assert key_id(wrong) in refused(devflow, api, wrong)
    assert right


def test_rotation_by_the_command(devflow, connected, cli):
    api, old, new = connected.api, connected.api.env["OAUTH_ENCRYPTION_KEY"], new_key()
    held = token(connected)
    many_apps(connected, 250)
    connected.done(api.post("/projects/shop/webhooks", {"url": "https://example.com/hook"}), 201)
    connected.done(api.post("/auth/sentry/refresh", body()))  # a message with the secret in the outbox
    held = token(connected)
    authorization = connected.authorize()
    restart(api, new, old)
    before = json.loads(cli("key:status", "--json").stdout)
    assert {k["id"]: (k["current"], k["held"], k["values"] > 0) for k in before["keys"]} == {
        key_id(new): (True, True, False), key_id(old): (False, True, True)}
    assert before["rotation"]["state"] == "none"
    done = cli("key:rotate", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["state"] == "done" and result["freed"] == [key_id(old)] and result["to"] == key_id(new)
    assert result["done"] == result["total"] > 250 and "rows" in done.stderr
    assert ids_in(api.database) == {key_id(new)}
    shown = cli("key:status").stdout
    assert key_id(new) in shown and "encrypts" in shown and f"The key {key_id(old)} is needed no more" in shown
    assert old not in shown and new not in shown
    restart(api, new)
    assert token(connected) == held
    assert connected.consent(authorization["startUrl"])[0] == 200, "a flow that was open goes on"
    connected.done(api.post("/auth/sentry/refresh", body()))
    assert key_id(new) in refused(devflow, api, old)
    api.start()
    again = cli("key:rotate")
    assert again.returncode == 0 and key_id(new) in again.stdout and "needed no more" not in again.stdout


def test_a_rotation_that_is_killed_goes_on(connected):
    api, keys = connected.api, [connected.api.env["OAUTH_ENCRYPTION_KEY"]]
    held = token(connected)
    many_apps(connected, 450)
    for pause in (0, 0.01, 0.03, 0.08):
        keys.append(new_key())
        restart(api, keys[-1], keys[-2])
        assert api.post("/keys/rotate", {}).status_code == 202
        time.sleep(pause)
        api.kill()
        api.start()
        assert rotated(api)["state"] == "done"  # by itself: no one asks again
        assert rotation(api)["freed"] == [key_id(keys[-2])]
        assert ids_in(api.database) == {key_id(keys[-1])}
    restart(api, keys[-1])
    assert token(connected) == held
    assert {k["id"] for k in api.get("/keys").json()["keys"]} == {key_id(keys[-1])}


def test_a_refresh_during_a_rotation_is_not_overwritten(connected):
    api, old, new = connected.api, connected.api.env["OAUTH_ENCRYPTION_KEY"], new_key()
    many_apps(connected, 250)
    restart(api, new, old)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert api.post("/keys/rotate", {}).status_code == 202
        answers = [pool.submit(api.post, "/auth/sentry/refresh", body()) for _ in range(20)]
        assert {answer.result().status_code for answer in answers} == {200}
    assert rotated(api)["state"] == "done"
    restart(api, new)
    held = token(connected)
    connected.done(api.post("/auth/sentry/refresh", body()))
    assert token(connected) != held
    assert counters(connected.sandbox)["refreshReuse"] == 0 and connections(connected)[0]["status"] == "connected"


def test_a_refresh_that_began_before_a_rotation_writes_nothing_of_the_old_key(walk):
    """A provider that keeps the refresh token, and takes longer to say so than the rotation takes."""
    api, old, new = walk.api, walk.api.env["OAUTH_ENCRYPTION_KEY"], new_key()
    gate = Gate(walk.sandbox.url)
    try:
        walk.create()
        walk.register(baseUrl=gate.url)
        assert walk.consent(walk.authorize()["startUrl"])[0] == 200
        restart(api, new, old)
        gate.answer = json.dumps({"access_token": "the-new-one", "token_type": "bearer", "expires_in": 3600}).encode()
        gate.shut.set()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            asking = pool.submit(api.post, "/auth/sentry/refresh", body())
            assert gate.held.wait(10)
            assert api.post("/keys/rotate", {}).status_code == 202
            assert rotated(api)["state"] == "done"
            gate.opened.set()
            assert asking.result().status_code == 200
        gate.shut.clear()
        assert ids_in(api.database) == {key_id(new)}
        restart(api, new)
        assert token(walk) == "the-new-one"
        walk.done(api.post("/auth/sentry/refresh", body()))
        assert counters(walk.sandbox)["refreshReuse"] == 0
    finally:
        gate.close()


def test_rotation_on_two_nodes_that_share_postgresql(start_api, start_sandbox, postgres, redis_server, cli):
    """The one that rotates is killed; the other takes over. What was cached under the old key is still read."""
    shared = {**postgres.settings, **redis_server.settings, "OAUTH_ENCRYPTION_KEY": new_key()}
    old, new = shared["OAUTH_ENCRYPTION_KEY"], new_key()
    first = start_api(shared)
    walk = Walk(first, start_sandbox(first.redirect_uri))
    walk.connect()
    held = token(walk)
    many_apps(walk, 450)
    second = start_api({**shared, "OAUTH_ENCRYPTION_KEYS_PREVIOUS": f"{old},{new}"})
    restart(first, new, old)
    restart(second, new, old)
    assert first.post("/keys/rotate", {}).status_code == 202
    first.kill()
    done = cli("key:rotate", "--json", env={"DEVFLOW_API_URL": second.url})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["state"] == "done"
    restart(second, new)
    assert second.post("/auth/sentry/token", body()).json()["accessToken"] == held
    assert {k["id"] for k in second.get("/keys").json()["keys"]} == {key_id(new)}


def test_a_node_that_still_seals_with_the_old_key_keeps_it(start_api, start_sandbox, postgres, devflow, cli):
    shared = {**postgres.settings, "OAUTH_ENCRYPTION_KEY": new_key()}
    old, new = shared["OAUTH_ENCRYPTION_KEY"], new_key()
    first = start_api(shared)
    Walk(first, start_sandbox(first.redirect_uri)).connect()
    second = start_api({**shared, "OAUTH_ENCRYPTION_KEYS_PREVIOUS": f"{old},{new}"})
    restart(first, new, old)
    done = cli("key:rotate", env={"DEVFLOW_API_URL": first.url})
    assert done.returncode == 1 and f"another server still encrypts with the key {key_id(old)}" in done.stdout + done.stderr
    assert second.post("/auth/sentry/refresh", body()).ok  # seals with the old key
    assert key_id(old) in refused(devflow, first, new)
    restart(first, new, old)
    restart(second, new, old)
    assert cli("key:rotate", env={"DEVFLOW_API_URL": first.url}).returncode == 0
    restart(first, new)
    assert first.post("/auth/sentry/token", body()).ok


def test_values_that_cannot_be_read_keep_their_key(connected):
    api, old, new = connected.api, connected.api.env["OAUTH_ENCRYPTION_KEY"], new_key()
    api.stop()
    with sqlite3.connect(api.database) as db:
        value = bytes(db.execute("SELECT access_token FROM connections").fetchone()[0])
        db.execute("UPDATE connections SET access_token = ?", (value[:-1] + bytes([value[-1] ^ 1]),))
    restart(api, new, old)
    assert api.post("/keys/rotate", {}).status_code == 202
    result = rotated(api)
    assert result["state"] == "failed" and "cannot be decrypted" in result["message"] and result["freed"] == []
    assert key_id(old) in {k["id"] for k in api.get("/keys").json()["keys"]}


def swap(database, table, columns):
    """Exchanges two values: of two columns of one row, or of one column of two rows."""
    with sqlite3.connect(database) as db:
        rows = db.execute(f"SELECT rowid, {columns[0]}, {columns[-1]} FROM {table} ORDER BY rowid").fetchall()
        if len(columns) == 2:
            db.execute(f"UPDATE {table} SET {columns[0]} = ?, {columns[1]} = ? WHERE rowid = ?", (rows[0][2], rows[0][1], rows[0][0]))
        else:
            db.execute(f"UPDATE {table} SET {columns[0]} = ? WHERE rowid = ?", (rows[1][1], rows[0][0]))


def test_a_flow_of_the_same_project_does_not_open_anothers(connected):
    flows = [connected.authorize() for _ in range(2)]
    connected.api.stop()
    with sqlite3.connect(connected.api.database) as db:
        db.execute("DELETE FROM oauth_flows WHERE id NOT IN (?, ?)", [flow["flowId"] for flow in flows])
    swap(connected.api.database, "oauth_flows", ["url"])
    connected.api.start()
    status, _, page = connected.consent(flows[0]["startUrl"])
    assert status == 500 and "moved from its place" in page


@pytest.mark.parametrize("columns", [["client_secret"], ["access_token"], ["refresh_token"], ["access_token", "refresh_token"],
                                     ["verifier"], ["url"], ["verifier", "url"]])
def test_a_ciphertext_that_was_moved_does_not_open(connected, columns):
    api = connected.api
    other = Walk(api, connected.sandbox, "other")
    other.connect()
    flows = [walk.authorize() for walk in (connected, other)]
    api.stop()
    [table] = [table for table, names in COLUMNS.items() if columns[0] in names]
    if table == "oauth_flows":
        with sqlite3.connect(api.database) as db:
            db.execute("DELETE FROM oauth_flows WHERE id NOT IN (?, ?)", [flow["flowId"] for flow in flows])
    swap(api.database, table, columns)
    api.start()
    if table == "oauth_flows":
        status, _, page = connected.consent(flows[0]["startUrl"])
        assert status == 500 and "moved from its place" in page
        return
    answer = api.post("/auth/sentry/token" if columns == ["access_token"] else "/auth/sentry/refresh", body())
    assert answer.status_code == 500 and answer.json()["code"] == "decryption_failed", answer.text
    assert "moved from its place" in answer.json()["message"]


def wait_status(pid):
    return os.waitpid(pid, 0)[1]


def abort_of(command, env, folder):
    """Whether a process of this command leaves a core dump when it aborts."""
    def no_limit():
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    process = subprocess.Popen(command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, preexec_fn=no_limit)
    assert process.stdout.readline()
    os.kill(process.pid, signal.SIGABRT)
    status = wait_status(process.pid)
    process.returncode = status
    process.stdout.close()
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status) or bool(list(pathlib.Path(folder).glob("core*")))


@pytest.mark.skipif("ASAN_OPTIONS" in os.environ, reason="the sanitizer turns core dumps off itself")
def test_an_abort_leaves_no_core_dump(devflow, bare_env, tmp_path):
    env = {**bare_env, "OAUTH_ENCRYPTION_KEY": new_key(), "DATABASE_URL": f"sqlite:{tmp_path}/d.db", "PORT": "0"}
    if resource.getrlimit(resource.RLIMIT_CORE)[1] != 0:
        assert abort_of(["sh", "-c", "echo up; sleep 60 & wait"], env, tmp_path), "else this test could not fail"
        for core in tmp_path.glob("core*"):
            core.unlink()
    assert not abort_of([devflow, "serve"], env, tmp_path)


def memory_holds(pid, secrets):
    """Which of the secrets stand in the writable memory of a process."""
    found = set()
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            at = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if not at:
                continue
            start, end = int(at[1], 16), int(at[2], 16)
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError):
                continue
            found |= {(name, line.split()[-1]) for name, secret in secrets.items() if secret.encode() in data}
    return found


@pytest.mark.skipif("ASAN_OPTIONS" in os.environ or "TSAN_OPTIONS" in os.environ, reason="sanitizers keep freed memory")
def test_an_idle_server_holds_no_secret_in_the_clear(connected, cli):
    api = connected.api
    tokens = {"token": token(connected)}
    for _ in range(3):
        connected.done(api.get("/integrations/shop/sentry/issues"))
        connected.done(api.get("/integrations/shop/test"))
        connected.done(api.post("/auth/sentry/refresh", body()))
        tokens[f"token{len(tokens)}"] = token(connected)
    api.session.close()
    secrets = {**tokens, "client secret": CLIENT_SECRET, "key": api.env["OAUTH_ENCRYPTION_KEY"]}
    if os.getuid() != 0:
        with pytest.raises(PermissionError):
            memory_holds(api.process.pid, secrets)
        return
    deadline = time.monotonic() + 10
    while (found := memory_holds(api.process.pid, secrets)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not found
    assert memory_holds(os.getpid(), tokens), "the search finds what is there"
