# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Format: one self-contained HTML page. No request leaves it, and nothing that a host said can run in it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.module_utils.controls.checklist import ROWS, row_order
from ansible_collections.hearthwall.home.plugins.module_utils.controls.score import JUDGED
from ansible_collections.hearthwall.home.plugins.module_utils.controls.severity import SEVERITIES
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.changes import compare
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.chart import chart
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import OPEN
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import (
    READING_ORDER,
    moment,
    repair_command,
    seconds,
    worst_first,
)
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.networks import tables
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.scope import (
    counts_in_scope,
    entries_in_scope,
    is_whole,
    score_words,
    sentence,
)
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

HERE = Path(__file__).parent


def render(document, catalogue=None, before=None, history=(), inventory=()):
    """Return the page of one report.

    ``catalogue`` tells why a control matters; ``before`` is an older whole report to compare with; ``history`` says
    how earlier whole runs ended; ``inventory`` goes into the commands.
    """
    catalogue = catalogue or {}
    findings = [
        {
            **each,
            "why": catalogue.get(each["id"], {}).get("why", ""),
            "shown_by": catalogue.get(each["id"], {}).get("shown_by", ""),
            "command": repair_command(each, inventory),
            "in_scope": each.get("in_scope", True),
            "open": each["status"] in OPEN and each.get("in_scope", True),
        }
        for each in worst_first(document)
    ]
    counts = counts_in_scope(document)
    return template("page.html.j2").render(
        report=document,
        findings=findings,
        open_findings=[each for each in findings if each["open"]],
        settled_findings=[each for each in findings if each["in_scope"] and not each["open"]],
        left_out_findings=[each for each in findings if not each["in_scope"]],
        whole=is_whole(document),
        score=score_words(document),
        sentence=sentence(document),
        counts=counts,
        rows=rows(document, catalogue),
        overall=stretches(counts),
        hosts=sorted({each["host"] for each in findings}),
        severities=SEVERITIES,
        statuses=[status for status in READING_ORDER if any(each["status"] == status for each in findings)],
        open_by_severity=Counter(each["severity"] for each in findings if each["open"]),
        changes=compare(before, document) if before else None,
        before=before,
        history=chart(history),
        networks_of_routers=tables(document.get("networks")),
        seconds=seconds(document),
        **frame(part("page.js")),
    )


def rows(document, catalogue):
    """Return every row of the checklist with what it amounts to here, or with the reason why there is nothing."""
    judged = {each["row"] for each in document["controls"]}
    known = {each["row"] for each in catalogue.values()}
    by_profile = {catalogue[each]["row"] for each in document.get("left_out", ()) if each in catalogue}
    found = []
    for row in sorted({*ROWS, *judged}, key=row_order):
        if row in judged:
            standing = _standing([each for each in entries_in_scope(document) if each["row"] == row])
        elif row in by_profile:
            standing = {"note": f"not in profile {document['profile']}"}
        else:
            standing = {"note": "not part of this home" if row in known else "no controls yet"}
        found.append({"id": row, "title": ROWS.get(row, "Outside the checklist"), "here": row in judged, **standing})
    return found


def _standing(entries):
    """Return what the entries of one row amount to; a partial run may have left out all of them."""
    if not entries:
        return {"note": "not looked at"}
    counts = Counter(each["status"] for each in entries)
    if counts["not_applicable"] == len(entries):
        return {"note": "does not apply here"}
    found = [each["severity"] for each in entries if each["status"] in OPEN]
    return {
        "note": "",
        "bar": stretches(counts),
        "passed": counts["pass"],
        "judged": sum(counts[status] for status in JUDGED),
        "open": len(found),
        "worst": min(found, key=lambda each: SEVERITIES.index(each) if each in SEVERITIES else -1, default=""),
    }


def stretches(counts):
    """Return [(status, x, width)] of a bar that is 1000 wide."""
    counted = [(status, counts.get(status, 0)) for status in reversed(READING_ORDER) if status != "not_applicable"]
    # Read from the left: what is in order, what is excused, what is open.
    counted.sort(key=lambda each: ("pass", "waived", "unknown", "waiver_expired", "fail", "error").index(each[0]))
    total = sum(count for _status, count in counted)
    parts, at = [], 0
    for status, count in counted:
        if count:
            parts.append((status, round(1000 * at / total), round(1000 * count / total)))
            at += count
    return parts


@lru_cache(maxsize=4)
def template(name):
    """Return one of the templates beside this file."""
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(code=_code, words=lambda status: status.replace("_", " "), date=_date, link=_link)
    return environment.get_template(name)


def frame(script=""):
    """Return what every page needs: its style and its script, and the policy that allows just these."""
    style = part("page.css")
    return {
        "style": Markup(style),  # noqa: S704  our own file
        "script": Markup(script),  # noqa: S704  our own file
        "style_hash": _hash(style),
        "script_hash": _hash(script),
    }


@lru_cache(maxsize=4)
def part(name):
    """Return the text of a file beside this one."""
    return (HERE / name).read_text(encoding="utf-8")


def _hash(text):
    """Return the hash by which the page's policy allows just this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _code(text):
    """Return a text with what stands in `backticks`, and the roles' variables, as code; everything escaped."""
    parts = re.split(r"`([^`]+)`|\b((?:accounts|exposure|reverse_proxy|hearthwall)_\w+(?:\.\w+)*)", str(text))
    parts = [part for number, part in enumerate(parts) if number % 3 == 0 or part is not None]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def _link(reference):
    """Return a reference as a link where it is a web address, as text where it is anything else."""
    if re.match(r"https?://[^\s\"'<>]+\Z", reference):
        return Markup('<a href="{0}" rel="noreferrer noopener">{0}</a>').format(reference)
    return escape(reference)


def _date(text):
    at = moment(text)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
