# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Home Assistant beside a nas that is none of ours: an account for SFTP alone, and a cloud storage (WebDAV)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from containers import booted, given, images, podman

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "home_assistant"))

from stage import Stage

SSH_PORT, CLOUD_PORT = 2022, 8900
STATE = "/var/lib/hearthwall/backup/state.json"
# As the owner of such a device sets it up: files alone, below one folder, for one key.
SSHD = f"""\
Port {SSH_PORT}
ListenAddress 127.0.0.1
Match User copies
  ChrootDirectory /srv
  ForceCommand internal-sftp
  DisableForwarding yes
"""
SHARE = "rclone serve webdav --addr 127.0.0.1:{port} --user copies --pass a-cloud-password /srv/cloud"


class Copies(Stage):
    """Both hosts, and what the controller is told of them."""

    def up(self):
        super().up()
        self.nas = f"{self.name}-nas"
        place = self.folder / "nas"
        host_key = given(place)
        start = "run --detach --systemd=always --cap-add NET_ADMIN,SYS_ADMIN --network"
        podman(
            *start.split(),
            f"container:{self.name}",
            "--name",
            self.nas,
            "--volume",
            f"{place}:/etc/hearthwall-lab:ro",
            images.tag("base"),
            timeout=90,
        )
        booted(self.nas)
        for host in (self.name, self.nas):
            podman("cp", str(self.folder / "archive"), f"{host}:/srv/archive", timeout=120)
            self.on("sh", "-c", "echo 'deb [trusted=yes] file:/srv/archive ./' > /etc/apt/sources.list", at=host)
        self.on_nas("sh", "-c", "apt-get update -q && apt-get install -q -y --no-install-recommends rclone restic")
        self.on_nas("sh", "-c", "useradd --create-home copies; install -d -o copies -g copies /srv/copies /srv/cloud")
        self.on_nas("sh", "-c", "cat > /etc/ssh/sshd_config.d/copies.conf; systemctl restart ssh", stdin=SSHD)
        self.on_nas("systemd-run", "--uid", "copies", "--unit", "cloud", *SHARE.format(port=CLOUD_PORT).split())
        password = self.on_nas("rclone", "obscure", "a-cloud-password").strip()
        self.targets = [
            {
                "name": "friend",
                "kind": "sftp",
                "off_site": True,
                "host": "127.0.0.1",
                "port": SSH_PORT,
                "user": "copies",
                "path": "/copies/ha",
                "host_key": host_key,
            },
            {
                "name": "cloud",
                "kind": "rclone",
                "remote": "cloud:ha",
                "config": "[cloud]\ntype = webdav\nvendor = other\nuser = copies\n"
                f"url = http://127.0.0.1:{CLOUD_PORT}\npass = {password}\n",
            },
        ]

    def down(self):
        podman("rm", "--force", "--ignore", "--time", "0", f"{self.name}-nas", timeout=60)
        super().down()

    def on_nas(self, *command, stdin=None):
        return self.on(*command, stdin=stdin, at=self.nas).stdout

    def let_in(self):
        """Give the account on the nas the device's key, as its owner does."""
        key = self.on("cat", "/etc/hearthwall/backup/id_ed25519.pub").stdout
        place = "install -d -o copies -g copies -m 700 ~copies/.ssh; cat > ~copies/.ssh/authorized_keys"
        self.on_nas("sh", "-c", place, stdin=key)

    def state(self):
        return json.loads(self.on("cat", STATE).stdout)

    def copy(self):
        """Run the copying service once; return what it noted of each target."""
        unit = "hearthwall-backup.service"
        self.on("sh", "-c", f"systemctl reset-failed {unit}; systemctl start {unit}; systemctl stop {unit}")
        return self.state()["targets"]
