# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who has which address of the tunnel, and who had one: a number in the home's register is never given twice.

The register is plain data without secrets, kept with the home, so that a run that is limited to one host knows the
others, and a phone that was lost stays lost: {"server": {"host", "public_key"}, "peers": {name: {"number",
"public_key"}}, "retired": [{"name", "number", "public_key", "on"}], "addresses": {host: [address]}}.
"""

from __future__ import annotations

import ipaddress

SERVER = 1


class RegisterError(ValueError):
    """The declared peers and the register cannot both hold; ``problems`` is [(where, what, fix)]."""

    def __init__(self, problems):
        super().__init__("; ".join(f"{where}: {what}" for where, what, _fix in problems))
        self.problems = problems


def settle(declared, register, public_keys, networks, today):
    """Return the register as it has to be for the declared peers: newcomers numbered, who is gone retired.

    ``public_keys`` {name: public key}: of every declared peer; ``today`` is a text.
    """
    known, retired = dict(register.get("peers") or {}), list(register.get("retired") or [])
    problems = [
        (f"wireguard_peers.{name}", "its key was revoked when the peer was removed", "Make a new key on the device.")
        for name in declared
        if public_keys[name] in {entry["public_key"] for entry in retired}
    ]
    for name in sorted(set(known) - set(declared)):
        retired.append({"name": name, **known.pop(name), "on": today})
    used = [SERVER, *(entry["number"] for entry in [*known.values(), *retired])]
    for name in declared:
        number = known[name]["number"] if name in known else max(used) + 1
        used.append(number)
        known[name] = {"number": number, "public_key": public_keys[name]}
    for network in networks:
        if max(used) >= ipaddress.ip_network(network).num_addresses - 1:
            problems.append(("wireguard_networks", f"{network} has no address left", "Use a larger network."))
    if problems:
        raise RegisterError(problems)
    return {"server": dict(register.get("server") or {}), "peers": known, "retired": retired}


def addresses(number, networks):
    """Return the addresses that a number means, one of each network."""
    return [str(ipaddress.ip_network(network)[number]) for network in networks]


def own(addresses_):
    """Return addresses as networks of their own, which is what WireGuard ties a key to."""
    return [str(ipaddress.ip_network(address)) for address in addresses_]
