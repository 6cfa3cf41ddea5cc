# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What differs between a host's Tailscale and what is declared of it. Pure: no host, no clock.

A wish is plain data: {"tags", "hostname", "routes", "exit_node", "accept_dns", "accept_routes", "ssh", "auto_update",
"serve": {"port", "target"} or None, "lock", "fingerprint"}; a target of None is one that a dry run could not find.
"""

from __future__ import annotations

RUNNING, STOPPED, APPROVAL = "Running", "Stopped", "NeedsMachineAuth"
LOGIN = ("NeedsLogin", "NoState")
EVERYWHERE = ("0.0.0.0/0", "::/0")
JOIN, START, SERVE, SET = "join", "start", "serve", "set"


def settings(wish):
    """Return what ``tailscale set`` is to be told, {flag: text}."""
    found = {
        "accept-dns": wish["accept_dns"],
        "accept-routes": wish["accept_routes"],
        "advertise-exit-node": wish["exit_node"],
        "advertise-routes": ",".join(sorted(wish["routes"])),
        "auto-update": wish["auto_update"],
        "exit-node": "",
        "hostname": wish["hostname"],
        "ssh": wish["ssh"],
        "webclient": False,
    }
    return {flag: _text(value) for flag, value in found.items()}


def current(preferences):
    """Return the same of the preferences that were seen."""
    routes = preferences["AdvertiseRoutes"] or []
    found = {
        "accept-dns": preferences["CorpDNS"],
        "accept-routes": preferences["RouteAll"],
        "advertise-exit-node": any(each in EVERYWHERE for each in routes),
        "advertise-routes": ",".join(sorted(each for each in routes if each not in EVERYWHERE)),
        "auto-update": preferences["AutoUpdate"],
        "exit-node": preferences["ExitNodeID"] or preferences["AutoExitNode"] or preferences["ExitNodeIP"] or "",
        "hostname": preferences["Hostname"] or "",
        "ssh": preferences["RunSSH"],
        "webclient": preferences["RunWebClient"],
    }
    return {flag: _text(value) for flag, value in found.items()}


def to_set(preferences, wish):
    """Return {flag: (as it is, as it should be)} of the settings that differ."""
    have = current(preferences) if preferences else {}
    return {flag: (have.get(flag), value) for flag, value in settings(wish).items() if have.get(flag) != value}


def handlers(wish, name):
    """Return what is to be served under a name."""
    if not wish["serve"]:
        return []
    return [[f"{name}:{wish['serve']['port']}", "/", wish["serve"]["target"]]]


def served(serve):
    """Return everything that is served, as texts."""
    listed = [f"https://{where}{path} to {target}" for where, path, target in serve["handlers"]]
    listed += [f"port {port} to {target}" for port, target in serve["tcp"]]
    return listed + [f"the service {name}" for name in serve["services"]]


def serves_as_declared(serve, wish, name):
    """Return whether exactly what is declared is served, and nothing of it to the internet."""
    if wish["serve"] and not wish["serve"]["target"]:
        return not serve["funnel"]
    more = serve["tcp"] or serve["funnel"] or serve["services"]
    return not more and serve["handlers"] == handlers(wish, name)


def steps(seen, wish):
    """Return [(step, as it is, as it should be)] of what has to happen; what could not be read is left alone."""
    if not seen or not seen["installed"]:
        found = [(JOIN, "not installed", f"in the tailnet as {', '.join(wish['tags'])}")]
        found += [(SERVE, "nothing", _wanted(wish))] if wish["serve"] else []
        return [*found, *((f"{SET} {flag}", "", value) for flag, value in sorted(settings(wish).items()))]
    found = []
    if seen["state"] in LOGIN or (seen["node"] or {}).get("expired"):
        found.append((JOIN, seen["state"], f"in the tailnet as {', '.join(wish['tags'])}"))
    elif seen["state"] == STOPPED:
        found.append((START, STOPPED, RUNNING))
    if seen["serve"] is not None:
        joined = found and found[0][0] == JOIN
        wanted = bool(wish["serve"]) or any(seen["serve"].values())
        if (joined and wanted) or (not joined and not serves_as_declared(seen["serve"], wish, seen["node"]["name"])):
            funnel = [f"https://{where} to the internet" for where in seen["serve"]["funnel"]]
            found.append((SERVE, "; ".join(served(seen["serve"]) + funnel) or "nothing", _wanted(wish)))
    if seen["preferences"] is not None:
        found += [
            (f"{SET} {flag}", have or "", value) for flag, (have, value) in to_set(seen["preferences"], wish).items()
        ]
    return found


def _wanted(wish):
    serve = wish["serve"]
    return f"port {serve['port']} to {serve['target']}" if serve else "nothing"


def _text(value):
    return {True: "true", False: "false", None: ""}.get(value, value) if not isinstance(value, str) else value
