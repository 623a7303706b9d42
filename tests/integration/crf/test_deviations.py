"""The protocol deviations of a centre, on its page."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crf.models import Participant
from reminet_site.context import acting
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.casebooks import SYSTEM, save
from tests.integration.crf.test_form import CONSENT

pytestmark = pytest.mark.django_db


def randomised(participant, on="2016-02-01"):
    save(participant, "SCR", "CONSENT", CONSENT)
    with acting(SYSTEM):
        Participant.objects.filter(pk=participant.pk).update(
            randomised_on=on,
            randomised_at=f"{on}T09:00Z",
            randomisation_number=f"R{participant.number}",
        )
        participant.refresh_from_db()


def injected(participant, number, on, **more):
    given = {"visit_date": on, "injection": "not_given", "reason": "participant"}
    save(participant, f"INJ-{number:02d}", "INJ", given | more)


@pytest.fixture
def here():
    made = world.small()
    randomised(made.participant)
    injected(made.participant, 1, "02/02/2016")
    injected(made.participant, 2, "10/03/2016")
    return made


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def page(here, role=Role.MONITOR):
    client = people.sign_in(Client(), people.person(role, here.centre))
    return client.get(f"/centres/{here.centre.code}/deviations/")


def test_an_injection_far_from_its_day_stands_with_both_days(here):
    found = words(page(here))
    assert "FR-05-001" in found
    assert "Injection 2 Held 9 days after its day 1 Mar 2016 10 Mar 2016" in found


def test_an_injection_that_was_not_given_is_one(here):
    found = words(page(here))
    assert "Injection 1 Injection not given 2 Feb 2016" in found
    save(
        here.participant, "INJ-01", "INJ",
        {"visit_date": "02/02/2016", "injection": "given", "site": "right"}, 1, "Misread",
    )  # fmt: skip
    assert "Injection 1 Injection not given" not in words(page(here))


def test_what_was_confirmed_stands_with_its_comment(here):
    injected(
        here.participant,
        3,
        "20/05/2016",
        injection="given",
        site="right",
        **{"confirm.long_delay.visit_date": "Decided with the sponsor"},
    )
    found = words(page(here))
    assert "Injection after a delay of more than 28 days" in found
    assert "Decided with the sponsor" in found


def test_a_centre_without_one_says_what_would_stand_there():
    assert "No deviation" in words(page(world.small()))


@pytest.mark.promise("AC-02")
def test_another_centre_is_not_there(here):
    there = world.small("FR-11", "Beaune")
    client = people.sign_in(Client(), there.investigator)
    assert client.get(f"/centres/{here.centre.code}/deviations/").status_code == 404


def test_its_statements_do_not_grow_with_participants(here):
    def statements():
        with CaptureQueriesContext(connection) as caught:
            assert page(here).status_code == 200
        return len(caught)

    statements()
    before = statements()
    for _one in range(3):
        other = world.screened(here.centre, here.investigator)
        randomised(other)
        injected(other, 1, "02/02/2016")
    assert statements() == before
