"use strict";
// The test as text, for the runner that the checkout uses. What comes from the event is written as literals and in comments alone.
const fs = require("fs");
const path = require("path");
const { literal, NAME } = require("./devflow_values.cjs");
const { words } = require("./devflow_world.cjs");
const { comment, wrapped } = require("./devflow_text.cjs");
const { Test, JestTest } = require("./devflow_asserts.cjs");
const { Lines, is_put } = require("./devflow_stubs.cjs");
const { lines_of: guard_lines } = require("./devflow_callers.cjs");
const { lines_of: parts_lines } = require("./devflow_producers.cjs");
const { parse, walk } = require("./devflow_source.cjs");

// Which runner a checkout's package.json asks for.
function runner_of(manifest) {
    const all = { ...manifest.devDependencies, ...manifest.dependencies };
    const script = String(manifest.scripts?.test ?? "");
    if (/\bvitest\b/.test(script)) return "vitest";
    if (/\bjest\b/.test(script)) return "jest";
    if (/node\b.*--test/.test(script)) return "node";
    if (all.vitest) return "vitest";
    return all.jest || manifest.jest ? "jest" : "node";
}

// How Jest takes a test: as CommonJS, to which it has the checkout translated, unless it is told to leave ES modules as they are.
function jest_kind(source, kind, typed) {
    const names = fs.readdirSync(source), settings = names.filter((n) => /^package\.json$|^jest\.config\./.test(n)).map((n) => fs.readFileSync(path.join(source, n), "utf8")).join("\n");
    if (typed) return /extensionsToTreatAsEsm|useESM|default-esm/.test(settings) ? "esm" : "cjs";
    const translated = names.some((n) => /^babel\.config\.|^\.babelrc/.test(n)) || /"babel"\s*:\s*\{/.test(settings);
    return translated && !settings.includes("experimental-vm-modules") ? "cjs" : kind;
}

const snake = (text) => text.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 60);

function stem(event, name) {
    let issue = (event.issue ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
    if (/^[0-9a-f]{32}$/.test(issue) || !issue) issue = [snake(name) || "event", issue.slice(0, 8)].filter(Boolean).join("_");
    return issue.slice(0, 80);
}

// How the test lies beside the code: its kind of module, its ending, and how it names a file.
class Setting {
    constructor(runner, kind, typed, folder) {
        Object.assign(this, { runner, kind, typed, folder });
    }
    get ending() {
        if (this.runner === "node") return this.kind === "esm" ? ".test.mjs" : ".test.cjs";
        if (this.typed) return ".test.ts";
        return this.runner === "jest" ? ".test.js" : ".test.mjs";
    }
    get imports() {
        return this.kind === "esm" || this.runner === "vitest" || this.typed && this.runner !== "probe";
    }
    specifier(file) {
        const from = this.place(file);
        return file.typed && (this.runner === "vitest" || this.runner === "jest") ? from.replace(/\.[cm]?tsx?$/, "") : from;
    }
    // Where a file or a folder is from the test.
    place(file) {
        const from = path.relative(this.folder, file.full).split(path.sep).join("/");
        return from.startsWith(".") ? from : "./" + from;
    }
    get by_url() {
        return this.kind === "esm" || this.runner === "vitest" || (this.imports && this.runner !== "jest");
    }
    head(trial, kept, put) {
        const of_node = this.builtins(trial, kept, put), runner = this.of_runner(trial, put), files = [...(trial?.writer.imports ?? [])];
        const makes_require = this.imports && !(this.runner === "jest" && this.kind === "cjs") && files.some(([file, i]) => !this.by_import(file, i));
        return [
            ...(makes_require ? ['import { createRequire } from "node:module";'] : []), ...of_node, ...runner, ...(this.imports && files.length ? [""] : []),
            ...(makes_require ? ["const require = createRequire(import.meta.url);"] : []), ...this.presence(files), ...(trial?.late ? [] : files.map((f, i) => this.required(f, "there", i))),
        ];
    }
    // Whether the files are where they were: a fix may have moved one. A name without its ending may mean JavaScript or TypeScript.
    presence(files) {
        const is_there = (name) => `existsSync(${this.by_url ? `new URL(${name}, import.meta.url)` : `join(__dirname, ${name})`})`;
        const names_of = (file) => [this.place(file), ...(this.specifier(file) === this.place(file) ? [] : [this.place(file).replace(/[cm]?tsx?$/, "js")])].map(literal);
        const one = (names) => (names.length > 1 || this.lists_files ? `[${names.join(", ")}].some((name) => ${is_there("name")})` : is_there(names[0]));
        const each = files.map(([file]) => names_of(file)), list = this.lists_files ? [`const FILES = [${files.map(([file]) => literal(this.specifier(file))).join(", ")}];`] : [];
        const there = list.length && each.every((names) => names.length === 1) ? `FILES.every((name) => ${is_there("name")})` : each.map(one).join(" && ");
        return files.length ? [...list, `const there = ${there};`] : [];
    }
    // Vite looks for what a literal names before anything runs, and takes new URL of one for a part of the page.
    get lists_files() {
        return this.runner === "vitest";
    }
    of_runner(trial, put) {
        const mocks = trial?.stops_clock || put?.mocked;
        if (this.runner === "probe") return ["const test = globalThis.devflow_test;"];
        if (this.runner === "node") return [this.imports ? 'import test from "node:test";' : 'const test = require("node:test");'];
        if (this.runner === "vitest") return [`import { ${[...(put?.lines.length ? ["onTestFinished"] : []), "test", ...(mocks ? ["vi"] : [])].join(", ")} } from "vitest";`];
        return this.imports && mocks ? ['import { jest } from "@jest/globals";'] : [];
    }
    builtins(trial, kept, put) {
        const used = new Map(), env = trial?.around.some((c) => !is_put(c)) ? [["process", ["env"]]] : [];
        const places = trial ? [["fs", ["existsSync"]], ...(this.by_url ? [] : [["path", ["join"]]])] : [];
        for (const [from, names] of [...(trial?.builtins ?? []), ...(put?.builtins ?? []), ...env, ...places, ...(kept ? this.reading(kept) : [])])
            used.set(from, [...new Set([...(used.get(from) ?? []), ...names])].sort());
        return [...used].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([from, names]) => this.builtin(from, names));
    }
    // A module of Node, whole where a name is "default as", and by names.
    builtin(from, names) {
        const whole = names.find((n) => n.startsWith("default as "))?.slice(11), parts = names.filter((n) => !n.startsWith("default as ")), named = parts.length ? `{ ${parts.join(", ")} }` : "";
        if (this.imports) return [`import ${[whole, named].filter(Boolean).join(", ")} from "node:${from}";`];
        return [whole ? `const ${whole} = require("node:${from}");` : "", named ? `const ${named.replaceAll(" as ", ": ")} = require("node:${from}");` : ""].filter(Boolean);
    }
    by_import(file, i) {
        if (this.runner === "jest" && file.typed) return this.kind === "esm";
        return this.imports && (i.kind === "esm" || file.typed);
    }
    // Imports within a test, where something is in place before.
    within(trial) {
        if (!trial.late) return [];
        return [...trial.writer.imports].map((f, i) => this.required(f, "", i));
    }
    reading(kept) {
        if (kept.places) return [["crypto", ["createHash"]], ["fs", ["existsSync", "readFileSync"]], ...(this.by_url ? [] : [["path", ["join"]]])];
        return [["crypto", ["createHash"]], ["fs", ["existsSync", "readFileSync", "readdirSync", "statSync"]], ["path", ["join"]], ...(this.by_url ? [["url", ["fileURLToPath"]]] : [])];
    }
    // A name that a fix has removed is undefined by await import, where a declaration would end the whole file. when: the code for whether there is anything to import; at: its place in FILES.
    required([file, i], when, at) {
        const what = this.lists_files && this.by_import(file, i) ? `/* @vite-ignore */ FILES[${at}]` : literal(this.specifier(file));
        const from = `${this.by_import(file, i) ? "await import" : "require"}(${what})`, lines = [];
        const of = (others) => (when ? `${when} ? ${from} : ${others}` : from);
        const named = [...i.names].filter(([k]) => k !== "*").map(([k, l]) => (k === l ? k : `${NAME.test(k) ? k : literal(k)}: ${l}`));
        if (i.names.has("*")) lines.push(`const ${i.names.get("*")} = ${of("null")};`);
        if (named.length) lines.push(`const { ${named.join(", ")} } = ${of("{}")};`);
        return i.names.size ? lines.join("\n") : `${from};`;
    }
}

function title(event, exception) {
    return `${words(event.issue || "A Sentry event", 80)}: ${words(exception.type, 80)}${exception.value ? `: ${words(exception.value, 120)}` : ""}`;
}

// How a folder is read.
const reading = ({ recursive, ends }) => (recursive ? "{ recursive: true }" : ends ? `{ ends: [${ends.map(literal).join(", ")}] }` : "{}");

// What tells that the source has changed.
function guarded(kept, setting) {
    if (kept.places) return guarded_parts(kept, setting);
    const rows = kept.folders.map(({ full, options }) => `${literal(setting.place({ full }))}: ${options ? reading(options) : "null"}`);
    return guard_lines(rows, setting.by_url ? "fileURLToPath(new URL(folder, import.meta.url))" : "join(__dirname, folder)", kept);
}

function guarded_parts(kept, setting) {
    const written = ([begin, length, digest]) => `    [${literal(begin)}, ${length}, ${literal(digest)}],`;
    const rows = kept.places.flatMap(({ file, parts }) => [`${literal(setting.place(file))}: [`, ...parts.map(written), "],"]);
    return parts_lines(rows, setting.by_url ? "new URL(name, import.meta.url)" : "join(__dirname, name)", kept);
}

function render(event, exception, trial, conditions, setting, kept = null) {
    const put = new Lines(trial.around, setting.runner, setting);
    const { top, called, head, body, below } = (setting.runner === "jest" ? JestTest : Test).of(trial, setting, exception, kept, put);
    const text = [
        ...comment([title(event, exception), "", ...conditions]), ...(setting.ending.endsWith("ts") ? ["// @ts-nocheck: such input need not fit the types."] : []), "",
        ...(!setting.imports && setting.kind === "cjs" ? ['"use strict";', ""] : []), ...setting.head(trial, kept, put), ...(put.top.length ? ["", ...put.top] : []), ...top, "",
        `${called}(${named(trial.title, exception)}, ${head} {`, ...body.map((l) => `    ${l}`), "});",
        ...below, ...(trial.helpers?.length ? ["", ...trial.helpers] : []), ...(kept ? ["", ...guarded(kept, setting)] : []),
    ].join("\n") + "\n";
    check(text);
    return text;
}

// The name of the test.
const named = (what, exception) => literal(`${what} no longer raises ${exception.type || "an error"}`.slice(0, 120));

function skipped(event, exception, name, reason, add, conditions, setting) {
    const doc = [title(event, exception), "", "This could not be reproduced, so there is no test of it yet.", words(reason, 600), ...add.map((a) => `- ${words(a, 400)}`), "", ...conditions];
    const what = named(name || "the program", exception), why = ["const WHY = [", ...wrapped(words(reason, 300), 100).map((part) => `    ${literal(part)},`), '].join(" ");'];
    const call = setting.runner === "node" ? ["", ...why, "", `test(${what}, { skip: WHY }, () => {`] : ["", `test.skip(${what}, () => {`];
    const text = [...comment(doc), "", ...setting.head(null), ...call, '    throw new Error("nothing is called yet");', "});"].join("\n") + "\n";
    check(text);
    return text;
}

// The file parses, and runs no text: whatever was in the event, it is in literals and comments.
function check(text) {
    const tree = parse(text);
    if (!tree) throw new Error("the test does not parse");
    const lists = tree.body.filter((n) => n.type === "VariableDeclaration" && n.kind === "const" && n.declarations[0].id.name === "FILES").map((n) => n.declarations[0].init);
    const known = lists.length === 1 && lists[0].type === "ArrayExpression" && lists[0].elements.every((e) => e?.type === "Literal");
    const is_named = (n) => known && n.type === "MemberExpression" && n.object.name === "FILES" && n.property.type === "Literal";
    walk(tree, (n) => {
        if ((n.type === "ImportExpression" && n.source.type !== "Literal" && !is_named(n.source)) || (n.type === "Identifier" && ["eval", "Function", "process"].includes(n.name))) throw new Error(`${n.name ?? "import()"} in the test`);
        if (n.type === "CallExpression" && n.callee.name === "require" && n.arguments[0]?.type !== "Literal") throw new Error("require in the test");
        if (n.type === "TemplateLiteral" || n.type === "TaggedTemplateExpression") throw new Error("a template in the test");
    });
}

module.exports = { Setting, jest_kind, render, skipped, runner_of, stem };
