# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody is to be told."""

from __future__ import annotations

from dataclasses import asdict, dataclass

LEVELS = ("note", "warning", "critical")
LONGEST = 1500


@dataclass(frozen=True)
class Alert:
    key: str  # what it is about: the same key is not told again for a while
    title: str
    message: str
    level: str = "warning"
    once: bool = False  # told once and never again

    def __post_init__(self):
        if self.level not in LEVELS:
            raise ValueError(f"{self.level!r} is no level: one of {', '.join(LEVELS)}")

    def plain(self):
        """Return it as plain data, its texts bounded and printable: parts of them were said by strangers."""
        return {**asdict(self), "title": printable(self.title), "message": printable(self.message)}


def printable(text):
    """Return a text without control characters, and not too long."""
    kept = "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in str(text))
    return kept if len(kept) <= LONGEST else kept[: LONGEST - 1] + "…"
