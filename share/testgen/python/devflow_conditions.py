"""Which conditions a call may have failed under, of what the event and the source say of it, and which of them a test needs."""

import ast
import os
import re

import devflow_answers
import devflow_clock
import devflow_files
from devflow_around import AsItIs, EmptyFolder, Variable, usable
from devflow_contents import Content, Contents
from devflow_judge import Verdict
from devflow_source import dotted
from devflow_values import FILTERED, Lit

CLOCK_WORDS = re.compile(r"\b(?:now|today|utcnow|time|time_ns|localtime|gmtime|strftime)\(\)|\bstrftime\(")
VARIABLES, VALUES = 4, 24
ADDRESS = re.compile(r"URL|URI|HOST|SERVER|SERVICE|ENDPOINT|API|BACKEND|BASE|ADDR|UPSTREAM|GATEWAY|PROXY", re.I)
OF_LIBRARIES = re.compile(r"(?:FLASK|WERKZEUG|DJANGO|STARLETTE|PYDANTIC|PYTHON|NETRC|SSL|SSLKEYLOGFILE|REQUESTS|CURL|AIOHTTP|HTTPX|OPENSSL)(?:_\w+)?|PYTHON\w+|"
                          r"(?:no|all|https?|ftp)_proxy|REQUEST_METHOD", re.I)
OTHERS = ("", "{}", "[1, 2]", "<title>Error</title>")
QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


def environment_reads(tree):
    """Names of variables that a tree reads by a literal."""
    for node in ast.walk(tree):
        key = None
        if isinstance(node, ast.Call) and dotted(node.func).split(".")[-1] in ("getenv", "get", "pop"):
            owner = dotted(node.func)
            if (owner.endswith("getenv") or owner.split(".")[-2:-1] == ["environ"]) and node.args:
                key = node.args[0]
        elif isinstance(node, ast.Subscript) and dotted(node.value).split(".")[-1] == "environ":
            key = node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value


def of_program(name):
    """Whether a variable may be a condition: not one that is there anyway, or that libraries alone ask for."""
    return usable(name) and name not in os.environ and not OF_LIBRARIES.fullmatch(name)


class Conditions:
    """Those of one candidate. seen: what a run of it asked for; imported: what the import of its module asked for."""

    def __init__(self, job, candidate, inputs, seen, imported, asks_the_same=None):
        self.event, self.inputs, self.error = job.event, inputs, candidate.exception
        self.seen, self.imported = seen, imported
        self.asks_the_same = bool(inputs.given) if asks_the_same is None else asks_the_same
        self.definitions = [candidate.d, *(d for d in inputs.builder.facts.definitions if d is not candidate.d)]
        self.frames = [f for e in self.event["exceptions"] for f in e["frames"]]
        self.job, self.candidate, self.checkout = job, candidate, job.checkout

    def dimensions(self):
        """Lists of nodes, the likeliest of each first; none when the call asks for nothing."""
        found = [self.clock(), *self.environment(), *self.outside()]
        return [nodes for nodes in found if nodes]

    def outside(self):
        """Files that were read, and servers that were asked."""
        asked = self.seen["files"] or self.imported["files"] or self.seen["net"] or self.imported["net"] or devflow_answers.asked_before(self.event)
        if not asked:
            return []
        contents = Contents(self.job, self.candidate, self.inputs)
        contents.all()
        files = devflow_files.dimensions(self.seen, self.imported, contents.found)
        if self.error["type"] == "FileNotFoundError":
            files = [[*nodes, AsItIs()] for nodes in files if nodes[0].path not in self.error["value"]]
        return [*files, *devflow_answers.dimensions(self.job, contents, self.seen, self.imported, self.asks_the_same)]

    def clock(self):
        text = "\n".join(line for d in self.definitions for line in d.file.lines)
        if not self.seen["clock"] and not self.imported["clock"] and not CLOCK_WORDS.search(text):
            return []
        nodes = devflow_clock.moments(self.event)
        for node in nodes:
            node.late = self.imported["clock"]
        return [*nodes, AsItIs()] if nodes else []

    def environment(self):
        names = dict.fromkeys(n for d in self.definitions for n in environment_reads(d.node))
        names = [n for n in dict.fromkeys([*self.seen["env"], *self.imported["env"], *names]) if of_program(n)]
        names = sorted(names, key=lambda n: not self.checkout.having(n))
        return [self.of_variable(name, name in self.imported["env"]) for name in names[:VARIABLES]]

    def of_variable(self, name, late):
        unset = Variable(name, None, late=late)
        told = [Variable(name, v, late=late, told=why, exact=exact) for v, why, exact in self.values_of(name)]
        empty = Variable(name, "", late=late, exact=False)
        nodes = [*[n for n in told if n.exact], unset, empty, *[n for n in told if not n.exact]]
        if self.error["type"] == "KeyError" and self.error["value"].strip("'\"") == name:
            nodes = [Variable(name, None, "as the exception says", late=late), *nodes]
        kept = {n.key(): n for n in reversed(nodes)}
        return [n for n in nodes if kept[n.key()] is n][:VALUES]

    def values_of(self, name):
        """(value, who says so, whether the event says that it is this variable's)."""
        found, low = [], name.lower()
        pairs = [p for p in self.event.get("tags") or [] if len(p) == 2]
        pairs += list((self.event.get("extra") or {}).items())
        for context in [*(self.event.get("contexts") or {}).values(), *(self.event.get("extra") or {}).values(),
                        *(c.get("data") for c in self.event.get("breadcrumbs") or [])]:
            pairs += list(context.items()) if isinstance(context, dict) else []
        for key, value in pairs:
            if isinstance(key, str) and key.lower().replace("-", "_").replace(".", "_") == low and isinstance(value, (str, int, float)):
                found.append((str(value), "as the event's data say", True))
        found += [(url, "as the breadcrumbs say", True) for url in devflow_answers.urls_told(self.event)[:2] if ADDRESS.search(name)]
        bound = self.bound_to(name)
        for frame in self.frames:
            for key, value in (frame.get("vars") or {}).items():
                text = self.plain_text(value)
                if text is not None and key in bound:
                    found.append((text, f"as the variable {key} says", True))
        quoted = re.search(r"(?:literal for int\(\) with base \d+|could not convert string to float|Invalid isoformat string): (.+)$", self.error["value"])
        texts = [quoted[1]] if quoted else []
        texts += [m[0] for m in QUOTED.finditer(self.error["value"])]
        for text in texts:
            try:
                value = ast.literal_eval(text)
            except (ValueError, SyntaxError):
                continue
            if isinstance(value, str):
                found.append((value, "as the message says", True))
        for frame in self.frames:
            if frame["app"]:
                for key, value in (frame.get("vars") or {}).items():
                    text = self.plain_text(value)
                    if text is not None:
                        found.append((text, f"perhaps the variable {key}", False))
        if self.event.get("environment") and "env" in low:
            found.append((self.event["environment"], "as the event's environment", False))
        found += [(str(v), "", False) for v in self.inputs.literals if isinstance(v, (str, int)) and not isinstance(v, bool)]
        found += [(v, "", False) for v in ("0", "1", "-1", "abc", "true", "a,b", "a:b:c", "=", "{", "caf\u00e9", "2024-02-30", "http://[")]
        return [f for f in found if usable(name, f[0]) and FILTERED not in f[0]]

    def bound_to(self, name):
        """Names that the source binds to this variable of the environment, as it stands or by way of int() and the like."""
        found = {name, name.lower()}
        for d in self.definitions:
            for node in ast.walk(d.node):
                if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None and name in set(environment_reads(node.value)):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    found |= {t.id for t in targets if isinstance(t, ast.Name)}
        return found

    def plain_text(self, value):
        node = self.inputs.reader.read(value) if isinstance(value, (str, int, float)) else None
        if isinstance(node, Lit) and isinstance(node.value, (str, int, float)) and not isinstance(node.value, bool) and node.exact:
            return str(node.value)
        return None


class Settled:
    """A trial that is the event again, with those conditions alone that it needs: without them it is not, on another day or machine."""

    def __init__(self, job, candidate, expected, run):
        self.job, self.candidate, self.expected, self.run = job, candidate, expected, run

    def again(self, trial, around, observe=False):
        other = trial.under(around)
        result = self.run(other, observe)
        return Verdict(self.expected, result), other, result

    def settle(self, trial, imported):
        """(trial, verdict), or None when it cannot be made to depend on nothing else."""
        verdict, trial, result = self.again(trial, [n for n in trial.around if not isinstance(n, AsItIs)], observe=True)
        if not verdict.again:
            return None
        seen = result["seen"]
        for step in (self.clock, self.environment, self.folder, self.contents, self.unreachable):
            trial = step(trial, seen, imported)
            if trial is None:
                return None
        verdict, trial, _ = self.again(trial, trial.around)
        return (trial, verdict) if verdict.again else None

    def holds(self, trial, around):
        return self.again(trial, around)[0].again

    def clock(self, trial, seen, imported):
        rest = [n for n in trial.around if not isinstance(n, devflow_clock.Clock)]
        if not (seen["clock"] or imported["clock"] or len(rest) < len(trial.around)):
            return trial
        trials = devflow_clock.others(self.job.event)
        for clock in trials:
            clock.late = imported["clock"]
        if all(self.holds(trial, [*rest, clock]) for clock in trials) and self.holds(trial, rest):
            return trial.under(rest)
        if len(rest) < len(trial.around):
            return trial
        for clock in [*devflow_clock.moments(self.job.event), devflow_clock.present()]:
            clock.late = imported["clock"]
            if self.holds(trial, [*rest, clock]):
                return trial.under([*rest, clock])
        return None

    def folder(self, trial, seen, imported):
        """A file that is missing in the current folder must be missing wherever the test is run."""
        if self.candidate.exception["type"] != "FileNotFoundError" or all(os.path.isabs(path) for path, _ in seen["files"]):
            return trial
        empty = [*trial.around, EmptyFolder()]
        return trial.under(empty) if self.holds(trial, empty) else trial

    def contents(self, trial, seen, imported):
        """What is made up of a file or an answer, and makes no difference, is left empty: the rest of it is the event's."""
        for node in [n for n in trial.around if isinstance(n, (devflow_answers.Answer, devflow_files.File)) and not n.content.exact]:
            rest = lambda content: [m if m is not node else m.with_content(content) for m in trial.around]  # noqa: E731, B023
            if all(self.holds(trial, rest(Content(data))) for data in OTHERS):
                trial = trial.under(rest(Content("", "", True)))
        return trial

    def unreachable(self, trial, seen, imported):
        """A call that asks a server of which nothing is known: none can be reached, wherever the test is run."""
        if not (seen["net"] or imported["net"]) or any(isinstance(n, devflow_answers.Answer) for n in trial.around):
            return trial
        clients = devflow_answers.clients_of(self.job.checkout, Contents(self.job, self.candidate, trial.inputs).definitions)
        if not clients:
            return trial
        trial = trial.under([*trial.around, devflow_answers.Nobody(clients, bool(imported["net"]))])
        return trial if self.holds(trial, trial.around) else None

    def environment(self, trial, seen, imported):
        for node in [n for n in trial.around if isinstance(n, Variable)]:
            rest = [n for n in trial.around if n is not node]
            if self.holds(trial, rest) and all(self.holds(trial, [*rest, Variable(node.name, v, late=node.late)]) for v in ("1", "abc", "")):
                trial = trial.under(rest)
        given = {n.name for n in trial.around if isinstance(n, Variable)}
        for name in [n for n in dict.fromkeys([*seen["env"], *imported["env"]]) if of_program(n) and n not in given][:12]:
            late = name in imported["env"]
            if not all(self.holds(trial, [*trial.around, Variable(name, v, late=late)]) for v in ("1", "abc", "", "http://localhost/")):
                trial = trial.under([*trial.around, Variable(name, None, late=late)])
        return trial
