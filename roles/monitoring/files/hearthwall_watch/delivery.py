# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The paths that an alert can take, and the heartbeat that is missed when nothing takes one any more."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
import urllib.error
import urllib.request

TIMEOUT = 20


class DeliveryError(Exception):
    """A path did not take an alert; the text holds no secret."""


class HomeAssistant:
    """Home Assistant's own notify services, reached through the webhook of Hearthwall's automation."""

    def __init__(self, webhook):
        self._webhook = webhook

    def deliver(self, alert):
        body = json.dumps({part: alert[part] for part in ("key", "title", "message", "level")}).encode()
        try:
            fetch(self._webhook["url"], body, self._webhook.get("resolve"), self._webhook.get("ca"))
        except (OSError, ValueError) as error:
            raise DeliveryError(f"Home Assistant's webhook: {reason(error)}") from None


class Apprise:
    """Whatever Apprise can reach. Its addresses hold secrets and so travel in a file, not as arguments."""

    def __init__(self, configuration, command=("apprise",)):
        self._configuration, self._command = configuration, command

    def deliver(self, alert):
        kind = {"note": "info", "warning": "warning", "critical": "failure"}[alert["level"]]
        argv = [
            *self._command,
            "--config",
            self._configuration,
            "-n",
            kind,
            "-t",
            alert["title"],
            "-b",
            alert["message"],
        ]
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent", "LANG": "C.UTF-8"}
        try:
            done = subprocess.run(argv, capture_output=True, timeout=60, env=environment, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            raise DeliveryError(f"apprise: {type(error).__name__}") from None
        if done.returncode != 0:
            raise DeliveryError(f"apprise ended with {done.returncode}: at least one of its targets did not take it")


def heartbeat(url):
    """Say outwards that this watcher lives."""
    try:
        fetch(url)
    except (OSError, ValueError) as error:
        raise DeliveryError(f"heartbeat: {reason(error)}") from None


def fetch(url, body=None, resolve=None, ca=None, timeout=TIMEOUT):
    """Return the status of a request; raise OSError where it is no success.

    ``resolve`` is the address to use instead of what the name resolves to, ``ca`` a certificate authority (PEM).
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError("the address has to begin with http:// or https://")
    # A proxy of the machine's own settings has no business between the hosts of a home.
    handlers = [urllib.request.ProxyHandler({})]
    handlers += [_Plain(resolve), _Secure(resolve, ssl.create_default_context(cadata=ca or None))]
    headers = {"Content-Type": "application/json", "User-Agent": "hearthwall-watch"}
    request = urllib.request.Request(url, body, headers)  # noqa: S310  its scheme is checked above
    with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as answer:
        return answer.status


def _towards(kind, resolve):
    """Return a class of connections that go to an address, whatever the name of the host."""

    def connect(request_host, **options):
        connection = kind(request_host, **options)
        if resolve:
            there = socket.create_connection
            connection._create_connection = lambda place, *more: there((resolve, place[1]), *more)
        return connection

    return connect


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, resolve):
        super().__init__()
        self._resolve = resolve

    def http_open(self, req):
        return self.do_open(_towards(http.client.HTTPConnection, self._resolve), req)


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, resolve, context):
        super().__init__(context=context)
        self._resolve, self._tls = resolve, context

    def https_open(self, req):
        return self.do_open(_towards(http.client.HTTPSConnection, self._resolve), req, context=self._tls)


def reason(error):
    """Return why a request failed, without its address."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}"
    return str(getattr(error, "reason", None) or error) or type(error).__name__
