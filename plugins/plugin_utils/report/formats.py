# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every format that derives from the JSON: its name, its file, and how it is rendered. One module each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

from ansible_collections.hearthwall.home.plugins.plugin_utils.report import (
    junit,
    oscal,
    page,
    sarif,
    spreadsheet,
    terminal,
)


@dataclass(frozen=True)
class Background:
    """What a report is read against."""

    catalogue: dict = field(default_factory=dict)
    before: dict | None = None  # the report of the last time
    history: tuple = ()  # (finished, mode, summary) of earlier reports, oldest first
    inventory: tuple = ()  # what goes into the commands


@dataclass(frozen=True)
class Format:
    file: str | None  # beside latest.json; None is for the terminal only
    render: Callable


FORMATS = {
    "html": Format(
        "latest.html",
        lambda document, told: page.render(document, told.catalogue, told.before, told.history, told.inventory),
    ),
    "junit": Format("latest.junit.xml", lambda document, told: junit.render(document, told.inventory)),
    "sarif": Format("latest.sarif", lambda document, told: sarif.render(document, told.catalogue, told.inventory)),
    "oscal": Format("latest.oscal.json", lambda document, told: oscal.render(document, told.catalogue, told.inventory)),
    "csv": Format("latest.csv", lambda document, told: spreadsheet.render(document, told.inventory)),
    "text": Format(None, lambda document, told: terminal.text(document, told.inventory)),
}
FILES = tuple(name for name, each in FORMATS.items() if each.file)
DEFAULT = ("html",)
