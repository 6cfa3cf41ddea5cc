# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running restic: secrets by file or environment, never as arguments; its complaint in one line."""

from __future__ import annotations

import json
import os
import re
import subprocess

PATIENCE = 6 * 3600
LOCKED = "10m"  # for how long a store that looks after itself, or a copy under way, is waited for
SSH_CONFIG = "/etc/hearthwall/backup/ssh_config"  # of the role backup
WRONG_PASSWORD, MISSING = 12, 10
KEY_GONE = re.compile(r"<key/[0-9a-f]+>.*(not exist|no such file)", re.IGNORECASE)


class ResticError(Exception):
    """restic failed; ``code`` is its exit status, the text its complaint."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


class Restic:
    """One repository."""

    def __init__(self, repository, password_file, options=(), environment_file=None, cache=None, limit=0, user=None):
        self.repository = repository
        self.password_file = password_file
        self._options = ["--retry-lock", LOCKED, *(word for option in options for word in ("-o", option))]
        self._environment = {**os.environ, "RESTIC_REPOSITORY": repository, "RESTIC_PROGRESS_FPS": "0.01"}
        self._environment["RESTIC_PASSWORD_FILE"] = password_file
        self._environment.update(environment(environment_file))
        if cache:
            self._environment["RESTIC_CACHE_DIR"] = cache
        # Another account for restic, so that what it writes belongs to that one.
        self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        if user:
            self._environment["HOME"] = user.pw_dir
        if limit:
            self._options += ["--limit-upload", str(limit)]

    def start(self, *arguments):
        """Start a restic command; its standard output is to be read."""
        return subprocess.Popen(
            ["restic", *self._options, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **self._as,
        )

    def run(self, *arguments, fine=(0,)):
        """Run a restic command to its end and return its output; raise ResticError where it failed."""
        try:
            return self._run(arguments, fine)
        except ResticError as error:
            # Another key was taken away while restic tried which one is its own: it had not begun yet.
            if not KEY_GONE.search(str(error)):
                raise
            return self._run(arguments, fine)

    def _run(self, arguments, fine):
        with self.start(*arguments) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise ResticError(f"restic {arguments[0]} took more than {PATIENCE // 3600} hours") from None
        if process.returncode not in fine:
            raise ResticError(complaint(arguments[0], err or out), process.returncode)
        return out.decode("utf-8", "replace")

    def lines(self, *arguments, fine=(0,)):
        """Run a restic command that says one JSON document a line; return them."""
        return [json.loads(line) for line in self.run(*arguments, "--json", fine=fine).splitlines() if line[:1] in "{["]


def environment(path):
    """Return the variables of a file of NAME=value lines; nobody but root reads it."""
    if not path:
        return {}
    with open(path, encoding="utf-8") as file:
        pairs = [line.rstrip("\n").split("=", 1) for line in file if "=" in line and not line.startswith("#")]
    return {name.strip(): value for name, value in pairs}


def complaint(command, output):
    """Return the last thing that restic said, as one line; why a connection did not come about, only ssh says."""
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith("Fatal:") or "already locked" in line] or lines
    ssh = [line.removeprefix("subprocess ") for line in lines if line.startswith("subprocess ssh:")]
    # restic may end before it has read what its ssh said.
    mute = None if ssh else re.search(r"at sftp:([^:]+):.*unable to start the sftp session", " ".join(telling[-1:]))
    ask = [f"ssh says why: sudo ssh -F {SSH_CONFIG} {mute.group(1)}"] if mute else []
    said = [line[:300] for line in dict.fromkeys(telling[-1:] + ssh[-1:] + ask)]
    return f"restic {command}: {'; '.join(said) or 'it said nothing'}"
