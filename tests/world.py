"""A small trial for tests: a centre with one participant whose consent is entered."""

from dataclasses import dataclass
from typing import Any

from crf import actions, study
from crf.models import Participant
from reminet_site.clock import clinical_today
from reminet_site.context import Actor, acting
from reminet_site.models import Centre, User
from reminet_site.roles import Role, Verb
from tests import people

MISSING = 999_999


@dataclass
class Small:
    centre: Centre
    participant: Participant
    investigator: User
    ids: dict[str, Any]

    @property
    def absent(self) -> dict[str, Any]:
        """The same parameters with ids that nothing has."""
        swap = {"centre": "FR-99", "code": "FR-99-001", "pk": MISSING}
        return {name: swap.get(name, value) for name, value in self.ids.items()}


def small(code: str = "FR-05", name: str = "CHU Dijon") -> Small:
    centre = people.centre(code, name)
    investigator = people.person(Role.INVESTIGATOR, centre)
    participant = screened(centre, investigator)
    query = asked(participant, centre)
    ids = {
        "name": "no-such-release",
        "centre": centre.code,
        "code": participant.code,
        "visit": "SCR",
        "form": "CONSENT",
        "number": 1,
        "item": first_item("CONSENT"),
        "pk": query.pk,
    }
    return Small(centre, participant, investigator, ids)


def screened(centre: Centre, investigator: User) -> Participant:
    by = Actor.of(investigator, Verb.SCREEN)
    with acting(by):
        return actions.screen_participant(centre=centre, screened_on=clinical_today(centre), by=by)


def asked(participant: Participant, centre: Centre) -> Any:
    from crf.actions_queries import raise_query

    by = Actor.of(people.person(Role.MONITOR, centre), Verb.RAISE_QUERY)
    with acting(by):
        return raise_query(
            participant=participant,
            visit="SCR",
            form="CONSENT",
            number=1,
            item=first_item("CONSENT"),
            text="Is this the date on the consent form?",
            by=by,
        )


def first_item(form: str) -> str:
    return study.current().definition.form(form).items[0].name
