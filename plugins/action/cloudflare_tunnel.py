# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks Cloudflare, from the controller, where a tunnel leads and who stands in front; sets where it leads."""

from __future__ import annotations

import json

from ansible_collections.hearthwall.home.plugins.module_utils.cloudflare import credentials, ingress, judge
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import mended, verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.cloudflare.api import URL, Api, ApiError
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_assistant_action import plain
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

OPTIONS = {
    "hostname": {"type": "str", "required": True},
    "service": {"type": "str", "required": True},
    "origin": {"type": "dict", "default": {}},
    "token": {"type": "str", "no_log": True},
    "credentials": {"type": "dict", "no_log": True},
    "api_token": {"type": "str", "no_log": True},
    "api_url": {"type": "str", "default": URL},
    "access_bypass": {"type": "list", "elements": "str", "default": []},
    "direct": {"type": "bool", "default": False},
}


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(OPTIONS)

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        _spec, arguments = self.validate_argument_spec(OPTIONS)
        options = plain(arguments)
        tunnel = self._tunnel(options)
        snapshot = self.snapshot(task_vars)
        wanted = ingress.rules([options["hostname"]], options["service"], options["origin"])
        told = {"identifier": tunnel.identifier, "rules": wanted}
        spoken = judge.beside(snapshot) + ([judge.direct()] if options["direct"] else [])
        controls = [judge.ACCESS, *([judge.LEADS] if options["token"] else [])]
        if options["service"].endswith(":"):
            if not self._task.check_mode:
                self.refuse(f"{NOT_FOUND}.", "Set cloudflare_tunnel_service.")
            spoken += [verdict(control, "unknown", actual=NOT_FOUND) for control in (judge.LEADS, judge.ACCESS)]
            return self.answer(task_vars, spoken, tunnel=told)
        if not options["api_token"]:
            spoken += [verdict(control, "unknown", actual=judge.NOT_ASKED) for control in controls]
            return self.answer(task_vars, spoken, tunnel=told)
        asked, result, reason = [], {"tunnel": told}, ""
        try:
            self._ask(Api(options["api_token"], options["api_url"]), tunnel, wanted, options, asked, result)
        except ApiError as error:
            reason = str(error)
        known = {each["id"] for each in asked}
        asked += [verdict(control, "unknown", actual=reason) for control in controls if control not in known]
        front = next(each for each in asked if each["id"] == judge.ACCESS)
        reason = reason or (front["actual"] if front["status"] == "fail" else "")
        # One that is open already is a finding. None is opened that Cloudflare would let anybody into.
        if reason and not self._task.check_mode and not judge.is_open(snapshot):
            result.update(failed=True, msg=f"The tunnel stays closed: {reason.rstrip('.')}. {AGAIN}")
        return self.answer(task_vars, [*spoken, *asked], **result)

    def _tunnel(self, options):
        if bool(options["token"]) == bool(options["credentials"]):
            self.refuse("A tunnel is run with a token or with credentials, and one of them has to be given.", VAULT)
        name = "token" if options["token"] else "credentials"
        try:
            read = credentials.of_token if options["token"] else credentials.of_file
            return read(options[name])
        except credentials.Unusable as error:
            self.refuse(f"cloudflare_tunnel_{name} {error}.", VAULT)

    def _ask(self, api, tunnel, wanted, options, asked, result):
        """Add what Cloudflare says to the verdicts, and what was changed there to the result."""
        state = api.tunnel(tunnel) or {}
        if state.get("deleted_at"):
            raise ApiError("Cloudflare says that this tunnel was deleted: make a new one, and give its token")
        asked.append(judge.asked(api.applications(tunnel.account), options["hostname"], options["access_bypass"]))
        if not options["token"]:
            return
        config = api.configuration(tunnel)
        source = state.get("config_src") or ("local" if state.get("remote_config") is False else "cloudflare")
        asked.append(judge.leads(config, wanted, source))
        if asked[-1]["status"] != "fail":
            return
        after = ingress.amended(config, wanted)
        result.update(changed=True, diff=_diff(config, after))
        if not self._task.check_mode:
            api.configure(tunnel, after)
            asked[-1:] = mended(asked[-1:], [judge.leads(api.configuration(tunnel), wanted, source)])


NOT_FOUND = "Where Home Assistant listens was not found"
VAULT = "Set cloudflare_tunnel_token or cloudflare_tunnel_credentials in the home's vault."
AGAIN = "Mend that at Cloudflare, then run: ansible-playbook playbooks/site.yml --tags cloudflare_tunnel"


def _diff(before, after):
    header = "the tunnel's configuration at Cloudflare"
    texts = [json.dumps(each, indent=2, sort_keys=True) + "\n" for each in (before, after)]
    return {"before": texts[0], "after": texts[1], "before_header": header, "after_header": header}
