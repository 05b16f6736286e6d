"""Load held for long: reads, resolves, refreshes, the proxy, webhooks, backups and reloads at once, against a sandbox that is made
to fail. What must hold then: no error that was not injected, and no growth of memory or open files.

    world = World(api, sandbox, receiver)
    report = world.run(minutes=20)
"""

import collections
import contextlib
import json
import os
import random
import signal
import statistics
import threading
import time

import requests
from conftest import SANITIZERS, Walk
from prometheus_client.parser import text_string_to_metric_families
from test_oauth import fault

PROJECTS = 12
TOKEN_TTL_S = 40
SAMPLE_S = 0.5
MIB = 1024 * 1024
# What the injected faults may become: codes of answers, and messages of the log at level warn.
INJECTED = {"provider_error", "provider_timeout", "provider_rate_limited", "token_just_refreshed"}
WARNINGS = {"refresh failed", "request failed", "webhook message not taken yet"}
FAULTS = [("token", "status", {"status": 503}), ("token", "latency", {"ms": 700}), ("token", "html", {}), ("token", "rate_limit", {}),
          ("api", "status", {"status": 500}), ("api", "latency", {"ms": 700}), ("api", "rate_limit", {}), ("api", "html", {})]


class World:
    def __init__(self, api, sandbox, receiver):
        self.api, self.sandbox, self.receiver = api, sandbox, receiver
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.counts, self.errors, self.unexplained = collections.Counter(), collections.Counter(), []
        self.took = collections.defaultdict(list)
        self.samples, self.injected, self.backups = [], 0, 0
        self.projects = [f"p{i}" for i in range(PROJECTS)]
        for project in self.projects:
            Walk(api, sandbox, project).connect()

    def ask(self, session, kind, method, path, body=None, may_be=()):
        start = time.monotonic()
        answer = session.request(method, self.api.url + path, json=body, timeout=60, allow_redirects=False)
        took = time.monotonic() - start
        with self.lock:
            self.counts[kind] += 1
            self.took[kind].append(took)
            if not answer.ok and answer.status_code not in may_be:
                self.note(kind, answer)
        return answer

    def note(self, kind, answer):
        if answer.headers.get("X-DevFlow-Proxied"):
            code = f"proxied {answer.status_code}"
            explained = answer.status_code in (429, 500, 502, 503)
        else:
            code = answer.json().get("code")
            explained = code in INJECTED
        self.errors[f"{kind}: {code}"] += 1
        if not explained:
            self.unexplained.append((kind, answer.status_code, answer.text[:300]))

    # The workers; each has a session of its own and goes on until it is over.

    def resolve(self, session):
        project = random.choice(self.projects)
        answer = self.ask(session, "resolve", "POST", "/auth/sentry/token", {"projectId": project})
        if answer.ok and not answer.json()["accessToken"]:
            self.unexplained.append(("resolve", answer.text))
        self.over.wait(0.01)  # it is the time that counts, not the load: other suites run beside it

    def refresh(self, session):
        self.ask(session, "refresh", "POST", "/auth/sentry/refresh", {"projectId": random.choice(self.projects)})
        self.over.wait(0.4)

    def read(self, session):
        project = random.choice(self.projects)
        self.ask(session, "issues", "GET", f"/integrations/{project}/sentry/issues")
        self.ask(session, "connections", "GET", f"/auth/connections?project={project}")
        self.ask(session, "projects", "GET", "/projects")
        self.ask(session, "ready", "GET", "/ready")
        self.ask(session, "none", "GET", "/projects/none", may_be=(404,))
        self.over.wait(0.05)

    def proxy(self, session):
        self.ask(session, "proxy", "GET", f"/proxy/{random.choice(self.projects)}/sentry/api/0/organizations/")
        self.over.wait(0.05)

    def write(self, session):
        name = f"w{random.randrange(1 << 60)}"
        self.ask(session, "create", "POST", "/projects", {"id": name, "name": name})
        hook = self.ask(session, "webhook", "POST", f"/projects/{name}/webhooks", {"url": self.receiver.url}).json()["id"]
        self.ask(session, "message", "POST", f"/projects/{name}/webhooks/{hook}/test", {})
        self.over.wait(0.2)
        self.ask(session, "delete", "DELETE", f"/projects/{name}")

    def break_things(self, _):
        on, kind, more = random.choice(FAULTS)
        fault(self.sandbox, on, kind, **more)
        self.receiver.status = random.choice((204, 204, 204, 500))
        self.injected += 1
        self.over.wait(0.4)

    def manage(self, _):
        """What an operator does beside it."""
        target = self.api.database.parent / "backup.db"
        done = self.api.devflow("db:backup", "--force", str(target))
        self.backups += 1
        if done.returncode:
            self.unexplained.append(("db:backup", done.returncode, done.stderr))
        self.api.process.send_signal(signal.SIGHUP)
        self.over.wait(5)

    def drop(self, _):
        """Who hangs up in the middle of a request, or of an answer."""
        import socket

        head = f"POST /api/v1/auth/sentry/token HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {self.api.local_key}\r\n"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.api.port), 10) as s:
            s.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{{".encode()[:random.randrange(20, 300)])
        self.over.wait(1)

    def sample(self, session):
        page = session.get(f"{self.api.origin}/metrics", timeout=60).text
        now = {s.name: s.value for family in text_string_to_metric_families(page) for s in family.samples if not s.labels}
        self.samples.append((time.monotonic(), now["process_resident_memory_bytes"], now["process_open_fds"], now["process_threads"]))
        self.over.wait(SAMPLE_S)

    def worker(self, what):
        with requests.Session() as session:
            session.trust_env = False
            session.headers["X-API-Key"] = self.api.local_key
            while not self.over.is_set():
                try:
                    what(session)
                except Exception as error:  # noqa: BLE001 (any is a finding)
                    with self.lock:
                        self.unexplained.append((what.__name__, repr(error)))
                    self.over.wait(1)

    def run(self, minutes):
        workers = [self.resolve] * 3 + [self.read] * 2 + [self.refresh, self.proxy, self.write, self.break_things, self.manage, self.drop,
                                                         self.sample]
        threads = [threading.Thread(target=self.worker, args=(what,)) for what in workers]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            self.over.wait(minutes * 60)
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        return self.report(time.monotonic() - start)

    # What came of it.

    def quarter(self, n, column):
        """Median of a quarter of the samples."""
        part = self.samples[len(self.samples) * n // 4: len(self.samples) * (n + 1) // 4]
        return statistics.median(sample[column] for sample in part)

    def warnings(self):
        lines = [json.loads(line) for line in self.api.said().splitlines()]
        return [line for line in lines if line["level"] == "error" or (line["level"] == "warn" and line["msg"] not in WARNINGS)]

    def report(self, seconds):
        requests_made = sum(self.counts.values())
        return {
            "seconds": round(seconds, 1), "requests": requests_made, "perSecond": round(requests_made / seconds, 1),
            "byKind": dict(self.counts), "p99Ms": {kind: round(sorted(took)[len(took) * 99 // 100] * 1000, 1) for kind, took in self.took.items()},
            "faultsInjected": self.injected, "errorsOfFaults": dict(self.errors), "backups": self.backups,
            "unexplained": self.unexplained[:20] + self.warnings()[:20],
            "memoryMiB": [round(self.quarter(n, 1) / MIB, 1) for n in range(4)],
            "openFiles": [self.quarter(n, 2) for n in range(4)], "threads": [self.quarter(n, 3) for n in range(4)],
        }


def bounds(minutes):
    """(MiB, files) that the median of the last quarter of the samples may be above that of the second; the first is for warming
    up, and of a short run all of it is."""
    return (6, 12) if minutes >= 10 else (24, 24)


def failures(report, minutes):
    memory, files = bounds(minutes)
    if any(name in os.environ for name in SANITIZERS):
        memory = 4096  # they keep what is freed; what is not freed they tell themselves
    found = [f"unexplained: {what}" for what in report["unexplained"]]
    if report["memoryMiB"][3] - report["memoryMiB"][1] > memory:
        found.append(f"memory grew by more than {memory} MiB: {report['memoryMiB']}")
    if report["openFiles"][3] - report["openFiles"][1] > files:
        found.append(f"open files grew by more than {files}: {report['openFiles']}")
    if not report["errorsOfFaults"] or report["backups"] < 2 or min(report["byKind"].values()) < 5:
        found.append(f"not all of it was done: {report}")
    return found
