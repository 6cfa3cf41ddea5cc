# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.hearthwall.home.plugins.plugin_utils.report import page
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.networks import tables

EVIL = "<script>alert(1)</script>"


def cell(access, openings=(), never=()):
    return {"access": access, "openings": list(openings), "never": list(never)}


FLOW = {"key": "f", "from": "iot", "to": "ha", "services": ["mqtts"], "why": EVIL, "until": "2027-01-01"}
PACKET = {"packet": f"tcp {EVIL}", "policy": "drop", "policy_says": "", "rules": "accept", "rule": "rule 7"}
NETWORKS = {
    "gateway": {
        "matrix": {
            "rows": ["wan", "iot"],
            "columns": ["iot", "internet", "router"],
            "cells": {
                "wan": {"iot": cell("none"), "internet": cell("outside"), "router": cell("none")},
                "iot": {"iot": cell("isolated"), "internet": cell("none", (), [{"key": "n", "why": "w"}]),
                        "router": cell("some", [FLOW])},
            },
            "expired": [],
        },
        "proof": {
            "result": "different",
            "counterexample": "a packet",
            "differences": [{**PACKET, "inbound": "iot", "outbound": "wan"}],
            "unknown": [],
        },
        "isolation": {"iot": {"state": "not enforced", "why": "ports are not isolated"}},
    }
}  # fmt: skip


def test_a_difference_is_marked_in_its_cell():
    (table,) = tables(NETWORKS)
    cells = {(each["from"], each["to"]): each for row in table["rows"] for each in row["cells"]}
    assert table["status"] == "fail"
    assert {place: each["mark"] for place, each in cells.items() if each["status"]} == {
        ("iot", "internet"): "differs",
        ("iot", "iot"): "not enforced",
    }
    assert cells["iot", "router"]["word"] == "1 flow" and cells["wan", "iot"]["word"] == "nothing"


def test_the_page_shows_it_and_runs_nothing_of_it(build):
    text = page.render({**build(), "networks": NETWORKS})
    assert text.count('href="#reach-gateway-') == 3 == text.count('id="reach-gateway-')
    assert EVIL not in text and "ports are not isolated" in text and "until 2027-01-01" in text


def test_without_a_proof_nothing_is_claimed():
    seen = {**NETWORKS["gateway"], "proof": {"result": "unknown", "reason": "not looked at"}}
    assert tables({"gateway": seen})[0]["status"] == "unknown"
    assert tables({}) == tables(None) == tables({"gateway": {}}) == []
