"""`devflow test:generate`: faulty programs fail under the real SDK, and the tests generated of their events are red on them and green on
the fixed ones."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testgen"))
import programs_answers  # noqa: E402, F401 - adds to them
import programs_answers_more  # noqa: E402, F401 - adds to them
import programs_frameworks  # noqa: E402, F401 - adds to them
import programs_made  # noqa: E402, F401 - adds to them
import programs_traps  # noqa: E402, F401 - adds to them
import programs_unseen_i  # noqa: E402, F401 - adds to them
import suite  # noqa: E402
from conftest import Walk  # noqa: E402
from programs import PROGRAMS  # noqa: E402
from test_openapi import send_event  # noqa: E402

SHORT = ["none_result", "none_checked_by_caller", "recursion_kth", "dataclasses_and_decimals", "asynchronous", "missing_key_in_object", "flask_handler"]


@pytest.mark.parametrize("name", SHORT)
def test_a_test_is_red_on_the_fault_and_green_on_the_fix(name, tmp_path):
    result = suite.whole(tmp_path, PROGRAMS[name], ["variables"], rounds=1)
    reproduced, wrong, answer = result["variables"]
    assert reproduced, answer["reason"]
    assert not wrong


@pytest.mark.parametrize(("name", "way"), [("a_requests_page_for_json", "variables"), ("a_urllib_two_calls", "variables"), ("c_http_json_key", "none"),
                                           ("a_json_at_a_fixed_place", "none"), ("a_lines_of_hosts", "variables"), ("n_requests_refused", "variables"),
                                           ("n_httpx_async_refused", "variables"), ("n_aiohttp_list", "variables"), ("n_flask_upstream", "variables")])
def test_files_and_answers_are_put_back(name, way, tmp_path):
    reproduced, wrong, answer = suite.whole(tmp_path, PROGRAMS[name], [way], rounds=1)[way]
    assert reproduced, answer["reason"]
    assert not wrong


@pytest.mark.parametrize(("name", "way"), [("w_django_json_kind", "variables"), ("w_django_form_empty", "none"), ("w_django_middleware_header", "none"),
                                           ("w_fastapi_depends_header", "variables"), ("w_fastapi_body_voucher", "none")])
def test_a_request_is_made_by_the_frameworks_own_client(name, way, tmp_path):
    reproduced, wrong, answer = suite.whole(tmp_path, PROGRAMS[name], [way], rounds=1)[way]
    assert reproduced, answer["reason"]
    assert not wrong
    assert "Client(" in pathlib.Path(answer["file"]).read_text()


@pytest.mark.parametrize("name", ["w_numpy_scalar", "w_numpy_shapes"])
def test_numpys_values_are_put_back(name, tmp_path):
    reproduced, wrong, answer = suite.whole(tmp_path, PROGRAMS[name], ["variables"], rounds=1)["variables"]
    assert reproduced, answer["reason"]
    assert not wrong


def test_without_variables_an_input_is_found(tmp_path):
    reproduced, wrong, answer = suite.whole(tmp_path, PROGRAMS["division_by_zero"], ["none"], rounds=1)["none"]
    assert reproduced and not wrong, (wrong, answer)


@pytest.mark.parametrize(("name", "function"), [("i_ledger_csv", "load"), ("i_order_states", "replay"), ("i_slotted_stock", "report"),
                                              ("m_second_locker_blocked", "take_all")])
def test_an_outer_function_is_called_before_an_inner_one(name, function, tmp_path):
    reproduced, wrong, answer = suite.whole(tmp_path, PROGRAMS[name], ["variables"], rounds=1)["variables"]
    assert reproduced and not wrong, (wrong, answer)
    assert pathlib.Path(answer["file"]).name.startswith(f"test_{function}_")


@pytest.mark.parametrize(("name", "way"), [("t_caller_checks", "variables"), ("t_default_changes", "variables"), ("t_two_on_one_line", "none"),
                                           ("m_object_filled_before", "variables"), ("m_script_of_the_checkout", "variables")])
def test_a_fix_that_the_call_does_not_show_leaves_no_test_red(name, way, tmp_path):
    _, wrong, _ = suite.whole(tmp_path, PROGRAMS[name], [way], rounds=1)[way]
    assert not set(wrong) - {suite.WITHHELD}


def test_the_suite_itself_sees_a_test_that_calls_nothing_of_the_fix(tmp_path):
    """Red on the fault and green on the fix is not enough: it may have read the file."""
    program = {"files": {"half.py": "def half(n):\n    return 10 / n\n\n\ndef other():\n    return 1\n"}, "call": "import half; half.half(0)",
               "fix": [("half.py", "10 / n", "10 / (n or 1)")]}
    suite.lay_out(tmp_path, program)
    raised = {"exception": {"values": [{"type": "ZeroDivisionError", "stacktrace": {"frames": [{"function": "half"}]}}]}}
    (tmp_path / "tests").mkdir()
    for call, said in (("half.other()", ["does not call what the fix changes: ['half.py:other']"]), ("half.half(0)", [])):
        (tmp_path / "tests" / "test_half.py").write_text(
            f"import inspect, sys\nsys.path.insert(0, '.')\n\n\ndef test_half():\n    import half\n    {call}\n"
            "    if 'or 1' not in inspect.getsource(half):\n        raise ZeroDivisionError\n")
        assert suite.judge(tmp_path, raised, rounds=1) == said


def write_program(folder, text="def half(n):\n    return 10 / n\n"):
    (folder / "faulty").mkdir()
    (folder / "faulty" / "half.py").write_text(text)


def event(function="half", path="half.py", value="division by zero", variables=None, **more):
    frame = {"function": function, "abs_path": path, "filename": path, "module": "half", "lineno": 2, "context_line": "    return 10 / n",
             "in_app": True, "vars": variables if variables is not None else {"n": "0"}}
    return {"event_id": "a" * 32, "platform": "python", "exception": {"values": [
        {"type": "ZeroDivisionError", "value": value, "stacktrace": {"frames": [frame]}}]}, **more}


def run(folder, given, *more, form=json.dumps):
    (folder / "event").write_text(form(given))
    return subprocess.run([suite.PROGRAM, "test:generate", "--event", folder / "event", "--source", folder / "faulty", "--out", folder / "out",
                           "--interpreter", sys.executable, *more], capture_output=True, text=True, timeout=120, check=False)


def outcome(folder):
    """What pytest says of the test that was made, on the source as it is now."""
    return subprocess.run([sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", folder / "out"], cwd=folder / "faulty", capture_output=True, text=True,
                          timeout=120, check=False)


READ = "def half(n):\n    return 10 / n\n\n\ndef read(text):\n    return int(text or 0)\n"


@pytest.mark.parametrize(("old", "new", "said"), [("10 / n", "(10 + 0) / n", "1 failed"), ("text or 0", "text or 1", "1 skipped")])
def test_a_call_that_still_fails_is_skipped_only_once_what_may_have_made_its_input_has_changed(old, new, said, tmp_path):
    write_program(tmp_path, READ)
    assert run(tmp_path, event()).returncode == 0
    (tmp_path / "faulty" / "half.py").write_text(READ.replace(old, new))
    done = outcome(tmp_path)
    assert said in done.stdout


LISTED = """import json
from pathlib import Path


def half(n):
    boxes = [json.loads(path.read_text()) for path in (Path(__file__).parent / "boxes").iterdir()]
    return 10 / sum(box["size"] for box in boxes if box["id"] == n)
"""


@pytest.mark.parametrize(("added", "said"), [("boxes/four.json", "1 skipped"), ("boxes/.four.json.swp", "1 failed"), ("other/four.json", "1 failed")])
def test_data_that_a_fix_adds_to_a_folder_that_is_listed_counts_as_source(added, said, tmp_path):
    write_program(tmp_path, "")
    shop = tmp_path / "faulty" / "shop"
    (shop / "boxes").mkdir(parents=True)
    (shop / "other").mkdir()
    (shop / "half.py").write_text(LISTED)
    (shop / "boxes" / "one.json").write_text('{"id": 1, "size": 2}')
    given = event(variables={})
    given["exception"]["values"][0]["stacktrace"]["frames"][0].update(filename="shop/half.py", abs_path="/app/shop/half.py", module="shop.half", lineno=7, context_line=LISTED.splitlines()[6])
    done = run(tmp_path, given)
    assert done.returncode == 0, done.stdout + done.stderr
    (shop / added).write_text('{"id": 1, "size": 0}')
    ran = outcome(tmp_path)
    assert said in ran.stdout, ran.stdout


@pytest.mark.parametrize("named", ["tools/mine", "./tools/mine", "mine"])
def test_an_interpreter_is_named_as_to_a_shell(named, tmp_path):
    write_program(tmp_path)
    (tmp_path / "event").write_text(json.dumps(event()))
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "mine").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / "tools" / "mine").chmod(0o755)
    done = subprocess.run([suite.PROGRAM, "test:generate", "--event", "event", "--source", "faulty", "--out", "out", "--interpreter", named], cwd=tmp_path,
                          env={**os.environ, "PATH": f"{tmp_path / 'tools'}:{os.environ['PATH']}"}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_envelope_and_the_form_of_the_api_do_as_well(tmp_path):
    write_program(tmp_path)
    given = event()
    envelope = lambda e: '{"event_id":"' + "a" * 32 + '"}\n{"type":"event"}\n' + json.dumps(e) + "\n"  # noqa: E731
    assert run(tmp_path, given, form=envelope).returncode == 0
    stack = given["exception"]["values"][0]
    frame = stack["stacktrace"]["frames"][0]
    api = {"eventID": "b" * 32, "platform": "python", "entries": [{"type": "exception", "data": {"values": [{
        "type": stack["type"], "value": stack["value"], "stacktrace": {"frames": [{
            "function": "half", "absPath": "half.py", "filename": "half.py", "module": "half", "lineNo": 2, "inApp": True,
            "context": [[2, frame["context_line"]]], "vars": {"n": "0"}}]}}]}}]}
    done = run(tmp_path, api, "--issue", "SHOP-1A")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "out" / "test_shop_1a.py").read_text()
    assert "half(n=0)" in text and text.startswith('"""SHOP-1A: ZeroDivisionError: division by zero')


def test_what_cannot_be_repeated_is_skipped_with_the_reason_and_exit_code_3(tmp_path):
    write_program(tmp_path)
    done = run(tmp_path, event(value="something else"), "--json")
    assert done.returncode == 3
    said = json.loads(done.stdout)
    assert said["status"] == "not_reproduced" and "division by zero" in said["reason"] and said["add"]
    text = pathlib.Path(said["file"]).read_text()
    assert "pytest.mark.skip" in text
    assert subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", said["file"]], check=False, cwd=tmp_path,
                          capture_output=True, timeout=60).returncode == 0


@pytest.mark.parametrize("change", [("def half(n)", "def in_two(n)"), ("def half(n)", "def half(n, *, digits)")])
def test_a_call_that_no_longer_fits_the_source_is_skipped(change, tmp_path):
    """Neither red, for the fault may be gone, nor green, for nothing was called."""
    write_program(tmp_path)
    assert run(tmp_path, event()).returncode == 0
    source = tmp_path / "faulty" / "half.py"
    source.write_text(source.read_text().replace(*change))
    done = outcome(tmp_path)
    assert done.returncode == 0 and "1 skipped" in done.stdout and "this call no longer fits the source" in done.stdout


def test_a_file_that_moves_within_its_package_is_still_found(tmp_path):
    package = tmp_path / "faulty" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "half.py").write_text("def half(n):\n    return 10 / n\n")
    given = event(path="shop/half.py")
    given["exception"]["values"][0]["stacktrace"]["frames"][0]["module"] = "shop.half"
    assert run(tmp_path, given).returncode == 0
    (package / "half").mkdir()
    (package / "half.py").rename(package / "half" / "__init__.py")
    done = outcome(tmp_path)
    assert done.returncode == 1 and "1 failed" in done.stdout


NASTY = ["'''+__import__('os').system('touch HERE')+'''", '"""\nimport os\nos.system("touch HERE")\n"""', "\\\"\"\"\\\nopen('HERE','w')",
         "__import__('os').system('touch HERE')", "\u202e\x00\x1b[2J\r\nimport os", "{open('HERE', 'w')}", "<x object at 0x0>" * 50, "(" * 5000,
         "[Filtered]", "datetime.datetime.__class__('HERE')", "Path('/etc/passwd').unlink()", "range(10**12)"]


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_nothing_but_literals_gets_into_a_test(nasty, tmp_path):
    write_program(tmp_path)
    here = tmp_path / "HERE"
    nasty = nasty.replace("HERE", str(here))
    given = event(variables={"n": "0", "other": nasty, nasty: nasty}, release=nasty, environment=nasty, transaction=nasty,
                  breadcrumbs={"values": [{"message": nasty, "category": nasty}]}, contexts={"flags": {"values": [{"flag": nasty, "result": nasty}]}})
    value = given["exception"]["values"][0]
    value["stacktrace"]["frames"].insert(0, {"function": nasty, "abs_path": "../../" + nasty, "module": nasty, "in_app": True, "vars": {"a": nasty}})
    done = run(tmp_path, given, "--issue", nasty.replace("\x00", ""))
    assert done.returncode == 0, done.stderr
    (test,) = (tmp_path / "out").iterdir()
    assert test.parent == tmp_path / "out" and test.name.isascii()
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test], check=False, cwd=tmp_path / "faulty",
                   capture_output=True, timeout=60)
    assert not here.exists()
    assert "\u202e" not in test.read_text() and "\x1b" not in test.read_text()


def test_a_value_that_is_code_stays_text(tmp_path):
    write_program(tmp_path, "def half(n):\n    return 10 / n['a']\n")
    nasty = "__import__('os').system('touch x')"
    given = event(variables={"n": {"a": "0", nasty: repr(nasty)}})
    given["exception"]["values"][0]["stacktrace"]["frames"][0]["context_line"] = "    return 10 / n['a']"
    assert run(tmp_path, given).returncode == 0
    (test,) = (tmp_path / "out").iterdir()
    assert f'"{nasty}": "{nasty}"' in test.read_text()


@pytest.mark.skipif("TSAN_OPTIONS" in os.environ, reason="ThreadSanitizer has a thread of its own, which keeps a process out of a new user namespace")
def test_the_program_has_no_network_no_secrets_and_nothing_to_write(tmp_path):
    write_program(tmp_path, f'''import os, socket
def half(n):
    told = []
    try:
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    except OSError as error:
        told.append(error.errno in (101, 13, 1))
    try:
        open({str(tmp_path / "faulty" / "written")!r}, "w")
    except OSError:
        told.append(True)
    told.append("SECRET" not in os.environ)
    return 10 / n if told == [True, True, True] else None
''')
    given = event()
    frame = given["exception"]["values"][0]["stacktrace"]["frames"][0]
    frame.update(lineno=13, context_line="    return 10 / n if told == [True, True, True] else None")
    (tmp_path / "event").write_text(json.dumps(given))
    done = subprocess.run([suite.PROGRAM, "test:generate", "--event", tmp_path / "event", "--source", tmp_path / "faulty", "--out", tmp_path / "out",
                           "--interpreter", sys.executable], env={**os.environ, "SECRET": "hunter2"}, capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "faulty" / "written").exists()


def test_a_program_that_hangs_is_ended(tmp_path):
    write_program(tmp_path, "def half(n):\n    while True:\n        n += 1\n")
    done = run(tmp_path, event(), "--timeout", "6")
    assert done.returncode == 3 and "ended" in done.stdout and "The time of 6 s was over" in done.stdout, done.stdout + done.stderr


LATE = {"status": "not_reproduced", "file": "test_half.py", "text": "pass", "function": "half", "exception": "ZeroDivisionError", "add": [],
        "reason": "The time was over after 7 tries.", "notes": [], "attempts": 7}


@pytest.mark.parametrize(("said", "code", "words"), [({"late": LATE}, 3, "after 7 tries"), ({"progress": "calling half"}, 1, "no test within 2 s")])
def test_the_time_is_a_bound_whatever_runs_then(said, code, words, tmp_path):
    """What runs the helper never ends by itself: that the command does is the deadline's doing."""
    write_program(tmp_path)
    (tmp_path / "event").write_text(json.dumps(event()))
    (tmp_path / "endless").write_text(f"#!/bin/sh\nread line\nprintf '%s\\n' '{json.dumps(said, separators=(',', ':'))}'\nexec sleep 1000000\n")
    (tmp_path / "endless").chmod(0o755)
    done = subprocess.run([suite.PROGRAM, "test:generate", "--event", tmp_path / "event", "--source", tmp_path / "faulty", "--out", tmp_path / "out",
                           "--interpreter", tmp_path / "endless", "--timeout", "2"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code and words in done.stdout + done.stderr, done.stdout + done.stderr


@pytest.mark.parametrize("given", [{}, {"platform": "python"}, {"platform": "cobol", "exception": {"values": [{"type": "X", "stacktrace": {
    "frames": [{"function": "a"}]}}]}}, {"platform": "python", "exception": {"values": [{"type": "X"}]}}, []])
def test_events_without_a_call_are_refused(given, tmp_path):
    write_program(tmp_path)
    done = run(tmp_path, given)
    assert done.returncode == 2 and not list(tmp_path.glob("out/*")), done.stderr


PERSON = {"first_name": "'Lovelace'", "email": "'ada.l@corp.io'", "password": "'hunter2'", "n": "0"}


def a_person(folder):
    write_program(folder, "def half(n, first_name='', email='', password=''):\n    return 10 / n\n")
    return event(variables=PERSON, breadcrumbs={"values": [{"message": "greeted Lovelace <ada.l@corp.io>", "category": "log"}]})


def holds_nobody(text):
    return not any(word in text for word in ("Lovelace", "ada.l", "hunter2"))


def test_a_test_holds_no_secrets_and_no_personal_data(tmp_path):
    done = run(tmp_path, a_person(tmp_path))
    assert done.returncode == 0, done.stderr
    (test,) = (tmp_path / "out").iterdir()
    text = test.read_text()
    assert holds_nobody(text) and "@example.com" in text and "replaced" in text


def test_the_event_of_an_issue_is_fetched(connected, cli, tmp_path):
    given = a_person(tmp_path)
    send_event(connected.sandbox, {**given, "event_id": "cd" * 16})
    issue = connected.api.get("/integrations/shop/sentry/issues").json()["issues"][0]["shortId"]
    answer = connected.api.get(f"/integrations/shop/sentry/issues/{issue}/test-case")
    assert answer.status_code == 200 and holds_nobody(answer.text), answer.text
    assert answer.json()["platform"] == "python" and answer.json()["issue"] == issue
    done = cli("test:generate", issue, "--project", "shop", "--source", str(tmp_path / "faulty"), "--out", str(tmp_path / "out"),
               "--interpreter", sys.executable, "--json")
    assert done.returncode == 0, done.stderr
    text = pathlib.Path(json.loads(done.stdout)["file"]).read_text()
    assert issue in text and holds_nobody(text)
    unknown = cli("test:generate", "SHOP-999", "--project", "shop", "--source", str(tmp_path / "faulty"), "--out", str(tmp_path / "out"))
    assert unknown.returncode not in (0, 3) and "does not have this issue" in unknown.stderr
    both = cli("test:generate", issue, "--event", "-", "--source", str(tmp_path))
    assert both.returncode == 2


def on_the_server(start_api, start_sandbox, tmp_path):
    """A project with a checkout where the service runs, and an error of it; what the service has not is a checkout of "other"."""
    from test_linear import World
    given = a_person(tmp_path)
    api = start_api({"SENTRY_CACHE_S": "0", "TEST_CHECKOUTS": f"shop={tmp_path / 'faulty'}", "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"})
    world = World(Walk(api, start_sandbox(api.redirect_uri)))
    send_event(world.sandbox, {**given, "event_id": "ef" * 16})
    return world, given, api.get("/integrations/shop/sentry/issues").json()["issues"][0]["shortId"]


def test_the_service_makes_tests_of_its_own_checkouts_alone(start_api, start_sandbox, cli, tmp_path):
    world, given, issue = on_the_server(start_api, start_sandbox, tmp_path)
    path = "/projects/shop/tests/generate"
    made = world.api.post(path, {"issue": issue, "timeoutSeconds": 60})
    assert made.status_code == 200 and made.json()["status"] == "reproduced", made.text
    assert issue in made.json()["text"] and holds_nobody(made.text)
    of_event = world.api.post(path, {"event": given})
    assert of_event.json()["status"] == "reproduced" and holds_nobody(of_event.text)
    for body in ({}, {"issue": issue, "event": given}, {"issue": issue, "source": "/etc"}, {"event": []}, [], {"issue": issue, "timeoutSeconds": 301}):
        assert world.api.post(path, body).status_code == 400, body
    world.api.post("/projects", {"id": "other", "name": "other"})
    none = world.api.post("/projects/other/tests/generate", {"event": given})
    assert none.status_code == 404 and none.json()["code"] == "checkout_not_found"
    assert world.api.post("/projects/nobody/tests/generate", {"event": given}).json()["code"] == "project_not_found"


def test_the_workflow_puts_the_test_on_the_ticket_once(start_api, start_sandbox, cli, tmp_path):
    world, _, issue = on_the_server(start_api, start_sandbox, tmp_path)

    def run():
        done = cli("workflow:start", "regression-test", "--project", "shop", "--issue", issue, "--wait", "--json", env={"DEVFLOW_API_URL": world.api.url}, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        found = json.loads(done.stdout)["result"]
        return json.loads(found) if isinstance(found, str) else found

    assert run()["key"] is None
    world.made(issue)
    results = [run(), run()]
    assert all(r["status"] == "reproduced" and r["key"] == "ENG-1" and "def test_" in r["text"] for r in results), results
    [ticket] = world.linear.issues()
    [comment] = ticket["comments"]["nodes"]
    assert "no_longer_raises" in comment["body"] and holds_nobody(comment["body"])


def test_the_test_is_in_the_specification_too(start_api, start_sandbox, cli, tmp_path):
    """Of a file and of a Linear document; a second run changes no byte, and without the wish for it it is not there."""
    world, _, issue = on_the_server(start_api, start_sandbox, tmp_path)
    env = {"DEVFLOW_API_URL": world.api.url}
    page = world.linear.make(description=f"About {issue}")
    Walk.done(world.api.post("/integrations/shop/specs", {"linear": page["id"]}), 201)
    spec = tmp_path / "SPEC.md"
    spec.write_text(f"# Half\n\n{issue}\n\n## Later\n")

    def enrich(*options, status=0):
        done = cli("spec:enrich", str(spec), "--project", "shop", *options, env=env)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    assert "1 added" in enrich() and "Regression test" not in spec.read_text()
    before = spec.read_bytes()
    done = cli("workflow:start", "regression-test", "--project", "shop", "--issue", issue, "--wait", "--json", env=env, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)["result"]
    assert [(s["page"], s["outcome"]) for s in result["specs"]] == [(page["identifier"], "updated")], result
    [note] = world.linear.ask("{ documents(first: 5) { nodes { content } } }")["documents"]["nodes"]
    assert "1 updated" in enrich()
    for text in (spec.read_text(), note["content"]):
        assert "# Regression test\n\n`test_" in text and "` fails while `ZeroDivisionError: division by zero` is raised in `half`\n\n```python\n" in text
        shown = text.split("# Regression test\n")[1].split("\n```\n")[0]
        assert "def test_half_no_longer_raises" in shown and holds_nobody(shown)
    written = spec.read_bytes()
    assert "1 unchanged" in enrich() and spec.read_bytes() == written
    assert Walk.done(world.api.post("/integrations/shop/specs", {"linear": page["id"]}))["outcome"] == "unchanged"
    assert "1 updated" in enrich("--no-test") and spec.read_bytes() == before
    (tmp_path / "faulty" / "half.py").write_text("def half(n, first_name='', email='', password=''):\n    return 10 / (n or 1)\n")
    fixed = world.api.post("/projects/shop/tests/generate", {"issue": issue})
    assert fixed.json()["status"] == "not_reproduced", fixed.text
    enrich()
    assert spec.read_bytes() == written


def test_why_there_is_no_test_is_in_the_specification(start_api, start_sandbox, cli, tmp_path):
    world, _, issue = on_the_server(start_api, start_sandbox, tmp_path)
    (tmp_path / "faulty" / "half.py").write_text("def half(n, first_name='', email='', password=''):\n    return '`<!-- -->'\n")
    made = Walk.done(world.api.post("/projects/shop/tests/generate", {"issue": issue}))
    assert made["status"] == "not_reproduced"
    text = Walk.done(world.api.post("/specs/enrich", {"projectId": "shop", "text": issue}))["text"]
    assert "# Regression test\n\nThere is none yet: `" in text and made["reason"][:40] in text
    assert Walk.done(world.api.post("/specs/enrich", {"projectId": "shop", "text": text}))["text"] == text
