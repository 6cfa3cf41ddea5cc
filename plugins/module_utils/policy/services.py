# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The services that a policy can name without defining them, by their usual names."""

from __future__ import annotations

import re

from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import ANY, PING, Ports, Service

PORTS = {
    "airplay": ("tcp/7000", "tcp/7100", "udp/6001-6011"),
    "cast": ("tcp/8008-8009", "tcp/8443"),
    "coap": ("udp/5683",),
    "dhcp": ("udp/67",),
    "dhcpv6": ("udp/547",),
    "dns": ("udp/53", "tcp/53"),
    "dns_tls": ("tcp/853", "udp/853"),
    "esphome": ("tcp/6053",),
    "esphome_update": ("tcp/3232", "tcp/8266"),
    "ftp": ("tcp/21",),
    "home_assistant": ("tcp/8123",),
    "homekit": ("tcp/21063-21083",),
    "http": ("tcp/80",),
    "https": ("tcp/443",),
    "https_quic": ("tcp/443", "udp/443"),
    "imaps": ("tcp/993",),
    "influxdb": ("tcp/8086",),
    "ipp": ("tcp/631",),
    "iperf3": ("tcp/5201", "udp/5201"),
    "knx": ("udp/3671", "tcp/3671"),
    "mariadb": ("tcp/3306",),
    "matter": ("udp/5540",),
    "mdns": ("udp/5353",),
    "modbus": ("tcp/502",),
    "mqtt": ("tcp/1883",),
    "mqtts": ("tcp/8883",),
    "nfs": ("tcp/2049",),
    "ntp": ("udp/123",),
    "postgresql": ("tcp/5432",),
    "rdp": ("tcp/3389",),
    "rsync": ("tcp/873",),
    "rtsp": ("tcp/554", "udp/554"),
    "smb": ("tcp/445",),
    "smtps": ("tcp/465",),
    "sonos": ("tcp/1400", "tcp/1443"),
    "ssdp": ("udp/1900",),
    "ssh": ("tcp/22",),
    "submission": ("tcp/587",),
    "syslog": ("udp/514",),
    "syslog_tls": ("tcp/6514",),
    "tailscale": ("udp/41641",),
    "wireguard": ("udp/51820",),
    "wyoming": ("tcp/10200", "tcp/10300", "tcp/10400"),
}

_WRITTEN = re.compile(r"(tcp|udp)/([0-9]{1,5})(?:-([0-9]{1,5}))?\Z")


def ports(text):
    """Read ``tcp/443`` or ``udp/60000-61000``; raise ValueError with what is wrong."""
    found = _WRITTEN.match(text) if isinstance(text, str) else None
    if not found:
        raise ValueError("is not written as tcp/443 or udp/60000-61000")
    low, high = int(found[2]), int(found[3] or found[2])
    if not 1 <= low <= 65535 or not 1 <= high <= 65535:
        raise ValueError("is out of bounds: ports go from 1 to 65535")
    if high < low:
        raise ValueError("is a range that ends before it begins")
    return Ports(found[1], low, high)


WELL_KNOWN = {name: Service(name, tuple(ports(each) for each in written)) for name, written in PORTS.items()}
WELL_KNOWN[ANY] = Service(ANY, (Ports(ANY),))
WELL_KNOWN[PING] = Service(PING, (Ports(PING),))
