"""`devflow test:generate` for Node: programs fail under @sentry/node, and the tests generated of their events are red on them and green on the
fixed ones, run by the runner that the checkout uses."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testgen"))
import node_suite  # noqa: E402
import suite  # noqa: E402
import node_programs_answers  # noqa: E402, F401 - adds to them
import node_programs_unseen_i  # noqa: E402, F401 - adds to them
import node_programs_unseen_i_more  # noqa: E402, F401 - adds to them
import node_programs_web  # noqa: E402, F401 - adds to them
from node_programs import NODE_PROGRAMS  # noqa: E402

SHORT = ["find_without_result", "database_stub", "typescript_vars", "typescript_built", "web_express_tenant", "web_fastify_orders", "answer_fetch_key", "answer_http_two", "answer_file_settings", "cond_import_env",
         "web_answer_express", "web_http_handler", "i_express_not_found"]
FAULTY = "exports.half = function half(n) {\n    return 10 / n.size.width;\n};\n"


@pytest.mark.parametrize("name", SHORT)
def test_a_test_is_red_on_the_fault_and_green_on_the_fix(name, tmp_path):
    reproduced, wrong, answer = node_suite.whole(tmp_path, NODE_PROGRAMS[name], ["variables"], rounds=1)["variables"]
    assert reproduced, answer["reason"]
    assert not wrong


@pytest.mark.parametrize("name", ["own_error", "i_retry_chain"])
def test_without_variables_an_input_is_found(name, tmp_path):
    """Also where the first inputs have the call never end."""
    reproduced, wrong, answer = node_suite.whole(tmp_path, NODE_PROGRAMS[name], ["none"], rounds=1)["none"]
    assert reproduced and not wrong, (wrong, answer)


def write_program(folder, text=FAULTY, manifest="{}"):
    (folder / "faulty").mkdir()
    (folder / "faulty" / "package.json").write_text(manifest)
    (folder / "faulty" / "half.js").write_text(text)


def event(value="Cannot read properties of undefined (reading 'width')", variables=None, **more):
    frame = {"function": "exports.half", "filename": "/app/half.js", "module": "half", "lineno": 2, "colno": 24, "in_app": True,
             "context_line": "    return 10 / n.size.width;", "vars": variables if variables is not None else {"n": {"id": 4}}}
    return {"event_id": "a" * 32, "platform": "node", "exception": {"values": [
        {"type": "TypeError", "value": value, "stacktrace": {"frames": [frame]}}]}, **more}


def node_test(folder):
    done = subprocess.run(["node", "--test", "--test-reporter=tap", written(folder)], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def run(folder, given, *more, env=None):
    (folder / "event").write_text(json.dumps(given))
    return subprocess.run([suite.PROGRAM, "test:generate", "--event", folder / "event", "--source", folder / "faulty", "--out", folder / "faulty" / "out",
                           *more], capture_output=True, text=True, timeout=120, check=False, env=env)


def written(folder):
    (test,) = (folder / "faulty" / "out").iterdir()
    return test


@pytest.mark.parametrize(("manifest", "name", "head"), [
    ({}, "shop_1a.test.cjs", 'const test = require("node:test");'), ({"devDependencies": {"vitest": "3"}}, "shop_1a.test.mjs", 'import { test } from "vitest";'),
    ({"scripts": {"test": "jest"}}, "shop_1a.test.js", 'const { half } = there ? require("../half.js") : {};')])
def test_the_test_is_for_the_runner_of_the_checkout(manifest, name, head, tmp_path):
    write_program(tmp_path, manifest=json.dumps(manifest))
    done = run(tmp_path, event(), "--issue", "SHOP-1A")
    assert done.returncode == 0, done.stdout + done.stderr
    text = written(tmp_path).read_text()
    assert written(tmp_path).name == name and head in text and "half({ id: 4 })" in text
    assert text.startswith("// SHOP-1A: TypeError: Cannot read properties of undefined")


def test_for_vitest_no_literal_names_a_file_to_import(tmp_path):
    """Vite looks for what one names before anything runs, and for a page's environment takes `new URL` of one for a part of the page."""
    write_program(tmp_path, "export function half(n) {\n    return 10 / n.size.width;\n}\n", '{"type": "module", "devDependencies": {"vitest": "3"}}')
    assert run(tmp_path, event()).returncode == 0
    text = written(tmp_path).read_text()
    assert 'const FILES = ["../half.js"];' in text and "there ? await import(/* @vite-ignore */ FILES[0]) : {};" in text and 'new URL("' not in text


BESIDE = """import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
export function half(n) {
    const box = JSON.parse(readFileSync(fileURLToPath(new URL("../conf/box.json", import.meta.url)), "utf8"));
    return n / box.size.width;
}
"""


def test_for_vitest_no_literal_names_a_file_that_is_put_back(tmp_path):
    write_program(tmp_path, BESIDE, '{"type": "module", "devDependencies": {"vitest": "3"}}')
    (tmp_path / "faulty" / "src").mkdir()
    (tmp_path / "faulty" / "half.js").rename(tmp_path / "faulty" / "src" / "half.js")
    given = event(variables={"n": 4, "box": {"name": "a"}})
    given["exception"]["values"][0]["stacktrace"]["frames"][0].update(filename="/app/src/half.js", lineno=5, colno=25, context_line="    return n / box.size.width;")
    done = run(tmp_path, given)
    assert done.returncode == 0, done.stdout
    text = written(tmp_path).read_text()
    assert '[join(fileURLToPath(import.meta.url), "..", "../conf/box.json")]: "box.json"' in text and 'new URL("' not in text


def test_what_cannot_be_repeated_is_skipped_with_the_reason_and_exit_code_3(tmp_path):
    write_program(tmp_path, "exports.half = function half(n) {\n    return 10 / n.size;\n};\n")
    done = run(tmp_path, event(), "--json")
    assert done.returncode == 3
    said = json.loads(done.stdout)
    assert said["status"] == "not_reproduced" and "half: it returned" in said["reason"] and said["add"]
    ran = subprocess.run([node_suite.NODE, "--test-reporter=tap", said["file"]], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0 and "# skipped 1" in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.parametrize(("text", "said"), [("function half(n) {\n    return 10 / n.size.width;\n}\n", "half is not exported"),
                                            ("exports.other = 1;\n", "is not in half.js: is the checkout of the same release?")])
def test_what_cannot_be_reached_is_said_plainly(text, said, tmp_path):
    write_program(tmp_path, text)
    done = run(tmp_path, event())
    assert done.returncode == 3 and said in done.stdout, done.stdout + done.stderr


NASTY = ["\");require('fs').writeFileSync('HERE','');(\"", "*/ require('fs').writeFileSync('HERE', '') /*", "\n});\nrequire('fs').writeFileSync('HERE','')\n",
         "${require('fs').writeFileSync('HERE','')}", "`+require('fs').writeFileSync('HERE','')+`", "\u2028require('fs').writeFileSync('HERE','')\u2029",
         "\u202e\x00\x1b[2J\r\nprocess.exit(0)", "__proto__", "constructor", "<Function('return process')()>", "</(a+)+$/x>", "<Map(99999999)>", "[Filtered]",
         "\\", "(" * 5000, "\ud800"]


@pytest.mark.parametrize("at", range(0, len(NASTY), 4))
def test_nothing_but_literals_gets_into_a_test(at, tmp_path):
    write_program(tmp_path)
    here = tmp_path / "HERE"
    all_of_them = [n.replace("HERE", str(here)) for n in NASTY]
    nasty = " ".join(all_of_them[at:at + 4])
    values = {"id": nasty, **{n: n for n in all_of_them[at:at + 4]}}
    given = event(variables={"n": values, "other": nasty, **values}, release=nasty, environment=nasty, transaction=nasty,
                  breadcrumbs={"values": [{"message": nasty, "category": nasty}]}, contexts={"flags": {"values": [{"flag": nasty, "result": nasty}]}})
    given["exception"]["values"][0]["stacktrace"]["frames"].insert(0, {"function": nasty, "filename": "/app/../../" + nasty, "module": nasty, "lineno": 1,
                                                                       "in_app": True, "vars": {"a": nasty}})
    done = run(tmp_path, given, "--issue", nasty.encode("utf-8", "replace").decode().replace("\x00", ""))
    assert done.returncode == 0, done.stderr + done.stdout
    test = written(tmp_path)
    assert test.name.isascii()
    ran = subprocess.run([node_suite.NODE, "--test-reporter=tap", test], capture_output=True, text=True, timeout=60, check=False)
    assert "# tests 1\n" in ran.stdout and "name: 'TypeError'" in ran.stdout and not here.exists(), ran.stdout + test.read_text()
    assert not set(test.read_text()) & set("\u202e\x1b\u2028\u2029\x00")


@pytest.mark.skipif("TSAN_OPTIONS" in os.environ, reason="ThreadSanitizer has a thread of its own, which keeps a process out of a new user namespace")
def test_the_program_has_no_network_no_secrets_and_nothing_to_write(tmp_path):
    write_program(tmp_path, f'''exports.half = async function half(n) {{
    const code = await new Promise((go) => require("net").connect(9, "127.0.0.1").on("error", (e) => go(e.code)).on("connect", () => go("on")));
    let wrote = "no";
    try {{ require("fs").writeFileSync({json.dumps(str(tmp_path / "faulty" / "written"))}, ""); wrote = "yes"; }} catch {{ wrote = "no"; }}
    return [code, wrote, process.env.SECRET].join() === "ENETUNREACH,no," ? n.size.width : 1;
}};
''')
    given = event()
    given["exception"]["values"][0]["stacktrace"]["frames"][0].update(
        lineno=5, colno=1 + (tmp_path / "faulty" / "half.js").read_text().split("\n")[4].index("width"))
    done = run(tmp_path, given, env={**os.environ, "SECRET": "hunter2"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "faulty" / "written").exists()


def test_a_program_that_hangs_is_ended(tmp_path):
    write_program(tmp_path, "exports.half = function half(n) {\n    for (;;) n.size;\n};\n")
    done = run(tmp_path, event(), "--timeout", "8")
    assert done.returncode == 3 and "ended" in done.stdout, done.stdout + done.stderr


HALF = FAULTY + "exports.quarter = function quarter(n) {\n    return exports.half(n) / 2;\n};\n"


@pytest.mark.parametrize(("variables", "again"), [({"n": {"size": "<undefined>"}}, "not ok 1"), ({}, "# skipped 1")])
def test_a_made_up_input_that_still_fails_on_another_source_is_skipped(variables, again, tmp_path):
    """A fix may be meant for another input; of the event's own it is no fix."""
    write_program(tmp_path, HALF)
    assert run(tmp_path, event(variables=variables)).returncode == 0
    code, said = node_test(tmp_path)
    assert code != 0 and "'width'" in said and "not ok 1" in said
    (tmp_path / "faulty" / "half.js").write_text(HALF.replace("\n", "\n\n"))
    (tmp_path / "faulty" / "half.test.js").write_text("// A test is no fix.\n")
    assert "not ok 1" in node_test(tmp_path)[1]
    (tmp_path / "faulty" / "half.js").write_text(HALF.replace("10 /", "(10 + 0) /"))
    assert again in node_test(tmp_path)[1]


LISTED = """const { readFileSync, readdirSync } = require("fs");
const { join } = require("path");
exports.half = function half(n) {
    const folder = join(__dirname, "boxes");
    const size = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name)))).find((box) => box.id === n.id);
    return 10 / size.width;
};
"""


@pytest.mark.parametrize(("added", "again"), [("src/boxes/four.json", "# skipped 1"), ("src/boxes/.four.json.swp", "not ok 1"), ("src/other/four.json", "not ok 1")])
def test_data_that_a_fix_adds_to_a_folder_that_is_listed_counts_as_source(added, again, tmp_path):
    write_program(tmp_path, LISTED)
    (tmp_path / "faulty" / "src" / "boxes").mkdir(parents=True)
    (tmp_path / "faulty" / "half.js").rename(tmp_path / "faulty" / "src" / "half.js")
    (tmp_path / "faulty" / "src" / "boxes" / "one.json").write_text('{"id": 1, "width": 2}')
    given = event(variables={})
    given["exception"]["values"][0]["stacktrace"]["frames"][0].update(filename="/app/src/half.js", lineno=6, colno=22, context_line="    return 10 / size.width;")
    done = run(tmp_path, given)
    assert done.returncode == 0, done.stdout
    assert "not ok 1" in node_test(tmp_path)[1]
    (tmp_path / "faulty" / added).parent.mkdir(exist_ok=True)
    (tmp_path / "faulty" / added).write_text("{}")
    assert again in node_test(tmp_path)[1]


@pytest.mark.parametrize(("manifest", "text", "was", "renamed"), [
    ("{}", FAULTY, "exports.half = function half", "exports.inTwo = function inTwo"),
    ('{"type": "module"}', "export function half(n) {\n    return 10 / n.size.width;\n}\n", "function half", "function inTwo")])
def test_a_call_that_no_longer_fits_the_source_is_skipped(manifest, text, was, renamed, tmp_path):
    """Neither red, for the fault may be gone, nor green, for nothing was called."""
    write_program(tmp_path, text, manifest)
    done = run(tmp_path, event())
    assert done.returncode == 0, done.stdout
    assert node_test(tmp_path)[0] == 1
    source = tmp_path / "faulty" / "half.js"
    source.write_text(source.read_text().replace(was, renamed))
    code, said = node_test(tmp_path)
    assert code == 0 and "# SKIP half is not in half.js any more" in said


@pytest.mark.parametrize(("manifest", "text"), [("{}", FAULTY), ('{"type": "module"}', "export function half(n) {\n    return 10 / n.size.width;\n}\n")])
@pytest.mark.parametrize("to", ["src/half.js", "half.ts"])
def test_a_call_of_a_file_that_was_moved_is_skipped(manifest, text, to, tmp_path):
    write_program(tmp_path, text, manifest)
    source = tmp_path / "faulty" / "half.js"
    assert run(tmp_path, event()).returncode == 0
    assert node_test(tmp_path)[0] == 1
    (source.parent / to).parent.mkdir(exist_ok=True)
    source.rename(source.parent / to)
    code, said = node_test(tmp_path)
    assert code == 0 and "# SKIP half is not in half.js any more" in said


READ = FAULTY + "exports.read = function read(text) {\n    return { size: JSON.parse(text).size };\n};\n"


@pytest.mark.parametrize(("old", "new", "again"), [("10 /", "(10 + 0) /", "not ok 1"), (".size }", ".size ?? {} }", "# skipped 1")])
def test_a_call_that_still_fails_is_skipped_only_once_what_may_have_made_its_input_has_changed(old, new, again, tmp_path):
    write_program(tmp_path, READ)
    assert run(tmp_path, event(variables={"n": {"size": "<undefined>"}})).returncode == 0
    (tmp_path / "faulty" / "half.js").write_text(READ.replace(old, new))
    assert again in node_test(tmp_path)[1]


@pytest.mark.parametrize(("source", "variables", "call"), [
    ("    const { size } = JSON.parse(n).box;\n    return 10 / size.width;", {"n": "[Filtered]"}, r'half("{\"box\":{}}")'),
    ("    const size = n.boxes[0].size;\n    return 10 / size.width;", {"n": "[Filtered]"}, "half({ boxes: [{}] })"),
    ("    const size = n.boxes.find((b) => b.id === 4);\n    return 10 / size.width;", {"n": {"boxes": "[Filtered]"}}, "half({ boxes: [] })")])
def test_what_was_filtered_is_made_up_as_it_is_used(source, variables, call, tmp_path):
    text = f"exports.half = function half(n) {{\n{source}\n}};\n"
    write_program(tmp_path, text)
    given = event(variables=variables)
    given["exception"]["values"][0]["stacktrace"]["frames"][0].update(lineno=3, colno=1 + text.split("\n")[2].index("width"), context_line=text.split("\n")[2])
    done = run(tmp_path, given)
    assert done.returncode == 0, done.stdout
    assert call in written(tmp_path).read_text() and "filtered" in written(tmp_path).read_text()


def test_an_error_of_another_cause_is_not_the_events(tmp_path):
    write_program(tmp_path, """exports.half = function half(n) {
    try {
        return read(n);
    } catch (cause) {
        throw new Error("no half", { cause });
    }
};
const read = (n) => {
    if (typeof n !== "string") throw new TypeError("not a text");
    return JSON.parse(n);
};
""")
    outer = event("no half", {})["exception"]["values"][0]
    outer["type"], outer["stacktrace"]["frames"][0]["lineno"], outer["stacktrace"]["frames"][0]["colno"] = "Error", 5, 15
    cause = {"type": "SyntaxError", "value": "Unexpected end of JSON input", "stacktrace": {"frames": []}}
    assert run(tmp_path, {**event(), "exception": {"values": [cause, outer]}}).returncode == 0
    assert 'half("")' in written(tmp_path).read_text()


# What Jest does with one test: it can be skipped before it begins, not while it runs.
JEST = """globalThis.test = async (name, fn) => {
    try { await fn(); console.log("passed"); } catch (error) { console.log("failed", error.message); }
};
test.skip = () => console.log("skipped");
"""


@pytest.mark.parametrize(("text", "old", "new", "said"), [
    (HALF, "10 /", "(10 + 0) /", "skipped"), (HALF, "n.size.width", "n.size?.width", "passed"), (HALF, "half(n)", "half(n, unused)", "skipped"), (HALF, "half", "inTwo", "skipped"),
    (HALF.replace("= function", "= async function"), "n.size.width", "n.size?.width", "skipped")])
def test_for_jest_a_test_is_left_out_before_it_begins(text, old, new, said, tmp_path):
    """A call that does not wait is made before, so that it counts where it does not fail."""
    write_program(tmp_path, text, '{"scripts": {"test": "jest"}}')
    assert run(tmp_path, event(variables={})).returncode == 0
    (tmp_path / "jest.cjs").write_text(JEST)
    as_jest = [node_suite.NODE, "-r", tmp_path / "jest.cjs", written(tmp_path)]
    ran = subprocess.run(as_jest, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout == "failed Cannot read properties of undefined (reading 'width')\n", ran.stdout + ran.stderr
    (tmp_path / "faulty" / "half.js").write_text(text.replace(old, new))
    assert subprocess.run(as_jest, capture_output=True, text=True, timeout=60, check=False).stdout == f"{said}\n"


def test_for_jest_with_typescript_types_are_not_looked_at(tmp_path):
    """The input need not fit them, and a test that does not compile is red for ever."""
    write_program(tmp_path, manifest='{"scripts": {"test": "jest"}}')
    (tmp_path / "faulty" / "half.js").rename(tmp_path / "faulty" / "half.ts")
    (tmp_path / "faulty" / "node_modules").symlink_to(node_suite.MODULES)
    given = event()
    given["exception"]["values"][0]["stacktrace"]["frames"][0]["filename"] = "/app/half.ts"
    assert run(tmp_path, given).returncode == 0
    text = written(tmp_path).read_text()
    assert written(tmp_path).name.endswith(".test.ts") and "\n// @ts-nocheck" in text and 'require("../half")' in text


def test_nothing_but_literals_gets_into_a_test_that_sends_a_request(tmp_path):
    write_program(tmp_path)
    text = '''const app = require("express")();
app.use(require("express").json());
app.post("/half", (req, res) => void res.json(10 / req.body.size.width));
module.exports = app;
'''
    (tmp_path / "faulty" / "app.js").write_text(text)
    (tmp_path / "faulty" / "node_modules").symlink_to(node_suite.MODULES)
    here = tmp_path / "HERE"
    nasty = [n.replace("HERE", str(here)) for n in NASTY]
    given = event(variables={})
    line = text.split("\n")[2]
    given["exception"]["values"][0]["stacktrace"]["frames"][0].update(function="<anonymous>", filename="/app/app.js", module="app", lineno=3,
                                                                      colno=1 + line.index("width"), context_line=line)
    given["request"] = {"method": "POST", "url": "http://shop.example/half", "query_string": "&".join(n[:99] for n in nasty), "data": {n: n for n in nasty},
                        "headers": {"Content-Type": "application/json", "Content-Length": "9", **{f"X-{i}": n for i, n in enumerate(nasty)}, nasty[0]: nasty[1]},
                        "cookies": {n: n for n in nasty}}
    done = run(tmp_path, given)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = subprocess.run([node_suite.NODE, "--test-reporter=tap", written(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert "await send(app, request)" in written(tmp_path).read_text() and "name: 'TypeError'" in ran.stdout and not here.exists(), ran.stdout + written(tmp_path).read_text()
    assert not set(written(tmp_path).read_text()) & set("\u202e\x1b\u2028\u2029\x00")


@pytest.mark.parametrize(("runner", "lines"), [
    ("vitest", ['import { onTestFinished, test, vi } from "vitest";', "onTestFinished(() => vi.restoreAllMocks());", 'vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json({']),
    ("jest", ["afterEach(() => after.splice(0).forEach((undo) => undo()));", 'jest.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json({'])])
def test_an_answer_is_put_back_by_the_runners_own_means(runner, lines, tmp_path):
    text = "exports.half = async function half(n) {\n    const size = await (await fetch(n.url)).json();\n    return 10 / size.box.width;\n};\n"
    write_program(tmp_path, text, manifest=json.dumps({"scripts": {"test": runner}}))
    given = event(variables={"n": {"url": "https://a.example/size"}})
    given["breadcrumbs"] = {"values": [{"category": "http", "type": "http", "data": {"url": "https://a.example/size", "http.method": "GET", "status_code": 200}}]}
    given["exception"]["values"][0]["stacktrace"]["frames"][0].update(lineno=3, colno=1 + text.split("\n")[2].index("width"), context_line=text.split("\n")[2])
    done = run(tmp_path, given)
    assert done.returncode == 0, done.stdout + done.stderr
    made = written(tmp_path).read_text()
    assert all(line in made for line in lines), made


@pytest.mark.parametrize(("runner", "reads", "lines"), [
    ({}, "new Date().getMonth() === 1", ['env.TZ = "UTC";', 't.mock.timers.enable({ apis: ["Date"], now: new Date("2024-02-29T09:46:40Z") });']),
    ({"devDependencies": {"vitest": "3"}}, "Date.now() % 86400000 === 35200000", ['import { test, vi } from "vitest";',
                                                                                'vi.useFakeTimers({ toFake: ["Date"], now: new Date("2024-02-29T09:46:40Z") });']),
    ({}, "!process.env.HALF_OF_WHAT", ["delete env.HALF_OF_WHAT;"])])
def test_what_the_error_depends_on_is_put_back(runner, reads, lines, tmp_path):
    text = f"exports.half = function half(n) {{\n    const size = {reads} ? undefined : {{ width: n }};\n    return 10 / size.width;\n}};\n"
    write_program(tmp_path, text, manifest=json.dumps(runner))
    given = event(variables={"n": 4}, timestamp=1709200000)
    given["exception"]["values"][0]["stacktrace"]["frames"][0].update(lineno=3, colno=1 + text.split("\n")[2].index("width"), context_line=text.split("\n")[2])
    done = run(tmp_path, given)
    assert done.returncode == 0, done.stdout + done.stderr
    made = written(tmp_path).read_text()
    assert all(line in made for line in lines), made
    if not runner:
        ran = subprocess.run([node_suite.NODE, "--test-reporter=tap", written(tmp_path)], capture_output=True, text=True, timeout=60, check=False,
                             env={**os.environ, "HALF_OF_WHAT": "it", "TZ": "Pacific/Auckland"})
        assert "# fail 1" in ran.stdout and "name: 'TypeError'" in ran.stdout, ran.stdout + made
