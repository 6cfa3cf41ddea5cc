# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which variable has to look like what. A place inside a variable is written a.b, an entry of a list a[]."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description import formats
from ansible_collections.hearthwall.home.plugins.module_utils.description.places import places
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import problem

FORMATS = {
    "exposure_addresses[]": formats.address,
    "exposure_management[]": formats.network,
    "exposure_verify_urls[].resolve": formats.address,
    "exposure_verify_urls[].url": formats.url,
    "hearthwall_ha_admin.totp_secret": formats.totp_secret,
    "hearthwall_ha_config_dir": formats.absolute_path,
    "hearthwall_ha_unit": formats.unit,
    "hearthwall_ha_url": formats.url,
    "reverse_proxy_server_name": formats.host_name,
    "reverse_proxy_server_aliases[]": formats.host_name,
    "reverse_proxy_upstream.address": formats.host_or_address,
    "reverse_proxy_acme.ca": formats.certificates,
    "reverse_proxy_acme.directory_url": formats.https_url,
    "reverse_proxy_acme.email": formats.email,
    "reverse_proxy_certificate_file": formats.absolute_path,
    "reverse_proxy_certificate_key_file": formats.absolute_path,
    "reverse_proxy_client_ca": formats.certificates,
    "reverse_proxy_client_certificate_exempt_paths[]": formats.url_directory,
    "reverse_proxy_frame_ancestors[]": formats.origin,
    "reverse_proxy_allow[]": formats.network,
    "reverse_proxy_deny[]": formats.network,
    "reverse_proxy_max_body_size": formats.size,
    "reverse_proxy_max_backup_size": formats.size,
    "wireguard_dns[]": formats.address,
    "wireguard_reach[].addresses[]": formats.address,
}
# Their values never go into a message.
SECRET = ("hearthwall_ha_admin.totp_secret",)
FIX = "Correct the value."


def check_formats(values):
    """Return the problems of one host's given variables."""
    found = []
    for pattern, check in FORMATS.items():
        for where, value in places(values, pattern):
            if not isinstance(value, str) or not value:
                continue  # of the wrong type: told elsewhere; empty: as good as not given
            wrong = check(value)
            if wrong:
                found.append(problem(where, wrong if pattern in SECRET else f"{_shown(value)} {wrong}", FIX))
    return found


def _shown(value):
    return repr(value if len(value) <= 60 else f"{value[:57]}...")
