# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Mozilla's server side TLS guideline 5.7, as far as a server can be asked whether it keeps it."""

from __future__ import annotations

from ssl import TLSVersion

PROFILES = ("intermediate", "modern")
# https://ssl-config.mozilla.org/guidelines/5.7.json; without DHE, which nginx offers
# with parameters of its own only.
INTERMEDIATE_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
)
# Old protocols need old ciphers, which OpenSSL hides at its usual security level.
ANYTHING = "ALL:@SECLEVEL=0"


def excluded(profile):
    """Return the terms that a profile excludes: [(label, lowest version, highest version, ciphers)]."""
    old = [("TLS 1.0 or 1.1", TLSVersion.TLSv1, TLSVersion.TLSv1_1, ANYTHING)]
    if profile == "modern":
        return [*old, ("TLS 1.2", TLSVersion.TLSv1_2, TLSVersion.TLSv1_2, None)]
    others = ":".join(["ALL", *(f"!{name}" for name in INTERMEDIATE_CIPHERS), "@SECLEVEL=0"])
    return [*old, ("TLS 1.2 with other ciphers", TLSVersion.TLSv1_2, TLSVersion.TLSv1_2, others)]
