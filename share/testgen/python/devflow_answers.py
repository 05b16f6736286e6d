"""What servers answered, put back in a test: which were asked, and with what status, as breadcrumbs say; what they said, as variables have it or as the source
uses it. The program's own client is used up to where it would open a connection."""

import re
import urllib.parse

from devflow_around import AsItIs
from devflow_clients import (BY_URL, CLIENTS, FAILS, IMPORTED, IN_TURN, NOBODY, REFUSED, TO_ALL, TO_ALL_IN_TURN, no_answer_caught,
                             no_answer_told)
from devflow_contents import Content
from devflow_values import Node, literal

URLS, BODIES, TURNS, FIRST = 4, 120, 3, 6
CATEGORIES = {"httplib", "http", "httpx", "requests", "urllib", "urllib3", "aiohttp"}
STATUS = re.compile(r"(?<![\d.])([1-5]\d\d)(?![\d.])")
HTTP_URL = re.compile(r"https?://[^\s'\"<>]{1,400}")


class Answer(Node):
    """One answer: to a method and URL, or to whatever is asked where `url` is None. before: (status, reason, content) of those that came first."""

    def __init__(self, clients, method, url, status, reason, content, late=False, before=(), sleeps=()):
        self.clients, self.method, self.url, self.status, self.reason, self.content, self.late = clients, method, url, status, reason, content, late
        self.before, self.sleeps = tuple(before), sleeps
        self.exact = content.exact and url is not None and all(c.exact for _, _, c in self.before)
        self.why = "" if self.exact else "what a server answered is not all in the event"

    def with_content(self, content):
        return Answer(self.clients, self.method, self.url, self.status, self.reason, content, self.late, self.before, self.sleeps)

    def key(self):
        return ("answer", self.method, self.url, self.status, repr(self.content.data), tuple((s, repr(c.data)) for s, _, c in self.before))

    def said(self):
        what = f"{self.method} {self.url} is answered" if self.url else "Every server answers"
        how = self.content.told or ("what it said was found by running it" if not self.content.exact else "whatever its text")
        first = f" first {', '.join(str(s) for s, _, _ in self.before)}, then" if self.before else ""
        return f"{what}{first} {self.status} {self.reason}".rstrip() + f", {how}."

    def parts(self):
        return [f"({status}, {literal(reason)}, {literal(body(content))})" for status, reason, content in
                (*self.before, (self.status, self.reason, self.content))]

    def put(self, place):
        place.gather("answers", self)

    @staticmethod
    def finish(place, nodes):
        if isinstance(nodes[0], Nobody):
            place.top(NOBODY)
            nodes[0].replace(place)
            return
        silent = next((n for n in nodes if isinstance(n, Silence)), None)
        answered = [n for n in nodes if not isinstance(n, Silence)]
        to_all = [n for n in answered if n.url is None]
        turns = any(n.before for n in answered)
        if turns:
            place.line("TURNS.clear()")
        if silent and not any(n.url for n in answered):
            place.top(silent.instead(FAILS))
        elif to_all and not silent:
            parts = to_all[0].parts()
            place.top(f"ANSWERS = [{', '.join(parts)}]\nTURNS = {{}}\n\n{TO_ALL_IN_TURN}" if len(parts) > 1 else f"ANSWER = {parts[0]}\n\n{TO_ALL}")
        else:
            listed = "".join(f"    {literal(f'{n.method} {n.url}')}: {'[' + ', '.join(n.parts()) + ']' if turns else n.parts()[0]},\n" for n in answered if n.url)
            text = IN_TURN if turns else BY_URL
            tail = "TURNS = {}\n" if turns else ""
            place.top(f"ANSWERS = {{\n{listed}}}\n{tail}\n{silent.instead(text) if silent else text}")
        (silent or nodes[0]).replace(place)

    def replace(self, place):
        for name in self.sleeps:
            place.line(f"monkeypatch.setattr({literal(name)}, lambda seconds: None)")
        for client in self.clients:
            modules, text, replaced = CLIENTS[client]
            for module in modules:
                place.module(module)
            if client == "aiohttp":
                text = text.replace("{KIND}", "application/json" if self.looks_like_json() else "text/html")
            place.top(self.stub(client, text))
            for what, by in replaced:
                place.line(f"monkeypatch.setattr({literal(what)}, {by})")

    def stub(self, client, text):
        return text

    def looks_like_json(self):
        return body(self.content)[:1] in (b"{", b"[", b"", b"n") or body(self.content)[:1].isdigit()


def body(content):
    return content.data if isinstance(content.data, bytes) else content.data.encode()


class Silence(Answer):
    """No answer comes: the client raises this instead, of whatever is asked that no other node answers."""

    def __init__(self, clients, what, exact, late=False, sleeps=()):
        super().__init__(clients, "", None, 0, "", Content("", "as the exceptions of the event say" if exact else "", True), late, (), sleeps)
        self.what, self.exact = what, exact
        self.why = "" if exact else "that no answer came was found by running it"

    def key(self):
        return ("silence", self.what.code)

    def said(self):
        return f"No answer comes{', ' if self.content.told else ''}{self.content.told}: {self.what.code.partition('(')[0]}."

    def with_content(self, content):
        return self

    def instead(self, text):
        return text.replace(REFUSED, f"raise {self.what.code}")

    def replace(self, place):
        for module in self.what.modules:
            place.module(module)
        super().replace(place)

    def stub(self, client, text):
        if client == "http" and self.what.late:
            text = text.replace("connection.asked = method, answer_to(method, url)", "connection.asked = method, url")
            text = text.replace("    method, (status, reason, body) = connection.asked\n",
                                "    method = connection.asked[0]\n    status, reason, body = answer_to(*connection.asked)\n")
        return text


class Nobody(Answer):
    """No server can be reached."""

    def __init__(self, clients, late=False):
        super().__init__(clients, "", "", 0, "", Content("", "", True), late)

    def said(self):
        return "No server can be reached."


def clients_of(checkout, definitions):
    """Those that the files of the definitions import, else those of any file that speaks of one."""
    files = list(dict.fromkeys(d.file for d in definitions))
    for some in (files, [file for words in IMPORTED.values() for word in words for file in checkout.having(word)]):
        heads = {m[0].lstrip(".").split(".")[0] for file in some[:40] for m in file.imports.values()}
        found = [client for client, words in IMPORTED.items() if heads & {word.split(".")[0] for word in words}]
        if found:
            return found
    return []


def asked_before(event):
    """[(method, url, status, reason)] of the breadcrumbs, the last of each method and URL, in their order."""
    found = {}
    for method, url, status, reason in all_asked(event):
        found.pop((method, url), None)
        found[method, url] = (method, url, status, reason)
    return list(found.values())[-URLS:]


def earlier(event, crumb):
    """[(status, reason)] of what the same URL answered just before that: the last few."""
    same = [(status, reason) for method, url, status, reason in all_asked(event) if (method, url) == crumb[:2]]
    return same[:-1][-TURNS:]


def all_asked(event):
    """(method, url, status, reason) of each breadcrumb of a call that was answered."""
    for crumb in event.get("breadcrumbs") or []:
        data = crumb.get("data")
        if not isinstance(data, dict) or not (crumb.get("category") in CATEGORIES or crumb.get("type") == "http"):
            continue
        url, method = data.get("url") or data.get("http.url"), data.get("method") or data.get("http.method") or "GET"
        status = data.get("status_code", data.get("http.response.status_code", data.get("http.status_code")))
        query, reason = data.get("http.query"), data.get("reason")
        if not isinstance(url, str) or not is_url(url) or not re.fullmatch(r"[A-Z]{3,7}", str(method)) or not usable_status(status):
            continue
        if isinstance(query, str) and query and "?" not in url and re.fullmatch(r"[\x21-\x7e]{1,400}", query):
            url += "?" + query
        yield method, url, int(status), clean(reason)


def is_url(text):
    try:
        return bool(HTTP_URL.fullmatch(text) and urllib.parse.urlsplit(text).hostname)
    except ValueError:
        return False


def usable_status(status):
    return str(status).isdecimal() and 100 <= int(status) < 600


def clean(reason):
    return reason if isinstance(reason, str) and re.fullmatch(r"[A-Za-z0-9 '-]{0,60}", reason) else ""


def dimensions(job, contents, seen, imported, exact):
    """Lists of Answer nodes, one of each URL. exact: the event has the call's values, so it asks for the same URLs."""
    clients = clients_of(job.checkout, contents.definitions)
    crumbs = asked_before(job.event)
    if not clients or not (crumbs or seen["net"] or imported["net"]):
        return []
    late, bodies = bool(imported["net"]), contents.found[:BODIES]
    sleeps = slept(job.checkout, dict.fromkeys(d.file for d in contents.definitions), late)
    silent = [Silence(clients, n, True, late, sleeps) for n in no_answer_told(clients, job.event["exceptions"])]
    guessed = [Silence(clients, n, False, late, sleeps) for n in no_answer_caught(clients, contents.definitions)] if not silent else []
    found = [of_url(clients, crumb, earlier(job.event, crumb), bodies, late, sleeps) for crumb in crumbs] if exact else []
    if len(found) < 2:
        to_all = to_whatever(clients, crumbs, job.event, contents.error["value"], bodies, late, sleeps)
        found = [found[0] + to_all] if found and not silent else [*found, silent + to_all] if silent else [to_all if crumbs else guessed + to_all]
    elif silent:
        found.append(silent)
    if guessed and crumbs:
        found.append([AsItIs(), *guessed])
    return found


def slept(checkout, files, late):
    """The names by which the program waits between two tries; late: its modules are imported once `time` has another."""
    own = [f"{checkout.module(f)[1]}.{name}" for f in files for name, meant in f.imports.items() if meant == ("time", "sleep")]
    waits = own or any("time.sleep(" in line for f in files for line in f.lines)
    return ["time.sleep", *(own if not late else ())] if waits else []


def of_url(clients, crumb, before, bodies, late, sleeps):
    """What one URL may have answered: the last alone, for those before may have been asked by others; then one after the other."""
    with_none = [Content("", "")] if crumb[2] >= 400 else []
    found = [Answer(clients, *crumb, body, late, (), sleeps) for body in with_none + bodies]
    return found + in_turn(clients, crumb, before, with_none + bodies, late, sleeps)


def in_turn(clients, crumb, before, bodies, late, sleeps):
    """The same with what was answered first: errors say nothing, the rest is as the source would go on from."""
    if not before:
        return []
    empty = Content("", "", True)
    if all(status >= 400 for status, _ in before):
        return [Answer(clients, *crumb, body, late, [(s, r, empty) for s, r in before], sleeps) for body in bodies[:BODIES // 2]]
    return [Answer(clients, *crumb, body, late, [(s, r, empty if s >= 400 else first) for s, r in before], sleeps)
            for body in bodies[:FIRST * 4] for first in bodies[:FIRST] if first is not body]


def to_whatever(clients, crumbs, event, message, bodies, late, sleeps):
    """Answers to any URL."""
    told = STATUS.search(message)
    status, reason = (crumbs[-1][2], crumbs[-1][3]) if crumbs else (int(told[1]) if told else 200, reason_of(message))
    found = [Answer(clients, "GET", None, status, reason, body, late, (), sleeps) for body in bodies]
    return found + (in_turn(clients, ("GET", None, status, reason), earlier(event, crumbs[-1]), bodies, late, sleeps) if len(crumbs) == 1 else [])


def reason_of(message):
    said = re.search(r"\b[1-5]\d\d (?:Client Error|Server Error)?:? ?([A-Za-z '-]{2,40}?)(?: for url|$)|HTTP Error [1-5]\d\d: ([A-Za-z '-]{2,40})$", message)
    return clean((said[1] or said[2]).strip()) if said else ""


def urls_told(event):
    """Texts of which the call's own may be made: the addresses of the servers that were asked, those URLs, and what stands in them."""
    origins, rest = [], []
    for _, url, _, _ in asked_before(event):
        parts = urllib.parse.urlsplit(url)
        origins.append(f"{parts.scheme}://{parts.netloc}")
        rest += [url.partition("?")[0], *(v for _, v in urllib.parse.parse_qsl(parts.query)), *parts.path.split("/")[-1:]]
    return [t for t in dict.fromkeys(origins + rest) if t][:6]
