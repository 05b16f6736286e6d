"""Faulty programs written by someone who does not look at the generator: the first look at each is what counts. A first batch."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

program("u_paginator_last_page", {"src/catalog/__init__.py": "", "src/catalog/paging.py": '''
from dataclasses import dataclass


@dataclass
class Page:
    items: list
    number: int
    of: int


class Paginator:
    def __init__(self, items, per_page):
        self.items = items
        self.per_page = per_page

    @property
    def count(self):
        return (len(self.items) + self.per_page - 1) // self.per_page

    def page(self, number):
        first = (number - 1) * self.per_page
        chunk = [self.items[first + i] for i in range(self.per_page)]
        return Page(chunk, number, self.count)
'''}, "from catalog.paging import Paginator\np = Paginator(['x', 'y', 'z'], 2)\np.page(1)\np.page(2)",
        [("src/catalog/paging.py", "[self.items[first + i] for i in range(self.per_page)]", "self.items[first:first + self.per_page]")])

program("u_roman_lower", {"roman.py": '''
VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def to_int(numeral):
    total = 0
    previous = 0
    for letter in reversed(numeral):
        value = VALUES[letter]
        if value < previous:
            total -= value
        else:
            total += value
            previous = value
    return total


def chapter(title):
    word, numeral = title.split(" ", 1)
    return word, to_int(numeral)
'''}, "from roman import chapter\nchapter('Chapter xiv')", [("roman.py", "reversed(numeral)", "reversed(numeral.upper())")])

program("u_middleware_none_user", {"site_app/__init__.py": "", "site_app/auth.py": '''
import enum


class Role(enum.Enum):
    GUEST = 0
    EDITOR = 1
    ADMIN = 2


class User:
    def __init__(self, name, role):
        self.name = name
        self.role = role


class Session:
    def __init__(self, user=None):
        self.user = user
        self.flash = []


def can_edit(session, article):
    if article["locked"]:
        return session.user.role is Role.ADMIN
    return session.user.role.value >= Role.EDITOR.value
''', "site_app/views.py": '''
from site_app.auth import can_edit


def edit_button(session, article):
    if can_edit(session, article):
        return "<a href='/edit/%d'>Edit</a>" % article["id"]
    return ""
'''}, "from site_app.auth import *\nfrom site_app.views import edit_button\nedit_button(Session(), {'id': 4, 'locked': False, 'title': 'Soup'})",
        [("site_app/auth.py", '    if article["locked"]', '    if session.user is None:\n        return False\n    if article["locked"]')])

program("u_decimal_invalid", {"billing/__init__.py": "", "billing/money.py": '''
from decimal import Decimal


def parse_amount(raw):
    """1,234.50 or 1234.50"""
    return Decimal(raw).quantize(Decimal("0.01"))


def invoice_total(rows):
    total = Decimal("0")
    for sku, quantity, price in rows:
        total += quantity * parse_amount(price)
    return total
'''}, "from billing.money import invoice_total\ninvoice_total([('a', 2, '12.50'), ('b', 1, '1,299.00')])",
        [("billing/money.py", "Decimal(raw)", 'Decimal(raw.replace(",", ""))')])

program("u_cycle_recursion", {"deps.py": '''
def resolve(graph, name, seen=None):
    order = []
    for needed in graph.get(name, []):
        order += resolve(graph, needed)
    if name not in order:
        order.append(name)
    return order
'''}, "from deps import resolve\nresolve({'app': ['db', 'log'], 'db': ['log'], 'log': ['app']}, 'app')",
        [("deps.py", '''    order = []
    for needed in graph.get(name, []):
        order += resolve(graph, needed)''', '''    order = []
    seen = (seen or set()) | {name}
    for needed in graph.get(name, []):
        if needed not in seen:
            order += resolve(graph, needed, seen)''')])

program("u_state_machine", {"orders/__init__.py": "", "orders/state.py": '''
from enum import Enum


class State(Enum):
    NEW = "new"
    PAID = "paid"
    SHIPPED = "shipped"


ALLOWED = {State.NEW: {State.PAID}, State.PAID: {State.SHIPPED}}


class TransitionError(ValueError):
    def __init__(self, old, new):
        super().__init__(f"{old.value} cannot become {new.value}")


class Order:
    def __init__(self, number):
        self.number = number
        self.state = State.NEW
        self.log = []

    def move(self, new):
        if new not in ALLOWED[self.state]:
            raise TransitionError(self.state, new)
        self.log.append((self.state, new))
        self.state = new
        return self
'''}, "from orders.state import *\no = Order(17)\no.move(State.PAID).move(State.SHIPPED)\no.move(State.PAID)",
        [("orders/state.py", "if new not in ALLOWED[self.state]:", "if new not in ALLOWED.get(self.state, set()):")])

program("u_latin1_csv", {"importer.py": '''
import csv
import io


def rows(payload):
    text = payload.decode("utf-8")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def names(payload):
    return [row["name"].strip() for row in rows(payload)]
'''}, "from importer import names\nnames('id;name\\n1;Andr\\u00e9\\n'.encode('latin-1'))",
        [("importer.py", 'payload.decode("utf-8")', 'payload.decode("utf-8", errors="replace")')])

program("u_naive_aware", {"meetings/__init__.py": "", "meetings/when.py": '''
from datetime import datetime, timezone


def parse(stamp):
    return datetime.fromisoformat(stamp)


def overlaps(first, second):
    a, b = parse(first["start"]), parse(first["end"])
    c, d = parse(second["start"]), parse(second["end"])
    return a < d and c < b
'''}, "from meetings.when import overlaps\noverlaps({'start': '2026-03-01T10:00:00', 'end': '2026-03-01T11:00:00'}, "
     "{'start': '2026-03-01T10:30:00+01:00', 'end': '2026-03-01T12:00:00+01:00'})",
        [("meetings/when.py", "    return datetime.fromisoformat(stamp)",
          "    moment = datetime.fromisoformat(stamp)\n    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)")])

program("u_dict_changed", {"cache_box.py": '''
class Box:
    def __init__(self):
        self.entries = {}

    def put(self, key, value, expires):
        self.entries[key] = (value, expires)

    def purge(self, now):
        removed = 0
        for key, (value, expires) in self.entries.items():
            if expires <= now:
                del self.entries[key]
                removed += 1
        return removed
'''}, "from cache_box import Box\nb = Box()\nb.put('a', 1, 10)\nb.put('b', 2, 20)\nb.put('c', 3, 99)\nb.purge(50)",
        [("cache_box.py", "in self.entries.items():", "in list(self.entries.items()):")])

program("u_chain_from", {"conf/__init__.py": "", "conf/load.py": '''
import json


class ConfigError(Exception):
    pass


def load(text):
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError("line %d is not JSON" % error.lineno) from error


def port(text):
    return load(text)["port"]
'''}, "from conf.load import port\nport('{\"port\": 80,\\n}')",
        [("conf/load.py", "return json.loads(text)", 'return json.loads(text.replace(",\\n}", "}"))')])

program("u_async_gather", {"crawl.py": '''
import asyncio


class Limiter:
    def __init__(self, limit):
        self.limit = limit
        self.running = 0


async def fetch(limiter, page):
    limiter.running += 1
    await asyncio.sleep(0)
    limiter.running -= 1
    return len(page["body"])


async def sizes(limiter, pages):
    found = await asyncio.gather(*(fetch(limiter, page) for page in pages))
    return dict(zip((p["url"] for p in pages), found))
'''}, "import asyncio\nfrom crawl import *\nasyncio.run(sizes(Limiter(2), [{'url': '/a', 'body': 'xx'}, {'url': '/b', 'body': None}]))",
        [("crawl.py", 'return len(page["body"])', 'return len(page["body"] or "")')])

program("u_generator_batches", {"src/etl/__init__.py": "", "src/etl/batch.py": '''
def batches(records, size):
    batch = []
    for record in records:
        batch.append(record)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


def averages(records, size):
    for batch in batches(records, size):
        yield sum(r["ms"] for r in batch) / len(batch)
'''}, "from etl.batch import averages\nlist(averages([{'ms': 3}, {'ms': 5}], 2))",
        [("src/etl/batch.py", "    yield batch\n\n\ndef averages", "    if batch:\n        yield batch\n\n\ndef averages")])

program("u_decorator_timing", {"tools_pkg/__init__.py": "", "tools_pkg/deco.py": '''
import functools


def validated(**types):
    def wrap(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            for name, kind in types.items():
                if not isinstance(kwargs[name], kind):
                    raise TypeError(f"{name} must be {kind.__name__}")
            return function(*args, **kwargs)
        return inner
    return wrap
''', "tools_pkg/resize.py": '''
from tools_pkg.deco import validated


@validated(width=int)
def resize(image, width=100, height=None):
    ratio = width / image["width"]
    return {"width": width, "height": height or round(image["height"] * ratio)}
'''}, "from tools_pkg.resize import resize\nresize({'width': 40, 'height': 30}, height=10)",
        [("tools_pkg/deco.py", "if not isinstance(kwargs[name], kind)", "if name in kwargs and not isinstance(kwargs[name], kind)")])

program("u_path_suffix", {"media/__init__.py": "", "media/thumbs.py": '''
from pathlib import Path

KINDS = {".png": "image/png", ".jpg": "image/jpeg"}


def content_type(path):
    return KINDS[path.suffix]


def thumb_name(path: Path, width: int) -> str:
    kind = content_type(path)
    return f"{path.stem}-{width}.{kind.split('/')[1]}"
'''}, "from pathlib import Path\nfrom media.thumbs import thumb_name\nthumb_name(Path('/srv/photos/IMG_7.JPG'), 120)",
        [("media/thumbs.py", "KINDS[path.suffix]", "KINDS[path.suffix.lower()]")])

program("u_thread_pool", {"jobs.py": '''
from concurrent.futures import ThreadPoolExecutor


def score(answer):
    right = sum(1 for mark in answer["marks"] if mark)
    return round(100 * right / len(answer["marks"]))


def score_all(answers):
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(score, answers))
'''}, "from jobs import score_all\nscore_all([{'who': 'a', 'marks': [True, False]}, {'who': 'b', 'marks': []}])",
        [("jobs.py", "    right = sum", '    if not answer["marks"]:\n        return 0\n    right = sum')])

program("u_classmethod_parse", {"geo/__init__.py": "", "geo/point.py": '''
import math


class Point:
    __slots__ = ("lat", "lon")

    def __init__(self, lat, lon):
        self.lat = lat
        self.lon = lon

    @classmethod
    def parse(cls, text):
        lat, lon = text.split(",")
        return cls(float(lat), float(lon))

    @staticmethod
    def bearing(a, b):
        return math.degrees(math.atan2(b.lon - a.lon, b.lat - a.lat)) % 360


def route(points):
    parsed = [Point.parse(p) for p in points]
    return [Point.bearing(a, b) for a, b in zip(parsed, parsed[1:])]
'''}, "from geo.point import route\nroute(['48.85,2.35', '45.76,4.83,170'])",
        [("geo/point.py", 'lat, lon = text.split(",")', 'lat, lon = text.split(",")[:2]')])

program("u_flask_missing_header", {"service.py": '''
from flask import Flask, abort, jsonify, request

app = Flask(__name__)
ACCOUNTS = {"k-1": {"name": "Ann", "plan": None}}


def limits(account):
    return {"requests": account["plan"]["requests"]}


@app.route("/v1/limits/<key>")
def show(key):
    account = ACCOUNTS.get(key)
    if account is None:
        abort(404)
    return jsonify(limits(account))
'''}, "import sentry_sdk\nfrom service import app\napp.test_client().get('/v1/limits/k-1?verbose=yes')",
        [("service.py", 'return {"requests": account["plan"]["requests"]}', 'return {"requests": (account["plan"] or {"requests": 0})["requests"]}')])

program("u_sqlite_row", {"notes_db.py": '''
import sqlite3


class Notes:
    def __init__(self, path=":memory:"):
        self.db = sqlite3.connect(path)
        self.db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)")

    def add(self, body):
        return self.db.execute("INSERT INTO notes (body) VALUES (?)", (body,)).lastrowid

    def body(self, number):
        return self.db.execute("SELECT body FROM notes WHERE id = ?", (number,)).fetchone()[0]
'''}, "from notes_db import Notes\nn = Notes()\nn.add('milk')\nn.body(2)",
        [("notes_db.py", "    def body(self, number):\n        return self.db.execute(\"SELECT body FROM notes WHERE id = ?\", (number,)).fetchone()[0]",
          "    def body(self, number):\n        row = self.db.execute(\"SELECT body FROM notes WHERE id = ?\", (number,)).fetchone()\n        return row[0] if row else None")])

program("u_matrix_ragged", {"matrix.py": '''
from typing import List


def transpose(m: List[List[float]]) -> List[List[float]]:
    return [[row[i] for row in m] for i in range(len(m[0]))]


def multiply(a, b):
    columns = transpose(b)
    return [[sum(x * y for x, y in zip(row, column)) for column in columns] for row in a]
'''}, "from matrix import multiply\nmultiply([[1, 2]], [[1, 2, 3], [4, 5]])",
        [("matrix.py", "for row in m] for i in range(len(m[0]))", "for row in m] for i in range(min(len(r) for r in m))")])

program("u_log_parser", {"src/logtool/__init__.py": "", "src/logtool/parse.py": '''
import re
from collections import Counter

LINE = re.compile(r"(?P<host>\\S+) \\[(?P<when>[^]]+)\\] \\"(?P<verb>[A-Z]+) (?P<path>\\S+)\\" (?P<status>\\d{3})")


def parse(line):
    return LINE.match(line).groupdict()


def statuses(lines):
    return Counter(parse(line)["status"] for line in lines)
''', "src/logtool/report.py": '''
from logtool.parse import statuses


def worst(lines):
    found = statuses(lines)
    return max(found, key=lambda s: (s[0], found[s]))
'''}, "from logtool.report import worst\nworst(['h1 [01/Mar] \"GET /a\" 200', 'h2 [01/Mar] \"-\" 408'])",
        [("src/logtool/parse.py", "    return LINE.match(line).groupdict()", '    found = LINE.match(line)\n    return found.groupdict() if found else {"status": "000"}')])

program("u_plugin_registry", {"exporters/__init__.py": '''
from exporters.base import registry
from exporters import text  # noqa: F401


def export(kind, table):
    return registry[kind]().render(table)
''', "exporters/base.py": '''
registry = {}


class Exporter:
    name = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        registry[cls.name] = cls
''', "exporters/text.py": '''
from exporters.base import Exporter


class Plain(Exporter):
    name = "plain"

    def render(self, table):
        widths = [max(len(str(cell)) for cell in column) for column in zip(*table)]
        return "\\n".join(" ".join(str(c).ljust(w) for c, w in zip(row, widths)) for row in table)


class Wide(Exporter):
    name = "wide"

    def render(self, table):
        head, *rest = table
        return {h: [r[i] for r in rest] for i, h in enumerate(head)}
'''}, "from exporters import export\nexport('wide', [['a', 'b'], [1, 2], [3]])",
        [("exporters/text.py", "[r[i] for r in rest]", "[r[i] if i < len(r) else None for r in rest]")])

program("u_tz_lookup", {"clocks.py": '''
from datetime import datetime, timedelta, timezone

OFFSETS = {"UTC": 0, "CET": 1, "EST": -5}


def zone(name):
    return timezone(timedelta(hours=OFFSETS[name]), name)


def convert(moment: datetime, target: str) -> datetime:
    return moment.astimezone(zone(target))


def board(moment, cities):
    return {city: convert(moment, tz).strftime("%H:%M") for city, tz in cities.items()}
'''}, "from datetime import datetime, timezone\nfrom clocks import board\n"
     "board(datetime(2026, 5, 4, 12, 0, tzinfo=timezone.utc), {'Paris': 'CET', 'Tokyo': 'JST'})",
        [("clocks.py", "OFFSETS[name]", "OFFSETS.get(name, 0)")])

program("u_linked_stack", {"stack.py": '''
class Cell:
    def __init__(self, value, below=None):
        self.value = value
        self.below = below


class Stack:
    def __init__(self):
        self.top = None
        self.size = 0

    def push(self, value):
        self.top = Cell(value, self.top)
        self.size += 1

    def pop(self):
        value = self.top.value
        self.top = self.top.below
        self.size -= 1
        return value


def evaluate(tokens):
    """Reverse Polish."""
    stack = Stack()
    for token in tokens:
        if token in "+-*":
            right, left = stack.pop(), stack.pop()
            stack.push({"+": left + right, "-": left - right, "*": left * right}[token])
        else:
            stack.push(int(token))
    return stack.pop()
'''}, "from stack import evaluate\nevaluate(['3', '4', '+', '*'])",
        [("stack.py", "        value = self.top.value\n", "        if self.top is None:\n            return 0\n        value = self.top.value\n")])

program("u_overflow_convert", {"sensors/__init__.py": "", "sensors/codec.py": '''
import struct
from collections import namedtuple

Reading = namedtuple("Reading", "sensor celsius battery")


def pack(reading):
    return struct.pack(">Hhb", reading.sensor, round(reading.celsius * 10), reading.battery)


def frame(readings):
    body = b"".join(pack(r) for r in readings)
    return bytes([len(readings)]) + body
'''}, "from sensors.codec import *\nframe([Reading(7, 21.5, 90), Reading(8, 19.0, 130)])",
        [("sensors/codec.py", "reading.battery)", "min(reading.battery, 127))")])

UNSEEN = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
