"""What the committee recommended: of each the verdict and what is asked of the sponsor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from analysis.models import Look, Recommendation, Verdict


@dataclass(frozen=True, slots=True)
class Recommended:
    look: int
    verdict: str
    stops: bool  # something is to be done at once
    asked: str
    by: str
    at: datetime


def recommended(made: Iterable[Recommendation]) -> tuple[Recommended, ...]:
    return tuple(
        Recommended(
            one.look.number,
            _(str(Verdict(one.verdict).label)),
            one.verdict in (Verdict.PAUSE, Verdict.STOP),
            one.asked,
            one.by.name,
            one.at,
        )
        for one in made
    )


def recommended_after(look: Look | None) -> Recommended | None:
    """None where the committee has not said anything after this look."""
    made = getattr(look, "recommendation", None)
    return recommended([made])[0] if made else None


def verdicts() -> tuple[tuple[str, str], ...]:
    """(value, words) of what can be recommended, in the reader's language."""
    return tuple((verdict.value, _(str(verdict.label))) for verdict in Verdict)
