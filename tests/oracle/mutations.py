# SPDX-License-Identifier: GPL-3.0-or-later
"""Rulesets with one rule changed: deleted, widened by one of its matches, or swapped with the next."""

from __future__ import annotations


def places(ruleset):
    return [number for number, item in enumerate(ruleset["nftables"]) if "rule" in item]


def deletions(ruleset):
    """Yield (place of the rule, ruleset without it)."""
    items = ruleset["nftables"]
    for number in places(ruleset):
        yield number, {"nftables": items[:number] + items[number + 1 :]}


def widenings(ruleset):
    """Yield the ruleset with one match of one rule left out, or one entry of one verdict map."""
    items = ruleset["nftables"]
    for number in places(ruleset):
        rule = items[number]["rule"]
        for place, statement in enumerate(rule["expr"]):
            if "match" in statement and len(rule["expr"]) > 1:
                yield _with(items, number, rule["expr"][:place] + rule["expr"][place + 1 :])
            elif "vmap" in statement:
                entries = statement["vmap"]["data"]["set"]
                for left_out in range(len(entries)):
                    kept = entries[:left_out] + entries[left_out + 1 :]
                    yield _with(items, number, [{"vmap": {**statement["vmap"], "data": {"set": kept}}}])


def swaps(ruleset):
    """Yield the ruleset with two neighbouring rules of a chain in the other order."""
    items = ruleset["nftables"]
    listed = places(ruleset)
    for first, second in zip(listed, listed[1:]):
        if items[first]["rule"]["chain"] == items[second]["rule"]["chain"]:
            changed = list(items)
            changed[first], changed[second] = items[second], items[first]
            yield {"nftables": changed}


def _with(items, number, expressions):
    changed = list(items)
    changed[number] = {"rule": {**items[number]["rule"], "expr": expressions}}
    return {"nftables": changed}
