"""`devflow test:generate` for Node: programs fail under @sentry/node, and the tests generated of their events are red on them and green on the
fixed ones, run by the runner that the checkout uses."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "testgen"))
import node_suite  # noqa: E402
from node_programs import NODE_PROGRAMS  # noqa: E402

SHORT = ["find_without_result"]


@pytest.mark.parametrize("name", SHORT)
def test_a_test_is_red_on_the_fault_and_green_on_the_fix(name, tmp_path):
    reproduced, wrong, answer = node_suite.whole(tmp_path, NODE_PROGRAMS[name], ["variables"], rounds=1)["variables"]
    assert reproduced, answer["reason"]
    assert not wrong


def test_without_variables_an_input_is_found(tmp_path):
    reproduced, wrong, answer = node_suite.whole(tmp_path, NODE_PROGRAMS["find_without_result"], ["none"], rounds=1)["none"]
    assert reproduced and not wrong, (wrong, answer)
