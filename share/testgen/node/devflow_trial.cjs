"use strict";
// One call with its inputs and conditions, as code: to be tried by a probe, and to stand in the test.
const { Writer, literal, all_exact, reasons, NAME } = require("./devflow_values.cjs");
const { applied } = require("./devflow_conditions.cjs");
const { Lines, NAMES, is_put } = require("./devflow_stubs.cjs");

// Whether the nodes are all the event's, and why they are what they are where not. lacks: what else the event has not.
const told = (nodes, lacks) => ({ exact: !lacks.length && nodes.every(all_exact), guessed: [...new Set([...lacks, ...nodes.flatMap(reasons)])] });

// Imports of a file's names for a probe; of none: the file alone.
function reaching([file, { kind, names }]) {
    const of = (key) => `await reached(${[file.relative, kind, key].map(literal).join(", ")});`;
    return names.size ? [...names].map(([key, local]) => `const ${local} = ${of(key)}`) : [of("*")];
}

class Trial {
    // target: what is called; slots, and which of each one's options is taken.
    constructor(target, slots, at, lacks = []) {
        Object.assign(this, { target, slots, writer: new Writer(), nodes: slots.map((s, i) => s.options[at[i]]) });
        this.around = this.nodes.filter((n) => n.k === "around" && n.what);
        if (this.around.some(is_put)) NAMES.forEach((name) => this.writer.names.add(name));
        Object.assign(this, told(this.nodes, lacks));
        this.own = told(this.given(), lacks);
    }
    // The inputs, without the conditions.
    given() {
        return this.nodes.filter((n) => n.k !== "around");
    }
    get stops_clock() {
        return this.around.some((c) => c.what === "clock");
    }
    // Whether the checkout's files are imported once the conditions are in place.
    get late() {
        return this.around.some((c) => c.late);
    }
    // What comes before the inputs, for a probe.
    before() {
        const put = new Lines(this.around, "node");
        const files = this.late ? [...this.writer.imports] : [];
        return [...put.top, ...put.lines, ...files.flatMap(reaching)];
    }
    // What a probe imports beforehand: not the checkout's files where something must be in place before they are imported.
    imports() {
        const { builtins } = new Lines(this.around, "node");
        const own = this.late ? [] : [...this.writer.imports].map(([file, i]) => ({ file: file.relative, kind: i.kind, names: [...i.names] }));
        const local = (name) => name.replace(/^default as /, "* as ").split(" as ");
        const of_node = [...builtins, ...(this.builtins ?? [])].map(([file, names]) => ({ file, kind: "node", names: names.map(local).map(([name, alias]) => [name, alias ?? name]) }));
        return [...own, ...of_node];
    }
    // For a probe: the imports, and the body of a function of their names.
    request() {
        return { imports: this.imports(), code: [...this.before(), ...this.writer.lines, ...this.run()].join("\n"), ...applied(this.around) };
    }
}

// The call of one function.
class Call extends Trial {
    // target: { ref, method, constructs, getter, maker, inner, awaited }.
    constructor(d, target, slots, at) {
        super(target, slots, at);
        this.d = d;
        for (const s of slots) if (s.name) this.writer.names.delete(s.name);
        const self = slots.findIndex((s) => s.self);
        const head = self >= 0 ? this.receiver(this.nodes[self], target) : target.maker ? this.closure(target) : this.writer.reach(target.ref);
        const given = this.arguments().join(", ");
        this.call = this.driven(target.constructs ? `new ${head}(${given})` : target.getter ? head : `${head}(${given})`);
    }
    receiver(node, target) {
        const text = this.writer.write(node);
        const name = text.startsWith("new ") ? `(${text})` : text;
        return `${name}${NAME.test(target.method) ? `.${target.method}` : `[${literal(target.method)}]`}`;
    }
    closure(target) {
        const given = this.slots.flatMap((s, i) => (s.closure ? [this.argument(this.nodes[i], s.name)] : [])).join(", ");
        return `${target.awaited ? "(await " : ""}${this.writer.reach(target.ref)}(${given})${target.awaited ? ")" : ""}${target.inner ? `.${target.inner}` : ""}`;
    }
    // Without those at the end that are undefined anyway.
    arguments() {
        const found = this.slots.flatMap((s, i) => {
            const n = this.nodes[i];
            if (s.self || s.closure || s.around) return [];
            if (s.rest && n.k === "arr") return n.items.map((item) => this.argument(item, ""));
            return n.k === "none" ? "undefined" : this.argument(n, s.name);
        });
        while (found[found.length - 1] === "undefined") found.pop();
        return found;
    }
    // Long values get a name of their own.
    argument(node, name) {
        const text = this.writer.write(node);
        if (text.length <= 40 || !name || !NAME.test(name)) return text;
        const own = this.writer.fresh(name);
        this.writer.lines.push(`const ${own} = ${text};`);
        return own;
    }
    driven(call) {
        if (this.d.generator && this.d.async) return `for await (const part of ${call}) void part`;
        if (this.d.generator) return `Array.from(${call})`;
        return this.d.async ? `await ${call}` : call;
    }
    get waits() {
        return this.d.async || this.thenable || this.writer.waits || this.call.includes("(await ");
    }
    get title() {
        return `${this.d.cls && this.d.kind !== "constructor" ? this.d.cls.name + "." : ""}${this.d.name}`;
    }
    statement() {
        return this.thenable && !this.d.async && !this.d.generator ? `await ${this.call}` : this.call;
    }
    run() {
        return [this.d.async || this.d.generator ? `${this.call};` : `const _value = ${this.call}; if (_value && typeof _value.then === "function") { await _value; return true; }`];
    }
}

// The import of a file, under the conditions there are.
class Import extends Trial {
    // target: { module: { file, kind } }
    constructor(d, target, slots, at) {
        super(target, slots, at);
        this.d = d;
        this.writer.imports.set(target.module.file, { kind: target.module.kind, names: new Map() });
    }
    get late() {
        return true;
    }
    get title() {
        return this.d.name;
    }
    statement() {
        return "";
    }
    run() {
        return [];
    }
}

module.exports = { Trial, Call, Import };
