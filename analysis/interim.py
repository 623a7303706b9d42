"""The blinded interim: what is told of all participants together. Pure; no arm, no clock."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from analysis.derivation.conventions import Conventions
from analysis.derivation.participant import derive
from analysis.derivation.sources import DataError
from analysis.extraction import Case
from analysis.figures import Member, follow_up_figures, group_figures, member
from analysis.stats.groupsequential import Look, bounds
from crf.definition import Definition

EVERYONE = "all"


def members_of(cases: Sequence[Case], conventions: Conventions) -> tuple[list[Member], list[str]]:
    """Those whose endpoints can be derived, and for the others the sentence that says why not."""
    found, problems = [], []
    for case in cases:
        try:
            derived = derive(case.record, conventions)
            found.append(member(derived, bool(case.severe), case.strata))
        except DataError as error:
            problems.append(error.sentence)
    return found, problems


def pooled(cases: Sequence[Case], members: list[Member], definition: Definition) -> dict[str, Any]:
    """The result of a blinded run, as stored."""
    figures = group_figures(members)
    return {
        "randomised": [str(c.record.randomised_on) for c in by_day(cases)],
        "centres": len({case.centre for case in cases}),
        EVERYONE: figures,
        "followup": follow_up_figures(members),
        "information": information(figures["pfs"]["events"], definition),
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
