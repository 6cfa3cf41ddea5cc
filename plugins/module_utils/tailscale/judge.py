# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host's Tailscale means for its controls. Pure: no host, no clock."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.tailscale import plan

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = "pass", "fail", "unknown", "not_applicable"
ANY, REQUIRED = "any", "required"
# What is offered to others or taken from them, and who manages the device.
ROUTES = ("advertise-exit-node", "advertise-routes", "accept-routes", "accept-dns", "exit-node")
MANAGEMENT = ("ssh", "webclient")


def judge(seen, unknown, wish):
    """Return the verdicts. ``seen``, ``unknown``: what look() returned."""
    if seen is None:
        reason = unknown.get("", "the host was not looked at")
        return [verdict(control, UNKNOWN, actual=reason) for control in CONTROLS]
    spoken = []
    for control, (part, expected, opinion) in CONTROLS.items():
        status, actual = _opinion(seen, unknown, wish, part, opinion)
        spoken.append(verdict(control, status, expected, actual))
    return spoken


def _opinion(seen, unknown, wish, part, opinion):
    if part in unknown:
        return UNKNOWN, unknown[part]
    if part == "keyring":
        return opinion(seen, wish)
    if not seen["installed"]:
        return FAIL, "Tailscale is not installed"
    return opinion(seen, wish)


def _origin(seen, wish):
    held = seen["keyring"]
    if held is None:
        return FAIL, "there is no signing key on the host"
    if held != [wish["fingerprint"]]:
        return FAIL, f"the host trusts {', '.join(held)}"
    return PASS, f"one key, {held[0]}"


def _member(seen, wish):
    if seen["state"] != plan.RUNNING:
        waits = " (it waits to be approved in the admin console)" if seen["state"] == plan.APPROVAL else ""
        return FAIL, f"it is not in the tailnet: {seen['state']}{waits}"
    node, wanted = seen["node"], sorted(wish["tags"])
    if node["tags"] != wanted:
        held = ", ".join(node["tags"]) or "no tag, but belongs to a person"
        return FAIL, f"{node['name']} has {held}"
    return PASS, f"{node['name']} ({', '.join(node['addresses'])}) as {', '.join(wanted)}"


def _funnel(seen, _wish):
    if seen["serve"]["funnel"]:
        return FAIL, f"open to the internet: {', '.join(seen['serve']['funnel'])}"
    return PASS, "off" + (
        "; the tailnet's policy would allow it here" if (seen["node"] or {}).get("may_funnel") else ""
    )


def _serve(seen, wish):
    if seen["state"] != plan.RUNNING:
        return FAIL if wish["serve"] else PASS, f"it is not in the tailnet: {seen['state']}"
    if wish["serve"] and not wish["serve"]["target"]:
        return UNKNOWN, "where Home Assistant listens was not found"
    listed = plan.served(seen["serve"])
    wanted = plan.handlers(wish, seen["node"]["name"])
    right = seen["serve"]["handlers"] == wanted and not seen["serve"]["tcp"] and not seen["serve"]["services"]
    return PASS if right else FAIL, "; ".join(listed) or "nothing"


def _expiry(seen, _wish):
    node = seen["node"]
    if node["expired"]:
        return FAIL, f"the key has expired ({node['expires'] or 'no date told'})"
    if seen["state"] != plan.RUNNING:
        return FAIL, f"it is not in the tailnet: {seen['state']}"
    if node["expires"]:
        return FAIL, f"the key expires on {node['expires']}, and the host is cut off then"
    return PASS, "the key does not expire"


def _differing(flags):
    def opinion(seen, wish):
        wrong = {flag: pair for flag, pair in plan.to_set(seen["preferences"], wish).items() if flag in flags}
        if wrong:
            return FAIL, "; ".join(f"{flag} is {have or 'off'}" for flag, (have, _want) in sorted(wrong.items()))
        return PASS, ", ".join(
            f"{flag} {value or 'none'}" for flag, value in plan.settings(wish).items() if flag in flags
        )

    return opinion


def _lock(seen, wish):
    lock = seen["lock"]
    if not lock["enabled"]:
        if wish["lock"] == REQUIRED:
            return FAIL, "it is off"
        return NOT_APPLICABLE, "it is off, and nobody asked for it"
    if not lock["signed"]:
        return FAIL, "it is on, and this device is not signed: no other device talks to it"
    return PASS, f"it is on, this device is signed, {lock['trusted']} trusted keys"


CONTROLS = {
    "HW-TS-01": ("keyring", "packages from Tailscale's own repository, held against its pinned key", _origin),
    "HW-TS-02": ("state", "a member of the tailnet under its declared tag", _member),
    "HW-TS-03": ("serve", "Funnel is off", _funnel),
    "HW-TS-04": ("serve", "exactly what is declared is served to the tailnet", _serve),
    "HW-TS-05": ("node", "a key that does not expire", _expiry),
    "HW-TS-06": ("preferences", "no exit node and no routes beyond the declared", _differing(ROUTES)),
    "HW-TS-07": ("preferences", "it updates itself as declared", _differing(("auto-update",))),
    "HW-TS-08": ("preferences", "Tailscale SSH and its web page as declared", _differing(MANAGEMENT)),
    "HW-TS-09": ("lock", "tailnet lock knows this device, where it is on", _lock),
}
