"""A fourth batch, written after changes were made for the third, again before the generator was run on any of it."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

program("d_price_rules", {"src/rules/__init__.py": "", "src/rules/engine.py": '''
from dataclasses import dataclass
from typing import Callable


@dataclass
class Rule:
    name: str
    applies: Callable
    percent: int


@dataclass
class Order:
    lines: list
    customer: dict

    @property
    def amount(self):
        return sum(line["price"] * line["count"] for line in self.lines)


def is_regular(order):
    return order.customer["orders"][-1]["year"] >= 2025


RULES = [Rule("large", lambda o: o.amount > 500, 5), Rule("regular", is_regular, 3)]


def discount(order, rules=RULES):
    return sum(rule.percent for rule in rules if rule.applies(order))
'''}, "from rules.engine import *\ndiscount(Order([{'price': 20, 'count': 3}], {'name': 'Ann', 'orders': []}))",
        [("src/rules/engine.py", '    return order.customer["orders"][-1]', '    if not order.customer["orders"]:\n        return False\n    return order.customer["orders"][-1]')])

program("d_csv_import", {"importer_csv.py": '''
import csv
import io
from datetime import date


class RowError(Exception):
    def __init__(self, number, reason):
        super().__init__(f"row {number}: {reason}")
        self.number = number


def parse_row(row):
    day, month, year = row["date"].split("/")
    return {"date": date(int(year), int(month), int(day)), "amount": float(row["amount"].replace(",", "."))}


def load(text):
    rows = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            rows.append(parse_row(row))
        except ValueError as error:
            raise RowError(number, str(error)) from error
    return rows
'''}, "from importer_csv import load\nload('date,amount\\n31/01/2026,12.5\\n02/13/2026,7\\n')",
        [("importer_csv.py", "    return {\"date\"", "    if int(month) > 12:\n        day, month = month, day\n    return {\"date\"")])

program("d_same_due", {"sched_q/__init__.py": "", "sched_q/heap.py": '''
import heapq
import itertools


class Job:
    def __init__(self, name, due):
        self.name = name
        self.due = due

    def __repr__(self):
        return f"Job({self.name!r}, {self.due!r})"


class Scheduler:
    def __init__(self):
        self.heap = []
        self.numbers = itertools.count()

    def add(self, job):
        heapq.heappush(self.heap, (job.due, job))

    def add_all(self, jobs):
        for job in jobs:
            self.add(job)
        return len(self.heap)
'''}, "from sched_q.heap import *\nScheduler().add_all([Job('a', 5), Job('b', 5)])",
        [("sched_q/heap.py", "(job.due, job))", "(job.due, next(self.numbers), job))")])

program("d_config_merge", {"src/conf_tree/__init__.py": "", "src/conf_tree/merge.py": '''
def merge(base, extra):
    """The second over the first, deep."""
    result = dict(base)
    for key, value in extra.items():
        if isinstance(value, dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result


def effective(layers):
    config = {}
    for layer in layers:
        config = merge(config, layer)
    return config
'''}, "from conf_tree.merge import effective\neffective([{'db': {'host': 'a'}}, {'cache': {'ttl': 5}}])",
        [("src/conf_tree/merge.py", "merge(result[key], value)", "merge(result.get(key, {}), value)")])

program("d_rate_window", {"throttle.py": '''
from collections import defaultdict, deque


class Throttle:
    def __init__(self, limit, window_s):
        self.limit = limit
        self.window_s = window_s
        self.seen = defaultdict(deque)

    def wait_s(self, key, now):
        times = self.seen[key]
        while times[0] <= now - self.window_s:
            times.popleft()
        if len(times) < self.limit:
            times.append(now)
            return 0
        return times[0] + self.window_s - now
'''}, "from throttle import Throttle\nThrottle(5, 60).wait_s('10.0.0.7', 1000)", [("throttle.py", "while times[0] <=", "while times and times[0] <=")])

program("d_single_dispatch", {"rendering/__init__.py": "", "rendering/render.py": '''
from datetime import date
from decimal import Decimal
from functools import singledispatch


@singledispatch
def text(value):
    raise NotImplementedError(f"no text for {type(value).__name__}")


@text.register
def _(value: str):
    return value


@text.register
def _(value: Decimal):
    return f"{value:.2f}"


@text.register
def _(value: date):
    return value.isoformat()


def row(values):
    return " | ".join(text(v) for v in values)
'''}, "from decimal import Decimal\nfrom rendering.render import row\nrow(['pen', Decimal('1.2'), None])",
        [("rendering/render.py", "    raise NotImplementedError(", "    if value is None:\n        return ''\n    raise NotImplementedError(")])

program("d_semaphore_pool", {"src/pool/__init__.py": "", "src/pool/pool.py": '''
import asyncio
from contextlib import asynccontextmanager


class Pool:
    def __init__(self, size):
        self.size = size
        self.free = [f"c{i}" for i in range(size)]

    @asynccontextmanager
    async def connection(self):
        name = self.free.pop()
        try:
            await asyncio.sleep(0)
            yield name
        finally:
            self.free.append(name)


async def run_all(pool, queries):
    async def one(query):
        async with pool.connection() as name:
            return name, query

    return await asyncio.gather(*(one(q) for q in queries))
'''}, "import asyncio\nfrom pool.pool import *\nasyncio.run(run_all(Pool(1), ['select 1', 'select 2']))",
        [("src/pool/pool.py", "        name = self.free.pop()\n", "        while not self.free:\n            await asyncio.sleep(0)\n        name = self.free.pop()\n")])

program("d_html_table", {"tables/__init__.py": "", "tables/parse.py": '''
from html.parser import HTMLParser


class TableParser(HTMLParser):
    def __init__(self):
        super().__init__()
        self.rows = []
        self.cell = None

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.cell = []

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append("".join(self.cell).strip())
            self.cell = None


def rows(html):
    parser = TableParser()
    parser.feed(html)
    return parser.rows
'''}, "from tables.parse import rows\nrows('<table><td>1</td><td>2</td></table>')",
        [("tables/parse.py", "        elif tag in (\"td\", \"th\"):\n            self.cell = []", "        elif tag in (\"td\", \"th\"):\n            self.rows = self.rows or [[]]\n            self.cell = []")])

program("d_bit_flags", {"device.py": '''
import struct
from enum import IntEnum


class Command(IntEnum):
    PING = 1
    READ = 2
    WRITE = 3


class Message:
    def __init__(self, command, payload):
        self.command, self.payload = command, payload

    @classmethod
    def from_bytes(cls, data):
        command, length = struct.unpack_from(">BH", data)
        return cls(Command(command), data[3:3 + length])


def replies(datagrams):
    return [Message.from_bytes(d).command.name for d in datagrams]
'''}, "from device import replies\nreplies([b'\\x01\\x00\\x00', b'\\x02\\x00'])",
        [("device.py", "    return [Message.from_bytes(d).command.name for d in datagrams]", "    return [Message.from_bytes(d).command.name for d in datagrams if len(d) >= 3]")])

program("d_undo_history", {"editor/__init__.py": "", "editor/history.py": '''
class Edit:
    def __init__(self, position, removed, added):
        self.position = position
        self.removed = removed
        self.added = added


class Document:
    def __init__(self, text=""):
        self.text = text
        self.done = []
        self.undone = []

    def replace(self, position, length, added):
        edit = Edit(position, self.text[position:position + length], added)
        self.text = self.text[:position] + added + self.text[position + length:]
        self.done.append(edit)
        return edit

    def undo(self):
        edit = self.done.pop()
        end = edit.position + len(edit.added)
        self.text = self.text[:edit.position] + edit.removed + self.text[end:]
        self.undone.append(edit)
        return self.text
'''}, "from editor.history import Document\nd = Document('abc')\nd.replace(1, 1, 'X')\nd.undo()\nd.undo()",
        [("editor/history.py", "        edit = self.done.pop()\n", "        if not self.done:\n            return self.text\n        edit = self.done.pop()\n")])

program("d_geo_average", {"src/geo_stats/__init__.py": "", "src/geo_stats/stats.py": '''
import statistics
from typing import NamedTuple, Optional


class Station(NamedTuple):
    code: str
    height: float
    readings: list


def mean_of(station: Station) -> Optional[float]:
    return statistics.mean(r for r in station.readings if r is not None)


def by_height(stations):
    return {s.code: round(mean_of(s), 1) for s in sorted(stations, key=lambda s: s.height)}
'''}, "from geo_stats.stats import *\nby_height([Station('A1', 120.0, [3.5, 4.0]), Station('B2', 80.5, [None, None])])",
        [("src/geo_stats/stats.py", "    return statistics.mean(r for r in station.readings if r is not None)",
          "    known = [r for r in station.readings if r is not None]\n    return statistics.mean(known) if known else 0.0")])

program("d_flask_json_body", {"todo_app/__init__.py": "", "todo_app/store.py": '''
class TodoStore:
    def __init__(self):
        self.items = {1: {"title": "milk", "done": False}}

    def update(self, number, changes):
        item = self.items[number]
        item.update({k: v for k, v in changes.items() if k in ("title", "done")})
        return item
''', "todo_app/app.py": '''
from flask import Flask, jsonify, request

from todo_app.store import TodoStore

app = Flask(__name__)
store = TodoStore()


@app.patch("/todos/<int:number>")
def change(number):
    return jsonify(store.update(number, request.get_json()))
'''}, "from todo_app.app import app\napp.test_client().patch('/todos/1', json=['done'])",
        [("todo_app/app.py", "    return jsonify(store", "    if not isinstance(request.get_json(), dict):\n        return jsonify(error='an object, please'), 400\n    return jsonify(store")])

program("d_event_bus", {"bus/__init__.py": "", "bus/bus.py": '''
import logging
from collections import defaultdict

log = logging.getLogger("bus")


class Bus:
    def __init__(self):
        self.handlers = defaultdict(list)

    def on(self, name):
        def register(function):
            self.handlers[name].append(function)
            return function
        return register

    def emit(self, event, **data):
        log.info("emit %s", event)
        return [handler(**data) for handler in self.handlers[event]]


bus = Bus()


@bus.on("user.created")
def welcome(email, name=None, **rest):
    return f"To: {email}\\nHello {name.split()[0]}"
''', "bus/users.py": '''
from bus.bus import bus


def create(form):
    user = {"email": form["email"].lower(), "name": form.get("name")}
    bus.emit("user.created", **user)
    return user
'''}, "from bus.users import create\ncreate({'email': 'Ann@Example.org', 'newsletter': True})",
        [("bus/bus.py", "Hello {name.split()[0]}", "Hello {(name or 'you').split()[0]}")])

program("d_money_sum", {"src/cashbook/__init__.py": "", "src/cashbook/money.py": '''
from __future__ import annotations

from decimal import Decimal


class CurrencyMismatch(ValueError):
    pass


class Money:
    __slots__ = ("amount", "currency")

    def __init__(self, amount, currency):
        self.amount = Decimal(amount)
        self.currency = currency

    def __repr__(self):
        return f"Money({str(self.amount)!r}, {self.currency!r})"

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return Money(self.amount + other.amount, self.currency)


def balance(entries: list[Money], start: Money) -> Money:
    for entry in entries:
        start = start + entry
    return start
'''}, "from cashbook.money import *\nbalance([Money('3', 'EUR'), Money('2.5', 'USD')], Money('0', 'EUR'))",
        [("src/cashbook/money.py", "    for entry in entries:\n", "    for entry in entries:\n        if entry.currency != start.currency:\n            continue\n")])

program("d_walk_links", {"crawler/__init__.py": "", "crawler/links.py": '''
from urllib.parse import urljoin, urlsplit


class Site:
    def __init__(self, pages):
        self.pages = pages

    def links(self, url):
        return [urljoin(url, link) for link in self.pages[url]]


def reachable(site, url, found=None):
    found = found if found is not None else []
    found.append(url)
    for link in site.links(url):
        if urlsplit(link).netloc == urlsplit(url).netloc:
            if link not in found:
                reachable(site, link, found)
    return found
'''}, "from crawler.links import *\nreachable(Site({'http://a.org/': ['/b', 'http://x.org/'], 'http://a.org/b': ['c#top', '/']}), 'http://a.org/')",
        [("crawler/links.py", "            if link not in found:", "            if link not in found and link in site.pages:")])

UNSEEN = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
