"""The other half of the eighth batch, again by a writer who had not read the generator: parts of services, of two or three layers each."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

program("h_feed_poller", {"src/feeds/__init__.py": "", "src/feeds/client.py": '''
import json
from urllib.request import Request, urlopen


class FeedError(Exception):
    def __init__(self, source, reason):
        super().__init__(f"{source}: {reason}")
        self.source = source


class Client:
    def __init__(self, base, agent="poller/2"):
        self.base = base.rstrip("/")
        self.agent = agent

    def get(self, path):
        request = Request(f"{self.base}{path}", headers={"User-Agent": self.agent})
        with urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())
''', "src/feeds/poller.py": '''
from datetime import datetime, timezone

from feeds.client import Client, FeedError


def newest(entries):
    return max(datetime.fromisoformat(e["published"]).astimezone(timezone.utc) for e in entries)


class Poller:
    def __init__(self, base):
        self.client = Client(base)
        self.seen = {}

    def poll(self, name):
        page = self.client.get(f"/feeds/{name}")
        if "entries" not in page:
            raise FeedError(name, page.get("error", "no entries"))
        latest = newest(page["entries"])
        fresh = latest != self.seen.get(name)
        self.seen[name] = latest
        return fresh

    def poll_all(self, names):
        return [name for name in names if self.poll(name)]
'''}, '''
from feeds.poller import Poller
base = serve({"/feeds/news": (200, b'{"entries": [{"id": 1, "published": "2026-03-01T10:00:00+01:00"}]}'),
              "/feeds/jobs": (200, b'{"entries": [], "next": null}')})
Poller(base).poll_all(["news", "jobs"])
''', [("src/feeds/poller.py", '        latest = newest(page["entries"])', '        if not page["entries"]:\n            return False\n        latest = newest(page["entries"])')])

program("h_payroll_hierarchy", {"payroll/__init__.py": "", "payroll/staff.py": '''
from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal


@dataclass
class Staff(ABC):
    name: str
    grade: str

    @abstractmethod
    def gross(self, hours: int) -> Decimal:
        ...

    def bonus(self) -> Decimal:
        return Decimal(0)


@dataclass
class Salaried(Staff):
    monthly: Decimal = Decimal(0)

    def gross(self, hours: int) -> Decimal:
        return self.monthly + self.bonus()


@dataclass
class Hourly(Staff):
    rate: Decimal = Decimal(0)

    def gross(self, hours: int) -> Decimal:
        over = max(0, hours - 160)
        return self.rate * (hours - over) + self.rate * over * 3 / 2


@dataclass
class Manager(Salaried):
    team: tuple[Staff, ...] = ()

    def bonus(self) -> Decimal:
        return self.monthly / 10 / len(self.team)
''', "payroll/run.py": '''
from decimal import Decimal

from payroll.staff import Staff

BRACKETS = [(Decimal(1000), Decimal("0")), (Decimal(3000), Decimal("0.2")), (Decimal("Infinity"), Decimal("0.4"))]


def tax(gross: Decimal) -> Decimal:
    owed, below = Decimal(0), Decimal(0)
    for limit, rate in BRACKETS:
        if gross > below:
            owed += (min(gross, limit) - below) * rate
        below = limit
    return owed


def payslip(person: Staff, hours: int) -> dict:
    gross = person.gross(hours)
    return {"name": person.name, "gross": gross, "net": gross - tax(gross)}


def run(staff: list[Staff], hours: dict[str, int]) -> list[dict]:
    return [payslip(p, hours.get(p.name, 0)) for p in staff]
'''}, '''
from decimal import Decimal
from payroll.run import run
from payroll.staff import *
ann = Hourly("Ann", "B2", Decimal("21.50"))
run([ann, Manager("Bo", "C1", Decimal("4200"), (ann,)), Manager("Cy", "C2", Decimal("5100"))], {"Ann": 171})
''', [("payroll/staff.py", "        return self.monthly / 10 / len(self.team)", "        return self.monthly / 10 / len(self.team) if self.team else Decimal(0)")])

program("h_comment_threads", {"forum/__init__.py": "", "forum/threads.py": '''
from dataclasses import dataclass, field


@dataclass
class Comment:
    id: int
    text: str
    parent: int | None = None
    children: list["Comment"] = field(default_factory=list)

    def depth(self):
        return 1 + max((child.depth() for child in self.children), default=0)


class Thread:
    def __init__(self, rows):
        self.comments = {row["id"]: Comment(row["id"], row["text"], row.get("reply_to")) for row in rows}
        self.roots = []
        for comment in self.comments.values():
            self.attach(comment)

    def attach(self, comment):
        if comment.parent is None:
            self.roots.append(comment)
        else:
            self.comments[comment.parent].children.append(comment)

    def ancestors(self, number):
        comment = self.comments[number]
        if comment.parent is None:
            return []
        return self.ancestors(comment.parent) + [comment.parent]
''', "forum/render.py": '''
from forum.threads import Thread


def line(thread, number):
    path = thread.ancestors(number)
    return f"{'  ' * len(path)}#{number} {thread.comments[number].text}"


def outline(rows):
    thread = Thread(rows)
    return [line(thread, row["id"]) for row in rows]
'''}, '''
from forum.render import outline
outline([{"id": 1, "text": "hi"}, {"id": 4, "text": "moved", "reply_to": 5}, {"id": 5, "text": "merged", "reply_to": 4}])
''', [("forum/threads.py", '''        comment = self.comments[number]
        if comment.parent is None:
            return []
        return self.ancestors(comment.parent) + [comment.parent]''', '''        found, comment = [], self.comments[number]
        while comment.parent is not None and comment.parent not in found:
            found.insert(0, comment.parent)
            comment = self.comments[comment.parent]
        return found''')])

program("h_deploy_env", {"src/deployer/__init__.py": "", "src/deployer/config.py": '''
import os
from dataclasses import dataclass


class ConfigError(Exception):
    pass


@dataclass(frozen=True)
class Target:
    region: str
    replicas: int
    canary: float


def number(name, kind, default):
    raw = os.environ.get(name, default)
    try:
        return kind(raw)
    except ValueError as error:
        raise ConfigError(f"{name} must be a number, not {raw!r}") from error


def load():
    return Target(os.environ.get("DEPLOY_REGION", "eu-west-1"), number("DEPLOY_REPLICAS", int, "2"), number("DEPLOY_CANARY", float, "0.1"))
''', "src/deployer/plan.py": '''
from deployer.config import load

ZONES = {"eu-west-1": ["a", "b", "c"], "us-east-1": ["a", "b"]}


def spread(replicas, zones):
    each, rest = divmod(replicas, len(zones))
    return {zone: each + (i < rest) for i, zone in enumerate(zones)}


def plan(image):
    target = load()
    canaries = round(target.replicas * target.canary)
    return {"image": image, "zones": spread(target.replicas, ZONES[target.region]), "first": canaries or 1}
'''}, "from deployer.plan import plan\nplan('shop:1.4.2')", [("src/deployer/config.py", '''        return kind(raw)
''', '''        return kind(raw.strip().rstrip("%")) / (100 if raw.strip().endswith("%") else 1)
''')])
PROGRAMS["h_deploy_env"].update(env={"DEPLOY_CANARY": "25%", "DEPLOY_REPLICAS": "8"}, elsewhere={"env": {"DEPLOY_CANARY": "0.5", "DEPLOY_REPLICAS": "4"}})

program("h_stream_join", {"etl/__init__.py": "", "etl/sources.py": '''
import asyncio


class Source:
    def __init__(self, name, rows, page=2):
        self.name = name
        self.rows = rows
        self.page = page

    async def pages(self):
        for at in range(0, len(self.rows), self.page):
            await asyncio.sleep(0)
            yield self.rows[at:at + self.page]

    async def __aiter__(self):
        async for page in self.pages():
            for row in page:
                yield row
''', "etl/join.py": '''
import asyncio

from etl.sources import Source


async def index(source, key):
    found = {}
    async for row in source:
        found.setdefault(row[key], []).append(row)
    return found


async def enrich(orders, customers, key="customer"):
    by_id = await index(customers, "id")
    result = []
    async for order in orders:
        customer = by_id[order[key]][0]
        result.append({**order, "country": customer["country"].upper()})
    return result


async def load(orders, customers):
    left, right = Source("orders", orders), Source("customers", customers, page=3)
    rows, known = await asyncio.gather(enrich(left, right), index(right, "country"))
    return {"rows": rows, "countries": sorted(known)}
'''}, '''
import asyncio
from etl.join import load
asyncio.run(load([{"id": 1, "customer": "c1"}, {"id": 2, "customer": "c2"}, {"id": 3, "customer": "c9"}],
                 [{"id": "c1", "country": "fr"}, {"id": "c2", "country": "de"}]))
''', [("etl/join.py", '        customer = by_id[order[key]][0]\n        result.append({**order, "country": customer["country"].upper()})',
       '        known = by_id.get(order[key])\n        result.append({**order, "country": known[0]["country"].upper() if known else None})')])

program("h_meeting_recurrence", {"src/meetings/__init__.py": "", "src/meetings/rules.py": '''
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}


class Rule:
    def __init__(self, text):
        self.parts = dict(part.split("=", 1) for part in text.split(";"))
        self.interval = int(self.parts.get("INTERVAL", 1))

    @property
    def until(self):
        raw = self.parts.get("UNTIL")
        return datetime.strptime(raw, "%Y%m%dT%H%M%SZ") if raw else None

    @property
    def weekdays(self):
        return [DAYS[d] for d in self.parts["BYDAY"].split(",")] if "BYDAY" in self.parts else None

    def matches(self, begin, day):
        if self.parts["FREQ"] == "DAILY":
            return (day - begin).days % self.interval == 0
        weekdays = self.weekdays or [begin.weekday()]
        return day.weekday() in weekdays and (day - begin).days // 7 % self.interval == 0


class Meeting:
    def __init__(self, title, begin, zone, rule):
        self.title = title
        self.begin = datetime.fromisoformat(begin).replace(tzinfo=ZoneInfo(zone))
        self.rule = Rule(rule)

    def occurrences(self, limit):
        day, found = self.begin, []
        while len(found) < limit:
            if self.rule.until and day > self.rule.until:
                break
            if self.rule.matches(self.begin, day):
                found.append(day)
            day += timedelta(days=1)
        return found
''', "src/meetings/calendar.py": '''
from meetings.rules import Meeting


def upcoming(records, limit=3):
    found = []
    for record in records:
        meeting = Meeting(record["title"], record["begin"], record.get("zone", "UTC"), record["rule"])
        found += [(at, meeting.title) for at in meeting.occurrences(limit)]
    return [f"{at:%a %d %b %H:%M} {title}" for at, title in sorted(found)]
'''}, '''
from meetings.calendar import upcoming
upcoming([{"title": "stand-up", "begin": "2026-03-02T09:30", "zone": "Europe/Paris", "rule": "FREQ=DAILY"},
          {"title": "board", "begin": "2026-03-05T14:00", "zone": "Europe/Paris", "rule": "FREQ=WEEKLY;BYDAY=TH;UNTIL=20260401T000000Z"}])
''', [("src/meetings/rules.py", 'return datetime.strptime(raw, "%Y%m%dT%H%M%SZ") if raw else None',
       'return datetime.strptime(raw, "%Y%m%dT%H%M%SZ").replace(tzinfo=ZoneInfo("UTC")) if raw else None')])

program("h_print_spooler", {"spool/__init__.py": "", "spool/jobs.py": '''
from enum import Enum


class State(Enum):
    HELD = "held"
    QUEUED = "queued"
    PRINTING = "printing"
    DONE = "done"


class IllegalState(Exception):
    def __init__(self, job, wanted):
        super().__init__(f"job {job.number} is {job.state.value}, cannot become {wanted.value}")


NEXT = {State.HELD: {State.QUEUED}, State.QUEUED: {State.PRINTING, State.HELD}, State.PRINTING: {State.DONE}, State.DONE: set()}


class Job:
    def __init__(self, number, pages):
        self.number = number
        self.pages = pages
        self.state = State.QUEUED

    def become(self, state):
        if state not in NEXT[self.state]:
            raise IllegalState(self, state)
        self.state = state
''', "spool/spooler.py": '''
import threading
from concurrent.futures import ThreadPoolExecutor

from spool.jobs import Job, State


class Spooler:
    def __init__(self, printers=2):
        self.pool = ThreadPoolExecutor(printers)
        self.lock = threading.Lock()
        self.jobs = {}
        self.pages = 0

    def submit(self, pages):
        with self.lock:
            job = Job(len(self.jobs) + 1, pages)
            self.jobs[job.number] = job
        return job

    def hold(self, number):
        self.jobs[number].become(State.HELD)

    def print_one(self, job):
        job.become(State.PRINTING)
        with self.lock:
            self.pages += job.pages
        job.become(State.DONE)
        return job.number

    def drain(self):
        waiting = [j for j in self.jobs.values() if j.state is not State.DONE]
        return list(self.pool.map(self.print_one, waiting))
'''}, '''
from spool.spooler import Spooler
s = Spooler()
for pages in (3, 1, 12):
    s.submit(pages)
s.hold(2)
s.drain()
''', [("spool/spooler.py", "if j.state is not State.DONE]", "if j.state is State.QUEUED]")])

program("h_upload_manifest", {"src/ingest/__init__.py": "", "src/ingest/manifest.py": '''
import csv
import hashlib
import io
from typing import TypedDict


class Entry(TypedDict):
    path: str
    size: int
    digest: str


class ManifestError(ValueError):
    pass


def decode(data: bytes) -> str:
    return data.decode("utf-8")


def entries(data: bytes) -> list[Entry]:
    reader = csv.DictReader(io.StringIO(decode(data)), delimiter="\\t")
    return [Entry(path=row["path"], size=int(row["size"]), digest=row["sha256"]) for row in reader]


def check(entry: Entry, content: bytes) -> bool:
    return len(content) == entry["size"] and hashlib.sha256(content).hexdigest().startswith(entry["digest"])
''', "src/ingest/upload.py": '''
from ingest.manifest import ManifestError, check, entries


class UploadRejected(Exception):
    pass


class Upload:
    def __init__(self, sender):
        self.sender = sender
        self.files = {}

    def receive(self, path, content):
        self.files[path] = content
        return self

    def finish(self, manifest):
        try:
            listed = entries(manifest)
            missing = [e["path"] for e in listed if e["path"] not in self.files]
        except (KeyError, ValueError) as error:
            raise UploadRejected(f"{self.sender} sent a manifest that cannot be read") from error
        if missing:
            raise ManifestError(f"missing: {', '.join(missing)}")
        return [e["path"] for e in listed if not check(e, self.files[e["path"]])]
'''}, '''
from ingest.upload import Upload
upload = Upload("lab-7").receive("a/run.dat", b"0123").receive("a/caf\\u00e9.txt", b"x")
upload.finish("path\\tsize\\tsha256\\na/run.dat\\t4\\t1be2e452\\na/caf\\u00e9.txt\\t1\\t2d71\\n".encode("cp1252"))
''', [("src/ingest/manifest.py", '    return data.decode("utf-8")', '    try:\n        return data.decode("utf-8-sig")\n    except UnicodeDecodeError:\n        return data.decode("cp1252")')])

UNSEEN = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
