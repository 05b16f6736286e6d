"use strict";
// What a server may have answered or a file held when the event happened: as its variables say, else as the source uses what it reads. To
// find out how, each place where something is read is put down as a parameter of its function, of which the shape is then asked.
const { walk, FUNCTIONS, last_name } = require("./devflow_source.cjs");
const { lit, obj, arr, every, all_exact, smaller, literal, Writer } = require("./devflow_values.cjs");
const { imports_of } = require("./devflow_shapes.cjs");
const { Shape } = require("./devflow_shape.cjs");

const ROUNDS = 4, MOST = 240, TEXT_BYTES = 200000;
const JSON_OF = "$json", TEXT_OF = "$text", KINDS = new Set([JSON_OF, TEXT_OF]);
const READERS = new Set(["readFileSync", "readFile"]);
const CLIENTS = new Set(["axios", "ky", "superagent"]);
const POOL = ["", "{}", "[]", "null", "<!doctype html><title>Error</title>", "abc", "1", "a b c\n", "a\n\nb\n", "\ufeffa"];

// text: what is sent or written. exact: as the event has it. node: the tree it was made of, as JSON or as text.
const content = (text, told = "", exact = false, node = null, json = false) => ({ text, told, exact, node, json });

const identifier = (name) => ({ type: "Identifier", name });
const property = (key, value) => ({ type: "Property", key: identifier(key), value, computed: false, kind: "init" });

// A copy of a tree with other nodes in the place of some.
function copied(n, swap) {
    if (Array.isArray(n)) return n.map((i) => copied(i, swap));
    if (!n || typeof n.type !== "string") return n;
    const other = swap(n);
    if (other) return other;
    const copy = {};
    for (const key in n) copy[key] = n[key] && typeof n[key] === "object" && key !== "loc" ? copied(n[key], swap) : n[key];
    return copy;
}

const bare = (n) => (n && ["AwaitExpression", "ChainExpression", "ParenthesizedExpression"].includes(n.type) ? bare(n.argument ?? n.expression) : n);
const kind_of = (n) => (KINDS.has(bare(n)?.name) ? bare(n).name : null);
// A variable of a function; functions without a name are one.
const within = (of, name) => `${of === "?" ? "" : of ?? ""} ${name}`;
const is_data = (n) => n?.type === "MemberExpression" && !n.computed && n.property.name === "data";
const is_reply = (n) => n?.type === "ObjectExpression" && n.properties.some((p) => p.key?.name === "data" && KINDS.has(p.value?.name));
const method_of = (n) => (n.callee.type === "MemberExpression" && !n.callee.computed ? n.callee.property.name : n.callee.name);

// Names that stand for a client like axios: what is imported as one, and what its create() returns.
function clients_in(file) {
    const found = new Set([...imports_of(file)].filter(([, i]) => CLIENTS.has(i.file)).map(([local]) => local));
    walk(file.tree, (n) => {
        const init = n.type === "VariableDeclarator" ? n.init : n.type === "AssignmentExpression" ? n.right : null;
        const left = n.type === "VariableDeclarator" ? n.id.name : n.left?.property?.name ?? n.left?.name;
        if (left && init?.type === "CallExpression" && init.callee.property?.name === "create" && found.has(init.callee.object.name)) found.add(left);
    });
    return found;
}

// Functions of one call: its own, and those it leads to.
class Uses {
    constructor(shapes, definitions, own) {
        Object.assign(this, { shapes, definitions: definitions.filter((d) => d?.node), own });
        this.returning = new Map(); // of a function's name, what it answers with
        this.shape = { [JSON_OF]: new Shape(), [TEXT_OF]: new Shape() };
        this.any = { [JSON_OF]: false, [TEXT_OF]: false };
        this.bound = new Map(); // of a function's and a variable's name, { kind, key } of what is read
        this.clients = new Map();
        this.replies = new Set(); // variables that hold a client's reply
        for (let round = 0, before = -1; round < ROUNDS && before < this.returning.size; round++) {
            before = this.returning.size;
            this.bound.clear();
            for (const d of this.definitions) this.read(d);
        }
    }
    read(d) {
        if (!this.clients.has(d.file)) this.clients.set(d.file, clients_in(d.file));
        const node = copied(d.node, (n) => (n.type === "CallExpression" && n !== d.node ? this.swap(d, n) : null));
        const params = [identifier(JSON_OF), identifier(TEXT_OF)];
        const { shapes: _, ret_shape: __, ...rest } = d;
        const made = { ...rest, node: { ...node, params: [...params, ...node.params] } }, found = this.shapes.of(made);
        if (d.cls) for (const [field, shape] of made.links ?? []) shape.take(this.shapes.of_class(d.cls, d.file).keys.get(field));
        [JSON_OF, TEXT_OF].forEach((kind, i) => found[i] && this.shape[kind].take(found[i].shape));
        this.names(d, node);
        this.answers(d, node);
    }
    // What stands in the place of a call that reads something, or null.
    swap(d, n) {
        const name = method_of(n), on = n.callee.type === "MemberExpression" ? n.callee.object : null;
        const found = (kind) => ((this.any[kind] = true), identifier(kind));
        if (on && name === "then") return this.then(d, n.arguments[0], found);
        if (on && name === "json" && !n.arguments.length) return found(JSON_OF);
        if (on && name === "text" && !n.arguments.length) return found(TEXT_OF);
        if (on?.name === "JSON" && name === "parse") return this.given(d, n.arguments[0]) ? null : found(JSON_OF);
        if (READERS.has(name)) return n.arguments.some((a) => FUNCTIONS.has(a.type)) ? null : found(TEXT_OF);
        const client = on ? on.name ?? on.property?.name : name;
        if (this.clients.get(d.file).has(client) && name !== "create") return { type: "ObjectExpression", properties: [property("data", found(JSON_OF))] };
        const kind = name && this.returning.get(name);
        return kind ? identifier(kind) : null;
    }
    // What `.then((reply) => reply.json())` and the like answer with.
    then(d, fn, found) {
        const result = fn?.type === "ArrowFunctionExpression" ? bare(fn.body) : null;
        if (result?.type === "CallExpression" && !result.arguments.length && ["json", "text"].includes(method_of(result))) return found(method_of(result) === "json" ? JSON_OF : TEXT_OF);
        return is_data(result) && result.object.name === fn.params[0]?.name && this.clients.get(d.file).size ? found(JSON_OF) : null;
    }
    // A parameter of the function that is called: its value is an input.
    given(d, n) {
        return d === this.own && n?.type === "Identifier" && d.node.params.some((p) => p.name === n.name || p.left?.name === n.name);
    }
    // Variables that hold what is read, or a part of it.
    names(d, node) {
        this.replies.clear();
        walk(node, (n) => {
            if (n.type === "VariableDeclarator" && is_reply(bare(n.init))) this.reply(d, n.id);
            const kind = n.type === "VariableDeclarator" || (n.type === "AssignmentExpression" && n.operator === "=") ? kind_of(n.init ?? n.right) : null;
            const left = n.id ?? n.left;
            if (!kind) return;
            if (left.type === "Identifier") this.bound.set(within(d.name, left.name), { kind, key: null });
            if (left.type === "ObjectPattern")
                for (const p of left.properties) if (p.type === "Property" && !p.computed && (p.value.name ?? p.value.left?.name)) this.bound.set(within(d.name, p.value.name ?? p.value.left.name), { kind, key: p.key.name ?? p.key.value });
        });
    }
    // A client's reply, whose data is what is read.
    reply(d, left) {
        if (left.type === "Identifier") this.replies.add(left.name);
        for (const p of left.type === "ObjectPattern" ? left.properties : []) if (p.key?.name === "data" && p.value.type === "Identifier") this.bound.set(within(d.name, p.value.name), { kind: JSON_OF, key: null });
    }
    // Whether the function answers with what is read: it returns it, or resolves a promise of its own with it.
    answers(d, node) {
        if (!d.name) return;
        const collects = /\.on\(\s*["'`]data["'`]/.test(d.file.plain.slice(d.node.start, d.node.end)) && !d.file.inner;
        const of_reply = (n) => is_data(n) && (is_reply(bare(n.object)) || this.replies.has(n.object.name));
        const is = (n) => kind_of(n) ?? this.bound.get(within(d.name, bare(n)?.name))?.kind ?? (of_reply(bare(n)) ? JSON_OF : undefined);
        const take = (n) => {
            const kind = n && (bare(n).type === "Identifier" && !KINDS.has(bare(n).name) && this.bound.get(within(d.name, bare(n).name))?.key ? null : is(n));
            if (kind) this.returning.set(d.name, kind);
        };
        if (node.body.type !== "BlockStatement") take(node.body);
        walk(node.body, (n) => {
            if (n.type === "ReturnStatement") take(n.argument);
            if (n.type === "CallExpression" && /^(?:resolve|done|go|accept|ok)$/.test(n.callee.name ?? "") && n.arguments[0]) {
                take(n.arguments[0]);
                if (collects && !this.returning.has(d.name)) this.returning.set(d.name, TEXT_OF), (this.any[TEXT_OF] = true);
            }
        });
    }
}

// What a tree is as a value; undefined where it is none that JSON has.
function plain(node) {
    for (const n of every(node)) if (!["lit", "arr", "obj", "text"].includes(n.k)) return undefined;
    try {
        return new Function(`return (${new Writer().write(node)})`)(); // of literals alone
    } catch {
        return undefined;
    }
}

function tree_of(value) {
    if (Array.isArray(value)) return arr(value.map(tree_of));
    if (value && typeof value === "object") return obj(Object.entries(value).map(([k, v]) => [k, tree_of(v)]));
    return lit(value);
}

// As code of a test: what JSON holds, and the whole text.
const value_of = (c) => new Writer().write(tree_of(JSON.parse(c.text)));
const written = (c) => (c.json && /^[[{]../s.test(c.text) ? `JSON.stringify(${value_of(c)})` : literal(c.text));

class Contents {
    // way: the definitions that a call may come to, its own first.
    constructor(shapes, way, inputs, event, exception) {
        Object.assign(this, { inputs, event, exception, uses: new Uses(shapes, way, way[0]), seen: new Set() });
    }
    // The likeliest first.
    all() {
        if (this.found) return this.found;
        this.found = [];
        const { any } = this.uses, bad = this.exception.type === "SyntaxError";
        if (bad) this.texts();
        const kinds = [any[JSON_OF] && JSON_OF, any[TEXT_OF] && TEXT_OF].filter(Boolean);
        const lists = kinds.map((kind) => this.of_kind(kind));
        for (let i = 0; lists.some((l) => i < l.length); i++) for (const list of lists) if (i < list.length) this.add(list[i]);
        if (!bad) this.texts();
        for (const text of POOL) this.add(content(text));
        return this.found;
    }
    add(c) {
        if (!c || c.text === undefined || this.seen.has(c.text) || this.found.length >= MOST || c.text.length > TEXT_BYTES || /\[Filtered\]/.test(c.text) || Buffer.from(c.text).toString() !== c.text) return;
        this.seen.add(c.text);
        this.found.push(c);
    }
    // Texts that are no JSON, in the words of the message.
    texts() {
        for (const n of this.inputs.changed({ ...lit("{}"), exact: false }).slice(0, 40)) if (typeof n.v === "string") this.add(content(n.v, "", false, n));
    }
    // From variables that hold it, then made up.
    of_kind(kind) {
        const { builder } = this.inputs, shape = this.uses.shape[kind];
        const parsed = kind === TEXT_OF && shape.parsed ? shape.parsed : null;
        const json = kind === JSON_OF || Boolean(parsed), like = parsed ?? shape;
        const told = this.told(kind), bases = [...told.map((n) => this.completed(n, like)), { node: builder.typical(like, "") }];
        const found = [...told, ...bases].flatMap(({ node, name }) => this.of_tree(node, json, name));
        const changed = bases.flatMap(({ node }) => this.inputs.changed(node).flatMap((n) => this.of_tree(n, json)));
        return [...found, ...changed];
    }
    completed({ node, name }, shape) {
        return { node: this.inputs.builder.completed(node, shape, name), name };
    }
    of_tree(node, json, name = "") {
        const value = plain(node), exact = all_exact(node);
        if (value === undefined) return [];
        const told = name ? `as the variable ${name} says` : "";
        // Objects within an object are not in an event.
        if (json) return [content(JSON.stringify(value), told, exact && Boolean(name) && (value === null || typeof value !== "object"), node, true)];
        return typeof value === "string" ? [content(value, told, exact && Boolean(name), node)] : [];
    }
    // [{ node, name }] of the event's variables, those of the innermost frames first.
    told(kind) {
        const found = [], pattern = new Map();
        const frames = this.inputs.has_variables ? this.event.exceptions.flatMap((e) => e.frames).filter((f) => f.app).reverse() : [];
        for (const frame of frames)
            for (const [name, value] of Object.entries(frame.vars ?? {})) {
                const at = this.uses.bound.get(within(last_name(frame.function), name));
                const node = at?.kind === kind ? this.inputs.reader.read(value) : null;
                if (!node) continue;
                if (at.key === null) found.push({ node, name });
                else if (!pattern.has(at.key) && !(node.k === "lit" && node.v === undefined)) pattern.set(at.key, { node, name });
            }
        if (pattern.size) found.push({ node: obj([...pattern].map(([key, p]) => [key, p.node])), name: [...pattern.values()].map((p) => p.name).join(", ") });
        return found;
    }
    // What differs from one in a place more.
    onward(c) {
        if (!c.node) return [];
        return this.inputs.changed(c.node).flatMap((n) => (c.json || n.k === "text" || typeof n.v === "string" ? this.of_tree(n, c.json) : []));
    }
    // With one made-up part less.
    *smaller(c) {
        for (const node of c.node && c.json ? smaller(c.node) : []) yield* this.of_tree(node, true);
    }
}

module.exports = { Contents, content, written, value_of };
