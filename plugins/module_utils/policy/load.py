# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes a Policy of the variable ``hearthwall_policy``, or tells everything that is wrong with it at once.

    policy = load(hearthwall_policy)          # raises PolicyError, whose ``problems`` are all of them
    policy, problems = read(hearthwall_policy)

A flow whose last day is over is no error: it is in ``policy.expired`` and no longer compiled.
"""

from __future__ import annotations

import datetime

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean
from ansible_collections.hearthwall.home.plugins.module_utils.policy import contradictions, model, places
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import Endpoint
from ansible_collections.hearthwall.home.plugins.module_utils.policy.reading import Reader
from ansible_collections.hearthwall.home.plugins.module_utils.policy.services import WELL_KNOWN

VARIABLE = "hearthwall_policy"

KEYS = {
    "zones": "the networks of the home, by name",
    "hosts": "devices with fixed addresses, by name",
    "services": "names for ports beside the well-known ones",
    "flows": "who may reach whom, for what",
    "never": "what no flow may ever allow",
    "router": "what the router itself offers, and who manages it",
    "reflect": "multicast that the router repeats between zones",
    "forwards": "ports of the WAN address that lead to a host",
}
FLOW_KEYS = {
    "from": "zones or hosts that open the connection",
    "to": "zones or hosts that they reach",
    "services": "names such as [https], or ports such as [tcp/8883]",
    "why": "the reason, for whoever reads it in a year",
    "until": "the last day that it holds, as 2027-03-01",
}
NEVER_KEYS = {key: FLOW_KEYS[key] for key in ("from", "to", "services", "why")}
ROUTER_KEYS = {
    "manage": "who may log in to the router, as {from: [trusted], services: [ssh]}",
    "dhcp": "the zones that the router gives addresses",
    "dns": "the zones that may ask the router for names",
    "ntp": "the zones that may ask the router for the time",
}
MANAGE_KEYS = {"from": "zones or hosts that manage the router", "services": "how they log in, such as [ssh]"}
REFLECT_KEYS = {"service": "mdns or ssdp", "between": "two or more zones"}
FORWARD_KEYS = {
    "port": "the port on the WAN address, such as tcp/443",
    "to": "the host that it leads to",
    "to_port": "the host's port, where it is another one",
    "why": "the reason, for whoever reads it in a year",
}
REFLECTED = ("mdns", "ssdp")


class PolicyError(ValueError):
    """A policy that cannot be used; ``problems`` names every key that is wrong, and the fix."""

    def __init__(self, problems):
        self.problems = problems
        super().__init__("\n".join(f"{each['variable']}: {each['problem']}. {each['fix']}" for each in problems))


def load(document, today=None):
    """Return the Policy of a description; raise PolicyError with all problems."""
    policy, problems = read(document, today)
    if problems:
        raise PolicyError(problems)
    return policy


def read(document, today=None):
    """Return (Policy or None, problems). ``today`` decides which flows are expired (default: now, UTC)."""
    today = today or datetime.datetime.now(datetime.timezone.utc).date()
    loader = _Loader(today)
    policy = loader.policy(document)
    return (None if loader.problems else policy), loader.problems


class _Loader(Reader):
    def __init__(self, today):
        super().__init__()
        self.today = today
        self.zones, self.hosts, self.known = {}, {}, dict(WELL_KNOWN)
        self.wan = None

    def policy(self, document):
        parts = self.keys(VARIABLE, document, KEYS)
        if parts is None:
            return None
        self.zones = places.zones(self, f"{VARIABLE}.zones", parts.get("zones"))
        self.wan = next((zone for zone in self.zones.values() if zone.kind == model.WAN), None)
        self.spare(parts.get("zones"), self.zones)
        self.hosts = places.hosts(self, f"{VARIABLE}.hosts", parts.get("hosts"), self.zones)
        self.spare(parts.get("hosts"), self.hosts)
        own = self._own_services(f"{VARIABLE}.services", parts.get("services"))
        self.known.update(own)
        flows = [self._flow(*each) for each in self.entries(f"{VARIABLE}.flows", parts.get("flows"))]
        nevers = [self._never(*each) for each in self.entries(f"{VARIABLE}.never", parts.get("never"))]
        flows = [flow for flow in flows if flow]
        policy = model.Policy(
            zones=self.zones,
            hosts=self.hosts,
            services=self.known,
            flows=tuple(flow for flow in flows if not self._over(flow)),
            expired=tuple(flow for flow in flows if self._over(flow)),
            never=tuple(never for never in nevers if never),
            router=self._router(f"{VARIABLE}.router", parts.get("router")),
            reflect=self._all(self._reflection, f"{VARIABLE}.reflect", parts.get("reflect")),
            forwards=self._all(self._forward, f"{VARIABLE}.forwards", parts.get("forwards")),
        )
        self.problems += contradictions.check(policy)
        return policy

    def _all(self, read_one, where, value):
        found = [read_one(*each) for each in self.entries(where, value)]
        return tuple(each for each in found if each)

    def _over(self, flow):
        return flow.until is not None and flow.until < self.today

    # Services

    def _own_services(self, where, value):
        found = {}
        for name, (place, body) in self.names(where, value, "service").items():
            if name in (model.ANY, model.PING):
                self.note(place, f"{name} is built in, and cannot be defined anew", "Use another name.")
                continue
            if not self.typed(place, body, list):
                continue
            read_ports = [self.ports(*each) for each in self.listed(place, body)]
            found[name] = model.Service(name, tuple(each for each in read_ports if each))
        return found

    def _services(self, where, value):
        """Return the services that a list names; ports in place are services without another name."""
        found = []
        for place, each in self.listed(where, value):
            if isinstance(each, str) and each in self.known:
                found.append(self.known[each])
            elif isinstance(each, str) and "/" in each:
                read_ports = self.ports(place, each)
                if read_ports:
                    found.append(model.Service(str(read_ports), (read_ports,)))
            else:
                self.note(
                    place,
                    f"unknown service {each!r}.{did_you_mean(each, self.known)}",
                    f"Use tcp/… or udp/…, define it in {VARIABLE}.services, or use one of "
                    f"{', '.join(sorted(self.known))}.",
                )
        return tuple(dict.fromkeys(found))

    # Who and whom

    def _ends(self, where, value, more=()):
        """Return the endpoints that one name or a list of names means."""
        found = []
        for place, each in self.listed(where, value):
            end = self._end(place, each, more)
            if end:
                found.append(end)
        return tuple(dict.fromkeys(found))

    def _end(self, where, name, more):
        if isinstance(name, str):
            if name in self.zones:
                return Endpoint("zone", name, name)
            if name in self.hosts:
                return Endpoint("host", name, self.hosts[name].zone)
            if name == model.ROUTER and model.ROUTER in more:
                return Endpoint(model.ROUTER, name)
            if name == model.INTERNET and model.INTERNET in more:
                if self.wan:
                    return Endpoint(model.INTERNET, name, self.wan.name)
                self.note(where, "there is no zone of kind wan, so no internet", "Add it to zones.")
                return None
            if name in self.broken:
                return None
        known = [*sorted(self.zones), *sorted(self.hosts), *more]
        self.note(
            where,
            f"unknown zone or host {name!r}.{did_you_mean(name, known)}",
            f"Use one of {', '.join(known) or 'the zones (there are none)'}.",
        )
        return None

    def _zone_names(self, where, value, no_wan):
        """Return the zones that a list names."""
        found = []
        for place, name in self.entries(where, value):
            zone = self.zones.get(name) if isinstance(name, str) else None
            if zone and zone.kind == model.WAN:
                self.note(place, f"{name} is the WAN: {no_wan}", "Remove it.")
            elif zone and name in found:
                self.note(place, f"{name} is named twice", "Remove one.")
            elif zone:
                found.append(name)
            elif not isinstance(name, str) or name not in self.broken:
                self.note(
                    place,
                    f"unknown zone {name!r}.{did_you_mean(name, self.zones)}",
                    f"Use one of {', '.join(sorted(self.zones)) or 'the zones (there are none)'}.",
                )
        return tuple(found)

    # The parts

    def _flow(self, where, value):
        before = len(self.problems)
        given = self.keys(where, value, FLOW_KEYS, required=("from", "to", "services", "why"))
        if given is None:
            return None
        ends = {
            "from": (model.INTERNET,),
            "to": (model.INTERNET, model.ROUTER),
        }
        sources, destinations = (
            self._ends(f"{where}.{key}", given[key], more) if key in given else () for key, more in ends.items()
        )
        flow = model.Flow(
            sources=sources,
            destinations=destinations,
            services=self._services(f"{where}.services", given["services"]) if "services" in given else (),
            why=self._why(where, given) or "",
            until=self.date(f"{where}.until", given["until"]) if "until" in given else None,
            key=where,
        )
        return flow if len(self.problems) == before else None

    def _why(self, where, given):
        why = self.text(f"{where}.why", given["why"]) if "why" in given else None
        if why == "":
            self.note(f"{where}.why", "is empty", "Say what it is for: whoever reads it in a year will ask.")
        return " ".join(why.split()) if why else why

    def _never(self, where, value):
        before = len(self.problems)
        given = self.keys(where, value, NEVER_KEYS, required=("from", "to"))
        if given is None:
            return None
        ends = {"from": (model.INTERNET,), "to": (model.INTERNET, model.ROUTER)}
        sources, destinations = (
            self._ends(f"{where}.{key}", given[key], more) if key in given else () for key, more in ends.items()
        )
        never = model.Never(
            sources=sources,
            destinations=destinations,
            services=self._services(f"{where}.services", given.get("services", [model.ANY])),
            why=self._why(where, given) or "",
            key=where,
        )
        return never if len(self.problems) == before else None

    def _router(self, where, value):
        given = self.keys(where, value if value is not None else {}, ROUTER_KEYS) or {}
        place = f"{where}.manage"
        manage, services = (), ()
        if given.get("manage") in (None, {}, []):
            self.note(
                place,
                "is missing: there would be no way to manage the router",
                "Name who manages it: {from: [trusted], services: [ssh]}.",
            )
        else:
            asked = self.keys(place, given["manage"], MANAGE_KEYS, required=("from",)) or {}
            if "from" in asked:
                manage = self._ends(f"{place}.from", asked["from"], (model.INTERNET,))
            services = self._services(f"{place}.services", asked.get("services", ["ssh"]))
        no_wan = "the router asks there, and is not asked"
        offered = {key: self._zone_names(f"{where}.{key}", given.get(key), no_wan) for key in ("dhcp", "dns", "ntp")}
        return model.RouterServices(manage=manage, manage_services=services, **offered)

    def _reflection(self, where, value):
        given = self.keys(where, value, REFLECT_KEYS, required=("service", "between"))
        if given is None:
            return None
        service = self.choice(f"{where}.service", given["service"], REFLECTED) if "service" in given else None
        before = len(self.problems)
        place = f"{where}.between"
        zones = self._zone_names(place, given.get("between"), "nothing is repeated there")
        if "between" in given and len(zones) < 2 and len(self.problems) == before:
            self.note(place, "names fewer than two zones: there is nothing between them", "Name two or more.")
        return model.Reflection(service, zones, where) if service and len(zones) > 1 else None

    def _forward(self, where, value):
        given = self.keys(where, value, FORWARD_KEYS, required=("port", "to", "why"))
        if given is None:
            return None
        port = self.ports(f"{where}.port", given["port"]) if "port" in given else None
        why = self._why(where, given)
        host = self._target(f"{where}.to", given["to"]) if "to" in given else None
        to_port = given.get("to_port", port.low if port else 1)
        if not self.typed(f"{where}.to_port", to_port, int):
            return None
        if not 1 <= to_port <= 65535 - (port.high - port.low if port else 0):
            self.note(f"{where}.to_port", f"{to_port} is no port, or leaves no room for the range", "Use 1 to 65535.")
            return None
        if not port or not host:
            return None
        return model.Forward(port.protocol, port.low, port.high, host.name, to_port, why or "", where)

    def _target(self, where, name):
        host = self.hosts.get(name) if isinstance(name, str) else None
        if host is None:
            if isinstance(name, str) and name in self.broken:
                return None
            known = ", ".join(sorted(self.hosts)) or "(there are none)"
            what = "is a zone: a forward leads to one host" if name in self.zones else "is no host of this policy"
            self.note(where, f"{name!r} {what}.{did_you_mean(name, self.hosts)}", f"Use one of the hosts {known}.")
        elif self.zones[host.zone].kind == model.WAN:
            self.note(where, f"{name} is in the WAN itself", "Forward to a host inside.")
        elif host.ip4 is None:
            self.note(
                where,
                f"{name} has no ip4, and only IPv4 is forwarded",
                "Give the host its ip4; for IPv6 write a flow from internet to it.",
            )
        else:
            return host
        return None
