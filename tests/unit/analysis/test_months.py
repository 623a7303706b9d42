"""Months of 30.4375 days and one decimal."""

from analysis.stats.months import in_months, in_percent, one_decimal


def test_twelve_months_are_a_year_of_365_and_a_quarter_days() -> None:
    assert in_months(365.25) == 12.0


def test_not_estimable_stays_so() -> None:
    assert (in_months(None), in_percent(None), one_decimal(None)) == (None, None, None)


def test_one_decimal_as_printed() -> None:
    assert [one_decimal(in_months(day)) for day in (590, 231, 231.5)] == [19.4, 7.6, 7.6]
