# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to the router that would lock its owner out: each ends where it began, by itself, and the run says how.

Where the harm can be foreseen, nothing is changed. Where it cannot, the router's own guard puts everything back.
"""

from __future__ import annotations

import concurrent.futures
import copy
import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest
import yaml
from lab import ROOT, difference

WITHIN, WITHIN_WITH_REBOOT = 60, 90
# How long the router waits to be confirmed in these drills; 60 s is the default.
WINDOW = 12
POLICY_FILE = "/etc/hearthwall/firewall.d/policy.nft"
SPOILED = "/etc/hearthwall/firewall.d/zz-drill.nft"
DESCRIBED = yaml.safe_load((ROOT / "inventory/lab/group_vars/lab/home.yml").read_text(encoding="utf-8"))
# Waits until the new rules are on the disk, and then does harm. A file that is swapped in is another file.
WATCHER = """
import os, subprocess, sys, time
path, harm = sys.argv[1:]
before, end = os.stat(path).st_ino, time.monotonic() + 120
while os.stat(path).st_ino == before:
    if time.monotonic() > end:
        sys.exit(1)
    time.sleep(0.01)
subprocess.run(["sh", "-c", harm], check=True)
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


def becomes_as_before(lab, before, within, since):
    """Wait until the router is as it was and can be reached; fail when that takes too long."""
    left = None
    while time.monotonic() < since + within:
        left = difference({"router": before}, {"router": rules(lab)})
        if not left and laptop_reaches_the_router(lab):
            return
        time.sleep(1)
    raise AssertionError(f"not as before after {within} s: {left}")


@contextmanager
def harm(lab, script):
    """Do harm on the router as soon as the new rules are on its disk."""
    command = ["podman", "exec", "hearthwall-router", "python3", "-c", WATCHER, POLICY_FILE, script]
    watcher = subprocess.Popen(command)
    try:
        yield
    finally:
        assert watcher.wait(timeout=150) == 0, "the drill did no harm"


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
    spoiled = rules(lab)
    since = time.monotonic()
    run = apply(lab, harmless())
    assert run.rc == 2
    assert "has put the old state back by itself" in run.text, run.text[-2000:]
    becomes_as_before(lab, spoiled, WITHIN, since)


def test_rules_that_nft_refuses_when_they_are_loaded(lab, before):
    lab.on("router", "sh", "-c", f"echo 'table inet drill {{ nonsense' > {SPOILED}").ok()
    spoiled = rules(lab)
    since = time.monotonic()
    run = apply(lab, harmless())
    assert run.rc == 2
    assert "Everything was put back" in run.text, run.text[-2000:]
    becomes_as_before(lab, spoiled, WITHIN, since)


def test_ssh_stopped_by_the_change(lab, before):
    since = time.monotonic()
    with harm(lab, "systemctl stop ssh.service ssh.socket"):
        run = apply(lab, harmless())
    assert run.rc == 2
    assert "has put the old state back by itself" in run.text, run.text[-2000:]
    becomes_as_before(lab, before, WITHIN, since)


@contextmanager
def dead_link(lab, seconds):
    """Let no packet through between the laptop and the router for a while, once the new rules are on the disk."""
    cut = "table inet link { chain out { type filter hook output priority 0; policy drop; }; }"

    def cutting():
        with harm(lab, ":"):
            pass
        lab.in_network_of("laptop", "nft", cut).ok()
        time.sleep(seconds)
        lab.in_network_of("laptop", "nft", "delete table inet link").ok()

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        cutter = pool.submit(cutting)
        yield
        cutter.result()


def test_the_link_dies_while_applying(lab, before):
    since = time.monotonic()
    with dead_link(lab, WINDOW + 8):
        run = apply(lab, harmless())
    assert run.rc == 2
    assert "has put the old state back by itself" in run.text, run.text[-2000:]
    becomes_as_before(lab, before, WITHIN, since)


def test_the_process_on_the_router_is_killed(lab, before):
    """The harshest end: no handler runs, and the journal of the dead process is all that is left."""
    killing = (
        "for each in /proc/[0-9]*; do tr '\\0' ' ' < $each/cmdline 2>/dev/null | grep -v http.server |"
        " grep -q '^/usr/bin/python3' && kill -9 ${each#/proc/}; done; true"
    )
    since = time.monotonic()
    with harm(lab, killing):
        run = apply(lab, harmless())
    assert run.rc == 2
    becomes_as_before(lab, before, WITHIN, since)


def controller_dies(lab):
    """Start an apply, and kill it as soon as the new rules are on the router's disk."""
    command = ["molecule/lab/laptop", "ansible-playbook", "playbooks/site.yml", *arguments(harmless())]
    run = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    with harm(lab, ":"):
        pass
    os.killpg(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL


def test_the_controller_dies_before_it_confirms(lab, before):
    since = time.monotonic()
    controller_dies(lab)
    becomes_as_before(lab, before, WITHIN, since)


def test_the_router_restarts_inside_the_window(lab, before):
    since = time.monotonic()
    controller_dies(lab)
    lab.run("molecule/lab/lab", "restart", "router").ok()
    becomes_as_before(lab, before, WITHIN_WITH_REBOOT, since)
