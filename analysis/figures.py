"""The figures of a report as plain values, ready to be stored: pooled, or one arm at a time.

Days stay days and shares stay shares; words, months and rounding are the presenters'. None stands
for "not estimable".
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analysis.derivation.participant import DerivedParticipant
from analysis.derivation.table import Outcome, arm_table, outcome
from analysis.stats.arrays import number
from analysis.stats.cox import cox
from analysis.stats.kaplan_meier import (
    kaplan_meier,
    limits,
    reverse_kaplan_meier,
    survival_at,
)
from analysis.stats.logrank import logrank
from analysis.stats.months import DAYS_PER_MONTH
from analysis.stats.quantiles import median
from analysis.strata import AS, Strata, numbers

ENDPOINTS = ("pfs", "os")
EVERY_MONTHS = 6
PLACES = 12  # decimals kept: the same figures are then the same bytes on every machine

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    """One analysed participant: the endpoints, whether there was an event of grade 3 or 4, and
    the strata, None where there is no allocation."""

    code: str
    outcome: Outcome
    severe: bool = False
    strata: Strata | None = None
    central: Outcome | None = None  # by the central review, where there is one
    derived: DerivedParticipant | None = None  # the same and all the rest; reports by arm need it

    def time(self, endpoint: str) -> tuple[int, bool] | None:
        """Days, and whether the event happened, of "pfs", "os" or a time of `analysis.secondary`;
        None for whom there is none."""
        if endpoint in ENDPOINTS:
            of = self.outcome
            return getattr(of, f"{endpoint}_days"), getattr(of, f"{endpoint}_event")
        found = getattr(self.derived, endpoint).value
        return None if found is None else (found.days, found.event)


def member(derived: DerivedParticipant, severe: bool, strata: Strata | None = None) -> Member:
    return Member(derived.code, outcome(derived), severe, strata, derived=derived)


def group_figures(members: Sequence[Member]) -> Figures:
    """Everything that is reported of one group of participants."""
    rows = [one.outcome for one in members]
    central = [one.central for one in members if one.central is not None]
    return rounded(
        {
            "n": len(rows),
            "primary": primary_figures(rows),
            **({"central": primary_figures(central)} if central else {}),
            "pfs": curve_figures([r.pfs_days for r in rows], [r.pfs_event for r in rows]),
            "os": curve_figures([r.os_days for r in rows], [r.os_event for r in rows]),
            "severe": sum(one.severe for one in members),
        }
    )


def primary_figures(rows: Sequence[Outcome]) -> Figures:
    """Alive without progression at 6 months, with its exact interval."""
    table = arm_table(rows)
    return {
        "pending": table.pending,
        "evaluable": table.evaluable,
        "success": table.success,
        "undetermined": table.undetermined,
        "rate": table.rate.estimate,
        "lower": table.rate.lower,
        "upper": table.rate.upper,
        "confidence": table.rate.confidence,
    }


def curve_figures(days: Sequence[int], events: Sequence[bool]) -> Figures:
    """A Kaplan-Meier curve with limits, marks, median, and its values every six months."""
    curve = kaplan_meier(days, events)
    bounds = limits(curve)
    found = median(curve)
    last = curve.last_day or 0
    months = range(0, int(last / DAYS_PER_MONTH) + 1, EVERY_MONTHS)
    at = [survival_at(curve, month * DAYS_PER_MONTH) for month in months]
    return {
        "events": curve.n_events,
        "censored": curve.n - curve.n_events,
        "days": curve.days.tolist(),
        "at_risk": curve.at_risk.tolist(),
        "died": curve.events.tolist(),
        "survival": listed(curve.survival),
        "lower": listed(bounds.lower),
        "upper": listed(bounds.upper),
        "median": {"days": found.estimate, "lower": found.lower, "upper": found.upper},
        "months": [{"month": month, **asdict(one)} for month, one in zip(months, at)],
    }


def follow_up_figures(members: Sequence[Member]) -> Figures:
    """Median follow-up by reverse Kaplan-Meier of OS, in days."""
    found = median(
        reverse_kaplan_meier(
            [one.outcome.os_days for one in members], [one.outcome.os_event for one in members]
        )
    )
    return rounded({"days": found.estimate, "lower": found.lower, "upper": found.upper})


def comparison_figures(groups: Mapping[str, Sequence[Member]], endpoint: str) -> Figures:
    """Hazard ratio of the first group against the second (Efron, Wald limits) and log-rank; of PFS
    and OS under `stratified` the same within strata, as they were at randomisation and as
    corrected."""
    first, second = list(groups)
    found = {"first": first, "second": second, **one_comparison(groups, endpoint, None)}
    if endpoint not in ENDPOINTS:
        return found
    kinds = {kind: strata for kind in AS if (strata := strata_column(groups, kind)) is not None}
    if kinds:
        found["stratified"] = {
            kind: {
                "strata": len(set(strata)),
                "corrected": corrected(groups),
                **one_comparison(groups, endpoint, strata),
            }
            for kind, strata in kinds.items()
        }
    return found


def one_comparison(
    groups: Mapping[str, Sequence[Member]], endpoint: str, strata: Sequence[int] | None
) -> Figures:
    """Both answers, within strata where given; `z` above 0 where the first group does better."""
    days, events, labels = columns(groups, endpoint)
    first, second = list(groups)
    treated = [float(label == first) for label in labels]
    ratio = cox(days, events, treated, strata=strata).coefficients[0]
    test = logrank(days, events, labels, strata)
    z = None
    if test.chi_squared is not None:
        k = test.groups.index(second)
        z = test.chi_squared**0.5 * (1 if test.observed[k] >= test.expected[k] else -1)
    return rounded(
        {
            "hazard_ratio": ratio.hazard_ratio,
            "lower": ratio.lower,
            "upper": ratio.upper,
            "ratio_p": ratio.p,
            "chi_squared": test.chi_squared,
            "p": test.p,
            "z": z,
        }
    )


def strata_column(groups: Mapping[str, Sequence[Member]], kind: str) -> list[int] | None:
    """The stratum of everyone, in the order of `columns`; None unless each has one."""
    members = [one for group in groups.values() for one in group]
    if not members or any(one.strata is None for one in members):
        return None
    return numbers([getattr(one.strata, kind) for one in members])


def corrected(groups: Mapping[str, Sequence[Member]]) -> int:
    """How many are in another stratum than the one they were randomised in."""
    found = (one.strata for group in groups.values() for one in group if one.strata)
    return sum(one.as_randomised != one.as_corrected for one in found)


def columns(
    groups: Mapping[str, Sequence[Member]], endpoint: str
) -> tuple[list[int], list[bool], list[str]]:
    """Days, event flags and labels of everyone who has a time of this endpoint."""
    rows = [
        (*time, label)
        for label, members in groups.items()
        for one in members
        if (time := one.time(endpoint)) is not None
    ]
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def listed(values: Any) -> list[float | None]:
    return [number(value) for value in np.asarray(values, dtype=float)]


def rounded(value: Any) -> Any:
    """The value with every number cut to PLACES decimals, at any depth."""
    if isinstance(value, float):
        return round(value, PLACES)
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return value
