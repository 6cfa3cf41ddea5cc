# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a module does on a Linux host, done through the API of Home Assistant OS: one function for each module.

Each takes the module's arguments and ``again(base_url, credentials)``, which looks anew; returns what the module would.
"""

from __future__ import annotations

import json

from ansible_collections.hearthwall.home.plugins.module_utils.backup.declare import Declaration
from ansible_collections.hearthwall.home.plugins.module_utils.ha import sealed
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administration import administration
from ansible_collections.hearthwall.home.plugins.module_utils.ha.administrator import (
    Credentials,
    log_in_as_administrator,
)
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import CommandFailed
from ansible_collections.hearthwall.home.plugins.module_utils.haos import apps_plan
from ansible_collections.hearthwall.home.plugins.module_utils.haos.accounts_visit import AccountsVisitByApi
from ansible_collections.hearthwall.home.plugins.module_utils.haos.backups import OPENS, SHUT
from ansible_collections.hearthwall.home.plugins.module_utils.haos.supervisor import Supervisor
from ansible_collections.hearthwall.home.plugins.module_utils.haos.trial import TrialFromAfar
from ansible_collections.hearthwall.home.plugins.module_utils.haos.update import SupervisedUpdate
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa import asked
from ansible_collections.hearthwall.home.plugins.module_utils.nabu_casa.declare import declare

PROOF = 120  # seconds that fetching the head of a copy from its agent may take


def _credentials(arguments):
    held = json.loads(arguments["credentials"])
    return held, Credentials(held.get("admin"), held.get("token"), held.get("passwords"), held.get("secrets"))


def _seen(arguments, again):
    taken = again(arguments["base_url"], arguments["credentials"])
    unknown = {name: why for name, why in taken["unknown"].items() if name.startswith("home_assistant")}
    return {"home_assistant": taken["home_assistant"], "unknown": unknown}


def accounts(arguments, again):
    """The host's half of ha_accounts."""
    held, credentials = _credentials(arguments)
    with AccountsVisitByApi(Client(arguments["base_url"]), None, credentials) as visit:
        if arguments["step"] == "begin":
            begun = visit.begin(arguments["actions"])
            return {"outcome": visit.outcome.entries, "begun": sealed.seal(held["key"], begun)}
        begun = held.get("begun") or {}
        visit.finish(arguments["actions"], begun)
    # Whoever was enrolled just now is seen with the new secret.
    secrets = {**held["secrets"], **{username: [flow["secret"]] for username, flow in begun.items()}}
    arguments = {**arguments, "credentials": json.dumps({**held, "secrets": secrets})}
    return {"outcome": visit.outcome.entries, **_seen(arguments, again)}


def http(arguments, again):
    """The host's half of ha_http: tried, verified, promoted."""
    _held, credentials = _credentials(arguments)
    trial = TrialFromAfar(arguments["base_url"], None, credentials)
    try:
        if arguments["reconfigure"]:
            trial.by_trial(arguments["settings"], arguments["targets"])
    finally:
        trial.end()
    return _seen({**arguments, "base_url": trial.reached}, again)


def backup(arguments, again):
    """The host's half of ha_backup."""
    _held, credentials = _credentials(arguments)
    with Declaration(arguments["base_url"], None, credentials) as declaration:
        if arguments["settings"]:
            declaration.declare(arguments["settings"], arguments["password"])
        if arguments["generate"]:
            declaration.generate()
    return {
        "device": again(arguments["base_url"], arguments["credentials"])["backup"]["device"],
        "told": declaration.told,
    }


def cloud(arguments, _again):
    """The host's half of ha_cloud."""
    _held, credentials = _credentials(arguments)
    with administration(arguments["base_url"], None, credentials) as socket:
        declare(socket, arguments["preferences"], arguments["remote"], arguments["cloudhooks"])
        return {"cloud": asked.look(socket), "unknown": {}}


def backup_proof(arguments, _again):
    """Let Home Assistant try whether a password decrypts copies, each at its agent."""
    _held, credentials = _credentials(arguments)
    proof = {}
    with administration(arguments["base_url"], None, credentials) as socket, socket.patient(PROOF):
        for identity, agent in arguments["copies"]:
            copy = {"backup_id": identity, "agent_id": agent, "password": arguments["password"]}
            try:
                socket.call("backup/can_decrypt_on_download", **copy)
                proof[agent] = OPENS
            except CommandFailed as error:
                proof[agent] = SHUT if error.code == "password_incorrect" else str(error)
    return {"proof": proof}


def automation(arguments, _again):
    """What the module ha_automation does."""
    _held, credentials = _credentials(arguments)
    wanted = json.loads(arguments["automation"])
    client = Client(arguments["base_url"])
    login = log_in_as_administrator(client, None, credentials)
    try:
        client.post(f"/api/config/automation/config/{wanted.pop('id')}", wanted, login.access_token)
    finally:
        login.end()
    return {}


def automation_as_it_is(arguments, _again):
    """Return an automation as Home Assistant keeps it, or None."""
    _held, credentials = _credentials(arguments)
    client = Client(arguments["base_url"])
    login = log_in_as_administrator(client, None, credentials)
    try:
        return {"automation": client.find(f"/api/config/automation/config/{arguments['id']}", login.access_token)}
    finally:
        login.end()


def update(arguments, _again):
    """What the module updates_visit does with a release, done by the Supervisor with everything that is due."""
    held, credentials = _credentials(arguments)
    order = {**arguments["order"], "password": held.get("backup_password")}
    return {"updated": SupervisedUpdate(arguments["base_url"], credentials, order).run()}


def _supervisor(arguments):
    held, credentials = _credentials(arguments)
    return held, administration(arguments["base_url"], None, credentials)


def app_options(arguments, _again):
    """Return which options of declared apps differ, by name: their values hold secrets."""
    held, session = _supervisor(arguments)
    with session as socket:
        api = Supervisor(socket)
        present = {slug: api.get(f"/addons/{slug}/info")["options"] for slug in arguments["installed"]}
    return {
        "differing": {
            slug: apps_plan.options_differing(present.get(slug), wanted) for slug, wanted in held["options"].items()
        }
    }


def apps(arguments, again):
    """Ask the Supervisor for everything in a plan, in its order."""
    held, session = _supervisor(arguments)
    with session as socket:
        api = Supervisor(socket)
        for request in arguments["requests"]:
            data = request["data"]
            if request["merge"]:
                slug = request["merge"]
                data = {"options": {**api.get(f"/addons/{slug}/info")["options"], **held["options"][slug]}}
            api.post(request["endpoint"], data, request["timeout"])
    return {"snapshot": again(arguments["base_url"], arguments["credentials"])}


VISITS = {
    "app_options": app_options,
    "supervised_update": update,
    "apps_visit": apps,
    "ha_accounts_visit": accounts,
    "ha_http_visit": http,
    "ha_backup_visit": backup,
    "ha_cloud_visit": cloud,
    "backup_proof": backup_proof,
    "ha_automation": automation,
    "automation_as_it_is": automation_as_it_is,
}
