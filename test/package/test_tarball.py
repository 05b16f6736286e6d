"""The source tarball: the same bytes from the same commit, wherever and by whomever it is made; and it is enough to build from."""

import hashlib
import os
import pathlib
import subprocess
import tarfile

import pytest
from whole import ROOT

# (umask, what the user's environment and git settings may hold)
USERS = {
    "plain": (0o022, {}),
    "odd": (0o077, {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "XZ_OPT": "-0", "XZ_DEFAULTS": "--threads=2", "HOME": "home"}),
}


def run(*command, cwd=ROOT, umask=-1, env=None):
    return subprocess.run([str(word) for word in command], cwd=cwd, env={**os.environ, **(env or {})}, capture_output=True, text=True,
                          check=True, timeout=120, umask=umask).stdout.strip()


@pytest.fixture(scope="module")
def tarballs(tmp_path_factory):
    """One for each user, from a clone of the user's own."""
    made = {}
    for user, (umask, env) in USERS.items():
        folder = tmp_path_factory.mktemp(user)
        (folder / "home").mkdir()
        (folder / "home/.gitconfig").write_text("[tar]\n\tumask = user\n[core]\n\tautocrlf = true\n\tabbrev = 9\n")
        run("git", "clone", "-q", "--shared", ROOT, folder / "clone", umask=umask)
        env = {name: str(folder / value) if name == "HOME" else value for name, value in env.items()}
        made[user] = pathlib.Path(run(folder / "clone/packaging/tarball.sh", folder, cwd=folder, umask=umask, env=env))
    return made


def test_the_same_commit_gives_the_same_bytes(tarballs):
    digests = {user: hashlib.sha256(path.read_bytes()).hexdigest() for user, path in tarballs.items()}
    assert len(set(digests.values())) == 1, digests
    assert len({path.name for path in tarballs.values()}) == 1


def test_it_holds_what_git_holds_and_no_more(tarballs):
    path = tarballs["plain"]
    top = path.name.removesuffix(".tar.xz")
    with tarfile.open(path) as tar:
        members = tar.getmembers()
    assert {member.name for member in members if not member.isdir()} == \
        {f"{top}/{name}" for name in run("git", "ls-tree", "-r", "--name-only", "HEAD").splitlines()}
    assert {(member.uid, member.gid, member.mode & 0o022) for member in members} == {(0, 0, 0)}
    assert {member.mtime for member in members} == {int(run("git", "log", "-1", "--format=%ct"))}


def test_what_is_built_from_it_says_the_same(tarballs, tmp_path):
    with tarfile.open(tarballs["odd"]) as tar:
        tar.extractall(tmp_path)  # noqa: S202 - our own, and Debian 12's Python has no filters
    [source] = tmp_path.iterdir()
    said = [run(folder / "tools/version.sh", what) for folder in (source, tarballs["odd"].parent / "clone")
            for what in ("version", "commit", "epoch")]
    assert said[:3] == said[3:] and source.name == f"devflow-{said[0]}"
