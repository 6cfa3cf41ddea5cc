# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to the router that would lock its owner out: each ends where it began, by itself, and the run says how.

Where the harm can be foreseen, nothing is changed. Where it cannot, the router's own guard puts everything back.
"""

from __future__ import annotations

import concurrent.futures
import copy
import json
import subprocess
import time

import pytest
import yaml
from lab import ROOT, difference

WITHIN, WITHIN_WITH_REBOOT = 60, 90
# How long the router waits to be confirmed in these drills; 60 s is the default.
WINDOW = 12
POLICY_FILE = "/etc/hearthwall/firewall.d/policy.nft"
BY_ITSELF = "has put the old state back by itself"
DEAD_LINK = "table inet link { chain out { type filter hook output priority 0; policy drop; }; }"
SPOILED = "/etc/hearthwall/firewall.d/zz-drill.nft"
DESCRIBED = yaml.safe_load((ROOT / "inventory/lab/group_vars/lab/home.yml").read_text(encoding="utf-8"))
# Waits until the new rules are on the disk, does harm, and tells how long it takes until the old ones are back.
# A file that is swapped in is another file.
WATCHER = """
import os, subprocess, sys, time
path, harm = sys.argv[1:]

def swapped(before, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = os.stat(path).st_ino
        if now != before:
            return now
        time.sleep(0.01)
    sys.exit("the file of the rules did not change")

new = swapped(os.stat(path).st_ino)
started = time.monotonic()
subprocess.run(["sh", "-c", harm], check=True)
print("harmed", flush=True)
swapped(new)
print(time.monotonic() - started, flush=True)
"""


def policy(**changes):
    """Return the lab's policy with some of its keys replaced."""
    return {**copy.deepcopy(DESCRIBED["hearthwall_policy"]), **changes}


def harmless():
    """Return a policy that differs in a way that hurts nobody."""
    flow = {"from": "laptop", "to": "bulb", "services": ["tcp/9999"], "why": "a drill"}
    return policy(flows=[*DESCRIBED["hearthwall_policy"]["flows"], flow])


def arguments(described, **variables):
    given = {"hearthwall_policy": described, "segmentation_confirm_within": WINDOW, **variables}
    return ["--limit", "gateway", "--tags", "segmentation", "-e", json.dumps(given)]


def apply(lab, described, **variables):
    return lab.playbook("site.yml", *arguments(described, **variables), seconds=180)


def rules(lab):
    passing = ("/var/lib/hearthwall", "ExecMainStart", "NRestarts", "Id=ssh.service")
    return [line for line in lab.state("router") if not any(part in line for part in passing)]


def laptop_reaches_the_router(lab):
    trust = ["-o", "BatchMode=yes", "-o", "UserKnownHostsFile=.lab/known_hosts", "-o", "ConnectTimeout=3"]
    return lab.run("molecule/lab/laptop", "ssh", "-i", ".lab/id_ed25519", *trust, "root@10.0.10.1", "true").rc == 0


def becomes_as_before(lab, before, within=WITHIN):
    """Wait until the router is as it was and can be reached; fail when that takes too long."""
    left, end = None, time.monotonic() + within
    while time.monotonic() < end:
        left = difference({"router": before}, {"router": rules(lab)})
        if not left and laptop_reaches_the_router(lab):
            return
        time.sleep(1)
    raise AssertionError(f"not as before after {within} s: {left}")


class Harm:
    """Harm that is done on the router as soon as the new rules are on its disk."""

    def __init__(self, script):
        command = ["podman", "exec", "hearthwall-router", "python3", "-c", WATCHER, POLICY_FILE, script]
        self._watcher = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def done(self):
        """Wait until it is done."""
        assert self._watcher.stdout.readline() == "harmed\n"

    def undone_after(self):
        """Return the seconds from then until the old rules were back on the disk."""
        return float(self._watcher.stdout.readline())


@pytest.fixture
def before(lab):
    state = rules(lab)
    yield state
    lab.on("router", "rm", "-f", SPOILED)
    assert difference({"router": state}, {"router": rules(lab)}) == {}
    assert laptop_reaches_the_router(lab)


# Foreseen: refused before anything is touched.


def from_zone(zone):
    return {**DESCRIBED["hearthwall_policy"]["router"], "manage": {"from": [zone], "services": ["ssh"]}}


def moved_network():
    zones = copy.deepcopy(DESCRIBED["hearthwall_policy"]["zones"])
    zones["trusted"]["cidr4"] = "10.0.100.0/24"
    hosts = {name: each for name, each in DESCRIBED["hearthwall_policy"]["hosts"].items() if name != "laptop"}
    flows = [flow for flow in DESCRIBED["hearthwall_policy"]["flows"] if flow["from"] != "laptop"]
    return policy(zones=zones, hosts=hosts, flows=flows)


def no_such_interface():
    zones = copy.deepcopy(DESCRIBED["hearthwall_policy"]["zones"])
    zones["trusted"]["interface"] = "trustde"
    return policy(zones=zones)


FORESEEN = {
    "the_control_machine_is_cut_off": (policy(router=from_zone("servers")), "would lock"),
    "a_typo_in_the_name_of_the_management_zone": (policy(router=from_zone("trustde")), "trusted"),
    "a_typo_in_the_network_of_the_management_zone": (moved_network(), "would lock"),
    "a_typo_in_the_interface_of_the_management_zone": (no_such_interface(), "trustde"),
    "ssh_on_a_port_that_the_policy_closes": (
        policy(
            router={
                **DESCRIBED["hearthwall_policy"]["router"],
                "manage": {"from": ["trusted"], "services": ["tcp/2222"]},
            }
        ),
        "would lock",
    ),
}


@pytest.mark.parametrize("name", FORESEEN)
def test_what_can_be_foreseen_is_refused(lab, before, name):
    described, told = FORESEEN[name]
    run = apply(lab, described)
    assert run.rc != 0
    assert told in run.text, run.text[-2000:]
    assert difference({"router": before}, {"router": rules(lab)}) == {}


# Not foreseen: the router helps itself.


def test_rules_that_cut_ssh_once_they_are_loaded(lab, before):
    """Somebody else's file lies beside ours, and this change is what loads it."""
    spoil = "table inet drill { chain input { type filter hook input priority -10; tcp dport 22 drop; }; }"
    lab.on("router", "sh", "-c", f"echo '{spoil}' > {SPOILED}").ok()
    spoiled, harm = rules(lab), Harm(":")
    run = apply(lab, harmless())
    assert run.rc == 2
    assert BY_ITSELF in run.text, run.text[-2000:]
    harm.done()
    assert harm.undone_after() < WITHIN
    becomes_as_before(lab, spoiled)


def test_rules_that_nft_refuses_when_they_are_loaded(lab, before):
    lab.on("router", "sh", "-c", f"echo 'table inet drill {{ nonsense' > {SPOILED}").ok()
    spoiled, harm = rules(lab), Harm(":")
    run = apply(lab, harmless())
    assert run.rc == 2
    assert "Everything was put back" in run.text, run.text[-2000:]
    harm.done()
    assert harm.undone_after() < WITHIN
    becomes_as_before(lab, spoiled)


def test_ssh_stopped_by_the_change(lab, before):
    harm = Harm("systemctl stop ssh.service ssh.socket")
    run = apply(lab, harmless())
    assert run.rc == 2
    assert BY_ITSELF in run.text, run.text[-2000:]
    harm.done()
    assert harm.undone_after() < WITHIN
    becomes_as_before(lab, before)


def test_the_link_dies_while_applying(lab, before):
    """No packet passes between the laptop and the router, from the swap until the router has helped itself."""
    harm = Harm(":")

    def cut():
        harm.done()
        lab.in_network_of("laptop", "nft", DEAD_LINK).ok()
        undone = harm.undone_after()
        lab.in_network_of("laptop", "nft", "delete table inet link").ok()
        return undone

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        link = pool.submit(cut)
        run = apply(lab, harmless())
        assert link.result() < WITHIN
    assert run.rc == 2
    assert BY_ITSELF in run.text, run.text[-2000:]
    becomes_as_before(lab, before)


def test_the_process_on_the_router_is_killed(lab, before):
    """The harshest end: no handler runs, and the journal of the dead process is all that is left."""
    killing = (
        "for each in /proc/[0-9]*; do tr '\\0' ' ' < $each/cmdline 2>/dev/null | grep -v http.server |"
        " grep -q '^/usr/bin/python3' && kill -9 ${each#/proc/}; done; true"
    )
    harm = Harm(killing)
    run = apply(lab, harmless())
    assert run.rc == 2
    harm.done()
    assert harm.undone_after() < WITHIN
    becomes_as_before(lab, before)


def controller_dies(lab):
    """Start an apply, and kill it as soon as the new rules are on the router's disk."""
    harm = Harm(":")
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    run = lab.start("site.yml", *arguments(harmless()), **silent)
    harm.done()
    run.kill()
    run.wait()
    return harm


def test_the_controller_dies_before_it_confirms(lab, before):
    assert controller_dies(lab).undone_after() < WITHIN
    becomes_as_before(lab, before)


def test_the_router_restarts_inside_the_window(lab):
    # What any restart changes does not count.
    lab.run("molecule/lab/lab", "restart", "router").ok()
    before = rules(lab)
    controller_dies(lab)
    since = time.monotonic()
    lab.run("molecule/lab/lab", "restart", "router").ok()
    becomes_as_before(lab, before, WITHIN_WITH_REBOOT - (time.monotonic() - since))
