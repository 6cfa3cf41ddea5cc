# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.checklist import ROWS
from ansible_collections.hearthwall.home.plugins.module_utils.controls.verdict import verdict
from ansible_collections.hearthwall.home.plugins.plugin_utils.report import page, terminal
from ansible_collections.hearthwall.home.plugins.plugin_utils.report.formats import FORMATS, Background
from report_samples import CATALOGUE, control

HOSTILE = (
    '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\'><a href="javascript:alert(3)">{{ 7*7 }}`<b>`'
)


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *each) for each in attrs]


def hostile_page(build):
    said = ("ha", verdict("HW-MFA-01", "fail", HOSTILE, HOSTILE, HOSTILE))
    catalogue = {"HW-MFA-01": {**CATALOGUE["HW-MFA-01"], "why": HOSTILE, "remedy": HOSTILE, "references": [HOSTILE]}}
    waiver = {"control": "HW-MFA-01", "host": "ha", "home": None, "expires": "2026-01-01"}
    document = build(said, catalogue=catalogue, waivers=[{**waiver, "reason": HOSTILE, "owner": HOSTILE}])
    document["home"] = HOSTILE
    return page.render(document, catalogue, before=document, inventory=[HOSTILE])


def test_a_hostile_text_stays_a_text(build):
    elements = Elements(hostile_page(build))
    assert elements.tags.count("script") == 1
    assert not {"img", "b", "iframe"} & set(elements.tags)
    assert not [each for each in elements.attributes if each[1].startswith("on")]
    assert not [each for each in elements.attributes if each[1] == "href" and "javascript" in each[2]]


def test_the_policy_allows_only_its_own_script_and_style(build):
    text = hostile_page(build)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1].replace("&#39;", "'")
    assert "default-src 'none'" in policy and "unsafe" not in policy
    for tag in ("script", "style"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_nothing_is_fetched(build, fail):
    elements = Elements(page.render(build(("ha", fail)), CATALOGUE))
    assert not {"link", "img", "iframe", "object", "audio", "video"} & set(elements.tags)
    assert not [each for each in elements.attributes if each[1] in ("src", "srcset", "data")]
    assert not [each for each in elements.attributes if each[1] == "style"]


def test_every_finding_is_there_without_a_script(build, fail):
    document = build(("ha", fail), ("ha", verdict("HW-MFA-02", "pass")))
    text = page.render(document, CATALOGUE)
    assert text.count('data-host="') == len(document["controls"])
    assert '<a href="https://example.org/a"' in text and 'href="javascript' not in text
    assert "Because <code>it</code> matters." in text
    assert "ansible-playbook playbooks/site.yml --limit ha --tags accounts" in text
    assert re.search(r'<form class="filters" hidden', text)


@pytest.mark.parametrize("said", [[], [("ha", verdict("HW-MFA-01", "pass"))]])
def test_any_report_can_be_rendered(build, said):
    document = build(*said)
    assert all(each.render(document, Background()) for each in FORMATS.values())
    empty = build(catalogue={}, members={})
    assert "Nothing was judged" in page.render(empty)


def test_before_and_after(build, fail):
    before = build(("ha", fail), mode="check")
    after = build(("ha", verdict("HW-MFA-01", "pass")), mode="apply")
    text = page.render(after, CATALOGUE, before=before)
    assert "Last dry run" in text and "Closed: 1" in text and f"+{after['summary']['score']}" in text


def test_the_terminal_gets_one_screen(build, fail):
    lines = [line for line, _colour in terminal.render(build(("ha", fail)), "reports/lab/latest.html")]
    assert len(lines) < 24
    assert any("score 0/100" in line for line in lines)
    assert any("--limit ha --tags accounts" in line for line in lines)
    assert lines[-1] == "  Report: reports/lab/latest.html"


def test_a_row_without_findings_says_why(build, build_partial):
    notes = {row["id"]: row.get("note") for row in page.rows(build(), CATALOGUE)}
    assert notes["1"] == notes["2"] == "" and notes["2b"] == "no controls yet"
    more = {**CATALOGUE, "HW-TS-01": control("HW-TS-01", "2b", "tailscale")}
    more["HW-F-01"] = control("HW-F-01", "5", profile="fortress")
    document = build(catalogue=more)
    notes = {row["id"]: row.get("note") for row in page.rows(document, more)}
    assert (notes["2b"], notes["5"], notes["4"]) == (
        "not part of this home",
        "not in profile standard",
        "no controls yet",
    )
    assert list(notes) == list(ROWS)
    text = page.render(document, more)
    assert text.count("not part of this home") == 1 and '<option value="2b">' not in text
    notes = {row["id"]: row.get("note") for row in page.rows(build_partial(), CATALOGUE)}
    assert (notes["1"], notes["2"]) == ("", "not looked at")
    document = build(("gate", verdict("HW-NET-01", "not_applicable")))
    notes = {row["id"]: row.get("note") for row in page.rows(document, CATALOGUE)}
    assert (notes["1"], notes["2"]) == ("", "does not apply here")
