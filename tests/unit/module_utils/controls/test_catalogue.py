# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.controls.catalogue import CatalogueError, build_catalogue
from ansible_collections.hearthwall.home.plugins.plugin_utils.collection import load_catalogue

GOOD = {
    "id": "HW-MFA-01",
    "title": "t",
    "severity": "high",
    "row": "1",
    "applies_to": "home_assistant",
    "why": "w",
    "remedy": "r",
    "determined_by": "d",
    "shown_by": "s",
}


def refused(*entries, document=None):
    with pytest.raises(CatalogueError) as error:
        build_catalogue([("accounts", "roles/accounts/meta/controls.yml", document or {"controls": list(entries)})])
    return "\n".join(error.value.problems)


def test_a_good_entry_knows_its_role():
    catalogue = build_catalogue([("accounts", "f", {"controls": [GOOD]})])
    assert catalogue["HW-MFA-01"]["role"] == "accounts"
    assert catalogue["HW-MFA-01"]["references"] == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"severity": "severe"}, "severity: 'severe' must be one of critical, high, medium, low"),
        ({"severty": "high"}, "severty: unknown key; did you mean severity?"),
        ({"id": "MFA-1"}, "id: 'MFA-1' must look like HW-AREA-01"),
        ({"row": 1}, "row: 1 must be one of"),
        ({"row": "9"}, "row: '9' must be one of"),
        ({"applies_to": "ha"}, "applies_to: 'ha' must be one of home_assistant"),
        ({"title": " "}, "title: must be a text"),
        ({"why": None}, "why: must be a text"),
        ({"references": "https://a"}, "references: must be a list of texts"),
        ({"id": ["HW-MFA-01"]}, "id: ['HW-MFA-01'] must look like"),
        ({"row": ["1"]}, "row: ['1'] must be one of"),
        ({"severity": {}}, "severity: {} must be one of"),
    ],
)
def test_a_bad_entry_names_file_and_key(change, expected):
    message = refused({**GOOD, **change})
    assert expected in message and message.startswith("roles/accounts/meta/controls.yml: controls[0]")


def test_every_problem_is_told_at_once():
    incomplete = {"id": "HW-MFA-02"}
    message = refused({**GOOD, "severity": "x"}, incomplete, "text")
    assert "(HW-MFA-02): title: missing" in message and "controls[2]: must be a mapping" in message
    assert "severity: 'x'" in message


def test_a_duplicate_names_both_places():
    with pytest.raises(CatalogueError, match=r"b.yml: controls\[0\] \(HW-MFA-01\): id: HW-MFA-01 .* a.yml"):
        build_catalogue([("a", "a.yml", {"controls": [GOOD]}), ("b", "b.yml", {"controls": [GOOD]})])


@pytest.mark.parametrize("document", [[], {"controls": {}}, {"controls": [], "more": 1}])
def test_a_bad_file_is_refused(document):
    assert "roles/accounts/meta/controls.yml" in refused(document=document or "text")


def test_the_catalogue_of_this_collection_is_good():
    assert load_catalogue() is not None
