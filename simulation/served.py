"""What is left to do on the day on which the demonstration is served, for everybody at home.

The day is in the middle of the trial: some participants are treated, some have progressed, one
may be randomised, one is in screening, a visit is late, questions wait, a shipment is on its way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

from analysis import blinded, dmc, unblinded
from analysis.actions import ask_look
from crf import study
from crf.actions import save_entry
from crf.actions_drafts import save_draft
from crf.actions_freeze import freeze
from crf.actions_source import verify
from crf.models import Entry
from crf.places import place_at
from crf.reads_freeze import saved_of
from randomisation.actions import ship_kits
from reminet_site.context import acting
from reminet_site.roles import Role, Verb
from simulation.body import Body
from simulation.building import Demonstration, morning
from simulation.centres import CENTRES
from simulation.cohort import draw_tumours, person, stream
from simulation.course import Course
from simulation.screening_forms import sheets
from simulation.script import Part, Script, home_of, is_active
from simulation.subjects import Subject

DAY = date(2018, 9, 17)  # a Monday
UNENTERED = 40  # days: what one participant's visits of this time await
CONSENTED = timedelta(days=12)


def moment() -> datetime:
    return morning(DAY)


def awaiting(script: Script) -> int:
    """The key of the participant at home whose last visits are not entered yet."""
    home = home_of(script, DAY)
    mine = [part for part in script.parts if part.subject.centre.code == home]
    return next(part.subject.key for part in mine if part.last_news and is_active(part, DAY))


def without_last_visits(script: Script) -> Script:
    """The script with the last weeks of one participant at home left for the visitor to enter."""
    key, since = awaiting(script), DAY - timedelta(days=UNENTERED)
    parts = tuple(
        shortened(part, since) if part.subject.key == key else part for part in script.parts
    )
    return replace(script, parts=parts)


def shortened(part: Part, since: date) -> Part:
    return replace(part, follow_up=tuple(one for one in part.follow_up if one.day <= since))


def newcomers(made: Demonstration) -> list[Course]:
    """Two people at home in screening: one may be randomised, one has just consented."""
    home = next(one for one in CENTRES if one.code == home_of(made.script, DAY))
    chance = stream(made.script.seed, "newcomers")
    courses = []
    for number, disease in enumerate(draw_tumours(2, chance)):
        someone = person(home, DAY + timedelta(days=3), disease, chance)
        someone = dated(replace(someone, key=9000 + number), DAY - CONSENTED)
        courses.append(Course(someone, made.staff, made.supply))
    return courses


def dated(subject: Subject, consented_on: date) -> Subject:
    """The same person with consent, imaging and eligibility in the last days before DAY."""
    imaged = consented_on + timedelta(days=2)
    moved = imaged - subject.imaged_on
    disease = subject.tumour
    return replace(
        subject,
        consented_on=consented_on,
        imaged_on=imaged,
        randomised_on=DAY - timedelta(days=3),
        tumour=replace(
            disease,
            diagnosed=disease.diagnosed + moved,
            l1_start=disease.l1_start + moved,
            l1_stop=disease.l1_stop + moved,
        ),
    )


def plan_newcomers(made: Demonstration) -> None:
    """The first is entered whole, without randomisation; of the second, consent and person."""
    ready, begun = newcomers(made)
    for course, forms in ((ready, 8), (begun, 2)):
        pages = sheets(course.subject, Body(course.subject, made.script.seed), made.script.seed)
        made.trial.plan_pages(course, pages[:forms])


def leave_work(made: Demonstration, say: Callable[[str], None]) -> None:
    """Questions at home, a draft, a shipment on its way, stock in the depot."""
    home = home_of(made.script, DAY)
    course = made.courses[awaiting(made.script)]
    leave_questions(made, course)
    leave_draft(made, course)
    leave_event(made, course)
    leave_verified(made, home)
    leave_frozen(made, home)
    made.supply.deliver(40, DAY)
    by = made.staff.actor(Role.SUPPLY_MANAGER, Verb.REGISTER_KITS)
    with acting(by):
        ship_kits(centre=made.staff.centres[home], each=6, by=by)
    say("blinded interim")
    blinded.run("demonstration")
    say("a look of the committee")
    look(made)


def leave_questions(made: Demonstration, course: Course) -> None:
    """Three of the monitor's, one of them answered."""
    by = made.staff.actor(Role.MONITOR, Verb.READ_CASEBOOK)
    with acting(by):
        found = Entry.objects.filter(participant=course.participant).order_by("-visit_date")
        latest = {entry.form: entry for entry in reversed(found)}
    asked = []
    for form, item, text in (
        ("LAB", "platelets", "The laboratory's report shows another value. Please check."),
        ("INJ", "kit", "Please confirm the kit number with the empty box."),
        (
            "RECIST",
            "imaging_date",
            "The report of the radiologist is dated otherwise. Please check.",
        ),
    ):
        if form in latest:
            asked.append(course.ask_about(latest[form], item, text))
    if asked:
        course.answer(asked[-1], "The report was dictated a day later; the imaging date is right.")


def leave_draft(made: Demonstration, course: Course) -> None:
    """The coordinator has begun the visit that is late, and was called away."""
    by = made.staff.actor(Role.SITE_COORDINATOR, Verb.ENTER_DATA, course.centre)
    with acting(by):
        given = Entry.objects.filter(participant=course.participant, form="INJ").count()
        visit = f"INJ-{given + 1:02d}"
        raw = study.current().form("INJ").raw({"weight": "67.5", "sbp": 128, "ps": "1"})
        place = place_at(course.participant.code, visit, "INJ", 1)
        save_draft(place=place, raw=raw, version=0, by=by)


def leave_event(made: Demonstration, course: Course) -> None:
    """A serious event of yesterday afternoon, of which the report still lacks the relation."""
    by = made.staff.actor(Role.INVESTIGATOR, Verb.ENTER_DATA, course.centre)
    with acting(by):
        before = Entry.objects.filter(participant=course.participant, form="AE").count()
        event = {
            "term": "Biliary tract infection",
            "grade": "3",
            "start": str(DAY - timedelta(days=2)),
            "ongoing": "yes",
            "action": "none",
            "outcome": "ongoing",
            "serious": "yes",
            "seriousness": ["hospital"],
            "aware_on": str(DAY - timedelta(days=1)),
            "aware_at": "16:40",
        }
        save_entry(
            participant=course.participant,
            visit="LOG",
            form="AE",
            number=before + 1,
            raw=study.current().form("AE").raw(event),
            version=0,
            by=by,
        )


def leave_verified(made: Demonstration, home: str) -> None:
    """The monitor was at the centre at home two months ago, and compared what was entered then."""
    by = made.staff.actor(Role.MONITOR, Verb.VERIFY_SOURCE)
    with acting(by):
        entries = Entry.objects.filter(centre__code=home, visit_date__lt=DAY - timedelta(days=60))
        for one in entries.select_related("participant").order_by("pk"):
            place = place_at(one.participant.code, one.visit, one.form, one.number)
            verify(place=place, version=one.version, by=by)


def leave_frozen(made: Demonstration, home: str) -> None:
    """The casebook of somebody at home who died is clean, and frozen."""
    by = made.staff.actor(Role.DATA_MANAGER, Verb.FREEZE)
    with acting(by):
        died = Entry.objects.filter(centre__code=home, form="DEATH").order_by("participant__code")
        for one in died.select_related("participant"):
            saved = saved_of(one.participant)
            if not saved.queries:
                freeze(participant=one.participant, seen=saved.mark, by=by)
                return


def look(made: Demonstration) -> None:
    by = made.staff.actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by):
        asked = ask_look(reason="Safety review planned for the autumn meeting.", by=by)
    unblinded.run(asked.run_id)
    by = made.staff.actor(Role.DMC_MEMBER, Verb.RECOMMEND)
    with acting(by):
        dmc.recommend(
            dmc.look_for(asked.number),
            verdict="change",
            asked="Remind the centres to image every three months: two assessments were late.",
            grounds="Few events in either arm; no difference in harms that would end the trial.",
            by=by,
        )
