# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What takes a way in away: from the running rules, exactly, and from the files that would bring it back."""

from __future__ import annotations

import copy
import shlex
from dataclasses import dataclass, field

from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset, plain
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import boot, iptables, miniupnpd
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.declared import told
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.forwards import forwards

TOOLS = {
    ("iptables-nft", "ip"): "iptables-nft",
    ("iptables-nft", "ip6"): "ip6tables-nft",
    ("iptables-legacy", "ip"): "iptables-legacy",
    ("iptables-legacy", "ip6"): "ip6tables-legacy",
}


@dataclass
class Closing:
    """Everything that one visit does to a router, and what it cannot do."""

    nft: list = field(default_factory=list)
    commands: list = field(default_factory=list)
    undo: list = field(default_factory=list)
    files: dict = field(default_factory=dict)
    left: list = field(default_factory=list)
    upnp: dict = field(default_factory=dict)

    @property
    def empty(self):
        return not (self.nft or self.commands or self.files or self.upnp)


def closing(gone, upnp, look, document, links=()):
    """Return the Closing for the forwards `gone` (as they are on the host now) and the UPnP policy."""
    result = Closing()
    wanted = {boot.identity(entry) for entry in gone}
    current = [entry for entry in look["forwards"] if boot.identity(entry) in wanted]
    running = [entry for entry in current if entry["running"]]
    native = [entry for entry in running if entry["source"] in ("nftables", "miniupnpd") and entry["handle"]]
    result.nft, left = cuts(document, native)
    result.left += left
    _by_iptables(result, [entry for entry in running if entry["source"].startswith("iptables")], look)
    _from_files(result, current, links)
    if upnp:
        _hold_back(result, upnp, look.get("upnp"))
    return result


def cuts(document, gone):
    """Return (commands for `nft -j -f`, [(forward, why it stays)]) that take these forwards from the running rules."""
    rules = Ruleset(document)
    listed, _unknown = forwards(rules)
    commands, left = [], []
    by_rule = {}
    for entry in gone:
        by_rule.setdefault(_place(entry), []).append(entry)
    for place, entries in by_rule.items():
        everything = [entry for entry in listed if _place(entry) == place]
        away = {boot.identity(entry) for entry in entries}
        keep = [entry for entry in everything if boot.identity(entry) not in away]
        rule = next((each for each in rules.rules.get(place[:3], ()) if each["handle"] == place[3]), None)
        if rule is None:
            continue
        if not keep and not any(entry["map"] for entry in everything):
            commands.append({"delete": {"rule": {**_named(rule), "handle": rule["handle"]}}})
        elif any(entry["map"] for entry in entries):
            commands += _elements(rule, entries)
        else:
            narrower = _narrower(document, rule, keep)
            if narrower:
                commands.append({"replace": {"rule": narrower}})
            else:
                left += [(entry, "its rule serves declared ways too and cannot be split") for entry in entries]
    return commands, left


def _place(entry):
    return entry["family"], entry["table"], entry["chain"], entry["handle"]


def _named(rule):
    return {key: rule[key] for key in ("family", "table", "chain")}


def _elements(rule, entries):
    return [
        {
            "delete": {
                "element": {
                    "family": rule["family"],
                    "table": rule["table"],
                    "name": entry["map"][1:],
                    "elem": [entry["element"]],
                }
            }
        }
        for entry in entries
    ]


def _narrower(document, rule, keep):
    """Return the rule, narrowed to exactly the forwards to keep by taking members from its sets; None if none does."""
    wanted = {boot.identity(entry) for entry in keep}
    ports = {str(entry["port"]) for entry in keep}
    protocols = {entry["proto"] for entry in keep}
    narrowed = copy.deepcopy(rule)
    for statement in narrowed["expr"]:
        match = statement.get("match")
        if match and isinstance(match["right"], dict) and "set" in match["right"]:
            members = match["right"]["set"]
            kept = [member for member in members if _text(member) in ports | protocols]
            if kept:
                match["right"] = {"set": kept}
        data = statement.get("dnat", {}).get("addr") if isinstance(statement.get("dnat"), dict) else None
        if isinstance(data, dict) and "map" in data and isinstance(data["map"]["data"], dict):
            elements = data["map"]["data"]["set"]
            data["map"]["data"]["set"] = [entry for entry in elements if _text(entry[0]) in ports]
    trial = [{"rule": narrowed} if item.get("rule") == rule else item for item in document["nftables"]]
    made, _unknown = forwards(Ruleset({"nftables": trial}))
    made = {boot.identity(entry) for entry in made if _place(entry) == (*_named(rule).values(), rule["handle"])}
    return narrowed if made == wanted else None


def _text(member):
    member = plain(member)
    if isinstance(member, dict) and "range" in member:
        return "-".join(str(end) for end in member["range"])
    return str(member)


def _by_iptables(result, gone, look):
    """Delete whole rules of iptables: one that also serves a declared way is left."""
    for entry in gone:
        rule = (entry["source"], entry["family"], entry["chain"], entry["rule"])
        same = [each for each in look["forwards"] if each["running"] and _rule_of(each) == rule]
        if any(each not in gone for each in same):
            result.left.append((entry, "its rule serves declared ways too and cannot be split"))
            continue
        tool = TOOLS[(entry["source"], entry["family"])]
        words = shlex.split(entry["rule"])
        command = [tool, "-w", "5", "-t", "nat", "-D", entry["chain"], *words]
        if command not in result.commands:
            result.commands.append(command)
            if entry["source"] == "iptables-legacy":
                result.undo.append([tool, "-w", "5", "-t", "nat", "-A", entry["chain"], *words])


def _rule_of(entry):
    return entry["source"], entry["family"], entry["chain"], entry.get("rule")


def _from_files(result, gone, links):
    """Edit the files that would bring the forwards back; what cannot be edited safely is left, with its place."""
    by_main = {}
    for entry in gone:
        if entry["source"] == "miniupnpd" or entry.get("by_hand"):
            continue
        if entry.get("main") is None:
            why = (
                f"{entry['persistent']} brings it back" if entry["persistent"] else "where it comes from was not found"
            )
            result.left.append((entry, f"{why}: it may be there again after the next boot"))
            continue
        by_main.setdefault(entry["main"], []).append(entry)
    for main, entries in by_main.items():
        try:
            if main in boot.SAVED:
                result.files[main] = without_lines(boot.text_of(main), entries)
            else:
                result.files.update(boot.edited(main, boot.files_of(main), entries, links))
        except boot.NotTried as error:
            result.left += [(entry, f"{entry['persistent']} could not be edited: {error}") for entry in entries]


def without_lines(text, gone):
    """Return an iptables-save text without the lines of these forwards."""
    wanted = {boot.identity(entry) for entry in gone}
    made = {}
    for entry in iptables.forwards(text, "iptables"):
        made.setdefault(entry["line"], set()).add(boot.identity(entry))
    shared = [line for line, entries in made.items() if entries & wanted and not entries <= wanted]
    if shared:
        raise boot.NotTried(f"line {shared[0]} serves declared ways too")
    away = {line for line, entries in made.items() if entries & wanted}
    return "".join(line for number, line in enumerate(text.splitlines(keepends=True), start=1) if number not in away)


def _hold_back(result, wish, upnp):
    """Stop the UPnP daemon, or keep it away from Home Assistant, and make it forget the mappings there."""
    if not upnp:
        return
    result.upnp = {**wish, "unit": upnp.get("unit"), "pid": upnp.get("pid"), "chains": upnp["chains"]}
    result.upnp["running"] = upnp["running"]
    if wish["policy"] == "secure":
        text = boot.text_of(upnp["config"])
        if text is None:
            result.left.append((None, f"{upnp['config']} could not be read"))
        else:
            result.files[upnp["config"]] = miniupnpd.restricted(text, wish["addresses"], wish["ports"])
    stored = boot.text_of(upnp["lease_file"]) if upnp.get("lease_file") else None
    if stored:
        text = miniupnpd.without_leases(stored, lambda lease: _leads_there(lease, wish))
        if text != stored:
            result.files[upnp["lease_file"]] = text
    if upnp["running"] and not upnp.get("unit"):
        result.left.append((None, "miniupnpd was not started by a unit of systemd: what starts it may start it again"))


def _leads_there(lease, wish):
    return lease["to_address"] in wish["addresses"] or lease["to_port"] in wish["ports"]


def reasons(left):
    """Return what could not be closed, in words."""
    return [f"{told(entry)}: {why}" if entry else why for entry, why in left]
