# SPDX-License-Identifier: GPL-3.0-or-later
"""WireGuard of the kernel itself, with the server's files as the role writes them and real peers on the WAN."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import probes

FOLDER = Path("/etc/hearthwall/wireguard")
PEER = "vpn"
# What wg-quick(8) knows beyond wg(8): its own lines are not for `wg setconf`.
OWN_LINES = ("Address", "DNS", "MTU")


def run(command, **options):
    done = subprocess.run(command.split(), capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr or done.stdout}")
    return done.stdout


def serve(config):
    """Make the server's key as the role does, and start its unit."""
    os.umask(0o077)
    (FOLDER / "private.key").write_text(run("wg genkey"))
    (FOLDER / "server.conf").write_text(config)
    run("systemctl start hearthwall-wireguard.service")
    return run("wg pubkey", input=(FOLDER / "private.key").read_text()).strip()


def change(config):
    """Let others in, as an apply does: a new file and a reload. Return the moment at which that was done."""
    (FOLDER / "server.conf").write_text(config)
    run("systemctl reload hearthwall-wireguard.service")
    return time.monotonic()


def join(name, birthplace, config, server_key):
    """Bring up a device: its packets leave through its birthplace, it sees nothing but the tunnel."""
    lines = config.replace("SERVER", server_key).splitlines()
    own = {line.split(" = ")[0]: line.split(" = ")[1] for line in lines if line.startswith(OWN_LINES)}
    path = Path(f"/run/{name}.conf")
    path.write_text("\n".join(line for line in lines if not line.startswith(OWN_LINES)) + "\n")
    run(f"ip netns add {name}")
    run(f"ip -n {birthplace} link add {name} type wireguard")
    run(f"ip -n {birthplace} link set {name} netns {name} name {PEER}")
    run(f"ip netns exec {name} wg setconf {PEER} {path}")
    for each in own["Address"].split(", "):
        run(f"ip -n {name} address add {each} dev {PEER}" + (" nodad" if ":" in each else ""))
    run(f"ip -n {name} link set lo up")
    run(f"ip -n {name} link set {PEER} up")


def disobey(name):
    """Let a device send everything into the tunnel, whatever it was told: only the server's side counts."""
    peer = run(f"ip netns exec {name} wg show {PEER} peers").strip()
    run(f"ip netns exec {name} wg set {PEER} peer {peer} allowed-ips 0.0.0.0/0,::/0")
    for family in (4, 6):
        run(f"ip -n {name} -{family} route add default dev {PEER}")


def patiently(spaces, probe, seconds=30):
    """Ask until there is an answer: a device that was refused before tries again every five seconds only."""
    end = time.monotonic() + seconds
    answers = probes.ask(spaces, [probe])
    while not answers[0] and time.monotonic() < end:
        answers = probes.ask(spaces, [probe])
    return answers


def main(plan, tell):
    key = serve(plan["one"])
    for name in ("phone", "other"):
        join(name, "internet", plan["devices"][name], key)
        disobey(name)
    spaces = probes.Namespaces(["phone", "other"])
    for name in ("phone", "other"):
        spaces.write(name, "/proc/sys/net/ipv4/ping_group_range", "0 2147483647")
    tell("kernel's own", run("ip -d -j link show dev vpn"))
    tell("tunnel", probes.ask(spaces, plan["probes"]))
    tell("stranger", probes.ask(spaces, [["other", *plan["home"]]]))
    shaken = run("wg show vpn latest-handshakes").split()
    with probes.Steady(spaces, "phone", plan["ping"]) as steady:
        time.sleep(1)
        change(plan["both"])
        time.sleep(1)
        added = patiently(spaces, ["other", *plan["home"]])
    kept = set(shaken) <= set(run("wg show vpn latest-handshakes").split())
    tell("added", {"other": added, "sent": steady.sent, "answered": len(steady.answers), "kept": kept})
    run(f"ip -n other address add {plan['victim']}/32 dev {PEER}")
    tell("borrowed", probes.ask(spaces, [["other", *plan["home"]]], source=plan["victim"]))
    with probes.Steady(spaces, "other", plan["ping"]) as steady:
        time.sleep(1)
        cut = change(plan["one"])
        time.sleep(5)
    tell("revoked", {"before": len(steady.answers), "after": sum(moment > cut for moment in steady.answers)})
    tell("remaining", probes.ask(spaces, [["phone", *plan["home"]]]))
