"""More of the ninth batch, written by one who had seen generated tests, but not the generator, so that a test is easily red on the fix."""

from programs import PROGRAMS, program

# What main imports registers itself; the task's own module imports none of it. The fix registers one more.
program("i_writer_registry", {"exports/__init__.py": "", "exports/registry.py": '''
class Writer:
    suffix = None
    by_suffix = {}

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if cls.suffix:
            Writer.by_suffix[cls.suffix] = cls

    def __init__(self, columns):
        self.columns = list(columns)

    def text(self, rows):
        return "\\n".join([self.head(), *(self.row(r) for r in rows)])

    def head(self):
        return ""

    def row(self, row):
        raise NotImplementedError


def writer(suffix, columns):
    return Writer.by_suffix[suffix](columns)
''', "exports/flat.py": '''
from .registry import Writer


class CsvWriter(Writer):
    suffix = "csv"
    separator = ";"

    def head(self):
        return self.separator.join(self.columns)

    def row(self, row):
        return self.separator.join(str(row.get(c, "")) for c in self.columns)
''', "exports/nested.py": '''
import json

from .registry import Writer


class JsonWriter(Writer):
    suffix = "jsonl"

    def row(self, row):
        return json.dumps({c: row.get(c) for c in self.columns})
''', "exports/tasks.py": '''
from .registry import writer


def columns_of(rows):
    seen = {}
    for row in rows:
        seen.update(dict.fromkeys(row))
    return list(seen)


def export(name, rows):
    """The task that the queue runs: the text of a file of that name."""
    stem, _, suffix = name.rpartition(".")
    made = writer(suffix, columns_of(rows))
    return stem, made.text(rows)
''', "exports/worker.py": '''
from . import flat, nested, tasks

TASKS = {"export": tasks.export}
FORMATS = [flat, nested]
'''}, '''
import exports.worker
from exports.tasks import export
export("march.csv", [{"sku": "a", "count": 2}])
export("march.tsv", [{"sku": "a", "count": 2}, {"sku": "b", "price": 3}])
''', [("exports/flat.py", '        return self.separator.join(str(row.get(c, "")) for c in self.columns)\n', '''        return self.separator.join(str(row.get(c, "")) for c in self.columns)


class TabWriter(CsvWriter):
    suffix = "tsv"
    separator = "\\t"
''')])

# The list is longer than what an event has of one, and it is a matter of its length.
program("i_year_window", {"figures/__init__.py": "", "figures/series.py": '''
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    now: int
    before: int

    @property
    def percent(self):
        return round(100 * (self.now - self.before) / self.before, 1) if self.before else None


def trailing(values, months):
    """The sum of the last months and that of as many before."""
    now = sum(values[-months:])
    before = sum(values[-i] for i in range(months + 1, 2 * months + 1))
    return Change(now, before)


def against_last_year(values):
    return Change(values[-1], values[-13])
''', "figures/report.py": '''
from .series import against_last_year, trailing


class Report:
    def __init__(self, title):
        self.title = title
        self.lines = []

    def line(self, label, change):
        text = "new" if change.percent is None else f"{change.percent:+} %"
        self.lines.append(f"{label}: {text}")


def figures(name, values):
    report = Report(name)
    report.line("half a year", trailing(values, 6))
    report.line("month of last year", against_last_year(values))
    return report.lines
'''}, '''
from figures.report import figures
figures("north", [120, 130, 90, 100, 110, 95, 130, 150, 160, 170, 155, 148, 151])
figures("south", [80, 82, 79, 85, 88, 91, 70, 65, 80, 84, 90, 99])
''', [("figures/series.py", "    return Change(values[-1], values[-13])", "    return Change(values[-1], values[-13] if len(values) > 12 else 0)")])

# What the call is given is used up before it fails.
program("i_used_up_pool", {"dispatch/__init__.py": "", "dispatch/jobs.py": '''
def parse(line):
    name, _, minutes = line.partition(":")
    return {"name": name.strip(), "minutes": int(minutes or 5)}


def weight(job):
    return (-job["minutes"], job["name"])
''', "dispatch/assign.py": '''
class Plan:
    def __init__(self, limit):
        self.limit = limit
        self.load = {}
        self.jobs = {}

    def give(self, worker, job):
        self.load[worker] = self.load.get(worker, 0) + job["minutes"]
        self.jobs.setdefault(worker, []).append(job["name"])

    def full(self, worker):
        return self.load.get(worker, 0) >= self.limit


def assign(jobs, workers, limit=60):
    """Who does what: each job to the worker who has waited longest and is not full."""
    plan = Plan(limit)
    while jobs:
        job = jobs.pop(0)
        worker = workers.pop(0)
        plan.give(worker, job)
        if plan.load[worker] + job["minutes"] < limit and not plan.full(worker):
            workers.append(worker)
    return plan.jobs
'''}, '''
from dispatch.assign import assign
assign([{"name": "a", "minutes": 10}, {"name": "b", "minutes": 10}], ["ann", "bob"])
assign([{"name": "load", "minutes": 40}, {"name": "wash", "minutes": 15}, {"name": "sort", "minutes": 20}], ["ann"], 70)
''', [("dispatch/assign.py", '        if plan.load[worker] + job["minutes"] < limit and not plan.full(worker):', "        if not plan.full(worker):")])

# What an object shows of itself is not all that it has; empty, it fails by intent.
program("i_window_shown", {"metrics/__init__.py": "", "metrics/window.py": '''
from dataclasses import dataclass, field


@dataclass
class Window:
    name: str
    seconds: int
    samples: list = field(default_factory=list, repr=False)

    def add(self, at, value):
        self.samples.append((at, value))
        self.drop(at)

    def drop(self, now):
        self.samples = [s for s in self.samples if now - s[0] > self.seconds]

    def mean(self):
        return sum(value for _, value in self.samples) / len(self.samples)

    def peak(self):
        return max((value for _, value in self.samples), default=None)
''', "metrics/alarm.py": '''
from dataclasses import dataclass

from .window import Window


@dataclass
class Alarm:
    window: Window
    limit: float

    def state(self):
        if self.window.mean() > self.limit:
            return "red"
        return "yellow" if self.window.peak() > self.limit else "green"


def states(alarms):
    return {a.window.name: a.state() for a in alarms}
'''}, '''
from metrics.alarm import Alarm, states
from metrics.window import Window
window = Window("cpu", 60)
for at, value in ((0, 10.0), (30, 95.0), (50, 20.0)):
    window.add(at, value)
states([Alarm(window, 80.0)])
''', [("metrics/window.py", "now - s[0] > self.seconds", "now - s[0] <= self.seconds")])

# The error stays: it is now answered as the request's own.
program("i_flask_not_found", {"depot/__init__.py": "", "depot/errors.py": '''
class DepotError(Exception):
    status = 500


class Unknown(DepotError):
    status = 404

    def __init__(self, kind, key):
        super().__init__(f"no {kind} {key}")
''', "depot/store.py": '''
from .errors import Unknown


class Store:
    def __init__(self, kind, rows):
        self.kind = kind
        self.rows = dict(rows)

    def get(self, key):
        try:
            return self.rows[key]
        except KeyError:
            raise Unknown(self.kind, key) from None


SHELVES = Store("shelf", {"a1": {"boxes": [3, 4]}, "a2": {"boxes": []}})
BOXES = Store("box", {3: {"weight": 12}, 4: {"weight": 7}})


def weight_of(shelf):
    return sum(BOXES.get(number)["weight"] for number in SHELVES.get(shelf)["boxes"])
''', "depot/web.py": '''
from flask import Blueprint, Flask, jsonify

from .store import BOXES, weight_of

api = Blueprint("api", __name__, url_prefix="/api")


@api.get("/shelves/<name>/weight")
def shelf_weight(name):
    return jsonify(weight=weight_of(name))


@api.get("/boxes/<int:number>")
def box(number):
    return jsonify(BOXES.get(number))


def create_app():
    app = Flask(__name__)
    app.register_blueprint(api)

    @app.after_request
    def mark(response):
        response.headers["X-Depot"] = "1"
        return response

    return app
'''}, "from depot.web import create_app\ncreate_app().test_client().get('/api/boxes/9')",
        [("depot/web.py", "from .store import", "from .errors import DepotError\nfrom .store import"),
         ("depot/web.py", "    return app\n", '''    @app.errorhandler(DepotError)
    def refused(error):
        return jsonify(error=str(error)), error.status

    return app
''')])

# The fix is a line of a data file; another line like it stays.
program("i_plan_table", {"plans/__init__.py": "", "plans/data/plans.json": '''{
  "free": {"seats": 1, "limits": null},
  "team": {"seats": 10, "limits": {"storage_gb": 50, "calls": 10000}},
  "legacy": {"seats": 3, "limits": null}
}
''', "plans/table.py": '''
import json
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "plans.json"


@lru_cache(maxsize=None)
def plans():
    return json.loads(FILE.read_text(encoding="utf-8"))


def limit(plan, name):
    return plans()[plan]["limits"][name]
''', "plans/usage.py": '''
from collections import Counter

from .table import limit, plans


class Usage:
    def __init__(self, plan):
        if plan not in plans():
            raise ValueError(f"no plan {plan!r}")
        self.plan = plan
        self.counts = Counter()

    def add(self, name, amount=1):
        self.counts[name] += amount
        return self

    def over(self):
        return {name: amount for name, amount in self.counts.items() if amount > limit(self.plan, name)}


def over(plan, events):
    usage = Usage(plan)
    for name, amount in events:
        usage.add(name, amount)
    return usage.over()
'''}, "from plans.usage import over\nover('team', [('calls', 12)])\nover('free', [('calls', 3), ('calls', 4)])",
        [("plans/data/plans.json", '"free": {"seats": 1, "limits": null}', '"free": {"seats": 1, "limits": {"storage_gb": 1, "calls": 100}}')])

# What is taken was made, and stored, by another part of the program, where the fix is.
program("i_stored_state", {"parcels/__init__.py": "", "parcels/model.py": '''
from dataclasses import dataclass
from enum import Enum


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@dataclass
class Parcel:
    number: int
    grams: int | None
    size: Size
    town: str = ""
''', "parcels/intake.py": '''
from .model import Parcel, Size

WEIGHTS = {Size.SMALL: 500, Size.LARGE: 4000}


def scan(line):
    """A parcel of a line of the scanner: number/size/grams/town; the grams may be missing."""
    number, size, grams, town = line.split("/")
    size = Size(size)
    return Parcel(int(number), int(grams) if grams else None, size, town.strip())


def intake(lines):
    return [scan(line) for line in lines if line.count("/") == 3]
''', "parcels/tours.py": '''
from collections import defaultdict


class Tour:
    def __init__(self, town, limit):
        self.town = town
        self.limit = limit
        self.stops = []
        self.grams = 0

    def add(self, parcel):
        if self.grams + parcel.grams > self.limit:
            return False
        self.grams += parcel.grams
        self.stops.append(parcel.number)
        return True


def tours(parcels, limit=20_000):
    found = defaultdict(list)
    for parcel in parcels:
        of_town = found[parcel.town]
        if not of_town or not of_town[-1].add(parcel):
            of_town.append(Tour(parcel.town, limit))
            of_town[-1].add(parcel)
    return {town: [t.stops for t in made] for town, made in found.items()}
'''}, '''
from parcels.intake import intake
from parcels.tours import tours
tours(intake(["1/s/300/Kiel", "2/l//Kiel", "3/l/4100/Bonn"]))
''', [("parcels/intake.py", "int(grams) if grams else None, size,", "int(grams) if grams else WEIGHTS[size], size,")])

program("i_queued_payload", {"letters/__init__.py": "", "letters/queue.py": '''
import json


class Queue:
    def __init__(self):
        self._messages = []

    def put(self, task, **payload):
        self._messages.append(json.dumps({"task": task, "payload": payload}))

    def drain(self):
        while self._messages:
            message = json.loads(self._messages.pop(0))
            yield message["task"], message["payload"]


QUEUE = Queue()
''', "letters/shop.py": '''
from .queue import QUEUE


class Customer:
    def __init__(self, name, mail=None, phone=None):
        self.name = name
        self.mail = mail
        self.phone = phone

    def contact(self):
        return {"mail": self.mail, "phone": self.phone}


def order_paid(number, customer, cents):
    QUEUE.put("receipt", number=number, to=customer.contact(), name=customer.name, cents=cents)
    return number
''', "letters/tasks.py": '''
def domain(address):
    return address.rsplit("@", 1)[-1].lower()


def channel(to):
    if domain(to["mail"]) in ("example.org", "test.invalid"):
        return "none"
    return "mail"


def receipt(number, to, name, cents):
    """The task that the queue runs."""
    text = f"Dear {name}, we got {cents / 100:.2f} EUR for {number}."
    return channel(to), text


TASKS = {"receipt": receipt}
'''}, '''
from letters.queue import QUEUE
from letters.shop import Customer, order_paid
from letters.tasks import TASKS
order_paid(1, Customer("Ann", "ann@web.de"), 1200)
order_paid(2, Customer("Bob", phone="+49 40 1"), 990)
for task, payload in QUEUE.drain():
    TASKS[task](**payload)
''', [("letters/shop.py", '    QUEUE.put("receipt"', '    if not customer.mail:\n        return number\n    QUEUE.put("receipt"')])

# Mended, it asks a server that is not there when the test runs, and fails with the same exception by another cause.
program("i_other_cause", {"push/__init__.py": "", "push/errors.py": '''
class PushFailed(Exception):
    def __init__(self, device, attempts):
        super().__init__(f"{device}: nothing after {attempts} attempts")
''', "push/payload.py": '''
import json

SOUNDS = {"alarm": "siren.caf", "news": "ping.caf"}


class Payload:
    def __init__(self, kind, title, badge=0):
        self.kind = kind
        self.title = title
        self.badge = badge

    def encode(self):
        return json.dumps({"aps": {"alert": self.title[:80], "sound": SOUNDS[self.kind], "badge": self.badge}}).encode()
''', "push/client.py": '''
import urllib.request

from .errors import PushFailed
from .payload import Payload


class Client:
    attempts = 2

    def __init__(self, base):
        self.base = base

    def post(self, device, payload):
        request = urllib.request.Request(f"{self.base}/devices/{device}", data=payload.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status

    def push(self, device, payload):
        last = None
        for _ in range(self.attempts):
            try:
                return self.post(device, payload)
            except Exception as error:
                last = error
        raise PushFailed(device, self.attempts) from last


def push_all(base, devices, kind, title):
    client = Client(base)
    return [client.push(device, Payload(kind, title)) for device in devices]
'''}, '''
from push.client import push_all
base = serve({"/devices/d1": (201, b"ok"), "/devices/d2": (201, b"ok")})
push_all(base, ["d1"], "news", "Hello")
push_all(base, ["d1", "d2"], "chat", "Ann: are you there?")
''', [("push/payload.py", "SOUNDS[self.kind]", 'SOUNDS.get(self.kind, "default")')])

# As i_plan_table, with a name of the table that the source has, too.
program("i_plan_table_named", {**PROGRAMS["i_plan_table"]["files"], "plans/usage.py": PROGRAMS["i_plan_table"]["files"]["plans/usage.py"].replace(
    "        self.plan = plan\n", '        self.plan = plan\n        self.frozen = plan == "legacy"\n')},
    PROGRAMS["i_plan_table"]["call"], PROGRAMS["i_plan_table"]["fix"])

# What the test calls gets another name with the fix, and its module another place for it.
program("i_renamed_entry", {"fares/__init__.py": "", "fares/zones.py": '''
RINGS = [("A", 5), ("B", 12), ("C", 25)]


def ring(km):
    for name, upto in RINGS:
        if km <= upto:
            return name
    return None


def rings_between(first, last):
    names = [name for name, _ in RINGS]
    low, high = sorted((names.index(first), names.index(last)))
    return names[low:high + 1]
''', "fares/tickets.py": '''
from dataclasses import dataclass

from .zones import ring, rings_between

CENTS = {1: 240, 2: 330, 3: 410}


@dataclass
class Trip:
    start_km: float
    end_km: float
    reduced: bool = False

    def rings(self):
        return rings_between(ring(self.start_km), ring(self.end_km))


def fare(start, end, reduced=False):
    trip = Trip(start, end, reduced)
    cents = CENTS[len(trip.rings())]
    return cents // 2 if trip.reduced else cents
''', "fares/desk.py": '''
from . import tickets


def receipt(trips):
    return sum(tickets.fare(*t) for t in trips)
'''}, "from fares.tickets import fare\nfare(2.5, 11)\nfare(3.0, 31.5, True)",
        [("fares/zones.py", "    return None\n", "    return RINGS[-1][0]\n"),
         ("fares/tickets.py", "def fare(start, end, reduced=False):", "def fare_cents(start, end, reduced=False):"), ("fares/desk.py", "tickets.fare(", "tickets.fare_cents(")])

# What the test makes an object of takes one more argument with the fix.
program("i_new_argument", {"meals/__init__.py": "", "meals/menu.py": '''
from decimal import Decimal


class Menu:
    def __init__(self, prices):
        self.prices = {name: Decimal(price) for name, price in prices.items()}

    def price(self, name):
        return self.prices[name]


class Card:
    def __init__(self, owner, credit="0"):
        self.owner = owner
        self.credit = Decimal(credit)
        self.bookings = []

    def book(self, name, menu):
        self.credit -= menu.price(name)
        self.bookings.append(name)
        return self.credit
''', "meals/canteen.py": '''
from .menu import Card, Menu

DAY = {"soup": "2.80", "pasta": "4.50"}
WEEK = {"steak": "8.90", "salad": "3.20"}


class Canteen:
    def __init__(self, menu):
        self.menu = menu
        self.cards = {}

    def card(self, owner):
        return self.cards.setdefault(owner, Card(owner, "10"))

    def serve(self, owner, dishes):
        card = self.card(owner)
        for dish in dishes:
            card.book(dish, self.menu)
        return card.credit


def open_canteen(prices=None):
    return Canteen(Menu(prices or DAY))
'''}, '''
from meals.canteen import open_canteen
canteen = open_canteen()
canteen.serve("ann", ["soup", "pasta"])
canteen.serve("bob", ["soup", "steak"])
''', [("meals/menu.py", "    def __init__(self, prices):\n", "    def __init__(self, prices, week):\n        self.week = {name: Decimal(price) for name, price in week.items()}\n"),
      ("meals/menu.py", "        return self.prices[name]", "        return self.prices[name] if name in self.prices else self.week[name]"),
      ("meals/canteen.py", "Canteen(Menu(prices or DAY))", "Canteen(Menu(prices or DAY, WEEK))")])
