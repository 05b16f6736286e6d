"use strict";
// What to call a function with: the event's values first, what they lack filled in as the source uses it, then small changes of what was
// filled in, in the order for which the exception speaks.
const { walk } = require("./devflow_source.cjs");
const { lit, arr, obj, made, stub, own, every, replaced, Reader, BUILT_IN } = require("./devflow_values.cjs");
const { Shape } = require("./devflow_shapes.cjs");

const OPTIONS = 500, LITERALS = 60, DEEP = 6, MADE_UP = "made up from how the source uses it";

// One of each sort that Intl tells apart, and zones with and without summer time.
const LOCALES = ["en-US", "fr-FR", "pl-PL", "ar-EG", "ja-JP", "Europe/Paris", "America/New_York", "Asia/Kolkata"];

// Strings and numbers that a function and its file compare with, look up and throw.
function literals_of(d) {
    const found = [];
    const add = (v) => {
        if ((typeof v === "string" && v.length < 80) || typeof v === "number") if (!found.includes(v)) found.push(v);
    };
    const take = (tree) => walk(tree, (n) => {
        if (n.type === "Literal" && n.regex) for (const s of samples(n.regex.pattern)) add(s);
        if (n.type === "Literal") add(n.value);
        if (n.type === "Property" && !n.computed && n.key?.type === "Identifier") add(n.key.name);
        if (n.type === "ImportDeclaration") return false;
    });
    take(d.node);
    if (/\bIntl\.|\.toLocale/.test(d.file.plain)) LOCALES.forEach(add);
    for (const s of d.file.tree.body) if (s.type === "VariableDeclaration" || s.declaration?.type === "VariableDeclaration") take(s);
    return [...found.slice(0, LITERALS), ...worded(found)];
}

// What patterns take, with words of the source in place of made-up ones.
function worded(found) {
    const made = found.filter((v) => typeof v === "string" && /\W/.test(v) && /\ba\b/.test(v));
    const words = found.filter((v) => typeof v === "string" && /^[A-Za-z]\w*$/.test(v));
    return made.slice(0, 3).flatMap((s) => words.slice(0, 12).flatMap((w) => [s.replace(/\ba\b(?!.*\ba\b)/, w), s.replace(/\ba\b/, w)]));
}

// Strings that a pattern is made for: every part once, and what may be missing left out.
function samples(pattern) {
    return [...new Set([sample(pattern, true), sample(pattern, false)])].filter((s) => s && s.length < 80);
}

function sample(pattern, whole) {
    let at = 0;
    const ESCAPES = { d: "1", w: "a", s: " ", D: "a", W: "-", S: "a", b: "", B: "", n: "\n", t: "\t", r: "\r" };
    const alternatives = () => {
        const first = sequence();
        while (pattern[at] === "|") at++, sequence();
        return first;
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
        if (m[1]) return text.repeat(Math.min(Number(m[1]), 20));
        return m[0][0] === "+" || whole ? text : "";
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
        const inner = alternatives();
        at++;
        return /[=!]$/.test(look) ? "" : inner;
    };
    const klass = () => {
        const end = /^\^?\]?(?:\\.|[^\]\\])*/.exec(pattern.slice(at))[0];
        at += end.length + 1;
        if (end[0] === "^") return ["a", "1", "-", " "].find((x) => new RegExp(`[${end}]`).test(x)) ?? "a";
        return end[0] === "\\" ? ESCAPES[end[1]] ?? end[1] : end[0] ?? "";
    };
    try {
        const made = alternatives();
        return new RegExp(pattern).test(made) ? made : null;
    } catch {
        return null;
    }
}

// What the message may have of the input: quoted parts, numbers, words; and what stands where the thrown text has a hole.
function hints_of(exception, expected) {
    const text = exception.value ?? "";
    const found = [];
    const add = (v) => {
        if (v !== "" && !found.includes(v)) found.push(v);
    };
    for (const part of holes(text, expected)) add(part), /^-?\d+(?:\.\d+)?$/.test(part) && add(Number(part));
    for (const m of text.matchAll(/"([^"]{1,80})"|'([^']{1,80})'|`([^`]{1,80})`/g)) add(m[1] ?? m[2] ?? m[3]);
    for (const m of text.matchAll(/-?\d+(?:\.\d+)?/g)) add(Number(m[0])), add(m[0]);
    const pattern = /Invalid regular expression: \/(.*)\/[a-z]*: /s.exec(text);
    if (pattern) add(pattern[1]);
    if (text.includes(": ")) add(text.slice(text.lastIndexOf(": ") + 2));
    for (const m of text.matchAll(/[\w@.-]{2,40}/g)) add(m[0].replace(/[.]$/, ""));
    for (const m of text.matchAll(/\S{2,60}/g)) add(m[0].replace(/^["'`(]+|["'`).,:;]+$/g, ""));
    return found.slice(0, 40);
}

// Strings and numbers that the variables of the event's frames have, the crash's first.
function told(expected) {
    const found = [];
    const take = (v, depth) => {
        if (typeof v === "number" || (typeof v === "string" && v.length < 200 && !/^[<[]/.test(v))) found.push(v);
        else if (v && typeof v === "object" && depth < 3) Object.values(v).forEach((x) => take(x, depth + 1));
    };
    for (const s of [...expected.steps].reverse()) Object.values(s.frame.vars ?? {}).forEach((v) => take(v, 0));
    return [...new Set(found)].slice(0, 16);
}

function holes(text, expected) {
    const crash = expected.steps[expected.steps.length - 1];
    const out = [];
    if (!crash?.file) return out;
    walk(crash.file.read().tree, (n) => {
        if (n.type !== "TemplateLiteral" || n.quasis.length < 2) return;
        const source = n.quasis.map((q) => q.value.cooked.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("([\\s\\S]*?)");
        const fixed = n.quasis.filter((q) => q.value.cooked).length > 1; // and may then be part of a message
        const m = new RegExp(`^${source}$`).exec(text) ?? (fixed ? new RegExp(source).exec(text) : null);
        if (m) out.push(...m.slice(1).filter((s) => s.length < 200));
    });
    return out;
}

class Builder {
    constructor(shapes, reach) {
        this.shapes = shapes;
        this.reach = reach; // (class name, file) -> { ref, cls, file } or null
        this.busy = new Set();
        this.found = new Map(); // of a reference, what reach() said of it
    }
    typical(shape, name = "", depth = 0) {
        const node = this.bare(shape, name, depth);
        return { ...node, exact: false, why: node.why || MADE_UP, shape, said: name };
    }
    bare(shape, name, depth) {
        if (depth > DEEP) return lit(undefined);
        const instance = this.instance_for(shape, depth);
        if (instance) return instance;
        if (shape.literals.length && shape.kind !== "array" && shape.kind !== "object") return lit(shape.literals[0]);
        switch (shape.kind) {
            case "string": return lit(word(name));
            case "number": return lit(2);
            case "numeric": return lit("2");
            case "bigint": return lit(2n);
            case "boolean": return lit(true);
            case "json": return lit(shape.parsed ? this.json(shape.parsed, depth) : "{}");
            case "when": return lit("2024-03-01T10:00:00Z");
            case "date": return made("Date", [lit("2024-03-01T10:00:00Z")]);
            case "regexp": return made("RegExp", [lit("a")]);
            case "buffer": return { k: "buf", text: "abc" };
            case "array": return this.list(shape, name, depth);
            case "map": return { k: "map", items: [[lit("a"), this.typical(shape.elem, name, depth + 1)]] };
            case "set": return { k: "set", items: [this.typical(shape.elem, name, depth + 1)] };
            case "function": return stub(this.typical(shape.ret, "", depth + 1), shape.ret.awaited);
            default: return this.unknown(shape, name, depth);
        }
    }
    unknown(shape, name, depth) {
        if (shape.maybe_map && (shape.remote || shape.elem.awaited)) return this.object(new Shape().take(shape), depth, [["get", stub(this.typical(shape.elem, "", depth + 1), true)]]);
        if (shape.maybe_map && !shape.keys.size) return this.bare(Object.assign(new Shape(), { kind: "map", elem_: shape.elem }), name, depth);
        if (shape.maybe_set && !shape.keys.size) return this.bare(Object.assign(new Shape(), { kind: "set", elem_: shape.elem }), name, depth);
        if (shape.keys.size || shape.kind === "object") return this.object(shape, depth);
        if (shape.indexed) return /s$|list|array|rows|items/i.test(name) || shape.sized ? this.list(shape, name, depth) : obj([["a", this.typical(shape.elem, "", depth + 1)]]);
        if (shape.sized) return /s$|list|array|rows|items/i.test(name) && !/address|class|status/i.test(name) ? this.list(shape, name, depth) : lit(word(name));
        if (/^(?:n|i|j|k|x|y|age|index|count|size|length|total|amount|price|width|height|page|limit|offset|min|max|id|quantity|qty|rate|percent|year|month|day|hours?|minutes?)$|Count$|Size$|Index$|Price$|Id$/.test(name)) return lit(2);
        if (/date|time|^at$|when/i.test(name)) return lit("2024-03-01T10:00:00Z");
        return lit(word(name));
    }
    list(shape, name, depth) {
        const one = (name ?? "").replace(/s$/, "");
        const n = depth > 3 ? 1 : 2;
        return arr(Array.from({ length: n }, () => this.typical(shape.elem, one, depth + 1)));
    }
    object(shape, depth, more = []) {
        const keys = [...shape.keys].filter(([k]) => !k.startsWith("#"));
        const props = [...keys.map(([k, s]) => [k, this.typical(s, k, depth + 1)]), ...more];
        if (!props.length && (shape.elem_ || shape.iterated)) props.push(["a", this.typical(shape.elem, "", depth + 1)]);
        return obj(props);
    }
    json(shape, depth) {
        const { Writer } = require("./devflow_values.cjs");
        try {
            const code = new Writer().write(this.typical(shape, "", depth + 1));
            return JSON.stringify(new Function(`return (${code})`)()) ?? "{}"; // of names and literals of the source alone
        } catch {
            return "{}";
        }
    }
    // A class of the checkout that the shape names, or that has the methods it calls.
    instance_for(shape, depth) {
        if (shape.cls && BUILT_IN.has(shape.cls) && shape.cls.endsWith("Error")) return made(shape.cls, [lit("failed")]);
        const found = shape.cls ? this.reach(shape.cls) : shape.methods.size && shape.kind !== "function" ? this.reach(null, shape.methods) : null;
        return found ? this.instance(found, depth) : null;
    }
    instance(found, depth = 0, given = null) {
        if (this.busy.has(found.cls) || depth > DEEP) return null;
        this.busy.add(found.cls);
        const fields = this.shapes.of_class(found.cls, found.file);
        const maker = found.file.read().definitions.find((d) => d.kind === "constructor" && d.cls.node === found.cls.node);
        const params = maker ? this.shapes.of(maker) : [];
        const args = params.filter((p) => !p.rest).map((p) => {
            if (p.optional && !fields.keys.has(p.name)) return null;
            const shape = new Shape().take(p.shape);
            shape.take(fields.keys.get(p.name) ?? fields.keys.get("#" + p.name) ?? fields.keys.get("_" + p.name));
            return given?.(p.name, shape) ?? { ...this.typical(shape, p.name, depth + 1), optional: p.optional };
        });
        while (args.length && args[args.length - 1] === null) args.pop();
        this.busy.delete(found.cls);
        this.found.set(found.ref, found);
        return own(found.ref, args.map((a) => a ?? lit(undefined)), [], false, `what is in the ${found.cls.name}`);
    }
    // The object as its own methods leave it: those that change it, called once, with typical arguments.
    moved(base) {
        const found = this.found.get(base.ref);
        if (!found || base.calls.length > 2) return [];
        const methods = found.file.read().definitions.filter((d) => d.cls?.node === found.cls.node && d.kind === "method" && !d.name.startsWith("#") && changes(d));
        return methods.slice(0, 12).map((d) => {
            const args = this.shapes.of(d).filter((p) => !p.optional && !p.rest).map((p) => this.typical(p.shape, p.name, 2));
            return { ...base, calls: [...base.calls, [d.name, args, d.async]], exact: false, why: `${d.name} was called before` };
        });
    }
    // A value of the event with what it lacks filled in; the same node when nothing is lacking.
    completed(node, shape, name, depth = 0) {
        if (depth > DEEP || !shape) return node;
        const why = `${name || "a value"} has parts that the event lacks`;
        if (node.hole && (node.k === "lit" || !children_known(node)) && (shape.keys.size || shape.kind)) return { ...this.typical(shape, name, depth), why };
        if (node.k === "obj") return this.filled(node, shape, name, depth, why);
        if (node.k === "arr") {
            const items = node.items.map((i) => this.completed(i, shape.elem, name.replace(/s$/, ""), depth + 1));
            return items.every((i, at) => i === node.items[at]) ? node : { ...node, items };
        }
        if ((node.k === "map" || node.k === "set") && node.size && !node.items.length) {
            const items = Array.from({ length: Math.min(node.size, 5) }, (_, i) => node.k === "set" ? this.typical(shape.elem, name, depth + 1) : [lit(String.fromCharCode(97 + i), false), this.typical(shape.elem, name, depth + 1)]);
            return { ...node, items, why };
        }
        if (node.k === "promise" && !node.ret) return { ...node, ret: this.typical(shape, name, depth + 1) };
        return node;
    }
    filled(node, shape, name, depth, why) {
        const props = node.props.map(([k, v]) => [k, this.completed(v, shape.keys.get(k) ?? (shape.keys.size ? null : shape.elem_), k, depth + 1)]);
        let changed = props.some((p, i) => p[1] !== node.props[i][1]);
        for (const [k, s] of shape.keys)
            if (!k.startsWith("#") && !props.some((p) => p[0] === k) && !(shape.kind === "array" || s.kind === "string" || s.kind === "number") && !(s.called && k in Object.prototype)) {
                props.push([k, { ...this.typical(s, k, depth + 1), why }]);
                changed = true;
            }
        return changed ? { ...node, props } : node;
    }
}

// Whether a method sets something of its object, or hands on to what its object holds.
function changes(d) {
    let found = false;
    const of_this = (n) => n.type === "ThisExpression" || (n.type === "MemberExpression" && of_this(n.object));
    walk(d.node.body, (n) => {
        if ((n.type === "AssignmentExpression" && of_this(n.left)) || (n.type === "UpdateExpression" && of_this(n.argument))) found = true;
        if (n.type === "CallExpression" && n.callee.type === "MemberExpression" && of_this(n.callee.object)) found = true;
    });
    return found;
}

const children_known = (n) => (n.k === "arr" ? n.items.length : n.k === "obj" ? n.props.length : 1) > 0;

function word(name) {
    if (/mail/i.test(name)) return "ann@example.com";
    if (/url|link|href/i.test(name)) return "https://example.com/a";
    if (/date|time|^at$|At$|when/i.test(name)) return "2024-03-01T10:00:00Z";
    if (/json|body|payload/i.test(name)) return "{}";
    return "a";
}

// What else a made-up value could be, the likeliest for this exception first.
function others(n, error, hints, literals, moves) {
    const text = `${error.type}: ${error.value}`;
    const u = lit(undefined), nul = lit(null);
    const missing = /\bnull\b/.test(text) && !/undefined/.test(text) ? [nul, u] : [u, nul];
    const strings = [...hints, ...literals].filter((v) => typeof v === "string");
    const numbers = [...hints, ...literals].filter((v) => typeof v === "number");
    const about_missing = /undefined|null|not iterable|not a function/.test(text);
    const odd = /call stack/.test(text) ? loops(n) : [];
    if (n.k === "lit" && typeof n.v === "string") odd.push(...strings.slice(0, 6).map((s) => lit(s)), ...bad_strings(text, literals), lit(""), ...parted(literals, hints).slice(0, 80).map((s) => lit(s)), ...strings.slice(6).map((s) => lit(s)), lit("no such thing"), lit(7), lit("12,5"), lit("\u00e9\ud83d\ude00"), lit(" "));
    else if (n.k === "lit" && typeof n.v === "number") odd.push(...around(numbers).map((v) => lit(v)), lit(0), lit(-1), lit(NaN), lit(1), lit(1000000), lit(2 ** 32), lit(0.5), lit("2"), lit(Infinity), ...strings.slice(0, 10).map((s) => lit(s)));
    else if (n.k === "lit" && typeof n.v === "boolean") odd.push(lit(!n.v));
    else if (n.k === "lit" && typeof n.v === "bigint") odd.push(lit(0n), lit(-1n), lit(2));
    else if (n.k === "arr") odd.push(arr([]), ...(n.items.length > 1 ? [arr(n.items.slice(0, 1))] : []), arr([...n.items, u]), arr([...n.items, nul]), arr([...n.items, ...n.items, ...n.items]), obj([]), lit("a"));
    else if (n.k === "obj") odd.push(obj([]), obj([[n.props[0]?.[0] ?? "a", n]]), { ...n, k: "obj", props: [...n.props].reverse() }, ...strings.slice(0, 8).filter((s) => /^[\w.-]+$/.test(s)).map((s) => obj([[s, n.props[0]?.[1] ?? lit(1)]])));
    else if (n.k === "new" && n.cls === "Date") odd.push(made("Date", [lit("nothing")]), lit("2024-03-01"), made("Date", [lit("2024-02-29T00:00:00Z")]), made("Date", [lit(0)]));
    else if (n.k === "fn") odd.push(stub(u, n.async), stub(nul, n.async));
    else if (n.k === "map" || n.k === "set") odd.push({ ...n, items: [] }, obj([]));
    else if (n.k === "buf") odd.push({ k: "buf", text: "" }, lit("abc"));
    else if (n.k === "own") odd.push(...moves(n));
    for (const s of strings.slice(0, 6)) if (n.k === "lit" && n.v === undefined) odd.push(lit(s));
    const found = about_missing ? [...missing, ...odd] : [...odd, ...missing];
    return found.map((o) => ({ ...o, exact: false, why: n.why || MADE_UP, shape: n.shape }));
}

// What a recursion does not come to the end of: values that hold themselves, and tables that name themselves.
function loops(n) {
    const found = [];
    for (const [key, v] of n.k === "obj" ? n.props : []) {
        const rest = n.props.length > 1 ? obj(n.props.filter((p) => p[0] !== key)) : null;
        found.push(...[v.k === "arr", v.k !== "arr"].map((held) => ({ k: "loop", key, held, rest })));
    }
    const unknown = n.k === "lit" && !n.shape?.kind; // a number or a string holds nothing
    if (n.k === "obj" || n.k === "map" || unknown) found.push({ k: "loop", key: "self" });
    if (n.k === "arr" || unknown) found.push({ k: "loop", list: true });
    const named = [lit("a"), arr([lit("a")])];
    if (n.k === "map") found.push(...named.map((v) => ({ ...n, items: [[lit("a"), v]] })));
    if (n.k === "obj") found.push(...named.map((v) => obj([["a", v]])));
    return found;
}

// Strings of the parts that the source takes strings apart by.
const separators = (literals) => literals.filter((v) => typeof v === "string" && /^[^\w\s]{1,3}$|^\s$/.test(v)).slice(0, 4);
const parted = (literals, hints) => {
    const by = separators(literals), said = hints.filter((v) => typeof v === "string" && /^[\w-]+$/.test(v)).slice(0, 4);
    const single = by.flatMap((s) => [`a${s}b`, `a${s}`, s, `1${s}2`, `a${s}b${s}c`]);
    return [...(said.length > 1 ? nested(by, said) : []), ...single, ...nested(by, ["a", "b", "c", "d"]), ...nested(by, ["a", "1", "2", "3"])];
};

// The words between two or three of the separators, in the order in which the source takes the text apart.
function nested(by, words) {
    const join = (chain) => chain.map((s, i) => words[i] + s).join("") + words[chain.length];
    const pairs = by.flatMap((a) => by.filter((b) => b !== a).map((b) => [a, b]));
    const triples = pairs.flatMap(([a, b]) => by.filter((c) => c !== a && c !== b).map((c) => [a, b, c]));
    return [...pairs, ...triples].filter((chain) => words.length > chain.length).map(join);
}

function bad_strings(text, literals) {
    const bad = known_bad(text), apart = separators(literals);
    return [...bad, ...bad.flatMap((b) => apart.map((s) => lit(`a${s}${b.v}`)))];
}

// Texts for which JSON.parse has the words of the message, wrong where it says.
function not_json(text) {
    const at = Math.min(Number(/position (\d+)/.exec(text)?.[1] ?? 0), 2000);
    const padded = (head, tail = "", by = " ") => (head.length <= at ? [head + by.repeat(at - head.length) + tail] : []);
    const quoted = /Unexpected token .{1,8}?, "(.*)"(\.\.\.)? is not valid JSON/s.exec(text);
    if (quoted) return [quoted[1] + (quoted[2] ? "a".repeat(40) : "")];
    if (/after property value/.test(text)) return padded('{"a":1');
    if (/after array element/.test(text)) return padded("[1");
    if (/Expected property name/.test(text)) return padded("{");
    if (/Expected ':'/.test(text)) return padded('{"a"');
    if (/double-quoted property name/.test(text)) return padded('{"a":1,', "}");
    if (/Unterminated string/.test(text)) return [...padded('"', "", "a"), ...padded('{"a":"', "", "a")];
    if (/control character/.test(text)) return padded('"', '\n"', "a");
    if (/escaped character/.test(text)) return at > 1 ? [`"${"a".repeat(at - 2)}\\x"`, `"${"a".repeat(at - 1)}\\x"`] : [];
    if (/non-whitespace character after JSON/.test(text)) return padded("1", "x");
    return [];
}

function known_bad(text) {
    if (/JSON|Unexpected|Expected/.test(text)) return [...not_json(text), "{", "", "<html>", "{bad}", "undefined", '{"a":', "not json", "null"].map((s) => lit(s));
    if (/date|time value/i.test(text)) return ["nothing", "2024-13-45", ""].map((s) => lit(s));
    if (/URI/.test(text)) return ["%", "%E0%A4%A", "\ud800"].map((s) => lit(s));
    if (/regular expression/i.test(text)) return ["(", "[", "*", "\\"].map((s) => lit(s));
    if (/URL/.test(text)) return ["not a url", "", "//"].map((s) => lit(s));
    return [];
}

function around(numbers) {
    const out = [];
    for (const n of numbers) for (const v of [n, n + 1, n - 1, -n]) if (!out.includes(v)) out.push(v);
    return out;
}

// Every tree with one made-up node changed; small trees first would be wrong: the order is the exception's.
function mutants(root, error, hints, literals, moves = () => []) {
    const by_rank = [];
    for (const n of every(root)) {
        if (n.exact || n === undefined) continue;
        const about = relevance(n, error);
        if (n.said !== undefined && n !== root) push(by_rank, about, 0, () => replaced(root, n, null));
        others(n, error, hints, literals, moves).forEach((o, i) => push(by_rank, about, i + 1, () => replaced(root, n, o)));
    }
    return by_rank.sort((a, b) => a.rank - b.rank).slice(0, OPTIONS).map((r) => r.make());
}

function push(list, about, at, make) {
    list.push({ rank: at - about, make });
}

// A value whose property the message says was read, or whose name it says.
function relevance(n, error) {
    const reading = /\(reading '([^']+)'\)|Cannot destructure property '([^']+)'/.exec(error.value ?? "");
    const key = reading?.[1] ?? reading?.[2];
    if (key && n.shape && (n.shape.keys.has(key) || (key === "length" && n.shape.sized) || (["map", "filter", "forEach", "reduce", "join"].includes(key) && n.shape.kind === "array"))) return 30;
    if (n.said && n.said.length > 2 && (error.value ?? "").includes(n.said)) return 12;
    return 0;
}

// The trace says of which class a method's receiver was: where it came by way of a parameter, that is of this class.
function receivers(d, params, steps) {
    steps.forEach((step, i) => {
        const cls = steps[i + 1]?.definition?.cls?.name;
        if (step.definition !== d || !cls || steps[i + 1].definition.kind === "constructor") return;
        walk(d.node.body, (n) => {
            if (n.type !== "CallExpression" || n.callee.type !== "MemberExpression" || n.callee.property.name !== steps[i + 1].name) return;
            const chain = [];
            let at = n.callee.object;
            for (; at.type === "MemberExpression" && !at.computed; at = at.object) chain.unshift(at.property.name);
            let shape = params.find((p) => p.name && p.name === at.name)?.shape;
            for (const k of chain) shape = shape?.key(k);
            if (shape) shape.cls ??= cls;
        });
    });
}

class Inputs {
    constructor(shapes, reach, d, frame, exception, expected, variables) {
        this.d = d;
        this.error = exception;
        this.builder = new Builder(shapes, reach);
        this.reader = new Reader((name) => {
            const found = reach(name);
            return found ? this.builder.instance(found) : { ...obj([], false, `what is in the ${name}`), hole: true };
        });
        this.literals = literals_of(d);
        const further = [...expected.steps.map((s) => s.definition), ...shapes.called_by(d)];
        for (const f of new Set(further)) if (f && f !== d) for (const v of literals_of(f)) if (!this.literals.includes(v)) this.literals.push(v);
        this.hints = [...new Set([...(variables ? told(expected) : []), ...hints_of(exception, expected)])].slice(0, 48);
        this.vars = (variables && frame.vars) || {};
        this.has = Object.keys(this.vars).length > 0;
        this.params = shapes.of(d);
        this.others = {};
        for (const s of expected.steps) {
            for (const [k, v] of Object.entries((variables && s.frame.vars) || {})) if (!Object.hasOwn(this.others, k)) this.others[k] = v;
            if (s.definition && s.definition !== d) for (const p of shapes.of(s.definition)) if (p.name) this.params.find((q) => q.name === p.name)?.shape.take(p.shape);
        }
        receivers(d, this.params, expected.steps);
        this.slots = [];
        for (const p of this.params) this.parameter(p);
    }
    parameter(p) {
        const given = p.name && Object.hasOwn(this.vars, p.name);
        const options = [];
        const node = given ? this.reader.read(this.vars[p.name]) : null;
        if (node) {
            const whole = this.builder.completed(node, p.shape, p.name);
            if (node.hole !== true || node.exact) options.push(node);
            if (whole !== node) options.push(whole);
            if (node.k === "arr" && node.items.length === 10) options.push({ ...arr([...node.items, ...node.items], false, "a list of ten may have been longer") });
            const loose = whole !== node || ![...every(node)].every((n) => n.exact);
            if (loose) options.push(...this.changed(whole));
            options.push(...earlier(node, p, this));
        } else {
            const base = this.builder.typical(p.pattern ?? p.shape, p.name);
            // Values of the event are simple: what it leaves out of a frame that has others was a function, or nothing.
            if (p.optional) options.push({ k: "none", exact: true });
            if (this.has && p.name && !p.shape.called) options.push({ ...lit(undefined, false, `${p.name} is not in the event`), shape: p.shape });
            if (this.has && p.shape.called) options.unshift(stub(this.builder.typical(p.shape.ret), p.shape.ret.awaited));
            // Further in, a variable of that name may be the same thing.
            const further = p.name && Object.hasOwn(this.others, p.name) ? this.reader.read(this.others[p.name]) : null;
            if (further) options.unshift({ ...this.builder.completed(further, p.shape, p.name), exact: false, why: `${p.name} as a function further in has it` });
            options.push(base, ...this.changed(base));
        }
        this.slots.push({ name: p.name, rest: p.rest, options: options.slice(0, OPTIONS), given });
    }
    changed(root) {
        return mutants(root, this.error, this.hints, this.literals, (n) => this.builder.moved(n));
    }
    // The slots once a choice has got further: each with that choice first, then what differs from it in one place more.
    onward(slots, at) {
        return slots.map((slot, i) => {
            const chosen = slot.options[at[i]];
            const more = at[i] && !slot.around && chosen.exact === false ? this.changed(chosen).filter((m) => !slot.self || m.k === "own").map((m) => (chosen.hint ? { ...m, hint: chosen.hint } : m)) : [];
            const rest = slot.options.filter((o) => o !== chosen);
            return { ...slot, options: [chosen, ...interleaved(more, rest)].slice(0, 2 * OPTIONS) };
        });
    }
    // The receiver of a method.
    receiver(found) {
        const base = this.builder.instance(found);
        if (!base) return null;
        const options = [{ ...base, hint: lower(found.cls.name) }];
        const fields = this.builder.shapes.of_class(found.cls, found.file);
        const filled = [...fields.keys].filter(([k, s]) => !k.startsWith("#") && !s.called && !this.made_of(found, k)).map(([k, s]) => [k, this.builder.typical(s, k, 1)]);
        if (filled.length) options.push({ ...base, sets: filled, hint: lower(found.cls.name), why: `what is in the ${found.cls.name}` });
        options.push(...this.builder.moved(base).map((m) => ({ ...m, hint: lower(found.cls.name) })));
        for (const b of [...options.slice(0, 2)]) options.push(...this.changed(b).map((m) => ({ ...m, hint: lower(found.cls.name) })).filter((m) => m.k === "own"));
        return { name: "", self: true, options: options.slice(0, OPTIONS) };
    }
    // A field that the constructor sets by itself, or from its parameters.
    made_of(found, field) {
        const maker = found.file.read().definitions.find((d) => d.kind === "constructor" && d.cls.node === found.cls.node);
        if (!maker) return found.cls.node.body.body.some((m) => m.type === "PropertyDefinition" && m.value && m.key.name === field) && false;
        let found_it = false;
        walk(maker.node, (n) => {
            if (n.type === "AssignmentExpression" && n.left.type === "MemberExpression" && n.left.object.type === "ThisExpression" && n.left.property.name === field && n.right.type !== "Literal" && n.right.type !== "ArrayExpression" && n.right.type !== "ObjectExpression") found_it = true;
        });
        return found_it;
    }
    // Places in the options: those that differ least from the base, and earliest in the lists, first.
    *combinations(slots) {
        const n = slots.length, base = Array(n).fill(0);
        const queue = [{ cost: 0, at: base }], seen = new Set([base.join()]);
        while (queue.length && seen.size < 60000) {
            const { cost, at } = pop(queue);
            yield at;
            for (let i = 0; i < n; i++) {
                const changed = at.filter((v, j) => v !== base[j]).length;
                const step = at[i] + 1;
                if (step >= slots[i].options.length) continue;
                const next = [...at];
                next[i] = step;
                if (seen.has(next.join())) continue;
                seen.add(next.join());
                add(queue, { cost: cost + (at[i] !== base[i] ? 1 : 1 + 30 * changed), at: next });
            }
        }
    }
}

// What a container may have been before the call changed it: a parameter that the function itself pushes to or takes from.
function earlier(node, p, inputs) {
    const why = `${p.name} as it was before the call changed it`;
    const out = [];
    if (node.k === "arr" && node.items.length) out.push(arr(node.items.slice(0, -1), false, why), arr(node.items.slice(1), false, why));
    if (node.k === "arr") for (const [k, v] of Object.entries(inputs.vars)) if (k !== p.name && typeof v !== "object") out.push(arr([inputs.reader.read(v) ?? lit(null), ...node.items], false, why), arr([...node.items, inputs.reader.read(v) ?? lit(null)], false, why));
    if (node.k === "lit" && typeof node.v === "number") for (const d of [1, -1]) out.push(lit(node.v + d, false, why));
    if (node.k === "lit" && (node.v === undefined || node.v === null) && p.initial) out.push({ k: "none", exact: true });
    return out.slice(0, 30);
}

function interleaved(a, b) {
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [a[i], b[i]]).flat().filter(Boolean);
}

function lower(name) {
    return name[0].toLowerCase() + name.slice(1);
}

// A heap of least cost, first come first served.
let count = 0;
function add(heap, item) {
    item.order = count++;
    heap.push(item);
    for (let i = heap.length - 1; i > 0; ) {
        const up = (i - 1) >> 1;
        if (!before(heap[i], heap[up])) break;
        [heap[i], heap[up]] = [heap[up], heap[i]];
        i = up;
    }
}
const before = (a, b) => a.cost < b.cost || (a.cost === b.cost && (a.order ?? 0) < (b.order ?? 0));
function pop(heap) {
    const top = heap[0], last = heap.pop();
    if (heap.length) {
        heap[0] = last;
        for (let i = 0; ; ) {
            let least = i;
            for (const c of [2 * i + 1, 2 * i + 2]) if (c < heap.length && before(heap[c], heap[least])) least = c;
            if (least === i) break;
            [heap[i], heap[least]] = [heap[least], heap[i]];
            i = least;
        }
    }
    return top;
}

module.exports = { Inputs, Builder };
