# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys made by GnuPG, known by the fingerprint that GnuPG tells."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from ansible_collections.hearthwall.home.plugins.plugin_utils.signing_key import NotPinned, fingerprints_of, pinned

pytestmark = pytest.mark.skipif(not shutil.which("gpg"), reason="GnuPG makes the keys")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    home = tmp_path_factory.mktemp("gnupg")
    home.chmod(0o700)

    def gpg(*words):
        command = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", "--passphrase", "", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    made = {}
    for name, kind in (("vendor", "ed25519"), ("stranger", "rsa2048")):
        gpg("--quick-gen-key", f"{name}@example.org", kind, "sign", "never")
        listed = gpg("--with-colons", "--list-keys", f"{name}@example.org")
        fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
        made[name] = (fingerprint, gpg("--armor", "--export", f"{name}@example.org"))
    made["both"] = gpg("--armor", "--export")
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, timeout=20)
    return made


def test_the_fingerprint_is_the_one_that_gnupg_tells(keys):
    for name in ("vendor", "stranger"):
        fingerprint, text = keys[name]
        assert fingerprints_of(text) == [fingerprint]
        spaced = " ".join(fingerprint[at : at + 4] for at in range(0, 40, 4)).lower()
        assert pinned(f"\n{text}", [spaced]) == text


def test_no_other_key_comes_along(keys):
    vendor = keys["vendor"][0]
    for text in (keys["stranger"][1], keys["both"], keys["vendor"][1] + keys["stranger"][1]):
        with pytest.raises(NotPinned, match=keys["stranger"][0]):
            pinned(text, [vendor])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: "<html>not found</html>",
        lambda text: text + "deb http://example.org any main\n",
        lambda text: "\n".join(line for number, line in enumerate(text.splitlines()) if number != 3),
        lambda text: text.replace("PUBLIC KEY BLOCK", "SIGNATURE"),
    ],
)
def test_what_is_no_key_is_refused(keys, spoil):
    fingerprint, text = keys["vendor"]
    with pytest.raises(NotPinned):
        pinned(spoil(text), [fingerprint])
