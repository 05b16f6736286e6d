"use strict";
// Code and comments that are too long for a line, on several.
const WIDTH = 110, COMMENT = 116;

// Lines of a comment; what is listed goes on where it began.
const comment = (lines) => lines.flatMap((line) => (line ? wrapped(line, COMMENT).map((l, i) => `// ${i && line.startsWith("- ") ? "  " : ""}${l}`) : "//"));

// Broken at spaces.
function wrapped(line, width) {
    const found = [];
    for (const word of line.split(" "))
        if (found.length && found[found.length - 1].length + word.length < width) found[found.length - 1] += ` ${word}`;
        else found.push(word);
    return found;
}

// (place, character, depth) outside of strings.
function* outside(code) {
    let quote = "", depth = 0;
    for (let i = 0; i < code.length; i++) {
        const c = code[i];
        if (quote) {
            if (c === "\\") i++;
            else if (c === quote) quote = "";
        } else if (c === '"') quote = c;
        else if ("([{".includes(c)) yield [i, c, depth++];
        else if (")]}".includes(c)) yield [i, c, --depth];
        else yield [i, c, depth];
    }
}

// Broken at the commas of its outermost brackets where it is too long.
function layout(code, indent, width = WIDTH) {
    if (code.length + indent <= width) return code;
    let begin = -1, end = -1;
    for (const [i, c, depth] of outside(code)) {
        if (depth === 0 && "([{".includes(c)) begin = i;
        if (depth === 0 && ")]}".includes(c)) end = i;
    }
    if (begin < 0 || end < begin) return code;
    const inner = code.slice(begin + 1, end), parts = [];
    let at = 0;
    for (const [i, c, depth] of outside(inner))
        if (c === "," && depth === 0) parts.push(inner.slice(at, i).trim()), (at = i + 1);
    parts.push(inner.slice(at).trim());
    const full = parts.filter(Boolean), pad = " ".repeat(indent + 4);
    if (!full.length) return code;
    if (full.length === 1 && code[begin] === "(") return code.slice(0, begin + 1) + layout(full[0], indent, width) + code.slice(end);
    return code.slice(0, begin + 1) + full.map((p) => `\n${pad}${layout(p, indent + 4, width)},`).join("") + "\n" + " ".repeat(indent) + code.slice(end);
}

module.exports = { layout, comment, wrapped };
