"use strict";
// A process that runs trials, devflow_probe.cjs, as the search sees it: a request, an answer, a limit of time.
const fs = require("fs");
const path = require("path");
const { spawn } = require("child_process");

const START_MS = 20000, GRACE_MS = 2500, LIMIT_MS = 1500, RECYCLE = 400, QUIET_MS = 1000, TICK_MS = 100;

class Probe {
    constructor(job) {
        this.job = job;
        this.folder = fs.mkdtempSync(path.join(__dirname, "run-"));
        this.process = spawn(process.execPath, ["--expose-internals", "--no-warnings", "--max-old-space-size=512", path.join(__dirname, "devflow_probe.cjs")],
            { stdio: ["pipe", "ignore", "ignore", "pipe"], cwd: this.folder, env: { ...process.env, NODE_ENV: "test" } });
        this.process.on("error", () => this.lost());
        this.process.stdin.on("error", () => {});
        this.text = "";
        this.quiet_ms = 0;
        this.waiting = null;
        this.alive = true;
        this.runs = 0;
        this.process.stdio[3].setEncoding("utf8").on("data", (part) => this.heard(part)).on("close", () => this.lost());
        this.ready = this.answer(START_MS);
        this.process.stdin.write(JSON.stringify({ source: job.source, folder: this.folder, types: true }) + "\n");
    }
    // Answers, and empty lines that say that it still turns.
    heard(part) {
        const lines = (this.text + part).split("\n");
        this.text = lines.pop();
        this.quiet_ms = 0;
        for (const line of lines.filter(Boolean)) this.waiting?.(JSON.parse(line));
    }
    lost() {
        this.alive = false;
        this.waiting?.({ died: true });
    }
    // quiet_ms: how long it may say nothing at all, as one that waits for something does not.
    answer(limit_ms, quiet_ms = limit_ms) {
        this.quiet_ms = 0;
        return new Promise((resolve) => {
            const timer = setTimeout(() => this.close(), limit_ms);
            const ticks = setInterval(() => (this.quiet_ms += TICK_MS) > quiet_ms && this.close(), TICK_MS);
            this.waiting = (what) => {
                clearTimeout(timer);
                clearInterval(ticks);
                this.waiting = null;
                resolve(what);
            };
        });
    }
    async run(request, limit_ms, quiet_ms) {
        await this.ready;
        if (!this.alive) return { died: true };
        this.runs++;
        const begun = Date.now(), answer = this.answer(limit_ms, quiet_ms);
        this.process.stdin.write(JSON.stringify(request) + "\n");
        const said = await answer;
        if (!said.died && !said.exit) this.job.slowest_ms = Math.max(this.job.slowest_ms ?? 0, Date.now() - begun);
        return said;
    }
    close() {
        this.alive = false;
        this.process.kill("SIGKILL");
        this.lost();
    }
}

// The process that trials are run in, which is made anew where it has had its day.
class Probes {
    constructor(job) {
        this.job = job;
        this.endless = job.endless ??= new Set();
        this.probe = new Probe(job);
    }
    renew() {
        this.probe.close();
        this.probe = new Probe(this.job);
    }
    close() {
        this.probe.close();
    }
    // more: what is asked beside the trial. What is imported may depend on what is around it, or have done so in the last run.
    async run(trial, more = {}) {
        const old = this.probe, request = { ...trial.request(), fresh: trial.fresh, ...more };
        const what = JSON.stringify([request.imports, request.code, request.around]);
        if (this.endless.has(what)) return { died: true };
        const used = (trial.late || trial.web) && old.runs; // an application that has answered takes no more hooks
        if (!old.alive || old.runs > RECYCLE || old.late || used) this.renew();
        this.probe.late = trial.late;
        const limit_ms = (request.limit_ms ?? LIMIT_MS) + GRACE_MS;
        const said = await this.probe.run(request, limit_ms, Math.min(limit_ms, this.patience_ms));
        if (said.died) this.endless.add(what);
        return said;
    }
    // How long a call may keep its process from all else: a good deal longer than any did that came to an end.
    get patience_ms() {
        return Math.max(QUIET_MS, 8 * (this.job.slowest_ms ?? LIMIT_MS) + QUIET_MS / 2);
    }
}

module.exports = { Probe, Probes, START_MS };
