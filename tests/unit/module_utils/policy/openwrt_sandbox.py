# SPDX-License-Identifier: GPL-3.0-or-later
"""A router's files in a folder, its commands by busybox, and stand-ins for `uci`, `fw4` and `nft`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from ansible_collections.hearthwall.home.plugins.plugin_utils.openwrt.router import Router
from openwrt_router import SOLD

STAND_IN = Path(__file__).parent / "openwrt_stand_in"
CONFIGS = ("network", "firewall", "dhcp")


class Sandbox:
    """One router. ``router`` is the Router that speaks to it."""

    def __init__(self, root):
        self.root = root
        for folder in ("etc/config", "etc/init.d", "etc/rc.d", "etc/nftables.d", "tmp", "var/run", "bin"):
            (root / folder).mkdir(parents=True)
        subprocess.run(["busybox", "--install", "-s", root / "bin"], check=True)
        for name in ("uci", "fw4", "nft"):
            (root / "bin" / name).unlink(missing_ok=True)
            (root / "bin" / name).write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {STAND_IN / name} "$@"\n')
            (root / "bin" / name).chmod(0o755)
        # OpenWrt's busybox has its own, which knows no -w; Debian's has none.
        flock = root / "bin/flock"
        flock.unlink(missing_ok=True)
        flock.write_text(f'#!/bin/sh\n[ "$1" != -w ] || exit 1\nexec {shutil.which("flock")} "$@"\n')
        flock.chmod(0o755)
        for package in SOLD.split("package ")[1:]:
            name, _newline, body = package.partition("\n")
            (root / "etc/config" / name.strip()).write_text(body)
        for service in ("network", "firewall", "dnsmasq"):
            script = root / "etc/init.d" / service
            then = "fw4 reload" if service == "firewall" else ":"
            script.write_text(f'#!/bin/sh\necho "{service} $1" >>"$HEARTHWALL_ROOT/log"\n{then}\n')
            script.chmod(0o755)
        self.environment = {**os.environ, "HEARTHWALL_ROOT": str(root), "PATH": f"{root}/bin"}
        self.run("fw4 reload")
        self.router = Router(self.shell)

    def shell(self, text):
        done = subprocess.run(
            ["busybox", "ash", "-s"],
            input=text,
            capture_output=True,
            text=True,
            env=self.environment,
            check=False,
            executable=shutil.which("busybox"),
            timeout=60,
        )
        return done.returncode, done.stdout, done.stderr

    def run(self, text):
        code, said, complaint = self.shell(text)
        assert code == 0, complaint
        return said

    def flash(self):
        """Return what lies on the flash: the configuration and the included files."""
        paths = [self.root / "etc/config" / name for name in CONFIGS]
        paths += sorted((self.root / "etc/hearthwall/nft").glob("*"))
        return {path.name: path.read_text() for path in paths}

    def loaded(self):
        return (self.root / "loaded").read_text()

    def armed(self):
        return (self.root / "etc/hearthwall/armed").exists()

    def power_cut(self):
        """Every process is gone, and what was in memory."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "environ").read_bytes()
            except OSError:
                continue
            if f"HEARTHWALL_ROOT={self.root}\0".encode() in words and int(process.name) != os.getpid():
                os.kill(int(process.name), 9)
        shutil.rmtree(self.root / "tmp")
        (self.root / "tmp").mkdir()

    def start(self):
        """The router starts: what is enabled runs in order, then the firewall is loaded."""
        for link in sorted((self.root / "etc/rc.d").iterdir()):
            self.run(f". {link}\nboot\n")
        self.run("fw4 reload")

    def wait(self, met, seconds=30):
        until = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < until, "it took too long"
            time.sleep(0.05)
