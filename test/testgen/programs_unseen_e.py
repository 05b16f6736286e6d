"""A fifth batch, written as whoever judges the generator would write it, before the generator was run on any of it."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

program("e_expression_visitor", {"src/calc/__init__.py": "", "src/calc/nodes.py": '''
class Node:
    def accept(self, visitor):
        return getattr(visitor, "visit_" + type(self).__name__.lower())(self)


class Number(Node):
    def __init__(self, value):
        self.value = value


class Name(Node):
    def __init__(self, name):
        self.name = name


class Binary(Node):
    def __init__(self, operator, left, right):
        self.operator = operator
        self.left = left
        self.right = right


class Negate(Node):
    def __init__(self, operand):
        self.operand = operand
''', "src/calc/evaluate.py": '''
from .nodes import Binary, Name, Negate, Number

OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}


class Evaluator:
    def __init__(self, names=None):
        self.names = names or {}

    def visit_number(self, node):
        return node.value

    def visit_name(self, node):
        return self.names.get(node.name)

    def visit_negate(self, node):
        return -node.operand.accept(self)

    def visit_binary(self, node):
        left = node.left.accept(self)
        right = node.right.accept(self)
        return OPERATORS[node.operator](left, right)


def evaluate(tree, names=None):
    return tree.accept(Evaluator(names))
'''}, "from calc.nodes import *\nfrom calc.evaluate import evaluate\nevaluate(Binary('+', Number(2), Binary('*', Negate(Name('x')), Number(3))), {'y': 1})",
        [("src/calc/evaluate.py", "self.names.get(node.name)", "self.names.get(node.name, 0)")])

program("e_json_tokens", {"minijson/__init__.py": "from .parser import parse\n", "minijson/parser.py": '''
class ParseError(ValueError):
    pass


class Parser:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def peek(self):
        return self.text[self.at]

    def skip(self):
        while self.at < len(self.text) and self.text[self.at] in " \\n\\t":
            self.at += 1

    def expect(self, mark):
        self.skip()
        if self.peek() != mark:
            raise ParseError(f"expected {mark!r} at {self.at}")
        self.at += 1

    def value(self):
        self.skip()
        mark = self.peek()
        if mark == "[":
            return self.array()
        if mark == '"':
            return self.string()
        return self.number()

    def array(self):
        self.expect("[")
        items = []
        self.skip()
        while self.peek() != "]":
            items.append(self.value())
            self.skip()
            if self.peek() == ",":
                self.at += 1
        self.expect("]")
        return items

    def string(self):
        self.expect('"')
        begin = self.at
        while self.peek() != '"':
            self.at += 1
        self.at += 1
        return self.text[begin:self.at - 1]

    def number(self):
        begin = self.at
        while self.at < len(self.text) and self.text[self.at] in "-0123456789.":
            self.at += 1
        return float(self.text[begin:self.at])


def parse(text):
    return Parser(text).value()
'''}, "from minijson import parse\nparse('[1, 2, [\"a\", \"b\"')",
        [("minijson/parser.py", "        return self.text[self.at]\n\n    def skip",
          "        if self.at >= len(self.text):\n            raise ParseError(f\"the text ends at {self.at}\")\n        return self.text[self.at]\n\n    def skip")])

program("e_order_states", {"src/shop/__init__.py": "", "src/shop/states.py": '''
from enum import Enum


class State(Enum):
    NEW = "new"
    PAID = "paid"
    SENT = "sent"
    RETURNED = "returned"
    CANCELLED = "cancelled"


ALLOWED = {
    State.NEW: {State.PAID, State.CANCELLED},
    State.PAID: {State.SENT, State.CANCELLED},
    State.SENT: {State.RETURNED},
}
''', "src/shop/order.py": '''
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID, uuid4

from .states import ALLOWED, State


@dataclass
class Line:
    sku: str
    price: Decimal
    count: int = 1


@dataclass
class Order:
    customer: str
    lines: list[Line]
    id: UUID = field(default_factory=uuid4)
    state: State = State.NEW
    history: list[State] = field(default_factory=list)

    def move(self, to: State):
        if to not in ALLOWED[self.state]:
            raise ValueError(f"an order cannot go from {self.state.value} to {to.value}")
        self.history.append(self.state)
        self.state = to

    @property
    def total(self):
        return sum((line.price * line.count for line in self.lines), Decimal(0))
''', "tests/test_order.py": '''
from decimal import Decimal

from shop.order import Line, Order
from shop.states import State


def test_total():
    assert Order("Ann", [Line("A-1", Decimal("2.50"), 2)]).total == Decimal("5.00")


def test_paid():
    order = Order("Ann", [])
    order.move(State.PAID)
    assert order.state is State.PAID
'''}, '''
from decimal import Decimal
from shop.order import *
from shop.states import State
o = Order("Bob", [Line("B-2", Decimal("9.90"))])
o.move(State.PAID)
o.move(State.SENT)
o.move(State.RETURNED)
o.move(State.PAID)
''', [("src/shop/order.py", "ALLOWED[self.state]:", "ALLOWED.get(self.state, set()):")])

program("e_lru_linked", {"lru/__init__.py": "", "lru/cache.py": '''
class Entry:
    __slots__ = ("key", "value", "newer", "older")

    def __init__(self, key, value):
        self.key = key
        self.value = value
        self.newer = None
        self.older = None


class LRU:
    """The entries used last, up to a number of them."""

    def __init__(self, size):
        self.size = size
        self.entries = {}
        self.newest = None
        self.oldest = None

    def put(self, key, value):
        if len(self.entries) >= self.size:
            self.drop_oldest()
        entry = Entry(key, value)
        self.entries[key] = entry
        entry.older = self.newest
        if self.newest:
            self.newest.newer = entry
        self.newest = entry
        if self.oldest is None:
            self.oldest = entry

    def drop_oldest(self):
        entry = self.oldest
        del self.entries[entry.key]
        self.oldest = entry.newer
        self.oldest.older = None
'''}, "from lru.cache import LRU\nc = LRU(1)\nc.put('a', 1)\nc.put('b', 2)",
        [("lru/cache.py", "        self.oldest.older = None", "        if self.oldest:\n            self.oldest.older = None\n        else:\n            self.newest = None")])

program("e_opening_hours", {"hours.py": '''
from datetime import datetime, time
from zoneinfo import ZoneInfo

OPEN = {"mon": (time(9), time(17)), "tue": (time(9), time(17)), "wed": (time(9), time(17)), "thu": (time(9), time(19)),
        "fri": (time(9), time(16)), "sat": (time(10), time(13))}
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def is_open(moment, zone="Europe/Paris"):
    local = moment.astimezone(ZoneInfo(zone))
    begin, end = OPEN[DAYS[local.weekday()]]
    return begin <= local.time() < end


def open_at(texts, zone="Europe/Paris"):
    return [text for text in texts if is_open(datetime.fromisoformat(text), zone)]
'''}, "from hours import open_at\nopen_at(['2026-03-13T10:00:00+00:00', '2026-03-14T23:30:00+00:00'])",
        [("hours.py", "    begin, end = OPEN[DAYS[local.weekday()]]\n",
          "    if DAYS[local.weekday()] not in OPEN:\n        return False\n    begin, end = OPEN[DAYS[local.weekday()]]\n")])

program("e_mail_header", {"mailbox_app/__init__.py": "", "mailbox_app/headers.py": '''
import base64
import re

WORD = re.compile(r"=\\?([\\w-]+)\\?([BQ])\\?([^?]*)\\?=")


def decode_word(match):
    charset, how, text = match.groups()
    if how == "B":
        raw = base64.b64decode(text)
    else:
        raw = re.sub(rb"=([0-9A-F]{2})", lambda m: bytes.fromhex(m[1].decode()), text.replace("_", " ").encode())
    return raw.decode(charset)


def decode(header):
    return WORD.sub(decode_word, header)


def subjects(messages):
    return [decode(m.get("subject", "")) for m in messages]
'''}, "from mailbox_app.headers import subjects\nsubjects([{'subject': 'Hello'}, {'subject': '=?utf-8?Q?Caf=E9_cr=E8me?='}])",
        [("mailbox_app/headers.py", "raw.decode(charset)", 'raw.decode(charset, "replace")')])

program("e_retry_decorator", {"src/net/__init__.py": "", "src/net/retry.py": '''
import functools


class GaveUp(Exception):
    pass


def retry(times, errors=(OSError,)):
    def decorate(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            last = None
            for _ in range(times):
                try:
                    return function(*args, **kwargs)
                except errors as error:
                    last = error
            raise GaveUp(f"{function.__name__}: gave up after {times} tries") from last
        return call
    return decorate
''', "src/net/download.py": '''
from .retry import retry


def content_length(headers):
    return int(headers["content-length"])


@retry(3, errors=(KeyError,))
def size_of(response):
    return content_length({k.lower(): v for k, v in response["headers"].items()})


def total_size(responses):
    return sum(size_of(r) for r in responses)
'''}, "from net.download import total_size\ntotal_size([{'status': 200, 'headers': {'Content-Length': '12'}}, {'status': 200, 'headers': {'Transfer-Encoding': 'chunked'}}])",
        [("src/net/download.py", 'int(headers["content-length"])', 'int(headers.get("content-length", 0))')])

program("e_worker_threads", {"crawl/__init__.py": "", "crawl/pool.py": '''
import queue
import threading


class Worker(threading.Thread):
    def __init__(self, tasks, results):
        super().__init__(daemon=True)
        self.tasks = tasks
        self.results = results
        self.error = None

    def run(self):
        while True:
            try:
                page = self.tasks.get_nowait()
            except queue.Empty:
                return
            try:
                self.results[page["url"]] = count_links(page)
            except Exception as error:
                self.error = error


def count_links(page):
    return len([link for link in page["links"] if link["href"].startswith("http")])


def crawl(pages, workers=2):
    tasks = queue.Queue()
    for page in pages:
        tasks.put(page)
    results = {}
    threads = [Worker(tasks, results) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for thread in threads:
        if thread.error:
            raise thread.error
    return results
'''}, "from crawl.pool import crawl\ncrawl([{'url': 'a', 'links': [{'href': 'http://b'}]}, {'url': 'c', 'links': [{'href': '/d'}, {'name': 'top'}]}])",
        [("crawl/pool.py", 'link["href"].startswith', 'link.get("href", "").startswith')])

program("e_async_batches", {"src/feeds/__init__.py": "", "src/feeds/merge.py": '''
import asyncio


async def numbered(source):
    n = 0
    async for item in source:
        n += 1
        yield n, item


async def first(source):
    async for _, item in numbered(source):
        return item


class Feed:
    def __init__(self, name, entries):
        self.name = name
        self.entries = entries

    async def __aiter__(self):
        for entry in self.entries:
            await asyncio.sleep(0)
            yield entry


async def newest(feeds):
    firsts = await asyncio.gather(*(first(f) for f in feeds))
    return max(firsts, key=lambda e: e["at"])
'''}, "import asyncio\nfrom feeds.merge import *\nasyncio.run(newest([Feed('a', [{'at': 5}]), Feed('b', [])]))",
        [("src/feeds/merge.py", "    return max(firsts,", "    return max([f for f in firsts if f],")])

program("e_flask_shop", {"webshop/__init__.py": '''
from flask import Flask

from . import basket


def create_app():
    app = Flask(__name__)
    app.secret_key = "test"
    app.register_blueprint(basket.bp)
    return app
''', "webshop/basket.py": '''
from decimal import Decimal

from flask import Blueprint, jsonify, request

bp = Blueprint("basket", __name__, url_prefix="/basket")
PRICES = {"pen": Decimal("1.20"), "ink": Decimal("7.00")}


def line_total(item):
    return PRICES[item["sku"]] * item["count"]


@bp.post("/total")
def total():
    basket = request.get_json()
    return jsonify(total=str(sum(line_total(i) for i in basket["items"])))
'''}, '''
from webshop import create_app
app = create_app()
app.testing = True
app.test_client().post("/basket/total", json={"items": [{"sku": "pen", "count": 2}, {"sku": "pencil", "count": 1}]})
''', [("webshop/basket.py", 'PRICES[item["sku"]]', 'PRICES.get(item["sku"], Decimal(0))')])

program("e_shapes_hierarchy", {"geometry/__init__.py": "", "geometry/shapes.py": '''
from abc import ABC, abstractmethod
from math import pi, sqrt


class Shape(ABC):
    @property
    @abstractmethod
    def area(self):
        ...

    def density(self, weight):
        return weight / self.area


class Circle(Shape):
    def __init__(self, radius):
        self.radius = radius

    @property
    def area(self):
        return pi * self.radius ** 2


class Triangle(Shape):
    def __init__(self, a, b, c):
        self.sides = (a, b, c)

    @property
    def area(self):
        a, b, c = self.sides
        half = (a + b + c) / 2
        return sqrt(half * (half - a) * (half - b) * (half - c))


def densest(shapes, weights):
    return max(zip(shapes, weights), key=lambda pair: pair[0].density(pair[1]))[0]
'''}, "from geometry.shapes import *\ndensest([Circle(2), Triangle(1, 2, 5)], [3, 4])",
        [("geometry/shapes.py", "        return sqrt(half * (half - a) * (half - b) * (half - c))", "        return sqrt(max(0, half * (half - a) * (half - b) * (half - c)))")])

program("e_ledger_periods", {"src/ledger/__init__.py": "", "src/ledger/book.py": '''
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Entry:
    day: date
    account: str
    amount: Decimal


class Book:
    def __init__(self):
        self.entries = []
        self.closed = set()

    def add(self, entry):
        if (entry.day.year, entry.day.month) in self.closed:
            raise PermissionError(f"{entry.day:%Y-%m} is closed")
        self.entries.append(entry)

    def close(self, year, month):
        self.closed.add((year, month))

    def balances(self, until):
        sums = defaultdict(Decimal)
        for entry in self.entries:
            if entry.day <= until:
                sums[entry.account] += entry.amount
        return dict(sums)

    def opening(self, year, month):
        return self.balances(date(year, month - 1, 28))
'''}, '''
from datetime import date
from decimal import Decimal
from ledger.book import *
b = Book()
b.add(Entry(date(2025, 12, 3), "rent", Decimal("-800")))
b.opening(2026, 1)
''', [("src/ledger/book.py", "self.balances(date(year, month - 1, 28))", "self.balances(date(year, month, 1))")])

program("e_glob_paths", {"sync_tool/__init__.py": "", "sync_tool/plan.py": '''
from pathlib import Path, PurePosixPath


def target_of(path: PurePosixPath, source: PurePosixPath, target: PurePosixPath):
    return target / path.relative_to(source)


def plan(paths: list[PurePosixPath], source: PurePosixPath, target: PurePosixPath):
    done = {}
    for path in paths:
        if path.name.startswith("."):
            continue
        done[path] = target_of(path, source, target)
    return done
'''}, "from pathlib import PurePosixPath as P\nfrom sync_tool.plan import plan\nplan([P('/data/in/a.txt'), P('/data/in/.git'), P('/data/shared/b.txt')], P('/data/in'), P('/backup'))",
        [("sync_tool/plan.py", "        done[path] =", "        if source not in path.parents:\n            continue\n        done[path] =")])

program("e_csv_stream", {"reports/__init__.py": "", "reports/stream.py": '''
def lines(chunks):
    rest = ""
    for chunk in chunks:
        *complete, rest = (rest + chunk).split("\\n")
        yield from complete
    if rest:
        yield rest


def records(chunks, separator=";"):
    rows = lines(chunks)
    names = next(rows).split(separator)
    for row in rows:
        values = row.split(separator)
        yield {name: values[i].strip() for i, name in enumerate(names)}


def total(chunks, column):
    return sum(float(record[column]) for record in records(chunks))
'''}, "from reports.stream import total\ntotal(['name;amount\\nAnn;3', '.5\\nBob\\nCy;2'], 'amount')",
        [("reports/stream.py", "        values = row.split(separator)\n", "        values = row.split(separator)\n        values += ['0'] * (len(names) - len(values))\n")])

program("e_dependency_order", {"build_order/__init__.py": "", "build_order/graph.py": '''
class Graph:
    def __init__(self):
        self.edges = {}

    def add(self, name, needs=()):
        self.edges[name] = list(needs)
        return self

    def order(self):
        done = []

        def visit(name):
            if name in done:
                return
            for other in self.edges[name]:
                visit(other)
            done.append(name)

        for name in self.edges:
            visit(name)
        return done
'''}, "from build_order.graph import Graph\nGraph().add('app', ['lib']).add('lib', ['base']).add('base', ['app']).order()",
        [("build_order/graph.py", "        done = []\n\n        def visit(name):\n            if name in done:\n                return\n",
          "        done, busy = [], set()\n\n        def visit(name):\n            if name in done or name in busy:\n                return\n            busy.add(name)\n")])

program("e_template_filters", {"src/tpl/__init__.py": "from .engine import render\n", "src/tpl/filters.py": '''
FILTERS = {}


def register(name):
    def decorate(function):
        FILTERS[name] = function
        return function
    return decorate


@register("upper")
def upper(value):
    return value.upper()


@register("truncate")
def truncate(value, length):
    return value if len(value) <= int(length) else value[:int(length)] + "..."


@register("default")
def default(value, other):
    return value or other
''', "src/tpl/engine.py": '''
import re

from .filters import FILTERS

PLACE = re.compile(r"\\{\\{\\s*(.*?)\\s*\\}\\}")


def apply(value, text):
    name, *args = text.split(":")
    return FILTERS[name.strip()](value, *args)


def render(template, context):
    def replace(match):
        first, *filters = match[1].split("|")
        value = context.get(first.strip())
        for text in filters:
            value = apply(value, text)
        return str(value)

    return PLACE.sub(replace, template)
'''}, "from tpl import render\nrender('Dear {{ title|default:friend }} {{ name|upper }}!', {'name': None})",
        [("src/tpl/filters.py", "return value.upper()", 'return (value or "").upper()')])

program("e_inventory_lock", {"stock/__init__.py": "", "stock/inventory.py": '''
import threading
from contextlib import contextmanager


class OutOfStock(Exception):
    def __init__(self, sku, wanted, left):
        super().__init__(f"{sku}: {wanted} wanted, {left} left")
        self.sku = sku


class Inventory:
    def __init__(self, levels):
        self.levels = dict(levels)
        self.lock = threading.RLock()

    @contextmanager
    def reserved(self, sku, count):
        with self.lock:
            if self.levels[sku] < count:
                raise OutOfStock(sku, count, self.levels[sku])
            self.levels[sku] -= count
        try:
            yield
        except Exception:
            self.levels[sku] += count
            raise


def ship(inventory, parcels):
    sent = []
    for parcel in parcels:
        with inventory.reserved(parcel["sku"], parcel["count"]):
            sent.append((parcel["sku"], parcel["address"]["city"]))
    return sent
'''}, "from stock.inventory import *\nship(Inventory({'pen': 5}), [{'sku': 'pen', 'count': 2, 'address': {'city': 'Lyon'}}, {'sku': 'pen', 'count': 1, 'address': None}])",
        [("stock/inventory.py", 'parcel["address"]["city"]', '(parcel["address"] or {}).get("city")')])

program("e_plugin_settings", {"src/plug/__init__.py": "", "src/plug/settings.py": '''
class Settings:
    def __init__(self, values, parent=None):
        self._values = values
        self._parent = parent

    def __getattr__(self, name):
        if name in self._values:
            return self._values[name]
        return getattr(self._parent, name)

    def child(self, **values):
        return Settings(values, self)
''', "src/plug/runner.py": '''
from .settings import Settings


class Runner:
    def __init__(self, settings):
        self.settings = settings

    @property
    def timeout(self):
        return self.settings.timeout * 2

    def describe(self):
        return f"{self.settings.name} ({self.timeout} s)"


def run_all(names, **defaults):
    base = Settings(defaults)
    return [Runner(base.child(name=name)).describe() for name in names]
'''}, "from plug.runner import run_all\nrun_all(['a', 'b'], retries=3)",
        [("src/plug/settings.py", "        return getattr(self._parent, name)", "        return getattr(self._parent, name) if self._parent is not None else 0")])

UNSEEN = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
