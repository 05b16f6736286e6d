"""Programs for Node whose fault is in what a server answered or a file held."""

from node_programs import CJS, ESM, program

program("answer_fetch_key", {"package.json": ESM, "src/warehouse.js": '''
export class Warehouse {
    constructor(address, token) {
        this.address = address;
        this.headers = token ? { authorization: `Bearer ${token}` } : {};
    }

    async item(sku) {
        const response = await fetch(`${this.address}/items/${sku}`, { headers: this.headers });
        if (!response.ok) throw new Error(`no item ${sku}`);
        return response.json();
    }
}

export async function inStock(warehouse, sku) {
    const item = await warehouse.item(sku);
    return item.quantity - item.reserved.count;
}
'''}, """import { Warehouse, inStock } from 'SOURCE/src/warehouse.js'
export default (async () => inStock(new Warehouse(await serve({ "/items/A-17": [200, '{"sku": "A-17", "quantity": 4}'] })), 'A-17'))()""",
        [("src/warehouse.js", "item.reserved.count", "(item.reserved?.count ?? 0)")])

program("answer_fetch_status", {"package.json": CJS, "lib/geo.js": '''
class LookupError extends Error {
    constructor(name, status) {
        super(`lookup of ${name} failed with ${status}`);
        this.name = "LookupError";
    }
}

async function lookup(server, name) {
    const answer = await fetch(`${server}/search?q=${encodeURIComponent(name)}`, { method: "POST" });
    if (answer.status !== 200) throw new LookupError(name, answer.status);
    return await answer.json();
}

async function coordinates(server, names) {
    const found = {};
    for (const name of names) {
        const place = await lookup(server, name);
        found[name] = [place.lat, place.lon];
    }
    return found;
}

module.exports = { coordinates, LookupError };
'''}, "require('SOURCE/lib/geo.js').coordinates(await serve({ '/search': [503, 'busy'] }), ['Atlantis'])",
        [("lib/geo.js", "        const place = await lookup(server, name);", """        const place = await lookup(server, name).catch(() => null);
        if (!place) continue;""")])

program("answer_http_page", {"package.json": CJS, "feed.js": '''
const http = require("http");

function get(url) {
    return new Promise((resolve, reject) => {
        http.get(url, { headers: { accept: "application/json" } }, (response) => {
            const chunks = [];
            response.on("data", (chunk) => chunks.push(chunk));
            response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
        }).on("error", reject);
    });
}

async function entries(url) {
    const body = await get(url);
    return JSON.parse(body).entries;
}

async function titles(url) {
    return (await entries(url)).map((entry) => entry.title.trim());
}

module.exports = { titles };
'''}, "require('SOURCE/feed.js').titles((await serve({ '/feed': [200, '<!doctype html><title>Down</title>'] })) + '/feed')",
        [("feed.js", "    return JSON.parse(body).entries;", """    try {
        return JSON.parse(body).entries;
    } catch {
        return [];
    }""")])

program("answer_http_two", {"package.json": ESM, "billing/api.js": '''
import { request } from "node:http";

export class Api {
    #token = null;

    constructor(base) {
        this.base = base;
    }

    call(path, data) {
        const headers = { "content-type": "application/json", ...(this.#token && { authorization: `Bearer ${this.#token}` }) };
        return new Promise((resolve, reject) => {
            const asked = request(this.base + path, { method: data ? "POST" : "GET", headers }, (reply) => {
                let text = "";
                reply.setEncoding("utf8");
                reply.on("data", (part) => (text += part));
                reply.on("end", () => (reply.statusCode < 400 ? resolve(JSON.parse(text)) : reject(new Error(`${path}: ${reply.statusCode}`))));
            });
            asked.on("error", reject);
            asked.end(data && JSON.stringify(data));
        });
    }

    async login(user) {
        const { token } = await this.call("/login", { user });
        this.#token = token;
    }
}
''', "billing/invoices.js": '''
export async function lastTotal(api, user) {
    await api.login(user);
    const { invoices } = await api.call("/invoices");
    const newest = invoices.sort((a, b) => b.date - a.date)[0];
    return newest.total;
}
'''}, """import { Api } from 'SOURCE/billing/api.js'
import { lastTotal } from 'SOURCE/billing/invoices.js'
export default (async () => lastTotal(new Api(await serve({ '/login': [200, '{"token": "abc"}'], '/invoices': [200, '{"invoices": [], "next": null}'] })), 'ann'))()""",
        [("billing/invoices.js", "newest.total", "(newest?.total ?? 0)")])

program("answer_file_settings", {"package.json": CJS, "src/agent.js": '''
const { readFileSync } = require("fs");
const path = require("path");

function load(folder = ".") {
    return JSON.parse(readFileSync(path.join(folder, "agent.json"), "utf8"));
}

function interval(folder) {
    const settings = load(folder);
    return settings.poll.interval * 1000;
}

module.exports = { interval };
'''}, "folder_of({ 'agent.json': '{\"log\": {\"level\": 1}}' }); return require('SOURCE/src/agent.js').interval()",
        [("src/agent.js", "settings.poll.interval", "(settings.poll?.interval ?? 60)")])

program("answer_file_lines", {"package.json": ESM, "src/hosts.mjs": '''
import { readFile } from "node:fs/promises";

async function entries(file) {
    const found = new Map();
    for (const line of (await readFile(file, "utf8")).split("\\n")) {
        if (!line || line.startsWith("#")) continue;
        const [address, name] = line.split(" ");
        found.set(name.toLowerCase(), address);
    }
    return found;
}

export async function addressOf(file, name) {
    return (await entries(file)).get(name);
}
'''}, """import { addressOf } from 'SOURCE/src/hosts.mjs'
export default (async () => addressOf(folder_of({ 'hosts.txt': '# ours\\n10.0.0.1 db\\n10.0.0.2\\n' }) && 'hosts.txt', 'db'))()""",
        [("src/hosts.mjs", "name.toLowerCase()", '(name ?? "").toLowerCase()')])

program("answer_file_missing", {"package.json": ESM, "src/templates.js": '''
import fs from "node:fs";

export function template(name) {
    const text = fs.readFileSync(`templates/${name}.txt`, "utf8");
    return (values) => text.replace(/{(\\w+)}/g, (_, key) => values[key]);
}

export function greeting(user) {
    return template(user.language)({ name: user.name });
}
'''}, "import { greeting } from 'SOURCE/src/templates.js'\nfolder_of({});\nexport default (async () => greeting({ name: 'Ann', language: 'nl' }))()",
        [("src/templates.js", "template(user.language)", "(fs.existsSync(`templates/${user.language}.txt`) ? template(user.language) : () => user.name)")])

program("answer_refused", {"package.json": CJS, "rates.js": '''
async function rates(url) {
    try {
        const answer = await fetch(url);
        return await answer.json();
    } catch {
        return null;
    }
}

async function convert(url, amount, currency) {
    const table = await rates(url);
    return amount * table.rates[currency];
}

module.exports = { convert };
'''}, "require('SOURCE/rates.js').convert('http://127.0.0.1:9/latest', 12, 'EUR')",
        [("rates.js", "amount * table.rates[currency]", "(table ? amount * table.rates[currency] : NaN)")])

program("cond_import_env", {"package.json": ESM, "src/config.js": '''
const REGIONS = { eu: { host: "eu.example.org" }, us: { host: "us.example.org" } };

export const region = REGIONS[process.env.APP_REGION ?? "eu"];
''', "src/upload.js": '''
import { region } from "./config.js";

export function target(file) {
    return `https://${region.host}/${file}`;
}
'''}, "process.env.APP_REGION = 'asia';\nconst { target } = await import('SOURCE/src/upload.js');\nexport default (async () => target('a.png'))()",
        [("src/upload.js", "region.host", '(region?.host ?? "eu.example.org")')])

program("cond_import_clock", {"package.json": CJS, "src/season.js": '''
const OPENED = Date.now();
const TERMS = { 0: { rate: 1 }, 1: { rate: 1.1 }, 3: { rate: 1.4 }, 4: { rate: 2 } };

function rateOf(placed) {
    const days = Math.floor((OPENED - Date.parse(placed)) / 86400000);
    return TERMS[Math.max(0, Math.min(days, 4))].rate;
}

module.exports = { rateOf };
'''}, "require('SOURCE/src/season.js').rateOf(new Date(Date.now() - 2.5 * 86400000).toISOString())",
        [("src/season.js", "TERMS[Math.max(0, Math.min(days, 4))].rate", "(TERMS[Math.max(0, Math.min(days, 4))]?.rate ?? 1.2)")])

program("web_answer_express", {"package.json": CJS, "src/app.js": '''
const express = require("express");
const { rate } = require("./rates");

const app = express();
app.get("/price/:currency", async (req, res) => {
    const per = await rate(req.params.currency);
    res.json({ price: (12.5 * per.value).toFixed(2) });
});

module.exports = app;
''', "src/rates.js": '''
const BASE = process.env.RATES_URL ?? "https://rates.example.org";

async function rate(currency) {
    const response = await fetch(`${BASE}/v1/latest?base=USD`);
    const { rates } = await response.json();
    return rates.find((entry) => entry.code === currency);
}

module.exports = { rate };
'''}, "(process.env.RATES_URL = await serve({ '/v1/latest': [200, '{\"rates\": [{\"code\": \"EUR\", \"value\": 0.9}]}'] }), await web(require('SOURCE/src/app.js'), '/price/ZZZ'))",
        [("src/app.js", "12.5 * per.value", "12.5 * (per?.value ?? 1)")], modules=["express"])

program("web_http_handler", {"package.json": ESM, "src/server.js": '''
import http from "node:http";
import { orders } from "./orders.js";

export async function handle(req, res) {
    const url = new URL(req.url, "http://localhost");
    let text = "";
    for await (const part of req) text += part;
    const reply = orders(url.searchParams, text ? JSON.parse(text) : {});
    res.writeHead(200, { "content-type": "application/json" });
    res.end(JSON.stringify(reply));
}

export const server = () => http.createServer(handle);
''', "src/orders.js": '''
const SHIPPING = { home: { days: 2 }, shop: { days: 4 } };

export function orders(query, { items = [] }) {
    const way = SHIPPING[query.get("way") ?? "home"];
    return { count: items.length, days: way.days + (items.length > 5 ? 1 : 0) };
}
'''}, "import { handle } from 'SOURCE/src/server.js'\nexport default (async () => web(handle, '/orders?way=drone', { method: 'POST', json: { items: ['tea'] } }))()",
        [("src/orders.js", "const way = SHIPPING[query.get(\"way\") ?? \"home\"];", "const way = SHIPPING[query.get(\"way\")] ?? SHIPPING.home;")])

program("web_http_server", {"package.json": CJS, "lib/api.js": '''
const { createServer } = require("http");

const ROUTES = {
    "/notes": (params) => ({ id: params.get("id").padStart(4, "0") }),
};

function create(routes = ROUTES) {
    return createServer((request, response) => {
        const url = new URL(request.url, "http://localhost");
        const route = routes[url.pathname];
        if (!route) return response.writeHead(404).end();
        response.end(JSON.stringify(route(url.searchParams)));
    });
}

module.exports = { create };
'''}, "web(require('SOURCE/lib/api.js').create(), '/notes?page=2')",
        [("lib/api.js", 'params.get("id").padStart', '(params.get("id") ?? "").padStart')])

program("web_koa_cart", {"package.json": CJS, "app.js": '''
const Koa = require("koa");

const app = new Koa();
const carts = new Map([["ann", { lines: [{ sku: "tea", price: 4 }] }]]);

app.use(async (ctx, next) => {
    ctx.state.user = ctx.get("x-user") || "ann";
    await next();
});

app.use(async (ctx) => {
    const cart = carts.get(ctx.state.user);
    ctx.body = { total: cart.lines.reduce((sum, line) => sum + line.price, 0) };
});

module.exports = app;
'''}, "web(require('SOURCE/app.js'), '/cart', { headers: { 'x-user': 'bea' } })",
        [("app.js", "cart.lines.reduce", "(cart?.lines ?? []).reduce")], modules=["koa"])

program("answer_file_fixed_place", {"package.json": CJS, "limits.js": '''
const { existsSync, readFileSync } = require("node:fs");

const PLACE = "/tmp/devflow-suite-limits/limits.json";

function limits() {
    if (!existsSync(PLACE)) return { standard: { perDay: 10 } };
    return JSON.parse(readFileSync(PLACE, "utf8"));
}

function limitOf(user) {
    const table = limits();
    return (table[user] ?? table.standard).perDay;
}

module.exports = { limitOf };
'''}, """const fs = require("fs");
fs.mkdirSync("/tmp/devflow-suite-limits", { recursive: true });
fs.writeFileSync("/tmp/devflow-suite-limits/limits.json", JSON.stringify({ ann: { perDay: 5 } }));
try { return require('SOURCE/limits.js').limitOf('bob'); } finally { fs.rmSync("/tmp/devflow-suite-limits", { recursive: true }); }""",
        [("limits.js", "(table[user] ?? table.standard).perDay", "(table[user] ?? table.standard)?.perDay ?? 10")])

program("answer_file_beside", {"package.json": ESM, "src/catalog.js": '''
import { readFile } from "node:fs/promises";

export class Catalog {
    constructor(place = new URL("../data/catalog.json", import.meta.url)) {
        this.place = place;
    }

    async load() {
        this.items = JSON.parse(await readFile(this.place, "utf8"));
        return this;
    }

    price(sku) {
        return this.items.find((item) => item.sku === sku).price;
    }
}

export async function priceOf(sku) {
    const catalog = await new Catalog().load();
    return catalog.price(sku);
}
'''}, """import fs from 'node:fs'
import { priceOf } from 'SOURCE/src/catalog.js'
fs.mkdirSync('SOURCE/data')
fs.writeFileSync('SOURCE/data/catalog.json', '[{"sku": "tea", "price": 4}]')
export default (async () => { try { return await priceOf('cup') } finally { fs.rmSync('SOURCE/data', { recursive: true }) } })()""",
        [("src/catalog.js", "this.items.find((item) => item.sku === sku).price", "this.items.find((item) => item.sku === sku)?.price ?? null")])

program("answer_file_in_root", {"package.json": CJS, "src/menu.js": '''
const fs = require("fs");
const path = require("path");

const ROOT = process.cwd();

function dishes(day) {
    const menu = JSON.parse(fs.readFileSync(path.join(ROOT, "menu.json"), "utf8"));
    return menu[day].dishes.length;
}

module.exports = { dishes };
'''}, """folder_of({ 'menu.json': '{"mon": {"dishes": []}}' }); return require('SOURCE/src/menu.js').dishes('sun')""",
        [("src/menu.js", "menu[day].dishes.length", "(menu[day]?.dishes ?? []).length")])
