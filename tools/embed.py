#!/usr/bin/env python3
"""embed.py INPUT OUTPUT.c NAME: a file as a C array `const char NAME[]` and its length `NAME_n`."""
import sys


def array(data):
    """The initializer, with a NUL behind the last byte."""
    rows = ["    " + "".join(f"{byte}," for byte in data[at : at + 32]) for at in range(0, len(data), 32)]
    return "{\n" + "\n".join(rows) + "\n    0}"


def main():
    source, target, name = sys.argv[1:4]
    data = open(source, "rb").read()
    with open(target, "w", encoding="ascii") as out:
        out.write(f"extern const char {name}[];\nextern const unsigned long {name}_n;\n")
        out.write(f"const char {name}[] = {array(data)};\nconst unsigned long {name}_n = {len(data)};\n")


if __name__ == "__main__":
    main()
