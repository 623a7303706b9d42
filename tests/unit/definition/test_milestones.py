"""What a milestone holds, and which lies within which."""

import pytest

from crf.definition.plan import Milestone


def of(*visits):
    return Milestone("m", "M", "", visits=visits)


@pytest.mark.parametrize(
    ("visits", "visit", "held"),
    [
        ((), "ASM-06", True),
        (("SCR",), "SCR", True),
        (("SCR",), "INJ-01", False),
        (("INJ",), "INJ-01", True),
        (("INJ",), "INJ-10", True),
        (("INJ",), "IN-10", False),
    ],
)
def test_visits_are_named_without_their_numbers(visits, visit, held):
    assert of(*visits).has(visit) is held


@pytest.mark.parametrize(
    ("one", "other", "covers"),
    [
        (of(), of("SCR"), True),
        (of("SCR"), of(), False),
        (of(), of(), True),
        (of("SCR", "INJ"), of("SCR"), True),
        (of("SCR"), of("SCR", "INJ"), False),
        (of("SCR"), of("INJ"), False),
    ],
)
def test_one_lies_within_another(one, other, covers):
    assert one.covers(other) is covers


def test_a_title_without_french_is_the_english_one():
    assert Milestone("m", "Whole casebook", "").title("fr") == "Whole casebook"
    assert Milestone("m", "Whole casebook", "Cahier entier").title("fr") == "Cahier entier"
