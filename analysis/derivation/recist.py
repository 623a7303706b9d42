"""RECIST 1.1: target sums, response at one assessment, and what may be a target lesion.

Eisenhauer et al., Eur J Cancer 2009;45:228-247. Millimetres as exact decimals; percentages are
compared by multiplication, so that no rounding decides a response. Complete response comes first:
nodes under 10 mm are normal even where their sum grew.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from analysis.derivation.sources import Response

NORMAL_NODE = Decimal(10)
TOO_SMALL = Decimal(5)
PROGRESSION_MILLIMETRES = Decimal(5)
PROGRESSION_PERCENT = Decimal(20)
PARTIAL_PERCENT = Decimal(30)


@dataclass(frozen=True, slots=True)
class Measured:
    """A target lesion at one assessment: longest diameter, or short axis of a node.

    0: disappeared. None: not evaluated, unless `too_small` to measure but present, which counts
    as 5 mm.
    """

    lesion: str
    millimetres: Decimal | None
    node: bool = False
    too_small: bool = False
    organ: str = ""

    @property
    def counted(self) -> Decimal | None:
        """The millimetres that enter the sum."""
        return TOO_SMALL if self.millimetres is None and self.too_small else self.millimetres


@dataclass(frozen=True, slots=True)
class TargetAssessment:
    """The target lesions at one assessment: response, sum (None where a lesion is missing), and
    the sum's change in per cent from baseline and from the smallest sum before."""

    response: Response
    total: Decimal | None
    from_baseline: Decimal | None
    from_nadir: Decimal | None


def total(lesions: Sequence[Measured]) -> Decimal | None:
    """The sum of diameters; None where a lesion was not evaluated, or there is none."""
    counted = [lesion.counted for lesion in lesions]
    known = [value for value in counted if value is not None]
    return sum(known, Decimal(0)) if counted and len(known) == len(counted) else None


def nadir(baseline: Decimal, earlier: Sequence[Decimal | None]) -> Decimal:
    """The smallest sum so far, baseline included; assessments without a sum are passed over."""
    return min([baseline, *(value for value in earlier if value is not None)])


def target_response(
    lesions: Sequence[Measured], baseline: Decimal, smallest: Decimal
) -> TargetAssessment:
    """The target response, from the sums at baseline and at nadir.

    A lesion not evaluated makes it NE, unless those measured prove progression by themselves.
    """
    measured = sum((lesion.counted or Decimal(0) for lesion in lesions), Decimal(0))
    complete = total(lesions)
    if complete is None:
        proven = bool(lesions) and progressed(measured, smallest)
        return TargetAssessment(Response.PD if proven else Response.NE, None, None, None)
    if all(_gone(lesion) for lesion in lesions):
        response = Response.CR
    elif progressed(complete, smallest):
        response = Response.PD
    elif (baseline - complete) * 100 >= PARTIAL_PERCENT * baseline:
        response = Response.PR
    else:
        response = Response.SD
    return TargetAssessment(
        response, complete, percent_change(complete, baseline), percent_change(complete, smallest)
    )


def progressed(now: Decimal, smallest: Decimal) -> bool:
    """At least 20 % and at least 5 mm above the nadir."""
    growth = now - smallest
    return growth >= PROGRESSION_MILLIMETRES and growth * 100 >= PROGRESSION_PERCENT * smallest


def percent_change(now: Decimal, before: Decimal) -> Decimal | None:
    """The change in per cent; None from 0."""
    return None if before == 0 else (now - before) * 100 / before


def _gone(lesion: Measured) -> bool:
    counted = lesion.counted
    return counted is not None and (counted < NORMAL_NODE if lesion.node else counted == 0)


def overall_response(
    target: Response | None, non_target: Response | None, new_lesion: bool
) -> Response:
    """The response at one assessment. None: there are no target (or no non-target) lesions.

    `target`: CR, PR, SD, PD, NE. `non_target`: CR, NON-CR/NON-PD, PD, NE.
    """
    if new_lesion or Response.PD in (target, non_target):
        return Response.PD
    if target is None:
        return Response.NE if non_target is None else non_target
    if target is Response.CR and non_target not in (Response.CR, None):
        return Response.PR
    return target


def selection_problems(lesions: Sequence[Measured]) -> tuple[str, ...]:
    """What forbids these target lesions at baseline, one sentence each."""
    found = []
    if len(lesions) > 5:
        found.append(f"{len(lesions)} target lesions: at most 5.")
    organs = Counter(lesion.organ for lesion in lesions if lesion.organ)
    found += [
        f"{count} target lesions in {organ}: at most 2 an organ."
        for organ, count in organs.items()
        if count > 2
    ]
    for lesion in lesions:
        least = Decimal(15) if lesion.node else Decimal(10)
        if lesion.millimetres is None or lesion.millimetres < least:
            kind = "node has a short axis" if lesion.node else "lesion measures"
            found.append(
                f"{lesion.lesion}: a target {kind} of at least {least} mm, "
                f"not {lesion.millimetres} mm."
            )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Visit:
    """What one assessment found. `targets` follow the baseline's lesions."""

    targets: tuple[Measured, ...]
    non_target: Response | None
    new_lesion: bool


@dataclass(frozen=True, slots=True)
class TimePoint:
    """The target assessment (None without target lesions) and the overall response."""

    target: TargetAssessment | None
    overall: Response


def time_points(baseline: Sequence[Measured], visits: Sequence[Visit]) -> tuple[TimePoint, ...]:
    """Each assessment judged in the order of time, the nadir carried along. A target lesion that
    an assessment does not list is one not evaluated. Raises ValueError where a target lesion has
    no measurement at baseline, or an assessment lists one that the baseline does not."""
    found: list[TimePoint] = []
    at_baseline = total(baseline)
    if baseline and at_baseline is None:
        raise ValueError("Every target lesion is measured at baseline.")
    sums: list[Decimal | None] = []
    for visit in visits:
        target = None
        measured = _of_baseline(baseline, visit.targets)
        if at_baseline is not None:
            target = target_response(measured, at_baseline, nadir(at_baseline, sums))
            sums.append(target.total)
        overall = overall_response(
            None if target is None else target.response, visit.non_target, visit.new_lesion
        )
        found.append(TimePoint(target, overall))
    return tuple(found)


def _of_baseline(baseline: Sequence[Measured], now: Sequence[Measured]) -> list[Measured]:
    """The lesions of the baseline as they are now."""
    by_name = {lesion.lesion: lesion for lesion in now}
    unknown = by_name.keys() - {lesion.lesion for lesion in baseline}
    if unknown:
        raise ValueError(f"Not among the target lesions of the baseline: {sorted(unknown)}.")
    return [
        by_name.get(lesion.lesion, Measured(lesion.lesion, None, lesion.node))
        for lesion in baseline
    ]
