"""Populations of bugs whose true harm is known, and what Sentry would say of them: issues as its API lists them.

A bug has a rate (events a day), people who can meet it, a level, and a life: it may come with a release, and be mended by one, after
which only old clients meet it. On top: overdispersed noise, quiet weekends, bursts that pass, levels that were set wrong. The truth is
what the bug does in a day from now on, by the rate it has now; a burst that passes is no part of it. Worlds differ in how much of each
there is. Standard library only."""

import math
import random
import time

DAYS, SHOWN = 90, 14
HARM = {"fatal": 4, "error": 2, "warning": 1, "info": 0.3}
WORLDS = {
    "calm": {"bursts": 0.02, "burst": 5, "mended": 0.05, "fresh": 0.1, "noise": 0.3, "wrong": 0.05},
    "bursty": {"bursts": 0.3, "burst": 60, "mended": 0.05, "fresh": 0.1, "noise": 0.8, "wrong": 0.1},
    "releases": {"bursts": 0.1, "burst": 20, "mended": 0.3, "fresh": 0.3, "noise": 0.5, "wrong": 0.1},
    "mixed": {"bursts": 0.2, "burst": 40, "mended": 0.15, "fresh": 0.2, "noise": 0.6, "wrong": 0.15},
}


def poisson(rng, mean):
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, n, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        n, product = n + 1, product * rng.random()
    return n


def people(pool, events):
    """How many different ones of the pool so many events are expected to meet."""
    return pool * -math.expm1(-events / pool)


class Bug:
    def __init__(self, rng, world):
        self.rate = math.exp(rng.gauss(2.5, 2))
        self.pool = max(1, self.rate * math.exp(rng.gauss(0.5, 1.8)))
        self.level = rng.choices(list(HARM), [1, 7, 3, 1])[0]
        self.handled = rng.random() < (0.15 if self.level == "fatal" else 0.6)
        self.begins = DAYS - rng.randint(1, SHOWN) if rng.random() < world["fresh"] else rng.randint(0, DAYS - SHOWN)
        self.ends = rng.randint(max(self.begins + 1, DAYS - 30), DAYS - 1) if rng.random() < world["mended"] and self.begins < DAYS - 1 else None
        self.rest = rng.choice([0, 0.02, 0.1])

    def rate_on(self, day):
        if day < self.begins:
            return 0
        return self.rate * (self.rest if self.ends is not None and day >= self.ends else 1)

    def truth(self):
        now = self.rate_on(DAYS)
        users = people(self.pool, now) if now else 0
        return {"users": users * HARM[self.level], "events": now * HARM[self.level], "both": math.sqrt(users * now) * HARM[self.level]}

    def days(self, rng, world):
        """Whole days, the last ends now."""
        found = []
        burst = rng.randint(self.begins, DAYS - 1) if rng.random() < world["bursts"] else None
        for day in range(DAYS):
            mean = self.rate_on(day) * (0.6 if day % 7 in (5, 6) else 1) * math.exp(rng.gauss(0, world["noise"]) - world["noise"]**2 / 2)
            if burst is not None and burst <= day < burst + 2:
                mean = max(mean, self.rate) * world["burst"] * rng.uniform(0.3, 1)
            found.append(poisson(rng, min(mean, 1e7)))
        return found


def spread(rng, n, parts):
    """n events over so many hours."""
    if n > 2000:
        return [n // parts + (i < n % parts) for i in range(parts)]
    hours = [0] * parts
    for _ in range(n):
        hours[rng.randrange(parts)] += 1
    return hours


def at(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms))


def population(seed, kind, size=60):
    """[(issue, truth)]; the issue as Sentry's list has it, with hours and days, and what of it Sentry itself orders by."""
    rng, world = random.Random(f"{kind} {seed}"), WORLDS[kind]
    now, made = 1_790_000_000, []
    while len(made) < size:
        bug = Bug(rng, world)
        days = bug.days(rng, world)
        if not sum(days):
            continue
        hours = spread(rng, days[-1], 24)
        last = max(day for day in range(DAYS) if days[day])
        ago = (23 - max(h for h in range(24) if hours[h])) * 3600 + rng.randrange(3600) if days[-1] else (DAYS - 1 - last) * 86400 + rng.randrange(86400)
        users = min(sum(days), poisson(rng, people(bug.pool, sum(days))))
        level = rng.choice(list(HARM)) if rng.random() < world["wrong"] else bug.level
        fresh = DAYS - bug.begins
        made.append(({
            "id": str(len(made) + 1), "shortId": f"B-{len(made) + 1}", "title": "bug", "status": "unresolved", "level": level,
            "substatus": "new" if fresh <= 7 else "ongoing", "isUnhandled": not bug.handled, "count": str(sum(days)),
            "userCount": max(users, 1), "firstSeen": at(now - fresh * 86400), "lastSeen": at(now - ago),
            "stats": {"14d": [[now - (SHOWN - i) * 86400, n] for i, n in enumerate(days[-SHOWN:])],
                      "24h": [[now - (24 - i) * 3600, n] for i, n in enumerate(hours)]}}, bug.truth()))
    return made
