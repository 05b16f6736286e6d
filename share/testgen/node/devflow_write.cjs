"use strict";
// The test as text, for the runner that the checkout uses. What comes from the event is written as literals and in comments alone.
const path = require("path");
const { literal, NAME } = require("./devflow_values.cjs");
const { plain } = require("./devflow_judge.cjs");
const { words } = require("./devflow_world.cjs");
const { layout, comment, wrapped } = require("./devflow_text.cjs");
const { lines_of } = require("./devflow_conditions.cjs");
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
    // How ES modules are imported: a name that a fix has removed is undefined by await import, where a declaration ends the whole file.
    imported(file, names) {
        return this.kind === "esm" && this.runner !== "vitest" ? this.required(file, names, "await import") : this.declared(file, names);
    }
    // How a test is left out whose call may still raise the error while it is no fault: as it runs, but for Jest, which can only not begin it.
    get skips_late() {
        return this.runner !== "jest";
    }
    head(trial, kept, put) {
        const of_node = this.builtins(trial, kept, put), runner = this.of_runner(trial, put);
        const files = [...(trial?.writer.imports ?? [])], by_import = files.filter(([file, i]) => this.by_import(file, i)), rest = files.filter((f) => !by_import.includes(f));
        const makes_require = rest.length > 0 && this.imports;
        const imported = trial?.late ? [] : by_import.map(([file, i]) => this.imported(file, i.names));
        const required = trial?.late ? [] : rest.map(([file, i]) => this.required(file, i.names));
        return [
            ...(makes_require ? ['import { createRequire } from "node:module";'] : []), ...of_node, ...runner, ...imported,
            ...(makes_require ? ["", "const require = createRequire(import.meta.url);"] : []), ...required,
        ];
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
        for (const [from, names] of [...(trial?.builtins ?? []), ...(put?.builtins ?? []), ...env, ...(kept ? this.reading(kept) : [])])
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
        return this.imports && (i.kind === "esm" || file.typed);
    }
    // Imports within a test, where something is in place before.
    within(trial) {
        if (!trial.late) return [];
        return [...trial.writer.imports].map(([file, i]) => this.required(file, i.names, this.by_import(file, i) ? "await import" : "require"));
    }
    reading(kept) {
        if (kept.places) return [["crypto", ["createHash"]], ["fs", ["existsSync", "readFileSync"]], ...(this.by_url ? [] : [["path", ["join"]]])];
        return [["crypto", ["createHash"]], ["fs", ["readFileSync", "readdirSync", "statSync"]], ["path", ["join"]], ...(this.by_url ? [["url", ["fileURLToPath"]]] : [])];
    }
    declared(file, names) {
        const named = [...names].filter(([k]) => k !== "default" && k !== "*").map(([k, l]) => (k === l ? k : `${NAME.test(k) ? k : literal(k)} as ${l}`));
        const parts = [];
        if (names.has("default")) parts.push(names.get("default"));
        if (names.has("*")) parts.push(`* as ${names.get("*")}`);
        if (named.length) parts.push(`{ ${named.join(", ")} }`);
        return `import ${parts.join(", ")} from ${literal(this.specifier(file))};`;
    }
    required(file, names, by = "require") {
        const from = `${by}(${literal(this.specifier(file))})`, lines = [];
        const named = [...names].filter(([k]) => k !== "*").map(([k, l]) => (k === l ? k : `${NAME.test(k) ? k : literal(k)}: ${l}`));
        if (names.has("*")) lines.push(`const ${names.get("*")} = ${from};`);
        if (named.length) lines.push(`const { ${named.join(", ")} } = ${from};`);
        return names.size ? lines.join("\n") : `${from};`;
    }
}

function title(event, exception) {
    return `${words(event.issue || "A Sentry event", 80)}: ${words(exception.type, 80)}${exception.value ? `: ${words(exception.value, 120)}` : ""}`;
}

// What tells that the source has changed.
function guarded(kept, setting) {
    if (kept.places) return guarded_parts(kept, setting);
    const rows = kept.folders.map(({ full, options }) => `${literal(setting.place({ full }))}: ${!options ? "null" : options.recursive ? "{ recursive: true }" : "{}"}`);
    return guard_lines(rows, setting.by_url ? "fileURLToPath(new URL(folder, import.meta.url))" : "join(__dirname, folder)", kept);
}

function guarded_parts(kept, setting) {
    const written = ([begin, length, digest]) => `    [${literal(begin)}, ${length}, ${literal(digest)}],`;
    const rows = kept.places.flatMap(({ file, parts }) => [`${literal(setting.place(file))}: [`, ...parts.map(written), "],"]);
    return parts_lines(rows, setting.by_url ? "new URL(name, import.meta.url)" : "join(__dirname, name)", kept);
}

// Whether what the call is given is made by code of the checkout.
function asks_checkout(writer) {
    const own = [...writer.imports.values()].flatMap((i) => [...i.names.values()]);
    return writer.lines.some((line) => own.some((name) => new RegExp(`(?<![\\w$])${name.replace(/\$/g, "\\$")}(?![\\w$])`).test(line)));
}

// What an `error` is known by as the event's.
function signs(exception) {
    const message = (exception.value ?? "").trim();
    const stable = message && plain(message) === message && !message.includes("\n") && message.length < 200 && !message.endsWith("...") && !message.includes("[Filtered]");
    return [`error?.name === ${literal(exception.type)}`, ...(stable ? [`String(error.message).includes(${literal(message)})`] : [])];
}

// Raises what `name` holds again, where it is the event's; skips the test then where the source has changed.
function raising(name, skips, kept) {
    const left = skips ? [`if (${name} && sourceHasChanged())`, `    return t.skip(${literal(`still raised, but ${kept.said}`)});`] : [];
    return [...left, `if (${name}) throw ${name === "again" ? "error" : name};`];
}

// Where what is called was renamed or removed, the test is neither red nor green.
function unfit(trial) {
    const imported = [...trial.writer.imports.values()].flatMap((i) => [...i.names.values()]), called = [trial.target.method, trial.target.inner, ...imported];
    const names = [...new Set(called.filter((name) => name && NAME.test(name)))].map((name) => name.replaceAll("$", "\\$"));
    if (!names.length) return [];
    const any = names.length > 1 ? `(?:${names.join("|")})` : names[0];
    return [`if (/\\b${any} is not a (?:function|constructor)$/.test(error?.message)) t.skip(error.message);`];
}

function caught(tests, skips, kept) {
    const condition = tests.join(" && ");
    if (!skips && condition.length <= 95) return [`if (${condition}) throw error;`];
    const again = condition.length <= 90 ? [`const again = ${condition};`] : ["const again =", ...tests.map((test, i) => `    ${test}${i < tests.length - 1 ? " &&" : ";"}`)];
    return [...again, ...raising("again", skips, kept)];
}

function found(tests) {
    const line = `const raised = errors.find((error) => ${tests.join(" && ")});`;
    if (line.length < 105) return [line];
    return ["const raised = errors.find(", "    (error) =>", ...tests.map((test, i) => `        ${test}${i < tests.length - 1 ? " &&" : ","}`), ");"];
}

// A fix may refuse such input where it is made, such conditions where it is imported: then that is tried, too.
function tried(trial, within, handler) {
    const made = [...within, ...trial.writer.lines], refusable = within.length > 0 || asks_checkout(trial.writer);
    return [
        ...(refusable ? [] : made.map((l) => layout(l, 4))), "try {", ...(refusable ? made : []).map((l) => `    ${layout(l, 8)}`),
        ...(trial.statement() ? [`    ${layout(trial.statement(), 8)};`] : []), "} catch (error) {", ...handler.map((l) => `    ${l}`), "}",
    ];
}

function render(event, exception, trial, conditions, setting, kept = null) {
    const tests = signs(exception), skips = kept && setting.skips_late, within = setting.within(trial), put = new Lines(trial.around, setting.runner, setting);
    const handler = [...caught(tests, skips, kept), ...(setting.skips_late ? unfit(trial) : [])];
    const body = [...lines_of(trial.around, setting.runner), ...put.lines,
        ...(trial.web ? [...trial.body(within), ...found(tests), ...raising("raised", skips, kept)] : tried(trial, within, handler))];
    const attempt = kept && !skips ? ["", "// Jest cannot skip a test that runs.", `const attempt = sourceHasChanged() ? test.skip : test; // ${kept.said}`] : [];
    const given = (setting.skips_late && !trial.web) || skips || ((trial.stops_clock || put.lines.length) && !["vitest", "jest"].includes(setting.runner)) ? "t" : "";
    const waits = trial.waits || within.some((l) => l.includes("await import"));
    const text = [
        ...comment([title(event, exception), "", ...conditions]), "", ...(!setting.imports && setting.kind === "cjs" ? ['"use strict";', ""] : []),
        ...setting.head(trial, kept, put), ...attempt, ...(put.top.length ? ["", ...put.top] : []), "",
        `${attempt.length ? "attempt" : "test"}(${named(trial.title, exception)}, ${waits ? "async " : ""}(${given}) => {`, ...body.map((l) => `    ${l}`), "});",
        ...(trial.helpers?.length ? ["", ...trial.helpers] : []), ...(kept ? ["", ...guarded(kept, setting)] : []),
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
    walk(tree, (n) => {
        if ((n.type === "ImportExpression" && n.source.type !== "Literal") || (n.type === "Identifier" && ["eval", "Function", "process"].includes(n.name))) throw new Error(`${n.name ?? "import()"} in the test`);
        if (n.type === "CallExpression" && n.callee.name === "require" && n.arguments[0]?.type !== "Literal") throw new Error("require in the test");
        if (n.type === "TemplateLiteral" || n.type === "TaggedTemplateExpression") throw new Error("a template in the test");
    });
}

module.exports = { Setting, render, skipped, runner_of, stem };
