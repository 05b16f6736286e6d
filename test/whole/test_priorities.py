"""Issues by urgency: devflow bugs:prioritize on lists as Sentry's API gives them, and on a project through the API."""

import json
import subprocess
import threading
import time
import xml.etree.ElementTree

import openapi
import pytest
from conftest import PROGRAM
from sentry_like import ORG, issue
from test_sentry_patterns import numbered, send
from test_sentry_reading import like

__all__ = ["like"]  # a fixture
ROUTE = "/projects/shop/priorities"


@pytest.fixture
def prioritize(bare_env, tmp_path):
    """prioritize(issues, *options): the finished process."""
    def run(issues, *options):
        path = tmp_path / "issues.json"
        path.write_text(issues if isinstance(issues, str) else json.dumps(issues), encoding="utf-8")
        return subprocess.run([PROGRAM, "bugs:prioritize", "--input", path, *options], env=bare_env, capture_output=True, text=True,
                              timeout=60, check=False)
    return run


ISSUES = [
    issue("1", shortId="SHOP-1", count="1000", userCount=1, lastSeen="2026-11-28T10:00:00Z"),
    issue("2", shortId="SHOP-2", count="1000", userCount=500, lastSeen="2026-11-28T10:00:00Z", level="fatal", isUnhandled=True, substatus="regressed"),
    issue("3", shortId="SHOP-3", count="90000", userCount=9000, lastSeen="2026-11-28T10:00:00Z", status="resolved"),
    issue("4", shortId="SHOP-4", count="2", userCount=1, priority="high", priorityLockedAt="2026-11-01T00:00:00Z"),
    {"id": None}, 7, None,
]


def test_highest_first_with_reasons_and_shares(prioritize):
    found = json.loads(prioritize(ISSUES, "--json").stdout)["issues"]
    assert [one["id"] for one in found] == ["2", "1", "3", "4"]
    assert all(set(one) == {"id", "shortId", "score", "priority", "reasons", "shares"} for one in found)
    assert [one["priority"] for one in found] == ["urgent", "medium", "low", "high"]
    assert found[0]["reasons"][0] == "500 users affected" and "it came back after it was resolved" in found[0]["reasons"]
    assert "it is resolved" in found[2]["reasons"] and found[3]["reasons"][0] == "a person set this priority"
    assert all(abs(sum(one["shares"].values()) - one["score"]) < 0.1 for one in found)


def test_the_table_and_one_explained(prioritize):
    lines = prioritize(ISSUES).stdout.splitlines()
    assert lines[0].split()[:4] == ["PRIORITY", "SCORE", "ISSUE", "EVENTS"] and "SHOP-2" in lines[1]
    told = prioritize(ISSUES, "--explain", "shop-2").stdout
    assert told.startswith("SHOP-2: urgent, ") and "place 1 of 4" in told and " regression" in told
    assert prioritize([]).stdout == "No issues\n"


def test_what_is_refused(prioritize):
    for text in ("{}", "[", ""):
        assert prioritize(text).returncode != 0
    assert "no issue SHOP-9 is in the list" in prioritize(ISSUES, "--explain", "SHOP-9").stderr
    assert "goes with no project" in prioritize([], "--project", "shop").stderr


def test_a_time_to_come_makes_nothing_else_old(prioritize):
    soon = issue("9", shortId="SHOP-9", lastSeen="2999-01-01T00:00:00Z")
    now = issue("8", shortId="SHOP-8", lastSeen=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    found = json.loads(prioritize([soon, now], "--json").stdout)["issues"]
    assert len(found) == 2 and all(one["shares"]["recency"] > 14 for one in found), found


def test_sentrys_own_order_beside_it(prioritize):
    found = json.loads(prioritize(ISSUES, "--json", "--compare").stdout)["issues"]
    assert sorted(one["sentry"]["place"] for one in found) == [1, 2, 3, 4] and found[3]["sentry"]["priority"] == "high"
    lines = prioritize(ISSUES, "--compare").stdout.splitlines()
    assert lines[0].split() == ["PRIORITY", "SCORE", "ISSUE", "SENTRY'S", "PLACE", "APART", "FORECAST", "TITLE"] and len(lines) == 5


def test_the_picture_shows_hostile_titles_as_text(prioritize, tmp_path):
    hostile = "</title><script>alert(1)</script><image href='x'/>]]>&\u202e\x1b[2J"
    shown = prioritize([*ISSUES, issue("5", shortId="<b>", title=hostile, count="-7", userCount=10**30)], "--plot", tmp_path / "p.svg")
    assert shown.returncode == 0 and "PRIORITY" in shown.stdout, shown.stderr
    tree = xml.etree.ElementTree.parse(tmp_path / "p.svg")
    assert {tag.tag.split("}")[1] for tag in tree.iter()} == {"svg", "title", "rect", "text", "line", "circle"}
    assert len([dot for dot in tree.iter() if dot.tag.endswith("circle") and len(dot)]) == 5
    told = [title.text for title in tree.iter() if title.tag.endswith("title")]
    assert any("<script>alert(1)" in text for text in told) and not any("\u202e" in text for text in told)


def ask(api, status=200, **params):
    answer = api.get(ROUTE, params=params)
    assert answer.status_code == status, answer.text
    openapi.check("GET", ROUTE, status, answer.headers["Content-Type"].split(";")[0], answer.text)
    return answer.json()


def test_a_projects_issues_through_the_api_and_the_command(api, connected, sandbox, cli, tmp_path):
    assert ask(api) == {"issues": [], "complete": True, "missing": None}
    for user in range(6):
        send(sandbox, ["pay"], "ValueError", "no price of jane@example.com", "a", user={"id": str(user)}, level="fatal")
    send(sandbox, ["load"], "IOError", "cannot read", "b", 6, user={"id": "1"})
    found = ask(api)["issues"]
    assert [one["count"] for one in found] == [6, 6] and [one["userCount"] for one in found] == [6, 1]
    assert found[0]["score"] > found[1]["score"] and found[0]["reasons"][0] and len(found[0]["stats"]["14d"]) == 14
    assert "jane@example.com" not in json.dumps(found)
    made = cli("bugs:prioritize", "--project", "shop", "--json")
    assert json.loads(made.stdout)["issues"] == [{key: one[key] for key in ("id", "shortId", "score", "priority", "reasons", "shares")} for one in found]
    table = cli("bugs:prioritize", "--project", "shop", "--plot", tmp_path / "p.svg")
    assert found[0]["shortId"] in table.stdout.splitlines()[1] and "\u2581" in table.stdout and (tmp_path / "p.svg").stat().st_size > 1000
    told = cli("bugs:prioritize", "--project", "shop", "--explain", found[1]["shortId"]).stdout
    assert "place 2 of 2" in told and f"{found[1]['shares']['users']:8.1f} users\n" in told
    run = json.loads(cli("workflow:start", "bugs-prioritize", "--project", "shop", "--wait", "--json").stdout)
    assert run["status"] == "completed" and [one["id"] for one in run["result"]["issues"]] == [one["id"] for one in found], run
    for params in ({"limit": "1001"}, {"limit": "-1"}):
        assert ask(api, 400, **params)["code"] == "invalid_request"


def test_pages_and_what_is_beyond_the_limit(api, like, cli):
    like({**numbered(130), ORG + "tags/": (200, [])}).connect(api, "shop")
    found = ask(api, limit="120")
    assert len(found["issues"]) == 120 and not found["complete"]
    assert found["missing"] == "These are the first 120 issues, there are more: a higher limit looks at more of them."
    assert len(ask(api, limit="1000")["issues"]) == 130
    assert "a higher limit" in cli("bugs:prioritize", "--project", "shop").stderr
    like({ORG + "issues/": (200, {"detail": "no"})}).connect(api, "other")
    assert api.get(ROUTE.replace("shop", "other")).status_code == 502


def test_its_four_lists_are_asked_for_together_page_by_page(api, like):
    server = like(numbered(130))
    server.connect(api, "shop")
    server.barriers = {ORG + "issues/": threading.Barrier(4)}
    found = ask(api, limit="130")
    assert len(found["issues"]) == 130 and not server.broken and server.take_asked().count(ORG + "issues/") == 8


class Wavering:
    """A Sentry of one issue whose figures a test sets, in a crowd that gives the project its size."""

    def __init__(self):
        self.now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.one = {}
        self.asked = []

    def issues(self, query):
        self.asked.append(query)
        crowd = [issue(str(n), shortId=f"SHOP-{n}", count="40", userCount=9, lastSeen=self.now) for n in range(20, 60)]
        return 200, [issue("7", lastSeen=self.now, level="fatal", isUnhandled=True, **self.one), *crowd]

    def rank(self, api, figures, project="shop"):
        self.one = figures
        found = api.get(ROUTE.replace("shop", project)).json()["issues"]
        return next(one for one in found if one["id"] == "7")


def border(sentry, api):
    """How many users bring the score to the border of urgent; asked of a search, which leaves no mark."""
    low, high = 1, 1 << 20
    while low + 1 < high:
        n = (low + high) // 2
        sentry.one = {"count": str(4 * n), "userCount": n}
        found = api.get(ROUTE, params={"query": "is:unresolved"}).json()["issues"]
        low, high = (n, high) if next(one["score"] for one in found if one["id"] == "7") < 70 else (low, n)
    return high


def test_noise_moves_no_priority_over_a_border_and_back(start_api, like):
    api, sentry = start_api({"SENTRY_REQUESTS_PER_S": "0"}), Wavering()
    like({ORG + "issues/": sentry.issues}).connect(api, "shop")
    # The figures at which the score is just at the border of urgent.
    n = border(sentry, api)
    first = sentry.rank(api, {"count": str(4 * n), "userCount": n})["priority"]
    for by in (0.95, 1.05, 0.97, 1.04, 1):
        assert sentry.rank(api, {"count": str(int(4 * n * by)), "userCount": int(n * by)})["priority"] == first
    assert sentry.rank(api, {"count": "2", "userCount": 1})["priority"] != first


def test_what_a_person_set_and_what_is_over_stays(api, like):
    sentry = Wavering()
    like({ORG + "issues/": sentry.issues}).connect(api, "shop")
    much = {"count": "900000", "userCount": 90000, "substatus": "escalating"}
    assert sentry.rank(api, much)["priority"] == "urgent"
    for by_hand in ("low", "medium", "high"):
        assert sentry.rank(api, {**much, "priority": by_hand, "priorityLockedAt": sentry.now})["priority"] == by_hand
    for status in ("resolved", "ignored"):
        assert sentry.rank(api, {**much, "status": status})["priority"] == "low"


def test_weights_of_a_project(api, like, cli):
    sentry = Wavering()
    like({ORG + "issues/": sentry.issues}).connect(api, "shop")
    usual = cli("bugs:settings", "--project", "shop", "--json")
    assert json.loads(usual.stdout)["weights"]["users"] == 24, usual.stderr
    before = sentry.rank(api, {"count": "10", "userCount": 3})
    changed = cli("bugs:settings", "--project", "shop", "--weights", "users=100, level=0")
    assert changed.returncode == 0 and ["users", "100"] in [line.split() for line in changed.stdout.splitlines()], changed.stderr
    after = sentry.rank(api, {"count": "10", "userCount": 3})
    assert after["shares"]["users"] > before["shares"]["users"] and after["shares"]["level"] == 0
    for wrong in ("users=101", "user=1", "users", "users=-1", "users=1.5", ",".join(f"{part}=0" for part in before["shares"])):
        refused = cli("bugs:settings", "--project", "shop", "--weights", wrong)
        assert refused.returncode != 0 and refused.stderr, wrong
    assert cli("bugs:settings", "--project", "shop", "--reset", "--json").stdout == usual.stdout
    assert sentry.rank(api, {"count": "10", "userCount": 3})["shares"] == before["shares"]


def test_release_environment_and_forecast(api, like, cli):
    now = int(time.time()) // 3600 * 3600
    hours = [{"timestamp": (now - 3600 * (336 - i)) * 1000, "value": 10 if i < 335 else 61} for i in range(336)]

    def issues(query):
        some = "release:latest" in query.get("query", "") or query.get("environment") == "production"
        return 200, [issue("7")] if some else [issue("7"), issue("8", shortId="SHOP-8")]
    like({ORG + "issues/": issues, ORG + "events-timeseries/": (200, {"timeSeries": [{"values": hours}]})}).connect(api, "shop")
    found = {one["id"]: one for one in ask(api, compare="true")["issues"]}
    assert found["7"]["shares"]["release"] > 0 and found["7"]["shares"]["environment"] > 0
    assert found["8"]["shares"]["release"] == found["8"]["shares"]["environment"] == 0
    assert {"the newest release has it", "it happens in production"} <= set(found["7"]["reasons"])
    assert found["7"]["sentry"]["forecast"] == {"limit": 60, "hour": 61, "escalating": True}
    assert "61 of 60 an hour, escalating" in cli("bugs:prioritize", "--project", "shop", "--compare").stdout
    assert "Sentry's forecast: 61 of 60" in cli("bugs:prioritize", "--project", "shop", "--explain", "SHOP-8").stdout
