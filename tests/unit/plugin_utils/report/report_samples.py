# SPDX-License-Identifier: GPL-3.0-or-later
"""A small catalogue and a small home for the report's tests."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.hearthwall.home.plugins.module_utils.controls.profiles import profile_of

STARTED = datetime(2026, 11, 23, 14, 41, 0, tzinfo=timezone.utc)
FINISHED = datetime(2026, 11, 23, 14, 41, 12, tzinfo=timezone.utc)


def control(identifier, row="1", group="home_assistant", severity="high", **more):
    return {
        "id": identifier,
        "title": f"Title of {identifier}",
        "severity": severity,
        "row": row,
        "applies_to": group,
        "role": "accounts",
        "why": "Because `it` matters.",
        "remedy": "Run it.",
        "determined_by": "d",
        "shown_by": "s",
        "profile": profile_of(severity),
        "references": ["https://example.org/a", "javascript:alert(1)"],
        **more,
    }


CATALOGUE = {
    each["id"]: each
    for each in (
        control("HW-MFA-01", severity="critical"),
        control("HW-MFA-02"),
        control("HW-TLS-01", "2c", "edge"),
        control("HW-NET-01", "2", "router"),
    )
}
MEMBERS = {"ha": {"home_assistant", "edge"}, "gate": {"router"}}
