# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All that could be updated on one host in one list, and what the controls say to it."""

from __future__ import annotations

import datetime

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.updates import advisories, state, versions, wellness

EXPECTED = {
    "HW-UPD-01": "no known advisory applies to the release of Home Assistant that runs",
    "HW-UPD-02": "nothing that is due by the home's policy is left undone",
    "HW-UPD-03": "security updates of the host install themselves",
    "HW-UPD-04": "the host has no security update left, and runs what is installed",
    "HW-UPD-05": "Home Assistant reports no error, and nothing in use is about to break",
    "HW-UPD-06": "no update was cut short",
}
SHOWN = 6
FRESH_DAYS = 8  # the weekly look, and a day
LISTS_HOURS = 72


def pending(value, version):
    """Return every pending update, each with the day since which it is known."""
    found = {}
    told = (value["asked"] or {}).get("updates") or []
    for update in [*value["pending"], *told, *_releases(value["releases"], version)]:
        if versions.older(update["latest"], update["installed"]) or update["latest"] == update["installed"]:
            continue  # what was told has been installed since
        found[state.identity(update)] = {**update, "first_seen": value["seen"].get(state.identity(update))}
    return sorted(found.values(), key=lambda update: (update["kind"], update["name"], str(update["latest"])))


def _releases(releases, version):
    return [
        {
            "kind": "core",
            "name": "homeassistant",
            "installed": version,
            "latest": release["version"],
            "url": notes(release["version"]),
            "security": False,
            "release": release,
        }
        for release in releases or []
        if versions.older(version, release["version"])
    ]


def notes(version):
    """Return where the release notes of a version of Home Assistant are."""
    year, month = str(version).split(".")[:2]
    return f"https://www.home-assistant.io/changelogs/core-{year}.{month}"


def next_release(updates, rules):
    """Return (the newest release of Home Assistant that lies ready and is due, or None; why others are not)."""
    ready = [update for update in updates if update["kind"] == "core" and update.get("release")]
    ready.sort(key=lambda update: versions.key(update["latest"]), reverse=True)
    waiting = []
    for update in ready:
        due, why = rules.decide(update)
        if due:
            return update, waiting
        waiting.append(f"{update['latest']} waits: {why}")
    return None, waiting


class Judgement:
    """One host's updates against the policy and the table of advisories."""

    def __init__(self, value, version, rules, table, unknown, now):
        self.value = value
        self.version = version
        self.rules = rules
        self.table = table
        self.unknown = unknown
        self.now = now
        self.updates = pending(value, version)

    def verdicts(self):
        """Return the verdict of every control."""
        judges = {
            "HW-UPD-01": self._advisories,
            "HW-UPD-02": self._due,
            "HW-UPD-03": self._unattended,
            "HW-UPD-04": self._packages,
            "HW-UPD-05": self._repairs,
            "HW-UPD-06": self._finished,
        }
        return [judge(control) for control, judge in judges.items()]

    def _say(self, control, failing, unknown=(), passing="", evidence=""):
        status = "fail" if failing else "unknown" if unknown else "pass"
        told = failing or list(unknown) or [passing]
        more = f" and {len(told) - SHOWN} more" if len(told) > SHOWN else ""
        return verdict(control, status, EXPECTED[control], "; ".join(told[:SHOWN]) + more, evidence)

    def _advisories(self, control):
        evidence = f"table of {self.table['as_of']}"
        if versions.key(self.version or "") is None:
            return self._say(control, [], [f"the release that runs is not known ({self.version})"], evidence=evidence)
        failing, sources = [], []
        for component, name, runs in (("core", "", self.version), ("supervisor", "Supervisor ", self._supervisor())):
            found = advisories.applying(self.table, component, runs) if runs else []
            if found:
                failing.append(f"{name}{runs} is too old: {advisories.fixed_in(found)} has all the fixes")
                failing += [f"{entry['id']} ({entry['severity']}): {entry['title']}" for entry in found]
                sources.append(found[0]["source"])
        if not failing:
            return self._say(control, [], passing=f"none applies to {self.version}", evidence=evidence)
        return self._say(control, failing, evidence=f"{evidence}; {'; '.join(sources)}")

    def _supervisor(self):
        """Return the version of the Supervisor, where there is one."""
        return self.value.get("supervisor")

    def _due(self, control):
        due, waiting = [], []
        for update in self.updates:
            if update["kind"] == "package":
                continue
            is_due, why = self.rules.decide(update)
            told = f"{update['name']} {update['installed']} → {update['latest']}"
            (due if is_due else waiting).append(f"{told} ({why})")
        unknown = []
        if self.value["releases"] is None and not any(update["kind"] == "core" for update in self.updates):
            unknown.append("no newer release of Home Assistant lies ready, and there is no folder for them")
        evidence = f"waiting: {'; '.join(waiting[:SHOWN])}" if waiting else ""
        return self._say(control, due, unknown, "nothing is due", evidence)

    def _unattended(self, control):
        told = self.value["unattended"]
        if told is None:
            return self._say(control, [], ["apt's configuration cannot be read"])
        failing = []
        if "0" in (told["lists"], told["upgrade"]):
            failing.append("apt's daily run is switched off in its configuration")
        if not told["security"]:
            failing.append("no security archive is among the origins of unattended-upgrades")
        return self._say(control, failing, passing="daily, from the security archive")

    def _packages(self, control):
        failing = [
            f"{update['name']} {update['installed']} → {update['latest']}"
            for update in self.updates
            if update["kind"] == "package" and update["security"]
        ]
        if self.value["reboot_required"]:
            failing.append("a restart of the host is pending")
        unknown = [why for part, why in self.unknown.items() if part == "updates.packages"]
        age = self.value["lists_age_hours"]
        if age is not None and age > LISTS_HOURS:
            unknown.append(f"apt's package lists are {age // 24} days old")
        return self._say(control, failing, unknown, "none is left")

    def _repairs(self, control):
        told = self.value["asked"]
        if told is None:
            return self._say(control, [], ["Home Assistant was not asked yet: an apply asks, a dry run does not"])
        when = datetime.datetime.fromisoformat(told["when"].replace("Z", "+00:00"))
        evidence = f"as told on {told['when'][:10]} by {told['version']}"
        if (self.now - when).days >= FRESH_DAYS or told["version"] != self.version:
            return self._say(control, [], [f"Home Assistant was last asked on {told['when'][:10]}"], evidence=evidence)
        failing = [f"error: {name}" for name in sorted(wellness.severe(told))]
        failing += self.breaking(self._target())
        return self._say(control, failing, passing="no error, nothing breaks with the next release", evidence=evidence)

    def _target(self):
        chosen, _waiting = next_release(self.updates, self.rules)
        return chosen["latest"] if chosen else self.version

    def breaking(self, target):
        """Return what Home Assistant itself says will break with a release, or has broken already."""
        return [
            f"{issue['domain']}: {issue['issue_id']} breaks in {issue['breaks_in_ha_version']}"
            for issue in (self.value["asked"] or {}).get("issues") or []
            if issue["breaks_in_ha_version"] and not issue["ignored"]
            if not versions.older(target, issue["breaks_in_ha_version"])
        ]

    def _finished(self, control):
        failing = [
            f"the update from {each['from']} to {each['to']} stopped while it was {each['phase']}"
            for each in self.value["unfinished"]
        ]
        return self._say(control, failing, passing="none was")


def undetermined(unknown):
    """Return the verdicts where the look could not be taken."""
    why = unknown.get("updates") or unknown.get("home_assistant") or "updates were not looked at"
    return [verdict(control, "unknown", expected, why) for control, expected in EXPECTED.items()]
