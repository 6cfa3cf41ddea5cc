# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in: a RouterOS device in memory that speaks the API's own words over a socket.

Modelled: sentences and words with their length encoding, login, print/add/set/remove/move with place-before, one safe
mode per connection (its loss undoes what was done meanwhile, by anyone), a history that holds a hundred actions
(beyond it safe mode is over and undoes nothing), schedulers, backups, references between menus.
"""

from __future__ import annotations

import copy
import socketserver
import threading

HISTORY = 100
LISTS = ("tagged", "untagged")
KNOWN = {
    "/interface/ethernet",
    "/interface/bridge",
    "/interface/bridge/port",
    "/interface/bridge/vlan",
    "/interface/vlan",
    "/interface/list",
    "/interface/list/member",
    "/ip/address",
    "/ipv6/address",
    "/ip/pool",
    "/ip/dhcp-server",
    "/ip/dhcp-server/network",
    "/ip/dhcp-server/lease",
    "/ip/firewall/filter",
    "/ip/firewall/nat",
    "/ip/firewall/mangle",
    "/ip/firewall/raw",
    "/ipv6/firewall/filter",
    "/ipv6/firewall/nat",
    "/ipv6/firewall/raw",
    "/ip/firewall/address-list",
    "/ipv6/firewall/address-list",
    "/system/scheduler",
    "/file",
}
REFERENCES = {
    ("/interface/vlan", "interface"): "interface",
    ("/interface/bridge/port", "interface"): "interface",
    ("/interface/bridge/port", "bridge"): "interface",
    ("/ip/address", "interface"): "interface",
    ("/ipv6/address", "interface"): "interface",
    ("/ip/dhcp-server", "interface"): "interface",
    ("/ip/dhcp-server", "address-pool"): "/ip/pool",
    ("/interface/list/member", "list"): "/interface/list",
    ("/interface/list/member", "interface"): "interface",
}


class Trap(Exception):
    """The device refuses a command."""


class Device:
    """One router: its menus, its history, who holds safe mode."""

    def __init__(self, **menus):
        self.menus = {path: [] for path in KNOWN}
        self.number = 0
        self.holder = None
        self.undo = None
        self.history = 0
        self.log = []
        self.reboots = 0
        self.backups = {}
        self.versions = "7.20"
        # What cuts people off: called with the device after each change; true drops every connection.
        self.cuts = lambda device: False
        self.cut = False
        self.safe_mode_known = True
        self.lock = threading.RLock()
        for path, entries in menus.items():
            for entry in entries:
                self._add("/" + path.replace("__", "/").replace("_", "-"), dict(entry))
        self.log.clear()
        self.history = 0

    # Commands

    def run(self, session, command, words):
        with self.lock:
            return self._run(session, command, words)

    def _run(self, session, command, words):
        path, _slash, verb = command.rpartition("/")
        if path == "/safe-mode":
            return self._safe_mode(session, verb)
        if command == "/system/resource/print":
            return [{"version": f"{self.versions} (stable)", "board-name": "stand-in"}]
        if command == "/interface/print":
            lists = (("ether", "/interface/ethernet"), ("bridge", "/interface/bridge"), ("vlan", "/interface/vlan"))
            found = [{"name": each["name"], "type": kind} for kind, menu in lists for each in self.menus[menu]]
            return [{"name": "lo", "type": "loopback"}, *found]
        if command == "/system/backup/save":
            self.backups[words["name"]] = copy.deepcopy(self.menus)
            self._add("/file", {"name": words["name"] + ".backup"})
            return []
        if path not in KNOWN:
            raise Trap("no such command prefix")
        if verb == "print":
            return [dict(entry) for entry in self.menus[path]]
        if verb == "add":
            done = [{"ret": self._add(path, words)}]
        elif verb == "set":
            done = self._set(path, words)
        elif verb == "remove":
            done = self._remove(path, words)
        elif verb == "move":
            done = self._move(path, words)
        else:
            raise Trap("no such command")
        self.log.append((path, verb, dict(words)))
        if path not in ("/file", "/system/scheduler") or self.holder:
            self._remember()
        if self.cuts(self):
            self.cut = True
        return done

    def _add(self, path, words):
        entry = {option: value for option, value in words.items() if option != "place-before"}
        self._check(path, entry)
        self.number += 1
        entry[".id"] = f"*{self.number:X}"
        entries = self.menus[path]
        if "place-before" in words:
            entries.insert(self._index(path, words["place-before"]), entry)
        else:
            entries.append(entry)
        return entry[".id"]

    def _set(self, path, words):
        entry = self.menus[path][self._index(path, words[".id"])]
        for option, value in words.items():
            if option.startswith("!"):
                entry.pop(option[1:], None)
            elif option != ".id":
                entry[option] = value
        self._check(path, entry)
        return []

    def _remove(self, path, words):
        for number in words[".id"].split(","):
            entry = self.menus[path].pop(self._index(path, number))
            self._unreferenced(path, entry)
        return []

    def _move(self, path, words):
        entry = self.menus[path].pop(self._index(path, words["numbers"]))
        there = self._index(path, words["destination"]) if words.get("destination") else len(self.menus[path])
        self.menus[path].insert(there, entry)
        return []

    def _index(self, path, number):
        for index, entry in enumerate(self.menus[path]):
            if entry[".id"] == number:
                return index
        raise Trap("no such item")

    def _check(self, path, entry):
        for option, value in entry.items():
            target = REFERENCES.get((path, option))
            if target == "interface" and value not in self._interfaces():
                raise Trap(f"input does not match any value of {option}")
            if target and target != "interface" and value not in [each.get("name") for each in self.menus[target]]:
                raise Trap(f"input does not match any value of {option}")
        for option in ("in-interface", "out-interface"):
            value = entry.get(option, "").lstrip("!")
            if value and value not in self._interfaces():
                raise Trap(f"input does not match any value of {option}")
        for option in ("in-interface-list", "out-interface-list"):
            value = entry.get(option, "").lstrip("!")
            if value and value not in [each["name"] for each in self.menus["/interface/list"]]:
                raise Trap(f"input does not match any value of {option}")
        if entry.get("dst-port") and entry.get("protocol") not in ("tcp", "udp"):
            raise Trap("ports can be specified if proto is tcp,udp,udp-lite,dccp,sctp")

    def _unreferenced(self, path, entry):
        if path in ("/interface/vlan", "/interface/bridge"):
            for menu, option in (("/ip/address", "interface"), ("/ip/firewall/filter", "in-interface")):
                if any(each.get(option) == entry["name"] for each in self.menus[menu]):
                    raise Trap(f"in use by {menu}")

    def _interfaces(self):
        menus = ("/interface/ethernet", "/interface/bridge", "/interface/vlan")
        return ["lo", *(entry["name"] for menu in menus for entry in self.menus[menu])]

    # Safe mode

    def _safe_mode(self, session, verb):
        if not self.safe_mode_known:
            raise Trap("no such command prefix")
        if verb == "take":
            if self.holder:
                raise Trap("somebody has already safe mode")
            self.holder, self.undo, self.history = session, copy.deepcopy(self.menus), 0
        elif self.holder is not session:
            raise Trap("not in safe mode")
        elif verb == "release":
            self.holder = self.undo = None
        elif verb == "unroll":
            self._unroll()
        return []

    def _remember(self):
        self.history += 1
        if self.holder and self.history > HISTORY:
            # No room left: safe mode ends, nothing is undone any more.
            self.holder = self.undo = None

    def _unroll(self):
        if self.undo is not None:
            self.menus = self.undo
        self.holder = self.undo = None

    def lost(self, session):
        """A connection ended without releasing what it held."""
        with self.lock:
            if self.holder is session:
                self._unroll()

    # Time

    def scheduled(self):
        """What happens when the timer of a scheduler is over, or at the next start."""
        with self.lock:
            for entry in list(self.menus["/system/scheduler"]):
                if "/system/backup/load" in entry["on-event"]:
                    name = entry["on-event"].split("name=")[1].split()[0].strip('"')
                    self.menus = copy.deepcopy(self.backups[name])
                    self.holder = self.undo = None
                    self.reboots += 1
                    self.cut = False

    def reboot(self):
        """Everything in flash stays, also what safe mode has not released."""
        with self.lock:
            self.holder = self.undo = None
            self.reboots += 1


class _Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle(self):
        device = self.server.device
        self.server.sessions.append(self.connection)
        try:
            while True:
                sentence = self._read()
                if device.cut:
                    # The packets do not arrive any more: nobody hears an end of the connection.
                    self.server.silent.wait()
                    return
                command, words = sentence[0], dict(word[1:].split("=", 1) for word in sentence[1:] if word[0] == "=")
                if command == "/login":
                    if (words.get("name"), words.get("password")) != self.server.account:
                        self._say("!trap", "=message=invalid user name or password (6)")
                        self._say("!done")
                        continue
                    self._say("!done")
                    continue
                try:
                    answer = device.run(self, command, words)
                except Trap as refused:
                    self._say("!trap", f"=message={refused}")
                    self._say("!done")
                    continue
                if device.cut:
                    self.server.silent.wait()
                    return
                if command.endswith("/add"):
                    self._say("!done", f"=ret={answer[0]['ret']}")
                    continue
                rows = [[f"={option}={value}" for option, value in entry.items()] for entry in answer]
                said = [b"".join(_encoded(word) for word in ("!re", *row)) + b"\0" for row in rows]
                self.wfile.write(b"".join(said))
                self._say("!done")
        except (EOFError, ConnectionError):
            pass
        finally:
            if not device.cut:
                device.lost(self)

    def _read(self):
        words = []
        while True:
            length = self._length()
            if not length:
                return words
            words.append(self.rfile.read(length).decode())

    def _length(self):
        first = self.rfile.read(1)
        if not first:
            raise EOFError
        value, more = first[0], 0
        for mask, count in ((0x80, 0), (0xC0, 1), (0xE0, 2), (0xF0, 3)):
            if value < mask:
                more = count
                break
        value &= {0: 0x7F, 1: 0x3F, 2: 0x1F, 3: 0x0F}[more]
        for byte in self.rfile.read(more):
            value = value << 8 | byte
        return value

    def _say(self, *words):
        self.wfile.write(b"".join(_encoded(word) for word in words) + b"\0")
        if words[0] == "!done":
            self.wfile.flush()


def _encoded(word):
    raw = word.encode()
    size = len(raw)
    if size < 0x80:
        return bytes([size]) + raw
    if size < 0x4000:
        return (size | 0x8000).to_bytes(2, "big") + raw
    return (size | 0xC00000).to_bytes(3, "big") + raw


class Server(socketserver.ThreadingTCPServer):
    """The device behind a port on loopback."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, device, account=("hearthwall", "test")):
        self.device, self.account, self.sessions = device, account, []
        self.silent = threading.Event()
        super().__init__(("127.0.0.1", 0), _Session)

    @property
    def port(self):
        return self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_wrong):
        self.silent.set()
        self.shutdown()
        self.server_close()
