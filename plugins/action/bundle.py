# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans one visit on the controller, makes it where something differs, and confirms it where it is guarded."""

from __future__ import annotations

import base64
import json
import zlib

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible_collections.hearthwall.home.plugins.module_utils.visit import desired as wishes
from ansible_collections.hearthwall.home.plugins.module_utils.visit import plan
from ansible_collections.hearthwall.home.plugins.plugin_utils.bundle import speech
from ansible_collections.hearthwall.home.plugins.plugin_utils.bundle.confirm import (
    Confirmation,
    ConfirmError,
    keep_alive,
)
from ansible_collections.hearthwall.home.plugins.plugin_utils.bundle.render import Renderer, RenderError
from ansible_collections.hearthwall.home.plugins.plugin_utils.visit_action import VisitAction

# Package lists younger than this are not fetched anew.
LISTS_VALID = 6 * 3600
NO_SUCH_PACKAGE = "No package matching"


class ActionModule(VisitAction):
    _VALID_ARGS = frozenset(wishes.KEYS)

    def run(self, tmp=None, task_vars=None):
        task_vars = task_vars or {}
        super().run(tmp, task_vars)
        desired = self._desired(task_vars)
        snapshot = self._covering(desired, task_vars)
        differences = plan.plan(desired, snapshot)
        unknown = plan.unknown(desired, snapshot)
        if self._task.check_mode or not (differences or unknown or self._waiting(desired, snapshot)):
            return self._as_found(desired, snapshot, differences, unknown, task_vars)
        return self._apply(desired, snapshot, differences, task_vars)

    def _desired(self, task_vars):
        try:
            desired = wishes.normalise(self._task.args)
        except wishes.DesiredError as error:
            raise AnsibleActionFail(f"This visit is described wrongly: {error}.") from None
        renderer = Renderer(desired["role"], self._templar, self._loader, self._find_needle, task_vars)
        errors = []
        for item in desired["files"]:
            try:
                item["data"] = renderer.render(item)
            except RenderError as error:
                errors.append(str(error))
        if errors:
            raise AnsibleActionFail(f"Nothing was changed, for these files cannot be rendered: {'; '.join(errors)}")
        return desired

    def _covering(self, desired, task_vars):
        """Return a snapshot that covers what the bundle speaks about, with one more look where it did not."""
        snapshot = self.snapshot(task_vars)
        paths, units = plan.uncovered(desired, snapshot)
        told = snapshot.get("unknown") or {}
        paths = [path for path in paths if f"paths.{path}" not in told]
        if "services" in told:
            units = []
        if not paths and not units:
            return snapshot
        wanted, secret = wishes.paths(desired)
        remember = _manifest(desired)
        more, _texts = self.look(
            task_vars,
            paths=paths,
            secret_paths=[path for path in paths if path in secret],
            units=units,
            remember=remember if not self._task.check_mode else None,
        )
        return _merged(snapshot, more)

    @staticmethod
    def _waiting(desired, snapshot):
        """Return our own change of an earlier run that nobody confirmed, if there is one."""
        for left in snapshot.get("pending") or []:
            if left["role"] == desired["role"] and left["state"] == "unconfirmed":
                return left
        return None

    def _as_found(self, desired, snapshot, differences, unknown, task_vars):
        result = {"changed": bool(differences), "differences": differences}
        if self._task.diff and differences:
            wanted = [item["name"] for item in differences if _has_text(item)]
            texts = self.look(task_vars, texts=wanted)[1] if wanted else {}
            result["diff"] = speech.diffs(differences, texts, _contents(desired))
        return self.answer(
            task_vars, verdicts=speech.verdicts(desired, differences, unknown), snapshot=snapshot, **result
        )

    def _apply(self, desired, snapshot, differences, task_vars):
        installed = []
        try:
            installed = self._install(differences, task_vars)
            done = self._visit(desired, snapshot, installed, task_vars)
            if done["guard"]:
                done["guard"] = Confirmation(self, task_vars).confirm(done["guard"])
        except _Failed as failure:
            return self._failed(desired, differences, failure, task_vars)
        except ConfirmError as error:
            return self._failed(desired, differences, _Failed(str(error), ""), task_vars)
        packages = [item for item in differences if item["kind"] == "package"]
        mended = packages + done["differences"]
        result = {
            "changed": done["changed"] or bool(installed),
            "differences": mended,
            "replanned": done["replanned"],
            "recovered": done["recovered"],
        }
        if done["guard"]:
            result["guard"] = done["guard"]
        if self._task.diff:
            result["diff"] = speech.diffs(mended, done.get("before", {}), _contents(desired))
        if done["replanned"]:
            result["warnings"] = [
                f"Changed by somebody since the snapshot was taken, so planned anew: {', '.join(done['replanned'])}."
            ]
        after = _merged(snapshot, done["now"])
        verdicts = speech.verdicts(desired, done["still"], plan.unknown(desired, after), mended)
        return self.answer(task_vars, verdicts=verdicts, snapshot=after, **result)

    def _install(self, differences, task_vars):
        missing = [item["name"] for item in differences if item["kind"] == "package"]
        if not missing:
            return []
        request = {
            "name": missing,
            "state": "present",
            "install_recommends": False,
            "update_cache": True,
            "cache_valid_time": LISTS_VALID,
            # What a package brings must not serve anybody before it has its settings.
            "policy_rc_d": 101,
        }
        result = self.call("ansible.builtin.apt", request, task_vars)
        if result.get("failed") and NO_SUCH_PACKAGE in str(result.get("msg")):
            # An image often comes with its package lists taken out, though their folder looks fresh.
            result = self.call("ansible.builtin.apt", dict(request, cache_valid_time=0), task_vars)
        if result.get("failed"):
            cause = str(result.get("msg", "apt failed")).strip().rstrip(".")
            raise _Failed(f"{', '.join(missing)} could not be installed: {cause}.", "Nothing else was changed.")
        return missing

    def _visit(self, desired, snapshot, installed, task_vars):
        wanted = wishes.paths(desired)[0]
        request = {
            "desired": {key: desired[key] for key in wishes.KEYS},
            "contents": {item["path"]: base64.b64encode(item["data"]).decode() for item in desired["files"]},
            "expected": {
                "paths": {path: snapshot["paths"][path] for path in wanted if path in (snapshot.get("paths") or {})},
                "services": {
                    name: state
                    for name, state in (snapshot.get("services") or {}).items()
                    if name in wishes.units(desired)
                },
            },
            "installed": installed,
            "show_before": bool(self._task.diff),
        }
        request["desired"]["files"] = [
            dict({key: value for key, value in item.items() if key != "data"}, template=None, content="")
            for item in desired["files"]
        ]
        packed = base64.b64encode(zlib.compress(json.dumps(request).encode())).decode()
        guard = desired["guard"]
        if guard:
            keep_alive(self)
        try:
            result = self.call("hearthwall.home.visit", {"payload": packed}, task_vars)
        except AnsibleConnectionFailure as error:
            if not guard:
                raise
            reason = str(error).strip().rstrip(".")
            raise _Failed(Confirmation(self, task_vars).broken(guard["timeout"], reason), "") from None
        if result.get("failed"):
            raise _Failed(result.get("cause") or result.get("msg", "the visit failed"), result.get("standing", ""))
        return result

    def _failed(self, desired, differences, failure, task_vars):
        again = self.run_again(task_vars, desired["role"])
        msg = " ".join(part for part in (failure.cause, failure.standing, again) if part)
        verdicts = speech.verdicts(desired, differences, error=f"{failure.cause} {failure.standing}".strip())
        return self.answer(task_vars, verdicts=verdicts, failed=True, msg=msg, differences=differences)


class _Failed(Exception):
    def __init__(self, cause, standing):
        super().__init__(cause)
        self.cause, self.standing = cause, standing


def _contents(desired):
    return {item["path"]: item["data"] for item in desired["files"]}


def _has_text(item):
    return item["kind"] == "file" and not item["secret"] and (item["before"] or {}).get("type") == "file"


def _manifest(desired):
    wanted, secret = wishes.paths(desired)
    controls = {
        item.get("path") or item.get("creates"): item["control"] for kind in wishes.ITEMS for item in desired[kind]
    }
    return {
        "paths": {
            path: {"role": desired["role"], "control": controls[path], "secret": path in secret} for path in wanted
        },
        "units": {name: {"role": desired["role"]} for name in wishes.units(desired)},
    }


def _merged(snapshot, more):
    """Return a snapshot with what a later look has seen."""
    merged = dict(snapshot)
    for part in ("paths", "services"):
        if more.get(part) is not None:
            merged[part] = {**(snapshot.get(part) or {}), **more[part]}
    if more.get("packages"):
        merged["packages"] = more["packages"]
    for part in ("listeners", "firewall"):
        if more.get(part) is not None and part in snapshot:
            merged[part] = more[part]
    if more.get("pending") is not None:
        merged["pending"] = more["pending"]
    merged["unknown"] = {**(snapshot.get("unknown") or {}), **(more.get("unknown") or {})}
    return merged
