# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Format: OSCAL assessment results (NIST). One observation for each control on each host, one finding for what was
judged, one risk for what is open or accepted. The same report always gets the same identifiers.
"""

from __future__ import annotations

import json
import uuid

from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import OPEN
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import repair_command
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.scope import score_words, sentence

VERSION = "1.0.6"
NAMESPACE = "urn:hearthwall:oscal"
_ROOT = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)
REASONS = {"pass": "pass", "fail": "fail", "waiver_expired": "fail"}


def render(document, catalogue=None, inventory=()):
    """Return the report as OSCAL assessment results in JSON."""
    return json.dumps({"assessment-results": _Results(document, catalogue or {}, inventory).build()}, indent=1) + "\n"


class _Results:
    def __init__(self, document, catalogue, inventory):
        self._document, self._catalogue, self._inventory = document, catalogue, inventory
        self._run = f"{document['home']}/{document['mode']}/{document['finished']}"

    def build(self):
        document = self._document
        plan = self._uuid("plan")
        words = "dry run" if document["mode"] == "check" else "apply"
        result = {
            "uuid": self._uuid("result"),
            "title": f"Hearthwall, {words} of {document['home']}",
            "description": f"Score {score_words(document)} of 100. {sentence(document)}".strip(),
            "start": document["started"],
            "end": document["finished"],
            "props": [_property(name.replace("_", "-"), str(count)) for name, count in document["summary"].items()],
            "reviewed-controls": {"control-selections": [self._selection()]},
            **self._parts(),
        }
        return {
            "uuid": self._uuid("document"),
            "metadata": {
                "title": f"Hearthwall report of {document['home']}",
                "last-modified": document["finished"],
                "version": document["finished"],
                "oscal-version": VERSION,
            },
            "import-ap": {"href": f"#{plan}"},
            "results": [result],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": "Assessment plan",
                        "description": "The catalogue of hearthwall.home: each control says how it is determined.",
                    }
                ]
            },
        }

    def _selection(self):
        identifiers = sorted({each["id"] for each in self._document["controls"]})
        # OSCAL knows no empty list.
        if not identifiers:
            return {"description": "No control was judged."}
        return {"include-controls": [{"control-id": identifier} for identifier in identifiers]}

    def _parts(self):
        parts = {"observations": [], "risks": [], "findings": []}
        for each in self._document["controls"]:
            parts["observations"].append(self._observation(each))
            if each["status"] in OPEN or each["status"] == "waived":
                parts["risks"].append(self._risk(each))
            if each["status"] != "not_applicable":
                parts["findings"].append(self._finding(each))
        hosts = sorted({each["host"] for each in self._document["controls"]})
        items = [{"uuid": self._host(host), "description": f"Host {host}"} for host in hosts]
        definitions = {"local-definitions": {"inventory-items": items}} if items else {}
        return {**definitions, **{name: entries for name, entries in parts.items() if entries}}

    def _observation(self, entry):
        observation = {
            "uuid": self._of(entry, "observation"),
            "title": f"{entry['id']} on {entry['host']}",
            "description": entry["actual"].strip() or entry["title"],
            "props": self._properties(entry),
            "methods": ["TEST"],
            "subjects": [{"subject-uuid": self._host(entry["host"]), "type": "inventory-item"}],
            "collected": self._document["finished"],
        }
        if entry["evidence"].strip():
            observation["relevant-evidence"] = [{"description": entry["evidence"]}]
        return observation

    def _finding(self, entry):
        finding = {
            "uuid": self._of(entry, "finding"),
            "title": entry["title"],
            "description": entry["expected"].strip() or entry["title"],
            "props": self._properties(entry),
            "target": {
                "type": "objective-id",
                "target-id": entry["id"],
                "status": {
                    "state": "satisfied" if entry["status"] == "pass" else "not-satisfied",
                    "reason": REASONS.get(entry["status"], "other"),
                },
            },
            "related-observations": [{"observation-uuid": self._of(entry, "observation")}],
        }
        if entry["status"] in OPEN or entry["status"] == "waived":
            finding["related-risks"] = [{"risk-uuid": self._of(entry, "risk")}]
        return finding

    def _risk(self, entry):
        why = self._catalogue.get(entry["id"], {}).get("why", "").strip()
        waiver = entry["waiver"]
        risk = {
            "uuid": self._of(entry, "risk"),
            "title": entry["title"],
            "description": entry["actual"].strip() or entry["title"],
            "statement": why or entry["title"],
            "props": self._properties(entry),
            "status": "deviation-approved" if entry["status"] == "waived" else "open",
            "remediations": [
                {
                    "uuid": self._of(entry, "remediation"),
                    "lifecycle": "recommendation",
                    "title": repair_command(entry, self._inventory),
                    "description": entry["remedy"],
                }
            ],
            "related-observations": [{"observation-uuid": self._of(entry, "observation")}],
        }
        if waiver:
            risk["mitigating-factors"] = [
                {"uuid": self._of(entry, "waiver"), "description": f"Accepted by {waiver['owner']}: {waiver['reason']}"}
            ]
            risk["deadline"] = f"{waiver['expires']}T23:59:59Z"
        return risk

    def _properties(self, entry):
        named = (("status", entry["status"]), ("severity", entry["severity"]), ("checklist-row", entry["row"]))
        return [_property(name, value) for name, value in named if value]

    def _host(self, host):
        return str(uuid.uuid5(_ROOT, f"{self._document['home']}/host/{host}"))

    def _of(self, entry, part):
        return self._uuid(f"{part}/{entry['host']}/{entry['id']}")

    def _uuid(self, part):
        return str(uuid.uuid5(_ROOT, f"{self._run}/{part}"))


def _property(name, value):
    return {"name": name, "ns": NAMESPACE, "value": value}
