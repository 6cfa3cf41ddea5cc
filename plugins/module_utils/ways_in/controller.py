# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From where the controller has reached this host, as the SSH daemon saw it."""

from __future__ import annotations

import os


def look(proc="/proc", pid=None):
    """Return {"address", "port"}: who speaks to us, and our own SSH port; None when we were not reached by SSH.

    A privilege change clears the environment, so that the parents are asked as well.
    """
    pid = os.getpid() if pid is None else pid
    for _step in range(32):
        if pid <= 1:
            return None
        try:
            with open(f"{proc}/{pid}/environ", "rb") as text:
                found = parse(text.read())
            if found:
                return found
            with open(f"{proc}/{pid}/stat", encoding="utf-8", errors="replace") as text:
                pid = int(text.read().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return None
    return None


def parse(environment):
    """Return the peer and our port that SSH_CONNECTION names in a process's environment."""
    for entry in environment.split(b"\0"):
        if entry.startswith(b"SSH_CONNECTION="):
            words = entry.split(b"=", 1)[1].decode("ascii", "replace").split()
            if len(words) == 4 and words[3].isdigit():
                return {"address": words[0].split("%")[0].replace("::ffff:", ""), "port": int(words[3])}
    return None
