"""Months and the rounding of published figures.

A month is 30.4375 days (365.25 / 12). Figures are printed with one decimal by Python's
`round`, which rounds the exact binary value and an exact tie to the even digit, as R does.
"""

DAYS_PER_MONTH = 30.4375


def in_months(days: float | None) -> float | None:
    """Days as months of 30.4375 days; None stays None."""
    return None if days is None else days / DAYS_PER_MONTH


def in_percent(share: float | None) -> float | None:
    """A share between 0 and 1 as a percentage; None stays None."""
    return None if share is None else 100.0 * share


def one_decimal(value: float | None) -> float | None:
    """The value rounded to one decimal; None (not estimable) stays None."""
    return None if value is None else round(value, 1)
