# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From what a run was seen to do to the files of each home's report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.module_utils.controls.waivers import WaiverError
from ansible_collections.hearthwall.home.plugins.plugin_utils.report import overview
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import build_document
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.formats import FILES, FORMATS, Background
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.history import history, remember
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import Home
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.secrets import without_secrets
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import (
    LATEST,
    postures,
    previous,
    replace_file,
    store,
)
from ansible_collections.hearthwall.home.plugins.plugin_utils.waiver_file import load_waivers


@dataclass
class Published:
    home: Home
    document: dict
    shown: Path  # the file for people


def publish(homes, names, record, catalogue, mode, started, finished, tool, inventory, warn):
    """Write the report of each home; a home whose report fails does not cost the others theirs.

    ``names`` is (hosts, homes) that a waiver may name.
    """
    published = []
    for home in homes:
        try:
            document = _document(home, names, record, catalogue, mode, started, finished, tool, warn)
            before = previous(home.directory, document["finished"])
            document = without_secrets(document, home.secrets)
            store(home.directory, document)
            remember(home.directory, home.copies)
        except Exception as error:
            warn(f"No Hearthwall report for home {home.name}: {type(error).__name__}: {error}")
            continue
        told = Background(catalogue, before, tuple(history(home.directory)), tuple(inventory))
        published.append(Published(home, document, _derive(home, document, told, warn)))
    for directory in {each.home.directory.parent for each in published}:
        try:
            _overview(directory)
        except Exception as error:
            warn(f"No overview of {directory}: {type(error).__name__}: {error}")
    return published


def _overview(directory):
    """Write the page that leads to the homes, where there are several."""
    homes = postures(directory)
    if len(homes) > 1:
        replace_file(directory / overview.FILE, overview.render(homes))


def _derive(home, document, told, warn):
    """Write the chosen formats and return the path of the one for people; what was not chosen must not go stale."""
    shown = home.directory / LATEST
    for name in FILES:
        path = home.directory / FORMATS[name].file
        path.unlink(missing_ok=True)
        if name not in home.formats:
            continue
        try:
            replace_file(path, FORMATS[name].render(document, told))
            shown = path if name == "html" else shown
        except Exception as error:
            warn(f"No {path.name} for home {home.name}: {type(error).__name__}: {error}")
    return shown


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
        left_out=record.left_out,
        waivers=waivers,
        profile=home.profile,
        networks={host: seen for host, seen in record.networks.items() if host in home.members},
    )
