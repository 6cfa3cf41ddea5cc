# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How Hearthwall itself logs in: as the declared administrator, never guessing, leaving no session behind.

Every refused attempt counts towards a ban of this very address. Where the storage can be read, passwords and TOTP
secrets are therefore compared with it before they are tried.
"""

from __future__ import annotations

import time

from ansible_collections.hearthwall.home.plugins.module_utils.ha import bcrypt_host, passwords, storage, totp
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Login
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import (
    CodeNeeded,
    HomeAssistantError,
    Unreachable,
    WrongCode,
    WrongPassword,
)


class Credentials:
    """What is held for logging in: passwords and TOTP secrets by username, or one long-lived token."""

    def __init__(self, admin=None, token=None, passwords=None, secrets=None):
        self.admin = (admin or "").strip().casefold() or None
        self.token = token or None
        self.passwords = {name.strip().casefold(): password for name, password in (passwords or {}).items()}
        self.secrets = {name.strip().casefold(): list(found) for name, found in (secrets or {}).items()}

    def __repr__(self):
        return "<Credentials>"


def password_is(config_dir, username, password):
    """Return whether a password is the stored one; None where that cannot be told offline."""
    try:
        stored = storage.password_hashes(config_dir).get(username)
        hashed = passwords.decode(stored) if stored else None
        if hashed is None:
            return None
        return bcrypt_host.matcher()(bcrypt_host.as_home_assistant(password), hashed)
    except (storage.Unreadable, bcrypt_host.Unavailable):
        return None


def enrolled_secret(config_dir, username, held):
    """Return (whether a TOTP code will be asked for, the one of the held secrets that is enrolled or None)."""
    auth = storage.auth(config_dir)
    user = next(
        (
            credential["user_id"]
            for credential in auth["credentials"]
            if credential.get("auth_provider_type") == "homeassistant"
            and str(credential["data"].get("username", "")).strip().casefold() == username
        ),
        None,
    )
    enrolled = storage.totp_secrets(config_dir).get(user)
    if enrolled is None:
        return False, None
    wanted = totp.fingerprint(enrolled)
    return True, next((secret for secret in held if totp.fingerprint(secret) == wanted), None)


def log_in(client, config_dir, username, password, held=()):
    """Log in as somebody whose password is held; refuse, without an attempt, what cannot succeed.

    Where no storage can be read (``config_dir`` is None), the attempt itself has to tell.
    """
    if config_dir is None:
        return client.login(username, password, next(iter(held), None))
    if password_is(config_dir, username, password) is False:
        raise WrongPassword(f"the password held for {username!r} is not the one that Home Assistant has")
    asked, secret = enrolled_secret(config_dir, username, held)
    if asked and secret is None:
        if held:
            raise WrongCode(f"the TOTP secret held for {username!r} is not the one that is enrolled")
        raise CodeNeeded(f"{username!r} has TOTP and its secret is not held (hearthwall_ha_admin.totp_secret)")
    return client.login(username, password, secret)


def log_in_as_administrator(client, config_dir, credentials, patience=60):
    """Return the login of the declared administrator; wait for an instance that is starting."""
    if not client.wait(time.monotonic() + patience):
        raise Unreachable(f"Home Assistant does not answer at {client.url}")
    if credentials.token:
        return Login(client, credentials.token)
    if credentials.admin is None:
        raise HomeAssistantError("neither hearthwall_ha_admin nor hearthwall_ha_token is set")
    password = credentials.passwords.get(credentials.admin)
    if password is None:
        raise HomeAssistantError("hearthwall_ha_admin has no password")
    return log_in(client, config_dir, credentials.admin, password, credentials.secrets.get(credentials.admin, ()))
