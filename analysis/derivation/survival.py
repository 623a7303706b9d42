"""Time-to-event endpoints: PFS, its sensitivity analyses, time to progression, OS, survival without
chemotherapy, follow-up.

PFS runs from randomisation to the first RECIST 1.1 progression or death from any cause. Alive
without progression: censored at the last evaluable assessment, day 0 if none. A new anti-tumour
treatment on an earlier day than the event: censored at the last evaluable assessment of an
earlier day than that treatment, day 0 if none.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from analysis.derivation.conventions import REMINET, Conventions
from analysis.derivation.sources import Derived, ParticipantRecord, Seen, Source, Timeline


class Why(StrEnum):
    """What ended the time."""

    PROGRESSION = "progression"
    DEATH = "death"
    NEW_TREATMENT = "new anti-tumour treatment"
    CHEMOTHERAPY = "chemotherapy"
    LAST_ASSESSMENT = "last evaluable assessment"
    NO_ASSESSMENT = "no evaluable assessment after baseline"
    BEFORE_NEW_TREATMENT = "last evaluable assessment before a new anti-tumour treatment"
    BEFORE_MISSED = "last evaluable assessment before two or more missed ones"
    LAST_NEWS = "last news"
    WORSE = "definitive deterioration"
    LAST_QUESTIONNAIRE = "last questionnaire"


@dataclass(frozen=True, slots=True)
class TimeToEvent:
    """Whole days since randomisation, whether the event happened, and what ended the time."""

    days: int
    event: bool
    why: Why


Time = Derived[TimeToEvent]


def pfs(record: ParticipantRecord) -> Time:
    """Progression-free survival, the primary censoring rules. Raises DataError."""
    times = record.timeline
    event = _first_event(record, times)
    cut = times.treatment_day
    if cut is not None and (event is None or cut < event.value.days):
        return _censored_before_treatment(times, cut)
    return event if event is not None else _censored_at_last(times.evaluable)


def pfs_treatment_as_event(record: ParticipantRecord) -> Time:
    """Sensitivity: as PFS, a new anti-tumour treatment before progression being the event."""
    times = record.timeline
    event = _first_event(record, times)
    cut = times.treatment_day
    if cut is not None and (event is None or cut < event.value.days):
        assert times.treatment is not None
        value = TimeToEvent(cut, True, Why.NEW_TREATMENT)
        return Derived(value, times.treatment.sources, "event: new anti-tumour treatment")
    return event if event is not None else _censored_at_last(times.evaluable)


def pfs_missed_censored(record: ParticipantRecord, conventions: Conventions = REMINET) -> Time:
    """Sensitivity: as PFS, an event after two or more missed assessments being censored at the
    last evaluable one before it (day 0 if none)."""
    found = pfs(record)
    if not found.value.event:
        return found
    last = record.timeline.last_before(found.value.days)
    start = 0 if last is None else last.day
    missed = missed_assessments(start, found.value.days, conventions)
    if missed < conventions.missed_from:
        return found
    sources = found.sources if last is None else (*last.sources, *found.sources)
    value = TimeToEvent(start, False, Why.BEFORE_MISSED)
    return Derived(value, sources, f"censored: {missed} scheduled assessments missed before event")


def missed_assessments(after: int, before: int, conventions: Conventions = REMINET) -> int:
    """How many scheduled assessments (in REMINET every 91 days, window 14 either side) have
    their whole window after day `after` and before day `before`."""
    every, window = conventions.imaging_every, conventions.imaging_window
    first = (after + window) // every + 1
    last = (before - window - 1) // every
    return max(last - first + 1, 0)


def time_to_progression(record: ParticipantRecord) -> Time:
    """As PFS, a death without progression being censored at the last evaluable assessment."""
    found = pfs(record)
    if found.value.why is not Why.DEATH:
        return found
    return _censored_at_last(record.timeline.evaluable)


def overall_survival(record: ParticipantRecord) -> Time:
    """Randomisation to death from any cause; alive: censored at the last news."""
    times = record.timeline
    if record.death is not None and times.death_day is not None:
        value = TimeToEvent(times.death_day, True, Why.DEATH)
        return Derived(value, record.death.sources, "event: death from any cause")
    news = last_news(record)
    value = TimeToEvent(record.day(news.value), False, Why.LAST_NEWS)
    return Derived(value, news.sources, "censored: last news")


def chemotherapy_free(record: ParticipantRecord) -> Time:
    """Time without chemotherapy: randomisation to the first day of the first chemotherapy after it,
    or death; else censored at the last news."""
    given = [one for one in record.new_treatments if one.chemotherapy and record.day(one.on) >= 0]
    first = min(given, key=lambda one: one.on, default=None)
    if first is None or (record.death is not None and record.death.on < first.on):
        return overall_survival(record)
    value = TimeToEvent(record.day(first.on), True, Why.CHEMOTHERAPY)
    return Derived(value, first.sources, "event: first chemotherapy after the trial's treatment")


def follow_up(record: ParticipantRecord) -> Time:
    """Potential follow-up for the reverse Kaplan-Meier: OS with event and censoring swapped."""
    found = overall_survival(record)
    value = TimeToEvent(found.value.days, not found.value.event, found.value.why)
    return Derived(value, found.sources, "overall survival, event and censoring swapped")


def last_news(record: ParticipantRecord) -> Derived[date]:
    """The latest date on which the participant is known to be alive: randomisation, assessment
    (evaluable or not), injection, visit, start of a new treatment, contact."""
    known: list[tuple[date, tuple[Source, ...]]] = [(record.randomised_on, record.sources)]
    known += [(fact.on, fact.sources) for fact in record.assessments]
    known += [(fact.on, fact.sources) for fact in record.new_treatments]
    known += [(fact.on, fact.sources) for fact in record.alive]
    on = max(day for day, _ in known)
    sources = tuple(dict.fromkeys(source for day, named in known if day == on for source in named))
    return Derived(on, sources, "latest date known to be alive")


def _first_event(record: ParticipantRecord, times: Timeline) -> Time | None:
    """Progression or death, whichever day comes first; progression on the same day."""
    progressed = times.progression
    if progressed is not None and (times.death_day is None or progressed.day <= times.death_day):
        value = TimeToEvent(progressed.day, True, Why.PROGRESSION)
        return Derived(value, progressed.sources, "event: first RECIST 1.1 progression")
    if times.death_day is None or record.death is None:
        return None
    value = TimeToEvent(times.death_day, True, Why.DEATH)
    return Derived(
        value, record.death.sources, "event: death from any cause, no progression before"
    )


def _censored_at_last(evaluable: tuple[Seen, ...]) -> Time:
    if not evaluable:
        value = TimeToEvent(0, False, Why.NO_ASSESSMENT)
        return Derived(value, (), "censored at day 0: no evaluable assessment after baseline")
    last = evaluable[-1]
    value = TimeToEvent(last.day, False, Why.LAST_ASSESSMENT)
    return Derived(value, last.sources, "censored: last evaluable assessment")


def _censored_before_treatment(times: Timeline, cut: int) -> Time:
    assert times.treatment is not None
    last = times.last_before(cut)
    value = TimeToEvent(0 if last is None else last.day, False, Why.BEFORE_NEW_TREATMENT)
    sources = times.treatment.sources if last is None else (*last.sources, *times.treatment.sources)
    return Derived(value, sources, "censored: new anti-tumour treatment before progression")
