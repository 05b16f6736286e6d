"""Issues in Linear for errors in Sentry: made, found again, told of changes, and never two for one, whatever goes wrong between."""

import json
import re
import threading
import time
import urllib.parse
import uuid

import pytest
import requests
from conftest import CLIENT_ID, CLIENT_SECRET, ROOT, Walk
from linear_world import Linear, faults

ERROR = {"level": "error", "exception": {"values": [{"type": "CheckoutError", "value": "card 4111 1111 1111 1111 of ann@example.com",
                                                    "stacktrace": {"frames": [{"filename": "shop.py", "function": "pay", "lineno": 7,
                                                                               "in_app": True}]}}]}}


class World:
    """A project connected to the sandbox's Sentry and its Linear."""

    def __init__(self, walk, scope="read,issues:create,comments:create,write"):
        self.walk, self.api, self.sandbox, self.project = walk, walk.api, walk.sandbox, walk.project
        self.linear = Linear(walk.sandbox)
        walk.connect()
        self.connect_linear(scope)

    def connect_linear(self, scope):
        body = {"projectId": self.project, "provider": "LINEAR", "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET,
                "redirectUri": self.sandbox.printed["linearRedirectUri"], "baseUrl": self.linear.url, "scopes": scope.split(",")}
        Walk.done(self.api.post("/auth/apps/register", body))
        started = Walk.done(self.api.post("/auth/linear/authorize", {"projectId": self.project}))
        status, at, page = self.walk.consent(started["startUrl"])
        assert status == 200, f"{at}\n{page}"

    def error(self, kind="CheckoutError", after_s=-60, **changes):
        """Sends an event of that moment; the short ID of its issue."""
        event = json.loads(json.dumps({**ERROR, **changes, "timestamp": time.time() + after_s}))
        event["exception"]["values"][0]["type"] = kind
        event["event_id"] = uuid.uuid4().hex
        key = self.sandbox.dsn.split("//")[1].split("@")[0]
        answer = requests.post(self.sandbox.url + "/api/1/store/", json=event, headers={"X-Sentry-Auth": f"Sentry sentry_key={key}"},
                               timeout=30)
        assert answer.status_code == 200, answer.text
        issues = self.api.get(f"/integrations/{self.project}/sentry/issues?query=").json()["issues"]
        return next(i["shortId"] for i in issues if i["title"].startswith(kind))

    def resolve(self, issue):
        """As somebody does in Sentry."""
        self.walk.register(scopes=["org:read", "project:read", "event:read", "event:write"])
        status, _, page = self.walk.consent(self.walk.authorize()["startUrl"])
        assert status == 200, page
        number = self.api.get(f"/integrations/{self.project}/sentry/issues/{issue}").json()["id"]
        token = Walk.done(self.api.post("/auth/sentry/token", {"projectId": self.project}))["accessToken"]
        answer = requests.put(f"{self.sandbox.url}/api/0/organizations/{self.sandbox.organization}/issues/{number}/",
                              json={"status": "resolved"}, timeout=30, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text

    def make(self, issue, api=None, **more):
        return (api or self.api).post(f"/integrations/{self.project}/tickets", {"issue": issue, "team": "ENG", **more})

    def made(self, issue, **more):
        return Walk.done(self.make(issue, **more))

    def settings(self, **changes):
        return Walk.done(self.api.request("PUT", f"/projects/{self.project}/tickets/settings", json=changes))


@pytest.fixture
def start_api_here(start_api):
    """Sentry's answers are asked for each time."""
    return lambda settings=None: start_api({"SENTRY_CACHE_S": "0", **(settings or {})})


@pytest.fixture
def api(start_api_here):
    return start_api_here()


@pytest.fixture
def world(walk):
    return World(walk)


def test_one_issue_is_made_and_found_again(world, cli):
    issue = world.error()
    lists = world.api.post(f"/integrations/{world.project}/tickets", {"issue": issue})
    assert lists.status_code == 400 and "ENG (Engineering)" in lists.json()["message"] and "OPS" in lists.json()["message"]
    dry = world.made(issue, dryRun=True)
    assert dry["outcome"] == "dry_run" and dry["ticket"]["key"] is None and world.linear.issues() == []
    assert issue in dry["draft"]["title"] and "4111 1111" not in json.dumps(dry) and "ann@example.com" not in json.dumps(dry)
    world.settings(team="ENG", labels=["sentry", "Bug"])
    done = cli("linear:create", issue, "--project", world.project)
    assert done.returncode == 0 and "Issue created: ENG-1" in done.stdout, done.stderr
    again = cli("linear:create", issue, "--project", world.project)
    assert again.returncode == 0 and "is there already: ENG-1" in again.stdout, again.stderr
    [made] = world.linear.issues()
    ranked = {i["shortId"]: i["priority"] for i in world.api.get(f"/projects/{world.project}/priorities").json()["issues"]}
    assert made["priority"] == ["none", "urgent", "high", "medium", "low"].index(ranked[issue]) and {label["name"] for label in made["labels"]["nodes"]} == {"sentry", "Bug"}
    assert "CheckoutError" in made["title"] and made["description"].startswith("Sentry URL: http")
    assert "4111 1111" not in made["description"] and "ann@example.com" not in made["description"]
    [attachment] = made["attachments"]["nodes"]
    assert attachment["subtitle"].startswith("1 event, 0 users") and attachment["metadata"]["events"] == 1
    assert attachment["url"] in made["description"]
    status = cli("linear:status", "--project", world.project)
    assert "ENG-1" in status.stdout and issue in status.stdout and "sentry, Bug" in status.stdout


def test_what_is_sent_is_valid_by_linears_schema(world):
    """All documents of the program, each once sent."""
    issue = world.error()
    world.settings(labels=["Bug"])
    world.made(issue)
    world.linear.enter("ENG-1", "completed")
    world.error(after_s=5)
    assert world.made(issue)["outcome"] == "created"
    world.resolve(issue)
    world.error(after_s=7)
    assert world.made(issue)["ticket"]["comments"] == 1
    world.settings(onResolved="Done")
    world.resolve(issue)
    assert world.made(issue)["notes"] == [] and world.linear.issues()[1]["state"]["type"] == "completed"
    sent = world.linear.stats["documents"]
    ours = [document for document in sent if "DevFlow" in document]
    assert faults(ours) == [[] for _ in ours]
    text = (ROOT / "src/adapter/linear_tracker.c").read_text()
    names = set(re.findall(r"(?:query|mutation) (DevFlow\w+)", text))
    assert names - {"DevFlowCommentThere"} <= set(re.findall(r"DevFlow\w+", " ".join(ours)))


def test_a_change_in_sentry_is_commented_once(world):
    issue = world.error()
    world.made(issue)
    world.resolve(issue)
    world.error(after_s=5)
    world.linear.fault("drop_after", "commentCreate")
    lost = world.made(issue)
    assert lost["ticket"]["comments"] == 0 and "not commented yet" in lost["notes"][0]
    assert world.made(issue)["ticket"]["comments"] == 1 and world.made(issue)["ticket"]["comments"] == 1
    [made] = world.linear.issues()
    [comment] = made["comments"]["nodes"]
    assert comment["body"].startswith("This came back after it was resolved in Sentry: 2 events")
    assert made["state"]["type"] == "backlog" and made["attachments"]["nodes"][0]["metadata"]["events"] == 2


def test_a_closed_one_stays_closed_and_the_next_is_related(world):
    issue = world.error()
    world.made(issue)
    world.linear.enter("ENG-1", "completed")
    rests = world.made(issue)
    assert rests["outcome"] == "closed" and rests["ticket"]["key"] == "ENG-1" and len(world.linear.issues()) == 1
    world.error(after_s=5)
    anew = world.made(issue)
    assert anew["outcome"] == "created" and anew["ticket"]["key"] == "ENG-2" and anew["notes"] == []
    old, new = world.linear.issues()
    assert old["state"]["type"] == "completed"
    assert new["relations"]["nodes"] == [{"type": "related", "relatedIssue": {"identifier": "ENG-1"}}]
    world.error(after_s=6)
    assert world.made(issue)["outcome"] == "existing"
    old, new = world.linear.issues()
    assert new["attachments"]["nodes"][0]["metadata"]["events"] == 3 and old["attachments"]["nodes"][0]["metadata"]["events"] == 1


def test_what_somebody_linked_by_hand_is_taken(world):
    issue = world.error()
    url = world.made(issue, dryRun=True)["ticket"]["sentryUrl"]
    world.linear.make()
    for pasted in (url.rstrip("/"), url):
        world.linear.ask("mutation($u: String!) { attachmentLinkURL(issueId: \"ENG-1\", url: $u) { success } }", u=pasted)
        found = world.made(issue)
        assert (found["outcome"], found["ticket"]["key"], found["ticket"]["linkedByHand"]) == ("existing", "ENG-1", True)
    assert len(world.linear.issues()) == 1


def test_any_page_of_the_issue_may_be_the_one_that_is_linked(world):
    """What a browser's bar shows of it; not a longer number, nor another host's."""
    link = "mutation($i: String!, $u: String!) { attachmentLinkURL(issueId: $i, url: $u) { success } }"
    for n, more in enumerate(("?project=1&referrer=issue-stream", "/?query=is%3Aunresolved", "/events/latest/", "#crumbs"), start=1):
        issue = world.error(f"Kind{n}Error")
        url = world.made(issue, dryRun=True)["ticket"]["sentryUrl"].rstrip("/")
        key = world.linear.make()["identifier"]
        world.linear.ask(link, i=key, u=url + more)
        assert world.made(issue, dryRun=True)["outcome"] == "existing", more
        found = world.made(issue)
        assert (found["outcome"], found["ticket"]["key"], found["ticket"]["linkedByHand"]) == ("existing", key, True), more
    issue = world.error("OtherError")
    url = world.made(issue, dryRun=True)["ticket"]["sentryUrl"].rstrip("/")
    for wrong in (f"{url}0/?x", f"https://github.com/acme/shop{url[url.index('/issues/'):]}"):
        world.linear.ask(link, i=key, u=wrong)
    assert world.made(issue)["outcome"] == "created"


@pytest.mark.parametrize("field", ["issueCreate", "attachmentCreate", "attachmentsForURL", "teams"])
@pytest.mark.parametrize("kind", ["drop", "drop_after", "truncate", "html", "status"])
def test_a_lost_answer_makes_no_second_one(world, field, kind):
    issue = world.error()
    world.linear.fault(kind, field, status=502)
    first = world.make(issue)
    assert first.status_code in (201, 502), first.text
    assert world.made(issue)["ticket"]["state"] == "linked"
    [made] = world.linear.issues()
    assert len(made["attachments"]["nodes"]) == 1


def test_many_at_once_make_one(world):
    issue = world.error()
    world.linear.fault("latency", "issueCreate", ms=500)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(world.make(issue))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status_code for a in answers) == [200] * 7 + [201], [a.text for a in answers]
    assert len(world.linear.issues()) == 1


def test_limits_expired_tokens_and_partial_answers(world):
    issue = world.error()
    world.linear.expire()
    world.linear.fault("partial", "issueCreate")
    assert world.made(issue)["outcome"] == "created"
    assert world.linear.stats["refreshCalls"] == 1 and len(world.linear.issues()) == 1
    other = world.error("OtherError")
    world.linear.fault("rate_limit", ms=3000)
    limited = world.make(other)
    assert limited.status_code == 429 and "Linear's limit of requests" in limited.json()["message"]
    assert 1 <= int(limited.headers["Retry-After"]) <= 4
    held = world.make(other)
    assert held.status_code == 429
    deadline = time.monotonic() + 30
    while world.make(other).status_code == 429 and time.monotonic() < deadline:
        time.sleep(0.3)
    assert world.made(other)["ticket"]["key"] == "ENG-2"


def test_a_removed_team_and_a_missing_label_are_named(world):
    issue = world.error()
    world.settings(team="ENG", labels=["nothing"])
    missing = world.make(issue)
    assert missing.status_code == 404 and "no label nothing" in missing.json()["message"]
    world.settings(labels=[])
    world.linear.ask("mutation($id: String!) { teamDelete(id: $id) { success } }", id=world.linear.teams()["ENG"])
    gone = world.make(issue)
    assert gone.status_code == 400 and "no team ENG (any more)" in gone.json()["message"] and "OPS" in gone.json()["message"]
    assert world.made(issue, team="OPS")["ticket"]["key"] == "OPS-1"


def test_a_state_that_is_not_there_is_named(world, cli):
    done = cli("linear:settings", "--project", world.project, "--on-resolved", "Shipped")
    assert "Shipped, when Sentry's issue is resolved" in done.stdout, done.stderr
    issue = world.error()
    world.made(issue)
    world.resolve(issue)
    [note] = world.made(issue)["notes"]
    assert note.startswith("Its state is not changed yet: Linear has no state Shipped for this team, but ") and "Backlog" in note
    assert "States     never changed" in cli("linear:settings", "--project", world.project, "--on-resolved", "off").stdout
    assert world.made(issue)["notes"] == [] and world.linear.issues()[0]["state"]["type"] == "backlog"
    refused = world.api.request("PUT", f"/projects/{world.project}/tickets/settings", json={"tracker": "github", "onResolved": "Done"})
    assert refused.status_code == 400 and "closed alone" in refused.json()["message"]


def test_a_note_on_the_sentry_issue_where_it_is_switched_on(world):
    issue = world.error()
    world.settings(note=True)
    without = world.made(issue)
    assert without["outcome"] == "created" and "event:write" in without["notes"][0]
    world.walk.register(scopes=["org:read", "project:read", "event:read", "event:write"])
    status, _, page = world.walk.consent(world.walk.authorize()["startUrl"])
    assert status == 200, page
    assert world.made(issue)["notes"] == [] and world.made(issue)["notes"] == []
    listed = world.api.get(f"/integrations/{world.project}/tickets").json()["tickets"]
    assert listed[0]["notedAt"]


def test_what_is_switched_on_is_asked_for(world):
    def asked(provider):
        body = Walk.done(world.api.post(f"/auth/{provider}/authorize", {"projectId": world.project}))
        return set(re.split(r"[ ,]", urllib.parse.parse_qs(urllib.parse.urlsplit(body["authUrl"]).query)["scope"][0]))

    app = {"projectId": world.project, "provider": "LINEAR", "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET,
           "redirectUri": world.sandbox.printed["linearRedirectUri"], "baseUrl": world.linear.url}
    Walk.done(world.api.post("/auth/apps/register", app))
    usual, sentry = {"read", "issues:create", "comments:create"}, asked("sentry")
    assert asked("linear") == usual and "event:write" not in sentry
    world.settings(note=True, onResolved="Done")
    assert asked("linear") == usual | {"write"} and asked("sentry") == sentry | {"event:write"}
    world.settings(note=False, onResolved="")
    assert asked("linear") == usual and asked("sentry") == sentry


def test_scopes_that_are_missing_are_named(walk):
    world = World(walk, "read")
    refused = world.make(world.error())
    assert refused.status_code == 403 and "issues:create" in refused.json()["message"]
    world.connect_linear("read,issues:create")
    issue = world.error()
    assert world.made(issue)["outcome"] == "created"
    world.linear.enter("ENG-1", "canceled")
    world.error(after_s=5)
    anew = world.made(issue)
    assert anew["outcome"] == "created" and "not related" in anew["notes"][0]
    assert "Goes on from ENG-1, which is closed: " in world.linear.issues()[1]["description"]


def test_two_nodes_and_kills_make_one_each(start_api_here, postgres, start_sandbox):
    """Over one PostgreSQL: asked on both at once; then killed in the middle of each step, and asked again on the other."""
    first = start_api_here(postgres.settings)
    second = start_api_here({**postgres.settings, "OAUTH_ENCRYPTION_KEY": first.env["OAUTH_ENCRYPTION_KEY"]})
    world = World(Walk(first, start_sandbox(first.redirect_uri)))
    issue = world.error("Together")
    world.linear.fault("latency", "issueCreate", ms=300)
    answers = []
    threads = [threading.Thread(target=lambda node=node: answers.append(world.make(issue, node))) for node in [first, second] * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status_code for a in answers) == [200] * 5 + [201], [a.text for a in answers]
    steps = ["teams", "attachmentsForURL", "issueCreate", "attachmentCreate"]
    issues = [world.error(f"Killed{n}") for n in range(len(steps))]
    for step, short in zip(steps, issues):
        before = world.linear.stats["calls"]
        world.linear.fault("latency", step, ms=4000)
        doomed = threading.Thread(target=ask_in_vain, args=(world, short))
        doomed.start()
        until(lambda: world.linear.stats["calls"] >= before + steps.index(step) + 1)
        first.kill()
        doomed.join()
        first.start()
    for short in issues:  # the leases of the dead are over within 20 s
        until(lambda short=short: world.make(short, second).status_code in (200, 201), 60)
        assert world.made(short)["ticket"]["state"] == "linked"
    made = world.linear.issues()
    assert len(made) == 5 and all(len(m["attachments"]["nodes"]) == 1 for m in made)
    assert len({m["attachments"]["nodes"][0]["url"] for m in made}) == 5


def ask_in_vain(world, issue):
    with pytest.raises(requests.ConnectionError):
        world.make(issue)


def test_one_that_is_known_needs_no_team(world):
    issue = world.error(level="info")
    world.settings(team="ENG")
    assert world.made(issue)["outcome"] == "created"
    world.settings(team="GONE", automatic=True, threshold="urgent")
    again = world.made(issue)
    assert (again["outcome"], again["team"], again["ticket"]["key"]) == ("existing", "ENG", "ENG-1")
    refused = world.api.post(f"/integrations/{world.project}/tickets", {"issue": world.error("Another")})
    assert refused.status_code == 400 and "no team GONE (any more)" in refused.json()["message"]


def until(holds, within_s=30):
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_workflow_keeps_threshold_and_cap(world, cli):
    def run(issue):
        done = cli("workflow:start", "linear-issue", "--project", world.project, "--issue", issue, "--wait", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        answer = json.loads(done.stdout)
        found = answer.get("result", answer)
        return json.loads(found) if isinstance(found, str) else found

    issues = [world.error(f"Fatal{n}", level="fatal") for n in range(3)]
    assert run(issues[0])["outcome"] == "off"
    world.settings(team="ENG", automatic=True, threshold="medium", dailyCap=2)
    assert run(world.error("Mild", level="info"))["outcome"] == "below_threshold"
    assert [run(issue)["outcome"] for issue in issues] == ["created", "created", "capped"]
    assert [i["priority"] for i in world.linear.issues()] == [3, 3]
    assert world.made(issues[2])["outcome"] == "created"


def test_the_watch_tells_what_changed_and_makes_none(world, cli):
    def watch():
        done = cli("workflow:start", "linear-watch", "--project", world.project, "--wait", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        found = json.loads(done.stdout)["result"]
        return json.loads(found) if isinstance(found, str) else found

    world.settings(team="ENG")
    assert watch() == {"told": 0, "failed": 0}
    issue = world.error()
    world.made(issue)
    world.error("Another")
    world.resolve(issue)
    world.error(after_s=5)
    assert watch() == {"told": 1, "failed": 0} and watch() == {"told": 1, "failed": 0}
    [made] = world.linear.issues()
    [comment] = made["comments"]["nodes"]
    assert comment["body"].startswith("This came back") and made["attachments"]["nodes"][0]["metadata"]["events"] == 2
    assert made["state"]["type"] == "backlog"
