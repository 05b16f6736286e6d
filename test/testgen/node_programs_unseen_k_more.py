"""More of node_programs_unseen_k.py."""

from node_programs import CJS, ESM, program

# A worker asks for the next job while none is left.
program("k_render_pool", {"package.json": CJS, "src/pool.js": '''
"use strict";

class Pool {
    constructor(size, work) {
        this.size = size;
        this.work = work;
        this.jobs = [];
        this.done = new Map();
    }

    add(job) {
        this.jobs.push(job);
        return this;
    }

    async next() {
        const job = this.jobs.shift();
        await null;
        const result = await this.work(job);
        this.done.set(job.id, result);
    }

    async worker() {
        do await this.next();
        while (this.jobs.length);
    }

    async drain() {
        await Promise.all(Array.from({ length: this.size }, () => this.worker()));
        return this.done;
    }
}

module.exports = { Pool };
''', "src/thumbnails.js": '''
"use strict";

const { Pool } = require("./pool");

const SIZES = { small: 120, wide: 480 };

async function thumbnail(job) {
    const width = SIZES[job.size] ?? SIZES.small;
    return `${job.id}@${width}x${Math.round((width * job.height) / job.width)}`;
}

async function renderAll(images, { parallel = 3, size = "small" } = {}) {
    const pool = new Pool(parallel, thumbnail);
    for (const image of images) pool.add({ ...image, size });
    const done = await pool.drain();
    return [...done.values()].sort();
}

module.exports = { renderAll, thumbnail };
'''}, "require('SOURCE/src/thumbnails.js').renderAll([{ id: 'cover', width: 1600, height: 900 }, { id: 'back', width: 800, height: 800 }], { size: 'wide' })",
        [("src/pool.js", "        do await this.next();\n        while (this.jobs.length);\n", "        while (this.jobs.length) await this.next();\n")])

# No source of rates answers, and there is yesterday's to fall back on.
program("k_rates_any", {"package.json": ESM, "src/sources.js": '''
export class RateSource {
    constructor(name, table) {
        this.name = name;
        this.table = table;
    }

    async rate(pair) {
        const rate = this.table[pair];
        if (!rate) throw new RangeError(`${this.name} does not quote ${pair}`);
        return rate;
    }
}

export async function firstRate(sources, pair) {
    try {
        return await Promise.any(sources.map((source) => source.rate(pair)));
    } catch (error) {
        throw new Error(`no rate of ${pair}`, { cause: error });
    }
}
''', "src/converter.js": '''
import { RateSource, firstRate } from "./sources.js";

export class Converter {
    #yesterday;

    constructor(tables, yesterday = {}) {
        this.sources = Object.entries(tables).map(([name, table]) => new RateSource(name, table));
        this.#yesterday = yesterday;
    }

    async convert(cents, from, to) {
        const rate = await firstRate(this.sources, `${from}/${to}`);
        return Math.round(cents * rate);
    }

    async total(bills, to) {
        let sum = 0;
        for (const bill of bills) sum += bill.currency === to ? bill.cents : await this.convert(bill.cents, bill.currency, to);
        return sum;
    }
}
'''}, """import { Converter } from 'SOURCE/src/converter.js'
export default (async () => new Converter({ ecb: { 'USD/EUR': 0.92 }, mint: { 'GBP/EUR': 1.17 } }, { 'SEK/EUR': 0.088 }).total([{ cents: 5000, currency: 'EUR' }, { cents: 12900, currency: 'SEK' }], 'EUR'))()""",
        [("src/converter.js", "        const rate = await firstRate(this.sources, `${from}/${to}`);\n", "        const pair = `${from}/${to}`;\n        const rate = await firstRate(this.sources, pair).catch((error) => {\n            if (!(pair in this.#yesterday)) throw error;\n            return this.#yesterday[pair];\n        });\n")],)

# Settings that refer to one another in a ring.
program("k_setting_refs", {"package.json": CJS, "lib/parse.js": '''
"use strict";

function parseProperties(text) {
    const values = {};
    for (const raw of text.split(/\\r?\\n/)) {
        const line = raw.trim();
        if (!line || line.startsWith("#")) continue;
        const at = line.indexOf("=");
        if (at < 1) continue;
        values[line.slice(0, at).trim()] = line.slice(at + 1).trim();
    }
    return values;
}

module.exports = { parseProperties };
''', "lib/settings.js": '''
"use strict";

const { parseProperties } = require("./parse");

class Settings {
    constructor(text) {
        this.values = parseProperties(text);
    }

    get(key, fallback = "") {
        const value = this.values[key];
        return value === undefined ? fallback : this.expand(value);
    }

    expand(text) {
        return text.replace(/\\$\\{([\\w.]+)\\}/g, (_, key) => this.get(key));
    }

    all() {
        return Object.fromEntries(Object.keys(this.values).map((key) => [key, this.get(key)]));
    }
}

function load(layers) {
    return new Settings(layers.join("\\n")).all();
}

module.exports = { Settings, load };
'''}, "require('SOURCE/lib/settings.js').load(['# base', 'app.home=/srv/app\\nlog.dir=${app.home}/log', 'app.home=${data.root}/app\\ndata.root=${app.home}/data'])",
        [("lib/settings.js", '''    get(key, fallback = "") {
        const value = this.values[key];
        return value === undefined ? fallback : this.expand(value);
    }

    expand(text) {
        return text.replace(/\\$\\{([\\w.]+)\\}/g, (_, key) => this.get(key));
    }
''', '''    get(key, fallback = "", open = []) {
        const value = this.values[key];
        return value === undefined || open.includes(key) ? fallback : this.expand(value, [...open, key]);
    }

    expand(text, open = []) {
        return text.replace(/\\$\\{([\\w.]+)\\}/g, (_, key) => this.get(key, "", open));
    }
''')])

# An amount in words is no number: the pattern does not match.
program("k_recipe_scale", {"package.json": ESM, "src/amount.js": '''
const AMOUNT = /^(\\d+)?\\s*(?:(\\d+)\\/(\\d+))?\\s*(g|ml|cup|tbsp|tsp)?s?\\b\\s*(.*)$/;

export function readAmount(line) {
    const [, whole, over, under, unit, rest] = /^\\d/.test(line) ? line.match(AMOUNT) : [];
    return { count: Number(whole ?? 0) + (over ? over / under : 0), unit: unit ?? "", what: rest.trim() };
}

export function showAmount({ count, unit, what }) {
    return [String(Math.round(count * 100) / 100), unit, what].filter(Boolean).join(" ");
}
''', "src/recipe.js": '''
import { readAmount, showAmount } from "./amount.js";

export class Recipe {
    constructor({ title, serves, ingredients }) {
        this.title = title;
        this.serves = serves;
        this.ingredients = ingredients;
    }

    scaled(people) {
        const factor = people / this.serves;
        return this.ingredients.map((line) => {
            const amount = readAmount(line);
            return showAmount({ ...amount, count: amount.count * factor });
        });
    }
}

export function shoppingList(recipes, people) {
    const lines = recipes.flatMap((recipe) => new Recipe(recipe).scaled(people));
    return lines.sort((a, b) => a.localeCompare(b));
}
'''}, """import { shoppingList } from 'SOURCE/src/recipe.js'
export default (async () => shoppingList([{ title: 'Pancakes', serves: 4, ingredients: ['250 g flour', '1 1/2 cups milk', 'a pinch of salt'] }], 6))()""",
        [("src/amount.js", "    const [, whole, over", "    if (!/^\\d/.test(line)) return { count: NaN, unit: \"\", what: line.trim() };\n    const [, whole, over"),
         ("src/amount.js", "return [String(Math.round(count * 100) / 100), unit", "return [Number.isNaN(count) ? \"\" : String(Math.round(count * 100) / 100), unit")])

# A month after the 31st of January.
program("k_subscription_month", {"package.json": CJS, "src/months.js": '''
"use strict";

const pad = (n) => String(n).padStart(2, "0");

function addMonths(day, count) {
    const [year, month, date] = day.split("-").map(Number);
    const index = year * 12 + month - 1 + count;
    return `${Math.floor(index / 12)}-${pad((index % 12) + 1)}-${pad(date)}`;
}

function parseDay(day) {
    const [year, month, date] = day.split("-").map(Number);
    const parsed = new Date(Date.UTC(year, month - 1, date));
    if (parsed.getUTCMonth() !== month - 1) throw new RangeError(`no such day: ${day}`);
    return parsed;
}

function dayAfter(day) {
    const next = parseDay(day);
    next.setUTCDate(next.getUTCDate() + 1);
    return next.toISOString().slice(0, 10);
}

module.exports = { addMonths, dayAfter };
''', "src/subscription.js": '''
"use strict";

const { addMonths, dayAfter } = require("./months");

class Subscription {
    constructor({ plan, start, months = 1 }) {
        this.plan = plan;
        this.start = start;
        this.months = months;
    }

    *periods(count) {
        for (let i = 0; i < count; i++) {
            const end = addMonths(this.start, (i + 1) * this.months);
            yield { from: addMonths(this.start, i * this.months), to: end, renews: dayAfter(end) };
        }
    }
}

function invoices(subscription, count, cents) {
    return [...new Subscription(subscription).periods(count)].map((period) => ({ ...period, plan: subscription.plan, cents }));
}

module.exports = { Subscription, invoices };
'''}, "require('SOURCE/src/subscription.js').invoices({ plan: 'team', start: '2026-10-31' }, 4, 1900)",
        [("src/months.js", "    return `${Math.floor(index / 12)}-${pad((index % 12) + 1)}-${pad(date)}`;", "    const last = new Date(Date.UTC(Math.floor(index / 12), (index % 12) + 1, 0)).getUTCDate();\n    return `${Math.floor(index / 12)}-${pad((index % 12) + 1)}-${pad(Math.min(date, last))}`;")])

# A page without results has no list of them.
program("k_ticket_pages", {"package.json": ESM, "src/client.js": '''
export class TicketClient {
    constructor(transport, size = 2) {
        this.transport = transport;
        this.size = size;
    }

    async page(query, cursor) {
        const answer = await this.transport({ path: "/tickets", query, cursor, limit: this.size });
        if (answer.status >= 400) throw new Error(`tickets: ${answer.status}`);
        return answer.body;
    }

    async *search(query) {
        let cursor = null;
        do {
            const page = await this.page(query, cursor);
            for (const ticket of page.tickets) yield { ...ticket, query };
            cursor = page.next;
        } while (cursor);
    }
}
''', "src/triage.js": '''
import { TicketClient } from "./client.js";

const LEVELS = ["low", "normal", "high"];

export async function triage(transport, queries) {
    const client = new TicketClient(transport);
    const seen = new Map();
    for (const query of queries) {
        for await (const ticket of client.search(query)) {
            if (!seen.has(ticket.id) || LEVELS.indexOf(ticket.level) > LEVELS.indexOf(seen.get(ticket.id).level)) seen.set(ticket.id, ticket);
        }
    }
    return [...seen.values()].map((t) => `${t.level}: ${t.title}`);
}
'''}, """import { triage } from 'SOURCE/src/triage.js'
const pages = { printer: { tickets: [{ id: 1, title: 'Printer', level: 'high' }], next: null }, vpn: { count: 0 } };
export default (async () => triage(async ({ query }) => ({ status: 200, body: pages[query] }), ['printer', 'vpn']))()""",
        [("src/client.js", "for (const ticket of page.tickets)", "for (const ticket of page.tickets ?? [])")])

# A credit note has no terms of payment: its constructor passes none.
program("k_invoice_terms", {"package.json": CJS, "src/document.js": '''
"use strict";

const DAY = 86400000;

class BusinessDocument {
    constructor(number, date, terms) {
        this.number = number;
        this.date = new Date(date);
        this.terms = terms;
    }

    get due() {
        return new Date(this.date.getTime() + this.terms.days * DAY);
    }

    get label() {
        return `${this.constructor.prefix}${String(this.number).padStart(5, "0")}`;
    }
}
BusinessDocument.prefix = "D";

module.exports = { BusinessDocument };
''', "src/kinds.js": '''
"use strict";

const { BusinessDocument } = require("./document");

class Invoice extends BusinessDocument {
    static prefix = "I";

    constructor({ number, date, terms = { days: 30 }, cents }) {
        super(number, date, terms);
        this.cents = cents;
    }
}

class CreditNote extends BusinessDocument {
    static prefix = "C";

    constructor({ number, date, cents, of }) {
        super(number, date);
        this.cents = -cents;
        this.of = of;
    }
}

const KINDS = { invoice: Invoice, credit: CreditNote };

module.exports = { KINDS };
''', "src/open_items.js": '''
"use strict";

const { KINDS } = require("./kinds");

function openItems(rows, today) {
    const documents = rows.map(({ kind, ...row }) => new KINDS[kind](row));
    const late = documents.filter((d) => d.due < new Date(today));
    return { late: late.map((d) => d.label), cents: documents.reduce((sum, d) => sum + d.cents, 0) };
}

module.exports = { openItems };
'''}, "require('SOURCE/src/open_items.js').openItems([{ kind: 'invoice', number: 17, date: '2026-01-10', cents: 12000 }, { kind: 'credit', number: 3, date: '2026-02-02', cents: 4000, of: 17 }], '2026-03-01')",
        [("src/kinds.js", "        super(number, date);\n", "        super(number, date, { days: 0 });\n")])
