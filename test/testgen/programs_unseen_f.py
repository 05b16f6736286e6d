"""A sixth batch, written after the search was changed for the fifth, again before the generator was run on any of it."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

program("f_invoice_tax", {"src/billing/__init__.py": "", "src/billing/tax.py": '''
from decimal import Decimal
from enum import Enum


class Country(Enum):
    FR = "FR"
    DE = "DE"
    CH = "CH"


RATES = {Country.FR: Decimal("0.20"), Country.DE: Decimal("0.19")}


def tax(net: Decimal, country: Country) -> Decimal:
    return (net * RATES[country]).quantize(Decimal("0.01"))
''', "src/billing/invoice.py": '''
from dataclasses import dataclass
from decimal import Decimal

from .tax import Country, tax


@dataclass
class Item:
    text: str
    net: Decimal


@dataclass
class Invoice:
    number: str
    country: Country
    items: list[Item]

    @property
    def gross(self) -> Decimal:
        return sum((item.net + tax(item.net, self.country) for item in self.items), Decimal("0"))


def summary(invoices: list[Invoice]) -> dict[str, str]:
    return {i.number: f"{i.gross:.2f}" for i in invoices}
''', "tests/test_invoice.py": '''
from decimal import Decimal

from billing.invoice import Invoice, Item, summary
from billing.tax import Country


def test_summary():
    invoice = Invoice("2026-1", Country.FR, [Item("desk", Decimal("100"))])
    assert summary([invoice]) == {"2026-1": "120.00"}
'''}, '''
from decimal import Decimal
from billing.invoice import *
summary([Invoice("2026-7", Country.DE, [Item("lamp", Decimal("40"))]), Invoice("2026-8", Country.CH, [Item("chair", Decimal("75.50"))])])
''', [("src/billing/tax.py", "RATES[country])", 'RATES.get(country, Decimal("0")))')])

program("f_chunk_upload", {"uploads/__init__.py": "", "uploads/session.py": '''
class UploadError(Exception):
    pass


class Session:
    """Takes the parts of a file in any order."""

    def __init__(self, size, part_size):
        self.size = size
        self.part_size = part_size
        self.parts = [None] * (size // part_size)

    def put(self, number, data):
        if len(data) > self.part_size:
            raise UploadError(f"part {number} is too large")
        self.parts[number] = data

    @property
    def complete(self):
        return all(p is not None for p in self.parts)

    def join(self):
        if not self.complete:
            raise UploadError("parts are missing")
        return b"".join(self.parts)


def receive(size, part_size, parts):
    session = Session(size, part_size)
    for number, data in parts:
        session.put(number, data)
    return session.join()
'''}, "from uploads.session import receive\nreceive(10, 4, [(0, b'abcd'), (1, b'efgh'), (2, b'ij')])",
        [("uploads/session.py", "[None] * (size // part_size)", "[None] * -(-size // part_size)")])

program("f_query_builder", {"src/sqlish/__init__.py": "", "src/sqlish/ast.py": '''
class Expr:
    def __and__(self, other):
        return And(self, other)

    def __or__(self, other):
        return Or(self, other)


class Column(Expr):
    def __init__(self, name):
        self.name = name

    def eq(self, value):
        return Compare(self, "=", value)

    def among(self, values):
        return Among(self, values)


class Compare(Expr):
    def __init__(self, column, operator, value):
        self.column, self.operator, self.value = column, operator, value


class Among(Expr):
    def __init__(self, column, values):
        self.column, self.values = column, values


class And(Expr):
    def __init__(self, left, right):
        self.left, self.right = left, right


class Or(And):
    pass
''', "src/sqlish/compile.py": '''
from functools import singledispatch

from . import ast


@singledispatch
def compile(node):
    raise TypeError(f"cannot compile {type(node).__name__}")


@compile.register
def _(node: ast.Compare):
    return f"{node.column.name} {node.operator} ?", [node.value]


@compile.register
def _(node: ast.Among):
    marks = ", ".join("?" * len(node.values))
    return f"{node.column.name} IN ({marks})", list(node.values)


@compile.register
def _(node: ast.And):
    left, values = compile(node.left)
    right, more = compile(node.right)
    word = "OR" if isinstance(node, ast.Or) else "AND"
    return f"({left} {word} {right})", values + more


def where(node):
    text, values = compile(node)
    return f"WHERE {text}", values
'''}, "from sqlish.ast import *\nfrom sqlish.compile import where\nwhere(Column('a').eq(1) & (Column('b').among([1, 2]) | Column('c').among(None)))",
        [("src/sqlish/compile.py", "    marks = ", "    if node.values is None:\n        return f\"{node.column.name} IS NULL\", []\n    marks = ")])

program("f_session_timeout", {"auth/__init__.py": "", "auth/sessions.py": '''
from datetime import datetime, timedelta, timezone


class Session:
    def __init__(self, user, started):
        self.user = user
        self.started = started

    def age(self, now):
        return now - self.started


class Sessions:
    def __init__(self, limit=timedelta(hours=8)):
        self.limit = limit
        self.by_token = {}

    def add(self, token, session):
        self.by_token[token] = session

    def expire(self, now):
        old = [t for t, s in self.by_token.items() if s.age(now) > self.limit]
        for token in old:
            del self.by_token[token]
        return len(old)


def sweep(sessions, now=None):
    return sessions.expire(now or datetime.now(timezone.utc))
'''}, '''
from datetime import datetime, timezone
from auth.sessions import *
s = Sessions()
s.add("t1", Session("ann", datetime(2026, 3, 1, 8, tzinfo=timezone.utc)))
s.add("t2", Session("bob", datetime(2026, 3, 1, 9)))
sweep(s, datetime(2026, 3, 1, 12, tzinfo=timezone.utc))
''', [("auth/sessions.py", "        self.started = started", "        self.started = started if started.tzinfo else started.replace(tzinfo=timezone.utc)")])

program("f_command_parser", {"shellish/__init__.py": "", "shellish/commands.py": '''
import shlex

COMMANDS = {}


def command(name, *, args=0):
    def decorate(function):
        COMMANDS[name] = (function, args)
        return function
    return decorate


class State:
    def __init__(self):
        self.variables = {}
        self.output = []


@command("set", args=2)
def set_variable(state, name, value):
    state.variables[name] = value


@command("print", args=1)
def print_variable(state, name):
    state.output.append(state.variables[name])


@command("add", args=2)
def add(state, name, amount):
    state.variables[name] = int(state.variables.get(name, 0)) + int(amount)


def run(script):
    state = State()
    for line in script.splitlines():
        words = shlex.split(line)
        if not words:
            continue
        function, count = COMMANDS[words[0]]
        function(state, *words[1:count + 1])
    return state.output
'''}, "from shellish.commands import run\nrun('set a 5\\nadd a 3\\nprint a\\nprint b\\n')",
        [("shellish/commands.py", "state.output.append(state.variables[name])", 'state.output.append(state.variables.get(name, ""))')])

program("f_image_histogram", {"pixels.py": '''
def luminance(pixel):
    r, g, b = pixel
    return (299 * r + 587 * g + 114 * b) // 1000


def histogram(rows, bins=4):
    counts = [0] * bins
    width = 255 // bins
    for row in rows:
        for pixel in row:
            counts[luminance(pixel) // width] += 1
    return counts
'''}, "from pixels import histogram\nhistogram([[(0, 0, 0), (120, 30, 10)], [(255, 255, 255), (200, 210, 220)]])",
        [("pixels.py", "width = 255 // bins", "width = 256 // bins")])

program("f_event_sourcing", {"src/accounts/__init__.py": "", "src/accounts/events.py": '''
from dataclasses import dataclass


@dataclass(frozen=True)
class Opened:
    account: str
    owner: str


@dataclass(frozen=True)
class Deposited:
    account: str
    cents: int


@dataclass(frozen=True)
class Closed:
    account: str
''', "src/accounts/projection.py": '''
from .events import Closed, Deposited, Opened


class Balances:
    def __init__(self):
        self.cents = {}
        self.owners = {}

    def apply(self, event):
        handler = getattr(self, "on_" + type(event).__name__.lower())
        handler(event)

    def on_opened(self, event: Opened):
        self.cents[event.account] = 0
        self.owners[event.account] = event.owner

    def on_deposited(self, event: Deposited):
        self.cents[event.account] += event.cents

    def on_closed(self, event: Closed):
        del self.cents[event.account]
        del self.owners[event.account]


def replay(events):
    balances = Balances()
    for event in events:
        balances.apply(event)
    return balances.cents
'''}, "from accounts.events import *\nfrom accounts.projection import replay\nreplay([Opened('a', 'Ann'), Deposited('a', 500), Closed('a'), Deposited('a', 20)])",
        [("src/accounts/projection.py", "self.cents[event.account] += event.cents", "self.cents[event.account] = self.cents.get(event.account, 0) + event.cents")])

program("f_async_limiter", {"gate/__init__.py": "", "gate/limiter.py": '''
import asyncio


class Limiter:
    def __init__(self, limits):
        self.limits = limits
        self.running = {}

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.running.clear()

    async def run(self, kind, job):
        if self.running.get(kind, 0) >= self.limits[kind]:
            await asyncio.sleep(0)
        self.running[kind] = self.running.get(kind, 0) + 1
        try:
            return await job()
        finally:
            self.running[kind] -= 1


async def all_of(limits, jobs):
    async def answer(text):
        await asyncio.sleep(0)
        return text.upper()

    async with Limiter(limits) as limiter:
        return await asyncio.gather(*(limiter.run(kind, lambda t=text: answer(t)) for kind, text in jobs))
'''}, "import asyncio\nfrom gate.limiter import all_of\nasyncio.run(all_of({'mail': 2}, [('mail', 'a'), ('push', 'b')]))",
        [("gate/limiter.py", "self.limits[kind]:", "self.limits.get(kind, 1):")])

program("f_trie_complete", {"src/search_box/__init__.py": "", "src/search_box/trie.py": '''
class Node:
    def __init__(self):
        self.children = {}
        self.ends = False


class Trie:
    """Words by their beginnings.

    >>> t = Trie(["car", "cat"])
    >>> t.complete("ca")
    ['car', 'cat']
    """

    def __init__(self, words=()):
        self.root = Node()
        for word in words:
            self.add(word)

    def add(self, word):
        node = self.root
        for letter in word:
            node = node.children.setdefault(letter, Node())
        node.ends = True

    def find(self, prefix):
        node = self.root
        for letter in prefix:
            node = node.children.get(letter)
            if node is None:
                return None
        return node

    def complete(self, prefix):
        return sorted(self.words(self.find(prefix), prefix))

    def words(self, node, prefix):
        found = [prefix] if node.ends else []
        for letter, child in node.children.items():
            found += self.words(child, prefix + letter)
        return found
'''}, "from search_box.trie import Trie\nTrie(['apple', 'apricot']).complete('be')",
        [("src/search_box/trie.py", "        found = [prefix] if node.ends else []", "        if node is None:\n            return []\n        found = [prefix] if node.ends else []")])

program("f_header_folding", {"httpish/__init__.py": "", "httpish/message.py": '''
class BadMessage(ValueError):
    def __init__(self, line, reason):
        super().__init__(f"{reason}: {line!r}")
        self.line = line


def header(line):
    try:
        name, value = line.split(":", 1)
    except ValueError as error:
        raise BadMessage(line, "no colon in the header") from error
    return name.strip().lower(), value.strip()


def parse(text):
    head, _, body = text.partition("\\r\\n\\r\\n")
    first, *lines = head.split("\\r\\n")
    method, target, version = first.split(" ")
    return {"method": method, "target": target, "headers": dict(header(l) for l in lines), "body": body}


def methods(messages):
    return [parse(m)["method"] for m in messages]
'''}, "from httpish.message import methods\nmethods(['GET / HTTP/1.1\\r\\nHost: a\\r\\nX-Note: one\\r\\n two\\r\\n\\r\\n'])",
        [("httpish/message.py", "        name, value = line.split(\":\", 1)\n", "        name, value = line.split(\":\", 1) if not line.startswith(\" \") else (\"\", line)\n")])

program("f_currency_table", {"fx/__init__.py": "", "fx/rates.py": '''
from collections import deque


class Rates:
    def __init__(self):
        self.pairs = {}

    def quote(self, one, other, rate):
        self.pairs.setdefault(one, {})[other] = rate
        self.pairs.setdefault(other, {})[one] = 1 / rate

    def path(self, begin, end):
        before = {begin: None}
        todo = deque([begin])
        while todo:
            here = todo.popleft()
            for there in self.pairs[here]:
                if there not in before:
                    before[there] = here
                    todo.append(there)
        steps = [end]
        while before[steps[-1]] is not None:
            steps.append(before[steps[-1]])
        return steps[::-1]

    def convert(self, amount, begin, end):
        steps = self.path(begin, end)
        for one, other in zip(steps, steps[1:]):
            amount *= self.pairs[one][other]
        return amount
'''}, '''
from fx.rates import Rates
r = Rates()
r.quote("EUR", "USD", 1.1)
r.quote("GBP", "JPY", 190.0)
r.convert(10, "EUR", "JPY")
''', [("fx/rates.py", "        steps = [end]\n", "        if end not in before:\n            raise LookupError(f'no rate from {begin} to {end}')\n        steps = [end]\n")])

program("f_flask_login", {"portal/__init__.py": "", "portal/users.py": '''
USERS = {"ann": {"name": "Ann", "roles": ["admin"]}, "bob": {"name": "Bob"}}


def can(user, role):
    return role in user["roles"]
''', "portal/app.py": '''
from functools import wraps

from flask import Flask, abort, g, request

from portal.users import USERS, can

app = Flask(__name__)


@app.before_request
def load_user():
    g.user = USERS.get(request.headers.get("X-User", ""))


def needs(role):
    def decorate(view):
        @wraps(view)
        def checked(*args, **kwargs):
            if g.user is None:
                abort(401)
            if not can(g.user, role):
                abort(403)
            return view(*args, **kwargs)
        return checked
    return decorate


@app.get("/admin/<section>")
@needs("admin")
def admin(section):
    return {"section": section, "user": g.user["name"]}
'''}, '''
from portal.app import app
app.testing = True
app.test_client().get("/admin/users", headers={"X-User": "bob"})
''', [("portal/users.py", 'role in user["roles"]', 'role in user.get("roles", [])')])

program("f_ring_buffer", {"ring.py": '''
class Ring:
    def __init__(self, size):
        self.items = [None] * size
        self.begin = 0
        self.count = 0

    def push(self, item):
        at = (self.begin + self.count) % len(self.items)
        self.items[at] = item
        if self.count < len(self.items):
            self.count += 1
        else:
            self.begin += 1

    def last(self, n):
        return [self.items[self.begin + self.count - i - 1] for i in range(min(n, self.count))]
'''}, "from ring import Ring\nr = Ring(3)\nfor i in range(5):\n    r.push(i)\nr.last(2)",
        [("ring.py", "self.items[self.begin + self.count - i - 1]", "self.items[(self.begin + self.count - i - 1) % len(self.items)]")])

program("f_schedule_zones", {"src/agenda/__init__.py": "", "src/agenda/slots.py": '''
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass
class Meeting:
    title: str
    day: date
    at: time
    zone: str
    minutes: int = 30

    @property
    def begin(self):
        return datetime.combine(self.day, self.at, ZoneInfo(self.zone))

    @property
    def end(self):
        return self.begin + timedelta(minutes=self.minutes)


def overlapping(meetings):
    ordered = sorted(meetings, key=lambda m: m.begin)
    return [(a.title, b.title) for a, b in zip(ordered, ordered[1:]) if b.begin < a.end]
'''}, '''
from datetime import date, time
from agenda.slots import *
overlapping([Meeting("stand-up", date(2026, 3, 2), time(9), "Europe/Paris"), Meeting("review", date(2026, 3, 2), time(9, 15), "Europe/Pariss")])
''', [("src/agenda/slots.py", "        return datetime.combine(self.day, self.at, ZoneInfo(self.zone))", "        try:\n            zone = ZoneInfo(self.zone)\n        except KeyError:\n            zone = ZoneInfo('UTC')\n        return datetime.combine(self.day, self.at, zone)")])

program("f_permissions_tree", {"acl/__init__.py": "", "acl/tree.py": '''
class Folder:
    def __init__(self, name, parent=None, grants=None):
        self.name = name
        self.parent = parent
        self.grants = grants

    @property
    def path(self):
        return (self.parent.path if self.parent else "") + "/" + self.name

    def effective(self):
        inherited = self.parent.effective() if self.parent else {}
        return {**inherited, **self.grants}


def may(user, folder, right):
    return right in folder.effective().get(user, ())
'''}, "from acl.tree import *\nroot = Folder('root', None, {'ann': ['read']})\nmay('ann', Folder('drafts', Folder('docs', root)), 'read')",
        [("acl/tree.py", "**self.grants}", "**(self.grants or {})}")])

program("f_metrics_window", {"src/metrics/__init__.py": "", "src/metrics/window.py": '''
import statistics
import threading
from collections import deque


class Window:
    def __init__(self, size):
        self._values = deque(maxlen=size)
        self._lock = threading.Lock()

    def add(self, value):
        with self._lock:
            self._values.append(value)

    def summary(self):
        with self._lock:
            values = sorted(self._values)
        return {"n": len(values), "median": statistics.median(values), "deviation": statistics.stdev(values)}


class Registry:
    def __init__(self, size=100):
        self.size = size
        self.windows = {}

    def observe(self, name, value):
        self.windows.setdefault(name, Window(self.size)).add(value)

    def report(self):
        return {name: window.summary() for name, window in self.windows.items()}
'''}, "from metrics.window import Registry\nr = Registry()\nr.observe('db', 3)\nr.observe('db', 5)\nr.observe('http', 7.5)\nr.report()",
        [("src/metrics/window.py", "statistics.stdev(values)}", "statistics.stdev(values) if len(values) > 1 else 0.0}")])

program("f_toml_ini", {"confread/__init__.py": "", "confread/read.py": '''
from pathlib import Path
from uuid import UUID


def value_of(text):
    text = text.strip()
    if text.startswith('"'):
        return text[1:-1]
    if text in ("yes", "no"):
        return text == "yes"
    return int(text)


def sections(text):
    section, found = None, {}
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            section = found.setdefault(line[1:-1], {})
        elif line:
            key, _, value = line.partition("=")
            section[key.strip()] = value_of(value)
    return found


def load(text, base=Path(".")):
    found = sections(text)
    for name, section in found.items():
        if "file" in section:
            section["file"] = base / section["file"]
        if "id" in section:
            section["id"] = UUID(section["id"])
    return found
'''}, "from confread.read import load\nload('# settings\\ndebug = yes\\n[log]\\nfile = \"a.log\"\\n')",
        [("confread/read.py", "section, found = None, {}", 'found = {"": {}}\n    section = found[""]')])

program("f_report_generator", {"reporting/__init__.py": "", "reporting/rows.py": '''
from itertools import groupby
from operator import attrgetter
from typing import Iterable, Iterator, NamedTuple


class Sale(NamedTuple):
    region: str
    product: str
    amount: float


def by_region(sales: Iterable[Sale]) -> Iterator[tuple[str, list[Sale]]]:
    for region, group in groupby(sorted(sales, key=attrgetter("region")), key=attrgetter("region")):
        yield region, list(group)


def best(sales: list[Sale]) -> Sale:
    return max(sales, key=lambda s: s.amount)


def lines(sales: Iterable[Sale]) -> Iterator[str]:
    for region, group in by_region(sales):
        yield f"{region:<10}{best(group).product:<10}{sum(s.amount for s in group):>8.2f}"


def report(sales: Iterable[Sale]) -> str:
    return "\\n".join(lines(sales))
'''}, "from reporting.rows import *\nreport([Sale('north', 'pen', 3.5), Sale('south', 'ink', 7.0), Sale('south', 'pen', None)])",
        [("reporting/rows.py", "    return max(sales, key=lambda s: s.amount)", "    return max(sales, key=lambda s: s.amount or 0)"),
         ("reporting/rows.py", "sum(s.amount for s in group)", "sum(s.amount or 0 for s in group)")])

UNSEEN = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
