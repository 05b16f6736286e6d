"use strict";
// What is known of one value: its kind, its properties and elements, what it answers when it is called.

const ENCODED = ["base64", "base64url", "hex"];

class Shape {
    constructor() {
        this.kind = null;
        this.keys = new Map();
        this.required = new Set(); // those that its type says are always there
        this.elem_ = null;
        this.ret_ = null;
        this.literals = [];
        this.called = false;
        this.awaited = false;
        this.methods = new Set();
        this.cls = null;
        this.bases = [];
    }
    key(name) {
        if (!this.keys.has(name)) this.keys.set(name, new Shape());
        return this.keys.get(name);
    }
    get elem() {
        return (this.elem_ ??= new Shape());
    }
    get ret() {
        return (this.ret_ ??= new Shape());
    }
    // What an encoded text holds.
    get inner() {
        return (this.inner_ ??= Object.assign(new Shape(), { decoded: true }));
    }
    is(kind) {
        this.kind ??= kind;
        return this;
    }
    // A string of a closer kind.
    text(kind) {
        if (this.kind === "string") this.kind = kind;
        return this.is(kind);
    }
    // Everything known of another one.
    take(other, depth = 0) {
        if (!other || other === this || depth > 6) return this;
        this.kind ??= other.kind;
        this.called ||= other.called;
        this.awaited ||= other.awaited;
        if (ENCODED.includes(other.kind) && this.kind === "string") this.kind = other.kind;
        if (other.kind === "json" && this.kind === "string") this.kind = "json";
        for (const flag of ["matched", "tokens", "nullable", "decoded", "cut", "not_map", "maybe_map", "maybe_set", "sized", "indexed", "loose", "iterated", "remote", "declared"]) this[flag] ??= other[flag];
        for (const part of ["parsed", "inner_"]) if (!this[part]) this[part] = other[part] ?? this[part]; else this[part].take(other[part], depth + 1);
        this.cls ??= other.cls;
        for (const m of other.methods) this.methods.add(m);
        for (const k of other.required) this.required.add(k);
        for (const l of other.literals) if (!this.literals.includes(l)) this.literals.push(l);
        for (const [k, v] of other.keys) if (v !== this) this.key(k).take(v, depth + 1);
        if (other.elem_ && other.elem_ !== this) this.elem.take(other.elem_, depth + 1);
        if (other.ret_ && other.ret_ !== this) this.ret.take(other.ret_, depth + 1);
        return this;
    }
}

// Whether a shape is part of another one, so that what is found out of it later is found out of that.
function within(whole, part, depth = 0) {
    if (!whole || depth > 6) return false;
    return whole === part || [whole.elem_, whole.ret_, whole.inner_, whole.parsed, ...whole.keys.values()].some((s) => within(s, part, depth + 1));
}

function numeric(shape) {
    if (shape && (!shape.kind || shape.kind === "string")) shape.kind = "numeric";
}

// What a text is taken apart by: a string, or a pattern.
function cut_by(node) {
    if (node?.regex) return { pattern: node.regex.pattern };
    return typeof node?.value === "string" && node.value ? { sep: node.value } : undefined;
}

function list_of(elem) {
    const s = new Shape().is("array");
    s.elem_ = elem;
    return s;
}

module.exports = { Shape, ENCODED, within, numeric, cut_by, list_of };
