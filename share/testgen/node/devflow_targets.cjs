"use strict";
// How a function of the checkout is called: by what its module exports, as a method of an object, or as what another function returns.
const { FUNCTIONS, walk } = require("./devflow_source.cjs");
const { words } = require("./devflow_world.cjs");

// How the function can be called: { ref } and what it takes, or null with a reason noted.
async function target(job, probe, candidate, reach) {
    const { d, file } = candidate;
    const list = await job.exported(probe, file);
    const at = (e, x) => e.source === file && e.line >= x.begin && e.line <= Math.max(x.begin, x.open) && (e.name === x.name || !x.name || x.name === "default" || !e.name || e.name === "default" || !x.node.id);
    const direct = list.find((e) => !e.cls && at(e, d)) ?? (d.cls ? null : elsewhere(job, d));
    if (d.kind === "constructor") {
        const cls = reach(d.cls.name);
        return cls ? { ref: cls.ref, constructs: true } : job.note(`the class ${words(d.cls.name, 60)} is not exported`);
    }
    if (d.cls && d.kind !== "static") {
        if (d.name.startsWith("#")) return job.note(`${words(d.name, 60)} is private: it is reached through other methods alone`);
        const cls = class_of(candidate, reach);
        if (cls) return { cls, method: d.name, getter: d.kind === "getter" };
        if (direct) return { ref: direct.ref, getter: false };
        return job.note(`the class ${words(d.cls.name, 60)} is not exported`);
    }
    if (direct) return { ref: direct.ref };
    return closure(d, list, at) ?? job.note(d.outer ? `${words(d.name || "a function without a name", 60)} stands within another function: no name leads to it` : `${words(d.name || "a function without a name", 60)} is not exported`);
}

// The class of a method's receiver: the one the frame says, which may extend the method's own.
function class_of(candidate, reach) {
    const said = candidate.frame.function.replace(/^(?:async |new )+/, "").split(".");
    return (said.length > 1 ? reach(said[said.length - 2]) : null) ?? reach(candidate.d.cls.name);
}

function elsewhere(job, d) {
    for (const list of job.exports.values())
        for (const e of list) if (!e.cls && e.source === d.file && e.name === d.name && e.line >= d.begin && e.line <= d.open) return e;
    return null;
}

// A function that another one makes and returns.
function closure(d, list, at) {
    if (!d.outer || d.outer.outer || d.outer.cls) return null;
    const maker = list.find((e) => !e.cls && at(e, d.outer));
    if (!maker) return null;
    let inner = null;
    const returned = (v) => {
        if (!v) return;
        if (v === d.node || (v.type === "Identifier" && v.name === d.name && d.name)) inner = "";
        if (v.type === "ObjectExpression") for (const p of v.properties) if (p.value === d.node || (p.value?.type === "Identifier" && p.value.name === d.name)) inner = p.key.name;
    };
    if (d.outer.node.body.type !== "BlockStatement") returned(d.outer.node.body);
    walk(d.outer.node.body, (n) => {
        if (FUNCTIONS.has(n.type)) return false;
        if (n.type === "ReturnStatement") returned(n.argument);
    });
    return inner === null ? null : { ref: maker.ref, maker: d.outer, inner, awaited: d.outer.async };
}

// Functions that lead to one that nothing exports: those around it, and those of its file that call it.
function ways_to(d) {
    const found = [];
    for (let o = d.outer; o; o = o.outer) found.push(o);
    if (d.name && d.name !== "default")
        for (const other of d.file.definitions) {
            let calls = false;
            walk(other.node.body, (n) => {
                const c = n.type === "CallExpression" || n.type === "NewExpression" ? n.callee : null;
                if (c && (c.name === d.name || (c.type === "MemberExpression" && (c.property.name === d.name || "#" + c.property.name === d.name)))) calls = true;
                if (c && d.kind === "method" && c.name === d.cls.name) calls = true;
                return calls ? false : undefined;
            });
            if (calls && other !== d && !found.includes(other)) found.push(other);
        }
    return found.slice(0, 6);
}

module.exports = { target, ways_to };
