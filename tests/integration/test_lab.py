# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab starts soft: every hole that the roles have to close is open, and proved by using it."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
LAB = REPOSITORY / "molecule" / "lab"
HA_WAN = "http://198.51.100.2:8123"
HA_WAN6 = "http://[2001:db8:40::10]:8123"
HA_UPNP = "http://198.51.100.2:18123"
CLIENT = "http://198.51.100.2:8123/"

pytestmark = pytest.mark.lab


def inside(host: str, *command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [LAB / "lab", "exec", host, *command], capture_output=True, text=True, timeout=60, check=False
    )


def curl(host: str, url: str, *options: str) -> subprocess.CompletedProcess:
    return inside(host, "curl", "-s", "--fail", "--max-time", "8", *options, url)


def reaches(host: str, url: str) -> bool:
    return curl(host, url, "-o", "/dev/null").returncode == 0


def post(host: str, url: str, **body) -> dict:
    answer = curl(host, url, "--json", json.dumps(body))
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def log_in(username: str, password: str) -> dict:
    """Home Assistant's own login flow, from the internet."""
    flows = f"{HA_WAN}/auth/login_flow"
    flow = post("attacker", flows, client_id=CLIENT, handler=["homeassistant", None], redirect_uri=CLIENT)
    return post("attacker", f"{flows}/{flow['flow_id']}", client_id=CLIENT, username=username, password=password)


@pytest.fixture(scope="module")
def people() -> dict:
    return yaml.safe_load((LAB / "secrets.yml").read_text())


@pytest.fixture(scope="module")
def seed() -> dict:
    return json.loads((REPOSITORY / ".lab" / "seed.json").read_text())


@pytest.mark.parametrize("url", [HA_WAN, HA_WAN6, HA_UPNP])
def test_the_internet_reaches_home_assistant(url):
    assert reaches("attacker", f"{url}/auth/providers")


@pytest.mark.parametrize(
    "address", ["10.0.10.10", "[2001:db8:10::10]", "10.0.30.11", "198.51.100.66", "[2001:db8:100::66]", "10.0.20.1"]
)
def test_the_bulb_reaches_everything(address):
    assert reaches("bulb", f"http://{address}/")


@pytest.mark.parametrize("who", ["owner", "family", "guest", "child"])
def test_a_password_alone_logs_in(people, who):
    # No second factor anywhere; the guest's password is empty, the child's is a dictionary word.
    assert log_in(people[who]["username"], people[who]["password"])["type"] == "create_entry"


def test_a_wrong_password_does_not(people):
    assert log_in(people["owner"]["username"], "not-the-password")["type"] == "form"


def test_the_forgotten_token_still_works(seed):
    answer = curl("attacker", f"{HA_WAN}/api/", "-H", f"Authorization: Bearer {seed['forgotten_token']}")
    assert json.loads(answer.stdout) == {"message": "API running."}


def test_nobody_is_banned_for_guessing(people):
    for guess in range(8):
        log_in(people["owner"]["username"], f"guess-{guess}")
    assert reaches("attacker", f"{HA_WAN}/auth/providers")


def test_no_backup_and_tampered_code():
    config = "/srv/homeassistant/config"
    assert inside("ha", "find", config, "-name", "*.tar").stdout == ""
    assert inside("ha", "test", "-e", f"{config}/custom_components/doorbell_plus/telemetry.py").returncode == 0


@pytest.mark.parametrize("family", ["-4", "-6"])
@pytest.mark.parametrize("host", ["router", "attacker", "phone", "acme"])
def test_the_lab_has_no_way_out(host, family):
    # The home's only way is the router, and beyond the WAN the router knows none.
    assert inside(host, "ip", family, "route", "show", "default").stdout == ""
