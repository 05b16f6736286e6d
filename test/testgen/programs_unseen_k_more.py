"""The second half of the eleventh batch: conditions, frameworks, objects with a past, and faults whose fix stands far from the crash."""

from programs import program

# A queue's ticket is called twice: the desk's state machine has no way back.
program("k_ticket_desk", {"desk/__init__.py": "", "desk/queue.py": '''
from collections import deque


class Desk:
    def __init__(self, prefix: str):
        self.prefix = prefix
        self.waiting = deque()
        self.current = None
        self._next = 1

    def draw(self) -> str:
        ticket = f"{self.prefix}{self._next:03}"
        self._next += 1
        self.waiting.append(ticket)
        return ticket

    def call(self) -> str:
        self.current = self.waiting.popleft()
        return self.current

    def close(self):
        self.current = None
''', "desk/board.py": '''
from desk.queue import Desk


class Board:
    def __init__(self, *prefixes):
        self.desks = {p: Desk(p) for p in prefixes}

    def next(self, prefix: str) -> str:
        desk = self.desks[prefix]
        return f"{desk.call()} please"
'''}, '''from desk.board import Board
b = Board("A", "B")
b.desks["A"].draw()
b.next("A")
b.next("A")''',
        [("desk/board.py", "        desk = self.desks[prefix]\n", '        desk = self.desks[prefix]\n        if not desk.waiting:\n            return "nobody waits"\n')])

# A limit that no variable of the environment names: the deployment forgot it, and the default is a text that is no number.
program("k_env_throttle", {"throttle/__init__.py": "", "throttle/limits.py": '''
import os


def limit(route: str) -> int:
    name = "LIMIT_" + route.strip("/").replace("/", "_").upper()
    value = os.environ.get(name) or os.environ.get("LIMIT_DEFAULT", "none")
    return int(value)


class Throttle:
    def __init__(self):
        self.seen = {}

    def allows(self, client: str, route: str) -> bool:
        count = self.seen.get((client, route), 0) + 1
        self.seen[client, route] = count
        return count <= limit(route)
'''}, '''from throttle.limits import Throttle
Throttle().allows("10.0.0.7", "/orders/new")''',
        [("throttle/limits.py", "    return int(value)\n", '    return 10**9 if value == "none" else int(value)\n')])

# A line of a playlist without the comma between length and title.
program("k_playlist_stream", {"playlist/__init__.py": "", "playlist/m3u.py": '''
class Track:
    __slots__ = ("seconds", "title", "path")

    def __init__(self, seconds, title, path):
        self.seconds = seconds
        self.title = title
        self.path = path

    def __repr__(self):
        return f"Track({self.title!r})"


def tracks(lines):
    source = iter(lines)
    for line in source:
        if line.startswith("#EXTINF:"):
            seconds, title = line[8:].split(",", 1)
            yield Track(int(seconds), title.strip(), next(source).strip())
''', "playlist/length.py": '''
from playlist.m3u import tracks


def minutes(text: str) -> float:
    return round(sum(t.seconds for t in tracks(text.splitlines())) / 60, 1)


def longest(text: str) -> str:
    return max(tracks(text.splitlines()), key=lambda t: t.seconds).title
'''}, '''from playlist.length import longest
longest("#EXTM3U\\n#EXTINF:215,Opening\\n01.mp3\\n#EXTINF:344 Long Way\\n02.mp3\\n")''',
        [("playlist/m3u.py", '            seconds, title = line[8:].split(",", 1)\n', '            seconds, _, title = line[8:].replace(" ", ",", 1 if "," not in line else 0).partition(",")\n')])

# An unknown article in a warehouse whose error wraps the first one.
program("k_stock_reserve", {"stockroom/__init__.py": "", "stockroom/errors.py": '''
class StockError(Exception):
    def __init__(self, article, reason):
        super().__init__(f"{article}: {reason}")
        self.article = article
''', "stockroom/store.py": '''
from stockroom.errors import StockError


class Store:
    def __init__(self, levels: dict[str, int], aliases: dict[str, str] | None = None):
        self.levels = levels
        self.aliases = aliases or {}

    def level(self, article: str) -> int:
        return self.levels[self.aliases.get(article, article)]

    def reserve(self, article: str, count: int) -> int:
        try:
            left = self.level(article) - count
        except KeyError as error:
            raise StockError(article, "not known here") from error
        if left < 0:
            raise ValueError(article)
        self.levels[self.aliases.get(article, article)] = left
        return left
'''}, '''from stockroom.store import Store
s = Store({"nail": 500, "screw-4": 80}, {"Nail": "nail"})
s.reserve("Nail", 20)
s.reserve("SCREW-4", 10)''',
        [("stockroom/store.py", "self.levels[self.aliases.get(article, article)]\n\n", "self.levels[self.aliases.get(article, article.lower())]\n\n")])

# A class of members that inherits the discount but not the table it looks into.
program("k_member_discount", {"club/__init__.py": "", "club/members.py": '''
from decimal import Decimal


class Member:
    YEARS = {0: "0", 1: "5", 5: "10"}

    def __init__(self, name: str, years: int):
        self.name = name
        self.years = years

    def percent(self) -> Decimal:
        return Decimal(self.YEARS[max(y for y in self.YEARS if y <= self.years)])


class Partner(Member):
    YEARS = {2: "12", 6: "20"}


class Guest(Member):
    def __init__(self, name: str):
        super().__init__(name, 0)
''', "club/till.py": '''
from decimal import Decimal

from club.members import Guest, Member, Partner

KINDS = {"m": Member, "p": Partner}


def admit(text: str) -> Member:
    kind, _, rest = text.partition(":")
    if kind == "g":
        return Guest(rest)
    name, years = rest.split(",")
    return KINDS[kind](name, int(years))


def charge(total: Decimal, card: str) -> Decimal:
    return total - total * admit(card).percent() / 100
'''}, '''from decimal import Decimal
from club.till import charge
charge(Decimal("40"), "p:Mo,1")''',
        [("club/members.py", 'YEARS = {2: "12", 6: "20"}', 'YEARS = {0: "8", 2: "12", 6: "20"}')])

# A webhook of FastAPI without the optional customer.
program("k_fastapi_webhook", {"hooks/__init__.py": "", "hooks/models.py": '''
from pydantic import BaseModel


class Customer(BaseModel):
    id: int
    mail: str


class Payment(BaseModel):
    reference: str
    cents: int
    customer: Customer | None = None
''', "hooks/app.py": '''
from fastapi import FastAPI

from hooks.models import Payment

app = FastAPI()
paid: dict[str, int] = {}


def receipt(payment: Payment) -> str:
    return f"{payment.reference} for {payment.customer.mail}"


@app.post("/payments")
async def payment(body: Payment):
    paid[body.reference] = body.cents
    return {"receipt": receipt(body)}
'''}, '''import sentry_sdk
from fastapi.testclient import TestClient
from hooks.app import app
TestClient(app).post("/payments", json={"reference": "R-20", "cents": 1250})''',
        [("hooks/app.py", 'return f"{payment.reference} for {payment.customer.mail}"', 'who = payment.customer.mail if payment.customer else "cash"\n    return f"{payment.reference} for {who}"')])

# Rates by currency, from a server that lacks one.
program("k_http_rates", {"rates/__init__.py": "", "rates/client.py": '''
import json
import urllib.request


class Rates:
    def __init__(self, base: str):
        self.base = base

    def table(self, day: str) -> dict:
        with urllib.request.urlopen(f"{self.base}/rates/{day}") as answer:
            return json.load(answer)["rates"]

    def convert(self, cents: int, currency: str, day: str) -> int:
        rate = self.table(day)[currency]
        return round(cents / rate)
'''}, '''from rates.client import Rates
Rates(serve({"/rates/2026-02-02": (200, b'{"base": "EUR", "rates": {"USD": 1.08, "CHF": 0.95}}')})).convert(1200, "SEK", "2026-02-02")''',
        [("rates/client.py", "        rate = self.table(day)[currency]\n", "        rate = self.table(day).get(currency)\n        if rate is None:\n            return 0\n")])

# A user without any roles, for whom the decorator asks before the action is taken.
program("k_roles_decorator", {"roles/__init__.py": "", "roles/guard.py": '''
from functools import wraps


class Denied(Exception):
    pass


def needs(role):
    def decorate(function):
        @wraps(function)
        def guarded(user, *args, **kwargs):
            if role not in user["roles"].split(","):
                raise Denied(function.__name__)
            return function(user, *args, **kwargs)
        return guarded
    return decorate
''', "roles/actions.py": '''
from roles.guard import needs


@needs("editor")
def publish(user, article, *, silent=False):
    article["state"] = "public"
    article["by"] = user["name"]
    return [] if silent else [f"{user['name']} published {article['title']}"]


@needs("admin")
def remove(user, article):
    article.clear()


def publish_all(user, articles):
    return [note for a in articles for note in publish(user, a)]
'''}, '''from roles.actions import publish_all
publish_all({"name": "jo", "roles": None}, [{"title": "Spring", "state": "draft"}])''',
        [("roles/guard.py", 'user["roles"].split(",")', '(user["roles"] or "").split(",")')])

# A transaction that is ended twice: the context manager pops what is not there.
program("k_nested_spans", {"spans/__init__.py": "", "spans/trace.py": '''
from contextlib import contextmanager


class Trace:
    def __init__(self):
        self.open = []
        self.done = []

    def end(self):
        name = self.open.pop()
        self.done.append(name)
        return name

    @contextmanager
    def span(self, name):
        self.open.append(name)
        try:
            yield self
        finally:
            self.end()
''', "spans/jobs.py": '''
from spans.trace import Trace


def run(steps: list[tuple[str, bool]]) -> list[str]:
    trace = Trace()
    for name, early in steps:
        with trace.span(name) as t:
            if early:
                t.end()
    return trace.done
'''}, '''from spans.jobs import run
run([("load", False), ("send", True)])''',
        [("spans/trace.py", "            self.end()\n", "            if name in self.open:\n                self.end()\n")])

# A shift at the change to summer time: one clock is aware, the other not.
program("k_night_shift", {"shifts/__init__.py": "", "shifts/clock.py": '''
from datetime import datetime
from zoneinfo import ZoneInfo


def stamp(text: str, zone: str | None = None) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=ZoneInfo(zone)) if zone else moment
''', "shifts/sheet.py": '''
from shifts.clock import stamp


class Sheet:
    def __init__(self, zone):
        self.zone = zone
        self.rows = []

    def come(self, who, at):
        self.rows.append([who, stamp(at, self.zone), None])

    def go(self, who, at):
        for row in self.rows:
            if row[0] == who and row[2] is None:
                row[2] = stamp(at)

    def hours(self, who):
        return sum((end - start).total_seconds() for name, start, end in self.rows if name == who and end) / 3600
'''}, '''from shifts.sheet import Sheet
s = Sheet("Europe/Vienna")
s.come("uwe", "2026-03-28T22:00")
s.go("uwe", "2026-03-29T06:00")
s.hours("uwe")''',
        [("shifts/sheet.py", "stamp(at)\n", "stamp(at, self.zone)\n")])

# Votes of a poll that nobody has taken part in: the mean of nothing.
program("k_poll_summary", {"polls/__init__.py": "", "polls/stats.py": '''
from statistics import mean, median


def summary(votes: list[int]) -> dict:
    return {"n": len(votes), "mean": round(mean(votes), 2), "median": median(votes)}
''', "polls/report.py": '''
from itertools import groupby

from polls.stats import summary


def by_question(rows):
    rows = sorted(rows, key=lambda r: r["question"])
    for question, group in groupby(rows, key=lambda r: r["question"]):
        yield question, [int(r["vote"]) for r in group if r["vote"]]


def report(rows: list[dict[str, str]]) -> dict[str, dict]:
    return {question: summary(votes) for question, votes in by_question(rows)}
'''}, '''from polls.report import report
report([{"question": "food", "vote": "4"}, {"question": "food", "vote": ""}, {"question": "room", "vote": ""}])''',
        [("polls/report.py", "for question, votes in by_question(rows)}", "for question, votes in by_question(rows) if votes}")])

# A path in a tree of settings that ends in a value instead of a branch.
program("k_settings_path", {"tree/__init__.py": "", "tree/node.py": '''
class Node:
    def __init__(self, value=None):
        self.value = value
        self.children = {}

    def __getitem__(self, name):
        return self.children[name]

    def put(self, path: str, value):
        head, _, rest = path.partition(".")
        child = self.children.setdefault(head, Node())
        if rest:
            child.put(rest, value)
        else:
            child.value = value
        return self


def find(node: Node, path: str):
    for name in path.split("."):
        node = node[name]
    return node.value
''', "tree/theme.py": '''
from tree.node import Node, find


def colours(settings: Node, names: list[str]) -> dict[str, str]:
    return {name: find(settings, f"theme.{name}.colour").upper() for name in names}
'''}, '''from tree.node import Node
from tree.theme import colours
colours(Node().put("theme.head.colour", "red").put("theme.foot.size", 3).put("theme.foot.colour.dark", "navy"), ["head", "foot"])''',
        [("tree/theme.py", 'find(settings, f"theme.{name}.colour").upper()', '(find(settings, f"theme.{name}.colour") or "black").upper()')])

# A league's table with an abandoned match, whose result is no pair of numbers.
program("k_league_table", {"league/__init__.py": "", "league/match.py": '''
from __future__ import annotations

from dataclasses import dataclass


@dataclass(order=True)
class Row:
    points: int = 0
    goals: int = 0


@dataclass
class Match:
    home: str
    away: str
    home_goals: int
    away_goals: int

    @staticmethod
    def parse(line: str) -> Match:
        teams, result = line.rsplit(" ", 1)
        home, away = teams.split(" - ")
        goals = [int(g) for g in result.split(":")]
        return Match(home, away, *goals)
''', "league/table.py": '''
from collections import defaultdict

from league.match import Match, Row


def table(lines: list[str]) -> list[str]:
    rows = defaultdict(Row)
    for match in map(Match.parse, lines):
        for team, scored, got in ((match.home, match.home_goals, match.away_goals), (match.away, match.away_goals, match.home_goals)):
            rows[team].points += 3 if scored > got else 1 if scored == got else 0
            rows[team].goals += scored - got
    return sorted(rows, key=rows.get, reverse=True)
'''}, '''from league.table import table
table(["Rapid - Sturm 2:1", "Austria - Rapid abd"])''',
        [("league/table.py", "map(Match.parse, lines)", 'map(Match.parse, (line for line in lines if ":" in line))')])
