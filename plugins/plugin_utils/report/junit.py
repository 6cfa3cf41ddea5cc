# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Format: JUnit XML, as build servers read it. One suite per host, one case per control.

A build server counts what was skipped as in order, so only what was excused is skipped: ``unknown`` is an error.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import repair_command, seconds

OUTCOME = {
    "fail": "failure",
    "waiver_expired": "failure",
    "error": "error",
    "unknown": "error",
    "waived": "skipped",
    "not_applicable": "skipped",
}
# Characters that the report may hold and XML 1.0 may not.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(document, inventory=()):
    """Return the report as JUnit XML."""
    root = ElementTree.Element("testsuites", name=_text(document["home"]), time=str(seconds(document)))
    hosts = sorted({each["host"] for each in document["controls"]})
    for host in hosts:
        _suite(root, document, host, inventory)
    for outcome in ("tests", "failures", "errors", "skipped"):
        root.set(outcome, str(sum(int(suite.get(outcome)) for suite in root)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _suite(root, document, host, inventory):
    entries = [each for each in document["controls"] if each["host"] == host]
    outcomes = [OUTCOME.get(each["status"]) for each in entries]
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=_text(f"{document['home']}.{host}"),
        hostname=_text(host),
        timestamp=document["finished"].rstrip("Z"),
        time="0",
        tests=str(len(entries)),
        failures=str(outcomes.count("failure")),
        errors=str(outcomes.count("error")),
        skipped=str(outcomes.count("skipped")),
    )
    for each in entries:
        _case(suite, document, each, inventory)


def _case(suite, document, entry, inventory):
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_text(f"{document['home']}.{entry['host']}"),
        name=_text(f"{entry['id']} {entry['title']}"),
        time="0",
    )
    outcome = OUTCOME.get(entry["status"])
    if outcome is None:
        return
    if outcome == "skipped":
        ElementTree.SubElement(case, "skipped", message=_text(_excuse(entry)))
        return
    words = " ".join((entry["actual"] or entry["title"]).split())
    told = ElementTree.SubElement(
        case, outcome, type=entry["severity"], message=_text(f"{entry['status'].replace('_', ' ')}: {words}")
    )
    parts = [(part.capitalize(), entry[part]) for part in ("expected", "actual", "evidence", "remedy") if entry[part]]
    parts.append(("Command", repair_command(entry, inventory)))
    told.text = _text("\n".join(f"{name}: {text}" for name, text in parts))


def _excuse(entry):
    waiver = entry["waiver"]
    if not waiver:
        return entry["status"].replace("_", " ")
    return f"waived by {waiver['owner']} until {waiver['expires']}: {waiver['reason']}"


def _text(text):
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
