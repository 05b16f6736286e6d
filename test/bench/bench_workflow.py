"""The embedded workflow engine beside a bare loop that stores the same rows: what a durable step costs at synchronous=FULL with 100 runs at once,
and what 100,000 sleeping runs cost. Turn by turn, each on a new file on the disk of the working directory; the median of five."""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

TURNS, STEPS, SLEEPERS, SLEEP_S = 5, 20_000, 100_000, 10


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(dir=os.environ.get("DEVFLOW_BENCH_FOLDER", pathlib.Path.cwd()), prefix="bench-") as at:
        yield at


def run(program, mode, *arguments):
    with folder() as at:
        done = subprocess.run([program, mode, at, *map(str, arguments)], capture_output=True, text=True, check=True, timeout=900)
    return json.loads(done.stdout)


def measure(build):
    program = build / "test" / "bench" / "workflows"
    bare, ours = [], []
    for _ in range(TURNS):
        bare.append(run(program, "rows", STEPS)["seconds"])
        turn = run(program, "steps", STEPS)
        assert turn["rows"] == STEPS, turn
        ours.append(turn["seconds"])
    reference = statistics.median(bare) * 1e6 / STEPS
    yield "a durable step, 100 runs at once", "us", statistics.median(ours) * 1e6 / STEPS, reference, 4 * reference
    asleep = run(program, "sleep", SLEEPERS, SLEEP_S)
    yield f"memory of a sleeping run, of {SLEEPERS}", "bytes", asleep["bytes"], 2048, 2048
    yield f"CPU of {SLEEPERS} sleeping runs", "% of a core", asleep["cpu"], 1, 0.1
