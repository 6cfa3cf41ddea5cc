# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether Cloudflare Access asks everybody who comes to a name who they are. Pure."""

from __future__ import annotations

PUBLIC = ("self_hosted", "ssh", "vnc", "rdp")


def deviations(apps, name, bypassed=()):
    """Return why not everybody is asked, in words; `bypassed`: paths that may be left open."""
    applications = [(app, host, path) for app in apps if app.get("type") in PUBLIC for host, path in places(app)]
    ours = [entry for entry in applications if covers(entry[1], name)]
    whole = [entry for entry in ours if not entry[2]]
    if not whole:
        return [f"no Access application covers {name}"]
    # Cloudflare asks the application that names a host most exactly.
    best = max(len(host) - 1000 * host.startswith("*") for _app, host, _path in whole)
    wrong = []
    for app, host, path in ours:
        if not path and len(host) - 1000 * host.startswith("*") != best:
            continue
        if path and any(path == f"/{each.strip('/')}" for each in bypassed):
            continue
        wrong += [f"{host}{path}: {reason}" for reason in _open(app)]
    return wrong


def places(app):
    """Yield (host, path) of an application; the path is empty where it is the whole host."""
    listed = [app.get("domain"), *(app.get("self_hosted_domains") or [])]
    listed += [each.get("uri") for each in app.get("destinations") or [] if each.get("type", "public") == "public"]
    for text in dict.fromkeys(filter(None, listed)):
        host, _slash, path = text.partition("/")
        yield host.lower(), f"/{path.rstrip('/')}" if path.strip("/*") else ""


def covers(pattern, name):
    """Return whether a host of an application is a name: exactly, or by `*` within its labels."""
    wanted, given = name.lower().split("."), pattern.split(".")
    return len(wanted) == len(given) and all(_label(one, other) for one, other in zip(given, wanted))


def _label(pattern, label):
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == label
    return label.startswith(before) and label.endswith(after) and len(label) >= len(before) + len(after)


def _open(app):
    """Yield what of an application lets people in without asking who they are. Without policies it lets nobody in."""
    for policy in app.get("policies") or []:
        decision = policy.get("decision")
        named = f"the policy {policy.get('name') or policy.get('id')!r}"
        if decision == "bypass":
            yield f"{named} lets some through without asking"
        everyone = any("everyone" in rule for rule in policy.get("include") or [])
        if decision in ("allow", "non_identity") and everyone and not policy.get("require"):
            yield f"{named} lets everyone in"
