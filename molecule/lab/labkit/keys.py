# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH keys and the certificate of the ACME directory: made once per lab, so that host keys survive a reset."""

import subprocess
from pathlib import Path

from . import paths
from .table import Host, Table


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=30)


def _ssh_key(file: Path, comment: str) -> None:
    if not file.exists():
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(file))


def _acme(folder: Path) -> None:
    authority, certificate = paths.STATE / "acme-ca.pem", folder / "acme.pem"
    if certificate.exists() and authority.exists():
        return
    key, request = paths.STATE / "acme-ca.key", folder / "acme.csr"
    fresh = ["openssl", "req", "-newkey", "rsa:2048", "-nodes"]
    own = ["-x509", "-days", "3650", "-subj", "/CN=Hearthwall lab"]
    _run(*fresh, *own, "-keyout", str(key), "-out", str(authority))
    _run(*fresh, "-subj", "/CN=acme.hearthwall.test", "-keyout", str(folder / "acme.key"), "-out", str(request))
    extensions = folder / "acme.ext"
    extensions.write_text("subjectAltName=DNS:acme.hearthwall.test,DNS:localhost,IP:198.51.100.20,IP:127.0.0.1\n")
    signer = ["-CA", str(authority), "-CAkey", str(key), "-CAcreateserial", "-days", "3650"]
    signed = ["-in", str(request), "-extfile", str(extensions), "-out", str(certificate)]
    _run("openssl", "x509", "-req", *signer, *signed)
    # Read by an unprivileged service of a lab that reaches nothing.
    (folder / "acme.key").chmod(0o644)


def folder_of(host: Host) -> Path:
    return paths.STATE / "hosts" / host.name


def prepare(table: Table) -> None:
    _ssh_key(paths.KEY, "hearthwall lab")
    known = []
    for host in table.hosts.values():
        folder = folder_of(host)
        folder.mkdir(parents=True, exist_ok=True)
        _ssh_key(folder / "ssh_host_ed25519_key", host.name)
        public = " ".join((folder / "ssh_host_ed25519_key.pub").read_text().split()[:2])
        known += [f"{address} {public}" for _, *both in table.addresses(host) for address in both]
        (folder / "authorized_keys").write_text(paths.KEY.with_suffix(".pub").read_text())
        (folder / "routes").write_text("".join(f"{route}\n" for route in table.routes(host)))
    paths.KNOWN_HOSTS.write_text("\n".join(known) + "\n")
    _acme(folder_of(table.hosts["acme"]))
