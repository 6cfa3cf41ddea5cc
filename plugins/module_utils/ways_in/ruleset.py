# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ruleset as the kernel holds it: `nft -j list ruleset`, arranged so that a packet can be walked through it."""

from __future__ import annotations

FAMILIES = {"ip": ("ip", "inet"), "ip6": ("ip6", "inet")}


class Ruleset:
    """Chains, rules, sets and maps of one `nft -j list ruleset`."""

    def __init__(self, document):
        self.chains = {}
        self.rules = {}
        self.elements = {}
        self.tables = set()
        for item in (document or {}).get("nftables", []):
            for kind, body in item.items():
                self._add(kind, body)

    def _add(self, kind, body):
        if kind == "table":
            self.tables.add((body["family"], body["name"]))
        elif kind == "chain":
            self.chains[(body["family"], body["table"], body["name"])] = body
        elif kind == "rule":
            self.rules.setdefault((body["family"], body["table"], body["chain"]), []).append(body)
        elif kind in ("set", "map"):
            self.elements[(body["family"], body["table"], body["name"])] = body.get("elem", [])

    def base_chains(self, hook, family, kinds=("filter", "route"), device=None):
        """Return the keys of the chains that a packet of this family meets at a hook, in the order it meets them."""
        families = ("netdev", "inet") if hook == "ingress" else FAMILIES[family]
        met = [
            (chain["prio"] if isinstance(chain.get("prio"), int) else 0, key)
            for key, chain in self.chains.items()
            if chain.get("hook") == hook and key[0] in families and chain.get("type") in kinds
        ]
        if hook == "ingress":
            met = [(prio, key) for prio, key in met if device in _devices(self.chains[key])]
        return [key for _prio, key in sorted(met, key=lambda entry: entry[0])]

    def named(self, rule, reference):
        """Return the elements of the set or map that `@name` means in this rule; None when it is not there."""
        return self.elements.get((rule["family"], rule["table"], reference[1:]))


def _devices(chain):
    device = chain.get("dev", [])
    return device if isinstance(device, list) else [device]


def plain(element):
    """Return a set's element without its timeout, counter and comment."""
    if isinstance(element, dict) and "elem" in element:
        return element["elem"]["val"]
    return element


def members(data, ruleset, rule):
    """Return the members of a set or map given in place or by name; None when they cannot be read."""
    if isinstance(data, dict) and "set" in data:
        found = data["set"]
    elif isinstance(data, str) and data.startswith("@"):
        found = ruleset.named(rule, data)
    else:
        return None
    if found is None:
        return None
    return [[plain(entry[0]), entry[1]] if isinstance(entry, list) else plain(entry) for entry in found]
