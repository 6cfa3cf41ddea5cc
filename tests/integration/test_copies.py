# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies to places that are none of ours, SFTP and a cloud storage, told in order; their age, and a wrong clock."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "copies"))

from containers import ROOT
from copies_stage import STATE, Copies

ARCHIVES = "/srv/homeassistant/config/backups"
PLACES = {"friend": "/srv/copies/ha", "cloud": "/srv/cloud/ha"}
WRONG_PASSWORD = 12
COUNTED = "4 copies on 3 devices, 2 of them elsewhere, 0 that this device cannot delete"
# A stand-in for a clock that is a day ahead, for every Python on the host: a container's clock is the machine's.
A_DAY_AHEAD = """
import time

real, since_1970 = time.time, time.gmtime
time.time = lambda: real() + 86400
time.gmtime = lambda seconds=None: since_1970(time.time() if seconds is None else seconds)
"""

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    made = Copies("ha", tmp_path_factory.mktemp("copies"), "copies")
    try:
        made.up()
        yield made
    finally:
        made.down()


def play(stage, name):
    owner = stage.people["owner"]
    declared = {
        "hearthwall_ha_admin": {"username": owner["username"], "password": owner["password"]},
        "hearthwall_reports_dir": str(stage.folder / "reports"),
        "backup_targets": stage.targets,
        "backup_proof_subset": "100%",
        "backup_expect": {"append_only": 0},
    }
    playbook = ROOT / "playbooks" / name
    return stage.play(declared, "--tags", "backup", playbook=playbook, callback="hearthwall.home.report")


def found(stage):
    """Return {control: entry} of the newest report."""
    (report,) = (stage.folder / "reports").rglob("latest.json")
    listed = json.loads(report.read_text(encoding="utf-8"))["controls"]
    return {each["id"]: each for each in listed if each["id"].startswith("HW-BAK")}


def failing(stage):
    return {control: entry for control, entry in found(stage).items() if entry["status"] not in ("pass", "unknown")}


def check(stage):
    """Look at the copies, change nothing; return {control: entry} of those that fail."""
    run, open_ = play(stage, "check.yml"), failing(stage)
    assert (run.code == 0) == (not open_), run.text[-4000:]
    return open_


def opening(stage, passphrase, noted, name):
    """Return at which places a passphrase opens a copy, right where it lies; its archive is the one that left."""
    script = "umask 077; cat > /dev/shm/p; restic -q --no-lock -r $0 --password-file /dev/shm/p dump $@ | sha256sum"
    places = set()
    for target, place in PLACES.items():
        wanted = [place, noted[target]["snapshot"], f"{ARCHIVES}/{name}"]
        done = stage.on("bash", "-o", "pipefail", "-c", script, *wanted, stdin=passphrase, at=stage.nas, check=False)
        assert done.returncode in (0, WRONG_PASSWORD), done.stderr
        if done.returncode == 0:
            assert done.stdout.split()[0] == noted[target]["archive"]["sha256"]
            places.add(target)
    return places


def sftp(stage, command):
    """Do something on the nas as root on the device could."""
    line = "sftp -q -b - -F /etc/hearthwall/backup/ssh_config friend"
    return stage.on(*line.split(), stdin=command, check=False).returncode


def test_a_place_that_does_not_let_us_in_is_told_and_the_other_has_its_copy(stage):
    assert play(stage, "site.yml").code != 0
    assert set(failing(stage)) == {"HW-BAK-04", "HW-BAK-05"}
    told = found(stage)["HW-BAK-04"]["actual"]
    assert "friend: never succeeded" in told and "cloud: the last copy left" in told
    # restic may end before it has read what its ssh said; then it is told how to ask.
    ask = "ssh -F /etc/hearthwall/backup/ssh_config friend"
    assert "Permission denied" in told or ask in told
    asked = stage.on(*ask.split(), check=False)
    assert "Permission denied" in asked.stderr


def test_copies_are_made_and_proved_at_both_places(stage):
    stage.let_in()
    stage.copy()
    assert check(stage) == {}
    assert found(stage)["HW-BAK-07"]["actual"] == COUNTED
    assert all(each["proved"] and each["proof"]["accounts"] for each in stage.state()["targets"].values())


def test_the_kept_passphrase_opens_both_and_another_one_neither(stage):
    kept, noted = stage.vault("backup_keys")["ha"]["passphrase"], stage.state()["targets"]
    name = stage.on("ls", ARCHIVES).stdout.strip()
    assert opening(stage, kept, noted, name) == set(PLACES)
    assert opening(stage, "wrong", noted, name) == set()


def test_new_keys_come_in_with_the_next_copy_and_the_former_ones_go(stage):
    former, noted = stage.vault("backup_keys")["ha"]["passphrase"], stage.state()["targets"]
    name = stage.on("ls", ARCHIVES).stdout.strip()
    play(stage, "rotate_backup_keys.yml").ok()
    assert opening(stage, former, noted, name) == set(PLACES)
    assert {each["error"] for each in stage.copy().values()} == {None}
    assert opening(stage, stage.vault("backup_keys")["ha"]["passphrase"], noted, name) == set(PLACES)
    assert opening(stage, former, noted, name) == set()


def test_the_account_is_for_files_alone_and_what_it_deletes_is_missed(stage):
    """SFTP keeps nobody from deleting what is their own: root on the device can, and the next copy says so."""
    shell = "ssh -F /etc/hearthwall/backup/ssh_config friend id"
    assert stage.on(*shell.split(), check=False).returncode != 0
    assert sftp(stage, "ls /etc") != 0
    pack = stage.on_nas("sh", "-c", "cd /srv/copies/ha/data; ls -S */* | head -1").strip()
    stage.on_nas("cp", "-p", f"/srv/copies/ha/data/{pack}", "/tmp/pack")
    assert sftp(stage, f"rm /copies/ha/data/{pack}") == 0
    noted = stage.copy()
    assert noted["friend"]["error"] and noted["cloud"]["error"] is None
    open_ = check(stage)
    assert set(open_) == {"HW-BAK-04"} and "the last attempt failed" in open_["HW-BAK-04"]["actual"]
    stage.on_nas("cp", "-p", "/tmp/pack", f"/srv/copies/ha/data/{pack}")
    assert stage.copy()["friend"]["error"] is None


def test_a_proof_that_is_too_old_fails_the_check(stage):
    older = (
        "import calendar, json, sys, time\n"
        "path, form = sys.argv[1], '%Y-%m-%dT%H:%M:%SZ'\n"
        "state = json.load(open(path))\n"
        "noted = state['targets']['friend']\n"
        "proved = calendar.timegm(time.strptime(noted['proved'], form))\n"
        "noted['proved'] = time.strftime(form, time.gmtime(proved - 37 * 3600))\n"
        "json.dump(state, open(path, 'w'))\n"
    )
    stage.on("python3", "-", STATE, stdin=older)
    open_ = check(stage)
    assert set(open_) == {"HW-BAK-05"}
    told = open_["HW-BAK-05"]["actual"]
    assert "friend: read back and decrypted 37 h ago" in told and "cloud: read back and decrypted 0 min ago" in told
    stage.copy()
    assert check(stage) == {}


def test_a_clock_that_is_a_day_off_is_told_while_it_is_and_afterwards(stage):
    folder = stage.on("python3", "-c", "import site; print(site.getsitepackages()[0])").stdout.strip()
    script = f"cat > {folder}/a_day_ahead.py; echo import a_day_ahead > {folder}/a_day_ahead.pth"
    stage.on("sh", "-c", script, stdin=A_DAY_AHEAD)
    try:
        stage.copy()
        open_ = check(stage)
        assert set(open_) == {"HW-BAK-04", "HW-BAK-05"}
        assert all("this host's clock is 24 h off: no age can be told" in each["actual"] for each in open_.values())
    finally:
        stage.on("sh", "-c", f"rm {folder}/a_day_ahead.*")
    open_ = check(stage)
    assert set(open_) >= {"HW-BAK-04", "HW-BAK-05"}
    for control in ("HW-BAK-04", "HW-BAK-05"):
        assert "which has not come yet: the clock was wrong" in open_[control]["actual"]
    stage.copy()
    assert check(stage) == {}
