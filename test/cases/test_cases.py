"""Runs each test/cases/*.case: what Sentry answers, commands, and what they print, to the byte.

    # a comment
    <- GET /api/0/organizations/ 200 Link: <x>; rel="next"     what Sentry answers; the body follows, to an empty line
    $ devflow oauth:connect sentry                              a command; what it prints (both streams) follows
    ! 5                                                         its exit code, 0 when not said
    ? POST /oauth/token/ grant_type=refresh_token&...           Sentry was asked this; "..." stands for anything
    ?! GET /api/0/users/me/                                     and never this

A project `shop` with a registered application is there. {sentry} and {api} stand for their URLs, "..." in expected lines for
anything."""

import pathlib
import re
import shlex

import pytest
from upstream import Upstream
from whole_conftest import CLIENT_ID, CLIENT_SECRET

FOLDER = pathlib.Path(__file__).resolve().parent
CASES = sorted(FOLDER.glob("*.case"))


def parse(path):
    """(replies, steps); a step is [command, lines, exit code], or a question [mark, pattern]."""
    replies, steps, into = [], [], None
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        mark, _, rest = line.partition(" ")
        if mark == "<-":
            method, where, status, *header = rest.split(" ", 3)
            headers = [tuple(part.split(": ", 1)) for part in header]
            replies.append([method, where, int(status), headers, ""])
            into = replies[-1]
        elif mark == "$":
            steps.append([rest, [], 0])
            into = steps[-1]
        elif mark == "!":
            steps[-1][2] = int(rest)
        elif mark in ("?", "?!"):
            steps.append([mark, rest])
            into = None
        elif line.startswith("#") and into is None:
            continue
        elif into in replies if into else False:
            if line:
                into[4] += ("\n" if into[4] else "") + line
            else:
                into = None
        elif into:
            into[1].append(line)
    return [tuple(reply) for reply in replies], steps


def pattern_of(text):
    return re.compile(".*".join(re.escape(part) for part in text.split("...")), re.DOTALL)


def strip(lines):
    while lines and not lines[-1]:
        lines = lines[:-1]
    return lines


@pytest.fixture
def upstream_of():
    made = []

    def make(replies):
        made.append(Upstream(replies))
        return made[-1]

    yield make
    for upstream in made:
        upstream.close()


def test_there_are_cases():
    assert len(CASES) >= 12


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(path, api, cli, upstream_of):
    replies, steps = parse(path)
    assert steps, "a case without a command shows nothing"
    upstream = upstream_of(replies)
    assert api.post("/projects", {"id": "shop", "name": "Shop"}).status_code == 201
    assert api.post("/auth/apps/register", {"projectId": "shop", "provider": "SENTRY", "clientId": CLIENT_ID, "baseUrl": upstream.url,
                                            "clientSecret": CLIENT_SECRET, "redirectUri": api.redirect_uri}).status_code == 200

    def filled(text):
        return text.replace("{sentry}", upstream.url).replace("{api}", api.origin)

    for step in steps:
        if step[0] in ("?", "?!"):
            asked = [line for line in upstream.asked if pattern_of(filled(step[1])).fullmatch(line)]
            assert bool(asked) == (step[0] == "?"), f"{step[0]} {step[1]}\nasked:\n" + "\n".join(upstream.asked)
            continue
        command, expected, code = step
        words = shlex.split(filled(command))
        assert words[0] == "devflow"
        done = cli(*words[1:])
        printed = strip((done.stdout + done.stderr).splitlines())
        expected = [filled(line) for line in strip(expected)]
        shown = "\n".join(printed)
        assert done.returncode == code, f"$ {command}\nexit code {done.returncode}\n{shown}"
        assert pattern_of("\n".join(expected)).fullmatch(shown), f"$ {command}\nprinted:\n{shown}\nexpected:\n" + "\n".join(expected)
