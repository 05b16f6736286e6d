"""The stand-in that the refresh proofs rest on is as hard as it says."""

import contextlib
import json
import urllib.error
import urllib.parse
import urllib.request

import pytest
from rotating_provider import RotatingProvider, digest

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def refresh(provider, token):
    form = urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": token}).encode()
    try:
        with OPENER.open(f"{provider.url}/oauth/token/", form, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def provider():
    with contextlib.closing(RotatingProvider()) as provider:
        provider.add("a0", "r0")
        yield provider


def test_both_tokens_are_replaced_at_once_and_the_old_ones_are_dead(provider):
    assert provider.valid("a0")
    status, pair = refresh(provider, "r0")
    assert status == 200 and not provider.valid("a0") and provider.valid(pair["access_token"])
    assert refresh(provider, "r0")[0] == 400
    assert refresh(provider, pair["refresh_token"])[0] == 200
    assert [a.outcome for a in provider.refreshes()] == ["replaced", "refused", "replaced"]
    assert provider.times_sent()[digest("r0")] == 2


def test_within_its_grace_the_old_token_brings_the_same_pair(provider):
    provider.grace_s = 60
    first, again = refresh(provider, "r0")[1], refresh(provider, "r0")[1]
    assert first["refresh_token"] == again["refresh_token"] and first["access_token"] == again["access_token"]
    newer = refresh(provider, refresh(provider, "r0")[1]["refresh_token"])
    assert newer[0] == 200 and refresh(provider, "r0")[0] == 400, "one generation, no more"


def test_a_fault_before_the_rotation_leaves_the_pair_and_one_after_it_does_not(provider):
    for fault, more in (("html", {}), ("status", {"status": 401}), ("rate_limit", {}), ("status", {"status": 500})):
        provider.next(fault, **more)
        assert refresh(provider, "r0")[0] in (401, 429, 500, 502) and provider.valid("a0")
    for fault in ("drop_before", "drop_after"):
        provider.next(fault)
        with pytest.raises(OSError):
            refresh(provider, "r0")
        assert provider.valid("a0") == (fault == "drop_before")


def test_the_limit_is_counted(provider):
    provider.limit_per_s = 2
    answers = [refresh(provider, "none")[0] for _ in range(40)]
    assert answers.count(429) == provider.refused_by_limit > 0
    assert provider.most_in_a_second() > 2
