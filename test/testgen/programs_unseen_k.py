"""An eleventh batch, by a writer who had not read the generator: small programs of many trades, the fix where a developer would make it."""

from programs import program

# The hall has no row with so many free seats side by side any more.
program("k_cinema_seats", {"cinema/__init__.py": "", "cinema/hall.py": '''
class Hall:
    def __init__(self, name, rows, per_row):
        self.name = name
        self.seats = [["free"] * per_row for _ in range(rows)]

    def take(self, row, seat):
        if self.seats[row][seat] != "free":
            raise ValueError(f"{row}/{seat} is taken")
        self.seats[row][seat] = "taken"

    def block(self, row, count):
        """The first seat of so many free ones side by side, or None."""
        for start in range(len(self.seats[row]) - count + 1):
            if all(s == "free" for s in self.seats[row][start:start + count]):
                return start
        return None
''', "cinema/booking.py": '''
from cinema.hall import Hall


def best_row(hall, count):
    middle = len(hall.seats) // 2
    for row in sorted(range(len(hall.seats)), key=lambda r: abs(r - middle)):
        if hall.block(row, count) is not None:
            return row
    return -1


def book(hall: Hall, party: list[str]) -> dict[str, tuple[int, int]]:
    row = best_row(hall, len(party))
    start = hall.block(row, len(party))
    places = {}
    for i, guest in enumerate(party):
        hall.take(row, start + i)
        places[guest] = (row, start + i)
    return places
'''}, '''from cinema.booking import book
from cinema.hall import Hall
hall = Hall("Rex", 2, 3)
book(hall, ["ines", "tom"])
book(hall, ["ada", "bo", "cy"])
book(hall, ["lea", "max"])''',
        [("cinema/booking.py", "    places = {}\n", "    if start is None:\n        return {}\n    places = {}\n")])

# A coupon's percentage with a comma, as people of some countries write it: the validator lets it through.
program("k_coupon_validator", {"coupons/__init__.py": "", "coupons/validate.py": '''
import re

SHAPE = re.compile(r"^[A-Z]{3,8}-(\\d+(?:[.,]\\d+)?)$")


class Rejected(Exception):
    pass


def checked(code: str) -> str:
    code = code.strip().upper()
    if not SHAPE.match(code):
        raise Rejected(code)
    return code
''', "coupons/apply.py": '''
from decimal import Decimal

from coupons.validate import checked


def rate(code: str) -> Decimal:
    return Decimal(code.rpartition("-")[2]) / 100


def reduced(total: Decimal, code: str) -> Decimal:
    code = checked(code)
    return (total * (1 - rate(code))).quantize(Decimal("0.01"))
'''}, '''from decimal import Decimal
from coupons.apply import reduced
reduced(Decimal("80.00"), " winter-12,5")''',
        [("coupons/validate.py", "    return code\n", '    return code.replace(",", ".")\n')])

# An image without a size, in one of the threads of a pool.
program("k_thumbnail_pool", {"thumbs/__init__.py": "", "thumbs/scale.py": '''
def fit(width: int, height: int, box: int) -> tuple[int, int]:
    factor = min(box / width, box / height, 1)
    return round(width * factor), round(height * factor)
''', "thumbs/batch.py": '''
from concurrent.futures import ThreadPoolExecutor

from thumbs.scale import fit


def plan(image: dict, box: int = 128) -> dict:
    width, height = fit(image["width"], image["height"], box)
    return {"name": image["name"], "size": f"{width}x{height}"}


def plan_all(images: list[dict]) -> list[dict]:
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(plan, images))
'''}, '''from thumbs.batch import plan_all
plan_all([{"name": "a.png", "width": 640, "height": 480}, {"name": "svg", "width": 0, "height": 0}])''',
        [("thumbs/batch.py", "pool.map(plan, images)", 'pool.map(plan, (i for i in images if i["width"] and i["height"]))')])

# A kind of message that no handler is registered for, of a queue that another system fills.
program("k_async_inbox", {"inbox/__init__.py": "", "inbox/router.py": '''
import asyncio


class Router:
    def __init__(self):
        self.handlers = {}

    def on(self, kind):
        def register(function):
            self.handlers[kind] = function
            return function
        return register

    async def dispatch(self, message: dict):
        handler = self.handlers[message["kind"]]
        return await handler(message)


async def drain(router: Router, messages: list[dict]) -> list:
    queue = asyncio.Queue()
    for message in messages:
        queue.put_nowait(message)
    done = []
    while not queue.empty():
        done.append(await router.dispatch(await queue.get()))
    return done
''', "inbox/app.py": '''
from inbox.router import Router, drain

router = Router()


@router.on("mail")
async def mail(message):
    return message["from"].lower()


@router.on("call")
async def call(message):
    return message["number"].replace(" ", "")


async def main(messages):
    return await drain(router, messages)
'''}, '''import asyncio
from inbox.app import main
asyncio.run(main([{"kind": "mail", "from": "Ann"}, {"kind": "fax", "number": "12"}]))''',
        [("inbox/router.py", '''        handler = self.handlers[message["kind"]]
''', '''        handler = self.handlers.get(message["kind"])
        if handler is None:
            return None
''')])

# A part that contains an assembly of which it is itself a part.
program("k_bill_of_materials", {"parts/__init__.py": "", "parts/catalogue.py": '''
class Catalogue:
    def __init__(self):
        self.contents = {}
        self.weights = {}

    def add(self, part, weight=0.0, **contents):
        self.weights[part] = weight
        self.contents[part] = contents
        return self
''', "parts/weigh.py": '''
from parts.catalogue import Catalogue


def weight(catalogue: Catalogue, part: str) -> float:
    own = catalogue.weights[part]
    return own + sum(n * weight(catalogue, inner) for inner, n in catalogue.contents[part].items())


def packing_list(catalogue: Catalogue, parts: list[str]) -> dict[str, float]:
    return {part: round(weight(catalogue, part), 2) for part in parts}
'''}, '''from parts.catalogue import Catalogue
from parts.weigh import packing_list
c = Catalogue().add("bolt", 0.01).add("wheel", 1.2, bolt=4, axle=1).add("axle", 2.0, wheel=2)
packing_list(c, ["bolt", "axle"])''',
        [("parts/weigh.py", "def weight(catalogue: Catalogue, part: str) -> float:\n", "def weight(catalogue: Catalogue, part: str, above: tuple = ()) -> float:\n    if part in above:\n        return 0.0\n"),
         ("parts/weigh.py", "n * weight(catalogue, inner) for", "n * weight(catalogue, inner, (*above, part)) for")])

# An empty line in a meter's telegram, which the pattern does not match.
program("k_meter_telegram", {"meter/__init__.py": "", "meter/obis.py": '''
import re

LINE = re.compile(r"(?P<medium>\\d)-(?P<channel>\\d):(?P<code>[\\d.]+)\\((?P<value>[^*)]*)(?:\\*(?P<unit>\\w+))?\\)")


class Telegram:
    def __init__(self, text):
        self.lines = text.strip().splitlines()

    def fields(self):
        for line in self.lines[1:]:
            if line.startswith("!"):
                return
            found = LINE.match(line)
            yield found["code"], found["value"], found["unit"]


def readings(telegram: Telegram) -> dict[str, float]:
    return {code: float(value) for code, value, unit in telegram.fields() if unit == "kWh"}
'''}, '''from meter.obis import Telegram, readings
readings(Telegram("/ISK5 M550\\n1-0:1.8.1(000123.4*kWh)\\n\\n1-0:2.8.1(000017.9*kWh)\\n!5A1C"))''',
        [("meter/obis.py", "            found = LINE.match(line)\n", "            found = LINE.match(line)\n            if not found:\n                continue\n")])

# A card's month of expiry is December: the day after it is in a month that is none.
program("k_card_expiry", {"cards/__init__.py": "", "cards/model.py": '''
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Card:
    holder: str
    month: int
    year: int

    @property
    def ends(self) -> date:
        """The first day on which it is not valid any more."""
        return date(self.year, self.month + 1, 1)

    def valid(self, on: date) -> bool:
        return on < self.ends
''', "cards/check.py": '''
from datetime import date

from cards.model import Card


def parse(holder: str, text: str) -> Card:
    month, year = text.split("/")
    return Card(holder, int(month), 2000 + int(year))


def usable(cards: list[tuple[str, str]], on: date) -> list[str]:
    return [card.holder for card in (parse(*c) for c in cards) if card.valid(on)]
'''}, '''from datetime import date
from cards.check import usable
usable([("ola", "03/27"), ("kim", "12/27")], date(2026, 5, 4))''',
        [("cards/model.py", "date(self.year, self.month + 1, 1)", "date(self.year + self.month // 12, self.month % 12 + 1, 1)")])

# XML of a supplier where an article has no price: `find` gives None.
program("k_supplier_xml", {"feed/__init__.py": "", "feed/articles.py": '''
import xml.etree.ElementTree as ET
from collections import namedtuple
from decimal import Decimal

Article = namedtuple("Article", "sku title price")


def article(node) -> Article:
    return Article(node.get("sku"), node.findtext("title"), Decimal(node.find("price").text))


def articles(text: str) -> list[Article]:
    return [article(node) for node in ET.fromstring(text).iter("article")]


def dearest(text: str) -> str:
    return max(articles(text), key=lambda a: a.price).sku
'''}, '''from feed.articles import dearest
dearest("<feed><article sku='a1'><title>Lamp</title><price>19.90</price></article><article sku='a2'><title>Gift</title></article></feed>")''',
        [("feed/articles.py", 'Decimal(node.find("price").text)', 'Decimal(node.findtext("price", "0"))')])

# A lock of doors that is asked for by someone whose badge was taken away: the repository's answer is None.
program("k_badge_access", {"access/__init__.py": "", "access/people.py": '''
from dataclasses import dataclass, field
from enum import Enum


class Zone(Enum):
    LOBBY = 1
    LAB = 2
    VAULT = 3


@dataclass
class Badge:
    number: str
    zones: set[Zone] = field(default_factory=set)
    revoked: bool = False


@dataclass
class Person:
    name: str
    badges: list[Badge]

    def badge(self):
        return next((b for b in self.badges if not b.revoked), None)
''', "access/doors.py": '''
from access.people import Person, Zone


class Door:
    def __init__(self, zone: Zone):
        self.zone = zone
        self.log = []

    def opens_for(self, person: Person) -> bool:
        allowed = self.zone in person.badge().zones
        self.log.append((person.name, allowed))
        return allowed
'''}, '''from access.doors import Door
from access.people import Badge, Person, Zone
door = Door(Zone.LAB)
door.opens_for(Person("Ida", [Badge("7", {Zone.LAB})]))
door.opens_for(Person("Rolf", [Badge("9", {Zone.LOBBY, Zone.LAB}, True)]))''',
        [("access/doors.py", "allowed = self.zone in person.badge().zones", "badge = person.badge()\n        allowed = badge is not None and self.zone in badge.zones")])

# A new order of a shop without an address to ship to, in a Flask view that calls a service.
program("k_flask_shipping", {"api/__init__.py": "", "api/shipping.py": '''
ZONES = {"DE": 1, "AT": 1, "FR": 2}
PRICES = {1: 490, 2: 890, 3: 1690}


def price(address: dict, grams: int) -> int:
    zone = ZONES.get(address["country"].upper(), 3)
    return PRICES[zone] + max(0, grams - 2000) // 1000 * 150
''', "api/app.py": '''
from flask import Flask, jsonify, request

from api.shipping import price

app = Flask(__name__)


@app.post("/quotes")
def quote():
    order = request.get_json()
    grams = sum(item["grams"] * item.get("count", 1) for item in order["items"])
    return jsonify(cents=price(order["address"], grams))
'''}, '''import sentry_sdk
from api.app import app
app.test_client().post("/quotes", json={"items": [{"grams": 400}, {"grams": 90, "count": 3}], "address": {"city": "Graz", "country": None}})''',
        [("api/shipping.py", 'address["country"].upper()', '(address["country"] or "").upper()')])

# Settings of a service whose number of workers has a comment behind it.
program("k_ini_workers", {"conf/__init__.py": "", "conf/load.py": '''
import configparser


class Settings:
    def __init__(self, text: str):
        self._parser = configparser.ConfigParser()
        self._parser.read_string(text)

    def number(self, section: str, name: str, default: int = 0) -> int:
        return int(self._parser.get(section, name, fallback=str(default)))

    def sections(self):
        return self._parser.sections()
''', "conf/service.py": '''
from conf.load import Settings


def workers(settings: Settings) -> dict[str, int]:
    return {name: settings.number(name, "workers", 1) for name in settings.sections()}


def start(text: str) -> int:
    return sum(workers(Settings(text)).values())
'''}, '''from conf.service import start
start("[mail]\\nworkers = 2\\n[web]\\nport = 80\\nworkers = 8 ; two per core\\n")''',
        [("conf/load.py", "configparser.ConfigParser()", 'configparser.ConfigParser(inline_comment_prefixes=(";", "#"))')])

# Bytes of an old terminal in a name, sent as UTF-8 by contract but not in truth.
program("k_label_printer", {"labels/__init__.py": "", "labels/frame.py": '''
import struct

HEAD = struct.Struct(">BHH")


class Frame:
    def __init__(self, kind, body):
        self.kind = kind
        self.body = body

    @classmethod
    def read(cls, data: bytes) -> "Frame":
        kind, length, _ = HEAD.unpack_from(data)
        return cls(kind, data[HEAD.size:HEAD.size + length])


def text_of(frame: Frame) -> str:
    return frame.body.decode("utf-8").rstrip()


def lines(stream: list[bytes]) -> list[str]:
    return [text_of(frame) for frame in map(Frame.read, stream) if frame.kind == 2]
'''}, '''from labels.frame import lines
lines([b"\\x02\\x00\\x04\\x00\\x00Rose", b"\\x01\\x00\\x00\\x00\\x00", b"\\x02\\x00\\x05\\x00\\x00Zo\\xe9 B"])''',
        [("labels/frame.py", 'decode("utf-8")', 'decode("utf-8", "replace")')])

# The rate of an hour that is not in the table, by a cache that holds what the first asker of the day got.
program("k_parking_tariff", {"src/parking/__init__.py": "", "src/parking/rates.py": '''
from functools import lru_cache

TABLE = {"day": [(1, 200), (3, 500), (12, 1500)], "night": [(2, 100), (8, 300)]}


@lru_cache(maxsize=64)
def rate(kind: str, hours: int) -> int:
    return next(cents for limit, cents in TABLE[kind] if hours <= limit)


def kind_of(hour: int) -> str:
    return "day" if 6 <= hour < 22 else "night"
''', "src/parking/exit.py": '''
from datetime import datetime

from parking.rates import kind_of, rate


def hours(entered: datetime, left: datetime) -> int:
    seconds = (left - entered).total_seconds()
    return int(-(-seconds // 3600))


def due(tickets: dict[str, tuple[datetime, datetime]]) -> dict[str, int]:
    return {plate: rate(kind_of(entered.hour), hours(entered, left)) for plate, (entered, left) in tickets.items()}
'''}, '''from datetime import datetime as t
from parking.exit import due
due({"W 12 A": (t(2026, 3, 1, 8), t(2026, 3, 1, 9, 30)), "G 77 K": (t(2026, 3, 1, 23, 5), t(2026, 3, 2, 9, 0))})''',
        [("src/parking/rates.py", "if hours <= limit)", "if hours <= limit or limit == TABLE[kind][-1][0])")])
