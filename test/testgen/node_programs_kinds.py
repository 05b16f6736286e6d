"""A further lot for Node, each kind of fault once, written before the generator was run on any of them."""
from node_programs import CJS, ESM, program

program("kind_cart_coupon", {"package.json": ESM, "src/cart.js": '''
const COUPONS = { SPRING: 10, VIP: 25 };

export class Cart {
  constructor(owner, lines = [], coupon = null) {
    this.owner = owner;
    this.lines = lines;
    this.coupon = coupon;
  }

  total() {
    const amount = this.lines.reduce((sum, line) => sum + line.price * line.quantity, 0);
    return amount * (1 - this.discount());
  }

  discount() {
    return COUPONS[this.coupon.toUpperCase()] / 100;
  }
}

export function checkout(cart, currency = "EUR") {
  const total = cart.total();
  return `${total.toFixed(2)} ${currency}`;
}
'''}, "import { Cart, checkout } from 'SOURCE/src/cart.js'\nexport default (async () => checkout(new Cart('ann@example.com', [{ sku: 'A-1', price: 12.5, quantity: 2 }])))()",
        [("src/cart.js", "return COUPONS[this.coupon.toUpperCase()] / 100", "return this.coupon ? COUPONS[this.coupon.toUpperCase()] / 100 : 0")])

program("kind_tree_depth", {"package.json": CJS, "lib/menu.js": '''
function depth(node) {
  return 1 + Math.max(0, ...node.children.map(depth));
}

function describe(menu) {
  return `${menu.title}: ${depth(menu)} levels`;
}

module.exports = { describe };
'''}, "(async () => require('SOURCE/lib/menu.js').describe({ title: 'Main', children: [{ title: 'File', children: [] }, { title: 'Edit' }] }))()",
        [("lib/menu.js", "...node.children.map(depth)", "...(node.children ?? []).map(depth)")])

program("kind_query_parse", {"package.json": ESM, "src/filter.mjs": '''
const OPERATORS = {
  eq: (a, b) => a === b,
  gt: (a, b) => a > b,
  in: (a, b) => b.includes(a),
};

export function parse(text) {
  return text.split("&").map((part) => {
    const [field, rest] = part.split("=");
    const [operator, value] = rest.split(":");
    return { field, operator, value };
  });
}

export function select(rows, text) {
  const filters = parse(text);
  return rows.filter((row) => filters.every((f) => OPERATORS[f.operator](row[f.field], f.value)));
}
'''}, "import { select } from 'SOURCE/src/filter.mjs'\nexport default (async () => select([{ name: 'a', size: 3 }], 'name=like:a'))()",
        [("src/filter.mjs", "OPERATORS[f.operator](row", "(OPERATORS[f.operator] ?? OPERATORS.eq)(row")])

program("kind_ts_pagination", {"package.json": ESM, "src/pages.ts": '''
export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface Order {
  id: number;
  customer: { name: string; email?: string };
}

export async function collect<T>(fetchPage: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<T> = await fetchPage(cursor);
    all.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return all;
}

export async function emails(orders: Order[]): Promise<string[]> {
  return orders.map((order) => order.customer.email!.toLowerCase());
}
'''}, "require('SOURCE/src/pages.ts').emails([{ id: 1, customer: { name: 'A', email: 'A@example.com' } }, { id: 2, customer: { name: 'B' } }])",
        [("src/pages.ts", "order.customer.email!.toLowerCase()", 'order.customer.email?.toLowerCase() ?? ""')],
        modules=["typescript", "tsx", "esbuild", "get-tsconfig", "@esbuild"], options=["--import", "tsx"])

program("kind_state_machine", {"package.json": CJS, "lib/door.js": '''
class Door {
  #locked = false;

  constructor(name) {
    this.name = name;
    this.open = true;
  }

  lock() {
    this.open = false;
    this.#locked = true;
    return this;
  }

  push() {
    if (this.#locked) throw new Error(`${this.name} is locked`);
    this.open = true;
    return this;
  }
}

function enter(door) {
  if (!door.open) door.push();
  return `in by ${door.name}`;
}

module.exports = { Door, enter };
'''}, "(async () => { const { Door, enter } = require('SOURCE/lib/door.js'); enter(new Door('front').lock()) })()",
        [("lib/door.js", "if (!door.open) door.push();", "if (!door.open) return null;")])

program("kind_cause_chain", {"package.json": ESM, "src/import.js": '''
export class ImportError extends Error {
  constructor(line, options) {
    super(`line ${line} cannot be imported`, options);
    this.name = "ImportError";
    this.line = line;
  }
}

function amount(text) {
  const [whole, cents] = text.split(",");
  return Number(whole) * 100 + Number(cents.padEnd(2, "0"));
}

export function importRows(lines) {
  return lines.map((line, index) => {
    try {
      const [account, value] = line.split(";");
      return { account, amount: amount(value) };
    } catch (error) {
      throw new ImportError(index + 1, { cause: error });
    }
  });
}
'''}, "import { importRows } from 'SOURCE/src/import.js'\nexport default (async () => importRows(['A;12,5', 'B;7']))()",
        [("src/import.js", "Number(cents.padEnd", 'Number((cents ?? "").padEnd')])

program("kind_date_invalid", {"package.json": CJS, "lib/report.js": '''
const DAY = 24 * 3600 * 1000;

function day(value) {
  return new Date(value).toISOString().slice(0, 10);
}

exports.buckets = function buckets(entries) {
  const counts = new Map();
  for (const entry of entries) {
    const key = day(entry.at);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
};

exports.DAY = DAY;
'''}, "(async () => require('SOURCE/lib/report.js').buckets([{ at: '2026-03-01T10:00:00Z' }, { at: 'yesterday' }]))()",
        [("lib/report.js", "const key = day(entry.at);", "if (Number.isNaN(Date.parse(entry.at))) continue;\n    const key = day(entry.at);")])

program("kind_promise_all", {"package.json": ESM, "src/load.js": '''
export class Loader {
  constructor(sources) {
    this.sources = sources;
    this.cache = new Map();
  }

  async one(name) {
    if (!this.cache.has(name)) this.cache.set(name, await this.sources[name]());
    return this.cache.get(name);
  }

  async all(names) {
    const answers = await Promise.all(names.map((name) => this.one(name)));
    return answers.flatMap((answer) => answer.rows);
  }
}
'''}, "import { Loader } from 'SOURCE/src/load.js'\nexport default new Loader({ a: async () => ({ rows: [1] }) }).all(['a', 'b'])",
        [("src/load.js", "await this.sources[name]()", "this.sources[name] ? await this.sources[name]() : { rows: [] }")])

program("kind_json_body", {"package.json": CJS, "lib/webhook.js": '''
const crypto = require("node:crypto");

function parse(body) {
  const event = JSON.parse(body);
  return { kind: event.type, at: new Date(event.created * 1000), id: event.id };
}

function receive(request) {
  const event = parse(request.body);
  const digest = crypto.createHash("sha256").update(request.body).digest("hex");
  return { ...event, digest };
}

module.exports = { receive };
'''}, "(async () => require('SOURCE/lib/webhook.js').receive({ headers: {}, body: '{\"type\": \"paid\", \"created\": 17' }))()",
        [("lib/webhook.js", "const event = parse(request.body);", "let event;\n  try {\n    event = parse(request.body);\n  } catch {\n    return null;\n  }")])

program("kind_recursion_json", {"package.json": ESM, "src/clone.js": '''
export function clone(value) {
  if (Array.isArray(value)) return value.map(clone);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, clone(v)]));
  return value;
}

export function snapshot(state) {
  return Object.freeze(clone(state));
}
'''}, "import { snapshot } from 'SOURCE/src/clone.js'\nconst state = { name: 'root', parts: [] }\nstate.parts.push({ owner: state })\nexport default (async () => snapshot(state))()",
        [("src/clone.js", "return Object.freeze(clone(state));", "return Object.freeze(structuredClone(state));")])
