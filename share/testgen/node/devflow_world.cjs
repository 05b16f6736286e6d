"use strict";
// The conditions of an event: what a reader should know of it, in lines of plain words.
const CRUMBS = 5;

// Text for a comment: one line, nothing invisible, nothing that could end it.
function words(text, limit = 300) {
    const line = String(text ?? "").replace(/\s+/g, " ").trim();
    const cut = line.length > limit ? line.slice(0, limit - 3) + "..." : line;
    return cut.replace(/[^\x20-\x7e]/gu, (c) => (/[\p{L}\p{N}\p{P}\p{S}]/u.test(c) && !/[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u.test(c) ? c : `\\u{${c.codePointAt(0).toString(16)}}`)).replace(/\*\//g, "* /");
}

function flags(event) {
    const values = event.contexts?.flags?.values;
    return (Array.isArray(values) ? values : []).filter((i) => i && typeof i.flag === "string").map((i) => `${i.flag}=${i.result}`);
}

function short(data) {
    if (!data || typeof data !== "object") return "";
    const first = (...keys) => keys.map((k) => data[k]).find((v) => v !== undefined && v !== null);
    return [first("method", "http.method"), first("url", "http.url"), first("status_code", "http.response.status_code", "http.status_code")].filter((v) => v !== undefined).join(" ");
}

const spoken = (name) => (name === "?" ? "a function without a name" : words(name, 80));

function described(event, expected) {
    const lines = [];
    const crash = expected?.crash;
    if (crash) {
        const way = [...new Set(expected.steps.map((s) => spoken(s.name)))].slice(0, 8);
        lines.push(`Raised in ${spoken(crash.name)} (${words(crash.relative, 160)}:${crash.line})${way.length > 1 ? `, called by way of ${words(way.join(" > "), 200)}` : ""}.`);
    }
    const seen = [event.release && `release ${words(event.release, 80)}`, event.environment && `environment ${words(event.environment, 60)}`,
        event.created_ms && `at ${new Date(event.created_ms).toISOString().slice(0, 19).replace("T", " ")} UTC`].filter(Boolean);
    if (seen.length) lines.push(`Seen in ${seen.join(", ")}.`);
    if (event.request?.url) lines.push(`Request: ${words(event.request.method || "GET", 10)} ${words(event.request.url.split("?")[0], 200)}`);
    const on = flags(event);
    if (on.length) lines.push(`Feature flags: ${words(on.join(", "), 300)}`);
    const crumbs = (event.breadcrumbs ?? []).filter((c) => c.message || c.category).slice(-CRUMBS);
    if (crumbs.length) lines.push("Just before:", ...crumbs.map((c) => `- ${words(c.category || c.type || "event", 40)}: ${words(c.message || short(c.data), 120)}`));
    if (event.url) lines.push(words(event.url, 300));
    return lines;
}

module.exports = { words, described };
