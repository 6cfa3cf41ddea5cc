# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One page that leads to the pages of several homes."""

from __future__ import annotations

from urllib.parse import quote

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import open_findings
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.page import frame, stretches, template
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.scope import counts_in_scope, is_whole

FILE = "index.html"


def render(documents):
    """Return the page of some homes, given the report that says how each one stands.

    A home that had partial runs only has no score, and comes first: nobody knows how it stands.
    """
    homes = [_home(each) for each in documents]
    homes.sort(key=lambda home: (home["score"] if home["whole"] else -1, home["name"]))
    return template("overview.html.j2").render(homes=homes, **frame())


def _home(document):
    found = open_findings(document)
    return {
        "name": document["home"],
        "page": f"{quote(document['home'], safe='')}/latest.html",
        "score": document["summary"]["score"],
        "whole": is_whole(document),
        "bar": stretches(counts_in_scope(document)),
        "open": len(found),
        "worst": found[0]["severity"] if found else "",
        "finished": document["finished"],
    }
