"""Faulty programs whose fault depends on what is around the call: the clock, the environment, files, answers of servers. `at` and `zone` are the clock of the
run that fails; `env` its environment; `elsewhere` an environment and files of other machines, on which the test must be as red and as green."""

from programs import PROGRAMS, program

BEFORE = set(PROGRAMS)


def conditional(name, *given, at=None, zone=None, env=None, elsewhere=None):
    program(name, *given)
    PROGRAMS[name].update(at=at, zone=zone, env=env or {}, elsewhere=elsewhere or {})


# Written before the generator knew of any condition.

conditional("c_leap_day_renewal", {"club/__init__.py": "", "club/membership.py": '''
from datetime import date


def one_year_later():
    today = date.today()
    return today.replace(year=today.year + 1)


def renew(member):
    return {**member, "until": one_year_later().isoformat()}
'''}, "from club.membership import renew\nrenew({'name': 'ann', 'number': 17})", [("club/membership.py", "    return today.replace(year=today.year + 1)", '''    try:
        return today.replace(year=today.year + 1)
    except ValueError:
        return today.replace(year=today.year + 1, month=3, day=1)''')], at="2024-02-29T09:30:00Z")

conditional("c_december_billing", {"billing.py": '''
import datetime as dt


def next_month(moment):
    return moment.replace(month=moment.month + 1, day=1)


def next_charge(plan):
    now = dt.datetime.now(dt.timezone.utc)
    due = next_month(now)
    return due.strftime("%d %b") + f": {plan['price']:.2f}"
'''}, "from billing import next_charge\nnext_charge({'price': 9.5, 'name': 'basic'})", [("billing.py", "    return moment.replace(month=moment.month + 1, day=1)",
        "    return moment.replace(year=moment.year + moment.month // 12, month=moment.month % 12 + 1, day=1)")], at="2025-12-05T16:20:11Z")

conditional("c_week_53", {"rota/__init__.py": "", "rota/weeks.py": '''
from datetime import datetime


class Rota:
    def __init__(self, people):
        self.people = people
        self.weeks = [people[i % len(people)] for i in range(52)]

    def on_duty(self):
        week = datetime.now().isocalendar()[1]
        return self.weeks[week - 1]


def page(rota):
    return f"On duty: {rota.on_duty()}"
'''}, "from rota.weeks import Rota, page\npage(Rota(['ann', 'bob', 'cy']))", [("rota/weeks.py", "range(52)", "range(53)")], at="2020-12-31T07:00:00Z")

conditional("c_env_missing", {"shopdb/__init__.py": "", "shopdb/connect.py": '''
import os
from urllib.parse import urlsplit


def address():
    parts = urlsplit(os.environ["DATABASE_URL"])
    return parts.hostname, parts.port or 5432


def connect(timeout):
    host, port = address()
    return {"host": host, "port": port, "timeout": timeout}
'''}, "from shopdb.connect import connect\nconnect(3)", [("shopdb/connect.py", 'os.environ["DATABASE_URL"]', 'os.environ.get("DATABASE_URL", "postgres://localhost")')],
        elsewhere={"env": {"DATABASE_URL": "postgres://db.example.com:6432/shop"}})

conditional("c_env_not_a_number", {"pool.py": '''
import os


def size(default=4):
    return int(os.environ.get("POOL_SIZE", default))


def start(name):
    return [f"{name}-{i}" for i in range(size())]
'''}, "from pool import start\nstart('mailer')", [("pool.py", 'return int(os.environ.get("POOL_SIZE", default))', '''text = os.environ.get("POOL_SIZE", "")
    return int(text) if text.isdigit() else default''')], env={"POOL_SIZE": "eight"}, elsewhere={"env": {"POOL_SIZE": "2"}})

conditional("c_env_empty", {"cache/__init__.py": "", "cache/hosts.py": '''
import os


def hosts():
    found = []
    for entry in os.getenv("CACHE_HOSTS", "localhost:11211").split(","):
        host, port = entry.split(":")
        found.append((host, int(port)))
    return found
'''}, "from cache.hosts import hosts\nhosts()", [("cache/hosts.py", '    for entry in os.getenv("CACHE_HOSTS", "localhost:11211").split(","):',
        '    for entry in (os.getenv("CACHE_HOSTS") or "localhost:11211").split(","):')], env={"CACHE_HOSTS": ""})

conditional("c_settings_file_missing", {"tool/__init__.py": "", "tool/settings.py": '''
import json


def read(name="settings.json"):
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def theme():
    return read()["theme"]
'''}, "from tool.settings import theme\ntheme()", [("tool/settings.py", '''    with open(name, encoding="utf-8") as file:
        return json.load(file)''', '''    try:
        with open(name, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"theme": "light"}''')], elsewhere={"files": {"settings.json": '{"theme": "dark"}'}})

conditional("c_state_file_broken", {"worker/__init__.py": "", "worker/state.py": '''
import json
from pathlib import Path


class State:
    def __init__(self, path):
        self.path = Path(path)

    def load(self):
        text = self.path.read_text(encoding="utf-8")
        return json.loads(text)


def resume(path):
    state = State(path).load()
    return state["offset"]
'''}, '''import os, tempfile
os.chdir(tempfile.mkdtemp())
os.mkdir("state")
open("state/last.json", "w").write('{"offset": 120, "file": "a.l')
from worker.state import resume
resume("state/last.json")''', [("worker/state.py", "        return json.loads(text)", '''        try:
            return json.loads(text)
        except ValueError:
            return {"offset": 0}''')], elsewhere={"files": {"state/last.json": '{"offset": 3}'}})

conditional("c_http_unavailable", {"rates/__init__.py": "", "rates/client.py": '''
import json
from urllib.request import urlopen


def fetch(base, currency):
    with urlopen(f"{base}/rates/{currency}", timeout=5) as response:
        return json.load(response)


def convert(base, amount, currency):
    rate = fetch(base, currency)["rate"]
    return round(amount * rate, 2)
'''}, "from rates.client import convert\nconvert(serve({'/rates/CHF': (503, b'try later')}), 12.5, 'CHF')", [("rates/client.py", '''    rate = fetch(base, currency)["rate"]
''', '''    try:
        rate = fetch(base, currency)["rate"]
    except OSError:
        return None
''')])

conditional("c_http_json_key", {"weather.py": '''
import json
import urllib.request


class Station:
    def __init__(self, base):
        self.base = base

    def get(self, path):
        request = urllib.request.Request(self.base + path, headers={"Accept": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as reply:
            return json.loads(reply.read().decode("utf-8"))

    def warmest(self, day):
        hours = self.get(f"/days/{day}")
        return max(hours["hours"], key=lambda h: h["temperature"])
'''}, "from weather import Station\nStation(serve({'/days/2024-05-01': (200, b'{\"day\": \"2024-05-01\", \"hours\": [{\"at\": 6, \"temperature\": 9}, {\"at\": 7}]}')})).warmest('2024-05-01')",
        [("weather.py", 'h["temperature"])', 'h.get("temperature", -99))')])

CONDITIONS = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
