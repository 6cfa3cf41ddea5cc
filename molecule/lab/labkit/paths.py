# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab's sources and its working state live."""

from pathlib import Path

LAB = Path(__file__).resolve().parent.parent
IMAGES = LAB / "images"
REPOSITORY = LAB.parent.parent
STATE = REPOSITORY / ".lab"
LOGS = STATE / "logs"
KEY = STATE / "id_ed25519"
KNOWN_HOSTS = STATE / "known_hosts"


def prepare() -> None:
    for folder in (STATE, LOGS, STATE / "hosts"):
        folder.mkdir(parents=True, exist_ok=True)
    STATE.chmod(0o700)
    (STATE / ".gitignore").write_text("*\n")
