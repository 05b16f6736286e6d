"""Groups of issues that Sentry kept apart: through the API and the command, over the sandbox, and over a Sentry that fails."""

import json
import re
import uuid

import openapi
import pytest
import requests
from sentry_like import ORG, event, issue
from test_sentry_reading import like

__all__ = ["like"]  # a fixture
ROUTE = "/integrations/shop/sentry/patterns"


def send(sandbox, path, kind, message, fingerprint, n=1, **more):
    """An issue: Sentry is told by the fingerprint to keep it apart."""
    scheme, rest = sandbox.dsn.split("://")
    key, place = rest.split("@")
    host, project = place.rsplit("/", 1)
    frames = [{"module": f"shop.{f}", "filename": f"shop/{f}.py", "function": f, "lineno": 10 + i, "in_app": True} for i, f in enumerate(path)]
    for _ in range(n):
        event = {"event_id": uuid.uuid4().hex, "platform": "python", "fingerprint": [fingerprint], "exception": {"values": [
            {"type": kind, "value": message, "stacktrace": {"frames": frames[::-1]}}]}, **more}
        requests.post(f"{scheme}://{host}/api/{project}/store/", json=event, headers={"X-Sentry-Auth": f"Sentry sentry_key={key}"},
                      timeout=20).raise_for_status()


def fill(sandbox):
    send(sandbox, ["price", "total", "checkout", "main"], "ValueError", "no price of jane@example.com", "a", 6,
         tags={"tenant": "acme", "region": "eu"}, release="shop@2.0")
    send(sandbox, ["price", "total", "cart", "api"], "ValueError", "no price of it", "b", 4, tags={"tenant": "acme", "region": "us"}, release="shop@2.0")
    send(sandbox, ["load", "stock"], "IOError", "cannot read", "c", 8, tags={"tenant": "globex", "region": "eu"}, release="shop@1.0")
    send(sandbox, ["quit"], "OtherError", "gone", "d", 6, tags={"tenant": "initech", "region": "us"}, release="shop@1.0")


def ask(api, status=200, **params):
    answer = api.get(ROUTE, params=params)
    assert answer.status_code == status, answer.text
    kind = answer.headers["Content-Type"].split(";")[0]
    openapi.check("GET", ROUTE, status, kind, answer.text)
    return answer.json() if kind == "application/json" else answer.text


def test_what_they_share_and_what_stands_out(api, connected, sandbox):
    fill(sandbox)
    found = ask(api)
    assert (found["issues"], found["alone"], found["notes"]) == (4, 2, [])
    [group] = found["groups"]
    assert [i["count"] for i in group["issues"]] == [6, 4] and group["count"] == 10
    assert group["shared"]["frames"] == ["shop.price.price", "shop.total.total"] and group["shared"]["type"] == "ValueError"
    stands = {(t["key"], t["value"]): t for t in group["shared"]["tags"]}
    assert ("tenant", "acme") in stands and ("release", "shop@2.0") in stands
    assert not any(key == "region" for key, _ in stands)
    tenant = stands["tenant", "acme"]
    assert tenant["share"] == 1 and tenant["shareOfRest"] == 0 and tenant["z"] >= 3.29
    assert group["code"][0] == {"function": "price", "place": "shop/price.py", "line": 10}
    assert group["trend"] == "new" and group["week"] == 10 and group["weekBefore"] == 0
    assert group["firstSeen"] <= group["lastSeen"]
    assert "jane@example.com" not in json.dumps(found)


def test_markdown_and_the_command(api, connected, sandbox, cli, tmp_path):
    fill(sandbox)
    text = ask(api, format="markdown")
    assert "## 1. 2 issues, 10 events" in text and "`tenant` = `acme`, 100 % of these events against 0 % of the others" in text
    assert "`shop/price.py:10` in `price`" in text and "jane@example.com" not in text
    assert cli("sentry:patterns", "--project", "shop").stdout.startswith("# Recurring patterns")
    assert json.loads(cli("sentry:patterns", "--project", "shop", "--json").stdout)["issues"] == 4
    done = cli("sentry:patterns", "--project", "shop", "-o", str(tmp_path / "p.md"), "--limit", "2")
    assert done.returncode == 0 and "2 issues were compared" in (tmp_path / "p.md").read_text()


def test_what_is_refused_and_an_empty_project(api, connected):
    assert ask(api) == {"groups": [], "issues": 0, "alone": 0, "listed": 0, "complete": True, "retryAfter": None, "notes": []}
    for params in ({"format": "xml"}, {"limit": "0x"}, {"limit": "1001"}):
        assert ask(api, 400, **params)["code"] == "invalid_request"


def numbered(n, page=100, limited_from=None):
    """A Sentry of n issues, a page at a time, all with one cause, whose events of issues from limited_from on are limited once."""
    def issues(query):
        first = int(query.get("cursor", "0"))
        until = min(first + min(page, int(query["limit"])), n)
        link = f'<http://elsewhere/?cursor={until}>; rel="next"; results="{"true" if until < n else "false"}"; cursor="{until}"'
        return 200, [issue(str(i + 1)) for i in range(first, until)], [("Link", link)]
    made = {ORG + "issues/": issues}
    for i in range(1, n + 1):
        had = (200, event(groupID=str(i), tags=[]))
        made[ORG + f"issues/{i}/events/recommended/"] = [(429, '"too often"', [("Retry-After", "9")]), had] if i == limited_from else had
        made[ORG + f"issues/{i}/tags/"] = (200, [])
    return made


def test_pages_of_issues_and_what_is_beyond_the_limit(start_api, like):
    api = start_api({"SENTRY_REQUESTS_PER_S": "0"})
    like(numbered(130)).connect(api, "shop")
    found = ask(api, limit="120")
    assert (found["issues"], found["listed"], found["complete"], found["retryAfter"]) == (120, 120, False, None)
    assert len(found["groups"][0]["issues"]) == 120
    assert found["notes"] == ["There are more issues: a higher limit looks at more of them"]
    found = ask(api, limit="1000")
    assert (found["issues"], found["listed"], found["complete"], found["notes"]) == (130, 130, True, [])


def test_a_rate_limit_in_the_middle_and_going_on_from_there(api, like):
    sentry = like(numbered(20, limited_from=10))
    sentry.connect(api, "shop")
    found = ask(api)
    assert (found["issues"], found["listed"], found["complete"]) == (8, 20, False) and found["retryAfter"] > 0
    assert found["notes"][0] == "8 of 20 issues were looked at." and found["notes"][1].startswith("Not all issues were looked at: Sentry limits")
    assert len(found["groups"][0]["issues"]) == 8
    seen = sentry.take_asked()
    assert seen.count(ORG + "issues/1/events/recommended/") == 1


def test_the_command_goes_on_to_the_end(api, like, cli):
    sentry = like(numbered(20, limited_from=10))
    sentry.connect(api, "shop")
    done = cli("sentry:patterns", "--project", "shop", "--json", timeout=120)
    found = json.loads(done.stdout)
    assert (found["issues"], found["complete"]) == (20, True) and "8 of 20 issues looked at; Sentry limits the rate" in done.stderr
    assert sentry.take_asked().count(ORG + "issues/1/events/recommended/") == 1


def answers(outside=False, tags=True, kind="latest"):
    """A Sentry of two issues with one cause, and what it has: events inside the organisation or outside, tags or none."""
    made = {ORG + "issues/": (200, [issue("7"), issue("8", shortId="SHOP-8", stats={"14d": [[1, "x"], None, 3]}), issue("x/../1")])}
    for id_ in "78":
        at = ("" if outside else ORG) + f"issues/{id_}/"
        made[f"{at}events/{kind}/"] = (200, event(groupID=id_, tags=[{"key": "tenant", "value": "acme"}, {"key": None, "value": 1}]))
        if tags:
            made[at + "tags/"] = (200, [{"key": "tenant", "topValues": [{"value": "acme", "count": 3}, 7, {"value": None}]}, None, {"key": 3}])
    return made


@pytest.mark.parametrize("had", [{}, {"kind": "recommended"}, {"outside": True}])
def test_servers_that_know_less(api, like, had):
    like(answers(**had)).connect(api, "shop")
    found = ask(api)
    assert [i["id"] for i in found["groups"][0]["issues"]] == ["7", "8"] and found["notes"] == [] and found["groups"][0]["trend"] == "unknown"


def test_what_could_not_be_had_is_said(api, like):
    like(answers(tags=False)).connect(api, "shop")
    found = ask(api)
    assert len(found["groups"]) == 1
    assert found["notes"] == ["Of 2 of the issues the tags could not be had; those of one event stand for them."]
    only_lists = {path: answer for path, answer in answers().items() if "events" not in path}
    like(only_lists).connect(api, "other")
    found = api.get(ROUTE.replace("shop", "other")).json()
    assert found["groups"] == [] and found["notes"] == ["Of 2 of the issues no event could be had; they were not compared."]


def test_an_answer_that_is_no_list_is_said(api, like):
    like({ORG + "issues/": (200, {"detail": "no"})}).connect(api, "shop")
    assert ask(api, 502)["code"] == "provider_error"


def test_hostile_names_stay_in_their_spans(api, connected, sandbox):
    for mark, n in (("a", 3), ("b", 2)):
        send(sandbox, ["`x`](http://evil)", "<img src=x>"], "E|`", "a ``` @all <!-- word", mark, n, tags={"t`|": "<b>"})
    text = ask(api, format="markdown")
    assert "## 1. 2 issues, 5 events" in text
    for line in text.splitlines():
        bare = re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", line)  # what is left outside of the code spans
        assert not any(word in bare for word in ("evil", "<img", "@all", "<b>", "<!--")), line
