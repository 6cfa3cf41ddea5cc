# SPDX-License-Identifier: GPL-3.0-or-later
"""How image builds reach Debian's and Python's archives: by the machine's own settings, never baked in."""

import os
import re
import shutil
import subprocess
from pathlib import Path

SUITES = ("trixie", "forky")
BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
PASSED_ON = ("Acquire::http", "Acquire::https", "Acquire::ForceIPv4", "Acquire::Retries", "Acquire::Check-")


def mirror() -> str:
    """The Debian archive that this machine's own apt uses; on Ubuntu, the public one that mmdebstrap would take."""
    archive = ["Created-By: Packages", "Origin: Debian", "Label: Debian"]
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", *archive]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, timeout=30).stdout.split()
    except (OSError, subprocess.TimeoutExpired):
        found = []
    return found[0] if found else _public_mirror()


def _public_mirror() -> str:
    script = Path(shutil.which("mmdebstrap") or "/usr/bin/mmdebstrap").read_text(encoding="utf-8")
    return re.search(r"\$mirror\s*=\s*'([^']+)'", script).group(1)


def apt_settings() -> list[str]:
    """Proxies and the like, plus what an archive frozen in time needs."""
    try:
        dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        dump = ""
    own = [line for line in dump.splitlines() if line.startswith(PASSED_ON)]
    return [*own, 'Acquire::Check-Valid-Until "false";']


def ca_bundle() -> Path | None:
    candidates = [os.environ.get("SSL_CERT_FILE"), *BUNDLES]
    return next((Path(name) for name in candidates if name and Path(name).is_file()), None)


def pip_settings() -> dict[str, str]:
    """Index settings only: paths of this machine mean nothing in a build container."""
    indexes = "PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST UV_DEFAULT_INDEX UV_INDEX_URL"
    proxies = "http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY"
    return {name: os.environ[name] for name in f"{indexes} {proxies}".split() if os.environ.get(name)}


def write(folder: Path) -> Path:
    """Fill the folder that builds see as /run/build."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = mirror()
    settings = apt_settings()
    quiet = {
        "DEBIAN_FRONTEND": "noninteractive",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    exports = {**quiet, "UV_HTTP_TIMEOUT": "120", **pip_settings()}
    bundle = ca_bundle()
    if bundle:
        (folder / "ca.crt").write_bytes(bundle.read_bytes())
        settings.append('Acquire::https::CaInfo "/run/build/ca.crt";')
        exports |= dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"), "/run/build/ca.crt")
    for suite in SUITES:
        (folder / f"{suite}.list").write_text(f"deb {archive} {suite} main\n")
        sources = [f'Dir::Etc::SourceList "/run/build/{suite}.list";', 'Dir::Etc::SourceParts "-";']
        (folder / f"{suite}.conf").write_text("\n".join([*settings, *sources]) + "\n")
    lines = [f"export {name}='{value}'" for name, value in exports.items()]
    lines += [". /etc/os-release", 'export APT_CONFIG="/run/build/$VERSION_CODENAME.conf"']
    (folder / "environment").write_text("\n".join(lines) + "\n")
    return folder
