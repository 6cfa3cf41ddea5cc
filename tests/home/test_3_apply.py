# SPDX-License-Identifier: GPL-3.0-or-later
"""Apply, apply again, and look again: one change, then none."""

from __future__ import annotations

import json

from lab import CONFIG, ROOT, difference


def test_the_apply_leaves_no_finding_it_could_mend(lab):
    lab.playbook("site.yml", "-vvvv").ok()
    assert lab.report()["mode"] == "apply"
    open_findings = {key: status for key, status in lab.statuses().items() if status in ("fail", "error")}
    assert open_findings == {}


def test_the_second_apply_changes_nothing(lab):
    run = lab.playbook("site.yml").ok()
    assert run.changed() == 0


def test_the_dry_run_of_the_hardened_home_is_compliant_and_leaves_no_trace(lab):
    before = lab.settled()
    lab.playbook("check.yml").ok()
    assert difference(before, lab.states()) == {}
    assert lab.report()["summary"]["score"] >= 90


def test_one_host_alone_can_be_visited(lab):
    assert lab.playbook("site.yml", "--limit", "gateway").ok().changed() == 0
    assert {entry["status"] for entry in lab.report()["controls"] if entry["host"] == "ha"} == {"unknown"}


def test_no_secret_is_in_any_output(lab):
    """Drift two secrets' neighbourhoods, repair at -vvvv with diffs, and search for every secret by value."""
    storage = json.loads(lab.on("ha", "cat", f"{CONFIG}/.storage/auth").ok().out)["data"]
    totp = json.loads(lab.on("ha", "cat", f"{CONFIG}/.storage/auth_module.totp").ok().out)["data"]["users"]
    hashes = json.loads(lab.on("ha", "cat", f"{CONFIG}/.storage/auth_provider.homeassistant").ok().out)["data"]["users"]
    secrets = {token["token"] for token in storage["refresh_tokens"]}
    secrets |= {token["jwt_key"] for token in storage["refresh_tokens"]}
    secrets |= {user["password"] for user in hashes}
    secrets |= set(totp.values())
    secrets |= {person["password"] for person in lab.people().values() if len(person["password"]) > 8}
    assert len(secrets) > 10
    lab.on("ha", "sh", "-c", "echo '# drift' >> $(ls /etc/nginx/conf.d/*.conf | head -1)").ok()
    outputs = [lab.playbook("check.yml", "-vvvv", "--diff").text, lab.playbook("site.yml", "-vvvv", "--diff").text]
    outputs += [path.read_text(encoding="utf-8") for path in (ROOT / "reports/lab").glob("*.[jh][st]*")]
    outputs.append(lab.on("ha", "journalctl", "--no-pager").out)
    found = [secret[:4] + "…" for secret in secrets for text in outputs if secret in text]
    assert found == []
