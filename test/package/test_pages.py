"""Man pages, well-formed and complete, and zsh's completion as zsh loads it; test_cli.py asks bash and fish what they offer."""

import re
import subprocess

import pytest
from whole import PROGRAM, ROOT

PAGES = ["devflow.1", "docs/man/devflow.3", "packaging/man/devflow-admin.8"]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], **{"capture_output": True, "text": True, "check": False, "timeout": 60, **options})


def made(*command):
    done = run(PROGRAM, *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=PAGES)
def page(request, tmp_path):
    if request.param != "devflow.1":
        return ROOT / request.param
    (tmp_path / "devflow.1").write_text(made("man"))
    return tmp_path / "devflow.1"


def test_a_page_is_well_formed(page):
    """Of devflow(1) no date is given: each build would show another."""
    lint = [line for line in run("mandoc", "-T", "lint", "-W", "warning", page).stdout.splitlines() if "missing date" not in line]
    assert not lint
    groff = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page, env={"LC_ALL": "C.UTF-8", "MANWIDTH": "80", "PATH": "/usr/bin:/bin"})
    assert (groff.returncode, groff.stderr) == (0, "")


def test_every_function_of_the_library_has_its_page():
    header = re.sub(r"/\*.*?\*/", "", (ROOT / "include/devflow.h").read_text(), flags=re.DOTALL)
    functions = set(re.findall(r"DEVFLOW_EXPORT [^;]*?\b(devflow_\w+)\(", header))
    page = (ROOT / "docs/man/devflow.3").read_text()
    assert functions == set(re.findall(r"^\.(?:Fo|Fn) (devflow_\w+)", page.split(".Sh DESCRIPTION")[0], re.MULTILINE))
    assert functions == set(re.findall(r"^\.Nm (devflow_\w+)", page, re.MULTILINE))
    results = re.findall(r"^\s+(DEVFLOW_[A-Z]+) = \d+", header, re.MULTILINE)
    assert results and set(results) == set(re.findall(r"^\.It Dv (DEVFLOW_[A-Z]+)$", page, re.MULTILINE))
    installed = (ROOT / "src/lib/meson.build").read_text()
    assert {f"devflow_{name}" for name in re.search(r"foreach name : \[(.*?)\]", installed)[1].replace("'", "").split(", ")} == functions


def test_zsh_loads_it(tmp_path):
    (tmp_path / "_devflow").write_text(made("completion", "zsh"))
    script = "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d ./dump; print -r -- $_comps[devflow]; autoload +X _devflow && whence -w _devflow"
    done = run("zsh", "-f", "-c", script, cwd=tmp_path)
    assert (done.stdout.splitlines(), done.stderr) == (["_devflow", "_devflow: function"], "")
