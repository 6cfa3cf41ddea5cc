# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A tailnet's policy file through Tailscale's API. It replaces only what it has seen; its errors say what to do."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from ansible_collections.hearthwall.home.plugins.module_utils.tailscale.command import without_keys
from ansible_collections.hearthwall.home.plugins.plugin_utils.web_session import WebError, WebSession

URL = "https://api.tailscale.com"
HUJSON, JSON = "application/hujson", "application/json"
CONFLICT = 412


class ApiError(Exception):
    """The API did not do what it was asked; the text says what to do."""


@dataclass(frozen=True)
class Present:
    """The policy file that is in force, and the mark of exactly this state."""

    data: dict
    etag: str


class Tailnet:
    """One tailnet, and how to log in: a token, or a client's id and secret."""

    def __init__(self, token=None, client_id=None, client_secret=None, tailnet="-", url=URL, ca=None, sleep=time.sleep):
        self._path = f"/api/v2/tailnet/{quote(tailnet or '-', safe='')}/acl"
        self._login = (token, client_id, client_secret)
        self._open = lambda headers: WebSession(url or URL, headers, sleep, ca)
        self._opened = None

    def present(self):
        """Return the Present policy file."""
        answer = self._ask("GET", self._path, Accept=JSON)
        data = _document(answer.body)
        if not data:
            raise ApiError("Tailscale's API does not answer with a policy file. Check tailscale_api.url.")
        return Present(data, answer.headers.get("etag", "").strip('"'))

    def text(self):
        """Return the policy file as people wrote it, comments included."""
        return self._ask("GET", self._path, Accept=HUJSON).body.decode("utf-8", "replace")

    def validate(self, text):
        """Have a policy file and its tests tried, without putting it in force."""
        answer = self._ask("POST", f"{self._path}/validate", text.encode(), Content_Type=HUJSON)
        told = _document(answer.body)
        # Tests that fail are told with 200.
        if told.get("message") or told.get("data"):
            raise ApiError(f"Tailscale refuses the policy file: {_told(told)}. Mend the home's policy or its people.")

    def replace(self, text, seen):
        """Put a policy file in force instead of the one that was seen, and of no other."""
        answer = self._ask("POST", self._path, text.encode(), Content_Type=HUJSON, If_Match=f'"{seen.etag}"')
        if answer.status == CONFLICT:
            raise ApiError(
                "Somebody changed the tailnet's policy after it was looked at, so it was left alone. Look at what"
                " changed (ansible-playbook playbooks/check.yml --tags tailscale), then run it again."
            )

    def _ask(self, method, path, body=None, **headers):
        try:
            answer = self._session().ask(method, path, body, **headers)
        except WebError as error:
            raise ApiError(f"Tailscale's API at {error}. Check the controller's network.") from None
        if answer.status not in (200, CONFLICT):
            raise ApiError(_words(answer))
        return answer

    def _session(self):
        if self._opened is None:
            token, identity, secret = self._login
            if token:
                word = base64.b64encode(f"{token}:".encode()).decode()
                self._opened = self._open({"Authorization": f"Basic {word}"})
            else:
                self._opened = self._open({"Authorization": f"Bearer {self._borrowed(identity, secret)}"})
        return self._opened

    def _borrowed(self, identity, secret):
        """Return the token that a client gets for an hour."""
        asked = {"grant_type": "client_credentials", "client_id": identity, "client_secret": secret}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self._open(kind).ask("POST", "/api/v2/oauth/token", urlencode(asked).encode())
        token = _document(answer.body).get("access_token")
        if answer.status != 200 or not token:
            raise ApiError(_words(answer))
        return token


_MEANING = {
    400: "it refuses what it was given",
    401: "it does not accept the login in tailscale_api: it is wrong, expired or revoked",
    403: "the login in tailscale_api may not do this: it needs the scope policy_file (policy_file:read to look only)",
    404: "it knows no such tailnet. Check tailscale_api.tailnet",
    429: "it is asked too often",
}


def _words(answer):
    meaning = _MEANING.get(answer.status, "it is out of order" if answer.busy else "it refuses")
    told = _told(_document(answer.body))
    again = f" Try again in {answer.wait} s." if answer.wait else " Try again later." if answer.busy else ""
    return f"Tailscale's API answers {answer.status}: {meaning}{f' ({told})' if told else ''}.{again}"


def _told(document):
    parts = [str(document.get("message") or "")]
    for each in document.get("data") or []:
        if isinstance(each, dict):
            parts += [f"{each.get('user') or ''}: {error}".strip(": ") for error in each.get("errors") or []]
    return without_keys("; ".join(part for part in parts if part))[:400]


def _document(raw):
    try:
        found = json.loads(raw or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
