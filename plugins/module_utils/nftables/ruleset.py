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
        self.marks = False
        for item in (document or {}).get("nftables", []):
            for kind, body in item.items():
                self._add(kind, body)

    def _add(self, kind, body):
        if kind == "chain":
            self.chains[(body["family"], body["table"], body["name"])] = body
        elif kind == "rule":
            self.rules.setdefault((body["family"], body["table"], body["chain"]), []).append(body)
            self.marks = self.marks or any("mangle" in part for part in body.get("expr", ()) if isinstance(part, dict))
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


def foreign(document):
    """Return the places of the rules that hold an expression only iptables can read."""
    return [
        place
        for place, rule in _placed(document).items()
        if any("xt" in part for part in rule.get("expr", ()) if isinstance(part, dict))
    ]


def _placed(document):
    """Return {(family, table, chain, its number in the chain): rule}."""
    found, count = {}, {}
    for item in (document or {}).get("nftables", []):
        rule = item.get("rule")
        if rule:
            chain = (rule["family"], rule["table"], rule["chain"])
            found[(*chain, count.get(chain, 0))] = rule
            count[chain] = count.get(chain, 0) + 1
    return found


def translation(document, loaded):
    """Return {"family table chain handle": expr} of the rules with iptables' expressions as nft itself spells them.

    ``loaded`` is the same ruleset after nft has read its own listing again; empty where the two do not match.
    """
    here, there = _placed(document), _placed(loaded)
    if here.keys() != there.keys():
        return {}
    return {name_of(here[place]): there[place]["expr"] for place in foreign(document)}


def name_of(rule):
    return f"{rule['family']} {rule['table']} {rule['chain']} {rule['handle']}"


def translated(document, spelled):
    """Return the document with those rules spelled so that they can be read."""
    if not spelled or document is None:
        return document
    return {
        "nftables": [
            {"rule": dict(item["rule"], expr=spelled[name_of(item["rule"])])}
            if "rule" in item and name_of(item["rule"]) in spelled
            else item
            for item in document["nftables"]
        ]
    }


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
