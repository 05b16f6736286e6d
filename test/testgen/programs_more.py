"""More faulty programs: objects within objects, scripts, state of a module, the time, files, the environment, threads."""

from programs import program

program("script_with_main", {"invoice_tool.py": '''
import sys


def parse(argument):
    name, amount = argument.split(":")
    return name, float(amount)


def main(arguments):
    total = 0
    for argument in arguments:
        name, amount = parse(argument)
        total += amount
    print(total)


if __name__ == "__main__":
    main(sys.argv[1:])
'''}, "from invoice_tool import main\nmain(['a:1', 'b:2,5'])", [("invoice_tool.py", "float(amount)", 'float(amount.replace(",", "."))')])

program("objects_in_list", {"fleet/__init__.py": "", "fleet/model.py": '''
class Engine:
    def __init__(self, power):
        self.power = power


class Truck:
    def __init__(self, plate, engine=None):
        self.plate = plate
        self.engine = engine


class Fleet:
    def __init__(self, name):
        self.name = name
        self.trucks = []

    def add(self, truck):
        self.trucks.append(truck)

    def power(self):
        total = 0
        for truck in self.trucks:
            total += truck.engine.power
        return total
'''}, "from fleet.model import *\nf = Fleet('north')\nf.add(Truck('a', Engine(3)))\nf.add(Truck('b'))\nf.power()",
        [("fleet/model.py", "            total += truck.engine.power", "            if truck.engine is not None:\n                total += truck.engine.power")])

program("state_of_module", {"registry.py": '''
HANDLERS = {}


def register(name):
    def add(function):
        HANDLERS[name] = function
        return function
    return add


@register("text")
def text(value):
    return str(value)


def render(kind, value):
    return HANDLERS[kind](value)
'''}, "from registry import render\nrender('html', 3)", [("registry.py", "HANDLERS[kind](value)", "HANDLERS.get(kind, text)(value)")])

program("inherited", {"shapes.py": '''
class Shape:
    def __init__(self, name):
        self.name = name

    def area(self):
        raise NotImplementedError(f"area of {type(self).__name__}")

    def describe(self):
        return f"{self.name}: {self.area():.1f}"


class Square(Shape):
    def __init__(self, side):
        super().__init__("square")
        self.side = side

    def area(self):
        return self.side ** 2


class Blob(Shape):
    def __init__(self):
        super().__init__("blob")


def report(shapes):
    return [s.describe() for s in shapes]
'''}, "from shapes import *\nreport([Square(2), Blob()])", [("shapes.py", '        super().__init__("blob")', '        super().__init__("blob")\n\n    def area(self):\n        return 0.0')])

program("lambda_as_key", {"ranking.py": '''
def ranking(players, limit=3):
    ordered = sorted(players, key=lambda p: p["score"])
    return [p["name"] for p in ordered[:limit]]
'''}, "from ranking import ranking\nranking([{'name': 'a', 'score': 3}, {'name': 'b', 'score': None}], limit=2)",
        [("ranking.py", 'p["score"])', 'p["score"] or 0)')])

program("missing_file", {"loader.py": '''
import json


def load(path):
    with open(path) as f:
        return json.load(f)


def settings(path="settings-of-nobody.json"):
    found = {"debug": False}
    found.update(load(path))
    return found
'''}, "from loader import settings\nsettings()", [("loader.py", "    with open(path) as f:\n        return json.load(f)", "    try:\n        with open(path) as f:\n            return json.load(f)\n    except FileNotFoundError:\n        return {}")])

program("environment_variable", {"service.py": '''
import os


def endpoint(name):
    return os.environ["SERVICE_" + name.upper()] + "/v1"


def connect(name, timeout=3):
    return {"url": endpoint(name), "timeout": timeout}
'''}, "from service import connect\nconnect('mail', timeout=5)", [("service.py", 'os.environ["SERVICE_" + name.upper()]', 'os.environ.get("SERVICE_" + name.upper(), "http://localhost")')])

program("many_types", {"archive/__init__.py": "", "archive/entry.py": '''
import dataclasses
import datetime
import pathlib
import uuid


@dataclasses.dataclass
class Entry:
    id: uuid.UUID
    path: pathlib.Path
    added: datetime.datetime
    labels: set = dataclasses.field(default_factory=set)
    size: int = 0


def key(entry):
    return entry.path.suffix[1], entry.added.date(), str(entry.id)


def index(entries):
    return {key(e): e for e in entries}
'''}, "import uuid, pathlib, datetime\nfrom archive.entry import *\nindex([Entry(uuid.UUID(int=5), pathlib.Path('a/b.txt'), datetime.datetime(2024, 1, 2), {'x'}),"
        " Entry(uuid.UUID(int=6), pathlib.Path('a/README'), datetime.datetime(2024, 1, 3, tzinfo=datetime.timezone.utc), size=4)])",
        [("archive/entry.py", "entry.path.suffix[1]", "entry.path.suffix[1:2]")])

program("context_manager", {"budget.py": '''
import contextlib


@contextlib.contextmanager
def spending(budget, name, amount):
    budget[name] -= amount
    if budget[name] < 0:
        raise ArithmeticError(f"{name} is overdrawn by {-budget[name]}")
    yield budget[name]


def buy(budget, name, prices):
    for price in prices:
        with spending(budget, name, price) as left:
            last = left
    return last
'''}, "from budget import buy\nbuy({'food': 10}, 'food', [4, 4, 4])",
        [("budget.py", "    for price in prices:\n", "    for price in prices:\n        if price > budget[name]:\n            break\n")])

program("retry_wraps", {"client.py": '''
class Unavailable(Exception):
    def __init__(self, name, tries):
        super().__init__(f"{name} failed {tries} times")
        self.name = name


def attempt(action, payload):
    return action["path"] + "?" + payload["query"]


def retry(name, action, payload, tries=3):
    for i in range(tries):
        try:
            return attempt(action, payload)
        except KeyError as error:
            last = error
    raise Unavailable(name, tries) from last
'''}, "from client import retry\nretry('search', {'path': '/find'}, {'q': 'a'}, tries=2)", [("client.py", 'payload["query"]', 'payload.get("query", payload.get("q", ""))')])

program("running_total", {"ledger.py": '''
class Ledger:
    def __init__(self, opening=0):
        self.balance = opening
        self.history = []

    def post(self, amount, memo=None):
        self.balance += amount
        self.history.append((amount, memo.strip()))
        return self.balance


def import_rows(ledger, rows):
    for row in rows:
        ledger.post(row["amount"], row.get("memo"))
    return ledger.balance
'''}, "from ledger import *\nimport_rows(Ledger(5), [{'amount': 3, 'memo': ' a '}, {'amount': 2}])", [("ledger.py", "memo.strip()", "(memo or '').strip()")])

program("set_and_frozen", {"graph.py": '''
def reachable(edges, start):
    seen, todo = set(), [start]
    while todo:
        node = todo.pop()
        seen.add(node)
        todo.extend(n for n in edges[node] if n not in seen)
    return seen


def connected(edges, a, b):
    return b in reachable(edges, a)
'''}, "from graph import connected\nconnected({1: {2, 3}, 2: {1}, 3: {4}}, 1, 2)", [("graph.py", "edges[node]", "edges.get(node, ())")])

program("today", {"subscription.py": '''
from datetime import date, timedelta


def days_left(until):
    today = date.today()
    return (until - today).days


def progress(started, until):
    return round(100 * (date.today() - started).days / (until - started).days)


def badge(started, until):
    return f"{progress(started, until)} %"
'''}, "import datetime\nfrom subscription import badge\nbadge(datetime.date(2024, 5, 1), datetime.date(2024, 5, 1))",
        [("subscription.py", "    return round(100", "    if until == started:\n        return 100\n    return round(100")])
