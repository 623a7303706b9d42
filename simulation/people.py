"""Centres and people of the demonstration, made through the same actions as by an administrator.

Names are made up. The accounts listed on the sign-in page are one a role, at one home centre, and
a second administrator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from django.contrib.auth.hashers import make_password

from reminet_site import actions
from reminet_site.access.duties import record_duty
from reminet_site.access.models import DutyKind
from reminet_site.context import Actor, acting
from reminet_site.models import Centre, Grant, User
from reminet_site.page import DEMONSTRATION_PASSWORD
from reminet_site.roles import CENTRE_ROLES, GIVEN_BY_THE_SERVICE, Role, Verb
from simulation.centres import CentrePlan
from simulation.clinical_clock import BY
from simulation.cohort import OPENED, stream

FIRST = {
    "FR": "Claire Julien Nadia Étienne Camille Mathieu Sophie Antoine Hélène Olivier Lucie Marc",
    "BE": "An Pieter Lotte Bram Elise Tom",
    "DE": "Katrin Jonas Anja Lukas Sabine Felix",
    "IE": "Aoife Conor Niamh Declan",
    "UK": "Emma James Priya Callum Fiona Owen",
}
LAST = {
    "FR": "Moreau Lefèvre Garnier Benali Roux Marchand Fontaine Perrin Leroy Gauthier Blanc",
    "BE": "Peeters Claes Wouters Dubois Martens Goossens",
    "DE": "Vogel Brandt Krüger Seidel Hofmann Lange",
    "IE": "Byrne Nolan Kavanagh Walsh",
    "UK": "Hughes Patel Morrison Fraser Clarke Bennett",
}
SPONSOR = {
    Role.MONITOR: "Inès Caron",
    Role.DATA_MANAGER: "Thomas Weber",
    Role.TRIAL_STATISTICIAN: "Karine Maillard",
    Role.DMC_STATISTICIAN: "Henrik Lund",
    Role.DMC_MEMBER: "Margaret O'Shea",
    Role.CUSTODIAN: "Yves Tanguy",
    Role.SUPPLY_MANAGER: "Sandra Keller",
    Role.CENTRAL_READER: "Paul Aubert",
    Role.SAFETY_PHYSICIAN: "Laure Vasseur",
    Role.SPONSOR_MANAGER: "Bernard Colin",
    Role.AUDITOR: "Ruth Steiner",
    Role.ADMINISTRATOR: "Denis Faure",
}
# What takes two administrators can be tried by one visitor.
SECOND_ADMINISTRATOR = ("Agnès Roy", "administrator.second@demonstration.invalid")
AT_HOME = tuple(role for role in Role if role in CENTRE_ROLES - GIVEN_BY_THE_SERVICE)
DUTIES = (
    (DutyKind.TRAINING, 21, "Good clinical practice, the protocol, this service"),
    (DutyKind.DELEGATION, 14, "The tasks of the role at this centre"),
)
ELSEWHERE = (Role.INVESTIGATOR, Role.SITE_COORDINATOR, Role.PHARMACIST)


class Staff:
    """Who works where, and as whom they act; rights are looked up once."""

    def __init__(self, seed: str, home: str) -> None:
        self._chance = stream(seed, "people")
        self._home = home
        self._people: dict[tuple[Role, str], User] = {}
        self._actors: dict[tuple[Role, str, Verb], Actor] = {}
        self._taken: set[str] = set()
        self._printed = make_password(DEMONSTRATION_PASSWORD)
        self.centres: dict[str, Centre] = {}

    def employ(self, plans: Iterable[CentrePlan], tell: Callable[[], None]) -> None:
        """Every centre with its people, and the people of the sponsor."""
        for role, name in SPONSOR.items():
            self._people[role, ""] = self._person(role, name, None)
            tell()
        self._person(Role.ADMINISTRATOR, SECOND_ADMINISTRATOR[0], None, SECOND_ADMINISTRATOR[1])
        for plan in plans:
            with acting(BY):
                self.centres[plan.code] = actions.open_centre(
                    code=plan.code,
                    name=plan.name,
                    country=plan.country,
                    timezone=plan.timezone,
                    opened_on=OPENED,
                    by=BY,
                )
            for role in AT_HOME if plan.code == self._home else ELSEWHERE:
                centre = self.centres[plan.code]
                name = self._name(plan.country)
                self._people[role, plan.code] = self._person(role, name, centre)
            tell()

    def person(self, role: Role, centre: str = "") -> User:
        return self._people[role, centre]

    def actor(self, role: Role, verb: Verb, centre: str = "") -> Actor:
        """The person of that role (at that centre, for a role of a centre) doing this."""
        at = centre if role in CENTRE_ROLES else ""
        key = (role, at, verb)
        if key not in self._actors:
            self._actors[key] = Actor.of(self._people[role, at], verb)
        return self._actors[key]

    def _person(self, role: Role, name: str, centre: Centre | None, email: str = "") -> User:
        listed = centre is None or centre.code == self._home
        if listed:
            email = email or f"{role.value}@demonstration.invalid"
        else:
            assert centre is not None
            email = f"{role.value}.{centre.code.lower()}@centres.invalid"
        with acting(BY):
            user = actions.add_person(name=name, email=email, password=None, by=BY)
            if listed:
                # Printed on the sign-in page: weaker than add_person accepts, on purpose.
                user.password = self._printed
                user.save(update_fields=["password"])
            grant = actions.grant(user=user, role=role.value, centre=centre, by=BY)
            if centre is not None:
                self._duties(grant)
        return user

    def _duties(self, grant: Grant) -> None:
        """Trained, then charged, before the centre opened."""
        for kind, days, what in DUTIES:
            record_duty(
                grant=grant,
                kind=kind,
                happened_on=OPENED - timedelta(days),
                what=what,
                by=BY,
            )

    def _name(self, country: str) -> str:
        while True:
            first = self._chance.choice(FIRST[country].split())
            name = f"{first} {self._chance.choice(LAST[country].split())}"
            if name not in self._taken:
                self._taken.add(name)
                return name
