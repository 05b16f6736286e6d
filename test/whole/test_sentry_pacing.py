"""Lists to their end, rate limits, the budget of a connection, and what is kept of Sentry's answers."""

import json
import time

import pytest
from sentry_like import EVENT_ID, NOT_THERE, ORG, event, issue
from test_sentry_reading import ISSUE, LOST, RECOMMENDED, SENTRY, context, like

__all__ = ["like"]  # a fixture
LIMITED = "You are attempting to use this endpoint too frequently. Limit is 40 requests in 1 seconds"


def limited(reset_in_s):
    """A 429 as Sentry's API limiter answers: a bare JSON string, no Retry-After."""
    def answer(_):
        return 429, LIMITED, [("X-Sentry-Rate-Limit-Limit", "40"), ("X-Sentry-Rate-Limit-Remaining", "0"),
                              ("X-Sentry-Rate-Limit-Reset", str(int(time.time()) + reset_in_s))]
    return answer


def pages(n, of=2, links=None):
    """The issue list in n pages, cursors 0:1:0, 0:2:0, ...; links(i, last) makes the Link header."""
    def link(i, last):
        return (f'<http://elsewhere.example/?&cursor=0:{i - 1}:1>; rel="previous"; results="{str(i > 0).lower()}"; cursor="0:{i - 1}:1", '
                f'<http://elsewhere.example/?&cursor=0:{i + 1}:0>; rel="next"; results="{str(not last).lower()}"; cursor="0:{i + 1}:0"')

    def answer(query):
        i = int(query.get("cursor", "0:0:0").split(":")[1])
        rows = [issue(str(i * of + k + 1), shortId=f"SHOP-{i * of + k + 1}") for k in range(of)]
        return 200, rows, [("Link", (links or link)(i, i == n - 1))]
    return answer


def all_issues(api, project="shop", **params):
    answer = api.get(f"/integrations/{project}/sentry/issues", params={"all": "true", **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("links", [
    None,
    lambda i, last: f"{{'<https://x/?&cursor=>; rel=\"previous\"; results=\"false\"', '<https://x/>; rel=\"next\"; results=\"{str(not last).lower()}\"; "
                    f"cursor=\"0:{i + 1}:0\"'}}",
    lambda i, last: "" if last else f"<https://x/?cursor=0%3A{i + 1}%3A0>; rel=next",
])
def test_every_page_is_fetched(api, like, links):
    server = like({ORG + "issues/": pages(7, links=links)})
    server.connect(api, "shop")
    got = all_issues(api, limit=2)
    assert [one["id"] for one in got["issues"]] == [str(i) for i in range(1, 15)]
    assert (got["complete"], got["missing"], got["nextCursor"]) == (True, None, None)
    assert len(server.asked) == 7 and {query["limit"] for query in server.queries[1:]} == {"2"}


@pytest.mark.parametrize("cycle", [1, 3])
def test_pages_that_lead_back_end(api, like, cycle):
    def answer(query):
        i = int(query.get("cursor", "c0")[1:])
        return 200, [issue(str(i + 1))], [("Link", f'<x>; rel="next"; results="true"; cursor="c{(i + 1) % cycle if i else i + 1}"')]
    server = like({ORG + "issues/": answer})
    server.connect(api, "shop")
    got = all_issues(api)
    assert not got["complete"] and "same page again" in got["missing"] and 1 <= len(got["issues"]) <= 20


def test_a_later_page_that_fails_leaves_the_first(api, like, cli):
    whole = pages(5)
    server = like({ORG + "issues/": lambda query: (500, LOST) if query.get("cursor") == "0:3:0" else whole(query)})
    server.connect(api, "shop")
    got = all_issues(api)
    assert [one["id"] for one in got["issues"]] == ["1", "2", "3", "4", "5", "6"]
    assert not got["complete"] and "the first 6" in got["missing"] and "500" in got["missing"] and got["nextCursor"] == "0:3:0"
    done = cli("sentry:issues", "--project", "shop", "--all")
    assert done.returncode == 6 and "SHOP-6" in done.stdout and "SHOP-7" not in done.stdout
    assert "6 issues so far" in done.stderr and "there are more" in done.stderr and "--cursor 0:3:0" in done.stderr
    done = cli("sentry:issues", "--project", "shop", "--all", "--json")
    assert done.returncode == 6 and json.loads(done.stdout)["complete"] is False and len(json.loads(done.stdout)["issues"]) == 6
    server.answers[ORG + "issues/"] = whole
    done = cli("sentry:issues", "--project", "shop", "--all")
    assert done.returncode == 0 and "SHOP-10" in done.stdout and done.stderr.splitlines()[-1] == "8 issues so far"


def test_every_event_is_fetched(api, like):
    rows = [{"id": f"{i:032x}", "eventID": f"{i:032x}", "tags": []} for i in range(1, 251)]

    def answer(query):
        at, n = int(query.get("cursor", "0:0:0").split(":")[1]), int(query["per_page"])
        return 200, rows[at:at + n], [("Link", f'<x>; rel="next"; results="{str(at + n < 250).lower()}"; cursor="0:{at + n}:0"')]
    server = like({ISSUE: (200, issue()), ORG + "issues/7/events/": answer})
    server.connect(api, "shop")
    got = api.get("/integrations/shop/sentry/issues/7/events", params={"all": "true"}).json()
    assert [one["id"] for one in got["events"]] == [row["id"] for row in rows] and got["complete"]
    # an issue read a moment ago is not read again for each page
    assert server.asked.count(ISSUE) == 1
    assert api.get("/integrations/shop/sentry/issues/7/events", params={"all": "yes"}).status_code == 400


def test_a_short_rate_limit_is_waited_for(api, like):
    server = like({**SENTRY, RECOMMENDED: [limited(2), (200, event())]})
    server.connect(api, "shop")
    began = time.time()
    got = context(api, "shop", "7")
    assert got["event"]["id"] == EVENT_ID and got["notes"] == []
    # until the reset, which had whole seconds; the issue's own answer was there and is not asked for again
    assert time.time() - began >= 1 and server.asked.count(ISSUE) == 1 and server.asked.count(RECOMMENDED) == 2


def test_a_used_up_window_is_not_asked_into(api, like):
    def last(_):
        return 200, issue(), [("X-Sentry-Rate-Limit-Remaining", "0"), ("X-Sentry-Rate-Limit-Reset", str(int(time.time()) + 2))]
    server = like({ISSUE: last, ORG + "issues/": (200, [issue()])})
    server.connect(api, "shop")
    began = time.time()
    assert api.get("/integrations/shop/sentry/issues/7").status_code == 200
    assert api.get("/integrations/shop/sentry/issues").status_code == 200
    assert time.time() - began >= 1


def test_a_long_rate_limit_holds_the_connection_and_its_proxy(api, like):
    server = like({ISSUE: limited(40), RECOMMENDED: limited(40), ORG + "issues/": (200, [issue()])})
    server.connect(api, "shop")
    other = like(SENTRY)
    other.connect(api, "other")
    answer = api.get("/integrations/shop/sentry/issues/7/context")
    assert answer.status_code == 429 and answer.json()["code"] == "provider_rate_limited"
    assert 30 <= int(answer.headers["Retry-After"]) <= 41
    asked = len(server.asked)
    assert api.get("/integrations/shop/sentry/issues").status_code == 429
    assert api.session.get(f"{api.url}/proxy/shop/sentry/api/0/organizations/", timeout=30).status_code == 429
    assert len(server.asked) == asked
    assert context(api, "other", "7")["issue"]["id"] == "7"  # another connection has its own


def test_a_429_of_the_proxy_holds_the_readers(api, like):
    server = like({**SENTRY, "busy/": limited(40)})
    server.connect(api, "shop")
    assert api.session.get(f"{api.url}/proxy/shop/sentry/api/0/busy/", timeout=30).status_code == 429
    asked = len(server.asked)
    assert api.get("/integrations/shop/sentry/issues/7").status_code == 429 and len(server.asked) == asked


def test_nodes_share_a_connections_budget(start_api, postgres, like):
    """Two nodes on one store, no Redis: what one was told holds both, and they share the pace."""
    first = start_api({**postgres.settings, "SENTRY_REQUESTS_PER_S": "1", "SENTRY_CACHE_S": "0"})
    second = start_api({**postgres.settings, "SENTRY_REQUESTS_PER_S": "1", "SENTRY_CACHE_S": "0", "OAUTH_ENCRYPTION_KEY": first.env["OAUTH_ENCRYPTION_KEY"]})
    server = like({**SENTRY, ORG + "issues/9/": limited(40)})
    server.connect(first, "shop")
    began = time.time()
    for node in (first, second, first, second):
        assert node.get("/integrations/shop/sentry/issues/7").status_code == 200
    # one in 1.25 s, two seconds' worth at once: the fourth goes out 1.75 s after the first
    assert time.time() - began >= 1.5 and len(server.asked) == 4
    assert first.get("/integrations/shop/sentry/issues/9").status_code == 429
    asked = len(server.asked)
    assert second.get("/integrations/shop/sentry/issues/7").status_code == 429 and len(server.asked) == asked


def test_the_cli_waits_for_a_rate_limit_and_says_so(api, like, cli):
    whole, told = pages(3), []

    def answer(query):
        if query.get("cursor") == "0:2:0" and not told:
            told.append(1)
            return limited(10)(query)
        return whole(query)
    server = like({ORG + "issues/": answer})
    server.connect(api, "shop")
    done = cli("sentry:issues", "--project", "shop", "--all")
    assert done.returncode == 0 and "SHOP-6" in done.stdout
    assert "4 issues; Sentry limits the rate, going on in" in done.stderr


def test_what_is_read_again_is_asked_once(api, like):
    server = like(SENTRY)
    server.connect(api, "shop")
    first = context(api, "shop", "7")
    second = context(api, "shop", "7")
    assert second["fetchedAt"] == first["fetchedAt"] and server.asked.count(ISSUE) == server.asked.count(RECOMMENDED) == 1
    assert api.get("/integrations/shop/sentry/issues/7").status_code == 200 and server.asked.count(ISSUE) == 1
    # a new connection begins with nothing
    answer = api.post("/auth/sentry/static", {"projectId": "shop", "token": "another", "baseUrl": server.url})
    assert answer.status_code == 200
    context(api, "shop", "7")
    assert server.asked.count(ISSUE) == 2 and server.tokens[-1] == "Bearer another"


def test_nothing_is_kept_where_it_is_off(start_api, like):
    api = start_api({"SENTRY_CACHE_S": "0"})
    server = like({ISSUE: (200, issue()), RECOMMENDED: (200, event())})
    server.connect(api, "shop")
    for _ in range(2):
        context(api, "shop", "7")
    assert server.asked.count(ISSUE) == 2


def test_failures_are_not_kept(api, like):
    server = like({ISSUE: [(404, NOT_THERE[1]), (200, issue())], RECOMMENDED: [(500, LOST), (200, event())]})
    server.connect(api, "shop")
    context(api, "shop", "7", status=404)
    got = context(api, "shop", "7")
    assert got["issue"]["id"] == "7" and got["event"]["id"] == EVENT_ID


def test_what_is_kept_in_redis_is_sealed_and_shared(start_api, postgres, redis_server, like):
    settings = {**postgres.settings, **redis_server.settings}
    first = start_api(settings)
    second = start_api({**settings, "OAUTH_ENCRYPTION_KEY": first.env["OAUTH_ENCRYPTION_KEY"]})
    server = like({ISSUE: (200, issue(title="secret-title-1")), RECOMMENDED: (200, event(user={"email": "ann@example.com"}))})
    server.connect(first, "shop")
    context(first, "shop", "7")
    assert context(second, "shop", "7")["issue"]["title"] == "secret-title-1"
    assert server.asked.count(ISSUE) == 1
    keys = redis_server.command("KEYS", "devflow:sentry:*")
    assert len(keys) == 2
    for key in keys:
        assert "acme" not in key and 0 < int(redis_server.command("PTTL", key)) <= 15000
        value = str(redis_server.command("GET", key))
        assert "secret-title-1" not in value and "ann@example.com" not in value and "KeyError" not in value
