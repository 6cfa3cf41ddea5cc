# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desired state of one visit: checked as a whole, all mistakes at once, each naming its key."""

from __future__ import annotations

import os
import re

MODE = re.compile(r"^0?[0-7]{3,4}$")
CONTROL = re.compile(r"^HW-[A-Z0-9]+(?:-[A-Z0-9]+)*-\d{2}$")
NAME = re.compile(r"^[a-z_][a-z0-9_.-]*\$?$|^\d+$", re.IGNORECASE)
PACKAGE = re.compile(r"^[a-z0-9][a-z0-9+.-]+$")
ROLE = re.compile(r"^[a-z][a-z0-9_]*$")
UNIT = re.compile(r"^[A-Za-z0-9:_.\\@-]+$")
UNIT_KINDS = (".service", ".timer", ".socket", ".path", ".target", ".mount")
ADDRESS = re.compile(r"^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$")
STATES = ("started", "stopped")
RUNTIMES = ("nftables",)
PACKAGES = "packages"
STAGE = "{stage}"
REQUIRED = object()
# The kinds of which every item serves a control.
ITEMS = ("packages", "directories", "files", "links", "absent", "prepare", "services", "finish")
GUARD_TIMEOUT = (10, 3600)
KEYS = (
    "role",
    "control",
    "packages",
    "directories",
    "files",
    "links",
    "absent",
    "prepare",
    "validate",
    "commands",
    "services",
    "finish",
    "health",
    "guard",
    "runtime",
    "controls",
)


class DesiredError(Exception):
    """The description of a visit has mistakes; ``errors`` lists all of them."""

    def __init__(self, errors):
        super().__init__("; ".join(errors))
        self.errors = errors


class _Reader:
    def __init__(self):
        self.errors = []

    def wrong(self, key, text):
        self.errors.append(f"{key}: {text}")

    def mapping(self, key, value, fields):
        """Return the fields of a mapping: {name: (check, default)}; None if it is none."""
        if not isinstance(value, dict):
            self.wrong(key, f"must be a mapping, not {_kind(value)}")
            return None
        before = len(self.errors)
        for name in value:
            if name not in fields:
                self.wrong(f"{key}.{name}", f"is not known here: one of {', '.join(fields)}")
        found = {}
        for name, (check, default) in fields.items():
            given = value.get(name)
            if given is None:
                if default is REQUIRED:
                    self.wrong(f"{key}.{name}", "is missing")
                found[name] = default
            else:
                found[name] = check(f"{key}.{name}", given)
        return found if len(self.errors) == before else None

    def items(self, key, value, check):
        """Return the checked members of a list."""
        if value is None:
            return []
        if isinstance(value, (str, bytes, dict)) or not isinstance(value, (list, tuple)):
            self.wrong(key, f"must be a list, not {_kind(value)}")
            return []
        checked = [check(f"{key}[{number}]", item) for number, item in enumerate(value)]
        return [item for item in checked if item is not None]

    def text(self, key, value):
        if not isinstance(value, str):
            return self.wrong(key, f"must be text, not {_kind(value)}")
        if "\0" in value:
            return self.wrong(key, "holds a zero byte")
        return str(value)

    def matching(self, pattern, what):
        def check(key, value):
            value = self.text(key, value)
            if value is not None and not pattern.match(value):
                return self.wrong(key, f"{value!r} is not {what}")
            return value

        return check

    def path(self, key, value):
        value = self.text(key, value)
        if value is None:
            return None
        if not os.path.isabs(value) or value == "/" or os.path.normpath(value) != value or value.startswith("//"):
            return self.wrong(key, f"{value!r} is not an absolute path without '..', '//' or a slash at its end")
        return value

    def paths(self, key, value):
        return self.items(key, value, self.path)

    def prefixes(self, key, value):
        return self.items(key, value, lambda key, item: PACKAGES if item == PACKAGES else self.path(key, item))

    def mode(self, key, value):
        if isinstance(value, int):
            return self.wrong(key, f"{value!r} is a number: write the mode as quoted octal digits, such as '0644'")
        value = self.text(key, value)
        if value is None:
            return None
        if not MODE.match(value):
            return self.wrong(key, f"{value!r} is not a mode in octal digits, such as '0644'")
        return f"{int(value, 8):04o}"

    def owner(self, key, value):
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return str(value)
        return self.matching(NAME, "a user or group")(key, value)

    def yes_or_no(self, key, value):
        if not isinstance(value, bool):
            return self.wrong(key, f"must be true or false, not {_kind(value)}")
        return value

    def number(self, low, high):
        def check(key, value):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
                return self.wrong(key, f"must be a number from {low} to {high}, not {value!r}")
            return value

        return check

    def argv(self, key, value):
        if isinstance(value, str):
            return self.wrong(key, "must be a list of words, not one text: no shell reads it")
        words = self.items(key, value, lambda key, word: self.text(key, str(word) if _is_number(word) else word))
        if not words:
            return self.wrong(key, "must name a command")
        return words

    def unit(self, key, value):
        value = self.matching(UNIT, "the name of a unit")(key, value)
        if value is None:
            return None
        return value if value.endswith(UNIT_KINDS) else f"{value}.service"

    def one_of(self, choices):
        def check(key, value):
            if value not in choices:
                return self.wrong(key, f"{value!r} is not one of {', '.join(choices)}")
            return str(value)

        return check


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _kind(value):
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, (int, float)):
        return "a number"
    return "text" if isinstance(value, str) else type(value).__name__


def normalise(arguments):
    """Return the desired state in full, every default filled in; raise DesiredError with all mistakes."""
    read = _Reader()
    control = read.matching(CONTROL, "the id of a control, such as HW-PROXY-01")
    seconds = read.number(1, 3600)

    def package(key, value):
        if isinstance(value, str):
            value = {"name": value}
        return read.mapping(
            key,
            value,
            {"name": (read.matching(PACKAGE, "the name of a package"), REQUIRED), "control": (control, None)},
        )

    def directory(key, value):
        fields = {
            "path": (read.path, REQUIRED),
            "mode": (read.mode, "0755"),
            "owner": (read.owner, "root"),
            "group": (read.owner, "root"),
            "control": (control, None),
        }
        return read.mapping(key, value, fields)

    def file(key, value):
        fields = {
            "path": (read.path, REQUIRED),
            "template": (read.text, None),
            "content": (read.text, None),
            "mode": (read.mode, None),
            "owner": (read.owner, "root"),
            "group": (read.owner, "root"),
            "secret": (read.yes_or_no, False),
            "control": (control, None),
        }
        found = read.mapping(key, value, fields)
        if found is None:
            return None
        if (found["template"] is None) == (found["content"] is None):
            return read.wrong(key, "needs either template or content")
        found["mode"] = found["mode"] or ("0600" if found["secret"] else "0644")
        if found["secret"] and int(found["mode"], 8) & 0o007:
            return read.wrong(f"{key}.mode", f"{found['mode']} lets everybody at a secret file")
        return found

    def link(key, value):
        fields = {"path": (read.path, REQUIRED), "target": (read.text, REQUIRED), "control": (control, None)}
        return read.mapping(key, value, fields)

    def absent(key, value):
        if isinstance(value, str):
            value = {"path": value}
        return read.mapping(key, value, {"path": (read.path, REQUIRED), "control": (control, None)})

    def command(**more):
        def check(key, value):
            fields = {
                "argv": (read.argv, REQUIRED),
                "secret": (read.yes_or_no, False),
                "timeout": (seconds, 60),
            }
            return read.mapping(key, value, {**fields, **more})

        return check

    def service(key, value):
        if isinstance(value, str):
            value = {"name": value}
        fields = {
            "name": (read.unit, REQUIRED),
            "enabled": (read.yes_or_no, None),
            "state": (read.one_of(STATES), None),
            "reload_on": (read.prefixes, []),
            "restart_on": (read.prefixes, []),
            "control": (control, None),
        }
        return read.mapping(key, value, fields)

    def health(key, value):
        fields = {
            "argv": (read.argv, None),
            "tcp": (read.matching(ADDRESS, "an address and port, such as 127.0.0.1:443"), None),
            "secret": (read.yes_or_no, False),
            "retries": (read.number(1, 600), 10),
            "delay": (read.number(0, 60), 1),
            "timeout": (seconds, 10),
        }
        found = read.mapping(key, value, fields)
        if found is not None and (found["argv"] is None) == (found["tcp"] is None):
            return read.wrong(key, "needs either argv or tcp")
        return found

    def guard(key, value):
        fields = {"timeout": (read.number(*GUARD_TIMEOUT), 60)}
        return read.mapping(key, value, fields)

    def words(key, value):
        if not isinstance(value, dict):
            return read.wrong(key, f"must be a mapping, not {_kind(value)}")
        found = {}
        for name, about in value.items():
            if control(key, name):
                found[name] = read.mapping(f"{key}.{name}", about, {"expected": (read.text, None)})
        return found

    def listed(check):
        return lambda key, value: read.items(key, value, check)

    creates = {"creates": (read.path, None), "control": (control, None)}
    fields = {
        "role": (read.matching(ROLE, "the name of a role"), REQUIRED),
        "control": (control, REQUIRED),
        "packages": (listed(package), []),
        "directories": (listed(directory), []),
        "files": (listed(file), []),
        "links": (listed(link), []),
        "absent": (listed(absent), []),
        "prepare": (listed(command(**creates)), []),
        "validate": (listed(command(trees=(read.paths, []))), []),
        "commands": (listed(command(on=(read.prefixes, []))), []),
        "services": (listed(service), []),
        "finish": (listed(command(**creates)), []),
        "health": (listed(health), []),
        "guard": (guard, None),
        "runtime": (listed(read.one_of(RUNTIMES)), []),
        "controls": (words, {}),
    }
    desired = read.mapping("bundle", arguments, fields)
    if desired is not None:
        _whole(desired, read)
    if read.errors:
        raise DesiredError([error.removeprefix("bundle.") for error in read.errors])
    for kind in ITEMS:
        for item in desired[kind]:
            item["control"] = item["control"] or desired["control"]
    desired["directories"].sort(key=lambda item: item["path"])
    return desired


def _whole(desired, read):
    """What no item shows by itself: two of them for one path, or a file below a file."""
    claims = {}
    for kind in ("directories", "files", "links", "absent"):
        for item in desired[kind]:
            claims.setdefault(item["path"], []).append(kind)
    for path, kinds in claims.items():
        if len(kinds) > 1:
            read.wrong(kinds[1], f"{path} is described more than once ({', '.join(kinds)})")
    solid = [item["path"] for kind in ("files", "links", "absent") for item in desired[kind]]
    for path in claims:
        for other in solid:
            if path.startswith(other + "/"):
                read.wrong("files", f"{path} lies below {other}, which is not a directory")
    for kind in ("packages", "services"):
        names = [item["name"] for item in desired[kind]]
        for name in sorted({name for name in names if names.count(name) > 1}):
            read.wrong(kind, f"{name} is described more than once")
    for number, item in enumerate(desired["validate"]):
        if any(STAGE in word for word in item["argv"]) and not item["trees"]:
            read.wrong(f"validate[{number}].trees", f"is missing: {STAGE} is a copy of them")
    if not any(
        desired[kind]
        for kind in ("packages", "directories", "files", "links", "absent", "services", "finish", "prepare")
    ):
        read.wrong("bundle", "describes nothing")


def paths(desired):
    """Return every path whose state decides whether something differs, and those of them that are secret."""
    wanted = [item["path"] for kind in ("directories", "files", "links", "absent") for item in desired[kind]]
    wanted += [item["creates"] for kind in ("prepare", "finish") for item in desired[kind] if item["creates"]]
    # The key that a finishing step makes may lie there: nothing to read for us.
    secret = [item["path"] for item in desired["files"] if item["secret"]]
    secret += [item["creates"] for kind in ("prepare", "finish") for item in desired[kind] if item["creates"]]
    return list(dict.fromkeys(wanted)), list(dict.fromkeys(secret))


def units(desired):
    """Return the names of the units that the desired state speaks about."""
    return [item["name"] for item in desired["services"]]


def below(path, prefixes):
    """Say whether a path is one of the prefixes or lies below one."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in prefixes)
