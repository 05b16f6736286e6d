"""Settings: all checked at start, each mistake one sentence that names the variable, exit code 78."""

import subprocess

import pytest
from conftest import TEMPORAL_IS_HERE

KEY = "9qtS3m9XKViXxLagqeeVHdKiWgE1mLsXC6u3l9xoL6A="


@pytest.fixture
def serve(devflow, bare_env, tmp_path):
    def run(command="serve", **settings):
        env = {**bare_env, "DATABASE_URL": f"sqlite:{tmp_path}/d.db", "OAUTH_ENCRYPTION_KEY": KEY, **settings}
        return subprocess.run([devflow, command], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    return run


@pytest.mark.parametrize(("name", "value", "says"), [
    ("OAUTH_ENCRYPTION_KEY", "", "key:generate"),
    ("OAUTH_ENCRYPTION_KEY", "c2hvcnQ=", "32 bytes"),
    ("DATABASE_URL", "postgresql://devflow:changeme@localhost:5432/devflow?sslmod=require", "libpq's options"),
    ("DATABASE_URL", "postgres://devflow:changeme@[localhost/devflow", "postgresql://USER:PASSWORD@HOST:5432/NAME"),
    ("DATABASE_POOL_SIZE", "0", "1 to 500"),
    ("DATABASE_POOL_SIZE", "many", "10 by default"),
    ("DATABASE_URL", "mysql://x", "sqlite:PATH"),
    ("OAUTH_ENCRYPTION_KEYS_PREVIOUS", "c2hvcnQ=", "32 bytes"),
    ("OAUTH_ENCRYPTION_KEYS_PREVIOUS", f"{KEY},,hunter2", "key 3"),
    ("OAUTH_ENCRYPTION_KEYS_LOST", "all", "key ids"),
    ("REDIS_HOST", "redis://localhost", "without redis://"),
    ("REDIS_PORT", "0", "1 to 65535"),
    ("REDIS_DB", "one", "0 by default"),
    ("REDIS_TLS", "perhaps", "true nor false"),
    ("REDIS_USERNAME", "devflow", "REDIS_PASSWORD"),
    ("CACHE_MEMORY_MB", "0", "16 by default"),
    ("OAUTH_ENCRYPTION_KEY_FILE", "/dev/null", "both set"),
    ("REDIS_PASSWORD_FILE", "/nowhere/at/all", "cannot be read"),
    ("REDIS_PASSWORD_FILE", "/dev/null", "is empty"),
    ("TEMPORAL_ADDRESS", "http://localhost", "localhost:7233"),
    ("TEMPORAL_NAMESPACE", "a b", "namespace"),
    ("TEMPORAL_TASK_QUEUE", "a/b", "task queue"),
    ("TEMPORAL_TLS", "perhaps", "true nor false"),
    ("TEMPORAL_TLS_CA", "/nowhere/at/all", "cannot be read"),
    ("TEMPORAL_TLS_CA", "/etc/passwd", "no PEM"),
    ("PORT", "70000", "0 to 65535"),
    ("PORT", "http", "3001"),
    ("API_HOST", "http://x/", "127.0.0.1"),
    ("API_GLOBAL_PREFIX", "api v1", "api/v1"),
    ("API_URL", "api.example.com", "https://api.example.com"),
    ("API_URL", "https://api.example.com/x", "without a path"),
    ("OAUTH_ALLOW_DIRECT_CALLBACK", "maybe", "true nor false"),
    ("LOG_LEVEL", "loud", "debug"),
    ("LOG_FORMAT", "xml", "neither human nor json"),
])
def test_each_mistake_is_one_sentence(serve, name, value, says):
    for command in ("serve", "config:check"):
        done = serve(command, **{name: value})
        assert done.returncode == 78
        [line] = [line for line in done.stderr.splitlines() if "warning" not in line]
        assert line.startswith("devflow: ") and name in line and says in line
        assert "changeme" not in done.stderr + done.stdout and "hunter2" not in done.stderr + done.stdout


@pytest.mark.skipif(TEMPORAL_IS_HERE, reason="this build has what speaks with Temporal")
def test_without_its_package_temporal_is_refused(serve):
    for command in ("serve", "worker", "config:check"):
        done = serve(command, TEMPORAL_ADDRESS="localhost:7233")
        assert done.returncode == 78 and "install the package devflow-temporal" in done.stderr


def test_all_mistakes_are_named_at_once(serve):
    done = serve(PORT="x", REDIS_HOST="h@", TEMPORAL_ADDRESS=":1", TEMPORAL_NAMESPACE="n m", LOG_LEVEL="x")
    assert done.returncode == 78 and len(done.stderr.splitlines()) == 5


def test_env_file(serve, tmp_path):
    env_file = tmp_path / ".env"
    env_file.write_text('# comment\nexport LOG_LEVEL="debug" # why\nPORT=4000\nOTHER=1\nAPI_URL=\'http://a.example\'\n')
    env_file.chmod(0o600)
    done = serve("config:check", PORT="5000")
    assert done.returncode == 0 and not done.stderr
    shown = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert shown["LOG_LEVEL"] == ["debug", ".env"] and shown["PORT"] == ["5000", "environment"]
    assert shown["API_URL"] == ["http://a.example", ".env"] and KEY not in done.stdout
    env_file.write_text("PORT=1\nnonsense\n")
    assert ".env line 2" in serve("config:check").stderr
    env_file.chmod(0o644)
    env_file.write_text("PORT=1\n")
    assert "chmod 600" in serve("config:check").stderr


def test_secrets_from_files(serve, tmp_path):
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    file.chmod(0o600)
    done = serve("config:check", OAUTH_ENCRYPTION_KEY="", OAUTH_ENCRYPTION_KEY_FILE=str(file), REDIS_PASSWORD="hunter2")
    assert done.returncode == 0 and KEY not in done.stdout
    assert done.stderr == "devflow: warning: REDIS_PASSWORD is set and REDIS_HOST is not: the cache is in the process alone\n"
    [line] = [line for line in done.stdout.splitlines() if line.startswith("OAUTH_ENCRYPTION_KEY ")]
    assert line.split()[-1] == "file" and "key id" in line
    file.chmod(0o644)
    done = serve("config:check", OAUTH_ENCRYPTION_KEY="", OAUTH_ENCRYPTION_KEY_FILE=str(file))
    assert done.returncode == 0 and "OAUTH_ENCRYPTION_KEY_FILE" in done.stderr and "chmod 600" in done.stderr
    file.write_text("A" * 70000)
    done = serve("config:check", OAUTH_ENCRYPTION_KEY="", OAUTH_ENCRYPTION_KEY_FILE=str(file))
    assert done.returncode == 78 and "larger than" in done.stderr


def test_redis_is_asked_by_config_check(serve, redis_server):
    assert "REDIS" not in serve("config:check", **redis_server.settings).stderr
    done = serve("config:check", **redis_server.settings, REDIS_PASSWORD="hunter2")
    assert done.returncode == 0 and "refused the password" in done.stderr and "hunter2" not in done.stderr + done.stdout
    redis_server.kill()
    done = serve("config:check", **redis_server.settings)
    assert done.returncode == 0 and "cannot be reached" in done.stderr


def test_secrets_leave_the_environment(start_api, redis_server):
    import pathlib

    api = start_api({**redis_server.settings, "REDIS_PASSWORD": "hunter2"})
    environment = pathlib.Path(f"/proc/{api.process.pid}/environ").read_bytes()
    assert b"REDIS_HOST=127" in environment
    assert b"hunter2" not in environment and api.env["OAUTH_ENCRYPTION_KEY"].encode() not in environment


def test_databases_of_others_are_left_alone(serve, tmp_path):
    import sqlite3

    path = tmp_path / "d.db"
    path.write_text("this is no database, but it is somebody's file\n" * 40)
    done = serve()
    assert done.returncode == 78 and "not a database" in done.stderr
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE theirs (x)")
    done = serve()
    assert done.returncode == 78 and "another program" in done.stderr
    assert serve(DATABASE_URL="sqlite:/proc/none/d.db").returncode == 78


def test_one_server_for_a_database_and_newer_ones_are_refused(api, devflow):
    import sqlite3

    second = subprocess.run([devflow, "serve"], env={**api.env, "PORT": "0"}, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 78 and "in use by another devflow" in second.stderr
    assert api.database.stat().st_mode & 0o777 == 0o600
    taken = subprocess.run([devflow, "serve"], env={**api.env, "DATABASE_URL": f"sqlite:{api.database}2"}, capture_output=True, text=True,
                           timeout=30, check=False)
    assert taken.returncode == 78 and "PORT" in taken.stderr
    api.stop()
    with sqlite3.connect(api.database) as db:
        db.execute("PRAGMA user_version=999")
    newer = subprocess.run([devflow, "serve"], env=api.env, capture_output=True, text=True, timeout=30, check=False)
    assert newer.returncode == 78 and "newer devflow" in newer.stderr
