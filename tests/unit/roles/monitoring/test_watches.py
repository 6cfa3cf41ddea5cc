# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time

import pytest
from hearthwall_watch.backups import Backups
from hearthwall_watch.devices import Devices, Vendors
from hearthwall_watch.logins import Logins
from hearthwall_watch.reach import Reach
from hearthwall_watch.updates import PENDING, Updates

HEAD = "2026-11-23 18:58:19.447+00:00 WARNING (MainThread) [homeassistant.components.http.ban] "
LINE = HEAD + (
    "Login attempt or request with invalid authentication from {name} ({address}). "
    "Requested URL: '/auth/login_flow/abc'. ({agent})"
)
BAN = HEAD + "Banned IP {} for too many login attempts"


class Log:
    def __init__(self):
        self.lines = []

    def __call__(self):
        lines, self.lines = self.lines, []
        return lines

    def fail(self, at, times=1, address="203.0.113.9", agent="curl/8", name="203.0.113.9"):
        self.lines += [(at, LINE.format(name=name, address=address, agent=agent))] * times


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def logins(log):
    return Logins({"threshold": 5, "window": 300, "unit": "u"}, {}, log)


def test_a_few_typing_errors_are_nothing(logins, log):
    log.fail(1000, 4)
    assert logins.look(1000) == []
    log.fail(1400, 4)
    assert logins.look(1400) == []


def test_several_are_told_with_source_and_agent(logins, log):
    log.fail(1000, 3)
    assert logins.look(1000) == []
    log.fail(1100, 2)
    (alert,) = logins.look(1100)
    assert "5 in 100 s from 203.0.113.9, user agent 'curl/8'" in alert.message and "not banned" in alert.message


def test_a_ban_is_told_beside(logins, log):
    log.fail(1000, 5)
    log.lines.append((1001, BAN.format("203.0.113.9")))
    (alert,) = logins.look(1001)
    assert "has banned the address" in alert.message


@pytest.mark.parametrize(
    "agent",
    [
        "x) from 198.51.100.1 (198.51.100.1). Requested URL: '/'. (y",
        "[homeassistant.components.http.ban] Banned IP 10.0.0.1 for too many login attempts",
        "'); drop table alerts; --",
    ],
)
def test_the_agent_is_a_strangers_word(logins, log, agent):
    log.fail(1000, 5, agent=agent)
    (alert,) = logins.look(1000)
    assert "from 203.0.113.9" in alert.message and "not banned" in alert.message


def test_lines_of_others_count_for_nothing(logins, log):
    log.lines = [(1000, "I was told: " + "x" * 100 + LINE.format(name="n", address="203.0.113.9", agent="a"))] * 9
    assert logins.look(1000) == []


def test_many_sources_do_not_fill_the_memory(log):
    memory = {}
    logins = Logins({"threshold": 5, "window": 300, "unit": "u"}, memory, log)
    for number in range(3000):
        log.fail(1000, 1, address=f"10.{number // 250}.{number % 250}.1")
    assert logins.look(1000) == []
    assert len(memory["attempts"]) <= 1000


SETTINGS = {"zones": {"iot": "IoT"}, "known": {"bulb": "02:00:00:00:00:01"}, "leases": [], "vendors": "/nonexistent"}


def neighbour(mac, dev="iot", state="REACHABLE", dst="10.0.20.99"):
    return {"dst": dst, "dev": dev, "lladdr": mac, "state": [state]}


def test_a_stranger_is_told_once(tmp_path):
    leases = tmp_path / "leases"
    leases.write_text("1800000000 dc:a6:32:00:00:09 10.0.20.99 esp-cam 01:dc\nbroken\n")
    table = [
        neighbour("02:00:00:00:00:01"),
        neighbour("DC:A6:32:00:00:09"),
        neighbour("dc:a6:32:00:00:09", dst="fe80::1"),
        neighbour("dc:a6:32:00:00:0a", dev="trusted"),
        neighbour("dc:a6:32:00:00:0b", state="FAILED"),
    ]
    memory = {}
    devices = Devices({**SETTINGS, "leases": [str(leases)]}, memory, lambda: table, lambda mac: "Raspberry Pi")
    (alert,) = devices.look(1000)
    assert alert.title == "New device on IoT"
    for part in ("dc:a6:32:00:00:09 (Raspberry Pi) at 10.0.20.99, fe80::1", "'esp-cam'", "monitoring_devices", "nft "):
        assert part in alert.message
    assert devices.look(2000) == []
    assert Devices(SETTINGS, memory, lambda: table).look(3000) == []


def test_vendors(tmp_path):
    registry = tmp_path / "oui.txt"
    registry.write_text("DC-A6-32   (hex)\t\tRaspberry Pi\nDCA632     (base 16)\t\tRaspberry Pi\n")
    vendors = Vendors(str(registry))
    assert vendors("dc:a6:32:00:00:09") == "Raspberry Pi"
    assert "made up" in vendors("02:00:00:00:00:09")
    assert vendors("00:00:00:00:00:09") == "vendor not known"


def backup(**state):
    return {"nas": {"attempted": "a", "succeeded": None, "error": None, **state}}


def test_a_backup_is_told_by_how_it_went():
    states = iter(
        [
            backup(succeeded="2027-01-15T04:00:00Z"),
            backup(succeeded="2027-01-15T04:00:00Z"),
            backup(attempted="b", succeeded="2027-01-15T06:00:00Z", seconds=9.5),
            backup(attempted="c", succeeded="2027-01-15T06:00:00Z", error="the store does not answer"),
            backup(attempted="c", succeeded="2027-01-15T06:00:00Z", error="the store does not answer"),
        ]
    )
    watch = Backups({"silent_after_hours": 36, "host": "ha", "state": "/nonexistent"}, {}, lambda: next(states))
    told = [[(alert.title, alert.level) for alert in watch.look(1_800_000_000)] for _step in range(5)]
    assert told == [[], [], [("Backup done", "note")], [("A backup failed", "warning")], []]


def test_silence_is_the_loudest():
    watch = Backups({"silent_after_hours": 36, "host": "ha", "state": "/nonexistent"}, {})
    assert watch.look(1_800_000_000) == []
    (alert,) = watch.look(1_800_000_000 + 37 * 3600)
    assert alert.level == "critical" and "never been one" in alert.message


def reached(answers, **more):
    answers = iter(answers)
    settings = {"door": {"url": "https://x/"}, "host": "nas", "every": 10, "failures": 3, "successes": 2, **more}
    watch, told = Reach(settings, {}, lambda: next(answers)), []
    for step in range(100):
        try:
            told += [(step, alert.level) for alert in watch.look(1000 + 10 * step)]
        except StopIteration:
            return told
    return told


def test_one_lost_request_is_no_outage():
    assert reached(["", "x", "", "x", "x", "", ""]) == []


def test_gone_and_back_are_told_once_each():
    assert reached(["", "x", "x", "x", "x", "x", "", "x", "", "", "", ""]) == [(3, "critical"), (9, "note")]


def test_updates_are_told_once_in_the_week():
    updates = Updates({"weekday": 5, "hour": 9, "host": "ha"}, {}, lambda: [("nginx", "1", "2")], time.gmtime)
    monday = 1_800_000_000 - 1_800_000_000 % 604800 + 4 * 86400
    told = [hour for hour in range(14 * 24) if updates.look(monday + hour * 3600)]
    assert told == [5 * 24 + 9, 12 * 24 + 9]
    assert Updates({"weekday": 0, "hour": 0, "host": "ha"}, {}, list, time.gmtime).look(monday) == []


def test_apts_own_words():
    found = PENDING.match("Inst libc6 [2.41-12] (2.41-13 Debian:13/stable [amd64]) []")
    assert found.groups() == ("libc6", "2.41-12", "2.41-13")
