"""devflow bugs:prioritize on lists of issues as Sentry's API gives them."""

import json
import subprocess

import pytest
from conftest import PROGRAM
from sentry_like import issue


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
