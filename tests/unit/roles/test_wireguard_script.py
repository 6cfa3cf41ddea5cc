# SPDX-License-Identifier: GPL-3.0-or-later
"""What the script on the server tells WireGuard: as little as it can."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "roles/wireguard/files/wireguard.py"
ANNA = "[Peer]\nPublicKey = A=\nPresharedKey = P=\nAllowedIPs = 10.0.50.2/32, fd50::2/128\n"
BEN = "[Peer]\nPublicKey = B=\nAllowedIPs = 10.0.50.3/32\n"
OWN = "[Interface]\nListenPort = 51820\n"
RUNNING = OWN + "PrivateKey = K=\n\n" + ANNA.replace("10.0.50.2/32, fd50::2/128", "fd50::2/128, 10.0.50.2/32")


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("wireguard_script", SCRIPT)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def told(script, tmp_path, monkeypatch):
    known = {"interface": "vpn", "addresses": [], "forwards": False, "filter": "/dev/null"}

    def tell(wanted, running=RUNNING):
        heard = []
        monkeypatch.setattr(script, "wg", lambda *words, given="": heard.append((words, given)) or running)
        for name, text in (("configuration", wanted), ("key", "K=\n")):
            (tmp_path / name).write_text(text)
            known[name] = str(tmp_path / name)
        script.Server(known)._change()
        return [(words, given) for words, given in heard if words[0] != "showconf"]

    return tell


def test_nothing_new_is_nothing_said(told):
    assert told(OWN + "\n# anna\n" + ANNA) == []


def test_a_newcomer_is_added_alone(told):
    [(words, given)] = told(OWN + ANNA + BEN)
    assert words == ("addconf", "vpn", "/dev/stdin")
    assert given == "[Peer]\nPublicKey = B=\nAllowedIPs = 10.0.50.3/32\n"


def test_who_left_is_removed_alone(told):
    assert told(OWN + BEN, RUNNING + "Endpoint = 192.0.2.1:7\n" + BEN) == [(("set", "vpn", "peer", "A=", "remove"), "")]


@pytest.mark.parametrize(
    "wanted",
    [
        OWN.replace("51820", "51821") + ANNA,
        OWN + ANNA.replace("PresharedKey = P=\n", ""),
        OWN + ANNA.replace("10.0.50.2/32", "10.0.50.9/32"),
    ],
)
def test_what_changed_is_synced_whole(told, wanted):
    [(words, given)] = told(wanted)
    assert words == ("syncconf", "vpn", "/dev/stdin")
    assert given == wanted + "[Interface]\nPrivateKey = K=\n"


def test_a_new_interface_gets_everything(told):
    [(words, _given)] = told(OWN + ANNA, "[Interface]\n")
    assert words[0] == "syncconf"


@pytest.mark.parametrize("ipv6", [True, False])
def test_a_host_that_forwards_still_heeds_its_router(script, tmp_path, ipv6):
    settings = {"ipv4/ip_forward": "0\n", "ipv6/conf/all/forwarding": "0\n"}
    settings.update({f"ipv6/conf/{card}/accept_ra": f"{heeds}\n" for card, heeds in (("eth0", 1), ("vpn", 0))})
    for name, value in settings.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(value)
    script.forward(tmp_path, ipv6)
    found = {name: (tmp_path / name).read_text().strip() for name in settings}
    assert found["ipv4/ip_forward"] == "1"
    assert found["ipv6/conf/all/forwarding"] == ("1" if ipv6 else "0")
    assert found["ipv6/conf/eth0/accept_ra"] == ("2" if ipv6 else "1")
    assert found["ipv6/conf/vpn/accept_ra"] == "0"
