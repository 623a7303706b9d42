"""The sentence about a kit that was not taken for a visit, and the number that it is about."""

from datetime import date
from types import SimpleNamespace

import pytest

from randomisation.course import typed_number
from randomisation.kit_checks import (
    CHECK,
    KEPT,
    SENTENCES,
    of_day,
    of_number,
    sentence,
    told,
)


def test_it_says_what_is_wrong_and_where_the_right_kit_stands():
    said = sentence("013031", "FR-01-002", "Injection 29")
    assert said.startswith("Kit 013031 was not taken for FR-01-002 at Injection 29.")
    assert "Number and kits" in said


@pytest.mark.parametrize(
    ("kept", "number"),
    [
        ("013031", "013031"),
        (" 013031 ", "013031"),
        (None, ""),
        ("", ""),
        ({"missing": "not_available"}, ""),
    ],
)
def test_a_number_is_a_text_and_a_reason_for_none_is_none(kept, number):
    assert typed_number({"kit": kept}, "kit") == number


def test_a_blank_form_names_none():
    assert typed_number({}, "kit") == ""


def test_every_sentence_is_told_again_by_its_own_pattern():
    given = {"kit": "013031", "code": "FR-01-002", "visit": "INJ-29", "day": "17/09/2025"}
    for words in SENTENCES:
        said = words % given
        assert [one for one, kept in KEPT.items() if kept.fullmatch(said)] == [words]
        found = KEPT[words].fullmatch(said).groupdict()
        assert found.items() <= given.items()
        assert told(said) == said


def taken(aside=False):
    """Taken on 17 September for INJ-29, in date until 30 September."""
    return SimpleNamespace(
        kit=SimpleNamespace(number="013031", expires_on=date(2025, 9, 30)),
        visit="INJ-29",
        dispensed_on=date(2025, 9, 17),
        set_aside=aside,
    )


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (None, ""),
        (date(2025, 9, 30), ""),
        (date(2025, 10, 1), "Kit 013031 had expired on 30/09/2025, before this injection."),
    ],
)
def test_a_kit_that_had_expired_on_the_day_of_the_injection(on, said):
    assert of_number(taken(), "FR-01-002", "Injection 29", on).startswith(said)
    assert bool(of_number(taken(), "FR-01-002", "Injection 29", on)) == bool(said)


@pytest.mark.parametrize("on", [None, date(2025, 9, 17), date(2025, 10, 1)])
def test_a_kit_that_was_set_aside_is_said_so_whatever_the_day(on):
    said = of_number(taken(aside=True), "FR-01-002", "Injection 29", on)
    told = "Kit 013031 was set aside after it was taken for FR-01-002 at Injection 29."
    assert said.startswith(told)


@pytest.mark.parametrize(
    ("on", "early"),
    [(None, False), (date(2025, 9, 14), True), (date(2025, 9, 17), False)],
)
def test_an_injection_before_its_kit_was_taken(on, early):
    said = of_day(taken(), on)
    assert bool(said) == early
    assert not early or said.startswith("Kit 013031 was taken for this visit on 17/09/2025")


def test_no_check_of_a_form_can_have_its_name():
    from crf.definition.load_form import ITEM_NAME

    assert not ITEM_NAME.fullmatch(CHECK)
