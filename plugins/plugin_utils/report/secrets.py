# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The last net under the report: a secret of the home that slipped into a message is taken out again.

Actions keep secrets out of what they say. This catches what others say, such as the error of a failed task.
"""

from __future__ import annotations

import re

HIDDEN = "(secret)"
# A shorter one could be part of any word, and to blot it out would tell it.
SHORTEST = 8
_TELLING = re.compile(r"passw|secret|token|credential|hmac|private_key", re.IGNORECASE)
_PARTS = ("expected", "actual", "evidence")


def secret_names(specs):
    """Return the names of the variables that can hold a secret."""
    return {
        name
        for options in specs.values()
        for name, option in options.items()
        if option.get("no_log") or _TELLING.search(name) or option.get("type") in ("dict", "list")
    }


def secrets_in(variables, specs):
    """Return the secret texts among a host's variables: declared with no_log, or under a telling name."""
    found = set()
    for options in specs.values():
        for name, option in options.items():
            if name in variables:
                found |= _in_value(variables[name], option, bool(_TELLING.search(name)))
    return {text for text in found if len(text) >= SHORTEST}


def without_secrets(document, secrets):
    """Return the report with the secrets taken out of what was said."""
    if not secrets:
        return document
    pattern = re.compile("|".join(re.escape(each) for each in sorted(secrets, key=len, reverse=True)))
    controls = [{**each, **{part: pattern.sub(HIDDEN, each[part]) for part in _PARTS}} for each in document["controls"]]
    return {**document, "controls": controls}


def _in_value(value, option, secret):
    secret = secret or bool(option.get("no_log"))
    if isinstance(value, str):
        return {value, *(line.strip() for line in value.splitlines())} if secret else set()
    if isinstance(value, dict):
        inner = option.get("options") or {}
        return set().union(
            *(
                _in_value(each, inner.get(key) or {}, secret or bool(_TELLING.search(str(key))))
                for key, each in value.items()
            )
        )
    if isinstance(value, (list, tuple)):
        return set().union(*(_in_value(each, {**option, "no_log": secret}, secret) for each in value))
    return set()
