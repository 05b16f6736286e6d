"""Where a fix may stand that the call of a test does not show: in a function before it that could not be called, in a module of data, in what makes
the values of the call. Then the call alone is red for good. The test therefore knows how the event's own packages read, and is skipped where they read
otherwise and the call still fails."""

import ast
import hashlib
import os
import re
from pathlib import Path

from devflow_producers import IS_TEST, adding, digest_of_parts, is_test, parts_in, producers, source_of, without_blanks
from devflow_source import FEW, dotted, own_nodes
from devflow_values import literal

MOST = 60
LISTS = re.compile(r"\b(?:glob|iglob|iterdir|listdir|rglob|scandir|walk)\(")  # what is in a folder


def called(checkout, d):
    """(file, name, definition) of the functions and classes of the checkout that a function calls, as far as names tell."""
    for node in own_nodes(d.node):
        if not isinstance(node, ast.Call):
            continue
        found = checkout.resolve(d.file, dotted(node.func)) if dotted(node.func) else None
        if found:
            yield (found[1], found[2].name, found[2] if found[0] == "function" else found[1].method(found[2], "__init__"))
        elif isinstance(node.func, ast.Attribute):
            name = node.func.attr
            files = checkout.having(f"def {name}(") if checkout.count(f"def {name}(") <= FEW else ()
            own = [m for f in files for m in f.definitions if m.name == name and m.cls]
            for m in own if len(own) <= 3 else ():
                yield m.file, m.name, m


def near(checkout, files):
    """The files, and those of the checkout that they import, and these."""
    found = list(files)
    for file in found:
        for module, attr in file.imports.values():
            other = checkout.import_file(file, module, attr)
            if other and other[0] not in found and len(found) < MOST:
                found.append(other[0])
    return found


def pattern_of(relative):
    """What takes in a file and all of its package."""
    folders = relative.replace(os.sep, "/").split("/")[:-1]
    top = folders[:2] if folders[:1] in (["src"], ["lib"]) else folders[:1]
    return "/".join([*top, "**", "*.py"] if top else ["*.py"])


def listed(files, data):
    """Patterns of the data in folders that these files list and name: a fix may add to them."""
    listing = ["\n".join(file.lines) for file in files if any(LISTS.search(line) for line in file.lines)]
    folders = {(os.path.dirname(name), os.path.splitext(name)[1]) for name in data} if listing else ()
    named = [(folder, end) for folder, end in folders if any(re.search(rf"[\"'/]{re.escape(os.path.basename(folder))}[\"'/]", text) for text in listing)]
    return {f"{folder.replace(os.sep, '/')}/*{end}" for folder, end in named}


def patterns_of(checkout, files):
    """Of the packages of files, of those that are called as tests are, and of the data that they name or have beside them: what is added to it is
    another machine's, but for folders of a package that they list."""
    named = [file.relative for file in files if is_test(file)]
    text = "\n".join(line for file in files for line in file.lines)
    patterns = {pattern_of(file.relative) for file in files}
    folders = tuple(p.partition("**")[0] for p in patterns if "**" in p)
    beside = [name for name in checkout.data if name.replace(os.sep, "/").startswith(folders)]
    data = [name for name in checkout.data if os.path.basename(name) in text or name in beside]
    return sorted({*patterns, *listed(files, beside), *(name.replace(os.sep, "/") for name in [*named, *data[:MOST]])})


# This stands in the test, too.
def digest_of_source(folder, patterns, tests):
    """Of the lines of these files, but for tests that are not named."""
    whole = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and (name in patterns or not re.search(tests, name)):
            whole.update(without_blanks(path.read_text(encoding="utf-8", errors="replace")))
    return whole.hexdigest()[:16]


def before(checkout, exceptions, expected):
    """(files of the frames, names of the checkout's functions that came before the way from the call to the crash, whether a library called the first,
    frames of the program before the way)."""
    way = {(s[0], s[1]) for s in expected.steps}
    files, names, handed, outer = {}, [], False, []
    for exception in exceptions:
        own = [checkout.of_frame(f) if f["app"] else None for f in exception["frames"]]
        files.update(dict.fromkeys(file for file in own if file))
        first = next((i for i, file in enumerate(own) if file), 0)
        handed = handed or any(not f["app"] and not f["file"].startswith("<frozen ") for f in exception["frames"][:first])
        there = [file.definition(f["function"], f["line"], f["text"]) if file else None for f, file in zip(exception["frames"], own)]
        on = next((i for i, d in enumerate(there) if d and (d.file.relative, d.name) in way), len(there))  # what a cause's frames have further on is called
        names += [d.qualname for d in there[:on] if d and d.qualname not in names]
        outer += [f for f in exception["frames"][:on] if f["app"]]
    return list(files), names, handed, outer


def guard(checkout, exceptions, expected, trial, exact):
    """What the test needs beside its call: {"top": lines, "lines": before it raises, "imports": modules, "said": for the docstring}, or None."""
    files, names, handed, outer = before(checkout, exceptions, expected)
    alone = exact and not names and not handed
    others = adding(checkout, trial, expected, near(checkout, [trial.d.file])) if alone else []
    if alone and not others:
        return guard_of_parts(producers(checkout, trial, outer, expected), Path(checkout.root))
    patterns = patterns_of(checkout, near(checkout, [*files, *others]))
    why = "What other modules add as they are imported is not here" if others else "What came before this call is not called here" if exact else "The input is partly made up"
    what = "what comes before it has changed: the fix may be there" if exact else "the source has changed: the fix may be for another input"
    said = f"{', '.join(names[:3])} came before it, but could not be called: if the call still raises this when that has changed, the test is skipped, not red."
    root = Path(checkout.root)
    top = [f"# {why}, so the call may go on failing after", "# a fix. Whether there was one, these say:",
           f"WHERE_A_FIX_MAY_BE = [{', '.join(map(literal, patterns))}]", f"TEST_FILES = {literal(IS_TEST.pattern)}", "", "",
           *source_of(without_blanks, digest_of_source)]
    lines = [f"if digest_of_source(FOUND[0], WHERE_A_FIX_MAY_BE, TEST_FILES) != {literal(digest_of_source(root, patterns, IS_TEST))}:", f"    pytest.skip({literal(f'still raised, but {what}')})"]
    return {"top": top, "lines": lines, "imports": ["hashlib", "re"], "said": said if names else ""}


def guard_of_parts(named, root):
    """Of an input that is the event's, but may have been made by these."""
    if not named:
        return None
    said = "The input may have been made by other functions of the program: if the call still raises this when these have changed, the test is skipped, not red."
    top = ["# What called this is not called here, so it may go on failing after a fix of what made its input. Whether there was", "# one, these say:", "WHERE_A_FIX_MAY_BE = {",
           *(f"    {literal(file)}: [{', '.join(map(literal, names))}]," for file, names in named.items()), "}", "", "", *source_of(without_blanks, parts_in, digest_of_parts)]
    lines = [f"if digest_of_parts(FOUND[0], WHERE_A_FIX_MAY_BE) != {literal(digest_of_parts(root, named))}:",
             f"    pytest.skip({literal('still raised, but what may have made its input has changed: the fix may be there')})"]
    return {"top": top, "lines": lines, "imports": ["ast", "hashlib"], "said": said}


__all__ = ["called", "guard"]
