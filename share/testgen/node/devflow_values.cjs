"use strict";
// Values as an event has them, turned back into source. A node is a value that knows how it is written: literals, constructors of a fixed
// table, and classes that the checkout exports. Text of the event gets in through literal() alone.

const NAME = /^[A-Za-z_$][\w$]*$/;
const RESERVED = new Set(("break case catch class const continue debugger default delete do else enum export extends false finally for function if import in " +
    "instanceof new null return super switch this throw true try typeof var void while with yield let static await async of eval arguments undefined NaN " +
    "Infinity implements interface package private protected public error require module exports test describe it expect " +
    "t env vi jest FILES there attempt again raised createHash existsSync fileURLToPath join readFileSync readdirSync sourceHasChanged digestOf statSync").split(" "));
const TEXT = 100000, NODES = 3000;

const is_name = (text) => NAME.test(text) && !RESERVED.has(text);

// A string that reads the same everywhere: what cannot be seen is escaped.
function literal(text) {
    return JSON.stringify(text).replace(/[^\x20-\x7e]/gu, (c) => (/[\p{L}\p{N}\p{P}\p{S}]/u.test(c) && !/[\u2028\u2029\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u.test(c) ? c : escaped(c)));
}

function escaped(c) {
    let out = "";
    for (let i = 0; i < c.length; i++) out += "\\u" + c.charCodeAt(i).toString(16).padStart(4, "0");
    return out;
}

function number(n) {
    return Object.is(n, -0) ? "-0" : String(n);
}

const lit = (v, exact = true, why = "") => ({ k: "lit", v, exact, why });
const arr = (items, exact = true, why = "") => ({ k: "arr", items, exact, why });
const obj = (props, exact = true, why = "") => ({ k: "obj", props, exact, why });
const made = (cls, args, exact = true, why = "") => ({ k: "new", cls, args, exact, why });
const stub = (ret, async, exact = false, why = "what a function passed in returns") => ({ k: "fn", ret, async, exact, why });
// An object of the checkout: its constructor's arguments, fields set after it, and methods called then: [name, arguments, async].
const own = (ref, args, sets = [], exact = false, why = "", calls = []) => ({ k: "own", ref, args, sets, calls, exact, why });

// A string that the source takes apart again: parts, themselves strings, and what stands between them.
const parts = (items, sep, exact = true, why = "") => ({ k: "text", items, sep, exact, why });

// Text that the source reads with JSON.parse, and text that it turns back from an encoding: what is in them is values, too.
const json = (of, exact = false, why = "") => ({ k: "json", of, exact, why });
const coded = (as, of, exact = false, why = "") => ({ k: "coded", as, of, exact, why });

// What a node is when it is written: data alone.
function plain(n) {
    if (n.k === "lit" && typeof n.v !== "bigint") return n.v;
    if (n.k === "arr") return n.items.map(plain);
    if (n.k === "obj") return Object.fromEntries(n.props.map(([k, v]) => [k, plain(v)]));
    return joined(n);
}

function joined(n) {
    if (n.k === "text") return n.items.map(joined).join(n.sep);
    if (n.k === "json") return JSON.stringify(plain(n.of)) ?? "";
    if (n.k === "coded") return Buffer.from(joined(n.of)).toString(n.as);
    if (n.k !== "lit") throw new Error(`no way to write ${n.k} within a text`);
    return n.v === undefined || n.v === null ? "" : String(n.v);
}

function children(n) {
    if (n.k === "arr" || n.k === "set" || n.k === "text") return n.items;
    if (n.k === "obj") return n.props.map((p) => p[1]);
    if (n.k === "map") return n.items.flat();
    if (n.k === "new") return n.args;
    if (n.k === "own") return [...n.args, ...n.sets.map((s) => s[1]), ...n.calls.flatMap((c) => c[1])];
    if (n.k === "fn" || n.k === "promise") return n.ret ? [n.ret] : [];
    if (n.k === "json" || n.k === "coded") return [n.of];
    return [];
}

function* every(n) {
    yield n;
    for (const c of children(n)) yield* every(c);
}

const all_exact = (n) => [...every(n)].every((m) => m.exact !== false);
// Why what is not the event's is as it is.
const reasons = (n) => [...every(n)].filter((m) => m.exact === false && m.why).map((m) => m.why);

// The same node with each of its parts as another one; null takes a part out.
function within(n, go) {
    const given = (list) => list.map((a) => go(a) ?? lit(undefined)), of = (pairs) => pairs.map(([k, v]) => [k, go(v)]).filter((p) => p[1] !== null);
    if (n.k === "arr" || n.k === "set" || n.k === "text") return { ...n, items: n.items.map(go).filter(Boolean) };
    if (n.k === "obj") return { ...n, props: of(n.props) };
    if (n.k === "map") return { ...n, items: n.items.map(([k, v]) => [go(k), go(v)]).filter(([k, v]) => k && v) };
    if (n.k === "new") return { ...n, args: given(n.args) };
    if (n.k === "own") return { ...n, args: given(n.args), sets: of(n.sets), calls: n.calls.map(([m, args, waits]) => [m, given(args), waits]) };
    if (n.k === "fn" || n.k === "promise") return { ...n, ret: n.ret ? go(n.ret) : n.ret };
    if (n.k === "json" || n.k === "coded") return { ...n, of: go(n.of) ?? lit(undefined) };
    return n;
}

// The same tree with one node in another's place.
function replaced(n, old, by) {
    return n === old ? by : within(n, (c) => replaced(c, old, by));
}

// Trees with one made-up part less: elements of lists, maps and sets but the last, fields set, methods called, arguments with a default. Not
// properties, and not all elements: what is missing then may raise what the event says by itself.
function* smaller(root) {
    for (const n of every(root)) {
        if (n.exact) continue;
        for (const part of ["items", "sets", "calls"]) {
            const list = n[part] ?? [];
            for (let i = list.length - 1; i >= (part === "items" && list.length < 2 ? 1 : 0); i--) yield replaced(root, n, { ...n, [part]: list.filter((_, at) => at !== i) });
        }
        const last = n.k === "own" ? n.args[n.args.length - 1] : null;
        if (last && (last.optional || last.v === undefined)) yield replaced(root, n, { ...n, args: n.args.slice(0, -1) });
    }
}

const BUILT_IN = new Set(["Date", "RegExp", "Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError", "URL", "URLSearchParams", "Uint8Array",
    "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array", "Float64Array", "Uint8ClampedArray", "ArrayBuffer", "WeakMap",
    "WeakSet", "Headers", "AbortController", "EventEmitter"]);

// Collects what a test must import and declare while nodes are written.
class Writer {
    constructor() {
        this.imports = new Map(); // file -> Map(export -> local name); "*" is the module itself
        this.lines = [];
        this.names = new Set();
        this.variables = new Map();
    }
    fresh(name) {
        let base = NAME.test(name) ? name : name.replace(/[^\w$]+/g, "_").replace(/^(?=\d)/, "_") || "value";
        if (RESERVED.has(base) || base.startsWith("_")) base = base.replace(/^_+/, "") || "value";
        if (!is_name(base) || /^\d/.test(base)) base = `${/^\d/.test(base) ? "v" : ""}${base}_`;
        let candidate = base;
        for (let i = 2; this.names.has(candidate) || globalThis[candidate] !== undefined; i++) candidate = `${base}${i}`;
        this.names.add(candidate);
        return candidate;
    }
    // An expression for what a module exports under a path of names.
    reach(ref) {
        const { file, kind } = ref;
        const [head, ...rest] = ref.path;
        if (!this.imports.has(file)) this.imports.set(file, { kind, names: new Map() });
        const names = this.imports.get(file).names;
        const key = head ?? "*";
        if (!names.has(key)) {
            const stem = file.relative.split("/").pop().replace(/\..*$/, "");
            const said = key === "*" || key === "default" ? (ref.label && NAME.test(ref.label) ? ref.label : stem.replace(/[-.](\w)/g, (_, c) => c.toUpperCase())) : key;
            names.set(key, this.fresh(said));
        }
        return names.get(key) + rest.map((p) => (NAME.test(p) ? `.${p}` : `[${literal(p)}]`)).join("");
    }
    write(n) {
        switch (n.k) {
            case "lit":
                return this.simple(n.v);
            case "text":
            case "json":
                return literal(joined(n));
            case "coded":
                return `Buffer.from(${literal(joined(n.of))}).toString(${literal(n.as)})`;
            case "arr":
                return `[${n.items.map((i) => this.write(i)).join(", ")}]`;
            case "obj":
                return n.props.length ? `{ ${n.props.map(([k, v]) => this.property(k, v)).join(", ")} }` : "{}";
            case "map":
                return this.collection("Map", n.items.map(([k, v]) => `[${this.write(k)}, ${this.write(v)}]`));
            case "set":
                return this.collection("Set", n.items.map((i) => this.write(i)));
            case "new":
                if (!BUILT_IN.has(n.cls)) throw new Error(`no constructor ${n.cls}`);
                return `new ${n.cls}(${n.args.map((a) => this.write(a)).join(", ")})`;
            case "buf":
                return n.zeros === undefined ? `Buffer.from(${literal(n.text)})` : `Buffer.alloc(${n.zeros})`;
            case "fn":
                return `${n.async ? "async " : ""}() => ${n.ret ? this.body(n.ret) : "{}"}`;
            case "promise":
                return `Promise.resolve(${n.ret ? this.write(n.ret) : ""})`;
            case "symbol":
                return `Symbol(${literal(n.text)})`;
            case "loop":
                return this.loop(n);
            case "own":
                return this.instance(n);
            default:
                throw new Error(`no way to write ${n.k}`);
        }
    }
    collection(cls, items) {
        return `new ${cls}(${items.length ? `[${items.join(", ")}]` : ""})`;
    }
    body(n) {
        const text = this.write(n);
        return text.startsWith("{") ? `(${text})` : text;
    }
    simple(v) {
        if (typeof v === "string") return literal(v);
        if (typeof v === "number") return number(v);
        return typeof v === "bigint" ? `${v}n` : String(v);
    }
    property(key, value) {
        const name = key === "__proto__" ? '["__proto__"]' : NAME.test(key) || /^(?:0|[1-9]\d{0,8})$/.test(key) ? key : literal(key);
        const text = this.write(value);
        return value.k === "fn" || name !== text || !NAME.test(text) ? `${name}: ${text}` : name; // `{ a }`, never `{ "a" }`
    }
    // What holds itself: directly, or in a list of one.
    loop(n) {
        if (n.list) return this.variable(n, "[]", (name) => [`${name}.push(${name})`]);
        const key = is_name(n.key ?? "") ? n.key : "self";
        return this.variable(n, n.rest ? this.write(n.rest) : "{}", (name) => [`${name}.${key} = ${n.held ? `[${name}]` : name}`]);
    }
    instance(n) {
        const text = `new ${this.reach(n.ref)}(${n.args.map((a) => this.write(a)).join(", ")})`;
        if (!n.sets.length && !n.calls.length && !n.hint) return text;
        const member = (name, k) => `${name}${NAME.test(k) ? `.${k}` : `[${literal(k)}]`}`;
        this.waits ||= n.calls.some((c) => c[2]);
        return this.variable(n, text, (name) => [...n.sets.map(([k, v]) => `${member(name, k)} = ${this.write(v)}`),
            ...n.calls.map(([m, args, waits]) => `${waits ? "await " : ""}${member(name, m)}(${args.map((a) => this.write(a)).join(", ")})`)]);
    }
    variable(n, text, more) {
        if (!this.variables.has(n)) {
            const label = n.hint ?? n.ref?.label ?? "value";
            const name = this.fresh(label[0].toLowerCase() + label.slice(1));
            this.variables.set(n, name);
            this.lines.push(`const ${name} = ${text};`, ...more(name).map((l) => `${l};`));
        }
        return this.variables.get(n);
    }
}

// What the SDK leaves of values: strings in angle brackets, holes where something had no simple value.
class Reader {
    constructor(instances) {
        this.instances = instances; // (class name) -> node or null
        this.budget = NODES;
    }
    // A node; null when the value says too little. shape guides what is missing.
    read(value, depth = 0) {
        if (--this.budget < 0 || depth > 40) return null;
        if (value === null) return { ...lit(null), hole: depth > 0 };
        if (typeof value === "number" || typeof value === "boolean") return lit(value);
        if (typeof value === "string") return this.text(value);
        if (Array.isArray(value)) {
            const items = value.map((v) => this.read(v, depth + 1));
            return items.includes(null) ? null : arr(items);
        }
        if (typeof value === "object") {
            const props = Object.entries(value).map(([k, v]) => [k, this.read(v, depth + 1)]);
            return props.some((p) => p[1] === null) ? null : obj(props);
        }
        return null;
    }
    text(text) {
        if (text.length > TEXT) return null;
        if (/^\[Filtered\]$|^<\[Filtered\]>$/i.test(text)) return { ...lit("filtered", false, "a value was filtered"), filtered: true };
        const old = /^\[(undefined|NaN|Function.*|Object|Array|Circular.*|Symbol\((.*)\)|BigInt: (-?\d+)|ref)\]$/s.exec(text);
        if (old) return this.bracketed(old);
        const angle = /^<(.*)>$/s.exec(text);
        return angle ? this.described(angle[1]) ?? lit(text) : lit(text);
    }
    bracketed(m) {
        if (m[1] === "undefined") return lit(undefined);
        if (m[1] === "NaN") return lit(NaN);
        if (m[1].startsWith("Function")) return stub(lit(undefined, false), false);
        if (m[1].startsWith("Symbol")) return { k: "symbol", text: m[2], exact: true };
        if (m[1].startsWith("BigInt")) return lit(BigInt(m[3]));
        if (m[1].startsWith("Circular")) return { k: "loop", exact: true };
        return { ...(m[1] === "Array" ? arr([], false, "the event does not have what is in a list") : obj([], false, "the event does not have what is in an object")), hole: true };
    }
    described(text) {
        const plain = { undefined: undefined, null: null, NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity, "-0": -0 };
        if (Object.hasOwn(plain, text)) return lit(plain[text]);
        if (/^-?\d{1,2000}n$/.test(text)) return lit(BigInt(text.slice(0, -1)));
        if (text === "Invalid Date") return made("Date", [lit("Invalid Date")]);
        if (/^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d -?\d{4,6} \d\d:\d\d:\d\d GMT[+-]\d{4}/.test(text) && !Number.isNaN(Date.parse(text.replace(/ \(.*$/, ""))))
            return made("Date", [lit(new Date(text.replace(/ \(.*$/, "")).toISOString().replace(".000Z", "Z"))]);
        const re = /^\/(.*)\/([dgimsuvy]*)$/s.exec(text);
        if (re) return this.pattern(re);
        const symbol = /^Symbol\((.*)\)$/s.exec(text);
        if (symbol) return { k: "symbol", text: symbol[1], exact: true };
        const sized = /^(Map|Set|WeakMap|WeakSet|Buffer|Array|[A-Z]\w*Array|ArrayBuffer)(?:\((\d+)\))?$/.exec(text);
        if (sized) return this.sized(sized[1], Math.min(Number(sized[2] ?? 0), 1000));
        const error = /^((?:[A-Z]\w*)?Error)(?:: (.*?))?(?:\n {4}at .*)?$/s.exec(text);
        if (error) return this.error(error[1], error[2] ?? "");
        if (text === "Promise") return { k: "promise", ret: null, exact: false, why: "what a promise resolves to" };
        if (text === "Object" || text === "Array") return this.bracketed([null, text]);
        return NAME.test(text) ? this.instances(text) : null;
    }
    pattern(m) {
        try {
            return made("RegExp", [lit(new RegExp(m[1], m[2]).source), ...(m[2] ? [lit(m[2])] : [])]);
        } catch {
            return null;
        }
    }
    sized(cls, n) {
        const why = `the event does not have what is in a ${cls}`;
        if (cls === "Map") return { k: "map", items: [], size: n, exact: n === 0, why };
        if (cls === "Set") return { k: "set", items: [], size: n, exact: n === 0, why };
        if (cls === "Buffer") return { k: "buf", text: "x".repeat(n), size: n, exact: n === 0, why };
        if (cls === "Array") return arr(Array.from({ length: n }, () => ({ ...lit(null, false, why), hole: true })), n === 0, why);
        return BUILT_IN.has(cls) ? made(cls, n ? [lit(n)] : [], n === 0, why) : null;
    }
    error(cls, message) {
        const own_class = BUILT_IN.has(cls) ? null : this.instances(cls);
        return own_class ?? made(BUILT_IN.has(cls) ? cls : "Error", [lit(message)], BUILT_IN.has(cls), `a ${cls}`);
    }
}

module.exports = { NAME, is_name, literal, lit, arr, obj, made, stub, own, parts, json, coded, children, every, all_exact, reasons, within, replaced, smaller, Writer, Reader, BUILT_IN };
