"""What the compiler and the linker were asked for is in the program and in the library: read from the files themselves."""

import json
import platform
import re
import subprocess

import pytest
from whole import PROGRAM

BUILD = PROGRAM.parent
X86 = platform.machine() == "x86_64"


@pytest.fixture(scope="module", params=["devflow", "libdevflow"])
def binary(request):
    return PROGRAM if request.param == "devflow" else (BUILD / "src" / "lib" / "libdevflow.so").resolve()


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True, timeout=120).stdout


def test_it_is_placed_anywhere_and_bound_at_start(binary):
    header, dynamic = run("readelf", "-hW", binary), run("readelf", "-dW", binary)
    assert re.search(r"Type:\s+DYN", header)
    assert "BIND_NOW" in dynamic and re.search(r"FLAGS_1.*\bNOW\b", dynamic)
    assert not re.search(r"TEXTREL|RPATH|RUNPATH", dynamic)
    if binary == PROGRAM:
        assert re.search(r"FLAGS_1.*\bPIE\b", dynamic)


def test_no_segment_can_be_written_and_run(binary):
    segments = re.findall(r"^\s+(\w+)\s+0x\w+ 0x\w+ 0x\w+ 0x\w+ 0x\w+ ([R ][W ][E ]) ", run("readelf", "-lW", binary), re.MULTILINE)
    flags = [(name, set(letters.replace(" ", ""))) for name, letters in segments]
    assert ("GNU_STACK", {"R", "W"}) in flags and ("GNU_RELRO", {"R"}) in flags
    assert not [name for name, letters in flags if {"W", "E"} <= letters]


def test_stacks_and_copies_are_checked(binary):
    names = set(re.findall(r"\bU (\w+)", run("nm", "-D", binary)))
    assert "__stack_chk_fail" in names
    assert {"__memcpy_chk", "__snprintf_chk", "__vsnprintf_chk"} <= names


@pytest.mark.skipif(not X86, reason="reads instructions of x86-64")
def test_functions_begin_with_a_landing_pad_and_large_frames_are_probed(binary):
    code = run("objdump", "-d", "--no-show-raw-insn", binary)
    assert code.count("endbr64") > 300
    assert re.search(r"orq?\s+\$0x0,\(%rsp\)", code)


def test_every_file_is_compiled_so():
    """yyjson's too, where it is built here."""
    commands = json.loads((BUILD / "compile_commands.json").read_text())
    asked = ["-fstack-protector-strong", "-fstack-clash-protection", "-D_FORTIFY_SOURCE=3", "-fPI"]
    asked += ["-fcf-protection=full"] if X86 else []
    lacking = {(entry["file"], flag) for entry in commands for flag in asked if flag not in entry["command"]
               and re.search(r"(^|/)(src|subprojects)/", entry["file"])}
    assert not lacking
