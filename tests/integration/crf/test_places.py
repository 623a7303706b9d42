"""A page of a casebook in one statement, with the answers that its checks look at."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crf import reads
from crf.models import Entry
from crf.places import place_at
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import NotThere
from reminet_site.roles import Verb
from tests import people, world

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")


@pytest.fixture
def here():
    made = world.small()
    with acting(SYSTEM):
        for form in ("CONSENT", "DEMOG", "VITALS"):
            Entry.objects.create(
                participant=made.participant,
                centre=made.centre,
                visit="SCR",
                form=form,
                definition_id=reads.study.current().pk,
                data={"consent_date": "2016-01-12"} if form == "CONSENT" else {"weight": "61.5"},
                visit_date="2016-01-12",
                saved_at=now(),
            )
    return made


def test_a_page_takes_one_statement(here):
    with acting(SYSTEM):
        place_at(here.participant.code, "SCR", "VITALS", 1)
        with CaptureQueriesContext(connection) as seen:
            place = place_at(here.participant.code, "SCR", "VITALS", 1)
            place.context()
            assert place.participant.centre == here.centre
            assert place.entry.data == {"weight": "61.5"}
    assert len(seen) == 1


def test_it_brings_the_answers_that_the_form_reads_alone(here):
    with acting(SYSTEM):
        place = place_at(here.participant.code, "SCR", "VITALS", 1)
        # a check compares the day with the consent's
        assert {e.form for e in place.entries} == {"VITALS", "CONSENT"}
        assert place.forms_of_visit == place.forms_entered == {"VITALS", "CONSENT", "DEMOG"}
        assert [str(day) for day in place.days_of_visit] == ["2016-01-12"] * 3


def test_it_is_the_page_that_the_models_give(here):
    with acting(SYSTEM):
        one = place_at(here.participant.code, "SCR", "VITALS", 1)
        person = reads.participant_for(here.participant.code)
        others = {entry.pk: entry for entry in reads.entries_of(person)}
        for name in ("trial_locked", "has_queries"):
            assert bool(getattr(one.participant, name)) == bool(getattr(person, name))
        assert one.participant == person
        assert sorted(one.entered) == sorted(
            (e.visit, e.form, *([str(e.visit_date)] if e.visit_date else []))
            for e in others.values()
        )
        names = [field.attname for field in Entry._meta.concrete_fields]
        for mine in one.entries:
            theirs = others[mine.pk]
            assert [getattr(mine, n) for n in names] == [getattr(theirs, n) for n in names]


def test_another_centre_answers_like_a_code_that_never_was(here):
    from reminet_site.roles import Role

    elsewhere = people.person(Role.INVESTIGATOR, people.centre("FR-11", "Beaune"))
    with acting(Actor.of(elsewhere, Verb.READ_CASEBOOK)):
        with pytest.raises(NotThere, match=f"No participant {here.participant.code}"):
            place_at(here.participant.code, "SCR", "VITALS", 1)
        with pytest.raises(NotThere, match="No participant FR-05-999"):
            place_at("FR-05-999", "SCR", "VITALS", 1)
