"use strict";
// What JSDoc says of a value, and TypeScript's annotations where the checkout has its compiler.
const { Shape } = require("./devflow_shape.cjs");

// A type in words, as JSDoc has it.
function said(shape, text) {
    const t = text.replace(/^[?!]|[=]$/g, "");
    const list = /^(?:Array|ReadonlyArray)<(.+)>$|^(.+)\[\]$/.exec(t);
    if (list) return shape.is("array"), said(shape.elem, list[1] ?? list[2]);
    const simple = { string: "string", number: "number", boolean: "boolean", Date: "date", Function: "function", Map: "map", Set: "set", Buffer: "buffer", RegExp: "regexp", Object: "object", bigint: "bigint" };
    if (simple[t]) shape.kind = simple[t];
    else if (/^["'].*["']$/.test(t)) shape.literals.push(t.slice(1, -1));
    else if (/^Map<|^Set</.test(t)) shape.kind = t.slice(0, 3).toLowerCase();
    else if (t.includes("|")) t.split("|").forEach((p) => said(shape, p.trim()));
    else if (/^[A-Z]\w*$/.test(t)) shape.cls ??= t;
}

// @param {type} name, {type} [name=...], name.key
function documented(d, found) {
    if (d.file.typed) return;
    const before = d.file.plain.slice(0, d.node.start);
    const at = before.lastIndexOf("/**");
    if (at < 0 || !/\*\/\s*(?:export\s+|default\s+|async\s+|static\s+|const\s+|let\s+|module\.exports\s*=\s*|exports\.)*[\w$.#*]*\s*[=:(]?\s*(?:async\s+)?$/.test(before.slice(at))) return;
    for (const m of before.slice(at).matchAll(/@param\s+\{([^}]{1,200})\}\s+\[?([\w$.]+)/g)) {
        const [head, ...keys] = m[2].split(".");
        let shape = found.find((f) => f.name === head)?.shape;
        for (const k of keys) shape = shape?.key(k.replace("[]", ""));
        if (shape) said(shape, m[1].trim());
    }
}

// Parameters of the TypeScript function at the line of a definition: what JavaScript has lost.
function annotated(ts, d) {
    d.file.source_file ??= ts.createSourceFile(d.file.full, d.file.text, ts.ScriptTarget.Latest, true);
    let best = null;
    const visit = (n) => {
        if (ts.isFunctionLike(n) && n.body) {
            const begin = d.file.source_file.getLineAndCharacterOfPosition(n.getStart()).line + 1;
            const name = n.name?.getText() ?? (n.parent?.name?.getText?.() ?? "");
            const called = d.kind === "constructor" ? ts.isConstructorDeclaration(n) : name === d.name || (!n.name && d.name === "default");
            if (called && Math.abs(begin - d.begin) <= 2 && (!best || Math.abs(begin - d.begin) < best.off)) best = { n, off: Math.abs(begin - d.begin) };
        }
        ts.forEachChild(n, visit);
    };
    visit(d.file.source_file);
    if (!best) return [];
    const own = best.n.parameters.filter((p) => p.name.getText() !== "this");
    return own.map((p, at) => ({ at, type: p.type, optional: Boolean(p.questionToken || p.initializer) })).filter((p) => p.type);
}

class Annotations {
    constructor(checkout, ts, file) {
        Object.assign(this, { checkout, ts, file });
    }
    fill(shape, type, depth) {
        const { ts } = this;
        const K = ts.SyntaxKind;
        if (!type || depth > 6) return;
        const simple = { [K.StringKeyword]: "string", [K.NumberKeyword]: "number", [K.BooleanKeyword]: "boolean", [K.BigIntKeyword]: "bigint" };
        if (simple[type.kind]) shape.kind = simple[type.kind];
        else if (ts.isArrayTypeNode(type)) (shape.kind = "array"), this.fill(shape.elem, type.elementType, depth + 1);
        else if (ts.isTupleTypeNode(type)) (shape.kind = "array"), this.fill(shape.elem, type.elements[0], depth + 1);
        else if (ts.isLiteralTypeNode(type)) this.literal(shape, type.literal);
        else if (ts.isUnionTypeNode(type)) type.types.forEach((t) => (t.literal?.kind === K.NullKeyword ? (shape.nullable = true) : t.kind !== K.UndefinedKeyword && this.fill(shape, t, depth + 1)));
        else if (ts.isIntersectionTypeNode(type)) type.types.forEach((t) => this.fill(shape, t, depth + 1));
        else if (ts.isTypeLiteralNode(type)) this.members(shape, type.members, depth);
        else if (ts.isFunctionTypeNode(type)) (shape.kind = "function"), this.result(shape, type.type, depth);
        else if (ts.isParenthesizedTypeNode(type) || ts.isTypeOperatorNode(type)) this.fill(shape, type.type, depth + 1);
        else if (ts.isIndexedAccessTypeNode(type)) this.part(shape, type, depth);
        else if (ts.isTypeReferenceNode(type)) this.reference(shape, type, depth);
    }
    // Record["key"]
    part(shape, { objectType, indexType }, depth) {
        const whole = new Shape();
        this.fill(whole, objectType, depth + 1);
        shape.take(whole.keys.get(indexType.literal?.text) ?? (indexType.kind === this.ts.SyntaxKind.NumberKeyword ? whole.elem_ : null));
    }
    literal(shape, node) {
        const v = node.kind === this.ts.SyntaxKind.StringLiteral ? node.text : node.kind === this.ts.SyntaxKind.NumericLiteral ? Number(node.text) : undefined;
        if (v !== undefined && !shape.literals.includes(v)) shape.literals.push(v);
        if (v !== undefined) (shape.kind ??= typeof v), (shape.declared = true);
    }
    result(shape, type, depth) {
        const promise = type?.typeName?.getText() === "Promise";
        shape.awaited_ret = promise;
        shape.ret.awaited = promise;
        this.fill(shape.ret, promise ? type.typeArguments?.[0] : type, depth + 1);
    }
    members(shape, members, depth) {
        shape.kind = "object";
        for (const m of members) {
            const name = m.name?.text ?? m.name?.getText?.();
            if (!name || !(this.ts.isPropertySignature(m) || this.ts.isMethodSignature(m) || this.ts.isPropertyDeclaration(m))) continue;
            const key = shape.key(name);
            if (!m.questionToken) shape.required.add(name);
            if (this.ts.isMethodSignature(m)) (key.kind = "function"), this.result(key, m.type, depth);
            else this.fill(key, m.type, depth + 1);
        }
    }
    reference(shape, type, depth) {
        const name = type.typeName.getText(), args = type.typeArguments ?? [];
        if (["Array", "ReadonlyArray", "Iterable"].includes(name)) return (shape.kind = "array"), this.fill(shape.elem, args[0], depth + 1);
        if (["Date", "Map", "Set", "Buffer", "RegExp"].includes(name)) {
            shape.kind = name.toLowerCase();
            if (args.length) this.fill(shape.elem, args[args.length - 1], depth + 1);
            return;
        }
        if (name === "Record") return (shape.kind = "object"), this.fill(shape.elem, args[1], depth + 1);
        if (["Partial", "Readonly", "Required", "Pick", "Omit", "Promise"].includes(name)) return this.fill(shape, args[0], depth + 1);
        const found = this.declared(name, this.file, 0);
        if (!found) return;
        const there = new Annotations(this.checkout, this.ts, found.file);
        if (this.ts.isInterfaceDeclaration(found.node)) there.members(shape, found.node.members, depth + 1);
        else if (this.ts.isTypeAliasDeclaration(found.node)) there.fill(shape, found.node.type, depth + 1);
        else if (this.ts.isClassDeclaration(found.node)) shape.cls ??= name;
        else if (this.ts.isEnumDeclaration(found.node)) shape.literals.push(...this.enumerated(found.node)), (shape.declared = true);
    }
    // The values of an enum: numbers that count on, or what each is set to.
    enumerated({ members }) {
        const found = [];
        let next = 0;
        for (const { initializer } of members) {
            const value = !initializer ? next : this.ts.isNumericLiteral(initializer) ? Number(initializer.text) : initializer.text;
            if (value !== undefined) found.push(value);
            next = typeof value === "number" ? value + 1 : next;
        }
        return found;
    }
    declared(name, file, seen) {
        const { ts } = this;
        file.source_file ??= ts.createSourceFile(file.full, file.text, ts.ScriptTarget.Latest, true);
        let from = null;
        for (const s of file.source_file.statements) {
            if (s.name?.text === name && (ts.isInterfaceDeclaration(s) || ts.isTypeAliasDeclaration(s) || ts.isClassDeclaration(s) || ts.isEnumDeclaration(s))) return { file, node: s };
            const names = s.importClause?.namedBindings?.elements ?? s.exportClause?.elements;
            const one = names?.find?.((e) => e.name.text === name);
            if (one && s.moduleSpecifier) from = { file: s.moduleSpecifier.text, name: (one.propertyName ?? one.name).text };
        }
        const other = from && seen < 4 ? this.checkout.resolve(file, from.file) : null;
        return other ? this.declared(from.name, other, seen + 1) : null;
    }
}

module.exports = { documented, annotated, Annotations };
