"use strict";
// Runs code of the checkout and says what was raised, where, and with which values. One request a line on standard input, one answer a line
// on descriptor 3. Whoever started it ends it when an answer takes too long.
const fs = require("fs");
const path = require("path");
const inspector = require("inspector");
const Module = require("module");
const { pathToFileURL, fileURLToPath } = require("url");
const { Types } = require("./devflow_types.cjs");
const { last_name } = require("./devflow_source.cjs");

const session = new inspector.Session();
session.connect();
const AsyncFunction = (async () => {}).constructor;
const LIMIT_MS = 1500, TURN_MS = 100, FRAMES = 400, TEXT = 4000;
let root = "", maps = new Map(), scripts = new Map(), loaded = new Map();
const answer = (what) => fs.writeSync(3, JSON.stringify(what) + "\n");
class Exit extends Error {}

function ask(method, params) {
    let out = null;
    session.post(method, params, (error, result) => (out = error ? null : result));
    return out;
}

function inside(file) {
    return file.startsWith(root + path.sep) && !file.includes(`${path.sep}node_modules${path.sep}`);
}

function relative(file) {
    return path.relative(root, file).split(path.sep).join("/");
}

// A place as the source on disk has it.
function placed(file, line, column) {
    const entry = maps.get(file)?.findEntry(line - 1, Math.max(0, column - 1));
    return entry?.originalLine !== undefined ? { line: entry.originalLine + 1, column: entry.originalColumn + 1 } : { line, column };
}

// The frames of a stack as Sentry's SDK reads them, outermost first, of the checkout alone.
function frames_of(stack) {
    const found = [];
    for (const line of (stack ?? "").split("\n").slice(0, FRAMES)) {
        const m = /^\s*at (?:(.*?) \()?(?:async )?(?:file:\/\/)?(\/.*?):(\d+):(\d+)\)?$/.exec(line);
        if (!m) continue;
        const file = decoded(m[2]);
        if (!inside(file)) continue;
        found.push({ file: relative(file), name: last_name(m[1] ?? "?"), full: m[1] ?? "", ...placed(file, Number(m[3]), Number(m[4])) });
    }
    return found.reverse();
}

function decoded(file) {
    try {
        return file.includes("%") ? fileURLToPath("file://" + file) : file.replace(/\?.*$/, "");
    } catch {
        return file;
    }
}

// Where functions that a module exports stand, by the paths of names that lead to them.
async function exported(file, kind) {
    const imported = { clock: false, env: [], net: [], files: [] }, back = surrounded([], imported, true);
    const top = await load(file, kind).finally(back);
    const found = [], seen = new Set();
    const visit = (value, names, depth) => {
        if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value) || depth > 3 || found.length > 2000) return;
        seen.add(value);
        const app = application(value);
        if (app) return void found.push({ path: names, name: "", cls: false, app });
        if (typeof value === "function") found.push({ path: names, name: value.name, cls: /^class\b/.test(Function.prototype.toString.call(value)), ...location(value) });
        for (const [holder, step] of [[value, []], ...(typeof value === "object" && depth ? [[Object.getPrototypeOf(value), []]] : [])]) {
            if (!holder || holder === Object.prototype || holder === Function.prototype || holder === Array.prototype) continue;
            for (const key of Object.getOwnPropertyNames(holder).slice(0, 300)) {
                if (["prototype", "constructor", "length", "name", "caller", "callee", "arguments"].includes(key)) continue;
                const p = Object.getOwnPropertyDescriptor(holder, key);
                const inner = "value" in p ? p.value : value === top ? value[key] : null;
                visit(inner, [...names, ...step, key], depth + 1);
            }
        }
    };
    visit(top, [], 0);
    return { exports: found, imported };
}

// What a framework's application is known by.
function application(value) {
    const has = (...names) => names.every((n) => typeof value[n] === "function");
    try {
        if (typeof value === "function") return "handle" in value && has("handle", "use", "listen", "set") ? "express" : null;
        if (value instanceof require("http").Server) return "http";
        if ("callback" in value && has("callback", "use", "listen", "createContext")) return "koa";
        return "inject" in value && has("inject", "addHook", "ready") ? "fastify" : null;
    } catch {
        return null;
    }
}

function location(fn) {
    globalThis.__devflow_function = fn;
    const id = ask("Runtime.evaluate", { expression: "globalThis.__devflow_function", objectGroup: "devflow" })?.result.objectId;
    const place = ask("Runtime.getProperties", { objectId: id, ownProperties: true })?.internalProperties?.find((p) => p.name === "[[FunctionLocation]]")?.value?.value;
    ask("Runtime.releaseObjectGroup", { objectGroup: "devflow" });
    delete globalThis.__devflow_function;
    const url = place && scripts.get(place.scriptId);
    if (!url) return {};
    const file = url.startsWith("file:") ? fileURLToPath(url) : url;
    return { file: inside(file) ? relative(file) : null, ...placed(file, place.lineNumber + 1, place.columnNumber + 1) };
}

// Whether a file of the checkout asks: the first that is not this one.
function inside_caller() {
    const line = String(new Error().stack).split("\n").slice(1).find((l) => !l.includes("devflow_probe.cjs") && !l.includes("Reflect."));
    const at = /\(?(?:file:\/\/)?(\/.*?):\d+:\d+\)?$/.exec(line ?? "");
    return Boolean(at && inside(decoded(at[1])));
}

async function load(file, kind) {
    if (kind === "node") return require(file);
    const full = path.resolve(root, file);
    if (!loaded.has(full)) loaded.set(full, kind === "cjs" ? Module.createRequire(full)(full) : await import(pathToFileURL(full).href + anew()));
    return loaded.get(full);
}

// An ES module is read again by another URL, and so is what it imports of the checkout.
const RESOLVE = (root) => `export async function resolve(name, context, next) {
    const found = await next(name, context), by = context.parentURL?.startsWith(${root}) ? new URL(context.parentURL).search : "";
    const again = by && found.url.startsWith(${root}) && !found.url.includes("/node_modules/") && !found.url.includes("?");
    return again ? { ...found, url: found.url + by } : found;
}`;
let times = 0, resolves = false;
function anew() {
    if (!times || !Module.register) return "";
    if (!resolves) Module.register(`data:text/javascript,${encodeURIComponent(RESOLVE(JSON.stringify(pathToFileURL(root).href + "/")))}`);
    resolves = true;
    return `?${times}`;
}

// The checkout's files are read again: what an earlier trial left in them is no part of this one.
function forget() {
    for (const full of Object.keys(Module._cache)) if (inside(full)) delete Module._cache[full];
    for (const full of loaded.keys()) if (inside(full)) loaded.delete(full);
    times++;
}

// Whether a live value is what the event says: undefined where it cannot be told.
function agrees(said, live, depth = 0) {
    if (depth > 3) return undefined;
    if (typeof said === "string") {
        if (/^<.*>$|^\[.*\]$/s.test(said)) return /^<(?:undefined|null|NaN)>$/.test(said) ? said === `<${live}>` : undefined;
        return typeof live === "string" ? said === live : false;
    }
    if (typeof said === "number" || typeof said === "boolean") return said === live;
    if (Array.isArray(said)) return Array.isArray(live) ? (said.length < 10 ? said.length === live.length : live.length >= 10) : false;
    if (said && typeof said === "object") {
        if (!live || typeof live !== "object") return false;
        return Object.entries(said).every(([k, v]) => v === null || agrees(v, live[k], depth + 1) !== false);
    }
    return undefined;
}

// [[live, said]] of the simple values that differ.
function differences(said, live) {
    const simple = (v) => typeof v === "string" || typeof v === "number";
    if (simple(said)) return simple(live) && said !== live && !/^[<[]/.test(said) ? [[live, said]] : [];
    return said && live && typeof said === "object" && typeof live === "object" ? Object.keys(said).flatMap((k) => (said[k] && typeof said[k] === "object" ? [] : differences(said[k], live[k]))) : [];
}

// The variables of the frames where it was thrown, as the event's were taken.
class Watch {
    constructor(watched) {
        this.watched = watched;
        this.disagree = [];
        this.last = null;
    }
    begin() {
        if (!this.watched?.length) return;
        session.on("Debugger.paused", this.paused);
        ask("Debugger.setPauseOnExceptions", { state: "all" });
    }
    end() {
        if (!this.watched?.length) return;
        ask("Debugger.setPauseOnExceptions", { state: "none" });
        session.off("Debugger.paused", this.paused);
    }
    paused = ({ params }) => {
        try {
            const left = [...this.watched];
            this.last = params.callFrames.slice(0, 30).map((f) => this.frame(f, left)).filter(Boolean);
        } catch {
            this.last = null;
        }
        session.post("Debugger.resume");
    };
    // left: the frames to compare with; a function that calls itself has several, of which the last is the innermost.
    frame(f, left) {
        const url = scripts.get(f.location.scriptId) ?? "";
        const file = url.startsWith("file:") ? fileURLToPath(url) : url;
        const at = inside(file) ? left.findLastIndex((w) => w.file === relative(file) && w.name === last_name(f.functionName || "?")) : -1;
        const [said] = at < 0 ? [] : left.splice(at, 1);
        const scope = said && f.scopeChain.find((s) => s.type === "local");
        if (!scope) return null;
        const live = {};
        for (const p of ask("Runtime.getProperties", { objectId: scope.object.objectId, ownProperties: true })?.result ?? [])
            if (Object.hasOwn(said.vars, p.name) && p.value) live[p.name] = this.value(p.value);
        const others = Object.entries(said.vars).filter(([k, v]) => k in live && agrees(v, live[k]) === false);
        return { names: others.map(([k]) => `${said.name}: ${k}`), values: others.flatMap(([k, v]) => differences(v, live[k])) };
    }
    value(v) {
        if ("value" in v) return v.value;
        if (v.type === "undefined") return undefined;
        if (v.unserializableValue === "NaN") return NaN;
        if (v.className !== "Array" && v.className !== "Object") return v.description;
        const list = ask("Runtime.getProperties", { objectId: v.objectId, ownProperties: true })?.result ?? [];
        const into = v.className === "Array" ? [] : {};
        for (const p of list) if (p.name !== "length" && p.value) into[p.name] = "value" in p.value ? p.value.value : undefined;
        return into;
    }
    said() {
        const all = this.last ?? [];
        return { disagree: all.flatMap((f) => f.names), differ: all.flatMap((f) => f.values) };
    }
}

function outcome(error, watch) {
    if (error instanceof Exit) return { raised: null, exit: true };
    const is = error !== null && typeof error === "object" && "stack" in error;
    const message = String(is ? error.message ?? "" : error);
    return {
        raised: {
            type: is ? String(error.name) : "Error", cls: is ? error.constructor?.name : "", message: message.slice(0, TEXT),
            frames: frames_of(is ? String(error.stack) : ""), ...watch.said(), causes: causes_of(error),
        },
    };
}

// What an error says that it came from: its cause, or the errors that it gathers.
function causes_of(error) {
    const linked = error && typeof error === "object" ? [error.cause, ...(Array.isArray(error.errors) ? error.errors.slice(0, 10) : [])] : [];
    return linked.filter((e) => e instanceof Error).map((e) => ({ type: String(e.name), cls: e.constructor?.name ?? "", message: String(e.message).slice(0, TEXT) }));
}

// Files that a trial asks for and that are not there.
let missed = null, home = "";
function watch_files() {
    const exists = fs.existsSync, { promises } = fs;
    const wrap = (holder, name, by) => {
        const real = holder[name];
        holder[name] = Object.assign(function (file, ...rest) {
            const full = missed && (file instanceof URL && file.protocol === "file:" ? fileURLToPath(file) : String(file));
            // What is in the current folder is named within it; in the one of before, it was so when a module was imported.
            const base = missed && [process.cwd(), home].find((f) => full.startsWith(f + path.sep)), path_ = base ? full.slice(base.length + 1) : full;
            const known = missed?.some((m) => m.path === path_ && m.by === by && !m.early);
            if (missed && ["string", "object"].includes(typeof file) && !known && missed.length < 20 && !exists(full)) missed.push({ path: path_, by, url: file instanceof URL, early: Boolean(base) && base !== process.cwd() });
            return Reflect.apply(real, this, [file, ...rest]);
        }, real);
    };
    for (const name of ["readFileSync", "readFile", "openSync", "open", "existsSync", "statSync", "stat", "accessSync", "access", "createReadStream"]) {
        wrap(fs, name, name);
        if (typeof promises[name] === "function") wrap(promises, name, `promises.${name}`);
    }
    Module.syncBuiltinESMExports();
}

// Servers that a trial asks, none of which can be reached. Returns what puts all back.
function unreachable(seen) {
    const http = require("http"), https = require("https"), { fetch } = globalThis, before = [http, https].map((m) => m.Agent.prototype.createConnection);
    const path_of = (url) => (URL.canParse(url) ? new URL(url).pathname : "");
    globalThis.fetch = async (asked) => {
        seen.net.push(["fetch", path_of(asked?.url ?? String(asked))]);
        throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
    };
    for (const m of [http, https])
        m.Agent.prototype.createConnection = (options, done) => {
            seen.net.push(["http", ""]);
            done(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
        };
    return () => {
        globalThis.fetch = fetch;
        [http, https].forEach((m, i) => (m.Agent.prototype.createConnection = before[i]));
    };
}

// Puts the conditions of a trial in place and keeps what it asks for. Returns what puts all back.
// own: what the checkout's own files ask for alone, not what they are made with.
function surrounded(around, seen, own = false) {
    const real = Date, { env } = process, before = new Map();
    const set = (name, value) => {
        if (!before.has(name)) before.set(name, env[name]);
        if (value === undefined) delete env[name];
        else env[name] = value;
    };
    const clock = around.find((c) => c.what === "clock");
    if (clock) set("TZ", clock.zone);
    for (const c of around) if (c.what === "variable") set(c.name, c.value);
    const begun = real.now();
    const counts = () => !own || inside_caller();
    const now = () => (counts() && (seen.clock = true), clock ? clock.at + (clock.runs ? real.now() - begun : 0) : real.now());
    globalThis.Date = new Proxy(real, {
        construct: (target, given, self) => Reflect.construct(target, given.length ? given : [now()], self),
        apply: () => new real(now()).toString(),
        get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
    });
    const asked = (name) => typeof name === "string" && (env[name] === undefined || before.has(name)) && !seen.env.includes(name) && counts() && seen.env.push(name);
    process.env = new Proxy(env, { get: (target, name) => (asked(name), target[name]), has: (target, name) => (asked(name), name in target) });
    const reachable = unreachable(seen);
    missed = seen.files;
    return () => {
        missed = null;
        reachable();
        globalThis.Date = real;
        process.env = env;
        for (const [name, value] of before) set(name, value);
    };
}

// What node:test hands to a test.
function context() {
    const undo = [];
    let mock = null;
    return {
        skip() {},
        after: (fn) => undo.push(fn),
        get mock() {
            return (mock = require("node:test").mock);
        },
        over() {
            undo.reverse().forEach((fn) => fn());
            mock?.restoreAll();
        },
    };
}

const member = (top, key, kind) => (key === "*" ? top : top[key] === undefined && kind === "esm" && top.default ? top.default[key] : top[key]);

async function trial(request) {
    const names = [], values = [];
    if (request.fresh) forget();
    for (const i of request.imports) {
        const top = await load(i.file, i.kind);
        for (const [key, local] of i.names) names.push(local), values.push(member(top, key, i.kind));
    }
    const watch = new Watch(request.watch);
    const reached = async (file, kind, key) => member(await load(file, kind), key, kind);
    const run = new AsyncFunction("t", "reached", ...names, request.code), seen = { clock: false, env: [], net: [], files: [] }, test = context();
    const back = request.watch || request.observe || request.around?.length ? surrounded(request.around ?? [], seen, request.own) : () => {};
    let timer;
    try {
        const late = new Promise((_, no) => (timer = setTimeout(() => no(new Exit()), request.limit_ms ?? LIMIT_MS)));
        watch.begin();
        const value = await Promise.race([run(test, reached, ...values), late]);
        return { raised: null, thenable: Boolean(value), seen };
    } catch (error) {
        watch.end();
        return { ...outcome(error, watch), seen };
    } finally {
        watch.end();
        test.over();
        back();
        clearTimeout(timer);
    }
}

// The finished test, with a runner that only keeps what it is given.
async function run_test(request) {
    const tests = [];
    globalThis.devflow_test = (name, fn) => tests.push(fn);
    const watch = new Watch(request.watch);
    try {
        if (request.file.endsWith(".cjs")) Module.createRequire(request.file)(request.file);
        else await import(pathToFileURL(request.file).href);
        watch.begin();
        for (const fn of tests) await Promise.race([fn(context()), new Promise((_, no) => setTimeout(() => no(new Exit()), 8000))]);
        return { raised: null };
    } catch (error) {
        watch.end();
        return outcome(error, watch);
    }
}

async function serve(request) {
    try {
        if (request.exports) return await exported(request.exports, request.kind);
        return request.file ? await run_test(request) : await trial(request);
    } catch (error) {
        return { problem: `${error?.name}: ${error?.message}`.slice(0, 300) };
    }
}

async function main() {
    const lines = require("readline").createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const setting = JSON.parse((await lines.next()).value);
    root = fs.realpathSync(setting.source);
    session.on("Debugger.scriptParsed", ({ params }) => scripts.set(params.scriptId, params.url));
    ask("Debugger.enable");
    Error.stackTraceLimit = 200;
    process.argv = [process.argv[0], "test"];
    process.exit = process.reallyExit = () => {
        throw new Exit("exit");
    };
    process.on("uncaughtException", () => {});
    process.on("unhandledRejection", () => {});
    process.chdir(setting.folder);
    home = process.cwd();
    watch_files();
    const types = new Types(root);
    if (setting.types && !types.native) maps = types.hook();
    answer({ ready: true });
    setInterval(() => fs.writeSync(3, "\n"), TURN_MS);
    for (let line = await lines.next(); !line.done; line = await lines.next()) answer(await serve(JSON.parse(line.value)));
    process.kill(process.pid, "SIGKILL");
}

main();
