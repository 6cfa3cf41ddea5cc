# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Format: SARIF 2.1.0, as code scanning services read it. Rules are the controls, locations are the hosts."""

from __future__ import annotations

import json

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import repair_command

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# The number by which services rank findings, in the bands of CVSS.
RANKS = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
# SARIF's word for what could not be decided is "open".
KINDS = {"pass": "pass", "unknown": "open", "not_applicable": "notApplicable"}


def render(document, catalogue=None, inventory=()):
    """Return the report as one SARIF run."""
    catalogue = catalogue or {}
    first = {each["id"]: each for each in reversed(document["controls"])}
    identifiers = sorted(first)
    place = {identifier: number for number, identifier in enumerate(identifiers)}
    run = {
        "tool": {
            "driver": {
                "name": "Hearthwall",
                "semanticVersion": document["tool"]["hearthwall"],
                "rules": [_rule(first[identifier], catalogue.get(identifier, {})) for identifier in identifiers],
            }
        },
        "automationDetails": {"id": f"hearthwall/{document['home']}/{document['mode']}/{document['finished']}"},
        "invocations": [
            {
                "executionSuccessful": True,
                "startTimeUtc": document["started"],
                "endTimeUtc": document["finished"],
                "properties": {"score": document["summary"]["score"], "partial": document.get("partial")},
            }
        ],
        "results": [_result(each, document["home"], place, inventory) for each in document["controls"]],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _rule(entry, control):
    rule = {
        "id": entry["id"],
        "name": entry["id"].replace("-", ""),
        "shortDescription": {"text": entry["title"]},
        "defaultConfiguration": {"level": LEVELS.get(entry["severity"], "error")},
        "help": {"text": entry["remedy"]},
        "properties": {
            "tags": ["security", f"row-{entry['row']}", entry["severity"]],
            "security-severity": RANKS.get(entry["severity"], RANKS["critical"]),
        },
    }
    if control.get("why"):
        rule["fullDescription"] = {"text": control["why"].strip()}
    links = [each for each in entry["references"] if each.startswith("https://")]
    if links:
        rule["helpUri"] = links[0]
    return rule


def _result(entry, home, place, inventory):
    kind = KINDS.get(entry["status"], "fail")
    result = {
        "ruleId": entry["id"],
        "ruleIndex": place[entry["id"]],
        "kind": kind,
        "level": LEVELS.get(entry["severity"], "error") if kind == "fail" else "none",
        "message": {"text": _message(entry, inventory)},
        "locations": [
            {
                "logicalLocations": [
                    {"name": entry["host"], "fullyQualifiedName": f"{home}/{entry['host']}", "kind": "host"}
                ]
            }
        ],
        "partialFingerprints": {"controlOnHost/v1": f"{home}/{entry['host']}/{entry['id']}"},
        "properties": {"status": entry["status"], "severity": entry["severity"], "expected": entry["expected"]},
    }
    if entry["status"] == "waived":
        waiver = entry["waiver"]
        words = f"{waiver['reason']} ({waiver['owner']}, until {waiver['expires']} UTC)"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": words}]
    return result


def _message(entry, inventory):
    words = [entry["actual"] or entry["title"], entry["evidence"]]
    if KINDS.get(entry["status"], "fail") in ("fail", "open"):
        words.append(f"To mend it: {repair_command(entry, inventory)}")
    return "\n".join(filter(None, words))
