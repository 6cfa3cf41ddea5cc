# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where copies go: a declared target as what restic is told, the ssh host it is, and the secrets it needs. Pure."""

from __future__ import annotations

FOLDER = "/etc/hearthwall/backup"
SSH = f"{FOLDER}/ssh_config"
KINDS = ("store", "sftp", "s3", "rclone")
STORE = "/etc/hearthwall/backup-store"
KEPT = "/var/lib/hearthwall-backup"
USER = "hearthwall-backup"


def compiled(target, client, stores):
    """Return {settings, ssh, files} of one declared target: for the program, for ssh, and secrets that are files.

    ``stores`` is what is known of the home's stores: {host: {address, port, host_keys}}.
    """
    about = {
        "options": [],
        "environment": {},
        "files": [],
        "ssh": None,
        **_KINDS[target["kind"]](target, client, stores),
    }
    settings = {
        "name": target["name"],
        "repository": about["repository"],
        "options": about["options"],
        # A store of ours makes the repository itself, with a key of its own.
        "initialise": target["kind"] != "store",
        "environment_file": None,
    }
    files = list(about["files"])
    if about["environment"]:
        settings["environment_file"] = f"{FOLDER}/{target['name']}.env"
        lines = "".join(f"{name}={value}\n" for name, value in sorted(about["environment"].items()))
        files.append({"path": settings["environment_file"], "content": lines, "secret": True})
    return {"settings": settings, "ssh": about["ssh"], "files": files}


def stores(names, facts):
    """Return what is known of the home's stores, from the variables of every host."""
    known = {}
    for name in names:
        about = facts.get(name) or {}
        known[name] = {
            "address": about.get("ansible_host") or name,
            "port": int(about.get("ansible_port") or 22),
            "host_keys": _look(about, "store").get("host_keys") or [],
        }
    return known


def clients(names, facts, path):
    """Return where a store keeps what belongs to each of its clients."""
    return [
        {
            "name": name,
            "repository": f"{path}/{name}",
            "password_file": f"{STORE}/{name}.key",
            "state": f"{KEPT}/{name}.json",
            "log": f"{KEPT}/{name}.log",
            "public_key": _look(facts.get(name) or {}, "device").get("public_key"),
            # A device that this run did not look at keeps what it has here.
            "seen": bool(_look(facts.get(name) or {}, "device")),
        }
        for name in names
    ]


def key_files(listed, keys):
    """Return the files with the store's own keys, as a bundle has them."""
    return [
        {
            "path": client["password_file"],
            "content": f"{keys[client['name']]['store']}\n",
            "secret": True,
            "group": USER,
            "mode": "0640",
        }
        for client in listed
    ]


def _look(about, part):
    snapshot = (about.get("ansible_facts") or {}).get("hearthwall_snapshot") or {}
    return (snapshot.get("backup") or {}).get(part) or {}


def _store(target, client, stores):
    store = stores.get(target["host"]) or {}
    ssh = {
        "name": target["name"],
        "address": store.get("address") or target["host"],
        "port": store.get("port") or 22,
        "user": USER,
        "host_keys": store.get("host_keys") or [],
    }
    # The command is the store's to choose: what we ask for here is not what runs there.
    return {"repository": f"rclone:{client}", "options": [f"rclone.program=ssh -F {SSH} {target['name']}"], "ssh": ssh}


def _sftp(target, _client, _stores):
    ssh = {
        "name": target["name"],
        "address": target["host"],
        "port": target.get("port") or 22,
        "user": target["user"],
        "host_keys": [target["host_key"]],
    }
    command = f"sftp.command=ssh -F {SSH} {target['name']} -s sftp"
    return {"repository": f"sftp:{target['name']}:{target['path']}", "options": [command], "ssh": ssh}


def _s3(target, _client, _stores):
    secret = {"AWS_ACCESS_KEY_ID": target["access_key"], "AWS_SECRET_ACCESS_KEY": target["secret_key"]}
    return {"repository": f"s3:{target['url']}", "environment": secret}


def _rclone(target, _client, _stores):
    place = f"{FOLDER}/{target['name']}.rclone.conf"
    return {
        "repository": f"rclone:{target['remote']}",
        "environment": {"RCLONE_CONFIG": place},
        "files": [{"path": place, "content": target["config"], "secret": True}],
    }


_KINDS = {"store": _store, "sftp": _sftp, "s3": _s3, "rclone": _rclone}
