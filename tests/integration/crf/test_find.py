"""A participant is found by code, or by the end of it."""

import re

import pytest
from django.test import Client

from crf.actions import mark_randomised
from crf.models import Participant
from crf.views import home
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from tests import people, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    """A centre with two participants, and another one that has a 001 too."""
    here = world.small()
    world.screened(here.centre, here.investigator)
    world.small("FR-11", "Beaune")
    return here


@pytest.fixture
def find(here):
    client = people.sign_in(Client(), here.investigator)
    return lambda code: client.post("/find/", {"code": code})


@pytest.mark.parametrize("typed", ["FR-05-002", " fr-05-002 ", "05-002", "2"])
def test_the_only_one_is_opened(find, typed):
    assert find(typed).headers["Location"] == "/participants/FR-05-002/"


@pytest.mark.parametrize("typed", ["R-0042", " r-0042 "])
def test_a_randomisation_number_opens_its_participant(here, find, typed):
    """Another centre's number is answered like one that nobody has."""
    with acting(Actor.system("tests")):
        made = world.screened(here.centre, here.investigator)
        theirs = Participant.objects.get(centre__code="FR-11")
        for number, one in (("R-0042", made), ("R-0043", theirs)):
            mark_randomised(
                participant=one, number=number, at=now(), on=now().date(), by=Actor.system("tests")
            )
    assert find(typed).headers["Location"] == f"/participants/{made.code}/"
    assert find("R-0043").status_code == find("R-0099").status_code == 404


def test_several_that_end_alike_are_links(here, find):
    for _ in range(9):
        world.screened(here.centre, here.investigator)
    answer = find("1")  # 001 and 011
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'href="/participants/FR-05-001/"' in page
    assert 'href="/participants/FR-05-011/"' in page
    assert "FR-11" not in page


def test_more_than_are_listed_are_said_to_be_more(here, find, monkeypatch):
    monkeypatch.setattr(home, "FOUND", 2)
    for _ in range(19):
        world.screened(here.centre, here.investigator)
    page = find("1").content.decode()  # 001, 011, 021
    assert page.count('href="/participants/FR-05-') == 2
    assert "There are more. Type more of the code, e.g. FR-05-001." in page


def test_what_was_typed_stays_in_the_box_where_nothing_is_found(find):
    answer = find("05-099")
    assert answer.status_code == 404
    assert 'name="code" value="05-099"' in answer.content.decode()


def test_a_code_of_another_centre_is_answered_like_one_that_nobody_has(find):
    theirs, nobodys = (page_without_token(find(code)) for code in ("FR-11-001", "FR-98-001"))
    assert theirs.replace("FR-11", "FR-98") == nobodys


def page_without_token(answer):
    return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
