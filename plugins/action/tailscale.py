# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settles what a host's Tailscale is to be like before it is installed; then brings it there, and says what holds."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import broken_off, mended
from ansible_collections.hearthwall.home.plugins.module_utils.tailscale import plan
from ansible_collections.hearthwall.home.plugins.module_utils.tailscale.judge import judge
from ansible_collections.hearthwall.home.plugins.plugin_utils import home_vault
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import plain
from ansible_collections.hearthwall.home.plugins.plugin_utils.tailscale import key_source
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

PART = "tailscale"
OAUTH, LASTING = "tskey-client-", "ephemeral=false&preauthorized=true"
KEYS_PAGE = "https://login.tailscale.com/admin/settings/keys"
UNTOUCHED = "Every other way in is as it was."
NOT_FETCHED = "(fetched and held against the pinned fingerprint when this is applied)\n"

NODE = {
    "tags": {"type": "list", "elements": "str", "required": True},
    "hostname": {"type": "str", "default": ""},
    "routes": {"type": "list", "elements": "str", "default": []},
    "exit_node": {"type": "bool", "default": False},
    "accept_dns": {"type": "bool", "default": False},
    "accept_routes": {"type": "bool", "default": False},
    "ssh": {"type": "bool", "default": False},
    "auto_update": {"type": "bool", "default": True},
    "lock": {"type": "str", "choices": ["any", "required"], "default": "any"},
    "serve": {"type": "bool", "default": False},
    "serve_port": {"type": "int", "default": 443},
    "serve_target": {"type": "str"},
}
REPOSITORY = {
    "url": {"type": "str", "required": True},
    "key_url": {"type": "str", "required": True},
    "key_file": {"type": "path"},
    "fingerprint": {"type": "str", "required": True},
}


class ActionModule(VisitAction):
    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(
            {
                "step": {"type": "str", "choices": ["plan", "conclude"], "required": True},
                "node": {"type": "dict", "required": True, "options": NODE},
                "repository": {"type": "dict", "required": True, "options": REPOSITORY},
                "auth_key": {"type": "str", "no_log": True},
                "oauth_secret": {"type": "str", "no_log": True},
                "look_again": {"type": "bool", "default": False},
            }
        )
        self._options = plain(arguments)
        snapshot = self.snapshot(task_vars)
        if self._options["step"] == "plan":
            return self.answer(task_vars, repository=self._repository(snapshot, task_vars))
        return self._conclude(snapshot, task_vars)

    # Before the visit

    def _repository(self, snapshot, task_vars):
        wanted, system = self._options["repository"], snapshot.get("system") or {}
        system = {name: system.get(name) or "" for name in ("distribution", "codename")}
        return {
            "url": wanted["url"].format(**system),
            "suite": system["codename"],
            "host": urlsplit(wanted["url"]).hostname or "",
            "key": self._signing_key(snapshot, task_vars, wanted, system),
        }

    def _signing_key(self, snapshot, task_vars, wanted, system):
        """Return the key as text; empty where the host has it already and there is nothing to compare it with."""
        path = wanted["key_file"] or self._beside_the_vault(task_vars)
        try:
            text = key_source.kept(path, wanted["fingerprint"])
            if text is None and ((snapshot.get(PART) or {}).get("keyring")) == [self._wish_fingerprint()]:
                return ""
            if text is None and self._task.check_mode:
                return NOT_FETCHED
            return text or key_source.fetch(wanted["key_url"].format(**system), path, wanted["fingerprint"])
        except key_source.KeySourceError as error:
            self.refuse(str(error), error.fix)

    def _beside_the_vault(self, task_vars):
        place = home_vault.default_path(task_vars)
        if not place:
            self.refuse("There is no place to keep Tailscale's signing key.", "Set tailscale_signing_key_file.")
        return os.path.join(os.path.dirname(place), key_source.NAME)

    # After it

    def _conclude(self, snapshot, task_vars):
        wish = self._wish(snapshot, task_vars)
        if self._options["look_again"]:
            snapshot = self._looked_again(task_vars, snapshot)
        before = verdicts = self._judged(snapshot, wish)
        differing = plan.steps(snapshot.get(PART), wish) if snapshot.get(PART) else []
        result = {"changed": bool(differing), "steps": [step for step, _have, _want in differing]}
        if self._task.diff and differing:
            result["diff"] = [_diff(differing)]
        if not differing or self._task.check_mode:
            return self.answer(task_vars, verdicts, snapshot=snapshot, **result)
        key = self._key(differing)
        done = self.visit("tailscale_visit", {"wish": wish, "key": key}, task_vars)
        snapshot = _merged(snapshot, done)
        verdicts = mended(before, self._judged(snapshot, wish))
        result.update(changed=bool(done["done"]), steps=done["done"])
        if done["broken"]:
            msg = self._words(done["broken"], task_vars)
            spoken = {each["id"]: each for each in verdicts}
            spoken.update({each["id"]: each for each in broken_off(verdicts, done["broken"]["step"], msg)})
            return self.answer(task_vars, list(spoken.values()), snapshot=snapshot, **result, failed=True, msg=msg)
        return self.answer(task_vars, verdicts, snapshot=snapshot, **result)

    def _wish(self, snapshot, task_vars):
        wanted = dict(self._options["node"])
        port, target = wanted.pop("serve_port"), wanted.pop("serve_target")
        serve = None
        if wanted.pop("serve"):
            serve = {"port": port, "target": target or self._home_assistant(snapshot, task_vars)}
        return {**wanted, "serve": serve, "fingerprint": self._wish_fingerprint()}

    def _wish_fingerprint(self):
        return self._options["repository"]["fingerprint"].replace(" ", "").upper()

    def _home_assistant(self, snapshot, task_vars):
        """Return Home Assistant's own address, on the port it is to have, or has; None where a dry run finds none."""
        found = snapshot.get("home_assistant") or {}
        port = (self._templar.template(task_vars.get("exposure_http")) or {}).get("server_port") or found.get("port")
        if not port:
            if self._task.check_mode:
                return None
            fix = "Start Home Assistant, or set tailscale_serve_target."
            self.refuse("Where Home Assistant listens was not found, so it cannot be served.", fix)
        stable = (found.get("http") or {}).get("stable") or {}
        # Its own certificate is for its own name; on the loopback nobody can stand in between.
        scheme = "https+insecure" if stable.get("ssl_certificate") else "http"
        return f"{scheme}://127.0.0.1:{port}"

    def _key(self, differing):
        """Return what lets the host in; None where it is in already."""
        if plan.JOIN not in {step for step, _have, _want in differing}:
            return None
        oauth = self._options["oauth_secret"]
        if oauth:
            # Without these the device would be gone after its first hour offline, or wait for somebody to approve it.
            return oauth if "?" in oauth else f"{oauth}?{LASTING}"
        if not self._options["auth_key"]:
            self.refuse(
                "The host is not in the tailnet, and there is no key to let it in.",
                f"Make one at {KEYS_PAGE} ({self._kind()}) and set tailscale_auth_key in the home's vault.",
            )
        return self._options["auth_key"]

    def _words(self, broken, task_vars):
        again = f"ansible-playbook playbooks/site.yml --limit {task_vars['inventory_hostname']} --tags tailscale"
        cause = broken["cause"].rstrip(".")
        if broken["step"] == plan.SERVE:
            mend = "What was served before is served again. Turn HTTPS certificates on in the admin console (DNS)"
        elif broken["step"] != plan.JOIN:
            mend = "See journalctl -u tailscaled on the host"
        elif self._options["oauth_secret"]:
            mend = f"{UNTOUCHED} The client of tailscale_oauth_secret needs the scope auth_keys and {self._tags()}"
        else:
            mend = (
                f"{UNTOUCHED} The key in tailscale_auth_key is wrong, has expired, or was used already: make a new one"
                f" at {KEYS_PAGE} ({self._kind()}) and put it into the vault (ansible-vault edit)"
            )
        return f"Tailscale, {broken['step']}: {cause}. {mend}; then run: {again}"

    def _tags(self):
        return f"the tag {', '.join(self._options['node']['tags'])}"

    def _kind(self):
        return f"one-off, pre-approved, with {self._tags()}"

    def _looked_again(self, task_vars, snapshot):
        more = self.visit("snapshot", {"looks": [PART], "manifest": False}, task_vars)["snapshot"]
        return _merged(snapshot, {PART: more[PART], "unknown": _own(more["unknown"])})

    @staticmethod
    def _judged(snapshot, wish):
        unknown = _own(snapshot.get("unknown") or {})
        return judge(snapshot.get(PART), {"": "the host was not looked at", **unknown}, wish)


def _own(unknown):
    """Return what is not known of Tailscale, {part: reason}; '' for all of it."""
    return {key.partition(".")[2]: text for key, text in unknown.items() if key.partition(".")[0] == PART}


def _merged(snapshot, found):
    told = {key: text for key, text in (snapshot.get("unknown") or {}).items() if key.partition(".")[0] != PART}
    fresh = {f"{PART}.{part}" if part else PART: text for part, text in found["unknown"].items()}
    return {**snapshot, PART: found[PART], "unknown": {**told, **fresh}}


def _diff(differing):
    before = "".join(f"{step}: {have or 'not set'}\n" for step, have, _want in differing)
    after = "".join(f"{step}: {want or 'none'}\n" for step, _have, want in differing)
    return {"before_header": PART, "after_header": PART, "before": before, "after": after}
