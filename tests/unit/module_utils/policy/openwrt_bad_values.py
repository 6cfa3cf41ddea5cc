# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that fw4 does not take as they are meant, each with what it does: seen on fw4 itself, outside this repository.

LEFT_OUT: the whole section is missing, with a `[!]` and exit code 0. WIDER: the rule is there and matches more than it
says, without a word. BROKEN: nft refuses the whole ruleset, so that the old one stays. OTHER: it means something else.
"""

from __future__ import annotations

LEFT_OUT, WIDER, BROKEN, OTHER = "left out", "wider", "broken", "other"

RULE = {"name": "r", "src": "a", "dest": "b", "proto": "tcp", "target": "ACCEPT"}
ZONE = {"name": "z", "device": ["eth9"], "input": "REJECT", "output": "ACCEPT", "forward": "DROP"}
REDIRECT = {
    "name": "f",
    "src": "a",
    "dest": "b",
    "proto": "tcp",
    "src_dport": "443",
    "dest_ip": "10.0.0.5",
    "target": "DNAT",
    "reflection": "0",
}
FORWARDING = {"src": "a", "dest": "b"}

# (type, the options that differ from a good section, what fw4 does)
BAD = [
    ("rule", {"dest_port": ["22z"]}, LEFT_OUT),
    ("rule", {"dest_port": ["ssh"]}, LEFT_OUT),
    ("rule", {"dest_port": ["65536"]}, LEFT_OUT),
    ("rule", {"dest_port": ["90-80"]}, LEFT_OUT),
    ("rule", {"dest_port": ["80-"]}, LEFT_OUT),
    ("rule", {"dest_port": ["80,443"]}, LEFT_OUT),
    ("rule", {"dest_port": ["-1"]}, LEFT_OUT),
    ("rule", {"src_port": ["x"]}, LEFT_OUT),
    ("rule", {"proto": "icmp", "dest_port": ["22"]}, WIDER),
    ("rule", {"proto": "all", "dest_port": ["22"]}, WIDER),
    ("rule", {"proto": "esp", "dest_port": ["22"]}, WIDER),
    ("rule", {"proto": "tcp", "icmp_type": ["8"]}, WIDER),
    ("rule", {"proto": "sctp", "dest_port": ["22"]}, WIDER),
    ("rule", {"proto": "tpc"}, BROKEN),
    ("rule", {"src_ip": ["10.0.0.256"]}, LEFT_OUT),
    ("rule", {"src_ip": ["10.0.0"]}, LEFT_OUT),
    ("rule", {"src_ip": ["10.0.0.0/24x"]}, LEFT_OUT),
    ("rule", {"src_ip": ["10.0.0.0/24/8"]}, LEFT_OUT),
    ("rule", {"src_ip": ["nosuchnetwork"]}, LEFT_OUT),
    ("rule", {"src_ip": ["10.0.0.1-10.0.1"]}, LEFT_OUT),
    ("rule", {"src_ip": ["2001:db8::g"]}, LEFT_OUT),
    ("rule", {"src_ip": ["10.0.0.1/"]}, WIDER),
    ("rule", {"src_ip": ["10.0.0.5/24"]}, WIDER),
    ("rule", {"src_ip": ["10.0.0.0/33"]}, BROKEN),
    ("rule", {"src_ip": ["10.0.0.0/-8"]}, OTHER),
    ("rule", {"src_ip": ["!10.0.0.1/"]}, OTHER),
    ("rule", {"src_ip": ["10.0.0.1"], "dest_ip": ["2001:db8::1"]}, LEFT_OUT),
    ("rule", {"family": "ipv6", "src_ip": ["10.0.0.1"]}, LEFT_OUT),
    ("rule", {"family": "ipv4", "src_ip": ["10.0.0.1"], "dest_ip": ["2001:db8::1", "10.0.0.9"]}, OTHER),
    ("rule", {"src_mac": ["02:00:00:00:00"]}, LEFT_OUT),
    ("rule", {"src_mac": ["02:00:00:00:00:0g"]}, LEFT_OUT),
    ("rule", {"src": "nozone"}, LEFT_OUT),
    ("rule", {"dest": "nozone"}, LEFT_OUT),
    ("rule", {"dest": ["b"]}, LEFT_OUT),
    ("rule", {"family": "ip5"}, LEFT_OUT),
    ("rule", {"target": "ALLOW"}, LEFT_OUT),
    ("rule", {"target": ""}, OTHER),
    ("rule", {"proto": "icmp", "icmp_type": ["echo"]}, LEFT_OUT),
    ("rule", {"proto": "icmp", "icmp_type": ["256"]}, LEFT_OUT),
    ("rule", {"enabled": "ja"}, LEFT_OUT),
    ("rule", {"limit": "often"}, LEFT_OUT),
    ("rule", {"start_date": "2026-13-01"}, LEFT_OUT),
    ("rule", {"ipset": "noset"}, LEFT_OUT),
    ("rule", {"dest_prot": ["22"]}, WIDER),
    ("rule", {"name": "x" * 123}, BROKEN),
    ("rule", {"proto": "tcp", "src": "*"}, WIDER),
    ("zone", {"name": "1z"}, LEFT_OUT),
    ("zone", {"name": "a b"}, LEFT_OUT),
    ("zone", {"name": ""}, LEFT_OUT),
    ("zone", {"input": "REFUSE"}, LEFT_OUT),
    ("zone", {"forward": "off"}, LEFT_OUT),
    ("zone", {"masq": "maybe"}, LEFT_OUT),
    ("zone", {"device": ["eth+"]}, WIDER),
    ("zone", {"device": ["+"]}, OTHER),
    ("zone", {"device": ["!eth9"]}, WIDER),
    ("zone", {"family": "ipx"}, LEFT_OUT),
    ("forwarding", {"dest": "nozone"}, LEFT_OUT),
    ("forwarding", {"src": "*"}, WIDER),
    ("forwarding", {"family": "both"}, LEFT_OUT),
    ("redirect", {"src_dport": "http"}, LEFT_OUT),
    ("redirect", {"dest_ip": "10.0.0.5.6"}, LEFT_OUT),
    ("redirect", {"dest_port": "99999"}, LEFT_OUT),
    ("redirect", {"src": "*"}, LEFT_OUT),
    ("redirect", {"target": "FORWARD"}, LEFT_OUT),
    ("redirect", {"dest_ip": "10.0.0.5", "family": "ipv6"}, LEFT_OUT),
    ("redirect", {"proto": "all"}, WIDER),
]
GOOD = {"rule": RULE, "zone": ZONE, "redirect": REDIRECT, "forwarding": FORWARDING}
