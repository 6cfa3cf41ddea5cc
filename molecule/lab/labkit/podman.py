# SPDX-License-Identifier: GPL-3.0-or-later
"""Podman, always bounded in time and always with the lab's own settings."""

import os
import subprocess
from pathlib import Path

from . import paths

PREFIX = "hearthwall-"
CLONE = "hearthwall.clone"
LEASES = Path("/run/containers/networks/ipam.db")


class PodmanError(RuntimeError):
    pass


def environment() -> dict[str, str]:
    return {**os.environ, "CONTAINERS_CONF": str(paths.LAB / "containers.conf")}


def podman(*args: str, timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess:
    try:
        done = subprocess.run(
            ["podman", *args],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise PodmanError(f"podman {args[0]} took longer than {timeout:.0f} s") from late
    if check and done.returncode:
        raise PodmanError(f"podman {' '.join(args[:3])} … failed: {done.stderr.strip()[-800:]}")
    return done


def logged(args: list[str], log: Path, timeout: float) -> None:
    """A long command: its output goes to a log file, the end of which explains a failure."""
    with log.open("ab") as out:
        try:
            code = subprocess.run(
                args, env=environment(), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=timeout
            ).returncode
        except subprocess.TimeoutExpired as late:
            raise PodmanError(f"{args[0]} took longer than {timeout:.0f} s; see {log}") from late
    if code:
        tail = log.read_text(errors="replace")[-1500:]
        raise PodmanError(f"{' '.join(args[:2])} failed ({code}); the end of {log}:\n{tail}")


def names(kind: str) -> set[str]:
    """Our own containers or networks, never anybody else's."""
    listing = {"containers": "ps -a --format {{.Names}}", "networks": "network ls --format {{.Name}}"}[kind]
    return {name for name in podman(*listing.split()).stdout.split() if name.startswith(PREFIX)}


def of_this_clone() -> set[str]:
    """Our containers that this clone has started: another one's have other keys and another authority."""
    listing = podman("ps", "-a", "--filter", f"label={CLONE}={paths.REPOSITORY}", "--format", "{{.Names}}")
    return set(listing.stdout.split())


def forget_leases() -> None:
    """A container whose teardown was cut off keeps its addresses for ever, though its networks are long gone.

    Only where no container is left on this machine: podman makes the file anew.
    """
    if not podman("ps", "-aq").stdout.strip():
        LEASES.unlink(missing_ok=True)


def image_exists(tag: str) -> bool:
    return podman("image", "exists", tag, check=False).returncode == 0
