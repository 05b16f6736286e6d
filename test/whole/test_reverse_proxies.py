"""The files of docs/proxies, with ports, paths and upstream of the test, in front of the API: checked by the proxy's own check, then asked as
the world asks."""

import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import time

import pytest
from conftest import ROOT
from servers import free_port
from test_access import eventually
from test_edge import make_certificate

NAME = "api.example.com"
SETTINGS = {"API_URL": f"https://{NAME}", "TRUSTED_PROXIES": "127.0.0.1, ::1", "RATE_LIMIT": "2/hour"}


def replaced(text, changes):
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def checked(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stderr


def nginx(folder, certificate, ports, api_port):
    https, http = ports
    text = re.sub(r".*listen \[::\].*\n", "", (ROOT / "docs/proxies/nginx.conf").read_text(encoding="utf-8"))
    (folder / "devflow.conf").write_text(replaced(text, {
        "listen 80;": f"listen 127.0.0.1:{http};", "listen 443 ssl;\n": f"listen 127.0.0.1:{https} ssl;\n",
        f"/etc/letsencrypt/live/{NAME}/fullchain.pem": str(certificate[0]), f"/etc/letsencrypt/live/{NAME}/privkey.pem": str(certificate[1]),
        "127.0.0.1:3001": f"127.0.0.1:{api_port}", "/var/log/nginx/error.log": "stderr"}))
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
                                       f"http {{ {temporary} include {folder}/devflow.conf; }}\n")
    command = [shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"), "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
    assert "[warn]" not in checked([*command, "-t"]).replace('[warn] the "user" directive', "")
    return command, None


def caddy(folder, certificate, ports, api_port):
    https, http = ports
    text = (ROOT / "docs/proxies/Caddyfile").read_text(encoding="utf-8")
    asks_nobody = f"auto_https disable_certs\n\tadmin off\n\tdefault_bind 127.0.0.1\n\thttp_port {http}\n\thttps_port {https}\n\tservers {{"
    (folder / "Caddyfile").write_text(replaced(text, {
        "servers {": asks_nobody, f"\n{NAME} {{": f"\n{NAME} {{\n\ttls {certificate[0]} {certificate[1]}", "127.0.0.1:3001": f"127.0.0.1:{api_port}"}))
    env = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "PATH": os.environ["PATH"]}
    program = shutil.which("caddy")
    assert program, "caddy is not here: ./dev setup test"
    shipped = checked([program, "validate", "--adapter", "caddyfile", "--config", str(ROOT / "docs/proxies/Caddyfile")], env=env)
    assert '"level":"warn"' not in shipped and "WARN" not in shipped, shipped
    return [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")], env


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def proxy(request, tmp_path):
    """Starts one before the API at that port; its ports for HTTPS and HTTP."""
    running = []

    def start(api_port):
        ports = free_port(), free_port()
        command, env = request.param(tmp_path, make_certificate(tmp_path / "tls", NAME), ports, api_port)
        log = open(tmp_path / "proxy.log", "wb")
        running.append((subprocess.Popen(command, env=env, stdout=log, stderr=log), log))
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", ports[0]), 5):
                return ports
            time.sleep(0.02)
        raise AssertionError((tmp_path / "proxy.log").read_text())
    yield start
    for process, log in running:
        process.terminate()
        process.wait(30)
        log.close()


def ask(port, path, tls=True, source="127.0.0.2", method="GET", body=b"", **headers):
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": NAME, "Connection": "close", **headers}.items())
    lines += f"Content-Length: {len(body)}\r\n" if body else ""
    with socket.create_connection(("127.0.0.1", port), 30, (source, 0)) as s:
        context = ssl._create_unverified_context()
        with context.wrap_socket(s, server_hostname=NAME) if tls else s as stream:
            with contextlib.suppress(OSError):  # who answers before the body is in may close
                stream.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
            got = b""
            with contextlib.suppress(OSError):
                while chunk := stream.recv(65536):
                    got += chunk
            return int(got[9:12]), got.decode()


def test_the_documented_proxies(start_api, proxy, tmp_path):
    api = start_api(SETTINGS)
    https, http = proxy(api.port)
    status, answer = ask(http, "/api/v1/projects", tls=False)
    assert status in (301, 308) and re.search(rf"Location: https://{NAME}(:{https})?/api/v1/projects\r", answer)
    lies = [{"X-Forwarded-For": f"192.0.2.{i}", "Forwarded": "for=1.1.1.1", "X-Real-IP": f"192.0.2.{i}"} for i in range(3)]
    assert [ask(https, "/api/v1/projects", **lie)[0] for lie in lies] == [401, 401, 429], "what a client writes is not believed"
    assert ask(https, "/api/v1/projects", source="127.0.0.3")[0] == 401
    for path in ("/metrics", "/api/v1/metrics", "/api/v1/metrics?x", "/api/v1/%6detrics", "/api/v1//metrics", "/api/v1/x/../metrics", "/METRICS",
                 "/api/v1/metrics/", "//metrics", "/api/v1/proxy/../metrics"):
        ask(https, path, source="127.0.0.6")
    assert ask(https, "/api/v1/metrics")[0] == ask(https, "/metrics")[0] == 404
    assert "route=/metrics" not in api.said(), "nobody outside reads the metrics"
    status, answer = ask(https, "/health")
    assert status == 200 and "Strict-Transport-Security" in answer and not re.search(r"Server: nginx/", answer)
    key = {"X-API-Key": api.make_key("admin")["key"], "Content-Type": "application/json"}
    assert ask(https, "/api/v1/projects", source="127.0.0.4", method="POST", body=b"x" * 1100000, **key)[0] in (413, 502)
    assert ask(https, "/api/v1/projects", source="127.0.0.4", method="POST", body=b'{"id": "shop", "name": "x"}', **key)[0] == 201
    for line in (f"X-Api-Key: none\r\nHost: {NAME}", "Transfer-Encoding: chunked\r\nContent-Length: 4"):  # a second Host, two lengths
        with socket.create_connection(("127.0.0.1", https), 30, ("127.0.0.5", 0)) as s:
            context = ssl._create_unverified_context()
            with context.wrap_socket(s, server_hostname=NAME) as stream:
                stream.sendall(f"POST /api/v1/projects HTTP/1.1\r\nHost: {NAME}\r\n{line}\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n".encode())
                with contextlib.suppress(OSError):
                    stream.settimeout(30)
                    stream.recv(65536)
    assert "smuggled" not in api.said()
    api.stop()  # the proxy logs what it cannot pass on
    assert ask(https, "/api/v1/auth/sentry/callback?code=marked-code&state=marked-state", **{**key, "Cookie": "a=marked-cookie"})[0] == 502
    assert ask(https, "/api/v1/projects", **key)[0] == 502
    eventually(lambda: "/api/v1/projects" in (tmp_path / "proxy.log").read_text())
    assert not re.search(rf"marked|{key['X-API-Key']}", (tmp_path / "proxy.log").read_text())
