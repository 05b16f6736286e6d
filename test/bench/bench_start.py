"""Idle `devflow serve` beside linked_idle.c: resident memory, and time from exec to the first 200 of /ready. Medians."""

import base64
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import tempfile
import time

RUNS = 15
IDLE_S = 0.3


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port, path):
    """Whether GET path answers 200; any refusal is a no."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
            return s.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def memory_kib(pid):
    """(VmRSS, PSS)."""
    fields = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value, *_ = line.split()
        fields[name] = int(value)
    return fields["Rss:"], fields["Pss:"]


def once(command, port, env, folder):
    """(milliseconds to ready, RSS MiB, PSS MiB) of one fresh process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    try:
        while not answers(port, "/ready"):
            if process.poll() is not None or time.perf_counter() - start > 20:
                raise SystemExit(f"{command[0]} did not get ready: {process.stderr.read().decode() if process.poll() else ''}")
            time.sleep(0.0005)
        ready_ms = (time.perf_counter() - start) * 1000
        time.sleep(IDLE_S)
        rss, pss = memory_kib(process.pid)
        return ready_ms, rss / 1024, pss / 1024
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        process.stderr.close()


def measure(build):
    ours, reference = [], []
    base = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    with tempfile.TemporaryDirectory() as folder:
        for run in range(RUNS + 1):
            port = free_port()
            key = base64.b64encode(os.urandom(32)).decode()
            env = {**base, "HOME": folder, "PORT": str(port), "OAUTH_ENCRYPTION_KEY": key,
                   "DATABASE_URL": f"sqlite:{folder}/ours{run}.db"}
            mine = once([str(build / "devflow"), "serve"], port, env, folder)
            port = free_port()
            theirs = once([str(build / "test/bench/linked_idle"), f"{folder}/theirs{run}.db", str(port)], port, base, folder)
            if run:  # the first run of each warms the page cache
                ours.append(mine)
                reference.append(theirs)
    middle = [(statistics.median(a), statistics.median(b)) for a, b in zip(zip(*ours), zip(*reference))]
    yield "time to ready", "ms", *middle[0], 50
    yield "resident memory, idle", "MiB", *middle[1], 16
    yield "proportional memory, idle", "MiB", *middle[2], 16
