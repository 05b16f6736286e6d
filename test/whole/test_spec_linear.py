"""Specifications in Linear: issues with what is attached to them, and documents. What Sentry knows comes beside them, once, whatever
answer is lost and however often it is asked for; what a person changed or removed is left so."""

import json
import re
import threading
import time

import pytest
from conftest import ROOT, Walk
from linear_world import faults
from sentry_sender import Sender, alert
from test_linear import World


@pytest.fixture
def api(start_api):
    """Sentry's answers are asked for each time."""
    return start_api({"SENTRY_CACHE_S": "0"})


@pytest.fixture
def world(walk):
    return World(walk)


def link(world, issue):
    number = world.api.get(f"/integrations/{world.project}/sentry/issues/{issue}").json()["id"]
    return f"{world.sandbox.url}/organizations/{world.sandbox.organization}/issues/{number}/"


def enrich(world, page, status=None, **more):
    return Walk.done(world.api.post(f"/integrations/{world.project}/specs", {"linear": page, **more}), status)


def documents(world):
    found = world.linear.ask("{ documents(first: 20) { nodes { id title content issue { identifier } } } }")
    return found["documents"]["nodes"]


def test_description_attachments_and_the_sentry_url_line(world):
    """Each way a Linear issue names an error; the issue itself stays as it was."""
    errors = [world.error(kind) for kind in ("AError", "BError", "CError")]
    text = f"Pay fails: {link(world, errors[0])}\n\nSentry URL: {errors[1]}\n\nRFC-6749, ENG-1"
    page = world.linear.make(title="Pay", description=text)
    world.linear.ask("mutation($i: AttachmentCreateInput!) { attachmentCreate(input: $i) { success } }",
                     i={"issueId": page["id"], "title": "t", "url": link(world, errors[2])})
    made = enrich(world, page["identifier"], 201)
    assert made["outcome"] == "created" and [i["shortId"] for i in made["issues"]] == errors
    [document] = documents(world)
    assert document["issue"]["identifier"] == page["identifier"] and document["content"].strip() == made["text"].strip()
    for part in ("AError", "BError", "CError", "Acceptance criteria", "Suggested priority", "[scrubbed:card"):
        assert part in document["content"]
    assert "<!--" not in document["content"] and "4111 1111" not in document["content"] and "ann@example.com" not in document["content"]
    assert enrich(world, page["id"])["outcome"] == "unchanged" and len(documents(world)) == 1
    assert [i["description"] for i in world.linear.issues()] == [text]


def test_a_document_is_a_specification_too(world):
    error = world.error()
    issue = world.linear.make()
    spec = world.linear.ask("mutation($i: DocumentCreateInput!) { documentCreate(input: $i) { document { id } } }",
                            i={"issueId": issue["id"], "title": "Spec", "content": f"About {error}"})["documentCreate"]["document"]["id"]
    assert enrich(world, spec, 201, **{"as": "comment"})["outcome"] == "created"
    [comment] = world.linear.issues()[0]["comments"]["nodes"]
    assert "CheckoutError" in comment["body"]
    assert [d["content"] for d in documents(world)] == [f"About {error}"]
    places = world.linear.ask("{ projects { nodes { id } } teams { nodes { id } } }")
    for n, (kind, word) in enumerate((("projectId", "projects"), ("teamId", "teams"))):
        of = places[word]["nodes"][0]["id"]
        spec = world.linear.ask("mutation($i: DocumentCreateInput!) { documentCreate(input: $i) { document { id } } }",
                                i={kind: of, "title": kind, "content": error})["documentCreate"]["document"]["id"]
        refused = world.api.post(f"/integrations/{world.project}/specs", {"linear": spec, "as": "comment"})
        assert refused.status_code == 400 and "no issue that could be commented on" in refused.json()["message"]
        assert enrich(world, spec, 201)["outcome"] == "created" and enrich(world, spec)["outcome"] == "unchanged"
        beside = world.linear.ask("{ documents { nodes { title project { id } team { id } } } }")["documents"]["nodes"]
        assert [d for d in beside if d["title"] == f"{kind}: what Sentry knows"] == [
            {"title": f"{kind}: what Sentry knows", "project": {"id": of} if n == 0 else None, "team": {"id": of} if n else None}]
    noted = [row for row in map(json.loads, world.api.devflow("audit:export").stdout.splitlines()) if row["action"] == "spec.note"]
    assert [(row["project"], row["result"]) for row in noted] == [(world.project, "ok")] * 3 and noted[-1]["target"] == spec
    lone = world.linear.ask("mutation($i: DocumentCreateInput!) { documentCreate(input: $i) { document { id } } }",
                            i={"title": "Lone", "content": error})["documentCreate"]["document"]["id"]
    refused = world.api.post(f"/integrations/{world.project}/specs", {"linear": lone})
    assert refused.status_code == 400 and "hangs on no issue" in refused.json()["message"]


@pytest.mark.parametrize("kind", ["document", "comment"])
def test_new_events_update_it_and_people_are_heard(world, kind):
    error = world.error()
    page = world.linear.make(description=error)
    wish = {"as": kind}
    assert enrich(world, page["id"], 201, **wish)["outcome"] == "created"
    world.error(after_s=5)
    assert enrich(world, page["id"], dryRun=True, **wish)["outcome"] == "would_update"
    assert enrich(world, page["id"], **wish)["outcome"] == "updated"
    if kind == "document":
        [note] = documents(world)
        assert "2 events" in note["content"]
        world.linear.ask("mutation($id: String!) { documentUpdate(id: $id, input: {content: \"mine\"}) { success } }", id=note["id"])
    else:
        [note] = world.linear.ask("{ comments(first: 5) { nodes { id body } } }")["comments"]["nodes"]
        assert "2 events" in note["body"]
        world.linear.ask("mutation($id: String!) { commentDelete(id: $id) { success } }", id=note["id"])
    world.error(after_s=7)
    left = enrich(world, page["id"], **wish)
    assert left["outcome"] == ("edited" if kind == "document" else "removed")
    assert enrich(world, page["id"], force=True, **wish)["outcome"] == ("updated" if kind == "document" else "created")
    assert enrich(world, page["id"], **wish)["outcome"] == "unchanged"


def test_a_lost_answer_makes_no_second(world):
    page = world.linear.make(description=world.error())
    world.linear.fault("drop_after", "documentCreate")
    lost = world.api.post(f"/integrations/{world.project}/specs", {"linear": page["id"]})
    assert lost.status_code >= 500 and len(documents(world)) == 1
    assert enrich(world, page["id"])["outcome"] in ("updated", "created", "unchanged") and len(documents(world)) == 1
    assert enrich(world, page["id"])["outcome"] == "unchanged"


def test_eight_at_once_make_one(world):
    page = world.linear.make(description=world.error())
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(
        world.api.session.post(f"{world.api.url}/integrations/{world.project}/specs", json={"linear": page["id"]}, timeout=60).status_code))
        for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(documents(world)) == 1 and set(answers) <= {200, 201}
    assert enrich(world, page["id"])["outcome"] == "unchanged"


def ended(world, n):
    """The workflows of the project once n have ended."""
    deadline = time.monotonic() + 60
    while True:
        runs = world.api.get(f"/projects/{world.project}/workflows").json()["workflows"]
        if len([run for run in runs if run["status"] != "running"]) >= n:
            return runs
        assert time.monotonic() < deadline, runs
        time.sleep(0.05)


def test_an_alert_enriches_what_it_is_attached_to(world, cli):
    """A rule and Sentry's webhook start the workflow; it finds the Linear issue by the attached Sentry URL."""
    error = world.error()
    made = world.made(error)["ticket"]["key"]
    rules = {"rules": [{"name": "specs", "when": {}, "do": {"workflow": "spec-enrich", "input": {"as": "comment"}}}]}
    Walk.done(world.api.request("PUT", f"/projects/{world.project}/rules", json=rules))
    Walk.done(world.api.request("PUT", f"/projects/{world.project}/sentry/webhook", json={"secret": "s"}))
    sender = Sender(world.api, world.project, "s")
    assert sender.send("event_alert", alert(link(world, error).split("/")[-2])).status_code == 200
    [run] = ended(world, 1)
    assert run["name"] == "spec-enrich" and run["status"] == "completed", run
    assert sum("Acceptance criteria" in c["body"] for c in world.linear.issues()[0]["comments"]["nodes"]) == 1
    for named in ({"linear": made}, {"issue": error}):
        again = cli("workflow:start", "spec-enrich", "--project", world.project, "--input", json.dumps({**named, "as": "comment"}),
                    "--wait", "--json")
        [one] = json.loads(again.stdout)["result"]["pages"]
        assert one["page"] == made and one["outcome"] == "unchanged" and one["issues"] == [error]
    none = cli("workflow:start", "spec-enrich", "--project", world.project, "--issue", world.error("LoneError"), "--wait", "--json")
    assert json.loads(none.stdout)["result"] == {"pages": []}


def test_the_command(world, cli):
    page = world.linear.make(description=world.error())
    spec = f"linear:{page['identifier']}"
    checked = cli("spec:enrich", spec, "--project", world.project, "--check")
    assert checked.returncode == 1 and "document to create" in checked.stdout and not documents(world)
    assert "document created" in cli("spec:enrich", spec, "--project", world.project).stdout
    assert "document unchanged" in cli("spec:enrich", spec, "--project", world.project).stdout
    missing = cli("spec:enrich", "linear:ENG-77", "--project", world.project)
    assert missing.returncode == 4 and "no issue or document ENG-77" in missing.stderr


def test_what_is_sent_is_valid_by_linears_schema(world):
    """All documents of the notebook, each once sent."""
    error = world.error()
    page = world.linear.make(description=error)
    for kind in ("document", "comment"):
        enrich(world, page["id"], 201, **{"as": kind})
    world.error(after_s=5)
    for kind in ("document", "comment"):
        assert enrich(world, page["id"], **{"as": kind})["outcome"] == "updated"
    ours = [document for document in world.linear.stats["documents"] if "DevFlowSpec" in document]
    assert faults(ours) == [[] for _ in ours]
    names = set(re.findall(r"(?:query|mutation) (DevFlow\w+)", (ROOT / "src/adapter/linear_notebook.c").read_text()))
    assert names == set(re.findall(r"DevFlow\w+", " ".join(ours)))
