# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Gathers the ways into Home Assistant from what this run has seen and judged of every host of the home."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa import plan as cloud
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import agents, census, router
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.declared import leads_to
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.probe import USUAL
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import read
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import RUN, VERDICTS, run_id

# The controls of Home Assistant's host and of the router that say whether something undeclared leads in.
HOST_CONTROLS = {"HW-WAY-05": "the port of Home Assistant", "HW-WAY-06": "what listens beside it"}
ROUTER_CONTROL = ("HW-WAY-07", "the router's forwards, mappings and IPv6 paths")
# Those of the ways in that Hearthwall serves: what they let in beyond what is declared.
SERVED = (
    ("wireguard", "HW-WG-01", "WireGuard"),
    ("cloudflare_tunnel", "HW-CF-03", "the Cloudflare Tunnel"),
    ("tailscale", "HW-TS-03", "Tailscale Funnel"),
    ("tailscale", "HW-TS-04", "Tailscale"),
)
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what others listen on


class Gatherer:
    """The ways of one home, gathered for one of its Home Assistants."""

    def __init__(self, home, task_vars, allowed_agents):
        self.home, self.allowed = home, allowed_agents
        self._own = task_vars.get("ansible_facts", {})
        self._wish = home.wish()

    def census(self):
        """Return a Census."""
        found = census.Census(declared=[str(way) for way in self._wish.ways if way.from_wan])
        if "haos" in self.home.members[self.home.host]:
            # Nobody can look at its ports from inside: the router and the networks keep others from them.
            found.beyond.append("Home Assistant OS is not tried from outside")
        else:
            for control, about in HOST_CONTROLS.items():
                found.speaks(self._said(self.home.host, control), about)
        self._router(found)
        self._served(found)
        self._agents(found)
        self._cloud(found)
        return found

    def _router(self, found):
        hosts = self.home.group("router")
        if not hosts:
            found.beyond.append("the router is none that Hearthwall reads (group router): its forwards are not known")
        for host in hosts:
            if self.home.snapshot_of(host):
                found.speaks(self._said(host, ROUTER_CONTROL[0]), ROUTER_CONTROL[1])

    def _served(self, found):
        for group, control, about in SERVED:
            for host in self.home.group(group):
                spoken = self._said(host, control)
                # With --tags, a role that was not played has said nothing; its service is listed below.
                if spoken is not None:
                    found.speaks(spoken, f"{about} on {host}")

    def _agents(self, found):
        # A member without a group is none that a run looks at.
        for host, groups in sorted((host, groups) for host, groups in self.home.members.items() if groups):
            seen = self.home.snapshot_of(host)
            if not seen:
                found.beyond.append(f"{host} was not looked at in this run")
            elif "haos" in groups:
                self._apps(found, host, (seen.get("supervisor") or {}).get("apps"))
            elif seen.get("services") is None:
                found.blind.append(f"what runs on {host} was not seen")
            for unit, what, group in agents.running(seen.get("services") or {}):
                declared = unit in self.allowed or (group and group in groups)
                (found.declared if declared else found.undeclared).append(f"{what} on {host} ({unit})")

    def _apps(self, found, host, apps):
        if apps is None:
            found.blind.append(f"the apps of {host} were not seen")
        meant = {*self.allowed, *(read(self.home.hostvars, host, "apps_declared") or {})}
        for slug, name in agents.started(apps or []):
            declared = slug in meant or slug.partition("_")[2] in meant
            (found.declared if declared else found.undeclared).append(f"{name} on {host} (app {slug})")

    def _cloud(self, found):
        snapshot = self.home.snapshot_of(self.home.host)
        kept = snapshot.get("cloud")
        if snapshot.get("home_assistant") is None:
            # Where Home Assistant was not found, HW-CLOUD-01 says so.
            return
        if kept is None:
            found.blind.append("what Home Assistant Cloud may do was not seen")
        elif not cloud.absent(kept) and kept["prefs"]["remote_enabled"]:
            declared = read(self.home.hostvars, self.home.host, "nabu_casa_remote") is True
            (found.declared if declared else found.undeclared).append("remote access through Home Assistant Cloud")

    def _said(self, host, control):
        """Return what this run has said of a control of a host; None where it has not."""
        facts = self._own if host == self.home.host else read(self.home.hostvars, host, "ansible_facts") or {}
        return (facts.get(VERDICTS) or {}).get(control) if facts.get(RUN) == run_id() else None

    # -- from outside -----------------------------------------------------------------------------------------

    def targets(self, given):
        """Return (addresses to try, why others cannot be)."""
        if given:
            return list(given), []
        public, blind = [], []
        for host in self.home.group("router"):
            for address in self._sight(host).wan_addresses:
                if census.is_public(address):
                    public.append(address)
                else:
                    blind.append(f"{address} of {host} is no address of the internet (set exposure_public_addresses)")
        public += [address for address in self._wish.addresses if ":" in address and census.is_public(address)]
        if not public and not blind:
            blind.append("the home's public address is not known (set exposure_public_addresses)")
        return list(dict.fromkeys(public)), blind

    def ports(self, more):
        """Return the ports to try: those that lead somewhere, and those that everybody tries."""
        found = {*USUAL, *more, *self._wish.ports}
        for way in self._wish.ways:
            found |= {way.port, way.to_port}
        for host in self.home.group("router"):
            listed = (self.home.snapshot_of(host).get("ways_in") or {}).get("forwards") or []
            found |= {int(entry["port"]) for entry in listed if str(entry["port"]).isdigit()}
        return sorted(found)

    def expected(self, addresses):
        """Return (declared ways, what is no way to Home Assistant), each as {(address, port): what it is}."""
        others = {}
        for host in self.home.group("router"):
            for address in self._sight(host).wan_addresses:
                others.update({(address, port): what for port, what in self._beside(host, address).items()})
        declared = {
            (address, way.to_port if address in way.addresses else way.port): way.name
            for way in self._wish.ways
            if way.from_wan and way.protocol == "tcp"
            for address in addresses
        }
        return declared, others

    def _beside(self, host, address):
        """Return {port: what it is} of what a router answers itself, or passes on to somebody else."""
        seen, found = self.home.snapshot_of(host), {}
        for each in seen.get("listeners") or []:
            if each["proto"] == "tcp" and each["address"] in (address, *EVERYWHERE):
                found[each["port"]] = f"{host} itself, {each['unit'] or each['process'] or 'unknown'}"
        for entry in (seen.get("ways_in") or {}).get("forwards") or []:
            if entry["proto"] != "tcp" or not entry.get("running", True) or not str(entry["port"]).isdigit():
                continue
            if leads_to(entry, self._wish.addresses, self._wish.ports):
                found.pop(int(entry["port"]), None)
            else:
                found[int(entry["port"])] = f"to {entry['to_address']}"
        return found

    def inside(self):
        """Return the home's own networks, as its routers know them."""
        return [network for host in self.home.group("router") for network in self._sight(host).inside]

    def _sight(self, host):
        return router.sight(self.home.part_of(host, "ways_in"), self._wish.wan, self._wish.addresses)
