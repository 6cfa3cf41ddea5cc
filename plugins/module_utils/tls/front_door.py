# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host's front door really does, seen from the host itself: handshakes and requests, not configuration."""

from __future__ import annotations

import json
import os
import pwd
import re
import socket
import ssl
import stat
import subprocess
import warnings

from ansible_collections.hearthwall.home.plugins.module_utils.host import certificates
from ansible_collections.hearthwall.home.plugins.module_utils.tls import handshake, profile

HERE = "127.0.0.1"
STRANGER = "stranger.invalid"
# What the role declared here, so that a snapshot knows where to knock.
KNOWN = "/etc/hearthwall/front-door.json"
PARAMETERS = ("name", "https_port", "http_port", "profile", "certificate", "key")
RENEWALS = "/etc/letsencrypt/renewal"
LINEAGES = "/etc/letsencrypt/live"
RENEWAL_UNIT = "certbot.service"


def look_at_known():
    """Return look() at the front door that this host is known to be; (None, {}) where it is none."""
    try:
        with open(KNOWN, encoding="utf-8") as file:
            known = json.load(file)
    except FileNotFoundError:
        return None, {}
    except (OSError, ValueError) as error:
        return None, {"known": f"{KNOWN} cannot be read: {error}"}
    return look(known)


def asked(parameters):
    """Return the parameters of a look, and nothing else."""
    return {key: parameters[key] for key in PARAMETERS}


def look(parameters):
    """Return (front door, {part: reason}) for the parameters of a look."""
    name, port = parameters["name"], int(parameters["https_port"])
    unknown = {}
    door = {
        "asked": asked(parameters),
        "problem": None,
        "protocol": None,
        "certificate": None,
        "serves_held": None,
        "status": None,
        "headers": {},
        "strangers": None,
        "excluded": None,
        "plain": None,
        "lineage": _lineage(name),
        "renewal": _renewal(),
        "keys": {path: _mode(path) for path in _with_folder(parameters["key"])},
    }
    try:
        with handshake.shake(HERE, port, name) as connection:
            served = connection.getpeercert(binary_form=True)
            door["protocol"] = connection.version()
            door["status"], door["headers"] = handshake.request(connection, name)
    except (handshake.Silent, handshake.Refused) as problem:
        door["problem"] = f"no handshake for {name}: {problem}"
        return door, unknown
    try:
        door["certificate"] = certificates.parse(ssl.DER_cert_to_PEM_cert(served))
    except (ValueError, IndexError) as error:
        unknown["certificate"] = f"the served certificate cannot be read: {error}"
    door["serves_held"] = served == handshake.first_certificate(parameters["certificate"])
    door["lineage"]["served"] = served == handshake.first_certificate(f"{LINEAGES}/{name}/cert.pem")
    door["strangers"] = {str(sni): _shown_to(port, sni) for sni in (None, STRANGER)}
    door["excluded"] = _excluded(port, name, parameters["profile"], unknown)
    if int(parameters["http_port"]):
        door["plain"] = _plain(int(parameters["http_port"]), name)
    return door, unknown


def _shown_to(port, sni):
    """Return the subject of the certificate that a stranger is shown; None where he is refused."""
    try:
        with handshake.shake(HERE, port, sni) as connection:
            shown = certificates.parse(ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True)))
            return shown["subject"] or ", ".join(shown["names"])
    except handshake.Refused:
        return None
    except (handshake.Silent, ValueError, IndexError) as problem:
        return str(problem)


def _excluded(port, name, wanted, unknown):
    """Return what the server accepts of the terms that the profile excludes: {"protocol version or cipher"}."""
    accepted = []
    for label, least, most, ciphers in profile.excluded(wanted):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context = handshake.terms(least, most, ciphers)
            with handshake.shake(HERE, port, name, context) as connection:
                accepted.append(f"{connection.version()} with {connection.cipher()[0]}")
        except handshake.Refused:
            continue
        except (handshake.Silent, ssl.SSLError, ValueError) as problem:
            unknown[f"excluded.{label}"] = f"this host's own OpenSSL cannot offer {label}: {problem}"
    return accepted


def _plain(port, name):
    """Return what port 80 answers to the name and to a stranger."""
    found = {}
    for key, host in (("known", name), ("stranger", STRANGER)):
        try:
            with socket.create_connection((HERE, port), timeout=handshake.TIMEOUT) as connection:
                status, headers = handshake.request(connection, host, "/hearthwall")
        except OSError as error:
            found[key] = {"status": None, "location": None, "problem": str(error)}
            continue
        found[key] = {"status": status, "location": headers.get("location", [None])[0], "problem": None}
    return found


def _lineage(name):
    """Return which authority certbot has this name's certificate from."""
    try:
        with open(f"{RENEWALS}/{name}.conf", encoding="utf-8") as file:
            server = re.search(r"^server\s*=\s*(\S+)", file.read(), re.MULTILINE)
    except OSError:
        return {"directory_url": None, "served": None}
    return {"directory_url": server.group(1) if server else None, "served": None}


def _renewal():
    """Return how the last renewal went: {"result": "success", …}; None where it cannot be asked."""
    try:
        done = subprocess.run(
            ["systemctl", "show", "--property=Result,ExecMainStatus,LoadState", RENEWAL_UNIT],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    if done.returncode or found.get("LoadState") != "loaded":
        return None
    return {"result": found.get("Result"), "status": found.get("ExecMainStatus")}


def _with_folder(path):
    return (path, os.path.dirname(path)) if path else ()


def _mode(path):
    """Return {"mode", "owner"} of what a path leads to; None where it does not exist."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    try:
        owner = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        owner = str(found.st_uid)
    return {"mode": f"{stat.S_IMODE(found.st_mode):04o}", "owner": owner}
