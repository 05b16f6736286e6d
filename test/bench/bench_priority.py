"""./dev bench priority: whether bugs:prioritize puts bugs in the order of the harm they do, beside Sentry's orders freq, user and recommended.

priority_world.py draws populations whose truth is known; the truth is taken in three ways: users harmed a day, events a day, and the
mean of both by magnitude, each times the level's weight. Figures are 1 - Spearman's or 1 - Kendall's rank correlation with it, so less is
better, means over the populations of seeds that no weight was chosen by (TUNING are the seeds to try weights on). The reference is the best
of Sentry's three orders for that truth and world, whichever it is. DEVFLOW_BENCH_SEEDS=tuning shows the others.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import priority_world

TUNING, REPORTED = range(1, 11), range(1001, 1026)
ORDERS = ("freq", "user", "recommended")


def say(text):
    print(text, file=sys.stderr, flush=True)


def ranks(values):
    """Ties share the mean of their ranks."""
    order, found, i = sorted(range(len(values)), key=lambda k: values[k]), [0.0] * len(values), 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in order[i:j + 1]:
            found[k] = (i + j) / 2
        i = j + 1
    return found


def spearman(a, b):
    a, b = ranks(a), ranks(b)
    mean = (len(a) - 1) / 2
    top = sum((x - mean) * (y - mean) for x, y in zip(a, b))
    return top / (sum((x - mean)**2 for x in a) * sum((y - mean)**2 for y in b))**0.5


def kendall(a, b):
    """tau-b."""
    same = apart = tied_a = tied_b = 0
    for i in range(len(a)):
        for j in range(i):
            x, y = (a[i] > a[j]) - (a[i] < a[j]), (b[i] > b[j]) - (b[i] < b[j])
            same, apart = same + (x * y > 0), apart + (x * y < 0)
            tied_a, tied_b = tied_a + (x == 0 and y != 0), tied_b + (y == 0 and x != 0)
    return (same - apart) / ((same + apart + tied_a) * (same + apart + tied_b))**0.5


def scores(program, issues):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "issues.json")
        path.write_text(json.dumps(issues), encoding="utf-8")
        done = subprocess.run([program, "bugs:prioritize", "--input", path, "--json", "--compare"], capture_output=True, text=True, check=True)
    found = {one["id"]: one for one in json.loads(done.stdout)["issues"]}
    return {"ours": [found[i["id"]]["score"] for i in issues], "freq": [int(i["count"]) for i in issues],
            "user": [i["userCount"] for i in issues], "recommended": [-found[i["id"]]["sentry"]["place"] for i in issues]}


def measure(build):
    seeds = TUNING if os.environ.get("DEVFLOW_BENCH_SEEDS") == "tuning" else REPORTED
    for world in priority_world.WORLDS:
        sums = {}
        for seed in seeds:
            bugs = priority_world.population(seed, world)
            had = scores(build / "devflow", [issue for issue, _ in bugs])
            for truth in bugs[0][1]:
                true = [t[truth] for _, t in bugs]
                for order, values in had.items():
                    for name, how in (("Spearman", spearman), ("Kendall", kendall)):
                        sums[truth, name, order] = sums.get((truth, name, order), 0) + (1 - how(values, true)) / len(seeds)
        for truth, name in sorted({key[:2] for key in sums}):
            best = min(ORDERS, key=lambda order: sums[truth, name, order])
            say(f"{world}, {truth}, 1 - {name}: ours {sums[truth, name, 'ours']:.3f}  " +
                "  ".join(f"{order} {sums[truth, name, order]:.3f}" for order in ORDERS))
            yield (f"{world}, by {truth}, beside {best}", f"1 - {name}", sums[truth, name, "ours"], sums[truth, name, best],
                   sums[truth, name, best])
