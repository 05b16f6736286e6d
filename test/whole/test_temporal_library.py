"""The library that speaks with Temporal, as a file: put in the place of one that is mapped, and cut short. Needs no Rust and no server."""

import mmap
import os
import pathlib
import shutil
import subprocess

from conftest import PROGRAM, ROOT

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OLD, NEW = b"old" * 5000, b"new" * 4000


def test_a_build_leaves_the_library_alone_that_a_process_has_mapped(tmp_path):
    """Written over in place, its pages would change, or be gone, under the process: that ended `devflow serve` by a jump to address 0."""
    library, made = tmp_path / "libdevflow-temporal.so", tmp_path / "target" / "release" / "libdevflow_temporal.so"
    cargo = tmp_path / "cargo"
    cargo.write_text("#!/bin/sh\nexit 0\n")
    cargo.chmod(0o755)
    made.parent.mkdir(parents=True)
    env = {"PATH": os.environ["PATH"]}

    def build(content):
        made.write_bytes(content)
        subprocess.run([ROOT / "temporal" / "build.sh", cargo, ROOT / "temporal", tmp_path / "target", library], env=env, check=True, timeout=60)

    build(OLD)
    with open(library, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        build(NEW)
        assert os.fstat(file.fileno()).st_size == len(OLD) and mapped[:] == OLD
    assert library.read_bytes() == NEW
    assert sorted(f.name for f in tmp_path.iterdir()) == ["cargo", "libdevflow-temporal.so", "target"]


def test_a_library_that_is_cut_short_is_said(bare_env, tmp_path):
    """dlopen would end the process by SIGBUS."""
    (tmp_path / "temporal").mkdir()
    program = pathlib.Path(shutil.copy(PROGRAM, tmp_path / "devflow"))
    library = tmp_path / "temporal" / "libdevflow-temporal.so"
    whole = PROGRAM.read_bytes()  # any ELF file
    env = {**bare_env, "DATABASE_URL": f"sqlite:{tmp_path}/d.db", "OAUTH_ENCRYPTION_KEY": KEY, "TEMPORAL_ADDRESS": "localhost:7233"}
    for content, says in ((whole[:len(whole) // 2], "ends too soon"), (whole[:-1], "ends too soon"), (whole[:70], "ends too soon"),
                          (whole[:30], str(library)), (b"", str(library)), (b"no library at all", str(library))):
        library.write_bytes(content)
        done = subprocess.run([program, "serve"], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 78 and says in done.stderr and str(library) in done.stderr, (len(content), done)
