# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.visit import command, redact, ruleset

NATIVE = """\
table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
	}
}
"""
FOREIGN = """\
# Warning: table ip nat is managed by iptables-nft, do not touch!
table ip nat {
	chain DOCKER {
		xt match "addrtype" counter packets 0 bytes 0 jump DOCKER
	}
}
"""


@pytest.fixture
def tools(monkeypatch):
    """Return what the tools answer and what they were given."""
    asked = []
    answers = {"nft list ruleset": NATIVE + FOREIGN, "iptables-nft-save": "*nat\nCOMMIT\n"}

    def run(argv, timeout=0, data=None):
        asked.append((" ".join(argv), data))
        return answers.get(" ".join(argv), "")

    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr(ruleset.shutil, "which", lambda name, path=None: name)
    return asked


def test_the_running_rules_are_kept_by_the_tool_that_can_bring_them_back(tools):
    kept = ruleset.save()
    assert kept["nft.rules"].decode() == "flush ruleset\n" + NATIVE
    assert kept["iptables.rules"] == b"*nat\nCOMMIT\n"
    assert ("nft -c -f -", kept["nft.rules"]) in tools


def test_they_come_back_in_that_order(tools, tmp_path):
    for name, data in ruleset.save().items():
        (tmp_path / name).write_bytes(data)
    tools.clear()
    ruleset.put_back(str(tmp_path))
    assert [words for words, _data in tools] == [f"nft -f {tmp_path}/nft.rules", "iptables-nft-restore"]


def test_rules_that_could_not_be_loaded_again_stop_the_change(tools, monkeypatch):
    real = command.run

    def run(argv, timeout=0, data=None):
        if argv[1:2] == ["-c"]:
            raise command.CommandError("syntax error")
        return real(argv, timeout, data)

    monkeypatch.setattr(command, "run", run)
    with pytest.raises(ruleset.RulesetError, match="could not be loaded again"):
        ruleset.save()


def test_foreign_rules_without_their_tool_stop_the_change(tools, monkeypatch):
    monkeypatch.setattr(ruleset.shutil, "which", lambda name, path=None: name if name == "nft" else None)
    with pytest.raises(ruleset.RulesetError, match="family ip were made by"):
        ruleset.save()


def test_no_nft_no_rules(monkeypatch):
    monkeypatch.setattr(ruleset.shutil, "which", lambda name, path=None: None)
    assert ruleset.save() == {}


def test_every_piece_of_a_secret_is_withheld():
    pieces = redact.fragments(['user "bob";\npassword=hunter2;\n  token: abc.def/ghi\n', "ab"])
    said = redact.redact("near hunter2 and 'abc.def/ghi' in password=hunter2; ab", pieces)
    assert "hunter2" not in said and "abc.def" not in said
    assert said.endswith(" ab")


class TestCommand:
    def test_says_what_it_said(self):
        with pytest.raises(command.CommandError, match="exit status 3: why"):
            command.run(["sh", "-c", "echo no; echo why >&2; exit 3"])

    def test_ends_in_time_with_all_it_started(self, tmp_path):
        with pytest.raises(command.CommandError, match="did not end within 0.3 s"):
            command.run(["sh", "-c", f"(sleep 1; touch {tmp_path}/late) & sleep 30"], timeout=0.3)
        import time

        time.sleep(1.2)
        assert not (tmp_path / "late").exists()

    def test_a_daemon_left_behind_does_not_keep_us(self):
        assert command.run(["sh", "-c", "sleep 3 & echo up"], timeout=2) == "up\n"

    def test_cannot_be_started(self):
        with pytest.raises(command.CommandError, match="could not be started"):
            command.run(["/no/such/command"])

    def test_reads_what_it_is_given(self):
        assert command.run(["cat"], data=b"x") == "x"
