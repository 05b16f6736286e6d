"""Fails on a function of more than 80 lines (signature to closing brace) and on a file of more than 800; prints the figures
the house measures itself by. Relies on the layout ./dev fmt gives: a function's braces stand in the first column."""

import re
import statistics
import sys

import c_text

FUNCTION_LINES, FILE_LINES = 80, 800
NAME = re.compile(r"(\w+)\s*\(")


def functions(text):
    """(name, first line, lines) of each function of a plain text."""
    lines = text.split("\n")
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{" and start is None:
            start = number - 1
            while start > 1 and lines[start - 2] and lines[start - 2][0] not in "#}" and not lines[start - 2].endswith(";"):
                start -= 1
        elif line == "}" and start is not None:
            name = NAME.search("\n".join(lines[start - 1:number]))
            yield name[1] if name else "?", start, number - start + 1
            start = None


def main():
    found, sizes, lengths = [], [], []
    for path in c_text.files("src", "test"):
        name = path.relative_to(c_text.ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        length = text.count("\n")
        if length > FILE_LINES:
            found.append(f"{name}: {length} lines; at most {FILE_LINES}")
        if name.startswith("src/") and name.endswith(".c"):
            lengths.append(length)
        for function, line, size in functions(c_text.plain(text)):
            if size > FUNCTION_LINES:
                found.append(f"{name}:{line}: {function} has {size} lines; at most {FUNCTION_LINES}")
            if name.startswith("src/"):
                sizes.append(size)
    print(*found, sep="\n", end="\n" if found else "")
    if len(sizes) > 1:
        p95 = statistics.quantiles(sizes, n=20)[18]
        print(f"src: {len(sizes)} functions, lines median {statistics.median(sizes):.0f}, p95 {p95:.0f}, most {max(sizes)}; "
              f"{len(lengths)} .c files, lines median {statistics.median(lengths):.0f}, most {max(lengths)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
