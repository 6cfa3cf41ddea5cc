# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils import snapshot
from ansible_collections.hearthwall.home.plugins.module_utils.host import (
    certificates,
    listeners,
    manifest,
    packages,
    paths,
    services,
    system,
)

STATUS = """\
Package: nginx
Status: install ok installed
Version: 1.26.3-3
Description: web server
 Package: not this line

Package: gone
Status: deinstall ok config-files
Version: 1

Package: half
Status: install ok half-configured
Version: 2

Package: kept
Status: hold ok installed
Version: 3
"""


def test_packages_are_those_that_are_whole():
    assert packages.parse(STATUS.splitlines(keepends=True)) == {"nginx": "1.26.3-3", "kept": "3"}


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="needs dpkg")
def test_packages_agree_with_dpkg():
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\n"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    wanted = dict(line.split()[1:] for line in listed.splitlines() if line.startswith("installed "))
    assert packages.look() == wanted


def test_units():
    shown = services.parse_show(
        "Id=ssh.service\nNames=ssh.service sshd.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\n"
        "ActiveEnterTimestamp=Mon 2026-11-23 14:36:00 UTC\n\n"
        "Id=no.service\nNames=no.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n\n"
        "Id=m.service\nNames=m.service\nLoadState=masked\nActiveState=inactive\nUnitFileState=masked\n"
    )
    assert shown["sshd.service"] == shown["ssh.service"]
    assert shown["ssh.service"] == {"active": "active", "enabled": "enabled", "since": "2026-11-23T14:36:00Z"}
    assert shown["no.service"]["enabled"] == "absent"
    assert shown["m.service"]["enabled"] == "masked"


def test_units_that_are_not_loaded_are_read_from_their_files(tmp_path):
    own, shipped = tmp_path / "etc", tmp_path / "lib"
    (own / "multi-user.target.wants").mkdir(parents=True)
    shipped.mkdir()
    (shipped / "on.service").write_text("[Install]\nWantedBy=multi-user.target\n")
    (own / "multi-user.target.wants" / "on.service").symlink_to(shipped / "on.service")
    (shipped / "off.timer").write_text("[Timer]\n[Install]\nWantedBy=timers.target\n")
    (shipped / "helper.service").write_text("[Service]\n# WantedBy=nothing\n")
    (shipped / "template@.service").write_text("")
    (own / "off.service").symlink_to("/dev/null")
    (shipped / "off.service").write_text("[Install]\nWantedBy=x\n")
    (own / "other.service").symlink_to(shipped / "on.service")
    (shipped / "sysinit.target.wants").mkdir()
    (shipped / "sysinit.target.wants" / "helper.service").symlink_to("../helper.service")
    found = services.unit_files((str(own), str(shipped), str(tmp_path / "none")), (str(own),))
    assert {name: state["enabled"] for name, state in found.items()} == {
        "on.service": "enabled",
        "off.timer": "disabled",
        "helper.service": "static",
        "off.service": "masked",
        "other.service": "alias",
    }
    assert not any(state["active"] == "active" for state in found.values())


TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1FBB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1FBB 0100007F:8888 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
"""


@pytest.mark.skipif(os.sys.byteorder != "little", reason="the sample is of a little-endian kernel")
def test_listeners_are_sockets_that_listen():
    assert list(listeners.parse(TCP.splitlines(), "0A")) == [("127.0.0.1", 8123, "4711")]
    assert listeners.address_of("00000000000000000000000001000000") == "::1"
    assert listeners.address_of("B80D0120000000000000000001000000") == "2001:db8::1"


def test_a_listener_is_found_with_its_process():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = [item for item in listeners.look() if item["port"] == port and item["proto"] == "tcp"]
    assert len(found) == 1
    assert found[0]["address"] == "127.0.0.1"
    assert found[0]["process"]


def test_units_of_processes():
    assert listeners.unit_of("0::/system.slice/home-assistant.service\n") == "home-assistant.service"
    v1 = "12:cpu:/\n1:name=systemd:/libpod_parent/libpod-1/system.slice/ssh.service/sub\n"
    assert listeners.unit_of(v1) == "ssh.service"
    assert listeners.unit_of("0::/init.scope\n") is None
    assert listeners.unit_of("0::/user.slice\n") is None


def test_os_release():
    assert system.parse(["ID=debian\n", 'VERSION_ID="13"\n', "# x=y\n"]) == {"ID": "debian", "VERSION_ID": "13"}


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
        + ["-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-subj", "/O=Hearth/CN=ha.example"]
        + ["-addext", "subjectAltName=DNS:ha.example,DNS:*.ha.example,IP:192.0.2.1,IP:2001:db8::1"],
        check=True,
        capture_output=True,
    )
    return folder


def test_certificates_agree_with_openssl(pem):
    found, unknown = certificates.look([str(pem), "/no/such.pem"])
    assert unknown == {}
    assert found["/no/such.pem"] is None
    assert str(pem / "key.pem") not in found
    certificate = found[str(pem / "cert.pem")]
    assert certificate["subject"] == certificate["issuer"] == "O=Hearth, CN=ha.example"
    assert certificate["self_signed"] is True
    assert certificate["names"] == ["ha.example", "*.ha.example", "192.0.2.1", "2001:db8::1"]
    dates = subprocess.run(
        ["openssl", "x509", "-in", pem / "cert.pem", "-noout", "-dates", "-dateopt", "iso_8601"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    if dates:
        assert f"notAfter={certificate['not_after'].replace('T', ' ')}" in dates


@pytest.mark.parametrize(
    "damage", [lambda text: text[:200] + text[260:], lambda text: text.replace("MII", "AII"), lambda t: t[:90]]
)
def test_a_damaged_certificate_is_said(pem, tmp_path, damage):
    path = tmp_path / "bad.pem"
    path.write_text(damage((pem / "cert.pem").read_text()))
    found, unknown = certificates.look([str(path)])
    assert found == {str(path): None}
    assert "certificate" in unknown[str(path)]


def test_the_manifest_is_never_believed_blindly(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "manifest.json").write_text("[]")
    assert manifest.read(str(home)) == manifest.empty()
    (home / "manifest.json").write_text('{"schema": "hearthwall.manifest/1", "paths": {"/a/../b": {}, "/c": {}}}')
    assert list(manifest.read(str(home))["paths"]) == ["/c"]


def test_the_manifest_grows(tmp_path):
    home = str(tmp_path / "home")
    assert manifest.add({"/a": {"role": "r"}}, {}, home=home)
    assert not manifest.add({"/a": {"role": "r"}}, {}, home=home)
    assert manifest.add({}, {"u.service": {"role": "r"}}, home=home)
    assert manifest.read(home)["paths"] == {"/a": {"role": "r"}}
    assert oct(os.stat(home).st_mode)[-3:] == "700"


def test_a_path_that_cannot_be_looked_at_is_unknown(monkeypatch):
    def denied(path, secret=False):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(paths.place, "state", denied)
    states, unknown = paths.look(["/etc/a"])
    assert states == {}
    assert "Permission denied" in unknown["/etc/a"]


def test_a_look_that_fails_breaks_nothing(monkeypatch, tmp_path):
    def broken():
        raise RuntimeError("boom")

    monkeypatch.setattr(snapshot.packages, "look", broken)
    taken = snapshot.Snapshot(["system", "packages", "listeners"], {}, home=str(tmp_path)).take()
    assert taken["packages"] is None
    assert taken["unknown"]["packages"] == "RuntimeError: boom"
    assert taken["system"]["hostname"] == os.uname().nodename
    assert taken["pending"] == []
    assert "services" not in taken
