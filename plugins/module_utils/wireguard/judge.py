# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host's WireGuard means for its controls. Pure: no host, no clock."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = "pass", "fail", "unknown", "not_applicable"
TABLE = "hearthwall_wireguard"
# Whoever can read it can pass for the home.
KEY_MODE = 0o077


def judge(seen, unknown, ruleset, plan):
    """Return the verdicts.

    ``seen``, ``unknown``: what look() returned; ``ruleset``: nft's JSON or None; ``plan`` {"port", "peers": [{"name",
    "public_key", "allowed", "preshared"}], "retired": [{"name", "public_key"}], "networks"}
    """
    if seen is None:
        reason = unknown.get("", "the host was not looked at")
        return [verdict(control, UNKNOWN, actual=reason) for control in CONTROLS]
    spoken = []
    for control, opinion in CONTROLS.items():
        status, expected, actual = opinion(seen, unknown, ruleset, plan)
        spoken.append(verdict(control, status, expected, actual))
    return spoken


def _device(seen, unknown):
    """Return (device, None), or (None, (status, actual)) where there is none to judge."""
    if "device" in unknown:
        return None, (UNKNOWN, unknown["device"])
    if not seen["device"]:
        return None, (FAIL, "there is no WireGuard interface")
    return seen["device"], None


def _peers(seen, unknown, _ruleset, plan):
    expected = f"UDP port {plan['port']}, and {_count(plan['peers'], 'peer')}, each with its own addresses only"
    device, none = _device(seen, unknown)
    if none:
        return none[0], expected, none[1]
    names = {peer["public_key"]: peer["name"] for peer in plan["peers"]}
    gone = {entry["public_key"]: entry["name"] for entry in plan["retired"]}
    wrong = [] if device["port"] == plan["port"] else [f"it listens on port {device['port']}"]
    # A revoked peer is the next control's finding.
    wrong += [f"unknown peer {key[:8]}…" for key in device["peers"] if key not in names and key not in gone]
    wrong += [f"{name} is missing" for key, name in names.items() if key not in device["peers"]]
    for peer in plan["peers"]:
        allowed = (device["peers"].get(peer["public_key"]) or {}).get("allowed")
        if allowed is not None and allowed != sorted(peer["allowed"]):
            wrong.append(f"{peer['name']} may use {', '.join(allowed) or 'no address'}")
    return (FAIL, expected, "; ".join(wrong)) if wrong else (PASS, expected, "as declared")


def _revoked(seen, unknown, _ruleset, plan):
    if not plan["retired"]:
        return NOT_APPLICABLE, "", "no peer was ever removed"
    expected = f"none of the {_count(plan['retired'], 'removed peer')} is let in, and their addresses stay unused"
    device, none = _device(seen, unknown)
    if none:
        # Without an interface nobody is let in, the removed ones neither.
        return (PASS if none[0] == FAIL else none[0]), expected, none[1]
    let_in = [entry["name"] for entry in plan["retired"] if entry["public_key"] in device["peers"]]
    return (FAIL, expected, f"still let in: {', '.join(let_in)}") if let_in else (PASS, expected, "all cut off")


def _key(seen, unknown, _ruleset, _plan):
    expected = "made on this host, readable by root only, and the one in use"
    if "key" in unknown:
        return UNKNOWN, expected, unknown["key"]
    key = seen["key"]
    if key is None:
        return FAIL, expected, "there is no private key"
    if key["uid"] != 0 or int(key["mode"], 8) & KEY_MODE:
        return FAIL, expected, f"mode {key['mode']}, owner {key['uid']}"
    if seen["device"] and seen["device"]["public_key"] != key["public_key"]:
        return FAIL, expected, "the interface uses another key than the one on disk"
    return PASS, expected, f"mode {key['mode']}, owner root"


def _spoofing(_seen, _unknown, ruleset, plan):
    expected = "the tunnel's addresses come from the tunnel, and nothing else does"
    if ruleset is None:
        return UNKNOWN, expected, "the packet filter could not be read"
    entries = ruleset.get("nftables", [])
    chains = [each["chain"] for each in entries if each.get("chain", {}).get("table") == TABLE]
    if not any(chain.get("hook") == "prerouting" for chain in chains):
        return FAIL, expected, f"the table {TABLE} is not loaded"
    rules = [e["rule"] for e in entries if e.get("rule", {}).get("table") == TABLE and e["rule"]["chain"] == "arriving"]
    if sum(any("drop" in part for part in rule["expr"]) for rule in rules) < 1 + len(plan["networks"]):
        return FAIL, expected, "its rules are not all there"
    return PASS, expected, "loaded"


def _preshared(seen, unknown, _ruleset, plan):
    wanted = {peer["public_key"]: peer["name"] for peer in plan["peers"] if peer["preshared"]}
    if not wanted:
        return NOT_APPLICABLE, "", "no peer is declared with a preshared key"
    expected = "a second, symmetric key for each peer that is declared with one"
    device, none = _device(seen, unknown)
    if none:
        return none[0], expected, none[1]
    bare = [name for key, name in wanted.items() if not (device["peers"].get(key) or {}).get("preshared")]
    return (FAIL, expected, f"without one: {', '.join(bare)}") if bare else (PASS, expected, "as declared")


def _count(things, word):
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


CONTROLS = {
    "HW-WG-01": _peers,
    "HW-WG-02": _key,
    "HW-WG-03": _revoked,
    "HW-WG-04": _spoofing,
    "HW-WG-05": _preshared,
}
