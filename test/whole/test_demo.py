"""What `./dev demo` shows, from the empty database to the regression test that passes after the fix."""

import os
import subprocess
import sys

from conftest import PROGRAM, ROOT

STEPS = [
    "OAuth connection established successfully",
    "Sentry: Connected",
    "event_alert.triggered",
    "# `AttributeError: 'NoneType' object has no attribute 'get'`",
    "checkout.md: 1 added",
    "PRIORITY  SCORE",
    "Issue created: ENG-1",
    "The issue is there already: ENG-1",
    "spec-enrich",
    "ENG-1: comment unchanged",
    "fails as the event did",
    "1 failed",
    "# The fix.",
    "1 passed",
]


def test_the_demo_goes_on_to_the_test_that_passes(tmp_path):
    out = tmp_path / "context.md"
    done = subprocess.run([sys.executable, ROOT / "tools" / "demo" / "demo.py", PROGRAM, "-o", out], capture_output=True, text=True, timeout=300,
                          check=False, cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    at = 0
    for step in STEPS:
        assert step in done.stdout[at:], f"{step} is not where it belongs:\n{done.stdout}"
        at = done.stdout.index(step, at) + len(step)
    assert out.read_text().startswith("# `AttributeError")
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
