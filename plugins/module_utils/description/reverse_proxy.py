# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The front door in itself: what its variables may not say together."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import found_on, problem


def check(home):
    rules = [_ports, _names, _client_certificates, _certificate, _upstream, _addresses]
    return found_on(home.group("edge"), rules, home)


def _ports(host, _home):
    https, http = host.get("reverse_proxy_https_port"), host.get("reverse_proxy_http_port")
    if https is not None and https == http:
        yield problem(
            "reverse_proxy_http_port",
            f"is {http}, and so is reverse_proxy_https_port: nginx cannot answer both on one port",
            "Give it another port, or 0 for none.",
        )


def _names(host, _home):
    names = [host.get("reverse_proxy_server_name"), *host.get("reverse_proxy_server_aliases", [])]
    for number, name in enumerate(names):
        if isinstance(name, str) and name.lower() in [each.lower() for each in names[:number] if isinstance(each, str)]:
            yield problem(f"reverse_proxy_server_aliases[{number - 1}]", f"{name!r} is named twice", "Remove it.")


def _client_certificates(host, _home):
    asked = host.get("reverse_proxy_client_certificates", "none")
    if asked != "none" and not host.get("reverse_proxy_client_ca"):
        yield problem(
            "reverse_proxy_client_ca",
            f"is missing, and client certificates are {asked}: there is nothing to hold them against",
            "Give the authority's PEM certificates, or set reverse_proxy_client_certificates: none.",
        )
    if asked == "none" and host.get("reverse_proxy_client_certificate_exempt_paths"):
        yield problem(
            "reverse_proxy_client_certificate_exempt_paths",
            "exempts paths from client certificates that nobody asks for",
            "Set reverse_proxy_client_certificates: required, or remove the paths.",
        )


def _certificate(host, _home):
    source = host.get("reverse_proxy_certificate_source", "acme")
    if source == "provided":
        for name in ("reverse_proxy_certificate_file", "reverse_proxy_certificate_key_file"):
            if not host.get(name):
                yield problem(name, "is missing, and the certificate is provided", "Give the file's path on the host.")
    if source != "acme":
        return
    acme = host.get("reverse_proxy_acme", {})
    if acme.get("accept_terms") is not True:
        yield problem(
            "reverse_proxy_acme.accept_terms",
            "is not true: no certificate can be ordered",
            "Read the authority's terms and set it to true, or choose another reverse_proxy_certificate_source.",
        )
    if acme.get("challenge", "http-01") == "http-01":
        if host.get("reverse_proxy_http_port") == 0:
            yield problem(
                "reverse_proxy_http_port",
                "is 0, and the challenge http-01 is answered on that port",
                "Set it to 80, or set reverse_proxy_acme.challenge: dns-01.",
            )
        return
    yield from _dns(acme.get("dns") or {})


def _dns(dns):
    where, why = "reverse_proxy_acme.dns", "the challenge is dns-01"
    if not dns.get("provider"):
        yield problem(f"{where}.provider", f"is missing, and {why}", "Name your DNS provider, or manual with scripts.")
    elif dns["provider"] == "manual":
        for name in ("auth_script", "cleanup_script"):
            if not dns.get(name):
                yield problem(f"{where}.{name}", f"is missing, and {why} with provider manual", "Give the script.")
    elif not dns.get("credentials"):
        yield problem(
            f"{where}.credentials", f"is missing, and {why}", "Give the provider's credentials, from the vault."
        )


def _upstream(host, home):
    upstream = host.get("reverse_proxy_upstream", {})
    at = upstream.get("address")
    if not isinstance(at, str):
        return
    if _is(at, "is_unspecified"):
        yield problem(
            "reverse_proxy_upstream.address",
            f"{at} is every address, and none to connect to",
            "Name the host's own address.",
        )
    elif (at == "localhost" or _is(at, "is_loopback")) and "home_assistant" not in host.groups:
        elsewhere = ", ".join(each.name for each in home.group("home_assistant"))
        yield problem(
            "reverse_proxy_upstream.address",
            f"{at} is the proxy itself, and Home Assistant runs elsewhere{f' (on {elsewhere})' if elsewhere else ''}",
            "Give Home Assistant's address, or leave it out.",
        )
    elif (at == "localhost" or _is(at, "is_loopback")) and upstream.get("port") in (
        host.get("reverse_proxy_https_port"),
        host.get("reverse_proxy_http_port"),
    ):
        yield problem(
            "reverse_proxy_upstream.port", "is the proxy's own port: it would ask itself", "Give Home Assistant's port."
        )


def _addresses(host, _home):
    allowed, denied = host.get("reverse_proxy_allow", []), host.get("reverse_proxy_deny", [])
    for number, each in enumerate(denied):
        if each in allowed:
            yield problem(
                f"reverse_proxy_deny[{number}]", f"{each!r} is also in reverse_proxy_allow", "Keep one of them."
            )
    for number, each in enumerate(denied):
        if each in ("0.0.0.0/0", "::/0"):
            yield problem(
                f"reverse_proxy_deny[{number}]",
                f"{each} denies everybody, also whom reverse_proxy_allow names",
                "Remove it.",
            )


def _is(text, what):
    try:
        return getattr(ipaddress.ip_address(text), what)
    except ValueError:
        return False
