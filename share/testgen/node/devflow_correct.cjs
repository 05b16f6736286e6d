"use strict";
// A call that is the event again, but for values of its variables or words of its message: where what is made up has such a value, the event's
// takes its place.
const { every, replaced } = require("./devflow_values.cjs");

const MOST = 12, SINGLE = 4;

// A table's keys are values, too; those of an object that the source reads by name are not.
const is_key = (n, value) => n.k === "obj" && !n.shape?.keys.size && n.props.some(([k]) => k === value);
const holds = (n, value) => n.exact === false && ((n.k === "lit" && n.v === value) || is_key(n, value));
const with_value = (n, old, by) => (n.k === "lit" ? { ...n, v: by } : { ...n, props: n.props.map(([k, v]) => [k === old ? String(by) : k, v]) });

// The inputs with a value in another's place: wherever it is, then in one place at a time.
function* swapped(nodes, old, by) {
    const places = nodes.flatMap((root, i) => [...every(root)].filter((n) => holds(n, old)).map((n) => [i, n]));
    const put = (some) => nodes.map((root, i) => some.filter(([at]) => at === i).reduce((tree, [, n]) => replaced(tree, n, with_value(n, old, by)), root));
    if (places.length) yield put(places);
    if (places.length > 1) for (const one of places) yield put([one]);
}

// first: { trial, differ: [[value, the event's]] }; run: what that is of other inputs, or null where they are not the event again. The trial that differs least.
async function corrected(first, run) {
    let best = first, left = MOST;
    for (const [old, by] of first.differ)
        for (const nodes of swapped(best.trial.nodes, old, by)) {
            if (left-- <= 0) return best.trial;
            const other = await run(nodes);
            if (!other || other.differ.length >= best.differ.length) continue;
            best = other;
            break;
        }
    return best.trial;
}

// The inputs with words of the event's message in the place of those that the message has instead: [[word, the event's]].
function* reworded(nodes, pairs) {
    const number = (w) => /^-?\d+(?:\.\d+)?$/.test(w);
    const all = pairs.flatMap(([old, by]) => [[old, by], ...(number(old) && number(by) ? [[Number(old), Number(by)]] : [])]);
    const everywhere = all.reduce((found, [old, by]) => swapped(found, old, by).next().value ?? found, nodes);
    if (everywhere !== nodes) yield everywhere;
    if (pairs.length === 1) for (const [old, by] of all) yield* [...swapped(nodes, old, by)].slice(1, 1 + SINGLE);
}

module.exports = { corrected, reworded };
