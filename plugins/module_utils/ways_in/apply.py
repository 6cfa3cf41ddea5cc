# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Close ways in on a router as one guarded change: what stood before is kept, and comes back on any failure."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time

from ansible_collections.hearthwall.home.plugins.module_utils.host import place
from ansible_collections.hearthwall.home.plugins.module_utils.visit import command, guard, journal, rollback, units
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import boot, look, miniupnpd
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.close import closing, reasons
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.declared import told

ROLE = "exposure_router"
LIMIT = 180
# While miniupnpd is stopped: Debian's own stop script would delete the table `inet filter`, whoever's it is.
DROPIN = "/run/systemd/system/miniupnpd.service.d/hearthwall.conf"
KEEP_TABLES = b"[Service]\nExecStopPost=\n"


class NotClosed(Exception):
    """The ways in are as they were; the text says why."""


def see():
    """Return what the plan is made from: (the look, what it could not see, the running ruleset or None)."""
    value, unknown = look.look()
    try:
        document = look.ruleset()
    except (look.Unreadable, ValueError) as error:
        document = None
        unknown.setdefault("ways_in.forwards", str(error))
    return value, unknown, document


def reload(unit, timeout, home=journal.HOME):
    """Load Hearthwall's own tables anew, as one guarded change; return the guard."""
    place.put_directory(home, 0o700, os.geteuid(), os.getegid())
    folder = journal.create(f"{ROLE}_reload", runtime=["nftables"], home=home, limit=LIMIT)
    try:
        if timeout:
            guard.arm(folder, timeout)
        journal.update(folder, touched=True)
        units.systemctl("reload-or-restart", unit)
        if timeout:
            return guard.await_confirmation(folder)
        journal.close(folder)
    except BaseException as error:
        raise _restored(folder, error) from error
    return None


def _restored(folder, error):
    """Put everything back and return the error that says so."""
    failures, _notes = rollback.put_back(folder)
    guard.disarm(folder)
    standing = f"Putting back failed too: {'; '.join(failures)}" if failures else "Everything was put back"
    return NotClosed(f"{(str(error) or type(error).__name__).rstrip('.')}. {standing}.")


def prepare(gone, upnp):
    """Return (the Closing for what is on the host now, the look it was made from)."""
    value, unknown, document = see()
    if document is None:
        raise NotClosed(f"the running rules could not be read: {unknown.get('ways_in.forwards')}")
    return closing(gone, upnp, value, document, look.links()), value


def foresee(gone, upnp):
    """Return what close() would do, without doing it."""
    plan, value = prepare(gone, upnp)
    return {
        "changed": not plan.empty,
        "closed": _named(gone, value),
        "left": reasons(plan.left),
        "texts": _texts(plan),
    }


def close(gone, upnp, timeout, home=journal.HOME):
    """Close them; return {"closed", "left", "guard", "texts"}. With a timeout the change waits to be confirmed."""
    plan, value = prepare(gone, upnp)
    result = {
        "changed": not plan.empty,
        "closed": _named(gone, value),
        "left": reasons(plan.left),
        "guard": None,
        "texts": _texts(plan),
    }
    if plan.empty:
        return result
    place.put_directory(home, 0o700, os.geteuid(), os.getegid())
    actions = {plan.upnp["unit"]: None} if plan.upnp.get("unit") else {}
    folder = journal.create(
        ROLE,
        paths=[*plan.files],
        unit_actions=actions,
        runtime=["nftables"],
        commands=[{"argv": argv, "timeout": command.TIMEOUT} for argv in plan.undo],
        home=home,
        limit=LIMIT,
    )
    try:
        if timeout:
            guard.arm(folder, timeout)
        journal.update(folder, touched=True)
        _apply(plan)
        _verify(gone, plan)
        if timeout:
            result["guard"] = guard.await_confirmation(folder)
        else:
            journal.close(folder)
    except BaseException as error:
        raise _restored(folder, error) from error
    return result


def _named(gone, value):
    wanted = {boot.identity(entry) for entry in gone}
    return [told(entry) for entry in value["forwards"] if boot.identity(entry) in wanted]


def _texts(plan):
    """Return {path: [before, after]} of the files that change."""
    return {path: [boot.text_of(path) or "", text] for path, text in plan.files.items()}


def _apply(plan):
    if plan.upnp:
        _stop(plan.upnp)
    for path, text in plan.files.items():
        _put(path, text)
    # What miniupnpd took with it when it stopped needs no cut any more.
    if plan.nft:
        command.run(["nft", "-j", "-f", "-"], data=json.dumps({"nftables": _standing(plan.nft)}).encode())
    for argv in plan.commands:
        command.run(argv)
    if plan.upnp.get("policy") == "secure" and plan.upnp["running"] and plan.upnp["unit"]:
        units.systemctl("start", plan.upnp["unit"])


def _standing(commands):
    """Return the commands whose rule is still there."""
    listed = {
        (rule["family"], rule["table"], rule["chain"], rule["handle"])
        for item in look.ruleset()["nftables"]
        for rule in [item.get("rule")]
        if rule
    }
    kept = []
    for entry in commands:
        rule = next(iter(entry.values())).get("rule")
        if rule is None or (rule["family"], rule["table"], rule["chain"], rule["handle"]) in listed:
            kept.append(entry)
    return kept


def _put(path, text):
    found = os.stat(path)
    data = text.encode("utf-8", "surrogateescape")
    place.put_file(path, data, found.st_mode & 0o7777, str(found.st_uid), str(found.st_gid))


def _stop(upnp):
    """Stop miniupnpd without letting its scripts delete tables, and take the mappings that it has made away."""
    if upnp["unit"]:
        if upnp["policy"] == "off":
            units.systemctl("disable", upnp["unit"])
        with _keeping_tables():
            units.systemctl("stop", upnp["unit"])
    elif upnp["pid"]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(upnp["pid"], signal.SIGTERM)
        until = time.monotonic() + 10
        while time.monotonic() < until and os.path.exists(f"/proc/{upnp['pid']}"):
            time.sleep(0.1)
    _flush(upnp["chains"])


@contextlib.contextmanager
def _keeping_tables():
    os.makedirs(os.path.dirname(DROPIN), exist_ok=True)
    place.put_file(DROPIN, KEEP_TABLES, 0o644, os.geteuid(), os.getegid())
    units.systemctl("daemon-reload")
    try:
        yield
    finally:
        place.remove(DROPIN)
        with contextlib.suppress(OSError):
            os.rmdir(os.path.dirname(DROPIN))
        units.systemctl("daemon-reload")


def _flush(chains):
    """Empty the chains that hold miniupnpd's mappings; the chains and all other rules stay."""
    names = {
        "upnp_forward_chain": "upnp_table_name",
        "upnp_nat_chain": "upnp_nat_table_name",
        "upnp_nat_postrouting_chain": "upnp_nat_table_name",
    }
    wanted = {(chains[table], chains[chain]) for chain, table in names.items()}
    commands = [
        {"flush": {"chain": {key: item["chain"][key] for key in ("family", "table", "name")}}}
        for item in look.ruleset()["nftables"]
        if "chain" in item and (item["chain"]["table"], item["chain"]["name"]) in wanted
    ]
    if commands:
        command.run(["nft", "-j", "-f", "-"], data=json.dumps({"nftables": commands}).encode())


def _verify(gone, plan):
    """Raise unless what was to be closed is closed."""
    value, _unknown = look.look()
    left = {boot.identity(entry) for entry, _why in plan.left if entry}
    wanted = {boot.identity(entry) for entry in gone} - left
    still = [told(entry) for entry in value["forwards"] if entry["running"] and boot.identity(entry) in wanted]
    if still:
        raise NotClosed(f"still open after closing: {'; '.join(still)}")
    upnp = value.get("upnp")
    if plan.upnp.get("policy") == "off" and upnp and upnp["running"]:
        raise NotClosed("miniupnpd runs again right after it was stopped")
    if plan.upnp.get("policy") == miniupnpd.SECURE and not (upnp and upnp["running"]) and plan.upnp["running"]:
        raise NotClosed("miniupnpd does not start with its restricted configuration")
