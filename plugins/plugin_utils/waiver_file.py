# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads a home's waiver file on the controller."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hearthwall.home.plugins.module_utils.controls.waivers import WaiverError, build_waivers
from ansible_collections.hearthwall.home.plugins.plugin_utils.yaml_file import YamlFileError, read_yaml


def load_waivers(name, base, controls, hosts, homes, today):
    """Return the waivers of the file ``name`` (none where it is unset); a relative name starts at ``base``.

    Raise WaiverError with every problem at once.
    """
    if not name:
        return []
    path = Path(base or ".") / Path(str(name)).expanduser()
    try:
        document = read_yaml(path)
    except YamlFileError as error:
        raise WaiverError([str(error)]) from error
    return build_waivers(str(name), document, controls, hosts, homes, today)
