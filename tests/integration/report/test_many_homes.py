# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred homes of ten hosts, every control on each: written while one waits, and no page too heavy to open."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / ".collections"))

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import STATUSES, verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.homes import Home
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.publish import publish
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.run_record import RunRecord
from test_page_in_browser import CHROMIUM, browser  # noqa: F401

HOMES, HOSTS = 100, 10
NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    directory, catalogue = tmp_path_factory.mktemp("reports"), load_catalogue()
    groups = {each["applies_to"] for each in catalogue.values()}
    record, homes = RunRecord(), []
    for number in range(HOMES):
        name = f"home{number:03}"
        members = {f"{name}-{host}": groups for host in range(HOSTS)}
        homes.append(Home(name, directory / name, members))
        for place, host in enumerate(members):
            record.verdicts[host] = {
                identifier: verdict(
                    identifier, STATUSES[(place + other) % 5], "expected " * 8, "actual " * 8, "seen\n" * 4
                )
                for other, identifier in enumerate(catalogue)
            }
    warnings = []
    started = time.process_time()
    publish(
        homes,
        (set(), set()),
        record,
        catalogue,
        "check",
        NOW,
        NOW,
        {"hearthwall": "0", "ansible_core": "2"},
        [],
        warnings.append,
    )
    spent = time.process_time() - started
    assert warnings == []
    entries = HOMES * HOSTS * len(catalogue)
    print(f"\n{HOMES} homes × {HOSTS} hosts × {len(catalogue)} controls: {spent:.1f} s of processor time")
    return directory, spent, entries


def test_they_are_written_in_seconds(reports):
    directory, spent, entries = reports
    assert spent < entries * 0.001
    pages = list(directory.glob("*/latest.html"))
    assert len(pages) == HOMES and max(page.stat().st_size for page in pages) < 3 * MIB
    assert (directory / "index.html").stat().st_size < MIB


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)")
def test_the_pages_can_be_used(reports, browser):  # noqa: F811
    directory, _spent, entries = reports
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    tab.goto((directory / "index.html").as_uri())
    assert tab.locator(".fleet li").count() == HOMES
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.click("text=home042")
    tab.wait_for_url("**/home042/latest.html")
    assert tab.locator(".finding").count() == entries // HOMES
    spent = tab.evaluate("""() => {
        const form = document.querySelector('.filters'), start = performance.now();
        form.elements.severity.value = 'critical';
        form.dispatchEvent(new Event('input'));
        document.body.offsetHeight;
        return performance.now() - start;
    }""")
    print(f"filtering {entries // HOMES} findings: {spent:.0f} ms")
    assert spent < 2000
    tab.close()
