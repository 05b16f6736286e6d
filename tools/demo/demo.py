#!/usr/bin/env python3
"""demo.py PROGRAM [--keep] [-o FILE]: the guide, walked on a real error. A local Sentry and the API run on loopback with a
database of their own; a faulty program reports to that Sentry through Sentry's own SDK; then each of the guide's commands is
shown before its output. Everything is gone afterwards, but for the context in FILE (error-context.md)."""

import argparse
import json
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CONSENTS = HERE.parents[1] / "test" / "whole" / "browser.py"  # approves what a consent page asks
PROJECT = "shop"
REDIRECT_PATH = "/auth/sentry/callback"


class Demo:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.servers = []
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("SENTRY_", "OAUTH_", "DEVFLOW_"))}
        for name in ("DATABASE_URL", "REDIS_HOST", "TEMPORAL_ADDRESS", "API_URL", "API_HOST", "API_GLOBAL_PREFIX", "PORT"):
            self.env.pop(name, None)
        self.env.update(LC_ALL="C.UTF-8", XDG_DATA_HOME=str(folder), BROWSER=f"{sys.executable} {CONSENTS}")

    def start(self, *command, **env):
        """A server; what it printed once it listens."""
        log = open(self.folder / f"{command[0]}.log", "wb")
        process = subprocess.Popen([self.program, *command, "--json"], env={**self.env, **env}, cwd=self.folder, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        log.close()
        self.servers.append(process)
        line = process.stdout.readline()
        if not line:
            sys.exit(f"devflow {command[0]} did not start:\n{(self.folder / f'{command[0]}.log').read_text()}")
        return json.loads(line)

    def stop(self):
        for process in reversed(self.servers):
            process.send_signal(signal.SIGTERM)
        for process in self.servers:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()

    def run(self, *command, shown=None, **env):
        """A command of the guide, shown before its output."""
        print(f"\n$ {shown or 'devflow ' + shlex.join(command)}", flush=True)
        done = subprocess.run([self.program, *command], env={**self.env, **env}, cwd=self.folder, check=False)
        if done.returncode:
            sys.exit(f"demo: that failed with exit code {done.returncode}")


def say(text):
    print(f"\n# {text}", flush=True)


def report_an_error(demo, sandbox):
    say("A program fails in production; Sentry's own SDK reports it (tools/demo/shop).")
    print("$ python3 serve_orders.py", flush=True)
    subprocess.run([sys.executable, HERE / "shop" / "serve_orders.py"], check=True,
                   env={**demo.env, "SENTRY_DSN": sandbox["dsn"], "PYTHONDONTWRITEBYTECODE": "1"})


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def walk(demo, out):
    port = free_port()
    api_url = f"http://localhost:{port}/api/v1"
    say("A local Sentry and the API, on loopback.")
    sandbox = demo.start("sandbox", "--port", "0", "--redirect-uri", api_url + REDIRECT_PATH)
    print(f"Sentry: {sandbox['url']}\nAPI:    {api_url}")
    key = subprocess.run([demo.program, "key:generate"], env=demo.env, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    demo.start("serve", PORT=str(port), OAUTH_ENCRYPTION_KEY=key)
    demo.env["DEVFLOW_API_URL"] = api_url
    report_an_error(demo, sandbox)

    say("The guide: a project, its OAuth application, the connection (this script is the user who approves).")
    demo.run("project:create", "Shop", "--id", PROJECT)
    register = ["oauth:register", "--project", PROJECT, "--provider", "sentry", "--base-url", sandbox["url"], "--client-id",
                sandbox["clientId"], "--redirect-uri", api_url + REDIRECT_PATH, "--scopes",
                "org:read,project:read,project:write,event:read,member:read"]
    demo.run(*register, DEVFLOW_CLIENT_SECRET=sandbox["clientSecret"],
             shown=f"DEVFLOW_CLIENT_SECRET=... devflow {shlex.join(register)}")
    demo.run("oauth:connect", "sentry", "--project", PROJECT)
    demo.run("oauth:status", "--project", PROJECT)
    demo.run("integrations:test", PROJECT)

    say("The error, as DevFlow sees it.")
    demo.run("sentry:issues", "--project", PROJECT)
    context = ["sentry:context", f"{sandbox['project'].upper()}-1", "--project", PROJECT]
    demo.run(*context)
    with open(out, "wb") as file:
        subprocess.run([demo.program, *context], env=demo.env, stdout=file, check=True)
    say(f"The context is in {out}.")
    return sandbox, api_url


def main():
    parser = argparse.ArgumentParser(prog="./dev demo")
    parser.add_argument("program")
    parser.add_argument("--keep", action="store_true", help="leave the servers running")
    parser.add_argument("-o", "--out", default="error-context.md", metavar="FILE", help="where the context goes")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="devflow-demo-"))
    demo = Demo(pathlib.Path(options.program).resolve(), folder)
    try:
        began = time.monotonic()
        sandbox, api_url = walk(demo, pathlib.Path(options.out).resolve())
        say(f"Done in {time.monotonic() - began:.1f} s.")
        if options.keep:
            print(f"\nIt goes on running: Ctrl-C ends it.\n  Sentry {sandbox['url']}  DSN {sandbox['dsn']}\n"
                  f"  API    {api_url}\n  Try:   DEVFLOW_API_URL={api_url} {demo.program} sentry:issues --project {PROJECT}",
                  flush=True)
            signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        demo.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main()
