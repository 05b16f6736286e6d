"""A twelfth batch, by another writer who had not read the generator: small programs of many trades, the fix where a developer would make it."""

from programs import program

# A loan among employees without interest: the formula of the annuity divides by nothing.
program("l_loan_annuity", {"loans/__init__.py": "", "loans/terms.py": '''
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Terms:
    amount: Decimal
    yearly_percent: Decimal
    months: int

    @property
    def monthly_rate(self) -> Decimal:
        return self.yearly_percent / 1200
''', "loans/schedule.py": '''
from decimal import Decimal

from loans.terms import Terms

CENT = Decimal("0.01")


def instalment(terms: Terms) -> Decimal:
    rate = terms.monthly_rate
    growth = (1 + rate) ** terms.months
    return (terms.amount * rate * growth / (growth - 1)).quantize(CENT)


def schedule(terms: Terms) -> list[tuple[int, Decimal]]:
    """The debt left after each month."""
    pay = instalment(terms)
    left = terms.amount
    rows = []
    for month in range(1, terms.months + 1):
        left = max(left + (left * terms.monthly_rate).quantize(CENT) - pay, Decimal(0))
        rows.append((month, left))
    return rows


def offers(customers: dict[str, Terms]) -> dict[str, int]:
    return {name: len(schedule(terms)) for name, terms in customers.items()}
'''}, '''from decimal import Decimal as D
from loans.schedule import offers
from loans.terms import Terms
offers({"shop": Terms(D("12000"), D("4.8"), 24), "staff": Terms(D("900.00"), D("0"), 6)})''',
        [("loans/schedule.py", "    growth = (1 + rate)", "    if not rate:\n        return (terms.amount / terms.months).quantize(CENT)\n    growth = (1 + rate)")])

# An infusion that is prescribed without a rate: the form sends 0, the constructor takes it.
program("l_infusion_rate", {"ward/__init__.py": "", "ward/infusion.py": '''
from dataclasses import dataclass
from datetime import datetime, timedelta

STANDARD_RATE = 40


@dataclass
class Infusion:
    drug: str
    volume_ml: int
    rate_ml_h: int

    def __post_init__(self):
        self.drug = self.drug.strip().lower()

    def minutes(self) -> int:
        return round(self.volume_ml / self.rate_ml_h * 60)
''', "ward/plan.py": '''
from datetime import datetime, timedelta

from ward.infusion import Infusion


class Plan:
    def __init__(self, begins: datetime):
        self.begins = begins
        self.entries = []

    def append(self, infusion: Infusion) -> datetime:
        start = self.entries[-1][2] if self.entries else self.begins
        end = start + timedelta(minutes=infusion.minutes())
        self.entries.append((infusion.drug, start, end))
        return end


def ends_at(begins: datetime, forms: list[dict]) -> datetime:
    plan = Plan(begins)
    end = begins
    for form in forms:
        end = plan.append(Infusion(form["drug"], form["volume"], form.get("rate") or 0))
    return end
'''}, '''from datetime import datetime
from ward.plan import ends_at
ends_at(datetime(2026, 2, 11, 7, 30), [{"drug": "NaCl 0.9 ", "volume": 500, "rate": 125}, {"drug": "Glucose", "volume": 250, "rate": None}])''',
        [("ward/infusion.py", "        self.drug = self.drug.strip().lower()\n", "        self.drug = self.drug.strip().lower()\n        if self.rate_ml_h <= 0:\n            self.rate_ml_h = STANDARD_RATE\n")])

# A leave of which the last day is before the first: nobody checks, and the choice among its days is empty.
program("l_flask_leave", {"leave/__init__.py": "", "leave/forms.py": '''
from datetime import date


class Invalid(Exception):
    pass


def period(form) -> tuple[date, date]:
    try:
        first = date.fromisoformat(form["from"])
        last = date.fromisoformat(form["to"])
    except (KeyError, ValueError) as error:
        raise Invalid("two dates are needed") from error
    return first, last
''', "leave/calendar.py": '''
from datetime import date, timedelta


def working_days(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def back_on(first: date, last: date) -> date:
    day = working_days(first, last)[-1] + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day
''', "leave/app.py": '''
from flask import Flask, jsonify, request

from leave.calendar import back_on, working_days
from leave.forms import Invalid, period

app = Flask(__name__)


@app.errorhandler(Invalid)
def invalid(error):
    return jsonify(error=str(error)), 400


@app.post("/people/<name>/leave")
def ask(name):
    first, last = period(request.form)
    return jsonify(name=name, days=len(working_days(first, last)), back=back_on(first, last).isoformat())
'''}, '''import sentry_sdk
from leave.app import app
app.test_client().post("/people/mona/leave", data={"from": "2026-07-20", "to": "2026-07-10"})''',
        [("leave/forms.py", "    return first, last\n", '    if last < first:\n        raise Invalid("it ends before it begins")\n    return first, last\n')])

# Departments of a company's export where one is, by way of another, its own superior.
program("l_org_chart", {"org/__init__.py": "", "org/units.py": '''
class Unit:
    def __init__(self, code, head):
        self.code = code
        self.head = head
        self.above = None

    def level(self):
        return 0 if self.above is None else self.above.level() + 1


def build(rows: list[dict]) -> dict[str, Unit]:
    units = {row["code"]: Unit(row["code"], row["head"]) for row in rows}
    for row in rows:
        unit, above = units[row["code"]], units.get(row["above"])
        unit.above = above
    return units
''', "org/chart.py": '''
from org.units import build


def chart(rows: list[dict]) -> str:
    units = build(rows)
    lines = []
    for unit in sorted(units.values(), key=lambda u: u.code):
        lines.append("  " * unit.level() + f"{unit.code} ({unit.head})")
    return "\\n".join(lines)
'''}, '''from org.chart import chart
chart([{"code": "A", "head": "Noor", "above": ""}, {"code": "S", "head": "Emil", "above": "T"}, {"code": "T", "head": "Gil", "above": "S"}])''',
        [("org/units.py", "        unit.above = above\n", '''        seen = above
        while seen is not None and seen is not unit:
            seen = seen.above
        unit.above = above if seen is None else None
''')])

# A tide table where one station writes its times without an offset.
program("l_tide_clock", {"src/tides/__init__.py": "", "src/tides/table.py": '''
from collections import namedtuple
from datetime import datetime, timezone

Tide = namedtuple("Tide", "at kind metres")


def parse_time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def parse(line: str) -> Tide:
    at, kind, metres = line.split(";")
    return Tide(parse_time(at), kind.strip(), float(metres))
''', "src/tides/passage.py": '''
from datetime import datetime

from tides.table import Tide, parse


def following(tides: list[Tide], now: datetime, kind: str):
    later = [tide for tide in tides if tide.kind == kind and tide.at > now]
    return min(later, key=lambda tide: tide.at, default=None)


def hours_to_high_water(table: list[str], now: datetime) -> float:
    tide = following([parse(line) for line in table], now, "high")
    if tide is None:
        return -1.0
    return round((tide.at - now).total_seconds() / 3600, 1)
'''}, '''from datetime import datetime, timezone
from tides.passage import hours_to_high_water
hours_to_high_water(["2026-04-02T03:10:00Z;high;4.1", "2026-04-02T09:24:00;low;0.6", "2026-04-02T15:41:00;high;4.3"], datetime(2026, 4, 2, 8, 0, tzinfo=timezone.utc))''',
        [("src/tides/table.py", '    return datetime.fromisoformat(text.replace("Z", "+00:00"))\n', '''    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)
''')])

# The receipt's printer has no character for one of the signs in the name of an article.
program("l_receipt_codepage", {"till/__init__.py": "", "till/printer.py": '''
ESC = b"\\x1b"


class Printer:
    width = 24

    def __init__(self, codepage: str = "cp437"):
        self.codepage = codepage
        self.sent = bytearray()

    def line(self, left: str, right: str = "") -> None:
        room = self.width - len(right)
        text = left[:room - 1].ljust(room) + right
        self.sent += text.encode(self.codepage) + b"\\n"

    def cut(self) -> bytes:
        self.sent += ESC + b"i"
        return bytes(self.sent)
''', "till/receipt.py": '''
from till.printer import Printer


def cents(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}"


def receipt(items: list[tuple[str, int]], printer: Printer) -> bytes:
    for title, price in items:
        printer.line(title, cents(price))
    printer.line("TOTAL", cents(sum(price for _, price in items)))
    return printer.cut()
'''}, '''from till.printer import Printer
from till.receipt import receipt
receipt([("Caf\\u00e9 au lait", 380), ("Gift card 10 \\u20ac", 1000)], Printer("cp850"))''',
        [("till/printer.py", "text.encode(self.codepage)", 'text.encode(self.codepage, "replace")')])

# The kitchen marks an order as ready that the guest has called off.
program("l_kitchen_states", {"kitchen/__init__.py": "", "kitchen/order.py": '''
from enum import Enum


class State(str, Enum):
    NEW = "new"
    COOKING = "cooking"
    READY = "ready"
    CANCELLED = "cancelled"


NEXT = {State.NEW: State.COOKING, State.COOKING: State.READY}


class Order:
    def __init__(self, number: int, dishes: list[str], state: State = State.NEW):
        self.number = number
        self.dishes = dishes
        self.state = state

    @property
    def open(self) -> bool:
        return self.state in NEXT

    def advance(self) -> State:
        self.state = NEXT[self.state]
        return self.state
''', "kitchen/board.py": '''
import asyncio

from kitchen.order import Order, State


async def cook(order: Order, seconds: float = 0) -> int:
    while order.state is not State.READY:
        await asyncio.sleep(seconds)
        order.advance()
    return order.number


async def serve(tickets: list[dict]) -> list[int]:
    orders = [Order(t["number"], t["dishes"], State(t.get("state", "new"))) for t in tickets]
    return [await cook(order) for order in orders]
'''}, '''import asyncio
from kitchen.board import serve
asyncio.run(serve([{"number": 41, "dishes": ["soup"]}, {"number": 42, "dishes": ["pie", "tea"], "state": "cancelled"}]))''',
        [("kitchen/board.py", "    while order.state is not State.READY:\n", "    while order.open:\n")])
