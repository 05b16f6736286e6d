"""./dev bench patterns: whether the trace ranked first has the same bug, beside published methods; and how time and memory grow.

Quality on Java needs DEVFLOW_TEST_DATA with stacks/traces.jsonl: real traces labelled by bug; on Python, JavaScript, minified
JavaScript and native stacks pattern_stacks.py makes them, and nothing was tuned on the applications set aside. A query is each
trace whose bug has another; ties at the top share. Every figure is a share of misses (1 - RR@1, 1 - AUC), so that less is better. Intervals: 95 %,
bootstrapped over bugs (traces of one bug are not independent). Held out by project: for each project the weights are the best
of 60 on all other projects. Details go to standard error.
"""

import collections
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile

import pattern_methods
import pattern_stacks
import pattern_world

DRAWS, RESAMPLES = 60, 2000
DEFAULTS = {"depth": 1.5, "distance": 0.05, "library": 0.5, "rarity": 1, "line": 0.4, "place": 0.2, "type": 1, "message": 3.5}


def say(text):
    print(text, file=sys.stderr, flush=True)


def load():
    data = os.environ.get("DEVFLOW_TEST_DATA")
    path = pathlib.Path(data or "", "stacks", "traces.jsonl")
    if not data or not path.is_file():
        sys.exit("bench patterns: DEVFLOW_TEST_DATA must name a folder with stacks/traces.jsonl")
    traces = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [t for t in traces if t["frames_above_test"]]


def as_event(trace, line=None):
    frames = [dict(f, lineno=f["lineno"] if line is None else line()) for f in trace["frames"][:trace["frames_above_test"]]]
    return {"event_id": trace["id"], "platform": "java", "exception": {"values": [
        {"type": trace["type"], "value": trace["value"], "stacktrace": {"frames": frames[::-1]}}]}}


def ours(program, path, **weights):
    words = [f"{name}={value}" for name, value in weights.items()]
    printed = subprocess.run([program, "pairs", path, *words], capture_output=True, text=True, check=True).stdout
    return [[float(v) for v in line.split()] for line in printed.splitlines()]


def hits(traces, matrix):
    """Query -> share of the best scored that have its bug."""
    n, found = len(traces), {}
    bugs = collections.Counter(t["bug"] for t in traces)
    for i in range(n):
        if bugs[traces[i]["bug"]] < 2:
            continue
        scores = [matrix[max(i, j)][min(i, j)] if i != j else -1 for j in range(n)]
        best = max(scores)
        top = [j for j in range(n) if scores[j] >= best - 1e-9]
        found[i] = sum(traces[j]["bug"] == traces[i]["bug"] for j in top) / len(top)
    return found


def auc(traces, matrix):
    """Of a pair with one bug and a pair without: how often the first scores more. Equal scores count half."""
    scored = sorted((matrix[i][j], traces[i]["bug"] == traces[j]["bug"]) for i in range(len(traces)) for j in range(i))
    groups = collections.defaultdict(lambda: [0, 0])
    for score, same in scored:
        groups[score][same] += 1
    below = wins = same_total = 0
    for _, (other, same) in sorted(groups.items()):
        wins += same * (below + other / 2)
        below += other
        same_total += same
    return wins / (same_total * below)


def mean(found):
    return sum(found.values()) / len(found)


def interval(traces, found, against=None):
    """95 % of RR@1, or of its difference to another method's, over resampled bugs."""
    chosen, by_bug = random.Random(1), collections.defaultdict(list)
    for i, hit in found.items():
        by_bug[traces[i]["bug"]].append(hit - (against[i] if against else 0))
    bugs, drawn = list(by_bug.values()), []
    for _ in range(RESAMPLES):
        values = [v for bug in chosen.choices(bugs, k=len(bugs)) for v in bug]
        drawn.append(sum(values) / len(values))
    drawn.sort()
    return drawn[RESAMPLES // 40], drawn[-RESAMPLES // 40]


def draw(chosen):
    """Weights spread over what is at all sensible."""
    return {"depth": chosen.choice([0.5, 0.75, 1, 1.5, 2]), "distance": chosen.choice([0, 0.02, 0.05, 0.1, 0.2]),
            "library": chosen.choice([0.25, 0.5, 0.75, 1]), "rarity": chosen.choice([0.5, 1, 1.5]),
            "line": chosen.choice([0.2, 0.4, 0.6, 1]), "place": chosen.choice([0.1, 0.2, 0.3, 0.5]),
            "type": chosen.choice([0.5, 0.75, 1, 1.5]), "message": chosen.choice([2, 2.5, 3.5, 5])}


def held_out(traces, tried):
    """Hits of each project's queries with the weights that did best on the other projects."""
    found = {}
    for project in sorted({t["project"] for t in traces}):
        own = [i for i in tried[0] if traces[i]["project"] == project]
        best = max(tried, key=lambda hit: sum(v for i, v in hit.items() if traces[i]["project"] != project))
        found.update({i: best[i] for i in own})
    return found


def told(name, traces, found, area, against=None):
    low, high = interval(traces, found)
    more = ""
    if against:
        less, most = interval(traces, found, against)
        more = f"; more than the best of the others by {mean(found) - mean(against):.4f} ({less:.4f} to {most:.4f})"
    say(f"  {name:<34} RR@1 {mean(found):.4f} ({low:.4f} to {high:.4f}), {sum(found.values()):.1f} of {len(found)}"
        f"{'' if area is None else f'; AUC {area:.5f}'}{more}")


def quality(program, devflow, folder):
    traces = load()
    path = folder / "events.jsonl"
    path.write_text("".join(json.dumps(as_event(t)) + "\n" for t in traces), encoding="utf-8")
    say(f"{len(traces)} traces of {len({t['bug'] for t in traces})} bugs, {len({t['project'] for t in traces})} projects")
    others = {}
    for name, method in pattern_methods.METHODS.items():
        matrix = pattern_methods.matrix(method(traces), len(traces))
        others[name] = hits(traces, matrix), auc(traces, matrix)
        told(name, traces, *others[name])
    best = max((found for found, _ in others.values()), key=mean)
    matrix = ours(program, path)
    found, area = hits(traces, matrix), auc(traces, matrix)
    told("ours", traces, found, area, best)
    for name, (theirs, their_area) in others.items():
        yield f"misses at rank 1, beside {name}", "%", 100 * (1 - mean(found)), 100 * (1 - mean(theirs)), 100 * (1 - mean(theirs))
        yield f"1 - AUC, beside {name}", "%", 100 * (1 - area), 100 * (1 - their_area), 100 * (1 - their_area)
    yield from grouping(devflow, path, traces)
    yield from robustness(program, folder, path, traces, best)


def b_cubed(traces, group_of):
    """F1 of B-cubed: for each trace, how much of its group has its bug, and how much of its bug is in its group."""
    members, bugs = collections.Counter(group_of.values()), collections.Counter(t["bug"] for t in traces)
    both = collections.Counter((group_of[t["id"]], t["bug"]) for t in traces)
    precision = sum(n * n / members[group] for (group, _), n in both.items()) / len(traces)
    recall = sum(n * n / bugs[bug] for (_, bug), n in both.items()) / len(traces)
    return 2 * precision * recall / (precision + recall)


def grouping(devflow, path, traces, label=""):
    """At thresholds around the default, beside grouping by equal frames and type."""
    scores = {}
    for percent in range(40, 95, 10):
        printed = subprocess.run([devflow, "patterns:group", path, "--json", "--alike", str(percent)], capture_output=True, check=True)
        groups = json.loads(printed.stdout)["groups"]
        scores[percent] = b_cubed(traces, {m: g["id"] for g in groups for m in g["members"]})
    equal = b_cubed(traces, {t["id"]: (pattern_methods.frames(t), t["type"]) for t in traces})
    say("  groups, F1 of B-cubed: " + ", ".join(f"{p} % {f:.3f}" for p, f in scores.items()) + f"; equal stack and type {equal:.3f}")
    yield f"{label}groups, 1 - F1 of B-cubed, beside equal stacks", "%", 100 * (1 - scores[70]), 100 * (1 - equal), 100 * (1 - equal)


def robustness(program, folder, path, traces, best):
    chosen, limit = random.Random(7), 100 * (1 - mean(best))
    tried = [hits(traces, ours(program, path, **draw(chosen))) for _ in range(DRAWS)]
    rates = sorted(mean(hit) for hit in tried)
    say(f"  {DRAWS} random settings: RR@1 least {rates[0]:.4f}, median {rates[DRAWS // 2]:.4f}, most {rates[-1]:.4f}")
    found = held_out(traces, tried)
    told("ours, weights held out by project", traces, found, None, best)
    yield "misses at rank 1, held out by project", "%", 100 * (1 - mean(found)), limit, limit
    worst = 1.0
    for name, value in DEFAULTS.items():
        row = [(mean(hits(traces, matrix)), auc(traces, matrix))
               for matrix in (ours(program, path, **{name: value * factor}) for factor in (0, 0.5, 2))]
        say(f"  {name:<10} at 0, half, twice: " + ", ".join(f"RR@1 {rate:.4f} AUC {area:.5f}" for rate, area in row))
        worst = min(worst, row[1][0], row[2][0])
    yield "misses at rank 1, the worst weight halved or doubled", "%", 100 * (1 - worst), limit, limit
    moved = folder / "moved.jsonl"
    for label, line in (("every line moved at random", lambda: chosen.randrange(1, 5000)), ("no lines", lambda: None)):
        moved.write_text("".join(json.dumps(as_event(t, line)) + "\n" for t in traces), encoding="utf-8")
        matrix = ours(program, moved)
        found = hits(traces, matrix)
        told(f"ours, {label}", traces, found, auc(traces, matrix), best)
        yield f"misses at rank 1, {label}", "%", 100 * (1 - mean(found)), limit, limit


def made_trace(row):
    """What the other methods read of an event of pattern_stacks.py: the causes' frames before those of what wrapped them."""
    values = row["event"]["exception"]["values"]
    frames = [{"module": f.get("module") or f.get("filename") or f.get("package"), "function": f.get("function")}
              for v in values for f in v.get("stacktrace", {"frames": []})["frames"][::-1]]
    return dict(row, type=values[-1]["type"], frames=frames, frames_above_test=len(frames))


def other_languages(program, devflow, folder):
    for kind in pattern_stacks.KINDS:
        rows = pattern_stacks.make(kind)
        for aside in (False, True):
            part = [row for row in rows if row["aside"] == aside]
            path = folder / f"{kind}.jsonl"
            path.write_text("".join(json.dumps(dict(row["event"], event_id=row["id"])) + "\n" for row in part), encoding="utf-8")
            label = kind + (", set aside" if aside else "")
            say(f"{label}: {len(part)} traces of {len({row['bug'] for row in part})} bugs, {len({row['app'] for row in part})} programs")
            yield from beside_others(program, devflow, path, [made_trace(row) for row in part], label)


def beside_others(program, devflow, path, traces, label):
    others = {}
    for name, method in pattern_methods.METHODS.items():
        matrix = pattern_methods.matrix(method(traces), len(traces))
        others[name] = hits(traces, matrix), auc(traces, matrix)
        told(name, traces, *others[name])
    best, area_of_best = max((found for found, _ in others.values()), key=mean), max(area for _, area in others.values())
    matrix = ours(program, path)
    found, area = hits(traces, matrix), auc(traces, matrix)
    told("ours", traces, found, area, best)
    silent = hits(traces, ours(program, path, message=0))
    told("ours, messages not read", traces, silent, None, best)
    limit, area_limit = 100 * (1 - mean(best)), 100 * (1 - area_of_best)
    yield f"{label}: misses at rank 1, beside the best other", "%", 100 * (1 - mean(found)), limit, limit
    yield f"{label}: misses at rank 1, messages not read", "%", 100 * (1 - mean(silent)), limit, limit
    yield f"{label}: 1 - AUC, beside the best other", "%", 100 * (1 - area), area_limit, area_limit
    yield from grouping(devflow, path, traces, f"{label}: ")


def cpu_s(*command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def size(program, devflow, folder):
    small, large = folder / "10k.jsonl", folder / "100k.jsonl"
    pattern_world.write(small, 10_000)
    pattern_world.write(large, 100_000)
    for command in ("patterns:similar", "patterns:group"):
        runs = [(cpu_s(devflow, command, small, "--json"), cpu_s(devflow, command, large, "--json")) for _ in range(3)]
        least, most = (min(run[i] for run in runs) for i in (0, 1))
        say(f"  {command}: 10,000 events {least:.2f} s, 100,000 events {most:.2f} s of CPU (the least of 3)")
        yield f"{command}, 100,000 events over 10,000", "s", most, least, 12 * least
    printed = subprocess.run([program, "live", large], capture_output=True, text=True, check=True).stdout.split()
    median, p99, most, bytes_each, shapes = (float(v) for v in printed)
    say(f"  a live index of 100,000 events ({shapes:.0f} stacks): event read, added and asked about in {median:.0f} us (p99 {p99:.0f}, "
        f"most {most:.0f})")
    yield "one event into a live index, median", "us", median, 1000, 1000
    yield "one event into a live index, p99", "us", p99, 1000, 1000
    yield "memory an event", "bytes", bytes_each, 2560, 2560


def measure(build):
    program, devflow = build / "test" / "bench" / "pattern_scores", build / "devflow"
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        yield from quality(program, devflow, folder)
        yield from other_languages(program, devflow, folder)
        yield from size(program, devflow, folder)
