# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who reaches whom, as a table for people: zones down, and zones, the internet and the router across.

    matrix(policy) == {
        "rows": ["wan", "trusted", …], "columns": ["trusted", …, "internet", "router"],
        "cells": {"iot": {"servers": {"access": "some", "openings": [{key, from, to, services, why, until}, …],
                                      "never": [{key, why}, …]}, …}, …},
        "expired": [{key, from, to, services, why, until}, …],
    }

``access`` is ``all`` (everything, from the whole zone to the whole zone), ``some``, ``none``, or for a zone and itself
``devices`` (they may talk among themselves) and ``isolated``: layer 2 decides that. The WAN to itself is ``outside``.
"""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.policy import model
from ansible_collections.hearthwall.home.plugins.module_utils.policy.model import INTERNET, ROUTER, Endpoint
from ansible_collections.hearthwall.home.plugins.module_utils.policy.openings import openings


def matrix(policy):
    """Return the table, ready for JSON."""
    columns = [zone.name for zone in policy.inside] + ([INTERNET] if policy.wan else []) + [ROUTER]
    cells = {row: {column: _cell(policy, row, column) for column in columns} for row in policy.zones}
    for each in openings(policy):
        cell = cells[each.source.zone][_column(policy, each.destination)]
        if each.source.zone != each.destination.zone:
            cell["openings"].append(_told(each))
            whole = each.source.kind == "zone" and each.destination.kind != "host"
            everything = any(ports.protocol == model.ANY for service in each.services for ports in service.ports)
            cell["access"] = "all" if cell["access"] == "all" or (whole and everything) else "some"
    for never in policy.never:
        for source in never.sources:
            for destination in never.destinations:
                told = {"key": never.key.partition(".")[2], "why": never.why}
                listed = cells[source.zone][_column(policy, destination)]["never"]
                if told not in listed:
                    listed.append(told)
    return {
        "rows": list(policy.zones),
        "columns": columns,
        "cells": cells,
        "expired": [_expired(flow) for flow in policy.expired],
    }


def column_of(policy, zone):
    """Return the column that shows a zone, by its name or ``router``: that of the WAN is the internet's."""
    return INTERNET if policy.wan and zone == policy.wan.name else zone


def _cell(policy, row, column):
    if row == column:
        return {
            "access": "devices" if policy.zones[row].intra == model.ALLOW else "isolated",
            "openings": [],
            "never": [],
        }
    if policy.wan and (row, column) == (policy.wan.name, INTERNET):
        return {"access": "outside", "openings": [], "never": []}
    return {"access": "none", "openings": [], "never": []}


def _column(policy, end: Endpoint):
    return ROUTER if end.kind == ROUTER else column_of(policy, end.zone)


def _told(opening):
    return {
        "key": opening.key.partition(".")[2],
        "from": opening.source.name,
        "to": opening.destination.name,
        "services": [service.name for service in opening.services],
        "why": opening.why,
        "until": opening.until.isoformat() if opening.until else None,
    }


def _expired(flow):
    return {
        "key": flow.key.partition(".")[2],
        "from": [end.name for end in flow.sources],
        "to": [end.name for end in flow.destinations],
        "services": [service.name for service in flow.services],
        "why": flow.why,
        "until": flow.until.isoformat(),
    }
