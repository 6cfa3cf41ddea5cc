# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's hosts as the tests use them."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
os.environ["PATH"] = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
os.environ["CONTAINERS_CONF"] = str(ROOT / "molecule/lab/containers.conf")
MANAGED = ("router", "ha", "nas")
NAME = "ha.hearthwall.test"
WAN = "198.51.100.2"
CONFIG = "/srv/homeassistant/config"
# Enough time to try a few passwords on everybody, also on a machine that has much else to do.
PATIENT = ("-e", '{"hearthwall_ha_password_budget": 60, "hearthwall_ha_password_depth": 1}')


class Run:
    """What one command said."""

    def __init__(self, done):
        self.rc, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.text = done.stdout + done.stderr

    def ok(self):
        assert self.rc == 0, self.text[-4000:]
        return self

    def recap(self):
        """Return the numbers of Ansible's recap by host."""
        lines = self.out.split("PLAY RECAP", 1)[-1].splitlines()
        found = {}
        for line in lines:
            if " : " in line and "ok=" in line:
                host, numbers = line.split(" : ", 1)
                found[host.strip()] = {key: int(value) for key, value in (part.split("=") for part in numbers.split())}
        return found

    def changed(self):
        """Return how many tasks changed something, over all hosts."""
        recap = self.recap()
        assert recap, self.text[-4000:]
        return sum(numbers["changed"] for numbers in recap.values())


class Lab:
    """The lab's hosts as its owner and its attackers can use them."""

    def __init__(self):
        if os.geteuid() != 0:
            raise RuntimeError("The lab needs root (containers with networks of their own).")

    def run(self, *command, stdin=None, seconds=300):
        """Run a command on the machine that carries the lab."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Run(done)

    def on(self, host, *command, stdin=None, seconds=120):
        """Run a command inside a host, past its network."""
        return self.run(
            "podman", "exec", *(["-i"] if stdin else []), f"hearthwall-{host}", *command, stdin=stdin, seconds=seconds
        )

    def in_network_of(self, host, *command, seconds=120):
        """Run a command of this machine in a host's network."""
        pid = self.run("podman", "inspect", "-f", "{{.State.Pid}}", f"hearthwall-{host}").ok().out.strip()
        return self.run("nsenter", "--net", "--target", pid, *command, seconds=seconds)

    def playbook(self, name, *arguments, seconds=900):
        """Run a playbook on the laptop."""
        return self.run("molecule/lab/laptop", "ansible-playbook", f"playbooks/{name}", *arguments, seconds=seconds)

    def start(self, name, *arguments, **options):
        """Start a playbook on the laptop; with the process that is returned, everything that it started is killed."""
        # Ansible's workers and its SSH have sessions of their own: only a process namespace holds them together.
        alone = ["unshare", "--pid", "--fork", "--kill-child"]
        command = [*alone, "molecule/lab/laptop", "ansible-playbook", f"playbooks/{name}", *arguments]
        return subprocess.Popen(command, cwd=ROOT, **options)

    def report(self):
        """Return the newest report."""
        return json.loads((ROOT / "reports/lab/latest.json").read_text(encoding="utf-8"))

    def statuses(self):
        """Return the newest report as {(control, host): status}."""
        return {(entry["id"], entry["host"]): entry["status"] for entry in self.report()["controls"]}

    def people(self):
        """Return the lab's people with their passwords."""
        return yaml.safe_load((ROOT / "molecule/lab/secrets.yml").read_text(encoding="utf-8"))

    def totp_secret(self, username):
        """Return the secret that the apply left in the home's vault."""
        vault = ROOT / "inventory/lab/group_vars/lab/hearthwall_vault.yml"
        text = self.run("molecule/lab/laptop", "ansible-vault", "view", vault).ok().out
        return yaml.safe_load(text)["accounts_totp"][username]["secret"]

    def intruder(self, actor, attempt, **arguments):
        """Carry out one attempt of tests/breach/intruder.py from one of the hosts."""
        code = (ROOT / "tests/breach/intruder.py").read_text(encoding="utf-8")
        order = json.dumps({"attempt": attempt, "with": arguments})
        return json.loads(self.on(actor, "python3", "-", order, stdin=code).ok().out.splitlines()[-1])

    def home_assistant_started(self):
        """Return when the process of Home Assistant was started, as systemd tells it."""
        return self.on("ha", "systemctl", "show", "-P", "ExecMainStartTimestampMonotonic", "home-assistant").ok().out

    def wait_for_home_assistant(self, seconds=180, after=None):
        """Wait until Home Assistant's API answers on its own host; `after`: only a process started later than that."""
        end = time.monotonic() + seconds
        probe = (
            "import json,urllib.request as u;"
            f"d=json.load(open('{CONFIG}/.storage/http'))['data'];"
            "p=(d.get('stable') or d.get('pending') or d).get('server_port',8123);"
            "print(u.urlopen(f'http://127.0.0.1:{p}/auth/providers',timeout=3).status)"
        )
        while time.monotonic() < end:
            restarted = after is None or self.home_assistant_started() != after
            if restarted and self.on("ha", "python3", "-c", probe).out.strip() == "200":
                return
            time.sleep(1)
        raise AssertionError(f"Home Assistant did not answer within {seconds} s")

    def state(self, host):
        """Return what must not change in a dry run: files, services' starts, nftables, processes' names."""
        script = (ROOT / "tests/home/state.sh").read_text(encoding="utf-8")
        return self.on(host, "sh", stdin=script).ok().out.splitlines()

    def states(self):
        return {host: self.state(host) for host in MANAGED}

    def _wait_for_the_marketplace(self, seconds=180):
        """Its entities are made when the rest of Home Assistant has long been up."""
        end = time.monotonic() + seconds
        while self.on("ha", "grep", "-q", '"update[.]garden_lights"', f"{CONFIG}/.storage/core.entity_registry").rc:
            assert time.monotonic() < end, f"the marketplace has made no entities within {seconds} s"
            time.sleep(2)

    def _wait_for_the_registries(self, seconds=200):
        """What Home Assistant notes of devices while it starts, it writes three minutes later."""
        code = "import sys,time; print(time.monotonic() - int(sys.argv[1]) / 1e6)"
        since = self.home_assistant_started().strip()
        running = float(self.on("ha", "python3", "-c", code, since).ok().out)
        time.sleep(max(0, seconds - running))

    def settled(self):
        """Return the state of every host once Home Assistant has written what it writes after a start or a login."""
        self._wait_for_the_marketplace()
        self._wait_for_the_registries()
        seen = self.states()
        for _look in range(12):
            time.sleep(5)
            before, seen = seen, self.states()
            if not difference(before, seen):
                return seen
        raise AssertionError(f"the hosts do not settle: {difference(before, seen)}")


def difference(before, after):
    """Return the lines that two states of the home do not share."""
    return {
        host: sorted(set(before[host]) ^ set(after[host])) for host in before if set(before[host]) != set(after[host])
    }
