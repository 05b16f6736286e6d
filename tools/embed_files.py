#!/usr/bin/env python3
"""embed_files.py OUTPUT.c NAME INPUT...: files as `const struct df_helper_file NAME[]` (port/test_language.h), in their order, ended
by one without a name."""
import os
import sys

from embed import array

target, name, *sources = sys.argv[1:]
with open(target, "w", encoding="ascii") as out:
    out.write('#include "port/test_language.h"\n\n')
    rows = []
    for number, source in enumerate(sources):
        data = open(source, "rb").read()
        out.write(f"static const char file_{number}[] = {array(data)};\n")
        rows.append(f'    {{"{os.path.basename(source)}", file_{number}, {len(data)}}},\n')
    out.write(f"extern const struct df_helper_file {name}[];\nconst struct df_helper_file {name}[] = {{\n{''.join(rows)}    {{0}},\n}};\n")
