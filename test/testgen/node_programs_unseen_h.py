"""A lot of faulty Node programs by a writer who had not read the generator: parts of services, of two or three layers each."""

from node_programs import CJS, ESM, NODE_PROGRAMS, program

TYPED = {"modules": ["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"], "options": ["--import", "tsx"]}

program("h_loan_schedule", {"package.json": ESM, "src/money.js": '''
export class Money {
    constructor(cents, currency = "EUR") {
        this.cents = cents;
        this.currency = currency;
    }

    static of(amount, currency) {
        return new Money(Math.round(amount * 100), currency);
    }

    minus(other) {
        return new Money(this.cents - other.cents, this.currency);
    }

    share(parts) {
        const each = Math.floor(this.cents / parts);
        return Array.from({ length: parts }, (_, i) => new Money(each + (i < this.cents % parts ? 1 : 0), this.currency));
    }
}
''', "src/loan.js": '''
import { Money } from "./money.js";

export class Loan {
    constructor({ amount, currency, months, graceMonths = 0 }) {
        this.principal = Money.of(amount, currency);
        this.months = months;
        this.graceMonths = graceMonths;
        this.paid = [];
    }

    schedule() {
        return this.principal.share(this.months - this.graceMonths);
    }

    pay() {
        const due = this.schedule()[this.paid.length];
        this.paid.push(due.cents);
        return due;
    }

    open() {
        return this.paid.reduce((left, cents) => left.minus(new Money(cents)), this.principal);
    }
}

export function settle(terms, payments) {
    const loan = new Loan(terms);
    for (let i = 0; i < payments; i++) loan.pay();
    return loan.open().cents;
}
'''}, "import { settle } from 'SOURCE/src/loan.js'\nexport default (async () => settle({ amount: 900, currency: 'EUR', months: 6, graceMonths: 2 }, 5))()",
        [("src/loan.js", "        this.paid.push(due.cents);", "        if (!due) return new Money(0, this.principal.currency);\n        this.paid.push(due.cents);")])

program("h_warehouse_typed", {"package.json": ESM, "src/model.ts": '''
export interface Bin { code: string; sku: string; quantity: number }
export interface Pick { sku: string; quantity: number }
export type Result = { ok: true; bins: string[] } | { ok: false; missing: number };

export class Warehouse {
    readonly #bySku = new Map<string, Bin[]>();

    constructor(bins: readonly Bin[]) {
        for (const bin of bins) {
            const list = this.#bySku.get(bin.sku);
            if (list) list.push(bin);
            else this.#bySku.set(bin.sku, [bin]);
        }
    }

    binsOf(sku: string): Bin[] {
        return this.#bySku.get(sku)!;
    }
}
''', "src/picking.ts": '''
import { Warehouse, type Bin, type Pick, type Result } from "./model";

function take(bins: Bin[], quantity: number): Result {
    const used: string[] = [];
    let left = quantity;
    for (const bin of bins.toSorted((a, b) => b.quantity - a.quantity)) {
        if (left <= 0) break;
        used.push(bin.code);
        left -= bin.quantity;
    }
    return left <= 0 ? { ok: true, bins: used } : { ok: false, missing: left };
}

export function plan(bins: Bin[], picks: Pick[]): Record<string, Result> {
    const warehouse = new Warehouse(bins);
    return Object.fromEntries(picks.map((p) => [p.sku, take(warehouse.binsOf(p.sku), p.quantity)]));
}
'''}, "require('SOURCE/src/picking.ts').plan([{ code: 'A1', sku: 'cup', quantity: 4 }], [{ sku: 'cup', quantity: 2 }, { sku: 'jar', quantity: 1 }])",
        [("src/model.ts", "return this.#bySku.get(sku)!;", "return this.#bySku.get(sku) ?? [];")], **TYPED)

program("h_can_frames", {"package.json": CJS, "src/frame.js": '''
"use strict";

class FrameError extends RangeError {
    constructor(message, offset) {
        super(`${message} at byte ${offset}`);
        this.name = "FrameError";
        this.offset = offset;
    }
}

function readFrame(buffer, offset) {
    const id = buffer.readUInt16BE(offset);
    const length = buffer.readUInt8(offset + 2);
    if (length > 8) throw new FrameError(`length ${length} is over 8`, offset);
    return { id, data: buffer.subarray(offset + 3, offset + 3 + length), next: offset + 3 + length };
}

module.exports = { FrameError, readFrame };
''', "src/signals.js": '''
"use strict";
const { readFrame } = require("./frame");

const SIGNALS = {
    0x110: { name: "speed", read: (data) => data.readUInt16BE(0) / 100 },
    0x120: { name: "temperature", read: (data) => data.readInt8(0) },
    0x130: { name: "voltage", read: (data) => data.readUInt32BE(0) / 1000 },
};

function decode(buffer) {
    const values = {};
    for (let at = 0; at < buffer.length;) {
        const frame = readFrame(buffer, at);
        const signal = SIGNALS[frame.id];
        if (signal) values[signal.name] = signal.read(frame.data);
        at = frame.next;
    }
    return values;
}

exports.fromHex = (hex) => decode(Buffer.from(hex.replaceAll(" ", ""), "hex"));
exports.decode = decode;
'''}, "require('SOURCE/src/signals.js').fromHex('0110 02 1388 0120 01 f6 0130 02 2ee0')",
        [("src/signals.js", "if (signal) values[signal.name]", "if (signal && frame.data.length >= signal.size) values[signal.name]"),
         ("src/signals.js", 'name: "speed",', 'name: "speed", size: 2,'), ("src/signals.js", 'name: "temperature",', 'name: "temperature", size: 1,'),
         ("src/signals.js", 'name: "voltage",', 'name: "voltage", size: 4,')])

program("h_express_tickets", {"package.json": CJS, "src/repository.js": '''
"use strict";
const tickets = new Map([
    [1, { id: 1, title: "printer", status: "open", assignee: { name: "Ann", team: "office" }, comments: [] }],
    [2, { id: 2, title: "vpn", status: "new", assignee: null, comments: [{ by: "bob", text: "again" }] }],
]);

exports.find = async (id) => tickets.get(id);
exports.save = async (ticket) => void tickets.set(ticket.id, ticket);
''', "src/service.js": '''
"use strict";
const repository = require("./repository");

class TicketService {
    async comment(id, by, text) {
        const ticket = await repository.find(id);
        if (!ticket) return null;
        ticket.comments.push({ by, text });
        await repository.save(ticket);
        return { id, comments: ticket.comments.length, notified: this.recipients(ticket, by) };
    }

    recipients(ticket, author) {
        const names = new Set(ticket.comments.map((c) => c.by));
        names.add(ticket.assignee.name.toLowerCase());
        names.delete(author);
        return [...names];
    }
}

module.exports = { TicketService };
''', "src/app.js": '''
"use strict";
const express = require("express");
const { TicketService } = require("./service");

const app = express();
const service = new TicketService();
app.use(express.json());

app.post("/tickets/:id/comments", async (req, res, next) => {
    try {
        const result = await service.comment(Number(req.params.id), req.get("x-user") ?? "anonymous", req.body.text);
        if (!result) return res.status(404).json({ error: "no such ticket" });
        res.status(201).json(result);
    } catch (error) {
        next(error);
    }
});

module.exports = app;
'''}, "web(require('SOURCE/src/app.js'), '/tickets/2/comments', { method: 'POST', json: { text: 'same here' }, headers: { 'x-user': 'cid' } })",
        [("src/service.js", "names.add(ticket.assignee.name.toLowerCase());", "if (ticket.assignee) names.add(ticket.assignee.name.toLowerCase());")], modules=["express"])

program("h_fastify_search", {"package.json": ESM, "src/index.js": '''
const DOCUMENTS = [
    { id: "d1", title: "Holiday rules", tags: ["hr", "leave"], body: "Twenty-five days a year." },
    { id: "d2", title: "Travel", body: "Book by train where you can." },
];

export class Index {
    constructor(documents = DOCUMENTS) {
        this.documents = documents;
    }

    score(document, words) {
        const title = document.title.toLowerCase().split(" ");
        return words.reduce((sum, w) => sum + (title.includes(w) ? 3 : 0) + (document.tags.includes(w) ? 2 : 0) + (document.body.includes(w) ? 1 : 0), 0);
    }

    search(text, limit) {
        const words = text.toLowerCase().split(/\\s+/);
        return this.documents
            .map((d) => ({ id: d.id, score: this.score(d, words) }))
            .filter((hit) => hit.score > 0)
            .sort((a, b) => b.score - a.score)
            .slice(0, limit);
    }
}
''', "src/server.js": '''
import Fastify from "fastify";
import { Index } from "./index.js";

export function build(options = {}) {
    const app = Fastify(options);
    app.decorate("index", new Index());
    app.get("/search", async (request) => {
        const { q = "", limit = 10 } = request.query;
        return { hits: app.index.search(q, Number(limit)) };
    });
    return app;
}
'''}, "import { build } from 'SOURCE/src/server.js'\nexport default (async () => web(build(), '/search?q=train+leave&limit=3'))()",
        [("src/index.js", "document.tags.includes(w)", "document.tags?.includes(w)")], modules=["fastify"])

program("h_weather_client", {"package.json": CJS, "lib/client.js": '''
"use strict";

class UpstreamError extends Error {
    constructor(status, place) {
        super(`weather service answered ${status} for ${place}`);
        this.name = "UpstreamError";
    }
}

class WeatherClient {
    constructor(base, units = "metric") {
        this.base = base;
        this.units = units;
    }

    async current(place) {
        const response = await fetch(`${this.base}/v2/current?place=${encodeURIComponent(place)}&units=${this.units}`);
        if (!response.ok) throw new UpstreamError(response.status, place);
        return response.json();
    }
}

module.exports = { WeatherClient, UpstreamError };
''', "lib/advice.js": '''
"use strict";
const { WeatherClient } = require("./client");

const describe = ({ main, wind, rain }) => ({
    temperature: Math.round(main.temp),
    wet: rain["1h"] > 0.2,
    stormy: wind.speed > 17,
});

exports.advice = async function advice(base, place) {
    const weather = describe(await new WeatherClient(base).current(place));
    if (weather.stormy) return "stay in";
    return weather.wet ? "take a coat" : weather.temperature > 24 ? "take water" : "go";
};
'''}, "require('SOURCE/lib/advice.js').advice(await serve({ '/v2/current': [200, '{\"main\": {\"temp\": 18.4}, \"wind\": {\"speed\": 3}}'] }), 'Graz')",
        [("lib/advice.js", 'wet: rain["1h"] > 0.2', 'wet: (rain?.["1h"] ?? 0) > 0.2')])

program("h_plan_limits", {"package.json": ESM, "src/plans.ts": '''
export enum Plan { Free = "free", Team = "team", Enterprise = "enterprise" }
export interface Limits { seats: number; projects: number; storageGb?: number }

const LIMITS: Partial<Record<Plan, Limits>> = {
    [Plan.Free]: { seats: 3, projects: 1, storageGb: 1 },
    [Plan.Team]: { seats: 25, projects: 50, storageGb: 100 },
};

export const limitsOf = (plan: Plan): Limits => LIMITS[plan] as Limits;
''', "src/usage.ts": '''
import { limitsOf, type Plan } from "./plans";

export interface Workspace { id: string; plan: Plan; members: string[]; projects: { name: string; bytes: number }[] }

export abstract class Check {
    abstract exceeded(w: Workspace): boolean;
    constructor(readonly label: string) {}
}

export class SeatCheck extends Check {
    constructor() { super("seats"); }
    exceeded(w: Workspace): boolean { return w.members.length > limitsOf(w.plan).seats; }
}

export class StorageCheck extends Check {
    constructor() { super("storage"); }
    exceeded(w: Workspace): boolean {
        const used = w.projects.reduce((sum, p) => sum + p.bytes, 0);
        return used / 2 ** 30 > (limitsOf(w.plan).storageGb ?? Infinity);
    }
}

export function audit(workspaces: Workspace[]): Map<string, string[]> {
    const checks = [new SeatCheck(), new StorageCheck()];
    return new Map(workspaces.map((w) => [w.id, checks.filter((c) => c.exceeded(w)).map((c) => c.label)]));
}
'''}, "require('SOURCE/src/usage.ts').audit([{ id: 'w1', plan: 'free', members: ['a'], projects: [] }, { id: 'w2', plan: 'enterprise', members: ['a', 'b'], projects: [{ name: 'x', bytes: 5 }] }])",
        [("src/plans.ts", "LIMITS[plan] as Limits;", "LIMITS[plan] ?? { seats: Infinity, projects: Infinity };")], **TYPED)

program("h_outbox_relay", {"package.json": CJS, "src/outbox.js": '''
"use strict";

class Outbox {
    constructor() {
        this.pending = [];
        this.failed = [];
    }

    add(topic, payload) {
        this.pending.push({ id: this.pending.length + 1, topic, payload: JSON.stringify(payload), attempts: 0 });
        return this;
    }

    async *batches(size) {
        while (this.pending.length) yield this.pending.splice(0, size);
    }
}

module.exports = { Outbox };
''', "src/relay.js": '''
"use strict";

class RelayError extends Error {
    constructor(message, cause) {
        super(`relay stopped: ${message.topic} #${message.id}`, { cause });
        this.name = "RelayError";
    }
}

const handlers = {
    "order.placed": async ({ order }) => `mail to ${order.customer.email.toLowerCase()}`,
    "order.shipped": async ({ order, tracking }) => `${order.id}: ${tracking.code}`,
};

async function deliver(message) {
    const handler = handlers[message.topic];
    try {
        return await handler(JSON.parse(message.payload));
    } catch (error) {
        throw new RelayError(message, error);
    }
}

async function relay(outbox, size = 2) {
    const sent = [];
    for await (const batch of outbox.batches(size)) sent.push(...await Promise.all(batch.map(deliver)));
    return sent;
}

module.exports = { relay, RelayError };
''', "src/main.js": '''
"use strict";
const { Outbox } = require("./outbox");
const { relay } = require("./relay");

exports.flush = (events) => {
    const outbox = new Outbox();
    for (const { topic, ...payload } of events) outbox.add(topic, payload);
    return relay(outbox);
};
'''}, """require('SOURCE/src/main.js').flush([{ topic: 'order.placed', order: { id: 1, customer: { email: 'A@x.org' } } },
    { topic: 'order.shipped', order: { id: 1 }, tracking: { code: 'ZX' } }, { topic: 'order.placed', order: { id: 2, customer: null } }])""",
        [("src/relay.js", "`mail to ${order.customer.email.toLowerCase()}`", "(order.customer ? `mail to ${order.customer.email.toLowerCase()}` : null)")])

program("h_trip_timezone", {"package.json": ESM, "src/clock.js": '''
export function localTime(iso, zone) {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(iso));
}
''', "src/airports.js": '''
const AIRPORTS = {
    CDG: { city: "Paris", zone: "Europe/Paris" },
    HND: { city: "Tokyo", zone: "Asia/Tokyo" },
    GVA: { city: "Geneva", zone: "Europe/Geneva" },
};

export const airport = (code) => AIRPORTS[code];
''', "src/itinerary.js": '''
import { airport } from "./airports.js";
import { localTime } from "./clock.js";

class Leg {
    constructor({ from, to, departs, minutes }) {
        this.from = airport(from);
        this.to = airport(to);
        this.departs = new Date(departs);
        this.arrives = new Date(this.departs.getTime() + minutes * 60000);
    }

    toString() {
        return `${this.from.city} ${localTime(this.departs, this.from.zone)} - ${this.to.city} ${localTime(this.arrives, this.to.zone)}`;
    }
}

export const itinerary = (legs) => legs.map((leg) => String(new Leg(leg)));
'''}, """import { itinerary } from 'SOURCE/src/itinerary.js'
export default (async () => itinerary([{ from: 'HND', to: 'CDG', departs: '2026-03-01T02:10:00Z', minutes: 860 }, { from: 'CDG', to: 'GVA', departs: '2026-03-01T18:00:00Z', minutes: 65 }]))()""",
        [("src/airports.js", "Europe/Geneva", "Europe/Zurich")])

program("h_invoice_xml", {"package.json": CJS, "src/xml.js": '''
"use strict";
const TOKEN = /<(\\/?)([\\w:]+)((?:\\s+[\\w:]+="[^"]*")*)\\s*(\\/?)>|([^<]+)/g;

function attributes(text) {
    return Object.fromEntries([...text.matchAll(/([\\w:]+)="([^"]*)"/g)].map(([, k, v]) => [k, v]));
}

exports.parse = function parse(text) {
    const root = { name: "#root", children: [] };
    const stack = [root];
    for (const [, close, name, attrs, empty, content] of text.matchAll(TOKEN)) {
        const top = stack[stack.length - 1];
        if (content !== undefined) {
            if (content.trim()) top.text = content.trim();
        } else if (close) {
            stack.pop();
        } else {
            const node = { name, attributes: attributes(attrs), children: [] };
            top.children.push(node);
            if (!empty) stack.push(node);
        }
    }
    return root.children[0];
};
''', "src/invoice.js": '''
"use strict";
const { parse } = require("./xml");

const child = (node, name) => node.children.find((c) => c.name === name);

function amount(node) {
    const tag = child(node, "Amount");
    return { value: Number(tag.text), currency: tag.attributes.currency };
}

exports.readInvoice = function readInvoice(text) {
    const root = parse(text);
    const lines = root.children.filter((c) => c.name === "Line").map((line) => ({ sku: line.attributes.sku, ...amount(line) }));
    return { number: child(root, "Number").text, lines, total: lines.reduce((sum, l) => sum + l.value, 0) };
};
'''}, """require('SOURCE/src/invoice.js').readInvoice('<Invoice><Number>R-9</Number><Line sku="a"><Amount currency="EUR">12.50</Amount></Line><Line sku="b"/></Invoice>')""",
        [("src/invoice.js", "    return { value: Number(tag.text)", '    if (!tag) return { value: 0, currency: "EUR" };\n    return { value: Number(tag.text)')])

program("h_agent_settings", {"package.json": ESM, "src/settings.js": '''
import { readFileSync } from "node:fs";

export class SettingsError extends Error {
    name = "SettingsError";
}

export function readSettings(path) {
    let text;
    try {
        text = readFileSync(path, "utf8");
    } catch (cause) {
        throw new SettingsError(`cannot read ${path}`, { cause });
    }
    return Object.fromEntries(text.split("\\n").filter((l) => l.trim() && !l.startsWith("#")).map((l) => l.split("=").map((part) => part.trim())));
}
''', "src/agent.js": '''
import { readSettings } from "./settings.js";

const parseHost = (text) => {
    const [, host, port = "443"] = /^([\\w.-]+)(?::(\\d+))?$/.exec(text);
    return { host, port: Number(port) };
};

export class Agent {
    constructor(settings) {
        this.interval = Number(settings.interval ?? 30);
        this.targets = (settings.targets ?? "").split(",").map((t) => parseHost(t.trim()));
    }

    describe() {
        return this.targets.map((t) => `${t.host}:${t.port} every ${this.interval} s`);
    }
}

export const start = (path = "agent.conf") => new Agent(readSettings(path)).describe();
'''}, "import { start } from 'SOURCE/src/agent.js'\nfolder_of({ 'agent.conf': '# ours\\ninterval = 15\\ntargets = db1:5432, cache, [::1]:80\\n' })\nexport default (async () => start())()",
        [("src/agent.js", '.split(",").map((t) => parseHost(t.trim()))', '.split(",").filter((t) => /^[\\w.-]+(:\\d+)?$/.test(t.trim())).map((t) => parseHost(t.trim()))')])

program("h_form_reducer", {"package.json": ESM, "src/reducer.ts": '''
export type Field = { value: string; touched: boolean; errors: string[] };
export type State = { fields: Record<string, Field>; step: number };
export type Action =
    | { type: "input"; name: string; value: string }
    | { type: "next" }
    | { type: "reset"; name: string };

const REQUIRED: string[][] = [["email", "password"], ["street", "city"]];
const empty = (): Field => ({ value: "", touched: false, errors: [] });

export function initial(names: string[]): State {
    return { step: 0, fields: Object.fromEntries(names.map((n) => [n, empty()])) };
}

function validate(state: State, names: string[]): boolean {
    return names.every((n) => state.fields[n].value.trim().length > 0);
}

export function reduce(state: State, action: Action): State {
    switch (action.type) {
        case "input":
            return { ...state, fields: { ...state.fields, [action.name]: { value: action.value, touched: true, errors: [] } } };
        case "reset":
            return { ...state, fields: { ...state.fields, [action.name]: empty() } };
        case "next":
            return validate(state, REQUIRED[state.step]) ? { ...state, step: state.step + 1 } : state;
    }
}
''', "src/form.ts": '''
import { initial, reduce, type Action, type State } from "./reducer";

export const replay = (names: string[], actions: Action[]): State => actions.reduce(reduce, initial(names));
'''}, """require('SOURCE/src/form.ts').replay(['email', 'password', 'street', 'city'], [{ type: 'input', name: 'email', value: 'a@x.org' }, { type: 'input', name: 'password', value: 'pw' },
    { type: 'input', name: 'street', value: 'Ring 1' }, { type: 'input', name: 'city', value: 'Wien' }, { type: 'next' }, { type: 'next' }, { type: 'next' }])""",
        [("src/reducer.ts", "validate(state, REQUIRED[state.step])", "validate(state, REQUIRED[state.step] ?? [])"),
         ("src/reducer.ts", "step: state.step + 1", "step: Math.min(state.step + 1, REQUIRED.length)")], **TYPED)

program("h_acl_inherit", {"package.json": CJS, "src/groups.js": '''
"use strict";

class Group {
    constructor(name, grants = [], parents = []) {
        this.name = name;
        this.grants = new Set(grants);
        this.parents = parents;
    }
}

class Directory {
    constructor(rows) {
        this.groups = new Map(rows.map((r) => [r.name, new Group(r.name, r.grants, r.parents)]));
    }

    permissions(name) {
        const group = this.groups.get(name);
        const inherited = group.parents.flatMap((parent) => [...this.permissions(parent)]);
        return new Set([...group.grants, ...inherited]);
    }
}

module.exports = { Directory };
''', "src/access.js": '''
"use strict";
const { Directory } = require("./groups");

class Access {
    constructor(rows) {
        this.directory = new Directory(rows);
    }

    can(user, permission) {
        return user.groups.some((g) => this.directory.permissions(g).has(permission));
    }
}

exports.check = (rows, user, permission) => new Access(rows).can(user, permission);
'''}, """require('SOURCE/src/access.js').check([{ name: 'staff', grants: ['read'] }, { name: 'ops', grants: ['restart'], parents: ['staff', 'oncall'] },
    { name: 'oncall', grants: ['page'], parents: ['ops'] }], { name: 'ann', groups: ['staff', 'oncall'] }, 'deploy')""",
        [("src/groups.js", '''    permissions(name) {
        const group = this.groups.get(name);
        const inherited = group.parents.flatMap((parent) => [...this.permissions(parent)]);''', '''    permissions(name, above = []) {
        const group = this.groups.get(name);
        if (above.includes(name)) return new Set();
        const inherited = group.parents.flatMap((parent) => [...this.permissions(parent, [...above, name])]);''')])

program("h_token_bucket", {"package.json": ESM, "src/bucket.js": '''
export class Bucket {
    #tokens;
    #updated;

    constructor({ capacity, perSecond }) {
        this.capacity = capacity;
        this.perSecond = perSecond;
        this.#tokens = capacity;
        this.#updated = 0;
    }

    take(count, now) {
        this.#tokens = Math.min(this.capacity, this.#tokens + (now - this.#updated) * this.perSecond);
        this.#updated = now;
        if (this.#tokens < count) return false;
        this.#tokens -= count;
        return true;
    }
}
''', "src/gateway.js": '''
import { Bucket } from "./bucket.js";

export class TooManyRequests extends Error {
    constructor(client, cost) {
        super(`${client} may not spend ${cost} now`);
        this.name = "TooManyRequests";
    }
}

const COSTS = { read: 1, write: 5, export: 25 };

export class Gateway {
    #buckets = new Map();

    constructor(plans) {
        this.plans = plans;
    }

    bucketOf(client) {
        if (!this.#buckets.has(client.id)) this.#buckets.set(client.id, new Bucket(this.plans[client.plan]));
        return this.#buckets.get(client.id);
    }

    pass(client, action, now) {
        const cost = COSTS[action];
        if (!this.bucketOf(client).take(cost, now)) throw new TooManyRequests(client.id, cost);
        return cost;
    }
}

export function simulate(plans, requests) {
    const gateway = new Gateway(plans);
    return requests.map(({ client, action, at }) => gateway.pass(client, action, at));
}
'''}, """import { simulate } from 'SOURCE/src/gateway.js'
export default (async () => simulate({ basic: { capacity: 20, perSecond: 1 } }, [{ client: { id: 'c7', plan: 'basic' }, action: 'write', at: 0 }, { client: { id: 'c7', plan: 'trial' }, action: 'read', at: 1 },
    { client: { id: 'c8', plan: 'trial' }, action: 'read', at: 2 }]))()""",
        [("src/gateway.js", "new Bucket(this.plans[client.plan])", "new Bucket(this.plans[client.plan] ?? { capacity: 5, perSecond: 1 })")])

# Two of them again, mended as others would: a test of an input that fails for a reason of its own shows here.
program("h_agent_brackets", NODE_PROGRAMS["h_agent_settings"]["files"], NODE_PROGRAMS["h_agent_settings"]["call"],
        [("src/agent.js", "/^([\\w.-]+)(?::(\\d+))?$/", "/^(\\[[\\da-f:]+\\]|[\\w.-]+)(?::(\\d+))?$/")])

program("h_plan_enterprise", NODE_PROGRAMS["h_plan_limits"]["files"], NODE_PROGRAMS["h_plan_limits"]["call"],
        [("src/plans.ts", "storageGb: 100 },", "storageGb: 100 },\n    [Plan.Enterprise]: { seats: Infinity, projects: Infinity },")], **TYPED)
