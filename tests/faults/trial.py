"""A trial for the fault run: two centres, people who may be randomised, kits, browsers."""

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from crf import study
from randomisation.scheme import open_scheme, plan_of
from reminet_site.clock import clinical_today
from reminet_site.context import Actor, acting
from reminet_site.models import Centre
from reminet_site.roles import Role, Verb
from simulation.body import Body
from simulation.centres import CENTRES
from simulation.cohort import draw_tumours, person
from simulation.course import Course
from simulation.people import Staff
from simulation.screening_forms import sheets
from simulation.supply import Supply
from tests import people
from tests.allocations import SYSTEM, deliver, supply
from tests.bench.trial import Person, sign_in

CODES = ("FR-05", "FR-11")
SEED = "faults"


class Team:
    """Who enters the screening: what `simulation.course` asks of its staff and its supply."""

    def __init__(self) -> None:
        self.centres = {code: people.centre(code, f"Centre {code}") for code in CODES}

    def actor(self, role: Role, verb: Verb, centre: str = "") -> Actor:
        return Actor.of(people.person(role, self.centres[centre]), verb)

    def open(self, *_: Any) -> None:
        """Kits are there already."""


@dataclass(frozen=True)
class Trial:
    centres: list[Centre]
    codes: list[str]  # participants, each eligible today
    browsers: dict[str, list[Person]]  # by centre

    def browser(self, code: str, place: int) -> Person:
        mine = self.browsers[code[:5]]
        return mine[place % len(mine)]


def build(count: int, clients: int) -> Trial:
    """`count` people screened through the actions of the pages, and kits for all of them."""
    team = Team()
    with acting(SYSTEM):
        open_scheme(plan=plan_of(study.current().definition), by=SYSTEM)
    deliver(count + 20)
    for centre in team.centres.values():
        supply(centre, (count + 20) // len(CODES))
    courses = [screened(course) for course in eligible(team, count)]
    browsers = {
        code: [
            sign_in(people.person(Role.INVESTIGATOR, centre, name=f"{code.lower()}.{n}"))
            for n in range(clients)
        ]
        for code, centre in team.centres.items()
    }
    codes = [course.participant.code for course in courses]
    return Trial(list(team.centres.values()), codes, browsers)


def eligible(team: Team, count: int) -> list[Course]:
    """Courses of people whom every criterion admits, seen in the weeks before today."""
    chance = random.Random(SEED)
    plans = {plan.code: plan for plan in CENTRES}
    made = []
    for place, disease in enumerate(draw_tumours(count, chance)):
        plan = plans[CODES[place % len(CODES)]]
        today = clinical_today(team.centres[plan.code])
        someone = replace(person(plan, today, disease, chance), key=place)
        made.append(Course(someone, cast(Staff, team), cast(Supply, team)))
    return made


def screened(course: Course) -> Course:
    subject = course.subject
    course.screen(subject.consented_on)
    course.enter(sheets(subject, Body(subject, SEED), SEED))
    return course


def first_day(centre: Centre) -> str:
    """A day after every consent."""
    return str(clinical_today(centre) - timedelta(days=1))
