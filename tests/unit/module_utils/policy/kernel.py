# SPDX-License-Identifier: GPL-3.0-or-later
"""Rulesets as a real kernel holds them: loaded by nft in a network namespace that is gone afterwards."""

from __future__ import annotations

import json
import os
import subprocess


def ruleset_of(*texts):
    """Load the texts one after the other; return what `nft -j list ruleset` says then."""
    load = "; ".join('printf "%s" "$' + str(number) + '" | nft -f -' for number in range(1, len(texts) + 1))
    enter = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    shell = [*enter, "sh", "-ec", f"PATH=$PATH:/usr/sbin; {load}; nft -j list ruleset", "sh", *texts]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
