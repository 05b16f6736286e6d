"use strict";
// What is answered at the end: the test and what it says at its head, or a skipped one that says why there is none.
const path = require("path");
const { last_name } = require("./devflow_source.cjs");
const { guard } = require("./devflow_callers.cjs");
const { MADE_UP } = require("./devflow_changes.cjs");
const conditions = require("./devflow_conditions.cjs");
const { Setting, jest_kind, render, skipped, stem } = require("./devflow_write.cjs");
const { described, words } = require("./devflow_world.cjs");

function setting_of(job, trial, folder, runner) {
    const files = [...trial.writer.imports];
    const kind = files.some(([, i]) => i.kind === "esm") ? "esm" : "cjs", typed = files.some(([f]) => f.typed);
    if (runner === "probe") return new Setting("probe", kind, false, folder);
    if (runner === "jest") return new Setting("jest", jest_kind(job.source, kind, typed), typed, folder);
    return new Setting(runner, typed ? "esm" : kind, typed, folder);
}

function text_of(job, { candidate, trial, expected }, setting) {
    const kept = guard(job.checkout, job.event.exceptions, expected, trial);
    return render(job.event, candidate.exception, trial, said_of(job, expected, trial, setting, kept), setting, kept);
}

// Lines of the comment at its head.
function said_of(job, expected, trial, setting, kept) {
    const lines = described(job.event, expected), around = trial.around.map((c) => words(conditions.said(c), 300));
    if (around.length) lines.push("", ...around);
    if (kept?.names.length)
        lines.push("", `${words(kept.names.slice(0, 3).join(", "), 120)} came before it and is not called here: if the call still raises this when that has changed, the test is skipped, not red.`);
    if (kept?.places) lines.push("", "The input may have been made by other functions of the program: if the call still raises this when these have changed, the test is skipped, not red.");
    if (!trial.exact) {
        lines.push("", job.has_variables ? "The input is not all the event's. Some values were found by running the program:" : "The event has no variables. The input was found by running the program:");
        const why = trial.guessed.filter((g) => g !== MADE_UP);
        lines.push(...(why.length ? why : [MADE_UP]).slice(0, 6).map((g) => `- ${words(g, 160)}`));
    }
    lines.push("", "The test fails while the call raises this again; another exception would be the program's answer to such input.");
    if (setting.runner === "node" && setting.typed) lines.push(how_to_run(job));
    return lines;
}

function how_to_run(job) {
    if (job.types.native) return "Run it with node --test.";
    const loader = job.loader();
    return loader === "ts-node" ? "Run it with node --loader ts-node/esm --test." : `Run it with node --import tsx --test${loader ? "" : " (tsx is not in the checkout)"}.`;
}

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
    const setting = setting_of(job, found.trial, job.out, job.runner());
    const exception = found.candidate.exception;
    return {
        status: "reproduced", file: stem(job.event, found.candidate.d.name) + setting.ending, text: text_of(job, found, setting), function: found.expected.crash.name,
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

module.exports = { reproduced, not_reproduced, setting_of, text_of };
