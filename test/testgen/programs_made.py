"""Programs whose input was made by a function outside of the trace, and whose fix is there: the call with the event's own values stays red. Each may be
reproduced or not; none may be false."""

from programs import program

program("m_rows_of_a_parser", {"intake/__init__.py": "", "intake/rows.py": '''
HEADER = "sku;quantity"


def parse(text):
    lines = text.strip().splitlines()
    return [line.split(";") for line in lines if line != HEADER]


def total(rows):
    return sum(int(row[1]) for row in rows)
'''}, "from intake.rows import parse, total\ntotal(parse('sku;quantity\\nA-1;4\\n# checked\\nB-2;3\\n'))",
        [("intake/rows.py", "if line != HEADER]", 'if line != HEADER and not line.startswith("#")]')])

program("m_reading_of_another_module", {"stations/__init__.py": "", "stations/decode.py": '''
import re

FIELD = re.compile(r"(\\w+)=([^ ]*)")
NUMERIC = {"temp", "wind"}


def number(text):
    return float(text) if text else None


def decode(message):
    """A reading as the station sends it."""
    found = dict(FIELD.findall(message))
    return {name: number(value) if name in NUMERIC else value for name, value in found.items()}
''', "stations/comfort.py": '''
def felt(reading):
    """Wind chill, as far as it counts."""
    temp, wind = reading["temp"], reading.get("wind", 0)
    return temp if wind < 5 else temp - wind / 10


def label(reading):
    return "cold" if felt(reading) < 4 else "mild"
'''}, "from stations.comfort import label\nfrom stations.decode import decode\nlabel(decode('id=K7 temp=3.5 wind='))",
        [("stations/decode.py", "    return {name: number(value) if name in NUMERIC else value for name, value in found.items()}",
          "    return {name: number(value) if name in NUMERIC else value for name, value in found.items() if value}")])

program("m_object_filled_before", {"depot/__init__.py": "", "depot/shelf.py": '''
from dataclasses import dataclass, field


@dataclass
class Shelf:
    width: int
    boxes: list[int] = field(default_factory=list)

    def place(self, size):
        self.boxes.append(size)
        self.boxes.sort()

    def remove(self, size):
        index = self.boxes.index(size)
        self.boxes[index] = None

    def free(self):
        return self.width - sum(self.boxes)
'''}, "from depot.shelf import Shelf\nshelf = Shelf(40)\nfor size in (12, 7, 9):\n    shelf.place(size)\nshelf.remove(9)\nshelf.free()",
        [("depot/shelf.py", "        self.boxes[index] = None", "        del self.boxes[index]")])

program("m_share_of_a_rate", {"billing/__init__.py": "", "billing/rates.py": '''
RATES = {"std": "12", "reduced": "5", "none": "-"}


def rate_of(kind):
    text = RATES[kind]
    return int(text) if text.isdigit() else 0
''', "billing/split.py": '''
def periods(amount, rate):
    return amount // rate


def plan(amount, rate):
    return [rate] * periods(amount, rate)
'''}, "from billing import rates, split\nrate = rates.rate_of('none')\nsplit.plan(60, rate)",
        [("billing/rates.py", "    return int(text) if text.isdigit() else 0", "    return int(text) if text.isdigit() else 1")])

program("m_script_of_the_checkout", {"nightly.py": '''
from jobs.queue import Queue, drain

queue = Queue(["mail", "", "report"])
names = [name for name in queue.names]
print(drain(names))
''', "jobs/__init__.py": "", "jobs/queue.py": '''
class Queue:
    def __init__(self, names):
        self.names = list(names)


def head(name):
    return name[0].upper() + name[1:]


def drain(names):
    return [head(name) for name in names]
'''}, "import importlib.util\npath = importlib.util.find_spec('nightly').origin\nexec(compile(open(path).read(), path, 'exec'), {'__name__': '__main__'})",
        [("nightly.py", "for name in queue.names]", "for name in queue.names if name]")])

program("m_fix_in_the_call", {"paging/__init__.py": "", "paging/pages.py": '''
def sizes(text):
    return [int(part) for part in text.split(",")]


def spread(sizes, per_page):
    """How many pages each size takes."""
    return [size // per_page for size in sizes]
'''}, "from paging.pages import sizes, spread\nspread(sizes('40,25'), 0)",
        [("paging/pages.py", "    return [size // per_page for size in sizes]", "    return [size // per_page if per_page else 1 for size in sizes]")])

program("m_rows_spread_over_a_record", {"freight/__init__.py": "", "freight/parcels.py": '''
import json
from dataclasses import dataclass
from enum import Enum


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass
class Parcel:
    size: str
    pieces: int
    grams: int

    def each(self):
        return self.grams // self.pieces


def parcels(text):
    return [Parcel(**row) for row in json.loads(text)["parcels"]]


def heaviest(text):
    """The weight of a piece in the heaviest large parcel."""
    return max([p.each() for p in parcels(text) if Size(p.size) is Size.LARGE], default=0)
'''}, "from freight.parcels import heaviest\nheaviest('{\"parcels\": [{\"size\": \"large\", \"pieces\": 0, \"grams\": 900}]}')",
        [("freight/parcels.py", "        return self.grams // self.pieces", "        return self.grams // self.pieces if self.pieces else 0")])

program("m_second_locker_blocked", {"lockers/__init__.py": "", "lockers/rows.py": '''
class Locked(Exception):
    pass


class Locker:
    def __init__(self, number, size):
        self.number = number
        self.size = size
        self.free = True

    def block(self):
        self.free = False

    def take(self):
        if not self.free:
            raise Locked(f"locker {self.number} is blocked")
        self.free = False


class Row:
    def __init__(self):
        self.lockers = {}

    def build(self, size):
        number = len(self.lockers) + 1
        self.lockers[number] = Locker(number, size)

    def block(self, number):
        self.lockers[number].block()

    def take_all(self):
        for locker in self.lockers.values():
            locker.take()
'''}, "from lockers.rows import Row\nrow = Row()\nfor size in (3, 5, 8):\n    row.build(size)\nrow.block(2)\nrow.take_all()",
        [("lockers/rows.py", "for locker in self.lockers.values():", "for locker in [l for l in self.lockers.values() if l.free]:")])
