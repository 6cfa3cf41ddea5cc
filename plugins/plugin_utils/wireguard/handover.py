# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Handing a phone its configuration: as a QR code on the screen, and as a picture where one is asked for."""

from __future__ import annotations

import io
import os


def on_screen(config):
    """Return the QR code as text for a terminal."""
    import segno

    text = io.StringIO()
    segno.make(config, micro=False, error="l").terminal(text, compact=True)
    return text.getvalue()


def as_picture(config, folder, name):
    """Write the QR code as PNG that only its owner may read; return its path."""
    import segno

    os.makedirs(folder, mode=0o700, exist_ok=True)
    path = os.path.join(folder, f"{name}.png")
    picture = io.BytesIO()
    segno.make(config, micro=False, error="l").save(picture, kind="png", scale=6)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o600)
        file.write(picture.getvalue())
    return path
