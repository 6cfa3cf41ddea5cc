# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One visit on the host: look again, stage, validate, swap in, bring into force - or put everything back."""

from __future__ import annotations

import os

from ansible_collections.hearthwall.home.plugins.module_utils.host import (
    firewall,
    listeners,
    manifest,
    packages,
    paths,
    place,
    services,
)
from ansible_collections.hearthwall.home.plugins.module_utils.visit import (
    command,
    errors,
    guard,
    health,
    journal,
    plan,
    preconditions,
    recovery,
    redact,
    rollback,
    service_changes,
    signals,
    staging,
    texts,
    units,
)
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired as wishes
from ansible_collections.hearthwall.home.plugins.module_utils.visit.errors import VisitError

# What a visit needs beside the time limits of its own commands.
SLACK = 60


class Visit:
    """One desired state on this host.

    ``expected`` {"paths", "services"}: what the plan was made from; ``installed``: packages that this visit has
    brought; ``observer(step)`` is told of every step before it is taken.
    """

    def __init__(self, desired, expected=None, installed=(), home=journal.HOME, observer=None, show_before=False):
        self.desired = desired
        self.expected = expected or {}
        self.installed = list(installed)
        self.home = home
        self.observer = observer or (lambda step: None)
        self.show_before = show_before
        self.secrets = redact.fragments(
            [_text(item["data"]) for item in desired["files"] if item["secret"]]
            + [" ".join(item["argv"][1:]) for item in self._commands() if item.get("secret")]
        )
        self.contents = {item["path"]: item["data"] for item in desired["files"]}
        self.journal = None

    def _commands(self):
        for kind in ("prepare", "validate", "commands", "finish", "health"):
            yield from (item for item in self.desired[kind] if item.get("argv"))

    def look(self):
        """Return the part of the snapshot that this desired state speaks about, as it is now."""
        wanted, secret = wishes.paths(self.desired)
        states, unknown = paths.look(wanted, secret)
        names = wishes.units(self.desired)
        found = services.look_at(names) if names and units.supervised() else {} if not names else None
        installed = packages.look() if self.desired["packages"] else {}
        told = {f"paths.{path}": reason for path, reason in unknown.items()}
        return {"paths": states, "services": found, "packages": installed, "unknown": told}

    def run(self):
        """Bring the desired state about; return what was done."""
        place.put_directory(self.home, 0o700, os.geteuid(), os.getegid())
        with journal.locked(self.home, wait=120):
            return self._run()

    def _run(self):
        recovered = recovery.recover(self.desired, self.home)
        found = self.look()
        differences = plan.plan(self.desired, found)
        preconditions.refuse(self.desired, found, differences)
        stale = [] if self.installed or recovered else preconditions.stale(self.desired, found, self.expected)
        result = {
            "changed": bool(differences or recovered),
            "differences": differences,
            "replanned": stale,
            "recovered": recovered,
            "notes": [],
            "guard": None,
        }
        if not differences and not self.installed:
            return dict(result, **self._refreshed())
        if self.show_before:
            result["before"] = self._before(differences)
        self._apply(differences, result)
        self._remember()
        return dict(result, **self._refreshed())

    def _limit(self):
        limit = SLACK
        for item in self._commands():
            tries = item.get("retries", 1)
            limit += tries * (item["timeout"] + item.get("delay", 0))
        return limit

    def _apply(self, differences, result):
        changed = plan.changed_paths(differences)
        made = [
            item["creates"]
            for item in self.desired["prepare"]
            if item["creates"] and any(d["name"] == item["creates"] for d in differences)
        ]
        due = [item for item in self.desired["commands"] if plan.runs(item, changed, self.installed)]
        self.observer("journal")
        self.journal = journal.create(
            self.desired["role"],
            paths=list(dict.fromkeys([item["name"] for item in differences if item["kind"] == "directory"] + made))
            + [path for path in changed if not _is(differences, path, "directory")],
            unit_actions={item["name"]: self._again(item, changed) for item in self.desired["services"]},
            runtime=self.desired["runtime"],
            commands=[{"argv": item["argv"], "timeout": item["timeout"]} for item in due if not item["secret"]],
            home=self.home,
            limit=self._limit(),
        )
        self._came_with_packages()
        restore_signals = signals.catch()
        try:
            self._steps(differences, changed, due, result)
        except BaseException as error:
            signals.ignore()
            raise self._put_back(error) from None
        finally:
            restore_signals()

    def _again(self, service, changed):
        """Return what a unit needs when its files are back: nothing where what it loads is kept as it runs."""
        return None if self.desired["runtime"] else plan.again(service, changed, self.installed)

    def _came_with_packages(self):
        """A unit that a package of this visit brought was not there before: putting back stops and disables it."""
        known = self.expected.get("services") or {}
        if not self.installed:
            return
        book = journal.read(self.journal)
        for unit in book["units"]:
            if known.get(unit["name"], plan.MISSING)["enabled"] == "absent":
                unit.update(active="inactive", enabled="disabled")
        journal.update(self.journal, units=book["units"])

    def _steps(self, differences, changed, due, result):
        fresh = [d for d in differences if d["kind"] == "directory" and d["before"]["type"] == "absent"]
        for item in fresh:
            self.observer(f"make {item['name']}")
            _put(item, self.contents)
        for item in self.desired["prepare"]:
            if not item["creates"] or not os.path.lexists(item["creates"]):
                self._command("prepare", item)
        later = self._validate(differences)
        if self.desired["guard"]:
            self.observer("arm")
            result["guard"] = guard.arm(self.journal, self.desired["guard"]["timeout"])
        journal.update(self.journal, touched=True)
        for item in differences:
            if item["kind"] in ("directory", "file", "link", "absent") and item not in fresh:
                self.observer(f"swap {item['name']}")
                _put(item, self.contents)
        for item in later:
            self._command("validate", item)
        for item in due:
            self._command("command", item)
        service_changes.bring_up(self.desired, changed, self.installed, self.observer)
        for item in self.desired["finish"]:
            if not item["creates"] or not os.path.lexists(item["creates"]):
                self._command("finish", item)
        health.check(self.desired["health"], self.observer)
        self.observer("done")
        if self.desired["guard"]:
            result["guard"] = guard.await_confirmation(self.journal)
        else:
            journal.close(self.journal)

    def _command(self, what, item):
        self.observer(f"{what} {command.words(item['argv'][:1] if item['secret'] else item['argv'])}")
        try:
            command.run(item["argv"], timeout=item["timeout"])
        except command.CommandError as error:
            if item["secret"]:
                raise command.CommandError(
                    f"{what} `{item['argv'][0]} …` failed; what it said is withheld, for the command is secret"
                ) from None
            raise command.CommandError(f"{what}: {error}") from None

    def _validate(self, differences):
        """Run the validators; return those that can only be run after the swap on this host."""
        if not self.desired["validate"]:
            return []
        trees = [tree for item in self.desired["validate"] for tree in item["trees"]]
        in_place = [item for item in self.desired["validate"] if not _names_stage(item)]
        later = in_place if in_place and not staging.can_bind() else []
        with staging.stage(self.home, trees, differences, self.contents) as folder:
            for item in self.desired["validate"]:
                if item in later:
                    continue
                self.observer(f"validate {command.words(item['argv'])}")
                try:
                    staging.validate(folder, item)
                except command.CommandError as error:
                    told = str(error).replace(folder, "")
                    raise command.CommandError(f"the new configuration was refused: {told}") from None
        return later

    def _put_back(self, error):
        cause = self.redacted(errors.cause(error))
        if not os.path.isdir(self.journal):
            return VisitError(f"{cause}.", "The change had been completed before.")
        touched = journal.read(self.journal)["touched"]
        failures, notes = rollback.put_back(self.journal)
        guard.disarm(self.journal)
        if failures:
            told = self.redacted("; ".join(failures))
            return VisitError(f"{cause}.", f"Putting back failed too: {told}.", stuck=True)
        standing = "Everything was put back: the old state serves." if touched else "Nothing was swapped in."
        return VisitError(f"{cause}.", " ".join([standing, *(f"({note})" for note in notes)]))

    def redacted(self, message):
        """Return a message without any secret of this visit."""
        return redact.redact(message, self.secrets)

    def _before(self, differences):
        """Return {path: text} of what the public files that differ held."""
        wanted = [d["name"] for d in differences if d["kind"] == "file" and not d["secret"]]
        return texts.read(wanted)

    def _remember(self):
        role = self.desired["role"]
        wanted, secret = wishes.paths(self.desired)
        controls = {}
        for kind in wishes.ITEMS:
            for item in self.desired[kind]:
                controls[item.get("path") or item.get("creates")] = item["control"]
        entries = {path: {"role": role, "control": controls[path], "secret": path in secret} for path in wanted}
        manifest.add(entries, {name: {"role": role} for name in wishes.units(self.desired)}, home=self.home)

    def _refreshed(self):
        found = self.look()
        still = plan.plan(self.desired, found)
        # What a visit may change besides, so that the snapshot stays true.
        if self.desired["services"]:
            found["listeners"] = listeners.look()
        if self.desired["runtime"]:
            found["firewall"] = firewall.look()
        return {"now": found, "still": still}


def _is(differences, path, kind):
    return any(item["name"] == path and item["kind"] == kind for item in differences)


def _put(item, contents):
    after, path = item["after"], item["name"]
    if item["kind"] == "directory":
        place.put_directory(path, int(after["mode"], 8), after["owner"], after["group"])
    elif item["kind"] == "file":
        place.put_file(path, contents[path], int(after["mode"], 8), after["owner"], after["group"])
    elif item["kind"] == "link":
        place.put_link(path, after["target"])
    else:
        place.remove(path)


def _names_stage(check):
    return any(staging.PLACEHOLDER in word for word in check["argv"]) or not check["trees"]


def _text(data):
    return data.decode("utf-8", "replace")
