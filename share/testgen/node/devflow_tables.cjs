"use strict";
// The keys of tables that stand at the top of a file: objects and Maps written out.
const { imports_of } = require("./devflow_source.cjs");

const named = (n) => n.properties.filter((p) => p.type === "Property" && !p.computed).map((p) => p.key.name ?? p.key.value);
const paired = (n) => n.elements.map((e) => e?.elements?.[0]?.value);

function keys_of(n) {
    if (n?.type === "CallExpression" && n.callee.object?.name === "Object" && n.callee.property.name === "freeze") return keys_of(n.arguments[0]);
    if (n?.type === "NewExpression" && n.callee.name === "Map" && n.arguments[0]?.type === "ArrayExpression") return paired(n.arguments[0]);
    return n?.type === "ObjectExpression" ? named(n) : [];
}

// Of the table that a name in a file means: the file's own, or imported; none where it is no table.
function keys_of_table(checkout, file, name, seen = 0) {
    const from = imports_of(file).get(name), there = from ? checkout.resolve(file, from.file) : null;
    if (from) return there && seen < 4 ? keys_of_table(checkout, there, from.name, seen + 1) : [];
    const variables = (file.read().tree?.body ?? []).map((s) => s.declaration ?? s).filter((s) => s.type === "VariableDeclaration").flatMap((s) => s.declarations);
    return keys_of(variables.find((v) => v.id.name === name)?.init).filter((v) => typeof v === "string" || typeof v === "number");
}

module.exports = { keys_of_table };
