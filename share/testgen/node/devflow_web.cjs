"use strict";
// The event's request, made again of an application of express, koa or fastify, or of a handler of node:http, that the checkout exports or
// makes: handed to it as its server would, to fastify by its own inject, so that no server is needed. Frameworks answer an error instead of
// raising it: the test sees what their error handlers get.
const { walk, FUNCTIONS } = require("./devflow_source.cjs");
const { imports_of } = require("./devflow_shapes.cjs");
const { literal, lit, arr, obj } = require("./devflow_values.cjs");
const { Trial } = require("./devflow_trial.cjs");
const { layout } = require("./devflow_text.cjs");

const FILES = 3000, APPLICATIONS = 4, NODES = 2000, LIMIT_MS = 5000;
const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);
const DROPPED = new Set(["host", "content-length", "connection", "authorization", "accept-encoding", "user-agent", "x-forwarded-for", "forwarded", "sentry-trace", "baggage", "traceparent",
    "tracestate", "transfer-encoding", "upgrade", "keep-alive", "te", "trailer", "expect", "cookie", "content-type", "origin", "referer"]);
const HEADER = /^[A-Za-z0-9-]{1,60}$/, PRINTABLE = /^[\x20-\x7e]{0,4000}$/;

// { method, target, type, kept, body, path, lacks } of an event's request: kept are the headers to send, lacks what it has not, or null where it cannot be sent.
function request_of(event) {
    const given = event.request;
    const method = String(given?.method || "GET").toUpperCase();
    if (!given?.url || !METHODS.has(method)) return null;
    let url;
    try {
        url = new URL(given.url, "http://localhost");
    } catch {
        return null;
    }
    let query = given.query_text || url.search.slice(1);
    if (!query && given.query?.length) query = new URLSearchParams(given.query.filter(([, v]) => typeof v === "string")).toString();
    url.search = query === "[Filtered]" ? "" : query;
    const target = url.pathname + url.search;
    const headers = (given.headers ?? []).filter(([k, v]) => typeof v === "string" && HEADER.test(k) && PRINTABLE.test(v)).map(([k, v]) => [k.toLowerCase(), v]);
    const type = headers.find(([k]) => k === "content-type")?.[1] ?? "";
    const kept = headers.filter(([k, v]) => !DROPPED.has(k) && !k.startsWith("sec-") && !v.includes("[Filtered]"));
    const cookies = cookies_of(given);
    if (cookies) kept.push(["cookie", cookies]);
    const body = method === "GET" || method === "HEAD" ? null : body_of(given.data, type);
    return PRINTABLE.test(target) ? { method, target, type, kept, body, path: url.pathname, lacks: lacking(headers, body) } : null;
}

// What of the request the event has not, in words.
function lacking(headers, body) {
    const found = [];
    const of = (name) => headers.find(([k]) => k === name)?.[1];
    if (!body && (Number(of("content-length")) > 0 || of("transfer-encoding"))) found.push("the request had a body, which the event has not");
    if (of("authorization")) found.push("the request's authorization is left out");
    if (headers.some(([, v]) => v.includes("[Filtered]"))) found.push("a header of the request was filtered");
    return found;
}

function cookies_of(given) {
    const pairs = (given.cookies ?? []).filter(([k, v]) => typeof v === "string" && /^[\w.-]{1,60}$/.test(k) && /^[\x21-\x7e]{1,1000}$/.test(v) && !v.includes("[Filtered]"));
    return pairs.map(([k, v]) => `${k}=${v}`).join("; ");
}

// { json: node } or { text }, or null.
function body_of(data, type) {
    let value = data;
    if (value === null || value === undefined || value === "") return null;
    if (typeof value === "string") {
        if (!/json/.test(type)) return { text: value };
        try {
            value = JSON.parse(value);
        } catch {
            return { text: value };
        }
    } else if (/urlencoded/.test(type) && typeof value === "object") return { text: new URLSearchParams(Object.entries(value).map(([k, v]) => [k, String(v)])).toString() };
    const node = node_of(value, { left: NODES });
    return node ? { json: node } : null;
}

function node_of(value, budget) {
    if (--budget.left < 0) return null;
    if (value === null || typeof value !== "object") return lit(value);
    if (Array.isArray(value)) {
        const items = value.map((v) => node_of(v, budget));
        return items.includes(null) ? null : arr(items);
    }
    const props = Object.entries(value).map(([k, v]) => [k, node_of(v, budget)]);
    return props.some((p) => p[1] === null) ? null : obj(props);
}

const FRAMEWORKS = { express: "express", fastify: "fastify", koa: "koa", http: "http", "node:http": "http" };
const LOCAL = { express: ["default", "*"], fastify: ["default", "*", "fastify", "Fastify"], koa: ["default", "*"], http: ["createServer"] };

// What a file calls a framework, and where it makes an application: at its top, or in a function. [{ kind, file, d }]
function makers(checkout, near) {
    const found = [];
    for (const full of checkout.names.slice(0, FILES)) {
        const file = checkout.file(full);
        if (!file || !/\b(?:express|fastify|koa|createServer)\b/.test(file.text) || !file.read().tree) continue;
        const kinds = new Map();
        for (const [local, i] of imports_of(file)) if (LOCAL[FRAMEWORKS[i.file]]?.includes(i.name)) kinds.set(local, FRAMEWORKS[i.file]);
        walk(file.tree, (n) => {
            if (n.type !== "CallExpression" && n.type !== "NewExpression") return;
            const c = n.callee, serves = c.type === "MemberExpression" && c.property.name === "createServer" && FRAMEWORKS[imports_of(file).get(c.object.name)?.file] === "http";
            const direct = c.type === "CallExpression" && c.callee.name === "require" && /^(?:express|fastify)$/.test(c.arguments[0]?.value) ? c.arguments[0].value : null;
            const kind = serves ? "http" : direct ?? kinds.get(c.name);
            if (!kind || (kind === "koa") !== (n.type === "NewExpression")) return;
            const d = file.definitions.filter((x) => x.node.start <= n.start && n.end <= x.node.end).sort((a, b) => b.node.start - a.node.start)[0] ?? null;
            if (!found.some((f) => f.file === file && f.d === d)) found.push({ kind, file, d });
        });
    }
    return found.sort((a, b) => near.has(b.file) - near.has(a.file) || !!a.d - !!b.d);
}

// Whether importing a file starts a server, which would keep the test from ending.
function listens(file) {
    let found = false;
    walk(file.tree, (n) => {
        if (FUNCTIONS.has(n.type) || n.type === "IfStatement" || n.type === "MethodDefinition") return false;
        if (n.type === "CallExpression" && n.callee.type === "MemberExpression" && n.callee.property.name === "listen") found = true;
    });
    return found;
}

// A function that a server of node:http hands its requests to, when the trace begins with it and it is exported.
async function handler_of(job, probe, d) {
    const names = (d?.node.params ?? []).map((p) => p.name ?? "");
    if (!d || d.cls || d.outer || names.length < 2 || !/^_?re?q/.test(names[0]) || !/^_?re?s/.test(names[1])) return [];
    const own = (await job.exported(probe, d.file)).find((e) => !e.cls && !e.app && e.source === d.file && e.line >= d.begin && e.line <= Math.max(d.begin, d.open));
    return own ? [{ kind: "handler", ref: own.ref, d: null }] : [];
}

// Ways to get an application: { kind, ref, d }, where d makes one and takes its parameters; null where it is exported as it is.
async function applications(job, probe, near, first) {
    const found = [], made = makers(job.checkout, near);
    for (const { kind, file, d } of made) {
        if (listens(file)) {
            job.note(`${file.relative} listens when it is imported: export its application from a file that does not`);
            continue;
        }
        const list = await job.exported(probe, file);
        const direct = list.filter((e) => e.app === kind);
        if (!d) {
            for (const e of direct.slice(0, 1)) found.push({ kind, ref: e.ref, d: null });
            if (!direct.length) job.note(`the application of ${file.relative} is not exported`);
            continue;
        }
        const maker = list.find((e) => !e.cls && e.source === file && e.line >= d.begin && e.line <= Math.max(d.begin, d.open));
        if (maker && !d.outer && !d.cls) found.push({ kind, ref: maker.ref, d });
        else if (direct.length) found.push({ kind, ref: direct[0].ref, d: null });
        else job.note(`${d.name || "the function that makes the application"} of ${file.relative} is not exported`);
    }
    if (!found.some((a) => a.kind !== "http")) found.unshift(...(await handler_of(job, probe, first)));
    return found.slice(0, APPLICATIONS);
}

const WATCH = [
    "// The application's error handlers answer instead of raising: what they get is kept as well.",
    "function watch(layers, errors) {",
    "    for (const layer of layers) {",
    "        const { handle } = layer;",
    "        if (handle.stack) watch(handle.stack, errors);",
    "        if (handle.length !== 4) continue;",
    "        layer.handle = (error, request, response, next) => {",
    "            errors.push(error);",
    "            return handle(error, request, response, next);",
    "        };",
    "    }",
    "}",
];
const SEND = [
    "// Hands the application a request as its server would. Resolves when it has answered.",
    "function send(application, { method, url, headers = {}, body = \"\" }) {",
    "    const socket = new Duplex({ read() {}, write: (chunk, encoding, done) => done() });",
    "    const request = new IncomingMessage(socket);",
    "    const length = body ? { \"content-length\": String(Buffer.byteLength(body)) } : {};",
    "    Object.assign(request, { method, url, complete: true, headers: { host: \"localhost\", ...headers, ...length } });",
    "    if (body) request.push(body);",
    "    request.push(null);",
    "    const response = new ServerResponse(request);",
    "    response.assignSocket(socket);",
    "    return new Promise((resolve) => {",
    "        response.once(\"finish\", () => resolve(response)).once(\"close\", () => resolve(response));",
    "        application(request, response);",
    "    });",
    "}",
];
// A handler without a framework raises its errors: here or by its promise.
const RAISE = new Map([["return new Promise((resolve) => {", "return new Promise((resolve, reject) => {"], ["application(request, response);", "Promise.resolve(application(request, response)).catch(reject);"]]);
const SEND_RAISING = SEND.map((line) => line.replace(line.trim(), RAISE.get(line.trim()) ?? line.trim()));
const BUILTINS = [["http", ["IncomingMessage", "ServerResponse"]], ["stream", ["Duplex"]]];

// One request, with what an application is made of as its inputs.
class WebTrial extends Trial {
    constructor(target, slots, at) {
        const { application, request, headers, answered } = target;
        super(target, slots, at, request.lacks);
        Object.assign(this, { web: request, application, answered, waits: true });
        this.d = { name: request.path, async: true, generator: false, cls: null };
        for (const name of ["errors", "watch", "send", "request", "response", "raised", "error", "next", "layer", "socket", "handler", "IncomingMessage", "ServerResponse", "Duplex", "statusCode"]) this.writer.names.add(name);
        const { kind } = application;
        this.helpers = { express: [...WATCH, "", ...SEND], koa: SEND, http: SEND_RAISING, handler: SEND_RAISING }[kind] ?? [];
        this.builtins = kind === "fastify" ? [] : BUILTINS;
        const app = this.made(application), given = this.options(request.headers_of(headers), kind !== "fastify");
        this.lines = this[kind](app, given);
    }
    made({ ref, d }) {
        const w = this.writer, head = w.reach(ref);
        if (!d) return head;
        const given = this.given().map((n) => (n.k === "none" ? "undefined" : w.write(n)));
        while (given[given.length - 1] === "undefined") given.pop();
        const app = w.fresh("app");
        w.lines.push(`const ${app} = ${d.async ? "await " : ""}${head}(${given.join(", ")});`);
        return app;
    }
    options(headers, as_bytes) {
        const { method, target, body } = this.web, parts = [`method: ${literal(method)}`, `url: ${literal(target)}`];
        if (headers.length) parts.push(`headers: ${this.writer.write(obj(headers.map(([k, v]) => [k, lit(v)])))}`);
        const text = body && (body.json ? this.writer.write(body.json) : literal(body.text));
        if (body) parts.push(as_bytes ? `body: ${body.json ? `JSON.stringify(${text})` : text}` : `payload: ${text}`);
        return `{ ${parts.join(", ")} }`;
    }
    express(app, given) {
        const last = ["    errors.push(error);", "    next(error);", "});"];
        return ["const errors = [];", `watch((${app}._router ?? ${app}.router).stack, errors);`, `${app}.use((error, request, response, next) => {`, ...last, ...this.sent(given, (what) => `await send(${app}, ${what});`)];
    }
    koa(app, given) {
        return ["const errors = [];", `${app}.on("error", (error) => errors.push(error));`, ...this.sent(given, (what) => `await send(${app}.callback(), ${what});`)];
    }
    http(app, given) {
        const [errors, ...lines] = this.handler("handler", given);
        return [errors, `const [handler] = ${app}.listeners("request");`, ...lines];
    }
    handler(name, given) {
        return ["const errors = [];", ...this.sent(given, (what) => `await send(${name}, ${what}).catch((error) => errors.push(error));`)];
    }
    fastify(app, given) {
        return ["const errors = [];", `${app}.addHook("onError", async (request, reply, error) => void errors.push(error));`, ...this.sent(given, (what) => `await ${app}.inject(${what});`)];
    }
    // What is long has a line of its own. A fix may be to answer the same error as the client's.
    sent(given, call) {
        const lines = given.length < 70 ? [call(given)] : [`const request = ${given};`, call("request")];
        if (!this.answered) return lines;
        return [...lines.slice(0, -1), `const { statusCode } = ${lines.at(-1)}`, "if (statusCode < 500) errors.length = 0; // the client's error, not the program's"];
    }
    // The body of the test up to where all errors are known. A fix may refuse to make the application under such conditions.
    body(within) {
        const made = [...within, ...this.writer.lines], [errors, ...lines] = this.lines;
        if (!made.length) return this.lines.map((l) => layout(l, 4));
        return [errors, "try {", ...[...made, ...lines].map((l) => `    ${layout(l, 8)}`), "} catch (error) {", "    errors.push(error);", "}"];
    }
    get title() {
        return `${this.web.method} ${this.web.path}`;
    }
    // Of what the handlers got, the first is raised.
    run() {
        return [...this.lines, "if (errors.length) throw errors[0];"];
    }
    request() {
        const asked = super.request();
        return { ...asked, limit_ms: LIMIT_MS, code: [...this.helpers, asked.code].join("\n") };
    }
}

// Whether an application answers its errors: with a status of the server's, unless it answered them with another when the event came to be.
const answers = ({ kind }) => ["express", "fastify", "koa"].includes(kind);

// Ways to send the event's request, as few headers as do first: [request, whether with headers of little import, whether its answer counts].
function requests(event) {
    const given = request_of(event);
    if (!given) return [];
    const headers_of = (all) => [...(given.body && given.type ? [["content-type", given.body.json ? "application/json" : given.type]] : []), ...(all ? given.kept : [])];
    const one = { ...given, headers_of };
    const ways = given.kept.length ? [[one, false], [one, true]] : [[one, false]];
    return [true, false].flatMap((answered) => ways.map((way) => [...way, answered]));
}

module.exports = { answers, applications, requests, WebTrial };
