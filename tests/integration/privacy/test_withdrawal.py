"""Withdrawal of consent: nothing later is recorded, what was collected stays."""

from datetime import date

import pytest
from django.db import DatabaseError
from django.test import Client

from crf import calendar, study
from crf.actions import save_entry
from crf.models import Entry, Participant
from crf.rules import check_not_withdrawn
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.roles import Role, Verb
from tests import people, world
from tests.integration.crf.test_form import CONSENT

pytestmark = [pytest.mark.django_db, pytest.mark.promise("PR-05")]
VITALS = {"visit_date": "13/01/2016", "weight": "70", "height": "170"}
WITHDRAWAL = {"withdrawn_on": "20/03/2016", "scope": "collection", "way": "spoken"}


@pytest.fixture
def here():
    small = world.small()
    save(small, "SCR", "CONSENT", CONSENT)
    return small


def save(here, visit, form, answers, version=0, reason="", number=1):
    by = Actor.of(here.investigator, Verb.ENTER_DATA)
    with acting(by):
        return save_entry(
            participant=fresh(here),
            visit=visit,
            form=form,
            number=number,
            raw={name: [value] for name, value in answers.items()},
            version=version,
            reason=reason,
            by=by,
        )


def fresh(here):
    return Participant.objects.select_related("centre").get(pk=here.participant.pk)


def participant(here):
    with acting(Actor.system("tests")):
        return fresh(here)


def withdraw(here, **more):
    return save(here, "LOG", "WITHDRAW", WITHDRAWAL | more)


def adverse(start):
    day, month, year = start.split("/")
    boxes = {"start.day": day, "start.month": month, "start.year": year}
    return boxes | {
        "term": "Nausea", "grade": "1", "ongoing": "yes", "related": "related", "action": "none",
        "outcome": "ongoing", "serious": "no",
    }  # fmt: skip


def test_the_participant_bears_the_day(here):
    withdraw(here)
    assert participant(here).withdrawn_on == date(2016, 3, 20)


def test_a_withdrawal_from_treatment_alone_stops_nothing(here):
    withdraw(here, scope="treatment")
    assert participant(here).withdrawn_on is None
    assert save(here, "LOG", "AE", adverse("01/04/2016")).pk


def test_an_entry_dated_later_is_refused(here):
    withdraw(here)
    with pytest.raises(Refusal, match="nothing dated 21/03/2016"):
        save(here, "LOG", "AE", adverse("21/03/2016"))
    with pytest.raises(Refusal, match="withdrew consent"):
        save(here, "LOG", "AE", adverse("UK/04/2016"))


def test_the_page_refuses_it_with_the_sentence_and_keeps_what_was_typed(here):
    withdraw(here)
    client = people.sign_in(Client(), here.investigator)
    address = f"/participants/{here.participant.code}/LOG/AE/1/"
    response = client.post(address, adverse("21/03/2016") | {"version": "0"})
    assert response.status_code == 422
    assert "withdrew consent on 20/03/2016" in response.content.decode()
    assert b"Nausea" in client.get(address).content


def test_what_happened_before_is_completed(here):
    withdraw(here)
    entry = save(here, "LOG", "AE", adverse("01/03/2016"))
    assert entry.visit_date == date(2016, 3, 1)
    changed = save(
        here, "LOG", "AE", adverse("01/03/2016") | {"grade": "2"}, 1, "Chart read again."
    )
    assert changed.version == 2


def test_an_entry_without_any_day_is_refused(here):
    withdraw(here)
    with pytest.raises(Refusal, match="give the day"):
        save(
            here, "LOG", "AE", adverse("UK/UK/UK") | {"start.year": "", "start.missing": "unknown"}
        )


def test_a_form_without_a_date_is_of_the_day_of_its_visit(here):
    withdraw(here)
    assert save(here, "SCR", "DEMOG", {"birth_month.month": "5", "birth_month.year": "1950",
                                       "sex": "M", "contraception": "yes"}).pk  # fmt: skip


def test_the_database_refuses_it_too(here):
    entry = save(here, "LOG", "AE", adverse("01/03/2016"))
    withdraw(here)
    with pytest.raises(DatabaseError, match="withdrawn"), acting(Actor.system("tests")):
        Entry.objects.filter(pk=entry.pk).update(visit_date=date(2016, 3, 21))


DEATH = {"death_date": "02/05/2016", "cause": "unknown", "source": "register"}


def died(here, *args, **more):
    return save(here, "LOG", "DEATH", DEATH | more, *args)


def test_a_register_tells_of_a_death_where_that_was_accepted(here):
    withdraw(here, registers="accepted")
    assert died(here).visit_date == date(2016, 5, 2)
    casebook = people.sign_in(Client(), here.investigator).get(
        f"/participants/{here.participant.code}/"
    )
    assert "Died 2 May 2016" in casebook.content.decode()


@pytest.mark.parametrize("said", ["objected", "not_asked", ""])
def test_no_death_is_recorded_where_it_was_not_accepted(here, said):
    withdraw(here, **({"registers": said} if said else {}))
    with pytest.raises(Refusal, match="did not accept that public registers are read"):
        died(here)


def test_a_death_that_somebody_else_told_is_refused(here):
    withdraw(here, registers="accepted")
    for source in ("physician", ""):
        with pytest.raises(Refusal, match="only what a public register tells"):
            died(here, source=source)


def test_an_acceptance_opens_nothing_but_the_death(here):
    withdraw(here, registers="accepted")
    with pytest.raises(Refusal, match="nothing dated 21/03/2016"):
        save(here, "LOG", "AE", adverse("21/03/2016"))


def test_an_objection_later_keeps_what_is_there_and_stops_the_rest(here):
    withdraw(here, registers="accepted")
    died(here)
    changed = WITHDRAWAL | {"registers": "objected"}
    save(here, "LOG", "WITHDRAW", changed, 1, "The family called.")
    with acting(Actor.system("tests")):
        assert Entry.objects.filter(form="DEATH").exists()
    with pytest.raises(Refusal, match="did not accept"):
        died(here, 1, "Another day.", death_date="03/05/2016")


@pytest.mark.parametrize(
    ("registers", "source", "good"),
    [
        ("accepted", "register", True),
        ("accepted", "physician", False),
        ("objected", "register", False),
        ("", "register", False),
    ],
)
def test_the_database_knows_the_choice_too(here, monkeypatch, registers, source, good):
    """Past the application's rule, as the role app."""
    monkeypatch.setattr("crf.actions.check_before_withdrawal", lambda *_, **__: None)
    withdraw(here, **({"registers": registers} if registers else {}))
    if good:
        assert died(here, source=source).pk
    else:
        with pytest.raises(DatabaseError, match="withdrawn"):
            died(here, source=source)


def test_a_corrected_withdrawal_moves_the_day_and_can_end_it(here):
    withdraw(here)
    save(here, "LOG", "WITHDRAW", WITHDRAWAL | {"withdrawn_on": "25/03/2016"}, 1, "Letter found.")
    assert participant(here).withdrawn_on == date(2016, 3, 25)
    treatment = WITHDRAWAL | {"withdrawn_on": "25/03/2016", "scope": "treatment"}
    save(here, "LOG", "WITHDRAW", treatment, 2, "Treatment alone.")
    assert participant(here).withdrawn_on is None


def test_randomisation_and_kits_are_refused(here):
    """The rule that both acts ask first; the gate is no longer offered."""
    withdraw(here)
    with pytest.raises(Refusal, match="withdrew consent"):
        check_not_withdrawn(participant(here))
    client = people.sign_in(Client(), here.investigator)
    page = client.get(f"/participants/{here.participant.code}/").content.decode()
    assert f"/participants/{here.participant.code}/randomise/" not in page


def test_the_casebook_and_the_list_say_so_and_nothing_is_asked(here):
    withdraw(here)
    client = people.sign_in(Client(), here.investigator)
    casebook = client.get(f"/participants/{here.participant.code}/").content.decode()
    assert "Withdrew consent 20 Mar 2016" in casebook
    listing = client.get(f"/centres/{here.centre.code}/participants/").content.decode()
    assert "Withdrew consent" in listing
    with acting(Actor.system("tests")):
        one = fresh(here)
        entries = calendar.summaries(participant=one)
        definition = study.current().definition
        facts = calendar.facts_of(definition, one, entries)
        due = calendar.visits_of(definition, facts, entries, date(2026, 1, 1))
    assert [visit.code for visit in due if visit.urgent] == []


def test_the_change_is_in_the_trail(here):
    withdraw(here)
    auditor = people.sign_in(Client(), people.person(Role.AUDITOR))
    page = auditor.get("/trail/", {"participant": here.participant.code, "item": "withdrawn_on"})
    assert "2016-03-20" in page.content.decode()
