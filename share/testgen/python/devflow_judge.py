"""Whether a run is the event again: the same type and message, up to addresses and ids, in the same function, by the same way."""

import difflib

from devflow_probe import plain
from devflow_values import FILTERED

WORD = 4  # the fewest letters of a replaced value that is looked for within texts


def last_name(function):
    return function.split(".")[-1]


class Expected:
    """What the event says of one exception from one frame on."""

    def __init__(self, checkout, exception, frame_at, replaced=()):
        self.type, self.value, self.replaced = exception["type"], exception["value"] or "", replaced
        self.steps, self.parameters = [], {}
        for frame in exception["frames"]:
            if frame["number"] < frame_at:
                continue
            file = checkout.of_frame(frame) if frame["app"] else None
            if file:
                text = (frame["text"] or file.line(frame["line"])).strip()
                name = last_name(frame["function"])
                self.steps.append((file.relative, name, text, frame["line"], frame))
                d = file.definition(frame["function"], frame["line"], frame["text"])
                self.parameters.setdefault(name, set()).update(p[0] for p in d.parameters()) if d else None

    @property
    def crash(self):
        return self.steps[-1] if self.steps else None

    def lines(self):
        return sorted({(s[0], s[3]) for s in self.steps})

    def is_beside(self, function, name):
        """Whether a variable is neither an argument nor one of the function that raised: another value of it is no other call."""
        return function in self.parameters and function != self.crash[1] and name not in self.parameters[function]

    def told_of(self, function, name):
        said = next((s[4]["vars"][name] for s in reversed(self.steps) if s[1] == function and name in (s[4].get("vars") or {})), None)
        return f"{name} was {str(said):.60} in {function} when the event was sent"

    def variables(self):
        """[file, function, vars] of the last frame of each function, for the probe to compare."""
        found = {}
        for file, function, _, _, frame in self.steps:
            if frame.get("vars"):
                found[file, function] = as_sent(frame["vars"], self.replaced)
        return [[f, n, v] for (f, n), v in found.items()]


def as_sent(said, replaced):
    """Variables without the values that stand in for secrets and personal data: what a run makes of such is another."""
    if isinstance(said, dict):
        return {k: as_sent(v, replaced) for k, v in said.items()}
    if isinstance(said, list):
        return [as_sent(v, replaced) for v in said]
    stands_in = isinstance(said, str) and (said.strip("'\"") in replaced or any(len(r) >= WORD and r in said for r in replaced))
    return FILTERED if stands_in else said


DEEP = "maximum recursion depth exceeded"


def same_message(said, got):
    said, got = plain(said.strip()), plain(got.strip())
    if said.startswith(DEEP):
        return got.startswith(DEEP)
    if said == got:
        return True
    if said.endswith("...") and len(said) > 40:
        return got.startswith(said[:-3])
    if "[Filtered]" in said:
        parts = said.split("[Filtered]")
        return got.startswith(parts[0]) and got.endswith(parts[-1])
    return False


def likeness(said, got):
    """From 0 to 1: how much of one message is in another."""
    return round(difflib.SequenceMatcher(None, plain(said)[:300], plain(got)[:300], autojunk=False).ratio(), 1)


def same_type(said, link):
    return said in (link["type"], link["name"]) or said.split(".")[-1] == link["name"]


def folded(steps):
    """Without repetition: recursion is as deep as the run's own stack lets it be."""
    seen, out = set(), []
    for s in steps:
        if s not in seen:
            seen.add(s)
            out.append(s)
    return out


def way(expected, link):
    """(how much of the way is the same, whether all of it): frames from the candidate to the crash."""
    if not expected.steps:
        return 0, False
    wanted = [(s[0], s[1], s[2]) for s in expected.steps]
    frames = [(f["file"], f["function"], f["text"]) for f in link["frames"]]
    begin = next((i for i, f in enumerate(frames) if f[:2] == wanted[0][:2]), None)
    if begin is None:
        return 0, False
    frames = frames[begin:]
    same = 0
    while same < min(len(wanted), len(frames)) and frames[same] == wanted[same]:
        same += 1
    if frames == wanted:
        return len(wanted), True
    deep = len(set(wanted)) < len(wanted)
    if expected.type == "RecursionError" and deep:
        often = {w[:2] for w in wanted if wanted.count(w) > 2}
        # Where the stack ends is chance: in what recurs, or in a function that it calls.
        ends = frames[-1][:2] in {w[:2] for w in wanted} or len(frames) > 1 and frames[-2][:2] in often
        alike = bool(often) and often <= {f[:2] for f in frames} and len(frames) > 30 and ends
        return (len(wanted), True) if alike else (same, False)
    alike = deep and frames[-1] == wanted[-1] and folded([f[:2] for f in frames]) == folded([w[:2] for w in wanted])
    return (len(wanted), True) if alike else (same, False)


class Verdict:
    def __init__(self, expected, result):
        self.result, self.score, self.again, self.faithful, self.disagree = result, 0.0, False, True, []
        self.beside, self.told = True, []
        chain = result.get("raised")
        self.passed = chain is None and "raised" in result
        self.died = not ("raised" in result)
        self.score = 1.0 * result.get("reached", 0)
        if not chain:
            return
        link = chain[0]
        same, whole = way(expected, link)
        self.score += same
        self.typed = same_type(expected.type, link)
        worded = same_message(expected.value, link["message"])
        if whole:
            self.score += 2 * self.typed + (3 if worded else 2 * likeness(expected.value, link["message"]) * self.typed)
        self.again = bool(whole and self.typed and worded)
        for frame in {(f["file"], f["function"]): f for f in link["frames"]}.values():  # of a recursion the innermost
            self.disagree += [(frame["function"], n, a) for n, a in (frame.get("vars") or {}).items() if a in (False, "absent")]
        self.others = [(function, name) for function, name, answer in self.disagree if answer is False]
        self.faithful = not self.others
        self.beside = all(expected.is_beside(*other) for other in self.others)
        self.told = [expected.told_of(*other) for other in self.others]

    def links(self):
        """The exceptions of what was raised, that at the root first."""
        return list(reversed(self.result.get("raised") or ()))[:3]

    def shown(self):
        """What one run shows as another: which exceptions where, and which lines."""
        chain = self.result.get("raised") or ()
        places = tuple((link["name"], *((link["frames"][-1]["file"], link["frames"][-1]["line"]) if link["frames"] else ())) for link in chain)
        return places, self.result.get("reached"), self.result.get("lines"), self.score

    def said(self):
        chain = self.result.get("raised")
        if self.died:
            return "the run was ended: it took too long, or too much memory"
        if not chain:
            return "it returned without an exception"
        link = chain[0]
        place = link["frames"][-1]["function"] if link["frames"] else "another place"
        return f"it raised {link['name']}: {link['message'][:120]} in {place}"
