# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes the entries that a person may take over into the home's list of approved code."""

from __future__ import annotations

import os

from ansible_collections.hearthwall.home.plugins.plugin_utils.yaml_file import to_yaml

HEAD = """\
# Code that nobody has approved yet, as it was found. To approve an entry, read the code, put your name and the source
# into it and move it to vetting_approved in the home's vetted.yml. Nothing is approved by leaving it here.
"""


def write(path, proposed, reviews):
    """Write the proposal, with what there is to look at as comments."""
    path = os.path.expanduser(path)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    notes = [f"# {review['name']}/{call}\n" for review in reviews for call in review["calls"]]
    text = HEAD + "".join(notes) + "---\n"
    text += to_yaml({"vetting_approved": proposed}, sort_keys=False, width=120)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
