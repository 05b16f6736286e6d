"""Events of an invented application, for the measurements of size: faults at places of a call graph, each reached by several
ways, in four releases with other lines. Standard library only."""

import json
import random

WORDS = ["load", "save", "price", "check", "send", "parse"]


def write(path, n, seed=1):
    chosen = random.Random(seed)
    functions = [(f"shop.mod{m}.part{m % 17}", f"do_{chosen.choice(WORDS)}_{k}") for m in range(300) for k in range(12)]
    calls = [[chosen.randrange(len(functions)) for _ in range(4)] for _ in functions]

    def way(length):
        out = [chosen.randrange(40)]
        while len(out) <= length:
            out.append(chosen.choice(calls[out[-1]]))
        return out

    faults = [(way(chosen.randint(6, 30)), chosen.choice(["ValueError", "KeyError", "TypeError", "IOError", "AppError"]),
               f"no {chosen.choice(WORDS)} of {chosen.choice(['order', 'cart', 'stock'])}") for _ in range(max(20, n // 20))]
    with open(path, "w", encoding="utf-8") as out:
        for i in range(n):
            frames, kind, message = chosen.choice(faults)
            if chosen.random() < 0.6:
                frames = way(chosen.randint(0, 8)) + frames[chosen.randint(0, 3):]
            release = chosen.randrange(4)
            listed = [{"module": functions[f][0], "function": functions[f][1], "lineno": f % 500 + 1 + release * 3, "in_app": True}
                      for f in frames]
            event = {"event_id": f"{i:032x}", "platform": "python", "release": f"shop@1.{release}", "exception": {"values": [
                {"type": kind, "value": f"{message} {chosen.randrange(10**6)}", "stacktrace": {"frames": listed}}]}}
            out.write(json.dumps(event) + "\n")
