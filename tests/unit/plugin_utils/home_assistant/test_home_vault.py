# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import stat

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.hearthwall.home.plugins.plugin_utils.home_vault import HomeVault, default_path

ENTRY = {"host": "ha", "state": "pending", "secret": "JBSWY3DPEHPK3PXP", "uri": "otpauth://totp/x", "since": "now"}


def loader(*identities):
    made = DataLoader()
    made.set_vault_secrets([(name, VaultSecret(name.encode())) for name in identities])
    return made


@pytest.fixture
def path(tmp_path):
    (tmp_path / "group_vars").mkdir()
    return tmp_path / "group_vars" / "lab" / "hearthwall_vault.yml"


def test_written_encrypted_for_its_owner_alone(path):
    HomeVault(str(path), loader("default")).update({"olivia": ENTRY})
    text = path.read_text()
    assert text.startswith("$ANSIBLE_VAULT;1.1;AES256")
    assert ENTRY["secret"] not in text
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    plain = VaultLib([("default", VaultSecret(b"default"))]).decrypt(text)
    assert yaml.safe_load(plain) == {"accounts_totp": {"olivia": ENTRY}}


def test_others_stay(path):
    vault = HomeVault(str(path), loader("default"))
    vault.update({"olivia": ENTRY})
    vault.update({"felix": ENTRY})
    vault.update({"olivia": {**ENTRY, "state": "enrolled"}})
    assert {name: entry["state"] for name, entry in vault.read().items()} == {"olivia": "enrolled", "felix": "pending"}
    assert os.listdir(path.parent) == ["hearthwall_vault.yml"]


def test_each_part_keeps_to_its_own_variable(path):
    people, copies = (HomeVault(str(path), loader("default"), *more) for more in ((), ("backup_keys",)))
    people.update({"olivia": ENTRY})
    copies.update({"ha": {"passphrase": "long"}})
    people.update({"felix": ENTRY})
    assert sorted(people.read()) == ["felix", "olivia"]
    assert copies.read() == {"ha": {"passphrase": "long"}}


def test_the_vault_id_is_kept(path):
    HomeVault(str(path), loader("home")).update({"olivia": ENTRY})
    assert path.read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;home")
    both = HomeVault(str(path), loader("work", "home"))
    both.update({"felix": ENTRY})
    assert path.read_text().startswith("$ANSIBLE_VAULT;1.2;AES256;home")


def test_ansible_reads_it_as_group_variables(path):
    HomeVault(str(path), loader("default")).update({"olivia": ENTRY})
    assert loader("default").load_from_file(str(path))["accounts_totp"]["olivia"]["secret"] == ENTRY["secret"]


def test_without_a_password_nothing_is_read_or_written(path):
    HomeVault(str(path), loader("default")).update({"olivia": ENTRY})
    assert not HomeVault(str(path), loader()).can_write()
    with pytest.raises(AnsibleActionFail, match="--vault-password-file"):
        HomeVault(str(path), loader()).read()


def test_a_write_that_fails_leaves_the_old_file(path, monkeypatch):
    vault = HomeVault(str(path), loader("default"))
    vault.update({"olivia": ENTRY})
    before = path.read_bytes()
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        vault.update({"felix": ENTRY})
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["hearthwall_vault.yml"]


@pytest.mark.parametrize("name", ["lab.yml", "lab.yaml", "lab"])
def test_a_folder_that_would_hide_variables_is_refused(path, name):
    (path.parents[1] / name).write_text("a: b\n")
    with pytest.raises(AnsibleActionFail, match="would no longer read"):
        HomeVault(str(path), loader("default")).update({"olivia": ENTRY})


def test_the_secret_of_another_host_is_not_ours(path):
    vault = HomeVault(str(path), loader("default"))
    vault.update({"olivia": ENTRY})
    assert vault.secrets_of("olivia", "ha") == [ENTRY["secret"]]
    assert vault.secrets_of("olivia", "cabin") == []


def test_its_default_place():
    assert default_path({"inventory_dir": "/i", "hearthwall_home": "lab"}) == "/i/group_vars/lab/hearthwall_vault.yml"
    assert default_path({}) is None
