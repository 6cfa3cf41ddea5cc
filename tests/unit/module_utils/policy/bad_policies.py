# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies that are each wrong in one way: name, what is changed in a good one, the key that is to be named (below
``hearthwall_policy.``), and words that are to be in the message.
"""

from __future__ import annotations


def flow(**more):
    return ("flows+", {"from": "guest", "to": "nas", "services": ["ipp"], "why": "printing", **more})


def zone(**more):
    return ("zones.lab", {"interface": "lab", "cidr4": "10.0.50.0/24", **more})


CASES = {
    # Zones
    "no_zones": ([("zones", {})], "zones", "is missing"),
    "zone_name_with_capitals": (
        [("zones.IoT", {"vlan": 9, "cidr4": "10.9.0.0/24"})],
        "zones.IoT",
        "cannot name a zone",
    ),
    "zone_name_too_long": (
        [("zones.surveillance", {"vlan": 9, "cidr4": "10.9.0.0/24"})],
        "zones.surveillance",
        "at most 11",
    ),
    "zone_name_reserved": ([("zones.router", {"vlan": 9, "cidr4": "10.9.0.0/24"})], "zones.router", "something else"),
    "zone_key_unknown": ([zone(vlann=50)], "zones.lab.vlann", "Did you mean vlan?"),
    "zone_no_mapping": ([("zones.lab", "10.0.50.0/24")], "zones.lab", "must be a mapping"),
    "zone_kind_unknown": ([zone(kind="dmz")], "zones.lab.kind", "Use one of lan, wan, vpn, tailnet"),
    "zone_without_networks": ([("zones.lab", {"vlan": 50})], "zones.lab.cidr4", "is missing, and cidr6 too"),
    "zone_without_a_place": ([("zones.lab", {"cidr4": "10.0.50.0/24"})], "zones.lab.interface", "and vlan too"),
    "zone_masquerades": ([zone(masquerade=True)], "zones.lab.masquerade", "only the WAN"),
    "zone_intra_unknown": ([zone(intra="isolated")], "zones.lab.intra", "Did you mean isolate?"),
    "zone_internet_as_bool": ([zone(internet=True)], "zones.lab.internet", "Use one of allow, deny"),
    "two_wans": ([zone(kind="wan")], "zones.lab.kind", "wan is the WAN already"),
    "wan_with_internet": ([("zones.wan.internet", "allow")], "zones.wan.internet", "is the internet"),
    "vlan_zero": ([zone(vlan=0)], "zones.lab.vlan", "Use 1 to 4094"),
    "vlan_too_big": ([zone(vlan=4095)], "zones.lab.vlan", "Use 1 to 4094"),
    "vlan_as_text": ([zone(vlan="50")], "zones.lab.vlan", "must be a whole number"),
    "vlan_twice": ([zone(vlan=20)], "zones.lab.vlan", "already that of iot"),
    "interface_twice": ([zone(interface="iot")], "zones.lab.interface", "already belongs to iot"),
    "interface_twice_in_a_zone": ([zone(interface=["a", "a"])], "zones.lab.interface", "already belongs to lab"),
    "interface_no_name": ([zone(interface='x" accept')], "zones.lab.interface", "no name of an interface"),
    "interface_too_long": ([zone(interface="averylonginterface")], "zones.lab.interface", "no name of an interface"),
    "networks_overlap": ([zone(cidr4="10.0.20.0/22")], "zones.lab.cidr4", "overlaps 10.0.20.0/24 of iot"),
    "networks_alike": ([zone(cidr4="10.0.20.0/24")], "zones.lab.cidr4", "overlaps 10.0.20.0/24 of iot"),
    "networks_overlap_ip6": ([zone(cidr6="2001:db8:20::/80")], "zones.lab.cidr6", "overlaps 2001:db8:20::/64 of iot"),
    "network_with_host_bits": ([zone(cidr4="10.0.50.1/24")], "zones.lab.cidr4", "The network is 10.0.50.0/24"),
    "network_of_the_other_family": ([zone(cidr4="fd00::/64")], "zones.lab.cidr4", "Put it into cidr6"),
    "network_no_network": ([zone(cidr6="2001:db8:zz::/64")], "zones.lab.cidr6", "is no network"),
    "network_of_everything": ([zone(cidr4="0.0.0.0/0")], "zones.lab.cidr4", "every address"),
    "network_of_multicast": ([zone(cidr4="224.0.0.0/8")], "zones.lab.cidr4", "no network that a router routes"),
    "address_outside": ([zone(address4="10.0.60.1")], "zones.lab.address4", "outside 10.0.50.0/24"),
    "internet_without_wan": (
        [("zones.wan", None), ("flows", []), ("never", []), ("forwards", []), ("zones.guest.internet", "deny")],
        "zones.trusted.internet",
        "no zone of kind wan",
    ),
    # Hosts
    "host_without_zone": ([("hosts.x", {"ip4": "10.0.40.9"})], "hosts.x.zone", "is missing"),
    "host_in_unknown_zone": ([("hosts.x", {"zone": "srevers", "ip4": "10.0.40.9"})], "hosts.x.zone", "mean servers?"),
    "host_outside_its_zone": ([("hosts.ha.ip4", "10.0.20.10")], "hosts.ha.ip4", "it belongs to iot"),
    "host_outside_its_zone_ip6": ([("hosts.ha.ip6", "2001:db8:99::1")], "hosts.ha.ip6", "outside 2001:db8:40::/64"),
    "host_without_address": ([("hosts.x", {"zone": "iot"})], "hosts.x.ip4", "is missing, and ip6 too"),
    "host_address_twice": ([("hosts.x", {"zone": "servers", "ip4": "10.0.40.10"})], "hosts.x.ip4", "that of ha"),
    "host_mac_twice": (
        [("hosts.x", {"zone": "servers", "ip4": "10.0.40.9", "mac": "02-00-00-00-40-10"})],
        "hosts.x.mac",
        "that of ha",
    ),
    "host_mac_malformed": ([("hosts.ha.mac", "02:00:00")], "hosts.ha.mac", "is no MAC address"),
    "host_is_the_router": ([("hosts.ha.ip4", "10.0.40.1")], "hosts.ha.ip4", "router's own"),
    "host_is_the_broadcast": ([("hosts.ha.ip4", "10.0.40.255")], "hosts.ha.ip4", "broadcast"),
    "host_named_as_a_zone": ([("hosts.iot", {"zone": "servers", "ip4": "10.0.40.9"})], "hosts.iot", "zone's name"),
    "host_name_unfit": (
        [("hosts.my host", {"zone": "iot", "ip4": "10.0.20.9"})],
        "hosts.my host",
        "cannot name a host",
    ),
    "hosts_alike_on_openwrt": (
        [
            ("hosts.a-b", {"zone": "iot", "ip4": "10.0.20.8"}),
            ("hosts.a_b", {"zone": "iot", "ip4": "10.0.20.9"}),
        ],
        "hosts.a_b",
        "cannot tell",
    ),
    "host_in_the_wan_of_a_zone": ([("hosts.x", {"zone": "wan", "ip4": "10.0.20.9"})], "hosts.x.ip4", "belongs to iot"),
    # Services
    "service_malformed": ([("services.mosh", ["udp:60000"])], "services.mosh[0]", "is not written as"),
    "service_out_of_bounds": ([("services.mosh", ["udp/70000"])], "services.mosh[0]", "ports go from 1 to 65535"),
    "service_backwards": ([("services.mosh", ["udp/61000-60000"])], "services.mosh[0]", "ends before it begins"),
    "service_empty": ([("services.mosh", [])], "services.mosh", "is empty"),
    "service_built_in": ([("services.any", ["tcp/1"])], "services.any", "built in"),
    # Flows
    "flow_to_unknown": ([flow(to="iott")], "flows[7].to", "unknown zone or host 'iott'. Did you mean iot?"),
    "flow_from_unknown": ([flow(**{"from": ["guest", "attic"]})], "flows[7].from[1]", "Use one of"),
    "flow_with_unknown_service": ([flow(services=["mqtss"])], "flows[7].services[0]", "Did you mean mqtts?"),
    "flow_without_services": ([flow(services=[])], "flows[7].services", "is empty"),
    "flow_services_missing": ([flow(services=None)], "flows[7].services", "is missing"),
    "flow_without_why": ([flow(why=None)], "flows[7].why", "is missing"),
    "flow_with_empty_why": ([flow(why=" ")], "flows[7].why", "is empty"),
    "flow_with_unknown_key": ([flow(untill="2027-01-01")], "flows[7].untill", "Did you mean until?"),
    "flow_until_malformed": ([flow(until="01.03.2027")], "flows[7].until", "is no date"),
    "flow_until_impossible": ([flow(until="2027-02-30")], "flows[7].until", "is no date"),
    "flow_no_mapping": ([("flows+", "iot -> ha")], "flows[7]", "must be a mapping"),
    "flow_within_a_zone": ([flow(**{"from": "bulb", "to": "iot"})], "flows[7].to", "within one zone"),
    "flow_already_said": (
        [flow(**{"from": "iot", "to": "ha", "services": ["mqtts"]})],
        "flows[7]",
        "flows[0] allows it",
    ),
    "flow_internet_is_open": ([flow(to="internet", services=["https"])], "flows[7]", "zones.guest.internet allows it"),
    "flow_from_router": ([flow(**{"from": "router"})], "flows[7].from", "unknown zone or host 'router'"),
    "flow_against_never": ([flow(to="trusted")], "flows[7]", "never[1] forbids"),
    "flow_host_against_never": ([flow(**{"from": "bulb", "to": "laptop"})], "flows[7]", "cameras do not phone home"),
    "flow_to_wan_against_never": ([flow(**{"from": "iot", "to": "wan"})], "flows[7]", "never[0] forbids"),
    # never
    "never_to_unknown": ([("never+", {"from": "iot", "to": "gest"})], "never[3].to", "Did you mean guest?"),
    "never_without_to": ([("never+", {"from": "iot"})], "never[3].to", "is missing"),
    "internet_against_never": (
        [("never+", {"from": "guest", "to": "internet", "services": ["smtps"]})],
        "zones.guest.internet",
        "never[3] forbids",
    ),
    "intra_against_never": (
        [("never+", {"from": "servers", "to": "servers"})],
        "zones.servers.intra",
        "never[3] forbids",
    ),
    "forward_against_never": ([("never+", {"from": "wan", "to": "nas"})], "forwards[1]", "never[3] forbids"),
    "dns_against_never": (
        [("never+", {"from": "iot", "to": "router", "services": ["dns"]})],
        "router.dns",
        "never[3] forbids",
    ),
    "dhcpv6_against_never": (
        [("never+", {"from": "iot", "to": "router", "services": ["dhcpv6"]})],
        "router.dhcp",
        "never[3] forbids",
    ),
    "reflection_against_never": (
        [("never+", {"from": "iot", "to": "router", "services": ["mdns"]})],
        "reflect[0]",
        "never[3] forbids",
    ),
    # The router
    "router_missing": ([("router", None)], "router.manage", "no way to manage"),
    "manage_missing": ([("router.manage", None)], "router.manage", "no way to manage"),
    "manage_from_nobody": ([("router.manage.from", [])], "router.manage.from", "is empty"),
    "manage_from_unknown": ([("router.manage.from", ["trustd"])], "router.manage.from[0]", "Did you mean trusted?"),
    "manage_from_internet": ([("router.manage.from", ["internet"])], "router.manage.from[0]", "to the internet"),
    "manage_without_login": ([("router.manage.services", ["ping"])], "router.manage.services", "nobody can log in"),
    "manage_no_service": ([("router.manage.services", [])], "router.manage.services", "is empty"),
    "dhcp_of_unknown": ([("router.dhcp+", "attic")], "router.dhcp[3]", "unknown zone 'attic'"),
    "dns_of_the_wan": ([("router.dns+", "wan")], "router.dns[5]", "is the WAN"),
    "ntp_twice": ([("router.ntp+", "iot")], "router.ntp[2]", "named twice"),
    "router_key_unknown": ([("router.ssh", ["trusted"])], "router.ssh", "there is no such key"),
    # Reflection and forwards
    "reflect_unknown_service": ([("reflect.0.service", "bonjour")], "reflect[0].service", "Use one of mdns, ssdp"),
    "reflect_one_zone": ([("reflect.0.between", ["iot"])], "reflect[0].between", "fewer than two"),
    "reflect_unknown_zone": ([("reflect.0.between", ["iot", "tv"])], "reflect[0].between[1]", "unknown zone 'tv'"),
    "forward_to_zone": ([("forwards.0.to", "servers")], "forwards[0].to", "is a zone"),
    "forward_to_unknown": ([("forwards.0.to", "hass")], "forwards[0].to", "is no host"),
    "forward_port_malformed": ([("forwards.0.port", 443)], "forwards[0].port", "is not written as"),
    "forward_to_no_port": ([("forwards.0.to_port", 0)], "forwards[0].to_port", "is no port"),
    "forward_port_twice": (
        [("forwards+", {"port": "tcp/440-450", "to": "nas", "why": "x"})],
        "forwards[2].port",
        "already taken by hearthwall_policy.forwards[0]",
    ),
    "forward_of_the_routers_port": (
        [("forwards+", {"port": "udp/51820", "to": "nas", "why": "x"})],
        "forwards[2].port",
        "already taken by hearthwall_policy.flows[5]",
    ),
    "forward_without_ip4": (
        [("hosts.x", {"zone": "servers", "ip6": "2001:db8:40::9"}), ("forwards.0.to", "x")],
        "forwards[0].to",
        "has no ip4",
    ),
    # The whole
    "key_unknown": ([("flow", [])], "flow", "Did you mean flows?"),
    "flows_as_mapping": ([("flows", {"a": 1})], "flows", "must be a list"),
}
