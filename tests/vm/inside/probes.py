# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets between network namespaces: who answers everywhere, and who asks whom. One process in all of them."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time

ANSWER = b"here"
FAMILIES = (socket.AF_INET, socket.AF_INET6)
# A question that is lost, to a neighbour that is not known yet for example, is asked again.
ASKED_AGAIN = 4
EVERY = 0.8


class Namespaces:
    """The namespaces by name; the empty name is where this process began."""

    def __init__(self, names):
        self._files = {"": os.open("/proc/self/ns/net", os.O_RDONLY)}
        for name in names:
            self._files[name] = os.open(f"/run/netns/{name}", os.O_RDONLY)

    def __iter__(self):
        return iter(self._files)

    def socket(self, name, *kind):
        """Return a socket that belongs to a namespace; where it was made is where it stays."""
        os.setns(self._files[name], os.CLONE_NEWNET)
        try:
            return socket.socket(*kind)
        finally:
            os.setns(self._files[""], os.CLONE_NEWNET)

    def write(self, name, path, text):
        os.setns(self._files[name], os.CLONE_NEWNET)
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
        finally:
            os.setns(self._files[""], os.CLONE_NEWNET)


def answer_everywhere(spaces, tcp, udp):
    """Answer on these ports in every namespace, for as long as the process lives."""
    waiting = select.epoll()
    sockets = {}
    for name in spaces:
        for family in FAMILIES:
            for kind, ports in ((socket.SOCK_STREAM, tcp), (socket.SOCK_DGRAM, udp)):
                for port in ports:
                    listener = spaces.socket(name, family, kind)
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    if family == socket.AF_INET6:
                        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                    listener.bind(("", port))
                    if kind == socket.SOCK_STREAM:
                        listener.listen(200)
                    waiting.register(listener, select.EPOLLIN)
                    sockets[listener.fileno()] = listener

    def serve():
        while True:
            for number, _event in waiting.poll():
                _answer(sockets[number])

    threading.Thread(target=serve, daemon=True).start()


def _answer(listener):
    try:
        if listener.type == socket.SOCK_DGRAM:
            _question, whom = listener.recvfrom(64)
            listener.sendto(ANSWER, whom)
        else:
            caller, _whom = listener.accept()
            caller.sendall(ANSWER)
            caller.close()
    except OSError:
        pass


class _Question:
    def __init__(self, spaces, space, address, protocol, port, source=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        if protocol == "icmp":
            number = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
            self.socket = spaces.socket(space, family, socket.SOCK_DGRAM, number)
            self._packet = (b"\x80" if family == socket.AF_INET6 else b"\x08") + bytes(7) + ANSWER
        else:
            self.socket = spaces.socket(space, family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
            self._packet = None if protocol == "tcp" else b"hello"
        self.socket.setblocking(False)
        if source:
            self.socket.bind((source, 0))
        self.reached = False
        self._whom = (address, port or 0)
        self._connected = False

    def ask(self):
        try:
            if not self._connected:
                self._connected = True
                self.socket.connect(self._whom)
            if self._packet:
                self.socket.send(self._packet)
        except OSError:
            pass

    def hear(self):
        try:
            said = self.socket.recv(64)
        except BlockingIOError:
            return False
        except OSError:
            return True
        self.reached = ANSWER in said
        return True


def ask(spaces, probes, source=None, at_once=400):
    """Return for each [namespace, address, protocol, port] whether the answer came back."""
    answers = []
    for start in range(0, len(probes), at_once):
        answers += _ask(spaces, probes[start : start + at_once], source)
    return answers


def _ask(spaces, probes, source):
    questions = [_Question(spaces, *probe, source) for probe in probes]
    waiting = select.epoll()
    by_number = {}
    for question in questions:
        question.ask()
        waiting.register(question.socket, select.EPOLLIN)
        by_number[question.socket.fileno()] = question
    for _round in range(ASKED_AGAIN):
        end = time.monotonic() + EVERY
        while by_number and (left := end - time.monotonic()) > 0:
            for number, _event in waiting.poll(left):
                if by_number[number].hear():
                    waiting.unregister(number)
                    del by_number[number]
        for question in by_number.values():
            question.ask()
    for question in questions:
        question.socket.close()
    return [question.reached for question in questions]


class Steady:
    """Pings without pause while something else happens: how many were sent, and when each answer came."""

    EVERY, LATE = 0.025, 1.5

    def __init__(self, spaces, space, address):
        self.sent, self.answers = 0, []
        self._socket = spaces.socket(space, socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
        self._socket.connect((address, 0))
        self._over = threading.Event()
        self._threads = [threading.Thread(target=each) for each in (self._send, self._hear)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def _send(self):
        while not self._over.is_set():
            self.sent += 1
            with contextlib.suppress(OSError):
                self._socket.send(b"\x08" + bytes(5) + self.sent.to_bytes(2, "big") + ANSWER)
            time.sleep(self.EVERY)

    def _hear(self):
        self._socket.settimeout(self.LATE)
        while True:
            try:
                self._socket.recv(64)
                self.answers.append(time.monotonic())
            except TimeoutError:
                if self._over.is_set():
                    return
            except OSError:
                pass
