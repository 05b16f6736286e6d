"""How many of the faulty programs of test/testgen a generated test does not reproduce, in percent: with the event's variables, without them, and as
Sentry's relay cuts them; beside the best published rate of a tool without a language model (EvoCrash: 43 % reproduced). A false test is red
on the fixed program or green on the faulty one; each is run three times on both, in random order."""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testgen"))
import node_programs_more  # noqa: E402, F401 - adds to them
import programs_more  # noqa: E402, F401
from node_programs import NODE_PROGRAMS  # noqa: E402
from programs import PROGRAMS  # noqa: E402
import node_suite  # noqa: E402
import suite  # noqa: E402

PUBLISHED = 57
WAYS = {"variables": ("with variables", 0), "relay": ("as relay cuts", 0), "none": ("without variables", 35)}


def measure_language(whole, programs):
    """({way: how many were not reproduced}, how many tests were false)"""
    missed, false = dict.fromkeys(WAYS, 0), 0
    for name, program in programs.items():
        with tempfile.TemporaryDirectory() as folder:
            for way, (reproduced, wrong, answer) in whole(pathlib.Path(folder), program, WAYS).items():
                missed[way] += not reproduced or suite.WITHHELD in wrong
                false += bool(set(wrong) - {suite.WITHHELD})
                if wrong or not reproduced:
                    print(f"{name}, {WAYS[way][0]}: {'; '.join(wrong) or answer['reason']}", file=sys.stderr)
    return missed, false


def measure(build):
    suite.PROGRAM = node_suite.PROGRAM = str(build / "devflow")
    for language, whole, programs in (("Python", suite.whole, PROGRAMS), ("Node", node_suite.whole, NODE_PROGRAMS)):
        missed, false = measure_language(whole, programs)
        for way, (label, goal) in WAYS.items():
            yield f"{language}: not reproduced, {label}", "%", 100 * missed[way] / len(programs), PUBLISHED, goal
        yield f"{language}: false tests", "tests", false, 1, 0
