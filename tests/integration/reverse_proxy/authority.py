# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorities of a test's own, and the certificates that they sign, made by openssl."""

from __future__ import annotations

from containers import run

NEW = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
DAYS = ("-days", "30")


class Authority:
    """An authority whose certificate and key lie in a folder as NAME.pem and NAME.key."""

    def __init__(self, folder, name):
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        given = ("-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")
        run("openssl", "req", "-x509", *NEW, *DAYS, *given, "-keyout", str(self.key), "-out", str(self.certificate))

    def sign(self, folder, name, extensions=""):
        """Make NAME.key and NAME.pem in a folder; return (certificate, key)."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        request, more = folder / f"{name}.csr", folder / f"{name}.ext"
        run("openssl", "req", *NEW, "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(request))
        more.write_text(extensions)
        by = ("-CA", str(self.certificate), "-CAkey", str(self.key), "-CAcreateserial", "-extfile", str(more))
        run("openssl", "x509", "-req", "-in", str(request), *by, *DAYS, "-out", str(certificate))
        return certificate, key
