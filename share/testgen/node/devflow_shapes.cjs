"use strict";
// What the source expects of a value: which properties it reads, what it calls, what it compares with. From use, and from what
// devflow_annotations.cjs reads.
const { walk, imports_of, FUNCTIONS } = require("./devflow_source.cjs");
const { Shape, ENCODED, within, numeric, cut_by, list_of } = require("./devflow_shape.cjs");
const { STRING, ARRAY, SAME, DATE, BUFFER, KEPT, NUMBER, NUMBERS } = require("./devflow_builtins.cjs");
const { keys_of_table } = require("./devflow_tables.cjs");
const { documented, annotated, Annotations } = require("./devflow_annotations.cjs");

const DEPTH = 5, KEYS = 12;

class Shapes {
    constructor(checkout) {
        this.checkout = checkout;
        this.busy = new Set();
        this.fields = new Map();
    }
    // Shapes of a function's parameters, in order; { shape, name, optional, rest, pattern }.
    of(d, depth = 0) {
        if (this.busy.has(d) || depth > DEPTH) return [];
        if (d.shapes) return d.shapes;
        this.busy.add(d);
        const scope = new Scope(this, d, depth);
        const found = d.node.params.map((p) => scope.parameter(p));
        scope.body(d.node.body);
        for (const [shape, given] of scope.handed.reverse()) shape.take(given);
        documented(d, found);
        this.typed(d, found);
        this.busy.delete(d);
        d.links = scope.links;
        d.this_shape = scope.self;
        d.ret_shape = scope.returned;
        return (d.shapes = found);
    }
    // What methods of a class make of its fields, all together.
    of_class(cls, file, depth = 0) {
        if (this.fields.has(cls.node)) return this.fields.get(cls.node);
        const shape = new Shape().is("object");
        this.fields.set(cls.node, shape);
        for (const d of file.read().definitions)
            if (d.cls?.node === cls.node && d.kind !== "static") {
                this.of(d, depth + 1);
                shape.take(d.this_shape);
            }
        for (const d of file.definitions) if (d.cls?.node === cls.node) for (const [field, given] of d.links ?? []) given.take(shape.keys.get(field));
        return shape;
    }
    typed(d, found) {
        const ts = this.checkout.types?.ts;
        if (!ts || !d.file.typed) return;
        for (const p of annotated(ts, d)) {
            const into = found[p.at];
            if (into) new Annotations(this.checkout, ts, d.file).fill(into.shape, p.type, 0);
            if (into && p.optional) into.optional = true;
        }
    }
    // The functions that a function hands on to, of its file and of those it imports, nearest first.
    called_by(d, most = 12) {
        const found = [d];
        for (let i = 0; i < found.length && found.length < most; i++)
            walk(found[i].node, (n) => {
                if (n.type !== "CallExpression" && n.type !== "NewExpression") return;
                const { file } = found[i], c = n.callee;
                const other = c.type === "Identifier" ? this.called(file, c.name) ?? this.maker(file, c.name) : c.type === "MemberExpression" && !c.computed ? file.definitions.find((x) => x.cls && x.name === c.property.name) : null;
                if (other && !found.includes(other) && found.length < most) found.push(other);
            });
        return found.slice(1);
    }
    // The definition that a name in a file calls: of the file, or imported.
    called(file, name, seen = 0) {
        file.read();
        const own = file.definitions.find((d) => d.name === name && !d.cls && !d.outer);
        if (own) return own;
        const from = imports_of(file).get(name);
        const other = from && seen < 4 ? this.checkout.resolve(file, from.file) : null;
        if (!other) return null;
        return this.called(other, from.name, seen + 1);
    }
    // The constructor of the class that a name in a file means.
    maker(file, name) {
        return this.called_class(file, name)?.find((d) => d.kind === "constructor") ?? null;
    }
    // What the class that a name in a file means defines, or null.
    called_class(file, name) {
        const from = imports_of(file).get(name), there = from ? this.checkout.resolve(file, from.file) : file;
        const found = there?.read().definitions.filter((d) => d.cls?.name === name) ?? [];
        return found.length ? found : null;
    }
}

// The names of one function with what is known of them.
class Scope {
    constructor(shapes, d, depth) {
        Object.assign(this, { shapes, d, depth, env: new Map(), instances: new Map(), self: new Shape().is("object"), returned: new Shape(), links: [], handed: [] });
    }
    parameter(p) {
        if (p.type === "AssignmentPattern") return { ...this.parameter(p.left), optional: true, initial: p.right };
        if (p.type === "RestElement") {
            const inner = this.parameter(p.argument);
            return { ...inner, shape: inner.shape.is("array"), rest: true };
        }
        const shape = new Shape();
        this.bind(p, shape);
        return { name: p.type === "Identifier" ? p.name : "", shape };
    }
    bind(p, shape) {
        if (p.type === "Identifier") this.env.set(p.name, this.env.has(p.name) ? this.env.get(p.name).take(shape) && shape : shape);
        else if (p.type === "AssignmentPattern") {
            const v = p.right;
            if (v.type === "Literal" && v.value !== null) shape.is(typeof v.value);
            shape.optional = true;
            this.bind(p.left, shape);
        } else if (p.type === "ObjectPattern") {
            shape.is("object");
            for (const q of p.properties) if (q.type === "RestElement") this.bind(q.argument, shape);
            else if (!q.computed) this.bind(q.value, shape.key(String(q.key.name ?? q.key.value)));
        } else if (p.type === "ArrayPattern") {
            if (shape.cut_of) shape.cut_of.parts = Math.max(shape.cut_of.parts ?? 2, p.elements.length);
            if (shape.pair) return void (p.elements[1] && this.bind(p.elements[1], shape.pair));
            shape.is("array");
            p.elements.forEach((e) => e && (e.type === "RestElement" ? this.bind(e.argument, shape) : this.bind(e, shape.elem)));
        }
    }
    body(node) {
        if (node.type !== "BlockStatement") this.returned.bases.push(node), this.result(node);
        this.visit(node);
    }
    result(node) {
        const s = this.of(node);
        if (s) this.returned = s;
    }
    visit(node) {
        if (!node || typeof node.type !== "string") return;
        const own = this["visit_" + node.type];
        if (own && own.call(this, node) === false) return;
        for (const key in node) {
            const v = node[key];
            if (!v || typeof v !== "object") continue;
            if (Array.isArray(v)) v.forEach((i) => this.visit(i));
            else this.visit(v);
        }
    }
    visit_VariableDeclarator(n) {
        if (!n.init) return true;
        const s = this.of(n.init);
        if (s) this.bind(n.id, s);
        else if (n.id.type === "Identifier" && !this.env.has(n.id.name)) this.env.set(n.id.name, typeof n.init.value === "number" ? new Shape().is("number") : new Shape());
        return true;
    }
    visit_ReturnStatement(n) {
        if (n.argument) this.result(n.argument);
    }
    visit_ForOfStatement(n) {
        const s = this.of(n.right);
        if (!s) return;
        if (s.kind !== "map" && s.kind !== "set") s.is("array");
        const left = n.left.type === "VariableDeclaration" ? n.left.declarations[0].id : n.left;
        this.bind(left, s.elem);
    }
    visit_ForInStatement(n) {
        this.of(n.right)?.is("object");
    }
    visit_SpreadElement(n) {
        this.of(n.argument);
    }
    visit_MemberExpression(n) {
        this.of(n);
    }
    // Not the callee by itself: what is called as a method is no property of data.
    visit_CallExpression(n) {
        this.of(n);
        const callee = n.callee.type === "ChainExpression" ? n.callee.expression : n.callee;
        this.visit(callee.type === "MemberExpression" ? callee.object : callee);
        n.arguments.forEach((a) => this.visit(a));
        return false;
    }
    visit_NewExpression(n) {
        const first = n.arguments[0] && this.of(n.arguments[0]);
        if (first && n.callee.name === "Date") first.is("when");
        if (first && (n.callee.name === "Map" || n.callee.name === "Set")) first.is("array");
        if (n.callee.name) this.pass(n.callee.name, n.arguments, true);
    }
    visit_AssignmentExpression(n) {
        const right = this.of(n.right), left = this.of(n.left);
        if (right && left && n.operator === "=") left.take(right), right.take(left);
        if (right) this.link(n.left, right);
        if (n.operator === "=" && n.left.type === "Identifier" && right && !this.env.has(n.left.name)) this.env.set(n.left.name, right);
        if (right && n.operator === "+=" && left?.kind === "number" && !right.loose) right.is("number");
        if (left && /^[-*/%]=$/.test(n.operator)) left.is("number");
        if (right && /^[-*/%]=$/.test(n.operator)) right.is("number");
    }
    visit_UpdateExpression(n) {
        this.of(n.argument)?.is("number");
    }
    visit_UnaryExpression(n) {
        const s = this.of(n.argument);
        if (s && (n.operator === "-" || n.operator === "+")) s.is("number");
    }
    visit_BinaryExpression(n) {
        const l = this.of(n.left), r = this.of(n.right);
        if (/^(?:[-*/%]|\*\*|<<|>>|>>>|&|\||\^)$/.test(n.operator)) l?.is("number"), r?.is("number");
        if (/^[<>]=?$/.test(n.operator)) {
            if (n.right.type === "Literal") l?.is(typeof n.right.value), l?.literals.push(n.right.value);
            if (n.left.type === "Literal") r?.is(typeof n.left.value);
        }
        if (/^[!=]==?$/.test(n.operator)) this.compared(n.left, l, n.right), this.compared(n.right, r, n.left);
        if (n.operator === "+" && l?.kind === "number" && !r?.loose) r?.is("number");
        if (n.operator === "+") {
            const text = (x) => (x.type === "Literal" && typeof x.value === "string") || x.type === "TemplateLiteral";
            if (text(n.left) && r) r.loose = true;
            if (text(n.right) && l) l.loose = true;
        }
        if (n.operator === "in") r?.is("object");
        if (n.operator === "instanceof" && l && n.right.name) l.cls ??= n.right.name;
    }
    compared(node, shape, other) {
        if (node.type === "UnaryExpression" && node.operator === "typeof" && typeof other.value === "string") return void this.of(node.argument)?.is(other.value);
        if (!shape || other.type !== "Literal" || other.value === null || other.regex) return;
        shape.is(typeof other.value);
        if (!shape.literals.includes(other.value)) shape.literals.push(other.value);
    }
    visit_SwitchStatement(n) {
        const s = this.of(n.discriminant);
        for (const c of n.cases) if (s && c.test?.type === "Literal") s.is(typeof c.test.value), s.literals.push(c.test.value);
    }
    // The shape of an expression, or null where nothing of the input is in it.
    of(n) {
        if (!n) return null;
        switch (n.type) {
            case "Identifier":
                return this.env.get(n.name) ?? null;
            case "ThisExpression":
                return this.d.cls ? this.self : null;
            case "ChainExpression":
            case "ParenthesizedExpression":
                return this.of(n.expression);
            case "AwaitExpression": {
                const s = this.of(n.argument);
                if (s) s.awaited = true;
                if (s) this.promised(n.argument, s);
                return s;
            }
            case "LogicalExpression":
                if (n.operator !== "&&" && n.right.type === "Literal" && n.right.value !== null) return this.of(n.left)?.is(typeof n.right.value) ?? null;
                return this.either(this.of(n.left), this.of(n.right));
            case "ConditionalExpression":
                return this.either(this.of(n.consequent), this.of(n.alternate));
            case "AssignmentExpression":
                return this.of(n.right);
            case "MemberExpression":
                return this.member(n);
            case "CallExpression":
                return this.call(n);
            case "ObjectExpression":
                return this.object(n);
            case "NewExpression":
                return n.callee.name === "Map" ? this.indexed(n.arguments[0], "map") : this.instance(n);
            default:
                return null;
        }
    }
    // An object of a class of the checkout: its fields are what the constructor is given.
    instance(n) {
        const found = n.callee.type === "Identifier" ? this.shapes.called_class(this.d.file, n.callee.name) : null;
        if (!found || this.instances.has(n)) return this.instances.get(n) ?? null;
        const made = new Shape(), maker = found.find((d) => d.kind === "constructor"), params = maker ? this.shapes.of(maker, this.depth + 1) : [];
        this.instances.set(n, Object.assign(made, { methods_: found }));
        for (const [field, given] of maker?.links ?? []) {
            const at = params.findIndex((p) => p.shape === given), arg = n.arguments[at] && this.of(n.arguments[at]);
            if (arg) made.keys.set(field, arg);
        }
        return made;
    }
    // A table made of a list: new Map(list.map((one) => [one.id, one])).
    indexed(list, kind) {
        const entries = list?.type === "CallExpression" ? this.of(list)?.elem_?.pair : null;
        if (entries) return Object.assign(new Shape(), { kind, elem_: entries });
        const fn = list?.type === "CallExpression" ? list.arguments.find((a) => FUNCTIONS.has(a.type)) : null;
        const pair = fn?.body.type === "BlockStatement" ? fn.body.body.find((s) => s.type === "ReturnStatement")?.argument : fn?.body;
        if (pair?.type !== "ArrayExpression" || pair.elements.length !== 2) return null;
        this.of(list);
        const value = this.of(pair.elements[1]);
        return value && Object.assign(new Shape(), { kind, elem_: value });
    }
    object(n) {
        const spread = n.properties.find((p) => p.type === "SpreadElement");
        const s = spread ? this.of(spread.argument) : null;
        const made = new Shape();
        for (const p of n.properties) {
            const v = p.type === "Property" && !p.computed ? this.of(p.value) : null;
            if (v) made.keys.set(String(p.key.name ?? p.key.value), v);
        }
        return s ?? (made.keys.size ? made : null);
    }
    either(a, b) {
        return a && b && a !== b ? a.take(b) : a ?? b;
    }
    member(n) {
        const base = this.of(n.object);
        if (!base) return n.computed && this.looked_up(n.object, n.property), null;
        if (!n.computed) {
            const name = n.property.name;
            if (name === "byteLength" || name === "byteOffset") base.is("buffer");
            if (name === "length") return (base.sized = true), new Shape().is("number");
            return n.property.type === "PrivateIdentifier" ? base.key("#" + name) : base.key(name);
        }
        const at = n.property;
        if (at.type === "Literal" && typeof at.value === "string") return base.key(at.value);
        const index = this.of(at);
        if (at.type === "Literal" || at.type === "BinaryExpression" || at.type === "UpdateExpression") return base.is("array"), base.elem;
        if (index) index.indexes = base;
        base.indexed = true;
        return base.elem;
    }
    // What is looked up in a table of the module's or of one that it imports is a key of it, for the most part.
    looked_up(table, at) {
        const keys = table.type === "Identifier" && !this.env.has(table.name) ? keys_of_table(this.shapes.checkout, this.d.file, table.name) : [], index = keys.length ? this.of(at) : null;
        if (index) index.is(typeof keys[0]).literals.push(...keys.filter((k) => !index.literals.includes(k)).slice(0, KEYS));
    }
    call(n) {
        const callee = n.callee.type === "ChainExpression" ? n.callee.expression : n.callee;
        if (callee.type === "MemberExpression") {
            const global = this.global(callee, n.arguments);
            if (global !== undefined) return global;
            const text = ["test", "exec"].includes(callee.property.name) ? this.of(n.arguments[0]) : null;
            if (text) text.is("string").matched ??= this.pattern(callee.object);
            const base = this.of(callee.object);
            if (!base && ["get", "has"].includes(callee.property.name)) this.looked_up(callee.object, n.arguments[0]);
            const own = this.reached(callee);
            if (own) return this.hand_to(own, n.arguments);
            if (base && !callee.computed) return this.method(base, callee.property.name, n);
        }
        if (callee.type === "Identifier") {
            const direct = this.env.get(callee.name);
            if (direct) {
                direct.is("function").called = true;
                n.arguments.forEach((a) => this.of(a));
                return direct.ret;
            }
            if (NUMBERS.has(callee.name)) return numeric(this.of(n.arguments[0])), null;
            if (callee.name === "String") return this.of(n.arguments[0]), null;
            return this.pass(callee.name, n.arguments, false);
        }
        return null;
    }
    // A pattern as it stands, or by the name that the file gives it.
    pattern(node) {
        if (node?.regex) return node.regex.pattern;
        if (node?.type !== "Identifier" || this.env.has(node.name)) return undefined;
        const all = this.d.file.tree.body.map((s) => s.declaration ?? s).filter((s) => s.type === "VariableDeclaration").flatMap((s) => s.declarations);
        return all.find((v) => v.id.name === node.name)?.init?.regex?.pattern;
    }
    global(callee, args) {
        const on = callee.object.name, what = callee.property.name, first = args[0] && this.of(args[0]);
        if (this.env.has(on)) return undefined;
        if (on === "Object" && what === "fromEntries") return this.indexed(args[0], "object");
        if (on === "Object" && first) return first.is("object"), (first.iterated = true), what === "values" ? list_of(first.elem) : what === "entries" ? list_of(Object.assign(new Shape(), { pair: first.elem })) : null;
        if (on === "JSON" && what === "parse") return first?.text("json"), first ? (first.parsed ??= new Shape()) : null;
        if (on === "Math") return args.forEach((a) => this.of(a)?.is("number")), null;
        if (on === "Array" && what === "from") return first ? first.is("array") : null;
        if (on === "Array" && what === "isArray") return null;
        if (on === "Buffer" && first) return ENCODED.includes(args[1]?.value) ? first.text(args[1].value).inner : (first.is("string"), null);
        if (on === "Promise" && what === "all" && first) return first;
        if (on === "Promise" && (what === "any" || what === "race") && first) return first.is("array").elem;
        return undefined;
    }
    method(base, name, n) {
        const args = n.arguments, fn = args.find((a) => FUNCTIONS.has(a.type));
        if (name === "push" || name === "unshift") this.kept_in(n.callee.object, args);
        if (ARRAY.has(name) && (fn || !["find", "with", "fill"].includes(name)) && !(base.keys.has(name) && base.kind === "object")) return this.listed(base.is("array"), name, args, fn);
        if (name === "split") return (base.is("string").cut ??= cut_by(args[0])), Object.assign(list_of(base.elem.is("string")), { cut_of: base.cut });
        if (name === "match" || name === "matchAll") base.matched ??= this.pattern(args[0]);
        if (name === "matchAll") base.tokens ??= this.pattern(args[0]);
        if (STRING.has(name)) return base.is("string"), args.forEach((a) => this.of(a)), KEPT.has(name) ? base : new Shape().is("string");
        if (BUFFER.test(name)) return base.is("buffer"), args.forEach((a) => this.of(a)), name === "subarray" ? base : null;
        if (DATE.has(name)) return base.is("date"), null;
        if (NUMBER.has(name)) return base.is("number"), null;
        if (name === "toString" && base.decoded) return base;
        if (["toString", "valueOf", "hasOwnProperty"].includes(name)) return null;
        if (["includes", "indexOf", "slice", "at", "concat", "entries", "values", "keys"].includes(name)) {
            args.forEach((a) => this.of(a));
            if (name === "entries" || name === "values" || name === "keys") return base.is("map"), list_of(base.elem);
            return name === "at" ? base.elem : base;
        }
        if (name === "get" && args.length === 1) {
            if (args[0].type === "TemplateLiteral" || /^\//.test(args[0].value ?? "")) base.remote = true; // a path is asked of a server
            return (base.maybe_map = true), this.of(args[0]), base.elem;
        }
        if (["has", "add", "delete"].includes(name)) base.maybe_set = true;
        if (name === "set" && args.length === 2) base.maybe_map = true;
        if (name === "then") return base.awaited = true, this.callback(fn, [base]), base;
        if (name === "emit" && args.length > 1) this.emitted(args);
        const key = base.key(name);
        key.is("function").called = true;
        base.methods.add(name);
        args.forEach((a) => this.of(a));
        if (fn) this.visit(fn);
        return key.ret;
    }
    // A field of the object is given this.
    link(n, given) {
        const { type, name } = n.type === "MemberExpression" && n.object.type === "ThisExpression" ? n.property : {};
        if (name) this.links.push([(type === "PrivateIdentifier" ? "#" : "") + name, given]);
    }
    // What a list of the object is given is what its methods take its elements for.
    kept_in(list, args) {
        const given = args.map((a) => this.of(a)).find(Boolean);
        if (given) this.link(list, list_of(given));
    }
    // What listens to an event takes what comes with it.
    emitted([event, ...given]) {
        const { file } = this.d, imported = [...imports_of(file).values()].map((i) => this.shapes.checkout.resolve(file, i.file)).filter(Boolean), name = this.of(event);
        for (const f of new Set([file, ...imported]))
            for (const [said, fn] of f.listeners()) {
                const d = FUNCTIONS.has(fn.type) ? f.definitions.find((x) => x.node === fn) : this.shapes.called(f, fn.name);
                if (!d || (event.type === "Literal" && event.value !== said)) continue;
                if (name && !name.is("string").literals.includes(said)) name.literals.push(said);
                this.hand_to(d, given);
            }
    }
    listed(base, name, args, fn) {
        if (fn) {
            const at = name === "reduce" || name === "reduceRight" ? 1 : 0;
            const given = at && args[1]?.type === "Literal" && args[1].value !== null ? [new Shape().is(typeof args[1].value)] : [];
            given[at] = base.elem;
            if (name === "sort" || name === "toSorted") given[0] = given[1] = base.elem;
            const result = this.callback(fn, given);
            if (name === "map") return Object.assign(list_of(result ?? new Shape()), { cut_of: base.cut_of });
            if (name === "flatMap") return result ?? list_of(new Shape());
        } else args.forEach((a) => this.of(a) && name === "push" && base.elem.take(this.of(a)));
        if (name === "map" && NUMBERS.has(args[0]?.name)) return numeric(base.elem), Object.assign(list_of(new Shape().is("number")), { cut_of: base.cut_of });
        const named = args[0]?.type === "Identifier" && !this.env.has(args[0].name) ? this.shapes.called(this.d.file, args[0].name) : args[0]?.type === "MemberExpression" ? this.reached(args[0]) : null;
        if (named) this.shapes.of(named, this.depth + 1).slice(0, 1).forEach((p) => base.elem.take(p.shape));
        if (name === "find" || name === "findLast" || name === "pop" || name === "shift") return base.elem;
        return SAME.has(name) ? base : null;
    }
    callback(fn, given) {
        if (!fn) return null;
        fn.params.forEach((p, i) => given[i] && this.bind(p.type === "AssignmentPattern" ? p.left : p, given[i]));
        const before = this.returned;
        this.returned = new Shape();
        if (fn.body.type === "BlockStatement") this.visit(fn.body);
        else this.result(fn.body), this.visit(fn.body);
        const result = this.returned;
        this.returned = before;
        return result;
    }
    // A function of the checkout takes what is passed on.
    pass(name, args, made) {
        const shapes = args.map((a) => (a.type === "SpreadElement" ? null : this.of(a)));
        if (!shapes.some(Boolean) && made) return null;
        const d = made ? this.shapes.maker(this.d.file, name) : this.shapes.called(this.d.file, name);
        if (made && d) this.shapes.of_class(d.cls, d.file, this.depth + 1);
        return d && this.hand_to(d, args, made, shapes);
    }
    hand_to(d, args, made = false, shapes = args.map((a) => (a.type === "SpreadElement" ? null : this.of(a)))) {
        if (d === this.d) return null;
        if (d.kind === "method" && d.cls.node !== this.d.cls?.node) this.shapes.of_class(d.cls, d.file, this.depth + 1);
        const params = this.shapes.of(d, this.depth + 1);
        shapes.forEach((s, i) => s && params[i] && (s.take(params[i].shape), this.handed.push([s, params[i].shape])));
        if (made) return null;
        if (d.cls && d.ret_shape === d.this_shape) return Object.assign(new Shape(), { methods_: d.file.definitions.filter((x) => x.cls?.node === d.cls.node) });
        // What runs a function that it is given answers with what that answers: retry(() => ...), limited(() => ...).
        const task = args.find((a) => FUNCTIONS.has(a.type) && !a.params.length);
        if (!d.ret_shape?.keys.size && task) return this.callback(task, []);
        return d.ret_shape && (d.ret_shape.keys.size || params.some((p) => within(p.shape, d.ret_shape))) ? d.ret_shape : null;
    }
    // The function of the checkout that a method's name leads to: of this class, of a class or an object by name, of another module.
    reached(callee) {
        if (callee.computed || !callee.property.name) return null;
        const { file, cls } = this.d, on = callee.object, name = (callee.property.type === "PrivateIdentifier" ? "#" : "") + callee.property.name;
        if (on.type === "ThisExpression") return (cls && file.definitions.find((x) => x.cls?.node === cls.node && x.name === name && x.kind === "method")) ?? null;
        const own = on.type === "Identifier" || on.type === "NewExpression" ? this.of(on)?.methods_ : null;
        if (own) return own.find((x) => x.name === name && x.kind === "method") ?? null;
        if (on.type !== "Identifier" || this.env.has(on.name)) return null;
        const of_class = (f, named) => f.read().definitions.find((x) => x.cls?.name === named && x.kind === "static" && x.name === name);
        const from = imports_of(file).get(on.name), other = from ? this.shapes.checkout.resolve(file, from.file) : null;
        if (!from) return of_class(file, on.name) ?? null;
        return other ? of_class(other, from.name === "default" || from.name === "*" ? on.name : from.name) ?? this.shapes.called(other, name) : null;
    }
    // What a method's promise resolves to: an object with that method, however much its name is a map's.
    promised(n, result) {
        const callee = n.type === "CallExpression" ? n.callee : null;
        if (callee?.type !== "MemberExpression" || callee.computed || !["get", "set", "has", "delete", "add", "find"].includes(callee.property.name)) return;
        const base = this.of(callee.object);
        if (!base || base.kind) return;
        base.not_map = true;
        const key = Object.assign(base.key(callee.property.name).is("function"), { called: true });
        key.ret_ = key.ret_ ? key.ret_.take(result) : result;
        base.methods.add(callee.property.name);
    }
}

module.exports = { Shapes, imports_of };
