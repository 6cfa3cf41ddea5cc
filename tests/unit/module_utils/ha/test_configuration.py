# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ha import configuration


def written(tmp_path, text, **files):
    (tmp_path / "configuration.yaml").write_text(text)
    for name, content in files.items():
        path = tmp_path / name.replace("__", "/").replace("_yaml", ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return str(tmp_path)


def test_defaults(tmp_path):
    login = configuration.login(configuration.load(written(tmp_path, "config:\n")))
    assert login == {"auth_providers": ["homeassistant"], "trusted_networks": None, "mfa_modules": ["totp"]}


def test_trusted_networks_behind_includes(tmp_path):
    folder = written(
        tmp_path,
        "homeassistant: !include core.yaml\nsensor: !include_dir_list sensors\nkey: !secret key\n",
        core_yaml="auth_providers: !include providers.yaml\nauth_mfa_modules: []\n",
        providers_yaml=(
            "- type: trusted_networks\n  trusted_networks: [192.168.0.0/24, !secret net]\n  allow_bypass_login: true\n"
            "  trusted_users:\n    192.168.0.0/24: abc\n- type: homeassistant\n"
        ),
        secrets_yaml="net: 203.0.113.0/24\n",
    )
    login = configuration.login(configuration.load(folder))
    assert login["auth_providers"] == ["trusted_networks", "homeassistant"]
    assert login["trusted_networks"] == {
        "trusted_networks": ["192.168.0.0/24", "(secret)"],
        "trusted_users": ["192.168.0.0/24"],
        "allow_bypass_login": True,
    }
    assert login["mfa_modules"] == []


def test_http_in_a_package(tmp_path):
    folder = written(
        tmp_path,
        "homeassistant:\n  packages: !include_dir_named packages\n",
        packages__net_yaml="http:\n  server_port: 8200\n",
    )
    assert configuration.http(configuration.load(folder)) == ({"server_port": 8200}, "package net")


@pytest.mark.parametrize("text", ["homeassistant: [\n", "a: b: c\n", "homeassistant: !secret all\n"])
def test_what_cannot_be_told_is_undetermined(tmp_path, text):
    with pytest.raises(configuration.Undetermined) as reason:
        configuration.login(configuration.load(written(tmp_path, text)))
    assert "b: c" not in str(reason.value)


def test_an_include_does_not_leave_the_directory(tmp_path):
    (tmp_path / "outside.yaml").write_text("auth_providers: []\n")
    (tmp_path / "config").mkdir()
    folder = written(tmp_path / "config", "homeassistant: !include ../outside.yaml\n")
    with pytest.raises(configuration.Undetermined):
        configuration.login(configuration.load(folder))


def test_files_that_include_one_another_end(tmp_path):
    folder = written(tmp_path, "homeassistant: !include a.yaml\n", a_yaml="x: !include a.yaml\n")
    with pytest.raises(configuration.Undetermined):
        configuration.load(folder)


class TestWithoutALibrary:
    @pytest.fixture(autouse=True)
    def _no_yaml(self, monkeypatch):
        monkeypatch.setattr(configuration, "yaml", None)

    def test_what_is_absent_is_known(self, tmp_path):
        text = "# mine\nhomeassistant:\n  name: X\n  customize: !include c.yaml\nautomation: !include a.yaml\n"
        login = configuration.login(configuration.load(written(tmp_path, text)))
        assert login["mfa_modules"] == ["totp"]

    @pytest.mark.parametrize(
        "text",
        [
            "homeassistant: !include core.yaml\n",
            "homeassistant:\n  packages: !include_dir_named packages\n",
            "homeassistant:\n  auth_mfa_modules: []\n",
            '{"homeassistant": {}}\n',
        ],
    )
    def test_what_needs_a_parser_is_not_guessed(self, tmp_path, text):
        with pytest.raises(configuration.Undetermined, match="python3-yaml"):
            configuration.load(written(tmp_path, text))

    def test_http_needs_a_parser(self, tmp_path):
        loaded = configuration.load(written(tmp_path, "http:\n  server_port: 8200\n"))
        with pytest.raises(configuration.Undetermined, match="python3-yaml"):
            configuration.http(loaded)
