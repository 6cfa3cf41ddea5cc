# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Brings a host's Tailscale to what is declared: into the tailnet, one thing served, nothing offered beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

from ansible_collections.hearthwall.home.plugins.module_utils.tailscale import command, plan
from ansible_collections.hearthwall.home.plugins.module_utils.tailscale.look import look

# In memory: what is read here never reaches the disk.
MEMORY = "/run"
JOIN_WITHIN, SETTLE_WITHIN, PAUSE = 60, 10, 0.3
SETTLING = ("NoState", "Starting")
# What `tailscale up` does not know.
ONLY_SET = ("auto-update", "webclient", "exit-node")


class StepError(Exception):
    """A step failed; ``step`` says which one, the text is Tailscale's own word."""

    def __init__(self, step, cause):
        super().__init__(str(cause))
        self.step = step


def bring(wish, key, done):
    """Do what differs; name in ``done`` what was done. ``key`` lets the host into the tailnet, where it is not yet."""
    seen = settled()
    asked = {step.partition(" ")[0] for step, _have, _want in plan.steps(seen, wish)}
    for step, act in ((plan.JOIN, lambda: join(wish, key)), (plan.START, lambda: command.run("up"))):
        if step in asked:
            _do(step, act)
            done.append(step)
            seen = settled()
    if seen["state"] != plan.RUNNING:
        return
    name = seen["node"]["name"]
    if seen["serve"] is not None and not plan.serves_as_declared(seen["serve"], wish, name):
        _do(plan.SERVE, lambda: serve(wish, name))
        done.append(plan.SERVE)
    if seen["preferences"] is not None:
        changes = {flag: value for flag, (_have, value) in plan.to_set(seen["preferences"], wish).items()}
        if changes:
            _do(plan.SET, lambda: command.run("set", *(f"--{flag}={value}" for flag, value in changes.items())))
            done.append(plan.SET)


def settled():
    """Return a look at a daemon that has made up its mind."""
    end = time.monotonic() + SETTLE_WITHIN
    while True:
        seen, unknown = look()
        if seen["state"] not in (None, *SETTLING) or time.monotonic() > end:
            if seen["state"] is None:
                raise StepError("look", unknown.get("state", "Tailscale is not installed"))
            return seen
        time.sleep(PAUSE)


def join(wish, key):
    """Join with a key that no command line, no environment and no disk ever sees."""
    flags = {flag: value for flag, value in plan.settings(wish).items() if flag not in ONLY_SET}
    with key_file(key) as path:
        command.run(
            "up",
            "--reset",
            f"--auth-key=file:{path}",
            f"--advertise-tags={','.join(wish['tags'])}",
            f"--timeout={JOIN_WITHIN}s",
            *(f"--{flag}={value}" for flag, value in flags.items()),
            timeout=JOIN_WITHIN + command.TIMEOUT,
        )


@contextlib.contextmanager
def key_file(key):
    """Lend a key as a file that only root can read, and that is gone afterwards."""
    folder = tempfile.mkdtemp(prefix="hearthwall-tailscale-", dir=MEMORY)
    try:
        path = os.path.join(folder, "key")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key)
        yield path
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def serve(wish, name):
    """Serve what is declared and nothing else; where that fails, serve again what was served before."""
    before = command.run("serve", "status", "--json")
    command.run("serve", "reset")
    if not wish["serve"]:
        return
    try:
        told = command.run(
            "serve", "--bg", "--yes", f"--https={wish['serve']['port']}", wish["serve"]["target"], timeout=JOIN_WITHIN
        )
        found = look()[0]["serve"]
        # Where the tailnet has no certificates, the command says so and ends well.
        if found is None or not plan.serves_as_declared(found, wish, name):
            raise command.TailscaleError(" ".join(command.without_keys(told).split()) or "it does not serve")
    except command.TailscaleError:
        _serve_again(before)
        raise


def _serve_again(before):
    done = subprocess.run(
        [command.PROGRAM, "serve", "set-raw"],
        input=before,
        capture_output=True,
        text=True,
        timeout=command.TIMEOUT,
        check=False,
    )
    if done.returncode:
        raise command.TailscaleError(f"what was served before does not come back: {done.stderr.strip()}")


def _do(step, act):
    try:
        act()
    except command.TailscaleError as error:
        raise StepError(step, error) from None
