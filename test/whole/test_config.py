"""Settings: all checked at start, each mistake one sentence that names the variable, exit code 78."""

import subprocess

import pytest

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
    ("DATABASE_URL", "postgresql://devflow:changeme@localhost:5432/devflow", "PostgreSQL"),
    ("DATABASE_URL", "mysql://x", "sqlite:PATH"),
    ("REDIS_HOST", "localhost", "Redis"),
    ("REDIS_PASSWORD", "hunter2", "Redis"),
    ("TEMPORAL_ADDRESS", "localhost:7233", "Temporal"),
    ("PORT", "70000", "0 to 65535"),
    ("PORT", "http", "3001"),
    ("API_HOST", "http://x/", "127.0.0.1"),
    ("API_GLOBAL_PREFIX", "api v1", "api/v1"),
    ("API_URL", "api.example.com", "https://api.example.com"),
    ("API_URL", "https://api.example.com/x", "without a path"),
    ("OAUTH_ALLOW_DIRECT_CALLBACK", "maybe", "true nor false"),
    ("LOG_LEVEL", "loud", "debug"),
])
def test_each_mistake_is_one_sentence(serve, name, value, says):
    for command in ("serve", "config:check"):
        done = serve(command, **{name: value})
        assert done.returncode == 78
        [line] = done.stderr.splitlines()
        assert line.startswith("devflow: ") and name in line and says in line
        assert "changeme" not in done.stderr + done.stdout and "hunter2" not in done.stderr + done.stdout


def test_all_mistakes_are_named_at_once(serve):
    done = serve(PORT="x", REDIS_HOST="h", REDIS_PORT="6379", LOG_LEVEL="x", OAUTH_ENCRYPTION_KEY="")
    assert done.returncode == 78 and len(done.stderr.splitlines()) == 4


def test_env_file(serve, tmp_path):
    env_file = tmp_path / ".env"
    env_file.write_text('# comment\nexport LOG_LEVEL="debug" # why\nPORT=4000\nOTHER=1\nAPI_URL=\'https://a.example\'\n')
    env_file.chmod(0o600)
    done = serve("config:check", PORT="5000")
    assert done.returncode == 0 and not done.stderr
    shown = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert shown["LOG_LEVEL"] == ["debug", ".env"] and shown["PORT"] == ["5000", "environment"]
    assert shown["API_URL"] == ["https://a.example", ".env"] and KEY not in done.stdout
    env_file.write_text("PORT=1\nnonsense\n")
    assert ".env line 2" in serve("config:check").stderr
    env_file.chmod(0o644)
    env_file.write_text("PORT=1\n")
    assert "chmod 600" in serve("config:check").stderr


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
