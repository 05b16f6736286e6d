"""More of the lot before, written by one who had seen generated tests, but not the generator, so that a test is easily red on the fix."""

from node_programs import CJS, ESM, NODE_PROGRAMS, program

# The error stays: it is now answered as the request's own.
program("i_express_not_found", {"package.json": CJS, "src/errors.js": '''
"use strict";

class NotFound extends Error {
    constructor(kind, id) {
        super(`no ${kind} ${id}`);
        this.name = "NotFound";
    }
}

module.exports = { NotFound };
''', "src/store.js": '''
"use strict";

const { NotFound } = require("./errors");

class Store {
    constructor(kind, rows) {
        this.kind = kind;
        this.rows = new Map(rows.map((row) => [row.id, row]));
    }

    get(id) {
        const row = this.rows.get(Number(id));
        if (!row) throw new NotFound(this.kind, id);
        return row;
    }
}

module.exports = { Store };
''', "src/app.js": '''
"use strict";

const express = require("express");
const { Store } = require("./store");

const boxes = new Store("box", [{ id: 3, shelf: "a1", weight: 12 }, { id: 4, shelf: "a2", weight: 7 }]);

const router = express.Router();
router.get("/boxes/:id", (req, res) => res.json(boxes.get(req.params.id)));
router.get("/boxes/:id/weight", (req, res) => {
    const { weight } = boxes.get(req.params.id);
    res.json({ weight: req.query.unit === "g" ? weight * 1000 : weight });
});

function makeApp() {
    const app = express();
    app.disable("x-powered-by");
    app.use("/api", router);
    app.use((error, req, res, next) => {
        if (res.headersSent) return next(error);
        const status = error.status ?? 500;
        res.status(status).json({ error: status < 500 ? error.message : "internal" });
    });
    return app;
}

module.exports = { makeApp };
'''}, "web(require('SOURCE/src/app.js').makeApp(), '/api/boxes/9/weight?unit=g')",
        [("src/errors.js", '        this.name = "NotFound";', '        this.name = "NotFound";\n        this.status = 404;')], modules=["express"])

# What main imports registers itself; the module that fails imports none of it. The fix registers one more.
program("i_handler_registry", {"package.json": ESM, "src/registry.js": '''
const handlers = new Map();

export function on(kind, handle) {
    handlers.set(kind, handle);
}

export function handlerOf(kind) {
    return handlers.get(kind);
}
''', "src/mail.js": '''
import { on } from "./registry.js";

on("mail", ({ to, text }) => `to ${to}: ${text.slice(0, 40)}`);
on("digest", ({ to, count = 0 }) => `to ${to}: ${count} news`);
''', "src/push.js": '''
import { on } from "./registry.js";

const badge = (count) => (count > 99 ? "99+" : String(count));

on("push", ({ device, count }) => `${device}: ${badge(count)}`);
''', "src/consumer.js": '''
import { handlerOf } from "./registry.js";

export class Consumer {
    constructor(limit = 10) {
        this.limit = limit;
        this.done = [];
    }

    take(message) {
        const { kind, ...rest } = message;
        const handle = handlerOf(kind);
        this.done.push(handle(rest));
        if (this.done.length > this.limit) this.done.shift();
        return this.done.length;
    }
}

export function consume(kind, to) {
    return new Consumer().take({ kind, to, text: "hello" });
}
''', "src/main.js": '''
import "./mail.js";
import "./push.js";
import { consume } from "./consumer.js";

export const start = (queue) => queue.onMessage((message) => consume(message.kind, message.to));
'''}, """import 'SOURCE/src/main.js'
import { consume } from 'SOURCE/src/consumer.js'
export default (async () => consume('sms', '+49 40 1'))()""",
        [("src/mail.js", 'on("digest"', 'on("sms", ({ to, text }) => `sms to ${to}: ${text}`);\non("digest"')])

# What the call is given is used up before it fails.
program("i_used_up_shifts", {"package.json": CJS, "lib/load.js": '''
"use strict";

class Load {
    #minutes = new Map();

    constructor(limit) {
        this.limit = limit;
    }

    add(worker, minutes) {
        this.#minutes.set(worker, this.of(worker) + minutes);
    }

    of(worker) {
        return this.#minutes.get(worker) ?? 0;
    }

    full(worker) {
        return this.of(worker) >= this.limit;
    }
}

module.exports = { Load };
''', "lib/assign.js": '''
"use strict";

const { Load } = require("./load");

function initials(worker) {
    return worker
        .split(" ")
        .map((part) => part[0])
        .join("");
}

function assign(minutes, workers, limit = 60) {
    const load = new Load(limit);
    const plan = [];
    while (minutes.length) {
        const length = minutes.shift();
        const worker = workers.shift();
        plan.push(initials(worker) + length);
        load.add(worker, length);
        if (load.of(worker) + length < limit && !load.full(worker)) workers.push(worker);
    }
    return plan;
}

module.exports = { assign };
'''}, "require('SOURCE/lib/assign.js').assign([40, 15, 20], ['Ann Lee'], 70)",
        [("lib/assign.js", "load.of(worker) + length < limit && !load.full(worker)", "!load.full(worker)")])

# The fix is a line of a data file; another line like it stays.
program("i_carrier_table", {"package.json": CJS, "data/carriers.json": '''{
    "north": { "name": "Nordpost", "zones": { "near": 490, "far": 1290 } },
    "cargo": { "name": "Cargo One", "zones": null },
    "bike": { "name": "Radkurier", "zones": null }
}
''', "lib/carriers.js": '''
"use strict";

const table = require("../data/carriers.json");

function carrier(key) {
    const found = table[key];
    if (!found) throw new RangeError(`no carrier ${key}`);
    return found;
}

function price(key, zone) {
    return carrier(key).zones[zone];
}

module.exports = { carrier, price };
''', "lib/checkout.js": '''
"use strict";

const { carrier, price } = require("./carriers");

class Checkout {
    constructor(net, zone = "near") {
        this.net = net;
        this.zone = zone;
    }

    with(key) {
        return { by: carrier(key).name, total: this.net + price(key, this.zone) };
    }
}

const total = (net, key, zone) => new Checkout(net, zone).with(key).total;

module.exports = { Checkout, total };
'''}, "require('SOURCE/lib/checkout.js').total(4900, 'cargo', 'far')",
        [("data/carriers.json", '"name": "Cargo One", "zones": null', '"name": "Cargo One", "zones": { "near": 2900, "far": 5900 }')])

# What is taken was made, and stored, by another part of the program, where the fix is.
program("i_queued_receipt", {"package.json": CJS, "lib/shop.js": '''
"use strict";

class Customer {
    constructor(name, { mail = null, phone = null } = {}) {
        Object.assign(this, { name, mail, phone });
    }
}

function orderPaid(queue, number, customer, cents) {
    queue.push(JSON.stringify({ task: "receipt", payload: { number, mail: customer.mail, name: customer.name, cents } }));
    return number;
}

module.exports = { Customer, orderPaid };
''', "lib/tasks.js": '''
"use strict";

const domain = (address) => address.split("@").pop().toLowerCase();

function channel(mail) {
    return ["example.org", "test.invalid"].includes(domain(mail)) ? "none" : "mail";
}

function receipt({ number, mail, name, cents }) {
    const text = `Dear ${name}, we got ${(cents / 100).toFixed(2)} EUR for ${number}.`;
    return { by: channel(mail), text };
}

module.exports = { receipt };
'''}, """{ const { Customer, orderPaid } = require('SOURCE/lib/shop.js'), tasks = require('SOURCE/lib/tasks.js'), queue = [];
orderPaid(queue, 1, new Customer('Ann', { mail: 'ann@web.de' }), 1200);
orderPaid(queue, 2, new Customer('Bob', { phone: '+49 40 1' }), 990);
for (const message of queue) { const { task, payload } = JSON.parse(message); tasks[task](payload); }
return 0; }""",
        [("lib/shop.js", "    queue.push(", "    if (customer.mail) queue.push(")])

# Mended, it asks a server that is not there when the test runs, and fails with the same exception by another cause.
program("i_same_failure", {"package.json": ESM, "src/payload.js": '''
const SOUNDS = { alarm: { file: "siren.caf" }, news: { file: "ping.caf" } };

export class Payload {
    constructor(kind, title) {
        this.kind = kind;
        this.title = title;
    }

    encode() {
        return JSON.stringify({ alert: this.title.slice(0, 80), sound: SOUNDS[this.kind].file });
    }
}
''', "src/client.js": '''
import { Payload } from "./payload.js";

export class PushFailed extends Error {
    constructor(device, attempts, cause) {
        super(`${device}: nothing after ${attempts} attempts`, { cause });
        this.name = "PushFailed";
    }
}

export class Client {
    constructor(base, attempts = 2) {
        this.base = base;
        this.attempts = attempts;
    }

    async post(device, payload) {
        const answer = await fetch(`${this.base}/devices/${device}`, { method: "POST", body: payload.encode() });
        if (!answer.ok) throw new Error(`answered ${answer.status}`);
        return answer.status;
    }

    async push(device, payload) {
        let last;
        for (let i = 0; i < this.attempts; i++) {
            try {
                return await this.post(device, payload);
            } catch (error) {
                last = error;
            }
        }
        throw new PushFailed(device, this.attempts, last);
    }
}

export async function pushTo(base, device, kind, title) {
    const client = new Client(base);
    return client.push(device, new Payload(kind, title));
}
'''}, """import { pushTo } from 'SOURCE/src/client.js'
export default (async () => { const base = await serve({ '/devices/d1': [201, 'ok'] }); await pushTo(base, 'd1', 'news', 'Hello'); await pushTo(base, 'd1', 'chat', 'Ann?') })()""",
        [("src/payload.js", "SOUNDS[this.kind].file", 'SOUNDS[this.kind]?.file ?? "default"')])

# The error stays: it now says of itself that it is the request's own.
program("i_fastify_gone", {"package.json": ESM, "src/errors.js": '''
export class Gone extends Error {
    constructor(kind, id) {
        super(`${kind} ${id} is gone`);
        this.name = "Gone";
    }
}
''', "src/links.js": '''
import { Gone } from "./errors.js";

export class Links {
    #rows = new Map([["a1", { target: "https://example.org/a", uses: 2 }], ["b2", { target: "https://example.org/b", uses: 0 }]]);

    follow(id) {
        const row = this.#rows.get(id);
        if (!row || row.uses === 0) throw new Gone("link", id);
        row.uses--;
        return row.target;
    }
}
''', "src/app.js": '''
import Fastify from "fastify";
import { Links } from "./links.js";

async function routes(app, { links }) {
    app.get("/l/:id", async (request, reply) => reply.redirect(links.follow(request.params.id)));
    app.get("/health", async () => ({ ok: true }));
}

export function build(links = new Links()) {
    const app = Fastify();
    app.register(routes, { links });
    return app;
}
'''}, """import { build } from 'SOURCE/src/app.js'
export default web(build(), '/l/b2')""",
        [("src/errors.js", '        this.name = "Gone";', '        this.name = "Gone";\n        this.statusCode = 410;')], modules=["fastify"])

# What the test imports stands in another module with the fix.
program("i_moved_entry", {"package.json": ESM, "src/rings.js": '''
export const RINGS = [["A", 5], ["B", 12], ["C", 25]];

export function ring(km) {
    return RINGS.find(([, upTo]) => km <= upTo);
}
''', "src/tickets.js": '''
import { RINGS, ring } from "./rings.js";

const CENTS = { 1: 240, 2: 330, 3: 410 };

export function fare(start, end, reduced = false) {
    const [first, last] = [ring(start), ring(end)].map(([name]) => RINGS.findIndex(([other]) => other === name));
    const cents = CENTS[Math.abs(first - last) + 1];
    return reduced ? cents / 2 : cents;
}
''', "src/desk.js": '''
import { fare } from "./tickets.js";

export const receipt = (trips) => trips.reduce((sum, trip) => sum + fare(...trip), 0);
'''}, """import { fare } from 'SOURCE/src/tickets.js'
export default (async () => { fare(2.5, 11); fare(3, 31.5, true) })()""",
        [("src/rings.js", "return RINGS.find(([, upTo]) => km <= upTo);", "return RINGS.find(([, upTo]) => km <= upTo) ?? RINGS.at(-1);"),
         ("src/tickets.js", "export function fare(", "export function fareInCents("),
         ("src/desk.js", "import { fare }", "import { fareInCents }"), ("src/desk.js", "sum + fare(", "sum + fareInCents(")])

# As i_carrier_table, with a name of the table that the source has, too.
program("i_carrier_table_named", {**NODE_PROGRAMS["i_carrier_table"]["files"], "lib/checkout.js": NODE_PROGRAMS["i_carrier_table"]["files"]["lib/checkout.js"].replace(
    "        return { by", '        if (key === "bike" && this.zone === "abroad") throw new RangeError("too far");\n        return { by')},
    NODE_PROGRAMS["i_carrier_table"]["call"], NODE_PROGRAMS["i_carrier_table"]["fix"])
