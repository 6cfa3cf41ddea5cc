# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Format: CSV (RFC 4180), one line per control and host, for a spreadsheet."""

from __future__ import annotations

import csv
import io

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import OPEN
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import repair_command

COLUMNS = "home host id severity row role status changed title expected actual evidence remedy".split()  # noqa: SIM905
# A spreadsheet takes a cell that begins so for a formula, and what a host said must not become one.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(document, inventory=()):
    """Return the report as CSV, in the report's own order."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow([*COLUMNS, "command", "waiver_owner", "waiver_expires", "waiver_reason", "finished"])
    for each in document["controls"]:
        waiver = each["waiver"] or {}
        said = {**each, "home": document["home"], "changed": "yes" if each["changed"] else "no"}
        cells = [said[name] for name in COLUMNS]
        cells.append(repair_command(each, inventory) if each["status"] in OPEN else "")
        cells += [waiver.get(part, "") for part in ("owner", "expires", "reason")]
        table.writerow([_cell(cell) for cell in (*cells, document["finished"])])
    return text.getvalue()


def _cell(text):
    return f"'{text}" if text.startswith(FORMULA) else text
