"""The systemd unit: what it promises, that systemd takes it, and that the service lives by the calls it allows."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import pytest
import unit_sandbox
from whole import ROOT, Walk

UNIT = ROOT / "packaging" / "systemd" / "devflow.service"
EXPOSED = 1.2  # of 10, as `systemd-analyze security` counts; what is left is that it needs the network
PROMISED = {
    "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "PrivateUsers": "yes", "ProtectKernelTunables": "yes", "ProtectKernelModules": "yes",
    "ProtectControlGroups": "yes", "MemoryDenyWriteExecute": "yes", "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces": "yes", "RestrictSUIDSGID": "yes", "SystemCallArchitectures": "native", "LimitCORE": "0", "UMask": "0077",
}


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=60)


def confined(*command):
    return run(sys.executable, unit_sandbox.__file__, UNIT, *command)


@pytest.fixture
def unit(devflow, tmp_path):
    """The unit as installed where this build is: systemd looks whether its program is there."""
    assert shutil.which("systemd-analyze"), "systemd-analyze is not here: ./dev setup test"
    installed = tmp_path / "devflow.service"
    text = UNIT.read_text()
    assert "ExecStart=/usr/bin/devflow serve\n" in text
    installed.write_text(text.replace("/usr/bin/devflow", str(devflow)))
    return installed


def test_it_promises_its_sandbox():
    found = unit_sandbox.settings(UNIT)
    assert {name: found[name][-1] for name in PROMISED} == PROMISED


def test_systemd_takes_it(unit):
    done = run("systemd-analyze", "verify", "--man=no", unit)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_counts_what_is_left_exposed(unit):
    done = run("systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={int(EXPOSED * 10)}", unit)
    level = re.search(r"exposure level for devflow.service: ([\d.]+)", done.stdout)
    assert done.returncode == 0 and level and float(level[1]) <= EXPOSED, done.stdout + done.stderr


@pytest.mark.parametrize("code", [
    "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)",
    "import ctypes; ctypes.CDLL(None).unshare(0x10000000)",
    "import ctypes; ctypes.CDLL(None).mount(b'a', b'/nowhere', b'tmpfs', 0, None)",
    "import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)",
    "import os; os.chown('/nowhere', 0, 0)",
])
def test_a_call_that_it_forbids_is_the_end(code):
    assert confined(sys.executable, "-c", "print('lived')").stdout == "lived\n"
    assert confined(sys.executable, "-c", code).returncode == -signal.SIGSYS


@pytest.fixture
def start_confined(devflow, tmp_path, monkeypatch, start_api):
    """start_confined(settings) starts an API under the unit's filter."""
    wrapper = tmp_path / "confined"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{unit_sandbox.__file__}" "{UNIT}" "{devflow}" "$@"\n')
    wrapper.chmod(0o755)

    def start(settings=None):
        with monkeypatch.context() as patch:
            patch.setattr("whole.PROGRAM", wrapper)
            return start_api(settings)
    return start


def test_the_service_lives_by_the_calls_it_allows(start_confined, start_sandbox, postgres, redis_server):
    """Its whole life on both stores, any other call being the end of it."""
    if os.geteuid() == 0 and not unit_sandbox.may_be_a_user():
        pytest.skip("root without user namespaces, as in a chroot: SQLite makes calls for root that it makes for no one else")
    for settings in (None, {**postgres.settings, **redis_server.settings}):
        api = start_confined(settings)
        status = pathlib.Path(f"/proc/{api.process.pid}/status").read_text()
        assert re.search(r"^NoNewPrivs:\s1$", status, re.MULTILINE) and re.search(r"^Seccomp:\s2$", status, re.MULTILINE)
        walk = Walk(api, start_sandbox(api.redirect_uri))
        walk.connect()
        assert walk.done(api.post("/auth/sentry/refresh", {"projectId": "shop"}))
        assert walk.done(api.get("/integrations/shop/test"))
        proxied = api.session.get(f"{api.url}/proxy/shop/sentry/api/0/organizations/", timeout=30)
        assert proxied.status_code == 200, proxied.text
        assert walk.done(api.get("/ready"))["status"] == "ready"
        assert walk.done(api.post("/auth/sentry/disconnect", {"projectId": "shop"}))
        assert api.stop() == 0
