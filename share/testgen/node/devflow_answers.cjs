"use strict";
// What servers answered and files held, put back in a test: which were asked and with what status, as breadcrumbs say, and which files a run
// asked for; what was in them, see devflow_contents.cjs. The program's own client is used up to where it would open a connection.
const fs = require("fs");
const path = require("path");
const stream = require("stream");
const { walk } = require("./devflow_source.cjs");
const { literal } = require("./devflow_values.cjs");
const { Contents, content, written, value_of } = require("./devflow_contents.cjs");
const { Verdict } = require("./devflow_judge.cjs");
const { layout } = require("./devflow_text.cjs");

const DEFINITIONS = 40, CHECKOUT = 400, COMMON = new Set(["set", "map", "push", "then", "on", "json", "text", "toString", "slice", "join", "filter", "end"]);
const URLS = 4, FILES = 3, OWN_BYTES = 2000, SCOUTS = 4, OTHERS = ["", "{}", "[1,2]", "<title>Error</title>"];
const CAN_CONNECT = typeof stream.duplexPair === "function"; // of Node 20.17
const EMPTY = new Set([204, 205, 304]); // have no body
const WORDS = { fetch: /\bfetch\(/, http: /["'](?:node:)?https?["']|["'](?:axios|got|node-fetch|superagent|undici|follow-redirects)["']/ };

const around = (what, more) => ({ k: "around", what, exact: true, why: "", ...more });
// seen: whether a breadcrumb says that it was answered.
const answer = (clients, asked, status, c, seen) => around("answer", { clients, asked, status, content: c, seen, ...(c.exact && seen ? {} : { exact: false, why: "what a server answered is not all in the event" }) });
// place: see places_of. A fixed path is answered from elsewhere, before modules take the functions that read.
const file = (place, c) => around("file", { path: place.path, place, late: place.late, content: c, ...(c.exact ? {} : { exact: false, why: `what ${place.inside || place.path} held is not in the event` }) });
const refilled = (n, c) => (n.what === "file" ? file(n.place, c) : answer(n.clients, n.asked, n.status, c, n.seen));
const nobody = (clients) => around("nobody", { clients, exact: false, why: "that no server answered is not in the event" });
const folder = () => around("folder", {});

function said(c) {
    if (c.what === "nobody") return "No server can be reached.";
    if (c.what === "folder") return "The current folder is empty.";
    const how = c.content.told || (c.content.any ? "whatever its text" : "what it said was found by running the program");
    if (c.what === "file") return `${c.place.inside || c.path} is put back in a folder of the test's own, ${how.replace("what it said", "what it held")}.`;
    return `${c.asked ? `${c.asked} is answered` : "Every server answers"} ${c.status}, ${how}.`;
}

// [{ asked, url, status }] of the breadcrumbs, the last of each method and path, in their order.
function asked_before(event) {
    const found = new Map();
    for (const crumb of event.breadcrumbs ?? []) {
        const { data } = crumb;
        if (!data || typeof data !== "object" || !(["http", "fetch", "xhr", "undici"].includes(crumb.category) || crumb.type === "http")) continue;
        const text = data.url ?? data["http.url"], method = data.method ?? data["http.method"] ?? "GET";
        const status = Number(data.status_code ?? data["http.response.status_code"] ?? data["http.status_code"]);
        const url = typeof text === "string" && /^https?:\/\/[\x21-\x7e]{1,400}$/.test(text) && URL.canParse(text) ? new URL(text) : null;
        if (!url || !/^[A-Z]{3,7}$/.test(method) || !(status >= 200 && status < 600)) continue;
        const asked = `${method} ${url.pathname}`;
        found.delete(asked);
        found.set(asked, { asked, url, status });
    }
    return [...found.values()].slice(-URLS);
}

// Addresses of servers that a made-up one may be.
const addresses_of = (event) => [...new Set(asked_before(event).map((a) => a.url.origin))].slice(0, 2);

function clients_of(seen, way) {
    if (seen.size) return [...seen].sort();
    const text = [...new Set(way.map((d) => d.file))].map((f) => f.text).join("\n");
    return Object.keys(WORDS).filter((k) => WORDS[k].test(text));
}

// Whether a file may be put in the place of another, or below a test's folder: nothing leads out of that.
const can_be_put = (path) => /^[\x20-\x7e]{1,300}$/.test(path) && !/^[A-Za-z]:|\\|\/$|^\/(?:proc|sys|dev)\/|\/node_modules\/|\.[cm]?[jt]s$|(?:^|\/)package\.json$/.test(path) && !path.split("/").includes("..");

// What a run asked for, into { path, by, inside, fixed, url, late } by path: by which functions of fs, its place in the checkout, whether the path is absolute, asked
// for by a URL, or made while a module was imported. words: what an absolute path must be said in, or it is this machine's alone. Returns what is new.
function places_of(files, source, words, found) {
    const fresh = [];
    for (const { path: asked, by, url, early } of files.filter((f) => can_be_put(f.path))) {
        const fixed = asked.startsWith("/"), inside = asked.startsWith(source + "/") ? asked.slice(source.length + 1) : "";
        if (fixed && !inside && !words.includes(asked.split("/").slice(0, 3).join("/"))) continue;
        const place = found.get(asked) ?? { path: asked, by: [], inside, fixed, url: false, late: fixed };
        if (!found.has(asked) && found.size >= FILES) continue;
        if (!found.has(asked) || !place.by.includes(by) || (early && !place.late)) fresh.push(place);
        found.set(asked, place);
        place.url ||= url;
        place.late ||= Boolean(early);
        if (!place.by.includes(by)) place.by.push(by);
    }
    return fresh;
}

// The checkout's own file of a relative path: a program runs in its root, for the most part.
function own_file({ fixed, path: name }, source) {
    const full = path.join(source, name);
    if (fixed || !fs.existsSync(full) || !fs.statSync(full).isFile() || fs.statSync(full).size > OWN_BYTES) return [];
    return [content(fs.readFileSync(full, "utf8"), "as the checkout has it", true)];
}

// Those and the methods of the checkout that they call, as far as names tell: a client is often handed on.
function further({ checkout, shapes }, way) {
    const found = [...way];
    for (let i = 0; i < found.length && found.length < DEFINITIONS; i++) {
        const names = new Set();
        walk(found[i].node, (n) => void (n.type === "CallExpression" && n.callee.type === "MemberExpression" && !n.callee.computed && names.add(n.callee.property.name)));
        for (const full of checkout.names.slice(0, CHECKOUT)) {
            const f = checkout.file(full), words = [...names].filter((name) => name && !COMMON.has(name) && f?.text.includes(name));
            const methods = words.length ? f.read().definitions.filter((d) => words.includes(d.name) && (d.cls || !d.outer)) : [];
            for (const d of methods.flatMap((m) => [m, ...shapes.called_by(m)])) if (!found.includes(d) && found.length < DEFINITIONS) found.push(d);
        }
    }
    return found;
}

// Slots for what a call asks for: it is called as it is first, to see what.
async function slots_of(given) {
    const { job, inputs, way, exception, slots, run } = given, { event } = job;
    const crumbs = asked_before(event), found = [], paths = new Map(), net = new Set(), urls = new Set();
    const words = [JSON.stringify(event), ...new Set(way.map((d) => d.file.text))].join("\n");
    let contents = null, asks = false;
    const all = () => (contents ??= new Contents(job.shapes, further(job, way), inputs, event, exception)).all();
    const add = (options, make) => found.push({ name: "", around: true, options, onward: (n) => (n.content ? contents.onward(n.content).map(make) : []), smaller: (n) => (n.content ? [...contents.smaller(n.content)].map(make) : []) });
    const servers = () => {
        const clients = clients_of(net, way).filter((c) => c !== "http" || CAN_CONNECT);
        if (!clients.length) return;
        asks = true;
        const keyed = crumbs.length > 1 && (!urls.size || [...urls].some((u) => crumbs.some((c) => c.url.pathname === u)));
        const told = Number(/(?<![\d.])([2-5]\d\d)(?![\d.])/.exec(exception.value ?? "")?.[1] ?? 200);
        for (const crumb of keyed ? crumbs : crumbs.length ? crumbs.slice(-1) : [{ asked: null, status: told }]) {
            const make = (c) => answer(clients, keyed ? crumb.asked : null, crumb.status, c, crumbs.length > 0);
            const options = [...(crumb.status >= 400 ? [content("")] : []), ...all()].map(make);
            add(crumbs.length ? options : [nobody(clients), ...options], make);
        }
    };
    for (let i = 0; i < SCOUTS; i++) {
        const seen = await run([...slots, ...found]);
        if (!seen) break;
        const known = new Set(paths.keys()), fresh = places_of(seen.files, job.source, words, paths);
        for (const place of new Set(fresh)) if (!known.has(place.path)) add(missing(exception, [...own_file(place, job.source), ...all()].map((c) => file(place, c))), (c) => file(place, c));
        for (const slot of found) slot.options = slot.options.map((o) => (o.what === "file" ? file(o.place, o.content) : o));
        for (const [client, path] of seen.net) net.add(client), path && urls.add(path);
        const ask = !asks && seen.net.length;
        if (ask) servers();
        if (!fresh.length && !ask) break;
    }
    if (!asks && crumbs.length) servers();
    if (found.length > 1) for (const slot of found) slot.options = slot.options.map((c) => (c.content?.exact ? { ...c, exact: false, why: "which answer or file a variable was of is not in the event" } : c));
    return found;
}

// Where the event is that a file was not there, it is not there first.
const missing = (exception, options) => (/\bENOENT\b/.test(exception.value ?? "") ? [around("", {}), ...options] : [...options, around("", {})]);

// Lines of a test for its runner: { builtins: [[module, names]], top, lines }.
class Lines {
    // setting: how the test lies to the checkout; none for a probe.
    constructor(given, runner, setting = null) {
        Object.assign(this, { runner, setting, builtins: [], top: [], lines: [] });
        const of = (what) => given.filter((c) => c.what === what);
        const files = of("file"), answers = of("answer");
        if (files.length || of("folder").length) this.files(files);
        if (answers.length) this.answers(answers);
        else if (of("nobody").length) this.nobody(of("nobody")[0].clients);
        if (runner === "jest" && this.lines.length) this.top.unshift("const after = [];", "afterEach(() => after.splice(0).forEach((undo) => undo()));");
    }
    use(module, ...names) {
        this.builtins.push([module, names]);
    }
    undo(what) {
        return { vitest: `onTestFinished(${what});`, jest: `after.push(${what});` }[this.runner] ?? `t.after(${what});`;
    }
    // In the place of a method, until the test is over.
    mock(on, name, by) {
        const own = { vitest: "vi", jest: "jest" }[this.runner];
        if (!own) return this.lines.push(`t.mock.method(${on}, ${literal(name)}, ${by});`);
        if (!this.mocked) this.lines.push(this.undo(`() => ${own}.restoreAllMocks()`));
        this.mocked = true;
        this.lines.push(`${own}.spyOn(${on}, ${literal(name)}).mockImplementation(${by});`);
    }
    files(files) {
        const names = files.map((f, i) => (f.place.fixed ? `${i || ""}${f.path.split("/").pop()}` : f.path)), inner = names.some((n) => n.includes("/"));
        this.use("fs", "mkdtempSync", "rmSync", ...(files.length ? ["writeFileSync"] : []), ...(inner ? ["mkdirSync"] : []));
        this.use("os", "tmpdir");
        this.use("path", "join", ...(inner ? ["dirname"] : []));
        this.use("process", "chdir", "cwd");
        const put = [...(inner ? ["        mkdirSync(dirname(join(folder, name)), { recursive: true });"] : []), "        writeFileSync(join(folder, name), text);"];
        this.top.push(
            `// Goes to a new folder${files.length ? " with these files" : ""}. Returns what goes back.`,
            "function inFolderOf(files) {",
            '    const before = cwd(), folder = mkdtempSync(join(tmpdir(), "test-"));',
            ...(files.length ? ["    for (const [name, text] of Object.entries(files)) {", ...put, "    }"] : []),
            "    chdir(folder);", "    return () => {", "        chdir(before);", "        rmSync(folder, { recursive: true });", "    };", "}");
        const rows = files.map((f, i) => `${literal(names[i])}: ${written(f.content)}`);
        this.lines.push(layout(this.undo(`inFolderOf({${rows.length ? ` ${rows.join(", ")} ` : ""}})`), 4));
        if (files.some((f) => f.place.fixed)) this.moved(files.map((f, i) => [f.place, names[i]]).filter(([place]) => place.fixed));
    }
    // Paths that are fixed are answered from the test's folder.
    moved(files) {
        const url = files.some(([f]) => f.url), readers = [...new Set(files.flatMap(([f]) => f.by))].sort();
        this.use("fs", "default as fs");
        this.use("module", "syncBuiltinESMExports");
        this.top.push("", "// Files of the current folder in the place of these.", "const PLACES = {", ...files.map(([f, name]) => `    ${this.key(f)}: ${literal(name)},`), "};",
            "", "// Has a function of fs read from there. Returns what puts it back.", "function readsElsewhere(holder, name) {", "    const real = holder[name];",
            `    holder[name] = (path, ...rest) => real(PLACES[${url ? "path instanceof URL ? fileURLToPath(path) : path" : "path"}] ?? path, ...rest);`,
            "    return () => {", "        holder[name] = real;", "    };", "}");
        if (url) this.use("url", "fileURLToPath");
        for (const name of readers) this.lines.push(this.undo(`readsElsewhere(fs${name.includes(".") ? ".promises" : ""}, ${literal(name.split(".").pop())})`));
        this.lines.push("syncBuiltinESMExports();");
    }
    key({ path: full, inside }) {
        if (!inside || !this.setting) return literal(full);
        const from = literal(this.setting.place({ full }));
        this.use(...(this.setting.by_url ? ["url", "fileURLToPath"] : ["path", "join"]));
        return this.setting.by_url ? `[fileURLToPath(new URL(${from}, import.meta.url))]` : `[join(__dirname, ${from})]`;
    }
    answers(answers) {
        const { clients, asked, status, content: c } = answers[0];
        if (asked === null && clients.length === 1 && clients[0] === "fetch") {
            const options = status === 200 ? "" : `, { status: ${status} }`;
            const response = c.json && !EMPTY.has(status) ? `Response.json(${value_of(c)}${options})` : `new Response(${EMPTY.has(status) ? "null" : written(c)}${options})`;
            return this.mock("globalThis", "fetch", layout(`async () => ${response}`, 4));
        }
        const row = (a) => `[${a.status}, ${EMPTY.has(a.status) ? '""' : written(a.content)}]`;
        if (asked === null) this.top.push(layout(`const ANSWER = ${row(answers[0])};`, 0));
        else this.top.push("const ANSWERS = {", ...answers.map((a) => `    ${literal(a.asked)}: ${layout(row(a), 4)},`), "};");
        const find = (method, path) => (asked === null ? "ANSWER" : `ANSWERS[${method} + " " + ${path}] ?? []`);
        if (clients.includes("fetch")) this.fetched(find, asked);
        if (clients.includes("http")) this.connected(find, asked);
    }
    fetched(find, asked) {
        const one = asked === null, each = (line) => (one ? [] : [line]);
        this.top.push(
            "", `// In the place of fetch: what ${one ? "the server answered." : "servers answered. Nothing else can be reached."}`,
            `async function answerTo(${one ? "" : "asked, options"}) {`,
            ...each("    const { method, url } = new Request(asked, options);"),
            `    const [status, body] = ${find("method", "new URL(url).pathname")};`,
            ...each('    if (!status) throw new TypeError("fetch failed");'),
            "    return new Response(body || null, { status });", "}");
        this.mock("globalThis", "fetch", "answerTo");
    }
    connected(find, asked) {
        this.use("http", "Agent", "createServer");
        this.use("https", "Agent as SecureAgent");
        this.use("stream", "duplexPair");
        this.top.push(
            "", `// In the place of a connection: what ${asked === null ? "the server" : "servers"} answered.`,
            "function connect() {",
            "    const [client, server] = duplexPair();",
            '    for (const name of ["ref", "unref", "setKeepAlive", "setNoDelay", "setTimeout"]) client[name] = () => client;',
            "    const answering = createServer((request, response) => {",
            `        const [status, body] = ${find("request.method", 'new URL(request.url, "http://localhost").pathname')};`,
            ...(asked === null ? [] : ["        if (!status) return request.socket.destroy();"]),
            '        response.writeHead(status, { connection: "close" }).end(body);', "    });",
            '    answering.emit("connection", server);', "    return client;", "}");
        this.mock("Agent.prototype", "createConnection", "connect");
        this.mock("SecureAgent.prototype", "createConnection", "connect");
    }
    nobody(clients) {
        if (clients.includes("fetch")) this.mock("globalThis", "fetch", '() => Promise.reject(new TypeError("fetch failed"))');
        if (!clients.includes("http")) return;
        this.use("http", "Agent");
        this.use("https", "Agent as SecureAgent");
        this.top.push("// No server can be reached.", "function connect(options, done) {", '    done(new Error("connect ECONNREFUSED"));', "}");
        this.mock("Agent.prototype", "createConnection", "connect");
        this.mock("SecureAgent.prototype", "createConnection", "connect");
    }
}

const PUT = new Set(["file", "answer", "nobody", "folder"]);
const is_put = (c) => PUT.has(c.what);
// Names that a test has then, which its inputs may not have.
const NAMES = ["after", "ANSWER", "ANSWERS", "Agent", "SecureAgent", "answerTo", "chdir", "connect", "createServer", "cwd", "dirname", "duplexPair", "inFolderOf", "join", "mkdirSync",
    "mkdtempSync", "rmSync", "tmpdir", "writeFileSync", "afterEach", "onTestFinished", "fs", "readsElsewhere", "PLACES", "syncBuiltinESMExports", "fileURLToPath"];

// What is made up of an answer or a file and makes no difference is left empty; a call that asks a server of which nothing is known, or for
// a file that is not there, finds none wherever the test is run. Returns the conditions, or null.
async function settled(given, holds, seen, way) {
    let list = given;
    for (const c of given.filter((o) => o.content && !o.content.exact)) {
        const make = (text) => refilled(c, content(text));
        const rest = (other) => list.map((o) => (o === c ? other : o));
        let same = true;
        for (const text of OTHERS) same &&= await holds(rest(make(text)));
        if (same) list = rest(refilled(c, { ...content(""), any: true })); // the event's own may still be another, which a fix is for
    }
    const asked = new Set((seen?.net ?? []).map(([client]) => client));
    if (asked.size && !list.some((c) => c.what === "answer" || c.what === "nobody")) list = [...list, nobody(clients_of(asked, way))];
    if ((seen?.files ?? []).some((f) => !/^[/\\]/.test(f.path)) && !list.some((c) => c.what === "file")) list = [...list, folder()];
    return list === given || (await holds(list)) ? list : null;
}

module.exports = { slots_of, settled, said, is_put, Lines, NAMES, addresses_of };
