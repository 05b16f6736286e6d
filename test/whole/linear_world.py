"""The sandbox's Linear for a test, asked as a curious user would, and npm's graphql to judge documents by."""

import json
import os
import pathlib
import subprocess

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
SMALL = ROOT / "src/sandbox/linear.graphql"
WHOLE = pathlib.Path(os.environ["DEVFLOW_TEST_DATA"]) / "linear/schema.graphql" if "DEVFLOW_TEST_DATA" in os.environ else None


def judge(*arguments, documents=None):
    done = subprocess.run(["node", str(ROOT / "test/whole/graphql_check.js"), *map(str, arguments)], capture_output=True, text=True,
                          input=json.dumps(documents), check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def faults(documents, schema=None):
    """For each document what is wrong with it: by Linear's own schema where there is one."""
    return judge(schema or WHOLE or SMALL, documents=documents)


class Linear:
    def __init__(self, sandbox):
        self.control = sandbox.url + "/_sandbox"
        self.url = sandbox.printed["linearUrl"]
        self.key = sandbox.printed["linearApiKey"]

    def post(self, query, variables=None, key=None, **more):
        return requests.post(self.url + "/graphql", json={"query": query, "variables": variables, **more}, timeout=30,
                             headers={"Authorization": key or self.key})

    def ask(self, query, **variables):
        answer = self.post(query, variables)
        assert answer.status_code == 200 and "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    def fault(self, kind, field="", **more):
        answer = requests.post(self.control + "/faults", json={"on": "linear", "kind": kind, "field": field, **more}, timeout=30)
        assert answer.status_code == 201, answer.text

    def limits(self, **limits):
        requests.post(self.control + "/linear/limits", json=limits, timeout=30).raise_for_status()

    def expire(self):
        requests.post(self.control + "/linear/expire", timeout=30).raise_for_status()

    @property
    def stats(self):
        return requests.get(self.control + "/linear", timeout=30).json()

    def teams(self):
        return {team["key"]: team["id"] for team in self.ask("{ teams { nodes { id key } } }")["teams"]["nodes"]}

    def make(self, **more):
        made = self.ask("mutation($i: IssueCreateInput!) { issueCreate(input: $i) { issue { id identifier } } }",
                        i={"teamId": self.teams()["ENG"], "title": "by hand", **more})
        return made["issueCreate"]["issue"]

    def issues(self):
        """All there are, oldest first, with what hangs on them."""
        found = self.ask("""{ issues(first: 20, includeArchived: true) { nodes { id identifier title description priority url archivedAt
            team { key } state { name type } labels(first: 5) { nodes { name } } comments(first: 20) { nodes { body } }
            attachments(first: 5) { nodes { id title subtitle url metadata } }
            relations(first: 5) { nodes { type relatedIssue { identifier } } } } } }""")
        return found["issues"]["nodes"][::-1]

    def enter(self, issue, kind):
        """Moves an issue to a state of that type."""
        states = self.ask("query($k: String) { workflowStates(filter: {type: {eq: $k}, team: {key: {eq: \"ENG\"}}}) "
                          "{ nodes { id } } }", k=kind)
        self.ask("mutation($id: String!, $s: String!) { issueUpdate(id: $id, input: {stateId: $s}) { success } }", id=issue,
                 s=states["workflowStates"]["nodes"][0]["id"])
