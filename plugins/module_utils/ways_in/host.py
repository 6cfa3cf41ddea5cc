# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host's running rules and listeners mean for its controls. Pure."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import firewall, plan, reach

RESTRICTED = "HW-WAY-05"
LISTENERS = "HW-WAY-06"
STANDING = {"ip": "192.0.2.1", "ip6": "2001:db8::1"}


def judge(snapshot, wanted, ports, wish_table=True):
    """Return (verdicts, deviations of the own table) for one host.

    ``wanted``: the declared services; ``ports``: those that lead to Home Assistant; ``wish_table``: whether the host
    is to have a table of Hearthwall's.
    """
    document = plan.legible(snapshot)
    expected = f"port {_listed(ports)} of Home Assistant is reached by nobody but {_by(wanted, ports)}"
    if document is None:
        reason = (snapshot.get("firewall") or {}).get("error") or "the running rules were not looked at"
        # Without nft there are no rules at all, unless another tool keeps some.
        return [
            verdict(RESTRICTED, "unknown", expected, reason),
            verdict(LISTENERS, "unknown", "nothing listens to the network but what is declared", reason),
        ], [reason]
    interface, addresses = _standing(snapshot)
    loaded = firewall.own(document)
    wrong, doubtful = [], []
    if loaded is None:
        wrong = ["the table inet hearthwall is not loaded"] if wish_table else []
    else:
        wrong, doubtful = firewall.deviations(loaded, wanted, STANDING, interface)
    exact = loaded is not None and not wrong and not doubtful
    verdicts = [
        _restricted(document, wanted, ports, interface, addresses, expected, exact, [*wrong, *doubtful]),
        _listening(document, snapshot, wanted, interface, addresses, exact),
    ]
    return verdicts, wrong if wish_table else []


def _standing(snapshot):
    """Return (an interface to the network, {family: an address of the host there})."""
    own = (snapshot.get("ways_in") or {}).get("addresses") or []
    outward = [entry for entry in own if not firewall.leads_to_containers(entry["interface"])]
    outward = [entry for entry in outward if entry["scope"] == "global"]
    addresses = {}
    for entry in outward:
        addresses.setdefault("ip6" if ":" in entry["address"] else "ip", entry["address"])
    return (outward[0]["interface"] if outward else "eth0"), addresses or dict(STANDING)


def _listed(ports):
    return ", ".join(map(str, ports)) or "(not known)"


def _by(wanted, ports):
    named = [each.name for each in wanted if any(each.protocol == "tcp" and port in each.ports for port in ports)]
    return f"this host itself, and {', '.join(named)}" if named else "this host itself"


def _restricted(document, wanted, ports, interface, addresses, expected, exact, wrong):
    if not ports:
        return verdict(RESTRICTED, "unknown", expected, "the port of Home Assistant is not known")
    if exact:
        return verdict(RESTRICTED, "pass", expected, "exactly that", "asked of the running table inet hearthwall")
    found, unknown = [], []
    for address in addresses.values():
        for port in ports:
            undeclared, doubts = reached_by(document, wanted, address, "tcp", port, interface)
            found += [f"{source} reaches port {port}" for source in undeclared[:1]]
            unknown += doubts[:1]
    if found:
        return verdict(RESTRICTED, "fail", expected, "; ".join(found), "; ".join(wrong[:3]))
    if unknown:
        return verdict(RESTRICTED, "unknown", expected, "; ".join(unknown))
    if wrong:
        return verdict(RESTRICTED, "fail", expected, "; ".join(wrong[:6]), "the host's table is not as declared")
    return verdict(RESTRICTED, "pass", expected, "exactly that", "asked of the running rules")


def reached_by(document, wanted, address, protocol, port, interface):
    """Return (the undeclared sources that reach a port, what could not be told)."""
    allowed, doubts = reach.sources_of(document, [interface], address, protocol, port)
    return [source for source in allowed if not any(each.serves(source, protocol, port) for each in wanted)], doubts


def _listening(document, snapshot, wanted, interface, addresses, exact):
    expected = "nothing answers on the network but what is declared"
    if snapshot.get("listeners") is None:
        reason = (snapshot.get("unknown") or {}).get("listeners", "the listeners were not looked at")
        return verdict(LISTENERS, "unknown", expected, reason)
    outside = [each for each in snapshot["listeners"] if not ipaddress.ip_address(each["address"]).is_loopback]
    extra = [each for each in outside if not _ever_served(each, wanted)]
    evidence = f"listening: {_named(outside)}" if outside else "nothing listens beyond loopback"
    if exact:
        actual = f"kept from the network: {_named(extra)}" if extra else "only what is declared"
        return verdict(LISTENERS, "pass", expected, actual, evidence)
    open_ones, unknown = [], []
    for each in outside:
        family = "ip6" if ":" in each["address"] else "ip"
        address = addresses.get(family) or STANDING[family]
        undeclared, doubts = reached_by(document, wanted, address, each["proto"], each["port"], interface)
        if undeclared:
            open_ones.append(each)
        elif doubts:
            unknown.append(each)
    if open_ones:
        return verdict(LISTENERS, "fail", expected, f"reached without being declared: {_named(open_ones)}", evidence)
    if unknown:
        return verdict(LISTENERS, "unknown", expected, f"cannot be told: {_named(unknown)}", evidence)
    return verdict(LISTENERS, "pass", expected, "only what is declared is reached", evidence)


def _ever_served(listener, wanted):
    return any(each.protocol == listener["proto"] and firewall.covers(each.ports, listener["port"]) for each in wanted)


def _named(listeners):
    texts = dict.fromkeys(
        f"{each['proto']} {each['port']} ({each['unit'] or each['process'] or 'unknown process'})" for each in listeners
    )
    most = list(texts)[:10]
    return ", ".join(most) + (f" and {len(texts) - 10} more" if len(texts) > 10 else "")
