"""The definition of REMINET itself: it loads, it is whole, and it hashes the same every time."""

from pathlib import Path

import pytest

from crf.definition import Definition, check, compile_form, load

FOLDER = Path(__file__).parents[3] / "crf" / "definitions" / "reminet"
FORMS = {
    "CONSENT", "DEMOG", "TUMOUR", "VITALS", "LAB", "RECIST_BASE", "ELIG",
    "INJ", "RECIST", "EOT", "SURV", "AE", "NEXT", "DEATH",
}  # fmt: skip


@pytest.fixture(scope="module")
def reminet() -> Definition:
    return load(FOLDER)


def test_reminet_has_no_problem():
    assert check(FOLDER) == []


def test_reminet_has_every_form(reminet):
    assert set(reminet.form_by_name) == FORMS


def test_same_text_same_hash(reminet):
    assert load(FOLDER).sha256 == reminet.sha256


def test_canonical_text_round_trips(reminet):
    again = Definition.from_json(reminet.to_json())
    assert again == reminet
    assert again.to_json() == reminet.to_json()


def test_every_form_compiles(reminet):
    for name in FORMS:
        assert compile_form(reminet, name) is compile_form(reminet, name)


def test_every_label_and_title_has_french(reminet):
    blank = [
        f"{form.name}.{item.name}"
        for form in reminet.forms
        for item in (*form.items, *(i for g in form.groups for i in g.items))
        if not item.label.fr
    ]
    assert blank == []
    assert all(form.title.fr for form in reminet.forms)
