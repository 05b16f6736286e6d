"""Writes the hashes of every file of each release into the requirements files: ./dev pin, after a version was changed. pip then takes
nothing else. pip-tools asks the index for them; it is installed for the occasion and not kept."""

import pathlib
import re
import subprocess
import sys
import tempfile
import venv

ROOT = pathlib.Path(__file__).parents[2]
FILES = ("tools/dev/requirements.txt", "tools/demo/requirements.txt", "test/requirements.txt")
RELEASE = re.compile(r"^([A-Za-z0-9][\w.-]*)==(\S+)", re.M)


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def lines_of(file):
    """Without the hashes."""
    text = re.sub(r" \\\n", " ", (ROOT / file).read_text(encoding="utf-8"))
    return [re.sub(r"\s+--hash=.*", "", line) for line in text.splitlines()]


def hashes_of(releases):
    """{(plain name, version): hashes}; a release that is not there, or that needs another one than named, ends it."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, found = pathlib.Path(folder) / "wanted.in", pathlib.Path(folder) / "found.txt"
        wanted.write_text("\n".join(releases) + "\n", encoding="utf-8")
        venv.create(f"{folder}/venv", with_pip=True)
        python = f"{folder}/venv/bin/python3"
        subprocess.run([python, "-m", "pip", "install", "-q", "pip-tools==7.6.2"], check=True)
        subprocess.run([python, "-m", "piptools", "compile", "-q", "--generate-hashes", "--no-annotate", "--no-header", "--no-emit-find-links",
                        "--no-emit-index-url", "--no-strip-extras", "--allow-unsafe", "-o", found, wanted], check=True)
        text = re.sub(r" \\\n", " ", found.read_text(encoding="utf-8"))
    return {(plain(name), version): sorted(re.findall(r"--hash=(\S+)", line))
            for line in text.splitlines() for name, version in RELEASE.findall(line)}


def main():
    named = {file: lines_of(file) for file in FILES}
    releases = [line for lines in named.values() for line in lines if RELEASE.match(line)]
    hashes = hashes_of(releases)
    missing = set(hashes) - {(plain(name), version) for line in releases for name, version in RELEASE.findall(line)}
    if missing:
        sys.exit(f"not named in a file: {', '.join('=='.join(pair) for pair in sorted(missing))}")
    for file, lines in named.items():
        text = ""
        for line in lines:
            match = RELEASE.match(line)
            text += " \\\n    ".join([line, *(f"--hash={h}" for h in hashes[plain(match[1]), match[2]])] if match else [line]) + "\n"
        (ROOT / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
