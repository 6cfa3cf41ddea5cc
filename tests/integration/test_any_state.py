# SPDX-License-Identifier: GPL-3.0-or-later
"""The dry run on hosts in any state: the report answers for every control, and claims nothing that was not seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / ".collections"), str(ROOT / "molecule/lab")]

from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue  # noqa: E402
from labkit import images  # noqa: E402
from labkit.podman import podman  # noqa: E402

GROUPS = ("home_assistant", "router", "edge", "backup_store")
HALF = """
    mkdir -p /srv/homeassistant/config/.storage /etc/nginx /var/lib/hearthwall
    echo '{"version": 1, "data": {"users": [' > /srv/homeassistant/config/.storage/auth
    echo 'http: [' > /srv/homeassistant/config/configuration.yaml
    echo 'server {' > /etc/nginx/nginx.conf
    echo '{broken' > /var/lib/hearthwall/manifest.json
"""
# home: (image, what is done to it, variables). Each is one host that is everything the home has.
STATES = {
    "bare": ("base", "true", {}),
    "half": ("base", HALF, {}),
    "down": ("ha", "true", {}),
    "rightless": ("base", "true", {"ansible_user": "nobody", "ansible_remote_tmp": "/tmp/.ansible"}),
    "snakeless": ("base", "rm -f /usr/bin/python3*", {}),
    "gone": (None, None, {"ansible_host": "any-state-nobody"}),
}
SAYS_WHY = {
    "rightless": ("sudo",),
    "snakeless": ("python",),
    "gone": ("unreachable", "any-state-nobody"),
}
CRASH = ("Traceback", "MODULE FAILURE", "AttributeError", "KeyError", "TypeError", "is not iterable", "Unhandled")


def name(home):
    return f"any-state-{home}"


@pytest.fixture(scope="module")
def hosts():
    built = {image for image, _script, _variables in STATES.values() if image}
    images.Builder().build(tuple(sorted(built)))
    try:
        for home, (image, script, _variables) in STATES.items():
            if image:
                podman("run", "--detach", "--name", name(home), "--network", "none", images.tag(image), "sleep", "900")
                podman("exec", name(home), "sh", "-c", script)
        yield
    finally:
        podman("rm", "--force", "--ignore", "--time", "0", *(name(home) for home in STATES))


def tree(home):
    found = "find / -xdev -path /proc -prune -o -path /tmp -prune -o -type f -printf '%p %s %T@ %m %u\\n'"
    return sorted(podman("exec", name(home), "sh", "-c", found).stdout.splitlines())


@pytest.fixture(scope="module")
def run(hosts, tmp_path_factory):
    """One dry run of all of them, with the files of each before and after."""
    folder = tmp_path_factory.mktemp("any-state")
    children = {
        home: {
            "hosts": {
                name(home): {
                    "hearthwall_home": home,
                    "hearthwall_report_formats": ["html", "junit", "sarif", "oscal", "csv"],
                    "reverse_proxy_server_name": f"{home}.example.org",
                    "reverse_proxy_acme": {"email": "o@example.org", "accept_terms": True},
                    **variables,
                }
            }
        }
        for home, (_image, _script, variables) in STATES.items()
    }
    groups = {group: {"hosts": {name(home): {} for home in STATES}} for group in GROUPS}
    connection = {"ansible_connection": "containers.podman.podman", "ansible_user": "root"}
    inventory = {"all": {"children": {**children, **groups}, "vars": connection}}
    (folder / "hosts.yml").write_text(yaml.safe_dump(inventory))
    whole = [home for home, (image, _script, _variables) in STATES.items() if image]
    before = {home: tree(home) for home in whole}
    done = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-i", folder / "hosts.yml", "playbooks/check.yml"],
        cwd=ROOT,
        env={**os.environ, "HEARTHWALL_REPORTS_DIR": str(folder), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return folder, done, before, {home: tree(home) for home in whole}


def report(run, home):
    return json.loads((run[0] / home / "latest.json").read_text())


def test_nothing_crashes(run):
    done = run[1]
    assert done.returncode in (2, 4), done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert not [each for each in CRASH if each in said], said


@pytest.mark.parametrize("home", STATES)
def test_every_control_answers(run, home):
    catalogue = load_catalogue()
    found = {each["id"]: each for each in report(run, home)["controls"]}
    asked = {name for name, each in catalogue.items() if each["profile"] != "fortress" and each["applies_to"] in GROUPS}
    assert set(found) == asked
    assert all(each["actual"] or each["status"] in ("pass", "not_applicable") for each in found.values())
    assert not [each for each in found.values() if any(word in each["actual"] for word in CRASH)]
    assert len(list((run[0] / home).glob("latest.*"))) == 6


@pytest.mark.parametrize("home", SAYS_WHY)
def test_what_was_not_seen_is_unknown_and_says_why(run, home):
    for each in report(run, home)["controls"]:
        assert each["status"] == "unknown", each
        assert any(word in each["actual"].lower() for word in SAYS_WHY[home]), each


@pytest.mark.parametrize("home", ["bare", "half", "down"])
def test_a_host_with_nothing_is_not_called_safe(run, home):
    document = report(run, home)
    passed = {each["id"] for each in document["controls"] if each["status"] == "pass"}
    print(f"\n{home}: {document['summary']}, passes {sorted(passed)}")
    assert not [each for each in passed if each.startswith(("HW-MFA-01", "HW-TLS", "HW-PROXY"))]
    # Of a bare host only what needs no Home Assistant can be said.
    assert home != "bare" or all(each.startswith("HW-UPD") for each in passed)


def test_nothing_was_written(run):
    _folder, _done, before, after = run
    assert after == before
