"""A participant who is not included: nothing more is asked of the centre."""

from datetime import timedelta

import pytest
from django.test import Client

from crf import calendar, study
from crf.actions import save_entry
from reminet_site.context import Actor, acting
from tests import people, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    return world.small()


def enter(here, form, **answers):
    with acting(Actor.system("tests")) as by:
        raw = {name: [value] for name, value in answers.items()}
        save_entry(participant=here.participant, visit="SCR", form=form, raw=raw, version=0, by=by)


def decide(here, decision):
    day = str(here.participant.screened_on)
    enter(here, "CONSENT", signed="yes", consent_date=day, copy_given="yes")
    enter(here, "ELIG", assessed_on=day, decision=decision, failure_reason="G3")


def due(here):
    with acting(Actor.system("tests")):
        definition = study.current().definition
        entries = calendar.summaries(participant=here.participant)
        later = here.participant.screened_on + timedelta(days=60)
        facts = calendar.facts_of(definition, here.participant, entries)
        return calendar.visits_of(definition, facts, entries, later)


def test_who_is_not_included_waits_for_no_randomisation(here):
    decide(here, "screen_failure")
    assert "RND" not in {visit.code for visit in due(here)}


def test_who_is_to_be_included_does(here):
    decide(here, "include")
    assert {visit.code: visit.state for visit in due(here)}["RND"] == "late"


def test_the_list_says_it(here):
    decide(here, "screen_failure")
    client = people.sign_in(Client(), here.investigator)
    page = client.get(f"/centres/{here.participant.centre.code}/participants/")
    assert page.status_code == 200
    assert "Not eligible" in page.content.decode()
