"""How long a stock lasts, and what of it expires unused."""

from datetime import date, timedelta

import pytest

from randomisation.methods.forecast import days_left, unused

TODAY = date(2026, 3, 2)
FAR = TODAY + timedelta(days=84)


def after(days):
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("sure", "given", "left"), [(6, 3, 56), (0, 3, 0), (5, 3, 46), (6, 0, None), (0, 0, None)]
)
def test_days_left_at_the_present_rate(sure, given, left):
    assert days_left(sure, given, 28) == left


def test_where_none_is_given_all_that_expires_soon_is_unused():
    assert unused({after(30): 2, after(80): 3, after(85): 9}, 0, 28, TODAY, FAR) == (5, after(30))


def test_what_is_needed_before_it_expires_is_not_unused():
    """Four in 28 days: until the last day on which a kit of day 83 can be begun, eight."""
    assert unused({after(83): 8}, 4, 28, TODAY, FAR) == (0, None)
    assert unused({after(83): 11}, 4, 28, TODAY, FAR) == (3, after(83))


def test_a_kit_that_no_longer_lasts_a_dose_is_unused():
    assert unused({after(20): 1, after(28): 1}, 28, 28, TODAY, FAR) == (1, after(20))


def test_the_earliest_are_given_first_and_each_need_counts_once():
    """Two by day 27 and four by day 55: the two first of the earlier, two more of the later."""
    assert unused({after(55): 3, after(83): 3}, 2, 28, TODAY, FAR) == (2, after(55))
