# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the looks at copies amount to: a verdict for each control. Pure."""

from __future__ import annotations

import calendar
import time

from ansible_collections.hearthwall.home.plugins.module_utils.backup import settings
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict

HOUR = 3600
DAY = 24 * HOUR
# A refused attempt is news for this long.
NEWS_DAYS = 30
SKEW = 12 * HOUR
FIRST_RELEASE = (2025, 1)


def seconds(text):
    """Return a time of a report as seconds since 1970."""
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


def by_itself(release):
    """Say whether a release of Home Assistant makes encrypted backups by itself."""
    try:
        return tuple(int(part) for part in str(release).split(".")[:2]) >= FIRST_RELEASE
    except ValueError:
        return True


def _ago(age):
    return f"{age / HOUR:.0f} h ago" if age >= HOUR else f"{max(0, age) / 60:.0f} min ago"


# Home Assistant's own backups.


def home_assistant(wanted, device, ha, unknown, known, mended=()):
    """Return the verdicts about Home Assistant's own backups; ``known``: whether its password is the kept one."""
    present = (device or {}).get("settings")
    expected = _declared(wanted)
    sealed = "archives are encrypted with the password that the control machine keeps"
    if ha is not None and not by_itself(ha.get("version")):
        actual = f"release {ha.get('version')} cannot; 2025.1 is the first that can: update Home Assistant"
        return [verdict("HW-BAK-01", "fail", expected, actual), verdict("HW-BAK-02", "fail", sealed, actual)]
    if present is None:
        why = unknown.get("backup.settings") or unknown.get("backup.device") or unknown.get("backup")
        why = why or unknown.get("home_assistant") or "Home Assistant's backup settings could not be read"
        return [verdict(each, "unknown", "", why) for each in ("HW-BAK-01", "HW-BAK-02")]
    differing = [key for key in settings.differing(present, wanted) if key != "unprotected"]
    actual = f"{_declared(present)}{'' if not differing else ' (differs: ' + ', '.join(differing) + ')'}"
    status = "fail" if differing else "pass"
    return [
        verdict("HW-BAK-01", status, expected, actual, ".storage/backup", "HW-BAK-01" in mended),
        _sealed(present, known, sealed, "HW-BAK-02" in mended),
    ]


def _declared(flat):
    when = "daily" if flat["recurrence"] == "daily" else ", ".join(flat["days"])
    if flat["recurrence"] == "never":
        return "no automatic backup"
    kept = [f"{flat['copies']} copies"] if flat["copies"] else []
    kept += [f"{flat['keep_days']} days"] if flat["keep_days"] else []
    what = "with" if flat["database"] else "without"
    return f"{when} at {flat['time'] or 'some time of the night'}, {what} history, keeps {' and '.join(kept) or 'all'}"


def _sealed(present, known, expected, mended):
    if present["password"] is None:
        return verdict("HW-BAK-02", "fail", expected, "no password is set: archives are open", ".storage/backup")
    if present["unprotected"]:
        actual = f"written in the clear to {', '.join(present['unprotected'])}"
        return verdict("HW-BAK-02", "fail", expected, actual, ".storage/backup")
    if not known:
        return verdict("HW-BAK-02", "fail", expected, "the password is one that is not kept here", ".storage/backup")
    return verdict("HW-BAK-02", "pass", expected, "encrypted everywhere", ".storage/backup", mended)


def leftovers(archives):
    """Return the verdict about archives that others than Home Assistant and root could read or that are not sealed."""
    expected = "no archive lies in the clear or for everybody to read"
    if archives is None:
        return verdict("HW-BAK-03", "unknown", expected, "the archives could not be looked at")
    open_ = [each["name"] for each in archives["found"] if each["encrypted"] is False]
    broken = [each["name"] for each in archives["found"] if each.get("broken")]
    shut = archives["mode"] is not None and not int(archives["mode"], 8) & 0o007
    readable = [] if shut else [each["name"] for each in archives["found"] if int(each["mode"], 8) & 0o004]
    findings = [
        f"{what}: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
        for what, names in (("not encrypted", open_), ("for everybody to read", readable), ("unreadable", broken))
        if names
    ]
    actual = "; ".join(findings) or f"{len(archives['found'])} archives, all sealed"
    return verdict("HW-BAK-03", "fail" if findings else "pass", expected, actual, archives["path"])


# Copies off the device.


def due(device, targets, taken, max_age_hours):
    """Return the targets that have no good copy that is young enough."""
    noted = ((device or {}).get("state") or {}).get("targets") or {}
    return [name for name in targets if _copy(noted.get(name), taken, max_age_hours)[0] != "pass"]


def _copy(about, taken, max_age_hours):
    """Return (status, words) of the copies at one target."""
    if not about or not about.get("attempted"):
        return "fail", "never copied"
    failed = f"; the last attempt failed: {about['error']}" if about.get("error") else ""
    if not about.get("succeeded"):
        return "fail", f"never succeeded{failed}"
    age = seconds(taken) - seconds(about["succeeded"])
    if age < -HOUR:
        return "fail", f"the last copy is dated {about['succeeded']}, which has not come yet: the clock was wrong"
    if age > max_age_hours * HOUR:
        return "fail", f"the last copy left {_ago(age)}{failed}"
    return ("fail" if failed else "pass"), f"the last copy left {_ago(age)}{failed}"


def _proof(about, taken, max_age_hours):
    if not about or not about.get("proved"):
        return "fail", "no copy was ever read back"
    age = seconds(taken) - seconds(about["proved"])
    proof = about.get("proof") or {}
    words = f"read back and decrypted {_ago(age)}: {proof.get('files', 0)} files"
    if age < -HOUR:
        return "fail", f"the last proof is dated {about['proved']}, which has not come yet: the clock was wrong"
    if not proof.get("accounts"):
        return "fail", f"{words}, and the accounts are not among them"
    return ("pass" if age <= max_age_hours * HOUR else "fail"), words


def device(found, targets, taken, now, max_age_hours, unknown, mended=False):
    """Return the verdicts about the copies that a device makes of itself."""
    expected4 = f"a copy to each target within {max_age_hours} h"
    expected5 = f"the copy at each target read back and decrypted within {max_age_hours} h"
    if not targets:
        actual = "no target is declared: everything is on one device"
        spoken = [verdict("HW-BAK-04", "fail", expected4, actual), verdict("HW-BAK-05", "fail", expected5, actual)]
        return [leftovers((found or {}).get("archives")), *spoken]
    if found is None:
        why = unknown.get("backup") or "the copies could not be looked at"
        return [verdict(each, "unknown", "", why) for each in ("HW-BAK-03", "HW-BAK-04", "HW-BAK-05")]
    skew = seconds(taken) - now
    noted = (found.get("state") or {}).get("targets") or {}
    spoken = [leftovers(found["archives"])]
    for control, expected, judged in (("HW-BAK-04", expected4, _copy), ("HW-BAK-05", expected5, _proof)):
        each = {name: judged(noted.get(name), taken, max_age_hours) for name in targets}
        status = "fail" if any(one[0] == "fail" for one in each.values()) else "pass"
        actual = "; ".join(f"{name}: {words}" for name, (_status, words) in each.items())
        if abs(skew) > SKEW:
            status, actual = "fail", f"this host's clock is {abs(skew) / HOUR:.0f} h off: no age can be told; {actual}"
        spoken.append(verdict(control, status, expected, actual, "/var/lib/hearthwall/backup/state.json", mended))
    return spoken


def places(found, targets, taken, expect, max_age_hours):
    """Return the verdict about copies and places: the home itself counts as one of each."""
    expected = _counted(expect)
    noted = ((found or {}).get("state") or {}).get("targets") or {}
    good = [each for each in targets if _copy(noted.get(each["name"]), taken, max_age_hours)[0] == "pass"]
    archives = ((found or {}).get("archives") or {}).get("found") or []
    here = 1 + (1 if any(each["encrypted"] for each in archives) else 0)
    counted = {
        "copies": here + len(good),
        "devices": 1 + len(good),
        "off_site": sum(1 for each in good if each.get("off_site", each["kind"] in ("s3", "rclone"))),
        # Elsewhere than at a store of ours, what a device may write it may delete too, unless the place prevents it.
        "append_only": sum(1 for each in good if each.get("append_only", each["kind"] == "store")),
    }
    enough = all(counted[key] >= expect[key] for key in counted)
    status = "pass" if enough else "fail"
    return verdict("HW-BAK-07", status, expected, _counted(counted), "the live data counts as a copy")


def _counted(about):
    return (
        f"{about['copies']} copies on {about['devices']} devices, {about['off_site']} of them elsewhere, "
        f"{about['append_only']} that this device cannot delete"
    )


def rehearsed(note, taken, max_age_days):
    """Return the verdict about the last rehearsal of a restore, as it was noted on the control machine."""
    expected = f"a restore rehearsed within {max_age_days} days, and nothing missing"
    if not note:
        return verdict("HW-BAK-13", "unknown", expected, "never rehearsed from this control machine")
    days = (seconds(taken) - seconds(note["when"])) / DAY
    minutes, rest = divmod(round(note["seconds"]), 60)
    actual = f"rehearsed {max(0, days):.0f} days ago in {minutes}:{rest:02d}"
    if note["differs"]:
        return verdict("HW-BAK-13", "fail", expected, f"{actual}; differed: {'; '.join(note['differs'])}")
    return verdict("HW-BAK-13", "pass" if days <= max_age_days else "fail", expected, actual)


# The store.


def upkeep_due(found, clients, taken, max_age_hours):
    """Return the clients whose repository was not checked lately."""
    repositories = (found or {}).get("repositories") or {}
    return [name for name in clients if _upkeep(repositories.get(name), taken, max_age_hours)[0] != "pass"]


def _upkeep(about, taken, max_age_hours):
    if not about or not about["initialised"]:
        return "fail", "has no repository yet"
    noted = about.get("upkeep") or {}
    if not noted.get("attempted"):
        return "fail", "never checked"
    if noted.get("error"):
        return "fail", f"the last check failed: {noted['error']}"
    age = seconds(taken) - seconds(noted["succeeded"])
    words = f"checked {_ago(age)}, {about['snapshots']} snapshots"
    if noted.get("not_thinned_out"):
        return "fail", f"{words}; not thinned out: {noted['not_thinned_out']}"
    return ("pass" if age <= max_age_hours * HOUR else "fail"), words


def _lost(about):
    lost = (about or {}).get("lost") or []
    if not lost:
        return "pass", "none is missing"
    return "fail", f"{len(lost)} gone or altered, not by this store: {', '.join(name[:8] for name in lost[:5])}"


def _refused(about, taken):
    found = (about or {}).get("refused") or {"count": 0, "last": None, "what": {}}
    if not found["count"]:
        return "pass", "nothing had to be refused"
    what = ", ".join(f"{count} × {name}" for name, count in sorted(found["what"].items()))
    words = f"{what} tried, last at {found['last']}"
    return ("fail" if seconds(taken) - seconds(found["last"]) < NEWS_DAYS * DAY else "pass"), words


def _arrival(about, taken, max_age_hours):
    newest = (about or {}).get("newest")
    if not newest:
        return "fail", "no copy has arrived"
    age = seconds(taken) - seconds(newest["arrived"])
    return ("pass" if -HOUR < age <= max_age_hours * HOUR else "fail"), f"the last copy arrived {_ago(age)}"


def store(found, clients, taken, max_age_hours, min_free_percent, unknown, mended=False):
    """Return the verdicts about the copies that a store keeps."""
    if found is None:
        why = unknown.get("backup") or "the copies could not be looked at"
        return [verdict(each, "unknown", "", why) for each in ("HW-BAK-10", "HW-BAK-11", "HW-BAK-12")]
    repositories = found.get("repositories") or {}

    def together(control, expected, *judges, more=()):
        each = [
            (name, *judge(repositories.get(name)))
            for name in clients
            for judge in judges
            if f"backup.store.{name}" not in unknown
        ]
        failed = any(status == "fail" for _name, status, _words in each) or any(item[0] == "fail" for item in more)
        unseen = [unknown[f"backup.store.{name}"] for name in clients if f"backup.store.{name}" in unknown]
        actual = "; ".join([f"{name}: {words}" for name, _status, words in each] + [item[1] for item in more] + unseen)
        status = "fail" if failed else "unknown" if unseen else "pass"
        return verdict(control, status, expected, actual, "/var/lib/hearthwall-backup", mended and status == "pass")

    return [
        together(
            "HW-BAK-10",
            f"every repository checked within {max_age_hours} h, no snapshot lost",
            lambda about: _upkeep(about, taken, max_age_hours),
            _lost,
        ),
        together("HW-BAK-11", "no client tried to take copies away", lambda about: _refused(about, taken)),
        together(
            "HW-BAK-12",
            f"copies arrive within {max_age_hours} h, and {min_free_percent} % of the space is free",
            lambda about: _arrival(about, taken, max_age_hours),
            more=[_space(found.get("space"), min_free_percent)],
        ),
    ]


def _space(space, least):
    if not space or not space["size"]:
        return "fail", "the space for copies could not be measured"
    free = 100 * space["free"] / space["size"]
    return ("pass" if free >= least else "fail"), f"{free:.0f} % free"
