# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every format that derives from the JSON: its name and its ``render(document, catalogue) -> text``, one file each."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.report import page, terminal


def _terminal(document, _catalogue):
    return "\n".join(line for line, _colour in terminal.render(document)) + "\n"


FORMATS = {
    "html": page.render,
    "text": _terminal,
}
