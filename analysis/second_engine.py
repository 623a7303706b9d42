"""The second engine: lifelines computes again what ours computed, and both are compared.

Compared: every value of each Kaplan-Meier curve with its numbers at risk, medians away from an
exact half (there lifelines departs from R; its figure is not used), the log-rank statistic, the
hazard ratio. Importing lifelines costs seconds, so only workers do, and only here.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.figures import Figures, Member, columns

CURVE = 1e-9
TEST = 1e-6
RATIO = 1e-5  # lifelines stops its iteration at about 1e-7


@dataclass
class Agreement:
    """What was compared, the largest difference, and where the engines differ beyond tolerance."""

    compared: int = 0
    largest: float = 0.0
    differences: list[str] = field(default_factory=list)

    def compare(self, name: str, ours: float | None, theirs: float | None, within: float) -> None:
        self.compared += 1
        if ours is None or theirs is None:
            same = ours is None and (theirs is None or not math.isfinite(theirs))
            if not same:
                self.differences.append(f"{name}: {ours} and {theirs}")
            return
        apart = abs(ours - theirs) / max(1.0, abs(ours))
        self.largest = max(self.largest, apart)
        if not apart <= within:
            self.differences.append(f"{name}: {ours} and {theirs}")

    def to_json(self) -> dict[str, Any]:
        return {
            "engine": engine_name(),
            "agrees": not self.differences,
            "compared": self.compared,
            "largest": float(f"{self.largest:.1e}"),
            "differences": self.differences[:20],
        }


def engine_name() -> str:
    from importlib.metadata import version

    return f"lifelines {version('lifelines')}"


def check(
    groups: Mapping[str, Sequence[Member]],
    figures: Mapping[str, Figures],
    comparisons: Mapping[str, Figures] | None = None,
) -> Agreement:
    """Compute everything again: `figures` by group, `comparisons` by endpoint."""
    agreement = Agreement()
    for label, members in groups.items():
        for endpoint in ("pfs", "os"):
            days, events, _ = columns({label: members}, endpoint)
            check_curve(agreement, f"{label} {endpoint}", days, events, figures[label][endpoint])
    for endpoint, ours in (comparisons or {}).items():
        check_comparison(agreement, endpoint, columns(groups, endpoint), ours)
    return agreement


def check_curve(
    agreement: Agreement, name: str, days: list[int], events: list[bool], ours: Figures
) -> None:
    from lifelines import KaplanMeierFitter

    if not days:
        agreement.compare(f"{name}: participants", float(len(ours["days"])), 0.0, CURVE)
        return
    fitted = KaplanMeierFitter().fit(days, events)
    table = fitted.event_table
    table = table[(table["observed"] + table["censored"]) > 0]
    agreement.compare(f"{name}: distinct days", float(len(ours["days"])), float(len(table)), CURVE)
    theirs = fitted.survival_function_at_times(ours["days"])
    for day, survival, other in zip(ours["days"], ours["survival"], theirs):
        agreement.compare(f"{name}: S({day})", survival, float(other), CURVE)
    for day, at_risk in zip(ours["days"], ours["at_risk"]):
        other = float(table["at_risk"].get(day, math.nan))
        agreement.compare(f"{name}: at risk on {day}", float(at_risk), other, CURVE)
    if not any(s is not None and abs(s - 0.5) < 1e-9 for s in ours["survival"]):
        agreement.compare(
            f"{name}: median", ours["median"]["days"], float(fitted.median_survival_time_), CURVE
        )


def check_comparison(
    agreement: Agreement,
    endpoint: str,
    data: tuple[list[int], list[bool], list[str]],
    ours: Figures,
) -> None:
    import pandas
    from lifelines import CoxPHFitter
    from lifelines.statistics import multivariate_logrank_test

    days, events, labels = data
    if ours["chi_squared"] is not None:
        test = multivariate_logrank_test(days, labels, events)
        theirs = float(test.test_statistic)
        agreement.compare(f"{endpoint}: log-rank", ours["chi_squared"], theirs, TEST)
    if ours["hazard_ratio"] is None:
        return
    first = [float(label == ours["first"]) for label in labels]
    frame = pandas.DataFrame({"day": days, "event": events, "first": first})
    # lifelines refuses a time of 0 at the origin only where it is negative: days stand as they are
    fitted = CoxPHFitter().fit(frame, "day", "event", fit_options={"precision": 1e-12})
    theirs = float(fitted.hazard_ratios_["first"])
    agreement.compare(f"{endpoint}: hazard ratio", ours["hazard_ratio"], theirs, RATIO)
