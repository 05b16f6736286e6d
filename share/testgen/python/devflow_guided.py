"""The search for an input of which the event says little. Every run that shows something new (another line, another exception) is a place to go on
from; those that came furthest along the trace are gone on from most. What a run's own exception asks for is tried first, then what the event's speaks for."""

import itertools

from devflow_changes import mutants, replaced
from devflow_forms import Written
from devflow_inputs import Omitted
from devflow_repair import Repairs
from devflow_steps import again, before, objects_of, supplied
from devflow_values import Call, Lit, Obj, Ref, Step

BASES, ENDED, FURTHER, STEPS, PAIRS = 160, 3, 2.0, 4, 20


class Base:
    """An input that was run: its place in the options, how far it came, and its changes yet to try."""

    def __init__(self, combination, verdict, depth):
        self.combination, self.score, self.depth, self.spent = combination, verdict.score, depth, 0
        self.links = verdict.links()
        self.changes = None


def interleaved(lists):
    """One of each in turn."""
    for group in itertools.zip_longest(*lists):
        yield from (x for x in group if x is not None)


def class_of(node):
    """The key of the class that makes an object, or None."""
    return node.target.key() if isinstance(node, Call) and not node.method else node.cls.key() if isinstance(node, Obj) else None


def alike(step, given):
    """The step with the call's own arguments for those of the same name."""
    other = Step(step.method, [(name, given.get(name, value)) for name, value in step.kwargs], step.why)
    other.keys = step.keys
    return other


class Guided:
    """inputs: those of the candidate. attempt(combination) runs one and returns (verdict, trial); errors: [(type, message)] of the event's chain."""

    def __init__(self, inputs, attempt, errors):
        self.inputs, self.attempt, self.errors = inputs, attempt, errors
        self.repairs = Repairs(inputs.builder, inputs.literals)
        self.bases, self.seen, self.tried, self.supplied, self.ended = [], set(), set(), set(), 0

    def found(self, late):
        """(combination, verdict, trial) of runs that are the event again, until nothing is left to try or `late()`."""
        first = tuple([0] * len(self.inputs.options))
        for begin in [first, *self.inputs.examples()]:
            yield from self.run(begin, 0)
        while self.bases and not late() and self.ended < ENDED:
            best = max(b.score for b in self.bases)
            base = min(self.bases, key=lambda b: ((1 + b.spent) * FURTHER ** (best - b.score) * (1 + b.depth / 4), b.depth))
            base.spent += 1
            if base.changes is None:
                base.changes = self.changes(base)
            combination = next(base.changes, None)
            if combination is None:
                self.bases.remove(base)
            else:
                yield from self.run(combination, base.depth + 1)

    def run(self, combination, depth):
        key = repr([self.inputs.options[i][c].key() for i, c in enumerate(combination)])
        if key in self.tried:
            return
        self.tried.add(key)
        verdict, trial = self.attempt(combination)
        if verdict is None:
            return
        self.ended += verdict.died
        if verdict.again:
            yield combination, verdict, trial
        asked = [link["message"] for link in verdict.links()[:1]] if combination in self.supplied else None  # the next key is something new
        shown = verdict.shown(), repr(asked)
        if shown not in self.seen and not verdict.died and len(self.bases) < BASES:
            self.seen.add(shown)
            self.bases.append(Base(combination, verdict, depth))

    def changes(self, base):
        """Combinations with one part changed."""
        places = [(i, self.inputs.options[i][c]) for i, c in enumerate(base.combination) if self.inputs.names[i][1] != "around"]
        own = []
        for link in base.links:
            if (link["name"], link["message"]) not in self.errors:
                own += [self.noting(self.at(base, i, supplied(self.inputs.builder, node, link))) for i, node in places]
                own += [self.at(base, i, self.repairs.of(node, link, self.errors)) for i, node in places]
        yield from interleaved(own)
        asked = []
        for kind, message in self.errors:
            asked += [self.at(base, i, self.asked(node, kind, message)) for i, node in places]
        defaults = [i for i in range(len(base.combination)) if isinstance(self.inputs.options[i][0], Omitted)]  # what callers leave out comes last
        others = [self.switched(base, i) for i in range(len(base.combination)) if i not in defaults]
        known = [self.at(base, i, self.known(node)) for i, node in places]
        given = {self.inputs.names[i][0]: node for i, node in places if type(node) is Lit}
        before = [self.at(base, i, self.stepped(node, given)) for i, node in places]
        yield from interleaved([*asked, *known, *before, *others])
        yield from interleaved([self.switched(base, i) for i in defaults])

    def asked(self, node, kind, message):
        yield from mutants(node, kind, message, self.inputs.literals, 600, named=self.inputs.hinted(), build=self.inputs.builder)

    def known(self, root):
        """With what the event names elsewhere in the place of made-up values, or of an argument that was left out."""
        within = {n.at for n in root.walk() if isinstance(n, Obj)}
        for node in [n for n in root.walk() if isinstance(n, Call) and n.optional][:6]:
            for other in self.inputs.objects():
                for name in node.optional if other.at not in within else ():
                    yield replaced(root, node, node.given(name, other))
        for node in [n for n in root.walk() if not n.exact and n is not root and not isinstance(n, (Ref, Step))][:20]:
            yield from (replaced(root, node, other) for other in self.inputs.objects() if other.at not in within)
            if type(node) in (Lit, Written):
                yield from (replaced(root, node, Lit(value, False, node.why)) for value in self.inputs.scalars() if value != node.value)

    def stepped(self, root, given):
        """With a method called on an object before, once or several times, or one after another. given: the call's own arguments by name."""
        for node in objects_of(root):
            called = len(getattr(node, "steps", ()))
            room = STEPS - called
            yield from (again(root, node, i) for i in range(called if room > 0 else 0))
            steps = [alike(step, given) for step in self.inputs.builder.steps(node)] if room > 0 else []
            for times in range(1, room + 1):
                for step in steps:
                    yield before(root, node, [step] * times)
                    yield from (before(root, node, [other]) for other in (self.knowing(step) if times == 1 else ()))
                if times == 2:
                    yield from (before(root, node, list(two)) for two in itertools.islice(itertools.permutations(steps, 2), PAIRS))

    def knowing(self, step):
        """The step with a text that the event has, in the place of each that was made up."""
        for leaf in [n for n in step.walk() if type(n) in (Lit, Written) and isinstance(n.value, str)][:3]:
            yield from (replaced(step, leaf, Lit(value, False, step.why)) for value in self.inputs.scalars() if isinstance(value, str))

    def noting(self, combinations):
        for combination in combinations:
            self.supplied.add(combination)
            yield combination

    def at(self, base, place, nodes):
        own = self.inputs.options[place][0] if self.inputs.names[place][1] in ("self", "class") else None
        for node in nodes:
            if own is not None and class_of(node) != class_of(own):
                continue
            yield base.combination[:place] + (self.inputs.place(place, node),) + base.combination[place + 1:]

    def switched(self, base, place):
        for option in range(min(len(self.inputs.options[place]), 60)):
            yield base.combination[:place] + (option,) + base.combination[place + 1:]


__all__ = ["Guided"]
