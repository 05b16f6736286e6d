"""More of node_programs_unseen_k.py."""

from node_programs import CJS, ESM, program

# Undo beyond the first state: the key's handler asks only whether the editor is read-only.
program("k_undo_keys", {"package.json": ESM, "src/history.js": '''
export class History {
    #states;
    #at = 0;

    constructor(first) {
        this.#states = [first];
    }

    get canUndo() {
        return this.#at > 0;
    }

    push(state) {
        this.#states.length = this.#at + 1;
        this.#states.push(state);
        this.#at++;
    }

    undo() {
        this.#at--;
        return this.#states[this.#at];
    }
}
''', "src/editor.js": '''
import { History } from "./history.js";

export class Editor {
    #history;

    constructor(text, { readOnly = false } = {}) {
        this.readOnly = readOnly;
        this.#history = new History({ text, cursor: text.length });
        this.show({ text, cursor: text.length });
    }

    show(state) {
        this.text = state.text;
        this.cursor = Math.min(state.cursor, state.text.length);
    }

    type(letters) {
        const text = this.text.slice(0, this.cursor) + letters + this.text.slice(this.cursor);
        const state = { text, cursor: this.cursor + letters.length };
        this.#history.push(state);
        this.show(state);
    }

    key(name) {
        if (this.readOnly) return;
        if (name === "ctrl+z") this.show(this.#history.undo());
        else if (name.length === 1) this.type(name);
    }
}

export function replay(text, keys) {
    const editor = new Editor(text);
    for (const key of keys) editor.key(key);
    return editor.text;
}
'''}, """import { replay } from 'SOURCE/src/editor.js'
export default (async () => replay('tea', ['s', '!', 'ctrl+z', 'ctrl+z', 'ctrl+z']))()""",
        [("src/editor.js", 'if (name === "ctrl+z") this.show(this.#history.undo());\n', 'if (name === "ctrl+z") {\n            if (this.#history.canUndo) this.show(this.#history.undo());\n        }\n')])

# The geocoder knows no such place, and answers with an empty list.
program("k_geocode_fetch", {"package.json": CJS, "src/geocoder.js": '''
"use strict";

class Geocoder {
    constructor(base = process.env.GEOCODER_URL) {
        this.base = base;
        this.known = new Map();
    }

    async locate(place) {
        if (this.known.has(place)) return this.known.get(place);
        const response = await fetch(`${this.base}/search?q=${encodeURIComponent(place)}`);
        if (!response.ok) throw new Error(`geocoder: ${response.status}`);
        const { results } = await response.json();
        const { lat, lon } = results[0].position;
        this.known.set(place, { lat, lon });
        return { lat, lon };
    }
}

module.exports = { Geocoder };
''', "src/route.js": '''
"use strict";

const { Geocoder } = require("./geocoder");

function kilometres(a, b) {
    const x = ((b.lon - a.lon) * Math.PI * Math.cos(((a.lat + b.lat) * Math.PI) / 360)) / 180;
    const y = ((b.lat - a.lat) * Math.PI) / 180;
    return Math.round(Math.hypot(x, y) * 6371);
}

async function distance(from, to, geocoder = new Geocoder()) {
    const start = await geocoder.locate(from);
    const end = await geocoder.locate(to);
    return kilometres(start, end);
}

module.exports = { distance };
'''}, "(process.env.GEOCODER_URL = await serve((url) => (url.includes('Bern') ? [200, '{\"results\": [{\"position\": {\"lat\": 46.9, \"lon\": 7.4}}]}'] : [200, '{\"results\": []}'])), await require('SOURCE/src/route.js').distance('Bern', 'Nowhereville'))",
        [("src/geocoder.js", "        const { lat, lon } = results[0].position;\n", "        if (!results.length) return null;\n        const { lat, lon } = results[0].position;\n"),
         ("src/route.js", "    return kilometres(start, end);\n", "    return start && end ? kilometres(start, end) : null;\n")])

# Flags as a list of names, where JSON is expected of the environment.
program("k_flags_environment", {"package.json": CJS, "src/flags.js": '''
"use strict";

function readFlags(environment = process.env) {
    const text = environment.SHOP_FLAGS || "{}";
    return JSON.parse(text);
}

function isOn(flags, name, user) {
    const flag = flags[name];
    if (flag === undefined) return false;
    return flag === true || (Array.isArray(flag.users) && flag.users.includes(user));
}

module.exports = { readFlags, isOn };
''', "src/checkout.js": '''
"use strict";

const { readFlags, isOn } = require("./flags");

function steps(user) {
    const flags = readFlags();
    const names = ["cart", "address"];
    if (isOn(flags, "giftwrap", user.id)) names.push("giftwrap");
    return [...names, isOn(flags, "one-click", user.id) ? "confirm" : "payment"];
}

module.exports = { steps };
'''}, "(process.env.SHOP_FLAGS = 'giftwrap,one-click', require('SOURCE/src/checkout.js').steps({ id: 'u-12' }))",
        [("src/flags.js", "    return JSON.parse(text);\n", "    if (!text.startsWith(\"{\")) return Object.fromEntries(text.split(\",\").map((name) => [name.trim(), true]));\n    return JSON.parse(text);\n")])

# The manifest of an old build has no entry points.
program("k_asset_manifest", {"package.json": ESM, "src/manifest.js": '''
import { readFile } from "node:fs/promises";

export async function readManifest(path = "manifest.json") {
    const manifest = JSON.parse(await readFile(path, "utf8"));
    if (manifest.version > 3) throw new Error(`manifest of version ${manifest.version}`);
    return manifest;
}
''', "src/tags.js": '''
import { readManifest } from "./manifest.js";

const TAG = { js: (url) => `<script type="module" src="${url}"></script>`, css: (url) => `<link rel="stylesheet" href="${url}">` };

function tag(url) {
    const make = TAG[url.split(".").at(-1)];
    return make ? make(url) : "";
}

export async function tagsFor(entry, { base = "/assets/" } = {}) {
    const manifest = await readManifest();
    const files = manifest.entrypoints[entry];
    return files.map((file) => tag(base + file)).join("\\n");
}
'''}, """import { tagsFor } from 'SOURCE/src/tags.js'
export default (async () => (folder_of({ 'manifest.json': '{"version": 2, "files": {"admin.js": "admin.1f.js"}}' }), await tagsFor('admin')))()""",
        [("src/tags.js", "manifest.entrypoints[entry];", "manifest.entrypoints?.[entry] ?? [manifest.files?.[`${entry}.js`]].filter(Boolean);")])
