# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rendering the files of a visit on the controller, as ansible.builtin.template would."""

from __future__ import annotations

import os

from ansible.errors import AnsibleError

try:
    from ansible.template import trust_as_template
except ImportError:  # before core 2.19 every template was trusted

    def trust_as_template(text):
        return text


OVERRIDES = {"trim_blocks": True, "lstrip_blocks": False, "newline_sequence": "\n"}
MANAGED = "Managed by Hearthwall (role {role}). What is changed here by hand is put back by the next apply."


class RenderError(Exception):
    """A template cannot be found or rendered; the text names the file it is for."""


class Renderer:
    """Renders templates of one role with the variables of one task."""

    def __init__(self, role, templar, loader, find, task_vars):
        self._role, self._templar, self._loader, self._find = role, templar, loader, find
        self._task_vars = task_vars
        self._prepared = {}

    def render(self, item):
        """Return the content of one file of the bundle as bytes."""
        if item["template"] is None:
            return item["content"].encode("utf-8")
        try:
            source = self._find("templates", item["template"])
            text = trust_as_template(self._loader.get_text_file_contents(source))
            rendered = self._prepare(source, item).template(text, escape_backslashes=False, overrides=OVERRIDES)
        except AnsibleError as error:
            raise RenderError(f"{item['path']}: {item['template']}: {_reason(error, item)}") from error
        if not isinstance(rendered, str):
            raise RenderError(f"{item['path']}: {item['template']} renders to {type(rendered).__name__}, not to text")
        return str(rendered).encode("utf-8")

    def _prepare(self, source, item):
        folder = os.path.dirname(source)
        if folder not in self._prepared:
            variables = dict(self._task_vars)
            variables.setdefault("ansible_managed", MANAGED.format(role=self._role))
            search = [folder]
            for path in [*(self._task_vars.get("ansible_search_path") or []), self._loader.get_basedir()]:
                search += [os.path.join(path, "templates"), path]
            self._prepared[folder] = self._templar.copy_with_new_env(searchpath=search, available_variables=variables)
        return self._prepared[folder]


def _reason(error, item):
    # An error quotes the expression that failed, and with it perhaps a value.
    return "could not be rendered (the reason is withheld, for the file is secret)" if item["secret"] else error
