"""No secret is where it may not be. conftest.py looks after every test (logs, databases, errors, what is seen of a process), servers.py
into what Redis and PostgreSQL keep; here: that the search finds what it looks for, and what no other test leaves to be found."""

import base64
import os
import resource
import signal
import subprocess
import urllib.parse

import marks
import pytest
from conftest import CLIENT_SECRET, PROGRAM, Walk
from test_openapi import send_event

TOKEN = marks.TOKEN_MARK + "0" * 48


@pytest.mark.parametrize("secret", [CLIENT_SECRET, TOKEN])
@pytest.mark.parametrize("form", [str, lambda s: s.encode().hex(), lambda s: base64.b64encode(s.encode()).decode(),
                                  lambda s: base64.b64encode(b'{"t":"' + s.encode() + b'"}').decode(),
                                  lambda s: base64.b64encode(b"1" + s.encode()).decode(),
                                  urllib.parse.quote])
def test_what_is_looked_for_is_found(tmp_path, secret, form):
    path = tmp_path / "a.log.txt"
    path.write_text("2026 info x=" + form(secret) + " y\n")
    assert marks.found_in_files(tmp_path, ("*.txt",)) and marks.found_below(tmp_path) == [str(path)] and not marks.found_in(b"nothing of that kind")


def test_keys_and_noted_secrets_are_found():
    key = base64.b64encode(bytes(range(32))).decode()
    assert not marks.found_in(b"x" + bytes(range(32)))
    marks.note(key)
    assert marks.found_in(b"x" + bytes(range(32))) and marks.found_in(f"key={key}".encode())
    assert marks.found_in(b"dfk_0123456789ab_" + b"A" * 43) and marks.found_in(b"whsec_" + b"a" * 32)


def test_redis_and_postgresql_keep_nothing_in_the_clear(start_api, start_sandbox, start_redis, postgres):
    """Their fixtures look into what they keep when they close; the passwords are looked for at once."""
    redis = start_redis("open-sesame-of-redis")
    marks.note(redis.password)
    marks.note(postgres.server.password)
    api = start_api({**postgres.settings, **redis.settings})
    walk = Walk(api, start_sandbox(api.redirect_uri))
    walk.connect()
    send_event(walk.sandbox)
    secret = walk.done(api.post("/projects/shop/webhooks", {"url": "https://127.0.0.1:1/none"}), 201)["secret"]
    assert marks.FORMS.search(secret.encode())
    token = walk.done(api.post("/auth/sentry/token", {"projectId": "shop"}))["accessToken"]
    assert token.startswith(marks.TOKEN_MARK), "the sandbox's tokens are not marked"
    walk.done(api.post("/auth/sentry/refresh", {"projectId": "shop"}))
    walk.done(api.post("/auth/sentry/token", {"projectId": "shop"}))
    walk.done(api.get("/integrations/shop/sentry/issues/1001/context"))
    dump = redis.dump().read_bytes()
    assert len(dump) > 200 and not marks.found_in(dump), "nothing is cached, or in the clear"
    assert not marks.found_in_process(api.process.pid) and not marks.found_in_process(walk.sandbox.process.pid)


def unlimited_core():
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # a shell's background jobs ignore it
    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)


def test_a_crash_leaves_no_core(bare_env, tmp_path):
    key = base64.b64encode(os.urandom(32)).decode()
    marks.note(key)
    env = {**bare_env, "OAUTH_ENCRYPTION_KEY": key, "DATABASE_URL": f"sqlite:{tmp_path}/devflow.db", "PORT": "0"}
    with open(tmp_path / "serve.log", "wb") as log, subprocess.Popen([PROGRAM, "serve", "--json"], env=env, cwd=tmp_path, stderr=log,
                                                                   stdout=subprocess.PIPE, preexec_fn=unlimited_core) as process:
        assert process.stdout.readline()
        with open(f"/proc/{process.pid}/limits", encoding="ascii") as limits:
            assert next(line for line in limits if line.startswith("Max core file size")).split()[4] == "0"
        assert not marks.found_in_process(process.pid)
        os.kill(process.pid, signal.SIGQUIT)  # dumps core too, and no sanitizer catches it
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGQUIT
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGQUIT and not os.WCOREDUMP(status)
    assert not list(tmp_path.glob("core*"))
