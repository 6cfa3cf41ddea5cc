# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settles who may come through the tunnel before the server is visited, and says afterwards what holds."""

from __future__ import annotations

from datetime import datetime, timezone

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import mended
from ansible_collections.hearthwall.home.plugins.module_utils.wireguard import configuration, register
from ansible_collections.hearthwall.home.plugins.module_utils.wireguard.judge import judge
from ansible_collections.hearthwall.home.plugins.plugin_utils import home_vault
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import plain
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction
from ansible_collections.hearthwall.home.plugins.plugin_utils.wireguard import handover, keys, register_file
from ansible_collections.hearthwall.home.plugins.plugin_utils.wireguard.server import SPLIT, Server

PART = "wireguard"
KERNEL, USERSPACE = "kernel", "userspace"
UNIT = "hearthwall-wireguard.service"
# In a dry run, what has no key yet has this one: nothing is made that nobody keeps.
NOT_MADE = "(made when this is applied)"

SERVER = {
    "interface": {"type": "str", "default": "vpn"},
    "networks": {"type": "list", "elements": "str", "required": True},
    "port": {"type": "int", "default": 51820},
    "endpoint": {"type": "str", "required": True},
    "peers": {"type": "dict", "default": {}},
    "reach": {"type": "list", "elements": "dict"},
    "dns": {"type": "list", "elements": "str"},
    "mtu": {"type": "int", "default": 0},
    "keepalive": {"type": "int", "default": 25},
    "implementation": {"type": "str", "choices": ["auto", KERNEL, USERSPACE], "default": "auto"},
}


class ActionModule(VisitAction):
    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(
            {
                "step": {"type": "str", "choices": ["plan", "conclude"], "required": True},
                "server": {"type": "dict", "required": True, "options": SERVER},
                "vault_file": {"type": "path"},
                "show_qr": {"type": "bool", "default": False},
                "qr_directory": {"type": "path"},
                "look_again": {"type": "bool", "default": False},
            }
        )
        options = plain(arguments)
        options.update(options.pop("server"))
        self._options = options
        path = options["vault_file"] or home_vault.default_path(task_vars)
        if not path:
            self.refuse("There is no place to keep the keys of phones.", "Set hearthwall_home or wireguard_vault_file.")
        self._vault = home_vault.HomeVault(path, self._loader, keys.VARIABLE)
        self._register_path = register_file.place(path)
        self._register = register_file.read(self._register_path)
        self._server = Server(task_vars, options, self._register.get("addresses"))
        self._peers = {
            name: {"tunnel": SPLIT, "public_key": None, **(peer or {})} for name, peer in options["peers"].items()
        }
        for peer in self._peers.values():
            # A device that made its own key has no way to learn a second secret from here.
            peer["preshared"] = bool(peer.get("preshared", peer["public_key"] is None))
        if options["step"] == "plan":
            return self._plan(task_vars)
        return self._conclude(task_vars)

    def _plan(self, task_vars):
        snapshot = self.snapshot(task_vars)
        held = self._held()
        made = {} if self._task.check_mode else self._make(held)
        settled = self._settle({**held, **made})
        if made:
            self._vault.update(made)
        changed = settled != self._register
        if changed and not self._task.check_mode:
            # Whoever is to be let in has a number on record before the server knows him.
            register_file.write(self._register_path, settled)
        plan = {**self._server.plan(self._peers, settled), "implementation": self._implementation(snapshot)}
        return self.answer(task_vars, plan=plan, made=sorted(made), changed=changed)

    def _held(self):
        """Return what the vault holds; in a dry run without its password, nothing."""
        if self._task.check_mode and not self._vault.can_write():
            return {}
        return self._vault.read()

    def _make(self, held):
        """Return the entries of the vault that are missing, or whose key was revoked when the peer was last removed."""
        made = {}
        revoked = {entry["public_key"] for entry in self._register.get("retired") or ()}
        for name, peer in self._peers.items():
            entry = dict(held.get(name) or {})
            private = entry.get("private_key")
            if not peer["public_key"] and (not private or keys.public_key(private) in revoked):
                entry = {"private_key": keys.private_key()}
            if peer["preshared"] and not entry.get("preshared_key"):
                entry["preshared_key"] = keys.preshared_key()
            if entry != (held.get(name) or {}):
                made[name] = entry
        if made and not self._vault.can_write():
            self.refuse(
                f"The keys of {', '.join(sorted(made))} have to be kept, and this run has no vault password.",
                "Give --vault-password-file or --ask-vault-pass.",
            )
        return made

    def _settle(self, held):
        public, before = {}, self._register
        for name, peer in self._peers.items():
            private = (held.get(name) or {}).get("private_key")
            known = (before.get("peers") or {}).get(name, {}).get("public_key")
            public[name] = peer["public_key"] or (keys.public_key(private) if private else known or NOT_MADE)
        today = datetime.now(timezone.utc).strftime("%Y-%m-%d")
        try:
            settled = register.settle(self._peers, before, public, self._options["networks"], today)
        except register.RegisterError as error:
            self.refuse(str(error) + ".", " ".join(fix for _where, _what, fix in error.problems))
        return plain({**settled, "addresses": self._server.learned()})

    def _implementation(self, snapshot):
        if self._options["implementation"] != "auto":
            return self._options["implementation"]
        seen = snapshot.get(PART) or {}
        return USERSPACE if not seen.get("kernel", True) and seen.get("tun") else KERNEL

    def _conclude(self, task_vars):
        snapshot = self.snapshot(task_vars)
        settled = self._settle(self._held()) if self._task.check_mode else self._register
        plan = self._server.plan(self._peers, settled)
        before = verdicts = self._judged(snapshot, plan)
        if self._options["look_again"]:
            snapshot = self._looked_again(task_vars, snapshot)
            verdicts = self._judged(snapshot, plan)
        drifted = not self._task.check_mode and any(each["status"] == "fail" for each in verdicts)
        if drifted:
            # The files are as they should be, the running interface or its rules are not.
            self._reload(task_vars)
            snapshot = self._looked_again(task_vars, snapshot)
            verdicts = self._judged(snapshot, plan)
        verdicts = mended(before, verdicts)
        handed = [] if self._task.check_mode else self._hand_over(task_vars, snapshot, settled)
        return self.answer(task_vars, verdicts, snapshot=snapshot, configured=handed, changed=drifted)

    def _looked_again(self, task_vars, snapshot):
        more = self.visit("snapshot", {"looks": [PART, "firewall"], "manifest": False}, task_vars)["snapshot"]
        told = {key: text for key, text in (snapshot.get("unknown") or {}).items() if key.partition(".")[0] != PART}
        fresh = {PART: more[PART], "firewall": more["firewall"]}
        return {**snapshot, **fresh, "unknown": {**told, **more["unknown"]}}

    def _reload(self, task_vars):
        done = self.call("ansible.builtin.systemd_service", {"name": UNIT, "state": "reloaded"}, task_vars)
        if done.get("failed"):
            self.refuse(f"{UNIT} cannot be reloaded: {done.get('msg')}", f"See journalctl -u {UNIT} on the host.")

    @staticmethod
    def _judged(snapshot, plan):
        told, prefix = snapshot.get("unknown") or {}, f"{PART}."
        unknown = {key[len(prefix) :]: text for key, text in told.items() if key.startswith(prefix)}
        unknown[""] = told.get(PART, "the host was not looked at")
        return judge(snapshot.get(PART), unknown, (snapshot.get("firewall") or {}).get("ruleset"), plan)

    def _hand_over(self, task_vars, snapshot, settled):
        """Keep the server's public key on record; write every configuration that is new or not true any more."""
        server_key = ((snapshot.get(PART) or {}).get("key") or {}).get("public_key")
        server = {"host": str(task_vars["inventory_hostname"]), "public_key": server_key}
        if server_key and settled.get("server") != server:
            settled = {**settled, "server": server}
            register_file.write(self._register_path, settled)
        gone = [name for name in self._vault.read() if name not in self._peers]
        if gone:
            self._vault.discard(gone)
        if not settled["server"]:
            return []
        return self._configure(settled)

    def _configure(self, settled):
        written, held = {}, self._vault.read()
        for name, peer in self._peers.items():
            entry = held.get(name) or {}
            if not entry.get("private_key"):
                continue
            config = configuration.device(
                entry["private_key"],
                register.own(register.addresses(settled["peers"][name]["number"], self._options["networks"])),
                self._server.dns(),
                self._options["mtu"],
                settled["server"]["public_key"],
                self._endpoint(),
                self._server.routes(peer["tunnel"]),
                peer.get("keepalive", self._options["keepalive"]),
                entry.get("preshared_key") if peer["preshared"] else None,
            )
            if config != entry.get("config"):
                written[name] = {**entry, "config": config}
        if written:
            self._vault.update(written)
            self._show({name: entry["config"] for name, entry in written.items()})
        return sorted(written)

    def _endpoint(self):
        endpoint = self._options["endpoint"]
        host = f"[{endpoint}]" if endpoint.count(":") > 1 and not endpoint.startswith("[") else endpoint
        return f"{host}:{self._options['port']}"

    def _show(self, configs):
        """Show the codes to hand over on the screen alone: not in the log, not in the result."""
        for name, config in configs.items():
            if self._options["show_qr"]:
                self._display.display(f"WireGuard for {name}:\n{handover.on_screen(config)}", screen_only=True)
            if self._options["qr_directory"]:
                handover.as_picture(config, self._options["qr_directory"], name)
