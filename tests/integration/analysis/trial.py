"""A small trial in the database: randomised participants with the entries that analyses read."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from crf import actions as crf_actions
from crf import study
from crf.models import Entry, Participant
from reminet_site.clock import now
from reminet_site.context import Actor, acting, because
from reminet_site.models import Centre
from tests import allocations, people

TESTS = Actor.system("tests")


@dataclass(frozen=True)
class Course:
    """What happens to one participant, in days since randomisation."""

    assessments: tuple[tuple[int, str], ...] = ()
    death: int | None = None
    next_treatment: int | None = None
    last_news: int | None = None
    injections: int = 1
    grade: str = ""


COURSES = (
    Course(((91, "SD"), (182, "SD"), (273, "PD")), death=500, injections=9),
    Course(((91, "SD"), (180, "PR"), (364, "SD")), injections=12, last_news=500),
    Course(((91, "PD"),), injections=3, last_news=600, grade="3"),
    Course(((88, "SD"), (185, "SD")), next_treatment=200, injections=6, last_news=700),
    Course((), death=100),
    Course(((91, "NE"), (182, "SD"), (270, "SD")), injections=9, last_news=320),
)
START = date(2019, 1, 7)


def build(courses: tuple[Course, ...] = COURSES, centre: Centre | None = None) -> list[Participant]:
    where = centre or people.centre()
    return [randomised(where, number, course) for number, course in enumerate(courses, 1)]


def randomised(centre: Centre, number: int, course: Course) -> Participant:
    on = START + timedelta(days=7 * number)
    with acting(TESTS):
        person = Participant.objects.create(
            centre=centre,
            number=number,
            code=f"{centre.code}-{number:03d}",
            screened_on=on - timedelta(days=10),
        )
        crf_actions.mark_randomised(
            participant=person, number=f"R-{centre.pk}{number:03d}", at=now(), on=on, by=TESTS
        )
        person.refresh_from_db()
        records(person, number, course)
    return person


def records(person: Participant, number: int, course: Course) -> None:
    """The entries of one randomised participant."""
    on = person.randomised_on
    entry(person, "CONSENT", "SCR", {"signed": "yes"}, -10)
    entry(person, "TUMOUR", "SCR", tumour(number), -9)
    for index, (day, response) in enumerate(course.assessments, 1):
        data = {"imaging_date": str(on + timedelta(days=day)), "response": response}
        entry(person, "RECIST", f"ASM-{3 * index:02d}", data | lesions(index), day)
    for index in range(course.injections):
        entry(person, "INJ", f"INJ-{index + 1:02d}", {"injection": "given"}, 1 + 28 * index)
    if course.grade:
        entry(person, "AE", "LOG", {"term": "=Diarrhoea", "grade": course.grade}, None)
    if course.next_treatment is not None:
        start = str(on + timedelta(days=course.next_treatment))
        entry(person, "NEXT", "LOG", {"start_date": start}, course.next_treatment)
    if course.last_news is not None:
        news = str(on + timedelta(days=course.last_news))
        data = {"last_news": news, "vital_status": "alive"}
        entry(person, "SURV", "FU-01", data, course.last_news)
    if course.death is not None:
        dead = str(on + timedelta(days=course.death))
        entry(person, "DEATH", "LOG", {"death_date": dead, "cause": "disease"}, course.death)


def centre_with_one_to_randomise() -> Centre:
    """A centre with kits, and one participant whose tumour is on the forms."""
    here = people.centre()
    allocations.scheme()
    allocations.deliver(8)
    allocations.supply(here, 4)
    (participant,) = allocations.participants(here, 1)
    with acting(TESTS):
        entry(participant, "TUMOUR", "SCR", tumour(1), None)
    return here


def tumour(number: int) -> dict[str, Any]:
    return {
        "grade": "G1" if number % 5 == 0 else "G2",
        "extent": "metastatic",
        "l1_regimen": "temozolomide",
        "l1_months": "4.6",
        "l1_response": "SD",
        "ki67": {"missing": "not_done"},
        "metastases": ["liver", "bone"],
    }


def lesions(index: int) -> dict[str, Any]:
    rows = [{"id": f"r{n}", "organ": "liver", "mm": f"{20 + n}.0"} for n in range(1, index + 1)]
    return {"targets": rows, "new_lesions": "no"}


def entry(
    person: Participant, form: str, visit: str, data: dict[str, Any], day: int | None
) -> Entry:
    on = None if day is None else person.randomised_on + timedelta(days=day)
    return Entry.objects.create(
        participant=person,
        centre_id=person.centre_id,
        visit=visit,
        form=form,
        definition_id=study.current().pk,
        data=data,
        visit_date=on,
        saved_at=now(),
    )


def change(found: Entry, **values: Any) -> None:
    """Some answers of an entry are others now."""
    with acting(TESTS), because("typed wrongly"):
        Entry.objects.filter(pk=found.pk).update(
            data=found.data | values, version=found.version + 1
        )
