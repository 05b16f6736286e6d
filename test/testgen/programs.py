"""Small faulty programs in Python with their fixes: (files, what is called, [(file, faulty text, fixed text)]). `gone` says that the
error depends on something that an event without variables cannot give."""

PROGRAMS = {}


def program(name, files, call, fix, lacks=False):
    PROGRAMS[name] = {"files": files, "call": call, "fix": fix, "lacks": lacks}


program("bounds_past_end", {"shop/__init__.py": "", "shop/pages.py": '''
def window(rows, start, size):
    """The rows of a page and the first of the next one."""
    page = [rows[i] for i in range(start, start + size)]
    following = rows[start + size]
    return page, following


def page(rows, number):
    return window(rows, number * 2, 2)
'''}, "from shop.pages import page\npage(['a', 'b', 'c', 'd'], 1)",
        [("shop/pages.py", "following = rows[start + size]", "following = rows[start + size] if start + size < len(rows) else None")])

program("bounds_one_based", {"calendar_names.py": '''
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def month_name(number):
    return MONTHS[number]


def label(date):
    year, month, day = date.split("-")
    return f"{int(day)} {month_name(int(month))} {year}"
'''}, "from calendar_names import label\nlabel('2024-12-24')", [("calendar_names.py", "MONTHS[number]", "MONTHS[number - 1]")])

program("none_result", {"src/people/__init__.py": "", "src/people/directory.py": '''
from people.store import find


def greeting(users, user_id):
    user = find(users, user_id)
    return "Hello " + user["name"].title()
''', "src/people/store.py": '''
def find(users, user_id):
    for user in users:
        if user["id"] == user_id:
            return user
    return None
'''}, "from people.directory import greeting\ngreeting([{'id': 1, 'name': 'ann'}, {'id': 2, 'name': 'bob'}], 7)",
        [("src/people/directory.py", '    return "Hello', '    if user is None:\n        return "Hello stranger"\n    return "Hello')])

program("none_checked_by_caller", {"prices/__init__.py": "", "prices/parse.py": '''
def to_cents(text):
    return int(round(float(text.strip()) * 100))
''', "prices/orders.py": '''
from prices.parse import to_cents


def order_total(lines):
    return sum(to_cents(line["price"]) * line["count"] for line in lines)
'''}, "from prices.orders import order_total\norder_total([{'price': '1.50', 'count': 2}, {'price': None, 'count': 1}])",
        [("prices/orders.py", "for line in lines)", "for line in lines if line[\"price\"] is not None)")])

program("missing_key", {"settings.py": '''
DEFAULTS = {"colour": "blue"}


def read(settings, name):
    return settings[name]


def theme(settings):
    return {"colour": read(settings, "colour"), "size": read(settings, "font_size")}
'''}, "from settings import theme\ntheme({'colour': 'red', 'width': 3})", [("settings.py", "settings[name]", "settings.get(name, DEFAULTS.get(name))")])

program("missing_key_in_object", {"stock/__init__.py": "", "stock/warehouse.py": '''
class Warehouse:
    def __init__(self, city, levels):
        self.city = city
        self.levels = levels

    def reserve(self, sku, count):
        left = self.levels[sku] - count
        self.levels[sku] = left
        return left


def reserve_all(levels, order):
    house = Warehouse("Lyon", levels)
    return [house.reserve(sku, count) for sku, count in order]
'''}, "from stock.warehouse import Warehouse\nw = Warehouse('Lyon', {'a-1': 4})\nw.reserve('b-2', 1)",
        [("stock/warehouse.py", "left = self.levels[sku] - count", "left = self.levels.get(sku, 0) - count")])

program("recursion_without_end", {"tree.py": '''
def depth(node):
    if not node["children"]:
        return 1
    return 1 + max(depth(child) for child in node["children"])


def countdown(n):
    if n == 0:
        return []
    return [n] + countdown(n - 1)
'''}, "from tree import countdown\ncountdown(-1)", [("tree.py", "if n == 0", "if n <= 0")])

program("recursion_kth", {"select_kth.py": '''
def kth(arr, k):
    pivot = arr[0]
    below = [x for x in arr if x < pivot]
    above = [x for x in arr if x > pivot]
    num_less = len(below)
    num_lessoreq = len(arr) - len(above)
    if k < num_less:
        return kth(below, k)
    elif k >= num_lessoreq:
        return kth(above, k)
    return pivot
'''}, "from select_kth import kth\nkth([1, 2, 3, 4, 5, 6, 7], 4)", [("select_kth.py", "kth(above, k)", "kth(above, k - num_lessoreq)")])

program("bad_state", {"bank/__init__.py": "", "bank/account.py": '''
class Closed(Exception):
    pass


class Account:
    def __init__(self, owner):
        self.owner = owner
        self.entries = []

    def deposit(self, amount):
        self.entries.append(amount)

    def average(self):
        return sum(self.entries) / len(self.entries)
'''}, "from bank.account import Account\nAccount('ann').average()",
        [("bank/account.py", "return sum(self.entries) / len(self.entries)", "return sum(self.entries) / len(self.entries) if self.entries else 0")])

program("bad_state_refused", {"machine.py": '''
NEXT = {"new": "paid", "paid": "sent", "sent": "done"}


class Order:
    def __init__(self, number, state="new"):
        self.number, self.state = number, state

    def __repr__(self):
        return f"<Order {self.number} {self.state!r}>"


def advance(order):
    order_state = NEXT[order.state]
    return order_state
'''}, "from machine import Order, advance\nadvance(Order(12, 'done'))",
        [("machine.py", "    order_state = NEXT[order.state]", "    if order.state not in NEXT:\n        raise ValueError(f'order {order.number} is done')\n    order_state = NEXT[order.state]")])

program("encoding_decode", {"mail.py": '''
def subject(raw):
    head, _, _ = raw.partition(b"\\r\\n\\r\\n")
    for line in head.split(b"\\r\\n"):
        if line.lower().startswith(b"subject:"):
            return line[8:].decode("utf-8").strip()
    return ""
'''}, "from mail import subject\nsubject(b'From: a\\r\\nSubject: caf\\xe9\\r\\n\\r\\nbody')", [("mail.py", 'decode("utf-8")', 'decode("utf-8", "replace")')])

program("encoding_encode", {"export.py": '''
def cell(value):
    return str(value).encode("ascii")


def row(values):
    return b";".join(cell(v) for v in values)
'''}, "from export import row\nrow(['a', 3, 'na\\u00efve'])", [("export.py", 'encode("ascii")', 'encode("utf-8")')])

program("time_zones", {"meeting.py": '''
from datetime import datetime, timezone


def minutes_until(start, now):
    return int((start - now).total_seconds() // 60)


def starts_in(text, now):
    start = datetime.fromisoformat(text)
    return minutes_until(start, now)
'''}, "from datetime import datetime, timezone\nfrom meeting import starts_in\nstarts_in('2024-03-01T10:00:00', datetime(2024, 3, 1, 9, tzinfo=timezone.utc))",
        [("meeting.py", "    return minutes_until(start, now)", "    if start.tzinfo is None:\n        start = start.replace(tzinfo=timezone.utc)\n    return minutes_until(start, now)")])

program("february", {"renewal.py": '''
import datetime


def next_year(day):
    return day.replace(year=day.year + 1)


def renew(contract):
    return {**contract, "until": next_year(contract["until"])}
'''}, "import datetime\nfrom renewal import renew\nrenew({'id': 4, 'until': datetime.date(2024, 2, 29)})",
        [("renewal.py", "    return day.replace(year=day.year + 1)",
          "    if (day.month, day.day) == (2, 29):\n        day = day.replace(day=28)\n    return day.replace(year=day.year + 1)")])

program("exception_chain", {"config_file.py": '''
class ConfigError(Exception):
    pass


def parse_line(line):
    name, value = line.split("=")
    return name.strip(), value.strip()


def parse(text):
    found = {}
    for line in text.splitlines():
        try:
            name, value = parse_line(line)
        except ValueError as error:
            raise ConfigError(f"cannot read {line!r}") from error
        found[name] = value
    return found
'''}, "from config_file import parse\nparse('a = 1\\nb = x=y\\n')", [("config_file.py", 'line.split("=")', 'line.split("=", 1)')])

program("generator", {"readings.py": '''
def steps(values):
    before = None
    for value in values:
        yield value - before
        before = value


def biggest(values):
    return max(steps(values))
'''}, "from readings import biggest\nbiggest([3, 5, 9])",
        [("readings.py", "        yield value - before\n", "        if before is not None:\n            yield value - before\n")])

program("asynchronous", {"feed/__init__.py": "", "feed/client.py": '''
import asyncio


async def fetch(page):
    await asyncio.sleep(0)
    return {"items": page.get("items"), "next": page.get("next")}


async def titles(pages):
    found = []
    for page in pages:
        answer = await fetch(page)
        found += [item["title"] for item in answer["items"]]
    return found
'''}, "import asyncio\nfrom feed.client import titles\nasyncio.run(titles([{'items': [{'title': 'a'}], 'next': 2}, {'error': 'gone'}]))",
        [("feed/client.py", 'page.get("items")', 'page.get("items") or []')])

program("dataclasses_and_decimals", {"billing/__init__.py": "", "billing/invoice.py": '''
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum


class Kind(Enum):
    GOODS = "goods"
    SERVICE = "service"


@dataclass
class Line:
    name: str
    price: Decimal
    kind: Kind = Kind.GOODS
    tags: tuple = ()


RATES = {Kind.GOODS: Decimal("0.20")}


def tax(line):
    return line.price * RATES[line.kind]


def total(lines):
    return sum((line.price + tax(line) for line in lines), Decimal(0))
'''}, "from decimal import Decimal\nfrom billing.invoice import *\ntotal([Line('pen', Decimal('1.20')), Line('repair', Decimal('30'), Kind.SERVICE)])",
        [("billing/invoice.py", '{Kind.GOODS: Decimal("0.20")}', '{Kind.GOODS: Decimal("0.20"), Kind.SERVICE: Decimal("0.10")}')])

program("named_tuples", {"geometry.py": '''
from collections import namedtuple
from typing import NamedTuple

Point = namedtuple("Point", "x y")


class Line(NamedTuple):
    a: Point
    b: Point


def slope(line):
    return (line.b.y - line.a.y) / (line.b.x - line.a.x)
'''}, "from geometry import *\nslope(Line(Point(1, 2), Point(1, 5)))",
        [("geometry.py", "    return (line.b.y", "    if line.b.x == line.a.x:\n        return None\n    return (line.b.y")])

program("tuple_arrives_as_list", {"routes.py": '''
DISTANCES = {("a", "b"): 4, ("b", "c"): 6}


def distance(leg):
    return DISTANCES[leg]


def length(legs):
    return sum(distance(leg) for leg in legs)
'''}, "from routes import length\nlength([('a', 'b'), ('c', 'b')])", [("routes.py", "DISTANCES[leg]", "DISTANCES.get(leg) or DISTANCES[leg[::-1]]")])

program("keys_arrive_as_texts", {"seats.py": '''
def seat_of(plan, row, name):
    return plan[row].index(name)


def neighbours(plan, row, name):
    at = seat_of(plan, row, name)
    seats = plan[row]
    return seats[at - 1], seats[at + 1]
'''}, "from seats import neighbours\nneighbours({1: ['ann', 'bob'], 2: ['cid', 'dan']}, 2, 'dan')",
        [("seats.py", "seats[at - 1], seats[at + 1]", "seats[at - 1] if at else None, seats[at + 1] if at + 1 < len(seats) else None")])

program("mutated_argument", {"worker.py": '''
def drain(queue, limit):
    done = []
    while len(done) < limit:
        done.append(queue.pop(0) * 2)
    return done
'''}, "from worker import drain\ndrain([1, 2, 3], 5)", [("worker.py", "while len(done) < limit:", "while queue and len(done) < limit:")])

program("wrong_type", {"report.py": '''
def percent(part, whole):
    return round(part / whole * 100, 1)


def table(rows):
    return [f"{name}: {percent(part, whole)} %" for name, part, whole in rows]
'''}, "from report import table\ntable([('a', 1, 4), ('b', '3', 4)])", [("report.py", "part / whole", "float(part) / whole")])

program("division_by_zero", {"stats.py": '''
def rate(hits, total):
    return hits / total


def summary(counters):
    return {name: rate(c["hits"], c["total"]) for name, c in counters.items()}
'''}, "from stats import summary\nsummary({'home': {'hits': 3, 'total': 6}, 'about': {'hits': 0, 'total': 0}})",
        [("stats.py", "return hits / total", "return hits / total if total else 0.0")])

program("class_method", {"versions.py": '''
class Version:
    def __init__(self, major, minor):
        self.major, self.minor = major, minor

    @classmethod
    def parse(cls, text):
        major, minor = text.split(".")
        return cls(int(major), int(minor))

    @staticmethod
    def newest(texts):
        return max((Version.parse(t) for t in texts), key=lambda v: (v.major, v.minor))
'''}, "from versions import Version\nVersion.newest(['1.2', '2', '1.9'])",
        [("versions.py", 'major, minor = text.split(".")', 'major, _, minor = text.partition(".")\n        minor = minor or "0"')])

program("property_of_object", {"timer.py": '''
class Timer:
    def __init__(self, started=None):
        self.started = started
        self.stopped = None

    def stop(self, at):
        self.stopped = at

    @property
    def elapsed(self):
        return self.stopped - self.started


def describe(timer):
    return f"{timer.elapsed} s"
'''}, "from timer import Timer, describe\nt = Timer(5)\ndescribe(t)",
        [("timer.py", "return self.stopped - self.started", "return self.stopped - self.started if self.stopped is not None else 0")])

program("decorated", {"access.py": '''
import functools


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


@logged
def role(user, *, default="guest"):
    return user["roles"][0] or default
'''}, "from access import role\nrole({'name': 'ann', 'roles': []})", [("access.py", 'user["roles"][0] or default', '(user["roles"] or [default])[0]')])

program("variable_arguments", {"joiner.py": '''
def longest(*words, minimum=0, **names):
    lengths = {w: len(w) for w in words if len(w) >= minimum}
    first = max(lengths, key=lengths.get)
    return names.get("prefix", "") + first
'''}, "from joiner import longest\nlongest('a', 'bb', minimum=3, prefix='-')",
        [("joiner.py", "    first = max(", "    if not lengths:\n        return ''\n    first = max(")])

program("nested_function", {"pipeline.py": '''
def scaler(factor):
    def scale(value):
        return 100 / (value * factor)
    return scale


def run(values, factor):
    scale = scaler(factor)
    return [scale(v) for v in values]
'''}, "from pipeline import run\nrun([4, 5], 0)", [("pipeline.py", "return 100 / (value * factor)", "return 100 / (value * factor) if value * factor else 0")])

program("unbound_local", {"lookup.py": '''
def best(offers, limit):
    for offer in offers:
        if offer["price"] <= limit:
            chosen = offer
            break
    return chosen["shop"]
'''}, "from lookup import best\nbest([{'shop': 'a', 'price': 12}, {'shop': 'b', 'price': 15}], 10)",
        [("lookup.py", "    for offer in offers:", "    chosen = {'shop': None}\n    for offer in offers:")])

program("json_input", {"hook.py": '''
import json


def amount(body):
    return json.loads(body)["amount"]


def handle(event):
    return {"status": "ok", "amount": amount(event["body"])}
'''}, "from hook import handle\nhandle({'path': '/pay', 'body': ''})", [("hook.py", 'json.loads(body)["amount"]', 'json.loads(body or \'{"amount": 0}\')["amount"]')])

program("shared_counter", {"tally.py": '''
import threading


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}

    def add(self, name):
        with self.lock:
            self.counts[name] += 1


def count(names):
    tally = Tally()
    for name in names:
        tally.add(name)
    return tally.counts
'''}, '''
import threading, sentry_sdk
from tally import count
errors = []
def work():
    try:
        count(["a", "b", "a"])
    except Exception as error:
        errors.append(error)
t = threading.Thread(target=work)
t.start()
t.join()
raise errors[0]
''', [("tally.py", "self.counts[name] += 1", "self.counts[name] = self.counts.get(name, 0) + 1")])

WEB = '''
from werkzeug.test import Client
from app import app
client = Client(app)
'''
program("flask_handler", {"app.py": '''
from flask import Flask, jsonify, request

from orders import total

app = Flask(__name__)


@app.post("/orders/<int:number>")
def order(number):
    lines = request.get_json()["lines"]
    return jsonify(number=number, total=total(lines))


@app.get("/search")
def search():
    return jsonify(limit=int(request.args["limit"]))
''', "orders.py": '''
def total(lines):
    return sum(line["price"] * line["count"] for line in lines)
'''}, WEB + "client.post('/orders/7?dry=1', json={'lines': [{'price': 3}]})", [("orders.py", 'line["count"]', 'line.get("count", 1)')])

program("flask_query", dict(PROGRAMS["flask_handler"]["files"]), WEB + "client.get('/search?limit=ten')",
        [("app.py", 'int(request.args["limit"])', 'request.args.get("limit", 10, type=int)')])

program("flask_factory_form", {"webapp/__init__.py": "", "webapp/site.py": '''
from flask import Blueprint, Flask, request

pages = Blueprint("pages", __name__)


@pages.route("/join", methods=["POST"])
def join():
    name, surname = request.form["name"].split(" ")
    return f"welcome {surname}, {name}"


def create_app(settings=None):
    app = Flask("webapp")
    app.register_blueprint(pages)
    return app
'''}, "from werkzeug.test import Client\nfrom webapp.site import create_app\nClient(create_app()).post('/join', data={'name': 'Ann'})",
        [("webapp/site.py", 'name, surname = request.form["name"].split(" ")', 'name, _, surname = request.form["name"].partition(" ")')])
