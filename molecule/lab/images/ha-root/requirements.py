# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what Home Assistant would install at start: a lab without internet needs all of it beforehand."""

import json
import sys
from pathlib import Path

import homeassistant
from homeassistant import bootstrap

COMPONENTS = Path(homeassistant.__file__).parent / "components"
ASKED = set(sys.argv[1:]) | bootstrap.DEFAULT_INTEGRATIONS | bootstrap.CORE_INTEGRATIONS | {"isal"}


def closure(asked: set[str]) -> set[str]:
    seen: set[str] = set()
    waiting = sorted(asked)
    while waiting:
        name = waiting.pop()
        manifest = COMPONENTS / name / "manifest.json"
        if name in seen or not manifest.exists():
            continue
        seen.add(name)
        facts = json.loads(manifest.read_text())
        # Also what merely has to come first when it is there: Home Assistant installs its needs either way.
        waiting += facts.get("dependencies", []) + facts.get("after_dependencies", [])
    return seen


def totp() -> set[str]:
    # Read, not imported: importing it needs what we are about to install.
    source = (COMPONENTS.parent / "auth" / "mfa_modules" / "totp.py").read_text()
    line = next(text for text in source.splitlines() if text.startswith("REQUIREMENTS"))
    return set(json.loads(line.split("=", 1)[1]))


def main() -> None:
    manifests = [json.loads((COMPONENTS / name / "manifest.json").read_text()) for name in closure(ASKED)]
    wanted = totp().union(*(facts.get("requirements", []) for facts in manifests))
    print("\n".join(sorted(wanted)))


main()
