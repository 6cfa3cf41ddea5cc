# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run the dry run of a home, as a timer does, and tell of it only where the posture changed.

The run goes through ansible-runner, and its reports are the history. What it tells goes to Apprise. Score, open
findings and last run go to Home Assistant as sensors, where it is named.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ansible.module_utils.urls import open_url
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import ROOT
from ansible_collections.hearthwall.home.plugins.plugin_utils.drift.lately import DRIFT, STARTED_BY
from ansible_collections.hearthwall.home.plugins.plugin_utils.drift.posture import entities, news
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.store import home_directory, posture


def main():
    parser = argparse.ArgumentParser(prog="hearthwall-drift", description=__doc__.splitlines()[0])
    parser.add_argument("--inventory", required=True)
    parser.add_argument("--home", required=True)
    parser.add_argument("--reports", default="reports")
    parser.add_argument("--vault-password-file")
    parser.add_argument("--repair", default="", help="roles, by commas, that are applied instead of only checked")
    parser.add_argument("--apprise", help="a configuration file of Apprise: whom to tell")
    parser.add_argument("--home-assistant", help="its address, for the sensors")
    parser.add_argument("--token-file", help="a file with a long-lived token for it")
    arguments = parser.parse_args()
    # What is repaired first is a partial run: it says nothing of the posture.
    reports = home_directory(Path(arguments.reports).absolute(), arguments.home)
    before = posture(reports)
    for playbook, tags in (("site.yml", arguments.repair), ("check.yml", "")):
        if playbook == "check.yml" or tags:
            run(playbook, tags, arguments)
    after = posture(reports)
    if after is None or (before and after["finished"] == before["finished"]):
        tell((f"The dry run of {arguments.home} did not take place", "No report was written."), arguments.apprise)
        sys.exit(1)
    tell(news(before, after), arguments.apprise)
    if arguments.home_assistant and arguments.token_file:
        token = Path(arguments.token_file).read_text(encoding="utf-8").strip()
        for entity, (state, attributes) in entities(after).items():
            show(arguments.home_assistant, token, entity, state, attributes)


def run(playbook, tags, arguments):
    """Run one of the playbooks; what it finds is in its report, whatever its exit status."""
    import ansible_runner  # the control machine has it, a mere reader of the report need not

    given = ["--tags", tags] if tags else []
    if arguments.vault_password_file:
        given += ["--vault-password-file", str(Path(arguments.vault_password_file).absolute())]
    environment = {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_CALLBACKS_ENABLED": "hearthwall.home.report",
        "HEARTHWALL_REPORTS_DIR": str(Path(arguments.reports).absolute()),
        STARTED_BY: DRIFT,
    }
    with tempfile.TemporaryDirectory(prefix="hearthwall-drift-") as private:
        ansible_runner.run(
            private_data_dir=private,
            project_dir=str(ROOT),
            playbook=f"playbooks/{playbook}",
            inventory=str(Path(arguments.inventory).absolute()),
            cmdline=" ".join(given),
            envvars=environment,
            quiet=True,
            settings={"idle_timeout": 1800},
        )


def tell(message, apprise):
    """Tell somebody, and the journal."""
    if message is None:
        return
    title, text = message
    print(f"{title}\n{text}", flush=True)
    if apprise:
        beside = Path(sys.executable).with_name("apprise")
        argv = [str(beside) if beside.exists() else "apprise", "--config", apprise, "--title", title, "--body", text]
        done = subprocess.run(argv, timeout=120, check=False, env={**os.environ, "LANG": "C.UTF-8"})
        if done.returncode != 0:
            sys.exit(f"Apprise ended with {done.returncode}: at least one of its targets was not told.")


def show(url, token, entity, state, attributes):
    """Set one sensor of Home Assistant. It forgets them when it restarts; the next run sets them again."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"state": str(state), "attributes": attributes}).encode()
    place = f"{url.rstrip('/')}/api/states/{entity}"
    open_url(place, data=body, headers=headers, method="POST", timeout=30).close()


if __name__ == "__main__":
    main()
