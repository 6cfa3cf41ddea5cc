# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what a run was seen to do to the files of each home's report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.module_utils.controls.waivers import WaiverError
from ansible_collections.hearthwall.home.plugins.plugin_utils.report import page
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import build_document
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import Home
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.secrets import without_secrets
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import previous, replace_file, store
from ansible_collections.hearthwall.home.plugins.plugin_utils.waiver_file import load_waivers

PAGE = "latest.html"


@dataclass
class Published:
    home: Home
    document: dict
    page: Path


def publish(homes, names, record, catalogue, mode, started, finished, tool, inventory, warn):
    """Write the report of each home; a home whose report fails does not cost the others theirs.

    ``names`` is (hosts, homes) that a waiver may name.
    """
    published = []
    for home in homes:
        try:
            document = _document(home, names, record, catalogue, mode, started, finished, tool, warn)
            before = previous(home.directory, "apply" if mode == "check" else "check", document["finished"])
            document = without_secrets(document, home.secrets)
            store(home.directory, document)
        except Exception as error:
            warn(f"No Hearthwall report for home {home.name}: {type(error).__name__}: {error}")
            continue
        try:
            html = page.render(document, catalogue, before=before, inventory=inventory)
            replace_file(home.directory / PAGE, html)
        except Exception as error:
            warn(f"No HTML page for home {home.name}: {type(error).__name__}: {error}")
        published.append(Published(home, document, home.directory / PAGE))
    return published


def _document(home, names, record, catalogue, mode, started, finished, tool, warn):
    hosts, homes = names
    try:
        waivers = load_waivers(home.waivers_file, home.base, catalogue, hosts, homes, finished.date())
    except WaiverError as error:
        warn(f"Home {home.name}: no waiver was applied. {error}")
        waivers = []
    return build_document(
        home=home.name,
        mode=mode,
        started=started,
        finished=finished,
        tool=tool,
        catalogue=catalogue,
        members=home.members,
        verdicts=record.verdicts,
        reason=record.reason,
        waivers=waivers,
    )
