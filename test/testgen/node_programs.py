"""Small faulty programs for Node with their fixes, as in programs.py. `call` is what fails: with require() it is a CommonJS expression, else an
ES module. SOURCE stands for the program's folder. `modules` are packages the checkout has installed, `build` what makes its built files.
`lacks` says that the error depends on something that an event without variables cannot give."""

NODE_PROGRAMS = {}
CJS, ESM = '{"name": "shop", "version": "1.0.0"}', '{"name": "shop", "version": "1.0.0", "type": "module"}'


def program(name, files, call, fix, lacks=False, **more):
    NODE_PROGRAMS[name] = {"files": {k: v.lstrip("\n") for k, v in files.items()}, "call": call, "fix": fix, "lacks": lacks, **more}


program("find_without_result", {"package.json": CJS, "src/people.js": '''
"use strict";

function find(users, id) {
    return users.find((user) => user === id);
}

function greeting(users, id) {
    const user = find(users, id);
    return "Hello " + user.toUpperCase();
}

module.exports = { find, greeting };
'''}, "require('SOURCE/src/people.js').greeting(['ann', 'bob'], 'cid')",
        [("src/people.js", '    return "Hello', '    if (!user) return "Hello stranger";\n    return "Hello')])

program("missing_nested", {"package.json": ESM, "lib/invoice.js": '''
import { round } from "./money.js";

export function total(invoice) {
    const lines = invoice.lines.map((line) => round(line.price.amount * line.count));
    return lines.reduce((a, b) => a + b, 0);
}
''', "lib/money.js": '''
export const round = (x) => Math.round(x * 100) / 100;
'''}, "import { total } from 'SOURCE/lib/invoice.js'\nexport default (async () => total({ id: 4, lines: [{ price: { amount: 2 }, count: 1 }, { count: 3 }] }))()",
        [("lib/invoice.js", "line.price.amount", "(line.price?.amount ?? 0)")])

program("class_state", {"package.json": CJS, "lib/account.js": '''
class Account {
    constructor(owner) {
        this.owner = owner;
        this.entries = [];
    }

    deposit(amount) {
        this.entries.push({ amount });
    }

    largest() {
        return this.entries.sort((a, b) => b.amount - a.amount)[0].amount;
    }
}

module.exports = Account;
'''}, "new (require('SOURCE/lib/account.js'))('ann').largest()",
        [("lib/account.js", "[0].amount;", "[0]?.amount ?? 0;")])

program("static_parse", {"package.json": ESM, "duration.mjs": '''
export default class Duration {
    constructor(seconds) {
        this.seconds = seconds;
    }

    static parse(text) {
        const [, hours, minutes] = /^(\\d+)h(\\d+)m$/.exec(text);
        return new Duration(Number(hours) * 3600 + Number(minutes) * 60);
    }
}
'''}, "import Duration from 'SOURCE/duration.mjs'\nexport default (async () => Duration.parse('90m'))()",
        [("duration.mjs", "        const [, hours", '        const match = /^(\\d+)h(\\d+)m$/.exec(text);\n        if (!match) return new Duration(0);\n        const [, hours')])

program("constructor_refuses", {"package.json": ESM, "range.js": '''
export class Range {
    constructor(from, to) {
        if (from >= to) throw new RangeError(`a range from ${from} to ${to} is empty`);
        this.from = from;
        this.to = to;
    }
}

export function page(number, size) {
    return new Range(number * size, Math.min((number + 1) * size, 100));
}
'''}, "import { page } from 'SOURCE/range.js'\nexport default (async () => page(10, 10))()",
        [("range.js", "    return new Range(", "    if (number * size >= 100) return null;\n    return new Range(")])

program("asynchronous", {"package.json": CJS, "src/load.js": '''
const pause = () => new Promise((go) => setImmediate(go));

async function profile(store, id) {
    await pause();
    const row = store[id];
    return { name: row.name, mail: row.mail.toLowerCase() };
}

async function profiles(store, ids) {
    const found = [];
    for (const id of ids) found.push(await profile(store, id));
    return found;
}

module.exports = { profiles };
'''}, "require('SOURCE/src/load.js').profiles({ a: { name: 'Ann', mail: 'A@X.org' } }, ['a', 'b'])",
        [("src/load.js", "    return { name: row", "    if (!row) return null;\n    return { name: row")])

program("recursion", {"package.json": CJS, "tree.js": '''
exports.depth = function depth(node) {
    if (node === null) return 0;
    return 1 + Math.max(depth(node.left), depth(node.right));
};

exports.countdown = (n) => (n === 0 ? [] : [n, ...exports.countdown(n - 1)]);
'''}, "require('SOURCE/tree.js').countdown(2.5)", [("tree.js", "n === 0", "n <= 0")])

program("json_text", {"package.json": ESM, "settings.js": '''
const DEFAULTS = { colour: "blue", size: 3 };

export function settings(text) {
    return { ...DEFAULTS, ...JSON.parse(text) };
}

export const theme = (cookie) => {
    const value = cookie.split("=")[1];
    return settings(decodeURIComponent(value)).colour;
};
'''}, "import { theme } from 'SOURCE/settings.js'\nexport default (async () => theme('theme=blue'))()",
        [("settings.js", "    return { ...DEFAULTS, ...JSON.parse(text) };",
          "    try {\n        return { ...DEFAULTS, ...JSON.parse(text) };\n    } catch {\n        return DEFAULTS;\n    }")])

program("invalid_date", {"package.json": CJS, "src/day.js": '''
function day(text) {
    return new Date(text).toISOString().slice(0, 10);
}

const report = ({ title, when }) => `${title} of ${day(when)}`;

module.exports = { day, report };
'''}, "require('SOURCE/src/day.js').report({ title: 'Sales', when: '2024-13-01' })",
        [("src/day.js", "    return new Date", '    if (Number.isNaN(Date.parse(text))) return "no day";\n    return new Date')])

program("default_export", {"package.json": ESM, "slug.js": '''
export default function (title, { separator } = {}) {
    return title.normalize("NFD").toLowerCase().split(/\\W+/).join(separator.trim());
}
'''}, "import slug from 'SOURCE/slug.js'\nexport default (async () => slug('Hello World'))()",
        [("slug.js", "separator.trim()", '(separator ?? "-").trim()')])

program("closure", {"package.json": CJS, "src/limit.js": '''
function limiter(rules) {
    return function check(user, route) {
        const rule = rules[route];
        return user.count < rule.limit;
    };
}

module.exports = { limiter };
'''}, "require('SOURCE/src/limit.js').limiter({ '/a': { limit: 3 } })({ count: 1 }, '/b')",
        [("src/limit.js", "        return user.count", "        if (!rule) return true;\n        return user.count")])

program("map_and_set", {"package.json": ESM, "src/roles.mjs": '''
export function permissions(roles, user) {
    const all = new Set();
    for (const name of user.roles) for (const right of roles.get(name).rights) all.add(right);
    return [...all];
}
'''}, "import { permissions } from 'SOURCE/src/roles.mjs'\nexport default (async () => permissions(new Map([['admin', { rights: ['all'] }]]), { id: 1, roles: ['admin', 'guest'] }))()",
        [("src/roles.mjs", "roles.get(name).rights", "(roles.get(name)?.rights ?? [])")])

program("database_stub", {"package.json": ESM, "src/orders.js": '''
export async function customer(db, id) {
    const rows = await db.query("select * from customers where id = $1", [id]);
    return rows[0].name.trim();
}
'''}, "import { customer } from 'SOURCE/src/orders.js'\nexport default (async () => customer({ query: async () => [] }, 12))()",
        [("src/orders.js", "rows[0].name.trim()", 'rows[0]?.name?.trim() ?? "nobody"')])

program("own_error", {"package.json": CJS, "src/states.js": '''
class StateError extends Error {
    constructor(from, to) {
        super(`cannot go from ${from} to ${to}`);
        this.name = "StateError";
    }
}

const NEXT = { new: ["paid", "closed"], paid: ["sent"], sent: ["done"] };

function move(order, to) {
    if (!NEXT[order.state].includes(to)) throw new StateError(order.state, to);
    order.state = to;
    return order;
}

const close = (order) => move(order, "closed");

module.exports = { StateError, move, close };
'''}, "require('SOURCE/src/states.js').close({ id: 1, state: 'paid' })", [("src/states.js", 'paid: ["sent"]', 'paid: ["sent", "closed"]')])

program("typescript_vars", {"package.json": ESM, "src/cart.ts": '''
export interface Line {
    sku: string;
    price?: { amount: number; currency: string };
    count: number;
}

export interface Cart {
    id: number;
    lines: Line[];
    coupon?: string;
}

export function totals(cart: Cart, rates: Record<string, number>): number {
    let sum: number = 0;
    for (const line of cart.lines) {
        sum += (line.price as NonNullable<Line["price"]>).amount * rates[line.price!.currency] * line.count;
    }
    return sum;
}
'''}, "require('SOURCE/src/cart.ts').totals({ id: 1, lines: [{ sku: 'a', count: 2 }] }, { EUR: 1 })",
        [("src/cart.ts", "        sum +=", "        if (!line.price) continue;\n        sum +=")], modules=["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"],
        options=["--import", "tsx"])

program("typescript_class", {"package.json": CJS, "src/queue.ts": '''
type Job = { id: number; run: () => string };

enum Mode {
    Fifo,
    Lifo,
}

export class Queue {
    private jobs: Job[] = [];

    constructor(private readonly name: string, private readonly mode: Mode = Mode.Fifo) {}

    push(job: Job): void {
        this.jobs.push(job);
    }

    next(): string {
        const job = this.mode === Mode.Fifo ? this.jobs.shift() : this.jobs.pop();
        return `${this.name}: ${job!.run()}`;
    }
}
'''}, "new (require('SOURCE/src/queue.ts').Queue)('mails').next()",
        [("src/queue.ts", "        return `${this.name}", "        if (!job) return this.name;\n        return `${this.name}")], modules=["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"],
        options=["--import", "tsx"])

program("typescript_built", {"package.json": ESM, "src/geo.ts": '''
type Point = { lat: number; lng: number };

export function middle(points: Point[]): Point {
    const first: Point = points[0];
    const lat = points.reduce((a: number, p: Point) => a + p.lat, first.lat) / points.length;
    return { lat, lng: first.lng };
}
''', "tsconfig.json": '{"compilerOptions": {"target": "es2022", "module": "nodenext", "outDir": "dist", "rootDir": "src", "sourceMap": true, "types": []}, "include": ["src"]}'},
        "import { middle } from 'SOURCE/dist/geo.js'\nexport default (async () => middle([]))()",
        [("src/geo.ts", "    const lat =", "    if (!first) return { lat: 0, lng: 0 };\n    const lat =")],
        build=["node $MODULES/typescript/bin/tsc -p ."])

program("typescript_built_mapped", {"package.json": CJS, "src/tax.ts": '''
interface Rate { country: string; percent: number }

const RATES: Rate[] = [{ country: "FR", percent: 20 }, { country: "DE", percent: 19 }];

export function withTax(net: number, country: string): number {
    const rate: Rate | undefined = RATES.find((r: Rate): boolean => r.country === country);
    return net * (1 + rate!.percent / 100);
}
''', "tsconfig.json": '{"compilerOptions": {"target": "es2022", "module": "commonjs", "outDir": "dist", "rootDir": "src", "sourceMap": true, "types": []}, "include": ["src"]}'},
        "require('SOURCE/dist/tax.js').withTax(10, 'IT')",
        [("src/tax.ts", "    return net *", "    if (!rate) return net;\n    return net *")],
        build=["node $MODULES/typescript/bin/tsc -p ."], options=["--enable-source-maps"])

program("buffer_cut", {"package.json": CJS, "src/frame.js": '''
exports.read = function read(buffer) {
    const length = buffer.readUInt16BE(0);
    return { length, kind: buffer.readUInt8(2) };
};

exports.frames = (chunks) => chunks.map((chunk) => exports.read(Buffer.from(chunk, "latin1")));
'''}, "require('SOURCE/src/frame.js').frames(['\\u0000\\u0003\\u0001', '\\u0000'])",
        [("src/frame.js", "    const length", "    if (buffer.length < 3) return null;\n    const length")])

program("uri_encoding", {"package.json": ESM, "query.js": '''
export function parse(query) {
    const found = {};
    for (const part of query.replace(/^\\?/, "").split("&")) {
        const [key, value] = part.split("=");
        found[decodeURIComponent(key)] = decodeURIComponent(value);
    }
    return found;
}
'''}, "import { parse } from 'SOURCE/query.js'\nexport default (async () => parse('?a=1&b=50%'))()",
        [("query.js", "decodeURIComponent(value);", 'value.replace(/%[0-9a-f]{2}/gi, (c) => { try { return decodeURIComponent(c); } catch { return c; } });')])

program("iterating_nothing", {"package.json": CJS, "src/csv.js": '''
/**
 * @param {Array<Object>} rows
 * @param {{columns?: string[]}} options
 */
function csv(rows, options) {
    const out = [];
    for (const column of options.columns) out.push(column);
    return [out.join(";"), ...rows.map((row) => out.map((c) => String(row[c])).join(";"))].join("\\n");
}

module.exports.csv = csv;
'''}, "require('SOURCE/src/csv.js').csv([{ a: 1 }], {})",
        [("src/csv.js", "options.columns)", "options.columns ?? Object.keys(rows[0] ?? {}))")])

program("generator", {"package.json": ESM, "src/pages.js": '''
export function* pages(items, size) {
    if (!Number.isInteger(size) || size < 1) throw new TypeError("size must be a whole number, not " + typeof size);
    for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
'''}, "import { pages } from 'SOURCE/src/pages.js'\nexport default (async () => [...pages([1, 2, 3], '2')])()",
        [("src/pages.js", "    if (!Number", "    size = Number(size);\n    if (!Number")])

program("promise_not_async", {"package.json": CJS, "src/cache.js": '''
const held = new Map();

function cached(key, make) {
    if (!held.has(key)) held.set(key, Promise.resolve(make(key)).then((value) => value.toFixed(2)));
    return held.get(key);
}

module.exports = { cached };
'''}, "require('SOURCE/src/cache.js').cached('a', () => '12')",
        [("src/cache.js", "value.toFixed(2)", "Number(value).toFixed(2)")])

program("instance_exported", {"package.json": ESM, "src/registry.js": '''
class Registry {
    #handlers = new Map();

    on(name, handler) {
        this.#handlers.set(name, handler);
    }

    emit(name, payload) {
        return this.#handlers.get(name)(payload);
    }
}

export const registry = new Registry();
'''}, "import { registry } from 'SOURCE/src/registry.js'\nexport default (async () => registry.emit('paid', { id: 1 }))()",
        [("src/registry.js", "get(name)(payload)", "get(name)?.(payload)")])

program("import_es_module", {"package.json": ESM, "src/rates.js": '''
const RATES = [
    { code: "EUR", factor: { buy: 1, sell: 1 } },
    { code: "USD", factor: { buy: 1.1, sell: 1.12 } },
    { code: "CHF" },
];

const spread = ({ factor }) => factor.sell - factor.buy;

export const SPREADS = Object.fromEntries(RATES.map((rate) => [rate.code, spread(rate)]));
'''}, "const load = () => import('SOURCE/src/rates.js')\nexport default (async () => (await load()).SPREADS.EUR)()",
        [("src/rates.js", '{ code: "CHF" }', '{ code: "CHF", factor: { buy: 0.95, sell: 0.97 } }')])

program("import_common_module", {"package.json": CJS, "src/plugins.js": '''
"use strict";
const table = { csv: { read: (text) => text.split(",") }, json: { read: JSON.parse }, xml: undefined };

function register(name) {
    return [name, table[name].read];
}

exports.readers = new Map(Object.keys(table).map(register));
'''}, "require('SOURCE/src/plugins.js').readers.get('csv')('a,b')", [("src/plugins.js", ", xml: undefined", "")])

program("state_of_es_module", {"package.json": ESM, "src/ids.js": '''
const seen = new Set();

class DuplicateError extends Error {
    constructor(id) {
        super(`${id} was used before`);
        this.name = "DuplicateError";
    }
}

export function claim(id) {
    if (seen.has(id)) throw new DuplicateError(id);
    seen.add(id);
    return seen.size;
}
''', "src/load.js": '''
import { claim } from "./ids.js";

export const load = (rows) => rows.map((row) => claim(row.id.trim()));
'''}, "import { load } from 'SOURCE/src/load.js'\nexport default (async () => load([{ id: 'a1' }, { id: 'b2' }, { id: ' a1' }]))()",
        [("src/load.js", "rows.map((row) => claim(row.id.trim()))", "[...new Set(rows.map((row) => row.id.trim()))].map((id) => claim(id))")])

program("state_used_up", {"package.json": ESM, "src/pool.mjs": '''
const free = [{ id: 1 }, { id: 2 }, { id: 3 }];
const taken = new Map();

function lease(client) {
    const one = free.shift();
    taken.set(client, one.id);
    return one.id;
}

export function leases(clients) {
    return clients.map((client) => lease(client));
}
'''}, "import { leases } from 'SOURCE/src/pool.mjs'\nexport default (async () => leases(['a', 'b', 'c', 'd']))()",
        [("src/pool.mjs", "    taken.set(", "    if (!one) return null;\n    taken.set(")])

program("event_listener", {"package.json": ESM, "src/mail.js": '''
export function subscribe(bus, sent) {
    bus.on("order", (order) => sent.push(`to ${order.customer.mail.toLowerCase()}`));
    bus.on("refund", (order) => sent.push(`refund of ${order.id}`));
}
''', "src/shop.js": '''
import { EventEmitter } from "node:events";
import { subscribe } from "./mail.js";

export function run(events) {
    const bus = new EventEmitter(), sent = [];
    subscribe(bus, sent);
    for (const { type, ...order } of events) bus.emit(type, order);
    return sent;
}
'''}, "import { run } from 'SOURCE/src/shop.js'\nexport default (async () => run([{ type: 'refund', id: 1 }, { type: 'order', id: 2, customer: { name: 'Bo' } }]))()",
        [("src/mail.js", "order.customer.mail.toLowerCase()", "order.customer.mail?.toLowerCase()")])
