"""The Linear that is part of `devflow sandbox`: its schema is a part of Linear's own, it takes and refuses what npm's graphql does,
and answers, limits and fails as Linear."""

import time

import pytest
import requests
from linear_world import SMALL, WHOLE, Linear, faults, judge

DOCUMENTS = [
    "{ viewer { id name organization { urlKey teams(first: 3) { nodes { key } } } } }",
    "query Q($n: Int = 2) { issues(first: $n, orderBy: createdAt) { nodes { ...I } pageInfo { endCursor hasNextPage } } } fragment I on Issue { id team { key } }",
    "{ a: teams { edges { cursor node { id ... on Team { key __typename } } } } b: teams { nodes { id @include(if: true) } } }",
    "mutation M($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { identifier } } }",
    "{ issues(filter: {or: [{team: {key: {in: [\"ENG\"]}}}, {attachments: {some: {url: {eq: \"https://x/\"}}}}]}) { nodes { id } } }",
    "# nothing\n{ rateLimitStatus { kind limits { type reset } } }",
    "{ viewer { nothing } }",
    "{ viewer }",
    "{ viewer { id { x } } }",
    "{ issue { id } }",
    "{ issue(id: 3) { id } }",
    "{ issue(id: \"a\", more: 1) { id } }",
    "{ viewer { ...F } }",
    "{ viewer { ...F } } fragment F on Team { id }",
    "query($id: Int!) { issue(id: $id) { id } }",
    "query($id: String) { issue(id: $id) { id } }",
    "{ issue(id: $id) { id } }",
    "mutation { issueCreate(input: {title: \"x\"}) { success } }",
    "mutation { issueCreate(input: {teamId: \"x\", nothing: 1}) { success } }",
    "{ issues(orderBy: sideways) { nodes { id } } }",
    "{ viewer { id }",
    "{ viewer { id } } }",
    "{ viewer { name: } }",
    "query { }",
    "{ issue(id: \"a\nb\") { id } }",
]


@pytest.fixture
def linear(start_sandbox):
    return Linear(start_sandbox())


def test_its_schema_is_a_part_of_linears_own():
    assert judge(SMALL, "--subset", SMALL) == []
    if WHOLE:
        assert judge(WHOLE, "--subset", SMALL) == []


def test_it_takes_and_refuses_what_graphql_does(linear):
    """Not for any document does one take what the other refuses."""
    found = faults(DOCUMENTS, SMALL)
    assert [bool(f) for f in found].count(False) == 6
    for document, wrong in zip(DOCUMENTS, found):
        answer = linear.post(document, {"input": {"teamId": linear.teams()["ENG"], "title": "x"}, "id": None})
        if wrong:
            assert answer.status_code == 400, (document, wrong, answer.text)
            assert answer.json()["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        else:
            assert answer.status_code == 200 and answer.json()["data"], (document, answer.text)


def test_an_issue_has_one_id_and_one_attachment_a_url(linear):
    uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    issue = linear.make(id=uuid, priority=1, description="# what\n\"it\" said \\ é")
    assert issue == {"id": uuid, "identifier": "ENG-1"}
    again = linear.post("mutation($i: IssueCreateInput!) { issueCreate(input: $i) { success } }",
                        {"i": {"id": uuid, "teamId": linear.teams()["ENG"], "title": "x"}}).json()
    assert again["data"] is None and again["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    attach = "mutation($i: AttachmentCreateInput!) { attachmentCreate(input: $i) { attachment { id } } }"
    for n in (1, 2):
        linear.ask(attach, i={"issueId": "ENG-1", "title": "t", "url": "https://s.example/1", "metadata": {"count": n}})
    linear.make(title="other")
    found = linear.ask("{ attachmentsForURL(url: \"https://s.example/1\") { nodes { metadata issue { identifier priorityLabel } } } }")
    assert found["attachmentsForURL"]["nodes"] == [{"metadata": {"count": 2}, "issue": {"identifier": "ENG-1",
                                                                                      "priorityLabel": "Urgent"}}]
    page = linear.ask("{ issues(first: 1) { nodes { identifier } pageInfo { hasNextPage endCursor } } }")["issues"]
    assert page["nodes"] == [{"identifier": "ENG-2"}] and page["pageInfo"]["hasNextPage"]
    rest = linear.ask("query($a: String) { issues(after: $a) { nodes { identifier } } }", a=page["pageInfo"]["endCursor"])
    assert rest["issues"]["nodes"] == [{"identifier": "ENG-1"}]


def test_its_limits_and_errors_are_linears(linear):
    assert linear.post("{ viewer { id } }", key="Bearer nobody").status_code == 401
    deep = "{ issues(first: 250) { nodes { comments(first: 250) { nodes { id } } } } }"
    assert linear.post(deep).json()["errors"][0]["message"] == "Query too complex"
    missing = linear.post("{ issue(id: \"ENG-9\") { id } }")
    assert missing.status_code == 200 and missing.json()["errors"][0]["message"] == "Entity not found: Issue"
    linear.limits(requests=1, windowMs=60000)
    assert linear.post("{ viewer { id } }").headers["X-RateLimit-Requests-Remaining"] == "0"
    limited = linear.post("{ viewer { id } }")
    assert limited.status_code == 400 and limited.json()["errors"][0]["extensions"]["code"] == "RATELIMITED"
    assert 0 < int(limited.headers["X-RateLimit-Requests-Reset"]) - time.time() * 1000 <= 60000


def test_faults_come_on_demand(linear):
    linear.fault("drop_after", "issueCreate")
    assert linear.teams()
    with pytest.raises(requests.ConnectionError):
        linear.make()
    assert [issue["identifier"] for issue in linear.issues()] == ["ENG-1"]
    linear.fault("partial")
    answer = linear.post("{ issues { nodes { id assignee { id } project { id } } } }").json()
    assert answer["data"]["issues"]["nodes"][0]["project"] is None
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    linear.fault("status", status=401)
    assert linear.post("{ viewer { id } }").json()["errors"][0]["extensions"]["code"] == "AUTHENTICATION_ERROR"
