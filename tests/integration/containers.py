# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stages of the tests stand on: commands of this machine, and hosts made from the lab's images."""

from __future__ import annotations

import abc
import os
import subprocess
import sys
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORDER = "ANSIBLE_CALLBACK_PLUGINS"  # tests/conftest.py
sys.path.insert(0, str(ROOT / "molecule/lab"))

from labkit import images  # noqa: E402
from labkit.podman import environment, podman  # noqa: E402

__all__ = [
    "ROOT",
    "Alone",
    "Hosts",
    "ansible_playbook",
    "archive",
    "booted",
    "given",
    "images",
    "podman",
    "run",
    "ssh_key",
]


def run(*argv, check=True, timeout=60, **options):
    """Run a command of this machine; unless told otherwise, it has to succeed."""
    done = subprocess.run(
        argv, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False, **options
    )
    assert not check or done.returncode == 0, f"{' '.join(argv)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done


def ansible_playbook(path, inventory, *options, callbacks="ansible.posix.timer", timeout=200, **environment):
    """Run a playbook of this clone, past the Ansible settings of the tests' own environment; return the process."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_") or key == RECORDER}
    return subprocess.run(
        [str(word) for word in (ROOT / ".venv/bin/ansible-playbook", "-i", inventory, path, *options)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**clean, "ANSIBLE_CALLBACKS_ENABLED": callbacks, "ANSIBLE_NOCOLOR": "1", **environment},
    )


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


def archive(folder):
    """Copy the lab's archive of packages into a folder; return where it stands there."""
    copying = ("--rm", "--network", "none", "--entrypoint", "cp", "--volume", f"{folder}:/out")
    podman("run", *copying, images.tag("acme"), "-a", "/srv/archive", "/out", timeout=120)
    return folder / "archive"


class Hosts(abc.ABC):
    """What a test does on the hosts of its stage; the stage says how a host's container is called."""

    @abc.abstractmethod
    def container(self, host):
        """Return the name of a host's container."""

    def on(self, host, *argv, check=True, timeout=60):
        done = podman("exec", self.container(host), *argv, check=False, timeout=timeout)
        said = f"{done.stdout[-1500:]}{done.stderr[-1500:]}"
        assert not check or done.returncode == 0, f"{host}: {' '.join(argv)}\n{said}"
        return done

    def sh(self, host, script, check=True, timeout=60):
        return self.on(host, "sh", "-c", script, check=check, timeout=timeout)


class Alone:
    """A stage of one host without any network but its own loopback, which Ansible enters as podman does."""

    def __init__(self, name, folder):
        # Two clones on one machine do not take each other's stage away.
        self.name = f"{name}-{zlib.crc32(str(ROOT).encode()):08x}"
        self.folder = folder

    def start(self, image, *options):
        """Start the host from one of the lab's images."""
        given(self.folder / "given")
        alone = ("--detach", "--systemd=always", "--network", "none", "--cap-add", "NET_ADMIN,SYS_ADMIN")
        own = ("--name", self.name, "--volume", f"{self.folder / 'given'}:/etc/hearthwall-lab:ro")
        podman("run", *alone, *own, *options, images.tag(image), timeout=90)

    def down(self):
        podman("rm", "--force", "--ignore", "--time", "0", self.name, timeout=60)

    def on(self, *command, check=True, stdin=None, at=None):
        """Run a command, which reads what it is given, on the host or in another container that stands beside it."""
        done = subprocess.run(
            ["podman", "exec", "--interactive", at or self.name, *command],
            capture_output=True,
            text=True,
            timeout=120,
            input=stdin or "",
            check=False,
            env=environment(),
        )
        assert not check or done.returncode == 0, f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done

    @property
    def connection(self):
        """How the inventory says that Ansible comes in: we are root there already, and sudo is not there."""
        return {
            "ansible_connection": "containers.podman.podman",
            "ansible_host": self.name,
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_become": False,
        }


def booted(container):
    """Wait until a host's service manager has settled."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        state = podman("exec", container, "systemctl", "is-system-running", check=False).stdout.strip()
        if state in ("running", "degraded"):
            return
        time.sleep(0.3)
    raise AssertionError(f"{container} has not booted")
