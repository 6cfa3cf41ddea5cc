# SPDX-License-Identifier: GPL-3.0-or-later
"""WireGuard of the kernel itself."""


def main(spaces, plan, tell):
    pass
