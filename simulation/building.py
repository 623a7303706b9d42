"""A demonstration built in an empty database, up to a day or to the end of its script."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

from crf import study
from crf.definition import Definition
from randomisation.models import Scheme
from randomisation.scheme import open_scheme, plan_of
from reminet_site.context import acting
from reminet_site.roles import Role, Verb
from simulation.clinical_clock import ClinicalClock, check_empty
from simulation.cohort import OPENED
from simulation.course import Course
from simulation.nature import Nature
from simulation.outcomes import Outcome
from simulation.people import SPONSOR, Staff
from simulation.script import Script, centres_of, home_of, sheets_until, write
from simulation.source_records import Calendar
from simulation.supply import Supply
from simulation.trial import Trial

# Of the seeds tried, the one with a centre whose participants are at every stage when served.
SEED = "dijon"
Tell = Callable[[str, float], None]


@dataclass
class Demonstration:
    """A trial under way: who works in it, its clock, its queue of acts."""

    script: Script
    staff: Staff
    clock: ClinicalClock
    supply: Supply
    trial: Trial
    courses: dict[int, Course]


def begin(
    outcomes: Sequence[Outcome],
    tell: Tell,
    *,
    until: date | None = None,
    edit: Callable[[Script], Script] = lambda script: script,
) -> Demonstration:
    """Everything is in place and nobody is screened yet. Refused where the database is not empty.

    The listed accounts work where most is to do on `until`; `edit` may leave parts of the script
    out. Call it inside `quietly`.
    """
    check_empty()
    definition = study.current().definition
    script = edit(write(outcomes, plan_of(definition), SEED, calendar_of(definition)))
    clock = ClinicalClock(script.nature.seed, morning(OPENED - timedelta(days=1)))
    staff = Staff(SEED, home_of(script, until or script.closing))
    made = iter(range(1, 1000))
    taking_part = centres_of(script)
    steps = len(SPONSOR) + len(taking_part)
    staff.employ(taking_part, lambda: tell("people", next(made) / steps))
    supply = Supply(staff, opened_scheme(staff, script.nature), SEED)
    total = sheets_until(script, until)
    trial = Trial(clock, SEED, lambda day, done: tell(f"{day}", done / total))
    courses = {}
    for part in script.parts:
        course = courses[part.subject.key] = Course(part.subject, staff, supply)
        trial.plan_screening(course, part.screening)
        trial.plan_follow_up(course, part.follow_up)
    return Demonstration(script, staff, clock, supply, trial, courses)


@contextmanager
def quietly() -> Iterator[None]:
    """Analyses are asked for at the end, not after each of thousands of entries; nobody is
    mailed."""
    listeners, mails = settings.ON_ENTRY_SAVED, settings.EMAIL_BACKEND
    settings.ON_ENTRY_SAVED = tuple(one for one in listeners if not one.startswith("analysis."))
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    try:
        yield
    finally:
        settings.ON_ENTRY_SAVED, settings.EMAIL_BACKEND = listeners, mails


def morning(day: date) -> datetime:
    return datetime.combine(day, time(8), UTC)


def calendar_of(definition: Definition) -> Calendar:
    """The schedule and the landmark as the definition states them."""
    imaging, injection = definition.visit("ASM"), definition.visit("INJ")
    plan = definition.plan
    return Calendar(
        imaging_every=round(imaging.every_days),
        imaging_window=imaging.window_before,
        imaging_step=imaging.step,
        injection_every=round(injection.every_days),
        injection_window=injection.window_after,
        follow_up_every=definition.visit("FU").every_days,
        landmark_first=plan.window_first_day,
        landmark_last=plan.window_last_day,
        landmark_limit=plan.status_day,
    )


def opened_scheme(staff: Staff, nature: Nature) -> Scheme:
    """The scheme, and the list where there is one, as the custodian's own command seals it."""
    by = staff.actor(Role.CUSTODIAN, Verb.CUSTODY)
    with acting(by):
        scheme = open_scheme(plan=nature.plan, by=by)
    if nature.list_csv:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "list.csv"
            file.write_text(nature.list_csv)
            digest = nature.list_sha256
            call_command("custody", "import-list", str(file), sha256=digest, stdout=io.StringIO())
    return scheme
