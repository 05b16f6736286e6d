"""A process that imports the checkout and runs trials: see devflow_probe.py, which it runs."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
NOTHING_SEEN = {"env": [], "files": [], "net": [], "clock": False}


class Probe:
    """A process that runs trials. roots: of the checkout, relative."""

    def __init__(self, job, roots, expected, warm=None, seed="0", around=False):
        read, write = os.pipe()
        folders = [os.path.join(job.source, r) if r != "." else job.source for r in roots]
        env = {**os.environ, "PYTHONHASHSEED": seed, "DEVFLOW_SOURCE": job.source}
        self.process = subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "devflow_probe.py"), str(write)], stdin=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[write], text=True, env=env, cwd=HERE)
        os.close(write)
        self.answers = os.fdopen(read)
        self.folder = os.path.join(HERE, f"run{self.process.pid}")
        os.makedirs(self.folder, exist_ok=True)
        self.alive = True
        self.send({"source": job.source, "roots": folders, "warm": warm, "folder": self.folder, "lines": expected.lines(),
                   "vars": expected.variables(), "around": around})
        ready = self.read()
        self.imported = (ready or {}).get("imported") or NOTHING_SEEN
        self.own = (ready or {}).get("own") or []
        self.problem = ready.get("problem") if ready else "the program could not be imported"

    def send(self, what):
        try:
            self.process.stdin.write(json.dumps(what) + "\n")
            self.process.stdin.flush()
        except OSError:
            self.alive = False

    def read(self):
        line = self.answers.readline()
        self.alive = self.alive and bool(line)
        return json.loads(line) if line else None

    def run(self, code, **more):
        self.send({"code": code, "folder": self.folder, **more})
        return (self.read() if self.alive else None) or {"died": True}

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.answers.close()
