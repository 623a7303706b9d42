"""Quantiles of a Kaplan-Meier curve with Brookmeyer-Crowley limits.

Brookmeyer & Crowley, Biometrics 1982. The rules are those of R `quantile.survfit`: the smallest
day on which S falls below the level; where S equals the level, the midpoint between that day and
the next event day, or the last observed day where no event follows. R compares floating point
numbers within a tolerance; here the estimate is decided with whole numbers, so that rounding
never moves a median.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from analysis.stats.arrays import Floats, Integers
from analysis.stats.kaplan_meier import KaplanMeier, Transformation, limits

HALF = Fraction(1, 2)
CLOSE = 1e-9  # nearer to the level than this, whole numbers decide
R_TOLERANCE = math.sqrt(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Quantile:
    """The day by which a share `probability` had the event, with limits; None: not estimable."""

    probability: float
    estimate: float | None
    lower: float | None
    upper: float | None
    confidence: float


def median(
    curve: KaplanMeier, confidence: float = 0.95, transformation: Transformation = "log-log"
) -> Quantile:
    """The median, in days."""
    return quantile(curve, HALF, confidence, transformation)


def quantile(
    curve: KaplanMeier,
    probability: Fraction = HALF,
    confidence: float = 0.95,
    transformation: Transformation = "log-log",
) -> Quantile:
    """The day by which `probability` (between 0 and 1, both excluded) had the event."""
    if not 0 < probability < 1:
        raise ValueError(f"A quantile of {probability}: it lies between 0 and 1.")
    level = float(1 - probability)
    bounds = limits(curve, confidence, transformation)
    return Quantile(
        float(probability),
        quantile_day(curve, probability),
        crossing_day(curve.days, bounds.lower, level),
        crossing_day(curve.days, bounds.upper, level),
        confidence,
    )


def quantile_day(curve: KaplanMeier, probability: Fraction = HALF) -> float | None:
    """The quantile itself, exact; None where S stays above the level."""
    level = 1 - probability
    at_events = np.flatnonzero(curve.events)
    survival = curve.survival[at_events]
    first = int(np.searchsorted(-survival, -(float(level) + CLOSE), side="left"))
    for position in range(first, at_events.size):
        row = int(at_events[position])
        if abs(survival[position] - float(level)) > CLOSE:
            return float(curve.days[row])
        alive, ever = _exact_survival(curve, row)
        difference = alive * level.denominator - ever * level.numerator
        if difference < 0:
            return float(curve.days[row])
        if difference == 0:
            later = at_events[position + 1] if position + 1 < at_events.size else -1
            return float(curve.days[row] + curve.days[later]) / 2.0
    return None


def _exact_survival(curve: KaplanMeier, row: int) -> tuple[int, int]:
    """S on a day of the curve as two whole numbers, numerator and denominator.

    Factors between two censorings cancel: only the ends of each such run are multiplied.
    """
    events = np.flatnonzero(curve.events[: row + 1])
    entering = curve.at_risk[events]
    leaving = entering - curve.events[events]
    broken = leaving[:-1] != entering[1:]
    numerator = leaving[np.append(broken, True)]
    denominator = entering[np.append(True, broken)]
    return _product(numerator.tolist()), _product(denominator.tolist())


def _product(values: Sequence[int]) -> int:
    """The product of whole numbers, halving the list so that the factors stay of like size."""
    if len(values) <= 32:
        return math.prod(values)
    middle = len(values) // 2
    return _product(values[:middle]) * _product(values[middle:])


def crossing_day(
    days: Integers, survival: Floats, level: float, tolerance: float = R_TOLERANCE
) -> float | None:
    """The day on which a curve of floats reaches `level`, as R's `findq`: for limits of a curve,
    and for curves of another engine. NaN is skipped; a limit that rises again is read by its
    values in order, not by its days, which is what R does."""
    levels = np.append(1.0, survival)
    at = np.append(np.int64(0), days)
    known = np.flatnonzero(~np.isnan(levels))
    distinct, first = np.unique(levels[known], return_index=True)
    downwards, day = distinct[::-1], at[known][first][::-1]
    reached = int(np.searchsorted(-downwards, -(level + tolerance), side="left"))
    passed = int(np.searchsorted(-downwards, -(level - tolerance), side="left"))
    if reached == downwards.size:
        return None
    if not np.isnan(levels[-1]) and abs(levels[-1] - level) < tolerance:
        return float(day[reached] + at[-1]) / 2.0
    if passed == downwards.size:
        return None
    return float(day[reached] + day[passed]) / 2.0
