# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the look at custom code: 10,000 files in 20 integrations, as the snapshot's one visit takes it.

The seconds are compared with merely reading the same files, cache warm in both.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / ".collections"))

INTEGRATIONS, FILES = 20, 500


def grow(config):
    """Write the integrations; a file is 1 to 12 KiB of source, each another one."""
    dice = random.Random(FILES)
    (config / "configuration.yaml").write_text("{}\n", encoding="utf-8")
    for number in range(INTEGRATIONS):
        home = config / f"custom_components/measured_{number}"
        home.mkdir(parents=True)
        manifest = {"domain": home.name, "name": home.name, "version": "1.0.0"}
        (home / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        for file in range(1, FILES):
            (home / f"part_{file}.py").write_text(f"VALUE = {file}  # {number}\n" * dice.randint(50, 600), "utf-8")


def timed(work):
    """Return the seconds of the best of three."""
    seconds = []
    for _round in range(3):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def main():
    """Measure, print, and return the seconds."""
    from ansible_collections.hearthwall.home.plugins.module_utils.vetting.look import look

    with tempfile.TemporaryDirectory() as place:
        config = Path(place)
        grow(config)
        files = [each for each in config.rglob("*") if each.is_file()]
        found, _unknown = look({"config_dir": place, "home": place})
        hashed = sum(item["files"] for item in found["items"] if item["kind"] == "integrations")
        if hashed != INTEGRATIONS * FILES:
            sys.exit(f"{hashed} files were hashed: the time means nothing")
        reading = timed(lambda: [each.read_bytes() for each in files])
        looking = timed(lambda: look({"config_dir": place, "home": place}))
        megabytes = sum(each.stat().st_size for each in files) / 1e6
    ratio = looking / reading
    print(f"custom code: {hashed} files, {megabytes:.0f} MB, looked at in {looking:.2f} s, {ratio:.1f} x reading them")
    return {"files": hashed, "megabytes": round(megabytes), "look_s": round(looking, 2), "read_s": round(reading, 2)}


if __name__ == "__main__":
    print(json.dumps(main()))
