# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a packet filter can stand between the controller and a host."""

from __future__ import annotations

UNCUT = ("local", "docker", "podman", "lxc", "nsenter", "chroot", "machinectl", "qubes", "incus", "libvirt")


def cuttable(task_vars):
    """Return whether the connection to a host is one that a packet filter can cut."""
    return str(task_vars.get("ansible_connection", "ssh")).rsplit(".", 1)[-1] not in UNCUT
