# SPDX-License-Identifier: GPL-3.0-or-later
"""Descriptions that are each wrong in one way: name, what is changed in a good one, the variable that is to be named,
and words that are to be in the message.

Every case is a home of its own. Its host ``ha`` is in all groups unless ``proxy`` gives the proxy a host of its own.
"""

from __future__ import annotations

ABSENT = object()

GOOD = {
    "ansible_host": "10.0.40.10",
    "hearthwall_ha_admin": {"username": "olivia", "password": "correct horse"},
    "accounts_people": {"olivia": {"password": "correct horse", "admin": True}},
    "reverse_proxy_server_name": "ha.example.org",
    "reverse_proxy_acme": {"accept_terms": True, "email": "olivia@example.org"},
}


def acme(**more):
    return {"reverse_proxy_acme": {**GOOD["reverse_proxy_acme"], **more}}


def http(**settings):
    return {"exposure_http": settings}


def person(name="felix", **more):
    return {"accounts_people": {**GOOD["accounts_people"], name: more}}


def way(**more):
    return {"exposure_ways_in": [{"name": "door", "to": "@ha", "port": 443, **more}]}


def service(**more):
    return {"exposure_host_services": [{"name": "broker", "port": 1883, **more}]}


def approved(kind="integrations", **more):
    entry = {"source": "own", "sha256": "a" * 64, "approved_by": "olivia", "approved_on": "2026-11-01", **more}
    return {"vetting_approved": {kind: {"door": {key: value for key, value in entry.items() if value is not None}}}}


def target(**entry):
    return {"backup_targets": [{"name": "away", "kind": "s3", "url": "https://s3.example.org/b", **entry}]}


PROXY = {"ansible_host": "10.0.10.1"}

POLICY = {
    "zones": {"wan": {"interface": "wan", "kind": "wan"}, "trusted": {"interface": "lan", "cidr4": "10.0.40.0/24"}},
    "router": {"manage": {"from": ["trusted"]}},
}

# name: (changes, variable, words[, the proxy's own host])
CASES = {
    # Somebody outside
    "vantage_inside": ({"exposure_vantage": "@ha"}, "exposure_vantage", "is a host of this home"),
    "vantage_unknown": ({"exposure_vantage": "rented"}, "exposure_vantage", "no host of the inventory"),
    # Copies
    "backup_time_as_number": ({"backup_time": "4:45"}, "backup_time", "no time of day"),
    "backup_target_half": (target(access_key="a"), "backup_targets[0].secret_key", "needs it"),
    "backup_target_elsewhere": (target(kind="store", host="nax"), "backup_targets[0].host", "no host of the group"),
    "backup_target_itself": (target(kind="store", host="@ha"), "backup_targets[0].host", "this host itself"),
    "backup_target_twice": (
        {"backup_targets": target(access_key="a", secret_key="b")["backup_targets"] * 2},
        "backup_targets[1].name",
        "another target's name",
    ),
    # Types: what is written is what is meant
    "bool_yes_please": ({"exposure_discovery": "yes please"}, "exposure_discovery", "must be true or false"),
    "bool_as_text": ({"exposure_host_firewall": "no"}, "exposure_host_firewall", "a text ('no')"),
    "bool_as_number": ({"reverse_proxy_ipv6": 1}, "reverse_proxy_ipv6", "must be true or false"),
    "number_as_text": ({"reverse_proxy_https_port": "443"}, "reverse_proxy_https_port", "must be a whole number"),
    "number_as_bool": ({"reverse_proxy_read_timeout": True}, "reverse_proxy_read_timeout", "must be a whole number"),
    "number_with_fraction": ({"exposure_confirm_within": 60.5}, "exposure_confirm_within", "must be a whole number"),
    "text_as_number": ({"reverse_proxy_max_body_size": 128}, "reverse_proxy_max_body_size", "must be a text"),
    "text_as_list": ({"reverse_proxy_server_name": ["a.example.org"]}, "reverse_proxy_server_name", "must be a text"),
    "list_as_text": ({"reverse_proxy_allow": "10.0.0.0/8"}, "reverse_proxy_allow", "must be a list"),
    "dict_as_text": ({"exposure_http": "none"}, "exposure_http", "must be a mapping"),
    "dict_as_list": ({"accounts_people": ["olivia"]}, "accounts_people", "must be a mapping"),
    "entry_of_a_wrong_type": ({"exposure_management": [10]}, "exposure_management[0]", "must be a text"),
    # The network policy: its own loader has the rest of the cases
    "policy_without_management": (
        {"hearthwall_policy": {"zones": {"lan": {"interface": "lan", "cidr4": "10.0.0.0/24"}}}},
        "hearthwall_policy.router.manage",
        "no way to manage the router",
    ),
    "policy_of_a_wrong_type": ({"hearthwall_policy": ["iot"]}, "hearthwall_policy", "must be a mapping"),
    "password_as_number": (person(password=123456), "accounts_people.felix.password", "must be a text"),
    "choice_that_is_none": (
        {"reverse_proxy_tls_profile": "moderm"},
        "reverse_proxy_tls_profile",
        "Did you mean modern?",
    ),
    "choice_inside": (acme(challenge="dns"), "reverse_proxy_acme.challenge", "cannot be"),
    "fail_on_unknown": ({"hearthwall_fail_on": "severe"}, "hearthwall_fail_on", "cannot be"),
    # Names: what is misspelt would silently do nothing
    "unknown_variable": ({"exposure_managment": []}, "exposure_managment", "Did you mean exposure_management?"),
    "unknown_home_variable": ({"hearthwall_failon": "low"}, "hearthwall_failon", "Did you mean hearthwall_fail_on?"),
    "unknown_proxy_variable": ({"reverse_proxy_domain": "a.b"}, "reverse_proxy_domain", "no such variable"),
    "unknown_account_variable": ({"accounts_peple": {}}, "accounts_peple", "no such variable"),
    "unknown_key": (http(trusted_proxy="10.0.0.1"), "exposure_http.trusted_proxy", "Did you mean trusted_proxies?"),
    "unknown_key_deep": (acme(dns={"providr": "desec"}), "reverse_proxy_acme.dns.providr", "Did you mean provider?"),
    "unknown_key_of_a_person": (person(mfaa="required"), "accounts_people.felix.mfaa", "Did you mean mfa?"),
    "required_is_missing": ({"reverse_proxy_server_name": ABSENT}, "reverse_proxy_server_name", "is missing"),
    "required_inside_is_missing": (way(port=None), "exposure_ways_in[0].port", "is missing"),
    "admin_without_password": (
        {"hearthwall_ha_admin": {"username": "olivia"}},
        "hearthwall_ha_admin.password",
        "is missing",
    ),
    "undefined_inside": (
        {"reverse_proxy_server_name": "{{ my_domain }}"},
        "reverse_proxy_server_name",
        "cannot be read",
    ),
    # The home
    "group_missing": ({"hearthwall_home": "nowhere"}, "hearthwall_home", "no group 'nowhere'"),
    "home_missing": ({"hearthwall_home": ABSENT}, "hearthwall_home", "is missing"),
    "home_leads_elsewhere": ({"hearthwall_home": "../up"}, "hearthwall_home", "cannot name a home"),
    "no_home_assistant": ({"@groups": ["edge"]}, "hearthwall_home", "in the group home_assistant"),
    "waiver_file_missing": ({"hearthwall_waivers_file": "nothing.yml"}, "hearthwall_waivers_file", "cannot be read"),
    "waivers_malformed": ({"hearthwall_waivers_file": "malformed.yml"}, "hearthwall_waivers_file", "is too broad"),
    "vault_file_nowhere": ({"accounts_vault_file": "/no/such/dir/v.yml"}, "accounts_vault_file", "no directory"),
    "vault_file_in_the_clear": ({"accounts_vault_file": "@/malformed.yml"}, "accounts_vault_file", "not encrypted"),
    # Values
    "domain_is_an_address": ({"reverse_proxy_server_name": "198.51.100.2"}, "reverse_proxy_server_name", "an address"),
    "domain_is_a_url": ({"reverse_proxy_server_name": "https://a.example"}, "reverse_proxy_server_name", "a URL"),
    "domain_with_port": ({"reverse_proxy_server_name": "a.example:443"}, "reverse_proxy_server_name", "a port"),
    "domain_malformed": ({"reverse_proxy_server_name": "-ha_.example"}, "reverse_proxy_server_name", "not a valid"),
    "domain_too_short": ({"reverse_proxy_server_name": "homeassistant"}, "reverse_proxy_server_name", "no domain"),
    "alias_malformed": ({"reverse_proxy_server_aliases": ["a..b"]}, "reverse_proxy_server_aliases[0]", "not a valid"),
    "alias_twice": ({"reverse_proxy_server_aliases": ["HA.example.org"]}, "reverse_proxy_server_aliases[0]", "twice"),
    "port_too_high": ({"reverse_proxy_https_port": 70000}, "reverse_proxy_https_port", "out of bounds"),
    "port_zero": (way(port=0), "exposure_ways_in[0].port", "not a port"),
    "email_malformed": (acme(email="olivia"), "reverse_proxy_acme.email", "not an e-mail address"),
    "directory_without_tls": (acme(directory_url="http://a.example/d"), "reverse_proxy_acme.directory_url", "https"),
    "ca_is_a_path": (acme(ca="/etc/ca.pem"), "reverse_proxy_acme.ca", "not the path"),
    "ca_is_a_key": (acme(ca="-----BEGIN PRIVATE KEY-----"), "reverse_proxy_acme.ca", "a private key"),
    "url_malformed": ({"hearthwall_ha_url": "127.0.0.1:8123"}, "hearthwall_ha_url", "not a URL"),
    "url_with_bad_port": ({"hearthwall_ha_url": "http://a.example:99999"}, "hearthwall_ha_url", "is no port"),
    "network_with_host_bits": ({"exposure_management": ["10.0.10.5/24"]}, "exposure_management[0]", "10.0.10.0/24"),
    "network_malformed": ({"reverse_proxy_deny": ["10.0.0.0/33"]}, "reverse_proxy_deny[0]", "neither an IP address"),
    "size_malformed": ({"reverse_proxy_max_backup_size": "16 GB"}, "reverse_proxy_max_backup_size", "not a size"),
    "unit_malformed": ({"hearthwall_ha_unit": "home-assistant"}, "hearthwall_ha_unit", "systemd service"),
    "totp_secret_malformed": (
        {"hearthwall_ha_admin": {**GOOD["hearthwall_ha_admin"], "totp_secret": "123456"}},
        "hearthwall_ha_admin.totp_secret",
        "not a base32 secret",
    ),
    "relative_config_dir": ({"hearthwall_ha_config_dir": "config"}, "hearthwall_ha_config_dir", "not an absolute"),
    "timeout_below_the_ping": ({"reverse_proxy_read_timeout": 30}, "reverse_proxy_read_timeout", "55 seconds"),
    "hsts_negative": ({"reverse_proxy_hsts": {"max_age": -1}}, "reverse_proxy_hsts.max_age", "out of bounds"),
    # What cannot be true together: the proxy
    "ports_the_same": ({"reverse_proxy_http_port": 443}, "reverse_proxy_http_port", "on one port"),
    "http01_without_port": ({"reverse_proxy_http_port": 0}, "reverse_proxy_http_port", "http-01"),
    "terms_not_accepted": ({"reverse_proxy_acme": {}}, "reverse_proxy_acme.accept_terms", "no certificate"),
    "dns01_without_provider": (acme(challenge="dns-01"), "reverse_proxy_acme.dns.provider", "dns-01"),
    "dns01_without_credentials": (
        acme(challenge="dns-01", dns={"provider": "desec"}),
        "reverse_proxy_acme.dns.credentials",
        "is missing",
    ),
    "dns01_by_hand_without_scripts": (
        acme(challenge="dns-01", dns={"provider": "manual"}),
        "reverse_proxy_acme.dns.auth_script",
        "is missing",
    ),
    "provided_without_files": (
        {"reverse_proxy_certificate_source": "provided"},
        "reverse_proxy_certificate_file",
        "is missing",
    ),
    "client_certificates_without_ca": (
        {"reverse_proxy_client_certificates": "required"},
        "reverse_proxy_client_ca",
        "is missing",
    ),
    "upstream_is_everywhere": (
        {"reverse_proxy_upstream": {"address": "0.0.0.0"}},
        "reverse_proxy_upstream.address",
        "none to connect to",
    ),
    "upstream_is_the_proxy": (
        {},
        "reverse_proxy_upstream.address",
        "Home Assistant runs elsewhere",
        {**PROXY, "reverse_proxy_upstream": {"address": "127.0.0.1"}},
    ),
    # The proxy and Home Assistant
    "trust_wide": (http(trusted_proxies=["10.0.0.0/24"]), "exposure_http.trusted_proxies[0]", "256 addresses"),
    "trust_everybody": (http(trusted_proxies=["0.0.0.0/0"]), "exposure_http.trusted_proxies[0]", "anybody"),
    "trust_a_name": (http(trusted_proxies=["proxy"]), "exposure_http.trusted_proxies[0]", "neither an IP address"),
    "proxy_not_trusted": (
        http(trusted_proxies=["10.0.10.2"]),
        "exposure_http.trusted_proxies",
        "leaves out the proxy",
        PROXY,
    ),
    "proxy_here_not_trusted": (
        http(trusted_proxies=["192.0.2.7"]),
        "exposure_http.trusted_proxies",
        "leaves out the proxy",
    ),
    "forwarded_for_off": (http(use_x_forwarded_for=False), "exposure_http.use_x_forwarded_for", "ban the proxy"),
    "bound_to_loopback": (
        http(server_host=["127.0.0.1"]),
        "exposure_http.server_host",
        "cannot reach",
        PROXY,
    ),
    "port_taken_by_the_proxy": (http(server_port=443), "exposure_http.server_port", "same host"),
    "never_bans": (http(login_attempts_threshold=-1), "exposure_http.login_attempts_threshold", "ever banned"),
    "threshold_zero": (http(login_attempts_threshold=0), "exposure_http.login_attempts_threshold", "ever banned"),
    "bans_off": (http(ip_ban_enabled=False), "exposure_http.ip_ban_enabled", "ever banned"),
    "any_origin": (http(cors_allowed_origins=["*"]), "exposure_http.cors_allowed_origins[0]", "every web page"),
    # The ways in
    "way_to_nobody": (way(to="hq"), "exposure_ways_in[0].to", "no host of this home"),
    "way_to_another_home": (way(to="other-ha"), "exposure_ways_in[0].to", "another home"),
    "way_beside_the_policy": (
        {**way(), "hearthwall_policy": POLICY},
        "exposure_ways_in[0].from",
        "is declared in hearthwall_policy",
    ),
    "port_to_an_unknown_zone": (
        {"hearthwall_policy": POLICY, "segmentation_ports": {"lan2": "trustde"}},
        "segmentation_ports.lan2",
        "unknown zone",
    ),
    "port_to_a_zone_without_vlan": (
        {"hearthwall_policy": POLICY, "segmentation_ports": {"lan2": "trusted"}},
        "segmentation_ports.lan2",
        "has no vlan",
    ),
    "way_from_nowhere": (way(**{"from": "lan"}), "exposure_ways_in[0].from", "neither an IP address"),
    "ways_on_one_port": (
        {
            "exposure_ways_in": [
                {"name": "one", "to": "@ha", "port": 443},
                {"name": "two", "to": "@ha", "port": 443, "to_port": 8443},
            ]
        },
        "exposure_ways_in[1].port",
        "already taken by one",
    ),
    "way_past_the_proxy": (
        {**http(server_port=8124), **way(port=8124)},
        "exposure_ways_in[0].to_port",
        "never open that one",
    ),
    "management_from_nowhere": ({"exposure_management": []}, "exposure_management", "lock everybody out"),
    "management_from_everywhere": ({"exposure_management": ["0.0.0.0/0"]}, "exposure_management[0]", "internet"),
    "service_range_backwards": (service(port="90-80"), "exposure_host_services[0].port", "ends before it begins"),
    # Approved code
    "kind_of_code": (approved(kind="integration"), "vetting_approved.integration", "Did you mean integrations?"),
    "approved_by_nobody": (
        approved(approved_by="(your name)"),
        "vetting_approved.integrations.door.approved_by",
        "who",
    ),
    "approved_without_hash": (approved(sha256="abc"), "vetting_approved.integrations.door.sha256", "no SHA-256"),
    "approved_some_day": (
        approved(approved_on="last week"),
        "vetting_approved.integrations.door.approved_on",
        "no day",
    ),
    "approved_from_http": (
        approved(source="http://example.org/x"),
        "vetting_approved.integrations.door.source",
        "must be https",
    ),
    "approved_with_a_typo": (approved(sha265="x"), "vetting_approved.integrations.door.sha265", "Did you mean sha256?"),
    # Updates
    "window_at_an_odd_time": (
        {"updates_policy": {"window": {"from": "2am"}}},
        "updates_policy.window.from",
        "is no time",
    ),
    "window_on_no_day": ({"updates_policy": {"window": {"days": ["sunday"]}}}, "updates_policy.window.days", "no day"),
    "window_with_a_typo": ({"updates_policy": {"window": {"form": "02:00"}}}, "updates_policy.window.form", "from?"),
    "reboot_as_number": ({"updates_host_reboot": "430"}, "updates_host_reboot", "is no time"),
    # The people
    "no_credentials": ({"hearthwall_ha_admin": ABSENT}, "hearthwall_ha_admin", "is missing"),
    "credentials_twice": ({"hearthwall_ha_token": "a.b.c"}, "hearthwall_ha_token", "which of the two"),
    "person_twice": (person("Olivia"), "accounts_people.olivia", "the same account as Olivia"),
    "mfa_optional": (person(mfa="optional"), "accounts_people.felix.mfa", "cannot be"),
    "contain_none": (person(mfa="required", contain="none"), "accounts_people.felix.contain", "cannot be"),
    "nothing_to_set": (person(password_set=True), "accounts_people.felix.password_set", "no password to set"),
    "empty_password": (person(password=""), "accounts_people.felix.password", "is empty"),
    "nobody_in_charge": (
        {
            "accounts_people": {"olivia": {"contain": "deactivate"}, "felix": {"admin": False}},
            "accounts_unlisted": "deactivate",
        },
        "accounts_people",
        "nobody is left with admin",
    ),
    "own_rank_taken": (
        {"accounts_people": {"olivia": {"password": "correct horse", "admin": False}}},
        "accounts_people.olivia.admin",
        "logs in as this administrator",
    ),
    "own_account_unlisted": (
        {"accounts_people": {"felix": {"password": "correct horse"}}, "accounts_unlisted": "deactivate"},
        "accounts_unlisted",
        "is not in accounts_people",
    ),
}
