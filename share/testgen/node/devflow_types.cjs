"use strict";
// TypeScript: what this Node or this checkout can turn it into JavaScript with. Used to read it as text and, in a probe, to run it.
const module_ = require("module");
const path = require("path");

function find(root, name) {
    try {
        return module_.createRequire(path.join(root, "package.json"))(name);
    } catch {
        return null;
    }
}

// Another package's copy of esbuild: tsx and vite bring one.
function nested(root, name, inner) {
    try {
        const own = module_.createRequire(path.join(root, "package.json")).resolve(name);
        return module_.createRequire(own)(inner);
    } catch {
        return null;
    }
}

function transformers(root) {
    const ts = find(root, "typescript");
    const esbuild = find(root, "esbuild") ?? nested(root, "tsx", "esbuild") ?? nested(root, "vite", "esbuild");
    const swc = find(root, "@swc/core");
    const found = [];
    if (ts?.transpileModule)
        found.push({
            name: "typescript",
            run(file, text, format) {
                const done = ts.transpileModule(text, {
                    fileName: file,
                    compilerOptions: {
                        target: ts.ScriptTarget.ES2022, module: format === "cjs" ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext, sourceMap: true,
                        esModuleInterop: true, experimentalDecorators: true, emitDecoratorMetadata: false, jsx: ts.JsxEmit.React, removeComments: false,
                    },
                });
                return { text: done.outputText.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"), map: JSON.parse(done.sourceMapText) };
            },
        });
    if (esbuild?.transformSync)
        found.push({
            name: "esbuild",
            run(file, text, format) {
                const done = esbuild.transformSync(text, { loader: /x$/.test(file) ? "tsx" : "ts", format: format === "cjs" ? "cjs" : undefined, sourcemap: true, sourcefile: file, target: "node18" });
                return { text: done.code, map: JSON.parse(done.map) };
            },
        });
    if (swc?.transformSync)
        found.push({
            name: "@swc/core",
            run(file, text, format) {
                const done = swc.transformSync(text, {
                    filename: file, sourceMaps: true, module: { type: format === "cjs" ? "commonjs" : "es6" }, swcrc: false,
                    jsc: { target: "es2022", parser: { syntax: "typescript", tsx: /x$/.test(file), decorators: true } },
                });
                return { text: done.code, map: JSON.parse(done.map) };
            },
        });
    if (module_.stripTypeScriptTypes)
        found.push({ name: "Node's type stripping", strips: true, run: (file, text) => ({ text: module_.stripTypeScriptTypes(text), map: null }) });
    return { found, ts };
}

class Types {
    constructor(root) {
        this.root = root;
        const { found, ts } = transformers(root);
        this.found = found;
        this.ts = ts;
        this.native = Boolean(process.features.typescript);
    }
    get name() {
        return this.native ? "Node's type stripping" : this.found.find((f) => !f.strips)?.name ?? null;
    }
    // JavaScript with the map back, or null where nothing can read the file.
    parsable(file, text) {
        for (const f of this.found) {
            try {
                return f.run(file, text, "esm");
            } catch {
                continue;
            }
        }
        return null;
    }
    // In a probe: require() takes TypeScript. Returns the maps of what was turned, by file.
    hook() {
        const maps = new Map(), compiled = new Map(); // a file is read again and again
        const use = this.found.find((f) => !f.strips);
        if (!use) return maps;
        const compile = (mod, file) => {
            if (!compiled.has(file)) {
                const done = use.run(file, require("fs").readFileSync(file, "utf8"), "cjs");
                compiled.set(file, done.text);
                maps.set(file, new module_.SourceMap(done.map));
            }
            mod._compile(compiled.get(file), file);
        };
        for (const ext of [".ts", ".mts", ".cts", ".tsx"]) module_._extensions[ext] = compile;
        const resolve = module_._resolveFilename;
        module_._resolveFilename = function (request, parent, ...rest) {
            try {
                return resolve.call(this, request, parent, ...rest);
            } catch (error) {
                if (!/^\.{0,2}\//.test(request) || !/\.[cm]?jsx?$/.test(request)) throw error;
                return resolve.call(this, request.replace(/\.([cm]?)jsx?$/, ".$1ts"), parent, ...rest);
            }
        };
        return maps;
    }
}

module.exports = { Types };
