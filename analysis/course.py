"""What became of everyone: screened, randomised, treated, followed, analysed (CONSORT 2025, items
22 and 23). Counts alone, pure; a group is everyone together or one arm."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Course:
    """What became of one randomised participant.

    `injections`: how many were given, `first` and `last` the days. `ended`: why the treatment
    ended, as coded; empty where no form says that it did. `withdrawn`: nothing more is collected.
    """

    injections: int = 0
    first: date | None = None
    last: date | None = None
    ended: str = ""
    lost: bool = False
    withdrawn: bool = False


class Followed(Protocol):
    """One randomised participant, as far as the counts need it."""

    @property
    def code(self) -> str: ...
    @property
    def course(self) -> Course: ...
    @property
    def died(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Screened:
    """How many screened participants share these answers of the eligibility form."""

    randomised: bool
    decision: str
    all_met: str
    willing: str
    withdrew: bool
    n: int = 1


# Why a screened participant is not in the trial, in the order in which the first that holds counts.
REASONS = ("declined", "criteria", "other", "waiting")


def screening(found: Iterable[Screened]) -> dict[str, Any]:
    """{"screened", "randomised", "not": {reason: n}}; `waiting` are those not decided about."""
    counts: Counter[str] = Counter()
    for one in found:
        counts[_outcome(one)] += one.n
    return {
        "screened": sum(counts.values()),
        "randomised": counts["randomised"],
        "not": {reason: counts[reason] for reason in REASONS},
    }


def _outcome(one: Screened) -> str:
    if one.randomised:
        return "randomised"
    refused = one.decision == "screen_failure"
    if one.withdrew or (refused and one.willing == "no"):
        return "declined"
    if not refused:
        return "waiting"
    return "other" if one.all_met == "yes" else "criteria"


def flow(group: Sequence[Followed], derived: Collection[str]) -> dict[str, Any]:
    """The counts of one group; `derived` are the codes of those whose endpoints stand.

    Everyone is in just one of `untreated` (by reason), `waiting` (for the first injection),
    `ended` (by reason) and `treated_on` (treatment goes on). A reason is "" where no form gives it.
    """
    untreated: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    waiting = treated_on = 0
    for one in group:
        over = bool(one.course.ended) or one.died or one.course.lost or one.course.withdrawn
        if one.course.injections:
            treated_on += not over
            ended.update([one.course.ended] if over else [])
        else:
            waiting += not over
            untreated.update([one.course.ended] if over else [])
    return {
        "randomised": len(group),
        "treated": sum(bool(one.course.injections) for one in group),
        "untreated": dict(sorted(untreated.items())),
        "waiting": waiting,
        "ended": dict(sorted(ended.items())),
        "treated_on": treated_on,
        "lost": sum(one.course.lost for one in group),
        "withdrawn": sum(one.course.withdrawn for one in group),
        "died": sum(one.died for one in group),
        "left_out": sum(one.code not in derived for one in group),
    }
