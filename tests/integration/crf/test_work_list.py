"""What waits for whom: the work list and the casebook of one participant say the same."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crf import actions, actions_lock, study
from crf.actions_queries import answer_query
from crf.models import DataQuery, Entry
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from tests import people, world
from tests.integration.crf import casebooks
from tests.integration.crf.test_form import CONSENT

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("tests")
FORMS = ("CONSENT", "DEMOG", "TUMOUR", "VITALS", "LAB", "RECIST_BASE", "QOL", "ELIG")


@pytest.fixture
def here():
    return world.small()


def enter(participant, form, visit="SCR", blank=0, on=None):
    with acting(SYSTEM):
        return Entry.objects.create(
            participant=participant,
            centre=participant.centre,
            visit=visit,
            form=form,
            definition_id=study.current().pk,
            data={},
            visit_date=on or participant.screened_on,
            filled=10 - blank,
            expected=10,
            saved_at=now(),
        )


def screening(participant, **blanks):
    for form in FORMS:
        enter(participant, form, blank=blanks.get(form, 0))


def text(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def as_role(role, here):
    return people.sign_in(Client(), people.person(role, here.centre))


def work_list(here):
    return f"/centres/{here.centre.code}/"


def casebook(here):
    return f"/participants/{here.participant.code}/"


def needs(client, here):
    """What stands under "Needs you" in the casebook."""
    return text(client, casebook(here)).split("Needs you")[1].split("Casebook")[0]


def locked():
    with acting(SYSTEM):
        actions_lock.lock_trial(reason="one query waits for a scan", by=SYSTEM)


def test_who_is_ready_is_so_on_both_pages(here):
    screening(here.participant)
    client = as_role(Role.INVESTIGATOR, here)
    assert "Ready" in text(client, work_list(here))
    assert "Ready for randomisation" in needs(client, here)


def test_screening_forms_with_blanks_are_completed_before_the_gate(here):
    screening(here.participant, LAB=3, VITALS=1)
    client = as_role(Role.INVESTIGATOR, here)
    page = text(client, work_list(here))
    assert "3 items blank" in page
    assert "1 item blank" in page
    assert "Open gate" not in page
    html = client.get(work_list(here)).content.decode()
    assert f'href="/participants/{here.participant.code}/SCR/LAB/1/" aria-label="Complete' in html
    assert "2 to complete" in needs(client, here)
    assert "Ready" not in needs(client, here)
    listed = text(client, f"/centres/{here.centre.code}/participants/")
    assert "In screening" in listed


def test_a_form_of_a_later_visit_with_blanks_stays_in_the_list(here):
    screening(here.participant)
    day = here.participant.screened_on
    enter(here.participant, "INJ", visit="INJ-01", blank=2, on=day)
    page = text(as_role(Role.SITE_COORDINATOR, here), work_list(here))
    assert "2 items blank" in page
    assert "Injection 1" in page


def test_of_who_is_not_included_nothing_is_asked(here):
    screening(here.participant, LAB=3)
    with acting(SYSTEM):
        entry = Entry.objects.get(form="ELIG")
        entry.data, entry.version = {"decision": "screen_failure"}, 2
        entry.save()
    client = as_role(Role.INVESTIGATOR, here)
    assert "items blank" not in text(client, work_list(here))
    assert "to complete" not in needs(client, here)


def test_the_casebook_offers_to_randomise_only_who_is_ready(here):
    """Before, and of who is not included, it leads to what the gate says of the criteria."""
    client, name = as_role(Role.INVESTIGATOR, here), f"Randomise {here.participant.code}"
    enter(here.participant, "CONSENT")
    before = text(client, casebook(here))
    assert name not in before
    assert "Eligibility" in before.split("Needs you")[0]
    for form in FORMS[1:]:
        enter(here.participant, form)
    assert name in text(client, casebook(here))
    assert name not in text(as_role(Role.SITE_COORDINATOR, here), casebook(here))
    with acting(SYSTEM):
        entry = Entry.objects.get(form="ELIG")
        entry.data, entry.version = {"decision": "screen_failure"}, 2
        entry.save()
    assert name not in text(client, casebook(here))


def test_who_has_died_is_dead_in_the_list_and_in_the_casebook(here):
    """And the months of the trial end there."""
    screening(here.participant)
    today = here.participant.screened_on
    began, died = today - timedelta(days=200), today - timedelta(days=137)
    with acting(SYSTEM):
        actions.mark_randomised(
            participant=here.participant, number="R-0001", at=now(), on=began, by=SYSTEM
        )
    enter(here.participant, "DEATH", visit="LOG", on=died)
    client = as_role(Role.INVESTIGATOR, here)
    assert "Died" in text(client, f"/centres/{here.centre.code}/participants/")
    book = text(client, casebook(here))
    assert "month 2" in book
    assert "month 6" not in book


def test_the_list_takes_as_many_statements_for_many_as_for_one(here):
    client = as_role(Role.INVESTIGATOR, here)
    screening(here.participant, LAB=3)
    counts = []
    for _ in range(2):
        client.get(work_list(here))
        with CaptureQueriesContext(connection) as seen:
            client.get(work_list(here))
        counts.append(len(seen))
        for _ in range(3):
            screening(world.screened(here.centre, here.investigator), VITALS=2)
    assert counts[0] == counts[1]


def test_who_may_not_randomise_prepares_and_looks(here):
    screening(here.participant)
    page = text(as_role(Role.SITE_COORDINATOR, here), work_list(here))
    assert "Ready" in page
    assert "an investigator of the centre randomises" in page
    assert "Open gate" not in page


def answered(here):
    by = Actor.of(here.investigator, Verb.ANSWER_QUERY)
    with acting(by):
        answer_query(query=DataQuery.objects.get(pk=here.ids["pk"]), text="It is.", by=by)


def test_a_query_waits_for_the_centre_then_for_who_asked(here):
    centre, monitor = as_role(Role.INVESTIGATOR, here), as_role(Role.MONITOR, here)
    assert "1 query" in needs(centre, here)
    assert "query" not in needs(monitor, here)
    answered(here)
    assert "query" not in needs(centre, here)
    assert "1 query" in needs(monitor, here)


def test_the_count_leads_to_the_queries_of_the_participant(here):
    client = as_role(Role.INVESTIGATOR, here)
    other = world.screened(here.centre, here.investigator)
    world.asked(other, here.centre)
    address = f"/centres/{here.centre.code}/queries/?state=open&participant={here.participant.code}"
    assert f'href="{address.replace("&", "&amp;")}"' in client.get(casebook(here)).content.decode()
    page = text(client, address)
    assert here.participant.code in page
    assert other.code not in page


def test_after_the_lock_nothing_is_offered_that_is_refused(here):
    screening(here.participant)
    other = world.screened(here.centre, here.investigator)
    enter(other, "CONSENT", blank=1)
    client = as_role(Role.INVESTIGATOR, here)
    locked()
    page = text(client, work_list(here))
    assert "The trial is locked" in page
    for word in ("Open gate", "Screen a participant", "Enter", "Complete", "items blank"):
        assert word not in page.split("Keys")[0], word
    assert "Answer" in page  # the query still waits
    book = text(client, casebook(here))
    assert "The trial is locked" in book
    assert f"Randomise {here.participant.code}" not in book
    assert "Ready" not in needs(client, here)
    assert "1 query" in needs(client, here)


def test_after_the_lock_there_is_no_form_of_screening(here):
    client = as_role(Role.INVESTIGATOR, here)
    locked()
    answer = client.get(f"{work_list(here)}screen/").content.decode()
    assert "The trial is locked" in answer
    assert 'name="screened_on"' not in answer
    refused = client.post(f"{work_list(here)}screen/", {"screened_on": "12/01/2016"})
    assert refused.status_code == 422
    assert "The trial is locked" in refused.content.decode()


def to_sign(client, here) -> str:
    """The part of the work list that names what waits for a signature; "" where nothing does."""
    html = client.get(work_list(here)).content.decode()
    part = html.partition('<h2 id="sign"')[2].partition("</ol>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part))


def test_who_signs_finds_the_casebooks_that_wait():
    here = casebooks.randomised()
    signer, coordinator = as_role(Role.INVESTIGATOR, here), as_role(Role.SITE_COORDINATOR, here)
    found = to_sign(signer, here)
    assert here.participant.code in found
    assert "Screening and baseline" in found
    assert "To be signed" in found
    assert "To be signed" in needs(signer, here)
    assert to_sign(coordinator, here) == ""
    casebooks.sign(here, "baseline")
    assert to_sign(signer, here) == ""  # the whole casebook is asked for at the end
    assert "signed" not in needs(signer, here)
    later = CONSENT | {"information_version": "2.2"}
    casebooks.save(here.participant, "SCR", "CONSENT", later, 1, "The form was the second.")
    assert "Changed since it was signed" in to_sign(signer, here)
    assert "Changed since it was signed" in needs(signer, here)
    locked()
    assert to_sign(signer, here) == ""


def test_the_statements_of_the_work_list_do_not_grow_with_what_is_to_sign():
    here = casebooks.randomised()
    signer = as_role(Role.INVESTIGATOR, here)
    signer.get(work_list(here))
    casebooks.sign(here, "baseline")
    with CaptureQueriesContext(connection) as one:
        signer.get(work_list(here))
    for _ in range(5):
        casebooks.save(world.screened(here.centre, here.investigator), "SCR", "CONSENT", CONSENT)
    with CaptureQueriesContext(connection) as more:
        signer.get(work_list(here))
    assert len(more) == len(one)
