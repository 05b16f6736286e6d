"""run.py APP OUT SEED: each of an application's bugs by several ways, as sentry-sdk sends it; a line {"bug","event"} each."""

import importlib
import json
import pathlib
import random
import sys

import sentry_sdk
import ways


def main(name, out, seed):
    app, chosen, sent = importlib.import_module(name), random.Random(int(seed)), []
    sentry_sdk.init(dsn="https://key@stacks.invalid/1", before_send=lambda event, hint: sent.append(event), auto_enabling_integrations=False,
                    default_integrations=False, include_local_variables=False, include_source_context=False)
    lines = []
    for bug, calls in app.BUGS.items():
        handler, data = chosen.choice(calls)
        way = chosen.choice(sorted(ways.WAYS))
        try:
            ways.WAYS[way](getattr(app, handler), data)
        except Exception as error:
            sentry_sdk.capture_exception(error)
            lines.append(json.dumps({"bug": bug, "event": sent.pop()}, default=str))
        else:
            sys.exit(f"{name}: {bug} by {way} did not fail")
    pathlib.Path(out).write_text("\n".join(lines) + "\n", encoding="utf-8")


main(*sys.argv[1:])
