# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches whom in the lab, found out with real packets: from every host to every other, in both families."""

from __future__ import annotations

import concurrent.futures
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROBER = Path(__file__).with_name("prober.py")
FIRST_SOURCE = 20000
SECONDS = 60
# What the router's own packet filter has let in, after every other chain had its say.
ROUTER_EAR = """
table inet probe
delete table inet probe
table inet probe {
	set arrived { type inet_proto . inet_service . inet_service; size 65535; flags dynamic; }
	chain input {
		type filter hook input priority 400; policy accept;
		meta l4proto { tcp, udp } ct state new add @arrived { meta l4proto . th sport . th dport }
	}
}
"""


@dataclass(frozen=True)
class Probe:
    """One packet: who sends it to which address, and who is meant to get it."""

    source: str
    to: str
    address: str
    protocol: str
    port: int = 0

    @property
    def family(self):
        return 6 if ":" in self.address else 4

    def __str__(self):
        what = self.protocol if self.protocol == "icmp" else f"{self.protocol} {self.port}"
        return f"{self.source} to {what} of {self.to} ({self.address})"


@dataclass(frozen=True)
class Outcome:
    """The hosts that a probe turned up at, and whether an answer came back."""

    at: frozenset
    answered: bool


def carry_out(lab, probes):
    """Send all probes at once; return {probe: Outcome}."""
    numbered = dict(enumerate(probes, FIRST_SOURCE))
    pids = {name: _pid(lab, name) for name in {each for probe in probes for each in (probe.source, probe.to)}}
    ears = sorted({probe.to for probe in probes} - {"router"})
    ports = sorted({probe.port for probe in probes if probe.protocol == "udp"})
    lab.on("router", "nft", "-f", "-", stdin=ROUTER_EAR).ok()
    # What the router remembers of earlier probes would let these pass.
    lab.on("router", "conntrack", "-F").ok()
    listeners = {name: _start(pids[name], "listen", *ports) for name in ears}
    on_router = _start(pids["router"], "listen", *ports)
    try:
        for listener in [*listeners.values(), on_router]:
            assert listener.stdout.readline() == "ready\n", listener.stderr.read()
        with concurrent.futures.ThreadPoolExecutor(len(pids)) as pool:
            answers = dict(pool.map(lambda name: (name, _send(pids[name], name, numbered)), sorted(pids)))
        arrived = {name: _arrivals(listener) for name, listener in listeners.items()}
        arrived["router"] = _on_router(lab)
    finally:
        for listener in [*listeners.values(), on_router]:
            listener.kill()
            listener.wait()
        lab.on("router", "nft", "delete", "table", "inet", "probe").ok()
    return {
        probe: Outcome(
            frozenset(name for name in arrived if (probe.protocol, number, probe.port) in arrived[name]),
            answers[probe.source][str(number)] == "answered",
        )
        for number, probe in numbered.items()
    }


def _pid(lab, host):
    return lab.run("podman", "inspect", "-f", "{{.State.Pid}}", f"hearthwall-{host}").ok().out.strip()


def _start(pid, *arguments):
    command = ["nsenter", "--net", "--target", pid, sys.executable, str(PROBER), *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def _send(pid, name, numbered):
    mine = [
        [number, probe.protocol, number, probe.address, probe.port]
        for number, probe in numbered.items()
        if probe.source == name
    ]
    if not mine:
        return {}
    sender = _start(pid, "send")
    out, err = sender.communicate(json.dumps(mine), timeout=SECONDS)
    assert sender.returncode == 0, err
    return json.loads(out)


def _arrivals(listener):
    out, err = listener.communicate(timeout=SECONDS)
    assert listener.returncode == 0, err
    return {tuple(entry) for entry in json.loads(out)}


def _on_router(lab):
    listed = json.loads(lab.on("router", "nft", "-j", "list", "set", "inet", "probe", "arrived").ok().out)
    elements = next(item["set"] for item in listed["nftables"] if "set" in item).get("elem", [])
    found = set()
    for element in elements:
        protocol, source, port = element["concat"] if "concat" in element else element["elem"]["val"]["concat"]
        found.add((str(protocol), int(source), int(port)))
    return found
