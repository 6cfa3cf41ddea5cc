# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection's actions and modules can do; each adds its own platform, and where it can do more or less."""

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
    support: none
  diff_mode:
    description: Shows what differs, in diff mode.
    support: none
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
  platform:
    platforms: all
"""

    # An action's half on the host is called where something has to be done; named before action_common_attributes.
    HOST = r"""
options: {}
attributes:
  check_mode:
    support: none
  diff_mode:
    support: none
  platform:
    platforms: posix
"""
