"""Counts that several runs share: a caller (.ci/run) names a file in DEVFLOW_TALLY and each run appends its own."""

import os


def record(passed, failed):
    if os.environ.get("DEVFLOW_TALLY"):
        with open(os.environ["DEVFLOW_TALLY"], "a", encoding="ascii") as out:
            out.write(f"{passed} {failed}\n")
