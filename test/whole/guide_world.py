"""A sandbox, an API on it and a user, for the replay of the guide."""
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import guide_text
import openapi
from browser import Browser

PROJECT = "your-project-id"
CLIENT_ID = "00ccd86b901050833512e1c0093a3d406d5b3476d3d8face4cecac42cc87fb36"
CLIENT_SECRET = "8a4af4ef829f299f11178f15bf2ed5eb26bd4c615d5a524a63d35811726e1757"
PROGRAM = Path(os.environ.get("DEVFLOW_BIN", guide_text.ROOT / "build/devflow"))
LOCALE = {"LC_ALL": "C.UTF-8"}
SANITIZERS = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}


@dataclass
class Answer:
    status: int
    body: object

    @property
    def code(self):
        return self.body.get("code") if isinstance(self.body, dict) else None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class World:
    def __init__(self, folder, registered_at_sentry=None, organizations=None, settings=None):
        self.folder = Path(folder)
        self.settings = settings or {}
        self.port = free_port()
        self.api = f"http://localhost:{self.port}"
        self.callback = f"{self.api}/api/v1/auth/sentry/callback"
        self.registered_at_sentry = registered_at_sentry or self.callback
        self.organizations = organizations
        self.sentry = ""
        self.children = []
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "devflow").symlink_to(PROGRAM)
        self.env = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "HOME": str(folder), "BROWSER_PAGE": str(self.folder / "page"),
                    "BROWSER": str(guide_text.ROOT / "test/whole/browser.py"), "DEVFLOW_API_URL": f"{self.api}/api/v1", **LOCALE, **SANITIZERS}

    def __enter__(self):
        options = ["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET, "--redirect-uri", self.registered_at_sentry]
        if self.organizations is not None:
            options += ["--organizations", str(self.organizations)]
        sandbox = self.start("sandbox", "--port", "0", "--json", *options, stdout=subprocess.PIPE)
        self.sentry = json.loads(sandbox.stdout.readline())["url"]
        key = subprocess.run([PROGRAM, "key:generate"], capture_output=True, text=True, check=True).stdout.strip()
        self.start("serve", env={"OAUTH_ENCRYPTION_KEY": key, "DATABASE_URL": f"sqlite:{self.folder}/db", "PORT": str(self.port),
                                 "LOG_LEVEL": "debug", **self.settings})
        self.wait_until_ready()
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                raise
            finally:
                if child.stdout:
                    child.stdout.close()

    def start(self, *command, env=None, **options):
        """Runs beside the test; its standard error goes to a file of the command's name."""
        with open(self.folder / f"{command[0]}.log", "wb") as log:
            child = subprocess.Popen(["devflow", *command], env={**self.env, **(env or {})}, cwd=self.folder, stderr=log,
                                     stdin=subprocess.DEVNULL, text=True, **options)
        self.children.append(child)
        return child

    def wait_until_ready(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                if self.request("GET", "/ready").status == 200:
                    return
            except OSError:
                pass
            assert self.children[-1].poll() is None and time.monotonic() < deadline, (self.folder / "serve.log").read_text()
            time.sleep(0.02)

    # The API

    def request(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if method == "POST" else {}
        data = None if method != "POST" else json.dumps(body or {}).encode()
        asked = urllib.request.Request(f"{self.api}/api/v1{path}", data, headers, method=method)
        try:
            answer = urllib.request.urlopen(asked, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode()
            kind = answer.headers.get_content_type()
            openapi.check(method, path, answer.status, kind, text)
            return Answer(answer.status, json.loads(text) if kind == "application/json" else text)

    def get(self, path):
        answer = self.request("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def post(self, path, body, status=200):
        answer = self.request("POST", path, body)
        assert answer.status == status, answer
        return answer.body

    # The steps of the guide, for tests of what follows them

    def registration(self, **changes):
        """The guide's body with these fields; None leaves one out."""
        body = json.loads(self.localise(guide_text.blocks(guide_text.text("en"))[4].text))
        return {name: value for name, value in {**body, **changes}.items() if value is not None}

    def register(self, **changes):
        return self.post("/auth/apps/register", self.registration(**changes))

    def connect(self):
        self.devflow("oauth:connect", "sentry", "--project", PROJECT)

    def browse(self, url):
        return Browser().consent(url)

    def page(self):
        """The last page the user saw."""
        return (self.folder / "page").read_text(encoding="utf-8")

    def asked_of_sentry(self):
        return (self.folder / "sandbox.log").read_text().splitlines()

    # Commands

    def localise(self, text):
        """Replaces what the guide could not know: hosts and credentials."""
        text = text.replace("http://localhost:3001", self.api)
        text = text.replace('"00ccd86b..."', CLIENT_ID).replace('"8a4af4ef..."', CLIENT_SECRET)
        text = text.replace('"provider": "SENTRY",', f'"provider": "SENTRY", "baseUrl": "{self.sentry}",')
        return text.replace("--provider sentry", f"--provider sentry --base-url {self.sentry}")

    def pattern(self, url):
        """A regular expression of a URL the guide shows: `...` and `xxx` stand for anything."""
        text = re.escape(url.replace("https://sentry.io", self.sentry))
        return text.replace(re.escape("..."), ".*").replace("=xxx", "=[^&]*")

    def commands(self, block):
        """The commands of a block, comments aside."""
        lines = [line for line in block.split("\n") if line and not line.startswith("#")]
        return [line for line in "\n".join(lines).replace("\\\n", " ").split("\n")]

    def run(self, command):
        """As a person would paste it into a shell; standard output."""
        done = subprocess.run(["bash", "-c", self.localise(command)], env=self.env, cwd=self.folder, text=True,
                              capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done
        return done.stdout

    def devflow(self, *command, fails=False):
        done = subprocess.run(["devflow", *command], env=self.env, cwd=self.folder, text=True, capture_output=True, check=False,
                              timeout=60, stdin=subprocess.DEVNULL)
        assert (done.returncode != 0) == fails, done
        return done

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def on_a_terminal(self, command, answers):
        """Runs it on a pseudo-terminal; each pause in what it prints gets the next answer, then empty lines."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execvpe("bash", ["bash", "-c", command], self.env)
        screen, answers = b"", list(answers)
        while True:
            if not select.select([terminal], [], [], 0.3)[0]:
                os.write(terminal, ((answers.pop(0) if answers else "") + "\n").encode())
                continue
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # Linux says EIO when the other end is closed
                piece = b""
            if not piece:
                break
            screen += piece
        os.close(terminal)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, screen
        return screen.decode()

    # Settings

    def check_config(self, env_file):
        """`config:check` with the example as the .env file."""
        self.write(".env", env_file)
        return subprocess.run(["devflow", "config:check"], env={"PATH": self.env["PATH"], "HOME": self.env["HOME"], **SANITIZERS},
                              cwd=self.folder, text=True, capture_output=True, check=False, timeout=20)

    def generate_key(self, commands):
        """By the guide's own command."""
        [command] = [c for c in commands if c.startswith("node -e")]
        assert shutil.which("node"), "the guide makes its key with Node"
        return self.run(command).strip()
