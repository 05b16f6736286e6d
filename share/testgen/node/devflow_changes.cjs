"use strict";
// What else a made-up value could be: words of the source and of the event, and small changes in the order for which the exception speaks.
const { escaped, walk } = require("./devflow_source.cjs");
const { lit, arr, obj, made, stub, parts, every, replaced } = require("./devflow_values.cjs");

const { STRING, DATE, NUMBER } = require("./devflow_builtins.cjs");
const { samples, tokens } = require("./devflow_patterns.cjs");

// Methods that say of which kind what was missing should have been.
const KINDS = [[STRING, "string"], [DATE, "date"], [NUMBER, "number"]];

// What names another of its kind.
const RELATION = /parent|next|after|depend|manager|extends|inherit|previous/i;
const MISSING = /undefined|null|not iterable|not a function/;
const OPTIONS = 500, LITERALS = 60, MADE_UP = "made up from how the source uses it";

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

// What stands in quotes in a text.
const quoted = (text) => [...text.matchAll(/"([^"]{1,80})"|'([^']{1,80})'|`([^`]{1,80})`/g)].map((m) => m[1] ?? m[2] ?? m[3]);

// What the message may have of the input: quoted parts, numbers, words; and what stands where the thrown text has a hole.
function hints_of(exception, expected) {
    const text = exception.value ?? "";
    const found = [];
    const add = (v) => {
        if (v !== "" && !found.includes(v)) found.push(v);
    };
    for (const part of holes(text, expected)) add(part), /^-?\d+(?:\.\d+)?$/.test(part) && add(Number(part));
    quoted(text).forEach(add);
    for (const m of text.matchAll(/(?<!\w)-?\d+(?:\.\d+)?|\d+(?:\.\d+)?/g)) add(Number(m[0])), add(m[0]);
    const pattern = /Invalid regular expression: \/(.*)\/[a-z]*: /s.exec(text);
    if (pattern) add(pattern[1]);
    if (text.includes(": ")) add(text.slice(text.lastIndexOf(": ") + 2));
    // Plain words are the message's own, for the most part: they come last.
    const said = [...text.matchAll(/\S{2,60}/g), ...text.matchAll(/[\w@.-]{2,40}/g)].map((m) => m[0].replace(/^["'`(]+|["'`).,:;]+$/g, ""));
    for (const odd of [true, false]) said.filter((s) => /[^A-Za-z]/.test(s) === odd).forEach(add);
    return found.slice(0, 40);
}

// Strings and numbers that the variables of the event's frames have, the crash's first.
function told(expected) {
    return [...new Set(named_of(expected).map(([, v]) => v))].slice(0, 16);
}

// The same with the names they have there.
function named_of(expected) {
    const found = [];
    const take = ([name, v], depth) => {
        if (typeof v === "number" || (typeof v === "string" && v.length < 200 && !/^[<[]/.test(v))) found.push([name, v]);
        else if (v && typeof v === "object" && depth < 3) Object.entries(v).forEach(([k, x]) => take([Array.isArray(v) ? name : k, x], depth + 1));
    };
    for (const s of [...expected.steps].reverse()) Object.entries(s.frame.vars ?? {}).forEach((v) => take(v, 0));
    return found;
}

function holes(text, expected) {
    const crash = expected.steps[expected.steps.length - 1];
    const out = [];
    if (!crash?.file) return out;
    walk(crash.file.read().tree, (n) => {
        if (n.type !== "TemplateLiteral" || n.quasis.length < 2) return;
        const source = n.quasis.map((q) => escaped(q.value.cooked)).join("([\\s\\S]*?)");
        const fixed = n.quasis.filter((q) => q.value.cooked).length > 1; // and may then be part of a message
        const m = new RegExp(`^${source}$`).exec(text) ?? (fixed ? new RegExp(source).exec(text) : null);
        if (m) out.push(...m.slice(1).filter((s) => s.length < 200));
    });
    return out;
}

// What else a made-up value could be, the likeliest for this exception first.
function others(n, error, hints, literals, moves) {
    const text = `${error.type}: ${error.value}`;
    const u = lit(undefined), nul = lit(null);
    const missing = /\bnull\b/.test(text) && !/undefined/.test(text) ? [nul, u] : [u, nul];
    const strings = [...hints, ...literals].filter((v) => typeof v === "string");
    const numbers = [...hints, ...literals].filter((v) => typeof v === "number");
    const about_missing = MISSING.test(text);
    const odd = /call stack/.test(text) ? [...loops(n), ...(typeof n.v === "string" ? self_named(literals) : [])] : [];
    if (n.k === "text") odd.push(...strings.slice(0, 3).map((s) => lit(s)), ...torn(n));
    if (n.k === "lit") odd.push(...(n.shape?.literals ?? []).filter((v) => v !== n.v).slice(0, 8).map((v) => lit(v)));
    if (n.token) odd.push(...tokens(n.token, strings).map((s) => ({ ...lit(s), token: n.token })));
    if (n.encoded) odd.push(...[...[1, 0, 2, 5].map((size) => Buffer.alloc(size)), ...bytes_of(numbers)].map((b) => ({ ...lit(b.toString(n.encoded)), encoded: n.encoded })));
    if (n.k === "json" || n.k === "coded") odd.push(...bad_strings(text, literals), lit(""), ...strings.slice(0, 6).map((s) => lit(s)));
    const linked = graphs(n, hints), told_of_links = /cycl|circular|->|\u2192|call stack|depend/i.test(text);
    if (told_of_links) odd.push(...linked);
    if (n.k === "text" || (n.k === "lit" && typeof n.v === "string")) odd.push(...strings.slice(0, 6).map((s) => lit(s)), ...(/^-?\d/.test(n.v) ? numbers.slice(0, 8).map((v) => lit(v)) : []), ...bad_strings(text, literals), lit(""), ...parted(literals, hints).slice(0, 80).map((s) => lit(s)), ...strings.slice(6).map((s) => lit(s)), lit("no such thing"), lit(7), lit("12,5"), lit("\u00e9\ud83d\ude00"), lit(" "));
    else if (n.k === "lit" && typeof n.v === "number") odd.push(...around(numbers).map((v) => lit(v)), lit(0), lit(-1), lit(NaN), lit(1), lit(1000000), lit(2 ** 32), lit(0.5), lit("2"), lit(Infinity), ...strings.slice(0, 10).map((s) => lit(s)));
    else if (n.k === "lit" && typeof n.v === "boolean") odd.push(lit(!n.v));
    else if (n.k === "lit" && typeof n.v === "bigint") odd.push(lit(0n), lit(-1n), lit(2));
    else if (n.k === "arr") odd.push(arr([]), ...(n.items.length > 1 ? [arr(n.items.slice(0, 1))] : []), ...(n.items[0]?.k === "lit" && typeof n.items[0].v === "string" ? strings.slice(0, 4).map((s) => arr([{ ...n.items[0], v: s }])) : []), arr([...n.items, u]), arr([...n.items, nul]), arr([...n.items, ...n.items, ...n.items]), obj([]), lit("a"));
    else if (n.k === "obj") odd.push(obj([]), obj([[n.props[0]?.[0] ?? "a", n]]), { ...n, k: "obj", props: [...n.props].reverse() }, ...strings.slice(0, 8).filter((s) => /^[\w.-]+$/.test(s)).map((s) => obj([[s, n.props[0]?.[1] ?? lit(1)]])));
    else if (n.k === "new" && n.cls === "Date") odd.push(made("Date", [lit("nothing")]), lit("2024-03-01"), made("Date", [lit("2024-02-29T00:00:00Z")]), made("Date", [lit(0)]));
    else if (n.k === "fn") odd.push(stub(u, n.async), stub(nul, n.async));
    else if (n.k === "map" || n.k === "set") odd.push({ ...n, items: [] }, obj([]));
    else if (n.k === "buf") odd.push({ k: "buf", text: "" }, ...[1, 2, 5, 16].map((zeros) => ({ k: "buf", zeros })), lit("abc"));
    else if (n.k === "own") odd.push(...moves(n));
    if (!told_of_links) odd.push(...linked);
    for (const s of strings.slice(0, 6)) if (n.k === "lit" && n.v === undefined) odd.push(lit(s));
    const found = about_missing ? [...missing, ...odd] : [...odd, ...missing];
    return found.map((o) => ({ ...o, exact: false, why: n.why || MADE_UP, shape: n.shape }));
}

// Up to three bytes of the source's own numbers: what a reader of bytes takes for a tag, a length, a flag.
function bytes_of(numbers) {
    const few = [...new Set([0, 1, 2, 255, ...numbers])].filter((v) => Number.isInteger(v) && v >= 0 && v < 256).slice(0, 5);
    const longer = (all) => all.flatMap((b) => few.map((v) => [...b, v]));
    const one = longer([[]]), two = longer(one);
    return [...one, ...two, ...longer(two)].map((b) => Buffer.from(b));
}

// Tables and lists of records that name one another: chains, rings and loose ends, the message's own first.
function graphs(n, hints) {
    const of = n.k === "obj" || n.k === "map" ? table(n) : n.k === "arr" ? records(n) : null;
    if (!of) return [];
    const said = hints.filter((s) => typeof s === "string").map((s) => s.split(/->|[^\w.@-]+/).filter((w) => /\w/.test(w))).filter((w) => w.length > 1 && w.length < 8);
    const repeated = said.filter((w) => new Set(w).size < w.length), names = [...new Set(said.flat())].slice(0, 2);
    const [a, b] = names.length > 1 ? names : ["a", "b"];
    return [...repeated.slice(0, 3), [a, b, a], [a, a], [a, b, b], [a, b], ["a", "b", "a"], ["a", "b", "c"]].map(of);
}

// The next ones of each of a chain's names.
function links(chain) {
    const next = new Map();
    chain.slice(0, -1).forEach((w, i) => next.set(w, [...new Set([...(next.get(w) ?? []), chain[i + 1]])]));
    return [...next];
}

function table(n) {
    const held = n.k === "map" ? n.items[0]?.[1] : n.props[0]?.[1];
    if (!held || (n.k === "obj" && n.shape?.keys.size)) return null;
    const value = held.k === "arr" ? (to) => arr(to.map((w) => lit(w))) : held.k === "set" ? (to) => ({ ...held, items: to.map((w) => lit(w)) }) : held.k === "lit" && typeof held.v === "string" ? (to) => lit(to[0]) : null;
    if (!value) return null;
    return (chain) => (n.k === "map" ? { ...n, items: links(chain).map(([w, to]) => [lit(w), value(to)]) } : obj(links(chain).map(([w, to]) => [w, value(to)])));
}

function records(n) {
    const one = n.items[0];
    if (one?.k !== "obj") return null;
    const text = ([, v]) => v.k === "lit" && typeof v.v === "string";
    const id = one.props.find((p) => text(p) && /^(?:id|key|name|code|slug|title)$/i.test(p[0])) ?? one.props.find(text);
    const names_others = (p) => p !== id && RELATION.test(p[0]), list = ([, v]) => v.k === "arr" && v.items.every((i) => i.k === "lit");
    const to = one.props.find((p) => names_others(p) && list(p)) ?? one.props.find(list) ?? one.props.find(names_others);
    if (!id || !to) return null;
    const value = (names) => (to[1].k === "arr" ? arr(names.map((w) => lit(w))) : lit(names[0]));
    return (chain) => arr(links(chain).map(([w, names]) => ({ ...one, props: one.props.map(([k, v]) => [k, k === id[0] ? lit(w) : k === to[0] ? value(names) : v]) })));
}

// A text of parts with one more or less: it ends with what stands between, a part is empty, there is but one.
function torn(n) {
    const empty = { ...lit(""), exact: false };
    const with_ = (items) => parts(items, n.sep);
    return [with_([...n.items, empty]), with_(n.items.slice(0, 1)), with_([n.items[0], empty, ...n.items.slice(2)]), with_([empty, ...n.items.slice(1)]), with_([...n.items, ...n.items])];
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

// Texts that give a name to what refers to that name, by the source's separators and patterns.
const self_named = (literals) => {
    const references = literals.filter((v) => typeof v === "string" && /\W/.test(v) && /\ba\b/.test(v)).slice(0, 4);
    return separators(literals).flatMap((s) => references.map((r) => lit(`a${s}${r}`)));
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
        // How many there are the event may say, and not which.
        if (n.exact && n.k === "arr" && n.items.length && n.items.every((i) => !i.exact))
            graphs(n, hints).filter((g) => g.items.length === n.items.length).forEach((g, i) => push(by_rank, 20, i, () => replaced(root, n, { ...g, shape: n.shape })));
        if (n.exact) continue;
        const about = relevance(n, error);
        if (n.k === "text") push(by_rank, about + (MISSING.test(error.value ?? "") ? 16 : 0), -1, () => replaced(root, n, { ...torn(n)[0], exact: false, why: n.why || MADE_UP, shape: n.shape }));
        if (n.said !== undefined && n !== root) push(by_rank, about, 0, () => replaced(root, n, null));
        others(n, error, hints, literals, moves).forEach((o, i) => push(by_rank, (i < 8 ? about : about / 3) + as_told(n, o, hints.told), i + 1, () => replaced(root, n, o)));
    }
    return by_rank.sort((a, b) => a.rank - b.rank).slice(0, OPTIONS).map((r) => r.make());
}

// What a variable of the event's frames has, the crash's above all, is likelier than a word of the source.
function as_told(n, o, told_) {
    const value = o.k === "arr" && o.items.length === 1 ? o.items[0].v : o.v;
    if (!told_ || (o.k !== "lit" && o.k !== "arr") || typeof value !== "string") return 0;
    const at = told_.findIndex(([name, v]) => v === value && name === n.said);
    return at >= 0 ? 15 : told_.slice(0, 4).some(([, v]) => v === value) ? 10 : 0;
}

function push(list, about, at, make) {
    list.push({ rank: at - about, make });
}

// A value whose property the message says was read, or whose name it says.
function relevance(n, error) {
    const reading = /\(reading '([^']+)'\)|Cannot destructure property '([^']+)'/.exec(error.value ?? "");
    const key = reading?.[1] ?? reading?.[2];
    if (key && n.shape && (n.shape.keys.has(key) || (key === "length" && n.shape.sized) || (["map", "filter", "forEach", "reduce", "join"].includes(key) && n.shape.kind === "array"))) return 30;
    if (key && ["arr", "map", "obj"].includes(n.k) && n.shape?.elem_?.keys.has(key)) return 25; // an element that is not there
    if (key && KINDS.some(([names, kind]) => names.has(key) && n.shape?.kind === kind)) return 15;
    if (n.said && n.said.length > 2 && (error.value ?? "").includes(n.said)) return 12;
    return 0;
}

module.exports = { OPTIONS, MADE_UP, RELATION, literals_of, hints_of, told, named_of, quoted, mutants };
