# SPDX-License-Identifier: GPL-3.0-or-later
"""The page's colours can be read: text at 4.5 to 1 at least, in light and in dark, on every ground it stands on."""

from __future__ import annotations

import re

import pytest
from ansible_collections.hearthwall.home.plugins.plugin_utils.report import page

PAIRS = [
    *((text, ground) for text in ("ink", "soft") for ground in ("paper", "sheet")),
    ("ink", "code"),
    *((name, f"{name}-wash") for name in ("bad", "unsure", "good", "calm")),
    ("good", "sheet"),
]
SCHEMES = {
    number: dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    for number, block in enumerate(re.findall(r":root \{(.*?)\}", (page.HERE / "page.css").read_text(), re.DOTALL))
}


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_contrast(scheme, text, ground):
    colours = {**SCHEMES[0], **SCHEMES[scheme]}
    bright, dim = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 4.5


def test_light_dark_and_print():
    assert len(SCHEMES) == 3
