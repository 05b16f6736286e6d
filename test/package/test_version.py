"""What a build says it is: from git's commit and tag, or from what git wrote into a tarball."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("DEVFLOW_BIN", ROOT / "build" / "devflow"))
PARTS = ["VERSION", ".gitattributes", "tools/version.sh", "tools/archived.txt"]
GIT = {"GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@localhost", "GIT_COMMITTER_NAME": "T", "GIT_COMMITTER_EMAIL": "t@localhost",
       "GIT_AUTHOR_DATE": "1000000000 +0530", "GIT_COMMITTER_DATE": "1000000000 +0530", "GIT_CONFIG_GLOBAL": os.devnull,
       "GIT_CONFIG_SYSTEM": os.devnull}
BEHIND = r"0\.1\.0\+git20010909014640\.%s"


def run(*command, cwd):
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("GIT_")}, **GIT}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def said(folder, what="version"):
    return run(folder / "tools/version.sh", what, cwd="/")


@pytest.fixture
def source(tmp_path):
    """A repository of one commit that holds what decides the version, and the number of the release 0.1.0."""
    folder = tmp_path / "source"
    for part in PARTS:
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, folder / part)
    (folder / "VERSION").write_text("0.1.0\n")
    (folder / "tools/archived.txt").write_text("$Format:%H %ct %(describe:tags=true,match=v*,abbrev=40)$\n")
    run("git", "init", "-q", cwd=folder)
    run("git", "add", ".", cwd=folder)
    run("git", "commit", "-q", "-m", "All", cwd=folder)
    return folder


@pytest.fixture
def unpack(source, tmp_path):
    """unpack() gives the folder of a tarball of the source, inside another repository."""
    def unpack():
        outer = tmp_path / "outer"
        outer.mkdir(exist_ok=True)
        run("git", "init", "-q", cwd=outer)
        run("sh", "-c", "git archive --prefix=inner/ HEAD | tar -x -C ../outer", cwd=source)
        return outer / "inner"
    return unpack


def test_behind_a_release_the_commit_is_part_of_the_version(source):
    commit = run("git", "rev-parse", "HEAD", cwd=source)
    assert re.fullmatch(BEHIND % commit[:7], said(source))
    assert said(source, "commit") == commit[:12]
    assert said(source, "epoch") == "1000000000"


def test_the_release_itself_is_its_tag(source):
    run("git", "tag", "v0.1.0", cwd=source)
    assert said(source) == "0.1.0"
    (source / "more").write_text("")
    run("git", "add", "more", cwd=source)
    run("git", "commit", "-q", "-m", "More", cwd=source)
    assert said(source).startswith("0.1.0+git")


def test_what_is_not_committed_shows(source):
    (source / "untracked").write_text("")
    assert not said(source, "commit").endswith("-dirty")
    (source / "VERSION").write_text("0.1.0 \n")
    assert said(source, "commit").endswith("-dirty")


@pytest.mark.parametrize("tag", [None, "v0.1.0", "v0.0.9"])
def test_a_tarball_says_what_its_repository_says(source, unpack, tag):
    if tag:
        run("git", "tag", tag, cwd=source)
    inner = unpack()
    assert [said(inner, what) for what in ("base", "version", "commit", "epoch")] == \
        [said(source, what) for what in ("base", "version", "commit", "epoch")]


def test_a_repository_that_cannot_be_read_is_none(source, tmp_path):
    """A shared clone in an image's build, whose objects are elsewhere."""
    run("git", "clone", "-q", "--shared", source, tmp_path / "clone", cwd=tmp_path)
    shutil.rmtree(source / ".git")
    assert [said(tmp_path / "clone", what) for what in ("version", "commit", "epoch")] == ["0.1.0", "unknown", "0"]


def test_without_git_and_outside_a_tarball_nothing_is_invented(source):
    shutil.rmtree(source / ".git")
    assert [said(source, what) for what in ("version", "commit", "epoch")] == ["0.1.0", "unknown", "0"]


def test_the_program_says_what_its_build_was_told():
    header = (PROGRAM.parent / "src/base/version_made.h").read_text()
    version = re.search(r'DF_VERSION "(.+)"', header)[1]
    assert version.startswith((ROOT / "VERSION").read_text().strip())
    assert run(PROGRAM, "--version", cwd="/").split()[:2] == ["devflow", version]
