"""./dev fuzz: runs libFuzzer targets, two at a time. New inputs go to .devflow/fuzz/TARGET, where the next run begins; what
crashes goes to .devflow/fuzz/TARGET-crash-*, to be fixed and then kept in test/fuzz/corpus/TARGET.

    fuzz.py [TARGET...] [--seconds N | --total N]
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

import tally

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / "build-fuzz" / "test" / "fuzz"
FOUND = ROOT / ".devflow" / "fuzz"
AT_ONCE = 2


def targets():
    return sorted(p.name.removeprefix("fuzz_") for p in BUILT.glob("fuzz_*") if p.is_file() and os.access(p, os.X_OK))


def fuzz(target, seconds):
    """(target, whether it held, what it printed)."""
    corpus = FOUND / target
    corpus.mkdir(parents=True, exist_ok=True)
    command = [BUILT / f"fuzz_{target}", f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=65536",
               "-print_final_stats=1", f"-artifact_prefix={FOUND}/{target}-", corpus]
    kept = ROOT / "test" / "fuzz" / "corpus" / target
    command += [kept] if kept.is_dir() else []
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=1", UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1")
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return target, done.returncode == 0, done.stdout.decode(errors="replace")


def main():
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="Fuzzes the parsers of outside bytes.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(targets())}; all when left out")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("--total", type=int, help="seconds for all of them together instead")
    args = parser.parse_args()
    unknown = [name for name in args.targets if name not in targets()]
    if unknown or not targets():
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(targets()) or 'none'}")
    chosen = args.targets or targets()
    seconds = max(1, args.total * AT_ONCE // len(chosen)) if args.total else args.seconds
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for target, held, printed in pool.map(lambda name: fuzz(name, seconds), chosen):
            runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", printed)
            print(f"  {target:<24} {runs[1] if runs else '?'} inputs in {seconds} s{'' if held else ', FAILED'}", flush=True)
            if not held:
                failed += 1
                print("\n".join(printed.splitlines()[-60:]))
    tally.record(len(chosen) - failed, failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
