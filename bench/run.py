# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the dry run, the unchanged re-run and the first apply of the lab against the floor.

The floor is `ansible -m ping` over the same hosts. The measurements are interleaved, so that a slow minute of
the machine slows all of them, and medians are compared: read the ratios, not the seconds. The proof of network policies
is measured apart (proof.py), in CPU seconds; so is the look at custom code (vetting.py).
Result: bench/latest.json and one screen of text.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import proof
import vetting

ROOT = Path(__file__).parents[1]
ON_LAPTOP = [str(ROOT / "molecule/lab/laptop")]
HOSTS = "home_assistant:router:edge:backup_store"
COMMANDS = {
    "floor": ["ansible", HOSTS, "-m", "ansible.builtin.ping"],
    "check": ["ansible-playbook", "playbooks/check.yml"],
    "rerun": ["ansible-playbook", "playbooks/site.yml"],
}
AIMS = {"check": 2.5, "rerun": 4.0}
ROUNDS = 5
RUN_SECONDS = 900


def timed(command):
    """Run one command on the laptop; return (wall seconds, peak KiB of its largest process, exit status)."""
    started = time.monotonic()
    with subprocess.Popen(
        [*ON_LAPTOP, *command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - started, usage.ru_maxrss, process.returncode


def soften():
    """Put the managed hosts back to the soft home."""
    subprocess.run(
        [ROOT / "molecule/lab/lab", "reset", "router", "ha", "nas"], cwd=ROOT, check=True, timeout=RUN_SECONDS
    )


def main():
    """Measure, print and write."""
    runs = {"apply": [], **{name: [] for name in COMMANDS}}
    soften()
    print("first apply, from the soft home …", flush=True)
    runs["apply"].append(timed(COMMANDS["rerun"]))
    for number in range(ROUNDS + 1):
        print(f"round {number} of {ROUNDS}{' (warm-up, not counted)' if number == 0 else ''} …", flush=True)
        for name, command in COMMANDS.items():
            run = timed(command)
            if number:
                runs[name].append(run)
    floor = statistics.median(run[0] for run in runs["floor"])
    result = {"floor_s": round(floor, 2), "rounds": ROUNDS, "hosts": HOSTS}
    print(f"\nfloor ({' '.join(COMMANDS['floor'][1:])}): {floor:.2f} s")
    for name in ("check", "rerun", "apply"):
        median = statistics.median(run[0] for run in runs[name])
        result[name] = {
            "median_s": round(median, 2),
            "ratio": round(median / floor, 2),
            "peak_mib": round(max(run[1] for run in runs[name]) / 1024),
            "exit": sorted({run[2] for run in runs[name]}),
        }
        aim = f"aim {AIMS[name]}" if name in AIMS else ""
        print(
            f"{name:6} {result[name]['ratio']:6.2f} x floor  {median:7.2f} s  "
            f"controller peak {result[name]['peak_mib']} MiB  {aim}"
        )
    print()
    result["proof"] = proof.main()
    result["vetting"] = vetting.main()
    Path(ROOT / "bench/latest.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if any(status not in (0, 2) for name in COMMANDS for _s, _k, status in runs[name]):
        sys.exit("a run broke off: its time means nothing")


if __name__ == "__main__":
    main()
