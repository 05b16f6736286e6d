"use strict";
// Where a fix may stand that the call of a test does not show: in a function before it that could not be called, or, where the input is
// partly made up, anywhere around the fault. The test knows how these read, and is skipped when they read otherwise and it still fails.
const crypto = require("crypto");
const { walk, last_name } = require("./devflow_source.cjs");
const { every } = require("./devflow_values.cjs");
const { imports_of } = require("./devflow_shapes.cjs");

const MOST = 40, HEAD = 32, TAIL = 3;

const bare = (text) => text.replace(/\s+/g, "");
const hash = (text) => crypto.createHash("sha256").update(text).digest("hex").slice(0, 16);

// The text of a node: by its place, or by its lines where the tree was made of a translation.
function text_of(file, node) {
    if (!file.inner) return file.plain.slice(node.start, node.end);
    return file.lines.slice(file.line_of(node.loc.start) - 1, Math.max(file.line_of(node.loc.end), file.line_of(node.loc.start))).join("\n");
}

// The same without spaces, and, where nothing closes it, with what comes next: more of an expression is another one.
function bare_text_of(file, node) {
    const text = bare(text_of(file, node));
    return file.inner || text.endsWith("}") ? text : text + bare(file.plain.slice(node.end, node.end + 200)).slice(0, TAIL);
}

// Definitions of all the event's frames in the checkout that are not of the way from the call to the crash.
function before(checkout, exceptions, way) {
    const found = new Set();
    for (const frame of exceptions.flatMap((e) => e.frames)) {
        const there = frame.app ? checkout.of_frame(frame) : null;
        const { file, line } = there ? checkout.canonical(there, frame.line, frame.column ?? 0) : {};
        const d = file?.definition(last_name(frame.function), line);
        if (d && !way.has(d)) found.add(d);
    }
    return found;
}

// Functions of the same files that call one of these by name.
function callers_of(definitions) {
    const names = new Set([...definitions].map((d) => d.name).filter(Boolean)), found = new Set();
    for (const file of new Set([...definitions].map((d) => d.file)))
        for (const d of file.definitions)
            walk(d.node.body, (n) => {
                const c = n.type === "CallExpression" || n.type === "NewExpression" ? n.callee : null;
                if (c && names.has(c.type === "MemberExpression" ? c.property.name : c.name)) found.add(d);
            });
    return found;
}

// Variables of the module that a function reads, but for functions.
function constants_of(d) {
    const read = new Set();
    walk(d.node, (n) => void (n.type === "Identifier" && read.add(n.name)));
    const all = d.file.tree.body.map((s) => s.declaration ?? s).filter((s) => s.type === "VariableDeclaration").flatMap((s) => s.declarations);
    return all.filter((v) => read.has(v.id.name) && v.init && !/Function/.test(v.init.type) && v.init.callee?.name !== "require");
}

// What a file does as it is imported, but for functions and further imports.
function statements_of(file) {
    const top = file.read().tree.body.map((s) => s.declaration ?? s);
    const made = top.filter((s) => s.type === "VariableDeclaration").flatMap((s) => s.declarations).filter((v) => v.init && !/Function|Class/.test(v.init.type) && v.init.callee?.name !== "require");
    return [...made, ...top.filter((s) => /^(?:Expression|If|Try|For)/.test(s.type) && !/Function|Class/.test(s.expression?.right?.type ?? ""))];
}

// Tables of a module that hold a value of the message or of the input: where a caller took it from, a fix may be of the table.
function tables_with(file, values) {
    const holds = (node) => {
        let found = false;
        walk(node, (n) => void (n.type === "Literal" && typeof n.value === "string" && n.value.length > 2 && (values.message.includes(n.value) || values.given.has(n.value)) && (found = true)));
        return found;
    };
    return file.read().tree ? statements_of(file).filter((node) => holds(node)) : [];
}

// The file and those it imports, and what these import.
function files_near(checkout, file) {
    const found = new Set([file]);
    for (let step = 0; step < 2; step++)
        for (const f of [...found]) for (const i of imports_of(f).values()) found.add(checkout.resolve(f, i.file) ?? f);
    return found;
}

// Methods and constructors that a function may call, as far as names tell.
function methods_called(checkout, d) {
    const members = new Set(), made = new Set();
    walk(d.node, (n) => {
        if (n.type === "NewExpression" && n.callee.name) made.add(n.callee.name);
        if (n.type === "CallExpression" && n.callee.type === "MemberExpression" && !n.callee.computed) members.add(n.callee.property.name);
    });
    const found = [...files_near(checkout, d.file)].flatMap((f) => f.read().definitions.filter((x) => x.cls && (x.kind === "constructor" ? made.has(x.cls.name) : members.has(x.name))));
    return found.filter((x) => x.kind === "constructor" || found.filter((o) => o.name === x.name).length <= 3);
}

// [file, class] of the objects that the input is made of.
function classes_of(trial) {
    const made = [...trial.nodes, ...(trial.target.closure ?? [])].flatMap((n) => [...every(n)]).filter((n) => n.k === "own");
    return made.map((n) => [n.ref.file, n.ref.file.class_named(n.ref.label)]).filter(([, node]) => node);
}

// [file, text] of what a fix may have changed, without what lies within another one.
function places(shapes, checkout, exceptions, expected, trial) {
    const { exact } = trial, called = trial.web ? trial.application.d : trial.d;
    const way = new Set([called, ...expected.steps.map((s) => s.definition)].filter(Boolean));
    const first = before(checkout, exceptions, way);
    const start = exact ? [...first] : [...way, ...first, ...callers_of(way)];
    const near = new Set(start.flatMap((d) => [d, ...shapes.called_by(d)]));
    const all = new Set([...near, ...[...near].flatMap((d) => methods_called(checkout, d))].filter((d) => !exact || !way.has(d)));
    const nodes = new Map(); // of files
    const add = (file, node) => nodes.set(file, (nodes.get(file) ?? new Set()).add(node));
    for (const d of [...all].slice(0, MOST)) {
        add(d.file, d.cls && !exact ? d.cls.node : d.node);
        for (const c of exact ? [] : constants_of(d)) add(d.file, c);
    }
    for (const [file, node] of exact ? [] : classes_of(trial)) add(file, node);
    for (const file of !exact && trial.late ? new Set([...way].flatMap((d) => [...files_near(checkout, d.file)])) : []) statements_of(file).forEach((node) => add(file, node));
    const values = { message: expected.value, given: new Set(trial.nodes.flatMap((n) => [...every(n)]).filter((n) => n.k === "lit").map((n) => n.v)) };
    for (const file of new Set((exact ? [...first] : [...way, ...first]).flatMap((d) => [...files_near(checkout, d.file)]))) tables_with(file, values).forEach((node) => add(file, node));
    const found = [];
    for (const [file, set] of nodes)
        for (const node of set) if (![...set].some((o) => o !== node && o.start <= node.start && node.end <= o.end)) found.push([file, bare_text_of(file, node)]);
    return { found, names: [...first].map((d) => d.name || "a function without a name") };
}

// { places: [[file, how its text begins, its length, its digest]], why, said, names }, or null where the test needs none.
function guard(shapes, checkout, exceptions, expected, trial) {
    const { exact } = trial, { found, names } = places(shapes, checkout, exceptions, expected, trial);
    if (!found.length) return null;
    const rows = found.map(([file, text]) => [file, text.slice(0, HEAD), text.length, hash(text)]);
    return {
        places: rows, names,
        why: exact ? "What came before this call is not called here" : "The input is partly made up",
        said: exact ? "what comes before it has changed: the fix may be there" : "the source has changed: the fix may be for another input",
    };
}

module.exports = { guard };
