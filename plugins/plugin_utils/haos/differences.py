# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What does not apply to Home Assistant OS, and why: the catalogue says so beside each control (`haos`)."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue


def reasons():
    """Return {control id: why it does not apply}."""
    return {name: control["haos"] for name, control in load_catalogue().items() if control.get("haos")}


def not_applicable():
    """Return the verdicts about everything that does not apply."""
    return [verdict(control, "not_applicable", "", why) for control, why in reasons().items()]


def applicable(verdicts):
    """Return the verdicts without those about what does not apply."""
    known = reasons()
    return [spoken for spoken in verdicts if spoken["id"] not in known]
