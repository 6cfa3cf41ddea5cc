# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's side of a WebSocket (RFC 6455), as much of it as JSON texts need."""

from __future__ import annotations

import base64
import hashlib
import json
import struct

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


def accept(key):
    """Return the answer to a client's key."""
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


class Closed(Exception):
    """The client is gone."""


class Peer:
    """One client, over the two files of its connection."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    def _exactly(self, count):
        data = self._reader.read(count)
        if len(data) < count:
            raise Closed
        return data

    def receive(self):
        """Return the next JSON text."""
        while True:
            first, second = self._exactly(2)
            length = second & 0x7F
            if length > 125:
                length = struct.unpack("!H" if length == 126 else "!Q", self._exactly(2 if length == 126 else 8))[0]
            mask = self._exactly(4)
            data = bytes(byte ^ mask[position % 4] for position, byte in enumerate(self._exactly(length)))
            if first & 0x0F == CLOSE:
                raise Closed
            if first & 0x0F == PING:
                self._send(PONG, data)
            elif first & 0x0F == TEXT:
                return json.loads(data)

    def send(self, message):
        """Send one JSON text."""
        self._send(TEXT, json.dumps(message).encode())

    def _send(self, kind, data):
        size = len(data)
        head = bytes([0x80 | kind])
        head += (
            bytes([size])
            if size < 126
            else b"\x7e" + struct.pack("!H", size)
            if size < 65536
            else b"\x7f" + struct.pack("!Q", size)
        )
        self._writer.write(head + data)
        self._writer.flush()
