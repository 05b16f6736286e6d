"""The guide's reader: a folder and a shell, in front of an API and a Sentry. Made of the fixtures of conftest.py."""
import http.server
import json
import os
import pty
import re
import select
import shutil
import subprocess
import threading
from dataclasses import dataclass

import guide_text
import openapi
import requests
from browser import Browser
from conftest import CLIENT_ID, CLIENT_SECRET, PROGRAM, ROOT

PROJECT = "your-project-id"
GUIDE_ID = "00ccd86b901050833512e1c0093a3d406d5b3476d3d8face4cecac42cc87fb36"
GUIDE_SECRET = "8a4af4ef829f299f11178f15bf2ed5eb26bd4c615d5a524a63d35811726e1757"


@dataclass
class Answer:
    status: int
    body: object

    @property
    def code(self):
        return self.body.get("code") if isinstance(self.body, dict) else None


class Recorder:
    """Stands in front of a Sentry, passes everything on, and keeps the paths it was asked for."""

    def __init__(self, sentry):
        self.asked = asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def pass_on(self):
                asked.append(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
                answer = requests.request(self.command, sentry + self.path, headers=kept, data=body, allow_redirects=False,
                                          timeout=30)
                self.send_response(answer.status_code)
                for name in ("Content-Type", "Location", "Link"):
                    if name in answer.headers:
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class World:
    """api and sandbox may be None, where nothing runs yet."""

    def __init__(self, folder, bare_env, api=None, sandbox=None):
        self.folder, self.api, self.sandbox = folder, api, sandbox
        self.origin = api.origin if api else "http://localhost:3001"
        self.sentry = sandbox.url if sandbox else "https://sentry.io"
        self.callback = f"{self.origin}/api/v1/auth/sentry/callback"
        (folder / "bin").mkdir()
        (folder / "bin/devflow").symlink_to(PROGRAM)
        self.bare_env = {**bare_env, "PATH": f"{folder}/bin:{bare_env['PATH']}"}
        self.env = {**self.bare_env, "DEVFLOW_API_URL": f"{self.origin}/api/v1", "BROWSER": str(ROOT / "test/whole/browser.py"),
                    "BROWSER_PAGE": str(folder / "page")}

    # The API; each answer is held to openapi.json

    def request(self, method, path, body=None):
        answer = self.api.request(method, path, **({"json": body or {}} if method == "POST" else {}))
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        openapi.check(method, path, answer.status_code, kind, answer.text)
        return Answer(answer.status_code, answer.json() if kind == "application/json" else answer.text)

    def get(self, path):
        answer = self.request("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def post(self, path, body, status=200):
        answer = self.request("POST", path, body)
        assert answer.status == status, answer
        return answer.body

    # The steps of the guide, for tests of what follows them

    def create(self):
        self.devflow("project:create", "Shop", "--id", PROJECT)
        return self

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

    # Commands

    def localise(self, text):
        """Replaces what the guide could not know: hosts and credentials."""
        text = text.replace("http://localhost:3001", self.origin)
        text = text.replace(GUIDE_ID, CLIENT_ID).replace(GUIDE_SECRET, CLIENT_SECRET)
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
        return "\n".join(lines).replace("\\\n", " ").split("\n")

    def process(self, words, env=None):
        return subprocess.run(words, env=env or self.env, cwd=self.folder, text=True, capture_output=True, check=False, timeout=60,
                              stdin=subprocess.DEVNULL)

    def run(self, command):
        """As a person would paste it into a shell; standard output."""
        done = self.process(["bash", "-c", self.localise(command)])
        assert done.returncode == 0, done
        return done.stdout

    def devflow(self, *command, fails=False):
        done = self.process(["devflow", *command])
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
            if not select.select([terminal], [], [], 0.5)[0]:
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
        return self.process(["devflow", "config:check"], self.bare_env)

    def generate_key(self, commands):
        """By the guide's own command."""
        [command] = [c for c in commands if c.startswith("node -e")]
        assert shutil.which("node"), "the guide makes its key with Node"
        return self.run(command).strip()
