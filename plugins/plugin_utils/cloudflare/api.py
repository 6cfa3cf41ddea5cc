# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cloudflare's API, as far as a tunnel needs it. Errors end in words; the token is in none of them."""

from __future__ import annotations

import json
import time
import urllib.parse

from ansible_collections.hearthwall.home.plugins.plugin_utils.web_session import WebError, WebSession

URL = "https://api.cloudflare.com/client/v4"
PER_PAGE = 100


class ApiError(Exception):
    """Cloudflare did not do what it was asked; the message says what to do."""


class Api:
    """A session with one API token."""

    def __init__(self, token, url=URL, sleep=time.sleep):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._session = WebSession(url, headers, sleep)

    def tunnel(self, tunnel):
        """Return a tunnel's state."""
        return self._call("GET", self._of(tunnel), "Cloudflare Tunnel: Read")

    def configuration(self, tunnel):
        """Return the configuration of a tunnel that is managed at Cloudflare; empty where it has none yet."""
        found = self._call("GET", f"{self._of(tunnel)}/configurations", "Cloudflare Tunnel: Read")
        return (found or {}).get("config") or {}

    def configure(self, tunnel, config):
        """Replace the configuration of a tunnel."""
        self._call("PUT", f"{self._of(tunnel)}/configurations", "Cloudflare Tunnel: Edit", {"config": config})

    def applications(self, account):
        """Return the Access applications of an account, their policies included."""
        path, found, page = f"/accounts/{_quoted(account)}/access/apps", [], 1
        while True:
            listed = self._call("GET", f"{path}?page={page}&per_page={PER_PAGE}", _READ_ACCESS) or []
            found += listed
            if len(listed) < PER_PAGE:
                break
            page += 1
        for app in found:
            if app.get("policies") is None:
                app["policies"] = self._call("GET", f"{path}/{_quoted(app['id'])}/policies", _READ_ACCESS) or []
        return found

    @staticmethod
    def _of(tunnel):
        return f"/accounts/{_quoted(tunnel.account)}/cfd_tunnel/{_quoted(tunnel.identifier)}"

    def _call(self, method, path, permission, body=None):
        try:
            answer = self._session.ask(method, path, None if body is None else json.dumps(body).encode())
        except WebError as error:
            raise ApiError(f"Cloudflare's API at {error}") from error
        told = _document(answer.body)
        if answer.status != 200 or not told.get("success", True):
            raise ApiError(_words(answer.status, told, permission, answer.wait))
        return told.get("result")


_READ_ACCESS = "Access: Apps and Policies: Read"
_MEANING = {
    400: "it does not understand the request: the API token may be malformed",
    401: "it does not accept the API token: it is wrong, expired or revoked",
    403: "the API token may not do this: it needs the permission {permission} on this account",
    404: "it knows no such tunnel in this account: the tunnel was deleted, or its token belongs to another account",
    429: "it is asked too often",
}


def _words(status, answer, permission, wait):
    meaning = _MEANING.get(status, "it is out of order" if status >= 500 else "it refuses")
    told = "; ".join(str(each.get("message")) for each in answer.get("errors") or [] if isinstance(each, dict))
    again = f" Try again in {wait} s." if wait else " Try again later." if status == 429 or status >= 500 else ""
    meaning = meaning.format(permission=permission)
    return f"Cloudflare's API answers {status}: {meaning}{f' ({told[:200]})' if told else ''}.{again}"


def _document(text):
    try:
        found = json.loads(text)
    except ValueError:
        return {"success": False}
    return found if isinstance(found, dict) else {"success": False}


def _quoted(text):
    return urllib.parse.quote(str(text), safe="")
