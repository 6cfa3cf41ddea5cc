# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection's actions can do; a module adds its own delegation, diff_mode and platform."""

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of an action that plans on the controller and visits the host where something differs."""

    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: The work is planned by an action on the controller.
    support: full
  async:
    description: Can be run with the C(async) keyword.
    support: none
  become:
    description: Uses the privileges that C(become) gives on the host.
    support: full
  bypass_host_loop:
    description: Runs once for all hosts, whatever the number of hosts.
    support: none
  check_mode:
    description: Says what would change and changes nothing.
    support: full
  connection:
    description: Uses the connection that is configured for the host.
    support: full
  delegation:
    description: Can be used with C(delegate_to).
  diff_mode:
    description: Shows what differs, in diff mode.
  platform:
    description: The systems that it can act on.
    support: N/A
"""

    # What differs for an action that needs no host at all; of two fragments the one named first wins.
    CONTROLLER = r"""
options: {}
attributes:
  become:
    support: none
  connection:
    support: none
  delegation:
    support: none
  diff_mode:
    support: none
  platform:
    platforms: all
"""
