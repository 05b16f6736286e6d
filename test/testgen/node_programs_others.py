"""Another lot for Node, written before the generator was run on any of them."""
from node_programs import CJS, ESM, program

program("other_bank_transfer", {"package.json": ESM, "src/bank.js": '''
export class InsufficientFunds extends Error {
  constructor(account, missing) {
    super(`${account.id} lacks ${missing} EUR`);
    this.name = "InsufficientFunds";
    this.account = account;
  }
}

export class Account {
  #balance;

  constructor(id, balance = 0) {
    this.id = id;
    this.#balance = balance;
  }

  get balance() {
    return this.#balance;
  }

  withdraw(amount) {
    if (amount > this.#balance) throw new InsufficientFunds(this, amount - this.#balance);
    this.#balance -= amount;
    return this;
  }

  deposit(amount) {
    this.#balance += amount;
    return this;
  }
}

export class Bank {
  constructor() {
    this.accounts = new Map();
  }

  open(id, balance) {
    this.accounts.set(id, new Account(id, balance));
    return this;
  }

  transfer(from, to, amount) {
    const source = this.accounts.get(from);
    const target = this.accounts.get(to);
    source.withdraw(amount);
    target.deposit(amount);
    return source.balance;
  }
}
'''}, "import { Bank } from 'SOURCE/src/bank.js'\nexport default (async () => new Bank().open('A', 10).open('B', 5).transfer('A', 'C', 4))()",
        [("src/bank.js", "    source.withdraw(amount);", "    if (!source || !target) return null;\n    source.withdraw(amount);")])

program("other_csv_reader", {"package.json": CJS, "lib/csv.js": '''
function* records(text, { separator = "," } = {}) {
  const [head, ...lines] = text.split("\\n");
  const names = head.split(separator);
  for (const line of lines) {
    const cells = line.split(separator);
    yield Object.fromEntries(names.map((name, i) => [name, cells[i].trim()]));
  }
}

function load(text, options) {
  return [...records(text, options)];
}

module.exports = { load };
'''}, "(async () => require('SOURCE/lib/csv.js').load('id,name\\n1,Ann\\n2'))()",
        [("lib/csv.js", "cells[i].trim()", '(cells[i] ?? "").trim()')])

program("other_event_bus", {"package.json": ESM, "src/bus.js": '''
import { EventEmitter } from "node:events";

export class OrderBus extends EventEmitter {
  constructor() {
    super();
    this.totals = {};
    this.on("order", (order) => this.count(order));
  }

  count(order) {
    for (const { sku, quantity } of order.lines) {
      this.totals[sku].quantity += quantity;
    }
  }

  register(sku) {
    this.totals[sku] = { quantity: 0 };
    return this;
  }
}

export function publish(bus, order) {
  bus.emit("order", order);
  return bus.totals;
}
'''}, "import { OrderBus, publish } from 'SOURCE/src/bus.js'\nexport default (async () => publish(new OrderBus().register('tea'), { id: 1, lines: [{ sku: 'tea', quantity: 2 }, { sku: 'cup', quantity: 1 }] }))()",
        [("src/bus.js", "this.totals[sku].quantity += quantity;", "if (!this.totals[sku]) this.register(sku);\n      this.totals[sku].quantity += quantity;")])

program("other_base64_token", {"package.json": CJS, "auth/token.js": '''
function decode(part) {
  return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
}

function claims(token) {
  const [, payload] = token.split(".");
  const found = decode(payload);
  return { ...found, expires: new Date(found.exp * 1000).toISOString() };
}

exports.authenticate = function authenticate(headers) {
  const token = headers.authorization.replace(/^Bearer /, "");
  return claims(token);
};
'''}, "(async () => require('SOURCE/auth/token.js').authenticate({ authorization: 'Bearer e30.eyJzdWIiOiJhIn0.sig' }))()",
        [("auth/token.js", "expires: new Date(found.exp * 1000).toISOString()", "expires: found.exp ? new Date(found.exp * 1000).toISOString() : null")])

program("other_ts_inventory", {"package.json": ESM, "src/types.ts": '''
export type Sku = string;

export interface Stock {
  sku: Sku;
  onHand: number;
  bins?: { [bin: string]: number };
}

export enum Policy {
  Fifo = "fifo",
  Lifo = "lifo",
}
''', "src/inventory.ts": '''
import { Policy, type Sku, type Stock } from "./types.ts";

export class Inventory {
  private readonly stock: Map<Sku, Stock> = new Map();

  constructor(private readonly policy: Policy, entries: Stock[] = []) {
    for (const entry of entries) this.stock.set(entry.sku, entry);
  }

  pick(sku: Sku, count: number): string[] {
    const stock = this.stock.get(sku);
    const bins = Object.keys(stock!.bins!);
    if (this.policy === Policy.Lifo) bins.reverse();
    return bins.slice(0, count);
  }
}

export function pickAll(inventory: Inventory, wanted: Array<[Sku, number]>): string[][] {
  return wanted.map(([sku, count]) => inventory.pick(sku, count));
}
'''}, "require('SOURCE/src/inventory.ts').pickAll(new (require('SOURCE/src/inventory.ts').Inventory)('fifo', [{ sku: 'tea', onHand: 3 }]), [['tea', 1]])",
        [("src/inventory.ts", "Object.keys(stock!.bins!)", "Object.keys(stock?.bins ?? {})")],
        modules=["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"], options=["--import", "tsx"])

program("other_retry_wrapper", {"package.json": ESM, "lib/retry.js": '''
export class RetryError extends Error {
  constructor(attempts, cause) {
    super(`gave up after ${attempts} attempts`, { cause });
    this.name = "RetryError";
  }
}

export async function retry(task, { attempts = 3, delay = 0 } = {}) {
  let last;
  for (let i = 0; i < attempts; i++) {
    try {
      return await task(i);
    } catch (error) {
      last = error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
  throw new RetryError(attempts, last);
}
''', "lib/rates.js": '''
import { retry } from "./retry.js";

export async function rate(client, currency) {
  const answer = await retry(() => client.get(`/rates/${currency}`), { attempts: 2 });
  return answer.data.rates[currency].toFixed(4);
}
'''}, "import { rate } from 'SOURCE/lib/rates.js'\nexport default rate({ get: async () => ({ data: { rates: { USD: 1.1 } } }) }, 'CHF')",
        [("lib/rates.js", "return answer.data.rates[currency].toFixed(4);", "return answer.data.rates[currency]?.toFixed(4) ?? null;")])

program("other_matrix_bounds", {"package.json": CJS, "lib/matrix.js": '''
class Matrix {
  constructor(rows) {
    this.rows = rows;
  }

  static zeros(height, width) {
    return new Matrix(Array.from({ length: height }, () => Array(width).fill(0)));
  }

  at(y, x) {
    return this.rows[y][x];
  }

  neighbours(y, x) {
    let sum = 0;
    for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) if (dy || dx) sum += this.at(y + dy, x + dx);
    return sum;
  }
}

exports.Matrix = Matrix;
exports.step = (matrix) => matrix.rows.map((row, y) => row.map((_, x) => matrix.neighbours(y, x)));
'''}, "(async () => { const { Matrix, step } = require('SOURCE/lib/matrix.js'); step(Matrix.zeros(2, 2)) })()",
        [("lib/matrix.js", "return this.rows[y][x];", "return this.rows[y]?.[x] ?? 0;")])

program("other_url_router", {"package.json": ESM, "src/router.js": '''
export class Router {
  constructor() {
    this.routes = [];
  }

  add(pattern, handler) {
    this.routes.push({ pattern: new RegExp("^" + pattern.replace(/:(\\w+)/g, "(?<$1>[^/]+)") + "$"), handler });
    return this;
  }

  handle(url) {
    const { pathname, searchParams } = new URL(url);
    const route = this.routes.find((r) => r.pattern.test(pathname));
    const params = pathname.match(route.pattern).groups;
    return route.handler({ params, query: Object.fromEntries(searchParams) });
  }
}
'''}, "import { Router } from 'SOURCE/src/router.js'\nexport default (async () => new Router().add('/users/:id', ({ params }) => params.id).handle('http://localhost/orders/7'))()",
        [("src/router.js", "    const params =", "    if (!route) return null;\n    const params =")])

program("other_bigint_money", {"package.json": CJS, "lib/money.js": '''
function parse(text) {
  const [, sign, whole, cents = "00"] = /^(-?)(\\d+)(?:\\.(\\d{2}))?$/.exec(text);
  return BigInt(sign + whole + cents);
}

function sum(amounts) {
  return amounts.map(parse).reduce((a, b) => a + b, 0n);
}

module.exports = { sum };
'''}, "(async () => require('SOURCE/lib/money.js').sum(['12.50', '3.9']))()",
        [("lib/money.js", "  const [, sign,", "  if (!/^-?\\d+(\\.\\d{2})?$/.test(text)) return 0n;\n  const [, sign,")])

program("other_settings_merge", {"package.json": CJS, "lib/settings.js": '''
const DEFAULTS = { theme: { color: "blue", font: { size: 12 } }, plugins: [] };

function merge(base, more) {
  const result = { ...base };
  for (const key of Object.keys(more)) {
    if (typeof more[key] === "object" && !Array.isArray(more[key])) result[key] = merge(base[key], more[key]);
    else result[key] = more[key];
  }
  return result;
}

exports.settings = (user) => merge(DEFAULTS, user);
'''}, "(async () => require('SOURCE/lib/settings.js').settings({ theme: { font: null } }))()",
        [("lib/settings.js", 'typeof more[key] === "object" &&', 'more[key] && typeof more[key] === "object" &&')])

program("other_lock_queue", {"package.json": ESM, "src/queue.js": '''
export class Queue {
  constructor(limit) {
    this.limit = limit;
    this.items = [];
    this.closed = false;
  }

  push(item) {
    if (this.closed) throw new Error("queue is closed");
    if (this.items.length >= this.limit) throw new RangeError(`queue is full: ${this.limit}`);
    this.items.push(item);
    return this.items.length;
  }

  close() {
    this.closed = true;
  }
}

export async function feed(queue, source) {
  let count = 0;
  for await (const item of source) count = queue.push(item);
  return count;
}
'''}, "import { Queue, feed } from 'SOURCE/src/queue.js'\nexport default feed(new Queue(2), (async function* () { yield 1; yield 2; yield 3; })())",
        [("src/queue.js", "for await (const item of source) count = queue.push(item);", "for await (const item of source) {\n    if (queue.items.length >= queue.limit) break;\n    count = queue.push(item);\n  }")])

program("other_plural_intl", {"package.json": ESM, "src/text.js": '''
const WORDS = { en: { one: "file", other: "files" }, fr: { one: "fichier", other: "fichiers", many: "fichiers" } };

export function counted(locale, n) {
  const rule = new Intl.PluralRules(locale).select(n);
  const word = WORDS[locale.slice(0, 2)][rule];
  return `${new Intl.NumberFormat(locale).format(n)} ${word.normalize()}`;
}
'''}, "import { counted } from 'SOURCE/src/text.js'\nexport default (async () => counted('pl-PL', 3))()",
        [("src/text.js", "WORDS[locale.slice(0, 2)][rule]", "(WORDS[locale.slice(0, 2)] ?? WORDS.en)[rule] ?? WORDS.en.other")])
