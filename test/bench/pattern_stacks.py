"""Labelled stacks of Python, JavaScript, minified JavaScript and native programs: those in stack_apps, each with seeded bugs, run
under the real interpreters and compilers. A bug fails once a release, each time by a way and a handler drawn at random: called
directly, from a route of Flask, a coroutine, a pool, a retrying decorator, a lambda, recursion, a job that wraps the error in
another. A release has other line numbers; a bundle other minified names and another hash; a native one other optimisation,
inlining, copies (.isra, .part), once no debug information.

    pattern_stacks.py FOLDER      FOLDER/NAME.jsonl, a line {"id","app","bug","aside","event"} each

`aside`: of an application that nothing was tuned on. Needs .devflow/venv, .devflow/node (./dev test makes them), g++, binutils."""

import concurrent.futures
import hashlib
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
APPS, PYTHON, NODE = ROOT / "test/bench/stack_apps", ROOT / ".devflow/venv/bin/python3", ROOT / ".devflow/node/node_modules"
RELEASES = 5
NAMES = {"python": ["formula", "ledger", "shop", "plugins", "templates"], "javascript": ["cart", "router", "state"],
         "native": ["scene", "wire", "cache"]}
ASIDE = {"plugins", "templates", "state", "cache"}
FLAGS = [["-g", "-O0"], ["-g", "-O1"], ["-g", "-O2"], ["-O2"], ["-g", "-O3"]]


def run(*command, **more):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120, check=False, **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stderr[-2000:]}")
    return done.stdout


def moved(text, chosen):
    """The next release: what stands between two blocks has become longer."""
    return re.sub(r"\n\n(?=\S)", lambda _: "\n" * (2 + chosen.choice([0, 0, 1, 3, 8])), text)


def sources(folder, language, ending, chosen):
    for path in sorted((APPS / language).glob(f"*.{ending}")):
        text = path.read_text(encoding="utf-8")
        (folder / path.name).write_text(text if path.stem == "run" else moved(text, chosen), encoding="utf-8")


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def python(folder, app, seed):
    sources(folder, "python", "py", random.Random(seed))
    run(PYTHON, folder / "run.py", app, folder / "out", seed)
    return read(folder / "out")


def javascript(folder, app, seed):
    sources(folder, "javascript", "js", random.Random(seed))
    run("node", "--stack-trace-limit=50", folder / "run.js", folder / f"{app}.js", folder / "out", seed, NODE / "@sentry/node")
    return read(folder / "out")


def filler(chosen):
    """Code that came with the release: it moves columns, and makes the minifier choose other names."""
    words = [chosen.choice("etaoinshrdlu") * chosen.randint(3, 9) for _ in range(chosen.randint(3, 30))]
    return "".join(f"function {w}{i}({w}A, {w}B) {{ return {w}A.{w} + {w}B }}\nmodule.exports.{w}{i} = {w}{i}\n" for i, w in enumerate(words))


def minified(folder, app, seed):
    chosen = random.Random(seed)
    sources(folder, "javascript", "js", chosen)
    parts = {name: (folder / f"{name}.js").read_text(encoding="utf-8").replace("require('events')", "globalThis") for name in ("ways", app)}
    whole = "var bundle = (function () {\nconst load = (f) => { const m = { exports: {} }; f(m); return m.exports }\n"
    for name, text in parts.items():
        whole += f"const {name} = load((module) => {{\n{filler(chosen)}{text}}})\n"
    whole += f"return {{ app: {app}, ways }}\n}})()\n"
    bundle = folder / f"main.{hashlib.sha256(whole.encode()).hexdigest()[:8]}.js"
    (folder / "whole.js").write_text(whole, encoding="utf-8")
    run("node", NODE / "terser/bin/terser", folder / "whole.js", "--compress", "--mangle", "-o", bundle)
    run("node", "--stack-trace-limit=50", folder / "run.js", bundle, folder / "out", seed, NODE / "@sentry/node")
    return read(folder / "out")


def frames_at(program, offsets):
    """Function, file and line of each, and before them those inlined there."""
    printed = run("addr2line", "-e", program, "-a", "-i", "-f", "-C", *[f"0x{o - (i > 0):x}" for i, o in enumerate(offsets)])
    found, lines = [], iter(printed.splitlines())
    for line in lines:
        if line.startswith("0x"):
            found.append([])
            continue
        path, _, number = next(lines).split(" (")[0].rpartition(":")
        found[-1].append({"function": line, "abs_path": path, "lineno": int(number) if number.isdigit() else None})
    return found


def demangled(names):
    return run("c++filt", input="\n".join(names)).splitlines() if names else []


def native_event(program, printed):
    signal, *lines = printed.splitlines()
    stack = [(module, int(offset, 16), symbol) for module, offset, symbol in (line.split(" ", 2) for line in lines)]
    own = iter(frames_at(program, [offset for module, offset, _ in stack if module == str(program)]))
    names, frames = iter(demangled([symbol for _, _, symbol in stack])), []
    for module, offset, symbol in stack:
        name, common = next(names), {"package": module, "instruction_addr": hex(0x550000000000 + offset)}
        if module != str(program):
            frames.append(dict(common, function=None if symbol == "?" else name, in_app=False))
            continue
        for frame in next(own):
            unknown = frame["abs_path"] in ("", "??")
            frames.append(dict(common, function=None if frame["function"] == "??" else frame["function"], in_app=True,
                               lineno=frame["lineno"] or None, abs_path=None if unknown else frame["abs_path"],
                               filename=None if unknown else pathlib.PurePath(frame["abs_path"]).name))
    return {"platform": "native", "level": "fatal", "exception": {"values": [
        {"type": signal, "value": f"Fatal Error: {signal}", "stacktrace": {"frames": frames[:250][::-1]}}]}}


def native(folder, app, seed):
    chosen = random.Random(seed)
    for ending in ("hpp", "cpp"):
        sources(folder, "native", ending, chosen)
    program = folder / app
    run("g++", "-std=c++17", *FLAGS[seed % RELEASES], "-pthread", folder / f"{app}.cpp", "-o", program, "-ldl")
    out = []
    for line in run(program).splitlines():
        bug, calls, ways = line.split()
        printed = run(program, bug, chosen.randrange(int(calls)), chosen.randrange(int(ways)))
        out.append({"bug": bug, "event": native_event(program, printed)})
    return out


KINDS = {"python": python, "javascript": javascript, "minified": minified, "native": native}


def made(kind, app, release):
    seed = int(hashlib.sha256(app.encode()).hexdigest()[:4], 16) * RELEASES + release
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{app}-"))
    try:
        rows = KINDS[kind](folder, app, seed)
    finally:
        shutil.rmtree(folder)
    return [{"id": f"{app}-{row['bug']}-{release}", "app": app, "bug": f"{app}: {row['bug']}", "aside": app in ASIDE, "event": row["event"]}
            for row in rows]


def make(kind):
    """All of a kind's events, release after release."""
    wanted = [(kind, app, release) for app in NAMES["javascript" if kind == "minified" else kind] for release in range(RELEASES)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [row for rows in pool.map(lambda args: made(*args), wanted) for row in rows]


def main(folder):
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        with open(pathlib.Path(folder) / f"{kind}.jsonl", "w", encoding="utf-8") as out:
            out.writelines(json.dumps(row) + "\n" for row in make(kind))


if __name__ == "__main__":
    main(*sys.argv[1:])
