# SPDX-License-Identifier: GPL-3.0-or-later
"""The page in a real browser: nothing that a host said runs, nothing is fetched, and it fits at three widths."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / ".collections"))

from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.report import page
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.document import build_document
from playing import control

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = (
    "</script><script>window.ran=1</script><img src=x onerror='window.ran=2'><svg onload=window.ran=3>" + "x" * 300
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOW = datetime(2026, 11, 23, tzinfo=timezone.utc)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (apt-get install chromium)")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=["", "--limit ha"], ids=["whole", "partial"])
def address(request, tmp_path_factory):
    catalogue = {
        each["id"]: {**each, "role": "accounts", "why": HOSTILE}
        for each in (control("HW-A-01", "critical"), control("HW-A-02", "low"), control("HW-B-01", group="router"))
    }
    said = {
        "ha": {"HW-A-01": verdict("HW-A-01", "fail", HOSTILE, HOSTILE, HOSTILE), "HW-A-02": verdict("HW-A-02", "pass")}
    }
    document = build_document(
        home="lab",
        mode="check",
        started=NOW,
        finished=NOW,
        tool={"hearthwall": "0", "ansible_core": "2"},
        catalogue=catalogue,
        members={"ha": {"home_assistant"}, "gate": {"router"}},
        verdicts=said,
        reason=lambda host, control: HOSTILE,
        left_out=lambda host, control: "" if host == "ha" else request.param and f"{request.param} {HOSTILE}",
    )
    path = tmp_path_factory.mktemp("page") / "latest.html"
    path.write_text(page.render(document, catalogue, before=document))
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 768, 390])
def test_it_fits_fetches_nothing_and_runs_nothing_foreign(browser, address, width, scheme):
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    requests, errors = [], []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("console", lambda message: errors.append(message.text))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(address)
    assert tab.evaluate("window.ran") is None
    assert requests == [address] and errors == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.close()


def test_filters(browser, address):
    tab = browser.new_page()
    tab.goto(address)
    shown = tab.locator(".finding:visible")
    assert shown.count() == 3
    tab.select_option("select[name=severity]", "critical")
    assert shown.count() == 1 and "1 of 3 findings" in tab.inner_text("output")
    tab.select_option("select[name=host]", "gate")
    assert shown.count() == 0
    tab.click("button[type=reset]")
    tab.wait_for_function("document.querySelector('output').textContent === '3 findings'")
    assert shown.count() == 3
    tab.close()


def test_without_scripts_it_is_the_full_list(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(address)
    assert tab.locator(".finding:visible").count() == 3
    assert tab.locator(".filters:visible").count() == 0
    context.close()
