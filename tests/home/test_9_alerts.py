# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts, provoked for real and received by a real receiver; how long each took is printed."""

from __future__ import annotations

import json
import time

import pytest
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.findings import open_findings
from drift import say
from lab import NAME, ROOT
from outside import FRONT_DOOR
from receiving import Receiver, now

DRIFT = "ansible_collections.hearthwall.home.plugins.plugin_utils.drift"
# Looks every second, and an outage that does not take a minute to believe.
QUICK = {
    "monitoring_interval": 1,
    "monitoring_reach": {"every": 2, "failures": 3, "successes": 2},
    "monitoring_updates": {"weekday": "monday", "hour": 0},
    "monitoring_heartbeat": {"url": "http://10.0.40.20:8025/heartbeat", "every": 5},
}


@pytest.fixture(scope="module")
def receiver(lab):
    """A receiver, and watchers that look every second; afterwards the home watches as declared again."""
    found = Receiver(lab)
    lab.playbook("site.yml", "--tags", "monitoring", "-e", json.dumps(QUICK)).ok()
    yield found
    lab.playbook("site.yml", "--tags", "monitoring").ok()
    found.stop()


def test_the_drill_reaches_every_path(lab, receiver):
    since = now(lab)
    lab.playbook("test_alerts.yml").ok()
    for words in (
        "Drill: Failed logins",
        "Drill: New device",
        "Drill: Home Assistant cannot be reached",
        "Drill: 1 update",
    ):
        receiver.wait(words, since)


def test_the_second_run_changes_nothing(lab, receiver):
    run = lab.playbook("site.yml", "--tags", "monitoring", "-e", json.dumps(QUICK)).ok()
    assert run.changed() == 0, run.text


def test_a_brute_force_is_told_once_and_not_a_hundred_times(lab, receiver, source):
    since = now(lab)
    lab.intruder("attacker", "brute_force", target=FRONT_DOOR, source=source, username="olivia", guesses=100, pause=0.5)
    alert = receiver.wait("Failed logins", since)
    assert source[0] in alert["message"] and "user agent" in alert["message"]
    time.sleep(5)
    told = receiver.about(source[0], since)
    assert 1 <= len(told) <= 2, told
    assert "has banned the address" in told[-1]["message"]


def test_a_new_device_is_told_with_what_to_do(lab, receiver):
    # One that no earlier go of this test has shown to the router.
    mac = f"02:48:57:{time.time_ns() >> 24 & 0xFF:02x}:{time.time_ns() >> 16 & 0xFF:02x}:64"
    image = lab.run("podman", "inspect", "-f", "{{.ImageName}}", "hearthwall-camera").ok().out
    place = f"hearthwall-iot:ip=10.0.20.99,mac={mac}"
    run = ["podman", "run", "--detach", "--rm", "--name", "hearthwall-stranger", "--network", place, image.strip()]
    since = now(lab)
    lab.run(*run, "ping", "-c", "60", "10.0.20.1").ok()
    try:
        alert = receiver.wait("New device on IoT", since)
    finally:
        lab.run("podman", "rm", "--force", "--time", "0", "hearthwall-stranger")
    for part in (mac, " at ", "monitoring_devices", "nft "):
        assert part in alert["message"]
    lab.playbook("site.yml", "--tags", "monitoring", "-e", json.dumps(QUICK)).ok()
    assert len(receiver.about(mac, since)) == 1


PACKAGE = """
set -e
mkdir -p /srv/updates && cd /srv/updates
for version in 1 2; do
  mkdir -p p$version/DEBIAN
  printf '%s\\n' 'Package: doorbell-firmware' "Version: $version" 'Architecture: all' \
    'Maintainer: lab' 'Description: lab' > p$version/DEBIAN/control
  dpkg-deb -b p$version doorbell-$version.deb
done
dpkg -i doorbell-1.deb
{ dpkg-deb -f doorbell-2.deb; echo "Filename: ./doorbell-2.deb"; echo "Size: $(stat -c %s doorbell-2.deb)"
  echo "SHA256: $(sha256sum doorbell-2.deb | cut -d' ' -f1)"; } > Packages
echo 'deb [trusted=yes] file:/srv/updates ./' > /etc/apt/sources.list.d/doorbell.list
apt-get update -q
# As if the last list had been sent last week.
systemctl stop hearthwall-watch@updates
rm -f /var/lib/hearthwall-watch/updates.json
systemctl start hearthwall-watch@updates
"""


def test_a_waiting_update_is_told(lab, receiver):
    since = now(lab)
    lab.on("ha", "sh", "-c", PACKAGE).ok()
    alert = receiver.wait("waiting on ha", since)
    lab.on("ha", "sh", "-c", "dpkg -P doorbell-firmware; rm -rf /srv/updates /etc/apt/sources.list.d/doorbell.list")
    assert "doorbell-firmware 1 → 2" in alert["message"]


def test_backups_are_told_when_they_fail_and_when_they_fall_silent(lab, receiver):
    # Past the limit on how often the unit may be started in a day.
    unit = "hearthwall-backup.service"
    copy = ["sh", "-c", f"systemctl reset-failed {unit} 2>/dev/null; systemctl start {unit}"]
    since = now(lab)
    lab.on("ha", *copy, seconds=240).ok()
    receiver.wait("Backup done", since)
    lab.on("nas", "systemctl", "stop", "ssh.socket", "ssh.service").ok()
    try:
        since = now(lab)
        lab.on("ha", *copy, seconds=240)
        receiver.wait("A backup failed", since)
    finally:
        lab.on("nas", "systemctl", "start", "ssh.socket", "ssh.service").ok()
    # Two days pass: what the last copy left behind is that much older.
    age = "import json,time;p='/var/lib/hearthwall/backup/state.json';s=json.load(open(p));"
    age += "t=time.strftime('%Y-%m-%dT%H:%M:%SZ',time.gmtime(time.time()-172800));"
    age += "[each.update(succeeded=t) for each in s['targets'].values()];json.dump(s,open(p,'w'))"
    since = now(lab)
    lab.on("ha", "python3", "-c", age).ok()
    receiver.wait("No backup", since)
    lab.on("ha", *copy, seconds=240).ok()


def test_home_assistant_gone_and_back_is_told_from_another_machine(lab, receiver):
    since = now(lab)
    lab.on("ha", "systemctl", "stop", "home-assistant").ok()
    try:
        alert = receiver.wait("cannot be reached", since)
        assert "nas" in alert["message"]
    finally:
        lab.on("ha", "systemctl", "start", "home-assistant").ok()
        lab.wait_for_home_assistant()
    receiver.wait("is back", since)
    time.sleep(10)
    assert len(receiver.about("Home Assistant", since)) == 2


def test_the_heartbeat_beats_and_stops_with_its_watcher(lab, receiver):
    beats = [each["at"] for each in receiver.all() if each["path"] == "/heartbeat"]
    assert len(beats) >= 3
    lab.on("nas", "systemctl", "stop", "hearthwall-watch@reach").ok()
    since = now(lab)
    time.sleep(12)
    late = [each for each in receiver.all() if each["path"] == "/heartbeat" and each["at"] > since + 1]
    lab.on("nas", "systemctl", "start", "hearthwall-watch@reach").ok()
    assert late == []


def watching(lab):
    """Return {control: its statuses} of the watchers."""
    found = {}
    for (control, _host), status in lab.statuses().items():
        if control in {f"HW-ALERT-{number:02}" for number in range(1, 6)}:
            found.setdefault(control, set()).add(status)
    return found


def test_a_stopped_watcher_is_a_finding_and_comes_back(lab, receiver):
    for host, name in (("router", "devices"), ("ha", "updates"), ("ha", "backups"), ("nas", "reach")):
        lab.on(host, "systemctl", "stop", f"hearthwall-watch@{name}").ok()
    lab.on("ha", "sh", "-c", "echo '{}' > /etc/hearthwall/watch/logins.json").ok()
    lab.playbook("check.yml", "--tags", "monitoring", "-e", json.dumps(QUICK))
    found = watching(lab)
    assert len(found) == 5 and all("fail" in statuses for statuses in found.values()), found
    lab.playbook("site.yml", "--tags", "monitoring", "-e", json.dumps(QUICK)).ok()
    assert all(statuses <= {"pass", "not_applicable"} for statuses in watching(lab).values()), watching(lab)


def test_drift_is_told_only_when_the_posture_changed(lab, receiver, tmp_path):
    targets = tmp_path / "apprise.conf"
    targets.write_text("json://127.0.0.1:8025/drift\n")
    laptop = Receiver(lab, "laptop")
    flags = ["--home", "lab", "--inventory", "inventory/lab", "--reports", tmp_path, "--apprise", targets]
    environment = ["env", f"PYTHONPATH={ROOT}/.collections"]

    def drift():
        since = now(lab)
        said = lab.run("molecule/lab/laptop", *environment, ROOT / ".venv/bin/python", "-m", DRIFT, *flags).text
        return said, [each for each in laptop.all() if each["path"] == "/drift" and each["at"] >= since]

    said, told = drift()
    assert told == [] and len(list((tmp_path / "lab").glob("*-check.json"))) == 1, said
    said, told = drift()
    assert told == [] and "posture" not in said, said
    key = "/etc/hearthwall/tls/ha.hearthwall.test.pem"
    lab.on("ha", "chmod", "0644", key).ok()
    said, told = drift()
    lab.on("ha", "chmod", "0600", key).ok()
    laptop.stop()
    assert len(told) == 1 and "Open now: HW-TLS-03 on ha" in told[0]["message"], said


def test_home_assistant_shows_the_posture(lab, tmp_path):
    owner, lasting = lab.people()["owner"], {"type": "auth/long_lived_access_token", "lifespan": 1}
    token, hosts = tmp_path / "token", tmp_path / "hosts"
    token.write_text(say(lab, owner, {**lasting, "client_name": f"drift {time.time_ns()}"})[0]["result"])
    hosts.write_text(f"127.0.0.1 localhost\n10.0.40.10 {NAME}\n")
    named = ["unshare", "--mount", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh"]
    environment = ["env", f"PYTHONPATH={ROOT}/.collections", f"SSL_CERT_FILE={ROOT}/.lab/acme-root.pem"]
    flags = ["--home", "lab", "--inventory", "inventory/lab", "--reports", tmp_path, "--repair", "monitoring"]
    shown = ["--home-assistant", f"https://{NAME}", "--token-file", token]
    lab.on("router", "systemctl", "stop", "hearthwall-watch@devices").ok()
    command = [*named, *environment, ROOT / ".venv/bin/python", "-m", DRIFT, *flags, *shown]
    lab.run("molecule/lab/laptop", *command, seconds=600).ok()
    lab.on("router", "systemctl", "is-active", "hearthwall-watch@devices").ok()  # that role it may repair
    report = json.loads((tmp_path / "lab/latest.json").read_text(encoding="utf-8"))
    states = {each["entity_id"]: each for each in say(lab, owner, {"type": "get_states"})[0]["result"]}
    assert states["sensor.hearthwall_score"]["state"] == str(report["summary"]["score"])
    assert states["sensor.hearthwall_last_run"]["state"] == report["finished"]
    assert int(states["sensor.hearthwall_open_findings"]["state"]) == len(open_findings(report))


def test_without_a_target_the_paths_are_findings(lab, receiver):
    nothing = {"monitoring_apprise": [], "monitoring_webhook_id": ""}
    lab.playbook("check.yml", "--tags", "monitoring", "-e", json.dumps({**QUICK, **nothing}))
    statuses = lab.statuses()
    assert {statuses[each, "ha"] for each in ("HW-ALERT-06", "HW-ALERT-07")} == {"fail"}


def test_nothing_else_was_told(lab, receiver):
    provoked = ("Drill: ", "Failed logins", "New device", "waiting on", "Backup done", "A backup failed", "No backup")
    provoked += ("Home Assistant cannot be reached", "Home Assistant is back")
    told = [each["title"] for each in receiver.all() if each["path"] == "/alerts"]
    assert [each for each in told if not any(words in each for words in provoked)] == []
    assert 0 < len(told) < 25, told
