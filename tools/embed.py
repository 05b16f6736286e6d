#!/usr/bin/env python3
"""embed.py INPUT OUTPUT.c NAME: a file as a C array `const char NAME[]` and its length `NAME_n`."""
import sys

source, target, name = sys.argv[1:4]
data = open(source, "rb").read()
rows = ["    " + "".join(f"{byte}," for byte in data[at : at + 32]) for at in range(0, len(data), 32)]
with open(target, "w", encoding="ascii") as out:
    out.write(f"extern const char {name}[];\nextern const unsigned long {name}_n;\n")
    out.write(f"const char {name}[] = {{\n" + "\n".join(rows) + "\n    0};\n")
    out.write(f"const unsigned long {name}_n = {len(data)};\n")
