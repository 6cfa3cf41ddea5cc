# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All looks at one host in one go. A look that fails leaves its part unknown, never the snapshot broken.

The looks that only some hosts get are imported where they are taken: most hosts need none of them.
"""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.host import (
    budget,
    listeners,
    manifest,
    packages,
    paths,
    services,
    system,
)
from ansible_collections.hearthwall.home.plugins.module_utils.visit import clock, journal

SCHEMA = "hearthwall.snapshot/1"
BASE = ("system", "paths", "packages", "services", "listeners")
MORE = (
    "certificates",
    "front_door",
    "firewall",
    "home_assistant",
    "vetting",
    "updates",
    "cloud",
    "ways_in",
    "switch",
    "backup",
    "wireguard",
    "tailscale",
)


class Snapshot:
    """The looks that were asked for, and what they need to know."""

    def __init__(self, looks, parameters, home=manifest.HOME):
        self.looks = looks
        self.parameters = parameters
        self.home = home
        self.unknown = {}
        self.taken = {"schema": SCHEMA, "taken": clock.utc()}
        self.budget = budget.Budget(parameters.get("budget") or 4)

    def take(self):
        """Return the snapshot: every look asked for is in it, if only as None with its reason."""
        for look in (*BASE, *MORE):
            if look in self.looks:
                self.taken[look] = self._guarded(look)
        self.taken["pending"] = self._guarded("pending")
        self.taken["unknown"] = self.unknown
        return self.taken

    def _guarded(self, look):
        try:
            return getattr(self, f"_{look}")()
        except Exception as error:  # whatever a look trips over, the others still count
            self.unknown[look] = f"{type(error).__name__}: {error}"
            return None

    def _system(self):
        return system.look()

    def _paths(self):
        known = manifest.read(self.home)["paths"] if self.parameters.get("manifest", True) else {}
        wanted = dict.fromkeys([*known, *(self.parameters.get("paths") or [])])
        secret = [path for path, about in known.items() if about.get("secret")]
        secret += self.parameters.get("secret_paths") or []
        states, unknown = paths.look(wanted, secret)
        self.unknown.update((f"paths.{path}", reason) for path, reason in unknown.items())
        return states

    def _packages(self):
        return packages.look()

    def _services(self):
        if not services.supervised():
            self.unknown["services"] = "this host is not run by systemd"
            return None
        named = self.parameters.get("units") or []
        if not self.parameters.get("manifest", True):
            return services.look_at(named)
        return services.look([*manifest.read(self.home)["units"], *named])

    def _listeners(self):
        return listeners.look()

    def _certificates(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.host import certificates

        found, unknown = certificates.look(self.parameters.get("certificates") or [])
        self.unknown.update((f"certificates.{path}", reason) for path, reason in unknown.items())
        return found

    def _front_door(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.tls import front_door

        value, unknown = front_door.look_at_known()
        self.unknown.update((f"front_door.{part}", reason) for part, reason in unknown.items())
        return value

    def _firewall(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.host import firewall

        return firewall.look()

    def _home_assistant(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.ha import look as home_assistant

        value, unknown = home_assistant.look(self.parameters.get("home_assistant") or {}, self.budget)
        self.unknown.update(unknown)
        return value

    def _vetting(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.vetting import look as vetting

        place = (self.taken.get("home_assistant") or {}).get("config_dir")
        value, unknown = vetting.look({"config_dir": place, **(self.parameters.get("home_assistant") or {})})
        self.unknown.update(unknown)
        return value

    def _updates(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.updates import look as updates

        place = (self.taken.get("home_assistant") or {}).get("config_dir")
        value, unknown = updates.look({"config_dir": place, **(self.parameters.get("home_assistant") or {})})
        self.unknown.update(unknown)
        return value

    def _cloud(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa import look as cloud

        value, unknown = cloud.look((self.taken.get("home_assistant") or {}).get("config_dir"))
        self.unknown.update(unknown)
        return value

    def _ways_in(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import look as ways_in

        value, unknown = ways_in.look(self.parameters.get("ways_in") or {})
        self.unknown.update(unknown)
        return value

    def _switch(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.host import switch

        return switch.look()

    def _backup(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.backup import look as backup

        value, unknown = backup.look(self.parameters.get("backup") or {})
        self.unknown.update(unknown)
        return value

    def _wireguard(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.wireguard import look as wireguard

        value, unknown = wireguard.look()
        self.unknown.update((f"wireguard.{part}", reason) for part, reason in unknown.items())
        return value

    def _tailscale(self):
        from ansible_collections.hearthwall.home.plugins.module_utils.tailscale import look as tailscale

        value, unknown = tailscale.look()
        self.unknown.update((f"tailscale.{part}", reason) for part, reason in unknown.items())
        return value

    def _pending(self):
        return journal.pending(self.home)
