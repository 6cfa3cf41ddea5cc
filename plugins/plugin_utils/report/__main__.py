# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Renders a stored report anew, without a run: `python -m <this package> reports/lab/latest.json`.

In a clone, PYTHONPATH=.collections lets Python find it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.formats import FORMATS, Background
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.history import history
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import previous, read


def main():
    parser = argparse.ArgumentParser(description="Render a stored report.")
    parser.add_argument("report", help="a report's JSON file")
    parser.add_argument("--format", choices=sorted(FORMATS), default="html")
    arguments = parser.parse_args()
    document = read(arguments.report)
    if document is None:
        parser.error(f"{arguments.report} is not a readable hearthwall.report/1")
    directory = Path(arguments.report).parent
    told = Background(
        catalogue=load_catalogue(),
        before=previous(directory, document["finished"]),
        history=tuple(each for each in history(directory) if each["finished"] <= document["finished"]),
    )
    sys.stdout.write(FORMATS[arguments.format].render(document, told))


if __name__ == "__main__":
    main()
