# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine with Debian's own kernel: the lab's image `vm` as an initramfs, booted in QEMU without KVM."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "molecule/lab"))

from labkit import images, paths  # noqa: E402
from labkit.podman import podman  # noqa: E402

STATE = paths.STATE / "vm"
CPIO = "-print0 | cpio --null --create --format newc --quiet"
PACK = f"cd / && find . -xdev -not -path './boot/*' -not -path './out/*' {CPIO} > /out/root.part"
GIVE = f"cd /tree && find . -mindepth 1 {CPIO} --owner 0:0 > /out/tree.cpio"
# Without hardware virtualisation, for the machines that run the tests have none that works.
QEMU = (
    "qemu-system-x86_64 -accel tcg -cpu max -smp 1 -m 1536 -nodefaults -no-user-config -no-reboot"
    " -display none -nic none"
)
KERNEL = "console=ttyS0 rdinit=/sbin/init panic=-1 quiet loglevel=4 mitigations=off systemd.show_status=no"


class Machine:
    """Boots once, runs given/main.py, and hands back what that said, line by line as JSON."""

    def __init__(self, scratch: Path):
        self._scratch = scratch
        self._image = images.tag("vm")

    def build(self) -> None:
        images.Builder().build(("vm",))
        STATE.mkdir(parents=True, exist_ok=True)
        self._kernel, self._root = (STATE / f"{self._image.rpartition(':')[2]}.{part}" for part in ("kernel", "root"))
        if self._kernel.exists() and self._root.exists():
            return
        for old in STATE.iterdir():
            old.unlink()
        self._inside(f"{PACK} && cp /boot/vmlinuz /out/kernel.part")
        (self._scratch / "kernel.part").rename(self._kernel)
        (self._scratch / "root.part").rename(self._root)

    def boot(self, tree: Path, seconds: int = 450) -> list[dict]:
        """Boot with these files laid over the machine's own; return what /given/main.py printed."""
        self._inside(GIVE, "--volume", f"{tree}:/tree:ro")
        initramfs = self._scratch / "initramfs"
        with initramfs.open("wb") as whole:
            for part in (self._root, self._scratch / "tree.cpio"):
                with part.open("rb") as file:
                    shutil.copyfileobj(file, whole)
        console, said = self._scratch / "console.log", self._scratch / "said"
        command = [*QEMU.split(), "-kernel", self._kernel, "-initrd", initramfs, "-append", KERNEL]
        command += ["-serial", f"file:{console}", "-serial", f"file:{said}"]
        try:
            subprocess.run([str(word) for word in command], check=True, timeout=seconds, stdin=subprocess.DEVNULL)
        finally:
            initramfs.unlink()
        return [json.loads(line) for line in said.read_text(encoding="utf-8").splitlines() if line.startswith("{")]

    def _inside(self, script: str, *options: str) -> None:
        lent = ["--volume", f"{self._scratch}:/out"]
        podman("run", "--rm", "--network", "none", *lent, *options, self._image, "sh", "-ec", script, timeout=120)
