"""The published table: one row a participant in, the figures of each arm and the follow-up out.

The rate at 6 months is a binomial proportion with its exact 90 % interval, on the evaluable set
(an evaluable assessment after baseline, or a PFS event) of those whose 6 months were reached by
the cut-off; the others are `pending`. A member of the set without a status stays in the denominator
and is not a success; how many there are is `undetermined`. PFS, OS and follow-up are over everyone
randomised; limits of medians are 95 %, log-log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.derivation.participant import DerivedParticipant
from analysis.derivation.status import Status
from analysis.stats.kaplan_meier import Transformation, kaplan_meier, reverse_kaplan_meier
from analysis.stats.months import in_months, in_percent, one_decimal
from analysis.stats.proportion import Proportion, clopper_pearson
from analysis.stats.quantiles import Quantile, median
from analysis.stats.report import Question, Sample, TwoGroups


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the table needs of one participant."""

    evaluable: bool
    six_months: Status
    pfs_days: int
    pfs_event: bool
    os_days: int
    os_event: bool
    reached: bool = True  # the 6 months, by the cut-off

    @property
    def counts(self) -> bool:
        """In the denominator of the rate at 6 months."""
        return self.evaluable and self.reached


@dataclass(frozen=True, slots=True)
class ArmTable:
    """One arm's figures; days, not months; None where not estimable."""

    n: int
    pending: int
    evaluable: int
    success: int
    undetermined: int
    rate: Proportion
    median_pfs: Quantile
    median_os: Quantile
    pfs_events: int
    deaths: int


@dataclass(frozen=True, slots=True)
class TrialTable:
    """The arms by name, and the median follow-up of all by reverse Kaplan-Meier of OS."""

    arms: Mapping[str, ArmTable]
    follow_up: Quantile


def outcome(derived: DerivedParticipant) -> Outcome:
    """The row of one participant."""
    return Outcome(
        evaluable=derived.evaluable.value,
        six_months=derived.six_months.value,
        pfs_days=derived.pfs.value.days,
        pfs_event=derived.pfs.value.event,
        os_days=derived.overall_survival.value.days,
        os_event=derived.overall_survival.value.event,
        reached=derived.reached_six_months.value,
    )


def trial_table(
    rows_by_arm: Mapping[str, Sequence[Outcome]], transformation: Transformation = "log-log"
) -> TrialTable:
    """The table of the arms given; a blinded table has one "arm", everyone."""
    everyone = [row for rows in rows_by_arm.values() for row in rows]
    survival = _os(everyone)
    observed = reverse_kaplan_meier(survival.days, survival.events)
    return TrialTable(
        {arm: arm_table(rows, transformation) for arm, rows in rows_by_arm.items()},
        median(observed, transformation=transformation),
    )


def arm_table(rows: Sequence[Outcome], transformation: Transformation = "log-log") -> ArmTable:
    """The figures of one arm."""
    members = [row for row in rows if row.counts]
    success = sum(row.six_months is Status.SUCCESS for row in members)
    pfs_sample, os_sample = _pfs(rows), _os(rows)
    pfs = kaplan_meier(pfs_sample.days, pfs_sample.events)
    survival = kaplan_meier(os_sample.days, os_sample.events)
    return ArmTable(
        n=len(rows),
        pending=sum(not row.reached for row in rows),
        evaluable=len(members),
        success=success,
        undetermined=sum(row.six_months is Status.NOT_EVALUABLE for row in members),
        rate=clopper_pearson(success, len(members), 0.90),
        median_pfs=median(pfs, transformation=transformation),
        median_os=median(survival, transformation=transformation),
        pfs_events=pfs.n_events,
        deaths=survival.n_events,
    )


def to_json(table: TrialTable) -> dict[str, Any]:
    """The table as printed: rates in per cent, times in months, one decimal, None for NE."""
    return {
        "arms": {arm: _arm_json(figures) for arm, figures in table.arms.items()},
        "followup": {
            "median": _months(table.follow_up.estimate),
            "ci95": [_months(table.follow_up.lower), _months(table.follow_up.upper)],
        },
    }


def _arm_json(arm: ArmTable) -> dict[str, Any]:
    return {
        "n": arm.n,
        "evaluable": arm.evaluable,
        "success": arm.success,
        "rate": _percent(arm.rate.estimate),
        "rate_ci90": [_percent(arm.rate.lower), _percent(arm.rate.upper)],
        "median_pfs": _months(arm.median_pfs.estimate),
        "median_pfs_ci95": [_months(arm.median_pfs.lower), _months(arm.median_pfs.upper)],
        "median_os": _months(arm.median_os.estimate),
        "pfs_events": arm.pfs_events,
        "deaths": arm.deaths,
    }


def _months(days: float | None) -> float | None:
    return one_decimal(in_months(days))


def _percent(share: float | None) -> float | None:
    return one_decimal(in_percent(share))


def question(rows_by_arm: Mapping[str, Sequence[Outcome]], treated: str | None = None) -> Question:
    """What the table reports, for both engines: by arm the rate, PFS and OS, the follow-up of
    all; where `treated` names one of two arms, its hazard against the other's."""
    everyone = [(arm, row) for arm, rows in rows_by_arm.items() for row in rows]
    survival = _os([row for _, row in everyone])
    curves = {"follow-up": Sample(survival.days, ~survival.events)}
    rates = {}
    for arm, rows in rows_by_arm.items():
        curves |= {f"{arm} pfs": _pfs(rows), f"{arm} os": _os(rows)}
        figures = [row for row in rows if row.counts]
        success = sum(row.six_months is Status.SUCCESS for row in figures)
        rates[f"{arm} rate"] = (success, len(figures))
    comparisons = {}
    if treated is not None:
        inside = np.array([arm == treated for arm, _ in everyone], dtype=np.bool_)
        comparisons = {
            "pfs": TwoGroups(_pfs([row for _, row in everyone]), inside),
            "os": TwoGroups(survival, inside),
        }
    return Question(curves, comparisons, rates)


def _pfs(rows: Sequence[Outcome]) -> Sample:
    return Sample(
        np.array([row.pfs_days for row in rows], dtype=np.int64),
        np.array([row.pfs_event for row in rows], dtype=np.bool_),
    )


def _os(rows: Sequence[Outcome]) -> Sample:
    return Sample(
        np.array([row.os_days for row in rows], dtype=np.int64),
        np.array([row.os_event for row in rows], dtype=np.bool_),
    )
