"""The tests' own PostgreSQL and Redis do what the tests take from them: a power cut keeps what was committed, the certificate
is the CA's, a password is asked for."""

import pytest


def test_a_killed_postgres_has_what_was_committed(start_postgres):
    server = start_postgres()
    url = server.url()
    server.query("CREATE TABLE t (a int); INSERT INTO t VALUES (7)", url)
    server.kill()
    server.start()
    assert server.query("SELECT a FROM t", url) == [["7"]]
    server.stop()
    with pytest.raises(AssertionError, match="refused"):
        server.query("SELECT 1", url)


def test_each_database_of_the_sessions_postgres_is_empty(postgres, postgres_server):
    assert postgres.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [["0"]]
    assert postgres_server.url() != postgres.url


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_postgres_shows_the_certificate_of_its_ca(postgres_server, host, tmp_path):
    url = postgres_server.url_of("postgres", host) + "?sslmode=verify-full&sslrootcert="
    assert postgres_server.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", url + str(postgres_server.ca)) == [["t"]]
    with pytest.raises(AssertionError, match="certificate"):
        postgres_server.query("SELECT 1", url + str(tmp_path / "none.crt"))


def test_redis_asks_for_its_password_and_forgets_when_killed(start_redis):
    server = start_redis("secret")
    server.command("SET", "a", "b")
    assert server.command("GET", "a") == "b" and server.command("GET", "a", database=1) is None
    server.password = None
    with pytest.raises(AssertionError, match="NOAUTH"):
        server.command("GET", "a")
    server.password = "secret"
    server.kill()
    server.start()
    assert server.command("GET", "a") is None
