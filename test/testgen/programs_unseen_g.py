"""A seventh batch, smaller, written after the search was changed for the sixth, again before the generator was run on any of it."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

program("g_warehouse_route", {"src/depot/__init__.py": "", "src/depot/route.py": '''
from collections import namedtuple

Stop = namedtuple("Stop", "name x y")


def distance(a, b):
    return abs(a.x - b.x) + abs(a.y - b.y)


def nearest(here, stops):
    best = None
    for stop in stops:
        if best is None or distance(here, stop) < distance(here, best):
            best = stop
    return best


def route(start, stops):
    left, here, order = list(stops), start, []
    while here != stops[-1]:
        here = nearest(here, left)
        left.remove(here)
        order.append(here.name)
    return order
'''}, "from depot.route import *\nroute(Stop('base', 0, 0), [])", [("src/depot/route.py", "while here != stops[-1]:", "while left:")])

program("g_markdown_table", {"mdt/__init__.py": "", "mdt/table.py": '''
def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def widths(rows):
    return [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]


def align(text):
    rows = [cells(line) for line in text.strip().splitlines()]
    sizes = widths(rows)
    return "\\n".join("| " + " | ".join(c.ljust(s) for c, s in zip(row, sizes)) + " |" for row in rows)
'''}, "from mdt.table import align\nalign('| name | age | city |\\n| Ann | 41 |\\n| Bob | 7 | Lyon |')",
        [("mdt/table.py", "max(len(row[i]) for row in rows)", "max(len(row[i]) for row in rows if i < len(row))")])

program("g_money_split", {"src/split_bill/__init__.py": "", "src/split_bill/bill.py": '''
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal


@dataclass
class Person:
    name: str
    weight: int = 1


@dataclass
class Bill:
    total: Decimal
    people: list[Person] = field(default_factory=list)

    def shares(self) -> dict[str, Decimal]:
        weights = sum(p.weight for p in self.people)
        cent = Decimal("0.01")
        return {p.name: (self.total * p.weight / weights).quantize(cent, ROUND_HALF_UP) for p in self.people}


def settle(bills: list[Bill]) -> dict[str, Decimal]:
    owed = {}
    for bill in bills:
        for name, share in bill.shares().items():
            owed[name] = owed.get(name, Decimal(0)) + share
    return owed
'''}, '''
from decimal import Decimal
from split_bill.bill import *
settle([Bill(Decimal("30"), [Person("Ann"), Person("Bob", 2)]), Bill(Decimal("12"), [Person("guest", 0)])])
''', [("src/split_bill/bill.py", "        cent = Decimal", "        if not weights:\n            return {}\n        cent = Decimal")])

program("g_job_dependencies", {"jobs/__init__.py": "", "jobs/runner.py": '''
from concurrent.futures import ThreadPoolExecutor


class Job:
    def __init__(self, name, function, needs=()):
        self.name = name
        self.function = function
        self.needs = needs


def run_one(job, results):
    return job.function(*[results[n] for n in job.needs])


def run(jobs, threads=2):
    results = {}
    with ThreadPoolExecutor(threads) as pool:
        for job in jobs:
            results[job.name] = pool.submit(run_one, job, results).result()
    return results
'''}, "from jobs.runner import *\nrun([Job('b', abs, ['a']), Job('a', int)])",
        [("jobs/runner.py", "        for job in jobs:\n", "        for job in sorted(jobs, key=lambda j: len(j.needs)):\n")])

program("g_bank_import", {"bankio/__init__.py": "", "bankio/mt.py": '''
import re
from datetime import datetime

LINE = re.compile(r"(?P<day>\\d{6})(?P<sign>[CD])(?P<amount>\\d+,\\d{2})(?P<text>.*)")


class FormatError(Exception):
    pass


def entry(line):
    match = LINE.match(line)
    amount = float(match["amount"].replace(",", "."))
    return {"day": datetime.strptime(match["day"], "%y%m%d").date(), "amount": -amount if match["sign"] == "D" else amount, "text": match["text"].strip()}


def statement(text):
    entries = [entry(line) for line in text.splitlines() if line]
    return {"entries": entries, "balance": round(sum(e["amount"] for e in entries), 2)}
'''}, "from bankio.mt import statement\nstatement('260301C120,50 salary\\n260302D9,9 lunch\\n')",
        [("bankio/mt.py", "    amount = float", "    if not match:\n        raise FormatError(line)\n    amount = float")])

program("g_observer_cells", {"sheet.py": '''
class Cell:
    def __init__(self, value=0):
        self._value = value
        self._formula = None
        self.listeners = []

    @property
    def value(self):
        return self._formula() if self._formula else self._value

    def set(self, value):
        self._value = value
        self._formula = None
        for listener in self.listeners:
            listener()

    def formula(self, function, *sources):
        self._formula = lambda: function(*[s.value for s in sources])
        for source in sources:
            source.listeners.append(self.changed)

    def changed(self):
        for listener in self.listeners:
            listener()
'''}, "from sheet import Cell\na, b = Cell(1), Cell()\nb.formula(lambda x: x + 1, a)\na.formula(lambda y: y * 2, b)\na.value",
        [("sheet.py", "        return self._formula() if self._formula else self._value", "        formula, self._formula = self._formula, None\n        try:\n            return formula() if formula else self._value\n        finally:\n            self._formula = formula")])

program("g_flags_config", {"src/flags/__init__.py": "", "src/flags/store.py": '''
from abc import ABC, abstractmethod


class Rule(ABC):
    @abstractmethod
    def matches(self, user):
        ...


class Percentage(Rule):
    def __init__(self, percent):
        self.percent = percent

    def matches(self, user):
        return user["id"] % 100 < self.percent


class InGroup(Rule):
    def __init__(self, *groups):
        self.groups = set(groups)

    def matches(self, user):
        return bool(self.groups & set(user["groups"]))


class Flag:
    def __init__(self, name, rules):
        self.name = name
        self.rules = rules

    def enabled(self, user):
        return any(rule.matches(user) for rule in self.rules)


def enabled_for(flags, user):
    return [f.name for f in flags if f.enabled(user)]
'''}, "from flags.store import *\nenabled_for([Flag('beta', [Percentage(10), InGroup('staff')])], {'id': 57, 'name': 'Ann'})",
        [("src/flags/store.py", 'set(user["groups"])', 'set(user.get("groups", ()))')])

program("g_cursor_stream", {"streams/__init__.py": "", "streams/tail.py": '''
import asyncio
import json


class Tail:
    def __init__(self, lines, batch=2):
        self.lines = lines
        self.batch = batch
        self.position = 0

    async def read(self):
        await asyncio.sleep(0)
        part = self.lines[self.position:self.position + self.batch]
        self.position += len(part)
        return [json.loads(line) for line in part]


async def consume(tail, until):
    seen = []
    while True:
        events = await tail.read()
        seen += events
        if events[-1]["id"] >= until:
            return seen
'''}, "import asyncio\nfrom streams.tail import *\nasyncio.run(consume(Tail(['{\"id\": 1}', '{\"id\": 2}']), 5))",
        [("streams/tail.py", "        if events[-1]", "        if not events or events[-1]")])

program("g_encoding_export", {"export_tool/__init__.py": "", "export_tool/fixed.py": '''
FIELDS = [("name", 12), ("city", 10), ("zip", 5)]


def field(value, width):
    return value[:width].ljust(width).encode("latin-1")


def record(row):
    return b"".join(field(row[name], width) for name, width in FIELDS) + b"\\n"


def export(rows):
    return b"".join(record(row) for row in rows)
'''}, "from export_tool.fixed import export\nexport([{'name': 'Anne', 'city': 'Lyon', 'zip': '69001'}, {'name': 'Zo\\u00eb', 'city': '\\u0141\\u00f3d\\u017a', 'zip': '90001'}])",
        [("export_tool/fixed.py", '.encode("latin-1")', '.encode("latin-1", "replace")')])

program("g_parking_gate", {"src/parking/__init__.py": "", "src/parking/gate.py": '''
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Optional


class Kind(Enum):
    CAR = auto()
    BIKE = auto()
    TRUCK = auto()


HOURLY = {Kind.CAR: 250, Kind.TRUCK: 600}


@dataclass
class Ticket:
    plate: str
    kind: Kind
    entered: datetime
    left: Optional[datetime] = None

    @property
    def hours(self) -> int:
        return -(-(self.left - self.entered) // timedelta(hours=1))


class Gate:
    def __init__(self):
        self.inside = {}
        self.paid = []

    def enter(self, plate: str, kind: Kind, at: datetime):
        self.inside[plate] = Ticket(plate, kind, at)

    def leave(self, plate: str, at: datetime) -> int:
        ticket = self.inside.pop(plate)
        ticket.left = at
        price = ticket.hours * HOURLY[ticket.kind]
        self.paid.append((plate, price))
        return price
'''}, '''
from datetime import datetime
from parking.gate import *
g = Gate()
g.enter("AB-123", Kind.BIKE, datetime(2026, 3, 1, 9))
g.leave("AB-123", datetime(2026, 3, 1, 11, 20))
''', [("src/parking/gate.py", "HOURLY[ticket.kind]", "HOURLY.get(ticket.kind, 0)")])

UNSEEN = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
