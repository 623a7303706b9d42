"""Serious events: a mail at once, once for each time that one becomes serious; one list of all."""

import re
from datetime import timedelta
from smtplib import SMTPException
from unittest import mock

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crf import reads_safety, study
from crf.models import Entry
from reminet_site.clock import clinical_now
from reminet_site.context import Actor, acting
from reminet_site.models import User
from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.test_form import CONSENT, page

pytestmark = pytest.mark.django_db
ADDRESS = "/serious-events/"
EVENT = {
    "term": "Sepsis",
    "grade": "3",
    "start.day": "2",
    "start.month": "3",
    "start.year": "2026",
    "ongoing": "yes",
    "related": "possible",
    "action": "delayed",
    "outcome": "ongoing",
    "serious": "yes",
    "seriousness": ["life", "hospital"],
    "aware_on": "03/03/2026",
    "aware_at": "10:30",
}
MILD = {name: value for name, value in EVENT.items() if not name.startswith(("seriousn", "aware"))}
MILD |= {"serious": "no"}
READERS = [
    Role.SAFETY_PHYSICIAN,
    Role.DATA_MANAGER,
    Role.MONITOR,
    Role.AUDITOR,
    Role.INVESTIGATOR,
]


@pytest.fixture(autouse=True)
def outbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return mail.outbox


@pytest.fixture
def here():
    made = world.small()
    for role in (Role.SAFETY_PHYSICIAN, Role.SPONSOR_MANAGER, Role.DATA_MANAGER, Role.MONITOR):
        people.person(role)
    people.sign_in(Client(), made.investigator).post(page(made), CONSENT | {"version": "0"})
    return made


@pytest.fixture
def save(here, django_capture_on_commit_callbacks):
    """Saves an adverse event as the investigator's browser does, and commits."""
    client = people.sign_in(Client(), here.investigator)

    def posted(data, version=0, number=1, reason="read again"):
        address = page(here, "AE", "LOG").replace("/1/", f"/{number}/")
        sent = data | {"version": str(version), "change_reason": reason if version else ""}
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(address, sent)
        return response

    return posted


def events(count, centre, participant, **values):
    """Entries as they stand in the database, the later the newer."""
    told = {"term": "Ileus", "grade": "3", "serious": "yes", "outcome": "recovered"} | values
    with acting(Actor.system("tests")):
        for number in range(1, count + 1):
            Entry.objects.create(
                participant=participant,
                centre=centre,
                visit="LOG",
                form="AE",
                number=Entry.objects.filter(participant=participant, form="AE").count() + 1,
                definition_id=study.current().pk,
                data=told | {"start": f"2026-01-{number % 28 + 1:02d}"},
                filled=5,
                expected=5,
                saved_at=clinical_now() + timedelta(seconds=number),
            )


def client_of(role, here):
    return people.sign_in(Client(), people.person(role, here.centre))


def listed(client, address=ADDRESS):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


# -- the mail


def test_a_serious_event_is_told_at_once(here, save, outbox):
    assert save(EVENT).status_code == 302
    assert [message.to for message in outbox] == [
        ["safety_physician@example.org"],
        ["sponsor_manager@example.org"],
    ]
    text = outbox[0].body
    assert outbox[0].subject == f"{here.participant.code}: a serious event was saved"
    assert "Centre: FR-05" in text
    assert f"Participant: {here.participant.code}" in text
    assert "Form: Adverse event 1" in text
    assert re.search(r"Saved: \d{1,2} \w{3} \d{4}, \d\d:\d\d UTC", text)
    assert f"/participants/{here.participant.code}/LOG/AE/1/" in text


def test_each_mail_leads_to_a_page_that_its_reader_may_open(here, save, outbox):
    """The physician to the form; the sponsor's manager to the list, which is all of it."""
    save(EVENT)
    for message in outbox:
        role = Role(message.to[0].partition("@")[0])
        path = re.search(r"^Page: https?://[^/]+(/\S+)$", message.body, re.MULTILINE)[1]
        assert client_of(role, here).get(path).status_code == 200
        assert (path == ADDRESS) == (role is Role.SPONSOR_MANAGER)


def test_it_is_in_the_language_of_the_account_it_goes_to(here, save, outbox):
    with acting(Actor.system("tests")):
        User.objects.filter(email="sponsor_manager@example.org").update(language="fr")
    save(EVENT)
    english, french = outbox
    assert french.subject == f"{here.participant.code}\u00a0: un événement grave a été enregistré"
    assert "Formulaire\u00a0: Événement indésirable 1" in french.body
    assert "A serious event was saved." in english.body


@pytest.mark.promise("BL-01")
def test_it_says_nothing_that_was_typed_no_name_and_no_arm(here, save, outbox):
    save(EVENT | {"comment": "Fever after a meal"})
    said = outbox[0].subject + outbox[0].body
    people_and_words = [here.investigator.name, "Sepsis", "Fever", "hospital", "life", "grade"]
    assert [one for one in people_and_words if one.lower() in said.lower()] == []
    assert not re.search(r"LAN\b|PBO|lanreotide|placebo|kit", said, re.IGNORECASE)


def test_an_event_that_is_not_serious_is_told_to_nobody(save, outbox):
    assert save(MILD).status_code == 302
    assert outbox == []


def test_later_saves_of_the_same_event_are_not_told(save, outbox):
    save(EVENT)
    outbox.clear()
    assert save(EVENT | {"outcome": "recovering"}, version=1).status_code == 302
    assert save(EVENT | {"outcome": "recovering"}, version=2).status_code == 302
    assert outbox == []


def test_it_is_told_again_when_it_becomes_serious_again(save, outbox):
    save(EVENT)
    save(MILD, version=1)
    outbox.clear()
    assert save(EVENT, version=2).status_code == 302
    assert len(outbox) == 2


def test_an_event_that_becomes_serious_later_is_told_then(save, outbox):
    save(MILD)
    assert save(EVENT, version=1).status_code == 302
    assert len(outbox) == 2


def test_a_save_that_is_refused_tells_nobody(save, outbox):
    assert save(EVENT | {"grade": "9"}).status_code == 422
    assert outbox == []


@pytest.mark.parametrize("failing", [ConnectionRefusedError("no mail"), SMTPException("no")])
def test_mail_that_fails_leaves_the_save(here, save, failing):
    with mock.patch("django.core.mail.EmailMessage.send", side_effect=failing):
        assert save(EVENT).status_code == 302
    with acting(Actor.system("tests")):
        assert Entry.objects.get(form="AE").data["serious"] == "yes"


def test_a_saved_event_that_is_not_marked_costs_no_statement(here, save):
    """What is not serious is decided from the answers at hand."""
    from crf import safety

    with acting(Actor.system("tests")):
        entry = Entry.objects.get(form="CONSENT")
        study.current()
        with CaptureQueriesContext(connection) as seen:
            safety.entry_saved(entry, {})
    assert len(seen) == 0


# -- what the form asks


def test_the_day_the_centre_learned_of_it_lies_not_before_the_event(save):
    response = save(EVENT | {"aware_on": "01/03/2026"})
    assert response.status_code == 422
    assert b"before its first day" in response.content


def test_a_serious_event_without_outcome_is_incomplete(here, save):
    assert save(EVENT | {"outcome": ""}).status_code == 302
    text = listed(client_of(Role.SAFETY_PHYSICIAN, here))
    assert "Incomplete" in text
    assert "Not entered" in text


# -- the list


def test_the_list_shows_what_was_saved_and_leads_to_the_form(here, save):
    save(EVENT)
    text = listed(client_of(Role.SAFETY_PHYSICIAN, here))
    assert f'href="/participants/{here.participant.code}/LOG/AE/1/"' in text
    for word in ("Sepsis", "2 Mar 2026", "Life-threatening, Hospitalisation", "Not recovered"):
        assert word in text
    assert "CHU Dijon" in text
    assert "Entered" in text


@pytest.mark.parametrize("role", READERS)
def test_who_reads_the_casebook_has_it_in_the_menu(here, save, role):
    save(EVENT)
    text = listed(client_of(role, here))
    assert f'href="{ADDRESS}"' in text
    assert "Sepsis" in text


def test_the_sponsors_manager_reads_the_list_and_has_no_link_to_the_forms(here, save):
    """He or she may not open a casebook, so no link leads there."""
    save(EVENT)
    client = client_of(Role.SPONSOR_MANAGER, here)
    text = listed(client)
    assert here.participant.code in text
    assert "Sepsis" in text
    assert f'href="{ADDRESS}"' in text
    assert "/participants/" not in text
    assert client.get(page(here, "AE", "LOG")).status_code == 403


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SUPPLY_MANAGER, Role.CENTRAL_READER])
def test_who_is_not_concerned_has_no_list(here, role):
    assert client_of(role, here).get(ADDRESS).status_code == 403


def test_only_serious_events_stand_in_it(here, save):
    save(MILD)
    assert "No serious event" in listed(client_of(Role.MONITOR, here))


def test_a_centre_sees_its_own(here):
    there = world.small("FR-11", "Beaune")
    events(1, here.centre, here.participant)
    events(1, there.centre, there.participant)
    everywhere = listed(client_of(Role.SAFETY_PHYSICIAN, here))
    assert here.participant.code in everywhere
    assert there.participant.code in everywhere
    own = listed(people.sign_in(Client(), there.investigator))
    assert there.participant.code in own
    assert here.participant.code not in own


def test_the_last_saved_stands_first(here):
    events(3, here.centre, here.participant)
    text = listed(client_of(Role.SAFETY_PHYSICIAN, here))
    assert re.findall(r"LOG/AE/(\d)/", text) == ["3", "2", "1"]


def test_the_next_page_comes_by_key(here):
    events(reads_safety.PAGE + 2, here.centre, here.participant)
    client = client_of(Role.SAFETY_PHYSICIAN, here)
    first = listed(client)
    after = re.search(r'href="(/serious-events/\?after=\d+)"', first)
    assert after is not None
    second = listed(client, after[1])
    found = [re.findall(r"LOG/AE/(\d+)/", text) for text in (first, second)]
    assert [len(one) for one in found] == [reads_safety.PAGE, 2]
    assert not set(found[0]) & set(found[1])
    assert "Next page" not in second


@pytest.mark.parametrize("after", ["", "no", "-1", "0", "99999", "9" * 30])
def test_a_key_that_is_none_is_an_empty_page_or_the_first(here, after):
    events(1, here.centre, here.participant)
    listed(client_of(Role.SAFETY_PHYSICIAN, here), f"{ADDRESS}?after={after}")


def test_the_statements_do_not_grow_with_the_list(here):
    client = client_of(Role.SAFETY_PHYSICIAN, here)

    def statements():
        with CaptureQueriesContext(connection) as seen:
            listed(client)
        return len(seen)

    events(1, here.centre, here.participant)
    statements()
    few = statements()
    events(30, here.centre, here.participant)
    assert statements() == few


def test_it_is_the_first_page_of_the_safety_physician(here):
    there = world.small("FR-11", "Beaune")
    client = client_of(Role.SAFETY_PHYSICIAN, here)
    assert client.get("/").url == ADDRESS
    assert client.get("/?centre=FR-11").url == f"/centres/{there.centre.code}/"
    assert client_of(Role.INVESTIGATOR, here).get("/").url == "/centres/FR-05/"
    assert client_of(Role.AUDITOR, here).get("/").url != ADDRESS


def test_it_is_in_french_too(here, save):
    save(EVENT)
    client = client_of(Role.SAFETY_PHYSICIAN, here)
    client.cookies["django_language"] = "fr"
    text = listed(client)
    assert "Événements graves" in text
    assert "Menace du pronostic vital" in text
