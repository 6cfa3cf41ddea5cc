# SPDX-License-Identifier: GPL-3.0-or-later
"""What `fw4 print` says is read as `nft -j list ruleset` would list it once it is loaded."""

from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.openwrt import fw4

HEAD = "table inet fw4\nflush table inet fw4\n\ntable inet fw4 {\n"


def rules(*lines):
    text = HEAD + "\tchain input {\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t}\n}\n"
    return [item["rule"]["expr"] for item in fw4.document(text)[0]["nftables"] if "rule" in item]


def match(left, right, operator="=="):
    return {"match": {"op": operator, "left": left, "right": right}}


def field(protocol, name):
    return {"payload": {"protocol": protocol, "field": name}}


NAME = {"meta": {"key": "iifname"}}
# As nft 1.0.6 lists each line.
LISTED = {
    'iif "lo" accept': [match({"meta": {"key": "iif"}}, "lo"), {"accept": None}],
    'iifname { "a", "b" } drop': [match(NAME, {"set": ["a", "b"]}), {"drop": None}],
    'iifname != "a" counter drop': [match(NAME, "a", "!="), {"counter": {"packets": 0, "bytes": 0}}, {"drop": None}],
    "ip saddr 10.0.0.0/8 accept": [
        match(field("ip", "saddr"), {"prefix": {"addr": "10.0.0.0", "len": 8}}),
        {"accept": None},
    ],
    "ip6 daddr != { fe80::/10, ::1 } drop": [
        match(field("ip6", "daddr"), {"set": [{"prefix": {"addr": "fe80::", "len": 10}}, "::1"]}, "!="),
        {"drop": None},
    ],
    "tcp dport { 22, 80-90 } accept": [
        match(field("tcp", "dport"), {"set": [22, {"range": [80, 90]}]}),
        {"accept": None},
    ],
    "icmpv6 type { 135, 136 } ip6 hoplimit 255 accept": [
        match(field("icmpv6", "type"), {"set": ["nd-neighbor-solicit", "nd-neighbor-advert"]}),
        match(field("ip6", "hoplimit"), 255),
        {"accept": None},
    ],
    "ct state invalid drop": [match({"ct": {"key": "state"}}, "invalid", "in"), {"drop": None}],
    "ct status dnat accept": [match({"ct": {"key": "status"}}, "dnat", "in"), {"accept": None}],
    "ct state vmap { established : accept, invalid : drop }": [
        {
            "vmap": {
                "key": {"ct": {"key": "state"}},
                "data": {"set": [["established", {"accept": None}], ["invalid", {"drop": None}]]},
            }
        }
    ],
    "fib daddr type != local accept": [
        match({"fib": {"result": "type", "flags": ["daddr"]}}, "local", "!="),
        {"accept": None},
    ],
    "tcp flags & (fin | syn | rst | ack) == syn jump syn_flood": [
        match({"&": [field("tcp", "flags"), ["fin", "syn", "rst", "ack"]]}, "syn"),
        {"jump": {"target": "syn_flood"}},
    ],
    "meta nfproto ipv4 tcp dport 443 counter dnat 10.0.40.10:8443": [
        match({"meta": {"key": "nfproto"}}, "ipv4"),
        match(field("tcp", "dport"), 443),
        {"counter": {"packets": 0, "bytes": 0}},
        {"dnat": {"family": "ip", "addr": "10.0.40.10", "port": 8443}},
    ],
    "meta l4proto tcp reject with tcp reset": [
        match({"meta": {"key": "l4proto"}}, "tcp"),
        {"reject": {"type": "tcp reset"}},
    ],
}


@pytest.mark.parametrize("line", LISTED)
def test_a_line_is_read(line):
    assert rules(line) == [LISTED[line]]


def test_a_comment_may_hold_what_would_be_words():
    text = HEAD + '\tchain input {\n\t\taccept comment "!fw4: a; { b } # c"\n\t}\n}\n'
    rule = next(item["rule"] for item in fw4.document(text)[0]["nftables"] if "rule" in item)
    assert rule["comment"] == "!fw4: a; { b } # c"


@pytest.mark.parametrize("line", ["socket transparent 1 accept", "meta hour >= 22 drop", "ip dscp 8 accept"])
def test_what_cannot_be_read_stays_as_such_and_is_not_taken_for_nothing(line):
    (expressions,) = rules(line)
    assert "unreadable" in expressions[0]


def test_an_included_file_stands_in_its_place_or_is_named():
    text = HEAD + '\tinclude "/etc/nftables.d/*.nft"\n\tchain input {\n\t\tinclude "/x.nft"\n\t\taccept\n\t}\n}\n'
    found, left = fw4.document(text, {"/x.nft": "# why\ndrop\n"})
    assert [item["rule"]["expr"] for item in found["nftables"] if "rule" in item] == [
        [{"drop": None}],
        [{"accept": None}],
    ]
    assert left == ["/etc/nftables.d/*.nft"]


def test_every_complaint_counts():
    said = "[!] Section hearthwall_x (x) specifies unknown option 'dest_prot'\nsomething else\n"
    assert fw4.complaints(said) == ["[!] Section hearthwall_x (x) specifies unknown option 'dest_prot'"]


def test_what_is_no_ruleset_of_fw4_is_refused():
    with pytest.raises(fw4.Fw4Error):
        fw4.document("utpl: not found\n")
