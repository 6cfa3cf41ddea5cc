# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The look at the code inside Home Assistant for the snapshot: what is there, its hash, its origin, its standing."""

from __future__ import annotations

import os

from ansible_collections.hearthwall.home.plugins.module_utils.ha import configuration
from ansible_collections.hearthwall.home.plugins.module_utils.vetting import (
    core_package,
    inventory,
    kept,
    marketplace,
    quarantine,
)

PART = "vetting"


def look(parameters):
    """Return (value, unknown). Parameters: ``config_dir``, and ``home`` where Hearthwall keeps its own state."""
    config_dir = parameters.get("config_dir")
    if not config_dir or not os.path.isdir(config_dir):
        return None, {PART: "Home Assistant's configuration directory was not found on this host"}
    unknown = {}
    package = core_package.find(config_dir)
    value = {"items": inventory.integrations(config_dir) + inventory.frontend(config_dir)}
    value["items"] += inventory.blueprints(config_dir, package) + inventory.scripts(config_dir)
    value["items"] += inventory.modules(config_dir)
    try:
        settings = configuration.load(config_dir)
        if configuration.yaml is None:
            raise configuration.Undetermined(configuration.NO_PARSER)
        value["items"] += inventory.commands(settings) + inventory.remote_modules(config_dir, settings)
    except (configuration.Undetermined, OSError, ValueError) as reason:
        unknown[f"{PART}.commands"] = str(reason)
    _standing(value["items"], package, unknown)
    _records(config_dir, value["items"], unknown)
    value["kept"] = kept.hashes()
    value["quarantined"] = quarantine.records()
    return value, unknown


def _standing(items, package, unknown):
    """Note what Home Assistant itself thinks of each integration: its own of the same name, its block list."""
    table = {}
    if package is None:
        unknown[f"{PART}.core"] = "Home Assistant does not run here, so its own integrations cannot be listed"
    else:
        try:
            table = core_package.blocked(package)
        except (OSError, ValueError, SyntaxError, AttributeError) as error:
            unknown[f"{PART}.blocked"] = f"its block list cannot be read: {error}"
    for item in items:
        if item["kind"] == "integrations":
            domain = item["domain"] or item["name"]
            item["shadows"] = None if package is None else core_package.has_component(package, domain)
            item["blocked"] = core_package.is_blocked(table, domain, item["version"])


def _records(config_dir, items, unknown):
    try:
        found = marketplace.records(config_dir)
    except marketplace.Unreadable as reason:
        unknown[f"{PART}.marketplace"] = str(reason)
        found = []
    for item in items:
        item["record"] = marketplace.record_of(found, item["kind"], item["name"])
