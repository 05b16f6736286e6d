"""What the scrubber misses and what it takes in vain, in percent: beside what is allowed (recall 98 % for secrets, 95 % for personal
data, precision 99 %), on the list of scrub_list.py, of which a third is set aside; and on the real traces (DEVFLOW_TEST_DATA).

    bench_scrub.py BUILD     what was missed in the two thirds to be looked at; of the third nothing is shown
"""

import json
import os
import pathlib
import re
import subprocess
import sys
from collections import Counter

import scrub_list

RECALL, PRECISION = {"secret": 98, "personal": 95}, 99
MARK = re.compile(r"\[scrubbed:[^\]]*\]")
ALLOWED_IN_TRACES = re.compile(r"\[scrubbed:(email|path)[^\]]*\]")
PART = 12  # bytes of a value that may not stay


def scrubbed(program, values):
    """Each JSON value after the scrubber."""
    text = "".join(json.dumps(value) + "\n" for value in values)
    done = subprocess.run([program], input=text, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in done.splitlines()]


def left(item, out):
    """Whether the value, or a large part of it, is still there."""
    parts = {item.value[i:i + PART] for i in range(0, max(1, len(item.value) - PART + 1), PART)}
    return any(part in out for part in parts)


def in_vain(item, out):
    """How many removals took what should stay."""
    if not item.value:
        return len(MARK.findall(out)) or int(out != item.text)
    before, _, after = item.text.partition(item.value)
    exact = re.fullmatch(re.escape(before) + MARK.pattern + re.escape(after), out, re.DOTALL)
    return 0 if exact or left(item, out) else max(0, len(MARK.findall(out)) - 1)


class Tally:
    def __init__(self):
        self.asked, self.missed, self.vain, self.removals = Counter(), Counter(), 0, 0
        self.faults = []

    def count(self, item, out):
        vain = in_vain(item, out)
        self.vain += vain
        self.removals += len(MARK.findall(out))
        missed = bool(item.value) and left(item, out)
        if item.value:
            self.asked[item.sort] += 1
            self.missed[item.sort] += missed
        if missed or vain:
            self.faults.append(("missed" if missed else "in vain", item, out))

    def recall(self, sort):
        return 100 * (1 - self.missed[sort] / self.asked[sort])

    def precision(self):
        return 100 * (1 - self.vain / self.removals)


def judge(program):
    """The tally of what is looked at, and of what is set aside."""
    items = list(scrub_list.items())
    tallies = Tally(), Tally()
    for item, out in zip(items, scrubbed(program, [item.text for item in items]), strict=True):
        tallies[item.aside()].count(item, out)
    return tallies


def traces():
    data = os.environ.get("DEVFLOW_TEST_DATA")
    path = pathlib.Path(data or "/nowhere", "stacks", "traces.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if data else []


def changed_traces(program):
    """What the scrubber did to the real traces that it should not have done."""
    texts = [text for trace in traces() for text in [trace["type"], trace["value"], *[
        f"at {f['module']}.{f['function']}({f['filename']}:{f['lineno']})" for f in trace["frames"]]] if text]
    for text, out in zip(texts, scrubbed(program, texts), strict=True):
        if text != out and MARK.sub("", out) != ALLOWED_IN_TRACES.sub("", out):
            yield text, out


def measure(build):
    program = build / "test" / "bench" / "scrub"
    for name, tally in zip(("two thirds", "set aside"), judge(program), strict=True):
        for sort, goal in RECALL.items():
            yield f"{sort} values missed, {name}", "%", 100 - tally.recall(sort), 100, 100 - goal
        yield f"removals in vain, {name}", "%", 100 - tally.precision(), 100, 100 - PRECISION
    if traces():
        yield "changes to the real traces but paths and e-mails", "", len(list(changed_traces(program))), len(traces()), 0


def main():
    program = pathlib.Path(sys.argv[1], "test", "bench", "scrub")
    looked_at, _ = judge(program)
    for word, item, out in looked_at.faults:
        print(f"{word}\t{item.kind}\t{item.text!r}\n\t\t{out!r}")
    for text, out in changed_traces(program):
        print(f"trace\t{text!r}\n\t\t{out!r}")
    print(Counter((word, item.sort, item.kind) for word, item, _ in looked_at.faults))


if __name__ == "__main__":
    main()
