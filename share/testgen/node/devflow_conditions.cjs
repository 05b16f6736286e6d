"use strict";
// What a call finds around it and may have failed by: the time, and variables of the environment. Each is one more thing that an input is made
// of; of a call that is the event again, those alone stay that it needs, so that the test is the same on any day and machine.
const { walk } = require("./devflow_source.cjs");
const { literal } = require("./devflow_values.cjs");
const { Verdict } = require("./devflow_judge.cjs");
const { quoted } = require("./devflow_changes.cjs");
const answers = require("./devflow_answers.cjs");
const { is_put } = require("./devflow_stubs.cjs");

const NEAR_MS = 20 * 3600 * 1000, VARIABLES = 4, VALUES = 24, DAY_MS = 86400 * 1000;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/, ZONE = /^(?:[A-Z][A-Za-z_]+(?:\/[A-Z][A-Za-z_+-]+){1,2}|UTC)$/;
const ZONE_KEYS = new Set(["timezone", "tz", "time_zone", "zone"]);
const TYPICAL = ["0", "1", "-1", "abc", "true", "a,b", "a:b:c", "=", "{", "2024-02-30", "http://["];
const [MAJOR, MINOR] = process.versions.node.split(".").map(Number);
const CAN_FREEZE = MAJOR > 20 || (MAJOR === 20 && MINOR >= 11); // before, node:test stops timers alone

const nothing = { k: "around", what: "", exact: true, why: "" };
const clock = (at, zone, told, exact = true) => ({ k: "around", what: "clock", at, zone: zone ?? "UTC", zone_told: Boolean(zone), told, exact, why: exact ? "" : "the time was found by running it" });
const variable = (name, value, told = "", exact = true) => ({ k: "around", what: "variable", name, value, told, exact, why: exact ? "" : `the environment's ${name} was found by running it` });

function said(c) {
    if (is_put(c)) return answers.said(c);
    if (c.what === "variable") {
        const is = c.value === undefined ? "is not set" : c.value === "" ? "is empty" : `is ${literal(c.value)}`;
        return `${c.name} ${is} in the environment${c.told ? `, ${c.told}` : ""}.`;
    }
    const text = `The clock stands at ${new Date(c.at).toISOString().replace("T", " ").slice(0, 19)} UTC, ${c.told}`;
    return c.zone_told ? `${text}, in the time zone ${c.zone}.` : `${text}; the time zone is not in the event: UTC was taken.`;
}

// [name, value] of all that the event says beside its frames.
function pairs(event) {
    const groups = [event.extra, ...Object.values(event.contexts ?? {}), ...Object.values(event.extra ?? {}), ...(event.breadcrumbs ?? []).map((c) => c.data)];
    const of = (g) => (g && typeof g === "object" && !Array.isArray(g) ? Object.entries(g) : []);
    return [...(event.tags ?? []).filter((p) => Array.isArray(p) && p.length === 2), ...groups.flatMap(of)];
}

const variables_of = (event) => event.exceptions.flatMap((e) => e.frames).filter((f) => f.app).flatMap((f) => Object.entries(f.vars ?? {}));

function zone_of(event) {
    const found = pairs(event).find(([k, v]) => ZONE_KEYS.has(k.toLowerCase()) && typeof v === "string" && ZONE.test(v))?.[1];
    try {
        return found && new Intl.DateTimeFormat("en", { timeZone: found }) ? found : null;
    } catch {
        return null;
    }
}

// When the event may have happened: what its variables say of the present, then its own time.
function moments(event) {
    const sent = event.created_ms, zone = zone_of(event), found = [];
    if (!sent || !CAN_FREEZE) return found;
    const told = "as a variable of the event says";
    for (const [, v] of variables_of(event)) {
        const date = typeof v === "string" ? /^<([A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4})/.exec(v) : null;
        const at = date ? Date.parse(date[1]) : typeof v === "number" ? v : NaN;
        if (Math.abs(at - sent) < (date ? NEAR_MS : 600000)) found.push(clock(at, zone, told));
    }
    found.push(clock(sent, zone, "the time of the event"));
    return found.filter((c, i) => found.findIndex((o) => o.at === c.at) === i).slice(0, 6);
}

// Times at which a test may be run one day, by a clock that runs: when it fails at all of them, it need not stop the clock.
function others(event) {
    const base = Math.floor((event.created_ms || 1700000000000) / 1000) * 1000;
    return [base + 29 * 3600000, base + 47 * DAY_MS - 7 * 3600000, base + 1234 * DAY_MS, base - 400 * DAY_MS, Date.UTC(2027, 5, 16, 12, 0, 0, 1), Date.UTC(2096, 1, 29, 23, 59, 59)].map((at) => ({ ...clock(at, null, ""), runs: true }));
}

// Names of variables of the environment that a tree reads.
function reads(tree) {
    const found = new Set();
    walk(tree, (n) => {
        if (n.type === "MemberExpression" && n.object.type === "MemberExpression" && n.object.object.name === "process" && n.object.property.name === "env") {
            const key = n.computed ? n.property.value : n.property.name;
            if (typeof key === "string") found.add(key);
        }
        if (n.type === "VariableDeclarator" && n.id.type === "ObjectPattern" && n.init?.type === "MemberExpression" && n.init.object.name === "process" && n.init.property.name === "env")
            for (const p of n.id.properties) if (p.type === "Property" && !p.computed) found.add(p.key.name);
    });
    return [...found];
}

function asks_time(tree) {
    let found = false;
    walk(tree, (n) => {
        if (n.type === "NewExpression" && n.callee.name === "Date" && !n.arguments.length) found = true;
        if (n.type === "MemberExpression" && n.object.name === "Date" && n.property.name === "now") found = true;
    });
    return found;
}

// What a variable of the environment may have been, the likeliest first.
function values_of(name, event, exception, definitions, literals) {
    const low = name.toLowerCase(), found = [], bound = new Set([name, low]);
    const plain = (v) => ["string", "number"].includes(typeof v) && !/^<.*>$|^\[.*\]$/.test(v);
    for (const d of definitions) walk(d.node, (n) => void (n.type === "VariableDeclarator" && n.id.name && n.init && reads(n.init).includes(name) && bound.add(n.id.name)));
    for (const [k, v] of pairs(event)) if (k.toLowerCase().replace(/[-.]/g, "_") === low && plain(v)) found.push(variable(name, String(v), "as the event's data say"));
    for (const [k, v] of variables_of(event)) if (bound.has(k) && plain(v)) found.push(variable(name, String(v), `as the variable ${k} says`));
    for (const text of quoted((exception.value ?? "").replace(/\(reading '[^']*'\)/, ""))) found.push(variable(name, text, "as the message says", false));
    found.push(variable(name, undefined), variable(name, "", "", false));
    for (const [k, v] of variables_of(event)) if (plain(v)) found.push(variable(name, String(v), `perhaps the variable ${k}`, false));
    if (event.environment && /env/.test(low)) found.push(variable(name, event.environment, "as the event's environment", false));
    for (const v of [...literals.filter((l) => typeof l === "string" || typeof l === "number"), ...TYPICAL]) found.push(variable(name, String(v), "", false));
    const usable = found.filter((v) => v.value === undefined || (v.value.length < 4000 && !v.value.includes("\0") && !v.value.includes("[Filtered]") && Buffer.from(v.value).toString() === v.value));
    return usable.filter((v, i) => usable.findIndex((o) => o.value === v.value) === i).slice(0, VALUES);
}

// imported: what the checkout's files ask for while they are imported; such conditions are in place before.
// Slots for a call, one for the time and one for each variable; none where the functions on the way ask for nothing.
function slots_of(event, exception, definitions, literals, imported) {
    const slots = [], add = (options, late) => options.length > 1 && slots.push({ name: "", around: true, options: options.map((o) => (o.what && late ? { ...o, late } : o)) });
    if (imported.clock || definitions.some((d) => asks_time(d.node))) add([nothing, ...moments(event)], imported.clock); // a clock that stands can make a call wait for ever
    const names = [...new Set([...definitions.flatMap((d) => reads(d.node)), ...imported.env])].filter((n) => NAME.test(n) && process.env[n] === undefined);
    for (const name of names.slice(0, VARIABLES)) {
        const late = imported.env.includes(name), values = values_of(name, event, exception, definitions, literals);
        add(late ? [nothing, ...values] : values, late);
    }
    return slots;
}

// Finds the conditions that a trial, which is the event again, needs for it.
class Settling {
    constructor(trial, event, expected, run, imported) {
        Object.assign(this, { trial, event, expected, run, imported });
    }
    async holds(around) {
        return new Verdict(this.expected, await this.run(under(this.trial, around))).again;
    }
    async all(list) {
        for (const around of list) if (!(await this.holds(around))) return false;
        return true;
    }
    // null: at no time that the event tells of.
    async clock(around, seen) {
        const rest = around.filter((c) => c.what !== "clock"), stands = rest.length < around.length;
        if (!stands && !seen?.clock && !this.imported.clock) return around;
        const early = (c) => (this.imported.clock ? { ...c, late: true } : c);
        if (await this.all([rest, ...others(this.event).map((c) => [...rest, early(c)])])) return rest;
        if (stands) return around;
        const now = moments(this.event), present = now.length ? [clock(Math.floor(Date.now() / 1000) * 1000, null, "at which the call was tried", false)] : [];
        for (const c of [...now, ...present]) if (await this.holds([...rest, early(c)])) return [...rest, early(c)];
        return null;
    }
    // Without variables that make no difference.
    async fewer(around) {
        for (const c of around.filter((o) => o.what === "variable")) {
            const rest = around.filter((o) => o !== c);
            if (await this.all([rest, ...["1", "abc", ""].map((v) => [...rest, { ...variable(c.name, v), late: c.late }])])) around = rest;
        }
        return around;
    }
    // With those unset that the call asks for and that do make one.
    async unset(around, seen) {
        const given = new Set(around.map((c) => c.name)), asked = [...new Set([...(seen?.env ?? []), ...this.imported.env])];
        const names = asked.filter((n) => NAME.test(n) && !given.has(n) && process.env[n] === undefined).slice(0, 12);
        const set = (name, v) => ({ ...variable(name, v), late: this.imported.env.includes(name) });
        const with_each = (all) => ["1", "abc", "", "http://localhost/"].map((v) => [...around, ...all.map((name) => set(name, v))]);
        if (!names.length || (await this.all(with_each(names)))) return around;
        for (const name of names) if (!(await this.all(with_each([name])))) around = [...around, set(name, undefined)];
        return around;
    }
}

// The trial under those conditions alone that it needs; null where it depends on what cannot be put back.
async function settle(trial, event, expected, run, seen, way, imported) {
    const by = new Settling(trial, event, expected, run, imported);
    const timed = await by.clock(trial.around, seen);
    if (!timed) return null;
    const around = await answers.settled(await by.unset(await by.fewer(timed), seen), (list) => by.holds(list), seen, way);
    return around && (await by.holds(around)) ? under(trial, around) : null;
}

// The same call under other conditions.
function under(trial, around) {
    const other = Object.assign(Object.create(Object.getPrototypeOf(trial)), trial), why = around.filter((c) => !c.exact).map((c) => c.why);
    return Object.assign(other, { around, exact: trial.own.exact && !why.length, guessed: [...new Set([...trial.own.guessed, ...why])] });
}

// For a probe.
const applied = (around) => ({ around: around.filter((c) => !is_put(c)).map((c) => ({ what: c.what, at: c.at, runs: c.runs, zone: c.zone, name: c.name, value: c.value })) });

// Lines of the test that put conditions in place, for its runner.
function lines_of(around, runner) {
    const lines = [];
    for (const c of around.filter((o) => !is_put(o))) {
        if (c.what === "variable") {
            lines.push(c.value === undefined ? `delete env.${c.name};` : `env.${c.name} = ${literal(c.value)};`);
            continue;
        }
        const now = `new Date(${literal(new Date(c.at).toISOString().replace(".000Z", "Z"))})`;
        lines.push(`env.TZ = ${literal(c.zone)};`);
        if (runner === "vitest") lines.push(`vi.useFakeTimers({ toFake: ["Date"], now: ${now} });`);
        else if (runner === "jest") lines.push(`jest.useFakeTimers({ advanceTimers: true, now: ${now} });`);
        else lines.push(`t.mock.timers.enable({ apis: ["Date"], now: ${now} });`);
    }
    return lines;
}

module.exports = { slots_of, settle, applied, lines_of, said };
