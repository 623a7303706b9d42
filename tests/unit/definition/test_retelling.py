"""What a check said in English is told in French, values and all."""

import pytest

from crf.definition import Context, compile_form
from crf.definition.model import Text
from crf.definition.values import number_label
from tests.unit.definition.test_reminet_checks import CASES, made

MORE = [
    (
        "INJ",
        {"visit_date": "2019-05-02", "injection": "given"},
        {"previous": {"visit_date": "2019-02-09"}},
    ),
    ("INJ", {"visit_date": "2019-04-20", "injection": "given"}, {}),
]


def said(reminet):
    """Every sentence of a check that fires somewhere in the cases, with its form."""
    for form, answers, more, *_expected in [*CASES, *MORE]:
        names = {one.name for one in reminet.form(form).checks}
        for one in made(reminet, form, answers, **more).findings:
            if one.check in names:
                yield form, one


def test_every_check_that_fires_is_told_as_it_was_said(reminet):
    found = list(said(reminet))
    assert len(found) > 30
    assert {one.severity for _, one in found} == {"hard", "soft", "query", "note"}
    for form, one in found:
        told = compile_form(reminet, form).retold(one.check, one.sentence.en)
        assert told == one.sentence, (form, one.check)


def test_days_and_their_unit_are_told_in_french(reminet):
    asked = [one for form, one in said(reminet) if form == "INJ" and one.severity == "query"]
    told = [compile_form(reminet, "INJ").retold(one.check, one.sentence.en).fr for one in asked]
    assert any("82 jours depuis la visite précédente" in one for one in told)
    assert any("injection du 20 avr. 2019" in one for one in told)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("copy_missing", "The copy was never given. Why?"),  # other words, of another version
        ("no_such_check", "The participant keeps a copy of the signed consent."),
    ],
)
def test_what_the_check_did_not_say_is_not_guessed(reminet, name, text):
    assert compile_form(reminet, "CONSENT").retold(name, text) is None


def test_an_unknown_value_stays_a_gap(reminet):
    check = next(one for one in compile_form(reminet, "INJ").checks if "{" in one.check.sentence.en)
    run = compile_form(reminet, "INJ").evaluate({}, Context())
    assert run is not None
    gap = check.check.sentence.en
    for name in check.readers:
        gap = gap.replace("{" + name + "}", "…")
    told = compile_form(reminet, "INJ").retold(check.check.name, gap)
    assert "{" not in told.fr
    assert "…" in told.fr


def test_a_number_has_its_comma_and_the_french_word_of_its_unit():
    assert number_label("4.6", "months") == Text("4.6 months", "4,6 mois")
    assert number_label("12.5", "g/dL") == Text("12.5 g/dL", "12,5 g/dL")
    assert number_label("66", "years") == Text("66 years", "66 ans")
    assert number_label("2", "") == Text("2", "2")
