# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The values that fw4 and netifd take as they are meant.

On one bad value fw4 leaves the whole section out, says `[!]` and ends with 0. Some values it takes for a wider one:
`10.0.0.1/` for everything, an address with a short prefix for its network, a port beside `proto all` for any port.
So nothing but the plain spelling passes here.
"""

from __future__ import annotations

import ipaddress
import re

IDENTIFIER = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_.-]*$")
SECTION_NAME = re.compile(r"^[a-zA-Z0-9_]+$")
# An interface of Linux: IFNAMSIZ with its end. `+`, `*` and `!` are wildcards and negation to fw4.
DEVICE = re.compile(r"^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,14}$")
FILE = re.compile(r"^(/[a-zA-Z0-9_.-]+)+$")
MAC = re.compile(r"^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$")
PORTS = re.compile(r"^(\d{1,5})(?:-(\d{1,5}))?$")
LEASE = re.compile(r"^(infinite|[1-9]\d*[mhd]?)$")
BRIDGE_PORT = re.compile(r"^(?P<device>[^:]+)(:(u\*|u|t|\*))?$")
# nft keeps 128 bytes of a comment with its end; fw4 puts "!fw4: " before a name. Longer ones stop the whole ruleset.
LONGEST_NAME = 122
VERDICTS = ("ACCEPT", "REJECT", "DROP")
WITH_PORTS = ("tcp", "udp")
PROTOCOLS = (*WITH_PORTS, "icmp", "igmp", "esp", "ah", "gre", "all")
ICMP_TYPES = (
    "echo-request",
    "echo-reply",
    "destination-unreachable",
    "packet-too-big",
    "time-exceeded",
    "parameter-problem",
    "router-solicitation",
    "router-advertisement",
    "neighbour-solicitation",
    "neighbour-advertisement",
)
ICMP_NUMBER = re.compile(r"^(\d{1,3})(?:/(\d{1,3}))?$")


def identifier(value):
    return bool(IDENTIFIER.match(value)) or "letters, digits, `_`, `.` and `-`, not a digit first"


def device(value):
    return bool(DEVICE.match(value)) or "the name of one interface, at most 15 characters, no wildcard"


def verdict(value):
    return value in VERDICTS or f"one of {', '.join(VERDICTS)}"


def flag(value):
    return value in ("0", "1") or "0 or 1"


def family(value):
    return value in ("ipv4", "ipv6", "any") or "ipv4, ipv6 or any"


def protocol(value):
    return value in PROTOCOLS or f"one of {', '.join(PROTOCOLS)}"


def mac(value):
    return bool(MAC.match(value)) or "a MAC address such as 02:00:00:00:00:01"


def title(value):
    fits = 0 < len(value.encode()) <= LONGEST_NAME and value.isprintable() and '"' not in value and "\\" not in value
    return fits or f"printable text of at most {LONGEST_NAME} bytes without quotes and backslashes"


def ports(value):
    match = PORTS.match(value)
    if not match:
        return "a port or low-high, in digits"
    low, high = int(match.group(1)), int(match.group(2) or match.group(1))
    return 0 < low <= high <= 65535 or "a port or low-high between 1 and 65535"


def network(value):
    """An address, or a network without host bits: fw4 would silently widen anything else."""
    wanted = "an IPv4 or IPv6 address, or a network without host bits"
    if "/" in value and not re.search(r"/\d{1,3}$", value):
        return wanted
    try:
        ipaddress.ip_network(value, strict=True)
    except ValueError:
        return wanted
    return True


def networks(value):
    """A network of a list, or with `!` one that is not meant: fw4 asks for one of the former and none of the latter."""
    return network(value[1:] if value.startswith("!") else value)


def file(value):
    return bool(FILE.match(value)) or "a path of letters, digits, `/`, `_`, `.` and `-`"


def interface_address(value):
    try:
        address = ipaddress.ip_interface(value)
    except ValueError:
        address = None
    return address is not None and "/" in value or "an address with its prefix length"


def host_address(value):
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return "an address"
    return True


def icmp_type(value):
    match = ICMP_NUMBER.match(value)
    if match:
        return all(int(part) <= 255 for part in match.groups() if part) or "a type (and code) of at most 255"
    return value in ICMP_TYPES or f"a number or one of {', '.join(ICMP_TYPES)}"


def vlan(value):
    return (value.isdecimal() and value == str(int(value)) and 1 <= int(value) <= 4094) or "a VLAN id from 1 to 4094"


def bridge_port(value):
    match = BRIDGE_PORT.match(value)
    if not match or device(match.group("device")) is not True:
        return "a port with :t (tagged) or :u* (untagged, its own VLAN)"
    return True


def number(value):
    return (value.isdecimal() and value == str(int(value))) or "a whole number"


def lease(value):
    return bool(LEASE.match(value)) or "a time such as 12h"


def word(*allowed):
    def check(value):
        return value in allowed or f"one of {', '.join(allowed)}"

    return check
