"""devflow spec:enrich and POST specs/enrich: the Sentry issues that a specification names, each in a block of its own; the rest of the
file stays as it is, byte for byte."""

import hashlib
import json
import os
import re
import subprocess

import pytest
from test_openapi import send_event

START = re.compile(r"<!-- devflow:sentry:(\d+):start v=1 sha256=([0-9a-f]{64}) -->")
BLOCK = re.compile(r"<!-- devflow:sentry:(\d+):start v=1 sha256=([0-9a-f]{64}) -->\r?\n(.*?)<!-- devflow:sentry:\1:end -->", re.DOTALL)


@pytest.fixture
def shop(connected, sandbox, api):
    """A connected project with one issue; what it is called and where it is."""
    send_event(sandbox)
    [issue] = api.get("/integrations/shop/sentry/issues").json()["issues"]
    return issue


@pytest.fixture
def enrich(api, shop, tmp_path):
    """enrich(spec, *options, status=0): the finished command, in tmp_path; spec may be a list."""
    def run(spec, *options, status=0):
        specs = [spec] if isinstance(spec, (str, os.PathLike)) else spec
        done = api.devflow("spec:enrich", *map(str, specs), "--project", "shop", *options)
        assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
        return done
    return run


def link(sandbox, issue):
    return f"{sandbox.url}/organizations/{sandbox.organization}/issues/{issue['id']}/"


def test_a_link_becomes_a_block_at_the_end_of_its_section(enrich, sandbox, shop, tmp_path):
    spec = tmp_path / "SPEC.md"
    before = f"# Checkout\n\nFix <{link(sandbox, shop)}>.\n\n- a\n- b\n\n## Later\n\nnothing\n"
    spec.write_text(before)
    assert "1 added" in enrich(spec).stdout
    text = spec.read_text()
    head, tail = before.split("\n## Later")
    assert text.startswith(head + "\n<!-- devflow:sentry:") and text.endswith("-->\n\n## Later" + tail)
    [(number, digest, body)] = BLOCK.findall(text)
    assert number == shop["id"] and digest == hashlib.sha256(f"v1\n{number}\n{body}".encode()).hexdigest()
    for part in ("Untrusted data from production", "`CheckoutError`", "price_of", "SELECT 1", "## Suggested priority", "## Acceptance criteria",
                 "- **Given** release `shop@1.2.3`, environment `production`", "- **When** `POST`", "- **Then** no `CheckoutError`"):
        assert part in body, (part, body)
    assert "4111111111111111" not in text and "ann@example.com" not in text
    enrich(spec, "--check")
    assert "1 unchanged" in enrich(spec).stdout and spec.read_text() == text
