"""Runs the test suites over one or more builds, one line for each suite, and ends with one line "N passed, N failed".

    suites.py plain asan        variants, run side by side; ./dev has built their folders

The C suites run under `meson test` (cmocka's own counts are summed), the Python suites under pytest. A suite that ran
nothing counts as failed. Standard library only.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import tally as tally_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "whole"))
import servers  # noqa: E402

RESULTS = ROOT / ".devflow" / "results"
# Where the processes of the Python suites leave what a sanitizer says, whoever started them: conftest.py looks there.
REPORTS = RESULTS / "sanitizer"
SUPPRESSIONS = ROOT / "test" / "tsan.supp"

# name: build folder, what stands behind the suite's name, environment
VARIANTS = {
    "plain": ("build", "", {}),
    "asan": (
        "build-asan",
        " (ASan+UBSan)",
        {
            "ASAN_OPTIONS": f"detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:log_path={REPORTS}-asan",
            "UBSAN_OPTIONS": f"halt_on_error=1:print_stacktrace=1:log_path={REPORTS}-asan",
        },
    ),
    "tsan": (
        "build-tsan",
        " (TSan)",
        {"TSAN_OPTIONS": f"halt_on_error=1:second_deadlock_stack=1:suppressions={SUPPRESSIONS}:log_path={REPORTS}-tsan"},
    ),
}
C_SUITES = ["unit", "contract", "fuzz"]
# Minutes of Python and Node around little C: what AddressSanitizer has to see there is in the hostile events, too; and for ThreadSanitizer the
# command has one thread.
GENERATORS = ["whole/test_testgen.py::test_a_test_is_red", "whole/test_testgen.py::test_files_and_answers_are_put_back",
              "whole/test_testgen.py::test_a_request_is_made", "whole/test_testgen.py::test_numpys", "whole/test_testgen_node.py::test_a_test_is_red"]
LEFT_OUT = {"asan": GENERATORS, "tsan": [*GENERATORS, "whole/test_testgen.py::test_nothing_but_literals", "whole/test_testgen_node.py"]}
PYTHON_SUITES = {"case": "test/cases", "whole": "test/whole"}
# What is made for release is looked at once, as it is released: without sanitizers.
PLAIN_SUITES = {"package": "test/package"}


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, suite, passed, failed, skipped, seconds):
        if passed + failed == 0:
            failed = 1
            say(f"  {suite:<24} ran no test")
        else:
            parts = [f"{passed} passed"]
            parts += [f"{failed} FAILED"] if failed else []
            parts += [f"{skipped} skipped"] if skipped else []
            say(f"  {suite:<24} {', '.join(parts)} ({seconds:.1f} s)")
        self.passed += passed
        self.failed += failed
        self.skipped += skipped


def say(text):
    print(text, flush=True)


def environment(variant):
    env = dict(os.environ, **VARIANTS[variant][2])
    env.pop("MAKEFLAGS", None)
    return env


def layout_fixed(command, variant):
    """ThreadSanitizer of older compilers cannot place its shadow memory where the kernel randomises more bits."""
    return ["setarch", "-R"] + command if variant == "tsan" else command


def cmocka_counts(test):
    """(passed, failed) of one test program's run: cmocka's own totals, else the program counts as one test."""
    passed = failed = 0
    for line in (test.get("stdout", "") + "\n" + test.get("stderr", "")).splitlines():
        words = line.split()
        if line.startswith("[  PASSED  ]") and "test(s)" in line:
            passed += int(words[3])
        elif line.startswith("[  FAILED  ]") and "test(s)" in line:
            failed += int(words[3])
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        return max(passed, 1), failed
    return passed, max(failed, 1)


def suites_of(build):
    listed = subprocess.run(["meson", "introspect", build, "--tests"], capture_output=True, text=True, check=True, cwd=ROOT)
    return {suite.split(":")[-1] for test in json.loads(listed.stdout) for suite in test["suite"]}


def run_c(variant, suite, tally, more):
    build, label, _ = VARIANTS[variant]
    log = f"{suite}-{variant}"
    command = ["meson", "test", "-C", build, "--no-rebuild", "--suite", suite, "--logbase", log, "--timeout-multiplier", "3"]
    start = time.monotonic()
    subprocess.run(layout_fixed(command, variant), cwd=ROOT, env={**environment(variant), **more},
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    passed = failed = 0
    results = ROOT / build / "meson-logs" / f"{log}.json"
    for line in results.read_text().splitlines() if results.exists() else []:
        test = json.loads(line)
        good, bad = cmocka_counts(test)
        passed, failed = passed + good, failed + bad
        if bad:
            say(f"--- {test['name']}{label}: {test['result']}, exit code {test['returncode']}")
            say("\n".join((test.get("stdout", "") + test.get("stderr", "")).splitlines()[-60:]))
    tally.add(suite + label, passed, failed, 0, time.monotonic() - start)


def apart(env, part):
    """The environment of one of several runs at once: a sanitizer's report is found by the run that caused it."""
    return {name: re.sub(r"log_path=[^:]*", rf"\g<0>-{part}", value) if name.endswith("SAN_OPTIONS") else value
            for name, value in env.items()}


def run_files(variant, name, files):
    """pytest over some files of a suite: (passed, failed, skipped, the lines it printed)."""
    xml, log = RESULTS / f"{name}.xml", RESULTS / f"{name}.log"
    xml.unlink(missing_ok=True)
    env = apart(environment(variant), name)
    env["DEVFLOW_BIN"] = str(ROOT / VARIANTS[variant][0] / "devflow")
    env["NODE_PATH"] = str(ROOT / ".devflow" / "node" / "node_modules")
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "-rfEs", "--tb=short", "-p", "no:cacheprovider", f"--junit-xml={xml}", *files]
    command += [f"--deselect={prefix}" for prefix in LEFT_OUT.get(variant, [])]
    with open(log, "wb") as out:
        code = subprocess.run(layout_fixed(command, variant), cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT).returncode
    passed = failed = skipped = 0
    if xml.exists():
        for node in ElementTree.parse(xml).getroot().iter("testsuite"):
            bad = int(node.get("failures", 0)) + int(node.get("errors", 0))
            skipped += int(node.get("skipped", 0))
            failed += bad
            passed += int(node.get("tests", 0)) - bad - int(node.get("skipped", 0))
    if code not in (0, 5) and failed == 0:
        failed = 1
    return passed, failed, skipped, log.read_text(errors="replace").splitlines()


def run_python(variant, suite, folder, tally, at_once):
    files = sorted((ROOT / folder).glob("test_*.py"))
    parts = [files[i::at_once] for i in range(min(at_once, len(files)))]
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(len(parts)) as pool:
        done = list(pool.map(lambda i: run_files(variant, f"{suite}-{variant}-{i}", parts[i]), range(len(parts))))
    for _, failed, _, lines in done:
        if failed:
            say("\n".join(lines[-400:]))
        for line in lines:
            if line.startswith("SKIPPED") and variant == "plain":
                say(f"    {line}")
    passed, failed, skipped = (sum(part[i] for part in done) for i in range(3))
    tally.add(suite + VARIANTS[variant][1], passed, failed, skipped, time.monotonic() - start)


def run_c_suites(variant, tally):
    """The contract suites run over real servers, too; each variant's in an empty database."""
    there = suites_of(VARIANTS[variant][0])
    with servers.for_contracts() as environment_of_servers:
        for suite in C_SUITES:
            if suite in there:
                run_c(variant, suite, tally, environment_of_servers() if suite == "contract" else {})


def run_variant(variant, at_once):
    tally = Tally()
    run_c_suites(variant, tally)
    for suite, folder in {**PYTHON_SUITES, **(PLAIN_SUITES if variant == "plain" else {})}.items():
        if any((ROOT / folder).glob("test_*.py")):
            run_python(variant, suite, folder, tally, at_once)
    return tally


def main(variants):
    """Two side by side, variants or halves of one, for tests wait more than they compute."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(len(variants)) as pool:
        tallies = list(pool.map(lambda variant: run_variant(variant, max(1, 2 // len(variants))), variants))
    passed, failed = sum(t.passed for t in tallies), sum(t.failed for t in tallies)
    tally_file.record(passed, failed)
    say(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
