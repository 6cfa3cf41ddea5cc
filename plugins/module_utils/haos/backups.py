# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The backups of a Home Assistant OS, as its agents list them: sealed, lately, off the device, and openable. Pure."""

from __future__ import annotations

import datetime

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict

ON_DEVICE = ("hassio.local", "backup.local")
CONTROLS = ("HW-BAK-03", "HW-BAK-04", "HW-BAK-05", "HW-BAK-06", "HW-BAK-07", "HW-BAK-08")
OPENS, SHUT = "opens", "does not open"


def newest(archives, agent=None):
    """Return the newest archive (that an agent holds), or None."""
    held = [each for each in archives or [] if each["date"] and (agent is None or agent in each["copies"])]
    return max(held, key=lambda each: _moment(each["date"]), default=None)


def _moment(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)


def to_prove(archives):
    """Return [(archive's id, agent)] of the newest copy at each agent."""
    agents = sorted({agent for each in archives or [] for agent in each["copies"]})
    return [(newest(archives, agent)["id"], agent) for agent in agents]


def overdue(archives, now, hours):
    """Return whether there is no archive that is young enough."""
    last = newest(archives)
    return last is None or _hours(last, now) > hours


def _hours(archive, now):
    return (now - _moment(archive["date"])).total_seconds() / 3600


class Judgement:
    """The archives against what the home expects."""

    def __init__(self, device, proof, now, hours, expect, off_site):
        self.archives = device.get("listed")
        self.settings = device.get("settings") or {}
        self.errors = device.get("agent_errors") or {}
        self.proof = proof
        self.now = now
        self.hours = hours
        self.expect = expect
        self.off_site = set(off_site)

    def verdicts(self, unknown, mended=()):
        if self.archives is None:
            why = unknown.get("backup.archives") or "the archives could not be listed"
            return [verdict(control, "unknown", "", why) for control in CONTROLS]
        judges = (self._sealed, self._left, self._proved, self._by_itself, self._places, self._kept)
        spoken = []
        for control, judge in zip(CONTROLS, judges):
            status, expected, actual = judge()
            spoken.append(verdict(control, status, expected, actual, "backup/info", control in mended))
        return spoken

    def _away(self):
        """Return {agent off the device: its newest archive or None}, of those in the settings and those with copies."""
        named = {*self.settings.get("agents", []), *(agent for each in self.archives for agent in each["copies"])}
        return {agent: newest(self.archives, agent) for agent in sorted(named - set(ON_DEVICE))}

    def _sealed(self):
        open_ = [
            f"{each['name']} at {agent}"
            for each in self.archives
            for agent, sealed in each["copies"].items()
            if not sealed
        ]
        more = f" and {len(open_) - 5} more" if len(open_) > 5 else ""
        actual = (
            f"not encrypted: {', '.join(open_[:5])}{more}" if open_ else f"{len(self.archives)} archives, all sealed"
        )
        return ("fail" if open_ else "pass"), "no archive lies in the clear", actual

    def _left(self):
        expected = f"a copy at each agent off the device within {self.hours} h"
        if not self._away():
            return "fail", expected, "no agent off the device is declared: everything is on one device"
        told = []
        for agent, last in self._away().items():
            late = last is None or _hours(last, self.now) > self.hours
            words = "never copied" if last is None else f"the last copy is {_hours(last, self.now):.0f} h old"
            words += f" ({self.errors[agent]})" if agent in self.errors else ""
            told.append((late or agent in self.errors, f"{agent}: {words}"))
        return (
            ("fail" if any(late for late, _words in told) else "pass"),
            expected,
            "; ".join(each for _late, each in told),
        )

    def _proved(self):
        expected = "the newest copy at each agent off the device is decrypted with the kept password"
        return self._opened(expected, [agent for agent, last in self._away().items() if last])

    def _kept(self):
        expected = "the password kept on the control machine opens the newest archive"
        last = newest(self.archives)
        return self._opened(expected, sorted(last["copies"]) if last else [])

    def _opened(self, expected, agents):
        told = {agent: self.proof.get(agent, "was not tried") for agent in agents}
        if not told:
            return "fail", expected, "there is no copy"
        words = "; ".join(f"{agent}: {said}" for agent, said in told.items())
        if SHUT in told.values():
            return "fail", expected, words
        return ("pass" if set(told.values()) == {OPENS} else "unknown"), expected, words

    def _by_itself(self):
        expected = "Home Assistant's own schedule carries archives off the device"
        agents = [agent for agent in self.settings.get("agents", []) if agent not in ON_DEVICE]
        if self.settings.get("recurrence", "never") == "never":
            return "fail", expected, "no automatic backup"
        return ("pass" if agents else "fail"), expected, f"to {', '.join(agents) or 'the device alone'}"

    def _places(self):
        wanted = self.expect
        expected = f"{wanted['copies']} copies on {wanted['devices']} devices, {wanted['off_site']} of them elsewhere"
        good = [agent for agent, last in self._away().items() if last and _hours(last, self.now) <= self.hours]
        here = any(set(each["copies"]) & set(ON_DEVICE) for each in self.archives)
        counted = {
            "copies": 1 + here + len(good),
            "devices": 1 + len(good),
            "off_site": sum(1 for agent in good if agent in self.off_site or agent.startswith("cloud.")),
        }
        actual = f"{counted['copies']} copies on {counted['devices']} devices, {counted['off_site']} of them elsewhere"
        enough = all(counted[key] >= wanted[key] for key in counted)
        return ("pass" if enough else "fail"), expected, actual
