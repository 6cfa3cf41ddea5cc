# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The code inside Home Assistant against what a person approved: a state for each item, a verdict for each control."""

from __future__ import annotations

import datetime

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict

APPROVED, UNLISTED, CHANGED, UPDATED, UNREAD = "approved", "unlisted", "changed", "updated", "unread"
REASONS = ("unlisted", "changed", "updated", "shadowing", "blocked", "unmaintained", "bytecode")
# Written by the people of this home themselves.
OWN = "own"
EXPECTED = {
    "HW-VET-01": "everything that runs inside Home Assistant is in the home's list of approved code",
    "HW-VET-02": "the content of each is the approved one",
    "HW-VET-03": "the version of each is the approved one",
    "HW-VET-04": "no custom integration takes the place of one of Home Assistant's own",
    "HW-VET-05": "nothing is on a block list of Home Assistant, or was taken out of HACS or the marketplace",
    "HW-VET-06": "each has a public source, or is declared to be the home's own",
    "HW-VET-07": "each is maintained",
    "HW-VET-08": "Python runs nothing here but what its source says",
    "HW-VET-09": "code that nobody approved does nothing that needs a closer look",
    "HW-VET-10": "the web page loads no code from elsewhere",
}
SHOWN = 8


def state(item, approved):
    """Return how an item stands against its entry in the list."""
    entry = entry_of(item, approved)
    if entry is None:
        return UNLISTED
    if item.get("remote"):
        return APPROVED
    if item["sha256"] is None:
        return UNREAD
    if item["sha256"] == entry["sha256"]:
        return APPROVED
    return CHANGED if version(item) == (entry.get("version") and str(entry["version"])) else UPDATED


def version(item):
    """Return an item's version: what it says itself, else what HACS or the marketplace noted."""
    return item["version"] or (item.get("record") or {}).get("version")


def entry_of(item, approved):
    """Return an item's entry in the list, or None."""
    return (approved.get(item["kind"]) or {}).get(item["name"])


def source(item, approved):
    """Return where an item comes from, or None."""
    return (entry_of(item, approved) or {}).get("source") or (item.get("record") or {}).get("source")


def age(item, approved, today):
    """Return the whole months since anything happened at an item's source, or None where nobody knows."""
    seen = (item.get("record") or {}).get("updated")
    declared = (entry_of(item, approved) or {}).get("maintained_on")
    days = [datetime.date.fromisoformat(str(day)) for day in (seen, declared) if day]
    return None if not days else max(0, (today - max(days)).days * 12 // 365)


def reasons(item, approved, today, months):
    """Return why an item may be put into quarantine."""
    found = {state(item, approved)} & {UNLISTED, CHANGED, UPDATED}
    if item.get("shadows"):
        found.add("shadowing")
    if denounced(item):
        found.add("blocked")
    if unmaintained(item, approved, today, months):
        found.add("unmaintained")
    if item["oddities"]:
        found.add("bytecode")
    return found


def denounced(item):
    """Return why an item is on somebody's block list, or None."""
    record = item.get("record") or {}
    if item.get("blocked"):
        return f"Home Assistant: {item['blocked']}"
    if record.get("critical"):
        return f"critical: {record['critical']}"
    return "taken out of the store" if record.get("removed") else None


def unmaintained(item, approved, today, months):
    """Return why an item counts as abandoned, or None."""
    if (item.get("record") or {}).get("archived"):
        return "its repository is archived"
    if source(item, approved) == OWN:
        return None
    months_ago = age(item, approved, today)
    if months_ago is not None and months_ago >= months:
        return f"nothing happened there for {months_ago} months"
    return None


def label(item):
    """Return what to call an item in a report."""
    name = item["name"] if item["kind"] == "integrations" else f"{item['kind']}/{item['name']}"
    return f"{name} {version(item)}" if version(item) else name


class Judgement:
    """One host's items against the list."""

    def __init__(self, value, approved, today, months, unknown, reviews=(), mended=()):
        self.items = value["items"]
        self.quarantined = value.get("quarantined") or []
        self.approved = approved
        self.today = today
        self.months = months
        self.unknown = unknown
        self.reviews = {(review["kind"], review["name"]): review for review in reviews}
        self.mended = set(mended)

    def verdicts(self):
        """Return the verdict of every control."""
        judges = {
            "HW-VET-01": self._listed,
            "HW-VET-02": self._unchanged,
            "HW-VET-03": self._approved_version,
            "HW-VET-04": self._not_shadowing,
            "HW-VET-05": self._not_denounced,
            "HW-VET-06": self._known_source,
            "HW-VET-07": self._maintained,
            "HW-VET-08": self._no_bytecode,
            "HW-VET-09": self._harmless,
            "HW-VET-10": self._local,
        }
        return [judge(control) for control, judge in judges.items()]

    def _say(self, control, failing, unknown=(), passing="", evidence=""):
        status = "fail" if failing else "unknown" if unknown else "pass"
        told = failing or list(unknown) or [passing or f"{len(self.items)} looked at"]
        more = f" and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
        changed = status == "pass" and control in self.mended
        return verdict(control, status, EXPECTED[control], "; ".join(told[:SHOWN]) + more, evidence, changed)

    def _in(self, wanted):
        return [item for item in self.items if state(item, self.approved) == wanted]

    def _unread(self, *parts):
        return [why for part, why in sorted(self.unknown.items()) if part in [f"vetting.{each}" for each in parts]]

    def _listed(self, control):
        failing = [f"{label(item)} is not listed" for item in self._in(UNLISTED)]
        aside = [f"{record['name']} ({', '.join(record['reasons'])})" for record in self.quarantined]
        evidence = f"in quarantine: {', '.join(aside)}" if aside else ""
        return self._say(control, failing, self._unread("commands"), evidence=evidence)

    def _unchanged(self, control):
        failing = []
        for item in self._in(CHANGED):
            approval = entry_of(item, self.approved)
            failing.append(
                f"{label(item)}{self._where(item)} is not what {approval['approved_by']} approved on"
                f" {approval['approved_on']}: its version is the same, its content is not"
            )
        unread = [f"{label(item)} {item['oddities'][0]}" for item in self._in(UNREAD)]
        return self._say(control, failing, unread)

    def _where(self, item):
        review = self.reviews.get((item["kind"], item["name"]))
        return f" ({', '.join(review['changed'][:3])})" if review and review["compared"] else ""

    def _approved_version(self, control):
        return self._say(
            control,
            [
                f"{item['name']} is {version(item)}, approved is {entry_of(item, self.approved).get('version')}"
                for item in self._in(UPDATED)
            ],
        )

    def _integrations(self):
        return [item for item in self.items if item["kind"] == "integrations"]

    def _not_shadowing(self, control):
        failing = [f"{label(item)} takes the place of a core integration" for item in self.items if item.get("shadows")]
        unknown = self._unread("core") if self._integrations() else []
        return self._say(control, failing, unknown, "none of its own integrations is replaced")

    def _not_denounced(self, control):
        failing = [f"{label(item)}: {denounced(item)}" for item in self.items if denounced(item)]
        unknown = self._unread("blocked", "core", "marketplace") if self._integrations() else []
        return self._say(control, failing, unknown, "none is listed there")

    def _known_source(self, control):
        wanted = [item for item in self.items if item["kind"] in ("integrations", "frontend", "scripts")]
        failing = [f"{label(item)} has no known source" for item in wanted if not source(item, self.approved)]
        return self._say(control, failing)

    def _maintained(self, control):
        wanted = [
            item for item in self.items if item["kind"] in ("integrations", "frontend") and not item.get("remote")
        ]
        failing, unknown = [], self._unread("marketplace")
        for item in wanted:
            why = unmaintained(item, self.approved, self.today, self.months)
            if why:
                failing.append(f"{label(item)}: {why}")
            elif source(item, self.approved) != OWN and age(item, self.approved, self.today) is None:
                unknown.append(f"when {label(item)} last changed at its source is not known")
        return self._say(control, failing, unknown, f"each changed within {self.months} months")

    def _no_bytecode(self, control):
        failing = [
            f"{label(item)}: {oddity}"
            for item in self.items
            if state(item, self.approved) != UNREAD
            for oddity in item["oddities"]
        ]
        return self._say(control, failing, passing="no bytecode without its source")

    def _harmless(self, control):
        failing, unknown = [], []
        for item in [*self._in(UNLISTED), *self._in(CHANGED), *self._in(UPDATED)]:
            review = self.reviews.get((item["kind"], item["name"]))
            if item["path"] is None:
                continue
            if review is None:
                unknown.append(f"{label(item)} was not read through")
                continue
            failing += [f"{item['name']}/{call}" for call in review["calls"]]
            if not review["complete"]:
                unknown.append(f"{label(item)} was not read to its end")
        return self._say(control, failing, unknown, "nothing found by reading it")

    def _local(self, control):
        failing = [f"{item['name']}" for item in self.items if item.get("remote")]
        return self._say(control, failing, self._unread("commands"), "all of it is local")


def undetermined(unknown):
    """Return the verdicts where the look could not be taken."""
    why = unknown.get("vetting") or unknown.get("home_assistant") or "the code was not looked at"
    return [verdict(control, "unknown", expected, why) for control, expected in EXPECTED.items()]
