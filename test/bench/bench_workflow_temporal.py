"""DevFlow's worker on Temporal beside the same workflow in Temporal's Python SDK, on the same server (in memory), turn by turn: 100 runs at once of
cheap steps. Needs ./dev build --temporal; without it there is nothing to measure."""

import json
import pathlib
import signal
import statistics
import subprocess
import sys
import time

TURNS, RUNS, STEPS = 3, 100, 20
HERE = pathlib.Path(__file__).resolve().parent
VENV = HERE.parents[1] / ".devflow" / "venv" / "bin"


def free_port():
    from servers import free_port as port
    return port()


class Server:
    def __init__(self):
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self.process = subprocess.Popen([VENV / "temporal", "server", "start-dev", "--headless", "--log-level", "error", "--port", str(port),
                                         "--http-port", str(free_port()), "--metrics-port", str(free_port())],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while self.run("operator", "namespace", "describe", "default").returncode != 0:
            time.sleep(0.2)

    def run(self, *words):
        return subprocess.run([VENV / "temporal", *words, "--address", self.address], capture_output=True, text=True, check=False, timeout=120)


DRIVE = """
import asyncio, os, sys, time
from temporalio.client import Client
async def main():
    client = await Client.connect(sys.argv[1])
    queue, runs, steps, turn = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    await client.execute_workflow("bench", 1, id=f"{queue}-{turn}-warm", task_queue=queue)
    began = time.monotonic()
    await asyncio.gather(*(client.execute_workflow("bench", steps, id=f"{queue}-{turn}-{i}", task_queue=queue) for i in range(runs)))
    print(time.monotonic() - began, flush=True)
    os._exit(0)  # the SDK may crash at the end of the interpreter
asyncio.run(main())
"""


def turn(server, command, queue, number):
    worker = subprocess.Popen([*command, server.address], stdout=subprocess.PIPE, text=True)
    done = subprocess.run([VENV / "python3", "-c", DRIVE, server.address, queue, str(RUNS), str(STEPS), number], capture_output=True,
                          text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    worker.send_signal(signal.SIGTERM)
    used = json.loads(worker.stdout.readline())
    worker.wait(60)
    return {**used, "seconds": float(done.stdout)}


def measure(build):
    program = build / "test" / "bench" / "temporal_worker"
    if not (build / "temporal" / "libdevflow-temporal.so").exists():
        print("bench: no libdevflow-temporal.so: ./dev build --temporal", file=sys.stderr)
        return
    place = program.parent / "temporal"
    place.mkdir(exist_ok=True)
    library = place / "libdevflow-temporal.so"
    library.unlink(missing_ok=True)
    library.symlink_to(build / "temporal" / "libdevflow-temporal.so")
    server, ours, theirs = Server(), [], []
    try:
        for i in range(TURNS):
            ours.append(turn(server, [program], "bench-c", str(i)))
            theirs.append(turn(server, [VENV / "python3", HERE / "temporal_python.py"], "bench-python", str(i)))
    finally:
        server.process.kill()

    def middle(rows, key):
        return statistics.median(row[key] for row in rows)

    steps = RUNS * STEPS
    reference = middle(theirs, "cpu") * 1e6 / steps
    yield "a step on Temporal: the worker's CPU", "us", middle(ours, "cpu") * 1e6 / steps, reference, reference / 2
    reference = middle(theirs, "kb") / 1024
    yield "the worker's memory", "MiB", middle(ours, "kb") / 1024, reference, 0.6 * reference
    reference = middle(theirs, "seconds") * 1e6 / steps
    yield "a step on Temporal: time, 100 runs at once", "us", middle(ours, "seconds") * 1e6 / steps, reference, reference
