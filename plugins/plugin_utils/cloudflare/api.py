# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cloudflare's API, as far as a tunnel needs it. Errors end in words; the token is in none of them."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request

URL = "https://api.cloudflare.com/client/v4"
TIMEOUT = 15
# How often a busy or broken API is asked, and how long to wait for it at most.
ATTEMPTS, LONGEST = 3, 20
PER_PAGE = 100


class ApiError(Exception):
    """Cloudflare did not do what it was asked; the message says what to do."""


class Api:
    """A session with one API token."""

    def __init__(self, token, url=URL, sleep=time.sleep):
        self._token, self._url, self._sleep = token, url.rstrip("/"), sleep
        self._opener = urllib.request.build_opener(_NoRedirect)

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
        for attempt in range(1, ATTEMPTS + 1):
            status, answer, wait = self._once(method, path, body)
            if status == 200 and answer.get("success", True):
                return answer.get("result")
            busy = status == 429 or status >= 500
            # Only what changes nothing is asked again after a broken answer; a refusal for being busy did nothing.
            if attempt == ATTEMPTS or not busy or (status != 429 and method != "GET") or wait > LONGEST:
                raise ApiError(_words(status, answer, permission, wait))
            self._sleep(wait or attempt)
        raise AssertionError  # the last attempt has returned or raised

    def _once(self, method, path, body):
        request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status, _document(answer.read()), 0
        except urllib.error.HTTPError as error:
            return error.code, _document(error.read()), _seconds(error.headers.get("Retry-After"))
        except (OSError, ValueError) as error:
            # A timeout too is an OSError; neither names what was sent.
            reason = getattr(error, "reason", error)
            raise ApiError(f"Cloudflare's API does not answer at {self._url} within {TIMEOUT} s: {reason}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        """Follow nothing: the token is for one place."""
        return


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


def _seconds(text):
    return int(text) if text and text.isdigit() else 0


def _quoted(text):
    return urllib.parse.quote(str(text), safe="")
