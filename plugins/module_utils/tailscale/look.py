# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host's Tailscale is like: facts about its keys, never a key."""

from __future__ import annotations

import json
import shutil

from ansible_collections.hearthwall.home.plugins.module_utils.host import keyring
from ansible_collections.hearthwall.home.plugins.module_utils.tailscale import command

KEYRING = "/etc/apt/keyrings/hearthwall-tailscale.asc"
# What of the preferences decides anything: they hold more, and once held keys.
PREFERENCES = (
    "AdvertiseRoutes",
    "AdvertiseTags",
    "CorpDNS",
    "ExitNodeID",
    "ExitNodeIP",
    "AutoExitNode",
    "RouteAll",
    "RunSSH",
    "RunWebClient",
    "Hostname",
    "WantRunning",
)
FUNNEL = "funnel"


def look():
    """Return (what was seen, {part: reason}).

    {"installed", "keyring": fingerprints or None, "state", "node", "preferences", "serve", "lock"}; a part that could
    not be read is None, with its reason.
    """
    unknown = {}
    seen = {"installed": bool(shutil.which(command.PROGRAM)), "keyring": _keyring(unknown)}
    seen.update(dict.fromkeys(("state", "node", "preferences", "serve", "lock")))
    if not seen["installed"]:
        return seen, unknown
    status = _asked(unknown, "state", "status", "--json", "--peers=false")
    if status is None:
        # Whoever does not answer this question answers none.
        unknown.update(dict.fromkeys(("node", "preferences", "serve", "lock"), unknown["state"]))
        return seen, unknown
    seen["state"], seen["node"] = status.get("BackendState"), node(status)
    found = _asked(unknown, "preferences", "debug", "prefs")
    seen["preferences"] = preferences(found) if found is not None else None
    found = _asked(unknown, "serve", "serve", "status", "--json")
    seen["serve"] = serve(found) if found is not None else None
    found = _asked(unknown, "lock", "lock", "status", "--json")
    seen["lock"] = lock(found) if found is not None else None
    return seen, unknown


def node(status):
    """Return what of ``tailscale status`` is about the host itself."""
    own = status.get("Self") or {}
    rights = {*(own.get("CapMap") or {}), *(own.get("Capabilities") or [])}
    return {
        "version": status.get("Version"),
        "name": (own.get("DNSName") or "").rstrip("."),
        "addresses": status.get("TailscaleIPs") or [],
        "tags": sorted(own.get("Tags") or []),
        "expires": own.get("KeyExpiry"),
        "expired": bool(own.get("Expired")),
        "certificates": status.get("CertDomains") or [],
        "may_funnel": FUNNEL in rights,
        "health": status.get("Health") or [],
    }


def preferences(found):
    """Return the preferences that decide anything."""
    update = found.get("AutoUpdate") or {}
    # An optional truth value is a text, and may be unset.
    applied = {"true": True, "false": False}.get(str(update.get("Apply")).lower())
    return {**{name: found.get(name) for name in PREFERENCES}, "AutoUpdate": applied}


def serve(found):
    """Return what is served, each as (where, to whom it leads), and what of it is open to the internet.

    {"handlers": [[name and port, path, target]], "tcp": [[port, target]], "funnel": [name and port], "services": […]}
    """
    handlers, tcp, funnel = [], [], []
    for each in (found, *(found.get("Foreground") or {}).values()):
        for where, server in (each.get("Web") or {}).items():
            for path, handler in (server.get("Handlers") or {}).items():
                kind = next((key for key in ("Proxy", "Path", "Text", "Redirect") if handler.get(key)), "")
                handlers.append([where, path, f"{handler[kind]}" if kind == "Proxy" else kind.lower()])
        for port, handler in (each.get("TCP") or {}).items():
            if handler.get("TCPForward"):
                tcp.append([str(port), handler["TCPForward"]])
            elif handler.get("HTTP"):
                tcp.append([str(port), "http"])
        funnel += [where for where, on in (each.get("AllowFunnel") or {}).items() if on]
    return {
        "handlers": sorted(handlers),
        "tcp": sorted(tcp),
        "funnel": sorted(set(funnel)),
        "services": sorted(found.get("Services") or {}),
    }


def lock(found):
    """Return the state of tailnet lock; a signature is only known where it is on."""
    signed = found.get("NodeKeySigned")
    trusted = found.get("TrustedKeys")
    return {"enabled": bool(found.get("Enabled")), "signed": signed, "trusted": len(trusted or [])}


def _asked(unknown, part, *arguments):
    try:
        said = command.run(*arguments)
        found = json.loads(said or "null") or {}
    except (command.TailscaleError, ValueError) as error:
        unknown[part] = f"tailscale {' '.join(arguments[:2])}: {error}"
        return None
    if not isinstance(found, dict):
        unknown[part] = f"tailscale {' '.join(arguments[:2])} did not answer with an object"
        return None
    return found


def _keyring(unknown):
    try:
        with open(KEYRING, "rb") as file:
            return keyring.fingerprints(file.read())
    except FileNotFoundError:
        return None
    except (OSError, keyring.KeyringError) as error:
        unknown["keyring"] = f"{KEYRING}: {error}"
        return None
