# SPDX-License-Identifier: GPL-3.0-or-later
"""Rulesets with one rule changed: deleted, widened by one of its matches, or moved within its chain."""

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


def moves(ruleset):
    """Yield the ruleset with one rule moved within its chain: past the next one, to the head, and to the end."""
    items = ruleset["nftables"]
    chains = {}
    for number in places(ruleset):
        chains.setdefault(items[number]["rule"]["chain"], []).append(number)
    for numbers in chains.values():
        orders = {
            tuple(_moved(numbers, here, there))
            for here in range(len(numbers))
            for there in (0, here + 1, len(numbers) - 1)
        }
        for order in sorted(orders - {tuple(numbers)}):
            changed = list(items)
            for place, number in zip(numbers, order):
                changed[place] = items[number]
            yield {"nftables": changed}


def _moved(numbers, here, there):
    rest = numbers[:here] + numbers[here + 1 :]
    return [*rest[:there], numbers[here], *rest[there:]]


def _with(items, number, expressions):
    changed = list(items)
    changed[number] = {"rule": {**items[number]["rule"], "expr": expressions}}
    return {"nftables": changed}
