# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the next boot will load: nftables files tried out by nft itself, in a network namespace made for the purpose.

No parser of ours stands between a file and what it means, and an edit is proved by loading the edited file:
exactly the forward that has to go must be gone, and nothing else may differ.
"""

from __future__ import annotations

import glob
import json
import os
import re
import subprocess
import tempfile

from ansible_collections.hearthwall.home.plugins.module_utils.nftables.ruleset import Ruleset
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import iptables
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.forwards import covers_port, forwards

MAINS = ("/etc/nftables.conf", "/etc/sysconfig/nftables.conf")
SAVED = ("/etc/iptables/rules.v4", "/etc/iptables/rules.v6", "/etc/sysconfig/iptables", "/etc/sysconfig/ip6tables")
SAVED += ("/etc/ufw/before.rules", "/etc/ufw/before6.rules", "/etc/ufw/user.rules", "/etc/ufw/user6.rules")
# Other places that people put a port forward; found, but not edited.
ELSEWHERE = (
    "/etc/rc.local",
    "/etc/network/interfaces",
    "/etc/network/interfaces.d/*",
    "/etc/network/if-up.d/*",
    "/etc/network/if-pre-up.d/*",
    "/etc/networkd-dispatcher/*/*",
    "/etc/ppp/ip-up.d/*",
    "/etc/firewalld/zones/*.xml",
    "/etc/firewalld/direct.xml",
    "/etc/shorewall/rules",
    "/etc/ferm/*.conf",
    "/etc/systemd/system/*.service",
    "/usr/local/bin/*",
    "/usr/local/sbin/*",
    "/etc/crontab",
    "/etc/cron.d/*",
    "/var/spool/cron/crontabs/*",
)
WORDS = ("dnat", "forward-port", "to-addr", "redir", "upnpc", "natpmpc", "socat")
ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
INCLUDE = re.compile(r'^\s*include\s+"([^"]+)"')
DEFINE = re.compile(r"^\s*define\s+([\w.]+)\s*=\s*(.*)$")
TIMEOUT = 20
LARGEST = 1 << 20
TRIES = 200

# Interfaces of the same names, so that rules by interface index load as well.
SCRIPT = """
set -e
main=$1; shift
while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done; shift
for name in "$@"; do
  ip link add name "$name" type bridge 2>/dev/null || ip link add name "$name" type dummy 2>/dev/null || :
done
nft -f "$main"
exec nft -j list ruleset
"""


class NotTried(Exception):
    """A file could not be tried out; the text says why."""


def text_of(path):
    """Return a text file's content; None when it is not there, not readable or not a small text file."""
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > LARGEST:
            return None
        with open(path, encoding="utf-8", errors="surrogateescape") as lines:
            return lines.read()
    except OSError:
        return None


def files_of(main):
    """Return {path: text} of an nftables file and of everything it includes."""
    found, waiting = {}, [main]
    while waiting and len(found) < 64:
        path = waiting.pop(0)
        text = None if path in found else text_of(path)
        if text is None:
            continue
        found[path] = text
        for line in text.splitlines():
            match = INCLUDE.match(line)
            if match:
                pattern = match.group(1)
                waiting += sorted(glob.glob(pattern if pattern.startswith("/") else os.path.join("/etc", pattern)))
    return found


def tried(main, links=(), replaced=None):
    """Load an nftables file (with some files replaced) in a fresh namespace; return its `nft -j list ruleset`."""
    with tempfile.TemporaryDirectory(prefix="hearthwall-") as folder:
        pairs = []
        for number, (path, text) in enumerate((replaced or {}).items()):
            copy = os.path.join(folder, str(number))
            with open(copy, "w", encoding="utf-8", errors="surrogateescape") as out:
                out.write(text)
            pairs += [copy, path]
        argv = ["unshare", "--net", "--mount", "--", "sh", "-c", SCRIPT, "sh", main, *pairs, "--", *links]
        try:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotTried(f"{main} could not be tried out: {error}") from error
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NotTried(f"{main} could not be tried out: {reason[0] if reason else done.returncode}")
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise NotTried(f"{main} could not be tried out: {error}") from error


def reread(listing, links=()):
    """Load what `nft list ruleset` has printed in a fresh namespace; return its `nft -j list ruleset`."""
    with tempfile.NamedTemporaryFile("w", prefix="hearthwall-", encoding="utf-8") as file:
        file.write(listing)
        file.flush()
        return tried(file.name, links)


def identity(forward):
    """Return what makes two entries the same way in, wherever they were found."""
    listed = [forward.get(part) for part in ("interfaces", "destinations", "sources")]
    return (
        forward["proto"],
        str(forward["port"]),
        forward["to_address"],
        str(forward["to_port"]),
        *(tuple(sorted(part)) if part else None for part in listed),
    )


def line_of(files, forward):
    """Return (path, line number) of the line that most likely makes this forward; (None, None) if none does."""
    names = _names(files, forward["to_address"])
    best, place = 0, (None, None)
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), start=1):
            code = line.split("#", 1)[0]
            if not any(re.search(rf"(?<![\w.:]){re.escape(name)}(?![\w.])", code) for name in names):
                continue
            if DEFINE.match(code):
                continue
            score = 1 + 2 * ("dnat" in code.lower()) + 4 * _mentions(code, forward["port"])
            score += "to-destination" in code
            if score > best and score > 1:
                best, place = score, (path, number)
    return place


def _names(files, address):
    names = {address, address.split("/")[0]}
    for text in files.values():
        for line in text.splitlines():
            match = DEFINE.match(line)
            if match and address in match.group(2):
                names.add(f"${match.group(1)}")
    return names


def _mentions(line, port):
    numbers = [int(word) for word in re.findall(r"(?<![\d.:])\d{1,5}(?![\d.])", line)]
    return any(covers_port(port, number) for number in numbers) if port != "any" else False


def elsewhere(places=ELSEWHERE):
    """Return (forwards, hints) of the lines in other places that may open a way in, each with its "file:line".

    A call of iptables is read; of anything else only the addresses that it names are.
    """
    found, hints = [], []
    for path in dict.fromkeys(path for pattern in places for path in sorted(glob.glob(pattern))):
        text = text_of(path) or ""
        if "\0" in text:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            code = line.strip()
            if code.startswith("#") or not any(word in code.lower() for word in WORDS):
                continue
            listed = _called(code)
            if listed:
                found += [{**entry, "persistent": f"{path}:{number}"} for entry in listed]
            elif ADDRESS.search(code):
                hints.append({"place": f"{path}:{number}", "addresses": sorted(set(ADDRESS.findall(code)))})
    return found, hints


def _called(code):
    """Return the forwards of a shell line that calls iptables."""
    match = re.search(r"\b(ip6?tables)(?:-nft|-legacy)?\b(.*)", code)
    if not match or "-t nat" not in match.group(2) or "PREROUTING" not in match.group(2):
        return []
    rule = re.search(
        r"(?:-A|-I|--append|--insert)\s+PREROUTING(?:\s+\d+)?\s+(.*?)(?:\s*(?:;|&&|\|\||#).*)?$", match.group(2)
    )
    if not rule:
        return []
    try:
        return iptables.forwards(f"*nat\n-A PREROUTING {rule.group(1)}\n", "iptables")
    except ValueError:
        return []


def canonical(document):
    """Return a ruleset's objects without what differs from load to load."""
    kept = []
    for item in document.get("nftables", []):
        for kind, body in item.items():
            if kind != "metainfo":
                body = {key: value for key, value in body.items() if key not in ("handle", "index")}
                kept.append(json.dumps({kind: body}, sort_keys=True))
    return kept


def edited(main, files, gone, links=()):
    """Return {path: new text} of an edit that takes away exactly these forwards, proved by loading it.

    Raises NotTried when no such edit is found.
    """
    before = tried(main, links)
    listed, _unknown = forwards(Ruleset(before))
    wanted = {identity(forward) for forward in gone}
    wanted &= {identity(forward) for forward in listed}
    current = dict(files)
    tries = 0
    while wanted:
        progress = None
        for path, text in _proposals(current, gone, wanted):
            tries += 1
            if tries > TRIES:
                break
            changed = {**current, path: text}
            lost = _lost(main, before, {p: t for p, t in changed.items() if t != files[p]}, links)
            if lost and lost <= wanted:
                progress = changed, lost
                break
        if progress is None:
            raise NotTried(f"no edit of {', '.join(files)} takes away exactly what has to go")
        current, lost = progress
        wanted -= lost
        before = tried(main, links, {p: t for p, t in current.items() if t != files[p]})
    return {path: text for path, text in current.items() if text != files[path]}


def _lost(main, before, replaced, links):
    """Return the forwards that an edit takes away; empty when it fails to load or touches anything else."""
    try:
        after = tried(main, links, replaced)
    except NotTried:
        return set()
    had, _unknown = forwards(Ruleset(before))
    has, _unknown = forwards(Ruleset(after))
    had, has = {identity(forward) for forward in had}, {identity(forward) for forward in has}
    if has - had:
        return set()
    old, new = canonical(before), canonical(after)
    removed = [text for text in old if text not in new]
    added = [text for text in new if text not in old]
    # At most the one rule or map that made the forward may have gone or become narrower.
    if len(old) - len(new) not in (0, 1) or len(removed) > 1 or len(added) > len(removed):
        return set()
    if any(not text.startswith(('{"rule"', '{"map"', '{"set"')) for text in removed):
        return set()
    return had - has


def _proposals(files, gone, wanted):
    """Yield (path, text): the smallest edits first that may take away one of the forwards."""
    for forward in gone:
        if identity(forward) not in wanted:
            continue
        named = _names(files, forward["to_address"])
        places = [
            (path, number)
            for path, text in files.items()
            for number, line in enumerate(text.splitlines())
            if any(name in line for name in named) or "dnat" in line or _mentions(line, forward["port"])
        ]
        first = line_of(files, forward)
        places.sort(key=lambda place: (place[0], place[1] + 1) != first)
        for path, number in places:
            lines = files[path].splitlines(keepends=True)
            for replacement in _smaller(lines[number], forward):
                yield path, "".join([*lines[:number], *replacement, *lines[number + 1 :]])


def _smaller(line, forward):
    """Yield what a line may become: gone, without one of its statements, without one element of a set."""
    yield []
    for match in re.finditer(r"\{([^{}]*)\}", line):
        elements = match.group(1).split(",")
        for place, element in enumerate(elements):
            if len(elements) > 1 and _mentions(element, forward["port"]):
                rest = ",".join(elements[:place] + elements[place + 1 :]).strip(" ")
                yield [f"{line[: match.start()]}{{ {rest} }}{line[match.end() :]}"]
    for match in re.finditer(r"[^;{}]*\bdnat\b[^;}]*;?", line):
        yield [line[: match.start()] + line[match.end() :]]
