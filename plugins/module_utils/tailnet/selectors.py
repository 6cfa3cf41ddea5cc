# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who and what the names in a tailnet's policy file mean: users, groups, tags, addresses, and the built-in groups."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ansible_collections.hearthwall.home.plugins.module_utils.policy import meaning, model
from ansible_collections.hearthwall.home.plugins.module_utils.tailnet.reading import ANYTHING, as_network

# The addresses that Tailscale gives its devices.
TAILNET = tuple(map(ipaddress.ip_network, ("100.64.0.0/10", "fd7a:115c:a1e0::/48")))
MEMBER, SHARED, OTHER_TAG = "another member", "somebody a device is shared with", "tag:another"
ROLES = ("admin", "auditor", "billing-admin", "it-admin", "network-admin", "owner")
MEMBERS = ("autogroup:member", "autogroup:members", "autogroup:nonroot")
SELF = "autogroup:self"
SIMPLE = (
    ANYTHING,
    "autogroup:danger-all",
    *MEMBERS,
    SELF,
    "autogroup:tagged",
    "autogroup:shared",
    "autogroup:internet",
)
PUBLIC = meaning.internet(model.Policy())


@dataclass(frozen=True)
class Thing:
    """A device of the tailnet, which has an owner, or an address beyond it, which has none."""

    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    owner: str = ""  # a login, a tag, or MEMBER, SHARED, OTHER_TAG, "another <role>"

    def __str__(self):
        if not self.owner:
            return f"{self.address}{' on the internet' if self.public else ''}"
        return self.owner if self.tagged else f"a device of {self.owner}"

    @property
    def tagged(self):
        return self.owner.startswith("tag:")

    @property
    def personal(self):
        """Whether it belongs to a member of this tailnet."""
        return bool(self.owner) and not self.tagged and self.owner != SHARED

    @property
    def public(self):
        version = self.address.version
        return any(low <= int(self.address) <= high for low, high in PUBLIC[version])


def known(selector, document):
    """Return whether a name means something here."""
    return (
        selector in SIMPLE
        or role(selector) is not None
        or selector.startswith(("tag:", "svc:", "user:*@"))
        or selector in document.groups
        or selector.lower() in document.hosts
        or selector in document.ipsets
        or as_network(selector) is not None
        or ("@" in selector and not selector.startswith(("group:", "autogroup:")))
    )


def role(selector):
    """Return the role that an autogroup is about, or None."""
    name = selector.partition("autogroup:")[2] if selector.startswith("autogroup:") else ""
    return name if name in ROLES else None


def matches(selector, thing, document):
    """Return whether a thing is one of those that a name means; SELF needs both ends, and is decided by ``same``."""
    if selector == "autogroup:danger-all":
        return True
    if selector == ANYTHING:
        return bool(thing.owner) or not thing.public
    if selector in MEMBERS:
        return thing.personal
    if selector == "autogroup:tagged":
        return thing.tagged
    if selector == "autogroup:shared":
        return thing.owner == SHARED
    if selector == "autogroup:internet":
        return not thing.owner and thing.public
    if role(selector):
        return thing.owner == f"another {role(selector)}"
    if selector.startswith("user:*@"):
        return thing.owner == MEMBER or thing.owner.endswith(selector.partition("*")[2])
    if selector in document.groups:
        return any(matches(each, thing, document) for each in document.groups[selector])
    if selector in document.ipsets:
        return _in_set(document.ipsets[selector], thing, document)
    network = document.hosts.get(selector.lower()) or as_network(selector)
    if network is not None:
        return thing.address in network
    return thing.owner == selector


def same(source, target):
    """Return whether both are devices of one and the same person."""
    return source.personal and source.owner == target.owner


def _in_set(parts, thing, document):
    """A set is all that it adds, without what it removes."""
    added = removed = False
    for part in parts:
        word, _space, selector = part.rpartition(" ")
        if matches(selector, thing, document):
            added, removed = added or word != "remove", removed or word == "remove"
    return added and not removed
