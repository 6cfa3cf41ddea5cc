# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host's WireGuard is like: facts about keys, never keys that are secret."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess

# What the role declared here, so that a snapshot knows which interface to ask.
KNOWN = "/etc/hearthwall/wireguard.json"
TUN = "/dev/net/tun"
TIMEOUT = 10
NONE = "(none)"
OFF = "off"


def look():
    """Return (what was seen, {part: reason}).

    {"kernel": the kernel speaks WireGuard, "tun": a program could, "known": what the role has declared, "device": what
    the interface does, "key": the private key's file}
    """
    unknown = {}
    seen = {"kernel": _kernel(), "tun": os.path.exists(TUN), "known": None, "device": None, "key": None}
    try:
        with open(KNOWN, encoding="utf-8") as file:
            seen["known"] = json.load(file)
    except FileNotFoundError:
        return seen, unknown
    except (OSError, ValueError) as error:
        return seen, {"known": f"{KNOWN} cannot be read: {error}"}
    seen["key"] = _key(seen["known"]["key"], unknown)
    if not os.path.isdir(f"/sys/class/net/{seen['known']['interface']}"):
        return seen, unknown
    try:
        seen["device"] = parse(_wg("show", seen["known"]["interface"], "dump"))
    except OSError as error:
        unknown["device"] = str(error)
    return seen, unknown


def parse(dump):
    """Return a device of `wg show … dump`; its private and preshared keys end here."""
    own, *peers = [line.split("\t") for line in dump.splitlines()]
    _private, public, port, _mark = own
    found = {}
    for key, preshared, _endpoint, allowed, handshake, _received, _sent, keepalive in peers:
        found[key] = {
            "allowed": [] if allowed == NONE else sorted(allowed.split(",")),
            "preshared": preshared != NONE,
            "handshake": int(handshake),
            "keepalive": 0 if keepalive == OFF else int(keepalive),
        }
    return {"public_key": None if public == NONE else public, "port": int(port), "peers": found}


def _kernel():
    if os.path.isdir("/sys/module/wireguard"):
        return True
    if not shutil.which("modprobe"):
        return False
    asked = ["modprobe", "-n", "-q", "wireguard"]
    return subprocess.run(asked, stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False).returncode == 0


def _key(path, unknown):
    try:
        about = os.stat(path)
        with open(path, encoding="ascii") as file:
            public = _wg("pubkey", data=file.read())
    except FileNotFoundError:
        return None
    except OSError as error:
        unknown["key"] = f"{path}: {error}"
        return None
    return {"mode": f"{stat.S_IMODE(about.st_mode):04o}", "uid": about.st_uid, "public_key": public.strip()}


def _wg(*arguments, data=None):
    try:
        done = subprocess.run(
            ["wg", *arguments], input=data or "", capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise OSError(f"wg {arguments[0]} did not answer within {TIMEOUT} s") from None
    if done.returncode:
        raise OSError(done.stderr.strip() or f"wg {arguments[0]}: {done.returncode}")
    return done.stdout
