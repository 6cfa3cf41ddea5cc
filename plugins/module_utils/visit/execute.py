# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One visit on the host: look again, stage, validate, swap in, bring into force - or put everything back."""

from __future__ import annotations

import os
import signal
import socket
import time

from ansible_collections.hearthwall.home.plugins.module_utils.host import (
    firewall,
    listeners,
    manifest,
    packages,
    paths,
    services,
)
from ansible_collections.hearthwall.home.plugins.module_utils.visit import (
    command,
    guard,
    journal,
    place,
    plan,
    redact,
    ruleset,
    staging,
    units,
)
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired as wishes

# What a visit needs beside the time limits of its own commands.
SLACK = 60
# How long a reload may take to show, in seconds, and how long old processes may take to leave.
SETTLE, SETTLE_AFTER = 2, 0.3
EXPECTED = (OSError, command.CommandError, place.PlaceError, journal.JournalError, ruleset.RulesetError)
TEXT_LIMIT = 256 * 1024


class VisitError(Exception):
    """The visit did not reach its goal; the text says why and how the host stands now."""

    def __init__(self, cause, standing, stuck=False):
        super().__init__(f"{cause} {standing}")
        self.cause, self.standing, self.stuck = cause, standing, stuck


class Interrupted(Exception):
    """Somebody asked this process to end."""


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
        recovered = self._recover()
        found = self.look()
        differences = plan.plan(self.desired, found)
        self._possible(found, differences)
        stale = [] if self.installed or recovered else self._stale(found)
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

    def _recover(self):
        """Put back what a visit that was cut short has left, and our own change that nobody confirmed."""
        recovered = []
        ours = {item["path"] for kind in ("directories", "files", "links", "absent") for item in self.desired[kind]}
        for left in journal.pending(self.home):
            folder = os.path.join(journal.base(self.home), left["id"])
            shared = sorted(ours.intersection(left["paths"]))
            ours_unconfirmed = left["state"] == "unconfirmed" and left["role"] == self.desired["role"]
            if left["state"] in ("unfinished", "stuck") or ours_unconfirmed:
                failures, _notes = journal.put_back(folder)
                if failures:
                    raise VisitError(
                        f"An earlier visit ({left['id']}) was cut short and cannot be put back: {'; '.join(failures)}.",
                        "This one changed nothing. Put the saved copies in place by hand, then remove that folder.",
                        stuck=True,
                    )
                guard.disarm(folder)
                recovered.append(left["id"])
            elif shared:
                raise VisitError(
                    f"A change of role {left['role']} to {', '.join(shared)} waits to be confirmed ({left['id']}).",
                    "Nothing was changed.",
                )
        journal.prune(self.home)
        staging.prune(self.home)
        return recovered

    def _possible(self, found, differences):
        missing = [item["name"] for item in differences if item["kind"] == "package"]
        if missing:
            raise VisitError(f"These packages are not installed: {', '.join(missing)}.", "Nothing was changed.")
        reasons = plan.unknown(self.desired, found)
        if reasons:
            told = "; ".join(reason for control in sorted(reasons) for reason in reasons[control])
            raise VisitError(f"What stands on the host could not be determined: {told}.", "Nothing was changed.")
        for item in differences:
            kind = (item["before"] or {}).get("type")
            if item["kind"] in ("file", "link", "directory") and kind not in _REPLACEABLE[item["kind"]]:
                raise VisitError(
                    f"{item['name']} is a {kind}, where a {item['kind']} should be.",
                    "Nothing was changed. Move it away by hand if nothing needs it.",
                )
        for item in self.desired["files"] + self.desired["directories"]:
            place.user_id(item["owner"])
            place.group_id(item["group"])

    def _stale(self, found):
        """Return what changed since the snapshot from which the controller planned."""
        told = []
        for path, state in found["paths"].items():
            before = (self.expected.get("paths") or {}).get(path)
            if before is not None and _essence(before) != _essence(state):
                told.append(path)
        # The service manager names what it was asked about by its other names too.
        asked = {name: state for name, state in (found["services"] or {}).items() if name in wishes.units(self.desired)}
        for name, state in asked.items():
            before = (self.expected.get("services") or {}).get(name, plan.MISSING)
            if any(before.get(key) != state[key] for key in ("active", "enabled")):
                told.append(name)
        return told

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
        restore_signals = _catch_signals()
        try:
            self._steps(differences, changed, due, result)
        except BaseException as error:
            _ignore_signals()
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
        self._services(changed)
        for item in self.desired["finish"]:
            if not item["creates"] or not os.path.lexists(item["creates"]):
                self._command("finish", item)
        self._health()
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

    def _services(self, changed):
        if not self.desired["services"]:
            return
        if units.below_unit_folders(changed):
            self.observer("daemon-reload")
            units.systemctl("daemon-reload")
        now = units.show(wishes.units(self.desired))
        for item in self.desired["services"]:
            name, state = item["name"], now[item["name"]]
            self.observer(f"service {name}")
            if item["enabled"] and state["enabled"] == "masked":
                units.systemctl("unmask", name)
            if item["enabled"] and state["enabled"] not in plan.ENABLED:
                units.systemctl("enable", name)
            if item["enabled"] is False and state["enabled"] in plan.STARTS_AT_BOOT:
                units.systemctl("disable", name)
            runs = state["active"] in units.RUNNING
            if item["state"] == "stopped":
                if runs or state["active"] == "failed":
                    units.systemctl("stop", name)
            elif not runs and item["state"] == "started":
                self._started(name, "start")
            elif runs:
                action = plan.again(item, changed, self.installed)
                if action:
                    members = _members(name)
                    self._started(name, "restart" if action == "restart" else "reload-or-restart")
                    if action == "reload":
                        _settle(name, members)
        after = units.show(wishes.units(self.desired))
        for item in self.desired["services"]:
            if item["state"] == "started" and after[item["name"]]["active"] not in units.RUNNING:
                raise command.CommandError(f"{item['name']} does not run{self._log(item['name'])}")

    def _started(self, name, verb):
        try:
            units.systemctl(verb, name)
        except command.CommandError as error:
            raise command.CommandError(f"{error}{self._log(name)}") from None

    @staticmethod
    def _log(name):
        """Return the last words of a unit, for the journal knows better than systemctl why."""
        try:
            text = command.run(
                ["journalctl", "--no-pager", "-q", "-o", "cat", "-n", "8", "-b", "-u", name], timeout=10
            ).strip()
        except command.CommandError:
            return ""
        return f"; it said: {text}" if text else ""

    def _health(self):
        """Every check has to succeed, and all of them once more: the first answer may still be the old state's."""
        for again in (False, True):
            for item in self.desired["health"]:
                self.observer(f"health {item['tcp'] or item['argv'][0]}")
                _healthy(item)
            if self.desired["health"] and not again:
                time.sleep(SETTLE_AFTER)

    def _put_back(self, error):
        cause = self.redacted(_cause(error))
        if not os.path.isdir(self.journal):
            return VisitError(f"{cause}.", "The change had been completed before.")
        touched = journal.read(self.journal)["touched"]
        failures, notes = journal.put_back(self.journal)
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
        return read_texts(wanted)

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


_REPLACEABLE = {
    "file": ("absent", "file", "link"),
    "link": ("absent", "file", "link"),
    "directory": ("absent", "directory"),
}


def read_texts(wanted):
    """Return {path: text} of files for a diff; what is no text or too long is said instead."""
    texts = {}
    for path in wanted:
        try:
            data = place.read(path)
            texts[path] = data.decode("utf-8") if len(data) <= TEXT_LIMIT else f"({len(data)} bytes)\n"
        except UnicodeDecodeError:
            texts[path] = "(not text)\n"
        except (OSError, place.PlaceError):
            texts[path] = ""
    return texts


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


def _essence(state):
    """What a state says about a path, comparable between two looks: salted fingerprints are not."""
    return {key: state.get(key) for key in ("type", "mode", "owner", "group", "sha256", "target")}


def _names_stage(check):
    return any(staging.PLACEHOLDER in word for word in check["argv"]) or not check["trees"]


def _connect(address, timeout):
    host, _colon, port = address.rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), timeout=timeout).close()


def _healthy(item):
    for attempt in range(1, int(item["retries"]) + 1):
        try:
            if item["tcp"]:
                _connect(item["tcp"], item["timeout"])
            else:
                command.run(item["argv"], timeout=item["timeout"])
            return
        except (OSError, command.CommandError) as error:
            if attempt >= item["retries"]:
                told = error if not item["secret"] else f"`{item['argv'][0]} …` failed"
                raise command.CommandError(f"not healthy after {attempt} attempts: {told}") from None
            time.sleep(item["delay"])


def _members(unit):
    """Return the processes of a unit."""
    found = set()
    for pid in os.listdir("/proc"):
        if pid.isdigit():
            try:
                with open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="replace") as text:
                    if listeners.unit_of(text.read()) == unit:
                        found.add(pid)
            except OSError:
                continue
    return found


def _settle(unit, before):
    """A reload is only asked for: give the unit time to act, less where its processes show that it has."""
    until = time.monotonic() + SETTLE
    while time.monotonic() < until and _members(unit) == before:
        time.sleep(0.05)
    time.sleep(SETTLE_AFTER)


def _text(data):
    return data.decode("utf-8", "replace")


def _cause(error):
    if isinstance(error, Interrupted):
        return "The visit was asked to end"
    text = str(error).strip().rstrip(".") or type(error).__name__
    return text if isinstance(error, EXPECTED) else f"{type(error).__name__}: {text}"


def _catch_signals():
    """Losing the controller must not leave half a change: carry on when it hangs up, put back when told to end."""

    def end(_number, _frame):
        raise Interrupted()

    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGHUP, signal.SIGPIPE)}
    before.update({number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)})

    def restore():
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def _ignore_signals():
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
