"""The event's request made again by the framework's test client: the way in that a fix may stand anywhere behind. Where the request alone is not the event
again, it is made with what the program may have found around it: files, answers of servers, the clock, the environment."""

import time

import devflow_web
from devflow_conditions import Conditions
from devflow_judge import Verdict
from devflow_process import NOTHING_SEEN

TRIES, RUN_S, SHARE, ENDED = 240, 15, 0.5, 4


def again(job, candidate):
    """(candidate, trial, expected, verdict), or None."""
    request = job.event.get("request")
    expected = job.expected(candidate)
    if not request or not request.get("url") or not expected.steps:
        return None
    near = {job.checkout.file(s[0]) for s in expected.steps}
    nearest = None
    for trial in devflow_web.trials(job.checkout, candidate.d, near, request):
        trial.inputs = job.inputs(candidate, True, False)
        verdict = Verdict(expected, run(job, candidate, trial, expected))
        found = confirmed(job, (candidate, trial, expected, verdict)) if verdict.again else None
        if found or job.late():
            return found
        if nearest is None or verdict.score > nearest[0]:
            nearest = (verdict.score, trial)
    return under_conditions(job, candidate, nearest[1], expected) if nearest else None


def run(job, candidate, trial, expected, **more):
    job.attempts += 1
    return job.probe(candidate, trial, expected).run(trial.code(), limit_s=RUN_S, around=bool(trial.around), **more)


def confirmed(job, found):
    """The same with the conditions that it needs, when it is the event again every time."""
    found = job.settled(found)
    return found if found and job.confirm(found) else None


def under_conditions(job, candidate, trial, expected):
    """As job.search(), over conditions alone. One that agrees with the event's variables is better than one that does not."""
    seen = run(job, candidate, trial, expected, observe=True).get("seen") or NOTHING_SEEN
    probe = job.probe(candidate, trial, expected)
    candidate.own, candidate.imported = probe.own, probe.imported
    inputs = trial.inputs
    inputs.fresh = candidate.own
    inputs.options = Conditions(job, candidate, inputs, seen, probe.imported, asks_the_same=True).dimensions()
    if not inputs.options:
        return None
    tried, base, best, ended, other = set(), None, -1.0, 0, None
    until, restart = time.monotonic() + SHARE * (job.until - time.monotonic()), True
    while restart:
        restart = False
        for combination in inputs.combinations(base):
            if len(tried) >= TRIES or time.monotonic() > until or ended >= ENDED:
                break
            if combination in tried:
                continue
            tried.add(combination)
            made = trial.under([inputs.options[i][c] for i, c in enumerate(combination)])
            verdict = Verdict(expected, run(job, candidate, made, expected, trace=True))
            ended += verdict.died
            found = (candidate, made, expected, verdict)
            if verdict.again and (verdict.faithful or not job.has_variables):
                found = confirmed(job, found)
                if found:
                    return found
            elif verdict.again:
                other = other or found
            if verdict.score > best:
                best, restart, base = verdict.score, best >= 0, combination
                if restart:
                    break
    return confirmed(job, other) if other else None
