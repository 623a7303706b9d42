"""Every stored figure counted again by the second engine, and how far the two agree.

What is compared is what is stored and shown, read back from the figures by name: each step of a
curve with its limits, medians with theirs, exact intervals, log-rank, hazard ratios. lifelines
costs seconds to import, so only workers call this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from analysis import secondary
from analysis.derivation.table import Outcome
from analysis.figures import ENDPOINTS, Figures, Member, columns, strata_column
from analysis.stats import agreement as numbers
from analysis.stats.report import Numbers, Question, Sample, TwoGroups
from analysis.stats.second_engine import answer_by_lifelines

SHOWN = 20
RATES = ("primary", "central")  # at 6 months
SAID = (
    ("log-rank", "chi_squared"),
    ("log-rank p", "p"),
    ("hazard ratio", "hazard_ratio"),
    ("hazard ratio lower", "lower"),
    ("hazard ratio upper", "upper"),
    ("hazard ratio p", "ratio_p"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """How many numbers were compared, the largest difference, and where the engines disagree."""

    engine: str
    agrees: bool
    compared: int
    largest: float
    differences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "engine": self.engine,
            "agrees": self.agrees,
            "compared": self.compared,
            "largest": float(f"{self.largest:.1e}"),
            "differences": list(self.differences[:SHOWN]),
        }


def check(
    groups: Mapping[str, Sequence[Member]],
    figures: Mapping[str, Figures],
    comparisons: Mapping[str, Figures] | None = None,
) -> Check:
    """`figures` by group as `figures.group_figures` made them, `comparisons` by endpoint."""
    compared = comparisons or {}
    beside = any("secondary" in one for one in figures.values())
    ours = {name: value for group in figures for name, value in group_numbers(group, figures)}
    ours |= {name: value for one in compared for name, value in comparison_numbers(one, compared)}
    found = numbers.agreement(ours, answer_by_lifelines(question(groups, compared, beside)))
    return Check(
        engine=f"lifelines {version('lifelines')}",
        agrees=found.agrees,
        compared=len(found.lines),
        largest=found.largest_difference,
        differences=tuple(
            f"{line.name}: {line.ours} and {line.theirs}" for line in found.disagreements
        ),
    )


def question(
    groups: Mapping[str, Sequence[Member]], compared: Mapping[str, Figures], beside: bool
) -> Question:
    """What the second engine is asked, under the names of `analysis.stats.report`; of the secondary
    endpoints too where they stand `beside`."""
    times = (*ENDPOINTS, *(secondary.TIMES if beside else ()))
    curves, proportions, pairs, means = {}, {}, {}, {}
    for label, members in groups.items():
        if beside:
            for rate in secondary.RATES:
                proportions[f"{label} {rate}"] = secondary.counted(members, rate)
            for visit in secondary.visits(members):
                means[f"{label} score {visit}"] = secondary.scores(members, visit)
                means[f"{label} change {visit}"] = secondary.changes(members, visit)
        for endpoint in times:
            curves[f"{label} {endpoint}"] = sample({label: members}, endpoint)
        proportions[f"{label} primary"] = counted([one.outcome for one in members])
        central = [one.central for one in members if one.central is not None]
        if central:
            proportions[f"{label} central"] = counted(central)
    for endpoint, one in compared.items():
        labels = columns(groups, endpoint)[2]
        treated = np.array([label == one["first"] for label in labels], dtype=bool)
        pairs[endpoint] = TwoGroups(sample(groups, endpoint), treated)
        for kind in one.get("stratified", {}):
            strata = np.array(strata_column(groups, kind), dtype=np.int64)
            pairs[f"{endpoint} {kind}"] = TwoGroups(sample(groups, endpoint), treated, strata)
    return Question(curves, pairs, proportions, means)


def counted(rows: Sequence[Outcome]) -> tuple[int, int]:
    """(successes, those that count) of the rate at 6 months."""
    members = [row for row in rows if row.counts]
    return sum(row.six_months == "success" for row in members), len(members)


def sample(groups: Mapping[str, Sequence[Member]], endpoint: str) -> Sample:
    days, events, _ = columns(groups, endpoint)
    return Sample(np.array(days, dtype=np.int64), np.array(events, dtype=bool))


def group_numbers(label: str, figures: Mapping[str, Figures]) -> list[tuple[str, float | None]]:
    """The stored figures of one group, by the names of the question."""
    found: Numbers = {}
    mine = figures[label]
    beside = mine.get("secondary", {})
    curves = {one: mine[one] for one in ENDPOINTS}
    curves |= {one: beside[one] for one in secondary.TIMES if one in beside}
    for endpoint, curve in curves.items():
        name = f"{label} {endpoint}"
        for row, day in enumerate(curve["days"]):
            if curve["died"][row]:
                for end in ("survival", "lower", "upper"):
                    found[f"{name} day {day} {end}"] = curve[end][row]
        found[f"{name} median"] = curve["median"]["days"]
        found[f"{name} median lower"] = curve["median"]["lower"]
        found[f"{name} median upper"] = curve["median"]["upper"]
    rates = {one: mine[one] for one in RATES if one in mine}
    rates |= {one: beside[one] for one in secondary.RATES if one in beside}
    for rate, one in rates.items():
        for end, key in (("estimate", "rate"), ("lower", "lower"), ("upper", "upper")):
            found[f"{label} {rate} {end}"] = one[key]
    for row in beside.get("quality", ()):
        for what, one in (("score", row), ("change", row["change"])):
            for end in ("mean", "sd"):
                found[f"{label} {what} {row['visit']} {end}"] = one[end]
    return list(found.items())


def comparison_numbers(
    endpoint: str, compared: Mapping[str, Figures]
) -> list[tuple[str, float | None]]:
    one = compared[endpoint]
    within = one.get("stratified", {})
    named = {endpoint: one} | {f"{endpoint} {kind}": found for kind, found in within.items()}
    return [(f"{name} {what}", found[key]) for name, found in named.items() for what, key in SAID]
