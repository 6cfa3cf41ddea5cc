# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which sessions and long-lived tokens are stale, by age and by use.

Home Assistant notes the use of a session whenever its app fetches an access token. It never notes
the use of a long-lived token: for those only the age is known.
"""

from __future__ import annotations

import base64
import datetime
import json

NORMAL = "normal"
LONG_LIVED = "long_lived_access_token"


def when(text):
    """Return the time of a text as Home Assistant writes it, or None."""
    if not text:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)


def days_since(text, now):
    """Return how many days ago something was, or None."""
    moment = when(text)
    return None if moment is None else max(0.0, (now - moment).total_seconds() / 86400)


def issuer(access_token):
    """Return the id of the session that an access token belongs to: it stands in the token, readable."""
    try:
        claims = access_token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))).get("iss")
    except (AttributeError, IndexError, ValueError):
        return None


def kept(session, keep, username):
    """Return whether a long-lived token is on the list of those to keep: by name, or as username:name."""
    return session["name"] in keep or f"{username}:{session['name']}" in keep


def age(session, now):
    """Return the age of a session in days."""
    return days_since(session["created_at"], now)


def idle(session, now):
    """Return for how many days a session has not been used (since its creation if never)."""
    used = days_since(session["last_used_at"], now)
    return age(session, now) if used is None else used


def stale_sessions(sessions, limits, now, ours=None):
    """Return [(session, why)] of the ordinary sessions over a limit; never the one in use."""
    found = []
    for session in sessions:
        if session["type"] != NORMAL or session["id"] == ours:
            continue
        for measure, limit, words in ((idle, "max_idle_days", "unused for"), (age, "max_age_days", "open for")):
            days = measure(session, now)
            if limits.get(limit) is not None and days is not None and days > limits[limit]:
                found.append((session, f"{words} {days:.0f} days"))
                break
    return found


def stale_tokens(sessions, limits, now, usernames, ours=None):
    """Return [(session, why)] of the long-lived tokens over the age limit that are not kept; never the one in use."""
    found = []
    limit = limits.get("max_age_days")
    for session in sessions:
        if session["type"] != LONG_LIVED or session["id"] == ours:
            continue
        if kept(session, limits.get("keep") or [], usernames.get(session["user_id"])):
            continue
        days = age(session, now)
        if limit is not None and days is not None and days >= limit:
            found.append((session, f"{days:.0f} days old"))
    return found
