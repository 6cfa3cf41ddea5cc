# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Builds the report of one home: plain data, schema hearthwall.report/1. Pure; every other format derives from it."""

from __future__ import annotations

import re

from ansible_collections.hearthwall.home.plugins.module_utils.controls.checklist import row_order
from ansible_collections.hearthwall.home.plugins.module_utils.controls.profiles import DEFAULT, split
from ansible_collections.hearthwall.home.plugins.module_utils.controls.score import score
from ansible_collections.hearthwall.home.plugins.module_utils.controls.waivers import waived_status, waiver_for
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.scope import partial

SCHEMA = "hearthwall.report/1"
STATUSES = ("pass", "fail", "error", "unknown", "not_applicable", "waived", "waiver_expired")
# What needs somebody to act, worst first.
OPEN = ("error", "fail", "waiver_expired", "unknown")
LONGEST_TEXT = 4000
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def expected_pairs(catalogue, members):
    """Return every (control id, host) a home is to answer for; ``members`` is {host: its groups}."""
    return {
        (control["id"], host)
        for control in catalogue.values()
        for host, groups in members.items()
        if control["applies_to"] in groups
    }


def build_document(
    home,
    mode,
    started,
    finished,
    tool,
    catalogue,
    members,
    verdicts,
    reason,
    waivers=(),
    today=None,
    profile=DEFAULT,
    networks=None,
    left_out=None,
):
    """Return the report.

    ``verdicts`` is {host: {control id: verdict}}; ``reason(host, control)`` says why nothing is known of a control that
    no verdict speaks of; ``started`` and ``finished`` are UTC datetimes, ``today`` is the UTC date for the waivers.
    The report answers for the controls of the ``profile``, and names those that it leaves out. ``networks`` is {router:
    who reaches whom through it}, as the role segmentation has seen it. ``left_out(host, control)`` names what kept the
    run from looking at a control (``--tags monitoring``); a run that nothing kept from anything was a whole one.
    """
    today = today or finished.date()
    catalogue, outside = split(catalogue, profile)
    spoken = {(control, host) for host in members for control in verdicts.get(host, {}) if control not in outside}
    entries, limits = [], set()
    for identifier, host in expected_pairs(catalogue, members) | spoken:
        control = catalogue.get(identifier) or _undeclared(identifier)
        found = verdicts.get(host, {}).get(identifier)
        limit = left_out(host, control) if left_out and not found else ""
        limits |= {plain_text(limit)} if limit else set()
        found = found or _unknown(reason(host, control))
        entries.append(_entry(control, host, found, waiver_for(waivers, identifier, host, home), today, not limit))
    entries.sort(key=lambda each: (row_order(each["row"]), each["id"], each["host"]))
    counts = dict.fromkeys(STATUSES, 0)
    for each in entries:
        counts[each["status"]] += 1
    return {
        "schema": SCHEMA,
        "home": home,
        "mode": mode,
        "partial": partial(entries, limits),
        "profile": profile,
        "left_out": sorted({control for control, _host in expected_pairs(outside, members)}),
        "started": timestamp(started),
        "finished": timestamp(finished),
        "tool": dict(tool),
        "summary": {**counts, "score": score(entries)},
        "controls": entries,
        "networks": dict(networks or {}),
    }


def timestamp(moment):
    """Return a UTC datetime as the report writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def plain_text(value):
    """Return any value as printable text of bounded length."""
    text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value if isinstance(value, str) else str(value))
    return (
        text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} … ({len(text) - LONGEST_TEXT} more characters)"
    )


def _entry(control, host, found, waiver, today, in_scope):
    status = waived_status(found["status"], waiver, today)
    excused = waiver is not None and status != found["status"]
    return {
        "id": control["id"],
        "title": control["title"],
        "severity": control["severity"],
        "row": control["row"],
        "role": control["role"],
        "host": host,
        "status": status,
        "expected": plain_text(found["expected"]),
        "actual": plain_text(found["actual"]),
        "evidence": plain_text(found["evidence"]),
        "remedy": control["remedy"],
        "references": list(control["references"]),
        "waiver": {key: waiver[key] for key in ("reason", "owner", "expires")} if excused else None,
        "changed": bool(found["changed"]),
        "in_scope": in_scope,
    }


def _unknown(reason):
    return {"status": "unknown", "expected": "", "actual": reason, "evidence": "", "changed": False}


def _undeclared(identifier):
    return {
        "id": identifier,
        "title": f"{identifier} (in no role's catalogue)",
        "severity": "high",
        "row": "",
        "role": "",
        "remedy": "Declare the control in its role's meta/controls.yml.",
        "references": [],
    }
