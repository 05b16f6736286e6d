"use strict";
// A process that runs trials, devflow_probe.cjs, as the search sees it: a request, an answer, a limit of time.
const fs = require("fs");
const path = require("path");
const { spawn } = require("child_process");

const START_MS = 20000, GRACE_MS = 2500, LIMIT_MS = 1500, RECYCLE = 400;

class Probe {
    constructor(job) {
        this.folder = fs.mkdtempSync(path.join(__dirname, "run-"));
        this.process = spawn(process.execPath, ["--expose-internals", "--no-warnings", "--max-old-space-size=512", path.join(__dirname, "devflow_probe.cjs")],
            { stdio: ["pipe", "ignore", "ignore", "pipe"], cwd: this.folder, env: { ...process.env, NODE_ENV: "test" } });
        this.process.on("error", () => this.lost());
        this.process.stdin.on("error", () => {});
        this.text = "";
        this.waiting = null;
        this.alive = true;
        this.runs = 0;
        this.process.stdio[3].setEncoding("utf8").on("data", (part) => this.heard(part)).on("close", () => this.lost());
        this.ready = this.answer(START_MS);
        this.process.stdin.write(JSON.stringify({ source: job.source, folder: this.folder, types: true }) + "\n");
    }
    heard(part) {
        this.text += part;
        const end = this.text.indexOf("\n");
        if (end < 0) return;
        const line = this.text.slice(0, end);
        this.text = this.text.slice(end + 1);
        this.waiting?.(JSON.parse(line));
    }
    lost() {
        this.alive = false;
        this.waiting?.({ died: true });
    }
    answer(limit_ms) {
        return new Promise((resolve) => {
            const timer = setTimeout(() => this.close(), limit_ms);
            this.waiting = (what) => {
                clearTimeout(timer);
                this.waiting = null;
                resolve(what);
            };
        });
    }
    async run(request, limit_ms = LIMIT_MS + GRACE_MS) {
        await this.ready;
        if (!this.alive) return { died: true };
        this.runs++;
        const answer = this.answer(limit_ms);
        this.process.stdin.write(JSON.stringify(request) + "\n");
        return answer;
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
    run(trial, more = {}) {
        const old = this.probe;
        const used = (trial.late || trial.web) && old.runs; // an application that has answered takes no more hooks
        if (!old.alive || old.runs > RECYCLE || old.late || used) this.renew();
        this.probe.late = trial.late;
        const request = { ...trial.request(), fresh: trial.fresh, ...more };
        return this.probe.run(request, (request.limit_ms ?? LIMIT_MS) + GRACE_MS);
    }
}

module.exports = { Probe, Probes, START_MS };
