"""Faulty Node programs by another writer who had not read the generator: fixes that stand elsewhere, change what is stored, or refuse what was taken."""

from node_programs import CJS, ESM, program

TYPED = {"modules": ["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"], "options": ["--import", "tsx"]}
EXPRESS, FASTIFY, KOA = {"modules": ["express"]}, {"modules": ["fastify"]}, {"modules": ["koa"]}

program("i_tariff_tiers", {"package.json": ESM, "tsconfig.json": '{"compilerOptions": {"target": "es2022", "module": "nodenext", "strict": true}}', "src/tariff.ts": '''
export interface Tier {
    upTo: number | null;
    centsPerUnit: number;
}

export interface Tariff {
    code: string;
    base: number;
    tiers: Tier[];
}

export class TariffBook {
    #tariffs = new Map<string, Tariff>();

    constructor(tariffs: Tariff[] = []) {
        for (const tariff of tariffs) this.add(tariff);
    }

    add(tariff: Tariff): this {
        this.#tariffs.set(tariff.code, tariff);
        return this;
    }

    get(code: string): Tariff {
        const tariff = this.#tariffs.get(code);
        if (!tariff) throw new RangeError(`no tariff ${code}`);
        return tariff;
    }
}

export function tierOf(tariff: Tariff, units: number): Tier {
    return tariff.tiers.find((tier) => tier.upTo !== null && units <= tier.upTo)!;
}
''', "src/meter.ts": '''
export interface Reading {
    meter: string;
    day: string;
    value: number;
}

export class Meter {
    private readonly readings: Reading[] = [];

    constructor(readonly id: string, readonly digits = 5) {}

    record(reading: Reading): void {
        this.readings.push(reading);
        this.readings.sort((a, b) => a.day.localeCompare(b.day));
    }

    used(): number {
        if (this.readings.length < 2) return 0;
        const first = this.readings[0].value, last = this.readings[this.readings.length - 1].value;
        return last >= first ? last - first : last + 10 ** this.digits - first;
    }
}
''', "src/invoice.ts": '''
import { Meter, type Reading } from "./meter.js";
import { TariffBook, tierOf, type Tariff } from "./tariff.js";

export interface Invoice {
    meter: string;
    units: number;
    cents: number;
}

export class Invoicing {
    private readonly meters = new Map<string, Meter>();

    constructor(private readonly book: TariffBook) {}

    read(readings: Reading[]): void {
        for (const reading of readings) {
            let meter = this.meters.get(reading.meter);
            if (!meter) this.meters.set(reading.meter, (meter = new Meter(reading.meter)));
            meter.record(reading);
        }
    }

    invoices(code: string): Invoice[] {
        const tariff = this.book.get(code);
        return [...this.meters.values()].map((meter) => this.invoice(meter, tariff));
    }

    private invoice(meter: Meter, tariff: Tariff): Invoice {
        const units = meter.used();
        const tier = tierOf(tariff, units);
        return { meter: meter.id, units, cents: tariff.base + Math.round(units * tier.centsPerUnit) };
    }
}

export function yearly(tariffs: Tariff[], code: string, readings: Reading[]): number {
    const invoicing = new Invoicing(new TariffBook(tariffs));
    invoicing.read(readings);
    return invoicing.invoices(code).reduce((sum, invoice) => sum + invoice.cents, 0);
}
'''}, """import { yearly } from 'SOURCE/src/invoice.ts'
const tariffs = [{ code: 'H1', base: 900, tiers: [{ upTo: 1500, centsPerUnit: 31.5 }, { upTo: null, centsPerUnit: 28 }] }]
export default (async () => yearly(tariffs, 'H1', [
    { meter: 'a', day: '2026-12-31', value: 1200 }, { meter: 'a', day: '2026-01-01', value: 99100 },
    { meter: 'b', day: '2026-01-01', value: 100 }, { meter: 'b', day: '2026-12-31', value: 1900 }]))()""",
        [("src/tariff.ts", "tier.upTo !== null && units <= tier.upTo", "tier.upTo === null || units <= tier.upTo")], **TYPED)

program("i_csv_contacts", {"package.json": CJS, "lib/csv.js": '''
"use strict";

function* cells(line, separator) {
    let cell = "", quoted = false;
    for (const c of line) {
        if (c === '"') quoted = !quoted;
        else if (c === separator && !quoted) {
            yield cell;
            cell = "";
        } else cell += c;
    }
    yield cell;
}

class Table {
    constructor(text, separator = ",") {
        const [head, ...lines] = text.split(/\\r?\\n/);
        this.columns = [...cells(head, separator)].map((c) => c.trim());
        this.lines = lines;
        this.separator = separator;
    }

    *[Symbol.iterator]() {
        for (const line of this.lines) {
            const values = [...cells(line, this.separator)];
            yield Object.fromEntries(this.columns.map((column, i) => [column, values[i]]));
        }
    }
}

module.exports = { Table };
''', "lib/phone.js": '''
"use strict";

const COUNTRIES = { DE: "49", AT: "43", CH: "41" };

function normalized(number, country = "DE") {
    const digits = number.replace(/[^\\d+]/g, "");
    if (digits.startsWith("+")) return digits;
    if (digits.startsWith("00")) return "+" + digits.slice(2);
    return "+" + COUNTRIES[country] + digits.replace(/^0/, "");
}

module.exports = { normalized };
''', "lib/contacts.js": '''
"use strict";

const { Table } = require("./csv");
const { normalized } = require("./phone");

class Contacts {
    constructor(country) {
        this.country = country;
        this.byNumber = new Map();
        this.merged = 0;
    }

    add({ name, phone, mail }) {
        const key = normalized(phone, this.country);
        const known = this.byNumber.get(key);
        if (known) {
            known.mails.add(mail);
            this.merged++;
        } else this.byNumber.set(key, { name: name.trim(), mails: new Set([mail]) });
    }

    load(text) {
        for (const row of new Table(text)) this.add(row);
        return this.byNumber.size;
    }
}

const load = (files, country) => {
    const contacts = new Contacts(country);
    return Object.values(files).map((text) => contacts.load(text));
};

module.exports = { Contacts, load };
'''}, r"""require('SOURCE/lib/contacts.js').load({ 'a.csv': 'name,phone,mail\n"Weber, Ann",040 123,ann@x.org\nBob,+4940123,bob@x.org\n' }, 'DE')""",
        [("lib/csv.js", "        this.lines = lines;", '        this.lines = lines.filter((line) => line.trim() !== "");')])

program("i_web_cart", {"package.json": CJS, "src/catalog.js": '''
"use strict";

const PRODUCTS = new Map([
    ["lamp", { price: 4900, stock: 3, vat: "full" }],
    ["book", { price: 1800, stock: 40, vat: "reduced" }],
    ["card", { price: 2500, stock: 999, vat: "none" }],
]);
const VAT = { full: { percent: 19, label: "A" }, reduced: { percent: 7, label: "B" } };

exports.product = (sku) => PRODUCTS.get(sku);
exports.vat = (kind) => VAT[kind];
''', "src/cart.js": '''
"use strict";

const { product, vat } = require("./catalog");

class Cart {
    constructor(id) {
        this.id = id;
        this.lines = new Map();
    }

    put(sku, count) {
        const left = (this.lines.get(sku) ?? 0) + count;
        if (left > 0) this.lines.set(sku, left);
        else this.lines.delete(sku);
    }

    summary() {
        const taxes = {};
        let net = 0;
        for (const [sku, count] of this.lines) {
            const { price, vat: kind } = product(sku);
            const rate = vat(kind);
            taxes[rate.label] = (taxes[rate.label] ?? 0) + Math.round((price * count * rate.percent) / 100);
            net += price * count;
        }
        return { net, taxes };
    }
}

module.exports = { Cart };
''', "src/app.js": '''
"use strict";

const express = require("express");
const { Cart } = require("./cart");
const { product } = require("./catalog");

function cartRoutes() {
    const router = express.Router();
    const carts = new Map();
    router.param("cart", (req, res, next, id) => {
        if (!carts.has(id)) carts.set(id, new Cart(id));
        req.cart = carts.get(id);
        next();
    });
    router.post("/:cart/lines", (req, res) => {
        const wanted = Array.isArray(req.body) ? req.body : [req.body];
        for (const { sku, count = 1 } of wanted) {
            if (!product(sku)) return res.status(404).json({ missing: sku });
            req.cart.put(sku, Number(count));
        }
        res.status(201).json(req.cart.summary());
    });
    router.get("/:cart", (req, res) => res.json(req.cart.summary()));
    return router;
}

function createApp() {
    const app = express();
    app.use(express.json());
    app.use("/carts", cartRoutes());
    return app;
}

module.exports = { createApp };
'''}, "web(require('SOURCE/src/app.js').createApp(), '/carts/k1/lines', { method: 'POST', json: [{ sku: 'book', count: 2 }, { sku: 'card' }] })",
        [("src/catalog.js", '    ["card", { price: 2500, stock: 999, vat: "none" }],\n', '    ["card", { price: 2500, stock: 999, vat: "exempt" }],\n'),
         ("src/catalog.js", 'reduced: { percent: 7, label: "B" } };', 'reduced: { percent: 7, label: "B" }, exempt: { percent: 0, label: "E" } };')], **EXPRESS)

program("i_fastify_bookings", {"package.json": ESM, "src/slots.js": '''
const MINUTE = /^(\\d{1,2}):(\\d{2})$/;

export function minutes(text) {
    const [, hour, minute] = MINUTE.exec(text);
    return Number(hour) * 60 + Number(minute);
}

export class Day {
    constructor(date, opens = "08:00", closes = "18:00") {
        this.date = date;
        this.opens = minutes(opens);
        this.closes = minutes(closes);
        this.taken = [];
    }

    book(from, length) {
        const until = from + length;
        if (from < this.opens || until > this.closes) return null;
        if (this.taken.some((slot) => slot.from < until && from < slot.until)) return null;
        const slot = { from, until };
        this.taken.push(slot);
        return slot;
    }
}
''', "src/rooms.js": '''
import { Day, minutes } from "./slots.js";

export class Rooms {
    #days = new Map();

    constructor(names) {
        this.names = new Set(names);
    }

    day(room, date) {
        const key = `${room}/${date}`;
        if (!this.#days.has(key)) this.#days.set(key, new Day(date));
        return this.#days.get(key);
    }

    book({ room, date, at, length = 30 }) {
        return this.day(room, date).book(minutes(at), length);
    }
}
''', "src/app.js": '''
import Fastify from "fastify";
import { Rooms } from "./rooms.js";

export class Refused extends Error {
    constructor(message, statusCode = 400) {
        super(message);
        this.statusCode = statusCode;
    }
}

async function bookings(app, { rooms }) {
    app.addHook("preHandler", async (request) => {
        if (request.body && !rooms.names.has(request.body.room)) throw new Refused(`no room ${request.body.room}`, 404);
    });
    app.post("/bookings", async (request, reply) => {
        const slot = rooms.book(request.body);
        if (!slot) return reply.code(409).send({ error: "taken" });
        return reply.code(201).send(slot);
    });
}

export function build(options = {}) {
    const app = Fastify(options);
    app.register(bookings, { prefix: "/api", rooms: new Rooms(["blue", "red"]) });
    return app;
}
'''}, """import { build } from 'SOURCE/src/app.js'
export default web(build(), '/api/bookings', { method: 'POST', json: { room: 'blue', date: '2026-03-04', at: '9.30', length: 45 } })""",
        [("src/app.js", "        const slot = rooms.book(request.body);", '        if (!/^\\d{1,2}:\\d{2}$/.test(request.body.at)) throw new Refused("no time of day");\n        const slot = rooms.book(request.body);')],
        **FASTIFY)

program("i_koa_search", {"package.json": CJS, "lib/index.js": '''
"use strict";

class Index {
    #words = new Map();

    add(id, text) {
        for (const word of new Set(text.toLowerCase().split(/\\W+/))) {
            if (!this.#words.has(word)) this.#words.set(word, new Set());
            this.#words.get(word).add(id);
        }
    }

    lookup(word) {
        return this.#words.get(word.toLowerCase());
    }
}

module.exports = { Index };
''', "lib/query.js": '''
"use strict";

function parse(text) {
    const wanted = [], banned = [];
    for (const part of text.trim().split(/\\s+/)) {
        if (part.startsWith("-")) banned.push(part.slice(1));
        else wanted.push(part);
    }
    return { wanted, banned };
}

function run(index, { wanted, banned }) {
    let found = null;
    for (const word of wanted) {
        const ids = index.lookup(word);
        if (!ids) return [];
        found = found ? new Set([...found].filter((id) => ids.has(id))) : ids;
    }
    const hidden = new Set();
    for (const word of banned) for (const id of index.lookup(word)) hidden.add(id);
    return [...(found ?? [])].filter((id) => !hidden.has(id));
}

module.exports = { parse, run };
''', "lib/app.js": '''
"use strict";

const Koa = require("koa");
const { Index } = require("./index");
const { parse, run } = require("./query");

const NOTES = { 1: "Buy green tea", 2: "Green paint for the door", 3: "Call the door maker" };

const timed = async (ctx, next) => {
    const begin = process.hrtime.bigint();
    await next();
    ctx.set("x-time", String(process.hrtime.bigint() - begin));
};

function makeApp(notes = NOTES) {
    const index = new Index();
    for (const [id, text] of Object.entries(notes)) index.add(id, text);
    const app = new Koa();
    app.use(timed);
    app.use(async (ctx) => {
        if (ctx.path !== "/search") ctx.throw(404);
        ctx.body = { found: run(index, parse(String(ctx.query.q ?? ""))) };
    });
    return app;
}

module.exports = { makeApp };
'''}, "web(require('SOURCE/lib/app.js').makeApp(), '/search?q=green+-window')",
        [("lib/index.js", "return this.#words.get(word.toLowerCase());", "return this.#words.get(word.toLowerCase()) ?? new Set();")], **KOA)

program("i_http_upload", {"package.json": ESM, "server.mjs": '''
import { createServer } from "node:http";
import { parts } from "./multipart.mjs";
import { Library } from "./library.mjs";

async function bodyOf(request) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks).toString("latin1");
}

export function makeServer(library = new Library()) {
    return createServer(async (request, response) => {
        const url = new URL(request.url, "http://localhost");
        if (request.method !== "POST" || url.pathname !== "/files") return response.writeHead(404).end();
        const body = await bodyOf(request);
        const kept = parts(request.headers["content-type"], body).map((part) => library.keep(part));
        response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify(kept));
    });
}
''', "multipart.mjs": '''
const header = (name, head) => new RegExp(`^${name}:\\\\s*(.+)$`, "im").exec(head)?.[1].trim();

export function parts(type, body) {
    const boundary = /boundary="?([^";]+)"?/.exec(type)[1];
    return body
        .split(`--${boundary}`)
        .slice(1, -1)
        .map((raw) => {
            const at = raw.indexOf("\\r\\n\\r\\n");
            const head = raw.slice(0, at);
            return { disposition: header("content-disposition", head), type: header("content-type", head) ?? "text/plain", data: raw.slice(at + 4, -2) };
        });
}
''', "library.mjs": '''
const KINDS = new Map([["txt", "text"], ["csv", "table"], ["png", "image"]]);

export class Library {
    constructor() {
        this.files = [];
    }

    keep({ disposition, type, data }) {
        const name = this.nameOf(disposition);
        const kind = KINDS.get(name.split(".").pop().toLowerCase()) ?? "other";
        const file = { id: this.files.length + 1, name, kind, type, size: data.length };
        this.files.push(file);
        return file;
    }

    nameOf(disposition) {
        const given = /filename="([^"]*)"/.exec(disposition);
        return given[1].split(/[\\\\/]/).pop();
    }
}
'''}, r"""import { makeServer } from 'SOURCE/server.mjs'
export default web(makeServer(), '/files', { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=xyz' }, body:
    '--xyz\r\nContent-Disposition: form-data; name="a"; filename="notes.txt"\r\n\r\nhello\r\n--xyz\r\nContent-Disposition: form-data; name="comment"\r\n\r\nfrom Ann\r\n--xyz--\r\n' })""",
        [("server.mjs", "body).map((part)", 'body).filter((part) => part.disposition?.includes("filename=")).map((part)')])

program("i_lru_renamed", {"package.json": CJS, "cache/lru.js": '''
"use strict";

class Lru {
    constructor(limit) {
        this.limit = limit;
        this.map = new Map();
        this.order = [];
    }

    touch(key) {
        const at = this.order.indexOf(key);
        if (at >= 0) this.order.splice(at, 1);
        this.order.push(key);
    }

    get(key) {
        if (!this.map.has(key)) return undefined;
        this.touch(key);
        return this.map.get(key).value;
    }

    set(key, value, now) {
        this.map.set(key, { value, at: now });
        this.touch(key);
        if (this.order.length > this.limit) this.map.delete(this.order.shift());
    }

    expire(now, age) {
        for (const [key, { at }] of this.map) if (now - at > age) this.map.delete(key);
    }

    oldest() {
        return this.map.get(this.order[0]).at;
    }
}

module.exports = { Lru };
''', "cache/sessions.js": '''
"use strict";

const { Lru } = require("./lru");

class Sessions {
    constructor({ limit = 100, age = 30 } = {}) {
        this.age = age;
        this.store = new Lru(limit);
    }

    login(user, now) {
        this.store.set(user, { user, since: now }, now);
    }

    visit(user, now) {
        const session = this.store.get(user);
        if (!session) return false;
        this.store.set(user, { ...session, last: now }, now);
        return true;
    }

    sweep(now) {
        this.store.expire(now, this.age);
        return this.store.map.size ? now - this.store.oldest() : 0;
    }
}

function play(steps, options) {
    const sessions = new Sessions(options);
    const report = [];
    for (const [what, now, user] of steps) {
        if (what === "login") sessions.login(user, now);
        else if (what === "visit") report.push(sessions.visit(user, now));
        else report.push(sessions.sweep(now));
    }
    return report;
}

module.exports = { Sessions, play };
'''}, "require('SOURCE/cache/sessions.js').play([['login', 1, 'ann'], ['login', 5, 'bob'], ['visit', 20, 'bob'], ['sweep', 40]], { limit: 5 })",
        [("cache/lru.js", '''        this.order = [];
    }

    touch(key) {
        const at = this.order.indexOf(key);
        if (at >= 0) this.order.splice(at, 1);
        this.order.push(key);
    }

    get(key) {
        if (!this.map.has(key)) return undefined;
        this.touch(key);
        return this.map.get(key).value;
    }

    set(key, value, now) {
        this.map.set(key, { value, at: now });
        this.touch(key);
        if (this.order.length > this.limit) this.map.delete(this.order.shift());
    }
''', '''    }

    get(key) {
        const entry = this.map.get(key);
        if (entry === undefined) return undefined;
        this.map.delete(key);
        this.map.set(key, entry);
        return entry.value;
    }

    set(key, value, now) {
        this.map.delete(key);
        this.map.set(key, { value, at: now });
        if (this.map.size > this.limit) this.map.delete(this.map.keys().next().value);
    }
'''), ("cache/lru.js", '''    oldest() {
        return this.map.get(this.order[0]).at;
    }
''', '''    oldestAt(otherwise = 0) {
        const [first] = this.map.values();
        return first ? first.at : otherwise;
    }
'''), ("cache/sessions.js", "return this.store.map.size ? now - this.store.oldest() : 0;", "return now - this.store.oldestAt(now);")])

program("i_workflow_guard", {"package.json": ESM, "tsconfig.json": '{"compilerOptions": {"target": "es2022", "module": "nodenext", "strict": true}}', "src/types.ts": '''
export enum Status {
    Draft = "draft",
    Review = "review",
    Approved = "approved",
    Archived = "archived",
}

export type Actor = { name: string; roles: string[]; deputyOf?: string };

export interface Document {
    id: number;
    status: Status;
    owner: string;
    reviewers: string[];
}

export class Forbidden extends Error {
    constructor(readonly action: string, readonly actor: string) {
        super(`${actor} may not ${action}`);
        this.name = "Forbidden";
    }
}
''', "src/rules.ts": '''
import { Status, type Actor, type Document } from "./types.js";

type Rule = (document: Document, actor: Actor) => boolean;

const owns: Rule = (document, actor) => document.owner === actor.name || document.owner === actor.deputyOf;
const reviews: Rule = (document, actor) => document.reviewers.includes(actor.name);
const has = (role: string): Rule => (_, actor) => actor.roles.includes(role);

export const RULES: Record<string, Partial<Record<Status, Rule>>> = {
    submit: { [Status.Draft]: owns },
    approve: { [Status.Review]: reviews },
    reject: { [Status.Review]: reviews, [Status.Approved]: has("editor") },
    archive: { [Status.Approved]: owns, [Status.Draft]: owns },
};

export const TARGET: Record<string, Status> = {
    submit: Status.Review,
    approve: Status.Approved,
    reject: Status.Draft,
    archive: Status.Archived,
};

export function allowed(action: string, document: Document, actor: Actor): boolean {
    const rule = RULES[action][document.status] as Rule;
    return rule(document, actor) || has("admin")(document, actor);
}
''', "src/flow.ts": '''
import { TARGET, allowed } from "./rules.js";
import { Forbidden, Status, type Actor, type Document } from "./types.js";

export class Flow {
    readonly log: string[] = [];
    private documents = new Map<number, Document>();
    private next = 1;

    create(owner: string, reviewers: string[] = []): number {
        const id = this.next++;
        this.documents.set(id, { id, status: Status.Draft, owner, reviewers });
        return id;
    }

    act(id: number, action: string, actor: Actor): Status {
        const document = this.documents.get(id)!;
        if (!allowed(action, document, actor)) throw new Forbidden(action, actor.name);
        document.status = TARGET[action];
        this.log.push(`${actor.name} ${action} ${id}`);
        return document.status;
    }

    run(id: number, steps: Array<[string, Actor]>): Status[] {
        return steps.map(([action, actor]) => this.act(id, action, actor));
    }
}
'''}, """import { Flow } from 'SOURCE/src/flow.ts'
const ann = { name: 'ann', roles: [] }, bob = { name: 'bob', roles: ['editor'] }
export default (async () => { const flow = new Flow(); flow.run(flow.create('ann', ['bob']), [['submit', ann], ['approve', bob], ['submit', ann]]) })()""",
        [("src/rules.ts", "[document.status] as Rule;", "[document.status];"),
         ("src/rules.ts", "    return rule(document, actor) || has", "    if (!rule) return false;\n    return rule(document, actor) || has")], **TYPED)

program("i_retry_chain", {"package.json": CJS, "lib/errors.js": '''
"use strict";

class SyncError extends Error {
    constructor(message, options) {
        super(message, options);
        this.name = "SyncError";
    }
}

module.exports = { SyncError };
''', "lib/retry.js": '''
"use strict";

const { SyncError } = require("./errors");

async function retry(work, { times = 3, only = () => true } = {}) {
    let last;
    for (let attempt = 1; attempt <= times; attempt++) {
        try {
            return await work(attempt);
        } catch (error) {
            last = error;
            if (!only(error)) break;
        }
    }
    throw new SyncError(`gave up: ${last.message}`, { cause: last });
}

module.exports = { retry };
''', "lib/sync.js": '''
"use strict";

const { retry } = require("./retry");

class Page {
    constructor({ items, next }) {
        this.items = items;
        this.next = next;
    }

    get cursor() {
        return this.next.cursor;
    }
}

class Sync {
    constructor(source) {
        this.source = source;
        this.items = [];
    }

    async page(cursor) {
        return retry(async () => {
            const page = new Page(await this.source(cursor));
            return { items: page.items, cursor: page.cursor };
        }, { only: (error) => !(error instanceof RangeError) });
    }

    async all() {
        let cursor = "start";
        do {
            const page = await this.page(cursor);
            this.items.push(...page.items);
            cursor = page.cursor;
        } while (cursor);
        return this.items;
    }
}

const fromPages = (pages) => async (cursor) => {
    if (!(cursor in pages)) throw new RangeError(`cursor ${cursor}`);
    return pages[cursor];
};

const syncAll = (pages) => new Sync(fromPages(pages)).all();

module.exports = { Sync, syncAll };
'''}, "require('SOURCE/lib/sync.js').syncAll({ start: { items: [1, 2], next: { cursor: 'p2' } }, p2: { items: [3] } })",
        [("lib/sync.js", "return this.next.cursor;", "return this.next?.cursor ?? null;")])

program("i_ics_recurrence", {"package.json": ESM, "src/rule.js": '''
const DAYS = { MO: 1, TU: 2, WE: 3, TH: 4, FR: 5, SA: 6, SU: 0 };

export class Rule {
    constructor(text) {
        this.parts = Object.fromEntries(text.split(";").map((part) => part.split("=")));
    }

    get step() {
        return Number(this.parts.INTERVAL ?? 1);
    }

    get days() {
        return this.parts.BYDAY.split(",").map((day) => DAYS[day]);
    }

    get count() {
        return Number(this.parts.COUNT ?? 10);
    }
}
''', "src/expand.js": '''
import { Rule } from "./rule.js";

const DAY_MS = 86400000;

function* daily(start, rule) {
    for (let at = start; ; at = new Date(at.getTime() + rule.step * DAY_MS)) yield at;
}

function* weekly(start, rule) {
    const days = rule.days;
    for (let week = 0; ; week += rule.step) {
        for (let i = 0; i < 7; i++) {
            const at = new Date(start.getTime() + (week * 7 + i) * DAY_MS);
            if (days.includes(at.getUTCDay())) yield at;
        }
    }
}

const KINDS = { DAILY: daily, WEEKLY: weekly };

export function expand(start, text) {
    const rule = new Rule(text);
    const found = [];
    for (const at of KINDS[rule.parts.FREQ](start, rule)) {
        found.push(at);
        if (found.length === rule.count) return found;
    }
}
''', "src/calendar.js": '''
import { expand } from "./expand.js";

export class Calendar {
    constructor(zone = "UTC") {
        this.zone = zone;
        this.events = [];
    }

    parse(text) {
        for (const block of text.split("BEGIN:VEVENT").slice(1)) {
            const fields = new Map(block.split(/\\r?\\n/).filter((l) => l.includes(":")).map((l) => [l.slice(0, l.indexOf(":")), l.slice(l.indexOf(":") + 1)]));
            this.events.push({ title: fields.get("SUMMARY") ?? "", start: dateOf(fields.get("DTSTART")), rule: fields.get("RRULE") });
        }
        return this;
    }

    agenda() {
        return this.events
            .flatMap(({ title, start, rule }) => (rule ? expand(start, rule) : [start]).map((at) => ({ title, at: at.toISOString() })))
            .sort((a, b) => a.at.localeCompare(b.at));
    }
}

function dateOf(text) {
    const [, y, m, d, hh, mm] = /^(\\d{4})(\\d{2})(\\d{2})T(\\d{2})(\\d{2})/.exec(text);
    return new Date(Date.UTC(+y, m - 1, +d, +hh, +mm));
}

export const agendaOf = (text) => new Calendar().parse(text).agenda();
'''}, r"""import { agendaOf } from 'SOURCE/src/calendar.js'
export default (async () => agendaOf('BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Standup\nDTSTART:20260302T083000Z\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Retro\nDTSTART:20260306T140000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4\nEND:VEVENT\nEND:VCALENDAR'))()""",
        [("src/expand.js", "    const days = rule.days;", "    const days = rule.parts.BYDAY ? rule.days : [start.getUTCDay()];")])

program("i_price_import", {"package.json": CJS, "src/decimal.js": '''
"use strict";

class Decimal {
    constructor(digits, scale) {
        this.digits = digits;
        this.scale = scale;
    }

    static parse(text) {
        const [whole, part = ""] = text.split(".");
        return new Decimal(BigInt(whole + part), part.length);
    }

    to(scale) {
        if (scale < this.scale) throw new RangeError("would lose digits");
        return new Decimal(this.digits * 10n ** BigInt(scale - this.scale), scale);
    }

    plus(other) {
        const scale = Math.max(this.scale, other.scale);
        return new Decimal(this.to(scale).digits + other.to(scale).digits, scale);
    }

    times(count) {
        return new Decimal(this.digits * BigInt(count), this.scale);
    }

    toString() {
        const text = this.digits.toString().padStart(this.scale + 1, "0");
        return this.scale ? `${text.slice(0, -this.scale)}.${text.slice(-this.scale)}` : text;
    }
}

module.exports = { Decimal };
''', "src/parser.js": '''
"use strict";

const { Decimal } = require("./decimal");

const LINE = /^(?<sku>[A-Z]{2}\\d+)\\s+(?<count>\\d+)\\s*x\\s*(?<price>[\\d.,]+)\\s*(?<currency>[A-Z]{3})?$/;

function parseLine(line) {
    const match = LINE.exec(line.trim());
    if (!match) return null;
    const { sku, count, price, currency = "EUR" } = match.groups;
    return { sku, count: Number(count), price: Decimal.parse(price), currency };
}

function* parseLines(text) {
    for (const line of text.split("\\n")) {
        const parsed = parseLine(line);
        if (parsed) yield parsed;
    }
}

module.exports = { parseLine, parseLines };
''', "src/order.js": '''
"use strict";

const { Decimal } = require("./decimal");
const { parseLines } = require("./parser");

class Totals {
    constructor() {
        this.byCurrency = new Map();
    }

    add({ price, count, currency }) {
        const before = this.byCurrency.get(currency) ?? new Decimal(0n, 2);
        this.byCurrency.set(currency, before.plus(price.times(count)));
    }

    toJSON() {
        return Object.fromEntries([...this.byCurrency].map(([currency, sum]) => [currency, sum.toString()]));
    }
}

exports.totals = (text) => {
    const totals = new Totals();
    for (const line of parseLines(text)) totals.add(line);
    return totals.toJSON();
};
'''}, r"""require('SOURCE/src/order.js').totals('# March\nAB12 3 x 4.50 EUR\nAB13 1x 12.5\nCD7 10 x 1,20 EUR\n')""",
        [("src/parser.js", "price: Decimal.parse(price)", 'price: Decimal.parse(price.replace(",", "."))')])

program("i_pool_events", {"package.json": ESM, "lib/pool.js": '''
import { EventEmitter } from "node:events";

export class Pool extends EventEmitter {
    #idle = [];
    #busy = new Map();
    #waiting = [];

    constructor(make, size) {
        super();
        this.make = make;
        this.size = size;
    }

    async take() {
        const item = this.#idle.pop() ?? (this.#busy.size < this.size ? this.make() : await new Promise((go) => this.#waiting.push(go)));
        this.#busy.set(item.id, { item, uses: (item.uses ?? 0) + 1 });
        this.emit("take", item);
        return item;
    }

    give(item) {
        const entry = this.#busy.get(item.id);
        this.#busy.delete(item.id);
        item.uses = entry.uses;
        const next = this.#waiting.shift();
        if (next) next(item);
        else this.#idle.push(item);
        this.emit("give", item);
    }

    get state() {
        return { idle: this.#idle.length, busy: this.#busy.size, waiting: this.#waiting.length };
    }
}
''', "lib/connection.js": '''
let made = 0;

export class Connection {
    constructor(host) {
        this.host = host;
        this.id = ++made;
        this.open = true;
    }

    async query(text) {
        await null;
        if (!this.open) throw new Error("closed");
        if (text.startsWith("!")) {
            this.open = false;
            throw new SyntaxError(`near ${text.slice(1, 8)}`);
        }
        return { rows: text.length, by: this.id };
    }
}
''', "lib/runner.js": '''
import { Connection } from "./connection.js";
import { Pool } from "./pool.js";

export class Runner {
    constructor(host, size = 2) {
        this.pool = new Pool(() => new Connection(host), size);
        this.errors = [];
    }

    async run(text) {
        const connection = await this.pool.take();
        try {
            return await connection.query(text);
        } catch (error) {
            this.errors.push(error.message);
            this.pool.give(connection);
            return null;
        } finally {
            this.pool.give(connection);
        }
    }

    async batch(texts) {
        const results = [];
        for (const text of texts) results.push(await this.run(text));
        return { results, errors: this.errors, ...this.pool.state };
    }
}

export const runAll = (host, texts) => new Runner(host).batch(texts);
'''}, """import { runAll } from 'SOURCE/lib/runner.js'
export default runAll('db1', ['select 1', '!drop it', 'select 2'])""",
        [("lib/runner.js", "            this.errors.push(error.message);\n            this.pool.give(connection);\n", "            this.errors.push(error.message);\n")])

program("i_graph_layout", {"package.json": ESM, "tsconfig.json": '{"compilerOptions": {"target": "es2022", "module": "nodenext", "strict": true}}', "src/graph.ts": '''
export type NodeId = string;

export class Graph {
    private readonly edges = new Map<NodeId, Set<NodeId>>();

    node(id: NodeId): void {
        if (!this.edges.has(id)) this.edges.set(id, new Set());
    }

    edge(from: NodeId, to: NodeId): void {
        this.node(from);
        this.edges.get(from)!.add(to);
    }

    get nodes(): NodeId[] {
        return [...this.edges.keys()];
    }

    next(id: NodeId): NodeId[] {
        return [...this.edges.get(id)!];
    }
}
''', "src/parse.ts": '''
import { Graph } from "./graph.js";

export function parse(text: string): Graph {
    const graph = new Graph();
    for (const line of text.split("\\n")) {
        const [from, to] = line.split("->").map((part) => part.trim());
        if (!from) continue;
        if (to === undefined) graph.node(from);
        else for (const one of to.split(",")) graph.edge(from, one.trim());
    }
    return graph;
}
''', "src/layers.ts": '''
import type { Graph, NodeId } from "./graph.js";

export interface Layered {
    depth: number;
    layers: NodeId[][];
}

export function layers(graph: Graph): Layered {
    const level = new Map<NodeId, number>();
    const visit = (id: NodeId): number => {
        const known = level.get(id);
        if (known !== undefined) return known;
        const below = graph.next(id).map(visit);
        const mine = below.length ? Math.max(...below) + 1 : 0;
        level.set(id, mine);
        return mine;
    };
    graph.nodes.forEach(visit);
    const depth = Math.max(...level.values()) + 1;
    const found: NodeId[][] = Array.from({ length: depth }, () => []);
    for (const [id, at] of level) found[at].push(id);
    return { depth, layers: found };
}
''', "src/main.ts": '''
import { layers } from "./layers.js";
import { parse } from "./parse.js";

export function order(text: string): string[] {
    return layers(parse(text)).layers.flat();
}

export function plan(files: Record<string, string>): Record<string, string[]> {
    return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, order(text)]));
}
'''}, r"""import { plan } from 'SOURCE/src/main.ts'
export default (async () => plan({ 'a.dep': 'web -> api, db\napi -> db\ndb', 'b.dep': 'site -> cdn\n' }))()""",
        [("src/graph.ts", "        this.node(from);\n", "        this.node(from);\n        this.node(to);\n")], **TYPED)

program("i_template_scope", {"package.json": ESM, "src/scope.mjs": '''
export class Scope {
    constructor(values, parent = null) {
        this.values = values;
        this.parent = parent;
    }

    lookup(name) {
        if (Object.hasOwn(this.values, name)) return this.values[name];
        return this.parent?.lookup(name);
    }

    path(text) {
        const [first, ...rest] = text.split(".");
        return rest.reduce((value, key) => value[key], this.lookup(first));
    }

    child(values) {
        return new Scope(values, this);
    }
}
''', "src/filters.mjs": '''
export const filters = {
    upper: (text) => String(text).toUpperCase(),
    money: (cents) => (cents / 100).toFixed(2),
    join: (list, by = ", ") => list.join(by),
};
''', "src/template.mjs": '''
import { filters } from "./filters.mjs";
import { Scope } from "./scope.mjs";

const TOKEN = /\\{\\{\\s*([\\w.]+)(?:\\s*\\|\\s*(\\w+))?\\s*\\}\\}/g;
const LOOP = /\\{% for (\\w+) in ([\\w.]+) %\\}([\\s\\S]*?)\\{% end %\\}/g;

export class Template {
    constructor(source) {
        this.source = source;
    }

    render(values) {
        return this.#part(this.source, new Scope(values));
    }

    #part(source, scope) {
        const looped = source.replace(LOOP, (_, name, list, inner) =>
            scope
                .path(list)
                .map((item) => this.#part(inner, scope.child({ [name]: item })))
                .join(""),
        );
        return looped.replace(TOKEN, (_, path, filter) => {
            const value = scope.path(path);
            return filter ? filters[filter](value) : String(value ?? "");
        });
    }
}
''', "src/mailer.mjs": '''
import { Template } from "./template.mjs";

const TEMPLATES = {
    order: "Dear {{ customer.name }},\\n{% for line in order.lines %}{{ line.title | upper }} {{ line.cents | money }}\\n{% end %}",
    parcel: "{{ customer.name }}: {{ order.parcel.carrier.name }} {{ order.number }}",
};

export class Mailer {
    constructor(templates = TEMPLATES) {
        this.templates = Object.fromEntries(Object.entries(templates).map(([name, text]) => [name, new Template(text)]));
        this.sent = [];
    }

    send(kind, to, values) {
        this.sent.push({ to, text: this.templates[kind].render(values) });
    }

    sendAll(kind, orders) {
        for (const { customer, ...order } of orders) this.send(kind, customer.mail, { customer, order });
        return this.sent.length;
    }
}
'''}, """import { Mailer } from 'SOURCE/src/mailer.mjs'
export default (async () => new Mailer().sendAll('parcel', [
    { customer: { name: 'Ann', mail: 'ann@x.org' }, number: 7, parcel: { carrier: { name: 'DHL' } } },
    { customer: { name: 'Bob', mail: 'bob@x.org' }, number: 8, parcel: null }]))()""",
        [("src/scope.mjs", "value[key], this.lookup", "value?.[key], this.lookup")])
