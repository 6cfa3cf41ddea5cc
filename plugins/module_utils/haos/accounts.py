# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts as the API tells them. An administrator sees who there is; the rest only the person sees.

So whoever's password is held is logged in as, once, and logged out again: that shows their second factor and their
sessions, and that the password is the one. Of everybody else these stay unknown, and the reasons say so.
"""

from __future__ import annotations

import contextlib

from ansible_collections.hearthwall.home.plugins.module_utils.ha import administrator, passwords, totp
from ansible_collections.hearthwall.home.plugins.module_utils.ha.common_passwords import VERSION
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import (
    CodeNeeded,
    HomeAssistantError,
    Unreachable,
    WrongCode,
)
from ansible_collections.hearthwall.home.plugins.module_utils.ha.people import as_person, can_log_in, label
from ansible_collections.hearthwall.home.plugins.module_utils.ha.sessions import issuer
from ansible_collections.hearthwall.home.plugins.module_utils.ha.websocket import WebSocket

HELD = "give the password in accounts_people from the vault, or waive it with a date"
PROVIDERS = (
    "only configuration.yaml says whether the provider trusted_networks is there for other addresses than the control"
    " machine's, and the API does not show that file; look there, and waive this with a date"
)


class AccountsLook:
    """One look at the accounts, over a WebSocket that is logged in as an administrator."""

    def __init__(self, client, socket, login, credentials, minimum=12):
        self._client = client
        self._socket = socket
        self._login = login
        self._credentials = credentials
        self._minimum = minimum
        self._unseen = {}

    def take(self, unknown):
        """Return the parts of ``home_assistant`` that are about accounts; say in ``unknown`` what is missing."""
        own = self._socket.call("auth/current_user")
        listed = self._socket.call("config/auth/list")
        value = {"onboarded": True, "sessions": [], "people": [_person(user) for user in listed]}
        for person in value["people"]:
            if person["id"] == own["id"]:
                self._see(person, own, self._socket, issuer(self._login.access_token), value["sessions"])
                self._judge_password(person)
            elif not person["system_generated"] and can_log_in(person):
                self._see_as(person, value["sessions"])
        value["mfa_modules"] = sorted(module["id"] for module in own.get("mfa_modules") or [])
        value["sessions_unseen"] = sorted(self._unseen)
        self._providers(listed, value, unknown)
        if self._unseen:
            told = "; ".join(f"{name}: {why}" for name, why in sorted(self._unseen.items()))
            for part in ("mfa", "sessions", "passwords"):
                unknown[f"home_assistant.{part}"] = f"only the person sees this through the API ({told}): {HELD}"
        return value

    def _see(self, person, told, socket, ours, sessions):
        """Write down what a person's own session shows."""
        person["mfa"] = sorted(module["id"] for module in told.get("mfa_modules") or [] if module.get("enabled"))
        held = self._credentials.secrets.get(person["username"] or "", [])
        if "totp" in person["mfa"] and held:
            person["mfa_fingerprint"] = totp.fingerprint(held[0])
        for token in socket.call("auth/refresh_tokens"):
            # The session of this very look is gone right after it; a long-lived token is known by its own name.
            if token["id"] != ours or token["type"] != "normal":
                sessions.append(_session(token, person["id"]))

    def _see_as(self, person, sessions):
        password = self._credentials.passwords.get(person["username"] or "")
        if password is None:
            self._unseen[label(person)] = "no password is held"
            return
        try:
            held = self._credentials.secrets.get(person["username"], ())
            login = administrator.log_in(self._client, None, person["username"], password, held)
        except (CodeNeeded, WrongCode) as error:
            # The password was accepted, and a second factor asked for.
            person["mfa"] = ["totp"]
            self._judge_password(person)
            self._unseen[label(person)] = str(error)
            return
        except Unreachable:
            raise
        except HomeAssistantError as error:
            self._unseen[label(person)] = str(error)
            return
        try:
            with WebSocket(self._client.url, login.access_token, self._client.timeout, self._client.ca_file) as socket:
                told = socket.call("auth/current_user")
                self._see(person, told, socket, issuer(login.access_token), sessions)
        finally:
            with contextlib.suppress(HomeAssistantError):
                login.end()
        self._judge_password(person)

    def _judge_password(self, person):
        """Judge a password that is held: no hash is needed for that."""
        password = self._credentials.passwords.get(person["username"] or "")
        if password is None:
            self._unseen.setdefault(label(person), "no password is held")
            return
        common = passwords.is_common(password, person["username"], person["name"])
        tried = len(passwords.candidates(person["username"], person["name"], len(passwords.PASSWORDS)))
        person["password"] = {
            "verdict": "empty" if password == "" else "common" if common else "not_common",
            "tested": tried,
            "of": tried,
            "cached": False,
            "length": "short" if len(password) < self._minimum else "long",
            "minimum": self._minimum,
            "list": VERSION,
        }

    def _providers(self, listed, value, unknown):
        value.update(auth_providers=None, trusted_networks=None)
        offered = self._client.get("/auth/providers")
        offered = offered.get("providers", []) if isinstance(offered, dict) else offered or []
        used = {credential["type"] for user in listed for credential in user.get("credentials") or []}
        found = {provider["type"] for provider in offered} | used
        if "trusted_networks" in found:
            value["auth_providers"] = sorted(found)
            value["trusted_networks"] = {"trusted_networks": ["some networks"], "allow_bypass_login": False}
        else:
            unknown["home_assistant.auth_providers"] = PROVIDERS


def _person(user):
    held = sorted(credential["type"] for credential in user.get("credentials") or [])
    found = as_person(user, str(user["username"]).strip().casefold() if user.get("username") else None)
    if "homeassistant" in held:
        found["password"]["verdict"] = "not_tested"
    return {**found, "credentials": held}


def _session(token, user_id):
    return {
        "id": token["id"],
        "user_id": user_id,
        "type": token["type"],
        "name": token.get("client_name"),
        "client_id": token.get("client_id"),
        "created_at": token.get("created_at"),
        "last_used_at": token.get("last_used_at"),
        "last_used_ip": token.get("last_used_ip"),
        "expires_at": token.get("expire_at"),
    }
