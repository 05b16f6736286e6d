"""Further faulty programs for Node, written as a stranger would and measured at first sight: nothing was tuned on them before."""

from node_programs import CJS, ESM, program

program("stranger_rate_limit_headers", {"package.json": ESM, "src/http/limits.js": '''
const HEADERS = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];

export function readLimits(response) {
    const [limit, remaining, reset] = HEADERS.map((name) => Number.parseInt(response.headers.get(name).trim(), 10));
    return { limit, remaining, resetsAt: new Date(reset * 1000) };
}
'''}, "import { readLimits } from 'SOURCE/src/http/limits.js'\nexport default (async () => readLimits({ status: 200, headers: new Map([['x-ratelimit-limit', '10']]) }))()",
        [("src/http/limits.js", "response.headers.get(name).trim()", '(response.headers.get(name) ?? "0").trim()')])

program("stranger_inventory_service", {"package.json": CJS, "services/inventory.js": '''
class InventoryError extends Error {}

class InventoryService {
    constructor({ repository, clock = Date }) {
        this.repository = repository;
        this.clock = clock;
        this.reserved = new Map();
    }

    async reserve(sku, quantity) {
        const item = await this.repository.findBySku(sku);
        const free = item.onHand - (this.reserved.get(sku) ?? 0);
        if (quantity > free) throw new InventoryError(`only ${free} of ${sku} left`);
        this.reserved.set(sku, (this.reserved.get(sku) ?? 0) + quantity);
        return free - quantity;
    }
}

module.exports = { InventoryService, InventoryError };
'''}, "new (require('SOURCE/services/inventory.js').InventoryService)({ repository: { findBySku: async () => null } }).reserve('A-1', 2)",
        [("services/inventory.js", "        const free =", "        if (!item) return 0;\n        const free =")])

program("stranger_template_helper", {"package.json": CJS, "view/render.js": '''
const helpers = {
    upper: (value) => value.toUpperCase(),
    money: (value) => "$" + value.toFixed(2),
};

function render(template, context) {
    return template.replace(/\\{\\{(\\w+)(?:\\|(\\w+))?\\}\\}/g, (_, name, helper) => {
        const value = context[name];
        return helper ? helpers[helper](value) : String(value);
    });
}

exports.render = render;
'''}, "require('SOURCE/view/render.js').render('Total: {{total|money}}', { total: '12' })",
        [("view/render.js", "value.toFixed(2)", "Number(value).toFixed(2)")])

program("stranger_graph_order", {"package.json": ESM, "graph.mjs": '''
export class CycleError extends Error {
    constructor(path) {
        super(`cycle: ${path.join(" -> ")}`);
        this.name = "CycleError";
        this.path = path;
    }
}

export function order(graph) {
    const done = new Set(), out = [];
    const visit = (node, path) => {
        if (path.includes(node)) throw new CycleError([...path, node]);
        if (done.has(node)) return;
        for (const next of graph[node] ?? []) visit(next, [...path, node]);
        done.add(node);
        out.push(node);
    };
    Object.keys(graph).forEach((node) => visit(node, []));
    return out;
}
'''}, "import { order } from 'SOURCE/graph.mjs'\nexport default (async () => order({ a: ['b'], b: ['b'] }))()",
        [("graph.mjs", "for (const next of graph[node] ?? []) visit", "for (const next of graph[node] ?? []) if (next !== node) visit")])

program("stranger_typescript_router", {"package.json": ESM, "src/router.ts": '''
export type Params = Record<string, string>;
export interface Route {
    method: "GET" | "POST";
    pattern: string;
    handler: (params: Params) => string;
}

export function match(routes: Route[], method: string, path: string): { route: Route; params: Params } {
    const parts = path.split("/");
    const route = routes.find((r) => r.method === method && r.pattern.split("/").length === parts.length);
    const params: Params = {};
    route!.pattern.split("/").forEach((part: string, i: number) => {
        if (part.startsWith(":")) params[part.slice(1)] = parts[i];
    });
    return { route: route!, params };
}
'''}, "require('SOURCE/src/router.ts').match([{ method: 'GET', pattern: '/users/:id', handler: () => '' }], 'POST', '/users/7')",
        [("src/router.ts", "    const params: Params = {};", "    if (!route) return null as never;\n    const params: Params = {};")],
        modules=["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"], options=["--import", "tsx"])

program("stranger_average_by_group", {"package.json": CJS, "stats.js": '''
function groupBy(rows, key) {
    return rows.reduce((groups, row) => {
        groups[row[key]].push(row);
        return groups;
    }, {});
}

function averages(rows, key, field) {
    return Object.entries(groupBy(rows, key)).map(([name, list]) => [name, list.reduce((sum, r) => sum + r[field], 0) / list.length]);
}

module.exports = { averages, groupBy };
'''}, "require('SOURCE/stats.js').averages([{ team: 'a', points: 3 }], 'team', 'points')",
        [("stats.js", "groups[row[key]].push(row);", "(groups[row[key]] ??= []).push(row);")])

program("stranger_bigint_mix", {"package.json": ESM, "ledger.js": '''
const SCALE = 100n;

export function toMinor(amount) {
    return BigInt(amount) * SCALE;
}

export function balance(entries, opening) {
    return entries.map((e) => toMinor(e.amount)).reduce((sum, v) => sum + v, opening);
}
'''}, "import { balance } from 'SOURCE/ledger.js'\nexport default (async () => balance([{ amount: 1 }, { amount: 2.5 }], 0n))()",
        [("ledger.js", "BigInt(amount) * SCALE", "BigInt(Math.round(amount * 100))")])

program("stranger_event_handler", {"package.json": CJS, "src/app.js": '''
const { EventEmitter } = require("events");
const bus = new EventEmitter();

bus.on("order", (order) => {
    bus.last = order.customer.address.city.toUpperCase();
});

function publish(order) {
    bus.emit("order", { ...order, at: 1 });
    return bus.last;
}

module.exports = { publish };
'''}, "require('SOURCE/src/app.js').publish({ id: 1, customer: { name: 'Ann' } })",
        [("src/app.js", "order.customer.address.city.toUpperCase()", '(order.customer?.address?.city ?? "").toUpperCase()')])

program("stranger_retry_wrapper", {"package.json": ESM, "retry.js": '''
export async function retry(task, { times = 3, isFatal = () => false } = {}) {
    let last;
    for (let i = 0; i < times; i++) {
        try {
            return await task(i);
        } catch (error) {
            if (isFatal(error)) throw error;
            last = error;
        }
    }
    throw new Error(`gave up after ${times} tries: ${last.message}`);
}
'''}, "import { retry } from 'SOURCE/retry.js'\nexport default (async () => retry(async () => 1, { times: 0 }))()",
        [("retry.js", "    throw new Error(`gave up after ${times} tries: ${last.message}`);", '    if (!last) return undefined;\n    throw new Error(`gave up after ${times} tries: ${last.message}`);')])

program("stranger_locale_price", {"package.json": CJS, "price.js": '''
/** @param {number} cents @param {string} currency */
module.exports = function formatPrice(cents, currency) {
    return new Intl.NumberFormat("en", { style: "currency", currency }).format(cents / 100);
};
'''}, "require('SOURCE/price.js')(1999, 'EURO')",
        [("price.js", "    return new Intl", '    if (!/^[A-Z]{3}$/.test(currency)) return `${cents / 100} ${currency}`;\n    return new Intl')])
