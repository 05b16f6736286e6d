"use strict";
// What may have made the values of a call that nothing of the checkout stands before: its caller is not in the checkout, or the event does not name it. Where
// the fix is there, the call with the event's values goes on raising. What the call comes to itself is not among it: a fix there shows.
const crypto = require("crypto");
const path = require("path");
const { walk, last_name, FUNCTIONS } = require("./devflow_source.cjs");
const { every } = require("./devflow_values.cjs");
const { imports_of } = require("./devflow_shapes.cjs");
const { comment } = require("./devflow_text.cjs");

const AROUND = 40, COME_TO = 120, MOST = 40, HEAD = 32, TAIL = 3, ALIKE = 3;
const LEFT_OUT = /(^|\/)(node_modules|tests?|__tests__)\/|\.(test|spec)\./;
const CHANGING = new Set(["add", "assign", "clear", "copyWithin", "delete", "fill", "pop", "push", "reverse", "set", "shift", "sort", "splice", "unshift"]);
const TEXTS = new Set(["join", "padEnd", "padStart", "repeat", "replace", "replaceAll", "toFixed", "toLowerCase", "toString", "toUpperCase", "trim", "trimEnd", "trimStart"]);
const MADE_BY = { Boolean: "boolean", Number: "number", String: "string", parseFloat: "number", parseInt: "number" };

const bare = (text) => text.replace(/\s+/g, " ");

// The text of a node, any space as one: by its place, or by its lines where the tree was made of a translation. Where nothing closes it, with what comes next:
// more of an expression is another one.
function bare_text_of(file, node) {
    if (file.inner) return bare(file.lines.slice(file.line_of(node.loc.start) - 1, Math.max(file.line_of(node.loc.end), file.line_of(node.loc.start))).join("\n"));
    const text = bare(file.plain.slice(node.start, node.end));
    return text.endsWith("}") ? text : text + bare(file.plain.slice(node.end, node.end + 200)).slice(0, TAIL);
}

const declared = (statement) => statement.declaration ?? statement;
const is_code = (statement) => !/^(?:Import|ExportAll|Function|Class)/.test(declared(statement).type);
const is_value = (v) => v.id.type === "Identifier" && v.init && !/Function|Class/.test(v.init.type) && v.init.callee?.name !== "require";

// { name: nodes } of what a file defines: functions, classes, variables.
function parts_of(file) {
    if (file.parts) return file.parts;
    const found = (file.parts = new Map());
    const add = (name, node) => found.set(name, (found.get(name) ?? new Set()).add(node));
    if (!file.read().tree) return found;
    for (const d of file.definitions) {
        if (d.cls && !d.cls.outer) add(d.cls.name, d.cls.node);
        if (!d.cls && !d.outer) add(d.name, d.node);
    }
    for (const s of file.tree.body.map(declared).filter((s) => s.type === "VariableDeclaration"))
        for (const v of s.declarations.filter(is_value)) add(v.id.name, v);
    return found;
}

// The file and name of what a name in a file means: of the file, or imported.
function meant(checkout, file, name, member = null, seen = 0) {
    const from = imports_of(file).get(name);
    if (!from) return parts_of(file).has(name) ? { file, name } : null;
    const other = seen < 4 ? checkout.resolve(file, from.file) : null;
    const wanted = from.name === "*" ? member : from.name;
    if (!other || !wanted) return null;
    return meant(checkout, other, wanted, member, seen + 1) ?? (from.name === "default" && member ? meant(checkout, other, member, null, seen + 1) : null);
}

const is_label = (n, parent) => (parent?.type === "MemberExpression" && parent.property === n && !parent.computed) || (parent?.type === "Property" && parent.key === n && !parent.computed && !parent.shorthand);

// The nodes that a node leads to by names, and by methods called so where few are.
function led_on(checkout, around, { file, node }) {
    const found = [], members = new Set();
    walk(node, (n, parent) => {
        if (n.type === "CallExpression" && n.callee.type === "MemberExpression" && !n.callee.computed) members.add(n.callee.property.name);
        if (n.type !== "Identifier" || is_label(n, parent)) return;
        const part = meant(checkout, file, n.name, parent?.type === "MemberExpression" && !parent.computed ? parent.property.name : null);
        for (const other of part ? parts_of(part.file).get(part.name) ?? [] : []) found.push({ file: part.file, node: other });
    });
    for (const name of members) {
        const own = around.flatMap((f) => f.definitions.filter((d) => d.cls && d.name === name));
        if (own.length <= ALIKE) found.push(...own.map((d) => ({ file: d.file, node: d.node })));
    }
    return found;
}

// These and what they lead to, the nearest first. Of a class that the call makes an object of only its constructor is run.
function led_to(checkout, around, start, most, but, of_class) {
    const found = new Map(start.slice(0, most).map((p) => [p.node, p]));
    for (const p of found.values())
        for (const next of found.size < most ? led_on(checkout, around, p).flatMap(of_class) : [])
            if (!found.has(next.node) && !but.has(next.node) && found.size < most) found.set(next.node, next);
    return found;
}

const is_class = (node) => /^Class/.test(node.type);
const methods_of = ({ file, node }) => file.definitions.filter((d) => d.cls?.node === node).map((d) => ({ file, node: d.node, d }));
const begun = (p) => (is_class(p.node) ? methods_of(p).filter((m) => m.d.kind === "constructor") : [p]);

// What a value surely is, or "".
function kind_of(n) {
    if (!n) return "undefined";
    if (n.type === "Literal") return n.value === null ? "null" : n.regex ? "" : typeof n.value;
    if (n.type === "TemplateLiteral") return "string";
    if (n.type === "UnaryExpression") return n.operator === "!" ? "boolean" : n.operator === "-" ? "number" : "";
    if (n.type === "BinaryExpression") return /^[-*/%]$|^\*\*$/.test(n.operator) ? "number" : /^(?:[=!<>]=?=?|in|instanceof)$/.test(n.operator) ? "boolean" : "";
    if (n.type !== "CallExpression") return "";
    if (n.callee.type === "MemberExpression") return n.callee.object.name === "Math" ? "number" : TEXTS.has(n.callee.property.name) ? "string" : "";
    return MADE_BY[n.callee.name] ?? "";
}

// Whether a function may have made a value with scalars of these kinds in it: by what it returns, or by what it changes.
function may_give(d, kinds) {
    const given = d.node.expression ? [d.node.body] : [];
    walk(d.node.body, (n) => {
        if (FUNCTIONS.has(n.type)) return false;
        if (n.type === "ReturnStatement") given.push(n.argument);
    });
    return d.generator || d.kind === "constructor" || changes(d.node.body) || (given.some(Boolean) && given.some((n) => ["", ...kinds].includes(kind_of(n))));
}

// Whether what a variable of a module is set to may be handed on as a value with scalars of these kinds in it.
function may_be(checkout, file, value, kinds) {
    if (value.type === "CallExpression" && !kind_of(value)) return Boolean(value.callee.name && meant(checkout, file, value.callee.name));
    return /^(?:Array|Object)Expression$/.test(value.type) || kinds.has(kind_of(value) || "?");
}

// The files of the function's folder of its package; where these are many, those that it imports and those beside it. Those of the classes of its input.
function files_around(checkout, d, folder, trial) {
    const within = (root, deep) => checkout.names.filter((n) => (deep ? n.startsWith(root + path.sep) : path.dirname(n) === root));
    let names = within(folder.full, folder.options.recursive);
    if (names.length > AROUND) names = [...imports_of(d.file).values()].map((i) => checkout.resolve(d.file, i.file)?.full).filter(Boolean).concat(within(path.dirname(d.file.full), false).slice(0, AROUND));
    const classes = trial.nodes.flatMap((n) => [...every(n)]).filter((n) => n.k === "own").map((n) => n.ref.file);
    const files = [d.file, ...classes, ...names.map((n) => checkout.file(n))];
    return [...new Set(files)].filter((f) => f && !f.full.endsWith(".d.ts") && !LEFT_OUT.test(f.relative) && f.read().tree);
}

// What a module does by itself, where its code called without a function around it.
function of_scripts(checkout, frames) {
    const found = [];
    for (const frame of frames) {
        const there = checkout.of_frame(frame), { file, line } = there ? checkout.canonical(there, frame.line, frame.column ?? 0) : {};
        if (file?.read().tree && !file.definition(last_name(frame.function), line)) found.push(...file.tree.body.filter(is_code).map((node) => ({ file, node: declared(node) })));
    }
    return found;
}

// Whether a node, without functions in it, changes something that there was before: an element or a field is set, or such a method called.
function changes(node) {
    let found = false;
    walk(node, (n) => {
        if (n !== node && FUNCTIONS.has(n.type)) return false;
        const set = n.type === "AssignmentExpression" ? n.left : n.type === "UpdateExpression" || n.operator === "delete" ? n.argument : null;
        found ||= set?.type === "MemberExpression" || (n.type === "CallExpression" && CHANGING.has(n.callee.property?.name));
    });
    return found;
}

// Whether a statement of a module adds to one of these variables: by itself, or by a function that does.
function adds(checkout, file, statement, filled) {
    const direct = statement.type === "ExpressionStatement" || changes(statement);
    const own = led_on(checkout, [], { file, node: statement }).filter((p) => filled.has(p.node) || FUNCTIONS.has(p.node.type));
    return own.some((p) => (filled.has(p.node) ? direct : changes(p.node.body) && led_on(checkout, [], p).some((q) => filled.has(q.node))));
}

// The files that add, as they are imported, to what the call reads, of those that the call does not import.
function adding(checkout, trial, way, folder, loaded) {
    const around = files_around(checkout, trial.d, folder, trial), own = [...way].map((d) => ({ file: d.file, node: d.node }));
    const filled = new Set([...led_to(checkout, around, own, COME_TO, new Set(), begun).keys()].filter((node) => node.type === "VariableDeclarator"));
    const others = around.filter((f) => !loaded.includes(f));
    return filled.size ? others.filter((f) => f.tree.body.filter(is_code).some((s) => adds(checkout, f, declared(s), filled))) : [];
}

// What others may use of the files around, and what callers outside of the checkout name on their line.
function tops_of(checkout, around, frames) {
    const words = new Set(frames.filter((f) => !checkout.of_frame(f)).flatMap((f) => (f.text ?? "").match(/[A-Za-z_$][\w$]+/g) ?? []));
    const known = new Set(around);
    const others = words.size && checkout.names.length <= AROUND * 5 ? checkout.names.map((n) => checkout.file(n)).filter((f) => f && !known.has(f) && !LEFT_OUT.test(f.relative)) : [];
    const of = (file, wanted) => [...parts_of(file)].filter(([name]) => wanted(name)).flatMap(([, nodes]) => [...nodes].map((node) => ({ file, node })));
    return [...others.flatMap((f) => of(f, (name) => words.has(name))), ...around.flatMap((f) => of(f, () => true))];
}

// The parts that call a function by name, where the event does not tell what called it.
function callers(around, d) {
    const calls = (n) => /^(?:Call|New)Expression$/.test(n.type) && (n.callee.name ?? n.callee.property?.name) === (d.kind === "constructor" ? d.cls.name : d.name);
    const found = [];
    for (const file of around)
        for (const other of file.definitions) walk(other.node.body, (n) => void (calls(n) && found.push({ file, node: other.node })));
    return found;
}

function roots(checkout, trial, around, frames, come_to) {
    const kinds = new Set(trial.nodes.flatMap((n) => [...every(n)]).filter((n) => n.k === "lit").map((n) => (n.v === null ? "null" : typeof n.v)));
    const left = tops_of(checkout, around, frames).flatMap((p) => (is_class(p.node) ? methods_of(p) : [p])).filter((p) => !come_to.has(p.node));
    const gives = (p) => {
        const d = p.d ?? p.file.definitions.find((x) => x.node === p.node);
        return d ? may_give(d, kinds) : may_be(checkout, p.file, p.node.init, kinds);
    };
    return [...of_scripts(checkout, frames), ...(trial.nodes.length ? left.filter(gives) : []), ...(frames.length ? [] : callers(around, trial.d))];
}

// [{ file, parts: [[how its text begins, its length, its digest]] }] of what may have made the values of a trial, any space as one. frames: of the
// program, before the way of the call; way: definitions.
function producers(checkout, trial, frames, way, folder) {
    const around = files_around(checkout, trial.d, folder, trial), own = [...way].map((d) => ({ file: d.file, node: d.node }));
    const come_to = led_to(checkout, around, own, COME_TO, new Set(), begun);
    const but = new Set([...own.map((p) => p.node), ...[...way].filter((d) => d.cls).map((d) => d.cls.node)]); // a class changes with its methods
    const whole = (p) => (p.d && !but.has(p.d.cls.node) ? { file: p.file, node: p.d.cls.node } : p);
    const found = [...led_to(checkout, around, roots(checkout, trial, around, frames, come_to).map(whole), MOST, but, (p) => [p]).values()].filter((p) => !but.has(p.node));
    const outermost = found.filter((p) => !found.some((o) => o !== p && o.file === p.file && o.node.start <= p.node.start && p.node.end <= o.node.end));
    const files = new Map();
    for (const p of outermost) files.set(p.file, new Set(files.get(p.file)).add(bare_text_of(p.file, p.node)));
    return [...files].map(([file, texts]) => ({ file, parts: [...texts].map((t) => [t.slice(0, HEAD), t.length, crypto.createHash("sha256").update(t).digest("hex").slice(0, 16)]) }));
}

// The function of the test that says whether these have changed. rows: the files as properties of an object; file: the code for the place of one.
const lines_of = (rows, file, { why }) => [
    ...comment([`${why}, so it may go on failing after a fix of what made its input. This says whether there was one: by how each part begins, its length and its digest, any space as one.`]),
    "function sourceHasChanged() {",
    "    const files = {", ...rows.map((row) => `        ${row}`), "    };",
    "    for (const [name, parts] of Object.entries(files)) {",
    `        const file = ${file};`,
    '        const text = existsSync(file) ? readFileSync(file, "utf8").replace(/\\s+/g, " ") : "";',
    "        for (const [begin, length, digest] of parts) {",
    "            let at = text.indexOf(begin);",
    '            const same = () => createHash("sha256").update(text.slice(at, at + length)).digest("hex").startsWith(digest);',
    "            while (at >= 0 && !same()) at = text.indexOf(begin, at + 1);",
    "            if (at < 0) return true;",
    "        }",
    "    }",
    "    return false;",
    "}",
];

module.exports = { LEFT_OUT, adding, producers, lines_of };
