# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The look at Home Assistant for the snapshot: facts about accounts, sessions, settings. No secret leaves."""

from __future__ import annotations

import datetime
import json
import os
import re

from ansible_collections.hearthwall.home.plugins.module_utils.ha import (
    bcrypt_host,
    configuration,
    http_settings,
    install,
    passwords,
    storage,
    totp,
)
from ansible_collections.hearthwall.home.plugins.module_utils.ha.people import as_person

# Seconds for the test of passwords, unless the home says otherwise or the snapshot has less.
BUDGET = 10


def look(parameters, budget=None):
    """Return (value, unknown): what ``snapshot.home_assistant`` holds, and why parts of it are not known.

    Parameters: ``config_dir``, ``unit`` (default: found), ``check_mode`` (true: nothing is written),
    ``password_budget`` (seconds), ``password_depth`` (ranks of the common list), ``known_passwords`` and
    ``password_minimum`` (in a visit that holds them).
    """
    value, unknown = install.find(parameters.get("config_dir"), parameters.get("unit"))
    if value is None:
        return None, unknown
    value.pop("pid")
    served = value.pop("listeners", [])
    config_dir = value["config_dir"]
    if config_dir is None:
        return None, unknown
    value["custom_components"] = custom_components(config_dir)
    value["ip_bans"] = ip_bans(config_dir, unknown)
    settings = _configuration(config_dir, value, unknown)
    _http(config_dir, settings, value, unknown)
    _listener(served, value, unknown)
    _accounts(config_dir, parameters, budget, value, unknown)
    return value, unknown


def _configuration(config_dir, value, unknown):
    value.update(auth_providers=None, trusted_networks=None, mfa_modules=None)
    try:
        settings = configuration.load(config_dir)
    except configuration.Undetermined as reason:
        for part in ("auth_providers", "trusted_networks", "mfa_modules"):
            unknown[f"home_assistant.{part}"] = str(reason)
        return reason
    try:
        value.update(configuration.login(settings))
    except configuration.Undetermined as reason:
        for part in ("auth_providers", "trusted_networks", "mfa_modules"):
            unknown[f"home_assistant.{part}"] = str(reason)
    return settings


def _http(config_dir, settings, value, unknown):
    value["http"] = None
    try:
        stored = storage.http(config_dir)
    except storage.Unreadable as reason:
        unknown["home_assistant.http"] = str(reason)
        return
    era = http_settings.stored_by(value["version"]) or (stored or {}).get("store")
    if era is None:
        unknown["home_assistant.http"] = f"{config_dir}/.HA_VERSION does not name a release"
        return
    if era == "storage":
        if stored is None or stored["store"] != "storage":
            unknown["home_assistant.http"] = (
                "this release has not written its HTTP settings yet: it has not finished a start"
            )
            return
        value["http"] = {
            "store": "storage",
            "stable": http_settings.normal(stored["stable"]),
            "pending": _pending(stored["pending"]),
            "revert_at": None,
            "source": ".storage/http",
        }
    else:
        if isinstance(settings, configuration.Undetermined):
            unknown["home_assistant.http"] = str(settings)
            return
        try:
            written, source = configuration.http(settings)
        except configuration.Undetermined as reason:
            unknown["home_assistant.http"] = str(reason)
            return
        stable = http_settings.normal(written or {})
        value["http"] = {"store": "yaml", "stable": stable, "pending": None, "revert_at": None, "source": source}


def _pending(pending):
    if not pending:
        return None
    return {**http_settings.normal(pending), **{key: pending.get(key) for key in http_settings.META}}


def _listener(served, value, unknown):
    """Choose, among the sockets of the process, the one that serves HTTP: by the settings, never by habit."""
    http = value["http"] or {"stable": {}, "pending": None}
    trial = http["pending"] if http["pending"] and not http["pending"].get("error") else {}
    ports = [settings["server_port"] for settings in (trial, http["stable"]) if settings.get("server_port")]
    if http.get("store") == "yaml" and not ports:
        ports = [http_settings.effective({})["server_port"]]
    chosen = next((entry for port in ports for entry in served if entry[1] == port), None)
    if chosen is not None:
        value.update(address=chosen[0], port=chosen[1])
    elif not served and ports:
        # It does not run, or has not opened its port yet: the settings say where it will be.
        local = value["running"] and value["install"] == "core"
        value.update(address="127.0.0.1" if local else None, port=ports[0] if value["running"] else ports[-1])
    elif value["port"] is None and "home_assistant.port" not in unknown:
        unknown["home_assistant.port"] = "which of the listening sockets serves HTTP is not known"


def custom_components(config_dir):
    """Return the domain and the version of every custom integration."""
    found = []
    root = os.path.join(config_dir, "custom_components")
    for name in sorted(os.listdir(root)) if os.path.isdir(root) else []:
        try:
            with open(os.path.join(root, name, "manifest.json"), encoding="utf-8") as file:
                manifest = json.load(file)
        except (OSError, ValueError):
            continue
        found.append({"domain": str(manifest.get("domain", name)), "version": manifest.get("version")})
    return found


def ip_bans(config_dir, unknown):
    """Return the banned addresses (Home Assistant's own file: one top-level key for each)."""
    try:
        with open(os.path.join(config_dir, "ip_bans.yaml"), encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        unknown["home_assistant.ip_bans"] = f"ip_bans.yaml cannot be read: {error}"
        return None
    matches = (re.match(r"[\"']?([0-9a-fA-F:.]+?)[\"']?:(?:\s|$)", line) for line in lines)
    return sorted({match.group(1) for match in matches if match})


def _accounts(config_dir, parameters, budget, value, unknown):
    value.update(onboarded=None, people=None, sessions=None)
    try:
        auth = storage.auth(config_dir)
    except storage.Unreadable as reason:
        for part in ("onboarded", "people", "sessions"):
            unknown[f"home_assistant.{part}"] = str(reason)
        return
    owners = [user for user in auth["users"] if user.get("is_owner")]
    try:
        value["onboarded"] = bool(owners) or "user" in storage.onboarding_done(config_dir)
    except storage.Unreadable as reason:
        unknown["home_assistant.onboarded"] = str(reason)
    value["sessions"] = [_session(token) for token in auth["refresh_tokens"] if token.get("jwt_key")]
    usernames = _usernames(auth)
    modules = _mfa(config_dir, unknown)
    providers = {}
    for credential in auth["credentials"]:
        providers.setdefault(credential["user_id"], []).append(credential.get("auth_provider_type"))
    value["people"] = [
        {**_person(user, usernames.get(user["id"]), modules), "credentials": sorted(providers.get(user["id"], []))}
        for user in auth["users"]
    ]
    _passwords(config_dir, parameters, budget, value, unknown)


def _usernames(auth):
    return {
        credential["user_id"]: str(credential["data"].get("username", "")).strip().casefold()
        for credential in auth["credentials"]
        if credential.get("auth_provider_type") == "homeassistant"
    }


def _mfa(config_dir, unknown):
    """Return {module: {user id: fingerprint or None}}; None where the enrolments cannot be read."""
    try:
        enrolled = {
            "totp": {user: totp.fingerprint(secret) for user, secret in storage.totp_secrets(config_dir).items()}
        }
        enrolled["notify"] = dict.fromkeys(storage.notify_users(config_dir))
    except storage.Unreadable as reason:
        unknown["home_assistant.mfa"] = str(reason)
        return None
    return enrolled


def _person(user, username, modules):
    person = as_person(user, username)
    if modules is not None:
        person["mfa"] = [module for module, users in modules.items() if user["id"] in users]
        person["mfa_fingerprint"] = modules["totp"].get(user["id"])
    return person


def _session(token):
    kind = token.get("token_type") or ("normal" if token.get("client_id") else "system")
    expires = token.get("expire_at")
    return {
        "id": token["id"],
        "user_id": token["user_id"],
        "type": kind,
        "name": token.get("client_name"),
        "client_id": token.get("client_id"),
        "created_at": token.get("created_at"),
        "last_used_at": token.get("last_used_at"),
        "last_used_ip": token.get("last_used_ip"),
        "expires_at": datetime.datetime.fromtimestamp(expires, datetime.timezone.utc).isoformat() if expires else None,
    }


def _passwords(config_dir, parameters, budget, value, unknown):
    check_mode = bool(parameters.get("check_mode", True))
    seconds = parameters.get("password_budget")
    if seconds is None:
        seconds = BUDGET if budget is None else min(BUDGET, budget.remaining())
    try:
        hashes = storage.password_hashes(config_dir)
        people = [
            person for person in value["people"] if person["username"] in hashes and not person["system_generated"]
        ]
        verdicts = passwords.audit(
            [
                {"username": person["username"], "name": person["name"], "hash": hashes[person["username"]]}
                # Who can log in at all is tested first.
                for person in sorted(people, key=lambda person: not person["is_active"])
            ],
            seconds,
            depth=parameters.get("password_depth") or passwords.DEPTH,
            directory=parameters.get("state_dir") or passwords.STATE_DIR,
            write=not check_mode,
            known=parameters.get("known_passwords"),
            minimum=parameters.get("password_minimum") or 12,
        )
    except (storage.Unreadable, bcrypt_host.Unavailable) as reason:
        unknown["home_assistant.passwords"] = str(reason)
        for person in value["people"]:
            if person["username"]:
                person["password"] = {"verdict": "not_tested", "tested": 0, "of": 0, "cached": False}
        return
    for person in value["people"]:
        if person["username"] in verdicts:
            person["password"] = verdicts[person["username"]]
