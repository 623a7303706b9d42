"""A centre's own normal limits: kept by day, used by its forms and by no other centre's."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from crf import actions_ranges, reads
from reminet_site.context import Actor, acting
from tests import people, world

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")


@pytest.fixture
def here():
    return world.small()


@pytest.fixture
def client(here):
    return people.sign_in(Client(), here.investigator)


def post(client, here, **typed):
    boxes = {"item": "LAB.bilirubin", "low": "", "high": "21", "since": "01/02/2016"} | typed
    return client.post(f"/centres/{here.centre.code}/normal-limits/", boxes)


def limits(here, day=None):
    with acting(SYSTEM):
        return reads.normal_ranges(here.centre.pk, day)


def test_limits_are_kept_from_a_day_on(here, client):
    assert post(client, here).status_code == 302
    assert limits(here, date(2016, 1, 31)) == {}
    assert limits(here, date(2016, 2, 1))["LAB.bilirubin"].high == 21


def test_a_later_row_replaces_and_the_earlier_stays_for_its_days(here, client):
    post(client, here)
    post(client, here, high="25,5", since="01/03/2016")
    assert limits(here, date(2016, 2, 20))["LAB.bilirubin"].high == 21
    assert limits(here, date(2016, 3, 1))["LAB.bilirubin"].high == 25.5


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"high": "many"}, "“many” is not a number"),
        ({"high": ""}, "Type the lower limit"),
        ({"low": "30"}, "is not below the upper limit"),
        ({"since": "31/09/2016"}, "September has 30 days"),
        ({"since": "01/01/2090"}, "after today"),
        ({"high": "NaN"}, "is not a number"),
        ({"high": "-4"}, "from 0 on"),
    ],
)
def test_a_wrong_row_is_refused_with_a_sentence(here, client, typed, sentence):
    response = post(client, here, **typed)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert limits(here) == {}


def test_an_item_without_limits_is_not_there(here, client):
    assert post(client, here, item="DEMOG.sex").status_code == 404


@pytest.mark.promise("AC-02")
def test_another_centre_neither_sees_nor_uses_them(here, client):
    there = world.small("FR-11", "Beaune")
    with acting(SYSTEM):
        actions_ranges.set_normal_range(
            centre=there.centre,
            item="LAB.bilirubin",
            low=None,
            high=Decimal(30),
            since=date(2016, 1, 1),
            by=SYSTEM,
        )
    assert limits(here) == {}
    assert client.get(f"/centres/{there.centre.code}/normal-limits/").status_code == 404
