#!/usr/bin/env python3
"""demo.py PROGRAM [--keep] [-o FILE]: the guide, walked on a real error. A local Sentry with a Linear beside it and the API run
on loopback with a database of their own; a faulty program reports to that Sentry through Sentry's own SDK; then each of the
guide's commands is shown before its output, to a regression test that fails, a fix, and the test that passes. Everything is gone
afterwards, but for the context in FILE (error-context.md)."""

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
SHOP = HERE / "shop"
REDIRECT_PATH = "/auth/sentry/callback"
LINEAR_PATH = "/auth/linear/callback"
FAULT = 'if subtotal < coupon.get("minimum_cents", 0):'
FIX = 'if coupon is None or subtotal < coupon.get("minimum_cents", 0):'


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

    def run(self, *command, shown=None, input=None, **env):
        """A command of the guide, shown before its output."""
        print(f"\n$ {shown or 'devflow ' + shlex.join(command)}", flush=True)
        done = subprocess.run([self.program, *command], env={**self.env, **env}, cwd=self.folder, input=input, text=True, check=False)
        if done.returncode:
            sys.exit(f"demo: that failed with exit code {done.returncode}")

    def json(self, *command):
        return json.loads(subprocess.run([self.program, *command], env=self.env, stdout=subprocess.PIPE, check=True).stdout)


def say(text):
    print(f"\n# {text}", flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def serve(demo):
    port = free_port()
    api_url = f"http://localhost:{port}/api/v1"
    say("A local Sentry, with a Linear beside it, and the API, on loopback.")
    sandbox = demo.start("sandbox", "--port", "0", "--redirect-uri", api_url + REDIRECT_PATH, "--webhook-url", f"{api_url}/webhooks/sentry/{PROJECT}")
    print(f"Sentry: {sandbox['url']}\nLinear: {sandbox['linearUrl']}\nAPI:    {api_url}")
    key = subprocess.run([demo.program, "key:generate"], env=demo.env, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    demo.start("serve", PORT=str(port), OAUTH_ENCRYPTION_KEY=key)
    demo.env["DEVFLOW_API_URL"] = api_url
    return sandbox, api_url


def connect(demo, sandbox, provider, base_url, redirect_uri, scopes):
    register = ["oauth:register", "--project", PROJECT, "--provider", provider, "--base-url", base_url, "--client-id",
                sandbox["clientId"], "--redirect-uri", redirect_uri, "--scopes", scopes]
    demo.run(*register, DEVFLOW_CLIENT_SECRET=sandbox["clientSecret"],
             shown=f"DEVFLOW_CLIENT_SECRET=... devflow {shlex.join(register)}")
    demo.run("oauth:connect", provider, "--project", PROJECT)


def connect_sentry(demo, sandbox, api_url):
    say("The guide: a project, its OAuth application, the connection (this script is the user who approves).")
    demo.run("project:create", "Shop", "--id", PROJECT)
    connect(demo, sandbox, "sentry", sandbox["url"], api_url + REDIRECT_PATH, "org:read,project:read,project:write,event:read,member:read")
    demo.run("oauth:status", "--project", PROJECT)
    demo.run("integrations:test", PROJECT)
    say("Sentry's webhooks are signed with a secret of its own.")
    demo.run("webhooks:secret", "--project", PROJECT, input=sandbox["webhookSecret"], shown=f"devflow webhooks:secret --project {PROJECT} < secret.txt")


def report_an_error(demo, sandbox):
    say("A program fails in production; Sentry's own SDK reports it (tools/demo/shop).")
    print("$ python3 serve_orders.py", flush=True)
    subprocess.run([sys.executable, SHOP / "serve_orders.py"], check=True,
                   env={**demo.env, "SENTRY_DSN": sandbox["dsn"], "PYTHONDONTWRITEBYTECODE": "1"})


def alert_arrives(demo, issue):
    """The webhook comes by itself; what it starts is waited for."""
    say("Sentry's alert arrives by webhook, and a workflow has fetched and stored the context.")
    began = time.monotonic()
    while time.monotonic() - began < 60:
        listed = demo.json("workflow:list", "--project", PROJECT, "--json")["workflows"]
        if listed and all(run["status"] != "running" for run in listed):
            break
        time.sleep(0.1)
    demo.run("webhooks:received", "--project", PROJECT)
    demo.run("workflow:list", "--project", PROJECT)
    demo.run("workflow:contexts", "--project", PROJECT)


def show_the_error(demo, issue, out):
    say("The error, as DevFlow sees it.")
    demo.run("sentry:issues", "--project", PROJECT)
    demo.run("sentry:context", issue, "--project", PROJECT)
    with open(out, "wb") as file:
        subprocess.run([demo.program, "sentry:context", issue, "--project", PROJECT], env=demo.env, stdout=file, check=True)
    say(f"The context is in {out}.")


SPEC = """# Checkout

A customer's coupon is taken off before the card is charged. It failed in production: ISSUE.

## Open

- May coupons be combined?
"""


def enrich_a_spec(demo, issue):
    say("What is known of it, put into a specification, and how urgent it is.")
    spec = demo.folder / "checkout.md"
    spec.write_text(SPEC.replace("ISSUE", issue))
    demo.run("spec:enrich", spec.name, "--project", PROJECT)
    print(f"\n$ cat {spec.name}\n{spec.read_text()}", end="", flush=True)
    demo.run("bugs:prioritize", "--project", PROJECT)


def file_in_linear(demo, sandbox, api_url, issue):
    say("An issue in Linear, once, however often it is asked for.")
    connect(demo, sandbox, "linear", sandbox["linearUrl"], api_url + LINEAR_PATH, "read,issues:create,comments:create")
    demo.run("linear:create", issue, "--project", PROJECT, "--team", "ENG")
    demo.run("linear:create", issue, "--project", PROJECT, "--team", "ENG")
    demo.run("linear:status", "--project", PROJECT)


RULES = {"rules": [{"name": "specifications", "when": {}, "do": {"workflow": "spec-enrich", "input": {"as": "comment"}}}]}


def enrich_in_linear(demo, issue):
    """The workflow finds the Linear issue by the Sentry issue attached to it."""
    say("That issue is a specification too: what Sentry knows comes beside it, once. From now on the next alerts do that.")
    (demo.folder / "rules.json").write_text(json.dumps(RULES))
    demo.run("rules:set", "rules.json", "--project", PROJECT)
    demo.run("workflow:start", "spec-enrich", "--project", PROJECT, "--input", json.dumps({"issue": issue, "as": "comment"}), "--wait")
    demo.run("spec:enrich", "linear:ENG-1", "--as", "comment", "--project", PROJECT)


def run_the_test(demo, checkout, fails):
    print("\n$ pytest tests/regression", flush=True)
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", "tests/regression"], cwd=checkout, check=False,
                          env={**demo.env, "PYTHONDONTWRITEBYTECODE": "1"})
    if done.returncode != (1 if fails else 0):
        sys.exit(f"demo: the test should have {'failed' if fails else 'passed'}; pytest ended with {done.returncode}")


def repeat_and_fix(demo, issue):
    say("A regression test: the error, repeated on a checkout of the program.")
    checkout = demo.folder / "checkout"
    shutil.copytree(SHOP, checkout, ignore=shutil.ignore_patterns("__pycache__"))
    demo.run("test:generate", issue, "--project", PROJECT, "--source", "checkout", "--out", "checkout/tests/regression", "--interpreter", sys.executable)
    for path in sorted((checkout / "tests" / "regression").glob("test_*.py")):
        print(f"\n$ cat {path.relative_to(checkout)}\n{path.read_text()}", end="", flush=True)
    run_the_test(demo, checkout, fails=True)
    say("The fix.")
    program = checkout / "orders.py"
    source = program.read_text()
    program.write_text(source.replace(FAULT, FIX))
    print(f"-    {FAULT}\n+    {FIX}")
    run_the_test(demo, checkout, fails=False)


def walk(demo, out):
    sandbox, api_url = serve(demo)
    issue = f"{sandbox['project'].upper()}-1"
    connect_sentry(demo, sandbox, api_url)
    report_an_error(demo, sandbox)
    alert_arrives(demo, issue)
    show_the_error(demo, issue, out)
    enrich_a_spec(demo, issue)
    file_in_linear(demo, sandbox, api_url, issue)
    enrich_in_linear(demo, issue)
    repeat_and_fix(demo, issue)
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
