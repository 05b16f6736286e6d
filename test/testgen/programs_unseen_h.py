"""An eighth batch, by a writer who had not read the generator: parts of services, of two or three layers each."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)

program("h_clinic_slots", {"src/clinic/__init__.py": "", "src/clinic/models.py": '''
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True)
class Shift:
    weekday: int
    opens: time
    closes: time


@dataclass
class Doctor:
    name: str
    visit: timedelta
    shifts: list[Shift] = field(default_factory=list)
    booked: dict[datetime, str] = field(default_factory=dict)

    def shift_on(self, day: date) -> Shift | None:
        for shift in self.shifts:
            if shift.weekday == day.weekday():
                return shift
        return None
''', "src/clinic/agenda.py": '''
from datetime import date, datetime, timedelta

from .models import Doctor


class Agenda:
    def __init__(self, doctors: list[Doctor]):
        self.doctors = {d.name: d for d in doctors}

    def slots(self, name: str, day: date) -> list[datetime]:
        doctor = self.doctors[name]
        shift = doctor.shift_on(day)
        at = datetime.combine(day, shift.opens)
        last = datetime.combine(day, shift.closes) - doctor.visit
        found = []
        while at <= last:
            if at not in doctor.booked:
                found.append(at)
            at += doctor.visit
        return found

    def first_free(self, name: str, day: date, days: int = 7) -> datetime | None:
        for ahead in range(days):
            slots = self.slots(name, day + timedelta(days=ahead))
            if slots:
                return slots[0]
        return None

    def book(self, name: str, patient: str, day: date) -> datetime:
        slot = self.first_free(name, day)
        if slot is None:
            raise LookupError(f"{name} has no time within a week")
        self.doctors[name].booked[slot] = patient
        return slot
'''}, '''
from datetime import date, time, timedelta
from clinic.agenda import Agenda
from clinic.models import Doctor, Shift
agenda = Agenda([Doctor("Weber", timedelta(minutes=30), [Shift(0, time(9), time(10)), Shift(2, time(14), time(16))])])
for patient in ("Ann", "Bob", "Cid"):
    agenda.book("Weber", patient, date(2026, 3, 2))
''', [("src/clinic/agenda.py", "        at = datetime.combine", "        if shift is None:\n            return []\n        at = datetime.combine")])

program("h_edi_segments", {"src/edi/__init__.py": "", "src/edi/reader.py": '''
from typing import Iterator, NamedTuple


class Segment(NamedTuple):
    tag: str
    elements: list[list[str]]


class Separators(NamedTuple):
    component: str = ":"
    element: str = "+"
    release: str = "?"
    end: str = "'"


def separators(text: str) -> tuple[Separators, str]:
    if text.startswith("UNA"):
        return Separators(text[3], text[4], text[6], text[8]), text[9:]
    return Separators(), text


def split(text: str, mark: str, release: str) -> list[str]:
    parts, begin, at = [], 0, 0
    while at < len(text):
        if text[at] == release:
            at += 1
        elif text[at] == mark:
            parts.append(text[begin:at])
            begin = at + 1
        at += 1
    return parts + [text[begin:]]


def segments(text: str) -> Iterator[Segment]:
    marks, body = separators(text)
    for raw in split(body.strip(), marks.end, marks.release):
        if raw.strip():
            tag, *elements = split(raw.strip(), marks.element, marks.release)
            yield Segment(tag, [split(e, marks.component, marks.release) for e in elements])
''', "src/edi/orders.py": '''
from dataclasses import dataclass, field
from datetime import date, datetime

from .reader import segments


@dataclass
class Order:
    number: str
    due: date | None = None
    lines: list[dict] = field(default_factory=list)


def due_date(elements):
    kind, value, form = elements[0]
    if kind != "2":
        return None
    return datetime.strptime(value, {"102": "%Y%m%d", "203": "%Y%m%d%H%M"}[form]).date()


def read_order(text: str) -> Order:
    order = None
    for tag, elements in segments(text):
        if tag == "BGM":
            order = Order(elements[1][0])
        elif tag == "DTM":
            order.due = due_date(elements) or order.due
        elif tag == "LIN":
            order.lines.append({"position": int(elements[0][0]), "article": elements[2][0]})
        elif tag == "QTY":
            order.lines[-1]["quantity"] = int(elements[0][1])
    return order
'''}, '''
from edi.orders import read_order
read_order("UNA:+.? 'UNH+1+ORDERS:D:96A:UN'BGM+220+PO-5521'DTM+137:20260301:102'DTM+2:202610:616'LIN+1++4006381333931:EN'QTY+21:12'")
''', [("src/edi/orders.py", '    return datetime.strptime(value, {"102": "%Y%m%d", "203": "%Y%m%d%H%M"}[form]).date()',
       '    pattern = {"102": "%Y%m%d", "203": "%Y%m%d%H%M"}.get(form)\n    return datetime.strptime(value, pattern).date() if pattern else None')])

program("h_pcap_frames", {"netdump/__init__.py": "", "netdump/layers.py": '''
import struct
from ipaddress import IPv4Address


class Packet:
    __slots__ = ("source", "target", "protocol", "payload")

    def __init__(self, source, target, protocol, payload):
        self.source = source
        self.target = target
        self.protocol = protocol
        self.payload = payload


def ethernet(frame):
    kind, = struct.unpack_from("!H", frame, 12)
    return kind, frame[14:]


def ipv4(data):
    size = (data[0] & 15) * 4
    total, = struct.unpack_from("!H", data, 2)
    protocol = data[9]
    source, target = struct.unpack_from("!4s4s", data, 12)
    return Packet(IPv4Address(source), IPv4Address(target), protocol, data[size:total])


def ports(packet):
    return struct.unpack("!HH", packet.payload[:4])
''', "netdump/flows.py": '''
from collections import Counter

from netdump.layers import ethernet, ipv4, ports

IPV4, TCP, UDP, ICMP = 0x0800, 6, 17, 1


class Flows:
    def __init__(self):
        self.bytes = Counter()

    def add(self, frame):
        kind, data = ethernet(frame)
        if kind != IPV4:
            return
        packet = ipv4(data)
        if packet.protocol in (TCP, UDP):
            source_port, target_port = ports(packet)
            self.bytes[f"{packet.source}:{source_port}", f"{packet.target}:{target_port}"] += len(packet.payload)

    def top(self, n=3):
        return self.bytes.most_common(n)


def summary(frames):
    flows = Flows()
    for frame in frames:
        flows.add(frame)
    return flows.top()
'''}, '''
import struct
from netdump.flows import summary
head = bytes(12) + b"\\x08\\x00"
def ip(protocol, payload):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])) + payload
summary([head + ip(6, b"\\x1f\\x90\\x00\\x50hello"), head + ip(17, b"\\x00\\x35"), head + ip(1, b"\\x08\\x00")])
''', [("netdump/flows.py", "        if packet.protocol in (TCP, UDP):", "        if packet.protocol in (TCP, UDP) and len(packet.payload) >= 4:")])

program("h_wallet_api", {"wallet/__init__.py": "", "wallet/store.py": '''
from dataclasses import dataclass, field
from decimal import Decimal


class InsufficientFunds(Exception):
    pass


@dataclass
class Account:
    number: str
    currency: str
    balance: Decimal = Decimal(0)
    holds: dict = field(default_factory=dict)

    @property
    def available(self):
        return self.balance - sum(self.holds.values())


class Accounts:
    def __init__(self):
        self._by_number = {}
        for number, currency, balance in (("FR-1", "EUR", "120.50"), ("FR-2", "EUR", "0"), ("GB-1", "GBP", "40")):
            self._by_number[number] = Account(number, currency, Decimal(balance))

    def get(self, number):
        return self._by_number.get(number)
''', "wallet/transfers.py": '''
from .store import InsufficientFunds


class Transfers:
    def __init__(self, accounts, rates):
        self.accounts = accounts
        self.rates = rates

    def convert(self, amount, source, target):
        if source == target:
            return amount
        return (amount * self.rates[source, target]).quantize(amount)

    def move(self, source, target, amount):
        payer, payee = self.accounts.get(source), self.accounts.get(target)
        if payer.available < amount:
            raise InsufficientFunds(source)
        payer.balance -= amount
        payee.balance += self.convert(amount, payer.currency, payee.currency)
        return {"from": str(payer.balance), "to": str(payee.balance)}
''', "wallet/api.py": '''
from decimal import Decimal

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, Field

from wallet.store import Accounts, InsufficientFunds
from wallet.transfers import Transfers

app = FastAPI()
ACCOUNTS = Accounts()


class Order(BaseModel):
    source: str
    target: str
    amount: Decimal = Field(gt=0)


def transfers():
    return Transfers(ACCOUNTS, {("EUR", "GBP"): Decimal("0.86")})


@app.post("/transfers", status_code=201)
def create(order: Order, service: Transfers = Depends(transfers)):
    try:
        return service.move(order.source, order.target, order.amount)
    except InsufficientFunds as error:
        raise HTTPException(409, f"not enough on {error}")
'''}, '''
from fastapi.testclient import TestClient
from wallet.api import app
TestClient(app).post("/transfers", json={"source": "GB-1", "target": "FR-2", "amount": "10.00"})
''', [("wallet/transfers.py", "        return (amount * self.rates[source, target]).quantize(amount)",
       "        if (source, target) in self.rates:\n            return (amount * self.rates[source, target]).quantize(amount)\n        return (amount / self.rates[target, source]).quantize(amount)")])

program("h_helpdesk_views", {"helpdesk/__init__.py": "", "helpdesk/settings.py": '''
SECRET_KEY = "not-a-secret"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "helpdesk.urls"
MIDDLEWARE = ["helpdesk.middleware.AgentMiddleware"]
DATABASES = {}
USE_TZ = True
''', "helpdesk/middleware.py": '''
AGENTS = {"t-ann": {"name": "Ann", "team": "billing"}, "t-bob": {"name": "Bob", "team": None}}


class AgentMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        request.agent = AGENTS.get(token)
        return self.get_response(request)
''', "helpdesk/queue.py": '''
TICKETS = [
    {"id": 1, "team": "billing", "subject": "refund", "priority": 2},
    {"id": 2, "team": "tech", "subject": "login", "priority": 1},
]


def queue_name(team):
    return f"queue-{team.lower()}"


def waiting(team, limit):
    found = [t for t in TICKETS if f"queue-{t['team']}" == queue_name(team)]
    return sorted(found, key=lambda t: t["priority"])[:limit]
''', "helpdesk/urls.py": '''
from django.http import JsonResponse
from django.urls import path
from django.views import View

from helpdesk.queue import waiting


class Queue(View):
    def get(self, request):
        if request.agent is None:
            return JsonResponse({"error": "who are you?"}, status=401)
        limit = int(request.GET.get("limit", 20))
        return JsonResponse({"tickets": waiting(request.agent["team"], limit)})


urlpatterns = [path("queue/", Queue.as_view())]
'''}, '''
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "helpdesk.settings"
import django
django.setup()
from django.test import Client
Client().get("/queue/?limit=5", HTTP_AUTHORIZATION="Bearer t-bob")
''', [("helpdesk/queue.py", "    found = [t for", "    if team is None:\n        return []\n    found = [t for")])

program("h_survey_flask", {"survey/__init__.py": '''
from flask import Flask


def create_app(config=None):
    app = Flask(__name__)
    app.config.update(config or {})
    from . import answers
    app.register_blueprint(answers.bp, url_prefix="/surveys")
    return app
''', "survey/statistics.py": '''
from statistics import mean, quantiles


def grouped(answers, key):
    groups = {}
    for answer in answers:
        groups.setdefault(answer.get(key), []).append(answer["score"])
    return groups


def describe(scores):
    low, middle, high = quantiles(scores, n=4)
    return {"n": len(scores), "mean": round(mean(scores), 2), "median": middle, "spread": high - low}


def report(answers, key):
    return {str(name): describe(scores) for name, scores in grouped(answers, key).items()}
''', "survey/answers.py": '''
from flask import Blueprint, abort, jsonify, request

from survey.statistics import report

bp = Blueprint("answers", __name__)
ANSWERS = {"nps-2026": [
    {"score": 9, "country": "fr", "plan": "pro"}, {"score": 4, "country": "fr", "plan": "free"},
    {"score": 7, "country": "de", "plan": "pro"}, {"score": 8, "country": "fr", "plan": "free"},
]}


@bp.get("/<name>/report")
def show(name):
    answers = ANSWERS.get(name)
    if answers is None:
        abort(404)
    return jsonify(report(answers, request.args.get("by", "plan")))
'''}, "from survey import create_app\napp = create_app()\napp.test_client().get('/surveys/nps-2026/report?by=country')",
        [("survey/statistics.py", "    low, middle, high = quantiles(scores, n=4)", "    low, middle, high = quantiles(scores, n=4) if len(scores) > 1 else scores * 3")])

program("h_branch_zones", {"src/branches/__init__.py": "", "src/branches/directory.py": '''
from typing import NamedTuple


class Branch(NamedTuple):
    city: str
    zone: str
    opens: int


BRANCHES = {
    "par": Branch("Paris", "Europe/Paris", 9),
    "tyo": Branch("Tokyo", "Asia/Tokyo", 10),
    "gva": Branch("Geneva", "Europe/Geneva", 8),
}
''', "src/branches/clock.py": '''
from datetime import datetime
from zoneinfo import ZoneInfo


def local(moment: str, zone: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
''', "src/branches/hours.py": '''
from branches.clock import local
from branches.directory import BRANCHES


class Desk:
    def __init__(self, code):
        self.branch = BRANCHES[code]

    def is_open(self, moment):
        return self.branch.opens <= local(moment, self.branch.zone).hour < 18


def open_desks(codes, moment):
    return [code for code in codes if Desk(code).is_open(moment)]
'''}, "from branches.hours import open_desks\nopen_desks(['tyo', 'gva'], '2026-03-01T09:00:00+00:00')",
        [("src/branches/directory.py", "Europe/Geneva", "Europe/Zurich")])

# The same as another would mend it: where the team is taken from.
program("h_helpdesk_team", PROGRAMS["h_helpdesk_views"]["files"], PROGRAMS["h_helpdesk_views"]["call"], [
    ("helpdesk/middleware.py", "request.agent = AGENTS.get(token)", "agent = AGENTS.get(token)\n        request.agent = agent and {**agent, \"team\": agent[\"team\"] or \"tech\"}")])

program("h_agent_conf", {"src/agent/__init__.py": "", "src/agent/settings.py": '''
import re
from pathlib import Path

HOST = re.compile(r"([\\w.-]+)(?::(\\d+))?$")


class SettingsError(Exception):
    pass


def read(path):
    try:
        text = Path(path).read_text()
    except OSError as error:
        raise SettingsError(f"cannot read {path}") from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)}


def host(text):
    name, port = HOST.match(text).groups()
    return name, int(port or 443)
''', "src/agent/main.py": '''
from agent.settings import host, read


class Agent:
    def __init__(self, settings):
        self.interval = int(settings.get("interval", 30))
        self.targets = [host(t.strip()) for t in settings.get("targets", "").split(",")]

    def describe(self):
        return [f"{name}:{port} every {self.interval} s" for name, port in self.targets]


def start(path="agent.conf"):
    return Agent(read(path)).describe()
'''}, """
import os, tempfile
os.chdir(tempfile.mkdtemp())
open("agent.conf", "w").write("# ours\\ninterval = 15\\ntargets = db1:5432, cache, [::1]:80\\n")
from agent.main import start
start()
""", [("src/agent/settings.py", 'HOST = re.compile(r"([', 'HOST = re.compile(r"(\\[[\\da-f:]+\\]|[')])

# And where the rates come from.
program("h_wallet_rates", PROGRAMS["h_wallet_api"]["files"], PROGRAMS["h_wallet_api"]["call"], [
    ("wallet/api.py", '{("EUR", "GBP"): Decimal("0.86")}', '{("EUR", "GBP"): Decimal("0.86"), ("GBP", "EUR"): Decimal("1.16")}')])

UNSEEN = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
