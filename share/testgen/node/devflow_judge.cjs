"use strict";
// Whether a run is the event again: the same type and message, up to addresses and ids, in the same function, by the same way.
const path = require("path");
const { last_name } = require("./devflow_source.cjs");

const WORD = 4; // the fewest letters of a replaced value that is looked for within texts
const DAY_MS = 86400 * 1000;

const plain = (text) =>
    text.replace(/0x[0-9a-f]{4,}/gi, "0x").replace(/\b[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\b/gi, "uuid").replace(/\d{7,}/g, "9")
        .replace(/(?:\/[^\s'"]*)?\/(?:tmp|var\/folders|devflow-test-)[^\s'"]*/g, "/tmp/_");

class Expected {
    // cause: the exception that it came from, or undefined.
    constructor(checkout, exception, from, cause) {
        this.checkout = checkout;
        this.cause = cause;
        this.type = exception.type || "Error";
        this.value = exception.value ?? "";
        this.steps = [];
        for (const frame of exception.frames) {
            if (frame.number < from || !frame.app) continue;
            const there = checkout.of_frame(frame);
            if (!there) continue;
            const { file, line, column } = checkout.canonical(there, frame.line, frame.column ?? 0);
            const name = last_name(frame.function);
            this.steps.push({ file, relative: file.relative, name, line, column: file.typed || !frame.column ? 0 : column, frame, definition: file.definition(name, line) });
        }
    }
    get crash() {
        return this.steps[this.steps.length - 1] ?? null;
    }
    // A frame of a run as the event's are: in the source that people write.
    placed(f) {
        const file = this.checkout.file(path.join(this.checkout.root, f.file));
        if (!file?.map && !file?.typed) return f;
        const there = this.checkout.canonical(file, f.line, f.column);
        return { ...f, file: there.file.relative, line: there.line, column: 0 };
    }
    // For a probe to compare: the variables of the frames, without those that are times about when the event was sent. Empty where there are none.
    watched(sent_ms, running, replaced) {
        const timeless = (vars) => Object.fromEntries(Object.entries(vars).filter(([, v]) => !(typeof v === "number" && Math.abs(v - sent_ms) < DAY_MS)));
        const told = this.steps.some((s) => s.frame.vars) ? this.steps : [];
        return told.map((s) => ({ file: running(s.file).relative, name: s.name, vars: as_sent(timeless(s.frame.vars ?? {}), replaced) }));
    }
}

// Variables without the values that stand in for secrets and personal data: what a run makes of such is another.
function as_sent(said, replaced) {
    if (Array.isArray(said)) return said.map((v) => as_sent(v, replaced));
    if (said && typeof said === "object") return Object.fromEntries(Object.entries(said).map(([k, v]) => [k, as_sent(v, replaced)]));
    return replaced.some((r) => String(said) === r || (r.length >= WORD && typeof said === "string" && said.includes(r))) ? "[Filtered]" : said;
}

// V8 names what it could not call as the code has it that runs: what a compiler makes of an import is that import again.
const as_written = (text) => text.replace(/\(0 ?, ?([\w$.]+)\)/g, "$1").replace(/\b[A-Za-z_$][\w$]*_\d+\.(?=[A-Za-z_$])/g, "");

function same_message(said, got) {
    const a = as_written(plain(said.trim())), b = as_written(plain(got.trim()));
    if (a === b) return true;
    if (/^E[A-Z0-9]+: [^']*$/.test(a)) return a === b.replace(/ '[^']*'(?: -> '[^']*')?$/, ""); // the SDK leaves out a system error's paths
    if (a.endsWith("...") && a.length > 40) return b.startsWith(a.slice(0, -3));
    if (a.includes("[Filtered]")) {
        const parts = a.split("[Filtered]");
        return b.startsWith(parts[0]) && b.endsWith(parts[parts.length - 1]);
    }
    return false;
}

const same_name = (a, b) => a === b || a === "?" || b === "?" || a === "default" || b === "default" || a === "exports" || b === "exports";

const same_place = (w, f) => w.line === f.line && (!w.column || !f.column || w.column === f.column);

// How much of the way from the candidate to the crash is the same, and whether all of it is.
function way(expected, frames) {
    const wanted = expected.steps;
    if (!wanted.length) return { same: 0, whole: false };
    const alike = (w, f) => w.relative === f.file && same_name(w.name, f.name);
    const endless = /call stack/.test(expected.value);
    let begin = frames.findIndex((f) => alike(wanted[0], f));
    if (begin < 0) return { same: 0, whole: false };
    if (endless) {
        const mine = new Set(frames.slice(-20).map((f) => f.file + f.name));
        const whole = wanted.every((w) => [...mine].some((m) => m.startsWith(w.relative) && same_name(m.slice(w.relative.length), w.name)));
        return { same: whole ? wanted.length : 1, whole };
    }
    // The same function further in: a recursion is compared from where as many frames are left.
    for (let b = begin; b < frames.length; b++) if (alike(wanted[0], frames[b]) && frames.length - b >= wanted.length) begin = b;
    const rest = frames.slice(begin);
    let same = 0;
    while (same < Math.min(wanted.length, rest.length) && alike(wanted[same], rest[same]) && same_place(wanted[same], rest[same])) same++;
    return { same, whole: same === wanted.length && rest.length === wanted.length };
}

// How much of a message begins and ends as another does, from 0 to 1: it tells a search that it comes nearer.
function nearness(wanted, got) {
    const most = Math.max(wanted.length, got.length), least = Math.min(wanted.length, got.length);
    if (!most) return 1;
    let head = 0, tail = 0;
    while (head < least && wanted[head] === got[head]) head++;
    while (tail < least - head && wanted[wanted.length - 1 - tail] === got[got.length - 1 - tail]) tail++;
    return (head + tail) / most;
}

// [[got, wanted]] where two messages of the same form differ in a word or two.
function other_words(wanted, got) {
    const words = (text) => text.split(/(\s+|["'`:,;()[\]]+)/), a = words(wanted), b = words(got);
    const pairs = a.length === b.length ? a.map((w, i) => [b[i], w]).filter(([x, w]) => x !== w) : [];
    return pairs.length < 3 && pairs.every(([x, w]) => x && w) ? pairs : [];
}

// Whether what it came from is the event's, too; an error without a cause may have lost it.
function caused(wanted, causes) {
    return !wanted || !causes.length || causes.some((c) => (c.type === wanted.type || c.cls === wanted.type) && same_message(wanted.value ?? "", c.message));
}

class Verdict {
    constructor(expected, result) {
        this.result = result ?? {};
        this.score = 0;
        this.again = false;
        this.died = Boolean(this.result.died);
        this.differ = []; // words of the message, with the event's
        this.faithful = true;
        const raised = this.result.raised;
        this.score += 0.5 * (this.result.reached ?? 0);
        if (!raised) return;
        // A file that is not there, when the event's was: nothing is nearer for it.
        this.nowhere = /^ENOENT:/.test(raised.message) && !/ENOENT/.test(expected.value);
        if (this.nowhere) return;
        const { same, whole } = way(expected, raised.frames.map((f) => expected.placed(f)));
        const typed = raised.type === expected.type || raised.cls === expected.type;
        const worded = same_message(expected.value, raised.message);
        this.score += same + (whole ? 2 * typed + (worded ? 3 : 2 * nearness(expected.value, raised.message)) : 0);
        const same_cause = caused(expected.cause, raised.causes ?? []);
        this.score += whole && same_cause ? 1 : 0;
        this.again = whole && typed && worded && same_cause;
        this.differ = whole && typed && !worded ? other_words(expected.value, raised.message) : [];
        this.faithful = !(raised.disagree?.length);
    }
    // What tells this outcome from others: where it was raised, and how it reads without numbers.
    sign() {
        const r = this.result.raised;
        return r ? [r.type, r.message.replace(/\d+/g, "0").slice(0, 200), ...(r.causes ?? []).map((c) => c.message.replace(/\d+/g, "0").slice(0, 200)), ...r.frames.map((f) => `${f.file}:${f.line}:${f.column}`)].join(" ").slice(0, 4000) : this.died ? "died" : "returned";
    }
    said() {
        const r = this.result.raised;
        if (this.died) return "the run was ended: it took too long, or too much memory";
        if (this.result.problem) return `it could not be called: ${this.result.problem.slice(0, 200)}`;
        if (!r) return "it returned without an exception";
        const last = r.frames[r.frames.length - 1];
        return `it raised ${r.type}: ${r.message.slice(0, 120)} in ${last ? last.name : "another place"}`;
    }
}

module.exports = { Expected, Verdict, plain };
