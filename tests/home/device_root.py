# SPDX-License-Identifier: GPL-3.0-or-later
"""What root on the device can try over its own key: raw requests to the server of its repository.

Run on the device: device_root.py SSH_CONFIG HOST REQUEST… where a request is METHOD:PATH[:SIZE] (SIZE bytes of junk).
Speaks as much HTTP/2 as that takes, for restic and rclone would not ask for such things.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys

HEADERS, SETTINGS, DATA, WINDOW = 1, 4, 0, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
FRAME = 16000


def frame(kind, flags, stream, body=b""):
    return struct.pack("!I", len(body))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + body


def literal(name, value):
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def ask(command, method, path, size):
    """Send one request over a connection of its own; return the status line's first bytes, or nothing."""
    body = os.urandom(size)
    fields = ((":method", method), (":scheme", "http"), (":authority", "store"), (":path", path))
    head = b"".join(literal(*field) for field in (*fields, ("content-length", str(size))))
    chunks = [body[start : start + FRAME] for start in range(0, size, FRAME)]
    sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0)
    sent += frame(HEADERS, END_HEADERS | (0 if size else END_STREAM), 1, head)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        server.stdin.write(sent)
        for number, chunk in enumerate(chunks, start=1):
            server.stdin.write(frame(DATA, END_STREAM if number == len(chunks) else 0, 1, chunk))
        server.stdin.flush()
        answer = b""
        while not answer:
            about = server.stdout.read(9)
            if len(about) < 9:
                break
            body = server.stdout.read(int.from_bytes(about[:3], "big"))
            answer = body if about[3] == HEADERS else b""
            if about[3] == SETTINGS and not about[4]:
                server.stdin.write(frame(SETTINGS, ACK, 0))
                server.stdin.flush()
        server.terminate()
    return answer


def main(config, host, *requests):
    command = ["ssh", "-F", config, host, "serve restic --stdio"]
    for request in requests:
        method, path, size = (*request.split(":"), "0")[:3]
        print(request, ask(command, method, path, int(size))[:4].hex())


main(*sys.argv[1:])
