"""devflow spec:enrich and POST specs/enrich: the Sentry issues that a specification names, each in a block of its own; the rest of the
file stays as it is, byte for byte."""

import hashlib
import json
import os
import pty
import re
import subprocess

import pytest
import requests
from conftest import PROGRAM
from test_openapi import send_event

START = re.compile(r"<!-- devflow:sentry:(\d+):start v=1 sha256=([0-9a-f]{64}) -->")
BLOCK = re.compile(r"<!-- devflow:sentry:(\d+):start v=1 sha256=([0-9a-f]{64}) -->\r?\n(.*?)<!-- devflow:sentry:\1:end -->", re.DOTALL)


@pytest.fixture
def shop(connected, sandbox, api):
    """A connected project with one issue; what it is called and where it is."""
    send_event(sandbox)
    [issue] = api.get("/integrations/shop/sentry/issues").json()["issues"]
    return issue


@pytest.fixture
def api(start_api):
    """Sentry's answers are asked for each time."""
    return start_api({"SENTRY_CACHE_S": "0"})


def crash(kind, function, **more):
    """An event of its own kind."""
    return {"message": None, "exception": {"values": [{"type": kind, "value": f"{kind} in {function}", "stacktrace": {"frames": [
        {"function": f"{function}_{n}", "filename": f"{function}.py", "lineno": n, "in_app": True, "vars": {"n": n}} for n in range(1, 6)]}}]}, **more}


def issue_of(api, kind):
    issues = api.get("/integrations/shop/sentry/issues").json()["issues"]
    return next(issue for issue in issues if issue["title"].startswith(kind))


def without_blocks(text):
    return re.sub(r"\n*" + BLOCK.pattern + r"\n*", "\n\n", text, flags=re.DOTALL)


@pytest.fixture
def enrich(api, shop, tmp_path):
    """enrich(spec, *options, status=0): the finished command, in tmp_path; spec may be a list."""
    def run(spec, *options, status=0):
        specs = [spec] if isinstance(spec, (str, os.PathLike)) else spec
        done = api.devflow("spec:enrich", *map(str, specs), "--project", "shop", *options)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done
    return run


def link(sandbox, issue):
    return f"{sandbox.url}/organizations/{sandbox.organization}/issues/{issue['id']}/"


def test_a_link_becomes_a_block_at_the_end_of_its_section(enrich, sandbox, shop, tmp_path):
    spec = tmp_path / "SPEC.md"
    before = f"# Checkout\n\nFix <{link(sandbox, shop)}>.\n\n- a\n- b\n\n## Later\n\nnothing\n"
    spec.write_text(before)
    assert "1 added" in enrich(spec).stdout
    text = spec.read_text()
    head, tail = before.split("\n## Later")
    assert text.startswith(head + "\n<!-- devflow:sentry:") and text.endswith("-->\n\n## Later" + tail)
    [(number, digest, body)] = BLOCK.findall(text)
    assert number == shop["id"] and digest == hashlib.sha256(f"v1\n{number}\n{body}".encode()).hexdigest()
    for part in ("Untrusted data from production", "`CheckoutError`", "price_of", "SELECT 1", "## Suggested priority", "## Acceptance criteria",
                 "- **Given** release `shop@1.2.3`, environment `production`", "- **When** `POST`", "- **Then** no `CheckoutError`"):
        assert part in body, (part, body)
    assert "4111111111111111" not in text and "ann@example.com" not in text
    enrich(spec, "--check")
    assert "1 unchanged" in enrich(spec).stdout and spec.read_text() == text


def test_every_form_of_reference(enrich, sandbox, shop, api, tmp_path):
    """Each way to name an issue finds it, once; what only looks like one is left alone, and so is code."""
    event = api.get(f"/integrations/shop/sentry/issues/{shop['id']}/events").json()["events"][0]["id"]
    spec = tmp_path / "SPEC.md"
    for named in (link(sandbox, shop), f"[it]({link(sandbox, shop)}events/{event}/?project=1)", f"`{shop['shortId']}`", f"Sentry URL: {shop['id']}",
                  f"**Sentry issue:** {event}", f"```\n{link(sandbox, shop)}\n```", f"{shop['shortId']} and {link(sandbox, shop)}"):
        spec.write_text(f"# A\n\nUTF-8, RFC-6749, https://github.com/acme/shop/issues/1\n\n{named}\n")
        assert "1 added\n" in enrich(spec).stdout, named
        assert "1 unchanged\n" in enrich(spec).stdout, named
    for named in ("UTF-8", "https://github.com/acme/shop/issues/1001", "https://sentry.io/organizations/acme/issues/1001/",
                  f"```\n{shop['shortId']}\n```", shop["shortId"].lower(), "SHOP", "shop-1-2"):
        spec.write_text(named)
        assert "no Sentry issue" in enrich(spec).stdout, named
        assert spec.read_text() == named


def test_new_events_update_that_block_alone(enrich, sandbox, shop, api, tmp_path):
    send_event(sandbox, crash("OtherError", "other"))
    other = issue_of(api, "OtherError")
    spec = tmp_path / "SPEC.md"
    spec.write_text(f"# A\n\n{shop['shortId']}\n\n# B\n\n{other['shortId']}\n")
    assert "2 added" in enrich(spec).stdout
    first = {number: body for number, _, body in BLOCK.findall(spec.read_text())}
    outside = without_blocks(spec.read_text())
    send_event(sandbox, crash("OtherError", "other"))
    enrich(spec, "--check", status=1)
    assert "1 updated, 1 unchanged" in enrich(spec).stdout
    second = {number: body for number, _, body in BLOCK.findall(spec.read_text())}
    assert second[shop["id"]] == first[shop["id"]] and "2 events" in second[other["id"]] != first[other["id"]]
    assert without_blocks(spec.read_text()) == outside


def test_a_persons_change_is_left_alone_and_reported(enrich, shop, tmp_path):
    spec = tmp_path / "SPEC.md"
    spec.write_text(f"# A\n\n{shop['shortId']}\n")
    enrich(spec)
    written = spec.read_text()
    for changed, said in ((written.replace("Acceptance", "My"), "changed by a person"), (written.replace(":end -->", ":over -->"), "one of its two markers"),
                          (written.replace("v=1", "v=9"), "newer DevFlow")):
        spec.write_text(changed)
        for option in ((), ("--check",)):
            done = enrich(spec, *option, status=1)
            assert f"SPEC.md:5: {shop['shortId']}: " in done.stderr and said in done.stderr, done.stderr
            assert spec.read_text() == changed
    assert "1 left alone" in enrich(spec, "--force", status=1).stdout
    spec.write_text(written.replace("Acceptance", "My"))
    assert "1 updated" in enrich(spec, "--force").stdout and spec.read_text() == written
    os.truncate(spec, 0)
    spec.write_bytes(written.replace("\n", "\r\n").encode())
    assert "1 unchanged" in enrich(spec).stdout


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf# A\r\n\r\nID\r\n\r\n\r\n# B\r\n", b"ID", b"ID\n", b"\r\nID  \t\r\nx", b"\xef\xbb\xbfID",
                                    b"# A\n\nID\n\n```\nnever closed", "é \x01 ID\n\u2028".encode()])
def test_the_rest_of_the_file_stays_byte_for_byte(enrich, shop, tmp_path, before):
    spec = tmp_path / "SPEC.md"
    before = before.replace(b"ID", shop["shortId"].encode())
    spec.write_bytes(before)
    enrich(spec)
    after = spec.read_bytes()
    end = b"\r\n" if b"\r\n" in before else b"\n"
    start, stop = after.index(b"<!-- devflow"), after.index(b":end -->") + 8
    head, tail, block = after[:start], after[stop:], after[start:stop]

    def splits_at(k):
        added = head[k:] + tail[:len(tail) - len(before) + k]
        return head.startswith(before[:k]) and tail.endswith(before[k:]) and not added.strip(b"\r\n") and len(added) <= 3 * len(end)
    assert any(splits_at(k) for k in range(len(before) + 1)), after
    assert block.count(b"\n") == block.count(end) and before.endswith(end) == after.endswith(end)
    enrich(spec)
    assert spec.read_bytes() == after


def test_two_blocks_of_one_issue_are_both_seen_to(enrich, shop, tmp_path):
    spec = tmp_path / "SPEC.md"
    spec.write_text(f"# A\n\n{shop['shortId']}\n")
    enrich(spec)
    written = spec.read_text()
    block = BLOCK.search(written).group(0)
    spec.write_text(written.replace("Acceptance", "My") + f"\n# B\n\n{block}\n")
    assert "SPEC.md:5: " in enrich(spec, status=1).stderr
    assert "1 to update" in enrich(spec, "--check", "--force", status=1).stdout
    assert "1 updated" in enrich(spec, "--force").stdout and spec.read_text() == written + f"\n# B\n\n{block}\n"


def test_a_read_only_file_is_not_replaced(api, shop, tmp_path):
    spec = tmp_path / "SPEC.md"
    spec.write_text(shop["shortId"])
    spec.chmod(0o444)
    as_others = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    done = subprocess.run([*as_others, PROGRAM, "spec:enrich", spec, "--project", "shop"], env={**api.env, "DEVFLOW_API_URL": api.url},
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1 and "SPEC.md cannot be written: Permission denied" in done.stderr
    assert spec.read_text() == shop["shortId"] and [path.name for path in tmp_path.iterdir() if "SPEC" in path.name] == ["SPEC.md"]


def test_mode_and_symbolic_link_are_kept(enrich, shop, tmp_path):
    (tmp_path / "docs").mkdir()
    spec, at = tmp_path / "docs" / "SPEC.md", tmp_path / "SPEC.md"
    spec.write_text(shop["shortId"])
    spec.chmod(0o640)
    at.symlink_to("docs/SPEC.md")
    enrich(at)
    assert at.is_symlink() and os.readlink(at) == "docs/SPEC.md" and spec.stat().st_mode & 0o7777 == 0o640
    assert BLOCK.search(spec.read_text()) and [path.name for path in (tmp_path / "docs").iterdir()] == ["SPEC.md"]


HOSTILE = "boom\n<!-- devflow:sentry:1001:end -->\n```\n<!-- devflow:sentry:7:start v=1 sha256=00 -->\n# PWN\n--> --!> <!--\n~~~\n[x](http://evil)"


def test_an_event_can_neither_close_nor_forge_a_marker(enrich, sandbox, shop, api, tmp_path):
    event = crash("EvilError<!--", "evil")
    event["exception"]["values"][0]["value"] = HOSTILE
    event.update(message=HOSTILE, transaction=HOSTILE, tags={"a": HOSTILE}, extra={"b": HOSTILE}, user={"id": HOSTILE},
                 breadcrumbs={"values": [{"message": HOSTILE, "category": HOSTILE, "data": {"c": HOSTILE}}]})
    event["exception"]["values"][0]["stacktrace"]["frames"][-1].update(context_line=HOSTILE, vars={HOSTILE: HOSTILE}, function=HOSTILE)
    send_event(sandbox, event)
    spec = tmp_path / "SPEC.md"
    spec.write_text(f"# A\n\n{issue_of(api, 'EvilError')['shortId']}\n\n# B\n\nend\n")
    enrich(spec)
    text = spec.read_text()
    assert len(re.findall("<!--", text)) == len(re.findall("-->", text)) == 2 and len(BLOCK.findall(text)) == 1
    assert without_blocks(text) == f"# A\n\n{issue_of(api, 'EvilError')['shortId']}\n\n# B\n\nend\n"
    assert not re.search(r"(?m)^# PWN", re.sub(r"(?ms)^(`{3,}).*?^\1`*$", "", text))
    enrich(spec)
    assert spec.read_text() == text
    assert len(BLOCK.findall(text)) == 1


def test_what_recurs(enrich, sandbox, shop, api, tmp_path):
    """Two issues of one cause name each other."""
    for n in range(2):
        send_event(sandbox, crash("PayError", "pay", fingerprint=[str(n)]))
    one, two = [issue for issue in api.get("/integrations/shop/sentry/issues").json()["issues"] if issue["title"].startswith("PayError")]
    spec = tmp_path / "SPEC.md"
    spec.write_text(f"{one['shortId']}\n")
    enrich(spec)
    text = spec.read_text()
    assert re.search(rf"What recurs\n\nOne cause with `{two['shortId']}`: ", text), text
    enrich(spec)
    assert spec.read_text() == text


def test_many_at_once_with_progress(api, shop, tmp_path):
    """On a terminal one line tells how far it is; a file that is not there, or is no UTF-8, does not stop the others."""
    names = [f"s{n}.md" for n in range(6)]
    for name in names:
        (tmp_path / name).write_text(shop["shortId"])
    (tmp_path / "latin.md").write_bytes(b"\xe9 " + shop["shortId"].encode())
    (tmp_path / "nul.md").write_bytes(b"a\n\0" + shop["shortId"].encode())
    command = [PROGRAM, "spec:enrich", *names[:3], "none.md", "latin.md", "nul.md", *names[3:], "--project", "shop"]
    ours, theirs = pty.openpty()
    done = subprocess.run(command, env={**api.env, "DEVFLOW_API_URL": api.url}, cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs,
                          stdin=subprocess.DEVNULL, check=False, timeout=120, text=True)
    os.close(theirs)
    told = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert done.returncode == 2 and done.stdout.count("1 added") == 6
    assert "9 of 9: s5.md" in told and "none.md cannot be read" in told and "latin.md is not UTF-8 (line 1)" in told and "nul.md holds a NUL character (line 2)" in told
    assert (tmp_path / "latin.md").read_bytes() == b"\xe9 " + shop["shortId"].encode()
    listed = json.loads(api.devflow("spec:enrich", *(str(tmp_path / n) for n in names), "--project", "shop", "--json").stdout)["specs"]
    assert [one["changed"] for one in listed] == [False] * 6 and {i["outcome"] for one in listed for i in one["issues"]} == {"unchanged"}


def test_check_dry_run_and_standard_input(enrich, api, shop, tmp_path):
    spec = tmp_path / "SPEC.md"
    spec.write_text("# A\n")
    assert "1 specification would change" in enrich(spec, "--issue", f"{shop['id']}, {shop['shortId']}", "--check", status=1).stderr
    shown = enrich(spec, "--issue", shop["id"], "--dry-run").stdout
    assert spec.read_text() == "# A\n" and shown.startswith("# A\n\n<!-- devflow") and shown.endswith("-->\n")
    piped = subprocess.run([PROGRAM, "spec:enrich", "-", "--project", "shop", "--issue", shop["id"]], input="# A\n", text=True, timeout=60,
                           env={**api.env, "DEVFLOW_API_URL": api.url}, capture_output=True, check=True)
    assert piped.stdout == shown
    enrich(spec, "--issue", shop["id"])
    assert spec.read_text() == shown and "1 unchanged" in enrich(spec).stdout
    enrich(spec, "--check")


def test_what_cannot_be_had_takes_nothing_away(enrich, sandbox, shop, tmp_path):
    spec = tmp_path / "SPEC.md"
    spec.write_text(f"{shop['shortId']}\n")
    enrich(spec)
    text = spec.read_text()
    missing = enrich(spec, "--issue", "999999", status=4)
    assert "999999" in missing.stderr and spec.read_text() == text
    requests.post(sandbox.url + "/_sandbox/faults", json={"on": "api", "kind": "status", "status": 500, "count": 50}, timeout=30).raise_for_status()
    failed = enrich(spec, status=6)
    assert shop["shortId"] in failed.stderr and spec.read_text() == text
