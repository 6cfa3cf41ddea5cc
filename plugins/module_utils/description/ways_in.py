# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The declared ways in, and who may manage the hosts."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description import formats
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean, found_on, problem

WHERE = "exposure_ways_in"
EVERYWHERE = ("wan", "anywhere")


def check(home):
    return found_on(
        home.group("home_assistant") + home.group("router"), [_ways, _management, _services, _vantage], home
    )


def _vantage(host, home):
    name = host.get("exposure_vantage")
    if name and name in home.hosts:
        yield problem("exposure_vantage", f"{name} is a host of this home", "Name a host outside, or leave it out.")
    elif name and name not in home.inventory:
        fix = "Add it to the inventory, outside of the home's group."
        near = did_you_mean(name, home.inventory)
        yield problem("exposure_vantage", f"{name!r} is no host of the inventory.{near}", fix)


def _ways(host, home):
    seen = {}
    for number, way in enumerate(host.get(WHERE) or ()):
        if not isinstance(way, dict):
            continue
        where = f"{WHERE}[{number}]"
        to = way.get("to")
        if to is not None and to not in home.hosts:
            elsewhere = ", which is a host of another home" if to in home.inventory else ""
            yield problem(
                f"{where}.to",
                f"{to!r} is no host of this home{elsewhere}.{did_you_mean(to, home.hosts)}",
                f"Use one of {', '.join(sorted(home.hosts))}.",
            )
        yield from _origin(where, way.get("from", "wan"))
        yield from _beside_the_policy(where, way, host)
        for key in ("port", "to_port"):
            port = way.get(key)
            if isinstance(port, int) and not isinstance(port, bool) and not 1 <= port <= 65535:
                yield problem(f"{where}.{key}", f"{port} is not a port", "Use 1 to 65535.")
        same = (str(way.get("from", "wan")), way.get("protocol", "tcp"), way.get("port"))
        if same in seen and way.get("port") is not None:
            yield problem(
                f"{where}.port",
                f"{way['port']} is already taken by {seen[same]}: one port leads to one place",
                "Use another.",
            )
        seen.setdefault(same, way.get("name") or where)
        yield from _past_the_proxy(where, way, home)


def _origin(where, origin):
    for each in origin if isinstance(origin, (list, tuple)) else [origin]:
        if isinstance(each, str) and each not in EVERYWHERE and formats.network(each):
            yield problem(f"{where}.from", f"{each!r} {formats.network(each)}", "Use wan, anywhere, or networks.")


def _beside_the_policy(where, way, host):
    """Two lists of what the internet reaches would differ one day."""
    origin = way.get("from", "wan")
    outside = set(EVERYWHERE) & set(origin if isinstance(origin, (list, tuple)) else [origin])
    if outside and host.get("hearthwall_policy"):
        yield problem(
            f"{where}.from",
            f"{min(outside)}: what the internet reaches is declared in hearthwall_policy, which this home has",
            "Declare it in hearthwall_policy.forwards, and as a flow from internet for IPv6; remove it here.",
        )


def _past_the_proxy(where, way, home):
    to, origin = home.hosts.get(way.get("to")), way.get("from", "wan")
    http = to.get("exposure_http", {}) if to and "home_assistant" in to.groups else {}
    port = http.get("server_port") if isinstance(http, dict) else None
    outside = set(EVERYWHERE) & set(origin if isinstance(origin, (list, tuple)) else [origin])
    if port and outside and way.get("to_port", way.get("port")) == port:
        yield problem(
            f"{where}.to_port",
            f"{port} is Home Assistant's own port, and the way comes from the internet: never open that one",
            "Lead it to the reverse proxy, or use a VPN.",
        )


def _management(host, _home):
    if host.get("exposure_host_firewall", True) is not True:
        return
    listed = host.get("exposure_management")
    if listed is not None and not listed:
        yield problem(
            "exposure_management",
            "is empty: the firewall would lock everybody out, you among them",
            "Name the networks that you manage the home from.",
        )
    for number, each in enumerate(listed or ()):
        if each in ("0.0.0.0/0", "::/0"):
            yield problem(
                f"exposure_management[{number}]",
                f"{each} is the whole internet",
                "Name the networks that you manage from.",
            )


def _services(host, _home):
    seen = {}
    for number, service in enumerate(host.get("exposure_host_services") or ()):
        if not isinstance(service, dict):
            continue
        where = f"exposure_host_services[{number}]"
        yield from _origin(where, service.get("from", "anywhere"))
        listed = service.get("port")
        for each in listed if isinstance(listed, (list, tuple)) else [listed]:
            if not formats.port_range(each):
                protocol = service.get("protocol", "tcp")
                name = seen.setdefault((protocol, str(each)), service.get("name") or where)
                if name != (service.get("name") or where):
                    yield problem(
                        f"{where}.port", f"{protocol} {each} is already let in by {name}", "Remove one of them."
                    )
            elif each is not None:
                yield problem(f"{where}.port", f"{each!r} {formats.port_range(each)}", "Use a port or a range.")
