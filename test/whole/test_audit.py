"""The audit log: what is written of whom, counts by the minute, the chain over nodes, and what verify sees."""

import hashlib
import json
import sqlite3

import pytest
from conftest import PROGRAM
from faults import Faults
from test_access import ask, eventually


def rows(api):
    done = api.devflow("audit:export")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def seen(api):
    return [(r["actor"], r["action"], r["project"], r["target"], r["result"]) for r in rows(api)]


def hash_of(previous, row):
    """As docs/audit.md has it."""
    fields = [row[name] for name in ("seq", "atMs", "actor", "action", "project", "target", "result", "requestId", "count")]
    text = "".join(f"{len(str(field))}:{field}," for field in fields)
    return hashlib.sha256(previous + text.encode()).digest()


def is_a_chain(exported):
    previous = bytes(32)
    for number, row in enumerate(exported, 1):
        previous = hash_of(previous, row)
        assert row["seq"] == number and row["hash"] == previous.hex(), row
    return True


def head_of(api):
    done = api.devflow("audit:verify", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["head"]


def test_changes_are_written_before_their_answer(connected):
    api = connected.api
    key = api.make_key("project:shop", "--allow", "tokens")
    answer = api.bare.put(f"{api.url}/projects/shop", json={"description": "d"}, headers={"X-API-Key": key["key"]}, timeout=30)
    api.post("/auth/sentry/disconnect", {"projectId": "shop"})
    api.request("DELETE", f"/apikeys/{key['id']}")
    log = rows(api)
    changes = [(r["actor"].split("@")[0], r["action"], r["project"], r["target"], r["result"]) for r in log]
    assert changes == [
        ("local", "project.create", "shop", "", "ok"), ("local", "app.register", "shop", "SENTRY", "ok"),
        ("browser", "connection.connect", "shop", "SENTRY", "ok"), ("local", "apikey.create", "shop", key["id"], "ok"),
        (f"key:{key['id']}", "project.update", "shop", "", "ok"), ("local", "connection.disconnect", "shop", "SENTRY", "ok"),
        ("local", "apikey.revoke", "", key["id"], "ok")]
    assert log[4]["requestId"] == answer.headers["X-Request-Id"]
    assert is_a_chain(log) and all(r["count"] == 1 for r in log)
    assert not {"accessToken", "dfk_"} & set(json.dumps(log).split('"'))


def test_what_comes_in_crowds_is_counted(connected):
    api = connected.api
    keys = [api.make_key("project:shop", "--allow", "tokens") for _ in range(2)]
    before = len(rows(api))
    body = {"projectId": "shop"}
    for key, times in ((keys[0], 30), (keys[1], 5)):
        for _ in range(times):
            assert api.bare.post(f"{api.url}/auth/sentry/token", json=body, headers={"X-API-Key": key["key"]}, timeout=30).ok
    for _ in range(4):
        assert ask(api, "GET", "/projects").status_code == 401
        assert ask(api, "GET", "/projects/other", keys[0]["key"]).status_code == 404
        assert ask(api, "GET", "/metrics", keys[0]["key"]).status_code == 403
    assert ask(api, "GET", "/projects", keys[0]["key"][:-4] + "AAAA").status_code == 401
    api.stop()
    log = rows(api)[before:]
    counts = {}
    for r in log:  # a minute may have passed between
        name = (r["actor"], r["action"], r["project"], r["target"], r["result"])
        counts[name] = counts.get(name, 0) + r["count"]
        assert r["atMs"] % 60000 == 0
    one, two = (f"key:{key['id']}" for key in keys)
    assert counts == {
        (one, "token.handed_out", "shop", "SENTRY", "ok"): 30, (two, "token.handed_out", "shop", "SENTRY", "ok"): 5,
        ("nobody@127.0.0.1", "refused", "", "GET /projects", "unauthorized"): 5,
        (one, "refused", "other", "GET /projects/:id", "project_not_found"): 4,
        (one, "refused", "", "GET /metrics", "forbidden"): 4}
    assert len(log) <= 2 * len(counts)
    assert head_of(api)


def test_the_commands_on_the_database_itself_are_written_too(api):
    api.stop()
    key = api.make_key("admin")
    fresh = json.loads(api.devflow("apikey:rotate", key["id"], "--json").stdout)
    assert api.devflow("apikey:revoke", fresh["id"], "--yes").returncode == 0
    assert seen(api) == [("cli", "apikey.create", "", key["id"], "ok"), ("cli", "apikey.rotate", "", f"{key['id']} to {fresh['id']}", "ok"),
                         ("cli", "apikey.revoke", "", fresh["id"], "ok")]


@pytest.mark.parametrize(("sql", "says"), [
    ("UPDATE audit SET actor = 'somebody' WHERE seq = 3", "row 3"),
    ("UPDATE audit SET count = count + 1 WHERE seq = 1", "row 1"),
    ("UPDATE audit SET hash = zeroblob(32) WHERE seq = 4", "row 4"),
    ("DELETE FROM audit WHERE seq = 2", "rows 2 to 2 were removed"),
    ("DELETE FROM audit WHERE seq < 3", "rows 1 to 2 were removed"),
    ("DELETE FROM audit WHERE seq = 2; UPDATE audit SET seq = seq - 1 WHERE seq > 2", "row 2"),
    ("UPDATE audit SET seq = -1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = -1", "row 2"),
])
def test_verify_sees_what_was_done_to_the_rows(api, sql, says):
    for n in range(6):
        api.post("/projects", {"id": f"p{n}", "name": "x"})
    assert api.devflow("audit:verify").returncode == 0  # beside the server
    api.stop()
    with sqlite3.connect(api.database) as db:
        db.executescript(sql)
    broken = api.devflow("audit:verify")
    assert broken.returncode == 1 and "broken" in broken.stderr and says in broken.stderr


NO_ROWS = {"sqlite": ("CREATE TRIGGER closed BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'closed'); END", "DROP TRIGGER closed"),
           "postgres": ("ALTER TABLE audit RENAME TO closed", "ALTER TABLE closed RENAME TO audit")}


@pytest.mark.parametrize("kind", NO_ROWS)
def test_nothing_changes_that_the_log_cannot_take(start_api, postgres, kind):
    api = start_api(postgres.settings if kind == "postgres" else None)

    def behind(sql):
        if kind == "postgres":
            postgres.query(sql)
        else:
            with sqlite3.connect(api.database, timeout=30) as db:
                db.execute(sql)
    api.post("/projects", {"id": "shop", "name": "Shop"})
    close, reopen = NO_ROWS[kind]
    behind(close)
    for answer in (api.post("/projects", {"id": "more", "name": "x"}), api.request("DELETE", "/projects/shop"),
                   api.request("PUT", "/projects/shop", json={"name": "Other"}), api.post("/apikeys", {"role": "admin"}),
                   api.post("/projects/shop/webhooks", {"url": "https://example.com/x"})):
        assert answer.status_code == 500 and answer.json()["code"] == "storage_failed", answer.text
    behind(reopen)
    assert [(p["id"], p["name"]) for p in api.get("/projects").json()] == [("shop", "Shop")]
    assert api.get("/apikeys").json()["apiKeys"] == [] and api.get("/projects/shop/webhooks").json()["webhooks"] == []
    assert api.post("/projects", {"id": "more", "name": "x"}).status_code == 201
    api.stop()
    assert [r["project"] for r in rows(api) if r["action"] == "project.create"] == ["shop", "more"]
    assert head_of(api)


def prune(api, *arguments):
    done = api.devflow("audit:prune", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_old_rows_go_into_a_file_and_the_rest_is_still_a_chain(api, tmp_path):
    for n in range(4):
        api.post("/projects", {"id": f"p{n}", "name": "x"})
    old_head = head_of(api)
    held = api.devflow("audit:prune", "--before", "2100-01-01", "--to", "x")
    assert held.returncode == 78 and "AUDIT_KEEP_DAYS" in held.stderr
    api.stop()
    whole, to = rows(api), tmp_path / "old.jsonl"
    assert prune(api, "--before", "2001-01-01", "--to", str(tmp_path / "none.jsonl"), "--json") == {"removed": 0, "prunedThrough": 0}
    assert api.devflow("audit:prune", "--before", "soon", "--yes").returncode == 2
    assert prune(api, "--before", "2100-01-01", "--to", str(to), "--json") == {"removed": 4, "prunedThrough": 4}
    assert [json.loads(line) for line in to.read_text().splitlines()] == whole
    assert to.stat().st_mode & 0o777 == 0o600
    left, = rows(api)
    assert (left["seq"], left["action"], left["actor"], left["target"], left["count"]) == (5, "audit.prune", "cli", old_head, 4)
    assert left["hash"] == hash_of(bytes.fromhex(whole[-1]["hash"]), left).hex()  # the file and the log are one chain
    again = api.devflow("audit:prune", "--before", "2100-01-01", "--to", str(to))
    assert again.returncode == 78 and len(to.read_text().splitlines()) == 4  # never over a file that is there
    api.start()
    api.post("/projects", {"id": "later", "name": "x"})
    done = json.loads(api.devflow("audit:verify", "--json").stdout)
    assert (done["rows"], done["prunedThrough"], done["head"].split(":")[0]) == (2, 4, "6")
    assert "after row 4" in api.devflow("audit:verify").stdout
    assert api.devflow("audit:verify", "--head", done["head"]).returncode == 0
    assert api.devflow("audit:verify", "--head", old_head).returncode == 0
    earlier = api.devflow("audit:verify", "--head", f"2:{whole[1]['hash']}")
    assert earlier.returncode == 1 and "no longer in the audit log" in earlier.stderr
    api.stop()
    with sqlite3.connect(api.database) as db:
        db.execute("UPDATE audit SET actor = 'somebody' WHERE seq = 6")
    broken = api.devflow("audit:prune", "--before", "2100-01-01", "--to", str(tmp_path / "more.jsonl"))
    assert broken.returncode == 1 and "row 6" in broken.stderr and not (tmp_path / "more.jsonl").exists()
    assert len(rows(api)) == 2
    with sqlite3.connect(api.database) as db:
        db.execute("DELETE FROM audit WHERE seq = 5")
    cut = api.devflow("audit:verify")
    assert cut.returncode == 1 and "rows 1 to 5 were removed" in cut.stderr


def test_a_server_prunes_what_is_too_old(start_api, tmp_path):
    faults = Faults(tmp_path, PROGRAM)
    api = start_api(faults.env())
    api.post("/projects", {"id": "shop", "name": "x"})
    api.stop()
    api.env["AUDIT_KEEP_DAYS"] = "30"
    faults.clock_ahead(30 * 86400)
    api.start()
    api.post("/projects", {"id": "later", "name": "x"})
    api.stop()
    assert [r["seq"] for r in rows(api)] == [1, 2]  # a day more
    faults.clock_ahead(31 * 86400 + 60)
    api.start()
    eventually(lambda: [(r["seq"], r["action"], r["actor"]) for r in rows(api)] ==
               [(2, "project.create", "local"), (3, "audit.prune", "system")])
    assert api.devflow("audit:verify").returncode == 0


def test_a_cut_shows_with_a_head_that_was_kept(api):
    for n in range(6):
        api.post("/projects", {"id": f"p{n}", "name": "x"})
    head = head_of(api)
    api.post("/projects", {"id": "later", "name": "x"})
    assert api.devflow("audit:verify", "--head", head).returncode == 0
    api.stop()
    with sqlite3.connect(api.database) as db:
        db.execute("DELETE FROM audit WHERE seq > 4")
    alone = api.devflow("audit:verify")
    assert alone.returncode == 0 and "--head" in alone.stdout  # and it says that it cannot see that
    cut = api.devflow("audit:verify", "--head", head)
    assert cut.returncode == 1 and "log is cut" in cut.stderr
    exported = rows(api)
    with sqlite3.connect(api.database) as db:  # all of it written anew, with hashes that fit
        previous = bytes(32)
        for row in exported + [{**exported[-1], "seq": n} for n in (5, 6, 7)]:
            row = {**row, "actor": "somebody"}
            previous = hash_of(previous, row)
            db.execute("INSERT OR REPLACE INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                       (*(row[k] for k in ("seq", "atMs", "actor", "action", "project", "target", "result", "requestId", "count")), previous))
    assert api.devflow("audit:verify").returncode == 0
    anew = api.devflow("audit:verify", "--head", head)
    assert anew.returncode == 1 and "written anew" in anew.stderr
    assert api.devflow("audit:verify", "--head", "1:ab").returncode == 2


def test_nodes_write_one_chain(start_api, postgres):
    one = start_api(postgres.settings)
    two = start_api({**postgres.settings, "OAUTH_ENCRYPTION_KEY": one.env["OAUTH_ENCRYPTION_KEY"]})
    for n in range(20):
        assert (one, two)[n % 2].post("/projects", {"id": f"p{n}", "name": "x"}).status_code == 201
    assert ask(one, "GET", "/apikeys").status_code == ask(two, "GET", "/apikeys").status_code == 401
    one.stop()
    two.stop()
    log = rows(one)
    assert is_a_chain(log) and [r["project"] for r in log[:20]] == [f"p{n}" for n in range(20)]
    assert [r["action"] for r in log[20:]] == ["refused", "refused"]
    assert head_of(two) == f"{len(log)}:{log[-1]['hash']}"


def test_a_minute_s_counts_are_written_while_it_serves(start_api, tmp_path):
    faults = Faults(tmp_path, PROGRAM)
    api = start_api(faults.env())
    assert ask(api, "GET", "/apikeys").status_code == 401
    assert seen(api) == []
    faults.clock_ahead(60)  # the minute is over
    eventually(lambda: seen(api) == [("open", "refused", "", "GET /apikeys", "unauthorized")])
