# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Port forwards in the format of iptables-save: of the running rules, and of the files that a boot restores."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace

SERVED = ("PREROUTING",)


@dataclass(frozen=True)
class Rule:
    """One `-A` line of one table."""

    table: str
    chain: str
    words: tuple
    line: int
    text: str


def rules(text):
    """Return the rules of an iptables-save text, each with its line number."""
    table, found = "filter", []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if line.startswith("*"):
            table = line[1:].strip()
        elif line.startswith(("-A ", "--append ", "[")):
            words = shlex.split(re.sub(r"^\[\d+:\d+\]\s*", "", line))
            if words[0] in ("-A", "--append"):
                found.append(Rule(table, words[1], tuple(words[2:]), number, line))
    return found


@dataclass(frozen=True)
class Asked:
    """What a rule asks of a packet, as far as it matters for a forward."""

    protocol: str = "any"
    ports: tuple = ("any",)
    interface: str | None = None
    not_interface: str | None = None
    destination: str | None = None
    source: str | None = None
    jump: str = ""
    to: str | None = None


def asked(rule):
    """Read one rule's words; what only narrows it and is not known is passed over."""
    result, negated = Asked(), False
    words = list(rule.words)
    while words:
        word = words.pop(0)
        if word == "!":
            negated = True
            continue
        value = words[0] if words else ""
        if word in ("-p", "--protocol"):
            result = replace(result, protocol=value)
        elif word in ("--dport", "--destination-port", "--dports", "--destination-ports") and not negated:
            result = replace(result, ports=tuple(_port(part) for part in value.split(",")))
        elif word in ("-i", "--in-interface"):
            result = replace(result, not_interface=value) if negated else replace(result, interface=value)
        elif word in ("-d", "--destination") and not negated:
            result = replace(result, destination=value)
        elif word in ("-s", "--source") and not negated:
            result = replace(result, source=value)
        elif word in ("-j", "--jump", "-g", "--goto"):
            result = replace(result, jump=value)
        elif word == "--to-destination":
            result = replace(result, to=value)
        else:
            negated = False
            continue
        words.pop(0)
        negated = False
    return result


def _port(text):
    low, dash, high = text.partition(":")
    return f"{low}-{high}" if dash else (int(low) if low.isdigit() else low)


def forwards(text, source):
    """Return the forwards of an iptables-save text: every DNAT that a packet can reach from PREROUTING."""
    table = [rule for rule in rules(text) if rule.table == "nat"]
    found = []
    for chain in SERVED:
        _chain(table, chain, Asked(), 0, source, found)
    return found


def _chain(table, chain, outer, depth, source, found):
    if depth > 16:
        return
    for rule in (rule for rule in table if rule.chain == chain):
        here = asked(rule)
        here = replace(
            here,
            protocol=here.protocol if here.protocol != "any" else outer.protocol,
            ports=here.ports if here.ports != ("any",) else outer.ports,
            interface=here.interface or outer.interface,
            not_interface=here.not_interface or outer.not_interface,
            destination=here.destination or outer.destination,
            source=here.source or outer.source,
        )
        if here.jump == "DNAT" and here.to:
            found.extend(_entry(rule, here, port, source) for port in here.ports)
        elif any(other.chain == here.jump for other in table):
            _chain(table, here.jump, here, depth + 1, source, found)


def _entry(rule, here, port, source):
    address, to_port = _target(here.to)
    return {
        "proto": here.protocol,
        "port": port,
        "to_address": address,
        "to_port": to_port if to_port is not None else port,
        "interfaces": [here.interface] if here.interface else None,
        "not_interfaces": [here.not_interface] if here.not_interface else [],
        "destinations": [here.destination] if here.destination else None,
        "sources": [here.source] if here.source else None,
        "map": None,
        "element": None,
        "family": "ip6" if address.count(":") > 1 else "ip",
        "table": rule.table,
        "chain": rule.chain,
        "handle": None,
        "source": source,
        "rule": " ".join(shlex.quote(word) for word in rule.words),
        "line": rule.line,
    }


def _target(text):
    """Return (address, port) of `--to-destination`, IPv6 in brackets."""
    match = re.fullmatch(r"\[([^]]+)\](?::(.+))?", text) or re.fullmatch(r"([^:]+)(?::(.+))?", text)
    if not match:
        return text, None
    port = match.group(2)
    return match.group(1), int(port) if port and port.isdigit() else port
