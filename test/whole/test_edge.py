"""What stands between the API and the world: other origins' pages, reverse proxies, TLS, and the settings of production."""

import contextlib
import http.server
import json
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time
import warnings

import pytest
import requests
from conftest import Api, Walk
from test_access import eventually
from test_framing import GET, MALFORMED, SMUGGLED

APP = "https://app.example.com"
GUIDE_KEY = "9qtS3m9XKViXxLagqeeVHdKiWgE1mLsXC6u3l9xoL6A="
GUIDE_SECRET = "8a4af4ef829f299f11178f15bf2ed5eb26bd4c615d5a524a63d35811726e1757"


def cors_headers(answer):
    return {name for name in answer.headers if name.startswith("Access-Control-")}


def preflight(api, origin, path="/projects", **headers):
    return api.session.options(f"{api.url}{path}", timeout=30, headers={
        "Origin": origin, "Access-Control-Request-Method": "POST", **headers})


def test_pages_of_listed_origins_may_use_the_api(start_api):
    api = start_api({"CORS_ORIGINS": f"{APP}, http://localhost:5173"})
    for origin in (APP, "http://localhost:5173", api.origin):
        answer = api.get("/projects", headers={"Origin": origin})
        assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == origin
        assert "Origin" in answer.headers["Vary"] and "RateLimit" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        answer = api.get("/projects/none", headers={"Origin": origin})
        assert answer.status_code == 404 and answer.headers["Access-Control-Allow-Origin"] == origin, "errors can be read too"
        answer = preflight(api, origin, **{"Access-Control-Request-Headers": "authorization,content-type"})
        assert answer.status_code == 204 and answer.headers["Access-Control-Allow-Origin"] == origin
        assert "POST" in answer.headers["Access-Control-Allow-Methods"] and answer.text == ""
        assert answer.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
        assert "Access-Control-Allow-Credentials" not in answer.headers and int(answer.headers["Access-Control-Max-Age"]) > 0
        assert {"Origin", "Access-Control-Request-Method"} <= {word.strip() for word in answer.headers["Vary"].split(",")}
    answer = api.get("/projects")
    assert "Origin" in answer.headers["Vary"] and not cors_headers(answer), "a cache must not mix the two up"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://app.example.com", f"{APP}:8443", f"{APP}.evil.example", "null", "*"])
def test_pages_of_other_origins_may_not(start_api, origin):
    api = start_api({"CORS_ORIGINS": APP})
    for answer in (api.get("/projects", headers={"Origin": origin}), preflight(api, origin), preflight(api, origin, "/proxy/shop/sentry/x")):
        assert answer.status_code == 403 and answer.json()["code"] == "forbidden_origin" and not cors_headers(answer)


def test_without_the_setting_only_our_own_pages_may(api):
    assert preflight(api, APP).status_code == 403
    assert api.get("/projects", headers={"Origin": APP}).status_code == 403
    assert api.get("/projects", headers={"Origin": api.origin}).headers["Access-Control-Allow-Origin"] == api.origin
    answer = api.get("/projects")
    assert not cors_headers(answer) and "Vary" not in answer.headers
    answer = preflight(api, api.origin, **{"Access-Control-Request-Headers": "x y"})
    assert "Access-Control-Allow-Headers" not in answer.headers


@pytest.mark.parametrize("name,value,says", [
    ("CORS_ORIGINS", "*", "CORS_ORIGINS"), ("CORS_ORIGINS", f"{APP}/", "CORS_ORIGINS"),
    ("CORS_ORIGINS", "app.example.com", "CORS_ORIGINS"), ("CORS_ORIGINS", "https://*.example.com", "CORS_ORIGINS"),
    ("TRUSTED_PROXIES", "nginx", "TRUSTED_PROXIES"), ("TRUSTED_PROXIES", "10.0.0.1/8", "TRUSTED_PROXIES"),
    ("TRUSTED_PROXIES_HEADER", "X-Real-IP", "TRUSTED_PROXIES_HEADER"), ("TLS_CERT", "/nowhere.pem", "TLS_CERT"),
])
def test_wrong_settings_are_refused(devflow, bare_env, name, value, says):
    key = subprocess.run([devflow, "key:generate"], env=bare_env, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    env = {**bare_env, "OAUTH_ENCRYPTION_KEY": key, name: value, "PORT": "0"}
    done = subprocess.run([devflow, "serve"], env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 78 and f"devflow: {says}" in done.stderr, done.stderr


def limited_as(api, **headers):
    """What a caller without a key, who has one request an hour, is told at first and then; 200 for all but 429."""
    bare = requests.Session()
    bare.trust_env = False
    answers = [bare.get(f"{api.url}/providers", headers=headers, timeout=30).status_code for _ in range(2)]
    return [429 if status == 429 else 200 for status in answers]


def test_proxies_are_believed_only_by_setting(start_api):
    plain = start_api({"RATE_LIMIT": "1/hour"})
    assert limited_as(plain, **{"X-Forwarded-For": "192.0.2.1"}) == [200, 429]
    assert limited_as(plain, **{"X-Forwarded-For": "192.0.2.2"}) == [429, 429]
    api = start_api({"RATE_LIMIT": "1/hour", "TRUSTED_PROXIES": "127.0.0.0/8, ::1"})
    assert limited_as(api, **{"X-Forwarded-For": "192.0.2.1"}) == [200, 429]
    assert limited_as(api, **{"X-Forwarded-For": "192.0.2.2"}) == [200, 429]
    assert limited_as(api, **{"X-Forwarded-For": "192.0.2.77, 192.0.2.2"}) == [429, 429], "what the client wrote does not count"
    assert limited_as(api, **{"X-Forwarded-For": "192.0.2.2, 127.0.0.9"}) == [429, 429]
    assert limited_as(api, **{"X-Forwarded-For": "2001:db8::1"}) == [200, 429]
    assert limited_as(api, **{"X-Forwarded-For": "2001:db8::2"}) == [429, 429], "one network of 64 bits"
    assert limited_as(api, **{"Forwarded": "for=192.0.2.3"}) == [200, 429], "the other header is not read: this is the proxy itself"
    assert limited_as(api, **{"Forwarded": "for=192.0.2.4"}) == [429, 429]
    api = start_api({"RATE_LIMIT": "1/hour", "TRUSTED_PROXIES": "127.0.0.1", "TRUSTED_PROXIES_HEADER": "Forwarded"})
    assert limited_as(api, **{"Forwarded": 'for="[2001:db8::1]:4711";proto=https'}) == [200, 429]
    assert limited_as(api, **{"Forwarded": "for=192.0.2.5", "X-Forwarded-For": "192.0.2.6"}) == [200, 429]
    assert limited_as(api, **{"Forwarded": "for=192.0.2.5", "X-Forwarded-For": "192.0.2.7"}) == [429, 429]


def test_a_request_that_was_passed_on_is_not_from_this_machine(start_api, start_sandbox):
    """authUrl completes without a cookie only for a browser on this machine; a proxy there does not make one of it."""
    api = start_api()
    walk = Walk(api, start_sandbox(api.redirect_uri))
    walk.create()
    walk.register()
    session = requests.Session()
    session.trust_env = False
    state = walk.authorize()["authUrl"].split("state=")[1].split("&")[0]
    for header in ({"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}, {"Via": "1.1 proxy"},
                   {"X-Forwarded-Host": "localhost"}, {"X-Forwarded-Proto": "http"}, {"X-Forwarded-For": ""}):
        answer = session.get(f"{api.url}/auth/sentry/callback?code=x&state={state}", headers=header, timeout=30)
        assert answer.status_code == 403, answer.text
        limited = session.get(f"{api.url}/projects", headers=header, timeout=30)
        assert "RateLimit" in limited.headers, header
    assert "RateLimit" not in session.get(f"{api.url}/projects", timeout=30).headers


@pytest.mark.parametrize("header, values", [("X-Forwarded-For", ("unknown", "_hidden", "192.0.2.1, unknown", "", ",")),
                                            ("Forwarded", ("for=unknown", "for=_x", "proto=https", "for="))])
def test_who_a_trusted_proxy_does_not_name_is_not_from_this_machine(start_api, start_sandbox, header, values):
    api = start_api({"TRUSTED_PROXIES": "127.0.0.1", "TRUSTED_PROXIES_HEADER": header})
    walk = Walk(api, start_sandbox(api.redirect_uri))
    walk.create()
    walk.register()
    session = requests.Session()
    session.trust_env = False
    state = walk.authorize()["authUrl"].split("state=")[1].split("&")[0]
    for value in values:
        answer = session.get(f"{api.url}/auth/sentry/callback?code=x&state={state}", headers={header: value}, timeout=30)
        assert answer.status_code == 403 and "RateLimit" in answer.headers, (value, answer.text)


def test_pages_carry_their_headers(api):
    answer = api.session.get(f"{api.url}/auth/sentry/callback?code=x&state=y", timeout=30)
    assert answer.headers["Content-Type"].startswith("text/html")
    for name, value in {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
                        "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
                        "Cache-Control": "no-store"}.items():
        assert answer.headers[name] == value
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"] and "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in answer.headers, "http has no use for it"


# Production


@pytest.fixture
def production(start_api):
    return start_api({"API_URL": "https://api.example.com", "TRUSTED_PROXIES": "127.0.0.1"})


def test_production_refuses_what_is_weak(production):
    api = production
    body = {"projectId": "shop", "provider": "SENTRY", "clientId": "id", "clientSecret": "a secret of one's own",
            "redirectUri": "https://api.example.com/api/v1/auth/sentry/callback"}
    assert api.post("/projects", {"id": "shop", "name": "Shop"}).status_code == 201
    for uri in ("http://api.example.com/cb", "http://localhost:3001/api/v1/auth/sentry/callback", "http://127.0.0.1/cb"):
        answer = api.post("/auth/apps/register", {**body, "redirectUri": uri})
        assert answer.status_code == 400 and answer.json()["code"] == "invalid_redirect_uri"
    answer = api.post("/auth/apps/register", {**body, "clientSecret": GUIDE_SECRET})
    assert answer.status_code == 400 and "guide" in answer.json()["message"] and GUIDE_SECRET not in answer.text
    assert api.post("/auth/apps/register", body).status_code == 200
    assert api.get("/health").headers["Strict-Transport-Security"].startswith("max-age=")
    assert "warning" not in api.said()


def test_production_refuses_the_key_of_the_guide(devflow, bare_env):
    env = {**bare_env, "OAUTH_ENCRYPTION_KEY": GUIDE_KEY, "PORT": "0"}
    done = subprocess.run([devflow, "config:check"], env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, "the guide works as printed"
    env["API_URL"] = "https://api.example.com"
    for command in ("config:check", "serve"):
        done = subprocess.run([devflow, command], env=env, capture_output=True, text=True, timeout=30)
        assert done.returncode == 78 and "the guide prints" in done.stdout + done.stderr and GUIDE_KEY not in done.stdout + done.stderr
    key = subprocess.run([devflow, "key:generate"], env=bare_env, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    env |= {"OAUTH_ENCRYPTION_KEY": key, "OAUTH_ENCRYPTION_KEYS_PREVIOUS": GUIDE_KEY}
    assert subprocess.run([devflow, "serve"], env=env, capture_output=True, timeout=30).returncode == 78


WEAK = {"OAUTH_ALLOW_DIRECT_CALLBACK": "true", "WEBHOOKS_ALLOW_PRIVATE": "true", "LOG_LEVEL": "debug", "RATE_LIMIT_OAUTH": "off",
        "REDIS_HOST": "192.0.2.1", "DATABASE_URL": "postgresql://u@192.0.2.1/devflow?connect_timeout=1"}
def test_production_calls_nothing_on_this_machine(production):
    api = production
    key = {"X-API-Key": api.make_key("admin")["key"]}
    assert api.session.post(f"{api.url}/projects", json={"id": "shop", "name": "Shop"}, headers=key, timeout=30).status_code == 201
    at = f"{api.url}/projects/shop/webhooks"
    assert api.session.post(at, json={"url": "http://127.0.0.1:1/"}, headers=key, timeout=30).status_code == 400
    for url in ("https://127.0.0.1:1/", "https://localhost:1/", "https://[::1]:1/", "https://2130706433:1/"):
        made = api.session.post(at, json={"url": url}, headers=key, timeout=30)
        assert made.status_code == 201, made.text
        mine = f"{at}/{made.json()['id']}"
        assert api.session.post(f"{mine}/test", headers=key, timeout=30).status_code == 202

        seen = {}
        def refused():
            answer = api.session.get(f"{mine}/deliveries", headers=key, timeout=30)
            seen.update(url=url, status=answer.status_code, **answer.json())
            return answer.ok and any("private address" in (tried["error"] or "") for tried in seen["deliveries"])
        eventually(refused, seen=seen)


WARNED = ["TLS_CERT nor TRUSTED_PROXIES", "OAUTH_ALLOW_DIRECT_CALLBACK is true", "WEBHOOKS_ALLOW_PRIVATE is true", "LOG_LEVEL is debug",
          "a rate limit is off", "REDIS_PASSWORD is not set", "REDIS_TLS is not set", "does not say sslmode=verify-full"]


def test_production_warns_about_each_weak_setting(devflow, bare_env):
    key = subprocess.run([devflow, "key:generate"], env=bare_env, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    env = {**bare_env, "OAUTH_ENCRYPTION_KEY": key, **WEAK}
    said = {}
    for url in ("http://localhost:3001", "https://api.example.com"):
        done = subprocess.run([devflow, "config:check"], env={**env, "API_URL": url}, capture_output=True, text=True, timeout=60)
        said[url] = done.stdout + done.stderr
    for warning in WARNED:
        assert warning in said["https://api.example.com"] and warning not in said["http://localhost:3001"], warning


@pytest.mark.parametrize("database, env, warned", [
    ("u:p@192.0.2.1/x", {}, True), ("u:p@192.0.2.1/x?sslmode=verify-full", {}, False), ("u:sslmode=verify-full@192.0.2.1/x", {}, True),
    ("u:p@192.0.2.1/x?sslmode=verify-full&sslmode=disable", {}, True), ("u:p@192.0.2.1/x", {"PGSSLMODE": "verify-full"}, False),
    ("u:p@localhost:1/x", {}, False), ("u:p@127.0.0.1,[::1]:1/x", {}, False), ("localhost,192.0.2.1/x", {}, True), ("/x", {}, False),
    ("%2Frun%2Fpostgresql/x", {}, False), ("/x?host=/run", {}, False), ("/x?host=192.0.2.1", {}, True),
    ("localhost:1/x?hostaddr=192.0.2.1", {}, True), ("/x", {"PGHOST": "192.0.2.1"}, True)])
def test_a_database_elsewhere_is_to_be_verified(devflow, bare_env, database, env, warned):
    key = subprocess.run([devflow, "key:generate"], env=bare_env, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    done = subprocess.run([devflow, "config:check"], capture_output=True, text=True, timeout=60, check=False,
                          env={**bare_env, "OAUTH_ENCRYPTION_KEY": key, "API_URL": "https://api.example.com",
                               "DATABASE_URL": f"postgresql://{database}", **env})
    assert ("does not say sslmode=verify-full" in done.stdout + done.stderr) == warned


def test_a_database_that_others_can_read_or_replace_is_warned_about(api):
    def said():
        done = api.devflow("config:check", OAUTH_ENCRYPTION_KEY=api.env["OAUTH_ENCRYPTION_KEY"])
        return done.stdout + done.stderr
    assert "other users" not in said()
    api.database.chmod(0o640)
    assert "is open to other users" in said()
    api.database.chmod(0o600)
    api.database.parent.chmod(0o770)
    assert "chmod 700" in said()
    api.database.parent.chmod(0o755)
    assert "other users" not in said()


# Connections and TLS

HALF_HEAD = b"POST /api/v1/projects HTTP/1.1\r\nHost: localhost\r\nContent-Ty"
NO_BODY = b"POST /api/v1/projects HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
HALF_BODY = NO_BODY + b"{\"name\""


def make_certificate(folder, name="localhost", kind=("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")):
    folder.mkdir(exist_ok=True)
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-days", "2", "-subj",
                    f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True, timeout=60)
    key.chmod(0o600)
    return cert, key


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path / "tls")


class TlsApi(Api):
    def start(self, folder=None):
        self.origin = self.origin.replace("http:", "https:")
        self.url = self.url.replace("http:", "https:")
        self.session.verify = self.env["TLS_CERT"]
        super().start(folder)


def test_the_api_speaks_tls_itself(devflow, bare_env, tmp_path, servers, certificate):
    cert, key = certificate
    api = TlsApi(tmp_path / "api", bare_env, {"TLS_CERT": str(cert), "TLS_KEY": str(key), "HTTP_HEADER_TIMEOUT": "1"})
    servers.append(api)
    assert api.post("/projects", {"id": "shop", "name": "Shop"}).status_code == 201
    assert api.get("/health").headers["Strict-Transport-Security"]
    assert f"https://localhost:{api.port}/api/v1" in api.process.stdout.readline()
    context = ssl.create_default_context(cafile=str(cert))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection(("127.0.0.1", api.port), 30) as s, context.wrap_socket(s, server_hostname="localhost") as tls:
        assert tls.version() == "TLSv1.2"
    old = ssl.create_default_context(cafile=str(cert))
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", api.port), 30) as s, pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(s, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", api.port), 30) as s:  # a handshake that does not come is cut
        s.sendall(b"\x16\x03\x01")
        s.settimeout(30)
        assert s.recv(100) == b""
    done = subprocess.run([devflow, "project:list"], env={**bare_env, "DEVFLOW_API_URL": api.url}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 69 and "certificate cannot be verified" in done.stderr, "the commands check it"


def shown_certificate(api):
    return ssl.get_server_certificate(("127.0.0.1", api.port), timeout=30).strip()


def log_says(api, words, times=1):
    eventually(lambda: api.said().count(words) >= times)


def test_a_renewed_certificate_is_shown_after_sighup(devflow, bare_env, tmp_path, servers, certificate):
    cert, key = certificate
    first = cert.read_text().strip()
    api = TlsApi(tmp_path / "api", bare_env, {"TLS_CERT": str(cert), "TLS_KEY": str(key), "LOG_FORMAT": "human"})
    servers.append(api)
    context = ssl.create_default_context(cafile=str(cert))
    with socket.create_connection(("127.0.0.1", api.port), 30) as s, context.wrap_socket(s, server_hostname="localhost") as old:
        assert shown_certificate(api) == first
        other_cert, other_key = make_certificate(tmp_path / "other", kind=("rsa:2048",))
        for refused, files in (("TLS_CERT and TLS_KEY are no pair", (other_cert.read_bytes(), key.read_bytes())),
                               ("TLS_CERT and TLS_KEY cannot be used", (b"-----BEGIN CERTIFICATE-----\nAAAA\n", other_key.read_bytes())),
                               ("TLS_CERT and TLS_KEY cannot be used", (other_cert.read_bytes(), b"no key"))):
            cert.write_bytes(files[0])
            key.write_bytes(files[1])
            before = api.said().count("all stay as they were")
            api.process.send_signal(signal.SIGHUP)
            log_says(api, "all stay as they were", before + 1)
            assert refused in api.said().splitlines()[-1]
            assert shown_certificate(api) == first
        cert.write_bytes(other_cert.read_bytes())
        key.write_bytes(other_key.read_bytes())
        api.process.send_signal(signal.SIGHUP)
        log_says(api, "another certificate is shown from now on")
        assert shown_certificate(api) == other_cert.read_text().strip()
        old.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")  # a connection keeps what it began with
        assert old.recv(100).startswith(b"HTTP/1.1 200")
    assert requests.get(f"{api.url}/health", verify=str(other_cert), timeout=30).ok
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=str(other_cert))
        context.minimum_version = context.maximum_version = version
        with socket.create_connection(("127.0.0.1", api.port), 30) as s, context.wrap_socket(s, server_hostname="localhost") as tls:
            assert tls.version()
    api.process.send_signal(signal.SIGHUP)  # nothing new
    log_says(api, "settings read again", 2)
    assert api.said().count("another certificate") == 1
    expired, its_key = make_certificate(tmp_path / "expired")
    request = tmp_path / "request.pem"
    subprocess.run(["openssl", "req", "-new", "-key", its_key, "-subj", "/CN=localhost", "-out", request], check=True, timeout=60)
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-signkey", its_key, "-days", "-1", "-out", expired], check=True,
                   capture_output=True, timeout=60)
    cert.write_bytes(expired.read_bytes())
    key.write_bytes(its_key.read_bytes())
    api.process.send_signal(signal.SIGHUP)
    log_says(api, "the certificate in TLS_CERT has expired")
    cert.unlink()
    api.process.send_signal(signal.SIGHUP)
    log_says(api, "TLS_CERT", 2)
    assert shown_certificate(api) == other_cert.read_text().strip()
    assert "PRIVATE" not in api.said() and "will not believe" not in api.said()
    late = {**bare_env, "TLS_CERT": str(expired), "TLS_KEY": str(its_key), "PORT": "0", "LOG_FORMAT": "human",
            "OAUTH_ENCRYPTION_KEY": api.env["OAUTH_ENCRYPTION_KEY"], "DATABASE_URL": f"sqlite:{tmp_path}/late.db"}
    with subprocess.Popen([devflow, "serve"], env=late, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert "listening" in server.stdout.readline()
        server.terminate()
        assert 'will not believe the certificate in TLS_CERT why="has expired"' in server.stderr.read()


def until_closed(api, since):
    """Seconds until no connection of the API's port waits to be closed."""
    def none_waits():
        rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return not any(row[3] == "08" and row[1].endswith(f":{api.port:04X}") for row in rows)
    eventually(none_waits)
    return time.monotonic() - since


@pytest.mark.parametrize("sent", [HALF_HEAD, HALF_BODY, NO_BODY], ids=["head", "body", "no body"])
def test_who_hangs_up_in_the_middle_of_a_request_is_let_go(start_api, sent):
    api = start_api({"HTTP_HEADER_TIMEOUT": "300", "HTTP_BODY_TIMEOUT": "300"})
    for half_closed in (False, True):
        s = socket.create_connection(("127.0.0.1", api.port), 30)
        s.sendall(sent)  # the end comes together with the last bytes
        if half_closed:
            s.shutdown(socket.SHUT_WR)
            s.settimeout(30)
            assert s.recv(100) == b""
        s.close()
    assert until_closed(api, time.monotonic()) < 30


def test_malformed_heads_are_refused_in_tls_too(devflow, bare_env, tmp_path, servers, certificate):
    cert, key = certificate
    api = TlsApi(tmp_path / "api", bare_env, {"TLS_CERT": str(cert), "TLS_KEY": str(key)})
    servers.append(api)
    context = ssl.create_default_context(cafile=str(cert))
    for form, request in {**MALFORMED, "good": GET + b"Connection: close\r\n\r\n"}.items():
        with socket.create_connection(("127.0.0.1", api.port), 30) as s, context.wrap_socket(s, server_hostname="localhost") as tls:
            tls.sendall(request + SMUGGLED)
            got = b""
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while chunk := tls.recv(65536):
                    got += chunk
        assert got.count(b"HTTP/1.") == 1 and got.startswith(b"HTTP/1.1 200 " if form == "good" else b"HTTP/1.1 400 "), (form, got)


@pytest.mark.parametrize("drop", ["TLS_CERT", "TLS_KEY"])
def test_certificate_and_key_belong_together(devflow, bare_env, certificate, drop):
    key = subprocess.run([devflow, "key:generate"], env=bare_env, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    env = {**bare_env, "OAUTH_ENCRYPTION_KEY": key, "PORT": "0", "TLS_CERT": str(certificate[0]), "TLS_KEY": str(certificate[1])}
    swapped = {**env, "TLS_CERT": env["TLS_KEY"]}
    del env[drop]
    for wrong in (env, swapped):
        done = subprocess.run([devflow, "serve"], env=wrong, capture_output=True, text=True, timeout=30)
        assert done.returncode == 78 and "TLS_CERT and TLS_KEY" in done.stderr and "PRIVATE KEY" not in done.stderr, done.stderr


# Where requests of ours may lead


@pytest.fixture
def issuer():
    """A server whose metadata name endpoints elsewhere; it keeps what it was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            base = f"http://127.0.0.1:{server.server_port}"
            body = json.dumps({"issuer": base, "authorization_endpoint": f"{base}/authorize", "token_endpoint": "https://10.0.0.1/token",
                               "device_authorization_endpoint": server.device}).encode()
            self.send_response(200 if self.path.startswith("/.well-known/") else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = asked
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("device", ["https://10.0.0.1/device", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/device",
                                    "https://2852039166/x", "https://[64:ff9b::a9fe:a9fe]/x"])
def test_endpoints_that_metadata_name_reach_public_addresses_alone(api, issuer, device):
    issuer.device = device
    api.post("/projects", {"id": "shop", "name": "Shop"})
    body = {"projectId": "shop", "provider": "OIDC", "clientId": "id", "clientSecret": "s", "scopes": ["openid"], "flowType": "device",
            "baseUrl": f"http://127.0.0.1:{issuer.server_port}"}
    answer = api.post("/auth/apps/register", body)
    assert answer.status_code == 200, answer.text
    answer = api.post("/auth/oidc/device/initiate", {"projectId": "shop"})
    assert answer.status_code == 403 and answer.json()["code"] == "forbidden_address", answer.text
