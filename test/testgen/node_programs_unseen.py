"""A lot of faulty Node programs written without a look at the search. At first sight the generator of 6febc41 repeated 12 of 18 with variables and 11 without,
that of 622d63f 14 and 13, and one more of which the test is skipped on the fix."""

from node_programs import CJS, ESM, program

TYPED = {"modules": ["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"], "options": ["--import", "tsx"]}

program("unseen_last_page", {"package.json": ESM, "src/pager.js": '''
export class Pager {
    #items;
    #size;

    constructor(items, size = 10) {
        this.#items = items;
        this.#size = size;
    }

    get pages() {
        return Math.ceil(this.#items.length / this.#size);
    }

    page(number) {
        return this.#items.slice((number - 1) * this.#size, number * this.#size);
    }

    lastOf(number) {
        const page = this.page(number);
        return page[page.length - 1].title;
    }
}

export function summary(items, size, number) {
    const pager = new Pager(items, size);
    return `${number}/${pager.pages}: ${pager.lastOf(number)}`;
}
'''}, "import { summary } from 'SOURCE/src/pager.js'\nexport default (async () => summary([{ title: 'One' }, { title: 'Two' }, { title: 'Three' }], 2, 3))()",
        [("src/pager.js", "page[page.length - 1].title;", 'page[page.length - 1]?.title ?? "";')])

program("unseen_inventory_reserve", {"package.json": CJS, "lib/index.js": '''
"use strict";
module.exports = { ...require("./inventory"), ...require("./errors") };
''', "lib/errors.js": '''
"use strict";
class OutOfStockError extends Error {
    constructor(sku, wanted, left) {
        super(`${sku}: ${wanted} wanted, ${left} left`);
        this.name = "OutOfStockError";
        this.sku = sku;
    }
}
module.exports = { OutOfStockError };
''', "lib/inventory.js": '''
"use strict";
const { OutOfStockError } = require("./errors");

class Inventory {
    constructor() {
        this.stock = new Map();
    }

    receive(sku, count) {
        this.stock.set(sku, (this.stock.get(sku) ?? 0) + count);
        return this;
    }

    reserve(sku, count) {
        const left = this.stock.get(sku) ?? 0;
        if (count >= left) throw new OutOfStockError(sku, count, left);
        this.stock.set(sku, left - count);
        return left - count;
    }
}

module.exports = { Inventory };
'''}, "new (require('SOURCE/lib').Inventory)().receive('cup', 3).reserve('cup', 3)",
        [("lib/inventory.js", "count >= left", "count > left")])

program("unseen_csv_header", {"package.json": ESM, "csv.mjs": '''
const split = (line) => line.split(",").map((cell) => cell.trim());

export function* records(text) {
    const [header, ...lines] = text.split("\\n");
    const names = split(header);
    for (const line of lines) {
        const cells = split(line);
        yield Object.fromEntries(names.map((name, i) => [name, cells[i].replace(/^"|"$/g, "")]));
    }
}

export default function table(text) {
    return [...records(text)];
}
'''}, "import table from 'SOURCE/csv.mjs'\nexport default (async () => table('name,age\\nann,41\\n'))()",
        [("csv.mjs", "    for (const line of lines) {", "    for (const line of lines) {\n        if (!line) continue;")])

program("unseen_config_cause", {"package.json": ESM, "config.js": '''
export class ConfigError extends Error {
    constructor(message, options) {
        super(message, options);
        this.name = "ConfigError";
    }
}

export function parse(text) {
    try {
        return JSON.parse(text);
    } catch (cause) {
        throw new ConfigError("config is not valid JSON", { cause });
    }
}

export function load(files, name) {
    const text = files[name] ?? "";
    return { name, ...parse(text) };
}
'''}, "import { load } from 'SOURCE/config.js'\nexport default (async () => load({ base: '{}' }, 'local'))()",
        [("config.js", 'files[name] ?? "";', 'files[name] ?? "{}";')])

program("unseen_schedule_zone", {"package.json": CJS, "schedule.js": '''
"use strict";

function localHour(date, timeZone) {
    const parts = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", hour12: false, timeZone }).formatToParts(date);
    return Number(parts.find((p) => p.type === "hour").value);
}

function isOpen(shop, date) {
    const hour = localHour(date, shop.zone);
    return hour >= shop.opens && hour < shop.closes;
}

module.exports = { localHour, isOpen };
'''}, "require('SOURCE/schedule.js').isOpen({ opens: 9, closes: 17, zone: 'Mars/Phobos' }, new Date('2024-05-01T10:00:00Z'))",
        [("schedule.js", "function localHour(date, timeZone) {",
          'function localHour(date, zone) {\n    const timeZone = Intl.supportedValuesOf("timeZone").includes(zone) ? zone : "UTC";')])

program("unseen_parallel_prices", {"package.json": ESM, "src/prices.js": '''
export async function priceOf(api, sku) {
    const reply = await api.get(`/prices/${sku}`);
    return reply.data.price.amount;
}

export async function basket(api, skus) {
    const prices = await Promise.all(skus.map((sku) => priceOf(api, sku)));
    return prices.reduce((a, b) => a + b, 0);
}
'''}, "import { basket } from 'SOURCE/src/prices.js'\n"
      "export default (async () => basket({ get: async (p) => ({ data: p.endsWith('a') ? { price: { amount: 3 } } : {} }) }, ['a', 'b']))()",
        [("src/prices.js", "reply.data.price.amount", "reply.data.price?.amount ?? 0")])

program("unseen_counter_reset", {"package.json": CJS, "metrics.js": '''
"use strict";
const counters = {};
let prefix = null;

exports.configure = (options) => {
    prefix = options.prefix;
};

exports.increment = (name, by = 1) => {
    const key = prefix.concat(".", name);
    counters[key] = (counters[key] ?? 0) + by;
    return counters[key];
};

exports.read = () => ({ ...counters });
'''}, "require('SOURCE/metrics.js').increment('logins')",
        [("metrics.js", "let prefix = null;", 'let prefix = "app";')])

program("unseen_roman", {"package.json": CJS, "roman.js": '''
const VALUES = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1000 };

function valueOf(letter) {
    if (!(letter in VALUES)) throw new RangeError(`"${letter}" is no Roman digit`);
    return VALUES[letter];
}

module.exports = function roman(text) {
    let sum = 0;
    for (let i = 0; i <= text.length; i++) {
        const here = valueOf(text.charAt(i)), next = i + 1 < text.length ? valueOf(text.charAt(i + 1)) : 0;
        sum += here < next ? -here : here;
    }
    return sum;
};
'''}, "require('SOURCE/roman.js')('XIV')", [("roman.js", "i <= text.length", "i < text.length")])

program("unseen_menu_depth", {"package.json": ESM, "menu.js": '''
export const flatten = (node, path = []) => {
    const here = [...path, node.label];
    return node.children.length === 0 ? [here.join(" / ")] : node.children.flatMap((child) => flatten(child, here));
};

export class Menu {
    constructor(root) {
        this.root = root;
    }

    paths() {
        return flatten(this.root);
    }
}
'''}, "import { Menu } from 'SOURCE/menu.js'\nexport default (async () => new Menu({ label: 'File', children: [{ label: 'Open' }] }).paths())()",
        [("menu.js", "node.children.length === 0", "!node.children?.length")])

program("unseen_typed_discount", {"package.json": ESM, "src/discount.ts": '''
export type Tier = "bronze" | "silver" | "gold";
export interface Customer {
    name: string;
    tier?: Tier;
    since: Date;
}

const RATES: Record<Tier, { rate: number; min: number }> = {
    bronze: { rate: 0.02, min: 100 },
    silver: { rate: 0.05, min: 50 },
    gold: { rate: 0.1, min: 0 },
};

export function discount(customer: Customer, total: number): number {
    const { rate, min } = RATES[customer.tier!];
    return total >= min ? total * rate : 0;
}
''', "src/checkout.ts": '''
import { discount, type Customer } from "./discount.js";

export class Checkout {
    private totals: number[] = [];

    constructor(private readonly customer: Customer) {}

    add(price: number, count = 1): this {
        this.totals.push(price * count);
        return this;
    }

    pay(): number {
        const total = this.totals.reduce((a, b) => a + b, 0);
        return total - discount(this.customer, total);
    }
}
'''}, "new (require('SOURCE/src/checkout.ts').Checkout)({ name: 'Ann', since: new Date(0) }).add(30, 2).pay()",
        [("src/discount.ts", "RATES[customer.tier!];", 'RATES[customer.tier ?? "bronze"];')], **TYPED)

program("unseen_queue_drain", {"package.json": CJS, "queue.js": '''
"use strict";
const { EventEmitter } = require("node:events");

class JobQueue extends EventEmitter {
    constructor(limit) {
        super();
        this.limit = limit;
        this.jobs = [];
        this.running = 0;
    }

    push(job) {
        this.jobs.push(job);
        if (this.jobs.length > this.limit) this.emit("error", new Error(`queue is full: ${this.jobs.length} of ${this.limit}`));
        return this.jobs.length;
    }
}

function enqueueAll(queue, jobs) {
    for (const job of jobs) queue.push(job);
    return queue.jobs.length;
}

module.exports = { JobQueue, enqueueAll };
'''}, "(() => { const q = require('SOURCE/queue.js'); return q.enqueueAll(new q.JobQueue(2), ['a', 'b', 'c']); })()",
        [("queue.js", '        if (this.jobs.length > this.limit) this.emit("error", new Error(`queue is full: ${this.jobs.length} of ${this.limit}`));',
          '        if (this.jobs.length > this.limit) this.jobs.shift();')])

program("unseen_money_bigint", {"package.json": ESM, "money.js": '''
export class Money {
    constructor(cents, currency) {
        this.cents = cents;
        this.currency = currency;
    }

    static parse(text) {
        const [amount, currency] = text.split(" ");
        const [whole, part = "0"] = amount.split(".");
        return new Money(BigInt(whole) * 100n + BigInt(part.padEnd(2, "0")), currency);
    }

    plus(other) {
        if (other.currency !== this.currency) throw new TypeError(`cannot add ${other.currency} to ${this.currency}`);
        return new Money(this.cents + other.cents, this.currency);
    }
}

export function sum(texts) {
    return texts.map(Money.parse).reduce((a, b) => a.plus(b)).cents;
}
'''}, "import { sum } from 'SOURCE/money.js'\nexport default (async () => sum(['1.50 EUR', '1,200.00 EUR']))()",
        [("money.js", 'amount.split(".");', 'amount.replaceAll(",", "").split(".");')])

program("unseen_link_hosts", {"package.json": CJS, "links.js": '''
"use strict";

const hostOf = (link) => new URL(link).host;

function countHosts(links) {
    const counts = new Map();
    for (const link of links) {
        const host = hostOf(link);
        counts.set(host, (counts.get(host) || 0) + 1);
    }
    return counts;
}

module.exports = { hostOf, countHosts };
'''}, "require('SOURCE/links.js').countHosts(['https://example.com/a', '/about'])",
        [("links.js", "new URL(link).host;", 'new URL(link, "https://example.org").host;')])

program("unseen_frame_reader", {"package.json": CJS, "frame.js": '''
"use strict";

class FrameReader {
    constructor(buffer) {
        this.buffer = buffer;
        this.offset = 0;
    }

    next() {
        const length = this.buffer.readUInt16BE(this.offset);
        const body = this.buffer.subarray(this.offset + 2, this.offset + 2 + length);
        this.offset += 2 + length;
        return body.toString("utf8");
    }

    all() {
        const found = [];
        while (this.offset < this.buffer.length) found.push(this.next());
        return found;
    }
}

const decode = (base64) => new FrameReader(Buffer.from(base64, "base64")).all();

module.exports = { FrameReader, decode };
'''}, "require('SOURCE/frame.js').decode('AAJoaQA=')",
        [("frame.js", "while (this.offset < this.buffer.length)", "while (this.offset + 2 <= this.buffer.length)")])

program("unseen_template_helpers", {"package.json": ESM, "template.js": '''
import { helpers } from "./helpers.js";

export function compile(text) {
    const parts = text.split(/\\{\\{(.*?)\\}\\}/);
    return (data) => parts.map((part, i) => {
        if (i % 2 === 0) return part;
        const [name, helper] = part.trim().split(/\\s*\\|\\s*/);
        const value = data[name];
        return helper ? helpers[helper](value) : value;
    }).join("");
}
''', "helpers.js": '''
export const helpers = {
    upper: (v) => v.toUpperCase(),
    money: (v) => `$${v.toFixed(2)}`,
};
'''}, "import { compile } from 'SOURCE/template.js'\nexport default (async () => compile('Hi {{ name | title }}')({ name: 'ann' }))()",
        [("template.js", "return helper ? helpers[helper](value) : value;", "return helper in helpers ? helpers[helper](value) : value;")])

program("unseen_permissions_set", {"package.json": CJS, "acl.js": '''
"use strict";

class Role {
    constructor(name, permissions = [], parent = null) {
        this.name = name;
        this.permissions = new Set(permissions);
        this.parent = parent;
    }

    can(permission) {
        return this.permissions.has(permission) || (this.parent !== null && this.parent.can(permission));
    }
}

function authorize(user, permission, roles) {
    const role = roles.get(user.role);
    if (!role.can(permission)) throw new Error(`${user.name} may not ${permission}`);
    return true;
}

module.exports = { Role, authorize };
'''}, "(() => { const { Role, authorize } = require('SOURCE/acl.js'); return authorize({ name: 'ann', role: 'editor' }, 'edit', new Map([['admin', new Role('admin', ['edit'])]])); })()",
        [("acl.js", "    if (!role.can(permission))", "    if (role && !role.can(permission))")])

program("unseen_histogram", {"package.json": ESM, "histogram.js": '''
export function histogram(samples, buckets) {
    const low = Math.min(...samples), high = Math.max(...samples);
    const counts = new Uint32Array(buckets);
    for (const s of samples) counts[Math.floor(((s - low) / (high - low)) * (buckets - 1))]++;
    return counts;
}

export function bars(samples, buckets, width = 40) {
    const counts = histogram(samples, buckets);
    const most = Math.max(...counts);
    return [...counts].map((c) => "#".repeat((c / most) * width));
}
'''}, "import { bars } from 'SOURCE/histogram.js'\nexport default (async () => bars([3, 4, 5], -1))()",
        [("histogram.js", "new Uint32Array(buckets)", "new Uint32Array(Math.max(buckets, 1))")])

program("unseen_middleware_chain", {"package.json": CJS, "src/compose.js": '''
"use strict";
module.exports = function compose(...layers) {
    return function run(context) {
        const dispatch = (i) => layers[i](context, () => dispatch(i + 1));
        return dispatch(0);
    };
};
''', "src/layers.js": '''
"use strict";
exports.session = (context, next) => {
    context.session = context.cookies.sid ? { id: context.cookies.sid } : null;
    return next();
};

exports.audit = (context, next) => {
    context.log.push(`${context.session.id} ${context.path}`);
    return next();
};

exports.reply = (context) => ({ status: 200, path: context.path });
''', "src/server.js": '''
"use strict";
const compose = require("./compose");
const { session, audit, reply } = require("./layers");

exports.handle = compose(session, audit, reply);
'''}, "require('SOURCE/src/server.js').handle({ path: '/', cookies: {}, log: [] })",
        [("src/layers.js", "context.session.id", 'context.session?.id ?? "-"')])
