"""The sentence about a kit that was not taken for a visit, and the number that it is about."""

import pytest

from randomisation.kit_checks import CHECK, named, sentence


def test_it_says_what_is_wrong_and_where_the_right_kit_stands():
    said = sentence("013031", "FR-01-002", "INJ-29")
    assert said.startswith("Kit 013031 was not taken for FR-01-002 at INJ-29.")
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
    assert named({"kit": kept}, "kit") == number


def test_a_blank_form_names_none():
    assert named({}, "kit") == ""


def test_no_check_of_a_form_can_have_its_name():
    from crf.definition.load_form import ITEM_NAME

    assert not ITEM_NAME.fullmatch(CHECK)
