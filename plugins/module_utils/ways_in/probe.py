# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Knocks on TCP ports from where it runs: many at once, each once, in bounded time. Says nothing when let in."""

from __future__ import annotations

import errno
import selectors
import shutil
import socket
import subprocess
import time

AT_ONCE = 200
PATIENCE = 2.0
# What scanners of the internet, and people in a hurry, look at first. Home Assistant's own ports are added to them.
USUAL = (
    *(21, 22, 23, 25, 53, 80, 81, 88, 110, 111, 135, 139, 143, 389, 443, 445, 465, 515, 548, 554, 587, 631, 873),
    *(993, 995, 1080, 1400, 1433, 1723, 1880, 1883, 1984, 2022, 2049, 2222, 2375, 2376, 3000, 3128, 3306, 3389),
    *(4357, 4443, 5000, 5001, 5357, 5432, 5555, 5900, 5901, 5984, 6052, 6053, 6379, 6443, 7000, 7443, 7547, 8000),
    *(8001, 8006, 8008, 8009, 8080, 8081, 8082, 8083, 8086, 8088, 8090, 8096, 8099, 8123, 8124, 8181, 8200, 8291),
    *(8333, 8443, 8500, 8554, 8555, 8581, 8728, 8843, 8880, 8883, 8888, 8971, 9000, 9001, 9090, 9091, 9123, 9443),
    *(9999, 10000, 10443, 11434, 18083, 18554, 22222, 32400, 37777, 49152, 51827),
)


def knock(addresses, ports, seconds):
    """Return {address: what was found}: `open` ports, how many `refused` and were `silent`, `untried` ones.

    `source`: from which address it was tried; `answers`: whether the machine answers a ping; `unreachable`: why nothing
    could be tried at all.
    """
    deadline = time.monotonic() + seconds
    return {address: _one(address, ports, deadline) for address in addresses}


def _one(address, ports, deadline):
    source, unreachable = _source(address)
    found = {"open": [], "refused": 0, "silent": 0, "untried": [], "answers": False}
    found.update(source=source, unreachable=unreachable)
    if found["unreachable"]:
        return found
    found["answers"] = _pinged(address)
    waiting = list(reversed(ports))
    with selectors.DefaultSelector() as selector:
        pending = {}
        while waiting or pending:
            while waiting and len(pending) < AT_ONCE and time.monotonic() < deadline:
                _begin(address, waiting.pop(), selector, pending, found)
            if not pending:
                break
            for key, _events in selector.select(0.1):
                _end(selector, pending, key.fileobj, found)
            for knocker in [each for each, (_port, began) in pending.items() if time.monotonic() - began > PATIENCE]:
                _forget(selector, pending, knocker)
                found["silent"] += 1
    found["untried"] = sorted(waiting)
    found["open"].sort()
    return found


def _begin(address, port, selector, pending, found):
    knocker = socket.socket(_family(address), socket.SOCK_STREAM)
    knocker.setblocking(False)
    result = knocker.connect_ex((address, port))
    if result in (0, errno.EINPROGRESS):
        selector.register(knocker, selectors.EVENT_WRITE)
        pending[knocker] = (port, time.monotonic())
        return
    knocker.close()
    _count(result, port, found)


def _end(selector, pending, knocker, found):
    port, _began = pending[knocker]
    result = knocker.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    _forget(selector, pending, knocker)
    _count(result, port, found)


def _count(result, port, found):
    if result == 0:
        found["open"].append(port)
    elif result == errno.ECONNREFUSED:
        found["refused"] += 1
    else:
        # A router that says "prohibited" closes the door as well as one that says nothing.
        found["silent"] += 1


def _forget(selector, pending, knocker):
    selector.unregister(knocker)
    del pending[knocker]
    knocker.close()


def _source(address):
    """Return (the address that is used towards another, None), or (None, why there is no way)."""
    with socket.socket(_family(address), socket.SOCK_DGRAM) as asked:
        try:
            asked.connect((address, 9))
            return asked.getsockname()[0], None
        except OSError as error:
            return None, f"no way to it from there ({error.strerror})"


def _pinged(address):
    if not shutil.which("ping"):
        return False
    argv = ["ping", "-c", "1", "-W", "2", "-n", address]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET
