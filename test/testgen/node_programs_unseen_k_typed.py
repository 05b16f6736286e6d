"""A lot of faulty Node programs by a writer who had read neither the generator nor the other programs: the TypeScript ones, and those about kinds of values."""

from node_programs import CJS, ESM, program

TYPED = {"modules": ["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"], "options": ["--import", "tsx"]}

# An event of a kind that came later: the table of handlers lacks it.
program("k_ledger_events", {"package.json": ESM, "src/events.ts": '''
export type LedgerEvent =
    | { kind: "opened"; account: string; at: string }
    | { kind: "deposited"; account: string; cents: number; at: string }
    | { kind: "withdrawn"; account: string; cents: number; at: string }
    | { kind: "closed"; account: string; at: string };

export type Kind = LedgerEvent["kind"];
''', "src/projection.ts": '''
import type { LedgerEvent } from "./events.js";

export interface Account {
    name: string;
    balance: number;
    open: boolean;
}

type Apply = (account: Account, event: any) => Account;

const APPLY: Partial<Record<LedgerEvent["kind"], Apply>> = {
    opened: (account) => ({ ...account, open: true }),
    deposited: (account, event) => ({ ...account, balance: account.balance + event.cents }),
    withdrawn: (account, event) => ({ ...account, balance: account.balance - event.cents }),
};

export function project(events: LedgerEvent[]): Map<string, Account> {
    const accounts = new Map<string, Account>();
    for (const event of events) {
        const account = accounts.get(event.account) ?? { name: event.account, balance: 0, open: false };
        accounts.set(event.account, APPLY[event.kind]!(account, event));
    }
    return accounts;
}
''', "src/report.ts": '''
import type { LedgerEvent } from "./events.js";
import { project } from "./projection.js";

export function statement(events: LedgerEvent[], until: string): string[] {
    const accounts = project(events.filter((event) => event.at <= until));
    return [...accounts.values()].filter((a) => a.open).map((a) => `${a.name}: ${(a.balance / 100).toFixed(2)}`);
}
'''}, """import { statement } from 'SOURCE/src/report.ts'
export default (async () => statement([{ kind: 'opened', account: 'main', at: '2026-01-01' }, { kind: 'deposited', account: 'main', cents: 5000, at: '2026-01-02' }, { kind: 'closed', account: 'main', at: '2026-02-01' }], '2026-02-28'))()""",
        [("src/projection.ts", "balance: account.balance - event.cents }),\n", "balance: account.balance - event.cents }),\n    closed: (account) => ({ ...account, open: false }),\n")], **TYPED)

# A level beyond the enum: the constructor takes any number.
program("k_alarm_levels", {"package.json": ESM, "src/level.ts": '''
export enum Level {
    Info = 1,
    Warning,
    Critical,
}

export function levelName(level: Level): string {
    return Level[level].toLowerCase();
}
''', "src/alarm.ts": '''
import { Level, levelName } from "./level.js";

export interface Reading {
    sensor: string;
    value: number;
    limit: number;
}

export class Alarm {
    readonly level: Level;

    constructor(readonly reading: Reading) {
        this.level = Math.ceil(reading.value / reading.limit);
    }

    get text(): string {
        return `[${levelName(this.level)}] ${this.reading.sensor}: ${this.reading.value}`;
    }
}

export function board(readings: Reading[]): string[] {
    return readings
        .map((reading) => new Alarm(reading))
        .sort((a, b) => b.level - a.level)
        .map((alarm) => alarm.text);
}
'''}, """import { board } from 'SOURCE/src/alarm.ts'
export default (async () => board([{ sensor: 'boiler', value: 71, limit: 80 }, { sensor: 'pump', value: 355, limit: 100 }]))()""",
        [("src/alarm.ts", "Math.ceil(reading.value / reading.limit);", "Math.min(Math.max(Math.ceil(reading.value / reading.limit), Level.Info), Level.Critical);")], **TYPED)

# Optional parts of a contact: one without any address.
program("k_contact_labels", {"package.json": ESM, "src/contact.ts": '''
export interface Address {
    street: string;
    city: string;
    postcode?: string;
    primary?: boolean;
}

export interface Contact {
    name: string;
    company?: string;
    addresses?: Address[];
}

export function primary(contact: Contact): Address {
    const addresses = contact.addresses!;
    return addresses.find((address) => address.primary) ?? addresses[0];
}
''', "src/labels.ts": '''
import { type Contact, primary } from "./contact.js";

export function label(contact: Contact): string {
    const { street, city, postcode = "" } = primary(contact);
    return [contact.name, contact.company, street, `${postcode} ${city}`.trim()].filter(Boolean).join("\\n");
}

export function sheet(contacts: Contact[], perRow = 3): string[][] {
    const labels = contacts.map(label);
    const rows: string[][] = [];
    for (let i = 0; i < labels.length; i += perRow) rows.push(labels.slice(i, i + perRow));
    return rows;
}
'''}, """import { sheet } from 'SOURCE/src/labels.ts'
export default (async () => sheet([{ name: 'Ada', addresses: [{ street: 'Mill Lane 3', city: 'Bath', postcode: 'BA1' }] }, { name: 'Ben', company: 'Tea Ltd', addresses: [] }]))()""",
        [("src/labels.ts", "const labels = contacts.map(label);", "const labels = contacts.filter((contact) => contact.addresses?.length).map(label);")], **TYPED)

# A decimal as BigInt.
program("k_token_amount", {"package.json": CJS, "src/units.js": '''
"use strict";

const DECIMALS = { EUR: 2, JPY: 0, BTC: 8 };

function toUnits(amount, currency) {
    const digits = DECIMALS[currency] ?? 2;
    const scale = 10n ** BigInt(digits);
    return BigInt(amount) * scale;
}

function toText(units, currency) {
    const digits = DECIMALS[currency] ?? 2;
    const text = units.toString().padStart(digits + 1, "0");
    return digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
}

module.exports = { toUnits, toText };
''', "src/wallet.js": '''
"use strict";

const { toUnits, toText } = require("./units");

class Wallet {
    #units = new Map();

    deposit(amount, currency) {
        this.#units.set(currency, (this.#units.get(currency) ?? 0n) + toUnits(amount, currency));
        return this;
    }

    balances() {
        return Object.fromEntries([...this.#units].map(([currency, units]) => [currency, toText(units, currency)]));
    }
}

function replay(transfers) {
    const wallet = new Wallet();
    for (const { amount, currency } of transfers) wallet.deposit(amount, currency);
    return wallet.balances();
}

module.exports = { Wallet, replay };
'''}, "require('SOURCE/src/wallet.js').replay([{ amount: '12', currency: 'EUR' }, { amount: '500', currency: 'JPY' }, { amount: '7.50', currency: 'EUR' }])",
        [("src/units.js", "    const scale = 10n ** BigInt(digits);\n    return BigInt(amount) * scale;", "    const [whole, part = \"\"] = String(amount).split(\".\");\n    return BigInt(whole + part.slice(0, digits).padEnd(digits, \"0\"));")])

# A shift that nobody had before: no set for it in the map.
program("k_rota_swap", {"package.json": ESM, "src/rota.js": '''
export class Rota {
    constructor(shifts = []) {
        this.people = new Map(shifts.map(([shift, names]) => [shift, new Set(names)]));
    }

    move(name, from, to) {
        if (!this.people.get(from)?.delete(name)) return false;
        this.people.get(to).add(name);
        return true;
    }

    smallest() {
        return [...this.people].reduce((a, b) => (b[1].size < a[1].size ? b : a))[0];
    }
}
''', "src/wishes.js": '''
import { Rota } from "./rota.js";

export function applyWishes(rota, wishes) {
    const refused = [];
    for (const { name, from, to } of wishes) {
        if (!rota.move(name, from, to)) refused.push(name);
    }
    return { refused, smallest: rota.smallest() };
}

export function plan(shifts, wishes) {
    return applyWishes(new Rota(Object.entries(shifts)), wishes);
}
'''}, """import { plan } from 'SOURCE/src/wishes.js'
export default (async () => plan({ early: ['ann', 'bob'], late: ['cid'] }, [{ name: 'bob', from: 'early', to: 'late' }, { name: 'cid', from: 'late', to: 'night' }]))()""",
        [("src/rota.js", "        this.people.get(to).add(name);\n", "        if (!this.people.has(to)) this.people.set(to, new Set());\n        this.people.get(to).add(name);\n")])

# A report that names its owner who names it: what is remembered by its JSON cannot be.
program("k_memo_key", {"package.json": CJS, "src/memo.js": '''
"use strict";

function keyOf(args) {
    return JSON.stringify(args);
}

function memo(compute, limit = 50) {
    const results = new Map();
    return (...args) => {
        const key = keyOf(args);
        if (results.has(key)) return results.get(key);
        const result = compute(...args);
        if (results.size >= limit) results.delete(results.keys().next().value);
        results.set(key, result);
        return result;
    };
}

module.exports = { memo };
''', "src/workload.js": '''
"use strict";

const { memo } = require("./memo");

function sumHours(team, week) {
    return team.members.reduce((sum, member) => sum + (member.hours[week] ?? 0), 0);
}

const hoursOf = memo(sumHours);

function workload(teams, weeks) {
    return teams.map((team) => ({ name: team.name, hours: weeks.map((week) => hoursOf(team, week)) }));
}

function linked(rows) {
    return rows.map(({ name, members }) => {
        const team = { name, members: [] };
        team.members = members.map((member) => ({ ...member, team }));
        return team;
    });
}

module.exports = { workload, linked, report: (rows, weeks) => workload(linked(rows), weeks) };
'''}, "require('SOURCE/src/workload.js').report([{ name: 'web', members: [{ name: 'ida', hours: { w1: 30, w2: 12 } }] }], ['w1', 'w2'])",
        [("src/memo.js", "    return JSON.stringify(args);", "    const seen = new Set();\n    return JSON.stringify(args, (_, value) => {\n        if (typeof value !== \"object\" || value === null) return value;\n        return seen.has(value) ? undefined : (seen.add(value), value);\n    });")])

# More than there is in stock: the domain's own error, where what is left should be sent later.
program("k_stock_backorder", {"package.json": CJS, "src/stock.js": '''
"use strict";

class OutOfStock extends Error {
    constructor(sku, wanted, left) {
        super(`${sku}: ${wanted} wanted, ${left} left`);
        this.name = "OutOfStock";
        this.sku = sku;
    }
}

class Stock {
    constructor(levels) {
        this.levels = new Map(Object.entries(levels));
    }

    left(sku) {
        return this.levels.get(sku) ?? 0;
    }

    take(sku, count) {
        if (count > this.left(sku)) throw new OutOfStock(sku, count, this.left(sku));
        this.levels.set(sku, this.left(sku) - count);
    }
}

module.exports = { Stock, OutOfStock };
''', "src/fulfil.js": '''
"use strict";

const { Stock } = require("./stock");

function fulfil(order, stock) {
    const shipped = [];
    for (const { sku, count } of order.lines) {
        stock.take(sku, count);
        shipped.push({ sku, count });
    }
    return { id: order.id, shipped };
}

function fulfilAll(orders, levels) {
    const stock = new Stock(levels);
    return orders.map((order) => fulfil(order, stock));
}

module.exports = { fulfil, fulfilAll };
'''}, "require('SOURCE/src/fulfil.js').fulfilAll([{ id: 1, lines: [{ sku: 'cup', count: 3 }] }, { id: 2, lines: [{ sku: 'cup', count: 4 }, { sku: 'pot', count: 1 }] }], { cup: 5, pot: 1 })",
        [("src/fulfil.js", "        stock.take(sku, count);\n        shipped.push({ sku, count });", "        const now = Math.min(count, stock.left(sku));\n        stock.take(sku, now);\n        shipped.push({ sku, count: now, later: count - now });")])

# A file in another encoding than the importer's.
program("k_import_decoder", {"package.json": CJS, "src/decode.js": '''
"use strict";

const MARKS = [["utf-8", [0xef, 0xbb, 0xbf]], ["utf-16le", [0xff, 0xfe]]];

function encodingOf(bytes) {
    const mark = MARKS.find(([, start]) => start.every((byte, i) => bytes[i] === byte));
    return mark ? mark[0] : "utf-8";
}

function decode(bytes) {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
}

module.exports = { decode };
''', "src/importer.js": '''
"use strict";

const { decode } = require("./decode");

function rowsOf(text) {
    const [head, ...lines] = text.trim().split(/\\r?\\n/);
    const names = head.split(";");
    return lines.map((line) => Object.fromEntries(line.split(";").map((cell, i) => [names[i], cell.trim()])));
}

class CustomerImport {
    constructor() {
        this.customers = new Map();
    }

    upload({ name, content }) {
        const rows = rowsOf(decode(Buffer.from(content, "base64")));
        for (const row of rows) this.customers.set(row.id, row);
        return { file: name, rows: rows.length };
    }
}

module.exports = { CustomerImport };
'''}, "new (require('SOURCE/src/importer.js').CustomerImport)().upload({ name: 'march.csv', content: Buffer.from('id;name\\n7;J\\xfcrgen\\n', 'latin1').toString('base64') })",
        [("src/decode.js", "    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);", "    try {\n        return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);\n    } catch {\n        return new TextDecoder(\"windows-1252\").decode(bytes);\n    }")])
