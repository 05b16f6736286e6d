"use strict";
// Methods and functions of the language that tell of which kind a value is.

const STRING = new Set(["split", "trim", "toUpperCase", "toLowerCase", "charAt", "charCodeAt", "codePointAt", "startsWith", "endsWith", "padStart", "padEnd", "replace", "replaceAll",
    "substring", "substr", "match", "matchAll", "normalize", "localeCompare", "trimStart", "trimEnd", "repeat", "search"]);
const ARRAY = new Set(["map", "filter", "forEach", "reduce", "reduceRight", "some", "every", "find", "findIndex", "findLast", "push", "pop", "shift", "unshift", "splice", "sort", "reverse",
    "join", "flat", "flatMap", "fill", "toSorted", "toReversed", "with"]);
const SAME = new Set(["filter", "slice", "sort", "reverse", "concat", "toSorted", "toReversed", "splice", "flat"]);
const DATE = new Set(["getTime", "getFullYear", "getUTCFullYear", "getMonth", "getUTCMonth", "getDate", "getUTCDate", "getDay", "getHours", "toISOString", "getTimezoneOffset", "toUTCString",
    "toDateString", "setDate", "setUTCDate", "getMinutes", "getUTCHours", "getUTCDay", "toLocaleDateString"]);
const BUFFER = /^(?:read|write)(?:U?Int|Big|Float|Double)|^subarray$|^copy$/;
const KEPT = new Set(["trim", "trimStart", "trimEnd", "toUpperCase", "toLowerCase", "normalize", "replace", "replaceAll"]);
const NUMBER = new Set(["toFixed", "toPrecision", "toExponential"]);
const NUMBERS = new Set(["Number", "parseInt", "parseFloat", "isNaN", "BigInt"]);

module.exports = { STRING, ARRAY, SAME, DATE, BUFFER, KEPT, NUMBER, NUMBERS };
