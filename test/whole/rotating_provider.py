"""A provider that forgives nothing: a real HTTP server with Sentry's OAuth. A grant has one access and one refresh token; a
refresh replaces both at once, and the old ones are dead that moment (`grace_s`: for so long the old refresh token still
brings the same new pair). It keeps what it was asked, and breaks on demand in every way that providers have been seen to.

    provider.next("drop_after")             the next token request's answer is lost after the rotation
    provider.delay_before_s = 15            from now on: thinks so long before it rotates
    provider.limit_per_s = 50               more than that in a second: 429, and counted in .refused_by_limit

Standard library and marks.py only."""

import contextlib
import dataclasses
import hashlib
import http.server
import json
import secrets
import socket
import threading
import time
import urllib.parse

import marks

FAULTS = ("drop_before", "drop_after", "truncate", "html", "status", "rate_limit", "delay_before", "delay_after")
ORGANIZATIONS = [{"id": "1", "slug": "acme", "name": "Acme", "links": {"organizationUrl": "", "regionUrl": ""}}]


@dataclasses.dataclass
class Grant:
    number: int
    access: str
    refresh: str
    expires: float
    rotations: int = 0
    dead: bool = False


@dataclasses.dataclass
class Asked:
    """One refresh request: when, which refresh token (its hash), whose, and what became of it."""
    at: float
    token: str
    grant: int
    outcome: str


def new_token():
    """As the sandbox's: marks.py looks for them."""
    return marks.TOKEN_MARK + secrets.token_hex(24)


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()[:16]


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, *_):
        """A client that hung up, most often by kill -9."""


class RotatingProvider:
    def __init__(self, grace_s=0.0, ttl_s=3600.0):
        self.grace_s, self.ttl_s = grace_s, ttl_s
        self.delay_before_s = self.delay_after_s = 0.0
        self.limit_per_s = None
        self.lock = threading.Condition()
        self.grants, self.by_refresh, self.by_access, self.replaced = [], {}, {}, {}
        self.codes, self.faults, self.asked, self.arrivals = {}, [], [], []
        self.refused_by_limit = 0
        self.server = Listener(("127.0.0.1", 0), type("Handler", (Handler,), {"provider": self}))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def next(self, fault, times=1, **more):
        assert fault in FAULTS, fault
        with self.lock:
            self.faults += [(fault, more)] * times

    def add(self, access, refresh, ttl_s=None):
        """A grant that was given long ago."""
        with self.lock:
            grant = Grant(len(self.grants), access, refresh, time.time() + (self.ttl_s if ttl_s is None else ttl_s))
            self.grants.append(grant)
            self.by_refresh[refresh] = self.by_access[access] = grant
            return grant

    def wait(self, done, timeout_s=60):
        """Until done() holds, looked at after each token request."""
        with self.lock:
            assert self.lock.wait_for(done, timeout_s), "the provider was not asked"

    def valid(self, access):
        grant = self.by_access.get(access)
        return grant is not None and not grant.dead and time.time() < grant.expires

    def refreshes(self, outcome=None):
        with self.lock:
            return [a for a in self.asked if outcome is None or a.outcome == outcome]

    def times_sent(self):
        """How often each refresh token was sent."""
        count = {}
        for asked in self.refreshes():
            count[asked.token] = count.get(asked.token, 0) + 1
        return count

    def most_in_a_second(self):
        """The most token requests that came within any second."""
        times, first, most = sorted(self.arrivals), 0, 0
        for last, at in enumerate(times):
            while times[first] <= at - 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    def hurry(self):
        """Who is being kept waiting is answered now, and nobody else is kept."""
        with self.lock:
            self.delay_before_s = self.delay_after_s = 0.0
            self.lock.notify_all()

    # What the handler does, in its threads.

    def think(self, seconds):
        with self.lock:
            before, after = self.delay_before_s, self.delay_after_s
            self.lock.wait_for(lambda: (self.delay_before_s, self.delay_after_s) != (before, after), seconds)

    def new_code(self):
        code = secrets.token_hex(16)
        with self.lock:
            self.codes[code] = True
        return code

    def exchange(self, code):
        """The new grant; None for a code that is not known or was used."""
        with self.lock:
            known = self.codes.pop(code, None)
        return self.add(new_token(), new_token()) if known else None

    def over_the_limit(self):
        """Sentry counts in whole seconds of its own clock."""
        with self.lock:
            now = time.time()
            self.arrivals.append(now)
            if self.limit_per_s is None:
                return False
            start, n = int(now), 0
            for at in reversed(self.arrivals):
                if at < start:
                    break
                n += 1
            self.refused_by_limit += n > self.limit_per_s
            return n > self.limit_per_s

    def note(self, refresh, outcome):
        with self.lock:
            grant = self.by_refresh.get(refresh) or self.replaced.get(refresh, (None,))[0]
            self.asked.append(Asked(time.time(), digest(refresh), grant.number if grant else -1, outcome))
            self.lock.notify_all()
            return self.asked[-1]

    def rotate(self, refresh):
        """(grant, what became of it): replaced, again within the grace, or refused."""
        with self.lock:
            grant = self.by_refresh.pop(refresh, None)
            if grant and not grant.dead:
                self.by_access.pop(grant.access)
                self.replaced[refresh] = (grant, time.time() + self.grace_s, grant.rotations + 1)
                grant.access, grant.refresh = new_token(), new_token()
                grant.expires, grant.rotations = time.time() + self.ttl_s, grant.rotations + 1
                self.by_refresh[grant.refresh] = self.by_access[grant.access] = grant
                return grant, "replaced"
            grant, until, rotation = self.replaced.get(refresh, (None, 0, 0))
            if grant and not grant.dead and time.time() < until and grant.rotations == rotation:
                return grant, "again"
            return None, "refused"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    provider = None

    def log_message(self, *_):
        pass

    def send(self, status, payload, headers=(), kind="application/json", cut=False):
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)
        self.close_connection = self.close_connection or cut

    def drop(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path.startswith("/oauth/authorize"):
            back = urllib.parse.urlencode({"code": self.provider.new_code(), "state": query.get("state", "")})
            return self.send(302, b"", [("Location", f"{query['redirect_uri']}?{back}")], "text/plain")
        if not self.provider.valid(self.headers.get("Authorization", "").removeprefix("Bearer ")):
            return self.send(401, {"detail": "Invalid token"})
        return self.send(200, ORGANIZATIONS if url.path.startswith("/api/0/organizations") else [])

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = dict(urllib.parse.parse_qsl(body))
        if form.get("grant_type") == "authorization_code":
            grant = self.provider.exchange(form.get("code", ""))
            return self.tokens(grant) if grant else self.send(400, {"error": "invalid_grant"})
        return self.refresh(form.get("refresh_token", ""))

    def tokens(self, grant, cut=False):
        with self.provider.lock:
            answer = {"access_token": grant.access, "refresh_token": grant.refresh, "token_type": "bearer",
                      "expires_in": max(int(grant.expires - time.time()), 1), "scope": "org:read project:read event:read",
                      "user": {"id": str(grant.number), "email": "a@example.com", "name": "A"}}
        self.send(200, answer, cut=cut)

    def limited(self):
        reset = int(time.time()) + 1
        self.send(429, "You are attempting to use this endpoint too frequently. Limit is 50 requests in 1 seconds",
                  [("X-Sentry-Rate-Limit-Limit", "50"), ("X-Sentry-Rate-Limit-Remaining", "0"),
                   ("X-Sentry-Rate-Limit-Reset", str(reset)), ("X-Sentry-Rate-Limit-ConcurrentLimit", "25"),
                   ("X-Sentry-Rate-Limit-ConcurrentRemaining", "25")])

    def not_done(self, refresh, fault, more):
        """A fault that leaves the tokens as they are; whether that was the whole answer."""
        if fault not in ("drop_before", "html", "status", "rate_limit"):
            return False
        self.provider.note(refresh, fault)
        if fault == "drop_before":
            self.drop()
        elif fault == "html":
            self.send(more.get("status", 502), b"<html><body>Bad gateway</body></html>", kind="text/html")
        elif fault == "rate_limit":
            self.limited()
        else:
            self.send(more["status"], {"detail": "Internal Error"})
        return True

    def refresh(self, refresh):
        provider = self.provider
        if provider.over_the_limit():
            provider.note(refresh, "limited")
            return self.limited()
        with provider.lock:
            fault, more = provider.faults.pop(0) if provider.faults else (None, {})
        provider.think(more.get("s", 0) if fault == "delay_before" else provider.delay_before_s)
        if self.not_done(refresh, fault, more):
            return None
        grant, outcome = provider.rotate(refresh)
        provider.note(refresh, outcome)
        provider.think(more.get("s", 0) if fault == "delay_after" else provider.delay_after_s)
        if fault == "drop_after":
            return self.drop()
        return self.tokens(grant, fault == "truncate") if grant else self.send(400, {"error": "invalid_grant"})
