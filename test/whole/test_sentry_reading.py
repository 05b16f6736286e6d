"""Getting an issue and its event from any server of Sentry's API, by any name it has, in at most two rounds."""

import json

import pytest
from sentry_like import EVENT_ID, HTML_404, NOT_THERE, ORG, SentryLike, event, issue
from test_openapi import send_event

LOST = {"detail": "Internal Error"}
ISSUE, RECOMMENDED = ORG + "issues/7/", ORG + "issues/7/events/recommended/"
LATEST, SHORT = ORG + "issues/7/events/latest/", ORG + "issues/SHOP-7/"
SENTRY = {
    ISSUE: (200, issue()), SHORT: (200, issue()),
    RECOMMENDED: (200, event()), SHORT + "events/recommended/": (200, event()), LATEST: (200, event()),
    f"{ORG}issues/7/events/{EVENT_ID}/": (200, event()),
    ORG + "shortids/SHOP-7/": (200, {"organizationSlug": "acme", "groupId": "7", "shortId": "SHOP-7", "group": issue()}),
    f"{ORG}eventids/{EVENT_ID}/": (200, {"organizationSlug": "acme", "groupId": "7", "eventId": EVENT_ID, "event": event()}),
    ORG + "issues/": (200, [issue()]),
}
# GlitchTip: issues and events outside the organisation, no short IDs, no event ids but by searching, no recommended event.
GLITCHTIP = {
    "issues/7/": (200, issue()), "issues/7/events/latest/": (200, event()), f"issues/7/events/{EVENT_ID}/": (200, event()),
    ORG + "issues/": (200, [issue()], [("Link", "{'<https://x/?&cursor=>; rel=\"previous\"; results=\"false\"'}")]),
}
OLDER = {path: answer for path, answer in SENTRY.items() if "recommended" not in path}


@pytest.fixture
def like():
    """like(answers, ...) starts a server of Sentry's API."""
    started = []

    def start(*args, **more):
        started.append(SentryLike(*args, **more))
        return started[-1]
    yield start
    for server in started:
        server.close()


def context(api, project, name, status=200, form="json"):
    answer = api.get(f"/integrations/{project}/sentry/issues/{name.replace('/', '%2F').replace('#', '%23').replace('?', '%3F')}/context",
                     params={"format": form})
    assert answer.status_code == status, answer.text
    return answer.json() if form == "json" else answer.text


ROUNDS = [
    # server, name of the issue, the rounds
    (SENTRY, "7", [{ISSUE, RECOMMENDED}]),
    (SENTRY, "SHOP-7", [{SHORT, SHORT + "events/recommended/", ORG + "shortids/SHOP-7/", ORG + "issues/"}]),
    (SENTRY, EVENT_ID, [{f"{ORG}eventids/{EVENT_ID}/", ORG + "issues/"}, {ISSUE, "issues/7/"}]),
    (SENTRY, "{url}/organizations/acme/issues/7/events/" + EVENT_ID + "/", [{ISSUE, f"{ORG}issues/7/events/{EVENT_ID}/"}]),
    (OLDER, "7", [{ISSUE, RECOMMENDED}, {LATEST, "issues/7/events/latest/"}]),
    (GLITCHTIP, "7", [{ISSUE, RECOMMENDED}, {"issues/7/", LATEST, "issues/7/events/latest/"}]),
    (GLITCHTIP, "SHOP-7", [{SHORT, SHORT + "events/recommended/", ORG + "shortids/SHOP-7/", ORG + "issues/"},
                           {ISSUE, "issues/7/", RECOMMENDED, LATEST, "issues/7/events/latest/"}]),
    (GLITCHTIP, EVENT_ID, [{f"{ORG}eventids/{EVENT_ID}/", ORG + "issues/"},
                           {ISSUE, "issues/7/", f"{ORG}issues/7/events/{EVENT_ID}/", f"issues/7/events/{EVENT_ID}/"}]),
]


def test_a_context_takes_two_rounds_at_most(api, like):
    """Each round's requests are answered only once all of them are in flight, and there are no others."""
    for i, (answers, name, rounds) in enumerate(ROUNDS):
        server = like(answers, missing=HTML_404 if answers is GLITCHTIP else NOT_THERE)
        server.connect(api, f"p{i}")
        server.together(*rounds)
        got = context(api, f"p{i}", name.format(url=server.url))
        assert (got["issue"]["id"], got["event"]["id"], got["notes"]) == ("7", EVENT_ID, []), (i, got)
        assert not server.broken and sorted(server.asked) == sorted(path for group in rounds for path in group), (i, server.asked)
        assert set(server.tokens) == {f"Bearer token-p{i}"}


def test_every_name_leads_to_one_issue(connected, sandbox, api):
    send_event(sandbox, {"event_id": "ab" * 16, "message": "boom"})
    [row] = api.get("/integrations/shop/sentry/issues").json()["issues"]
    org = f"{sandbox.url}/organizations/{sandbox.organization}"
    names = [row["id"], row["shortId"], row["shortId"].lower(), "ab" * 16, "AB" * 16, "abababab-abab-abab-abab-abababababab",
             f"{org}/issues/{row['id']}/?project=1#exception", f"{org}/issues/{row['shortId']}/", f"{org}/issues/{row['id']}/events/{'ab' * 16}/",
             f"{org}/issues/{row['id']}/events/oldest/?query=a", f"{org}/projects/{sandbox.project}/events/{'ab' * 16}/",
             f"{sandbox.url}/api/0/{ORG.replace('acme', sandbox.organization)}issues/{row['id']}/",
             f"{sandbox.url}/{sandbox.organization}/{sandbox.project}/issues/{row['id']}/"]
    for name in names:
        got = context(api, "shop", name)
        assert (got["issue"]["id"], got["issue"]["shortId"], got["event"]["id"], got["notes"]) == (row["id"], row["shortId"], "ab" * 16, []), name


def test_hours_where_the_server_has_none(api, like):
    like({ORG + "issues/7/": (200, issue())}).connect(api, "shop")
    got = api.get("/integrations/shop/sentry/issues/7", params={"hourly": "true"})
    assert got.status_code == 200 and "14dHourly" not in got.json()["stats"]


@pytest.mark.parametrize("moved", [(200, issue("9")), (301, "", [("Location", "/api/0/organizations/acme/issues/9/")])])
def test_a_merged_issue_is_followed(api, like, moved):
    server = like({ISSUE: moved, RECOMMENDED: (200, event(groupID="9")) if moved[0] == 200 else NOT_THERE, ORG + "issues/9/": (200, issue("9")),
                   ORG + "issues/9/events/latest/": (200, event(groupID="9"))})
    server.connect(api, "shop")
    got = context(api, "shop", "7")
    assert got["issue"]["id"] == "9" and got["event"]["id"] == EVENT_ID
    assert got["notes"] == ["Issue 7 was merged into this one, 9."]
    assert "merged into" in context(api, "shop", "7", form="markdown")


def test_a_merged_issue_is_followed_by_its_short_id(api, like):
    server = like({ORG + "issues/SHOP-3/": (200, issue("9")), ORG + "issues/SHOP-3/events/recommended/": (200, event(groupID="9"))})
    server.connect(api, "shop")
    assert context(api, "shop", "shop-3")["notes"] == ["Issue SHOP-3 was merged into this one, SHOP-7."]


def test_a_redirect_to_elsewhere_is_not_followed(api, like):
    other = like({ISSUE: (200, issue())})
    server = like({ISSUE: (302, "", [("Location", other.url + "/api/0/" + ISSUE)])})
    server.connect(api, "shop")
    context(api, "shop", "7", status=502)
    assert other.asked == []


def test_another_sentry_is_never_asked(api, like):
    server, other = like(SENTRY), like(SENTRY)
    server.connect(api, "shop")
    for url in (f"{other.url}/organizations/acme/issues/7/", "https://sentry.io/organizations/acme/issues/7/", "https://acme.sentry.io/issues/7/",
                server.url.replace("127.0.0.1", "localhost") + "/organizations/acme/issues/7/",
                server.url.replace("http:", "https:") + "/organizations/acme/issues/7/"):
        answer = context(api, "shop", url, status=400)
        assert "nothing was asked" in answer["message"], answer
    assert context(api, "shop", f"{server.url}/organizations/other/issues/7/", status=404)["code"] == "provider_not_found"
    assert server.asked == other.asked == []


@pytest.mark.parametrize("base", ["", "/tools/sentry"])
def test_a_base_path_and_a_foreign_region(api, like, base):
    """A region on another host is not believed, one on the same host keeps the base path."""
    other = like(SENTRY)
    server = like(SENTRY, base=base)
    server.answers["organizations/"] = (200, [{"slug": "acme", "name": "A", "links": {"regionUrl": other.url}},
                                              {"slug": "beta", "name": "B", "links": {"regionUrl": server.origin}}])
    server.answers["organizations/beta/issues/8/"] = (200, issue("8"))
    server.connect(api, "shop")
    assert context(api, "shop", f"{server.url}/organizations/acme/issues/7/")["issue"]["id"] == "7"
    assert context(api, "shop", f"{server.url}/organizations/beta/issues/8/")["issue"]["id"] == "8"
    assert other.asked == [] and not [path for path in server.asked if path.startswith("outside")]


def test_a_region_the_operator_names_is_asked(start_api, like):
    region = like(SENTRY)
    api = start_api({"SENTRY_REGION_URLS": f"https://x.example, {region.url}/"})
    server = like({"organizations/": (200, [{"slug": "acme", "name": "A", "links": {"regionUrl": region.url}}])})
    server.connect(api, "shop")
    assert context(api, "shop", "7")["issue"]["id"] == "7"
    assert ISSUE in region.asked and server.asked == []
    assert context(api, "shop", f"{region.url}/organizations/acme/issues/7/")["issue"]["id"] == "7"


def test_organisations_are_merged_over_regions(start_api, like):
    """What the base lists, and what each region of /users/me/regions/ lists; a region that fails costs its own alone."""
    de = like({"organizations/": (200, [{"slug": "berlin", "name": "B", "links": {"regionUrl": ""}}, {"slug": "acme", "name": "Other"}]),
               "organizations/berlin/issues/5/": (200, issue("5"))})
    us, stranger = like({"organizations/": (503, LOST)}), like()
    api = start_api({"SENTRY_REGION_URLS": f"{de.url},{us.url}"})
    base = like({**SENTRY, "organizations/": (200, [{"slug": "acme", "name": "A", "links": {"regionUrl": us.url}}])})
    base.answers["users/me/regions/"] = (200, {"regions": [{"name": "us", "url": us.url}, {"name": "de", "url": de.url + "/"},
                                                           {"name": "x", "url": stranger.url}, {"name": "base", "url": base.url}, None]})
    base.connect(api, "shop")
    [connection] = api.get("/auth/connections?project=shop").json()["connections"]
    assert [(one["slug"], one["name"]) for one in connection["organizations"]] == [("acme", "A"), ("berlin", "B")]
    assert connection["userId"] == "acme"
    de.take_asked()
    assert context(api, "shop", f"{base.url}/organizations/berlin/issues/5/")["issue"]["id"] == "5"
    assert "organizations/berlin/issues/5/" in de.asked and stranger.asked == []


@pytest.mark.parametrize("regions", [(404, "<html>"), (403, {"detail": "no"}), (200, "<html>"), (200, {"regions": {"a": 1}}), (200, [])])
def test_a_server_without_regions_is_as_good(start_api, like, regions):
    api = start_api({"SENTRY_REGION_URLS": "http://127.0.0.1:9"})
    server = like({**SENTRY, "users/me/regions/": regions,
                   "organizations/": (200, [{"slug": "acme", "name": "A", "links": {"regionUrl": "http://127.0.0.1:9"}}])})
    assert server.connect(api, "shop")["connection"]["userId"] == "acme"


def test_what_is_missing_is_said(api, like):
    server = like({ISSUE: (200, issue()), RECOMMENDED: (500, LOST), LATEST: (500, LOST), ORG + "issues/8/": (500, LOST),
                   ORG + "issues/8/events/recommended/": (200, event(groupID="8")), ORG + "issues/9/": (500, LOST),
                   ORG + "issues/9/events/recommended/": (403, {"detail": ["No", "no"]}), ORG + "issues/10/": (200, issue("10"))})
    server.connect(api, "shop")
    got = context(api, "shop", "7")
    assert got["issue"]["id"] == "7" and got["event"] is None
    assert len(got["notes"]) == 1 and "No event could be fetched" in got["notes"][0] and "500" in got["notes"][0]
    got = context(api, "shop", "8")
    assert got["issue"]["id"] == "8" and got["issue"]["title"] == "KeyError: 'sku'" and got["event"]["id"] == EVENT_ID
    assert len(got["notes"]) == 1 and "issue itself could not be fetched" in got["notes"][0]
    assert "could not be fetched" in context(api, "shop", "8", form="markdown")
    assert "500" in context(api, "shop", "9", status=502)["message"]
    assert context(api, "shop", "10")["notes"] == []  # an issue may have no event left


def test_what_is_odd_is_said(api, like):
    odd = event(user=["x"], entries=[*event()["entries"], {"type": "novelty", "data": {"a": "kept-1"}}, {"type": "breadcrumbs", "data": "x"}])
    server = like({ISSUE: (200, issue()), RECOMMENDED: (200, odd)})
    server.connect(api, "shop")
    got = context(api, "shop", "7")
    assert sorted(got["notes"]) == ["Odd in the event: breadcrumb: it is a text, not a list", "Odd in the event: user is a list, not an object"]
    assert got["event"]["otherEntries"] == [{"type": "novelty", "data": {"a": "kept-1"}}]
    page = context(api, "shop", "7", form="markdown")
    assert "user is a list" in page and "kept-1" in page


def test_what_is_no_json_is_mended(api, like):
    text = json.dumps(event(contexts={"a": {"n": float("nan"), "i": float("-inf")}}, title="half \ud83d and whole \U0001f600"))
    assert "NaN" in text and "\\ud83d " in text
    server = like({ISSUE: (200, issue()), RECOMMENDED: (200, text), ORG + "issues/8/": (200, '{"id": "8", "title": NaN')})
    server.connect(api, "shop")
    got = context(api, "shop", "7")
    assert got["event"]["title"] == "half \ufffd and whole \U0001f600" and got["event"]["contexts"] == {"a": {"n": None, "i": None}}
    assert len(got["notes"]) == 1 and "what JSON does not allow" in got["notes"][0]
    assert "not JSON" in context(api, "shop", "8", status=502)["message"]


@pytest.mark.parametrize("answer, status, code, says", [
    ((403, {"detail": ["No", "no"]}), 403, "provider_forbidden", "No"),
    ((403, {"detail": {"message": "Not you"}}), 403, "provider_forbidden", "Not you"),
    ((401, {"detail": {"code": "sso-required", "message": "Must login via SSO"}}), 403, "provider_forbidden", "SSO"),
    ((404, "<html>gone</html>"), 404, "provider_not_found", "this issue"),
    ((200, "<html>login</html>"), 502, "provider_error", "not JSON"),
    ((200, []), 502, "provider_error", "not an issue"),
    ((200, {"id": None}), 502, "provider_error", "not an issue"),
])
def test_odd_answers(api, like, answer, status, code, says):
    server = like({ISSUE: answer, RECOMMENDED: answer if answer[0] != 200 else NOT_THERE})
    server.connect(api, "shop")
    got = context(api, "shop", "7", status=status)
    assert got["code"] == code and says in got["message"] and "<html" not in got["message"]
