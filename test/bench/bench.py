"""./dev bench: each measurement beside a reference taken in the same run, ours and the reference's turn by turn.

    bench.py [NAME...] [--json]

A measurement is a module bench_NAME.py in this folder: its measure(build) yields
(name, unit, ours, reference, goal). Smaller is better everywhere; goal is the most `ours` may be, None for what is only
reported. Standard library only.
"""

import argparse
import importlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def names():
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def figures(name):
    module = importlib.import_module(f"bench_{name}")
    for label, unit, ours, reference, goal in module.measure(ROOT / "build"):
        yield {
            "name": f"{name}: {label}",
            "unit": unit,
            "ours": round(ours, 2),
            "reference": round(reference, 2),
            "ratio": round(ours / reference, 2),
            "goal": None if goal is None else round(goal, 2),
            "holds": None if goal is None else ours <= goal,
        }


def table(rows):
    head = ("name", "unit", "ours", "reference", "ratio", "goal", "holds")
    words = {True: "yes", False: "no", None: "-"}
    lines = [head] + [tuple(words[v] if v is None or isinstance(v, bool) else str(v) for v in row.values()) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        print("  ".join(v.ljust(w) if i < 2 else v.rjust(w) for i, (v, w) in enumerate(zip(line, widths))).rstrip())


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measures DevFlow beside references.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names())}; all when left out")
    parser.add_argument("--json", action="store_true", help="a list of objects instead of the table")
    args = parser.parse_args()
    unknown = [name for name in args.names if name not in names()]
    if unknown:
        parser.error(f"no measurement {', '.join(unknown)}; there are {', '.join(names())}")
    sys.path[:0] = [str(HERE), str(ROOT / "test" / "whole")]
    rows = [row for name in args.names or names() for row in figures(name)]
    if args.json:
        print(json.dumps(rows, indent=2))
    else:
        table(rows)
    return 0 if all(row["holds"] is not False for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
