"""The blinded interim: what is told of all participants together. Pure; no arm, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from analysis.course import flow
from analysis.derivation.conventions import Conventions
from analysis.derivation.participant import derive
from analysis.derivation.sources import DataError
from analysis.derivation.table import outcome
from analysis.extraction import Case, Cut, review_waits
from analysis.figures import Member, follow_up_figures, group_figures, member
from analysis.harms import harms
from analysis.stats.groupsequential import Look, bounds
from crf.definition import Definition

EVERYONE = "all"


# A worker analyses the same participants again and again, and few of them have changed: what was
# derived of a record is kept by what the record says.
derived_of = lru_cache(maxsize=4096)(derive)


def members_of(cases: Sequence[Case], conventions: Conventions) -> tuple[list[Member], list[str]]:
    """Those whose endpoints can be derived, and for the others the sentence that says why not."""
    found, problems = [], []
    for case in cases:
        try:
            derived = derived_of(case.record, conventions)
        except DataError as error:
            problems.append(error.sentence)
            continue
        one = member(derived, bool(case.severe), case.strata)
        if case.central is not None:
            try:
                central = outcome(derived_of(case.central, conventions))
                if review_waits(case, conventions.six_months):
                    central = replace(central, reached=False)
                one = replace(one, central=central)
            except DataError as error:
                problems.append(f"Central review: {error.sentence}")
        found.append(one)
    return found, problems


def remarks_on(members: Sequence[Member]) -> list[str]:
    """What in their entries does not fit, though it stops nothing."""
    found = (one.derived.contradictions for one in members if one.derived is not None)
    return [error.sentence for errors in found for error in errors]


def pooled(cut: Cut, members: list[Member], definition: Definition) -> dict[str, Any]:
    """The result of a blinded run, as stored. Terms of adverse events are free text: not here."""
    figures = group_figures(members)
    return {
        "randomised": [str(c.record.randomised_on) for c in by_day(cut.cases)],
        "centres": len({case.centre for case in cut.cases}),
        EVERYONE: figures,
        "followup": follow_up_figures(members),
        "information": information(figures["pfs"]["events"], definition),
        **course_figures(cut, {EVERYONE: cut.cases}, members, terms=False),
    }


def course_figures(
    cut: Cut, groups: Mapping[str, Sequence[Case]], members: Sequence[Member], terms: bool
) -> dict[str, Any]:
    """What became of everyone and their adverse events, of each group."""
    derived = {one.code for one in members}
    return {
        "screening": cut.screening,
        "flow": {name: flow(group, derived) for name, group in groups.items()},
        "harms": {name: harms(group, terms) for name, group in groups.items()},
    }


def by_day(cases: Sequence[Case]) -> list[Case]:
    return sorted(cases, key=lambda case: (case.record.randomised_on, case.code))


@lru_cache
def planned_looks(fractions: tuple[float, ...], planned: int, alpha: float) -> tuple[Look, ...]:
    """The bounds of the plan; they are a matter of the plan alone, so counted once."""
    return bounds([round(share * planned) for share in fractions], planned, alpha)


def information(events: int, definition: Definition) -> dict[str, Any]:
    """Events against those planned, and the looks that the plan foresees."""
    plan = definition.plan
    planned = plan.events_planned
    looks = planned_looks(plan.information_fractions, planned, plan.interim_alpha)
    return {
        "events": events,
        "planned": planned,
        "fraction": events / planned,
        "looks": [
            {"number": one.number, "events": one.events, "fraction": one.fraction, "z": one.bound}
            for one in looks
        ],
        "assumed": "events_planned" in plan.assumed,
    }
