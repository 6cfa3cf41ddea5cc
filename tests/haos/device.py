# SPDX-License-Identifier: GPL-3.0-or-later
"""A Home Assistant OS of stand-ins: Home Assistant in front, a Supervisor behind it."""

from __future__ import annotations

import datetime

from home_assistant import TOKEN, HomeAssistant
from supervisor import Supervisor


class Device:
    """The two stand-ins, and how they are reached."""

    token = TOKEN

    def __init__(self):
        self.supervisor = Supervisor()
        self.now = datetime.datetime.now(datetime.timezone.utc)
        self.home_assistant = HomeAssistant(self.supervisor.serve(), self.supervisor.token, self.now.isoformat())
        self.supervisor.on_update = self.home_assistant.updated
        self.url = self.home_assistant.serve()
        self.home_assistant.http["stable"]["server_port"] = int(self.url.rsplit(":", 1)[1])

    def close(self):
        self.home_assistant.close()
        self.supervisor.close()
