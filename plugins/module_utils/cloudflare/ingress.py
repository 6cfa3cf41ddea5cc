# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a tunnel leads: the declared names to one place, everything else to a 404. Pure."""

from __future__ import annotations

NOWHERE = {"service": "http_status:404"}


def rules(names, service, origin=None):
    """Return the rules, the catch-all last."""
    request = {"originRequest": dict(origin)} if origin else {}
    return [*({"hostname": name, "service": service, **request} for name in names), dict(NOWHERE)]


def deviations(config, wanted):
    """Return what a tunnel's configuration at Cloudflare opens or leaves out, in words."""
    config = config or {}
    found = [_plain(rule) for rule in config.get("ingress") or []]
    wanted = [_plain(rule) for rule in wanted]
    wrong = [f"leads {_told(rule)}" for rule in found if rule not in wanted]
    wrong += [f"does not lead {_told(rule)}" for rule in wanted[:-1] if rule not in found]
    if not wrong and found != wanted:
        wrong = ["its rules stand in another order" if found else "has no rules"]
    if not found or found[-1] != wanted[-1]:
        wrong.append("everything else is not answered with 404")
    if (config.get("warp-routing") or {}).get("enabled"):
        wrong.append("leads devices with WARP into the whole network")
    if (config.get("originRequest") or {}).get("noTLSVerify"):
        wrong.append("believes any certificate of the place it leads to")
    return wrong


def amended(config, wanted):
    """Return the configuration with the declared rules; what is said there of connections stays."""
    kept = {name: value for name, value in (config or {}).items() if value is not None}
    request = {name: value for name, value in (kept.get("originRequest") or {}).items() if name != "noTLSVerify"}
    return {**kept, "ingress": wanted, "originRequest": request, "warp-routing": {"enabled": False}}


def _plain(rule):
    """Return a rule without what says nothing: Cloudflare gives empty settings and its own ids back."""
    request = {name: value for name, value in (rule.get("originRequest") or {}).items() if value not in (None, "", [])}
    kept = {name: rule[name] for name in ("hostname", "path", "service") if rule.get(name)}
    return {**kept, "originRequest": request} if request else kept


def _told(rule):
    extra = ", ".join(f"{name}: {value}" for name, value in sorted((rule.get("originRequest") or {}).items()))
    return f"{rule.get('hostname', '*')}{rule.get('path', '')} to {rule['service']}{f' ({extra})' if extra else ''}"
