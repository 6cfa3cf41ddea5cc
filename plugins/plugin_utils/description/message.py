# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words every problem of a description in one message for people."""

from __future__ import annotations

import re


def message(problems, members, places):
    """Return the message.

    ``members`` is {home: its hosts}, to say 'all hosts' where it is all of them; ``places`` is {(variable, host): where
    it is written}.
    """
    many = len(problems) > 1
    lines = [f"The description has {len(problems)} problem{'s' if many else ''}; nothing was changed."]
    for each in sorted(problems, key=lambda each: (each["hosts"], each["variable"])):
        lines.append(f"- {each['variable']} ({where(each, members, places)}): {_sentence(each['problem'])}")
        lines.append(f"  Fix: {each['fix']}")
    return "\n".join(lines)


def where(each, members, places):
    """Return which hosts a problem is about, and the file and line where that is one and the same."""
    root = re.split(r"[.\[]", each["variable"])[0]
    written = {places.get((root, host), "") for host in each["hosts"]}
    at = written.pop() if len(written) == 1 else ""
    return f"{_hosts(each['hosts'], members)}{f', {at}' if at else ''}"


def _hosts(hosts, members):
    for home, names in members.items():
        if len(names) > 1 and sorted(hosts) == sorted(names):
            return f"all hosts of {home}"
    if len(hosts) > 5:
        return f"hosts {', '.join(hosts[:4])} and {len(hosts) - 4} more"
    return f"host{'s' if len(hosts) > 1 else ''} {', '.join(hosts)}" if hosts else "the inventory"


def _sentence(text):
    return text if text.endswith((".", "?", "!")) else f"{text}."
