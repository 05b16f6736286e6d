"""TLS towards Temporal: a server's certificate, the program's own, the API key, and what is said of each that does not fit. The server itself
has no TLS: a front of ours stands before it, and keeps what it hears."""

import contextlib
import socket
import ssl
import threading

import pytest
from temporal_world import devflow, temporal, wait  # noqa: F401 (fixtures)
from servers import certificates  # noqa: E402 (found by temporal_world)

# RFC 7541, appendix B: the codes of the letters the key below is made of, and of "Bearer ".
HUFFMAN = {"B": "1011101", " ": "010100", "a": "00011", "c": "00100", "e": "00101", "i": "00110", "o": "00111", "s": "01000", "t": "01001",
           "n": "101010", "r": "101100"}
API_KEY = "contrastnotice"


def huffman(text):
    """As it stands in the header block of HTTP/2."""
    bits = "".join(HUFFMAN[letter] for letter in text)
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


class Front:
    """TLS before a port of this machine. ask: it wants a certificate of that CA."""

    def __init__(self, folder, to, ask=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "server.crt", folder / "server.key")
        self.context.set_alpn_protocols(["h2"])
        if ask:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(ask)
        self.to, self.heard, self.peers = to, bytearray(), []
        self.listener = socket.create_server(("", 0))  # 127.0.0.2 too
        self.address = f"localhost:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                raw, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        with contextlib.suppress(OSError), self.context.wrap_socket(raw, server_side=True) as client:
            self.peers.append(client.getpeercert() or {})
            with socket.create_connection(("127.0.0.1", self.to)) as server:
                threading.Thread(target=self.pump, args=(server, client, None), daemon=True).start()
                self.pump(client, server, self.heard)

    @staticmethod
    def pump(source, target, kept):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if kept is not None:
                    kept += data
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()


@pytest.fixture
def keys(tmp_path):
    """Two CAs: `ours`, of the server and of a client; `theirs`, which nobody here trusts."""
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        certificates(tmp_path / name)
    return tmp_path


@pytest.fixture
def front(temporal, keys):  # noqa: F811
    made = []

    def start(**options):
        made.append(Front(keys / "ours", temporal.port, **options))
        return made[-1]

    yield start
    for each in made:
        each.close()


def works(api):
    api.ok("project:create", "shop", "--id", "shop")
    number = api.ok("workflow:start", "sentry-context", "--project", "shop", "--input", '{"issue":"1"}', "--json")["id"]
    wait(lambda: api.show(number)["status"] == "failed", "its end: the worker works")


def test_a_server_of_that_ca_is_believed_and_hears_the_key(front, keys, devflow):  # noqa: F811
    there = front()
    api = devflow(there.address, TEMPORAL_TLS="true", TEMPORAL_TLS_CA=str(keys / "ours/ca.crt"), TEMPORAL_API_KEY=API_KEY)
    works(api)
    assert there.peers and not any(there.peers), "it asked for no certificate and got none"
    assert huffman(f"Bearer {API_KEY}") in bytes(there.heard)
    assert API_KEY not in api.said() + api.run("config:check").stdout
    assert api.stop() == 0


def test_a_certificate_of_its_own_is_shown_to_who_asks(front, keys, devflow):  # noqa: F811
    there = front(ask=keys / "ours/ca.crt")
    api = devflow(there.address, TEMPORAL_TLS="true", TEMPORAL_TLS_CA=str(keys / "ours/ca.crt"),
                  TEMPORAL_TLS_CERT=str(keys / "ours/server.crt"), TEMPORAL_TLS_KEY=str(keys / "ours/server.key"))
    works(api)
    assert there.peers and all((("commonName", "localhost"),) in peer["subject"] for peer in there.peers)
    assert api.stop() == 0


def test_a_server_is_known_by_the_name_that_is_set(front, keys, devflow):  # noqa: F811
    there = front()
    api = devflow(there.address.replace("localhost", "127.0.0.2"), TEMPORAL_TLS="true", TEMPORAL_TLS_CA=str(keys / "ours/ca.crt"))
    wait(lambda: "goes on trying" in api.said(), "the worker's word")
    assert "not valid for name" in api.said() and "TEMPORAL_TLS_SERVER_NAME" in api.said()
    assert api.stop() == 0
    api = devflow(there.address.replace("localhost", "127.0.0.2"), TEMPORAL_TLS="true", TEMPORAL_TLS_CA=str(keys / "ours/ca.crt"),
                  TEMPORAL_TLS_SERVER_NAME="localhost")
    works(api)
    assert api.stop() == 0


@pytest.mark.parametrize(("ask", "settings", "says"), [
    (False, {"TEMPORAL_TLS_CA": "theirs/ca.crt"}, "TEMPORAL_TLS_CA"),
    (False, {}, "TEMPORAL_TLS_CA"),
    (True, {"TEMPORAL_TLS_CA": "ours/ca.crt"}, "TEMPORAL_TLS_CERT"),
    (True, {"TEMPORAL_TLS_CA": "ours/ca.crt", "TEMPORAL_TLS_CERT": "theirs/server.crt", "TEMPORAL_TLS_KEY": "theirs/server.key"}, "TEMPORAL_TLS_CERT"),
])
def test_what_does_not_fit_is_said(front, keys, devflow, ask, settings, says):  # noqa: F811
    there = front(ask=keys / "ours/ca.crt" if ask else None)
    api = devflow(there.address, TEMPORAL_TLS="true", **{name: str(keys / path) for name, path in settings.items()})
    wait(lambda: "goes on trying" in api.said(), "the worker's word")
    done = api.run("workflow:list", "--json")
    assert done.returncode == 69 and says in done.stderr and "certificate" in done.stderr, done.stderr
    assert "PRIVATE KEY" not in api.said() + done.stderr
    assert api.stop() == 0


def test_what_is_no_key_of_the_certificate_is_said(front, keys, devflow):  # noqa: F811
    api = devflow(front(ask=keys / "ours/ca.crt").address, TEMPORAL_TLS="true", TEMPORAL_TLS_CA=str(keys / "ours/ca.crt"),
                  TEMPORAL_TLS_CERT=str(keys / "ours/server.crt"), TEMPORAL_TLS_KEY=str(keys / "theirs/server.key"))
    wait(lambda: "goes on trying" in api.said(), "the worker's word")
    assert "KeyMismatch" in api.said() or "key" in api.said(), api.said()
    assert api.stop() == 0
