# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every way from the internet to an inside host that a Linux router has open, from its running state."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset, foreign, translation
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import boot, controller, iptables, miniupnpd
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.forwards import forwards

TIMEOUT = 20
SAVERS = {
    "iptables-nft": ("iptables-nft-save", "ip6tables-nft-save"),
    "iptables-legacy": ("iptables-legacy-save", "ip6tables-legacy-save"),
}


class Unreadable(Exception):
    """A tool did not answer; the text says why."""


def look(parameters=None):
    """Return (value, unknown): the ways in, and why something about them could not be seen."""
    del parameters
    unknown = {}
    here = links()
    value = {
        "forwards": [],
        "upnp": _upnp(unknown),
        "forwarding": {"ip": _sysctl("net/ipv4/ip_forward"), "ip6": _sysctl("net/ipv6/conf/all/forwarding")},
        "addresses": _ip(["addr"], unknown, "addresses", _addresses),
        "default_routes": _default_routes(unknown),
        "neighbours": _ip(["neigh"], unknown, "neighbours", _neighbours),
        "relays": _relays(),
        "controller": controller.look(),
    }
    elsewhere, value["hints"] = boot.elsewhere()
    value["spelled"] = _spelled(here)
    value["forwards"] = _forwards(value["upnp"], here, elsewhere, unknown)
    return value, {f"ways_in.{part}": reason for part, reason in unknown.items()}


def run(argv):
    """Return a command's output; raise Unreadable when it fails."""
    if not shutil.which(argv[0]):
        raise Unreadable(f"{argv[0]} is not installed")
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreadable(f"{argv[0]}: {error}") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Unreadable(f"{argv[0]}: {lines[-1] if lines else done.returncode}")
    return done.stdout.decode("utf-8", "replace")


def ruleset():
    """Return the running `nft -j list ruleset`; raise Unreadable."""
    return json.loads(run(["nft", "-j", "list", "ruleset"]) or '{"nftables": []}')


def _spelled(names):
    """Return what nft makes of the rules that iptables wrote, by reading its own listing again elsewhere."""
    try:
        document = ruleset()
        if not foreign(document):
            return {}
        return translation(document, boot.reread(run(["nft", "list", "ruleset"]), names))
    except (Unreadable, ValueError, boot.NotTried):
        return {}


def _forwards(upnp, names, elsewhere, unknown):
    found = []
    try:
        document = ruleset()
    except (Unreadable, ValueError) as error:
        document, unknown["forwards"] = None, str(error)
    if document is not None:
        listed, blind = forwards(Ruleset(document))
        found += [{**entry, "source": _source(entry, upnp)} for entry in listed]
        compat, reasons = _saved("iptables-nft", document)
        found += compat
        if compat or not reasons:
            # iptables-nft-save has shown what nft's own listing leaves out.
            blind = [reason for reason in blind if "xtables target DNAT" not in reason] if not reasons else blind
        if blind or reasons:
            unknown["forwards"] = "; ".join([*blind, *reasons])
    legacy, reasons = _saved("iptables-legacy", None)
    found += legacy
    if reasons:
        unknown["forwards"] = "; ".join(filter(None, [unknown.get("forwards"), *reasons]))
    return _with_origins([{**entry, "running": True} for entry in found], upnp, names, elsewhere, unknown)


def _source(entry, upnp):
    chains = (upnp or {}).get("chains") or miniupnpd.CHAINS
    if entry["chain"] == chains["upnp_nat_chain"] and entry["table"] == chains["upnp_nat_table_name"]:
        return "miniupnpd"
    return "nftables"


def _saved(kind, document):
    """Return (forwards, reasons) of one kind of iptables; nothing where the kernel holds no such rules."""
    found, reasons = [], []
    if kind == "iptables-nft" and '"xt"' not in json.dumps(document):
        return found, reasons
    for saver, names in zip(SAVERS[kind], ("net/ip_tables_names", "net/ip6_tables_names")):
        if kind == "iptables-legacy":
            tables = boot_text(f"/proc/{names}")
            if "nat" not in (tables or "").split():
                continue
        try:
            found += iptables.forwards(run([saver, "-t", "nat"]), kind)
        except Unreadable as error:
            reasons.append(str(error))
    return [
        {**entry, "source": "miniupnpd"} if entry["chain"].startswith("MINIUPNPD") else entry for entry in found
    ], reasons


def boot_text(path):
    """Return the content of a file of the kernel; None when it is not there."""
    try:
        with open(path, encoding="ascii", errors="replace") as lines:
            return lines.read()
    except OSError:
        return None


def _with_origins(found, upnp, names, elsewhere, unknown):
    """Say of each forward where on disk it comes from, and add those that only the next boot will bring."""
    stored, files, untried = [], {}, {}
    for main in boot.MAINS:
        texts = boot.files_of(main)
        if not any("dnat" in text for text in texts.values()):
            continue
        files.update(texts)
        try:
            listed, _blind = forwards(Ruleset(boot.tried(main, names)))
        except boot.NotTried as error:
            unknown["persistent"] = str(error)
            untried.update(texts)
            continue
        stored += [{**entry, "source": "nftables", "main": main} for entry in listed]
    for path in boot.SAVED:
        text = boot.text_of(path)
        if text:
            stored += [{**entry, "main": path} for entry in iptables.forwards(text, "iptables")]
    stored += _leased(upnp)
    stored += [{**entry, "line": None, "main": None} for entry in elsewhere]
    by_identity = {boot.identity(entry): entry for entry in stored}
    running = {boot.identity(entry) for entry in found}
    result = [{**entry, **_origin(entry, by_identity, files, untried)} for entry in found]
    for entry in stored:
        if boot.identity(entry) not in running:
            result.append({**entry, "running": False, **_origin(entry, by_identity, files, untried)})
    return result


def _leased(upnp):
    """Return the mappings that the UPnP daemon will open again when it starts, as forwards."""
    upnp = upnp or {}
    interface = upnp.get("ext_ifname")
    return [
        {
            **{name: lease[name] for name in ("proto", "port", "to_address", "to_port", "line")},
            "interfaces": [interface] if interface else None,
            "not_interfaces": [],
            "destinations": None,
            "sources": None,
            "map": None,
            "element": None,
            "family": "inet",
            "table": upnp["chains"]["upnp_nat_table_name"],
            "chain": upnp["chains"]["upnp_nat_chain"],
            "handle": None,
            "source": "miniupnpd",
            "main": upnp["lease_file"],
        }
        for lease in upnp.get("leases", [])
    ]


def _origin(entry, stored, files, untried):
    kept = stored.get(boot.identity(entry))
    if kept and kept["main"] is None:
        return {"persistent": kept["persistent"], "main": None}
    if kept and kept.get("line"):
        return {"persistent": f"{kept['main']}:{kept['line']}", "main": kept["main"]}
    if kept:
        path, number = boot.line_of(files, entry)
        return {"persistent": f"{path}:{number}" if path else kept["main"], "main": kept["main"]}
    # Where nft has not said what a file means, the line that looks most like it is named.
    path, number = boot.line_of(untried, entry)
    if path and entry["source"] == "nftables":
        return {"persistent": f"{path}:{number}", "main": None}
    # Everything that is read at boot was understood, and none of it has this forward: somebody typed it.
    return {"persistent": None, "main": None, "by_hand": not untried}


def _upnp(unknown):
    """Return what is known of the UPnP and NAT-PMP daemon; None where there is neither daemon nor configuration."""
    process = _process("miniupnpd")
    words = process[1] if process else []
    config = words[words.index("-f") + 1] if "-f" in words[:-1] else miniupnpd.CONFIG
    text = boot.text_of(config)
    if process is None and text is None:
        return None
    upnp = {"running": process is not None, "pid": process[0] if process else None, "config": config}
    upnp.update(_unit(miniupnpd.UNIT))
    if text is None:
        unknown["upnp"] = f"{config} could not be read"
        return {**upnp, "known": False, "leases": [], "chains": dict(miniupnpd.CHAINS)}
    upnp.update(miniupnpd.meaning(text), known=True)
    upnp["natpmp"] = upnp["natpmp"] or "-N" in words
    stored = boot.text_of(upnp["lease_file"]) if upnp["lease_file"] else None
    upnp["leases"] = miniupnpd.leases(stored or "")
    upnp["shares_table"] = _shares_table(upnp["chains"], unknown)
    return upnp


def _shares_table(chains, unknown):
    """Return whether miniupnpd's chains live in a table that holds other rules, which its stop script deletes."""
    try:
        rules = Ruleset(ruleset())
    except (Unreadable, ValueError):
        unknown.setdefault("forwards", "nft did not answer")
        return None
    own = {chains[key] for key in ("upnp_forward_chain", "upnp_nat_chain", "upnp_nat_postrouting_chain")}
    for key, listed in rules.rules.items():
        # The stop script of Debian deletes this table whatever the configuration names.
        if key[:2] != ("inet", "filter") or key[2] in own:
            continue
        for rule in listed:
            targets = [part.get("jump", {}).get("target") for part in rule.get("expr", []) if isinstance(part, dict)]
            if not any(target in own for target in targets):
                return True
    return False


def _unit(unit):
    try:
        shown = run(["systemctl", "show", unit, "--property=ActiveState,UnitFileState,LoadState"])
    except Unreadable:
        return {"unit": None, "active": None, "enabled": None}
    found = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    if found.get("LoadState") == "not-found":
        return {"unit": None, "active": None, "enabled": None}
    return {
        "unit": unit,
        "active": found.get("ActiveState") in ("active", "activating", "reloading"),
        "enabled": found.get("UnitFileState") in ("enabled", "enabled-runtime"),
    }


def _process(name):
    """Return (pid, words of its command line) of the first process of this name in our network namespace."""
    try:
        own = os.stat("/proc/self/ns/net").st_ino
    except OSError:
        own = None
    for pid, words in _processes():
        if os.path.basename(words[0]) == name:
            try:
                if own is None or os.stat(f"/proc/{pid}/ns/net").st_ino == own:
                    return int(pid), words
            except OSError:
                continue
    return None


def _processes():
    for pid in sorted(filter(str.isdigit, os.listdir("/proc")), key=int):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as text:
                words = text.read().decode("utf-8", "replace").rstrip("\0").split("\0")
        except OSError:
            continue
        if words and words[0]:
            yield pid, words


def _relays():
    """Return the ports that a userland proxy of a container engine passes on."""
    found = []
    for _pid, words in _processes():
        if os.path.basename(words[0]) not in ("docker-proxy", "rootlessport"):
            continue
        given = {key.lstrip("-"): value for key, value in zip(words, words[1:]) if key.startswith("-")}
        if "host-port" in given and "container-port" in given:
            found.append(
                {
                    "process": os.path.basename(words[0]),
                    "proto": given.get("proto", "tcp"),
                    "address": given.get("host-ip", "0.0.0.0"),  # noqa: S104 - what the proxy binds, not what we do
                    "port": int(given["host-port"]),
                    "to_address": given.get("container-ip"),
                    "to_port": int(given["container-port"]),
                }
            )
    return found


def _sysctl(name):
    text = boot_text(f"/proc/sys/{name}")
    return None if text is None else text.strip() not in ("0", "")


def links():
    """Return the names of the host's interfaces, as far as they are plain."""
    try:
        found = os.listdir("/sys/class/net")
    except OSError:
        return []
    return sorted(name for name in found if re.fullmatch(r"[\w.-]{1,15}", name) and name != "lo")


def _ip(words, unknown, part, reader):
    try:
        return reader(json.loads(run(["ip", "-j", *words]) or "[]"))
    except (Unreadable, ValueError) as error:
        unknown[part] = str(error)
        return None


def _addresses(shown):
    return [
        {
            "interface": link["ifname"],
            "address": entry["local"],
            "prefix": entry["prefixlen"],
            "scope": entry["scope"],
            # Those that privacy extensions make are others tomorrow.
            "temporary": bool(entry.get("temporary")),
        }
        for link in shown
        for entry in link.get("addr_info", [])
        if link["ifname"] != "lo" and "local" in entry
    ]


def _neighbours(shown):
    return [
        {"address": entry["dst"], "mac": entry["lladdr"], "interface": entry["dev"]}
        for entry in shown
        if "lladdr" in entry and "FAILED" not in entry.get("state", [])
    ]


def _default_routes(unknown):
    found = []
    for words in (["route", "show", "default"], ["-6", "route", "show", "default"]):
        listed = _ip(words, unknown, "default_routes", lambda shown: shown)
        for route in listed or []:
            devices = [route.get("dev"), *(hop.get("dev") for hop in route.get("nexthops", []))]
            found += [device for device in devices if device]
    return sorted(set(found))
