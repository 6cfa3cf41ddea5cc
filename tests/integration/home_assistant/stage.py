# SPDX-License-Identifier: GPL-3.0-or-later
"""One real Home Assistant as the lab has it, alone: a container without any network but its own loopback."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

import yaml
from containers import ROOT, Alone, ansible_playbook, archive, images, podman

HERE = Path(__file__).resolve().parent

CONFIG = "/srv/homeassistant/config"
PACKAGES = ("python3-websocket", "python3-yaml", "libyaml-0-2")
VAULT_PASSWORD = "stage"


class Stage(Alone):
    """The host, the controller's folder for it, and what an outsider can try."""

    def __init__(self, image, folder, prefix, options=()):
        super().__init__(f"{prefix}-test-{image}", folder)
        self.image = image
        self.options = options
        self.seeded = set()
        self.people = yaml.safe_load((ROOT / "molecule/lab/secrets.yml").read_text())

    def up(self):
        self.down()
        images.Builder().build((self.image, "acme"))
        self.start(self.image, "--hostname", "ha", "--cap-add", "SYS_PTRACE", *self.options)
        self._install()
        (self.folder / "vault-password").write_text(VAULT_PASSWORD)
        self.wait()
        self.seeded = set(self.sessions())

    def _install(self):
        """Put the two libraries in place from the lab's archive: this host reaches no other."""
        packages = archive(self.folder)
        for package in PACKAGES:
            (found,) = packages.glob(f"{package}_*.deb")
            podman("cp", str(found), f"{self.name}:/tmp/{found.name}")
        self.on("sh", "-c", "dpkg -i /tmp/*.deb")

    # -- the host ---------------------------------------------------------------------------------------------

    def port(self):
        """Return the port that the settings name: the tests do not assume one either."""
        if self.image == "ha":
            return self.storage("http")["stable"]["server_port"]
        # Before 2026.8 only the YAML tells: the store also keeps settings that failed.
        written = self.on(
            "sh", "-c", f"cd {CONFIG}; cat hearthwall_http.yaml configuration.yaml 2>/dev/null || true"
        ).stdout
        found = re.search(r"^\s*server_port: (\d+)", written, re.MULTILINE)
        return int(found.group(1)) if found else 8123

    def wait(self, port=None, after=None, banned=False):
        """Wait until Home Assistant answers, or refuses us where we are banned; `after`: a later start than that."""

        def answers():
            if after is not None and self.started() == after:
                return False
            url = f"http://127.0.0.1:{port or self.port()}/auth/providers"
            said = self.on("curl", "-s", "-m", "5", "-w", "%{http_code}", url, check=False).stdout
            return said.endswith("403") if banned else '"providers"' in said

        self.until(answers)

    def until(self, condition, seconds=180):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(self.on("journalctl", "-u", "home-assistant", "-n", "30", check=False).stdout)
            time.sleep(0.5)

    def started(self):
        """Return when the process of Home Assistant was started, as systemd tells it."""
        return self.on("systemctl", "show", "-P", "ExecMainStartTimestampMonotonic", "home-assistant").stdout

    def storage(self, key):
        return json.loads(self.on("cat", f"{CONFIG}/.storage/{key}").stdout)["data"]

    def attempt(self, username, password, secret=None, then=()):
        """Log in from the host itself; return what the flow ended with, or what WebSocket commands answered."""
        order = {"port": self.port(), "username": username, "password": password, "secret": secret, "then": list(then)}
        done = self.on("python3", "-", json.dumps(order), stdin=(HERE / "visitor.py").read_text())
        return json.loads(done.stdout.splitlines()[-1])

    def sessions(self):
        return {token["id"]: token for token in self.storage("auth")["refresh_tokens"]}

    def tree(self):
        """Return the hash of every file of accounts, settings and ours. A fresh start writes registries of its own."""
        command = (
            f"find {CONFIG}/*.yaml {CONFIG}/.storage/auth* {CONFIG}/.storage/http {CONFIG}/.storage/onboarding"
            " /var/lib/hearthwall -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum"
            "; systemctl show -P ExecMainStartTimestamp home-assistant"
        )
        return self.on("sh", "-c", command).stdout

    # -- the controller ---------------------------------------------------------------------------------------

    def play(self, variables, *options, playbook="accounts.yml", vault=True, callback="ansible.posix.timer"):
        """Run a playbook against the host; return (finished process, its verdicts, whether it changed anything)."""
        inventory = self.folder / "inventory"
        inventory.mkdir(exist_ok=True)
        hosts = {"ha": {**self.connection, "hearthwall_home": "stage"}}
        (inventory / "hosts.yml").write_text(
            yaml.safe_dump({"stage": {"children": {"home_assistant": {"hosts": hosts}}}})
        )
        (self.folder / "variables.yml").write_text(yaml.safe_dump(variables))
        opened = ("--vault-password-file", self.folder / "vault-password") if vault else ()
        given = ("-e", f"@{self.folder / 'variables.yml'}", *opened, *options)
        return Run(ansible_playbook(HERE / playbook, inventory, *given, callbacks=callback, timeout=400))

    def vault(self, part="accounts_totp"):
        """Return what the vault file holds of one kind."""
        path = self.folder / "inventory/group_vars/stage/hearthwall_vault.yml"
        tool = [
            str(ROOT / ".venv/bin/ansible-vault"),
            "view",
            "--vault-password-file",
            str(self.folder / "vault-password"),
        ]
        shown = subprocess.run([*tool, str(path)], capture_output=True, text=True, timeout=30, check=True)
        return yaml.safe_load(shown.stdout)[part]


class Run:
    """One run of a playbook."""

    def __init__(self, done):
        self.text = done.stdout + done.stderr
        self.code = done.returncode
        told = self.text.partition("VERDICTS>>>")[2].partition("<<<VERDICTS")[0].replace('\\"', '"')
        self.verdicts = json.loads(told) if told else {}

    def ok(self):
        assert self.code == 0, self.text[-4000:]
        return self

    @property
    def changed(self):
        return int(self.text.rpartition("changed=")[2].split()[0])

    def status(self, control):
        return self.verdicts[control]["status"]
