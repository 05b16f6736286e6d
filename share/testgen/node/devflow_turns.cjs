"use strict";
// What a search goes on from, and in which order.
const BASES = 60;

// What runs have shown.
class Shown {
    constructor() {
        this.signs = new Set();
        this.best = -1;
    }
    // Whether a run is to be gone on from: it shows something new, or came nearer. The first is what the search begins with anyway.
    is_new(verdict) {
        const sign = verdict.sign(), first = this.best < 0;
        if (verdict.nowhere || ((this.signs.has(sign) || this.signs.size >= BASES) && verdict.score <= this.best)) return false;
        this.best = Math.max(this.best, verdict.score);
        this.signs.add(sign);
        return !first;
    }
}

// What came nearest first, for the most part: the nearest may lead nowhere, so others have turns, and what there was at first.
function by_turn(bases, round) {
    const turns = (b) => b.turns ?? 0, begin = round % 3 === 0, rare = round % 6 === 4;
    bases.sort((x, y) => (begin ? (y.score < 0) - (x.score < 0) : 0) || (rare ? turns(x) - turns(y) : 0) || y.score - x.score || turns(x) - turns(y));
}

module.exports = { Shown, by_turn };
