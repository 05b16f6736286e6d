"""The clients that ask servers, and what stands in the place of a connection of theirs in a test. A stub is below the client's public functions, and asks
answer_to(method, url) for (status, reason, body); what no server answered, answer_to raises."""

import ast
import re

from devflow_source import dotted
from devflow_values import literal

TO_ALL = '''
def answer_to(method, url):
    """What the server answered. Its address is not in the event: to whatever is asked."""
    return ANSWER
'''
TO_ALL_IN_TURN = '''
def answer_to(method, url):
    """What the server answered, one after the other, then the last. Its address is not in the event: to whatever is asked."""
    TURNS["all"] = TURNS.get("all", 0) + 1
    return ANSWERS[min(TURNS["all"], len(ANSWERS)) - 1]
'''
BY_URL = '''
def answer_to(method, url):
    """What the server answered, as the event says. Nothing else can be reached."""
    for asked in (f"{method} {url}", f"{method} {url.partition('?')[0]}"):
        if asked in ANSWERS:
            return ANSWERS[asked]
    raise ConnectionRefusedError(111, f"Connection refused: {method} {url}")
'''
IN_TURN = '''
def answer_to(method, url):
    """What the server answered, as the event says: one after the other, then the last. Nothing else can be reached."""
    for asked in (f"{method} {url}", f"{method} {url.partition('?')[0]}"):
        if asked in ANSWERS:
            TURNS[asked] = TURNS.get(asked, 0) + 1
            return ANSWERS[asked][min(TURNS[asked], len(ANSWERS[asked])) - 1]
    raise ConnectionRefusedError(111, f"Connection refused: {method} {url}")
'''
REFUSED = 'raise ConnectionRefusedError(111, f"Connection refused: {method} {url}")'
FAILS = '''
def answer_to(method, url):
    """No answer came."""
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
AIOHTTP = '''
class AsyncWire(asyncio.Transport):
    """In the place of a connection: once something is asked, the answer is there."""

    def __init__(self, protocol, answer):
        super().__init__()
        self.protocol, self.answer, self.open = protocol, answer, True

    def write(self, data):
        if self.answer:
            asyncio.get_running_loop().call_soon(self.protocol.data_received, self.answer)
            self.answer = b""

    def writelines(self, parts):
        self.write(b"".join(parts))

    def is_closing(self):
        return not self.open

    def close(self):
        if self.open:
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)
        self.open = False

    abort = close


async def connected(connector, request, *args, **kwargs):
    """For TCPConnector._create_connection."""
    status, reason, body = answer_to(request.method, str(request.url))
    head = f"HTTP/1.1 {status} {reason}\\r\\nContent-Type: {KIND}\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n"
    protocol = connector._factory()
    protocol.connection_made(AsyncWire(protocol, head.encode("latin-1") + body))
    return protocol
'''
# client: the modules that a program imports of it; those that use another one come before it.
IMPORTED = {"httpx": ["httpx"], "requests": ["requests"], "aiohttp": ["aiohttp"], "urllib3": ["urllib3"], "http": ["urllib.request", "http.client"]}
# client: (modules, text, [(what is replaced, by what)])
CLIENTS = {
    "http": (["http.client", "io"], HTTP_CLIENT, [("http.client.HTTPConnection.request", "ask"), ("http.client.HTTPConnection.getresponse", "take")]),
    "requests": (["requests", "io"], REQUESTS, [("requests.adapters.HTTPAdapter.send", "sent")]),
    "urllib3": (["urllib3", "io"], URLLIB3, [("urllib3.connectionpool.HTTPConnectionPool.urlopen", "pooled")]),
    "httpx": (["httpx"], HTTPX, [("httpx.HTTPTransport.handle_request", "handled"), ("httpx.AsyncHTTPTransport.handle_async_request", "handled_later")]),
    "aiohttp": (["aiohttp", "asyncio"], AIOHTTP, [("aiohttp.TCPConnector._create_connection", "connected")]),
}


class NoAnswer:
    """What a client raises where no answer came. code: the exception, as an expression of literals. late: when the answer is awaited, not when it is asked."""

    def __init__(self, client, modules, code, late=False):
        self.client, self.modules, self.code, self.late = client, modules, code, late


OF_SYSTEM = {"ConnectionRefusedError", "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError", "TimeoutError", "timeout", "gaierror", "OSError",
             "RemoteDisconnected"}
OF_CLIENT = {
    "httpx": ("httpx", {"ConnectError", "ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout", "ReadError", "WriteError", "RemoteProtocolError",
                        "ProxyError", "UnsupportedProtocol"}),
    "requests": ("requests.exceptions", {"ConnectionError", "ConnectTimeout", "ReadTimeout", "Timeout", "SSLError", "ProxyError", "ChunkedEncodingError"}),
    "aiohttp": ("aiohttp", {"ClientConnectionError", "ServerDisconnectedError", "ServerTimeoutError", "ConnectionTimeoutError", "SocketTimeoutError"}),
    "urllib3": ("urllib3.exceptions", {"MaxRetryError", "NewConnectionError", "ReadTimeoutError", "ConnectTimeoutError", "ProtocolError", "SSLError",
                                       "NameResolutionError"}),
}
TO_HOST = re.compile(r"Cannot connect to host ([\w.-]{1,253}):(\d{1,5}) ssl:default \[(.*)\]", re.S)
REFUSAL = "[Errno 111] Connection refused"
# client: {what the source catches: (what to raise, its message)}
CAUGHT = {
    "httpx": {**dict.fromkeys(["HTTPError", "RequestError", "TransportError", "NetworkError", "ConnectError"], ("ConnectError", REFUSAL)),
              **dict.fromkeys(["TimeoutException", "ReadTimeout"], ("ReadTimeout", "timed out")), "ConnectTimeout": ("ConnectTimeout", "timed out")},
    "requests": {**dict.fromkeys(["RequestException", "ConnectionError"], ("ConnectionError", REFUSAL)),
                 **dict.fromkeys(["Timeout", "ReadTimeout"], ("ReadTimeout", "Read timed out.")), "ConnectTimeout": ("ConnectTimeout", "timed out")},
    "aiohttp": {**dict.fromkeys(["ClientError", "ClientConnectionError", "ClientConnectorError", "ClientOSError"], ("ClientConnectionError", REFUSAL)),
                **dict.fromkeys(["TimeoutError", "ServerTimeoutError"], ("ServerTimeoutError", ""))},
    "urllib3": {**dict.fromkeys(["HTTPError", "MaxRetryError", "RequestError", "PoolError", "NewConnectionError"], ("MaxRetryError", REFUSAL)),
                **dict.fromkeys(["TimeoutError", "ReadTimeoutError"], ("ReadTimeoutError", "Read timed out."))},
    "http": {**dict.fromkeys(["URLError", "ConnectionError", "ConnectionRefusedError"], ("ConnectionRefusedError", REFUSAL)),
             **dict.fromkeys(["TimeoutError", "timeout"], ("TimeoutError", "timed out")), "ConnectionResetError": ("ConnectionResetError", REFUSAL)},
}
ANY = {"OSError", "IOError", "Exception", ""}


def raised(client, name, message, wrapped=True):
    """The NoAnswer of a client's exception of that name, or None. wrapped: urllib.request says it as a URLError."""
    if client == "http" and name in OF_SYSTEM:
        owner = {"gaierror": "socket.", "timeout": "socket.", "RemoteDisconnected": "http.client."}.get(name, "")
        told = re.fullmatch(r"\[Errno (-?\d{1,5})\] (.*)", message, re.S)
        given = f"{int(told[1])}, {literal(told[2])}" if told else literal(message)
        return NoAnswer(client, ["socket"] if owner == "socket." else [], f"{owner}{name}({given})", not wrapped)
    to_host = TO_HOST.fullmatch(message) if client == "aiohttp" and name.startswith("ClientConnector") else None
    if to_host:
        return no_connection(name, *to_host.groups())
    module, names = OF_CLIENT.get(client, ("", ()))
    if name not in names:
        return None
    if client == "urllib3":
        return NoAnswer(client, [module], f"{module}.{name}.__new__({module}.{name}, {literal(message)})")
    return NoAnswer(client, [module], f"{module}.{name}({literal(message)})")


def no_connection(name, host, port, why):
    """The exceptions of aiohttp that say where there was none: these make their message of a key of their pool."""
    if name not in ("ClientConnectorError", "ClientConnectorDNSError"):
        return None
    key = f"aiohttp.client_reqrep.ConnectionKey({literal(host)}, {int(port)}, False, True, None, None, None)"
    return NoAnswer("aiohttp", ["aiohttp"], f"aiohttp.{name}({key}, OSError(111, {literal(why)}))")


def no_answer_told(clients, exceptions):
    """What the event's exceptions say: that of the client if there is one, else that of the system. clients: in the order of IMPORTED."""
    wrapped = any(e["type"].split(".")[-1] == "URLError" for e in exceptions)
    for client in clients:
        for e in reversed(exceptions):
            found = raised(client, e["type"].split(".")[-1], e["value"] or "", wrapped)
            if found:
                return [found]
    return []


def no_answer_caught(clients, definitions):
    """What the source is ready for."""
    caught = []
    for d in definitions:
        for node in ast.walk(d.node):
            if isinstance(node, ast.ExceptHandler):
                caught += [dotted(n).split(".")[-1] for n in (getattr(node.type, "elts", [node.type]) if node.type else [])] or [""]
    found = {}
    for client in clients:
        table = CAUGHT[client]
        for name in dict.fromkeys(caught):
            what = table.get(name) or (next(iter(table.values())) if name in ANY else None)
            one = raised(client, *what) if what else None
            if one:
                found.setdefault(one.code, one)
    return list(found.values())[:4]
