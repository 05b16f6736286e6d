"use strict";
// How unlike an input is to what the source expects of it. Of several with which a call is the event again, the one that is most like is the likeliest
// to be one that a fix is for: a fix makes little of a text where a number is added, or of a record without its fields.
const { every } = require("./devflow_values.cjs");

const OTHER_KIND = 3, NOT_DECLARED = 2, MISSING = 1, UNUSUAL = 0.5, MORE = 300, MORE_MS = 2500, MOST = 4;
const HELD_AS = { array: ["arr"], object: ["obj", "own", "loop"], map: ["map"], set: ["set"], function: ["fn", "own"], date: ["new"], buffer: ["buf", "new"] };
const TEXTS = new Set(["string", "json", "when", "numeric", "base64", "base64url", "hex"]);

const nothing = (n) => n.k === "lit" && (n.v === undefined || n.v === null);

function odd_number(v) {
    if (Number.isNaN(v)) return OTHER_KIND;
    return v < 0 || !Number.isFinite(v) ? UNUSUAL : 0;
}

function odd_literal({ v, shape }) {
    const { kind } = shape, held = TEXTS.has(kind) ? "string" : kind;
    if (v === undefined) return shape.optional ? 0 : MISSING;
    if (v === null) return shape.nullable ? 0 : MISSING;
    if (held ? held !== typeof v : shape.keys.size) return OTHER_KIND;
    if (!held && shape.indexed) return MISSING; // an element of a text is a text
    if (shape.declared && !shape.literals.includes(v)) return NOT_DECLARED;
    return typeof v === "number" ? odd_number(v) : 0;
}

// Fields that the source reads of an object and that it has not.
function odd_object({ props, shape }) {
    let odd = 0;
    for (const [key, s] of shape.keys) {
        const left_out = !key.startsWith("#") && !s.called && !s.optional && !props.some((p) => p[0] === key);
        if (left_out) odd += shape.required.has(key) ? NOT_DECLARED : shape.required.size ? 0 : MISSING;
    }
    return odd;
}

// Of one value that is made up, without what is within it.
function odd_value(n) {
    const { shape } = n, expected = HELD_AS[shape?.kind];
    const within = n.k === "arr" ? n.items.filter((i) => !i.shape && nothing(i)).length * MISSING : 0;
    if (!shape) return within;
    if (n.k === "lit") return odd_literal(n);
    if (expected && !expected.includes(n.k)) return OTHER_KIND;
    return misplaced(n) + (n.k === "obj" ? odd_object(n) : within);
}

// Of parts that were made for another place.
function misplaced({ k, items, props, shape }) {
    const parts = k === "obj" ? props.map(([key, v]) => [v, shape.keys.get(key)]) : k === "arr" ? items.map((v) => [v, shape.elem_]) : [];
    return parts.filter(([v, place]) => place && v.exact === false && v.shape !== place).reduce((sum, [v, place]) => sum + odd_value({ ...v, shape: place }), 0);
}

const oddness = (nodes) => nodes.flatMap((n) => [...every(n)]).filter((n) => n.exact === false).reduce((sum, n) => sum + odd_value(n), 0);

// Trials that are the event again by an input that is odd, while a likelier one is looked for.
class Kept {
    constructor() {
        this.list = [];
        this.left = MORE;
        this.until = 0;
    }
    // Whether a trial is kept until the search for a likelier one is over.
    takes(trial) {
        const odd = oddness(trial.given());
        if (!odd || this.over) return false;
        this.until ||= Date.now() + MORE_MS;
        this.list = [...this.list, { trial, odd }].sort((a, b) => a.odd - b.odd).slice(0, MOST);
        return true;
    }
    get waits() {
        return this.list.length > 0;
    }
    // Whether the search for a likelier one is over, one try later.
    get due() {
        return this.waits && (this.left-- <= 0 || Date.now() > this.until);
    }
    // The trials kept, the likeliest first; from now on none is.
    all() {
        const found = this.list.map((k) => k.trial);
        this.list = [];
        this.over = true;
        return found;
    }
}

module.exports = { Kept, oddness };
