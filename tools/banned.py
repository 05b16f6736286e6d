"""Fails on functions that cannot be used safely or that the house does without, and on paths of somebody's machine."""

import re
import subprocess
import sys

import c_text

INSTEAD = {
    "strcpy": "a counted string", "strncpy": "a counted string", "stpcpy": "a counted string", "strcat": "df_buf_put",
    "strncat": "df_buf_put", "sprintf": "snprintf or df_buf_printf", "vsprintf": "vsnprintf", "gets": "a bounded read",
    "scanf": "a parser", "sscanf": "a parser", "fscanf": "a parser", "strtok": "df_str_split", "system": "posix_spawn",
    "popen": "posix_spawn", "alloca": "the arena", "atoi": "df_str_to_u64", "atol": "df_str_to_u64", "atoll": "df_str_to_u64",
    "atof": "strtod", "mktemp": "mkstemp", "tmpnam": "mkstemp", "tempnam": "mkstemp", "rand": "df_random",
    "srand": "df_random", "random": "df_random", "drand48": "df_random", "gmtime": "gmtime_r", "localtime": "localtime_r",
    "ctime": "base/time.h", "asctime": "base/time.h", "vfork": "posix_spawn", "longjmp": "an error code",
}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(INSTEAD) + r")\s*\(")
# src/base/fatal.c alone ends the process, with a line that says why.
ABORT = re.compile(r"(?<![\w.>])abort\s*\(")
GOTO = re.compile(r"\bgoto\b")
MACHINE = re.compile(r"(?<![\w.])/(root|work)/\w")
TEXTS = (".c", ".h", ".py", ".sh", ".md", ".build", ".txt", "dev", ".ci/run")


def in_code(path):
    name = path.relative_to(c_text.ROOT).as_posix()
    for number, line in enumerate(c_text.plain(path.read_text(encoding="utf-8")).split("\n"), 1):
        for match in CALL.finditer(line):
            yield f"{name}:{number}: {match[1]} is banned: {INSTEAD[match[1]]}"
        if ABORT.search(line) and name.startswith("src/") and name != "src/base/fatal.c":
            yield f"{name}:{number}: abort is banned: df_die or df_out_of_memory"
        if GOTO.search(line):
            yield f"{name}:{number}: goto is banned: a function of its own"


def machine_paths():
    listed = subprocess.run(["git", "ls-files"], cwd=c_text.ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for name in listed:
        path = c_text.ROOT / name
        if name.endswith(TEXTS) and path.is_file() and not path.is_symlink():
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
                if MACHINE.search(line):
                    yield f"{name}:{number}: a path of somebody's machine"


def main():
    found = [fault for path in c_text.files("src", "test") for fault in in_code(path)] + list(machine_paths())
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
