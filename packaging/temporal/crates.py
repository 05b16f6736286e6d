"""crates.py CARGO MANIFEST: the crates that are compiled into the library, each with its licence, then the texts of the licences as the crates
bring them. Of what cargo has fetched already; the standard library alone."""

import json
import pathlib
import subprocess
import sys

NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT")


def metadata(cargo, manifest):
    command = [cargo, "metadata", "--format-version", "1", "--locked", "--offline", "--manifest-path", manifest]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def linked(told):
    """The ids of what the library needs when it runs: what only builds it, or tests, is not in it."""
    nodes = {node["id"]: node for node in told["resolve"]["nodes"]}
    found, todo = set(), [told["resolve"]["root"]]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += [dep["pkg"] for dep in nodes[one]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
    return found - {told["resolve"]["root"]}


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name.upper().startswith(NAMES):
            yield path.read_text(encoding="utf-8", errors="replace").strip()


def main(cargo, manifest):
    told = metadata(cargo, manifest)
    ids = linked(told)
    packages = sorted((p for p in told["packages"] if p["id"] in ids), key=lambda p: (p["name"], p["version"]))
    whose = {}
    for package in packages:
        name = f"{package['name']} {package['version']}"
        print(f"{name}: {package['license'] or 'see its text'}")
        for text in texts(package):
            whose.setdefault(text, []).append(name)
    for text, names in whose.items():
        print(f"\n{'=' * 80}\n{', '.join(names)}\n{'=' * 80}\n\n{text}")


if __name__ == "__main__":
    main(*sys.argv[1:])
