# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What differs between the desired state and a snapshot. Pure: no host, no connection, no clock."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired as wishes

RUNNING = ("active", "activating", "reloading")
# `systemctl enable` leaves these as they are.
ENABLED = ("enabled", "static", "indirect", "generated", "alias")
STARTS_AT_BOOT = ("enabled", "enabled-runtime")
MISSING = {"active": "inactive", "enabled": "absent", "since": None}
KINDS = (".service", ".timer", ".socket", ".path")
NOTHING = {"type": "absent"}


def uncovered(desired, snapshot):
    """Return (paths, units) that the snapshot says nothing about: they cost one more look."""
    known = snapshot.get("paths") or {}
    paths = [path for path in wishes.paths(desired)[0] if path not in known]
    services = snapshot.get("services")
    if services is None:
        return paths, wishes.units(desired)
    return paths, [name for name in wishes.units(desired) if name not in services and not _would_be_listed(name)]


def _would_be_listed(name):
    # Every unit file of these kinds is in the snapshot; instances of templates and other kinds need not be.
    return name.endswith(KINDS) and "@" not in name


def unknown(desired, snapshot):
    """Return {control: [reason]} for what even a look could not tell."""
    reasons = {}
    told = snapshot.get("unknown") or {}

    def say(item, text):
        reasons.setdefault(item["control"], []).append(text)

    if snapshot.get("packages") is None:
        for item in desired["packages"]:
            say(item, f"package {item['name']}: {told.get('packages', 'the installed packages could not be read')}")
    for item in _with_paths(desired):
        path = item.get("path") or item["creates"]
        if path not in (snapshot.get("paths") or {}):
            say(item, f"{path}: {told.get(f'paths.{path}', 'could not be read')}")
    services = snapshot.get("services")
    for item in desired["services"]:
        if services is None or (item["name"] not in services and not _would_be_listed(item["name"])):
            say(item, f"{item['name']}: {told.get('services', 'the service manager could not be asked')}")
    return reasons


def _with_paths(desired):
    for kind in ("directories", "files", "links", "absent"):
        yield from desired[kind]
    for kind in ("prepare", "finish"):
        yield from (item for item in desired[kind] if item["creates"])


def plan(desired, snapshot):
    """Return the differences, in the order in which they would be mended.

    The files of ``desired`` carry their rendered ``data`` (bytes). What the snapshot does not know is no
    difference: unknown() tells about it.
    """
    paths, found = snapshot.get("paths") or {}, []
    for item in desired["packages"]:
        if snapshot.get("packages") is not None and item["name"] not in snapshot["packages"]:
            found.append(_difference("package", item["name"], item, ["not installed"]))
    for item in desired["directories"]:
        _compare(found, "directory", item, paths, {**_owned(item), "type": "directory"})
    for item in desired["prepare"]:
        _creates(found, item, paths)
    for item in desired["files"]:
        _compare(found, "file", item, paths, {**_owned(item), "type": "file"}, item["data"])
    for item in desired["links"]:
        _compare(found, "link", item, paths, {"type": "link", "target": item["target"]})
    for item in desired["absent"]:
        state = paths.get(item["path"], NOTHING)
        if state["type"] != "absent":
            why = [f"there is a {state['type']}, where nothing should be"]
            found.append(_difference("absent", item["path"], item, why, state, dict(NOTHING)))
    for item in desired["services"]:
        _service(found, item, snapshot.get("services"))
    for item in desired["finish"]:
        _creates(found, item, paths)
    return found


def _difference(kind, name, item, why, before=None, after=None):
    return {
        "kind": kind,
        "name": name,
        "control": item["control"],
        "why": why,
        "before": before,
        "after": after,
        "secret": bool(item.get("secret")),
    }


def _owned(item):
    return {key: item[key] for key in ("mode", "owner", "group")}


def _compare(found, kind, item, paths, wanted, data=None):
    state = paths.get(item["path"])
    if state is None:
        return
    if state["type"] != wanted["type"]:
        what = "does not exist" if state["type"] == "absent" else f"is a {state['type']} instead of a {wanted['type']}"
        why = [what]
    else:
        why = [
            f"{key} is {state[key]} instead of {wanted[key]}"
            for key in ("mode", "owner", "group", "target")
            if key in wanted and not _agrees(key, state, wanted[key])
        ]
        if data is not None and not same_content(state, data):
            why.insert(0, "content differs")
    if why:
        found.append(_difference(kind, item["path"], item, why, public(state), wanted))


def _agrees(key, state, wanted):
    if key in ("owner", "group") and wanted.isdigit():
        return str(state.get({"owner": "uid", "group": "gid"}[key])) == wanted
    return state[key] == wanted


def same_content(state, data):
    """Say whether a file's state is that of this content, by its plain or its salted fingerprint."""
    if state.get("sha256") is not None:
        return state["sha256"] == place.fingerprint(data)
    if state.get("digest") is not None:
        return state["digest"] == place.fingerprint(data, state["salt"])
    return False


def public(state):
    """Return a path's state without what could help to guess a secret content."""
    return {key: state.get(key) for key in ("type", "mode", "owner", "group", "target")}


def _creates(found, item, paths):
    if item["creates"] and paths.get(item["creates"], {}).get("type") == "absent":
        found.append(_difference("command", item["creates"], item, ["has not been made yet"]))


def _service(found, item, services):
    if services is None:
        return
    state = services.get(item["name"])
    if state is None:
        if not _would_be_listed(item["name"]):
            return
        state = MISSING
    why = []
    if item["enabled"] is True and state["enabled"] not in ENABLED:
        why.append("does not exist" if state["enabled"] == "absent" else f"is {state['enabled']} instead of enabled")
    if item["enabled"] is False and state["enabled"] in STARTS_AT_BOOT:
        why.append(f"is {state['enabled']} instead of disabled")
    if item["state"] == "started" and state["active"] not in RUNNING:
        why.append(f"is {state['active']} instead of started")
    if item["state"] == "stopped" and state["active"] in RUNNING:
        why.append(f"is {state['active']} instead of stopped")
    if why:
        wanted = {"enabled": item["enabled"], "state": item["state"]}
        found.append(_difference("service", item["name"], item, why, dict(state), wanted))


def words(difference):
    """Return one difference as a sentence part that a person reads."""
    return f"{difference['name']} {' and '.join(difference['why'])}"


def changed_paths(differences):
    """Return the paths that mending these differences writes to."""
    return [item["name"] for item in differences if item["kind"] in ("directory", "file", "link", "absent")]


def triggered(prefixes, changed, installed):
    """Say whether `on`, `reload_on` or `restart_on` covers something that changes."""
    if wishes.PACKAGES in prefixes and installed:
        return True
    return any(wishes.below(path, prefixes) for path in changed)


def runs(command, changed, installed):
    """Say whether a command of the visit runs: one that names no trigger always does."""
    return not command["on"] or triggered(command["on"], changed, installed)


def again(service, changed, installed):
    """Return what a running service needs for the change to count: "restart", "reload" or None."""
    if triggered(service["restart_on"], changed, installed):
        return "restart"
    return "reload" if triggered(service["reload_on"], changed, installed) else None
