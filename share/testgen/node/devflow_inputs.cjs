"use strict";
// What to call a function with: the event's values first, what they lack filled in as the source uses it, then small changes of what was
// filled in, in the order for which the exception speaks.
const { walk } = require("./devflow_source.cjs");
const { lit, arr, obj, made, stub, own, every, all_exact, parts, json, coded, Reader, BUILT_IN } = require("./devflow_values.cjs");
const { Shape } = require("./devflow_shape.cjs");
const { sample, variants, between } = require("./devflow_patterns.cjs");
const { Told } = require("./devflow_told.cjs");
const { OPTIONS, MADE_UP, RELATION, literals_of, hints_of, told, named_of, mutants } = require("./devflow_changes.cjs");

const DEEP = 6, PARTS = 8;

const constructor_of = (found) => found.file.read().definitions.find((d) => d.kind === "constructor" && d.cls.node === found.cls.node);

class Builder {
    constructor(shapes, reach) {
        this.shapes = shapes;
        this.reach = reach; // (class name, file) -> { ref, cls, file } or null
        this.busy = new Set();
        this.found = new Map(); // of a reference, what reach() said of it
    }
    typical(shape, name = "", depth = 0) {
        const node = this.bare(shape, name, depth);
        return { ...node, exact: false, why: node.why || MADE_UP, shape, said: name };
    }
    bare(shape, name, depth) {
        if (depth > DEEP) return lit(undefined);
        const instance = this.instance_for(shape, depth);
        if (instance) return instance;
        if (shape.kind === "string" && shape.cut && depth < 5) return this.text(shape, depth);
        if (shape.literals.length && shape.kind !== "array" && shape.kind !== "object") return lit(shape.literals[0]);
        switch (shape.kind) {
            case "string": return (shape.tokens && this.tokens(shape.tokens)) || lit((shape.matched && sample(shape.matched, true)) || this.word(name));
            case "number": return lit(2);
            case "numeric": return lit("2");
            case "bigint": return lit(2n);
            case "boolean": return lit(true);
            case "json": return known(shape.parsed) ? json(this.typical(shape.parsed, "", depth + 1)) : lit("{}");
            case "when": return lit("2024-03-01T10:00:00Z");
            case "date": return made("Date", [lit("2024-03-01T10:00:00Z")]);
            case "regexp": return made("RegExp", [lit("a")]);
            case "buffer": return { k: "buf", text: "abc" };
            case "base64": case "base64url": case "hex":
                if (shape.inner_ && shape.inner_.kind !== "buffer" && known(shape.inner_)) return coded(shape.kind, this.typical(shape.inner_, "", depth + 1));
                return { ...lit(Buffer.from("abc").toString(shape.kind)), encoded: shape.kind };
            case "array": return this.list(shape, name, depth);
            case "map": return { k: "map", items: [[lit("a"), this.typical(shape.elem, name, depth + 1)]] };
            case "set": return { k: "set", items: [this.typical(shape.elem, name, depth + 1)] };
            case "function": return stub(this.typical(shape.ret, "", depth + 1), shape.ret.awaited);
            default: return this.unknown(shape, name, depth);
        }
    }
    // Where servers were asked, an address is that of one.
    word(name) {
        return this.addresses?.length && /url|uri|link|href|base|host|server|address|origin|endpoint/i.test(name) && !/mail/i.test(name) ? this.addresses[0] : this.other?.test(name) ? "b" : word(name);
    }
    // A text of two parts, of as many as the source names, or of what a pattern takes out and what is around it.
    text(shape, depth) {
        const part = () => this.typical(shape.elem, "", depth + 1);
        const { sep, pattern } = shape.cut;
        const around = pattern && /\((?!\?)/.test(pattern) ? sample(pattern, true, "\u0001")?.split("\u0001") : null;
        if (around?.length === 2) return parts([lit(around[0]), part(), lit(around[1])], "");
        const between = sep ?? sample(pattern, false) ?? sample(pattern, true) ?? ",";
        const other = (second) => (second.k === "lit" && second.v === "a" ? { ...second, v: "b" } : second);
        return parts(Array.from({ length: Math.min(shape.cut.parts ?? 2, PARTS) }, (_, i) => (i ? other(part()) : part())), between || " ");
    }
    // A text that a pattern is looked for in again and again: two of what it takes.
    tokens(pattern) {
        const [one] = variants(pattern), sep = one ? between(pattern, one) : null;
        const token = () => ({ ...lit(one, false, MADE_UP), shape: new Shape().is("string"), token: pattern });
        return sep === null ? null : parts([token(), token()], sep);
    }
    unknown(shape, name, depth) {
        if (shape.not_map) return this.object(shape, depth);
        if (shape.maybe_map && (shape.remote || shape.elem.awaited)) return this.object(new Shape().take(shape), depth, [["get", stub(this.typical(shape.elem, "", depth + 1), true)]]);
        if (shape.maybe_map && !shape.keys.size) return this.bare(Object.assign(new Shape(), { kind: "map", elem_: shape.elem }), name, depth);
        if (shape.maybe_set && !shape.keys.size) return this.bare(Object.assign(new Shape(), { kind: "set", elem_: shape.elem }), name, depth);
        if (shape.keys.size || shape.kind === "object") return this.object(shape, depth);
        if (shape.indexed) return /s$|list|array|rows|items/i.test(name) || shape.sized ? this.list(shape, name, depth) : obj([["a", this.typical(shape.elem, "", depth + 1)]]);
        if (shape.sized) return /s$|list|array|rows|items/i.test(name) && !/address|class|status/i.test(name) ? this.list(shape, name, depth) : lit(this.word(name));
        if (/^(?:n|i|j|k|x|y|age|index|count|size|length|total|amount|price|width|height|page|limit|offset|min|max|id|quantity|qty|rate|percent|year|month|day|hours?|minutes?)$|Count$|Size$|Index$|Price$|Id$/.test(name)) return lit(2);
        if (/date|time|^at$|when/i.test(name)) return lit("2024-03-01T10:00:00Z");
        return lit(this.word(name));
    }
    list(shape, name, depth) {
        const one = (name ?? "").replace(/s$/, "");
        const n = depth > 3 ? 1 : 2;
        return arr(Array.from({ length: n }, (_, i) => (i ? nulled : (whole) => whole)(this.typical(shape.elem, one, depth + 1))));
    }
    object(shape, depth, more = []) {
        const keys = [...shape.keys].filter(([k]) => !k.startsWith("#"));
        const props = [...keys.map(([k, s]) => [k, this.typical(s, k, depth + 1)]), ...more];
        if (!props.length && (shape.elem_ || shape.iterated)) props.push(["a", this.typical(shape.elem, "", depth + 1)]);
        return obj(props);
    }
    // A class of the checkout that the shape names, or that has the methods it calls.
    instance_for(shape, depth) {
        if (shape.cls && BUILT_IN.has(shape.cls) && shape.cls.endsWith("Error")) return made(shape.cls, [lit("failed")]);
        const found = shape.cls ? this.reach(shape.cls) : shape.methods.size && shape.kind !== "function" ? this.reach(null, shape.methods) : null;
        return found ? this.instance(found, depth) : null;
    }
    instance(found, depth = 0, given = null) {
        if (this.busy.has(found.cls) || depth > DEEP) return null;
        this.busy.add(found.cls);
        const fields = this.shapes.of_class(found.cls, found.file);
        const maker = constructor_of(found);
        const params = maker ? this.shapes.of(maker) : [];
        const args = params.filter((p) => !p.rest).map((p) => {
            if (p.optional && !fields.keys.has(p.name)) return null;
            const shape = new Shape().take(p.shape);
            shape.take(fields.keys.get(p.name) ?? fields.keys.get("#" + p.name) ?? fields.keys.get("_" + p.name));
            return given?.(p.name, shape) ?? { ...this.typical(shape, p.name, depth + 1), optional: p.optional };
        });
        while (args.length && args[args.length - 1] === null) args.pop();
        this.busy.delete(found.cls);
        this.found.set(found.ref, found);
        return own(found.ref, args.map((a) => a ?? lit(undefined)), [], false, `what is in the ${found.cls.name}`);
    }
    // The object as its own methods leave it: those that change it, called once, with typical arguments.
    moved(base, nameds = []) {
        const found = this.found.get(base.ref);
        if (!found || base.calls.length > 2) return [];
        const whole = this.arguments_of(found, base);
        const methods = found.file.read().definitions.filter((d) => d.cls?.node === found.cls.node && d.kind === "method" && !d.name.startsWith("#") && changes(d));
        const moves = methods.slice(0, 12).flatMap((d) => {
            const params = this.shapes.of(d).filter((p) => !p.optional && !p.rest), why = `${d.name} was called before`;
            const of = (p, given) => (given.has(p.name) ? { ...given.get(p.name), exact: false, why, shape: p.shape } : this.typical(p.shape, p.name, 2));
            const with_ = (given) => ({ ...base, calls: [...base.calls, [d.name, params.map((p) => of(p, given)), d.async]], exact: false, why });
            return [...nameds.filter((given) => params.some((p) => given.has(p.name))), new Map()].map(with_);
        });
        return whole ? [whole, ...moves] : moves;
    }
    // The object made with what its constructor may be given and was not.
    arguments_of(found, base) {
        const maker = constructor_of(found);
        const left = maker ? this.shapes.of(maker).slice(base.args.length).filter((p) => !p.rest) : [];
        return left.length ? { ...base, args: [...base.args, ...left.map((p) => this.typical(p.shape, p.name, 2))], exact: false } : null;
    }
    // A value of the event with what it lacks filled in; the same node when nothing is lacking.
    completed(node, shape, name, depth = 0) {
        if (depth > DEEP || !shape) return node;
        if (node.filtered) return { ...this.typical(shape, name, depth), why: `${name || "a value"} was filtered` };
        const why = `${name || "a value"} has parts that the event lacks`;
        if (node.hole && (node.k === "lit" || !children_known(node)) && (shape.keys.size || shape.kind)) return { ...this.typical(shape, name, depth), why };
        if (node.k === "obj") return this.filled(node, shape, name, depth, why);
        if (node.k === "arr") {
            const items = node.items.map((i) => this.completed(i, shape.elem, name.replace(/s$/, ""), depth + 1));
            return items.every((i, at) => i === node.items[at]) ? node : { ...node, items };
        }
        if ((node.k === "map" || node.k === "set") && node.size && !node.items.length) {
            const items = Array.from({ length: Math.min(node.size, 5) }, (_, i) => node.k === "set" ? this.typical(shape.elem, name, depth + 1) : [lit(String.fromCharCode(97 + i), false), this.typical(shape.elem, name, depth + 1)]);
            return { ...node, items, why };
        }
        if (node.k === "promise" && !node.ret) return { ...node, ret: this.typical(shape, name, depth + 1) };
        return node;
    }
    filled(node, shape, name, depth, why) {
        const props = node.props.map(([k, v]) => [k, this.completed(v, shape.keys.get(k) ?? (shape.keys.size ? null : shape.elem_), k, depth + 1)]);
        let changed = props.some((p, i) => p[1] !== node.props[i][1]);
        for (const [k, s] of shape.keys)
            if (!k.startsWith("#") && !props.some((p) => p[0] === k) && (shape.required.has(k) || !(shape.kind === "array" || s.kind === "string" || s.kind === "number")) && !(s.called && k in Object.prototype)) {
                props.push([k, { ...this.typical(s, k, depth + 1), why }]);
                changed = true;
            }
        if (shape.maybe_map && (shape.remote || shape.elem.awaited) && !props.some((p) => p[0] === "get")) {
            props.push(["get", { ...stub(this.typical(shape.elem, "", depth + 1), true), why }]);
            changed = true;
        }
        return changed ? { ...node, props } : node;
    }
}

// The same object with null where its type says that there may be.
function nulled(n) {
    return n.k !== "obj" ? n : { ...n, props: n.props.map(([k, v]) => [k, v.shape?.nullable ? { ...lit(null, false, MADE_UP), shape: v.shape, said: k } : v]) };
}

// Whether a method sets something of its object, or hands on to what its object holds.
function changes(d) {
    let found = false;
    const of_this = (n) => n.type === "ThisExpression" || (n.type === "MemberExpression" && of_this(n.object));
    walk(d.node.body, (n) => {
        if ((n.type === "AssignmentExpression" && of_this(n.left)) || (n.type === "UpdateExpression" && of_this(n.argument))) found = true;
        if (n.type === "CallExpression" && n.callee.type === "MemberExpression" && of_this(n.callee.object)) found = true;
    });
    return found;
}

// Whether the source says anything of a value.
const known = (shape) => Boolean(shape && (shape.kind || shape.keys.size || shape.elem_ || shape.indexed || shape.sized));

const children_known = (n) => (n.k === "arr" ? n.items.length : n.k === "obj" ? n.props.length : 1) > 0;

function word(name) {
    if (/mail/i.test(name)) return "ann@example.com";
    if (/url|link|href/i.test(name)) return "https://example.com/a";
    if (/date|time|^at$|At$|when/i.test(name)) return "2024-03-01T10:00:00Z";
    if (/json|body|payload/i.test(name)) return "{}";
    return "a";
}

// The trace says of which class a method's receiver was: where it came by way of a parameter, that is of this class.
function receivers(d, params, steps) {
    steps.forEach((step, i) => {
        const cls = steps[i + 1]?.definition?.cls?.name;
        if (step.definition !== d || !cls || steps[i + 1].definition.kind === "constructor") return;
        walk(d.node.body, (n) => {
            if (n.type !== "CallExpression" || n.callee.type !== "MemberExpression" || n.callee.property.name !== steps[i + 1].name) return;
            const chain = [];
            let at = n.callee.object;
            for (; at.type === "MemberExpression" && !at.computed; at = at.object) chain.unshift(at.property.name);
            let shape = params.find((p) => p.name && p.name === at.name)?.shape;
            for (const k of chain) shape = shape?.key(k);
            if (shape) shape.cls ??= cls;
        });
    });
}

class Inputs {
    constructor(shapes, reach, d, frame, exception, expected, variables) {
        this.d = d;
        this.error = exception;
        this.builder = new Builder(shapes, reach);
        this.reader = new Reader((name) => {
            const found = reach(name);
            return found ? this.builder.instance(found) : { ...obj([], false, `what is in the ${name}`), hole: true };
        });
        this.literals = literals_of(d);
        const further = [...expected.steps.map((s) => s.definition), ...shapes.called_by(d)];
        for (const f of new Set(further)) if (f && f !== d) for (const v of literals_of(f)) if (!this.literals.includes(v)) this.literals.push(v);
        this.builder.addresses = expected.addresses ?? [];
        this.builder.other = /call stack/.test(exception.value ?? "") ? null : RELATION; // what names itself has no end
        this.hints = [...new Set([...this.builder.addresses, ...(variables ? told(expected) : []), ...said_of(exception, expected)])].slice(0, 64);
        this.hints.told = variables ? named_of(expected) : [];
        this.vars = (variables && frame.vars) || {};
        this.has = Object.keys(this.vars).length > 0;
        this.params = shapes.of(d);
        this.others = {};
        for (const s of expected.steps) {
            for (const [k, v] of Object.entries((variables && s.frame.vars) || {})) if (!Object.hasOwn(this.others, k)) this.others[k] = v;
            if (s.definition && s.definition !== d) for (const p of shapes.of(s.definition)) if (p.name) this.params.find((q) => q.name === p.name)?.shape.take(p.shape);
        }
        for (const e of (variables && expected.others) || [])
            for (const f of e.frames.filter((x) => x.app)) for (const [k, v] of Object.entries(f.vars ?? {})) if (!Object.hasOwn(this.others, k)) this.others[k] = v;
        receivers(d, this.params, expected.steps);
        this.told = this.told_by([...(expected.others ?? []).flatMap((e) => e.frames.filter((f) => f.app)), ...expected.steps.map((s) => s.frame)], variables);
        this.slots = [];
        for (const p of this.params) this.parameter(p);
        this.alike = this.objects();
        this.named = this.names(this.slots.filter((s) => s.given).map((s) => [s.name, s.options[0]]));
    }
    // Variables of the frames, the last first, but for the arguments that the call has anyway.
    told_by(frames, variables) {
        const own = (name, v) => v === this.vars[name] && this.params.some((p) => p.name === name);
        const all = variables ? [...frames].reverse().flatMap((f) => Object.entries(f.vars ?? {})) : [];
        return new Told(all.filter(([name, v]) => !own(name, v)), (v) => this.reader.read(v), (...of) => this.builder.completed(...of));
    }
    // What arguments of those names may have been in an earlier call: as in this one, or as an object of the frame has them.
    names(given) {
        return [...this.alike.map((o) => new Map([...given, ...o])), new Map(given)];
    }
    // The properties of objects among the frame's variables, which may be what an earlier call left.
    objects() {
        const found = Object.entries(this.vars).filter(([k]) => !this.params.some((p) => p.name === k)).flatMap(([, v]) => (Array.isArray(v) ? v : [v]));
        const simple = (v) => v === null || ["string", "number", "boolean"].includes(typeof v);
        return found.filter((v) => v && typeof v === "object" && !Array.isArray(v)).slice(0, 3)
            .map((v) => Object.entries(v).filter(([, x]) => simple(x)).map(([k, x]) => [k, this.reader.read(x)]).filter(([, n]) => n));
    }
    // What a closure was made with: a variable of that name in any frame, or as it is used.
    held(p) {
        const base = Object.hasOwn(this.others, p.name) ? this.reader.read(this.others[p.name]) : null;
        const whole = base ? this.builder.completed(base, p.shape, p.name) : this.builder.typical(p.pattern ?? p.shape, p.name);
        return { name: p.name, closure: true, ...this.beginning([whole]) };
    }
    parameter(p) {
        const given = p.name && Object.hasOwn(this.vars, p.name);
        const options = [], slot = { name: p.name, rest: p.rest, given };
        const node = given ? this.reader.read(this.vars[p.name]) : null;
        if (node) {
            const whole = this.builder.completed(node, p.shape, p.name), before = earlier(node, p, this);
            if (whole !== node && !node.filtered && (node.hole !== true || node.exact)) options.push(node);
            const longer = node.k === "arr" && node.items.length === 10 ? [arr([...whole.items, ...whole.items], false, "a list of ten may have been longer")] : [];
            Object.assign(slot, all_exact(whole) ? { options: [whole, ...longer, ...before].slice(0, OPTIONS) } : this.beginning([whole, ...longer], { first: options, last: before }));
        } else {
            const base = this.builder.typical(p.pattern ?? p.shape, p.name);
            // Values of the event are simple: what it leaves out of a frame that has others was a function, or nothing.
            if (p.optional) options.push({ k: "none", exact: true });
            if (this.has && p.name && !p.shape.called) options.push({ ...lit(undefined, false, `${p.name} is not in the event`), shape: p.shape });
            if (this.has && p.shape.called) options.unshift(stub(this.builder.typical(p.shape.ret), p.shape.ret.awaited));
            // Further in, a variable of that name may be the same thing.
            const further = p.name && Object.hasOwn(this.others, p.name) ? this.reader.read(this.others[p.name]) : null;
            if (further) options.unshift({ ...this.builder.completed(further, p.shape, p.name), exact: false, why: `${p.name} as a function further in has it` });
            Object.assign(slot, this.beginning([base], { then: options }));
        }
        this.slots.push(slot);
    }
    // A slot's options around a value that is made up in part: it, and its changes. Where the event has something of what is made up, that is
    // put there first, and the plain options are others to begin with.
    beginning(wholes, { first = [], then = [], last = [] } = {}) {
        const options_of = (...lists) => lists.flat().slice(0, OPTIONS), [whole] = wholes;
        const ways = this.told.ways(whole), changes = this.changed(whole), plain = options_of(first, then, wholes, changes, last);
        return ways.length ? { options: options_of(first, ways, then, wholes, interleaved(this.changed(ways[0]), changes), last), plain } : { options: plain };
    }
    // The slots that a search begins with.
    beginnings(slots) {
        return slots.some((s) => s.plain) ? [slots, slots.map((s) => (s.plain ? { ...s, options: s.plain } : s))] : [slots];
    }
    changed(root) {
        return mutants(root, this.error, this.hints, this.literals, (n) => this.builder.moved(n, this.named));
    }
    // The slots once a choice has got further: each with that choice first, then what differs from it in one place more.
    onward(slots, at) {
        this.named = this.names(slots.map((slot, i) => [slot.name, slot.options[at[i]]]).filter(([name, n]) => name && n.k !== "none"));
        return slots.map((slot, i) => {
            const chosen = slot.options[at[i]];
            const more = slot.onward ? (at[i] ? slot.onward(chosen) : []) : (at[i] || slot.self) && !slot.around && chosen.exact === false ? this.changed(chosen).filter((m) => !slot.self || m.k === "own").map((m) => (chosen.hint ? { ...m, hint: chosen.hint } : m)) : [];
            const rest = slot.options.filter((o) => o !== chosen);
            return { ...slot, options: [chosen, ...interleaved(more, rest)].slice(0, 2 * OPTIONS) };
        });
    }
    // The receiver of a method.
    receiver(found) {
        const base = this.builder.instance(found);
        if (!base) return null;
        const options = [{ ...base, hint: lower(found.cls.name) }];
        const fields = this.builder.shapes.of_class(found.cls, found.file);
        const filled = [...fields.keys].filter(([k, s]) => !k.startsWith("#") && !s.called && !this.made_of(found, k)).map(([k, s]) => [k, this.builder.typical(s, k, 1)]);
        if (filled.length) options.push({ ...base, sets: filled, hint: lower(found.cls.name), why: `what is in the ${found.cls.name}` });
        options.push(...this.builder.moved(base).map((m) => ({ ...m, hint: lower(found.cls.name) })));
        for (const b of options.slice(0, 2)) options.push(...this.changed(b).map((m) => ({ ...m, hint: lower(found.cls.name) })).filter((m) => m.k === "own"));
        return { name: "", self: true, options: options.slice(0, OPTIONS) };
    }
    // A field that the constructor sets by itself, or from its parameters.
    made_of(found, field) {
        const maker = constructor_of(found);
        let sets = false;
        if (maker) walk(maker.node, (n) => {
            if (n.type === "AssignmentExpression" && n.left.type === "MemberExpression" && n.left.object.type === "ThisExpression" && n.left.property.name === field && !/^(?:Literal|ArrayExpression|ObjectExpression)$/.test(n.right.type)) sets = true;
        });
        return sets;
    }
    combinations(slots) {
        return combinations(slots);
    }
}

// Where nothing is made up but what is around a call.
class NoInputs {
    slots = [];
    beginnings(slots) {
        return [slots];
    }
    combinations(slots) {
        return combinations(slots);
    }
    onward(slots) {
        return slots;
    }
}

// Places in the options: those that differ least from the base, and earliest in the lists, first.
function* combinations(slots) {
    const n = slots.length, base = Array(n).fill(0);
    const queue = [{ cost: 0, at: base }], seen = new Set([base.join()]);
    while (queue.length && seen.size < 60000) {
        const { cost, at } = pop(queue);
        yield at;
        for (let i = 0; i < n; i++) {
            const changed = at.filter((v, j) => v !== base[j]).length;
            const step = at[i] + 1;
            if (step >= slots[i].options.length) continue;
            const next = [...at];
            next[i] = step;
            if (seen.has(next.join())) continue;
            seen.add(next.join());
            add(queue, { cost: cost + (at[i] !== base[i] ? 1 : 1 + 30 * changed), at: next });
        }
    }
}

// What the message says, and those of the exceptions it came from or led to. V8's own messages have no words of the input.
function said_of(exception, expected) {
    const mine = hints_of(exception, expected), theirs = (expected.others ?? []).flatMap((e) => [...told({ steps: e.frames.filter((f) => f.app).map((frame) => ({ frame })) }), ...hints_of(e, expected)]);
    return /^Cannot |is not (?:a function|iterable|defined)$|^Unexpected /.test(exception.value ?? "") ? [...theirs, ...mine] : [...mine, ...theirs];
}

// What a container may have been before the call changed it: a parameter that the function itself pushes to or takes from.
function earlier(node, p, inputs) {
    const why = `${p.name} as it was before the call changed it`;
    const out = [];
    if (node.k === "arr" && node.items.length) out.push(arr(node.items.slice(0, -1), false, why), arr(node.items.slice(1), false, why));
    if (node.k === "arr") for (const [k, v] of Object.entries(inputs.vars)) if (k !== p.name && typeof v !== "object") out.push(arr([inputs.reader.read(v) ?? lit(null), ...node.items], false, why), arr([...node.items, inputs.reader.read(v) ?? lit(null)], false, why));
    if (node.k === "lit" && typeof node.v === "number") for (const d of [1, -1]) out.push(lit(node.v + d, false, why));
    if (node.k === "lit" && (node.v === undefined || node.v === null) && p.initial) out.push({ k: "none", exact: true });
    return out.slice(0, 30);
}

function interleaved(a, b) {
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => [a[i], b[i]]).flat().filter(Boolean);
}

function lower(name) {
    return name[0].toLowerCase() + name.slice(1);
}

// A heap of least cost, first come first served.
let count = 0;
function add(heap, item) {
    item.order = count++;
    heap.push(item);
    for (let i = heap.length - 1; i > 0; ) {
        const up = (i - 1) >> 1;
        if (!before(heap[i], heap[up])) break;
        [heap[i], heap[up]] = [heap[up], heap[i]];
        i = up;
    }
}
const before = (a, b) => a.cost < b.cost || (a.cost === b.cost && (a.order ?? 0) < (b.order ?? 0));
function pop(heap) {
    const top = heap[0], last = heap.pop();
    if (heap.length) {
        heap[0] = last;
        for (let i = 0; ; ) {
            let least = i;
            for (const c of [2 * i + 1, 2 * i + 2]) if (c < heap.length && before(heap[c], heap[least])) least = c;
            if (least === i) break;
            [heap[i], heap[least]] = [heap[least], heap[i]];
            i = least;
        }
    }
    return top;
}

module.exports = { Inputs, NoInputs, Builder };
