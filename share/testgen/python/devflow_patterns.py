"""Texts that a regular expression takes."""

import functools
import re
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    try:
        from re import _constants as names, _parser as parser
    except ImportError:  # before Python 3.11
        import sre_constants as names
        import sre_parse as parser

MOST, LONGEST, OPTIONAL, BRANCHES = 8, 80, 4, 4
CATEGORIES = {names.CATEGORY_DIGIT: "1", names.CATEGORY_SPACE: " ", names.CATEGORY_WORD: "a", names.CATEGORY_NOT_DIGIT: "a",
              names.CATEGORY_NOT_SPACE: "a", names.CATEGORY_NOT_WORD: "-"}
USUAL = "a1 -.:/A,;_"


@functools.lru_cache(maxsize=256)
def samples(pattern, flags=0):
    """Texts that the pattern takes: with all of what may be missing, with none, with each alone; of each alternative."""
    try:
        tree, takes = parser.parse(pattern, flags), re.compile(pattern, flags)
    except (re.error, ValueError, OverflowError, RecursionError):
        return []
    ways = [lambda at: True, lambda at: False, *(lambda at, i=i: at == i for i in range(OPTIONAL))]
    found = [Sample(way, branch).of(tree) for branch in range(BRANCHES) for way in ways]
    return [text for text in dict.fromkeys(found) if text and len(text) <= LONGEST and takes.search(text)][:MOST]


class Sample:
    """whole(i) says whether the i-th part that may be missing is there; branch, which alternative is taken, of few characters, too."""

    def __init__(self, whole, branch):
        self.whole, self.branch, self.optional, self.groups = whole, branch, 0, {}

    def of(self, tree):
        return "".join(self.part(op, argument) for op, argument in tree)

    def part(self, op, argument):
        if op is names.LITERAL:
            return chr(argument)
        if op is names.NOT_LITERAL:
            return next(c for c in USUAL if ord(c) != argument)
        if op is names.ANY:
            return "a"
        if op is names.IN:
            return self.member(argument)
        if op is names.SUBPATTERN:
            text = self.of(argument[-1])
            self.groups[argument[0]] = text
            return text
        if op is names.BRANCH:
            return self.of(argument[1][min(self.branch, len(argument[1]) - 1)])
        if op is names.GROUPREF:
            return self.groups.get(argument, "")
        if op in (names.MAX_REPEAT, names.MIN_REPEAT) or str(op) == "POSSESSIVE_REPEAT":
            return self.repeated(*argument)
        if str(op) == "ATOMIC_GROUP":
            return self.of(argument)
        return ""  # a place, or what stands before or after

    def repeated(self, least, most, tree):
        if least == 0:
            self.optional += 1
            return self.of(tree) if self.whole(self.optional - 1) else ""
        return "".join(self.of(tree) for _ in range(min(least, LONGEST)))

    def member(self, choices):
        if choices[0][0] is names.NEGATE:
            return next((c for c in USUAL if not any(has(choice, c) for choice in choices[1:])), "a")
        op, argument = choices[min(self.branch, len(choices) - 1)]
        return chr(argument) if op is names.LITERAL else chr(argument[0]) if op is names.RANGE else CATEGORIES.get(argument, "a")


def has(choice, c):
    op, argument = choice
    if op is names.LITERAL:
        return ord(c) == argument
    if op is names.RANGE:
        return argument[0] <= ord(c) <= argument[1]
    kind = {names.CATEGORY_DIGIT: c.isdigit(), names.CATEGORY_SPACE: c.isspace(), names.CATEGORY_WORD: c.isalnum() or c == "_"}
    kind.update({names.CATEGORY_NOT_DIGIT: not c.isdigit(), names.CATEGORY_NOT_SPACE: not c.isspace(), names.CATEGORY_NOT_WORD: not (c.isalnum() or c == "_")})
    return kind.get(argument, False)


__all__ = ["samples"]
