"use strict";
// Values that the event has of other functions, put into what is made up for the one that is called: where an object like theirs is, or
// something of their name. A list has one of them, alone or beside what is made up.
const { children, within } = require("./devflow_values.cjs");

const WHY = "where a value of a function further in came from is not in the event";
const SIMPLE = new Set(["string", "number", "boolean"]); // an event has these of every object
const TEXTS = new Set(["string", "json", "when", "numeric", "base64", "base64url", "hex"]);

const is_object = (v) => Boolean(v) && typeof v === "object" && !Array.isArray(v);

// Alone in its list; beside the others, which the call comes to first.
const PLACES = [(told) => [told], (told, others) => [...others, told]];

class Told {
    // variables: [[name, value]], the crash's first, of which the parts of objects count as well; read: a value as a node; completed: a node with what the source expects of it besides.
    constructor(variables, read, completed) {
        const within = variables.flatMap(([, v]) => (is_object(v) ? Object.entries(v).filter(([, x]) => typeof x === "string" || typeof x === "number") : []));
        Object.assign(this, { variables: [...variables, ...within], read, completed });
    }
    // The tree with what is told in the places of what is made up, in each of some ways; none where nothing is told of it.
    ways(root) {
        const orders = [this.variables, [...this.variables].reverse()];
        const found = orders.flatMap((order) => PLACES.map((place) => this.put(root, { order, place, used: [] })));
        return found.filter((n) => n !== root).map((n) => ({ ...n, exact: false, why: n.why || WHY }));
    }
    put(n, how) {
        if (n.exact && n.k === "lit") return n;
        const told = n.exact ? null : this.of(n, how.order.filter((v) => !how.used.includes(v)));
        if (told) return this.instead(n, told, how);
        return n.k === "arr" || n.k === "set" ? this.listed(n, how) : this.inside(n, how);
    }
    // The same node where nothing is told of its parts.
    inside(n, how) {
        const parts = new Map(children(n).map((c) => [c, this.put(c, how)]));
        return [...parts].every(([c, by]) => c === by) ? n : within(n, (c) => parts.get(c));
    }
    listed(n, how) {
        const at = n.exact && how.place !== PLACES[0] ? n.items.length - 1 : 0, one = n.items[at] && this.put(n.items[at], how);
        if (one === n.items[at]) return n;
        return { ...n, items: n.exact ? n.items.with(at, one) : how.place(one, n.items.slice(1)) };
    }
    instead(n, told, how) {
        const { shape, said } = n, node = { ...this.completed(this.read(told[1]), shape, said), shape, said, why: WHY };
        if (node.k !== "obj" && node.k !== "arr") return node;
        const deeper = { ...how, used: [...how.used, told] };
        return { ...(node.k === "arr" ? this.listed(node, deeper) : this.inside(node, deeper)), exact: node.k === "arr" && node.exact };
    }
    // The variable that a made-up value may have been: of its name, and an object of its keys.
    of(n, variables) {
        let best = null, most = 0;
        for (const v of variables) {
            const rank = is_object(v[1]) ? alike(n, v) : named(n, v) ? 1 : 0;
            if (rank > most && this.read(v[1])) (best = v), (most = rank);
        }
        return best;
    }
}

// How much an object of the event is like a made-up one, 0 for not at all.
function alike(n, [name, value]) {
    const wanted = n.shape?.keys ?? new Map(), told = Object.keys(value), common = told.filter((k) => wanted.has(k)).length, called = name === n.said;
    if (!called && [...wanted].some(([k, s]) => n.shape.required.has(k) && SIMPLE.has(s.kind) && !told.includes(k))) return 0;
    if (n.k !== "obj") return called && n.k === "lit" && !n.shape?.kind ? 1 : 0;
    return called ? common + 2 : 2 * common >= Math.min(told.length, wanted.size) ? common : 0;
}

function named(n, [name, value]) {
    if (!name || name !== n.said || (typeof value === "string" && /^[<[]/.test(value))) return false;
    if (Array.isArray(value)) return n.k === "arr";
    const kind = n.shape?.kind;
    if (!["lit", "text", "json", "coded"].includes(n.k)) return false;
    return !kind || kind === typeof value || (typeof value === "string" && TEXTS.has(kind));
}

module.exports = { Told };
