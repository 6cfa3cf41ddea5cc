# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stages of the tests stand on: commands of this machine, and hosts made from the lab's images."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "molecule/lab"))

from labkit import images  # noqa: E402
from labkit.podman import podman  # noqa: E402

__all__ = ["ROOT", "Hosts", "booted", "given", "images", "podman", "run", "ssh_key"]


def run(*argv, check=True, timeout=60, **options):
    """Run a command of this machine; unless told otherwise, it has to succeed."""
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False, **options
    )
    assert not check or done.returncode == 0, f"{' '.join(argv)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done


def ssh_key(path, comment=""):
    """Make a pair of keys and return the public one."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path))
    return path.with_suffix(".pub").read_text()


def given(folder, authorized="", routes=""):
    """Fill the folder from which a host takes its key, its visitors' keys and its routes; return its public key."""
    folder.mkdir(exist_ok=True)
    (folder / "authorized_keys").write_text(authorized)
    (folder / "routes").write_text(routes)
    return ssh_key(folder / "ssh_host_ed25519_key", folder.name)


class Hosts:
    """What a test does on the hosts of its stage; the stage says how a host's container is called."""

    def container(self, host):
        raise NotImplementedError

    def on(self, host, *argv, check=True, timeout=60):
        done = podman("exec", self.container(host), *argv, check=False, timeout=timeout)
        said = f"{done.stdout[-1500:]}{done.stderr[-1500:]}"
        assert not check or done.returncode == 0, f"{host}: {' '.join(argv)}\n{said}"
        return done

    def sh(self, host, script, check=True, timeout=60):
        return self.on(host, "sh", "-c", script, check=check, timeout=timeout)


def booted(container):
    """Wait until a host's service manager has settled."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        state = podman("exec", container, "systemctl", "is-system-running", check=False).stdout.strip()
        if state in ("running", "degraded"):
            return
        time.sleep(0.3)
    raise AssertionError(f"{container} has not booted")
