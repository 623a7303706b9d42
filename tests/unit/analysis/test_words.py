"""Figures in words, as the pages of results print them."""

import pytest

from analysis.presenters import words

KNOWN = {"success": 18, "evaluable": 25, "rate": 0.72, "lower": 0.537, "upper": 0.861}
NOBODY = {"success": 0, "evaluable": 0, "rate": None, "lower": None, "upper": None}
INTERVAL = "53.7 to 86.1"


@pytest.mark.parametrize(
    ("figures", "pending", "undetermined", "said"),
    [
        (KNOWN, 0, 0, ("18 of 25, 72.0", INTERVAL)),
        (KNOWN, 2, 0, ("18 of 25, 72.0", f"{INTERVAL}; 2 wait")),
        (KNOWN, 2, 3, ("18 of 25, 72.0", f"{INTERVAL}; 2 wait; 3 unknown, counted as failures")),
        (NOBODY, 4, 0, ("NE", "4 wait")),
        (NOBODY, 0, 0, ("NE", "")),
    ],
)
def test_a_rate_says_of_how_many_and_who_is_not_in_it(figures, pending, undetermined, said):
    counted = figures | {"pending": pending, "undetermined": undetermined}
    assert words.rate(counted, "%(n)d wait") == said


def test_a_rate_that_was_not_worked_out_is_not_estimable():
    assert words.rate(None, "%(n)d wait") == ("NE", "")
