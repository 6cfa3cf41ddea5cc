# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ways in that a home declares against those that its router has: what is wrong, and what closes it. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.nftables import atoms, walk
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.packet import Packet
from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset, translated
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import firewall, miniupnpd, reach, router
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.declared import (
    COMMON_PORTS,
    from_wan,
    is_declared,
    leads_to,
    told,
)

NO_FORWARD = "HW-WAY-01"
NO_MAPPING = "HW-WAY-02"
UPNP = "HW-WAY-03"
NO_IPV6 = "HW-WAY-04"
ONLY_DECLARED = "HW-WAY-07"
OFF, SECURE = "off", "secure"
ROUTER_TABLE = ("inet", "hearthwall_router")
MOST_PORTS = 6
# What the template of that table says of the rules that close it.
HOST_RULE, PORT_RULE = "Home Assistant", "the port of Home Assistant on any host"
# What a device asked the router for is never declared.
MAPPING = "miniupnpd"


@dataclass
class Wish:
    """What the description says: the declared ways, Home Assistant's addresses and ports, and the UPnP policy."""

    ways: list = field(default_factory=list)
    addresses: list = field(default_factory=list)
    ports: list = field(default_factory=list)
    wan: list = field(default_factory=list)
    upnp: str = OFF


@dataclass
class Findings:
    """The plan for one router."""

    sight: router.Sight
    gone: list = field(default_factory=list)
    # What only somebody who knows that file can take away: a script or another tool's configuration.
    beyond: list = field(default_factory=list)
    declared: list = field(default_factory=list)
    upnp: dict = field(default_factory=dict)
    verdicts: list = field(default_factory=list)

    @property
    def differs(self):
        return bool(self.gone or self.upnp)


def plan(wish, look, document, unknown):
    """Return the Findings of a router: its look, its running ruleset, and what could not be seen."""
    found = Findings(router.sight(look, wish.wan, wish.addresses))
    forwards = _from_internet(found.sight, look, wish)
    found.declared = [entry for entry in forwards if entry["source"] != MAPPING and is_declared(entry, wish.ways)]
    undeclared = [entry for entry in forwards if entry not in found.declared]
    found.gone = [entry for entry in undeclared if entry["running"] or entry["main"]]
    found.beyond = [entry for entry in undeclared if entry not in found.gone]
    found.upnp = upnp_closing(look.get("upnp"), wish, found.sight)
    blind = [reason for part, reason in sorted(unknown.items()) if part.startswith("ways_in.")]
    blind += found.sight.missing
    if not wish.ports:
        blind.append("the port of Home Assistant is not known (its host was not looked at in this run)")
    ipv6 = ipv6_ways(wish, found.sight, look, document)
    found.verdicts = [
        _forward_verdict(found, look, document, unknown),
        _mapping_verdict(found, look, unknown),
        _upnp_verdict(found, look, wish, unknown),
        _ipv6_verdict(ipv6, found.sight, document),
        _all_verdict(found, wish, ipv6, blind),
    ]
    return found


def legible(snapshot):
    """Return the running ruleset of a snapshot, iptables' rules spelled so that they can be read."""
    document = (snapshot.get("firewall") or {}).get("ruleset")
    return translated(document, (snapshot.get("ways_in") or {}).get("spelled"))


def _from_internet(sight, look, wish):
    """Return the forwards to Home Assistant that the internet meets; all of them where its side is not known."""
    ports = [port for port in wish.ports if port not in COMMON_PORTS]
    listed = [entry for entry in look.get("forwards") or [] if leads_to(entry, sight.addresses, ports)]
    return [entry for entry in listed if not sight.wan or from_wan(entry, sight.wan)]


def upnp_closing(upnp, wish, sight):
    """Return what has to happen to the UPnP daemon; empty when it is as declared."""
    if not upnp:
        return {}
    addresses = [address for address in sight.addresses if ":" not in address]
    ports = [port for port in wish.ports if port not in COMMON_PORTS]
    leases = [lease for lease in upnp.get("leases", []) if leads_to(lease, sight.addresses, ports)]
    if wish.upnp == OFF:
        if upnp["running"] or upnp.get("enabled") or leases:
            return {"policy": OFF, "addresses": addresses, "ports": ports}
        return {}
    held = miniupnpd.held_back(upnp.get("permissions", []), addresses, ports) and upnp.get("secure_mode")
    return {} if held and not leases else {"policy": SECURE, "addresses": addresses, "ports": ports}


def _forward_verdict(found, look, document, unknown):
    wrong = [entry for entry in [*found.gone, *found.beyond] if entry["source"] != MAPPING]
    expected = "no undeclared port-forward from the internet to Home Assistant"
    if wrong:
        told_all = [f"{told(entry)}{_passes(found.sight, document, entry)}" for entry in wrong]
        return verdict(NO_FORWARD, "fail", expected, "; ".join(told_all), _evidence(look))
    reasons = [unknown[part] for part in ("ways_in.forwards", "ways_in.persistent", "ways_in") if part in unknown]
    reasons += found.sight.missing
    reasons += [
        f"{hint['place']} may open a way to {', '.join(sorted(set(hint['addresses']) & set(found.sight.addresses)))}"
        for hint in look.get("hints") or []
        if set(hint["addresses"]) & set(found.sight.addresses)
    ]
    if reasons:
        return verdict(NO_FORWARD, "unknown", expected, "; ".join(reasons), _evidence(look))
    listed = [told(entry) for entry in found.declared]
    return verdict(
        NO_FORWARD, "pass", expected, f"declared: {'; '.join(listed)}" if listed else "none", _evidence(look)
    )


def _passes(sight, document, entry):
    if document is None or not sight.wan_addresses or not entry.get("running", True):
        return ""
    same = [address for address in sight.wan_addresses if (":" in address) == (":" in entry["to_address"])]
    if not same:
        return ""
    effect = reach.effect(document, entry, sight.wan, same[0], sight.interface or None)
    return {walk.BLOCKED: ", stopped by the forward rules", walk.ALLOWED: ", passes"}.get(effect, "")


def _evidence(look):
    count = len(look.get("forwards") or [])
    return f"{count} destination NAT entries read from the running rules and from what the next boot loads"


def _mapping_verdict(found, look, unknown):
    expected = "no UPnP or NAT-PMP mapping leads to Home Assistant"
    wrong = [told(entry) for entry in found.gone if entry["source"] == MAPPING]
    if wrong:
        return verdict(NO_MAPPING, "fail", expected, "; ".join(wrong))
    reasons = [unknown[part] for part in ("ways_in.forwards", "ways_in.upnp", "ways_in") if part in unknown]
    reasons += found.sight.missing
    if reasons:
        return verdict(NO_MAPPING, "unknown", expected, "; ".join(reasons))
    upnp = look.get("upnp")
    return verdict(NO_MAPPING, "pass", expected, "none" if upnp else "no UPnP daemon is here")


def _upnp_verdict(found, look, wish, unknown):
    expected = {
        OFF: "UPnP and NAT-PMP are off",
        SECURE: "UPnP and NAT-PMP in secure mode, and denied to Home Assistant",
    }[wish.upnp]
    upnp = look.get("upnp")
    if upnp is None:
        if "ways_in" in unknown:
            return verdict(UPNP, "unknown", expected, unknown["ways_in"])
        return verdict(UPNP, "pass", expected, "miniupnpd is neither running nor configured")
    parts = [name for name, on in (("UPnP", upnp.get("upnp")), ("NAT-PMP", upnp.get("natpmp"))) if on]
    state = "running" if upnp["running"] else "stopped"
    actual = f"miniupnpd is {state}" + (", starts at boot" if upnp.get("enabled") else "")
    actual += f" ({' and '.join(parts)}{', secure mode' if upnp.get('secure_mode') else ', not in secure mode'})"
    if upnp.get("leases"):
        actual += f", {len(upnp['leases'])} remembered mappings"
    if found.upnp:
        return verdict(UPNP, "fail", expected, actual, upnp["config"])
    if "ways_in.upnp" in unknown:
        return verdict(UPNP, "unknown", expected, unknown["ways_in.upnp"])
    return verdict(UPNP, "pass", expected, actual, upnp["config"])


@dataclass
class Ipv6:
    """What the internet reaches of Home Assistant over IPv6."""

    open: list = field(default_factory=list)
    declared: list = field(default_factory=list)
    unknown: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    nothing: str = ""


def ipv6_ways(wish, sight, look, document):
    """Ask the running rules what of Home Assistant, or of an address it may get, the internet reaches over IPv6."""
    answer = Ipv6()
    forwarding = (look.get("forwarding") or {}).get("ip6")
    known = [address for address in sight.addresses if ":" in address]
    if forwarding is False and not sight.on_router:
        answer.nothing = "the router does not forward IPv6"
        return answer
    if not known and not sight.prefixes and not sight.others and not sight.missing:
        answer.nothing = "no IPv6 prefix leads to Home Assistant's network"
        return answer
    if document is None or sight.missing or forwarding is None:
        answer.unknown.append("; ".join(sight.missing) or "the running rules could not be read")
        return answer
    ports = sorted({*wish.ports, *(way.to_port for way in wish.ways)})
    targets = [(address, None) for address in known]
    passing = [address for address in sight.others if ":" in address]
    passing += [address for prefix in sight.prefixes for address in router.strangers(prefix, known)]
    targets += [(address, [port for port in wish.ports if port not in COMMON_PORTS]) for address in passing]
    for address, only in targets:
        if only == []:
            continue
        _ask_ipv6(answer, wish, sight, document, address, only, ports)
    return answer


def _ask_ipv6(answer, wish, sight, document, address, only, ports):
    answer.asked.append(address)
    if sight.on_router:
        reached = reach.into(document, sight.wan, address, only or ports)
    else:
        every = only or sorted({*ports, *atoms.ports(document)})
        reached = reach.through(document, sight.wan, sight.interface, address, every, sight.inside)
    extra = {}
    for (protocol, port), source in sorted(reached.open.items()):
        # Home Assistant speaks TCP; of a stranger's address nothing else is asked.
        if only and protocol != "tcp":
            continue
        if _declared_ipv6(wish, address, protocol, port):
            answer.declared.append(f"{protocol} {port} of {address}")
        else:
            extra.setdefault((protocol, source), []).append(port)
    for (protocol, source), listed in sorted(extra.items()):
        named = ", ".join(map(str, listed)) if len(listed) <= MOST_PORTS else f"{len(listed)} ports asked about"
        known = [port for port in wish.ports if port in listed] if len(listed) > MOST_PORTS else []
        among = f", {', '.join(map(str, known))} among them" if known else ""
        answer.open.append(f"{protocol} {named}{among} of {address} (asked from {source})")
    for (protocol, port), reason in sorted(reached.unknown.items()):
        if only and protocol != "tcp":
            continue
        answer.unknown.append(f"{protocol} {port} of {address}: {reason}")
    if not reached.complete:
        answer.unknown.append(f"{address}: the rules tell more sources apart than can be asked about")


def _declared_ipv6(wish, address, protocol, port):
    return any(
        way.from_wan and way.protocol == protocol and way.to_port == port and address in way.addresses
        for way in wish.ways
    )


def _ipv6_verdict(ipv6, sight, document):
    expected = "the internet reaches nothing of Home Assistant over IPv6 but what is declared"
    if ipv6.open:
        return verdict(NO_IPV6, "fail", expected, _few(ipv6.open), "asked of the running rules, packet by packet")
    if ipv6.unknown:
        return verdict(NO_IPV6, "unknown", expected, _few(ipv6.unknown))
    actual = ipv6.nothing or (f"declared: {_few(ipv6.declared)}" if ipv6.declared else "nothing")
    evidence = "" if ipv6.nothing else f"asked of the running rules for {', '.join(ipv6.asked)}"
    return verdict(NO_IPV6, "pass", expected, actual, evidence)


def _few(texts, most=6):
    more = f"; and {len(texts) - most} more" if len(texts) > most else ""
    return "; ".join(texts[:most]) + more


def _all_verdict(found, wish, ipv6, blind):
    declared = [str(way) for way in wish.ways if way.from_wan]
    expected = f"declared: {'; '.join(declared)}" if declared else "none"
    actual = [told(entry) for entry in found.declared] + ipv6.declared
    extra = [told(entry) for entry in [*found.gone, *found.beyond]] + ipv6.open
    if extra:
        listed = _few([f"not declared: {text}" for text in extra])
        return verdict(ONLY_DECLARED, "fail", expected, "; ".join(filter(None, [_few(actual), listed])))
    if blind or ipv6.unknown:
        return verdict(ONLY_DECLARED, "unknown", expected, _few([*blind, *ipv6.unknown]))
    absent = [
        way.name
        for way in wish.ways
        if way.from_wan and way.addresses and not found.sight.on_router and not _open(way, found.declared)
    ]
    evidence = f"declared but not open: {', '.join(absent)}" if absent else ""
    return verdict(ONLY_DECLARED, "pass", expected, _few(actual) or "none", evidence)


def _open(way, declared):
    return any(is_declared(entry, [way]) for entry in declared)


def router_table(wish, look):
    """Return what the template of the router's own table needs."""
    sight = router.sight(look, wish.wan, wish.addresses)
    ways = []
    for way in wish.ways:
        if way.from_wan:
            # The same machine's other addresses are the same way in.
            same = bool(set(way.addresses) & set(sight.addresses))
            ways.append(
                {
                    "name": way.name,
                    "protocol": way.protocol,
                    "to_port": way.to_port,
                    "addresses": by_family({*way.addresses, *(sight.addresses if same else ())}),
                    "suffixes": router.suffixes(sight) if same else [],
                }
            )
    return {
        "wan": sight.wan,
        "ways": ways,
        "home_assistant": by_family(sight.addresses),
        "suffixes": router.suffixes(sight),
        "ports": [port for port in wish.ports if port not in COMMON_PORTS],
        "missing": sight.missing,
    }


def remembered(document):
    """Return (addresses, ports) of Home Assistant as the router's own table has them from an earlier run."""
    addresses, ports = [], []
    for item in (firewall.own(document, ROUTER_TABLE) or {}).get("nftables", []):
        rule = item.get("rule") or {}
        into = {HOST_RULE: addresses, PORT_RULE: ports}.get(rule.get("comment"))
        if into is not None:
            right = rule["expr"][0]["match"]["right"]
            into += right["set"] if isinstance(right, dict) else [right]
    return addresses, ports


def by_family(addresses):
    """Return {"ip": […], "ip6": […]} of some addresses, without an empty family."""
    found = {}
    for address in sorted(set(addresses), key=lambda text: (":" in text, ipaddress.ip_address(text))):
        found.setdefault("ip6" if ":" in address else "ip", []).append(address)
    return found


def table_deviations(document, table):
    """Return where the router's own table, as it runs, lets more or less to Home Assistant than it should."""
    loaded = firewall.own(document, ROUTER_TABLE)
    if loaded is None:
        return [f"the table {' '.join(ROUTER_TABLE)} is not loaded"]
    wrong, rules = [], Ruleset(loaded)
    known = {address for family in table["home_assistant"].values() for address in family}
    ports = sorted({*atoms.ports(loaded), *table["ports"], *(way["to_port"] for way in table["ways"])})
    for address in sorted(known):
        for protocol in ("tcp", "udp"):
            for port in ports:
                wanted = any(
                    (way["protocol"], way["to_port"]) == (protocol, port)
                    and any(address in family for family in way["addresses"].values())
                    for way in table["ways"]
                )
                source = atoms.ANYBODY["ip6" if ":" in address else "ip"]
                for inbound in table["wan"]:
                    packet = Packet(source, address, protocol, port, inbound=inbound, outbound="-")
                    passes = walk.verdict(rules, packet, ("forward",))[0] == walk.ALLOWED
                    if passes != wanted:
                        wrong.append(f"{protocol} {port} of {address} is {'open' if passes else 'closed'} there")
    return wrong
