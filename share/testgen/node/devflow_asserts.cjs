"use strict";
// What a test does: it makes the call, fails where that raises the event's exception, and is left out where the call does not fit the source any more, or
// where the source has changed and the fix may be for another input.
const { escaped } = require("./devflow_source.cjs");
const { literal, NAME } = require("./devflow_values.cjs");
const { plain } = require("./devflow_judge.cjs");
const { words } = require("./devflow_world.cjs");
const { layout, comment } = require("./devflow_text.cjs");
const { lines_of } = require("./devflow_conditions.cjs");

// Whether what the call is given is made by code of the checkout.
function asks_checkout(writer) {
    return writer.lines.some((line) => names_of(writer).some((name) => new RegExp(`(?<![\\w$])${escaped(name)}(?![\\w$])`).test(line)));
}

// A message of V8's without the code that it names: what runs TypeScript may have compiled that to other code.
const uncompiled = (message) => message.replace(/^(Cannot destructure property '[^']+' of) '.*$/, "$1").replace(/^.* (is not (?:a function|a constructor|iterable)\b.*)$/, "$1");

// What an `error` is known by as the event's.
function signs(exception, typed) {
    const [first] = (exception.value ?? "").trim().split("\n"); // what V8 says further is of the values
    const message = typed ? uncompiled(first) : first;
    const stable = message && plain(message) === message && message.length < 200 && !message.endsWith("...") && !message.includes("[Filtered]");
    return [`error?.name === ${literal(exception.type)}`, ...(stable ? [`String(error.message).includes(${literal(message)})`] : [])];
}

const joined = (tests, end) => tests.map((test, i) => `    ${test}${i < tests.length - 1 ? " &&" : end}`);

// Raises what `name` holds again, where it is the event's; skips the test then where the source has changed.
function raising(name, kept) {
    const left = kept ? [`if (${name} && sourceHasChanged())`, `    return t.skip(${literal(`still raised, but ${kept.said}`)});`] : [];
    return [...left, `if (${name}) throw ${name === "again" ? "error" : name};`];
}

function caught(tests, kept) {
    const condition = tests.join(" && ");
    if (!kept && condition.length <= 95) return [`if (${condition}) throw error;`];
    const again = condition.length <= 90 ? [`const again = ${condition};`] : ["const again =", ...joined(tests, ";")];
    return [...again, ...raising("again", kept)];
}

// The same where what is raised is handed on.
function handed_on(tests) {
    const condition = tests.join(" && ");
    return condition.length <= 95 ? [`if (${condition}) return error;`] : ["if (", ...joined(tests, ""), ")", "    return error;"];
}

function found(tests) {
    const line = `const raised = errors.find((error) => ${tests.join(" && ")});`;
    if (line.length < 105) return [line];
    return ["const raised = errors.find(", "    (error) =>", ...joined(tests, ",").map((l) => `    ${l}`), ");"];
}

// The local names of what is imported.
const names_of = (writer) => [...writer.imports.values()].flatMap((i) => [...i.names.values()]);

class Test {
    static of(...given) {
        return new this(...given).parts();
    }
    constructor(trial, setting, exception, kept, put) {
        const typed = [...trial.writer.imports.keys()].some((file) => file.typed);
        Object.assign(this, { trial, setting, kept, put, tests: signs(exception, typed), within: setting.within(trial) });
        this.waits = trial.waits || this.within.some((l) => l.includes("await import"));
        this.imported = trial.late ? [] : names_of(trial.writer);
    }
    // { top, called, head, body, below }: what comes before the test, what it is begun by, the head of its function, what is in that, what comes after.
    parts() {
        return { top: [], called: "test", head: `${this.waits ? "async " : ""}(t) =>`, body: [...this.absent(), ...this.body([...caught(this.tests, this.kept), ...this.unfit()])], below: [] };
    }
    body(handler) {
        const { trial, within, put, setting } = this, placed = [...lines_of(trial.around, setting.runner), ...put.lines];
        return trial.web ? [...placed, ...trial.body(within), ...found(this.tests), ...raising("raised", setting.runner === "jest" ? null : this.kept)] : [...placed, ...this.tried(handler)];
    }
    // A fix may refuse such input where it is made, such conditions where it is imported: then that is tried, too.
    tried(handler) {
        const { trial, within } = this, made = [...within, ...trial.writer.lines], refusable = within.length > 0 || asks_checkout(trial.writer);
        return [
            ...(refusable ? [] : made.map((l) => layout(l, 4))), "try {", ...(refusable ? made : []).map((l) => `    ${layout(l, 8)}`),
            ...(trial.statement() ? [`    ${layout(trial.statement(), 8)};`] : []), "} catch (error) {", ...handler.map((l) => `    ${l}`), "}",
        ];
    }
    // What is called was renamed or removed, or its file: then the test is neither red nor green.
    get gone() {
        const files = words([...this.trial.writer.imports.keys()].map((file) => file.relative).join(" or "), 200);
        return this.imported.length ? `${this.imported.join(" or ")} is not in ${files} any more` : `${files} is not there any more`;
    }
    absent() {
        const missing = this.imported.length ? this.imported.map((name) => `!${name}`).join(" || ") : "!there";
        return [`if (${missing}) return t.skip(${literal(this.gone)});`];
    }
    // The same by what a call says.
    unfit() {
        const { trial, imported } = this, { method, inner, ref } = trial.target;
        const called = [method, inner, ...(ref?.path.slice(1).slice(-1) ?? []), ...(trial.late ? names_of(trial.writer) : [])].filter((name) => name && NAME.test(name) && !imported.includes(name));
        const names = [...new Set(called)].map(escaped);
        if (!names.length) return [];
        return [`if (/\\b${names.length > 1 ? `(?:${names.join("|")})` : names[0]} is not a (?:function|constructor)$/.test(error?.message)) t.skip(error.message);`];
    }
}

// Jest cannot skip a test that runs, only not begin it. What is known before decides, then: what the call raises, too, where it does not wait. A test that
// waits is not begun once the source has changed: to end it without an error would be green while the fault is there.
class JestTest extends Test {
    parts() {
        const known = this.known().join(" && "), { kept } = this;
        if (kept && this.comes_before) return this.called_before(known);
        const why = kept ? `Jest cannot skip a test that runs. It is not begun where ${this.gone}, or ${kept.said}.` : `It is not begun where ${this.gone}.`;
        const attempt = `const attempt = ${known}${kept ? " && !sourceHasChanged()" : ""} ? test : test.skip;`;
        return { top: ["", ...comment([why]), attempt], called: "attempt", head: `${this.waits ? "async " : ""}() =>`, body: this.body(caught(this.tests, null)), below: [] };
    }
    get comes_before() {
        return (!this.waits || this.setting.kind === "esm") && !this.put.lines.length && !this.trial.web;
    }
    called_before(known) {
        const why = `Jest cannot skip a test that runs, so the call is made before. It is skipped where ${this.gone}, and where it still raises this, but ${this.kept.said}.`;
        const top = ["", ...comment([why]), `const again = ${this.waits ? "await " : ""}raised();`, `const attempt = ${known} && !(again && sourceHasChanged()) ? test : test.skip;`];
        const below = ["", `${this.waits ? "async " : ""}function raised() {`, ...this.body(handed_on(this.tests)).map((l) => `    ${l}`), "}"];
        return { top, called: "attempt", head: "() =>", body: ["if (again) throw again;"], below };
    }
    // What of the call can be looked at: imports, and a method in its class.
    known() {
        const { cls, method, ref } = this.trial.target, own = cls?.ref ?? ref, local = own && this.trial.writer.imports.get(own.file)?.names.get(own.path[0] ?? "*");
        if (!this.imported.length) return ["there"];
        const path = local && own.path.slice(1).every((name) => NAME.test(name)) ? [local, ...own.path.slice(1)] : null;
        const of_class = path && cls && this.trial.d.kind === "method" && NAME.test(method) ? ["prototype", method] : [];
        return path ? [[...path, ...of_class].join("?."), ...this.imported.filter((name) => name !== local)] : this.imported;
    }
}

module.exports = { Test, JestTest };
