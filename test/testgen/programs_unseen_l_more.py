"""The second half of the twelfth batch."""

from programs import program

# A line of a census that ends too early: the reader fills what is missing with None.
program("l_census_short_row", {"census/__init__.py": "", "census/read.py": '''
import csv
import io

BANDS = [(0, "child"), (18, "adult"), (67, "senior")]


def band(age: int) -> str:
    name = BANDS[0][1]
    for least, label in BANDS:
        if age >= least:
            name = label
    return name


class Household:
    def __init__(self, street):
        self.street = street
        self.counts = {}

    def count(self, row: dict) -> None:
        label = band(int(row["age"].strip()))
        self.counts[label] = self.counts.get(label, 0) + 1


def households(text: str) -> dict[str, Household]:
    found = {}
    for row in csv.DictReader(io.StringIO(text), delimiter=";"):
        found.setdefault(row["street"], Household(row["street"])).count(row)
    return found
''', "census/report.py": '''
from census.read import households


def report(text: str) -> list[str]:
    return [f"{street}: {sum(h.counts.values())}" for street, h in sorted(households(text).items())]
'''}, '''from census.report import report
report("street;name;age\\nElm Row 1;Bea; 34\\nElm Row 1;Otto; 71\\nMill Ln 9;Cleo\\n")''',
        [("census/read.py", '        label = band(int(row["age"].strip()))\n', '        age = (row["age"] or "").strip()\n        label = band(int(age)) if age else "unknown"\n')])

# A telephone number with an extension: the error of the number is wrapped in the import's own.
program("l_contact_import", {"contacts/__init__.py": "", "contacts/phone.py": '''
import re


def normal(text: str, country: str = "49") -> str:
    digits = re.sub(r"[\\s()/-]", "", text)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = f"+{country}{digits[1:]}"
    int(digits.lstrip("+"))
    return digits
''', "contacts/importer.py": '''
import json

from contacts.phone import normal


class ImportFailed(Exception):
    def __init__(self, line, reason):
        super().__init__(f"line {line}: {reason}")
        self.line = line


def contact(number: int, line: str) -> dict:
    try:
        record = json.loads(line)
        return {"name": record["name"].title(), "phone": normal(record["phone"])}
    except (ValueError, KeyError) as error:
        raise ImportFailed(number, error) from error


def load(text: str) -> list[dict]:
    return [contact(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
'''}, '''from contacts.importer import load
load('{"name": "ada roth", "phone": "0171 / 55-20"}\\n\\n{"name": "jo lind", "phone": "(030) 7788 ext. 12"}')''',
        [("contacts/phone.py", '    digits = re.sub(r"[\\s()/-]", "", text)\n', '    text = re.split(r"ext|x", text, flags=re.I)[0]\n    digits = re.sub(r"[\\s()/-]", "", text)\n')])

# A membership of the gym that is paused without a date on which the pause ends.
program("l_gym_pause", {"gym/__init__.py": "", "gym/member.py": '''
from datetime import date


class Membership:
    def __init__(self, name, until, paused=None):
        self.name = name
        self.until = until
        self.paused = paused

    @classmethod
    def from_record(cls, record: dict) -> "Membership":
        def day(key):
            return date.fromisoformat(record[key]) if record.get(key) else None
        paused = (day("pause_from"), day("pause_to")) if record.get("pause_from") else None
        return cls(record["name"], day("until"), paused)

    @property
    def extended_until(self) -> date:
        if self.paused is None:
            return self.until
        first, last = self.paused
        return self.until + (last - first)
''', "gym/desk.py": '''
from datetime import date

from gym.member import Membership


def may_enter(record: dict, on: date) -> bool:
    return on <= Membership.from_record(record).extended_until


def turned_away(records: list[dict], on: date) -> list[str]:
    return [record["name"] for record in records if not may_enter(record, on)]
'''}, '''from datetime import date
from gym.desk import turned_away
turned_away([{"name": "Uma", "until": "2026-06-30"}, {"name": "Finn", "until": "2026-03-31", "pause_from": "2026-02-01", "pause_to": ""}], date(2026, 5, 1))''',
        [("gym/member.py", "        first, last = self.paused\n", "        first, last = self.paused\n        if last is None:\n            return date.max\n")])

# A cache of translations that is switched off with the size 0 has nothing to throw out.
program("l_translation_cache", {"i18n/__init__.py": "", "i18n/cache.py": '''
from collections import OrderedDict


class Cache:
    def __init__(self, size: int):
        self.size = size
        self._held = OrderedDict()

    def get(self, key, make):
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        if len(self._held) >= self.size:
            self._held.popitem(last=False)
        value = self._held[key] = make()
        return value
''', "i18n/translate.py": '''
from i18n.cache import Cache

WORDS = {"de": {"cart": "Warenkorb", "pay": "Bezahlen"}, "fr": {"cart": "Panier"}}


class Translator:
    def __init__(self, language: str, options: dict):
        self.words = WORDS.get(language, {})
        self.cache = Cache(int(options.get("cache", 100)))

    def text(self, key: str) -> str:
        return self.cache.get(key, lambda: self.words.get(key, key))


def page(keys: list[str], language: str, options: dict) -> list[str]:
    translator = Translator(language, options)
    return [translator.text(key) for key in keys]
'''}, '''from i18n.translate import page
page(["cart", "pay", "cart"], "fr", {"theme": "dark", "cache": "0"})''',
        [("i18n/cache.py", "        self.size = size\n", "        self.size = max(size, 1)\n")])

# The apprentice's own constructor leaves out what the one above sets.
program("l_payroll_apprentice", {"payroll/__init__.py": "", "payroll/staff.py": '''
class Employee:
    def __init__(self, name: str, monthly: int):
        self.name = name
        self.monthly = monthly
        self.bonuses = []

    def gross(self) -> int:
        return self.monthly + sum(self.bonuses)


class Manager(Employee):
    def gross(self) -> int:
        return super().gross() + 50000


class Apprentice(Employee):
    STEPS = {1: 98000, 2: 108000, 3: 119000}

    def __init__(self, name: str, year: int):
        self.name = name
        self.monthly = self.STEPS[year]
        self.year = year
''', "payroll/run.py": '''
from payroll.staff import Apprentice, Employee, Manager

KINDS = {"employee": Employee, "manager": Manager, "apprentice": Apprentice}


def hire(row: dict) -> Employee:
    kind = KINDS[row["kind"]]
    return kind(row["name"], row["year"] if kind is Apprentice else row["monthly"])


def payroll(rows: list[dict]) -> dict[str, int]:
    return {person.name: person.gross() for person in map(hire, rows)}
'''}, '''from payroll.run import payroll
payroll([{"kind": "manager", "name": "Iris", "monthly": 610000}, {"kind": "apprentice", "name": "Levi", "year": 2}])''',
        [("payroll/staff.py", "        self.name = name\n        self.monthly = self.STEPS[year]\n", "        super().__init__(name, self.STEPS[year])\n")])

# The odd value at the end of the pairs of a sensor's log: StopIteration within a generator.
program("l_sensor_pairs", {"sensors/__init__.py": "", "sensors/log.py": '''
def values(text: str):
    for part in text.split(","):
        if part.strip():
            yield int(part)


def pairs(numbers):
    """Temperature and humidity, one after the other."""
    numbers = iter(numbers)
    for temperature in numbers:
        humidity = next(numbers)
        yield temperature / 10, humidity
''', "sensors/comfort.py": '''
from sensors.log import pairs, values


class Room:
    def __init__(self, name, limit=26.0):
        self.name = name
        self.limit = limit

    def too_warm(self, log: str) -> int:
        return sum(1 for warm, damp in pairs(values(log)) if warm + damp / 50 > self.limit)


def alarms(logs: dict[str, str], limit: float) -> list[str]:
    return [name for name, log in logs.items() if Room(name, limit).too_warm(log) > 1]
'''}, '''from sensors.comfort import alarms
alarms({"attic": "281,40,279,44", "cellar": "142,71,139,"}, 26.5)''',
        [("sensors/log.py", "        humidity = next(numbers)\n", "        humidity = next(numbers, None)\n        if humidity is None:\n            return\n")])

# A stop that the courier's phone sent without a position, in a thread that reckons the way.
program("l_courier_distance", {"courier/__init__.py": "", "courier/geo.py": '''
from math import asin, cos, radians, sin, sqrt


def km(a: tuple, b: tuple) -> float:
    la, lb = radians(a[0]), radians(b[0])
    h = sin((lb - la) / 2) ** 2 + cos(la) * cos(lb) * sin(radians(b[1] - a[1]) / 2) ** 2
    return 2 * 6371 * asin(sqrt(h))


def position(stop: dict) -> tuple[float, float]:
    return stop["pos"]["lat"], stop["pos"]["lon"]


def length(stops: list[dict]) -> float:
    points = [position(stop) for stop in stops]
    return round(sum(km(a, b) for a, b in zip(points, points[1:])), 1)
''', "courier/day.py": '''
import json
from concurrent.futures import ThreadPoolExecutor

from courier.geo import length


def tour(line: str) -> tuple[str, float]:
    data = json.loads(line)
    return data["courier"], length(data["stops"])


def day(lines: list[str]) -> dict[str, float]:
    with ThreadPoolExecutor(max_workers=3) as pool:
        jobs = [pool.submit(tour, line) for line in lines]
        return dict(job.result() for job in jobs)
'''}, '''from courier.day import day
day(['{"courier": "c1", "stops": [{"pos": {"lat": 48.1, "lon": 11.5}}, {"pos": {"lat": 48.2, "lon": 11.6}}]}', '{"courier": "c2", "stops": [{"pos": {"lat": 48.0, "lon": 11.4}}, {"pos": null}]}'])''',
        [("courier/geo.py", "    points = [position(stop) for stop in stops]\n", '    points = [position(stop) for stop in stops if stop.get("pos")]\n')])
