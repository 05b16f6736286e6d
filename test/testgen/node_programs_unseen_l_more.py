"""More of node_programs_unseen_l.py."""

from node_programs import CJS, ESM, program

TYPED = {"modules": ["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"], "options": ["--import", "tsx"]}

# A dividend for a class of shares of which none is held.
program("l_share_dividend", {"package.json": CJS, "src/register.js": '''
"use strict";

class Register {
    constructor(holdings) {
        this.holdings = holdings;
    }

    of(kind) {
        return this.holdings.filter((holding) => holding.kind === kind);
    }

    total(kind) {
        return this.of(kind).reduce((sum, holding) => sum + holding.shares, 0n);
    }
}

module.exports = { Register };
''', "src/dividend.js": '''
"use strict";

const { Register } = require("./register");

const SCALE = 1_000_000n;

function perShare(pot, shares) {
    return (pot * SCALE) / shares;
}

function distribute(register, kind, pot) {
    const rate = perShare(pot, register.total(kind));
    const paid = register.of(kind).map((holding) => ({ name: holding.name, cents: (holding.shares * rate) / SCALE }));
    return { kind, paid, rest: paid.reduce((left, p) => left - p.cents, pot) };
}

function meeting(holdings, pots) {
    const register = new Register(holdings);
    return Object.entries(pots).map(([kind, pot]) => distribute(register, kind, pot));
}

module.exports = { distribute, meeting, perShare };
'''}, "require('SOURCE/src/dividend.js').meeting([{ name: 'Iris', kind: 'common', shares: 600n }, { name: 'Otto', kind: 'common', shares: 300n }], { common: 90000n, preferred: 12000n })",
        [("src/dividend.js", "    return (pot * SCALE) / shares;", "    return shares === 0n ? 0n : (pot * SCALE) / shares;")])

# Everybody is on leave in a week: the generator of turns has nobody to give.
program("l_standby_turns", {"package.json": CJS, "src/turns.js": '''
"use strict";

function* turns(people) {
    let i = 0;
    while (people.length) yield people[i++ % people.length];
}

module.exports = { turns };
''', "src/standby.js": '''
"use strict";

const { turns } = require("./turns");

const DAY = 24 * 3600 * 1000;

function duty(turn, date) {
    const { value: person } = turn.next();
    return { day: date.toISOString().slice(0, 10), name: person.name, phone: person.phone };
}

class Standby {
    constructor(team) {
        this.team = team;
    }

    present(from) {
        return this.team.filter((person) => !person.awayUntil || person.awayUntil <= from);
    }

    week(from, days = 7) {
        const turn = turns(this.present(from));
        const plan = [];
        for (let i = 0; i < days; i++) plan.push(duty(turn, new Date(from.getTime() + i * DAY)));
        return plan;
    }
}

module.exports = { Standby, duty };
'''}, "new (require('SOURCE/src/standby.js').Standby)([{ name: 'Lea', phone: '201', awayUntil: new Date('2026-08-24') }, { name: 'Max', phone: '202', awayUntil: new Date('2026-08-20') }]).week(new Date('2026-08-10T00:00:00Z'), 5)",
        [("src/standby.js", "        const turn = turns(this.present(from));\n", "        const present = this.present(from);\n        const turn = turns(present.length ? present : this.team);\n")])

# What somebody types in the search box goes into a pattern as it is.
program("l_search_box", {"package.json": ESM, "src/matcher.js": '''
export function matcher(term, { wholeWords = false } = {}) {
    const words = term.trim().split(/\\s+/).filter(Boolean);
    const toPattern = (word) => new RegExp(wholeWords ? `(?<!\\\\w)${word}(?!\\\\w)` : word, "i");
    const patterns = words.map(toPattern);
    return (text) => patterns.every((pattern) => pattern.test(text));
}
''', "src/courses.js": '''
import { matcher } from "./matcher.js";

export class CourseList {
    constructor(courses) {
        this.courses = courses;
        this.recent = [];
    }

    search(term, options) {
        const matches = matcher(term, options);
        this.recent = [term, ...this.recent.filter((t) => t !== term)].slice(0, 5);
        return this.courses.filter((course) => matches(`${course.title} ${course.tags.join(" ")}`));
    }
}
''', "src/page.js": '''
import { CourseList } from "./courses.js";

const list = new CourseList([
    { title: "Programming for beginners", tags: ["python"] },
    { title: "Systems programming", tags: ["C++", "rust"] },
    { title: "Watercolours", tags: [] },
]);

export function resultsPage(form) {
    const found = list.search(form.q, { wholeWords: form.exact === "on" });
    return { title: `${found.length} courses for ${form.q}`, items: found.map((course) => course.title) };
}
'''}, """import { resultsPage } from 'SOURCE/src/page.js'
export default (async () => resultsPage({ q: 'programming c++', exact: 'on' }))()""",
        [("src/matcher.js", "    const toPattern = (word) => new RegExp(", "    const escape = (word) => word.replace(/[.*+?^${}()|[\\]\\\\]/g, \"\\\\$&\");\n    const toPattern = (word) => new RegExp("),
         ("src/matcher.js", "words.map(toPattern)", "words.map(escape).map(toPattern)")])

# An order to be collected has no address, and inherits a getter that writes one.
program("l_pickup_label", {"package.json": CJS, "src/order.js": '''
"use strict";

class Order {
    constructor(number, customer, address) {
        this.number = number;
        this.customer = customer;
        this.address = address;
    }

    get destination() {
        return [this.address.street, `${this.address.zip} ${this.address.city}`].join(", ");
    }

    get label() {
        return `#${this.number} ${this.customer} / ${this.destination}`;
    }
}

module.exports = { Order };
''', "src/pickup.js": '''
"use strict";

const { Order } = require("./order");

class PickupOrder extends Order {
    constructor(number, customer, branch) {
        super(number, customer, null);
        this.branch = branch;
    }

    get shipping() {
        return 0;
    }
}

module.exports = { PickupOrder };
''', "src/labels.js": '''
"use strict";

const { Order } = require("./order");
const { PickupOrder } = require("./pickup");

function fromRow(row) {
    return row.branch ? new PickupOrder(row.number, row.customer, row.branch) : new Order(row.number, row.customer, row.address);
}

function printLabels(rows) {
    return rows.map(fromRow).map((order) => order.label);
}

module.exports = { fromRow, printLabels };
'''}, "require('SOURCE/src/labels.js').printLabels([{ number: 301, customer: 'Ruiz', address: { street: 'Calle Sol 4', zip: '28013', city: 'Madrid' } }, { number: 302, customer: 'Vega', branch: 'Atocha' }])",
        [("src/pickup.js", "    get shipping() {", "    get destination() {\n        return `collect at ${this.branch}`;\n    }\n\n    get shipping() {")])

# A customer who was not found is remembered as such; the second question gets what was remembered.
program("l_customer_cache", {"package.json": ESM, "src/cache.js": '''
export class Cache {
    constructor(load, limit = 100) {
        this.load = load;
        this.limit = limit;
        this.entries = new Map();
    }

    async get(key) {
        if (this.entries.has(key)) return this.entries.get(key);
        const value = await this.load(key);
        if (this.entries.size >= this.limit) this.entries.delete(this.entries.keys().next().value);
        this.entries.set(key, value);
        if (!value) throw Object.assign(new Error(`no customer ${key}`), { code: "UNKNOWN" });
        return value;
    }
}
''', "src/greeting.js": '''
export function greeting(customer) {
    const name = customer.title ? `${customer.title} ${customer.last}` : customer.first;
    return `Hello ${name}`;
}
''', "src/mailing.js": '''
import { Cache } from "./cache.js";
import { greeting } from "./greeting.js";

const CUSTOMERS = { c1: { first: "Nora", last: "Lind" }, c2: { first: "Emil", last: "Voss", title: "Dr" } };

export async function mailing(ids) {
    const customers = new Cache(async (id) => CUSTOMERS[id] ?? null);
    const letters = [];
    const unknown = [];
    for (const id of ids) {
        try {
            const customer = await customers.get(id);
            letters.push(greeting(customer));
        } catch (error) {
            if (error.code !== "UNKNOWN") throw error;
            unknown.push(id);
        }
    }
    return { letters, unknown };
}
'''}, """import { mailing } from 'SOURCE/src/mailing.js'
export default mailing(['c1', 'c9', 'c2', 'c9'])""",
        [("src/cache.js", "        if (this.entries.size >= this.limit)", "        if (!value) throw Object.assign(new Error(`no customer ${key}`), { code: \"UNKNOWN\" });\n        if (this.entries.size >= this.limit)"),
         ("src/cache.js", "        this.entries.set(key, value);\n        if (!value) throw Object.assign(new Error(`no customer ${key}`), { code: \"UNKNOWN\" });\n", "        this.entries.set(key, value);\n")])

# A payment of the union's third kind has no number to be masked.
program("l_payment_mask", {"package.json": ESM, "src/payment.ts": '''
export type Payment =
    | { method: "card"; number: string; expires: string }
    | { method: "debit"; iban: string; holder: string }
    | { method: "invoice"; days: number };

export const hasNumber = (payment: Payment): boolean => payment.method !== "debit";
''', "src/mask.ts": '''
export function mask(value: string, shown = 4): string {
    const hidden = Math.max(value.length - shown, 0);
    return "*".repeat(hidden) + value.slice(hidden);
}
''', "src/receipt.ts": '''
import { hasNumber, type Payment } from "./payment.js";
import { mask } from "./mask.js";

interface Sale {
    id: string;
    cents: number;
    payment: Payment;
}

function paidBy(payment: Payment): string {
    if (hasNumber(payment)) return `${payment.method} ${mask((payment as any).number)}`;
    if (payment.method === "debit") return `${payment.method} ${mask(payment.iban)}`;
    return payment.method;
}

export function receipts(sales: Sale[]): string[] {
    return sales.map((sale) => `${sale.id} ${(sale.cents / 100).toFixed(2)} ${paidBy(sale.payment)}`);
}
'''}, """import { receipts } from 'SOURCE/src/receipt.ts'
export default (async () => receipts([{ id: 'S1', cents: 2500, payment: { method: 'card', number: '4111111111111111', expires: '2028-01' } }, { id: 'S2', cents: 8000, payment: { method: 'invoice', days: 30 } }]))()""",
        [("src/payment.ts", 'payment.method !== "debit"', 'payment.method === "card"')], **TYPED)

# A state of a repair that the table of steps forgot.
program("l_repair_steps", {"package.json": ESM, "src/state.ts": '''
export enum State {
    Received = "received",
    Diagnosed = "diagnosed",
    WaitingForParts = "waiting",
    Repaired = "repaired",
    Returned = "returned",
}

export const STEPS: { [state in State]?: State[] } = {
    [State.Received]: [State.Diagnosed],
    [State.Diagnosed]: [State.WaitingForParts, State.Repaired, State.Returned],
    [State.Repaired]: [State.Returned],
    [State.Returned]: [],
};
''', "src/repair.ts": '''
import { State, STEPS } from "./state.js";

export class Repair {
    state: State = State.Received;
    readonly history: { state: State; at: Date }[] = [];

    constructor(readonly ticket: string, readonly device: string) {}

    may(next: State): boolean {
        return STEPS[this.state]!.includes(next);
    }

    move(next: State, at: Date): void {
        if (!this.may(next)) throw new Error(`${this.ticket}: not from ${this.state} to ${next}`);
        this.history.push({ state: this.state, at });
        this.state = next;
    }
}
''', "src/workshop.ts": '''
import { Repair } from "./repair.js";
import type { State } from "./state.js";

export function replay(ticket: string, device: string, moves: [State, string][]): string {
    const repair = new Repair(ticket, device);
    for (const [state, day] of moves) repair.move(state, new Date(day));
    return `${repair.device}: ${repair.history.length} steps, ${repair.state}`;
}
'''}, """import { replay } from 'SOURCE/src/workshop.ts'
export default (async () => replay('R-88', 'kettle', [['diagnosed', '2026-04-01'], ['waiting', '2026-04-02'], ['repaired', '2026-04-20']]))()""",
        [("src/state.ts", "    [State.Repaired]: [State.Returned],\n", "    [State.WaitingForParts]: [State.Repaired, State.Returned],\n    [State.Repaired]: [State.Returned],\n")], **TYPED)
