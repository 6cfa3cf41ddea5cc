# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the actions of the role exposure are told: the role's variables, without their prefix."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.ways_in.firewall import PRIVATE

COMMON = {
    "ways_in": {"type": "list", "elements": "dict"},
    "http": {"type": "dict", "default": {}},
}
HOST = {
    "host_firewall": {"type": "bool", "default": True},
    "management": {"type": "list", "elements": "str", "default": list(PRIVATE)},
    "management_ports": {"type": "list", "elements": "int", "default": []},
    "discovery": {"type": "bool", "default": True},
    "host_services": {"type": "list", "elements": "dict", "default": []},
}
ROUTER = {
    "wan_interfaces": {"type": "list", "elements": "str", "default": []},
    "upnp": {"type": "str", "choices": ["off", "secure"], "default": "off"},
}
APPLIED = {
    "look_again": {"type": "bool", "default": False},
    "confirm_within": {"type": "int", "default": 60},
}


AGAIN = "Mend that, then run: ansible-playbook playbooks/site.yml --limit {host} --tags exposure"


def told_to_run_again(cause, task_vars):
    """Return the message of a change that was not kept: the cause and the next command."""
    return f"{str(cause).rstrip('.')}. {AGAIN.format(host=task_vars['inventory_hostname'])}"


def with_snapshot(task_vars, snapshot):
    """Return the variables of a task with this snapshot in place of the one that the run knows."""
    return dict(task_vars, ansible_facts={**task_vars.get("ansible_facts", {}), "hearthwall_snapshot": snapshot})


def stands(snapshot, path):
    """Return whether a file is there: what is still to be written is the bundle's to tell."""
    return ((snapshot.get("paths") or {}).get(path) or {}).get("type") == "file"
