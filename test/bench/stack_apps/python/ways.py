"""The ways by which work reaches the applications beside this file: each puts frames of its own around a handler."""

import asyncio
import concurrent.futures
import contextlib
import functools

import flask


class JobFailed(Exception):
    pass


def direct(handler, data):
    return handler(data)


def served(handler, data):
    app = flask.Flask("served")
    app.config["PROPAGATE_EXCEPTIONS"] = True

    @app.post("/work")
    def work():
        return str(handler(flask.request.get_json()))
    return app.test_client().post("/work", json=data).text


def task(handler, data):
    async def step():
        await asyncio.sleep(0)
        return handler(data)

    async def both():
        return await asyncio.gather(asyncio.sleep(0), step())
    return asyncio.run(both())


def pooled(handler, data):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(handler, data).result()


def retry(times):
    def wrap(f):
        @functools.wraps(f)
        def attempt(*args):
            for left in reversed(range(times)):
                try:
                    return f(*args)
                except Exception as error:
                    if not left:
                        raise JobFailed(f"gave up after {times}") from error
        return attempt
    return wrap


def retried(handler, data):
    return retry(2)(handler)(data)


def mapped(handler, data):
    return list(map(lambda item: handler(item), [data]))


def walk(node, handler):
    if isinstance(node, list):
        return [walk(child, handler) for child in node]
    return handler(node)


def nested(handler, data, depth=3):
    for _ in range(depth):
        data = [data]
    return walk(data, handler)


def deeply(handler, data):
    return nested(handler, data, 40)


def scoped(handler, data):
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: None)
        return functools.partial(handler, data)()


WAYS = {f.__name__: f for f in (direct, served, task, pooled, retried, mapped, nested, deeply, scoped)}
