# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Empty and common passwords, found offline by bcrypt within a hard time budget, remembered per hash.

Order: for every account the empty password, then variants of its names, then the bundled list by rank; breadth first,
so that what the budget allows is spent evenly. A verdict depends on nothing but the hash, the names and the list:
the cache is keyed by them, and a changed password starts anew.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
import threading
import time

from ansible_collections.hearthwall.home.plugins.module_utils.ha import bcrypt_host
from ansible_collections.hearthwall.home.plugins.module_utils.ha.common_passwords import PASSWORDS, VERSION

STATE_DIR = "/var/lib/hearthwall"
CACHE = "passwords.json"
DEPTH = 100
FIRST = 20  # so many of the most common come before the less likely variants of names
_SCHEMA = "hearthwall.passwords/1"


def variants(username, name):
    """Return the passwords that people make of their own names."""
    stems = []
    for text in (username or "", (name or "").split(" ")[0], (name or "").replace(" ", "")):
        for cased in (text.lower(), text.capitalize()):
            if cased and cased not in stems:
                stems.append(cased)
    made = list(stems)
    for suffix in ("123", "1", "1234"):
        made.extend(stem + suffix for stem in stems[:4])
    return list(dict.fromkeys(made))


def candidates(username, name, depth=DEPTH):
    """Return what is tried on one account, in order."""
    names = variants(username, name)
    return list(dict.fromkeys(["", *names[:2], *PASSWORDS[:FIRST], *names[2:], *PASSWORDS[:depth]]))


def is_common(password, username, name):
    """Return whether a password that is known in plain text is empty, made of its owner's names, or on the list."""
    return password in candidates(username, name, len(PASSWORDS)) or password.lower() in PASSWORDS


def _key(account):
    text = "\0".join([account["hash"], account["username"], account.get("name") or ""])
    return hashlib.sha256(text.encode()).hexdigest()


def load_cache(directory=STATE_DIR):
    """Return the remembered verdicts; none where there are none or they cannot be read."""
    try:
        with open(os.path.join(directory, CACHE), encoding="utf-8") as file:
            cache = json.load(file)
    except (OSError, ValueError):
        return {}
    return cache["entries"] if isinstance(cache, dict) and cache.get("schema") == _SCHEMA else {}


def save_cache(entries, directory=STATE_DIR):
    """Remember verdicts, readable by root alone."""
    os.makedirs(directory, mode=0o700, exist_ok=True)
    path = os.path.join(directory, CACHE)
    staged = f"{path}.{os.getpid()}"
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"schema": _SCHEMA, "entries": entries}, file, sort_keys=True)
    os.replace(staged, path)


def decode(stored):
    """Return the bcrypt hash that Home Assistant stores as base64, or None where it is not one."""
    try:
        hashed = base64.b64decode(stored, validate=True)
    except (binascii.Error, ValueError):
        return None
    return hashed if re.fullmatch(rb"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}", hashed) else None


class _Search:
    """The guesses still to be made, handed to the threads one by one until the deadline."""

    def __init__(self, jobs, matches, deadline):
        self._matches = matches
        self._deadline = deadline
        self._lock = threading.Lock()
        self._order = self._breadth_first(jobs)

    @staticmethod
    def _breadth_first(jobs):
        step = 0
        waiting = list(jobs)
        while waiting:
            for job in list(waiting):
                position = job["start"] + step
                if job["found"] is not None or position >= len(job["guesses"]):
                    waiting.remove(job)
                    continue
                yield job, position
            step += 1

    def work(self):
        while True:
            with self._lock:
                if time.monotonic() >= self._deadline:
                    return
                chosen = next(self._order, None)
            if chosen is None:
                return
            job, position = chosen
            hit = self._matches(bcrypt_host.as_home_assistant(job["guesses"][position]), job["hashed"])
            with self._lock:
                job["done"].add(position)
                if hit and (job["found"] is None or position < job["found"]):
                    job["found"] = position


def _run(jobs, matches, budget):
    search = _Search(jobs, matches, time.monotonic() + budget)
    threads = [threading.Thread(target=search.work, daemon=True) for _core in range(max(1, os.cpu_count() or 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _tested(job):
    count = job["start"]
    while count in job["done"]:
        count += 1
    return count


def _recognise(account, known, minimum, matches, hashed):
    """Return what the plain text tells about a hash, if it is the password of that hash; else nothing."""
    password = known.get(account["username"])
    if password is None or not matches(bcrypt_host.as_home_assistant(password), hashed):
        return {}
    common = is_common(password, account["username"], account.get("name"))
    return {
        "verdict": ("empty" if not password else "common") if common else "not_common",
        "tested": len(candidates(account["username"], account.get("name"), len(PASSWORDS))),
        "length": "enough" if len(password) >= minimum else "short",
        "minimum": minimum,
        "list": VERSION,
    }


def audit(accounts, budget, depth=DEPTH, directory=STATE_DIR, write=False, known=None, minimum=12):
    """Return {username: verdict} for accounts [{username, name, hash}], spending at most the budget (seconds).

    ``known`` are passwords in plain text: where one is the hash's, all is known at once. Nothing is written
    unless ``write``. Each verdict is {verdict, tested, of, cached, length, minimum, list}.
    """
    known = known or {}
    remembered = load_cache(directory)
    entries, results, jobs = {}, {}, []
    matches = None
    for account in accounts:
        username = account["username"]
        hashed = decode(account["hash"])
        guesses = candidates(username, account.get("name"), depth)
        if hashed is None:
            results[username] = _result({"verdict": "not_tested", "tested": 0}, len(guesses), False)
            continue
        key = _key(account)
        entry = dict(remembered.get(key) or {})
        if entry.get("list") != VERSION and entry.get("verdict") == "not_common":
            entry = {part: entry[part] for part in ("length", "minimum") if part in entry}
        finished = entry.get("verdict") in ("empty", "common") or entry.get("tested", 0) >= len(guesses)
        job = {"username": username, "key": key, "hashed": hashed, "guesses": guesses, "entry": entry}
        job.update(start=min(entry.get("tested", 0), len(guesses)), done=set(), found=None, cached=finished)
        if (username in known and entry.get("minimum") != minimum) or not finished:
            matches = matches or bcrypt_host.matcher()
            recognised = _recognise(account, known, minimum, matches, hashed)
            if recognised:
                entry.update(recognised)
                finished = True
        if not finished and budget > 0:
            jobs.append(job)
        entries[key] = job
    if jobs:
        _run(jobs, matches, budget)
        for job in jobs:
            found = job["found"]
            job["entry"].update(tested=_tested(job), list=VERSION)
            if found is not None:
                job["entry"].update(verdict="empty" if job["guesses"][found] == "" else "common", tested=found + 1)
            elif job["entry"]["tested"]:
                job["entry"]["verdict"] = "not_common"
    for job in entries.values():
        results[job["username"]] = _result(job["entry"], len(job["guesses"]), job["cached"])
    if write:
        kept = {key: job["entry"] for key, job in entries.items() if job["entry"]}
        if kept != remembered:
            save_cache(kept, directory)
    return results


def _result(entry, total, cached):
    tested = entry.get("tested", 0)
    return {
        "verdict": entry.get("verdict", "not_tested"),
        "tested": min(tested, total),
        "of": total,
        "cached": cached,
        "length": entry.get("length"),
        "minimum": entry.get("minimum"),
        "list": VERSION,
    }
