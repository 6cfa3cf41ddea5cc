# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The menus of RouterOS 7 that Hearthwall writes: what tells one entry from another, and where order counts.

Order of this table: what an entry refers to comes before it.
"""

from __future__ import annotations

from dataclasses import dataclass

# A comment that begins so marks an entry as Hearthwall's; so does a name in menus without comments.
MARK = "hearthwall "
NAME = "hearthwall-"


@dataclass(frozen=True)
class Menu:
    """One menu. ``identity``: the options that tell its entries apart; where order counts, the comment does."""

    path: str
    identity: tuple[str, ...]
    ordered: bool = False
    # Entries that others made may be taken over (a bridge, its ports): only the options named are set.
    shared: bool = False


BRIDGE = Menu("/interface/bridge", ("name",), shared=True)
PORT = Menu("/interface/bridge/port", ("interface",), shared=True)
BRIDGE_VLAN = Menu("/interface/bridge/vlan", ("bridge", "vlan-ids"))
VLAN = Menu("/interface/vlan", ("name",))
LIST = Menu("/interface/list", ("name",))
MEMBER = Menu("/interface/list/member", ("list", "interface"))
ADDRESS = Menu("/ip/address", ("address", "interface"))
ADDRESS6 = Menu("/ipv6/address", ("address", "interface"))
POOL = Menu("/ip/pool", ("name",))
DHCP = Menu("/ip/dhcp-server", ("name",))
DHCP_NETWORK = Menu("/ip/dhcp-server/network", ("address",))
LEASE = Menu("/ip/dhcp-server/lease", ("mac-address", "server"))
ADDRESS_LIST = Menu("/ip/firewall/address-list", ("list", "address"))
ADDRESS_LIST6 = Menu("/ipv6/firewall/address-list", ("list", "address"))
FILTER = Menu("/ip/firewall/filter", ("comment",), ordered=True)
FILTER6 = Menu("/ipv6/firewall/filter", ("comment",), ordered=True)
NAT = Menu("/ip/firewall/nat", ("comment",), ordered=True)

MENUS = (
    BRIDGE,
    PORT,
    BRIDGE_VLAN,
    VLAN,
    LIST,
    MEMBER,
    ADDRESS,
    ADDRESS6,
    POOL,
    DHCP,
    DHCP_NETWORK,
    LEASE,
    ADDRESS_LIST,
    ADDRESS_LIST6,
    NAT,
    FILTER,
    FILTER6,
)
BY_PATH = {menu.path: menu for menu in MENUS}


def own(entry):
    """Return whether an entry is Hearthwall's."""
    return str(entry.get("comment", "")).startswith(MARK) or str(entry.get("name", "")).startswith(NAME)


def key_of(menu, entry):
    """Return what tells an entry of this menu from the others."""
    if menu.ordered:
        return key_in(entry.get("comment", ""))
    return tuple(str(entry.get(option, "")) for option in menu.identity)


def comment(key, why):
    """Return the comment that marks an entry: whose it is, which one, and why it is there."""
    return f"{MARK}{key}: {why}" if why else f"{MARK}{key}"


def key_in(text):
    """Return the key in a comment of Hearthwall's, or the whole comment."""
    written = str(text)
    return written[len(MARK) :].partition(": ")[0] if written.startswith(MARK) else written


# The options of a rule that narrow it, or say what it does.
RULE_OPTIONS = (
    "chain",
    "action",
    "jump-target",
    "disabled",
    "in-interface",
    "out-interface",
    "in-interface-list",
    "out-interface-list",
    "in-bridge-port",
    "out-bridge-port",
    "src-address",
    "dst-address",
    "src-address-list",
    "dst-address-list",
    "src-address-type",
    "dst-address-type",
    "src-mac-address",
    "protocol",
    "src-port",
    "dst-port",
    "port",
    "any-port",
    "icmp-options",
    "connection-state",
    "connection-nat-state",
    "connection-mark",
    "connection-bytes",
    "connection-limit",
    "connection-rate",
    "connection-type",
    "packet-mark",
    "packet-size",
    "routing-mark",
    "routing-table",
    "layer7-protocol",
    "tls-host",
    "content",
    "dscp",
    "fragment",
    "headers",
    "hop-limit",
    "hotspot",
    "ingress-priority",
    "ipsec-policy",
    "ipv4-options",
    "limit",
    "dst-limit",
    "nth",
    "per-connection-classifier",
    "priority",
    "psd",
    "random",
    "realm",
    "tcp-flags",
    "tcp-mss",
    "time",
    "ttl",
    "to-addresses",
    "to-ports",
)
