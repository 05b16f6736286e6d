"use strict";
// How a test has what servers answered and files held. The program's own client is used up to where it would open a connection.
const { literal } = require("./devflow_values.cjs");
const { written, value_of } = require("./devflow_contents.cjs");
const { layout } = require("./devflow_text.cjs");

const EMPTY = new Set([204, 205, 304]); // have no body

const PUT = new Set(["file", "answer", "nobody", "folder"]);
const is_put = (c) => PUT.has(c.what);
// Names that a test has then, which its inputs may not have.
const NAMES = ["after", "ANSWER", "ANSWERS", "Agent", "SecureAgent", "answerTo", "chdir", "connect", "createServer", "cwd", "dirname", "duplexPair", "inFolderOf", "join", "mkdirSync",
    "mkdtempSync", "rmSync", "tmpdir", "writeFileSync", "afterEach", "onTestFinished", "fs", "readsElsewhere", "PLACES", "syncBuiltinESMExports", "fileURLToPath"];

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
        if (this.setting.by_url) this.use("url", "fileURLToPath");
        if (!this.setting.by_url || this.setting.lists_files) this.use("path", "join");
        if (this.setting.lists_files) return `[join(fileURLToPath(import.meta.url), "..", ${from})]`;
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

module.exports = { Lines, NAMES, is_put };
