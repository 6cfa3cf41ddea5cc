# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what a router has to what it is to have: only what differs, in an order that never opens or cuts on the way.

Safe mode undoes what fits the router's history, about a hundred actions. What nothing looks at yet (rules of a chain
that no rule jumps to, VLANs of a bridge that does not filter) can be laid in rounds of its own before; what takes
effect has to fit one round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import menus, words

# The history holds about 100 actions, and others may act meanwhile.
MOST = 80
ADD, SET, REMOVE, MOVE = "add", "set", "remove", "move"


class PlanError(ValueError):
    """What is wanted cannot be applied in a way that could be undone."""


@dataclass(frozen=True)
class Entry:
    """One entry that is to be: its menu, its options, and whether something takes effect by it at once."""

    menu: menus.Menu
    options: Mapping[str, str]
    last: bool = False

    @property
    def key(self):
        return menus.key_of(self.menu, self.options)


@dataclass(frozen=True)
class Action:
    """One command. ``before`` is the entry in front of which a rule goes; ``inert``: nothing looks at it yet."""

    path: str
    verb: str
    options: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    before: str = ""
    inert: bool = False
    was: Mapping[str, str] = field(default_factory=dict)

    def __str__(self):
        said = " ".join(f"{option}={value!r}" for option, value in self.options.items())
        place = f" before {self.before}" if self.before else ""
        old = " was " + " ".join(f"{option}={value!r}" for option, value in self.was.items()) if self.was else ""
        return f"{self.path}/{self.verb} {self.target} {said}{place}{old}".replace("  ", " ").rstrip()


def plan(wanted, state, replaces=()):
    """Return the actions that lead from ``state`` {path: [entry, …]} to the entries that are wanted.

    Entries of others stay. Where one stands in the place of ours, it is taken over in the menus of ``replaces`` only.
    """
    against = conflicts(wanted, state, replaces)
    if against:
        raise PlanError("; ".join(against))
    additions, removals, closing = [], [], []
    live = _live_chains(state)
    filtering = {entry.get("name") for entry in state.get(menus.BRIDGE.path, ()) if words.yes(entry, "vlan-filtering")}
    for menu in menus.MENUS:
        entries = [entry for entry in wanted if entry.menu == menu]
        found = [entry for entry in state.get(menu.path, ()) if not words.yes(entry, "dynamic")]
        steps = _ordered(menu, entries, found) if menu.ordered else _unordered(menu, entries, found)
        for action, entry in steps:
            action = _weighed(action, entry, live, filtering)
            if action.verb == REMOVE:
                removals.append(action)
            elif entry is not None and entry.last:
                closing.append(action)
            else:
                additions.append(action)
    jumps = [action for action in closing if action.path != menus.BRIDGE.path]
    filtering = [action for action in closing if action.path == menus.BRIDGE.path]
    # What refers to something is removed before it. VLAN filtering is what cuts people off: it comes last of all.
    return [*additions, *jumps, *removals[::-1], *filtering]


def conflicts(wanted, state, replaces=()):
    """Return what others have in the place of what is wanted."""
    found = []
    for entry in wanted:
        if entry.menu.shared or entry.menu.ordered or entry.menu.path in replaces:
            continue
        for there in state.get(entry.menu.path, ()):
            if menus.key_of(entry.menu, there) == entry.key and not menus.own(there):
                named = " ".join(f"{option}={entry.options[option]}" for option in entry.menu.identity)
                found.append(
                    f"{entry.menu.path} has {named}, which is not Hearthwall's; it may be taken over by `replaces`"
                )
    return found


def rounds(actions):
    """Return the actions in rounds that safe mode can undo; the last one holds all that takes effect."""
    effective = [action for action in actions if not action.inert]
    if len(effective) > MOST:
        raise PlanError(
            f"{len(effective)} of the {len(actions)} changes take effect at once, and RouterOS can undo about 100: "
            f"more than {MOST} are not applied in one go. Change fewer flows at a time, or remove the jump rules "
            f"marked `{menus.MARK}jump` by hand, so that the new rules can be laid before they take effect."
        )
    if len(actions) <= MOST:
        return [actions] if actions else []
    inert = [action for action in actions if action.inert]
    return [inert[start : start + MOST] for start in range(0, len(inert), MOST)] + [effective]


def _live_chains(state):
    """Return {(path, chain)} of the chains that some enabled rule jumps to, and the built-in ones."""
    found = set()
    for menu in (menus.FILTER, menus.FILTER6, menus.NAT):
        for chain in ("input", "forward", "output", "srcnat", "dstnat"):
            found.add((menu.path, chain))
        for rule in state.get(menu.path, ()):
            if rule.get("action") == "jump" and not words.yes(rule, "disabled"):
                found.add((menu.path, rule.get("jump-target")))
    return found


def _weighed(action, entry, live, filtering):
    """Say of an action whether something takes effect by it."""
    options = dict(entry.options if entry else {}, **action.was)
    inert = False
    if action.path in (menus.FILTER.path, menus.FILTER6.path):
        inert = (action.path, options.get("chain")) not in live
    elif action.path in (menus.LIST.path, menus.POOL.path):
        inert = action.verb == ADD
    elif action.path in (menus.ADDRESS_LIST.path, menus.ADDRESS_LIST6.path):
        # Only Hearthwall's own rules name its lists.
        inert = not any(chain.startswith(menus.NAME) for _path, chain in live if chain)
    elif action.path in (menus.VLAN.path, menus.BRIDGE_VLAN.path):
        inert = action.verb == ADD and options.get("bridge", options.get("interface")) not in filtering
    elif action.path in (menus.ADDRESS.path, menus.ADDRESS6.path, menus.MEMBER.path):
        # On an interface that has just been made and leads nowhere yet.
        inert = action.verb == ADD and str(options.get("interface", "")).startswith(menus.NAME)
    return Action(**{**action.__dict__, "inert": inert})


def _unordered(menu, entries, found):
    by_key = {menus.key_of(menu, entry): entry for entry in found}
    for entry in entries:
        there = by_key.get(entry.key)
        if there is None:
            yield Action(menu.path, ADD, dict(entry.options)), entry
        else:
            yield from _set(menu, entry, there)
    keys = {entry.key for entry in entries}
    for there in found:
        if menus.own(there) and menus.key_of(menu, there) not in keys:
            yield _removal(menu, there), None


def _set(menu, entry, there):
    different = {
        option: value for option, value in entry.options.items() if not words.same(option, value, there.get(option))
    }
    # An option that was set by hand on an entry of ours narrows or widens it as well.
    stray = {} if menu.shared else _stray(menu, entry, there)
    if different or stray:
        was = {option: words.text(there.get(option.lstrip("!"), "")) for option in (*different, *stray)}
        yield Action(menu.path, SET, {**different, **stray}, there[".id"], was=was), entry


def _stray(menu, entry, there):
    """Return what unsets the options that someone else gave an entry of ours: they narrow or widen it."""
    unset = {}
    for option in menus.RULE_OPTIONS if menu.ordered else ("disabled",):
        if option not in entry.options and words.text(there.get(option, "no")) not in ("", "no"):
            unset.update({"disabled": "no"} if option == "disabled" else {f"!{option}": ""})
    return unset


def _removal(menu, there):
    was = {
        option: words.text(value) for option, value in there.items() if option in ("chain", "comment", *menu.identity)
    }
    return Action(menu.path, REMOVE, {}, there[".id"], was=was)


def _ordered(menu, entries, found):
    """Rules: the same comment is the same rule; those that stand in order stay, others move or are added in place."""
    mine = [rule for rule in found if menus.own(rule)]
    by_key, doubled = {}, []
    for rule in mine:
        doubled.append(rule) if menus.key_of(menu, rule) in by_key else by_key.update({menus.key_of(menu, rule): rule})
    for chain in dict.fromkeys(entry.options["chain"] for entry in entries):
        yield from _chain(menu, [entry for entry in entries if entry.options["chain"] == chain], by_key, found)
    keys = {entry.key for entry in entries}
    for rule in mine:
        if rule in doubled or menus.key_of(menu, rule) not in keys:
            yield _removal(menu, rule), None


def _chain(menu, entries, by_key, found):
    chain = entries[0].options["chain"]
    there = [rule for rule in found if rule.get("chain") == chain]
    standing = [by_key[entry.key][".id"] for entry in entries if entry.key in by_key]
    kept = _longest_rising([rule[".id"] for rule in there if rule[".id"] in standing], standing)
    # Built-in chains hold rules of others: ours go in front of them.
    others = [rule[".id"] for rule in there if not menus.own(rule)]
    behind = others[0] if others else ""
    if behind:
        order = [rule[".id"] for rule in there]
        kept = [rule for rule in kept if order.index(rule) < order.index(behind)]
    for entry in reversed(entries):
        rule = by_key.get(entry.key)
        if rule is None:
            yield Action(menu.path, ADD, dict(entry.options), before=behind), entry
            # The next one goes in front of this; its number is known once it is made.
            behind = f"+{menu.path} {entry.key}"
            continue
        yield from _set(menu, entry, rule)
        if rule[".id"] not in kept:
            yield Action(menu.path, MOVE, {}, rule[".id"], before=behind, was={"chain": chain}), entry
        behind = rule[".id"]


def _longest_rising(order, wanted):
    """Return the most of ``order`` that stands as it is wanted already."""
    place = {each: index for index, each in enumerate(wanted)}
    best = []
    chains = []
    for each in order:
        longest = max((chain for chain in chains if place[chain[-1]] < place[each]), key=len, default=[])
        chains.append([*longest, each])
        best = max(best, chains[-1], key=len)
    return best
