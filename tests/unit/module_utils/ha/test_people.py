# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ha import accounts_plan, sessions
from ansible_collections.hearthwall.home.plugins.module_utils.ha.accounts_verdicts import CONTROLS, verdicts
from ansible_collections.hearthwall.home.plugins.module_utils.ha.lockout import refusals
from ansible_collections.hearthwall.home.plugins.module_utils.ha.people import Wanted, describe

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)


def person(username, **more):
    made = {
        "id": f"id-{username}",
        "name": username.capitalize(),
        "username": username,
        "is_owner": False,
        "is_admin": False,
        "is_active": True,
        "local_only": False,
        "system_generated": False,
        "credentials": ["homeassistant"],
        "mfa": [],
        "password": {
            "verdict": "not_common",
            "tested": 120,
            "of": 120,
            "cached": True,
            "minimum": 12,
            "length": "enough",
        },
    }
    made.update(more)
    return made


def weak(verdict):
    return {"verdict": verdict, "tested": 1, "of": 120, "cached": True, "minimum": None, "length": None}


def session(username, kind="normal", age=1.0, idle=None, name=None):
    created = NOW - datetime.timedelta(days=age)
    used = None if idle is None else (NOW - datetime.timedelta(days=idle)).isoformat()
    return {
        "id": f"{kind}-{username}-{age}",
        "user_id": f"id-{username}",
        "type": kind,
        "name": name,
        "client_id": "https://home-assistant.io/iOS",
        "created_at": created.isoformat(),
        "last_used_at": used,
        "last_used_ip": None,
        "expires_at": None,
    }


def home(*people, sessions=(), **more):
    made = {
        "people": list(people),
        "sessions": list(sessions),
        "onboarded": True,
        "auth_providers": ["homeassistant"],
        "trusted_networks": None,
        "mfa_modules": ["totp"],
    }
    made.update(more)
    return made


OWNER = person("olivia", is_owner=True, is_admin=True, mfa=["totp"])


def kinds(actions):
    return [(action["kind"], action["username"]) for action in actions]


def status(wanted, ha, control, **more):
    found = verdicts(wanted, ha, {}, NOW, **more)
    assert sorted(verdict["id"] for verdict in found) == sorted(CONTROLS)
    return next(verdict for verdict in found if verdict["id"] == control)


# Who is enrolled, contained, or left alone.


def test_nothing_to_do_is_nothing():
    wanted = Wanted({"olivia": {}})
    assert accounts_plan.plan(wanted, home(OWNER), NOW, {"olivia"}, "id-olivia") == []
    assert {verdict["status"] for verdict in verdicts(wanted, home(OWNER), {}, NOW)} == {"pass"}


def test_a_held_password_means_enrolment():
    wanted = Wanted({"felix": {"contain": "local_only"}})
    actions = accounts_plan.plan(wanted, home(OWNER, person("felix")), NOW, {"felix"}, "id-olivia")
    assert kinds(actions) == [("enrol", "felix")]
    assert actions[0]["otherwise"] == "local_only"


@pytest.mark.parametrize("how", ["local_only", "deactivate"])
def test_who_is_not_held_is_contained(how):
    wanted = Wanted({"felix": {"contain": how}})
    ha = home(OWNER, person("felix"))
    actions = accounts_plan.plan(wanted, ha, NOW, set(), "id-olivia")
    assert [(action["kind"], action["how"]) for action in actions] == [("contain", how)]
    after = accounts_plan.simulate(ha, actions)
    assert accounts_plan.plan(wanted, after, NOW, set(), "id-olivia") == []
    assert status(wanted, ha, "HW-MFA-01")["status"] == "fail"
    assert status(wanted, after, "HW-MFA-01")["status"] == "pass"


def test_report_leaves_alone_and_says_so():
    wanted = Wanted({"felix": {}})
    ha = home(OWNER, person("felix"))
    assert accounts_plan.plan(wanted, ha, NOW, set(), "id-olivia") == []
    found = status(wanted, ha, "HW-MFA-01")
    assert (found["status"], "felix" in found["actual"]) == ("fail", True)


def test_the_exempt_and_the_inactive_need_none():
    wanted = Wanted({"kiosk": {"mfa": "exempt"}, "gone": {}})
    wall = {**person("wall"), "username": None, "credentials": []}
    ha = home(OWNER, person("kiosk"), person("gone", is_active=False), wall)
    assert accounts_plan.plan(wanted, ha, NOW, {"kiosk", "gone"}, "id-olivia") == []
    assert status(wanted, ha, "HW-MFA-01")["status"] == "pass"


def test_without_the_totp_module_nobody_is_enrolled():
    wanted = Wanted({"felix": {"contain": "local_only"}})
    ha = home(OWNER, person("felix"), mfa_modules=[])
    assert kinds(accounts_plan.plan(wanted, ha, NOW, {"felix"}, "id-olivia")) == [("contain", "felix")]
    assert status(wanted, ha, "HW-MFA-02")["status"] == "fail"


def test_an_enrolment_that_the_vault_does_not_know_to_be_finished_is_confirmed():
    wanted = Wanted({"olivia": {}})
    actions = accounts_plan.plan(wanted, home(OWNER), NOW, {"olivia"}, "id-olivia", pending={"olivia"})
    assert kinds(actions) == [("confirm_enrolment", "olivia")]
    assert accounts_plan.changes(actions) == []


def test_unreadable_enrolments_are_unknown_and_nobody_is_enrolled_twice():
    wanted = Wanted({"olivia": {}})
    ha = home({**OWNER, "mfa": None})
    assert accounts_plan.plan(wanted, ha, NOW, {"olivia"}, "id-olivia") == []
    assert status(wanted, ha, "HW-MFA-01")["status"] == "unknown"


def test_usernames_are_compared_as_home_assistant_does():
    assert kinds(accounts_plan.plan(Wanted({" Felix ": {}}), home(OWNER, person("felix")), NOW, {"felix"})) == [
        ("enrol", "felix")
    ]


# Accounts that nobody described.


@pytest.mark.parametrize("how", ["local_only", "deactivate"])
def test_unknown_accounts_are_contained(how):
    wanted = Wanted({"olivia": {}}, unlisted=how)
    ha = home(OWNER, person("eve"), person("bot", system_generated=True))
    actions = accounts_plan.plan(wanted, ha, NOW, set(), "id-olivia")
    assert kinds(actions) == [("contain", "eve")]
    assert accounts_plan.mended([{**action, "status": "done"} for action in actions]) == {"HW-ACC-08"}
    assert status(wanted, ha, "HW-ACC-08")["status"] == "fail"
    assert status(wanted, accounts_plan.simulate(ha, actions), "HW-ACC-08")["status"] == "pass"


def test_an_unknown_owner_is_not_deactivated_and_we_are_never_contained():
    wanted = Wanted({}, unlisted="deactivate")
    assert accounts_plan.plan(wanted, home(OWNER), NOW, set(), None) == []
    admin = person("us", is_admin=True)
    assert accounts_plan.plan(wanted, home(OWNER, admin), NOW, set(), "id-us") == []
    assert status(wanted, home(OWNER, admin), "HW-ACC-08")["status"] == "fail"


def test_who_is_described_but_not_there_is_named():
    found = status(Wanted({"olivia": {}, "olvia": {}}), home(OWNER), "HW-ACC-08")
    assert found["evidence"] == "described but not there: olvia"


# Lock-outs.


@pytest.mark.parametrize(
    ("people", "declared", "ours", "words"),
    [
        ([OWNER], {"olivia": {"contain": "deactivate"}}, None, "whom Home Assistant does not deactivate"),
        ([OWNER], {"olivia": {"admin": False}}, None, "is the owner"),
        ([OWNER, person("us", is_admin=True)], {"us": {"admin": False}}, "id-us", "Hearthwall logs in as us"),
        ([OWNER, person("us")], {}, "id-us", "no administrator"),
        (
            [person("a", is_admin=True)],
            {"a": {"contain": "deactivate"}},
            None,
            "no active administrator would be left",
        ),
    ],
)
def test_descriptions_that_lock_out_are_refused(people, declared, ours, words):
    wanted, ha = Wanted(declared), home(*people)
    actions = accounts_plan.plan(wanted, ha, NOW, set(), ours)
    assert any(words in problem for problem, _fix in refusals(wanted, ha, actions, ours))


def test_a_good_description_is_not_refused():
    wanted = Wanted({"olivia": {"admin": True}, "felix": {"admin": False, "contain": "deactivate"}})
    ha = home(OWNER, person("felix", is_admin=True))
    actions = accounts_plan.plan(wanted, ha, NOW, set(), "id-olivia")
    assert refusals(wanted, ha, actions, "id-olivia") == []


# Passwords.


def test_a_weak_password_is_replaced_where_declared_and_its_sessions_end():
    wanted = Wanted({"gus": {"password_set": True}, "cleo": {}})
    ha = home(
        OWNER,
        person("gus", password=weak("empty")),
        person("cleo", password=weak("common")),
        sessions=[session("gus"), session("cleo"), session("gus", "long_lived_access_token", name="x")],
    )
    actions = accounts_plan.plan(wanted, ha, NOW, {"gus"}, "id-olivia")
    assert kinds(actions) == [("set_password", "gus"), ("enrol", "gus"), ("end_session", "gus")]
    assert status(wanted, ha, "HW-ACC-01")["status"] == "fail"
    assert "cleo (common)" in status(wanted, ha, "HW-ACC-02")["actual"]


def test_a_good_password_is_never_replaced():
    wanted = Wanted({"gus": {"password_set": True}})
    assert kinds(accounts_plan.plan(wanted, home(OWNER, person("gus")), NOW, {"gus"})) == [("enrol", "gus")]


def test_what_was_not_tested_is_unknown():
    halfway = {"verdict": "not_common", "tested": 7, "of": 120, "cached": False}
    untested = {"verdict": "not_tested", "tested": 0, "of": 120, "cached": False}
    wanted = Wanted({"olivia": {}, "gus": {}})
    found = status(wanted, home(OWNER, person("gus", password=halfway)), "HW-ACC-02")
    assert (found["status"], "gus 7 of 120" in found["actual"]) == ("unknown", True)
    assert status(wanted, home(OWNER, person("gus", password=halfway)), "HW-ACC-01")["status"] == "pass"
    assert status(wanted, home(OWNER, person("gus", password=untested)), "HW-ACC-01")["status"] == "unknown"


def test_short_passwords_of_the_vault_are_found():
    wanted = Wanted({"olivia": {"too_short": True}})
    assert "olivia (shorter than 12)" in status(wanted, home(OWNER), "HW-ACC-02")["actual"]


# Sessions and tokens.


def test_stale_sessions_and_tokens_are_ended():
    wanted = Wanted({"olivia": {}}, tokens={"revoke": True, "keep": ["Grafana", "olivia:Tablet"]})
    ha = home(
        OWNER,
        sessions=[
            session("olivia", age=400, idle=1),
            session("olivia", age=100, idle=70),
            session("olivia", age=99),
            session("olivia", age=10, idle=1),
            session("olivia", "long_lived_access_token", age=800, name="forgotten"),
            session("olivia", "long_lived_access_token", age=800.5, name="Grafana"),
            session("olivia", "long_lived_access_token", age=801, name="Tablet"),
            session("olivia", "long_lived_access_token", age=2, name="new"),
            session("olivia", "system", age=3000),
        ],
    )
    actions = accounts_plan.plan(wanted, ha, NOW, set(), "id-olivia")
    assert [action["session_id"] for action in actions] == [
        "normal-olivia-400",
        "normal-olivia-100",
        "normal-olivia-99",
        "long_lived_access_token-olivia-800",
    ]
    assert status(wanted, ha, "HW-ACC-04")["status"] == status(wanted, ha, "HW-ACC-05")["status"] == "fail"
    after = accounts_plan.simulate(ha, actions)
    assert accounts_plan.plan(wanted, after, NOW, set(), "id-olivia") == []
    assert status(wanted, after, "HW-ACC-04")["status"] == status(wanted, after, "HW-ACC-05")["status"] == "pass"


def test_the_token_in_use_is_never_revoked():
    ours = session("olivia", "long_lived_access_token", age=800, name="hearthwall")
    wanted = Wanted({"olivia": {}}, tokens={"revoke": True})
    assert accounts_plan.plan(wanted, home(OWNER, sessions=[ours]), NOW, set(), "id-olivia", ours["id"]) == []


def test_only_reported_where_nothing_is_declared():
    ha = home(OWNER, sessions=[session("olivia", "long_lived_access_token", age=800, name="forgotten")])
    assert accounts_plan.plan(Wanted({"olivia": {}}), ha, NOW, set(), "id-olivia") == []
    assert status(Wanted({"olivia": {}}), ha, "HW-ACC-05")["status"] == "fail"


def test_the_session_of_a_token_is_read_from_it():
    # {"iss": "abc", "iat": 1, "exp": 2}
    assert sessions.issuer("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiAiYWJjIiwgImlhdCI6IDEsICJleHAiOiAyfQ.c2ln") == "abc"
    assert sessions.issuer("no token") is None


# Ranks, onboarding, networks.


def test_ranks_are_as_declared():
    wanted = Wanted({"olivia": {}, "felix": {"admin": False}}, admins={"max": 1})
    ha = home(OWNER, person("felix", is_admin=True, mfa=["totp"]))
    actions = accounts_plan.plan(wanted, ha, NOW, set(), "id-olivia")
    assert kinds(actions) == [("set_admin", "felix")]
    found = status(wanted, ha, "HW-ACC-06")
    assert found["status"] == "fail" and "2 administrators" in found["actual"] and "felix is an" in found["actual"]
    assert status(wanted, accounts_plan.simulate(ha, actions), "HW-ACC-06")["status"] == "pass"


def test_an_instance_without_an_owner_is_critical():
    found = status(Wanted(), home(onboarded=False), "HW-ACC-07")
    assert (found["status"], "becomes its owner" in found["actual"]) == ("fail", True)


def test_trusted_networks_are_found():
    trusted = {"trusted_networks": ["192.168.0.0/24"], "trusted_users": [], "allow_bypass_login": True}
    found = status(Wanted({"olivia": {}}), home(OWNER, trusted_networks=trusted), "HW-ACC-03")
    assert found["status"] == "fail" and "192.168.0.0/24" in found["actual"]


def test_where_nothing_could_be_seen_all_is_unknown():
    found = verdicts(Wanted(), None, {"home_assistant": "it is not here"}, NOW)
    assert {(verdict["status"], verdict["actual"]) for verdict in found} == {("unknown", "it is not here")}
    assert len(found) == len(CONTROLS)


def test_the_diff_names_no_secret_and_shows_the_change():
    ha = home(OWNER, person("felix"))
    after = accounts_plan.simulate(ha, accounts_plan.plan(Wanted({"felix": {}}), ha, NOW, {"felix"}))
    assert "felix: user, active, second factor none" in describe(ha)
    assert "felix: user, active, second factor totp" in describe(after)


def test_where_the_look_had_no_time_the_visit_finds_out():
    halfway = {"verdict": "not_common", "tested": 7, "of": 120, "cached": False}
    wanted = Wanted({"gus": {"password_set": True}})
    ha = home(OWNER, person("gus", mfa=["totp"], password=halfway), sessions=[session("gus")])
    actions = accounts_plan.plan(wanted, ha, NOW, {"gus"}, "id-olivia")
    assert [(action["kind"], action.get("if_weak")) for action in actions] == [("set_password", True)]
    assert accounts_plan.changes(actions) == [] and accounts_plan.simulate(ha, actions) == ha
    assert [action["session_id"] for action in accounts_plan.sessions_of(ha, {"id-gus"})] == ["normal-gus-1.0"]
