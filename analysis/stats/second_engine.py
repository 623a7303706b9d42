"""The same report by lifelines 0.30, a second engine written by others.

lifelines costs seconds to import, so it is imported inside the functions, in workers only. Where
it is known to be wrong or silent, this module says so and steps round it:

- Median at a flat of exactly one half: lifelines lets rounding decide (one end of the flat, or
  infinity). There its survival function is read by the rule of `quantiles.crossing_day`.
- Limits where S = 0: lifelines gives 0 and 0, R and this service NE.
- A hazard ratio without a finite maximum: lifelines returns whatever it reached, with or without
  a warning; a warning of non-convergence, an error, or a standard error of the logarithm above
  100 is read as NE.
- A log-rank test where no event day has both groups at risk and a survivor: lifelines gives 0
  with p = 1, this service NE.
- Stratified log-rank: absent there; it is added up here from lifelines' own life tables.
- An exact interval of a proportion is not its subject: that limit is found by bisection on sums
  of binomial probabilities. Nor are means: those are Python's `statistics`.
"""

import math
import statistics
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.stats.arrays import Floats, Integers, number
from analysis.stats.quantiles import crossing_day
from analysis.stats.report import Numbers, Question, Sample, TwoGroups

FLAT = 1e-9  # a survival this near to one half is a flat at one half
RUNAWAY = 100.0
PRECISE = {"precision": 1e-20, "r_precision": 1e-15}  # its defaults stop at 1e-7
SMALL = PRECISE | {"step_size": 0.25, "max_steps": 100}  # where it overshoots: an arm of one or two


def answer_by_lifelines(question: Question) -> Numbers:
    """Every number of `report.answer`, under the same names."""
    found: Numbers = {}
    for name, sample in question.curves.items():
        found |= _curve(name, sample, question.confidence)
    for name, groups in question.comparisons.items():
        found |= _comparison(name, groups, question.confidence)
    for name, (successes, n) in question.proportions.items():
        found |= _proportion(name, successes, n, question.confidence_of_proportions)
    for name, values in question.means.items():
        found[f"{name} mean"] = statistics.fmean(values) if values else None
        found[f"{name} sd"] = statistics.stdev(values) if len(values) > 1 else None
    return found


def _curve(name: str, sample: Sample, confidence: float) -> Numbers:
    if sample.days.size == 0:
        return {f"{name} median{end}": None for end in ("", " lower", " upper")}
    from lifelines import KaplanMeierFitter

    fitted = KaplanMeierFitter(alpha=1.0 - confidence).fit(sample.days, sample.events)
    days = fitted.survival_function_.index.to_numpy().astype(np.int64)
    survival = fitted.survival_function_.to_numpy()[:, 0]
    lower, upper = fitted.confidence_interval_.to_numpy().T.copy()
    lower[survival == 0.0] = upper[survival == 0.0] = np.nan
    found: Numbers = {}
    for row in fitted.event_table["observed"].to_numpy().nonzero()[0].tolist():
        at = f"{name} day {days[row]}"
        found[f"{at} survival"] = number(survival[row])
        found[f"{at} lower"] = number(lower[row])
        found[f"{at} upper"] = number(upper[row])
    found[f"{name} median"] = _median(fitted, days, survival)
    found[f"{name} median lower"] = crossing_day(days, lower, 0.5)
    found[f"{name} median upper"] = crossing_day(days, upper, 0.5)
    return found


def _median(fitted: Any, days: Integers, survival: Floats) -> float | None:
    """lifelines' own median, except at a flat of one half."""
    if np.any(np.abs(survival - 0.5) < FLAT):
        return crossing_day(days, survival, 0.5, FLAT)
    return number(fitted.median_survival_time_)


def _comparison(name: str, groups: TwoGroups, confidence: float) -> Numbers:
    from lifelines.statistics import logrank_test

    days, events, treated = groups.sample.days, groups.sample.events, groups.treated
    found: Numbers = {f"{name} log-rank": None, f"{name} log-rank p": None}
    if groups.strata is not None:
        found[f"{name} log-rank"], found[f"{name} log-rank p"] = _within(groups, groups.strata)
    elif _comparable(groups):
        test = logrank_test(
            days[treated], days[~treated], events[treated].astype(int), events[~treated].astype(int)
        )
        found[f"{name} log-rank"] = number(test.test_statistic)
        found[f"{name} log-rank p"] = number(test.p_value)
    ratio = _cox(groups, confidence)
    for end, value in zip(("", " lower", " upper", " p"), ratio, strict=True):
        found[f"{name} hazard ratio{end}"] = value
    return found


def _comparable(groups: TwoGroups) -> bool:
    """Whether on some event day both groups were at risk and not everybody at risk died."""
    days, events, treated = groups.sample.days, groups.sample.events, groups.treated
    if not treated.any() or treated.all():
        return False
    shared = min(days[treated].max(), days[~treated].max())
    candidates = np.unique(days[events & (days <= shared)])
    return any((days > day).any() or not events[days == day].all() for day in candidates)


def _within(groups: TwoGroups, strata: Integers) -> tuple[float | None, float | None]:
    """Mantel and Haenszel over every day with an event in every stratum: chi-squared and p."""
    from lifelines.utils import survival_table_from_events

    days, events = groups.sample.days, groups.sample.events
    difference = variance = 0.0
    for stratum in np.unique(strata):
        here = strata == stratum
        if not (here & groups.treated).any():
            continue
        everybody = survival_table_from_events(days[here], events[here])
        treated = survival_table_from_events(*(x[here & groups.treated] for x in (days, events)))
        on = everybody.index[everybody["observed"] > 0]
        n, died = (everybody.loc[on, name].to_numpy(float) for name in ("at_risk", "observed"))
        first = treated["at_risk"].reindex(on, method="bfill").fillna(0).to_numpy(float)
        difference += treated["observed"].reindex(on).fillna(0).sum() - (died * first / n).sum()
        spread = died * first * (n - first) * (n - died) / (n * n * np.maximum(n - 1.0, 1.0))
        variance += spread.sum()
    if variance <= 0.0:
        return None, None
    found = difference**2 / variance
    return number(found), number(math.erfc(math.sqrt(found / 2.0)))


def _cox(groups: TwoGroups, confidence: float) -> tuple[float | None, ...]:
    """Hazard ratio, its limits and Wald p; None where lifelines does not converge."""
    import pandas
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    nothing: tuple[float | None, ...] = (None, None, None, None)
    frame = pandas.DataFrame(
        {
            "day": groups.sample.days,
            "event": groups.sample.events.astype(int),
            "treated": groups.treated.astype(float),
        }
    )
    within = None
    if groups.strata is not None:
        frame["stratum"], within = groups.strata, ["stratum"]
    fitter = CoxPHFitter(alpha=1.0 - confidence)
    for steps in (PRECISE, SMALL):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", ConvergenceWarning)
                fitter.fit(frame, "day", "event", strata=within, fit_options=steps)
            break
        except (ConvergenceError, ConvergenceWarning, ValueError, ZeroDivisionError):
            continue
    else:
        return nothing
    row = fitter.summary.loc["treated"]
    if not row["se(coef)"] < RUNAWAY:
        return nothing
    low, high = (name for name in fitter.summary.columns if name.startswith("exp(coef) "))
    return tuple(number(row[name]) for name in ("exp(coef)", low, high, "p"))


def _proportion(name: str, successes: int, n: int, confidence: float) -> Numbers:
    """The share and its exact limits by bisection."""
    tail = (1.0 - confidence) / 2.0
    lower = upper = estimate = None
    if n:
        estimate = successes / n
        lower = _root(lambda p: _at_least(successes, n, p) - tail) if successes else 0.0
        upper = (
            _root(lambda p: 1.0 - _at_least(successes + 1, n, p) - tail) if successes < n else 1.0
        )
    return {f"{name} estimate": estimate, f"{name} lower": lower, f"{name} upper": upper}


def _at_least(k: int, n: int, p: float) -> float:
    """P(X >= k), X binomial(n, p), summed."""
    return math.fsum(math.comb(n, i) * p**i * (1.0 - p) ** (n - i) for i in range(k, n + 1))


def _root(function: Callable[[float], float]) -> float:
    """Where a monotone function of a probability changes its sign."""
    low, high = 0.0, 1.0
    rising = function(low) < 0.0
    for _ in range(60):
        middle = (low + high) / 2.0
        if (function(middle) < 0.0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0
