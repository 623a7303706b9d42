"""The functions that expressions may call: pure, over day numbers, doubles and lists.

A function that cannot answer raises; the expression is then UNKNOWN. Days are proleptic
Gregorian day numbers as doubles, a partial date is {"from": first, "to": last}.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crf.definition import recist

DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True)
class Function:
    """A function of the language: what it takes, gives, and what it says of itself."""

    takes: tuple[str, ...]  # number | text | truth | list | any
    gives: str
    does: Callable[..., Any]
    tells: str


def earliest(day: Any) -> float:
    """First day that a full or partial date may stand for."""
    return float(day["from"]) if isinstance(day, Mapping) else float(day)


def latest(day: Any) -> float:
    """Last day that a full or partial date may stand for."""
    return float(day["to"]) if isinstance(day, Mapping) else float(day)


def days(start: Any, end: Any) -> float:
    """Days from `start` to `end`; both must be full dates."""
    return float(end) - float(start)


def months_between(start: Any, end: Any) -> float:
    """Months of 30.4375 days from `start` to `end`; both must be full dates."""
    return days(start, end) / DAYS_PER_MONTH


def age_at(born: Any, on: float) -> float:
    """Full years at `on`, counted from the last day of the month of birth (the youngest age)."""
    birth, then = date.fromordinal(int(latest(born))), date.fromordinal(int(on))
    return float(then.year - birth.year - ((then.month, then.day) < (birth.month, birth.day)))


def add_months(day: float, months: float) -> float:
    """The same day of the month `months` later, or that month's last day."""
    start = date.fromordinal(int(day))
    index = start.year * 12 + start.month - 1 + int(months)
    year, month = divmod(index, 12)
    next_month = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = next_month.toordinal() - date(year, month + 1, 1).toordinal()
    return float(date(year, month + 1, min(start.day, last)).toordinal())


def ratio(above: float, below: float) -> float:
    """above / below; division by zero raises."""
    return above / below


def rounded(value: float, decimals: float) -> float:
    """`value` rounded to `decimals`: the double nearest to the decimal number that is meant.

    Products and differences of decimals carry a trace of binary arithmetic (1.5 x 17.4 is less
    than 26.1): round them before they are compared with a limit.
    """
    return round(value, int(decimals))


def absolute(value: float) -> float:
    """The value without its sign."""
    return abs(value)


def cockcroft_gault(age: float, weight: float, sex: str, creatinine: float) -> float:
    """Creatinine clearance in mL/min: years, kg, "F" or "M", creatinine in µmol/L.

    Cockcroft and Gault 1976, Nephron 16:31-41: (140 - age) x weight x k / creatinine, k 1.04 for
    women and 1.23 for men.
    """
    return (140.0 - age) * weight * {"F": 1.04, "M": 1.23}[sex] / creatinine


def total(values: Sequence[float]) -> float:
    """The sum of a list; 0 where it is empty."""
    return float(sum(values))


def count(values: Sequence[Any]) -> float:
    """How many members a list has."""
    return float(len(values))


def smallest(values: Sequence[float]) -> float:
    """The smallest member; an empty list raises."""
    return float(min(values))


def largest(values: Sequence[float]) -> float:
    """The largest member; an empty list raises."""
    return float(max(values))


def least(one: float, other: float) -> float:
    """The smaller of two."""
    return min(one, other)


def most(one: float, other: float) -> float:
    """The larger of two."""
    return max(one, other)


def mean_of_half(answers: Sequence[float], asked: float) -> float:
    """The mean of the answers, where at least half of what was asked is answered.

    Fayers et al., EORTC QLQ-C30 Scoring Manual, 3rd ed. 2001: the raw score of a scale; fewer
    answers raise. The mean is worked out once, from the sum, so that whole answers stay exact.
    """
    if 2 * len(answers) < asked or not answers:
        raise ValueError("less than half is answered")
    return sum(answers) / len(answers)


def most_of_one(values: Sequence[Any]) -> float:
    """How often the most frequent member stands in a list; 0 where it is empty."""
    return float(max((list(values).count(one) for one in values), default=0))


def _function(does: Callable[..., Any], takes: str, gives: str) -> Function:
    kinds = tuple(takes.split())
    return Function(kinds, gives, does, (does.__doc__ or "").strip().splitlines()[0])


FUNCTIONS: dict[str, Function] = {
    "earliest": _function(earliest, "any", "number"),
    "latest": _function(latest, "any", "number"),
    "days": _function(days, "any any", "number"),
    "months_between": _function(months_between, "any any", "number"),
    "age_at": _function(age_at, "any number", "number"),
    "add_months": _function(add_months, "number number", "number"),
    "ratio": _function(ratio, "number number", "number"),
    "rounded": _function(rounded, "number number", "number"),
    "absolute": _function(absolute, "number", "number"),
    "cockcroft_gault": _function(cockcroft_gault, "number number text number", "number"),
    "sum": _function(total, "list", "number"),
    "count": _function(count, "list", "number"),
    "smallest": _function(smallest, "list", "number"),
    "largest": _function(largest, "list", "number"),
    "least": _function(least, "number number", "number"),
    "most": _function(most, "number number", "number"),
    "mean_of_half": _function(mean_of_half, "list number", "number"),
    "most_of_one": _function(most_of_one, "list", "number"),
    "recist_sum": _function(recist.measured_sum, "list", "number"),
    "recist_target": _function(recist.target_response, "list number number", "text"),
    "recist_overall": _function(recist.overall_response, "text text truth", "text"),
}
