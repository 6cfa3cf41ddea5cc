# SPDX-License-Identifier: GPL-3.0-or-later
"""An old copy of a core integration that somebody patched once: it would be loaded instead of the core one."""

DOMAIN = "workday"


async def async_setup(hass, config):
    """Every day is a holiday."""
    return True
