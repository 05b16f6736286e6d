"""A ninth batch, by another writer who had not read the generator: fixes that stand elsewhere, change what is stored, or refuse what was taken."""

from programs import program

program("i_proration", {"billing/__init__.py": "", "billing/money.py": '''
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True, order=True)
class Money:
    amount: Decimal
    currency: str = "EUR"

    @classmethod
    def of(cls, text: str, currency: str = "EUR") -> "Money":
        return cls(Decimal(text), currency)

    def rounded(self) -> "Money":
        return Money(self.amount.quantize(CENT, ROUND_HALF_EVEN), self.currency)

    def times(self, factor) -> "Money":
        return Money(self.amount * factor, self.currency).rounded()

    def __sub__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} against {other.currency}")
        return Money(self.amount - other.amount, self.currency)
''', "billing/periods.py": '''
from calendar import monthrange
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Period:
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def remaining(self, on: date) -> int:
        return max((self.end - on).days, 0)


def anchored(year: int, month: int, anchor: int) -> date:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(anchor, monthrange(year, month)[1]))


def period_around(on: date, anchor: int) -> Period:
    """The month of a subscription, from its anchor day to the next one."""
    start = anchored(on.year, on.month, anchor)
    if on < start:
        return Period(anchored(on.year, on.month - 1, anchor), start)
    if on.day < anchor:
        return Period(start, on)
    return Period(start, anchored(on.year, on.month + 1, anchor))
''', "billing/changes.py": '''
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .money import Money
from .periods import Period, period_around


@dataclass
class Subscription:
    customer: str
    plan: str
    anchor: int
    seats: int = 1


class PriceList:
    def __init__(self, prices: dict[str, str]):
        self._prices = {name: Money.of(price) for name, price in prices.items()}

    def monthly(self, plan: str, seats: int) -> Money:
        return self._prices[plan].times(seats)


def unused_share(period: Period, on: date) -> Decimal:
    return Decimal(period.remaining(on)) / Decimal(period.days)


def change_plan(subscription: Subscription, plan: str, on: date, prices: PriceList) -> Money:
    """What is still to pay today for the better plan; negative for a credit."""
    period = period_around(on, subscription.anchor)
    share = unused_share(period, on)
    old = prices.monthly(subscription.plan, subscription.seats).times(share)
    new = prices.monthly(plan, subscription.seats).times(share)
    subscription.plan = plan
    return new - old
'''}, '''
from datetime import date
from billing.changes import PriceList, Subscription, change_plan
prices = PriceList({"basic": "9.90", "team": "24.50"})
change_plan(Subscription("Oka GmbH", "basic", 15, 3), "team", date(2026, 1, 20), prices)
change_plan(Subscription("Lund AB", "basic", 31, 4), "team", date(2026, 2, 28), prices)
''', [("billing/periods.py", "    if on.day < anchor:\n        return Period(start, on)\n", "")])

program("i_xml_feed", {"feeds/__init__.py": "", "feeds/errors.py": '''
class FeedError(Exception):
    """The feed as a whole cannot be used."""

    def __init__(self, supplier, why):
        super().__init__(f"{supplier}: {why}")
        self.supplier = supplier
''', "feeds/model.py": '''
from decimal import Decimal
from typing import NamedTuple


class Offer(NamedTuple):
    sku: str
    title: str
    price: Decimal
    stock: int
    tags: tuple = ()

    @property
    def available(self):
        return self.stock > 0
''', "feeds/reader.py": '''
import xml.etree.ElementTree as ET
from decimal import Decimal

from .errors import FeedError
from .model import Offer


class FeedReader:
    root_tag = "offers"

    def __init__(self, supplier):
        self.supplier = supplier
        self.seen = set()

    def read(self, text):
        try:
            root = ET.fromstring(text)
        except ET.ParseError as error:
            raise FeedError(self.supplier, "not well-formed") from error
        if root.tag != self.root_tag:
            raise FeedError(self.supplier, f"root is {root.tag}")
        return list(self._offers(root))

    def _offers(self, root):
        for node in root.iter("offer"):
            offer = self._offer(node)
            if offer.sku in self.seen:
                continue
            self.seen.add(offer.sku)
            yield offer

    def _offer(self, node):
        price = self._price(node)
        stock = node.find("stock")
        return Offer(node.get("sku"), node.findtext("title", "").strip(), price, int(stock.text) if stock is not None else 0,
                     tuple(t.text for t in node.findall("tags/tag")))

    def _price(self, node):
        price = node.find("price")
        amount = Decimal(price.text.replace(",", "."))
        if price.get("net") == "1":
            amount *= Decimal("1.19")
        return amount.quantize(Decimal("0.01"))
''', "feeds/importer.py": '''
from .reader import FeedReader


class Importer:
    def __init__(self):
        self.catalog = {}
        self.log = []

    def run(self, supplier, text):
        offers = FeedReader(supplier).read(text)
        for offer in offers:
            best = self.catalog.get(offer.sku)
            if best is None or offer.price < best.price:
                self.catalog[offer.sku] = offer
        self.log.append((supplier, len(offers)))
        return sum(o.available for o in offers)
'''}, '''
from feeds.importer import Importer
importer = Importer()
importer.run("north", "<offers><offer sku='A1'><title>Lamp</title><price>12,50</price><stock>3</stock></offer></offers>")
importer.run("south", """<offers>
 <offer sku='A1'><title>Lamp</title><price net='1'>9.90</price><stock>4</stock></offer>
 <offer sku='B7'><title>Desk</title><stock>1</stock><tags><tag>wood</tag></tags></offer>
</offers>""")
''', [("feeds/reader.py", '''        price = node.find("price")
        amount =''', '''        price = node.find("price")
        if price is None or not price.text:
            raise FeedError(self.supplier, f"no price of {node.get('sku')}")
        amount =''')])

program("i_order_states", {"orders/__init__.py": "", "orders/states.py": '''
from enum import Enum


class State(Enum):
    NEW = "new"
    PAID = "paid"
    PACKED = "packed"
    SENT = "sent"
    RETURNED = "returned"
    CLOSED = "closed"

    @property
    def final(self):
        return self in (State.CLOSED,)


class Event(Enum):
    PAY = "pay"
    PACK = "pack"
    SEND = "send"
    REFUSE = "refuse"
    CLOSE = "close"


TRANSITIONS = {
    State.NEW: {Event.PAY: State.PAID, Event.CLOSE: State.CLOSED},
    State.PAID: {Event.PACK: State.PACKED, Event.CLOSE: State.CLOSED},
    State.PACKED: {Event.SEND: State.SENT},
    State.SENT: {Event.REFUSE: State.RETURNED, Event.CLOSE: State.CLOSED},
    State.RETURNED: {Event.CLOSE: State.CLOSED},
    State.CLOSED: {},
}
''', "orders/order.py": '''
from .states import TRANSITIONS, Event, State


class Order:
    def __init__(self, number, lines):
        self.number = number
        self.lines = list(lines)
        self.state = State.NEW
        self.history = []

    def fire(self, event):
        following = TRANSITIONS[self.state][event]
        self.history.append((self.state, event))
        self.state = following
        return following

    @property
    def open(self):
        return not self.state.final


class OrderBook:
    def __init__(self):
        self._orders = {}
        self.listeners = []

    def place(self, number, lines):
        order = self._orders[number] = Order(number, lines)
        return order

    def on_change(self, listener):
        self.listeners.append(listener)

    def apply(self, number, name):
        order = self._orders[number]
        state = order.fire(Event(name))
        for listener in self.listeners:
            listener(order, state)
        return state

    def replay(self, entries):
        """Applies the lines of a journal: '<number> <event>'."""
        done = 0
        for entry in entries:
            number, _, name = entry.strip().partition(" ")
            self.apply(int(number), name)
            done += 1
        return done
'''}, '''
from orders.order import OrderBook
book = OrderBook()
book.place(7, ["lamp"])
book.place(9, ["desk", "chair"])
book.replay(["7 pay", "9 pay", "7 pack", "7 send", "9 pack", "9 refuse", "7 close"])
''', [("orders/states.py", "State.PACKED: {Event.SEND: State.SENT},", "State.PACKED: {Event.SEND: State.SENT, Event.REFUSE: State.PAID},")])

program("i_memoized_rates", {"rates/__init__.py": "", "rates/caching.py": '''
import functools
from collections import OrderedDict


class Cache:
    def __init__(self, size):
        self.size = size
        self.entries = OrderedDict()
        self.hits = self.misses = 0

    def get(self, key, make):
        if key in self.entries:
            self.hits += 1
            self.entries.move_to_end(key)
            return self.entries[key]
        self.misses += 1
        value = self.entries[key] = make()
        if len(self.entries) > self.size:
            self.entries.popitem(last=False)
        return value


def key_of(args, options):
    return args + tuple(sorted(options.items()))


def cached(size=64):
    def decorate(function):
        cache = Cache(size)

        @functools.wraps(function)
        def wrapper(*args, **options):
            return cache.get(key_of(args, options), lambda: function(*args, **options))

        wrapper.cache = cache
        return wrapper

    return decorate
''', "rates/shipping.py": '''
from dataclasses import dataclass

from .caching import cached

ZONES = {"DE": 1, "AT": 2, "FR": 2, "NO": 4}
BASE = {1: 490, 2: 890, 3: 1290, 4: 1990}


@dataclass(frozen=True)
class Parcel:
    grams: int
    sides: tuple


@cached(size=16)
def parcel_rate(country, parcel, express=False):
    zone = ZONES.get(country, 4)
    rate = BASE[zone] + parcel.grams // 1000 * 120
    volume = 1
    for side in parcel.sides:
        volume *= side
    if volume > 60_000:
        rate += 700
    return rate * 2 if express else rate


class Quote:
    def __init__(self, country):
        self.country = country
        self.parcels = []

    def add(self, grams, sides):
        self.parcels.append(Parcel(grams, sides))
        return self

    def total(self, express=False):
        return sum(parcel_rate(self.country, p, express=express) for p in self.parcels)


def quote(request):
    made = Quote(request["country"])
    for parcel in request["parcels"]:
        made.add(parcel["grams"], parcel["sides"])
    return made.total(request.get("express", False))
'''}, '''
import json
from rates.shipping import Quote, quote
Quote("DE").add(1200, (20, 30, 10)).total()
quote(json.loads('{"country": "NO", "parcels": [{"grams": 2400, "sides": [40, 50, 60]}], "express": true}'))
''', [("rates/shipping.py", "Parcel(grams, sides)", "Parcel(grams, tuple(sides))")])

program("i_geo_fence", {"geo/__init__.py": "", "geo/shapes.py": '''
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    lat: float
    lon: float

    def __post_init__(self):
        if not -90 <= self.lat <= 90:
            raise ValueError(f"latitude {self.lat}")


class Fence:
    def __init__(self, name, points):
        self.name = name
        self.points = list(points)

    def edges(self):
        for i, point in enumerate(self.points):
            yield point, self.points[(i + 1) % len(self.points)]

    def area(self):
        return sum(a.lon * b.lat - b.lon * a.lat for a, b in self.edges()) / 2

    def centre(self):
        area = self.area()
        lat = sum((a.lat + b.lat) * (a.lon * b.lat - b.lon * a.lat) for a, b in self.edges())
        lon = sum((a.lon + b.lon) * (a.lon * b.lat - b.lon * a.lat) for a, b in self.edges())
        return Point(lat / (6 * area), lon / (6 * area))

    def contains(self, point):
        inside = False
        for a, b in self.edges():
            if (a.lat > point.lat) != (b.lat > point.lat):
                if point.lon < (b.lon - a.lon) * (point.lat - a.lat) / (b.lat - a.lat) + a.lon:
                    inside = not inside
        return inside


def distance_m(a, b):
    lat = math.radians(b.lat - a.lat)
    lon = math.radians(b.lon - a.lon) * math.cos(math.radians((a.lat + b.lat) / 2))
    return 6_371_000 * math.hypot(lat, lon)
''', "geo/store.py": '''
from .shapes import Fence, Point, distance_m


class FenceStore:
    def __init__(self):
        self._fences = {}

    def load(self, rows):
        for row in rows:
            points = [Point(*map(float, pair.split(","))) for pair in row["ring"].split(" ")]
            self._fences[row["id"]] = Fence(row["name"], points)
        return len(self._fences)

    def near(self, place, metres):
        found = []
        for key, fence in self._fences.items():
            if fence.contains(place) or distance_m(place, fence.centre()) <= metres:
                found.append(key)
        return sorted(found)


def alerts(rows, lat, lon, metres=500):
    store = FenceStore()
    store.load(rows)
    return store.near(Point(lat, lon), metres)
'''}, '''
from geo.store import alerts
alerts([{"id": "f1", "name": "Depot", "ring": "52.50,13.30 52.50,13.40 52.56,13.40 52.56,13.30"},
        {"id": "f2", "name": "Gate", "ring": "52.0,13.0 52.0,13.0 52.0,13.0"}], 52.53, 13.35)
''', [("geo/shapes.py", "class Fence:\n", '''class DegenerateFence(Exception):
    """A ring that encloses nothing."""


class Fence:
'''), ("geo/shapes.py", "        self.points = list(points)\n", '''        self.points = list(points)
        if len(set(self.points)) < 3 or not self.area():
            raise DegenerateFence(name)
''')])

program("i_group_rights", {"rights/__init__.py": "", "rights/directory.py": '''
from collections import defaultdict


class Group:
    def __init__(self, name):
        self.name = name
        self.members = set()
        self.parents = []
        self.grants = set()

    def __repr__(self):
        return f"<Group {self.name}>"


class Directory:
    def __init__(self):
        self._groups = {}
        self._of_user = defaultdict(list)

    def group(self, name):
        if name not in self._groups:
            self._groups[name] = Group(name)
        return self._groups[name]

    def join(self, user, name):
        group = self.group(name)
        group.members.add(user)
        self._of_user[user].append(group)

    def nest(self, name, parent):
        self.group(name).parents.append(self.group(parent))

    def groups_of(self, user):
        return tuple(self._of_user.get(user, ()))
''', "rights/resolver.py": '''
from .directory import Directory


class Resolver:
    def __init__(self, directory: Directory):
        self.directory = directory

    def inherited(self, group):
        rights = set(group.grants)
        for parent in group.parents:
            rights |= self.inherited(parent)
        return rights

    def rights(self, user):
        found = set()
        for group in self.directory.groups_of(user):
            found |= self.inherited(group)
        return found

    def may(self, user, right):
        rights = self.rights(user)
        area, _, _ = right.partition(":")
        return right in rights or f"{area}:*" in rights


def load(definition):
    directory = Directory()
    for line in definition.splitlines():
        what, _, rest = line.partition(" ")
        left, _, right = rest.partition(" ")
        if what == "member":
            directory.join(left, right)
        elif what == "nest":
            directory.nest(left, right)
        elif what == "grant":
            directory.group(left).grants.add(right)
    return Resolver(directory)


def check(definition, user, right):
    return load(definition).may(user, right)
'''}, '''
from rights.resolver import check
check("""member ann editors
grant editors page:write
nest editors staff
nest staff office
nest office editors
grant office door:open""", "ann", "door:open")
''', [("rights/resolver.py", '''    def inherited(self, group):
        rights = set(group.grants)
        for parent in group.parents:
            rights |= self.inherited(parent)
        return rights
''', '''    def inherited(self, group, seen=None):
        seen = set() if seen is None else seen
        if group.name in seen:
            return set()
        seen.add(group.name)
        return set(group.grants).union(*(self.inherited(parent, seen) for parent in group.parents))
''')])

program("i_slotted_stock", {"stock/__init__.py": "", "stock/items.py": '''
class Item:
    __slots__ = ("sku", "on_hand", "reserved", "lots")

    def __init__(self, sku, on_hand=0):
        self.sku = sku
        self.on_hand = on_hand
        self.lots = []

    def reserve(self, count):
        already = getattr(self, "reserved", 0)
        if already + count > self.on_hand:
            raise OverflowError(f"{self.sku}: {count} wanted, {self.on_hand - already} free")
        self.reserved = already + count

    def release(self, count):
        self.reserved -= count
        if self.reserved < 0:
            self.reserved = 0

    @property
    def free(self):
        return self.on_hand - self.reserved


class LotItem(Item):
    __slots__ = ("expires",)

    def __init__(self, sku, lots, expires=None):
        super().__init__(sku, sum(lots))
        self.lots.extend(lots)
        self.expires = expires

    def take(self, count):
        while count and self.lots:
            used = min(self.lots[0], count)
            self.lots[0] -= used
            count -= used
            if not self.lots[0]:
                self.lots.pop(0)
        self.on_hand = sum(self.lots)
''', "stock/warehouse.py": '''
from .items import Item, LotItem


class Warehouse:
    def __init__(self, site):
        self.site = site
        self.items = {}

    def receive(self, sku, amount):
        if isinstance(amount, list):
            self.items[sku] = LotItem(sku, amount)
        else:
            self.items.setdefault(sku, Item(sku)).on_hand += amount

    def cancel(self, order):
        for sku, count in order["lines"].items():
            self.items[sku].release(count)

    def pick(self, order):
        for sku, count in order["lines"].items():
            self.items[sku].reserve(count)
        return len(order["lines"])

    def report(self):
        return {sku: item.free for sku, item in self.items.items()}
'''}, '''
from stock.warehouse import Warehouse
house = Warehouse("HAM")
house.receive("nut", 40)
house.receive("milk", [12, 24])
house.pick({"id": 1, "lines": {"nut": 5}})
house.cancel({"id": 1, "lines": {"nut": 5}})
house.report()
''', [("stock/items.py", "        self.on_hand = on_hand\n", "        self.on_hand = on_hand\n        self.reserved = 0\n"),
      ("stock/items.py", 'getattr(self, "reserved", 0)', "self.reserved")])

program("i_report_pages", {"reports/__init__.py": "", "reports/rows.py": '''
from dataclasses import dataclass


@dataclass
class Row:
    account: str
    text: str
    cents: int

    @classmethod
    def parse(cls, line):
        account, text, cents = line.split("|")
        return cls(account.strip(), text.strip(), int(cents))


def rows(lines):
    for line in lines:
        if line.strip() and not line.startswith("#"):
            yield Row.parse(line)
''', "reports/paging.py": '''
class Page:
    def __init__(self, number, carried):
        self.number = number
        self.carried = carried
        self.rows = []

    @property
    def total(self):
        return self.carried + sum(r.cents for r in self.rows)


def pages(source, size):
    """Pages of `size` rows; each carries the total of the one before."""
    source = iter(source)
    number, carried = 1, 0
    row = next(source)
    while True:
        page = Page(number, carried)
        while row is not None and len(page.rows) < size:
            page.rows.append(row)
            row = next(source, None)
        yield page
        if row is None:
            return
        number, carried = number + 1, page.total
''', "reports/statement.py": '''
from contextlib import contextmanager

from .paging import pages
from .rows import rows


class Writer:
    def __init__(self):
        self.out = []

    def line(self, text):
        self.out.append(text)

    @contextmanager
    def section(self, title):
        self.line(f"== {title} ==")
        try:
            yield self
        finally:
            self.line("")


def statement(owner, text, size=3):
    writer = Writer()
    with writer.section(owner):
        for page in pages(rows(text.splitlines()), size):
            writer.line(f"page {page.number}, carried {page.carried / 100:.2f}")
            for row in page.rows:
                writer.line(f"{row.account:<8}{row.text:<20}{row.cents / 100:>10.2f}")
    return "\\n".join(writer.out)
'''}, '''
from reports.statement import statement
statement("Ann", "4711|Rent|-80000\\n4711|Salary|310000\\n4711|Shop|-4250\\n4711|Shop|-999")
statement("Bob", "# no movements in March\\n\\n")
''', [("reports/paging.py", "    row = next(source)\n    while True:", "    row = next(source, None)\n    while True:")])

program("i_config_layers", {"conf/__init__.py": "", "conf/merge.py": '''
import copy


class Unset:
    def __repr__(self):
        return "<unset>"


UNSET = Unset()


def merge(base, over):
    """A new dict in which the values of `over` win, dict by dict."""
    result = copy.deepcopy(base)
    for key, value in over.items():
        if value is UNSET:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result
''', "conf/layers.py": '''
import json
from types import SimpleNamespace

from .merge import merge

DEFAULTS = {
    "name": "worker",
    "retry": {"limit": 3, "wait_s": 1.5, "codes": [502, 503]},
    "queue": {"url": "memory:", "prefetch": 10},
}


class Layer:
    def __init__(self, name, values):
        self.name = name
        self.values = values

    @classmethod
    def of_json(cls, name, text):
        return cls(name, json.loads(text) if text.strip() else {})


class Settings:
    def __init__(self, values):
        self._values = values

    def section(self, name):
        return SimpleNamespace(**self._values[name])

    @classmethod
    def of(cls, *layers):
        values = DEFAULTS
        for layer in layers:
            values = merge(values, layer.values)
        return cls(values)
''', "conf/worker.py": '''
from .layers import Layer, Settings


class Backoff:
    def __init__(self, limit, wait_s, codes=()):
        self.limit = limit
        self.wait_s = wait_s
        self.codes = frozenset(codes)

    def waits(self):
        return [self.wait_s * 2**i for i in range(self.limit)]


class Worker:
    def __init__(self, settings):
        retry = settings.section("retry")
        self.backoff = Backoff(retry.limit, retry.wait_s, retry.codes)
        self.prefetch = settings.section("queue").prefetch

    def longest(self):
        return sum(self.backoff.waits())


def start(texts):
    layers = [Layer.of_json(name, text) for name, text in texts.items()]
    return Worker(Settings.of(*layers)).longest()
'''}, """
from conf.worker import start
start({"site": '{"queue": {"prefetch": 2}}', "host": ''})
start({"site": '{"name": "mail", "retry": {"limit": 5}}', "host": '{"retry": null, "queue": {"url": "amqp://mq"}}'})
""", [("conf/merge.py", "        if value is UNSET:\n            result.pop(key, None)\n", '''        if value is UNSET:
            result.pop(key, None)
        elif value is None and isinstance(result.get(key), dict):
            continue
''')])

program("i_async_fanout", {"probe/__init__.py": "", "probe/clients.py": '''
import asyncio


class Unreachable(Exception):
    pass


class Client:
    """Speaks to one site; `script` is what it answers, as the tests of the team use it."""

    def __init__(self, site, script):
        self.site = site
        self.script = list(script)
        self.asked = 0

    async def status(self):
        self.asked += 1
        await asyncio.sleep(0)
        answer = self.script[min(self.asked, len(self.script)) - 1]
        if answer == "down":
            raise Unreachable(self.site)
        return {"site": self.site, "load": answer, "ok": answer < 80}
''', "probe/monitor.py": '''
import asyncio
from collections import deque

from .clients import Client


class History:
    def __init__(self, length=5):
        self._loads = {}
        self.length = length

    def add(self, status):
        self._loads.setdefault(status["site"], deque(maxlen=self.length)).append(status["load"])

    def mean(self, site):
        loads = self._loads[site]
        return sum(loads) / len(loads)


class Monitor:
    def __init__(self, clients):
        self.clients = clients
        self.history = History()

    async def sweep(self):
        answers = await asyncio.gather(*(c.status() for c in self.clients), return_exceptions=True)
        for answer in answers:
            self.history.add(answer)
        return answers

    async def watch(self, rounds):
        for _ in range(rounds):
            await self.sweep()
        return {c.site: self.history.mean(c.site) for c in self.clients}


def watch(scripts, rounds=2):
    monitor = Monitor([Client(site, script) for site, script in scripts.items()])
    return asyncio.run(monitor.watch(rounds))
'''}, '''
from probe.monitor import watch
watch({"ber": [20, 40], "muc": [90, "down", 30]}, 3)
''', [("probe/monitor.py", "        for answer in answers:\n            self.history.add(answer)\n", '''        for answer in answers:
            if not isinstance(answer, BaseException):
                self.history.add(answer)
''')])

program("i_ledger_csv", {"ledger/__init__.py": "", "ledger/source.py": '''
import csv
import io

ALIASES = {"betrag": "amount", "datum": "date", "text": "memo"}


def records(text, delimiter=";"):
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    reader.fieldnames = [ALIASES.get(name.strip().lower(), name.strip().lower()) for name in reader.fieldnames]
    for record in reader:
        if any(record.values()):
            yield record
''', "ledger/entry.py": '''
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass
class Entry:
    on: date
    amount: Decimal
    memo: str

    @property
    def month(self):
        return self.on.strftime("%Y-%m")


class EntryParser:
    date_format = "%d.%m.%Y"

    def __init__(self, thousands="."):
        self.thousands = thousands
        self.count = 0

    def amount(self, text):
        text = text.replace(self.thousands, "").replace(",", ".")
        return Decimal(text or "0")

    def memo(self, record):
        words = record.get("memo").split()
        return " ".join(words)

    def entry(self, record):
        self.count += 1
        return Entry(datetime.strptime(record["date"].strip(), self.date_format).date(), self.amount(record["amount"]), self.memo(record))
''', "ledger/book.py": '''
from collections import Counter
from decimal import Decimal

from .entry import EntryParser
from .source import records


class Book:
    def __init__(self, owner):
        self.owner = owner
        self.entries = []
        self.parser = EntryParser()

    def load(self, text):
        before = len(self.entries)
        self.entries.extend(self.parser.entry(r) for r in records(text))
        return len(self.entries) - before

    def months(self):
        sums = Counter()
        for entry in self.entries:
            sums[entry.month] += entry.amount
        return dict(sums)

    def balance(self):
        return sum((e.amount for e in self.entries), Decimal())
'''}, '''
from ledger.book import Book
book = Book("Ann")
book.load("Datum;Betrag;Text\\n01.02.2026;-12,50;Lunch  at Rosa\\n")
book.load("Datum;Betrag;Text\\n03.02.2026;1.200,00;Salary\\n04.02.2026;-80,00\\n")
''', [("ledger/source.py", "delimiter=delimiter)", 'delimiter=delimiter, restval="")')])

program("i_slug_moved", {"wiki/__init__.py": "", "wiki/text.py": '''
import re
import unicodedata

WORD = re.compile(r"[a-z0-9]+")


def plain(text):
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def words(text):
    return WORD.findall(plain(text))
''', "wiki/urls.py": '''
from .text import words


def slug(title, longest=40):
    parts = words(title)
    made = parts[0]
    for part in parts[1:]:
        if len(made) + 1 + len(part) > longest:
            break
        made += "-" + part
    return made


def path_of(space, title):
    return f"/{space.key}/{slug(title)}"
''', "wiki/spaces.py": '''
from .urls import path_of


class Page:
    def __init__(self, title, body, path):
        self.title = title
        self.body = body
        self.path = path
        self.links = []


class Space:
    def __init__(self, key, name):
        self.key = key
        self.name = name
        self.pages = {}

    def publish(self, title, body=""):
        path = path_of(self, title)
        number = 1
        while path in self.pages:
            number += 1
            path = f"{path_of(self, title)}-{number}"
        page = self.pages[path] = Page(title, body, path)
        return page


class Wiki:
    def __init__(self):
        self.spaces = {}

    def space(self, key, name=None):
        return self.spaces.setdefault(key, Space(key, name or key.title()))

    def import_dump(self, pages):
        for page in pages:
            self.space(page["space"]).publish(page["title"], page.get("body", ""))
        return sum(len(s.pages) for s in self.spaces.values())
'''}, '''
from wiki.spaces import Wiki
Wiki().import_dump([{"space": "ops", "title": "Über uns", "body": "x"}, {"space": "ops", "title": "Über uns"}, {"space": "ops", "title": "日本語"}])
''', [("wiki/urls.py", '''def slug(title, longest=40):
    parts = words(title)
    made = parts[0]
    for part in parts[1:]:
        if len(made) + 1 + len(part) > longest:
            break
        made += "-" + part
    return made


def path_of(space, title):
    return f"/{space.key}/{slug(title)}"
''', '''def page_path(key, title):
    return f"/{key}/{slug(title)}"
'''), ("wiki/urls.py", "from .text import words\n", "from .text import slug\n"),
      ("wiki/text.py", "def words(text):\n    return WORD.findall(plain(text))\n", '''def words(text):
    return WORD.findall(plain(text))


def slug(title, longest=40):
    made = ""
    for part in words(title) or [format(ord(c), "x") for c in title[:8]] or ["untitled"]:
        if made and len(made) + 1 + len(part) > longest:
            break
        made = f"{made}-{part}" if made else part
    return made
'''), ("wiki/spaces.py", "import path_of", "import page_path"), ("wiki/spaces.py", "path_of(self, title)", "page_path(self.key, title)")])

program("i_unit_fields", {"sensors/__init__.py": "", "sensors/fields.py": '''
class Invalid(Exception):
    def __init__(self, field, value):
        super().__init__(f"{field}: {value!r}")
        self.field = field


class Measured:
    """A number with a unit, held in the base unit."""

    factors = {}

    def __init__(self, low=None, high=None):
        self.low = low
        self.high = high

    def __set_name__(self, owner, name):
        self.name = name
        owner.fields = (*getattr(owner, "fields", ()), name)

    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__.get(self.name)

    def __set__(self, instance, value):
        number = self.number(value)
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise Invalid(self.name, value)
        instance.__dict__[self.name] = number

    def number(self, value):
        if isinstance(value, (int, float)):
            return float(value)
        amount, unit = value.split()
        return float(amount) * self.factors[unit.lower()]


class Length(Measured):
    factors = {"m": 1, "cm": 0.01, "km": 1000}


class Weight(Measured):
    factors = {"kg": 1, "g": 0.001, "t": 1000}
''', "sensors/models.py": '''
from .fields import Length, Weight


class Record:
    fields = ()

    def __init__(self, **values):
        for name in self.fields:
            if name in values:
                setattr(self, name, values[name])

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)}' for n in self.fields)})"


class Truck(Record):
    length = Length(low=1, high=30)
    weight = Weight(low=0)
    load = Weight(low=0)

    def gross(self):
        return (self.weight or 0) + (self.load or 0)
''', "sensors/gate.py": '''
from .fields import Invalid
from .models import Truck


class Gate:
    def __init__(self, limit_kg):
        self.limit_kg = limit_kg
        self.passed, self.refused = [], []

    def message(self, text):
        values = dict(part.split("=", 1) for part in text.split(";"))
        plate = values.pop("plate")
        try:
            truck = Truck(**values)
        except Invalid as error:
            self.refused.append((plate, error.field))
            return False
        allowed = truck.gross() <= self.limit_kg
        (self.passed if allowed else self.refused).append((plate, "weight"))
        return allowed
'''}, '''
from sensors.gate import Gate
gate = Gate(40_000)
gate.message("plate=HH-X 1;length=16.5 m;weight=8 t;load=20 t")
gate.message("plate=HH-X 2;length=1650 cm;weight=7900kg")
''', [("sensors/fields.py", '''        amount, unit = value.split()
        return float(amount) * self.factors[unit.lower()]
''', '''        try:
            amount, unit = value.split()
            return float(amount) * self.factors[unit.lower()]
        except (ValueError, KeyError):
            raise Invalid(self.name, value) from None
''')])

program("i_delivery_retry", {"hooks/__init__.py": "", "hooks/errors.py": '''
class DeliveryFailed(Exception):
    def __init__(self, hook, attempts):
        super().__init__(f"{hook} failed {attempts} times")
        self.attempts = attempts
''', "hooks/retry.py": '''
from .errors import DeliveryFailed


class Attempts:
    def __init__(self, name, limit=3):
        self.name = name
        self.limit = limit
        self.made = 0
        self.last = None

    def __iter__(self):
        while self.made < self.limit:
            self.made += 1
            yield Attempt(self)
            if self.last is None:
                return
        raise DeliveryFailed(self.name, self.made) from self.last


class Attempt:
    def __init__(self, attempts):
        self.attempts = attempts

    def __enter__(self):
        self.attempts.last = None
        return self

    def __exit__(self, kind, error, trace):
        self.attempts.last = error
        return error is not None and isinstance(error, Exception)
''', "hooks/sender.py": '''
import json

from .retry import Attempts


class Response:
    def __init__(self, status, body):
        self.status = status
        self.body = body

    def json(self):
        return json.loads(self.body)


class Sender:
    def __init__(self, transport):
        self.transport = transport
        self.receipts = {}

    def receipt(self, response):
        answer = response.json()
        return answer["receipt"]["id"]

    def deliver(self, hook, payload):
        for attempt in Attempts(hook):
            with attempt:
                response = Response(*self.transport(hook, json.dumps(payload)))
                self.receipts[hook] = self.receipt(response)
        return self.receipts[hook]


class Echo:
    """The transport of the staging system."""

    def __init__(self, status=200, wrap=True):
        self.status = status
        self.wrap = wrap
        self.sent = []

    def __call__(self, hook, body):
        self.sent.append((hook, body))
        number = f"r{len(self.sent)}"
        return self.status, json.dumps({"receipt": {"id": number}} if self.wrap else {"receipt": number})


def deliver_all(hooks, status=200, wrap=True):
    sender = Sender(Echo(status, wrap))
    return [sender.deliver(name, payload) for name, payload in hooks.items()]
'''}, '''
from hooks.sender import deliver_all
deliver_all({"paid": {"order": 1}, "sent": {"order": 1, "parcels": 2}}, wrap=False)
''', [("hooks/sender.py", '''        return answer["receipt"]["id"]''', '''        receipt = answer["receipt"]
        return receipt["id"] if isinstance(receipt, dict) else receipt''')])

program("i_task_heap", {"tasks/__init__.py": "", "tasks/clock.py": '''
from datetime import datetime, timedelta


class Clock:
    def __init__(self, now):
        self.now = now

    def forward(self, seconds):
        self.now += timedelta(seconds=seconds)
        return self.now

    @classmethod
    def at(cls, text):
        return cls(datetime.fromisoformat(text))
''', "tasks/scheduler.py": '''
import heapq
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Task:
    name: str
    every_s: int
    runs: int = 0
    tags: set = field(default_factory=set)


class Scheduler:
    def __init__(self, clock):
        self.clock = clock
        self._heap = []
        self.ran = []

    def add(self, task, at: datetime = None):
        heapq.heappush(self._heap, (at or self.clock.now, task))

    def due(self):
        while self._heap and self._heap[0][0] <= self.clock.now:
            yield heapq.heappop(self._heap)

    def run(self):
        for at, task in list(self.due()):
            task.runs += 1
            self.ran.append(task.name)
            self.add(task, at + timedelta(seconds=task.every_s))

    def pending(self):
        return len(self._heap)
''', "tasks/service.py": '''
from .clock import Clock
from .scheduler import Scheduler, Task


class Service:
    def __init__(self, start, plan):
        self.clock = Clock.at(start)
        self.scheduler = Scheduler(self.clock)
        for number, (name, every) in enumerate(plan.items()):
            self.scheduler.add(Task(name, every), self.clock.now.replace(microsecond=number))

    def tick(self, seconds):
        self.clock.forward(seconds)
        self.scheduler.run()
        return self.scheduler.pending()

    def once(self, name):
        self.scheduler.add(Task(name, 3600, tags={"once"}))


def simulate(start, plan, ticks):
    service = Service(start, plan)
    for tick in ticks:
        if isinstance(tick, str):
            service.once(tick)
        else:
            service.tick(tick)
    return service.scheduler.ran
'''}, '''
from tasks.service import simulate
simulate("2026-05-01T06:00:00", {"mail": 60, "sync": 90}, [30, "purge", 60, "backup", "index", 10])
''', [("tasks/scheduler.py", "        self._heap = []\n", "        self._heap = []\n        self._count = itertools.count()\n"),
      ("tasks/scheduler.py", "(at or self.clock.now, task))", "(at or self.clock.now, next(self._count), task))"),
      ("tasks/scheduler.py", "            yield heapq.heappop(self._heap)", "            at, _, task = heapq.heappop(self._heap)\n            yield at, task"),
      ("tasks/scheduler.py", "import heapq\n", "import heapq\nimport itertools\n")])

program("i_month_end", {"leases/__init__.py": "", "leases/months.py": '''
from datetime import date


def next_month(day: date) -> date:
    if day.month == 12:
        return day.replace(year=day.year + 1, month=1)
    return day.replace(month=day.month + 1)


def next_year(day: date) -> date:
    return day.replace(year=day.year + 1)
''', "leases/contract.py": '''
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from .months import next_month, next_year


class Rhythm(Enum):
    MONTHLY = "monthly"
    YEARLY = "yearly"

    def after(self, day):
        return next_month(day) if self is Rhythm.MONTHLY else next_year(day)


@dataclass
class Contract:
    tenant: str
    since: date
    until: date
    rent: int
    rhythm: Rhythm = Rhythm.MONTHLY
    paid: set = field(default_factory=set)

    def due_days(self):
        day = self.since
        while day < self.until:
            yield day
            day = self.rhythm.after(day)

    def open(self, today):
        return [day for day in self.due_days() if day <= today and day not in self.paid]
''', "leases/dunning.py": '''
from datetime import date

from .contract import Contract, Rhythm


class Ledger:
    def __init__(self):
        self.contracts = []

    def read(self, rows):
        for tenant, since, until, rent, rhythm in rows:
            self.contracts.append(Contract(tenant, date.fromisoformat(since), date.fromisoformat(until), rent, Rhythm(rhythm)))
        return self

    def owed(self, today):
        owed = {}
        for contract in self.contracts:
            days = contract.open(today)
            if days:
                owed[contract.tenant] = contract.rent * len(days)
        return owed


def letters(rows, today):
    owed = Ledger().read(rows).owed(date.fromisoformat(today))
    return [f"{tenant}: {cents / 100:.2f} EUR" for tenant, cents in sorted(owed.items())]
'''}, '''
from leases.dunning import letters
letters([("Weber", "2025-11-01", "2026-11-01", 82000, "monthly"), ("Yilmaz", "2025-08-31", "2026-08-31", 64000, "monthly"),
         ("Kato", "2024-05-01", "2027-05-01", 900000, "yearly")], "2026-02-10")
''', [("leases/months.py", "from datetime import date\n", "from calendar import monthrange\nfrom datetime import date\n"),
      ("leases/months.py", "    return day.replace(month=day.month + 1)\n", "    last = monthrange(day.year, day.month + 1)[1]\n    return day.replace(month=day.month + 1, day=min(day.day, last))\n")])
