"""A demonstration built in an empty database, up to a day or to the end of its script."""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
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
from simulation.centres import CentrePlan
from simulation.clinical_clock import ClinicalClock, check_empty
from simulation.cohort import OPENED
from simulation.course import Course
from simulation.nature import Nature
from simulation.outcomes import Outcome
from simulation.people import SPONSOR, Staff
from simulation.script import Part, Script, write
from simulation.source_records import Calendar
from simulation.supply import Supply
from simulation.trial import Trial

SEED = "demonstration"
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


def begin(outcomes: Sequence[Outcome], tell: Tell, cut: date | None = None) -> Demonstration:
    """Everything is in place and nobody is screened yet. Refused where the database is not empty.

    Analyses are asked for at the end, not after each of the entries.
    """
    check_empty()
    settings.ON_ENTRY_SAVED = ()
    definition = study.current().definition
    script = write(outcomes, plan_of(definition), SEED, calendar_of(definition))
    clock = ClinicalClock(script.nature.seed, morning(OPENED - timedelta(days=1)))
    staff = Staff(SEED, home_of(script, cut or script.closing))
    made = iter(range(1, 1000))
    taking_part = centres_of(script)
    steps = len(SPONSOR) + len(taking_part)
    staff.employ(taking_part, lambda: tell("people", next(made) / steps))
    supply = Supply(staff, opened_scheme(staff, script.nature), SEED)
    total = script.sheets
    trial = Trial(clock, SEED, lambda day, done: tell(f"{day}", done / total))
    courses = {}
    for part in script.parts:
        course = courses[part.subject.key] = Course(part.subject, staff, supply)
        trial.plan_screening(course, part.screening)
        trial.plan_follow_up(course, part.follow_up)
    return Demonstration(script, staff, clock, supply, trial, courses)


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


def home_of(script: Script, day: date) -> str:
    """The centre of the listed accounts: it has the most to do on that day."""
    busy: Counter[str] = Counter()
    for part in script.parts:
        if part.last_news and part.subject.randomised_on <= day:
            busy[part.subject.centre.code] += 3 if is_active(part, day) else 1
    return max((one.code for one in centres_of(script)), key=lambda code: busy[code])


def centres_of(script: Script) -> list[CentrePlan]:
    """Those that screen somebody, in the order of their codes."""
    found = {part.subject.centre for part in script.parts}
    return sorted(found, key=lambda centre: centre.code)


def is_active(part: Part, day: date) -> bool:
    """Randomised, and injections are still to come."""
    coming = any(sheet.form == "INJ" and sheet.day > day for sheet in part.follow_up)
    return part.subject.randomised_on <= day and coming
