"""Handlers found by name, classes made at run time, generators. Set aside: nothing was tuned on its traces."""

import collections
import json
import struct

REGISTRY = {}


def handler(kind):
    def register(f):
        REGISTRY[kind] = type(f"Handler_{kind}_{id(f):x}", (Base,), {"handle": lambda self, packet: f(packet)})
        return f
    return register


class Base:
    def __call__(self, packet):
        return self.handle(packet)


def unpack(raw):
    return struct.unpack(">HH", bytes(raw))


def decode(text):
    return json.loads(text)


@handler("point")
def point(packet):
    x, y = unpack(packet["raw"])
    return x / y


@handler("config")
def config(packet):
    settings = decode(packet["text"])
    return {key: limit(value) for key, value in settings.items()}


@handler("stats")
def stats(packet):
    counts = collections.Counter(decode(packet["text"]))
    return most(counts) - least(counts)


def limit(value):
    return min(value, 100)


def most(counts):
    return counts.most_common(1)[0][1]


def least(counts):
    return min(counts.values())


def stream(packets):
    for packet in packets:
        yield REGISTRY[packet["kind"]]()(packet)


def receive(data):
    return list(stream(data["packets"]))


def replay(data):
    return sum(1 for result in stream(reversed(data["packets"])) if result)


def probe(data):
    return next(stream(data["packets"]))


def each(packet, *handlers):
    good = {"kind": "point", "raw": [0, 4, 0, 2]}
    return [(h, {"packets": [packet] if h == "probe" else [packet, good] if h == "replay" else [good, packet]}) for h in handlers]


BUGS = {
    "short-packet": each({"kind": "point", "raw": [1, 2, 3]}, "receive", "probe", "replay"),
    "no-height": each({"kind": "point", "raw": [1, 2, 0, 0]}, "receive", "probe"),
    "byte-too-large": each({"kind": "point", "raw": [1, 2, 300, 0]}, "replay", "probe"),
    "unknown-kind": each({"kind": "line"}, "receive", "probe", "replay"),
    "config-not-json": each({"kind": "config", "text": "{a: 1}"}, "receive", "replay"),
    "stats-not-json": each({"kind": "stats", "text": ""}, "receive", "probe"),
    "limit-of-text": each({"kind": "config", "text": '{"a": "many"}'}, "receive", "probe", "replay"),
    "config-is-list": each({"kind": "config", "text": "[1]"}, "receive", "replay"),
    "no-counts": each({"kind": "stats", "text": "[]"}, "receive", "probe", "replay"),
    "counts-unhashable": each({"kind": "stats", "text": "[[1]]"}, "receive", "probe"),
}
