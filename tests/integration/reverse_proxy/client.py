# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that curl cannot be: client.py smuggle|slow|websocket <address> <name>."""

from __future__ import annotations

import socket
import ssl
import sys
import time

import websocket

TRICKLE = "GET / HTTP/1.1\r\nHost: " + "x" * 200


def connect(address, name):
    plain = socket.create_connection((address, 443), timeout=30)
    return ssl._create_unverified_context().wrap_socket(plain, server_hostname=name)


def smuggle(address, name):
    """Ask for the right host in the request line and for another one in the header."""
    door = connect(address, name)
    door.sendall(f"GET https://{name}/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
    return b"".join(iter(lambda: door.recv(4096), b"")).decode()


def slow(address, name):
    """Send a letter each half second; return how long the door puts up with it."""
    door = connect(address, name)
    begun = time.monotonic()
    try:
        for letter in TRICKLE:
            door.sendall(letter.encode())
            time.sleep(0.5)
            door.settimeout(0.01)
            try:
                if door.recv(1) == b"":
                    break
            except (TimeoutError, ssl.SSLWantReadError):
                pass
            door.settimeout(30)
    except OSError:
        pass
    return time.monotonic() - begun


def hello(address, name):
    door = connect(address, name)
    return websocket.create_connection(f"wss://{name}/api/websocket", socket=door, timeout=10).recv()


print({"smuggle": smuggle, "slow": slow, "websocket": hello}[sys.argv[1]](*sys.argv[2:]))
