"""Published ways to tell how much alike two stacks are, made anew to stand beside ours. A stack is its (module, function)
pairs, innermost first, as they were sent: none of them normalises names. Standard library only."""

import collections
import functools
import math


def frames(trace):
    return tuple((f["module"], f["function"]) for f in trace["frames"][:trace["frames_above_test"]])


def equal(traces):
    """1 for the same frames, else 0."""
    stacks = [frames(t) for t in traces]
    return lambda i, j: float(stacks[i] == stacks[j])


def rebucket(traces, c=0.1, o=0.1):
    """ReBucket's position dependent model (Dang et al., ICSE 2012): the best common subsequence, each match discounted by its
    distance from the top and by how far the two places are apart."""
    stacks = [frames(t) for t in traces]

    @functools.cache
    def pair(a, b):
        before = [0.0] * (len(b) + 1)
        for i, x in enumerate(a):
            row = [0.0]
            for k, y in enumerate(b):
                match = math.exp(-c * min(i, k) - o * abs(i - k)) if x == y else 0
                row.append(max(before[k] + match, before[k + 1], row[k]))
            before = row
        return before[-1] / sum(math.exp(-c * i) for i in range(min(len(a), len(b))))
    return lambda i, j: pair(stacks[i], stacks[j])


def rarity(stacks):
    n = collections.Counter(f for s in stacks for f in set(s))
    return {f: math.log((len(stacks) + 1) / k) for f, k in n.items()}


def tf_idf(traces):
    """Frames as words of a document (Lerch and Mezini, CSMR 2013): cosine of TF-IDF vectors."""
    stacks = [frames(t) for t in traces]
    idf = rarity(stacks)
    vectors = [{f: math.sqrt(n) * idf[f] for f, n in collections.Counter(s).items()} for s in stacks]
    norms = [math.sqrt(sum(v * v for v in vector.values())) for vector in vectors]

    def score(i, j):
        dot = sum(v * vectors[j].get(f, 0) for f, v in vectors[i].items())
        return dot / (norms[i] * norms[j])
    return score


def alignment(traces, depth=0.7, distance=0.1, type_share=0.15):
    """Frames aligned in one walk, weighted by place and rarity (after FaST, Rodrigues et al., SANER 2022), and the type."""
    stacks = [frames(t) for t in traces]
    idf = rarity(stacks)
    weights = [[(1 + k) ** -depth * idf[f] for k, f in enumerate(s)] for s in stacks]
    places = []
    for s in stacks:
        places.append(collections.defaultdict(list))
        for k, f in enumerate(s):
            places[-1][f].append(k)

    def score(i, j):
        paired = 0.0
        for f, at in places[i].items():
            for a, b in zip(at, places[j].get(f, ())):
                paired += (weights[i][a] + weights[j][b]) * math.exp(-distance * abs(a - b))
        same = traces[i]["type"] == traces[j]["type"]
        return (1 - type_share) * paired / (sum(weights[i]) + sum(weights[j])) + type_share * same
    return score


METHODS = {"equal stacks": equal, "ReBucket PDM": rebucket, "TF-IDF": tf_idf, "weighted alignment": alignment}


def matrix(score, n):
    """Lower triangle: matrix[i][j] for j < i."""
    return [[score(i, j) for j in range(i)] for i in range(n)]
