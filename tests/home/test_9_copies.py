# SPDX-License-Identifier: GPL-3.0-or-later
"""The home's copies: they are made by themselves, can be read, and nobody takes them away."""

from __future__ import annotations

import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from lab import CONFIG, ROOT

STATE = "/var/lib/hearthwall/backup/state.json"
SETTINGS = "/etc/hearthwall/backup/settings.json"
SSH = "/etc/hearthwall/backup/ssh_config"
REPOSITORY = "/srv/hearthwall-backup/ha"
KEPT = "/var/lib/hearthwall-backup"
KEPT_BY = "/etc/hearthwall/backup-store/settings.json"
UNIT = "hearthwall-backup.service"
VAULT = ROOT / "inventory/lab/group_vars/lab/hearthwall_vault.yml"
ATTEMPTS = Path(__file__).with_name("device_root.py")
PYTHON = "/srv/homeassistant/root/opt/homeassistant/bin/python"


@pytest.fixture(scope="module")
def home(lab):
    """The hardened home of the tests before; by itself, the two roles that copies need."""
    fresh = lab.on("nas", "test", "-e", f"{REPOSITORY}/config").rc
    run = lab.playbook("site.yml", "--tags", "accounts,backup" if fresh else "backup")
    assert lab.on("nas", "test", "-e", f"{REPOSITORY}/config").rc == 0, run.text[-3000:]
    return lab


def keys(lab):
    return yaml.safe_load(lab.run("molecule/lab/laptop", "ansible-vault", "view", VAULT).ok().out)["backup_keys"]["ha"]


def check(lab):
    """Look at the copies, change nothing; return {control: status} and what was said."""
    lab.playbook("check.yml", "--tags", "backup")
    return {entry["id"]: entry for entry in lab.report()["controls"] if entry["id"].startswith("HW-BAK")}


def failing(found):
    return {control for control, entry in found.items() if entry["status"] not in ("pass", "unknown")}


def state(lab):
    return json.loads(lab.on("ha", "cat", STATE).ok().out)["targets"]["nas"]


def copy(lab):
    """Run the copying service once, to its end."""
    lab.on("ha", "systemctl", "reset-failed", UNIT)
    lab.on("ha", "systemctl", "start", UNIT, seconds=300)
    lab.on("ha", "systemctl", "stop", UNIT)  # what failed waits for its next attempt: not here
    return state(lab)


def upkeep(lab):
    lab.on("nas", "systemctl", "start", "hearthwall-backup-upkeep.service", seconds=300)


def snapshots(lab):
    return set(lab.on("nas", "ls", "-1", f"{REPOSITORY}/snapshots").ok().out.split())


def packs(lab):
    """Return the packs of the repository, each with its size and its time."""
    listing = lab.on("nas", "sh", "-c", f"find {REPOSITORY}/data -type f -printf '%P %s %T@\\n'").ok().out
    return set(listing.splitlines())


def restic(lab, passphrase, *arguments):
    """Run restic on the store itself, with the device's passphrase."""
    script = 'umask 077; cat > $p; restic -q --no-lock -r "$0" --password-file $p "$@"; r=$?; rm $p; exit $r'
    return lab.on("nas", "sh", "-c", f"p=/dev/shm/p; {script}", REPOSITORY, *arguments, stdin=passphrase)


def test_home_assistant_backs_itself_up(home):
    stored = json.loads(home.on("ha", "cat", f"{CONFIG}/.storage/backup").ok().out)["data"]["config"]
    assert stored["schedule"]["recurrence"] == "daily" and stored["schedule"]["time"] == "04:45:00"
    assert stored["create_backup"]["password"] == keys(home)["archive_password"]
    assert failing(check(home)) == set()


def test_the_timer_fires_and_the_copy_is_proved(home):
    """The timer's own time is moved to some seconds from now; nothing else starts the service."""
    before = state(home)["proved"]
    soon = home.on("ha", "date", "-u", "-d", "+6 seconds", "+%Y-%m-%d %H:%M:%S UTC").ok().out.strip()
    shifted = f"[Timer]\nOnCalendar=\nOnCalendar={soon}\nRandomizedDelaySec=0\nAccuracySec=1s\n"
    folder = "/run/systemd/system/hearthwall-backup.timer.d"
    home.on("ha", "sh", "-c", f"mkdir -p {folder}; cat > {folder}/shifted.conf", stdin=shifted).ok()
    try:
        home.on("ha", "sh", "-c", "systemctl daemon-reload; systemctl restart hearthwall-backup.timer").ok()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and state(home)["proved"] <= before:
            time.sleep(1)
    finally:
        home.on("ha", "sh", "-c", f"rm -r {folder}; systemctl daemon-reload; systemctl restart hearthwall-backup.timer")
    after = state(home)
    assert after["attempted"] > before and after["proved"] > before and after["error"] is None
    assert after["snapshot"] in snapshots(home)


def test_the_kept_keys_open_the_newest_copy(home):
    """On the store, with what the control machine keeps; and Home Assistant's own library says the same."""
    kept = keys(home)
    name = home.on("ha", "sh", "-c", f"ls -t {CONFIG}/backups | head -1").ok().out.strip()
    path = f"{CONFIG}/backups/{name}"
    code = (
        "import sys,securetar;p=sys.argv[1];"
        "a=securetar.SecureTarArchive(p,'r',password=sys.stdin.read().strip());a.open();"
        "m=[m for m in a.tar if m.name.endswith('.tar.gz')][0];print(a.validate(m))"
    )
    restic(home, kept["passphrase"], "restore", "latest", "--target", "/tmp/back", "--include", path).ok()
    archive = home.on(
        "nas", "sh", "-c", "cat /tmp/back/srv/homeassistant/config/backups/*.tar | base64 -w0; rm -r /tmp/back"
    )
    home.on("ha", "sh", "-c", "base64 -d > /srv/homeassistant/root/tmp/copy.tar", stdin=archive.ok().out).ok()
    for password, opens in ((kept["archive_password"], "True"), ("wrong", "False")):
        run = home.on(
            "ha",
            "chroot",
            "/srv/homeassistant/root",
            PYTHON.removeprefix("/srv/homeassistant/root"),
            "-c",
            code,
            "/tmp/copy.tar",
            stdin=password,
        )
        assert run.ok().out.strip() == opens
    home.on("ha", "rm", "/srv/homeassistant/root/tmp/copy.tar")
    assert restic(home, "wrong", "snapshots").rc == 12
    assert check(home)["HW-BAK-08"]["status"] == "pass"


def test_an_open_archive_is_found(home):
    """An archive from the days before the encryption, and a folder that is open to everybody."""
    lines = f"""
import io, json, tarfile
about = json.dumps(dict(slug="old", name="old", date="2025-01-01", protected=True)).encode()
with tarfile.open("{CONFIG}/backups/old.tar", "w") as archive:
    for name, data in (("./backup.json", about), ("homeassistant.tar.gz", b"\\x1f\\x8b\\x08 in the clear")):
        member = tarfile.TarInfo(name)
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
"""
    home.on("ha", "python3", "-", stdin=lines).ok()
    try:
        assert failing(check(home)) == {"HW-BAK-03"}
    finally:
        home.on("ha", "rm", f"{CONFIG}/backups/old.tar")
    home.on("ha", "chmod", "755", f"{CONFIG}/backups")
    assert failing(check(home)) == {"HW-BAK-03"}
    home.playbook("site.yml", "--tags", "backup").ok()
    assert failing(check(home)) == set()


def test_root_on_the_device_cannot_take_a_copy_away(home):
    """Delete, overwrite, truncate, climb out, open a shell, fill up: nothing is lost, and the next check says so."""
    before = snapshots(home)
    held = packs(home)
    snapshot, pack = sorted(before)[0], sorted(held)[0].split("/")[1].split()[0]
    wanted = [f"/snapshots/{snapshot}", f"/data/{pack}", "/config", f"/locks/../snapshots/{snapshot}"]
    asked = (
        [f"DELETE:{path}" for path in wanted]
        + [f"POST:{path}:0" for path in wanted]
        + [f"POST:{path}:9" for path in wanted]
    )
    asked += ["POST:/../evil:9"] + [f"POST:/data/{number:064x}:60000" for number in range(8)]
    home.on("ha", "python3", "-", SSH, "nas", *asked, stdin=ATTEMPTS.read_text(encoding="utf-8")).ok()
    options = f"-o 'rclone.program=ssh -F {SSH} nas' -r rclone:ha --password-file /etc/hearthwall/backup/passphrase"
    # restic asks again and again before it believes a refusal, and then calls it a success.
    home.on("ha", "timeout", "60", "sh", "-c", f"restic {options} forget --unsafe-allow-remove-all --tag hearthwall")
    for command in ("rm -rf /srv/hearthwall-backup", "sh", "rclone purge /srv/hearthwall-backup"):
        assert home.on("ha", "ssh", "-F", SSH, "nas", command).rc != 0
    assert home.on("ha", "sftp", "-F", SSH, "-b", "/dev/null", "nas").rc != 0
    assert snapshots(home) >= before
    assert held <= packs(home)
    found = check(home)["HW-BAK-11"]
    assert found["status"] == "fail" and "delete" in found["actual"] and "command" in found["actual"]
    upkeep(home)
    found = check(home)
    assert failing(found) == {"HW-BAK-11"} and "junk" in found["HW-BAK-11"]["actual"]
    assert before <= snapshots(home)
    home.on("nas", "rm", f"{KEPT}/ha.json").ok()  # the owner has looked into it


def test_snapshots_of_the_future_take_no_place(home):
    """Root on the device dates copies as it likes; the store goes by when they came."""
    before = snapshots(home)
    options = f"-o 'rclone.program=ssh -F {SSH} nas' -r rclone:ha --password-file /etc/hearthwall/backup/passphrase"
    for year in (2031, 2032):
        home.on("ha", "sh", "-c", f"restic -q {options} backup --time '{year}-01-01 00:00:00' /etc/hostname").ok()
    upkeep(home)
    assert before <= snapshots(home)


def test_what_is_gone_or_rotten_is_missed(home):
    upkeep(home)
    gone = sorted(snapshots(home))[0]
    home.on("nas", "mv", f"{REPOSITORY}/snapshots/{gone}", "/tmp/gone").ok()
    assert failing(check(home)) == {"HW-BAK-10"}
    home.on("nas", "mv", "/tmp/gone", f"{REPOSITORY}/snapshots/{gone}").ok()
    assert failing(check(home)) == set()
    pack = home.on("nas", "sh", "-c", f"ls -S {REPOSITORY}/data/*/* | head -1").ok().out.strip()
    home.on("nas", "cp", "-p", pack, "/tmp/pack").ok()
    home.on("nas", "sh", "-c", f"printf rot | dd of={pack} bs=1 seek=100 conv=notrunc").ok()
    upkeep(home)
    copied = copy(home)
    found = check(home)
    assert failing(found) >= {"HW-BAK-10"}
    assert copied["error"] and failing(found) >= {"HW-BAK-04"}
    home.on("nas", "cp", "-p", "/tmp/pack", pack).ok()
    upkeep(home)
    assert copy(home)["error"] is None
    assert failing(check(home)) == set()


def test_a_full_store_is_told_and_loses_nothing(home):
    before = snapshots(home)
    home.on(
        "nas",
        "sh",
        "-ec",
        f"mkdir /srv/small; mount -t tmpfs -o size=6m none /srv/small; cp -a {REPOSITORY}/. /srv/small;"
        f" mount --bind /srv/small {REPOSITORY}; chown hearthwall-backup: {REPOSITORY}; chmod 700 {REPOSITORY}",
    ).ok()
    home.on("ha", "sh", "-c", "head -c 20000000 /dev/urandom > /usr/local/big").ok()
    try:
        assert "restic backup" in copy(home)["error"]
        assert before <= snapshots(home)
        assert "HW-BAK-04" in failing(check(home))
    finally:
        home.on("ha", "rm", "/usr/local/big")
        home.on("nas", "sh", "-c", f"umount {REPOSITORY}; umount /srv/small; rmdir /srv/small")
    assert copy(home)["error"] is None


def test_a_connection_that_is_cut_loses_nothing(home):
    before = snapshots(home)
    full = int(home.on("nas", "du", "-sm", REPOSITORY).ok().out.split()[0])
    home.on("ha", "sh", "-c", "head -c 60000000 /dev/urandom > /usr/local/big").ok()
    cut = (
        f"for i in $(seq 900); do n=$(du -sm {REPOSITORY} | cut -f1); [ $n -gt {full + 15} ] && break; sleep 0.1; done;"
        " for p in $(pgrep -u hearthwall-backup); do kill -9 $p; done"
    )
    try:
        home.on("ha", "systemctl", "start", "--no-block", UNIT).ok()
        home.on("nas", "sh", "-c", cut, seconds=150)
        deadline = time.monotonic() + 150
        while time.monotonic() < deadline and not state(home).get("error"):
            time.sleep(1)
        home.on("ha", "systemctl", "stop", UNIT)
        assert state(home)["error"]
        assert before <= snapshots(home)
    finally:
        home.on("ha", "rm", "/usr/local/big")
    assert copy(home)["error"] is None


def test_two_runs_do_not_meet(home):
    run = (
        "systemctl start --no-block hearthwall-backup.service; sleep 1;"
        " PYTHONPATH=/usr/local/lib/hearthwall/python python3 -m"
        f" ansible_collections.hearthwall.home.plugins.module_utils.backup.upload {SETTINGS}"
    )
    second = home.on("ha", "sh", "-c", run)
    assert second.rc != 0 and "Another run is under way" in second.text
    assert copy(home)["error"] is None


def test_copying_waits_while_the_store_looks_after_itself(home):
    """A check of the store, which has it to itself, is held still for ten seconds: the copy comes afterwards."""
    before = snapshots(home)
    own = json.loads(home.on("nas", "cat", KEPT_BY).ok().out)["clients"][0]["password_file"]
    hold = (
        f"restic -q -r {REPOSITORY} --password-file {own} check & pid=$!;"
        f" for i in $(seq 300); do ls {REPOSITORY}/locks/[0-9a-f]* && break; sleep 0.1; done; kill -STOP $pid;"
        f" sleep 10; ls {REPOSITORY}/locks {REPOSITORY}/snapshots; kill -CONT $pid; wait $pid"
    )
    with ThreadPoolExecutor() as pool:
        held = pool.submit(home.on, "nas", "runuser", "-u", "hearthwall-backup", "--", "sh", "-c", hold)
        time.sleep(3)
        copied = copy(home)
        said = held.result(timeout=60).ok().out
    assert copied["error"] is None and copied["snapshot"] not in said and copied["snapshot"] in snapshots(home) - before


STEPS = (
    "Have a repository for each client",
    "Have archives copied off the device",
    "Have Home Assistant make encrypted backups",
    "See whether the copies arrive",
    "Retire keys",
)


def killed_at(lab, name, step, *arguments):
    """Run a playbook on the laptop and kill it, and everything that it started, when a step has begun."""
    with lab.start(name, *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        said = []
        for line in run.stdout:
            said.append(line)
            if line.startswith("TASK [") and step in line:
                time.sleep(1)
                run.kill()
                return
        raise AssertionError("".join(said[-30:]))


def test_a_rotation_that_is_killed_at_any_step_has_lost_nothing(home):
    """At each step: old copies can be read with what the vault keeps, copying goes on, and the next apply finishes."""
    before, first = snapshots(home), keys(home)
    for number, step in enumerate(STEPS):
        killed_at(home, "rotate_backup_keys.yml" if number == 0 else "site.yml", step, "--tags", "backup")
        kept = keys(home)
        assert kept["passphrase"] != first["passphrase"]
        passphrases = [kept["passphrase"], *[each["passphrase"] for each in kept["former"]]]
        assert any(restic(home, each, "snapshots").rc == 0 for each in passphrases), step
        assert copy(home)["error"] is None, step
    home.playbook("site.yml", "--tags", "backup").ok()
    kept = keys(home)
    assert kept["former"][-1]["passphrase"] == first["passphrase"]
    assert restic(home, kept["passphrase"], "snapshots").rc == 0
    assert restic(home, first["passphrase"], "snapshots").rc == 12
    assert before <= snapshots(home)
    assert failing(check(home)) == set()


def test_a_wrong_passphrase_is_told_and_mended(home):
    home.on("ha", "sh", "-c", "echo wrong > /etc/hearthwall/backup/passphrase").ok()
    assert "wrong password" in copy(home)["error"]
    assert failing(check(home)) == {"HW-BAK-04", "HW-BAK-06", "HW-BAK-07"}
    home.playbook("site.yml", "--tags", "backup").ok()
    assert failing(check(home)) == set()


def test_the_home_comes_back_on_a_new_card(home):
    """Fetched, restored by Home Assistant itself, logged in with both factors, and the same people and history."""
    started = home.home_assistant_started()
    home.run("molecule/lab/lab", "reset", "spare").ok()
    try:
        run = home.playbook("restore_drill.yml").ok()
        left = home.on("spare", "ls", "-A", CONFIG, "/var/lib/hearthwall/restore").ok().out
    finally:
        home.run("molecule/lab/lab", "leave", "spare")
    assert "logged in with password and second factor" in run.out
    assert re.search(r"\d:\d\d  together", run.out), run.out[-2000:]
    assert re.search(r"5 users, \d+ automations", run.out) and "differs" not in run.out
    assert set(left.split()) <= {f"{CONFIG}:", "/var/lib/hearthwall/restore:", "backups"}, left
    assert home.on("nas", "test", "-e", f"{KEPT}/.ssh/authorized_keys2").rc != 0
    assert home.home_assistant_started() == started
    assert check(home)["HW-BAK-13"]["status"] == "pass"


def test_a_drill_of_long_ago_is_a_finding(home):
    """Years pass: the date that the drill left in the home's vault is that much older."""
    kept = VAULT.read_bytes()
    vault = yaml.safe_load(home.run("molecule/lab/laptop", "ansible-vault", "view", VAULT).ok().out)
    note = vault["backup_keys"]["ha"]["drilled"]
    note["when"] = f"2000{note['when'][4:]}"
    try:
        encrypt = ["ansible-vault", "encrypt", "--output", VAULT]
        home.run("molecule/lab/laptop", *encrypt, stdin=yaml.safe_dump(vault)).ok()
        assert check(home)["HW-BAK-13"]["status"] == "fail"
    finally:
        VAULT.write_bytes(kept)


def test_the_real_restore_wants_to_be_told(home):
    run = home.playbook("restore.yml")
    assert run.rc != 0 and "restore_confirm=ha" in run.text


def test_no_key_of_the_copies_is_anywhere_else(home):
    """By value: in process lists while copies are made, in journals, logs, reports, and the output at -vvvv."""
    kept = keys(home)
    secrets = [kept["passphrase"], kept["archive_password"], kept["store"]]
    watch = "for i in $(seq 60); do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; echo; sleep 0.1; done"
    home.on("ha", "systemctl", "start", "--no-block", UNIT).ok()
    home.on("nas", "systemctl", "start", "--no-block", "hearthwall-backup-upkeep.service").ok()
    seen = [home.on(host, "sh", "-c", watch).out for host in ("ha", "nas")]
    seen += [home.on(host, "journalctl", "--no-pager").out for host in ("ha", "nas")]
    seen += [
        home.on("ha", "cat", SETTINGS, STATE).out,
        home.on("nas", "sh", "-c", f"cat {KEPT}/*.log {KEPT}/*.json").out,
    ]
    seen += [home.playbook("site.yml", "--tags", "backup", "-vvvv", "--diff").text]
    seen += [path.read_text(encoding="utf-8") for path in (ROOT / "reports/lab").glob("*.[jh][st]*")]
    assert [secret[:4] for secret in secrets for text in seen if secret in text] == []
