"use strict";
// The test as text, for the runner that the checkout uses. What comes from the event is written as literals and in comments alone.
const path = require("path");
const { Writer, literal, NAME } = require("./devflow_values.cjs");
const { plain } = require("./devflow_judge.cjs");
const { words } = require("./devflow_world.cjs");
const { layout } = require("./devflow_text.cjs");
const { applied, lines_of } = require("./devflow_conditions.cjs");
const { Lines, NAMES, is_put } = require("./devflow_answers.cjs");
const { lines_of: guard_lines } = require("./devflow_callers.cjs");
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

// One call with its inputs, as code: to be tried, and to stand in the test.
class Trial {
    // target: { ref, method, constructor, getter }; slots and their chosen nodes.
    constructor(d, target, slots, at) {
        Object.assign(this, { d, target, slots });
        this.writer = new Writer();
        const chosen = slots.map((s, i) => s.options[at[i]]);
        this.nodes = chosen;
        const all = [...chosen, ...(target.closure ?? [])];
        this.exact = all.every((n) => all_exact(n));
        this.guessed = [...new Set(all.flatMap((n) => reasons(n)))];
        this.around = chosen.filter((n) => n.k === "around" && n.what);
        if (this.around.some(is_put)) NAMES.forEach((name) => this.writer.names.add(name));
        const own = all.filter((n) => n.k !== "around");
        this.own = { exact: own.every((n) => all_exact(n)), guessed: [...new Set(own.flatMap((n) => reasons(n)))] };
        const w = this.writer;
        for (const s of slots) if (s.name) w.names.delete(s.name);
        const self = slots.findIndex((s) => s.self);
        const head = self >= 0 ? this.receiver(chosen[self], target) : target.maker ? this.closure(target) : w.reach(target.ref);
        const args = [];
        slots.forEach((s, i) => {
            if (s.self || s.closure || s.around) return;
            const n = chosen[i];
            if (s.rest && n.k === "arr") n.items.forEach((item) => args.push(this.argument(item, "")));
            else args.push(n.k === "none" ? null : this.argument(n, s.name));
        });
        while (args.length && args[args.length - 1] === null) args.pop();
        const given = args.map((a) => a ?? "undefined").join(", ");
        this.call = this.driven(target.constructs ? `new ${head}(${given})` : target.getter ? head : `${head}(${given})`);
    }
    receiver(node, target) {
        const text = this.writer.write(node);
        const name = text.startsWith("new ") ? `(${text})` : text;
        return `${name}${NAME.test(target.method) ? `.${target.method}` : `[${literal(target.method)}]`}`;
    }
    closure(target) {
        const given = this.slots.flatMap((s, i) => (s.closure ? [this.argument(this.nodes[i], s.name)] : [])).join(", ");
        return `${target.awaited ? "(await " : ""}${this.writer.reach(target.ref)}(${given})${target.awaited ? ")" : ""}${target.inner ? `.${target.inner}` : ""}`;
    }
    // Long values get a name of their own.
    argument(node, name) {
        const text = this.writer.write(node);
        if (text.length <= 40 || !name || !NAME.test(name)) return text;
        const own = this.writer.fresh(name);
        this.writer.lines.push(`const ${own} = ${text};`);
        return own;
    }
    driven(call) {
        if (this.d.generator && this.d.async) return `for await (const part of ${call}) void part`;
        if (this.d.generator) return `Array.from(${call})`;
        return this.d.async ? `await ${call}` : call;
    }
    get stops_clock() {
        return this.around.some((c) => c.what === "clock");
    }
    get waits() {
        return this.d.async || this.thenable || this.writer.waits;
    }
    statement() {
        return this.thenable && !this.d.async && !this.d.generator ? `await ${this.call}` : this.call;
    }
    before() {
        return before(this);
    }
    // For a probe: the imports, and the body of a function of their names.
    request() {
        const imports = imported(this);
        const call = this.d.async || this.d.generator ? `${this.call};` : `const _value = ${this.call}; if (_value && typeof _value.then === "function") { await _value; return true; }`;
        return { imports, code: [...this.before(), ...this.writer.lines, call].join("\n"), ...applied(this.around) };
    }
    get late() {
        return this.around.some((c) => c.late);
    }
}

// What a probe imports for a trial beforehand: not the checkout's files where something must be in place before they are imported.
function imported(trial) {
    const { builtins } = new Lines(trial.around, "node"), local = (names) => names.map((n) => n.split(" as ")).map(([n, l]) => [n, l ?? n]);
    const own = trial.late ? [] : [...trial.writer.imports].map(([file, i]) => ({ file: file.relative, kind: i.kind, names: [...i.names] }));
    return [...own, ...[...builtins, ...(trial.builtins ?? [])].map(([file, names]) => ({ file, kind: "node", names: local(names.map((n) => n.replace(/^default as /, "* as "))) }))];
}

// What comes before the inputs of a trial, for a probe.
function before(trial) {
    const put = new Lines(trial.around, "node");
    const files = trial.late ? [...trial.writer.imports] : [];
    return [...put.top, ...put.lines, ...files.flatMap(([file, i]) => [...i.names].map(([key, local]) => `const ${local} = await reached(${[file.relative, i.kind, key].map(literal).join(", ")});`))];
}

function all_exact(n) {
    return n.exact !== false && inner(n).every(all_exact);
}
function reasons(n) {
    return [...(n.exact === false && n.why ? [n.why] : []), ...inner(n).flatMap(reasons)];
}
function inner(n) {
    return require("./devflow_values.cjs").children(n);
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
        let from = path.relative(this.folder, file.full).split(path.sep).join("/");
        if (!from.startsWith(".")) from = "./" + from;
        return file.typed && (this.runner === "vitest" || this.runner === "jest") ? from.replace(/\.[cm]?tsx?$/, "") : from;
    }
    // How a file's text is reached from the test.
    place(file) {
        const from = path.relative(this.folder, file.full).split(path.sep).join("/");
        return from.startsWith(".") ? from : "./" + from;
    }
    get by_url() {
        return this.kind === "esm" || this.runner === "vitest" || (this.imports && this.runner !== "jest");
    }
    // How a test is left out whose call may still raise the error while it is no fault: as it runs, but for Jest, which can only not begin it.
    get skips_late() {
        return this.runner !== "jest";
    }
    head(trial, kept, put) {
        const lines = [];
        if (this.runner === "probe") lines.push("const test = globalThis.devflow_test;");
        else if (this.runner === "node") lines.push(this.imports ? 'import test from "node:test";' : 'const test = require("node:test");');
        else if (this.runner === "vitest") lines.push(`import { ${[...(put?.lines.length ? ["onTestFinished"] : []), "test", ...(trial?.stops_clock || put?.mocked ? ["vi"] : [])].join(", ")} } from "vitest";`);
        else if (this.imports && (trial?.stops_clock || put?.mocked)) lines.push('import { jest } from "@jest/globals";');
        const used = new Map(), env = trial?.around.some((c) => !is_put(c)) ? [["process", ["env"]]] : [];
        for (const [from, names] of [...(trial?.builtins ?? []), ...(put?.builtins ?? []), ...env, ...(kept ? this.reading() : [])]) used.set(from, [...new Set([...(used.get(from) ?? []), ...names])].sort());
        lines.unshift(...[...used].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([from, names]) => this.builtin(from, names)));
        const required = [], imported = [];
        for (const [file, i] of trial?.writer.imports ?? []) {
            const use = this.by_import(file, i);
            (use ? imported : required).push(use ? this.imported(file, i.names) : this.required(file, i.names));
        }
        if (required.length && this.imports) lines.unshift('import { createRequire } from "node:module";');
        if (!trial?.late) lines.push(...imported);
        if (required.length && this.imports) lines.push("", "const require = createRequire(import.meta.url);");
        return trial?.late ? lines : [...lines, ...required];
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
    reading() {
        return [["crypto", ["createHash"]], ["fs", ["readFileSync", "readdirSync", "statSync"]], ["path", ["join"]], ...(this.by_url ? [["url", ["fileURLToPath"]]] : [])];
    }
    imported(file, names) {
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
        return lines.join("\n");
    }
}

const comment = (lines) => lines.map((l) => (l ? `// ${l}` : "//"));

function title(event, exception) {
    return `${words(event.issue || "A Sentry event", 80)}: ${words(exception.type, 80)}${exception.value ? `: ${words(exception.value, 120)}` : ""}`;
}

// What tells that the source has changed.
function guarded(kept, setting) {
    if (!kept) return [];
    const rows = kept.folders.map(({ full, options }) => `    ${literal(setting.place({ full }))}: ${options.recursive ? "{ recursive: true }" : "{}"},`);
    const root = setting.by_url ? "fileURLToPath(new URL(folder, import.meta.url))" : "join(__dirname, folder)";
    return ["", `// ${kept.why}, so the call may go on failing after a fix. Whether there was one, these say:`, "const WHERE_A_FIX_MAY_BE = {", ...rows, "};", "",
        ...guard_lines(root, literal(kept.digest))];
}

// Whether what the call is given is made by code of the checkout.
function asks_checkout(writer) {
    const own = [...writer.imports.values()].flatMap((i) => [...i.names.values()]);
    return writer.lines.some((line) => own.some((name) => new RegExp(`(?<![\\w$])${name.replace(/\$/g, "\\$")}(?![\\w$])`).test(line)));
}

function render(event, exception, trial, conditions, setting, kept = null) {
    const name = trial.title ?? `${trial.d.cls && trial.d.kind !== "constructor" ? trial.d.cls.name + "." : ""}${trial.d.name}`;
    const message = (exception.value ?? "").trim();
    const stable = message && plain(message) === message && !message.includes("\n") && message.length < 200 && !message.endsWith("...") && !message.includes("[Filtered]");
    const tests = [`error?.name === ${literal(exception.type)}`];
    if (stable) tests.push(`String(error.message).includes(${literal(message)})`);
    const condition = tests.join(" && ");
    const late = kept && setting.skips_late, said = kept ? literal(`${name} still raises this, but ${kept.said}`) : "";
    const left = late ? ["if (sourceHasChanged()) {", `    t.skip(${said});`, "    return;", "}"] : [];
    const raised = late ? [" {", ...left.map((l) => `        ${l}`), "        throw error;", "    }"] : null;
    const early = kept && !late ? ["", "// Jest cannot skip a test that runs.", `const attempt = sourceHasChanged() ? test.skip : test; // ${kept.said}`] : [];
    const strict = !setting.imports && setting.kind === "cjs" ? ['"use strict";', ""] : [];
    const within = setting.within(trial);
    // A fix may refuse such input where it is made, such conditions where it is imported.
    const refusable = within.length > 0 || asks_checkout(trial.writer);
    const body = trial.body?.(condition, left, within) ?? [
        ...(refusable ? [] : trial.writer.lines.map((l) => layout(l, 4))),
        "try {",
        ...(refusable ? [...within, ...trial.writer.lines].map((l) => "    " + layout(l, 8)) : []),
        "    " + layout(trial.statement(), 8) + ";",
        "} catch (error) {",
        ...(condition.length > 95 ? ["    if (", `        ${tests[0]} &&`, `        ${tests[1]}`, ...(raised ? ["    )" + raised[0], ...raised.slice(1)] : ["    )", "        throw error;"])]
            : raised ? [`    if (${condition})` + raised[0], ...raised.slice(1)] : [`    if (${condition}) throw error;`]),
        "}",
    ];
    const put = new Lines(trial.around, setting.runner, setting);
    body.unshift(...lines_of(trial.around, setting.runner), ...put.lines);
    const given = late || ((trial.stops_clock || put.lines.length) && !["vitest", "jest"].includes(setting.runner)) ? "t" : "";
    const wait = trial.waits || trial.call.startsWith("for await") || trial.call.includes("(await ") || within.some((l) => l.includes("await import"));
    const text = [
        ...comment([title(event, exception), "", ...conditions]), "", ...strict, ...setting.head(trial, kept, put), ...guarded(kept, setting), ...early, ...(put.top.length ? ["", ...put.top] : []), "",
        `${early.length ? "attempt" : "test"}(${literal(`${name} no longer raises ${exception.type || "an error"}`.slice(0, 120))}, ${wait ? "async " : ""}(${given}) => {`,
        ...body.map((l) => l.split("\n").map((part, i) => (i === 0 ? "    " + part : part)).join("\n")), "});", ...(trial.helpers?.length ? ["", ...trial.helpers] : []),
    ].join("\n") + "\n";
    check(text, setting);
    return text;
}

function skipped(event, exception, name, reason, add, conditions, setting) {
    const doc = [title(event, exception), "", "This could not be reproduced, so there is no test of it yet.", words(reason, 600), ...add.map((a) => `- ${words(a, 400)}`), "", ...conditions];
    const what = literal(`${name || "the program"} no longer raises ${exception.type || "an error"}`.slice(0, 120));
    const call = setting.runner === "node" ? `test(${what}, { skip: ${literal(words(reason, 300))} }, () => {` : `test.skip(${what}, () => {`;
    const text = [...comment(doc), "", ...setting.head(null), "", call, `    throw new Error(${literal(words(add.join("; "), 400) || "nothing is called yet")});`, "});"].join("\n") + "\n";
    check(text, setting);
    return text;
}

// The file parses, and runs no text: whatever was in the event, it is in literals and comments.
function check(text, setting) {
    const tree = parse(text);
    if (!tree) throw new Error("the test does not parse");
    walk(tree, (n) => {
        if ((n.type === "ImportExpression" && n.source.type !== "Literal") || (n.type === "Identifier" && ["eval", "Function", "process"].includes(n.name))) throw new Error(`${n.name ?? "import()"} in the test`);
        if (n.type === "CallExpression" && n.callee.name === "require" && n.arguments[0]?.type !== "Literal") throw new Error("require in the test");
        if (n.type === "TemplateLiteral" || n.type === "TaggedTemplateExpression") throw new Error("a template in the test");
    });
    return setting;
}

module.exports = { layout, imported, before, all_exact, reasons, Trial, Setting, render, skipped, runner_of, stem, snake };
