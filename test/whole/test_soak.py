"""Load held over time. DEVFLOW_SOAK_MINUTES says how long (default: 20 s); ./dev soak holds it for 20 minutes."""

import contextlib
import json
import os
import sqlite3

import soak
from test_webhooks import Receiver

MINUTES = float(os.environ.get("DEVFLOW_SOAK_MINUTES", 1 / 3))


def test_nothing_grows_and_nothing_fails_that_was_not_made_to(start_api, start_sandbox):
    api = start_api({"LOG_FORMAT": "json", "LOG_LEVEL": "warn", "SENTRY_CACHE_MB": "1"})
    sandbox = start_sandbox(api.redirect_uri, "--token-ttl", str(soak.TOKEN_TTL_S))
    with contextlib.closing(Receiver()) as receiver:
        report = soak.World(api, sandbox, receiver).run(MINUTES)
    print(json.dumps(report, indent=1))
    assert api.stop() == 0
    database = sqlite3.connect(api.database)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    found = soak.failures(report, MINUTES)
    assert not found, "\n".join(found)
