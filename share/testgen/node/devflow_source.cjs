"use strict";
// Reads the checkout as text: files, functions and classes with their places, source maps. Nothing of it is run here.
const fs = require("fs");
const path = require("path");
const { SourceMap } = require("module");

const SOURCES = /\.(?:[cm]?js|[cm]?ts|jsx|tsx)$/;
const DATA = "cfg|conf|csv|env|graphql|html|ini|j2|jsonl?|properties|sql|toml|tsv|txt|xml|ya?ml"; // how names of data end that a program may read
const is_data = new RegExp(`\\.(?:${DATA})$`);
const FILES = 20000, FILE_BYTES = 4 << 20, LINE = 2000;

// Node has a parser of its own; helpers are started so that they may ask for it.
const acorn = require("internal/deps/acorn/acorn/dist/acorn");

function walk(node, enter, parent) {
    if (!node || typeof node.type !== "string") return;
    if (enter(node, parent) === false) return;
    for (const key in node) {
        const value = node[key];
        if (key === "parent" || !value || typeof value !== "object") continue;
        if (Array.isArray(value)) for (const item of value) walk(item, enter, node);
        else walk(value, enter, node);
    }
}

function parse(text) {
    const options = { ecmaVersion: "latest", locations: true, allowHashBang: true, allowReturnOutsideFunction: true, allowAwaitOutsideFunction: true };
    try {
        return acorn.parse(text, { ...options, sourceType: "module" });
    } catch {
        try {
            return acorn.parse(text, { ...options, sourceType: "script" });
        } catch {
            return null;
        }
    }
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const key_name = (k, computed) => (computed ? null : k.type === "PrivateIdentifier" ? "#" + k.name : String(k.name ?? k.value));

// Functions with their names, as a stack would say them: what a variable, a property or a class gives to one without a name.
function definitions(tree) {
    const found = [];
    const visit = (node, name, cls, outer, kind) => {
        if (!node || typeof node.type !== "string") return;
        if (FUNCTIONS.has(node.type)) {
            const d = { name: node.id?.name ?? name ?? "", node, cls, outer, kind: kind ?? "function", async: node.async, generator: node.generator };
            found.push(d);
            for (const p of node.params) visit(p, null, null, d);
            return visit(node.body, null, null, d);
        }
        if (node.type === "ClassDeclaration" || node.type === "ClassExpression") {
            const c = { name: node.id?.name ?? name ?? "", node, outer };
            visit(node.superClass, null, null, outer);
            for (const m of node.body.body) {
                const n = m.key ? key_name(m.key, m.computed) : "";
                const kind = m.kind === "constructor" ? "constructor" : m.static ? "static" : m.kind === "get" ? "getter" : m.kind === "set" ? "setter" : "method";
                if (m.type === "StaticBlock") m.body.forEach((s) => visit(s, null, null, outer));
                else visit(m.value, kind === "constructor" ? c.name : n, c, outer, m.type === "MethodDefinition" ? kind : m.static ? "static" : "method");
            }
            return;
        }
        if (node.type === "VariableDeclarator") return visit(node.id, null, null, outer), visit(node.init, node.id.name ?? null, null, outer);
        if (node.type === "AssignmentExpression") {
            const left = node.left;
            visit(left, null, null, outer);
            return visit(node.right, left.name ?? (left.type === "MemberExpression" ? key_name(left.property, left.computed) : null), null, outer);
        }
        if (node.type === "Property" || node.type === "AssignmentPattern") {
            const n = node.type === "Property" ? key_name(node.key, node.computed) : node.left.name;
            return visit(node.value ?? node.right, n, null, outer), node.left && visit(node.left, null, null, outer);
        }
        if (node.type === "ExportDefaultDeclaration") return visit(node.declaration, "default", null, outer);
        for (const key in node) {
            const value = node[key];
            if (!value || typeof value !== "object") continue;
            if (Array.isArray(value)) for (const item of value) visit(item, null, null, outer);
            else visit(value, null, null, outer);
        }
    };
    visit(tree, null, null, null);
    return found;
}

// A source map as lines of both sides: Node's own reader does the decoding.
class Map_ {
    constructor(payload, folder) {
        this.map = new SourceMap(payload);
        this.folder = folder;
        this.root = payload.sourceRoot ?? "";
    }
    // line and column from 1; column 0: the first place of that line that says where it is from.
    origin(line, column) {
        for (const c of column > 0 ? [column - 1] : [0, 4, 8, 12, 16, 20, 30, 40, 60]) {
            const e = this.map.findEntry(line - 1, c);
            if (e && e.originalSource !== undefined && e.generatedLine === line - 1)
                return { file: this.place(e.originalSource), line: e.originalLine + 1, column: e.originalColumn + 1 };
        }
        return null;
    }
    place(source) {
        const plain = source.replace(/^(?:file:\/\/|webpack:\/\/[^/]*\/|webpack-internal:\/\/\/)/, "");
        return path.resolve(this.folder, path.isAbsolute(plain) ? "" : this.root, plain);
    }
}

function read_map(file, text) {
    const at = text.lastIndexOf("//# sourceMappingURL=");
    const url = at < 0 ? path.basename(file) + ".map" : text.slice(at + 21).split(/\s/, 1)[0];
    try {
        const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(url);
        const json = inline ? Buffer.from(inline[2], inline[1] ? "base64" : "utf8").toString() : fs.readFileSync(path.resolve(path.dirname(file), decodeURIComponent(url)), "utf8");
        return new Map_(JSON.parse(json), path.dirname(file));
    } catch {
        return null;
    }
}

// A text as a regular expression that takes it alone.
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// Of a file's text: a variable that may be set again, something empty to be filled; what is not empty, by name, and how it would be changed.
const KEEPS = /^(?:let\s|(?:export )?(?:const|var)\s+[\w$]+(?:\s*:[^=\n]*)?\s*=\s*(?:new (?:Weak)?(?:Map|Set)(?:<[^\n]*>)?\(\)|\{\}|\[\]|new [A-Z]\w*\())/m;
const HELD = /^(?:export )?(?:const|var)\s+([\w$]+)(?:\s*:[^=\n]*)?\s*=\s*[[{]/gm;
const changed = (name) => new RegExp(`(?<![\\w$.])${escaped(name)}(?:\\.(?:push|pop|shift|unshift|splice|sort|reverse|fill)\\(|(?:\\.[\\w$]+|\\[[^\\]\\n]*\\])+\\s*(?:\\+\\+|--|(?:[-+*/%]|\\*\\*|\\?\\?|\\|\\||&&)?=[^=>]))`);

class File {
    constructor(checkout, full) {
        this.checkout = checkout;
        this.full = full;
        this.relative = path.relative(checkout.root, full).split(path.sep).join("/");
        this.text = fs.statSync(full).size > FILE_BYTES ? "" : fs.readFileSync(full, "utf8");
        this.lines = this.text.split("\n");
        this.typed = /\.[cm]?tsx?$/.test(full);
        this.map = this.typed ? null : read_map(full, this.text);
        this.parsed = false;
    }
    read() {
        if (this.parsed) return this;
        this.parsed = true;
        const plain = this.typed || /\.jsx$/.test(this.full) ? this.checkout.types?.parsable(this.full, this.text) : { text: this.text };
        this.tree = plain ? parse(plain.text) : null;
        this.plain = plain?.text ?? "";
        this.inner = plain?.map ? new Map_(plain.map, path.dirname(this.full)) : null;
        this.definitions = this.tree ? definitions(this.tree) : [];
        for (const d of this.definitions) {
            d.file = this;
            d.begin = this.line_of(d.node.loc.start);
            d.end = Math.max(d.begin, this.line_of(d.node.loc.end));
            d.open = this.line_of(d.node.body.loc.start);
        }
        return this;
    }
    // The line of a built file that came from a line of a source, or 0.
    generated(source, line) {
        for (let at = 1; at <= this.lines.length; at++)
            for (let column = 1; column < Math.min(200, this.lines[at - 1].length + 2); column += 4) {
                const o = this.map.origin(at, column);
                if (o && o.line === line && o.file === source) return at;
            }
        return 0;
    }
    // The line of the file as it lies on disk.
    line_of(place) {
        if (!this.inner) return place.line;
        for (let line = place.line; line > 0; line--) {
            const o = this.inner.origin(line, line === place.line ? place.column + 1 : 0);
            if (o) return o.line;
        }
        return place.line;
    }
    line(n) {
        return (this.lines[n - 1] ?? "").trim().slice(0, LINE);
    }
    // Whether it keeps something from one call to the next.
    keeps() {
        this.read();
        return (this.kept ??= KEEPS.test(this.plain) || [...this.plain.matchAll(HELD)].some(([, name]) => changed(name).test(this.plain)));
    }
    // The function of a frame: the innermost around the line that is called so.
    definition(name, line) {
        this.read();
        const around = this.definitions.filter((d) => d.begin <= line && line <= d.end).sort((a, b) => a.end - a.begin - (b.end - b.begin) || b.begin - a.begin);
        if (name === "?") return around.find((d) => d.outer || !d.cls) ?? null;
        const called = (d) => d.name === name || (d.name === "default" && name === "default") || (d.kind === "constructor" && d.cls.name === name);
        const found = around.find(called);
        if (found) return found;
        const named = this.definitions.filter(called);
        if (named.length === 1) return named[0];
        // A stack names a function after what holds it: exports.total, module.exports, Object.<key>.
        return around.find((d) => !d.node.id && !d.outer) ?? null;
    }
    // The function around a place, of which a column is 0 where it is not known: the file itself where there is none.
    outermost(line, column) {
        const exact = column && !this.inner, before = (a, b) => a.line < b.line || (a.line === b.line && a.column <= b.column), at = { line, column: column - 1 };
        const around = (d) => (exact ? before(d.node.loc.start, at) && before(at, d.node.loc.end) : d.begin <= line && line <= d.end);
        return this.read().definitions.some(around) ? null : this.whole;
    }
    // The file as what is called when it is imported.
    get whole() {
        return (this.whole_ ??= { name: path.basename(this.full), node: this.tree, file: this, cls: null, outer: null, kind: "module", begin: 1, end: this.lines.length });
    }
    // What listens to events by their names: [[name, the function's node]].
    listeners() {
        if (this.heard) return this.heard;
        this.heard = [];
        walk(this.read().tree, (n) => {
            const on = n.type === "CallExpression" && n.callee.type === "MemberExpression" && /^(?:on|once|addListener|prependListener)$/.test(n.callee.property.name ?? "");
            if (on && typeof n.arguments[0]?.value === "string" && n.arguments[1]) this.heard.push([n.arguments[0].value, n.arguments[1]]);
        });
        return this.heard;
    }
    class_named(name) {
        this.read();
        let found = null;
        walk(this.tree, (n) => {
            if ((n.type === "ClassDeclaration" || n.type === "ClassExpression") && n.id?.name === name) found ??= n;
        });
        return found;
    }
}

// { local name: { file, name there } } of what a file imports or requires.
function imports_of(file) {
    if (file.imported) return file.imported;
    const found = (file.imported = new Map());
    walk(file.read().tree, (n) => {
        if (n.type === "ImportDeclaration")
            for (const s of n.specifiers) found.set(s.local.name, { file: n.source.value, name: s.imported?.name ?? (s.type === "ImportDefaultSpecifier" ? "default" : "*") });
        if (n.type === "VariableDeclarator" && n.init?.type === "CallExpression" && n.init.callee.name === "require" && typeof n.init.arguments[0]?.value === "string") {
            const source = n.init.arguments[0].value;
            if (n.id.type === "ObjectPattern") for (const p of n.id.properties) found.set(p.value?.name, { file: source, name: p.key?.name });
            else found.set(n.id.name, { file: source, name: "*" });
        }
    });
    return found;
}

function last_name(text) {
    const bare = (text ?? "").replace(/^(?:async |new )+/, "").replace(/ \[as [^\]]*\]$/, "").replace(/\[as [^\]]*\]/, "").trim();
    if (!bare || bare === "?" || /<anonymous>$/.test(bare)) return "?";
    return bare.split(".").pop();
}

class Checkout {
    constructor(root, types) {
        this.root = root;
        this.types = types;
        this.files = new Map();
        this.names = [];
        this.data = [];
        this.scan(root, 0);
        this.by_base = new Map();
        for (const n of this.names) {
            const base = path.basename(n);
            if (!this.by_base.has(base)) this.by_base.set(base, []);
            this.by_base.get(base).push(n);
        }
    }
    scan(folder, depth) {
        let items;
        try {
            items = fs.readdirSync(folder, { withFileTypes: true });
        } catch {
            return;
        }
        for (const item of items) {
            if (item.name.startsWith(".") || item.name === "node_modules" || this.names.length >= FILES) continue;
            const full = path.join(folder, item.name);
            if (item.isDirectory() && depth < 24) this.scan(full, depth + 1);
            else if (item.isFile() && SOURCES.test(item.name) && !item.name.endsWith(".d.ts")) this.names.push(full);
            else if (item.isFile() && is_data.test(item.name) && this.data.length < FILES) this.data.push(full);
        }
    }
    file(full) {
        if (!this.files.has(full)) {
            let made = null;
            try {
                made = new File(this, full);
            } catch {
                made = null;
            }
            this.files.set(full, made);
        }
        return this.files.get(full);
    }
    within(full) {
        return full.startsWith(this.root + path.sep) && !full.includes(`${path.sep}node_modules${path.sep}`);
    }
    // The file of a frame: the one with the longest end of the path in common.
    of_frame(frame) {
        const said = (frame.path || frame.file || "").replace(/^[a-z][a-z0-9+.-]*:\/\/+/i, "/").replace(/\\/g, "/").replace(/\?.*$/, "");
        if (said.includes("/node_modules/") || said.startsWith("node:")) return null;
        const parts = said.split("/").filter((p) => p && p !== "." && p !== "..");
        const base = parts[parts.length - 1];
        let best = null, most = 0;
        for (const full of this.by_base.get(base) ?? []) {
            const own = path.relative(this.root, full).split(path.sep);
            let same = 0;
            while (same < Math.min(own.length, parts.length) && own[own.length - 1 - same] === parts[parts.length - 1 - same]) same++;
            const whole = same === own.length ? 0.5 : 0;
            if (same + whole > most) [best, most] = [full, same + whole];
        }
        return best ? this.file(best) : null;
    }
    // Where a place of a run or of an event lies in what people write, through the source map of a built file; in the built file where
    // nothing here reads what it was built from.
    canonical(file, line, column) {
        if (file.typed && !this.types.found.length) {
            const other = this.built(file);
            const there = other?.generated(file.full, line);
            return there ? { file: other, line: there } : { file, line };
        }
        const origin = file.map?.origin(line, column);
        const original = origin && this.within(origin.file) && fs.existsSync(origin.file) ? this.file(origin.file) : null;
        return original && (!original.typed || this.types.found.length) ? { file: original, line: origin.line, column: origin.column } : { file, line, column };
    }
    // The built file that has this source in its map, or null.
    built(file) {
        for (const full of this.names) {
            if (!/\.[cm]?js$/.test(full)) continue;
            const other = this.file(full);
            const payload = other?.map?.map.payload;
            if (payload?.sources?.some((s) => other.map.place(s) === file.full)) return other;
        }
        return null;
    }
    // What an import in a file means: a file of the checkout, or null.
    resolve(from, wanted) {
        if (!/^\.{1,2}\//.test(wanted)) return null;
        const base = path.resolve(path.dirname(from.full), wanted);
        const tries = [base, ...["js", "ts", "mjs", "cjs", "mts", "cts", "tsx", "jsx"].map((e) => `${base}.${e}`), base.replace(/\.js$/, ".ts"), base.replace(/\.mjs$/, ".mts"), path.join(base, "index.js"), path.join(base, "index.ts")];
        const found = tries.find((t) => SOURCES.test(t) && this.within(t) && fs.existsSync(t));
        return found ? this.file(found) : null;
    }
    // The package.json that speaks for a file.
    manifest(full) {
        for (let folder = path.dirname(full); folder.length >= this.root.length; folder = path.dirname(folder)) {
            try {
                return JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")) ?? {};
            } catch {
                if (folder === path.dirname(folder)) break;
            }
        }
        return {};
    }
    // "esm" or "cjs": how Node takes the file.
    kind(file) {
        if (/\.m[jt]s$/.test(file.full)) return "esm";
        if (/\.c[jt]s$/.test(file.full)) return "cjs";
        return this.manifest(file.full).type === "module" ? "esm" : "cjs";
    }
}

module.exports = { imports_of, Checkout, parse, walk, last_name, FUNCTIONS, key_name, escaped };
