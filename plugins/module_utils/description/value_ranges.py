# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numbers that only make sense within bounds: variable, least, most (None: no bound), and why."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description.places import places
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import problem

RANGES = (
    ("accounts_admins.max", 1, None, "the owner is always one"),
    ("accounts_password.min_length", 8, 128, "shorter ones are guessed"),
    ("accounts_sessions.max_age_days", 1, None, "days"),
    ("accounts_sessions.max_idle_days", 1, None, "days"),
    ("accounts_tokens.max_age_days", 1, None, "days"),
    ("exposure_confirm_within", 10, 3600, "seconds; the controller has to be able to come back in that time"),
    ("exposure_management_ports[]", 1, 65535, "a port"),
    ("hearthwall_ha_password_budget", 0, 3600, "seconds"),
    ("hearthwall_ha_password_depth", 0, None, "a number of passwords"),
    ("reverse_proxy_https_port", 1, 65535, "a port"),
    ("reverse_proxy_http_port", 0, 65535, "a port, or 0 for none"),
    ("reverse_proxy_upstream.port", 1, 65535, "a port"),
    ("reverse_proxy_hsts.max_age", 0, None, "seconds"),
    ("reverse_proxy_certificate_min_days", 1, 60, "days; authorities issue for 90 or less"),
    ("reverse_proxy_acme.dns.propagation_seconds", 0, 3600, "seconds"),
    ("reverse_proxy_login_limit.per_minute", 4, None, "one login takes up to four requests"),
    ("reverse_proxy_login_limit.burst", 0, None, "a number of requests"),
    ("reverse_proxy_token_limit.per_minute", 1, None, "a number of requests"),
    ("reverse_proxy_token_limit.burst", 0, None, "a number of requests"),
    ("reverse_proxy_connections_per_client", 1, None, "a number of requests"),
    ("reverse_proxy_read_timeout", 60, None, "Home Assistant's WebSocket is silent for up to 55 seconds"),
    ("reverse_proxy_confirm_within", 30, 3600, "seconds; the controller has to be able to come back in that time"),
    ("wireguard_port", 1, 65535, "a port"),
    ("wireguard_mtu", 0, 9000, "bytes, or 0 to leave it to the devices"),
    ("wireguard_keepalive", 0, 65535, "seconds, or 0 for none"),
    ("wireguard_confirm_within", 10, 3600, "seconds; the controller has to be able to come back in that time"),
)


def check_ranges(values):
    """Return the problems of one host's given variables."""
    found = []
    for pattern, least, most, why in RANGES:
        for where, value in places(values, pattern):
            if not isinstance(value, int) or isinstance(value, bool):
                continue
            if (least is not None and value < least) or (most is not None and value > most):
                bounds = f"{least} to {most}" if most is not None else f"{least} or more"
                found.append(problem(where, f"{value} is out of bounds ({why})", f"Use {bounds}."))
    return found
