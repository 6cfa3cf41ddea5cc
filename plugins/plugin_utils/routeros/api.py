# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One connection to a RouterOS router's API: what it has, one command at a time, safe mode."""

from __future__ import annotations

import ssl

from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros import menus
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.routeros.plan import (
    ADD,
    MOVE,
    REMOVE,
    SET,
)

try:
    import librouteros
    from librouteros.exceptions import LibRouterosError, MultiTrapError, TrapError
except ImportError:
    librouteros = None
    LibRouterosError = MultiTrapError = TrapError = OSError

SECONDS = 10
# What a proof looks at beside what Hearthwall writes.
MORE = ("/interface", "/ip/firewall/raw", "/ipv6/firewall/raw", "/ipv6/firewall/nat")


class ApiError(Exception):
    """The router refused a command, or cannot be reached."""


class Connection:
    """A connection to the API; whatever it holds in safe mode is undone when it is lost."""

    def __init__(self, host, username, password, port=None, tls=True, ca_path=None, validate_certs=True):
        if librouteros is None:
            raise ApiError("The Python package librouteros is missing on this machine: pip install librouteros")
        wrapper = _wrapper(host, ca_path, validate_certs) if tls else None
        port = port or (8729 if tls else 8728)
        try:
            self._api = librouteros.connect(
                host, username, password, port=port, timeout=SECONDS, ssl_wrapper=wrapper, encoding="utf-8"
            )
        except (LibRouterosError, OSError) as error:
            raise ApiError(f"{host} port {port}: {error}") from error

    @property
    def controller(self):
        """The address that the router sees this machine at, and the port of its own that is asked."""
        sock = self._api.protocol.transport.sock
        return {"address": sock.getsockname()[0], "port": sock.getpeername()[1]}

    def command(self, path, *words):
        """Carry out one command and return its answers."""
        try:
            return list(self._api.rawCmd(path, *words))
        except (TrapError, MultiTrapError) as error:
            raise ApiError(f"{path}: {error}") from error
        except (LibRouterosError, OSError) as error:
            raise ApiError(f"the connection broke at {path}: {error or 'no answer'}") from error

    def state(self):
        """Return {path: entries} of the menus that Hearthwall writes, and of those that a proof looks at."""
        return {path: self.command(f"{path}/print") for path in (*menus.BY_PATH, *MORE)}

    def act(self, action, made):
        """Carry out one action of a plan; ``made`` gets the ids of new entries."""
        words = [f"={option}={value}" for option, value in action.options.items()]
        before = made.get(action.before[1:], action.before) if action.before.startswith("+") else action.before
        if action.verb == ADD:
            answers = self.command(f"{action.path}/add", *words, *([f"=place-before={before}"] if before else []))
            made[f"{action.path} {menus.key_of(menus.BY_PATH[action.path], action.options)}"] = (
                answers[-1]["ret"] if answers else ""
            )
        elif action.verb == SET:
            self.command(f"{action.path}/set", f"=.id={action.target}", *words)
        elif action.verb == MOVE:
            place = [f"=destination={before}"] if before else []
            self.command(f"{action.path}/move", f"=numbers={action.target}", *place)
        elif action.verb == REMOVE:
            self.command(f"{action.path}/remove", f"=.id={action.target}")

    def close(self):
        """End the connection."""
        try:
            self._api.close()
        except (LibRouterosError, OSError):
            return


def _wrapper(host, ca_path, validate_certs):
    context = ssl.create_default_context(cafile=ca_path)
    if not validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return lambda sock: context.wrap_socket(sock, server_hostname=host)
