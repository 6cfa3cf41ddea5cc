# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Home Assistant's own HTTP settings (exposure_http) against where the proxy stands.

What is left out follows from the inventory; these rules are about what was written by hand.
"""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.description import formats
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import on, problem
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import front_ends

WHERE = "exposure_http"


def check(home):
    found = []
    for host in home.group("home_assistant"):
        http = host.get(WHERE)
        if not isinstance(http, dict):
            continue
        for rule in (_trusted, _forwarded, _bound, _bans, _origins, _port):
            found += on(host, rule(http, host, home.group("edge")))
    return found


def _trusted(http, host, edges):
    trusted = http.get("trusted_proxies")
    if trusted is None:
        return
    networks = []
    for number, entry in enumerate(_listed(trusted)):
        where = f"{WHERE}.trusted_proxies[{number}]"
        if not isinstance(entry, str) or formats.network(entry):
            reason = formats.network(entry) if isinstance(entry, str) else "is not an IP address"
            yield problem(where, f"{entry!r} {reason}", "Give the proxy's exact address.")
            continue
        network = ipaddress.ip_network(entry)
        networks.append(network)
        if network.num_addresses > 1:
            yield problem(
                where,
                f"{entry} is {network.num_addresses} addresses: whoever has one of them can claim to be anybody",
                "Name exactly the proxy's host, for example 10.0.10.1.",
            )
    for edge in edges:
        known = _addresses(edge, host)
        if known and not any(ipaddress.ip_address(each) in network for each in known for network in networks):
            yield problem(
                f"{WHERE}.trusted_proxies",
                f"leaves out the proxy {edge.name} ({', '.join(known)}): Home Assistant would answer it with 400",
                f"Add {known[0]}, or leave trusted_proxies out: it follows from the inventory.",
            )
    own = front_ends.of_host(host.groups, host.get)
    if own and host not in edges and not any(ipaddress.ip_address("127.0.0.1") in network for network in networks):
        yield problem(
            f"{WHERE}.trusted_proxies",
            f"leaves out {own[0]} on this host (127.0.0.1): Home Assistant would answer it with 400",
            "Add 127.0.0.1, or leave trusted_proxies out: it follows from the inventory.",
        )


def _forwarded(http, host, edges):
    use, trusted = http.get("use_x_forwarded_for"), http.get("trusted_proxies")
    proxies = [*(f"the proxy {edge.name}" for edge in edges), *front_ends.of_host(host.groups, host.get)]
    if use is False and (proxies or trusted):
        behind = proxies[0] if proxies else "trusted_proxies"
        yield problem(
            f"{WHERE}.use_x_forwarded_for",
            f"is false, and there is {behind}: every bad login would ban the proxy itself",
            "Set it to true, or leave it out.",
        )
    if use is True and not trusted and not proxies:
        yield problem(
            f"{WHERE}.use_x_forwarded_for",
            "is true, and there is no proxy: no trusted_proxies, and no host in the group edge",
            "Leave it out, or declare the proxy.",
        )
    if trusted and use is None and not proxies:
        yield problem(
            f"{WHERE}.use_x_forwarded_for", "is missing: trusted_proxies does nothing without it", "Set it to true."
        )


def _bound(http, host, edges):
    bound = [each for each in _listed(http.get("server_host")) if isinstance(each, str)]
    for number, each in enumerate(bound):
        if formats.host_or_address(each):
            yield problem(
                f"{WHERE}.server_host", f"{each!r} {formats.address(each)}", "Give addresses of its own host."
            )
            return
        if each in bound[:number]:
            yield problem(f"{WHERE}.server_host", f"{each} is named twice", "Remove one of them.")
    elsewhere = [edge.name for edge in edges if edge.name != host.name]
    if bound and elsewhere and all(_loopback(each) for each in bound):
        yield problem(
            f"{WHERE}.server_host",
            f"is {', '.join(bound)}, which the proxy on {elsewhere[0]} cannot reach",
            "Give the address of this host that the proxy reaches, or leave it out.",
        )


def _bans(http, _host, _edges):
    threshold = http.get("login_attempts_threshold")
    if isinstance(threshold, int) and not isinstance(threshold, bool) and threshold < 1:
        yield problem(
            f"{WHERE}.login_attempts_threshold", f"{threshold} means that nobody is ever banned", "Use 3 to 10."
        )
    if http.get("ip_ban_enabled") is False:
        yield problem(
            f"{WHERE}.ip_ban_enabled", "is false: nobody is ever banned, whatever the threshold", "Leave it out."
        )


def _origins(http, _host, _edges):
    for number, each in enumerate(_listed(http.get("cors_allowed_origins"))):
        where = f"{WHERE}.cors_allowed_origins[{number}]"
        if each == "*":
            yield problem(where, "'*' lets every web page ask Home Assistant in its user's name", "Name the origins.")
        elif isinstance(each, str) and formats.origin(each):
            yield problem(where, f"{each!r} {formats.origin(each)}", "Write it as https://name.example.")


def _port(http, host, edges):
    port = http.get("server_port")
    if not isinstance(port, int) or isinstance(port, bool):
        return
    if not 1 <= port <= 65535:
        yield problem(f"{WHERE}.server_port", f"{port} is not a port", "Use 1 to 65535.")
    for edge in edges:
        for name in ("reverse_proxy_https_port", "reverse_proxy_http_port"):
            if edge.name == host.name and edge.get(name) == port:
                yield problem(
                    f"{WHERE}.server_port", f"is {port}, and so is {name} on the same host", "Give one of them another."
                )


def _addresses(edge, host):
    """Return the addresses from which a proxy's requests arrive, as far as the inventory tells; none: it does not."""
    if edge.name == host.name:
        return ["127.0.0.1", "::1", *([] if formats.address(host.address) else [host.address]), *_bridges()]
    declared = [each for each in _listed(edge.get("exposure_addresses")) if isinstance(each, str)]
    return [each for each in declared or [edge.address] if not formats.address(each)]


def _bridges():
    """Return where a container sees its own host come from by default (Docker, podman)."""
    return ["172.17.0.1", "172.18.0.1", "172.30.32.1", "10.88.0.1", "10.89.0.1"]


def _listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [] if value is None else [value]


def _loopback(text):
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return text == "localhost"
