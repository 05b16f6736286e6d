"""Why an event could not be repeated, and what to add to it."""


def time_over(job, candidates_best):
    reason = f"The time of {job.deadline_s} s was over after {job.attempts} tries."
    if job.unconfirmed:
        reason += f" A call of {job.unconfirmed} raised the exception; there was no time left to see that its test always does."
    elif candidates_best:
        reason += " Nearest: " + "; ".join(f"{name}: {text}" for name, text in candidates_best[:4]) + "."
    elif job.running:
        reason += f" A run of {job.running} was under way, and was ended."
    return reason, ["more time: --timeout, or timeoutSeconds"]


def why_not(job, candidates_best):
    add = []
    if job.over:
        reason, add = time_over(job, candidates_best)
    elif job.flaky:
        reason = "The call raises this only sometimes: it depends on something that differs from run to run."
        add.append("what the result depends on: the time, a random number, the order of threads")
    elif job.reasons and not candidates_best:
        reason = "No function of the trace can be called: " + "; ".join(dict.fromkeys(job.reasons)) + "."
        add.append("a checkout of the release that failed, or a call of the function by hand")
    else:
        said = "; ".join(f"{name}: {text}" for name, text in candidates_best[:4])
        reason = f"No call of the trace's functions raised the event's exception in the event's function within {job.attempts} tries. Nearest: {said}."
        if not job.has_variables:
            add.append("the values of the call: the event has no variables (include_local_variables of the SDK is off, or Sentry removed them)")
        else:
            add.append("what the call found around it: files, database rows, settings, answers of other servers")
    return " ".join([reason, *(f"{f}." for f in dict.fromkeys(job.faults))]), add


__all__ = ["why_not"]
