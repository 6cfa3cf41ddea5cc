# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Holds values against an argument spec, strictly: a text is no truth value and no number, whatever it spells.

Ansible's own validation would turn "no" into false for itself, and leave the role with a text that counts as true.
"""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.description.problem import did_you_mean, problem

_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "path": "a path",
    "list": "a list",
    "dict": "a mapping",
}


def check_options(values, options, prefix=""):
    """Return the problems of a mapping of values whose allowed keys ``options`` declares.

    At the top (no prefix) unknown names are another concern's: variables of other roles live there too.
    """
    found = []
    for name, value in values.items():
        where = f"{prefix}{name}"
        if name in options:
            found += check_value(where, value, options[name])
        elif prefix:
            known = ", ".join(sorted(options))
            found.append(problem(where, f"there is no such key.{did_you_mean(name, options)}", f"Use one of {known}."))
    for name, option in options.items():
        if option.get("required") and values.get(name) is None:
            found.append(problem(f"{prefix}{name}", "is missing", _set_it(name, option)))
    return found


def check_value(where, value, option):
    """Return the problems of one value."""
    if value is None:  # as good as not given
        return []
    kind = option.get("type", "str")
    if not _is(value, kind):
        return [
            problem(where, f"must be {_WORDS[kind]}, and is {_shown(value, option)}", _as(where, value, kind, option))
        ]
    choices = option.get("choices")
    if choices:
        chosen = value if isinstance(value, list) else [value]
        wrong = [each for each in chosen if each not in choices]
        if wrong:
            allowed = ", ".join(str(each) for each in choices)
            hint = did_you_mean(wrong[0], [str(each) for each in choices])
            return [problem(where, f"cannot be {_named(wrong[0], option)}.{hint}", f"Use one of {allowed}.")]
    found = []
    if kind == "dict" and option.get("options"):
        found += check_options(value, option["options"], f"{where}.")
    if kind == "list" and option.get("elements"):
        element = {**option, "type": option["elements"], "choices": None}
        for number, each in enumerate(value):
            found += check_value(f"{where}[{number}]", each, element)
    return found


def _is(value, kind):
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "float":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind in ("str", "path"):
        return isinstance(value, str)
    if kind == "list":
        return isinstance(value, (list, tuple))
    if kind == "dict":
        return isinstance(value, dict)
    return True


def _shown(value, option):
    kind = {str: "a text", bool: "a truth value", int: "a number", float: "a number"}.get(
        next((each for each in (bool, str, int, float) if isinstance(value, each)), None),
        "a list" if isinstance(value, (list, tuple)) else "a mapping" if isinstance(value, dict) else "something else",
    )
    if option.get("no_log") or isinstance(value, (dict, list, tuple)):
        return kind
    return f"{kind} ({value!r})" if isinstance(value, str) else f"{kind} ({str(value).lower()})"


def _named(value, option):
    return _shown(value, option) if option.get("no_log") or not isinstance(value, str) else repr(value)


def _as(where, value, kind, option):
    name = where.rsplit(".", 1)[-1]
    if kind == "bool":
        return f"Write {name}: true or {name}: false, without quotes."
    if kind in ("int", "float"):
        plain = str(value).strip().isdigit() and not option.get("no_log")
        return f"Write {name}: {str(value).strip()}, without quotes." if plain else f"Give {name} as a number."
    if kind in ("str", "path"):
        return f'Put it in quotes: {name}: "…".' if not isinstance(value, (dict, list)) else f"Give {name} as one text."
    if kind == "list":
        return f"Write each entry of {name} on a line of its own that begins with '- '."
    keys = ", ".join(option.get("options") or ())
    return f"Give {name} as keys and values{f': {keys}' if keys else ''}."


def _set_it(name, option):
    description = option.get("description") or ""
    first = description[0] if isinstance(description, list) and description else str(description)
    return f"Set it: {first}" if first else f"Set {name}."
