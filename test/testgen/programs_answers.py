"""Faulty programs whose fault is in what a file says or a server answers. Written before the generator could put back either."""

from programs import PROGRAMS
from programs_conditions import conditional

BEFORE = set(PROGRAMS)

conditional("a_requests_key_missing", {"shop/__init__.py": "", "shop/stock.py": '''
import requests


class Warehouse:
    def __init__(self, address, token=None):
        self.address = address
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def item(self, sku):
        reply = self.session.get(f"{self.address}/items/{sku}", timeout=5)
        reply.raise_for_status()
        return reply.json()


def in_stock(warehouse, sku):
    item = warehouse.item(sku)
    return item["quantity"] - item["reserved"]
'''}, '''from shop.stock import Warehouse, in_stock
in_stock(Warehouse(serve({"/items/A-17": (200, b'{"sku": "A-17", "quantity": 4}')})), "A-17")''',
    [("shop/stock.py", 'item["reserved"]', 'item.get("reserved", 0)')])

conditional("a_requests_status", {"geo.py": '''
import requests


def lookup(server, name):
    answer = requests.get(server + "/search", params={"q": name}, timeout=5)
    answer.raise_for_status()
    return answer.json()


def coordinates(server, names):
    found = {}
    for name in names:
        place = lookup(server, name)
        found[name] = (place["lat"], place["lon"])
    return found
'''}, "from geo import coordinates\ncoordinates(serve({}), ['Atlantis'])", [("geo.py", '''        place = lookup(server, name)
        found''', '''        try:
            place = lookup(server, name)
        except requests.HTTPError:
            continue
        found''')])

conditional("a_requests_page_for_json", {"feeds/__init__.py": "", "feeds/read.py": '''
import requests


def entries(url):
    return requests.get(url, headers={"Accept": "application/json"}, timeout=5).json()["entries"]


def titles(url):
    return [entry["title"].strip() for entry in entries(url)]
'''}, '''from feeds.read import titles
titles(serve({"/feed": (200, b"<!doctype html><title>Down for maintenance</title>")}) + "/feed")''', [("feeds/read.py",
    '''    return requests.get(url, headers={"Accept": "application/json"}, timeout=5).json()["entries"]''',
    '''    try:
        return requests.get(url, headers={"Accept": "application/json"}, timeout=5).json()["entries"]
    except ValueError:
        return []''')])

conditional("a_requests_page_that_the_fix_knows", {"feeds/__init__.py": "", "feeds/read.py": '''
import requests


def entries(url):
    reply = requests.get(url, timeout=5)
    return reply.json()["entries"]


def titles(url):
    return [entry["title"].strip() for entry in entries(url)]
'''}, '''from feeds.read import titles
titles(serve({"/feed": (200, b"<!doctype html><title>Down for maintenance</title>")}) + "/feed")''', [("feeds/read.py", '''    reply = requests.get(url, timeout=5)
''', '''    reply = requests.get(url, timeout=5)
    if "maintenance" in reply.text:
        return []
''')])

conditional("a_urllib_two_calls", {"billing/__init__.py": "", "billing/api.py": '''
import json
from urllib import request


class Api:
    def __init__(self, base):
        self.base = base
        self.token = None

    def call(self, path, data=None):
        body = json.dumps(data).encode() if data is not None else None
        asked = request.Request(self.base + path, data=body, headers={"Content-Type": "application/json"})
        if self.token:
            asked.add_header("Authorization", "Bearer " + self.token)
        with request.urlopen(asked, timeout=5) as reply:
            return json.loads(reply.read())

    def login(self, user):
        self.token = self.call("/login", {"user": user})["token"]
''', "billing/invoices.py": '''
def last_total(api, user):
    api.login(user)
    invoices = api.call("/invoices")["invoices"]
    newest = sorted(invoices, key=lambda i: i["date"])[-1]
    return newest["total"]
'''}, '''from billing.api import Api
from billing.invoices import last_total
last_total(Api(serve({"/login": (200, b'{"token": "abc"}'), "/invoices": (200, b'{"invoices": [], "next": null}')})), "ann")''',
    [("billing/invoices.py", '''    newest =''', '''    if not invoices:
        return 0
    newest =''')])

conditional("a_http_client_charset", {"mirror.py": '''
import http.client


def page(host, port, path):
    connection = http.client.HTTPConnection(host, port, timeout=5)
    connection.request("GET", path, headers={"Accept": "text/plain"})
    reply = connection.getresponse()
    if reply.status != 200:
        raise LookupError(path)
    return reply.read().decode("utf-8")


def first_line(host, port, path):
    return page(host, port, path).splitlines()[0]
'''}, '''from mirror import first_line
address = serve({"/motd": (200, "Bon après-midi\\n".encode("latin-1"))})
first_line("127.0.0.1", int(address.rsplit(":")[-1]), "/motd")''', [("mirror.py", 'decode("utf-8")', 'decode("utf-8", "replace")')])

conditional("a_csv_price", {"catalog/__init__.py": "", "catalog/load.py": '''
import csv


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def total(path):
    amount = 0.0
    for row in rows(path):
        amount += float(row["price"]) * int(row["count"])
    return round(amount, 2)
'''}, '''import os, tempfile
os.chdir(tempfile.mkdtemp())
open("july.csv", "w").write("name,price,count\\npen,1.20,3\\nink,n/a,1\\n")
from catalog.load import total
total("july.csv")''', [("catalog/load.py", '''        amount += float(row["price"]) * int(row["count"])''', '''        try:
            amount += float(row["price"]) * int(row["count"])
        except ValueError:
            continue''')], elsewhere={"files": {"july.csv": "name,price,count\npen,2,1\n"}})

conditional("a_ini_option", {"agent/__init__.py": "", "agent/config.py": '''
import configparser


def load(path="agent.ini"):
    parser = configparser.ConfigParser()
    parser.read(path, encoding="utf-8")
    return parser


def interval(path="agent.ini"):
    return load(path).getint("poll", "interval")
'''}, '''import os, tempfile
os.chdir(tempfile.mkdtemp())
open("agent.ini", "w").write("[poll]\\ninterval = 30s\\n[log]\\nlevel = info\\n")
from agent.config import interval
interval()''', [("agent/config.py", '''    return load(path).getint("poll", "interval")''', '''    try:
        return load(path).getint("poll", "interval")
    except ValueError:
        return 60''')], elsewhere={"files": {"agent.ini": "[poll]\ninterval = 5\n"}})

conditional("a_json_at_a_fixed_place", {"limits.py": '''
import json
import os

PLACE = "/tmp/devflow-suite-limits/limits.json"


def limits():
    if not os.path.exists(PLACE):
        return {"default": 10}
    with open(PLACE) as file:
        return json.load(file)


def limit_of(user):
    table = limits()
    return int(table.get(user, table["default"]))
'''}, '''import os, shutil
os.makedirs("/tmp/devflow-suite-limits", exist_ok=True)
open("/tmp/devflow-suite-limits/limits.json", "w").write('{"ann": 5, "bob": 7}')
from limits import limit_of
try:
    limit_of("cy")
finally:
    shutil.rmtree("/tmp/devflow-suite-limits")''', [("limits.py", 'table["default"]', 'table.get("default", 10)')])

conditional("a_path_wrong_kind", {"plugins/__init__.py": "", "plugins/manifest.py": '''
import json
from pathlib import Path


class Manifest:
    def __init__(self, folder):
        self.folder = Path(folder)

    def read(self):
        return json.loads((self.folder / "plugin.json").read_text())

    def name(self):
        return self.read().get("name", self.folder.name)
'''}, '''import os, tempfile
os.chdir(tempfile.mkdtemp())
os.makedirs("plugins/clock")
open("plugins/clock/plugin.json", "w").write('[{"name": "clock"}]')
from plugins.manifest import Manifest
Manifest("plugins/clock").name()''', [("plugins/manifest.py", '''        return self.read().get("name", self.folder.name)''', '''        said = self.read()
        return said.get("name", self.folder.name) if isinstance(said, dict) else self.folder.name''')],
    elsewhere={"files": {"plugins/clock/plugin.json": '{"name": "x"}'}})

conditional("a_lines_of_hosts", {"hosts.py": '''
def entries(path):
    found = {}
    with open(path) as file:
        for line in file:
            if line.startswith("#"):
                continue
            address, name = line.split()
            found[name] = address
    return found


def address_of(path, name):
    return entries(path)[name]
'''}, '''import os, tempfile
os.chdir(tempfile.mkdtemp())
open("hosts.txt", "w").write("# ours\\n10.0.0.1 db\\n10.0.0.2 web www\\n")
from hosts import address_of
address_of("hosts.txt", "web")''', [("hosts.py", "address, name = line.split()", "address, name = line.split()[:2]")],
    elsewhere={"files": {"hosts.txt": "10.0.0.9 web\n"}})

ANSWERS = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
