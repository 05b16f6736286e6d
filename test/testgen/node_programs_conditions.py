"""Programs for Node that fail at certain times alone, or by what the environment has; the suite runs them at other times and without it."""

from node_programs import CJS, ESM, program

program("cond_env_unset", {"package.json": CJS, "src/mail.js": '''
function recipients(order) {
    const team = process.env.ORDER_TEAM.split(",");
    return [order.email, ...team.map((name) => `${name}@example.org`)];
}

module.exports = { recipients };
'''}, "require('SOURCE/src/mail.js').recipients({ email: 'ann@example.com' })",
        [("src/mail.js", "process.env.ORDER_TEAM.split", '(process.env.ORDER_TEAM ?? "sales").split')])

program("cond_env_value", {"package.json": ESM, "src/pool.js": '''
export class PoolError extends Error {
    name = "PoolError";
}

export function poolOf(kind) {
    const size = Number(process.env.POOL_LIMIT ?? 4);
    if (Number.isNaN(size)) throw new PoolError(`pool ${kind} has no size`);
    return Array.from({ length: size }, (_, at) => `${kind}-${at}`);
}
'''}, "process.env.POOL_LIMIT = 'many';\nconst { poolOf } = await import('SOURCE/src/pool.js');\nexport default (async () => poolOf('db'))()",
        [("src/pool.js", "const size = Number(process.env.POOL_LIMIT ?? 4);", "const said = Number(process.env.POOL_LIMIT ?? 4);\n    const size = Number.isNaN(said) ? 4 : said;")])

program("cond_clock_day", {"package.json": CJS, "src/slots.js": '''
const OPEN = { [new Date(Date.now() - (Date.now() % 1)).getUTCFullYear()]: true };
const PLAN = new Map([[1999, ["mon", "tue"]]]);

function next(room) {
    const days = PLAN.get(new Date().getUTCFullYear());
    return `${room}: ${days[0]}`;
}

module.exports = { next, OPEN };
'''}, "require('SOURCE/src/slots.js').next('blue')",
        [("src/slots.js", "days[0]", "days?.[0]")])

program("cond_clock_stopped", {"package.json": ESM, "src/due.js": '''
const STEPS = { 0: { fee: 0 }, 1: { fee: 0 }, 2: { fee: 5 }, 4: { fee: 8 } };

function stepAt(days) {
    if (days < 0) return STEPS[0];
    return days > 4 ? STEPS[4] : STEPS[days];
}

export function due(sent, total) {
    const days = Math.floor((new Date() - Date.parse(sent)) / 86400000);
    return total + stepAt(days).fee;
}
'''}, "import { due } from 'SOURCE/src/due.js'\nexport default (async () => due(new Date(Date.now() - 3.5 * 86400000).toISOString(), 40))()",
        [("src/due.js", "stepAt(days).fee", "(stepAt(days)?.fee ?? 5)")])

program("cond_clock_waits", {"package.json": ESM, "src/wait.js": '''
export async function settled(task, within) {
    const until = Date.now() + within;
    let state = task();
    while (state.pending && Date.now() < until) {
        await new Promise((go) => setTimeout(go, 5));
        state = task();
    }
    return state.result.value;
}
'''}, "import { settled } from 'SOURCE/src/wait.js'\nexport default (async () => settled(() => ({ pending: true }), 40))()",
        [("src/wait.js", "state.result.value", "state.result?.value")])
