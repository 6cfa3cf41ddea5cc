# SPDX-License-Identifier: GPL-3.0-or-later
"""The attacks on the lab's home: who tries what from where, and which row of the checklist answers it.

`closed_by` names the role that has to stop the attack; None: no role does so yet, and the tally says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NAME = "ha.hearthwall.test"
WAN4 = "198.51.100.2"
HA4, HA6 = "10.0.40.10", "2001:db8:40::10"
FRONT_DOOR = f"https://{WAN4}:443"
# Every way in that the soft home leaves open, and the one that the hardened home declares.
DOORS = [
    f"http://{WAN4}:8123",
    f"http://{WAN4}:18123",
    f"http://[{HA6}]:8123",
    FRONT_DOOR,
    f"https://[{HA6}]:443",
    f"http://{WAN4}:80",
]


def target(doors):
    return {"doors": doors, "name": NAME, "bare": f"{WAN4}:443"}


@dataclass(frozen=True)
class Attack:
    """One attempt: its story for people, the attempt of intruder.py, and what it needs."""

    id: str
    row: str
    actor: str
    what: str
    attempt: str
    arguments: dict = field(default_factory=dict)
    doors: tuple = tuple(DOORS)
    closed_by: str | None = None


ATTACKS = [
    Attack(
        "open-port",
        "2",
        "attacker",
        "reach HA through the forwarded port 8123",
        "reach",
        doors=(f"http://{WAN4}:8123",),
        closed_by="exposure",
    ),
    Attack(
        "open-upnp",
        "2",
        "attacker",
        "reach HA through the UPnP mapping a device made",
        "reach",
        doors=(f"http://{WAN4}:18123",),
        closed_by="exposure",
    ),
    Attack(
        "open-ipv6",
        "2",
        "attacker",
        "reach HA's port over IPv6, past the NAT",
        "reach",
        doors=(f"http://[{HA6}]:8123",),
        closed_by="exposure",
    ),
    Attack(
        "natpmp",
        "2",
        "camera",
        "have the router open a port of the internet side (NAT-PMP)",
        "map_port",
        {"gateway": "10.0.20.1", "inside": 8123, "lan": 28123},
        closed_by="exposure",
    ),
    Attack("clear-text", "2c", "attacker", "find HA's login page on plain HTTP", "plain_http", closed_by="exposure"),
    Attack(
        "clear-websocket",
        "2c",
        "attacker",
        "open HA's WebSocket in clear text from a foreign page",
        "websocket",
        closed_by="exposure",
    ),
    Attack(
        "empty-password",
        "1",
        "attacker",
        "log in as the guest with no password at all",
        "log_in",
        {"username": "gus", "password": ""},
        closed_by="accounts",
    ),
    Attack(
        "common-password",
        "1",
        "attacker",
        "log in as the child with a password from every list",
        "log_in",
        {"username": "cleo", "password": "dragon"},
        closed_by="accounts",
    ),
    Attack(
        "stolen-owner",
        "1",
        "attacker",
        "log in as the owner with the right password alone",
        "log_in",
        {"username": "olivia", "password": "loot:owner_password"},
        closed_by="accounts",
    ),
    Attack(
        "stolen-family",
        "1",
        "attacker",
        "log in as a family member with the right password alone",
        "log_in",
        {"username": "felix", "password": "loot:family_password"},
        closed_by="accounts",
    ),
    Attack(
        "forgotten-token",
        "1",
        "attacker",
        "use a long-lived token that nobody remembers",
        "token",
        {"token": "loot:long_lived_token"},
        closed_by="accounts",
    ),
    Attack(
        "lost-device",
        "1",
        "attacker",
        "carry on the session of a device lost a year ago",
        "session",
        {"refresh_token": "loot:refresh_token", "client_id": "loot:client_id"},
        closed_by="accounts",
    ),
    Attack(
        "brute-force",
        "2c",
        "attacker",
        "guess 40 passwords in a row",
        "brute_force",
        {"username": "olivia", "guesses": 40},
        closed_by="exposure",
    ),
    Attack(
        "forged-address",
        "2c",
        "attacker",
        "guess 40 passwords, each from a pretended address",
        "brute_force",
        {"username": "felix", "guesses": 40, "forge": True},
        closed_by="exposure",
    ),
    Attack(
        "iot-to-laptop",
        "6",
        "bulb",
        "connect from a light bulb to the laptop's SSH",
        "connect",
        {"address": "10.0.10.10", "port": 22},
        closed_by="segmentation",
    ),
    Attack(
        "wan-to-router",
        "6",
        "attacker",
        "connect from the internet to the router's SSH",
        "connect",
        {"address": WAN4, "port": 22},
        closed_by="segmentation",
    ),
    Attack(
        "iot-to-router",
        "6",
        "bulb",
        "connect from a light bulb to the router's admin page",
        "connect",
        {"address": "10.0.20.1", "port": 80},
        closed_by="segmentation",
    ),
    Attack(
        "iot-to-nas",
        "6",
        "camera",
        "connect from a camera to the file server's SSH",
        "connect",
        {"address": "10.0.40.20", "port": 22},
        closed_by="segmentation",
    ),
    Attack(
        "guest-to-ha",
        "6",
        "guest",
        "connect from the guest network to HA's own port",
        "connect",
        {"address": HA4, "port": 8123},
        closed_by="exposure",
    ),
]
