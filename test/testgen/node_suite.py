"""suite.py for Node: programs run under @sentry/node, and the tests generated of their events by the runner they are written for."""

import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

import suite
from suite import ROOT, PROGRAM, lay_out

MODULES = pathlib.Path(os.environ.get("NODE_PATH") or ROOT / ".devflow" / "node" / "node_modules")
NODE = shutil.which("node")
CAPTURE = '''
const Sentry = require(process.env.MODULES + "/@sentry/node");
const fs = require("fs");
const keep = { send: async (e) => { for (const [h, p] of e[1]) if (h.type === "event") fs.writeFileSync(process.env.EVENT, JSON.stringify(p)); return {}; },
    flush: async () => true };
Sentry.init({ dsn: "http://public@127.0.0.1:9/1", includeLocalVariables: true, release: "suite@1", environment: "test", transport: () => keep });
// Serves an application of a framework, or a handler or server of node:http, as a program would that hands its errors to Sentry, and sends it one request.
globalThis.web = async (app, target, { method = "GET", json, headers = {}, body } = {}) => {
    const fastify = Boolean(app.inject), http = require("http");
    const plain = app instanceof http.Server ? app.listeners("request")[0] : typeof app === "function" && !app.handle ? app : null;
    if (fastify) Sentry.setupFastifyErrorHandler(app);
    else if (app.callback) Sentry.setupKoaErrorHandler(app), app.middleware.unshift(app.middleware.pop());
    else if (!plain) {
        app.use(Sentry.expressErrorHandler());
        // In front of the handlers the application has, where an engineer puts it.
        const layers = (app.router ?? app._router).stack, own = layers.findIndex((l) => l.handle.length === 4);
        layers.splice(own, 0, layers.pop());
    }
    const caught = async (request, response) => {
        try {
            await plain(request, response);
        } catch (error) {
            Sentry.captureException(error);
            response.writeHead(500).end();
        }
    };
    const server = fastify ? app.server : http.createServer(plain ? caught : app.callback?.() ?? app);
    await (fastify ? app.listen({ port: 0 }) : new Promise((go) => server.listen(0, "127.0.0.1", go)));
    if (json !== undefined) (headers = { "content-type": "application/json", ...headers }), (body = JSON.stringify(json));
    await (await fetch(`http://127.0.0.1:${server.address().port}${target}`, { method, headers, body })).text();
};
// A server of another's: { "/path": [status, body] } or a function of its URL. Its address.
globalThis.serve = async (routes) => {
    const server = require("http").createServer((request, response) => {
        const [status, body] = (typeof routes === "function" ? routes(request.url) : routes[request.url.split("?")[0]]) ?? [404, "not found"];
        response.writeHead(status, { "content-type": /^[[{]/.test(body) ? "application/json" : "text/plain" }).end(body);
    });
    await new Promise((go) => server.listen(0, "127.0.0.1", go));
    return `http://127.0.0.1:${server.address().port}`;
};
// A folder of its own with these files, as the current one. Its path.
globalThis.folder_of = (files) => {
    const folder = fs.mkdtempSync(require("path").join(require("os").tmpdir(), "suite-"));
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(require("path").join(folder, name), text);
    process.chdir(folder);
    process.on("exit", () => fs.rmSync(folder, { recursive: true }));
    return folder;
};
const ready = async () => {
    // Variables are taken once the debugger is connected: an error of our own says when.
    for (let i = 0; i < 600; i++) {
        const probe = () => { const here = i; throw new Error("probe" + here); };
        try { probe(); } catch (error) { if (error.__SENTRY_ERROR_LOCAL_VARIABLES__) return; }
        if (parseInt(process.versions.node) < 19 && i === 20) return; // there the SDK marks no errors
        await new Promise((go) => setTimeout(go, 50));
    }
    throw new Error("no variables within 30 s");
};
(async () => {
    await ready();
    try {
        const call = (await import(process.env.CALL)).default;
        await (call.call ?? call);
    } catch (error) {
        Sentry.captureException(error);
    }
    await Sentry.flush(2000);
    process.exit(0);
})();
'''
# Says in a file which functions of the source a run came to and which not, by V8's own coverage; the runner says what was raised.
SEEN = '''
const inspector = require("inspector"), fs = require("fs");
const session = new inspector.Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
process.on("exit", () => session.post("Profiler.takePreciseCoverage", (error, { result }) => {
    const found = [];
    for (const s of result) if (s.url && !/^node:|node_modules|\\.test\\.|seen\\.cjs/.test(s.url))
        for (const f of s.functions) found.push([s.url, f.functionName, f.ranges[0].startOffset, f.ranges[0].endOffset, f.ranges[0].count]);
    if (found.length) fs.appendFileSync(process.env.SUITE_SAYS, JSON.stringify(found) + "\\n");
}));
'''


def in_function(call):
    return "{ " + call + " }" if "return " in call else call


def capture(folder, program):
    folder = pathlib.Path(folder).resolve()
    (folder / "capture.cjs").write_text(CAPTURE)
    call = folder / ("call." + ("cjs" if "require(" in program["call"] else "mjs"))
    call.write_text((program["call"] if call.suffix == ".mjs" else "exports.call = (async () => " + in_function(program["call"]) + ")()").replace(
        "SOURCE", str(folder / "faulty")))
    subprocess.run([NODE, *program.get("options", []), folder / "capture.cjs"], check=True, timeout=120, cwd=folder / "faulty", capture_output=True,
                   env={**os.environ, "MODULES": str(MODULES), "EVENT": str(folder / "event.json"), "CALL": str(call)})
    return json.loads((folder / "event.json").read_text())


def generate(folder, event, out="test", *more):
    (folder / "given.json").write_text(json.dumps(event))
    target = folder / "faulty" / out
    target.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([PROGRAM, "test:generate", "--event", folder / "given.json", "--source", folder / "faulty", "--out", target, "--json", *more],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 3), done.stderr
    answer = json.loads(done.stdout)
    shutil.copytree(target, folder / "fixed" / out, dirs_exist_ok=True)
    return answer, done.returncode


def run_test(folder, kind, file):
    """(exit code, functions of the source called, what the runner said)"""
    says = folder / "says"
    says.unlink(missing_ok=True)
    (folder / "seen.cjs").write_text(SEEN)
    source = (folder / kind).resolve()
    loaders = ["--import", "tsx"] if (source / "node_modules" / "tsx").exists() else []
    done = subprocess.run([NODE, "-r", str(folder / "seen.cjs"), *loaders, "--test-reporter=tap", file], cwd=source, capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "SUITE_SOURCE": str(source), "SUITE_SAYS": str(says)})
    seen = [tuple(f) for line in says.read_text().splitlines() for f in json.loads(line)] if says.exists() else []
    return done.returncode, seen, done.stdout + done.stderr


def calls_the_fix(folder, seen):
    """Whether a function that the fix changes was called: the innermost one around a change. Where it changes none, or the file is compiled first, so that
    places in it are others: any of the program."""
    asked = []
    for file, _, offset in json.loads((folder / "changed.json").read_text()):
        around = [f for f in seen if f[0].endswith("/fixed/" + file) and f[1:3] != ("", 0) and f[2] <= offset < f[3]]
        if not around and not file.endswith("ts"):  # what the module itself does
            around = [f for f in seen if f[0].endswith("/fixed/" + file) and f[1:3] == ("", 0)]
        asked.append(max(around, key=lambda f: f[2])[4] > 0 if around and not file.endswith("ts") else None)
    return any(asked) if asked and None not in asked else any(f[1] and f[4] for f in seen)


def judge(folder, event, answer, rounds=3):
    wrong = []
    raised = [(v["type"], v["stacktrace"]["frames"][-1]["function"].split(".")[-1].split(" ")[-1]) for v in event["exception"]["values"] if v.get("stacktrace")]
    order = ["faulty", "fixed"] * rounds
    random.shuffle(order)
    relative = pathlib.Path(answer["file"]).resolve().relative_to((folder / "faulty").resolve())
    for kind in order:
        code, seen, said = run_test(folder, kind, relative)
        if kind == "faulty":
            if code == 0:
                wrong.append(f"green on the fault: {said[-300:]}")
            elif not any(re.search(rf"name: '{re.escape(t)}'", said) or (t == "Error" and "name: '" not in said) for t, _ in raised):
                wrong.append(f"red for another reason: {said[:900]}")
        elif code == 0 and "# skipped 1" in said:
            wrong.append(suite.WITHHELD)
        elif code != 0 or "# pass 1" not in said:
            wrong.append(f"red on the fix: {said[:900]}")
        elif not calls_the_fix(folder, seen):
            wrong.append(f"does not call what the fix changes: {[f[1] for f in seen if f[4]]}")
    return sorted(set(wrong))


def whole(folder, program, ways, rounds=3):
    """{way: (reproduced, faults, answer)}."""
    lay_out(folder, program)
    for kind in ("faulty", "fixed"):
        for name in program.get("modules", []):
            (folder / kind / "node_modules").mkdir(exist_ok=True)
            (folder / kind / "node_modules" / name).symlink_to(MODULES / name)
        for command in program.get("build", []):
            subprocess.run(command, cwd=folder / kind, check=True, timeout=120, shell=True, env={**os.environ, "MODULES": str(MODULES)})
    event = capture(folder, program)
    changed = {"variables": lambda e: e, "none": suite.without_variables, "relay": suite.as_relay_cuts}
    result = {}
    for way in ways:
        answer, code = generate(folder, changed[way](event), f"test_{way}")
        wrong = judge(folder, event, answer, rounds) if code == 0 else []
        result[way] = (code == 0, wrong, answer)
    return result


def main():
    import tempfile

    from found import all_of
    NODE_PROGRAMS = all_of("node_programs")
    ways = tuple(os.environ.get("SUITE_WAYS", "variables none relay").split())
    counts = {}
    for name in sys.argv[1:] or list(NODE_PROGRAMS):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            try:
                result = whole(folder, NODE_PROGRAMS[name], ways, int(os.environ.get("SUITE_ROUNDS", "3")))
            except Exception as error:  # noqa: BLE001
                print(f"{name:28} {type(error).__name__}: {str(error)[:600]} {getattr(error, 'stderr', '')}", flush=True)
                continue
            for way, (reproduced, wrong, answer) in result.items():
                good, false, n = counts.get(way, (0, 0, 0))
                withheld = set(wrong) == {suite.WITHHELD}
                counts[way] = (good + (reproduced and not wrong), false + bool(wrong and not withheld), n + 1)
                state = "skip" if withheld else "FALSE" if wrong else "good" if reproduced else "none"
                print(f"{name:28} {way:10} {state:6} {answer['attempts']:5} {answer['function'] if reproduced else answer['reason'][:400]}"
                      f"{' ' + str(wrong) if wrong else ''}", flush=True)
                if os.environ.get("SUITE_SHOW"):
                    print(pathlib.Path(answer["file"]).read_text(), flush=True)
    for way, (good, wrong, n) in counts.items():
        print(f"{way}: {good} of {n} reproduced ({100 * good / n:.1f} %), {wrong} false")


if __name__ == "__main__":
    main()
