# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's side of a front door, against sockets of this process."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.tls import handshake, profile


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    path = tmp_path_factory.mktemp("pem") / "held.pem"
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    subprocess.run(
        ["openssl", "req", "-x509", *new, "-days", "2", "-subj", "/CN=x", "-keyout", f"{path}.key", "-out", str(path)],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + path.with_suffix(".pem.key").read_text())
    return path


class Server:
    """Answers one connection after another with fixed bytes."""

    def __init__(self, pem, answer=b"HTTP/1.1 200 OK\r\n\r\n", known=None, versions=()):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        if versions:
            context.minimum_version, context.maximum_version = versions
        if known:
            context.sni_callback = lambda _socket, name, _context: (
                None if name == known else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            )
        self.answer, self.context = answer, context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                plain, _address = self.listener.accept()
                with self.context.wrap_socket(plain, server_side=True) as connection:
                    connection.recv(4096)
                    connection.sendall(self.answer)
            except ssl.SSLError:
                continue
            except OSError:
                return

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.listener.close()


def test_a_stranger_is_refused_and_a_friend_is_not(pem):
    with Server(pem, known="ha.test") as server:
        with pytest.raises(handshake.Refused):
            handshake.shake("127.0.0.1", server.port, "other.test")
        with pytest.raises(handshake.Refused):
            handshake.shake("127.0.0.1", server.port, None)
        with handshake.shake("127.0.0.1", server.port, "ha.test") as connection:
            assert connection.version() == "TLSv1.3"


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(handshake.Silent, match="nothing answers"):
        handshake.shake("127.0.0.1", port, "ha.test")


def test_the_modern_profile_excludes_tls_1_2(pem):
    _label, least, most, ciphers = profile.excluded("modern")[1]
    context = handshake.terms(least, most, ciphers)
    only_new = (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3)
    with Server(pem, versions=only_new) as server, pytest.raises(handshake.Refused):
        handshake.shake("127.0.0.1", server.port, "ha.test", context)
    with Server(pem) as server, handshake.shake("127.0.0.1", server.port, "ha.test", context) as connection:
        assert connection.version() == "TLSv1.2"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n", None),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", None),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "systemctl status ha"),
        (b"HTTP/1.1 504 Gateway Time-out\r\n\r\n", "systemctl status ha"),
        (b"", "without an answer"),
    ],
)
def test_what_counts_as_an_answer(pem, answer, told):
    with Server(pem, answer) as server:
        problem = handshake.answers(server.port, "ha.test", str(pem), "127.0.0.1:1", "systemctl status ha")
    assert problem is None if told is None else told in problem


def test_another_server_on_the_port_does_not_count(pem, tmp_path):
    with Server(pem) as server:
        problem = handshake.answers(server.port, "ha.test", str(tmp_path / "ours.pem"), "127.0.0.1:1", "")
    assert "another certificate" in problem and f":{server.port}" in problem


def test_headers_keep_what_is_said_twice():
    status, headers = handshake.parse(b"HTTP/1.1 301 Moved\r\nA: 1\r\na: 2\r\nLocation: https://x/\r\n\r\nbody")
    assert status == 301 and headers == {"a": ["1", "2"], "location": ["https://x/"]}
    assert handshake.parse(b"SSH-2.0-x\r\n") == (None, {})
