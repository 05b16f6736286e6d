"""More of what a server answers: none at all, one after the other, by way of httpx, urllib3 and aiohttp, and while a framework's request is handled.
Written before the generator could put back any of these."""

from programs import PROGRAMS
from programs_conditions import conditional

BEFORE = set(PROGRAMS)
# An address at which nobody listens, and one whose server never answers.
NOBODY = "import socket\nfree = socket.socket()\nfree.bind(('127.0.0.1', 0))\nport = free.getsockname()[1]\nfree.close()\n"
SLOW = "import socket\nslow = socket.socket()\nslow.bind(('127.0.0.1', 0))\nslow.listen()\nport = slow.getsockname()[1]\n"

conditional("n_requests_refused", {"alerts/__init__.py": "", "alerts/send.py": '''
import requests


class Hook:
    def __init__(self, url):
        self.url = url
        self.failures = []

    def post(self, payload):
        try:
            reply = requests.post(self.url, json=payload, timeout=3)
            reply.raise_for_status()
        except requests.RequestException as error:
            self.failures.append(error.response.status_code)
            return False
        return True


def broadcast(hooks, text):
    return sum(hook.post({"text": text}) for hook in hooks)
'''}, NOBODY + '''from alerts.send import Hook, broadcast
broadcast([Hook(f"http://127.0.0.1:{port}/hook")], "disk full")''', [("alerts/send.py", "error.response.status_code", "getattr(error.response, 'status_code', None)")])

conditional("n_requests_late", {"rates.py": '''
import requests

FALLBACK = {"USD": 1.08, "GBP": 0.85}


def latest(server, base="EUR"):
    reply = requests.get(f"{server}/latest", params={"base": base}, timeout=0.3)
    return reply.json()["rates"]


def convert(server, amount, currency):
    return round(amount * latest(server)[currency], 2)
'''}, SLOW + '''from rates import convert
convert(f"http://127.0.0.1:{port}", 12.5, "USD")''', [("rates.py", '''    reply = requests.get(f"{server}/latest", params={"base": base}, timeout=0.3)
''', '''    try:
        reply = requests.get(f"{server}/latest", params={"base": base}, timeout=0.3)
    except requests.RequestException:
        return FALLBACK
''')])

conditional("n_urllib_unreachable", {"version/__init__.py": "", "version/check.py": '''
import json
import urllib.error
import urllib.request


def newest(url):
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return json.load(reply)["tag"]
    except urllib.error.URLError:
        return None


def parts(tag):
    return tuple(int(p) for p in tag.lstrip("v").split("."))


def is_outdated(current, url):
    return parts(current) < parts(newest(url))
'''}, NOBODY + '''from version.check import is_outdated
is_outdated("v1.4.2", f"http://127.0.0.1:{port}/latest")''', [("version/check.py", "    return parts(current) <", "    if newest(url) is None:\n        return False\n    return parts(current) <")])

conditional("n_httpx_key", {"people/__init__.py": "", "people/directory.py": '''
import httpx


class Directory:
    def __init__(self, base_url):
        self.client = httpx.Client(base_url=base_url, timeout=5)

    def person(self, number):
        reply = self.client.get(f"/people/{number}")
        reply.raise_for_status()
        return reply.json()


def label(directory, number):
    person = directory.person(number)
    return f"{person['name']['last']}, {person['name']['first']}"
'''}, '''from people.directory import Directory, label
label(Directory(serve({"/people/7": (200, b'{"id": 7, "name": {"last": "Okafor"}}')})), 7)''',
    [("people/directory.py", "person['name']['first']", "person['name'].get('first', '')")])

conditional("n_httpx_async_refused", {"mesh/__init__.py": "", "mesh/probe.py": '''
import asyncio

import httpx


async def status(client, url):
    try:
        return (await client.get(url)).status_code
    except httpx.ConnectError:
        return None


async def statuses(urls):
    async with httpx.AsyncClient(timeout=2) as client:
        return await asyncio.gather(*(status(client, url) for url in urls))


def worst(urls):
    return max(asyncio.run(statuses(urls)))
'''}, NOBODY + '''from mesh.probe import worst
worst([serve({"/a": (200, b"ok")}) + "/a", f"http://127.0.0.1:{port}/b"])''', [("mesh/probe.py", "return max(asyncio.run(statuses(urls)))", "return max(s or 599 for s in asyncio.run(statuses(urls)))")])

conditional("n_urllib3_page", {"metrics/__init__.py": "", "metrics/pull.py": '''
import json

import urllib3

http = urllib3.PoolManager()


def sample(url):
    reply = http.request("GET", url, retries=False, timeout=5.0)
    return json.loads(reply.data.decode("utf-8"))


def busiest(url):
    loads = sample(url)["cpus"]
    return loads.index(max(loads))
'''}, '''from metrics.pull import busiest
busiest(serve({"/cpu": (200, b'{"cpus": []}')}) + "/cpu")''', [("metrics/pull.py", "    return loads.index(max(loads))", "    return loads.index(max(loads)) if loads else None")])

conditional("n_aiohttp_list", {"crawl/__init__.py": "", "crawl/jobs.py": '''
import asyncio

import aiohttp


async def fetch(session, url):
    async with session.get(url) as reply:
        reply.raise_for_status()
        return await reply.json(content_type=None)


async def newest(url):
    async with aiohttp.ClientSession() as session:
        jobs = await fetch(session, url)
    return max(jobs, key=lambda job: job["started"])["id"]


def main(url):
    return asyncio.run(newest(url))
'''}, '''from crawl.jobs import main
main(serve({"/jobs": (200, b'[{"id": 4, "started": 1700000000}, {"id": 5, "state": "queued"}]')}) + "/jobs")''',
    [("crawl/jobs.py", 'job["started"]', 'job.get("started", 0)')])

conditional("n_answers_in_turn", {"builds/__init__.py": "", "builds/wait.py": '''
import time

import requests


def finished(url, tries=5):
    for _ in range(tries):
        state = requests.get(url, timeout=5).json()
        if state["status"] != "running":
            return state
        time.sleep(0.01)
    raise TimeoutError(url)


def report(url):
    state = finished(url)
    return f"{state['status']} after {state['seconds']} s"
'''}, '''from builds.wait import report
report(serve({"/builds/9": [(200, b'{"status": "running", "seconds": 3}'), (200, b'{"status": "cancelled"}')]}) + "/builds/9")''',
    [("builds/wait.py", "state['seconds']", "state.get('seconds', 0)")])

conditional("n_retried_then_page", {"sync/__init__.py": "", "sync/pull.py": '''
import requests


class Puller:
    def __init__(self, url):
        self.url, self.tries = url, 0

    def get(self):
        while self.tries < 3:
            self.tries += 1
            reply = requests.get(self.url, timeout=5)
            if reply.status_code == 503:
                continue
            return reply
        return None

    def pull(self):
        items = self.get().json()["items"]
        return [item["id"] for item in items] + [self.tries]
'''}, '''from sync.pull import Puller
Puller(serve({"/items": [(503, b"busy"), (200, b'{"items": null}')]}) + "/items").pull()''',
    [("sync/pull.py", 'in items]', 'in items or ()]')])

conditional("n_flask_upstream", {"site_app/__init__.py": "", "site_app/app.py": '''
import os

import requests
from flask import Flask, jsonify, request

app = Flask(__name__)
BACKEND = os.environ.get("BACKEND", "http://localhost:9200")


def find(query):
    reply = requests.get(f"{BACKEND}/_search", params={"q": query}, timeout=5)
    return reply.json()


@app.get("/search")
def search():
    found = find(request.args["q"])
    return jsonify({"total": found["hits"]["total"], "first": found["hits"]["items"][0]["id"]})
'''}, '''import os
os.environ["BACKEND"] = serve({"/_search": (200, b'{"hits": {"total": 0, "items": []}}')})
from site_app.app import app
app.test_client().get("/search?q=lamp")''', [("site_app/app.py", '"first": found["hits"]["items"][0]["id"]', '"first": next((i["id"] for i in found["hits"]["items"]), None)')])

conditional("n_fastapi_httpx_down", {"gate/__init__.py": "", "gate/main.py": '''
import os

import httpx
from fastapi import FastAPI

app = FastAPI()
USERS = os.environ.get("USERS_URL", "http://users.internal")


async def user(name):
    async with httpx.AsyncClient(base_url=USERS, timeout=1) as client:
        try:
            reply = await client.get(f"/users/{name}")
        except httpx.TransportError:
            return None
        return reply.json() if reply.status_code == 200 else {}


@app.get("/hello/{name}")
async def hello(name: str):
    found = await user(name)
    return {"text": f"Hello {found.get('nick', name)}"}
'''}, NOBODY + '''import os
os.environ["USERS_URL"] = f"http://127.0.0.1:{port}"
from fastapi.testclient import TestClient
from gate.main import app
TestClient(app, raise_server_exceptions=False).get("/hello/ann")''', [("gate/main.py", "found.get('nick', name)", "(found or {}).get('nick', name)")])

conditional("n_flask_settings_file", {"menu.py": '''
import json
import pathlib

from flask import Flask

app = Flask(__name__)
DATA = pathlib.Path("data/menu.json")


def dishes():
    return json.loads(DATA.read_text())["dishes"]


@app.get("/today/<int:day>")
def today(day):
    dish = dishes()[day % 7]
    return f"{dish['name']} for {dish['price']:.2f}"
'''}, '''import os, tempfile
os.chdir(tempfile.mkdtemp())
os.mkdir("data")
open("data/menu.json", "w").write('{"dishes": [{"name": "soup", "price": 4}, {"name": "pie", "price": "5.50"}]}')
from menu import app
app.test_client().get("/today/8")''', [("menu.py", "{dish['price']:.2f}", "{float(dish['price']):.2f}")],
    elsewhere={"files": {"data/menu.json": '{"dishes": []}'}})

conditional("n_aiohttp_no_connection", {"probes/__init__.py": "", "probes/check.py": '''
import asyncio

import aiohttp


async def status(session, url):
    async with session.get(url) as answer:
        return answer.status


async def sweep(urls):
    found = {}
    async with aiohttp.ClientSession() as session:
        for url in urls:
            found[url] = await status(session, url)
    return found


def main(urls):
    return asyncio.run(sweep(urls))
'''}, "from probes.check import main\nmain(['http://127.0.0.1:9/health'])",
        [("probes/check.py", "            found[url] = await status(session, url)",
          "            try:\n                found[url] = await status(session, url)\n            except aiohttp.ClientConnectionError:\n                found[url] = None")])

ANSWERS_MORE = {name: PROGRAMS[name] for name in PROGRAMS if name not in BEFORE}
