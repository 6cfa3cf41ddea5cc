# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The HTTP settings against what is declared: what differs, which bans hit ourselves, a verdict for each."""

from __future__ import annotations

import ipaddress

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.ha import http_settings

CONTROL_OF = {
    "login_attempts_threshold": "HW-HTTP-01",
    "ip_ban_enabled": "HW-HTTP-01",
    "trusted_proxies": "HW-HTTP-02",
    "use_x_forwarded_for": "HW-HTTP-02",
    "server_host": "HW-HTTP-03",
    "server_port": "HW-HTTP-03",
    "cors_allowed_origins": "HW-HTTP-04",
    "use_x_frame_options": "HW-HTTP-05",
}
STABLE = "HW-HTTP-06"
BANS = "HW-HTTP-07"
CONTROLS = ("HW-HTTP-01", "HW-HTTP-02", "HW-HTTP-03", "HW-HTTP-04", "HW-HTTP-05", STABLE, BANS)
LOOPBACK = ("127.0.0.1", "::1")


def on_trial(http):
    """Return the settings that are on trial now, or None: a trial that failed is kept by Home Assistant as a note."""
    pending = http["pending"]
    return pending if pending and not pending.get("error") else None


class HttpPlan:
    """What has to be done: settings to try, bans to lift."""

    def __init__(self, settings, ha):
        self.settings = settings
        self.http = ha["http"]
        self.differing = http_settings.differing(self.http["stable"], settings)
        self.trial = on_trial(self.http)
        self.unban = own_bans(ha, {**http_settings.effective(self.http["stable"]), **_given(settings)})

    @property
    def reconfigures(self):
        """Return whether settings have to be put in force."""
        return bool(self.differing) or self.trial is not None

    def __bool__(self):
        return self.reconfigures or bool(self.unban)

    def mended(self):
        """Return the controls that carrying this out mends."""
        found = {CONTROL_OF[key] for key in self.differing if key in CONTROL_OF}
        if self.trial is not None:
            found.add(STABLE)
        if self.unban:
            found.add(BANS)
        return found


def _given(settings):
    return http_settings.normal(settings)


def own_bans(ha, settings):
    """Return the banned addresses that are Home Assistant's own or a trusted proxy's."""
    if not ha.get("ip_bans"):
        return []
    networks = []
    for text in [*LOOPBACK, ha.get("address"), *settings.get("trusted_proxies", [])]:
        try:
            networks.append(ipaddress.ip_network(text))
        except (TypeError, ValueError):
            continue
    found = []
    for text in ha["ip_bans"]:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        if any(address in network for network in networks if network.version == address.version):
            found.append(text)
    return found


def wide(proxies):
    """Return the trusted proxies that are more than one host: whoever is in there can pretend to be anybody."""
    found = []
    for text in proxies:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            found.append(text)
            continue
        if network.num_addresses > 1:
            found.append(text)
    return found


def shown(settings):
    """Return settings as lines for a diff; where keys and certificates lie is not secret."""
    return "".join(f"{key}: {settings[key]}\n" for key in sorted(settings))


def verdicts(settings, ha, unknown, changed=()):
    """Return one verdict for each control of the HTTP settings, about the state in ``ha``."""
    if ha is None or ha.get("http") is None:
        reason = unknown.get("home_assistant.http") or unknown.get("home_assistant") or "the settings could not be read"
        return [verdict(control, "unknown", "", reason) for control in CONTROLS]
    stable = http_settings.effective(ha["http"]["stable"])
    wanted = http_settings.effective(http_settings.merge(ha["http"]["stable"], settings))
    evidence = "configuration.yaml" if ha["http"]["store"] == "yaml" else ".storage/http"
    judged = (
        _ban(stable, wanted, settings),
        _proxies(stable, wanted, settings),
        _bind(stable, wanted, settings),
        _cors(stable, wanted, settings),
        _frames(stable),
        _promoted(ha["http"]),
        _bans(ha, wanted, unknown),
    )
    return [
        verdict(control, status, expected, actual, evidence if control != BANS else "ip_bans.yaml", control in changed)
        for control, (status, expected, actual) in zip(CONTROLS, judged)
    ]


def _judge(good, expected, actual):
    return ("pass" if good else "fail"), expected, actual


def _ban(stable, wanted, settings):
    threshold = stable["login_attempts_threshold"]
    actual = "never bans" if threshold < 1 else f"bans after {threshold} failed logins"
    if not stable["ip_ban_enabled"]:
        actual = "banning is switched off"
    good = stable["ip_ban_enabled"] and threshold >= 1
    if "login_attempts_threshold" in settings:
        limit = wanted["login_attempts_threshold"]
        return _judge(good and threshold == limit, f"bans after {limit} failed logins", actual)
    return _judge(good, "bans after some failed logins", actual)


def _proxies(stable, wanted, settings):
    proxies = stable["trusted_proxies"] if stable["use_x_forwarded_for"] else []
    actual = f"trusts {', '.join(proxies)}" if proxies else "trusts no proxy"
    too_wide = wide(proxies)
    if too_wide:
        return "fail", "every trusted proxy is one host", f"{actual}: {', '.join(too_wide)} is more than one host"
    if "trusted_proxies" in settings or "use_x_forwarded_for" in settings:
        right = wanted["trusted_proxies"] if wanted["use_x_forwarded_for"] else []
        expected = f"trusts {', '.join(right)}" if right else "trusts no proxy"
        return _judge(sorted(right) == sorted(proxies), expected, actual)
    return "pass", "every trusted proxy is one host", actual


def _bind(stable, wanted, settings):
    def words(found):
        return f"listens on {', '.join(found.get('server_host') or ['all addresses'])}, port {found['server_port']}"

    if "server_host" not in settings and "server_port" not in settings:
        return "not_applicable", "no bind address declared", words(stable)
    good = sorted(stable.get("server_host", [])) == sorted(wanted.get("server_host", []))
    return _judge(good and stable["server_port"] == wanted["server_port"], words(wanted), words(stable))


def _cors(stable, wanted, settings):
    def words(origins):
        return f"lets scripts of {', '.join(origins)} in" if origins else "lets no foreign scripts in"

    present = stable["cors_allowed_origins"]
    if "cors_allowed_origins" in settings:
        right = wanted["cors_allowed_origins"]
        return _judge(sorted(present) == sorted(right), words(right), words(present))
    foreign = [origin for origin in present if origin not in http_settings.DEFAULT_CORS]
    return _judge(not foreign, "lets no foreign scripts in beyond Home Assistant's own", words(present))


def _frames(stable):
    actual = "sent" if stable["use_x_frame_options"] else "not sent"
    return _judge(stable["use_x_frame_options"], "X-Frame-Options is sent", actual)


def _promoted(http):
    expected = "the settings in force are promoted: a restart keeps them"
    if http["store"] == "yaml":
        return "pass", expected, "they stand in configuration.yaml"
    if on_trial(http):
        return "fail", expected, "settings are on trial: Home Assistant will drop them"
    return "pass", expected, "promoted"


def _bans(ha, wanted, unknown):
    expected = "no proxy and no address of Home Assistant's own is banned"
    if ha.get("ip_bans") is None:
        return "unknown", expected, unknown.get("home_assistant.ip_bans", "ip_bans.yaml could not be read")
    found = own_bans(ha, wanted)
    return _judge(
        not found, expected, f"banned: {', '.join(found)}" if found else f"{len(ha['ip_bans'])} bans, none of them"
    )
