# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a visit says: a verdict for each control, and the diff that a person reads. Pure."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired as wishes
from ansible_collections.hearthwall.home.plugins.module_utils.visit import plan

AS_DESCRIBED = "as described"
WITHHELD = "(the content is secret and not shown)\n"
MOST = 8


def verdicts(desired, differences, unknown=None, mended=(), error=None):
    """Return one verdict for every control that an item of the bundle serves.

    ``differences``: what differs now; ``mended``: what this visit brought about; ``unknown`` {control: reasons};
    ``error``: why the visit failed.
    """
    return [
        _verdict(control, items, desired, differences, (unknown or {}).get(control, []), mended, error)
        for control, items in _served(desired).items()
    ]


def _served(desired):
    served = {}
    for kind in wishes.ITEMS:
        for item in desired[kind]:
            name = item.get("path") or item.get("name") or item.get("creates")
            names = served.setdefault(item["control"], [])
            if name:
                names.append(name)
    return served


def _verdict(control, items, desired, differences, reasons, mended, error):
    about = desired["controls"].get(control) or {}
    expected = about.get("expected") or f"{_list(items)} {AS_DESCRIBED}"
    open_ones = [plan.words(item) for item in differences if item["control"] == control]
    done = [plan.words(item) for item in mended if item["control"] == control]
    evidence = ""
    if error and open_ones:
        status, actual, evidence = "error", error, "; ".join(open_ones[:MOST])
    elif open_ones:
        status, actual = "fail", _list(open_ones)
    elif reasons:
        status, actual = "unknown", "; ".join(reasons[:MOST])
    else:
        status, actual = "pass", AS_DESCRIBED
        evidence = f"mended: {_list(done)}" if done else ""
    return verdict(control, status, expected, actual, evidence, changed=bool(done) and status == "pass")


def _list(texts):
    shown = ", ".join(texts[:MOST])
    return f"{shown} and {len(texts) - MOST} more" if len(texts) > MOST else shown


def diffs(differences, before, contents):
    """Return Ansible's diff entries; ``before`` {path: text}, ``contents`` {path: bytes}."""
    entries = []
    for item in differences:
        old, new = _properties(item["before"]), _properties(item["after"])
        if item["kind"] == "file":
            if item["secret"]:
                old += WITHHELD if (item["before"] or {}).get("type") == "file" else ""
                new += WITHHELD.replace("not shown", "not shown, it differs") if _new_content(item) else WITHHELD
            else:
                old += before.get(item["name"], "")
                new += contents[item["name"]].decode("utf-8", "replace")
        elif item["kind"] in ("package", "service", "command"):
            old, new = "", f"{plan.words(item)}\n"
        entries.append({"before_header": item["name"], "after_header": item["name"], "before": old, "after": new})
    return entries


def _new_content(item):
    return "content differs" in item["why"]


def _properties(state):
    if not state or state.get("type") == "absent":
        return ""
    parts = [
        f"{key}: {state[key]}" for key in ("type", "mode", "owner", "group", "target") if state.get(key) is not None
    ]
    return f"# {', '.join(parts)}\n"
