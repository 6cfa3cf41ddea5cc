# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keeping secret content out of what commands say when they fail."""

from __future__ import annotations

import re

WITHHELD = "[withheld]"
# What separates a secret from the words around it in a file or a message.
BETWEEN = re.compile(r"[\s\"'=:;,{}()\[\]<>]+")
SHORTEST = 4


def fragments(texts):
    """Return every piece of some secret texts that must not be shown, longest first."""
    found = set()
    for text in texts:
        for line in text.splitlines():
            found.update((line.strip(), *BETWEEN.split(line)))
    return sorted((piece for piece in found if len(piece) >= SHORTEST), key=len, reverse=True)


def redact(message, pieces):
    """Return a message without any of these pieces."""
    for piece in pieces:
        message = message.replace(piece, WITHHELD)
    return message
