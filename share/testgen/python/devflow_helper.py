"""Generates a regression test of one event on one checkout. The contract is that of src/port/test_language.h: a JSON object on standard
input, JSON lines on standard output. Nothing of the checkout is imported here; that is done by devflow_probe.py, in processes
of its own."""

import ast
import itertools
import json
import math
import os
import re
import signal
import sys
import time
import traceback

import devflow_answers
import devflow_callers
import devflow_requests
import devflow_world
from devflow_conditions import Conditions, Settled
from devflow_facts import Facts
from devflow_guided import Guided
from devflow_inputs import Inputs, has_attributes_set
from devflow_judge import Expected, Verdict, last_name
from devflow_minimize import nearer, reduced
from devflow_probe import plain
from devflow_process import HERE, NOTHING_SEEN, Probe
from devflow_reasons import why_not
from devflow_shapes import Shapes
from devflow_source import Checkout
from devflow_values import Obj
from devflow_write import Trial, file_name, render, skipped

FUNCTION_NAME = re.compile(r"<function ([A-Za-z_][\w.<>]*) at 0x")
QUICK, DEEP, GUIDED, CONFIRM = 40, 1500, "guided", 3
QUICK_S, OUTER_S, CALLS_S = 5, 12, 8
PROTOCOL = {"__get__", "__set__", "__delete__", "__set_name__", "__getattr__", "__getattribute__", "__setattr__"}  # nobody calls these: tried last
ENDED = 5  # runs of one search that took too long: the next will, too


def say(**what):
    data = json.dumps(what, separators=(",", ":")).encode() + b"\n"
    while data:
        data = data[os.write(1, data):]


class TimeIsUp(BaseException):
    """Raised wherever the helper is when its time is over: whatever runs then is ended with it."""


class Alarm:
    """Raises TimeIsUp a while before the deadline, which leaves time to say so; again and again, until it is heard where it is awaited."""

    def __init__(self, deadline_s):
        self.deadline_s, self.over = deadline_s, False
        signal.signal(signal.SIGALRM, self.ring)
        signal.setitimer(signal.ITIMER_REAL, working_s(deadline_s), 0.1)

    def ring(self, *_):
        raise TimeIsUp

    def heard(self):
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.over = True


def working_s(deadline_s):
    return deadline_s - min(1.0, deadline_s / 4)


class Candidate:
    def __init__(self, exception, frame, file, definition):
        self.exception, self.frame, self.file, self.d = exception, frame, file, definition
        self.best = None
        self.own, self.imported = (), NOTHING_SEEN


def is_told(trial):
    """Whether all of a trial's input is the event's; what a file or an answer holds, too."""
    contents = [node.content for node in getattr(trial, "around", ()) if getattr(node, "content", None)]
    return trial.exact and all(c.told for c in contents)


class Job:
    def __init__(self, given):
        self.event, self.source, self.out = given["event"], os.path.realpath(given["source"]), given.get("out") or ""
        self.deadline_s, self.until = given["deadline_s"], time.monotonic() + working_s(given["deadline_s"])
        self.over, self.running, self.unconfirmed, self.kept = False, None, None, None
        self.checkout = Checkout(self.source)
        self.checkout.learn(f for e in self.event["exceptions"] for f in e["frames"])
        last = self.event["exceptions"][-1]
        keyed = any(e["type"] == "KeyError" for e in self.event["exceptions"])
        self.shapes = Shapes(self.checkout, "KeyError" if keyed else last["type"], last["value"] or "")
        self.attempts, self.reasons, self.fallback, self.flaky = 0, [], None, False
        self.faults = []  # of the search itself
        self.settable = True  # whether an object's attributes may be set
        self.probes = {}
        self.has_variables = any(f.get("vars") for e in self.event["exceptions"] for f in e["frames"] if f["app"])

    def late(self):
        return time.monotonic() > self.until

    def candidates(self):
        found = []
        for e, number in self.event["candidates"]:
            exception = self.event["exceptions"][e]
            frame = next((f for f in exception["frames"] if f["number"] == number), None)
            if not frame:
                continue
            file = self.checkout.of_frame(frame)
            function = frame["function"].split(".")[-1]
            if not file:
                self.reasons.append(f"{frame['file'] or frame['path']} is not in the checkout")
            elif function == "<lambda>":
                self.reasons.append("a lambda cannot be reached: no name leads to it")
            elif function.startswith("<"):
                continue
            else:
                d = file.definition(frame["function"], frame["line"], frame["text"])
                if d and d.nested:
                    found += [Candidate(exception, inner, g.file, g) for g, inner in self.wrapped(d, frame)]
                if d:
                    found.append(Candidate(exception, frame, file, d))
                else:
                    self.reasons.append(f"{function} is not in {file.relative}: is the checkout of the same release?")
        return sorted(found, key=lambda c: c.d.name in PROTOCOL)

    def wrapped(self, d, frame):
        """(function, frame as if it were that function's) of the functions that a decorator's wrapper stands in front of: those that the
        variables name, else those that carry the decorator."""
        outer = d.path[0].name if not isinstance(d.path[0], ast.ClassDef) else None
        variables = frame.get("vars") or {}
        rest, options = d.node.args.vararg, d.node.args.kwarg
        if not outer or not rest and not options:
            return []
        named = {m[1].split(".")[-1] for v in variables.values() if isinstance(v, str) for m in [FUNCTION_NAME.match(v)] if m}
        found = []
        for g in self.checkout.decorated(outer):
            if named and g.name not in named:
                continue
            given = {}
            leading = [p[0] for p in d.parameters() if p[1] in ("plain", "only")]
            args = [variables[n] for n in leading if n in variables]
            args += variables.get(rest.arg, []) if rest and isinstance(variables.get(rest.arg), list) else []
            names = [p.arg for p in g.node.args.posonlyargs + g.node.args.args]
            given.update(zip(names, args))
            if options and isinstance(variables.get(options.arg), dict):
                given.update({k: v for k, v in variables[options.arg].items() if isinstance(k, str)})
            found.append((g, {**frame, "vars": given} if variables else frame))
        return found[:4]

    def facts(self, exception):
        frames = []
        for frame in exception["frames"]:
            file = self.checkout.of_frame(frame) if frame["app"] else None
            frames.append((frame, file.definition(frame["function"], frame["line"], frame["text"]) if file else None))
        return Facts(frames[:200])

    def probe(self, candidate, trial, expected):
        key = (id(candidate), tuple(sorted(trial.writer.roots)), bool(trial.around))
        if key in self.probes and not self.probes[key].alive:
            self.probes.pop(key).close()
        if key not in self.probes:
            self.probes[key] = Probe(self, roots_of(trial), expected, warm=trial.module, around=bool(trial.around))
        return self.probes[key]

    def inputs(self, candidate, variables, bare):
        inputs = Inputs(self.checkout, self.shapes, self.facts(candidate.exception), candidate.d, candidate.frame, candidate.exception,
                        variables, bare, devflow_answers.urls_told(self.event))
        inputs.fresh = ()
        return inputs

    def expected(self, candidate):
        return Expected(self.checkout, candidate.exception, candidate.frame["number"], self.event["replaced"])

    def prepared(self, candidate, variables, bare, around):
        """(inputs, expected), or None where nothing can be called. around: lists of conditions to try it under."""
        expected = self.expected(candidate)
        inputs = self.inputs(candidate, variables, bare)
        inputs.fresh = candidate.own
        if not self.settable:
            inputs.leave_attributes()
        inputs.names += [("", "around")] * len(around)
        inputs.options += around
        if not expected.steps or (candidate.d.kind in ("method", "property", "setter") and not any(k == "self" for _, k in inputs.names)
                                  and candidate.d.name != "__init__"):
            return None
        return inputs, expected

    def search(self, candidate, limit, variables=True, bare=False, around=(), until=math.inf):
        """The first trial that is the event again, or None."""
        ready = self.prepared(candidate, variables, bare, around)
        if not ready:
            return None
        inputs, expected = ready
        tried, base, best, ended = set(), None, (-1.0, None), 0
        restart = True
        until = min(until, self.until)
        while restart and time.monotonic() < until:
            restart = False
            for combination in inputs.combinations(base):
                if len(tried) >= limit or time.monotonic() > until or ended >= ENDED:
                    break
                if combination in tried:
                    continue
                tried.add(combination)
                verdict, trial = self.attempt(candidate, inputs, combination, expected)
                if verdict is None:
                    continue
                ended += verdict.died
                if verdict.again:
                    found = self.taken(candidate, trial, expected, verdict)
                    if found:
                        return found
                self.noted(candidate, verdict)
                if verdict.score > best[0]:
                    first = best[1] is None
                    best = (verdict.score, combination)
                    if not first:
                        base, restart = combination, True
                        break
        return None

    def taken(self, candidate, trial, expected, verdict):
        """A run that is the event again, settled and confirmed; one with other values than the event's is put aside."""
        attempt = lambda c: self.attempt(candidate, trial.inputs, c, expected)  # noqa: E731
        if not self.has_variables and not trial.around:
            verdict, trial = nearer(trial.inputs, trial.combination, attempt) or (verdict, trial)
        if not trial.exact:
            verdict, trial = reduced(trial.inputs, verdict, trial, attempt)
        found = (candidate, trial, expected, verdict)
        if verdict.faithful or not self.has_variables:
            found = self.settled(found)
            return found if found and self.confirm(found) else None
        unheeded = trial.inputs.frame.get("vars") and not trial.inputs.given  # then arguments that the event contradicts are no call of its
        if (verdict.beside or not unheeded) and (self.fallback is None or verdict.beside and not self.fallback[3].beside):
            trial.with_other_values(verdict.told)
            self.fallback = found
        return None

    def put_aside(self):
        """The run that was put aside, where its test holds."""
        found, self.fallback = self.fallback, None
        found = found and self.settled(found)
        return found if found and self.confirm(found) else None

    def of_outer(self, candidate, search):
        """What a search of one candidate finds, or puts aside for no more than what stands beside the call: any of that is worth more than an inner call."""
        found = search()
        if not found and self.fallback and self.fallback[0] is candidate and self.fallback[3].beside:
            found = self.put_aside()
        return found

    def further_out(self, found):
        """The test of a function whose callers could not be called at once: with what is made up they may be; else the same."""
        self.kept, inner = found, found[0]
        outer = list(itertools.takewhile(lambda c: c is not inner, self.found_candidates))
        until = time.monotonic() + min(OUTER_S, (self.until - time.monotonic()) / 3)
        for place, candidate in enumerate(c for c in outer if c.exception is inner.exception and c.d is not inner.d):
            share = (until - time.monotonic()) / (len(outer) - place)
            say(progress=f"calling {plain_ascii(candidate.d.qualname)}: {self.attempts} tries so far")
            better = self.of_outer(candidate, lambda: self.guarded(candidate, GUIDED, True, False, False, time.monotonic() + share))  # noqa: B023
            if better:
                return better
        return found

    def by_calls(self, found):
        """The test of an object with attributes set: where methods called before lead there, that; else the same."""
        if not any(has_attributes_set(n) for _, _, node in found[1].nodes for n in node.walk()):
            return found
        self.kept, self.settable = found, False
        better = self.guarded(found[0], GUIDED, False, False, False, min(self.until, time.monotonic() + CALLS_S))
        self.settable = True
        return better or found

    def noted(self, candidate, verdict):
        if candidate.best is None or verdict.score > candidate.best[0]:
            candidate.best = (verdict.score, verdict.said())

    def guided(self, candidate, variables, around, until):
        """As search(), but on from whatever shows something new."""
        ready = self.prepared(candidate, variables, False, around)
        if not ready or variables and not any(not n.exact or isinstance(n, Obj) for nodes in ready[0].options for n in nodes[0].walk()):
            return None
        inputs, expected = ready
        attempts = self.attempts

        def attempt(combination):
            verdict, trial = self.attempt(candidate, inputs, combination, expected, limit_s=2)
            if verdict is not None:
                self.noted(candidate, verdict)
            return verdict, trial

        errors = list(dict.fromkeys((e["type"], e["value"] or "") for e in [self.event["exceptions"][0], candidate.exception]))
        for _, verdict, trial in Guided(inputs, attempt, errors).found(lambda: self.attempts - attempts > DEEP or time.monotonic() > until):
            found = self.taken(candidate, trial, expected, verdict)
            if found:
                return found
        return None

    def attempt(self, candidate, inputs, combination, expected, limit_s=4):
        try:
            trial = Trial(self.checkout, inputs, combination)
            code = trial.code()
        except (ValueError, AssertionError, RecursionError) as problem:
            note = "a function within another one cannot be reached" if "nested" in str(problem) else None
            if note and note not in self.reasons:
                self.reasons.append(f"{candidate.d.name}: {note}")
            return None, None
        self.attempts += 1
        self.running = candidate.d.qualname
        result = self.probe(candidate, trial, expected).run(code, limit_s=limit_s, trace=len(code) < 20000, around=bool(trial.around))
        return Verdict(expected, result), trial

    def conditions_of(self, candidate, variables, bare):
        """Lists of conditions that the candidate may have failed under: of what a run of it, with the likeliest input, asked for."""
        expected = self.expected(candidate)
        inputs = self.inputs(candidate, variables, bare)
        try:
            trial = Trial(self.checkout, inputs, tuple([0] * len(inputs.options)))
            code = trial.code()
        except (ValueError, AssertionError, RecursionError):
            return []
        self.running = candidate.d.qualname
        probe = self.probe(candidate, trial, expected)
        seen = probe.run(code, limit_s=4, observe=True).get("seen") or NOTHING_SEEN
        candidate.own, candidate.imported = probe.own, probe.imported
        return Conditions(self, candidate, inputs, seen, probe.imported).dimensions()

    def settled(self, found):
        """The same with the conditions that it needs on another day and another machine, or None."""
        candidate, trial, expected, verdict = found

        def run(other, observe):
            self.attempts += 1
            return self.probe(candidate, other, expected).run(other.code(), limit_s=4, observe=observe, around=bool(other.around))

        trial.inputs.fresh = self.probe(candidate, trial, expected).own or candidate.own
        done = Settled(self, candidate, expected, run).settle(trial, candidate.imported)
        return (candidate, done[0], expected, done[1]) if done else None

    def confirm(self, found):
        """The test itself, in fresh processes, with other hash seeds: three times the event again."""
        candidate, trial, expected, verdict = found
        text, _ = self.render(found)
        self.unconfirmed = candidate.d.qualname
        for seed in ("1", "2", "random"):
            probe = Probe(self, roots_of(trial), expected, seed=seed)
            result = probe.run(text, limit_s=10, test=True, around=True, file=os.path.join(HERE, "test_trial.py"))
            probe.close()
            if not Verdict(expected, result).again:
                self.flaky, self.unconfirmed = True, None
                return False
        return True

    def render(self, found):
        candidate, trial, expected, verdict = found
        link = verdict.result["raised"][0]
        message = candidate.exception["value"].strip()
        stable = plain(message) == message and message and message in link["message"] and "\n" not in message and len(message) < 200
        exits = "exit" in "".join(candidate.file.lines) or candidate.d.name in ("main", "cli", "run")
        facts = {"message": message if stable else "", "line": "" if trial.exact else expected.crash[2], "exits": exits,
                 "cause": self.cause_of(candidate.exception, verdict.result["raised"])}
        if facts["line"] and link["frames"][-1]["text"] != facts["line"]:
            facts["line"] = ""
        if isinstance(trial, Trial) or not is_told(trial):
            facts["guard"] = devflow_callers.guard(self.checkout, self.event["exceptions"], expected, trial, is_told(trial))
        return render(self.event, self.checkout, candidate.exception, trial, self.conditions(expected, trial, facts.get("guard")), facts, self.out,
                      self.source)

    def cause_of(self, exception, links):
        """The type of what the event's exception came of, where the run's came of the same; else ""."""
        place = self.event["exceptions"].index(exception)
        said = last_name(self.event["exceptions"][place - 1]["type"]) if place else ""
        return said if len(links) > 1 and links[1]["name"] == said else ""

    def conditions(self, expected, trial, guard=None):
        lines = devflow_world.described(self.event, expected)
        if guard and guard["said"]:
            lines += ["", devflow_world.words(guard["said"], 300)]
        said = [devflow_world.words(node.said(), 300) for node in getattr(trial, "around", ()) if node.said()]
        lines += ["", *said] if said else []
        if trial is not None and not is_told(trial):
            lines += ["", *devflow_world.made_up(trial.guessed, self.has_variables)]
        if trial is not None and any(len(getattr(n, "items", ())) == 10 and n.exact for _, _, x in trial.nodes for n in x.walk()):
            lines += ["", "Containers of exactly ten elements may have had more: the SDK sends no more than ten."]
        if self.event.get("replaced"):
            lines += ["", "Secrets and personal data of the event were replaced by values of the same kind."]
        lines += ["", "The test fails while the call raises this again; another exception would be the program's answer to such input."]
        return lines

    def guarded(self, candidate, limit, variables, bare, first, until):
        """What one function's search finds. A fault of the search itself ends this search, not the others, and is said."""
        try:
            around = self.conditions_of(candidate, variables, bare)
            found = self.search(candidate, 1, variables, bare) if around and first else None
            if limit is GUIDED:
                return self.guided(candidate, variables, around, until)
            return found or self.search(candidate, limit, variables, bare, around, until)
        except Exception as fault:  # noqa: BLE001
            step = traceback.extract_tb(fault.__traceback__)[-1]
            where = f"{os.path.basename(step.filename)}:{step.lineno}"
            self.faults.append(f"{candidate.d.name}: a fault of DevFlow's search ({type(fault).__name__} at {where})")
            return None

    def find(self):
        candidates = self.found_candidates = self.candidates()
        if not candidates:
            return None
        say(progress=f"{len(self.checkout.names)} files, {len(candidates)} functions of the trace to call")
        for candidate in candidates[:1]:
            found = devflow_requests.again(self, candidate)
            if found:
                return found
        passes = [[(QUICK * 3, True, False)], [(GUIDED, True, False), (QUICK * 2, True, True)], [(DEEP, True, False)], [(GUIDED, False, False)]]
        if not self.has_variables:
            passes = [[(QUICK * 3, False, False), (GUIDED, False, False)], [(DEEP, False, False)], [(DEEP // 4, False, True)]]
        for number, ways in enumerate(passes):
            for place, candidate in enumerate(candidates):
                share = (self.until - time.monotonic()) / (len(candidates) - place + 1)
                for limit, variables, bare in ways if not self.late() else ():
                    say(progress=f"calling {plain_ascii(candidate.d.qualname)}: {self.attempts} tries so far")
                    most = share if number or limit is GUIDED else min(share, QUICK_S)  # a slow function leaves time to the others
                    found = self.of_outer(candidate, lambda: self.guarded(candidate, limit, variables, bare, not number, time.monotonic() + most))  # noqa: B023
                    if found and not self.has_variables:
                        return self.by_calls(found)
                    if found:
                        return self.further_out(found) if variables and not number else found
            found = self.put_aside()
            if found:
                return found
        return None

    def close(self):
        for probe in self.probes.values():
            probe.close()


def roots_of(trial):
    roots = [r for r in trial.writer.roots if r != "."]
    return [*roots, "."]


def plain_ascii(text):
    return "".join(c if c.isalnum() or c in "._ " else "_" for c in text)[:100]


def main():
    given = json.loads(sys.stdin.readline())
    alarm, job, result = Alarm(given["deadline_s"]), None, None
    try:
        job = Job(given)
        job.over = True
        say(late=not_reproduced(job))
        job.over = False
        found = job.find()
        result = reproduced(job, found) if found else not_reproduced(job)
        alarm.heard()
    except TimeIsUp:
        alarm.heard()
        os.write(1, b"\n")  # it may have come in the middle of a line
    if result is None and job and job.kept:
        result = reproduced(job, job.kept)
    if result is None and job:
        job.over = True
        result = not_reproduced(job)
    if job:
        job.close()
    if result is None:
        sys.exit(f"The checkout could not be read within {alarm.deadline_s} s")
    say(result=result)


def reproduced(job, found):
    candidate, trial, expected, verdict = found
    text, name = job.render(found)
    return {"status": "reproduced", "file": file_name(job.event, candidate.d.name), "text": text, "function": expected.crash[1],
            "exception": f"{candidate.exception['type']}: {candidate.exception['value'][:300]}", "reason": "", "add": [],
            "notes": trial.guessed[:6], "attempts": job.attempts}


def not_reproduced(job):
    exception = job.event["exceptions"][-1]
    best = [(c.d.qualname, c.best[1]) for c in job_candidates(job) if c.best]
    reason, add = why_not(job, best)
    function = exception["frames"][-1]["function"] if exception["frames"] else "program"
    text = skipped(job.event, exception, function, reason, add, devflow_world.described(job.event, None))
    return {"status": "not_reproduced", "file": file_name(job.event, function), "text": text, "function": function,
            "exception": f"{exception['type']}: {exception['value'][:300]}", "reason": reason, "add": add, "notes": [],
            "attempts": job.attempts}


def job_candidates(job):
    return getattr(job, "found_candidates", [])


if __name__ == "__main__":
    main()
