"""Accrual against plan: figures, a chart's lines, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crf.definition import Definition
from randomisation.reads import CentreAccrual

LEFT, RIGHT, TOP, BOTTOM = 46.0, 426.0, 12.0, 222.0


@dataclass(frozen=True, slots=True)
class AccrualChart:
    """Lines for a viewBox of 0 0 440 248, as path data; ticks as (position, words)."""

    reached: str
    plan: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    left: float = LEFT
    right: float = RIGHT
    top: float = TOP
    bottom: float = BOTTOM


@dataclass(frozen=True, slots=True)
class AccrualPage:
    """Everybody may see it: it counts participants and says nothing of any."""

    randomised: int
    planned: int
    planned_months: int
    opened_on: date
    until: date
    expected: float  # by the plan, on `until`
    per_month: float
    planned_per_month: float
    centres: tuple[CentreAccrual, ...]
    chart: AccrualChart


def accrual_page(
    definition: Definition, days: Sequence[date], centres: Sequence[CentreAccrual], today: date
) -> AccrualPage:
    """`days`: each participant's day of randomisation, in order."""
    trial = definition.trial
    opened = date.fromisoformat(trial.opened_on)
    a_month = definition.plan.days_per_month
    months = max((today - opened).days / a_month, 0.0)
    share = min(months / trial.accrual_months, 1.0)
    return AccrualPage(
        randomised=len(days),
        planned=trial.planned_participants,
        planned_months=trial.accrual_months,
        opened_on=opened,
        until=today,
        expected=trial.planned_participants * share,
        per_month=len(days) / months if months >= 1 else float(len(days)),
        planned_per_month=trial.planned_participants / trial.accrual_months,
        centres=tuple(centres),
        chart=chart(
            days,
            opened,
            max(today, *days[-1:], opened),
            trial.planned_participants,
            trial.accrual_months * a_month,
        ),
    )


def chart(
    days: Sequence[date], opened: date, until: date, planned: int, plan_days: float
) -> AccrualChart:
    """The steps reached and the straight line planned, over the longer of the two times."""
    span = max((until - opened).days, plan_days, 1.0)
    top = max(planned, len(days), 1)

    def x(day: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * day / span, 1)

    def y(count: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * count / top, 1)

    steps = [f"M{x(0)} {y(0)}"]
    for count, day in enumerate(days, start=1):
        steps.append(f"H{x((day - opened).days)}V{y(count)}")
    steps.append(f"H{x((until - opened).days)}")
    years = range(opened.year, opened.year + int(span / 365.25) + 2)
    ticks = [(x((date(year, 1, 1) - opened).days), str(year)) for year in years]
    quarter = max(round(top / 4 / 5) * 5, 1)
    counts = [*range(0, top - quarter // 2, quarter), top]
    return AccrualChart(
        reached="".join(steps),
        plan=f"M{x(0)} {y(0)}L{x(plan_days)} {y(planned)}H{x(span)}",
        x_ticks=tuple((at, words) for at, words in ticks if LEFT <= at <= RIGHT),
        y_ticks=tuple((y(count), str(count)) for count in counts),
    )
