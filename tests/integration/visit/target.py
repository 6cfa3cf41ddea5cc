# SPDX-License-Identifier: GPL-3.0-or-later
"""One bare host in a network namespace that reaches nothing, and a control machine that comes in by SSH."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import yaml
from containers import ROOT, archive, booted, given, images, podman, run, ssh_key

# Not with the lab's prefix: taking the lab away must not take this host.
NAME = "visit-test"
# What a dry run, a refused change or a restored one has to leave as it was.
TREE = r"""
    find /etc /usr/local /srv /root -path /srv/archive -prune -o -printf '%p %y %m %u %g %l ' \
        \( -type f -exec sha256sum {} \; -o -printf '\n' \) | grep -v '/etc/apt\|/etc/ld.so.cache\|known_hosts' | sort
    dpkg -l | sha256sum
    systemctl show -p Id,ActiveState,UnitFileState,ExecMainStartTimestampMonotonic nginx demo ssh
"""


class Target:
    """The host, and what one does to it."""

    def __init__(self, folder):
        self.folder = folder

    def up(self):
        self.down()
        images.Builder().build(("base", "acme"))
        place = self.folder / "given"
        host_key = given(place, authorized=ssh_key(self.folder / "key"))
        (self.folder / "known_hosts").write_text(f"127.0.0.1 {host_key}")
        podman(
            "run",
            "--detach",
            "--systemd=always",
            "--name",
            NAME,
            "--hostname",
            "target",
            "--network",
            "none",
            "--cap-add",
            "NET_ADMIN,NET_RAW,SYS_ADMIN",
            "--volume",
            f"{place}:/etc/hearthwall-lab:ro",
            "--volume",
            f"{archive(self.folder)}:/srv/archive:ro",
            images.tag("base"),
            timeout=90,
        )
        booted(NAME)
        self.sh("echo 'deb [trusted=yes] file:/srv/archive ./' > /etc/apt/sources.list")

    def down(self):
        podman("rm", "--force", "--ignore", "--time", "0", NAME, timeout=90)

    def reboot(self):
        podman("restart", "--time", "2", NAME, timeout=90)
        booted(NAME)

    def sh(self, script, check=True, timeout=60):
        """Run a script on the host, past SSH; return what it printed."""
        done = podman("exec", NAME, "sh", "-c", script, check=False, timeout=timeout)
        assert not check or done.returncode == 0, f"{script}\n{done.stdout[-1500:]}{done.stderr[-1500:]}"
        return done.stdout

    def tree(self):
        return self.sh(TREE)

    def settled(self):
        """Say whether nothing of a guard or a stage is left on the host, and no journal waits."""
        left = self.sh("cd /etc/systemd/system; ls . *.wants /var/lib/hearthwall; find / -xdev -name '.hearthwall-*'")
        return "hearthwall-guard" not in left and "stage-" not in left and ".hearthwall-" not in left

    def play(self, *tasks, options=(), timeout=200, **variables):
        """Run some tasks by ansible-playbook, over SSH from inside the host's network namespace."""
        playbook = [{"hosts": "target", "gather_facts": False, "vars": variables, "tasks": list(tasks)}]
        (self.folder / "play.yml").write_text(yaml.safe_dump(playbook, sort_keys=False))
        ssh = f"-o UserKnownHostsFile={self.folder}/known_hosts -o ControlPath={self.folder}/ssh-%h"
        inventory = {
            "all": {
                "hosts": {
                    "target": {
                        "ansible_host": "127.0.0.1",
                        "ansible_user": "root",
                        "ansible_ssh_private_key_file": str(self.folder / "key"),
                        "ansible_ssh_common_args": ssh,
                    }
                }
            }
        }
        (self.folder / "hosts.yml").write_text(yaml.safe_dump(inventory))
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.default",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        }
        pid = podman("inspect", "--format", "{{.State.Pid}}", NAME).stdout.strip()
        ansible = str(Path(sys.executable).parent / "ansible-playbook")
        return run(
            "nsenter",
            "--target",
            pid,
            "--net",
            "--",
            ansible,
            "-i",
            str(self.folder / "hosts.yml"),
            str(self.folder / "play.yml"),
            *options,
            check=False,
            timeout=timeout,
            cwd=ROOT,
            env=environment,
        )
