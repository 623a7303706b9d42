"""The casebook after randomisation: a history written out on the forms."""

from __future__ import annotations

from datetime import date

from simulation.body import Body
from simulation.cohort import stream
from simulation.questionnaires import questionnaire
from simulation.screening_forms import modality
from simulation.sheets import PHYSICIAN, Answers, Sheet, day, yes
from simulation.source_records import AdverseEvent, Assessment, Contact, History, Injection
from simulation.subjects import Subject

# On one day, what is known first is written first.
ORDER = ("VITALS", "LAB", "RECIST", "QOL", "INJ", "AE", "DEATH", "EOT", "NEXT", "SURV")


def sheets(subject: Subject, history: History, body: Body, seed: str) -> list[Sheet]:
    """Every page of the follow-up, in the order of days."""
    found = [
        Sheet(subject.on(one.day), f"INJ-{one.number:02d}", "INJ", {}, needs_kit=True)
        for one in history.injections
    ]
    for one in history.assessments:
        on = subject.on(one.day)
        found.append(Sheet(on, one.visit, "VITALS", {}))
        found.append(Sheet(on, one.visit, "LAB", {}))
        answers = assessment(subject, one, seed)
        found.append(Sheet(on, one.visit, "RECIST", answers, writer=PHYSICIAN))
        asked = questionnaire(subject, one.visit, on, seed, worse=one.progression)
        found.append(Sheet(on, one.visit, "QOL", asked))
    found += adverse_events(subject, history)
    found += ends(subject, history)
    found += [
        Sheet(subject.on(one.day), f"FU-{one.number:02d}", "SURV", contact(subject, one, history))
        for one in history.contacts
    ]
    found.sort(key=lambda sheet: (sheet.day, ORDER.index(sheet.form), sheet.number))
    return measured(found, {one.number: one for one in history.injections}, body, seed)


def measured(found: list[Sheet], shots: dict[int, Injection], body: Body, seed: str) -> list[Sheet]:
    """The measures of the body, drawn in the order of days."""
    chance = stream(seed, f"sides {body.subject.key}")
    made = []
    for sheet in found:
        answers: Answers = sheet.answers
        if sheet.form == "VITALS":
            answers = body.examination(sheet.day, first=False)
        elif sheet.form == "LAB":
            answers = body.laboratory(sheet.day, first=False)
        elif sheet.form == "INJ":
            side = "right" if int(sheet.visit[4:]) % 2 else "left"
            answers = injection(sheet.day, side, body)
            answers["injection"] = "delayed" if is_late(sheet, shots) else "given"
            if answers["injection"] == "delayed":
                answers["reason"] = chance.choice(("participant", "logistics", "illness"))
        made.append(replaced(sheet, answers))
    return made


def replaced(sheet: Sheet, answers: Answers) -> Sheet:
    return Sheet(
        sheet.day, sheet.visit, sheet.form, answers, sheet.number, sheet.writer, sheet.needs_kit
    )


def is_late(sheet: Sheet, shots: dict[int, Injection]) -> bool:
    """More than the window of 3 days after its day."""
    number = int(sheet.visit[4:])
    before = shots.get(number - 1)
    return before is not None and shots[number].day - before.day > 31


def injection(on: date, side: str, body: Body) -> Answers:
    return {"visit_date": day(on), **body.signs(), "site": side}


def assessment(subject: Subject, one: Assessment, seed: str) -> Answers:
    on = subject.on(one.day)
    made: Answers = {
        "imaging_date": day(on),
        "visit_date": day(on),
        "modality": modality(subject, seed),
        "contrast": "yes",
        "bone_scan": yes(subject.tumour.bone),
        "targets": [{"id": f"r{k}", "mm": f"{mm}.0"} for k, mm in enumerate(one.mm, start=1)],
        "non_target": one.non_target,
        "new_lesions": yes(bool(one.new_lesion)),
        "response": response(subject, one),
    }
    if one.new_lesion:
        made |= {"new_sites": [one.new_lesion], "new_text": "Not seen before"}
    return made


def response(subject: Subject, one: Assessment) -> str:
    """PD, or PR where the sum is at most 70 % of baseline, or SD."""
    if one.progression:
        return "PD"
    baseline = sum(lesion.mm for lesion in subject.tumour.targets)
    return "PR" if 10 * sum(one.mm) <= 7 * baseline else "SD"


def adverse_events(subject: Subject, history: History) -> list[Sheet]:
    """Written down on the day it starts; its end is known when the centre enters it."""
    return [
        Sheet(
            subject.on(one.end if one.end is not None else one.start),
            "LOG",
            "AE",
            adverse_event(subject, one),
            number,
            writer=PHYSICIAN,
        )
        for number, one in enumerate(history.events, start=1)
    ]


def adverse_event(subject: Subject, one: AdverseEvent) -> Answers:
    over = one.end is not None
    made: Answers = {
        "term": one.term,
        "grade": str(one.grade),
        "start": day(subject.on(one.start)),
        "ongoing": yes(not over),
        "related": one.related,
        "action": "none",
        "outcome": "recovered" if over else "ongoing",
        "serious": yes(one.serious),
    }
    if one.end is not None:
        made["end"] = day(subject.on(one.end))
    if one.serious:
        # the centre hears of it when the participant is seen: the day on which it is written down
        seen = day(subject.on(one.end if one.end is not None else one.start))
        made |= {"seriousness": ["hospital"], "aware_on": seen, "aware_at": "09:00"}
    return made


def ends(subject: Subject, history: History) -> list[Sheet]:
    """Death, end of treatment, next treatments."""
    found = []
    if history.death is not None:
        on = subject.on(history.death)
        answers: Answers = {"death_date": day(on), "cause": history.death_cause}
        answers["source"] = "physician"
        found.append(Sheet(on, "LOG", "DEATH", answers, writer=PHYSICIAN))
    if history.end is not None:
        on = subject.on(history.end.day)
        given = [one.day for one in history.injections]
        last = day(subject.on(given[-1])) if given else {"missing": "not_applicable"}
        answers = {"end_date": day(on), "last_injection": last, "reason": history.end.reason}
        found.append(Sheet(on, "EOT", "EOT", answers, writer=PHYSICIAN))
    for number, one in enumerate(history.treatments, start=1):
        on = subject.on(one.day)
        answers = {"start_date": day(on), "kind": one.kind, "detail": one.name}
        found.append(Sheet(on, "LOG", "NEXT", answers, number))
    return found


def contact(subject: Subject, one: Contact, history: History) -> Answers:
    """Alive on the day of the contact; new treatment where one started since the last news."""
    earlier = [other.day for other in history.contacts if other.day < one.day]
    since = max([-1, *earlier])
    fresh = any(since < treatment.day <= one.day for treatment in history.treatments)
    on = day(subject.on(one.day))
    return {
        "contact_date": on,
        "contact": one.how,
        "vital_status": "alive",
        "last_news": on,
        "next_treatment": yes(fresh),
    }
