"""The flow in a real browser: redirects across sites, cookies and content security policies as Chromium has them."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
from test_oauth import connections, flow_of

QUIET = ["--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]


@pytest.fixture
def dump(tmp_path):
    """dump(url): the page a real browser ends at, as its DOM. Each call is a browser of its own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program and re.search("^ID=ubuntu", pathlib.Path("/etc/os-release").read_text(), re.MULTILINE):
        pytest.skip("Ubuntu has Chromium as a snap only")
    assert program, "Chromium is not there: ./dev setup test"
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []

    def run(url, profile="one"):
        done = subprocess.run([program, *QUIET, *as_root, f"--user-data-dir={tmp_path}/{profile}", "--dump-dom", url],
                              capture_output=True, text=True, timeout=100, check=True)
        return done.stdout
    return run


def test_a_browser_comes_back_with_its_cookie(connected, dump):
    # The sandbox, like Sentry, asks only once: what was approved is sent back at once.
    authorization = connected.authorize()
    page = dump(authorization["startUrl"])
    assert "Sentry Connected!" in page and "You can close this window" in page
    assert flow_of(connected, authorization)["status"] == "completed"
    assert connections(connected)[0]["status"] == "connected"


def test_another_browser_is_shown_the_refusal(connected, dump):
    authorization = connected.authorize()
    connected.api.get(authorization["startUrl"].removeprefix(connected.api.url))  # some other browser opened it first
    page = dump(authorization["authUrl"])
    assert "Connection Failed" in page and "another browser" in page
    assert flow_of(connected, authorization)["status"] == "pending"


def test_the_consent_page_is_shown_under_its_policy(walk, dump):
    walk.create()
    walk.register()
    page = dump(walk.authorize()["startUrl"])
    assert "event:read" in page and "Approve" in page
