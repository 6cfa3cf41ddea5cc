# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The packet filter's rules as the kernel has them, not as some file says."""

from __future__ import annotations

import json
import shutil
import subprocess

TIMEOUT = 20


def look():
    """Return {"ruleset": …, "error": …}: exactly one of them is None."""
    if not shutil.which("nft"):
        return {"ruleset": None, "error": "nft is not installed"}
    try:
        done = subprocess.run(
            ["nft", "-j", "list", "ruleset"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"ruleset": None, "error": f"nft did not answer within {TIMEOUT} s"}
    if done.returncode:
        return {"ruleset": None, "error": done.stderr.decode("utf-8", "replace").strip() or f"nft: {done.returncode}"}
    try:
        return {"ruleset": json.loads(done.stdout or b'{"nftables": []}'), "error": None}
    except ValueError as error:
        return {"ruleset": None, "error": f"nft's answer is no JSON: {error}"}
