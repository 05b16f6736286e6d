"""A tenth batch, by a writer who had read neither the generator nor the other programs: faults of a team's services, some of them where a test is easily false."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

# Consumption above the last band: the book's constructor ought to close its bands with an open one.
program("j_tariff_bands", {"energy/__init__.py": "", "energy/bands.py": '''
from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Band:
    up_to: int
    cents: Decimal


class TariffBook:
    def __init__(self, name: str, bands: list[tuple[int, str]]):
        self.name = name
        self._bands = [Band(limit, Decimal(price)) for limit, price in sorted(bands)]
        self._limits = [b.up_to for b in self._bands]

    def band_of(self, kwh: int) -> Band:
        return self._bands[bisect_right(self._limits, kwh)]

    def below(self, kwh: int) -> list[Band]:
        return [b for b in self._bands if b.up_to <= kwh]
''', "energy/billing.py": '''
from decimal import ROUND_HALF_UP, Decimal

from .bands import TariffBook

CENT = Decimal("0.01")


class Bill:
    def __init__(self, book: TariffBook, standing: Decimal = Decimal("4.50")):
        self.book = book
        self.standing = standing
        self.lines = []

    def add(self, label: str, kwh: int, price: Decimal):
        self.lines.append((label, (price * kwh / 100).quantize(CENT, ROUND_HALF_UP)))

    def total(self) -> Decimal:
        return self.standing + sum(amount for _, amount in self.lines)


def bill_for(book: TariffBook, readings: dict[str, int]) -> Bill:
    bill = Bill(book)
    used = readings["end"] - readings["start"]
    done = 0
    for band in book.below(used):
        bill.add(f"to {band.up_to}", band.up_to - done, band.cents)
        done = band.up_to
    bill.add("rest", used - done, book.band_of(used).cents)
    return bill
''', "energy/run.py": '''
from .bands import TariffBook
from .billing import bill_for

BOOKS = {
    "home": [(1000, "31.2"), (2500, "29.9"), (6000, "27.4")],
    "night": [(1500, "24.0"), (4000, "22.5")],
}


def monthly(customers: list[dict]) -> dict[str, str]:
    totals = {}
    for customer in customers:
        book = TariffBook(customer["tariff"], BOOKS[customer["tariff"]])
        totals[customer["id"]] = str(bill_for(book, customer["meter"]).total())
    return totals
'''}, '''from energy.run import monthly
monthly([{"id": "c-17", "tariff": "home", "meter": {"start": 100, "end": 900}}, {"id": "c-18", "tariff": "night", "meter": {"start": 20500, "end": 25100}}])''',
        [("energy/bands.py", "        self._limits = [b.up_to for b in self._bands]",
          "        self._limits = [b.up_to for b in self._bands[:-1]]")])

# Nobody free: the fix refuses with an exception that is one of the crash's own kind.
program("j_courier_pick", {"dispatch/__init__.py": "", "dispatch/geo.py": '''
import math


def km(a: tuple[float, float], b: tuple[float, float]) -> float:
    lat = math.radians(a[0] - b[0])
    lon = math.radians(a[1] - b[1]) * math.cos(math.radians((a[0] + b[0]) / 2))
    return 6371 * math.hypot(lat, lon)
''', "dispatch/fleet.py": '''
from dataclasses import dataclass, field

from .geo import km

REACH_KM = {"bike": 4.0, "van": 25.0}


@dataclass
class Courier:
    id: str
    vehicle: str
    at: tuple[float, float]
    load: list[str] = field(default_factory=list)

    def can_take(self, weight: float) -> bool:
        return len(self.load) < 3 and (self.vehicle == "van" or weight <= 8)


@dataclass
class Fleet:
    couriers: list[Courier]

    def near(self, spot, weight):
        for courier in self.couriers:
            away = km(courier.at, spot)
            if away <= REACH_KM[courier.vehicle] and courier.can_take(weight):
                yield away, courier.id

    def nearest(self, spot: tuple[float, float], weight: float) -> Courier:
        away, best = min(self.near(spot, weight))
        return next(c for c in self.couriers if c.id == best)
''', "dispatch/orders.py": '''
from .fleet import Courier, Fleet


class Assigner:
    def __init__(self, fleet: Fleet):
        self.fleet = fleet
        self.assigned = {}

    def assign(self, order: dict) -> str:
        courier = self.fleet.nearest(tuple(order["from"]), order["weight"])
        courier.load.append(order["id"])
        self.assigned[order["id"]] = courier.id
        return courier.id


def plan(couriers: list[dict], orders: list[dict]) -> dict[str, str]:
    fleet = Fleet([Courier(c["id"], c["vehicle"], tuple(c["at"])) for c in couriers])
    assigner = Assigner(fleet)
    for order in sorted(orders, key=lambda o: -o["weight"]):
        assigner.assign(order)
    return assigner.assigned
'''}, '''from dispatch.orders import plan
plan([{"id": "k1", "vehicle": "bike", "at": [52.52, 13.40]}, {"id": "k2", "vehicle": "van", "at": [48.1, 11.6]}],
     [{"id": "o-1", "from": [52.53, 13.41], "weight": 2.5}, {"id": "o-2", "from": [52.51, 13.38], "weight": 12.0}])''', [
    ("dispatch/fleet.py", '''        away, best = min(self.near(spot, weight))
''', '''        found = sorted(self.near(spot, weight))
        if not found:
            raise NobodyFree(f"no courier in reach of {spot} for {weight} kg")
        best = found[0][1]
'''), ("dispatch/fleet.py", '''REACH_KM = {"bike": 4.0, "van": 25.0}
''', '''REACH_KM = {"bike": 4.0, "van": 25.0}


class NobodyFree(ValueError):
    pass
''')])

# next() in a generator: "generator raised StopIteration".
program("j_statement_lines", {"bank/__init__.py": "", "bank/mt940.py": '''
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

TAG = re.compile(r"^:(\\d\\d[A-Z]?):(.*)$")
ENTRY = re.compile(r"^(\\d{6})(\\d{4})?(C|D|RC|RD)([\\d,]+)N(\\w{3})(.*)$")


@dataclass
class Entry:
    booked: date
    amount: Decimal
    kind: str
    purpose: str = ""


def tags(text: str):
    """(tag, value) of each field, with its further lines."""
    tag, value = None, []
    for line in text.splitlines():
        found = TAG.match(line)
        if found:
            if tag:
                yield tag, "\\n".join(value)
            tag, value = found.group(1), [found.group(2)]
        elif tag:
            value.append(line)
    if tag:
        yield tag, "\\n".join(value)


def amount(sign: str, digits: str) -> Decimal:
    value = Decimal(digits.replace(",", ".").rstrip("."))
    return -value if sign in ("D", "RC") else value


def entries(text: str):
    fields = iter(list(tags(text)))
    for tag, value in fields:
        if tag != "61":
            continue
        day, _, sign, digits, kind, _ = ENTRY.match(value).groups()
        booked = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
        following, purpose = next(fields)
        yield Entry(booked, amount(sign, digits), kind, purpose if following == "86" else "")
''', "bank/reconcile.py": '''
import re
from collections import defaultdict

from .mt940 import entries

INVOICE = re.compile(r"\\bINV-(\\d{4,})\\b")


class Reconciler:
    def __init__(self, open_invoices: dict):
        self.open = dict(open_invoices)
        self.unmatched = []
        self.paid = defaultdict(int)

    def take(self, entry):
        found = INVOICE.search(entry.purpose)
        if found and found.group(1) in self.open:
            self.paid[found.group(1)] += entry.amount
        else:
            self.unmatched.append(entry)

    def settled(self):
        return sorted(n for n, due in self.open.items() if self.paid[n] >= due)


def reconcile(statement: str, open_invoices: dict):
    reconciler = Reconciler(open_invoices)
    for entry in entries(statement):
        reconciler.take(entry)
    return reconciler.settled(), len(reconciler.unmatched)
'''}, '''from bank.reconcile import reconcile
reconcile(":20:STARTUMS\\n:25:10020030/1234567\\n:60F:C260301EUR1000,00\\n:61:2603020302C250,00NTRF\\n:86:Rechnung INV-20417 danke\\n:61:2603030303D12,90NCHG", {"20417": 250, "20418": 80})''',
        [("bank/mt940.py", "        following, purpose = next(fields)\n", "        following, purpose = next(fields, (None, \"\"))\n")])

# A signature header that is not ASCII: refused by the caller's caller.
program("j_hook_signature", {"hooks/__init__.py": "", "hooks/signing.py": '''
import hashlib
import hmac


class Signer:
    def __init__(self, secret: str, algorithm: str = "sha256"):
        self.secret = secret.encode()
        self.algorithm = algorithm

    def sign(self, payload: bytes) -> str:
        return hmac.new(self.secret, payload, getattr(hashlib, self.algorithm)).hexdigest()

    def matches(self, payload: bytes, given: str) -> bool:
        return hmac.compare_digest(self.sign(payload), given)
''', "hooks/errors.py": '''
class Rejected(Exception):
    def __init__(self, status: int, why: str):
        super().__init__(why)
        self.status = status
''', "hooks/receiver.py": '''
import json

from .errors import Rejected
from .signing import Signer

PREFIX = "sha256="


class Receiver:
    def __init__(self, secrets: dict[str, str]):
        self.signers = {source: Signer(secret) for source, secret in secrets.items()}
        self.handlers = {}

    def on(self, kind):
        def register(handler):
            self.handlers[kind] = handler
            return handler
        return register

    def verify(self, source: str, headers: dict, payload: bytes):
        given = headers.get("x-signature", "")
        if not given.startswith(PREFIX):
            raise Rejected(401, "no signature")
        if not self.signers[source].matches(payload, given.removeprefix(PREFIX)):
            raise Rejected(401, "wrong signature")

    def receive(self, source: str, headers: dict, payload: bytes):
        if source not in self.signers:
            raise Rejected(404, f"unknown source {source}")
        self.verify(source, {k.lower(): v for k, v in headers.items()}, payload)
        event = json.loads(payload)
        handler = self.handlers.get(event["type"])
        return handler(event["data"]) if handler else None
''', "hooks/app.py": '''
from .errors import Rejected
from .receiver import Receiver

receiver = Receiver({"paygate": "s3cr3t", "parcel": "0ther"})
shipped = []


@receiver.on("parcel.sent")
def on_sent(data):
    shipped.append(data["tracking"])
    return "ok"


def post(path: str, headers: dict, body: bytes) -> tuple[int, str]:
    try:
        return 200, receiver.receive(path.rsplit("/", 1)[-1], headers, body) or "ignored"
    except Rejected as refused:
        return refused.status, str(refused)
'''}, '''from hooks.app import post
post("/hooks/parcel", {"X-Signature": "sha256=\\u201c5f0c\\u201d", "Content-Type": "application/json"}, b'{"type": "parcel.sent", "data": {"tracking": "JJ01"}}')''',
        [("hooks/receiver.py", '''            raise Rejected(401, "no signature")
''', '''            raise Rejected(401, "no signature")
        if not given.isascii():
            raise Rejected(400, "malformed signature")
''')])

# Two units that report to each other: the walk is written anew, and takes other arguments.
program("j_org_chain", {"org/__init__.py": "", "org/store.py": '''
class People:
    def __init__(self, rows):
        self.by_id = {row["id"]: row for row in rows}

    def manager_of(self, person):
        return self.by_id.get(person.get("manager"))

    def get(self, ident):
        return self.by_id[ident]

    def reports(self, ident):
        return [p for p in self.by_id.values() if p.get("manager") == ident]
''', "org/approvals.py": '''
from .store import People

LIMITS = {"staff": 0, "lead": 2_000, "head": 20_000, "board": 10_000_000}


def limit_of(person):
    return LIMITS[person["grade"]] * (2 if person.get("acting") else 1)


def approvers(people: People, person, amount):
    """Those who sign, from the nearest to the one whose limit is enough."""
    boss = people.manager_of(person)
    if boss is None:
        return []
    if limit_of(boss) >= amount:
        return [boss["id"]]
    return [boss["id"], *approvers(people, boss, amount)]
''', "org/requests.py": '''
from dataclasses import dataclass, field

from .approvals import approvers
from .store import People


@dataclass
class Purchase:
    by: str
    amount: int
    signers: list = field(default_factory=list)
    state: str = "draft"


class Desk:
    def __init__(self, rows):
        self.people = People(rows)
        self.purchases = []

    def submit(self, by, amount):
        purchase = Purchase(by, amount)
        purchase.signers = approvers(self.people, self.people.get(by), amount)
        purchase.state = "waiting" if purchase.signers else "approved"
        self.purchases.append(purchase)
        return purchase
'''}, '''from org.requests import Desk
desk = Desk([{"id": "ida", "grade": "staff", "manager": "ben"}, {"id": "ben", "grade": "lead", "manager": "cara"},
             {"id": "cara", "grade": "lead", "manager": "ben", "acting": True}, {"id": "dov", "grade": "board"}])
desk.submit("ida", 3000)
desk.submit("ida", 9500)''', [("org/approvals.py", '''    boss = people.manager_of(person)
    if boss is None:
        return []
    if limit_of(boss) >= amount:
        return [boss["id"]]
    return [boss["id"], *approvers(people, boss, amount)]
''', '''    chain, boss = [], people.manager_of(person)
    while boss is not None and boss["id"] not in chain:
        chain.append(boss["id"])
        if limit_of(boss) >= amount:
            break
        boss = people.manager_of(boss)
    return chain
''')])

# A file saved by a spreadsheet: the mark before the first heading. The fix is where the bytes are decoded, two modules away.
program("j_stock_feed", {"stock/__init__.py": "", "stock/reader.py": '''
import csv
import io
from pathlib import Path


class Feed:
    def __init__(self, raw: bytes, delimiter: str = ";"):
        self.text = raw.decode("utf-8")
        self.delimiter = delimiter

    @classmethod
    def load(cls, path):
        return cls(Path(path).read_bytes())

    def rows(self):
        for row in csv.DictReader(io.StringIO(self.text), delimiter=self.delimiter):
            yield {(k or "").strip().lower(): (v or "").strip() for k, v in row.items()}
''', "stock/levels.py": '''
from collections import Counter


class Levels:
    def __init__(self, known):
        self.known = set(known)
        self.counts = Counter()
        self.unknown = []

    def apply(self, row):
        sku = row["sku"].upper()
        if sku not in self.known:
            self.unknown.append(sku)
            return
        self.counts[sku] += int(row["qty"] or 0)

    def low(self, least):
        return sorted(s for s in self.known if self.counts[s] < least)
''', "stock/sync.py": '''
from .levels import Levels
from .reader import Feed


class Sync:
    def __init__(self, known, least=5):
        self.levels = Levels(known)
        self.least = least
        self.seen = 0

    def run(self, feed: Feed):
        for row in feed.rows():
            self.levels.apply(row)
            self.seen += 1
        return {"seen": self.seen, "low": self.levels.low(self.least), "unknown": self.levels.unknown}


def nightly(uploads, known):
    sync = Sync(known)
    report = None
    for name, raw in uploads:
        if name.endswith(".csv"):
            report = sync.run(Feed(raw))
    return report
'''}, '''from stock.sync import nightly
nightly([("notes.txt", b"hi"), ("berlin.csv", b"sku;qty;place\\na-1;4;R2\\nb-7;12;R3\\n"), ("wien.csv", b"\\xef\\xbb\\xbfSKU;Qty;Place\\na-1;9;L1\\n")], ["A-1", "B-7", "C-3"])''',
        [("stock/reader.py", 'raw.decode("utf-8")', 'raw.decode("utf-8-sig")')])

# Tokens renewed by another path have a naive expiry; only those that are renewed, and only by the clock.
program("j_token_expiry", {"auth/__init__.py": "", "auth/tokens.py": '''
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone


@dataclass
class Token:
    user: str
    expires: datetime
    scopes: tuple = ()

    def alive(self, now=None):
        return (now or datetime.now(timezone.utc)) < self.expires


class Issuer:
    def __init__(self, lifetime=timedelta(hours=8)):
        self.lifetime = lifetime

    def issue(self, user, scopes=()):
        return Token(user, datetime.now(timezone.utc) + self.lifetime, tuple(scopes))

    def renew(self, token):
        return Token(token.user, datetime.utcnow() + self.lifetime, token.scopes)
''', "auth/sessions.py": '''
from .tokens import Issuer, Token


class Denied(Exception):
    pass


class Sessions:
    def __init__(self, issuer: Issuer):
        self.issuer = issuer
        self.tokens: dict[str, Token] = {}

    def login(self, user, scopes=()):
        key = f"s{len(self.tokens) + 1}"
        self.tokens[key] = self.issuer.issue(user, scopes)
        return key

    def touch(self, key):
        self.tokens[key] = self.issuer.renew(self.tokens[key])

    def require(self, key, scope):
        token = self.tokens.get(key)
        if token is None or not token.alive():
            raise Denied("signed out")
        if scope not in token.scopes:
            raise Denied(f"{token.user} may not {scope}")
        return token.user

    def active(self):
        return sorted({t.user for t in self.tokens.values() if t.alive()})
''', "auth/api.py": '''
from .sessions import Denied, Sessions
from .tokens import Issuer


class Api:
    def __init__(self):
        self.sessions = Sessions(Issuer())
        self.notes = []

    def write(self, key, text):
        try:
            user = self.sessions.require(key, "write")
        except Denied as why:
            return {"status": 403, "why": str(why)}
        self.notes.append((user, text))
        self.sessions.touch(key)
        return {"status": 200}
'''}, '''from auth.api import Api
api = Api()
key = api.sessions.login("noor", ["read", "write"])
api.write(key, "first")
api.write(key, "second")''', [("auth/tokens.py", "datetime.utcnow() + self.lifetime", "datetime.now(timezone.utc) + self.lifetime")])

# Found nothing: the lookup is renamed, gets another signature, and says so instead of None.
program("j_geocode_batch", {"geo/__init__.py": "", "geo/provider.py": '''
import asyncio

KNOWN = {"lyon": (45.76, 4.84), "turin": (45.07, 7.69), "gent": (51.05, 3.72)}


class Provider:
    def __init__(self, known=None, delay=0.0):
        self.known = KNOWN if known is None else known
        self.delay = delay
        self.asked = 0

    async def lookup(self, place):
        self.asked += 1
        await asyncio.sleep(self.delay)
        return self.known.get(place.strip().casefold())
''', "geo/batch.py": '''
import asyncio
from dataclasses import dataclass

from .provider import Provider


@dataclass
class Stop:
    name: str
    lat: float
    lon: float


async def resolve(provider: Provider, place: str, gate: asyncio.Semaphore) -> Stop:
    async with gate:
        found = await provider.lookup(place)
    lat, lon = found
    return Stop(place, round(lat, 1), round(lon, 1))


async def resolve_all(provider: Provider, places: list[str], at_once: int = 2) -> list[Stop]:
    gate = asyncio.Semaphore(at_once)
    return list(await asyncio.gather(*(resolve(provider, p, gate) for p in places)))
''', "geo/route.py": '''
import asyncio

from .batch import resolve_all
from .provider import Provider


def span(stops):
    lats = [s.lat for s in stops]
    return round(max(lats) - min(lats), 1) if lats else 0


class Planner:
    def __init__(self, provider=None):
        self.provider = provider or Provider()

    async def plan(self, tour):
        stops = await resolve_all(self.provider, tour["stops"])
        return {"tour": tour["id"], "stops": [s.name for s in stops], "span": span(stops)}


def plan_sync(tour):
    return asyncio.run(Planner().plan(tour))
'''}, '''from geo.route import plan_sync
plan_sync({"id": 4411, "stops": ["Lyon", "Turin", "Saint-Ouen-les-Mines"]})''', [
    ("geo/batch.py", '''async def resolve(provider: Provider, place: str, gate: asyncio.Semaphore) -> Stop:
    async with gate:
        found = await provider.lookup(place)
    lat, lon = found
    return Stop(place, round(lat, 1), round(lon, 1))
''', '''async def stop_at(place: str, *, provider: Provider, gate: asyncio.Semaphore) -> Stop | None:
    async with gate:
        found = await provider.lookup(place)
    if found is None:
        return None
    lat, lon = found
    return Stop(place, round(lat, 1), round(lon, 1))
'''), ("geo/batch.py", "    return list(await asyncio.gather(*(resolve(provider, p, gate) for p in places)))",
       "    stops = await asyncio.gather(*(stop_at(p, provider=provider, gate=gate) for p in places))\n    return [s for s in stops if s]")])

# Two jobs due at the same moment: heapq compares what comes after. The heap has changed by the time of the error.
program("j_job_heap", {"jobs/__init__.py": "", "jobs/heap.py": '''
import heapq


class Schedule:
    def __init__(self):
        self._heap = []
        self._taken = 0

    def __len__(self):
        return len(self._heap)

    def add(self, due, job):
        heapq.heappush(self._heap, (due, job))

    def take(self, now):
        """The next job that is due, or None."""
        if not self._heap or self._heap[0][0] > now:
            return None
        self._taken += 1
        return heapq.heappop(self._heap)[-1]
''', "jobs/worker.py": '''
from .heap import Schedule

PAUSES = [5, 30, 120]


class Worker:
    def __init__(self, handlers):
        self.handlers = handlers
        self.schedule = Schedule()
        self.dead = []
        self.done = []

    def enqueue(self, job, now=0):
        self.schedule.add(now + job.get("delay", 0), {**job, "tries": 0})

    def again(self, job, now):
        tries = job["tries"]
        if tries >= len(PAUSES):
            self.dead.append(job["id"])
            return
        self.schedule.add(now + PAUSES[tries], {**job, "tries": tries + 1})

    def tick(self, now):
        while (job := self.schedule.take(now)) is not None:
            try:
                self.handlers[job["kind"]](job)
                self.done.append(job["id"])
            except ConnectionError:
                self.again(job, now)
''', "jobs/main.py": '''
from .worker import Worker


def send_mail(job):
    if job["to"].endswith("@down.example"):
        raise ConnectionError("mail host is away")


def thumbnail(job):
    return job["size"]


def work(jobs, until=60):
    worker = Worker({"mail": send_mail, "thumb": thumbnail})
    for job in jobs:
        worker.enqueue(job)
    for now in range(0, until, 5):
        worker.tick(now)
    return worker.done, worker.dead
'''}, '''from jobs.main import work
work([{"id": 1, "kind": "mail", "to": "a@down.example", "delay": 1}, {"id": 2, "kind": "thumb", "size": 64, "delay": 7}, {"id": 3, "kind": "mail", "to": "b@down.example", "delay": 2}])''',
        [("jobs/heap.py", "        heapq.heappush(self._heap, (due, job))", "        self._added += 1\n        heapq.heappush(self._heap, (due, self._added, job))"),
         ("jobs/heap.py", "        self._taken = 0", "        self._taken = 0\n        self._added = 0")])

# An amount of a form that is no number: the view answers 400.
program("j_expense_form", {"expenses/__init__.py": "", "expenses/amounts.py": '''
from decimal import Decimal, InvalidOperation

RATES = {"EUR": Decimal(1), "CHF": Decimal("1.04"), "USD": Decimal("0.92")}


def parse_amount(text: str) -> Decimal:
    cleaned = text.strip().replace("\\u00a0", "").replace("'", "")
    if "," in cleaned and "." not in cleaned:
        cleaned = cleaned.replace(",", ".")
    return Decimal(cleaned).quantize(Decimal("0.01"))


def in_euro(text: str, currency: str) -> Decimal:
    return (parse_amount(text) * RATES[currency]).quantize(Decimal("0.01"))
''', "expenses/reports.py": '''
from dataclasses import dataclass, field
from decimal import Decimal

from .amounts import in_euro


@dataclass
class Report:
    owner: str
    lines: list = field(default_factory=list)

    def add(self, line: dict) -> Decimal:
        euro = in_euro(line["amount"], line.get("currency", "EUR"))
        self.lines.append({**line, "euro": str(euro)})
        return euro

    @property
    def total(self):
        return sum((Decimal(line["euro"]) for line in self.lines), Decimal(0))


class Reports:
    def __init__(self):
        self.all: dict[int, Report] = {}

    def open(self, owner):
        number = len(self.all) + 1
        self.all[number] = Report(owner)
        return number
''', "expenses/web.py": '''
from decimal import InvalidOperation

from flask import Flask, jsonify, request

from .reports import Reports


def create_app():
    app = Flask(__name__)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    reports = Reports()

    @app.post("/reports")
    def open_report():
        return jsonify(number=reports.open(request.get_json()["owner"])), 201

    @app.post("/reports/<int:number>/lines")
    def add_line(number):
        report = reports.all.get(number)
        if report is None:
            return jsonify(error="no such report"), 404
        report.add(request.get_json())
        return jsonify(total=str(report.total)), 201

    return app
'''}, '''from expenses.web import create_app
client = create_app().test_client()
client.post("/reports", json={"owner": "mia"})
client.post("/reports/1/lines", json={"amount": "12,80", "what": "taxi"})
client.post("/reports/1/lines", json={"amount": "1.204,50", "currency": "CHF", "what": "hotel"})''',
        [("expenses/web.py", '''        report.add(request.get_json())
''', '''        try:
            report.add(request.get_json())
        except InvalidOperation:
            return jsonify(error="amount is no number"), 400
''')])

# Four of which the generated test's own look at the source may not see the fix: one of indentation only, one in a module named test_*, one in a TOML file, one in a JSON file elsewhere.
program("j_shift_dedent", {"payroll/__init__.py": "", "payroll/clock.py": '''
from dataclasses import dataclass


@dataclass
class Shift:
    who: str
    start: int
    end: int | None = None
    pause: int = 0


class Clock:
    def __init__(self):
        self.open = {}

    def enter(self, who, minute):
        self.open[who] = Shift(who, minute)

    def leave(self, who, minute, pause=0):
        shift = self.open.pop(who)
        if pause:
            shift.pause = pause
            shift.end = minute
        return shift
''', "payroll/pay.py": '''
from .clock import Shift

NIGHT_FROM = 22 * 60


def minutes(shift: Shift) -> int:
    return shift.end - shift.start - shift.pause


def night(shift: Shift) -> int:
    return max(0, shift.start + minutes(shift) + shift.pause - NIGHT_FROM)
''', "payroll/payroll.py": '''
from .clock import Clock
from .pay import minutes, night


class Payroll:
    def __init__(self, cents_per_hour):
        self.rate = dict(cents_per_hour)
        self.clock = Clock()
        self.shifts = []
        self.listeners = [print]

    def punch(self, who, minute, pause=0):
        if who in self.clock.open:
            self.shifts.append(self.clock.leave(who, minute, pause))
        else:
            self.clock.enter(who, minute)

    def due(self, who):
        cents = 0
        for shift in self.shifts:
            if shift.who == who:
                cents += minutes(shift) * self.rate[who] // 60 + night(shift) * 3
        return cents
'''}, '''from payroll.payroll import Payroll
payroll = Payroll({"ann": 2100, "lee": 1950})
for who, minute, pause in [("ann", 480, 0), ("lee", 500, 0), ("ann", 960, 30), ("lee", 730, 0)]:
    payroll.punch(who, minute, pause)
payroll.due("ann")
payroll.due("lee")''', [("payroll/clock.py", "            shift.end = minute\n", "        shift.end = minute\n")])

program("j_lab_panels", {"lab/__init__.py": "", "lab/test_panels.py": '''
"""The tests that the laboratory offers, and their ranges."""
from dataclasses import dataclass


@dataclass
class Panel:
    code: str
    unit: str
    low: float | None
    high: float | None


def panel(code, unit, text):
    """of a range such as "3.5-5.1" or "<5"."""
    if text.startswith("<"):
        return Panel(code, unit, None, float(text[1:]))
    low, high = text.split("-")
    return Panel(code, unit, float(low), float(high))
''', "lab/flags.py": '''
from .test_panels import Panel


def flag(panel: Panel, value: float) -> str:
    if value < panel.low:
        return "L"
    return "H" if value > panel.high else ""


def rounded(value: float) -> float:
    return round(value, 2)
''', "lab/report.py": '''
from .flags import flag, rounded
from .test_panels import panel


class Report:
    def __init__(self, sample):
        self.sample = sample
        self.panels = {}
        self.lines = []

    def offer(self, table):
        for row in table.strip().splitlines():
            code, unit, text = row.split()
            self.panels[code] = panel(code, unit, text)
        return self

    def add(self, code, value):
        known = self.panels[code]
        self.lines.append(f"{code} {rounded(value)} {known.unit} {flag(known, value)}".rstrip())

    def text(self):
        return "\\n".join([self.sample, *self.lines])
'''}, '''from lab.report import Report
report = Report("S-2291").offer("K mmol/l 3.5-5.1\\nCRP mg/l <5\\nNA mmol/l 136-145")
report.add("K", 4.213)
report.add("CRP", 2.25)''', [("lab/test_panels.py", "Panel(code, unit, None, float(text[1:]))", "Panel(code, unit, 0.0, float(text[1:]))")])

program("j_plan_toml", {"seats/__init__.py": "", "seats/plans.toml": '''
[starter]
price = "9.00"
least = 1

[team]
price = "24,50"
least = 5
''', "seats/plans.py": '''
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Plan:
    name: str
    price: str
    least: int


class Plans:
    def __init__(self, path=Path(__file__).with_name("plans.toml")):
        self.all = {n: Plan(n, **p) for n, p in tomllib.loads(path.read_text()).items()}

    def get(self, name):
        return self.all[name]
''', "seats/charge.py": '''
from decimal import Decimal

from .plans import Plan


def charge(plan: Plan, seats: int) -> Decimal:
    return Decimal(plan.price) * max(seats, plan.least)


def with_vat(net: Decimal, percent: int) -> Decimal:
    return (net * (100 + percent) / 100).quantize(Decimal("0.01"))
''', "seats/desk.py": '''
from .charge import charge, with_vat
from .plans import Plans


class Desk:
    def __init__(self, vat):
        self.vat = vat
        self.plans = Plans()
        self.accounts = {}

    def join(self, account, plan, seats):
        self.accounts[account] = (self.plans.get(plan), seats)

    def invoice(self, account):
        plan, seats = self.accounts[account]
        return with_vat(charge(plan, seats), self.vat)
'''}, '''from seats.desk import Desk
desk = Desk(19)
desk.join("acme", "starter", 3)
desk.join("globex", "team", 12)
desk.invoice("acme")
desk.invoice("globex")''', [("seats/plans.toml", '"24,50"', '"24.50"')])

# The same, with the table in a JSON file beside the package, not in it.
program("j_plan_beside", {**{name: text.replace("import tomllib", "import json").replace("tomllib.loads", "json.loads").replace(
    'Path(__file__).with_name("plans.toml")', 'Path(__file__).parents[1] / "config" / "plans.json"')
    for name, text in PROGRAMS["j_plan_toml"]["files"].items() if name.endswith(".py")}, "config/plans.json": '''{
    "starter": {"price": "9.00", "least": 1},
    "team": {"price": "24,50", "least": 5}
}
'''}, PROGRAMS["j_plan_toml"]["call"], [("config/plans.json", '"24,50"', '"24.50"')])

UNSEEN_J = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
