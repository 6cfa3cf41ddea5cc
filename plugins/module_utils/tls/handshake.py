# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Coming to a front door as a client would: handshakes, and one request.

Nothing here trusts what it sees: certificates are compared and described, not believed.
Standard library only: the reverse proxy's health check runs this file by itself.
"""

from __future__ import annotations

import re
import socket
import ssl
import sys

TIMEOUT = 5
ANSWER_LIMIT = 64 * 1024
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
# What a server says when it does not want to speak on these terms.
REFUSALS = re.compile(r"ALERT|UNRECOGNIZED_NAME|HANDSHAKE_FAILURE|PROTOCOL_VERSION|UNEXPECTED_EOF|EOF_IN_VIOLATION")
# nginx says so where it cannot reach what is behind it.
UNREACHABLE = (502, 504)


class Refused(Exception):
    """The server ended the handshake."""


class Silent(Exception):
    """Nothing answers there, or it says nothing that can be understood."""


def terms(least=None, most=None, ciphers=None):
    """Return the terms of a handshake: protocol versions, and the ciphers of TLS 1.2 and before."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if least:
        context.minimum_version = least
    if most:
        context.maximum_version = most
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def shake(address, port, name, context=None):
    """Return a connection after the handshake; ``name`` is what the client asks for, None for nothing."""
    try:
        plain = socket.create_connection((address, port), timeout=TIMEOUT)
    except OSError as error:
        raise Silent(f"nothing answers on {address}:{port} ({error.strerror or error})") from None
    try:
        return (context or terms()).wrap_socket(plain, server_hostname=name)
    except ssl.SSLError as error:
        plain.close()
        if REFUSALS.search(error.reason or str(error).upper()):
            raise Refused(error.reason or str(error)) from None
        raise Silent(f"{address}:{port} does not speak TLS as expected ({error.reason or error})") from None
    except ConnectionResetError:
        plain.close()
        raise Refused("the connection was reset") from None
    except OSError as error:
        plain.close()
        raise Silent(f"{address}:{port} did not finish the handshake ({error})") from None


def request(connection, name, path="/"):
    """Return (status, {header: [values]}) of one GET; status is None where the connection ends without an answer."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {name}",
        "User-Agent: Hearthwall",
        "Accept: */*",
        "Connection: close",
        "",
        "",
    )
    received = b""
    try:
        connection.sendall("\r\n".join(lines).encode("ascii"))
        while b"\r\n\r\n" not in received and len(received) < ANSWER_LIMIT:
            block = connection.recv(4096)
            if not block:
                break
            received += block
    except OSError:
        received = received if b"\r\n\r\n" in received else b""
    return parse(received)


def parse(received):
    """Return (status, {header: [values]}) of the head of an answer."""
    head = received.split(b"\r\n\r\n", 1)[0].decode("latin-1").split("\r\n")
    match = re.match(r"HTTP/\d(?:\.\d)? (\d{3})", head[0])
    if not match:
        return None, {}
    headers = {}
    for line in head[1:]:
        key, colon, value = line.partition(":")
        if colon:
            headers.setdefault(key.strip().lower(), []).append(value.strip())
    return int(match.group(1)), headers


def first_certificate(path):
    """Return the first certificate of a PEM file as DER, or None."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            text = file.read()
        start = text.index(BEGIN)
        return ssl.PEM_cert_to_DER_cert(text[start : text.index(END, start) + len(END)] + "\n")
    except (OSError, ValueError):
        return None


def answers(port, name, certificate, upstream, advice):
    """Return None where the front door serves its own certificate and what is behind it answers; else why not."""
    try:
        connection = shake("127.0.0.1", port, name)
    except (Refused, Silent) as problem:
        return f"nginx does not serve {name}: {problem}. Next: journalctl -u nginx, and nginx -t"
    with connection:
        if connection.getpeercert(binary_form=True) != first_certificate(certificate):
            return (
                f"port {port} shows another certificate than {certificate}. "
                f"Next: ss -ltnp 'sport = :{port}' tells who listens, journalctl -u nginx why it is not this nginx"
            )
        status, _headers = request(connection, name)
    if status is None:
        return f"nginx ends the connection for {name} without an answer. Next: journalctl -u nginx"
    if status in UNREACHABLE:
        return f"Home Assistant does not answer behind nginx at {upstream} (HTTP {status}). Next: {advice}"
    return None


if __name__ == "__main__":
    raise SystemExit(answers(int(sys.argv[1]), *sys.argv[2:6]))
