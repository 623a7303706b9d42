"""A death and the fatal adverse event agree, whichever is entered first or corrected last."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crf import actions_queries
from crf.models import DataQuery, Entry
from reminet_site.context import Actor, acting
from tests import people, world
from tests.integration.crf.test_form import CONSENT, page

pytestmark = pytest.mark.django_db
EVENT = {
    "term": "sepsis",
    "grade": "5",
    "start.day": "2",
    "start.month": "3",
    "start.year": "2016",
    "ongoing": "no",
    "end.day": "9",
    "end.month": "3",
    "end.year": "2016",
    "related": "possible",
    "action": "none",
    "outcome": "fatal",
    "serious": "yes",
    "seriousness": ["death"],
    "aware_on": "09/03/2016",
}
DEATH = {"death_date": "09/03/2016", "cause": "toxicity"}
BETTER = EVENT | {"grade": "4", "outcome": "recovered", "seriousness": ["life"]}
READ = 2  # every entry of the participant, and the queries by checks that are open
SEEN = ("grade.death_form", "end.fatal_end", "start.fatal_start", "cause.fatal_event")


@pytest.fixture
def here():
    made = world.small()
    made.client = people.sign_in(Client(), made.investigator)
    made.client.post(page(made), CONSENT | {"version": "0"})
    return made


def save(here, form, answers, version=0):
    posted = answers | {"version": str(version)}
    if version:
        posted["change_reason"] = "The letter of the hospital came."
    response = here.client.post(page(here, form, "LOG"), posted)
    assert response.status_code == 302, response.content.decode()[:3000]


def asked(here) -> dict[str, str]:
    """check -> form, of the queries that are not closed."""
    with acting(Actor.system("tests")):
        found = DataQuery.objects.filter(participant=here.participant).exclude(state="closed")
        names = {f"{one.item}.{one.check_name}": one.form for one in found}
    return {name: form for name, form in names.items() if name in SEEN}


@pytest.mark.promise("SF-05")
def test_grade_5_asks_for_the_death_until_it_is_there(here):
    save(here, "AE", EVENT)
    assert asked(here) == {"grade.death_form": "AE"}
    save(here, "DEATH", DEATH)
    assert asked(here) == {}


@pytest.mark.promise("SF-05")
def test_a_death_by_toxicity_asks_for_its_event_until_it_is_there(here):
    save(here, "DEATH", DEATH)
    assert asked(here) == {"cause.fatal_event": "DEATH"}
    save(here, "AE", EVENT)
    assert asked(here) == {}
    save(here, "AE", BETTER, 1)
    assert asked(here) == {"cause.fatal_event": "DEATH"}
    save(here, "DEATH", DEATH | {"cause": "disease"}, 1)
    assert asked(here) == {}


@pytest.mark.promise("SF-05")
def test_the_day_of_the_death_and_of_the_event_agree(here):
    save(here, "AE", EVENT)
    save(here, "DEATH", DEATH | {"death_date": "10/03/2016"})
    assert asked(here) == {"end.fatal_end": "AE"}
    save(here, "DEATH", DEATH | {"death_date": "01/03/2016"}, 1)
    assert asked(here) == {"end.fatal_end": "AE", "start.fatal_start": "AE"}
    save(here, "DEATH", DEATH, 2)
    assert asked(here) == {}


@pytest.mark.promise("SF-05")
def test_a_grade_that_is_not_defined_is_not_saved(here):
    for term, grade in (("Alopecia", "3"), ("Febrile neutropenia", "2")):
        typed = BETTER | {"term": term, "grade": grade}
        response = here.client.post(page(here, "AE", "LOG"), typed | {"version": "0"})
        assert response.status_code == 422
        assert f"CTCAE 5.0 defines these grades of {term}: " in response.content.decode()
    with acting(Actor.system("tests")):
        assert not Entry.objects.filter(participant=here.participant, form="AE").exists()


def test_a_term_of_no_table_is_saved_with_its_comment(here):
    typed = BETTER | {"term": "Grey hair"}
    refused = here.client.post(page(here, "AE", "LOG"), typed | {"version": "0"})
    assert refused.status_code == 422
    assert "is not in this trial&#39;s table" in refused.content.decode()
    save(here, "AE", typed | {"confirm.listed.term": "Skin and subcutaneous tissue disorders"})
    with acting(Actor.system("tests")):
        entry = Entry.objects.get(participant=here.participant, form="AE")
    assert entry.data["term"] == "Grey hair"
    assert "soc" not in entry.data


def test_only_a_form_that_others_ask_about_costs_more(here, monkeypatch):
    """Nothing for an event where no death is entered; two statements for all where one is."""

    def cost(*given, **more):
        with CaptureQueriesContext(connection) as found:
            save(here, *given, **more)
        return len(found)

    cost("AE", BETTER)
    alone = cost("AE", BETTER | {"comment": "Seen again."}, version=1)
    monkeypatch.setattr(actions_queries, "follow_readers", lambda place, saved: None)
    assert cost("AE", BETTER | {"comment": "Once more."}, version=2) == alone
    monkeypatch.undo()
    save(here, "DEATH", DEATH | {"cause": "disease"})
    assert cost("AE", BETTER | {"comment": "And again."}, version=3) == alone + READ


def test_the_page_offers_the_terms_once_and_a_draft_never(here):
    text = here.client.get(page(here, "AE", "LOG")).content.decode()
    assert text.count('<option value="Febrile neutropenia"></option>') == 1
    assert text.count('<datalist id="terms-ctcae"') == 1
    assert 'name="term" value="" list="terms-ctcae"' in text
    draft = here.client.post(
        page(here, "AE", "LOG") + "draft/",
        {"term": "alopecia", "grade": "3", "version": "0"},
        headers={"X-Requested-With": "fetch"},
    ).content.decode()
    assert "defines these grades of Alopecia: 1, 2." in draft
    assert "Febrile neutropenia" not in draft
