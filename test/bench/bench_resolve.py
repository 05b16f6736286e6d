"""Resolving tokens: CPU time beside the same server's static answer and beside a Node service, tail latency beside a quiet or a
small one, memory of idle connections, a refresh storm. Rounds turn by turn, medians of them; latencies are those of requests
that come at even times, from when they were due."""

import contextlib
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from resolve_world import PREFIX, PostgresStore, SqliteStore, World, tokens_of
from rotating_provider import RotatingProvider
from servers import Postgres, Redis

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
CONNECTIONS, REQUESTS, NODE_REQUESTS = 50, 40_000, 10_000
RATE, RATED_REQUESTS = 2_000, 8_000
MANY = int(os.environ.get("BENCH_MANY", "1000000"))
IDLE = 5_000
STORM, STORM_LIMIT = 10_000, 50
IN_USE = 1_000
HEADER = 8_000


def say(text):
    print(f"  {text}", file=sys.stderr, flush=True)


def medians(runs):
    """The median of each figure of runs of the same kind."""
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def turn_by_turn(rounds, **measured):
    """Each in turn, a round at a time; the first round warms."""
    runs = {name: [] for name in measured}
    for number in range(rounds + 1):
        for name, measure in measured.items():
            said = measure()
            if number:
                runs[name].append(said)
    return {name: medians(said) for name, said in runs.items()}


def cpu(world, sqlite, shared, redis):
    static, bare = world.static(world.answer(sqlite)), world.bare(world.answer(sqlite))
    node = world.node_js(redis, IN_USE, world.answer(sqlite))
    for load, rate, factor in ((f"{CONNECTIONS} callers without pause", 0, 1), (f"{RATE:,} requests a second", RATE, 5)):
        def one(program, requests):
            return lambda: world.load(program, CONNECTIONS, requests // factor, rate=rate)  # noqa: B023
        got = turn_by_turn(ROUNDS, bare=one(bare, REQUESTS), static=one(static, REQUESTS), sqlite=one(sqlite, REQUESTS), shared=one(shared, REQUESTS),
                           node=one(node, NODE_REQUESTS))
        yield f"CPU a request, {load}, bare recv and send, beside Node and its Redis", "us", got["bare"]["cpu_us"], got["node"]["cpu_us"], None
        yield f"CPU a request, {load}, the static answer, beside Node and its Redis", "us", got["static"]["cpu_us"], got["node"]["cpu_us"], None
        for name, label in (("sqlite", "SQLite node"), ("shared", "PostgreSQL+Redis node")):
            ours, still, theirs = got[name]["cpu_us"], got["static"]["cpu_us"], got["node"]["cpu_us"]
            yield f"CPU a request, {load}, {label}, beside a static answer", "us", ours, still, 1.4 * still
            yield f"CPU a request, {load}, {label}, beside Node and its Redis", "us", ours, theirs, theirs / 8
            for p in ("p50_us", "p99_us"):
                yield f"{p[:3]}, {load}, {label}, beside Node", "us", got[name][p], got["node"][p], None
    for program in static, bare, node:
        program.stop()


def cold(world, node, first, count):
    """Each of these for the first time in this process."""
    return world.load(node, 1, count, first=first, keys=count)


def rated(world, node):
    return world.load(node, CONNECTIONS, RATED_REQUESTS, rate=RATE, keys=IN_USE)


def size(world, redis, label, few, many):
    """Both freshly started. They would find each other's entries in the same Redis."""
    misses = []
    for node in few, many:
        redis.flush()
        misses.append(cold(world, node, 0, IN_USE))
    got = turn_by_turn(ROUNDS, few=lambda: rated(world, few), many=lambda: rated(world, many))
    n = f"{MANY:,} connections, beside {IN_USE:,}, {label}"
    yield f"p99 over {IN_USE:,} in use of {n}", "us", got["many"]["p99_us"], got["few"]["p99_us"], 1.2 * got["few"]["p99_us"]
    yield f"p50 of a miss with {n}", "us", misses[1]["p50_us"], misses[0]["p50_us"], None
    yield f"p99 of a miss with {n}", "us", misses[1]["p99_us"], misses[0]["p99_us"], None


def memory_with(world, store, cache_mb, count):
    """Of a process that was asked for so many tokens, each once."""
    node = world.node({**store.settings, "CACHE_MEMORY_MB": str(cache_mb)})
    world.load(node, CONNECTIONS, count, first=0, keys=count)
    mib = node.rss_kib() / 1024
    node.stop()
    return mib


def bounded(world, store, cache_mb=16):
    count = min(MANY, 120_000)
    grown = memory_with(world, store, cache_mb, count) - memory_with(world, store, 1, count)
    label = f"memory that {count:,} tokens take with CACHE_MEMORY_MB={cache_mb} more than with 1, beside the difference"
    yield label, "MiB", grown, cache_mb - 1, 1.25 * (cache_mb - 1)


def waiting(world, store, provider):
    """While 2,000 requests wait on a provider that takes its time, in bursts with quiet between them."""
    node = world.node(store.settings)
    rated(world, node)
    quiet, slow, n = [], [], 20
    for number in range(ROUNDS):
        quiet.append(rated(world, node))
        provider.delay_before_s = 60
        asked = len(provider.arrivals)
        waiters = subprocess.Popen(world.load_command(node, 2000, 2000, first=IN_USE + number * n, keys=n), env=world.load_env, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while len(provider.arrivals) < asked + n and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        slow.append(rated(world, node))
        still = waiters.poll() is None
        provider.hurry()
        out, err = waiters.communicate(timeout=90)
        if not still or '"failed":0' not in out:
            raise SystemExit(f"the 2,000 waiting requests: {out}{err}{node.log.read_text()[-1500:]}")
    node.stop()
    quiet, slow = medians(quiet), medians(slow)
    label = "p99 while 2,000 requests wait on a slow provider, beside a quiet one"
    yield label, "us", slow["p99_us"], quiet["p99_us"], min(1000, 2 * quiet["p99_us"])
    yield label.replace("p99", "p50"), "us", slow["p50_us"], quiet["p50_us"], None


def ask_once(s, port, header=""):
    s.sendall(f"GET {PREFIX}/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{header}\r\n".encode())
    return s.recv(65536).startswith(b"HTTP/1.1 200")


def idle(world, store):
    """Each connection was used once and is kept; then one of them sends a large head."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    node = world.node(store.settings)
    world.load(node, CONNECTIONS, 2000, keys=IN_USE)
    before = node.rss_kib()
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(socket.create_connection(("127.0.0.1", node.port), timeout=30)) for _ in range(IDLE)]
        if not all(ask_once(s, node.port) for s in kept):
            raise SystemExit("a connection was refused")
        time.sleep(0.5)
        each = (node.rss_kib() - before) / IDLE
        accepted = ask_once(kept[0], node.port, f"X-Large: {'x' * HEADER}\r\n")
    node.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    yield f"memory of each of {IDLE:,} idle connections, beside the goal", "KiB", each, 12, 12
    yield f"{HEADER:,} bytes of request headers then refused", "", 0 if accepted else 1, 1, 0


def storm_times(now):
    """Tokens of 12 minutes that expire in the same minute, due when df_connection_due_ms puts them: in the last tenth before the
    moment that is 5 minutes before the expiry. The earliest is due now, so no time passes in which nothing happens."""
    rng, minute, life = random.Random(4), 60_000, 12 * 60_000
    spread = (life - 5 * minute) // 10

    def times(_):
        expires = now + spread + 5 * minute + rng.randrange(minute)
        return expires - life, expires, expires - 5 * minute - rng.randrange(spread)
    return times


def storm(world, store, provider, label):
    base = 5_000_000
    for number in range(base, base + STORM):
        provider.add(*tokens_of(number))
    provider.limit_per_s = STORM_LIMIT
    start = time.time()
    world.fill(store, STORM, provider.url, base, storm_times(int(start * 1000) + 8000))
    expires = dict(store.query(f"SELECT project_id, expires_ms FROM connections WHERE id IN (SELECT id FROM connections) "
                               f"AND project_id LIKE 'p{str(base)[:3]}____'"))
    node = world.node(store.settings)
    begun = time.time()
    deadline = begun + 330
    while len(provider.refreshes("replaced")) < STORM and time.time() < deadline:
        time.sleep(1)
    time.sleep(2)
    refreshed = provider.refreshes("replaced")
    by_grant = {asked.grant: asked.at for asked in refreshed}
    late = sum(1 for i in range(STORM) if by_grant.get(i, 1e18) * 1000 > int(expires[f"p{base + i}"]))
    took = (max(by_grant.values()) - min(by_grant.values())) if by_grant else 0
    node.stop()
    say(f"storm, {label}: {len(by_grant)} refreshed in {took:.0f} s, at most {provider.most_in_a_second()} in any second")
    yield f"refresh storm, {label}: of {STORM:,} not refreshed, or after their expiry", "", late, STORM, 0
    yield f"refresh storm, {label}: token requests over {STORM_LIMIT} a second", "", provider.refused_by_limit, len(provider.arrivals), 0
    yield f"refresh storm, {label}: time for all, beside the least there can be", "s", took, STORM / STORM_LIMIT, None
    yield f"refresh storm, {label}: refresh tokens sent twice", "", sum(1 for n in provider.times_sent().values() if n > 1), STORM, 0


def wanted(part):
    """BENCH_RESOLVE=cpu,storm measures only these parts."""
    parts = os.environ.get("BENCH_RESOLVE", "cpu,size,bounded,waiting,idle,storm").split(",")
    return part in parts


def measure_with(world, postgres, redis, provider):
    small, large = SqliteStore(world.folder / "small.db"), SqliteStore(world.folder / "large.db")
    shared, shared_large = PostgresStore(postgres, redis), PostgresStore(postgres, redis)
    now = int(time.time() * 1000)
    for store in (small, shared):
        world.fill(store, IN_USE, provider.url)
    if wanted("cpu"):
        say("CPU time")
        nodes = world.node(small.settings), world.node(shared.settings, [redis.process.pid])
        yield from cpu(world, *nodes, redis)
        for node in nodes:
            node.stop()
    if wanted("size") or wanted("bounded"):
        say(f"fill two stores with {MANY:,} connections")
        for store in (large, shared_large):
            world.fill(store, MANY, provider.url)
    if wanted("size"):
        for label, few, many in (("SQLite", small, large), ("PostgreSQL+Redis", shared, shared_large)):
            say(f"few and many connections, {label}")
            nodes = world.node(few.settings), world.node(many.settings)
            yield from size(world, redis, label, *nodes)
            for node in nodes:
                node.stop()
    if wanted("bounded"):
        yield from bounded(world, large)
    if wanted("waiting"):
        say("2,000 requests that wait")
        old = SqliteStore(world.folder / "waiting.db")
        world.fill(old, IN_USE, provider.url)
        world.fill(old, 20 * ROUNDS, provider.url, IN_USE, lambda _: (now - 86400_000, now - 1000, now + 86400_000))
        for i in range(IN_USE, IN_USE + 20 * ROUNDS):
            provider.add(*tokens_of(i))
        yield from waiting(world, old, provider)
    if wanted("idle"):
        say("idle connections")
        yield from idle(world, small)
    if wanted("storm"):
        for label, store in (("SQLite", SqliteStore(world.folder / "storm.db")), ("PostgreSQL+Redis", PostgresStore(postgres, redis))):
            say(f"refresh storm, {label}: some minutes")
            with contextlib.closing(RotatingProvider(ttl_s=30 * 86400)) as limited:
                yield from storm(world, store, limited, label)


def keep_neighbours_out():
    """Where it is allowed, all that is measured, and the load, goes before the machine's other work."""
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)


def measure(build):
    keep_neighbours_out()
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(Postgres()) as postgres, contextlib.closing(Redis()) as redis, \
            contextlib.closing(RotatingProvider(ttl_s=30 * 86400)) as provider, contextlib.closing(World(build, folder)) as world:
        say(f"load average before: {', '.join(f'{n:.1f}' for n in os.getloadavg())}")
        yield from measure_with(world, postgres, redis, provider)
        say(f"load average after: {', '.join(f'{n:.1f}' for n in os.getloadavg())}")
