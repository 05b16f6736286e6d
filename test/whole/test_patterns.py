"""`devflow patterns:*` on files: the real program over events of real SDKs, over what no event should be, and stopped half-way."""

import json
import os
import pathlib
import random
import signal
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("DEVFLOW_BIN", str(ROOT / "build" / "devflow"))
FIXTURES = ROOT / "test" / "fixtures" / "sentry"


def run(*args, text=None, code=0, **more):
    done = subprocess.run([PROGRAM, *args], input=text, capture_output=True, text=True, timeout=300, check=False, **more)
    assert done.returncode == code, done.stderr
    return done


def write(path, events):
    path.write_text("".join(json.dumps(e) + "\n" for e in events))
    return str(path)


def fault(number, path, kind="ValueError", message="no price for", release=0, **frame):
    frames = [{"module": f"shop.{f[0]}", "function": f, "lineno": 10 + release * 7 + i, "in_app": True, **frame} for i, f in enumerate(path)]
    return {"event_id": f"{number:032x}", "exception": {"values": [
        {"type": kind, "value": f"{message} {number}", "stacktrace": {"frames": frames[::-1]}}]}}


def groups(path, *args):
    found = json.loads(run("patterns:group", path, "--json", *args).stdout)["groups"]
    return found, sorted(sorted(g["members"]) for g in found)


def similar(path, *args):
    return [json.loads(line) for line in run("patterns:similar", path, "--json", *args).stdout.splitlines()]


def test_groups_by_cause_over_releases_and_ways_in(tmp_path):
    events = [
        fault(0, ["price", "total", "checkout", "main"]),
        fault(1, ["price", "total", "checkout", "main"], release=1),
        fault(2, ["price", "total", "cart", "api"]),
        fault(3, ["load", "stock", "worker"], "IOError", "cannot read"),
        fault(4, ["load", "stock", "worker"], "IOError", "cannot read", release=2),
        fault(5, ["zip", "quit"], "OtherError", "gone"),
    ]
    found, members = groups(write(tmp_path / "e.jsonl", events))
    assert members == [[f"{i:032x}" for i in ids] for ids in ([0, 1, 2], [3, 4], [5])]
    assert len({g["id"] for g in found}) == 3
    assert "shop.p.price" in found[0]["reason"] and "ValueError" in found[0]["reason"]


def test_the_same_group_has_the_same_id_when_events_are_added(tmp_path):
    events = [fault(i, ["price", "total"], release=i) for i in range(4)]
    before, _ = groups(write(tmp_path / "a.jsonl", events[:2]))
    after, _ = groups(write(tmp_path / "b.jsonl", events))
    assert before[0]["id"] == after[0]["id"] and len(after[0]["members"]) == 4


@pytest.mark.parametrize("form", ["ingest", "api"])
def test_events_of_real_sdks(tmp_path, form):
    paths = sorted((FIXTURES / form).glob("*.json"))
    events = [json.loads(p.read_text()) for p in paths]
    again = [{**e, ("event_id" if form == "ingest" else "eventID"): f"{i:032x}"} for i, e in enumerate(events)]
    lines = similar(write(tmp_path / "e.jsonl", events + again), "--top", "3")
    assert len(lines) == 2 * len(events)
    for i, event in enumerate(events):
        assert lines[i]["id"] == event.get("event_id", event.get("eventID"))
        assert lines[i]["similar"][0] == {"id": f"{i:032x}", "score": 1}


def test_one_event_in_both_forms_is_one(tmp_path):
    both = [json.loads((FIXTURES / form / "python_chained.json").read_text()) for form in ("ingest", "api")]
    both[1]["eventID"] = "b" * 32
    _, members = groups(write(tmp_path / "e.jsonl", both))
    assert members == [sorted([both[0]["event_id"], "b" * 32])]


def test_bare_stacks(tmp_path):
    stack = {"type": "java.lang.IllegalStateException", "value": "closed", "frames_above_test": 2,
             "frames": [{"module": "a.B", "function": "c"}, {"module": "a.B", "function": "d"}, {"module": "a.BTest", "function": "x"}]}
    other = {**stack, "id": "two", "frames": stack["frames"][:2] + [{"module": "z.OtherTest", "function": "y"}]}
    lines = similar(write(tmp_path / "s.jsonl", [{**stack, "id": "one"}, other]))
    assert lines == [{"id": "one", "similar": [{"id": "two", "score": 1}]}, {"id": "two", "similar": [{"id": "one", "score": 1}]}]


def native(number, arguments, address):
    return {"event_id": f"{number:032x}", "platform": "native", "exception": {"values": [{"type": "SIGSEGV", "stacktrace": {"frames": [
        {"function": "main", "package": "/usr/bin/shop"},
        {"function": f"shop::Cart<{arguments}>::total({arguments}) const", "package": "/usr/bin/shop", "instruction_addr": address}]}}]}}


def bundled(number, build, column):
    return {"event_id": f"{number:032x}", "platform": "javascript", "exception": {"values": [
        {"type": "TypeError", "value": "x is undefined", "stacktrace": {"frames": [
            {"function": "t", "filename": f"https://shop.example/static/main.{build}.js", "lineno": 1, "colno": column},
            {"function": "Object.total", "filename": f"https://shop.example/static/cart.{build}.js", "lineno": 1, "colno": column + 7}]}}]}}


def generated(number, proxy, counter):
    return {"event_id": f"{number:032x}", "platform": "java", "exception": {"values": [
        {"type": "NullPointerException", "module": "java.lang", "stacktrace": {"frames": [
            {"module": f"com.sun.proxy.$Proxy{proxy}", "function": "run"},
            {"module": f"shop.Cart$$EnhancerBySpringCGLIB$$89a4{proxy}f61", "function": f"lambda$total${counter}"}]}}]}}


def test_what_a_build_makes_up_does_not_tell_events_apart(tmp_path):
    events = [native(0, "int", "0x7f01"), native(1, "long, std::less<long>", "0x9f02"), bundled(2, "8f3a2c1d", 100),
              bundled(3, "77ab01ce", 2040), generated(4, 12, 3), generated(5, 97, 11)]
    _, members = groups(write(tmp_path / "e.jsonl", events))
    assert members == [[f"{i:032x}", f"{i + 1:032x}"] for i in (0, 2, 4)]


def test_a_stack_overflow_is_one_whatever_its_depth(tmp_path):
    def deep(number, n):
        return fault(number, ["price", "total"] * n + ["main"], "RecursionError", "maximum depth")
    _, members = groups(write(tmp_path / "e.jsonl", [deep(0, 400), deep(1, 1000), fault(2, ["price", "zip"], "KeyError", "gone")]))
    assert members == [[f"{i:032x}" for i in (0, 1)], [f"{2:032x}"]]


def test_an_event_of_100000_frames(tmp_path):
    frames = [{"module": f"shop.m{i % 5003}", "function": f"f{i % 7919}", "lineno": i} for i in range(100_000)]
    huge = {"event_id": "h" * 32, "exception": {"values": [{"type": "StackOverflowError", "stacktrace": {"frames": frames}}]}}
    lines = similar(write(tmp_path / "e.jsonl", [huge, fault(1, ["price"]), {**huge, "event_id": "i" * 32}]))
    assert lines[0]["similar"][0] == {"id": "i" * 32, "score": 1}


HOSTILE = [b"", b"\0\0\0", b"[" * 100_000, b"{\"a\":" * 600 + b"1" + b"}" * 600, b"not json", b"[]", b"{}", b"12", b"\xff\xfe", b"{\"type\":\"\0\"}",
           b'{"exception":[[],{}]}', b'{"type":7,"frames":{}}']


def test_lines_that_are_no_event_are_skipped_and_said(tmp_path):
    path = tmp_path / "e.jsonl"
    good = [json.dumps(fault(i, ["price", "total"])).encode() for i in range(2)]
    path.write_bytes(b"\n".join([good[0], *HOSTILE, good[1]]))
    done = run("patterns:group", str(path), "--json")
    assert sorted(json.loads(done.stdout)["groups"][0]["members"]) == [f"{i:032x}" for i in range(2)]
    assert "line 3 of" in done.stderr and "skipped in all" in done.stderr


def test_events_are_read_as_they_come_from_the_world(tmp_path):
    """A byte order mark, half of a surrogate pair, bytes that are not UTF-8: no reason to leave an event out."""
    path = tmp_path / "e.jsonl"
    line = json.dumps(fault(1, ["price", "total"])).encode()
    path.write_bytes(b"\xef\xbb\xbf" + line + b"\n" + line.replace(b'"shop', b'"\\ud800shop', 1) + b"\r\n" + line.replace(b'"shop', b'"\xffshop', 1) + b"\n")
    done = run("patterns:group", str(path), "--json")
    assert sum(len(group["members"]) for group in json.loads(done.stdout)["groups"]) == 3, done.stderr
    assert done.stderr == ""


def test_wrong_types_and_names_that_no_terminal_should_obey(tmp_path):
    odd = [{"event_id": 7, "message": "a\0b word", "exception": 3}, {"id": "\x1b[31mred", "type": "E\x1b]0;x\x07", "frames": [None, 1, {"function": []}]},
           {"id": "\x1b[31mtoo", "type": "E\x1b]0;x\x07", "frames": [{"function": "\x1b[2Jf", "lineno": "x"}]}]
    path = write(tmp_path / "e.jsonl", odd)
    for command in ("patterns:group", "patterns:similar"):
        assert "\x1b" not in run(command, path).stdout
    assert len(similar(path)) == 3


@pytest.mark.parametrize("args, words", [
    (["patterns:group", "absent.jsonl"], "cannot be read"), (["patterns:group", "."], "is a folder"),
    (["patterns:similar", "-", "--top", "0"], "--top"), (["patterns:similar", "-", "--top", "x"], "--top"),
    (["patterns:group", "-", "--alike", "0"], "--alike"), (["patterns:group", "-", "--alike", "nan"], "--alike"),
    (["patterns:group", "-"], "holds no event")])
def test_what_is_refused(tmp_path, args, words):
    assert words in run(*args, text="", code=2, cwd=tmp_path).stderr


def test_standard_input_and_words_for_people():
    text = "".join(json.dumps(fault(i, ["price", "total", "main"], release=i)) + "\n" for i in range(9))
    text += json.dumps(fault(99, ["zip"], "OtherError", "gone")) + "\n"
    shown = run("patterns:group", "-", text=text).stdout
    assert shown.startswith("9 events: 9 different stacks") and "and 4 more" in shown and "1 event is like no other" in shown
    assert "  0." in run("patterns:similar", "-", text=text).stdout


def many(n):
    chosen = random.Random(5)
    for i in range(n):
        yield json.dumps(fault(i, [chosen.choice("abcdefghijklmnopqrstuvwxyz") * 3 for _ in range(12)], chosen.choice("XYZ") + "Error")) + "\n"


def test_ctrl_c_ends_at_the_end_of_a_line(tmp_path):
    path = tmp_path / "e.jsonl"
    path.write_text("".join(many(20_000)))
    with subprocess.Popen([PROGRAM, "patterns:similar", str(path), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          bufsize=0) as process:
        first = process.stdout.read(100)
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=120)
    assert process.returncode == 130 and b"stopped; " in err
    for line in (first + rest).splitlines():
        json.loads(line)
    assert (first + rest).endswith(b"\n")


def test_each_event_has_at_most_so_many_and_scores_fall(tmp_path):
    path = tmp_path / "e.jsonl"
    path.write_text("".join(many(500)))
    for line in similar(str(path), "--top", "7"):
        scores = [s["score"] for s in line["similar"]]
        assert len(scores) == 7 and scores == sorted(scores, reverse=True) and all(0 <= s <= 1 for s in scores)
        assert line["id"] not in [s["id"] for s in line["similar"]]
