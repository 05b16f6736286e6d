"""The life of the Debian package on a system of its own: ./dev package --check

    life.py DEBS OLDER_DEBS [TEMPORAL_DEBS]     folders that hold devflow_*.deb, libdevflow*.deb; devflow-temporal_*.deb, or nothing

Makes a root with debootstrap (the system's own release), installs there, boots its systemd in namespaces, and holds it to what is promised: the
service runs in its sandbox under its user, an upgrade keeps settings, key and data, a removal keeps them too, a purge leaves nothing.
Needs root and Debian's archive; says so and ends with 77 where it lacks one. Standard library only."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
WAIT_S = 90
NOT_HERE = 77
PORT = 3777


def say(text):
    print(f"  {text}", flush=True)


def run(*command, check=True, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          **{"stdin": subprocess.DEVNULL, "timeout": 600, **options})
    if check and done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done


def eventually(what, look):
    """Waits until look() is true; what it last gave."""
    deadline = time.monotonic() + WAIT_S
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: not within {WAIT_S} s"
        time.sleep(0.1)


def codename():
    return re.search(r"^VERSION_CODENAME=(\w+)", pathlib.Path("/etc/os-release").read_text(), re.MULTILINE)[1]


class Machine:
    """A Debian root; booted, a running system."""

    def __init__(self, folder):
        self.root = folder / "root"
        self.log = folder / "boot.log"
        self.boot_process = None
        include = "systemd,systemd-sysv,dbus,ca-certificates,curl,man-db"
        done = run("debootstrap", "--variant=minbase", f"--include={include}", codename(), self.root, check=False, timeout=1200)
        if done.returncode:
            say(f"debootstrap cannot make a root here (is Debian's archive reached?):\n{(done.stdout + done.stderr)[-1500:]}")
            sys.exit(NOT_HERE)
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        (self.root / "packages").mkdir()

    def bring(self, debs, name):
        shutil.copytree(debs, self.root / "packages" / name)
        return sorted(f"/packages/{name}/{path.name}" for path in pathlib.Path(debs).glob("*.deb") if "dbgsym" not in path.name)

    def chroot(self, *command, **options):
        return run("chroot", self.root, "env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8", *command, **options)

    def boot(self):
        self.boot_process = subprocess.Popen(["sh", HERE / "boot.sh", self.root, self.log], stdin=subprocess.DEVNULL)
        eventually("systemd", lambda: self.first() and self.inside("systemctl", "is-system-running", check=False).stdout.strip()
                   in ("running", "degraded"))

    def first(self):
        """systemd's process as this side sees it."""
        assert self.boot_process.poll() is None, f"systemd did not boot:\n{self.log.read_text(errors='replace')[-3000:]}"
        todo = [self.boot_process.pid]
        for pid in todo:
            with contextlib.suppress(OSError):  # it has ended meanwhile
                here = pathlib.Path(f"/proc/{pid}")
                todo += [int(child) for child in (here / "task" / str(pid) / "children").read_text().split()]
                in_there = re.search(r"^NSpid:.*\t(\d+)$", (here / "status").read_text(), re.MULTILINE)[1]
                if in_there == "1" and (here / "comm").read_text() == "systemd\n":
                    return pid
        return None

    def inside(self, *command, **options):
        return run("nsenter", "-t", self.first(), "--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "env", "-i",
                   "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *command, **options)

    def close(self):
        if self.boot_process and self.boot_process.poll() is None:
            if self.first():
                os.kill(self.first(), 9)
            self.boot_process.kill()
            self.boot_process.wait(30)
        run("unshare", "--mount", "--propagation", "private", "sh", "-c", "mount -t cgroup2 cgroup2 /mnt; for i in 1 2 3 4 5 6 7 8 9; do "
            "find /mnt/devflow-check -mindepth 0 -depth -type d -exec rmdir {} + && break; sleep 1; done 2>/dev/null", check=False)


def health(machine, port=3001):
    """What the service says of itself, once it does."""
    def ask():
        done = machine.inside("curl", "-sf", "-m", "10", f"http://localhost:{port}/health", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None
    return eventually("the service answers", ask)


def version_of(machine):
    return machine.inside("dpkg-query", "-W", "-f", "${Version}", "devflow").stdout


def serves(machine, port=3001):
    """The installed version, by a service that systemd calls active."""
    said = health(machine, port)
    assert said["version"] == version_of(machine).removesuffix("-1"), said
    assert machine.inside("systemctl", "is-active", "devflow").stdout.strip() == "active"


def sandboxed(machine):
    """What the kernel says of the process."""
    pid = machine.inside("systemctl", "show", "-P", "MainPID", "devflow").stdout.strip()
    status = dict(line.split(":\t", 1) for line in machine.inside("cat", f"/proc/{pid}/status").stdout.splitlines() if ":\t" in line)
    user = machine.inside("id", "-u", "devflow").stdout.strip()
    assert status["Uid"].split() == [user] * 4 and user != "0", status["Uid"]
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2"), status
    assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")} == {0}, status
    limits = machine.inside("cat", f"/proc/{pid}/limits").stdout
    assert re.search(r"Max core file size\s+0\s+0\s", limits), limits
    mounts = [line.split() for line in machine.inside("cat", f"/proc/{pid}/mountinfo").stdout.splitlines()]
    writable = {words[4] for words in mounts if "rw" in words[5].split(",")}
    assert "/" not in writable and "/var/lib/devflow" in writable, writable
    assert not {"/etc", "/usr", "/home", "/root"} & writable, writable
    environment = machine.inside("cat", f"/proc/{pid}/environ", check=False).stdout
    key = machine.inside("cat", "/etc/devflow/encryption.key").stdout.strip()
    assert len(key) == 44 and key not in environment
    assert key not in machine.inside("journalctl", "--no-pager", "-o", "export").stdout


def private(machine):
    for path, owner, mode in (("/etc/devflow/encryption.key", "root", "600"), ("/etc/devflow/devflow.env", "root", "600"),
                              ("/var/lib/devflow", "devflow", "700"), ("/var/lib/devflow/devflow.db", "devflow", "600")):
        assert machine.inside("stat", "-c", "%U %a", path).stdout.split() == [owner, mode], path


def installs(machine, debs, newer):
    """Without a running systemd, as in an image's build: then it runs at the next boot, without a network, so that what the newer
    version depends on comes now."""
    machine.chroot("apt-get", "update", "-q")
    machine.chroot("apt-get", "install", "-q", "-y", "--no-install-recommends", *debs, timeout=1200)
    depends = [machine.chroot("dpkg-deb", "-f", deb, "Depends").stdout.strip() for deb in newer]
    others = [one for one in ", ".join(depends).split(", ") if not one.startswith("libdevflow")]
    machine.chroot("apt-get", "satisfy", "-q", "-y", "--no-install-recommends", ", ".join(others), timeout=1200)
    assert machine.chroot("devflow-admin", "config:check", check=False).returncode == 0
    say("installs in a root without init")
    machine.boot()
    serves(machine)
    sandboxed(machine)
    private(machine)
    say("boots: the service runs in its sandbox under its user, key and data are private")


def files(machine):
    for page in (["1", "devflow"], ["8", "devflow-admin"], ["3", "devflow_resolve_token"]):
        assert machine.inside("man", "-w", *page).stdout.strip(), page
    assert machine.inside("dpkg", "-V", "devflow", "libdevflow0").stdout == ""
    verified = machine.inside("systemd-analyze", "verify", "devflow.service")
    assert "devflow" not in verified.stdout + verified.stderr, verified.stdout + verified.stderr
    say("man pages are found, systemd-analyze verify has nothing to say")


def at(machine, *command):
    """A command as the service: the local key lets it in."""
    return machine.inside("env", f"DEVFLOW_API_URL=http://localhost:{PORT}/api/v1", "devflow-admin", *command).stdout


def upgrades(machine, debs):

    machine.inside("sh", "-c", f"echo PORT={PORT} >>/etc/devflow/devflow.env && systemctl restart devflow")
    serves(machine, PORT)
    at(machine, "project:create", "Kept", "--id", "kept")
    key = machine.inside("cat", "/etc/devflow/encryption.key").stdout
    before = version_of(machine)
    done = machine.inside("dpkg", "--force-confold", "-i", *debs)
    assert done.stderr == "", done.stderr
    after = version_of(machine)
    serves(machine, PORT)
    assert "kept" in at(machine, "project:list")
    assert machine.inside("cat", "/etc/devflow/encryption.key").stdout == key
    private(machine)
    say(f"upgrades from {before} to {after}" if before != after else f"installs anew over itself ({after})")


def keeps_out(machine):
    """With the first API key the service asks everyone for one."""
    def asked(*header):
        return machine.inside("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *header, f"http://localhost:{PORT}/api/v1/projects").stdout

    assert asked() == "200"
    key = json.loads(at(machine, "apikey:create", "--role", "read", "--json"))["key"]
    assert (asked(), asked("-H", f"X-API-Key: {key}")) == ("401", "200")
    machine.inside("systemctl", "reload", "devflow")
    assert asked("-H", f"X-API-Key: {key}") == "200"
    say("asks for a key once one was made (devflow-admin apikey:create), reloads")


def finds_temporal(machine, debs):
    """The program finds the library where its package puts it."""
    def check():
        done = machine.inside("devflow-admin", "config:check", check=False)
        return done.returncode, done.stdout + done.stderr

    machine.inside("sh", "-c", "echo TEMPORAL_ADDRESS=localhost:7233 >>/etc/devflow/devflow.env")
    code, said = check()
    assert code and "install the package devflow-temporal" in said, said
    machine.inside("dpkg", "-i", *debs)
    code, said = check()
    assert code == 0, said
    machine.inside("dpkg", "-P", "devflow-temporal")
    machine.inside("sed", "-i", "/^TEMPORAL_ADDRESS=/d", "/etc/devflow/devflow.env")
    say("with devflow-temporal it finds the library for Temporal, without it says what is missing")


def ends(machine, debs):
    machine.inside("dpkg", "-r", "devflow")
    assert machine.inside("systemctl", "is-active", "devflow", check=False).returncode != 0
    machine.inside("test", "-e", "/var/lib/devflow/devflow.db", "-a", "-e", "/etc/devflow/encryption.key")
    machine.inside("dpkg", "-i", *debs)
    serves(machine, PORT)
    say("is removed and put back: the data is there, the service starts at once")
    machine.inside("dpkg", "-P", "devflow", "libdevflow-dev", "libdevflow0")
    left = machine.inside("find", "/etc", "/usr", "/lib", "/var", "-xdev", "-name", "*devflow*", "-not", "-path", "/var/log/*",
                          "-not", "-path", "/var/cache/man/*").stdout.split()
    assert not left, left
    assert "not-found" in machine.inside("systemctl", "show", "-P", "LoadState", "devflow").stdout
    say("is purged: no file of it is left (the user is, as Debian has it)")


def main(newer, older, temporal=None):
    if os.getuid() != 0 or not shutil.which("debootstrap"):
        say("the package's life needs root and debootstrap: not run here")
        return NOT_HERE
    folder = pathlib.Path(tempfile.mkdtemp(prefix="devflow-life-"))
    machine = None
    try:
        machine = Machine(folder)
        old = machine.bring(older, "older")
        new = machine.bring(newer, "newer")
        installs(machine, old, new)
        files(machine)
        upgrades(machine, new)
        sandboxed(machine)
        keeps_out(machine)
        if temporal and any(pathlib.Path(temporal).iterdir()):
            finds_temporal(machine, machine.bring(temporal, "temporal"))
        ends(machine, new)
        say("the package's life: all as promised")
        return 0
    except AssertionError as error:
        say(f"FAILED: {error}")
        if machine and machine.boot_process and machine.boot_process.poll() is None:
            say(machine.inside("journalctl", "--no-pager", "-n", "60", check=False).stdout)
        return 1
    finally:
        if machine:
            machine.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
