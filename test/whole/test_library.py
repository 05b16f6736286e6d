"""libdevflow as a program uses it: installed, found by pkg-config, compiled in C and C++, shared and static, against a real
API."""

import json
import os
import pathlib
import re
import socket
import subprocess

import pytest
from conftest import PROGRAM, ROOT
from test_oauth import counters
from test_tokens import token

BUILD = PROGRAM.parent
EXAMPLE = ROOT / "test" / "examples" / "resolve.c"


def run(command, **options):
    return subprocess.run(command, **{"capture_output": True, "text": True, "timeout": 120, "check": False, **options})


def sanitizers():
    options = json.loads(run(["meson", "introspect", BUILD, "--buildoptions"], check=True).stdout)
    chosen = next(option["value"] for option in options if option["name"] == "b_sanitize")
    chosen = chosen if isinstance(chosen, str) else ",".join(chosen)
    return [] if chosen in ("none", "") else [f"-fsanitize={chosen}"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The environment in which pkg-config finds the library, and the folder of the shared one."""
    root = tmp_path_factory.mktemp("installed")
    done = run(["meson", "install", "-C", BUILD, "--no-rebuild"], env={**os.environ, "DESTDIR": str(root)})
    assert done.returncode == 0, done.stdout + done.stderr
    [described] = root.rglob("devflow.pc")
    return {**os.environ, "PKG_CONFIG_PATH": str(described.parent), "PKG_CONFIG_SYSROOT_DIR": str(root)}, described.parents[1]


def pkg_config(installed, *words):
    done = run(["pkg-config", *words, "devflow"], env=installed[0])
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def compiled(installed, folder, language, static=False):
    program = folder / "resolve"
    flags = pkg_config(installed, "--cflags", *(["--variable=static_libs"] if static else ["--libs"]))
    if static:  # --variable is printed alone, and without the root
        flags = ["-I" + str(next(installed[1].parent.parent.rglob("devflow.h")).parent),
                 *(f"-L{installed[1]}" if flag.startswith("-L") else flag for flag in flags)]
    command = {"c": ["gcc", "-std=c17", "-Wall", "-Wextra", "-Werror", "-pedantic"],
               "c++": ["g++", "-x", "c++", "-std=c++17", "-Wall", "-Wextra", "-Werror"]}[language]
    done = run([*command, *sanitizers(), str(EXAMPLE), "-x", "none", *flags, "-o", str(program)])
    assert done.returncode == 0, done.stderr
    return program


def resolve(program, installed, walk, bare_env, *more):
    libraries = str(next(installed[1].rglob("libdevflow.so.0")).parent)
    env = {**bare_env, "DEVFLOW_API_URL": walk.api.url, "LD_LIBRARY_PATH": libraries}
    return run([program, *(more or ("shop", "sentry"))], env=env)


@pytest.mark.parametrize("language, static", [("c", False), ("c", True), ("c++", False)])
def test_the_example_compiles_and_resolves(installed, tmp_path, connected, bare_env, language, static):
    program = compiled(installed, tmp_path, language, static)
    done = resolve(program, installed, connected, bare_env)
    assert done.returncode == 0, done.stderr
    length = len(token(connected)["accessToken"])
    assert re.match(rf'Bearer token of {length} characters for "org:read [^"]*", valid for \d+ s$', done.stdout)


def test_errors_keep_their_code_their_sentence_and_their_number(installed, tmp_path, connected, bare_env):
    program = compiled(installed, tmp_path, "c")
    missing = resolve(program, installed, connected, bare_env, "nobody", "sentry")
    assert missing.returncode == 4 and "(project_not_found)" in missing.stderr
    unknown = resolve(program, installed, connected, bare_env, "shop", "no/such provider")
    assert unknown.returncode == 2 and "(unknown_provider)" in unknown.stderr
    empty = resolve(program, installed, connected, bare_env, "", "sentry")
    assert empty.returncode == 2
    connected.api.post("/auth/sentry/disconnect", {"projectId": "shop"})
    gone = resolve(program, installed, connected, bare_env)
    assert gone.returncode == 4 and "(oauth_connection_not_found)" in gone.stderr
    connected.api.stop()
    silent = resolve(program, installed, connected, bare_env)
    assert silent.returncode == 69 and "devflow serve" in silent.stderr


def test_a_url_that_is_none_is_said_at_opening(installed, tmp_path, connected, bare_env):
    program = compiled(installed, tmp_path, "c")
    libraries = str(next(installed[1].rglob("libdevflow.so.0")).parent)
    done = run([program, "shop", "sentry"], env={**bare_env, "DEVFLOW_API_URL": "ftp://nowhere", "LD_LIBRARY_PATH": libraries})
    assert done.returncode == 78 and "DEVFLOW_API_URL" in done.stderr


def test_the_shared_library_shows_its_own_names_alone(installed):
    library = next(installed[1].rglob("libdevflow.so.0"))
    names = run(["nm", "-D", "--defined-only", library], check=True).stdout.split("\n")
    names = {line.split()[-1].split("@")[0] for line in names if line} - {"DEVFLOW_0"}
    declared = set(re.findall(r"\b(devflow_\w+)\(", re.sub(r"/\*.*?\*/", "", (ROOT / "include/devflow.h").read_text(), flags=re.DOTALL)))
    sanitizer = {name for name in names if name.startswith(("__asan", "__ubsan", "__odr_asan"))}
    assert names - sanitizer == declared
    assert "SONAME" in run(["readelf", "-d", library], check=True).stdout
    assert pathlib.Path(library).resolve().name.startswith("libdevflow.so.0.")


def test_the_version_is_the_programs(installed):
    """The release's: what stands behind it, the commit, is the program's alone."""
    [version] = pkg_config(installed, "--modversion")
    assert run([PROGRAM, "--version"]).stdout.split()[1].split("+")[0] == version


def test_nothing_is_refreshed_for_a_valid_token(installed, tmp_path, connected, bare_env):
    before = counters(connected.sandbox)["refreshCalls"]
    program = compiled(installed, tmp_path, "c")
    assert resolve(program, installed, connected, bare_env).returncode == 0
    assert counters(connected.sandbox)["refreshCalls"] == before


def in_process(program, installed, bare_env, url, key, *arguments):
    libraries = str(next(installed[1].rglob("libdevflow.so.0")).parent)
    env = {**bare_env, "DATABASE_URL": url, "OAUTH_ENCRYPTION_KEY": key, "LD_LIBRARY_PATH": libraries}
    return run([program, *arguments], env=env)


def test_in_the_process_it_is_a_node_on_the_database(installed, tmp_path, connected, bare_env):
    program, api = compiled(installed, tmp_path, "c"), connected.api
    url, key = api.env["DATABASE_URL"], api.env["OAUTH_ENCRYPTION_KEY"]
    busy = in_process(program, installed, bare_env, url, key, "shop", "sentry")
    assert busy.returncode == 78 and "in use by another devflow" in busy.stderr
    old = token(connected)["accessToken"]
    api.stop()
    done = in_process(program, installed, bare_env, url, key, "shop", "sentry")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Bearer token of {len(old)} characters")
    log = [json.loads(line) for line in api.devflow("audit:export").stdout.splitlines()]
    handed = [r for r in log if r["action"] == "token.handed_out" and r["actor"] == f"libdevflow@{socket.gethostname()}"]
    assert [(r["project"], r["target"], r["result"], r["count"]) for r in handed] == [("shop", "SENTRY", "ok", 1)]
    before = counters(connected.sandbox)["refreshCalls"]
    newer = in_process(program, installed, bare_env, url, key, "shop", "sentry", old)
    api.start()
    after = counters(connected.sandbox)["refreshCalls"]
    answered = (newer.returncode, after - before)  # a token this young may be kept: then it says when to ask again
    assert answered == (0, 1) or (newer.returncode == 6 and after == before), newer.stderr
    wrong = "A" * 43 + "="
    api.stop()
    refused = in_process(program, installed, bare_env, url, wrong, "shop", "sentry")
    assert refused.returncode == 78 and "key" in refused.stderr
