# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A trial of HTTP settings from another machine: the address stays the one that is known, but for its port."""

from __future__ import annotations

import time
import urllib.parse

from ansible_collections.hearthwall.home.plugins.module_utils.ha import http_settings
from ansible_collections.hearthwall.home.plugins.module_utils.ha.client import Client
from ansible_collections.hearthwall.home.plugins.module_utils.ha.trial import Trial

STANDARD = {"http": 80, "https": 443}


def url_after(base_url, present, target):
    """Return where Home Assistant answers once settings are in force, seen from where ``base_url`` leads to it now.

    An address that does not lead to Home Assistant's own port leads through something that stays as it is.
    """
    parts = urllib.parse.urlsplit(base_url)
    port = parts.port or STANDARD[parts.scheme]
    before, after = http_settings.effective(present, port), http_settings.effective(target, port)
    if port != before["server_port"]:
        return base_url
    scheme = "https" if after.get("ssl_certificate") else "http"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{scheme}://{host}:{after['server_port']}"


class TrialFromAfar(Trial):
    """A trial without a look at the host's files."""

    @property
    def reached(self):
        """Return the address at which Home Assistant was reached last."""
        return self._url

    def by_trial(self, wanted, targets):
        _login, socket = self._connect()
        self._present = socket.call("http/config")["stable"]
        super().by_trial(wanted, targets)

    def _comes_up(self, settings):
        url = url_after(self.base_url, self._present, settings)
        if not Client(url).wait(time.monotonic() + self.start):
            return False
        self._url = url
        return True

    def wait_until_settled(self, seconds=0):
        """Nothing is read from files here."""
        return True
