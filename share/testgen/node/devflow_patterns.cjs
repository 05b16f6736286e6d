"use strict";
// Texts that a regular expression takes.
const OPTIONAL = 6, BRANCHES = 4, WORDS = 12;

// Strings that a pattern is made for: every part once, what may be missing left out, and every part twice that may be there again.
function samples(pattern) {
    return [...new Set([sample(pattern, true), sample(pattern, false), sample(pattern, true, null, 0, 2)])].filter((s) => s && s.length < 80);
}

// whole: whether all of what may be missing is there, or which. branch: which of the pattern's alternatives. mark: what stands for the first group. times: how
// often what may be there again is.
function sample(pattern, whole, mark = null, branch = 0, times = 1) {
    let at = 0, marked = false, optional = 0, depth = 0;
    const there = typeof whole === "function" ? () => whole(optional++) : () => whole;
    const ESCAPES = { d: "1", w: "a", s: " ", D: "a", W: "-", S: "a", b: "", B: "", n: "\n", t: "\t", r: "\r" };
    const alternatives = () => {
        const all = [];
        depth++;
        do all.push(sequence());
        while (pattern[at] === "|" && ++at);
        return all[--depth ? 0 : branch] ?? all[0];
    };
    const sequence = () => {
        let out = "";
        while (at < pattern.length && pattern[at] !== "|" && pattern[at] !== ")") out += repeated(atom());
        return out;
    };
    const repeated = (text) => {
        const m = /^(?:[*?]|\+|\{(\d+)(,\d*)?\})\??/.exec(pattern.slice(at));
        if (!m) return text;
        at += m[0].length;
        if (m[1]) return text.repeat(Math.min(m[2] ? Math.max(Number(m[1]), times) : Number(m[1]), 20));
        const again = m[0][0] === "?" ? 1 : times;
        return m[0][0] === "+" || there() ? text.repeat(again) : "";
    };
    const atom = () => {
        const c = pattern[at++];
        if (c === "^" || c === "$") return "";
        if (c === ".") return "a";
        if (c === "\\") return at++, ESCAPES[pattern[at - 1]] ?? pattern[at - 1] ?? "";
        if (c === "[") return klass();
        if (c !== "(") return c;
        const look = /^\?(?:[=!]|<[=!]|:|<[^>]*>)/.exec(pattern.slice(at))?.[0] ?? "";
        at += look.length;
        const here = mark !== null && !look && !marked;
        if (here) marked = true;
        const inner = alternatives();
        at++;
        return /[=!]$/.test(look) ? "" : here ? mark : inner;
    };
    const klass = () => {
        const end = /^\^?\]?(?:\\.|[^\]\\])*/.exec(pattern.slice(at))[0];
        at += end.length + 1;
        if (end[0] === "^") return ["a", "1", "-", " "].find((x) => new RegExp(`[${end}]`).test(x)) ?? "a";
        return end[0] === "\\" ? ESCAPES[end[1]] ?? end[1] : end[0] ?? "";
    };
    try {
        const made = alternatives();
        return mark !== null || new RegExp(pattern).test(made) ? made : null;
    } catch {
        return null;
    }
}

// What a pattern takes one of, when it is looked for again and again in a text: of each alternative the barest, with each part that may be
// missing, and with all.
function variants(pattern) {
    const which = [() => false, ...Array.from({ length: OPTIONAL }, (_, i) => (at) => at === i), () => true];
    const found = Array.from({ length: BRANCHES }, (_, branch) => which.map((whole) => sample(pattern, whole, null, branch))).flat();
    return [...new Set(found)].filter((s) => s && s.length < 80);
}

// The same with words in the place of made-up ones.
function tokens(pattern, words) {
    const plain = variants(pattern), said = words.filter((w) => /^[A-Za-z][\w-]*$/.test(w)).slice(0, WORDS), takes = new RegExp(pattern);
    const with_ = (word) => plain.map((s) => s.replace(/\ba\b/, word)).filter((s) => takes.test(s));
    return [...new Set([...said.flatMap(with_), ...plain])];
}

// What may stand between two of them, so that each is found: nothing, or a space.
function between(pattern, one) {
    return ["", " ", "\n", ","].find((sep) => [...[one, one].join(sep).matchAll(new RegExp(pattern, "g"))].length === 2) ?? null;
}

module.exports = { samples, sample, variants, tokens, between };
