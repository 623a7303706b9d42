"""What a run reports, asked once and answered by name, so that two engines can be compared.

A question holds samples (one curve each), comparisons of two groups, proportions, and whole numbers
of which the mean is told. An answer is a flat mapping from a name such as `LAN pfs median` to a
number, None where not estimable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.stats.arrays import Flags, Integers, number
from analysis.stats.cox import cox
from analysis.stats.kaplan_meier import kaplan_meier, limits
from analysis.stats.logrank import logrank
from analysis.stats.moments import moments
from analysis.stats.proportion import clopper_pearson
from analysis.stats.quantiles import median

Numbers = dict[str, float | None]


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Whole days and event flags, one each per participant. For the follow-up (reverse
    Kaplan-Meier) the flags come swapped."""

    days: Integers
    events: Flags


@dataclass(frozen=True, eq=False, slots=True)
class TwoGroups:
    """A sample and, for each participant, whether of the group whose hazard is the numerator;
    `strata`, where the comparison is made within strata, the number of each one's stratum."""

    sample: Sample
    treated: Flags
    strata: Integers | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """Everything that a run reports. `proportions`: successes and participants; `means`: whole
    numbers, one each."""

    curves: Mapping[str, Sample]
    comparisons: Mapping[str, TwoGroups] = field(default_factory=dict)
    proportions: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    means: Mapping[str, Sequence[int]] = field(default_factory=dict)
    confidence: float = 0.95
    confidence_of_proportions: float = 0.90


def answer(question: Question) -> Numbers:
    """Every number by this engine."""
    found: Numbers = {}
    for name, sample in question.curves.items():
        found |= _curve(name, sample, question.confidence)
    for name, groups in question.comparisons.items():
        found |= _comparison(name, groups, question.confidence)
    for name, (successes, n) in question.proportions.items():
        rate = clopper_pearson(successes, n, question.confidence_of_proportions)
        found |= {
            f"{name} estimate": rate.estimate,
            f"{name} lower": rate.lower,
            f"{name} upper": rate.upper,
        }
    for name, values in question.means.items():
        one = moments(values)
        found |= {f"{name} mean": one.mean, f"{name} sd": one.sd}
    return found


def _curve(name: str, sample: Sample, confidence: float) -> Numbers:
    """S and its limits on each day with an event, the median and its limits."""
    curve = kaplan_meier(sample.days, sample.events)
    bounds = limits(curve, confidence)
    found: Numbers = {}
    for row in curve.events.nonzero()[0].tolist():
        at = f"{name} day {curve.days[row]}"
        found[f"{at} survival"] = number(curve.survival[row])
        found[f"{at} lower"] = number(bounds.lower[row])
        found[f"{at} upper"] = number(bounds.upper[row])
    middle = median(curve, confidence)
    found[f"{name} median"] = middle.estimate
    found[f"{name} median lower"] = middle.lower
    found[f"{name} median upper"] = middle.upper
    return found


def _comparison(name: str, groups: TwoGroups, confidence: float) -> Numbers:
    days, events = groups.sample.days, groups.sample.events
    test = logrank(days, events, groups.treated, groups.strata)
    fitted = cox(days, events, groups.treated, strata=groups.strata, confidence=confidence)
    (ratio,) = fitted.coefficients
    return {
        f"{name} log-rank": test.chi_squared,
        f"{name} log-rank p": test.p,
        f"{name} hazard ratio": ratio.hazard_ratio,
        f"{name} hazard ratio lower": ratio.lower,
        f"{name} hazard ratio upper": ratio.upper,
        f"{name} hazard ratio p": ratio.p,
    }
