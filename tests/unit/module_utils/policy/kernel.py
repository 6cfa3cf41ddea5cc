# SPDX-License-Identifier: GPL-3.0-or-later
"""Rulesets as a real kernel holds them: loaded by nft in a network namespace that is gone afterwards."""

from __future__ import annotations

import json
import os
import subprocess

APART = "%%%"


def ruleset_of(*texts):
    """Load the texts one after the other; return what `nft -j list ruleset` says then."""
    return _listed([list(texts)])[0]


def rulesets_of(texts):
    """Return what `nft -j list ruleset` says of each text by itself."""
    return _listed([[text] for text in texts])


def _listed(batches):
    """Run the batches in one namespace, each on an empty ruleset."""
    steps = []
    for batch in batches:
        steps += ["nft flush ruleset", *(f"nft -f - <<'{APART}'\n{text}\n{APART}" for text in batch)]
        steps += ["nft -j list ruleset", f"echo '{APART}'"]
    enter = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    done = subprocess.run(
        [*enter, "sh", "-e"],
        input="PATH=$PATH:/usr/sbin\n" + "\n".join(steps),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(each) for each in done.stdout.split(APART)[:-1]]
