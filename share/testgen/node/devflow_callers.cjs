"use strict";
// Where a fix may stand that the call of a test does not show: in a function before it that could not be called, in a module of data, in what makes the values
// of the call. The test knows how the event's own folders read, and is skipped when they read otherwise and it still fails.
const { createHash } = require("crypto");
const { existsSync, readFileSync, readdirSync, statSync } = require("fs");
const path = require("path");
const { join } = path;
const { escaped, last_name } = require("./devflow_source.cjs");
const { imports_of } = require("./devflow_shapes.cjs");
const { comment } = require("./devflow_text.cjs");
const { LEFT_OUT, adding, producers } = require("./devflow_producers.cjs");

const MOST = 60;

// Lists what is in a folder.
const LISTS = /\b(?:readdir|readdirSync|opendir|opendirSync|scandir|globby|globSync|glob)\b/;

// This stands in the test, too. roots: paths, and how each folder is read (ends: of the data that is meant), null for a file; leftOut: of a folder.
function digestOf(roots, leftOut) {
    const whole = createHash("sha256");
    for (const [root, options] of roots) {
        if (!existsSync(root)) continue;
        const names = options ? readdirSync(root, options).map((name) => name.replaceAll("\\", "/")) : [""];
        const isSource = (name) => /\.[cm]?[jt]sx?$/.test(name) && !leftOut.test(name);
        const counts = options?.ends ? (name) => options.ends.some((end) => name.endsWith(end)) : isSource;
        for (const name of names.filter((n) => !n || counts(n)).sort()) {
            const file = join(root, name);
            if (statSync(file, { throwIfNoEntry: false })?.isFile()) whole.update(readFileSync(file, "utf8").replace(/\s+/g, " "));
        }
    }
    return whole.digest("hex").slice(0, 16);
}

// The functions of the test that say whether its source has changed. rows: the folders as properties of an object; root: the code for the path of a folder.
const lines_of = (rows, root, { why, digest }) => [
    ...comment([`${why}, so the call may go on failing after a fix. This says whether there was one: by the text of the source files and data, whatever their spaces, but for tests.`]),
    "function sourceHasChanged() {",
    "    const folders = {", ...rows.map((row) => `        ${row},`), "    };",
    `    const roots = Object.entries(folders).map(([folder, options]) => [${root}, options]);`,
    `    return digestOf(roots, ${LEFT_OUT}) !== "${digest}";`,
    "}", "", ...digestOf.toString().split("\n"),
];

// The folder of a file's package that the file is in: with all below it, or the package's own files where it is one of these.
function folder_of(checkout, file) {
    let base = path.dirname(file.full);
    while (base !== checkout.root && base.startsWith(checkout.root) && !existsSync(path.join(base, "package.json"))) base = path.dirname(base);
    const [first, ...rest] = path.relative(base, file.full).split(path.sep);
    return rest.length ? { full: path.join(base, first), options: { recursive: true } } : { full: base, options: {} };
}

// The files, and those of the checkout that they import, and these.
function near(checkout, files) {
    const found = [...files];
    for (const file of found)
        for (const i of imports_of(file).values()) {
            const other = found.length < MOST ? checkout.resolve(file, i.file) : null;
            if (other && !found.includes(other)) found.push(other);
        }
    return found;
}

// The folders of data within packages that these files list and name: a fix may add to them. What lies elsewhere may be any machine's own.
function listed(checkout, files, packages) {
    const listing = files.filter((file) => LISTS.test(file.text)), found = new Map();
    const is_listed = (folder) => listing.some((file) => new RegExp(`["'\`/]${escaped(folder)}["'\`/]`).test(file.text));
    for (const full of listing.length ? checkout.data : []) {
        const folder = path.dirname(full), within = packages.some((p) => p.options.recursive && folder.startsWith(p.full + path.sep));
        if (within && is_listed(path.basename(folder))) found.set(folder, new Set(found.get(folder)).add(path.extname(full)));
    }
    return [...found].map(([full, ends]) => ({ full, options: { ends: [...ends].sort() } }));
}

// The folders of files, of those that are called as tests are, and the data that they name: a fix may be in a table.
function folders_of(checkout, files) {
    const like_tests = files.filter((file) => LEFT_OUT.test(file.relative)).map((file) => ({ full: path.dirname(file.full), options: {} }));
    const data = checkout.data.filter((full) => files.some((file) => file.text.includes(path.basename(full)))).slice(0, MOST).map((full) => ({ full, options: null }));
    const own = files.map((file) => folder_of(checkout, file));
    const found = new Map([...like_tests, ...data, ...listed(checkout, files, own), ...own].map((f) => [f.full, f]));
    return [...found.values()].sort((a, b) => (a.full < b.full ? -1 : 1));
}

// { files of the event's frames, names of functions before the way from the call to the crash, whether a library called the first of the checkout's,
// frames of the program before the way }
function before(checkout, exceptions, way) {
    const files = new Set(), names = new Set(), outer = [];
    let handed = false;
    for (const { frames } of exceptions) {
        const own = frames.map((frame) => (frame.app ? checkout.of_frame(frame) : null));
        const first = own.findIndex(Boolean);
        handed ||= frames.slice(0, Math.max(first, 0)).some((f) => /node_modules/.test(f.path || f.file || ""));
        let on = false; // what a cause's frames have further on is called
        frames.forEach((frame, i) => {
            if (frame.app && !on && !own[i]) outer.push(frame);
            if (!own[i]) return;
            const { file, line } = checkout.canonical(own[i], frame.line, frame.column ?? 0);
            files.add(own[i]).add(file);
            const d = file.definition(last_name(frame.function), line);
            on ||= way.has(d);
            if (!on && !d) outer.push(frame);
            if (d && !on) names.add(d.name || "a function without a name");
        });
    }
    return { files, names: [...names], handed, outer };
}

// Of an input that is the event's, but may have been made by these parts.
function guard_of_parts(places) {
    if (!places.length) return null;
    return { places, names: [], why: "What called this is not called here", said: "what may have made its input has changed: the fix may be there" };
}

// { folders: [{ full, options }], digest, why, said, names }, the same of parts (guard_of_parts), or null where the test needs none.
function guard(checkout, exceptions, expected, trial) {
    const { exact } = trial, called = trial.web ? trial.application.d : trial.d;
    const way = new Set([called, ...expected.steps.map((s) => s.definition)].filter(Boolean));
    const { files, names, handed, outer } = before(checkout, exceptions, way);
    const alone = exact && !names.length && (!handed || trial.web);
    if (alone && trial.web) return null;
    const folder = alone && folder_of(checkout, called.file);
    const others = alone ? adding(checkout, trial, way, folder, near(checkout, [called.file])) : [];
    if (alone && !others.length) return guard_of_parts(producers(checkout, trial, outer, way, folder));
    const sorted = folders_of(checkout, near(checkout, [...files, ...others, ...[...way].map((d) => d.file)]));
    return {
        folders: sorted, digest: digestOf(sorted.map(({ full, options }) => [full, options]), LEFT_OUT), names,
        why: others.length ? "What other modules add as they are imported is not here" : exact ? "What came before this call is not called here" : "The input is partly made up",
        said: exact ? "what comes before it has changed: the fix may be there" : "the source has changed: the fix may be for another input",
    };
}

module.exports = { guard, lines_of };
