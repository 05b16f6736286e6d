"""A third batch, of the shapes that services have: what they are given, what they keep, what they hand on. Written before the generator was run
on any of them."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

program("c_injected_repository", {"src/accounts/__init__.py": "", "src/accounts/models.py": '''
from dataclasses import dataclass
from typing import Optional


@dataclass
class Address:
    street: str
    city: str
    country: str = "FR"


@dataclass
class Customer:
    id: int
    name: str
    address: Optional[Address] = None
''', "src/accounts/repository.py": '''
class CustomerRepository:
    def __init__(self, rows):
        self._rows = {row.id: row for row in rows}

    def get(self, customer_id):
        return self._rows.get(customer_id)
''', "src/accounts/service.py": '''
import logging

log = logging.getLogger(__name__)


class LabelService:
    """Prints address labels."""

    def __init__(self, repository, mailer, prefix="M./Mme"):
        self.repository = repository
        self.mailer = mailer
        self.prefix = prefix

    def label(self, customer_id):
        customer = self.repository.get(customer_id)
        log.debug("label for %s", customer_id)
        return self._format(customer)

    def _format(self, customer):
        lines = [f"{self.prefix} {customer.name}"]
        lines.append(customer.address.street)
        lines.append(customer.address.city.upper())
        return "\\n".join(lines)
''', "src/accounts/mail.py": '''
class Mailer:
    def __init__(self, sender):
        self.sender = sender

    def send(self, to, body):
        return {"from": self.sender, "to": to, "body": body}
'''}, "from accounts.models import *\nfrom accounts.repository import CustomerRepository\nfrom accounts.service import LabelService\n"
     "from accounts.mail import Mailer\n"
     "LabelService(CustomerRepository([Customer(1, 'Ann', Address('1 rue A', 'Lyon')), Customer(2, 'Bob')]), Mailer('x@y')).label(2)",
        [("src/accounts/service.py", "        lines.append(customer.address.street)",
          "        if customer.address is None:\n            return lines[0]\n        lines.append(customer.address.street)")])

program("c_dataclass_tree", {"outline.py": '''
from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Section:
    title: str
    level: int
    parent: Section | None = None
    children: list[Section] = field(default_factory=list)

    def add(self, child: Section) -> Section:
        child.parent = self
        self.children.append(child)
        return child


def path_of(section: Section) -> list[str]:
    names = [section.title]
    while section.level > 0:
        section = section.parent
        names.append(section.title)
    return names[::-1]


def breadcrumb(section: Section) -> str:
    return " / ".join(path_of(section))
'''}, "from outline import *\nbreadcrumb(Section('Install', 2, Section('Guide', 1)))",
        [("outline.py", "    while section.level > 0:\n        section = section.parent", "    while section.parent is not None:\n        section = section.parent")])

program("c_cursor_page", {"listing/__init__.py": "", "listing/cursor.py": '''
import base64
import json


class BadCursor(ValueError):
    pass


def encode(position):
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def decode(cursor):
    try:
        return json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError) as error:
        raise BadCursor("cursor cannot be read") from error
''', "listing/query.py": '''
from listing.cursor import decode, encode


def after(rows, cursor, limit):
    if not cursor:
        return rows[:limit]
    position = decode(cursor)
    start = next(i for i, row in enumerate(rows) if row["id"] > position["id"])
    return rows[start:start + limit]


def list_rows(rows, cursor=None, limit=2):
    page = after(rows, cursor, limit)
    following = encode({"id": page[-1]["id"]}) if page else None
    return {"rows": page, "next": following}
'''}, "from listing.query import list_rows\nrows = [{'id': 1}, {'id': 2}, {'id': 3}]\nfirst = list_rows(rows, limit=3)\nlist_rows(rows, first['next'], 3)",
        [("listing/query.py", "    start = next(i for i, row in enumerate(rows) if row[\"id\"] > position[\"id\"])",
          "    start = next((i for i, row in enumerate(rows) if row[\"id\"] > position[\"id\"]), len(rows))")])

program("c_cache_eviction", {"src/caching/__init__.py": "", "src/caching/lru.py": '''
from collections import OrderedDict


class LruCache:
    def __init__(self, capacity, loader):
        self.capacity = capacity
        self.loader = loader
        self._items = OrderedDict()
        self.hits = self.misses = 0

    def get(self, key):
        if key in self._items:
            self.hits += 1
            self._items.move_to_end(key)
            return self._items[key]
        self.misses += 1
        value = self.loader(key)
        self._make_room()
        self._items[key] = value
        return value

    def _make_room(self):
        while len(self._items) >= self.capacity:
            self._items.popitem(last=False)
'''}, "from caching.lru import LruCache\nLruCache(0, str.upper).get('a')",
        [("src/caching/lru.py", "while len(self._items) >= self.capacity:", "while self._items and len(self._items) >= self.capacity:")])

program("c_wraps_memo", {"pricing/__init__.py": "", "pricing/memo.py": '''
import functools


def memoize(function):
    known = {}

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        key = (args, tuple(sorted(kwargs.items())))
        if key not in known:
            known[key] = function(*args, **kwargs)
        return known[key]

    return wrapper
''', "pricing/quote.py": '''
from pricing.memo import memoize

BASE = {"standard": 10, "express": 25}


@memoize
def quote(items, speed="standard"):
    return BASE[speed] + sum(item["weight"] for item in items)
'''}, "from pricing.quote import quote\nquote([{'weight': 3}], speed='express')",
        [("pricing/memo.py", "key = (args, tuple(sorted(kwargs.items())))", "key = repr((args, sorted(kwargs.items())))")])

program("c_from_payload", {"hooks/__init__.py": "", "hooks/events.py": '''
from datetime import datetime


class PushEvent:
    def __init__(self, repo, author, at, files):
        self.repo, self.author, self.at, self.files = repo, author, at, files

    @classmethod
    def from_payload(cls, payload):
        commit = payload["commits"][-1]
        return cls(payload["repository"]["full_name"], commit["author"]["username"],
                   datetime.fromisoformat(commit["timestamp"]), commit.get("added", []) + commit.get("modified", []))


def handle(kind, payload):
    if kind == "push":
        event = PushEvent.from_payload(payload)
        return f"{event.author} pushed {len(event.files)} files to {event.repo}"
    return None
'''}, "from hooks.events import handle\nhandle('push', {'ref': 'refs/heads/old', 'repository': {'full_name': 'a/b'}, 'commits': [], 'deleted': True})",
        [("hooks/events.py", '    if kind == "push":', '    if kind == "push" and payload["commits"]:')])

program("c_closure_rates", {"conversion.py": '''
def converter(rates, base="EUR"):
    """A function that converts to the base currency."""
    def convert(amount, currency):
        if currency == base:
            return amount
        return round(amount / rates[currency], 2)

    return convert


def total(amounts, rates):
    convert = converter(rates)
    return sum(convert(amount, currency) for amount, currency in amounts)
'''}, "from conversion import total\ntotal([(10.0, 'EUR'), (8.0, 'GBP'), (900.0, 'JPY')], {'GBP': 0.86, 'JPY': 0})",
        [("conversion.py", "        return round(amount / rates[currency], 2)",
          "        rate = rates.get(currency)\n        if not rate:\n            return 0\n        return round(amount / rate, 2)")])

program("c_async_pages", {"src/sync/__init__.py": "", "src/sync/pager.py": '''
import asyncio


class Api:
    def __init__(self, answers):
        self.answers = list(answers)
        self.asked = 0

    async def fetch(self, token):
        await asyncio.sleep(0)
        self.asked += 1
        return self.answers[self.asked - 1]


async def pages(api):
    token = ""
    while token is not None:
        answer = await api.fetch(token)
        yield answer["data"]
        token = answer.get("paging", {}).get("next")


async def all_ids(api):
    return [row["id"] async for page in pages(api) for row in page]
'''}, "import asyncio\nfrom sync.pager import *\nasyncio.run(all_ids(Api([{'data': [{'id': 1}], 'paging': {'next': 't2'}}, {'data': [{'id': 2}], 'paging': None}])))",
        [("src/sync/pager.py", 'token = answer.get("paging", {}).get("next")', 'token = (answer.get("paging") or {}).get("next")')])

program("c_unit_of_work", {"ledger/__init__.py": "", "ledger/work.py": '''
class UnitOfWork:
    def __init__(self, accounts):
        self.accounts = accounts
        self.changes = None

    def __enter__(self):
        self.changes = []
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            for name, amount in self.changes:
                self.accounts[name] += amount
        self.changes = None
        return False

    def change(self, name, amount):
        self.changes.append((name, amount))


def transfer(accounts, source, target, amount):
    with UnitOfWork(accounts) as work:
        work.change(source, -amount)
        work.change(target, amount)
    return accounts
'''}, "from ledger.work import transfer\ntransfer({'cash': 100, 'bank': 20}, 'cash', 'savings', 30)",
        [("ledger/work.py", "                self.accounts[name] += amount", "                self.accounts[name] = self.accounts.get(name, 0) + amount")])

program("c_enum_lookup", {"tickets/__init__.py": "", "tickets/model.py": '''
from dataclasses import dataclass
from enum import Enum


class Priority(Enum):
    LOW = "low"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def hours(self):
        return {"low": 72, "high": 24, "urgent": 4}[self.value]


@dataclass(frozen=True)
class Ticket:
    subject: str
    priority: Priority


def from_row(row):
    return Ticket(subject=row["subject"], priority=Priority(row["priority"]))


def deadlines(rows):
    return {t.subject: t.priority.hours for t in map(from_row, rows)}
'''}, "from tickets.model import deadlines\ndeadlines([{'subject': 'a', 'priority': 'low'}, {'subject': 'b', 'priority': 'High'}])",
        [("tickets/model.py", 'Priority(row["priority"])', 'Priority(row["priority"].lower())')])

program("c_decimal_split", {"splitting.py": '''
from decimal import ROUND_DOWN, Decimal

CENT = Decimal("0.01")


def share(amount: Decimal, people: int) -> Decimal:
    return (amount / people).quantize(CENT, rounding=ROUND_DOWN)


def split(amount: Decimal, names: list[str]) -> dict[str, Decimal]:
    part = share(amount, len(names))
    parts = {name: part for name in names}
    parts[names[0]] += amount - part * len(names)
    return parts
'''}, "from decimal import Decimal\nfrom splitting import split\nsplit(Decimal('42.10'), [])",
        [("splitting.py", "    part = share(amount, len(names))", "    if not names:\n        return {}\n    part = share(amount, len(names))")])

program("c_month_end", {"src/billing_cycle/__init__.py": "", "src/billing_cycle/dates.py": '''
import datetime as dt


def add_months(day: dt.date, months: int) -> dt.date:
    index = day.month - 1 + months
    return dt.date(day.year + index // 12, index % 12 + 1, day.day)


class Cycle:
    def __init__(self, start: dt.date, every: int = 1):
        self.start = start
        self.every = every

    def due(self, number: int) -> dt.date:
        return add_months(self.start, number * self.every)

    def calendar(self, count: int) -> list[dt.date]:
        return [self.due(i) for i in range(count)]
'''}, "import datetime as dt\nfrom billing_cycle.dates import Cycle\nCycle(dt.date(2025, 10, 31)).calendar(4)",
        [("src/billing_cycle/dates.py", "    return dt.date(day.year + index // 12, index % 12 + 1, day.day)",
          "    year, month = day.year + index // 12, index % 12 + 1\n    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day\n"
          "    return dt.date(year, month, min(day.day, last))")])

program("c_uuid_header", {"tracing/__init__.py": "", "tracing/ids.py": '''
import uuid


def request_id(headers):
    raw = headers.get("X-Request-Id")
    if raw is None:
        return uuid.uuid4()
    return uuid.UUID(raw)


def log_line(headers, message):
    return f"[{request_id(headers).hex[:8]}] {message}"
'''}, "from tracing.ids import log_line\nlog_line({'Accept': '*/*', 'X-Request-Id': 'req-4711'}, 'started')",
        [("tracing/ids.py", "    return uuid.UUID(raw)", "    try:\n        return uuid.UUID(raw)\n    except ValueError:\n        return uuid.uuid5(uuid.NAMESPACE_URL, raw)")])

program("c_static_path", {"assets/__init__.py": "", "assets/locate.py": '''
from pathlib import PurePosixPath


class Root:
    def __init__(self, folder):
        self.folder = PurePosixPath(folder)

    def url_of(self, path):
        return "/static/" + str(PurePosixPath(path).relative_to(self.folder))


def manifest(root, paths):
    return {PurePosixPath(p).name: root.url_of(p) for p in paths}
'''}, "from assets.locate import *\nmanifest(Root('/srv/www'), ['/srv/www/a.css', '/srv/vendor/b.js'])",
        [("assets/locate.py", '        return "/static/" + str(PurePosixPath(path).relative_to(self.folder))',
          '        path = PurePosixPath(path)\n        return "/static/" + (str(path.relative_to(self.folder)) if path.is_relative_to(self.folder) else path.name)')])

program("c_layered_errors", {"src/inventory/__init__.py": "", "src/inventory/errors.py": '''
class InventoryError(Exception):
    """Base of all."""


class NotStocked(InventoryError):
    def __init__(self, sku, site):
        super().__init__(sku, site)
        self.sku, self.site = sku, site

    def __str__(self):
        return f"{self.sku} is not kept at {self.site}"
''', "src/inventory/store.py": '''
from inventory.errors import NotStocked


class Store:
    def __init__(self, site, levels):
        self.site = site
        self.levels = levels

    def level(self, sku):
        try:
            return self.levels[sku]
        except KeyError as error:
            raise NotStocked(sku, self.site) from error
''', "src/inventory/report.py": '''
def shortages(stores, wanted):
    missing = []
    for sku, count in wanted.items():
        have = sum(store.level(sku) for store in stores)
        if have < count:
            missing.append((sku, count - have))
    return missing
'''}, "from inventory.store import Store\nfrom inventory.report import shortages\n"
     "shortages([Store('north', {'a': 3, 'b': 1}), Store('south', {'a': 1})], {'a': 5, 'b': 2})",
        [("src/inventory/report.py", "store.level(sku) for store in stores)", "store.level(sku) for store in stores if sku in store.levels)")])

program("c_flatten_text", {"flat.py": '''
def flatten(value):
    """All leaves of nested sequences."""
    try:
        iterator = iter(value)
    except TypeError:
        yield value
        return
    for item in iterator:
        yield from flatten(item)


def row(record):
    return [leaf for leaf in flatten([record["id"], record["scores"]])]
'''}, "from flat import row\nrow({'id': 7, 'scores': [1, (2, 'n')]})",
        [("flat.py", "    try:\n        iterator", "    if isinstance(value, str):\n        yield value\n        return\n    try:\n        iterator")])

program("c_bom_upload", {"upload/__init__.py": "", "upload/reader.py": '''
import json


class Upload:
    def __init__(self, name, data, charset="utf-8"):
        self.name = name
        self.data = data
        self.charset = charset

    def __repr__(self):
        return f"<Upload {self.name} of {len(self.data)} bytes>"

    def text(self):
        return self.data.decode(self.charset)


def settings(upload):
    return json.loads(upload.text())


def merge(current, upload):
    return {**current, **settings(upload)}
'''}, "from upload.reader import *\nmerge({'a': 1}, Upload('s.json', b'\\xef\\xbb\\xbf{\"b\": 2}'))",
        [("upload/reader.py", "json.loads(upload.text())", 'json.loads(upload.text().lstrip("\\ufeff"))')])

program("c_aware_window", {"src/oncall/__init__.py": "", "src/oncall/shift.py": '''
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone


@dataclass(order=True)
class Shift:
    start: datetime
    hours: int
    who: str = ""

    @property
    def end(self):
        return self.start + timedelta(hours=self.hours)

    def covers(self, moment):
        return self.start <= moment < self.end


def on_call(shifts, moment):
    for shift in sorted(shifts):
        if shift.covers(moment):
            return shift.who
    return None
'''}, "from datetime import *\nfrom oncall.shift import *\n"
     "on_call([Shift(datetime(2026, 3, 1, 8, tzinfo=timezone.utc), 8, 'ann'), Shift(datetime(2026, 3, 1, 16, tzinfo=timezone.utc), 8, 'bob')], datetime(2026, 3, 1, 17, 30))",
        [("src/oncall/shift.py", "    def covers(self, moment):", "    def covers(self, moment):\n        if moment.tzinfo is None:\n            moment = moment.replace(tzinfo=timezone.utc)")])

program("c_thread_totals", {"tally.py": '''
import threading


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}
        self.errors = []

    def add(self, word, n=1):
        with self.lock:
            self.counts[word] = self.counts.get(word, 0) + n

    def merge(self, other):
        with self.lock:
            for word, n in other.counts.items():
                self.counts[word] += n


def count(chunks):
    total = Tally()
    parts = [Tally() for _ in chunks]
    threads = [threading.Thread(target=lambda p=p, c=c: [p.add(w) for w in c.split()]) for p, c in zip(parts, chunks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for part in parts:
        total.merge(part)
    return total.counts
'''}, "from tally import count\ncount(['a b a', 'b c'])",
        [("tally.py", "                self.counts[word] += n", "                self.counts[word] = self.counts.get(word, 0) + n")])

program("c_flask_blueprint", {"webshop/__init__.py": '''
from flask import Flask


def create_app(settings=None):
    app = Flask(__name__)
    app.config.update(PAGE_SIZE=20, **(settings or {}))
    from webshop.search import bp
    app.register_blueprint(bp, url_prefix="/search")
    return app
''', "webshop/search.py": '''
from flask import Blueprint, current_app, jsonify, request

bp = Blueprint("search", __name__)
PRODUCTS = [{"name": "lamp", "price": 30}, {"name": "desk", "price": 220}]


def bounds(text):
    low, high = text.split("-")
    return int(low), int(high)


@bp.get("/")
def search():
    found = PRODUCTS
    if "price" in request.args:
        low, high = bounds(request.args["price"])
        found = [p for p in found if low <= p["price"] <= high]
    return jsonify(found[:current_app.config["PAGE_SIZE"]])
'''}, "from webshop import create_app\ncreate_app().test_client().get('/search/?price=100-&sort=name')",
        [("webshop/search.py", "return int(low), int(high)", "return int(low or 0), int(high or 10 ** 9)")])

program("c_subscription_states", {"subs/__init__.py": "", "subs/machine.py": '''
from dataclasses import dataclass, field
from enum import Enum, auto


class Status(Enum):
    TRIAL = auto()
    ACTIVE = auto()
    PAUSED = auto()
    ENDED = auto()


MOVES = {
    (Status.TRIAL, "pay"): Status.ACTIVE,
    (Status.ACTIVE, "pause"): Status.PAUSED,
    (Status.PAUSED, "resume"): Status.ACTIVE,
    (Status.ACTIVE, "cancel"): Status.ENDED,
}


@dataclass
class Subscription:
    plan: str
    status: Status = Status.TRIAL
    history: list = field(default_factory=list)

    def apply(self, action):
        following = MOVES[self.status, action]
        self.history.append((self.status.name, action))
        self.status = following
        return self


def replay(plan, actions):
    subscription = Subscription(plan)
    for action in actions:
        subscription.apply(action)
    return subscription.status
'''}, "from subs.machine import replay\nreplay('pro', ['pay', 'pause', 'cancel'])",
        [("subs/machine.py", '    (Status.ACTIVE, "cancel"): Status.ENDED,', '    (Status.ACTIVE, "cancel"): Status.ENDED,\n    (Status.PAUSED, "cancel"): Status.ENDED,')])

program("c_template_tokens", {"src/tmpl/__init__.py": "", "src/tmpl/lexer.py": '''
import re
from typing import Iterator, NamedTuple

TOKEN = re.compile(r"\\{\\{|\\}\\}|[^{}]+|[{}]")


class Token(NamedTuple):
    kind: str
    text: str


def tokens(source: str) -> Iterator[Token]:
    inside = False
    for match in TOKEN.finditer(source):
        text = match.group()
        if text == "{{":
            inside = True
        elif text == "}}":
            inside = False
        else:
            yield Token("name" if inside else "text", text.strip() if inside else text)
''', "src/tmpl/render.py": '''
from tmpl.lexer import tokens


def lookup(context, dotted):
    value = context
    for part in dotted.split("."):
        value = value[part]
    return value


def render(source, context):
    return "".join(t.text if t.kind == "text" else str(lookup(context, t.text)) for t in tokens(source))
'''}, "from tmpl.render import render\nrender('Dear {{ user.name }}, you owe {{ user.debt.total }}', {'user': {'name': 'Ann', 'debt': 12}})",
        [("src/tmpl/render.py", "        value = value[part]\n", '        value = value.get(part, "") if isinstance(value, dict) else ""\n')])

program("c_matrix_path", {"grid.py": '''
from collections import deque

WALL = "#"


class Grid:
    def __init__(self, rows):
        self.rows = rows
        self.height = len(rows)
        self.width = len(rows[0])

    def neighbours(self, y, x):
        for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            ny, nx = y + dy, x + dx
            if 0 <= ny <= self.height and 0 <= nx < self.width and self.rows[ny][nx] != WALL:
                yield ny, nx


def shortest(rows, start, goal):
    grid = Grid(rows)
    queue, seen = deque([(start, 0)]), {start}
    while queue:
        place, steps = queue.popleft()
        if place == goal:
            return steps
        for following in grid.neighbours(*place):
            if following not in seen:
                seen.add(following)
                queue.append((following, steps + 1))
    return None
'''}, "from grid import shortest\nshortest(['..#', '.#.', '...'], (0, 0), (1, 2))", [("grid.py", "0 <= ny <= self.height", "0 <= ny < self.height")])

program("c_notifier_chain", {"notify/__init__.py": "", "notify/channels.py": '''
from abc import ABC, abstractmethod


class Channel(ABC):
    @abstractmethod
    def deliver(self, user, text):
        ...


class Email(Channel):
    def deliver(self, user, text):
        local, _, domain = user["email"].partition("@")
        return f"mail:{local}@{domain.lower()}:{text}"


class Sms(Channel):
    def __init__(self, prefix):
        self.prefix = prefix

    def deliver(self, user, text):
        return f"sms:{self.prefix}{user['phone'].lstrip('0')}:{text[:160]}"
''', "notify/dispatch.py": '''
class Dispatcher:
    def __init__(self, channels, fallback=None):
        self.channels = channels
        self.fallback = fallback
        self.sent = []

    def send(self, user, text):
        for name in user.get("wants", ["email"]):
            channel = self.channels.get(name, self.fallback)
            self.sent.append(channel.deliver(user, text))
        return len(self.sent)
'''}, "from notify.channels import *\nfrom notify.dispatch import Dispatcher\n"
     "d = Dispatcher({'email': Email(), 'sms': Sms('+33')})\nd.send({'email': 'a@B.org', 'wants': ['email', 'push']}, 'hello')",
        [("notify/dispatch.py", "            self.sent.append(channel", "            if channel is None:\n                continue\n            self.sent.append(channel")])

UNSEEN = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
