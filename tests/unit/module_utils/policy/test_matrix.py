# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load
from ansible_collections.hearthwall.home.plugins.module_utils.policy.matrix import matrix
from example_policies import HOME, SMALL, TODAY

TABLE = matrix(load(HOME, TODAY))


@pytest.mark.parametrize(
    ("row", "column", "access", "keys"),
    [
        ("iot", "servers", "some", ["flows[0]"]),
        ("iot", "trusted", "none", []),
        ("iot", "iot", "isolated", []),
        ("trusted", "trusted", "devices", []),
        ("trusted", "internet", "all", ["zones.trusted.internet"]),
        ("servers", "internet", "some", ["flows[2]", "flows[4]"]),
        ("trusted", "router", "some", ["router.manage", "router.dhcp", "router.dns", "reflect[0]"]),
        ("wan", "servers", "some", ["forwards[0]", "forwards[1]"]),
        ("wan", "router", "some", ["flows[5]"]),
        ("wan", "internet", "outside", []),
    ],
)
def test_cells(row, column, access, keys):
    cell = TABLE["cells"][row][column]
    assert cell["access"] == access
    assert list(dict.fromkeys(each["key"] for each in cell["openings"])) == keys


def test_a_cell_says_who_what_why_and_until_when():
    assert TABLE["cells"]["iot"]["servers"]["openings"] == [
        {
            "key": "flows[0]",
            "from": "iot",
            "to": "ha",
            "services": ["mqtts"],
            "why": "sensors publish",
            "until": "2027-03-01",
        }
    ]


def test_what_must_never_be_is_shown_where_it_would_be():
    assert TABLE["cells"]["iot"]["internet"]["never"] == [{"key": "never[0]", "why": "cameras do not phone home"}]


def test_expired_flows_are_told():
    assert [each["key"] for each in TABLE["expired"]] == ["flows[6]"]


def test_it_is_json():
    assert json.loads(json.dumps(TABLE)) == TABLE
    assert matrix(load(SMALL, TODAY))["columns"] == ["lan", "iot", "router"]
