"""A lot with each kind of fault once, written before the generator was run on any of them."""
from programs import program

program("kind_bounds_window", {"stats/__init__.py": "", "stats/window.py": '''
"""Moving statistics over samples."""


def moving_max(samples, width):
    """The largest of each window of `width` samples."""
    result = []
    for start in range(len(samples)):
        window = [samples[start + i] for i in range(width)]
        result.append(max(window))
    return result


def summary(samples, width=3):
    peaks = moving_max(samples, width)
    return {"peak": max(peaks), "windows": len(peaks)}
'''}, "from stats.window import summary\nsummary([4, 8, 15, 16, 23, 42])",
        [("stats/window.py", "range(len(samples))", "range(len(samples) - width + 1)")])

program("kind_none_manager", {"org/__init__.py": "", "org/staff.py": '''
from __future__ import annotations
from dataclasses import dataclass, field


@dataclass
class Employee:
    name: str
    manager: Employee | None = None
    reports: list[Employee] = field(default_factory=list)

    def add(self, other: Employee) -> Employee:
        other.manager = self
        self.reports.append(other)
        return other


def chain(employee: Employee) -> list[str]:
    names = []
    current = employee
    while current.name != "CEO":
        names.append(current.name)
        current = current.manager
    return names


def depth(employee: Employee) -> int:
    return len(chain(employee))
'''}, "from org.staff import Employee, depth\na = Employee('Ann')\nb = a.add(Employee('Bob'))\ndepth(b)",
        [("org/staff.py", "while current.name", "while current is not None and current.name")])

program("kind_key_settings", {"conf/__init__.py": "", "conf/loader.py": '''
import configparser
import io


def parse(text):
    parser = configparser.ConfigParser()
    parser.read_file(io.StringIO(text))
    return {section: dict(parser[section]) for section in parser.sections()}


def database_url(text, env="production"):
    settings = parse(text)
    section = settings[env]
    return "postgresql://%s:%s/%s" % (section["host"], section["port"], section["name"])
'''}, "from conf.loader import database_url\ndatabase_url('[production]\\nhost = db1\\nname = shop\\n')",
        [("conf/loader.py", 'section["port"]', 'section.get("port", "5432")')])

program("kind_recursion_links", {"wiki/__init__.py": "", "wiki/links.py": '''
class Page:
    def __init__(self, title, links=()):
        self.title = title
        self.links = list(links)


class Wiki:
    def __init__(self):
        self.pages = {}

    def add(self, title, *links):
        self.pages[title] = Page(title, links)
        return self

    def reachable(self, title):
        page = self.pages[title]
        found = {title}
        for link in page.links:
            found |= self.reachable(link)
        return found


def orphan_count(wiki, home):
    return len(wiki.pages) - len(wiki.reachable(home))
'''}, "from wiki.links import Wiki, orphan_count\norphan_count(Wiki().add('Home', 'About').add('About', 'Home').add('Lost'), 'Home')",
        [("wiki/links.py", '''    def reachable(self, title):
        page = self.pages[title]
        found = {title}
        for link in page.links:
            found |= self.reachable(link)
        return found
''', '''    def reachable(self, title):
        found, todo = set(), [title]
        while todo:
            at = todo.pop()
            if at not in found:
                found.add(at)
                todo += self.pages[at].links
        return found
''')])

program("kind_state_connection", {"mq/__init__.py": "", "mq/consumer.py": '''
class NotConnected(RuntimeError):
    pass


class Channel:
    def __init__(self, queue):
        self.queue = queue
        self.open = True

    def get(self):
        if not self.open:
            raise NotConnected(f"channel of {self.queue} is closed")
        return None

    def close(self):
        self.open = False


class Consumer:
    def __init__(self, queue, retries=2):
        self.queue = queue
        self.retries = retries
        self.channel = Channel(queue)
        self.seen = 0

    def stop(self):
        self.channel.close()

    def poll(self):
        message = self.channel.get()
        self.seen += 1
        return message

    def drain(self, limit=10):
        taken = []
        for _ in range(limit):
            message = self.poll()
            if message is None:
                break
            taken.append(message)
        return taken
'''}, "from mq.consumer import Consumer\nc = Consumer('orders')\nc.drain()\nc.stop()\nc.drain()",
        [("mq/consumer.py", "        message = self.channel.get()\n", "        if not self.channel.open:\n            return None\n        message = self.channel.get()\n")])

program("kind_encoding_subject", {"mailer/__init__.py": "", "mailer/headers.py": '''
def fold(subject: str, width: int = 60) -> bytes:
    """A Subject header, folded."""
    raw = subject.encode("ascii")
    lines = [raw[i:i + width] for i in range(0, len(raw), width)]
    return b"Subject: " + b"\\r\\n ".join(lines)


def message(to: str, subject: str, body: str) -> bytes:
    head = b"To: " + to.encode() + b"\\r\\n" + fold(subject) + b"\\r\\n"
    return head + b"\\r\\n" + body.encode("utf-8")
'''}, "from mailer.headers import message\nmessage('a@example.com', 'Réunion à 9 h', 'Bonjour')",
        [("mailer/headers.py", 'subject.encode("ascii")', 'subject.encode("ascii", "replace")')])

program("kind_timezone_window", {"booking/__init__.py": "", "booking/slots.py": '''
from datetime import datetime, timedelta, timezone


class Slot:
    def __init__(self, start, minutes):
        self.start = start
        self.minutes = minutes

    @property
    def end(self):
        return self.start + timedelta(minutes=self.minutes)

    def overlaps(self, other):
        return self.start < other.end and other.start < self.end


def parse(text, minutes=30):
    return Slot(datetime.fromisoformat(text), minutes)


def book(existing, text):
    wanted = parse(text)
    for slot in existing:
        if slot.overlaps(wanted):
            raise ValueError("taken")
    return [*existing, wanted]
'''}, "from datetime import datetime, timezone\nfrom booking.slots import Slot, book\nbook([Slot(datetime(2026, 3, 1, 9, 0, tzinfo=timezone.utc), 60)], '2026-03-01T09:30:00')",
        [("booking/slots.py", "    return Slot(datetime.fromisoformat(text), minutes)", "    start = datetime.fromisoformat(text)\n    return Slot(start if start.tzinfo else start.replace(tzinfo=timezone.utc), minutes)")])

program("kind_threads_counter", {"jobs/__init__.py": "", "jobs/pool.py": '''
from concurrent.futures import ThreadPoolExecutor


def size_of(record):
    return len(record["body"])


def total_size(records, workers=4):
    with ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(size_of, records))
'''}, "from jobs.pool import total_size\ntotal_size([{'id': 1, 'body': 'abc'}, {'id': 2, 'body': None}])",
        [("jobs/pool.py", 'len(record["body"])', 'len(record["body"] or "")')])

program("kind_chain_import", {"imports/__init__.py": "", "imports/rows.py": '''
class RowError(Exception):
    def __init__(self, number, reason):
        super().__init__(f"row {number}: {reason}")
        self.number = number


def amount(text):
    whole, cents = text.split(".")
    return int(whole) * 100 + int(cents)


def convert(rows):
    converted = []
    for number, row in enumerate(rows, 1):
        try:
            converted.append({"account": row["account"], "amount": amount(row["amount"])})
        except ValueError as error:
            raise RowError(number, "amount is not a number") from error
    return converted
'''}, "from imports.rows import convert\nconvert([{'account': 'A', 'amount': '12.50'}, {'account': 'B', 'amount': '7'}])",
        [("imports/rows.py", '    whole, cents = text.split(".")', '    whole, _, cents = text.partition(".")\n    cents = cents or "0"')])

program("kind_flask_cart", {"webshop/__init__.py": "", "webshop/app.py": '''
from flask import Flask, jsonify, request

PRICES = {"tea": 350, "cup": 900}


def price(items):
    return sum(PRICES[item["sku"]] * item.get("quantity", 1) for item in items)


def create_app():
    app = Flask(__name__)

    @app.post("/cart/<int:cart>/total")
    def total(cart):
        payload = request.get_json()
        amount = price(payload["items"])
        return jsonify(cart=cart, total=amount)

    return app
'''}, "from webshop.app import create_app\ncreate_app().test_client().post('/cart/7/total', json={'items': [{'sku': 'tea'}, {'sku': 'pot', 'quantity': 2}]})",
        [("webshop/app.py", 'PRICES[item["sku"]]', 'PRICES.get(item["sku"], 0)')])

program("kind_enum_transition", {"orders/__init__.py": "", "orders/state.py": '''
import enum
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


class Status(enum.Enum):
    NEW = "new"
    PAID = "paid"
    SHIPPED = "shipped"
    RETURNED = "returned"


NEXT = {Status.NEW: {Status.PAID}, Status.PAID: {Status.SHIPPED}, Status.SHIPPED: {Status.RETURNED}}


@dataclass(frozen=True)
class Order:
    id: UUID
    total: Decimal
    status: Status = Status.NEW


def can_move(order, to):
    return to in NEXT[order.status]


def move(order, to):
    if not can_move(order, to):
        raise ValueError(f"{order.status.value} to {to.value}")
    return Order(order.id, order.total, to)
'''}, "from decimal import Decimal\nfrom uuid import UUID\nfrom orders.state import Order, Status, move\nmove(Order(UUID(int=7), Decimal('9.90'), Status.RETURNED), Status.NEW)",
        [("orders/state.py", "NEXT[order.status]", "NEXT.get(order.status, set())"), ("orders/state.py", 'raise ValueError(f"{order.status.value} to {to.value}")', "return order")])

program("kind_async_gather", {"feeds/__init__.py": "", "feeds/collect.py": '''
import asyncio


class Source:
    def __init__(self, name, items):
        self.name = name
        self.items = items

    async def fetch(self):
        await asyncio.sleep(0)
        return {"source": self.name, "items": self.items}


async def newest(source):
    answer = await source.fetch()
    return max(answer["items"], key=lambda item: item["at"])


async def digest(sources):
    found = await asyncio.gather(*(newest(s) for s in sources))
    return sorted(found, key=lambda item: item["at"], reverse=True)


def run(sources):
    return asyncio.run(digest(sources))
'''}, "from feeds.collect import Source, run\nrun([Source('a', [{'at': 1, 'title': 'x'}]), Source('b', [])])",
        [("feeds/collect.py", 'return max(answer["items"], key=lambda item: item["at"])', 'return max(answer["items"], key=lambda item: item["at"], default={"at": 0})')])

program("kind_decorated_cache", {"cachelib2/__init__.py": "", "cachelib2/memo.py": '''
import functools


def memoize(limit):
    def wrap(function):
        store = {}

        @functools.wraps(function)
        def inner(*args):
            if args not in store:
                if len(store) >= limit:
                    store.pop(min(store))
                store[args] = function(*args)
            return store[args]

        return inner

    return wrap


@memoize(limit=100)
def area(shape):
    kind, *sizes = shape
    if kind == "rect":
        width, height = sizes
        return width * height
    return sizes[0] ** 2
'''}, "from cachelib2.memo import area\narea(['rect', 2, 3])",
        [("cachelib2/memo.py", "        def inner(*args):\n", "        def inner(*args):\n            args = tuple(tuple(a) if isinstance(a, list) else a for a in args)\n")])

program("kind_generator_batches", {"etl/__init__.py": "", "etl/batches.py": '''
def batches(rows, size):
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


def first_ids(rows, size=2):
    return [batch[0]["id"] for batch in batches(rows, size)]
'''}, "from etl.batches import first_ids\nfirst_ids([{'id': 'a'}, {'id': 'b'}, {'id': 'c'}, {'id': 'd'}])",
        [("etl/batches.py", "            batch = []\n    yield batch", "            batch = []\n    if batch:\n        yield batch")])

# The event has what the name held last, not what the call was given.
program("kind_parameter_set_anew", {"feed/__init__.py": "", "feed/prices.py": '''
def prices(text, skip_header=True):
    text = text.strip().split("\\n")
    if skip_header:
        text = text[1:]
    found = {}
    for line in text:
        name, price = line.rsplit(";", 1)
        found[name] = int(price.split(".")[0]) * 100 + int(price.split(".")[1])
    return found
'''}, "from feed.prices import prices\nprices('name;price\\ntea;3.50\\nmilk;2\\n')",
        [("feed/prices.py", "        found[name] = int(price.split(\".\")[0]) * 100 + int(price.split(\".\")[1])",
          "        whole, _, cents = price.partition(\".\")\n        found[name] = int(whole) * 100 + int(cents or 0)")])

# Variables with names of secrets are replaced before anything is made of them: a run has others, and is the event all the same.
program("kind_tokens_of_a_parser", {"rota/__init__.py": "", "rota/shifts.py": '''
import datetime


def as_time(parts):
    return datetime.time(parts["hour"], parts["minute"])


def parse(text):
    token_values = text.replace("h", ":").split(":")
    parts = {"hour": int(token_values[0]), "minute": int(token_values[1])}
    return as_time(parts)
'''}, "from rota.shifts import parse\nparse('24h00')",
        [("rota/shifts.py", "{\"hour\": int(token_values[0])", "{\"hour\": int(token_values[0]) % 24")])
