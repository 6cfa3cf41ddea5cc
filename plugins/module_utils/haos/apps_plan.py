# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be asked of the Supervisor so that apps and the Supervisor are as declared. Pure.

A request is {endpoint, data, merge, why, timeout, control}. ``why`` is what a person reads, and never holds an option's
value; ``merge`` names the app whose declared options are laid over those that it has, which is done in the visit.
"""

from __future__ import annotations

SETTINGS = ("boot", "auto_update", "watchdog", "ingress_panel", "network")
INSTALL, START = 1800, 300  # seconds that fetching an app's image, and its start, may take
OFFICIAL = {
    "tailscale": "a0d7b954_tailscale",
    "wireguard": "a0d7b954_wireguard",
    "nginx": "core_nginx_proxy",
    "letsencrypt": "core_letsencrypt",
}


def slug_of(name):
    """Return the slug of an app; the official ones have short names."""
    return OFFICIAL.get(name, name)


def _request(endpoint, data, why, control="HW-APP-05", timeout=60, merge=None):
    return {"endpoint": endpoint, "data": data, "why": why, "control": control, "timeout": timeout, "merge": merge}


def options_differing(present, wanted):
    """Return the names of the options that are not as declared."""
    return sorted(key for key, value in (wanted or {}).items() if key not in (present or {}) or present[key] != value)


def for_app(slug, declared, app, options):
    """Return the requests for one declared app; ``app`` is None where it is not installed.

    ``options``: the names of the options that differ.
    """
    at = f"/addons/{slug}"
    found = []
    if app is None:
        if declared.get("installed", True) is False:
            return []
        found.append(_request(f"/store/addons/{slug}/install", None, f"{slug}: is not installed", timeout=INSTALL))
        app = {key: None for key in (*SETTINGS, "protected", "state")}
    elif declared.get("installed", True) is False:
        return [_request(f"{at}/uninstall", None, f"{slug}: is installed", timeout=START)]
    differing = {key: declared[key] for key in SETTINGS if key in declared and declared[key] != app[key]}
    if differing:
        words = ", ".join(f"{key} is {app[key]}, not {value}" for key, value in differing.items())
        found.append(_request(f"{at}/options", differing, f"{slug}: {words}"))
    if options:
        found.append(_request(f"{at}/options", None, f"{slug}: options {', '.join(options)} differ", merge=slug))
    if declared.get("protected") is not None and declared["protected"] != app["protected"]:
        words = f"{slug}: protection mode is {'on' if app['protected'] else 'off'}"
        found.append(_request(f"{at}/security", {"protected": declared["protected"]}, words, "HW-APP-01"))
    found += _state(at, slug, declared.get("state"), app, bool(options or "network" in differing))
    return found


def _state(at, slug, wanted, app, changed):
    running = app["state"] in ("started", "startup")
    if wanted == "started" and not running:
        return [_request(f"{at}/start", None, f"{slug}: is not running", timeout=START)]
    if wanted == "stopped" and running:
        return [_request(f"{at}/stop", None, f"{slug}: is running", timeout=START)]
    if running and changed:
        return [_request(f"{at}/restart", None, f"{slug}: runs with its former options", timeout=START)]
    return []


def for_supervisor(supervisor, channel, look_up_leaks):
    """Return the requests that bring about what the home says of the Supervisor itself."""
    about, found = supervisor["supervisor"], []
    wanted = {"auto_update": True, "channel": channel}
    differing = {key: value for key, value in wanted.items() if about[key] is not None and about[key] != value}
    if differing:
        words = ", ".join(f"{key} is {about[key]}, not {value}" for key, value in differing.items())
        found.append(_request("/supervisor/options", differing, f"Supervisor: {words}", "HW-SUP-04"))
    if look_up_leaks and supervisor["security"]["pwned"] is False:
        words = "Supervisor: secrets are not looked up among the leaked ones"
        found.append(_request("/security/options", {"pwned": True}, words, "HW-SUP-03"))
    return found


def unprotected(wanted, apps):
    """Return the requests that put apps back into protection mode that nobody accepted without."""
    return [
        _request(
            f"/addons/{app['slug']}/security",
            {"protected": True},
            f"{app['slug']}: protection mode is off",
            "HW-APP-01",
        )
        for app in apps
        if app["known"] and app["protected"] is False and not wanted.accepts(app, "unprotected")
        if wanted.declared.get(app["slug"], {}).get("protected") is None
    ]
