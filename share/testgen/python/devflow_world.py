"""The conditions of an event: what a reader should know, and what a run needs beside its arguments."""

import datetime

from devflow_write import words

CRUMBS = 5


def when(ms):
    if not ms:
        return ""
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


def flags(event):
    found = []
    values = ((event.get("contexts") or {}).get("flags") or {})
    for item in values.get("values") or [] if isinstance(values, dict) else []:
        if isinstance(item, dict) and isinstance(item.get("flag"), str):
            found.append(f"{item['flag']}={item.get('result')}")
    return found


def described(event, expected):
    """Lines of the docstring: where it was raised, release, environment, request, what went before, feature flags."""
    lines = []
    if expected and expected.crash:
        file, function, _, line, _ = expected.crash
        way = list(dict.fromkeys(s[1] for s in expected.steps[:8]))
        lines.append(f"Raised in {words(function, 80)} ({words(file, 160)}:{int(line)})"
                     f"{', called by way of ' + words(' > '.join(way), 200) if len(way) > 1 else ''}.")
    seen = [f"release {words(event['release'], 80)}" if event.get("release") else "",
            f"environment {words(event['environment'], 60)}" if event.get("environment") else "",
            f"at {when(event['created_ms'])}" if event.get("created_ms") else ""]
    if any(seen):
        lines.append("Seen in " + ", ".join(s for s in seen if s) + ".")
    request = event.get("request")
    if request and request.get("url"):
        lines.append(f"Request: {words(request.get('method') or 'GET', 10)} {words(request['url'].split('?')[0], 200)}")
    on = flags(event)
    if on:
        lines.append("Feature flags: " + words(", ".join(on), 300))
    crumbs = [c for c in event.get("breadcrumbs") or [] if c.get("message") or c.get("category")][-CRUMBS:]
    if crumbs:
        lines.append("Just before:")
        lines += [f"- {words(c.get('category') or c.get('type') or 'event', 40)}: {words(c.get('message') or short(c.get('data')), 120)}"
                  for c in crumbs]
    if event.get("url"):
        lines.append(words(event["url"], 300))
    return lines


def short(data):
    if not isinstance(data, dict):
        return ""
    first = lambda *keys: next((str(data[k]) for k in keys if data.get(k) is not None), "")  # noqa: E731
    said = [first("method", "http.method"), first("url", "http.url"), first("status_code", "http.response.status_code", "http.status_code")]
    return " ".join(part for part in said if part)


def made_up(guessed, has_variables):
    """Lines of the docstring: what of the input is not the event's. Without variables that is all of it, so names of parameters say nothing."""
    ends = {" is not in the event": "not in the event", " is made up": "made up"}
    groups = {end: [g[:-len(end)] for g in guessed if g.endswith(end)] for end in ends}
    rest = [g for g in guessed if not g.endswith(tuple(ends)) and g not in ("chosen by search", "not in the event")]
    named = [f"- {ends[end]}: {words(', '.join(names[:8]), 160)}" for end, names in groups.items() if names and has_variables]
    lines = [*named, *(f"- {words(g, 160)}" for g in rest[:6])]
    known = "The input is not all the event's. Some values" if has_variables else "The event has no variables. The input"
    return [f"{known} {'were' if has_variables else 'was'} found by running the program{':' if lines else '.'}", *lines]
