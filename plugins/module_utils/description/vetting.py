# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list of approved code: whether each entry says what was approved, by whom and when."""

from __future__ import annotations

import datetime
import re

from ansible_collections.hearthwall.home.plugins.module_utils.description.formats import url
from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean, found_on, problem
from ansible_collections.hearthwall.home.plugins.module_utils.vetting.inventory import KINDS
from ansible_collections.hearthwall.home.plugins.module_utils.vetting.judge import OWN

KEYS = ("source", "version", "sha256", "maintained_on", "approved_by", "approved_on")
REQUIRED = ("source", "approved_by", "approved_on")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def check(home):
    return found_on(home.group("home_assistant"), [_host])


def _host(host):
    approved = host.get("vetting_approved", {})
    if not isinstance(approved, dict):
        return
    for kind, entries in approved.items():
        where = f"vetting_approved.{kind}"
        if kind not in KINDS:
            fix = f"Use {', '.join(KINDS)}.{did_you_mean(kind, KINDS)}"
            yield problem(where, "is no kind of code", fix)
        elif not isinstance(entries, dict):
            yield problem(where, "is no mapping of names to entries", "Write each name with its entry below it.")
        else:
            for name, entry in entries.items():
                yield from _entry(f"{where}.{name}", str(name), entry)


def _entry(where, name, entry):
    if not isinstance(entry, dict):
        yield problem(where, "is no entry", f"Give it {', '.join(KEYS)}.")
        return
    for key in entry:
        if key not in KEYS:
            yield problem(f"{where}.{key}", "is not known", f"Use {', '.join(KEYS)}.{did_you_mean(key, KEYS)}")
    for key in REQUIRED:
        if not str(entry.get(key) or "").strip() or str(entry[key]).startswith("("):
            yield problem(
                f"{where}.{key}", "is missing", "Who approves says where it comes from, who they are and when."
            )
    yield from _source(where, entry.get("source"))
    if "://" not in name and not _SHA256.match(str(entry.get("sha256") or "")):
        yield problem(f"{where}.sha256", "is no SHA-256", "Take it over from the proposal of playbooks/vet.yml.")
    for key in ("approved_on", "maintained_on"):
        if entry.get(key) is not None and not _is_day(entry[key]):
            yield problem(f"{where}.{key}", "is no day", "Write it as 2026-11-30.")


def _source(where, source):
    if isinstance(source, str) and source and source != OWN and not source.startswith("("):
        wrong = url(source, ("https",))
        if wrong:
            yield problem(f"{where}.source", wrong, f"Give the https address, or {OWN} for what was written here.")


def _is_day(value):
    try:
        datetime.date.fromisoformat(str(value))
    except ValueError:
        return False
    return True
