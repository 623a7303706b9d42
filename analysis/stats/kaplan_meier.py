"""Kaplan-Meier on whole days: the curve, Greenwood's error, limits, numbers at risk.

Kaplan & Meier, JASA 1958; Greenwood 1926; log(-log) limits as Kalbfleisch & Prentice.
Equals R `survfit(Surv(days, event) ~ 1, conf.type = "log-log")`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.stats.arrays import DENSE_SPAN, Flags, Floats, Integers, flags, number, whole_days
from analysis.stats.distributions import two_sided_z

Transformation = Literal["log-log", "log"]


@dataclass(frozen=True, eq=False, slots=True)
class KaplanMeier:
    """A product-limit curve, right-continuous: every array has one entry per distinct observed
    day, ascending, whether an event or a censoring.

    `survival` is S(day). `greenwood` is the sum of d / (n (n - d)) up to that day, so that the
    standard error of S is S * sqrt(greenwood); NaN where S = 0.
    """

    days: Integers
    at_risk: Integers
    events: Integers
    survival: Floats
    greenwood: Floats
    n: int

    @property
    def n_events(self) -> int:
        """Events over the whole curve."""
        return int(self.events.sum())

    @property
    def last_day(self) -> int | None:
        """The last day on which anybody was observed; None without participants."""
        return int(self.days[-1]) if self.days.size else None


@dataclass(frozen=True, eq=False, slots=True)
class Limits:
    """Pointwise limits of a curve, aligned with its days; NaN where not estimable (S = 0)."""

    lower: Floats
    upper: Floats
    confidence: float
    transformation: Transformation


@dataclass(frozen=True, slots=True)
class SurvivalAt:
    """The curve read on one day. Beyond the last follow-up, survival and limits are None."""

    day: float
    at_risk: int
    survival: float | None
    standard_error: float | None
    lower: float | None
    upper: float | None


def kaplan_meier(days: npt.ArrayLike, events: npt.ArrayLike) -> KaplanMeier:
    """The curve of `days` from randomisation (whole, >= 0) and `events` (0 or 1), one each per
    participant. On a day with both, events come before censorings. Raises ValueError."""
    observed = whole_days(days)
    happened = flags(events, observed.size)
    at, leaving, dying = _by_day(observed, happened)
    at_risk = observed.size - np.cumsum(leaving) + leaving
    surviving = at_risk - dying
    share: Floats = surviving / at_risk
    survival: Floats = np.cumprod(share, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(dying / (at_risk * surviving.astype(np.float64)))
    greenwood[survival == 0.0] = np.nan
    return KaplanMeier(at, at_risk, dying, survival, greenwood, int(observed.size))


def reverse_kaplan_meier(days: npt.ArrayLike, events: npt.ArrayLike) -> KaplanMeier:
    """The curve of potential follow-up (Schemper & Smith 1996): censoring is the event."""
    observed = whole_days(days)
    return kaplan_meier(observed, ~flags(events, observed.size))


def _by_day(days: Integers, happened: Flags) -> tuple[Integers, Integers, Integers]:
    """Distinct days, how many leave the risk set on each, how many of them by the event."""
    if days.size == 0:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    span = int(days.max()) + 1
    if span > max(DENSE_SPAN, 4 * days.size):
        distinct, index = np.unique(days, return_inverse=True)
        leaving = np.bincount(index, minlength=distinct.size)
        return distinct, leaving, np.bincount(index[happened], minlength=distinct.size)
    leaving = np.bincount(days, minlength=span)
    dying = np.bincount(days[happened], minlength=span)
    distinct = np.flatnonzero(leaving)
    return distinct, leaving[distinct], dying[distinct]


def standard_errors(curve: KaplanMeier) -> Floats:
    """Greenwood's standard error of S on each day of the curve; NaN where S = 0."""
    errors: Floats = curve.survival * np.sqrt(curve.greenwood)
    return errors


def limits(
    curve: KaplanMeier, confidence: float = 0.95, transformation: Transformation = "log-log"
) -> Limits:
    """Pointwise limits on each day of the curve.

    log-log: S ** exp(-+ z * sqrt(greenwood) / log S). log: S * exp(-+ z * sqrt(greenwood)),
    capped at 1. Both are 1 before the first event.
    """
    z = two_sided_z(confidence)
    survival, error = curve.survival, np.sqrt(curve.greenwood)
    with np.errstate(divide="ignore", invalid="ignore"):
        if transformation == "log-log":
            log_survival = np.log(survival)
            spread = np.exp(z * error / log_survival)
            lower, upper = np.exp(log_survival / spread), np.exp(log_survival * spread)
        elif transformation == "log":
            lower = survival * np.exp(-z * error)
            upper = np.minimum(1.0, survival * np.exp(z * error))
        else:
            raise ValueError(f"No limits of the kind {transformation!r}: log-log or log.")
    before_first = survival == 1.0
    lower[before_first] = upper[before_first] = 1.0
    return Limits(lower, upper, confidence, transformation)


def numbers_at_risk(curve: KaplanMeier, days: Sequence[float]) -> tuple[int, ...]:
    """For each day asked for, how many are still observed on or after it."""
    index = np.searchsorted(curve.days, np.asarray(days, dtype=np.float64), side="left")
    at_risk = np.append(curve.at_risk, 0)
    return tuple(int(value) for value in at_risk[index])


def survival_at(
    curve: KaplanMeier,
    day: float,
    confidence: float = 0.95,
    transformation: Transformation = "log-log",
) -> SurvivalAt:
    """S on that day with its limits; not estimable (None) beyond the last follow-up."""
    (at_risk,) = numbers_at_risk(curve, [day])
    if curve.last_day is None or day > curve.last_day:
        return SurvivalAt(day, at_risk, None, None, None, None)
    index = int(np.searchsorted(curve.days, day, side="right")) - 1
    if index < 0:
        return SurvivalAt(day, at_risk, 1.0, 0.0, 1.0, 1.0)
    bounds = limits(curve, confidence, transformation)
    return SurvivalAt(
        day,
        at_risk,
        number(curve.survival[index]),
        number(standard_errors(curve)[index]),
        number(bounds.lower[index]),
        number(bounds.upper[index]),
    )
