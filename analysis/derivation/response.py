"""Best overall response, RECIST 1.1, with and without confirmation.

Over the assessments up to the first progression and before any new anti-tumour treatment. Stable
disease counts from `stable_from` days after randomisation (assumed six weeks). Confirmation, for
a trial that asks for it: a second such assessment at least 28 days later, at most one NE between.
A CR followed by PR or SD stays as it was entered.
"""

from collections.abc import Sequence

from analysis.derivation.conventions import REMINET
from analysis.derivation.sources import Derived, ParticipantRecord, Response

CONFIRMED_FROM = 28
NOT_EVALUABLE_BETWEEN = 1

Point = tuple[int, Response]
RESPONSES = (Response.CR, Response.PR)
STABLE = (*RESPONSES, Response.SD)


def best_response(
    record: ParticipantRecord, stable_from: int = REMINET.stable_from, confirmed: bool = False
) -> Derived[Response | None]:
    """The best overall response; None where there is no assessment after baseline."""
    times = record.timeline
    kept = []
    for assessment in sorted(record.assessments, key=lambda one: (one.on, one.progression)):
        day = record.day(assessment.on)
        if times.treatment_day is not None and day >= times.treatment_day:
            break
        if day > 0:
            kept.append((day, assessment))
        if assessment.progression:
            break
    index = best_of([(day, one.response) for day, one in kept], stable_from, confirmed)
    if index is None:
        return Derived(None, (), "no assessment after baseline")
    found, at = index
    kind = "confirmed" if confirmed else "unconfirmed"
    return Derived(found, kept[at][1].sources, f"best overall response, {kind}")


def best_of(
    points: Sequence[Point], stable_from: int = REMINET.stable_from, confirmed: bool = False
) -> tuple[Response, int] | None:
    """The best of (day, response) in order of day, and the index of the first that gives it."""
    checks = [(found, _responds(points, found, confirmed)) for found in RESPONSES]
    checks += [
        (Response.SD, [r in STABLE and day >= stable_from for day, r in points]),
        (
            Response.NON_CR_NON_PD,
            [r is Response.NON_CR_NON_PD and day >= stable_from for day, r in points],
        ),
        (Response.PD, [r is Response.PD for _, r in points]),
        (Response.NE, [True for _ in points]),
    ]
    return next(((found, holds.index(True)) for found, holds in checks if True in holds), None)


def _responds(points: Sequence[Point], wanted: Response, confirmed: bool) -> list[bool]:
    """For each point, whether it is the wanted response (and is confirmed, where asked for)."""
    return [
        r is wanted and (not confirmed or _confirmed(points, i)) for i, (_, r) in enumerate(points)
    ]


def _confirmed(points: Sequence[Point], i: int) -> bool:
    """A CR by a later CR, a PR by a later PR or CR; between them nothing worse, no fall from CR
    back to PR, at most one NE."""
    start, wanted = points[i]
    enough = RESPONSES[: RESPONSES.index(wanted) + 1]
    missing, complete = 0, wanted is Response.CR
    for day, response in points[i + 1 :]:
        if response is Response.NE:
            missing += 1
            if missing > NOT_EVALUABLE_BETWEEN:
                return False
            continue
        if response not in enough or (complete and response is Response.PR):
            return False
        complete = complete or response is Response.CR
        if day - start >= CONFIRMED_FROM:
            return True
    return False
