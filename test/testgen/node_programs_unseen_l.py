"""A lot of faulty Node programs by a writer who had read neither the generator nor the other lots' programs: small business services, each mended where its
developer would mend it."""

from node_programs import CJS, ESM, program

# Parcels that are heavier than all the van's compartments left: one step beyond the last of them.
program("l_van_loading", {"package.json": CJS, "src/van.js": '''
"use strict";

class Compartment {
    constructor(name, limit) {
        this.name = name;
        this.limit = limit;
        this.parcels = [];
    }

    get weight() {
        return this.parcels.reduce((sum, parcel) => sum + parcel.kilos, 0);
    }

    fits(parcel) {
        return this.weight + parcel.kilos <= this.limit;
    }
}

module.exports = { Compartment };
''', "src/loading.js": '''
"use strict";

const { Compartment } = require("./van");

function place(compartments, parcel) {
    for (let i = 0; i <= compartments.length; i++) {
        if (compartments[i].fits(parcel)) {
            compartments[i].parcels.push(parcel);
            return i;
        }
    }
    return -1;
}

function plan(limits, parcels) {
    const compartments = Object.entries(limits).map(([name, limit]) => new Compartment(name, limit));
    const left = [];
    const heaviestFirst = [...parcels].sort((a, b) => b.kilos - a.kilos);
    for (const parcel of heaviestFirst) {
        if (place(compartments, parcel) < 0) left.push(parcel.id);
    }
    return { loaded: compartments.map((c) => `${c.name}: ${c.weight}`), left };
}

module.exports = { place, plan };
'''}, "require('SOURCE/src/loading.js').plan({ front: 40, rear: 60 }, [{ id: 'P1', kilos: 35 }, { id: 'P2', kilos: 55 }, { id: 'P3', kilos: 12 }])",
        [("src/loading.js", "i <= compartments.length", "i < compartments.length")])

# Somebody who recommends himself: the commission goes up the line for ever.
program("l_referral_commission", {"package.json": ESM, "src/members.js": '''
export class Members {
    constructor() {
        this.byCode = new Map();
    }

    join({ code, name, referrer = null }) {
        this.byCode.set(code, { code, name, referrer, earned: 0 });
    }

    find(code) {
        return this.byCode.get(code);
    }
}
''', "src/commission.js": '''
const SHARE = 0.5;

export function payUpline(members, code, cents) {
    const member = members.find(code);
    if (!member) return 0;
    member.earned += cents;
    return cents + payUpline(members, member.referrer, Math.max(1, Math.floor(cents * SHARE)));
}
''', "src/campaign.js": '''
import { Members } from "./members.js";
import { payUpline } from "./commission.js";

export function settle(signups, sales) {
    const members = new Members();
    for (const signup of signups) members.join(signup);
    let paid = 0;
    for (const { seller, cents } of sales) paid += payUpline(members, seller, Math.floor(cents / 10));
    return { paid, earned: Object.fromEntries([...members.byCode.values()].map((m) => [m.name, m.earned])) };
}
'''}, """import { settle } from 'SOURCE/src/campaign.js'
export default (async () => settle([{ code: 'ANA', name: 'Ana' }, { code: 'BEN', name: 'Ben', referrer: 'BEN' }], [{ seller: 'ANA', cents: 9900 }, { seller: 'BEN', cents: 4900 }]))()""",
        [("src/members.js", "        this.byCode.set(code, { code, name, referrer, earned: 0 });", "        this.byCode.set(code, { code, name, referrer: referrer === code ? null : referrer, earned: 0 });")])

# A supplier's price list without a price for one size; what comes out is the import's error with its cause.
program("l_catalogue_import", {"package.json": CJS, "src/normalise.js": '''
"use strict";

function toCents(text) {
    return Math.round(Number(text.replace(",", ".")) * 100);
}

function normalise(row) {
    return { sku: row.sku.toUpperCase(), sizes: row.sizes.map((size) => ({ size: size.name, cents: toCents(size.price) })) };
}

module.exports = { normalise, toCents };
''', "src/import.js": '''
"use strict";

const { normalise } = require("./normalise");

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

class ImportError extends Error {
    constructor(supplier, cause) {
        super(`import of ${supplier} failed`, { cause });
        this.name = "ImportError";
        this.supplier = supplier;
    }
}

async function importRow(row) {
    await pause();
    return normalise(row);
}

async function importList(supplier, rows) {
    try {
        const items = await Promise.all(rows.map((row) => importRow(row)));
        return { supplier, items: items.length, sizes: items.flatMap((item) => item.sizes).length };
    } catch (error) {
        throw new ImportError(supplier, error);
    }
}

module.exports = { ImportError, importList };
'''}, "require('SOURCE/src/import.js').importList('Loden AG', [{ sku: 'lo-1', sizes: [{ name: 'S', price: '49,90' }] }, { sku: 'lo-2', sizes: [{ name: 'S', price: '59,90' }, { name: 'XXL', price: null }] }])",
        [("src/normalise.js", "    return Math.round(", "    if (!text) return null;\n    return Math.round(")])

# A day that no calendar has, in a reservation's address.
program("l_express_tables", {"package.json": CJS, "src/calendar.js": '''
"use strict";

const CLOSED = new Set([1]);

function dayKey(date) {
    return date.toISOString().slice(0, 10);
}

function openOn(date) {
    return !CLOSED.has(date.getUTCDay());
}

module.exports = { dayKey, openOn };
''', "src/check.js": '''
"use strict";

function reservationQuery(request, response, next) {
    const { day, guests = "2" } = request.query;
    if (!/^\\d{4}-\\d{2}-\\d{2}$/.test(day)) return response.status(400).json({ error: "day" });
    const date = new Date(`${day}T00:00:00Z`);
    request.wish = { date, guests: Number(guests) };
    next();
}

module.exports = { reservationQuery };
''', "src/app.js": '''
"use strict";

const express = require("express");
const { dayKey, openOn } = require("./calendar");
const { reservationQuery } = require("./check");

const TAKEN = { "2026-05-09": 18 };

function freeSeats(date) {
    return openOn(date) ? 24 - (TAKEN[dayKey(date)] ?? 0) : 0;
}

function createApp() {
    const app = express();
    app.get("/tables", reservationQuery, (request, response) => {
        const { date, guests } = request.wish;
        const free = freeSeats(date);
        response.json({ free, possible: guests <= free });
    });
    return app;
}

module.exports = { createApp };
'''}, "web(require('SOURCE/src/app.js').createApp(), '/tables?day=2026-13-09&guests=4')",
        [("src/check.js", "    request.wish = {", "    if (Number.isNaN(date.getTime())) return response.status(400).json({ error: \"day\" });\n    request.wish = {")],
        modules=["express"])

# A quoted semicolon in a bank's CSV: the amount stands one column further.
program("l_bank_csv", {"package.json": ESM, "src/csv.js": '''
export function cells(line, separator = ";") {
    return line.split(separator).map((cell) => cell.trim().replace(/^"|"$/g, ""));
}

export function rows(text) {
    const [head, ...lines] = text.split(/\\r?\\n/).filter(Boolean);
    const names = cells(head);
    return lines.map((line) => Object.fromEntries(cells(line).map((cell, i) => [names[i] ?? `extra${i}`, cell])));
}
''', "src/booking.js": '''
const AMOUNT = /^([+-]?)(\\d+),(\\d{2})$/;

export class Booking {
    constructor({ date, text, amount }) {
        const [, sign, whole, part] = AMOUNT.exec(amount);
        this.date = date;
        this.text = text;
        this.cents = Number(`${sign}${whole}${part}`);
    }
}
''', "src/statement.js": '''
import { Booking } from "./booking.js";
import { rows } from "./csv.js";

export function importStatement(text) {
    const bookings = rows(text).map((row) => new Booking(row));
    const balance = bookings.reduce((sum, booking) => sum + booking.cents, 0);
    return { bookings: bookings.length, balance };
}
'''}, """import { importStatement } from 'SOURCE/src/statement.js'
export default (async () => importStatement('date;text;amount\\n2026-03-02;Rent;-950,00\\n2026-03-04;"Refund; order 81";+19,90\\n'))()""",
        [("src/csv.js", "    return line.split(separator).map(", "    return (line.match(new RegExp(`(?:\"[^\"]*\"|[^${separator}\"])+|(?<=^|${separator})(?=${separator}|$)`, \"g\")) ?? []).map(")])

# A campaign's name that an old mailer encoded in Latin-1.
program("l_campaign_link", {"package.json": CJS, "src/query.js": '''
"use strict";

function decode(text) {
    return decodeURIComponent(text.replace(/\\+/g, " "));
}

function parseQuery(query) {
    const found = {};
    for (const pair of query.split("&")) {
        const [name, value = ""] = pair.split("=");
        if (name) found[decode(name)] = decode(value);
    }
    return found;
}

module.exports = { decode, parseQuery };
''', "src/visits.js": '''
"use strict";

const { parseQuery } = require("./query");

class Visits {
    constructor() {
        this.counts = new Map();
    }

    record(address) {
        const [, query = ""] = address.split("?");
        const { utm_campaign: campaign = "(none)" } = parseQuery(query);
        this.counts.set(campaign, (this.counts.get(campaign) ?? 0) + 1);
    }

    top(n = 3) {
        return [...this.counts].sort((a, b) => b[1] - a[1]).slice(0, n);
    }
}

function tally(addresses) {
    const visits = new Visits();
    addresses.forEach((address) => visits.record(address));
    return visits.top();
}

module.exports = { Visits, tally };
'''}, "require('SOURCE/src/visits.js').tally(['/shop?utm_campaign=spring+sale', '/shop', '/shop?utm_campaign=No%EBl&utm_source=mail'])",
        [("src/query.js", "    return decodeURIComponent(text.replace(/\\+/g, \" \"));", "    const spaced = text.replace(/\\+/g, \" \");\n    try {\n        return decodeURIComponent(spaced);\n    } catch {\n        return unescape(spaced);\n    }")])

# A row of the hall is sold out: the best of its seats is asked for all the same.
program("l_hall_seats", {"package.json": ESM, "src/seats.js": '''
export function bestSeat(row, middle) {
    return [...row].reduce((best, seat) => (Math.abs(seat - middle) < Math.abs(best - middle) ? seat : best));
}

export function without(row, sold) {
    return new Set([...row].filter((seat) => !sold.has(seat)));
}
''', "src/hall.js": '''
import { bestSeat, without } from "./seats.js";

export class Hall {
    constructor(rows, middle) {
        this.rows = rows;
        this.middle = middle;
    }

    offer(sold) {
        const offers = [];
        for (const [name, row] of this.rows) {
            const free = without(row, sold.get(name) ?? new Set());
            offers.push(`${name}${bestSeat(free, this.middle)}`);
        }
        return offers;
    }
}
''', "src/boxoffice.js": '''
import { Hall } from "./hall.js";

export function offers(rows, sold) {
    const widest = Math.max(...[...rows.values()].map((row) => row.size));
    return new Hall(rows, (widest + 1) / 2).offer(sold);
}
'''}, """import { offers } from 'SOURCE/src/boxoffice.js'
export default (async () => offers(new Map([['A', new Set([1, 2, 3])], ['B', new Set([1, 2, 3, 4])]]), new Map([['A', new Set([1, 2, 3])], ['B', new Set([2])]])))()""",
        [("src/hall.js", "            offers.push(", "            if (free.size) offers.push(")])
