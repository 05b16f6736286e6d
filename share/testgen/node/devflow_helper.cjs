"use strict";
// Generates a regression test of one event on one checkout. The contract is that of src/port/test_language.h: a JSON object on standard
// input, JSON lines on standard output. Nothing of the checkout is run here; that is done by devflow_probe.cjs, in processes of its own.
const fs = require("fs");
const path = require("path");
const { Checkout, last_name } = require("./devflow_source.cjs");
const { Types } = require("./devflow_types.cjs");
const { Shapes, imports_of } = require("./devflow_shapes.cjs");
const { Inputs, NoInputs } = require("./devflow_inputs.cjs");
const { Expected, Verdict } = require("./devflow_judge.cjs");
const { Call, Import } = require("./devflow_trial.cjs");
const { runner_of } = require("./devflow_write.cjs");
const { smaller } = require("./devflow_values.cjs");
const { literals_of } = require("./devflow_changes.cjs");
const { words } = require("./devflow_world.cjs");
const { Probe, Probes, START_MS } = require("./devflow_process.cjs");
const { reproduced, not_reproduced, setting_of, text_of } = require("./devflow_outcome.cjs");
const { target: target_of, ways_to } = require("./devflow_targets.cjs");
const web = require("./devflow_web.cjs");
const conditions = require("./devflow_conditions.cjs");
const answers = require("./devflow_answers.cjs");
const { corrected, reworded } = require("./devflow_correct.cjs");
const { Kept } = require("./devflow_likely.cjs");
const { Shown, by_turn } = require("./devflow_turns.cjs");

const QUICK_MS = 5000, QUICK = 200, DEEP = 6000, CONFIRM = 3, REDUCE = 60, CORRECT = 3, REWORD = 40, TURN = 60, OUTER_MS = 5000, ENDLESS = 5;
const say = (what) => fs.writeSync(1, JSON.stringify(what) + "\n");

class Job {
    constructor(given) {
        this.event = given.event;
        this.source = fs.realpathSync(given.source);
        this.out = given.out || path.join(this.source, "test");
        this.deadline_s = given.deadline_s;
        this.until = Date.now() + (given.deadline_s - Math.min(1, given.deadline_s / 4)) * 1000;
        this.turn = this.until; // of the function that is tried
        this.types = new Types(this.source);
        this.checkout = new Checkout(this.source, this.types);
        this.shapes = new Shapes(this.checkout);
        this.attempts = 0;
        this.reasons = [];
        this.exports = new Map();
        this.imported = { clock: false, env: [] }; // what is asked for while files are imported
        this.flaky = false;
        this.fallback = null;
        this.has_variables = this.event.exceptions.some((e) => e.frames.some((f) => f.app && f.vars && Object.keys(f.vars).length));
    }
    late() {
        return Date.now() > this.until;
    }
    note(reason) {
        if (!this.reasons.includes(reason)) this.reasons.push(reason);
        return null;
    }
    candidates() {
        const found = [];
        for (const [e, number] of this.event.candidates) {
            const exception = this.event.exceptions[e];
            const frame = exception.frames.find((f) => f.number === number);
            const there = frame && this.checkout.of_frame(frame);
            if (!frame) continue;
            if (!there) {
                this.note(`${words(frame.file || frame.path, 120)} is not in the checkout`);
                continue;
            }
            const { file, line, column } = this.checkout.canonical(there, frame.line, frame.column ?? 0);
            const name = last_name(frame.function);
            file.read();
            if (!file.tree) this.note(file.typed && !this.types.found.length ? this.no_types() : `${file.relative} cannot be parsed`);
            const d = file.tree ? (name === "?" && file.outermost(line, column)) || file.definition(name, line) : null;
            const ways = d ? ways_to(d).map((via) => ({ exception, frame, file: via.file, d: via, by: d, best: null })) : [];
            // A stack that ran over says nothing of how it began: whoever calls the recursion comes first.
            if (d && /call stack/.test(exception.value ?? "")) found.push(...ways.filter((w) => w.d !== d));
            if (d) found.push({ exception, frame, file, d, best: null }, ...ways);
            else if (file.tree) this.note(name === "?" ? `a function without a name at ${file.relative}:${line} cannot be reached` : `${words(name, 60)} is not in ${file.relative}: is the checkout of the same release?`);
        }
        return found;
    }
    no_types() {
        return `Node ${process.version} does not run TypeScript by itself, and the checkout has neither typescript nor esbuild, tsx or @swc/core installed, nor a built file with a source map`;
    }
    // What is imported to reach a file's functions: itself, or what it was built to.
    running(file) {
        if (!file.typed) return { file, kind: this.checkout.kind(file) };
        if (this.types.native) return { file, kind: this.checkout.kind(file) };
        const built = this.checkout.built(file);
        if (this.types.name && !(built && !this.loader())) return { file, kind: "cjs" };
        if (built) return { file: built, kind: this.checkout.kind(built) };
        return this.types.name ? { file, kind: "cjs" } : null;
    }
    // The variables to compare, by the files that run.
    watched(expected) {
        return expected.watched(this.event.created_ms, (file) => this.running(file)?.file ?? file, this.event.replaced);
    }
    // What runs TypeScript under the checkout's own test runner.
    loader() {
        const runner = this.runner();
        if (runner === "vitest" || runner === "jest") return runner;
        const has = (name) => fs.existsSync(path.join(this.source, "node_modules", name, "package.json"));
        return ["tsx", "ts-node"].find(has) ?? null;
    }
    runner() {
        return runner_of(this.checkout.manifest(path.join(this.source, "package.json")));
    }
    async exported(probe, file) {
        const running = this.running(file);
        if (!running) return this.note(this.no_types()) ?? [];
        const key = running.file.full;
        if (!this.exports.has(key)) {
            const said = await probe.run({ exports: running.file.relative, kind: running.kind }, START_MS);
            if (said.problem || said.died) this.note(`${running.file.relative} cannot be imported: ${words(said.problem ?? "it does not end, or ends the process", 200)}`);
            this.imported.clock ||= Boolean(said.imported?.clock);
            for (const name of said.imported?.env ?? []) if (!this.imported.env.includes(name)) this.imported.env.push(name);
            this.exports.set(key, (said.exports ?? []).map((e) => this.placed(e, running)));
        }
        return this.exports.get(key);
    }
    placed(e, running) {
        const there = e.file ? this.checkout.file(path.join(this.source, e.file)) : null;
        const origin = there ? this.checkout.canonical(there, e.line, e.column) : null;
        return { ...e, source: origin?.file ?? null, line: origin?.line ?? 0, ref: { file: running.file, kind: running.kind, path: e.path, label: e.name } };
    }
    // Classes that values may be of, by name or by the methods they have.
    async classes(probe, candidate) {
        const files = new Set([candidate.file]);
        for (const i of imports_of(candidate.file).values()) {
            const f = this.checkout.resolve(candidate.file, i.file);
            if (f && files.size < 12) files.add(f);
        }
        const named = new Set([...JSON.stringify(candidate.frame.vars ?? {}).matchAll(/"<([A-Za-z_$][\w$]*)[>:]/g)].map((m) => m[1]));
        for (const full of named.size ? this.checkout.names.slice(0, 3000) : []) {
            const f = this.checkout.file(full);
            if (f && files.size < 24 && [...named].some((n) => f.text.includes(`class ${n}`))) files.add(f);
        }
        const table = [];
        for (const f of files)
            for (const e of await this.exported(probe, f)) {
                if (!e.cls || !e.source) continue;
                const node = e.source.class_named(e.name) ?? e.source.definitions.find((d) => d.cls?.name === e.name)?.cls.node;
                if (node) table.push({ ref: e.ref, file: e.source, cls: { name: e.name, node } });
            }
        return (name, methods) => {
            if (name) return table.find((c) => c.cls.name === name) ?? null;
            return table.find((c) => [...methods].every((m) => c.cls.node.body.body.some((b) => b.kind === "method" && !b.static && b.key.name === m))) ?? null;
        };
    }
    expected(exception, frame) {
        const { exceptions } = this.event;
        const expected = new Expected(this.checkout, exception, frame.number, exceptions[exceptions.indexOf(exception) - 1]);
        expected.addresses = answers.addresses_of(this.event);
        return expected;
    }
    // What work(probes) finds.
    async with_probes(work) {
        const probes = new Probes(this);
        try {
            return await work(probes);
        } finally {
            probes.close();
        }
    }
    async search(candidate, limit, variables) {
        const expected = this.expected(candidate.exception, candidate.frame);
        if (!expected.steps.length) return null;
        if (candidate.d.kind === "module") return this.imports(candidate, expected, limit);
        return this.with_probes(async (probes) => {
            const reach = await this.classes(probes.probe, candidate);
            const target = await target_of(this, probes.probe, candidate, reach);
            if (!target) return null;
            candidate.reached = true;
            expected.others = this.event.exceptions.filter((e) => e !== candidate.exception);
            const inputs = new Inputs(this.shapes, reach, candidate.d, candidate.by ? this.frame_of(candidate) : candidate.frame, candidate.exception, expected, variables);
            inputs.has_variables = variables;
            const slots = this.slots_of(inputs, target);
            if (!slots) return null;
            candidate.way = [...new Set([candidate.d, ...expected.steps.map((s) => s.definition), ...this.shapes.called_by(candidate.d)])].filter(Boolean);
            candidate.keeps = candidate.way.some((w) => w.file.keeps());
            await this.surround(candidate, target, inputs, slots, probes);
            return this.tries(candidate, expected, inputs, slots, target, limit, probes);
        });
    }
    // What the function is called with, and what it is a method or a closure of; null where that cannot be made.
    slots_of(inputs, target) {
        const held = target.maker ? this.shapes.of(target.maker).filter((p) => !p.rest && !p.optional).map((p) => inputs.held(p)) : [];
        if (!target.cls) return [...held, ...inputs.slots];
        const self = inputs.receiver(target.cls);
        return self ? [self, ...held, ...inputs.slots] : this.note(`no ${words(target.cls.cls.name, 60)} can be made`);
    }
    // Adds what the call may find around it.
    async surround(candidate, target, inputs, slots, probes) {
        const { exception, way } = candidate;
        slots.push(...conditions.slots_of(this.event, exception, way, inputs.literals, this.imported));
        slots.push(...(await answers.slots_of({ job: this, inputs, way, exception, slots, run: (all) => this.scout(candidate, target, all, probes) })));
    }
    // A function that only leads to the frame has the variables of a frame of its own, if it has one.
    frame_of({ exception, frame, d }) {
        const own = exception.frames.find((f) => f.number < frame.number && last_name(f.function) === d.name && f.vars);
        return own ?? { ...frame, function: d.name, vars: null };
    }
    // Goes on from each choice that shows something new, those that came nearest first, each for a while.
    async tries(candidate, expected, inputs, slots, target, limit, probes) {
        const tried = new Set(), shown = new Shown(), kept = new Kept();
        const bases = inputs.beginnings(slots).map((begun) => ({ slots: begun, score: -1, from: inputs.combinations(begun) }));
        const goes_on = () => (kept.waits || tried.size < limit) && Date.now() < this.turn;
        let waits = 0, round = 0;
        while (bases.length && goes_on()) {
            const base = bases.shift();
            let left = TURN, step = base.from.next();
            for (; !step.done && left > 0 && goes_on(); step = base.from.next()) {
                const trial = this.trial(candidate, target, base.slots, step.value);
                const asked = trial?.request(), code = asked && asked.code + JSON.stringify(asked.around);
                if (!trial || tried.has(code) || (trial.stops_clock && waits > 1)) continue; // what waits for a time waits for ever
                tried.add(code);
                left--;
                const verdict = await this.attempt(trial, expected, probes);
                waits += trial.stops_clock && Boolean(verdict.result.exit || verdict.died);
                const again = verdict.again ? trial : await this.reworded(candidate, trial, verdict, expected, probes);
                const found = again && !kept.takes(again) ? await this.settled(candidate, again, expected, probes) : kept.due && (await this.likeliest(candidate, kept, expected, probes));
                if (found) return found;
                if (!candidate.best || verdict.score > candidate.best.score) candidate.best = { score: verdict.score, said: verdict.said() };
                if ((again && kept.waits) || !shown.is_new(verdict)) continue;
                const next = inputs.onward(base.slots, step.value);
                bases.push({ slots: next, score: verdict.score, from: inputs.combinations(next) });
                if (verdict.score > Math.max(base.score, 0)) break;
            }
            if (!step.done) bases.push(base);
            base.turns = (base.turns ?? 0) + 1;
            by_turn(bases, ++round);
        }
        return this.likeliest(candidate, kept, expected, probes);
    }
    // The first of the trials kept that is found to be the event again.
    async likeliest(candidate, kept, expected, probes) {
        for (const trial of kept.all()) {
            const found = await this.settled(candidate, trial, expected, probes);
            if (found) return found;
        }
        return null;
    }
    // The event's request, to an application of the checkout: all of the trace's functions are called by it.
    async served(limit) {
        const requests = web.requests(this.event), { exceptions } = this.event;
        const exception = requests.length ? exceptions[this.event.candidates[0]?.[0]] : null;
        const frame = exception?.frames.find((f) => f.app && this.checkout.of_frame(f));
        if (!frame) return null;
        const expected = this.expected(exception, frame);
        return this.with_probes(async (probes) => {
            for (const application of await web.applications(this, probes.probe, new Set(expected.steps.map((s) => s.file)), expected.steps[0]?.definition))
                for (const [request, headers, answered] of requests) {
                    if (answered && !web.answers(application)) continue;
                    if (this.late()) return null;
                    const candidate = { exception, frame, file: expected.steps[0].file, d: { name: `${request.method} ${request.path}` }, best: null };
                    this.found_candidates.push(candidate);
                    say({ progress: `sending the request ${request.method}: ${this.attempts} tries so far` });
                    const target = { web: true, application, request, headers, answered };
                    const { inputs, slots } = await this.inputs_of_request(candidate, expected, target, probes);
                    const found = await this.tries(candidate, expected, inputs, slots, target, limit, probes);
                    if (found) return found;
                }
            return null;
        });
    }
    // A file that raises it while it is imported: that is the call.
    async imports(candidate, expected, limit) {
        const running = this.running(candidate.file), target = { module: running };
        if (!running) return this.note(this.no_types());
        return this.with_probes(async (probes) => {
            candidate.way = [candidate.d, ...expected.steps.map((s) => s.definition).filter(Boolean)];
            const seen = await this.scout(candidate, target, [], probes), { exception } = candidate;
            this.imported = { clock: Boolean(seen?.clock), env: seen?.env ?? [] };
            const inputs = new NoInputs(), slots = conditions.slots_of(this.event, exception, candidate.way, literals_of(candidate.d), this.imported);
            return this.tries(candidate, expected, inputs, slots, target, limit, probes);
        });
    }
    // What an application is made of, where it is made, and what its handlers find around them.
    async inputs_of_request(candidate, expected, target, probes) {
        const { application } = target, { exception, frame } = candidate, way = [...new Set(expected.steps.map((s) => s.definition).filter(Boolean))];
        const d = application.d ?? way[0];
        if (!d) return { inputs: new NoInputs(), slots: [] };
        const inputs = new Inputs(this.shapes, await this.classes(probes.probe, { file: d.file, frame }), d, { vars: null }, exception, expected, false);
        const slots = application.d ? inputs.slots : [];
        inputs.has_variables = this.has_variables;
        candidate.way = [...new Set([...way, ...way.flatMap((w) => this.shapes.called_by(w))])];
        await this.surround(candidate, target, inputs, slots, probes);
        return { inputs, slots };
    }
    async scout(candidate, target, slots, probes) {
        const trial = this.trial(candidate, target, slots, slots.map(() => 0));
        return trial && (await this.observed(trial, probes));
    }
    // The same call with as few made-up parts as will do.
    async reduced(candidate, trial, expected, probes, faithful) {
        const again = async (other) => {
            const verdict = await this.attempt(other, expected, probes, { watch: this.watched(expected) });
            return verdict.again && verdict.faithful === faithful;
        };
        let left = REDUCE;
        for (let at = 0; at < trial.nodes.length; at++) {
            const smaller_of = (node) => (node.k === "around" ? (trial.slots[at].smaller?.(node) ?? [])[Symbol.iterator]() : smaller(node));
            let next = smaller_of(trial.nodes[at]);
            for (let node = next.next(); !node.done && left > 0 && !this.late(); node = next.next()) {
                const other = this.same(candidate, trial, trial.nodes.with(at, node.value));
                left--;
                if (!other || !(await again(other))) continue;
                trial = other;
                next = smaller_of(trial.nodes[at]);
            }
        }
        return trial;
    }
    trial(candidate, target, slots, at) {
        try {
            if (target.module) return new Import(candidate.d, target, slots, at);
            return target.web ? new web.WebTrial(target, slots, at) : Object.assign(new Call(candidate.d, target, slots, at), { fresh: candidate.keeps });
        } catch (problem) {
            if (problem instanceof RangeError) return null;
            if (/^no (?:way|constructor)/.test(problem.message)) return null;
            throw problem;
        }
    }
    async attempt(trial, expected, probes, more = {}) {
        this.attempts++;
        const begun = Date.now(), result = await probes.run(trial, more);
        if (result.died && this.endless.size <= ENDLESS) this.turn = Math.min(this.until, this.turn + Date.now() - begun); // others have their time
        trial.thenable = result.thenable;
        return new Verdict(expected, result);
    }
    // What a run of it asks for of what is around it.
    async observed(trial, probes) {
        this.attempts++;
        return (await probes.run(trial, { observe: true, own: Boolean(trial.target.module) })).seen ?? null;
    }
    // The same call with an eye on the variables, then the finished test.
    async settled(candidate, trial, expected, probes) {
        if (this.fallback && candidate.corrections >= CORRECT) {
            const now = await this.attempt(trial, expected, probes, { watch: this.watched(expected) });
            if (now.again && !now.faithful) return null; // there is one such
        }
        probes.renew();
        const result = await probes.run(trial, { watch: this.watched(expected) });
        const verdict = new Verdict(expected, result), { faithful } = verdict;
        if (!verdict.again) return (this.flaky = true), null;
        if (!trial.exact && (faithful || !this.fallback)) trial = await this.reduced(candidate, trial, expected, probes, faithful);
        const other = faithful ? trial : await this.corrected(candidate, { trial, differ: result.raised.differ }, expected, probes);
        if (other !== trial) return this.settled(candidate, other, expected, probes);
        trial.thenable = await this.promises(trial, probes);
        const found = { candidate, trial, expected };
        const settled = await conditions.settle(trial, this.event, expected, (again) => probes.run(again), result.seen, candidate.way ?? [], this.imported);
        if (!settled) return (this.flaky = true), null;
        trial = found.trial = settled;
        if (faithful) return (await this.confirm(found)) ? found : null;
        if (!this.fallback) {
            trial.exact = false;
            trial.guessed = [...trial.guessed, `a variable had another value when the event was sent (${words(result.raised.disagree.slice(0, 3).join(", "), 100)})`];
            this.fallback = found;
        }
        return null;
    }
    // The call with the event's values where its variables differ, as far as they can be put in.
    async corrected(candidate, first, expected, probes) {
        candidate.corrections = (candidate.corrections ?? 0) + 1;
        if (candidate.corrections > CORRECT) return first.trial;
        return corrected(first, async (nodes) => {
            const trial = this.same(candidate, first.trial, nodes), verdict = trial && (await this.attempt(trial, expected, probes, { watch: this.watched(expected) }));
            return verdict?.again ? { trial, differ: verdict.result.raised.differ } : null;
        });
    }
    // The same call with words of the event's message, where it is the event again then.
    async reworded(candidate, trial, verdict, expected, probes) {
        for (const nodes of reworded(trial.nodes, verdict.differ)) {
            candidate.rewordings = (candidate.rewordings ?? 0) + 1;
            const other = candidate.rewordings <= REWORD ? this.same(candidate, trial, nodes) : null;
            if (other && (await this.attempt(other, expected, probes)).again) return other;
        }
        return null;
    }
    // The same call with these inputs.
    same(candidate, trial, nodes) {
        const slots = trial.slots.map((s, i) => ({ ...s, options: [nodes[i]] }));
        return this.trial(candidate, trial.target, slots, slots.map(() => 0));
    }
    // Whether the call answers by a promise: then the test waits for it.
    async promises(trial, probes) {
        if (!trial.call || trial.d.async || trial.d.generator) return false;
        const asked = `let _value; try { _value = ${trial.call}; } catch { return false; } if (_value && typeof _value.then === "function") { _value.then(() => {}, () => {}); return true; }`;
        return Boolean((await probes.run(trial, { code: [...trial.before(), ...trial.writer.lines, asked].join("\n") })).thenable);
    }
    // The test itself, in fresh processes: three times the event again.
    async confirm(found) {
        for (let i = 0; i < CONFIRM; i++) {
            const folder = fs.mkdtempSync(path.join(__dirname, "trial-"));
            const setting = setting_of(this, found.trial, folder, "probe");
            const file = path.join(folder, setting.kind === "esm" ? "trial.mjs" : "trial.cjs");
            fs.writeFileSync(file, text_of(this, found, setting));
            const probe = new Probe(this);
            const result = await probe.run({ file }, 12000);
            probe.close();
            if (!new Verdict(found.expected, result).again) return (this.flaky = true), false;
        }
        return true;
    }
    // What one function's search finds. A fault of the search itself ends this search, not the others, and is said.
    async guarded(candidate, limit, variables) {
        try {
            return await this.search(candidate, limit, variables);
        } catch (fault) {
            return this.faulty(candidate.d.name, fault);
        }
    }
    async requested() {
        try {
            const found = await this.served(QUICK);
            this.fallback = null; // a function may do better than a request that differs
            return found;
        } catch (fault) {
            return this.faulty("the request", fault);
        }
    }
    // A fault of the search itself, said in words for whoever reports it.
    faulty(what, fault) {
        const where = /devflow_\w+\.cjs:\d+/.exec(fault?.stack ?? "")?.[0] ?? "?";
        return this.note(`${words(what, 60)}: a fault of DevFlow's search (${words(fault?.name ?? "Error", 40)} at ${where})`);
    }
    // The same by what called it, which is searched on for some seconds: a test of that calls more of the program, where the fix may stand.
    async called_from(found, all) {
        const outer = all.slice(0, all.indexOf(found.candidate)).filter((c) => c.reached && c.d !== found.candidate.d);
        for (const candidate of outer) {
            this.turn = Math.min(this.until, Date.now() + OUTER_MS / outer.length);
            const other = await this.guarded(candidate, DEEP, this.has_variables);
            if (other) return other;
        }
        return found;
    }
    async find() {
        const all = this.candidates();
        this.found_candidates = [...all];
        const served = this.event.request ? await this.requested() : null;
        if (served) return served;
        if (!all.length) return null;
        say({ progress: `${this.checkout.names.length} files, ${all.length} functions of the trace to call` });
        const passes = this.has_variables ? [[QUICK, true], [DEEP, true], [DEEP / 4, false]] : [[QUICK, false], [DEEP, false]];
        for (const [limit, variables] of passes) {
            for (const [place, candidate] of all.entries()) {
                if (this.late()) break;
                if (candidate.by && all.some((c) => c.d === candidate.d && c.exception === candidate.exception && !c.by)) continue;
                if (candidate.by && all.some((c) => c.d === candidate.by && !c.by && c.reached)) continue;
                say({ progress: `calling ${candidate.d.name.replace(/[^\w.]/g, "_").slice(0, 80) || "a function"}: ${this.attempts} tries so far` });
                // A slow function leaves time to the others.
                const share = (this.until - Date.now()) / (all.length - place + 1);
                this.turn = Date.now() + (limit === QUICK ? Math.min(share, QUICK_MS) : share);
                const found = await this.guarded(candidate, limit, variables);
                // An outer function with an input that is made up is no worse than an inner one with such: it calls more of the program.
                const outer = this.fallback?.candidate !== candidate ? this.fallback : null;
                if (found && !found.trial.exact && outer && (await this.confirm(outer))) return outer;
                if (found) return limit === QUICK ? this.called_from(found, all) : found;
            }
            if (this.fallback && (await this.confirm(this.fallback))) return this.fallback;
            this.fallback = null;
        }
        return null;
    }
}

async function main() {
    const job = new Job(JSON.parse(fs.readFileSync(0, "utf8").split("\n", 1)[0]));
    job.over = true;
    say({ late: not_reproduced(job) });
    job.over = false;
    // Whatever runs when the time is over is ended with this process; what was found until then is said.
    setTimeout(() => {
        job.over = true;
        say({ result: not_reproduced(job) });
        process.exit(0);
    }, Math.max(0, job.until - Date.now()));
    const found = await job.find();
    say({ result: found ? reproduced(job, found) : not_reproduced(job) });
    process.exit(0);
}

main().catch((error) => {
    fs.writeSync(2, `${error?.stack ?? error}\n`.split("\n").slice(0, 8).reverse().join("\n"));
    process.exit(1);
});
