"""Faulty programs for Node of kinds that services have: queues with acknowledgements, caches of promises, tables of links, encoded cursors, event emitters,
readers of bytes, generators that hand out pages, state that earlier calls leave."""

from node_programs import CJS, ESM, program

program("svc_cursor_page", {"package.json": ESM, "src/page.js": '''
export class CursorError extends Error {
    name = "CursorError";
}

function decodeCursor(cursor) {
    const { after, size } = JSON.parse(Buffer.from(cursor, "base64").toString("utf8"));
    return { after: after.id, size };
}

export function page(rows, { cursor, size = 2 }) {
    const start = cursor ? decodeCursor(cursor) : { after: null, size };
    const at = start.after === null ? 0 : rows.findIndex((row) => row.id === start.after) + 1;
    return rows.slice(at, at + start.size);
}
'''}, "import { page } from 'SOURCE/src/page.js'\nexport default (async () => page([{ id: 1 }, { id: 2 }], { cursor: Buffer.from('{\"size\":2}').toString('base64') }))()",
        [("src/page.js", "after: after.id,", "after: after?.id ?? null,")])

program("svc_queue_ack", {"package.json": CJS, "lib/consumer.js": '''
const { EventEmitter } = require("node:events");

class UnknownDelivery extends Error {
    constructor(tag) {
        super(`delivery ${tag} is not open`);
        this.name = "UnknownDelivery";
    }
}

class Consumer extends EventEmitter {
    #open = new Map();
    #next = 1;

    deliver(body) {
        const tag = this.#next++;
        this.#open.set(tag, { body, tries: 0 });
        this.emit("message", tag, body);
        return tag;
    }

    ack(tag) {
        if (!this.#open.delete(tag)) throw new UnknownDelivery(tag);
        this.emit("acked", tag);
    }

    ackAll(upTo) {
        for (let tag = 1; tag <= upTo; tag++) this.ack(tag);
    }
}

module.exports = { Consumer, UnknownDelivery };
'''}, "(async () => { const { Consumer } = require('SOURCE/lib/consumer.js'); const c = new Consumer(); c.deliver('a'); c.deliver('b'); c.ack(1); return c.ackAll(2); })()",
        [("lib/consumer.js", "tag <= upTo; tag++) this.ack(tag);", "tag <= upTo; tag++) if (this.#open.has(tag)) this.ack(tag);")])

program("svc_task_order", {"package.json": ESM, "src/plan.js": '''
export function plan(tasks) {
    const byName = new Map(tasks.map((task) => [task.name, task]));
    const order = [];
    const state = new Map();
    function add(name, trail) {
        if (state.get(name) === "done") return;
        if (state.get(name) === "open") throw new Error(`tasks depend on each other: ${[...trail, name].join(", ")}`);
        state.set(name, "open");
        for (const needed of byName.get(name).needs ?? []) add(needed, [...trail, name]);
        state.set(name, "done");
        order.push(name);
    }
    for (const task of tasks) add(task.name, []);
    return order;
}
'''}, "import { plan } from 'SOURCE/src/plan.js'\nexport default (async () => plan([{ name: 'build', needs: ['fetch'] }, { name: 'fetch', needs: ['build'] }]))()",
        [("src/plan.js", 'throw new Error(`tasks depend on each other: ${[...trail, name].join(", ")}`);', "return;")])

program("svc_memo_promise", {"package.json": CJS, "src/rates.js": '''
const cache = new Map();

async function rate(source, currency) {
    if (!cache.has(currency)) cache.set(currency, source.load(currency));
    const found = await cache.get(currency);
    return found.rate;
}

async function convert(source, amounts, to) {
    const all = await Promise.all(amounts.map(async ({ currency, value }) => value * (await rate(source, currency))));
    const total = all.reduce((sum, v) => sum + v, 0);
    return (total / (await rate(source, to))).toFixed(2);
}

module.exports = { rate, convert };
'''}, "require('SOURCE/src/rates.js').convert({ load: async (c) => (c === 'EUR' ? { rate: 1 } : null) }, [{ currency: 'EUR', value: 3 }, { currency: 'XAU', value: 1 }], 'EUR')",
        [("src/rates.js", "return found.rate;", "return found?.rate ?? 0;")])

program("svc_frame_reader", {"package.json": ESM, "src/frames.js": '''
const KINDS = ["ping", "data", "close"];

export function* frames(buffer) {
    let at = 0;
    while (at < buffer.length) {
        const kind = KINDS[buffer[at]];
        const length = buffer.readUInt16LE(at + 1);
        yield { kind: kind.toUpperCase(), body: buffer.subarray(at + 3, at + 3 + length) };
        at += 3 + length;
    }
}

export function bodies(buffer) {
    return [...frames(buffer)].filter((f) => f.kind === "DATA").map((f) => f.body.toString());
}
'''}, "import { bodies } from 'SOURCE/src/frames.js'\nexport default (async () => bodies(Buffer.from([0, 0, 0, 7, 1, 0, 65])))()",
        [("src/frames.js", "kind: kind.toUpperCase()", 'kind: (kind ?? "unknown").toUpperCase()')])

program("svc_price_rules", {"package.json": CJS, "rules.js": '''
class Rule {
    constructor(name) {
        this.name = name;
    }

    matches() {
        return true;
    }
}

class Between extends Rule {
    constructor(name, { from, to }, factor) {
        super(name);
        this.range = { from: new Date(from), to: new Date(to) };
        this.factor = factor;
    }

    matches(order) {
        return order.placedAt.getTime() >= this.range.from.getTime() && order.placedAt.getTime() < this.range.to.getTime();
    }
}

class Member extends Rule {
    constructor(name, levels) {
        super(name);
        this.levels = levels;
    }

    matches(order) {
        return order.customer.level in this.levels;
    }

    get factor() {
        return 1;
    }
}

function priced(order, rules) {
    const used = rules.filter((rule) => rule.matches(order));
    return order.lines.reduce((sum, line) => sum + line.price, 0) * used.map((r) => r.factor).reduce((a, b) => a * b);
}

module.exports = { Rule, Between, Member, priced };
'''}, "(async () => { const { Between, priced } = require('SOURCE/rules.js'); return priced({ placedAt: new Date('2024-01-05T00:00:00Z'), customer: { level: 'gold' }, lines: [{ price: 3 }] }, [new Between('sale', { from: '2024-02-01', to: '2024-03-01' }, 0.9)]); })()",
        [("rules.js", "reduce((a, b) => a * b);", "reduce((a, b) => a * b, 1);")])

program("svc_line_stream", {"package.json": ESM, "src/lines.js": '''
export async function* lines(chunks) {
    let rest = "";
    for await (const chunk of chunks) {
        const parts = (rest + chunk).split("\\n");
        rest = parts.pop();
        yield* parts;
    }
    if (rest) yield rest;
}

export async function metrics(chunks) {
    const found = {};
    for await (const line of lines(chunks)) {
        const [, name, value] = /^(\\w+)=(\\d+)$/.exec(line);
        found[name] = (found[name] ?? 0) + Number(value);
    }
    return found;
}
'''}, "import { metrics } from 'SOURCE/src/lines.js'\nexport default (async () => metrics(['cpu=1\\nme', 'm=20\\n\\n']))()",
        [("src/lines.js", "    for await (const line of lines(chunks)) {\n", "    for await (const line of lines(chunks)) {\n        if (!line.includes(\"=\")) continue;\n")])

program("svc_money_format", {"package.json": CJS, "src/format.js": '''
const formats = new Map();

function formatOf(locale, currency) {
    const key = `${locale}/${currency}`;
    if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(locale, { style: "currency", currency }));
    return formats.get(key);
}

function receipt(order, settings) {
    const format = formatOf(settings.locale, order.currency);
    return order.lines.map((line) => `${line.title.padEnd(10)} ${format.format(line.cents / 100)}`).join("\\n");
}

module.exports = { receipt };
'''}, "require('SOURCE/src/format.js').receipt({ lines: [{ title: 'Tea', cents: 350 }] }, { locale: 'fr-FR' })",
        [("src/format.js", "settings.locale, order.currency)", 'settings.locale, order.currency ?? "EUR")')])
