"""A second lot of faulty Node programs written without a look at the search, as node_programs_unseen.py."""

from node_programs import CJS, ESM, program

TYPED = {"modules": ["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"], "options": ["--import", "tsx"]}

program("fresh_booking_overlap", {"package.json": ESM, "src/calendar.js": '''
export class BookingConflict extends Error {
    constructor(room, existing) {
        super(`${room} is taken from ${existing.from} to ${existing.to}`);
        this.name = "BookingConflict";
        this.existing = existing;
    }
}

export class Calendar {
    #bookings = new Map();

    bookingsOf(room) {
        return this.#bookings.get(room) ?? [];
    }

    book(room, from, to) {
        const clash = this.bookingsOf(room).find((b) => from <= b.to && b.from <= to);
        if (clash) throw new BookingConflict(room, clash);
        this.#bookings.set(room, [...this.bookingsOf(room), { from, to }]);
        return this;
    }
}
'''}, "import { Calendar } from 'SOURCE/src/calendar.js'\nexport default (async () => new Calendar().book('Oslo', 9, 10).book('Oslo', 10, 11))()",
        [("src/calendar.js", "from <= b.to && b.from <= to", "from < b.to && b.from < to")])

program("fresh_ini_parser", {"package.json": CJS, "ini.js": '''
"use strict";

exports.parse = function parse(text) {
    const sections = {};
    let current;
    for (const raw of text.split("\\n")) {
        const line = raw.trim();
        if (line === "" || line.startsWith(";")) continue;
        const head = /^\\[(.+)\\]$/.exec(line);
        if (head) {
            current = sections[head[1]] = {};
            continue;
        }
        const [key, value] = line.split("=");
        current[key.trim()] = value.trim();
    }
    return sections;
};
'''}, "require('SOURCE/ini.js').parse('; shop\\n[db]\\nhost = a\\nverbose\\n')",
        [("ini.js", "= value.trim();", '= (value ?? "true").trim();')])

program("fresh_tax_table", {"package.json": ESM, "tax/index.js": '''
export { rateFor } from "./rates.js";
export { default as invoiceTotal } from "./total.js";
''', "tax/rates.js": '''
const RATES = new Map([["DE", 19], ["FR", 20], ["LU", 17]]);

export function rateFor(country) {
    const rate = RATES.get(country.toUpperCase());
    if (rate === undefined) throw new RangeError(`no tax rate for ${country}`);
    return rate;
}
''', "tax/total.js": '''
import { rateFor } from "./rates.js";

export default function invoiceTotal({ lines, customer: { country } }) {
    const net = lines.reduce((sum, { price, count = 1 }) => sum + price * count, 0);
    return Math.round(net * (100 + rateFor(country))) / 100;
}
'''}, "import { invoiceTotal } from 'SOURCE/tax/index.js'\n"
      "export default (async () => invoiceTotal({ lines: [{ price: 10 }], customer: { country: 'Germany' } }))()",
        [("tax/rates.js", "    if (rate === undefined) throw new RangeError(`no tax rate for ${country}`);", "    if (rate === undefined) return 0;")])

program("fresh_lru_cache", {"package.json": CJS, "lru.js": '''
"use strict";

class Lru {
    constructor(capacity) {
        this.capacity = capacity;
        this.entries = new Map();
    }

    get(key) {
        const entry = this.entries.get(key);
        this.entries.delete(key);
        this.entries.set(key, entry);
        return entry.value;
    }

    put(key, value) {
        if (this.entries.size >= this.capacity) this.entries.delete(this.entries.keys().next().value);
        this.entries.set(key, { value, hits: 0 });
        return this;
    }
}

module.exports = { Lru };
'''}, "new (require('SOURCE/lru.js').Lru)(1).put('a', 1).put('b', 2).get('a')",
        [("lru.js", "        this.entries.delete(key);\n        this.entries.set(key, entry);\n        return entry.value;",
          "        if (!entry) return undefined;\n        this.entries.delete(key);\n        this.entries.set(key, entry);\n        return entry.value;")])

program("fresh_shipping_quote", {"package.json": ESM, "src/quote.ts": '''
export interface Parcel { weight: number; size: [number, number, number]; fragile?: boolean }
export interface Carrier { name: string; zones: Record<string, number>; maxWeight: number }

export class NoCarrierError extends Error {
    override name = "NoCarrierError";
    constructor(readonly zone: string) {
        super(`no carrier serves ${zone}`);
    }
}

export function volume({ size: [a, b, c] }: Parcel): number {
    return (a * b * c) / 5000;
}

export function quote(carriers: Carrier[], parcel: Parcel, zone: string): number {
    const able = carriers.filter((c) => c.zones[zone] !== undefined && c.maxWeight > parcel.weight);
    if (able.length === 0) throw new NoCarrierError(zone);
    const chargeable = Math.max(parcel.weight, volume(parcel));
    return Math.min(...able.map((c) => c.zones[zone]! * chargeable));
}
'''}, "require('SOURCE/src/quote.ts').quote([{ name: 'A', zones: { eu: 2 }, maxWeight: 30 }], { weight: 30, size: [10, 10, 10] }, 'eu')",
        [("src/quote.ts", "c.maxWeight > parcel.weight", "c.maxWeight >= parcel.weight")], **TYPED)

program("fresh_log_line", {"package.json": CJS, "logs.js": '''
"use strict";
const LINE = /^(\\S+) \\[(\\w+)\\] (.*)$/;

function parseLine(line) {
    const { 1: time, 2: level, 3: message } = line.match(LINE);
    return { time: new Date(time), level: level.toLowerCase(), message };
}

function errors(text) {
    return text.trim().split("\\n").map(parseLine).filter((entry) => entry.level === "error");
}

module.exports = { parseLine, errors };
'''}, "require('SOURCE/logs.js').errors('2024-01-01T00:00:00Z [ERROR] disk full\\n    at write (disk.js:1)\\n')",
        [("logs.js", '.split("\\n").map(parseLine)', '.split("\\n").filter((l) => LINE.test(l)).map(parseLine)')])

program("fresh_pipeline_stage", {"package.json": ESM, "pipeline.js": '''
const stages = new Map();

export function register(name, stage) {
    stages.set(name, stage);
}

register("trim", (v) => v.trim());
register("number", (v) => Number(v));
register("round", (v) => v.toFixed(1));

export function run(names, input) {
    return names.reduce((value, name) => stages.get(name)(value), input);
}

export const fromText = (text, input) => run(text.split("|"), input);
'''}, "import { fromText } from 'SOURCE/pipeline.js'\nexport default (async () => fromText('trim|number|round|money', ' 4 '))()",
        [("pipeline.js", "stages.get(name)(value)", "(stages.get(name) ?? ((v) => v))(value)")])

program("fresh_session_touch", {"package.json": CJS, "session/store.js": '''
"use strict";
const sessions = new Map();

exports.open = (id, user, now) => {
    sessions.set(id, { user, expires: now + 1000 });
};

exports.find = (id) => sessions.get(id);

exports.sweep = (now) => {
    for (const [id, s] of sessions) if (s.expires < now) sessions.delete(id);
};
''', "session/index.js": '''
"use strict";
const store = require("./store");

function touch(id, now) {
    store.sweep(now);
    const session = store.find(id);
    session.expires = now + 1000;
    return session.user;
}

module.exports = { open: store.open, touch };
'''}, "(() => { const s = require('SOURCE/session'); s.open('x1', 'ann', 0); return s.touch('x1', 5000); })()",
        [("session/index.js", "    session.expires = now + 1000;", "    if (!session) return null;\n    session.expires = now + 1000;")])

program("fresh_matrix", {"package.json": ESM, "matrix.mjs": '''
export class Matrix {
    constructor(rows) {
        this.rows = rows;
    }

    static identity(n) {
        return new Matrix(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j))));
    }

    get width() {
        return this.rows[0].length;
    }

    at(i, j) {
        return this.rows[i][j];
    }

    times(other) {
        return new Matrix(this.rows.map((_, i) => this.rows[0].map((_, j) => {
            let sum = 0;
            for (let k = 0; k < this.width; k++) sum += this.at(i, k) * other.at(k, j);
            return sum;
        })));
    }
}

export const power = (rows, n) => {
    let result = Matrix.identity(rows.length);
    for (let i = 0; i < n; i++) result = new Matrix(rows).times(result);
    return result.rows;
};
'''}, "import { power } from 'SOURCE/matrix.mjs'\nexport default (async () => power([[1, 2, 3], [3, 4, 5]], 2))()",
        [("matrix.mjs", "export const power = (rows, n) => {", "export const power = (rows, n) => {\n    if (rows.some((r) => r.length !== rows.length)) return null;")])

program("fresh_notify_all", {"package.json": ESM, "notify.js": '''
export class DeliveryError extends Error {
    constructor(channel, cause) {
        super(`could not notify by ${channel}`, { cause });
        this.name = "DeliveryError";
    }
}

const senders = {
    mail: async (user, text) => `mail ${user.mail.toLowerCase()}: ${text}`,
    sms: async (user, text) => `sms ${user.phone.replace(/\\s/g, "")}: ${text}`,
};

async function deliver(channel, user, text) {
    try {
        return await senders[channel](user, text);
    } catch (error) {
        throw new DeliveryError(channel, error);
    }
}

export async function notify(user, text) {
    return Promise.all(user.channels.map((channel) => deliver(channel, user, text)));
}
'''}, "import { notify } from 'SOURCE/notify.js'\nexport default (async () => notify({ mail: 'A@x.org', channels: ['mail', 'sms'] }, 'hi'))()",
        [("notify.js", "user.channels.map(", 'user.channels.filter((c) => c !== "sms" || user.phone).map(')])

program("fresh_query_builder", {"package.json": CJS, "query.js": '''
"use strict";

class Query {
    constructor(table) {
        this.table = table;
        this.conditions = [];
        this.order = null;
    }

    where(column, operator, value) {
        this.conditions.push({ column, operator, value });
        return this;
    }

    toSQL() {
        const where = this.conditions.map(({ column, operator, value }) => {
            if (operator === "in") return `${column} IN (${value.map((v) => JSON.stringify(v)).join(", ")})`;
            return `${column} ${operator} ${JSON.stringify(value)}`;
        });
        return `SELECT * FROM ${this.table}${where.length ? ` WHERE ${where.join(" AND ")}` : ""}`;
    }
}

const from = (table) => new Query(table);

module.exports = { Query, from };
'''}, "require('SOURCE/query.js').from('users').where('age', '>', 3).where('id', 'in', 7).toSQL()",
        [("query.js", 'if (operator === "in") return', 'if (operator === "in" && Array.isArray(value)) return')])

program("fresh_semver", {"package.json": ESM, "semver.js": '''
export function parse(version) {
    const [core, tag] = version.replace(/^v/, "").split("-");
    const [major, minor, patch] = core.split(".").map(Number);
    return { major, minor, patch, tag: tag.split(".") };
}

export const compare = (a, b) => {
    const x = parse(a), y = parse(b);
    return x.major - y.major || x.minor - y.minor || x.patch - y.patch || x.tag.length - y.tag.length;
};

export function latest(versions) {
    return versions.toSorted(compare).at(-1);
}
'''}, "import { latest } from 'SOURCE/semver.js'\nexport default (async () => latest(['1.2.3-beta.1', '1.2.3']))()",
        [("semver.js", "tag: tag.split", 'tag: (tag ?? "").split')])

program("fresh_watch_list", {"package.json": CJS, "watch.js": '''
"use strict";
const { EventEmitter } = require("events");

class Stock extends EventEmitter {
    constructor(symbol) {
        super();
        this.symbol = symbol;
        this.history = [];
    }

    tick(price) {
        this.history.push(price);
        this.emit("tick", price, this.history.at(-2));
        return this;
    }
}

function watch(stock, limit) {
    const alarms = [];
    stock.on("tick", (price, before) => {
        const change = (price - before.valueOf()) / before;
        if (Math.abs(change) > limit) alarms.push(`${stock.symbol} ${change.toFixed(2)}`);
    });
    return alarms;
}

function replay(symbol, prices, limit) {
    const stock = new Stock(symbol), alarms = watch(stock, limit);
    prices.forEach((p) => stock.tick(p));
    return alarms;
}

module.exports = { Stock, watch, replay };
'''}, "require('SOURCE/watch.js').replay('ACME', [10, 12, 9], 0.1)",
        [("watch.js", "        const change =", "        if (before === undefined) return;\n        const change =")])

program("fresh_utf8_header", {"package.json": ESM, "header.js": '''
const decoder = new TextDecoder("utf-8", { fatal: true });

export function decodeWord(word) {
    const [, , encoding, text] = word.split("?");
    const bytes = encoding === "B" ? Buffer.from(text, "base64") : Buffer.from(text.replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16))), "latin1");
    return decoder.decode(bytes);
}

export const subject = (headers) => decodeWord(headers.get("subject"));
'''}, "import { subject } from 'SOURCE/header.js'\nexport default (async () => subject(new Map([['subject', '=?iso-8859-1?Q?caf=E9?=']])))()",
        [("header.js", 'new TextDecoder("utf-8", { fatal: true })', 'new TextDecoder("utf-8")')])

program("fresh_shape_area", {"package.json": CJS, "shapes.js": '''
"use strict";

class Shape {
    constructor(name) {
        this.name = name;
    }

    area() {
        throw new TypeError(`${this.name} has no area`);
    }
}

class Square extends Shape {
    constructor(side) {
        super("square");
        this.side = side;
    }

    area() {
        return this.side ** 2;
    }
}

class Line extends Shape {
    constructor(length) {
        super("line");
        this.length = length;
    }
}

function build(spec) {
    switch (spec.kind) {
        case "square":
            return new Square(spec.side);
        case "line":
            return new Line(spec.length);
        default:
            return new Shape(spec.kind);
    }
}

exports.totalArea = (specs) => specs.map(build).reduce((sum, shape) => sum + shape.area(), 0);
'''}, "require('SOURCE/shapes.js').totalArea([{ kind: 'square', side: 2 }, { kind: 'line', length: 3 }])",
        [("shapes.js", '        super("line");\n        this.length = length;\n    }', '        super("line");\n        this.length = length;\n    }\n\n    area() {\n        return 0;\n    }')])

program("fresh_permutations", {"package.json": ESM, "walk.js": '''
export function* leaves(tree) {
    if (Array.isArray(tree)) for (const part of tree) yield* leaves(part);
    else yield tree;
}

export function* pairs(values) {
    for (let i = 0; i < values.length; i++) yield [values[i], values[i + 1]];
}

export function ascending(tree) {
    for (const [a, b] of pairs([...leaves(tree)])) if (a.weight > b.weight) return false;
    return true;
}
'''}, "import { ascending } from 'SOURCE/walk.js'\nexport default (async () => ascending([{ weight: 1 }, [{ weight: 2 }]]))()",
        [("walk.js", "i < values.length; i++", "i + 1 < values.length; i++")])

program("fresh_cron_field", {"package.json": ESM, "src/cron.ts": '''
const RANGES = { minute: [0, 59], hour: [0, 23], day: [1, 31] } as const;
type Field = keyof typeof RANGES;

export function expand(field: Field, text: string): number[] {
    const [low, high] = RANGES[field];
    if (text === "*") return Array.from({ length: high - low + 1 }, (_, i) => low + i);
    return text.split(",").flatMap((part) => {
        const [from, to = from] = part.split("-").map(Number);
        if (from < low || to >= high) throw new RangeError(`${field} ${part} is not within ${low}-${high}`);
        return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
}

export const schedule = (line: string) => {
    const [minute, hour, day] = line.split(" ");
    return { minute: expand("minute", minute), hour: expand("hour", hour), day: expand("day", day) };
};
'''}, "require('SOURCE/src/cron.ts').schedule('0,30 22-23 *')",
        [("src/cron.ts", "to >= high", "to > high")], **TYPED)

program("fresh_stream_join", {"package.json": CJS, "lines.js": '''
"use strict";
const { Readable } = require("node:stream");

async function records(stream) {
    const found = [];
    let rest = "";
    for await (const chunk of stream) {
        const lines = (rest + chunk).split("\\n");
        rest = lines.pop();
        for (const line of lines) found.push(JSON.parse(line));
    }
    if (rest !== undefined) found.push(JSON.parse(rest));
    return found;
}

const fromChunks = (chunks) => records(Readable.from(chunks));

module.exports = { records, fromChunks };
'''}, "require('SOURCE/lines.js').fromChunks(['{\"a\":1}\\n{\"a\"', ':2}\\n'])",
        [("lines.js", "if (rest !== undefined)", "if (rest.trim())")])
