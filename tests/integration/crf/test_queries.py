"""Data queries: raised, answered, asked again, closed; by people and by checks; tied to changes."""

import pytest
from django.db import connection
from django.test import Client

from crf.models import DataQuery
from reminet_site.context import Actor, acting
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.test_form import CONSENT, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    return world.small()


@pytest.fixture
def centre_client(here):
    return people.sign_in(Client(), here.investigator)


@pytest.fixture
def monitor(here):
    return people.sign_in(Client(), people.person(Role.MONITOR))


def query(pk):
    with acting(Actor.system("tests")):
        return DataQuery.objects.get(pk=pk)


def say(client, pk, act, text="The consent form says so."):
    return client.post(f"/queries/{pk}/", {"act": act, "text": text})


def test_a_query_is_answered_by_the_centre_and_closed_by_the_monitor(here, centre_client, monitor):
    pk = here.ids["pk"]
    assert say(centre_client, pk, "answer").status_code == 302
    assert query(pk).state == "answered"
    assert say(monitor, pk, "close", "").status_code == 302
    assert query(pk).state == "closed"


def test_a_query_is_asked_again(here, centre_client, monitor):
    pk = here.ids["pk"]
    say(centre_client, pk, "answer")
    say(monitor, pk, "reopen", "Which page of it?")
    assert query(pk).state == "open"
    assert b"Which page of it?" in centre_client.get(f"/queries/{pk}/").content


def test_the_same_answer_is_not_sent_twice(here, centre_client, monitor):
    """Back, and the same button; another answer, and the same one after a new question, are."""
    pk = here.ids["pk"]
    assert say(centre_client, pk, "answer").status_code == 302
    twice = say(centre_client, pk, "answer")
    assert twice.status_code == 422
    assert "stands in the thread already" in twice.content.decode()
    assert say(centre_client, pk, "answer", "It says the 12th.").status_code == 302
    assert say(monitor, pk, "reopen", "Which page?").status_code == 302
    assert say(centre_client, pk, "answer", "It says the 12th.").status_code == 302


def test_an_answer_without_words_is_refused(here, centre_client):
    response = say(centre_client, here.ids["pk"], "answer", "  ")
    assert response.status_code == 422
    assert b"Write the answer" in response.content


def test_a_closed_query_takes_no_step(here, centre_client, monitor):
    say(monitor, here.ids["pk"], "close")
    response = say(centre_client, here.ids["pk"], "answer")
    assert response.status_code == 422
    assert b"is closed" in response.content


def test_the_centre_does_not_close_and_the_monitor_does_not_answer(here, centre_client, monitor):
    assert say(centre_client, here.ids["pk"], "close").status_code == 403
    assert say(monitor, here.ids["pk"], "answer").status_code == 403
    assert query(here.ids["pk"]).state == "open"


def test_a_monitor_asks_about_an_item(here, monitor, centre_client):
    response = monitor.post(
        "/queries/new/",
        {
            "code": here.participant.code,
            "visit": "SCR",
            "form": "CONSENT",
            "number": "1",
            "item": "consent_date",
            "text": "The source says the 13th.",
        },
    )
    assert response.status_code == 302
    text = centre_client.get(f"/centres/{here.centre.code}/").content.decode()
    assert "The source says the 13th." in text


@pytest.mark.parametrize("item", ["nothing", "targets.r1.mm", ""])
def test_an_item_that_is_not_there_is_not_asked_about(here, monitor, item):
    post = {"code": here.participant.code, "visit": "SCR", "form": "CONSENT", "item": item}
    assert monitor.post("/queries/new/", post | {"text": "?"}).status_code == 404


@pytest.mark.promise("DI-06")
def test_a_change_of_the_queried_item_names_the_query(here, centre_client, monitor):
    centre_client.post(page(here), CONSENT | {"version": "0"})
    changed = CONSENT | {"signed": "no", "version": "1", "change_reason": "ticked by mistake"}
    changed["confirm.not_signed.signed"] = "asked again at the next visit"
    response = centre_client.post(page(here), changed)
    assert response.status_code == 302
    with acting(Actor.system("tests")), connection.cursor() as cursor:
        cursor.execute(
            "SELECT query_id FROM audit.trail WHERE relation = 'crf_entry' AND item = 'signed' "
            "AND act = 'change'"
        )
        assert cursor.fetchall() == [(here.ids["pk"],)]


@pytest.mark.promise("AT-06")
def test_a_check_raises_its_query_once_and_closes_it_when_it_is_mended(here, centre_client):
    without = CONSENT | {"copy_given": "no", "version": "0"}
    centre_client.post(page(here), without)
    with acting(Actor.system("tests")):
        (raised,) = DataQuery.objects.filter(check_name="copy_missing")
    again = without | {"information_version": "2.2", "version": "1", "change_reason": "typo"}
    centre_client.post(page(here), again)
    with acting(Actor.system("tests")):
        assert DataQuery.objects.filter(check_name="copy_missing").count() == 1
    mended = again | {"copy_given": "yes", "version": "2", "change_reason": "given today"}
    assert centre_client.post(page(here), mended).status_code == 302
    assert query(raised.pk).state == "closed"
