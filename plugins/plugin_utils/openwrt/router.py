# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An OpenWrt router as a controller sees it: shell text in, parts out. Nothing is installed on it, not even Python."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import uci

HERE = Path(__file__).parent
MARK = "@@ "


class RouterError(Exception):
    """The router refused, or said something that is no answer."""


class Router:
    """``shell`` runs text in the router's shell and returns (return code, standard output, standard error)."""

    def __init__(self, shell):
        self._shell = shell

    def look(self):
        """Return the router's state."""
        return State(self._call("look"))

    def attempt(self, batch, files, digest):
        """Return what fw4 would load with a batch: (ruleset text, what it complained of, other files' rules)."""
        parts = self._call("try", digest, " ".join(files), text="\n".join(batch))
        return parts.get("fw4", ""), parts.get("said", ""), parts.get("included", "")

    def apply(self, identity, seconds, digest, batch, files):
        """Make a batch the configuration and let it take effect, until it is confirmed or the time is over."""
        self._call("apply", identity, str(seconds), digest, text="\n".join(batch), sent=_functions(files))

    def confirm(self, identity):
        """Keep what was applied."""
        self._call("confirm", identity)

    def restore(self, reason):
        """Put the old configuration back at once."""
        return self._call("restore", reason).get("guard", "").strip()

    def _call(self, verb, *arguments, text="", sent=()):
        script = [(HERE / "router.sh").read_text(encoding="utf-8"), *sent]
        words = " ".join(shlex.quote(word) for word in (verb, *arguments))
        script += [f"{words} <<'HEARTHWALL_BATCH'", *([text] if text else []), "HEARTHWALL_BATCH", ""]
        code, said, complaint = self._shell("\n".join(script))
        parts = _parts(said)
        if "failed" in parts:
            raise RouterError(parts["failed"].strip())
        if code or "end" not in parts:
            raise RouterError(f"{verb} ended with {code}: {(complaint or said).strip()[-300:] or 'it said nothing'}")
        return parts


def _functions(files):
    """Return shell functions: `guard` prints what lies on the flash while a change waits, `files` writes includes."""
    yield from ("guard() {", "cat <<'HEARTHWALL_GUARD'", (HERE / "guard.sh").read_text(encoding="utf-8").rstrip("\n"))
    yield from ("HEARTHWALL_GUARD", "}", "files() {")
    for path, text in files.items():
        yield from (f"cat >\"$root\"{shlex.quote(path)} <<'HEARTHWALL_FILE'", text.rstrip("\n"), "HEARTHWALL_FILE")
    yield from (":", "}")


class State:
    """What a router has: its configuration, the rules that run, what waits to be confirmed."""

    def __init__(self, parts):
        self.parts = parts
        self.sections = uci.parse(parts.get("uci", ""))
        self.digest = parts.get("digest", "").strip()
        self.pending = parts.get("pending", "").strip()
        self.complaints = parts.get("said", "")
        self.guard = parts.get("guard", "").strip()

    @property
    def wireless(self):
        """The wireless networks that are on: [(the networks they are part of, whether their clients are separated)]."""
        found = {}
        for line in self.parts.get("radios", "").splitlines():
            place, _equals, value = line.partition("=")
            section, _dot, option = place.rpartition(".")
            found.setdefault(section, {})[option] = value.replace("'", "")
        on = [each for each in found.values() if each.get("disabled") != "1" and "network" in each]
        return [(each["network"].split(), each.get("isolate") == "1") for each in on]

    @property
    def controller(self):
        """The address that the router sees this machine at, and the port of its own that is asked; None without SSH."""
        said = self.parts.get("connection", "").split()
        return {"address": said[0], "port": int(said[3])} if len(said) == 4 else None

    @property
    def files(self):
        """The files that Hearthwall lets fw4 include: {path: text}."""
        return {name[len("file ") :]: text for name, text in self.parts.items() if name.startswith("file ")}

    @property
    def ruleset(self):
        """The document of `nft -j list ruleset`; None where it could not be read."""
        try:
            return json.loads(self.parts.get("nft", ""))
        except ValueError:
            return None


def _parts(text):
    found, name = {}, None
    for line in text.splitlines(keepends=True):
        if line.startswith(MARK):
            name = line[len(MARK) :].strip()
            found[name] = ""
        elif name:
            found[name] += line
    return found
