# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a front door's behaviour means for the controls. Pure: no host, no clock of its own."""

from __future__ import annotations

import datetime
import re

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.module_utils.tls.handshake import UNREACHABLE

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
PASS, FAIL, UNKNOWN, NOT_APPLICABLE = "pass", "fail", "unknown", "not_applicable"
REFUSED_WITHOUT_CERTIFICATE = (400, 403)
# What anybody can read is no key; a folder may be looked into, but not written to, by others.
KEY_MODE, FOLDER_MODE = 0o077, 0o022


def judge(door, unknown, declared, now):
    """Return the verdicts about one front door.

    ``door`` and ``unknown`` are what front_door.look() returned; ``declared`` {"names", "profile", "source",
    "directory_url", "min_days", "hsts_max_age", "client_certificates", "addresses", "http_port"}; ``now`` has a
    time zone.
    """
    spoken = []
    for control, opinion in CONTROLS.items():
        if door["problem"] and opinion in NEEDS_A_HANDSHAKE:
            spoken.append(verdict(control, UNKNOWN, actual=door["problem"]))
            continue
        found = opinion(door, unknown, declared, now)
        if found:
            status, expected, actual = found
            evidence = "" if status == NOT_APPLICABLE else EVIDENCE.get(control, "")
            spoken.append(verdict(control, status, expected, actual, evidence))
    return spoken


def _served(door, _unknown, declared, _now):
    expected = f"Home Assistant answers behind nginx as {declared['names'][0]}"
    if door["problem"]:
        return FAIL, expected, door["problem"]
    if not door["serves_held"]:
        return FAIL, expected, "nginx shows another certificate than the one on disk: it has not been reloaded"
    if door["status"] is None:
        return FAIL, expected, "nginx ends the connection without an answer"
    if door["status"] in UNREACHABLE:
        return FAIL, expected, f"nginx answers, Home Assistant does not (HTTP {door['status']})"
    return PASS, expected, f"answers with HTTP {door['status']} over {door['protocol']}"


def _strangers(door, _unknown, _declared, _now):
    expected = "handshakes and requests for unknown names are refused"
    shown = {sni: subject for sni, subject in door["strangers"].items() if subject}
    told = [f"{'no name' if sni == 'None' else sni}: shown {subject}" for sni, subject in sorted(shown.items())]
    plain = (door["plain"] or {}).get("stranger")
    if plain and plain["status"]:
        told.append(f"plain HTTP for an unknown name: HTTP {plain['status']}")
    return (FAIL, expected, "; ".join(told)) if told else (PASS, expected, "refused")


def _headers(door, _unknown, _declared, _now):
    if door["status"] is None:
        return UNKNOWN, "", "no answer to read headers from"
    missing = [
        name
        for name, wanted in (
            ("x-content-type-options", r"nosniff"),
            ("referrer-policy", r"no-referrer|same-origin|strict-origin.*"),
            ("content-security-policy", r".*frame-ancestors .+"),
        )
        if not _says(door["headers"], name, wanted)
    ]
    expected = "nosniff, a referrer policy and frame-ancestors, once each"
    return (FAIL, expected, f"missing or doubled: {', '.join(missing)}") if missing else (PASS, expected, "present")


def _says(headers, name, wanted):
    values = headers.get(name, [])
    return len(values) == 1 and re.fullmatch(wanted, values[0]) is not None


def _client_certificates(door, _unknown, declared, _now):
    wanted = declared["client_certificates"]
    if wanted == "none":
        return NOT_APPLICABLE, "", "no client certificates are declared"
    if wanted == "optional":
        return None
    expected = "a client without a certificate is refused"
    if door["problem"]:
        return UNKNOWN, expected, door["problem"]
    status = door["status"]
    return (PASS if status in REFUSED_WITHOUT_CERTIFICATE else FAIL), expected, f"HTTP {status} without one"


def _addresses(_door, _unknown, declared, _now):
    return None if declared["addresses"] else (NOT_APPLICABLE, "", "no address lists are declared")


def _plain(door, _unknown, declared, _now):
    if not declared["http_port"]:
        return NOT_APPLICABLE, "", "no port for plain HTTP is declared"
    expected = "a redirect to HTTPS"
    known = door["plain"]["known"]
    if known["problem"]:
        return UNKNOWN, expected, f"port {declared['http_port']}: {known['problem']}"
    actual = f"HTTP {known['status']} to {known['location']}"
    good = known["status"] in (301, 308) and (known["location"] or "").startswith("https://")
    return (PASS if good else FAIL), expected, actual


def _terms(door, unknown, declared, _now):
    expected = f"only what Mozilla's profile {declared['profile']} allows"
    if door["excluded"]:
        return FAIL, expected, f"accepts {', '.join(door['excluded'])}"
    reasons = [reason for part, reason in sorted(unknown.items()) if part.startswith("excluded.")]
    if reasons:
        return UNKNOWN, expected, "; ".join(reasons)
    return PASS, expected, f"speaks {door['protocol']}, refuses everything older or weaker"


def _certificate(door, unknown, declared, now):
    expected = f"a certificate for {', '.join(declared['names'])} that is good for {declared['min_days']} days or more"
    if declared["source"] == "acme":
        expected += f", from {declared['directory_url']}"
    if door["problem"]:
        return FAIL, expected, door["problem"]
    found = door["certificate"]
    if found is None:
        return UNKNOWN, expected, unknown.get("certificate", "the served certificate could not be read")
    problems = list(_certificate_problems(door, found, declared, now))
    actual = f"issued by {found['issuer']}, good until {found['not_after']}"
    return (FAIL, expected, "; ".join(problems)) if problems else (PASS, expected, actual)


def _certificate_problems(door, found, declared, now):
    if found["self_signed"]:
        yield "self-signed"
    missing = [name for name in declared["names"] if not any(_covers(pattern, name) for pattern in found["names"])]
    if missing:
        yield f"not for {', '.join(missing)}"
    if _moment(found["not_before"]) > now:
        yield f"not good before {found['not_before']}"
    left = (_moment(found["not_after"]) - now).days
    if left < declared["min_days"]:
        yield f"ended {found['not_after']}" if left < 0 else f"ends in {left} days"
    if declared["source"] == "acme" and not found["self_signed"]:
        if door["lineage"]["directory_url"] != declared["directory_url"]:
            yield f"from {door['lineage']['directory_url'] or 'elsewhere than certbot'}"
        elif not door["lineage"]["served"]:
            yield "certbot holds another one than is served"


def _covers(pattern, name):
    if pattern.startswith("*."):
        return name.partition(".")[2].lower() == pattern[2:].lower()
    return pattern.lower() == name.lower()


def _moment(text):
    return datetime.datetime.strptime(text, MOMENT).replace(tzinfo=datetime.timezone.utc)


def _keys(door, _unknown, _declared, _now):
    expected = "owned by root, and nobody else can read it"
    problems = []
    for number, (path, state) in enumerate(door["keys"].items()):
        if state is None:
            problems.append(f"{path} does not exist")
            continue
        forbidden = FOLDER_MODE if number else KEY_MODE
        if state["owner"] != "root" or int(state["mode"], 8) & forbidden:
            problems.append(f"{path} is {state['mode']} of {state['owner']}")
    return (FAIL, expected, "; ".join(problems)) if problems else (PASS, expected, "root alone")


def _renewal(door, _unknown, declared, _now):
    if declared["source"] != "acme":
        return NOT_APPLICABLE, "", f"the certificate is {declared['source'].replace('_', '-')}: nothing here renews it"
    expected = "the last renewal went well and what it got is served"
    if door["renewal"] is None:
        return FAIL, expected, "there is no certbot.service"
    if door["renewal"]["result"] != "success":
        return FAIL, expected, f"the last run of certbot.service ended with {door['renewal']['result']}"
    if not door["problem"] and not door["lineage"]["served"]:
        return FAIL, expected, "what certbot holds is not what is served"
    return PASS, expected, "certbot.service succeeded"


def _hsts(door, _unknown, declared, _now):
    expected = f"Strict-Transport-Security with max-age={declared['hsts_max_age']}"
    if door["status"] is None:
        return UNKNOWN, expected, "no answer to read headers from"
    values = door["headers"].get("strict-transport-security", [])
    if len(values) != 1:
        return FAIL, expected, "missing" if not values else "said more than once"
    age = re.match(r"max-age=(\d+)", values[0])
    return (PASS if age and int(age.group(1)) >= declared["hsts_max_age"] else FAIL), expected, values[0]


CONTROLS = {
    "HW-PROXY-01": _served,
    "HW-PROXY-02": _strangers,
    "HW-PROXY-05": _headers,
    "HW-PROXY-06": _client_certificates,
    "HW-PROXY-07": _addresses,
    "HW-PROXY-09": _plain,
    "HW-TLS-01": _terms,
    "HW-TLS-02": _certificate,
    "HW-TLS-03": _keys,
    "HW-TLS-04": _renewal,
    "HW-TLS-05": _hsts,
}
NEEDS_A_HANDSHAKE = (_strangers, _headers, _plain, _terms, _hsts)
EVIDENCE = {
    "HW-PROXY-01": "HTTPS request to the host itself",
    "HW-PROXY-02": "handshakes on the host itself without a name and with a wrong one",
    "HW-PROXY-05": "headers of an answer on the host itself",
    "HW-PROXY-06": "HTTPS request without a certificate on the host itself",
    "HW-PROXY-09": "plain HTTP request to the host itself",
    "HW-TLS-01": "handshakes on the host itself that offer only what the profile excludes",
    "HW-TLS-02": "certificate of a handshake on the host itself",
    "HW-TLS-03": "owner and mode of the files",
    "HW-TLS-04": "systemctl show certbot.service",
    "HW-TLS-05": "headers of an answer on the host itself",
}
