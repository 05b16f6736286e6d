"""The service as its manager sees it: what it tells systemd, the socket it is handed, signals, and how it ends. The test plays
systemd, with real sockets."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests
from conftest import PROGRAM
from test_many_nodes import Cluster
from test_metrics import wait_for
from test_one_refresh import Shop, provider  # noqa: F401 (a fixture)

WAIT_S = 30


class Manager:
    """The socket that a service tells its states to."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(WAIT_S)

    def next(self):
        return self.socket.recv(4096).decode()

    def quiet_for(self, seconds):
        self.socket.settimeout(seconds)
        try:
            return not self.next()
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(WAIT_S)

    def drain(self):
        self.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.recv(4096)
        self.socket.settimeout(WAIT_S)

    def close(self):
        self.socket.close()


@pytest.fixture
def manager(tmp_path):
    with contextlib.closing(Manager(str(tmp_path / "notify"))) as manager:
        yield manager


def told(manager, tmp_path, **more):
    return {"NOTIFY_SOCKET": str(tmp_path / "notify"), **more}


def test_it_says_when_it_is_ready_and_when_it_stops(start_api, manager, tmp_path):
    api = start_api(told(manager, tmp_path))
    assert manager.next() == "READY=1"
    assert api.stop() == 0
    assert manager.next() == "STOPPING=1"


def test_a_name_without_a_file_is_taken_too(start_api):
    name = f"devflow-test-{os.getpid()}"
    with contextlib.closing(Manager(f"\0{name}")) as manager:
        start_api({"NOTIFY_SOCKET": f"@{name}"})
        assert manager.next() == "READY=1"


def test_a_manager_that_is_gone_is_no_hindrance(start_api, tmp_path):
    assert start_api({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).stop() == 0


def test_a_wrong_setting_is_never_said_to_be_ready(api, manager, tmp_path):
    env = {**api.env, **told(manager, tmp_path), "PORT": "x"}
    assert subprocess.run([PROGRAM, "serve"], env=env, capture_output=True, check=False, timeout=WAIT_S).returncode == 78
    assert manager.quiet_for(0.2)


def test_the_watchdog_hears_of_it_only_while_the_event_loop_lives(api, manager, tmp_path):
    """The loop is stopped by a log that nobody reads: it waits to write the next line of it."""
    api.stop()
    ours, theirs = os.pipe()
    env = {**api.env, **told(manager, tmp_path), "WATCHDOG_USEC": "400000"}
    serve = subprocess.Popen([PROGRAM, "serve"], env=env, cwd=api.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=theirs)
    os.close(theirs)
    try:
        assert sorted(manager.next() for _ in range(4)) == ["READY=1"] + ["WATCHDOG=1"] * 3
        line = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: " + b"x" * 64 + b"\r\n\r\n"
        with socket.create_connection(("127.0.0.1", api.port), WAIT_S) as flood:
            flood.sendall(line * 1000)  # more than a pipe of 64 KiB holds lines for
            wait_for(lambda: (manager.drain(), manager.quiet_for(1.5))[1])
            reader = threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(ours, 65536), b"")])
            reader.start()
            assert manager.next() == "WATCHDOG=1"
    finally:
        serve.terminate()
        assert serve.wait(WAIT_S) == 0
        reader.join()
        os.close(ours)


def test_a_watchdog_for_another_process_is_not_ours(start_api, manager, tmp_path):
    start_api(told(manager, tmp_path, WATCHDOG_USEC="100000", WATCHDOG_PID="1"))
    assert manager.next() == "READY=1" and manager.quiet_for(0.5)


# Reloading


def settings_file(api, **settings):
    path = api.folder / ".env"
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    path.chmod(0o600)


def reload(api, manager):
    """What the log says of it."""
    before = len(api.said())
    api.process.send_signal(signal.SIGHUP)
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", manager.next())
    assert manager.next() == "READY=1"
    return [line.split("Z ", 1)[1] for line in api.said()[before:].splitlines() if "request " not in line]


def test_settings_that_can_change_are_read_again(start_api, manager, tmp_path):
    api = start_api(told(manager, tmp_path))
    assert manager.next() == "READY=1"
    settings_file(api, LOG_LEVEL="warn", SHUTDOWN_TIMEOUT=3, WEBHOOKS_ALLOW_PRIVATE="true", REDIS_PASSWORD="hunter2", HTTP_BODY_TIMEOUT=7)
    assert reload(api, manager) == ["warn  setting changed; it is in force after a restart name=HTTP_BODY_TIMEOUT from=30 to=7"]
    settings_file(api)
    assert reload(api, manager) == ["info  setting changed name=WEBHOOKS_ALLOW_PRIVATE from=true to=false",
                                    "info  setting changed name=LOG_LEVEL from=warn to=info",
                                    "info  setting changed name=SHUTDOWN_TIMEOUT from=3 to=10", "info  settings read again"]
    assert "hunter2" not in api.said()


def test_of_settings_with_a_mistake_none_is_taken(start_api, manager, tmp_path):
    api = start_api(told(manager, tmp_path))
    assert manager.next() == "READY=1"
    settings_file(api, LOG_LEVEL="debug", SHUTDOWN_TIMEOUT="soon")
    [line] = reload(api, manager)
    assert line.startswith("error a setting is wrong; all stay as they were") and "SHUTDOWN_TIMEOUT" in line
    settings_file(api, LOG_LEVEL="debug")
    assert "info  setting changed name=LOG_LEVEL from=info to=debug" in reload(api, manager)


def test_a_changed_setting_is_in_force(start_api, manager, tmp_path):
    """A webhook to a private address, before and after that is allowed."""
    api = start_api(told(manager, tmp_path))
    assert manager.next() == "READY=1"
    assert api.post("/projects", {"id": "shop", "name": "shop"}).status_code == 201
    with listening() as s:
        hook = api.post("/projects/shop/webhooks", {"url": f"https://0.0.0.0:{s.getsockname()[1]}/"}).json()["id"]
        api.post(f"/projects/shop/webhooks/{hook}/test", {})
        wait_for(lambda: "leads to a private address" in api.said())
        settings_file(api, WEBHOOKS_ALLOW_PRIVATE="true")
        reload(api, manager)
        api.post(f"/projects/shop/webhooks/{hook}/test", {})
        s.accept()[0].close()


def test_signals_make_the_log_say_more_and_less(api):
    def level_after(number):
        before = api.said().count("log level changed")
        api.process.send_signal(number)
        wait_for(lambda: api.said().count("log level changed") > before)
        return re.findall(r"from=(\w+) to=(\w+)", api.said())[-1]

    assert level_after(signal.SIGUSR1) == ("info", "debug")
    assert level_after(signal.SIGUSR2) == ("debug", "info")
    assert level_after(signal.SIGUSR2) == ("info", "warn")
    said = len(api.said())
    assert api.get("/health").status_code == 200 == api.get("/projects").status_code  # by then, the first is over and done with
    assert level_after(signal.SIGUSR1) == ("warn", "info")
    assert "route=/health" not in api.said()[said:]


# A socket that is handed over


def start_with(env, folder, *sockets, pid="$$"):
    """devflow serve as systemd starts it: file descriptors from 3 on, and a LISTEN_PID that is its own."""
    def place():
        held = [os.dup(s.fileno()) for s in sockets]
        high = [os.dup2(fd, 100 + i) for i, fd in enumerate(held)]
        for i, fd in enumerate(high):
            os.dup2(fd, 3 + i)

    script = f'LISTEN_PID={pid} LISTEN_FDS={len(sockets)} exec "$0" serve'
    return subprocess.Popen(["/bin/sh", "-c", script, PROGRAM], env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, preexec_fn=place, close_fds=False)


def listening(address="127.0.0.1"):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    s.bind((address, 0))
    s.listen(64)
    s.settimeout(WAIT_S)
    return s


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_socket_outlives_the_servers_that_serve_on_it(api, address):
    """Who connects while none runs is answered by the next."""
    api.stop()
    with listening(address) as s:
        port = s.getsockname()[1]
        for _ in range(2):
            with socket.create_connection((address, port), WAIT_S) as early:
                early.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                serve = start_with(api.env, api.folder, s)
                assert f":{port}/api/v1" in serve.stdout.readline(), serve.stderr.read()
                assert early.recv(4096).startswith(b"HTTP/1.1 200 OK")
            serve.terminate()
            assert serve.wait(WAIT_S) == 0
            serve.stdout.close(), serve.stderr.close()


def test_what_is_handed_over_must_be_one_listening_socket(api):
    api.stop()
    with socket.socket() as idle, listening() as one, listening() as two, socket.socket(socket.AF_UNIX) as unix:
        for sockets, why in (([idle], "something else"), ([one, two], "more than one"), ([unix], "something else")):
            serve = start_with(api.env, api.folder, *sockets)
            out, err = serve.communicate(timeout=WAIT_S)
            assert serve.returncode == 78 and why in err, (out, err)


def test_a_socket_for_another_process_is_not_ours(api):
    api.stop()
    with listening() as s:
        serve = start_with(api.env, api.folder, s, pid="1")
        assert f":{api.port}/api/v1" in serve.stdout.readline()
        serve.terminate()
        assert serve.wait(WAIT_S) == 0
        serve.stdout.close(), serve.stderr.close()


def test_the_address_of_a_socket_counts_as_the_setting_does(api):
    """API_HOST is on loopback, the socket is not: what is said of the one is said of the other."""
    api.stop()
    with listening("0.0.0.0") as s:
        serve = start_with(api.env, api.folder, s)
        line = serve.stderr.readline()
        assert "API_HOST=0.0.0.0" in line or "API_HOST" in line and "0.0.0.0" in line, line
        serve.kill()
        serve.communicate()


# How it ends


def in_thread(ask):
    answers = []

    def run():
        try:
            answers.append(ask())
        except requests.RequestException as error:
            answers.append(error)
    thread = threading.Thread(target=run)
    thread.start()
    return thread, answers


def asked(provider, n=1):  # noqa: F811
    wait_for(lambda: len(provider.arrivals) >= n)


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass  # it was in the queue of the socket that was just closed
    return False


def refreshing(shop, provider):  # noqa: F811
    """A refresh whose provider says nothing yet: its thread, and where its answer will be."""
    provider.delay_before_s = 600
    before = len(provider.arrivals)
    thread, answers = in_thread(shop.refresh)
    asked(provider, before + 1)
    return thread, answers


def test_what_is_under_way_is_answered_and_no_one_else(start_api, provider):  # noqa: F811
    shop = Shop(start_api(), provider)
    shop.connect()
    thread, answers = refreshing(shop, provider)
    shop.api.process.send_signal(signal.SIGTERM)
    wait_for(lambda: refuses(shop.api.port))
    provider.hurry()
    thread.join()
    assert answers[0].status_code == 200 and answers[0].headers["Connection"] == "close"
    assert shop.api.process.wait(WAIT_S) == 0


def test_what_takes_too_long_is_given_up_and_said(start_api, provider):  # noqa: F811
    shop = Shop(start_api({"SHUTDOWN_TIMEOUT": "1"}), provider)
    shop.connect()
    thread, answers = refreshing(shop, provider)
    start = time.monotonic()
    assert shop.api.stop() == 0 and time.monotonic() - start < 15
    thread.join()
    provider.hurry()
    assert answers[0].status_code == 503 and answers[0].json()["code"] == "busy", answers


def test_a_provider_that_does_not_answer_does_not_hold_the_end_up(start_api):
    """A call of another kind than a refresh, and a webhook: both are waiting for a server that says nothing."""
    with listening() as silent:
        api = start_api({"SHUTDOWN_TIMEOUT": "0"})
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert api.post("/projects", {"id": "shop", "name": "shop"}).status_code == 201
        [added] = [api.post("/projects/shop/webhooks", {"url": url})]
        assert api.post(f"/projects/shop/webhooks/{added.json()['id']}/test", {}).status_code in (200, 201, 202)
        thread, answers = in_thread(lambda: api.post("/auth/sentry/static", {"projectId": "shop", "token": "t", "baseUrl": url}))
        held = [silent.accept()[0] for _ in range(2)]
        start = time.monotonic()
        assert api.stop() == 0 and time.monotonic() - start < 10
        thread.join()
        assert answers[0].status_code == 503, answers[0].text
        for s in held:
            s.close()


def test_a_second_signal_ends_it_at_once(start_api, provider):  # noqa: F811
    shop = Shop(start_api({"SHUTDOWN_TIMEOUT": "600"}), provider)
    shop.connect()
    thread, answers = refreshing(shop, provider)
    shop.api.process.send_signal(signal.SIGTERM)
    wait_for(lambda: "stopping" in shop.api.said())
    shop.api.process.send_signal(signal.SIGTERM)
    assert shop.api.process.wait(WAIT_S) == -signal.SIGTERM
    shop.api.process.returncode = 0  # as meant
    thread.join()
    provider.hurry()
    assert isinstance(answers[0], requests.RequestException)


def test_a_lease_is_given_back(start_api, postgres, provider):  # noqa: F811
    """Another node refreshes at once, and not when the lease of the one that stopped would have ended."""
    cluster = Cluster(start_api, postgres, None, provider, env=lambda i: {"SHUTDOWN_TIMEOUT": "0"})
    provider.next("delay_before", s=600)
    before = len(provider.arrivals)
    thread, _ = in_thread(cluster.shops[0].refresh)
    asked(provider, before + 1)
    assert cluster.nodes[0].stop() == 0
    thread.join()
    provider.wait(lambda: any(a.outcome == "replaced" for a in provider.asked), timeout_s=10)  # a lease would be 20 s
    assert provider.valid(cluster.shops[1].ask().json()["accessToken"]) and cluster.shops[1].status() == "connected"
    provider.hurry()


def test_claims_of_the_background_are_given_back(start_api, postgres, provider):  # noqa: F811
    """Refreshes that waited for their turn: another node takes them at once, and not when the claim would have ended."""
    cluster = Cluster(start_api, postgres, None, provider, n=1, env=lambda i: {"SHUTDOWN_TIMEOUT": "0"})
    for name in ("a", "b"):
        Shop(cluster.nodes[0], provider, name).connect()
    now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    postgres.query(f"INSERT INTO pace VALUES ('{provider.url}', 0, {now} + 6000)")
    postgres.query("UPDATE connections SET due_ms = 1")
    claimed = f"SELECT count(*) FROM connections WHERE due_ms > {now} + 30000 AND due_ms < {now} + 70000"
    wait_for(lambda: "3" in str(postgres.query(claimed)))
    assert cluster.nodes[0].stop() == 0
    assert "0" in str(postgres.query(claimed)) and not provider.refreshes()
    start_api({**postgres.settings, "OAUTH_ENCRYPTION_KEY": cluster.nodes[0].env["OAUTH_ENCRYPTION_KEY"]})
    provider.wait(lambda: sum(a.outcome == "replaced" for a in provider.asked) == 3, timeout_s=30)


def test_a_message_that_was_being_sent_is_sent_by_the_next(start_api):
    """At once, and not when its claim would have ended; the attempt that was broken off does not count."""
    with listening() as silent:
        api = start_api({"SHUTDOWN_TIMEOUT": "0"})
        port = silent.getsockname()[1]
        assert api.post("/projects", {"id": "shop", "name": "shop"}).status_code == 201
        hook = api.post("/projects/shop/webhooks", {"url": f"http://127.0.0.1:{port}/"}).json()["id"]
        api.post(f"/projects/shop/webhooks/{hook}/test", {})
        first = silent.accept()[0]
        assert first.recv(4096).startswith(b"POST / ")
        assert api.stop() == 0
        assert api.said().count("DevFlow stopped while it was sent") == 1, "it was taken up again by who is about to end"
        first.close()
        start = time.monotonic()
        api.start()
        silent.settimeout(15)
        with silent.accept()[0] as again:
            assert again.recv(4096).startswith(b"POST / ") and time.monotonic() - start < 15
            [delivery] = api.get(f"/projects/shop/webhooks/{hook}/deliveries").json()["deliveries"]
            assert delivery["attempts"] == 0, delivery
            again.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        wait_for(lambda: api.get(f"/projects/shop/webhooks/{hook}/deliveries").json()["deliveries"][0]["status"] == "delivered")
