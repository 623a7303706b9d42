"""The secondary endpoints of reports by arm: rates, times, and quality of life over time.

They stand beside the primary endpoint, and nothing is adjusted for how many they are. A blinded
interim has none of them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from analysis.derivation.participant import DerivedParticipant
from analysis.derivation.quality import BASELINE, turn
from analysis.derivation.response import RESPONSES
from analysis.derivation.status import Status
from analysis.figures import Figures, Member, curve_figures, rounded
from analysis.stats.moments import moments
from analysis.stats.proportion import clopper_pearson

CONFIDENCE = 0.90  # as of the primary rate
VISITS = "ASM-"  # those at which quality of life is compared with the baseline
# the variables of a participant that are times to an event
TIMES = (
    "time_to_progression",
    "pfs_treatment_as_event",
    "pfs_missed_censored",
    "chemotherapy_free",
    "deterioration",
)


class Rate(NamedTuple):
    """Of one participant: whether the landmark was reached by the cut-off, whether it is a success,
    and whether nothing is known of it, which counts as none."""

    reached: Callable[[DerivedParticipant], bool]
    success: Callable[[DerivedParticipant], bool]
    unknown: Callable[[DerivedParticipant], bool]


RATES = {
    "twelve_months": Rate(
        lambda one: one.reached_twelve_months.value,
        lambda one: one.twelve_months.value is Status.SUCCESS,
        lambda one: one.twelve_months.value is Status.NOT_EVALUABLE,
    ),
    "response": Rate(
        lambda one: one.reached_six_months.value,
        lambda one: one.response_at_six_months.value in RESPONSES,
        lambda one: one.response_at_six_months.value is None,
    ),
}


def secondary_figures(members: Sequence[Member]) -> Figures:
    """Of one arm: each of RATES and TIMES by name, and `quality` by visit."""
    found: Figures = {rate: rate_figures(members, rate) for rate in RATES}
    found |= {time: curve_figures(*timed(members, time)) for time in TIMES}
    found["quality"] = [quality_figures(members, visit) for visit in visits(members)]
    return rounded(found)


def derived(members: Sequence[Member]) -> Iterator[DerivedParticipant]:
    return (one.derived for one in members if one.derived is not None)


def counted(members: Sequence[Member], rate: str) -> tuple[int, int]:
    """(successes, those of the evaluable set whose landmark was reached)."""
    there = those_that_count(members, rate)
    return sum(map(RATES[rate].success, there)), len(there)


def those_that_count(members: Sequence[Member], rate: str) -> list[DerivedParticipant]:
    return [one for one in derived(members) if one.evaluable.value and RATES[rate].reached(one)]


def rate_figures(members: Sequence[Member], rate: str) -> Figures:
    successes, n = counted(members, rate)
    found = clopper_pearson(successes, n, CONFIDENCE)
    return {
        "success": successes,
        "evaluable": n,
        "pending": sum(not RATES[rate].reached(one) for one in derived(members)),
        "undetermined": sum(map(RATES[rate].unknown, those_that_count(members, rate))),
        "rate": found.estimate,
        "lower": found.lower,
        "upper": found.upper,
    }


def timed(members: Sequence[Member], time: str) -> tuple[list[int], list[bool]]:
    """Days and events of those who have this time."""
    found = [one for member in members if (one := member.time(time)) is not None]
    return [days for days, _ in found], [event for _, event in found]


def visits(members: Sequence[Member]) -> list[str]:
    """The baseline, and the visits after it at which anybody has a score."""
    found = {visit for one in derived(members) for visit in one.scores}
    planned = (visit for visit in found if visit.startswith(VISITS))
    return [BASELINE, *sorted(planned, key=turn)]


def scores(members: Sequence[Member], visit: str) -> list[int]:
    """In hundredths of a point, of those who have one there."""
    return [one.scores[visit] for one in derived(members) if visit in one.scores]


def changes(members: Sequence[Member], visit: str) -> list[int]:
    """From the baseline, of those who have a score at both; none at the baseline itself."""
    if visit == BASELINE:
        return []
    both = [one.scores for one in derived(members) if {BASELINE, visit} <= one.scores.keys()]
    return [one[visit] - one[BASELINE] for one in both]


def quality_figures(members: Sequence[Member], visit: str) -> Figures:
    """In hundredths of a point: scores, and their change from the baseline."""
    changed = moments(changes(members, visit))._asdict()
    return {"visit": visit, **moments(scores(members, visit))._asdict(), "change": changed}
