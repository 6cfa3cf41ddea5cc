# SPDX-License-Identifier: GPL-3.0-or-later
"""A device that comes home through WireGuard: a host of the lab's WAN with the usual client and our configuration."""

from __future__ import annotations

import time

CONFIG = "/etc/wireguard/home.conf"
PACKAGES = "wireguard-tools wireguard-go"
# What wg-quick calls to set the servers of names; Debian has several, the lab's archive none.
RESOLVCONF = '#!/bin/sh\nif [ "$1" = -a ]; then cat > /etc/resolv.conf; fi\n'
KNOCK = "timeout 3 bash -c '</dev/tcp/{address}/{port}'"


class Device:
    """One of the lab's hosts on the WAN."""

    def __init__(self, lab, host):
        self.lab, self.host = lab, host

    def run(self, command, **options):
        return self.lab.on(self.host, "bash", "-c", command, **options)

    def install(self):
        """Install what an app brings along."""
        if self.run(f"dpkg -s {PACKAGES}").rc:
            self.run(f"apt-get update -qq && apt-get install -qq -y --no-install-recommends {PACKAGES}").ok()
        self.run("cat > /usr/sbin/resolvconf && chmod 755 /usr/sbin/resolvconf", stdin=RESOLVCONF).ok()

    def connect(self, config):
        """Import a configuration as it was handed over, and bring the tunnel up."""
        self.disconnect()
        self.run(f"umask 077; cat > {CONFIG}", stdin=config).ok()
        self.run("cp /etc/resolv.conf /tmp/resolv.conf && wg-quick up home").ok()

    def disconnect(self):
        self.run("wg show home && { wg-quick down home; cat /tmp/resolv.conf > /etc/resolv.conf; }")

    def knocks(self, address, port):
        """Return whether a TCP connection is accepted."""
        return self.run(KNOCK.format(address=address, port=port)).rc == 0

    def pings(self, address, *options):
        return self.run(f"ping -c 2 -W 2 {' '.join(options)} {address}").rc == 0

    def pings_within(self, address, seconds):
        """Return whether a ping is answered in time; a device takes 15 seconds to notice a server's restart."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.pings(address):
                return True
        return False

    def page(self, name, address, *options):
        """Return the HTTP status of a name's front page at an address; 000 where nobody answers."""
        at = f"[{address}]" if ":" in address else address
        asked = f"--resolve {name}:443:{at} {' '.join(options)} https://{name}/"
        return self.run(f"curl -sk -o /dev/null -m 6 -w '%{{http_code}}' {asked}").out

    def start_pinging(self, address, count=3000, every=0.02):
        """Ping in the background, noting the moment of each answer."""
        self.run(f"nohup ping -D -i {every} -c {count} {address} > /tmp/pings 2>&1 & echo $!").ok()

    def stop_pinging(self):
        """Return {number: the moment of its answer}, numbers counting from 1."""
        self.run("pkill -INT -x ping; sleep 0.5")
        lines = [
            line for line in self.run("cat /tmp/pings").out.splitlines() if " icmp_seq=" in line and "ttl=" in line
        ]
        return {int(line.split("icmp_seq=")[1].split()[0]): float(line[1 : line.index("]")]) for line in lines}
