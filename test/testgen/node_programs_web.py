"""Applications of express and fastify, one request to each: what fails stands behind routers, plugins, middlewares and error handlers."""

from node_programs import CJS, ESM, program

EXPRESS, FASTIFY = {"modules": ["express"]}, {"modules": ["fastify"]}

program("web_express_tenant", {"package.json": CJS, "src/app.js": '''
const express = require("express");
const { tenant } = require("./tenant");
const users = require("./users");

const app = express();
app.use(tenant);
app.use("/users", users);
app.use((error, req, res, next) => {
    res.status(error.status ?? 500).json({ error: "sorry" });
});

if (require.main === module) app.listen(3000);
module.exports = { app };
''', "src/tenant.js": '''
const TENANTS = { blue: { plan: "free", limits: { users: 3 } }, green: { plan: "pro" } };

exports.tenant = (req, res, next) => {
    req.tenant = TENANTS[req.get("x-tenant") ?? "blue"];
    next();
};
''', "src/users.js": '''
const { Router } = require("express");
const router = Router();
const users = [{ id: 1, name: "Ann" }, { id: 2, name: "Bea" }];

router.get("/", (req, res) => {
    const page = users.slice(0, req.tenant.limits.users);
    res.json(page);
});

module.exports = router;
'''}, "web(require('SOURCE/src/app.js').app, '/users?page=2', { headers: { 'x-tenant': 'green' } })",
        [("src/users.js", "req.tenant.limits.users", "req.tenant.limits?.users ?? 100")], **EXPRESS)

program("web_express_form", {"package.json": ESM, "src/server.mjs": '''
import express from "express";

class Register {
    #seats = new Map([["math", 2]]);

    enrol({ course, name }) {
        const left = this.#seats.get(course);
        if (left === undefined) throw new TypeError(`no course ${course}`);
        this.#seats.set(course, left - 1);
        return { name: name.trim(), left: left - 1 };
    }
}

export default function server(register = new Register()) {
    const app = express();
    app.use(express.urlencoded({ extended: false }));
    app.post("/enrol", async (req, res) => {
        res.status(201).json(register.enrol(req.body));
    });
    return app;
}
'''}, "import server from 'SOURCE/src/server.mjs'\nexport default (async () => web(server(), '/enrol', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'course=math&nome=Ann' }))()",
        [("src/server.mjs", "name: name.trim()", 'name: (name ?? "").trim()')], **EXPRESS)

program("web_fastify_orders", {"package.json": CJS, "lib/build.js": '''
const fastify = require("fastify");

function build(options = {}) {
    const app = fastify(options);
    app.register(require("./orders"), { prefix: "/orders" });
    app.get("/", async () => ({ ok: true }));
    return app;
}

module.exports = { build };
''', "lib/orders.js": '''
const stock = { tea: { price: 4, lot: { size: 10 } }, cup: { price: 9 } };

module.exports = async function orders(app) {
    app.post("/", async (request, reply) => {
        const { sku, count } = request.body;
        const item = stock[sku];
        const lots = Math.ceil(count / item.lot.size);
        reply.code(201);
        return { lots, due: count * item.price };
    });
};
'''}, "web(require('SOURCE/lib/build.js').build(), '/orders/', { method: 'POST', json: { sku: 'cup', count: 3 } })",
        [("lib/orders.js", "item.lot.size", "(item.lot?.size ?? 1)")], **FASTIFY)

program("web_fastify_handler", {"package.json": ESM, "app.js": '''
import Fastify from "fastify";
import { find } from "./books.js";

export const app = Fastify();

app.setErrorHandler((error, request, reply) => reply.code(500).send({ error: "sorry" }));

app.get("/books/:isbn", { schema: { querystring: { type: "object", properties: { part: { type: "integer" } } } } }, (request, reply) => {
    const book = find(request.params.isbn);
    reply.send({ title: book.title, part: book.parts[request.query.part - 1].toUpperCase() });
});
''', "books.js": '''
const BOOKS = new Map([["1-2", { title: "Tea", parts: ["Leaves"] }]]);

export function find(isbn) {
    return BOOKS.get(isbn);
}
'''}, "import { app } from 'SOURCE/app.js'\nexport default (async () => web(app, '/books/1-2?part=2'))()",
        [("app.js", "book.parts[request.query.part - 1].toUpperCase()", '(book.parts[request.query.part - 1] ?? "").toUpperCase()')], **FASTIFY)
