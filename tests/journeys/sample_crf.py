"""Pages of the casebook with made-up participants, on the trial's own definition."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import SimpleNamespace

from crf import susar
from crf.definition import Definition, Facts, compile_form, due_visits, load
from crf.definition.context import Context
from crf.presenters import (
    casebook,
    casebook_facts,
    conflict,
    home,
    participants,
    queries,
    recent,
    review,
    safety,
    work,
)
from crf.presenters.form_data import EntryFacts
from crf.presenters.form_page import form_page
from crf.safety_clock import ReportClock
from tests.journeys.gallery import ROOT

TODAY = date(2019, 10, 15)
LOCKED = "The trial is locked: data can be read, not changed."
RANDOMISED = date(2019, 2, 8)
FACTS = Facts(
    screened_on=date(2019, 1, 14), consented_on=date(2019, 1, 14), randomised_on=RANDOMISED
)


@cache
def definition() -> Definition:
    return load(ROOT / "crf" / "definitions" / "reminet")


def entry(visit: str, form: str, day: date, filled: int = 10, expected: int = 10, number: int = 1):
    return SimpleNamespace(
        id=0,
        version=1,
        visit=visit,
        form=form,
        number=number,
        visit_date=day,
        filled=filled,
        expected=expected,
    )


def entries() -> list:
    trial = definition()
    found = [entry("SCR", form, date(2019, 1, 20)) for form in trial.visit("SCR").forms]
    for number in range(1, 9):
        day = date.fromordinal(date(2019, 2, 11).toordinal() + 28 * (number - 1))
        found += [entry(f"INJ-{number:02d}", form, day) for form in trial.visit("INJ").forms]
    found += [entry("ASM-03", form, date(2019, 5, 9)) for form in trial.visit("ASM").forms]
    found += [entry("ASM-06", form, date(2019, 8, 9), 8) for form in trial.visit("ASM").forms[:1]]
    found += [entry("UNS-01", "RECIST", date(2019, 9, 10))]
    return [*found, entry("LOG", "AE", date(2019, 8, 12)), entry("LOG", "AE", TODAY, 5, number=2)]


def visits(facts: Facts = FACTS, shift: int = 0):
    kept = {(e.visit, e.form): e.visit_date for e in entries() if e.visit != "LOG"}
    return due_visits(definition(), facts, kept, date.fromordinal(TODAY.toordinal() + shift))


def casebook_page():
    return casebook.casebook_page(
        definition=definition(),
        language="en",
        participant=casebook_facts.ParticipantFacts(
            "FR-05-003",
            "CHU Dijon",
            "FR-05",
            "born May 1961 · pancreatic NET, G2",
            "R-0038",
            RANDOMISED,
            FACTS.screened_on,
        ),
        facts=FACTS,
        due=visits(),
        entries=entries(),
        today=TODAY,
        drafts={("ASM-06", "VITALS", 1)},
        queries={("ASM-06", "RECIST", 1): 1, ("INJ-08", "VITALS", 1): 2},
        asked={("ASM-06", "RECIST", 1): 1},
        waits=work.waiting(people()[0], TODAY),
        titles={("AE", 1): "Diarrhoea, grade 2", ("AE", 2): "Fatigue, grade 1"},
        lasting=("The blind of this participant was broken: 9 Oct 2019, 03:12, Investigator.",),
        recent=(
            recent.Event("today 10:42", "Investigator", "Draft of the assessment, month 6"),
            recent.Event("13 Oct 16:05", "Data manager", "Asked about heart rate, month 6"),
        ),
        rights=casebook.Rights(enter=True, unblind=True, receipt=True),
    )


def people():
    new = Facts(screened_on=date(2019, 10, 1))
    return (
        home.ParticipantWork(
            "FR-05-003",
            visits(),
            RANDOMISED,
            date(2019, 1, 14),
            open_queries=2,
            incomplete=(
                work.Incomplete("ASM-06", "RECIST", 1, 2, date(2019, 8, 9)),
                work.Incomplete("LOG", "AE", 2, 5, TODAY),
            ),
        ),
        home.ParticipantWork("FR-05-007", visits(shift=40), RANDOMISED, date(2019, 1, 14)),
        home.ParticipantWork(
            "FR-05-011", due_visits(definition(), new, {}, TODAY), None, new.screened_on, ready=True
        ),
    )


def asked() -> datetime:
    return datetime(2019, 10, 6, 14, 5, tzinfo=UTC)


def report_due():
    clock = ReportClock(asked() - timedelta(hours=19))
    return home.ReportWork(
        code="FR-05-003",
        visit="LOG",
        form="AE",
        number=4,
        title="Adverse event 4",
        missing="Relation to the treatment",
        state=safety.report_state(clock, asked()),
        due_at=clock.due_at,
    )


def home_page(empty: bool = False, locked: str = ""):
    return home.home_page(
        definition=definition(),
        language="en",
        centre="CHU Dijon",
        centre_code="FR-05",
        timezone="Europe/Paris",
        today=TODAY,
        participants=() if empty else people(),
        locked=locked,
        can_screen=not locked,
        queries=()
        if empty
        else (
            home.QueryWork(
                7, "FR-05-003", "Heart rate, month 6", "46 against 68?", "Data manager", asked()
            ),
        ),
        to_sign=()
        if empty
        else (home.SignWork("FR-05-002", ("Screening and baseline",), "changed"),),
        reports=() if empty else (report_due(),),
        drafts=()
        if empty
        else (
            home.DraftWork(
                "FR-05-003",
                "ASM-06",
                "VITALS",
                1,
                "Examination, month 6",
                datetime(2019, 10, 15, 8, 42, tzinfo=UTC),
            ),
        ),
        figures=(
            home.Figure("Randomised", "51 of 118 planned"),
            home.Figure("Centres open", "24 of 30 planned"),
        ),
    )


def participants_page():
    return participants.participants_page(
        language="en",
        centre="CHU Dijon",
        centre_code="FR-05",
        today=TODAY,
        participants=people(),
        numbers={"FR-05-003": "R-0038", "FR-05-007": "R-0041"},
        frozen={"FR-05-003": "2 Oct 2019"},
        can_screen=True,
    )


def thread(**more):
    steps = (
        queries.step(
            "raised",
            "46 beats/min against 68 at injection 6. Which one is in the source?",
            "Data manager",
            asked(),
            "Europe/Paris",
            TODAY,
        ),
    )
    given = {
        "pk": 7,
        "state": queries.query_state("open"),
        "age": queries.age_of(asked(), TODAY),
        "title": "Heart rate, month 6",
        "code": "FR-05-003",
        "centre": "CHU Dijon",
        "centre_code": "FR-05",
        "visit": "ASM-06",
        "form": "VITALS",
        "number": 1,
        "field": "hr",
        "value": "46 beats/min",
        "steps": steps,
        "from_check": False,
        "can_answer": True,
    }
    return queries.Thread(**(given | more))


def history():
    events = (
        queries.HistoryEvent(
            "26 Aug 14:31", "Site coordinator", "64 beats/min", "46 beats/min", "Digits exchanged"
        ),
        queries.HistoryEvent("12 Aug 09:15", "Site coordinator", "", "64 beats/min"),
    )
    return queries.HistoryPanel(
        "FR-05-003",
        "CHU Dijon",
        "FR-05",
        "ASM-06",
        "VITALS",
        "Examination, month 6",
        1,
        "hr",
        "Heart rate",
        events,
        (thread(),),
        (("Injection 6, 1 Jul", "68"), ("Month 3, 9 May", "71")),
        True,
    )


def queries_page():
    line = {"code": "FR-05-003", "place": "Heart rate, month 6", "asked_at": asked()}
    lines = (
        queries.query_line(
            pk=7, kind="open", question="46 against 68?", by="Data manager", today=TODAY, **line
        ),
        queries.query_line(
            pk=8, kind="answered", question="End before start?", by="", today=TODAY, **line
        ),
    )
    return queries.queries_page(
        title="Queries", line="CHU Dijon", lines=lines, kinds=["open", "answered"]
    )


def serious_page(empty: bool = False):
    columns = ("Event, CTCAE term", "First day", "Why serious", "Worst grade", "Outcome")
    if empty:
        return safety.SeriousPage((), columns, "", first=True)
    told = ReportClock(asked() - timedelta(days=9), asked() - timedelta(days=8, hours=21))
    over = ReportClock(asked() - timedelta(hours=31))
    life = "Life-threatening, Hospitalisation or its prolongation"
    events = (
        (4, ("Biliary tract infection", "12 Oct 2019", life, "4, life-threatening", ""), 2, over),
        (3, ("Ileus", "Sep 2019", "Medically important", "3, severe", "Recovered"), 1, told),
    )
    lines = tuple(
        safety.serious_line(
            pk=number,
            code="FR-05-003",
            centre="CHU Dijon",
            at=("LOG", "AE", number),
            place=f"Adverse event {number}",
            columns=columns,
            values=values,
            saved_at=asked(),
            zone="Europe/Paris",
            version=version,
            complete=all(values),
            report=safety.report_state(clock, asked()),
            sponsor=safety.sponsor_state(number == 3, (), date(2019, 10, 6)),
            opens=number == 4,
        )
        for number, values, version, clock in events
    )
    return safety.SeriousPage(lines, columns, "17", first=True)


def event_page():
    owed = susar.duties(date(2019, 9, 27), None)
    opinion = SimpleNamespace(
        by="Anne Roux", at=asked(), related=False, expected=False, version=1,
        reason="The stones were there before the first injection.",
    )  # fmt: skip
    return safety.EventPage(
        pk=7,
        code="FR-05-003",
        centre="CHU Dijon",
        zone="Europe/Paris",
        place="Adverse event 4",
        at=("LOG", "AE", 4),
        opens=True,
        facts=(("Event, CTCAE term", "Biliary tract infection"), ("Outcome", "Not entered")),
        report=safety.report_state(ReportClock(asked() - timedelta(hours=31)), asked()),
        serious=True,
        verdict="Not expected, and suspected to be related: the authority is told.",
        owed=tuple(safety.owed(one, date(2019, 10, 6)) for one in owed),
        opinions=(opinion,),
        version=2,
        sent=(),
        parts={"reaction": "Reaction"},
        held=(("Trial number", "EudraCT 2013-004069-14"), ("Reaction", "Biliary tract infection")),
        can_judge=True,
        today="06/10/2019",
    )


def a_reading(response="SD, stable disease", **more):
    facts = {
        "new_lesions": False, "sum_mm": "41.5 mm", "comment": "", "reason": "",
        "imaging_on": date(2019, 8, 9), "at": asked(), "by": "Paul Aubert",
    }  # fmt: skip
    return review.Reading(response, **(facts | more))


def images_line(number, month, on, reading=None, waits=True):
    made = (("Modality", "CT"), ("Contrast given", "Yes"))
    shown = review.state_of(waits, None, on, date(2019, 10, 6))
    place = f"Tumour assessment, month {month}"
    return review.ImagesLine(number, "FR-05-003", place, on, made, shown, reading)


def review_page(empty=False):
    columns = ("Modality", "Contrast given")
    if empty:
        return review.ReviewPage((), 0, (), columns, "", first=True, can_read=True)
    waiting = (images_line(12, 9, date(2019, 10, 1)),)
    read = (images_line(11, 6, date(2019, 8, 9), a_reading(), waits=False),)
    return review.ReviewPage(waiting, 1, read, columns, "7", first=True, can_read=True)


def images_page():
    again = a_reading("PD, progressive disease", reason="A second reader asked", new_lesions=True)
    return review.ImagesPage(
        images=images_line(11, 6, date(2019, 8, 9), again, waits=False),
        others=(images_line(12, 9, date(2019, 10, 1)),),
        history=(a_reading(comment="Segment VI"), again),
        answers=(("SD", "SD, stable disease"), ("PD", "PD, progressive disease")),
        after=7,
        can_read=True,
        zone="UTC",
    )


def conflict_page():
    form = compile_form(definition(), "VITALS")
    numbers = [
        item for item in form.form.items if item.type in ("integer", "decimal") and not item.expr
    ]
    names = [item.name for item in numbers[:3]]
    base = dict.fromkeys(names, "60")
    return conflict.conflict_page(
        definition=definition(),
        form_name="VITALS",
        language="en",
        entry=EntryFacts("FR-05-003", "CHU Dijon", "FR-05", "ASM-06", "Month 6", version=3),
        base=base,
        theirs=[(names[0], "", "60", "64"), (names[1], "", "60", "61")],
        mine=[(names[0], "", "60", "46"), (names[2], "", "60", "62")],
        raw={names[0]: ["46"], names[2]: ["62"], f"keep.{names[0]}": ["mine"]},
        their_name="The site coordinator",
        their_time="today 10:47",
        my_time="10:42",
        base_version=2,
    )


def real_form(name: str, visit: str, title: str, answers: dict | None = None, **more):
    """A form of the trial as it opens the first time, or with the answers given."""
    compiled = compile_form(definition(), name)
    raw = compiled.raw(answers or {})
    given = {
        "definition": definition(),
        "form_name": name,
        "language": "en",
        "entry": EntryFacts(
            "FR-05-011", "CHU Dijon", "FR-05", visit, title, state="due", state_words="Due"
        ),
        "raw": raw,
        "evaluation": compiled.process(raw, Context(today=TODAY)),
    }
    return form_page(**(given | more))
