# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.module_utils.wireguard import configuration


def test_the_server_is_given_no_private_key():
    peers = [{"name": "anna", "public_key": "PUB", "allowed": ["10.0.50.2/32", "fd50::2/128"]}]
    assert configuration.server(51820, peers, {"anna": "PSK"}) == (
        "[Interface]\nListenPort = 51820\n\n# anna\n[Peer]\nPublicKey = PUB\nPresharedKey = PSK\n"
        "AllowedIPs = 10.0.50.2/32, fd50::2/128\n"
    )


def test_a_device_is_given_what_its_app_reads():
    text = configuration.device(
        "PRIV", ["10.0.50.2/32"], ["10.0.50.1"], 1400, "SERVER", "home.example.org:51820", ["10.0.40.10/32"], 25, "PSK"
    )
    assert text == (
        "[Interface]\nPrivateKey = PRIV\nAddress = 10.0.50.2/32\nDNS = 10.0.50.1\nMTU = 1400\n\n"
        "[Peer]\nPublicKey = SERVER\nPresharedKey = PSK\n"
        "Endpoint = home.example.org:51820\nAllowedIPs = 10.0.40.10/32\nPersistentKeepalive = 25\n"
    )


def test_what_is_not_wanted_is_left_out():
    text = configuration.device("PRIV", ["10.0.50.2/32"], [], 0, "SERVER", "192.0.2.1:51820", ["0.0.0.0/0"], 0)
    assert not {"DNS", "MTU", "PresharedKey", "PersistentKeepalive"} & {
        line.split(" =")[0] for line in text.splitlines()
    }
