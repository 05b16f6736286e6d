"""Runs code of the checkout, each time in a child of its own, and says what was raised, where, and with which values. One process
per set of roots; a request a line on standard input, an answer a line on descriptor 3 of the caller's choice."""

import gc
import json
import linecache
import os
import pathlib
import re
import select
import signal
import sys
import time
import tempfile
import traceback
import zlib

from devflow_observe import Observer

ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
UUID = re.compile(r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b", re.I)
LONG = re.compile(r"\d{7,}")
TEMPORARY = re.compile(r"/(?:tmp|var/folders)/[^\s'\"]+")
FRAMES, TEXT = 1100, 4000
MAKING = {"__init__", "__post_init__", "__new__", "__repr__"}  # objects are made for any input: that is no way the call went


def plain(text):
    """Without what differs from run to run."""
    return TEMPORARY.sub("/tmp/_", LONG.sub("9", UUID.sub("uuid", ADDRESS.sub("0x", text))))


def message_of(error):
    """As the SDK says it."""
    text = getattr(error, "message", "") or getattr(error, "detail", "") or ""
    if not text:
        try:
            text = str(error)
        except Exception:  # noqa: BLE001
            text = ""
    notes = getattr(error, "__notes__", None)
    if isinstance(notes, list) and notes:
        text = "\n".join([str(text), *[n for n in notes if isinstance(n, str)]])
    return str(text)


def agrees(said, live, depth=0):
    """Whether a live value is what the event says: None where it cannot be told."""
    if said == "[Filtered]" or depth > 8:
        return None
    if isinstance(said, list):
        if isinstance(live, (set, frozenset)):
            return None if len(said) >= 10 or len(said) == len(live) else False
        if not isinstance(live, (list, tuple)) or (len(said) < 10 and len(live) != len(said)) or len(live) < len(said):
            return False
        return both(agrees(a, b, depth + 1) for a, b in zip(said, live))
    if isinstance(said, dict):
        if not hasattr(live, "items") or (len(said) < 10 and len(live) != len(said)):
            return False
        own = {str(k): v for k, v in list(live.items())[:1000]}
        return both(agrees(v, own[k], depth + 1) if k in own else False for k, v in said.items())
    if isinstance(said, str):
        try:
            text = repr(live)
        except Exception:  # noqa: BLE001
            return None
        if text.startswith("<") and said.startswith("<"):
            return True if plain(said) == plain(text) else None
        if said.endswith("...") and text.startswith(said[:-3]):
            return True
        return plain(said) == plain(text) or said == live
    return said == live


def both(answers):
    known = [a for a in answers if a is not None]
    return None if not known else all(known)


def where(tb, root, watch):
    frames = []
    while tb and len(frames) < FRAMES:
        code = tb.tb_frame.f_code
        real = os.path.realpath(code.co_filename)
        inside = real.startswith(root + os.sep)
        frames.append({
            "file": os.path.relpath(real, root) if inside else None, "path": real,
            "function": code.co_name, "line": tb.tb_lineno, "text": linecache.getline(code.co_filename, tb.tb_lineno).strip()[:500],
        })
        said = watch.get((frames[-1]["file"], code.co_name)) if inside else None
        if said:
            frames[-1]["vars"] = {n: agrees(v, tb.tb_frame.f_locals[n]) if n in tb.tb_frame.f_locals else "absent"
                                  for n, v in said.items()}
        tb = tb.tb_next
    return frames


def outcome(error, root, watch):
    chain, seen = [], set()
    link = error
    while link is not None and id(link) not in seen and len(chain) < 10:
        seen.add(id(link))
        frames = where(link.__traceback__, root, watch)
        cls = type(link)
        chain.append({"type": cls.__qualname__, "name": cls.__name__, "message": message_of(link)[:TEXT],
                      "frames": [f for f in frames if f["file"]], "last": frames[-1] if frames else None,
                      "module": cls.__module__, "note": None})
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return {"raised": chain}


class Watch:
    """Which lines of the event's frames a run came to, and which of their files at all."""

    def __init__(self, root, lines):
        self.root, self.lines, self.hit = root, {(f, n) for f, n in lines}, set()
        self.files = {os.path.join(root, f) for f, _ in lines}
        self.known, self.lines_run = {}, set()

    def __call__(self, frame, what, arg):
        path = frame.f_code.co_filename
        if path not in self.known:
            self.known[path] = os.path.realpath(path) in self.files
        return self.line if self.known[path] else None

    def line(self, frame, what, arg):
        if what == "line":
            if frame.f_code.co_name not in MAKING:
                self.lines_run.add((frame.f_code.co_filename, frame.f_lineno))
            key = (os.path.relpath(os.path.realpath(frame.f_code.co_filename), self.root), frame.f_lineno)
            if key in self.lines:
                self.hit.add(key)
        return self.line


def fixtures(folder):
    """What pytest gives a test that asks for it."""
    try:
        from pytest import MonkeyPatch
    except ImportError:
        return {}
    return {"monkeypatch": MonkeyPatch(), "tmp_path": pathlib.Path(tempfile.mkdtemp(prefix="tmp", dir=folder))}


def run_code(request, setting):
    """In the child: what became of it."""
    watch = {tuple(w[:2]): w[2] for w in setting["vars"]}
    tracer = Watch(setting["source"], setting["lines"]) if request.get("trace") else None
    scope = {"__name__": "devflow_trial", "__file__": request.get("file", "<trial>")}
    result = {}
    given = fixtures(request["folder"]) if request.get("around") else {}
    observer = setting["observer"] if request.get("observe") else None
    scope.update(given if not request.get("test") else {})
    try:
        code = compile(request["code"], request.get("file", "<trial>"), "exec")
        if tracer:
            sys.settrace(tracer)
        if observer:
            observer.start()
        exec(code, scope)  # noqa: S102 - this is what the sandbox is for
        if request.get("test"):
            for name in [n for n in scope if n.startswith("test_")]:
                wanted = scope[name].__code__.co_varnames[:scope[name].__code__.co_argcount]
                scope[name](**{n: given[n] for n in wanted})
        sys.settrace(None)
        result = {"raised": None}
    except BaseException as error:  # noqa: BLE001
        sys.settrace(None)
        result = outcome(error, setting["source"], watch)
    if observer:
        result["seen"] = observer.stop()
    if tracer:
        result["reached"] = len(tracer.hit)
        result["lines"] = zlib.crc32(repr(sorted(tracer.lines_run)).encode())
    return result


def child(request, setting, fd):
    signal.setitimer(signal.ITIMER_REAL, request.get("limit_s", 5))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for std in (0, 1, 2):
        os.dup2(null, std)
    os.makedirs(request["folder"], exist_ok=True)
    os.chdir(request.get("cwd") or request["folder"])
    try:
        text = json.dumps(run_code(request, setting))
    except BaseException as error:  # noqa: BLE001
        text = json.dumps({"broken": f"{type(error).__name__}: {error}"[:300]})
    data = text.encode()
    while data:
        data = data[os.write(fd, data):]
    os._exit(0)


def trial(request, setting):
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(out)
        try:
            child(request, setting, into)
        finally:
            os._exit(1)
    os.close(into)
    data, until = b"", time.monotonic() + request.get("limit_s", 5) + 1
    while time.monotonic() < until:
        ready, _, _ = select.select([out], [], [], max(0.0, until - time.monotonic()))
        part = os.read(out, 1 << 16) if ready else b""
        if not part:
            break
        data += part
    os.close(out)
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.waitpid(pid, 0)
    try:
        return json.loads(data)
    except ValueError:
        return {"died": True}


def main():
    answers = os.fdopen(int(sys.argv[1]), "w")
    setting = json.loads(sys.stdin.readline())
    setting["source"] = os.path.realpath(setting["source"])
    sys.path[:] = [p for p in sys.path if os.path.realpath(p or ".") != os.path.dirname(os.path.realpath(__file__))]
    sys.path[0:0] = setting["roots"]
    sys.argv = ["test"]
    observer = setting["observer"] = Observer(setting["source"])
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    problem = None
    signal.setitimer(signal.ITIMER_REAL, setting.get("import_s", 30))
    if setting.get("around"):
        fixtures(setting["folder"])
    known = set(sys.modules)
    if setting.get("warm"):
        os.chdir(setting["folder"])
        try:
            observer.start()
            __import__(setting["warm"])
        except BaseException as error:  # noqa: BLE001
            problem = f"{type(error).__name__}: {error}"[:300]
            traceback.clear_frames(error.__traceback__)
    signal.setitimer(signal.ITIMER_REAL, 0)
    own = sorted({n.partition(".")[0] for n, m in list(sys.modules.items()) if n not in known
                  and os.path.realpath(getattr(m, "__file__", None) or "/").startswith(observer.root)})
    imported = observer.stop()
    gc.freeze()
    answers.write(json.dumps({"ready": True, "problem": problem, "imported": imported, "own": own}) + "\n")
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(trial(json.loads(line), setting)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
