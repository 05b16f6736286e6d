"""Programs for Node whose input was made by a function outside of the trace, and whose fix is there: the call with the event's own values stays red. Each
may be reproduced or not; none may be false."""

from node_programs import CJS, ESM, program

program("made_lines_of_a_parser", {"package.json": ESM, "src/lines.js": '''
const COMMENT = "#";

export function parse(text) {
    return text.split("\\n").filter((line) => line !== "");
}

export function codes(lines) {
    const found = [];
    for (const line of lines) found.push(line.match(/^([A-Z]+)-/)[1]);
    return found;
}
'''}, "import { codes, parse } from 'SOURCE/src/lines.js'\nexport default (async () => codes(parse('AB-1\\n# later\\nCD-2\\n')))()",
        [("src/lines.js", 'line !== "")', 'line !== "" && !line.startsWith(COMMENT))')])

program("made_rate_of_another_file", {"package.json": CJS, "lib/rates.js": '''
const RATES = { std: "12", none: "-" };

function rateOf(kind) {
    const rate = Number(RATES[kind]);
    return Number.isNaN(rate) ? 0 : rate;
}

module.exports = { rateOf };
''', "lib/split.js": '''
function slots(amount, rate) {
    return new Array(amount / rate).fill(rate);
}

function plan(amount, rate) {
    return slots(amount, rate).length;
}

exports.plan = plan;
'''}, "require('SOURCE/lib/split.js').plan(60, require('SOURCE/lib/rates.js').rateOf('none'))",
        [("lib/rates.js", "? 0 : rate", "? 1 : rate")])

program("made_by_a_script", {"package.json": ESM, "nightly.js": '''
import { drain } from "./src/queue.js";

const names = ["mail", "", "report"];
const wanted = [];
for (const name of names)
    if (name !== undefined) wanted.push(name);
export const done = drain(wanted);
''', "src/queue.js": '''
const head = (name) => name.at(0).toUpperCase() + name.slice(1);

export function drain(names) {
    const heads = [];
    for (const name of names) heads.push(head(name));
    return heads;
}
'''}, "export default import('SOURCE/nightly.js')", [("nightly.js", "if (name !== undefined)", "if (name)")])

program("made_fix_in_the_call", {"package.json": ESM, "src/pages.js": '''
export const sizes = (text) => text.split(",").map(Number);

export function spread(all, perPage) {
    const found = [];
    for (const size of all) found.push(new Array(size / perPage).length);
    return found;
}
'''}, "import { sizes, spread } from 'SOURCE/src/pages.js'\nexport default (async () => spread(sizes('40,25'), 0))()",
        [("src/pages.js", "size / perPage", "perPage ? Math.ceil(size / perPage) : 1")])
