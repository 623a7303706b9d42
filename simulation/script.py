"""What will happen in a demonstration, decided before the first act. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from randomisation.methods.plan import Plan
from simulation import cohort, follow_up_forms, marginals, nature, screening_forms
from simulation.body import Body
from simulation.centres import CentrePlan
from simulation.history import draw
from simulation.nature import Fate, Nature
from simulation.outcomes import ARMS, Outcome
from simulation.sheets import Sheet
from simulation.source_records import Calendar
from simulation.subjects import Subject


@dataclass(frozen=True, slots=True)
class Part:
    """One person's part: the forms of screening, and of the follow-up where randomised."""

    subject: Subject
    screening: tuple[Sheet, ...]
    follow_up: tuple[Sheet, ...] = ()
    last_news: date | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """The parts in order of screening; `closing` is the day by which all has happened."""

    nature: Nature
    parts: tuple[Part, ...]
    closing: date
    seed: str


def sheets_until(script: Script, day: date | None) -> int:
    """How many pages are filled in up to a day, or to the end."""
    pages = (one for part in script.parts for one in (*part.screening, *part.follow_up))
    return sum(day is None or one.day <= day for one in pages)


def write(outcomes: Sequence[Outcome], plan: Plan, seed: str, calendar: Calendar) -> Script:
    """Everybody's part, for profiles that come true under this plan of allocation."""
    people = cohort.draw(len(outcomes), seed)
    decided = nature.decide(people, outcomes, plan, seed)
    fates, failures = nature.fates(people, outcomes, decided, seed)
    closing = nature.closing(fates)
    severe = with_severe_event(fates, seed)
    parts = [
        randomised_part(fate, seed, closing, calendar, severe=fate.subject.key in severe)
        for fate in fates
    ]
    parts += [screened_part(subject, seed) for subject in failures]
    parts.sort(key=lambda part: part.subject.key)
    return Script(decided, tuple(parts), closing, seed)


def with_severe_event(fates: Sequence[Fate], seed: str) -> frozenset[int]:
    """Keys of those with an event of grade 3-4: the published number of each arm."""
    chance = cohort.stream(seed, "severe")
    chosen: frozenset[int] = frozenset()
    for arm in ARMS:
        mine = [fate.subject.key for fate in fates if fate.subject.arm == arm]
        count = marginals.share_of_arm(marginals.GRADE_3_4[arm], len(mine))
        chosen |= marginals.picked(mine, count, chance)
    return chosen


def screened_part(subject: Subject, seed: str) -> Part:
    body = Body(subject, seed)
    return Part(subject, tuple(screening_forms.sheets(subject, body, seed)))


def randomised_part(
    fate: Fate, seed: str, closing: date, calendar: Calendar, *, severe: bool
) -> Part:
    subject = fate.subject
    body = Body(subject, seed)
    history = draw(
        subject,
        fate.outcome,
        seed,
        severe=severe,
        closing_day=(closing - subject.randomised_on).days,
        calendar=calendar,
    )
    first = screening_forms.sheets(subject, body, seed)
    then = follow_up_forms.sheets(subject, history, body, seed)
    return Part(subject, tuple(first), tuple(then), subject.on(fate.outcome.os_days))


def home_of(script: Script, day: date) -> str:
    """The centre of the listed accounts: it has the most to do on that day, and nobody who left
    without progression, whose imaging would be overdue for ever."""
    busy: Counter[str] = Counter()
    for part in script.parts:
        if part.last_news and part.subject.randomised_on <= day:
            busy[part.subject.centre.code] += weight(part, day)
    return max((one.code for one in centres_of(script)), key=lambda code: busy[code])


def weight(part: Part, day: date) -> int:
    if is_active(part, day):
        return 3
    return 1 if has_progressed(part, day) else -6


def has_progressed(part: Part, day: date) -> bool:
    """A progression or the death is known by that day."""
    past = [sheet for sheet in part.follow_up if sheet.day <= day]
    return any(sheet.form == "DEATH" or sheet.answers.get("response") == "PD" for sheet in past)


def centres_of(script: Script) -> list[CentrePlan]:
    """Those that screen somebody, in the order of their codes."""
    found = {part.subject.centre for part in script.parts}
    return sorted(found, key=lambda centre: centre.code)


def is_active(part: Part, day: date) -> bool:
    """Randomised by that day, seen after it, and treatment has not ended."""
    if part.last_news is None or part.subject.randomised_on > day:
        return False
    ended = any(sheet.form == "EOT" and sheet.day <= day for sheet in part.follow_up)
    return part.last_news > day and not ended and not has_progressed(part, day)
