"use strict";
// What servers answered and files held: which were asked and with what status, as breadcrumbs say, and which files a run asked for. What was
// in them: devflow_contents.cjs; how a test has it: devflow_stubs.cjs.
const fs = require("fs");
const path = require("path");
const stream = require("stream");
const { walk } = require("./devflow_source.cjs");
const { Contents, content } = require("./devflow_contents.cjs");
const { Verdict } = require("./devflow_judge.cjs");

const DEFINITIONS = 40, CHECKOUT = 400, COMMON = new Set(["set", "map", "push", "then", "on", "json", "text", "toString", "slice", "join", "filter", "end"]);
const URLS = 4, FILES = 3, OWN_BYTES = 2000, SCOUTS = 4, OTHERS = ["", "{}", "[1,2]", "<title>Error</title>"];
const CAN_CONNECT = typeof stream.duplexPair === "function"; // of Node 20.17
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

// What a call asks for outside of the program, as slots: it is called as it is first, to see what.
class Outside {
    constructor({ job, inputs, way, exception, slots, run }) {
        const { event } = job;
        Object.assign(this, { job, inputs, way, exception, slots, run, crumbs: asked_before(event), found: [], paths: new Map(), net: new Set(), urls: new Set(), asks: false });
        this.words = [JSON.stringify(event), ...new Set(way.map((d) => d.file.text))].join("\n");
    }
    get contents() {
        return (this.made ??= new Contents(this.job.shapes, further(this.job, this.way), this.inputs, this.job.event, this.exception));
    }
    add(options, make) {
        const onward = (n) => (n.content ? this.contents.onward(n.content).map(make) : []), smaller = (n) => (n.content ? [...this.contents.smaller(n.content)].map(make) : []);
        this.found.push({ name: "", around: true, options, onward, smaller });
    }
    servers() {
        const { crumbs, urls } = this, clients = clients_of(this.net, this.way).filter((c) => c !== "http" || CAN_CONNECT);
        if (!clients.length) return;
        this.asks = true;
        const keyed = crumbs.length > 1 && (!urls.size || [...urls].some((u) => crumbs.some((c) => c.url.pathname === u)));
        const told = Number(/(?<![\d.])([2-5]\d\d)(?![\d.])/.exec(this.exception.value ?? "")?.[1] ?? 200);
        for (const crumb of keyed ? crumbs : crumbs.length ? crumbs.slice(-1) : [{ asked: null, status: told }]) {
            const make = (c) => answer(clients, keyed ? crumb.asked : null, crumb.status, c, crumbs.length > 0);
            const options = [...(crumb.status >= 400 ? [content("")] : []), ...this.contents.all()].map(make);
            this.add(crumbs.length ? options : [nobody(clients), ...options], make);
        }
    }
    file(place) {
        const make = (c) => file(place, c);
        this.add(missing(this.exception, [...own_file(place, this.job.source), ...this.contents.all()].map(make)), make);
    }
    // Whether a run asked for anything new.
    take(seen) {
        const known = new Set(this.paths.keys()), fresh = places_of(seen.files, this.job.source, this.words, this.paths);
        for (const place of new Set(fresh)) if (!known.has(place.path)) this.file(place);
        for (const slot of this.found) slot.options = slot.options.map((o) => (o.what === "file" ? file(o.place, o.content) : o));
        for (const [client, url] of seen.net) this.net.add(client), url && this.urls.add(url);
        const asks = !this.asks && seen.net.length > 0;
        if (asks) this.servers();
        return fresh.length > 0 || asks;
    }
    async all() {
        for (let i = 0; i < SCOUTS; i++) {
            const seen = await this.run([...this.slots, ...this.found]);
            if (!seen || !this.take(seen)) break;
        }
        if (!this.asks && this.crumbs.length) this.servers();
        if (this.found.length < 2) return this.found;
        const unsure = (c) => (c.content?.exact ? { ...c, exact: false, why: "which answer or file a variable was of is not in the event" } : c);
        return this.found.map((slot) => Object.assign(slot, { options: slot.options.map(unsure) }));
    }
}

const slots_of = (given) => new Outside(given).all();

// Where the event is that a file was not there, it is not there first.
const missing = (exception, options) => (/\bENOENT\b/.test(exception.value ?? "") ? [around("", {}), ...options] : [...options, around("", {})]);

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

module.exports = { slots_of, settled, said, addresses_of };
