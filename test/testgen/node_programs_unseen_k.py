"""A lot of faulty Node programs by a writer who had read neither the generator nor the other programs: the small services of a company's back office,
each mended where its developer would."""

from node_programs import CJS, ESM, program

# An income of nothing is in no bracket: the lower bound is left out.
program("k_payroll_bracket", {"package.json": CJS, "src/tax.js": '''
"use strict";

const BRACKETS = [
    { from: 0, to: 1200, rate: 0 },
    { from: 1200, to: 3600, rate: 0.18 },
    { from: 3600, to: Infinity, rate: 0.32 },
];

function bracketOf(income) {
    return BRACKETS.find((bracket) => income > bracket.from && income <= bracket.to);
}

function withheld(income) {
    const { from, rate } = bracketOf(income);
    const below = BRACKETS.filter((b) => b.to <= from).reduce((sum, b) => sum + (b.to - b.from) * b.rate, 0);
    return Math.round((below + (income - from) * rate) * 100) / 100;
}

module.exports = { bracketOf, withheld };
''', "src/payslip.js": '''
"use strict";

const { withheld } = require("./tax");

class Payslip {
    constructor(employee, month) {
        this.employee = employee;
        this.month = month;
        this.entries = [];
    }

    add(label, amount) {
        this.entries.push({ label, amount });
        return this;
    }

    get gross() {
        return this.entries.reduce((sum, entry) => sum + entry.amount, 0);
    }

    net() {
        return this.gross - withheld(this.gross);
    }
}

function payrollRun(employees, month, hours) {
    return employees.map((employee) => {
        const slip = new Payslip(employee, month).add("hours", (hours[employee.id] ?? 0) * employee.wage);
        if (employee.bonus) slip.add("bonus", employee.bonus);
        return { id: employee.id, net: slip.net() };
    });
}

module.exports = { Payslip, payrollRun };
'''}, "require('SOURCE/src/payslip.js').payrollRun([{ id: 'e1', wage: 22.5 }, { id: 'e2', wage: 19, bonus: 50 }, { id: 'e3', wage: 31 }], '2026-03', { e1: 152, e2: 80 })",
        [("src/tax.js", "income > bracket.from && income <= bracket.to", "income >= bracket.from && (income < bracket.to || bracket.to === Infinity)")])

# All lifts are busy: the call should wait in the queue.
program("k_lift_dispatch", {"package.json": ESM, "src/lift.js": '''
export class Lift {
    #stops = [];

    constructor(name, floor = 0) {
        this.name = name;
        this.floor = floor;
    }

    get idle() {
        return this.#stops.length === 0;
    }

    distance(floor) {
        return Math.abs(this.floor - floor);
    }

    send(floor) {
        this.#stops.push(floor);
    }

    arrive() {
        this.floor = this.#stops.shift() ?? this.floor;
    }
}
''', "src/controller.js": '''
import { Lift } from "./lift.js";

function nearest(lifts, floor) {
    return lifts.reduce((best, lift) => (lift.distance(floor) < best.distance(floor) ? lift : best));
}

export class Controller {
    #lifts;
    #waiting = [];

    constructor(names) {
        this.#lifts = names.map((name, i) => new Lift(name, i * 4));
    }

    call(floor) {
        const free = this.#lifts.filter((lift) => lift.idle);
        const lift = nearest(free, floor);
        lift.send(floor);
        return lift.name;
    }

    step() {
        for (const lift of this.#lifts) lift.arrive();
        while (this.#waiting.length && this.#lifts.some((lift) => lift.idle)) this.call(this.#waiting.shift());
    }
}
''', "src/morning.js": '''
import { Controller } from "./controller.js";

export function simulate(names, calls) {
    const controller = new Controller(names);
    const log = [];
    for (const { at, floors } of calls) {
        for (const floor of floors) log.push(`${at} ${floor}: ${controller.call(floor)}`);
        controller.step();
    }
    return log;
}
'''}, """import { simulate } from 'SOURCE/src/morning.js'
export default (async () => simulate(['A', 'B'], [{ at: '08:00', floors: [3] }, { at: '08:01', floors: [7, 1, 5] }]))()""",
        [("src/controller.js", "        const lift = nearest(free, floor);\n", "        if (!free.length) return this.#waiting.push(floor), null;\n        const lift = nearest(free, floor);\n")])

# A document that begins with a second-level heading.
program("k_outline_levels", {"package.json": CJS, "lib/headings.js": '''
"use strict";

const HEADING = /^(#{1,6})\\s+(.+?)\\s*#*$/;

function slug(title) {
    return title.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

function headings(text) {
    const found = [];
    let fenced = false;
    for (const line of text.split("\\n")) {
        if (line.startsWith("```")) fenced = !fenced;
        const match = fenced ? null : line.match(HEADING);
        if (match) found.push({ level: match[1].length, title: match[2], id: slug(match[2]) });
    }
    return found;
}

module.exports = { headings, slug };
''', "lib/outline.js": '''
"use strict";

const { headings } = require("./headings");

function outline(text) {
    const top = [];
    const open = [];
    for (const { level, title, id } of headings(text)) {
        const entry = { title, id, children: [] };
        while (open.length && open[open.length - 1].level >= level) open.pop();
        if (level === 1) top.push(entry);
        else open[open.length - 1].entry.children.push(entry);
        open.push({ level, entry });
    }
    return top;
}

function render(entries, depth = 0) {
    return entries.map((e) => `${"  ".repeat(depth)}- [${e.title}](#${e.id})\\n${render(e.children, depth + 1)}`).join("");
}

function contents(page) {
    return { path: page.path, toc: render(outline(page.text)) };
}

module.exports = { outline, contents };
'''}, "require('SOURCE/lib/outline.js').contents({ path: 'guide/install.md', text: '## Before you begin\\n\\nHave Node.\\n\\n```\\n# not one\\n```\\n\\n# Install\\n\\n## Linux\\n' })",
        [("lib/outline.js", "if (level === 1) top.push(entry);", "if (!open.length) top.push(entry);")])

# A gift card without a code in the query.
program("k_koa_giftcard", {"package.json": ESM, "src/cards.js": '''
const CARDS = new Map([
    ["TEA-1000", { balance: 1000, until: "2027-12-31" }],
    ["TEA-2500", { balance: 0, until: "2026-01-31" }],
]);

export const normal = (code) => code.trim().toUpperCase().replace(/_/g, "-");

export async function lookUp(code) {
    const card = CARDS.get(normal(code));
    return card ? { ...card, code: normal(code) } : null;
}
''', "src/app.js": '''
import Koa from "koa";
import { lookUp } from "./cards.js";

async function failures(context, next) {
    await next();
    if (context.status === 404 && !context.body) context.body = { error: "not found" };
}

async function balance(context) {
    const card = await lookUp(context.query.code);
    if (!card) return context.throw(404, "no such card");
    context.body = { code: card.code, balance: (card.balance / 100).toFixed(2), currency: context.query.currency ?? "EUR" };
}

async function health(context) {
    context.body = { ok: true };
}

const ROUTES = { "GET /giftcards/balance": balance, "GET /health": health };

export function createApp() {
    const app = new Koa();
    app.use(failures);
    app.use(async (context, next) => (ROUTES[`${context.method} ${context.path}`] ?? next)(context));
    return app;
}
'''}, """import { createApp } from 'SOURCE/src/app.js'
export default (async () => web(createApp(), '/giftcards/balance?currency=CHF'))()""",
        [("src/app.js", "    const card = await lookUp(context.query.code);\n", "    if (!context.query.code) return context.throw(400, \"which card?\");\n    const card = await lookUp(context.query.code);\n")],
        modules=["koa"])

# A transfer to an account that is not there: the check asks about the payer alone.
program("k_fastify_transfer", {"package.json": CJS, "src/bank.js": '''
"use strict";

class Bank {
    constructor(accounts) {
        this.accounts = new Map(accounts.map((a) => [a.iban, { ...a, bookings: [] }]));
    }

    has(iban) {
        return this.accounts.has(iban);
    }

    book(iban, cents, text) {
        const account = this.accounts.get(iban);
        account.balance += cents;
        account.bookings.push({ cents, text });
    }

    transfer({ from, to, cents, text = "" }) {
        this.book(from, -cents, text);
        this.book(to, cents, text);
        return { from, to, cents };
    }
}

module.exports = { Bank };
''', "src/server.js": '''
"use strict";

const fastify = require("fastify");
const { Bank } = require("./bank");

const transferBody = {
    type: "object",
    required: ["from", "to", "cents"],
    properties: { from: { type: "string" }, to: { type: "string" }, cents: { type: "integer", minimum: 1 }, text: { type: "string" } },
};

function build() {
    const bank = new Bank([{ iban: "DE01", balance: 100000 }, { iban: "DE02", balance: 2500 }]);
    const app = fastify();

    async function knownAccounts(request, reply) {
        if (!bank.has(request.body.from)) return reply.code(404).send({ error: "unknown account" });
    }

    app.get("/accounts/:iban", async (request, reply) => bank.accounts.get(request.params.iban) ?? reply.code(404).send({ error: "unknown account" }));
    app.post("/transfers", { schema: { body: transferBody }, preHandler: knownAccounts }, async (request, reply) => {
        reply.code(201);
        return bank.transfer(request.body);
    });
    return app;
}

module.exports = { build };
'''}, "web(require('SOURCE/src/server.js').build(), '/transfers', { method: 'POST', json: { from: 'DE01', to: 'AT77', cents: 1990, text: 'books' } })",
        [("src/server.js", "if (!bank.has(request.body.from)) return", "if (![request.body.from, request.body.to].every((iban) => bank.has(iban))) return")],
        modules=["fastify"])

# A signature of another length: what compares in constant time raises.
program("k_http_webhook", {"package.json": CJS, "src/signature.js": '''
"use strict";

const crypto = require("node:crypto");

function sign(body, secret) {
    return crypto.createHmac("sha256", secret).update(body).digest("hex");
}

function verify(body, given, secret) {
    const expected = Buffer.from(sign(body, secret), "hex");
    return crypto.timingSafeEqual(expected, Buffer.from(given, "hex"));
}

module.exports = { sign, verify };
''', "src/hooks.js": '''
"use strict";

const { verify } = require("./signature");

const HANDLERS = {
    "invoice.paid": (data) => ({ invoice: data.id, state: "paid" }),
    "invoice.void": (data) => ({ invoice: data.id, state: "void" }),
};

async function textOf(request) {
    let text = "";
    for await (const chunk of request) text += chunk;
    return text;
}

async function handle(request, response) {
    if (request.method !== "POST" || request.url !== "/hooks/billing") return response.writeHead(404).end();
    const body = await textOf(request);
    const given = (request.headers["x-billing-signature"] ?? "").replace(/^sha256=/, "");
    if (!verify(body, given, "whsec-test")) return response.writeHead(401).end();
    const { type, data } = JSON.parse(body);
    const result = HANDLERS[type]?.(data) ?? { ignored: type };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
}

module.exports = { handle };
'''}, "web(require('SOURCE/src/hooks.js').handle, '/hooks/billing', { method: 'POST', json: { type: 'invoice.paid', data: { id: 7 } }, headers: { 'x-billing-signature': 'sha256=abcd' } })",
        [("src/signature.js", "    return crypto.timingSafeEqual(expected, Buffer.from(given, \"hex\"));", "    const received = Buffer.from(given, \"hex\");\n    return received.length === expected.length && crypto.timingSafeEqual(expected, received);")])

# A browser's language with an underscore: not a tag that Intl takes.
program("k_express_prices", {"package.json": ESM, "src/format.js": '''
const formats = new Map();

export function formatFor(locale, currency) {
    const key = `${locale}/${currency}`;
    if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(locale, { style: "currency", currency }));
    return formats.get(key);
}

export function price(cents, { locale, currency }) {
    return formatFor(locale, currency).format(cents / 100);
}
''', "src/viewer.js": '''
const CURRENCY = { CH: "CHF", GB: "GBP", US: "USD" };

export function preferred(header) {
    const wishes = (header || "en-GB").split(",").map((part) => {
        const [tag, q = "q=1"] = part.trim().split(";");
        return { tag, weight: Number(q.slice(2)) };
    });
    return wishes.sort((a, b) => b.weight - a.weight)[0].tag;
}

export function viewer(request, response, next) {
    const locale = preferred(request.headers["accept-language"]);
    const country = locale.slice(-2);
    request.viewer = { locale, currency: CURRENCY[country] ?? "EUR" };
    next();
}
''', "src/app.js": '''
import express from "express";
import { price } from "./format.js";
import { viewer } from "./viewer.js";

const GOODS = { tea: 890, pot: 4200, tin: 350 };

export function createApp() {
    const app = express();
    app.use(viewer);
    app.get("/goods/:name", (request, response) => {
        const cents = GOODS[request.params.name];
        if (cents === undefined) return response.status(404).json({ error: "unknown" });
        response.json({ name: request.params.name, price: price(cents, request.viewer) });
    });
    return app;
}
'''}, """import { createApp } from 'SOURCE/src/app.js'
export default (async () => web(createApp(), '/goods/pot', { headers: { 'accept-language': 'de_CH,de;q=0.8' } }))()""",
        [("src/viewer.js", "        return { tag, weight:", "        return { tag: tag.replaceAll(\"_\", \"-\"), weight:")], modules=["express"])

# A record cut short: the length that it names goes beyond the buffer.
program("k_meter_records", {"package.json": CJS, "src/reader.js": '''
"use strict";

class RecordReader {
    constructor(bytes) {
        this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        this.offset = 0;
    }

    get left() {
        return this.view.byteLength - this.offset;
    }

    record() {
        const meter = this.view.getUint16(this.offset);
        const count = this.view.getUint8(this.offset + 2);
        const values = [];
        for (let i = 0; i < count; i++) values.push(this.view.getUint16(this.offset + 3 + i * 2));
        this.offset += 3 + count * 2;
        return { meter, values };
    }
}

module.exports = { RecordReader };
''', "src/telegram.js": '''
"use strict";

const { RecordReader } = require("./reader");

function readTelegram(bytes) {
    const reader = new RecordReader(bytes);
    const records = [];
    while (reader.left > 0) records.push(reader.record());
    return records;
}

function totals(hex) {
    const sums = {};
    for (const { meter, values } of readTelegram(Buffer.from(hex, "hex"))) sums[meter] = values.reduce((a, b) => a + b, sums[meter] ?? 0);
    return sums;
}

module.exports = { readTelegram, totals };
'''}, "require('SOURCE/src/telegram.js').totals('000102000500090002030007')",
        [("src/reader.js", "        const values = [];\n", "        if (this.left < 3 + count * 2) {\n            this.offset = this.view.byteLength;\n            return { meter, values: [], cut: true };\n        }\n        const values = [];\n")])
