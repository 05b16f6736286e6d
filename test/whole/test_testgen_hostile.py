"""Events and programs of ill will against `devflow test:generate`: what is run stays in its cell, what is read ends, what is written are literals in the
folder named."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testgen"))
import suite  # noqa: E402
from test_testgen import event, run, write_program  # noqa: E402


def run_with_its_own(folder, given, *more):
    """By what runs the checkout's language where it has none of its own."""
    (folder / "event").write_text(json.dumps(given))
    return subprocess.run([suite.PROGRAM, "test:generate", "--event", folder / "event", "--source", folder / "faulty", "--out", folder / "out", *more],
                          capture_output=True, text=True, timeout=120, check=False)


# What a program of ill will could try, each with whether it came to nothing. "alone": where the kernel gives namespaces.
ESCAPES = '''import ctypes, errno, os, signal, socket, subprocess, sys, time
def refused(act):
    try:
        act()
    except (OSError, PermissionError):
        return True
    return False
def command(*words):
    return subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL).returncode != 0
def leave(seconds):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", seconds])
        os._exit(0)
def try_all(alone):
    libc = ctypes.CDLL(None, use_errno=True)
    yield "bus", refused(lambda: socket.socket(socket.AF_UNIX).connect(SOCKET))
    yield "vsock", refused(lambda: socket.socket(40, socket.SOCK_STREAM))
    yield "pair", len(socket.socketpair()) == 2
    yield "network", refused(lambda: socket.create_connection(("127.0.0.1", 9), timeout=1))
    yield "io_uring", libc.syscall(425, 1, None) == -1
    yield "namespaces", libc.unshare(0x10000000) == -1
    yield "keyring", libc.syscall(250, 0, -3, 0) == -1 if os.uname().machine == "x86_64" else True
    yield "everyone", refused(lambda: os.kill(-1, 9))
    yield "parent's environment", all(b"hunter2" not in read(f"/proc/{p}/environ") for p in os.listdir("/proc") if p.isdigit())
    yield "trace", libc.ptrace(16, os.getppid(), 0, 0) == -1
    if alone:
        yield "others", refused(lambda: os.kill(CALLER, 0)) and all(b"test:generate" not in read(f"/proc/{p}/cmdline") for p in os.listdir("/proc") if p.isdigit())
        yield "helper", refused(lambda: open("/proc/1/fd/1", "w")) and refused(lambda: open("/proc/1/mem", "rb"))
        os.kill(1, 9)
        yield "disk", refused(lambda: open(WRITTEN, "w")) and refused(lambda: open("/proc/sys/kernel/core_pattern", "w"))
        yield "remount", command("mount", "-o", "remount,rw", "/") and refused(lambda: open(WRITTEN, "w"))
        for _ in range(40):
            leave(SECONDS)
def read(path):
    try:
        return open(path, "rb").read()
    except OSError:
        return b""
def half(n, alone):
    failed = [name for name, held in try_all(alone) if not held]
    print('{"result":{"status":"reproduced","file":"forged.py","text":"forged"}}', flush=True)
    if failed:
        raise RuntimeError(str(failed))
    return 10 / n
'''


@pytest.mark.skipif("TSAN_OPTIONS" in os.environ, reason="ThreadSanitizer has a thread of its own, which keeps a process out of a new user namespace")
@pytest.mark.parametrize("alone", [True, False])
def test_a_hostile_program_stays_in_its_cell(alone, tmp_path):
    seconds = f"7{os.getpid()}.{tmp_path.stat().st_ino}"
    here = {"SOCKET": str(tmp_path / "bus"), "WRITTEN": str(tmp_path / "written"), "CALLER": os.getpid(), "SECONDS": seconds}
    bus = socket.socket(socket.AF_UNIX)
    os.chdir(tmp_path)
    bus.bind("bus")
    bus.listen()
    write_program(tmp_path, "".join(f"{k} = {v!r}\n" for k, v in here.items()) + ESCAPES)
    given = event(variables={"n": "0", "alone": str(alone)})
    text = (tmp_path / "faulty" / "half.py").read_text()
    given["exception"]["values"][0]["stacktrace"]["frames"][0]["lineno"] = text.count("\n")
    (tmp_path / "event").write_text(json.dumps(given))
    command = [suite.PROGRAM, "test:generate", "--event", tmp_path / "event", "--source", tmp_path / "faulty", "--out", tmp_path / "out",
               "--interpreter", sys.executable]
    if not alone:  # a namespace that may make no others
        if subprocess.run(["unshare", "-Ur", "true"], capture_output=True, check=False).returncode != 0:
            pytest.skip("there are no user namespaces here that could be withheld")
        command = ["unshare", "-Ur", "sh", "-c", 'cd /proc/sys/user && echo 0 > max_user_namespaces && echo 0 > max_net_namespaces && cd - > /dev/null && exec "$@"',
                   "sh", *command]
    done = subprocess.run(command, env={**os.environ, "SECRET": "hunter2", "TMPDIR": str(tmp_path)}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["test_half_aaaaaaaa.py"] and not (tmp_path / "written").exists()
    assert not list(tmp_path.glob("devflow-test-*"))
    if alone:
        assert subprocess.run(["pgrep", "-f", f"sleep {seconds}"], capture_output=True, check=False).returncode == 1


def test_a_cell_that_is_left_takes_all_along(tmp_path):
    """What a killed run has started ends with it."""
    seconds = f"8{os.getpid()}.{tmp_path.stat().st_ino}"
    write_program(tmp_path, f"import os, signal, time\ndef half(n):\n    os.setsid()\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                            f"    os.fork() or os.execvp('sleep', ['sleep', '{seconds}'])\n    time.sleep(60)\n")
    (tmp_path / "event").write_text(json.dumps(event()))
    running = subprocess.Popen([suite.PROGRAM, "test:generate", "--event", tmp_path / "event", "--source", tmp_path / "faulty", "--out", tmp_path / "out",
                                "--interpreter", sys.executable], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    def runs():
        return subprocess.run(["pgrep", "-f", f"^sleep {seconds}"], capture_output=True, check=False).returncode == 0
    until(runs)
    running.kill()
    running.wait()
    until(lambda: not runs())


def until(holds, deadline_s=60):
    end = time.monotonic() + deadline_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["devflow_helper", "devflow_probe", "sitecustomize", "conftest", "pytest", "json", "../../half", "/etc/half", "a/../../b", ""])
def test_events_and_checkouts_that_name_the_helper_s_own_parts(name, tmp_path):
    """A module of the helper's, of the test's, of the interpreter's: whatever becomes of it, it stays in the folder and holds literals alone."""
    write_program(tmp_path)
    base = name.split("/")[-1] or "half"
    (tmp_path / "faulty" / f"{base}.py").write_text("def half(n):\n    return 10 / n\n")
    (tmp_path / "faulty" / "loop").symlink_to(tmp_path / "faulty")
    (tmp_path / "faulty" / "away.py").symlink_to("/etc/passwd")
    (tmp_path / "faulty" / "broken.py").symlink_to("nowhere")
    given = event(path=f"{name}.py")
    given["exception"]["values"][0]["stacktrace"]["frames"][0].update(module=name, abs_path=f"/{name}.py")
    done = run(tmp_path, given, "--timeout", "20")
    assert done.returncode in (0, 3), done.stdout + done.stderr
    [test] = (tmp_path / "out").iterdir()
    assert test.name == "test_half_aaaaaaaa.py"
    assert not any(outside in test.read_text() for outside in ("/etc", "../..", "import devflow", "import sitecustomize"))


DEEP = {"brackets": "[" * 20000 + "]" * 20000, "repr": "<" * 100000, "calls": "f(" * 5000 + ")" * 5000, "plus": "1+" * 50000 + "1", "minus": "-" * 50000 + "1",
        "spaces": "a" + " " * 300000 + "b", "quotes": "'" * 300000, "digits": "9" * 300000, "object": "<a " + "b=<c " * 20000 + ">" * 20000,
        "megabytes": "x" * 10_000_000, "path": "/tmp/" + "a/" * 100000, "zero": "0x" + "f" * 300000, "e": "1e" + "9" * 4000, "power": "9**9**9**9",
        "repeat": "'a' * 10**10", "names": "Foo(" + "a=Foo(" * 300 + ")" * 301, "dict": "{" * 300 + "}" * 300, "nested": None}


@pytest.mark.parametrize("first", range(0, len(DEEP), 6))
def test_no_value_hangs_the_reader(first, tmp_path):
    values = dict(list(DEEP.items())[first:first + 6])
    if "nested" in values:
        values["nested"] = "0"
        for _ in range(90):
            values["nested"] = [values["nested"], {"k": values["nested"]}] if len(json.dumps(values["nested"])) < 100000 else [values["nested"]]
    write_program(tmp_path, f"def half(n, {', '.join(f'{name}_=None' for name in values)}):\n    return 10 / n\n")
    words = " ".join(str(v)[:20000] for v in values.values())
    given = event(variables={"n": "0", **{f"{name}_": value for name, value in values.items()}}, release=words, transaction=words)
    given["exception"]["values"][0]["stacktrace"]["frames"].insert(0, {"function": words, "filename": words, "in_app": True, "vars": values})
    done = run(tmp_path, given, "--timeout", "15")
    assert done.returncode in (0, 3), done.stdout[-500:] + done.stderr[-500:]
    [test] = (tmp_path / "out").iterdir()
    assert test.stat().st_size < 1 << 20


@pytest.mark.parametrize("language", ["node", "java", "go", "ruby", "php"])
def test_no_value_hangs_the_reader_of_another_language(language, tmp_path):
    (tmp_path / "faulty").mkdir()
    (tmp_path / "faulty" / "half.js").write_text("exports.half = function half(n) {\n    return 10 / n.size.width;\n};\n")
    frame = {"function": "half", "filename": "../../half.js", "abs_path": "/../../half.js", "module": "../half", "lineno": 2, "in_app": True,
             "vars": {"n": {name: value for name, value in DEEP.items() if name != "megabytes"}, **DEEP}}
    given = {"event_id": "a" * 32, "platform": language, "exception": {"values": [{"type": "TypeError", "value": "Cannot read properties of undefined", "stacktrace": {
        "frames": [{**frame, "function": DEEP["names"], "module": DEEP["path"]}, frame]}}]}}
    done = run_with_its_own(tmp_path, given, "--timeout", "20", "--issue", "../../../etc/passwd")
    assert done.returncode in (0, 3), done.stdout[-500:] + done.stderr[-500:]
    [test] = (tmp_path / "out").iterdir()
    assert test.stat().st_size < 8 << 20 and test.name.replace(".", "").replace("_", "").isalnum()


@pytest.mark.skipif("TSAN_OPTIONS" in os.environ, reason="ThreadSanitizer has a thread of its own, which keeps a process out of a new user namespace")
def test_a_hostile_program_of_node_s_stays_in_its_cell(tmp_path):
    bus = socket.socket(socket.AF_UNIX)
    os.chdir(tmp_path)
    bus.bind("bus")
    bus.listen()
    lines = ["const fs = require('fs'), net = require('net');", "const refused = (act) => { try { act(); return false; } catch { return true; } };",
             "exports.half = async function half(n) {",
             f"    const code = await new Promise((go) => net.connect({json.dumps(str(tmp_path / 'bus'))}).on('error', (e) => go(e.code)).on('connect', () => go('on')));",
             "    console.log(JSON.stringify({ result: { status: 'reproduced', file: 'forged.js', text: 'forged' } }));",
             "    const held = [code === 'EACCES', refused(() => process.kill(-1, 9)), refused(() => fs.openSync('/proc/1/fd/1', 'w')), refused(() => fs.openSync('/proc/1/mem')),",
             f"        refused(() => process.kill({os.getpid()}, 0)), refused(() => fs.writeFileSync({json.dumps(str(tmp_path / 'written'))}, ''))];",
             "    require('child_process').spawn('sleep', ['777'], { detached: true, stdio: 'ignore' }).unref();",
             "    return held.every(Boolean) ? n.size.width : 1;", "};"]
    (tmp_path / "faulty").mkdir()
    (tmp_path / "faulty" / "half.js").write_text("\n".join(lines))
    frame = {"function": "exports.half", "filename": "/app/half.js", "module": "half", "lineno": 9, "colno": 1 + lines[8].index("width"), "in_app": True, "vars": {
        "n": {"id": 4}}}
    given = {"event_id": "a" * 32, "platform": "node", "exception": {"values": [
        {"type": "TypeError", "value": "Cannot read properties of undefined (reading 'width')", "stacktrace": {"frames": [frame]}}]}}
    done = run_with_its_own(tmp_path, given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["half_aaaaaaaa.test.cjs"] and not (tmp_path / "written").exists()
