"""Faulty programs for Node, a further lot, written as a stranger would before the generator was changed for them, and two applications of express. `web`
in a call is the suite's: it serves an application, hands its errors to the SDK, and sends one request."""

from node_programs import CJS, ESM, program

TYPED = {"modules": ["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"], "options": ["--import", "tsx"]}
EXPRESS = {"modules": ["express"]}

program("c_room_bookings", {"package.json": CJS, "src/bookings.js": '''
class Rooms {
    #bookings = new Map();
    #opening;

    constructor({ opening = 8, closing = 18 } = {}) {
        this.#opening = opening;
        this.closing = closing;
    }

    book(room, from, to) {
        if (from < this.#opening || to > this.closing) throw new RangeError(`${room} is closed at ${from}`);
        this.#of(room).push({ from, to });
        return this.#of(room).length;
    }

    #of(room) {
        return this.#bookings.get(room.toLowerCase());
    }
}

module.exports = { Rooms };
'''}, "new (require('SOURCE/src/bookings.js').Rooms)({ opening: 7 }).book('Blue', 9, 11)",
        [("src/bookings.js", "        return this.#bookings.get(room.toLowerCase());",
          "        const key = room.toLowerCase();\n        if (!this.#bookings.has(key)) this.#bookings.set(key, []);\n        return this.#bookings.get(key);")])

program("c_merge_feeds", {"package.json": ESM, "lib/merge.mjs": '''
function* byTime(feeds) {
    const heads = feeds.map((feed) => ({ feed, at: 0 }));
    while (heads.some((h) => h.at < h.feed.entries.length)) {
        const next = heads.reduce((a, b) => (a.feed.entries[a.at].time <= b.feed.entries[b.at].time ? a : b));
        yield { source: next.feed.name, ...next.feed.entries[next.at++] };
    }
}

export function merged(feeds, limit) {
    const out = [];
    for (const entry of byTime(feeds)) {
        out.push(entry);
        if (out.length === limit) break;
    }
    return out;
}
'''}, "import { merged } from 'SOURCE/lib/merge.mjs'\nexport default (async () => merged([{ name: 'a', entries: [{ time: 1, text: 'x' }] }, { name: 'b', entries: [{ time: 4, text: 'y' }] }], 10))()",
        [("lib/merge.mjs", "const next = heads.reduce(", "const next = heads.filter((h) => h.at < h.feed.entries.length).reduce(")])

program("c_permission_tree", {"package.json": CJS, "src/acl/resolve.ts": '''
export interface Role {
    name: string;
    inherits?: string[];
    grants: Record<string, ReadonlyArray<"read" | "write" | "admin">>;
}

export class RoleTable {
    private readonly byName: Map<string, Role>;

    constructor(roles: Role[]) {
        this.byName = new Map(roles.map((r: Role): [string, Role] => [r.name, r]));
    }

    grants(name: string, resource: string): string[] {
        const role: Role = this.byName.get(name)!;
        const own = role.grants[resource] ?? [];
        return [...own, ...(role.inherits ?? []).flatMap((parent: string) => this.grants(parent, resource))];
    }
}

export function allowed(roles: Role[], user: { roles: string[] }, resource: string, action: string): boolean {
    const table = new RoleTable(roles);
    return user.roles.some((r: string): boolean => table.grants(r, resource).includes(action));
}
''', "tsconfig.json": '{"compilerOptions": {"target": "es2022", "module": "commonjs", "outDir": "dist", "rootDir": "src", "sourceMap": true, "types": []}, "include": ["src"]}'},
        "require('SOURCE/dist/acl/resolve.js').allowed([{ name: 'editor', inherits: ['viewer'], grants: { page: ['write'] } }], { roles: ['editor'] }, 'page', 'read')",
        [("src/acl/resolve.ts", "        const own = role", "        if (!role) return [];\n        const own = role")],
        build=["node $MODULES/typescript/bin/tsc -p ."], modules=["typescript"], options=["--enable-source-maps"])

program("c_worker_pool", {"package.json": ESM, "src/pool.js": '''
export async function mapLimit(items, limit, task) {
    const results = new Array(items.length);
    let next = 0;
    const worker = async () => {
        while (next < items.length) {
            const index = next++;
            results[index] = await task(items[index], index);
        }
    };
    await Promise.all(Array.from({ length: limit }, worker));
    return results;
}

export async function sizes(files, { limit, stat }) {
    const stats = await mapLimit(files, limit, (file) => stat(file));
    let sum = 0;
    for (const { size } of stats) sum += size;
    return sum;
}
'''}, "import { sizes } from 'SOURCE/src/pool.js'\nexport default (async () => sizes(['a', 'b'], { stat: async (f) => ({ size: f.length }) }))()",
        [("src/pool.js", "{ limit, stat }", "{ limit = 4, stat }")])

program("c_line_stream", {"package.json": CJS, "src/lines.js": '''
const { Transform } = require("node:stream");

class JsonLines extends Transform {
    constructor() {
        super({ readableObjectMode: true });
        this.rest = "";
    }

    _transform(chunk, encoding, done) {
        const lines = (this.rest + chunk).split("\\n");
        this.rest = lines.pop();
        for (const line of lines) this.push(parseLine(line));
        done();
    }
}

function parseLine(line) {
    const { id, ...data } = JSON.parse(line);
    return { id: Number(id), data };
}

function collect(text) {
    const stream = new JsonLines();
    const out = [];
    stream.on("data", (row) => out.push(row));
    stream.write(text);
    return out;
}

module.exports = { JsonLines, collect };
'''}, "require('SOURCE/src/lines.js').collect('{\"id\": \"1\"}\\n\\n{\"id\": \"2\"}\\n')",
        [("src/lines.js", "        for (const line of lines) this", "        for (const line of lines.filter(Boolean)) this")])

program("c_meeting_zone", {"package.json": ESM, "src/when.js": '''
const cache = new Map();

function formatter(zone, locale) {
    const key = `${zone}|${locale}`;
    if (!cache.has(key)) cache.set(key, new Intl.DateTimeFormat(locale, { timeZone: zone, dateStyle: "medium", timeStyle: "short" }));
    return cache.get(key);
}

export const invitation = (meeting, guest) => {
    const at = new Date(meeting.startsAt);
    return `${guest.name}: ${meeting.title}, ${formatter(guest.zone, guest.locale ?? "en-GB").format(at)}`;
};
'''}, "import { invitation } from 'SOURCE/src/when.js'\nexport default (async () => invitation({ title: 'Review', startsAt: '2026-03-29T01:30:00Z' }, { name: 'Ann', zone: 'Europe/Atlantis' }))()",
        [("src/when.js", "function formatter(zone, locale) {", "function formatter(given, locale) {\n    const zone = isZone(given) ? given : \"UTC\";"),
         ("src/when.js", "export const invitation", "function isZone(zone) {\n    try {\n        return Boolean(new Intl.DateTimeFormat(\"en\", { timeZone: zone }));\n    } catch {\n        return false;\n    }\n}\n\nexport const invitation")])

program("c_search_highlight", {"package.json": CJS, "src/highlight.js": '''
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const escapeHtml = (text) => text.replace(/[&<>]/g, (c) => ESCAPES[c]);

exports.highlight = (text, query, { tag = "mark", words = true } = {}) => {
    const terms = words ? query.trim().split(/\\s+/) : [query];
    const pattern = new RegExp(`(${terms.join("|")})`, "gi");
    return escapeHtml(text).replace(pattern, `<${tag}>$1</${tag}>`);
};
'''}, "require('SOURCE/src/highlight.js').highlight('C++ and Rust', 'c++ rust', { tag: 'b' })",
        [("src/highlight.js", 'terms.join("|")', 'terms.map((t) => t.replace(/[.*+?^${}()|[\\]\\\\]/g, "\\\\$&")).join("|")')])

program("c_tlv_decode", {"package.json": ESM, "src/tlv.js": '''
import { Buffer } from "node:buffer";

const TAGS = { 1: "name", 2: "amount", 3: "currency" };

export function decode(hex) {
    const bytes = Buffer.from(hex, "hex");
    const fields = {};
    let at = 0;
    while (at < bytes.length) {
        const tag = bytes.readUInt8(at);
        const length = bytes.readUInt16BE(at + 1);
        const value = bytes.subarray(at + 3, at + 3 + length);
        fields[TAGS[tag] ?? tag] = tag === 2 ? value.readUInt32BE(0) : value.toString("utf8");
        at += 3 + length;
    }
    return fields;
}
'''}, "import { decode } from 'SOURCE/src/tlv.js'\nexport default (async () => decode('010003416e6e0200020102'))()",
        [("src/tlv.js", "value.readUInt32BE(0)", "value.readUIntBE(0, value.length)")])

program("c_lru_cache", {"package.json": CJS, "lib/lru.js": '''
class LruCache {
    constructor(limit) {
        this.limit = limit;
        this.entries = new Map();
    }

    get(key) {
        const entry = this.entries.get(key);
        this.entries.delete(key);
        this.entries.set(key, entry);
        return entry.value;
    }

    set(key, value) {
        this.entries.delete(key);
        if (this.entries.size >= this.limit) this.entries.delete(this.entries.keys().next().value);
        this.entries.set(key, { value, at: this.entries.size });
        return this;
    }
}

const memo = (cache, make) => (key) => cache.get(key) ?? cache.set(key, make(key)).get(key);

module.exports = { LruCache, memo };
'''}, "const { LruCache, memo } = require('SOURCE/lib/lru.js'); return memo(new LruCache(2), (k) => k.length)('abc')",
        [("lib/lru.js", "        this.entries.delete(key);\n        this.entries.set(key, entry);", "        if (!entry) return undefined;\n        this.entries.delete(key);\n        this.entries.set(key, entry);")])

program("c_menu_depth", {"package.json": ESM, "src/menu.js": '''
export function breadcrumb(pages, id) {
    const page = pages.find((p) => p.id === id);
    if (!page.parent) return [page.title];
    return [...breadcrumb(pages, page.parent), page.title];
}

export const title = (pages, id, site) => [...breadcrumb(pages, id).reverse(), site].join(" - ");
'''}, "import { title } from 'SOURCE/src/menu.js'\nexport default (async () => title([{ id: 1, title: 'Home' }, { id: 2, title: 'Shop', parent: 1 }, { id: 3, title: 'Tea', parent: 9 }], 3, 'Example'))()",
        [("src/menu.js", "    if (!page.parent)", '    if (!page) return [];\n    if (!page.parent)')])

program("c_config_cause", {"package.json": CJS, "src/config.js": '''
class ConfigError extends Error {
    constructor(message, options) {
        super(message, options);
        this.name = "ConfigError";
    }
}

function port(text) {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > 65535) throw new RangeError(`port ${text} is out of range`);
    return value;
}

function parse(text) {
    const settings = {};
    for (const line of text.split(/\\r?\\n/)) {
        if (!line || line.startsWith("#")) continue;
        const [key, value] = line.split("=").map((s) => s.trim());
        try {
            settings[key] = key.endsWith("port") ? port(value) : value;
        } catch (error) {
            throw new ConfigError(`bad setting ${key}`, { cause: error });
        }
    }
    return settings;
}

module.exports = { parse, ConfigError };
'''}, "require('SOURCE/src/config.js').parse('# web\\nhost = example.org\\nport = 80 # http\\n')",
        [("src/config.js", 'const [key, value] = line.split("=")', 'const [key, value] = line.replace(/\\s#.*$/, "").split("=")')])

program("c_first_mirror", {"package.json": ESM, "src/mirror.js": '''
export async function fastest(mirrors, path) {
    const tries = mirrors.map(async (mirror) => {
        const answer = await mirror.fetch(`${mirror.base}/${path}`);
        if (!answer.ok) throw new Error(`${mirror.base} answered ${answer.status}`);
        return answer.body;
    });
    return Promise.any(tries);
}

export async function packageOf(mirrors, name) {
    const body = await fastest(mirrors, `${name}/latest.json`);
    return JSON.parse(body).version.split(".").map(Number);
}
'''}, "import { packageOf } from 'SOURCE/src/mirror.js'\nexport default (async () => packageOf([{ base: 'https://a.example', fetch: async () => ({ ok: true, status: 200, body: '{\"version\": null}' }) }], 'tea'))()",
        [("src/mirror.js", 'JSON.parse(body).version.split', 'String(JSON.parse(body).version ?? "0").split')])

program("c_express_quote", {"package.json": CJS, "src/app.js": '''
const express = require("express");
const { quote } = require("./quote");

const app = express();
app.use(express.json());

app.get("/health", (req, res) => res.json({ ok: true }));

app.post("/quotes/:country", (req, res) => {
    const { items, coupon } = req.body;
    res.status(201).json(quote(items, req.params.country, coupon));
});

module.exports = app;
''', "src/quote.js": '''
const RATES = { fr: 0.2, de: 0.19 };
const COUPONS = new Map([["TEA10", { percent: 10 }]]);

function quote(items, country, code) {
    const net = items.reduce((sum, item) => sum + item.price * item.count, 0);
    const coupon = code ? COUPONS.get(code.toUpperCase()).percent : 0;
    const due = net * (1 - coupon / 100);
    return { net, due, tax: due * RATES[country] };
}

module.exports = { quote };
'''}, "web(require('SOURCE/src/app.js'), '/quotes/fr', { method: 'POST', json: { items: [{ price: 4, count: 2 }], coupon: 'tea20' } })",
        [("src/quote.js", "COUPONS.get(code.toUpperCase()).percent", "COUPONS.get(code.toUpperCase())?.percent ?? 0")], **EXPRESS)

program("c_express_report", {"package.json": ESM, "server/app.js": '''
import express, { Router } from "express";
import { between } from "./range.js";

export function createApp({ title = "reports" } = {}) {
    const app = express();
    const reports = Router();
    const sales = [{ day: "2026-03-01", total: 12 }, { day: "2026-03-02", total: 30 }];

    reports.get("/sales", async (req, res) => {
        const rows = await between(sales, req.query.from, req.query.to);
        const best = rows.sort((a, b) => b.total - a.total)[0];
        res.json({ title, best: best.day });
    });

    app.use("/reports", reports);
    app.use((error, req, res, next) => {
        res.status(500).json({ error: "sorry" });
    });
    return app;
}
''', "server/range.js": '''
export async function between(rows, from, to) {
    return rows.filter((row) => row.day >= from && row.day <= to);
}
'''}, "import { createApp } from 'SOURCE/server/app.js'\nexport default (async () => web(createApp(), '/reports/sales?from=2026-04-01&to=2026-04-30'))()",
        [("server/app.js", "best: best.day", "best: best?.day ?? null")], **EXPRESS)
