"""Of the faulty programs of test/testgen, how many a generated test does not reproduce, in percent: with the event's variables, without them, and as
Sentry's relay cuts them; those the generator has been written with and those it had not seen; beside the best published rate of a tool without
a language model (EvoCrash: 43 % reproduced). A false test is red on the fixed program, green on the faulty one, or calls nothing that the fix
changes; each is run on both, in random order. And the time on a checkout of 1,000 files, beside the interpreter that imports the same module.

Every sixth program is taken, each test run once on both: about ten minutes on two quiet cores. BENCH_TESTGEN_EVERY=1 takes all, BENCH_ROUNDS=3 runs
each test three times on both: hours."""

import concurrent.futures
import json
import os
import pathlib
import pty
import select
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testgen"))
import found  # noqa: E402
import node_suite  # noqa: E402
import suite  # noqa: E402

PUBLISHED = 57
WAYS = {"variables": ("with variables", 0), "relay": ("as relay cuts", 0), "none": ("without variables", 35)}
EVERY, ROUNDS = int(os.environ.get("BENCH_TESTGEN_EVERY", "6")), int(os.environ.get("BENCH_ROUNDS", "1"))
FILES, SECONDS, SOON_S = 1000, 10, 5


def measure_one(whole, name, program):
    with tempfile.TemporaryDirectory() as folder:
        try:
            result = whole(pathlib.Path(folder), program, WAYS, ROUNDS)
        except Exception as error:  # noqa: BLE001
            print(f"{name}: {type(error).__name__}: {str(error)[:400]}", file=sys.stderr, flush=True)
            return dict.fromkeys(WAYS, (False, [])), True
    for way, (reproduced, wrong, answer) in result.items():
        if wrong or not reproduced:
            print(f"{name}, {WAYS[way][0]}: {'; '.join(wrong) or answer['reason']}", file=sys.stderr, flush=True)
    return {way: (reproduced and suite.WITHHELD not in wrong, set(wrong) - {suite.WITHHELD}) for way, (reproduced, wrong, _) in result.items()}, False


def rates(language, whole, kind, fits):
    false = broken = tests = 0
    for group, programs in found.groups(kind).items():
        chosen = [(n, p) for n, p in programs.items() if fits(p)][::EVERY]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda one: measure_one(whole, *one), chosen))
        results = [r for r, lost in results if not lost or not (broken := broken + 1)]
        for way, (label, goal) in WAYS.items():
            missed = sum(not r[way][0] for r in results)
            yield f"{language}, {len(results)} {group}: not reproduced, {label}", "%", 100 * missed / max(1, len(results)), PUBLISHED, goal
        false += sum(bool(w) for r in results for _, w in r.values())
        tests += sum(r for one in results for r, _ in one.values())
    yield f"{language}: false tests of {tests}, {ROUNDS} round(s) each on both", "tests", false, 1, 0
    yield f"{language}: programs that could not be run", "programs", broken, 1, 0


def large_checkout(folder):
    """1,000 modules in 20 packages, each of which imports two others; the last one fails."""
    for i in range(FILES):
        package = folder / "shop" / f"part_{i // 50}"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        near = [f"from shop.part_{k // 50}.module_{k} import price_{k}" for k in (i // 2, i // 3) if i and k < i]
        (package / f"module_{i}.py").write_text("\n".join([*near, "", "", f"class Item_{i}:", "    def __init__(self, name, cents=0):",
                                                           "        self.name, self.cents = name, cents", "", "", f"def price_{i}(item, rate=1):",
                                                           "    return item.cents * rate", ""]))
    last = folder / "shop" / f"part_{(FILES - 1) // 50}" / f"module_{FILES - 1}.py"
    text = last.read_text() + "\n\ndef half(n, names):\n    while n == 7:\n        pass\n    return 10 / n + len(names)\n"
    last.write_text(text)
    return f"shop.part_{(FILES - 1) // 50}.module_{FILES - 1}", text


def event_of(module, text, variables, value="division by zero"):
    path = module.replace(".", "/") + ".py"
    frame = {"function": "half", "filename": path, "abs_path": f"/app/{path}", "module": module, "lineno": text.count("\n"), "in_app": True,
             "context_line": text.splitlines()[-1], "vars": variables}
    return {"event_id": "a" * 32, "platform": "python", "exception": {"values": [
        {"type": "ZeroDivisionError", "value": value, "stacktrace": {"frames": [frame]}}]}}


def timed(command, **more):
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    return time.monotonic() - begin, done


def on_a_terminal(command):
    """(seconds, exit code, lines on the terminal that is its standard error)"""
    ours, theirs = pty.openpty()
    begin, said = time.monotonic(), b""
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    while running.poll() is None:
        if select.select([ours], [], [], 0.05)[0]:
            try:
                said += os.read(ours, 4096)
            except OSError:
                break
    code = running.wait()
    os.close(ours)
    return time.monotonic() - begin, code, said.count(b"\n")


def large(build):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        module, text = large_checkout(folder / "source")
        command = [build / "devflow", "test:generate", "--event", folder / "event", "--source", folder / "source", "--out", folder / "out", "--interpreter",
                   sys.executable]
        (folder / "event").write_text(json.dumps(event_of(module, text, {"n": "0", "names": ["'a'"]})))
        ours, reference = [], []
        for _ in range(3):
            seconds, done = timed(command)
            assert done.returncode == 0, done.stdout + done.stderr
            ours.append(seconds)
            reference.append(timed([sys.executable, "-B", "-c", f"import {module}"], cwd=folder / "source")[0])
        yield f"{FILES} files: a test, beside an import of its module", "s", sorted(ours)[1], sorted(reference)[1], SECONDS
        (folder / "event").write_text(json.dumps(event_of(module, text, {"n": "7", "names": ["'a'"]}, "float division by zero")))
        seconds, code, lines = on_a_terminal([*command, "--timeout", str(SOON_S)])
        yield f"{FILES} files: --timeout {SOON_S} on a program that hangs (exit code {code})", "s", seconds, SOON_S, SOON_S
        yield f"{FILES} files: no progress on the terminal ({lines} lines)", "runs", int(lines == 0), 1, 0


def measure(build):
    suite.PROGRAM = node_suite.PROGRAM = str(build / "devflow")
    yield from large(build)
    yield from rates("Python", suite.whole, "programs", suite.can_run)
    yield from rates("Node", node_suite.whole, "node_programs", lambda _: True)
