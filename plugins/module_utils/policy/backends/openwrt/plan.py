# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what a router has to what it is to have: one batch of UCI commands, and what belongs to others.

Hearthwall writes sections named `hearthwall_…` and the options it names of the sections of which there can be only one;
it removes foreign ones only where the home says that it replaces them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import uci
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt.names import own

# What only allows or translates: it can open a way that the policy denies.
OPENING = ("rule", "redirect", "forwarding", "zone", "nat", "include")


@dataclass
class Plan:
    """The commands of one change. ``foreign``: sections of others that stay; ``conflicts``: those that must not."""

    batch: list = field(default_factory=list)
    configs: list = field(default_factory=list)
    changes: list = field(default_factory=list)
    foreign: list = field(default_factory=list)
    conflicts: list = field(default_factory=list)

    @property
    def changed(self):
        return bool(self.batch)


def plan(wanted, state, replaces=()):
    """Return the Plan from ``state`` {place: Section} to the sections that are wanted."""
    places = {section.place: section for section in wanted}
    gone = [
        section
        for place, section in state.items()
        if place not in places and (own(section.name) or _named(section, replaces))
        if section.config in {each.config for each in wanted}
    ]
    made = Plan()
    changed = []
    for section in gone:
        made.changes.append(f"- {section.place} ({section.type})")
        changed.append(section.config)
    made.batch += uci.delete_commands(gone)
    removed = {section.place for section in gone}
    for section in wanted:
        before = state.get(section.place)
        target = _shifted(section, state, gone)
        commands = uci.set_commands(target, before)
        if own(section.name) and before and before.type == section.type:
            commands += [
                f"delete {section.place}.{option}" for option in before.options if option not in section.options
            ]
        if commands:
            made.batch += commands
            made.changes += _told(section, before)
            changed.append(section.config)
    made.configs = [config for config in dict.fromkeys(section.config for section in wanted) if config in changed]
    for place, section in state.items():
        if place in removed or place in places or own(section.name):
            continue
        against = _conflict(section, wanted)
        if against:
            made.conflicts.append((place, against))
        elif section.config == "firewall" and section.type in OPENING and section.options.get("enabled", "1") != "0":
            made.foreign.append(place)
    return made


def _named(section, replaces):
    """Return whether the home gives a section away: by its place, or all without a name by `config.@type[*]`."""
    return section.place in replaces or (section.anonymous and f"{section.config}.@{section.type}[*]" in replaces)


def _shifted(section, state, gone):
    """Return the section as it is called once the earlier ones of its type are gone: they count, named or not."""
    match = uci.ANONYMOUS.match(section.name)
    if not match:
        return section
    number, kind = int(match.group(2)), (section.config, section.type)
    earlier = [each for each in state.values() if (each.config, each.type) == kind][:number]
    left = number - sum(1 for each in earlier if each in gone)
    return uci.Section(section.config, section.type, f"@{section.type}[{left}]", section.options, section.reason)


def _told(section, before):
    if before is None:
        return [f"+ {section.place} ({section.type}): {section.reason}"]
    told = []
    for option, value in section.options.items():
        if before.options.get(option) != value:
            told.append(f"~ {section.place}.{option}: {before.options.get(option, 'unset')!r} -> {value!r}")
    stray = [option for option in before.options if option not in section.options] if own(section.name) else []
    return told + [f"~ {section.place}.{option}: {before.options[option]!r} -> removed" for option in stray]


def _conflict(section, wanted):
    """Say why a foreign section cannot stand beside what is wanted, if it cannot."""
    if (section.config, section.type) == ("firewall", "zone"):
        zones = [each for each in wanted if (each.config, each.type) == ("firewall", "zone")]
        for zone in zones:
            if zone.options["name"] == section.options.get("name"):
                return f"its zone has the name of the policy's zone {zone.options['name']}"
            shared = {*_words(section.options.get("device"))} & {*zone.options["device"]}
            if shared:
                return f"it judges {', '.join(sorted(shared))} before the policy's zone {zone.options['name']} does"
    if (section.config, section.type) == ("network", "interface"):
        bridges = {each.options["name"] for each in wanted if each.type == "device" and "type" in each.options}
        device = section.options.get("device", "")
        if device.split(".")[0] in bridges:
            return f"it puts addresses on {device}, whose VLANs are the policy's zones"
    if (section.config, section.type) == ("network", "device"):
        mine = {each.options["name"] for each in wanted if (each.config, each.type) == ("network", "device")}
        if section.options.get("name") in mine:
            return f"it configures {section.options['name']} as well, and netifd takes one of the two"
    if (section.config, section.type) == ("network", "bridge-vlan"):
        mine = {(each.options["device"], each.options["vlan"]) for each in wanted if each.type == "bridge-vlan"}
        if (section.options.get("device"), section.options.get("vlan")) in mine:
            return f"it defines VLAN {section.options.get('vlan')}, which is the policy's"
    return ""


def _words(value):
    return value if isinstance(value, list) else (value or "").split()
