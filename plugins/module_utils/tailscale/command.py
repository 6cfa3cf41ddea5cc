# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs Tailscale's command. What it says never passes on a key, whoever's it is."""

from __future__ import annotations

import re
import subprocess

PROGRAM = "tailscale"
TIMEOUT = 20
KEY = re.compile(r"tskey-[A-Za-z0-9_-]+(\?\S*)?")
# It quotes the identifier that is part of a key, too.
QUOTED = re.compile(r"(API key )(?!does\b)\S+")


class TailscaleError(Exception):
    """The command failed; the text is what it said."""


def run(*arguments, timeout=TIMEOUT):
    """Return what the command printed; raise TailscaleError with its own words."""
    try:
        done = subprocess.run(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TailscaleError(f"no answer within {timeout} s") from None
    except OSError as error:
        raise TailscaleError(str(error)) from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or f"it ended with {done.returncode}").splitlines()
        raise TailscaleError(without_keys("; ".join(line.strip() for line in said[-3:] if line.strip())))
    return done.stdout


def without_keys(text):
    """Return a text without anything that looks like a key."""
    return QUOTED.sub(r"\1(withheld)", KEY.sub("(withheld)", text))
