"""What servers answered, put back in a test: which were asked, and with what status, as breadcrumbs say; what they said, as variables have it or as the source
uses it. The program's own client is used up to where it would open a connection."""

import re
import urllib.parse

from devflow_contents import Content
from devflow_values import Node, literal

URLS, BODIES = 4, 120
CATEGORIES = {"httplib", "http", "httpx", "requests", "urllib", "urllib3", "aiohttp"}
STATUS = re.compile(r"(?<![\d.])([1-5]\d\d)(?![\d.])")
HTTP_URL = re.compile(r"https?://[^\s'\"<>]{1,400}")

TO_ALL = '''
def answer_to(method, url):
    """What the server answered. Its address is not in the event: to whatever is asked."""
    return ANSWER
'''
BY_URL = '''
def answer_to(method, url):
    """What the server answered, as the event says. Nothing else can be reached."""
    for asked in (f"{method} {url}", f"{method} {url.partition('?')[0]}"):
        if asked in ANSWERS:
            return ANSWERS[asked]
    raise ConnectionRefusedError(111, f"Connection refused: {method} {url}")
'''
NOBODY = '''
def answer_to(method, url):
    """No server can be reached."""
    raise ConnectionRefusedError(111, "Connection refused")
'''
HTTP_CLIENT = '''
class Wire(io.BytesIO):
    """In the place of a connection: what a server sends."""

    def makefile(self, *args, **kwargs):
        return self


def ask(connection, method, url, *args, **kwargs):
    """For HTTPConnection.request."""
    if "://" not in url:
        secure = isinstance(connection, http.client.HTTPSConnection)
        port = "" if connection.port == connection.default_port else f":{connection.port}"
        url = f"{'https' if secure else 'http'}://{connection.host}{port}{url}"
    connection.asked = method, answer_to(method, url)


def take(connection):
    """For HTTPConnection.getresponse."""
    method, (status, reason, body) = connection.asked
    head = f"HTTP/1.1 {status} {reason}\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n"
    response = http.client.HTTPResponse(Wire(head.encode("latin-1") + body), method=method)
    response.begin()
    return response
'''
REQUESTS = '''
def sent(adapter, request, **kwargs):
    """For HTTPAdapter.send: no connection is made."""
    response = requests.Response()
    response.request, response.url = request, request.url
    response.status_code, response.reason, body = answer_to(request.method, request.url)
    response.raw, response.encoding = io.BytesIO(body), "utf-8"
    return response
'''
URLLIB3 = '''
def pooled(pool, method, url, *args, **kwargs):
    """For HTTPConnectionPool.urlopen: no connection is made."""
    port = "" if pool.port in (None, 80, 443) else f":{pool.port}"
    status, reason, body = answer_to(method, f"{pool.scheme}://{pool.host}{port}{url}")
    return urllib3.HTTPResponse(io.BytesIO(body), status=status, reason=reason, preload_content=kwargs.get("preload_content", True))
'''
HTTPX = '''
def handled(transport, request):
    """For HTTPTransport.handle_request: no connection is made."""
    status, reason, body = answer_to(request.method, str(request.url))
    return httpx.Response(status, content=body, request=request, extensions={"reason_phrase": reason.encode("ascii", "replace")})


async def handled_later(transport, request):
    return handled(transport, request)
'''
# client: (modules, text, [(what is replaced, by what)])
CLIENTS = {
    "http": (["http.client", "io"], HTTP_CLIENT, [("http.client.HTTPConnection.request", "ask"), ("http.client.HTTPConnection.getresponse", "take")]),
    "requests": (["requests", "io"], REQUESTS, [("requests.adapters.HTTPAdapter.send", "sent")]),
    "urllib3": (["urllib3", "io"], URLLIB3, [("urllib3.connectionpool.HTTPConnectionPool.urlopen", "pooled")]),
    "httpx": (["httpx"], HTTPX, [("httpx.HTTPTransport.handle_request", "handled"), ("httpx.AsyncHTTPTransport.handle_async_request", "handled_later")]),
}


class Answer(Node):
    """One answer: to a method and URL, or to whatever is asked where `url` is None."""

    def __init__(self, clients, method, url, status, reason, content, late=False):
        self.clients, self.method, self.url, self.status, self.reason, self.content, self.late = clients, method, url, status, reason, content, late
        self.exact = content.exact and url is not None
        self.why = "" if self.exact else "what a server answered is not all in the event"

    def with_content(self, content):
        return Answer(self.clients, self.method, self.url, self.status, self.reason, content, self.late)

    def key(self):
        return ("answer", self.method, self.url, self.status, repr(self.content.data))

    def said(self):
        what = f"{self.method} {self.url} is answered" if self.url else "Every server answers"
        how = self.content.told or ("what it said was found by running it" if not self.content.exact else "whatever its text")
        return f"{what} {self.status} {self.reason}".rstrip() + f", {how}."

    def body(self):
        return self.content.data if isinstance(self.content.data, bytes) else self.content.data.encode()

    def put(self, place):
        place.gather("answers", self)

    @staticmethod
    def finish(place, nodes):
        if isinstance(nodes[0], Nobody):
            place.top(NOBODY)
            nodes[0].replace(place)
            return
        to_all = [n for n in nodes if n.url is None]
        parts = lambda n: f"({n.status}, {literal(n.reason)}, {literal(n.body())})"  # noqa: E731
        if to_all:
            place.top(f"ANSWER = {parts(to_all[0])}\n\n{TO_ALL}")
        else:
            listed = "".join(f"    {literal(f'{n.method} {n.url}')}: {parts(n)},\n" for n in nodes)
            place.top(f"ANSWERS = {{\n{listed}}}\n\n{BY_URL}")
        nodes[0].replace(place)

    def replace(self, place):
        for client in self.clients:
            modules, text, replaced = CLIENTS[client]
            for module in modules:
                place.module(module)
            place.top(text)
            for what, by in replaced:
                place.line(f"monkeypatch.setattr({literal(what)}, {by})")


class Nobody(Answer):
    """No server can be reached."""

    def __init__(self, clients, late=False):
        super().__init__(clients, "", "", 0, "", Content("", "", True), late)

    def said(self):
        return "No server can be reached."


def clients_of(checkout, definitions):
    """Those that the files of the definitions import, else those of any file that speaks of one."""
    files = list(dict.fromkeys(d.file for d in definitions))
    for some in (files, checkout.having("urllib.request") + checkout.having("import requests") + checkout.having("http.client") + checkout.having("httpx")):
        heads = {m[0].lstrip(".").split(".")[0] for file in some[:40] for m in file.imports.values()}
        found = [name for name, words in (("http", {"urllib", "http"}), ("requests", {"requests"}), ("urllib3", {"urllib3"}), ("httpx", {"httpx"}))
                 if words & heads]
        if found:
            return found
    return []


def asked_before(event):
    """[(method, url, status, reason)] of the breadcrumbs, the last of each method and URL, in their order."""
    found = {}
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
        found.pop((method, url), None)
        found[method, url] = (method, url, int(status), clean(reason))
    return list(found.values())[-URLS:]


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
    message = contents.error["value"]
    if not clients or not (crumbs or seen["net"] or imported["net"]):
        return []
    late, bodies = bool(imported["net"]), contents.found[:BODIES]
    found = [[Answer(clients, *crumb, body, late) for body in ([Content("", "")] + bodies if crumb[2] >= 400 else bodies)] for crumb in crumbs] if exact else []
    if len(found) < 2:
        told = STATUS.search(message)
        status, reason = (crumbs[-1][2], crumbs[-1][3]) if crumbs else (int(told[1]) if told else 200, reason_of(message))
        to_all = [Answer(clients, "GET", None, status, reason, body, late) for body in bodies]
        found = [found[0] + to_all] if found else [to_all]
    return found


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
