"""The faulty programs by lot: a lot is a file, programs*.py for Python and node_programs*.py for Node, found by its name. Those of the first two files of a
language were there while the generator was written; the generator had seen none of the others when they were."""

import importlib
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
FIRST = {"programs": ("programs", "programs_more"), "node_programs": ("node_programs",)}


def lots(kind):
    """{file: {name: program}}, of "programs" or "node_programs"."""
    table = getattr(importlib.import_module(kind), kind.upper())
    found = {kind: dict(table)}
    for path in sorted(HERE.glob(f"{kind}_*.py")):
        before = set(table)
        importlib.import_module(path.stem)
        found[path.stem] = {name: table[name] for name in table if name not in before}
    return found


def groups(kind):
    """{"known": {name: program}, "unseen": {...}}"""
    found = {"known": {}, "unseen": {}}
    for lot, programs in lots(kind).items():
        found["known" if lot in FIRST[kind] else "unseen"].update(programs)
    return found


def all_of(kind):
    return {name: program for programs in lots(kind).values() for name, program in programs.items()}
