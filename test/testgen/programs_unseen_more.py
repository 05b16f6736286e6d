"""A second batch, written after the generator had been changed for the first, again without a look at what it does with them."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

program("v_shipping_rates", {"src/shipping/__init__.py": "", "src/shipping/rates.py": '''
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Optional


@dataclass(frozen=True)
class Parcel:
    weight: Decimal
    country: str
    insured: Optional[Decimal] = None


@dataclass
class Tariff:
    zones: dict
    steps: list = field(default_factory=list)

    def base(self, parcel):
        zone = self.zones[parcel.country]
        for limit, price in self.steps:
            if parcel.weight <= limit:
                return price * zone
        return None

    def quote(self, parcel):
        price = self.base(parcel)
        if parcel.insured:
            price += parcel.insured / 100
        return price.quantize(Decimal("0.01"))
'''}, "from decimal import Decimal as D\nfrom shipping.rates import *\nTariff({'FR': D('1.2')}, [(D('2'), D('5'))]).quote(Parcel(D('3.5'), 'FR'))",
        [("src/shipping/rates.py", "        return None\n\n    def quote", "        return Decimal(\"99\")\n\n    def quote")])

program("v_ini_reader", {"inifile.py": '''
def parse(lines):
    sections = {}
    current = None
    for line in lines:
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            current = sections.setdefault(line[1:-1], {})
        else:
            key, value = line.split("=", 1)
            current[key.strip()] = value.strip()
    return sections
'''}, "from inifile import parse\nparse(['# server', 'host = example.org', '[db]', 'port = 5432'])",
        [("inifile.py", "    current = None\n", '    current = sections.setdefault("", {})\n')])

program("v_queue_worker", {"worker_app/__init__.py": "", "worker_app/queue.py": '''
import threading
from collections import deque


class Queue:
    def __init__(self, name, limit=100):
        self.name = name
        self.limit = limit
        self._lock = threading.Lock()
        self._items = deque()
        self.dead = []

    def push(self, item):
        with self._lock:
            self._items.append(item)

    def take(self):
        with self._lock:
            return self._items.popleft()


class Worker:
    def __init__(self, queue, handler):
        self.queue = queue
        self.handler = handler
        self.done = 0

    def step(self):
        item = self.queue.take()
        self.handler(item)
        self.done += 1
'''}, "from worker_app.queue import *\nw = Worker(Queue('mail'), print)\nw.step()",
        [("worker_app/queue.py", "            return self._items.popleft()", "            return self._items.popleft() if self._items else None")])

program("v_weekday_report", {"rota.py": '''
import datetime as dt

SHIFTS = {0: "early", 1: "early", 2: "late", 3: "late", 4: "early"}


def shift_of(day):
    return SHIFTS[day.weekday()]


def rota(first, days):
    return {(first + dt.timedelta(days=i)).isoformat(): shift_of(first + dt.timedelta(days=i)) for i in range(days)}
'''}, "import datetime as dt\nfrom rota import rota\nrota(dt.date(2026, 3, 5), 3)", [("rota.py", "SHIFTS[day.weekday()]", 'SHIFTS.get(day.weekday(), "off")')])

program("v_tree_visitor", {"astlike.py": '''
class Num:
    def __init__(self, value):
        self.value = value


class Op:
    def __init__(self, sign, left, right):
        self.sign = sign
        self.left = left
        self.right = right


class Evaluator:
    def visit(self, node):
        return getattr(self, "visit_" + type(node).__name__.lower())(node)

    def visit_num(self, node):
        return node.value

    def visit_op(self, node):
        left, right = self.visit(node.left), self.visit(node.right)
        if node.sign == "+":
            return left + right
        if node.sign == "/":
            return left / right
        raise ValueError(node.sign)
'''}, "from astlike import *\nEvaluator().visit(Op('/', Num(4), Op('+', Num(2), Num(-2))))",
        [("astlike.py", "return left / right", 'return left / right if right else float("inf")')])

program("v_url_builder", {"src/links/__init__.py": "", "src/links/build.py": '''
from urllib.parse import urlsplit, urlencode

PORTS = {"http": 80, "https": 443}


def port_of(url):
    parts = urlsplit(url)
    return parts.port or PORTS[parts.scheme]


def signed(url, params, *, secret=None):
    query = urlencode(sorted(params.items()))
    return f"{url}?{query}&port={port_of(url)}"
'''}, "from links.build import signed\nsigned('ftp://files.example.org/a', {'b': 1, 'a': 2}, secret='s3')", [("src/links/build.py", "PORTS[parts.scheme]", "PORTS.get(parts.scheme, 0)")])

program("v_coroutine_timeout", {"fetcher/__init__.py": "", "fetcher/client.py": '''
import asyncio


class NotReady(RuntimeError):
    pass


class Client:
    def __init__(self, base):
        self.base = base
        self.session = None

    async def open(self):
        self.session = {"base": self.base}
        return self

    async def get(self, path):
        await asyncio.sleep(0)
        if self.session is None:
            raise NotReady("open the client of %s first" % self.base)
        return self.session["base"] + path
'''}, "import asyncio\nfrom fetcher.client import Client\nasyncio.run(Client('https://api.example.org').get('/v1'))",
        [("fetcher/client.py", '            raise NotReady("open the client of %s first" % self.base)', "            await self.open()")])

program("v_pivot_table", {"pivot.py": '''
from collections import defaultdict


def pivot(rows, index, column, value):
    table = defaultdict(dict)
    for row in rows:
        table[row[index]][row[column]] = row[value]
    return table


def totals(rows):
    table = pivot(rows, "city", "month", "sold")
    months = sorted({row["month"] for row in rows})
    return {city: [cells[m] for m in months] for city, cells in table.items()}
'''}, "from pivot import totals\ntotals([{'city': 'Oslo', 'month': 1, 'sold': 4}, {'city': 'Bergen', 'month': 2, 'sold': 7}])",
        [("pivot.py", "[cells[m] for m in months]", "[cells.get(m, 0) for m in months]")])

program("v_bytes_header", {"packet.py": '''
MAGIC = b"PK"


class Corrupt(Exception):
    """The packet is not what it says."""


def header(data):
    if data[:2] != MAGIC:
        raise Corrupt(f"magic is {data[:2]!r}")
    length = int.from_bytes(data[2:4], "big")
    return length, data[4]


def body(data):
    length, kind = header(data)
    return kind, data[5:5 + length]
'''}, "from packet import body\nbody(b'PK\\x00\\x02')", [("packet.py", "return length, data[4]", "return length, data[4] if len(data) > 4 else 0")])

program("v_fastapi_item", {"api_app/__init__.py": "", "api_app/main.py": '''
from fastapi import FastAPI

from api_app.prices import discount

app = FastAPI()


@app.get("/items/{number}")
def item(number: int, coupon: str = ""):
    return {"number": number, "price": discount(100, coupon)}
''', "api_app/prices.py": '''
COUPONS = {"TEN": 10, "HALF": 50}


def discount(price, coupon):
    if not coupon:
        return price
    return price * (100 - COUPONS[coupon.upper()]) // 100
'''}, "from fastapi.testclient import TestClient\nfrom api_app.main import app\nTestClient(app).get('/items/7?coupon=summer')",
        [("api_app/prices.py", "COUPONS[coupon.upper()]", "COUPONS.get(coupon.upper(), 0)")])

program("v_django_view", {"manage_settings.py": '''
SECRET_KEY = "x"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop_urls"
INSTALLED_APPS = []
MIDDLEWARE = []
''', "shop_urls.py": '''
from django.urls import path

from shop_views import cart

urlpatterns = [path("cart/<int:number>/", cart)]
''', "shop_views.py": '''
import json

from django.http import JsonResponse

RATES = {"fr": 20, "de": 19}


def tax(amount, country):
    return amount * RATES[country] / 100


def cart(request, number):
    body = json.loads(request.body)
    return JsonResponse({"number": number, "tax": tax(body["amount"], body["country"])})
'''}, "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'manage_settings'\nimport django\ndjango.setup()\nfrom django.test import Client\n"
     "Client(raise_request_exception=True).post('/cart/3/', data='{\"amount\": 50, \"country\": \"it\"}', content_type='application/json')",
        [("shop_views.py", "RATES[country]", "RATES.get(country, 22)")])

program("v_version_compare", {"versions.py": '''
import functools


@functools.total_ordering
class Version:
    def __init__(self, text):
        self.text = text
        self.parts = [int(p) for p in text.split(".")]

    def __eq__(self, other):
        return self.parts == other.parts

    def __lt__(self, other):
        return self.parts < other.parts


def newest(names):
    return max(names, key=Version)
'''}, "from versions import newest\nnewest(['1.9.0', '1.10.0', '2.0.0rc1'])",
        [("versions.py", 'int(p) for p in text.split(".")', 'int("".join(c for c in p if c.isdigit()) or 0) for p in text.split(".")')])

program("v_enum_permission", {"perm/__init__.py": "", "perm/rules.py": '''
from enum import Flag, auto


class Right(Flag):
    READ = auto()
    WRITE = auto()
    OWN = READ | WRITE


RULES = {"viewer": Right.READ, "editor": Right.OWN}


def rights(member):
    granted = Right(0)
    for role in member["roles"]:
        granted |= RULES.get(role)
    return granted


def allowed(member, right):
    return right in rights(member)
'''}, "from perm.rules import *\nallowed({'id': 3, 'roles': ['viewer', 'intern']}, Right.WRITE)", [("perm/rules.py", "RULES.get(role)", "RULES.get(role, Right(0))")])

program("v_retry_chain", {"gateway.py": '''
class GatewayError(Exception):
    pass


class Declined(GatewayError):
    def __init__(self, code):
        self.code = code
        super().__init__("declined with code %s" % code)


def charge(card, amount):
    if amount > card["limit"]:
        raise Declined(card.get("code", "51"))
    return {"id": "ch_1", "amount": amount}


def pay(card, amounts):
    paid = []
    for amount in amounts:
        try:
            paid.append(charge(card, amount))
        except GatewayError as error:
            raise RuntimeError(f"payment {len(paid) + 1} of {len(amounts)} failed") from error
    return paid
'''}, "from gateway import pay\npay({'limit': 40, 'holder': 'x'}, [10, 20, 60])",
        [("gateway.py", '            raise RuntimeError(f"payment {len(paid) + 1} of {len(amounts)} failed") from error', '            paid.append({"failed": error.code})')])

program("v_expiry_clock", {"licences.py": '''
import datetime


class Licence:
    def __init__(self, owner, until):
        self.owner = owner
        self.until = until


def days_left(licence):
    return (licence.until - datetime.datetime.now()).days


def banner(licence):
    levels = ["expired", "last days", "soon", "fine"]
    return levels[min(days_left(licence) // 10 + 1, 4)]
'''}, "import datetime\nfrom licences import *\nbanner(Licence('ann', datetime.datetime.now() + datetime.timedelta(days=400)))", [("licences.py", "+ 1, 4)", "+ 1, 3)")])

program("v_env_mode", {"runtime/__init__.py": "", "runtime/settings.py": '''
import os

MODES = {"dev": 1, "live": 4}


def workers():
    return MODES[os.environ.get("APP_MODE", "production")]


def pool(size=None):
    return {"workers": size or workers()}
'''}, "from runtime.settings import pool\npool()", [("runtime/settings.py", 'return MODES[os.environ.get("APP_MODE", "production")]', 'return MODES.get(os.environ.get("APP_MODE", "production"), 2)')])

UNSEEN = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
