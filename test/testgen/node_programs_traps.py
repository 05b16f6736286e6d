"""Programs for Node whose fix a test of the wrong function or of the wrong input does not show: it stays red. Each may be reproduced or not; none may
be false."""

from node_programs import CJS, ESM, program

program("trap_one_key_of_two", {"package.json": ESM, "src/label.js": '''
const KINDS = ["billing", "shipping"];

export function cities(order) {
    const found = [];
    for (const kind of KINDS) {
        const address = order[kind];
        found.push(address.city.toUpperCase());
    }
    return found;
}
'''}, "import { cities } from 'SOURCE/src/label.js'\nexport default (async () => cities({ billing: { city: 'Brest' } }))()",
        [("src/label.js", "found.push(", 'if (kind === "billing" || address) found.push(')])

program("trap_caller_checks", {"package.json": CJS, "src/frames.js": '''
function header(data) {
    return { kind: data.kind.trim(), length: Number(data.length) };
}

module.exports = { header };
''', "src/loop.js": '''
const { header } = require("./frames");

function serve(connection) {
    const data = connection[Symbol.for("next")]();
    const { kind } = header(data);
    return kind;
}

module.exports = { serve };
'''}, "require('SOURCE/src/loop.js').serve({ [Symbol.for('next')]: () => ({ length: 4 }) })",
        [("src/loop.js", "    const { kind }", "    if (!data.kind) return null;\n    const { kind }")])

program("trap_state_of_an_object", {"package.json": CJS, "lib/cart.js": '''
const RATES = { fr: { percent: 20 }, de: { percent: 19 } };

class Cart {
    constructor(items) {
        this.items = items;
        this.rate = RATES.fr;
    }

    ship(country) {
        this.rate = RATES[country];
        return this;
    }

    tax() {
        const net = this.items.reduce((sum, item) => sum + item.price, 0);
        return (net * this.rate.percent) / 100;
    }
}

module.exports = { Cart };
''', "lib/order.js": '''
const { Cart } = require("./cart");

exports.due = (items, country) => new Cart(items).ship(country).tax();
'''}, "require('SOURCE/lib/order.js').due([{ price: 12 }], 'be')",
        [("lib/cart.js", "this.rate = RATES[country];", "this.rate = RATES[country] ?? RATES.fr;")])

program("trap_class_passed_in", {"package.json": ESM, "src/account.mjs": '''
export class Account {
    constructor(name) {
        this.name = name;
        this.owner = null;
    }

    assign(people) {
        this.owner = people.find((p) => p.name === this.name);
    }
}
''', "src/mail.mjs": '''
import { Account } from "./account.mjs";

/** @param {Account} account */
export function greeting(account, subject) {
    return `${subject}: dear ${account.owner.title} ${account.owner.name}`;
}

export function mail(name, people) {
    const account = new Account(name);
    account.assign(people);
    return greeting(account, "Statement");
}
'''}, "import { mail } from 'SOURCE/src/mail.mjs'\nexport default (async () => mail('ann', [{ name: 'bea', title: 'Dr' }]))()",
        [("src/account.mjs", "this.owner = people.find((p) => p.name === this.name);", 'this.owner = people.find((p) => p.name === this.name) ?? { title: "", name: this.name };')])

program("trap_more_of_an_expression", {"package.json": CJS, "src/best.js": '''
const best = (rows) => rows.reduce((a, b) => (a.score.value >= b.score.value ? a : b))

exports.winner = (race) => best(race.rows.filter((row) => row.lane)).name
'''}, "require('SOURCE/src/best.js').winner({ rows: [{ name: 'a' }] })",
        [("src/best.js", "best(race.rows.filter((row) => row.lane)).name", "race.rows.some((row) => row.lane) ? best(race.rows.filter((row) => row.lane)).name : null")])

program("trap_constructor_refuses", {"package.json": CJS, "lib/loan.js": '''
class Loan {
    constructor(owner, schedule) {
        this.owner = owner;
        this.schedule = schedule;
    }
}

function first(loan) {
    return loan.schedule.dates[0].toUpperCase();
}

function plan(loans) {
    return loans.map((loan) => `${loan.owner}: ${first(loan)}`);
}

module.exports = { Loan, plan };
'''}, "((loans) => loans.plan([new loans.Loan('ann', { dates: [] })]))(require('SOURCE/lib/loan.js'))",
        [("lib/loan.js", "    constructor(owner, schedule) {\n", "    constructor(owner, schedule) {\n        if (!schedule?.dates?.length) throw new RangeError('a loan has dates');\n")])

program("trap_import_refuses", {"package.json": CJS, "lib/limits.js": '''
const LIMITS = process.env.UPLOAD_LIMITS?.split(",");

function limit(kind) {
    return LIMITS[kind === "image" ? 0 : 1];
}

module.exports = { limit };
'''}, "require('SOURCE/lib/limits.js').limit('image')",
        [("lib/limits.js", 'process.env.UPLOAD_LIMITS?.split(",");', 'process.env.UPLOAD_LIMITS?.split(",");\nif (!LIMITS) throw new RangeError("UPLOAD_LIMITS is not set");')])
