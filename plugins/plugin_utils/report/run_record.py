# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one run was seen to do: verdicts by host, and for what nobody spoke of, the true reason. No Ansible in here."""

from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import STATUSES, accumulate, verdict

LONGEST_MESSAGE = 400
HIDDEN = "its result was hidden by no_log"


class RunRecord:
    """Collects what the callback hears and explains what it did not hear."""

    def __init__(self):
        self.verdicts = {}  # host: {control id: verdict}
        self.networks = {}  # router: who reaches whom, as the role segmentation has seen it
        self.hosts = set()  # hosts that some play of this run was about
        self.roles_in_run = set()  # roles some play names
        self.roles_left_out = set()  # of those, the ones that --tags or --skip-tags leaves nothing of
        self.tag_choice = ""  # the flags that did so, in words
        self.playbook = ""  # its name
        self.limit = ""  # the flag that chose hosts
        self.hosts_in_limit = None  # the hosts that it chose; None is all
        self.ended_early = ""  # what stopped the whole run
        self._ran = {}  # host: roles with a task that ran there
        self._skipped = {}  # host: roles with a task that was skipped there
        self._stopped = {}  # host: why it took no further part
        self._unheard = {}  # host: {role: why an answer could not be used}

    def task_ran(self, host, role):
        self.hosts.add(host)
        self._ran.setdefault(host, set()).add(role)

    def task_skipped(self, host, role):
        self.hosts.add(host)
        self._skipped.setdefault(host, set()).add(role)

    def host_failed(self, host, task, message):
        self._stopped[host] = f"The host failed in task '{task}': {one_line(message)}"

    def host_unreachable(self, host, task, message):
        self._stopped[host] = f"The host was unreachable at task '{task}': {one_line(message)}"

    def end_early(self, host, task, message):
        self.ended_early = self.ended_early or f"task '{task}' failed on {host}: {one_line(message)}"

    def host_recovered(self, host):
        """Forget a failure that a rescue made good."""
        self._stopped.pop(host, None)

    def answer_unheard(self, host, role, task, why):
        self._unheard.setdefault(host, {}).setdefault(role, f"Task '{task}' answered, but {why}.")

    def heard(self, host, role, task, spoken):
        """Take what a task said, well-formed or not."""
        if not isinstance(spoken, (list, tuple)):
            self.answer_unheard(host, role, task, "its verdicts are no list")
            return
        known = self.verdicts.setdefault(host, {})
        for each in spoken:
            usable, problem = readable_verdict(each, task)
            if usable is None:
                self.answer_unheard(host, role, task, problem)
            else:
                known.update(accumulate({usable["id"]: known[usable["id"]]} if usable["id"] in known else {}, [usable]))

    def reason(self, host, control):
        """Say why nothing is known of a control on a host."""
        role = control["role"]
        if host not in self.hosts and host not in self._stopped:
            return f"Not looked at in this run{f' ({self.ended_early})' if self.ended_early else ''}."
        if role in self._ran.get(host, ()):
            return (
                self._unheard.get(host, {}).get(role)
                or self._stopped.get(host)
                or f"Role {role} ran on this host but said nothing about this control."
            )
        if role in self.roles_left_out:
            return f"Role {role} was left out by {self.tag_choice}."
        if host in self._stopped:
            return self._stopped[host]
        if role not in self.roles_in_run:
            return f"Role {role} is not part of this run."
        if self.ended_early:
            return f"The run ended before role {role}: {self.ended_early}"
        if role in self._skipped.get(host, ()):
            return f"Role {role} was skipped on this host by its conditions."
        return f"Role {role} did not run on this host."

    def left_out(self, host, control):
        """Say what kept the run from looking at a control on a host, in the words of the command line, or nothing.

        What was to be looked at and could not be was not left out.
        """
        role = control["role"]
        if self.hosts_in_limit is not None and host not in self.hosts_in_limit:
            return self.limit
        if role in self.roles_left_out:
            return self.tag_choice
        if role not in self.roles_in_run and role not in self._ran.get(host, ()):
            return f"playbook {self.playbook}"
        return ""


def readable_verdict(value, task):
    """Return (verdict, ""): a readable one, if need be one that says what was wrong with it; or (None, problem)."""
    if not isinstance(value, dict):
        return None, "one of its verdicts is no mapping"
    identifier = value.get("id")
    if not isinstance(identifier, str) or not identifier.strip():
        return None, "one of its verdicts names no control"
    texts = {part: _text(value.get(part)) for part in ("expected", "actual", "evidence")}
    status = value.get("status")
    if status not in STATUSES:
        problem = f"Task '{task}' gave a status that is none of {', '.join(STATUSES)}."
        texts["evidence"] = "; ".join(filter(None, (texts["evidence"], problem)))
        status = "error"
    return verdict(identifier.strip(), status, changed=value.get("changed") is True, **texts), ""


def one_line(message):
    """Return a message as one line of bounded length."""
    text = " ".join(str(message).split()) or "no message"
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _text(value):
    return "" if value is None else value if isinstance(value, str) else str(value)
