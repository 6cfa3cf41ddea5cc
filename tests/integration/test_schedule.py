# SPDX-License-Identifier: GPL-3.0-or-later
"""The timer of the dry run, on a real systemd: it looks by itself, and the home's report knows that somebody does.

This machine may have no systemd, and a test sets no timers on it. So the control machine is a container that runs the
unit as the role wrote it, in this machine's file tree (RootDirectory=), where the clone and its environment are. The
home is one bare host, reached by SSH: the container itself.
"""

from __future__ import annotations

import json
import os
import time
from datetime import datetime, timedelta, timezone

import pytest
import yaml
from containers import ROOT, Alone, ansible_playbook, booted, images, podman, run, ssh_key

CONTROL = "HW-POST-01"
TIMER, SERVICE = "hearthwall-drift-flat.timer", "hearthwall-drift-flat.service"
IN_OUR_TREE = "[Service]\\nRootDirectory=/host\\n"
AT_ONCE = "[Timer]\\nRandomizedDelaySec=0\\n"
SECONDS = 120


class ControlMachine(Alone):
    def __init__(self, folder):
        super().__init__("schedule-test", folder)
        self.reports = folder / "reports"
        self.inventory = folder / "inventory"

    def up(self):
        self.down()
        images.Builder().build(("base",))
        self.start("base", "--volume", "/:/host:rslave")
        booted(self.name)
        for unit, text in ((SERVICE, IN_OUR_TREE), (TIMER, AT_ONCE)):
            folder = f"/etc/systemd/system/{unit}.d"
            self.on("sh", "-c", f"mkdir -p {folder} && printf '{text}' > {folder}/test.conf")
        self._home()

    def start(self, image, *options):
        super().start(image, *options)
        authorized = ssh_key(self.folder / "key")
        self.on("sh", "-c", f"mkdir -p -m 700 /root/.ssh && echo '{authorized}' > /root/.ssh/authorized_keys")

    def _home(self):
        (self.inventory / "group_vars").mkdir(parents=True)
        host_key = (self.folder / "given/ssh_host_ed25519_key.pub").read_text()
        (self.folder / "known_hosts").write_text(f"127.0.0.1 {host_key}")
        ssh = f"-o UserKnownHostsFile={self.folder}/known_hosts -o ControlPath=none -o ControlMaster=no"
        reached = {
            "ansible_host": "127.0.0.1",
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_common_args": ssh,
            "hearthwall_home": "flat",
            "exposure_management": ["127.0.0.1/32"],  # where the controller comes from
        }
        children = {"flat": {"hosts": {"ha": reached}}, "home_assistant": {"hosts": {"ha": None}}}
        (self.inventory / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": children}}))

    def schedule(self, *options):
        """Run the playbook as its owner does, on the control machine that the container is."""
        drift = {"home": "flat", "inventory": str(self.inventory), "reports": str(self.reports), "when": "*:*:0/15"}
        machine = self.folder / "machine.yml"
        machine.write_text(yaml.safe_dump({"all": {"hosts": {"localhost": self.connection}}}))
        said = json.dumps({"monitoring_drift": drift})
        return ansible_playbook("playbooks/schedule.yml", machine, "-e", said, *options)

    def check(self):
        """Run the dry run by hand, on the control machine's network; return the control's entry."""
        pid = podman("inspect", "--format", "{{.State.Pid}}", self.name).stdout.strip()
        ansible = [ROOT / ".venv/bin/ansible-playbook", "-i", self.inventory, "playbooks/check.yml"]
        inside = ["nsenter", "--target", pid, "--net", "--", *ansible, "--tags", "monitoring"]
        told = {**os.environ, "HEARTHWALL_REPORTS_DIR": str(self.reports)}
        run(*(str(word) for word in inside), check=False, timeout=200, cwd=ROOT, env=told)
        document = json.loads((self.reports / "flat/latest.json").read_text())
        (entry,) = [each for each in document["controls"] if each["id"] == CONTROL]
        return entry

    def scheduled(self):
        """Return the reports of the runs that no person started, by their paths."""
        found = {path: json.loads(path.read_text()) for path in sorted((self.reports / "flat").glob("*-check.json"))}
        return {path: each for path, each in found.items() if each["tool"].get("started_by") == "drift"}


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    made = ControlMachine(tmp_path_factory.mktemp("schedule"))
    try:
        made.up()
        yield made
    finally:
        made.down()


def test_a_home_that_nobody_looks_at_is_unknown(machine):
    entry = machine.check()
    assert entry["status"] == "unknown" and "no report of a scheduled dry run" in entry["actual"], entry


def test_a_dry_run_of_the_schedule_writes_nothing(machine):
    done = machine.schedule("--check", "--diff")
    assert done.returncode == 0 and "changed=1" in done.stdout, done.stdout + done.stderr
    assert machine.on("systemctl", "cat", TIMER, check=False).stdout.count("OnCalendar") == 0


def test_the_timer_looks_at_the_home_by_itself(machine):
    done = machine.schedule()
    assert done.returncode == 0, done.stdout + done.stderr
    end = time.monotonic() + SECONDS
    while not machine.scheduled() and time.monotonic() < end:
        time.sleep(1)
    journal = machine.on("journalctl", "--no-pager", "--unit", SERVICE).stdout
    assert machine.scheduled(), journal
    assert machine.on("systemctl", "show", "--property", "LastTriggerUSec", "--value", TIMER).stdout.strip()
    done = machine.schedule()
    assert done.returncode == 0 and "changed=0" in done.stdout, done.stdout + done.stderr
    machine.on("systemctl", "stop", TIMER, SERVICE)
    (mine,) = {
        entry["status"]
        for document in machine.scheduled().values()
        for entry in document["controls"]
        if entry["id"] == CONTROL
    }
    assert mine == "pass"
    assert machine.check()["status"] == "pass"


def test_a_timer_that_stopped_is_a_finding(machine):
    """Two days pass: the reports that the timer left are that much older."""
    for path, document in machine.scheduled().items():
        before = datetime.fromisoformat(document["finished"].replace("Z", "+00:00")) - timedelta(days=2)
        document["finished"] = f"{before.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
        path.unlink()
        path.with_name(f"{before:%Y%m%dT%H%M%SZ}-check.json").write_text(json.dumps(document))
    entry = machine.check()
    assert entry["status"] == "fail" and "48" in entry["actual"], entry
