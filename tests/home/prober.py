# SPDX-License-Identifier: GPL-3.0-or-later
"""Send packets from one host of the lab, or write down those that arrive at one.

Run in the network of a host:

    prober.py send       reads a JSON list of probes, prints {number: "answered" | "silent"}
    prober.py listen     prints "ready", and, once its input is closed, the list of what arrived

A probe is [number, protocol, source port, address, port]. No two share a source port, so that a packet is known again
wherever it turns up, translated or not. An answer of any kind counts, a refusal too: it has come back through the
router. A refusal with the router's own word (ICMP unreachable) does not.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import sys
import time

PATIENCE = 2.5
AGAIN = 1.0
# So that nobody's queue overflows.
BURST, PAUSE = 40, 0.02
INCOMING = 0
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
RCVBUFFORCE, PKTINFO = 33, 8


def send(probes):
    """Send every probe and return {number: outcome}."""
    outcomes, waiting, poll = {}, {}, select.epoll()
    echoes = _Echoes([probe for probe in probes if probe[1] == "icmp"])
    for count, (number, protocol, source, address, port) in enumerate(probes):
        if count % BURST == BURST - 1:
            time.sleep(PAUSE)
        if protocol == "icmp":
            echoes.ask(number, address)
            continue
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        channel = socket.socket(family, kind | socket.SOCK_NONBLOCK)
        # Reset at the end, so that the port is free for the next run.
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            channel.bind(("", source))
            waiting[channel.fileno()] = (number, protocol, channel)
            if channel.connect_ex((address, port)) not in (0, 115):
                raise OSError
            if protocol == "udp":
                channel.send(b"probe")
        except OSError:
            outcomes[number] = "silent"
            waiting.pop(channel.fileno(), None)
            channel.close()
            continue
        poll.register(channel, select.EPOLLIN if protocol == "udp" else select.EPOLLOUT)
    end, again = time.monotonic() + PATIENCE, time.monotonic() + AGAIN
    while time.monotonic() < end and (waiting or echoes.open):
        for descriptor, _event in poll.poll(0.1):
            number, protocol, channel = waiting.pop(descriptor)
            outcomes[number] = _outcome(protocol, channel)
            poll.unregister(descriptor)
            channel.close()
        echoes.hear(outcomes)
        if time.monotonic() > again:
            again = end
            for _number, protocol, channel in waiting.values():
                if protocol == "udp":
                    channel.send(b"probe")
    return {number: outcomes.get(number, "silent") for number, *_rest in probes}


def _outcome(protocol, channel):
    if protocol == "tcp":
        # Connected, or reset by the host itself; whatever else was said, the router said it.
        return "answered" if channel.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (0, 111) else "silent"
    try:
        return "answered" if channel.recv(64) else "silent"
    except OSError:
        return "silent"


class _Echoes:
    """Pings: an echo request carries the probe's number."""

    def __init__(self, probes):
        self.open = {number for number, *_rest in probes}
        self._sockets = {}
        if probes:
            self._sockets = {
                4: socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, ICMP),
                6: socket.socket(socket.AF_INET6, socket.SOCK_RAW | socket.SOCK_NONBLOCK, ICMP6),
            }

    def ask(self, number, address):
        six = ":" in address
        packet = struct.pack("!BBHHH", 128 if six else 8, 0, 0, number, 1)
        if not six:
            total = sum(struct.unpack("!4H", packet))
            total = (total & 0xFFFF) + (total >> 16)
            packet = struct.pack("!BBHHH", 8, 0, ~total & 0xFFFF, number, 1)
        try:
            self._sockets[6 if six else 4].sendto(packet, (address, 0))
        except OSError:
            self.open.discard(number)

    def hear(self, outcomes):
        for version, channel in self._sockets.items():
            while True:
                try:
                    data = channel.recv(256)
                except OSError:
                    break
                data = data[(data[0] & 15) * 4 :] if version == 4 else data
                if data[0] == (0 if version == 4 else 129):
                    number = struct.unpack("!H", data[4:6])[0]
                    outcomes[number] = "answered"
                    self.open.discard(number)


def listen(ports):
    """Write down every new connection, datagram and ping that arrives; answer datagrams; return them at the end."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.htons(3))
    wire.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, 1 << 24)
    poll, echoes, seen = select.epoll(), {}, set()
    for port in ports:
        for family in (socket.AF_INET, socket.AF_INET6):
            channel = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            if family == socket.AF_INET6:
                channel.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                channel.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            else:
                channel.setsockopt(socket.IPPROTO_IP, PKTINFO, 1)
            try:
                channel.bind(("", port))
            except OSError:
                continue  # a service of the host's own answers there
            echoes[channel.fileno()] = channel
            poll.register(channel, select.EPOLLIN)
    poll.register(wire, select.EPOLLIN)
    poll.register(sys.stdin.fileno(), select.EPOLLIN | select.EPOLLHUP)
    print("ready", flush=True)
    while True:
        for descriptor, _event in poll.poll():
            if descriptor == wire.fileno():
                _drain(wire, seen)
            elif descriptor in echoes:
                _echo(echoes[descriptor])
            elif not os.read(descriptor, 1):
                _drain(wire, seen)
                return sorted(seen)


def _echo(channel):
    """Answer from the very address that was asked; a host with many would choose another."""
    data, asked, _flags, peer = channel.recvmsg(64, 128)
    for level, kind, info in asked:
        index = slice(0, 4) if level == socket.IPPROTO_IP else slice(16, 20)
        info = bytearray(info)
        info[index] = bytes(4)  # whatever interface leads there
        with contextlib.suppress(OSError):
            channel.sendmsg([data], [(level, kind, bytes(info))], 0, peer)


def _drain(wire, seen):
    while True:
        try:
            data, (_device, protocol, kind, *_rest) = wire.recvfrom(128)
        except OSError:
            return
        if kind == INCOMING:
            found = _read(data, protocol)
            if found:
                seen.add(found)


def _read(data, ethertype):
    """Return (protocol, source port or ping's number, port) of a first packet."""
    if ethertype == 0x0800:
        protocol, rest = data[9], data[(data[0] & 15) * 4 :]
    elif ethertype == 0x86DD:
        protocol, rest = data[6], data[40:]
    else:
        return None
    if protocol == TCP and rest[13] & 0x12 == 0x02:
        return ("tcp", *struct.unpack("!HH", rest[:4]))
    if protocol == UDP:
        return ("udp", *struct.unpack("!HH", rest[:4]))
    if (protocol, rest[0]) in ((ICMP, 8), (ICMP6, 128)):
        return ("icmp", struct.unpack("!H", rest[4:6])[0], 0)
    return None


if __name__ == "__main__":
    if sys.argv[1] == "send":
        print(json.dumps(send(json.load(sys.stdin))))
    else:
        print(json.dumps(listen([int(port) for port in sys.argv[2:]])))
