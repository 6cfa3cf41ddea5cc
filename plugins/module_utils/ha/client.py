# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Home Assistant's REST side: requests, the login flow with its second factor, tokens."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
import urllib.parse

from ansible_collections.hearthwall.home.plugins.module_utils.ha import totp
from ansible_collections.hearthwall.home.plugins.module_utils.ha.errors import (
    Banned,
    CodeNeeded,
    HomeAssistantError,
    NotAllowed,
    Unreachable,
    WrongCode,
    WrongPassword,
)

TIMEOUT = 15
_HANDLER = ["homeassistant", None]
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def tls_context(host, ca_file=None, ca_data=None):
    """Return how a server's certificate is checked: fully, but not on loopback, where no name can match."""
    context = ssl.create_default_context(cafile=ca_file, cadata=ca_data)
    if host in _LOOPBACK and not (ca_file or ca_data):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Answer:
    """One HTTP answer."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        """Return the JSON of the body; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class _ResolvedHTTPS(http.client.HTTPSConnection):
    """HTTPS to a name at an address of our choice: the certificate is still checked for the name."""

    def __init__(self, host, port, address, **options):
        super().__init__(host, port, **options)
        self._address = address
        self._tls = options["context"]

    def connect(self):
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


class _ResolvedHTTP(http.client.HTTPConnection):
    """HTTP to a name at an address of our choice."""

    def __init__(self, host, port, address, **options):
        super().__init__(host, port, **options)
        self._address = address

    def connect(self):
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


def request(method, url, body=None, headers=None, timeout=TIMEOUT, resolve=None, ca_file=None, ca_data=None):
    """Make one request, without proxies and without redirects; ``resolve`` is the address to connect to instead."""
    parts = urllib.parse.urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = resolve or parts.hostname
    try:
        if secure:
            context = tls_context(parts.hostname, ca_file, ca_data)
            connection = _ResolvedHTTPS(parts.hostname, port, address, timeout=timeout, context=context)
        else:
            connection = _ResolvedHTTP(parts.hostname, port, address, timeout=timeout)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read(4 * 1024 * 1024))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise Unreachable(f"{parts.scheme}://{parts.netloc} does not answer: {reason}") from error


class Login:
    """What one login gave: an access token, and the refresh token that ends it."""

    def __init__(self, client, access_token, refresh_token=None):
        self._client = client
        self.access_token = access_token
        self.refresh_token = refresh_token

    def __repr__(self):
        return "<Login>"

    def end(self):
        """End the session, so that a visit leaves none behind."""
        if self.refresh_token:
            self._client.revoke(self.refresh_token)
            self.refresh_token = None


class Client:
    """One Home Assistant at one base URL."""

    def __init__(self, url, timeout=TIMEOUT, ca_file=None, clock=time.time, sleep=time.sleep):
        self.url = url.rstrip("/")
        self.timeout = timeout
        self.ca_file = ca_file
        self._clock = clock
        self._sleep = sleep

    def _send(self, method, path, payload=None, token=None, form=None):
        headers = {}
        body = None
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif payload is not None:
            body = json.dumps(payload)
            headers["Content-Type"] = "application/json"
        answer = request(method, self.url + path, body, headers, self.timeout, ca_file=self.ca_file)
        if answer.status == 403 and answer.json() is None:
            raise Banned(
                f"{self.url} refuses this address (403): it is banned. Remove it from ip_bans.yaml in the configuration"
                " directory and restart Home Assistant."
            )
        if answer.status in (502, 503, 504):
            raise Unreachable(f"{self.url} answers {answer.status}: Home Assistant is not up behind it")
        return answer

    def get(self, path, token=None):
        """Return the JSON of a GET."""
        answer = self._send("GET", path, token=token)
        if answer.status == 401:
            raise NotAllowed(f"{self.url} refuses the token (401)")
        if answer.status != 200:
            raise HomeAssistantError(f"GET {path} was answered with {answer.status}")
        return answer.json()

    def find(self, path, token=None):
        """Return the JSON of a GET; None where there is no such thing."""
        return None if self._send("GET", path, token=token).status == 404 else self.get(path, token)

    def post(self, path, payload, token=None):
        """Return the JSON of a POST."""
        answer = self._send("POST", path, payload, token=token)
        if answer.status == 401:
            raise NotAllowed(f"{self.url} refuses the token (401)")
        if answer.status not in (200, 201):
            raise HomeAssistantError(f"POST {path} was answered with {answer.status}")
        return answer.json()

    def answers(self):
        """Return whether Home Assistant's login page logic answers (it does before all integrations are up)."""
        try:
            return self._send("GET", "/auth/providers").status in (200, 400)
        except Unreachable:
            return False

    def login(self, username, password, secret=None):
        """Log in with a password and, where it is asked for, a TOTP code.

        Never guesses: every refused attempt counts towards a ban of this address.
        """
        identity = {"client_id": f"{self.url}/"}
        started = self._send(
            "POST", "/auth/login_flow", {**identity, "handler": _HANDLER, "redirect_uri": f"{self.url}/"}
        )
        if started.status == 404:
            raise NotAllowed(f"{self.url} does not offer logging in by password (auth provider homeassistant)")
        flow = started.json()
        if started.status != 200 or not isinstance(flow, dict) or "flow_id" not in flow:
            raise HomeAssistantError(f"{self.url} did not start a login ({started.status})")
        path = f"/auth/login_flow/{flow['flow_id']}"
        step = self._step(path, {**identity, "username": username, "password": password}, username)
        if step.get("step_id") == "init":
            raise WrongPassword(f"Home Assistant refuses the password given for {username!r}")
        if step.get("step_id") == "select_mfa_module":
            step = self._step(path, {**identity, "multi_factor_auth_module": "totp"}, username)
        if step.get("step_id") == "mfa":
            step = self._second_factor(path, identity, username, secret, step)
        if step.get("type") != "create_entry":
            raise HomeAssistantError(f"the login of {username!r} ended with {step.get('reason') or step.get('type')}")
        granted = self._send(
            "POST", "/auth/token", form={**identity, "grant_type": "authorization_code", "code": step["result"]}
        )
        tokens = granted.json() or {}
        if granted.status != 200:
            raise NotAllowed(f"{username!r} gets no token: {tokens.get('error_description') or granted.status}")
        return Login(self, tokens["access_token"], tokens["refresh_token"])

    def _step(self, path, payload, username):
        answer = self._send("POST", path, payload)
        step = answer.json()
        if answer.status == 403:
            raise NotAllowed(f"{username!r} may not log in here: {(step or {}).get('message', 'refused')}")
        if answer.status != 200 or not isinstance(step, dict):
            raise HomeAssistantError(f"the login of {username!r} was answered with {answer.status}")
        return step

    def _second_factor(self, path, identity, username, secret, step):
        if secret is None:
            raise CodeNeeded(f"Home Assistant asks {username!r} for a second factor and no TOTP secret is at hand")
        module = (step.get("description_placeholders") or {}).get("mfa_module_id", "totp")
        if module != "totp":
            raise CodeNeeded(
                f"Home Assistant asks {username!r} for the second factor {module}, which Hearthwall has not"
            )
        step = self._step(path, {**identity, "code": totp.code(secret, self._clock())}, username)
        if step.get("step_id") == "mfa":
            raise WrongCode(
                f"Home Assistant refuses the TOTP code of {username!r}: the secret is not the enrolled one, or the"
                " clocks differ"
            )
        return step

    def current_code(self, secret):
        """Return a code that stays current for some seconds: enrolment allows no neighbouring period."""
        left = totp.remaining(self._clock())
        if left < 3:
            self._sleep(left + 0.2)
        return totp.code(secret, self._clock())

    def revoke(self, token):
        """End what belongs to a refresh token. Home Assistant answers 200 whether it knew the token or not."""
        self._send("POST", "/auth/revoke", form={"token": token})

    def wait(self, deadline, pause=0.5):
        """Wait until Home Assistant answers; return whether it did before the deadline (time.monotonic)."""
        while time.monotonic() < deadline:
            if self.answers():
                return True
            self._sleep(pause)
        return False
