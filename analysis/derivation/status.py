"""Alive without progression at 6 and at 12 months, and the evaluable set.

The assessment of a landmark is the last evaluable one in its window. Where there is one: success
is no progression on or before it and alive on its day; else failure. Where there is none: failure
is progression or death by the limit; success is a later evaluable assessment without progression;
else not evaluable. There, a new anti-tumour treatment that came first makes it not evaluable.

Where the window is still open at the cut-off and nothing has decided yet, the status is pending.
"""

from enum import StrEnum

from analysis.derivation.conventions import SIX_MONTHS, TWELVE_MONTHS, Landmark
from analysis.derivation.sources import Derived, ParticipantRecord, Response, Seen, Source, Timeline
from analysis.derivation.survival import pfs

__all__ = [
    "SIX_MONTHS",
    "TWELVE_MONTHS",
    "Landmark",
    "Status",
    "evaluable",
    "landmark_assessment",
    "reached",
    "response_at",
    "status",
    "status_from_times",
]


class Status(StrEnum):
    """What a participant's landmark says."""

    SUCCESS = "success"
    FAILURE = "failure"
    NOT_EVALUABLE = "not evaluable"
    PENDING = "pending"


def status(record: ParticipantRecord, landmark: Landmark = SIX_MONTHS) -> Derived[Status]:
    """Alive without progression at the landmark. Raises DataError."""
    times = record.timeline
    assessment = landmark_assessment(times, landmark)
    if assessment is not None:
        return _at_assessment(record, times, assessment, landmark)
    return _without_assessment(record, times, landmark)


def landmark_assessment(times: Timeline, landmark: Landmark) -> Seen | None:
    """The last evaluable assessment in the landmark's window."""
    inside = [seen for seen in times.evaluable if landmark.first <= seen.day <= landmark.last]
    return inside[-1] if inside else None


def response_at(
    record: ParticipantRecord, landmark: Landmark = SIX_MONTHS
) -> Derived[Response | None]:
    """The overall response at the landmark's assessment; None where there is no such one."""
    found = landmark_assessment(record.timeline, landmark)
    if found is None:
        return Derived(None, (), f"no evaluable assessment at {landmark.name}")
    return Derived(
        found.assessment.response, found.sources, f"response at the {landmark.name} assessment"
    )


def reached(record: ParticipantRecord, landmark: Landmark = SIX_MONTHS) -> Derived[bool]:
    """The landmark's window closed by the cut-off. A rate counts those alone: of those still on
    their way only the failures are known, so that they would make it worse than it is."""
    on = record.known_to
    if on is None or record.day(on) >= landmark.last:
        return Derived(True, (), f"day {landmark.last} was reached by the cut-off")
    return Derived(False, (), f"day {landmark.last} lies after the cut-off")


def evaluable(record: ParticipantRecord) -> Derived[bool]:
    """Member of the evaluable set: an evaluable assessment after baseline, or a PFS event."""
    times = record.timeline
    if times.evaluable:
        first = times.evaluable[0]
        return Derived(True, first.sources, "an evaluable assessment after baseline")
    found = pfs(record)
    if found.value.event:
        return Derived(True, found.sources, "a PFS event")
    return Derived(False, (), "no evaluable assessment after baseline and no PFS event")


def _at_assessment(
    record: ParticipantRecord, times: Timeline, assessment: Seen, landmark: Landmark
) -> Derived[Status]:
    progressed = times.progression
    if progressed is not None and progressed.day <= assessment.day:
        return Derived(
            Status.FAILURE,
            _both(progressed.sources, assessment.sources),
            f"progression on or before the {landmark.name} assessment",
        )
    if record.death is not None and record.day(record.death.on) <= assessment.day:
        return Derived(
            Status.FAILURE,
            _both(record.death.sources, assessment.sources),
            f"not alive on the day of the {landmark.name} assessment",
        )
    return Derived(
        Status.SUCCESS,
        assessment.sources,
        f"no progression on or before the {landmark.name} assessment",
    )


def _without_assessment(
    record: ParticipantRecord, times: Timeline, landmark: Landmark
) -> Derived[Status]:
    """The first of: progression or death by the limit, a later assessment, a new treatment."""
    day, value, sources, rule = _deciding_fact(record, times, landmark)
    if value is Status.NOT_EVALUABLE and not reached(record, landmark).value:
        rule = f"no {landmark.name} assessment yet, and its window is open at the cut-off"
        return Derived(Status.PENDING, (), rule)
    if (
        times.treatment is not None
        and times.treatment_day is not None
        and times.treatment_day < day
    ):
        return Derived(
            Status.NOT_EVALUABLE,
            times.treatment.sources,
            f"no {landmark.name} assessment, and a new anti-tumour treatment came first",
        )
    return Derived(value, sources, rule)


def _deciding_fact(
    record: ParticipantRecord, times: Timeline, landmark: Landmark
) -> tuple[float, Status, tuple[Source, ...], str]:
    """Day, status, sources and rule, new treatments left aside."""
    progressed = times.progression
    ends = [] if progressed is None else [(progressed.day, progressed.sources, "progression")]
    if record.death is not None:
        ends.append((record.day(record.death.on), record.death.sources, "death"))
    end = min(ends, key=lambda one: one[0], default=None)
    if end is not None and end[0] <= landmark.limit:
        return end[0], Status.FAILURE, end[1], f"{end[2]} by day {landmark.limit}"
    later = next((seen for seen in times.evaluable if seen.day > landmark.last), None)
    if later is not None and not later.assessment.progression:
        rule = f"no {landmark.name} assessment; a later one shows no progression"
        return later.day, Status.SUCCESS, later.sources, rule
    sources = () if later is None else later.sources
    rule = f"no {landmark.name} assessment, and nothing later that shows no progression"
    return float("inf"), Status.NOT_EVALUABLE, sources, rule


def _both(one: tuple[Source, ...], other: tuple[Source, ...]) -> tuple[Source, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def status_from_times(pfs_days: int, pfs_event: bool, died: bool = False) -> Status:
    """The 6-month status of a participant of whom only the PFS is known, imaged every 91 days
    while free of progression and on the day of progression or censoring, without any other
    treatment before: what `status` derives from such assessments.

    Progression up to day 196 is a failure (from day 168 it is itself the 6-month assessment);
    death up to day 182 is one, later the assessment of day 182 came first; censored from day 168
    on is a success, censored earlier is not evaluable.
    """
    if pfs_event:
        last_failure = int(SIX_MONTHS.limit) if died else SIX_MONTHS.last
        return Status.FAILURE if pfs_days <= last_failure else Status.SUCCESS
    return Status.SUCCESS if pfs_days >= SIX_MONTHS.first else Status.NOT_EVALUABLE
