"""Event bytes to the finished, scrubbed Markdown, beside yyjson's bare parse and walk of the same bytes; and the peak memory
beside the bytes. On three made events and on the shared samples (DEVFLOW_TEST_DATA), whose times are reported as they are."""

import json
import os
import pathlib
import random
import statistics
import subprocess
import tempfile

ROUNDS = 41
WITH_SCRUBBING, WITHOUT, MEMORY = 12, 5, 7
WORDS = ("order", "basket", "customer", "invoice", "retry", "timeout", "connection", "widget", "handler", "queue", "price", "stock")


class Maker:
    """What a Python web service sends: frames with source and variables, breadcrumbs, a request, contexts, extra."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def words(self, n):
        return " ".join(self.random.choice(WORDS) for _ in range(n))

    def value(self, depth=0):
        kind = self.random.randrange(9)
        if kind == 0:
            return self.random.randrange(10**6)
        if kind == 1:
            return f"<{self.random.choice(WORDS).title()} object at 0x{self.random.getrandbits(40):x}>"
        if kind == 2 and depth < 3:
            return {self.random.choice(WORDS): self.value(depth + 1) for _ in range(4)}
        if kind == 3 and depth < 3:
            return [self.value(depth + 1) for _ in range(4)]
        if kind == 4:
            return f"Order(id={self.random.randrange(999)}, mail='{self.random.choice(WORDS)}@example.org', password='{self.random.getrandbits(40):x}')"
        if kind == 5:
            return f"https://shop.example/{self.random.choice(WORDS)}/{self.random.randrange(999)}?page=2&token={self.random.getrandbits(64):x}"
        return "'" + self.words(self.random.randrange(2, 14)) + "'"

    def frame(self, number, variables):
        line = self.random.randrange(20, 900)
        name = self.random.choice(WORDS)
        source = [f"        {self.random.choice(WORDS)} = self.{self.random.choice(WORDS)}({self.random.choice(WORDS)}, timeout=30)" for _ in range(11)]
        return {"function": f"{name}_{number}", "module": f"shop.{name}", "filename": f"shop/{name}.py",
                "absPath": f"/srv/app/shop/{name}.py", "lineNo": line, "inApp": number % 4 == 0,
                "context": [[line - 5 + i, text] for i, text in enumerate(source)],
                "vars": {f"{self.random.choice(WORDS)}_{i}": self.value() for i in range(variables)}}

    def crumb(self, at):
        return {"timestamp": f"2026-11-22T21:{at // 60 % 60:02}:{at % 60:02}.{self.random.randrange(10**6):06}Z", "type": "default",
                "category": self.random.choice(("http", "query", "console")), "level": "info", "message": self.words(9),
                "data": {"url": self.value(), "status_code": 200}}

    def event(self, frames, variables, crumbs, extra):
        exceptions = [{"type": "OrderError", "value": self.words(8), "mechanism": {"type": "generic", "handled": False},
                       "stacktrace": {"frames": [self.frame(i, variables) for i in range(frames)]}}]
        return {"id": "1", "eventID": "f" * 32, "title": "OrderError", "platform": "python", "dateCreated": "2026-11-22T22:00:00Z",
                "entries": [{"type": "exception", "data": {"values": exceptions}},
                            {"type": "breadcrumbs", "data": {"values": [self.crumb(i) for i in range(crumbs)]}},
                            {"type": "request", "data": {"method": "POST", "url": "https://shop.example/pay", "query": [["page", "2"]],
                                                         "headers": [["Cookie", "a=b"], ["User-Agent", "curl/8"]],
                                                         "data": {w: self.value() for w in WORDS}}}],
                "user": {"id": "7", "email": "ann@example.org"}, "tags": [{"key": w, "value": self.words(2)} for w in WORDS],
                "contexts": {"runtime": {"name": "CPython", "version": "3.11.2"}},
                "context": {f"{self.random.choice(WORDS)}_{i}": self.value() for i in range(extra)}}

    def of_size(self, size, **shape):
        """The shape, its extra grown until the event has that many bytes."""
        event = self.event(**shape)
        i = 0
        missing = size - len(json.dumps(event))
        while missing > 0:
            value = self.value()
            event["context"][f"more_{i}"] = value
            missing -= len(json.dumps(value)) + 14
            i += 1
        return event


def made():
    maker = Maker(6)
    yield "200 KB", maker.of_size(200_000, frames=60, variables=12, crumbs=100, extra=20)
    yield "5 MB", maker.of_size(5_000_000, frames=250, variables=60, crumbs=1000, extra=200)
    yield "1,000 frames", maker.event(frames=1000, variables=8, crumbs=100, extra=20)


def samples():
    data = os.environ.get("DEVFLOW_TEST_DATA")
    for folder in ("golden/api", "samples-ingest"):
        for path in sorted(pathlib.Path(data, "sentry", folder).glob("*.json")) if data else ():
            yield f"{folder.split('/')[0]} {path.stem}", path


def times(program, path, rounds=ROUNDS):
    """Microseconds, the medians: walk, markdown, unscrubbed, json."""
    printed = subprocess.run([program, "time", path, str(rounds)], check=True, capture_output=True, text=True).stdout
    return [statistics.median(column) / 1000 for column in zip(*(map(int, line.split()) for line in printed.splitlines()), strict=True)]


def memory(program, path, form):
    return int(subprocess.run([program, "memory", path, form], check=True, capture_output=True, text=True).stdout) / 1024


def measure(build):
    program = build / "test" / "bench" / "context"
    with tempfile.TemporaryDirectory() as folder:
        for label, event in made():
            path = pathlib.Path(folder, "event.json")
            path.write_text(json.dumps(event), encoding="utf-8")
            walk, markdown, unscrubbed, as_json = times(program, path)
            size = path.stat().st_size / 1024
            yield f"{label} to Markdown, scrubbed", "us", markdown, walk, WITH_SCRUBBING * walk
            yield f"{label} to Markdown, not scrubbed", "us", unscrubbed, walk, WITHOUT * walk
            yield f"{label} to JSON, scrubbed", "us", as_json, walk, None
            yield f"{label} to Markdown, peak memory", "KB", memory(program, path, "markdown"), size, MEMORY * size
            yield f"{label} to JSON, peak memory", "KB", memory(program, path, "json"), size, None
    for label, path in samples():
        walk, markdown, *_ = times(program, path)
        yield label, "us", markdown, walk, None
