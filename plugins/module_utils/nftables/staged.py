# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What nft makes of a text without touching the rules in force: it is loaded in a network namespace of its own."""

from __future__ import annotations

import json
import os
import subprocess

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TIMEOUT = 60
NAMESPACES = (["unshare", "--net"], ["unshare", "--user", "--map-root-user", "--net"])


class StagedError(Exception):
    """The text could not be loaded; what was said is the message."""


def listed(text):
    """Return what `nft -j list ruleset` says once a text is loaded where nothing else is; raise StagedError."""
    said = []
    for enter in NAMESPACES:
        try:
            done = subprocess.run(
                [*enter, "sh", "-c", "nft -f - && nft -j list ruleset"],
                input=text.encode(),
                capture_output=True,
                env={**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8"},
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StagedError(f"nft could not be run: {error}") from None
        if not done.returncode:
            return json.loads(done.stdout or b'{"nftables": []}')
        said.append(done.stderr.decode("utf-8", "replace").strip())
        if not said[-1].startswith("unshare:"):
            break
    raise StagedError(said[-1])


def beside(live, staged, family, table):
    """Return a live ruleset with one table taken from a staged one."""

    def mine(item):
        ((kind, body),) = item.items()
        if kind == "metainfo":
            return True
        return (body.get("family"), body.get("name" if kind == "table" else "table")) == (family, table)

    kept = [item for item in live.get("nftables", []) if not mine(item)]
    return {"nftables": [*kept, *(item for item in staged.get("nftables", []) if mine(item))]}
