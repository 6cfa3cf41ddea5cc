# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asking a vendor's API patiently: what is busy is asked again, within bounds; a token goes to one place alone."""

from __future__ import annotations

import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

TIMEOUT = 15
# How often a busy or broken API is asked, and how long to wait for it at most.
ATTEMPTS, LONGEST = 3, 20


class WebError(Exception):
    """No answer came; the message says why, and never what was sent."""


@dataclass(frozen=True)
class Answer:
    """What came back; ``wait``: the seconds that the API asks to be left alone."""

    status: int
    body: bytes
    headers: dict = field(default_factory=dict)
    wait: int = 0

    @property
    def busy(self):
        return self.status == 429 or self.status >= 500


class WebSession:
    """One API, with the headers that every request to it has."""

    def __init__(self, url, headers, sleep=time.sleep, authority=None):
        self._url, self._headers, self._sleep = url.rstrip("/"), headers, sleep
        handlers = [_NoRedirect]
        if authority:
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=authority)))
        self._opener = urllib.request.build_opener(*handlers)

    def ask(self, method, path, body=None, **headers):
        """Return the Answer, whatever its status; the last one where the API stays busy."""
        for attempt in range(1, ATTEMPTS + 1):
            answer = self._once(method, path, body, headers)
            # Only what changes nothing is asked again after a broken answer; a refusal for being busy did nothing.
            again = answer.busy and (answer.status == 429 or method == "GET") and answer.wait <= LONGEST
            if attempt == ATTEMPTS or not again:
                return answer
            self._sleep(answer.wait or attempt)
        raise AssertionError  # the last attempt has returned

    def _once(self, method, path, body, headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
            self._url + path, method=method, data=body, headers={**self._headers, **named}
        )
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return Answer(answer.status, answer.read(), _lowered(answer.headers))
        except urllib.error.HTTPError as error:
            told = _lowered(error.headers)
            wait = told.get("retry-after", "")
            return Answer(error.code, error.read(), told, int(wait) if wait.isdigit() else 0)
        except (OSError, ValueError) as error:
            # A timeout too is an OSError; neither names what was sent.
            raise WebError(
                f"{self._url} does not answer within {TIMEOUT} s: {getattr(error, 'reason', error)}"
            ) from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments):
        """Follow nothing: the token is for one place."""
        return


def _lowered(headers):
    return {name.lower(): value for name, value in headers.items()}
