"""./dev lint: every static check, two at a time, one line each. ./dev has built `build`."""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

import tally

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import c_text  # noqa: E402

BIN = pathlib.Path(sys.executable).parent
AT_ONCE = 2
# Older GCCs lose track of structs passed by value and of memory that a list holds: LeakSanitizer and clang-tidy watch those.
ANALYZER = ["-fanalyzer", "-Werror", "-fdiagnostics-plain-output", "-Wno-analyzer-use-of-uninitialized-value",
            "-Wno-analyzer-malloc-leak"]


def run(*command, **env):
    """(whether it held, what it printed)."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0, done.stdout.decode(errors="replace")


def python(script):
    return run(sys.executable, ROOT / "tools" / script)


def layout():
    return run(BIN / "clang-format", "--dry-run", "-Werror", *c_text.files("src", "test"))


def compiled():
    """The .c files that the build knows, in a fixed order."""
    commands = json.loads((ROOT / "build" / "compile_commands.json").read_text())
    paths = {(ROOT / "build" / entry["file"]).resolve() for entry in commands}
    return sorted(path for path in paths if path.suffix == ".c" and path.is_relative_to(ROOT / "src")
                  or path.is_relative_to(ROOT / "test"))


def clang_tidy(part):
    own = compiled()[part::AT_ONCE]
    held, printed = run("clang-tidy", "-quiet", "-p", "build", "--extra-arg=-Wno-unknown-warning-option",
                        "--extra-arg=-U_FORTIFY_SOURCE", *own)
    return held, "\n".join(line for line in printed.splitlines() if "warnings generated" not in line
                           and not line.startswith("Suppressed ") and not line.startswith("Use -header-filter"))


def cppcheck():
    return run("cppcheck", "--enable=warning,performance,portability", "--inline-suppr", "--error-exitcode=1", "--quiet",
               "--std=c11", "--suppressions-list=tools/dev/cppcheck.txt", "-Isrc", "-j", "1", "src", "test/fuzz", "test/bench")


def analyzer():
    """GCC's own static analysis of src, warnings being errors."""
    commands = json.loads((ROOT / "build" / "compile_commands.json").read_text())
    faults = []
    for entry in commands:
        if not (ROOT / "build" / entry["file"]).resolve().is_relative_to(ROOT / "src"):
            continue
        words = shlex.split(entry["command"])
        words[words.index("-o") + 1] = os.devnull
        drop = {"-MD", "-MQ", "-MF"}
        keep = [w for i, w in enumerate(words) if w not in drop and (i == 0 or words[i - 1] not in drop - {"-MD"})]
        done = subprocess.run([*keep, *ANALYZER], cwd=ROOT / "build", capture_output=True, text=True, check=False)
        faults += [done.stderr] if done.returncode else []
    return not faults, "\n".join(faults)


def shell():
    packaging = [ROOT / "packaging" / name for name in ("devflow-admin", "debian/devflow.postinst", "debian/devflow.postrm")]
    return run("shellcheck", "dev", *sorted((ROOT / "tools").rglob("*.sh")),
               *sorted((ROOT / "packaging").rglob("*.sh")), *packaging, ".ci/run")


ROUTE = re.compile(r'ROUTE\("(\S+)", "(\S+)", \w+, (\w+), (\w+),')
ACCESS = {"PUBLIC": "public", "ANY": "any key", "PROJECT_READ": "project read", "PROJECT_WRITE": "project write",
          "TOKENS": "tokens", "PROXY": "proxy", "READ_ALL": "read all", "ADMIN": "admin", "KEYS": "admin, with a key"}


def access_faults(document):
    """Each route's rule stands in the document as `x-access`, and no operation is without one."""
    rules = {}
    for method, path, access, _ in ROUTE.findall((ROOT / "src" / "http" / "api.c").read_text(encoding="utf-8")):
        path = re.sub(r":\w+", "{}", path.removesuffix("*") + ("{}" if path.endswith("*") else ""))
        rules[method, path] = ACCESS[access]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "operationId" not in operation:
                continue
            at = re.sub(r"{\w+}", "{}", path)
            rule = rules.get((method.upper(), at)) or rules.get(("*", at))
            if operation.get("x-access") != rule:
                yield f"docs/openapi.json: {method} {path}: x-access is {operation.get('x-access')}, src/http/api.c says {rule}"


def openapi():
    """The document parses, every $ref in it leads somewhere, and it says who may do what."""
    path = ROOT / "docs" / "openapi.json"
    if not path.exists():
        return True, ""
    document = json.loads(path.read_text(encoding="utf-8"))
    missing, todo = [], [document]
    while todo:
        node = todo.pop()
        todo += node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        reference = node.get("$ref") if isinstance(node, dict) else None
        if isinstance(reference, str):
            at = document
            for part in reference.removeprefix("#/").split("/"):
                at = at.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(at, dict) else {}
            missing += [] if at else [f"docs/openapi.json: {reference} leads nowhere"]
    missing += access_faults(document)
    return not missing, "\n".join(missing)


CHECKS = {
    "clang-tidy (1)": lambda: clang_tidy(0),
    "clang-tidy (2)": lambda: clang_tidy(1),
    "gcc -fanalyzer": analyzer,
    "cppcheck": cppcheck,
    "format": layout,
    "layers": lambda: python("layers.py"),
    "sizes": lambda: python("sizes.py"),
    "banned": lambda: python("banned.py"),
    "shell": shell,
    "openapi": openapi,
    "fuzzed": lambda: python("fuzzed.py"),
}


def timed(name):
    start = time.monotonic()
    try:
        held, printed = CHECKS[name]()
    except (OSError, ValueError) as error:
        held, printed = False, str(error)
    return name, held, printed.strip(), time.monotonic() - start


def main(names):
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"no check {', '.join(unknown)}; there are {', '.join(CHECKS)}")
        return 2
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for name, held, printed, seconds in pool.map(timed, names or CHECKS):
            print(f"  {name:<24} {'ok' if held else 'FAILED'} ({seconds:.1f} s)", flush=True)
            if printed and (not held or name == "sizes"):
                print("\n".join(f"    {line}" for line in printed.splitlines()[-200:]), flush=True)
            failed += not held
    tally.record(len(names or CHECKS) - failed, failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
