# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a tailnet's policy file gives away beside its rules: logins, Funnel, the home's tag, routes without asking."""

from __future__ import annotations

FUNNEL = "funnel"


def beyond(existing, wanted, tag):
    """Return what one file (a Document) gives away and the other does not, as texts; ``tag``: that of the home."""
    return [
        *_logins(existing, wanted),
        *_funnels(existing),
        *_owners(existing, wanted, tag),
        *_approvers(existing, wanted),
    ]


def _logins(existing, wanted):
    known = [_login(rule) for rule in wanted.section("ssh", list)]
    for number, rule in enumerate(existing.section("ssh", list)):
        if _login(rule) not in known:
            rule = rule if isinstance(rule, dict) else {}
            who, where, users = (", ".join(map(str, rule.get(key) or ["?"])) for key in ("src", "dst", "users"))
            yield f"ssh[{number}] lets {who} log in to {where} as {users}"


def _login(rule):
    if not isinstance(rule, dict):
        return None
    return (rule.get("action"), *(tuple(sorted(map(str, rule.get(key) or []))) for key in ("src", "dst", "users")))


def _funnels(existing):
    for number, rule in enumerate(existing.section("nodeAttrs", list)):
        if isinstance(rule, dict) and FUNNEL in (rule.get("attr") or []):
            who = ", ".join(map(str, rule.get("target") or ["?"]))
            yield f"nodeAttrs[{number}] lets {who} open a Funnel to the internet"


def _owners(existing, wanted, tag):
    allowed = set(wanted.section("tagOwners", dict).get(tag) or [])
    more = [str(who) for who in existing.section("tagOwners", dict).get(tag) or [] if who not in allowed]
    if more:
        yield f"tagOwners lets {', '.join(more)} give a device {tag}"


def _approvers(existing, wanted):
    have, want = (document.section("autoApprovers", dict) for document in (existing, wanted))
    for route, who in (have.get("routes") or {}).items():
        more = [str(each) for each in who if each not in ((want.get("routes") or {}).get(route) or [])]
        if more:
            yield f"autoApprovers lets {', '.join(more)} lead to {route} without asking"
    more = [str(each) for each in have.get("exitNode") or [] if each not in (want.get("exitNode") or [])]
    if more:
        yield f"autoApprovers lets {', '.join(more)} become an exit node without asking"
