# SPDX-License-Identifier: GPL-3.0-or-later
"""One visit to a real host over real SSH: bare, applied, refused, killed, cut off, restarted.

One host lives through all of it; the tests are in that order.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "visit"))

from target import Target

SECRET = "hunter2-correct-horse"
SNAPSHOT = {"name": "Look", "hearthwall.home.snapshot": {}}


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("needs root (a container with systemd)")
    made = Target(tmp_path_factory.mktemp("target"))
    try:
        made.up()
        yield made
    finally:
        if not os.environ.get("KEEP_TARGET"):
            made.down()


def bundle(**arguments):
    return {"name": "Visit", "hearthwall.home.bundle": {"role": "web", "control": "HW-WEB-01", **arguments}}


def site(line="return 200 first;", **more):
    """A web server with one page, as a role would describe it."""
    arguments = {
        "packages": ["nginx-light"],
        "directories": [{"path": "/etc/nginx/keys", "mode": "0700"}],
        "files": [
            {
                "path": "/etc/nginx/conf.d/site.conf",
                "content": f"server {{ listen 127.0.0.1:8080; location / {{ {line} }} }}\n",
            },
            {"path": "/etc/nginx/keys/word", "content": SECRET, "secret": True},
        ],
        "absent": ["/etc/nginx/sites-enabled/default"],
        # No {stage} in it: it sees the new state at the real paths.
        "validate": [{"argv": ["nginx", "-t"], "trees": ["/etc/nginx"]}],
        "services": [{"name": "nginx", "enabled": True, "state": "started", "reload_on": ["/etc/nginx"]}],
        "health": [{"argv": ["curl", "-sf", "http://127.0.0.1:8080/"], "retries": 5, "delay": 0.2}],
    }
    return bundle(**{**arguments, **more})


def page(target):
    return target.sh("curl -sf --max-time 5 http://127.0.0.1:8080/ || echo none").strip()


def recap(done):
    words = done.stdout.split("PLAY RECAP", 1)[1].split()
    return {word.split("=")[0]: int(word.split("=")[1]) for word in words if "=" in word}


def fine(done):
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    return recap(done)


def failed(done):
    """Return the one line that tells a person what went wrong."""
    assert done.returncode == 2, done.stdout[-5000:] + done.stderr[-2000:]
    return " ".join((done.stdout + done.stderr).split())


# -- check, apply, check, apply -------------------------------------------------------------------------------


def test_check_on_a_bare_host_says_all_and_changes_nothing(target):
    before = target.tree()
    done = target.play(SNAPSHOT, site(), options=["--check", "--diff"])
    assert fine(done)["changed"] == 1
    for line in ("nginx-light not installed", "+server { listen 127.0.0.1:8080;", "the content is secret"):
        assert line in done.stdout, done.stdout
    assert SECRET not in done.stdout
    assert target.tree() == before
    assert "absent" in target.sh("[ -e /var/lib/hearthwall ] || echo absent")


def test_apply_does_what_check_said(target):
    assert fine(target.play(SNAPSHOT, site()))["changed"] == 1
    assert page(target) == "first"
    assert target.sh("stat -c '%a %U' /etc/nginx/keys/word /etc/nginx/keys") == "600 root\n700 root\n"
    assert target.settled()


def test_then_nothing_differs_and_no_connection_is_made(target):
    before = target.tree()
    elsewhere = {"name": "From here on nobody answers", "ansible.builtin.set_fact": {"ansible_port": 9}}
    for options in (["--check"], []):
        assert fine(target.play(SNAPSHOT, elsewhere, site(), options=options))["changed"] == 0
    assert target.tree() == before


@pytest.mark.parametrize(
    ("drift", "undone"),
    [
        ("echo '# by hand' >> /etc/nginx/conf.d/site.conf", "! grep -q 'by hand' /etc/nginx/conf.d/site.conf"),
        ("chmod 644 /etc/nginx/keys/word", "[ $(stat -c %a /etc/nginx/keys/word) = 600 ]"),
        ("echo other > /etc/nginx/keys/word", f"[ $(cat /etc/nginx/keys/word) = {SECRET} ]"),
        ("touch /etc/nginx/sites-enabled/default", "[ ! -e /etc/nginx/sites-enabled/default ]"),
        ("systemctl disable --now nginx", "systemctl is-active nginx && systemctl is-enabled nginx"),
        ("ln -sf /etc/hostname /etc/nginx/conf.d/site.conf", "[ ! -L /etc/nginx/conf.d/site.conf ]"),
    ],
)
def test_drift_is_reported_by_check_and_mended_by_apply(target, drift, undone):
    target.sh(drift)
    before = target.tree()
    assert fine(target.play(SNAPSHOT, site(), options=["--check"]))["changed"] == 1
    assert target.tree() == before
    assert fine(target.play(SNAPSHOT, site()))["changed"] == 1
    target.sh(undone)
    assert fine(target.play(SNAPSHOT, site(), options=["--check"]))["changed"] == 0
    assert page(target) == "first"


def test_an_edit_after_the_snapshot_is_seen(target):
    by_hand = {"name": "By hand", "ansible.builtin.raw": "echo '# by hand' >> /etc/nginx/conf.d/site.conf"}
    done = target.play(SNAPSHOT, by_hand, site("return 200 second;"))
    assert fine(done)["changed"] == 2
    assert "planned anew: /etc/nginx/conf.d/site.conf" in " ".join((done.stdout + done.stderr).split())
    assert page(target) == "second"
    fine(target.play(SNAPSHOT, site()))


# -- what fails leaves the old state serving ------------------------------------------------------------------


def test_a_refused_configuration(target):
    before = target.tree()
    said = failed(target.play(SNAPSHOT, site("nonsense;")))
    assert 'unknown directive "nonsense"' in said and "Nothing was swapped in" in said
    assert "ansible-playbook" in said and "--limit target" in said
    assert target.tree() == before and page(target) == "first"
    assert target.settled()


def test_a_failing_health_check(target):
    before = target.tree()
    said = failed(target.play(SNAPSHOT, site("return 503;")))
    assert "not healthy after 5 attempts" in said and "the old state serves" in said
    assert target.tree() == before and page(target) == "first"
    assert target.settled()


DEMO = """\
[Service]
Type=simple
ExecStart=/bin/sleep infinity
ExecReload=/bin/sh -c 'echo bad setting >&2; ! grep -q bad /etc/demo/setting'
[Install]
WantedBy=multi-user.target
"""


def demo(setting, **more):
    arguments = {
        "directories": [{"path": "/etc/demo"}],
        "files": [
            {"path": "/etc/systemd/system/demo.service", "content": DEMO},
            {"path": "/etc/demo/setting", "content": setting},
        ],
        "services": [{"name": "demo", "enabled": True, "state": "started", "reload_on": ["/etc/demo"]}],
    }
    return bundle(**{**arguments, "role": "demo", **more})


def test_a_first_visit_that_fails_leaves_the_host_bare(target):
    before = target.tree()
    said = failed(target.play(SNAPSHOT, demo("good\n", finish=[{"argv": ["false"]}])))
    assert "finish: `false` failed" in said
    assert target.tree() == before
    assert "could not be found" in target.sh("systemctl status demo 2>&1", check=False)


def test_a_failing_reload(target):
    fine(target.play(SNAPSHOT, demo("good\n")))
    before = target.tree()
    said = failed(target.play(SNAPSHOT, demo("bad\n")))
    assert "bad setting" in said and "the old state serves" in said
    assert target.tree() == before
    assert target.settled()


KILL = {"argv": ["sh", "-c", "kill -9 $PPID"]}


def test_a_visit_that_is_killed_is_put_back_by_the_next(target):
    before = target.tree()
    failed(target.play(SNAPSHOT, demo("half\n", finish=[KILL])))
    assert target.sh("cat /etc/demo/setting") == "half\n"
    tell = {"name": "Tell", "ansible.builtin.debug": {"msg": "{{ ansible_facts.hearthwall_snapshot.pending }}"}}
    done = target.play(SNAPSHOT, tell, options=["--check"])
    fine(done)
    assert '"state": "unfinished"' in done.stdout
    assert target.sh("cat /etc/demo/setting") == "half\n"
    done = target.play(SNAPSHOT, demo("good\n"))
    fine(done)
    assert "cut short and has been put back" in " ".join((done.stdout + done.stderr).split())
    assert target.tree() == before


# -- the guard ------------------------------------------------------------------------------------------------

TABLE = "flush ruleset\ntable inet filter {{\n chain input {{\n  type filter hook input priority filter; {}\n }}\n}}\n"


def firewall(rule, timeout=60, **more):
    arguments = {
        "role": "firewall",
        "control": "HW-FW-01",
        "files": [{"path": "/etc/nftables.conf", "content": TABLE.format(rule), "mode": "0600"}],
        "validate": [{"argv": ["nft", "-c", "-f", "{stage}/etc/nftables.conf"], "trees": ["/etc/nftables.conf"]}],
        "services": [{"name": "nftables", "enabled": True, "state": "started", "reload_on": ["/etc/nftables.conf"]}],
        "runtime": ["nftables"],
        "guard": {"timeout": timeout},
    }
    return bundle(**{**arguments, **more})


def rules(target):
    return " ".join(target.sh("nft list ruleset").split())


def test_a_guarded_change_is_confirmed_over_a_new_connection(target):
    target.sh("nft add table inet mine")
    done = target.play(SNAPSHOT, firewall("tcp dport 23 drop"))
    assert fine(done)["changed"] == 1
    assert "dport 23 drop" in rules(target)
    assert target.settled()
    assert fine(target.play(SNAPSHOT, firewall("tcp dport 23 drop")))["changed"] == 0


@pytest.mark.parametrize("rule", ["tcp dport 22 drop", "drop"])
def test_a_firewall_that_cuts_our_own_ssh_is_undone_by_the_host(target, rule):
    target.sh("nft add table inet running; nft add chain inet running only_in_the_kernel")
    before, running = target.tree(), rules(target)
    started = time.monotonic()
    fine(target.play(SNAPSHOT))
    ordinary = time.monotonic() - started
    said = failed(target.play(SNAPSHOT, firewall(rule, timeout=10)))
    assert time.monotonic() - started < 60 + 10 * ordinary
    assert "has put the old state back by itself, and can be reached again" in said, said
    assert target.tree() == before and rules(target) == running
    assert target.settled()
    target.sh("nft delete table inet running")


def test_the_connection_that_made_a_change_cannot_confirm_it(target):
    armed = {"name": "Arm", "hearthwall.home.guard": {"state": "armed", "paths": ["/etc/demo/setting"], "timeout": 60}}
    confirm = {"name": "Confirm", "hearthwall.home.guard": {"state": "confirmed", "id": "{{ armed.id }}"}}
    anew = {"name": "Anew", "ansible.builtin.meta": "reset_connection"}
    at_once = {**confirm, "ignore_errors": True}
    said = failed(target.play({**armed, "register": "armed"}, at_once, anew, confirm, confirm))
    assert said.count("over a new connection, and this is the one that made it") >= 1
    assert "there is no unconfirmed change" in said
    assert target.settled()


def test_after_a_restart_the_host_starts_with_the_old_state(target):
    """The visit dies after the swap, its guard has minutes left, and the host loses power."""
    before, running = target.tree(), rules(target)
    failed(target.play(SNAPSHOT, firewall("tcp dport 22 drop", timeout=300, finish=[KILL])))
    assert "dport 22 drop" in rules(target)
    target.reboot()
    assert rules(target) == running
    order = target.sh("journalctl -b -o cat -u 'hearthwall-guard-*-boot.service' -u nftables.service --no-pager")
    assert order.index("Finished hearthwall-guard") < order.index("Finished nftables")
    done = target.play(SNAPSHOT, firewall("tcp dport 23 drop"))
    assert fine(done)["changed"] == 1
    assert target.settled()
    strip = [line for line in before.splitlines() if "Timestamp" not in line]
    assert [line for line in target.tree().splitlines() if "Timestamp" not in line] == strip


def test_a_change_that_was_never_confirmed_is_undone_after_a_restart(target):
    keep = {
        "state": "armed",
        "paths": ["/etc/demo/setting", "/etc/demo/new"],
        "units": {"demo.service": "restart", "nftables.service": None},
        "runtime": ["nftables"],
        "timeout": 12,
    }
    change = "echo other > /etc/demo/setting; touch /etc/demo/new; systemctl disable --now demo; nft flush ruleset"
    tasks = [{"name": "Arm", "hearthwall.home.guard": keep}, {"name": "Change", "ansible.builtin.raw": change}]
    running = rules(target)
    fine(target.play(*tasks))
    target.reboot()
    assert target.sh("cat /etc/demo/setting; ls /etc/demo") == "good\nsetting\n"
    deadline = time.monotonic() + 120
    while not target.settled() and time.monotonic() < deadline:
        time.sleep(1)
    assert target.settled()
    assert target.sh("systemctl is-active demo; systemctl is-enabled demo") == "active\nenabled\n"
    assert rules(target) == running


# -- secrets --------------------------------------------------------------------------------------------------


def test_no_secret_is_shown_at_any_verbosity(target):
    word, argument = "s3cret-changed-word", "s3cret-argument-word"
    files = [{"path": "/etc/nginx/keys/word", "content": "{{ word }}\n", "secret": True}]
    noisy = [{"argv": ["sh", "-c", "cat /etc/nginx/keys/word; cat /etc/nginx/keys/word >&2; exit 1"]}]
    hidden = [{"argv": ["sh", "-c", "echo {{ argument }} >&2; exit 1"], "secret": True}]
    said = ""
    for more in ({"finish": noisy}, {"finish": hidden}, {}):
        for options in (["-vvvv", "--diff", "--check"], ["-vvvv", "--diff"]):
            done = target.play(
                SNAPSHOT, bundle(role="keys", files=files, **more), options=options, word=word, argument=argument
            )
            said += done.stdout + done.stderr
    assert target.sh("cat /etc/nginx/keys/word").strip() == word
    assert "[withheld]" in said and "what it said is withheld" in said
    log = target.sh("journalctl --no-pager -o verbose; cat /var/log/syslog /var/log/auth.log 2>/dev/null || true")
    assert "ansible-hearthwall.home.visit" in log
    for text in (said, log):
        assert word not in text and argument not in text
        assert "s3cret" not in text
