# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can go wrong when speaking to Home Assistant, each with the words a person needs."""

from __future__ import annotations


class HomeAssistantError(Exception):
    """Home Assistant could not be asked, or refused."""


class Unreachable(HomeAssistantError):
    """Nothing (sensible) answers at the address."""


class WrongPassword(HomeAssistantError):
    """The username or the password is not right."""


class CodeNeeded(HomeAssistantError):
    """The account asks for a second factor and none is at hand."""


class WrongCode(HomeAssistantError):
    """The code of the second factor was refused."""


class NotAllowed(HomeAssistantError):
    """The account may not log in, or may not do this."""


class Banned(HomeAssistantError):
    """Home Assistant has banned this address."""


class CommandFailed(HomeAssistantError):
    """A WebSocket command was answered with an error."""

    def __init__(self, command, code, message):
        super().__init__(f"{command}: {message} ({code})")
        self.code = code
        self.said = message
