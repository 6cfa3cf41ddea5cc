# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rules that the kernel's packet filter runs with: saving them, and bringing exactly them back.

Tables that Docker and others keep through iptables-nft cannot be loaded by nft again; those are saved and
brought back with iptables' own tools.
Standard library only: the guard runs this file by itself.
"""

from __future__ import annotations

import os
import re
import shutil

try:
    from ansible_collections.hearthwall.home.plugins.module_utils.visit import command
except ImportError:  # run by the guard, from the folder that it was written to
    import command

NATIVE = "nft.rules"
TOOLS = {"ip": "iptables", "ip6": "ip6tables"}
TABLE = re.compile(r"^table (\S+) (\S+) \{", re.MULTILINE)
# An expression that only iptables' tools can write.
FOREIGN = re.compile(r"^\s.*\bxt (?:match|target) ", re.MULTILINE)
# How miniupnpd asks for the protocol, which nft lists but does not take back.
RAW = {"@nh,72,8 0x6": "ip protocol tcp", "@nh,72,8 0x11": "ip protocol udp"}
RAW_PROTOCOL = re.compile(r"@nh,72,8 0x(?:6|11)\b")


class RulesetError(Exception):
    """The rules that run cannot be saved so that they could be brought back."""


def tables(text):
    """Return [(family, name, definition)] of the tables in the output of `nft list ruleset`."""
    starts = list(TABLE.finditer(text))
    ends = [match.start() for match in starts[1:]] + [len(text)]
    return [(match[1], match[2], _uncommented(text[match.start() : end])) for match, end in zip(starts, ends)]


def _uncommented(text):
    return "".join(line + "\n" for line in text.splitlines() if not line.startswith("#"))


def _loadable(definition):
    return RAW_PROTOCOL.sub(lambda match: RAW[match[0]], definition)


def save():
    """Return {file name: bytes} of what has to be kept to bring the running rules back."""
    if not shutil.which("nft", path=command.PATH):
        return {}
    listed = tables(command.run(["nft", "list", "ruleset"]))
    native = [_loadable(definition) for _family, _name, definition in listed if not FOREIGN.search(definition)]
    foreign = {family for family, _name, definition in listed if FOREIGN.search(definition)}
    kept = {NATIVE: ("flush ruleset\n" + "".join(native)).encode()}
    for family in sorted(foreign):
        tool = TOOLS.get(family)
        if not tool or not shutil.which(f"{tool}-nft-save", path=command.PATH):
            raise RulesetError(
                f"the running rules of family {family} were made by a tool that is not here to save them (iptables-nft)"
            )
        kept[f"{tool}.rules"] = command.run([f"{tool}-nft-save"]).encode()
    try:
        command.run(["nft", "-c", "-f", "-"], data=kept[NATIVE])
    except command.CommandError as error:
        raise RulesetError(f"the running rules could not be loaded again as nft lists them: {error}") from None
    return kept


def put_back(folder):
    """Bring back what save() kept in the files of ``folder``."""
    path = os.path.join(folder, NATIVE)
    if os.path.exists(path):
        command.run(["nft", "-f", path])
    for tool in TOOLS.values():
        path = os.path.join(folder, f"{tool}.rules")
        if os.path.exists(path):
            with open(path, "rb") as rules:
                command.run([f"{tool}-nft-restore"], data=rules.read())
