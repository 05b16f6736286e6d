"use strict";
// What is answered at the end: the test, or a skipped one that says why there is none.
const path = require("path");
const { last_name } = require("./devflow_source.cjs");
const { Setting, skipped, stem } = require("./devflow_write.cjs");
const { described, words } = require("./devflow_world.cjs");

function why_not(job) {
    const tried = (job.found_candidates ?? []).filter((c) => c.best);
    const nearest = tried.slice(0, 4).map((c) => `${words(c.d.name, 60)}: ${c.best.said}`).join("; ");
    if (job.over) return [`The time of ${job.deadline_s} s was over after ${job.attempts} tries; what was running was ended.${nearest ? ` Nearest: ${nearest}.` : ""}`, ["more time: --timeout, or timeoutSeconds"]];
    if (job.flaky) return ["The call raises this only sometimes: it depends on something that differs from run to run.", ["what the result depends on: the time, a random number, the order of events"]];
    if (!tried.length && job.reasons.length) return [`No function of the trace can be called: ${job.reasons.join("; ")}.`, ["a checkout of the release that failed, an export of the function, or a call of it by hand"]];
    job.reasons = job.reasons.filter((r) => !r.endsWith("is not in the checkout"));
    const reason = `No call of the trace's functions raised the event's exception in the event's function within ${job.attempts} tries.${nearest ? ` Nearest: ${nearest}.` : ""}${job.reasons.length ? ` Not called: ${job.reasons.join("; ")}.` : ""}`;
    return [reason, [job.has_variables ? "what the call found around it: files, database rows, settings, answers of other servers, or values within objects, which the SDK does not send"
        : "the values of the call: the event has no variables (includeLocalVariables of the SDK is off, or Sentry removed them)"]];
}

function reproduced(job, found) {
    const setting = job.setting(found.candidate, found.trial, job.out, job.runner());
    const exception = found.candidate.exception;
    return {
        status: "reproduced", file: stem(job.event, found.candidate.d.name) + setting.ending, text: job.render(found, setting), function: found.expected.crash.name,
        exception: `${exception.type}: ${(exception.value ?? "").slice(0, 300)}`, reason: "", add: [], notes: found.trial.guessed.slice(0, 6), attempts: job.attempts,
    };
}

function not_reproduced(job) {
    const exception = job.event.exceptions[job.event.exceptions.length - 1];
    const [reason, add] = why_not(job);
    const name = last_name(exception.frames[exception.frames.length - 1]?.function ?? "");
    const setting = new Setting(job.runner(), job.checkout.manifest(path.join(job.source, "package.json")).type === "module" ? "esm" : "cjs", false, job.out);
    const label = name === "?" ? "" : name;
    return {
        status: "not_reproduced", file: stem(job.event, label) + setting.ending, text: skipped(job.event, exception, label, reason, add, described(job.event, null), setting),
        function: name, exception: `${exception.type}: ${(exception.value ?? "").slice(0, 300)}`, reason, add, notes: [], attempts: job.attempts,
    };
}

module.exports = { reproduced, not_reproduced };
