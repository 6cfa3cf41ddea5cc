# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the Supervisor itself thinks of the installation: supported, healthy, open issues, leaked secrets. Pure."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict

EXPECTED = {
    "HW-SUP-01": "the Supervisor calls the installation supported and healthy",
    "HW-SUP-02": "the resolution centre has no open issue",
    "HW-SUP-03": "the secrets of apps are looked up among the leaked ones, and none is",
    "HW-SUP-04": "the Supervisor updates itself, from the channel {channel}",
}
CONTROLS = tuple(EXPECTED)
LEAKED = "pwned"
LEAK_CHECK = "addon_pwned"
# Told by other controls: the backups by those of the role backup, leaked secrets by HW-SUP-03.
ELSEWHERE = (LEAKED, "no_current_backup")


def _issue(issue):
    place = issue.get("reference") or issue.get("context") or "system"
    return f"{issue['type']} ({place})"


def verdicts(supervisor, unknown, channel="stable", changed=()):
    """Return one verdict for each control about the Supervisor's own view."""
    judged = {
        "HW-SUP-01": (_sound(supervisor), "supervisor.resolution", "/resolution/info"),
        "HW-SUP-02": (_issues(supervisor), "supervisor.resolution", "/resolution/info"),
        "HW-SUP-03": (_leaks(supervisor), "supervisor.security", "/security/info"),
        "HW-SUP-04": (_self_update(supervisor, channel), "supervisor.supervisor", "/supervisor/info"),
    }
    spoken = []
    for control, (found, part, evidence) in judged.items():
        expected = EXPECTED[control].format(channel=channel)
        if found is None:
            why = unknown.get(part) or unknown.get("supervisor.resolution") or "the Supervisor does not tell"
            spoken.append(verdict(control, "unknown", expected, why, evidence))
            continue
        wrong, words = found
        status = "fail" if wrong else "pass"
        spoken.append(verdict(control, status, expected, "; ".join(wrong) or words, evidence, control in changed))
    return spoken


def _sound(supervisor):
    if supervisor["unsupported"] is None:
        return None
    wrong = [f"unsupported: {reason}" for reason in supervisor["unsupported"]]
    wrong += [f"unhealthy: {reason}" for reason in supervisor["unhealthy"]]
    return wrong, "supported and healthy"


def _issues(supervisor):
    if supervisor["issues"] is None:
        return None
    wrong = [_issue(issue) for issue in supervisor["issues"] if issue["type"] not in ELSEWHERE]
    return wrong, "no open issue"


def _leaks(supervisor):
    if supervisor["security"]["pwned"] is None or supervisor["issues"] is None:
        return None
    wrong = [] if supervisor["security"]["pwned"] else ["the look-up is switched off"]
    off = [check for check in supervisor["checks"] if check["slug"] == LEAK_CHECK and not check["enabled"]]
    wrong += ["the Supervisor's own check of it is switched off"] if off else []
    wrong += [
        f"leaked: a secret of {issue.get('reference')}" for issue in supervisor["issues"] if issue["type"] == LEAKED
    ]
    return wrong, "looked up, none is leaked"


def _self_update(supervisor, channel):
    about = supervisor["supervisor"]
    if about["channel"] is None:
        return None
    wrong = [] if about["auto_update"] else ["it does not update itself"]
    wrong += [f"channel {about['channel']}"] if about["channel"] != channel else []
    return wrong, f"{about['version']}, channel {about['channel']}"
