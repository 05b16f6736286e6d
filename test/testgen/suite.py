"""Runs faulty programs under the real SDK, generates a test of each event, and judges the test: red on the faulty program with the event's
exception in the event's function, green on the fixed one and really calling it, three times in random order."""

import ast
import datetime
import difflib
import fnmatch
import importlib.util
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import time

RUN_S = 300
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("DEVFLOW_BIN", str(ROOT / "build" / "devflow"))
CAPTURE = '''
import json, sys
import sentry_sdk
from sentry_sdk.transport import Transport


class Kept(Transport):
    def capture_envelope(self, envelope):
        event = envelope.get_event()
        if event and event.get("exception"):
            json.dump(event, open(sys.argv[1], "w"), default=str)


def serve(answers):
    """The address of a server with these answers: {path: (status, body)}, or a list of such: one after the other, then the last."""
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = answers.get(self.path.split("?")[0], (404, b"nothing here"))
            status, body = found if isinstance(found, tuple) else found.pop(0) if len(found) > 1 else found[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PUT = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


sentry_sdk.init(dsn="http://public@127.0.0.1:9/1", transport=Kept, release="suite@1", environment="test")
try:
    exec(compile(open(sys.argv[2]).read(), "<call>", "exec"), {"__name__": "caller", "serve": serve})
except BaseException as error:
    sentry_sdk.capture_exception(error)
'''
# Another wall clock for whatever is run with it: SUITE_CLOCK seconds are added.
CLOCK = r"""
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *at)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, at);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        at->tv_sec += atol(getenv("SUITE_CLOCK"));
    return failed;
}

time_t time(time_t *ret)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    return ret ? (*ret = at.tv_sec) : at.tv_sec;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    (void)zone;
    *ret = (struct timeval){at.tv_sec, at.tv_nsec / 1000};
    return 0;
}
"""
DAY_S = 86400
LATER_S = [0, 1 * DAY_S, 45 * DAY_S, 400 * DAY_S, -800 * DAY_S, 11 * DAY_S + 40000]
# Says in a file what a run of the test raised, and which functions of the source it came to.
PLUGIN = '''
import json, os, sys, threading, traceback
import pytest
seen, failed, skipped = set(), [], []
root = os.path.realpath(os.environ["SUITE_SOURCE"]) + os.sep


def watch(frame, what, arg):
    path, name = os.path.realpath(frame.f_code.co_filename), frame.f_code.co_name
    if path.startswith(root) and not path.startswith(root + "<") and name != "<module>":  # "<frozen abc>" is no file of the source
        seen.add(path[len(root):] + ":" + name)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    threading.setprofile(watch)
    sys.setprofile(watch)
    outcome = yield
    sys.setprofile(None)
    threading.setprofile(None)
    if outcome.excinfo and outcome.excinfo[0] is not pytest.skip.Exception:
        error = outcome.excinfo[1]
        steps = [s.name for s in traceback.extract_tb(error.__traceback__) if os.path.realpath(s.filename).startswith(root)]
        failed.append([type(error).__name__, str(error), steps[-1:] and steps[-1]])


def pytest_runtest_logreport(report):
    if report.skipped:  # in the test, or by a mark of its module
        skipped.append(str(report.longrepr))


def pytest_sessionfinish(session):
    json.dump({"seen": sorted(seen), "failed": failed, "skipped": skipped, "tests": session.testscollected}, open(os.environ["SUITE_SAYS"], "w"))
'''


def can_run(program):
    """Whether the frameworks that the program imports are installed."""
    text = "\n".join(program["files"].values())
    return all(importlib.util.find_spec(name) for name in ("aiohttp", "django", "fastapi", "flask", "httpx", "numpy", "requests", "starlette", "urllib3") if re.search(rf"^\s*(?:from|import) {name}\b", text, re.M))


def lay_out(folder, program):
    """The faulty and the fixed program below the folder, and in changed.json what the fix changes: see changes()."""
    changed = []
    for name, text in program["files"].items():
        fixed = text
        for file, old, new in program["fix"]:
            if file == name:
                assert old in fixed, (name, old)
                fixed = fixed.replace(old, new)
        changed += changes(name, text, fixed)
        for kind, content in (("faulty", text), ("fixed", fixed)):
            path = folder / kind / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
    (folder / "changed.json").write_text(json.dumps(changed))


def changes(name, faulty, fixed):
    """[file, function, offset in the fixed file] of each change; no function where it is in none, or the file is not Python."""
    lines, found = fixed.splitlines(keepends=True), []
    for what, _, _, begin, end in difflib.SequenceMatcher(None, faulty.splitlines(keepends=True), lines, autojunk=False).get_opcodes():
        if what != "equal":
            found += [(at, sum(map(len, lines[:at])) + len(lines[at]) - len(lines[at].lstrip())) for at in range(begin, max(end, begin + 1))
                      if at < len(lines) and lines[at].strip()]
    return [[name, function_at(fixed, at + 1) if name.endswith(".py") else None, offset] for at, offset in found]


def function_at(text, line):
    """The name of the innermost function that has this line in its body or its head."""
    around = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and n.lineno <= line <= n.end_lineno]
    return max(around, key=lambda n: n.lineno).name if around else None


def calls_the_fix(folder, seen):
    """Whether one of the functions that the fix changes was called; where it changes none, but a class or a module: any of that file or of the program."""
    changed = json.loads((folder / "changed.json").read_text())
    functions = {f"{file}:{function}" for file, function, _ in changed if function}
    return bool(functions & set(seen)) if functions and len(functions) == len({(f, n) for f, n, _ in changed}) else bool(seen)


def at_another_time(folder, seconds):
    """The environment in which the wall clock is that much ahead."""
    library = folder / "clock.so"
    if not library.exists():
        (folder / "clock.c").write_text(CLOCK)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, folder / "clock.c"], check=True, timeout=60)
    return {"LD_PRELOAD": str(library), "SUITE_CLOCK": str(int(seconds))}


def around(folder, program):
    """The environment of the run that fails."""
    env = {**os.environ, **program.get("env", {})}
    if program.get("at"):
        env.update(at_another_time(folder, datetime.datetime.fromisoformat(program["at"]).timestamp() - time.time()))
    return {**env, "TZ": program["zone"]} if program.get("zone") else env


def capture(folder, program):
    """The event, or None when the program does not fail."""
    (folder / "capture.py").write_text(CAPTURE)
    (folder / "call.py").write_text(program["call"])
    path = os.pathsep.join([str(folder / "faulty"), str(folder / "faulty" / "src")])
    subprocess.run([sys.executable, folder / "capture.py", folder / "event.json", folder / "call.py"], check=True, timeout=120,
                   env={**around(folder, program), "PYTHONPATH": path})
    return json.loads((folder / "event.json").read_text())


def frames_of(event):
    for value in event["exception"]["values"]:
        yield value.get("stacktrace", {}).get("frames", [])  # an error that was gathered or never thrown has none


def without_variables(event):
    event = json.loads(json.dumps(event))
    for frames in frames_of(event):
        for frame in frames:
            frame.pop("vars", None)
    return event


def as_relay_cuts(event):
    """250 frames, variables and source lines of those in the middle beyond 50 dropped, containers to 10."""
    event = json.loads(json.dumps(event))
    for value in event["exception"]["values"]:
        frames = value.get("stacktrace", {}).get("frames", [])
        if len(frames) > 250:
            value["stacktrace"]["frames"] = frames = frames[:249] + frames[-1:]
        for frame in frames[25:-25] if len(frames) > 50 else []:
            for key in ("vars", "pre_context", "post_context", "context_line"):
                frame.pop(key, None)
        for frame in frames:
            frame["vars"] = shortened(frame.get("vars") or {}, 99)
    return event


def shortened(value, limit=10):
    if isinstance(value, dict):
        return {k: shortened(v) for k, v in list(value.items())[:limit]}
    return [shortened(v) for v in value[:10]] if isinstance(value, list) else value


def generate(folder, event, out="tests", *more):
    (folder / f"{out}.json").write_text(json.dumps(event))
    done = subprocess.run([PROGRAM, "test:generate", "--event", folder / f"{out}.json", "--source", folder / "faulty", "--out", folder / out,
                           "--interpreter", sys.executable, "--json", *more], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 3), done.stderr
    return json.loads(done.stdout), done.returncode


def run_test(folder, kind, out, seed=0, elsewhere=None):
    """A run of pytest as it went: a dict for runs.jsonl. "says" is None when pytest itself did not come to its end. Of a program whose fault depends on
    conditions, `elsewhere` are those of another machine, on another day."""
    more = {}
    if elsewhere is not None:
        more = {**elsewhere.get("env", {}), **at_another_time(folder, LATER_S[seed % len(LATER_S)])}
        for name, text in elsewhere.get("files", {}).items():
            (folder / kind / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / kind / name).write_text(text)
    says = folder / "says.json"
    says.unlink(missing_ok=True)
    (folder / "suite_plugin.py").write_text(PLUGIN)
    begin = time.monotonic()
    try:
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "suite_plugin", folder / out], check=False,
                              cwd=folder / kind, capture_output=True, text=True, errors="replace", timeout=RUN_S, stdin=subprocess.DEVNULL,
                              env={**os.environ, **more, "PYTHONPATH": str(folder), "SUITE_SAYS": str(says), "SUITE_SOURCE": str(folder / kind),
                                   "PYTHONHASHSEED": str(seed), "PYTHONDONTWRITEBYTECODE": "1"})
        code, printed, errors = done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired as late:
        code, printed, errors = f"none within {RUN_S} s", str(late.stdout or ""), str(late.stderr or "")
    run = {"kind": kind, "out": out, "seed": seed, "code": code, "seconds": round(time.monotonic() - begin, 2), "stdout": printed[-4000:],
           "stderr": errors[-4000:], "says": json.loads(says.read_text()) if says.exists() else None}
    with open(folder / "runs.jsonl", "a") as log:
        log.write(json.dumps(run) + "\n")
    return run


class Disturbed(Exception):
    """pytest was ended from outside, or never came to its end: that says nothing of the test. Twice in a row."""


def undisturbed(folder, kind, out, seed, elsewhere):
    """A run that came to its end; one that was killed by a signal or overran its time is made a second time."""
    for _ in range(2):
        run = run_test(folder, kind, out, seed, elsewhere)
        if run["says"] is not None and run["code"] in (0, 1):
            return run
    if run["says"] is None and not (isinstance(run["code"], int) and run["code"] > 0):
        raise Disturbed(f"pytest on the {kind} program, exit code {run['code']} after {run['seconds']} s: {(run['stdout'] + run['stderr'])[-300:]}")
    return run


WITHHELD = "skipped on the fix"


def judge(folder, event, out="tests", rounds=3, elsewhere=None):
    """Faults of a test that claims to reproduce the event, each with the exit code and what pytest printed. A test that is skipped on the fix
    is not false, but shows nothing there either."""
    wrong = []
    raised = [(v["type"], v["stacktrace"]["frames"][-1]["function"].split(".")[-1]) for v in event["exception"]["values"]]
    order = ["faulty", "fixed"] * rounds
    random.shuffle(order)
    for i, kind in enumerate(order):
        run = undisturbed(folder, kind, out, i, elsewhere)
        code, said = run["code"], run["says"] or {"seen": [], "failed": [], "tests": 0}
        text = f"exit code {code} after {run['seconds']} s: {run['stdout'][-600:]}{run['stderr'][-300:]}"
        if kind == "faulty":
            if code != 1 or not said["failed"]:
                wrong.append(f"green on the fault: {text}")
            elif not any(said["failed"][0][0] == t for t, _ in raised):
                wrong.append(f"red for another reason: {said['failed']}")
        elif code != 0 or said["tests"] != 1:
            wrong.append(f"red on the fix: {text}")
        elif said.get("skipped"):
            wrong.append(WITHHELD)
        elif not calls_the_fix(folder, said["seen"]):
            wrong.append(f"does not call what the fix changes: {said['seen']}")
    return sorted(set(wrong))


def whole(folder, program, ways, rounds=3):
    """{way: (reproduced, faults, answer)}."""
    lay_out(folder, program)
    event = capture(folder, program)
    changed = {"variables": lambda e: e, "none": without_variables, "relay": as_relay_cuts}
    result = {}
    for way in ways:
        answer, code = generate(folder, changed[way](event), f"tests_{way}")
        wrong = judge(folder, event, f"tests_{way}", rounds, program.get("elsewhere")) if code == 0 else []
        result[way] = (code == 0, wrong, answer)
    return result


def main():
    import tempfile

    from found import all_of
    PROGRAMS = all_of("programs")
    ways = os.environ.get("SUITE_WAYS", "variables,none,relay").split(",")
    names = [n for n in PROGRAMS if can_run(PROGRAMS[n]) and (not sys.argv[1:] or any(fnmatch.fnmatch(n, a) for a in sys.argv[1:]))]
    counts = {}
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            try:
                result = whole(pathlib.Path(folder), PROGRAMS[name], ways, int(os.environ.get("SUITE_ROUNDS", "3")))
            except Exception as error:  # noqa: BLE001
                print(f"{name:28} {type(error).__name__}: {str(error)[:300]}", flush=True)
                continue
            for way, (reproduced, wrong, answer) in result.items():
                c = counts.setdefault(way, [0, 0, 0])
                c[0] += reproduced and not wrong
                c[1] += bool(set(wrong) - {WITHHELD})
                c[2] += 1
                state = "FALSE" if set(wrong) - {WITHHELD} else "skip" if wrong else "good" if reproduced else "none"
                print(f"{name:28} {way:10} {state:6} {answer['attempts']:5} {answer['file'] if reproduced else answer['reason'][:200]}"
                      f"{' ' + str(wrong) if state == 'FALSE' else ''}", flush=True)
    for way, (good, wrong, n) in counts.items():
        print(f"{way}: {good} of {n} reproduced ({100 * good / n:.1f} %), {wrong} false")


if __name__ == "__main__":
    main()
