# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stranger on the internet side can try against the lab's home."""

from __future__ import annotations

import ast
import itertools

from lab import CONFIG, NAME, WAN

FRONT_DOOR = {"doors": [f"https://{WAN}:443"], "name": NAME, "bare": f"{WAN}:443"}
HA6 = "2001:db8:40::10"
# The ports that Home Assistant or a way to it might have, and the neighbourhood of each.
PORTS = [22, 80, 443, 1900, 5351, *range(8000, 8200), *range(18100, 18150), 49152]
SCAN = """
import socket, sys
from concurrent.futures import ThreadPoolExecutor

def answers(place):
    address, port = place
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as knock:
        knock.settimeout(1)
        return knock.connect_ex((address, port)) == 0

places = {places}
with ThreadPoolExecutor(64) as pool:
    print([place for place, open_ in zip(places, pool.map(answers, places)) if open_])
"""
_numbers = itertools.count(180)


def fresh_source(lab):
    """Give the attacker an address that is neither used by another test nor banned since an earlier run."""
    banned = lab.on("ha", "cat", f"{CONFIG}/ip_bans.yaml").out
    address = next(address for number in _numbers if f"{(address := f'198.51.100.{number}')}:" not in banned)
    lab.on("attacker", "ip", "address", "replace", f"{address}/32", "dev", "eth0").ok()
    return [address, "::"]


def log_in(lab, source, username, code=None, target=FRONT_DOOR):
    """Log in with the person's own password, and a code only where one is given."""
    password = next(person["password"] for person in lab.people().values() if person["username"] == username)
    return lab.intruder(
        "attacker", "log_in", target=target, source=source, username=username, password=password, code=code
    )


def guess_until_stopped(lab, source, **options):
    """Guess a password thirty times, more slowly than the proxy's own limit."""
    return lab.intruder(
        "attacker",
        "brute_force",
        target=FRONT_DOOR,
        source=source,
        username="olivia",
        guesses=30,
        pause=1.5,
        **options,
    )


def open_ports(lab):
    """Return the places on the internet side, of the router and of Home Assistant's host, that take connections."""
    places = [(address, port) for address in (WAN, "2001:db8:100::2", HA6) for port in PORTS]
    answered = lab.on("attacker", "python3", "-c", SCAN.format(places=places), seconds=180).ok().out
    return set(ast.literal_eval(answered))
