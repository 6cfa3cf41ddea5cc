# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is declared of Home Assistant's cloud beside what it keeps: what differs, and what is to be said. Pure."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict

REMOTE = "HW-CLOUD-01"
FROM_OUTSIDE = "HW-CLOUD-02"
CLOUDHOOKS = "HW-CLOUD-03"
ASSISTANTS = "HW-CLOUD-04"
OPENINGS = "HW-CLOUD-05"
CONTROLS = (REMOTE, FROM_OUTSIDE, CLOUDHOOKS, ASSISTANTS, OPENINGS)
NAMES = {"alexa": "Alexa", "google": "Google Assistant"}
# The preferences that Home Assistant takes in one command, by what is declared.
PREFERENCES = {
    "remote_from_outside": "remote_allow_remote_enable",
    "alexa": "alexa_enabled",
    "google": "google_enabled",
}


class Plan:
    """What to tell Home Assistant."""

    def __init__(self, wanted, cloud):
        self.preferences, self.remote, self.cloudhooks = {}, None, []
        if absent(cloud):
            return
        prefs = cloud["prefs"]
        for name, preference in PREFERENCES.items():
            if wanted[name] is not None and wanted[name] != prefs[preference]:
                self.preferences[preference] = wanted[name]
        if wanted["remote"] != prefs["remote_enabled"]:
            self.remote = wanted["remote"]
        if wanted["delete_cloudhooks"]:
            self.cloudhooks = [hook["mark"] for hook in undeclared(wanted, cloud)]

    def __bool__(self):
        return bool(self.preferences or self.cloudhooks) or self.remote is not None

    def orders(self):
        """Return the plan as plain data for the visit."""
        return {"preferences": self.preferences, "remote": self.remote, "cloudhooks": self.cloudhooks}

    def diff(self, cloud):
        """Return what differs, before and after."""
        before = {name: cloud["prefs"][name] for name in self.preferences}
        after = dict(self.preferences)
        if self.remote is not None:
            before["remote_enabled"], after["remote_enabled"] = cloud["prefs"]["remote_enabled"], self.remote
        if self.cloudhooks:
            before["cloudhooks"] = [told(hook) for hook in cloud["cloudhooks"]]
            after["cloudhooks"] = [told(hook) for hook in cloud["cloudhooks"] if hook["mark"] not in self.cloudhooks]
        header = "preferences of Home Assistant Cloud"
        return {"before": before, "after": after, "before_header": header, "after_header": header}


def absent(cloud):
    """Return why there is nothing to declare; empty where there is an account in use."""
    if cloud is None:
        return "it was not looked at"
    if not cloud["account"]["logged_in"]:
        return "Home Assistant is not logged in to its cloud"
    return "Home Assistant does not load its integration cloud" if cloud["loaded"] is False else ""


def undeclared(wanted, cloud):
    """Return the cloudhooks that are declared neither by their owner nor by their mark."""
    return [hook for hook in cloud["cloudhooks"] if not {hook["mark"], hook["owner"]} & {*wanted["cloudhooks"]}]


def told(hook):
    """Return a cloudhook in words."""
    return f"{hook['owner'] or 'a webhook'} ({hook['mark']})"


def verdicts(wanted, cloud, unknown):
    """Return what is to be said of each control."""
    if cloud is None:
        reason = unknown.get("cloud") or absent(cloud)
        return [verdict(control, "unknown", actual=reason) for control in CONTROLS]
    if absent(cloud):
        return [verdict(control, "not_applicable", actual=absent(cloud)) for control in CONTROLS]
    return [
        _remote(wanted, cloud),
        _from_outside(wanted, cloud),
        _cloudhooks(wanted, cloud),
        _assistants(wanted, cloud),
        _openings(wanted, cloud),
    ]


def _remote(wanted, cloud):
    enabled, until = cloud["prefs"]["remote_enabled"], cloud["account"]["subscribed_until"]
    evidence = f"logged in to the cloud{f', subscribed until {until}' if until else ''}"
    status = "pass" if enabled == wanted["remote"] else "fail"
    return verdict(REMOTE, status, f"remote access is {_word(wanted['remote'])}", f"it is {_word(enabled)}", evidence)


def _from_outside(wanted, cloud):
    allowed, declared = cloud["prefs"]["remote_allow_remote_enable"], wanted["remote_from_outside"]
    expected = f"it {'may' if declared else 'may not'} be switched on from outside"
    actual = f"it {'may' if allowed else 'may not'} be"
    return verdict(FROM_OUTSIDE, "pass" if allowed == declared else "fail", expected, actual)


def _cloudhooks(wanted, cloud):
    extra, count = undeclared(wanted, cloud), len(cloud["cloudhooks"])
    expected = f"declared: {', '.join(wanted['cloudhooks']) or 'none'}"
    if extra:
        return verdict(CLOUDHOOKS, "fail", expected, f"not declared: {', '.join(map(told, extra))}", f"{count} in all")
    listed = ", ".join(map(told, cloud["cloudhooks"]))
    return verdict(CLOUDHOOKS, "pass", expected, listed or "there is none")


def _assistants(wanted, cloud):
    state = {name: cloud["prefs"][f"{name}_enabled"] for name in NAMES}
    wrong = [name for name in NAMES if state[name] != bool(wanted[name])]
    expected = ", ".join(
        f"{NAMES[name]} {'not declared' if wanted[name] is None else _word(wanted[name])}" for name in NAMES
    )
    actual = ", ".join(f"{NAMES[name]} is {_word(on)}" for name, on in state.items())
    return verdict(ASSISTANTS, "fail" if wrong else "pass", expected, actual)


def _openings(wanted, cloud):
    expected = f"no lock, alarm or door but {', '.join(wanted['exposed'])}" if wanted["exposed"] else "none"
    on = [name for name in NAMES if cloud["prefs"][f"{name}_enabled"]]
    if not on:
        return verdict(OPENINGS, "pass", expected, "no assistant of the cloud is on")
    shown = {name: [each for each in cloud["exposed"][name] if each not in wanted["exposed"]] for name in on}
    found = [f"{NAMES[name]} has {', '.join(listed)}" for name, listed in shown.items() if listed]
    found += [f"{NAMES[name]} is shown new covers by itself" for name in on if cloud["exposes_new"][name]]
    pin = "google" not in on or cloud["prefs"]["google_pin"]
    evidence = "" if pin else "Google Assistant asks for no PIN"
    if found:
        return verdict(OPENINGS, "fail", expected, "; ".join(found), evidence)
    filtered = [NAMES[name] for name in on if name in cloud["filtered"]]
    if filtered:
        reason = f"configuration.yaml decides what {' and '.join(filtered)} is shown"
        return verdict(OPENINGS, "unknown", expected, reason, evidence)
    return verdict(OPENINGS, "pass", expected, "nothing else is shown", evidence)


def _word(on):
    return "on" if on else "off"
