# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""WireGuard's own configuration texts, as wg(8) and its apps read them."""

from __future__ import annotations


def server(port, peers, preshared):
    """Return what `wg syncconf` is given on the server, its private key left out: that stays on the server.

    ``peers`` [{"name", "public_key", "allowed": [network]}]; ``preshared`` {name: key}.
    """
    lines = ["[Interface]", f"ListenPort = {port}"]
    for peer in peers:
        lines += ["", f"# {peer['name']}", "[Peer]", f"PublicKey = {peer['public_key']}"]
        if peer["name"] in preshared:
            lines.append(f"PresharedKey = {preshared[peer['name']]}")
        lines.append(f"AllowedIPs = {', '.join(peer['allowed'])}")
    return "\n".join(lines) + "\n"


def device(private_key, addresses, dns, mtu, server_key, endpoint, allowed, keepalive, preshared=None):
    """Return what the app on a phone or laptop imports."""
    lines = ["[Interface]", f"PrivateKey = {private_key}", f"Address = {', '.join(addresses)}"]
    if dns:
        lines.append(f"DNS = {', '.join(dns)}")
    if mtu:
        lines.append(f"MTU = {mtu}")
    lines += ["", "[Peer]", f"PublicKey = {server_key}"]
    if preshared:
        lines.append(f"PresharedKey = {preshared}")
    lines += [f"Endpoint = {endpoint}", f"AllowedIPs = {', '.join(allowed)}"]
    if keepalive:
        lines.append(f"PersistentKeepalive = {keepalive}")
    return "\n".join(lines) + "\n"
